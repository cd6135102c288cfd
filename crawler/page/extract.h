/* SPDX-License-Identifier: Apache-2.0
 *
 * Page in, blocks out: charset, one streaming pass over HTML, main content, title,
 * language. One extractor serves one thread and reuses its memory from page to page.
 */
#ifndef EM_CRAWLER_PAGE_EXTRACT_H
#define EM_CRAWLER_PAGE_EXTRACT_H

#include "base/doc.h"
#include "base/drop.h"
#include "base/page.h"
#include "base/status.h"
#include "base/wire/robots_meta.h"

enum em_html_parser {
    EM_HTML_PARSER_OWN,     /* one pass, offsets exact to the byte */
    EM_HTML_PARSER_LIBXML2, /* for tests that compare: slower, offsets exact to the tag */
};

struct em_extract_options {
    enum em_html_parser parser;
    bool all;         /* boilerplate blocks too */
    bool no_language; /* skip language identification */
    bool links;       /* em_doc.links */
    bool hidden;      /* hidden blocks too, flagged EM_BLOCK_HIDDEN */
};

struct em_extractor;

EM_MUST_CHECK enum em_status em_extractor_new(struct em_extractor **out,
                                              const struct em_extract_options *options,
                                              struct em_err *err);
void em_extractor_free(struct em_extractor *extractor);

/* EM_DROP_NONE and *doc filled (valid until the next call), or why there is no document.
 * Never fails: running out of memory is EM_DROP_TOO_BIG. */
enum em_drop em_extract(struct em_extractor *extractor, const struct em_page *page,
                        struct em_doc *doc);

#endif
