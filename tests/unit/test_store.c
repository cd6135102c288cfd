/* SPDX-License-Identifier: Apache-2.0
 *
 * The store: rows come back sorted and combined whatever the commits were, a second writer
 * is refused, damage is seen.
 */
#include "base/hash.h"
#include "index/cell.h"
#include "index/document.h"
#include "index/store.h"

#include "tests/unit/scratch.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

static struct em_document sample(uint64_t number)
{
    static char url[64], domain[32];
    snprintf(domain, sizeof(domain), "host%llu.example",
             (unsigned long long)(em_mix64(number) % 37));
    snprintf(url, sizeof(url), "https://www.%s/%llu", domain,
             (unsigned long long)(number % 1000));
    struct em_document d = {
        .domain = em_view_of(domain),
        .url_hash = em_name_hash(em_view_of(url)),
        .date = INT64_C(1600000000) + (int64_t)(em_mix64(number + 7) % 100000000),
        .file = 42 + number % 3,
        .number = number,
        .model = 9,
        .flags = EM_DOCUMENT_SCORED,
        .kind = (uint8_t)(number % 3),
        .log_odds = (float)(number % 160) / 10 - 8,
        .style = 0.5f,
        .weight = 1,
        .published = EM_DATE_UNKNOWN,
        .offset = number * 100,
        .words = (uint32_t)(number % 500),
        .lang = EM_VIEW("en"),
        .url = em_view_of(url),
    };
    return d;
}

static void add_sample(struct em_rows *rows, uint64_t number)
{
    struct em_document d = sample(number);
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, 1 << 16);
    assert_int_equal(em_document_key(&key, &d), EM_OK);
    assert_int_equal(em_document_value(&value, &d), EM_OK);
    assert_int_equal(
        em_rows_add(rows, EM_TABLE_DOCUMENTS, em_buf_view(&key), em_buf_view(&value)),
        EM_OK);
    assert_int_equal(em_cell_rows(rows, &d), EM_OK);
    em_buf_release(&key);
    em_buf_release(&value);
}

/* Everything in a store as one hash, in order. */
static uint64_t contents(const char *dir, uint64_t *n_rows)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    uint64_t hash = 0;
    *n_rows = 0;
    assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
    for (int t = 0; t < EM_TABLE_COUNT; t++) {
        struct em_cursor *cursor;
        struct em_view key, value;
        char last[EM_MAX_KEY] = "";
        size_t last_len = 0;
        enum em_status status;
        assert_int_equal(
            em_cursor_open(&cursor, store, (enum em_table)t, EM_VIEW_NONE, &err), EM_OK);
        while ((status = em_cursor_next(cursor, &key, &value, &err)) == EM_OK) {
            size_t n = key.len < last_len ? key.len : last_len;
            int c = memcmp(last, key.data, n);
            assert_true(c < 0 || (c == 0 && last_len < key.len));
            memcpy(last, key.data, key.len);
            last_len = key.len;
            hash = em_hash64(key.data, key.len, hash + (uint64_t)t);
            hash = em_hash64(value.data, value.len, hash);
            ++*n_rows;
        }
        assert_int_equal(status, EM_END);
        em_cursor_free(cursor);
    }
    em_store_free(store);
    return hash;
}

/* `n` samples in commits of `each`, from a starting point that turns the order around. */
static uint64_t build(const char *dir, uint64_t n, uint64_t each, uint64_t from,
                      uint64_t *n_rows)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    struct em_rows rows;
    em_rows_init(&rows);
    for (uint64_t i = 0; i < n; i += each) {
        /* Opened again now and then, as after an interruption. */
        if (i == 0 || i % (each * 5) == 0) {
            if (i)
                em_store_free(store);
            assert_int_equal(em_store_open(&store, dir, EM_STORE_WRITE, &err), EM_OK);
        }
        em_rows_clear(&rows);
        for (uint64_t k = i; k < i + each && k < n; k++)
            add_sample(&rows, (k + from) % n);
        assert_int_equal(em_store_commit(store, &rows, NULL, 0, &err), EM_OK);
    }
    em_store_free(store);
    em_rows_release(&rows);
    return contents(dir, n_rows);
}

