/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses on a page made absolute (spec: WHATWG URL, as base/wire/url.h reads them), and
 * what rel attributes say.
 */
#ifndef EM_CRAWLER_PAGE_LINK_H
#define EM_CRAWLER_PAGE_LINK_H

#include "base/buf.h"
#include "base/wire/url.h"

/* Appends the absolute address of `href` (characters, references decoded) without its
 * fragment. Appends nothing where it is none of http and https, longer than EM_MAX_URL, or
 * relative to no `base` (NULL, or one that could not be parsed). `url` is room for it.
 * EM_ERR_NOMEM, EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_link_resolve(struct em_buf *out, struct em_url *url,
                                             struct em_view href,
                                             const struct em_url *base);

/* enum em_link_rel of a rel attribute's words, or-ed. */
unsigned em_link_rel_of(struct em_view rel);

#endif
