/* SPDX-License-Identifier: Apache-2.0
 *
 * Words and prints: what a word is, a naive twin of the selection, and the two halves of
 * winnowing's guarantee on random texts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "detector/prints.h"

#include <stdio.h>

static uint64_t seed;

static uint64_t next(void)
{
    seed += 0x9E3779B97F4A7C15u;
    return em_mix64(seed);
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(next() % n);
}

/* The words of `text`, in brackets, as they stand in it. */
static void expect_words(const char *text, const char *expected)
{
    struct em_prints prints;
    struct em_print_word *words = NULL;
    size_t n, cap = 0;
    struct em_buf out;
    em_buf_init(&out, 10000);
    em_prints_init(&prints);
    assert_int_equal(em_prints_words(&prints, em_view_of(text), &words, &n, &cap), EM_OK);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(em_buf_printf(&out, "[%.*s]",
                                       (int)(words[i].end - words[i].start),
                                       text + words[i].start),
                         EM_OK);
    assert_string_equal(out.data ? out.data : "", expected);
    em_buf_release(&out);
    em_free(words);
    em_prints_release(&prints);
}

/* Both texts have the same words, by their hashes. */
static void expect_same(const char *a, const char *b, bool same)
{
    struct em_prints prints;
    struct em_print_word *words[2] = {NULL, NULL};
    size_t n[2], cap[2] = {0, 0};
    em_prints_init(&prints);
    assert_int_equal(em_prints_words(&prints, em_view_of(a), &words[0], &n[0], &cap[0]),
                     EM_OK);
    assert_int_equal(em_prints_words(&prints, em_view_of(b), &words[1], &n[1], &cap[1]),
                     EM_OK);
    bool equal = n[0] == n[1];
    for (size_t i = 0; equal && i < n[0]; i++)
        equal = words[0][i].hash == words[1][i].hash;
    if (equal != same)
        fail_msg("\"%s\" and \"%s\" are %s", a, b, equal ? "the same" : "different");
    em_free(words[0]);
    em_free(words[1]);
    em_prints_release(&prints);
}

static void test_words(void **state)
{
    (void)state;
    expect_words("", "");
    expect_words(" ,.\n- ", "");
    expect_words("The cat sat, on 42 mats.", "[The][cat][sat][on][42][mats]");
    expect_words("don't 'quote' rock'n'roll' x", "[don't][quote][rock'n'roll][x]");
    expect_words("well-known a_b **bold** x=1", "[well][known][a][b][bold][x][1]");
    expect_words("caf\xC3\xA9 na\xC3\xAFve \xE2\x80\x9Cquoted\xE2\x80\x9D",
                 "[caf\xC3\xA9][na\xC3\xAFve][quoted]");
    expect_words("don\xE2\x80\x99t \xE2\x80\x98so\xE2\x80\x99 end",
                 "[don\xE2\x80\x99t][so][end]");
    expect_words("\xE4\xB8\xAD\xE6\x96\x87 abc\xE5\xAD\x97",
                 "[\xE4\xB8\xAD][\xE6\x96\x87][abc][\xE5\xAD\x97]");
    expect_words("a\xFF\x62 \xC3", "[a][b]");
    expect_words("internationalisation of incomprehensibilities",
                 "[internationalisation][of][incomprehensibilities]");
}

static void test_what_does_not_change_a_word(void **state)
{
    (void)state;
    expect_same("Don't PANIC, it's \"fine\"", "dont panic\n its fine", true);
    expect_same("don\xE2\x80\x99t", "DON'T", true);
    expect_same("Caf\xC3\xA9", "cafe\xCC\x81", true);                 /* NFC, NFD */
    expect_same("\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\xA3", "abc", true); /* full width */
    expect_same("of\xEF\xAC\x81\x63\x65", "office", true);
    expect_same("\xEF\xAC\x81ne", "fine", true); /* ligature */
    expect_same("mar\xC2\xADket in\xE2\x80\x8Bvisible", "market invisible", true);
    expect_same("p\xD0\xB0ss\xD0\xB5nger", "passenger", true); /* Cyrillic a, e */
    expect_same("\xD0\x9C\xD0\x98\xD0\xA0", "\xD0\xBC\xD0\xB8\xD1\x80", true);
    expect_same("STRASSE", "stra\xC3\x9F\x65", true);
    expect_same("internationalisations'", "INTERNATIONALISATIONS", true);
    expect_same("eight888 nine99999", "EIGHT888 NINE99999", true);
    expect_same("one two", "two one", false);
    expect_same("12", "13", false);
    expect_same("ab c", "a bc", false);
    /* The quick way and the other one, at every length and distance from the end. */
    char text[80], upper[80];
    for (size_t len = 1; len < 40; len++) {
        for (size_t i = 0; i < len; i++) {
            text[i] = (char)('a' + (int)(i % 26));
            upper[i] = (char)('A' + (int)(i % 26));
        }
        memcpy(text + len, " tail of the text to be long", 29);
        memcpy(upper + len, "\xE2\x80\x94Tail-of the text: to be long", 32);
        expect_same(text, upper, true);
        text[len] = upper[len] = '\0';
        expect_same(text, upper, true);
    }
}

