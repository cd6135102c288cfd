/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/entities.h"

#include "base/utf8.h"

#include <string.h>

enum { LONGEST_NAME = 31, LONGEST_LEGACY = 6 };

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What authors meant by &#128; to &#159;: windows-1252 (spec: HTML 13.2.5.80). */
static uint32_t c1_replacement(uint32_t cp)
{
    static const uint16_t table[32] = {
        0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
        0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};
    return table[cp - 0x80] ? table[cp - 0x80] : cp;
}

static size_t decode_number(const char *p, const char *end, char out[EM_REFERENCE_MAX],
                            size_t *out_len)
{
    const char *q = p + 2;
    bool hex = q < end && (*q == 'x' || *q == 'X');
    q += hex;
    const char *digits = q;
    uint32_t cp = 0;
    for (; q < end; q++) {
        int d = em_hex_digit(*q);
        if (d < 0 || (!hex && d > 9))
            break;
        /* Stops growing above Unicode: no overflow, still out of range. */
        if (cp <= 0x10FFFF)
            cp = cp * (hex ? 16 : 10) + (uint32_t)d;
    }
    if (q == digits)
        return 0;
    if (cp == 0)
        cp = EM_REPLACEMENT;
    if (cp >= 0x80 && cp <= 0x9F)
        cp = c1_replacement(cp);
    *out_len = em_utf8_encode(out, cp);
    if (q < end && *q == ';')
        q++;
    return (size_t)(q - p);
}

/* Order of the table: by bytes, a prefix first. */
static int entities_compare(const char *name, size_t len, const struct em_entity *e)
{
    size_t n = len < e->name_len ? len : e->name_len;
    int c = memcmp(name, e->name, n);
    return c ? c : (len > e->name_len) - (len < e->name_len);
}

static const struct em_entity *find(const char *name, size_t len)
{
    size_t low = 0, high = em_entities_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = entities_compare(name, len, &em_entities[mid]);
        if (c == 0)
            return &em_entities[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

static size_t entities_give(const struct em_entity *e, size_t used,
                            char out[EM_REFERENCE_MAX], size_t *out_len)
{
    memcpy(out, e->utf8, EM_REFERENCE_MAX);
    *out_len = e->utf8_len;
    return used;
}

static size_t decode_name(const char *p, const char *end, bool in_attribute,
                          char out[EM_REFERENCE_MAX], size_t *out_len)
{
    const char *name = p + 1, *q = name;
    while (q < end && q - name <= LONGEST_NAME && is_alnum(*q))
        q++;
    size_t len = (size_t)(q - name);
    if (len <= LONGEST_NAME && q < end && *q == ';') {
        const struct em_entity *e = find(name, len);
        if (e)
            return entities_give(e, len + 2, out, out_len);
    }
    for (size_t n = len < LONGEST_LEGACY ? len : LONGEST_LEGACY; n >= 2; n--) {
        const struct em_entity *e = find(name, n);
        if (!e || !e->legacy)
            continue;
        if (in_attribute && name + n < end && (name[n] == '=' || is_alnum(name[n])))
            return 0;
        return entities_give(e, n + 1, out, out_len);
    }
    return 0;
}

size_t em_reference_decode(const char *p, const char *end, bool in_attribute,
                           char out[EM_REFERENCE_MAX], size_t *out_len)
{
    if (end - p < 3)
        return 0;
    if (p[1] == '#')
        return decode_number(p, end, out, out_len);
    if (end - p >= 6 && memcmp(p, "&nbsp;", 6) == 0) {
        memcpy(out, "\302\240", 2);
        *out_len = 2;
        return 6;
    }
    return is_alnum(p[1]) ? decode_name(p, end, in_attribute, out, out_len) : 0;
}
