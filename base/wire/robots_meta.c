/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/robots_meta.h"

#include "base/date.h"
#include "base/wire/fields.h"
#include "base/wire/loose_date.h"

static const struct {
    const char *name;
    uint32_t rules;
} words[] = {
    {"noindex", EM_ROBOTS_NOINDEX},
    {"nofollow", EM_ROBOTS_NOFOLLOW},
    {"noarchive", EM_ROBOTS_NOARCHIVE},
    {"nosnippet", EM_ROBOTS_NOSNIPPET},
    {"noimageindex", EM_ROBOTS_NOIMAGEINDEX},
    {"notranslate", EM_ROBOTS_NOTRANSLATE},
    {"noai", EM_ROBOTS_NOAI},
    {"noimageai", EM_ROBOTS_NOIMAGEAI},
    {"unavailable_after", EM_ROBOTS_UNAVAILABLE},
    {"max-snippet", EM_ROBOTS_MAX_SNIPPET},
    {"none", EM_ROBOTS_NOINDEX | EM_ROBOTS_NOFOLLOW},
    {"nocache", EM_ROBOTS_NOARCHIVE}, /* Bing's word */
};

/* Words with a colon that are rules, not agents. */
static const char *const with_value[] = {"unavailable_after", "max-snippet",
                                         "max-image-preview", "max-video-preview",
                                         "indexifembedded"};

const char *em_robots_name(enum em_robots_rule rule)
{
    for (size_t i = 0; i < EM_ROBOTS_RULE_COUNT; i++)
        if (words[i].rules == (uint32_t)rule)
            return words[i].name;
    return "";
}

/* ASCII case and dashes do not count: "no-index" means noindex. */
static bool robots_word_is(struct em_view word, const char *name)
{
    size_t i = 0;
    for (;; i++, name++) {
        while (i < word.len && (word.data[i] == '-' || word.data[i] == '_'))
            i++;
        while (*name == '-' || *name == '_')
            name++;
        if (i == word.len || !*name)
            return i == word.len && !*name;
        char c = word.data[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != *name)
            return false;
    }
}

static uint32_t robots_rules_of(struct em_view word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (robots_word_is(word, words[i].name))
            return words[i].rules;
    return 0;
}

static bool robots_takes_value(struct em_view word)
{
    for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
        if (robots_word_is(word, with_value[i]))
            return true;
    return false;
}

/* The rules of an agent, made on first sight; NULL when there are enough or its name is not
 * one. */
static uint32_t *robots_agent_rules(struct em_robots *r, struct em_view name)
{
    char low[EM_ROBOTS_AGENT_NAME] = "";
    if (name.len == 0 || name.len >= sizeof(low))
        return NULL;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return NULL;
        low[i] = (char)(letter ? c | 0x20 : c);
    }
    for (uint32_t i = 0; i < r->n_agents; i++)
        if (strcmp(r->agents[i].name, low) == 0)
            return &r->agents[i].rules;
    if (r->n_agents == EM_ROBOTS_AGENTS)
        return NULL;
    struct em_robots_agent *agent = &r->agents[r->n_agents++];
    *agent = (struct em_robots_agent){.rules = 0};
    memcpy(agent->name, low, sizeof(low));
    return &agent->rules;
}

static void robots_unavailable(struct em_robots *r, struct em_view date)
{
    int64_t seconds = em_loose_date(date);
    if (seconds != EM_DATE_UNKNOWN) {
        char day[16];
        em_date_format_day(seconds, day);
        if (strlen(day) < sizeof(r->unavailable_after))
            memcpy(r->unavailable_after, day, strlen(day) + 1);
    }
}

static bool robots_is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.';
}

/* The next word from *at on; empty at the end. */
static struct em_view robots_next_word(struct em_view value, size_t *at)
{
    while (*at < value.len && !robots_is_word(value.data[*at]))
        ++*at;
    size_t begin = *at;
    while (*at < value.len && robots_is_word(value.data[*at]))
        ++*at;
    size_t end = *at;
    while (end > begin && value.data[end - 1] == '.')
        end--;
    return end > begin || *at == value.len ? em_view_sub(value, begin, end - begin)
                                           : robots_next_word(value, at);
}

/* A colon, or for words with a value '=' too, after blanks; *at is then after it. */
static bool robots_take_colon(struct em_view value, size_t *at, bool equals)
{
    size_t p = *at;
    while (p < value.len && (value.data[p] == ' ' || value.data[p] == '\t'))
        p++;
    if (p == value.len || (value.data[p] != ':' && !(equals && value.data[p] == '=')))
        return false;
    *at = p + 1;
    return true;
}

/* The date after "unavailable_after:", which has commas, blanks and colons of its own: words
 * are added until they make one, then what follows within the same separators, a time or a
 * zone, as long as it is no rule. *at is behind it. */
