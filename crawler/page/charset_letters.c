/* SPDX-License-Identifier: Apache-2.0
 *
 * Which encoding makes words of the bytes: each is tried with the languages that were
 * written in it. What a reading costs is counted in bits:
 *
 *     a pair of letters that the language has   -log2 P(second | first), from a table
 *     any other pair of letters                 RARE
 *     a character of CJK                        -log2 P(character), or RARE_CJK
 *     quotation marks and their like            USUAL
 *     other symbols                             ODD
 *     a byte that the encoding does not have    IMPOSSIBLE
 *
 * and the cheapest one counts, the commoner encodings being ahead by a few bits.
 */
#include "crawler/page/charset_int.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>

enum {
    RARE = 13,
    RARE_CJK = 18,
    USUAL = 7,
    ODD = 16,
    IMPOSSIBLE = 30,
    CAPITAL = 9,    /* more for a capital after a small letter, */
    MIXED = 10,     /* for letters of two alphabets in one word, */
    BESIDE_CJK = 3, /* and for CJK right after a letter */
    MULTIBYTE = 9,  /* a character of UTF-8 */
    BROKEN = 40,    /* a byte that is none */
    SLOTS = 8192,
};

struct reading {
    const char *encoding, *languages;
    unsigned ahead; /* bits that it has to make good */
};

/* Where two readings cost the same, the first one counts. */
static const struct reading readings[] = {
    {"windows-1252", "de fr es pt it ca nl sv da nb fi is ga sq", 0},
    {"windows-1251", "ru uk be bg sr mk", 4},
    {"shift_jis", "ja", 6},
    {"euc-jp", "ja", 6},
    {"gb18030", "zh", 6},
    {"big5", "zh-Hant", 6},
    {"euc-kr", "ko", 6},
    {"windows-1250", "pl cs sk sl hr hu ro sq", 6},
    {"windows-1253", "el", 6},
    {"windows-1254", "tr az", 6},
    {"windows-1255", "he", 6},
    {"windows-1256", "ar fa ur", 6},
    {"windows-1257", "lv lt et", 6},
    {"windows-1258", "vi", 6},
    {"windows-874", "th", 6},
    {"koi8-r", "ru bg", 6},
    {"koi8-u", "uk be", 8},
    {"iso-8859-2", "pl cs sk sl hr hu ro sq", 8},
    {"iso-8859-5", "ru uk be bg sr mk", 8},
    {"iso-8859-7", "el", 8},
    {"iso-8859-6", "ar", 8},
    {"iso-8859-13", "lv lt et", 10},
    {"iso-8859-4", "lv lt et", 12},
    {"iso-8859-8", "he", 10},
    {"iso-8859-3", "eo mt tr", 12},
    {"iso-8859-15", "fr fi et", 12},
    {"iso-8859-14", "cy ga", 14},
    {"iso-8859-16", "ro", 14},
    {"ibm866", "ru uk be bg", 12},
    {"x-mac-cyrillic", "ru uk be bg sr mk", 14},
    {"macintosh", "de fr es pt it nl sv da nb fi", 16},
};

/* How often each pair of letters (or character) was read. */
struct tally {
    struct {
        uint32_t first, second, count;
    } slots[SLOTS];
    uint64_t cost; /* with every pair as rare */
    size_t used;
};

/* --- letters ---------------------------------------------------------------------------- */

/* In lower case, as far as the encodings here have capitals. */
static uint32_t charset_letters_lower(uint32_t c)
{
    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3AB) ||
        (c >= 0x410 && c <= 0x42F))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40F)
        return c + 0x50;
    if (c == 0x178)
        return 0xFF;
    if (c == 0x386)
        return 0x3AC;
    if (c >= 0x388 && c <= 0x38A)
        return c + 37;
    if (c == 0x38C)
        return 0x3CC;
    if (c == 0x38E || c == 0x38F)
        return c + 63;
    bool odd_first = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
    if (odd_first)
        return c + (c & 1);
    if ((c >= 0x100 && c <= 0x177 && c != 0x130 && c != 0x131 && c != 0x138) ||
        (c >= 0x1A0 && c <= 0x1A1) || c == 0x1AF || (c >= 0x218 && c <= 0x21B) ||
        (c >= 0x490 && c <= 0x491))
        return c == 0x1AF ? 0x1B0 : c | 1;
    return c;
}

