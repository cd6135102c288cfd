/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/writers.h"

#include "base/alloc.h"
#include "detector/model.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { WORDS_OF_BITS = EM_WRITERS_NGRAMS / 64 };

bool em_writers_proper_name(const char *name)
{
    size_t n = strnlen(name, EM_WRITERS_NAME);
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '.' && name[i] != '-')
            return false;
    return n > 0 && n < EM_WRITERS_NAME;
}

void em_writers_release(struct em_writers *writers)
{
    em_free(writers->has);
    em_free(writers->rank);
    em_free(writers->weights);
    memset(writers, 0, sizeof(*writers));
}

enum em_status em_writers_reserve(struct em_writers *writers, uint32_t families,
                                  uint32_t n_rows, uint32_t n_style)
{
    size_t rows = (size_t)n_rows + (size_t)n_style * EM_WRITERS_STEPS;
    em_writers_release(writers);
    writers->has = em_calloc(WORDS_OF_BITS, sizeof(*writers->has));
    writers->rank = em_calloc(WORDS_OF_BITS, sizeof(*writers->rank));
    writers->weights = em_calloc(rows * families + 1, sizeof(*writers->weights));
    if (!writers->has || !writers->rank || !writers->weights) {
        em_writers_release(writers);
        return EM_ERR_NOMEM;
    }
    writers->n = families;
    writers->n_rows = n_rows;
    return EM_OK;
}

bool em_writers_index(struct em_writers *writers)
{
    uint32_t n = 0;
    for (size_t i = 0; i < WORDS_OF_BITS; i++) {
        writers->rank[i] = n;
        n += (uint32_t)__builtin_popcountll(writers->has[i]);
    }
    return n == writers->n_rows;
}

/* Standard deviations, an eighth of a normal distribution each. */
static uint32_t step_of(float x)
{
    static const float edges[EM_WRITERS_STEPS - 1] = {-1.15f, -0.674f, -0.319f, 0,
                                                      0.319f, 0.674f,  1.15f};
    uint32_t step = 0;
    for (size_t i = 0; i < EM_WRITERS_STEPS - 1; i++)
        step += x > edges[i];
    return step;
}

static uint32_t slot_of_ngram(uint32_t place)
{
    return place / (2 * EM_FEATURE_WAYS) * EM_FEATURE_WAYS + place % EM_FEATURE_WAYS;
}

static uint32_t slot_of_style(const struct em_model *model, const float *style,
                              uint32_t k)
{
    float x = (style[k] - model->mean[k + 1]) * model->inv_sd[k + 1];
    return EM_WRITERS_NGRAMS + k * EM_WRITERS_STEPS + step_of(x);
}

size_t em_writers_row(const struct em_model *model, const struct em_window *window,
                      uint32_t *slots)
{
    size_t n = 0;
    for (size_t i = 0; i < window->n_ids; i++)
        slots[n++] = slot_of_ngram(window->ids[i]);
    for (uint32_t k = 0; k < model->n_style; k++)
        slots[n++] = slot_of_style(model, window->style, k);
    return n;
}

size_t em_writers_bin(uint32_t words)
{
    return words < 150 ? 0 : words < 300 ? 1 : 2;
}

void em_writers_softmax(const double *scores, uint32_t n, double sharpness,
                        double *probabilities)
{
    double top = scores[0], sum = 0;
    for (uint32_t f = 1; f < n; f++)
        top = scores[f] > top ? scores[f] : top;
    for (uint32_t f = 0; f < n; f++)
        sum += probabilities[f] = exp(sharpness * (scores[f] - top));
    for (uint32_t f = 0; f < n; f++)
        probabilities[f] /= sum;
}

/* The row of weights of a slot; NULL when it weighs nothing. */
static const int8_t *weights_of(const struct em_writers *w, uint32_t slot)
{
    if (slot >= EM_WRITERS_NGRAMS)
        return w->weights + (size_t)(w->n_rows + slot - EM_WRITERS_NGRAMS) * w->n;
    uint64_t bit = (uint64_t)1 << slot % 64, own = w->has[slot / 64];
    if (!(own & bit))
        return NULL;
    return w->weights + (size_t)(w->rank[slot / 64] +
                                 (uint32_t)__builtin_popcountll(own & (bit - 1))) *
                            w->n;
}

static void add_slot(const struct em_writers *w, uint32_t slot, int32_t *sums)
{
    const int8_t *row = weights_of(w, slot);
    for (uint32_t f = 0; row && f < w->n; f++)
        sums[f] += row[f];
}

static void add_window(const struct em_model *model, const struct em_window *window,
                       double *scores)
{
    const struct em_writers *w = &model->writers;
    int32_t sums[EM_WRITERS_MAX] = {0};
    double slots = (double)(window->n_ids + model->n_style);
    for (size_t i = 0; i < window->n_ids; i++)
        add_slot(w, slot_of_ngram(window->ids[i]), sums);
    for (uint32_t k = 0; k < model->n_style; k++)
        add_slot(w, slot_of_style(model, window->style, k), sums);
    double value = (double)w->scale / sqrt(slots > 0 ? slots : 1);
    for (uint32_t f = 0; f < w->n; f++)
        scores[f] += window->words * ((double)w->bias[f] + value * sums[f]);
}

void em_writers_judge(const struct em_model *model, const struct em_window *windows,
                      size_t n, double *probabilities)
{
    const struct em_writers *w = &model->writers;
    double scores[EM_WRITERS_MAX] = {0};
    uint32_t words = 0;
    for (size_t i = 0; i < n; i++) {
        add_window(model, &windows[i], scores);
        words += windows[i].words;
    }
    for (uint32_t f = 0; f < w->n; f++)
        scores[f] /= words ? words : 1;
    em_writers_softmax(scores, w->n, (double)w->sharpness[em_writers_bin(words)],
                       probabilities);
}
