/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing: changes of the store's list of runs, commits of rows, merging of runs.
 */
#include "index/seal.h"
#include "index/store_private.h"

#include "base/alloc.h"

/* --- changing ----------------------------------------------------------------------------- */

void em_change_add_run(struct em_change *change, const struct em_run *run)
{
    change->runs[change->n_runs++] = *run;
}

enum em_status em_change_drop_run(struct em_change *change, size_t i, struct em_err *err)
{
    int rc = mdb_drop(change->txn, change->runs[i].dbi, 1);
    EM_TRY(em_lmdb_fail(err, rc, "cannot drop a run"));
    change->n_runs--;
    memmove(&change->runs[i], &change->runs[i + 1],
            (change->n_runs - i) * sizeof(change->runs[0]));
    return EM_OK;
}

enum em_status em_change_put_ledger(struct em_change *change,
                                    const struct em_ledger *entry, struct em_err *err)
{
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, EM_MAX_LEDGER_VALUE);
    enum em_status status =
        entry->to ? em_ledger_piece_key(&key, entry->file, entry->model, entry->from)
                  : em_ledger_key(&key, entry->file, entry->model);
    if (status == EM_OK)
        status = em_seal_begin(&value);
    if (status == EM_OK)
        status = em_ledger_value(&value, entry);
    if (status == EM_OK) {
        em_seal(em_buf_view(&key), &value);
        MDB_val k = em_mdb_val(em_buf_view(&key)), v = em_mdb_val(em_buf_view(&value));
        status = em_lmdb_fail(err, mdb_put(change->txn, change->store->ledger, &k, &v, 0),
                              "cannot write the ledger");
    }
    em_buf_release(&key);
    em_buf_release(&value);
    return status;
}

static enum em_status put_state(struct em_change *change, struct em_err *err)
{
    struct em_buf value;
    em_buf_init(&value, EM_MAX_META);
    enum em_status status =
        em_store_pack_state(&value, change->id + 1, change->runs, change->n_runs);
    MDB_val k = em_mdb_val(em_view_of(EM_STORE_STATE)),
            v = em_mdb_val(em_buf_view(&value));
    if (status == EM_OK)
        status = em_lmdb_fail(err, mdb_put(change->txn, change->store->meta, &k, &v, 0),
                              "cannot write the list of runs");
    em_buf_release(&value);
    return status;
}

static enum em_status try_change(struct em_store *store, em_change_fn *fn, void *context,
                                 struct em_err *err)
{
    struct em_change change = {
        .store = store, .n_runs = store->n_runs, .id = store->next_id};
    change.runs =
        em_realloc_array(NULL, store->n_runs + EM_TABLE_COUNT, sizeof(change.runs[0]));
    if (!change.runs)
        return EM_ERR_NOMEM;
    if (store->n_runs)
        memcpy(change.runs, store->runs, store->n_runs * sizeof(change.runs[0]));
    enum em_status status =
        em_lmdb_fail(err, mdb_txn_begin(store->env, NULL, 0, &change.txn), store->dir);
    if (status == EM_OK) {
        status = fn(&change, context, err);
        if (status >= 0)
            status = put_state(&change, err);
        if (status >= 0)
            status = em_store_reserve_runs(store, change.n_runs);
        if (status < 0)
            mdb_txn_abort(change.txn);
        else
            status = em_store_end_write(store, change.txn, "cannot commit", err);
    }
    if (status >= 0) {
        if (change.n_runs)
            memcpy(store->runs, change.runs, change.n_runs * sizeof(change.runs[0]));
        store->n_runs = change.n_runs;
        store->next_id = change.id + 1;
    }
    em_free(change.runs);
    return status;
}

/* Handles of runs made or dropped in a transaction that was given up are no more. */
static enum em_status reopen_runs(struct em_store *store, struct em_err *err)
{
    MDB_txn *txn;
    EM_TRY(
        em_lmdb_fail(err, mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn), store->dir));
    enum em_status status = em_store_load_state(store, txn, err);
    if (status < 0) {
        mdb_txn_abort(txn);
        return status;
    }
    return em_store_end_write(store, txn, store->dir, err);
}

