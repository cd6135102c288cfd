/* SPDX-License-Identifier: Apache-2.0
 *
 * Code, tables and figures are not prose, whatever their language; prose that names a
 * function, a path or a price is.
 */
#include "detector/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_code_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "    for (size_t i = 0; i < n; i++)",
        "def quick_sort(values, low=0):",
        "    return left + [pivot] + right",
        "const found = items.filter(x => x.id === id);",
        "SELECT id, name FROM users WHERE age >= 18;",
        "if [ -n \"$1\" ]; then shift; fi",
        "use std::collections::HashMap;",
        "<div class=\"note\"><p>",
        ".note { color: #333; margin: 0 auto }",
        "\"name\": \"Ada\", \"age\": 36,",
        "#include <stdio.h>",
        "Ada Lovelace,36,London,12.40,1852-11-27",
        "Ada\tLondon\t36",
        "| Name | City |",
        "Ada Lovelace      London      thirty-six",
        "12 14 19 23 42",
        "00000010: 7f45 4c46 0201 0100  .ELF....",
        "10.0.0.7 - - [12/Mar/2024:10:15:32 +0000] \"GET /a HTTP/1.1\" 200 512",
        "https://example.org/archive/2024/notes.html?id=7",
        "$x = $y / 2;",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!em_line_is_code(em_view_of(lines[i])))
            fail_msg("taken for prose: %s", lines[i]);
}

static void test_prose_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "She paid $12.50 for it (in 1998, she says) and never wore it.",
        "# What we learned",
        "- two cups of flour, sifted",
        "* a pinch of salt",
        "> He said: \"I would rather not.\"",
        "1. Preheat the oven to 180 C/350 F.",
        "Fish & chips, bread & butter",
        "and/or whatever they had left",
        "Write to editor@example.org or call us.",
        "It was 50% off; I bought two.",
        "You can pass a callback to map(), but keep in mind that it is called once for "
        "each "
        "element of the list, from the first to the last one, even where it is empty.",
        "Zażółć gęślą jaźń, рассказ о доме",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (em_line_is_code(em_view_of(lines[i])))
            fail_msg("taken for code: %s", lines[i]);
}

static void test_shares(void **state)
{
    (void)state;
    assert_true(em_lines_code_share(EM_VIEW("")) == 0);
    assert_true(em_lines_code_share(EM_VIEW("\n\n")) == 0);
    assert_true(em_lines_code_share(EM_VIEW("one two three\nf(x, y);\n")) == 0.5);
    assert_true(em_lines_code_share(EM_VIEW("f(x, y);")) == 1);
    /* Fenced code is not read, so it is no part of the share. */
    assert_true(em_lines_code_share(
                    EM_VIEW("one two three\n```c\nf(x, y);\n```\nfour five\n")) == 0);
    assert_true(em_lines_code_share(EM_VIEW("  ~~~\nf(x, y);\n")) == 0);
}

/* A line that ends as a statement is one if words meet in it as they do in code, wherever
 * that is: lines are counted in blocks. */
static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool code;
    } ends[] = {{"f(x);", true},   {"a,b;", true},   {"a_b;", true},  {"a\tb;", true},
                {"a   b;", true},  {"x::y;", true},  {"// b;", true}, {"a@b;", true},
                {"(a b);", false}, {"a, b;", false}, {"a  b;", false}};
    for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]); e++)
        for (size_t n = 1; n < 150; n++) {
            char line[200] = {0};
            memset(line, 'w', n);
            line[n] = ' ';
            memcpy(line + n + 1, ends[e].text, strlen(ends[e].text));
            if (em_line_is_code(em_view_of(line)) != ends[e].code)
                fail_msg("misjudged: %s", line);
        }
}

/* A paragraph has more than 20 words, whatever their length. */
static void test_paragraphs(void **state)
{
    (void)state;
    for (size_t letters = 1; letters < 40; letters++) {
        char line[1000] = {0};
        size_t n = 0;
        for (size_t word = 0; word < 19; word++, n += letters + 1) {
            memset(line + n, 'w', letters);
            line[n + letters] = ' ';
        }
        memcpy(line + n, "f();", 5);
        if (!em_line_is_code(em_view_of(line)))
            fail_msg("taken for prose: %s", line);
        memcpy(line + n, "w f(w);", 8);
        if (em_line_is_code(em_view_of(line)))
            fail_msg("taken for code: %s", line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_lines), cmocka_unit_test(test_prose_lines),
        cmocka_unit_test(test_shares),     cmocka_unit_test(test_places),
        cmocka_unit_test(test_paragraphs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
