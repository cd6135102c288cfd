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

static void quantify_words_fold(const float *row, double out[BINS])
{
    for (unsigned k = 0; k < BINS; k++)
        out[k] = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
        out[k / FOLD] += (double)row[EM_QUANTIFY_LEXICAL + k];
}

/* Its texts that have a ratio. */
static double words_of(const struct em_calibration_source *s)
{
    double total = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
        total += s->lexical[k];
    return total;
}

/* Mean histograms of the sources, drawn with replacement by the row's number; row 0: each
 * once. Sum to 1. */
static void quantify_words_draw(const struct em_calibration *block, uint32_t row,
                                double mean[2][BINS])
{
    uint32_t of[2][EM_QUANTIFY_MAX_SOURCES], n[2] = {0, 0};
    for (uint32_t s = 0; s < block->n; s++) {
        unsigned c = block->sources[s].machine;
        if (words_of(&block->sources[s]) >= EM_QUANTIFY_LEAST)
            of[c][n[c]++] = s;
    }
    for (unsigned c = 0; c < 2; c++) {
        for (unsigned k = 0; k < BINS; k++)
            mean[c][k] = 0;
        for (uint32_t i = 0; i < n[c]; i++) {
            uint64_t at = em_mix64(((uint64_t)row << 32 | i) + 0x776f7264 + c) % n[c];
            const struct em_calibration_source *s = &block->sources[of[c][row ? at : i]];
            double total = words_of(s);
            for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
                mean[c][k / FOLD] += s->lexical[k] / total / n[c];
        }
    }
}

/* Liang and others 2024, equation 4, over bins of the ratio in place of documents. The
 * ratio is that of the bin's shares in both classes: words are not independent, so the sum
 * of their logarithms is no likelihood. */
static double mixture(const struct em_calibration *block, const float *target,
                      const float *slice, uint32_t row)
{
    double mean[2][BINS], ratio[BINS], counts[BINS], known[BINS], n = 0;
    quantify_words_draw(block, row, mean);
    quantify_words_fold(target, counts);
    if (slice) {
        n = em_quantify_sample_lexical(slice);
        quantify_words_fold(slice, known);
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

/* Has the block word ratios of both classes? Only English has tables of words. */
static bool words_measured(const struct em_calibration *block)
{
    bool there[2] = {false, false};
    for (uint32_t s = 0; s < block->n; s++)
        there[block->sources[s].machine] |=
            words_of(&block->sources[s]) >= EM_QUANTIFY_LEAST;
    return there[0] && there[1];
}

enum em_status em_quantify_from_words(const struct em_calibration *block,
                                      const struct em_quantify_sample *target,
                                      const struct em_quantify_sample *slice,
                                      const double *baseline,
                                      struct em_quantify_result *out)
{
    const double least = EM_QUANTIFY_LEAST;
    if (!(em_quantify_sample_lexical(target->bins) >= least))
        return EM_OK;
    if (slice && em_quantify_sample_lexical(slice->bins) < EM_QUANTIFY_SLICE_LEAST)
        slice = NULL;
    if (!words_measured(block))
        return EM_OK;
    double *values = em_calloc(target->rows, 2 * sizeof(*values));
    if (!values)
        return EM_ERR_NOMEM;
    double *above = values + target->rows;
    for (uint32_t r = 0; r < target->rows; r++) {
        const float *row = target->bins + (size_t)r * EM_QUANTIFY_COLUMNS;
        const float *known = slice ? slice->bins + (size_t)r * EM_QUANTIFY_COLUMNS : NULL;
        values[r] = mixture(block, row, known, r);
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
