/* SPDX-License-Identifier: Apache-2.0 */
#include "index/stream_rows.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/pack.h"
#include "base/wire/codes.h"
#include "base/file.h"
#include "base/hash.h"
#include "index/merge.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* Rows held before they are committed: a commit is sorted in memory. */
#define COMMIT_BYTES (64 * EM_MIB)
/* Inputs held before they are. */
enum { COMMIT_LEDGER = 4096 };
/* TAB and sixteen digits. */
enum { CHECK_LEN = 17 };

static enum em_status put_hex(struct em_buf *out, struct em_view bytes)
{
    EM_TRY(em_buf_reserve(out, EM_HEX_SIZE(bytes.len)));
    em_hex_write(out->data + out->len, bytes);
    out->len += EM_HEX_SIZE(bytes.len);
    return EM_OK;
}

static enum em_status put_base64(struct em_buf *out, struct em_view bytes)
{
    EM_TRY(em_buf_reserve(out, EM_BASE64_SIZE(bytes.len)));
    em_base64_write(out->data + out->len, bytes);
    out->len += EM_BASE64_SIZE(bytes.len);
    return EM_OK;
}

static enum em_status get_hex(struct em_buf *out, struct em_view text)
{
    size_t n = text.len / 2;
    EM_TRY(em_buf_reserve(out, n));
    if (!em_hex_read(text, (uint8_t *)out->data + out->len, n))
        return EM_ERR_FORMAT;
    out->len += n;
    return EM_OK;
}

static enum em_status get_base64(struct em_buf *out, struct em_view text)
{
    size_t n;
    if (!em_base64_bytes(text, &n))
        return EM_ERR_FORMAT;
    EM_TRY(em_buf_reserve(out, n));
    if (!em_base64_read(text, (uint8_t *)out->data + out->len, n))
        return EM_ERR_FORMAT;
    out->len += n;
    return EM_OK;
}

/* What tells a line that was changed on its way, at its end: sums would take any number. */
static uint64_t line_check(struct em_view line)
{
    return em_hash64(line.data, line.len, 0);
}

/* The line without its check; false where that is not this line's. */
static bool line_is_whole(struct em_view line, struct em_view *row)
{
    char want[20];
    if (line.len < CHECK_LEN)
        return false;
    *row = em_view_sub(line, 0, line.len - CHECK_LEN);
    snprintf(want, sizeof(want), "\t%016" PRIx64, line_check(*row));
    return em_view_eq(em_view_sub(line, row->len, CHECK_LEN),
                      em_view_make(want, CHECK_LEN));
}

/* What a mapper wrote: that lines were lost or came twice is seen where all of them are. Sums
 * of their checks, modulo 2^64, so that the order does not matter. */
struct totals {
    uint64_t lines, checks;
};

static void totals_add(struct totals *t, struct em_view row)
{
    t->lines++;
    t->checks += line_check(row);
}

#define TOTALS_NAME "total"

/* --- writing ------------------------------------------------------------------------------ */

struct writer {
    FILE *out;
    struct em_buf line, key, value;
    struct totals written;
};

static enum em_status write_row(struct writer *w, const char *table, struct em_view key,
                                struct em_view value)
{
    em_buf_clear(&w->line);
    EM_TRY(em_buf_printf(&w->line, "%s:", table));
    EM_TRY(put_hex(&w->line, key));
    EM_TRY(em_buf_putc(&w->line, '\t'));
    EM_TRY(put_base64(&w->line, value));
    totals_add(&w->written, em_buf_view(&w->line));
    EM_TRY(
        em_buf_printf(&w->line, "\t%016" PRIx64 "\n", line_check(em_buf_view(&w->line))));
    return fwrite(w->line.data, 1, w->line.len, w->out) == w->line.len ? EM_OK
                                                                       : EM_ERR_IO;
}

static enum em_status write_entry(void *context, const struct em_ledger *entry)
{
    struct writer *w = context;
    em_buf_clear(&w->key);
    em_buf_clear(&w->value);
    EM_TRY(entry->to
               ? em_ledger_piece_key(&w->key, entry->file, entry->model, entry->from)
               : em_ledger_key(&w->key, entry->file, entry->model));
    EM_TRY(em_ledger_value(&w->value, entry));
    return write_row(w, "ledger", em_buf_view(&w->key), em_buf_view(&w->value));
}

/* A last line with how many there were; its key is the sum of their checks. */
static enum em_status write_totals(struct writer *w)
{
    struct totals written = w->written;
    if (written.lines == 0)
        return EM_OK;
    em_buf_clear(&w->key);
    em_buf_clear(&w->value);
    EM_TRY(em_pack_be(&w->key, written.checks, sizeof(written.checks)));
    EM_TRY(em_pack_be(&w->value, written.lines, sizeof(written.lines)));
    return write_row(w, TOTALS_NAME, em_buf_view(&w->key), em_buf_view(&w->value));
}

