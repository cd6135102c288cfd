/* SPDX-License-Identifier: Apache-2.0
 *
 * Normalisation, a second look at what was written: words whose letters were spaced out
 * ("s p a c e d") are joined, a text all in capitals is written as a sentence is. Both are
 * counted. Ordinary text is left as it is, for a scan of its bytes: the first never occurs in
 * it, the second is decided over the beginning.
 */
#include "detector/normalise_int.h"

#include "base/alloc.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    SPACED_LEAST = 3, /* letters; two apart are initials or a list */
    CASE_SEEN = 4096, /* bytes that decide whether all is in capitals */
    CAPITALS_LEAST = 80
};

static bool small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool word_byte(char c)
{
    return small(c) || capital(c) || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Letters of the spaced word at p, or 0. Lower case but for the first; "a b c d" is a list. */
static size_t spaced_at(const char *text, size_t len, size_t p)
{
    if ((!small(text[p]) && !capital(text[p])) || (p > 0 && word_byte(text[p - 1])))
        return 0;
    size_t n = 1, steps = 0;
    while (p + 2 * n < len && text[p + 2 * n - 1] == ' ' && small(text[p + 2 * n]))
        n++;
    size_t end = p + 2 * n - 1;
    if (end < len && word_byte(text[end]))
        n--; /* the last letter begins a word of its own */
    for (size_t i = 1; i < n; i++)
        steps += (text[p + 2 * i] | 0x20) == (text[p + 2 * i - 2] | 0x20) + 1;
    return n >= SPACED_LEAST && steps + 1 < n ? n : 0;
}

/* Where the first spaced word from `from` on begins; `len` for none. */
static size_t find_spaced(const char *text, size_t len, size_t from)
{
    for (size_t p = from; p < len; p++) {
#ifdef __SSE2__
        /* Spaces two bytes apart. Of 16 bytes 14 can be the first; the text is padded. */
        unsigned pairs = 0;
        for (; p < len; p += 14) {
            __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(text + p));
            pairs = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')));
            pairs &= pairs >> 2;
            if (EM_UNLIKELY(pairs != 0))
                break;
        }
        if (p >= len)
            break;
        p += (unsigned)__builtin_ctz(pairs);
#else
        if (text[p] != ' ' || p + 2 >= len || text[p + 2] != ' ')
            continue;
#endif
        if (p > from && spaced_at(text, len, p - 1) > 0)
            return p - 1;
        if (spaced_at(text, len, p + 1) > 0)
            return p + 1;
    }
    return len;
}

/* The map while bytes are taken out of the text. */
struct remap {
    struct em_normal *normal;
    struct em_normal_segment *made;
    size_t n, cap, old;
};

/* The byte at `from` of the text so far is the one at `to` of the new one. */
static enum em_status remap(struct remap *r, uint32_t from, uint32_t to)
{
    const struct em_normal_segment *old = r->normal->segments;
    while (r->old + 1 < r->normal->n_segments && old[r->old + 1].normal <= from)
        r->old++;
    uint32_t original = old[r->old].original + (from - old[r->old].normal);
    if (r->n > 0 &&
        original - to == r->made[r->n - 1].original - r->made[r->n - 1].normal)
        return EM_OK;
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 256;
        void *grown = em_realloc_array(r->made, cap, sizeof(*r->made));
        if (!grown)
            return EM_ERR_NOMEM;
        r->made = grown;
        r->cap = cap;
    }
    r->made[r->n++] = (struct em_normal_segment){to, original};
    return EM_OK;
}

/* Join spaced words, the first of which begins at `next`. */
static enum em_status join(struct em_normal *normal, size_t next)
{
    struct remap r = {normal, NULL, 0, 0, 0};
    char *text = normal->text;
    size_t o = 0;
    for (size_t p = 0; p < normal->len;) {
        size_t letters = p == next ? spaced_at(text, normal->len, p) : 0;
        size_t end = letters ? p + 2 * letters - 1 : next, step = letters ? 2 : 1;
        /* What is behind p is still as it was: the text only gets shorter. */
        size_t then = letters ? find_spaced(text, normal->len, end) : next;
        for (; p < end; p += step) {
            if (remap(&r, (uint32_t)p, (uint32_t)o) < 0) {
                em_free(r.made);
                return EM_ERR_NOMEM;
            }
            text[o++] = text[p];
        }
        p = end;
        next = then;
        normal->counts.spaced += letters > 0;
    }
    em_free(normal->segments);
    normal->segments = r.made;
    normal->n_segments = r.n;
    normal->cap_segments = r.cap;
    normal->len = o;
    memset(text + o, 0, EM_NORMAL_PAD);
    return EM_OK;
}

static bool all_capitals(const char *text, size_t len)
{
    size_t capitals = 0, smalls = 0;
    for (size_t p = 0; p < len && p < CASE_SEEN && smalls <= 8 + capitals / 16; p++) {
        capitals += capital(text[p]);
        smalls += small(text[p]);
    }
    return capitals >= CAPITALS_LEAST && smalls <= capitals / 16;
}

/* Capitals remain where a sentence begins, and in "I". */
static void lower_case(struct em_normal *normal)
{
    char *text = normal->text;
    bool begins = true;
    for (size_t p = 0; p < normal->len; p++) {
        if (!capital(text[p])) {
            if (text[p] == '.' || text[p] == '!' || text[p] == '?')
                begins = true;
            else if (word_byte(text[p]))
                begins = false;
            continue;
        }
        bool alone = (p == 0 || !word_byte(text[p - 1])) && !word_byte(text[p + 1]);
        if (!begins && !(alone && text[p] == 'I')) {
            text[p] = (char)(text[p] | 0x20);
            normal->counts.capitals++;
        }
        begins = false;
    }
}

enum em_status em_normal_letters(struct em_normal *normal)
{
    size_t spaced = find_spaced(normal->text, normal->len, 0);
    if (EM_UNLIKELY(spaced < normal->len))
        EM_TRY(join(normal, spaced));
    if (EM_UNLIKELY(all_capitals(normal->text, normal->len)))
        lower_case(normal);
    return EM_OK;
}
