/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML entities that were left in the text, "&rsquo;", "&#39;", "&amp;amp;quot;": a page's
 * own escapes are read long before; what is met here was escaped once too often.
 */
#include "detector/normalise_int.h"

enum { NAME_MAX = 8, DIGITS_MAX = 7 };

/* Those that prose has: signs, spaces, and letters of Latin-1. */
static const struct {
    char name[NAME_MAX];
    uint16_t cp;
} entities[] = {
    {"amp", '&'},       {"lt", '<'},       {"gt", '>'},       {"quot", '"'},
    {"apos", '\''},     {"nbsp", 0xA0},    {"ensp", 0x2002},  {"emsp", 0x2003},
    {"thinsp", 0x2009}, {"shy", 0xAD},     {"zwj", 0x200D},   {"zwnj", 0x200C},
    {"ndash", 0x2013},  {"mdash", 0x2014}, {"minus", 0x2212}, {"lsquo", 0x2018},
    {"rsquo", 0x2019},  {"sbquo", 0x201A}, {"ldquo", 0x201C}, {"rdquo", 0x201D},
    {"bdquo", 0x201E},  {"laquo", 0xAB},   {"raquo", 0xBB},   {"prime", 0x2032},
    {"hellip", 0x2026}, {"bull", 0x2022},  {"middot", 0xB7},  {"copy", 0xA9},
    {"reg", 0xAE},      {"trade", 0x2122}, {"deg", 0xB0},     {"euro", 0x20AC},
    {"pound", 0xA3},    {"cent", 0xA2},    {"yen", 0xA5},     {"sect", 0xA7},
    {"para", 0xB6},     {"times", 0xD7},   {"divide", 0xF7},  {"frac12", 0xBD},
    {"frac14", 0xBC},   {"frac34", 0xBE},  {"agrave", 0xE0},  {"aacute", 0xE1},
    {"acirc", 0xE2},    {"atilde", 0xE3},  {"auml", 0xE4},    {"aring", 0xE5},
    {"aelig", 0xE6},    {"ccedil", 0xE7},  {"egrave", 0xE8},  {"eacute", 0xE9},
    {"ecirc", 0xEA},    {"euml", 0xEB},    {"igrave", 0xEC},  {"iacute", 0xED},
    {"icirc", 0xEE},    {"iuml", 0xEF},    {"ntilde", 0xF1},  {"ograve", 0xF2},
    {"oacute", 0xF3},   {"ocirc", 0xF4},   {"otilde", 0xF5},  {"ouml", 0xF6},
    {"oslash", 0xF8},   {"ugrave", 0xF9},  {"uacute", 0xFA},  {"ucirc", 0xFB},
    {"uuml", 0xFC},     {"szlig", 0xDF},   {"Agrave", 0xC0},  {"Aacute", 0xC1},
    {"Auml", 0xC4},     {"Ccedil", 0xC7},  {"Egrave", 0xC8},  {"Eacute", 0xC9},
    {"Ouml", 0xD6},     {"Uuml", 0xDC},    {"larr", 0x2190},  {"rarr", 0x2192},
    {"check", 0x2713},  {"lbrack", '['},   {"rbrack", ']'},   {"num", '#'},
    {"comma", ','},     {"period", '.'},   {"colon", ':'},    {"semi", ';'},
    {"excl", '!'},      {"quest", '?'},    {"lpar", '('},     {"rpar", ')'},
    {"hyphen", 0x2010}, {"dash", 0x2010},  {"Tab", ' '},      {"NewLine", ' '},
};

/* Bytes of the named entity at p, without what is before its name; 0 for none. */
static size_t entity_named(const char *p, const char *end, uint32_t *cp)
{
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        size_t n = strnlen(entities[i].name, NAME_MAX);
        if ((size_t)(end - p) > n && p[n] == ';' && memcmp(p, entities[i].name, n) == 0) {
            *cp = entities[i].cp;
            return n + 1;
        }
    }
    return 0;
}

static int digit_of(char c, unsigned base)
{
    int value = c >= '0' && c <= '9'                     ? c - '0'
                : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                         : 99;
    return value < (int)base ? value : -1;
}

/* The same of "#39;" and "#x27;". */
static size_t numbered(const char *p, const char *end, uint32_t *cp)
{
    const char *from = p;
    unsigned base = 10, digits = 0;
    uint32_t value = 0;
    if (p >= end || *p++ != '#')
        return 0;
    if (p < end && (*p | 0x20) == 'x') {
        base = 16;
        p++;
    }
    for (; p < end && digits < DIGITS_MAX && digit_of(*p, base) >= 0; p++, digits++)
        value = value * base + (uint32_t)digit_of(*p, base);
    if (digits == 0 || p >= end || *p != ';' || value == 0 || value > 0x10FFFF ||
        (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *cp = value;
    return (size_t)(p + 1 - from);
}

bool em_normal_entity(struct em_normaliser *s)
{
    const char *p = s->p + 1;
    uint32_t cp;
    while (s->end - p > 4 && memcmp(p, "amp;", 4) == 0 &&
           (p[4] == '#' || (p[4] | 0x20) >= 'a'))
        p += 4;
    size_t n = entity_named(p, s->end, &cp);
    if (n == 0)
        n = numbered(p, s->end, &cp);
    if (n == 0) {
        /* "&amp;" before a word that only looked like an entity. */
        if (p == s->p + 1)
            return false;
        n = 0;
        cp = '&';
    }
    s->out->counts.entities++;
    em_normal_point(s, cp, (size_t)(p - s->p) + n);
    return true;
}
