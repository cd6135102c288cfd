/* SPDX-License-Identifier: Apache-2.0 */
#include "base/calibration.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/pack.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_VERSION = 1, FINE = EM_CALIBRATION_FINE, RESAMPLES = 400 };
#define FINE_LOW   (-8.0)
#define FINE_WIDTH 0.03125

static unsigned bin_of(double value, double low, double width, unsigned bins)
{
    double bin = floor((value - low) / width);
    if (!(bin > 0)) /* NaN too */
        return 0;
    return bin < bins - 1 ? (unsigned)bin : bins - 1;
}

unsigned em_score_bin(double log_odds)
{
    return bin_of(log_odds, -8, 0.25, EM_SCORE_BINS);
}

double em_score_bin_middle(unsigned bin)
{
    return -8 + 0.25 * (bin + 0.5);
}

unsigned em_lexical_bin(double ratio)
{
    return bin_of(ratio, -16, 0.5, EM_SCORE_BINS);
}

double em_lexical_bin_middle(unsigned bin)
{
    return -16 + 0.5 * (bin + 0.5);
}

void em_calibration_init(struct em_calibration *block)
{
    *block = (struct em_calibration){.sources = NULL};
}

void em_calibration_release(struct em_calibration *block)
{
    em_free(block->sources);
    em_calibration_init(block);
}

static void source_name(char *out, size_t room, struct em_view name)
{
    snprintf(out, room, "%.*s", EM_VIEW_ARGS(em_view_sub(name, 0, room - 1)));
}

enum em_status em_calibration_add(struct em_calibration *block, struct em_view name,
                                  struct em_view owner, struct em_view kind, bool machine,
                                  struct em_calibration_source **out)
{
    *out = NULL;
    if (block->n == EM_CALIBRATION_SOURCES)
        return EM_ERR_LIMIT;
    if (block->n == block->cap) {
        uint32_t cap = block->cap ? 2 * block->cap : 32;
        void *more = em_realloc_array(block->sources, cap, sizeof(block->sources[0]));
        if (!more)
            return EM_ERR_NOMEM;
        block->sources = more;
        block->cap = cap;
    }
    struct em_calibration_source *s = &block->sources[block->n++];
    *s = (struct em_calibration_source){.machine = machine};
    source_name(s->name, sizeof(s->name), name);
    source_name(s->owner, sizeof(s->owner), owner);
    source_name(s->kind, sizeof(s->kind), kind);
    *out = s;
    return EM_OK;
}

void em_calibration_count(struct em_calibration_source *s, double log_odds)
{
    s->n++;
    s->bins[em_score_bin(log_odds)]++;
    if (!s->machine)
        s->fine[bin_of(log_odds, FINE_LOW, FINE_WIDTH, FINE)]++;
}

static int source_order(const void *a, const void *b)
{
    const struct em_calibration_source *x = a, *y = b;
    if (x->machine != y->machine)
        return x->machine ? 1 : -1;
    return strcmp(x->name, y->name);
}

void em_calibration_finish(struct em_calibration *block)
{
    if (block->n)
        qsort(block->sources, block->n, sizeof(block->sources[0]), source_order);
}

/* --- bytes ------------------------------------------------------------------------------- */

static enum em_status pack_counts(struct em_buf *out, const uint32_t *counts, unsigned n)
{
    uint64_t used = 0;
    unsigned last = 0;
    for (unsigned i = 0; i < n; i++)
        used += counts[i] != 0;
    EM_TRY(em_pack_u64(out, used));
    for (unsigned i = 0; i < n; i++)
        if (counts[i]) {
            EM_TRY(em_pack_u64(out, i - last));
            EM_TRY(em_pack_u64(out, counts[i]));
            last = i;
        }
    return EM_OK;
}

static uint64_t unpack_counts(struct em_unpack *in, uint32_t *counts, unsigned n)
{
    uint64_t used = em_unpack_u64(in), at = 0, sum = 0;
    for (uint64_t i = 0; i < used && !in->bad; i++) {
        uint64_t gap = em_unpack_u64(in), count = em_unpack_u64(in);
        at = gap < n ? at + gap : n;
        if (at >= n || count == 0 || count > UINT32_MAX || (i && gap == 0)) {
            in->bad = true;
            break;
        }
        counts[at] = (uint32_t)count;
        sum += count;
    }
    return sum;
}

