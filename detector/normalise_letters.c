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
    CAPITALS_LEAST = 80,
    SMALL_LEAST = 400, /* letters without a capital that make a text without any */
    WAVES_SEEN = 128,  /* letters that decide whether case goes up and down in words */
    WAVES_LEAST = 10,
    TITLE_LEAST = 60, /* words that tell a text in which each begins with a capital */
    GAPS_LEAST = 6,   /* wide gaps after lone letters, in all and for so many bytes */
    GAPS_EVERY = 40
};

static bool normalise_letters_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool word_byte(char c)
{
    return normalise_letters_small(c) || capital(c) || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* Letters of the spaced word at p, or 0. Lower case but for the first; "a b c d" is a list. */
static size_t spaced_at(const char *text, size_t len, size_t p)
{
    if ((!normalise_letters_small(text[p]) && !capital(text[p])) ||
        (p > 0 && !strchr(" \"'(", text[p - 1])))
        return 0;
    size_t n = 1, steps = 0;
    while (p + 2 * n < len && text[p + 2 * n - 1] == ' ' &&
           normalise_letters_small(text[p + 2 * n]))
        n++;
    size_t end = p + 2 * n - 1;
    bool goes_on = end + 1 < len && text[end] != ' ' && word_byte(text[end + 1]);
    if (end < len && (word_byte(text[end]) || goes_on))
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

enum em_status em_normal_remap(struct em_normal_remap *r, uint32_t from, uint32_t to)
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

/* A segment of the old map at a time: within one the distance stays. */
enum em_status em_normal_move(struct em_normal_remap *r, size_t from, size_t to,
                              size_t *to_at)
{
    struct em_normal *normal = r->normal;
    while (from < to) {
        size_t end = to;
        EM_TRY(em_normal_remap(r, (uint32_t)from, (uint32_t)*to_at));
        if (r->old + 1 < normal->n_segments && normal->segments[r->old + 1].normal < to)
            end = normal->segments[r->old + 1].normal;
        memmove(normal->text + *to_at, normal->text + from, end - from);
        *to_at += end - from;
        from = end;
    }
    return EM_OK;
}

void em_normal_remapped(struct em_normal_remap *r, size_t len)
{
    struct em_normal *normal = r->normal;
    em_free(normal->segments);
    normal->segments = r->made;
    normal->n_segments = r->n;
    normal->cap_segments = r->cap;
    normal->len = len;
    memset(normal->text + len, 0, EM_NORMAL_PAD);
    r->made = NULL;
}

/* Join spaced words, the first of which begins at `next`. */
static enum em_status normalise_letters_join(struct em_normal *normal,
                                             struct em_normal_remap *r, size_t next)
{
    size_t o = 0, p = 0;
    while (p < normal->len) {
        EM_TRY(em_normal_move(r, p, next, &o));
        p = next;
        if (p == normal->len)
            break;
        size_t end = p + 2 * spaced_at(normal->text, normal->len, p) - 1;
        /* What is after p is still as it was: the text only gets shorter. */
        next = find_spaced(normal->text, normal->len, end);
        for (; p < end; p += 2)
            EM_TRY(em_normal_move(r, p, p + 1, &o));
        p = end;
        normal->counts.spaced++;
    }
    em_normal_remapped(r, o);
    return EM_OK;
}

/* Is at `p` one letter or sign that a space, a sign or the end follows? */
static bool lone_at(const struct em_normal *normal, size_t p)
{
    size_t next = p + 1;
    while (next < normal->len && ((unsigned char)normal->text[next] & 0xC0) == 0x80)
        next++;
    return p < normal->len && normal->text[p] != ' ' &&
           (next >= normal->len || !word_byte(normal->text[next]));
}

/* "e v e r y  l e t t e r": single spaces after a lone letter go, gaps become spaces. With
 * few gaps, only the latter. */
static enum em_status join_apart(struct em_normal *normal, struct em_normal_remap *r)
{
    const char *text = normal->text;
    bool many = normal->counts.gaps >= GAPS_LEAST &&
                normal->counts.gaps >= normal->len / GAPS_EVERY;
    bool lone = false, gap = false; /* of what stayed last: a lone letter, a space */
    size_t o = 0, from = 0;
    for (size_t p = 0; p < normal->len; p++) {
        bool space = text[p] == ' ', joins = false;
        if (many && space && !gap)
            joins = lone && text[p + 1] != ' ' && lone_at(normal, p + 1);
        if (space && (gap || joins)) {
            normal->counts.spaced += joins;
            EM_TRY(em_normal_move(r, from, p, &o));
            from = p + 1;
            continue;
        }
        if (many && !space)
            lone = (word_byte(text[p]) || text[p] == '\'') && lone_at(normal, p) &&
                   (p == 0 || !word_byte(text[p - 1]) || lone);
        gap = space;
    }
    EM_TRY(em_normal_move(r, from, normal->len, &o));
    em_normal_remapped(r, o);
    return EM_OK;
}

static bool all_capitals(const char *text, size_t len)
{
    size_t capitals = 0, smalls = 0;
    for (size_t p = 0; p < len && p < CASE_SEEN && smalls <= 8 + capitals / 16; p++) {
        capitals += capital(text[p]);
        smalls += normalise_letters_small(text[p]);
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

/* Does the case go up inside words again and again? */
static bool in_waves(const char *text, size_t len)
{
    size_t letters = 0, ups = 0;
    for (size_t p = 1; p < len && letters < WAVES_SEEN; p++) {
        letters += normalise_letters_small(text[p]) || capital(text[p]);
        ups += normalise_letters_small(text[p - 1]) && capital(text[p]);
    }
    if (ups < WAVES_LEAST)
        return false;
    letters = ups = 0;
    for (size_t p = 1; p < len && p < CASE_SEEN; p++) {
        letters += normalise_letters_small(text[p]) || capital(text[p]);
        ups += normalise_letters_small(text[p - 1]) && capital(text[p]);
    }
    return 8 * ups > letters;
}

/* Does Every Word Begin With A Capital? */
static bool all_titles(const char *text, size_t len)
{
    size_t capitals = 0, smalls = 0;
    for (size_t p = 0; p < len && p < CASE_SEEN && smalls <= 4 + capitals / 12; p++) {
        bool begins = p == 0 || text[p - 1] == ' ';
        capitals += begins && capital(text[p]);
        smalls += begins && normalise_letters_small(text[p]);
    }
    return capitals >= TITLE_LEAST && smalls <= capitals / 12;
}

/* No capital in a text that is long enough to have some. */
static bool all_small(const char *text, size_t len)
{
    size_t smalls = 0;
    for (size_t p = 0; p < len && p < CASE_SEEN; p++) {
        if (capital(text[p]))
            return false;
        smalls += normalise_letters_small(text[p]);
    }
    return smalls >= SMALL_LEAST;
}

/* A capital where a sentence begins, and in "I". */
static void raise_case(struct em_normal *normal)
{
    char *text = normal->text;
    bool begins = true;
    for (size_t p = 0; p < normal->len; p++) {
        char c = text[p];
        if (c == '.' || c == '!' || c == '?')
            begins = text[p + 1] == ' ' || text[p + 1] == '"' || text[p + 1] == ')';
        bool alone = (p == 0 || !word_byte(text[p - 1])) && !word_byte(text[p + 1]);
        if (normalise_letters_small(c) && (begins || (c == 'i' && alone))) {
            text[p] = (char)(c & ~0x20);
            normal->counts.small++;
        }
        if (word_byte(c))
            begins = false;
    }
}

static enum em_status join_letters(struct em_normal *normal)
{
    struct em_normal_remap r = {normal, NULL, 0, 0, 0};
    enum em_status status = EM_OK;
    if (EM_UNLIKELY(normal->counts.gaps > 0))
        status = join_apart(normal, &r);
    size_t spaced = find_spaced(normal->text, normal->len, 0);
    if (EM_UNLIKELY(spaced < normal->len && status == EM_OK)) {
        r = (struct em_normal_remap){normal, NULL, 0, 0, 0};
        status = normalise_letters_join(normal, &r, spaced);
    }
    em_free(r.made);
    return status;
}

enum em_status em_normal_letters(struct em_normal *normal)
{
    EM_TRY(join_letters(normal));
    bool waves = in_waves(normal->text, normal->len);
    if (EM_UNLIKELY(waves || all_capitals(normal->text, normal->len) ||
                    all_titles(normal->text, normal->len)))
        lower_case(normal);
    if (EM_UNLIKELY(waves || all_small(normal->text, normal->len)))
        raise_case(normal);
    return EM_OK;
}
