/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/page/extract.h"
#include "crawler/page/classify.h"
#include "crawler/page/marks.h"
#include "tests/unit/linear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static struct em_extractor *new_extractor(bool all)
{
    const struct em_extract_options options = {.all = all};
    struct em_extractor *x;
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    return x;
}

static enum em_drop extract(struct em_extractor *x, struct em_view body,
                            struct em_doc *doc)
{
    const struct em_page page = {.kind = EM_PAGE_HTML, .body = body};
    return em_extract(x, &page, doc);
}

static void check(const char *html, const char *text)
{
    struct em_extractor *x = new_extractor(true);
    struct em_doc doc;
    assert_int_equal(extract(x, em_view_of(html), &doc), EM_DROP_NONE);
    char got[4096];
    snprintf(got, sizeof(got), "%.*s", EM_VIEW_ARGS(doc.text));
    assert_string_equal(got, text);
    em_extractor_free(x);
}

static void test_blocks(void **state)
{
    (void)state;
    check("<p>a<p>b<div>c<span>d</span></div>e", "a\n\nb\n\ncd\n\ne");
    check("a<br>b<br><br>c", "a\nb\n\nc");
    check("<ul><li>a<li>b<ul><li>c</ul></ul>", "a\n\nb\n\nc");
    check("<dl><dt>a<dd>b<dt>c</dl>", "a\n\nb\n\nc");
    check("<table><tr><td>a<td>b<tr><th>c</table>d", "a\n\nb\n\nc\n\nd");
    check("x&nbsp;&nbsp;y &amp;amp; z&#10;w", "x y &amp; z w");
    check("<pre>a\r\n  b\n</pre>", "a\n  b");
    check("<select><option>a<option>b</select>c", "a\n\nb\n\nc");
    check("<svg><title>no</title><text>no</text></svg>a<script>no</script>", "a");
    check("<h2>a<h3>b</h2>c", "a\n\nb\n\nc");
    check("<b>a<p>b</b>c</p>", "a\n\nbc");
    check("<meta charset=utf-8>a\xFF"
          "b\x01"
          "c",
          "a\uFFFD"
          "bc");
    check("<body hidden>a</body>", "a");
    check("<title>t</title><x-card>a</x-card><x-b>b", "ab");
}

static void test_hidden(void **state)
{
    (void)state;
    static const char *const ways[] = {"<p hidden>",
                                       "<p hidden=\"\">",
                                       "<p style='color:red;display : none'>",
                                       "<p style=visibility:hidden>",
                                       "<p style='left:-9999px'>",
                                       "<template>",
                                       "<noscript>"};
    struct em_extractor *x = new_extractor(true);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        char html[512];
        struct em_doc doc;
        snprintf(html, sizeof(html), "<p>what a reader sees here%ssecret</p></template>",
                 ways[i]);
        assert_int_equal(extract(x, em_view_of(html), &doc), EM_DROP_NONE);
        assert_true(em_view_eq(doc.text, EM_VIEW("what a reader sees here")));
        bool apart = ways[i][1] != 'p'; /* <template> and <noscript> */
        assert_int_equal(apart ? doc.noscript_bytes : doc.hidden_bytes, 6);
        assert_int_equal(apart ? doc.hidden_bytes : doc.noscript_bytes, 0);
    }
    /* A page that hides everything is shown by its scripts: its text counts. */
    struct em_doc doc;
    assert_int_equal(
        extract(x, EM_VIEW("<div style='display:none'><p>All there is.</p></div>"), &doc),
        EM_DROP_NONE);
    assert_true(em_view_eq(doc.text, EM_VIEW("All there is.")));
    em_extractor_free(x);
}

/* Offsets of blocks lead to where they are in text and page. */
static void test_offsets(void **state)
{
    (void)state;
    struct em_view body = EM_VIEW(
        "<meta charset=latin1><p>\xE9t\xE9 <b>ici</b></p>\n<p> b&eacute;b\xE9 </p>");
    struct em_extractor *x = new_extractor(true);
    struct em_doc doc;
    assert_int_equal(extract(x, body, &doc), EM_DROP_NONE);
    assert_int_equal(doc.n_blocks, 2);
    static const char *const page[] = {"\xE9t\xE9 <b>ici", "b&eacute;b\xE9"};
    static const char *const text[] = {"été ici", "bébé"};
    for (size_t i = 0; i < 2; i++) {
        const struct em_block *b = &doc.blocks[i];
        assert_true(
            em_view_eq(em_view_sub(body, b->page_start, b->page_end - b->page_start),
                       em_view_of(page[i])));
        assert_true(em_view_eq(em_view_sub(doc.text, b->start, b->end - b->start),
                               em_view_of(text[i])));
    }
    assert_true(em_view_eq(doc.charset, EM_VIEW("windows-1252")));
    em_extractor_free(x);
}

