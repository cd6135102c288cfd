/* SPDX-License-Identifier: Apache-2.0
 *
 * Sitemaps (sitemaps.org 0.9: urlset, index, text; image, video, news and alternate-link
 * extensions) and feeds (RSS 0.9 to 2.0, RDF, Atom) as a stream of items. Bytes are pushed
 * in as they come from the network, in pieces of any size; gzip is undone, the kind is found
 * from the content.
 *
 * Hardened: no entities but XML's own five and characters, no DTD, no network, depth, size
 * and number of items bounded (base/limits.h), a decompression bomb ends at the limit.
 * Broken XML gives the items before and, where the parser recovers, after the damage.
 */
#ifndef EM_CRAWLER_WEB_SITEMAP_H
#define EM_CRAWLER_WEB_SITEMAP_H

#include "base/wire/url.h"

enum em_sitemap_kind {
    EM_SITEMAP_UNKNOWN, /* not told yet, or none of these: no items */
    EM_SITEMAP_URLSET,
    EM_SITEMAP_INDEX,
    EM_SITEMAP_TEXT,
    EM_SITEMAP_RSS, /* RDF too */
    EM_SITEMAP_ATOM,
};

enum em_sitemap_item_type {
    EM_ITEM_PAGE,
    EM_ITEM_SITEMAP,
    EM_ITEM_IMAGE,
    EM_ITEM_VIDEO,
    EM_ITEM_ALTERNATE, /* the same page in another language */
};

/* Views are valid during the call. */
struct em_sitemap_item {
    enum em_sitemap_item_type type;
    struct em_view loc;        /* absolute http or https URL, serialised */
    int64_t lastmod;           /* seconds, EM_DATE_UNKNOWN: not said or not a date */
    int64_t published;         /* of news and feed entries, likewise */
    struct em_view changefreq; /* "daily", ... or empty */
    float priority;            /* 0 to 1; -1: not said */
};

/* Called for each item; a negative status ends reading and is handed back. */
typedef enum em_status (*em_sitemap_fn)(void *context,
                                        const struct em_sitemap_item *item);

struct em_sitemap_counts {
    enum em_sitemap_kind kind;
    uint64_t items;   /* handed out, of all types */
    uint64_t invalid; /* places whose URL was none, or neither http nor https */
    bool broken;      /* XML or gzip was damaged; what could be read was */
    bool cut;         /* a limit ended it */
};

struct em_sitemap;

/* `base` is where it was fetched from, against which relative addresses (of feeds) are
 * resolved; copied; may be NULL. */
EM_MUST_CHECK enum em_status em_sitemap_new(struct em_sitemap **out,
                                            const struct em_url *base, em_sitemap_fn fn,
                                            void *context);
void em_sitemap_free(struct em_sitemap *sitemap);

/* The next bytes. EM_END: no more are wanted (a limit, or no sitemap). EM_ERR_NOMEM, or the
 * status of `fn`. */
EM_MUST_CHECK enum em_status em_sitemap_push(struct em_sitemap *sitemap,
                                             struct em_view bytes);

/* All bytes are in. Items may still come. `counts` is filled in any case. */
EM_MUST_CHECK enum em_status em_sitemap_finish(struct em_sitemap *sitemap,
                                               struct em_sitemap_counts *counts);

/* "urlset", "index", "text", "rss", "atom", "unknown"; "page", "sitemap", ... Static. */
const char *em_sitemap_kind_name(enum em_sitemap_kind kind);
const char *em_sitemap_item_name(enum em_sitemap_item_type type);

/* May a sitemap speak for a page? (sitemaps.org, "Sitemap file location" and "Sitemaps &
 * Cross Submits".) Yes where scheme, host and port are equal and the page lies in or below
 * the sitemap's folder; or where `vouched`: the robots.txt of the page's host names it. */
bool em_sitemap_covers(const struct em_url *sitemap, const struct em_url *page,
                       bool vouched);

#endif
