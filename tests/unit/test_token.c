/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "detector/lexicon.h"
#include "detector/normalise.h"
#include "detector/style.h"
#include "detector/token.h"

/* Tokens of `text`, one a line: the text, and k (kept), C, S, the ending. */
static void expect_in(bool unspaced, const char *text, const char *expected)
{
    struct em_lexicon *lexicon;
    struct em_tokens tokens;
    struct em_normal normal;
    struct em_buf out;
    size_t read;
    em_buf_init(&out, 100000);
    em_tokens_init(&tokens);
    em_normal_init(&normal);
    assert_int_equal(em_lexicon_new(&lexicon, EM_VIEW("the\nof\ndon't\ncaf\xC3\xA9\n")),
                     EM_OK);
    assert_int_equal(em_normalise(&normal, em_view_of(text)), EM_OK);
    assert_int_equal(em_tokenise(&tokens, lexicon, em_view_make(normal.text, normal.len),
                                 unspaced, 1000, &read),
                     EM_OK);
    assert_int_equal(read, normal.len);
    for (size_t i = 0; i < tokens.n; i++) {
        const struct em_token *t = &tokens.tokens[i];
        assert_int_equal(em_buf_printf(&out, "%s%.*s/%s%s%s%s%s", i ? " " : "", t->len,
                                       normal.text + t->start,
                                       t->kind == EM_TOKEN_WORD ? "" : "!",
                                       t->form & EM_FORM_KEPT ? "k" : "",
                                       t->form & EM_FORM_CAPITAL ? "C" : "",
                                       t->form & EM_FORM_SHOUTED ? "S" : "",
                                       em_token_ending(t->form & EM_FORM_ENDING)),
                         EM_OK);
    }
    assert_string_equal(out.data ? out.data : "", expected);
    em_buf_release(&out);
    em_lexicon_free(lexicon);
    em_tokens_release(&tokens);
    em_normal_release(&normal);
}

static void expect(const char *text, const char *expected)
{
    expect_in(false, text, expected);
}

static void test_words_numbers_and_signs(void **state)
{
    (void)state;
    expect("", "");
    expect("The cat's 42 hats.", "The/kC cat's/s 42/! hats/s ./!");
    expect("don't DON'T doN't", "don't/k DON/CS '/! T/C doN't/k");
    expect("a_b c-d", "a/ b/ c/ -/! d/");
    expect("abc123def", "abc/ 123/! def/");
    expect("Caf\xC3\xA9 na\xC3\xAFve \xC3\x89T\xC3\x89",
           "Caf\xC3\xA9/kC na\xC3\xAFve/ \xC3\x89T\xC3\x89/CS");
    expect("notion\xE2\x80\x94nation", "notion/ion \xE2\x80\x94/! nation/ion");
    expect("\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5/ \xE6\x9C\xAC/");
    expect("\xD0\x9C\xD0\xB8\xD1\x80", "\xD0\x9C\xD0\xB8\xD1\x80/C");
}

static void test_endings(void **state)
{
    (void)state;
    expect(
        "realization station kindness movement facilities",
        "realization/ization station/ion kindness/ness movement/ment facilities/ities");
    expect("walking wanted badly active famous hopeful",
           "walking/ing wanted/ed badly/ly active/ive famous/ous hopeful/ful");
    expect("notable cubism artist makers maker actions action total boxes cats",
           "notable/able cubism/ism artist/ist makers/ers maker/er actions/ions "
           "action/ion total/al boxes/es cats/s");
    expect("is red ring king Ting", "is/ red/ ring/ king/ Ting/C");
    expect("extraordinarilylongwordingification creation",
           "extraordinarilylongwordingification/ation creation/ation");
}

static struct em_token token_of(const struct em_lexicon *lexicon, const char *word)
{
    char text[200] = {0};
    struct em_tokens tokens;
    size_t read;
    memcpy(text, word, strlen(word));
    em_tokens_init(&tokens);
    assert_int_equal(
        em_tokenise(&tokens, lexicon, em_view_make(text, strlen(word)), false, 10, &read),
        EM_OK);
    assert_int_equal(tokens.n, 1);
    struct em_token t = tokens.tokens[0];
    em_tokens_release(&tokens);
    return t;
}

