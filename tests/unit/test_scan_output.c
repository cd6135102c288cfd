/* SPDX-License-Identifier: Apache-2.0
 *
 * The output of a scan with an index: one name for every spelling, cut back to what the
 * index vouches for, and nothing of another's written over.
 */
#include "scratch.h"

#include "base/hash.h"
#include "base/limits.h"
#include "detector/detector.h"
#include "index/model.h"
#include "index/store.h"
#include "pipeline/scan/recorder.h"
#include "pipeline/scan/scan_output.h"

#include <stdbool.h>
#include <sys/stat.h>

static const char *const one_input[] = {"a.warc"};

static void name_is(const char *dir, const char *path, const char *want)
{
    struct em_buf name;
    em_buf_init(&name, EM_MIB);
    assert_int_equal(em_scan_output_name(&name, dir, path), EM_OK);
    assert_string_equal(name.data, want);
    em_buf_release(&name);
}

static void one_name_for_every_spelling(void **state)
{
    (void)state;
    char dir[4096], path[4096], other[4096];
    mkdir(scratch(dir, "run"), 0700);
    mkdir(scratch(dir, "run/idx"), 0700);
    mkdir(scratch(path, "other"), 0700);
    name_is(dir, scratch(path, "run/out.jsonl"), "../out.jsonl");
    name_is(dir, scratch(path, "run/idx/../out.jsonl"), "../out.jsonl");
    name_is(dir, scratch(path, "run/./out.jsonl"), "../out.jsonl");
    name_is(dir, scratch(path, "other/out.jsonl"), "../../other/out.jsonl");
    name_is(dir, scratch(path, "run/idx/out.jsonl"), "../idx/out.jsonl");
    /* A file that is there and one that is not have the same name; so has a link's. */
    FILE *file = fopen(scratch(path, "run/out.jsonl"), "wb");
    assert_non_null(file);
    fclose(file);
    name_is(dir, path, "../out.jsonl");
    assert_int_equal(symlink(path, scratch(other, "other/link")), 0);
    name_is(dir, other, "../out.jsonl");
    /* Names that begin alike are not the same folder. */
    name_is(dir, scratch(path, "run/idx2"), "../idx2");
    struct em_buf name;
    em_buf_init(&name, EM_MIB);
    assert_int_equal(em_scan_output_name(&name, dir, scratch(path, "none/out")),
                     EM_ERR_IO);
    em_buf_release(&name);
}

static struct em_recorder *index_open(const char *dir)
{
    struct em_recorder *recorder;
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_recorder_open(&recorder, dir, NULL, one_input, 1, &err), EM_OK);
    return recorder;
}

/* A record of the input, and a note of the output, as a run without a model commits them. */
static void index_commit(const char *dir, const char *output, uint64_t length)
{
    struct em_store *store;
    struct em_rows rows;
    struct em_err err = {.status = EM_OK};
    char ids[EM_MODEL_IDS];
    em_model_ids(NULL, ids);
    struct em_ledger entry = {.name = em_view_of(one_input[0]),
                              .model_name = em_view_of(ids),
                              .records = 1,
                              .documents = 1};
    entry.file = em_name_hash(entry.name);
    entry.model = em_model_hash(entry.model_name);
    const struct em_note note = {em_view_of(output), length};
    em_rows_init(&rows);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_WRITE, &err), EM_OK);
    assert_int_equal(em_store_commit_noted(store, &rows, &entry, 1, &note, &err), EM_OK);
    em_store_free(store);
    em_rows_release(&rows);
}

static enum em_status output_open(FILE **out, const char *dir, const char *path,
                                  struct em_err *err)
{
    struct em_recorder *recorder = index_open(dir);
    *err = (struct em_err){.status = EM_OK};
    enum em_status status = em_scan_output_open(out, recorder, dir, path, 1, err);
    em_recorder_free(recorder);
    return status;
}

static void goes_on_where_the_index_stopped(void **state)
{
    (void)state;
    char dir[4096], path[4096];
    struct em_err err = {.status = EM_OK};
    FILE *out;
    uint64_t length;
    struct stat st;
    scratch(dir, "resumed");
    scratch(path, "resumed.jsonl");
    struct em_recorder *recorder = index_open(dir);
    assert_int_equal(em_scan_output_open(&out, recorder, dir, path, 1, &err), EM_OK);
    fputs("first\nsecond\n", out);
    assert_true(em_scan_output_flush(out, &length));
    assert_int_equal(length, 13);
    fputs("lost", out); /* after the commit */
    fclose(out);
    em_recorder_free(recorder);
    index_commit(dir, "../resumed.jsonl", length);

    assert_int_equal(output_open(&out, dir, path, &err), EM_OK);
    assert_int_equal(ftell(out), 13);
    fclose(out);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 13);
    /* Shorter than the index vouches for. */
    assert_int_equal(truncate(path, 12), 0);
    assert_int_equal(output_open(&out, dir, path, &err), EM_ERR_FORMAT);
    assert_null(out);
    assert_non_null(strstr(err.text, "has 12 bytes, but the index vouches for 13"));
    /* Gone. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(output_open(&out, dir, path, &err), EM_ERR_IO);
    assert_non_null(strstr(err.text, "cannot go on writing"));
    /* Another name: what is there is not this index's; what is empty or new may be. */
    out = fopen(scratch(path, "theirs.jsonl"), "wb");
    assert_non_null(out);
    fclose(out);
    assert_int_equal(output_open(&out, dir, path, &err), EM_OK);
    fputs("x", out);
    fclose(out);
    assert_int_equal(output_open(&out, dir, path, &err), EM_ERR_USAGE);
    assert_null(out);
    assert_non_null(strstr(err.text, "did not write it"));
    /* An index that has none of the inputs may replace it. */
    assert_int_equal(output_open(&out, scratch(dir, "fresh"), path, &err), EM_OK);
    assert_int_equal(ftell(out), 0);
    fclose(out);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
}

/* Indexes of older programs noted the path as it was given. */
static void older_notes_are_known(void **state)
{
    (void)state;
    char dir[4096], path[4096];
    struct em_err err;
    scratch(dir, "older");
    FILE *out = fopen(scratch(path, "older.jsonl"), "wb");
    assert_non_null(out);
    fputs("one\ntwo\n", out);
    fclose(out);
    index_commit(dir, path, 4);
    assert_int_equal(output_open(&out, dir, path, &err), EM_OK);
    assert_int_equal(ftell(out), 4);
    fclose(out);
}

static void names_that_cannot_be(void **state)
{
    (void)state;
    char dir[4096], path[4096];
    struct em_err err;
    FILE *out;
    scratch(dir, "refused");
    assert_int_equal(output_open(&out, dir, scratch(path, "x.jsonl.gz"), &err),
                     EM_ERR_USAGE);
    assert_non_null(strstr(err.text, "cannot be continued"));
    assert_int_equal(output_open(&out, dir, scratch(path, "none/x.jsonl"), &err),
                     EM_ERR_IO);
    assert_null(out);
    assert_non_null(strstr(err.text, "No such file"));
    assert_int_equal(output_open(&out, dir, scratch_root, &err), EM_ERR_IO);
}

static void standard_output_has_no_length(void **state)
{
    (void)state;
    uint64_t length = 5;
    assert_true(em_scan_output_flush(stdout, &length));
    assert_int_equal(length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_for_every_spelling),
        cmocka_unit_test(goes_on_where_the_index_stopped),
        cmocka_unit_test(older_notes_are_known),
        cmocka_unit_test(names_that_cannot_be),
        cmocka_unit_test(standard_output_has_no_length),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
