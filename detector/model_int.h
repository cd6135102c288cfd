/* SPDX-License-Identifier: Apache-2.0
 *
 * The model's insides, between its files.
 */
#ifndef EM_DETECTOR_MODEL_INT_H
#define EM_DETECTOR_MODEL_INT_H

#include "detector/model.h"

/* The sum of weights[ids[0..n)], and of their sizes. Every id is a place (features.h), so
 * at least EM_FEATURE_WAYS. */
struct em_weight_sums {
    int32_t sum, size;
};
struct em_weight_sums em_weigh(const int8_t *weights, const uint32_t *ids, size_t n);
/* The same without vectors. */
struct em_weight_sums em_weigh_plain(const int8_t *weights, const uint32_t *ids,
                                     size_t n);

#endif