static void test_any_grouping_gives_one_index(void **state)
{
    uint64_t rows, first_rows;
    char dir[4096];
    (void)state;
    uint64_t first = build(scratch(dir, "one"), 3000, 3000, 0, &first_rows);
    assert_true(first_rows > 3000);
    assert_true(build(scratch(dir, "many"), 3000, 17, 0, &rows) == first);
    assert_int_equal(rows, first_rows);
    assert_true(build(scratch(dir, "turned"), 3000, 250, 1234, &rows) == first);
}

static void test_prefix_and_get(void **state)
{
    struct em_store *store;
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_err err = {.text = ""};
    struct em_buf prefix, found;
    char dir[4096];
    uint64_t rows, n = 0, expected = 0;
    (void)state;
    build(scratch(dir, "prefix"), 2000, 90, 0, &rows);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
    em_buf_init(&prefix, EM_MAX_KEY);
    em_buf_init(&found, 1 << 16);
    struct em_document want = sample(11);
    assert_int_equal(em_document_domain_prefix(&prefix, want.domain), EM_OK);
    for (uint64_t i = 0; i < 2000; i++)
        expected += em_mix64(i) % 37 == em_mix64(11) % 37;
    assert_int_equal(
        em_cursor_open(&cursor, store, EM_TABLE_DOCUMENTS, em_buf_view(&prefix), &err),
        EM_OK);
    while (em_cursor_next(cursor, &key, &value, &err) == EM_OK) {
        struct em_document d;
        assert_int_equal(em_document_read(&d, key, value), EM_OK);
        want = sample(d.number);
        assert_true(em_view_eq(d.url, want.url) && em_view_eq(d.domain, want.domain));
        assert_true(d.date == want.date && d.words == want.words);
        n++;
    }
    em_cursor_free(cursor);
    assert_int_equal(n, expected);
    em_buf_clear(&prefix);
    want = sample(77);
    assert_int_equal(em_document_key(&prefix, &want), EM_OK);
    assert_int_equal(
        em_store_get(store, EM_TABLE_DOCUMENTS, em_buf_view(&prefix), &found, &err),
        EM_OK);
    want.number = 5000;
    em_buf_clear(&prefix);
    assert_int_equal(em_document_key(&prefix, &want), EM_OK);
    assert_int_equal(
        em_store_get(store, EM_TABLE_DOCUMENTS, em_buf_view(&prefix), &found, &err),
        EM_ERR_NOTFOUND);
    em_buf_release(&prefix);
    em_buf_release(&found);
    em_store_free(store);
}

static void test_one_writer(void **state)
{
    struct em_store *one, *two;
    struct em_err err = {.text = ""};
    char dir[4096];
    (void)state;
    scratch(dir, "writers");
    assert_int_equal(em_store_open(&one, dir, EM_STORE_WRITE, &err), EM_OK);
    assert_int_equal(em_store_open(&two, dir, EM_STORE_WRITE, &err), EM_ERR_IO);
    assert_non_null(strstr(err.text, "being written"));
    em_store_free(one);
    assert_int_equal(em_store_open(&two, dir, EM_STORE_WRITE, &err), EM_OK);
    em_store_free(two);
    assert_int_equal(em_store_open(&two, dir, EM_STORE_CREATE, &err), EM_ERR_USAGE);
    assert_int_equal(em_store_open(&two, scratch(dir, "none"), EM_STORE_READ, &err),
                     EM_ERR_NOTFOUND);
}

/* The bytes of a version this program does not know. */
static void test_another_format_is_refused(void **state)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi meta;
    MDB_val key = {6, (void *)(uintptr_t) "format"};
    MDB_val value = {4, (void *)(uintptr_t) "\0\0\0\x63"};
    char dir[4096];
    (void)state;
    scratch(dir, "format");
    assert_int_equal(em_store_open(&store, dir, EM_STORE_WRITE, &err), EM_OK);
    em_store_free(store);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
    assert_int_equal(mdb_env_open(env, dir, 0, 0666), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "meta", 0, &meta), 0);
    assert_int_equal(mdb_put(txn, meta, &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    const enum em_store_mode modes[] = {EM_STORE_READ, EM_STORE_WRITE};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(em_store_open(&store, dir, modes[i], &err), EM_ERR_VERSION);
        assert_non_null(strstr(err.text, "has format 99"));
    }
}

