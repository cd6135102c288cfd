/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of normalisation: lists of them, and session marks at the borders of what counts as
 * one. Validators of responses, which decide whether a page is asked for again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/wire/fields.h"
#include "base/wire/url.h"

static void lists_of_rules(void **state)
{
    (void)state;
    unsigned sort = em_url_rule_of(EM_VIEW("sort")),
             session = em_url_rule_of(EM_VIEW("session")),
             fragment = em_url_rule_of(EM_VIEW("fragment"));
    unsigned rules = EM_URL_RULES_DEFAULT;
    assert_true(sort && session && fragment);
    assert_true(em_url_rules_read(EM_VIEW("-session,+sort"), &rules));
    assert_int_equal(rules, (EM_URL_RULES_DEFAULT & ~session) | sort);
    assert_true(em_url_rules_read(EM_VIEW("none,fragment"), &rules));
    assert_int_equal(rules, fragment);
    assert_true(em_url_rules_read(EM_VIEW("session"), &rules));
    assert_int_equal(rules, fragment | session);
    assert_true(em_url_rules_read(EM_VIEW(""), &rules));
    assert_int_equal(rules, fragment | session);
    assert_false(em_url_rules_read(EM_VIEW("sort,x"), &rules));
    assert_false(em_url_rules_read(EM_VIEW("-"), &rules));
}

static void session_marks(void **state)
{
    (void)state;
    static const struct {
        const char *url, *normal;
    } cases[] = {
        /* ASP.NET: sixteen letters and digits at least, in a segment of their own */
        {"http://e.org/(S(abcdefghij012345))/a", "http://e.org/a"},
        {"http://e.org/(S(abcdefghij01234))/a", "http://e.org/(S(abcdefghij01234))/a"},
        {"http://e.org/(S(abcdefghij012345)/a", "http://e.org/(S(abcdefghij012345)/a"},
        {"http://e.org/x(S(abcdefghij012345))/a",
         "http://e.org/x(S(abcdefghij012345))/a"},
        {"http://e.org/(1(abcdefghij012345))/a", "http://e.org/(1(abcdefghij012345))/a"},
        {"http://e.org/(S()/", "http://e.org/(S()/"},
    };
    struct em_url url;
    struct em_buf scratch;
    em_url_init(&url, 4096);
    em_buf_init(&scratch, 1 << 16);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(em_url_parse(&url, em_view_of(cases[i].url), NULL), EM_OK);
        assert_int_equal(em_url_normalise(&url, EM_URL_RULES_DEFAULT, &scratch), EM_OK);
        if (!em_view_eq(em_url_href(&url), em_view_of(cases[i].normal)))
            fail_msg("'%s' becomes '%.*s'", cases[i].url,
                     EM_VIEW_ARGS(em_url_href(&url)));
    }
    em_url_release(&url);
    em_buf_release(&scratch);
}

static void validators(void **state)
{
    (void)state;
    static const char good[] = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
    assert_true(em_view_eq(em_field_last_modified(em_view_of(good)),
                           EM_VIEW("Sun, 06 Nov 1994 08:49:37 GMT")));
    assert_int_equal(
        em_field_last_modified(EM_VIEW("Last-Modified: yesterday\r\n\r\n")).len, 0);
    assert_int_equal(em_field_last_modified(EM_VIEW("Date: x\r\n\r\n")).len, 0);
}

static void hexadecimal_digits(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        int value = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (em_hex_digit((char)c) != value)
            fail_msg("byte %d is %d", c, em_hex_digit((char)c));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_rules),
        cmocka_unit_test(session_marks),
        cmocka_unit_test(validators),
        cmocka_unit_test(hexadecimal_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
