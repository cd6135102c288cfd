/* SPDX-License-Identifier: Apache-2.0 */
#include "index/validate.h"

#include "base/meter.h"
#include "base/alloc.h"
#include "index/cell.h"
#include "index/document.h"
#include "index/piece.h"
#include "index/store_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Documents of one input and model, counted in the table. */
struct count {
    uint64_t file, documents;
    uint32_t model;
};

struct check {
    struct em_store *store;
    em_validate_fn *tell;
    void *context;
    struct em_validation *result;
    struct em_buf json; /* rows are written here to be checked */
    struct count *counts;
    size_t n_counts, cap_counts;
    struct em_ledger piece; /* the entry before; its views are not valid any more */
};

static void problem(struct check *c, const char *format, ...) EM_PRINTF(2, 3);

static void problem(struct check *c, const char *format, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    c->result->problems++;
    c->tell(c->context, text);
}

/* --- runs and rows ------------------------------------------------------------------------ */

static void check_row(struct check *c, const struct em_run *run, struct em_view key,
                      struct em_view value)
{
    enum em_status status = em_row_check(run->table, key, value, &c->json);
    if (status < 0)
        problem(c, "table %s.%08x: a row is not what its format says (%s)",
                em_table_spec(run->table)->name, run->id, em_status_text(status));
}

static enum em_status check_run(struct check *c, const struct em_run *run)
{
    struct em_run_reader reader;
    struct em_buf last;
    struct em_err err = {.text = ""};
    MDB_txn *txn;
    MDB_stat stat;
    uint64_t rows = 0;
    const char *name = em_table_spec(run->table)->name;
    EM_TRY(em_store_read_txn(c->store, &txn, &err));
    em_buf_init(&last, EM_MAX_KEY);
    if (mdb_stat(txn, run->dbi, &stat) != 0 || stat.ms_entries != run->blocks)
        problem(c, "table %s.%08x: %llu blocks were written, but there are others", name,
                run->id, (unsigned long long)run->blocks);
    em_meter_begin(EM_METER_BLOCKS, name, run->blocks);
    enum em_status status = em_run_open(&reader, txn, run, EM_VIEW_NONE, &err);
    while (status == EM_OK && (status = em_run_next(&reader, &err)) == EM_OK) {
        struct em_view key = em_buf_view(&reader.block.key);
        size_t n = key.len < last.len ? key.len : last.len;
        int order = n ? memcmp(last.data, key.data, n) : 0;
        if (rows && (order > 0 || (order == 0 && last.len >= key.len)))
            problem(c, "table %s.%08x: keys do not rise", name, run->id);
        check_row(c, run, key, reader.block.value);
        em_buf_clear(&last);
        status = em_buf_append_view(&last, key);
        rows++;
    }
    em_run_reader_release(&reader);
    em_buf_release(&last);
    if (status < 0 && status != EM_ERR_NOMEM) {
        problem(c, "%s", err.text);
        status = EM_OK;
    } else if (status >= 0 && rows != run->rows) {
        problem(c, "table %s.%08x: %llu rows were written, %llu are there", name, run->id,
                (unsigned long long)run->rows, (unsigned long long)rows);
    }
    c->result->rows[run->table] += rows;
    c->result->blocks += run->blocks;
    return status < 0 ? status : EM_OK;
}

/* --- what documents add up to -------------------------------------------------------------- */

static int by_input(const void *a, const void *b)
{
    const struct count *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->model > y->model) - (x->model < y->model);
}

/* Sorted, one entry an input and model. */
static void fold_counts(struct check *c)
{
    size_t kept = 0;
    if (c->n_counts == 0)
        return;
    qsort(c->counts, c->n_counts, sizeof(c->counts[0]), by_input);
    for (size_t i = 1; i < c->n_counts; i++)
        if (by_input(&c->counts[kept], &c->counts[i]) == 0)
            c->counts[kept].documents += c->counts[i].documents;
        else
            c->counts[++kept] = c->counts[i];
    c->n_counts = kept + 1;
}

static enum em_status count_document(struct check *c, const struct em_document *d)
{
    if (c->n_counts && c->counts[c->n_counts - 1].file == d->file &&
        c->counts[c->n_counts - 1].model == d->model) {
        c->counts[c->n_counts - 1].documents++;
        return EM_OK;
    }
    if (c->n_counts == c->cap_counts) {
        fold_counts(c);
        if (c->n_counts >= c->cap_counts / 2) {
            size_t cap = c->cap_counts ? 2 * c->cap_counts : 4096;
            void *more = em_realloc_array(c->counts, cap, sizeof(c->counts[0]));
            if (!more)
                return EM_ERR_NOMEM;
            c->counts = more;
            c->cap_counts = cap;
        }
    }
    c->counts[c->n_counts++] = (struct count){d->file, 1, d->model};
    return EM_OK;
}

