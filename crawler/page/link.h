/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses on a page made absolute, for reading: RFC 3986 section 5.2 with what browsers
 * forgive (white space around, tabs and line ends inside, backslashes). Scheme and host in
 * lower case, dot segments removed, fragment left out, bytes that no URL may hold written as
 * %XX. Not a full WHATWG parser: hosts are not checked or turned into punycode, ports and
 * user names stay as written; a crawler parses again what it follows.
 */
#ifndef EM_CRAWLER_PAGE_LINK_H
#define EM_CRAWLER_PAGE_LINK_H

#include "base/buf.h"

/* Appends the absolute address of `href` (characters, references decoded) seen on a page at
 * `base` (as this function wrote it, or empty). Appends nothing where it is none of http and https, longer
 * than EM_MAX_URL, or relative without a base. EM_ERR_NOMEM, EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_link_resolve(struct em_buf *out, struct em_view base,
                                             struct em_view href);

/* enum em_link_rel of a rel attribute's words, or-ed. */
unsigned em_link_rel_of(struct em_view rel);

#endif
