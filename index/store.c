/* SPDX-License-Identifier: Apache-2.0
 *
 * See store.h for the picture. Databases of the environment:
 *
 *   meta          format -> version(4);  state -> checksum(4) next-id runs...
 *   ledger        ledger keys -> checksum(4) ledger value
 *   <table>.<id>  a run
 */
#define _DEFAULT_SOURCE /* flock */
#include "index/seal.h"
#include "index/store_private.h"

#include "base/meter.h"
#include "base/alloc.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_DATABASES = 2048,
    MAX_RUNS = 1500,
    FIRST_MAP = 64 << 20, /* bytes; doubles when full */
};

static MDB_val name_of(const char *text)
{
    return em_mdb_val(em_view_of(text));
}

/* --- meta -------------------------------------------------------------------------------- */

enum em_status em_store_pack_state(struct em_buf *out, uint32_t next_id,
                                   const struct em_run *runs, size_t n)
{
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_u64(out, next_id));
    EM_TRY(em_pack_u64(out, n));
    for (size_t i = 0; i < n; i++) {
        EM_TRY(em_pack_view(out, em_view_of(em_table_spec(runs[i].table)->name)));
        EM_TRY(em_pack_u64(out, runs[i].id));
        EM_TRY(em_pack_u64(out, runs[i].level));
        EM_TRY(em_pack_u64(out, runs[i].rows));
        EM_TRY(em_pack_u64(out, runs[i].blocks));
    }
    em_seal(em_view_of(EM_STORE_STATE), out);
    return EM_OK;
}

static bool table_of(struct em_view name, enum em_table *table)
{
    for (int t = 0; t < EM_TABLE_COUNT; t++)
        if (em_view_eq(name, em_view_of(em_table_spec((enum em_table)t)->name))) {
            *table = (enum em_table)t;
            return true;
        }
    return false;
}

enum em_status em_store_reserve_runs(struct em_store *store, size_t n)
{
    if (n <= store->cap_runs)
        return EM_OK;
    size_t cap = n + EM_TABLE_COUNT + 16;
    struct em_run *runs = em_realloc_array(store->runs, cap, sizeof(runs[0]));
    if (!runs)
        return EM_ERR_NOMEM;
    store->runs = runs;
    store->cap_runs = cap;
    return EM_OK;
}

static enum em_status unpack_state(struct em_store *store, struct em_view value)
{
    if (!em_unseal(em_view_of(EM_STORE_STATE), &value))
        return EM_ERR_CHECKSUM;
    struct em_unpack in = em_unpack_of(value);
    store->next_id = (uint32_t)em_unpack_u64(&in);
    uint64_t n = em_unpack_u64(&in);
    if (in.bad || n > MAX_RUNS)
        return EM_ERR_FORMAT;
    EM_TRY(em_store_reserve_runs(store, (size_t)n));
    for (store->n_runs = 0; store->n_runs < n; store->n_runs++) {
        struct em_run *run = &store->runs[store->n_runs];
        *run = (struct em_run){.id = 0};
        bool known = table_of(em_unpack_view(&in), &run->table);
        run->id = (uint32_t)em_unpack_u64(&in);
        run->level = (uint32_t)em_unpack_u64(&in);
        run->rows = em_unpack_u64(&in);
        run->blocks = em_unpack_u64(&in);
        if (in.bad || !known)
            return EM_ERR_FORMAT;
    }
    return em_unpack_done(&in) ? EM_OK : EM_ERR_FORMAT;
}

