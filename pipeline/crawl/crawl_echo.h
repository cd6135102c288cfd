/* SPDX-License-Identifier: Apache-2.0
 *
 * What a crawl remembers of passages, so that it can go where they are repeated: prints of
 * runs of ten words (as the index keeps them, one in sixteen), each with the latest site it
 * stood on. Fixed memory; the oldest give way. It steers the order of fetching and nothing
 * else: it begins again with each run, and what echoes is answered by the index.
 *
 * Of two pages with the same passage the one that is fetched first cannot be known to echo.
 * When the second comes, the host of the first is named, so that its score can be corrected:
 * else the order of two answers would decide which of two hosts looks worthless.
 *
 * Thread rule: one thread.
 */
#ifndef EM_PIPELINE_CRAWL_ECHO_H
#define EM_PIPELINE_CRAWL_ECHO_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum {
    EM_CRAWL_ECHO_LEAST = 4,      /* prints below which a page has no score */
    EM_CRAWL_ECHO_COMMON = 50,    /* sites from which on a passage is boilerplate */
    EM_CRAWL_ECHO_FIRSTS = 4,     /* hosts named for one page; more are left out */
    EM_CRAWL_ECHO_SLOTS = 1 << 21 /* 32 MB */
};

struct em_crawl_echo;

EM_MUST_CHECK enum em_status em_crawl_echo_new(struct em_crawl_echo **out);
void em_crawl_echo_free(struct em_crawl_echo *echo);

/* A host that had some of a page's prints before any other site did. */
struct em_crawl_echo_first {
    uint64_t host;
    double share; /* of the page's prints, boilerplate left out; above 0, at most 1 */
};

/* The share of a page's prints that another site had before, 0 to 1, boilerplate left out;
 * NAN where too few are left. Remembers them. `site`: the registrable domain; `host`: the
 * caller's number of the page's host. `firsts`: the hosts whose prints echo since this page;
 * the others have host 0. A print names a host once. */
double em_crawl_echo_score(struct em_crawl_echo *echo, struct em_view site, uint64_t host,
                           const uint64_t *prints, size_t n,
                           struct em_crawl_echo_first firsts[EM_CRAWL_ECHO_FIRSTS]);

#endif
