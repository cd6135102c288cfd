/* SPDX-License-Identifier: Apache-2.0
 *
 * One step of a merge: a bounded number of indexes into OUT.part, then OUT.
 *
 * Chunks of blocks are appended to one run a table and committed some 64 MB at a time; with
 * each commit goes a note (the key "merge" in meta) of what is merged and how far it came.
 * OUT.part with the same note is gone on with; the last commit copies the ledger and takes
 * the note away.
 */
#include "index/merge_private.h"
#include "index/seal.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTE_KEY "merge"
/* A commit is a few synchronous writes: rare enough to be cheap, and no more than this is
 * in memory and lost when the merge is killed. */
#define COMMIT_BYTES   ((size_t)64 << 20)
#define COMMIT_SECONDS 10.0
enum { MAX_BATCH = 4096 };

struct note {
    uint64_t fingerprint, rows, read;
    enum em_table table; /* that is being merged; EM_TABLE_COUNT: none is left */
    struct em_buf from;  /* the first key that is not in it yet */
};

struct work {
    const struct em_merge_step *step;
    struct em_merge_parts parts;
    struct em_store *store;
    struct note note;
    struct em_merge_chunk *batch;
    size_t n_batch, batch_bytes;
    uint64_t all; /* blocks of the parts */
    bool resumed;
    double committed;
};

/* --- the note ------------------------------------------------------------------------------ */

static enum em_status pack_note(struct em_buf *out, const struct note *note)
{
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_be(out, note->fingerprint, 8));
    EM_TRY(em_pack_view(out, em_view_of(note->table < EM_TABLE_COUNT
                                            ? em_table_spec(note->table)->name
                                            : "")));
    EM_TRY(em_pack_view(out, em_buf_view(&note->from)));
    EM_TRY(em_pack_u64(out, note->rows));
    EM_TRY(em_pack_u64(out, note->read));
    em_seal(em_view_of(NOTE_KEY), out);
    return EM_OK;
}

static enum em_status put_note(struct em_change *change, const struct note *note,
                               struct em_err *err)
{
    struct em_buf value;
    em_buf_init(&value, EM_MAX_META);
    enum em_status status = pack_note(&value, note);
    MDB_val k = em_mdb_val(em_view_of(NOTE_KEY)), v = em_mdb_val(em_buf_view(&value));
    if (status == EM_OK)
        status = em_lmdb_fail(err, mdb_put(change->txn, change->store->meta, &k, &v, 0),
                              "cannot write how far the merge is");
    em_buf_release(&value);
    return status;
}

static bool unpack_note(struct note *note, struct em_view value)
{
    if (!em_unseal(em_view_of(NOTE_KEY), &value))
        return false;
    struct em_unpack in = em_unpack_of(value);
    note->fingerprint = em_unpack_be(&in, 8);
    struct em_view table = em_unpack_view(&in), from = em_unpack_view(&in);
    note->rows = em_unpack_u64(&in);
    note->read = em_unpack_u64(&in);
    note->table = EM_TABLE_COUNT;
    for (int t = 0; t < EM_TABLE_COUNT; t++)
        if (em_view_eq(table, em_view_of(em_table_spec((enum em_table)t)->name)))
            note->table = (enum em_table)t;
    em_buf_clear(&note->from);
    return em_unpack_done(&in) && em_buf_append_view(&note->from, from) == EM_OK;
}

/* True where what is in the store was begun by the same merge. */
static bool read_note(struct work *w)
{
    MDB_txn *txn;
    MDB_val key = em_mdb_val(em_view_of(NOTE_KEY)), value;
    struct note note = {.rows = 0};
    em_buf_init(&note.from, EM_MAX_KEY);
    if (em_store_read_txn(w->store, &txn, NULL) == EM_OK &&
        mdb_get(txn, w->store->meta, &key, &value) == 0 &&
        unpack_note(&note, em_mdb_view(&value)) &&
        note.fingerprint == w->note.fingerprint) {
        em_buf_release(&w->note.from);
        w->note = note;
        return true;
    }
    em_buf_release(&note.from);
    return false;
}

/* --- commits ------------------------------------------------------------------------------- */

static struct em_run *run_of(struct em_change *change, enum em_table table)
{
    for (size_t i = 0; i < change->n_runs; i++)
        if (change->runs[i].table == table)
            return &change->runs[i];
    return NULL;
}

static enum em_status open_run(struct em_change *change, enum em_table table,
                               struct em_run **run, struct em_err *err)
{
    *run = run_of(change, table);
    if (*run)
        return EM_OK;
    char name[EM_RUN_NAME];
    struct em_run new = {.table = table, .id = change->id, .level = 1};
    em_run_name(table, new.id, name);
    int rc = mdb_dbi_open(change->txn, name, MDB_CREATE, &new.dbi);
    EM_TRY(em_lmdb_fail(err, rc, "cannot begin a run"));
    em_change_add_run(change, &new);
    *run = run_of(change, table);
    return EM_OK;
}

