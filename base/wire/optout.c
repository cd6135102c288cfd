/* SPDX-License-Identifier: Apache-2.0
 *
 * Opt-outs: reading the values, and what follows from them.
 */
#include "base/wire/optout.h"

#include "base/wire/fields.h"
#include "base/wire/robots_meta.h"
#include "base/wire/sf.h"

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

/* Statements against a use. */
enum {
    ALL_NO = EM_OPTOUT_SEARCH_NO | EM_OPTOUT_AI_INPUT_NO | EM_OPTOUT_AI_TRAIN_NO |
             EM_OPTOUT_TDM_RESERVED
};

static uint32_t signal_flags(struct em_view key, bool no)
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
        {"ai-use", EM_OPTOUT_AI_INPUT_NO, EM_OPTOUT_AI_INPUT_YES},
        {"ai", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_AI_INPUT_NO,
         EM_OPTOUT_AI_TRAIN_YES | EM_OPTOUT_AI_INPUT_YES},
        {"tdm", EM_OPTOUT_TDM_RESERVED, EM_OPTOUT_TDM_GRANTED},
        {"bots", EM_OPTOUT_TDM_RESERVED, EM_OPTOUT_TDM_GRANTED},
        /* RSL's */
        {"ai-index", EM_OPTOUT_SEARCH_NO, EM_OPTOUT_SEARCH_YES},
        {"ai-all", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_AI_INPUT_NO,
         EM_OPTOUT_AI_TRAIN_YES | EM_OPTOUT_AI_INPUT_YES},
        {"all", ALL_NO, 0},
    };
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (em_view_ieq(key, em_view_of(signals[i].key)))
            return no ? signals[i].no : signals[i].yes;
    return 0;
}

uint32_t em_optout_use(struct em_view use, bool no)
{
    return signal_flags(use, no);
}

/* "key=value" as flags. */
static uint32_t signal_word(struct em_view word)
{
    size_t equals = em_view_find(word, 0, EM_VIEW("="));
    struct em_view key = em_view_sub(word, 0, equals);
    struct em_view value = em_view_sub(word, equals + 1, word.len);
    bool no = em_view_ieq(value, EM_VIEW("no")) || em_view_ieq(value, EM_VIEW("n"));
    bool yes = em_view_ieq(value, EM_VIEW("yes")) || em_view_ieq(value, EM_VIEW("y"));
    return no || yes ? signal_flags(key, no) : 0;
}

/* The words from byte `at` on; a "no" wins over a "yes" for the same key. */
static uint32_t signal_words(struct em_view value, size_t at)
{
    uint32_t no = 0, yes = 0;
    while (at < value.len) {
        size_t end = at;
        while (end < value.len && !is_separator(value.data[end]))
            end++;
        uint32_t flags = signal_word(em_view_sub(value, at, end - at));
        no |= flags & ALL_NO;
        yes |= flags & ~(uint32_t)ALL_NO;
        at = end + 1;
    }
    return em_optout_override(yes, no);
}

/* Where the statements begin: after a path. */
static size_t signal_path(struct em_view value, struct em_view *path)
{
    size_t end = 0;
    if (path)
        *path = EM_VIEW_NONE;
    if (value.len == 0 || value.data[0] != '/')
        return 0;
    while (end < value.len && !is_separator(value.data[end]))
        end++;
    if (path)
        *path = em_view_sub(value, 0, end);
    return end;
}

uint32_t em_optout_signal(struct em_view value, struct em_view *path)
{
    return signal_words(value, signal_path(value, path));
}

uint32_t em_optout_usage(struct em_view value, struct em_view *path)
{
    size_t at = signal_path(value, path), next = 0;
    struct em_view said = em_view_trim(em_view_sub(value, at, value.len));
    struct em_sf_member member;
    uint32_t flags = 0;
    if (said.len == 0)
        return 0;
    if (!em_sf_is_dictionary(said))
        return (signal_words(said, 0) & ALL_NO) | EM_OPTOUT_USAGE_OTHER;
    while (em_sf_dictionary_next(said, &next, &member)) {
        /* spec: RFC9651 4.2.2: of equal keys the last counts; so an override does. */
        bool no = em_view_eq(member.value, EM_VIEW("n")),
             yes = em_view_eq(member.value, EM_VIEW("y"));
        uint32_t stated =
            member.kind == EM_SF_TOKEN && (no || yes) ? signal_flags(member.key, no) : 0;
        flags = em_optout_override(flags, stated ? stated : EM_OPTOUT_USAGE_OTHER);
    }
    return flags;
}

/* --- pages --------------------------------------------------------------------------------- */

uint32_t em_optout_tdm(struct em_view value)
{
    static const uint32_t flags[] = {0, EM_OPTOUT_TDM_GRANTED, EM_OPTOUT_TDM_RESERVED};
    return flags[em_robots_tdm_value(value)];
}

/* The words of em_robots are flags of the same names. */
static uint32_t robots_flags(uint32_t rules)
{
    uint32_t flags = 0;
    for (unsigned bit = 0; bit < EM_ROBOTS_RULE_COUNT; bit++)
        if (rules & 1u << bit)
            flags |= em_optout_of(
                em_view_of(em_robots_name((enum em_robots_rule)(1u << bit))));
    return flags;
}

uint32_t em_optout_robots(const struct em_robots *robots, const char *agent)
{
    static const uint32_t tdm[] = {0, EM_OPTOUT_TDM_GRANTED, EM_OPTOUT_TDM_RESERVED};
    uint32_t flags = robots_flags(robots->rules) | tdm[robots->tdm];
    for (uint32_t i = 0; agent && i < robots->n_agents; i++)
        if (em_view_ieq(em_view_of(robots->agents[i].name), em_view_of(agent)))
            flags |= robots_flags(robots->agents[i].rules);
    return flags;
}

uint32_t em_optout_header(struct em_view header, const char *agent)
{
    struct em_robots robots = {.rules = 0};
    struct em_view name, value;
    size_t pos = 0;
    uint32_t no = 0, yes = 0;
    while (em_field_next(header, &pos, &name, &value)) {
        uint32_t flags = 0;
        if (em_view_ieq(name, EM_VIEW("x-robots-tag")))
            em_robots_header(&robots, value);
        else if (em_view_ieq(name, EM_VIEW("tdm-reservation")))
            flags = em_optout_tdm(value);
        else if (em_view_ieq(name, EM_VIEW("content-signal")))
            flags = em_optout_signal(value, NULL);
        else if (em_view_ieq(name, EM_VIEW("content-usage")))
            flags = em_optout_usage(value, NULL);
        no |= flags & ALL_NO;
        yes |= flags & ~(uint32_t)ALL_NO;
    }
    return em_optout_override(yes, no) | em_optout_robots(&robots, agent);
}

uint32_t em_optout_page(uint32_t site, uint32_t header, uint32_t page)
{
    return em_optout_override(em_optout_override(site, header), page);
}
