/* SPDX-License-Identifier: Apache-2.0
 *
 * Windows and n-grams; and that the paths without SSE2, compiled here a second time under
 * other names, give the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* The portable paths of the normaliser and the tokenizer. */
#pragma push_macro("__SSE2__")
#undef __SSE2__
#define em_normal_init         portable_normal_init
#define em_normal_release      portable_normal_release
#define em_normalise           portable_normalise
#define em_normal_original     portable_normal_original
#define em_normal_original_end portable_normal_original_end
#define em_normal_disguised    portable_normal_disguised
#define em_lone_letter         portable_lone_letter
#define em_lang_unspaced       portable_lang_unspaced
#define em_tokenise            portable_tokenise
#define em_tokens_init         portable_tokens_init
#define em_tokens_release      portable_tokens_release
#define em_word_hash           portable_word_hash
#define em_sign_hash           portable_sign_hash
#define em_token_ending        portable_token_ending
#define em_token_class         portable_token_class
#include "detector/normalise.c"
#include "detector/token.c"
#undef em_normal_init
#undef em_normal_release
#undef em_normal_room
#undef em_normal_mark
#undef em_normalise
#undef em_normal_original
#undef em_normal_original_end
#undef em_normal_disguised
#undef em_tokenise
#undef em_tokens_init
#undef em_tokens_release
#undef em_word_hash
#undef em_sign_hash
#undef em_token_ending
#undef em_token_class
#pragma pop_macro("__SSE2__")

#include "base/alloc.h"
#include "detector/features_int.h"

/* Their headers were read under the other names. */
enum em_status em_normalise(struct em_normal *normal, struct em_view text);
enum em_status em_tokenise(struct em_tokens *tokens, const struct em_lexicon *lexicon,
                           struct em_view text, bool unspaced, uint32_t max_words,
                           size_t *read);

#include "tests/unit/small_model.h"

#include <stdio.h>
#include <stdlib.h>

static struct em_features *features_new(void)
{
    struct em_features *f;
    assert_int_equal(
        em_features_new(&f, "en", EM_VIEW(SMALL_VOCABULARY), EM_VIEW_NONE, NULL), EM_OK);
    return f;
}

static const struct em_window *run(struct em_features *f, struct em_view text,
                                   uint32_t words, size_t *n)
{
    const struct em_window *windows;
    assert_int_equal(em_features_run(f, text, words, &windows, n), EM_OK);
    return windows;
}

/* Words of the samples, as many as `times` of them have. */
static char *long_text(size_t times, size_t *len)
{
    char both[sizeof(machine_text) + sizeof(human_text)];
    snprintf(both, sizeof(both), "%s %s", machine_text, human_text);
    return drawn_text(both, 240 * times, len);
}

static void test_windows_cover_the_text_in_order(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    size_t len, n;
    char *text = long_text(12, &len);
    const struct em_window *w = run(f, em_view_make(text, len), 200, &n);
    uint32_t words = 0, end = 0;
    assert_true(n > 8 && n < 20);
    for (size_t i = 0; i < n; i++) {
        assert_true(w[i].start >= end && w[i].end > w[i].start && w[i].end <= len);
        assert_true(w[i].words >= 150 && w[i].words <= 260);
        assert_true(w[i].n_ids > w[i].words);
        words += w[i].words;
        end = w[i].end;
    }
    assert_int_equal(words, f->tokens.words);
    assert_int_equal(w[0].start, 0);
    const struct em_window *one = run(f, em_view_make(text, len), 0, &n);
    assert_int_equal(n, 1);
    assert_int_equal(one[0].words, words);
    run(f, EM_VIEW("  \n "), 200, &n);
    assert_int_equal(n, 0);
    run(f, EM_VIEW_NONE, 200, &n);
    assert_int_equal(n, 0);
    free(text);
    em_features_free(f);
}

static void test_ids_are_distinct_and_of_all_families(void **state)
{
    (void)state;
    struct em_features *f = features_new();
    size_t n;
    const struct em_window *w = run(f, em_view_of(human_text), 0, &n);
    assert_int_equal(n, 1);
    for (size_t i = 0; i < w->n_ids; i++)
        for (size_t k = 0; k < i; k++)
            assert_true(w->ids[i] != w->ids[k]);
    for (int k = 0; k < EM_NGRAM_FAMILIES; k++) {
        enum em_ngram_family family = (enum em_ngram_family)k;
        for (size_t t = em_ngram_span(family) - 1; t < f->tokens.n; t++) {
            uint32_t hash = em_ngram_hash(family, f->tokens.tokens, t);
            bool found = false;
            for (size_t i = 0; i < w->n_ids && !found; i++)
                found = w->ids[i] >> 15 == hash >> 15;
            assert_true(found);
        }
    }
    em_features_free(f);
}

struct numbers {
    uint32_t ids[20000];
    size_t n_ids;
    float style[EM_MODEL_MAX_STYLE];
};

static void numbers_of(struct em_features *f, struct em_view text, struct numbers *out)
{
    size_t n;
    const struct em_window *w = run(f, text, 0, &n);
    assert_int_equal(n, 1);
    assert_true(w->n_ids <= 20000);
    out->n_ids = w->n_ids;
    memcpy(out->ids, w->ids, w->n_ids * sizeof(*w->ids));
    memcpy(out->style, w->style, em_style_count() * sizeof(float));
}

