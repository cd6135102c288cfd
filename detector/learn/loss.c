/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/loss.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

/* P(X <= k), X binomial(n, p): terms from the largest index down, in logarithms. */
static double binomial_cdf(uint64_t k, uint64_t n, double p)
{
    double sum = 0, base = lgamma((double)n + 1);
    for (uint64_t i = 0; i <= k; i++) {
        double a = (double)(k - i), b = (double)n - a;
        double term =
            exp(base - lgamma(a + 1) - lgamma(b + 1) + a * log(p) + b * log1p(-p));
        sum += term;
        /* Below the mean the terms only fall from here on. */
        if (term < sum * 1e-17 && a < (double)n * p)
            break;
    }
    return sum < 1 ? sum : 1;
}

double em_loss_bound(uint64_t hits, uint64_t n)
{
    if (n == 0 || hits >= n)
        return 1;
    double low = (double)hits / (double)n, high = 1;
    for (int i = 0; i < 60; i++) {
        double p = (low + high) / 2;
        if (p > 0 && p < 1 && binomial_cdf(hits, n, p) <= 1 - EM_LOSS_CONFIDENCE)
            high = p;
        else
            low = p;
    }
    return high;
}

uint64_t em_loss_needs(double loss)
{
    return (uint64_t)ceil(log(1 - EM_LOSS_CONFIDENCE) / log1p(-loss));
}

double em_loss_finest(uint64_t n)
{
    return n ? 1 - pow(1 - EM_LOSS_CONFIDENCE, 1 / (double)n) : 1;
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

enum em_status em_loss_threshold(double *scores, uint64_t n, double loss,
                                 struct em_loss *out, struct em_err *err)
{
    if (!(loss > 0 && loss < 1))
        return em_fail(err, EM_ERR_USAGE, "loss", "the loss allowed is a share");
    if (n < em_loss_needs(loss))
        return em_fail(err, EM_ERR_FORMAT, "loss",
                       "%llu human texts cannot promise a loss of at most %g%%: %llu are "
                       "needed. What they can promise is %.3g%%",
                       (unsigned long long)n, 100 * loss,
                       (unsigned long long)em_loss_needs(loss),
                       ceil(1e4 * 100 * em_loss_finest(n)) / 1e4);
    qsort(scores, n, sizeof(scores[0]), falling);
    uint64_t low = 0, high = n - 1; /* the bound rises with k */
    while (low < high) {
        uint64_t k = low + (high - low + 1) / 2;
        if (em_loss_bound(k, n) <= loss)
            low = k;
        else
            high = k - 1;
    }
    *out = (struct em_loss){.threshold = scores[low], .n = n};
    while (out->above < n && scores[out->above] > out->threshold)
        out->above++;
    out->bound = em_loss_bound(out->above, n);
    return EM_OK;
}

/* --- over sources ---------------------------------------------------------------------- */

/* P(T <= t) for t >= 0 by the finite series in the angle (Abramowitz and Stegun 26.7.3 and
 * 26.7.4). */
static double student_cdf(double t, uint64_t degrees)
{
    double angle = atan(t / sqrt((double)degrees)), c = cos(angle), sum = 0, term;
    if (degrees % 2) {
        term = c;
        for (uint64_t k = 1; k + 2 <= degrees; k += 2) {
            sum += term;
            term *= c * c * (double)(k + 1) / (double)(k + 2);
        }
        return 0.5 + (angle + sin(angle) * sum) / acos(-1);
    }
    term = 1;
    for (uint64_t k = 0; k + 2 <= degrees; k += 2) {
        sum += term;
        term *= c * c * (double)(k + 1) / (double)(k + 2);
    }
    return 0.5 + sin(angle) * sum / 2;
}

double em_loss_student(uint64_t degrees)
{
    double low = 0, high = 10;
    if (degrees == 0)
        return INFINITY;
    if (degrees > 1000)
        degrees = 1000; /* 1.646; the normal has 1.645 */
    for (int i = 0; i < 60; i++) {
        double t = (low + high) / 2;
        if (student_cdf(t, degrees) < EM_LOSS_CONFIDENCE)
            low = t;
        else
            high = t;
    }
    return high;
}

/* Texts that were scored come first; their number. */
static uint64_t count_scored(const struct em_loss_source *s)
{
    uint64_t n = 0;
    while (n < s->n && isfinite(s->scores[n]))
        n++;
    return n;
}

/* The score above which the source has at most a share `loss` of its texts. */
static double tail_read(const struct em_loss_source *s, uint64_t scored, double loss)
{
    uint64_t rank = (uint64_t)(loss * (double)s->n);
    return s->scores[rank < scored ? rank : scored - 1];
}

/* The score that `loss` of the source's texts lie above; what was seen of it counts where it
 * is more than the exponential tail says. */
static double tail(const struct em_loss_source *s, double loss)
{
    uint64_t scored = count_scored(s), over = 0;
    double base = s->scores[s->n / 10], excess = 0;
    if (scored == 0)
        return -INFINITY;
    if (!isfinite(base)) /* most texts were not scored: what there is, is the tail */
        base = s->scores[scored - 1];
    for (; over < scored && s->scores[over] > base; over++)
        excess += s->scores[over] - base;
    double share = (double)over / (double)s->n, seen = tail_read(s, scored, loss);
    if (over == 0 || loss >= share)
        return seen;
    return fmax(seen, base + excess / (double)over * log(share / loss));
}

static void count_over(const struct em_loss_source *sources, size_t n, double loss,
                       struct em_loss_spread *out)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t above = 0;
        if (sources[i].n < EM_LOSS_SOURCE_TEXTS)
            continue;
        while (above < sources[i].n && sources[i].scores[above] > out->threshold)
            above++;
        double share = (double)above / (double)sources[i].n;
        out->over += share > loss;
        out->worst = share > out->worst ? share : out->worst;
    }
}

