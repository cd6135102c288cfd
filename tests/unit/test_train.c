/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/learn/adapt.h"
#include "detector/learn/eval.h"
#include "detector/learn/metrics.h"
#include "detector/learn/train_int.h"

#include <math.h>
#include <stdio.h>

static void test_old_models_by_name(void **state)
{
    (void)state;
    static const char *const old[] = {"text-davinci-003",
                                      "Babbage",
                                      "opt-iml-max-30b",
                                      "gpt2",
                                      "gptj",
                                      "flan_t5_xxl",
                                      "llama",
                                      "ada",
                                      "EleutherAI/gpt-j",
                                      "dvruette/oasst-pythia-12b-6000-steps"};
    static const char *const later[] = {"gpt-3.5-turbo", "gpt-4o", "claude-3-opus", "",
                                        "llama-3-70b",   "canada", "gemini-1.5-pro"};
    for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
        assert_true(em_model_name_is_old(em_view_of(old[i])));
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
        assert_false(em_model_name_is_old(em_view_of(later[i])));
}

static void test_fate_of_a_line(void **state)
{
    (void)state;
    struct em_labelled row = {.text = EM_VIEW("one two three"),
                              .label = EM_VIEW("human")};
    assert_int_equal(em_labelled_fate(&row, "en", false, 3), EM_EXAMPLE_KEPT);
    assert_int_equal(em_labelled_fate(&row, "en", false, 4), EM_EXAMPLE_SHORT);
    row.lang = EM_VIEW("de");
    assert_int_equal(em_labelled_fate(&row, "en", false, 3), EM_EXAMPLE_LANGUAGE);
    assert_int_equal(em_labelled_fate(&row, "de", false, 3), EM_EXAMPLE_KEPT);
    row.edit = EM_VIEW("polished");
    assert_int_equal(em_labelled_fate(&row, "de", false, 3), EM_EXAMPLE_EDITED);
    assert_int_equal(em_labelled_fate(&row, "de", true, 3), EM_EXAMPLE_KEPT);
    row.label = EM_VIEW("Human");
    assert_int_equal(em_labelled_fate(&row, "de", true, 3), EM_EXAMPLE_NO_LABEL);
    row.label = EM_VIEW("machine");
    row.text = EM_VIEW_NONE;
    assert_int_equal(em_labelled_fate(&row, "de", true, 0), EM_EXAMPLE_NO_LABEL);
}

static void test_words_of_a_text(void **state)
{
    (void)state;
    struct em_view latin = EM_VIEW("one  two\nthree"),
                   mixed = EM_VIEW("\u94c1 iron\u751f\u9508, rust");
    assert_int_equal(em_count_words(EM_VIEW_NONE, true), 0);
    for (int unspaced = 0; unspaced < 2; unspaced++) {
        assert_int_equal(em_count_words(latin, unspaced), 3);
        assert_int_equal(em_word_start(latin, unspaced, 1), 5);
        assert_int_equal(em_word_start(latin, unspaced, 3), latin.len);
    }
    assert_int_equal(em_count_words(mixed, false), 3);
    assert_int_equal(em_count_words(mixed, true), 6); /* the comma stands alone there */
    assert_int_equal(em_word_start(mixed, true, 2), 8);
    assert_int_equal(em_word_start(mixed, true, 3), 11);
    struct em_labelled row = {
        .text = mixed, .label = EM_VIEW("human"), .lang = EM_VIEW("zh")};
    assert_int_equal(em_labelled_fate(&row, "zh", false, 6), EM_EXAMPLE_KEPT);
    assert_int_equal(em_labelled_fate(&row, "zh", false, 7), EM_EXAMPLE_SHORT);
}

static void test_names_are_numbered_once(void **state)
{
    (void)state;
    struct em_names names = {.names = NULL};
    uint32_t index;
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 300; i++) {
            char name[16];
            snprintf(name, sizeof(name), "n%u", (unsigned)i);
            assert_int_equal(em_names_add(&names, em_view_of(name), &index), EM_OK);
            assert_int_equal(index, i);
        }
    assert_int_equal(names.n, 300);
    em_names_release(&names);
}

static const char *const human_words[] = {"i",    "don't", "know",  "really",
                                          "it's", "cold",  "we",    "just",
                                          "want", "stuff", "funny", "old"};
