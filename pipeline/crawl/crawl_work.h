/* SPDX-License-Identifier: Apache-2.0
 *
 * Threads that read fetched pages: codings undone, opt-outs of header and page, text and its
 * sketch, links, items of sitemaps and feeds, a score where one is wanted. Pages come back in
 * any order. Private to pipeline/crawl*.c.
 *
 * Thread rule: one thread gives and takes; wake() is called from the workers.
 */
#ifndef EM_PIPELINE_CRAWL_WORK_H
#define EM_PIPELINE_CRAWL_WORK_H

#include "base/buf.h"
#include "base/drop.h"
#include "base/net/fetch.h"
#include "crawler/web/frontier/trap.h"
#include "detector/detector.h"

enum em_work_link_type {
    EM_WORK_LINK,
    EM_WORK_SITEMAP_PAGE,
    EM_WORK_SITEMAP,
    EM_WORK_FEED,      /* a page that a feed lists */
    EM_WORK_FEED_LINK, /* a feed that a page names */
    EM_WORK_REFRESH,   /* where a page sends its readers on to */
};

enum { EM_WORK_LICENCES = 16 };

/* Links lie one after another in em_work.links: this, then `len` bytes. */
struct em_work_link {
    int64_t lastmod_ms; /* 0: not known */
    uint32_t len;
    uint8_t type; /* enum em_work_link_type */
    uint8_t rel;  /* enum em_link_rel */
};

struct em_work {
    struct em_work *next;
    void *tag;

    /* Given. */
    struct em_buf url, request, message; /* message: header, blank line, body */
    size_t header_len;
    char ip[EM_ADDRESS_TEXT];
    int status, http_version;
    int64_t date; /* seconds since 1970 */
    int64_t took_ms;
    const char *truncated;
    uint32_t general; /* flags said of the site and the path */
    uint32_t
        licence; /* what the licence says; of the site's, until the page names its own */
    struct em_work_licence {
        uint64_t url; /* hash */
        uint32_t flags;
    } licences[EM_WORK_LICENCES]; /* licences that are known, as they say of this page */
    uint32_t n_licences;
    bool obey; /* do not score what is reserved */
    bool
        named_listing; /* somebody said that it is a sitemap or feed: also plain text is */

    /* Found. */
    struct em_buf links;
    uint32_t n_links;
    uint32_t header_flags, page_flags;
    uint64_t sketch;
    struct em_trap_words said;
    uint32_t words;
    char lang[16];
    char mime[128];
    double score;         /* NAN: none */
    struct em_buf prints; /* uint64_t each; where they are wanted */
    struct em_buf named;  /* URL of the licence that the page names */
    bool named_unknown;   /* it is none of `licences`: the page has not been judged */
    bool machine;
    bool sitemap; /* it was one, or a feed */
    enum em_drop drop;
};

/* All that is said of the page: enum em_optout, or-ed. */
uint32_t em_work_flags(const struct em_work *work);

struct em_work_pool;

struct em_work_options {
    uint32_t threads;
    size_t max_works; /* given and not taken back */
    size_t max_bytes; /* of messages */
    bool links, sketch, prints;
    const char *agent;
    const struct em_model *model; /* NULL: no scores */
    void (*wake)(void *context);
    void *wake_context;
};

EM_MUST_CHECK enum em_status em_work_pool_new(struct em_work_pool **out,
                                              const struct em_work_options *options,
                                              struct em_err *err);
/* Waits for the workers; what they hold is dropped. */
void em_work_pool_free(struct em_work_pool *pool);

/* No more should be fetched until some are taken back. */
bool em_work_pool_full(const struct em_work_pool *pool);
size_t em_work_pool_count(const struct em_work_pool *pool);

/* An empty one; NULL when memory runs out. */
struct em_work *em_work_new(struct em_work_pool *pool);
void em_work_give(struct em_work_pool *pool, struct em_work *work);
/* One that has been read; NULL: none now. It must be dropped afterwards. */
struct em_work *em_work_take(struct em_work_pool *pool);
void em_work_drop(struct em_work_pool *pool, struct em_work *work);

/* What a worker does to one page; for the pool and for tests of one page alone. */
struct em_reader;
EM_MUST_CHECK enum em_status em_reader_new(struct em_reader **out,
                                           const struct em_work_options *options,
                                           struct em_err *err);
void em_reader_free(struct em_reader *reader);
void em_reader_read(struct em_reader *reader, struct em_work *work);

#endif
