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
 *
 * That holds for texts drawn like those of the calibration, and for no others: between
 * sources (sites, registers, writers) scores differ by more than chance, and a bound over
 * all texts together fails on sources it has not seen in about half of all cases. For them
 * there is a bound over sources. Each source gives one number, the score that `loss` of its
 * texts lie above. With m sources and one more, drawn like them, the number of the new one
 * is equally likely at each of m + 1 ranks: above the k-th largest of the m it is with
 * probability k / (m + 1), whatever the distribution (conformal prediction with sources as
 * the exchangeable units). The threshold is the k-th largest with the largest k that keeps
 * this at 5 % or less, which needs EM_LOSS_RANKED sources. With fewer, the numbers are taken as drawn from a
 * normal distribution, and the threshold is the one-sided 95 % prediction bound (Student's
 * t), mean + t * sd * sqrt(1 + 1/m), but at least the largest number. In a source the number
 * is the one read off its texts, or what an exponential tail above its 90th percentile says
 * where that is more: so that 100 texts can speak of 0.5 % (peaks over a threshold; Pickands
 * 1975 with shape 0), and nothing that was seen is smoothed away. A level of which no five
 * sources could have shown one text is too fine for them: em_loss_shown().
 */
#ifndef EM_DETECTOR_LOSS_H
#define EM_DETECTOR_LOSS_H

#include "base/status.h"

#include <stdbool.h>
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
/* The least loss that n texts can promise. */
double em_loss_finest(uint64_t n);

/* `scores` (n of them, -INFINITY: never goes) are sorted in place, falling. EM_ERR_FORMAT
 * with the number needed where there are too few; EM_ERR_USAGE where loss is no share. */
EM_MUST_CHECK enum em_status em_loss_threshold(double *scores, uint64_t n, double loss,
                                               struct em_loss *out, struct em_err *err);

/* --- over sources ---------------------------------------------------------------------- */

enum {
    EM_LOSS_SOURCES = 5,       /* fewer do not tell how sources differ */
    EM_LOSS_RANKED = 19,       /* from here on ranks alone give 95 %: 1 / (19 + 1) */
    EM_LOSS_SOURCE_TEXTS = 20, /* a source of fewer texts says nothing of its tail */
};

struct em_loss_source {
    double *scores; /* sorted falling, in place; -INFINITY: never goes */
    uint64_t n;
};

struct em_loss_spread {
    double threshold;
    uint64_t sources; /* that counted */
    bool ranked;      /* by ranks; else by the normal distribution */
    double mean, sd;  /* of their numbers */
    uint64_t over;    /* sources of which more than `loss` lie above */
    double worst;     /* the largest share above, of a source that counted */
};

/* EM_ERR_FORMAT with the number needed where too few sources have texts enough;
 * EM_ERR_USAGE; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_loss_by_source(struct em_loss_source *sources, size_t n,
                                               double loss, struct em_loss_spread *out,
                                               struct em_err *err);

/* The finest loss that the sources can show: EM_LOSS_SOURCES of them have so many texts that
 * one text is that share or less. 1 where fewer have EM_LOSS_SOURCE_TEXTS. */
double em_loss_shown(const struct em_loss_source *sources, size_t n);

/* The 95th percentile of Student's t with `degrees` (1 and more) of freedom. */
double em_loss_student(uint64_t degrees);

#endif