static enum em_status append_chunk(struct em_change *change, struct em_run *run,
                                   const struct em_merge_chunk *chunk, struct em_err *err)
{
    const char *p = chunk->bytes.data, *end = p + chunk->bytes.len;
    while (p < end) {
        uint32_t head[3];
        memcpy(head, p, sizeof(head));
        p += sizeof(head);
        MDB_val key = em_mdb_val(em_view_make(p, head[0]));
        MDB_val value = em_mdb_val(em_view_make(p + head[0], head[1]));
        int rc = mdb_put(change->txn, run->dbi, &key, &value, MDB_APPEND);
        EM_TRY(em_lmdb_fail(err, rc, "cannot write a block"));
        run->rows += head[2];
        run->blocks++;
        p += head[0] + head[1];
    }
    return EM_OK;
}

static enum em_status write_batch(struct em_change *change, void *context,
                                  struct em_err *err)
{
    struct work *w = context;
    struct em_run *run = NULL;
    for (size_t i = 0; i < w->n_batch; i++) {
        if (w->batch[i].blocks == 0)
            continue;
        EM_TRY(open_run(change, w->note.table, &run, err));
        EM_TRY(append_chunk(change, run, &w->batch[i], err));
    }
    /* Where the next one continues: after this batch. */
    struct note next = w->note;
    const struct em_merge_chunk *last = w->n_batch ? &w->batch[w->n_batch - 1] : NULL;
    if (last)
        next.from = last->to;
    if (!last || last->to.len == 0)
        next.table++;
    for (size_t i = 0; i < w->n_batch; i++) {
        next.rows += w->batch[i].rows;
        next.read += w->batch[i].read;
    }
    return put_note(change, &next, err);
}

static enum em_status commit_batch(struct work *w, struct em_err *err)
{
    enum em_status status = em_store_change(w->store, write_batch, w, err);
    for (size_t i = 0; i < w->n_batch; i++) {
        struct em_merge_chunk *chunk = &w->batch[i];
        if (status == EM_OK) {
            w->note.rows += chunk->rows;
            w->note.read += chunk->read;
            em_buf_clear(&w->note.from);
            status = em_buf_append_view(&w->note.from, em_buf_view(&chunk->to));
        }
        em_merge_chunk_release(chunk);
    }
    w->n_batch = w->batch_bytes = 0;
    w->committed = em_clock_now();
    return status;
}

struct ledger_copy {
    struct em_change *change;
    struct em_err *err;
};

static enum em_status copy_entry(void *context, const struct em_ledger *entry)
{
    struct ledger_copy *copy = context;
    return em_change_put_ledger(copy->change, entry, copy->err);
}

static enum em_status merge_step_finish(struct em_change *change, void *context,
                                        struct em_err *err)
{
    struct work *w = context;
    struct ledger_copy copy = {change, err};
    for (size_t p = 0; p < w->parts.n; p++)
        EM_TRY(em_store_ledger_each(w->parts.stores[p], copy_entry, &copy, err));
    MDB_val key = em_mdb_val(em_view_of(NOTE_KEY));
    int rc = mdb_del(change->txn, change->store->meta, &key, NULL);
    return rc == MDB_NOTFOUND ? EM_OK : em_lmdb_fail(err, rc, "cannot end the merge");
}

/* --- tables -------------------------------------------------------------------------------- */

static bool merge_step_stopped(const struct work *w)
{
    return w->step->stop &&
           atomic_load_explicit(w->step->stop, memory_order_relaxed) != 0;
}

static void merge_step_show(const struct work *w)
{
    uint64_t read = w->note.read, rows = w->note.rows;
    for (size_t i = 0; i < w->n_batch; i++) {
        read += w->batch[i].read;
        rows += w->batch[i].rows;
    }
    /* A block whose first key ends a range in another index counts again after a stop. */
    read = read < w->all ? read : w->all;
    if (w->step->show)
        w->step->show(w->step->context, em_table_spec(w->note.table)->name, read, w->all,
                      rows, w->resumed);
}

static enum em_status merge_table(struct work *w, struct em_err *err)
{
    struct em_merge_ranges *ranges;
    EM_TRY(em_merge_ranges_begin(&ranges, &w->parts, w->note.table,
                                 em_buf_view(&w->note.from), w->step->threads, err));
    enum em_status status = EM_OK;
    while (status == EM_OK) {
        merge_step_show(w);
        if (merge_step_stopped(w)) {
            status = w->n_batch ? commit_batch(w, err) : EM_OK;
            if (status == EM_OK)
                status = em_fail(err, EM_ERR_INTERRUPTED, "merge",
                                 "interrupted; run the same command again to resume");
            break;
        }
        struct em_merge_chunk *chunk = &w->batch[w->n_batch];
        status = em_merge_ranges_next(ranges, chunk, err);
        if (status != EM_OK)
            break;
        w->batch_bytes += chunk->bytes.len;
        w->n_batch++;
        bool last = chunk->to.len == 0;
        if (last || w->batch_bytes >= COMMIT_BYTES || w->n_batch == MAX_BATCH ||
            em_clock_now() - w->committed > COMMIT_SECONDS)
            status = commit_batch(w, err);
    }
    em_merge_ranges_end(ranges);
    return status < 0 ? status : EM_OK;
}

