/* SPDX-License-Identifier: Apache-2.0
 *
 * From scores of held-out texts to a model's calibration and thresholds. Every source
 * counts the same, and the classes count the same (a prior of one half).
 */
#ifndef EM_DETECTOR_CALIBRATE_H
#define EM_DETECTOR_CALIBRATE_H

#include "detector/model.h"

struct em_held_out {
    double logit; /* the model's text logit, not yet calibrated */
    uint32_t words;
    uint32_t source;
    int8_t label; /* +1 machine, -1 human */
    bool old;     /* of a model before GPT-3.5: calibration leaves it out */
    bool
        recent; /* machine text of 2024 and later: the verdict "human" must not hide it */
};

/* Platt's sigmoid for each length bin, drawn towards the one of all lengths where texts
 * are few; then the thresholds for 5, 1 and 0.1 % and `human_below`. `measured` says on
 * what, in words. Needs texts of both classes: EM_ERR_FORMAT otherwise. */
EM_MUST_CHECK enum em_status em_calibrate(struct em_model *model,
                                          const struct em_held_out *texts, size_t n,
                                          uint32_t n_sources, const char *measured,
                                          uint64_t seed, struct em_err *err);

struct em_held_out_set {
    const struct em_held_out *items; /* borrowed */
    size_t n;
    uint32_t n_sources;
};

/* Few words say little, and kinds of text that people write short are flagged more often than
 * the rate allows. Log-odds of texts of up to EM_SHORT_WORDS words are drawn towards
 * `human_below` by one factor, the mildest by which `pieces` (em_train_score_pieces()) keep the
 * default threshold's rate: mean over sources at most the rate, none surely above twice the
 * rate, the worst source not counted. It fades in steps, so that texts above 110 words keep
 * their score, and no text gains or loses the verdict human. The intervals of the thresholds
 * are measured on `texts` again. For a model that em_calibrate() has just calibrated; nothing
 * changes where no source has enough pieces. EM_ERR_NOMEM only. */
enum { EM_SHORT_WORDS = 80 };
EM_MUST_CHECK enum em_status em_calibrate_short(struct em_model *model,
                                                const struct em_held_out_set *texts,
                                                const struct em_held_out_set *pieces,
                                                uint64_t seed);

/* The thresholds and `human_below` alone, from human texts. */
EM_MUST_CHECK enum em_status em_calibrate_thresholds(struct em_model *model,
                                                     const struct em_held_out *texts,
                                                     size_t n, uint32_t n_sources,
                                                     const char *measured, uint64_t seed,
                                                     struct em_err *err);

/* Thresholds for the rates `wanted` (descending, each in (0, 1); at most EM_MODEL_MAX_THRESHOLDS) from
 * texts of the user's own kind: each the lowest that flags at most its share of the `n`
 * scores (calibrated log-odds of human texts), with the exact interval of the rate.
 * EM_ERR_LIMIT where a rate is less than one text: so few cannot show it. */
EM_MUST_CHECK enum em_status em_calibrate_own(struct em_model *model,
                                              const double *scores, size_t n,
                                              const double *wanted, size_t n_rates,
                                              const char *measured, struct em_err *err);

/* Weighted Platt fit: slope (never negative) and intercept of log-odds over logits.
 * Pulled towards (`slope`, `intercept`) as given on entry with the strength `pull`. */
void em_calibrate_platt(const double *logits, const int8_t *labels, const double *weights,
                        size_t n, double pull, double *slope, double *intercept);

#endif
