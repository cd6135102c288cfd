/* SPDX-License-Identifier: Apache-2.0
 *
 * What is quick in the detector against what is plain, on random data: n-grams of a window
 * against a twin that looks at one at a time, vectors against loops, the packed stack
 * against the other. All of it twice: as the processor can, and portable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "detector/features_int.h"
#include "detector/model_int.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1500, ROUNDS = 60, SEEN = 1 << 17 };

static uint64_t draws;

static uint64_t draw(void)
{
    return em_mix64(++draws * 0x9E3779B97F4A7C15u);
}

/* One place in `sparse` stays empty; tags may be doubled in a bucket. */
static uint8_t *dictionary(unsigned sparse)
{
    uint8_t *tags = em_calloc(EM_DICTIONARY_BYTES, 1);
    assert_non_null(tags);
    for (size_t i = 0; i < EM_DICTIONARY_BYTES; i++)
        tags[i] = draw() % sparse ? (uint8_t)(draw() % 40) : 0;
    return tags;
}

static void random_tokens(struct em_token *tokens, size_t n, unsigned words)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t k = draw() % words;
        tokens[i] = (struct em_token){.word = em_mix64(k + 1),
                                      .distorted = em_mix64(k % 7 + 100)};
    }
}

/* What em_ngrams_window() is meant to give, one n-gram after another. */
static size_t naive(const uint8_t *tags, const struct em_token *tokens, size_t n,
                    uint32_t *ids, struct em_ngram_counts *counts)
{
    static bool seen[SEEN];
    size_t out = 0;
    memset(seen, 0, sizeof(seen));
    memset(counts, 0, sizeof(*counts));
    for (int f = 0; f < EM_NGRAM_FAMILIES; f++)
        for (size_t i = em_ngram_span((enum em_ngram_family)f) - 1; i < n; i++) {
            uint32_t hash = em_ngram_hash((enum em_ngram_family)f, tokens, i);
            uint32_t place = tags ? em_ngram_place(tags, hash) : hash;
            counts->total[f]++;
            if (seen[hash >> 15])
                continue;
            seen[hash >> 15] = true;
            counts->fresh[f]++;
            if (tags && place == EM_NGRAM_UNKNOWN)
                continue;
            counts->known[f]++;
            ids[out++] = place;
        }
    return out;
}

static void test_window_is_what_its_twin_says(void **state)
{
    (void)state;
    static struct em_token tokens[MOST];
    static uint32_t ids[EM_NGRAM_FAMILIES * MOST + 1], own[EM_NGRAM_FAMILIES * MOST + 1];
    uint8_t *tags = dictionary(3);
    struct em_ngrams with, without;
    struct em_ngram_counts counts, expected;
    struct em_view all = {(const char *)tags, EM_DICTIONARY_BYTES};
    assert_int_equal(em_ngrams_init(&with, all), EM_OK);
    assert_int_equal(em_ngrams_init(&without, EM_VIEW_NONE), EM_OK);
    for (size_t round = 0; round < ROUNDS; round++) {
        /* 0, 1, 2 ... tokens first, then any number; the bit map is clean each time. */
        size_t n = round < 12 ? round : draw() % MOST;
        random_tokens(tokens, n, round % 2 ? 20 : 2000);
        for (int known = 0; known < 2; known++) {
            size_t want = naive(known ? tags : NULL, tokens, n, own, &expected);
            size_t got =
                em_ngrams_window(known ? &with : &without, tokens, n, ids, &counts);
            assert_int_equal(got, want);
            assert_memory_equal(ids, own, want * sizeof(*ids));
            assert_memory_equal(&counts, &expected, sizeof(counts));
        }
    }
    em_ngrams_release(&with);
    em_ngrams_release(&without);
    em_free(tags);
}

/* Cut into pieces: the same ids, and each piece has those whose last token it holds: all
 * that the window up to its end has and the window up to its beginning has not. */
