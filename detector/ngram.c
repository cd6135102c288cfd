/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing is multiply-shift over a sum of token hashes times odd constants, a constant
 * apart for each family. Which hashes a window has had is a bit map over their first 17
 * bits (16 kB, first level of cache): without a branch that could be predicted wrongly, and
 * wrong about one n-gram in two hundred, the same one always.
 */
#include "detector/ngram.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "detector/features.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SEEN_BITS 17

/* Odd and fixed for ever, one for each family. The values are sums of well-mixed hashes, so
 * that the top bits of one product are well mixed too. */
static const uint64_t factors[] = {
    0xD6E8FEB86659FD93u, 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu, 0x8EBC6AF09C88C6E3u,
    0x589965CC75374CC3u, 0x1D8E4E27C47D124Fu, 0xEB44ACCAB455D165u, 0x9C6E6877736C46E3u,
};
_Static_assert(EM_NGRAM_FAMILIES == EM_FEATURE_FAMILIES, "as features.h says");
_Static_assert(EM_NGRAM_FAMILIES <= sizeof(factors) / sizeof(factors[0]),
               "a factor for each family");

static inline uint32_t hash(uint64_t value, enum em_ngram_family family)
{
    return (uint32_t)((value * factors[family]) >> 32);
}

#define D(k) t[-(k)].distorted
#define W(k) t[-(k)].word

/* 0x80 in every byte of x that is zero; exact up to and including the first of them. */
static inline uint32_t zero_bytes(uint32_t x)
{
    return (x - 0x01010101u) & ~x & 0x80808080u;
}

static inline uint32_t load_tags(const uint8_t *tags)
{
    uint32_t x;
    memcpy(&x, tags, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap32(x);
#endif
    return x;
}

uint32_t em_ngram_place(const uint8_t *tags, uint32_t hash)
{
    uint32_t bucket = em_feature_bucket(hash);
    uint32_t hit =
        zero_bytes(load_tags(tags + bucket) ^ em_feature_tag(hash) * 0x01010101u);
    return hit ? bucket + EM_FEATURE_WAYS + (uint32_t)(__builtin_ctz(hit) >> 3)
               : EM_NGRAM_UNKNOWN;
}

size_t em_ngram_places(const uint8_t *tags, const uint32_t *ids, size_t n, uint32_t *out)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bucket = em_feature_bucket(ids[i]);
        uint32_t hit =
            zero_bytes(load_tags(tags + bucket) ^ em_feature_tag(ids[i]) * 0x01010101u);
        out[known] =
            bucket + EM_FEATURE_WAYS + (uint32_t)(__builtin_ctz(hit | 0x80000000u) >> 3);
        known += hit != 0;
    }
    return known;
}

#if defined(__x86_64__)
/* For each mask of eight lanes, the numbers of those that are set, four bits each. */
#define LANES2(m)  LANES1(m), LANES1((m) + 1)
#define LANES4(m)  LANES2(m), LANES2((m) + 2)
#define LANES8(m)  LANES4(m), LANES4((m) + 4)
#define LANES16(m) LANES8(m), LANES8((m) + 8)
#define LANES64(m) LANES16(m), LANES16((m) + 16), LANES16((m) + 32), LANES16((m) + 48)
#define BELOW(m, k)                                                                      \
    (((m)&1) * ((k) > 0) + ((m) >> 1 & 1) * ((k) > 1) + ((m) >> 2 & 1) * ((k) > 2) +     \
     ((m) >> 3 & 1) * ((k) > 3) + ((m) >> 4 & 1) * ((k) > 4) +                           \
     ((m) >> 5 & 1) * ((k) > 5) + ((m) >> 6 & 1) * ((k) > 6))
#define LANE(m, k) ((uint32_t)((m) >> (k)&1) * (uint32_t)(k) << 4 * BELOW(m, k))
#define LANES1(m)                                                                        \
    (LANE(m, 1) | LANE(m, 2) | LANE(m, 3) | LANE(m, 4) | LANE(m, 5) | LANE(m, 6) |       \
     LANE(m, 7))

static const uint32_t lanes_set[256] = {LANES64(0), LANES64(64), LANES64(128),
                                        LANES64(192)};

