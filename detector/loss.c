/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/loss.h"

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
        return em_fail(
            err, EM_ERR_FORMAT, "loss",
            "%llu human texts cannot promise a loss of at most %g %%: %llu are "
            "needed",
            (unsigned long long)n, 100 * loss, (unsigned long long)em_loss_needs(loss));
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