static void test_pieces_are_parts_of_the_window(void **state)
{
    (void)state;
    static struct em_token tokens[MOST];
    static uint32_t ids[EM_NGRAM_FAMILIES * MOST + 1], own[EM_NGRAM_FAMILIES * MOST + 1];
    uint8_t *tags = dictionary(3);
    struct em_ngrams cut, plain;
    struct em_ngram_counts counts, expected;
    struct em_view all = {(const char *)tags, EM_DICTIONARY_BYTES};
    assert_int_equal(em_ngrams_init(&cut, all), EM_OK);
    assert_int_equal(em_ngrams_init(&plain, all), EM_OK);
    for (size_t round = 0; round < 60; round++) {
        struct em_ngram_piece pieces[8];
        size_t n = 1 + draw() % 400, end = 0;
        random_tokens(tokens, n, round % 2 ? 20 : 2000);
        cut.pieces = pieces;
        for (cut.n_pieces = 0; end < n; cut.n_pieces++) {
            end += 1 + (round % 3 ? draw() % 100 : draw() % 3);
            end = end > n || cut.n_pieces == 7 ? n : end;
            pieces[cut.n_pieces].end = (uint32_t)end;
        }
        size_t want = em_ngrams_window(&plain, tokens, n, own, &expected);
        assert_int_equal(em_ngrams_window(&cut, tokens, n, ids, &counts), want);
        assert_memory_equal(ids, own, want * sizeof(*ids));
        assert_memory_equal(&counts, &expected, sizeof(counts));
        uint32_t before[EM_NGRAM_FAMILIES] = {0};
        for (size_t p = 0; p < cut.n_pieces; p++) {
            em_ngrams_window(&plain, tokens, pieces[p].end, own, &counts);
            for (int f = 0; f < EM_NGRAM_FAMILIES; f++) {
                assert_int_equal(pieces[p].known[f], counts.known[f] - before[f]);
                before[f] = counts.known[f];
            }
        }
    }
    em_ngrams_release(&cut);
    em_ngrams_release(&plain);
    em_free(tags);
}

static void test_vectors_look_up_as_the_plain_loop(void **state)
{
    (void)state;
    static uint32_t hashes[MOST], plain[MOST], vector[MOST];
    for (unsigned sparse = 1; sparse < 6; sparse++) {
        uint8_t *tags = dictionary(sparse);
        struct em_ngrams ngrams;
        struct em_view all = {(const char *)tags, EM_DICTIONARY_BYTES};
        assert_int_equal(em_ngrams_init(&ngrams, all), EM_OK);
        for (size_t round = 0; round < ROUNDS; round++) {
            size_t n = round < 20 ? round : draw() % MOST, known = 0;
            for (size_t i = 0; i < n; i++) { /* tags 0 and 1 are the same one */
                hashes[i] = (uint32_t)draw();
                if (i % 4 == 0)
                    hashes[i] &= 0xFFFFFF01u;
                if (em_ngram_place(tags, hashes[i]) != EM_NGRAM_UNKNOWN)
                    plain[known++] = em_ngram_place(tags, hashes[i]);
            }
            memcpy(vector, hashes, n * sizeof(*hashes));
            assert_int_equal(em_ngram_places(tags, vector, n, vector), known);
            assert_memory_equal(vector, plain, known * sizeof(*plain));
            assert_int_equal(ngrams.look_up(tags, hashes, n, hashes), known);
            assert_memory_equal(hashes, plain, known * sizeof(*plain));
        }
        em_ngrams_release(&ngrams);
        em_free(tags);
    }
}

static float any_float(void)
{
    return (float)(int64_t)(draw() >> 20) * 1e-12f - 8;
}

/* Every bit, for any number of units: whole groups, parts of one, none. */
static void test_packed_stack_has_the_same_bits(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0,  1,  7,  8,   31,
                                     32, 33, 96, 200, EM_MODEL_MAX_HIDDEN};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct em_model *m = small_model();
        float inputs[EM_MODEL_MAX_INPUTS], *packed;
        assert_int_equal(em_model_set_hidden(m, sizes[s]), EM_OK);
        size_t n = em_model_inputs(m);
        for (size_t i = 0; i < sizes[s] * n; i++)
            m->w1[i] = any_float();
        for (size_t i = 0; i < sizes[s]; i++)
            m->b1[i] = any_float();
        for (size_t i = 0; i < EM_MODEL_MAX_INPUTS; i++)
            m->w2[i] = any_float();
        assert_int_equal(em_model_pack(m, &packed), EM_OK);
        for (int round = 0; round < 20; round++) {
            for (size_t i = 0; i < n; i++)
                inputs[i] = any_float();
            float plain = em_model_stack(m, inputs);
            float quick = em_model_stack_packed(m, packed, inputs);
            assert_memory_equal(&plain, &quick, sizeof(plain));
        }
        em_free(packed);
        em_model_free(m);
    }
}

