/* SPDX-License-Identifier: Apache-2.0
 *
 * What a crawl remembers of passages, so that it can go where they are repeated: prints of
 * runs of ten words (as the index keeps them, one in sixteen), each with the first site it
 * stood on. Fixed memory; the oldest give way. It steers the order of fetching and nothing
 * else: it begins again with each run, and what echoes is answered by the index.
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
    EM_CRAWL_ECHO_SLOTS = 1 << 21 /* 32 MB */
};

struct em_crawl_echo;

EM_MUST_CHECK enum em_status em_crawl_echo_new(struct em_crawl_echo **out);
void em_crawl_echo_free(struct em_crawl_echo *echo);

/* The share of a page's prints that another site had before, 0 to 1, boilerplate left out;
 * NAN where too few are left. Remembers them. `site`: the registrable domain. */
double em_crawl_echo_score(struct em_crawl_echo *echo, struct em_view site,
                           const uint64_t *prints, size_t n);

#endif
