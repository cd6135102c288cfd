/* SPDX-License-Identifier: Apache-2.0
 *
 * See revisit.h.
 */
#include "crawler/web/frontier/revisit.h"

#include <math.h>

#define DAY_MS INT64_C(86400000)
/* Changes a second: once in 300 years, and every second. */
static const double LEAST_RATE = 1e-10, MOST_RATE = 1;

void em_revisit_options_init(struct em_revisit_options *options)
{
    *options = (struct em_revisit_options){
        .min_ms = 3600000,
        .max_ms = 90 * DAY_MS,
        .first_ms = 7 * DAY_MS,
        .target = 0.5,
        .prior_ms = 14 * (double)DAY_MS,
        .prior_weight = 0.5,
    };
}

void em_revisit_learn(struct em_revisit *history, int64_t interval_ms, bool changed)
{
    int64_t seconds = interval_ms / 1000;
    if (seconds < 1)
        seconds = 1;
    if (seconds > UINT32_MAX)
        seconds = UINT32_MAX;
    unsigned at = history->next % EM_REVISIT_VISITS;
    history->interval_s[at] = (uint32_t)seconds;
    history->changed =
        (uint16_t)((history->changed & ~(1u << at)) | (changed ? 1u << at : 0));
    history->next = (uint8_t)((at + 1) % EM_REVISIT_VISITS);
    if (history->n < EM_REVISIT_VISITS)
        history->n++;
}

/* Derivative of the log-posterior by the rate's logarithm; falls as the rate grows. The prior
 * has a heavy tail on purpose: a gamma prior would not believe a page that changes every hour
 * until it has watched it for weeks. */
static double slope(const struct em_revisit_options *options,
                    const struct em_revisit *history, double rate)
{
    double sum = -options->prior_weight * log(rate * options->prior_ms / 1000);
    for (unsigned i = 0; i < history->n && i < EM_REVISIT_VISITS; i++) {
        double x = rate * (double)history->interval_s[i];
        sum += history->changed >> i & 1 ? x / expm1(x) : -x;
    }
    return sum;
}

double em_revisit_rate(const struct em_revisit_options *options,
                       const struct em_revisit *history)
{
    double low = log(LEAST_RATE), high = log(MOST_RATE);
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (slope(options, history, exp(middle)) > 0)
            low = middle;
        else
            high = middle;
    }
    return exp((low + high) / 2);
}

int64_t em_revisit_wait(const struct em_revisit_options *options,
                        const struct em_revisit *history, double jitter)
{
    if (!options->enabled)
        return INT64_MAX;
    double target = options->target > 0.01 ? options->target : 0.01;
    double wait = (double)options->first_ms;
    if (history->n)
        wait = -log1p(-(target < 0.99 ? target : 0.99)) * 1000 /
               em_revisit_rate(options, history);
    if (!(wait > (double)options->min_ms))
        wait = (double)options->min_ms;
    if (wait > (double)options->max_ms)
        wait = (double)options->max_ms;
    if (!(jitter >= 0 && jitter < 1))
        jitter = 0;
    wait *= 0.95 + 0.1 * jitter;
    if (wait < (double)options->min_ms) /* not sooner, and spread all the same */
        wait = (double)options->min_ms * (1 + 0.1 * jitter);
    return (int64_t)wait;
}

/* n, next, changed (little-endian), then n intervals of four bytes. */
enum em_status em_revisit_pack(struct em_buf *out, const struct em_revisit *history)
{
    uint8_t bytes[4 + 4 * EM_REVISIT_VISITS] = {history->n, history->next,
                                                (uint8_t)(history->changed & 255),
                                                (uint8_t)(history->changed >> 8)};
    for (unsigned i = 0; i < history->n; i++)
        for (unsigned b = 0; b < 4; b++)
            bytes[4 + 4 * i + b] = (uint8_t)(history->interval_s[i] >> 8 * b & 255);
    return em_buf_append(out, bytes, 4 + 4 * (size_t)history->n);
}

enum em_status em_revisit_unpack(struct em_revisit *history, struct em_view bytes)
{
    const uint8_t *p = (const uint8_t *)bytes.data;
    *history = (struct em_revisit){.n = 0};
    if (bytes.len < 4 || p[0] > EM_REVISIT_VISITS || bytes.len != 4 + 4 * (size_t)p[0] ||
        p[1] >= EM_REVISIT_VISITS || (p[0] < EM_REVISIT_VISITS && p[1] != p[0]))
        return EM_ERR_FORMAT;
    history->n = p[0];
    history->next = p[1];
    history->changed = (uint16_t)(p[2] | p[3] << 8);
    if (history->changed >> p[0])
        return EM_ERR_FORMAT;
    for (unsigned i = 0; i < history->n; i++)
        for (unsigned b = 0; b < 4; b++)
            history->interval_s[i] |= (uint32_t)p[4 + 4 * i + b] << 8 * b;
    return EM_OK;
}
