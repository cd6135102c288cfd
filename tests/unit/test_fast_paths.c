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
#include "base/hash.h"
#include "detector/features.h"
#include "detector/ngram.h"
#include "tests/unit/small_model.h"

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

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_is_what_its_twin_says),
        cmocka_unit_test(test_vectors_look_up_as_the_plain_loop),
        cmocka_unit_test(test_packed_stack_has_the_same_bits),
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
