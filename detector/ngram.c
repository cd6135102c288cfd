/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing is multiply-shift over a sum of token hashes times odd constants, a constant
 * apart for each family. Which hashes a window has had is a bit map over their first 17
 * bits (16 kB, first level of cache): without a branch that could be predicted wrongly, and
 * wrong about one n-gram in two hundred, the same one always.
 */
#include "detector/ngram.h"

#include "base/alloc.h"
#include "detector/features.h"

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

enum em_status em_ngrams_init(struct em_ngrams *ngrams, struct em_view dictionary)
{
    ngrams->tags = dictionary.len ? (const uint8_t *)dictionary.data : NULL;
    ngrams->seen = em_calloc(((size_t)1 << SEEN_BITS) / 64, sizeof(*ngrams->seen));
    return ngrams->seen ? EM_OK : EM_ERR_NOMEM;
}

void em_ngrams_release(struct em_ngrams *ngrams)
{
    em_free(ngrams->seen);
    ngrams->seen = NULL;
}

/* Writes the hash always and counts it only when it is new. */
static inline size_t add(uint64_t *seen, uint32_t id, uint32_t *ids, size_t n)
{
    uint32_t bit = id >> (32 - SEEN_BITS);
    uint64_t *cell = &seen[bit >> 6], bits = *cell;
    ids[n] = id;
    n += 1 & ~(bits >> (bit & 63));
    *cell = bits | (uint64_t)1 << (bit & 63);
    return n;
}

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

/* Hashes to places, from ids[0..n) to `out`, which is not behind; those that the dictionary
 * does not have fall out. */
static size_t look_up(const uint8_t *tags, const uint32_t *ids, size_t n, uint32_t *out)
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

size_t em_ngrams_window(struct em_ngrams *ngrams, const struct em_token *tokens, size_t n,
                        uint32_t *ids, struct em_ngram_counts *counts)
{
    uint64_t *seen = ngrams->seen;
    size_t used = 0, before;
#define X(name, text, span, value)                                                       \
    before = used;                                                                       \
    for (size_t i = (span)-1; i < n; i++) {                                              \
        const struct em_token *t = tokens + i;                                           \
        used = add(seen, hash(value, EM_NGRAM_##name), ids, used);                       \
    }                                                                                    \
    counts->total[EM_NGRAM_##name] = (uint32_t)(n + 1 > (span) ? n + 1 - (span) : 0);    \
    counts->fresh[EM_NGRAM_##name] = (uint32_t)(used - before);
    EM_NGRAM_LIST(X)
#undef X
    const uint8_t *tags = ngrams->tags;
    for (size_t i = 0; i < used; i++) {
        seen[ids[i] >> (32 - SEEN_BITS) >> 6] = 0;
        /* The look-up that follows then does not wait for memory each time. */
        if (tags)
            __builtin_prefetch(tags + em_feature_bucket(ids[i]));
    }
    size_t from = 0, known = 0;
    for (int f = 0; f < EM_NGRAM_FAMILIES; f++) {
        counts->known[f] = counts->fresh[f];
        if (tags)
            counts->known[f] =
                (uint32_t)look_up(tags, ids + from, counts->fresh[f], ids + known);
        from += counts->fresh[f];
        known += counts->known[f];
    }
    return known;
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
