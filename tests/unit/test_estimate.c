/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline/scan/estimate.h"
#include "tests/unit/scratch.h"

static struct em_estimate estimate(const char *const *files, size_t n, uint32_t threads)
{
    struct em_estimate e;
    struct em_err err = {.text = ""};
    const struct em_scan_options options = {
        .files = files, .n_files = n, .threads = threads};
    assert_int_equal(em_scan_estimate(&e, &options, &err), EM_OK);
    return e;
}

/* A corpus that the trial reads to its end: the estimate is the trial. */
static void test_whole(void **state)
{
    (void)state;
    char a[4096], b[4096];
    for (int i = 0; i < 2; i++) {
        FILE *out = fopen(i ? scratch(b, "b.jsonl") : scratch(a, "a.jsonl"), "wb");
        assert_non_null(out);
        for (int k = 0; k < 10; k++)
            fputs("{\"text\":\"one two three\"}\n", out);
        fclose(out);
    }
    const char *files[] = {a, b};
    struct em_estimate e = estimate(files, 2, 2);
    assert_int_equal(e.inputs, 2);
    assert_int_equal(e.bytes, 2 * 10 * strlen("{\"text\":\"one two three\"}\n"));
    assert_int_equal(e.unknown, 0);
    assert_int_equal(e.trial_bytes, e.bytes);
    assert_true(e.trial_seconds > 0);
    assert_true(e.seconds > 0.99 * e.trial_seconds && e.seconds < 1.01 * e.trial_seconds);
    double hours = e.seconds * 2 / 3600;
    assert_true(e.core_hours > 0.99 * hours && e.core_hours < 1.01 * hours);
}

static void test_unknown(void **state)
{
    (void)state;
    const char *files[] = {"-", "/no/such/file"};
    struct em_estimate e = estimate(files, 2, 1);
    assert_int_equal(e.unknown, 2);
    assert_int_equal(e.bytes, 0);
    assert_true(e.seconds < 0 && e.trial_seconds == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