static enum em_status write_table(struct writer *w, struct em_store *store,
                                  enum em_table table, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    EM_TRY(em_cursor_open(&cursor, store, table, EM_VIEW_NONE, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        status = write_row(w, em_table_spec(table)->name, key, value);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

enum em_status em_stream_rows_write(const char *dir, FILE *out, struct em_err *err)
{
    struct writer w = {.out = out};
    struct em_store *store;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    em_buf_init(&w.line, 2 * (size_t)EM_MAX_VALUE);
    em_buf_init(&w.key, EM_MAX_KEY);
    em_buf_init(&w.value, EM_MAX_VALUE);
    enum em_status status = em_store_ledger_each(store, write_entry, &w, err);
    for (int t = 0; t < EM_TABLE_COUNT && status == EM_OK; t++)
        status = write_table(&w, store, (enum em_table)t, err);
    if (status == EM_OK)
        status = write_totals(&w);
    if (status < 0 && (!err || err->status == EM_OK))
        em_fail(err, status, "rows", "cannot write: %s",
                status == EM_ERR_IO ? strerror(errno) : em_status_text(status));
    em_buf_release(&w.line);
    em_buf_release(&w.key);
    em_buf_release(&w.value);
    em_store_free(store);
    return status;
}

/* --- reading ------------------------------------------------------------------------------ */

struct reader {
    struct em_store *store;
    struct em_rows rows,
        ledger; /* the ledger's keys and values, in the order they came */
    struct em_buf key, value, json; /* json: rows are written there to be checked */
    uint64_t line;
    struct totals seen, promised;
};

static enum em_status stream_rows_commit(struct reader *r, struct em_err *err)
{
    size_t n = r->ledger.n;
    struct em_ledger *entries = em_calloc(n ? n : 1, sizeof(entries[0]));
    enum em_status status = entries ? EM_OK : EM_ERR_NOMEM;
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = em_ledger_read(&entries[i], em_row_key(&r->ledger, i),
                                em_row_value(&r->ledger, i));
    if (status == EM_OK)
        status = em_store_commit(r->store, &r->rows, entries, n, err);
    em_free(entries);
    em_rows_clear(&r->rows);
    em_rows_clear(&r->ledger);
    return status;
}

static bool is_known(struct reader *r, const struct em_ledger *entry)
{
    struct em_ledger there;
    return (entry->to ? em_store_ledger_get_piece(r->store, entry->file, entry->model,
                                                  entry->from, &there, NULL)
                      : em_store_ledger_get(r->store, entry->file, entry->model, &there,
                                            NULL)) == EM_OK;
}

/* Documents and drops are its records. */
static bool adds_up(const struct em_ledger *entry)
{
    uint64_t drops = 0;
    for (int i = 0; i < EM_DROP_COUNT; i++)
        drops += entry->drops[i];
    return entry->documents + drops == entry->records;
}

/* Equal keys follow one another only in sorted lines: so what waits is looked through, and
 * what is committed looked up. */
static enum em_status stream_rows_add_entry(struct reader *r, struct em_view key,
                                            struct em_view value, struct em_err *err)
{
    struct em_ledger entry;
    EM_TRY(em_ledger_read(&entry, key, value));
    if (!adds_up(&entry))
        return EM_ERR_FORMAT;
    bool twice = is_known(r, &entry);
    for (size_t i = 0; i < r->ledger.n && !twice; i++)
        twice = em_view_eq(em_row_key(&r->ledger, i), key);
    if (twice)
        return em_fail(err, EM_ERR_USAGE, "merge", "'%.*s' was read by two mappers",
                       (int)(entry.name.len < 100 ? entry.name.len : 100),
                       entry.name.data);
    EM_TRY(em_rows_add(&r->ledger, EM_TABLE_DOCUMENTS, key, value));
    return r->ledger.n >= COMMIT_LEDGER ? stream_rows_commit(r, err) : EM_OK;
}

/* Is no row itself. */
static enum em_status stream_rows_add_totals(struct reader *r)
{
    struct em_unpack key = em_unpack_of(em_buf_view(&r->key));
    struct em_unpack value = em_unpack_of(em_buf_view(&r->value));
    r->promised.checks += em_unpack_be(&key, sizeof(r->promised.checks));
    r->promised.lines += em_unpack_be(&value, sizeof(r->promised.lines));
    return em_unpack_done(&key) && em_unpack_done(&value) ? EM_OK : EM_ERR_FORMAT;
}

static enum em_status stream_rows_add_row(struct reader *r, struct em_view table,
                                          struct em_err *err)
{
    struct em_view key = em_buf_view(&r->key), value = em_buf_view(&r->value);
    if (em_view_eq(table, EM_VIEW("ledger")))
        return stream_rows_add_entry(r, key, value, err);
    for (int t = 0; t < EM_TABLE_COUNT; t++)
        if (em_view_eq(table, em_view_of(em_table_spec((enum em_table)t)->name))) {
            EM_TRY(em_row_check((enum em_table)t, key, value, &r->json));
            EM_TRY(em_rows_add(&r->rows, (enum em_table)t, key, value));
            return r->rows.bytes.len > COMMIT_BYTES ? stream_rows_commit(r, err) : EM_OK;
        }
    return EM_ERR_FORMAT;
}

static enum em_status read_line(struct reader *r, struct em_view line, struct em_err *err)
{
    if (line.len == 0)
        return EM_OK;
    if (!line_is_whole(line, &line))
        return em_fail(err, EM_ERR_CHECKSUM, "merge",
                       "line %" PRIu64
                       " of the rows is not as `scan --stdin-paths` wrote "
                       "it: its check does not agree",
                       r->line);
    size_t colon = em_view_find(line, 0, EM_VIEW(":"));
    size_t tab = em_view_find(line, 0, EM_VIEW("\t"));
    if (tab == line.len || colon > tab)
        return EM_ERR_FORMAT;
    em_buf_clear(&r->key);
    em_buf_clear(&r->value);
    EM_TRY(get_hex(&r->key, em_view_sub(line, colon + 1, tab - colon - 1)));
    EM_TRY(get_base64(&r->value, em_view_sub(line, tab + 1, line.len)));
    struct em_view table = em_view_sub(line, 0, colon);
    if (em_view_eq(table, EM_VIEW(TOTALS_NAME)))
        return stream_rows_add_totals(r);
    totals_add(&r->seen, line);
    return stream_rows_add_row(r, table, err);
}

static enum em_status read_lines(struct reader *r, FILE *in, struct em_err *err)
{
    struct em_buf line;
    em_buf_init(&line, 2 * (size_t)EM_MAX_VALUE);
    enum em_status status;
    while ((status = em_line_read(in, &line)) == EM_OK) {
        r->line++;
        status = read_line(r, em_buf_view(&line), err);
        if (status < 0)
            break;
    }
    if (status < 0 && (!err || err->status == EM_OK))
        em_fail(err, status, "merge", "line %" PRIu64 " of the rows: %s", r->line,
                em_status_text(status));
    em_buf_release(&line);
    return status < 0 ? status : stream_rows_commit(r, err);
}

/* Where all lines of all mappers should be here. */
static enum em_status check_totals(const struct reader *r, struct em_err *err)
{
    const struct totals *seen = &r->seen, *promised = &r->promised;
    if (seen->lines == promised->lines && seen->checks == promised->checks)
        return EM_OK;
    return em_fail(err, EM_ERR_CHECKSUM, "merge",
                   "%" PRIu64 " rows came of %" PRIu64 " that the mappers wrote%s: lines "
                   "were lost or came twice",
                   seen->lines, promised->lines,
                   seen->lines == promised->lines ? ", not the same ones" : "");
}

static enum em_status read_into(const char *dir, FILE *in, bool whole, struct em_err *err)
{
    struct reader r = {.line = 0};
    EM_TRY(em_store_open(&r.store, dir, EM_STORE_CREATE, err));
    em_rows_init(&r.rows);
    em_rows_init(&r.ledger);
    em_buf_init(&r.key, EM_MAX_KEY);
    em_buf_init(&r.value, EM_MAX_VALUE);
    em_buf_init(&r.json, 2 * (size_t)EM_MAX_VALUE);
    enum em_status status = read_lines(&r, in, err);
    if (status == EM_OK && whole)
        status = check_totals(&r, err);
    em_rows_release(&r.rows);
    em_rows_release(&r.ledger);
    em_buf_release(&r.key);
    em_buf_release(&r.value);
    em_buf_release(&r.json);
    em_store_free(r.store);
    return status;
}

enum em_status em_stream_rows_read(FILE *in, const char *dir, bool whole,
                                   struct em_err *err)
{
    char part[4096];
    struct stat st;
    int n = snprintf(part, sizeof(part), "%s.part", dir);
    if (n < 0 || (size_t)n >= sizeof(part))
        return em_fail(err, EM_ERR_LIMIT, "merge", "'%s': name too long", dir);
    if (stat(dir, &st) == 0)
        return em_fail(err, EM_ERR_USAGE, "merge", "there is something in '%s' already",
                       dir);
    em_index_remove(part);
    enum em_status status = read_into(part, in, whole, err);
    if (status < 0)
        em_index_remove(part);
    else if (rename(part, dir) != 0)
        status = em_fail(err, EM_ERR_IO, "merge", "cannot rename '%s' to '%s': %s", part,
                         dir, strerror(errno));
    return status;
}
