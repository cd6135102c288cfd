/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON-LD as pages have it in <script type="application/ld+json"> (schema.org): the few
 * properties that say what the page is, from every object however deep (@graph, arrays,
 * mainEntity). Not a JSON parser that judges: comments, CDATA and HTML comment wrappers,
 * trailing commas, line ends in strings and missing brackets are skipped. Copies
 * nothing; linear; objects deeper than EM_MAX_JSONLD_DEPTH are skipped.
 */
#ifndef EM_CRAWLER_PAGE_JSONLD_H
#define EM_CRAWLER_PAGE_JSONLD_H

#include "base/buf.h"

enum em_jsonld_type {
    EM_JSONLD_ARTICLE = 1, /* Article and its subtypes, BlogPosting, Report, ... */
    EM_JSONLD_PAGE = 2,    /* WebPage and its subtypes */
    EM_JSONLD_SITE = 4,    /* WebSite */
    EM_JSONLD_PERSON = 8,
    EM_JSONLD_ORGANIZATION = 16,
    EM_JSONLD_PART = 32,  /* Comment, Review, Answer, Offer: of the page, not it */
    EM_JSONLD_OTHER = 64, /* typed, none of the above */
    /* What a page is about, besides the above: */
    EM_JSONLD_PRODUCT = 128,
    EM_JSONLD_FORUM = 256,     /* DiscussionForumPosting, QAPage, Question */
    EM_JSONLD_LIST = 512,      /* ItemList, CollectionPage, SearchResultsPage */
    EM_JSONLD_BUSINESS = 1024, /* Service, LocalBusiness, SoftwareApplication */
    EM_JSONLD_TECH = 2048,     /* TechArticle, APIReference, HowTo */
    EM_JSONLD_FAQ = 4096,
    EM_JSONLD_EVENT = 8192, /* Event, JobPosting, Place, Recipe */
};

enum em_jsonld_property {
    EM_JSONLD_PUBLISHED,
    EM_JSONLD_MODIFIED,
    EM_JSONLD_CREATED, /* dateCreated, uploadDate */
    EM_JSONLD_HEADLINE,
    EM_JSONLD_NAME,
    EM_JSONLD_DESCRIPTION,
    EM_JSONLD_LANGUAGE,
    EM_JSONLD_AUTHOR,    /* a string, or the name of the object that stands there */
    EM_JSONLD_PUBLISHER, /* likewise */
    EM_JSONLD_PROPERTIES,
};

enum { EM_JSONLD_AUTHORS = 3 };

/* An object; strings are as written between the quotes, with escapes. */
struct em_jsonld_object {
    unsigned types;                              /* enum em_jsonld_type, or-ed */
    int depth;                                   /* objects around it */
    struct em_view values[EM_JSONLD_PROPERTIES]; /* the first of each */
    struct em_view more_authors[EM_JSONLD_AUTHORS - 1];
};

typedef void em_jsonld_fn(void *context, const struct em_jsonld_object *object);

/* Calls `report` for each object that has any of the properties, when it ends: inner ones
 * before outer ones. Only the first EM_MAX_JSONLD bytes are read. */
void em_jsonld_read(struct em_view raw, em_jsonld_fn *report, void *context);

/* Appends a string's characters, escapes undone; EM_ERR_NOMEM or EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_jsonld_unescape(struct em_buf *out, struct em_view raw);

#endif
