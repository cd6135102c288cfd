/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detector/features_int.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdio.h>

struct kit {
    struct em_features *f;
};

static int set_up(void **state)
{
    static struct kit k;
    *state = &k;
    return em_features_new(&k.f, "en", EM_VIEW(SMALL_VOCABULARY), EM_VIEW_NONE, NULL) < 0;
}

static int tear_down(void **state)
{
    em_features_free(((struct kit *)*state)->f);
    return 0;
}

static size_t index_of(const char *name)
{
    for (size_t i = 0; i < em_style_count(); i++)
        if (strcmp(em_style_name(i), name) == 0)
            return i;
    fail_msg("no style feature '%s'", name);
    return 0;
}

static double value(void **state, const char *text, const char *name)
{
    const struct em_window *w;
    size_t n;
    struct kit *k = *state;
    assert_int_equal(em_features_run(k->f, em_view_of(text), 0, &w, &n), EM_OK);
    assert_int_equal(n, 1);
    return (double)w->style[index_of(name)];
}

static void test_names_are_distinct(void **state)
{
    (void)state;
    assert_true(em_style_count() >= 60 && em_style_count() <= EM_MODEL_MAX_STYLE);
    assert_null(em_style_name(em_style_count()));
    for (size_t i = 0; i < em_style_count(); i++)
        assert_int_equal(index_of(em_style_name(i)), i);
}

/* Each feature is larger in the first text than in the second. */
static void test_features_see_what_they_are_named_for(void **state)
{
    static const char plain[] = "The dog ran to the gate and sat there. A cat came by "
                                "later. Both looked at the road.";
    static const struct {
        const char *name, *text;
    } cases[] = {
        {"sentence_words_mean",
         "The dog that ran to the gate then sat there for a long time "
         "while a cat that came by later looked at the empty road."},
        {"sentence_words_cv",
         "No. The dog ran to the gate and sat there for a long time while "
         "nobody came by at all. Yes."},
        {"questions", "Did the dog run? It did. Why?"},
        {"exclamations", "The dog ran! It ran fast."},
        {"start_connective", "Moreover, the dog ran. However, the cat sat."},
        {"start_coordinator", "And the dog ran. But the cat sat."},
        {"start_comma", "In time, the dog ran. After that, the cat sat."},
        {"start_lower", "The dog ran. the cat sat. they slept."},
        {"start_same", "The dog ran. The cat sat. The hen slept."},
        {"comma", "The dog, the cat, the hen and a crow, all ran."},
        {"semicolon", "The dog ran; the cat sat."},
        {"dash", "The dog ran \xE2\x80\x94 the cat sat -- all slept."},
        {"triple", "The dog, the cat, and the hen ran."},
        {"comma_and", "The dog ran, and the cat sat."},
        {"ellipsis", "The dog ran... and sat..."},
        {"number", "The 3 dogs ran 40 miles in 2010."},
        {"words_long", "Considerable responsibility accompanies independence."},
        {"ending_ing", "Running and jumping and swimming all evening."},
        {"ending_ly", "Quickly and quietly and happily they ran."},
        {"ending_tion", "The organisation of information and conversation."},
        {"passive", "The gate was opened. The dog was quickly taken home."},
        {"capital", "The dog met John Smith in New York."},
        {"shouted", "The DOG RAN to the gate."},
        {"lone_i", "well i ran and i sat."},
        {"stretched", "It was sooo coool and looong."},
        {"words_excess", "Let us delve into this crucial tapestry."},
        {"words_contraction", "It didn't run and couldn't sit."},
        {"words_first_singular", "I ran to my gate by myself."},
        {"words_hedge", "It might perhaps seem so."},
        {"words_informal", "yeah lol it was awesome dude"},
        {"words_typo", "dont recieve teh letter"},
        {"homoglyphs", "The d\xD0\xBEg r\xD0\xB0n to the g\xD0\xB0te."},
        {"invisibles", "The do\xE2\x80\x8Bg ra\xE2\x80\x8Bn."},
        {"repeat_words", "The dog ran and the dog sat and the dog slept."},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double more = value(state, cases[i].text, cases[i].name);
        double less = value(state, plain, cases[i].name);
        if (!(more > less))
            fail_msg("%s: %f is not above %f", cases[i].name, more, less);
    }
}

/* Sentence lengths are exact where nothing is doubtful. */
static void test_sentences(void **state)
{
    static const char *const three[] = {
        "One two three. Four five six. Seven eight nine.",
        "One Dr. Two went. Four five six! Seven, eight nine?",
        "One \"two three.\" Four five six. (Seven eight nine.)",
        "One two three... Four five six?! Seven eight nine",
        "One 2.5 three. Four five J. Smith. Seven eight nine.",
    };
    double expected[] = {3, 10.0 / 3, 3, 3, 11.0 / 3};
    for (size_t i = 0; i < sizeof(three) / sizeof(three[0]); i++) {
        double got = exp(value(state, three[i], "sentence_words_mean")) - 1;
        if (fabs(got - expected[i]) > 1e-3)
            fail_msg("%s: %f words a sentence", three[i], got);
    }
}

/* Doubling a text hardly moves rates; all values are finite and small. */
static void test_values_are_small_and_do_not_grow_with_length(void **state)
{
    struct kit *k = *state;
    static char text[200000];
    const struct em_window *w;
    size_t n, len = 0, each = strlen(human_text) + 1;
    float first[EM_MODEL_MAX_STYLE];
    for (int times = 0; times < 20; times++) {
        len += (size_t)snprintf(text + len, each + 1, "%s ", human_text);
        assert_int_equal(em_features_run(k->f, em_view_make(text, len), 0, &w, &n),
                         EM_OK);
        for (size_t i = 0; i < em_style_count(); i++) {
            assert_true(isfinite(w->style[i]));
            assert_true(fabsf(w->style[i]) < 8);
            if (times == 0)
                first[i] = w->style[i];
            else if (strncmp(em_style_name(i), "words_", 6) == 0)
                assert_true(fabsf(w->style[i] - first[i]) < 0.02f);
        }
    }
    for (const char *const *p =
             (const char *const[]){".", "a", "1", "...", "'", "\"", NULL};
         *p; p++) {
        assert_int_equal(em_features_run(k->f, em_view_of(*p), 0, &w, &n), EM_OK);
        for (size_t i = 0; n && i < em_style_count(); i++)
            assert_true(isfinite(w->style[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_distinct),
        cmocka_unit_test(test_features_see_what_they_are_named_for),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_values_are_small_and_do_not_grow_with_length),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
