/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a crawl. Private to pipeline/crawl*.c; see crawl.h for the picture.
 */
#ifndef EM_PIPELINE_CRAWL_INT_H
#define EM_PIPELINE_CRAWL_INT_H

#include "base/date.h"
#include "crawler/archive/coding.h"
#include "base/wire/fields.h"
#include "base/wire/http_date.h"
#include "crawler/web/frontier/workbench.h"
#include "base/wire/optout.h"
#include "crawler/web/robots.h"
#include "crawler/web/rsl.h"
#include "crawler/web/tdmrep.h"
#include "base/wire/url.h"
#include "pipeline/crawl/crawl.h"
#include "pipeline/crawl/crawl_echo.h"
#include "pipeline/crawl/crawl_work.h"

enum {
    EM_CRAWL_DEAD = 1 << 12,  /* addresses that are remembered as dead */
    EM_CRAWL_HOPS = 1 << 14,  /* redirect targets whose number of hops is remembered */
    EM_CRAWL_LICENCES = 16,   /* licences a host; more are not asked for */
    EM_CRAWL_NEST = 4,        /* sitemap indexes in each other; the protocol allows one */
    EM_CRAWL_PROBE_AFTER = 8, /* pages of a host before it is asked for a missing one */
    EM_CRAWL_CUTS_A_GRANT =
        1000, /* URLs cut one after another before others have a turn */
};

enum em_crawl_kind {
    EM_CRAWL_PAGE,
    EM_CRAWL_ROBOTS,
    EM_CRAWL_TDMREP, /* EM_CRAWL_TDMREP + enum em_crawl_file */
    EM_CRAWL_AI_TXT,
    EM_CRAWL_LICENCE,
    EM_CRAWL_PROBE
};

/* Files of a site beside robots.txt that say what may be done with its pages. */
enum em_crawl_file { EM_FILE_TDMREP, EM_FILE_AI_TXT, EM_CRAWL_FILES };

struct em_crawl_site_file {
    bool known; /* it was asked for */
    char *text; /* tdmrep.json as it is, ai.txt as em_robots_txt_form(); NULL: none */
    size_t len;
};

/* A licence (RSL) that the site or one of its pages names. */
struct em_crawl_licence {
    uint64_t url; /* its hash */
    char *form;   /* em_rsl_parse(); NULL: it could not be had, or is none */
    size_t len;
};

enum em_crawl_stage {
    EM_STAGE_RESOLVING, /* the address is asked for */
    EM_STAGE_BENCH,     /* on the workbench */
    EM_STAGE_LEAVING,   /* off it; waits for what is out */
};

/* A host in memory, beside em_frontier_host. */
struct em_crawl_host {
    uint64_t id;
    uint8_t stage;           /* enum em_crawl_stage */
    bool blocked;            /* no address of it may be asked */
    bool reading;            /* a file of the site or a licence is asked for */
    uint8_t hops;            /* redirects of robots.txt or a licence followed */
    uint8_t pick;            /* which address: another one after a failed connection */
    uint8_t others;          /* addresses beside it that may be asked and are not dead */
    uint32_t out;            /* requests and pages not settled */
    struct em_address own;   /* its address */
    struct em_address bench; /* the one it stands under: a robots.txt hop's, or its own */
    char *hop;               /* URL to ask for next; NULL: the host's own robots.txt */
    char *licence; /* the hop is this licence, or where it has moved; NULL: it is
                                robots.txt */
    char *wanted;  /* a licence that a page names and that is not known yet */
    struct em_crawl_site_file files[EM_CRAWL_FILES];
    struct em_crawl_licence *licences; /* EM_CRAWL_LICENCES; NULL: none */
    uint32_t n_licences;
};

/* A request under way. */
struct em_crawl_fetch {
    enum em_crawl_kind kind;
    uint64_t host;
    int64_t begun_ms;
    struct em_frontier_task task; /* of a PAGE: views are the frontier's */
    uint32_t general;             /* PAGE: flags of robots.txt and files of the site */
    uint32_t licence;             /* PAGE: flags of the licences that robots.txt names */
    bool unwanted;                /* set by the header callback: not a wanted type */
    struct em_crawl *crawl;
    struct em_crawl_fetch *next_free;
};

/* How a URL that was redirected to came about: one of many, found by its hash. */
struct em_crawl_hop {
    uint64_t url;
    uint32_t hops, nest; /* nest: sitemap indexes above it */
    bool seed;           /* a seed's: the scope follows it */
};

/* An address that no connection could be made to: found by its hash. */
struct em_crawl_dead {
    uint64_t address;
    int64_t until_ms;
};

struct em_crawl {
    const struct em_crawl_options *o;
    struct em_crawl_stats *stats;
    struct em_scope *scope;
    struct em_frontier *frontier;
    struct em_workbench *bench;
    struct em_resolver *resolver;
    struct em_fetcher *fetcher;
    struct em_warc_writer *warc;
    struct em_work_pool *pool;
    struct em_crawl_echo *echo; /* NULL but with a focus on echoes */

    struct em_crawl_host **hosts; /* open addressing by id */
    size_t n_hosts, cap_hosts;
    struct em_crawl_fetch *free_fetches;
    struct em_crawl_dead
        *dead;                 /* EM_CRAWL_DEAD; a newer one takes an older one's place */
    struct em_crawl_hop *hops; /* EM_CRAWL_HOPS; a newer one takes an older one's place */

