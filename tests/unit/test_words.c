/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
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

/* The rule as words.h states it, one character after another. */
static uint32_t plainly(const unsigned char *p, size_t len)
{
    uint32_t words = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char before = i > 0 ? p[i - 1] : ' ', next = i + 1 < len ? p[i + 1] : 0;
        bool lone = p[i] >= 0xE3 && p[i] <= 0xE9 && !(p[i] == 0xE3 && next == 0x80) &&
                    i + 1 < len;
        words += lone || (strchr(" \n\t\r", before) && !strchr(" \n\t\r", p[i]));
    }
    return words;
}

/* Texts of any length, among them one in which more words begin than a byte can count. */
static void test_random(void **state)
{
    static const unsigned char bytes[] = {' ',  ' ',  '\n', '\t', '\r', 'a',  'b',
                                          0xE2, 0xE3, 0xE3, 0xE9, 0xEA, 0x80, 0x81};
    static unsigned char text[9000];
    (void)state;
    for (uint64_t round = 0, draw = 1; round < 400; round++) {
        size_t len = em_mix64(round) % (round % 20 ? 100 : sizeof(text));
        for (size_t i = 0; i < len; i++)
            text[i] = bytes[em_mix64(draw++) % sizeof(bytes)];
        struct em_view view = em_view_make((const char *)text, len);
        assert_int_equal(em_words_of(view), plainly(text, len));
    }
    memset(text, 0xE4, sizeof(text));
    assert_int_equal(em_words_of(em_view_make((const char *)text, sizeof(text))),
                     sizeof(text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
