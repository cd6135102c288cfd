/* SPDX-License-Identifier: Apache-2.0
 *
 * One column of one row group, page by page, value by value. Memory: one page as stored,
 * the page inflated, and the dictionary, each with its maximum; a column chunk is never in
 * memory as a whole.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_COLUMN_H
#define EM_CRAWLER_ARCHIVE_PARQUET_COLUMN_H

#include "crawler/archive/parquet_codec.h"
#include "crawler/archive/parquet_values.h"
#include "crawler/archive/ranged.h"

struct em_parquet_column {
    struct em_ranged *file;
    struct em_parquet_inflater *inflater;
    const struct em_parquet_node *node;
    const struct em_parquet_chunk *chunk;
    struct em_input in;
    bool open;
    uint64_t left;      /* values of the chunk after the page in hand */
    uint64_t page_left; /* values of the page in hand */
    uint64_t page_at;   /* where its header is stored */
    size_t pending;     /* stored bytes of the page in the window */
    struct em_parquet_runs def, rep;
    uint32_t def_level, rep_level;
    bool leveled; /* levels were read, their value was not */
    struct em_parquet_values values;
    struct em_parquet_dictionary dictionary;
    bool has_dictionary;
    struct em_buf page, dictionary_bytes;
    const char *damage; /* what is wrong with the page or the chunk; or NULL. Static */
    bool lost;          /* nor can what follows the page be read */
};

void em_parquet_column_init(struct em_parquet_column *c, struct em_ranged *file,
                            struct em_parquet_inflater *inflater,
                            const struct em_parquet_node *node);
void em_parquet_column_release(struct em_parquet_column *c);

/* From the first value of a chunk on. */
EM_MUST_CHECK enum em_status em_parquet_column_begin(struct em_parquet_column *c,
                                                     const struct em_parquet_chunk *chunk,
                                                     struct em_err *err);

/* The next value of a flat column; its views hold until the next call. EM_END after the
 * last one; EM_ERR_FORMAT with `damage` set; other errors are of the input. */
EM_MUST_CHECK enum em_status em_parquet_column_next(struct em_parquet_column *c,
                                                    struct em_parquet_cell *cell,
                                                    struct em_err *err);
/* The levels of the next value, read but not passed. */
EM_MUST_CHECK enum em_status em_parquet_column_level(struct em_parquet_column *c,
                                                     struct em_err *err);
/* The value of these levels. */
EM_MUST_CHECK enum em_status em_parquet_column_value(struct em_parquet_column *c,
                                                     struct em_parquet_cell *cell,
                                                     struct em_err *err);

/* After damage: over the rest of the page. How many values that are which were not given;
 * UINT64_MAX where nothing of the chunk can be read any more. */
uint64_t em_parquet_column_leave_page(struct em_parquet_column *c);
/* Over `n` values of a flat column. */
EM_MUST_CHECK enum em_status em_parquet_column_skip(struct em_parquet_column *c,
                                                    uint64_t n, struct em_err *err);

#endif
