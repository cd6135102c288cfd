/* SPDX-License-Identifier: Apache-2.0
 *
 * Words as prints see them (prints.h). Words of ASCII letters and digits, which are nearly
 * all in most texts, are found 64 bytes and hashed eight bytes at a time; every other word, and the
 * last bytes of a text, go character by character. Both ways give the same hashes.
 */
#include "detector/prints_int.h"

#include "base/utf8.h"
#include "detector/normalise_int.h"

#include <utf8proc.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define K1 0x9E3779B97F4A7C15u
#define K2 0xD6E8FEB86659FD93u

/* Entries of the cache; anything else is the one letter that the character becomes. */
enum { FOLD_UNKNOWN, FOLD_SEPARATOR, FOLD_NOTHING, FOLD_SEVERAL };

enum { EXPANSION = 18 /* the most code points one becomes: U+FDFA */ };

/* A word's hash, fed byte by byte: eight at a time, little-endian. */
struct stream {
    uint64_t h, bytes;
    unsigned n;
};

static inline uint64_t prints_words_mix(uint64_t h, uint64_t bytes)
{
    h = (h ^ bytes) * K1;
    return h ^ h >> 31;
}

static inline uint64_t prints_words_finish(uint64_t h)
{
    h ^= h >> 32;
    h *= K2;
    return h ^ h >> 29;
}

static inline void stream_put(struct stream *s, unsigned char byte)
{
    s->bytes |= (uint64_t)byte << 8 * s->n;
    if (++s->n == 8) {
        s->h = prints_words_mix(s->h, s->bytes);
        s->bytes = s->n = 0;
    }
}

static inline void stream_letter(struct stream *s, uint32_t cp)
{
    char utf8[4];
    if (cp < 0x80) {
        stream_put(s, (unsigned char)cp);
        return;
    }
    size_t n = em_utf8_encode(utf8, cp);
    for (size_t i = 0; i < n; i++)
        stream_put(s, (unsigned char)utf8[i]);
}

static inline uint64_t stream_hash(const struct stream *s)
{
    return prints_words_finish(s->n ? prints_words_mix(s->h, s->bytes) : s->h);
}

static inline bool ascii_alnum(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10;
}

/* Written without spaces: one letter is one word. */
static bool lone(uint32_t cp)
{
    return (cp >= 0x3040 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x4DBF) ||
           (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x20000 && cp <= 0x3FFFF) ||
           (cp >= 0x0E00 && cp <= 0x0EFF) || (cp >= 0x1000 && cp <= 0x109F) ||
           (cp >= 0x1780 && cp <= 0x17FF);
}

