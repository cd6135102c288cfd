/* SPDX-License-Identifier: Apache-2.0
 *
 * Prevalence from words alone.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "index/answers/quantify_fit.h"

#include <math.h>

/* Histograms are coarser here than as counted: what a thousand documents can tell. */
enum { BINS = 16, FOLD = EM_QUANTIFY_BINS / BINS };
/* Documents' worth of pull to the class's mean histogram; no bin says more than e^6. */
#define PULL 10.0
#define MOST 6.0

double em_quantify_sample_lexical(const float row[EM_QUANTIFY_COLUMNS])
{
    double n = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
        n += (double)row[EM_QUANTIFY_LEXICAL + k];
    return n;
}

static void fold(const float *row, double out[BINS])
{
    for (unsigned k = 0; k < BINS; k++)
        out[k] = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
        out[k / FOLD] += (double)row[EM_QUANTIFY_LEXICAL + k];
}

/* Mean histograms of the sources, drawn with replacement by the row's number; row 0: each
 * once. Sum to 1. */
static void draw(uint32_t row, double mean[2][BINS])
{
    uint32_t of[2][EM_QUANTIFY_MAX_SOURCES], n[2] = {0, 0};
    for (uint32_t s = 0; s < em_quantify_words_n; s++) {
        unsigned c = em_quantify_words_sources[s].machine;
        of[c][n[c]++] = s;
    }
    for (unsigned c = 0; c < 2; c++) {
        for (unsigned k = 0; k < BINS; k++)
            mean[c][k] = 0;
        for (uint32_t i = 0; i < n[c]; i++) {
            uint64_t at = em_mix64(((uint64_t)row << 32 | i) + 0x776f7264 + c) % n[c];
            const struct em_quantify_words_source *s =
                &em_quantify_words_sources[of[c][row ? at : i]];
            double total = 0;
            for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
                total += s->bins[k];
            for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
                mean[c][k / FOLD] += s->bins[k] / total / n[c];
        }
    }
}

/* Liang and others 2024, equation 4, over bins of the ratio in place of documents. The
 * ratio is that of the bin's shares in both classes: words are not independent, so the sum
 * of their logarithms is no likelihood. */
static double mixture(const float *target, const float *slice, uint32_t row)
{
    double mean[2][BINS], ratio[BINS], counts[BINS], known[BINS], n = 0;
    draw(row, mean);
    fold(target, counts);
    if (slice) {
        n = em_quantify_sample_lexical(slice);
        fold(slice, known);
    }
    for (unsigned k = 0; k < BINS; k++) {
        double machine = mean[1][k] + 1e-4, human = mean[0][k] + 1e-4;
        if (slice)
            human = (known[k] + PULL * human) / (n + PULL);
        double log_ratio = log(machine / human);
        ratio[k] = exp(log_ratio > MOST ? MOST : log_ratio < -MOST ? -MOST : log_ratio);
    }
    return em_quantify_share(counts, ratio, BINS);
}

/* Kobak and others 2025: p - q. With a share a of machine text p <= (1 - a) q + a, so what
 * is left, over 1 - q, is a lower bound of a. */
static double excess(const float *target, double expected)
{
    double p = (double)target[EM_QUANTIFY_MARKED] / em_quantify_sample_lexical(target);
    return p > expected && expected < 1 ? (p - expected) / (1 - expected) : 0;
}

static double expected_of(const float *slice, const double *baseline, uint32_t row)
{
    return baseline
               ? baseline[row]
               : (double)slice[EM_QUANTIFY_MARKED] / em_quantify_sample_lexical(slice);
}

enum em_status em_quantify_from_words(const struct em_quantify_sample *target,
                                      const struct em_quantify_sample *slice,
                                      const double *baseline,
                                      struct em_quantify_result *out)
{
    const double least = EM_QUANTIFY_LEAST;
    if (!(em_quantify_sample_lexical(target->bins) >= least))
        return EM_OK;
    if (slice && em_quantify_sample_lexical(slice->bins) < EM_QUANTIFY_SLICE_LEAST)
        slice = NULL;
    double *values = em_calloc(target->rows, 2 * sizeof(*values));
    if (!values)
        return EM_ERR_NOMEM;
    double *above = values + target->rows;
    for (uint32_t r = 0; r < target->rows; r++) {
        const float *row = target->bins + (size_t)r * EM_QUANTIFY_COLUMNS;
        const float *known = slice ? slice->bins + (size_t)r * EM_QUANTIFY_COLUMNS : NULL;
        values[r] = mixture(row, known, r);
        if (slice)
            above[r] = excess(row, expected_of(known, baseline, r));
    }
    uint32_t n = target->rows - 1;
    out->by[EM_QUANTIFY_WORDS] = em_quantify_interval(values[0], values + 1, n, 0);
    if (slice) {
        struct em_estimate *bound = &out->by[EM_QUANTIFY_EXCESS];
        *bound = em_quantify_interval(above[0], above + 1, n, 0);
        bound->high = 1; /* it bounds from below only */
    }
    em_free(values);
    return EM_OK;
}
