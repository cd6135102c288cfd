/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/web/fetch/fields.h"

#include "base/date.h"
#include "base/limits.h"

#include <stdio.h>

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The line from *pos on without its line end; false at the end. */
static bool next_line(struct em_view header, size_t *pos, struct em_view *line)
{
    if (*pos >= header.len)
        return false;
    size_t end = em_view_find(header, *pos, EM_VIEW("\n"));
    *line = em_view_sub(header, *pos, end - *pos);
    *pos = end < header.len ? end + 1 : header.len;
    if (line->len && line->data[line->len - 1] == '\r')
        line->len--;
    return true;
}

bool em_field_next(struct em_view header, size_t *pos, struct em_view *name,
                   struct em_view *value)
{
    struct em_view line;
    if (*pos == 0)
        (void)next_line(header, pos, &line);
    while (next_line(header, pos, &line)) {
        if (line.len == 0)
            return false;
        const char *begin = line.data, *end = line.data + line.len;
        /* spec: RFC9112 5.2: a line that begins with a blank goes on with the one before. */
        while (*pos < header.len && blank(header.data[*pos]) &&
               next_line(header, pos, &line))
            end = line.data + line.len;
        const char *colon = memchr(begin, ':', (size_t)(end - begin));
        if (!colon || blank(*begin))
            continue;
        *name = em_view_trim(em_view_make(begin, (size_t)(colon - begin)));
        *value = em_view_trim(em_view_make(colon + 1, (size_t)(end - colon - 1)));
        if (name->len)
            return true;
    }
    return false;
}

struct em_view em_field_get(struct em_view header, struct em_view name)
{
    struct em_view at, value;
    size_t pos = 0;
    while (em_field_next(header, &pos, &at, &value))
        if (em_view_ieq(at, name))
            return value;
    return EM_VIEW_NONE;
}

bool em_field_lengths_differ(struct em_view header)
{
    struct em_view name, value, first = EM_VIEW_NONE;
    size_t pos = 0;
    bool any = false, differ = false;
    while (em_field_next(header, &pos, &name, &value)) {
        if (em_view_ieq(name, EM_VIEW("Transfer-Encoding")))
            return false;
        if (!em_view_ieq(name, EM_VIEW("Content-Length")))
            continue;
        differ |= any && !em_view_eq(first, value);
        first = any ? first : value;
        any = true;
    }
    return differ;
}

int em_field_status(struct em_view header)
{
    struct em_view line;
    size_t pos = 0;
    if (!next_line(header, &pos, &line) || !em_view_istarts(line, EM_VIEW("HTTP/")))
        return 0;
    size_t at = em_view_find(line, 0, EM_VIEW(" "));
    struct em_view rest = em_view_trim(em_view_sub(line, at, line.len));
    unsigned long long code;
    if (rest.len < 3 || !em_view_u64(em_view_sub(rest, 0, 3), &code) || code < 100)
        return 0;
    if (rest.len > 3 && rest.data[3] >= '0' && rest.data[3] <= '9')
        return 0;
    return (int)code;
}

/* --- dates -------------------------------------------------------------------------------- */

struct cursor {
    const char *p, *end;
    bool bad;
};

static void expect(struct cursor *c, char want)
{
    if (c->p < c->end && *c->p == want)
        c->p++;
    else
        c->bad = true;
}

static int number(struct cursor *c, int min_digits, int max_digits)
{
    int value = 0, n = 0;
    while (n < max_digits && c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        value = value * 10 + (*c->p++ - '0');
        n++;
    }
    if (n < min_digits)
        c->bad = true;
    return value;
}

static int month(struct cursor *c)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12 && c->end - c->p >= 3; i++)
        if (memcmp(c->p, names + 3 * i, 3) == 0) {
            c->p += 3;
            return i + 1;
        }
    c->bad = true;
    return 1;
}

static void clock_time(struct cursor *c, int out[3])
{
    out[0] = number(c, 2, 2);
    expect(c, ':');
    out[1] = number(c, 2, 2);
    expect(c, ':');
    out[2] = number(c, 2, 2);
    /* A leap second is the second before: dates here have none. */
    out[2] = out[2] == 60 ? 59 : out[2];
}

static int64_t civil(int year, int mon, int day, const int time[3])
{
    char text[32];
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", year, mon, day,
             time[0], time[1], time[2]);
    return em_date_parse(em_view_of(text));
}

/* A year of two digits that seems more than 50 years ahead is in the past (spec: RFC9110
 * 5.6.7). */
static int full_year(int two, int64_t now)
{
    char today[16];
    em_date_format_day(now, today);
    unsigned long long this_year = 2000;
    if (!em_view_u64((struct em_view){today, 4}, &this_year))
        this_year = 2000;
    int year = (int)this_year / 100 * 100 + two;
    return year > (int)this_year + 50 ? year - 100 : year;
}

