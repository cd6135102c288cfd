/* SPDX-License-Identifier: Apache-2.0
 *
 * Thresholds for sources nobody has seen: on average at three tenths of the rate, none surely
 * above twice the rate; one source, whose labels may be wrong, does not count.
 */
#include "base/alloc.h"
#include "detector/learn/calibrate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SOURCES = 24, TEXTS = 200 };

static struct em_held_out texts[SOURCES * TEXTS];

/* Human texts of logits spread over 0 to 1, alike in each source. */
static void spread(void)
{
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++)
        texts[i] = (struct em_held_out){.logit = (i % TEXTS) / (double)TEXTS,
                                        .words = 100,
                                        .source = i / TEXTS,
                                        .label = -1};
}

static void raise(uint32_t source, uint32_t many, double logit)
{
    for (uint32_t i = 0; i < many; i++)
        texts[source * TEXTS + i].logit = logit;
}

static double threshold_of(double fpr, size_t n_sources)
{
    struct em_model *model;
    struct em_err err;
    assert_int_equal(em_model_new(&model), EM_OK);
    model->n_bins = 1;
    model->bins[0] = (struct em_model_bin){UINT32_MAX, 1, 0};
    assert_int_equal(em_calibrate_thresholds(model, texts, n_sources * TEXTS, SOURCES,
                                             "made-up texts", 1, &err),
                     EM_OK);
    struct em_model_threshold t;
    assert_int_equal(em_model_threshold_at(model, fpr, &t, &err), EM_OK);
    assert_true(t.fpr == fpr);
    double log_odds = t.log_odds;
    em_model_free(model);
    return log_odds;
}

static double flagged(uint32_t source, double threshold)
{
    double n = 0;
    for (uint32_t i = 0; i < TEXTS; i++)
        n += texts[source * TEXTS + i].logit >= threshold;
    return n / TEXTS;
}

static void test_mean_over_sources(void **state)
{
    (void)state;
    spread();
    double t = threshold_of(0.05, SOURCES);
    for (uint32_t s = 0; s < SOURCES; s++)
        assert_true(flagged(s, t) <= 0.015 && flagged(s, t) > 0.005);
}

static void test_wrong_labels_do_not_decide(void **state)
{
    (void)state;
    spread();
    raise(5, 30, 50);
    double t = threshold_of(0.01, SOURCES);
    assert_true(t < 2 && flagged(0, t) <= 0.02);
    /* Of four sources none can be spared. */
    raise(3, 30, 50);
    assert_true(threshold_of(0.01, 4) >= 50);
    spread();
    double own = threshold_of(0.05, 4);
    assert_true(flagged(0, own) <= 0.05 && flagged(0, own) > 0.03);
}

static void test_no_source_surely_above_twice_the_rate(void **state)
{
    (void)state;
    spread();
    raise(5, 30, 50);
    raise(4, 10,
          3); /* 5 % of it, surely above 2 %: the mean over sources would allow that */
    double t = threshold_of(0.01, SOURCES);
    assert_true(t > 3 && t < 50);
    raise(4, 10, 0.5);
    raise(4, 8, 3); /* 4 % of 200 can be 2 % by chance */
    assert_true(threshold_of(0.01, SOURCES) < 3);
}

static void test_own_texts(void **state)
{
    (void)state;
    static double scores[1000];
    const double wanted[] = {0.05, 0.01}, finer[] = {0.0005};
    struct em_model *model;
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_model_new(&model), EM_OK);
    for (int i = 0; i < 1000; i++)
        scores[i] = i * 7 % 1000; /* 0 to 999, each once */
    assert_int_equal(em_calibrate_own(model, scores, 1000, wanted, 2, "mine", &err),
                     EM_OK);
    assert_int_equal(model->n_thresholds, 2);
    assert_true(model->thresholds[0].log_odds > 949 &&
                model->thresholds[0].log_odds <= 950);
    assert_true(model->thresholds[1].log_odds > 989 &&
                model->thresholds[1].log_odds <= 990);
    /* 10 of 1,000: Clopper and Pearson say .48 to 1.83 %. */
    assert_true(model->thresholds[1].fpr_low > 0.0047 &&
                model->thresholds[1].fpr_low < 0.0049);
    assert_true(model->thresholds[1].fpr_high > 0.0182 &&
                model->thresholds[1].fpr_high < 0.0184);
    assert_string_equal(model->thresholds[1].measured, "mine");
    assert_int_equal(em_calibrate_own(model, scores, 1000, finer, 1, "mine", &err),
                     EM_ERR_LIMIT);
    assert_non_null(strstr(err.text, "2000"));
    em_model_free(model);
}

