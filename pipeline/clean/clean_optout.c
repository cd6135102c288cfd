/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_optout.h"

#include "base/wire/robots_meta.h"
#include "base/wire/optout.h"
#include "pipeline/clean/clean.h"

#include <stdio.h>

/* The name by which robots rules may speak to us alone. */
#define EM_AGENT "echometer"

/* The value of one header field or JSON field. */
static uint32_t optout_of_field(struct em_view name, struct em_view value)
{
    struct em_robots robots = {.rules = 0};
    if (em_view_ieq(name, EM_VIEW("robots")) ||
        em_view_ieq(name, EM_VIEW("x-robots-tag"))) {
        em_robots_header(&robots, value);
        return em_optout_robots(&robots, EM_AGENT);
    }
    if (em_view_ieq(name, EM_VIEW("tdm-reservation")))
        return em_optout_tdm(value);
    if (em_view_ieq(name, EM_VIEW("content-signal")))
        return em_optout_signal(value, NULL);
    if (em_view_ieq(name, EM_VIEW("content-usage")))
        return em_optout_usage(value, NULL);
    return 0;
}

uint32_t em_clean_optout_page(const struct em_page *page, const struct em_doc *doc)
{
    /* X-Robots-Tag is in the document's own robots already. */
    return em_optout_page(0, em_optout_header(page->http_header, EM_AGENT),
                          doc->robots ? em_optout_robots(doc->robots, EM_AGENT) : 0);
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

static uint32_t optout_of_object(struct em_view object, bool top)
{
    uint32_t flags = 0;
    size_t at = 0;
    struct em_view key, raw;
    char room[32];
    while (em_clean_json_next(object, &at, &key, &raw)) {
        if (top && raw.data[0] == '{' && em_view_eq(key, EM_VIEW("metadata"))) {
            flags |= optout_of_object(raw, false);
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
        flags |= optout_of_field(name, raw);
    }
    return flags;
}

uint32_t em_clean_optout_json(struct em_view line)
{
    return optout_of_object(line, true);
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