static enum em_status check_format(const struct em_store *store, MDB_txn *txn,
                                   struct em_err *err)
{
    MDB_val key = name_of("format"), value;
    int rc = mdb_get(txn, store->meta, &key, &value);
    if (rc == MDB_NOTFOUND)
        return em_fail(err, EM_ERR_FORMAT, "index", "'%s' is not an index", store->dir);
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    struct em_unpack in = em_unpack_of(em_mdb_view(&value));
    uint64_t format = em_unpack_be(&in, 4);
    if (em_unpack_done(&in) && format == EM_STORE_OLD_FORMAT &&
        store->mode != EM_STORE_READ)
        return em_fail(err, EM_ERR_VERSION, "index",
                       "'%s' has format %d, which is read and not written to; convert it "
                       "with: echometer merge -o NEW '%s'",
                       store->dir, EM_STORE_OLD_FORMAT, store->dir);
    if (!em_unpack_done(&in) ||
        (format != EM_STORE_FORMAT && format != EM_STORE_OLD_FORMAT))
        return em_fail(err, EM_ERR_VERSION, "index",
                       "'%s' has format %llu; this program reads and writes %d",
                       store->dir, (unsigned long long)format, EM_STORE_FORMAT);
    if (format == EM_STORE_FORMAT)
        EM_TRY(em_store_check_size(store, false, err));
    return EM_OK;
}

/* The list of runs, and a handle for each, as of this transaction. */
enum em_status em_store_load_state(struct em_store *store, MDB_txn *txn,
                                   struct em_err *err)
{
    int rc = mdb_dbi_open(txn, "meta", 0, &store->meta);
    if (rc == 0)
        rc = mdb_dbi_open(txn, "ledger", 0, &store->ledger);
    if (rc == MDB_NOTFOUND)
        return em_fail(err, EM_ERR_FORMAT, "index", "'%s' is not an index", store->dir);
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    EM_TRY(check_format(store, txn, err));
    MDB_val key = name_of(EM_STORE_STATE), value;
    EM_TRY(em_lmdb_fail(err, mdb_get(txn, store->meta, &key, &value), store->dir));
    enum em_status status = unpack_state(store, em_mdb_view(&value));
    if (status < 0)
        return em_fail(err, status, "index", "'%s': list of runs: %s", store->dir,
                       em_status_text(status));
    for (size_t i = 0; i < store->n_runs; i++) {
        char name[EM_RUN_NAME];
        em_run_name(store->runs[i].table, store->runs[i].id, name);
        rc = mdb_dbi_open(txn, name, 0, &store->runs[i].dbi);
        if (rc == MDB_NOTFOUND)
            return em_fail(err, EM_ERR_CHECKSUM, "index", "'%s': run %s is missing",
                           store->dir, name);
        EM_TRY(em_lmdb_fail(err, rc, store->dir));
    }
    return EM_OK;
}

/* --- opening ------------------------------------------------------------------------------ */

static enum em_status path_in(char *out, size_t room, const char *dir, const char *name,
                              struct em_err *err)
{
    int n = snprintf(out, room, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= room)
        return em_fail(err, EM_ERR_LIMIT, "index", "'%s': name too long", dir);
    return EM_OK;
}

/* One writer: whoever holds the lock on DIR/writer. The kernel gives it back when its
 * process ends, however it ends. */
static enum em_status lock_writer(struct em_store *store, struct em_err *err)
{
    char path[4096], holder[32] = "";
    EM_TRY(path_in(path, sizeof(path), store->dir, "writer", err));
    store->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (store->lock < 0)
        return em_fail(err, EM_ERR_IO, "index", "cannot open '%s': %s", path,
                       strerror(errno));
    if (flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(store->lock, holder, sizeof(holder) - 1, 0);
        holder[n > 0 ? n : 0] = '\0';
        holder[strcspn(holder, " ")] = '\0';
        close(store->lock);
        store->lock = -1;
        return em_fail(err, EM_ERR_IO, "index",
                       "'%s' is being written by another process (%s); one writer at a "
                       "time",
                       store->dir, holder[0] ? holder : "unknown");
    }
    ssize_t n = pread(store->lock, holder, sizeof(holder) - 1, 0);
    holder[n > 0 ? n : 0] = '\0';
    store->was_busy = strstr(holder, EM_STORE_BUSY) != NULL;
    em_store_mark(store, store->was_busy);
    return EM_OK;
}

static bool store_exists(const char *dir, const char *name)
{
    char path[4096];
    struct stat st;
    struct em_err ignored;
    return path_in(path, sizeof(path), dir, name, &ignored) >= 0 && stat(path, &st) == 0;
}

