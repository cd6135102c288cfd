/* SPDX-License-Identifier: Apache-2.0
 *
 * Opt-outs: reading the values, and what follows from them.
 */
#include "crawler/web/optout.h"

#include "base/limits.h"
#include "crawler/web/robots.h"

static const struct {
    uint32_t flag;
    const char *name;
    unsigned forbids;
} flags_table[] = {
#define X(name, bit, text, uses) {EM_OPTOUT_##name, text, (uses)},
    EM_OPTOUT_LIST(X)
#undef X
};

enum { N_FLAGS = sizeof(flags_table) / sizeof(flags_table[0]) };

unsigned em_optout_forbids(uint32_t flags)
{
    unsigned uses = 0;
    for (size_t i = 0; i < N_FLAGS; i++)
        if (flags & flags_table[i].flag)
            uses |= flags_table[i].forbids;
    return uses;
}

const char *em_optout_name(uint32_t flag)
{
    for (size_t i = 0; i < N_FLAGS; i++)
        if (flags_table[i].flag == flag)
            return flags_table[i].name;
    return NULL;
}

uint32_t em_optout_of(struct em_view name)
{
    for (size_t i = 0; i < N_FLAGS; i++)
        if (em_view_ieq(name, em_view_of(flags_table[i].name)))
            return flags_table[i].flag;
    return 0;
}

uint32_t em_optout_override(uint32_t general, uint32_t special)
{
    static const uint32_t pairs[][2] = {
        {EM_OPTOUT_SEARCH_NO, EM_OPTOUT_SEARCH_YES},
        {EM_OPTOUT_AI_INPUT_NO, EM_OPTOUT_AI_INPUT_YES},
        {EM_OPTOUT_AI_TRAIN_NO, EM_OPTOUT_AI_TRAIN_YES},
        {EM_OPTOUT_TDM_RESERVED, EM_OPTOUT_TDM_GRANTED},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        uint32_t both = pairs[i][0] | pairs[i][1];
        if (special & both)
            general &= ~both;
    }
    return general | special;
}

/* --- Content-Signal, Content-Usage ------------------------------------------------------ */

static bool is_separator(char c)
{
    return c == ',' || c == ';' || c == ' ' || c == '\t';
}

/* "key=value" as flags; a "no" wins over a "yes" for the same key in one value. */
static uint32_t signal_word(struct em_view word)
{
    static const struct {
        const char *key;
        uint32_t no, yes;
    } signals[] = {
        {"search", EM_OPTOUT_SEARCH_NO, EM_OPTOUT_SEARCH_YES},
        {"ai-input", EM_OPTOUT_AI_INPUT_NO, EM_OPTOUT_AI_INPUT_YES},
        {"ai-train", EM_OPTOUT_AI_TRAIN_NO, EM_OPTOUT_AI_TRAIN_YES},
        /* names of the IETF's AI preferences drafts */
        {"train-ai", EM_OPTOUT_AI_TRAIN_NO, EM_OPTOUT_AI_TRAIN_YES},
        {"train-genai", EM_OPTOUT_AI_TRAIN_NO, EM_OPTOUT_AI_TRAIN_YES},
        {"ai", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_AI_INPUT_NO,
         EM_OPTOUT_AI_TRAIN_YES | EM_OPTOUT_AI_INPUT_YES},
        {"tdm", EM_OPTOUT_TDM_RESERVED, EM_OPTOUT_TDM_GRANTED},
        {"bots", EM_OPTOUT_TDM_RESERVED, EM_OPTOUT_TDM_GRANTED},
    };
    size_t equals = em_view_find(word, 0, EM_VIEW("="));
    struct em_view key = em_view_sub(word, 0, equals);
    struct em_view value = em_view_sub(word, equals + 1, word.len);
    bool no = em_view_ieq(value, EM_VIEW("no")) || em_view_ieq(value, EM_VIEW("n"));
    bool yes = em_view_ieq(value, EM_VIEW("yes")) || em_view_ieq(value, EM_VIEW("y"));
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (em_view_ieq(key, em_view_of(signals[i].key)))
            return no ? signals[i].no : yes ? signals[i].yes : 0;
    return 0;
}

