/* SPDX-License-Identifier: Apache-2.0
 *
 * Said twice is said once: what a text repeats changes neither tokens nor features nor the
 * verdict, and what is left keeps its places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detector/features_int.h"
#include "tests/unit/small_model.h"

#include <stdio.h>
#include <stdlib.h>

#define ONE   "The ferry left the old harbour an hour late because of fog. "
#define TWO   "Nobody on board seemed to mind, and the kitchen sold soup. "
#define THREE "By noon we could see both islands and the lighthouse between them. "

static struct em_features *features_new(void)
{
    struct em_features *f;
    assert_int_equal(
        em_features_new(&f, "en", EM_VIEW(SMALL_VOCABULARY), EM_VIEW_NONE, NULL), EM_OK);
    return f;
}

/* What is left of the text's words, one space between. */
static char *left_of(struct em_features *f, const char *text)
{
    static char out[4096];
    size_t used = 0;
    assert_int_equal(em_features_tokens(f, em_view_of(text)), EM_OK);
    assert_int_equal(em_features_distinct(f), EM_OK);
    out[0] = '\0';
    for (size_t i = 0; i < f->tokens.n; i++) {
        const struct em_token *t = &f->tokens.tokens[i];
        if (t->kind != EM_TOKEN_SIGN)
            used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%.*s",
                                     used ? " " : "", t->len, f->normal.text + t->start);
    }
    return out;
}

static void leaves(struct em_features *f, const char *text, const char *like)
{
    char *wanted = strdup(left_of(f, like));
    assert_string_equal(left_of(f, text), wanted);
    free(wanted);
}

static void test_repeated_passages_are_taken_out(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    static const char once[] = ONE TWO THREE;
    leaves(f, ONE TWO THREE ONE TWO THREE, once);
    leaves(f, ONE TWO THREE "\n\n" ONE TWO THREE "\n" ONE TWO THREE, once);
    leaves(f, ONE ONE TWO TWO THREE THREE, once);
    leaves(f, ONE TWO THREE THREE TWO ONE, once);
    leaves(f, ONE TWO THREE "THE FERRY LEFT THE OLD HARBOUR AN HOUR LATE BECAUSE OF FOG.",
           once);
    /* A copy with some words changed. */
    leaves(f,
           ONE TWO THREE "The ferry left the new harbour an hour late because of snow. ",
           once);
    /* The end of the first copy has no full stop. */
    leaves(f, ONE TWO "By noon we could see\n\n" ONE TWO "By noon we could see",
           ONE TWO "By noon we could see");
    em_features_free(f);
}

static void test_lines_without_sentences(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    static const char menu[] = "Home articles archive contact imprint newsletter search ";
    char text[4096];
    size_t n = 0;
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", menu);
    assert_string_equal(left_of(f, text),
                        "Home articles archive contact imprint newsletter search");
    em_features_free(f);
}

static void test_what_is_new_stays(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    static const char *const texts[] = {
        ONE TWO THREE,
        /* A name and a turn of phrase may recur. */
        /* In brackets: one string of two lines, which clang takes for a forgotten comma. */
        ("The Court of Appeals for the Ninth Circuit heard them first. Years later the "
         "Court of Appeals for the Ninth Circuit was asked by other people altogether."),
        "At the end of the day it rained. At the end of the year it snowed instead.",
        "It rained. We left. It rained. It rained.",
        /* Numbers differ by their digits. */
        "Runs on 12 March 1999 and 14 May 2001 or 3 June 2004 and 9 July 2010 at 8.",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(em_features_tokens(f, em_view_of(texts[i])), EM_OK);
        size_t n = f->tokens.n;
        uint32_t words = f->tokens.words, kept = f->tokens.kept, stops = f->tokens.stops;
        assert_int_equal(em_features_distinct(f), EM_OK);
        assert_int_equal(f->tokens.n, n);
        assert_int_equal(f->tokens.words, words);
        assert_int_equal(f->tokens.kept, kept);
        assert_int_equal(f->tokens.stops, stops);
        assert_int_equal(f->repeats.n, 0);
    }
    em_features_free(f);
}

static void test_places_are_kept(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    static const char text[] = ONE TWO ONE THREE;
    left_of(f, text);
    assert_int_equal(f->repeats.n, 1);
    const struct em_repeat *r = &f->repeats.found[0];
    assert_int_equal(r->start, strlen(ONE TWO));
    assert_int_equal(r->end, strlen(ONE TWO ONE) - 1);
    assert_int_equal(r->words, 12);
    assert_int_equal(r->first, 0);
    const struct em_token *t = &f->tokens.tokens[r->at];
    assert_int_equal(t->start, strlen(ONE TWO ONE));
    em_features_free(f);
}

