/* SPDX-License-Identifier: Apache-2.0
 *
 * An index of format 2, as version 0.1 wrote it: it is read, not written to, and merge
 * converts it. Its rows are put together by hand here, from docs/FORMATS.md.
 */
#include "base/hash.h"
#include "base/pack.h"
#include "base/seal.h"
#include "index/cell.h"
#include "index/document.h"
#include "index/merge.h"
#include "index/store.h"

#include "tests/unit/scratch.h"

#include <lmdb.h>

enum { DOCUMENTS = 40 };
#define MODEL "en-2026.1"

static struct em_document document_of(uint64_t i, char url[80])
{
    snprintf(url, 80, "https://site%d.example/%d", (int)(i % 4), (int)i);
    struct em_document d = {.date = INT64_C(1672531200) + (int64_t)i * 86400,
                            .published = EM_DATE_UNKNOWN,
                            .file = em_name_hash(EM_VIEW("old.warc")),
                            .number = i,
                            .model = em_model_hash(EM_VIEW(MODEL)),
                            .flags = EM_DOCUMENT_SCORED,
                            .kind = i % 4 ? EM_VERDICT_HUMAN : EM_VERDICT_MACHINE,
                            .log_odds = i % 4 ? -3 : 3,
                            .style = 0.5f,
                            .weight = 1,
                            .words = 300,
                            .n_leaks = i % 4 ? 0 : 1,
                            .lang = EM_VIEW("en"),
                            .url = em_view_of(url)};
    d.url_hash = em_name_hash(d.url);
    return d;
}

/* Version 1: as now but for the number of kinds of leaks, and without extras. */
static void old_document(struct em_rows *rows, const struct em_document *d)
{
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, 1 << 16);
    assert_int_equal(em_document_key(&key, d), EM_OK);
    assert_int_equal(em_buf_putc(&value, 1), EM_OK);
    assert_int_equal(em_buf_putc(&value, (char)d->kind), EM_OK);
    assert_int_equal(em_buf_putc(&value, (char)d->abstain), EM_OK);
    assert_int_equal(em_pack_u64(&value, d->flags), EM_OK);
    const float numbers[] = {d->log_odds, d->style, d->lexical, d->weight};
    for (int i = 0; i < 4; i++)
        assert_int_equal(em_pack_f32(&value, numbers[i]), EM_OK);
    for (int i = 0; i < 3; i++) /* published: not known; offset, length */
        assert_int_equal(em_pack_u64(&value, 0), EM_OK);
    assert_int_equal(em_pack_be(&value, 7, 8), EM_OK);
    assert_int_equal(em_pack_u64(&value, d->words), EM_OK);
    assert_int_equal(em_pack_u64(&value, 0), EM_OK);
    assert_int_equal(em_pack_view(&value, d->lang), EM_OK);
    assert_int_equal(em_pack_view(&value, d->url), EM_OK);
    assert_int_equal(em_pack_view(&value, d->id), EM_OK);
    assert_int_equal(em_pack_u64(&value, 0), EM_OK);
    assert_int_equal(em_pack_u64(&value, d->n_leaks), EM_OK);
    if (d->n_leaks)
        assert_int_equal(em_pack_view(&value, EM_VIEW("refusal")), EM_OK);
    assert_int_equal(
        em_rows_add(rows, EM_TABLE_DOCUMENTS, em_buf_view(&key), em_buf_view(&value)),
        EM_OK);
    em_buf_release(&key);
    em_buf_release(&value);
}

/* The ledger's entry began with its name; there was no canonical name, change or damage. */
static void old_ledger(struct em_buf *out)
{
    const uint64_t numbers[] = {1000, DOCUMENTS, 1, 0, DOCUMENTS, 0, 300 * DOCUMENTS,
                                0,    0,         0, 0};
    assert_int_equal(em_pack_view(out, EM_VIEW("old.warc")), EM_OK);
    assert_int_equal(em_pack_view(out, EM_VIEW(MODEL)), EM_OK);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        assert_int_equal(em_pack_u64(out, numbers[i]), EM_OK);
}

static void database_put(MDB_txn *txn, const char *name, const void *key, size_t key_len,
                         const void *value, size_t len)
{
    MDB_dbi dbi;
    MDB_val k = {key_len, (void *)(uintptr_t)key}, v = {len, (void *)(uintptr_t)value};
    assert_int_equal(mdb_dbi_open(txn, name, 0, &dbi), 0);
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
}

