/* SPDX-License-Identifier: Apache-2.0
 *
 * What a crawl counts: filled by the job (pipeline/crawl), printed by report/crawl_text.h.
 */
#ifndef EM_WEB_CRAWL_STATS_H
#define EM_WEB_CRAWL_STATS_H

#include "base/buf.h"
#include "base/net/fetch.h"
#include "crawler/web/fetch/warc_write.h"
#include "crawler/web/frontier/frontier.h"

enum em_crawl_end {
    EM_CRAWL_DONE,    /* nothing is left to fetch */
    EM_CRAWL_ASLEEP,  /* only hosts that are suspended for longer than `linger_ms` */
    EM_CRAWL_PAGES,   /* max_pages */
    EM_CRAWL_TIME,    /* max_ms */
    EM_CRAWL_STOPPED, /* *stop */
};
/* "done", "asleep", ... Static. */
const char *em_crawl_end_name(enum em_crawl_end end);

/* Counters that go on after a restart (em_crawl_stats_pack), then the state of the moment. */
struct em_crawl_stats {
    uint64_t pages; /* answers kept: FETCHED and UNCHANGED */
    uint64_t
        requests; /* started: pages, robots.txt, files of the site, licences, probes */
    uint64_t robots, tdmrep, ai_txt, licences, probes;
    uint64_t redirects, unchanged, failed, sitemaps, links;
    uint64_t bytes;       /* header and body bytes received */
    uint64_t statuses[6]; /* [1] 1xx ... [5] 5xx, [0] none or another */
    uint64_t errors[EM_FETCH_ERROR_COUNT];
    uint64_t optouts[32];     /* pages a flag (its bit) was said of */
    uint64_t withheld;        /* pages whose body was not kept for an opt-out */
    uint64_t truncated;       /* pages cut at a limit */
    uint64_t foreign;         /* places in sitemaps that they may not speak for */
    uint64_t machine, judged; /* verdicts of the focus */

    double seconds;                /* of this run */
    uint64_t run_pages, run_bytes; /* of this run */
    uint64_t active;               /* requests under way */
    uint64_t pages_waiting;        /* fetched, not settled */
    uint64_t hosts_active,
        hosts_waiting;      /* in memory: being asked; waiting for their time */
    int64_t oldest_wait_ms; /* how late the host is that is due longest; 0: none */
    int64_t next_due_ms;    /* until the next host may be asked; -1: none waits */
    bool paused;            /* waits for the scan */
    bool allow_private;     /* of this run's options */
    enum em_crawl_end end;
    struct em_frontier_counts frontier;
    struct em_warc_mark warc; /* as of the last commit */
};

/* What a commit stores: the counters that go on, and how long the archive is. Appended. */
EM_MUST_CHECK enum em_status em_crawl_stats_pack(struct em_buf *out,
                                                 const struct em_crawl_stats *stats);
/* Fills what was stored, the rest is untouched. EM_ERR_VERSION: of another version of the
 * program. */
EM_MUST_CHECK enum em_status em_crawl_stats_unpack(struct em_crawl_stats *stats,
                                                   struct em_view bytes);

#endif
