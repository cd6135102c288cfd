/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of a store, for the files of index/ that walk or rewrite whole runs.
 */
#ifndef EM_INDEX_STORE_PRIVATE_H
#define EM_INDEX_STORE_PRIVATE_H

#include "index/run.h"
#include "index/store.h"

enum {
    EM_STORE_FANIN = 8, /* runs of one level before they are merged */
    EM_MAX_META = 1 << 20,
    EM_MAX_LEDGER_VALUE = 1 << 16,
};

#define EM_STORE_STATE "state" /* key in meta of the list of runs */

struct em_store {
    char *dir;
    enum em_store_mode mode;
    int lock;      /* file descriptor of the writer's lock; -1: a reader */
    bool was_busy; /* the process that wrote before ended within a commit */
    MDB_env *env;
    MDB_dbi meta, ledger;
    MDB_txn *read; /* NULL: none open */
    struct em_run *runs;
    size_t n_runs, cap_runs;
    uint32_t next_id;
    struct em_buf scratch; /* ledger values handed out */
};

/* intact.c: the file is as long as its pages say; `old`: as older programs left it. */
EM_MUST_CHECK enum em_status em_store_check_size(const struct em_store *store, bool old,
                                                 struct em_err *err);
/* Where LMDB finds a page that cannot be, the message is ours (base/fault.h). */
EM_MUST_CHECK enum em_status em_store_watch(struct em_store *store, struct em_err *err);
#define EM_STORE_BUSY " busy"
/* Who writes, and whether a commit is on its way, in DIR/writer. */
void em_store_mark(const struct em_store *store, bool busy);
/* Ends the transaction; the file is whole then. */
EM_MUST_CHECK enum em_status em_store_end_write(struct em_store *store, MDB_txn *txn,
                                                const char *doing, struct em_err *err);

/* The read transaction, begun where there is none. */
EM_MUST_CHECK enum em_status em_store_read_txn(struct em_store *store, MDB_txn **txn,
                                               struct em_err *err);
void em_store_end_read(struct em_store *store);

/* The list of runs: room for n, as a sealed value, as of a transaction (with a handle for
 * each run). */
EM_MUST_CHECK enum em_status em_store_reserve_runs(struct em_store *store, size_t n);
EM_MUST_CHECK enum em_status em_store_pack_state(struct em_buf *out, uint32_t next_id,
                                                 const struct em_run *runs, size_t n);
EM_MUST_CHECK enum em_status em_store_load_state(struct em_store *store, MDB_txn *txn,
                                                 struct em_err *err);

EM_MUST_CHECK enum em_status em_store_note_key(struct em_buf *out, struct em_view name);

/* A write transaction with its new list of runs: all of a change, or nothing. The map grows
 * and the change begins again when it is full, so `change` must be repeatable. */
struct em_change {
    struct em_store *store;
    MDB_txn *txn;
    struct em_run *runs; /* the store's, to be changed; room for EM_TABLE_COUNT more */
    size_t n_runs;
    uint32_t id; /* for new runs */
};
typedef enum em_status em_change_fn(struct em_change *change, void *context,
                                    struct em_err *err);
EM_MUST_CHECK enum em_status em_store_change(struct em_store *store, em_change_fn *fn,
                                             void *context, struct em_err *err);
/* Within a change. */
void em_change_add_run(struct em_change *change, const struct em_run *run);
EM_MUST_CHECK enum em_status em_change_drop_run(struct em_change *change, size_t i,
                                                struct em_err *err);
EM_MUST_CHECK enum em_status em_change_put_ledger(struct em_change *change,
                                                  const struct em_ledger *entry,
                                                  struct em_err *err);
/* All runs of the table merged into one, through `filter` (NULL: all rows stay). */
typedef enum em_status em_filter_fn(void *context, struct em_view key,
                                    struct em_view value, struct em_buf *changed,
                                    bool *keep);
EM_MUST_CHECK enum em_status em_change_merge(struct em_change *change,
                                             enum em_table table, uint32_t level,
                                             em_filter_fn *filter, void *context,
                                             struct em_err *err);

#endif