static enum em_status pack_source(struct em_buf *out,
                                  const struct em_calibration_source *s)
{
    EM_TRY(em_pack_view(out, em_view_of(s->name)));
    EM_TRY(em_pack_view(out, em_view_of(s->owner)));
    EM_TRY(em_pack_view(out, em_view_of(s->kind)));
    EM_TRY(em_buf_putc(out, s->machine));
    EM_TRY(em_pack_u64(out, s->year));
    EM_TRY(em_pack_u64(out, s->n));
    EM_TRY(em_pack_u64(out, s->abstained));
    EM_TRY(pack_counts(out, s->bins, EM_SCORE_BINS));
    EM_TRY(pack_counts(out, s->lexical, EM_SCORE_BINS));
    EM_TRY(em_pack_u64(out, s->marked));
    return s->machine ? EM_OK : pack_counts(out, s->fine, FINE);
}

enum em_status em_calibration_pack(struct em_buf *out, const struct em_calibration *block)
{
    EM_TRY(em_buf_putc(out, BLOCK_VERSION));
    EM_TRY(em_buf_putc(out, block->own));
    EM_TRY(em_pack_view(out, em_view_of(block->lang)));
    EM_TRY(em_pack_view(out, em_view_of(block->measured)));
    EM_TRY(em_pack_f32(out, block->threshold));
    EM_TRY(em_pack_f32(out, block->human_below));
    EM_TRY(em_pack_f32(out, block->rate));
    EM_TRY(em_pack_u64(out, block->n));
    for (uint32_t i = 0; i < block->n; i++)
        EM_TRY(pack_source(out, &block->sources[i]));
    return EM_OK;
}

/* A name that fits with its NUL and has none inside. */
static struct em_view unpack_name(struct em_unpack *in, size_t room)
{
    struct em_view v = em_unpack_view(in);
    in->bad |= v.len >= room || (v.len && memchr(v.data, '\0', v.len));
    return in->bad ? EM_VIEW_NONE : v;
}

static uint32_t unpack_u32(struct em_unpack *in)
{
    uint64_t value = em_unpack_u64(in);
    in->bad |= value > UINT32_MAX;
    return (uint32_t)value;
}

static enum em_status unpack_source(struct em_unpack *in, struct em_calibration *block)
{
    struct em_calibration_source *s;
    struct em_view name = unpack_name(in, sizeof(s->name));
    struct em_view owner = unpack_name(in, sizeof(s->owner));
    struct em_view kind = unpack_name(in, sizeof(s->kind));
    uint64_t machine = em_unpack_be(in, 1), year = em_unpack_u64(in);
    if (in->bad || machine > 1 || year > UINT16_MAX)
        return EM_ERR_FORMAT;
    EM_TRY(em_calibration_add(block, name, owner, kind, machine == 1, &s));
    s->year = (uint16_t)year;
    s->n = unpack_u32(in);
    s->abstained = unpack_u32(in);
    uint64_t binned = unpack_counts(in, s->bins, EM_SCORE_BINS);
    uint64_t lexical = unpack_counts(in, s->lexical, EM_SCORE_BINS);
    s->marked = unpack_u32(in);
    in->bad |= !s->machine && unpack_counts(in, s->fine, FINE) != s->n;
    return in->bad || binned != s->n || lexical > s->n || s->marked > lexical
               ? EM_ERR_FORMAT
               : EM_OK;
}

enum em_status em_calibration_unpack(struct em_calibration *block, struct em_view bytes)
{
    struct em_unpack in = em_unpack_of(bytes);
    em_calibration_init(block);
    uint64_t version = em_unpack_be(&in, 1), own = em_unpack_be(&in, 1);
    source_name(block->lang, sizeof(block->lang), unpack_name(&in, sizeof(block->lang)));
    source_name(block->measured, sizeof(block->measured),
                unpack_name(&in, sizeof(block->measured)));
    block->own = own == 1;
    block->threshold = em_unpack_f32(&in);
    block->human_below = em_unpack_f32(&in);
    block->rate = em_unpack_f32(&in);
    uint64_t n = em_unpack_u64(&in);
    if (in.bad || version != BLOCK_VERSION || own > 1 || !isfinite(block->threshold) ||
        !isfinite(block->human_below) || !(block->rate > 0 && block->rate < 1))
        return EM_ERR_FORMAT;
    for (uint64_t i = 0; i < n; i++)
        EM_TRY(unpack_source(&in, block));
    return em_unpack_done(&in) ? EM_OK : EM_ERR_FORMAT;
}