static size_t map_size_for(const char *dir)
{
    char path[4096];
    struct stat st;
    struct em_err ignored;
    size_t size = FIRST_MAP;
    if (path_in(path, sizeof(path), dir, "data.mdb", &ignored) >= 0 &&
        stat(path, &st) == 0)
        while (size < (size_t)st.st_size + (size_t)st.st_size / 4)
            size *= 2;
    return size;
}

static enum em_status open_env(struct em_store *store, struct em_err *err)
{
    bool reader = store->mode == EM_STORE_READ;
    unsigned flags = MDB_NOTLS | (reader ? MDB_RDONLY : 0);
    for (;;) {
        EM_TRY(em_lmdb_fail(err, mdb_env_create(&store->env), store->dir));
        int rc = mdb_env_set_maxdbs(store->env, MAX_DATABASES);
        if (rc == 0 && !reader)
            rc = mdb_env_set_mapsize(store->env, map_size_for(store->dir));
        if (rc == 0)
            rc = mdb_env_open(store->env, store->dir, flags, 0666);
        if (rc == 0)
            return em_store_watch(store, err);
        mdb_env_close(store->env);
        store->env = NULL;
        /* Without permission to write there is no lock file either: read on trust. */
        if (reader && (rc == EACCES || rc == EROFS) && !(flags & MDB_NOLOCK))
            flags |= MDB_NOLOCK;
        else
            return em_lmdb_fail(err, rc, store->dir);
    }
}

static enum em_status make_databases(struct em_store *store, MDB_txn *txn,
                                     struct em_err *err)
{
    struct em_buf value;
    em_buf_init(&value, EM_MAX_META);
    enum em_status status =
        em_lmdb_fail(err, mdb_dbi_open(txn, "meta", MDB_CREATE, &store->meta), "meta");
    if (status == EM_OK)
        status = em_lmdb_fail(
            err, mdb_dbi_open(txn, "ledger", MDB_CREATE, &store->ledger), "ledger");
    if (status == EM_OK)
        status = em_pack_be(&value, EM_STORE_FORMAT, 4);
    MDB_val key = name_of("format"), data = em_mdb_val(em_buf_view(&value));
    if (status == EM_OK)
        status = em_lmdb_fail(err, mdb_put(txn, store->meta, &key, &data, 0), "meta");
    if (status == EM_OK)
        status = em_store_pack_state(&value, 1, NULL, 0);
    key = name_of(EM_STORE_STATE);
    data = em_mdb_val(em_buf_view(&value));
    if (status == EM_OK)
        status = em_lmdb_fail(err, mdb_put(txn, store->meta, &key, &data, 0), "meta");
    em_buf_release(&value);
    return status;
}

/* Reads the state; makes it where a writer finds an empty environment. */
static enum em_status open_databases(struct em_store *store, struct em_err *err)
{
    MDB_txn *txn;
    MDB_stat stat;
    bool reader = store->mode == EM_STORE_READ;
    int rc = mdb_txn_begin(store->env, NULL, reader ? MDB_RDONLY : 0, &txn);
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    rc = mdb_env_stat(store->env, &stat);
    enum em_status status = em_lmdb_fail(err, rc, store->dir);
    if (status == EM_OK && !reader && stat.ms_entries == 0)
        status = make_databases(store, txn, err);
    if (status == EM_OK)
        status = em_store_load_state(store, txn, err);
    if (status != EM_OK) {
        mdb_txn_abort(txn);
    } else if (reader) {
        store->read = txn; /* one state for as long as the store is open */
    } else {
        status = em_store_end_write(store, txn, store->dir, err);
    }
    return status;
}