/* The same counts as of the text once, and the same features. */
static void test_features_are_those_of_the_text_once(void **state)
{
    (void)state;
    struct em_features *f = features_new(), *g = features_new();
    const struct em_window *a, *b;
    size_t n, m;
    struct em_buf twice;
    em_buf_init(&twice, 1 << 16);
    for (int i = 0; i < 10; i++)
        assert_int_equal(em_buf_printf(&twice, "%s\n\n", human_text), EM_OK);
    assert_int_equal(em_features_run(f, em_view_of(human_text), 0, &a, &n), EM_OK);
    assert_int_equal(em_features_run(g, em_buf_view(&twice), 0, &b, &m), EM_OK);
    assert_int_equal(n, m);
    assert_int_equal(a->words, b->words);
    assert_int_equal(a->n_ids, b->n_ids);
    assert_memory_equal(a->ids, b->ids, a->n_ids * sizeof(*a->ids));
    assert_memory_equal(a->style, b->style, em_style_count() * sizeof(*a->style));
    em_buf_release(&twice);
    em_features_free(f);
    em_features_free(g);
}

/* A short text said twice is a short text; spans cover every place of what is machine's. */
static void test_verdicts(void **state)
{
    (void)state;
    struct em_model *model = small_model();
    struct em_detector *d;
    struct em_detect_options options = {.spans = true};
    struct em_err err = {0};
    assert_int_equal(em_detector_new(&d, model, &options, &err), EM_OK);
    struct em_buf text;
    em_buf_init(&text, 1 << 16);
    struct em_verdict once, again;
    struct em_doc doc = {.text = em_view_of(ONE TWO ONE TWO ONE TWO ONE TWO ONE TWO),
                         .lang = EM_VIEW("en")};
    model->min_words = 40;
    assert_int_equal(em_detect(d, &doc, &once, &err), EM_OK);
    assert_int_equal(once.abstain, EM_ABSTAIN_TOO_SHORT);
    assert_int_equal(once.scored, 23);
    assert_int_equal(once.words, 115);

    doc.text = em_view_of(machine_text);
    assert_int_equal(em_detect(d, &doc, &once, &err), EM_OK);
    assert_int_equal(em_buf_printf(&text, "%s\n\n%s", machine_text, machine_text), EM_OK);
    doc.text = em_buf_view(&text);
    assert_int_equal(em_detect(d, &doc, &again, &err), EM_OK);
    assert_true(once.kind == EM_VERDICT_MACHINE && again.kind == EM_VERDICT_MACHINE);
    assert_true(once.log_odds == again.log_odds);
    assert_int_equal(again.n_spans, 1);
    assert_int_equal(again.spans[0].start, 0);
    assert_int_equal(again.spans[0].end, text.len);
    assert_true(again.share > 0.99);
    em_buf_release(&text);
    em_detector_free(d);
    em_model_free(model);
}

/* Nothing but the same word, and as many different ones: neither is slow, both end. */
static void test_extremes(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    struct em_buf text;
    em_buf_init(&text, 1 << 20);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(em_buf_printf(&text, "again "), EM_OK);
    assert_int_equal(em_features_tokens(f, em_buf_view(&text)), EM_OK);
    assert_int_equal(em_features_distinct(f), EM_OK);
    assert_int_equal(f->tokens.words, 1);
    em_buf_clear(&text);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(em_buf_printf(&text, "w%c%c%c%c ", 'a' + i % 26,
                                       'a' + i / 26 % 26, 'a' + i / 676 % 26,
                                       'a' + i % 7),
                         EM_OK);
    assert_int_equal(em_features_tokens(f, em_buf_view(&text)), EM_OK);
    uint32_t words = f->tokens.words;
    assert_int_equal(em_features_distinct(f), EM_OK);
    assert_int_equal(f->tokens.words, words);
    assert_int_equal(em_features_tokens(f, EM_VIEW_NONE), EM_OK);
    assert_int_equal(em_features_distinct(f), EM_OK);
    em_buf_release(&text);
    em_features_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeated_passages_are_taken_out),
        cmocka_unit_test(test_lines_without_sentences),
        cmocka_unit_test(test_what_is_new_stays),
        cmocka_unit_test(test_places_are_kept),
        cmocka_unit_test(test_features_are_those_of_the_text_once),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
