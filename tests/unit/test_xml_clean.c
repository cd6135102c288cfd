/* SPDX-License-Identifier: Apache-2.0
 *
 * XML with the flaws of the web made fit for a parser: what is changed, what is not, in pieces
 * of any size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/web/xml_clean.h"

static void check(const char *text, const char *want, bool mended)
{
    struct em_view in = em_view_of(text);
    for (size_t step = 1; step <= in.len + 1; step++) {
        struct em_xml_cleaner cleaner = {.tail_len = 0};
        struct em_buf out;
        em_buf_init(&out, 4096);
        for (size_t at = 0; at < in.len; at += step)
            assert_int_equal(
                em_xml_clean(&cleaner, &out, em_view_sub(in, at, step), false), EM_OK);
        assert_int_equal(em_xml_clean(&cleaner, &out, EM_VIEW_NONE, true), EM_OK);
        if (!em_view_eq(em_buf_view(&out), em_view_of(want)))
            fail_msg("'%s' in steps of %zu: '%.*s'", text, step,
                     EM_VIEW_ARGS(em_buf_view(&out)));
        assert_int_equal(cleaner.mended, mended);
        em_buf_release(&out);
    }
}

static void test_clean(void **state)
{
    (void)state;
    static const char *const same[] = {
        "",
        "<a b='c'>text &amp; &lt;&gt;&quot;&apos; &#38; &#x26; &#x10FFFF; &#1114111;</a>",
        "<!-- comment --><?pi x?><a/>\r\n\t\xC3\xA9\xFF"};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        check(same[i], same[i], false);
    check("<![CDATA[a & b &c; ]] ] > <x>&amp;]]>after &amp;",
          "<![CDATA[a & b &c; ]] ] > <x>&amp;]]>after &amp;", false);
    check("a & b", "a &amp; b", true);
    check("&", "&amp;", true);
    check("?a=1&b=2&amp;c=3&d", "?a=1&amp;b=2&amp;c=3&amp;d", true);
    check("&rsquo;&nbsp;&AMP;", "&amp;rsquo;&amp;nbsp;&amp;AMP;", true);
    check("&#;&#x;&#xg;&#12a;&#38", "&amp;#;&amp;#x;&amp;#xg;&amp;#12a;&amp;#38", true);
    check("&&amp;&", "&amp;&amp;&amp;", true);
    check("\001 \x1F\x0B", "    ", true);
    check("<![CDATA[&\001]]>&", "<![CDATA[& ]]>&amp;", true);
    check("<x>\001 & \x1F &# &;</x><t><![CDATA[a & b]]></t><l>c&amp;d</l></x>",
          "<x>  &amp;   &amp;# &amp;;</x><t><![CDATA[a & b]]></t><l>c&amp;d</l></x>",
          true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clean)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
