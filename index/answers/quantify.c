/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/quantify.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "index/answers/quantify_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FITTED = EM_QUANTIFY_FITTED };

const char *em_quantify_name(enum em_quantify_method method)
{
    static const char *const names[EM_QUANTIFY_METHODS] = {
        "raw", "adjusted", "posterior", "em", "histogram", "mixture", "words", "excess"};
    return names[method];
}

/* --- samples ----------------------------------------------------------------------------- */

enum em_status em_quantify_sample_init(struct em_quantify_sample *sample,
                                       uint32_t replicates)
{
    *sample = (struct em_quantify_sample){.rows = replicates + 1};
    if (replicates > EM_QUANTIFY_MAX_REPLICATES)
        return EM_ERR_LIMIT;
    sample->bins = em_calloc((size_t)sample->rows * EM_QUANTIFY_COLUMNS, sizeof(float));
    return sample->bins ? EM_OK : EM_ERR_NOMEM;
}

void em_quantify_sample_release(struct em_quantify_sample *sample)
{
    em_free(sample->bins);
    *sample = (struct em_quantify_sample){.bins = NULL};
}

/* Poisson(1) by inversion of 16 bits: the tail beyond 8 is below 2^-16. */
static unsigned poisson(uint64_t bits)
{
    static const uint16_t up_to[] = {24109, 48219, 60273, 64291,
                                     65296, 65497, 65530, 65535};
    uint16_t u = (uint16_t)bits;
    unsigned n = 0;
    while (n < 8 && u >= up_to[n])
        n++;
    return n;
}

void em_quantify_sample_add(struct em_quantify_sample *sample, uint64_t hash, bool first,
                            const uint64_t counts[EM_QUANTIFY_COLUMNS], double weight)
{
    unsigned used[EM_QUANTIFY_COLUMNS], n_used = 0;
    uint64_t bits = 0;
    double size = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_COLUMNS; k++)
        if (counts[k]) {
            used[n_used++] = k;
            size += k < EM_QUANTIFY_BINS ? (double)counts[k] : 0;
        }
    sample->clusters += first;
    sample->squares += weight * weight * size * size;
    for (uint32_t r = 0; r < sample->rows; r++) {
        float *row = sample->bins + (size_t)r * EM_QUANTIFY_COLUMNS;
        if (r % 4 == 1 || r == 0)
            bits = em_mix64(hash + 0x9E3779B97F4A7C15u * (r + 1));
        unsigned times = r ? poisson(bits >> 16 * ((r - 1) % 4)) : 1;
        for (unsigned i = 0; times && i < n_used; i++)
            row[used[i]] += (float)(weight * times * (double)counts[used[i]]);
    }
}

double em_quantify_sample_size(const struct em_quantify_sample *sample)
{
    double n = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
        n += (double)sample->bins[k];
    return n;
}

/* --- one replicate ----------------------------------------------------------------------- */

static double middle(unsigned fitted)
{
    return -8 + 0.5 * (fitted + 0.5);
}

static double probability(double log_odds)
{
    return 1 / (1 + exp(-log_odds));
}

static void fold(const float *row, double out[FITTED])
{
    for (unsigned k = 0; k < FITTED; k++)
        out[k] = (double)row[2 * k] + (double)row[2 * k + 1];
}

static double sum(const double *v)
{
    double s = 0;
    for (unsigned k = 0; k < FITTED; k++)
        s += v[k];
    return s;
}

struct classes {
    double human[FITTED], machine[FITTED]; /* mean histograms; each sums to 1 */
};

static void mean_of(const struct em_fit *f, bool machine, double out[FITTED])
{
    double total = 0;
    memset(out, 0, FITTED * sizeof(out[0]));
    for (uint32_t c = 0; c < f->n; c++) {
        if (f->machine[c] != machine || f->copies[c] <= 0)
            continue;
        total += f->copies[c];
        for (unsigned k = 0; k < FITTED; k++)
            out[k] += f->copies[c] * f->parts[c][k];
    }
    for (unsigned k = 0; k < FITTED; k++)
        out[k] /= total > 0 ? total : 1;
}

/* Share of a histogram that a test flags or a score gives: sum of p[k] value[k]. */
static double against(const double *p, const double *value)
{
    double s = 0;
    for (unsigned k = 0; k < FITTED; k++)
        s += p[k] * value[k];
    return s;
}

static double clip(double x)
{
    return x > 0 ? x < 1 ? x : 1 : 0; /* NaN: 0 */
}

static double corrected(double p, double p0, double p1)
{
    return p1 - p0 > 0.01 ? clip((p - p0) / (p1 - p0)) : p > p0 ? 1 : 0;
}

