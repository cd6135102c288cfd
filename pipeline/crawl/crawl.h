/* SPDX-License-Identifier: Apache-2.0
 *
 * The crawl: one loop that joins frontier, workbench, resolver, fetcher, page workers and the
 * archive.
 *
 *     seeds ─> frontier ─ hosts ─> resolve ─> workbench ─ grant: robots.txt, files, page
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
#include "crawler/web/crawl_stats.h"
#include "crawler/web/fetch/warc_write.h"
#include "crawler/web/frontier/frontier.h"
#include "crawler/web/frontier/scope.h"
#include "detector/detector.h"

#include <stdatomic.h>

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
    bool ai_txt;          /* ask for /ai.txt; true */
    bool licences;        /* ask for the licences (RSL) that sites and pages name; true */
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
