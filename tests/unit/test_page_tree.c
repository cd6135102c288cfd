/* SPDX-License-Identifier: Apache-2.0
 *
 * Where elements end in broken markup, by what is shown (spec: HTML 13.2.6).
 */
#include "crawler/page/extract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static void check(const char *html, const char *want)
{
    const struct em_extract_options options = {.all = true};
    struct em_extractor *x;
    struct em_doc doc;
    char got[256] = "";
    const struct em_page page = {.kind = EM_PAGE_HTML, .body = em_view_of(html)};
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    if (em_extract(x, &page, &doc) == EM_DROP_NONE)
        snprintf(got, sizeof(got), "%.*s", EM_VIEW_ARGS(doc.text));
    assert_string_equal(got, want);
    em_extractor_free(x);
}

/* With scripts <noscript> is raw text; what is open in it ends with it. */
static void test_noscript(void **state)
{
    (void)state;
    check("<noscript><p>a</noscript>b", "b");
    check("<noscript><table><tr><td>a</noscript>b", "b");
    check("<div>a<noscript></div></noscript>b</div>", "ab");
    check("a</noscript>b", "ab");
}

static void test_template(void **state)
{
    (void)state;
    check("<template><div><li>a</template>b", "b");
    check("<ul><template><details><div></details></template><li>b</ul>", "b");
}

static void test_foreign(void **state)
{
    (void)state;
    check("<a href=x><svg><path></a><ul><li>b</ul>", "b");
    check("<svg><g><text>a</text><p>b</p>c", "b\n\nc");
    check("<svg><g><text>a</text></g></svg>b", "b");
    check("<svg><foreignObject><div>a</div></foreignObject></svg>b", "b");
    check("<svg><title><b>a</b></title></svg>b", "b");
    check("<svg><desc>a<p>b</p></desc></svg>c", "c");
    check("<svg><style><b>a</style><img>b", "ab");
    check("<math><mi>x</mi><mo>=</mo><mtext>a<b>b</b></mtext></math>c", "x=abc");
    check("<math><mi>x<table><tr><td>a</table>b", "x\n\na\n\nb");
    check("<svg><![CDATA[a]]></svg><p>b <![CDATA[c]]>d", "b d");
}

/* An end tag ends what lies inside and is neither special nor formatting. */
static void test_formatting(void **state)
{
    (void)state;
    check("<b><video>a</b>b", "b");
    check("<i><object>a</i>b</object>c", "c");
    check("<b><i hidden>a</b>b</i>c<p>all that is shown is more than what is hidden",
          "c\n\nall that is shown is more than what is hidden");
    check("<b hidden><span>a</b>b</span><p>all that is shown is more than what is hidden",
          "b\n\nall that is shown is more than what is hidden");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noscript),
        cmocka_unit_test(test_template),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_formatting),
    };
    return cmocka_run_group_tests_name("page tree", tests, NULL, NULL);
}
