/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/json_read.h"

#include <stdio.h>
#include <stdlib.h>

static struct em_json_reader *reader;

static int make_reader(void **state)
{
    (void)state;
    return em_json_reader_new(&reader) == EM_OK ? 0 : -1;
}

static int free_reader(void **state)
{
    (void)state;
    em_json_reader_free(reader);
    return 0;
}

/* A copy of the exact size: reads past the end are seen by the sanitizers. */
static enum em_status parse(const char *text, struct em_err *err)
{
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    enum em_status status = em_json_reader_parse(reader, em_view_make(copy, len), err);
    free(copy);
    return status;
}

static const struct {
    const char *json, *path, *want; /* want NULL: no such string */
} strings[] = {
    {"{\"text\":\"abc\"}", "text", "abc"},
    {"{\"text\":\"\"}", "text", ""},
    {"{\"a\":{\"b\":{\"c\":\"deep\"}}}", "a.b.c", "deep"},
    {"{\"a.b\":\"whole\",\"a\":{\"b\":\"part\"}}", "a.b", "whole"},
    {"{\"a\":{\"b.c\":\"rest\"}}", "a.b.c", "rest"},
    {"{\"text\":null}", "text", NULL},
    {"{\"text\":1}", "text", NULL},
    {"{\"text\":[\"a\"]}", "text", NULL},
    {"{\"text\":\"a\"}", "tex", NULL},
    {"{\"text\":\"a\"}", "text.a", NULL},
    {"{\"text\":\"a\"}", "", NULL},
    {"{\"\":\"empty key\"}", "", "empty key"},
    {"[\"text\"]", "text", NULL},
    {"\"text\"", "text", NULL},
    {" {\"a\":\"\\u00e9\\n\\ud83d\\ude00\\\"\\/\"}\r\n", "a",
     "\xC3\xA9\n\xF0\x9F\x98\x80\"/"},
};

static void test_strings_by_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct em_view value;
        assert_int_equal(parse(strings[i].json, NULL), EM_OK);
        bool found = em_json_get_string(reader, strings[i].path, &value);
        if (found != (strings[i].want != NULL) ||
            (found && !em_view_eq(value, em_view_of(strings[i].want))))
            fail_msg("%s: %s", strings[i].json, strings[i].path);
    }
}

static void test_other_types(void **state)
{
    (void)state;
    double d;
    bool b;
    int64_t n;
    assert_int_equal(parse("{\"d\":1.5,\"n\":9007199254740993,\"u\":18446744073709551615,"
                           "\"t\":true,\"f\":false,\"s\":\"1\"}",
                           NULL),
                     EM_OK);
    assert_true(em_json_get_double(reader, "d", &d) && d == 1.5);
    assert_true(em_json_get_double(reader, "n", &d) && d > 9e15);
    assert_true(em_json_get_i64(reader, "n", &n) && n == 9007199254740993);
    assert_false(em_json_get_i64(reader, "d", &n));
    assert_false(em_json_get_i64(reader, "u", &n));
    assert_true(em_json_get_double(reader, "u", &d) && d > 1.8e19);
    assert_true(em_json_get_bool(reader, "t", &b) && b);
    assert_true(em_json_get_bool(reader, "f", &b) && !b);
    assert_false(em_json_get_bool(reader, "s", &b));
    assert_false(em_json_get_double(reader, "s", &d));
}

/* spec: RFC8259 2, 6, 7, 8.1 */
static const char *const invalid[] = {
    "",
    " ",
    "{",
    "}",
    "{\"a\":1",
    "{\"a\"}",
    "x",
    "{'a':1}",
    "{\"a\":01}",
    "{\"a\":1,}",
    "{\"a\":\"\n\"}",
    "{\"a\":1}{\"b\":2}",
    "nul",
    "{\"a\":\"\xFF\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\ud83d\"}x",
    "\xEF\xBB\xBF",
    "{\"a\":NaN}",
};

static void test_invalid_is_format_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++) {
        struct em_err err = {.status = EM_OK};
        struct em_view value;
        if (parse(invalid[i], &err) != EM_ERR_FORMAT)
            fail_msg("accepted: %s", invalid[i]);
        assert_int_equal(err.status, EM_ERR_FORMAT);
        assert_true(err.text[0] != '\0');
        /* Nothing is left of an earlier document. */
        assert_false(em_json_get_string(reader, "a", &value));
    }
}

static void test_any_depth(void **state)
{
    (void)state;
    static char text[4 * 100000 + 100];
    for (size_t depth = 62; depth < 100000; depth = depth < 70 ? depth + 1 : depth * 2) {
        for (int closed = 0; closed < 2; closed++) {
            struct em_view value;
            size_t n = 0;
            n += (size_t)snprintf(text, sizeof(text), "{\"text\":\"x\",\"a\":");
            for (size_t i = 1; i < depth; i++) {
                memcpy(text + n, "{\"\":[", i % 2 ? 1 : 4);
                text[n] = i % 2 ? '[' : '{';
                n += i % 2 ? 1 : 4;
            }
            text[n++] = '1';
            for (size_t i = depth - 1; i >= 1; i--)
                text[n++] = i % 2 ? ']' : '}';
            text[closed ? n++ : n - 1] = closed ? '}' : ' ';
            text[n] = '\0';
            assert_int_equal(parse(text, NULL), closed ? EM_OK : EM_ERR_FORMAT);
            assert_int_equal(em_json_get_string(reader, "text", &value), closed);
        }
    }
}