/* The same, eight hashes at a time. */
__attribute__((target("avx2,popcnt"))) static size_t
look_up_avx2(const uint8_t *tags, const uint32_t *ids, size_t n, uint32_t *out)
{
    const __m256i one = _mm256_set1_epi32(1), byte = _mm256_set1_epi32(0xFF),
                  zero = _mm256_setzero_si256(),
                  spread = _mm256_setr_epi8(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12,
                                            12, 12, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8,
                                            12, 12, 12, 12),
                  nibble = _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28),
                  base = _mm256_set1_epi32(EM_FEATURE_WAYS - 127 / 8);
    size_t i = 0, known = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i h = _mm256_loadu_si256((const __m256i *)(const void *)(ids + i));
        __m256i bucket = _mm256_srli_epi32(h, 32 - EM_FEATURE_BITS + 2);
        __m256i found =
            _mm256_i32gather_epi32((const int *)(const void *)tags, bucket, 8);
        __m256i tag = _mm256_max_epu8(_mm256_and_si256(h, byte), one);
        tag = _mm256_shuffle_epi8(tag, spread);
        __m256i same = _mm256_cmpeq_epi8(found, tag);
        /* The lowest bit set is 1 << 8 * way: a float's exponent has it. */
        __m256i first = _mm256_and_si256(same, _mm256_sub_epi32(zero, same));
        __m256i way =
            _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(first)), 23 + 3);
        __m256i place =
            _mm256_add_epi32(_mm256_slli_epi32(bucket, 3), _mm256_add_epi32(way, base));
        unsigned missed = (unsigned)_mm256_movemask_ps(
            _mm256_castsi256_ps(_mm256_cmpeq_epi32(same, zero)));
        unsigned hits = ~missed & 0xFF;
        __m256i order =
            _mm256_srlv_epi32(_mm256_set1_epi32((int)lanes_set[hits]), nibble);
        _mm256_storeu_si256((__m256i *)(void *)(out + known),
                            _mm256_permutevar8x32_epi32(place, order));
        known += (size_t)__builtin_popcount(hits);
    }
    return known + em_ngram_places(tags, ids + i, n - i, out + known);
}
#endif

enum em_status em_ngrams_init(struct em_ngrams *ngrams, struct em_view dictionary)
{
    ngrams->tags = dictionary.len ? (const uint8_t *)dictionary.data : NULL;
    ngrams->look_up = em_ngram_places;
    ngrams->pieces = NULL;
    ngrams->n_pieces = 0;
#if defined(__x86_64__)
    if (em_cpu_avx2())
        ngrams->look_up = look_up_avx2;
#endif
    ngrams->seen = em_calloc(((size_t)1 << SEEN_BITS) / 64, sizeof(*ngrams->seen));
    return ngrams->seen ? EM_OK : EM_ERR_NOMEM;
}

void em_ngrams_release(struct em_ngrams *ngrams)
{
    em_free(ngrams->seen);
    ngrams->seen = NULL;
}

