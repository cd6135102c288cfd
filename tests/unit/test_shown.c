/* SPDX-License-Identifier: Apache-2.0
 *
 * What a reader gets to see though it is not where or how the page writes it: content streamed
 * late, shadow roots, what a click unfolds, words parted by style alone.
 */
#include "crawler/page/extract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static struct em_extractor *x;

static int set_up(void **state)
{
    (void)state;
    const struct em_extract_options options = {.all = true, .no_language = true};
    return em_extractor_new(&x, &options, NULL) == EM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    em_extractor_free(x);
    return 0;
}

struct page_case {
    const char *html, *text;
};

static void check(const struct page_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct em_page page = {.kind = EM_PAGE_HTML,
                                     .body = em_view_of(cases[i].html)};
        struct em_doc doc;
        assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
        char got[1024];
        snprintf(got, sizeof(got), "%.*s", EM_VIEW_ARGS(doc.text));
        assert_string_equal(got, cases[i].text);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof(cases[0]))

/* What is hidden in these is less than what is shown, so that nothing is shown unasked. */
#define SHOWN      "<p>The old mill beside the river had stood empty since the flood.</p>"
#define SHOWN_TEXT "The old mill beside the river had stood empty since the flood."

static void test_streamed(void **state)
{
    (void)state;
    static const struct page_case cases[] = {
        {"<main><!--$?--><template id=\"B:0\"></template><p>Loading<!--/$--></main>" SHOWN
         "<div hidden id=\"S:0\"><p>late</p></div><script>$RC(\"B:0\",\"S:0\")</script>",
         "late\n\n" SHOWN_TEXT},
        /* spelt otherwise: attributes in another order, quotes, blanks, a prefix */
        {"<main><!--$?--><template id=\"aB:0\"></template>Loading<!--/$--></main>" SHOWN
         "<div id='aS:0' hidden=''><p>late</p></div><script>$RC( 'aB:0' , 'aS:0' "
         ")</script>",
         "late\n\n" SHOWN_TEXT},
        {"<main><!--$?--><template id=\"B:0\"></template>Loading<!--/$--></main>" SHOWN
         "<div hidden "
         "id=\"S:0\"><p>late</p></div><script>$RR(\"B:0\",\"S:0\",[])</script>",
         "late\n\n" SHOWN_TEXT},
        /* a part of what was late came later still */
        {"<main><!--$?--><template id=\"B:0\"></template>Loading<!--/$--></main>" SHOWN
         "<div hidden id=\"S:0\"><p>a<template id=\"P:1\"></template><p>c</div>"
         "<div hidden id=\"S:1\"><div><p>b</div></div>"
         "<script>$RS(\"S:1\",\"P:1\");$RC(\"B:0\",\"S:0\")</script>",
         "a\n\nb\n\nc\n\n" SHOWN_TEXT},
        /* two boundaries, one of them inside what the other waits for */
        {"<!--$?--><template "
         "id=\"B:0\"></template><!--$--><b>x</b><!--/$-->y<!--/$-->" SHOWN
         "<div hidden id=\"S:0\"><!--$?--><template id=\"B:1\"></template>wait<!--/$-->"
         "<p>end</div><div hidden id=\"S:1\"><p>in</div>"
         "<script>$RC(\"B:0\",\"S:0\");$RC(\"B:1\",\"S:1\")</script>",
         "in\n\nend\n\n" SHOWN_TEXT},
        /* not called, failed, called for what is not there */
        {"<!--$?--><template id=\"B:0\"></template><p>wait<!--/$-->" SHOWN
         "<div hidden id=\"S:0\"><p>late</div>",
         "wait\n\n" SHOWN_TEXT},
        {"<!--$!--><template id=\"B:0\"></template><p>wait<!--/$-->" SHOWN
         "<div hidden id=\"S:0\"><p>late</div><script>$RX(\"B:0\",\"\")</script>",
         "wait\n\n" SHOWN_TEXT},
        {"<!--$?--><template id=\"B:0\"></template><p>wait<!--/$-->" SHOWN
         "<script>$RC(\"B:0\",\"S:7\")</script>",
         "wait\n\n" SHOWN_TEXT},
        /* content that contains its own place */
        {SHOWN
         "<template id=\"B:0\"></template><div hidden id=\"S:0\"><p>a"
         "<template id=\"B:0\"></template></div><script>$RC(\"B:0\",\"S:0\")</script>",
         SHOWN_TEXT "\n\na"},
    };
    CHECK(cases);
}

