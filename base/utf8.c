/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* Second-byte range by lead byte (Unicode 15, table 3-7). */
static size_t lead(unsigned char c, unsigned char *lo, unsigned char *hi)
{
    *lo = 0x80;
    *hi = 0xBF;
    if (c >= 0xC2 && c <= 0xDF)
        return 2;
    if (c >= 0xE0 && c <= 0xEF) {
        if (c == 0xE0)
            *lo = 0xA0;
        if (c == 0xED)
            *hi = 0x9F;
        return 3;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        if (c == 0xF0)
            *lo = 0x90;
        if (c == 0xF4)
            *hi = 0x8F;
        return 4;
    }
    return 0;
}

size_t em_utf8_decode(const char *p, const char *end, uint32_t *cp)
{
    unsigned char c = (unsigned char)*p;
    if (c < 0x80) {
        *cp = c;
        return 1;
    }
    unsigned char lo, hi;
    size_t n = lead(c, &lo, &hi);
    *cp = EM_REPLACEMENT;
    if (n == 0)
        return 1;
    uint32_t value = c & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if (p + i >= end)
            return i;
        unsigned char d = (unsigned char)p[i];
        if (d < lo || d > hi)
            return i;
        lo = 0x80;
        hi = 0xBF;
        value = value << 6 | (d & 0x3Fu);
    }
    *cp = value;
    return n;
}

size_t em_utf8_encode(char out[4], uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = EM_REPLACEMENT;
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* Eight bytes at a time while all are ASCII. */
static const char *skip_ascii(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        if (word & 0x8080808080808080u)
            break;
        p += 8;
    }
    while (p < end && (unsigned char)*p < 0x80)
        p++;
    return p;
}

/* U+FFFD itself, written in the input, is valid: its three bytes tell it from an error. */
static bool is_invalid(uint32_t cp, const char *p, size_t n)
{
    return cp == EM_REPLACEMENT && !(n == 3 && (unsigned char)*p == 0xEF);
}

size_t em_utf8_valid_prefix(struct em_view v)
{
    if (!v.len)
        return 0;
    const char *p = v.data, *end = v.data + v.len;
    while (p < end) {
        p = skip_ascii(p, end);
        if (p == end)
            break;
        uint32_t cp;
        size_t n = em_utf8_decode(p, end, &cp);
        if (is_invalid(cp, p, n))
            break;
        p += n;
    }
    return (size_t)(p - v.data);
}

enum em_status em_utf8_append_clean(struct em_buf *out, struct em_view v,
                                    size_t *replaced)
{
    size_t bad = 0;
    while (v.len) {
        size_t good = em_utf8_valid_prefix(v);
        EM_TRY(em_buf_append(out, v.data, good));
        v = em_view_sub(v, good, v.len);
        if (!v.len)
            break;
        uint32_t cp;
        size_t n = em_utf8_decode(v.data, v.data + v.len, &cp);
        EM_TRY(em_buf_append(out, "\xEF\xBF\xBD", 3));
        bad++;
        v = em_view_sub(v, n, v.len);
    }
    if (replaced)
        *replaced = bad;
    return EM_OK;
}
