/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/wire/codes.h"
#include "index/ledger.h"
#include "index/merge.h"
#include "index/stream_rows.h"
#include "index/validate.h"
#include "pipeline/scan/scan.h"
#include "tests/unit/scratch.h"

#include <inttypes.h>

/* What `row`, with a check that agrees, comes to. */
static enum em_status read_row(const char *row, struct em_err *err)
{
    char dir[4096];
    scratch(dir, "rows");
    FILE *in = tmpfile();
    assert_non_null(in);
    fprintf(in, "%s\t%016" PRIx64 "\n", row, em_hash64(row, strlen(row), 0));
    rewind(in);
    *err = (struct em_err){.status = EM_OK};
    enum em_status status = em_stream_rows_read(in, dir, false, err);
    fclose(in);
    em_index_remove(dir);
    return status;
}

static void test_no_rows(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "documents:zz\tAAAA",   "documents:00ff",    "nonsense:00\tAAAA",
        "documents:00\tA",      "ledger:00\tAAAA",   "documents:00\t!!!!",
        "documents:0001\tAAAA", "hosts:00\tAAAA",    "months:0000\t",
        "hits:00\tAAAA",        "passages:00\tAAAA", "models:00\t",
        "diversity:00\tAAAA",   ":00\tAAAA",         "\t",
    };
    struct em_err err;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(read_row(bad[i], &err), EM_ERR_FORMAT);
        assert_non_null(strstr(err.text, "line 1"));
    }
}

static enum em_status read_entry(const struct em_ledger *entry)
{
    struct em_buf key, value;
    struct em_err err;
    char row[2000], hex[200], base64[1500];
    em_buf_init(&key, 200);
    em_buf_init(&value, 1000);
    assert_int_equal(em_ledger_key(&key, entry->file, entry->model), EM_OK);
    assert_int_equal(em_ledger_value(&value, entry), EM_OK);
    em_hex_write(hex, em_buf_view(&key));
    em_base64_write(base64, em_buf_view(&value));
    snprintf(row, sizeof(row), "ledger:%.*s\t%.*s", (int)EM_HEX_SIZE(key.len), hex,
             (int)EM_BASE64_SIZE(value.len), base64);
    em_buf_release(&key);
    em_buf_release(&value);
    return read_row(row, &err);
}

static void test_entry(void **state)
{
    (void)state;
    struct em_ledger entry = {.name = EM_VIEW("in.warc"),
                              .model_name = EM_VIEW("en@1"),
                              .complete = true,
                              .records = 3};
    entry.file = em_name_hash(entry.name);
    entry.model = em_model_hash(entry.model_name);
    entry.drops[1] = 3;
    assert_int_equal(read_entry(&entry), EM_OK);
    entry.drops[1] = 0;
    assert_int_equal(read_entry(&entry), EM_ERR_FORMAT);
}

/* --- rows of a scan, changed ---------------------------------------------------------------- */

enum { MAX_ROWS = 400, MAX_ROW = 8001 };

static char rows_of_scan[MAX_ROWS][MAX_ROW];
static size_t n_rows;

static bool no_lines(void *context, struct em_view lines)
{
    (void)context;
    return lines.len > 0;
}

static bool no_output(void *context, uint64_t *length)
{
    (void)context;
    *length = 0;
    return true;
}

static void no_damage(void *context, const char *file, uint64_t offset,
                      const char *reason)
{
    (void)context;
    (void)offset;
    print_message("%s: %s\n", file, reason);
}

static void scan_corpus(const char *corpus, const char *dir)
{
    struct em_recorder *recorder;
    struct em_summary summary;
    struct em_err err = {.text = ""};
    const char *files[] = {corpus};
    assert_int_equal(em_recorder_open(&recorder, dir, NULL, files, 1, &err), EM_OK);
    const struct em_scan_options options = {.files = files,
                                            .n_files = 1,
                                            .threads = 1,
                                            .recorder = recorder,
                                            .write = no_lines,
                                            .flush = no_output,
                                            .damage = no_damage};
    assert_int_equal(em_scan_run(&options, &summary, &err), EM_OK);
    assert_int_equal(summary.documents, 4);
    em_recorder_free(recorder);
}