static void test_weights_are_summed_as_one_by_one(void **state)
{
    (void)state;
    enum { PLACES = 5000 };
    static int8_t weights[PLACES];
    static uint32_t ids[MOST];
    for (size_t i = 0; i < PLACES; i++)
        weights[i] = (int8_t)draw();
    for (size_t n = 0; n < MOST; n = n < 40 ? n + 1 : n * 2) {
        for (size_t i = 0; i < n; i++) /* the first place there is, and the last byte */
            ids[i] = i % 5 == 0   ? EM_FEATURE_WAYS
                     : i % 5 == 1 ? PLACES - 1
                                  : (uint32_t)(EM_FEATURE_WAYS + draw() % (PLACES - 4));
        struct em_weight_sums plain = em_weigh_plain(weights, ids, n);
        struct em_weight_sums quick = em_weigh(weights, ids, n);
        assert_int_equal(plain.sum, quick.sum);
        assert_int_equal(plain.size, quick.size);
    }
}

/* Words with everything that style counts, in any order. */
static void random_text(struct em_buf *out, size_t words)
{
    static const char *const some[] = {"the",
                                       "The",
                                       "was",
                                       "were",
                                       "is",
                                       "been",
                                       "quickly",
                                       "slowly",
                                       "taken",
                                       "written",
                                       "made",
                                       "seen",
                                       "loved",
                                       "painted",
                                       "i",
                                       "I",
                                       "a",
                                       "A",
                                       "sooo",
                                       "NASA",
                                       "John's",
                                       "dog's",
                                       "it's",
                                       "isn't",
                                       "early",
                                       "Mr",
                                       "e.g",
                                       "42",
                                       "and",
                                       "however",
                                       ".",
                                       ".",
                                       "!",
                                       "?",
                                       ",",
                                       "...",
                                       "(",
                                       "\"",
                                       "na\xC3\xAFve",
                                       "\xC3\x89t\xC3\xA9",
                                       "extraordinarily",
                                       "nationalizations"};
    em_buf_clear(out);
    for (size_t i = 0; i < words; i++) {
        uint64_t k = draw() % (sizeof(some) / sizeof(some[0]) + 12);
        if (k < sizeof(some) / sizeof(some[0]))
            assert_int_equal(em_buf_printf(out, "%s ", some[k]), EM_OK);
        else
            assert_int_equal(em_buf_printf(out, "w%c%c ", (int)('a' + draw() % 26),
                                           (int)('a' + draw() % 9)),
                             EM_OK);
    }
}

/* Counts of one window, by the definitions. */
struct plain_style {
    uint32_t words, kept, rare_lower, shouted, capital, stretched, possessive, passive,
        types_50, types_100, types, hapax, diverse;
};

static uint32_t times_before(const struct em_token *tokens, size_t i)
{
    uint32_t n = 0;
    for (size_t k = 0; k < i; k++)
        n += tokens[k].kind == EM_TOKEN_WORD && tokens[k].word == tokens[i].word;
    return n;
}

static bool of_group(const struct em_features *f, const struct em_token *t,
                     enum em_lexicon_group group)
{
    return em_lexicon_mask(f->lexicon, t->combo) >> group & 1;
}