static enum em_status merge_tables(struct work *w, struct em_err *err)
{
    while (w->note.table < EM_TABLE_COUNT) {
        EM_TRY(merge_table(w, err));
        w->note.table++;
        em_buf_clear(&w->note.from);
    }
    return em_store_change(w->store, merge_step_finish, w, err);
}

/* --- the step ------------------------------------------------------------------------------ */

static enum em_status merge_step_path_of(char *path, size_t room, const char *out,
                                         const char *suffix, struct em_err *err)
{
    int n = snprintf(path, room, "%s%s", out, suffix);
    if (n < 0 || (size_t)n >= room)
        return em_fail(err, EM_ERR_LIMIT, "merge", "'%s': name too long", out);
    return EM_OK;
}

void em_index_remove(const char *dir)
{
    static const char *const names[] = {"/data.mdb", "/lock.mdb", "/writer"};
    char path[4096];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (merge_step_path_of(path, sizeof(path), dir, names[i], NULL) == EM_OK)
            (void)unlink(path);
    (void)rmdir(dir);
}

/* What is merged has about the size of all its parts; asking for room once spares beginning
 * a commit again for every doubling. Only address space is taken. */
static enum em_status merge_step_make_room(struct work *w, struct em_err *err)
{
    MDB_envinfo info;
    size_t bytes = (size_t)64 << 20;
    for (size_t p = 0; p < w->parts.n; p++) {
        char path[4096];
        struct stat st;
        EM_TRY(merge_step_path_of(path, sizeof(path), w->parts.stores[p]->dir,
                                  "/data.mdb", err));
        if (stat(path, &st) == 0)
            bytes += (size_t)st.st_size + (size_t)st.st_size / 4;
    }
    em_store_end_read(w->store);
    EM_TRY(em_lmdb_fail(err, mdb_env_info(w->store->env, &info), w->store->dir));
    bytes = (bytes / 4096 + 1) * 4096;
    if (bytes <= info.me_mapsize)
        return EM_OK;
    return em_lmdb_fail(err, mdb_env_set_mapsize(w->store->env, bytes),
                        "cannot make the map larger");
}

static enum em_status open_store(struct work *w, const char *part, struct em_err *err)
{
    struct stat st;
    if (stat(part, &st) == 0) {
        struct em_err ignored = {.status = EM_OK};
        if (em_store_open(&w->store, part, EM_STORE_WRITE, &ignored) == EM_OK) {
            w->resumed = read_note(w);
            if (w->resumed)
                return merge_step_make_room(w, err);
            em_store_free(w->store);
            w->store = NULL;
        } else if (ignored.status == EM_ERR_IO) {
            if (err)
                *err = ignored; /* another process writes it */
            return ignored.status;
        }
        em_index_remove(part);
    }
    EM_TRY(em_store_open(&w->store, part, EM_STORE_CREATE, err));
    return merge_step_make_room(w, err);
}

static enum em_status run_step(struct work *w, const char *part, struct em_err *err)
{
    const struct em_merge_step *s = w->step;
    w->batch = em_calloc(MAX_BATCH, sizeof(w->batch[0]));
    if (!w->batch)
        return EM_ERR_NOMEM;
    EM_TRY(em_merge_parts_open(&w->parts, s->dirs, s->n_dirs, s->threads, err));
    for (size_t p = 0; p < w->parts.n; p++)
        for (size_t i = 0; i < w->parts.stores[p]->n_runs; i++)
            w->all += w->parts.stores[p]->runs[i].blocks;
    EM_TRY(open_store(w, part, err));
    w->committed = em_clock_now();
    return merge_tables(w, err);
}

enum em_status em_merge_step_run(const struct em_merge_step *step, struct em_err *err)
{
    struct work w = {.step = step, .note = {.fingerprint = step->fingerprint}};
    char part[4096];
    EM_TRY(merge_step_path_of(part, sizeof(part), step->out, ".part", err));
    em_buf_init(&w.note.from, EM_MAX_KEY);
    enum em_status status = run_step(&w, part, err);
    for (size_t i = 0; w.batch && i < w.n_batch; i++)
        em_merge_chunk_release(&w.batch[i]);
    em_store_free(w.store);
    em_merge_parts_close(&w.parts);
    em_buf_release(&w.note.from);
    em_free(w.batch);
    if (status == EM_OK && rename(part, step->out) != 0)
        status = em_fail(err, EM_ERR_IO, "merge", "cannot rename '%s' to '%s': %s", part,
                         step->out, strerror(errno));
    return status;
}