static void make_old(const char *dir)
{
    MDB_env *env;
    MDB_txn *txn;
    struct em_buf ledger, key;
    em_buf_init(&ledger, 1 << 16);
    em_buf_init(&key, EM_MAX_KEY);
    assert_int_equal(em_seal_begin(&ledger), EM_OK);
    old_ledger(&ledger);
    assert_int_equal(em_pack_be(&key, em_name_hash(EM_VIEW("old.warc")), 8), EM_OK);
    assert_int_equal(em_pack_be(&key, em_model_hash(EM_VIEW(MODEL)), 4), EM_OK);
    em_seal(em_buf_view(&key), &ledger);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 8), 0);
    assert_int_equal(mdb_env_open(env, dir, 0, 0666), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    database_put(txn, "meta", "format", 6, "\0\0\0\2", 4);
    database_put(txn, "ledger", key.data, key.len, ledger.data, ledger.len);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    em_buf_release(&ledger);
    em_buf_release(&key);
}

static void build(const char *dir)
{
    struct em_store *store;
    struct em_rows rows;
    struct em_err err = {.text = ""};
    const struct em_ledger entry = {.file = em_name_hash(EM_VIEW("old.warc")),
                                    .model = em_model_hash(EM_VIEW(MODEL)),
                                    .name = EM_VIEW("old.warc"),
                                    .model_name = EM_VIEW(MODEL),
                                    .records = DOCUMENTS,
                                    .documents = DOCUMENTS,
                                    .complete = true};
    em_rows_init(&rows);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_CREATE, &err), EM_OK);
    for (uint64_t i = 0; i < DOCUMENTS; i++) {
        char url[80];
        struct em_document d = document_of(i, url);
        old_document(&rows, &d);
    }
    assert_int_equal(em_store_commit(store, &rows, &entry, 1, &err), EM_OK);
    em_rows_release(&rows);
    em_store_free(store);
    make_old(dir);
}

static void documents_are_there(const char *dir)
{
    struct em_store *store;
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_ledger entry;
    struct em_err err = {.text = ""};
    uint64_t n = 0, machine = 0, leaks = 0;
    assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
    assert_int_equal(
        em_cursor_open(&cursor, store, EM_TABLE_DOCUMENTS, EM_VIEW_NONE, &err), EM_OK);
    while (em_cursor_next(cursor, &key, &value, &err) == EM_OK) {
        struct em_document d;
        assert_int_equal(em_document_read(&d, key, value), EM_OK);
        machine += d.kind == EM_VERDICT_MACHINE;
        leaks += d.leak_kinds;
        assert_true(d.flags &
                    EM_DOCUMENT_STYLE); /* what was scored was judged by style */
        assert_true(d.words == 300 && d.edited < 0 && d.published_by == 0);
        n++;
    }
    em_cursor_free(cursor);
    assert_int_equal(n, DOCUMENTS);
    assert_int_equal(machine, DOCUMENTS / 4);
    assert_int_equal(leaks, DOCUMENTS / 4);
    assert_int_equal(em_store_ledger_get(store, em_name_hash(EM_VIEW("old.warc")),
                                         em_model_hash(EM_VIEW(MODEL)), &entry, &err),
                     EM_OK);
    assert_int_equal(entry.documents, DOCUMENTS);
    assert_true(entry.complete);
    em_store_free(store);
}

static void read_not_written_converted(void **unused)
{
    (void)unused;
    char old[4096], fresh[4096];
    const char *dirs[] = {scratch(old, "old")};
    struct em_store *store;
    struct em_err err = {.text = ""};
    build(old);
    documents_are_there(old);
    assert_int_equal(em_store_open(&store, old, EM_STORE_WRITE, &err), EM_ERR_VERSION);
    assert_non_null(strstr(err.text, "format 2"));
    assert_non_null(strstr(err.text, "echometer merge -o NEW"));
    assert_int_equal(em_index_merge(scratch(fresh, "new"), dirs, 1, NULL, NULL, &err),
                     EM_OK);
    documents_are_there(fresh);
    assert_int_equal(em_store_open(&store, fresh, EM_STORE_WRITE, &err), EM_OK);
    em_store_free(store); /* it can be written to */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(read_not_written_converted)};
    return cmocka_run_group_tests_name("old_format", tests, scratch_setup,
                                       scratch_teardown);
}