static void plain_word(const struct em_features *f, size_t i, bool first,
                       struct plain_style *s)
{
    const struct em_token *tokens = f->tokens.tokens, *t = &tokens[i];
    const char *p = f->normal.text + t->start;
    bool kept = t->form & EM_FORM_KEPT, capital = t->form & EM_FORM_CAPITAL,
         three = false;
    s->words++;
    s->kept += kept;
    s->rare_lower += !kept && !capital;
    s->shouted += (t->form & EM_FORM_SHOUTED) != 0;
    s->capital += capital && !first && t->letters > 1;
    for (size_t k = 2; k < t->len && k < 8; k++)
        three |= p[k] == p[k - 1] && p[k] == p[k - 2];
    s->stretched += !kept && three;
    s->possessive += !kept && t->len > 2 && memcmp(p + t->len - 2, "'s", 2) == 0;
    unsigned ending = t->form & EM_FORM_ENDING;
    if (i > 0 && (ending == 8 || of_group(f, t, EM_LEX_PARTICIPLE))) {
        size_t back = (tokens[i - 1].form & EM_FORM_ENDING) == 9 && i > 1 ? 2 : 1;
        s->passive += of_group(f, &tokens[i - back], EM_LEX_BE);
    }
    if (s->diverse == 400)
        return;
    s->diverse++;
    uint32_t before = times_before(tokens, i);
    s->types += before == 0;
    s->types_50 += before == 0 && s->diverse <= 50;
    s->types_100 += before == 0 && s->diverse <= 100;
    s->hapax += before == 0;
    s->hapax -= before == 1;
}

static struct plain_style plain_style(const struct em_features *f)
{
    struct plain_style s = {0};
    const struct em_tokens *t = &f->tokens;
    bool first = true;
    for (size_t i = 0; i < t->n; i++) {
        if (t->tokens[i].kind == EM_TOKEN_WORD)
            plain_word(f, i, first, &s);
        if (t->tokens[i].kind != EM_TOKEN_SIGN)
            first = false;
        else if (em_sentence_ends(t->tokens, t->n, i, f->normal.text))
            first = true;
    }
    return s;
}

static void check_value(const float *style, const char *name, float expected)
{
    for (size_t i = 0; i < em_style_count(); i++)
        if (strcmp(em_style_name(i), name) == 0 && style[i] != expected)
            fail_msg("%s is %g, not %g", name, (double)style[i], (double)expected);
}

static float part(uint32_t n, uint32_t of)
{
    return of ? (float)n / (float)of : 0;
}

static void test_style_counts_as_defined(void **state)
{
    (void)state;
    struct em_features *f;
    struct em_buf text;
    const struct em_window *w;
    size_t n;
    em_buf_init(&text, 1u << 20);
    assert_int_equal(
        em_features_new(&f, "en", EM_VIEW("the\na\nis\nand\nmade\n"), EM_VIEW_NONE, NULL),
        EM_OK);
    for (size_t round = 0; round < 200; round++) {
        random_text(&text, round < 30 ? round : draw() % 600);
        assert_int_equal(em_features_run(f, em_buf_view(&text), 0, &w, &n), EM_OK);
        struct plain_style s = plain_style(f);
        if (n == 0)
            continue;
        assert_int_equal(f->tokens.kept, s.kept);
        assert_int_equal(w->words, f->tokens.words);
        assert_int_equal(f->tokens.words - f->tokens.numbers, s.words);
        uint32_t d = s.diverse;
        check_value(w->style, "types_50", part(s.types_50, d < 50 ? d : 50));
        check_value(w->style, "types_100", part(s.types_100, d < 100 ? d : 100));
        check_value(w->style, "hapax", part(s.hapax, s.types));
        check_value(w->style, "rare_words", part(s.words - s.kept, s.words));
        check_value(w->style, "rare_lower", part(s.rare_lower, s.words));
        check_value(w->style, "shouted", sqrtf(part(s.shouted, s.words)));
        check_value(w->style, "capital", sqrtf(part(s.capital, s.words)));
        check_value(w->style, "stretched", sqrtf(part(s.stretched, s.words)));
        check_value(w->style, "possessive", sqrtf(part(s.possessive, s.words)));
        check_value(w->style, "passive", sqrtf(part(s.passive, s.words)));
    }
    em_features_free(f);
    em_buf_release(&text);
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_is_what_its_twin_says),
        cmocka_unit_test(test_pieces_are_parts_of_the_window),
        cmocka_unit_test(test_vectors_look_up_as_the_plain_loop),
        cmocka_unit_test(test_packed_stack_has_the_same_bits),
        cmocka_unit_test(test_weights_are_summed_as_one_by_one),
        cmocka_unit_test(test_style_counts_as_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) { /* before the processor is asked for the first time */
        setenv("ECHOMETER_CPU", "portable", 1);
        exit(run());
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        return 1;
    return run();
}