static void test_readers_see_a_whole_state(void **state)
{
    struct em_store *writer, *reader;
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_err err = {.text = ""};
    struct em_rows rows;
    char dir[4096];
    uint64_t n = 0;
    (void)state;
    em_rows_init(&rows);
    assert_int_equal(
        em_store_open(&writer, scratch(dir, "readers"), EM_STORE_WRITE, &err), EM_OK);
    for (uint64_t i = 0; i < 100; i++)
        add_sample(&rows, i);
    assert_int_equal(em_store_commit(writer, &rows, NULL, 0, &err), EM_OK);
    assert_int_equal(em_store_open(&reader, dir, EM_STORE_READ, &err), EM_OK);
    for (uint64_t round = 1; round < 12; round++) { /* beyond one compaction */
        em_rows_clear(&rows);
        for (uint64_t i = 0; i < 100; i++)
            add_sample(&rows, round * 100 + i);
        assert_int_equal(em_store_commit(writer, &rows, NULL, 0, &err), EM_OK);
    }
    assert_int_equal(
        em_cursor_open(&cursor, reader, EM_TABLE_DOCUMENTS, EM_VIEW_NONE, &err), EM_OK);
    while (em_cursor_next(cursor, &key, &value, &err) == EM_OK)
        n++;
    assert_int_equal(n, 100);
    em_cursor_free(cursor);
    em_store_free(reader);
    em_store_free(writer);
    em_rows_release(&rows);
}

static void test_ledger_and_growth(void **state)
{
    struct em_store *store;
    struct em_ledger entry = {.name = EM_VIEW("a.warc.gz"),
                              .model_name = EM_VIEW("en-2026.1"),
                              .size = 1234,
                              .records = 99,
                              .documents = 90};
    struct em_err err = {.text = ""};
    struct em_rows rows;
    char dir[4096];
    (void)state;
    em_rows_init(&rows);
    entry.file = em_name_hash(entry.name);
    entry.model = em_model_hash(entry.model_name);
    entry.drops[EM_DROP_MIME] = 9;
    scratch(dir, "growth");
    assert_int_equal(em_store_open(&store, dir, EM_STORE_WRITE, &err), EM_OK);
    /* 100 MB of rows: more than the first map, so that it grows on the way. */
    static char value[100000];
    for (uint64_t i = 0; i < 1000; i++) {
        char key[32];
        memset(value, (int)(i % 251), sizeof(value));
        int len = snprintf(key, sizeof(key), "key%06d", (int)i);
        assert_int_equal(em_rows_add(&rows, EM_TABLE_PASSAGES,
                                     em_view_make(key, (size_t)len),
                                     em_view_make(value, sizeof(value))),
                         EM_OK);
    }
    assert_int_equal(em_store_commit(store, &rows, &entry, 1, &err), EM_OK);
    em_store_free(store);
    em_rows_release(&rows);

    struct em_ledger read;
    assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
    assert_int_equal(em_store_ledger_get(store, entry.file, entry.model, &read, &err),
                     EM_OK);
    assert_true(em_view_eq(read.name, entry.name));
    assert_int_equal(read.records, 99);
    assert_int_equal(read.drops[EM_DROP_MIME], 9);
    assert_int_equal(em_store_ledger_get(store, entry.file, 5, &read, &err),
                     EM_ERR_NOTFOUND);
    struct em_buf found;
    em_buf_init(&found, 1 << 20);
    assert_int_equal(
        em_store_get(store, EM_TABLE_PASSAGES, EM_VIEW("key000500"), &found, &err),
        EM_OK);
    assert_int_equal(found.len, sizeof(value));
    em_buf_release(&found);
    em_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_grouping_gives_one_index),
        cmocka_unit_test(test_prefix_and_get),
        cmocka_unit_test(test_one_writer),
        cmocka_unit_test(test_another_format_is_refused),
        cmocka_unit_test(test_readers_see_a_whole_state),
        cmocka_unit_test(test_ledger_and_growth),
    };
    return cmocka_run_group_tests_name("store", tests, scratch_setup, scratch_teardown);
}