    int64_t start_real_ms;
    double start_mono;
    int64_t hosts_wake_ms; /* no host before that, unless something is committed */
    bool pages_due;        /* to be visited again: a commit queues them */
    int64_t committed_ms, commit_took_ms, shown_ms, ended_ms;
    uint32_t reported;    /* WARC files before that serial have been reported */
    uint64_t dirty;       /* results settled since the last commit */
    uint64_t taken_pages; /* PAGE requests out, not settled */
    int64_t paced_ms;     /* when the latest page was taken or settled */
    bool stopping;
    enum em_status status; /* the first failure; ends the loop */
    struct em_err *err;

    struct em_url url, base;     /* scratch */
    struct em_robots_txt robots; /* scratch */
    struct em_robots_query query;
    struct em_coder *coder;
    struct em_http_head head;
    struct em_buf text, meta, message, widened;
    char *warc_dir, *frontier_dir;
};

/* --- crawl.c ---------------------------------------------------------------------------- */

int64_t em_crawl_now(const struct em_crawl *c);
/* Keeps the first failure; the loop ends. */
void em_crawl_fail(struct em_crawl *c, enum em_status status);
/* Adds a URL to the frontier; commits where the batch is full. */
enum em_status em_crawl_add(struct em_crawl *c, struct em_url *url,
                            const struct em_frontier_link *link, enum em_cut *cut);
enum em_status em_crawl_commit(struct em_crawl *c, unsigned flags);

/* --- crawl_host.c ------------------------------------------------------------------------ */

void em_crawl_hosts_release(struct em_crawl *c);
struct em_crawl_host *em_crawl_host_of(const struct em_crawl *c, uint64_t id);
/* Takes hosts from the frontier as long as there is room. */
enum em_status em_crawl_hosts_admit(struct em_crawl *c);
/* Answers of the resolver. */
void em_crawl_hosts_poll(struct em_crawl *c);
/* Off the workbench; into the frontier when nothing of it is out. */
void em_crawl_host_leave(struct em_crawl *c, struct em_crawl_host *host);
/* One thing of it that was out is settled. */
void em_crawl_host_settled(struct em_crawl *c, uint64_t id);
/* No connection to the address that the host stands under: others of its name, and of other
 * names, are taken before it for ten minutes. */
void em_crawl_host_dead(struct em_crawl *c, const struct em_crawl_host *host);
/* Stands under another address from now on, at once or when it is resolved. */
void em_crawl_host_move(struct em_crawl *c, struct em_crawl_host *host);

/* --- crawl_ask.c ------------------------------------------------------------------------- */

/* A host may be asked: its robots.txt, another file of the site, or the next page. */
void em_crawl_grant(struct em_crawl *c, const struct em_workbench_grant *grant);
/* em_fetch_done_fn. `context` is the crawl. */
void em_crawl_fetched(void *context, const struct em_fetch_result *result);

/* --- crawl_robots.c ---------------------------------------------------------------------- */

void em_crawl_robots_done(struct em_crawl *c, struct em_crawl_host *host,
                          const struct em_fetch_result *result);
/* The body with its content coding undone; valid until the next call. */
struct em_view em_crawl_plain_body(struct em_crawl *c, const struct em_fetch_result *r);
/* True where the answer is a redirect that is followed: host->hop is where to. */
bool em_crawl_follow(struct em_crawl *c, struct em_crawl_host *host,
                     const struct em_fetch_result *r);

/* --- crawl_files.c ----------------------------------------------------------------------- */

/* "/.well-known/tdmrep.json", "/ai.txt". */
const char *em_crawl_file_path(enum em_crawl_file file);
void em_crawl_file_done(struct em_crawl *c, struct em_crawl_host *host,
                        enum em_crawl_file file, const struct em_fetch_result *result);
/* What was read of them lately, from the frontier's notes. */
void em_crawl_files_load(struct em_crawl *c, struct em_crawl_host *host);
void em_crawl_files_free(struct em_crawl_host *host);

/* The next licence to ask for, of robots.txt or of a page; NULL: none. em_free() it. */
char *em_crawl_licence_next(struct em_crawl *c, struct em_crawl_host *host,
                            struct em_view form);
/* That one may not be asked for: it states nothing. */
void em_crawl_licence_skip(struct em_crawl *c, struct em_crawl_host *host,
                           struct em_view url);
void em_crawl_licence_done(struct em_crawl *c, struct em_crawl_host *host,
                           const struct em_fetch_result *result);
/* A page names this one: true where it will be asked for before the page is. */
bool em_crawl_licence_want(struct em_crawl *c, struct em_crawl_host *host,
                           struct em_view url);
/* What the licences that robots.txt names say of the page. */
uint32_t em_crawl_licence_flags(const struct em_crawl_host *host, struct em_view form,
                                struct em_view url);
/* What each known licence says of the page, for the worker that reads it. */
void em_crawl_licences_give(const struct em_crawl_host *host, struct em_work *work);

/* --- crawl_settle.c ---------------------------------------------------------------------- */

/* A page without an answer worth reading. */
void em_crawl_settle_failed(struct em_crawl *c, struct em_crawl_fetch *fetch,
                            const struct em_fetch_result *result);
/* A page that was not asked for after all: it stays queued. */
void em_crawl_settle_returned(struct em_crawl *c, struct em_crawl_fetch *fetch);
/* A page that a worker has read. */
void em_crawl_settle(struct em_crawl *c, struct em_work *work);
void em_crawl_fetch_free(struct em_crawl *c, struct em_crawl_fetch *fetch);

/* Asks for a page only if it changed, where its body is kept. */
void em_crawl_condition(const struct em_frontier_task *task,
                        struct em_fetch_request *request);

#endif
