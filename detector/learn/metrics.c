/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/metrics.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

uint64_t em_random_at(uint64_t seed, uint64_t k)
{
    return em_mix64(em_mix64(seed + 0x9E3779B97F4A7C15u) ^
                    em_mix64(k + 0xD1B54A32D192ED03u));
}

/* Both classes in one array, ascending; `times` is how often a bootstrap sample has it. */
struct point {
    double score;
    bool machine;
    uint32_t times;
};

static int by_score(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return (int)x->machine - (int)y->machine;
}

static struct point *metrics_merge(const struct em_scores *s)
{
    size_t n = s->n_human + s->n_machine;
    struct point *points = em_malloc((n ? n : 1) * sizeof(*points));
    if (!points)
        return NULL;
    for (size_t i = 0; i < s->n_human; i++)
        points[i] = (struct point){s->human[i], false, 1};
    for (size_t i = 0; i < s->n_machine; i++)
        points[s->n_human + i] = (struct point){s->machine[i], true, 1};
    qsort(points, n, sizeof(*points), by_score);
    return points;
}

/* Counts of both classes in points[*i ...] that share one score; *i moves past them. */
static void next_tie(const struct point *points, size_t n, size_t *i, double *human,
                     double *machine)
{
    double score = points[*i].score;
    *human = *machine = 0;
    for (; *i < n && points[*i].score == score; ++*i)
        *(points[*i].machine ? machine : human) += points[*i].times;
}

static double auroc_of(const struct point *points, size_t n)
{
    double humans = 0, machines = 0, wins = 0, human, machine;
    for (size_t i = 0; i < n;) {
        next_tie(points, n, &i, &human, &machine);
        wins += machine * (humans + human / 2);
        humans += human;
        machines += machine;
    }
    return humans > 0 && machines > 0 ? wins / (humans * machines) : NAN;
}

static double tpr_of(const struct point *points, size_t n, double n_human,
                     double n_machine, double fpr)
{
    double humans = 0, machines = 0, human, machine;
    if (!(n_human > 0 && n_machine > 0))
        return NAN;
    /* From below: the first score such that few enough humans are above it. The slack
     * keeps 0.05 * 100 from being 4.999... */
    for (size_t i = 0; i < n;) {
        if (n_human - humans <= fpr * n_human + 1e-9)
            break;
        next_tie(points, n, &i, &human, &machine);
        humans += human;
        machines += machine;
    }
    return (n_machine - machines) / n_machine;
}

enum em_status em_metric_auroc(const struct em_scores *scores, double *out)
{
    struct point *points = metrics_merge(scores);
    if (!points)
        return EM_ERR_NOMEM;
    *out = auroc_of(points, scores->n_human + scores->n_machine);
    em_free(points);
    return EM_OK;
}

enum em_status em_metric_tpr(const struct em_scores *scores, double fpr, double *out)
{
    struct point *points = metrics_merge(scores);
    if (!points)
        return EM_ERR_NOMEM;
    *out = tpr_of(points, scores->n_human + scores->n_machine, (double)scores->n_human,
                  (double)scores->n_machine, fpr);
    em_free(points);
    return EM_OK;
}

/* Positions of each class in the sorted array, so that a resample draws within a class. */
static uint32_t *positions(const struct point *points, size_t n, size_t n_human)
{
    uint32_t *at = em_malloc((n ? n : 1) * sizeof(*at));
    if (!at)
        return NULL;
    size_t human = 0, machine = n_human;
    for (size_t i = 0; i < n; i++)
        at[points[i].machine ? machine++ : human++] = (uint32_t)i;
    return at;
}

