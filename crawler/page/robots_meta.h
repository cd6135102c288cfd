/* SPDX-License-Identifier: Apache-2.0
 *
 * What a page asks of those who read it by machine: <meta name="robots"> and the HTTP field
 * X-Robots-Tag, for all and for named agents. There is no standard but the documents of
 * those who obey (Google's "robots meta tag", DeviantArt's noai). Unknown words are
 * ignored. This reads; what follows from it is for the crawler and the user to decide.
 */
#ifndef EM_CRAWLER_PAGE_ROBOTS_META_H
#define EM_CRAWLER_PAGE_ROBOTS_META_H

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
    EM_ROBOTS_RULE_COUNT = 9,
};

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
};

/* "noindex", "nofollow", ... of one rule's bit. */
const char *em_robots_name(enum em_robots_rule rule);

/* The value of one X-Robots-Tag field: rules parted by commas, those behind "name:" for
 * that agent only. Adds to *robots. */
void em_robots_header(struct em_robots *robots, struct em_view value);

/* The same for every X-Robots-Tag field in an HTTP header (start line or not). */
void em_robots_http(struct em_robots *robots, struct em_view header);

/* <meta name=NAME content=VALUE>, NAME "robots" or an agent's; other names do nothing. */
void em_robots_meta(struct em_robots *robots, struct em_view name, struct em_view value);

#endif
