/* SPDX-License-Identifier: Apache-2.0
 *
 * Letters that a reader reads on are read on: each way to disguise them gives the tokens of
 * the text as it was, and texts that are written so by themselves are left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/utf8.h"
#include "detector/features_int.h"
#include "tests/unit/small_model.h"

#include <stdio.h>

static const char plain[] =
    "All this was new to him, and he had not one of them with him that day. But when "
    "they "
    "had been out there for about an hour, he just went back into it and had it all over "
    "again. What can you do when it has only one way out? They had to be on it by then.";

struct kit {
    struct em_features *f;
    struct em_buf text;
};

static int set_up(void **state)
{
    static struct kit k;
    *state = &k;
    em_buf_init(&k.text, 1 << 16);
    return em_features_new(&k.f, "en",
                           EM_VIEW(SMALL_VOCABULARY
                                   "him\nbeen\nagain\ndo\nway\nthem\nday\n"
                                   "hour\nwent\nthen\n"),
                           EM_VIEW_NONE, NULL) < 0;
}

static int tear_down(void **state)
{
    struct kit *k = *state;
    em_features_free(k->f);
    em_buf_release(&k->text);
    return 0;
}

static void reads(void **state, const char *text, const char *as)
{
    struct em_features *f = ((struct kit *)*state)->f;
    assert_int_equal(em_features_tokens(f, em_view_of(text)), EM_OK);
    assert_string_equal(f->normal.text, as);
    for (size_t i = 0; i < f->tokens.n; i++) {
        const struct em_token *t = &f->tokens.tokens[i];
        uint32_t start = em_normal_original(&f->normal, t->start);
        uint32_t end = em_normal_original_end(&f->normal, t->start + t->len);
        assert_true(start < end && end <= strlen(text));
        assert_true(i == 0 || start >= em_normal_original(&f->normal, t[-1].start));
    }
}

static bool letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* `plain` with every letter followed by `mark`, every space by `gap`; `between`: only where
 * another letter follows. */
static void marked(void **state, const char *mark, const char *gap, bool between)
{
    struct kit *k = *state;
    em_buf_clear(&k->text);
    for (const char *p = plain; *p; p++) {
        bool here = letter(*p) && (!between || letter(p[1]));
        assert_int_equal(
            em_buf_printf(&k->text, "%c%s%s", *p, here ? mark : "", *p == ' ' ? gap : ""),
            EM_OK);
    }
    reads(state, k->text.data, plain);
}

