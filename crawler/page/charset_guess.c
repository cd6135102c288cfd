/* SPDX-License-Identifier: Apache-2.0
 *
 * A guess for bytes that declare nothing: UTF-8 when valid, else by what legacy text looks
 * like. In East Asian and Cyrillic text high bytes come in runs; in Western European text
 * alone. Among the multi-byte encodings the one counts whose frequent characters (kana,
 * Hangul, first-level hanzi) fill the pairs.
 */
#include "crawler/page/charset_int.h"

#include "base/limits.h"
#include "base/utf8.h"

struct tally {
    size_t high, in_runs;          /* bytes above 0x7F; those beside another */
    size_t upper_half, lower_half; /* 0xC0-0xDF and 0xE0-0xFF */
    size_t west;                   /* 0x80-0xBF */
    size_t zero_even, zero_odd;    /* NULs by parity of their offset */
};

bool em_utf8_is_valid(struct em_view v)
{
    size_t good = em_utf8_valid_prefix(v);
    if (good == v.len)
        return true;
    /* A page cut in the middle of a character is still UTF-8. */
    uint32_t cp;
    size_t n = em_utf8_decode(v.data + good, v.data + v.len, &cp);
    return v.len - good < 4 && good + n == v.len && good > 0 &&
           (unsigned char)v.data[good] >= 0xC2;
}

static void count(struct em_view v, struct tally *t)
{
    *t = (struct tally){0};
    bool before = false;
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if (c == 0)
            (*(i & 1 ? &t->zero_odd : &t->zero_even))++;
        bool high = c >= 0x80;
        bool after = i + 1 < v.len && (unsigned char)v.data[i + 1] >= 0x80;
        t->high += high;
        t->in_runs += high && (before || after);
        t->upper_half += c >= 0xC0 && c <= 0xDF;
        t->lower_half += c >= 0xE0;
        t->west += c >= 0x80 && c < 0xC0;
        before = high;
    }
}

/* How a double-byte encoding reads the bytes: pairs that fit, that are frequent, that fail. */
struct pairs {
    size_t fit, frequent, bad;
};

struct shape {
    const char *name;
    unsigned char lead_low, lead_high, trail_low, trail_high;
    unsigned char often_low, often_high; /* leads of frequent characters */
    unsigned char often_trail_low;
    unsigned char share; /* percent of pairs that must be frequent */
    bool single_kana;    /* 0xA1-0xDF alone are half-width kana */
};

/* Tried in this order: the more particular first. */
static const struct shape shapes[] = {
    {"shift_jis", 0x81, 0xFC, 0x40, 0xFC, 0x82, 0x83, 0x40, 30, true},
    {"euc-jp", 0xA1, 0xFE, 0xA1, 0xFE, 0xA4, 0xA5, 0xA1, 30, false},
    {"euc-kr", 0xA1, 0xFE, 0xA1, 0xFE, 0xB0, 0xC8, 0xA1, 85, false},
    {"gb18030", 0x81, 0xFE, 0x40, 0xFE, 0xB0, 0xD7, 0xA1, 75, false},
    {"big5", 0xA1, 0xF9, 0x40, 0xFE, 0xA4, 0xC6, 0x40, 70, false},
};

static struct pairs read_pairs(struct em_view v, const struct shape *s)
{
    struct pairs n = {0};
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if (c < 0x80)
            continue;
        if (s->single_kana && c >= 0xA1 && c <= 0xDF)
            continue;
        unsigned char d = i + 1 < v.len ? (unsigned char)v.data[i + 1] : 0;
        if (c < s->lead_low || c > s->lead_high || d < s->trail_low ||
            d > s->trail_high) {
            n.bad++;
            continue;
        }
        n.fit++;
        n.frequent += c >= s->often_low && c <= s->often_high && d >= s->often_trail_low;
        i++;
    }
    return n;
}

static const struct em_encoding *named(const char *name)
{
    return em_encoding_find(em_view_of(name));
}

static const struct em_encoding *guess_double_byte(struct em_view v)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct pairs n = read_pairs(v, &shapes[i]);
        if (n.fit >= 4 && n.bad * 50 <= n.fit &&
            n.frequent * 100 >= n.fit * shapes[i].share)
            return named(shapes[i].name);
    }
    return NULL;
}

const struct em_encoding *em_charset_guess(struct em_view body)
{
    struct tally t;
    if (em_utf8_is_valid(body) && !memchr(body.data ? body.data : "", 0, body.len))
        return named("utf-8");
    struct em_view sample = em_view_sub(body, 0, EM_GUESS_SAMPLE);
    count(sample, &t);
    /* ASCII in UTF-16 has a NUL in every second byte. */
    if (t.zero_odd * 4 > sample.len && t.zero_even * 16 < sample.len)
        return named("utf-16le");
    if (t.zero_even * 4 > sample.len && t.zero_odd * 16 < sample.len)
        return named("utf-16be");
    if (em_utf8_is_valid(body))
        return named("utf-8");
    /* Mostly UTF-8 with a few bad bytes: still UTF-8, the bad ones are replaced. */
    size_t good = em_utf8_valid_prefix(sample);
    if (t.in_runs > 64 && good > sample.len / 2 && good > 4096)
        return named("utf-8");
    if (t.in_runs * 2 < t.high)
        return named("windows-1252");
    const struct em_encoding *e = guess_double_byte(sample);
    if (e)
        return e;
    size_t letters = t.upper_half + t.lower_half;
    if (t.in_runs * 10 > t.high * 8 && letters * 10 > t.high * 8)
        return named(t.lower_half > t.upper_half ? "windows-1251" : "koi8-r");
    return named("windows-1252");
}
