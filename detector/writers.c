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
    writers->weights = em_calloc(rows * EM_WRITERS_MAX + 1, sizeof(*writers->weights));
    if (!writers->has || !writers->rank || !writers->weights) {
        em_writers_release(writers);
        return EM_ERR_NOMEM;
    }
    writers->n = families;
    writers->n_rows = n_rows;
    return EM_OK;
}

/* Bits set in x. The compiler's own is a call where the processor may lack the
 * instruction. */
static inline uint32_t count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return (uint32_t)(x * 0x0101010101010101u >> 56);
}

bool em_writers_index(struct em_writers *writers)
{
    uint32_t n = 0;
    for (size_t i = 0; i < WORDS_OF_BITS; i++) {
        writers->rank[i] = n;
        n += count_bits(writers->has[i]);
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

static inline void writers_add_row(const struct em_writers *w, uint32_t row,
                                   int32_t *sums)
{
    const int8_t *weights = w->weights + (size_t)row * EM_WRITERS_MAX;
    for (size_t f = 0; f < EM_WRITERS_MAX; f++)
        sums[f] += weights[f];
}

/* Few n-grams weigh something. First which do, without a branch; then where their weights
 * are, which are asked for; then the sums. */
enum { AT_ONCE = 256 };

static void add_ngrams(const struct em_writers *w, const uint32_t *ids, size_t n,
                       int32_t *sums)
{
    uint32_t rows[AT_ONCE];
    for (size_t at = 0; at < n; at += AT_ONCE) {
        size_t end = n - at < AT_ONCE ? n : at + AT_ONCE, many = 0;
        for (size_t i = at; i < end; i++) {
            uint32_t slot = slot_of_ngram(ids[i]);
            rows[many] = slot;
            many += w->has[slot / 64] >> slot % 64 & 1;
        }
        for (size_t k = 0; k < many; k++) {
            uint32_t slot = rows[k];
            uint64_t below = w->has[slot / 64] & (((uint64_t)1 << slot % 64) - 1);
            rows[k] = w->rank[slot / 64] + count_bits(below);
            __builtin_prefetch(w->weights + (size_t)rows[k] * EM_WRITERS_MAX);
        }
        for (size_t k = 0; k < many; k++)
            writers_add_row(w, rows[k], sums);
    }
}

static void add_window(const struct em_model *model, const struct em_window *window,
                       double *scores)
{
    const struct em_writers *w = &model->writers;
    int32_t sums[EM_WRITERS_MAX] = {0};
    double slots = (double)(window->n_ids + model->n_style);
    add_ngrams(w, window->ids, window->n_ids, sums);
    for (uint32_t k = 0; k < model->n_style; k++)
        writers_add_row(
            w, w->n_rows + slot_of_style(model, window->style, k) - EM_WRITERS_NGRAMS,
            sums);
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
