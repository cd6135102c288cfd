/* SPDX-License-Identifier: Apache-2.0 */
#include "index/merge.h"

#include "base/alloc.h"
#include "index/store_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files open for each index: its environment, and LMDB's lock. */
enum { FILES_PER_INDEX = 2, FILES_SPARE = 32 };

struct merge {
    struct em_store **parts;
    size_t n;
    em_merge_progress_fn *progress;
    void *context;
};

/* One input and model, and which index has it: to find those in two. */
struct seen {
    uint64_t file;
    size_t part;
    char name[200];
};

struct seen_list {
    struct seen *seen;
    size_t n, cap, part;
};

static enum em_status remember(void *context, const struct em_ledger *entry)
{
    struct seen_list *list = context;
    if (list->n == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 256;
        struct seen *more = em_realloc_array(list->seen, cap, sizeof(more[0]));
        if (!more)
            return EM_ERR_NOMEM;
        list->seen = more;
        list->cap = cap;
    }
    struct seen *seen = &list->seen[list->n++];
    *seen = (struct seen){.file = entry->file, .part = list->part};
    snprintf(seen->name, sizeof(seen->name), "%.*s", (int)(entry->name.len % 190),
             entry->name.data);
    return EM_OK;
}

static int by_file(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->part > y->part) - (x->part < y->part);
}

static enum em_status check_overlap(const struct merge *m, struct em_err *err)
{
    struct seen_list list = {.seen = NULL};
    enum em_status status = EM_OK;
    for (list.part = 0; list.part < m->n && status == EM_OK; list.part++)
        status = em_store_ledger_each(m->parts[list.part], remember, &list, err);
    if (list.n)
        qsort(list.seen, list.n, sizeof(list.seen[0]), by_file);
    for (size_t i = 1; i < list.n && status == EM_OK; i++) {
        const struct seen *a = &list.seen[i - 1], *b = &list.seen[i];
        if (a->file == b->file && a->part != b->part)
            status = em_fail(err, EM_ERR_USAGE, "merge",
                             "'%.60s' was read in both '%.60s' and '%.60s'", a->name,
                             m->parts[a->part]->dir, m->parts[b->part]->dir);
    }
    em_free(list.seen);
    return status;
}

static enum em_status add_part_runs(struct em_merger *merger, struct em_store *part,
                                    struct em_err *err)
{
    MDB_txn *txn;
    EM_TRY(em_store_read_txn(part, &txn, err));
    for (size_t i = 0; i < part->n_runs; i++)
        if (part->runs[i].table == merger->table)
            EM_TRY(em_merger_add(merger, txn, &part->runs[i], EM_VIEW_NONE, err));
    return EM_OK;
}

static uint64_t count_rows(const struct merge *m, enum em_table table, size_t *runs)
{
    uint64_t rows = 0;
    *runs = 0;
    for (size_t p = 0; p < m->n; p++)
        for (size_t i = 0; i < m->parts[p]->n_runs; i++)
            if (m->parts[p]->runs[i].table == table) {
                rows += m->parts[p]->runs[i].rows;
                ++*runs;
            }
    return rows;
}

static enum em_status merge_table(struct em_change *change, struct merge *m,
                                  enum em_table table, struct em_err *err)
{
    struct em_merger merger;
    struct em_run_writer writer;
    size_t runs;
    uint64_t rows = count_rows(m, table, &runs);
    if (runs == 0)
        return EM_OK;
    if (m->progress)
        m->progress(m->context, em_table_spec(table)->name, rows);
    em_merger_init(&merger, table);
    enum em_status status = em_run_begin(&writer, change->txn, table, change->id, err);
    if (status == EM_OK)
        status = em_merger_reserve(&merger, runs);
    for (size_t p = 0; p < m->n && status == EM_OK; p++)
        status = add_part_runs(&merger, m->parts[p], err);
    while (status == EM_OK && (status = em_merger_next(&merger, err)) == EM_OK)
        status = em_run_add(&writer, em_buf_view(&merger.key), em_buf_view(&merger.value),
                            err);
    if (status == EM_END)
        status = em_run_end(&writer, err);
    if (status == EM_OK) {
        writer.run.level = 1;
        em_change_add_run(change, &writer.run);
    }
    em_merger_release(&merger);
    em_run_writer_release(&writer);
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

static enum em_status merge_all(struct em_change *change, void *context,
                                struct em_err *err)
{
    struct merge *m = context;
    struct ledger_copy copy = {change, err};
    for (int t = 0; t < EM_TABLE_COUNT; t++)
        EM_TRY(merge_table(change, m, (enum em_table)t, err));
    for (size_t p = 0; p < m->n; p++)
        EM_TRY(em_store_ledger_each(m->parts[p], copy_entry, &copy, err));
    return EM_OK;
}

/* As many files as the system lets us, and a clear word where that is too few. */
static enum em_status allow_files(size_t n_dirs, struct em_err *err)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)(n_dirs * FILES_PER_INDEX + FILES_SPARE);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return EM_OK;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < need)
        return em_fail(err, EM_ERR_LIMIT, "merge",
                       "%zu indexes need %llu open files, but only %llu are allowed; "
                       "merge them in groups, then the groups",
                       n_dirs, (unsigned long long)need,
                       (unsigned long long)limit.rlim_cur);
    return EM_OK;
}

static enum em_status open_parts(struct merge *m, const char *const *dirs, size_t n,
                                 struct em_err *err)
{
    EM_TRY(allow_files(n, err));
    m->parts = em_calloc(n ? n : 1, sizeof(m->parts[0]));
    if (!m->parts)
        return EM_ERR_NOMEM;
    for (; m->n < n; m->n++)
        EM_TRY(em_store_open(&m->parts[m->n], dirs[m->n], EM_STORE_READ, err));
    return check_overlap(m, err);
}

void em_index_remove(const char *dir)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "writer"};
    char path[4096];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        int n = snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        if (n > 0 && (size_t)n < sizeof(path))
            (void)unlink(path);
    }
    (void)rmdir(dir);
}

static enum em_status write_merged(struct merge *m, const char *part, struct em_err *err)
{
    struct em_store *store;
    em_index_remove(part);
    EM_TRY(em_store_open(&store, part, EM_STORE_CREATE, err));
    enum em_status status = em_store_change(store, merge_all, m, err);
    em_store_free(store);
    return status;
}

enum em_status em_index_merge(const char *out, const char *const *dirs, size_t n_dirs,
                              em_merge_progress_fn *progress, void *context,
                              struct em_err *err)
{
    struct merge m = {.progress = progress, .context = context};
    struct stat st;
    char part[4096];
    int len = snprintf(part, sizeof(part), "%s.part", out);
    if (len < 0 || (size_t)len >= sizeof(part))
        return em_fail(err, EM_ERR_LIMIT, "merge", "'%s': name too long", out);
    if (stat(out, &st) == 0 && rmdir(out) != 0)
        return em_fail(err, EM_ERR_USAGE, "merge", "there is something in '%s' already",
                       out);
    enum em_status status = open_parts(&m, dirs, n_dirs, err);
    if (status == EM_OK)
        status = write_merged(&m, part, err);
    if (status == EM_OK && rename(part, out) != 0)
        status = em_fail(err, EM_ERR_IO, "merge", "cannot rename '%s' to '%s': %s", part,
                         out, strerror(errno));
    for (size_t i = 0; i < m.n; i++)
        em_store_free(m.parts[i]);
    em_free(m.parts);
    return status;
}