/* The hashes of all n-grams, family by family. */
static void hash_all(const struct em_token *tokens, size_t n, uint32_t *ids,
                     struct em_ngram_counts *counts)
{
    uint32_t *row = ids;
    size_t i = 0;
#define X(name, text, span, value)                                                       \
    counts->total[EM_NGRAM_##name] = (uint32_t)(n + 1 > (span) ? n + 1 - (span) : 0);    \
    uint32_t *of_##name = row;                                                           \
    row += counts->total[EM_NGRAM_##name];
    EM_NGRAM_LIST(X)
#undef X
    for (; i < n && i + 1 < EM_NGRAM_MAX_SPAN; i++) {
        const struct em_token *t = tokens + i;
#define X(name, text, span, value)                                                       \
    if (i + 1 >= (span))                                                                 \
        *of_##name++ = hash(value, EM_NGRAM_##name);
        EM_NGRAM_LIST(X)
#undef X
    }
    /* One pass: the families share loads, products and sums. */
    for (size_t k = 0; i < n; i++, k++) {
        const struct em_token *t = tokens + i;
#define X(name, text, span, value) of_##name[k] = hash(value, EM_NGRAM_##name);
        EM_NGRAM_LIST(X)
#undef X
    }
}

/* Set bit `at` (modulo 64) of *bits; one more than `n` when it was not set. */
static inline size_t count_new(uint64_t *bits, uint32_t at, size_t n)
{
#if defined(__x86_64__)
    /* Two instructions, without the six that compilers make of the lines below. */
    uint64_t x = *bits;
    __asm__("btsq %2, %0\n\tsbbq $-1, %1" : "+r"(x), "+r"(n) : "r"((uint64_t)at) : "cc");
    *bits = x;
    return n;
#else
    uint64_t mask = (uint64_t)1 << (at & 63);
    n += (*bits & mask) == 0;
    *bits |= mask;
    return n;
#endif
}

/* Keep the first of equals, from ids[0..n) to `out`, which is not after. Their buckets are
 * asked for, so that the look-up does not wait for memory each time. */
static size_t distinct(const struct em_ngrams *ngrams, const uint32_t *ids, size_t n,
                       uint32_t *out)
{
    uint64_t *seen = ngrams->seen;
    const uint8_t *tags = ngrams->tags ? ngrams->tags : (const uint8_t *)ngrams->seen;
    const uint32_t within = ngrams->tags ? UINT32_MAX : 0;
    size_t fresh = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t id = ids[i], bit = id >> (32 - SEEN_BITS);
        __builtin_prefetch(tags + em_feature_bucket(id & within));
        out[fresh] = id; /* always, counted only when it is new */
        fresh = count_new(&seen[bit >> 6], bit, fresh);
    }
    return fresh;
}

static void ngram_forget(uint64_t *seen)
{
    const uint64_t *end = seen + ((size_t)1 << SEEN_BITS) / 64;
    for (; seen < end; seen += 8) {
        for (int k = 0; k < 8; k++)
            seen[k] = 0;
        /* Not a call of memset(): beginning one takes longer than a step here. */
        __asm__("" : : : "memory");
    }
}

/* N-grams of the family that end in tokens [from, to). */
static size_t ending(unsigned span, size_t from, size_t to)
{
    size_t first = span - 1;
    return (to > first ? to : first) - (from > first ? from : first);
}

static size_t make_distinct(struct em_ngrams *ngrams, int f, size_t n, uint32_t *ids,
                            uint32_t *out)
{
    unsigned span = em_ngram_span((enum em_ngram_family)f);
    size_t used = 0, begin = 0;
    if (ngrams->n_pieces == 0)
        return distinct(ngrams, ids, ending(span, 0, n), out);
    for (size_t p = 0; p < ngrams->n_pieces; p++) {
        size_t end = ngrams->pieces[p].end, many = ending(span, begin, end);
        size_t fresh = distinct(ngrams, ids, many, out + used);
        ngrams->pieces[p].known[f] = (uint32_t)fresh;
        ids += many;
        used += fresh;
        begin = end;
    }
    return used;
}

static size_t look_up(struct em_ngrams *ngrams, int f, size_t fresh, const uint32_t *ids,
                      uint32_t *out)
{
    size_t known = 0;
    if (ngrams->n_pieces == 0)
        return ngrams->look_up(ngrams->tags, ids, fresh, out);
    for (size_t p = 0; p < ngrams->n_pieces; p++) {
        uint32_t *count = &ngrams->pieces[p].known[f], many = *count;
        *count = (uint32_t)ngrams->look_up(ngrams->tags, ids, many, out + known);
        ids += many;
        known += *count;
    }
    return known;
}

/* A family's n-grams are looked up after the next one's were made distinct: late enough for
 * their buckets to have come, soon enough for them to be there still. */
size_t em_ngrams_window(struct em_ngrams *ngrams, const struct em_token *tokens, size_t n,
                        uint32_t *ids, struct em_ngram_counts *counts)
{
    size_t from = 0, used = 0, looked = 0, known = 0;
    hash_all(tokens, n, ids, counts);
    for (int f = 0; f <= EM_NGRAM_FAMILIES; f++) {
        if (f < EM_NGRAM_FAMILIES) {
            size_t fresh = make_distinct(ngrams, f, n, ids + from, ids + used);
            counts->fresh[f] = counts->known[f] = (uint32_t)fresh;
            from += counts->total[f];
            used += fresh;
        }
        if (f > 0 && ngrams->tags) {
            uint32_t fresh = counts->fresh[f - 1];
            size_t hits = look_up(ngrams, f - 1, fresh, ids + looked, ids + known);
            counts->known[f - 1] = (uint32_t)hits;
            looked += fresh;
            known += hits;
        }
    }
    ngram_forget(ngrams->seen);
    return ngrams->tags ? known : used;
}

uint32_t em_ngram_hash(enum em_ngram_family family, const struct em_token *tokens,
                       size_t i)
{
    const struct em_token *t = tokens + i;
    switch (family) {
#define X(name, text, span, value)                                                       \
    case EM_NGRAM_##name:                                                                \
        return hash(value, family);
        EM_NGRAM_LIST(X)
#undef X
    case EM_NGRAM_FAMILIES:
        break;
    }
    return 0;
}

unsigned em_ngram_span(enum em_ngram_family family)
{
    static const uint8_t spans[] = {
#define X(name, text, span, value) span,
        EM_NGRAM_LIST(X)
#undef X
    };
    return spans[family];
}

const char *em_ngram_name(enum em_ngram_family family)
{
    static const char *const names[] = {
#define X(name, text, span, value) text,
        EM_NGRAM_LIST(X)
#undef X
    };
    return names[family];
}
