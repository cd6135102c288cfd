/* SPDX-License-Identifier: Apache-2.0
 *
 * An index as JSON lines: the ledger, then every table in order of keys. Two indexes with
 * the same contents give the same bytes, whatever runs their rows lie in: this is what
 * determinism, resume and merge are compared by.
 */
#ifndef EM_INDEX_EXPORT_H
#define EM_INDEX_EXPORT_H

#include "index/store.h"

/* Whole lines; false stops the export (EM_ERR_IO). */
typedef bool em_export_fn(void *context, struct em_view lines);

/* `table`: a table's name, "ledger", or NULL for all; EM_ERR_USAGE for others. */
EM_MUST_CHECK enum em_status em_index_export(struct em_store *store, const char *table,
                                             em_export_fn *write, void *context,
                                             struct em_err *err);

#endif