static const char *const machine_words[] = {
    "moreover",  "the",     "comprehensive", "landscape", "underscores", "robust",
    "framework", "ensures", "intricate",     "potential", "fosters",     "resilience"};

static void add_text(struct em_examples *examples, uint32_t source, bool machine,
                     uint64_t seed)
{
    char text[2000], name[16];
    size_t n = 0;
    for (uint64_t i = 0; i < 70; i++) {
        uint64_t k = em_random_below(seed, i, 12);
        const char *word = machine ? machine_words[k] : human_words[k];
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", word,
                              i % 9 == 8 ? ". " : " ");
    }
    snprintf(name, sizeof(name), "s%u", (unsigned)source);
    struct em_labelled row = {.text = em_view_make(text, n),
                              .label = machine ? EM_VIEW("machine") : EM_VIEW("human"),
                              .dataset = em_view_of(name)};
    assert_int_equal(em_examples_add(examples, &row, "en"), EM_OK);
}

static struct em_examples make_examples(uint32_t sources, uint64_t seed)
{
    struct em_examples examples = {.items = NULL};
    for (uint32_t s = 0; s < sources; s++)
        for (uint64_t i = 0; i < 60; i++) {
            add_text(&examples, s, false, seed + s * 1000 + 2 * i);
            add_text(&examples, s, true, seed + s * 1000 + 2 * i + 1);
        }
    return examples;
}

static struct em_train_options quick(void)
{
    struct em_train_options o;
    em_train_defaults(&o);
    o.name = "test";
    o.cap = 50;
    o.min_sources = 2;
    o.folds = 2;
    o.epochs = 5;
    o.hidden = 0;
    return o;
}

static struct em_model *train(const struct em_examples *examples,
                              const struct em_examples *held_out,
                              const struct em_train_options *options,
                              struct em_buf *bytes)
{
    struct em_model *model;
    struct em_train_report report;
    struct em_err err = {.status = EM_OK};
    struct em_held_out *texts;
    size_t n;
    assert_int_equal(em_train(&model, examples, options, &report, NULL, NULL, &err),
                     EM_OK);
    assert_true(report.fold_auroc > 0.99);
    assert_true(report.quantisation < 0.1);
    assert_int_equal(em_train_score_all(model, held_out, &texts, &n, &err), EM_OK);
    assert_int_equal(n, held_out->n);
    assert_int_equal(
        em_calibrate(model, texts, n, held_out->sources.n, "made-up texts", 1, &err),
        EM_OK);
    em_buf_init(bytes, EM_MAX_MODEL);
    assert_int_equal(em_model_save(model, bytes, &err), EM_OK);
    em_free(texts);
    return model;
}

static void test_typing_errors(void **state)
{
    (void)state;
    static const char text[] =
        "She found several rather unusual letters behind the heavy kitchen cupboard, and "
        "nobody could remember having written them; it was not her own handwriting.";
    struct em_buf a, b;
    em_buf_init(&a, 1024);
    em_buf_init(&b, 1024);
    size_t changed = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_int_equal(em_train_misspell(seed, em_view_of(text), &a), EM_OK);
        assert_int_equal(em_train_misspell(seed, em_view_of(text), &b), EM_OK);
        assert_true(em_view_eq(em_buf_view(&a), em_buf_view(&b)));
        assert_true(a.len + 17 >= sizeof(text) - 1 && a.len <= sizeof(text) - 1 + 17);
        assert_int_equal(a.data[0], 'S');
        changed += !em_view_eq(em_buf_view(&a), em_view_of(text));
    }
    assert_in_range(changed, 10, 20);
    /* Words that are too short, and none. */
    assert_int_equal(em_train_misspell(1, EM_VIEW("it is so, no?"), &a), EM_OK);
    assert_true(em_view_eq(em_buf_view(&a), EM_VIEW("it is so, no?")));
    assert_int_equal(em_train_misspell(1, EM_VIEW(""), &a), EM_OK);
    assert_int_equal(a.len, 0);
    em_buf_release(&a);
    em_buf_release(&b);
}

static void test_same_seed_same_model(void **state)
{
    (void)state;
    struct em_examples examples = make_examples(4, 1), held_out = make_examples(3, 77777);
    struct em_train_options options = quick();
    struct em_buf a, b, c;
    em_model_free(train(&examples, &held_out, &options, &a));
    em_model_free(train(&examples, &held_out, &options, &b));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    options.seed = 2;
    em_model_free(train(&examples, &held_out, &options, &c));
    assert_true(a.len != c.len || memcmp(a.data, c.data, a.len) != 0);
    em_buf_release(&a);
    em_buf_release(&b);
    em_buf_release(&c);
    em_examples_release(&examples);
    em_examples_release(&held_out);
}

