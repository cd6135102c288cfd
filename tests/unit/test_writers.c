/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/learn/metrics.h"
#include "detector/learn/train_writers.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FAMILIES = 3, SOURCES = 6, TEXTS = 20, TEXT_WORDS = 80 };

/* Families differ in some words, sources in others; all are of the small model's text. */
static const char *const family_words[FAMILIES][4] = {
    {"moreover", "trust", "clarity", "builds"},
    {"overall", "potential", "future", "unlock"},
    {"ultimately", "community", "vibrant", "serves"}};
static const char *const source_words[SOURCES] = {"spade",  "horseshoe", "twine",
                                                  "pallet", "wellies",   "sheep"};

static void add(struct em_examples *examples, uint32_t source, int8_t family,
                uint64_t seed)
{
    char text[2000], name[8];
    size_t n = 0;
    for (uint64_t i = 0; i < TEXT_WORDS; i++) {
        uint64_t k = em_random_below(seed, i, 6);
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
                              k < 4   ? family_words[family][k]
                              : k < 5 ? source_words[source]
                                      : "the",
                              i % 9 == 8 ? ". " : " ");
    }
    snprintf(name, sizeof(name), "s%u", (unsigned)source);
    struct em_labelled row = {.text = em_view_make(text, n),
                              .label = EM_VIEW("machine"),
                              .dataset = em_view_of(name)};
    assert_int_equal(em_examples_add(examples, &row, "en"), EM_OK);
    assert_int_equal(examples->items[examples->n - 1].family, -1);
    examples->items[examples->n - 1].family = family;
}

static struct em_examples make_examples(void)
{
    struct em_examples examples = {.items = NULL};
    for (uint32_t s = 0; s < SOURCES; s++)
        for (int8_t f = 0; f < FAMILIES; f++)
            for (uint64_t i = 0; i < TEXTS; i++)
                add(&examples, s, f, 1000 * s + 100 * (uint64_t)f + i);
    return examples;
}

/* A model whose dictionary has the examples' n-grams. */
static struct em_model *model_for(const struct em_examples *examples)
{
    struct em_model *m = small_model();
    struct em_features *features;
    assert_non_null(m);
    assert_int_equal(
        em_features_new(&features, "en", EM_VIEW(SMALL_VOCABULARY), EM_VIEW_NONE, NULL),
        EM_OK);
    for (size_t i = 0; i < examples->n; i++)
        small_model_weigh(m, features, examples->items[i].text, 1);
    em_features_free(features);
    return m;
}

static struct em_writers_options quick(void)
{
    struct em_writers_options o;
    em_writers_defaults(&o);
    o.names[0] = "gpt-3.5";
    o.names[1] = "claude";
    o.names[2] = "older";
    o.n = FAMILIES;
    o.folds = 3;
    return o;
}

static struct em_buf saved(const struct em_model *model)
{
    struct em_buf out;
    em_buf_init(&out, EM_MAX_MODEL);
    assert_int_equal(em_model_save(model, &out, NULL), EM_OK);
    return out;
}

static void test_families_are_told_in_sources_left_out(void **state)
{
    (void)state;
    struct em_examples examples = make_examples();
    struct em_model *a = model_for(&examples), *b = model_for(&examples), *loaded;
    struct em_writers_options options = quick();
    struct em_writers_report r;
    struct em_err err = {.status = EM_OK};
    options.rows = 50;
    assert_int_equal(em_train_writers(a, &examples, &options, &r, &err), EM_OK);
    assert_int_equal(r.texts, SOURCES * FAMILIES * TEXTS);
    assert_int_equal(r.sources, SOURCES);
    assert_int_equal(r.rows, 50);
    assert_true(r.top1 > 0.95 && r.top2 >= r.top1 && r.log_loss < 0.3);
    uint32_t counted = 0;
    for (int t = 0; t < FAMILIES; t++)
        for (int f = 0; f < FAMILIES; f++)
            counted += r.confusion[t][f];
    assert_int_equal(counted, r.texts);
    assert_string_equal(a->writers.names[1], "claude");

    /* The same bytes again, and through the file. */
    assert_int_equal(em_train_writers(b, &examples, &options, &r, &err), EM_OK);
    struct em_buf first = saved(a), second = saved(b);
    assert_true(em_view_eq(em_buf_view(&first), em_buf_view(&second)));
    assert_int_equal(em_model_load_memory(&loaded, em_buf_view(&first), &err), EM_OK);
    struct em_buf third = saved(loaded);
    assert_true(em_view_eq(em_buf_view(&first), em_buf_view(&third)));

    /* A text of no source there is, judged by the loaded model. */
    struct em_features *features;
    assert_int_equal(em_features_new(&features, "en", EM_VIEW(SMALL_VOCABULARY),
                                     em_model_dictionary(loaded), NULL),
                     EM_OK);
    for (int8_t f = 0; f < FAMILIES; f++) {
        struct em_examples one = {.items = NULL};
        const struct em_window *windows;
        double p[EM_WRITERS_MAX], sum = 0;
        size_t n;
        add(&one, 0, f, 777777);
        assert_int_equal(
            em_features_run(features, em_view_of(one.items[0].text), 0, &windows, &n),
            EM_OK);
        em_writers_judge(loaded, windows, n, p);
        for (int k = 0; k < FAMILIES; k++)
            sum += p[k];
        assert_true(fabs(sum - 1) < 1e-9);
        assert_true(p[f] > 0.5);
        em_examples_release(&one);
    }
    em_features_free(features);
    em_buf_release(&first);
    em_buf_release(&second);
    em_buf_release(&third);
    em_model_free(a);
    em_model_free(b);
    em_model_free(loaded);
    em_examples_release(&examples);
}

