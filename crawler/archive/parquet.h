/* SPDX-License-Identifier: Apache-2.0
 *
 * A Parquet file as records, a row a record: the reader after em_source for files that
 * begin with PAR1. Only the columns that are used are read: the text, and those that name
 * it, say where and when it comes from, or were asked for. A record's block is the row as a
 * JSON object of these columns, keys being the columns' paths, so that whatever reads JSON
 * lines reads rows.
 *
 * Damage is local: a page that cannot be read costs its rows, a broken dictionary its row
 * group; each is a record of damage that says in which row group, at which byte and in
 * which column. Private to crawler/archive/.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_H
#define EM_CRAWLER_ARCHIVE_PARQUET_H

#include "crawler/archive/archive.h"

struct em_parquet;

/* "PAR1", or "PARE" of a file with an encrypted footer. */
bool em_parquet_begins(struct em_view head);
/* Whether a name (perhaps with a query after it) says that it is one. */
bool em_parquet_named(const char *name);

/* `memory` with data not NULL: these bytes instead of what `name` names. EM_ERR_FORMAT: no
 * Parquet, or a broken footer; EM_ERR_UNSUPPORTED with what is not supported. */
EM_MUST_CHECK enum em_status em_parquet_open(struct em_parquet **out, const char *name,
                                             struct em_view memory,
                                             const struct em_source_options *options,
                                             struct em_err *err);
void em_parquet_free(struct em_parquet *p);
EM_MUST_CHECK enum em_status em_parquet_next(struct em_parquet *p, struct em_record *r,
                                             struct em_err *err);

/* Path of the text's column; NULL: there is none. Lives as long as `p`. */
const char *em_parquet_text_column(const struct em_parquet *p);

/* Number of that column; SIZE_MAX. */
size_t em_parquet_text_leaf(const struct em_parquet *p);
struct em_parquet_writer;
EM_MUST_CHECK enum em_status
em_parquet_writer_of(const struct em_parquet *p, struct em_parquet_writer **out,
                     bool (*write)(void *context, struct em_view bytes), void *context,
                     struct em_err *err);
/* "a, b": columns that were wanted and cannot be read; or "". */
const char *em_parquet_skipped(const struct em_parquet *p);

/* Stored bytes passed, and of all. */
uint64_t em_parquet_position(const struct em_parquet *p);
uint64_t em_parquet_size(const struct em_parquet *p);

#endif
