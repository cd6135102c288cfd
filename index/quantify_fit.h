/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the estimators: calibration sources as probabilities over bins, drawn anew for
 * every replicate, and the mixture over them.
 */
#ifndef EM_INDEX_QUANTIFY_FIT_H
#define EM_INDEX_QUANTIFY_FIT_H

#include "index/quantify.h"

struct em_fit {
    const struct em_quantify_options *options;
    uint32_t n;
    bool machine[EM_QUANTIFY_MAX_SOURCES + 1];
    bool left_out[EM_QUANTIFY_MAX_SOURCES + 1];
    double copies[EM_QUANTIFY_MAX_SOURCES + 1]; /* in this replicate */
    /* Smoothed; sum to 1. The one behind the last is the slice. */
    double parts[EM_QUANTIFY_MAX_SOURCES + 1][EM_QUANTIFY_FITTED];
    double mean[2][EM_QUANTIFY_FITTED];
    bool sliced;
};

EM_MUST_CHECK enum em_status em_fit_new(struct em_fit **out,
                                        const struct em_quantify_table *table,
                                        const struct em_quantify_options *options);
void em_fit_free(struct em_fit *fit);
/* Row 0: every source once. Others: as many of each class as there are, with replacement,
 * by the row's number alone. */
void em_fit_draw(struct em_fit *fit, uint32_t row);
void em_fit_slice(struct em_fit *fit, const double slice[EM_QUANTIFY_FITTED]);
/* The share that explains `target` best, and the slice along with it. */
double em_fit_mixture(const struct em_fit *fit, const double target[EM_QUANTIFY_FITTED],
                      const double *slice, double start);

#endif