/* The bound by the sources' own numbers, largest first. */
static double bound_by_rank(const double *tails, uint64_t m)
{
    uint64_t k = (uint64_t)((1 - EM_LOSS_CONFIDENCE) * (double)(m + 1) + 1e-9);
    return tails[k - 1];
}

/* The bound by mean and spread; never below a source that is there. */
static double bound_by_spread(const double *tails, struct em_loss_spread *out)
{
    double m = (double)out->sources;
    double bound =
        out->mean + em_loss_student(out->sources - 1) * out->sd * sqrt(1 + 1 / m);
    return bound > tails[0] ? bound : tails[0];
}

static void describe_spread(const double *tails, struct em_loss_spread *out)
{
    double sum = 0, squares = 0, m = (double)out->sources;
    for (size_t i = 0; i < out->sources; i++)
        sum += tails[i];
    out->mean = sum / m;
    for (size_t i = 0; i < out->sources; i++)
        squares += (tails[i] - out->mean) * (tails[i] - out->mean);
    out->sd = sqrt(squares / (m - 1));
}

enum em_status em_loss_by_source(struct em_loss_source *sources, size_t n, double loss,
                                 struct em_loss_spread *out, struct em_err *err)
{
    if (!(loss > 0 && loss < 1))
        return em_fail(err, EM_ERR_USAGE, "loss", "the loss allowed is a share");
    double *tails = em_calloc(n + 1, sizeof(tails[0]));
    if (!tails)
        return em_fail(err, EM_ERR_NOMEM, "loss", "out of memory");
    *out = (struct em_loss_spread){.sources = 0};
    for (size_t i = 0; i < n; i++) {
        if (sources[i].n < EM_LOSS_SOURCE_TEXTS)
            continue;
        qsort(sources[i].scores, sources[i].n, sizeof(double), falling);
        double at = tail(&sources[i], loss);
        if (isfinite(at))
            tails[out->sources++] = at;
    }
    if (out->sources < EM_LOSS_SOURCES) {
        em_free(tails);
        return em_fail(err, EM_ERR_FORMAT, "loss",
                       "%llu sources with %d scored texts or more cannot bound the loss "
                       "on another source: %d are needed",
                       (unsigned long long)out->sources, EM_LOSS_SOURCE_TEXTS,
                       EM_LOSS_SOURCES);
    }
    qsort(tails, out->sources, sizeof(tails[0]), falling);
    describe_spread(tails, out);
    out->ranked = out->sources >= EM_LOSS_RANKED;
    out->threshold =
        out->ranked ? bound_by_rank(tails, out->sources) : bound_by_spread(tails, out);
    em_free(tails);
    count_over(sources, n, loss, out);
    return EM_OK;
}

double em_loss_shown(const struct em_loss_source *sources, size_t n)
{
    uint64_t largest[EM_LOSS_SOURCES] = {0}; /* falling */
    for (size_t i = 0; i < n; i++) {
        uint64_t texts = sources[i].n;
        for (size_t k = 0; k < EM_LOSS_SOURCES; k++)
            if (texts > largest[k]) {
                uint64_t smaller = largest[k];
                largest[k] = texts;
                texts = smaller;
            }
    }
    uint64_t least = largest[EM_LOSS_SOURCES - 1];
    return least < EM_LOSS_SOURCE_TEXTS ? 1 : 1 / (double)least;
}