static void test_shadow_roots(void **state)
{
    (void)state;
    static const struct page_case cases[] = {
        {SHOWN "<my-card><template shadowrootmode=\"open\"><p>in the root</template>"
               "<p>slotted</my-card>",
         SHOWN_TEXT "\n\nin the root\n\nslotted"},
        {SHOWN "<my-card><template shadowroot=closed><p>in the root</template></my-card>",
         SHOWN_TEXT "\n\nin the root"},
        {SHOWN "<template shadowrootmode=no><p>a</template><template><p>b</template>",
         SHOWN_TEXT},
    };
    CHECK(cases);
}

static void test_unfolded(void **state)
{
    (void)state;
    static const struct page_case cases[] = {
        {SHOWN
         "<button aria-controls=p1>Care</button><div id=p1 hidden><p>Wash it.</div>",
         SHOWN_TEXT "\n\nCare\n\nWash it."},
        {SHOWN
         "<a data-bs-target='#p1'>Care</a><div id=p1 style='display:none'>Wash it.</div>",
         SHOWN_TEXT "\n\nCare\n\nWash it."},
        {SHOWN "<div role=tabpanel hidden>Wash it.</div>", SHOWN_TEXT "\n\nWash it."},
        {SHOWN "<ul><li aria-hidden=true><p>The second slide.</ul>",
         SHOWN_TEXT "\n\nThe second slide."},
        {SHOWN "<details><summary>Care</summary><p>Wash it.</details>",
         SHOWN_TEXT "\n\nCare\n\nWash it."},
        /* nothing shows these */
        {SHOWN "<button aria-controls=p2>Care</button><div id=p1 hidden>Wash it.</div>",
         SHOWN_TEXT "\n\nCare"},
        {SHOWN "<p>Icon<span aria-hidden=true>star</span>", SHOWN_TEXT "\n\nIcon"},
        /* dialogs */
        {SHOWN "<dialog>Sign up</dialog>", SHOWN_TEXT},
        {SHOWN "<dialog open>Sign up</dialog>", SHOWN_TEXT "\n\nSign up"},
        {SHOWN "<div role=dialog aria-modal=true>Sign up</div>", SHOWN_TEXT},
        {SHOWN "<div role=dialog><p>We care about your privacy</div>", SHOWN_TEXT},
        {"<p>Short<div role=dialog>" SHOWN SHOWN SHOWN "</div>", "Short"},
        {"<div role=dialog>" SHOWN "</div>", SHOWN_TEXT},
        {SHOWN "<a aria-controls=d>Terms</a><div id=d role=dialog hidden>Sign up</div>",
         SHOWN_TEXT "\n\nTerms"},
    };
    CHECK(cases);
}

static void test_parted_words(void **state)
{
    (void)state;
    static const struct page_case cases[] = {
        {"<p><span>3</span><span>NY</span><span>New York Knicks</span>",
         "3 NY New York Knicks"},
        {"<p><a>Projekte</a><a>&Uuml;ber uns</a>", "Projekte \303\234ber uns"},
        {"<p><a>Rock</a><a>&amp; Roll</a>", "Rock& Roll"},
        {"<p><a href=a>REI Co-op</a><span>Base Camp</span>", "REI Co-op Base Camp"},
        {"<p><a href=a>home</a><a href=b>about us</a>", "home about us"},
        {"<p><span><span>10</span></span><span>kg</span>", "10 kg"},
        /* one word, however it is marked up */
        {"<p><span class=cap>H</span>ouse", "House"},
        {"<p><b>un</b><i>Believable</i>", "unBelievable"},
        {"<p><span>H</span><sub>2</sub><span>O</span>", "H2O"},
        {"<p><span>re</span><span>made</span>", "remade"},
        {"<pre><span>for</span><span>Each</span></pre>", "forEach"},
        {"<p><span>$</span><span>89</span>", "$89"},
    };
    CHECK(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_streamed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shadow_roots, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unfolded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parted_words, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