enum em_status em_store_change(struct em_store *store, em_change_fn *fn, void *context,
                               struct em_err *err)
{
    if (store->mode == EM_STORE_READ)
        return em_fail(err, EM_ERR_USAGE, "index", "'%s' was opened for reading",
                       store->dir);
    for (;;) {
        em_store_end_read(store);
        enum em_status status = try_change(store, fn, context, err);
        if (status >= 0)
            return EM_OK;
        em_store_end_read(store); /* the change may have read as well */
        struct em_err unused = {.status = EM_OK};
        enum em_status reopened = reopen_runs(store, &unused);
        if (status != EM_ERR_FULL || reopened < 0)
            return status;
        MDB_envinfo info;
        EM_TRY(em_lmdb_fail(err, mdb_env_info(store->env, &info), store->dir));
        int rc = mdb_env_set_mapsize(store->env, info.me_mapsize * 2);
        EM_TRY(em_lmdb_fail(err, rc, "cannot make the map larger"));
    }
}

/* --- committing --------------------------------------------------------------------------- */

struct commit {
    const struct em_rows *rows;
    const struct em_ledger *ledger;
    size_t n_ledger;
    const struct em_note *note; /* NULL: none */
    struct em_buf a, b;         /* combined values */
};

/* Rows i to j - 1 have one key: their combined value. */
static enum em_status commit_fold(struct commit *c, size_t i, size_t j,
                                  struct em_view *value, struct em_err *err)
{
    const struct em_table_spec *spec =
        em_table_spec((enum em_table)c->rows->rows[i].table);
    struct em_view key = em_row_key(c->rows, i);
    *value = em_row_value(c->rows, i);
    for (size_t k = i + 1; k < j; k++) {
        struct em_view other = em_row_value(c->rows, k);
        struct em_buf swap = c->a;
        c->a = c->b;
        c->b = swap;
        em_buf_clear(&c->a);
        enum em_status status = EM_ERR_FORMAT;
        if (spec->combine)
            status = spec->combine(&c->a, key, *value, other);
        else if (em_view_eq(*value, other))
            status = em_buf_append_view(&c->a, other);
        if (status < 0)
            return em_fail(err, status, "index", "table %s: two rows with one key: %s",
                           spec->name, em_status_text(status));
        *value = em_buf_view(&c->a);
    }
    return EM_OK;
}

static bool same_key(const struct em_rows *rows, size_t i, size_t j)
{
    return rows->rows[i].table == rows->rows[j].table &&
           em_view_eq(em_row_key(rows, i), em_row_key(rows, j));
}

static enum em_status write_run(struct em_change *change, struct commit *c, size_t *at,
                                struct em_err *err)
{
    const struct em_rows *rows = c->rows;
    struct em_run_writer writer;
    enum em_table table = (enum em_table)rows->rows[*at].table;
    enum em_status status = em_run_begin(&writer, change->txn, table, change->id, err);
    while (status == EM_OK && *at < rows->n && rows->rows[*at].table == table) {
        struct em_view value;
        size_t end = *at + 1;
        while (end < rows->n && same_key(rows, *at, end))
            end++;
        status = commit_fold(c, *at, end, &value, err);
        if (status == EM_OK)
            status = em_run_add(&writer, em_row_key(rows, *at), value, err);
        *at = end;
    }
    if (status == EM_OK)
        status = em_run_end(&writer, err);
    if (status == EM_OK)
        em_change_add_run(change, &writer.run);
    em_run_writer_release(&writer);
    return status;
}

static enum em_status put_note(struct em_change *change, const struct em_note *note,
                               struct em_err *err)
{
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, 64);
    enum em_status status = em_store_note_key(&key, note->name);
    if (status == EM_OK)
        status = em_seal_begin(&value);
    if (status == EM_OK)
        status = em_pack_u64(&value, note->value);
    if (status == EM_OK) {
        em_seal(em_buf_view(&key), &value);
        MDB_val k = em_mdb_val(em_buf_view(&key)), v = em_mdb_val(em_buf_view(&value));
        status = em_lmdb_fail(err, mdb_put(change->txn, change->store->meta, &k, &v, 0),
                              "cannot write a note");
    }
    em_buf_release(&key);
    em_buf_release(&value);
    return status;
}

static enum em_status write_rows(struct em_change *change, void *context,
                                 struct em_err *err)
{
    struct commit *c = context;
    size_t at = 0;
    while (at < c->rows->n)
        EM_TRY(write_run(change, c, &at, err));
    for (size_t i = 0; i < c->n_ledger; i++)
        EM_TRY(em_change_put_ledger(change, &c->ledger[i], err));
    return c->note ? put_note(change, c->note, err) : EM_OK;
}

/* --- merging generations ------------------------------------------------------------------ */

