/* SPDX-License-Identifier: Apache-2.0
 *
 * Experts: their arithmetic, their place in the file, and training them.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "detector/learn/sources.h"
#include "detector/learn/train_int.h"
#include "detector/model.h"
#include "detector/ngram.h"
#include "tests/unit/small_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 7;

static uint32_t draw(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static void test_vectors_weigh_as_one_by_one(void **unused)
{
    (void)unused;
    enum { MOST = 300 };
    struct em_experts x = {.n = 0};
    uint32_t ids[MOST];
    assert_int_equal(em_experts_reserve(&x, EM_EXPERTS_MAX + 1), EM_ERR_LIMIT);
    assert_int_equal(em_experts_reserve(&x, 3), EM_OK);
    for (size_t i = 0; i < EM_EXPERT_BYTES; i++)
        x.weights[i] = (int8_t)draw();
    for (size_t n = 0; n < MOST; n += n < 20 ? 1 : 37) {
        struct em_expert_sums plain, quick;
        for (size_t i = 0; i < n; i++) {
            uint32_t bucket = draw() % (EM_DICTIONARY_BYTES / 8);
            /* The first place there is, the last one, and any. */
            bucket = i % 5 == 0 ? 0 : i % 5 == 1 ? EM_DICTIONARY_BYTES / 8 - 1 : bucket;
            ids[i] = bucket * 8 + EM_FEATURE_WAYS + draw() % EM_FEATURE_WAYS;
        }
        em_experts_weigh_plain(x.weights, ids, n, &plain);
        em_experts_weigh(x.weights, ids, n, &quick);
        assert_memory_equal(&plain, &quick, sizeof(plain));
    }
    em_experts_release(&x);
    assert_null(x.weights);
}

/* No two places share their weights. */
static void test_places_have_rooms_of_their_own(void **unused)
{
    (void)unused;
    uint8_t *taken = calloc(EM_EXPERT_BYTES / EM_EXPERT_LANES, 1);
    for (uint32_t place = 0; place < EM_DICTIONARY_BYTES; place++) {
        if (!(place & EM_FEATURE_WAYS))
            continue;
        uint32_t at = em_expert_at(place);
        assert_true(at % EM_EXPERT_LANES == 0 && at < EM_EXPERT_BYTES);
        assert_int_equal(taken[at / EM_EXPERT_LANES]++, 0);
    }
    free(taken);
}

/* A small model with two experts; the second weighs place 12 with 30 and place 20 with -10. */
static struct em_model *with_experts(void)
{
    struct em_model *m = small_model();
    assert_non_null(m);
    assert_int_equal(em_experts_reserve(&m->experts, 2), EM_OK);
    m->experts.scale[0] = m->experts.scale[1] = 0.5f;
    m->experts.bias[1] = 0.25f;
    m->experts.weights[em_expert_at(12) + 1] = 30;
    m->experts.weights[em_expert_at(20) + 1] = -10;
    return m;
}

static void test_evidence(void **unused)
{
    (void)unused;
    struct em_model *m = with_experts();
    uint32_t ids[] = {12, 20};
    struct em_window window = {.ids = ids, .n_ids = 2, .known = {1, 0, 0, 0, 1, 0}};
    float evidence[EM_MODEL_MAX_EVIDENCE];
    const float *own = evidence + EM_MODEL_EVIDENCE + EM_EXPERT_EVIDENCE;
    assert_int_equal(em_model_evidence_size(m),
                     EM_MODEL_EVIDENCE + 2 * EM_EXPERT_EVIDENCE);
    em_model_evidence(m, &window, evidence);
    assert_true(fabsf(own[0] - (0.25f + 20 * 0.5f / sqrtf(2))) < 1e-5f);
    assert_true(own[1] == 15);                          /* positive, first family */
    assert_true(own[1 + EM_FEATURE_FAMILIES + 4] == 5); /* negative, fifth */
    assert_true(evidence[EM_MODEL_EVIDENCE] == 0);      /* the first knows nothing */
    size_t at = em_model_evidence_input(m, EM_MODEL_EVIDENCE + EM_EXPERT_EVIDENCE);
    assert_string_equal(em_model_input_name(m, at), "expert 2");
    assert_string_equal(em_model_input_name(m, at + 1), "expert 2 positive shape 1");
    assert_string_equal(em_model_input_name(m, em_model_inputs(m) - 1),
                        "expert 2 negative word 2");
    assert_null(em_model_input_name(m, em_model_inputs(m)));
    em_model_free(m);
}

static void test_in_the_file(void **unused)
{
    (void)unused;
    struct em_model *m = with_experts(), *back;
    struct em_err err = {.status = EM_OK};
    struct em_buf bytes, again;
    em_buf_init(&bytes, EM_MAX_MODEL);
    em_buf_init(&again, EM_MAX_MODEL);
    assert_int_equal(em_model_save(m, &bytes, &err), EM_OK);
    assert_int_equal(em_model_load_memory(&back, em_buf_view(&bytes), &err), EM_OK);
    assert_int_equal(back->experts.n, 2);
    assert_memory_equal(back->experts.weights, m->experts.weights, EM_EXPERT_BYTES);
    assert_true(back->experts.bias[1] == 0.25f);
    assert_int_equal(em_model_save(back, &again, &err), EM_OK);
    assert_true(em_view_eq(em_buf_view(&bytes), em_buf_view(&again)));
    m->experts.scale[1] = INFINITY;
    assert_int_equal(em_model_validate(m, &err), EM_ERR_FORMAT);
    em_model_free(back);
    em_model_free(m);
    em_buf_release(&bytes);
    em_buf_release(&again);
}

