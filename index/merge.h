/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexes of shards into one: the same k-way merge that generations go through, over the
 * runs of all of them. What comes out does not depend on how inputs were dealt out to
 * shards, nor on the order of `dirs`.
 */
#ifndef EM_INDEX_MERGE_H
#define EM_INDEX_MERGE_H

#include "index/table.h"

/* Called before each table; `rows` is how many rows there are to merge in it. */
typedef void em_merge_progress_fn(void *context, const char *table, uint64_t rows);

/* Makes the index `out` (EM_ERR_USAGE where there is one). An input that was read in two of
 * `dirs` is refused with EM_ERR_USAGE and named: its documents would count twice. Nothing
 * is left behind on failure but OUT.part, which the next try replaces. */
EM_MUST_CHECK enum em_status em_index_merge(const char *out, const char *const *dirs,
                                            size_t n_dirs, em_merge_progress_fn *progress,
                                            void *context, struct em_err *err);

/* Removes the index in `dir` and the directory, if there is one; other files stay. */
void em_index_remove(const char *dir);

#endif
