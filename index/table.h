/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of an index: sorted keys, each with one value. What a table means lives in
 * its own file (document, cell, passage, hit, ...); here is the list, and what the store
 * must know of each.
 *
 * Rows with one key from different commits, shards or indexes are one row: the table's
 * combine function says which. It must be associative and commutative, and must not depend
 * on how rows were grouped before: that is what makes an index the same for any number of
 * threads, shards and restarts and any order of merges.
 */
#ifndef EM_INDEX_TABLE_H
#define EM_INDEX_TABLE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/status.h"

#include <stdint.h>

enum em_table {
    EM_TABLE_DOCUMENTS, /* index/document: one row a document and model */
    EM_TABLE_HOSTS, /* index/cell: counts by registrable domain, month, language, model */
    EM_TABLE_MONTHS,    /* index/cell: the same without the domain */
    EM_TABLE_PASSAGES,  /* index/passage: prints and the domains they were seen on */
    EM_TABLE_HITS,      /* index/hit: matches with reference sets */
    EM_TABLE_DIVERSITY, /* index/diversity: sums for homogenisation, by month */
    EM_TABLE_MODELS,    /* index/model: who judged, with what calibration */
    EM_TABLE_COUNT
};

enum {
    EM_MAX_KEY = 400,        /* bytes; LMDB takes 511 */
    EM_MAX_VALUE = 16 << 20, /* bytes; nothing of ours comes near */
};

/* Appends the value that stands for both. */
typedef enum em_status em_combine_fn(struct em_buf *out, struct em_view key,
                                     struct em_view a, struct em_view b);
/* Writes the fields of one row (the object is open; "table" is already written). Also the
 * row's check: EM_ERR_FORMAT where key or value is not what the format says. */
typedef enum em_status em_row_json_fn(struct em_json *json, struct em_view key,
                                      struct em_view value);

/* Documents that are taken out of an index: all of a registrable domain, or some. */
struct em_forgotten {
    struct em_view domain;      /* registrable */
    bool whole_domain;          /* else only the documents below */
    const uint64_t *references; /* em_document_reference of each, rising */
    size_t n_references;
};
bool em_forgotten_has(const struct em_forgotten *what, uint64_t reference);
/* What is left of a row: *keep false for nothing; bytes in `changed` for a new value. */
typedef enum em_status em_forget_fn(const struct em_forgotten *what, struct em_view key,
                                    struct em_view value, struct em_buf *changed,
                                    bool *keep);

struct em_table_spec {
    const char *name;       /* "documents": in exports, messages, file format */
    em_combine_fn *combine; /* NULL: rows with one key are identical */
    em_row_json_fn *json;
    em_forget_fn *forget; /* NULL: rows name no site, URL or text */
};

const struct em_table_spec *em_table_spec(enum em_table table);
/* EM_ERR_FORMAT where key or value is not what the table's format says; `scratch` is
 * overwritten. */
EM_MUST_CHECK enum em_status em_row_check(enum em_table table, struct em_view key,
                                          struct em_view value, struct em_buf *scratch);

/* --- rows on their way into a store ---------------------------------------------------- */

struct em_row {
    uint64_t order;  /* the key's first eight bytes, big-endian: sorts most */
    uint64_t offset; /* of the key in `bytes`; the value follows it */
    uint32_t value_len;
    uint16_t key_len;
    uint8_t table;
};

/* A bag of rows in any order. Grows; owns its memory. */
struct em_rows {
    struct em_buf bytes;
    struct em_row *rows;
    size_t n, cap;
};

void em_rows_init(struct em_rows *rows);
void em_rows_release(struct em_rows *rows);
void em_rows_clear(struct em_rows *rows); /* keeps memory */
/* Copies key (1 to EM_MAX_KEY bytes) and value. EM_ERR_LIMIT beyond the maxima. */
EM_MUST_CHECK enum em_status em_rows_add(struct em_rows *rows, enum em_table table,
                                         struct em_view key, struct em_view value);
EM_MUST_CHECK enum em_status em_rows_append(struct em_rows *into,
                                            const struct em_rows *from);
struct em_view em_row_key(const struct em_rows *rows, size_t i);
struct em_view em_row_value(const struct em_rows *rows, size_t i);
/* By table, key, then order of arrival. */
EM_MUST_CHECK enum em_status em_rows_sort(struct em_rows *rows);

#endif