static void test_kinds_and_links(void **state)
{
    (void)state;
    struct em_extractor *x = new_extractor(true);
    struct em_doc doc;
    assert_int_equal(extract(x,
                             EM_VIEW("<h1>a</h1><p>b <a href=x>link</a></p><li>c<pre>d"
                                     "</pre><blockquote><p>e</p></blockquote>"
                                     "<table><td>f</table>"),
                             &doc),
                     EM_DROP_NONE);
    static const uint8_t kinds[] = {EM_BLOCK_HEADING,   EM_BLOCK_PARAGRAPH,
                                    EM_BLOCK_LIST_ITEM, EM_BLOCK_PREFORMATTED,
                                    EM_BLOCK_QUOTE,     EM_BLOCK_TABLE_CELL};
    assert_int_equal(doc.n_blocks, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(doc.blocks[i].kind, kinds[i]);
    assert_in_range(doc.blocks[1].link_chars, 4, 5);
    em_extractor_free(x);
}

static char *read_file(const char *name, size_t *len)
{
    char path[256];
    snprintf(path, sizeof(path), "tests/cases/page/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *data = calloc(1, 1 << 20);
    assert_non_null(data);
    *len = fread(data, 1, (1 << 20) - 1, f);
    fclose(f);
    return data;
}

static void test_cases(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool all;
    } cases[] = {
        {"article", false}, {"cards", false}, {"forum", false}, {"pieces", true}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[64];
        size_t n, want_n;
        snprintf(name, sizeof(name), "%s.html", cases[i].name);
        char *html = read_file(name, &n);
        snprintf(name, sizeof(name), "%s.txt", cases[i].name);
        char *want = read_file(name, &want_n);
        struct em_extractor *x = new_extractor(cases[i].all);
        struct em_doc doc;
        assert_int_equal(extract(x, em_view_make(html, n), &doc), EM_DROP_NONE);
        char *got = calloc(1, doc.text.len + 2);
        memcpy(got, doc.text.data, doc.text.len);
        got[doc.text.len] = '\n';
        assert_string_equal(got, want);
        free(got);
        free(html);
        free(want);
        em_extractor_free(x);
    }
}

static void test_drops_and_text(void **state)
{
    (void)state;
    struct em_extractor *x = new_extractor(false);
    struct em_doc doc;
    assert_int_equal(extract(x, EM_VIEW_NONE, &doc), EM_DROP_EMPTY);
    assert_int_equal(extract(x, EM_VIEW("<p> &nbsp; <!-- x -->"), &doc), EM_DROP_NO_TEXT);
    assert_int_equal(extract(x, EM_VIEW("\xEF\xBB\xBF"), &doc), EM_DROP_NO_TEXT);
    assert_int_equal(extract(x,
                             EM_VIEW("\x7F"
                                     "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0\1"),
                             &doc),
                     EM_DROP_BINARY);
    struct em_page page = {.kind = EM_PAGE_TEXT,
                           .body = EM_VIEW("One\r\nline &amp; <b>\n\n \nTwo\n")};
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    assert_true(em_view_eq(doc.text, EM_VIEW("One\nline &amp; <b>\n\nTwo")));
    assert_int_equal(doc.words, 5);
    assert_int_equal(doc.n_blocks, 2);
    em_extractor_free(x);
}

static void test_marks(void **state)
{
    (void)state;
    assert_true(em_marks_of(EM_VIEW("col-3 relatedPosts")) & EM_MARK_RELATED);
    assert_true(em_marks_of(EM_VIEW("NAV_main")) & EM_MARK_NAV);
    assert_true(em_marks_of(EM_VIEW("site-breadcrumbs")) & EM_MARK_CRUMB);
    assert_int_equal(em_marks_of(EM_VIEW("x1 yy zzz")), 0);
}

/* The vector path and the plain one agree on any bytes. */
static void test_forest(void **state)
{
    (void)state;
    enum { COLUMNS = 256, ROWS = 96 };
    static uint8_t data[COLUMNS * ROWS];
    int32_t a[ROWS], b[ROWS];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    em_forest_score(em_block_model.second, data, ROWS, ROWS, a);
    em_forest_score_portable(em_block_model.second, data, ROWS, ROWS, b);
    assert_memory_equal(a, b, sizeof(a));
}

static void extract_page(void *context, struct em_view page)
{
    struct em_doc doc;
    extract(context, page, &doc);
}

/* Hostile pages take time in proportion to their size. */
static void test_linear(void **state)
{
    (void)state;
    static const char *const units[] = {
        "<div>",     "<b>",         "<p>",   "<a>x",       "<",        "&",
        "<table>",   "<table><td>", "</p>",  "<b>x</i>",   "<li>",     "<select>",
        "<svg>",     "<x-y></x-z>", "<!--",  "<td></div>", "a<br>",    "<a href=x>y</a> ",
        "<p a b=c ", "&amp;",       "<hr>x", "<ul><li>x",  "<object>", "<pre>\n x"};
    const size_t large = 1600000;
    char *data = malloc(large + 64);
    assert_non_null(data);
    struct em_extractor *x = new_extractor(false);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i]);
        for (size_t at = 0; at < large; at += n)
            memcpy(data + at, units[i], n);
        if (!em_linear_is(extract_page, x, em_view_make(data, large)))
            fail_msg("not linear: %s", units[i]);
    }
    em_extractor_free(x);
    free(data);
}

