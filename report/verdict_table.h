/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdict lines as a Parquet file: one row a line, flat columns (docs/FORMATS.md). Lists
 * (leaks, matches, spans) and `family` are JSON in a string column.
 */
#ifndef EM_REPORT_VERDICT_TABLE_H
#define EM_REPORT_VERDICT_TABLE_H

#include "base/status.h"
#include "base/view.h"

#include <stdio.h>

/* Of the columns and what they mean; stands in the file under echometer.schema_version. */
#define EM_VERDICT_TABLE_VERSION "1"

struct em_verdict_table;

/* `out` is written to, and stays the caller's. */
EM_MUST_CHECK enum em_status em_verdict_table_new(struct em_verdict_table **out,
                                                  FILE *file, struct em_err *err);
void em_verdict_table_free(struct em_verdict_table *table);
/* Whole lines as em_verdict_write() makes them. */
EM_MUST_CHECK enum em_status em_verdict_table_add(struct em_verdict_table *table,
                                                  struct em_view lines,
                                                  struct em_err *err);
/* The footer; nothing can be added any more. */
EM_MUST_CHECK enum em_status em_verdict_table_end(struct em_verdict_table *table,
                                                  struct em_err *err);

#endif
