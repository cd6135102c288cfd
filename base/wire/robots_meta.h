/* SPDX-License-Identifier: Apache-2.0
 *
 * What a page asks of those who read it by machine: <meta name="robots"> and the HTTP field
 * X-Robots-Tag, for all and for named agents, and TDMRep's <meta name="tdm-reservation">.
 * There is no standard for robots rules but the documents of those who obey (Google's "robots
 * meta tag", DeviantArt's noai). Owners separate the words by commas, blanks, semicolons and bars:
 * whatever cannot be part of a word separates two. Unknown words are ignored. This reads;
 * what follows from it is decided by optout.h.
 */
#ifndef EM_BASE_WIRE_ROBOTS_META_H
#define EM_BASE_WIRE_ROBOTS_META_H

#include "base/view.h"

#include <stdint.h>

enum em_robots_rule {
    EM_ROBOTS_NOINDEX = 1 << 0,
    EM_ROBOTS_NOFOLLOW = 1 << 1,
    EM_ROBOTS_NOARCHIVE = 1 << 2,
    EM_ROBOTS_NOSNIPPET = 1 << 3,
    EM_ROBOTS_NOIMAGEINDEX = 1 << 4,
    EM_ROBOTS_NOTRANSLATE = 1 << 5,
    EM_ROBOTS_NOAI = 1 << 6,
    EM_ROBOTS_NOIMAGEAI = 1 << 7,
    EM_ROBOTS_UNAVAILABLE = 1 << 8, /* unavailable_after: DATE */
    EM_ROBOTS_MAX_SNIPPET = 1 << 9, /* max-snippet: N, fewer than EM_ROBOTS_SNIPPET */
    EM_ROBOTS_RULE_COUNT = 10,
};

/* The longest passage of a page, in characters, that any command prints where nothing forbids
 * it: a max-snippet of at least so much asks for nothing. max-snippet: 0 is nosnippet. */
enum { EM_ROBOTS_SNIPPET = 4000 };

/* What a page says by tdm-reservation. */
enum em_robots_tdm { EM_TDM_UNSAID, EM_TDM_GRANTED, EM_TDM_RESERVED };

enum { EM_ROBOTS_AGENTS = 8, EM_ROBOTS_AGENT_NAME = 32 };

struct em_robots_agent {
    char name[EM_ROBOTS_AGENT_NAME]; /* lower case, with a NUL */
    uint32_t rules;
};

struct em_robots {
    uint32_t rules;             /* for all, or-ed */
    char unavailable_after[11]; /* YYYY-MM-DD where the date could be read, else "" */
    struct em_robots_agent agents[EM_ROBOTS_AGENTS];
    uint32_t n_agents;
    uint8_t tdm; /* enum em_robots_tdm; said both ways: reserved */
};

/* "noindex", "nofollow", ... of one rule's bit. */
const char *em_robots_name(enum em_robots_rule rule);

/* The value of one X-Robots-Tag field: words, those after "name:" for that agent only. Adds to
 * *robots. */
void em_robots_header(struct em_robots *robots, struct em_view value);

/* The same for every X-Robots-Tag field in an HTTP header (start line or not). */
void em_robots_http(struct em_robots *robots, struct em_view header);

/* <meta name=NAME content=VALUE>, NAME "robots", "tdm-reservation" or an agent's; other names
 * do nothing. */
void em_robots_meta(struct em_robots *robots, struct em_view name, struct em_view value);

/* The value of tdm-reservation, in a header, a meta element or JSON: "1" and "0"; "true" and
 * "yes", "false" and "no" are taken as meant. */
enum em_robots_tdm em_robots_tdm_value(struct em_view value);

#endif
