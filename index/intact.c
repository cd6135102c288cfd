/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the file of an index is as long as its pages say, and commits that leave it so.
 *
 * LMDB does not write pages that a transaction took at the file's end and gave back, so a
 * sound file may be shorter than its last page. A commit here makes the file that long
 * afterwards; while it is on its way, DIR/writer says "busy", and a file that is shorter
 * then is believed.
 */
#define _XOPEN_SOURCE 700 /* ftruncate, pread */
#include "index/store_private.h"

#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pages that an index of an older program may lack in that way. */
enum { OLD_LACK = 16 };

static void on_assertion(MDB_env *env, const char *what)
{
    const char *dir = NULL;
    (void)what;
    if (mdb_env_get_path(env, &dir) != 0 || !dir)
        dir = "index";
    em_fault_damaged(dir,
                     "pages of the index are damaged; `echometer validate` says more");
}

enum em_status em_store_watch(struct em_store *store, struct em_err *err)
{
    return em_lmdb_fail(err, mdb_env_set_assert(store->env, on_assertion), store->dir);
}

/* Bytes that the pages take, and those of the file. */
static enum em_status intact_measure(const struct em_store *store, uint64_t *pages,
                                     uint64_t *file, uint64_t *page, struct em_err *err)
{
    MDB_envinfo info;
    MDB_stat stat_;
    struct stat st;
    int fd;
    EM_TRY(em_lmdb_fail(err, mdb_env_info(store->env, &info), store->dir));
    EM_TRY(em_lmdb_fail(err, mdb_env_stat(store->env, &stat_), store->dir));
    EM_TRY(em_lmdb_fail(err, mdb_env_get_fd(store->env, &fd), store->dir));
    if (fstat(fd, &st) != 0)
        return em_fail(err, EM_ERR_IO, "index", "cannot read '%s': %s", store->dir,
                       strerror(errno));
    *page = stat_.ms_psize;
    *pages = ((uint64_t)info.me_last_pgno + 1) * stat_.ms_psize;
    *file = (uint64_t)st.st_size;
    return EM_OK;
}

/* A commit was on its way when its process ended, or is now. */
static bool was_busy(const struct em_store *store)
{
    char path[4096], text[64] = "";
    int n = snprintf(path, sizeof(path), "%s/writer", store->dir);
    int fd = n > 0 && (size_t)n < sizeof(path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (store->lock >= 0)
        return store->was_busy;
    ssize_t got = fd >= 0 ? pread(fd, text, sizeof(text) - 1, 0) : 0;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return strstr(text, EM_STORE_BUSY) != NULL;
}

enum em_status em_store_check_size(const struct em_store *store, bool old,
                                   struct em_err *err)
{
    uint64_t pages = 0, file = 0, page = 0;
    EM_TRY(intact_measure(store, &pages, &file, &page, err));
    if (file + (old ? OLD_LACK * page : 0) >= pages || was_busy(store))
        return EM_OK;
    return em_fail(err, EM_ERR_CHECKSUM, "index",
                   "'%s/data.mdb' is shorter than its pages say: %llu bytes of %llu; the "
                   "index is damaged",
                   store->dir, (unsigned long long)file, (unsigned long long)pages);
}

void em_store_mark(const struct em_store *store, bool busy)
{
    char text[64];
    int n =
        snprintf(text, sizeof(text), "%ld%s", (long)getpid(), busy ? EM_STORE_BUSY : "");
    /* What cannot be said is only missed where the process ends within a commit. */
    if (store->lock >= 0 && pwrite(store->lock, text, (size_t)n, 0) == n &&
        ftruncate(store->lock, n) != 0)
        return;
}

enum em_status em_store_end_write(struct em_store *store, MDB_txn *txn, const char *doing,
                                  struct em_err *err)
{
    uint64_t pages = 0, file = 0, page = 0;
    int fd;
    em_store_mark(store, true);
    enum em_status status = em_lmdb_fail(err, mdb_txn_commit(txn), doing);
    if (status == EM_OK)
        status = intact_measure(store, &pages, &file, &page, err);
    if (status == EM_OK && file < pages && mdb_env_get_fd(store->env, &fd) == 0 &&
        ftruncate(fd, (off_t)pages) != 0)
        return em_fail(err, EM_ERR_IO, "index", "%s: %s", doing, strerror(errno));
    if (status == EM_OK)
        em_store_mark(store, false);
    return status;
}
