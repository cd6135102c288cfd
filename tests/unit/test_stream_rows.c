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
    enum em_status status = em_stream_rows_read(in, dir, err);
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
                              .records = 3,
                              .documents = 2};
    entry.file = em_name_hash(entry.name);
    entry.model = em_model_hash(entry.model_name);
    entry.drops[1] = 1;
    assert_int_equal(read_entry(&entry), EM_OK);
    entry.drops[1] = 0;
    assert_int_equal(read_entry(&entry), EM_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_entry),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
