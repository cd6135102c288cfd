/* SPDX-License-Identifier: Apache-2.0
 *
 * The footer of a Parquet file: its columns and where each row group has them.
 *
 *     PAR1 | column chunks of row group 0 | of row group 1 | ... | footer | length | PAR1
 *
 * The schema is a tree written depth first; its leaves are the columns. How often a value
 * on the path to a leaf may be absent or repeated is the leaf's highest definition and
 * repetition level. A leaf that is never repeated is flat: it has one value or null a row.
 * spec: https://github.com/apache/parquet-format (parquet.thrift, LogicalTypes.md)
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_META_H
#define EM_CRAWLER_ARCHIVE_PARQUET_META_H

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum em_parquet_type {
    EM_PARQUET_BOOLEAN,
    EM_PARQUET_INT32,
    EM_PARQUET_INT64,
    EM_PARQUET_INT96,
    EM_PARQUET_FLOAT,
    EM_PARQUET_DOUBLE,
    EM_PARQUET_BYTES,
    EM_PARQUET_FIXED,
    EM_PARQUET_TYPES
};

/* What a value means; where it is not said or not known, EM_PARQUET_AS_STORED. */
enum em_parquet_kind {
    EM_PARQUET_AS_STORED,
    EM_PARQUET_STRING, /* UTF-8: also of enumerations and JSON */
    EM_PARQUET_BSON,
    EM_PARQUET_DECIMAL,
    EM_PARQUET_DATE,      /* days since 1970 */
    EM_PARQUET_TIME,      /* of day, in units of 10^-scale seconds */
    EM_PARQUET_TIMESTAMP, /* since 1970, in units of 10^-scale seconds */
    EM_PARQUET_SIGNED,
    EM_PARQUET_UNSIGNED,
    EM_PARQUET_UUID,
    EM_PARQUET_FLOAT16,
    EM_PARQUET_INTERVAL,
    EM_PARQUET_LIST, /* groups */
    EM_PARQUET_MAP
};

enum em_parquet_repetition {
    EM_PARQUET_REQUIRED,
    EM_PARQUET_OPTIONAL,
    EM_PARQUET_REPEATED
};

struct em_parquet_node {
    struct em_view name;
    int32_t parent; /* -1: the root's */
    int32_t n_children;
    int32_t leaf; /* number of the column, or -1 */
    enum em_parquet_type type;
    enum em_parquet_kind kind;
    enum em_parquet_repetition repetition;
    int32_t length;    /* of EM_PARQUET_FIXED */
    int32_t scale;     /* digits after the point */
    int32_t bits;      /* of integers of fewer bits than they are stored in; else 0 */
    bool utc;          /* a time is one of UTC, not of an unknown place */
    uint16_t def, rep; /* highest levels */
    bool nested;       /* below a map, or repeated in what is repeated */
};

struct em_parquet_leaf {
    int32_t node;
    struct em_view path; /* dotted, without the names that lists put in between */
};

struct em_parquet_chunk {
    uint64_t begin, size; /* stored bytes */
    int64_t n_values;
    int32_t codec;
    const char *refused; /* what it has that is not supported; or NULL. Static */
};

struct em_parquet_group {
    uint64_t begin, size; /* stored bytes */
    uint64_t n_rows, first_row;
    const char *error; /* its entry in the footer contradicts the file; or NULL. Static */
    struct em_parquet_chunk *chunks; /* one a leaf */
};

struct em_parquet_meta {
    struct em_arena arena; /* everything below */
    struct em_parquet_node *nodes;
    size_t n_nodes;
    struct em_parquet_leaf *leaves;
    size_t n_leaves;
    struct em_parquet_group *groups;
    size_t n_groups;
    uint64_t n_rows;
    struct em_view created_by;
    struct em_view pairs;  /* the list of keys and values as it is stored; or empty */
    struct em_view schema; /* the list of schema elements as it is stored, for copying */
};

/* `footer`: the bytes of FileMetaData, which must outlive `meta`; `size`: stored bytes before
 * it. EM_ERR_FORMAT: not such a footer; EM_ERR_UNSUPPORTED; EM_ERR_LIMIT; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_parquet_meta_read(struct em_parquet_meta *meta,
                                                  struct em_view footer, uint64_t size,
                                                  struct em_err *err);
void em_parquet_meta_release(struct em_parquet_meta *meta);

/* Number of the column with this path, or -1. */
int32_t em_parquet_meta_find(const struct em_parquet_meta *meta, struct em_view path);

static inline const struct em_parquet_node *
em_parquet_leaf_node(const struct em_parquet_meta *meta, size_t leaf)
{
    return &meta->nodes[meta->leaves[leaf].node];
}

#endif
