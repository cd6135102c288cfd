/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs that an index has under another name: the same file by another spelling or through
 * a link, or one that was moved, known by its size, its time and its first bytes. Private to
 * pipeline/.
 */
#ifndef EM_PIPELINE_KNOWN_H
#define EM_PIPELINE_KNOWN_H

#include "index/store.h"

struct em_known;

/* All inputs of the ledger. */
EM_MUST_CHECK enum em_status em_known_read(struct em_known **out, struct em_store *store,
                                           struct em_err *err);
void em_known_free(struct em_known *known);

/* The name under which the index has the file that `path` leads to, or NULL. Valid as long
 * as `known`. */
const char *em_known_find(const struct em_known *known, const char *path);

/* Hash of the first 64 kB of a local file; 0 where it cannot be read, or is none. */
uint64_t em_known_head(const char *path);

#endif
