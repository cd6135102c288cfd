/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_runs.h"
#include "crawler/archive/parquet_thrift.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* spec: Encodings.md, "Run Length Encoding / Bit-Packing Hybrid": 0 to 7 in three bits. */
static void test_packed_run(void **state)
{
    (void)state;
    struct em_parquet_runs r;
    uint32_t value;
    em_parquet_runs_init(&r, EM_VIEW("\x03\x88\xC6\xFA"), 3);
    for (uint32_t i = 0; i < 8; i++) {
        assert_null(em_parquet_runs_next(&r, &value));
        assert_int_equal(value, i);
    }
    assert_non_null(em_parquet_runs_next(&r, &value));
}

/* The same example in the deprecated order, most significant bit first. */
static void test_legacy_levels(void **state)
{
    (void)state;
    struct em_parquet_runs r;
    uint32_t value;
    em_parquet_runs_legacy(&r, EM_VIEW("\x05\x39\x77"), 3, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_null(em_parquet_runs_next(&r, &value));
        assert_int_equal(value, i);
    }
    assert_non_null(em_parquet_runs_next(&r, &value));
}

static void test_equal_run(void **state)
{
    (void)state;
    struct em_parquet_runs r;
    uint32_t value;
    em_parquet_runs_init(&r, EM_VIEW("\x06\x01\x01"), 9);
    for (int i = 0; i < 3; i++) {
        assert_null(em_parquet_runs_next(&r, &value));
        assert_int_equal(value, 257);
    }
    assert_string_equal(em_parquet_runs_next(&r, &value),
                        "levels or indexes end too early");
    em_parquet_runs_init(&r, EM_VIEW("\x06\x08"), 3);
    assert_string_equal(em_parquet_runs_next(&r, &value),
                        "a run has a value of too many bits");
    em_parquet_runs_init(&r, EM_VIEW("\x06"), 8);
    assert_non_null(em_parquet_runs_next(&r, &value));
    em_parquet_runs_init(&r, EM_VIEW("\x80\x80\x80"), 8);
    assert_non_null(em_parquet_runs_next(&r, &value));
}

/* The last group of a packed run may be cut; what is there is given, and no more. */
static void test_short_group(void **state)
{
    (void)state;
    struct em_parquet_runs r;
    uint32_t value;
    em_parquet_runs_init(&r, EM_VIEW("\x05\x01\x02\x03"), 8);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_null(em_parquet_runs_next(&r, &value));
        assert_int_equal(value, i);
    }
    assert_non_null(em_parquet_runs_next(&r, &value));
}

/* spec: Encodings.md, "Delta Encoding", example 2: 7, 5, 3, 1, 2, 3, 4, 5 in a block of 128
 * values in 4 miniblocks. */
static void test_delta(void **state)
{
    (void)state;
    static const int64_t expected[] = {7, 5, 3, 1, 2, 3, 4, 5};
    char bytes[32] = "\x80\x01\x04\x08\x0E\x03\x02\0\0\0\xC0\x3F";
    struct em_parquet_delta d;
    const unsigned char *end;
    int64_t value;
    assert_null(em_parquet_delta_init(&d, em_view_make(bytes, 18)));
    assert_null(em_parquet_delta_end(&d, &end));
    assert_ptr_equal(end, bytes + 18);
    for (int i = 0; i < 8; i++) {
        assert_null(em_parquet_delta_next(&d, &value));
        assert_int_equal(value, expected[i]);
    }
    assert_string_equal(em_parquet_delta_next(&d, &value),
                        "fewer values than the page has");
}

static void test_delta_damage(void **state)
{
    (void)state;
    static const struct em_view bad[] = {
        {"", 0},
        {"\x80\x01", 2},
        {"\x00\x04\x08\x0E", 4},     /* no values a block */
        {"\x80\x01\x00\x08\x0E", 5}, /* no miniblocks */
        {"\x80\x01\x03\x08\x0E", 5}, /* that do not divide the block */
        {"\xFF\xFF\xFF\xFF\x0F\x01\x08\x0E", 8}};
    struct em_parquet_delta d;
    const unsigned char *end;
    int64_t value;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(em_parquet_delta_init(&d, bad[i]));
    /* Its second value lies after the end; and one of 65 bits. */
    assert_null(em_parquet_delta_init(&d, EM_VIEW("\x80\x01\x04\x08\x0E\x03\x02\0\0\0")));
    assert_null(em_parquet_delta_next(&d, &value));
    assert_non_null(em_parquet_delta_next(&d, &value));
    assert_null(em_parquet_delta_init(&d, EM_VIEW("\x80\x01\x04\x08\x0E\x03\x41\0\0\0")));
    assert_non_null(em_parquet_delta_end(&d, &end));
}

static void test_thrift(void **state)
{
    (void)state;
    /* 1: i32 -3, 3: binary "ab", 20: true, 21: list of two i32, 22: struct with 1: false */
    struct em_thrift t =
        em_thrift_from(EM_VIEW("\x15\x05\x28\x02"
                               "ab"
                               "\x01\x28\x19\x25\x02\x04\x1C\x12\x00\x00"));
    struct em_thrift_field f = {.id = 0};
    assert_true(em_thrift_field(&t, &f));
    assert_int_equal(f.id, 1);
    assert_int_equal(em_thrift_int(&t, f.type), -3);
    assert_true(em_thrift_field(&t, &f));
    assert_int_equal(f.id, 3);
    assert_true(em_view_eq(em_thrift_binary(&t, f.type), EM_VIEW("ab")));
    assert_true(em_thrift_field(&t, &f));
    assert_int_equal(f.id, 20);
    assert_true(em_thrift_bool(&t, f.type));
    assert_true(em_thrift_field(&t, &f));
    assert_int_equal(f.id, 21);
    em_thrift_skip(&t, f.type);
    assert_true(em_thrift_field(&t, &f));
    assert_int_equal(f.id, 22);
    em_thrift_skip(&t, f.type);
    assert_false(em_thrift_field(&t, &f));
    assert_false(t.bad);
    assert_ptr_equal(t.at, t.end);
}

/* Lengths that are longer than what there is, and nesting without end. */
static void test_thrift_bombs(void **state)
{
    (void)state;
    char deep[100];
    enum em_thrift_type item;
    struct em_thrift t = em_thrift_from(EM_VIEW("\xFF\xFF\xFF\xFF\x0F"
                                                "ab"));
    em_thrift_binary(&t, EM_THRIFT_BINARY);
    assert_true(t.bad);
    t = em_thrift_from(EM_VIEW("\xFC\xFF\xFF\xFF\xFF\x0F"
                               "ab"));
    assert_int_equal(em_thrift_list(&t, EM_THRIFT_LIST, &item), 0);
    assert_true(t.bad);
    memset(deep, 0x1C, sizeof(deep));
    t = em_thrift_from(em_view_make(deep, sizeof(deep)));
    em_thrift_skip(&t, EM_THRIFT_STRUCT);
    assert_true(t.bad);
    t = em_thrift_from(EM_VIEW("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
    em_thrift_int(&t, EM_THRIFT_I64);
    assert_true(t.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_run), cmocka_unit_test(test_legacy_levels),
        cmocka_unit_test(test_equal_run),  cmocka_unit_test(test_short_group),
        cmocka_unit_test(test_delta),      cmocka_unit_test(test_delta_damage),
        cmocka_unit_test(test_thrift),     cmocka_unit_test(test_thrift_bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
