/* SPDX-License-Identifier: Apache-2.0
 *
 * Rates and thresholds over sources that count the same, whatever their sizes: a register
 * with 200 texts speaks as loudly as one with 5,000 (see metrics.h).
 */
#include "base/alloc.h"
#include "detector/learn/metrics.h"

#include <math.h>
#include <stdlib.h>

static uint32_t *count_by_source(const struct em_sourced *texts, size_t n,
                                 uint32_t n_sources)
{
    uint32_t *counts = em_calloc(n_sources ? n_sources : 1, sizeof(*counts));
    for (size_t i = 0; counts && i < n; i++)
        counts[texts[i].source]++;
    return counts;
}

static int metrics_sources_falling(const void *a, const void *b)
{
    const struct em_sourced *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->source > y->source) - (x->source < y->source);
}

enum em_status em_metric_threshold(const struct em_sourced *texts, size_t n,
                                   uint32_t n_sources, uint32_t least, uint32_t without,
                                   double fpr, double *threshold)
{
    uint32_t *counts = count_by_source(texts, n, n_sources), used = 0;
    struct em_sourced *sorted = em_malloc((n ? n : 1) * sizeof(*sorted));
    size_t kept = 0, i = 0;
    enum em_status status = counts && sorted ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        if (without < n_sources)
            counts[without] = 0;
        for (uint32_t s = 0; s < n_sources; s++) {
            counts[s] = counts[s] >= least ? counts[s] : 0;
            used += counts[s] > 0;
        }
        for (size_t k = 0; k < n; k++)
            if (counts[texts[k].source])
                sorted[kept++] = texts[k];
        qsort(sorted, kept, sizeof(*sorted), metrics_sources_falling);
        double share = 0;
        while (i < kept) {
            size_t end = i;
            double more = 0;
            for (; end < kept && sorted[end].score == sorted[i].score; end++)
                more += 1.0 / counts[sorted[end].source] / used;
            if (share + more > fpr * (1 + 1e-9))
                break;
            share += more;
            i = end;
        }
        /* Between the last score that may be flagged and the first that may not. */
        if (kept == 0)
            *threshold = NAN;
        else if (i == 0)
            *threshold = sorted[0].score;
        else if (i == kept)
            *threshold = sorted[kept - 1].score - 1;
        else
            *threshold = (sorted[i - 1].score + sorted[i].score) / 2;
    }
    em_free(counts);
    em_free(sorted);
    return status;
}

/* Texts above the threshold, by source. */
static double mean_share(const uint32_t *counts, const uint32_t *flagged,
                         uint32_t n_sources, uint32_t *used)
{
    double sum = 0;
    *used = 0;
    for (uint32_t s = 0; s < n_sources; s++) {
        if (counts[s] == 0)
            continue;
        sum += (double)flagged[s] / counts[s];
        ++*used;
    }
    return *used ? sum / *used : NAN;
}

/* Draw `used` sources, and in each as many texts as it has: a text is flagged with the
 * source's own share. */
static double resampled_share(const uint32_t *counts, const uint32_t *flagged,
                              const uint32_t *sources, uint32_t used, uint64_t seed)
{
    double sum = 0;
    uint64_t k = 0;
    for (uint32_t i = 0; i < used; i++) {
        uint32_t s = sources[em_random_below(seed, k++, used)], hits = 0;
        for (uint32_t t = 0; t < counts[s]; t++)
            hits += em_random_below(seed, k++, counts[s]) < flagged[s];
        sum += (double)hits / counts[s];
    }
    return sum / used;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

enum em_status em_metric_mean_share(const struct em_sourced *texts, size_t n,
                                    uint32_t n_sources, uint32_t least, double threshold,
                                    uint32_t resamples, uint64_t seed,
                                    struct em_interval *out, uint32_t *used)
{
    uint32_t *counts = count_by_source(texts, n, n_sources), listed = 0;
    uint32_t *flagged = em_calloc(n_sources ? n_sources : 1, sizeof(*flagged));
    uint32_t *sources = em_calloc(n_sources ? n_sources : 1, sizeof(*sources));
    double *values = em_malloc((resamples ? resamples : 1) * sizeof(*values));
    enum em_status status = counts && flagged && sources && values ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        for (size_t i = 0; i < n; i++)
            flagged[texts[i].source] += texts[i].score > threshold;
        for (uint32_t s = 0; s < n_sources; s++) {
            if (counts[s] < least)
                counts[s] = 0;
            if (counts[s] > 0)
                sources[listed++] = s;
        }
        double value = mean_share(counts, flagged, n_sources, used);
        *out = (struct em_interval){value, value, value};
        uint32_t rounds = *used ? resamples : 0;
        for (uint32_t r = 0; r < rounds; r++)
            values[r] =
                resampled_share(counts, flagged, sources, *used, em_random_at(seed, r));
        if (rounds) {
            qsort(values, rounds, sizeof(*values), by_value);
            out->low = values[(size_t)(0.025 * (rounds - 1) + 0.5)];
            out->high = values[(size_t)(0.975 * (rounds - 1) + 0.5)];
        }
    }
    em_free(counts);
    em_free(flagged);
    em_free(sources);
    em_free(values);
    return status;
}
