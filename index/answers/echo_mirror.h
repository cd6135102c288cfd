/* SPDX-License-Identifier: Apache-2.0
 *
 * Mirrors: two sites that share most of their passages, which say one thing once.
 *
 * Rule: of the prints of each of the two sites at least half are on the other too; these
 * are at least 20, from at least five documents of each. Mirrors of mirrors are not chained:
 * the site with the most prints stands for those that mirror it directly.
 *
 * The table is sorted by hash, so its first rows are a sample of all prints chosen by
 * nothing but their hashes: counting stops after EM_MIRROR_ROWS of them, or when the sites or
 * pairs are more than base/limits.h allows.
 */
#ifndef EM_INDEX_ECHO_MIRROR_H
#define EM_INDEX_ECHO_MIRROR_H

#include "index/passage.h"
#include "index/store.h"

enum { EM_MIRROR_ROWS = 4000000 };

struct em_mirror {
    uint64_t site, of; /* hashes of domains: em_name_hash */
};

struct em_mirrors {
    struct em_mirror *list; /* by site */
    size_t n;
};

EM_MUST_CHECK enum em_status em_mirrors_find(struct em_mirrors *out,
                                             struct em_store *store, struct em_err *err);
void em_mirrors_release(struct em_mirrors *mirrors);
/* Who stands for the site: itself, unless it is a mirror. */
uint64_t em_mirror_of(const struct em_mirrors *mirrors, uint64_t site);

#endif
