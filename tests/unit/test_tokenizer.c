/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "crawler/page/tokenizer.h"
#include "tests/unit/linear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static struct em_tokenizer t;

/* Tokens as one string: "<p a=b>", "</p>", "text", "#comment", "!doctype", each in []. */
static const char *tokens(struct em_view input, bool foreign)
{
    static char out[4096];
    size_t n = 0;
    em_tokenizer_init(&t, input);
    t.foreign = foreign;
    for (const struct em_token *k;
         (k = em_tokenizer_next(&t))->kind != EM_TOKEN_END_OF_INPUT;) {
        static const char *const open[] = {"", "", "<", "</", "#", "!"};
        struct em_view v =
            k->kind == EM_TOKEN_START || k->kind == EM_TOKEN_END ? k->name : k->text;
        n += (size_t)snprintf(out + n, sizeof(out) - n, "[%s%.*s", open[k->kind],
                              EM_VIEW_ARGS(v));
        for (uint32_t i = 0; k->kind == EM_TOKEN_START && i < k->n_attrs; i++)
            n += (size_t)snprintf(out + n, sizeof(out) - n, " %.*s=%.*s",
                                  EM_VIEW_ARGS(k->attrs[i].name),
                                  EM_VIEW_ARGS(k->attrs[i].value));
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s]",
                              k->kind == EM_TOKEN_START && k->self_closing ? "/" : "");
        assert_true(n < sizeof(out) - 256);
    }
    out[n] = '\0';
    return out;
}

static void test_markup(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a < b <3 </ c>d</>e", "[a < b <3 ][# c][d][e]"},
        {"<P a = 'x>y' b=\"1\" c d=e/>", "[<P a=x>y b=1 c= d=e/]"},
        {"<br/><p a/b>", "[<br/][<p a= b=]"},
        {"<p =a \"b>", "[<p =a= \"b=]"},
        {"<p a=\"x", ""},
        {"<!--a--b-->c<!-->d<!--->e<!--x--!>f", "[#a--b][c][#][d][#][e][#x][f]"},
        {"<!--a--", "[#a]"},
        {"<!DOCTYPE html><?pi x?><!x>", "[! html][#?pi x?][#x]"},
        {"<script>a<b</scriptx></script >c", "[<script][a<b</scriptx>][</script][c]"},
        {"<script><!--<script></script>--></script>x",
         "[<script][<!--<script></script>-->][</script][x]"},
        {"<script><!--a</script>x", "[<script][<!--a][</script][x]"},
        {"<title><b>&amp;</title>x", "[<title][<b>&amp;][</title][x]"},
        {"<style></styl></STYLE>x", "[<style][</styl>][</STYLE][x]"},
        {"<plaintext></plaintext>", "[<plaintext][</plaintext>]"},
        {"<![CDATA[x]]>", "[#[CDATA[x]]]"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(tokens(em_view_of(cases[i][0]), false), cases[i][1]);
    assert_string_equal(tokens(EM_VIEW("<![CDATA[x>]]]>y<title><b>"), true),
                        "[x>]][y][<title][<b]");
}

static void decode(const char *raw, bool attribute, const char *want)
{
    struct em_buf out;
    em_buf_init(&out, 4096);
    assert_int_equal(em_html_decode(&out, em_view_of(raw), true, attribute), EM_OK);
    assert_string_equal(out.data ? out.data : "", want);
    em_buf_release(&out);
}

static void test_references(void **state)
{
    (void)state;
    decode("&amp;&lt&gt;&AMP", false, "&<>&");
    decode("&notit; &notin; &noti", false, "¬it; ∉ ¬i");
    decode("&#65;&#x41;&#X42;&#128;&#0;&#xD800;&#x110000;&#99999999999;", false,
           "AAB€\uFFFD\uFFFD\uFFFD\uFFFD");
    decode("&#;&#x;&;&x", false, "&#;&#x;&;&x");
    decode("&NotEqualTilde;", false, "≂̸");
    decode("?a=1&copy=2&lt;&copy &copyx", true, "?a=1&copy=2<© &copyx");
    decode("a\r\nb\rc", false, "a\nb\nc");
    decode("a\xFFz", false, "a\uFFFDz");
    decode("&CounterClockwiseContourIntegral;", false, "∳");
    decode("&CounterClockwiseContourIntegralx;", false,
           "&CounterClockwiseContourIntegralx;");
}

static void test_attributes(void **state)
{
    (void)state;
    struct em_view value;
    em_tokenizer_init(&t, EM_VIEW("<a HREF=x href=y>"));
    const struct em_token *token = em_tokenizer_next(&t);
    assert_true(em_token_attr(token, "href", &value));
    assert_true(em_view_eq(value, EM_VIEW("x"))); /* spec: the first counts */
    assert_false(em_token_attr(token, "id", &value));
}

/* Reading past the end faults: the input ends where a page without rights begins. */
static void test_guard_page(void **state)
{
    (void)state;
    static const char page[] = "<p a='b' c=\"d\">x &amp; y<!-- z --><script>a</script>"
                               "<title>t</title></p><![CDATA[x]]><br/";
    const size_t size = 4096;
    char *map =
        mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map + size, size, PROT_NONE), 0);
    for (size_t len = 0; len < sizeof(page); len++) {
        char *at = map + size - len;
        memcpy(at, page, len);
        for (int foreign = 0; foreign < 2; foreign++)
            tokens(em_view_make(at, len), foreign);
    }
    munmap(map, 2 * size);
}

static void count(void *context, struct em_view input)
{
    (void)context;
    em_tokenizer_init(&t, input);
    while (em_tokenizer_next(&t)->kind != EM_TOKEN_END_OF_INPUT)
        ;
}

/* Time grows with the input, not with its square. */
static void test_linear(void **state)
{
    (void)state;
    static const char *const units[] = {"<",
                                        "</",
                                        "<!--",
                                        "<!-- >",
                                        "&",
                                        "<p a=b c ",
                                        "<p a='",
                                        "\"",
                                        "-->",
                                        "<a>",
                                        "<script><!--<script",
                                        "</script",
                                        "<![CDATA[",
                                        "<title></titl",
                                        "&#x41",
                                        "<!"};
    const size_t large = 4000000;
    char *data = malloc(large + 64);
    assert_non_null(data);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i]);
        for (size_t at = 0; at < large; at += n)
            memcpy(data + at, units[i], n);
        if (!em_linear_is(count, NULL, em_view_make(data, large)))
            fail_msg("not linear: %s", units[i]);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup),     cmocka_unit_test(test_references),
        cmocka_unit_test(test_attributes), cmocka_unit_test(test_guard_page),
        cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