/* Training's own score is what the detector says, and thresholds order the verdicts. */
static void test_score_is_the_detectors(void **state)
{
    (void)state;
    struct em_examples examples = make_examples(4, 1), held_out = make_examples(3, 77777);
    struct em_train_options options = quick();
    struct em_buf bytes;
    struct em_model *model = train(&examples, &held_out, &options, &bytes);
    struct em_detect_options detect = {.fpr = 0.01};
    struct em_detector *detector;
    struct em_err err = {.status = EM_OK};
    struct em_held_out *texts;
    size_t n;
    int caught = 0, flagged = 0;
    assert_int_equal(em_detector_new(&detector, model, &detect, &err), EM_OK);
    assert_int_equal(em_train_score_all(model, &held_out, &texts, &n, &err), EM_OK);
    for (size_t i = 0; i < n; i++) {
        struct em_verdict v;
        struct em_doc doc = {
            .text = em_view_make(held_out.items[i].text, held_out.items[i].len),
            .lang = EM_VIEW("en")};
        assert_int_equal(em_detect(detector, &doc, &v, &err), EM_OK);
        double z = em_model_calibrate(model, texts[i].logit, texts[i].words);
        assert_true(fabs(v.log_odds - z) < 1e-9);
        caught += texts[i].label > 0 && v.kind == EM_VERDICT_MACHINE;
        flagged += texts[i].label < 0 && v.kind == EM_VERDICT_MACHINE;
    }
    assert_int_equal(caught, 180);
    assert_true(flagged <= 1); /* what 1 % of 180 allows */
    assert_int_equal(model->n_thresholds, 3);
    for (size_t k = 0; k < 3; k++) {
        assert_int_equal(model->thresholds[k].n_sources, 3);
        assert_int_equal(model->thresholds[k].n_human, 180);
        assert_string_equal(model->thresholds[k].measured, "made-up texts");
    }
    assert_true(model->thresholds[0].log_odds <= model->thresholds[2].log_odds);
    em_free(texts);
    em_detector_free(detector);
    em_model_free(model);
    em_buf_release(&bytes);
    em_examples_release(&examples);
    em_examples_release(&held_out);
}

/* People who write half like a machine: flagged by the model, but not when adapted to. */
static struct em_examples half_machine(uint32_t count, uint64_t seed)
{
    struct em_examples examples = {.items = NULL};
    for (uint32_t k = 0; k < count; k++) {
        char text[2000];
        size_t n = 0;
        for (uint64_t i = 0; i < 80; i++) {
            uint64_t r = em_random_below(seed + k, i, 12);
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
                                  i % 20 < 11 ? machine_words[r] : human_words[r],
                                  i % 9 == 8 ? ". " : " ");
        }
        struct em_labelled row = {.text = em_view_make(text, n),
                                  .label = EM_VIEW("human"),
                                  .dataset = EM_VIEW("own")};
        assert_int_equal(em_examples_add(&examples, &row, "en"), EM_OK);
    }
    return examples;
}

