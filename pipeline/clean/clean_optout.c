/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_optout.h"

#include "crawler/page/robots_meta.h"
#include "crawler/web/optout.h"
#include "pipeline/clean/clean.h"

#include <stdio.h>

/* A meta element further down is no statement about the page: HTML has it in the head. */
enum { HEAD_BYTES = 64 * 1024 };

/* The words of em_robots are flags of the same names. */
static uint32_t of_rules(uint32_t rules)
{
    uint32_t flags = 0;
    for (unsigned bit = 0; bit < EM_ROBOTS_RULE_COUNT; bit++)
        if (rules & 1u << bit)
            flags |= em_optout_of(
                em_view_of(em_robots_name((enum em_robots_rule)(1u << bit))));
    return flags;
}

/* The value of one header field or JSON field. */
static uint32_t of_field(struct em_view name, struct em_view value)
{
    struct em_robots robots = {.rules = 0};
    if (em_view_ieq(name, EM_VIEW("robots")) ||
        em_view_ieq(name, EM_VIEW("x-robots-tag"))) {
        em_robots_header(&robots, value);
        return of_rules(robots.rules);
    }
    if (em_view_ieq(name, EM_VIEW("tdm-reservation")))
        return em_optout_tdm(value);
    if (em_view_ieq(name, EM_VIEW("content-signal")) ||
        em_view_ieq(name, EM_VIEW("content-usage")))
        return em_optout_signal(value, NULL);
    return 0;
}

static uint32_t of_header(struct em_view header)
{
    uint32_t flags = 0;
    for (size_t at = 0; at < header.len;) {
        size_t end = em_view_find(header, at, EM_VIEW("\n"));
        struct em_view line = em_view_sub(header, at, end - at);
        size_t colon = em_view_find(line, 0, EM_VIEW(":"));
        /* X-Robots-Tag is in the document's own robots already. */
        if (colon < line.len && (line.data[0] | 0x20) != 'x')
            flags |= of_field(em_view_sub(line, 0, colon),
                              em_view_trim(em_view_sub(line, colon + 1, line.len)));
        at = end + 1;
    }
    return flags;
}

/* The first of `needle` at or behind `from`, ASCII case ignored. */
static size_t find_caseless(struct em_view v, size_t from, struct em_view needle)
{
    for (size_t i = from; i + needle.len <= v.len; i++)
        if ((v.data[i] | 0x20) == needle.data[0] &&
            em_view_ieq(em_view_sub(v, i, needle.len), needle))
            return i;
    return v.len;
}

/* <meta name="tdm-reservation" content="1">, the attributes in any order. */
static uint32_t of_meta(struct em_view body)
{
    struct em_view head = em_view_sub(body, 0, HEAD_BYTES);
    size_t at = find_caseless(head, 0, EM_VIEW("tdm-reservation"));
    if (at == head.len)
        return 0;
    size_t start = at, end = em_view_find(head, at, EM_VIEW(">"));
    while (start > 0 && head.data[start] != '<')
        start--;
    struct em_view tag = em_view_sub(head, start, end - start);
    if (!em_view_istarts(tag, EM_VIEW("<meta")))
        return 0;
    size_t content = find_caseless(tag, 0, EM_VIEW("content="));
    struct em_view value = em_view_sub(tag, content + 8, tag.len);
    while (value.len &&
           (value.data[0] == '"' || value.data[0] == '\'' || value.data[0] == ' '))
        value = em_view_sub(value, 1, value.len);
    return em_optout_tdm(em_view_sub(value, 0, 1));
}

uint32_t em_clean_optout_page(const struct em_page *page, const struct em_doc *doc)
{
    uint32_t flags = doc->robots ? of_rules(doc->robots->rules) : 0;
    if (page->http_header.len)
        flags |= of_header(page->http_header);
    if (page->kind == EM_PAGE_HTML)
        flags = em_optout_override(flags, of_meta(page->body));
    return flags;
}

/* "tdm_reservation" is "tdm-reservation". */
static struct em_view plain_name(struct em_view key, char room[32])
{
    if (key.len >= 32)
        return EM_VIEW_NONE;
    for (size_t i = 0; i < key.len; i++)
        room[i] = key.data[i] == '_' ? '-' : key.data[i];
    return em_view_make(room, key.len);
}

static uint32_t of_object(struct em_view object, bool top)
{
    uint32_t flags = 0;
    size_t at = 0;
    struct em_view key, raw;
    char room[32];
    while (em_clean_json_next(object, &at, &key, &raw)) {
        if (top && raw.data[0] == '{' && em_view_eq(key, EM_VIEW("metadata"))) {
            flags |= of_object(raw, false);
            continue;
        }
        struct em_view name = plain_name(key, room);
        char c = name.len ? (char)(name.data[0] | 0x20) : ' ';
        if (c != 'r' && c != 'x' && c != 't' && c != 'c')
            continue;
        if (raw.data[0] == '"')
            raw = em_view_sub(raw, 1, raw.len - 2);
        else if (em_view_eq(raw, EM_VIEW("true")))
            raw = EM_VIEW("1");
        flags |= of_field(name, raw);
    }
    return flags;
}

uint32_t em_clean_optout_json(struct em_view line)
{
    return of_object(line, true);
}

struct em_view em_clean_optout_words(uint32_t flags, char *room, size_t cap)
{
    size_t n = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t flag = flags & 1u << bit;
        const char *name = flag ? em_optout_name(flag) : NULL;
        if (!name || !(em_optout_forbids(flag) & EM_USE_TRAIN) ||
            n + strlen(name) + 3 > cap)
            continue;
        n += (size_t)snprintf(room + n, cap - n, "%s%s", n ? ", " : "", name);
    }
    return em_view_make(room, n);
}
