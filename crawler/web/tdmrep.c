/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/web/tdmrep.h"

#include "base/limits.h"
#include "crawler/web/robots.h"

/* A reader of one JSON value after another: tdmrep.json is an array of flat objects, and the
 * reader of base/ looks values up by name in one object only. */
struct tdm_scan {
    struct em_view text;
    size_t pos;
};

static void tdm_skip_space(struct tdm_scan *s)
{
    while (s->pos < s->text.len && memchr(" \t\r\n", s->text.data[s->pos], 4))
        s->pos++;
}

static bool tdm_take(struct tdm_scan *s, char c)
{
    tdm_skip_space(s);
    if (s->pos >= s->text.len || s->text.data[s->pos] != c)
        return false;
    s->pos++;
    return true;
}

/* The bytes between quotes, escapes left as they are. */
static bool tdm_take_string(struct tdm_scan *s, struct em_view *out)
{
    if (!tdm_take(s, '"'))
        return false;
    size_t start = s->pos;
    while (s->pos < s->text.len && s->text.data[s->pos] != '"')
        s->pos += s->text.data[s->pos] == '\\' ? 2 : 1;
    if (s->pos >= s->text.len)
        return false;
    *out = em_view_sub(s->text, start, s->pos - start);
    s->pos++;
    return true;
}

/* Any value: a string, a bare word or number, or something nested, which is skipped. */
static bool tdm_take_value(struct tdm_scan *s, struct em_view *out)
{
    tdm_skip_space(s);
    if (s->pos < s->text.len && s->text.data[s->pos] == '"')
        return tdm_take_string(s, out);
    size_t start = s->pos, depth = 0;
    struct em_view ignored;
    while (s->pos < s->text.len) {
        char c = s->text.data[s->pos];
        if (c == '"') {
            if (!tdm_take_string(s, &ignored))
                return false;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        s->pos++;
    }
    *out = em_view_trim(em_view_sub(s->text, start, s->pos - start));
    return out->len > 0;
}

struct tdm_entry {
    struct em_view location, reservation, policy;
};

static bool tdm_take_entry(struct tdm_scan *s, struct tdm_entry *entry)
{
    struct em_view key, value;
    *entry = (struct tdm_entry){EM_VIEW_NONE, EM_VIEW_NONE, EM_VIEW_NONE};
    if (!tdm_take(s, '{'))
        return false;
    if (tdm_take(s, '}'))
        return true;
    do {
        if (!tdm_take_string(s, &key) || !tdm_take(s, ':') || !tdm_take_value(s, &value))
            return false;
        if (em_view_eq(key, EM_VIEW("location")))
            entry->location = value;
        else if (em_view_eq(key, EM_VIEW("tdm-reservation")))
            entry->reservation = value;
        else if (em_view_eq(key, EM_VIEW("tdm-policy")))
            entry->policy = value;
    } while (tdm_take(s, ','));
    return tdm_take(s, '}');
}

uint32_t em_tdmrep_flags(struct em_view json, struct em_view path, struct em_view *policy)
{
    struct tdm_scan s = {em_view_sub(json, 0, EM_MAX_TDMREP), 0};
    struct tdm_entry entry;
    if (policy)
        *policy = EM_VIEW_NONE;
    if (em_view_starts(s.text, EM_VIEW("\xEF\xBB\xBF")))
        s.pos = 3;
    if (!tdm_take(&s, '['))
        return 0;
    do {
        if (!tdm_take_entry(&s, &entry))
            return 0; /* what is not JSON states nothing */
        if (entry.location.len && em_robots_pattern_matches(entry.location, path)) {
            if (policy)
                *policy = entry.policy;
            return em_optout_tdm(entry.reservation);
        }
    } while (tdm_take(&s, ','));
    return 0;
}
