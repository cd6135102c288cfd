/* SPDX-License-Identifier: Apache-2.0
 *
 * A run: the rows of one table from one generation, an LMDB database of blocks in order of
 * keys. Runs are written once, by appends, and never changed. Private to index/.
 */
#ifndef EM_INDEX_RUN_H
#define EM_INDEX_RUN_H

#include "index/block.h"
#include "index/table.h"

#include <lmdb.h>

struct em_run {
    enum em_table table;
    uint32_t id;    /* of its generation: its database is "<table>.<id>" */
    uint32_t level; /* 0: from a commit; n + 1: from merging runs of level n */
    uint64_t rows, blocks;
    MDB_dbi dbi;
};

enum { EM_RUN_NAME = 40 };
void em_run_name(enum em_table table, uint32_t id, char out[EM_RUN_NAME]);

/* LMDB's answer as a status, with its text: MDB_MAP_FULL is EM_ERR_FULL (make the map
 * larger and begin again), damage EM_ERR_CHECKSUM, another format EM_ERR_VERSION. */
enum em_status em_lmdb_fail(struct em_err *err, int rc, const char *doing);

static inline MDB_val em_mdb_val(struct em_view v)
{
    return (MDB_val){.mv_size = v.len, .mv_data = (void *)(uintptr_t)v.data};
}

static inline struct em_view em_mdb_view(const MDB_val *v)
{
    return em_view_make(v->mv_data, v->mv_size);
}

struct em_run_writer {
    MDB_txn *txn;
    struct em_run run;
    struct em_block_writer block;
    struct em_buf value;
};

EM_MUST_CHECK enum em_status em_run_begin(struct em_run_writer *writer, MDB_txn *txn,
                                          enum em_table table, uint32_t id,
                                          struct em_err *err);
/* Keys must rise. */
EM_MUST_CHECK enum em_status em_run_add(struct em_run_writer *writer, struct em_view key,
                                        struct em_view value, struct em_err *err);
/* Writes what is left; writer->run is complete. */
EM_MUST_CHECK enum em_status em_run_end(struct em_run_writer *writer, struct em_err *err);
void em_run_writer_release(struct em_run_writer *writer);

struct em_run_reader {
    const struct em_run *run;
    MDB_cursor *cursor;
    size_t page; /* bytes of a page of LMDB */
    struct em_block_reader block;
    bool ended;
};

/* Before the first row whose key is at least `from`. */
EM_MUST_CHECK enum em_status em_run_open(struct em_run_reader *reader, MDB_txn *txn,
                                         const struct em_run *run, struct em_view from,
                                         struct em_err *err);
/* EM_OK: reader->block.key and .value are the next row; EM_END. */
EM_MUST_CHECK enum em_status em_run_next(struct em_run_reader *reader,
                                         struct em_err *err);
void em_run_reader_release(struct em_run_reader *reader);

/* --- k-way merge ----------------------------------------------------------------------- */

/* Rows of one key are combined as a binary counter counts: level n holds what 2^n rows came
 * to, so that values that grow as they are combined are not combined again with every row. */
enum { EM_MERGER_LEVELS = 20 };

/* Rows of any number of runs of one table, from any stores, as one: in order, equal keys
 * combined. */
struct em_merger {
    enum em_table table;
    struct em_run_reader *readers;
    struct em_run_reader **heap;
    size_t n, n_heap, cap;
    struct em_buf key, value, combined;
    struct em_buf levels[EM_MERGER_LEVELS];
    bool full[EM_MERGER_LEVELS];
};

void em_merger_init(struct em_merger *merger, enum em_table table);
void em_merger_release(struct em_merger *merger);
EM_MUST_CHECK enum em_status em_merger_reserve(struct em_merger *merger, size_t runs);
/* Within what was reserved. */
EM_MUST_CHECK enum em_status em_merger_add(struct em_merger *merger, MDB_txn *txn,
                                           const struct em_run *run, struct em_view from,
                                           struct em_err *err);
/* merger->key and ->value are the next row; EM_END. */
EM_MUST_CHECK enum em_status em_merger_next(struct em_merger *merger, struct em_err *err);

#endif