static enum em_status open_store(struct em_store *store, struct em_err *err)
{
    if (store->mode == EM_STORE_READ) {
        if (!store_exists(store->dir, "data.mdb"))
            return em_fail(err, EM_ERR_NOTFOUND, "index", "there is no index in '%s'",
                           store->dir);
    } else {
        if (mkdir(store->dir, 0777) != 0 && errno != EEXIST)
            return em_fail(err, EM_ERR_IO, "index", "cannot make '%s': %s", store->dir,
                           strerror(errno));
        EM_TRY(lock_writer(store, err));
        if (store->mode == EM_STORE_CREATE && store_exists(store->dir, "data.mdb"))
            return em_fail(err, EM_ERR_USAGE, "index",
                           "there is an index in '%s' already", store->dir);
    }
    EM_TRY(open_env(store, err));
    EM_TRY(em_store_check_size(store, true, err));
    if (store->mode != EM_STORE_READ) {
        int dead;
        EM_TRY(em_lmdb_fail(err, mdb_reader_check(store->env, &dead), store->dir));
    }
    return open_databases(store, err);
}

enum em_status em_store_open(struct em_store **out, const char *dir,
                             enum em_store_mode mode, struct em_err *err)
{
    struct em_store *store = em_calloc(1, sizeof(*store));
    *out = NULL;
    if (!store)
        return EM_ERR_NOMEM;
    store->mode = mode;
    store->lock = -1;
    em_buf_init(&store->scratch, EM_MAX_LEDGER_VALUE);
    store->dir = em_strdup(dir);
    enum em_status status = store->dir ? open_store(store, err) : EM_ERR_NOMEM;
    if (status < 0)
        em_store_free(store);
    else
        *out = store;
    return status;
}

void em_store_free(struct em_store *store)
{
    if (!store)
        return;
    em_store_end_read(store);
    if (store->env)
        mdb_env_close(store->env);
    if (store->lock >= 0)
        close(store->lock);
    em_buf_release(&store->scratch);
    em_free(store->runs);
    em_free(store->dir);
    em_free(store);
}

/* --- reading ------------------------------------------------------------------------------ */

enum em_status em_store_read_txn(struct em_store *store, MDB_txn **txn,
                                 struct em_err *err)
{
    if (!store->read)
        EM_TRY(em_lmdb_fail(
            err, mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->read), store->dir));
    *txn = store->read;
    return EM_OK;
}

void em_store_end_read(struct em_store *store)
{
    if (store->read)
        mdb_txn_abort(store->read);
    store->read = NULL;
}

struct em_cursor {
    struct em_merger merger;
    struct em_buf prefix;
};

/* All of a table is read next. */
static void meter_table(const struct em_store *store, enum em_table table)
{
    uint64_t blocks = 0;
    for (size_t i = 0; i < store->n_runs; i++)
        blocks += store->runs[i].table == table ? store->runs[i].blocks : 0;
    em_meter_begin(EM_METER_BLOCKS, em_table_spec(table)->name, blocks);
}

static enum em_status open_cursor(struct em_cursor *cursor, struct em_store *store,
                                  struct em_view prefix, struct em_err *err)
{
    MDB_txn *txn;
    EM_TRY(em_store_read_txn(store, &txn, err));
    EM_TRY(em_buf_append_view(&cursor->prefix, prefix));
    EM_TRY(em_merger_reserve(&cursor->merger, store->n_runs));
    if (prefix.len == 0)
        meter_table(store, cursor->merger.table);
    for (size_t i = 0; i < store->n_runs; i++)
        if (store->runs[i].table == cursor->merger.table)
            EM_TRY(em_merger_add(&cursor->merger, txn, &store->runs[i],
                                 em_buf_view(&cursor->prefix), err));
    return EM_OK;
}

enum em_status em_cursor_open(struct em_cursor **out, struct em_store *store,
                              enum em_table table, struct em_view prefix,
                              struct em_err *err)
{
    struct em_cursor *cursor = em_calloc(1, sizeof(*cursor));
    *out = NULL;
    if (!cursor)
        return EM_ERR_NOMEM;
    em_merger_init(&cursor->merger, table);
    em_buf_init(&cursor->prefix, EM_MAX_KEY);
    enum em_status status = open_cursor(cursor, store, prefix, err);
    if (status < 0)
        em_cursor_free(cursor);
    else
        *out = cursor;
    return status;
}

