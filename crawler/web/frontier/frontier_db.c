/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactions of the frontier's environment.
 *
 * The map is address space, not memory: it is made larger than anything one commit can
 * write before the commit begins, so that a commit never runs into its end.
 */
#include "crawler/web/frontier/frontier_int.h"

#include <errno.h>

enum em_status em_db_fail(struct em_err *err, int rc, const struct em_frontier *f)
{
    if (rc == 0)
        return EM_OK;
    enum em_status status =
        rc == ENOMEM                         ? EM_ERR_NOMEM
        : rc == ENOSPC || rc == MDB_MAP_FULL ? EM_ERR_FULL
        : rc == MDB_CORRUPTED || rc == MDB_INVALID || rc == MDB_PAGE_NOTFOUND
            ? EM_ERR_CHECKSUM
        : rc == MDB_VERSION_MISMATCH         ? EM_ERR_VERSION
        : rc == ENOENT || rc == MDB_NOTFOUND ? EM_ERR_NOTFOUND
                                             : EM_ERR_IO;
    return em_fail(err, status, "frontier", "'%s': %s", f->dir, mdb_strerror(rc));
}

enum em_status em_db_read(struct em_frontier *f, struct em_err *err)
{
    if (f->read)
        return EM_OK;
    int rc = mdb_txn_begin(f->env, NULL, MDB_RDONLY, &f->read);
    if (rc == MDB_MAP_RESIZED) { /* the writer has made it larger meanwhile */
        rc = mdb_env_set_mapsize(f->env, 0);
        if (rc == 0)
            rc = mdb_txn_begin(f->env, NULL, MDB_RDONLY, &f->read);
    }
    if (rc != 0)
        f->read = NULL;
    return em_db_fail(err, rc, f);
}

void em_db_read_end(struct em_frontier *f)
{
    for (int t = 0; t < EM_FAMILY_COUNT; t++)
        for (size_t i = 0; i < f->families[t].n; i++) {
            struct em_run *run = &f->families[t].runs[i];
            if (run->reader)
                mdb_cursor_close(run->reader);
            run->reader = NULL;
        }
    if (f->read)
        mdb_txn_abort(f->read);
    f->read = NULL;
}

enum em_status em_db_write(struct em_frontier *f, MDB_txn **txn, struct em_err *err)
{
    MDB_envinfo info;
    MDB_stat st;
    int stale;
    em_db_read_end(f);
    /* A reader that was killed would keep every page of its time from being used again. */
    EM_TRY(em_db_fail(err, mdb_reader_check(f->env, &stale), f));
    EM_TRY(em_db_fail(err, mdb_env_info(f->env, &info), f));
    EM_TRY(em_db_fail(err, mdb_env_stat(f->env, &st), f));
    size_t used = (info.me_last_pgno + 1) * (size_t)st.ms_psize;
    size_t staged = f->batch.bytes.len + f->batch.n * sizeof(f->batch.items[0]) +
                    f->pages.bytes.len + f->dues.bytes.len + f->notes.len;
    size_t want = used + used / 2 + EM_SPARE_MAP / 2 + 32 * staged;
    if (info.me_mapsize < want)
        EM_TRY(em_db_fail(
            err, mdb_env_set_mapsize(f->env, want + want / 2 + EM_SPARE_MAP / 2), f));
    return em_db_fail(err, mdb_txn_begin(f->env, NULL, 0, txn), f);
}
