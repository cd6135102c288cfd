/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/quantify_fit.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FITTED = EM_QUANTIFY_FITTED, STEPS = 25 };

/* Documents' worth of the class's mean in every histogram: no bin is impossible. */
#define SMOOTHING 10.0

void em_quantify_defaults(struct em_quantify_options *options)
{
    *options = (struct em_quantify_options){
        .prior_human = 3,
        .prior_machine = 30,
        .shift_human = 0.004,
        .shift_slice = 0.01,
        .shift_machine = 0.1,
    };
}

double em_quantify_share(const double *counts, const double *ratio, unsigned n)
{
    double low = 0, high = 1;
    for (int i = 0; i < 40; i++) {
        double a = (low + high) / 2, slope = 0;
        for (unsigned k = 0; k < n; k++)
            slope += counts[k] * (ratio[k] - 1) / (1 + a * (ratio[k] - 1));
        if (slope > 0)
            low = a;
        else
            high = a;
    }
    return high < 1e-9 ? 0 : low > 1 - 1e-9 ? 1 : (low + high) / 2;
}

/* --- sources ----------------------------------------------------------------------------- */

static void fill_means(struct em_fit *f, const struct em_calibration *block)
{
    for (int class = 0; class < 2; class ++) {
        double n = 0;
        for (uint32_t c = 0; c < f->n; c++) {
            const struct em_calibration_source *s = &block->sources[c];
            if (f->machine[c] != (class == 1) || f->left_out[c] || s->n == 0)
                continue;
            n++;
            for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
                f->mean[class][k / 2] += (double)s->bins[k] / s->n;
        }
        for (unsigned k = 0; k < FITTED; k++)
            f->mean[class][k] =
                (f->mean[class][k] / (n > 0 ? n : 1) + 1e-5) / (1 + FITTED * 1e-5);
    }
}

enum em_status em_fit_new(struct em_fit **out, const struct em_calibration *block,
                          const struct em_quantify_options *options)
{
    struct em_fit *f = em_calloc(1, sizeof(*f));
    *out = f;
    if (!f)
        return EM_ERR_NOMEM;
    f->options = options;
    f->n = block->n < EM_QUANTIFY_MAX_SOURCES ? block->n : EM_QUANTIFY_MAX_SOURCES;
    for (uint32_t c = 0; c < f->n; c++) {
        f->machine[c] = block->sources[c].machine;
        f->left_out[c] = (options->leave && options->leave[c]) ||
                         block->sources[c].n < EM_QUANTIFY_LEAST;
    }
    fill_means(f, block);
    for (uint32_t c = 0; c < f->n; c++) {
        const struct em_calibration_source *s = &block->sources[c];
        for (unsigned k = 0; k < FITTED; k++)
            f->parts[c][k] = (s->bins[2 * k] + s->bins[2 * k + 1] +
                              SMOOTHING * f->mean[f->machine[c]][k]) /
                             (s->n + SMOOTHING);
    }
    return EM_OK;
}

void em_fit_free(struct em_fit *fit)
{
    em_free(fit);
}

static void draw_class(struct em_fit *f, bool machine, uint32_t row)
{
    uint32_t of[EM_QUANTIFY_MAX_SOURCES], n = 0;
    for (uint32_t c = 0; c < f->n; c++)
        if (f->machine[c] == machine && !f->left_out[c])
            of[n++] = c;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t key = ((uint64_t)row << 32 | (uint64_t)machine << 31) + i;
        uint32_t at = row ? (uint32_t)(em_mix64(key + 0x5EED) % n) : i;
        f->copies[of[at]] += 1;
    }
}

void em_fit_draw(struct em_fit *fit, uint32_t row)
{
    memset(fit->copies, 0, sizeof(fit->copies));
    fit->sliced = false;
    draw_class(fit, false, row);
    draw_class(fit, true, row);
}

void em_fit_slice(struct em_fit *f, const double slice[FITTED])
{
    double n = 0;
    for (unsigned k = 0; k < FITTED; k++)
        n += slice[k];
    for (unsigned k = 0; k < FITTED; k++)
        f->parts[f->n][k] = (slice[k] + SMOOTHING * f->mean[0][k]) / (n + SMOOTHING);
    f->machine[f->n] = false;
    f->sliced = true;
}

/* --- the mixture ------------------------------------------------------------------------- */

/* What is fitted: weights within each class (each sums to 1), and the share. */
struct state {
    uint32_t use[EM_QUANTIFY_MAX_SOURCES + 1], n; /* sources of this replicate */
    double prior[EM_QUANTIFY_MAX_SOURCES + 1];    /* documents' worth */
    double weight[EM_QUANTIFY_MAX_SOURCES + 1];
    double got[EM_QUANTIFY_MAX_SOURCES + 1];
    double blend[2][FITTED], share;
};

