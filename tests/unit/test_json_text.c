/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON as written: escapes of every length, halves of pairs, members picked and found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json_text.h"

#include <string.h>

static void escapes(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *plain;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"a\\\"b\\\\c\\/d", "a\"b\\c/d"},
        {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"x\\u0041y", "xAy"},
        {"x\\u00e9y", "x\xC3\xA9y"},
        {"x\\u20ACy", "x\xE2\x82\xACy"}, /* three bytes, and what follows them */
        {"x\\uD83D\\uDE00y", "x\xF0\x9F\x98\x80y"},
        {"x\\uD83Dy", "x\xEF\xBF\xBDy"},
        {"x\\uDE00y", "x\xEF\xBF\xBDy"},
        {"\\uD83D\\u0041", "\xEF\xBF\xBD"
                           "A"},
        {"\\uD83D\\uD83D\\uDE00", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        size_t n = em_json_text_unescape(em_view_of(cases[i].raw), out);
        if (n != strlen(cases[i].plain) || memcmp(out, cases[i].plain, n) != 0)
            fail_msg("'%s' is read as '%.*s'", cases[i].raw, (int)n, out);
    }
}

static void halves_are_mended(void **state)
{
    (void)state;
    static const struct {
        const char *line, *mended;
    } cases[] = {
        {"{\"a\":\"b\"}", NULL},
        {"\\u00e9", NULL},
        {"\\uD83D\\uDE00", "\\uD83D\\uDE00"}, /* a whole pair */
        {"x\\uD83Dy", "x\\uFFFDy"},
        {"\\ude00", "\\uFFFD"},
        {"\\uD83D\\uD83D\\uDE00", "\\uFFFD\\uD83D\\uDE00"},
        {"\\\\uD83D", "\\\\uD83D"}, /* an escaped backslash, and letters */
        {"\\uD83", "\\uD83"},       /* cut */
        {"\\uD83D", "\\uFFFD"},
    };
    struct em_buf room;
    em_buf_init(&room, 1000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_view line = em_view_of(cases[i].line);
        assert_int_equal(em_json_text_mend(&room, &line), EM_OK);
        if (!em_view_eq(line,
                        em_view_of(cases[i].mended ? cases[i].mended : cases[i].line)))
            fail_msg("'%s' becomes '%.*s'", cases[i].line, EM_VIEW_ARGS(line));
    }
    em_buf_release(&room);
}

static void members(void **state)
{
    (void)state;
    const struct em_view line = EM_VIEW("{\"a\": 1, \"m\": {\"b\": \"x\", \"c.d\": 2}, "
                                        "\"a\": [3, \"4\"], \"e\\u0066\": 5}");
    const struct em_view keys[] = {EM_VIEW("a"), EM_VIEW("m"), EM_VIEW("none"),
                                   EM_VIEW("ef")};
    struct em_view raw[4], value;
    em_json_text_pick(line, keys, 4, raw);
    assert_true(em_view_eq(raw[0], EM_VIEW("[3, \"4\"]"))); /* the last */
    assert_int_equal(raw[1].data[0], '{');
    assert_int_equal(raw[2].len, 0);
    assert_true(em_view_eq(raw[3], EM_VIEW("5")));
    assert_true(em_json_text_find(line, EM_VIEW("m.b"), &value));
    assert_true(em_view_eq(value, EM_VIEW("\"x\"")));
    assert_true(
        em_json_text_find(line, EM_VIEW("m.c.d"), &value)); /* the whole rest first */
    assert_true(em_view_eq(value, EM_VIEW("2")));
    assert_false(em_json_text_find(line, EM_VIEW("m.x"), &value));
    size_t at = 0, n = 0;
    while (em_json_text_element(raw[0], &at, &value))
        n++;
    assert_int_equal(n, 2);
    assert_true(em_view_eq(value, EM_VIEW("\"4\"")));
}

static void checks(void **state)
{
    (void)state;
    static const char *const good[] = {"1", " {\"a\": [true, null, -1.5e3]} ",
                                       "\"\\uD83D\""};
    static const char *const bad[] = {"",   "{",       "{\"a\": }", "[1 2]",
                                      "01", "\"\\x\"", "1 1"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (em_json_text_check(em_view_of(good[i])) != EM_OK)
            fail_msg("'%s' is refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (em_json_text_check(em_view_of(bad[i])) != EM_ERR_FORMAT)
            fail_msg("'%s' is accepted", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes),
        cmocka_unit_test(halves_are_mended),
        cmocka_unit_test(members),
        cmocka_unit_test(checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
