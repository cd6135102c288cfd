/* SPDX-License-Identifier: Apache-2.0
 *
 * robots.txt (spec: RFC9309): parsed once into a compact form without pointers, which can be
 * stored and used where it lies, then asked about agents and URLs. em_robots_txt_allows()
 * is the only place where is decided what may be fetched.
 *
 * Broken lines are read as google/robotstxt reads them (no colon, `disalow`, BOM, any line
 * end), since that is what site owners test with. One deliberate difference: where rule and
 * URL are equal only after percent-encoding is normalised (RFC9309 2.2.2), a Disallow rule
 * counts and an Allow rule does not: in doubt we stay away.
 */
#ifndef EM_CRAWLER_WEB_ROBOTS_H
#define EM_CRAWLER_WEB_ROBOTS_H

#include "base/buf.h"

/* The compact form:
 *
 *     "EMR1" u32 length, then records: u8 tag, u8 0, u16 length, u32 line, bytes
 *       g  a group begins; its bytes are the u32 length of all its records
 *       u  agent of the group, lower case, or "*"
 *       a  allow    d  disallow: the pattern, escapes in upper case
 *       n  after a disallow: the same pattern with normalised percent-encoding
 *       c  crawl delay, u32 milliseconds
 *       x  u32 enum em_optout, then the pattern it is about (empty: all)
 *       s  sitemap URL
 *       l  licence URL (RSL)
 *       w  a Content-Usage with tokens that state nothing to us: u16 length of the pattern it
 *          is about, the pattern, the value as written
 *
 * Little-endian, unaligned, lines count from 1. */
struct em_robots_txt {
    struct em_buf form;
};

void em_robots_txt_init(struct em_robots_txt *robots);
void em_robots_txt_release(struct em_robots_txt *robots);

/* Reads at most EM_MAX_ROBOTS bytes of `body` (spec: RFC9309 2.5); a line that is cut there
 * is left out. Never EM_ERR_FORMAT: anything is a robots.txt, perhaps without rules. */
EM_MUST_CHECK enum em_status em_robots_txt_parse(struct em_robots_txt *robots,
                                                 struct em_view body);

/* The compact form, valid until the next parse. */
static inline struct em_view em_robots_txt_form(const struct em_robots_txt *robots)
{
    return em_buf_view(&robots->form);
}

/* Must be asked before a stored form is used: EM_ERR_FORMAT where it is damaged. */
EM_MUST_CHECK enum em_status em_robots_txt_check(struct em_view form, struct em_err *err);

/* A URL made ready for questions. Used again for the next one: no allocation once warm. */
struct em_robots_query {
    struct em_view path; /* path and query; borrows the URL, or static "/" */
    struct em_buf text;  /* holds the path where it had to be written again */
    size_t normal;       /* the path with normalised percent-encoding begins here... */
    bool differs;        /* ...where it is another */
    bool robots_txt;     /* "/robots.txt" itself */
};

void em_robots_query_init(struct em_robots_query *query);
void em_robots_query_release(struct em_robots_query *query);
/* `url`: absolute, or a path; only path and query count. Borrowed. */
EM_MUST_CHECK enum em_status em_robots_query_set(struct em_robots_query *query,
                                                 struct em_view url);

/* Why: the rule that won. */
struct em_robots_match {
    bool allowed;
    bool own_group;      /* a group named the agent (else "*" or none applied) */
    uint32_t line;       /* 0: no rule matched */
    bool allow;          /* the rule was an Allow */
    struct em_view rule; /* its pattern, part of the form; empty where none matched */
};

/* `agent`: the product token ("FooBot"), or a field value that begins with one
 * ("FooBot/2.1 (+http://...)"). Time is linear in form and path. `match` may be NULL. */
bool em_robots_txt_allows(struct em_view form, struct em_view agent,
                          const struct em_robots_query *query,
                          struct em_robots_match *match);

/* Milliseconds, at most a day; -1 where the agent's groups say none. */
long em_robots_txt_delay(struct em_view form, struct em_view agent);

/* Content-Signal and the like for agent and URL: enum em_optout, or-ed; the longest path
 * wins for each signal. */
uint32_t em_robots_txt_signals(struct em_view form, struct em_view agent,
                               const struct em_robots_query *query);

/* The next sitemap; *cursor is 0 at first. False when there are no more. */
bool em_robots_txt_sitemap(struct em_view form, size_t *cursor, struct em_view *url);

/* The next RSL licence; *cursor is 0 at first. It belongs to no group. */
bool em_robots_txt_licence(struct em_view form, size_t *cursor, struct em_view *url);

/* The next Content-Usage, as written, with tokens that state nothing to us, of those that are
 * for agent and URL; *cursor is 0 at first. */
bool em_robots_txt_usage(struct em_view form, struct em_view agent,
                         const struct em_robots_query *query, size_t *cursor,
                         struct em_view *value);

/* Pattern with '*' and a final '$' against a path; linear time. */
bool em_robots_pattern_matches(struct em_view pattern, struct em_view path);

#endif
