/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that a reader does not see: which styles hide, what is counted, what is flagged.
 */
#include "crawler/page/extract.h"
#include "crawler/page/hide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static void test_styles(void **state)
{
    (void)state;
    static const struct {
        const char *style;
        unsigned hide;
    } cases[] = {
        {"display:none", EM_HIDE_ALL},
        {" DISPLAY : None !important ; color: red", EM_HIDE_ALL},
        {"display:none;display:block", 0},
        {"display:block", 0},
        {"-x-display:none", 0},
        {"content-visibility:hidden", EM_HIDE_ALL},
        {"visibility:hidden", EM_HIDE_VISIBILITY},
        {"visibility:visible", EM_SHOW_VISIBILITY},
        {"backface-visibility:hidden", 0},
        {"font-size:0", EM_HIDE_FONT},
        {"font-size: 0px;", EM_HIDE_FONT},
        {"font-size:0.0em", EM_HIDE_FONT},
        {"font-size:0.9em", 0},
        {"font-size:90%", 0},
        {"font-size:12px", EM_SHOW_FONT},
        {"font-size:1rem", EM_SHOW_FONT},
        {"position:absolute;left:-9999px", EM_HIDE_ALL},
        {"left:-10000em", EM_HIDE_ALL},
        {"top:-100vh", EM_HIDE_ALL},
        {"left:-100%", 0},
        {"left:-20px;top:-998px", 0},
        {"left:9999px", 0},
        {"text-indent:-9999px", EM_HIDE_ALL},
        {"text-indent:-99999999999999999999px", EM_HIDE_ALL},
        {"margin-left:-1000px", EM_HIDE_ALL},
        {"transform:translateX(-9999px)", EM_HIDE_ALL},
        {"transform:translateX(-50%)", 0},
        {"transform:scale(0)", EM_HIDE_ALL},
        {"transform:scale(0.5)", 0},
        {"transform", 0},
        {"transform:", 0},
        {"clip:rect(0 0 0 0)", EM_HIDE_ALL},
        {"clip:rect(1px, 1px, 1px, 1px)", EM_HIDE_ALL},
        {"clip:auto", 0},
        {"clip-path:inset(50%)", EM_HIDE_ALL},
        {"width:1px;height:1px;overflow:hidden", EM_HIDE_ALL},
        {"width:0;height:0;overflow:clip", EM_HIDE_ALL},
        {"width:0;height:0", 0},
        {"height:0;overflow:hidden", 0},
        {"width:0;height:0;overflow:hidden;height:20px", 0},
        {"opacity:0", 0},
        {"", 0},
        {":", 0},
        {";;:;display", 0},
        {"display:", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (em_hide_of_style(em_view_of(cases[i].style)) != cases[i].hide)
            fail_msg("%s: %x, not %x", cases[i].style,
                     em_hide_of_style(em_view_of(cases[i].style)), cases[i].hide);
}

/* Blocks of a page: hidden ones in brackets. */
static void check(const char *html, const char *want, uint32_t hidden, uint32_t noscript)
{
    const struct em_extract_options options = {.all = true, .hidden = true};
    struct em_extractor *x;
    struct em_doc doc;
    char body[2048], got[2048] = "";
    /* Enough in sight, so that the page does not count as built by script. */
    int n = snprintf(body, sizeof(body),
                     "<p>All that is shown stands in this paragraph.</p>%s", html);
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    const struct em_page page = {.kind = EM_PAGE_HTML,
                                 .body = em_view_make(body, (size_t)n)};
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    for (size_t i = 1, at = 0; i < doc.n_blocks; i++) {
        const struct em_block *b = &doc.blocks[i];
        struct em_view text = em_view_sub(doc.text, b->start, b->end - b->start);
        bool veiled = (b->flags & EM_BLOCK_HIDDEN) != 0;
        assert_false(veiled && (b->flags & EM_BLOCK_MAIN));
        at += (size_t)snprintf(got + at, sizeof(got) - at, veiled ? "%s[%.*s]" : "%s%.*s",
                               i > 1 ? "|" : "", EM_VIEW_ARGS(text));
    }
    assert_string_equal(got, want);
    assert_int_equal(doc.hidden_bytes, hidden);
    assert_int_equal(doc.noscript_bytes, noscript);
    em_extractor_free(x);
}

static void test_blocks(void **state)
{
    (void)state;
    check("<p hidden>a</p>b", "[a]|b", 1, 0);
    check("<p>a <span style='display:none'>b</span> c", "a c|[b]", 1, 0);
    check("<p>a<i hidden>b</i>c<i hidden>d</i>e", "ace|[b]|[d]", 2, 0);
    check("<div hidden><p>a<p>b</div>c", "[a]|[b]|c", 2, 0);
    check("<p hidden>a &amp; b</p>", "[a & b]", 9, 0);
    check("<noscript><p>a</noscript><template><p>b</template>c", "c", 0, 2);
    check("<div hidden><noscript>a</noscript>b</div>", "[b]", 1, 1);
    check("<p hidden><script>no</script>a<style>no</style>", "[a]", 1, 0);
    check("<p hidden=until-found>a", "a", 0, 0);
    check("<div aria-hidden=false>a", "a", 0, 0);
}

static void test_shown_again(void **state)
{
    (void)state;
    check("<div style='font-size:0'>a<p style='font-size:16px'>b</p>c</div>d",
          "[a]|b|[c]|d", 2, 0);
    check("<div style='visibility:hidden'>a<p style='visibility:visible'>b</p></div>",
          "[a]|b", 1, 0);
    check("<div style='visibility:hidden'><p style='font-size:16px'>a</p></div>", "[a]",
          1, 0);
    check("<div style='display:none'><p style='visibility:visible'>a</p></div>", "[a]", 1,
          0);
    check("<div style='font-size:0'>a<b style='font-size:9px'>b", "[a]|b", 1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_shown_again),
    };
    return cmocka_run_group_tests_name("hide", tests, NULL, NULL);
}