static enum em_status merge_rows(struct em_merger *merger, struct em_run_writer *writer,
                                 em_filter_fn *filter, void *context, struct em_err *err)
{
    struct em_buf changed;
    enum em_status status;
    em_buf_init(&changed, EM_MAX_VALUE);
    while ((status = em_merger_next(merger, err)) == EM_OK) {
        struct em_view key = em_buf_view(&merger->key);
        struct em_view value = em_buf_view(&merger->value);
        bool keep = true;
        if (filter) {
            em_buf_clear(&changed);
            status = filter(context, key, value, &changed, &keep);
            if (changed.len)
                value = em_buf_view(&changed);
        }
        if (status == EM_OK && keep)
            status = em_run_add(writer, key, value, err);
        if (status != EM_OK)
            break;
    }
    em_buf_release(&changed);
    return status == EM_END ? EM_OK : status;
}

/* Levels below EM_STORE_FANIN merges deep never reach it. */
static bool takes_part(const struct em_run *run, enum em_table table, uint32_t level)
{
    return run->table == table && (level == UINT32_MAX || run->level == level);
}

static enum em_status drop_merged(struct em_change *change, enum em_table table,
                                  uint32_t level, struct em_err *err)
{
    for (size_t i = change->n_runs; i-- > 0;)
        if (takes_part(&change->runs[i], table, level))
            EM_TRY(em_change_drop_run(change, i, err));
    return EM_OK;
}

/* `level`: only runs of that one, which become one of the next; UINT32_MAX: all runs. */
enum em_status em_change_merge(struct em_change *change, enum em_table table,
                               uint32_t level, em_filter_fn *filter, void *context,
                               struct em_err *err)
{
    struct em_merger merger;
    struct em_run_writer writer;
    uint32_t above = 0;
    em_merger_init(&merger, table);
    enum em_status status = em_run_begin(&writer, change->txn, table, change->id, err);
    if (status == EM_OK)
        status = em_merger_reserve(&merger, change->n_runs);
    for (size_t i = 0; i < change->n_runs && status == EM_OK; i++)
        if (takes_part(&change->runs[i], table, level)) {
            above = change->runs[i].level > above ? change->runs[i].level : above;
            status =
                em_merger_add(&merger, change->txn, &change->runs[i], EM_VIEW_NONE, err);
        }
    if (status == EM_OK)
        status = merge_rows(&merger, &writer, filter, context, err);
    if (status == EM_OK)
        status = em_run_end(&writer, err);
    em_merger_release(&merger);
    if (status == EM_OK)
        status = drop_merged(change, table, level, err);
    if (status == EM_OK) {
        writer.run.level = level == UINT32_MAX ? above : level + 1;
        em_change_add_run(change, &writer.run);
    }
    em_run_writer_release(&writer);
    return status;
}

struct compaction {
    enum em_table table;
    uint32_t level;
};

static enum em_status commit_compact(struct em_change *change, void *context,
                                     struct em_err *err)
{
    const struct compaction *c = context;
    return em_change_merge(change, c->table, c->level, NULL, NULL, err);
}

static bool find_compaction(const struct em_store *store, struct compaction *c)
{
    for (size_t i = 0; i < store->n_runs; i++) {
        size_t n = 0;
        for (size_t k = 0; k < store->n_runs; k++)
            n += takes_part(&store->runs[k], store->runs[i].table, store->runs[i].level);
        if (n >= EM_STORE_FANIN) {
            *c = (struct compaction){store->runs[i].table, store->runs[i].level};
            return true;
        }
    }
    return false;
}

enum em_status em_store_commit_noted(struct em_store *store, struct em_rows *rows,
                                     const struct em_ledger *ledger, size_t n_ledger,
                                     const struct em_note *note, struct em_err *err)
{
    struct commit c = {
        .rows = rows, .ledger = ledger, .n_ledger = n_ledger, .note = note};
    struct compaction due;
    em_buf_init(&c.a, EM_MAX_VALUE);
    em_buf_init(&c.b, EM_MAX_VALUE);
    enum em_status status = em_rows_sort(rows);
    if (status == EM_OK)
        status = em_store_change(store, write_rows, &c, err);
    em_buf_release(&c.a);
    em_buf_release(&c.b);
    /* What was to be kept is kept; merging is housekeeping, and is tried again later. */
    while (status == EM_OK && find_compaction(store, &due))
        if (em_store_change(store, commit_compact, &due, NULL) < 0)
            break;
    return status;
}

enum em_status em_store_commit(struct em_store *store, struct em_rows *rows,
                               const struct em_ledger *ledger, size_t n_ledger,
                               struct em_err *err)
{
    return em_store_commit_noted(store, rows, ledger, n_ledger, NULL, err);
}