static void test_memory(void **state)
{
    (void)state;
    size_t n_html;
    char *html = read_file("article.html", &n_html);
    bool failed = true;
    for (long n = 1; failed; n++) {
        struct em_extractor *x;
        struct em_doc doc;
        em_alloc_fail_at(n, 0);
        enum em_status status = em_extractor_new(&x, NULL, NULL);
        enum em_drop drop = EM_DROP_TOO_BIG;
        if (status == EM_OK)
            drop = extract(x, em_view_make(html, n_html), &doc);
        failed = em_alloc_count() >= n;
        em_alloc_fail_at(0, 0);
        if (failed)
            assert_int_equal(drop, EM_DROP_TOO_BIG);
        else
            assert_int_equal(drop, EM_DROP_NONE);
        /* And it works again afterwards. */
        if (status == EM_OK)
            assert_int_equal(extract(x, em_view_make(html, n_html), &doc), EM_DROP_NONE);
        em_extractor_free(x);
    }
    free(html);
}

/* Elements that end where they begin, in XML, and in HTML that looks like it. */
static void test_xml(void **state)
{
    (void)state;
#define XHTML_PROSE "<p>It fell off again, and nobody could say why it had.</p>"
    static const char *const heads[] = {
        "<script src=\"a.js\"/>", "<title/>",    "<style/>",
        "<iframe src=\"a\" />",   "<textarea/>", "<script />",
        "<script/><style/>",      "<noframes/>", "<script src='a'/><title>x</title>",
    };
    static const struct {
        const char *mime, *prolog;
    } kinds[] = {
        {"application/xhtml+xml", ""},
        {"Application/XHTML+XML", "<?xml version=\"1.0\"?>"},
        {"text/html", "<?xml version=\"1.0\"?>\n"},
        {"", "\xEF\xBB\xBF<?xml version=\"1.0\"?>"},
        {"text/html",
         "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"x\">"},
    };
    struct em_extractor *x = new_extractor(true);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
            char html[1024];
            struct em_doc doc;
            snprintf(html, sizeof(html), "%s<html><head>%s</head><body>%s</body></html>",
                     kinds[k].prolog, heads[i], XHTML_PROSE);
            const struct em_page page = {.kind = EM_PAGE_HTML,
                                         .mime = em_view_of(kinds[k].mime),
                                         .body = em_view_of(html)};
            assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
            assert_true(em_view_starts(doc.text, EM_VIEW("It fell off again")));
        }
    /* What is no XML is HTML: the rest of the page is in the script. */
    struct em_doc doc;
    assert_int_equal(extract(x, EM_VIEW("<body><script/>" XHTML_PROSE), &doc),
                     EM_DROP_NO_TEXT);
    /* And served as HTML, a script that is closed later is one to there. */
    assert_int_equal(
        extract(x, EM_VIEW("<?xml?><script/>var a = 1;</script>" XHTML_PROSE), &doc),
        EM_DROP_NONE);
    assert_true(em_view_starts(doc.text, EM_VIEW("It fell off again")));
    const struct em_page page = {
        .kind = EM_PAGE_HTML,
        .mime = EM_VIEW("application/xhtml+xml"),
        .body = EM_VIEW("<p>a <a id=\"n\"/>b <![CDATA[<c> & ]]>d</p><div/><p>e</p>")};
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    assert_true(em_view_eq(doc.text, EM_VIEW("a b <c> & d\n\ne")));
    em_extractor_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),  cmocka_unit_test(test_hidden),
        cmocka_unit_test(test_offsets), cmocka_unit_test(test_kinds_and_links),
        cmocka_unit_test(test_cases),   cmocka_unit_test(test_drops_and_text),
        cmocka_unit_test(test_marks),   cmocka_unit_test(test_forest),
        cmocka_unit_test(test_xml),     cmocka_unit_test(test_linear),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