uint32_t em_optout_signal(struct em_view value, struct em_view *path)
{
    uint32_t no = 0, yes = 0;
    const uint32_t all_no = EM_OPTOUT_SEARCH_NO | EM_OPTOUT_AI_INPUT_NO |
                            EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_TDM_RESERVED;
    if (path)
        *path = EM_VIEW_NONE;
    for (size_t at = 0; at < value.len;) {
        size_t end = at;
        while (end < value.len && !is_separator(value.data[end]))
            end++;
        struct em_view word = em_view_sub(value, at, end - at);
        if (word.len && word.data[0] == '/' && at == 0) {
            if (path)
                *path = word;
        } else {
            uint32_t flags = signal_word(word);
            no |= flags & all_no;
            yes |= flags & ~all_no;
        }
        at = end + 1;
    }
    return em_optout_override(yes, no);
}

/* --- TDMRep ----------------------------------------------------------------------------- */

uint32_t em_optout_tdm(struct em_view value)
{
    value = em_view_trim(value);
    if (em_view_eq(value, EM_VIEW("1")))
        return EM_OPTOUT_TDM_RESERVED;
    return em_view_eq(value, EM_VIEW("0")) ? EM_OPTOUT_TDM_GRANTED : 0;
}

/* A reader of one JSON value after another: tdmrep.json is an array of flat objects, and the
 * reader of base/ looks values up by name in one object only. */
struct json_scan {
    struct em_view text;
    size_t pos;
};

static void skip_space(struct json_scan *s)
{
    while (s->pos < s->text.len && memchr(" \t\r\n", s->text.data[s->pos], 4))
        s->pos++;
}

static bool take(struct json_scan *s, char c)
{
    skip_space(s);
    if (s->pos >= s->text.len || s->text.data[s->pos] != c)
        return false;
    s->pos++;
    return true;
}

/* The bytes between quotes, escapes left as they are. */
static bool take_string(struct json_scan *s, struct em_view *out)
{
    if (!take(s, '"'))
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
static bool take_value(struct json_scan *s, struct em_view *out)
{
    skip_space(s);
    if (s->pos < s->text.len && s->text.data[s->pos] == '"')
        return take_string(s, out);
    size_t start = s->pos, depth = 0;
    struct em_view ignored;
    while (s->pos < s->text.len) {
        char c = s->text.data[s->pos];
        if (c == '"') {
            if (!take_string(s, &ignored))
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

struct entry {
    struct em_view location, reservation, policy;
};

static bool take_entry(struct json_scan *s, struct entry *entry)
{
    struct em_view key, value;
    *entry = (struct entry){EM_VIEW_NONE, EM_VIEW_NONE, EM_VIEW_NONE};
    if (!take(s, '{'))
        return false;
    if (take(s, '}'))
        return true;
    do {
        if (!take_string(s, &key) || !take(s, ':') || !take_value(s, &value))
            return false;
        if (em_view_eq(key, EM_VIEW("location")))
            entry->location = value;
        else if (em_view_eq(key, EM_VIEW("tdm-reservation")))
            entry->reservation = value;
        else if (em_view_eq(key, EM_VIEW("tdm-policy")))
            entry->policy = value;
    } while (take(s, ','));
    return take(s, '}');
}

uint32_t em_optout_tdmrep(struct em_view json, struct em_view path,
                          struct em_view *policy)
{
    struct json_scan s = {em_view_sub(json, 0, EM_MAX_TDMREP), 0};
    struct entry entry;
    if (policy)
        *policy = EM_VIEW_NONE;
    if (em_view_starts(s.text, EM_VIEW("\xEF\xBB\xBF")))
        s.pos = 3;
    if (!take(&s, '['))
        return 0;
    do {
        if (!take_entry(&s, &entry))
            return 0; /* what is not JSON states nothing */
        if (entry.location.len && em_robots_pattern_matches(entry.location, path)) {
            if (policy)
                *policy = entry.policy;
            return em_optout_tdm(entry.reservation);
        }
    } while (take(&s, ','));
    return 0;
}