/* Rows of a small corpus, once for all tests. */
static void make_rows(void)
{
    char corpus[4096], dir[4096];
    if (n_rows)
        return;
    struct em_err err = {.text = ""};
    FILE *out = fopen(scratch(corpus, "corpus.jsonl"), "wb");
    assert_non_null(out);
    for (int i = 0; i < 5; i++) {
        fprintf(out,
                "{\"id\":\"%d\",\"url\":\"http://s%d.example/a\",\"date\":"
                "\"2023-0%d-01\",\"text\":\"",
                i, i % 2, i + 1);
        for (int k = 0; k < (i == 4 ? 0 : 60); k++)
            fprintf(out, "word%d of the harbour tide number %d came in. ", k * i, k);
        fputs("\"}\n", out);
    }
    fclose(out);
    scan_corpus(corpus, scratch(dir, "scanned"));
    FILE *rows = tmpfile();
    assert_non_null(rows);
    assert_int_equal(em_stream_rows_write(dir, rows, &err), EM_OK);
    rewind(rows);
    while (n_rows < MAX_ROWS && fgets(rows_of_scan[n_rows], MAX_ROW - 1, rows)) {
        n_rows++;
    }
    fclose(rows);
    assert_true(n_rows > 8 && n_rows < MAX_ROWS);
}

static void count_problem(void *context, const char *what)
{
    (void)context;
    print_message("accepted, but: %s\n", what);
}

/* Refused (false), or a sound index. */
static bool rows_accepted_as(bool whole)
{
    char dir[4096];
    struct em_store *store;
    struct em_validation found;
    struct em_err err = {.text = ""};
    FILE *in = tmpfile();
    assert_non_null(in);
    for (size_t i = 0; i < n_rows; i++)
        fputs(rows_of_scan[i], in);
    rewind(in);
    bool accepted =
        em_stream_rows_read(in, scratch(dir, "changed"), whole, &err) == EM_OK;
    fclose(in);
    if (accepted) {
        assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
        assert_int_equal(em_index_validate(store, count_problem, NULL, &found, &err),
                         EM_OK);
        assert_int_equal(found.problems, 0);
        em_store_free(store);
    } else {
        assert_true(err.text[0] != '\0');
    }
    em_index_remove(dir);
    return accepted;
}

static bool rows_accepted(void)
{
    return rows_accepted_as(false);
}

/* One character of a line becomes another one, goes, or comes twice. */
static void row_change(char *row, uint64_t chance)
{
    size_t n = strlen(row), at = chance % n;
    char other = (char)('0' + (chance >> 32) % 70);
    if (chance >> 60 == 0)
        memmove(row + at, row + at + 1, n - at);
    else if (chance >> 60 == 1)
        memmove(row + at + 1, row + at, n - at + 1);
    else
        row[at] = row[at] == other ? '!' : other;
}

/* Whatever happens to a line on its way, it is refused or the index validates. (A line that
 * is lost is missed only by who has all of them: see test_lost_rows.) */
static void test_changed_rows(void **state)
{
    (void)state;
    enum { CHANGES = 300 };
    size_t refused = 0;
    make_rows();
    assert_true(rows_accepted());
    for (uint64_t i = 0; i < CHANGES; i++) {
        char *row = rows_of_scan[em_mix64(i) % n_rows], before[MAX_ROW];
        memcpy(before, row, MAX_ROW);
        row_change(row, em_mix64(i + 1000));
        refused += !rows_accepted();
        memcpy(row, before, MAX_ROW);
    }
    print_message("%zu of %d changes refused\n", refused, CHANGES);
    assert_true(refused > CHANGES / 2);
}

/* With all rows of a scan, each that is lost or comes twice is missed, the totals included. */
static void test_lost_rows(void **state)
{
    (void)state;
    make_rows();
    assert_true(rows_accepted_as(true));
    char row[MAX_ROW];
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(row, rows_of_scan[i], MAX_ROW);
        rows_of_scan[i][0] = '\0';
        assert_false(rows_accepted_as(true));
        size_t n = strlen(row);
        assert_true(2 * n < MAX_ROW);
        memcpy(rows_of_scan[i], row, n);
        memcpy(rows_of_scan[i] + n, row, n + 1);
        assert_false(rows_accepted_as(true));
        memcpy(rows_of_scan[i], row, MAX_ROW);
    }
    /* One lost and another one twice: as many, not the same ones. */
    memcpy(row, rows_of_scan[0], MAX_ROW);
    memcpy(rows_of_scan[0], rows_of_scan[1], MAX_ROW);
    assert_false(rows_accepted_as(true));
    memcpy(rows_of_scan[0], row, MAX_ROW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_changed_rows),
        cmocka_unit_test(test_lost_rows),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
