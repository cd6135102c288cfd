/* SPDX-License-Identifier: Apache-2.0
 *
 * Takedown: a site's or a page's documents leave an index, with everything that points to
 * them. Sums that name nobody (diversity) stay; hosts and months are corrected. The
 * file is then rewritten, so that nothing is left in pages LMDB no longer uses.
 */
#ifndef EM_INDEX_FORGET_H
#define EM_INDEX_FORGET_H

#include "index/table.h"

struct em_forget {
    struct em_view domain; /* registrable, lower case */
    struct em_view url;    /* empty: all of the domain */
};

/* *documents: how many were taken out, all models counted. The index must not be open
 * elsewhere for writing; readers that are open keep what they see until they close. */
EM_MUST_CHECK enum em_status em_index_forget(const char *dir,
                                             const struct em_forget *what,
                                             uint64_t *documents, struct em_err *err);

#endif
