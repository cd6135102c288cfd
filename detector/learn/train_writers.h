/* SPDX-License-Identifier: Apache-2.0
 *
 * Learning which family of models wrote a text (writers.h): for each family a logistic
 * regression of it against the others, families weighing the same, and within a family the
 * sources that have several families more than those that have one, for a source with one
 * family teaches its topic.
 *
 * How sharp the probabilities may be is fitted on sources left out in turn.
 */
#ifndef EM_DETECTOR_TRAIN_WRITERS_H
#define EM_DETECTOR_TRAIN_WRITERS_H

#include "detector/model.h"
#include "detector/learn/train_examples.h"

struct em_writers_options {
    const char *names[EM_WRITERS_MAX];
    uint32_t n;     /* families */
    uint32_t cap;   /* texts a source and family */
    uint32_t folds; /* over sources */
    uint32_t rows;  /* n-grams kept, those that weigh most */
    double cost;    /* C of the regressions, for the mean weight */
    double style;   /* value of a style feature's step beside an n-gram's */
    uint64_t seed;
};

/* Names are left empty. */
void em_writers_defaults(struct em_writers_options *options);

/* What is said of texts of sources that were left out. */
struct em_writers_report {
    uint32_t texts, sources, rows;
    double top1, top2, log_loss; /* share right, share among the first two, mean nats */
    uint32_t confusion[EM_WRITERS_MAX][EM_WRITERS_MAX]; /* [truth][said] */
};

/* Fills model->writers from the examples that name a family (em_example.family). The
 * dictionary and style of the model stay what they are. EM_ERR_FORMAT where a family has no
 * text or there are fewer sources than folds; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_train_writers(struct em_model *model,
                                              const struct em_examples *examples,
                                              const struct em_writers_options *options,
                                              struct em_writers_report *report,
                                              struct em_err *err);

#endif
