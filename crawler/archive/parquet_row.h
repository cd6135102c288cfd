/* SPDX-License-Identifier: Apache-2.0
 *
 * A whole row of a Parquet file on its way to another one: values of all columns with their
 * levels, in bytes that can be copied.
 *
 *     row group (8 bytes) | column, count, count x (rep, def, [length, bytes]) | next column
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_ROW_H
#define EM_CRAWLER_ARCHIVE_PARQUET_ROW_H

#include "crawler/archive/parquet_write.h"

/* Begins a row in `row`, which is emptied. */
EM_MUST_CHECK enum em_status em_parquet_row_begin(struct em_buf *row, uint64_t group);
/* Begins a column; *place is given to em_parquet_row_value(). */
EM_MUST_CHECK enum em_status em_parquet_row_column(struct em_buf *row, size_t leaf,
                                                   size_t *place);
/* One more value of that column. */
EM_MUST_CHECK enum em_status em_parquet_row_value(struct em_buf *row, size_t place,
                                                  const struct em_parquet_node *node,
                                                  uint32_t rep, uint32_t def,
                                                  const struct em_parquet_cell *cell);

/* Appends the row with another string in one column that is not repeated. EM_ERR_FORMAT:
 * it is no row. */
EM_MUST_CHECK enum em_status em_parquet_row_replace(struct em_buf *out,
                                                    struct em_view row, size_t leaf,
                                                    struct em_view text);
/* Into a writer made like the file that the row is from; *group is the row group of the row
 * before, and a new one begins where it changes. */
EM_MUST_CHECK enum em_status em_parquet_row_write(struct em_parquet_writer *w,
                                                  struct em_view row, uint64_t *group,
                                                  struct em_err *err);

#endif
