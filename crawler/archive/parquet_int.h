/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of parquet.h share: the reader and its columns. Private to
 * crawler/archive/parquet*.c.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_INT_H
#define EM_CRAWLER_ARCHIVE_PARQUET_INT_H

#include "crawler/archive/parquet.h"
#include "crawler/archive/parquet_column.h"

struct parquet_column {
    struct em_parquet_column column;
    size_t leaf;
    const char
        *named;   /* a usual name that its own differs from only in case, as which it is
                          in the block; NULL: its own */
    bool silent;  /* is only carried: not in the block */
    size_t place; /* of its values in `row` */
    bool string;  /* its text form is wanted, whatever its type */
    uint16_t list_def; /* definition level of a list that has items */
    bool dead;         /* of this row group nothing more is read */
    uint64_t gap;      /* rows whose values are lost */
    bool telling;      /* its damage is the next record */
    char damage[200];
};

struct em_parquet {
    struct em_ranged file;
    struct em_source_options options;
    struct em_page_fields fields;
    char *name;
    struct em_buf footer;
    struct em_parquet_meta meta;
    struct em_parquet_inflater *inflater;
    struct parquet_column *columns; /* that are read, in the order of the schema */
    size_t n_columns;
    size_t text; /* number of the text's among these; n_columns: none */
    size_t group;
    bool open;    /* the row group's columns stand at `row` */
    uint64_t row; /* next, of the row group */
    uint64_t number;
    struct em_buf block, joined, carried;
    bool capture; /* values go into `carried` */
    bool torn;    /* a column of the row at hand is damaged: it cannot be carried */
    char error[240];
    char skipped[240]; /* columns that cannot be read, where all are wanted */
};

/* Which columns are read, and how: by the options, and by the usual names (parquet_choose.c).
 * EM_ERR_FORMAT: one that is named is not there; EM_ERR_UNSUPPORTED. */
EM_MUST_CHECK enum em_status em_parquet_choose(struct em_parquet *p, struct em_err *err);

#endif
