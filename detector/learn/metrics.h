/* SPDX-License-Identifier: Apache-2.0
 *
 * How well scores tell the classes apart, and how sure that is. Pure functions: the same
 * numbers and seed give the same result on every machine.
 *
 * A higher score means machine. A text counts as flagged when its score is above the
 * threshold, so that ties with a human text never help.
 */
#ifndef EM_DETECTOR_METRICS_H
#define EM_DETECTOR_METRICS_H

#include "base/status.h"

#include <stdint.h>

struct em_scores {
    const double *human, *machine; /* in any order; finite */
    size_t n_human, n_machine;
};

struct em_interval {
    double value, low, high;
};

/* Area under the ROC curve, ties counting half (midranks). NaN when a class is empty.
 * EM_ERR_NOMEM only, as for all of these. */
EM_MUST_CHECK enum em_status em_metric_auroc(const struct em_scores *scores, double *out);

/* Share of machine texts above the lowest threshold that flags at most `fpr` of the human
 * texts. NaN when a class is empty. */
EM_MUST_CHECK enum em_status em_metric_tpr(const struct em_scores *scores, double fpr,
                                           double *out);

enum { EM_METRIC_RATES = 3 };

struct em_ranking {
    struct em_interval auroc;
    struct em_interval tpr[EM_METRIC_RATES]; /* in the order of the rates asked for */
};

/* AUROC and TPR with 95 % percentile intervals from `resamples` bootstrap samples of the
 * texts, each class by itself (0: the intervals are the values). */
EM_MUST_CHECK enum em_status em_metric_ranking(const struct em_scores *scores,
                                               const double rates[EM_METRIC_RATES],
                                               uint32_t resamples, uint64_t seed,
                                               struct em_ranking *out);

/* Exact (Clopper-Pearson) 95 % interval of a rate; [0, 1] for n = 0. */
struct em_interval em_metric_rate(uint64_t hits, uint64_t n);

/* Expected calibration error: mean over 10 bins of equal width of |mean probability - mean
 * label|, weighted by the texts in the bin. `weights` may be NULL (all 1). NaN for n = 0. */
double em_metric_calibration_error(const double *probabilities, const int8_t *labels,
                                   const double *weights, size_t n);

/* One text of a set whose sources count the same. */
struct em_sourced {
    double score;
    uint32_t source; /* below n_sources */
};

/* The threshold at which the mean over sources of the share flagged is at most `fpr`:
 * the lowest one, half-way between two scores. Sources with fewer than `least` texts and
 * `without` (UINT32_MAX: none) are left out. NaN when no source is left. */
EM_MUST_CHECK enum em_status em_metric_threshold(const struct em_sourced *texts, size_t n,
                                                 uint32_t n_sources, uint32_t least,
                                                 uint32_t without, double fpr,
                                                 double *threshold);

/* Mean over sources (as above) of the share above `threshold`, with a 95 % interval from
 * resampling sources and, in each, texts. *used: sources that counted. */
EM_MUST_CHECK enum em_status
em_metric_mean_share(const struct em_sourced *texts, size_t n, uint32_t n_sources,
                     uint32_t least, double threshold, uint32_t resamples, uint64_t seed,
                     struct em_interval *out, uint32_t *used);

/* Seeded numbers for sampling: the k-th one depends on (seed, k) alone. */
uint64_t em_random_at(uint64_t seed, uint64_t k);
static inline uint64_t em_random_below(uint64_t seed, uint64_t k, uint64_t limit)
{
    /* The bias of % is below limit / 2^64: no sample here can show it. */
    return em_random_at(seed, k) % limit;
}

#endif
