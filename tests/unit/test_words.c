/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/words.h"

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t words;
    } cases[] = {
        {"", 0},
        {" \n\t", 0},
        {"one", 1},
        {"  one, two\n\nthree\t4 ", 4},
        {"don't stop", 2},
        {"na\xC3\xAFve \xD1\x81\xD0\xBB\xD0\xBE\xD0\xB2\xD0\xBE", 2},
        /* Ideographs and kana are words, their punctuation is not, Hangul has spaces. */
        {"\xE4\xBD\xA0\xE5\xA5\xBD\xE3\x80\x82", 2},
        {"a \xE4\xBD\xA0\xE5\xA5\xBD b", 4},
        {"\xE3\x81\x82\xE3\x82\xA2", 2},
        {"\xED\x95\x9C\xEA\xB5\xAD \xEB\xA7\x90", 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(em_words_of(em_view_of(cases[i].text)), cases[i].words);
    assert_int_equal(em_words_of(EM_VIEW_NONE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
