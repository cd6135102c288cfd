/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/normalise.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(const char *in, const char *out)
{
    struct em_normal n;
    em_normal_init(&n);
    assert_int_equal(em_normalise(&n, em_view_of(in)), EM_OK);
    assert_string_equal(n.text, out);
    assert_int_equal(n.len, strlen(out));
    em_normal_release(&n);
}

static struct em_normal_counts counts_of(const char *in)
{
    struct em_normal n;
    em_normal_init(&n);
    assert_int_equal(em_normalise(&n, em_view_of(in)), EM_OK);
    struct em_normal_counts counts = n.counts;
    em_normal_release(&n);
    return counts;
}

static void test_white_space_becomes_one_space(void **state)
{
    (void)state;
    expect("", "");
    expect("  \n\t ", "");
    expect(" a  b\r\n\r\nc\td ", "a b c d");
    expect("a\xC2\xA0"
           "b\xE2\x80\x83"
           "c\xE3\x80\x80"
           "d",
           "a b c d");
    assert_int_equal(counts_of("a\xC2\xA0"
                               "b")
                         .odd_spaces,
                     1);
}

static void test_quotes_and_dashes_are_made_alike(void **state)
{
    (void)state;
    expect("\xE2\x80\x9Cit\xE2\x80\x99s\xE2\x80\x9D", "\"it's\"");
    expect("\xC2\xABoui\xC2\xBB", "\"oui\"");
    const char *same = "one \xE2\x80\x94 two";
    expect("one - two", same);
    expect("one -- two", same);
    expect("one \xE2\x80\x93 two", same);
    expect("one \xE2\x80\x94 two", same);
    expect("one--two", "one\xE2\x80\x94two");
    expect("1990\xE2\x80\x93"
           "1995",
           "1990-1995");
    expect("well-known", "well-known");
    expect("at -5 degrees", "at -5 degrees");
    expect("a\n------\nb", "a b");
    expect("wait\xE2\x80\xA6", "wait...");
}

static void test_compatibility_characters_are_composed_and_folded(void **state)
{
    (void)state;
    expect("\xEF\xAC\x81nal", "final");
    expect("\xEF\xBC\xA1\xEF\xBC\xA2", "AB");
    expect("caf\x65\xCC\x81", "caf\xC3\xA9");
    expect("\xF0\x9D\x90\x87\xF0\x9D\x90\xA2", "Hi");
    expect("na\xC3\xAFve \xC5\x93uvre", "na\xC3\xAFve \xC5\x93uvre");
    assert_int_equal(counts_of("\xEF\xAC\x81nal").compat, 1);
    assert_int_equal(counts_of("caf\xC3\xA9").compat, 0);
}

static void test_look_alikes_are_folded_in_latin_words_only(void **state)
{
    (void)state;
    expect("p\xD0\xB0yp\xD0\xB0l", "paypal");
    expect("\xD1\x80\xD0\xB0ypal is safe", "paypal is safe");
    expect("see \xD0\xB0 dog", "see a dog");
    expect("\xD0\x90 dog", "A dog");
    /* The beginning of a Russian text, two letters that look Latin. */
    expect("\xD0\x9D\xD0\xB0 \xD0\xB4\xD0\xB2\xD0\xBE\xD1\x80\xD0\xB5 "
           "\xD0\xB4\xD0\xBE\xD0\xBC",
           "\xD0\x9D\xD0\xB0 \xD0\xB4\xD0\xB2\xD0\xBE\xD1\x80\xD0\xB5 "
           "\xD0\xB4\xD0\xBE\xD0\xBC");
    expect("\xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0",
           "\xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0");
    expect("in \xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0 now",
           "in \xD0\x9C\xD0\xBE\xD1\x81\xD0\xBA\xD0\xB2\xD0\xB0 now");
    expect("the \xCE\xB1-helix", "the \xCE\xB1-helix");
    assert_int_equal(counts_of("p\xD0\xB0yp\xD0\xB0l").homoglyphs, 2);
}

