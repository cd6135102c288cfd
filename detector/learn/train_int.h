/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of training share.
 */
#ifndef EM_DETECTOR_TRAIN_INT_H
#define EM_DETECTOR_TRAIN_INT_H

#include "detector/ngram.h"
#include "detector/learn/solver.h"
#include "detector/learn/train.h"

struct em_sample {
    uint32_t example, start, len; /* bytes of the example's text */
    uint32_t source;
    int8_t label;
    bool old;
};

/* A whole text, scored without its source. */
struct em_train_text {
    uint32_t example, n; /* windows */
    uint32_t words[8], total;
    float *rows;   /* owned; of each window its evidence, then its style features */
    uint32_t *ids; /* owned; n-grams of the windows, after known and fresh of each */
    double logit;
};

struct em_train_texts {
    struct em_train_text *items; /* owned */
    uint32_t n, cap;
};

struct em_train_work {
    const struct em_train_options *options;
    const struct em_examples *examples;
    struct em_train_report *report;
    em_train_progress *progress;
    void *context;
    struct em_model *model;

    struct em_sample *samples;
    uint32_t n, cap;
    float *weights; /* of a sample; mean 1 */

    uint32_t *ids;
    uint64_t n_ids, cap_ids;
    uint64_t *offsets; /* n + 1 */
    int8_t *labels;
    float *costs, *values;
    float *style; /* n x style count */
    uint32_t *words;
    uint32_t *known, *fresh; /* n x EM_NGRAM_FAMILIES: of a window, as in em_window */

    float *scales;         /* 2 << EM_FEATURE_BITS: value of a place */
    float *ngrams;         /* 2 << EM_FEATURE_BITS */
    float *evidence;       /* n x em_model_evidence_size(): by weights that never saw the
                        source */
    uint32_t *owner, *reg; /* of each source: em_source_groups(); one piece of memory */
    uint8_t *expert; /* of each source: the expert that its machine text teaches, from 1;
                        0: none */
    float *scores;   /* n: the stack's */

    uint8_t *fold; /* of each source */
    struct em_train_texts texts;
};

/* train_sample.c */
EM_MUST_CHECK enum em_status em_train_plan(struct em_train_work *work,
                                           struct em_err *err);
EM_MUST_CHECK enum em_status em_train_vocabulary(struct em_train_work *work);

/* train_noise.c: `text` with some words misspelt, into `out`, emptied first. */
EM_MUST_CHECK enum em_status em_train_misspell(uint64_t seed, struct em_view text,
                                               struct em_buf *out);

/* train_decoys.c: `text` with decoys of a kind that the seed chooses, into `out`, emptied
 * first. */
EM_MUST_CHECK enum em_status em_train_decoy(uint64_t seed, struct em_view text,
                                            bool human, struct em_buf *out);

/* train_dictionary.c: fills the model's tags; ids become places */
EM_MUST_CHECK enum em_status em_train_dictionary(struct em_train_work *work);

/* train_jobs.c: run(context, job) for each job below n, in up to `threads` threads; the first
 * failure ends it. */
typedef enum em_status em_train_job(void *context, uint32_t job);
EM_MUST_CHECK enum em_status em_train_jobs(uint32_t threads, uint32_t n,
                                           em_train_job *run, void *context);

/* train_experts.c: which expert each source teaches, and room for them in the model. */
EM_MUST_CHECK enum em_status em_train_experts(struct em_train_work *work);
/* What head `head` learns from, into work->costs: 0 learns from all, the others from human
 * text and the machine text of their sources, the classes weighing the same. Sources of fold
 * `fold` (of `folds`, by source) are left out; NULL: none. */
void em_train_costs(struct em_train_work *work, uint32_t head, const uint8_t *folds,
                    uint32_t fold);
/* What a head says of a window, as em_model_evidence() does, of weights before they are
 * rounded; `bias`: its. Into the head's part of `out`. */
void em_train_evidence(const struct em_train_work *work, uint32_t head, float bias,
                       const uint32_t *ids, const uint32_t *known, const uint32_t *fresh,
                       float *out);
/* The weights of a head to 8 bits, into the model. */
void em_train_quantise(struct em_train_work *work, uint32_t head, float bias);

/* train_fit.c */
EM_MUST_CHECK enum em_status em_train_ngrams(struct em_train_work *work);
EM_MUST_CHECK enum em_status em_train_stack(struct em_train_work *work);

/* train_texts.c: whole texts for the calibration block */
EM_MUST_CHECK enum em_status em_train_texts_plan(struct em_train_work *work);
EM_MUST_CHECK enum em_status
em_train_texts_fold(struct em_train_work *work, uint32_t fold, uint32_t head, float bias);
EM_MUST_CHECK enum em_status em_train_texts_stack(struct em_train_work *work,
                                                  const float *inputs);
EM_MUST_CHECK enum em_status em_train_texts_give(struct em_train_work *work);
void em_train_texts_release(struct em_train_texts *texts);

static inline void em_train_tell(const struct em_train_work *work, const char *step,
                                 double fraction)
{
    if (work->progress)
        work->progress(work->context, step, fraction);
}

#endif