static void test_hashes(void **state)
{
    (void)state;
    struct em_lexicon *x;
    assert_int_equal(em_lexicon_new(&x, EM_VIEW("the\n")), EM_OK);
    assert_true(token_of(x, "The").word == token_of(x, "the").word);
    assert_true(token_of(x, "THE").distorted == token_of(x, "the").word);
    assert_true(token_of(x, "walking").word != token_of(x, "talking").word);
    assert_true(token_of(x, "walking").distorted == token_of(x, "talking").distorted);
    assert_true(token_of(x, "Walking").distorted != token_of(x, "talking").distorted);
    assert_true(token_of(x, "1").word == token_of(x, "1999").word);
    assert_true(token_of(x, "understanding").word ==
                em_word_hash(EM_VIEW("understanding")));
    assert_true(token_of(x, "\xC3\x89t\xC3\xA9").word ==
                em_word_hash(EM_VIEW("\xC3\xA9t\xC3\xA9")));
    assert_true(token_of(x, "\xE2\x80\xA0").word ==
                em_sign_hash(EM_VIEW("\xE2\x80\xA0")));
    /* Fixed for ever: models depend on it. */
    assert_true(em_word_hash(EM_VIEW("the")) == 0x2769230e27dc7ec1u);
    em_lexicon_free(x);
}

static void test_lexicon_groups(void **state)
{
    (void)state;
    struct em_lexicon *x;
    assert_int_equal(em_lexicon_new(&x, EM_VIEW_NONE), EM_OK);
    assert_true(em_lexicon_combos(x) > 30 && em_lexicon_combos(x) < 256);
    uint64_t dont = em_lexicon_mask(x, token_of(x, "Don't").combo);
    assert_true(dont >> EM_LEX_DO & 1);
    assert_true(dont >> EM_LEX_NEGATION & 1);
    assert_true(dont >> EM_LEX_CONTRACTION & 1);
    assert_false(dont >> EM_LEX_EXCESS & 1);
    assert_true(em_lexicon_mask(x, token_of(x, "delve").combo) >> EM_LEX_EXCESS & 1);
    assert_int_equal(token_of(x, "horseshoe").combo, 0);
    assert_int_equal(token_of(x, "the").form & EM_FORM_KEPT, 0);
    em_lexicon_free(x);
}

static void test_scripts_without_spaces(void **state)
{
    (void)state;
    assert_true(em_lang_unspaced(EM_VIEW("zh")) && em_lang_unspaced(EM_VIEW("ja-JP")));
    assert_false(em_lang_unspaced(EM_VIEW("zhx")) || em_lang_unspaced(EM_VIEW("en")) ||
                 em_lang_unspaced(EM_VIEW("z")) || em_lang_unspaced(EM_VIEW_NONE));
    static const char text[] = "\u94c1\u751f\u9508\u3002\u96e8\uff0cthe\u3001";
    for (int unspaced = 0; unspaced < 2; unspaced++)
        expect_in(unspaced, text,
                  "\u94c1/ \u751f/ \u9508/ \u3002/! \u96e8/ ,/! the/k \u3001/!");
    struct em_lexicon *x;
    struct em_tokens tokens;
    size_t read;
    const char padded[32] = "\u94c1\u3002\u96e8\u3001";
    assert_int_equal(em_lexicon_new(&x, EM_VIEW_NONE), EM_OK);
    em_tokens_init(&tokens);
    for (int unspaced = 0; unspaced < 2; unspaced++) {
        assert_int_equal(
            em_tokenise(&tokens, x, em_view_make(padded, 12), unspaced, 9, &read), EM_OK);
        assert_int_equal(tokens.n, 4);
        assert_int_equal(tokens.tokens[1].letters, unspaced ? '.' : EM_SIGN_OTHER);
        assert_int_equal(tokens.tokens[3].letters, unspaced ? ',' : EM_SIGN_OTHER);
        assert_true(tokens.tokens[1].word == em_sign_hash(EM_VIEW("\u3002")));
        assert_int_equal(em_sentence_ends(tokens.tokens, 4, 1, padded), unspaced);
        assert_false(em_sentence_ends(tokens.tokens, 4, 3, padded));
    }
    em_tokens_release(&tokens);
    em_lexicon_free(x);
}

static void test_limit_of_words_and_failing_memory(void **state)
{
    (void)state;
    struct em_tokens tokens;
    char text[9000] = {0};
    size_t read;
    for (size_t i = 0; i < 8000; i += 2)
        memcpy(text + i, "a ", 2);
    for (long nth = 1;; nth++) {
        struct em_lexicon *x = NULL;
        em_tokens_init(&tokens);
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_lexicon_new(&x, EM_VIEW("one\ntwo\n"));
        if (status == EM_OK)
            status =
                em_tokenise(&tokens, x, em_view_make(text, 8000), false, 3000, &read);
        em_alloc_fail_at(0, 0);
        size_t words = tokens.words;
        em_lexicon_free(x);
        em_tokens_release(&tokens);
        if (status == EM_OK) {
            assert_int_equal(words, 3000);
            assert_int_equal(read, 6000);
            assert_true(nth > 3);
            return;
        }
        assert_int_equal(status, EM_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_numbers_and_signs),
        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_lexicon_groups),
        cmocka_unit_test(test_scripts_without_spaces),
        cmocka_unit_test(test_limit_of_words_and_failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
