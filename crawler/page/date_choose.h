/* SPDX-License-Identifier: Apache-2.0
 *
 * When a page was first published: every place that names a day (meta, JSON-LD, microdata,
 * <time>, the address, visible text) is a candidate with points for how often such places
 * are right; the best one above a least wins. The points were set by hand on half of the
 * pages with known dates (docs/lab/BENCHMARKS.md).
 */
#ifndef EM_CRAWLER_PAGE_DATE_CHOOSE_H
#define EM_CRAWLER_PAGE_DATE_CHOOSE_H

#include "crawler/page/date_read.h"
#include "crawler/page/outline.h"

enum em_date_by {
    EM_DATE_BY_NOTHING,
    EM_DATE_BY_SOURCE, /* the archive or corpus says so */
    EM_DATE_BY_META,
    EM_DATE_BY_JSONLD,
    EM_DATE_BY_MICRODATA,
    EM_DATE_BY_TIME, /* <time>, or an element whose class says date */
    EM_DATE_BY_URL,
    EM_DATE_BY_VISIBLE,  /* text near the title, or elsewhere when there is no other */
    EM_DATE_BY_MODIFIED, /* only a date of change was found */
    EM_DATE_BY_SCRIPT,   /* data for a script */
};

struct em_date_clues {
    struct em_view page; /* decoded */
    struct em_view url;  /* of the page, or empty */
    struct em_view
        captured;        /* when it was fetched, ISO 8601, or empty: nothing is later */
    struct em_view lang; /* BCP 47, or empty: decides what 5/6/2020 means */
    struct em_view lang_seen; /* of the text, where `lang` is empty */
};

/* The outline must be classified. */
enum em_date_by em_date_choose(const struct em_outline *outline,
                               const struct em_date_clues *clues, struct em_day *day);

/* "meta", "jsonld", ...; empty for NOTHING. */
struct em_view em_date_by_name(enum em_date_by by);

/* A whole date in an address; year and month alone in *partial (day 0). */
bool em_date_in_url(struct em_view url, struct em_day *day, struct em_day *partial);

#endif