static bool letter_or_number(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
           (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

static bool prints_words_apostrophe(uint32_t cp)
{
    return cp == '\'' || cp == 0x2019 || cp == 0x02BC || cp == 0xFF07;
}

/* The letters that `cp` (beyond ASCII) becomes. FOLD_SEPARATOR or FOLD_NOTHING when there
 * are none; otherwise FOLD_SEVERAL, with *n of them. */
static unsigned prints_words_fold(uint32_t cp, utf8proc_int32_t out[EXPANSION], size_t *n)
{
    *n = 0;
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    if ((c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME) ||
        c == UTF8PROC_CATEGORY_CF)
        return FOLD_NOTHING;
    if (!letter_or_number(cp))
        return FOLD_SEPARATOR;
    const utf8proc_option_t how = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                  UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK |
                                  UTF8PROC_IGNORE;
    int boundary = 0;
    utf8proc_ssize_t made =
        utf8proc_decompose_char((utf8proc_int32_t)cp, out, EXPANSION, how, &boundary);
    for (utf8proc_ssize_t i = 0; i < made && i < EXPANSION; i++)
        if (letter_or_number((uint32_t)out[i]))
            out[(*n)++] = out[i];
    return *n ? FOLD_SEVERAL : FOLD_NOTHING;
}

/* fold(), remembered where the answer is short. */
static unsigned fold_cached(const struct em_word_scan *s, uint32_t cp,
                            utf8proc_int32_t out[EXPANSION], size_t *n)
{
    if (cp >= 0x4E00 && cp <= 0x9FFF) {
        out[0] = (utf8proc_int32_t)cp;
        *n = 1;
        return FOLD_SEVERAL;
    }
    if (cp >= EM_FOLD_CACHE)
        return prints_words_fold(cp, out, n);
    uint16_t known = s->cache[cp];
    if (known > FOLD_SEVERAL) {
        out[0] = known;
        *n = 1;
        return FOLD_SEVERAL;
    }
    *n = 0;
    if (known == FOLD_SEPARATOR || known == FOLD_NOTHING)
        return known;
    unsigned kind = prints_words_fold(cp, out, n);
    s->cache[cp] = (uint16_t)kind;
    if (kind == FOLD_SEVERAL && *n == 1 && out[0] > FOLD_SEVERAL && out[0] <= 0xFFFF)
        s->cache[cp] = (uint16_t)out[0];
    return kind;
}

/* Does a word go on at p, after an apostrophe? */
static bool goes_on(const struct em_word_scan *s, const char *p)
{
    utf8proc_int32_t letters[EXPANSION];
    uint32_t cp;
    size_t n;
    if (p >= s->end)
        return false;
    if ((unsigned char)*p < 0x80)
        return ascii_alnum((unsigned char)*p);
    em_utf8_decode(p, s->end, &cp);
    return !prints_words_apostrophe(cp) && !lone(cp) &&
           fold_cached(s, cp, letters, &n) == FOLD_SEVERAL;
}

/* One word under way: hashed as it is and, in case it turns out to be Latin with letters
 * of another script in it, as it looks. */
struct word {
    struct stream plain, looks;
    const char *start, *end;
    bool latin, alike, alone;
};

/* What stands at p, `len` bytes that are `cp`: false where the word ends before it. */
static bool prints_words_take(const struct em_word_scan *s, struct word *w, const char *p,
                              size_t len, uint32_t cp)
{
    utf8proc_int32_t letters[EXPANSION];
    size_t n = 1;
    if (prints_words_apostrophe(cp))
        return w->start && goes_on(s, p + len);
    letters[0] = (utf8proc_int32_t)cp;
    if (cp < 0x80) {
        if (!ascii_alnum((unsigned char)cp))
            return false;
        letters[0] |= 0x20;
        w->latin |= cp >= 'A';
    } else {
        unsigned kind = fold_cached(s, cp, letters, &n);
        if (kind == FOLD_NOTHING && w->start)
            w->end = p + len;
        if (kind != FOLD_SEVERAL)
            return kind == FOLD_NOTHING;
        w->alone = lone(cp) || lone((uint32_t)letters[0]);
        if (w->alone && w->start) {
            w->alone = false;
            return false;
        }
    }
    if (!w->start)
        w->start = p;
    w->end = p + len;
    char twin = cp >= 0x0370 && cp <= 0x0586 ? em_look_alike(cp) : 0;
    if (twin && !w->alike) { /* up to here it looks like what it is */
        w->alike = true;
        w->looks = w->plain;
    }
    for (size_t i = 0; i < n; i++)
        stream_letter(&w->plain, (uint32_t)letters[i]);
    if (twin)
        stream_put(&w->looks, (unsigned char)(twin | 0x20));
    else if (w->alike)
        for (size_t i = 0; i < n; i++)
            stream_letter(&w->looks, (uint32_t)letters[i]);
    return true;
}

/* The word at s->p, or what separates words; continues by at least one character. */
static bool any_word(struct em_word_scan *s, struct em_print_word *out)
{
    struct word w = {.start = NULL};
    const char *p = s->p;
    while (p < s->end && !w.alone) {
        uint32_t cp = (unsigned char)*p;
        size_t len = cp < 0x80 ? 1 : em_utf8_decode(p, s->end, &cp);
        if (!prints_words_take(s, &w, p, len, cp)) {
            if (!w.start)
                p += len;
            break;
        }
        p += len;
    }
    s->p = p;
    if (!w.start)
        return false;
    out->hash = stream_hash(w.latin && w.alike ? &w.looks : &w.plain);
    out->start = (uint32_t)(w.start - s->begin);
    out->end = (uint32_t)(w.end - s->begin);
    return true;
}

#ifdef __SSE2__
static inline uint64_t prints_words_load64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
    return x;
}

enum { WINDOW = 64, PAST = 16 /* a word's hash reads so far after its beginning */ };

/* A bit for each of 16 bytes: ASCII letters and digits; what plain_words() cannot take. */
static inline void masks(const char *p, uint64_t *alnum, uint64_t *odd)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i low = _mm_or_si128(x, _mm_set1_epi8(0x20));
    __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(low, _mm_set1_epi8('a' - 1)),
                                   _mm_cmplt_epi8(low, _mm_set1_epi8('z' + 1)));
    __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
                                  _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('\''));
    *alnum = (unsigned)_mm_movemask_epi8(_mm_or_si128(letter, digit));
    *odd = (unsigned)_mm_movemask_epi8(_mm_or_si128(x, quote)); /* bit 7: not ASCII */
}