static struct em_view robots_take_date(struct em_view value, size_t *at)
{
    size_t begin = *at, best = *at, end = *at;
    while (end < value.len && end < begin + 64) {
        size_t next = end;
        struct em_view word = robots_next_word(value, &next);
        struct em_view between = em_view_sub(
            value, end, word.len ? (size_t)(word.data - value.data) - end : 0);
        bool parted = em_view_find(between, 0, EM_VIEW(",")) < between.len ||
                      em_view_find(between, 0, EM_VIEW(";")) < between.len ||
                      em_view_find(between, 0, EM_VIEW("|")) < between.len;
        if (word.len == 0 || robots_rules_of(word) || robots_takes_value(word) ||
            (best > begin && parted))
            break;
        while (next < value.len && (value.data[next] == ':' || value.data[next] == '+' ||
                                    robots_is_word(value.data[next])))
            next++;
        end = next;
        if (em_loose_date(em_view_sub(value, begin, end - begin)) != EM_DATE_UNKNOWN)
            best = end;
    }
    *at = best;
    return em_view_sub(value, begin, best - begin);
}

/* After "max-snippet:". */
static uint32_t robots_take_snippet(struct em_view value, size_t *at)
{
    unsigned long long most;
    size_t p = *at;
    struct em_view number = robots_next_word(value, &p);
    if (number.len && number.data[0] == '-') { /* -1: any length */
        *at = p;
        return 0;
    }
    if (!em_view_u64(number, &most))
        return EM_ROBOTS_MAX_SNIPPET; /* in doubt we stay away */
    *at = p;
    return most == 0                  ? EM_ROBOTS_NOSNIPPET
           : most < EM_ROBOTS_SNIPPET ? EM_ROBOTS_MAX_SNIPPET
                                      : 0;
}

/* The rules of a word that has a value, whose value is taken. */
static uint32_t robots_take_value(struct em_robots *r, struct em_view word,
                                  struct em_view value, size_t *at, bool all)
{
    uint32_t rules = robots_rules_of(word);
    if (rules == EM_ROBOTS_MAX_SNIPPET)
        return robots_take_snippet(value, at);
    if (rules == EM_ROBOTS_UNAVAILABLE) {
        struct em_view date = robots_take_date(value, at);
        if (all)
            robots_unavailable(r, date);
        return rules;
    }
    (void)robots_next_word(value, at);
    return rules;
}

/* `rules`: of all, or of the agent that the element names; NULL: of nobody who is kept. */
static void robots_parse(struct em_robots *r, struct em_view value, uint32_t *rules)
{
    for (size_t at = 0; at < value.len;) {
        struct em_view word = robots_next_word(value, &at);
        if (word.len == 0)
            break;
        uint32_t found = 0;
        if (robots_takes_value(word) && robots_take_colon(value, &at, true)) {
            found = robots_take_value(r, word, value, &at, rules == &r->rules);
        } else if (robots_take_colon(value, &at, false)) {
            if (!em_view_starts(em_view_sub(value, at, 2), EM_VIEW("//")))
                rules = robots_agent_rules(r, word); /* of all that follows */
        } else {
            found = robots_rules_of(word) &
                    ~(uint32_t)(EM_ROBOTS_UNAVAILABLE | EM_ROBOTS_MAX_SNIPPET);
        }
        if (rules)
            *rules |= found;
    }
}

enum em_robots_tdm em_robots_tdm_value(struct em_view value)
{
    static const char *const yes[] = {"1", "true", "yes"}, *const no[] = {"0", "false",
                                                                          "no"};
    value = em_view_trim(value);
    for (int i = 0; i < 3; i++) {
        if (em_view_ieq(value, em_view_of(yes[i])))
            return EM_TDM_RESERVED;
        if (em_view_ieq(value, em_view_of(no[i])))
            return EM_TDM_GRANTED;
    }
    return EM_TDM_UNSAID;
}

void em_robots_header(struct em_robots *r, struct em_view value)
{
    robots_parse(r, value, &r->rules);
}

void em_robots_meta(struct em_robots *r, struct em_view name, struct em_view value)
{
    if (em_view_ieq(name, EM_VIEW("robots"))) {
        robots_parse(r, value, &r->rules);
        return;
    }
    if (em_view_ieq(name, EM_VIEW("tdm-reservation"))) {
        enum em_robots_tdm tdm = em_robots_tdm_value(value);
        r->tdm = (uint8_t)(tdm > r->tdm ? tdm : r->tdm);
        return;
    }
    /* Agents are those whose name says so: any other <meta> has a name too. */
    static const char *const agents[] = {
        "bingbot",         "googlebot", "googlebot-news",    "slurp",
        "msnbot",          "yandex",    "baiduspider",       "duckduckbot",
        "gptbot",          "ccbot",     "claudebot",         "anthropic-ai",
        "google-extended", "applebot",  "applebot-extended", "perplexitybot",
        "bytespider",      "amazonbot", "facebookbot",       "otherbot",
        "echometer"};
    for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
        if (em_view_ieq(name, em_view_of(agents[i]))) {
            uint32_t *rules = robots_agent_rules(r, name);
            if (rules)
                robots_parse(r, value, rules);
            return;
        }
}

void em_robots_http(struct em_robots *r, struct em_view header)
{
    struct em_view name, value;
    size_t pos = 0;
    while (em_field_next(header, &pos, &name, &value))
        if (em_view_ieq(name, EM_VIEW("X-Robots-Tag")))
            em_robots_header(r, value);
}
