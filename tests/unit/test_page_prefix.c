/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages cut short at every byte read as their beginning (tests/fuzz/prefix.h).
 */
#include "tests/fuzz/prefix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static void check(struct em_view page)
{
    struct em_outline whole, part, hidden, part_hidden;
    em_outline_init(&whole);
    em_outline_init(&part);
    em_outline_init(&hidden);
    em_outline_init(&part_hidden);
    whole.hidden = &hidden;
    part.hidden = &part_hidden;
    for (size_t cut = 0; cut <= page.len; cut++) {
        em_check_prefix_tokens(page, cut);
        em_check_prefix_blocks(&whole, &part, page, cut);
    }
    assert_true(whole.n_blocks > 0);
    em_outline_release(&whole);
    em_outline_release(&part);
    em_outline_release(&hidden);
    em_outline_release(&part_hidden);
}

static void test_pages(void **state)
{
    (void)state;
    static const char *const names[] = {"article", "forum", "pieces"};
    static char page[1 << 16];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "tests/cases/page/%s.html", names[i]);
        FILE *f = fopen(path, "rb");
        assert_non_null(f);
        size_t n = fread(page, 1, sizeof(page), f);
        fclose(f);
        check(em_view_make(page, n));
    }
}

/* What a parser can be in the middle of. */
static void test_corners(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "a<!-- b --!>c<!--> d <!---> e<!- f>g<?h?>i</ j>k</>l<m n='o>p' q=r>s",
        "<script>a<!-- <script> b </script> c --></script>d<style>e</style>f<script>",
        "<title>a &amp; b</title>c<textarea> d </textarea>e<plaintext>f</plaintext>",
        "a &amp b &ampc; &#x41; &#65 &notin; &notit; & &; &#; &#x;<p>&CounterClockwise",
        "<svg><![CDATA[ a ]]> b</svg>c<math><mi>d</mi><p>e",
        "<p hidden>a<b>b</b><p>c<i style='display:none'>d</i>e<noscript>f</noscript>g",
        "<pre>\r\na\r b\r</pre>\rc<br>d<br><br>e\xC2\xA0\xF0\x9F\x98\x80\xF0\x9F<p>\xFF",
    };
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        check(em_view_of(pages[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_corners),
    };
    return cmocka_run_group_tests_name("page prefix", tests, NULL, NULL);
}
