/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/anchor.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FITTED = EM_QUANTIFY_FITTED };

/* Documents of one site that the mean of sites is made from at most: no site is the mean. */
#define MEAN_MOST 50.0
#define C_LEAST   2.0
#define C_MOST    5000.0

/* --- collecting ----------------------------------------------------------------------------- */

static enum em_status site_begin(struct em_anchor *a, uint64_t site)
{
    if (a->n == a->cap) {
        size_t cap = a->cap ? 2 * a->cap : 256;
        void *more = em_realloc_array(a->sites, cap, sizeof(a->sites[0]));
        if (!more)
            return EM_ERR_NOMEM;
        a->sites = more;
        a->cap = cap;
    }
    a->sites[a->n++] = (struct em_anchor_site){site, a->n_bins, 0};
    return EM_OK;
}

enum em_status em_anchor_add(struct em_anchor *a, uint64_t site, double log_odds)
{
    if (a->n == 0 || a->sites[a->n - 1].hash != site) {
        if (a->n == EM_ANCHOR_MOST)
            return EM_OK;
        EM_TRY(site_begin(a, site));
    }
    if (a->sites[a->n - 1].n == EM_ANCHOR_KEPT)
        return EM_OK;
    if (a->n_bins == a->cap_bins) {
        size_t cap = a->cap_bins ? 2 * a->cap_bins : 4096;
        void *more = em_realloc_array(a->bins, cap, 1);
        if (!more)
            return EM_ERR_NOMEM;
        a->bins = more;
        a->cap_bins = cap;
    }
    a->sites[a->n - 1].n++;
    a->bins[a->n_bins++] = (uint8_t)(em_score_bin(log_odds) / 2);
    return EM_OK;
}

void em_anchor_release(struct em_anchor *a)
{
    em_free(a->sites);
    em_free(a->bins);
    em_free(a->mean);
    *a = (struct em_anchor){.n = 0};
}

enum em_status em_anchor_weigh(struct em_anchor_weights *w, uint64_t site, double weight)
{
    if (w->n && w->items[w->n - 1].hash == site) {
        w->items[w->n - 1].weight += weight;
        return EM_OK;
    }
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 4;
        void *more = em_realloc_array(w->items, cap, sizeof(w->items[0]));
        if (!more)
            return EM_ERR_NOMEM;
        w->items = more;
        w->cap = cap;
    }
    w->items[w->n++] = (struct em_anchor_weight){site, weight};
    return EM_OK;
}

void em_anchor_weights_release(struct em_anchor_weights *w)
{
    em_free(w->items);
    *w = (struct em_anchor_weights){.n = 0};
}

/* --- all sites ------------------------------------------------------------------------------ */

static int by_site(const void *a, const void *b)
{
    const struct em_anchor_site *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Which of a site's documents: all, or every second one from `half` on. */
enum { BOTH = 2 };

static uint32_t site_counts(const struct em_anchor *a, const struct em_anchor_site *s,
                            unsigned half, double x[FITTED])
{
    uint32_t n = 0;
    memset(x, 0, FITTED * sizeof(x[0]));
    for (uint32_t i = 0; s && i < s->n; i++)
        if (half == BOTH || i % 2 == half) {
            x[a->bins[s->at + i]]++;
            n++;
        }
    return n;
}

/* Random numbers that depend on a site and a row alone. */
struct stream {
    uint64_t state;
};

static double stream_uniform(struct stream *s)
{
    s->state += 0x9E3779B97F4A7C15u;
    return ((double)(em_mix64(s->state) >> 11) + 0.5) * 0x1p-53;
}

static double stream_normal(struct stream *s)
{
    double u = stream_uniform(s), v = stream_uniform(s);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Marsaglia and Tsang 2000. */
static double stream_gamma(struct stream *s, double shape)
{
    if (shape < 1)
        return stream_gamma(s, shape + 1) * pow(stream_uniform(s), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = stream_normal(s), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(stream_uniform(s)) < x * x / 2 + d - d * v + d * log(v))
            return d * v;
    }
}

static void mean_fill(const struct em_anchor *a, uint32_t row, double mean[FITTED])
{
    double x[FITTED], all = 0;
    memset(mean, 0, FITTED * sizeof(mean[0]));
    for (size_t i = 0; i < a->n; i++) {
        const struct em_anchor_site *s = &a->sites[i];
        struct stream random = {em_mix64(s->hash + row)};
        /* Rubin's Bayesian bootstrap (1981): exponential weights. */
        double times = row ? -log(stream_uniform(&random)) : 1;
        double each = times * (s->n > MEAN_MOST ? MEAN_MOST / s->n : 1);
        (void)site_counts(a, s, BOTH, x);
        for (unsigned k = 0; k < FITTED; k++)
            mean[k] += each * x[k];
        all += each * s->n;
    }
    for (unsigned k = 0; k < FITTED; k++)
        mean[k] = (mean[k] + 0.5) / (all + 0.5 * FITTED);
}

/* log of the probability of all sites' documents under a concentration. */
static double anchor_likelihood(const struct em_anchor *a, double c)
{
    double x[FITTED], sum = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (a->sites[i].n < EM_ANCHOR_LEAST)
            continue;
        double n = site_counts(a, &a->sites[i], BOTH, x);
        sum += lgamma(c) - lgamma(c + n);
        for (unsigned k = 0; k < FITTED; k++)
            if (x[k] > 0)
                sum += lgamma(c * a->mean[0][k] + x[k]) - lgamma(c * a->mean[0][k]);
    }
    return sum;
}

