/* SPDX-License-Identifier: Apache-2.0
 *
 * What a page says of itself outside its text: <meta>, <link>, <base>, JSON-LD and
 * microdata, gathered as views into the page while it is read (nothing is copied), and made
 * into title, author, site name, excerpt, addresses and robots rules afterwards. Where the
 * same is said more than once, the better rank counts, then the first.
 */
#ifndef EM_CRAWLER_PAGE_META_H
#define EM_CRAWLER_PAGE_META_H

#include "base/buf.h"
#include "base/doc.h"
#include "base/limits.h"
#include "base/wire/robots_meta.h"
#include "crawler/page/tokenizer.h"

enum em_field {
    EM_FIELD_TITLE, /* of the article, not of the site: og:title, headline, ... */
    EM_FIELD_AUTHOR,
    EM_FIELD_SITE,
    EM_FIELD_EXCERPT,
    EM_FIELD_CANONICAL,
    EM_FIELD_LANGUAGE, /* content-language, og:locale */
    EM_FIELD_TYPE,     /* og:type */
    EM_FIELDS,
};

struct em_said {
    struct em_view raw; /* in the page */
    uint8_t rank;       /* 0: not said */
    bool json;          /* JSON escapes; else character references */
};

/* A place that may say when the page was published, or changed. */
enum em_hint_kind {
    EM_HINT_META,      /* article:published_time and its like */
    EM_HINT_META_WEAK, /* "date": of anything */
    EM_HINT_META_MODIFIED,
    EM_HINT_JSONLD,       /* of an article */
    EM_HINT_JSONLD_OTHER, /* of a page or something on it */
    EM_HINT_JSONLD_MODIFIED,
    EM_HINT_ITEMPROP, /* microdata datePublished */
    EM_HINT_ITEMPROP_MODIFIED,
    EM_HINT_TIME,           /* <time>, or class="date": what is in it */
    EM_HINT_TIME_PUBLISHED, /* the same, and it says so */
    EM_HINT_TIME_MODIFIED,
    EM_HINT_CLOCK, /* class="today-date" and its like: of no page */
};

struct em_date_hint {
    struct em_view value; /* of an attribute or string; empty: the text at `at` */
    uint32_t at;          /* byte of the outline's text where the element begins */
    uint8_t kind;         /* enum em_hint_kind */
};

/* Addresses of the head that a crawl wants: more of them are no page's. */
enum { EM_META_HEADS = 16 };

struct em_meta_head {
    struct em_view raw; /* href, or the whole content of a refresh */
    uint8_t kind;       /* enum em_head_kind */
    bool rsl;
};

struct em_meta {
    struct em_said fields[EM_FIELDS];
    struct em_view more_authors[2]; /* JSON-LD */
    struct em_view title_name;      /* JSON-LD: `name`, where the title is `headline` */
    struct em_view base;            /* href of the first <base> */
    struct em_robots robots;
    struct em_date_hint dates[EM_MAX_DATE_HINTS];
    uint32_t n_dates;
    unsigned subjects; /* enum em_jsonld_type of all objects, or-ed */
    struct em_meta_head heads[EM_META_HEADS];
    uint32_t n_heads;
    bool author_sure;                  /* rel or itemprop says so, not a class */
    uint32_t author_start, author_end; /* text of what is marked as author; end 0: none */
};

void em_meta_clear(struct em_meta *meta);

/* A start tag of <meta>, <link>, <base> or <time>, or one with itemprop. `at`: length of
 * the outline's text now. */
void em_meta_element(struct em_meta *meta, const struct em_token *token, size_t at);
/* A start tag whose class has a word of the kind EM_MARK_META. True when it says author. */
bool em_meta_class(struct em_meta *meta, const struct em_token *token,
                   struct em_view class, size_t at);
/* The content of <script type="application/ld+json">. */
void em_meta_jsonld(struct em_meta *meta, struct em_view raw);

void em_meta_date(struct em_meta *meta, enum em_hint_kind kind, struct em_view value,
                  size_t at);

/* Appends what was said as one line of text; nothing when it was not. */
EM_MUST_CHECK enum em_status em_said_append(struct em_buf *out,
                                            const struct em_said *said);

/* The address in a refresh's content, "0; url='/en/'", as written; empty where it has none
 * (spec: HTML 4.2.5.3, "shared declarative refresh steps"). */
struct em_view em_meta_refresh(struct em_view content);

#endif