static void test_invisible_characters_go_and_are_counted(void **state)
{
    (void)state;
    expect("wo\xE2\x80\x8Brd\xE2\x80\x8E an\xC2\xAD"
           "d\xEF\xBB\xBF",
           "word and");
    expect("a\x01"
           "b\x7F"
           "c\xEF\xBF\xBD",
           "abc");
    struct em_normal_counts c = counts_of("wo\xE2\x80\x8Brd\xE2\x80\x8E an\xC2\xAD"
                                          "d \xEE\x88\x80turn0search0\xEE\x88\x81");
    assert_int_equal(c.zero_width, 1);
    assert_int_equal(c.bidi, 1);
    assert_int_equal(c.soft_hyphens, 1);
    assert_int_equal(c.private_use, 2);
}

static void test_markdown_goes(void **state)
{
    (void)state;
    expect("# Title\n\nSome **bold** and *thin* and `code` text.",
           "Title Some bold and thin and code text.");
    expect("Buy:\n- eggs\n- flour\n* milk", "Buy: eggs flour milk");
    expect("eggs and more\n- flour\n- milk\n- salt", "eggs and more flour milk salt");
    expect("1. First.\n2. Second.\n10) Tenth", "First. Second. Tenth");
    expect("It was in 1999. It rained.", "It was in 1999. It rained.");
    expect("in the year\n1999. It rained.", "in the year 1999. It rained.");
    expect("| a | b |\n|---|:-:|\n| 1 | 2 |\n", "a b 1 2");
    expect("Before\n```python\nx = 1\n```\nafter", "Before after");
    expect("```markdown\n# Post\nText here.\n```", "Post Text here.");
    expect("Unclosed ``` fence", "Unclosed fence");
    expect("snake_case and 2 * 3 and C# and a*b", "snake_case and 2 * 3 and C# and a*b");
    expect("> quoted\nreply", "quoted reply");
    expect("Nice: \xE2\x80\xA2 one \xE2\x80\xA2 two", "Nice: one two");
}

static void test_spaced_letters_are_joined(void **state)
{
    (void)state;
    expect("a w o r d here", "aword here");
    expect("the w o r d, and T h e n more", "the word, and Then more");
    expect("s p a c e d  o u t", "spacedout");
    expect("w\n\no\nr\td", "word");
    /* Initials, lists and single words stay. */
    expect("J. R. R. Smith, plan B c, a I b, x y",
           "J. R. R. Smith, plan B c, a I b, x y");
    expect("take a b c d and A B C", "take a b c d and A B C");
    expect("vitamin a is what I am on 3 x y9", "vitamin a is what I am on 3 x y9");
    assert_int_equal(counts_of("the w o r d, and T h e n more").spaced, 2);
    /* At every distance from a block's edge. */
    char text[80], out[80];
    for (int i = 1; i < 40; i++) {
        snprintf(text, sizeof(text), "%.*s w o r d end", i,
                 "1234567890123456789012345678901234567890");
        snprintf(out, sizeof(out), "%.*s word end", i,
                 "1234567890123456789012345678901234567890");
        expect(text, out);
    }
    struct em_normal n;
    em_normal_init(&n);
    static const char spaced[] = "**Any** w o r d of t h e \xE2\x80\x9C"
                                 "end\xE2\x80\x9D";
    assert_int_equal(em_normalise(&n, em_view_of(spaced)), EM_OK);
    assert_string_equal(n.text, "Any word of the \"end\"");
    assert_int_equal(em_normal_original(&n, 4), 8);       /* w */
    assert_int_equal(em_normal_original_end(&n, 8), 15);  /* after d */
    assert_int_equal(em_normal_original(&n, 14), 23);     /* e of "the" */
    assert_int_equal(em_normal_original(&n, 17), 28);     /* end */
    assert_int_equal(em_normal_original_end(&n, 21), 34); /* its quote */
    em_normal_release(&n);
}

