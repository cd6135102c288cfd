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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_lines),
        cmocka_unit_test(test_prose_lines),
        cmocka_unit_test(test_shares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
