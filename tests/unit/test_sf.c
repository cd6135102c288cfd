/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured fields: dictionaries (spec: RFC9651 3.2, 4.2.2), with the examples of the
 * specification and what it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/wire/sf.h"

static const char kinds[] = "idstbBDUl";

/* "key kind value parameters|..." or "no dictionary". */
static void check(const char *text, const char *want)
{
    struct em_buf got;
    struct em_sf_member m;
    size_t at = 0;
    em_buf_init(&got, 4096);
    assert_int_equal(em_buf_append(&got, "", 0), EM_OK);
    if (!em_sf_is_dictionary(em_view_of(text)))
        assert_int_equal(em_buf_printf(&got, "no dictionary"), EM_OK);
    else
        while (em_sf_dictionary_next(em_view_of(text), &at, &m))
            assert_int_equal(em_buf_printf(&got, "%.*s %c %.*s%.*s|", EM_VIEW_ARGS(m.key),
                                           kinds[m.kind], EM_VIEW_ARGS(m.value),
                                           EM_VIEW_ARGS(m.parameters)),
                             EM_OK);
    if (!em_view_eq(em_buf_view(&got), em_view_of(want)))
        fail_msg("'%s': %.*s", text, EM_VIEW_ARGS(em_buf_view(&got)));
    em_buf_release(&got);
}

static void test_members(void **state)
{
    (void)state;
    check("", "");
    check("   ", "");
    check("train-ai=n", "train-ai t n|");
    check("en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:",
          "en s Applepie|da b w4ZibGV0w6ZydGU=|");
    check("a=?0, b, c; foo=bar", "a B 0|b B |c B ; foo=bar|");
    check("rating=1.5, feelings=(joy sadness)", "rating d 1.5|feelings l joy sadness|");
    check("a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid",
          "a l 1 2|b i 3|c i 4;aa=bb|d l 5 6;valid|");
    check("d=@1659578233,u=%\"f%c3%bc\"\t,\tn=-15",
          "d D 1659578233|u U f%c3%bc|n i -15|");
    check("*k.-_*=tok/en:1", "*k.-_* t tok/en:1|");
    check("s=\"a\\\"b\\\\\"", "s s a\\\"b\\\\|");
    check("a=1,a=2", "a i 1|a i 2|");
    check("i=999999999999999, f=-999999999999.999",
          "i i 999999999999999|f d -999999999999.999|");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"A=1",
                                       "a=",
                                       "a=1,",
                                       "a=1 b=2",
                                       "a=1,,b=2",
                                       ",a=1",
                                       "a= 1",
                                       "a =1",
                                       "=1",
                                       "a=1;",
                                       "a=1;B",
                                       "a=\"x",
                                       "a=\"\\x\"",
                                       "a=\"\t\"",
                                       "a=:x",
                                       "a=?2",
                                       "a=?",
                                       "a=@1.5",
                                       "a=@x",
                                       "a=(1",
                                       "a=((1))",
                                       "a=(1,2)",
                                       "a=1.",
                                       "a=1.2345",
                                       "a=--1",
                                       "a=1234567890123456",
                                       "a=1234567890123.1",
                                       "a=%\"%C3\"",
                                       "a=%\"%c\"",
                                       "a=%x",
                                       "\ta=1",
                                       "1=a",
                                       "a=n;x=;y"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        check(none[i], "no dictionary");
    assert_false(em_sf_is_dictionary(em_view_make("a=n\0", 4)));
    assert_false(em_sf_is_dictionary(em_view_make("\0", 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