static void test_marks_behind_letters(void **state)
{
    static const char *const marks[] = {
        "\xCC\xB6",                 /* U+0336, a stroke through it */
        "\xCC\x95\xCC\x9A\xCC\xBE", /* several */
        "\xE2\x80\x8B",             /* zero-width space */
        "\xE2\x81\xA0",             /* word joiner */
        "\xEF\xB8\x81",             /* variation selector 2 */
        "\xF3\xA0\x84\x80",         /* variation selector 17 */
        "\xE3\x85\xA4",             /* Hangul filler */
        "\xC2\xAD",                 /* soft hyphen */
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        marked(state, marks[i], "", false);
}

static void test_letters_apart(void **state)
{
    marked(state, " ", "  ", true);
    static const char *const signs[] = {".", "-", "*", "_", "/", "~", "\xC2\xB7"};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        marked(state, signs[i], "", true);
}

/* Thin spaces between letters, plain ones between words: seen after a few letters. */
static void test_letters_apart_by_thin_spaces(void **state)
{
    struct kit *k = *state;
    em_buf_clear(&k->text);
    for (const char *p = plain; *p; p++)
        assert_int_equal(em_buf_printf(&k->text, "%c%s", *p,
                                       letter(*p) && letter(p[1]) ? "\xE2\x80\x89" : ""),
                         EM_OK);
    assert_int_equal(em_features_tokens(k->f, em_buf_view(&k->text)), EM_OK);
    assert_non_null(strstr(k->f->normal.text, strstr(plain, "to him")));
}

/* Words run together, or with every letter by one space, are divided by the vocabulary; the
 * map leads back to where each letter stood. */
static void test_words_run_together(void **state)
{
    struct kit *k = *state;
    for (int apart = 0; apart < 2; apart++) {
        em_buf_clear(&k->text);
        for (const char *p = plain; *p; p++) {
            bool gap = apart && letter(*p) && letter(p[1] == ' ' ? p[2] : p[1]);
            if (*p != ' ' || !letter(p[-1]))
                assert_int_equal(em_buf_printf(&k->text, "%c%s", *p, gap ? " " : ""),
                                 EM_OK);
        }
        assert_int_equal(em_features_tokens(k->f, em_buf_view(&k->text)), EM_OK);
        const char *text = k->f->normal.text;
        assert_non_null(strstr(text, "and he had not one of them with him that day. "));
        assert_true(em_normal_disguised(&k->f->normal) > 30);
        for (size_t i = 0; text[i]; i++)
            if (letter(text[i]))
                assert_int_equal(
                    k->text.data[em_normal_original(&k->f->normal, (uint32_t)i)],
                    text[i]);
    }
}

/* Long words that are none: nothing to divide them into. */
static void test_long_strings_are_left_alone(void **state)
{
    struct kit *k = *state;
    static const char text[] =
        "xqzvwkjrtpbnmxqzvwkjrtpbnm qqxzvkwjrtpbnmlkhgfdsxz zzxqvkwjbnmplkhgfdrtyx "
        "vwkxqzjrtpbnmxqzvwkjrtpbnm";
    assert_int_equal(em_features_tokens(k->f, em_view_of(text)), EM_OK);
    assert_string_equal(k->f->normal.text, text);
    assert_int_equal(em_normal_disguised(&k->f->normal), 0);
}

/* `plain` with letters replaced, `to` by `from`. */
static void replaced(void **state, const char *from, const char *const *to)
{
    struct kit *k = *state;
    em_buf_clear(&k->text);
    for (const char *p = plain; *p; p++) {
        const char *at = strchr(from, *p);
        if (at)
            assert_int_equal(em_buf_printf(&k->text, "%s", to[at - from]), EM_OK);
        else
            assert_int_equal(em_buf_printf(&k->text, "%c", *p), EM_OK);
    }
    reads(state, k->text.data, plain);
}

static void test_other_letters(void **state)
{
    replaced(state, "aeiou",
             (const char *const[]){"\xC3\xA4", "\xC3\xA9", "\xC3\xAF", "\xC3\xB8",
                                   "\xC3\xB9"});
    replaced(state, "eaiot", (const char *const[]){"3", "4", "1", "0", "7"});
    replaced(state, "ais", (const char *const[]){"@", "!", "$"});
    replaced(state, "aeioc",
             (const char *const[]){"\xD0\xB0", "\xD2\xBD", "\xD1\x96", "\xD6\x85",
                                   "\xD1\x81"});
    replaced(state, "ghnr",
             (const char *const[]){"\xC9\xA1", "\xCA\x9C", "\xC9\xB4", "\xCA\x80"});
    replaced(state, "aeh", (const char *const[]){"aaa", "eee", "hhh"});
}

/* Every letter twice; one of every word. */
static void test_doubled_letters(void **state)
{
    struct kit *k = *state;
    for (int all = 0; all < 2; all++) {
        em_buf_clear(&k->text);
        for (const char *p = plain; *p; p++) {
            bool again = letter(*p) && (all || p == plain || p[-1] == ' ');
            assert_int_equal(em_buf_printf(&k->text, "%c%.*s", *p, again, p), EM_OK);
        }
        reads(state, k->text.data, plain);
    }
}

static void test_entities(void **state)
{
    reads(state,
          "&ldquo;Tom &amp; Ann&rsquo;s&rdquo; &mdash; 5 &lt; 6&nbsp;&#x26; &#39;x&#39;",
          "\"Tom & Ann's\" \xE2\x80\x94 5 < 6 & 'x'");
    reads(state, "it&amp;#39;s &amp;amp;quot;so&amp;amp;quot; &amp; so",
          "it's \"so\" & so");
    reads(state, "AT&T &c. & &; &nosuch; &#; &#xZ; &#99999999; R&D;",
          "AT&T &c. & &; &nosuch; &#; &#xZ; &#99999999; R&D;");
    reads(state, "&#84;&#104;e &#x65;nd", "The end");
}

static void test_turned_and_broken(void **state)
{
    reads(state,
          "One \xE2\x80\xAE"
          "owt"
          "\xE2\x80\xAC three",
          "One two three");
    reads(state,
          "\xE2\x80\xAE"
          ".dne eht dna gninnigeb eht",
          "the beginning and the end.");
    /* Arabic is written so. */
    reads(state, "\xE2\x80\xAE\xD8\xA7\xD8\xA8", "\xD8\xA7\xD8\xA8");
    reads(state, "a com-\nmunication broken", "a communication broken");
    reads(state, "in 1999-\nor so, X-\nRay", "in 1999- or so, X- Ray");
    struct kit *k = *state;
    em_buf_clear(&k->text);
    for (const char *p = plain; *p; p++)
        assert_int_equal(
            em_buf_printf(&k->text, "%c%s", *p,
                          strncmp(p, "he", 2) == 0 && letter(p[2]) ? "- " : ""),
            EM_OK);
    assert_int_equal(em_features_tokens(k->f, em_buf_view(&k->text)), EM_OK);
    assert_null(strstr(k->f->normal.text, "- "));
}

static void test_case(void **state)
{
    struct kit *k = *state;
    for (int kind = 0; kind < 4; kind++) {
        em_buf_clear(&k->text);
        for (int twice = 0; twice < 3; twice++)
            for (const char *p = plain; *p; p++) {
                char c = *p;
                bool up = kind == 1   ? true
                          : kind == 2 ? (p - plain) % 2 != 0
                          : kind == 3 ? p == plain || p[-1] == ' '
                                      : false;
                if (letter(c))
                    c = (char)(up ? c & ~0x20 : c | 0x20);
                assert_int_equal(em_buf_printf(&k->text, "%c%s", c, p[1] ? "" : " "),
                                 EM_OK);
            }
        assert_int_equal(em_features_tokens(k->f, em_buf_view(&k->text)), EM_OK);
        assert_memory_equal(k->f->normal.text, plain, strlen(plain));
    }
}

/* Nothing of this is a disguise. */
static void test_what_is_written_so_is_left_alone(void **state)
{
    static const char *const texts[] = {
        "The U.S.A. and the U.K. met at 9 a.m. on the 4th, i.e. the e.g. of the A-B-C.",
        "We had the MP3 of B2B covid19 at the 2nd 3D h4ck, with c0de on the x86 and the "
        "y2k.",
        "It was sooo good and the coool way to be, we allll had it, but they were not "
        "there.",
        "The caf\xC3\xA9 in S\xC3\xA3o Paulo had a cr\xC3\xA8me br\xC3\xBBl\xC3\xA9"
        "e and "
        "they had the na\xC3\xAFve way to do it all over again with him and his.",
        "Send it to me@home.org or to @him, it was $5 and the #1 of all, wasn't it? "
        "Yes!No!",
        "Pre- and post-war, short- or long-term, it was on- and off-line for all of "
        "them.",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        reads(state, texts[i], texts[i]);
    struct em_features *f = ((struct kit *)*state)->f;
    /* French beside an English vocabulary. */
    static const char french[] =
        "Les \xC3\xA9l\xC3\xA8ves ont \xC3\xA9t\xC3\xA9 re\xC3\xA7us \xC3\xA0 l'\xC3\xA9"
        "cole "
        "o\xC3\xB9 ils \xC3\xA9taient d\xC3\xA9j\xC3\xA0 all\xC3\xA9s, apr\xC3\xA8s "
        "avoir "
        "mang\xC3\xA9 \xC3\xA0 la cr\xC3\xAAperie pr\xC3\xA8s du th\xC3\xA9\xC3\xA2tre.";
    assert_int_equal(em_features_tokens(f, em_view_of(french)), EM_OK);
    assert_int_equal(f->normal.counts.disguised, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_behind_letters),
        cmocka_unit_test(test_letters_apart),
        cmocka_unit_test(test_letters_apart_by_thin_spaces),
        cmocka_unit_test(test_words_run_together),
        cmocka_unit_test(test_long_strings_are_left_alone),
        cmocka_unit_test(test_other_letters),
        cmocka_unit_test(test_doubled_letters),
        cmocka_unit_test(test_entities),
        cmocka_unit_test(test_turned_and_broken),
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_what_is_written_so_is_left_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
