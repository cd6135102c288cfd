/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds of page, those of the WCXB benchmark: found by crawler/page, kept by the index.
 */
#ifndef EM_BASE_PAGE_TYPE_H
#define EM_BASE_PAGE_TYPE_H

#include "base/view.h"

/* name, what the page is made of */
#define EM_PAGE_TYPE_LIST(X)                                                             \
    X(ARTICLE, "article")             /* one text */                                     \
    X(DOCUMENTATION, "documentation") /* how something is used */                        \
    X(SERVICE, "service")             /* what somebody offers */                         \
    X(FORUM, "forum")                 /* posts of several people */                      \
    X(LISTING, "listing")             /* teasers of other pages */                       \
    X(PRODUCT, "product")             /* one thing to buy */                             \
    X(COLLECTION, "collection")       /* things to choose from */

enum em_page_type {
#define X(upper, lower) EM_PAGE_##upper##_TYPE,
    EM_PAGE_TYPE_LIST(X)
#undef X
        EM_PAGE_TYPES
};

/* Static; "" for none of them. */
const char *em_page_type_name(enum em_page_type type);
/* EM_PAGE_TYPES for a name of none of them. */
enum em_page_type em_page_type_of(struct em_view name);

#endif