static inline void window_masks(const char *p, uint64_t *alnum, uint64_t *odd)
{
    uint64_t a[4], o[4];
    for (int i = 0; i < 4; i++)
        masks(p + 16 * i, &a[i], &o[i]);
    *alnum = a[0] | a[1] << 16 | a[2] << 32 | a[3] << 48;
    *odd = o[0] | o[1] << 16 | o[2] << 32 | o[3] << 48;
}

/* The hash of `len` bytes at p, 1 to 15, all ASCII letters and digits (which have bit 5 set
 * already, so that folding leaves them). */
static inline uint64_t plain_hash(const char *p, unsigned len)
{
    const uint64_t lower = 0x2020202020202020u;
    uint64_t first = prints_words_load64(p) | lower;
    if (len <= 8)
        return prints_words_finish(
            prints_words_mix(0, first & ~(uint64_t)0 >> (64 - 8 * len)));
    uint64_t second =
        (prints_words_load64(p + 8) | lower) & ~(uint64_t)0 >> (128 - 8 * len);
    return prints_words_finish(prints_words_mix(prints_words_mix(0, first), second));
}

/* A closing quote, not an apostrophe: no letter follows. */
static inline bool ends_at_quote(const char *p)
{
    return *p == '\'' && (unsigned char)p[1] < 0x80 && !ascii_alnum((unsigned char)p[1]);
}

/* Words from s->p on as long as they are plain: up to 15 ASCII letters and digits with an
 * ASCII character after them that is no apostrophe. Stops where the other way must look,
 * or near the end. A window begins where the one before had its last whole word. */
static size_t plain_words(struct em_word_scan *s, struct em_print_word *words, size_t cap)
{
    const char *p = s->p;
    size_t n = 0;
    bool odd_one = false;
    while (!odd_one && n < cap && s->end - p >= WINDOW + PAST) {
        uint64_t alnum, odd;
        unsigned at = 0;
        window_masks(p, &alnum, &odd);
        while (n < cap && at < WINDOW) {
            uint64_t next = (alnum | odd) >> at;
            if (next == 0) {
                at = WINDOW;
                break;
            }
            at += (unsigned)__builtin_ctzll(next);
            unsigned len = (unsigned)__builtin_ctzll(~(alnum >> at) | UINT64_C(1) << 63);
            if (at + len >= WINDOW) {
                odd_one = at == 0; /* longer than a window */
                break;
            }
            if (len - 1 > 14 || (odd >> (at + len) & 1 && !ends_at_quote(p + at + len))) {
                odd_one = true;
                break;
            }
            words[n].hash = plain_hash(p + at, len);
            words[n].start = (uint32_t)(p - s->begin) + at;
            words[n].end = (uint32_t)(p - s->begin) + at + len;
            n++;
            at += len + 1;
        }
        p += at;
    }
    s->p = p;
    return n;
}
#else
static size_t plain_words(struct em_word_scan *s, struct em_print_word *words, size_t cap)
{
    (void)s, (void)words, (void)cap;
    return 0;
}
#endif

size_t em_words_next(struct em_word_scan *s, struct em_print_word *words, size_t cap)
{
    size_t n = 0;
    while (n < cap && s->p < s->end) {
        n += plain_words(s, words + n, cap - n);
        if (n < cap && s->p < s->end)
            n += any_word(s, &words[n]);
    }
    return n;
}
