/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorted runs: what is written once by appending, read by merging, and merged into longer
 * ones, so that nothing is ever inserted at random into a large tree.
 *
 *     level 0   [run][run][run]         one a commit; EM_RUN_FANIN of them become
 *     level 1   [     run     ][...]    one of the next level, and so on
 *
 * A row is thus rewritten once a level, and a family of n rows has about
 * EM_RUN_FANIN x log(n) runs. A merge continues for a bounded number of rows in each commit;
 * meanwhile its inputs are read and its output is not. Rows that no one needs any more are
 * left out when they are merged.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <stdio.h>
#include <stdlib.h>

const char *em_family_name(enum em_family family)
{
    static const char *const names[EM_FAMILY_COUNT] = {"seen", "queue", "page", "due"};
    return names[family];
}

/* --- writing ----------------------------------------------------------------------------- */

enum em_status em_run_new(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                          uint32_t level, struct em_run *run, struct em_err *err)
{
    char name[32];
    *run = (struct em_run){.id = f->next_run++, .level = level};
    snprintf(name, sizeof(name), "%s.%u", em_family_name(family), run->id);
    return em_db_fail(err, mdb_dbi_open(txn, name, MDB_CREATE, &run->dbi), f);
}

enum em_status em_run_append(struct em_frontier *f, MDB_cursor *to, struct em_run *run,
                             struct em_view key, struct em_view value, struct em_err *err)
{
    MDB_val k = em_lmdb_val(key), v = em_lmdb_val(value);
    EM_TRY(em_db_fail(err, mdb_cursor_put(to, &k, &v, MDB_APPEND), f));
    run->rows++;
    run->bytes += key.len + value.len;
    f->work++;
    return EM_OK;
}

/* Runs of its level and of all below stand after it. */
enum em_status em_run_keep(struct em_frontier *f, enum em_family family,
                           const struct em_run *run, struct em_err *err)
{
    struct em_runs *runs = &f->families[family];
    size_t at = runs->n, all = 0;
    for (int t = 0; t < EM_FAMILY_COUNT; t++)
        all += f->families[t].n;
    if (all >= EM_MAX_RUNS - EM_FAMILY_COUNT)
        return em_fail(err, EM_ERR_LIMIT, "frontier", "%zu runs", all);
    if (runs->n == runs->cap) {
        size_t cap = runs->cap ? 2 * runs->cap : 16;
        struct em_run *more = em_realloc_array(runs->runs, cap, sizeof(more[0]));
        if (!more)
            return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
        runs->runs = more;
        runs->cap = cap;
    }
    while (at > 0 && runs->runs[at - 1].level < run->level)
        at--;
    memmove(&runs->runs[at + 1], &runs->runs[at], (runs->n - at) * sizeof(*run));
    runs->runs[at] = *run;
    runs->n++;
    return EM_OK;
}

enum em_status em_rowset_add(struct em_rowset *set, struct em_view key,
                             struct em_view value)
{
    if (set->n == set->cap) {
        size_t cap = set->cap ? 2 * set->cap : 64;
        void *rows = em_realloc_array(set->rows, cap, sizeof(set->rows[0]));
        if (!rows)
            return EM_ERR_NOMEM;
        set->rows = rows;
        set->cap = cap;
    }
    size_t at = set->bytes.len;
    EM_TRY(em_buf_append_view(&set->bytes, key));
    EM_TRY(em_buf_append_view(&set->bytes, value));
    set->rows[set->n++] = (struct em_row_at){
        .at = at, .key_len = (uint32_t)key.len, .value_len = (uint32_t)value.len};
    return EM_OK;
}

void em_rowset_release(struct em_rowset *set)
{
    em_buf_release(&set->bytes);
    em_free(set->rows);
    set->rows = NULL;
    set->n = set->cap = 0;
}

struct sorted {
    struct em_view key, value;
    size_t order;
};