enum { MAX_WORDS = 3000 };

/* Words numbered from a vocabulary, as text. Offsets of word i in starts[i], ends[i]. */
struct sample {
    char text[MAX_WORDS * 8];
    uint32_t word[MAX_WORDS], starts[MAX_WORDS], ends[MAX_WORDS];
    uint32_t n;
};

static void spell(struct sample *s)
{
    size_t at = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        s->starts[i] = (uint32_t)at;
        at += (size_t)snprintf(s->text + at, sizeof(s->text) - at, "w%u",
                               s->word[i] % 100000);
        s->ends[i] = (uint32_t)at;
        s->text[at++] = below(9) ? ' ' : '\n';
    }
    s->text[at ? at - 1 : 0] = '\0';
}

static void random_sample(struct sample *s, uint32_t n, uint32_t vocabulary)
{
    s->n = n;
    for (uint32_t i = 0; i < n; i++)
        s->word[i] = below(vocabulary);
    spell(s);
}

static void make(struct em_prints *prints, const struct sample *s,
                 const struct em_prints_options *options)
{
    assert_int_equal(em_prints_make(prints, options, em_view_of(s->n ? s->text : "")),
                     EM_OK);
    assert_int_equal(prints->words, s->n);
}

static bool same_print(const struct em_print *a, const struct em_print *b)
{
    return a->hash == b->hash && a->start == b->start && a->end == b->end &&
           a->word == b->word;
}

/* Winnowing by its definition, over all runs as the fraction 1 gives them. */
static void check_against_definition(struct sample *s, uint32_t k, uint32_t t)
{
    struct em_prints all, chosen;
    em_prints_init(&all);
    em_prints_init(&chosen);
    make(&all, s, &(struct em_prints_options){.sample_k = k, .fraction = 1});
    make(&chosen, s,
         &(struct em_prints_options){.k = k, .t = t, .sample_k = k, .fraction = 4});
    size_t runs = s->n >= k ? s->n - k + 1 : 0, w = t - k + 1, n = 0, thin = 0;
    assert_int_equal(all.n_sampled, runs);
    for (size_t i = 0; i < runs; i++) {
        const struct em_print *p = &all.sampled[i];
        assert_int_equal(p->word, i);
        assert_int_equal(p->start, s->starts[i]);
        assert_int_equal(p->end, s->ends[i + k - 1]);
        if (p->hash <= UINT64_MAX / 4) {
            assert_true(thin < chosen.n_sampled);
            assert_true(same_print(&chosen.sampled[thin], p));
            thin++;
        }
    }
    assert_int_equal(thin, chosen.n_sampled);
    size_t last = runs;
    for (size_t from = 0; runs && from + (runs < w ? runs : w) <= runs; from++) {
        size_t best = from, to = from + (runs < w ? 1 : w);
        for (size_t i = from; i < to; i++)
            if (all.sampled[i].hash <= all.sampled[best].hash)
                best = i;
        if (best != last || runs < w) {
            assert_true(n < chosen.n_winnowed);
            if (runs >= w)
                assert_int_equal(chosen.winnowed[n].word, best);
            n++;
            last = best;
        }
        if (runs < w)
            break;
    }
    if (runs < w)
        assert_int_equal(chosen.n_winnowed, runs);
    else
        assert_int_equal(chosen.n_winnowed, n);
    for (size_t i = 0; i < chosen.n_winnowed; i++)
        assert_true(
            same_print(&chosen.winnowed[i], &all.sampled[chosen.winnowed[i].word]));
    em_prints_release(&all);
    em_prints_release(&chosen);
}

static void test_selection_is_winnowing(void **state)
{
    (void)state;
    static struct sample s;
    static const uint32_t lengths[] = {0,   1,    5,    7,    8,    9,   12,  13,
                                       14,  20,   100,  511,  512,  513, 519, 520,
                                       525, 1023, 1024, 1030, 2048, 3000};
    seed = 1;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (uint32_t vocabulary = 2; vocabulary <= 2000; vocabulary *= 10) {
            random_sample(&s, lengths[i], vocabulary);
            check_against_definition(&s, 8, 13);
            check_against_definition(&s, 1, 1);
            check_against_definition(&s, 5, 5);
            check_against_definition(&s, 64, 256);
            check_against_definition(&s, 1 + below(64), 64 + below(193));
        }
    }
}

