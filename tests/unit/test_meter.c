/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/meter.h"

static void assert_left(double share, double fresh, double seconds, const char *want)
{
    char out[80];
    em_meter_left(out, sizeof(out), share, fresh, seconds);
    assert_string_equal(out, want);
}

static void test_left(void **state)
{
    (void)state;
    assert_left(0.5, 0.5, 10, ", 50.0%, 10 s left");
    assert_left(0.1, 0.1, 10, ", 10.0%, 1 min 30 s left");
    assert_left(0.01, 0.01, 100, ", 1.0%, 2 h 45 min left");
    assert_left(1, 1, 10, ", 100.0%, 0 s left");
    /* A guess is not shown: too soon, too little, not known. */
    assert_left(0.5, 0.5, 1, "");
    assert_left(0.9, 0.001, 10, "");
    assert_left(-1, 0, 10, "");
    /* Resumed at 80 %: a tenth of what is left took 10 s. */
    assert_left(0.82, 0.1, 10, ", 82.0%, 1 min 30 s left");
}

static void test_line(void **state)
{
    (void)state;
    char line[200];
    assert_false(em_meter_line(line, sizeof(line), "clean", em_clock_now()));
    em_meter_add(EM_METER_BYTES, 1500);
    assert_true(em_meter_line(line, sizeof(line), "records", em_clock_now()));
    assert_string_equal(line, "records: reading, 1.5 kB");
    em_meter_begin(EM_METER_BYTES, "cleaning", 4000000);
    double now = em_clock_now();
    em_meter_add(EM_METER_BYTES, 1000000);
    assert_true(em_meter_line(line, sizeof(line), "clean", now + 10));
    assert_string_equal(line, "clean: cleaning, 1.0 MB, 25.0%, 30 s left");
    /* What was done before is no measure of the speed: 1 of 2 MB took 10 s. */
    em_meter_skip(EM_METER_BYTES, 2000000);
    assert_true(em_meter_line(line, sizeof(line), "clean", now + 10));
    assert_string_equal(line, "clean: cleaning, 3.0 MB, 75.0%, 10 s left");
    em_meter_add(EM_METER_BYTES, 1000000);
    assert_true(em_meter_line(line, sizeof(line), "clean", now + 10));
    assert_string_equal(line, "clean: cleaning done, going on");
    em_meter_begin(EM_METER_BLOCKS, "documents", 0);
    em_meter_add(EM_METER_BLOCKS, 7);
    assert_true(em_meter_line(line, sizeof(line), "echo", now + 10));
    assert_string_equal(line, "echo: documents");
}

/* Nothing is shown, and nothing waits, where standard error is no terminal. */
static void test_no_terminal(void **state)
{
    (void)state;
    em_meter_start("clean");
    em_meter_stop();
    em_meter_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_left),
        cmocka_unit_test(test_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
