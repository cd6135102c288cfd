/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening the frontier's environment, and the lock of its one writer.
 */
#define _DEFAULT_SOURCE /* flock */
#include "crawler/web/frontier/frontier_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum em_status path_in(const struct em_frontier *f, const char *name,
                              struct em_buf *out, struct em_err *err)
{
    em_buf_clear(out);
    if (em_buf_printf(out, "%s/%s", f->dir, name) < 0)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    return EM_OK;
}

/* One writer: whoever holds the lock on DIR/writer. The kernel gives it back when its
 * process ends, however it ends. */
static enum em_status lock_writer(struct em_frontier *f, struct em_err *err)
{
    char holder[32] = "";
    EM_TRY(path_in(f, "writer", &f->scratch, err));
    f->lock = open(f->scratch.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (f->lock < 0)
        return em_fail(err, EM_ERR_IO, "frontier", "cannot open '%s': %s",
                       f->scratch.data, strerror(errno));
    if (flock(f->lock, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(f->lock, holder, sizeof(holder) - 1, 0);
        holder[n > 0 ? n : 0] = '\0';
        return em_fail(err, EM_ERR_IO, "frontier",
                       "'%s' is used by another crawl (process %s); one at a time",
                       f->dir, holder[0] ? holder : "unknown");
    }
    int n = snprintf(holder, sizeof(holder), "%ld", (long)getpid());
    if (ftruncate(f->lock, 0) != 0 || pwrite(f->lock, holder, (size_t)n, 0) != n)
        return em_fail(err, EM_ERR_IO, "frontier", "cannot write '%s': %s",
                       f->scratch.data, strerror(errno));
    return EM_OK;
}

static enum em_status open_databases(struct em_frontier *f, MDB_txn *txn,
                                     struct em_err *err)
{
    unsigned flags = f->reader ? 0 : MDB_CREATE;
    const struct {
        const char *name;
        MDB_dbi *dbi;
    } all[] = {{"meta", &f->meta},
               {"hosts", &f->hosts},
               {"line", &f->line},
               {"robots", &f->robots},
               {"pending", &f->pending}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        int rc = mdb_dbi_open(txn, all[i].name, flags, all[i].dbi);
        if (rc == MDB_NOTFOUND)
            return em_fail(err, EM_ERR_NOTFOUND, "frontier", "'%s' is not a frontier",
                           f->dir);
        EM_TRY(em_db_fail(err, rc, f));
    }
    return EM_OK;
}

/* EM_END: a new one. */
static enum em_status check_format(struct em_frontier *f, MDB_txn *txn,
                                   struct em_err *err)
{
    char bytes[4];
    MDB_val key = em_lmdb_val(EM_VIEW("format")), value;
    int rc = mdb_get(txn, f->meta, &key, &value);
    if (rc == 0) {
        if (value.mv_size != 4 || em_get_be(value.mv_data, 4) != EM_FRONTIER_FORMAT)
            return em_fail(err, EM_ERR_VERSION, "frontier",
                           "'%s' has a format that this program does not know", f->dir);
        return EM_OK;
    }
    if (rc != MDB_NOTFOUND || f->reader)
        return em_db_fail(err, rc, f);
    em_put_be(bytes, EM_FRONTIER_FORMAT, 4);
    value = em_lmdb_val(em_view_make(bytes, 4));
    EM_TRY(em_db_fail(err, mdb_put(txn, f->meta, &key, &value, 0), f));
    return EM_END;
}

static enum em_status open_run(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                               struct em_run *run, struct em_err *err)
{
    char name[32];
    snprintf(name, sizeof(name), "%s.%u", em_family_name(family), run->id);
    int rc = mdb_dbi_open(txn, name, 0, &run->dbi);
    if (rc == MDB_NOTFOUND)
        return em_fail(err, EM_ERR_CHECKSUM, "frontier", "'%s': run %s is missing",
                       f->dir, name);
    return em_db_fail(err, rc, f);
}

static enum em_status load_state(struct em_frontier *f, MDB_txn *txn, struct em_err *err)
{
    MDB_val key = em_lmdb_val(EM_VIEW("state")), value;
    int rc = mdb_get(txn, f->meta, &key, &value);
    if (rc == MDB_NOTFOUND) /* made, and nothing committed */
        return EM_OK;
    EM_TRY(em_db_fail(err, rc, f));
    enum em_status status = em_record_unpack_state(f, em_lmdb_view(&value));
    if (status < 0)
        return em_fail(err, status, "frontier", "'%s': state: %s", f->dir,
                       em_status_text(status));
    for (int t = 0; t < EM_FAMILY_COUNT; t++) {
        for (size_t i = 0; i < f->families[t].n; i++)
            EM_TRY(open_run(f, txn, (enum em_family)t, &f->families[t].runs[i], err));
        if (f->families[t].merge.on)
            EM_TRY(open_run(f, txn, (enum em_family)t, &f->families[t].merge.out, err));
    }
    f->reopened = f->counts.commits > 0;
    return EM_OK;
}

static enum em_status make_env(struct em_frontier *f, struct em_err *err)
{
    struct stat st;
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD;
    EM_TRY(em_db_fail(err, mdb_env_create(&f->env), f));
    EM_TRY(em_db_fail(err, mdb_env_set_maxdbs(f->env, EM_MAX_RUNS + 16), f));
    EM_TRY(path_in(f, "data.mdb", &f->scratch, err));
    size_t size = stat(f->scratch.data, &st) == 0 ? (size_t)st.st_size : 0;
    if (f->reader) {
        if (size == 0)
            return em_fail(err, EM_ERR_NOTFOUND, "frontier", "no frontier in '%s'",
                           f->dir);
        flags |= MDB_RDONLY;
    } else {
        EM_TRY(em_db_fail(err, mdb_env_set_mapsize(f->env, 2 * size + EM_SPARE_MAP), f));
        flags |= f->options.no_sync ? MDB_NOSYNC : 0;
    }
    return em_db_fail(err, mdb_env_open(f->env, f->dir, flags, 0666), f);
}

enum em_status em_db_open(struct em_frontier *f, struct em_err *err)
{
    MDB_txn *txn;
    if (!f->reader) {
        if (mkdir(f->dir, 0777) != 0 && errno != EEXIST)
            return em_fail(err, EM_ERR_IO, "frontier", "cannot make '%s': %s", f->dir,
                           strerror(errno));
        EM_TRY(lock_writer(f, err));
    }
    EM_TRY(make_env(f, err));
    if (f->reader) {
        EM_TRY(em_db_read(f, err));
        txn = f->read;
    } else {
        EM_TRY(em_db_fail(err, mdb_txn_begin(f->env, NULL, 0, &txn), f));
    }
    enum em_status status = open_databases(f, txn, err);
    if (status == EM_OK)
        status = check_format(f, txn, err);
    if (status == EM_OK)
        status = load_state(f, txn, err);
    if (status >= 0)
        status = em_sieve_load(f, txn, err);
    if (f->reader)
        return status;
    if (status < 0) {
        mdb_txn_abort(txn);
        return status;
    }
    return em_db_fail(err, mdb_txn_commit(txn), f);
}

void em_db_close(struct em_frontier *f)
{
    em_db_read_end(f);
    if (f->env)
        mdb_env_close(f->env);
    if (f->lock >= 0)
        close(f->lock);
    f->env = NULL;
    f->lock = -1;
}
