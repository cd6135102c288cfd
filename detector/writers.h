/* SPDX-License-Identifier: Apache-2.0
 *
 * Which family of models wrote a text, if a model did: a linear score for each family over
 * the n-grams that the model's dictionary knows and the style features cut into steps.
 *
 *     window -> row: slots of its n-grams and, for each style feature, the slot of its step
 *            -> score[f] = bias[f] + scale * sum(weights[slot][f]) / sqrt(slots of the row)
 *     text   -> mean score over its windows by words -> softmax(sharpness(words) * mean)
 *
 * The weights are learned by train_writers.h and live in the model file.
 */
#ifndef EM_DETECTOR_WRITERS_H
#define EM_DETECTOR_WRITERS_H

#include "base/status.h"
#include "base/verdict.h"
#include "detector/features.h"

#include <stdint.h>

#define EM_WRITERS_MAX  EM_VERDICT_MAX_FAMILIES
#define EM_WRITERS_NAME 16
/* Steps that a standardised style feature is cut into. */
#define EM_WRITERS_STEPS 8
#define EM_WRITERS_BINS  3

/* Slots of n-grams, one for each place of the dictionary; those of style come after. */
#define EM_WRITERS_NGRAMS ((uint32_t)1 << EM_FEATURE_BITS)

struct em_writers {
    uint32_t n; /* families; 0: the model does not say */
    char names[EM_WRITERS_MAX][EM_WRITERS_NAME];
    float bias[EM_WRITERS_MAX];
    float scale;
    float sharpness[EM_WRITERS_BINS]; /* below 150, 300 words, and above */
    uint32_t n_rows;                  /* n-grams that weigh something */
    uint64_t *has;                    /* owned; a bit for each slot of an n-gram */
    uint32_t *rank;                   /* owned; bits set before each word of `has` */
    int8_t *weights; /* owned; rows of EM_WRITERS_MAX, the first n used: in the order of
                        their slots, then the steps of style */
};

struct em_model;

/* Of letters, digits, '.' and '-' (it becomes a key of JSON), and short enough. */
bool em_writers_proper_name(const char *name);

void em_writers_release(struct em_writers *writers);
/* Room for a model of n_style style features; zeroed. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_writers_reserve(struct em_writers *writers,
                                                uint32_t families, uint32_t n_rows,
                                                uint32_t n_style);
/* Rows of `weights`. */
static inline size_t em_writers_rows(const struct em_writers *writers, uint32_t n_style)
{
    return (size_t)writers->n_rows + (size_t)n_style * EM_WRITERS_STEPS;
}
/* Fills `rank` from `has`. False when `has` does not have n_rows bits. */
bool em_writers_index(struct em_writers *writers);

/* Slots of a window's row, in order of its ids: at most n_ids + n_style; returns how many. */
size_t em_writers_row(const struct em_model *model, const struct em_window *window,
                      uint32_t *slots);
/* The bin of `sharpness` for a text of so many words. */
size_t em_writers_bin(uint32_t words);
/* Scores to probabilities. */
void em_writers_softmax(const double *scores, uint32_t n, double sharpness,
                        double *probabilities);

/* model->writers.n probabilities, their sum 1, for a text of these windows. */
void em_writers_judge(const struct em_model *model, const struct em_window *windows,
                      size_t n, double *probabilities);

#endif
