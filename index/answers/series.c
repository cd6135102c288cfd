/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/series.h"

#include "base/alloc.h"
#include "index/answers/prevalence.h"

#include <math.h>
#include <string.h>

enum { TERMS = 4 };

/* Gauss-Jordan with pivoting; false where singular. a is TERMS x 2 TERMS, [A | I]. */
static bool invert(double a[TERMS][2 * TERMS])
{
    for (int c = 0; c < TERMS; c++) {
        int best = c;
        for (int r = c + 1; r < TERMS; r++)
            if (fabs(a[r][c]) > fabs(a[best][c]))
                best = r;
        if (fabs(a[best][c]) < 1e-12)
            return false;
        for (int k = 0; k < 2 * TERMS; k++) {
            double t = a[c][k];
            a[c][k] = a[best][k];
            a[best][k] = t;
        }
        double pivot = a[c][c];
        for (int k = 0; k < 2 * TERMS; k++)
            a[c][k] /= pivot;
        for (int r = 0; r < TERMS; r++) {
            double times = a[r][c];
            for (int k = 0; r != c && k < 2 * TERMS; k++)
                a[r][k] -= times * a[c][k];
        }
    }
    return true;
}

static void terms(const struct em_point *p, double at, double x[TERMS])
{
    bool after = p->time >= at;
    x[0] = 1;
    x[1] = (p->time - at) / 12; /* years: keeps the matrix well scaled */
    x[2] = after;
    x[3] = after ? (p->time - at) / 12 : 0;
}

static bool usable(const struct em_point *p)
{
    return isfinite(p->value) && p->error > 0;
}

size_t em_series_points(struct em_point *points, const struct em_prevalence_row *rows,
                        size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        const struct em_estimate *e = &rows[i].result.by[EM_QUANTIFY_MIXTURE];
        if (rows[i].doubtful || rows[i].note != EM_PREVALENCE_FINE || !isfinite(e->value))
            continue;
        double half = e->high - e->value > e->value - e->low ? e->high - e->value
                                                             : e->value - e->low;
        points[used++] = (struct em_point){rows[i].month, e->value, half / 1.96 + 1e-4};
    }
    return used;
}

bool em_series_interrupted(const struct em_point *points, size_t n, double at,
                           struct em_interruption *out)
{
    double a[TERMS][2 * TERMS], y[TERMS] = {0}, beta[TERMS] = {0}, x[TERMS], chi = 0;
    memset(a, 0, sizeof(a));
    *out = (struct em_interruption){{NAN, NAN, NAN}, {NAN, NAN, NAN}, 0, 0};
    for (size_t i = 0; i < n; i++) {
        if (!usable(&points[i]))
            continue;
        double w = 1 / (points[i].error * points[i].error);
        terms(&points[i], at, x);
        out->before += points[i].time < at;
        out->after += points[i].time >= at;
        for (int r = 0; r < TERMS; r++) {
            y[r] += w * x[r] * points[i].value;
            for (int c = 0; c < TERMS; c++)
                a[r][c] += w * x[r] * x[c];
        }
    }
    for (int r = 0; r < TERMS; r++)
        a[r][TERMS + r] = 1;
    if (out->before < 3 || out->after < 3 || !invert(a))
        return false;
    for (int r = 0; r < TERMS; r++)
        for (int c = 0; c < TERMS; c++)
            beta[r] += a[r][TERMS + c] * y[c];
    for (size_t i = 0; i < n; i++) {
        if (!usable(&points[i]))
            continue;
        double d = points[i].value / points[i].error;
        terms(&points[i], at, x);
        for (int r = 0; r < TERMS; r++)
            d -= beta[r] * x[r] / points[i].error;
        chi += d * d;
    }
    double scatter = chi / (double)(out->before + out->after - TERMS);
    double scale = 1.96 * sqrt(scatter > 1 ? scatter : 1);
    double level = scale * sqrt(a[2][TERMS + 2]), slope = scale * sqrt(a[3][TERMS + 3]);
    out->level = (struct em_estimate){beta[2], beta[2] - level, beta[2] + level};
    out->slope = (struct em_estimate){beta[3] / 12, (beta[3] - slope) / 12,
                                      (beta[3] + slope) / 12};
    return true;
}

/* Weighted sums up to each point, from which the cost of any segment follows. */
struct sums {
    double w, wy, wyy;
};

static double cost(const struct sums *s, size_t from, size_t to)
{
    double w = s[to].w - s[from].w, wy = s[to].wy - s[from].wy;
    double c = s[to].wyy - s[from].wyy - wy * wy / w;
    return c > 0 ? c : 0;
}

static size_t partition(const struct sums *s, size_t n, double *best, size_t *last)
{
    const double penalty = 3 * log((double)n) + 4;
    size_t changes = 0;
    best[0] = -penalty;
    for (size_t j = 1; j <= n; j++) {
        best[j] = INFINITY;
        for (size_t i = 0; i + 2 <= j; i++)
            if (best[i] + cost(s, i, j) + penalty < best[j]) {
                best[j] = best[i] + cost(s, i, j) + penalty;
                last[j] = i;
            }
    }
    for (size_t j = n; j > 0 && last[j] > 0; j = last[j])
        changes++;
    return changes;
}

size_t em_series_changes(const struct em_point *points, size_t n, size_t *at, size_t cap)
{
    size_t used = 0, changes = 0;
    if (n > EM_SERIES_MAX)
        n = EM_SERIES_MAX;
    struct sums *s = em_calloc(n + 1, sizeof(*s));
    double *best = em_calloc(n + 1, sizeof(*best));
    size_t *last = em_calloc(n + 1, sizeof(*last)),
           *index = em_calloc(n + 1, sizeof(*index));
    for (size_t i = 0; s && best && last && index && i < n; i++) {
        if (!usable(&points[i]))
            continue;
        double w = 1 / (points[i].error * points[i].error);
        index[used] = i;
        s[used + 1].w = s[used].w + w;
        s[used + 1].wy = s[used].wy + w * points[i].value;
        s[used + 1].wyy = s[used].wyy + w * points[i].value * points[i].value;
        used++;
    }
    if (used >= 4) {
        changes = partition(s, used, best, last);
        size_t k = changes;
        for (size_t j = used; last[j] > 0; j = last[j])
            if (--k < cap)
                at[k] = index[last[j]];
    }
    em_free(s);
    em_free(best);
    em_free(last);
    em_free(index);
    return changes < cap ? changes : cap;
}
