/* SPDX-License-Identifier: Apache-2.0
 *
 * A detector's working memory, shared with explain.c.
 */
#ifndef EM_DETECTOR_DETECTOR_INT_H
#define EM_DETECTOR_DETECTOR_INT_H

#include "base/limits.h"
#include "detector/detector.h"
#include "detector/features_int.h"
#include "detector/leaks.h"
#include "detector/model.h"
#include "detector/spans.h"

struct em_detector {
    const struct em_model *model;   /* borrowed */
    struct em_detector *next;       /* for the next model; NULL when there is none */
    const struct em_detector *last; /* of these, that which judged the last document */
    struct em_detect_options options;
    struct em_model_threshold threshold; /* for the rate asked for */
    double prior_shift; /* log-odds of the asked prior less the calibrated one's */
    struct em_features *features;
    struct em_leaks *leaks;
    float *packed; /* the model's weights, em_model_pack() */

    /* Of the last document. */
    struct em_leak found[EM_MAX_LEAKS];
    size_t n_found;
    struct em_span spans[EM_MAX_SPANS];
    struct em_spans chain;
    const struct em_spans_model *spans_model;
    float *logits; /* of its windows */
    size_t cap_logits;
    uint32_t words;  /* scored */
    bool scored;     /* the style signal did not abstain */
    double log_odds; /* of the verdict */
};

#endif