enum em_status em_cursor_next(struct em_cursor *cursor, struct em_view *key,
                              struct em_view *value, struct em_err *err)
{
    enum em_status status = em_merger_next(&cursor->merger, err);
    if (status != EM_OK)
        return status;
    *key = em_buf_view(&cursor->merger.key);
    *value = em_buf_view(&cursor->merger.value);
    return em_view_starts(*key, em_buf_view(&cursor->prefix)) ? EM_OK : EM_END;
}

void em_cursor_free(struct em_cursor *cursor)
{
    if (!cursor)
        return;
    em_merger_release(&cursor->merger);
    em_buf_release(&cursor->prefix);
    em_free(cursor);
}

enum em_status em_store_get(struct em_store *store, enum em_table table,
                            struct em_view key, struct em_buf *value, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view found_key, found;
    EM_TRY(em_cursor_open(&cursor, store, table, key, err));
    enum em_status status = em_cursor_next(cursor, &found_key, &found, err);
    if (status == EM_END || (status == EM_OK && found_key.len != key.len))
        status = EM_ERR_NOTFOUND;
    if (status == EM_OK)
        status = em_buf_append_view(value, found);
    em_cursor_free(cursor);
    return status;
}

static enum em_status read_ledger(const struct em_store *store, const MDB_val *key,
                                  const MDB_val *value, struct em_ledger *entry,
                                  struct em_err *err)
{
    struct em_view k = em_mdb_view(key), v = em_mdb_view(value);
    enum em_status status =
        v.len > 4 && em_unseal(k, &v) ? em_ledger_read(entry, k, v) : EM_ERR_CHECKSUM;
    return status < 0 ? em_fail(err, EM_ERR_CHECKSUM, "index",
                                "'%s': an entry of the ledger is damaged", store->dir)
                      : EM_OK;
}

enum em_status em_store_ledger_each(struct em_store *store, em_ledger_fn *fn,
                                    void *context, struct em_err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    EM_TRY(em_store_read_txn(store, &txn, err));
    EM_TRY(em_lmdb_fail(err, mdb_cursor_open(txn, store->ledger, &cursor), store->dir));
    enum em_status status = EM_OK;
    while (status == EM_OK) {
        struct em_ledger entry;
        int rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        if (rc == MDB_NOTFOUND)
            break;
        status = em_lmdb_fail(err, rc, store->dir);
        if (status == EM_OK)
            status = read_ledger(store, &key, &value, &entry, err);
        if (status == EM_OK)
            status = fn(context, &entry);
    }
    mdb_cursor_close(cursor);
    return status;
}

enum em_status em_store_ledger_get(struct em_store *store, uint64_t file, uint32_t model,
                                   struct em_ledger *entry, struct em_err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    em_buf_clear(&store->scratch);
    EM_TRY(em_ledger_key(&store->scratch, file, model));
    EM_TRY(em_store_read_txn(store, &txn, err));
    EM_TRY(em_lmdb_fail(err, mdb_cursor_open(txn, store->ledger, &cursor), store->dir));
    struct em_view wanted = em_buf_view(&store->scratch);
    MDB_val key = em_mdb_val(wanted), value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND || (rc == 0 && !em_view_starts(em_mdb_view(&key), wanted)))
        return EM_ERR_NOTFOUND;
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    return read_ledger(store, &key, &value, entry, err);
}

enum em_status em_store_ledger_get_piece(struct em_store *store, uint64_t file,
                                         uint32_t model, uint64_t from,
                                         struct em_ledger *entry, struct em_err *err)
{
    MDB_txn *txn;
    em_buf_clear(&store->scratch);
    EM_TRY(em_ledger_piece_key(&store->scratch, file, model, from));
    EM_TRY(em_store_read_txn(store, &txn, err));
    MDB_val key = em_mdb_val(em_buf_view(&store->scratch)), value;
    int rc = mdb_get(txn, store->ledger, &key, &value);
    if (rc == MDB_NOTFOUND)
        return EM_ERR_NOTFOUND;
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    return read_ledger(store, &key, &value, entry, err);
}

