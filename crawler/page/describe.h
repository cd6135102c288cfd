/* SPDX-License-Identifier: Apache-2.0
 *
 * Title, author, site name, excerpt, canonical address and links of a page, made from what
 * em_meta gathered and from the classified outline. The order of trust is that of Mozilla's
 * Readability: JSON-LD, Dublin Core, Open Graph, <meta name>, then what is shown.
 */
#ifndef EM_CRAWLER_PAGE_DESCRIBE_H
#define EM_CRAWLER_PAGE_DESCRIBE_H

#include "base/wire/url.h"
#include "crawler/page/outline.h"

struct em_description {
    struct em_buf title, author, site, excerpt, canonical;
    struct em_url base;  /* what links are relative to: <base> on the page's address */
    struct em_url url;   /* the last one read */
    struct em_buf hrefs; /* of all links, one after the other */
    struct em_link *links;
    size_t n_links, cap_links;
    struct em_buf scratch;
    struct em_buf head_text; /* of all heads, one after the other */
    struct em_head_link heads[EM_META_HEADS];
    size_t n_heads;
};

void em_description_init(struct em_description *d);
void em_description_release(struct em_description *d);

/* Fills title to canonical and base. `url`: of the page, or empty. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_describe(struct em_description *d,
                                         const struct em_outline *outline,
                                         struct em_view url);

/* Fills heads, whatever else the page has. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_describe_heads(struct em_description *d,
                                               const struct em_outline *outline,
                                               struct em_view url);

/* Fills links from those the outline collected. `page_start` is left as the outline has it
 * (bytes into the decoded page). */
EM_MUST_CHECK enum em_status em_describe_links(struct em_description *d,
                                               const struct em_outline *outline);

#endif
