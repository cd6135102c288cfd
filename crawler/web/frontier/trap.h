/* SPDX-License-Identifier: Apache-2.0
 *
 * Spider traps: what a host does, wittingly or not, to be crawled without end. Three kinds
 * of evidence, each cut for its own reason (scope.h):
 *
 *   the URL alone     repeating or too many segments, repeated or too many parameters, long
 *                     numbers, dates far from now
 *   the host's URLs   how many of one shape (numbers, dates and opaque tokens replaced by a
 *                     mark) and how many queries of one path were taken: counters of Misra
 *                     and Gries (1982), which never count too high, so a host with many honest
 *                     paths is not cut
 *   the host's pages  64-bit sketches (Charikar's simhash): of a URL that cannot exist (soft
 *                     404), and of the last pages (a flood of near-duplicates of one shape, of
 *                     a few in turn, or of a new one each time);
 *                     and the words of short pages: a calendar or an endless pager soon says
 *                     nothing that it has not said before (a closed vocabulary)
 *
 * Pure functions over a state per host of fixed size, which the frontier stores.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_TRAP_H
#define EM_CRAWLER_WEB_FRONTIER_TRAP_H

#include "crawler/web/frontier/scope.h"

enum {
    EM_TRAP_SLOTS = 16, /* shapes and paths counted a host; a trap below 1/17 of a host's
                           URLs is not seen by count, and does little harm */
    EM_TRAP_RING = 8,   /* sketches of the last pages */
    EM_TRAP_CUTS = 8,   /* shapes cut for their pages */
};

struct em_trap_options {
    uint32_t max_segments;   /* 20 */
    uint32_t max_repeats;    /* 3: a/b/a/b/a/b is cut */
    uint32_t max_parameters; /* 24 */
    uint32_t max_digits;     /* 20 in one number */
    uint32_t years_ahead;    /* 2 */
    uint32_t first_year;     /* 1800 */
    uint32_t max_dated;      /* 20,000 URLs of one shape with a date in it */
    uint32_t max_opaque;     /* 20,000 URLs of one shape with an opaque token in it */
    uint32_t max_queries;    /* 2,000 queries of one path with three parameters or more */
    uint32_t near_bits;      /* 3: sketches this close are near-duplicates */
    uint32_t near_run;       /* 24 near-duplicates of one shape in a row: a flood */
    uint32_t near_any;       /* 32 of whatever shapes: one that changes its shapes */
    uint32_t missing_bits;   /* 6: this close to the missing page is a soft 404 */
    uint32_t stale_words;    /* 100: pages of more words are not judged by them */
    uint32_t stale_run;      /* 24 pages of one shape in a row with hardly a new word */
};

void em_trap_options_init(struct em_trap_options *options); /* the values above */

/* Which words a page has, numbers left out. */
enum { EM_TRAP_WORD_BITS = 512, EM_TRAP_STALE = 8 };
struct em_trap_words {
    uint64_t bits[EM_TRAP_WORD_BITS / 64]; /* a bit for each word, by its hash */
    uint32_t n;                            /* bits set */
};
void em_trap_words(struct em_trap_words *words, struct em_view text);

struct em_trap_count {
    uint64_t key; /* 0: free */
    uint32_t count;
};

struct em_trap_host {
    struct em_trap_count shapes[EM_TRAP_SLOTS]; /* shapes with a date or a token */
    struct em_trap_count paths[EM_TRAP_SLOTS];  /* paths with a query */
    uint64_t ring[EM_TRAP_RING], ring_shape[EM_TRAP_RING]; /* newest at ring_next - 1 */
    uint64_t cut[EM_TRAP_CUTS];                            /* flooding shapes */
    uint64_t missing;                                      /* sketch of a missing page */
    uint32_t ring_next;
    uint32_t near_any; /* near-duplicates of whatever shape; each other page takes four */
    struct em_trap_count near[EM_TRAP_STALE]; /* shapes of near-duplicates, in a row */
    uint64_t said[EM_TRAP_WORD_BITS /
                  64]; /* words of its short pages; emptied when half full */
    struct em_trap_count
        stale[EM_TRAP_STALE]; /* shapes whose pages say nothing new, in a row */
    uint8_t cut_next;
    bool missing_known; /* the host answers 200 to what cannot exist, with that sketch */
    bool missing_asked; /* a missing URL has been tried */
};

void em_trap_host_init(struct em_trap_host *host);

/* The shape of a URL: its path, and its query's names, with every run of digits, every date
 * and every opaque token replaced by a mark. Never 0. */
uint64_t em_trap_shape(const struct em_url *url);

/* Why the URL should not be taken, or EM_CUT_NONE. `year`: the current one. `host` may be
 * NULL: the URL alone. Linear time. */
enum em_cut em_trap_url(const struct em_trap_options *options,
                        const struct em_trap_host *host, const struct em_url *url,
                        unsigned year);
/* True where pages of the URL's shape are a flood: it was queued before that was known. */
bool em_trap_flooded(const struct em_trap_host *host, const struct em_url *url);
/* Counts a URL that is taken (new ones only). */
void em_trap_take(struct em_trap_host *host, const struct em_url *url);

/* Sketch of a text: words in windows of three, weighted equally. 0 for a text without
 * words. */
uint64_t em_trap_sketch(struct em_view text);

/* The path of a URL that cannot exist ("/3f9c..."), the same for a host and seed. */
void em_trap_missing_path(uint64_t seed, struct em_view origin, char out[40]);
/* What that URL gave. A status of 404 or 410 means that the host says so itself. */
void em_trap_missing(struct em_trap_host *host, int http_status, uint64_t sketch);
/* True while the missing URL is still to be tried. */
static inline bool em_trap_missing_wanted(const struct em_trap_host *host)
{
    return !host->missing_asked;
}

/* A page of the host that answered 200: EM_CUT_TRAP_SOFT404 or EM_CUT_TRAP_NEAR where its
 * text is nothing new (its links should not be followed), else EM_CUT_NONE. A sketch of 0 is
 * not judged. Once a flood is seen, em_trap_url() cuts its shape. */
enum em_cut em_trap_page(const struct em_trap_options *options, struct em_trap_host *host,
                         const struct em_url *url, uint64_t sketch);
/* The same by its words. */
enum em_cut em_trap_page_words(const struct em_trap_options *options,
                               struct em_trap_host *host, const struct em_url *url,
                               const struct em_trap_words *words);

/* For storing: appended to `out`; what em_trap_unpack gives back from bytes that may be
 * damaged (EM_ERR_FORMAT). */
EM_MUST_CHECK enum em_status em_trap_pack(struct em_buf *out,
                                          const struct em_trap_host *host);
EM_MUST_CHECK enum em_status em_trap_unpack(struct em_trap_host *host,
                                            struct em_view bytes);

#endif