static const char table[] = "# comment\n"
                            "h0\tanna\tletters\t-\t2010\t-\n"
                            "h1\tanna\tletters\t-\t2011\t-\n"
                            "m0\tbot\tletters\told\t2023\tanswers\n"
                            "m1\tbet\tnews\tnew\t2026\tpages\n";

static void add(struct em_examples *all, const char *source, bool machine, uint64_t seed)
{
    static const char *const words[2][8] = {
        {"wind", "hut", "gate", "mud", "boots", "dog", "field", "rain"},
        {"delve", "tapestry", "robust", "realm", "foster", "pivotal", "vibrant",
         "seamless"},
    };
    char text[1200];
    size_t n = 0;
    for (uint64_t i = 0; i < 60; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
                              words[machine][em_mix64(seed * 100 + i) % 8],
                              i % 9 == 8 ? ". " : " ");
    struct em_labelled row = {.text = em_view_make(text, n),
                              .label = machine ? EM_VIEW("machine") : EM_VIEW("human"),
                              .dataset = em_view_of(source)};
    assert_int_equal(em_examples_add(all, &row, "en"), EM_OK);
}

static struct em_model *trained(const struct em_examples *all,
                                const struct em_source_facts *facts, uint32_t threads)
{
    struct em_train_options o;
    struct em_train_report report;
    struct em_model *model;
    struct em_err err = {.status = EM_OK};
    em_train_defaults(&o);
    o.name = "test";
    o.min_sources = 2;
    o.folds = 2;
    o.epochs = 4;
    o.hidden = 4;
    o.nets = 2;
    o.stack_epochs = 2;
    o.facts = facts;
    o.unseen = true;
    o.threads = threads;
    assert_int_equal(em_train(&model, all, &o, &report, NULL, NULL, &err), EM_OK);
    assert_true(report.fold_auroc > 0.9 && report.n_unseen > 0);
    em_free(report.unseen);
    return model;
}

/* An expert for each kind that the table names, and any number of threads the same. */
static void test_training(void **unused)
{
    (void)unused;
    struct em_examples all = {.items = NULL};
    struct em_source_facts facts;
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_source_facts_read(&facts, EM_VIEW(table), &err), EM_OK);
    assert_string_equal(em_source_fact(&facts, "m1")->expert, "pages");
    assert_int_equal(em_source_fact(&facts, "h0")->expert[0], 0);
    static const char *const names[] = {"h0", "h1", "h2", "m0", "m1", "m2"};
    for (uint64_t i = 0; i < 6 * 220; i++)
        add(&all, names[i % 6], i % 6 > 2, i);
    uint32_t owner[6], reg[6];
    em_source_groups(&facts, all.sources.names, 6, owner, reg);
    assert_true(owner[0] == 0 && owner[1] == 0 && owner[2] == 2 && owner[4] == 4);
    assert_true(reg[1] == 0 && reg[3] == 0 && reg[4] == 4 && reg[2] == 2 && reg[5] == 2);

    struct em_model *a = trained(&all, &facts, 1), *b = trained(&all, &facts, 3);
    assert_int_equal(a->experts.n, 2);
    assert_memory_equal(a->experts.weights, b->experts.weights, EM_EXPERT_BYTES);
    assert_memory_equal(a->tags, b->tags, EM_DICTIONARY_BYTES);
    assert_memory_equal(a->w1, b->w1, a->hidden * em_model_inputs(a) * sizeof(float));
    assert_memory_equal(a->w2, b->w2, a->hidden * sizeof(float));
    assert_true(a->b2 == b->b2);
    struct em_model *none = trained(&all, NULL, 2);
    assert_int_equal(none->experts.n, 0);
    em_model_free(none);
    em_model_free(a);
    em_model_free(b);
    em_source_facts_release(&facts);
    em_examples_release(&all);
}

/* The same seed gives the same decoys; labels go to both classes, the rest to people. */
static void test_decoys(void **unused)
{
    (void)unused;
    const struct em_view text = EM_VIEW("We saw Anna, Bert, and Carl in Leeds. They had "
                                        "gone, it seems, by Friday. It rained.");
    struct em_buf a, b;
    em_buf_init(&a, 4096);
    em_buf_init(&b, 4096);
    int human = 0, machine = 0, dashes = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        assert_int_equal(em_train_decoy(seed, text, true, &a), EM_OK);
        assert_int_equal(em_train_decoy(seed, text, true, &b), EM_OK);
        assert_true(em_view_eq(em_buf_view(&a), em_buf_view(&b)));
        human += !em_view_eq(em_buf_view(&a), text);
        dashes += em_view_find(em_buf_view(&a), 0, EM_VIEW("\xE2\x80\x94")) < a.len;
        assert_int_equal(em_train_decoy(seed, text, false, &b), EM_OK);
        bool same = em_view_eq(em_buf_view(&b), text);
        machine += !same;
        if (!same)
            assert_true(em_view_eq(em_buf_view(&a), em_buf_view(&b)));
    }
    assert_true(human > machine && machine > 5 && dashes > 3);
    em_buf_release(&a);
    em_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_weigh_as_one_by_one),
        cmocka_unit_test(test_places_have_rooms_of_their_own),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_in_the_file),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_decoys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
