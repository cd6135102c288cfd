/* SPDX-License-Identifier: Apache-2.0
 *
 * Host and registrable domain of a URL, as documents are counted by. The public suffix
 * list is the one built into libpsl; this is the only file that sees it.
 */
#ifndef EM_CRAWLER_WEB_DOMAIN_H
#define EM_CRAWLER_WEB_DOMAIN_H

#include "base/view.h"

enum { EM_MAX_HOST = 255 }; /* spec: RFC1035 2.3.4 */

struct em_domain {
    char host[EM_MAX_HOST + 1]; /* lower case, without user, port, brackets, final dot */
    struct em_view registrable; /* part of `host`: "example.co.uk"; the whole host for
                                   addresses and names that are a public suffix */
};

/* False (and both empty) when `url` has no authority with a host of at most 255 bytes.
 * Host names that are not ASCII are kept as written. */
bool em_domain_of(struct em_view url, struct em_domain *domain);

#endif
