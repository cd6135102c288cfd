/* SPDX-License-Identifier: Apache-2.0
 *
 * Merging: within one large table it stops and continues, threads and fan-in change nothing,
 * and every allocation may fail.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "index/merge_private.h"

#include "tests/unit/scratch.h"

enum { PARTS = 5, ROWS = 60000 };

static char dirs_room[PARTS][4096];
static const char *dirs[PARTS];

/* Rows of about `size` bytes: most keys are in one part, every tenth in all of them. */
static void make_part(size_t part, uint64_t rows, size_t size)
{
    struct em_store *store;
    struct em_rows bag;
    struct em_err err = {.text = ""};
    char name[32], key[64], value[4096];
    snprintf(name, sizeof(name), "part.%zu", part);
    dirs[part] = scratch(dirs_room[part], name);
    em_index_remove(dirs[part]);
    assert_int_equal(em_store_open(&store, dirs[part], EM_STORE_CREATE, &err), EM_OK);
    em_rows_init(&bag);
    for (uint64_t i = 0; i < rows; i++) {
        if (i % 10 && em_mix64(i) % PARTS != part)
            continue;
        int n = snprintf(key, sizeof(key), "%016llx", (unsigned long long)em_mix64(i));
        for (size_t k = 0; k < size; k++)
            value[k] = (char)(em_mix64(i * 4096 + k / 8) >> 8 * (k % 8));
        assert_int_equal(em_rows_add(&bag, EM_TABLE_DOCUMENTS,
                                     em_view_make(key, (size_t)n),
                                     em_view_make(value, size)),
                         EM_OK);
    }
    assert_int_equal(em_store_commit(store, &bag, NULL, 0, &err), EM_OK);
    em_rows_release(&bag);
    em_store_free(store);
}

static uint64_t contents(const char *dir, uint64_t *rows)
{
    struct em_store *store;
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_err err = {.text = ""};
    uint64_t hash = 0;
    *rows = 0;
    assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
    assert_int_equal(
        em_cursor_open(&cursor, store, EM_TABLE_DOCUMENTS, EM_VIEW_NONE, &err), EM_OK);
    while (em_cursor_next(cursor, &key, &value, &err) == EM_OK) {
        hash = em_hash64(value.data, value.len, em_hash64(key.data, key.len, hash));
        ++*rows;
    }
    em_cursor_free(cursor);
    em_store_free(store);
    return hash;
}

struct watch {
    atomic_int stop;
    unsigned calls, stop_at;
    uint64_t rows; /* at the first call */
    bool resumed;
};

static void watch_step(void *context, const char *table, uint64_t read, uint64_t all,
                       uint64_t rows, bool resumed)
{
    struct watch *w = context;
    assert_non_null(table);
    assert_true(read <= all);
    if (w->calls++ == 0) {
        w->rows = rows;
        w->resumed = resumed;
    }
    if (w->calls == w->stop_at)
        atomic_store(&w->stop, 1);
}

static enum em_status merge(const char *out, uint32_t threads, uint32_t fan_in)
{
    struct em_err err = {.text = ""};
    const struct em_merge_options options = {
        .out = out, .dirs = dirs, .n_dirs = PARTS, .threads = threads, .fan_in = fan_in};
    return em_index_merge_run(&options, &err);
}

static void test_ways(void **state)
{
    (void)state;
    char out[4096];
    uint64_t rows, want = 0;
    const uint32_t ways[][2] = {{1, 0}, {1, 2}, {3, 2}, {4, 3}, {7, 64}};
    for (size_t part = 0; part < PARTS; part++)
        make_part(part, ROWS, 700);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        assert_int_equal(merge(scratch(out, "ways"), ways[i][0], ways[i][1]), EM_OK);
        uint64_t got = contents(out, &rows);
        assert_int_equal(rows, ROWS);
        assert_true(i == 0 || got == want);
        want = got;
        em_index_remove(out);
    }
}

/* Stopped again and again in the midst of a table of some ten ranges: each try continues where
 * the one before ended, and what comes out is whole. */
static void test_goes_on_inside_a_table(void **state)
{
    (void)state;
    char out[4096];
    uint64_t rows, last = 0;
    unsigned tries = 0;
    for (;; tries++) {
        struct em_err err = {.text = ""};
        struct watch watch = {.stop_at = 3};
        const struct em_merge_step step = {.out = scratch(out, "inside"),
                                           .dirs = dirs,
                                           .n_dirs = PARTS,
                                           .threads = 2,
                                           .fingerprint = 7,
                                           .stop = &watch.stop,
                                           .show = watch_step,
                                           .context = &watch};
        enum em_status status = em_merge_step_run(&step, &err);
        assert_true(watch.resumed == (tries > 0));
        assert_true(tries == 0 || watch.rows > last || watch.rows == ROWS);
        last = watch.rows;
        if (status == EM_OK)
            break;
        assert_int_equal(status, EM_ERR_INTERRUPTED);
        assert_true(tries < 100);
    }
    assert_true(tries >= 3);
    (void)contents(out, &rows);
    assert_int_equal(rows, ROWS);
    em_index_remove(out);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    char out[4096];
    uint64_t rows;
    for (size_t part = 0; part < PARTS; part++)
        make_part(part, 50, 40);
    scratch(out, "oom");
    for (long nth = 1;; nth++) {
        em_alloc_fail_at(nth, 0);
        enum em_status status = merge(out, 2, 2);
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        if (status == EM_OK && made < nth)
            break;
        /* One that is done without is allowed; none may do harm. */
        if (status == EM_OK)
            em_index_remove(out);
        else
            assert_int_equal(status, EM_ERR_NOMEM);
        assert_true(nth < 100000);
    }
    (void)contents(out, &rows);
    assert_int_equal(rows, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_goes_on_inside_a_table),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