static void test_a_text_in_capitals_is_written_small(void **state)
{
    (void)state;
    static const char small[] =
        "It rained on tuesday, and I stayed in. Nobody came. \"Why should they?\" "
        "My "
        "aunt laughed. The road was gone, 12 houses with it, and what I had was one "
        "caf\xC3\xA9.";
    char text[sizeof(small)], partly[2 * sizeof(small)];
    for (size_t i = 0; i < sizeof(small); i++)
        text[i] = small[i] >= 'a' && small[i] <= 'z' ? (char)(small[i] - 32) : small[i];
    expect(text, small);
    assert_true(counts_of(text).capitals > 80);
    /* A heading or a cry in capitals is the writer's. */
    snprintf(partly, sizeof(partly), "%.60s %s", text, small);
    expect(partly, partly);
    expect("NO ENTRY", "NO ENTRY");
    assert_int_equal(counts_of(partly).capitals, 0);
}

static const char prose[] =
    "It rained on Tuesday; we stayed in. \"Nobody,\" she said, \"comes here - not even "
    "the "
    "post.\" The well-known path (1990-95) was gone -- or so they say! What now? I don't "
    "know... He paid $5.20 for 3 of them, i.e. too much. \xE2\x80\x9CReally?\xE2\x80\x9D "
    "Caf\xC3\xA9s opened. And then: nothing, for 12 days.";

/* Every space of running text may be another run of white space. */
static void test_rewrapping_changes_nothing(void **state)
{
    (void)state;
    static const char *const runs[] = {" ", "  ", "\n", "\r\n", " \n ", "\t", "\xC2\xA0"};
    struct em_normal a, b;
    em_normal_init(&a);
    em_normal_init(&b);
    assert_int_equal(em_normalise(&a, em_view_of(prose)), EM_OK);
    srand(1);
    for (int round = 0; round < 500; round++) {
        char text[4 * sizeof(prose)];
        size_t n = 0;
        for (const char *p = prose; *p; p++) {
            const char *run = runs[(size_t)rand() % (sizeof(runs) / sizeof(runs[0]))];
            if (*p != ' ') {
                text[n++] = *p;
                continue;
            }
            memcpy(text + n, run, strlen(run));
            n += strlen(run);
        }
        assert_int_equal(em_normalise(&b, em_view_make(text, n)), EM_OK);
        assert_string_equal(a.text, b.text);
    }
    em_normal_release(&a);
    em_normal_release(&b);
}

/* Letters and digits map to themselves. */
static void test_offsets_lead_back(void **state)
{
    (void)state;
    static const char text[] =
        "## Head\n\n**Bold**  text \xE2\x80\x94 with \xE2\x80\x9C"
        "curly\xE2\x80\x9D quotes, wo\xE2\x80\x8Brds\n\n- eggs\n- "
        "milk\n\n```\ncode\n```\n"
        "end of caf\x65\xCC\x81 p\xD0\xB0ypal | table | 12 \xEF\xAC\x81nal words.";
    struct em_normal n;
    em_normal_init(&n);
    assert_int_equal(em_normalise(&n, em_view_of(text)), EM_OK);
    uint32_t last = 0;
    size_t same = 0;
    for (uint32_t i = 0; i < n.len; i++) {
        uint32_t at = em_normal_original(&n, i);
        assert_true(at >= last && at < sizeof(text));
        same += text[at] == n.text[i];
        last = at;
    }
    assert_true(same > n.len - 20);
    assert_int_equal(text[em_normal_original(&n, (uint32_t)(n.len - 2))], 's');
    const char *milk = strstr(n.text, "milk");
    assert_non_null(milk);
    uint32_t at = em_normal_original(&n, (uint32_t)(milk - n.text));
    assert_memory_equal(text + at, "milk", 4);
    assert_int_equal(em_normal_original_end(&n, (uint32_t)(milk - n.text) + 4), at + 4);
    /* One character that became many ends where it ends. */
    assert_int_equal(em_normalise(&n, EM_VIEW("x \xEF\xB7\xBA")), EM_OK);
    assert_true(n.len > 20);
    assert_int_equal(em_normal_original_end(&n, (uint32_t)n.len), 5);
    assert_int_equal(em_normalise(&n, EM_VIEW("p\xD0\xB0y d\xD0\xB0")), EM_OK);
    assert_int_equal(em_normal_original_end(&n, 2), 3);
    assert_int_equal(em_normal_original_end(&n, (uint32_t)n.len), 8);
    em_normal_release(&n);
}