/* Golden section on the logarithm. */
static double anchor_concentration(const struct em_anchor *a)
{
    double low = log(C_LEAST), high = log(C_MOST);
    for (int i = 0; i < 30; i++) {
        double x = low + 0.382 * (high - low), y = low + 0.618 * (high - low);
        if (anchor_likelihood(a, exp(x)) > anchor_likelihood(a, exp(y)))
            high = y;
        else
            low = x;
    }
    return exp((low + high) / 2);
}

enum em_status em_anchor_fit(struct em_anchor *a, uint32_t rows)
{
    a->usable = 0;
    if (a->n)
        qsort(a->sites, a->n, sizeof(a->sites[0]), by_site);
    for (size_t i = 0; i < a->n; i++)
        a->usable += a->sites[i].n >= EM_ANCHOR_LEAST;
    if (a->usable < EM_ANCHOR_SITES)
        return EM_OK;
    a->rows = rows;
    a->mean = em_calloc(rows, sizeof(a->mean[0]));
    if (!a->mean)
        return EM_ERR_NOMEM;
    for (uint32_t r = 0; r < rows; r++)
        mean_fill(a, r, a->mean[r]);
    a->concentration = anchor_concentration(a);
    return EM_OK;
}

/* --- a stratum ------------------------------------------------------------------------------ */

static const struct em_anchor_site *site_find(const struct em_anchor *a, uint64_t hash)
{
    const struct em_anchor_site key = {.hash = hash};
    return a->n ? bsearch(&key, a->sites, a->n, sizeof(key), by_site) : NULL;
}

/* A site's distribution: the posterior's mean in row 0, a draw from it in others. */
static void site_posterior(const struct em_anchor *a, const double x[FITTED],
                           uint64_t hash, uint32_t row, bool drawn, double out[FITTED])
{
    struct stream random = {em_mix64(hash ^ em_mix64(row + 0x616e63u))};
    double all = 0;
    for (unsigned k = 0; k < FITTED; k++) {
        double shape = x[k] + a->concentration * a->mean[row][k];
        out[k] = row && drawn ? stream_gamma(&random, shape) : shape;
        all += out[k];
    }
    for (unsigned k = 0; k < FITTED; k++)
        out[k] /= all > 0 ? all : 1;
}

static void slice_add_site(const struct em_anchor *a, const struct em_anchor_weight *w,
                           unsigned half, bool drawn, double share,
                           struct em_quantify_sample *out)
{
    double x[FITTED], p[FITTED];
    double n = site_counts(a, site_find(a, w->hash), half, x);
    for (uint32_t r = 0; r < out->rows; r++) {
        float *row = out->bins + (size_t)r * EM_QUANTIFY_COLUMNS;
        site_posterior(a, x, w->hash, r, drawn, p);
        for (unsigned k = 0; k < FITTED; k++)
            row[2 * k] += (float)(share * p[k]);
    }
    out->squares += share * share / (n + a->concentration);
}

/* The weighted mean of sites that are independent and each worth n + c documents is worth
 * 1 / sum of share^2 / (n + c). */
static enum em_status slice_make(const struct em_anchor *a,
                                 const struct em_anchor_weights *w, unsigned half,
                                 struct em_quantify_sample *out)
{
    double all = 0;
    EM_TRY(em_quantify_sample_init(out, a->rows - 1));
    for (size_t i = 0; i < w->n; i++)
        all += w->items[i].weight;
    for (size_t i = 0; i < w->n && all > 0; i++)
        slice_add_site(a, &w->items[i], half, w->n <= EM_ANCHOR_DRAWN,
                       w->items[i].weight / all, out);
    double worth = out->squares > 0 ? 1 / out->squares : 0;
    for (size_t i = 0; i < (size_t)out->rows * EM_QUANTIFY_COLUMNS; i++)
        out->bins[i] *= (float)worth;
    out->squares = worth;
    out->clusters = w->n;
    return EM_OK;
}

enum em_status em_anchor_slice(const struct em_anchor *a,
                               const struct em_anchor_weights *weights,
                               struct em_quantify_sample *out)
{
    return slice_make(a, weights, BOTH, out);
}

enum em_status em_anchor_zero(const struct em_anchor *a,
                              const struct em_anchor_weights *weights,
                              struct em_quantify_sample *target,
                              struct em_quantify_sample *slice)
{
    struct em_anchor_weights old = {.n = 0};
    enum em_status status = em_quantify_sample_init(target, a->rows - 1);
    for (size_t i = 0; i < weights->n && status == EM_OK; i++) {
        double x[FITTED];
        uint64_t hash = weights->items[i].hash;
        double n = site_counts(a, site_find(a, hash), 0, x);
        if (n <= 0)
            continue;
        for (uint32_t r = 0; r < target->rows; r++)
            for (unsigned k = 0; k < FITTED; k++)
                target->bins[(size_t)r * EM_QUANTIFY_COLUMNS + 2 * k] += (float)x[k];
        target->squares += n * n;
        target->clusters++;
        status = em_anchor_weigh(&old, hash, n);
    }
    if (status == EM_OK)
        status = slice_make(a, &old, 1, slice);
    em_anchor_weights_release(&old);
    return status;
}