/* Scores by hand: two n-grams weigh, one of them is in the window twice cut. */
static void test_judged_by_hand(void **state)
{
    (void)state;
    struct em_model *m = small_model();
    uint32_t ids[] = {4, 4 + 8 * 20, 5 + 8 * 20};
    float *style = em_calloc(m->n_style, sizeof(*style));
    struct em_window window = {.words = 100, .ids = ids, .n_ids = 3, .style = style};
    double p[EM_WRITERS_MAX];
    uint32_t slots[3 + EM_MODEL_MAX_STYLE];
    assert_int_equal(em_writers_reserve(&m->writers, 2, 2, m->n_style), EM_OK);
    assert_int_equal(em_writers_row(m, &window, slots), 3 + m->n_style);
    assert_int_equal(slots[0], 0);
    assert_int_equal(slots[1], 80);
    assert_int_equal(slots[2], 81);
    m->writers.has[slots[0] / 64] |= (uint64_t)1 << slots[0] % 64;
    assert_false(em_writers_index(&m->writers)); /* one bit, two rows */
    m->writers.has[slots[2] / 64] |= (uint64_t)1 << slots[2] % 64;
    assert_true(em_writers_index(&m->writers));
    m->writers.weights[0] = 100;                 /* of slot 0: the first family */
    m->writers.weights[EM_WRITERS_MAX + 1] = 60; /* of slot 81: the second */
    m->writers.scale = 0.1f;
    m->writers.bias[1] = 0.25f;
    m->writers.sharpness[0] = 2;
    m->writers.sharpness[1] = m->writers.sharpness[2] = 0;
    em_writers_judge(m, &window, 1, p);
    double root = sqrt(3.0 + m->n_style), x = 10 / root, y = 0.25 + 6 / root;
    assert_true(fabs(p[0] - 1 / (1 + exp(2 * (y - x)))) < 1e-6);
    window.words = 500; /* another length: as sharp as said for it, here not at all */
    em_writers_judge(m, &window, 1, p);
    assert_true(fabs(p[0] - 0.5) < 1e-12);
    em_free(style);
    em_model_free(m);
}

static void test_refused(void **state)
{
    (void)state;
    struct em_examples examples = make_examples(), none = {.items = NULL};
    struct em_model *m = model_for(&examples);
    struct em_writers_options options = quick();
    struct em_writers_report r;
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_train_writers(m, &none, &options, &r, &err), EM_ERR_FORMAT);
    options.names[options.n++] = "nobody";
    assert_int_equal(em_train_writers(m, &examples, &options, &r, &err), EM_ERR_FORMAT);
    assert_non_null(strstr(err.text, "nobody"));
    assert_int_equal(m->writers.n, 0);
    struct em_buf without = saved(m);

    static const char *const names[] = {"", "a\"b", "a b", "sixteen-letters-", "\n"};
    options = quick();
    assert_int_equal(em_train_writers(m, &examples, &options, &r, &err), EM_OK);
    struct em_buf with = saved(m);
    assert_true(with.len > without.len);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        memcpy(m->writers.names[0], names[i], strlen(names[i]) + (i != 3));
        assert_false(em_writers_proper_name(m->writers.names[0]));
        assert_int_equal(em_model_validate(m, &err), EM_ERR_FORMAT);
    }
    memcpy(m->writers.names[0], "ok", 3);
    assert_int_equal(em_model_validate(m, &err), EM_OK);
    m->writers.sharpness[1] = NAN;
    assert_int_equal(em_model_validate(m, &err), EM_ERR_FORMAT);
    m->writers.sharpness[1] = 1;
    m->writers.n = 1;
    assert_int_equal(em_model_validate(m, &err), EM_ERR_FORMAT);
    em_buf_release(&without);
    em_buf_release(&with);
    em_model_free(m);
    em_examples_release(&examples);
}

static void test_failing_memory(void **state)
{
    (void)state;
    struct em_examples examples = make_examples();
    struct em_model *m = model_for(&examples);
    struct em_writers_options options = quick();
    struct em_writers_report r;
    for (long k = 1;; k++) {
        em_alloc_fail_at(k, 0);
        enum em_status status = em_train_writers(m, &examples, &options, &r, NULL);
        em_alloc_fail_at(0, 0);
        if (status == EM_OK)
            break;
        assert_int_equal(status, EM_ERR_NOMEM);
        assert_true(k < 500);
    }
    em_model_free(m);
    em_examples_release(&examples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families_are_told_in_sources_left_out),
        cmocka_unit_test(test_judged_by_hand),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_failing_memory),
    };
    return cmocka_run_group_tests_name("writers", tests, NULL, NULL);
}