/* --- rates ------------------------------------------------------------------------------- */

static bool rate_source(const struct em_calibration_source *s)
{
    return !s->machine && s->n >= EM_CALIBRATION_LEAST_TEXTS;
}

/* Of a source's texts at or above `log_odds`; texts of the bin it lies in are taken to be
 * spread evenly. */
static double rate_of(const struct em_calibration_source *s, double log_odds)
{
    double at = (log_odds - FINE_LOW) / FINE_WIDTH, above = 0;
    uint32_t bin = bin_of(log_odds, FINE_LOW, FINE_WIDTH, FINE);
    for (uint32_t k = FINE - 1; k > bin; k--)
        above += s->fine[k];
    double part = bin + 1 - at;
    above += s->fine[bin] * (part < 0 ? 0 : part > 1 ? 1 : part);
    return above / s->n;
}

/* The k-th number of a replicate, in [0, 1). */
static double rate_draw(uint32_t replicate, uint32_t k)
{
    return (double)(em_mix64(((uint64_t)replicate << 32 | k) + 0x72617465) >> 11) *
           0x1p-53;
}

/* A rate of n texts, drawn again: normal, which the mean over sources is near enough. The
 * half text keeps a source without any above from counting as sure. */
static double rate_again(double rate, double n, uint32_t replicate, uint32_t k)
{
    double p = (rate * n + 0.5) / (n + 1), u = rate_draw(replicate, 2 * k) + 0x1p-54;
    double z =
        sqrt(-2 * log(u)) * cos(6.283185307179586 * rate_draw(replicate, 2 * k + 1));
    double again = rate + z * sqrt(p * (1 - p) / n);
    return again > 0 ? again : 0;
}

static int rate_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Half-open by the inverse of the beta distribution would be exact; of one source Wilson's
 * interval is within a tenth of it, and never leaves [0, 1]. */
static void rate_wilson(double p, double n, struct em_measured_rate *out)
{
    const double z2 = 3.841459;
    double middle = (p + z2 / 2 / n) / (1 + z2 / n);
    double half = sqrt(z2 * (p * (1 - p) / n + z2 / 4 / n / n)) / (1 + z2 / n);
    out->low = middle - half > 0 && p > 0 ? middle - half : 0;
    out->high = fmin(middle + half, 1);
}

void em_calibration_rate_at(const struct em_calibration *block, double log_odds,
                            struct em_measured_rate *out)
{
    double rates[EM_CALIBRATION_SOURCES], sizes[EM_CALIBRATION_SOURCES], sum = 0;
    double means[RESAMPLES];
    uint32_t n = 0;
    *out = (struct em_measured_rate){NAN, NAN, NAN, 0, 0};
    for (uint32_t i = 0; i < block->n; i++)
        if (rate_source(&block->sources[i])) {
            rates[n] = rate_of(&block->sources[i], log_odds);
            sizes[n] = block->sources[i].n;
            out->texts += block->sources[i].n;
            sum += rates[n++];
        }
    out->sources = n;
    if (n == 0)
        return;
    out->share = sum / n;
    if (n == 1) {
        rate_wilson(out->share, sizes[0], out);
        return;
    }
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        means[r] = 0;
        for (uint32_t k = 0; k < n; k++) {
            uint32_t s = (uint32_t)(rate_draw(r, 4 * EM_CALIBRATION_SOURCES + k) * n);
            means[r] += rate_again(rates[s], sizes[s], r, k) / n;
        }
    }
    qsort(means, RESAMPLES, sizeof(means[0]), rate_order);
    out->low = fmin(means[RESAMPLES / 40], out->share);
    out->high = fmin(fmax(means[RESAMPLES - 1 - RESAMPLES / 40], out->share), 1);
}

double em_calibration_log_odds_for(const struct em_calibration *block, double share)
{
    double sum = 0, texts = 0;
    uint32_t n = 0, k = FINE;
    for (uint32_t i = 0; i < block->n; i++)
        if (rate_source(&block->sources[i])) {
            n++;
            texts += block->sources[i].n;
        }
    if (n == 0 || share * texts < 1)
        return NAN;
    for (; k > 0; k--) {
        double more = 0;
        for (uint32_t i = 0; i < block->n; i++)
            if (rate_source(&block->sources[i]))
                more += (double)block->sources[i].fine[k - 1] / block->sources[i].n;
        if (sum + more / n > share)
            break;
        sum += more / n;
    }
    return FINE_LOW + FINE_WIDTH * k;
}
