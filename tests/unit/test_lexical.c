/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "detector/lexical.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_words(const char *text, const char *expected)
{
    struct em_buf out;
    char word[EM_LEXICAL_LONGEST];
    size_t at = 0, len;
    em_buf_init(&out, 1000);
    while (em_lexical_next(em_view_of(text), &at, word, &len)) {
        if (out.len)
            assert_int_equal(em_buf_putc(&out, '|'), EM_OK);
        assert_int_equal(em_buf_append(&out, word, len), EM_OK);
    }
    assert_int_equal(em_buf_putc(&out, '\0'), EM_OK);
    assert_string_equal(out.data, expected);
    em_buf_release(&out);
}

static void words(void **state)
{
    (void)state;
    check_words("", "");
    check_words("...", "");
    check_words("The MILL, the pond.", "the|mill|the|pond");
    check_words("don't 'quote' it", "don't|quote|it");
    check_words("don\xE2\x80\x99t \xE2\x80\x9Cyes\xE2\x80\x9D", "don't|yes");
    check_words("caf\xC3\xA9 x2y", "caf\xC3\xA9|x|y");
    check_words("well-kept\xE2\x80\x94"
                "mill",
                "well|kept|mill");
    check_words("a' 'b' c''d", "a|b|c|d");
    check_words("a abcdefghijklmnopqrstuvwxyz b", "a||b"); /* longer than is looked at */
    check_words("x\xE2\x80", "x\xE2\x80");                 /* cut character */
}

static void table_is_sound(void **state)
{
    (void)state;
    uint32_t markers = 0;
    assert_in_range(em_lexical_table_size, 100, EM_LEXICAL_MAX);
    for (uint32_t i = 0; i < em_lexical_table_size; i++) {
        const struct em_lexical_word *w = &em_lexical_table[i];
        assert_true(i == 0 || strcmp(em_lexical_table[i - 1].word, w->word) < 0);
        assert_true(strlen(w->word) <= EM_LEXICAL_LONGEST && isfinite(w->present));
        markers += w->marker;
    }
    assert_in_range(markers, 10, em_lexical_table_size / 2);
    assert_true(isfinite(em_lexical_absent));
}

/* `word` and 99 numbers that are in no table, and then whatever. */
static struct em_lexical measure(const char *word, size_t others, const char *tail)
{
    struct em_buf text;
    em_buf_init(&text, 10000);
    assert_int_equal(em_buf_append_view(&text, em_view_of(word)), EM_OK);
    for (size_t i = 0; i < others; i++)
        assert_int_equal(em_buf_append_view(&text, em_view_of(" qqqq")), EM_OK);
    assert_int_equal(em_buf_append_view(&text, em_view_of(tail)), EM_OK);
    struct em_lexical m = em_lexical_measure(em_buf_view(&text));
    em_buf_release(&text);
    return m;
}

static void ratios(void **state)
{
    (void)state;
    const size_t rest = EM_LEXICAL_WORDS - 1;
    for (uint32_t i = 0; i < em_lexical_table_size; i += 7) {
        const struct em_lexical_word *w = &em_lexical_table[i];
        struct em_lexical m = measure(w->word, rest, " ");
        assert_true(m.measured && m.marked == w->marker);
        assert_true(fabsf(m.ratio - em_lexical_absent - w->present) < 1e-4F);
        m = measure(w->word, rest - 1, "");
        assert_false(m.measured || m.marked);
        assert_true(m.ratio == 0);
    }
    /* A word counts once, and not after the hundredth. */
    const struct em_lexical_word *first = &em_lexical_table[0];
    char tail[64];
    snprintf(tail, sizeof(tail), " %s %s", first->word, first->word);
    struct em_lexical m = measure(first->word, rest - 2, tail);
    assert_true(fabsf(m.ratio - em_lexical_absent - first->present) < 1e-4F);
    m = measure("qqqq", rest, tail);
    assert_true(m.ratio == em_lexical_absent && !m.marked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(table_is_sound),
        cmocka_unit_test(ratios),
    };
    return cmocka_run_group_tests_name("lexical", tests, NULL, NULL);
}
