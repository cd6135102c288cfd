/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing is multiply-shift over a sum of token hashes times odd constants, a constant
 * apart for each family. Which ids a window has had is a bit map (256 kB, second level of
 * cache): exact, and without a branch that could be predicted wrongly.
 */
#include "detector/ngram.h"

#include "base/alloc.h"
#include "detector/features.h"

#define IDS ((size_t)1 << EM_FEATURE_BITS)

/* Odd and fixed for ever, one for each family. The values are sums of well-mixed hashes, so
 * that the top bits of one product are well mixed too. */
static const uint64_t factors[] = {
    0xD6E8FEB86659FD93u, 0xA0761D6478BD642Fu, 0xE7037ED1A0B428DBu, 0x8EBC6AF09C88C6E3u,
    0x589965CC75374CC3u, 0x1D8E4E27C47D124Fu, 0xEB44ACCAB455D165u, 0x9C6E6877736C46E3u,
};
_Static_assert(EM_NGRAM_FAMILIES <= sizeof(factors) / sizeof(factors[0]),
               "a factor for each family");

static inline uint32_t hash(uint64_t value, enum em_ngram_family family)
{
    return (uint32_t)((value * factors[family]) >> (64 - EM_FEATURE_BITS));
}

#define D(k) t[-(k)].distorted
#define W(k) t[-(k)].word

enum em_status em_ngrams_init(struct em_ngrams *ngrams)
{
    ngrams->seen = em_calloc(IDS / 64, sizeof(*ngrams->seen));
    return ngrams->seen ? EM_OK : EM_ERR_NOMEM;
}

void em_ngrams_release(struct em_ngrams *ngrams)
{
    em_free(ngrams->seen);
    ngrams->seen = NULL;
}

/* Writes the id always and counts it only when it is new. */
static inline size_t add(uint64_t *seen, uint32_t id, uint32_t *ids, size_t n)
{
    uint64_t *cell = &seen[id >> 6], bits = *cell;
    ids[n] = id;
    n += 1 & ~(bits >> (id & 63));
    *cell = bits | (uint64_t)1 << (id & 63);
    return n;
}

size_t em_ngrams_window(struct em_ngrams *ngrams, const struct em_token *tokens, size_t n,
                        uint32_t *ids, struct em_ngram_repeats *repeats)
{
    uint64_t *seen = ngrams->seen;
    size_t used = 0;
#define X(name, text, span, value) size_t fresh_##name = 0;
    EM_NGRAM_LIST(X)
#undef X
    for (size_t i = 0; i < n; i++) {
        const struct em_token *t = tokens + i;
        size_t before;
#define X(name, text, span, value)                                                       \
    if (EM_LIKELY(i + 1 >= (span))) {                                                    \
        before = used;                                                                   \
        used = add(seen, hash(value, EM_NGRAM_##name), ids, used);                       \
        fresh_##name += used - before;                                                   \
    }
        EM_NGRAM_LIST(X)
#undef X
    }
#define X(name, text, span, value)                                                       \
    repeats->fresh[EM_NGRAM_##name] = (uint32_t)fresh_##name;                            \
    repeats->total[EM_NGRAM_##name] = (uint32_t)(n + 1 >= (span) ? n + 1 - (span) : 0);
    EM_NGRAM_LIST(X)
#undef X
    for (size_t i = 0; i < used; i++)
        seen[ids[i] >> 6] = 0;
    return used;
}

uint32_t em_ngram_id(enum em_ngram_family family, const struct em_token *tokens, size_t i)
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
