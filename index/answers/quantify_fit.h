/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the estimators: calibration sources as probabilities over bins, drawn again for
 * every replicate, the mixture over them, and what is made from words.
 */
#ifndef EM_INDEX_QUANTIFY_FIT_H
#define EM_INDEX_QUANTIFY_FIT_H

#include "index/answers/quantify.h"

struct em_fit {
    const struct em_quantify_options *options;
    uint32_t n;
    bool machine[EM_QUANTIFY_MAX_SOURCES + 1];
    bool left_out[EM_QUANTIFY_MAX_SOURCES + 1];
    bool site[EM_QUANTIFY_MAX_SOURCES + 1];     /* machine text as it is published */
    double copies[EM_QUANTIFY_MAX_SOURCES + 1]; /* in this replicate */
    /* Smoothed; sum to 1. The one after the last is the slice. */
    double parts[EM_QUANTIFY_MAX_SOURCES + 1][EM_QUANTIFY_FITTED];
    double mean[2][EM_QUANTIFY_FITTED];
    bool sliced;
};

EM_MUST_CHECK enum em_status em_fit_new(struct em_fit **out,
                                        const struct em_calibration *block,
                                        const struct em_quantify_options *options);
void em_fit_free(struct em_fit *fit);
/* Row 0: every source once. Others: as many of each class as there are, with replacement,
 * by the row's number alone. */
void em_fit_draw(struct em_fit *fit, uint32_t row);
void em_fit_slice(struct em_fit *fit, const double slice[EM_QUANTIFY_FITTED]);
/* The share that explains `target` best, and the slice along with it. */
double em_fit_mixture(const struct em_fit *fit, const double target[EM_QUANTIFY_FITTED],
                      const double *slice, double start);

/* Percentile interval of replicates (sorted in place), each side widened by `extra` (a
 * standard deviation). */
struct em_estimate em_quantify_interval(double value, double *replicates, uint32_t n,
                                        double extra);
/* Fills in the two estimates made from words; NaN where too few documents have a ratio or,
 * for the excess, there is no baseline. */
EM_MUST_CHECK enum em_status
em_quantify_from_words(const struct em_calibration *block,
                       const struct em_quantify_sample *target,
                       const struct em_quantify_sample *slice, const double *baseline,
                       struct em_quantify_result *out);

#endif
