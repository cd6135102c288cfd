/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/lines.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Lines of more words are paragraphs: they may name a function or a path. */
enum { LINE_PARAGRAPH = 20 };

struct line_counts {
    size_t letters, others; /* bytes; others: neither letters nor blanks */
    size_t signs;           /* that prose hardly has */
    size_t joints;          /* places where words meet as they do in code and tables */
    size_t words;
};

static bool line_letter(unsigned char c)
{
    return c >= 0x80 || (c | 32u) - 'a' < 26u;
}

static bool line_word(unsigned char c)
{
    return line_letter(c) || (unsigned)c - '0' < 10u;
}

/* { } [ ] = < > | \ / _ $ @ # ^ * + ~ ` as bits. */
static bool line_sign(unsigned char c)
{
    static const uint64_t bits[2] = {UINT64_C(0x70008c1800000000),
                                     UINT64_C(0x78000001f8000001)};
    return c < 0x80 && (bits[c >> 6] >> (c & 63) & 1);
}

/* Marks of lists, headings and quotes, and white space. */
static struct em_view line_body(struct em_view line)
{
    while (line.len && memchr(" \t\r", line.data[line.len - 1], 3))
        line.len--;
    while (line.len && memchr(" \t-*+#>", line.data[0], 7)) {
        line.data++;
        line.len--;
    }
    return line;
}

/* "call(", "snake_case", "a,b", "->", "==", "//", a tab, columns of blanks. */
static bool line_joint(const unsigned char *s, size_t i, size_t n)
{
    unsigned char before = i ? s[i - 1] : ' ', after = i + 1 < n ? s[i + 1] : ' ';
    switch (s[i]) {
    case '(':
        return line_word(before) &&
               (line_word(after) || memchr(")\"'&$*-[{ ", after, 10));
    case '_':
        return line_word(before) && line_word(after);
    case ',':
        return line_letter(before) && line_word(after);
    case '\t':
        return true;
    case ' ':
        return before == ' ' && after == ' ' && i >= 2 && s[i - 2] != ' ';
    case '=':
    case '&':
    case '|':
    case '/':
        return after == s[i] && before != ':';
    case '>':
        return before == '-' || before == '=';
    case ':':
        return after == '=' || after == ':';
    default:
        return false;
    }
}

enum { BLOCK = 64 };

/* A bit for each byte of a block. */
struct line_masks {
    uint64_t letter, word, space, blank;
};

#ifdef __SSE2__
static __m128i bytes_between(__m128i v, char low, char high)
{
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(v, _mm_set1_epi8((char)(high + 1))));
}

static uint64_t mask_bits(__m128i v, int shift)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(v) << shift;
}

static struct line_masks line_masks(const unsigned char s[BLOCK])
{
    struct line_masks m = {0, 0, 0, 0};
    for (int at = 0; at < BLOCK; at += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + at));
        __m128i space = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
        /* Bit 7 says both "not ASCII" and, in what a comparison gives, yes. */
        __m128i letter = _mm_or_si128(
            v, bytes_between(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z'));
        m.letter |= mask_bits(letter, at);
        m.word |= mask_bits(_mm_or_si128(letter, bytes_between(v, '0', '9')), at);
        m.space |= mask_bits(space, at);
        m.blank |=
            mask_bits(_mm_or_si128(space, _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'))), at);
    }
    return m;
}
#else
static struct line_masks line_masks(const unsigned char s[BLOCK])
{
    struct line_masks m = {0, 0, 0, 0};
    for (int i = 0; i < BLOCK; i++) {
        m.letter |= (uint64_t)line_letter(s[i]) << i;
        m.word |= (uint64_t)line_word(s[i]) << i;
        m.space |= (uint64_t)(s[i] == ' ') << i;
        m.blank |= (uint64_t)(s[i] == ' ' || s[i] == '\t') << i;
    }
    return m;
}
#endif

static size_t bits_of(uint64_t mask)
{
    return (size_t)__builtin_popcountll(mask);
}

/* Of the masks of s[at..at + BLOCK), in a line of n bytes; `inside`: a word reaches up to
 * here. */
static void line_count_block(struct line_counts *c, const struct line_masks *m,
                             const unsigned char *s, size_t at, size_t n, bool inside)
{
    uint64_t all = n - at < BLOCK ? ((uint64_t)1 << (n - at)) - 1 : ~(uint64_t)0;
    uint64_t begins = m->word & ~(m->word << 1 | inside);
    /* A single space is no joint; whether one at an end of the block is, must be looked at. */
    uint64_t gap = m->space & (m->space << 1 | 1) & (m->space >> 1 | (uint64_t)1 << 63);
    c->words += bits_of(begins & all);
    c->letters += bits_of(m->letter & all);
    c->others += bits_of(~m->letter & ~m->blank & all);
    uint64_t look = ((~m->word & ~m->space) | gap) & all;
    for (; look; look &= look - 1) {
        size_t i = at + (size_t)__builtin_ctzll(look);
        c->signs += line_sign(s[i]);
        c->joints += line_joint(s, i, n);
    }
}

static struct line_counts line_count(struct em_view body)
{
    const unsigned char *s = (const unsigned char *)body.data;
    struct line_counts c = {.letters = 0};
    bool inside = false;
    for (size_t at = 0; at < body.len; at += BLOCK) {
        unsigned char rest[BLOCK] = {0};
        const unsigned char *block = s + at;
        if (body.len - at < BLOCK)
            block = memcpy(rest, block, body.len - at);
        struct line_masks m = line_masks(block);
        line_count_block(&c, &m, s, at, body.len, inside);
        inside = m.word >> 63;
    }
    return c;
}

static bool line_counts_are_code(const struct line_counts *c, struct em_view body)
{
    if (body.len == 0)
        return false;
    if (c->letters < c->others)
        return true;
    if (c->words > LINE_PARAGRAPH)
        return c->signs * 6 >= c->letters;
    bool closes = memchr(";{}", body.data[body.len - 1], 3) != NULL;
    if (closes && c->signs + c->joints >= 1)
        return true;
    return c->signs + 2 * c->joints >= 2 && (c->signs + 2 * c->joints) * 12 >= c->letters;
}

bool em_line_is_code(struct em_view line)
{
    struct em_view body = line_body(line);
    struct line_counts c = line_count(body);
    return line_counts_are_code(&c, body);
}

/* "```" and "~~~" begin and end a block of code. */
static bool line_fences(struct em_view line)
{
    while (line.len && (line.data[0] == ' ' || line.data[0] == '\t'))
        line = em_view_sub(line, 1, line.len - 1);
    return line.len >= 3 &&
           (memcmp(line.data, "```", 3) == 0 || memcmp(line.data, "~~~", 3) == 0);
}

double em_lines_code_share(struct em_view text)
{
    size_t code = 0, all = 0;
    bool fenced = false;
    while (text.len) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t n = end ? (size_t)(end - text.data) : text.len;
        struct em_view line = em_view_sub(text, 0, n), body = line_body(line);
        n += end != NULL;
        text = em_view_sub(text, n, text.len - n);
        if (line_fences(line)) {
            fenced = !fenced;
            continue;
        }
        struct line_counts c = {.letters = 0};
        if (!fenced)
            c = line_count(body);
        all += c.words;
        code += !fenced && line_counts_are_code(&c, body) ? c.words : 0;
    }
    return all ? (double)code / (double)all : 0;
}