/* spec: RFC8259 6: numbers have no largest one. Each line has such a field, and is read. */
static const char *const unusual[] = {
    "340282366920938463463374607431768211455",
    "-340282366920938463463374607431768211456",
    "18446744073709551616",
    "-9223372036854775809",
    "1e400",
    "-1E+400",
    "1e-400",
    "0.1e9999999999999999999",
    "[1e999,{\"b\":[-0.0e-0,123456789012345678901234567890.5]}]",
    "\"\\ud83d\"",
    "\"\\ude00\\ud83d x\"",
};

static void test_fields_that_nobody_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(unusual) / sizeof(unusual[0]); i++) {
        char line[512];
        struct em_view text, raw;
        int64_t n;
        bool b;
        snprintf(line, sizeof(line),
                 "{\"id\": %s,\"n\":-7, \"d\":2.5 ,\"t\":true,"
                 "\"m\":{\"te\\u0078t\":\"h\\u00e9\\n\"}}",
                 unusual[i]);
        if (parse(line, NULL) != EM_OK)
            fail_msg("refused: %s", line);
        assert_true(em_json_get_string(reader, "m.text", &text));
        assert_true(em_view_eq(text, EM_VIEW("h\xC3\xA9\n")));
        assert_true(em_json_get_i64(reader, "n", &n) && n == -7);
        assert_false(em_json_get_i64(reader, "d", &n));
        assert_true(em_json_get_bool(reader, "t", &b) && b);
        assert_false(em_json_get_bool(reader, "n", &b));
        if (strchr("-0123456789", unusual[i][0])) {
            assert_true(em_json_get_number(reader, "id", &raw));
            assert_true(em_view_eq(raw, em_view_of(unusual[i])));
            assert_false(em_json_get_i64(reader, "id", &n));
            assert_false(em_json_get_string(reader, "id", &text));
        }
    }
}

/* Not numbers, beside one that only the second look reads. */
static void test_bad_beside_unusual(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "01",    "1.",      ".5",         "+1",        "1e",      "1e+",
        "--1",   "0x1",     "NaN",        "tru",       "nulL",    "[1,",
        "[1,]",  "{\"a\"}", "{\"a\":1,}", "\"\x01\"",  "\"",      "\"\\u12\"",
        "{1:2}", "[1 2]",   "]",          "{\"a\":1]", "\"\\x\"", "\"\xC3\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char line[128];
        snprintf(line, sizeof(line), "{\"a\":1e400,\"b\":%s}", bad[i]);
        if (parse(line, NULL) != EM_ERR_FORMAT)
            fail_msg("accepted: %s", line);
    }
}

/* As json.loads, jq, JSON.parse and Go read them. */
static void test_last_of_double_keys(void **state)
{
    (void)state;
    for (int as_text = 0; as_text < 2; as_text++) {
        char line[256];
        struct em_view value;
        snprintf(line, sizeof(line),
                 "{\"n\":%s,\"text\":\"a\",\"m\":{\"x\":\"1\",\"x\":\"2\"},"
                 "\"\\u0074ext\":\"b\",\"m\":{\"x\":\"3\",\"\\u0078\":\"4\"},\"o\":\"s\","
                 "\"o\":1}",
                 as_text ? "1e400" : "1");
        assert_int_equal(parse(line, NULL), EM_OK);
        assert_true(em_json_get_string(reader, "text", &value));
        assert_true(em_view_eq(value, EM_VIEW("b")));
        assert_true(em_json_get_string(reader, "m.x", &value));
        assert_true(em_view_eq(value, EM_VIEW("4")));
        assert_false(em_json_get_string(reader, "o", &value));
    }
}

static void test_byte_order_mark(void **state)
{
    (void)state;
    struct em_view value;
    assert_int_equal(parse("\xEF\xBB\xBF{\"a\":\"b\"}", NULL), EM_OK);
    assert_true(em_json_get_string(reader, "a", &value));
    assert_int_equal(parse("\xEF\xBB\xBF\xEF\xBB\xBF{\"a\":\"b\"}", NULL), EM_ERR_FORMAT);
}

static void test_long_then_short_lines(void **state)
{
    (void)state;
    size_t size = 9u << 20;
    char *text = malloc(size + 64);
    assert_non_null(text);
    for (int round = 0; round < 3; round++) {
        struct em_view value;
        memcpy(text, "{\"text\":\"", 9);
        memset(text + 9, 'a' + round, size);
        memcpy(text + 9 + size, "\"}", 3);
        assert_int_equal(parse(text, NULL), EM_OK);
        assert_true(em_json_get_string(reader, "text", &value));
        assert_int_equal(value.len, size);
        assert_int_equal(value.data[size - 1], 'a' + round);
        assert_int_equal(parse("{\"text\":\"x\"}", NULL), EM_OK);
        assert_true(em_json_get_string(reader, "text", &value));
        assert_int_equal(value.len, 1);
    }
    free(text);
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    struct em_json_reader *usual = reader;
    int failed = 0;
    for (long nth = 1; nth < 100; nth++) {
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_json_reader_new(&reader);
        if (status == EM_OK)
            status = em_json_reader_parse(reader, EM_VIEW("{\"a\":\"b\"}"), NULL);
        else
            assert_null(reader);
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        em_json_reader_free(reader);
        if (made < nth)
            break;
        assert_int_equal(status, EM_ERR_NOMEM);
        failed++;
    }
    assert_int_equal(failed, 2);
    reader = usual;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_by_path),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_invalid_is_format_with_a_reason),
        cmocka_unit_test(test_any_depth),
        cmocka_unit_test(test_fields_that_nobody_reads),
        cmocka_unit_test(test_bad_beside_unusual),
        cmocka_unit_test(test_last_of_double_keys),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_long_then_short_lines),
        cmocka_unit_test(test_each_allocation_fails),
    };
    return cmocka_run_group_tests_name("json_read", tests, make_reader, free_reader);
}
