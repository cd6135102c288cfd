/* SPDX-License-Identifier: Apache-2.0
 *
 * What a page says of itself outside its text: title, language, when it was published.
 */
#ifndef EM_CRAWLER_PAGE_META_H
#define EM_CRAWLER_PAGE_META_H

#include "crawler/page/outline.h"
#include "crawler/page/tokenizer.h"

/* A <meta>, or any element with itemprop or a <time>. */
EM_MUST_CHECK enum em_status em_meta_element(struct em_outline *outline,
                                             const struct em_token *token);
/* The content of <title>. */
EM_MUST_CHECK enum em_status em_meta_title(struct em_outline *outline,
                                           struct em_view raw);
/* The content of <script type="application/ld+json">. */
void em_meta_jsonld(struct em_outline *outline, struct em_view raw);

/* Keeps the date when it outranks what is known. */
void em_meta_date(struct em_outline *outline, struct em_view value,
                  enum em_date_rank rank);

/* The date in the path of the page's own address, when there is a whole one. */
void em_meta_url(struct em_outline *outline, struct em_view url);

/* A calendar date at the beginning of `v`: 2024-05-17 (with any time behind it),
 * 2024/05/17, 20240517, 17.05.2024, "May 17, 2024", "17 May 2024", "Fri, 17 May 2024".
 * Writes YYYY-MM-DD and a NUL; false when there is none between 1990 and 2100. */
bool em_day_parse(struct em_view v, char out[11]);

#endif