/* Compares gathered rows (sorted and summed here) with the table's rows that begin with
 * `prefix`. */
static enum em_status compare_cells(struct check *c, enum em_table table,
                                    struct em_rows *rows, struct em_view prefix,
                                    struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_cell sum, cell;
    struct em_cell_key parsed;
    size_t at = 0;
    const char *name = em_table_spec(table)->name;
    EM_TRY(em_rows_sort(rows));
    EM_TRY(em_cursor_open(&cursor, c->store, table, prefix, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_cell found;
        memset(&sum, 0, sizeof(sum));
        if (em_cell_read(&parsed, &found, table, key, value) != EM_OK)
            break;
        for (; at < rows->n && em_view_eq(em_row_key(rows, at), key); at++)
            if (em_cell_read(&parsed, &cell, table, em_row_key(rows, at),
                             em_row_value(rows, at)) == EM_OK)
                em_cell_add(&sum, &cell);
        if (memcmp(&sum, &found, sizeof(sum)) != 0) {
            problem(c, "table %s: a row does not agree with its documents (%.*s)", name,
                    EM_VIEW_ARGS(parsed.domain));
            break;
        }
    }
    if (status == EM_END && at != rows->n)
        problem(c, "table %s: documents without a row (%.*s)", name,
                EM_VIEW_ARGS(prefix));
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

/* Folds equal keys, so that a domain with millions of documents stays small. */
static enum em_status fold_rows(struct em_rows *rows, enum em_table table)
{
    struct em_rows folded;
    struct em_buf value;
    em_rows_init(&folded);
    em_buf_init(&value, 1 << 16);
    enum em_status status = em_rows_sort(rows);
    for (size_t i = 0; i < rows->n && status == EM_OK;) {
        struct em_cell sum = {.documents = 0}, cell;
        struct em_cell_key key;
        size_t from = i;
        for (; i < rows->n && em_view_eq(em_row_key(rows, i), em_row_key(rows, from));
             i++)
            if (em_cell_read(&key, &cell, table, em_row_key(rows, i),
                             em_row_value(rows, i)) == EM_OK)
                em_cell_add(&sum, &cell);
        em_buf_clear(&value);
        status = em_cell_value(&value, &sum);
        if (status == EM_OK)
            status =
                em_rows_add(&folded, table, em_row_key(rows, from), em_buf_view(&value));
    }
    em_buf_release(&value);
    if (status < 0) {
        em_rows_release(&folded);
        return status;
    }
    em_rows_release(rows);
    *rows = folded;
    return EM_OK;
}

enum { FOLD_AT = 200000 };

static enum em_status add_cell(struct em_rows *rows, enum em_table table,
                               const struct em_cell_key *key, const struct em_cell *cell)
{
    struct em_buf k, v;
    em_buf_init(&k, EM_MAX_KEY);
    em_buf_init(&v, 1 << 16);
    enum em_status status = em_cell_key(&k, table, key);
    if (status == EM_OK)
        status = em_cell_value(&v, cell);
    if (status == EM_OK)
        status = em_rows_add(rows, table, em_buf_view(&k), em_buf_view(&v));
    em_buf_release(&k);
    em_buf_release(&v);
    return status < 0 || rows->n < FOLD_AT ? status : fold_rows(rows, table);
}

static enum em_status end_domain(struct check *c, struct em_rows *rows,
                                 struct em_buf *prefix, struct em_err *err)
{
    if (rows->n == 0)
        return EM_OK;
    enum em_status status =
        compare_cells(c, EM_TABLE_HOSTS, rows, em_buf_view(prefix), err);
    em_rows_clear(rows);
    return status;
}

/* Documents come by domain, as hosts do: one domain's cells at a time. */
static enum em_status check_documents(struct check *c, struct em_rows *hosts,
                                      struct em_rows *months, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf prefix;
    em_buf_init(&prefix, EM_MAX_KEY);
    EM_TRY(em_cursor_open(&cursor, c->store, EM_TABLE_DOCUMENTS, EM_VIEW_NONE, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_document d;
        struct em_cell cell = {.documents = 0};
        if (em_document_read(&d, key, value) != EM_OK)
            continue; /* told already */
        struct em_cell_key at = {d.domain, em_date_month(d.date), d.lang, d.model};
        if (prefix.len != d.domain.len + 1 ||
            memcmp(prefix.data, d.domain.data, d.domain.len) != 0) {
            status = end_domain(c, hosts, &prefix, err);
            em_buf_clear(&prefix);
            if (status == EM_OK)
                status = em_document_domain_prefix(&prefix, d.domain);
        }
        em_cell_add_document(&cell, &d);
        if (status == EM_OK)
            status = count_document(c, &d);
        if (status == EM_OK)
            status = add_cell(hosts, EM_TABLE_HOSTS, &at, &cell);
        if (status == EM_OK)
            status = add_cell(months, EM_TABLE_MONTHS, &at, &cell);
        if (status < 0)
            break;
    }
    if (status == EM_END)
        status = end_domain(c, hosts, &prefix, err);
    if (status == EM_OK)
        status = compare_cells(c, EM_TABLE_MONTHS, months, EM_VIEW_NONE, err);
    em_cursor_free(cursor);
    em_buf_release(&prefix);
    return status;
}

/* --- ledger --------------------------------------------------------------------------------- */

static enum em_status check_entry(void *context, const struct em_ledger *entry)
{
    struct check *c = context;
    struct count key = {entry->file, 0, entry->model};
    struct count *found = c->n_counts ? bsearch(&key, c->counts, c->n_counts,
                                                sizeof(c->counts[0]), by_input)
                                      : NULL;
    uint64_t drops = 0, documents = found ? found->documents : 0;
    c->result->inputs++;
    for (int i = 0; i < EM_DROP_COUNT; i++)
        drops += entry->drops[i];
    if (entry->documents + drops != entry->records)
        problem(c, "ledger: '%.*s': documents and drops are not its records",
                EM_VIEW_ARGS(entry->name));
    if (c->piece.name.len && c->piece.file == entry->file &&
        c->piece.model == entry->model && em_piece_problem(&c->piece, entry))
        problem(c, "ledger: '%.*s' %s", EM_VIEW_ARGS(entry->name),
                em_piece_problem(&c->piece, entry));
    c->piece = *entry;
    if (entry->to) {
        /* What its pieces do not account for is reported at the end. */
        uint64_t kept = entry->documents - entry->forgotten;
        if (found && kept <= documents)
            found->documents -= kept;
        else if (kept)
            problem(c, "ledger: a piece of '%.*s' has more documents than the table",
                    EM_VIEW_ARGS(entry->name));
        return EM_OK;
    }
    if (documents + entry->forgotten != entry->documents)
        problem(c, "ledger: '%.*s' has %llu documents, the table %llu",
                EM_VIEW_ARGS(entry->name),
                (unsigned long long)(entry->documents - entry->forgotten),
                (unsigned long long)documents);
    if (found)
        found->documents = 0;
    return EM_OK;
}

static enum em_status check_ledger(struct check *c, struct em_err *err)
{
    fold_counts(c);
    EM_TRY(em_store_ledger_each(c->store, check_entry, c, err));
    for (size_t i = 0; i < c->n_counts; i++)
        if (c->counts[i].documents)
            problem(c, "ledger: %llu documents of input %016llx have no entry",
                    (unsigned long long)c->counts[i].documents,
                    (unsigned long long)c->counts[i].file);
    return EM_OK;
}

static enum em_status check_all(struct check *c, struct em_err *err)
{
    struct em_rows hosts, months;
    for (size_t i = 0; i < c->store->n_runs; i++)
        EM_TRY(check_run(c, &c->store->runs[i]));
    if (c->result->problems)
        return EM_OK; /* sums over damaged tables would only repeat it */
    em_rows_init(&hosts);
    em_rows_init(&months);
    enum em_status status = check_documents(c, &hosts, &months, err);
    em_rows_release(&hosts);
    em_rows_release(&months);
    if (status == EM_OK)
        status = check_ledger(c, err);
    if (status == EM_ERR_CHECKSUM || status == EM_ERR_FORMAT) {
        problem(c, "%s", err && err->text[0] ? err->text : em_status_text(status));
        status = EM_OK;
    }
    return status;
}

enum em_status em_index_validate(struct em_store *store, em_validate_fn *tell,
                                 void *context, struct em_validation *result,
                                 struct em_err *err)
{
    struct check c = {.store = store, .tell = tell, .context = context, .result = result};
    *result = (struct em_validation){.problems = 0};
    em_buf_init(&c.json, 2 * (size_t)EM_MAX_VALUE);
    enum em_status status = check_all(&c, err);
    em_buf_release(&c.json);
    em_free(c.counts);
    return status;
}
