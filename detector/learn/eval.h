/* SPDX-License-Identifier: Apache-2.0
 *
 * What a model's verdicts on labelled texts come to, by any attribute of the texts.
 *
 * Texts too short for the model are counted and left out. Any other abstention counts as a
 * text that was not flagged, which is what a user gets; rankings and calibration are of
 * the texts that have a score.
 */
#ifndef EM_DETECTOR_EVAL_H
#define EM_DETECTOR_EVAL_H

#include "detector/learn/metrics.h"
#include "detector/model.h"
#include "detector/learn/train_examples.h"

enum em_eval_by {
    EM_EVAL_DATASET,
    EM_EVAL_DOMAIN,
    EM_EVAL_MODEL, /* machine texts by model, against the human texts of their data sets */
    EM_EVAL_LENGTH,
    EM_EVAL_LANG,
    EM_EVAL_BY_COUNT
};

/* A group enters means only with that many texts of the class. */
enum { EM_EVAL_LEAST = 50 };

struct em_eval_row {
    double log_odds;
    uint32_t words;
    uint32_t key[EM_EVAL_BY_COUNT]; /* number of its name, by attribute */
    int8_t label;
    bool old;
    bool abstained;
};

struct em_eval {
    struct em_eval_row *rows;
    size_t n, cap;
    struct em_names names[EM_EVAL_BY_COUNT];
    uint64_t too_short[2];              /* human, machine */
    double rates[EM_METRIC_RATES];      /* 5, 1, 0.1 % */
    double thresholds[EM_METRIC_RATES]; /* the model's, in log-odds */
    uint32_t resamples;
    uint64_t seed;
};

struct em_eval_group {
    const char *name; /* borrowed from the eval */
    uint32_t n_human, n_machine, n_abstained;
    struct em_interval flagged[EM_METRIC_RATES]; /* humans, at the model's thresholds */
    struct em_interval caught[EM_METRIC_RATES];  /* machines */
    double other_flagged, other_caught; /* at the 1 % threshold of the other data sets;
                                           data sets only, else NaN */
    struct em_ranking ranking;          /* both classes, else NaN */
    double error;                       /* expected calibration error; both classes */
};

struct em_eval_mean {
    double mean, worst;
    const char *worst_name;
    uint32_t n, above; /* groups; those above 3 % */
};

struct em_eval_means {
    struct em_eval_mean flagged, caught;             /* shipped 1 % threshold */
    struct em_eval_mean other_flagged, other_caught; /* of the other data sets */
    struct em_eval_mean auroc, tpr;                  /* within groups; tpr at 1 % */
    struct em_eval_mean error;
    double error_together; /* em_eval_error_together() */
};

/* Thresholds come from the model. */
void em_eval_init(struct em_eval *eval, const struct em_model *model, uint32_t resamples,
                  uint64_t seed);
void em_eval_release(struct em_eval *eval);
EM_MUST_CHECK enum em_status em_eval_add(struct em_eval *eval,
                                         const struct em_labelled *row,
                                         const struct em_verdict *verdict);

/* One entry a name, by name; *groups is the caller's (em_free). `newer`: machine texts of
 * models before GPT-3.5 are left out. */
EM_MUST_CHECK enum em_status em_eval_table(const struct em_eval *eval, enum em_eval_by by,
                                           bool newer, struct em_eval_group **groups,
                                           size_t *n);

void em_eval_summarise(const struct em_eval_group *groups, size_t n,
                       struct em_eval_means *out);

/* Expected calibration error of all texts together: the classes weigh the same, and in each
 * the data sets. NaN where a class is missing. */
EM_MUST_CHECK enum em_status em_eval_error_together(const struct em_eval *eval,
                                                    bool newer, double *out);

/* Data sets against the other class of all other data sets, each with at most 300 texts:
 * the only AUROC there is for those with one class. Fills `ranking` and the counts. */
EM_MUST_CHECK enum em_status em_eval_pooled(const struct em_eval *eval, bool newer,
                                            struct em_eval_group **groups, size_t *n);

const char *em_eval_by_name(enum em_eval_by by);

#endif
