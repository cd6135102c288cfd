/* SPDX-License-Identifier: Apache-2.0
 *
 * The crawl: one loop that joins frontier, workbench, resolver, fetcher, page workers and the
 * archive.
 *
 *     seeds ─> frontier ─ hosts ─> resolve ─> workbench ─ grant: robots.txt, tdmrep.json, page
 *                 ^                               ^              │ fetch
 *                 │ links                         └─ released <──┤ the answer is there
 *                 │                                              v
 *     commit <─ WARC <─ settle (opt-outs, redirects) <─ workers: decode, text, links, score
 *
 * One thread does all but decoding and reading pages, which `threads` workers do. A host and
 * its IP are released the moment an answer has come, so a slow page holds up nobody. What is
 * fetched and not settled is bounded (bytes and number): then nothing new is started.
 *
 * A commit is one transaction of the frontier: URLs done and found, and how long the WARC is
 * that holds the results. After kill -9 em_crawl_run() cuts the WARC to that length and goes
 * on. Nothing of a URL is known to have been asked that was not committed, so after a
 * restart each host is first left alone for a whole delay.
 *
 * In the folder `dir`: warc/ (PREFIX-00000.warc.gz and .cdxj), frontier/ (LMDB).
 */
#ifndef EM_PIPELINE_CRAWL_H
#define EM_PIPELINE_CRAWL_H

#include "base/net/fetch.h"
#include "base/net/resolve.h"
#include "crawler/web/fetch/warc_write.h"
#include "crawler/web/frontier/frontier.h"
#include "crawler/web/frontier/scope.h"
#include "detector/detector.h"

#include <stdatomic.h>

enum em_crawl_end {
    EM_CRAWL_DONE,    /* nothing is left to fetch */
    EM_CRAWL_ASLEEP,  /* only hosts that are suspended for longer than `linger_ms` */
    EM_CRAWL_PAGES,   /* max_pages */
    EM_CRAWL_TIME,    /* max_ms */
    EM_CRAWL_STOPPED, /* *stop */
};
/* "done", "asleep", ... Static. */
const char *em_crawl_end_name(enum em_crawl_end end);

/* Counters that go on after a restart, then the state of the moment. */
struct em_crawl_stats {
    uint64_t pages;    /* answers kept: FETCHED and UNCHANGED */
    uint64_t requests; /* started: pages, robots.txt, tdmrep.json, probes */
    uint64_t robots, tdmrep, probes;
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
    enum em_crawl_end end;
    struct em_frontier_counts frontier;
    struct em_warc_mark warc; /* as of the last commit */
};

/* About twice a second. */
typedef void em_crawl_progress_fn(void *context, const struct em_crawl_stats *stats);
/* A WARC is complete under this name, and the commit that says so has been made. At the
 * beginning it is called for every complete one that is there already. */
typedef enum em_status em_crawl_closed_fn(void *context, const char *path,
                                          struct em_err *err);
/* True while nothing new shall be fetched: whoever takes the files cannot follow. */
typedef bool em_crawl_busy_fn(void *context);

struct em_crawl_options {
    const char *dir;          /* made where it is missing */
    const char *const *seeds; /* URLs; "https://" is put before a bare host */
    size_t n_seeds;
    const char *const *sitemaps; /* URLs of sitemaps: they widen the scope as seeds do */
    size_t n_sitemaps;
    struct em_scope_options scope;
    struct em_frontier_options frontier; /* `scope` is filled in here */
    struct em_fetcher_options fetch;
    struct em_resolver_options resolve; /* `wake` is filled in here */
    struct em_view overrides;           /* em_resolver_override_text() */
    struct em_warc_writer_options warc; /* `dir` is filled in here */
    const char *agent;                  /* product token that robots.txt names */
    uint32_t per_host, per_ip;          /* requests at a time; 1 */
    uint32_t ipv6_prefix;               /* bits of IPv6 that count as one IP; 64 */
    uint32_t threads;                   /* page workers; 1 */
    uint32_t max_active;                /* requests at a time; 1,000 */
    uint32_t max_redirects;             /* in a row; 10 */
    uint64_t max_pages;   /* of the crawl, earlier runs included; 0: any number */
    int64_t max_ms;       /* of this run; 0: any */
    int64_t linger_ms;    /* wait so long for suspended hosts at the end; 60,000 */
    int64_t commit_ms;    /* at least so often; 5,000 */
    bool obey;            /* opt-outs; true. false: they are recorded only */
    bool robots_sitemaps; /* those that robots.txt names; true */
    bool tdmrep;          /* ask for /.well-known/tdmrep.json; true */
    bool soft404;         /* ask for a page that cannot exist; true */
    const struct em_model *model; /* scores pages for the focus; NULL: none */
    const atomic_int *stop;
    em_crawl_progress_fn *progress; /* may be NULL, as the next two */
    em_crawl_closed_fn *closed;
    em_crawl_busy_fn *busy;
    void *context;
};
void em_crawl_options_init(struct em_crawl_options *options);

/* Until nothing is left, a limit is reached or *stop is set; then everything is committed
 * and the WARC closed. EM_ERR_USAGE (a seed is no URL), EM_ERR_IO (another crawl has the
 * folder), EM_ERR_NOMEM, ... After an error the folder is as the last commit left it. */
EM_MUST_CHECK enum em_status em_crawl_run(const struct em_crawl_options *options,
                                          struct em_crawl_stats *stats,
                                          struct em_err *err);

/* What a crawl in `dir` had come to at its last commit, also while another process runs it.
 * EM_ERR_NOTFOUND: there is none. */
EM_MUST_CHECK enum em_status
em_crawl_status(const char *dir, struct em_crawl_stats *stats, struct em_err *err);

#endif
