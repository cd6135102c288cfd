/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs that an index has under another name: links and spellings, moved files, and files
 * that only look alike.
 */
#include "scratch.h"

#include "base/hash.h"
#include "index/model.h"
#include "pipeline/scan/known.h"

#include <sys/stat.h>
#include <utime.h>

enum { THEN = 1600000000 };

static void file_make(const char *path, const char *text, time_t changed)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(utime(path, &(struct utimbuf){changed, changed}), 0);
}

static struct em_ledger entry_of(const char *path, const char *model)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    struct em_ledger entry = {.name = em_view_of(path),
                              .model_name = em_view_of(model),
                              .size = (uint64_t)st.st_size,
                              .changed = st.st_mtime,
                              .head = em_known_head(path),
                              .records = 1,
                              .documents = 1};
    entry.file = em_name_hash(entry.name);
    entry.model = em_model_hash(entry.model_name);
    return entry;
}

/* An index that has the files, each under two models. */
static struct em_store *index_with(const char *dir, char (*paths)[4096], size_t n)
{
    struct em_store *store;
    struct em_ledger entries[16];
    struct em_rows rows;
    struct em_err err = {.status = EM_OK};
    assert_true(2 * n <= 16);
    for (size_t i = 0; i < 2 * n; i++)
        entries[i] = entry_of(paths[i / 2], i % 2 ? "one@1" : "two@2");
    em_rows_init(&rows);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_WRITE, &err), EM_OK);
    assert_int_equal(em_store_commit(store, &rows, entries, 2 * n, &err), EM_OK);
    em_rows_release(&rows);
    return store;
}

static void heads(void **state)
{
    (void)state;
    char path[4096], other[4096];
    file_make(scratch(path, "head"), "some bytes", THEN);
    file_make(scratch(other, "head2"), "some bytes", THEN + 1);
    assert_true(em_known_head(path) != 0);
    assert_true(em_known_head(path) == em_known_head(other));
    file_make(other, "some bytez", THEN);
    assert_true(em_known_head(path) != em_known_head(other));
    file_make(other, "", THEN);
    assert_true(em_known_head(other) == 0);
    assert_true(em_known_head(scratch_root) == 0);
    assert_true(em_known_head("/no/such/file") == 0);
}

static void by_link_and_by_move(void **state)
{
    (void)state;
    char paths[3][4096], dir[4096], path[4096], moved[4096];
    struct em_known *known;
    struct em_err err = {.status = EM_OK};
    mkdir(scratch(path, "old"), 0700);
    mkdir(scratch(path, "new"), 0700);
    file_make(scratch(paths[0], "old/a.warc"), "first text", THEN);
    file_make(scratch(paths[1], "old/b.warc"), "other text", THEN);
    file_make(scratch(paths[2], "old/c.warc"), "third text", THEN);
    struct em_store *store = index_with(scratch(dir, "index"), paths, 3);
    assert_int_equal(rename(paths[1], scratch(moved, "new/b.warc")), 0);
    assert_int_equal(em_known_read(&known, store, &err), EM_OK);

    assert_string_equal(em_known_find(known, paths[0]), paths[0]);
    assert_string_equal(em_known_find(known, scratch(path, "old/../old/a.warc")),
                        paths[0]);
    assert_int_equal(symlink(paths[0], scratch(path, "new/link")), 0);
    assert_string_equal(em_known_find(known, path), paths[0]);
    assert_string_equal(em_known_find(known, moved), paths[1]);
    assert_null(em_known_find(known, "/no/such/file"));
    assert_null(em_known_find(known, scratch_root));
    /* A copy of what is still in its place is an input of its own. */
    file_make(scratch(path, "new/a.warc"), "first text", THEN);
    assert_null(em_known_find(known, path));
    /* Of what is gone: another name, another time, other bytes, another length. */
    file_make(scratch(path, "new/bb.warc"), "other text", THEN);
    assert_null(em_known_find(known, path));
    file_make(moved, "other text", THEN + 1);
    assert_null(em_known_find(known, moved));
    file_make(moved, "other texd", THEN);
    assert_null(em_known_find(known, moved));
    file_make(moved, "other text, longer", THEN);
    assert_null(em_known_find(known, moved));
    file_make(moved, "other text", THEN);
    assert_string_equal(em_known_find(known, moved), paths[1]);
    em_known_free(known);
    em_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(by_link_and_by_move),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
