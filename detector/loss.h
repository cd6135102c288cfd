/* SPDX-License-Identifier: Apache-2.0
 *
 * A threshold chosen by what may be lost: human texts in, the lowest threshold out at which,
 * with 95 % confidence, at most a given share of human texts lies above.
 *
 * Exact and free of assumptions about the scores' distribution (a nonparametric tolerance
 * limit; Wilks 1941): of n texts drawn like those to come, let k be the largest number for
 * which the one-sided Clopper-Pearson bound of k of n is at most the loss allowed. The
 * threshold is the (k+1)-th largest score, and only texts strictly above it go: their share
 * exceeds the loss allowed in at most 5 % of such draws. With fewer texts than
 * ln(0.05) / ln(1 - loss) not even k = 0 will do, and there is no threshold.
 */
#ifndef EM_DETECTOR_LOSS_H
#define EM_DETECTOR_LOSS_H

#include "base/status.h"

#include <stdint.h>

#define EM_LOSS_CONFIDENCE 0.95

struct em_loss {
    double threshold; /* texts with a score strictly above it go */
    uint64_t n, above;
    double bound; /* the share above is at most this, with 95 % confidence */
};

/* One-sided 95 % Clopper-Pearson upper bound of hits of n; 1 for n = 0. */
double em_loss_bound(uint64_t hits, uint64_t n);

/* Texts needed before a loss of `loss` (0 < loss < 1) can be promised at all. */
uint64_t em_loss_needs(double loss);

/* `scores` (n of them, -INFINITY: never goes) are sorted in place, falling. EM_ERR_FORMAT
 * with the number needed where there are too few; EM_ERR_USAGE where loss is no share. */
EM_MUST_CHECK enum em_status em_loss_threshold(double *scores, uint64_t n, double loss,
                                               struct em_loss *out, struct em_err *err);

#endif