static bool is_symbol(uint32_t c)
{
    return (c >= 0x80 && c < 0xC0 && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 ||
           c == 0xF7 || (c >= 0x2000 && c <= 0x3000);
}

static bool is_usual(uint32_t c)
{
    static const uint16_t usual[] = {
        0xA0,   0xA1,   0xA3,   0xA7,   0xA9,   0xAB,   0xAD,   0xAE,   0xB0,
        0xB7,   0xBB,   0xBF,   0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C,
        0x201D, 0x201E, 0x2022, 0x2026, 0x20AC, 0x2116, 0x2122};
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
        if (usual[i] == c)
            return true;
    return false;
}

/* As in words: what is no letter is a space. */
static uint32_t charset_letters_fold(uint32_t c)
{
    c = charset_letters_lower(c);
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? c : ' ';
    return is_symbol(c) ? ' ' : c;
}

static bool is_latin(uint32_t letter)
{
    return letter < 0x300;
}

/* --- counting --------------------------------------------------------------------------- */

static uint32_t *count_of(struct tally *t, uint32_t first, uint32_t second)
{
    uint32_t i = (first * 0x9E3779B1u ^ second * 0x85EBCA6Bu) >> 8;
    for (;; i++) {
        i %= SLOTS;
        if (!t->slots[i].count ||
            (t->slots[i].first == first && t->slots[i].second == second)) {
            t->slots[i].first = first;
            t->slots[i].second = second;
            return &t->slots[i].count;
        }
    }
}

static void count_pair(struct tally *t, uint32_t first, uint32_t second)
{
    t->cost += first ? RARE : RARE_CJK;
    if (t->used == SLOTS / 2) /* such bytes are no text */
        return;
    uint32_t *count = count_of(t, first, second);
    t->used += *count == 0;
    ++*count;
}

static void count_single(struct em_view sample, const uint16_t *high, struct tally *t)
{
    uint32_t before = ' ', raw = ' ';
    for (size_t i = 0; i < sample.len; i++) {
        unsigned char byte = (unsigned char)sample.data[i];
        uint32_t c = byte < 0x80 ? byte : high[byte - 0x80];
        uint32_t folded = charset_letters_fold(c);
        if (byte >= 0x80 && (c == 0 || (c >= 0x80 && c < 0xA0)))
            t->cost += IMPOSSIBLE;
        else if (byte >= 0x80 && is_symbol(c))
            t->cost += is_usual(c) ? USUAL : ODD;
        if (before >= 0x80 || folded >= 0x80) {
            count_pair(t, before, folded);
            if (folded != c && folded != ' ' && before != ' ' && before == raw)
                t->cost += CAPITAL;
            if (before != ' ' && folded != ' ' && is_latin(before) != is_latin(folded))
                t->cost += MIXED;
        }
        before = folded;
        raw = c;
    }
}

/* Returns the last one. */
static uint32_t count_characters(struct em_view text, uint32_t before, struct tally *t)
{
    const char *end = text.data + text.len;
    for (const char *p = text.data; p < end;) {
        uint32_t c;
        p += em_utf8_decode(p, end, &c);
        if (c >= 0xE000 && c <= 0xF8FF) /* for private use */
            t->cost += IMPOSSIBLE;
        else if (c >= 0x80)
            count_pair(t, 0, c);
        if (c >= 0x80 && before < 0x80 && charset_letters_fold(before) != ' ')
            t->cost += BESIDE_CJK;
        before = c;
    }
    return before;
}

static void count_double(struct em_view sample, iconv_t handle, struct tally *t)
{
    char room[1024], *in = (char *)(uintptr_t)sample.data;
    size_t left = sample.len;
    uint32_t before = ' ';
    iconv(handle, NULL, NULL, NULL, NULL);
    while (left) {
        char *out = room;
        size_t out_left = sizeof(room);
        size_t n = iconv(handle, &in, &left, &out, &out_left);
        if (n == (size_t)-1 && errno != E2BIG && left) {
            t->cost += IMPOSSIBLE;
            in++;
            left--;
        }
        before = count_characters(em_view_make(room, (size_t)(out - room)), before, t);
    }
}

static uint64_t cost_as_utf8(struct em_view sample)
{
    const char *p = sample.data, *end = sample.data + sample.len;
    uint64_t cost = 0;
    bool some = false;
    while (p < end) {
        uint32_t c;
        bool high = (unsigned char)*p >= 0x80;
        size_t n = em_utf8_decode(p, end, &c);
        bool bad = high && c == EM_REPLACEMENT && (n < 3 || (unsigned char)*p != 0xEF);
        some |= high && !bad;
        cost += high ? (bad ? BROKEN * n : MULTIBYTE) : 0;
        p += n;
    }
    return some ? cost : UINT64_MAX;
}

/* --- languages -------------------------------------------------------------------------- */

/* The cost of what was counted as text of this language. */
static uint64_t cost_in(struct tally *t, const struct em_letters *l)
{
    uint64_t saved = 0;
    unsigned rare = l->width == 2 ? RARE : RARE_CJK;
    for (unsigned level = 0; level < EM_LETTER_LEVELS; level++) {
        const char *p = l->levels[level], *end = p + strlen(p);
        while (p < end) {
            uint32_t first = 0, second;
            if (l->width == 2)
                p += em_utf8_decode(p, end, &first);
            p += em_utf8_decode(p, end, &second);
            saved += (uint64_t)(rare - level) * *count_of(t, first, second);
        }
    }
    return t->cost - saved;
}

static const struct em_letters *letters_of(struct em_view language)
{
    for (size_t i = 0; i < em_letters_count; i++)
        if (em_view_eq(language, em_view_of(em_letters[i].language)))
            return &em_letters[i];
    return &em_letters[0];
}

static bool count_reading(struct em_view sample, const struct em_encoding *e,
                          struct tally *t)
{
    memset(t, 0, sizeof(*t));
    if (e->kind == EM_ENC_SINGLE) {
        count_single(sample, e->high, t);
        return true;
    }
    iconv_t handle = iconv_open("UTF-8", e->iconv);
    if (handle == (iconv_t)-1)
        return false;
    count_double(sample, handle, t);
    iconv_close(handle);
    return true;
}

static uint64_t cost_of_reading(struct tally *t, const struct reading *r)
{
    struct em_view names = em_view_of(r->languages);
    uint64_t best = UINT64_MAX;
    while (names.len) {
        size_t end = em_view_find(names, 0, EM_VIEW(" "));
        uint64_t cost = cost_in(t, letters_of(em_view_sub(names, 0, end)));
        best = cost < best ? cost : best;
        names = em_view_sub(names, end + 1, names.len);
    }
    return best + r->ahead;
}

const struct em_encoding *em_letters_guess(struct em_view sample)
{
    struct tally tally;
    const struct em_encoding *best = em_encoding_find(EM_VIEW("utf-8"));
    uint64_t least = cost_as_utf8(sample);
    for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
        const struct em_encoding *e = em_encoding_find(em_view_of(readings[i].encoding));
        if (!e || !count_reading(sample, e, &tally))
            continue;
        uint64_t cost = cost_of_reading(&tally, &readings[i]);
        if (cost < least) {
            least = cost;
            best = e;
        }
    }
    return best;
}