static void test_adapted_to_own_texts(void **state)
{
    (void)state;
    struct em_examples examples = make_examples(4, 1), held_out = make_examples(3, 77777),
                       own = half_machine(200, 5), few = half_machine(99, 5);
    struct em_train_options options = quick();
    struct em_adapt_report r;
    struct em_err err = {.status = EM_OK};
    struct em_buf before, after, again;
    struct em_model *model, *second;
    options.hidden = 8;
    options.stack_epochs = 20;
    model = train(&examples, &held_out, &options, &before);
    assert_int_equal(em_model_load_memory(&second, em_buf_view(&before), &err), EM_OK);
    assert_int_equal(model->n_anchors, 200); /* 50 windows of each source */
    for (uint32_t i = 0; i < model->n_anchors; i++)
        assert_true(model->anchor_words[i] >= model->min_words);
    assert_int_equal(em_adapt(model, &few, 0.01, "own", &r, &err), EM_ERR_USAGE);
    em_buf_init(&after, EM_MAX_MODEL);
    em_buf_init(&again, EM_MAX_MODEL);
    assert_int_equal(em_model_save(model, &after, &err), EM_OK);
    assert_true(em_view_eq(em_buf_view(&after), em_buf_view(&before))); /* untouched */

    assert_int_equal(em_adapt(model, &own, 0.01, "own", &r, &err), EM_OK);
    assert_int_equal(r.texts[EM_ADAPT_HUMAN], 200);
    assert_int_equal(r.texts[EM_ADAPT_MACHINE], 0);
    assert_int_equal(r.texts[EM_ADAPT_ANCHORS], 200);
    assert_true(r.before[EM_ADAPT_HUMAN] > 0.05 && r.after[EM_ADAPT_HUMAN] <= 0.01);
    assert_true(r.after[EM_ADAPT_ANCHORS] > 0.95);
    assert_true(isnan(r.before[EM_ADAPT_MACHINE]));
    assert_int_equal(model->n_thresholds, 2); /* 200 texts show no 0.1 % */
    assert_int_equal(model->thresholds[1].n_human, 200);
    assert_string_equal(model->thresholds[1].measured, "own");
    assert_memory_equal(model->tags, second->tags, EM_DICTIONARY_BYTES);
    em_buf_clear(&after);
    assert_int_equal(em_model_save(model, &after, &err), EM_OK);
    assert_int_equal(em_adapt(second, &own, 0.01, "own", &r, &err), EM_OK);
    assert_int_equal(em_model_save(second, &again, &err), EM_OK);
    assert_true(em_view_eq(em_buf_view(&after), em_buf_view(&again)));

    /* No anchors, no machine text; and a model without units. */
    assert_int_equal(em_model_set_anchors(model, 0), EM_OK);
    assert_int_equal(em_adapt(model, &own, 0.01, "own", &r, &err), EM_ERR_USAGE);
    options.hidden = 0;
    struct em_buf linear;
    struct em_model *flat = train(&examples, &held_out, &options, &linear);
    assert_int_equal(flat->n_anchors, 0);
    assert_int_equal(em_adapt(flat, &own, 0.01, "own", &r, &err), EM_ERR_USAGE);
    for (long k = 1;; k++) {
        em_alloc_fail_at(k, 0);
        enum em_status status = em_adapt(second, &own, 0.01, "own", &r, NULL);
        em_alloc_fail_at(0, 0);
        if (status == EM_OK)
            break;
        assert_int_equal(status, EM_ERR_NOMEM);
        assert_true(k < 500);
    }
    em_model_free(flat);
    em_model_free(model);
    em_model_free(second);
    em_buf_release(&linear);
    em_buf_release(&before);
    em_buf_release(&after);
    em_buf_release(&again);
    em_examples_release(&examples);
    em_examples_release(&held_out);
    em_examples_release(&own);
    em_examples_release(&few);
}

static void test_one_class_is_refused(void **state)
{
    (void)state;
    struct em_examples examples = {.items = NULL};
    for (uint64_t i = 0; i < 60; i++)
        add_text(&examples, 0, true, i);
    struct em_train_options options = quick();
    struct em_train_report report;
    struct em_model *model;
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_train(&model, &examples, &options, &report, NULL, NULL, &err),
                     EM_ERR_FORMAT);
    assert_null(model);
    em_examples_release(&examples);
}

/* Every allocation of a small training fails once: an error, no crash, no leak. */
static void test_failing_memory(void **state)
{
    (void)state;
    struct em_examples examples = make_examples(2, 5);
    struct em_train_options options = quick();
    struct em_train_report report;
    struct em_model *model = NULL;
    options.cap = 10;
    options.epochs = 1;
    options.stack_epochs = 1;
    for (long k = 1; k < 2000 && !model; k++) {
        struct em_err err = {.status = EM_OK};
        em_alloc_fail_at(k, 0);
        enum em_status status =
            em_train(&model, &examples, &options, &report, NULL, NULL, &err);
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_ERR_NOMEM || (status == EM_OK && model));
    }
    assert_non_null(model);
    em_model_free(model);
    em_examples_release(&examples);
}

static void add_row(struct em_eval *eval, const char *dataset, bool machine,
                    const char *model, double log_odds, enum em_abstain abstain)
{
    struct em_labelled row = {.text = EM_VIEW("some words"),
                              .label = machine ? EM_VIEW("machine") : EM_VIEW("human"),
                              .dataset = em_view_of(dataset),
                              .model = em_view_of(model)};
    struct em_verdict verdict = {.kind = abstain ? EM_VERDICT_ABSTAIN : EM_VERDICT_UNSURE,
                                 .abstain = abstain,
                                 .log_odds = log_odds};
    assert_int_equal(em_eval_add(eval, &row, &verdict), EM_OK);
}

