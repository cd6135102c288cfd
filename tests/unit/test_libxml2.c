/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader over libxml2, which only tests and benchmarks use: the same text as our own where both agree on
 * the markup, hard limits, clean failures.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/page/extract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static struct em_extractor *open_with(enum em_html_parser parser)
{
    const struct em_extract_options options = {
        .all = true, .hidden = true, .parser = parser};
    struct em_extractor *x;
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    return x;
}

static void check(const char *html, size_t len, const char *want, uint32_t replaced)
{
    struct em_extractor *x = open_with(EM_HTML_PARSER_LIBXML2);
    const struct em_page page = {.kind = EM_PAGE_HTML,
                                 .charset = EM_VIEW("utf-8"),
                                 .body = em_view_make(html, len)};
    struct em_doc doc;
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    char got[1024];
    snprintf(got, sizeof(got), "%.*s", EM_VIEW_ARGS(doc.text));
    assert_string_equal(got, want);
    assert_int_equal(doc.replaced, replaced);
    em_extractor_free(x);
}

#define CHECK(html, want, replaced) check(html, sizeof(html) - 1, want, replaced)

static void test_text(void **state)
{
    (void)state;
    CHECK("<p>a<p>b<div>c<span>d</span></div>e", "a\n\nb\n\ncd\n\ne", 0);
    CHECK("a<br>b<br><br>c", "a\nb\n\nc", 0);
    CHECK("<p>x&nbsp;y &amp;amp; z &lt;b&gt; caf&eacute; &#x2014;",
          "x y &amp; z <b> café —", 0);
    CHECK("<p>a\0b", "ab", 0);
    CHECK("<p>a\x7F"
          "b\xFF"
          "c é",
          "ab\xEF\xBF\xBD"
          "c é",
          1);
    CHECK("<pre>a\n  b</pre>", "a\n  b", 0);
    CHECK("<p>a<script>if (a<b) '</p>'</script><style>x</style>b", "ab", 0);
    CHECK("<p hidden>a</p>b", "a\n\nb", 0);
    CHECK("<ul><li>a<li>b</ul><table><tr><td>c<td>d</table>", "a\n\nb\n\nc\n\nd", 0);
}

static void test_what_it_says(void **state)
{
    (void)state;
    struct em_extractor *x = open_with(EM_HTML_PARSER_LIBXML2);
    const struct em_page page = {
        .kind = EM_PAGE_HTML,
        .body = EM_VIEW("<html lang=de><title>A &amp; B</title><script "
                        "type='application/ld+json'>{\"@type\":\"Article\","
                        "\"datePublished\":\"2002-03-04\"}</script><p hidden>a &amp; b")};
    struct em_doc doc;
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    assert_true(em_view_eq(doc.title, EM_VIEW("A & B")));
    assert_true(em_view_eq(doc.published, EM_VIEW("2002-03-04")));
    em_extractor_free(x);
}

/* Offsets lead to the text where no reference stands before it, and end where it ends. */
static void test_offsets(void **state)
{
    (void)state;
    static const char html[] =
        "<html><body><h1 id=a>One</h1>\n<p class=x> Two <b>and</b> "
        "half</p><div>Three &amp; four</div></body></html>";
    static const char *const want[] = {"One", "Two <b>and</b> half", "Three &amp; four"};
    struct em_extractor *x = open_with(EM_HTML_PARSER_LIBXML2);
    const struct em_page page = {.kind = EM_PAGE_HTML, .body = EM_VIEW(html)};
    struct em_doc doc;
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    assert_int_equal(doc.n_blocks, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct em_block *b = &doc.blocks[i];
        char got[64];
        snprintf(got, sizeof(got), "%.*s", (int)(b->page_end - b->page_start),
                 html + b->page_start);
        assert_string_equal(got, want[i]);
    }
    em_extractor_free(x);
}

static void test_limits(void **state)
{
    (void)state;
    enum { DEEP = 200000 };
    char *html = malloc(5 * DEEP + 8);
    assert_non_null(html);
    for (size_t i = 0; i < DEEP; i++)
        memcpy(html + 5 * i, i == 3 ? "<p>ab" : "<div>", 5);
    struct em_extractor *x = open_with(EM_HTML_PARSER_LIBXML2);
    const struct em_page page = {.kind = EM_PAGE_HTML,
                                 .body = em_view_make(html, 5 * (size_t)DEEP)};
    struct em_doc doc;
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    assert_true(em_view_eq(doc.text, EM_VIEW("ab")));
    assert_true(doc.cut);
    /* No entity of the page's own is known, no file is read. */
    static const char entity[] =
        "<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/passwd\">"
        "<!ENTITY y \"zzz\">]><p>a &x; &y; b";
    const struct em_page hostile = {.kind = EM_PAGE_HTML, .body = EM_VIEW(entity)};
    assert_int_equal(em_extract(x, &hostile, &doc), EM_DROP_NONE);
    assert_true(em_view_find(doc.text, 0, EM_VIEW("a &x; &y; b")) < doc.text.len);
    assert_int_equal(em_view_find(doc.text, 0, EM_VIEW("root:")), doc.text.len);
    em_extractor_free(x);
    free(html);
}

/* Every allocation of ours fails once; libxml2's own do not go through base/alloc.h. */
static void test_memory(void **state)
{
    (void)state;
    static const char html[] =
        "<html lang=de><title>T</title><p class=a id=b style='color:red'>some text &amp; "
        "more<script type=application/ld+json>{}</script><p hidden>more";
    const struct em_page page = {.kind = EM_PAGE_HTML, .body = EM_VIEW(html)};
    bool failed = true;
    for (long n = 1; failed; n++) {
        const struct em_extract_options options = {.hidden = true,
                                                   .parser = EM_HTML_PARSER_LIBXML2};
        struct em_extractor *x;
        struct em_doc doc;
        em_alloc_fail_at(n, 0);
        enum em_status status = em_extractor_new(&x, &options, NULL);
        enum em_drop drop =
            status == EM_OK ? em_extract(x, &page, &doc) : EM_DROP_TOO_BIG;
        failed = em_alloc_count() >= n;
        em_alloc_fail_at(0, 0);
        assert_int_equal(drop, failed ? EM_DROP_TOO_BIG : EM_DROP_NONE);
        if (status == EM_OK)
            assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
        em_extractor_free(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),    cmocka_unit_test(test_what_it_says),
        cmocka_unit_test(test_offsets), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests_name("libxml2", tests, NULL, NULL);
}
