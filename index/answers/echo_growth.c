/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/echo_growth.h"

#include "base/date.h"

#include <math.h>

#define LN2  0.69314718055994531
#define DAY  86400.0
#define DROP 1.920729 /* half the 95 % point of chi-squared with one degree of freedom */
/* Rates beyond doubling in six hours are not distinguished. */
#define MOST 2.7725887

enum { MAX_SEGMENTS = 1200, STEPS = 60, MIN_TIMES = 3 };

/* Stretches of constant exposure, in days since the first sight. */
struct segments {
    double a[MAX_SEGMENTS], d[MAX_SEGMENTS], log_weight[MAX_SEGMENTS];
    size_t n;
};

static void add_segment(struct segments *s, double a, double b, double weight)
{
    if (s->n == MAX_SEGMENTS || b <= a || weight <= 0)
        return;
    s->a[s->n] = a;
    s->d[s->n] = b - a;
    s->log_weight[s->n++] = log(weight);
}

static uint64_t seen_in(const struct em_exposure *e, uint32_t month)
{
    return month >= e->first && month - e->first < e->n ? e->documents[month - e->first]
                                                        : 0;
}

static bool echo_growth_covers(const struct em_exposure *e, const int64_t *times,
                               size_t n)
{
    if (!e)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!seen_in(e, em_date_month(times[i])))
            return false;
    return true;
}

static void cut_by_month(struct segments *s, int64_t first, int64_t end,
                         const struct em_exposure *e)
{
    uint32_t last = em_date_month(end);
    for (uint32_t m = em_date_month(first); m <= last; m++) {
        int64_t from = em_month_start(m), to = em_month_start(m + 1);
        double days = (double)(to - from) / DAY;
        if (m == last) /* what was seen of it was seen by then */
            days = (double)(end - from) / DAY + 1;
        add_segment(s, (double)(from > first ? from - first : 0) / DAY,
                    (double)((to < end ? to : end) - first) / DAY,
                    (double)seen_in(e, m) / days);
    }
}

/* ln of the integral of e^(r t) over a segment of length d from 0, and its mean. */
static double echo_growth_part(double r, double d, double *mean)
{
    double x = r * d;
    if (fabs(x) < 1e-5) {
        *mean = d * (0.5 + x / 12);
        return log(d) + x / 2;
    }
    *mean = d * (1 / -expm1(-x) - 1 / x);
    if (x > 0) /* e^x may be too large for a number, its logarithm is not */
        return log(d) + x + log(-expm1(-x) / x);
    return log(d) + log(expm1(x) / x);
}

/* ln of the normalising integral, and the mean time under rate r. */
static double echo_growth_normal(const struct segments *s, double r, double *mean)
{
    double most = -INFINITY, sum = 0, weighted = 0, m;
    for (size_t i = 0; i < s->n; i++) {
        double l = s->log_weight[i] + r * s->a[i] + echo_growth_part(r, s->d[i], &m);
        most = l > most ? l : most;
    }
    for (size_t i = 0; i < s->n; i++) {
        double w =
            exp(s->log_weight[i] + r * s->a[i] + echo_growth_part(r, s->d[i], &m) - most);
        sum += w;
        weighted += w * (s->a[i] + m);
    }
    *mean = weighted / sum;
    return most + log(sum);
}

static double maximum(const struct segments *s, double mean)
{
    double low = -MOST, high = MOST, at;
    for (int i = 0; i < STEPS; i++) {
        double r = (low + high) / 2;
        echo_growth_normal(s, r, &at);
        if (at < mean)
            low = r;
        else
            high = r;
    }
    return (low + high) / 2;
}

/* Where the likelihood has fallen by DROP, from the maximum towards `to`. */
static double edge(const struct segments *s, double mean, double n, double best,
                   double to)
{
    double ignored, inside = best, outside = to;
    double top = best * mean - echo_growth_normal(s, best, &ignored);
    if (n * (top - (to * mean - echo_growth_normal(s, to, &ignored))) < DROP)
        return to;
    for (int i = 0; i < STEPS; i++) {
        double r = (inside + outside) / 2;
        if (n * (top - (r * mean - echo_growth_normal(s, r, &ignored))) < DROP)
            inside = r;
        else
            outside = r;
    }
    return inside;
}

void em_growth_fit(struct em_growth *g, int64_t first, int64_t end, const int64_t *times,
                   size_t n, const struct em_exposure *exposure)
{
    struct segments s = {.n = 0};
    double sum = 0;
    *g = (struct em_growth){.rate = NAN,
                            .low = NAN,
                            .high = NAN,
                            .doubling = NAN,
                            .doubling_low = NAN,
                            .doubling_high = NAN};
    if (n < MIN_TIMES || end <= first)
        return;
    for (size_t i = 0; i < n; i++)
        sum += (double)(times[i] - first) / DAY;
    if (echo_growth_covers(exposure, times, n))
        cut_by_month(&s, first, end, exposure);
    else
        add_segment(&s, 0, (double)(end - first) / DAY, 1);
    if (s.n == 0)
        return;
    double mean = sum / (double)n;
    g->known = true;
    g->rate = maximum(&s, mean);
    g->low = edge(&s, mean, (double)n, g->rate, -MOST);
    g->high = edge(&s, mean, (double)n, g->rate, MOST);
    if (g->rate > 0)
        g->doubling = LN2 / g->rate;
    if (g->high > 0)
        g->doubling_low = LN2 / g->high;
    if (g->low > 0)
        g->doubling_high = LN2 / g->low;
}