static void test_any_bytes_give_clean_bounded_text(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ab 1.-*_`#|>\n\xC3\xA9\xE2\x80\x94\xD0\xB0\xCC\x81\xFF\x01";
    struct em_normal n;
    em_normal_init(&n);
    srand(2);
    for (int round = 0; round < 20000; round++) {
        char text[200];
        size_t len = (size_t)rand() % sizeof(text);
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        assert_int_equal(em_normalise(&n, em_view_make(text, len)), EM_OK);
        assert_false(n.cut);
        for (size_t i = 0; i < n.len; i++) {
            assert_true((unsigned char)n.text[i] >= 0x20);
            assert_false(n.text[i] == ' ' && n.text[i + 1] == ' ');
        }
        assert_true(n.len == 0 || (n.text[0] != ' ' && n.text[n.len - 1] != ' '));
        for (uint32_t i = 0; i < n.len; i++)
            assert_true(em_normal_original(&n, i) <= len);
    }
    em_normal_release(&n);
}

static void test_long_text_is_cut(void **state)
{
    (void)state;
    struct em_normal n;
    size_t len = 3 * EM_MAX_SCORED_BYTES;
    char *text = malloc(len);
    em_normal_init(&n);
    memset(text, 'x', len);
    for (size_t i = 0; i < len; i += 7)
        text[i] = ' ';
    assert_int_equal(em_normalise(&n, em_view_make(text, len)), EM_OK);
    assert_true(n.cut);
    assert_true(n.len <= EM_MAX_SCORED_BYTES + 4096 || n.len <= len);
    memset(text, '\n', len); /* nothing comes of it: bounded all the same */
    assert_int_equal(em_normalise(&n, em_view_make(text, len)), EM_OK);
    assert_int_equal(n.len, 0);
    em_normal_release(&n);
    free(text);
}

static void test_failing_memory_is_an_error(void **state)
{
    (void)state;
    char text[4000] = "";
    for (int i = 0; i < 300; i++)
        memcpy(text + strlen(text), "a \xEF\xAC\x81 w o\n\n", 11);
    for (long nth = 1;; nth++) {
        struct em_normal n;
        em_normal_init(&n);
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_normalise(&n, em_view_of(text));
        em_alloc_fail_at(0, 0);
        em_normal_release(&n);
        if (status == EM_OK) {
            assert_true(nth > 2);
            break;
        }
        assert_int_equal(status, EM_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_white_space_becomes_one_space),
        cmocka_unit_test(test_quotes_and_dashes_are_made_alike),
        cmocka_unit_test(test_compatibility_characters_are_composed_and_folded),
        cmocka_unit_test(test_look_alikes_are_folded_in_latin_words_only),
        cmocka_unit_test(test_invisible_characters_go_and_are_counted),
        cmocka_unit_test(test_markdown_goes),
        cmocka_unit_test(test_spaced_letters_are_joined),
        cmocka_unit_test(test_a_text_in_capitals_is_written_small),
        cmocka_unit_test(test_rewrapping_changes_nothing),
        cmocka_unit_test(test_offsets_lead_back),
        cmocka_unit_test(test_any_bytes_give_clean_bounded_text),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_failing_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
