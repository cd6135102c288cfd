/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_runs.h"

/* Values of one block: writers use 128; what is asked for is a multiple of it. */
#define MAX_BLOCK (UINT64_C(1) << 24)

static bool runs_varint(const unsigned char **at, const unsigned char *end,
                        uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char c = *(*at)++;
        *value |= (uint64_t)(c & 0x7F) << shift;
        if (c < 0x80)
            return true;
    }
    return false;
}

/* `width` bits, the least significant first, from bit `bit` of `base` on; what lies after
 * `end` is zero. */
static uint64_t bits_at(const unsigned char *base, const unsigned char *end, uint64_t bit,
                        unsigned width)
{
    const unsigned char *p = base + bit / 8;
    unsigned shift = (unsigned)(bit % 8);
    uint64_t low = 0, high = 0;
    if (end - p >= 9) {
        memcpy(&low, p, 8);
        high = p[8];
    } else {
        for (int i = 0; i < 8 && p + i < end; i++)
            low |= (uint64_t)p[i] << 8 * i;
    }
    uint64_t value = low >> shift;
    if (shift && width > 64 - shift)
        value |= high << (64 - shift);
    return width < 64 ? value & ((UINT64_C(1) << width) - 1) : value;
}

/* --- runs ------------------------------------------------------------------------------- */

void em_parquet_runs_init(struct em_parquet_runs *r, struct em_view bytes, int width)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    *r = (struct em_parquet_runs){.at = at,
                                  .end = at + bytes.len,
                                  .width = width,
                                  .mask = width ? UINT32_MAX >> (32 - width) : 0};
}

void em_parquet_runs_legacy(struct em_parquet_runs *r, struct em_view bytes, int width,
                            uint64_t n)
{
    em_parquet_runs_init(r, bytes, width);
    r->base = r->at;
    r->at = r->end;
    r->packed = r->legacy = true;
    uint64_t most = width ? (uint64_t)bytes.len * 8 / (unsigned)width : n;
    r->left = n < most ? n : most;
}

const char *em_parquet_runs_refill(struct em_parquet_runs *r)
{
    uint64_t head;
    size_t bytes = (size_t)(r->width + 7) / 8;
    if (!runs_varint(&r->at, r->end, &head))
        return "levels or indexes end too early";
    size_t there = (size_t)(r->end - r->at);
    r->packed = head & 1;
    if (!r->packed) {
        r->left = head >> 1;
        if (bytes > there)
            return "levels or indexes end too early";
        r->value = 0;
        for (size_t i = 0; i < bytes; i++)
            r->value |= (uint32_t)r->at[i] << 8 * i;
        if (r->value & ~r->mask)
            return "a run has a value of too many bits";
        r->at += bytes;
        return NULL;
    }
    /* The last group may be shorter than its eight values. */
    uint64_t groups = head >> 1, width = (uint64_t)r->width;
    r->base = r->at;
    r->bit = 0;
    if (width == 0) {
        r->left = groups > UINT64_MAX / 8 ? UINT64_MAX : groups * 8;
        return NULL;
    }
    uint64_t take = groups > there / width ? there : groups * width;
    r->left = take * 8 / width;
    r->at += take;
    return r->left ? NULL : "levels or indexes end too early";
}

uint32_t em_parquet_runs_unpack(struct em_parquet_runs *r)
{
    uint64_t bit = r->bit;
    r->bit += (unsigned)r->width;
    if (!r->legacy)
        return (uint32_t)bits_at(r->base, r->end, bit, (unsigned)r->width);
    uint32_t value = 0;
    for (int i = 0; i < r->width; i++, bit++)
        value = value << 1 | ((uint32_t)r->base[bit / 8] >> (7 - bit % 8) & 1u);
    return value;
}

/* --- deltas ------------------------------------------------------------------------------- */

static bool delta_zigzag(struct em_parquet_delta *d, uint64_t *value)
{
    uint64_t v;
    if (!runs_varint(&d->at, d->end, &v))
        return false;
    *value = v >> 1 ^ (~(v & 1) + 1);
    return true;
}

const char *em_parquet_delta_init(struct em_parquet_delta *d, struct em_view bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.data;
    *d = (struct em_parquet_delta){.at = at, .end = at + bytes.len, .first = true};
    if (!runs_varint(&d->at, d->end, &d->block) ||
        !runs_varint(&d->at, d->end, &d->minis) ||
        !runs_varint(&d->at, d->end, &d->left) || !delta_zigzag(d, &d->last))
        return "the header of a delta encoding is cut";
    if (d->block == 0 || d->block > MAX_BLOCK || d->minis == 0 || d->minis > d->block ||
        d->block % d->minis || (d->each = d->block / d->minis) % 8)
        return "a delta encoding has impossible block sizes";
    d->mini = d->minis;
    return NULL;
}

static const char *delta_block(struct em_parquet_delta *d)
{
    if (!delta_zigzag(d, &d->min) || (uint64_t)(d->end - d->at) < d->minis)
        return "a delta encoding ends too early";
    d->widths = d->at;
    d->at += d->minis;
    d->mini = 0;
    return NULL;
}

/* The next miniblock; its bytes are skipped. */
static const char *delta_mini(struct em_parquet_delta *d)
{
    if (d->mini == d->minis) {
        const char *why = delta_block(d);
        if (why)
            return why;
    }
    unsigned width = d->widths[d->mini++];
    if (width > 64)
        return "a delta has more than 64 bits";
    uint64_t bytes = d->each / 8 * width, there = (uint64_t)(d->end - d->at);
    d->base = d->at;
    d->bit = 0;
    d->in_mini = d->each;
    if (bytes > there) {
        /* The last one need not be filled up. */
        if (there * 8 < (d->left < d->each ? d->left : d->each) * width)
            return "a delta encoding ends too early";
        bytes = there;
    }
    d->at += bytes;
    return NULL;
}

const char *em_parquet_delta_next(struct em_parquet_delta *d, int64_t *value)
{
    if (d->left == 0)
        return "fewer values than the page has";
    if (!d->first) {
        if (d->in_mini == 0) {
            const char *why = delta_mini(d);
            if (why)
                return why;
        }
        unsigned width = d->widths[d->mini - 1];
        d->last += d->min + bits_at(d->base, d->end, d->bit, width);
        d->bit += width;
        d->in_mini--;
    }
    d->first = false;
    d->left--;
    *value = (int64_t)d->last;
    return NULL;
}

const char *em_parquet_delta_end(const struct em_parquet_delta *from,
                                 const unsigned char **end)
{
    struct em_parquet_delta d = *from;
    if (d.left)
        d.left--; /* the first value stands in the header */
    while (d.left) {
        const char *why = delta_mini(&d);
        if (why)
            return why;
        d.left -= d.left < d.each ? d.left : d.each;
    }
    *end = d.at;
    return NULL;
}