static void resample(struct point *points, const uint32_t *at, size_t n, size_t n_human,
                     uint64_t seed)
{
    for (size_t i = 0; i < n; i++)
        points[i].times = 0;
    for (size_t i = 0; i < n_human; i++)
        points[at[em_random_below(seed, i, n_human)]].times++;
    for (size_t i = n_human; i < n; i++)
        points[at[n_human + em_random_below(seed, i, n - n_human)]].times++;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Percentile interval of the values, which are sorted here. */
static void percentiles(double *values, size_t n, struct em_interval *out)
{
    qsort(values, n, sizeof(*values), by_value);
    out->low = values[(size_t)(0.025 * (double)(n - 1) + 0.5)];
    out->high = values[(size_t)(0.975 * (double)(n - 1) + 0.5)];
}

static void metrics_measure(const struct point *points, size_t n,
                            const struct em_scores *s, const double *rates, double *out)
{
    out[0] = auroc_of(points, n);
    for (size_t k = 0; k < EM_METRIC_RATES; k++)
        out[1 + k] =
            tpr_of(points, n, (double)s->n_human, (double)s->n_machine, rates[k]);
}

enum em_status em_metric_ranking(const struct em_scores *scores,
                                 const double rates[EM_METRIC_RATES], uint32_t resamples,
                                 uint64_t seed, struct em_ranking *out)
{
    enum { VALUES = 1 + EM_METRIC_RATES };
    size_t n = scores->n_human + scores->n_machine;
    bool both = scores->n_human > 0 && scores->n_machine > 0;
    size_t rounds = both ? resamples : 0;
    struct point *points = metrics_merge(scores);
    uint32_t *at = points ? positions(points, n, scores->n_human) : NULL;
    double *values = em_malloc((rounds ? rounds : 1) * VALUES * sizeof(*values));
    enum em_status status = points && at && values ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        double point[VALUES], one[VALUES];
        struct em_interval *intervals[VALUES] = {&out->auroc, &out->tpr[0], &out->tpr[1],
                                                 &out->tpr[2]};
        metrics_measure(points, n, scores, rates, point);
        for (size_t r = 0; r < rounds; r++) {
            resample(points, at, n, scores->n_human, em_random_at(seed, r));
            metrics_measure(points, n, scores, rates, one);
            for (size_t v = 0; v < VALUES; v++)
                values[v * rounds + r] = one[v];
        }
        for (size_t v = 0; v < VALUES; v++) {
            *intervals[v] = (struct em_interval){point[v], point[v], point[v]};
            if (rounds)
                percentiles(values + v * rounds, rounds, intervals[v]);
        }
    }
    em_free(points);
    em_free(at);
    em_free(values);
    return status;
}

/* P(X <= hits) for X binomial; every term by its logarithm, so that none underflows
 * before it is summed. */
static double binomial_below(uint64_t hits, uint64_t n, double p)
{
    double sum = 0, total = lgamma((double)n + 1);
    for (uint64_t k = 0; k <= hits; k++)
        sum += exp(total - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) +
                   (double)k * log(p) + (double)(n - k) * log1p(-p));
    return sum < 1 ? sum : 1;
}

/* p at which P(X <= hits) falls to `tail`: it falls as p grows. */
static double solve_binomial(uint64_t hits, uint64_t n, double tail)
{
    double low = 0, high = 1;
    for (int i = 0; i < 50; i++) {
        double p = (low + high) / 2;
        *(binomial_below(hits, n, p) > tail ? &low : &high) = p;
    }
    return (low + high) / 2;
}

struct em_interval em_metric_rate(uint64_t hits, uint64_t n)
{
    if (n == 0)
        return (struct em_interval){NAN, 0, 1};
    struct em_interval out = {(double)hits / (double)n, 0, 1};
    /* The rarer side is summed: a thousand terms for 1 % of 100,000, not 99,000. */
    if (2 * hits > n) {
        struct em_interval other = em_metric_rate(n - hits, n);
        return (struct em_interval){out.value, 1 - other.high, 1 - other.low};
    }
    if (hits > 0)
        out.low = solve_binomial(hits - 1, n, 0.975);
    out.high = solve_binomial(hits, n, 0.025);
    return out;
}

double em_metric_calibration_error(const double *probabilities, const int8_t *labels,
                                   const double *weights, size_t n)
{
    enum { BINS = 10 };
    double mass[BINS] = {0}, said[BINS] = {0}, was[BINS] = {0}, total = 0, error = 0;
    for (size_t i = 0; i < n; i++) {
        int b = (int)(probabilities[i] * BINS);
        b = b < 0 ? 0 : b >= BINS ? BINS - 1 : b;
        double w = weights ? weights[i] : 1;
        mass[b] += w;
        said[b] += w * probabilities[i];
        was[b] += labels[i] > 0 ? w : 0;
        total += w;
    }
    if (!(total > 0))
        return NAN;
    for (int b = 0; b < BINS; b++)
        error += fabs(said[b] - was[b]);
    return error / total;
}