/* HDy: golden section on the squared Hellinger distance, convex in the share. */
static double nearest(const double *target, double n, const struct classes *c)
{
    double low = 0, high = 1;
    for (int i = 0; i < 40; i++) {
        double at[2] = {low + 0.382 * (high - low), low + 0.618 * (high - low)};
        double near[2] = {0, 0};
        for (int s = 0; s < 2; s++)
            for (unsigned k = 0; k < FITTED; k++)
                near[s] += sqrt(target[k] / n *
                                ((1 - at[s]) * c->human[k] + at[s] * c->machine[k]));
        if (near[0] > near[1])
            high = at[1];
        else
            low = at[0];
    }
    return high < 1e-6 ? 0 : low > 1 - 1e-6 ? 1 : (low + high) / 2;
}

/* A row again as its documents' scores might have come out: the documents are who they are,
 * so what varies is their scores, about as much as a count does. By the replicate and the
 * bin alone. */
static void again(const float *row, uint32_t replicate, float out[EM_QUANTIFY_COLUMNS])
{
    for (unsigned k = 0; k < EM_QUANTIFY_COLUMNS; k++) {
        uint64_t bits = em_mix64(((uint64_t)replicate << 16 | k) + 0x616761696eu);
        double u = ((double)(bits >> 32) + 0.5) * 0x1p-32;
        double v = ((double)(uint32_t)bits + 0.5) * 0x1p-32;
        double z = sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
        double x = (double)row[k] + z * sqrt((double)row[k]);
        out[k] = x > 0 ? (float)x : 0;
    }
}

static void one_replicate(struct em_fit *f, const float *target_row,
                          const float *slice_row, double threshold,
                          double out[EM_QUANTIFY_SCORES])
{
    struct classes c;
    double target[FITTED], slice[FITTED], flag[FITTED], mid[FITTED], ratio[FITTED];
    double share[FITTED];
    fold(target_row, target);
    double n = sum(target);
    for (unsigned k = 0; k < FITTED; k++) {
        flag[k] = middle(k) >= threshold;
        mid[k] = probability(middle(k));
        ratio[k] = exp(middle(k));
        share[k] = target[k] / (n > 0 ? n : 1);
    }
    if (slice_row) {
        fold(slice_row, slice);
        em_fit_slice(f, slice);
    }
    mean_of(f, false, c.human);
    mean_of(f, true, c.machine);
    if (slice_row)
        memcpy(c.human, f->parts[f->n], sizeof(c.human));
    out[EM_QUANTIFY_RAW] = against(share, flag);
    out[EM_QUANTIFY_ADJUSTED] =
        corrected(against(share, flag), against(c.human, flag), against(c.machine, flag));
    out[EM_QUANTIFY_POSTERIOR] =
        corrected(against(share, mid), against(c.human, mid), against(c.machine, mid));
    out[EM_QUANTIFY_EM] = em_quantify_share(target, ratio, FITTED);
    out[EM_QUANTIFY_HISTOGRAM] = n > 0 ? nearest(target, n, &c) : 0;
    out[EM_QUANTIFY_MIXTURE] =
        em_fit_mixture(f, target, slice_row ? slice : NULL, out[EM_QUANTIFY_HISTOGRAM]);
}

/* --- intervals --------------------------------------------------------------------------- */

struct em_estimate em_quantify_adjusted(double p, double n, double se, double n_se,
                                        double sp, double n_sp)
{
    const double z = 1.959964, z2 = z * z;
    double point = se + sp > 1.01 ? clip((p + sp - 1) / (se + sp - 1)) : 0;
    double p2 = (n * p + z2 / 2) / (n + z2), n2 = n + z2;
    double se2 = (n_se * se + 1) / (n_se + 2), m1 = n_se + 2;
    double sp2 = (n_sp * sp + 1) / (n_sp + 2), m0 = n_sp + 2;
    double j = se2 + sp2 - 1;
    if (!(j > 0.01))
        return (struct em_estimate){point, 0, 1};
    double a = (p2 + sp2 - 1) / j;
    double v1 = se2 * (1 - se2) / m1, v0 = sp2 * (1 - sp2) / m0;
    double d = 2 * z2 * (a * v1 - (1 - a) * v0);
    double half = z * sqrt(p2 * (1 - p2) / n2 + a * a * v1 + (1 - a) * (1 - a) * v0) / j;
    /* Of a handful of documents the interval's middle is far from the point. */
    return (struct em_estimate){point, fmin(point, clip(a + d - half)),
                                fmax(point, clip(a + d + half))};
}

