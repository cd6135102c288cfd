/* SPDX-License-Identifier: Apache-2.0 */
#include "index/forget.h"

#include "base/alloc.h"
#include "index/cell.h"
#include "index/document.h"
#include "index/store_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many documents of an input (or a piece of one) and model are gone. */
struct gone {
    uint64_t file, documents, from, to; /* to is 0 for a whole file */
    uint32_t model;
};

struct forget {
    struct em_store *store;
    const struct em_forget *what;
    struct em_forgotten gone;
    uint64_t *references;
    struct gone *inputs;
    size_t n, n_inputs, cap, cap_inputs;
    struct em_rows cells; /* of what is gone: hosts and months */
    uint64_t documents;
};

static enum em_status forget_grow(void **array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return EM_OK;
    size_t more = *cap ? 2 * *cap : 256;
    void *grown = em_realloc_array(*array, more, size);
    if (!grown)
        return EM_ERR_NOMEM;
    *array = grown;
    *cap = more;
    return EM_OK;
}

static bool counts_in(const struct gone *input, const struct em_document *d)
{
    return input->file == d->file && input->model == d->model &&
           (input->to == 0 || (d->number >= input->from && d->number < input->to));
}

static enum em_status note_gone(struct forget *f, const struct em_document *d)
{
    void *references = f->references, *inputs = f->inputs;
    enum em_status status =
        forget_grow(&references, f->n, &f->cap, sizeof(f->references[0]));
    f->references = references;
    EM_TRY(status);
    f->references[f->n++] = em_document_reference(d);
    f->documents++;
    EM_TRY(em_cell_rows(&f->cells, d));
    for (size_t i = 0; i < f->n_inputs; i++)
        if (counts_in(&f->inputs[i], d)) {
            f->inputs[i].documents++;
            return EM_OK;
        }
    status = forget_grow(&inputs, f->n_inputs, &f->cap_inputs, sizeof(f->inputs[0]));
    f->inputs = inputs;
    EM_TRY(status);
    struct em_ledger entry;
    EM_TRY(em_store_ledger_get_at(f->store, d->file, d->model, d->number, &entry, NULL));
    f->inputs[f->n_inputs++] = (struct gone){d->file, 1, entry.from, entry.to, d->model};
    return EM_OK;
}

static enum em_status filter_document(void *context, struct em_view key,
                                      struct em_view value, struct em_buf *changed,
                                      bool *keep)
{
    struct forget *f = context;
    struct em_document d;
    (void)changed;
    EM_TRY(em_document_read(&d, key, value));
    if (!em_view_eq(d.domain, f->what->domain) ||
        (f->what->url.len && !em_view_eq(d.url, f->what->url)))
        return EM_OK;
    *keep = false;
    return note_gone(f, &d);
}

struct cell_filter {
    struct forget *forget;
    enum em_table table;
    size_t at; /* in the sorted cells */
};

/* Both come in order of keys. */
static enum em_status filter_cell(void *context, struct em_view key, struct em_view value,
                                  struct em_buf *changed, bool *keep)
{
    struct cell_filter *f = context;
    const struct em_rows *gone = &f->forget->cells;
    struct em_cell cell, less;
    struct em_cell_key parsed;
    bool touched = false;
    while (f->at < gone->n && gone->rows[f->at].table < f->table)
        f->at++;
    EM_TRY(em_cell_read(&parsed, &cell, f->table, key, value));
    for (; f->at < gone->n && gone->rows[f->at].table == f->table &&
           em_view_eq(em_row_key(gone, f->at), key);
         f->at++) {
        EM_TRY(em_cell_read(&parsed, &less, f->table, key, em_row_value(gone, f->at)));
        if (!em_cell_subtract(&cell, &less))
            return EM_ERR_FORMAT;
        touched = true;
    }
    *keep = cell.documents > 0;
    return touched && *keep ? em_cell_value(changed, &cell) : EM_OK;
}