static void begin(struct state *s, const struct em_fit *f, double start)
{
    double total[2] = {0, 0};
    s->n = 0;
    s->share = start;
    for (uint32_t c = 0; c < f->n + f->sliced; c++) {
        bool is_slice = c == f->n;
        if (!is_slice && f->copies[c] <= 0)
            continue;
        /* With a slice, other human sources hardly matter. */
        double copies =
            is_slice ? 1 : f->copies[c] * (f->sliced && !f->machine[c] ? 1e-3 : 1);
        s->use[s->n] = c;
        s->prior[s->n++] = copies;
        total[f->machine[c]] += copies;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        bool machine = f->machine[s->use[i]];
        s->weight[i] = s->prior[i] / total[machine];
        s->prior[i] = s->weight[i] *
                      (machine ? f->options->prior_machine : f->options->prior_human);
    }
}

static void quantify_fit_mix(struct state *s, const struct em_fit *f)
{
    memset(s->blend, 0, sizeof(s->blend));
    for (uint32_t i = 0; i < s->n; i++) {
        const double *p = f->parts[s->use[i]];
        double *into = s->blend[f->machine[s->use[i]]];
        for (unsigned k = 0; k < FITTED; k++)
            into[k] += s->weight[i] * p[k];
    }
}

static void expect(struct state *s, const struct em_fit *f, const double *target,
                   const double *slice)
{
    double from[2][FITTED], known[FITTED];
    for (unsigned k = 0; k < FITTED; k++) {
        double all = (1 - s->share) * s->blend[0][k] + s->share * s->blend[1][k];
        from[0][k] = (1 - s->share) * target[k] / all;
        from[1][k] = s->share * target[k] / all;
        known[k] = slice ? slice[k] / s->blend[0][k] : 0;
    }
    for (uint32_t i = 0; i < s->n; i++) {
        bool machine = f->machine[s->use[i]];
        const double *p = f->parts[s->use[i]];
        double got = 0;
        for (unsigned k = 0; k < FITTED; k++)
            got += p[k] * (from[machine][k] + (machine ? 0 : known[k]));
        s->got[i] = s->weight[i] * got + s->prior[i];
    }
}

static void maximise(struct state *s, const struct em_fit *f)
{
    double total[2] = {0, 0};
    for (uint32_t i = 0; i < s->n; i++)
        total[f->machine[s->use[i]]] += s->got[i];
    for (uint32_t i = 0; i < s->n; i++) {
        double t = total[f->machine[s->use[i]]];
        if (t > 0)
            s->weight[i] = s->got[i] / t;
    }
}

static void best_share(struct state *s, const double *target)
{
    double ratio[FITTED];
    for (unsigned k = 0; k < FITTED; k++)
        ratio[k] = s->blend[1][k] / s->blend[0][k];
    s->share = em_quantify_share(target, ratio, FITTED);
}

/* Expectation and conditional maximisation (Meng and Rubin 1993): the share exactly for
 * given blends, then the blends. Plain EM would crawl to a share of 0. */
double em_fit_mixture(const struct em_fit *fit, const double target[FITTED],
                      const double *slice, double start)
{
    struct state s;
    begin(&s, fit, start);
    for (int i = 0; i < STEPS; i++) {
        quantify_fit_mix(&s, fit);
        best_share(&s, target);
        expect(&s, fit, target, slice);
        maximise(&s, fit);
    }
    quantify_fit_mix(&s, fit);
    best_share(&s, target);
    return s.share;
}

/* --- intervals --------------------------------------------------------------------------- */

static double share_clip(double x)
{
    return x > 0 ? x < 1 ? x : 1 : 0; /* NaN: 0 */
}

static int quantify_fit_rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct em_estimate em_quantify_interval(double value, double *replicates, uint32_t n,
                                        double extra)
{
    struct em_estimate e = {value, value, value};
    if (n) {
        qsort(replicates, n, sizeof(replicates[0]), quantify_fit_rising);
        e.low = replicates[(uint32_t)(0.025 * (n - 1))];
        e.high = replicates[(uint32_t)(0.975 * (n - 1) + 0.999)];
    }
    double below = value > e.low ? value - e.low : 0;
    double above = e.high > value ? e.high - value : 0;
    e.low = share_clip(value - sqrt(below * below + 3.8416 * extra * extra));
    e.high = share_clip(value + sqrt(above * above + 3.8416 * extra * extra));
    return e;
}