/* The word "human" hides at most 2 % of recent machine text, where it is known which that is. */
static void test_human_is_earned(void **state)
{
    (void)state;
    struct em_model *model;
    struct em_err err;
    assert_int_equal(em_model_new(&model), EM_OK);
    spread();
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++)
        texts[i].logit = texts[i].logit * 8 - 6; /* human text from -6 to 2 */
    for (uint32_t s = 0; s < SOURCES; s += 2)
        for (uint32_t i = s * TEXTS; i < (s + 1) * TEXTS; i++) {
            texts[i].label = 1;
            texts[i].logit += 4; /* machine text from -2 to 6 */
        }
    assert_int_equal(
        em_calibrate(model, texts, SOURCES * TEXTS, SOURCES, "made-up", 1, &err), EM_OK);
    assert_true(model->human_below < -1.0985f && model->human_below > -1.0987f);
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++)
        texts[i].recent = texts[i].label > 0;
    assert_int_equal(
        em_calibrate(model, texts, SOURCES * TEXTS, SOURCES, "made-up", 1, &err), EM_OK);
    uint32_t hidden = 0, n = 0;
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++) {
        n += texts[i].recent;
        hidden += texts[i].recent && em_model_calibrate(model, texts[i].logit, 100) <
                                         (double)model->human_below;
    }
    assert_true(hidden * 50 <= n && hidden * 100 > n);
    em_model_free(model);
}

static struct em_held_out pieces[SOURCES * TEXTS];

/* Human texts of logits 0 to 1 and machine texts of 4 to 5, half of the sources each. */
static void spread_both(struct em_held_out *set, uint32_t words)
{
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++) {
        set[i] = texts[i];
        set[i].label = i / TEXTS % 2 ? 1 : -1;
        set[i].logit = texts[i].logit + (set[i].label > 0 ? 4 : 0);
        set[i].words = words;
    }
}

static double flagged_of(const struct em_model *m, const struct em_held_out *set,
                         int8_t label)
{
    double n = 0, all = 0, at = em_model_default_threshold(m)->log_odds;
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++) {
        all += set[i].label == label;
        n += set[i].label == label &&
             em_model_calibrate(m, set[i].logit, set[i].words) >= at;
    }
    return n / all;
}

static struct em_model *calibrated(void)
{
    struct em_model *model;
    struct em_err err;
    assert_int_equal(em_model_new(&model), EM_OK);
    assert_int_equal(
        em_calibrate(model, texts, SOURCES * TEXTS, SOURCES, "made-up", 1, &err), EM_OK);
    return model;
}

static const struct em_held_out_set whole = {texts, SOURCES *TEXTS, SOURCES},
                                    cut = {pieces, SOURCES *TEXTS, SOURCES};

static void test_short_texts_keep_the_rate(void **state)
{
    (void)state;
    spread();
    spread_both(pieces, 60);
    spread_both(texts, 200);
    for (uint32_t i = 0; i < SOURCES * TEXTS; i++)
        if (pieces[i].label < 0 && i % 20 == 0)
            pieces[i].logit =
                4 + (i % TEXTS) / (double)TEXTS; /* 5 %, like machine text */
    struct em_model *model = calibrated(), before = *model;
    double below = (double)model->human_below;
    assert_true(flagged_of(model, pieces, -1) > 0.04);
    assert_int_equal(em_calibrate_short(model, &whole, &cut, 1), EM_OK);
    assert_true(flagged_of(model, pieces, -1) <= 0.01);
    assert_int_equal(model->n_bins, 7);
    assert_true(model->human_below == before.human_below);
    for (uint32_t i = 0; i < SOURCES * TEXTS; i += 7)
        for (uint32_t words = 40; words < 400; words += 9) {
            double old = em_model_calibrate(&before, texts[i].logit, words);
            double now = em_model_calibrate(model, texts[i].logit, words);
            assert_int_equal(old < below, now < below + 1e-6 * (old < below));
            assert_true(fabs(now - below) <= fabs(old - below) + 1e-5);
            assert_true(words <= 110 || now == old);
        }
    em_model_free(model);
}

/* Where short texts keep the rate as they are, nothing changes. */
static void test_short_texts_that_keep_it(void **state)
{
    (void)state;
    spread();
    spread_both(pieces, 60);
    spread_both(texts, 200);
    struct em_model *model = calibrated();
    uint32_t bins = model->n_bins;
    assert_int_equal(em_calibrate_short(model, &whole, &cut, 1), EM_OK);
    assert_int_equal(model->n_bins, bins);
    em_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_over_sources),
        cmocka_unit_test(test_wrong_labels_do_not_decide),
        cmocka_unit_test(test_no_source_surely_above_twice_the_rate),
        cmocka_unit_test(test_own_texts),
        cmocka_unit_test(test_human_is_earned),
        cmocka_unit_test(test_short_texts_keep_the_rate),
        cmocka_unit_test(test_short_texts_that_keep_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
