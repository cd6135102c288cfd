/* SPDX-License-Identifier: Apache-2.0
 *
 * From labelled texts to a model. The steps, each seeded and in one thread, so that the
 * same input and options give the same bytes:
 *
 *   plan        windows of random length and place, a capped number a source and class
 *   vocabulary  the most frequent words, by the share of windows that have them
 *   features    the run-time's own code on every window (features.h)
 *   n-grams     logistic regression; ids seen in too few sources weigh nothing
 *   folds       the same without a fifth of the sources in turn: scores of every window by
 *               weights that never saw its source
 *   stack       those scores, the style features and the length to one logit
 *   quantise    n-gram weights to 8 bits
 *   texts       whole texts of every source, scored without its fold (train_texts.c)
 *   calibrate   on other sources (calibrate.h)
 *   block       what all of these scores look like, by source (block.h)
 */
#ifndef EM_DETECTOR_TRAIN_H
#define EM_DETECTOR_TRAIN_H

#include "detector/learn/calibrate.h"
#include "detector/model.h"
#include "detector/learn/train_examples.h"

struct em_source_facts;

struct em_train_options {
    const char *name, *lang;
    uint64_t seed;
    uint32_t threads;        /* any number gives the same bytes */
    uint32_t cap;            /* windows a source and class */
    uint32_t window_min;     /* words */
    uint32_t window_max;     /* words */
    bool window_log;         /* lengths are uniform in their logarithm, else uniform */
    uint32_t few_texts;      /* a source and class with fewer texts gives up to */
    uint32_t windows_a_text; /* that many windows a text, not one */
    uint32_t vocabulary;     /* words kept as they are */
    uint32_t min_sources;    /* an id seen in fewer sources weighs nothing */
    uint32_t folds;          /* over sources */
    double cost;             /* C of the logistic regression, for the mean weight */
    uint32_t epochs;         /* most passes of the solver */
    double tolerance;        /* see solver.h */
    double balance;          /* weight of an owner's window: its windows ^ -balance */
    double registers;        /* and the weight of its register ^ -registers */
    double paired;           /* weight of sources that have both classes */
    double old;              /* weight of texts by models before GPT-3.5 */
    double decoys;           /* share with decoys (train_decoys.c) */
    double misspelt;         /* share of windows, of both classes, with typing errors */
    double rarity;   /* an id's value is (1 + ln(windows / those with it)) ^ rarity */
    uint32_t norm;   /* enum em_model_norm */
    uint32_t hidden; /* units of each net of the stack; 0: linear */
    uint32_t nets;   /* of different seeds; their mean is taken */
    uint32_t stack_epochs;
    double blend; /* of the linear stack beside the hidden layer; 0: none */
    double stack_rate, stack_decay, stack_noise;
    double stack_human; /* weight of human text in the stack */
    bool unseen;        /* also score whole texts without their source: report->unseen */
    const struct em_source_facts
        *facts;                /* whose sources are; NULL: each its own (sources.h) */
    const char *without;       /* style features left out: prefixes, comma-separated */
    uint32_t words_per_window; /* of the run-time */
    uint32_t min_words;        /* fewer: abstain */
};

/* The recipe of the shipped model. */
void em_train_defaults(struct em_train_options *options);

/* A training text's score by a model that did not learn from its source. */
struct em_unseen_text {
    uint32_t example, words;
    double logit; /* not yet calibrated */
};

struct em_train_report {
    struct em_unseen_text *unseen; /* owned by the caller: em_free() */
    uint32_t n_unseen;
    size_t windows, machine_windows, ids; /* ids: over all windows */
    uint32_t epochs;
    double seconds[6]; /* by step: plan, vocabulary, features, n-grams, folds, stack */
    double fold_auroc, stack_auroc; /* of windows, unseen sources / in-sample */
    double quantisation;            /* root mean square change of a logit */
    uint32_t pruned;                /* ids that weigh nothing for min_sources */
};

/* `step`: static text; `fraction`: of the whole, 0 to 1. May be NULL. */
typedef void em_train_progress(void *context, const char *step, double fraction);

/* *out has everything but calibration, thresholds and provenance. EM_ERR_FORMAT when a
 * class is missing. */
EM_MUST_CHECK enum em_status
em_train(struct em_model **out, const struct em_examples *examples,
         const struct em_train_options *options, struct em_train_report *report,
         em_train_progress *progress, void *context, struct em_err *err);

/* The model's text logit, as detection computes it, and the words scored. */
EM_MUST_CHECK enum em_status em_train_score(const struct em_model *model,
                                            struct em_features *features,
                                            struct em_view text, double *logit,
                                            uint32_t *words);

/* Score every example of at least the model's minimum of words. *out is the caller's
 * (em_free). */
EM_MUST_CHECK enum em_status em_train_score_all(const struct em_model *model,
                                                const struct em_examples *examples,
                                                struct em_held_out **out, size_t *n,
                                                struct em_err *err);

/* The same of one piece of each example, of the model's minimum to EM_SHORT_WORDS words, where
 * and how long by the seed; shorter examples are taken whole. What em_calibrate_short() holds
 * to the rate: texts that short are few. */
EM_MUST_CHECK enum em_status em_train_score_pieces(const struct em_model *model,
                                                   const struct em_examples *examples,
                                                   uint64_t seed,
                                                   struct em_held_out **out, size_t *n,
                                                   struct em_err *err);

/* JSON for em_model_set_provenance: options, and texts by source and class. */
EM_MUST_CHECK enum em_status em_train_provenance(const struct em_train_options *options,
                                                 const struct em_examples *train,
                                                 const struct em_examples *held_out,
                                                 const struct em_train_report *report,
                                                 struct em_buf *out);

#endif