static enum em_status filter_by_spec(void *context, struct em_view key,
                                     struct em_view value, struct em_buf *changed,
                                     bool *keep)
{
    const struct cell_filter *f = context;
    return em_table_spec(f->table)->forget(&f->forget->gone, key, value, changed, keep);
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool has_runs(const struct em_change *change, enum em_table table)
{
    for (size_t i = 0; i < change->n_runs; i++)
        if (change->runs[i].table == table)
            return true;
    return false;
}

static enum em_status filter_table(struct em_change *change, struct forget *f,
                                   enum em_table table, struct em_err *err)
{
    struct cell_filter filter = {.forget = f, .table = table};
    bool cells = table == EM_TABLE_HOSTS || table == EM_TABLE_MONTHS;
    if (!has_runs(change, table) || (!cells && !em_table_spec(table)->forget))
        return EM_OK;
    return em_change_merge(change, table, UINT32_MAX,
                           cells ? filter_cell : filter_by_spec, &filter, err);
}

static enum em_status correct_ledger(struct em_change *change, const struct forget *f,
                                     struct em_err *err)
{
    for (size_t i = 0; i < f->n_inputs; i++) {
        struct em_ledger entry;
        const struct gone *input = &f->inputs[i];
        EM_TRY(em_store_ledger_get_at(change->store, input->file, input->model,
                                      input->from, &entry, err));
        entry.forgotten += input->documents;
        EM_TRY(em_change_put_ledger(change, &entry, err));
    }
    return EM_OK;
}

static enum em_status change_forget(struct em_change *change, void *context,
                                    struct em_err *err)
{
    struct forget *f = context;
    f->store = change->store;
    /* The change may begin again, with a larger map. */
    f->n = f->n_inputs = 0;
    f->documents = 0;
    em_rows_clear(&f->cells);
    if (!has_runs(change, EM_TABLE_DOCUMENTS))
        return EM_OK;
    EM_TRY(
        em_change_merge(change, EM_TABLE_DOCUMENTS, UINT32_MAX, filter_document, f, err));
    if (f->documents == 0)
        return EM_OK;
    EM_TRY(em_rows_sort(&f->cells));
    qsort(f->references, f->n, sizeof(f->references[0]), by_value);
    f->gone = (struct em_forgotten){.domain = f->what->domain,
                                    .whole_domain = f->what->url.len == 0,
                                    .references = f->references,
                                    .n_references = f->n};
    for (int t = EM_TABLE_DOCUMENTS + 1; t < EM_TABLE_COUNT; t++)
        EM_TRY(filter_table(change, f, (enum em_table)t, err));
    return correct_ledger(change, f, err);
}

/* DIR/compact is where the copy is written. It is made before anything is taken out: while
 * it is there, the file may hold in unused pages what was forgotten, also after a crash. */
struct rewrite {
    char folder[4096], copy[4200], target[4200], lock[4200];
    bool pending; /* from an earlier call */
};

static enum em_status begin_rewrite(struct rewrite *r, const char *dir,
                                    struct em_err *err)
{
    int n = snprintf(r->folder, sizeof(r->folder), "%s/compact", dir);
    if (n < 0 || (size_t)n >= sizeof(r->folder))
        return em_fail(err, EM_ERR_LIMIT, "forget", "'%s': name too long", dir);
    snprintf(r->copy, sizeof(r->copy), "%s/data.mdb", r->folder);
    snprintf(r->target, sizeof(r->target), "%s/data.mdb", dir);
    snprintf(r->lock, sizeof(r->lock), "%s/lock.mdb", dir);
    r->pending = mkdir(r->folder, 0777) != 0;
    if (r->pending && errno != EEXIST)
        return em_fail(err, EM_ERR_IO, "forget", "cannot make '%s': %s", r->folder,
                       strerror(errno));
    return EM_OK;
}

/* A compact copy takes the place of the environment: the lock on writing is held until it
 * has. */
static enum em_status rewrite_file(struct em_store *store, const struct rewrite *r,
                                   struct em_err *err)
{
    (void)unlink(r->copy);
    em_store_end_read(store);
    EM_TRY(em_lmdb_fail(err, mdb_env_copy2(store->env, r->folder, MDB_CP_COMPACT),
                        "cannot write a copy"));
    mdb_env_close(store->env);
    store->env = NULL;
    (void)unlink(r->lock);
    if (rename(r->copy, r->target) != 0)
        return em_fail(err, EM_ERR_IO, "forget", "cannot rename '%s': %s", r->copy,
                       strerror(errno));
    (void)rmdir(r->folder);
    return EM_OK;
}

enum em_status em_index_forget(const char *dir, const struct em_forget *what,
                               uint64_t *documents, struct em_err *err)
{
    struct forget f = {.what = what};
    struct rewrite rewrite;
    struct em_store *store;
    *documents = 0;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err)); /* an index must be there */
    em_store_free(store);
    EM_TRY(em_store_open(&store, dir, EM_STORE_WRITE, err));
    em_rows_init(&f.cells);
    enum em_status status = begin_rewrite(&rewrite, dir, err);
    if (status == EM_OK)
        status = em_store_change(store, change_forget, &f, err);
    if (status == EM_OK && (f.documents || rewrite.pending))
        status = rewrite_file(store, &rewrite, err);
    else if (status == EM_OK)
        (void)rmdir(rewrite.folder);
    *documents = f.documents;
    em_rows_release(&f.cells);
    em_free(f.references);
    em_free(f.inputs);
    em_store_free(store);
    return status;
}
