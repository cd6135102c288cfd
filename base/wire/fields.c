/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/fields.h"

#include "base/date.h"
#include "base/limits.h"
#include "base/wire/http_date.h"

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

/* A start line, which a header may have been parted from: "HTTP/1.1 200 OK" and whatever has
 * no name before a colon. */
static bool is_start_line(struct em_view line)
{
    struct em_view name =
        em_view_trim(em_view_sub(line, 0, em_view_find(line, 0, EM_VIEW(":"))));
    return em_view_istarts(line, EM_VIEW("HTTP/")) || name.len == line.len ||
           memchr(name.len ? name.data : "", ' ', name.len);
}

bool em_field_next(struct em_view header, size_t *pos, struct em_view *name,
                   struct em_view *value)
{
    struct em_view line;
    size_t second = 0;
    if (*pos == 0 && next_line(header, &second, &line) && is_start_line(line))
        *pos = second;
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

/* --- what a crawler asks ------------------------------------------------------------------ */

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
    if (value.len > 64 || em_http_date(value, 0) == EM_DATE_UNKNOWN)
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

/* --- Link --------------------------------------------------------------------------------- */

static size_t link_skip_blanks(struct em_view v, size_t at)
{
    while (at < v.len && (v.data[at] == ' ' || v.data[at] == '\t' || v.data[at] == '\r' ||
                          v.data[at] == '\n'))
        at++;
    return at;
}

/* A parameter's value from `at` on, quoted or not; its end. Escapes stay as they are. */
static size_t link_value(struct em_view v, size_t at, struct em_view *out)
{
    size_t start = at;
    if (at < v.len && v.data[at] == '"') {
        for (at++; at < v.len && v.data[at] != '"'; at++)
            at += v.data[at] == '\\';
        *out = em_view_sub(v, start + 1, at - start - 1);
        return at + 1;
    }
    while (at < v.len && v.data[at] != ';' && v.data[at] != ',')
        at++;
    *out = em_view_trim(em_view_sub(v, start, at - start));
    return at;
}

/* "; name=value" from `at` on; its end, or `at` where there is none. */
static size_t link_parameter(struct em_view v, size_t at, struct em_field_link *link)
{
    size_t name_at = link_skip_blanks(v, at);
    if (name_at >= v.len || v.data[name_at] != ';')
        return at;
    name_at = link_skip_blanks(v, name_at + 1);
    size_t end = name_at;
    while (end < v.len && v.data[end] != '=' && v.data[end] != ';' && v.data[end] != ',')
        end++;
    struct em_view name = em_view_trim(em_view_sub(v, name_at, end - name_at));
    struct em_view value = EM_VIEW_NONE;
    if (end < v.len && v.data[end] == '=')
        end = link_value(v, link_skip_blanks(v, end + 1), &value);
    if (em_view_ieq(name, EM_VIEW("rel")) && !link->rel.len)
        link->rel = value;
    else if (em_view_ieq(name, EM_VIEW("type")) && !link->type.len)
        link->type = value;
    return end;
}

bool em_field_link_next(struct em_view v, size_t *at, struct em_field_link *link)
{
    *at = em_view_find(v, *at, EM_VIEW("<"));
    size_t end = em_view_find(v, *at, EM_VIEW(">"));
    if (end >= v.len)
        return false;
    *link = (struct em_field_link){
        .target = em_view_trim(em_view_sub(v, *at + 1, end - *at - 1))};
    *at = end + 1;
    for (size_t next; (next = link_parameter(v, *at, link)) != *at;)
        *at = next;
    return true;
}

bool em_field_link_rsl(struct em_view type, struct em_view target)
{
    target = em_view_sub(target, 0, em_view_find(target, 0, EM_VIEW("#")));
    target = em_view_trim(em_view_sub(target, 0, em_view_find(target, 0, EM_VIEW("?"))));
    type = em_view_trim(em_view_sub(type, 0, em_view_find(type, 0, EM_VIEW(";"))));
    if (type.len)
        return em_view_ieq(type, EM_VIEW("application/rsl+xml"));
    return target.len > 4 &&
           em_view_ieq(em_view_sub(target, target.len - 4, target.len), EM_VIEW(".xml"));
}