int64_t em_field_http_date(struct em_view text, int64_t now)
{
    text = em_view_trim(text);
    struct em_view comma = EM_VIEW(",");
    size_t at = em_view_find(text, 0, comma);
    struct cursor c = {text.data, text.data ? text.data + text.len : NULL, false};
    int time[3], day, mon, year;
    if (at < text.len) { /* Sun, 06 Nov 1994 08:49:37 GMT or Sunday, 06-Nov-94 ... */
        c.p += at + 1;
        expect(&c, ' ');
        day = number(&c, 1, 2);
        char between = c.p < c.end && *c.p == '-' ? '-' : ' ';
        expect(&c, between);
        mon = month(&c);
        expect(&c, between);
        const char *digits = c.p;
        year = number(&c, 2, 4);
        if (c.p - digits == 2)
            year = full_year(year, now);
        expect(&c, ' ');
        clock_time(&c, time);
        if (!em_view_eq(em_view_make(c.p, (size_t)(c.end - c.p)), EM_VIEW(" GMT")) &&
            !em_view_eq(em_view_make(c.p, (size_t)(c.end - c.p)), EM_VIEW(" UTC")))
            c.bad = true;
    } else { /* Sun Nov  6 08:49:37 1994 */
        if (text.len < 4)
            return EM_DATE_UNKNOWN;
        c.p += 3;
        expect(&c, ' ');
        mon = month(&c);
        expect(&c, ' ');
        if (c.p < c.end && *c.p == ' ')
            c.p++;
        day = number(&c, 1, 2);
        expect(&c, ' ');
        clock_time(&c, time);
        expect(&c, ' ');
        year = number(&c, 4, 4);
        if (c.p != c.end)
            c.bad = true;
    }
    return c.bad ? EM_DATE_UNKNOWN : civil(year, mon, day, time);
}

/* --- what a crawler asks ------------------------------------------------------------------ */

int64_t em_field_retry_after(struct em_view header, int64_t now)
{
    enum { FAR = 1000000000 }; /* seconds, 30 years: whoever says more means never */
    struct em_view value = em_field_get(header, EM_VIEW("Retry-After"));
    unsigned long long seconds;
    if (value.len == 0)
        return -1;
    if (em_view_u64(value, &seconds))
        return 1000 * (int64_t)(seconds < FAR ? seconds : FAR);
    int64_t date = em_field_http_date(value, now);
    if (date == EM_DATE_UNKNOWN)
        return -1;
    if (date <= now)
        return 0;
    return 1000 * (date - now < FAR ? date - now : FAR);
}

/* spec: RFC9110 8.8.3: etagc = %x21 / %x23-7E / obs-text */
struct em_view em_field_etag(struct em_view header)
{
    struct em_view value = em_field_get(header, EM_VIEW("ETag"));
    size_t at = em_view_starts(value, EM_VIEW("W/")) ? 2 : 0;
    if (value.len > EM_MAX_VALIDATOR || value.len < at + 2 || value.data[at] != '"' ||
        value.data[value.len - 1] != '"')
        return EM_VIEW_NONE;
    for (size_t i = at + 1; i < value.len - 1; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if (c < 0x21 || c == '"' || c == 0x7F)
            return EM_VIEW_NONE;
    }
    return value;
}

struct em_view em_field_last_modified(struct em_view header)
{
    struct em_view value = em_field_get(header, EM_VIEW("Last-Modified"));
    if (value.len > 64 || em_field_http_date(value, 0) == EM_DATE_UNKNOWN)
        return EM_VIEW_NONE;
    return value;
}

int64_t em_field_max_age(struct em_view header)
{
    struct em_view name, value;
    size_t pos = 0;
    while (em_field_next(header, &pos, &name, &value)) {
        if (!em_view_ieq(name, EM_VIEW("Cache-Control")))
            continue;
        for (size_t at = 0; at < value.len;) {
            size_t comma = em_view_find(value, at, EM_VIEW(","));
            struct em_view item = em_view_trim(em_view_sub(value, at, comma - at));
            unsigned long long seconds;
            at = comma + 1;
            if (!em_view_istarts(item, EM_VIEW("max-age=")))
                continue;
            item = em_view_sub(item, 8, item.len);
            if (item.len >= 2 && item.data[0] == '"' && item.data[item.len - 1] == '"')
                item = em_view_sub(item, 1, item.len - 2);
            if (em_view_u64(item, &seconds)) /* spec: RFC9111 1.2.2 allows a ceiling */
                return seconds < INT32_MAX ? (int64_t)seconds : INT32_MAX;
        }
    }
    return -1;
}

struct em_view em_field_mime(struct em_view header, char out[128])
{
    struct em_view value = em_field_get(header, EM_VIEW("Content-Type"));
    size_t semicolon = em_view_find(value, 0, EM_VIEW(";"));
    size_t comma = em_view_find(value, 0, EM_VIEW(","));
    value = em_view_trim(em_view_sub(value, 0, semicolon < comma ? semicolon : comma));
    if (value.len == 0 || value.len > 127 || !memchr(value.data, '/', value.len))
        return EM_VIEW_NONE;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.data[i];
        if (c <= ' ' || c == 0x7F)
            return EM_VIEW_NONE;
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[value.len] = '\0';
    return em_view_make(out, value.len);
}