static bool shares_inside(const struct em_prints *a, const struct em_prints *b,
                          uint32_t from_a, uint32_t to_a, uint32_t k)
{
    for (size_t i = 0; i < a->n_winnowed; i++) {
        const struct em_print *p = &a->winnowed[i];
        if (p->word < from_a || p->word + k > to_a)
            continue;
        for (size_t j = 0; j < b->n_winnowed; j++)
            if (b->winnowed[j].hash == p->hash)
                return true;
    }
    return false;
}

/* A run of t words or more, put anywhere into another text, is found, by a print that
 * lies inside it; texts that share no run of k words share no print. */
static void test_guarantee(void **state)
{
    (void)state;
    static struct sample a, b;
    struct em_prints pa, pb;
    em_prints_init(&pa);
    em_prints_init(&pb);
    seed = 2;
    for (int round = 0; round < 3000; round++) {
        uint32_t k = 1 + below(20), t = k + below(20), run = t + below(10);
        /* Words of their own: a's are even, b's are odd. */
        a.n = run + below(600);
        b.n = run + below(600);
        for (uint32_t i = 0; i < a.n; i++)
            a.word[i] = 2 * below(50);
        for (uint32_t i = 0; i < b.n; i++)
            b.word[i] = 1 + 2 * below(50);
        uint32_t at_a = below(a.n - run + 1), at_b = below(b.n - run + 1);
        for (uint32_t i = 0; i < run; i++)
            b.word[at_b + i] = a.word[at_a + i];
        spell(&a);
        spell(&b);
        struct em_prints_options options = {.k = k, .t = t};
        make(&pa, &a, &options);
        make(&pb, &b, &options);
        assert_true(shares_inside(&pa, &pb, at_a, at_a + run, k));
        assert_true(shares_inside(&pb, &pa, at_b, at_b + run, k));
        /* Every kth word changed: no run of k words is left. */
        if (k == 1)
            continue;
        for (uint32_t i = k - 1; i < run; i += k)
            b.word[at_b + i] = 1 + 2 * below(50);
        spell(&b);
        make(&pb, &b, &options);
        assert_false(shares_inside(&pa, &pb, 0, a.n, k));
    }
    em_prints_release(&pa);
    em_prints_release(&pb);
}

static void test_density(void **state)
{
    (void)state;
    static struct sample s;
    struct em_prints prints;
    size_t chosen = 0, sampled = 0, words = 0;
    em_prints_init(&prints);
    seed = 3;
    for (int i = 0; i < 50; i++) {
        random_sample(&s, MAX_WORDS, 50000);
        make(&prints, &s,
             &(struct em_prints_options){8, 13, .sample_k = 5, .fraction = 16});
        chosen += prints.n_winnowed;
        sampled += prints.n_sampled;
        words += prints.words;
    }
    double density = (double)chosen / (double)words;
    double fraction = (double)sampled / (double)words;
    assert_true(density > 2.0 / 7 * 0.98 && density < 2.0 / 7 * 1.02);
    assert_true(fraction > 1.0 / 16 * 0.95 && fraction < 1.0 / 16 * 1.05);
    em_prints_release(&prints);
}

/* Files depend on these. */
static void test_hashes_are_fixed(void **state)
{
    (void)state;
    struct em_prints prints;
    em_prints_init(&prints);
    struct em_prints_options options = {.k = 3, .t = 3};
    const char *text = "One two, three: d\xC3\xA9j\xC3\xA0 internationalisations.";
    assert_int_equal(em_prints_make(&prints, &options, em_view_of(text)), EM_OK);
    assert_int_equal(prints.n_winnowed, 3);
    assert_true(prints.winnowed[0].hash == 0x347D4478FFE44688u);
    assert_true(prints.winnowed[2].hash == 0xEFB30C724F26C328u);
    em_prints_release(&prints);
}

static void test_wrong_options(void **state)
{
    (void)state;
    struct em_prints prints;
    em_prints_init(&prints);
    const struct em_prints_options wrong[] = {
        {.k = 9, .t = 8}, {.k = 65, .t = 70}, {.k = 8, .t = 257}, {.sample_k = 65}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(em_prints_make(&prints, &wrong[i], EM_VIEW("a")), EM_ERR_USAGE);
    em_prints_release(&prints);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    static struct sample s;
    seed = 4;
    random_sample(&s, MAX_WORDS, 1000);
    struct em_prints_options options = {8, 13, .sample_k = 8, .fraction = 2};
    for (long nth = 1;; nth++) {
        struct em_prints prints;
        em_prints_init(&prints);
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_prints_make(&prints, &options, em_view_of(s.text));
        bool reached = em_alloc_count() >= nth;
        em_alloc_fail_at(0, 0);
        em_prints_release(&prints);
        assert_int_equal(status, reached ? EM_ERR_NOMEM : EM_OK);
        if (!reached)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_what_does_not_change_a_word),
        cmocka_unit_test(test_selection_is_winnowing),
        cmocka_unit_test(test_guarantee),
        cmocka_unit_test(test_density),
        cmocka_unit_test(test_hashes_are_fixed),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
