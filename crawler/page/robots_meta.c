/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/robots_meta.h"

#include "crawler/page/date_read.h"

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

static uint32_t rules_of(struct em_view word)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (em_view_ieq(word, em_view_of(words[i].name)))
            return words[i].rules;
    return 0;
}

static bool takes_value(struct em_view word)
{
    for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
        if (em_view_ieq(word, em_view_of(with_value[i])))
            return true;
    return false;
}

/* The rules of an agent, made on first sight; NULL when there are enough or its name is not
 * one. */
static uint32_t *agent_rules(struct em_robots *r, struct em_view name)
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

static void unavailable(struct em_robots *r, struct em_view date)
{
    struct em_day day;
    if (em_day_read(date, EM_DAY_DAY_FIRST, &day))
        em_day_write(day, r->unavailable_after);
}

/* One part between commas. Returns true where its date may go on behind the comma
 * ("unavailable_after: Friday, 17 May 2024"). */
static bool part(struct em_robots *r, struct em_view word, uint32_t **rules)
{
    size_t colon = em_view_find(word, 0, EM_VIEW(":"));
    struct em_view head = em_view_trim(em_view_sub(word, 0, colon));
    if (colon < word.len && !takes_value(head)) { /* the agent of all that follows */
        uint32_t *own = agent_rules(r, head);
        *rules = own;
        word = em_view_trim(em_view_sub(word, colon + 1, word.len));
        colon = em_view_find(word, 0, EM_VIEW(":"));
        head = em_view_trim(em_view_sub(word, 0, colon));
    }
    uint32_t rule = rules_of(head);
    if (*rules)
        **rules |= rule;
    return rule == EM_ROBOTS_UNAVAILABLE;
}

static void parse(struct em_robots *r, struct em_view value, uint32_t *rules)
{
    for (size_t at = 0; at < value.len;) {
        size_t comma = em_view_find(value, at, EM_VIEW(","));
        struct em_view word = em_view_trim(em_view_sub(value, at, comma - at));
        if (part(r, word, &rules) && rules == &r->rules) {
            /* A date of RFC 822 or 850 has a comma and colons in it. */
            size_t colon = em_view_find(value, at, EM_VIEW(":"));
            unavailable(r, em_view_sub(value, colon + 1, 64));
            struct em_view next = em_view_trim(em_view_sub(value, comma + 1, 3));
            if (comma < value.len && next.len && next.data[0] >= '0' &&
                next.data[0] <= '9') {
                comma = em_view_find(value, comma + 1, EM_VIEW(","));
            }
        }
        at = comma + 1;
    }
}

void em_robots_header(struct em_robots *r, struct em_view value)
{
    parse(r, value, &r->rules);
}

void em_robots_meta(struct em_robots *r, struct em_view name, struct em_view value)
{
    if (em_view_ieq(name, EM_VIEW("robots"))) {
        parse(r, value, &r->rules);
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
            uint32_t *rules = agent_rules(r, name);
            if (rules)
                parse(r, value, rules);
            return;
        }
}

void em_robots_http(struct em_robots *r, struct em_view header)
{
    static const struct em_view field = {"X-Robots-Tag:", 13};
    for (size_t at = 0; at < header.len;) {
        size_t end = em_view_find(header, at, EM_VIEW("\n"));
        struct em_view line = em_view_sub(header, at, end - at);
        if (line.len && (line.data[0] | 0x20) == 'x' && em_view_istarts(line, field))
            em_robots_header(r, em_view_trim(em_view_sub(line, field.len, line.len)));
        at = end + 1;
    }
}