/* How many documents a rate would have to be measured on for the binomial variance to be
 * what the sources' rates show (a new source is one more draw from them). */
static double rate_over(const struct em_fit *f, bool machine, double threshold,
                        double *effective)
{
    double s = 0, s2 = 0;
    uint32_t n = 0;
    for (uint32_t c = 0; c < f->n; c++) {
        if (f->machine[c] != machine || f->left_out[c])
            continue;
        double rate = 0;
        for (unsigned k = 0; k < FITTED; k++)
            rate += middle(k) >= threshold ? f->parts[c][k] : 0;
        s += rate;
        s2 += rate * rate;
        n++;
    }
    double mean = n ? s / n : 0;
    double variance = n > 1 ? (s2 - s * mean) / (n - 1) * (1 + 1.0 / n) : 1;
    *effective = variance > 0 ? mean * (1 - mean) / variance : 1e9;
    return mean;
}

static void all_intervals(const double *values, uint32_t rows,
                          const struct em_quantify_options *o,
                          struct em_quantify_result *out, double *column)
{
    double pi = values[EM_QUANTIFY_MIXTURE];
    double machine = (out->sliced ? o->shift_slice : o->shift_machine) * sqrt(pi);
    for (int m = 0; m < EM_QUANTIFY_SCORES; m++) {
        for (uint32_t r = 1; r < rows; r++)
            column[r - 1] = values[(size_t)r * EM_QUANTIFY_SCORES + (size_t)m];
        out->by[m] = em_quantify_interval(
            values[m], column, rows - 1,
            m == EM_QUANTIFY_MIXTURE ? hypot(o->shift_human, machine) : 0);
    }
}

static void adjusted(const struct em_fit *f, const struct em_calibration *block,
                     const struct em_quantify_sample *target,
                     const struct em_quantify_sample *slice,
                     struct em_quantify_result *out)
{
    double n_se, n_sp, flagged = 0, human = 0, n = em_quantify_sample_size(target);
    double fpr = rate_over(f, false, (double)block->threshold, &n_sp);
    double se = rate_over(f, true, (double)block->threshold, &n_se);
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++) {
        bool at = middle(k / 2) >= (double)block->threshold;
        flagged += at ? (double)target->bins[k] : 0;
        human += at && slice ? (double)slice->bins[k] : 0;
    }
    if (slice) {
        n_sp = em_quantify_sample_size(slice);
        fpr = human / n_sp;
    }
    /* Clusters, not documents, are what was drawn. */
    double design = target->squares > 0 ? n * n / target->squares : n;
    out->by[EM_QUANTIFY_ADJUSTED] = em_quantify_adjusted(
        flagged / n, design < n ? design : n, se, n_se, 1 - fpr, n_sp);
}

static void none(struct em_quantify_result *out)
{
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++)
        out->by[m] = (struct em_estimate){NAN, NAN, NAN};
    out->sliced = false;
}

enum em_status em_quantify(const struct em_calibration *block,
                           const struct em_quantify_sample *target,
                           const struct em_quantify_sample *slice,
                           const struct em_quantify_options *options,
                           struct em_quantify_result *out)
{
    none(out);
    if (!(em_quantify_sample_size(target) > 0))
        return EM_OK;
    if (slice && !options->anchored &&
        em_quantify_sample_size(slice) < EM_QUANTIFY_SLICE_LEAST)
        slice = NULL;
    struct em_fit *f;
    double *values = em_calloc(target->rows, (EM_QUANTIFY_SCORES + 1) * sizeof(*values));
    if (!values)
        return EM_ERR_NOMEM;
    enum em_status status = em_fit_new(&f, block, options);
    for (uint32_t r = 0; r < target->rows && status == EM_OK; r++) {
        float drawn[EM_QUANTIFY_COLUMNS];
        const float *row = target->bins + (size_t)r * EM_QUANTIFY_COLUMNS;
        if (r > 0 && !options->sampled) {
            again(target->bins, r, drawn);
            row = drawn;
        }
        em_fit_draw(f, r);
        one_replicate(f, row,
                      slice ? slice->bins + (size_t)r * EM_QUANTIFY_COLUMNS : NULL,
                      (double)block->threshold, values + (size_t)r * EM_QUANTIFY_SCORES);
    }
    if (status == EM_OK) {
        out->sliced = slice != NULL;
        double *column = values + (size_t)target->rows * EM_QUANTIFY_SCORES;
        all_intervals(values, target->rows, options, out, column);
        adjusted(f, block, target, slice, out);
        em_fit_free(f);
        status = em_quantify_from_words(block, target, slice, options->baseline, out);
    }
    em_free(values);
    return status;
}
