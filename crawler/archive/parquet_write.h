/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing Parquet: any schema, values with their levels, zstd, statistics, checksums.
 *
 *     PAR1 | a chunk a column: pages of about 1 MiB, PLAIN, zstd | next row group | ... | footer
 *
 * Memory: the row group at hand, compressed, and one page a column. Rows go to the caller's
 * function as bytes in order; a file is whole when em_parquet_writer_end() has returned.
 * One writer, one thread.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_WRITE_H
#define EM_CRAWLER_ARCHIVE_PARQUET_WRITE_H

#include "crawler/archive/parquet_values.h"

struct em_parquet_writer;

/* False: cannot be written. */
typedef bool em_parquet_write_fn(void *context, struct em_view bytes);

/* One column of a flat table. */
struct em_parquet_field {
    const char *name;
    enum em_parquet_type type; /* EM_PARQUET_BYTES are strings */
    bool required;
};

EM_MUST_CHECK enum em_status em_parquet_writer_new(struct em_parquet_writer **out,
                                                   em_parquet_write_fn *write,
                                                   void *context,
                                                   const struct em_parquet_field *fields,
                                                   size_t n, struct em_err *err);
/* With the schema of another file, a row group at a time as the caller ends them (but for
 * those of more than half a gigabyte), whose `meta` and its bytes are only used here. */
EM_MUST_CHECK enum em_status em_parquet_writer_like(struct em_parquet_writer **out,
                                                    em_parquet_write_fn *write,
                                                    void *context,
                                                    const struct em_parquet_meta *meta,
                                                    struct em_err *err);
void em_parquet_writer_free(struct em_parquet_writer *w);

/* A value of a column with its levels: `rep` 0 begins a row. The value counts where `def` is
 * the column's highest. */
EM_MUST_CHECK enum em_status em_parquet_writer_put(struct em_parquet_writer *w,
                                                   size_t column, uint32_t rep,
                                                   uint32_t def,
                                                   const struct em_parquet_cell *cell);
/* The same for flat tables. */
EM_MUST_CHECK enum em_status em_parquet_writer_set(struct em_parquet_writer *w,
                                                   size_t column,
                                                   const struct em_parquet_cell *cell);
/* The row is whole: every column has had its values. A full row group is written. */
EM_MUST_CHECK enum em_status em_parquet_writer_row(struct em_parquet_writer *w,
                                                   struct em_err *err);
/* Ends the row group, where it has rows. */
EM_MUST_CHECK enum em_status em_parquet_writer_group(struct em_parquet_writer *w,
                                                     struct em_err *err);
/* Everything that is left, and the footer with `n` pairs of key and value; of a writer like
 * another file, with that file's, if it has any. */
EM_MUST_CHECK enum em_status em_parquet_writer_end(struct em_parquet_writer *w,
                                                   const char *const (*pairs)[2],
                                                   size_t n, struct em_err *err);

#endif