static int compare_keys(struct em_view a, struct em_view b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, n);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int frontier_runs_by_key(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    int order = compare_keys(x->key, y->key);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static enum em_status append_sorted(struct em_frontier *f, MDB_txn *txn,
                                    enum em_family family, const struct sorted *sorted,
                                    size_t n, struct em_err *err)
{
    struct em_run run;
    MDB_cursor *to;
    EM_TRY(em_run_new(f, txn, family, 0, &run, err));
    EM_TRY(em_db_fail(err, mdb_cursor_open(txn, run.dbi, &to), f));
    enum em_status status = EM_OK;
    for (size_t i = 0; i < n && status == EM_OK; i++)
        if (i + 1 == n || compare_keys(sorted[i].key, sorted[i + 1].key) != 0)
            status = em_run_append(f, to, &run, sorted[i].key, sorted[i].value, err);
    mdb_cursor_close(to);
    EM_TRY(status);
    return em_run_keep(f, family, &run, err);
}

enum em_status em_runs_write(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                             struct em_rowset *set, struct em_err *err)
{
    if (set->n == 0)
        return EM_OK;
    struct sorted *sorted = em_malloc(set->n * sizeof(sorted[0]));
    if (!sorted)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    for (size_t i = 0; i < set->n; i++) {
        const char *bytes = set->bytes.data + set->rows[i].at;
        sorted[i] = (struct sorted){
            .key = em_view_make(bytes, set->rows[i].key_len),
            .value = em_view_make(bytes + set->rows[i].key_len, set->rows[i].value_len),
            .order = i};
    }
    qsort(sorted, set->n, sizeof(sorted[0]), frontier_runs_by_key);
    enum em_status status = append_sorted(f, txn, family, sorted, set->n, err);
    em_free(sorted);
    set->n = 0;
    em_buf_clear(&set->bytes);
    return status;
}

/* --- reading ----------------------------------------------------------------------------- */

/* A cursor on a run: one kept with the run for the reading transaction, else a new one. */
static enum em_status cursor_on(struct em_frontier *f, MDB_txn *txn, struct em_run *run,
                                MDB_cursor **cursor, bool *own, struct em_err *err)
{
    *own = txn != f->read;
    if (!*own && run->reader) {
        *cursor = run->reader;
        return EM_OK;
    }
    int rc = mdb_cursor_open(txn, run->dbi, cursor);
    if (rc == 0 && !*own)
        run->reader = *cursor;
    return em_db_fail(err, rc, f);
}

enum em_status em_runs_get(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                           struct em_view key, struct em_view *value, struct em_err *err)
{
    struct em_runs *runs = &f->families[family];
    for (size_t i = runs->n; i-- > 0;) {
        MDB_val k = em_lmdb_val(key), v;
        int rc = mdb_get(txn, runs->runs[i].dbi, &k, &v);
        if (rc == MDB_NOTFOUND)
            continue;
        EM_TRY(em_db_fail(err, rc, f));
        *value = em_lmdb_view(&v);
        return EM_OK;
    }
    return EM_ERR_NOTFOUND;
}

enum em_status em_page_row_get(struct em_frontier *f, MDB_txn *txn, uint64_t hash,
                               struct em_page_row *page, struct em_err *err)
{
    struct em_view value;
    char bytes[8];
    em_put_be(bytes, hash, 8);
    struct em_view key = em_view_make(bytes, 8);
    enum em_status status = em_runs_get(f, txn, EM_FAMILY_PAGE, key, &value, err);
    if (status == EM_OK)
        status = em_record_unpack_page(page, key, value);
    return status < 0 && status != EM_ERR_NOTFOUND
               ? em_fail(err, status, "frontier", "what became of a URL: %s",
                         em_status_text(status))
               : status;
}

static enum em_status frontier_runs_step(struct em_scan_part *part, struct em_frontier *f,
                                         MDB_cursor_op op, struct em_view from,
                                         struct em_err *err)
{
    MDB_val key = em_lmdb_val(from), value;
    int rc = mdb_cursor_get(part->cursor, &key, &value, op);
    part->live = rc == 0;
    if (rc == MDB_NOTFOUND)
        return EM_OK;
    EM_TRY(em_db_fail(err, rc, f));
    part->key = em_lmdb_view(&key);
    part->value = em_lmdb_view(&value);
    return EM_OK;
}

static enum em_status scan_add(struct em_scan *scan, struct em_frontier *f, MDB_txn *txn,
                               struct em_run *run, struct em_view from,
                               struct em_err *err)
{
    struct em_scan_part *part = &scan->parts[scan->n];
    *part = (struct em_scan_part){.live = false};
    EM_TRY(cursor_on(f, txn, run, &part->cursor, &part->own, err));
    scan->n++;
    return frontier_runs_step(part, f, from.len ? MDB_SET_RANGE : MDB_FIRST, from, err);
}

enum em_status em_scan_open(struct em_scan *scan, struct em_frontier *f, MDB_txn *txn,
                            enum em_family family, struct em_view from,
                            struct em_err *err)
{
    struct em_runs *runs = &f->families[family];
    scan->n = 0;
    scan->at = EM_MAX_RUNS;
    for (size_t i = 0; i < runs->n; i++) {
        enum em_status status = scan_add(scan, f, txn, &runs->runs[i], from, err);
        if (status < 0) {
            em_scan_close(scan);
            return status;
        }
    }
    return EM_OK;
}

void em_scan_close(struct em_scan *scan)
{
    for (size_t i = 0; i < scan->n; i++)
        if (scan->parts[i].own)
            mdb_cursor_close(scan->parts[i].cursor);
    scan->n = 0;
}

/* Parts stand oldest first: of equal keys the last part's counts, the others go on. */
enum em_status em_scan_next(struct em_scan *scan, struct em_frontier *f,
                            struct em_view *key, struct em_view *value,
                            struct em_err *err)
{
    if (scan->at < scan->n)
        EM_TRY(
            frontier_runs_step(&scan->parts[scan->at], f, MDB_NEXT, EM_VIEW_NONE, err));
    scan->at = EM_MAX_RUNS;
    for (size_t i = 0; i < scan->n; i++) {
        if (!scan->parts[i].live)
            continue;
        int order = scan->at < scan->n
                        ? compare_keys(scan->parts[i].key, scan->parts[scan->at].key)
                        : -1;
        if (order == 0)
            EM_TRY(frontier_runs_step(&scan->parts[scan->at], f, MDB_NEXT, EM_VIEW_NONE,
                                      err));
        if (order <= 0)
            scan->at = i;
    }
    if (scan->at == EM_MAX_RUNS)
        return EM_END;
    *key = scan->parts[scan->at].key;
    *value = scan->parts[scan->at].value;
    return EM_OK;
}

/* --- merging ----------------------------------------------------------------------------- */

/* What is still needed: a queue's rows that are not done; due rows not yet due. Host
 * records are read in the order of the queue's keys, one after the other. */
struct filter {
    struct em_frontier *f;
    MDB_txn *txn;
    enum em_family family;
    struct em_host host;
    bool host_known;
};

static enum em_status needed(struct filter *filter, struct em_view key, bool *keep,
                             struct em_err *err)
{
    *keep = true;
    if (filter->family == EM_FAMILY_DUE)
        *keep = memcmp(key.data, filter->f->due_mark, 16) > 0;
    if (filter->family != EM_FAMILY_QUEUE)
        return EM_OK;
    uint64_t id = em_get_be(key.data, 8);
    if (!filter->host_known || filter->host.pub.id != id) {
        enum em_status status =
            em_host_read(filter->f, filter->txn, id, &filter->host, err);
        EM_TRY(status);
        filter->host_known = true;
    }
    unsigned class = (uint8_t)key.data[8];
    *keep = class < EM_CLASS_COUNT &&
            em_get_be(key.data + 9, 8) > filter->host.done_to[class];
    return EM_OK;
}

enum em_status em_merge_begin(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                              struct em_err *err)
{
    struct em_runs *runs = &f->families[family];
    struct em_run_merge *merge = &runs->merge;
    for (size_t i = 0; i + EM_RUN_FANIN <= runs->n; i++) {
        /* the oldest of a level that is full */
        if (runs->runs[i].level != runs->runs[i + EM_RUN_FANIN - 1].level ||
            (i && runs->runs[i - 1].level == runs->runs[i].level))
            continue;
        merge->n = EM_RUN_FANIN;
        for (size_t k = 0; k < EM_RUN_FANIN; k++)
            merge->in[k] = runs->runs[i + k].id;
        merge->resume_len = 0;
        merge->on = true;
        return em_run_new(f, txn, family, runs->runs[i].level + 1, &merge->out, err);
    }
    return EM_OK;
}

size_t em_run_place(const struct em_runs *runs, uint32_t id)
{
    for (size_t i = 0; i < runs->n; i++)
        if (runs->runs[i].id == id)
            return i;
    return runs->n;
}

/* The inputs go, the output takes their place. */
enum em_status em_merge_end(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                            struct em_err *err)
{
    struct em_runs *runs = &f->families[family];
    struct em_run_merge *merge = &runs->merge;
    for (size_t k = 0; k < merge->n; k++) {
        size_t at = em_run_place(runs, merge->in[k]);
        if (at == runs->n)
            return em_fail(err, EM_ERR_FORMAT, "frontier", "a merged run is missing");
        EM_TRY(em_db_fail(err, mdb_drop(txn, runs->runs[at].dbi, 1), f));
        memmove(&runs->runs[at], &runs->runs[at + 1],
                (runs->n - at - 1) * sizeof(runs->runs[0]));
        runs->n--;
    }
    merge->on = false;
    return em_run_keep(f, family, &merge->out, err);
}

static enum em_status frontier_runs_merge_rows(struct em_frontier *f,
                                               struct em_scan *scan,
                                               struct filter *filter, MDB_cursor *to,
                                               uint64_t *steps, struct em_err *err)
{
    struct em_run_merge *merge = &f->families[filter->family].merge;
    struct em_view key, value;
    bool keep;
    while (*steps > 0) {
        enum em_status status = em_scan_next(scan, f, &key, &value, err);
        if (status != EM_OK)
            return status;
        if (merge->resume_len &&
            compare_keys(key, em_view_make(merge->resume, merge->resume_len)) <= 0)
            continue; /* the row at which the last step stopped */
        if (key.len > sizeof(merge->resume))
            return em_fail(err, EM_ERR_FORMAT, "frontier", "a key is too long");
        --*steps;
        EM_TRY(needed(filter, key, &keep, err));
        if (keep)
            EM_TRY(em_run_append(f, to, &merge->out, key, value, err));
        if (*steps == 0) {
            memcpy(merge->resume, key.data, key.len);
            merge->resume_len = key.len;
        }
    }
    return EM_AGAIN;
}

static enum em_status merge_some(struct em_frontier *f, MDB_txn *txn,
                                 enum em_family family, uint64_t *steps,
                                 struct em_err *err)
{
    struct em_runs *runs = &f->families[family];
    struct em_run_merge *merge = &runs->merge;
    struct em_view from = em_view_make(merge->resume, merge->resume_len);
    struct filter filter = {.f = f, .txn = txn, .family = family};
    struct em_scan *scan = em_calloc(1, sizeof(*scan));
    MDB_cursor *to = NULL;
    if (!scan)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    em_host_init(&filter.host);
    scan->at = EM_MAX_RUNS;
    enum em_status status = em_db_fail(err, mdb_cursor_open(txn, merge->out.dbi, &to), f);
    for (size_t k = 0; k < merge->n && status == EM_OK; k++) {
        size_t at = em_run_place(runs, merge->in[k]);
        status = at < runs->n ? scan_add(scan, f, txn, &runs->runs[at], from, err)
                              : em_fail(err, EM_ERR_FORMAT, "frontier",
                                        "a run to be merged is missing");
    }
    if (status == EM_OK)
        status = frontier_runs_merge_rows(f, scan, &filter, to, steps, err);
    em_scan_close(scan);
    if (to)
        mdb_cursor_close(to);
    em_host_clear(&filter.host);
    em_free(scan);
    return status;
}

enum em_status em_runs_merge(struct em_frontier *f, MDB_txn *txn, enum em_family family,
                             uint64_t steps, struct em_err *err)
{
    struct em_run_merge *merge = &f->families[family].merge;
    while (steps > 0) {
        if (!merge->on)
            EM_TRY(em_merge_begin(f, txn, family, err));
        if (!merge->on)
            return EM_OK;
        enum em_status status = merge_some(f, txn, family, &steps, err);
        if (status < 0)
            return status;
        if (status == EM_END)
            EM_TRY(em_merge_end(f, txn, family, err));
    }
    return EM_OK;
}