static void expect_same(const struct numbers *a, const struct numbers *b)
{
    assert_int_equal(a->n_ids, b->n_ids);
    assert_memory_equal(a->ids, b->ids, a->n_ids * sizeof(*a->ids));
    assert_memory_equal(a->style, b->style, em_style_count() * sizeof(float));
}

/* Every run of white space may be another one: re-wrapped, doubled, paragraphs. */
static void test_white_space_never_changes_a_number(void **state)
{
    (void)state;
    static const char *const runs[] = {" ", "  ", "\n", "\r\n", "\n\n", "\t", "\xC2\xA0"};
    static struct numbers a, b;
    struct em_features *f = features_new();
    const char *const texts[] = {machine_text, human_text};
    srand(3);
    for (int round = 0; round < 200; round++) {
        const char *text = texts[round % 2];
        static char other[10000];
        size_t n = 0;
        for (const char *p = text; *p; p++) {
            const char *space = runs[(size_t)rand() % (sizeof(runs) / sizeof(runs[0]))];
            size_t len = *p == ' ' ? strlen(space) : 1;
            memcpy(other + n, *p == ' ' ? space : p, len);
            n += len;
        }
        numbers_of(f, em_view_of(text), &a);
        numbers_of(f, em_view_make(other, n), &b);
        expect_same(&a, &b);
    }
    em_features_free(f);
}

static void test_kinds_of_quotes_and_dashes_never_change_a_number(void **state)
{
    (void)state;
    static struct numbers a, b;
    struct em_features *f = features_new();
    numbers_of(
        f, EM_VIEW("\"It's not,\" she said - and didn't - \"mine.\" **Never** did."), &a);
    numbers_of(
        f,
        EM_VIEW("\xE2\x80\x9CIt\xE2\x80\x99s not,\xE2\x80\x9D she said\xE2\x80\x94"
                "and didn\xE2\x80\x99t -- \xE2\x80\x9Cmine.\xE2\x80\x9D Never did."),
        &b);
    expect_same(&a, &b);
    em_features_free(f);
}

/* The same numbers from the paths that use SSE2 and those that do not. */
static void test_portable_paths_are_the_same(void **state)
{
    (void)state;
    static const char alphabet[] =
        "abcdefghijklmnoprstuvwxyzABCET    ''..,,-*_`#|>\n\n019"
        "\xC3\xA9\xE2\x80\x94\xD0\xB0\xFF\x01";
    struct em_features *f = features_new();
    struct em_normal normal;
    struct em_tokens tokens;
    portable_normal_init(&normal);
    portable_tokens_init(&tokens);
    srand(4);
    for (int round = 0; round < 3000; round++) {
        static char text[3000];
        size_t len = (size_t)rand() % sizeof(text), n, read;
        for (size_t i = 0; i < len; i++)
            text[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
        if (round < 2) {
            len = strlen(round ? machine_text : human_text);
            memcpy(text, round ? machine_text : human_text, len);
        }
        assert_int_equal(em_normalise(&f->normal, em_view_make(text, len)), EM_OK);
        assert_int_equal(em_tokenise(&f->tokens, f->lexicon,
                                     em_view_make(f->normal.text, f->normal.len), false,
                                     20000, &n),
                         EM_OK);
        assert_int_equal(portable_normalise(&normal, em_view_make(text, len)), EM_OK);
        assert_int_equal(normal.len, f->normal.len);
        assert_memory_equal(normal.text, f->normal.text, normal.len);
        assert_memory_equal(&normal.counts, &f->normal.counts, sizeof(normal.counts));
        assert_int_equal(portable_tokenise(&tokens, f->lexicon,
                                           em_view_make(normal.text, normal.len), false,
                                           EM_MAX_SCORED_WORDS, &read),
                         EM_OK);
        assert_int_equal(tokens.n, f->tokens.n);
        for (size_t i = 0; i < tokens.n; i++) {
            const struct em_token *a = &tokens.tokens[i], *b = &f->tokens.tokens[i];
            assert_true(a->start == b->start && a->len == b->len && a->form == b->form &&
                        a->kind == b->kind && a->combo == b->combo &&
                        a->letters == b->letters && a->word == b->word &&
                        a->distorted == b->distorted);
        }
    }
    portable_normal_release(&normal);
    portable_tokens_release(&tokens);
    em_features_free(f);
}

static void test_failing_memory_is_an_error_and_can_be_tried_again(void **state)
{
    (void)state;
    size_t len, n;
    char *text = long_text(3, &len);
    for (long nth = 1;; nth++) {
        struct em_features *f = NULL;
        const struct em_window *w;
        em_alloc_fail_at(nth, 0);
        enum em_status status =
            em_features_new(&f, "en", EM_VIEW(SMALL_VOCABULARY), EM_VIEW_NONE, NULL);
        if (status == EM_OK)
            status = em_features_run(f, em_view_make(text, len), 200, &w, &n);
        em_alloc_fail_at(0, 0);
        if (status == EM_OK) {
            em_features_free(f);
            assert_true(nth > 8);
            break;
        }
        assert_int_equal(status, EM_ERR_NOMEM);
        if (f) {
            run(f, em_view_make(text, len), 200, &n);
            assert_true(n > 1);
        }
        em_features_free(f);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_cover_the_text_in_order),
        cmocka_unit_test(test_ids_are_distinct_and_of_all_families),
        cmocka_unit_test(test_white_space_never_changes_a_number),
        cmocka_unit_test(test_kinds_of_quotes_and_dashes_never_change_a_number),
        cmocka_unit_test(test_portable_paths_are_the_same),
        cmocka_unit_test(test_failing_memory_is_an_error_and_can_be_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