enum em_status em_store_ledger_get_at(struct em_store *store, uint64_t file,
                                      uint32_t model, uint64_t number,
                                      struct em_ledger *entry, struct em_err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    em_buf_clear(&store->scratch);
    EM_TRY(em_ledger_piece_key(&store->scratch, file, model, number));
    EM_TRY(em_store_read_txn(store, &txn, err));
    EM_TRY(em_lmdb_fail(err, mdb_cursor_open(txn, store->ledger, &cursor), store->dir));
    struct em_view wanted = em_buf_view(&store->scratch);
    struct em_view prefix = em_view_sub(wanted, 0, wanted.len - 8);
    MDB_val key = em_mdb_val(wanted), value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    /* The last entry that is not after it. */
    if (rc == MDB_NOTFOUND)
        rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    else if (rc == 0 && !em_view_eq(em_mdb_view(&key), wanted))
        rc = mdb_cursor_get(cursor, &key, &value, MDB_PREV);
    mdb_cursor_close(cursor);
    if (rc == MDB_NOTFOUND || (rc == 0 && !em_view_starts(em_mdb_view(&key), prefix)))
        return EM_ERR_NOTFOUND;
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    return read_ledger(store, &key, &value, entry, err);
}

/* `piece`: only entries of the piece that begins at *piece. */
static enum em_status most_records(struct em_store *store, uint64_t file,
                                   const uint64_t *piece, uint64_t *records,
                                   struct em_err *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    *records = 0;
    em_buf_clear(&store->scratch);
    EM_TRY(em_ledger_key(&store->scratch, file, 0));
    EM_TRY(em_store_read_txn(store, &txn, err));
    EM_TRY(em_lmdb_fail(err, mdb_cursor_open(txn, store->ledger, &cursor), store->dir));
    MDB_val key = em_mdb_val(em_buf_view(&store->scratch)), value;
    enum em_status status = EM_OK;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (rc == 0 && status == EM_OK) {
        struct em_ledger entry;
        status = read_ledger(store, &key, &value, &entry, err);
        if (status == EM_OK && entry.file != file)
            break;
        bool this = !piece ? entry.to == 0 : entry.to && entry.from == *piece;
        if (status == EM_OK && this && entry.records > *records)
            *records = entry.records;
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (status == EM_OK && rc != 0 && rc != MDB_NOTFOUND)
        status = em_lmdb_fail(err, rc, store->dir);
    return status;
}

enum em_status em_store_ledger_most(struct em_store *store, uint64_t file,
                                    uint64_t *records, struct em_err *err)
{
    return most_records(store, file, NULL, records, err);
}

enum em_status em_store_ledger_most_piece(struct em_store *store, uint64_t file,
                                          uint64_t from, uint64_t *records,
                                          struct em_err *err)
{
    return most_records(store, file, &from, records, err);
}

enum em_status em_store_note_key(struct em_buf *out, struct em_view name)
{
    EM_TRY(em_buf_append_view(out, EM_VIEW("note:")));
    return em_pack_be(out, em_name_hash(name), 8);
}

enum em_status em_store_note_get(struct em_store *store, struct em_view name,
                                 uint64_t *value, struct em_err *err)
{
    MDB_txn *txn;
    MDB_val data;
    em_buf_clear(&store->scratch);
    EM_TRY(em_store_note_key(&store->scratch, name));
    EM_TRY(em_store_read_txn(store, &txn, err));
    struct em_view key = em_buf_view(&store->scratch);
    MDB_val k = em_mdb_val(key);
    int rc = mdb_get(txn, store->meta, &k, &data);
    if (rc == MDB_NOTFOUND)
        return EM_ERR_NOTFOUND;
    EM_TRY(em_lmdb_fail(err, rc, store->dir));
    struct em_view sealed = em_mdb_view(&data);
    struct em_unpack in = em_unpack_of(EM_VIEW_NONE);
    if (em_unseal(key, &sealed))
        in = em_unpack_of(sealed);
    *value = em_unpack_u64(&in);
    return em_unpack_done(&in) ? EM_OK
                               : em_fail(err, EM_ERR_CHECKSUM, "index",
                                         "'%s': a note is damaged", store->dir);
}