static void test_eval_table_by_hand(void **state)
{
    (void)state;
    struct em_model *model;
    struct em_eval eval;
    struct em_eval_group *groups;
    struct em_eval_means means;
    size_t n;
    assert_int_equal(em_model_new(&model), EM_OK);
    em_eval_init(&eval, model, 0, 1);
    for (size_t k = 0; k < EM_METRIC_RATES; k++)
        eval.thresholds[k] = 50 + 10 * (double)k;
    for (int i = 0; i < 100; i++) {
        add_row(&eval, "a", false, "", i, EM_ABSTAIN_NONE);
        add_row(&eval, "a", true, i < 60 ? "gpt-4" : "gpt2", i + 50, EM_ABSTAIN_NONE);
        add_row(&eval, "b", false, "", -i, EM_ABSTAIN_NONE);
    }
    add_row(&eval, "a", true, "gpt-4", 0, EM_ABSTAIN_NOT_PROSE);
    add_row(&eval, "a", true, "gpt-4", 0, EM_ABSTAIN_TOO_SHORT);
    assert_int_equal(eval.too_short[1], 1);
    assert_int_equal(em_eval_table(&eval, EM_EVAL_DATASET, false, &groups, &n), EM_OK);
    assert_int_equal(n, 2);
    assert_string_equal(groups[0].name, "a");
    assert_int_equal(groups[0].n_human, 100);
    assert_int_equal(groups[0].n_machine, 101);
    assert_int_equal(groups[0].n_abstained, 1);
    assert_true(fabs(groups[0].flagged[0].value - 0.50) < 1e-9); /* 50 to 99 */
    assert_true(fabs(groups[0].flagged[1].value - 0.40) < 1e-9);
    assert_true(fabs(groups[0].caught[1].value - 90.0 / 101) < 1e-9); /* 60 to 149 */
    /* b's 1 % threshold is between -1 and 0: all of a but its 0 are above it. */
    assert_true(fabs(groups[0].other_flagged - 1.0) < 1e-9);
    assert_true(isnan(groups[1].ranking.auroc.value));
    assert_true(fabs(groups[1].other_flagged) < 1e-9);
    em_eval_summarise(groups, n, &means);
    assert_true(isnan(means.error_together));
    /* Probabilities are 0 or 1 but for the few texts near 0: human texts of a, half of the
     * human weight, and almost no other are judged wrongly. */
    assert_int_equal(em_eval_error_together(&eval, false, &means.error_together), EM_OK);
    assert_true(means.error_together > 0.24 && means.error_together < 0.26);
    assert_int_equal(means.flagged.n, 2);
    assert_true(fabs(means.flagged.mean - 0.20) < 1e-9);
    assert_string_equal(means.flagged.worst_name, "a");
    assert_int_equal(means.flagged.above, 1);
    em_free(groups);
    assert_int_equal(em_eval_table(&eval, EM_EVAL_DATASET, true, &groups, &n), EM_OK);
    assert_int_equal(groups[0].n_machine, 61);
    em_free(groups);
    assert_int_equal(em_eval_table(&eval, EM_EVAL_MODEL, false, &groups, &n), EM_OK);
    assert_int_equal(n, 2); /* humans are no model */
    assert_string_equal(groups[1].name, "gpt2");
    assert_int_equal(groups[1].n_machine, 40);
    assert_int_equal(groups[1].n_human, 100);
    em_free(groups);
    em_eval_release(&eval);
    em_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_models_by_name),
        cmocka_unit_test(test_fate_of_a_line),
        cmocka_unit_test(test_words_of_a_text),
        cmocka_unit_test(test_names_are_numbered_once),
        cmocka_unit_test(test_typing_errors),
        cmocka_unit_test(test_same_seed_same_model),
        cmocka_unit_test(test_score_is_the_detectors),
        cmocka_unit_test(test_adapted_to_own_texts),
        cmocka_unit_test(test_one_class_is_refused),
        cmocka_unit_test(test_failing_memory),
        cmocka_unit_test(test_eval_table_by_hand),
    };
    return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
