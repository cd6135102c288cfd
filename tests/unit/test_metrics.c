/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detector/learn/metrics.h"

#include <math.h>

#define CLOSE(a, b) assert_true(fabs((a) - (b)) < 1e-6)

static void test_auroc_by_hand(void **state)
{
    (void)state;
    const double human[] = {1, 2, 3, 4}, machine[] = {2, 5, 3.5};
    struct em_scores s = {human, machine, 4, 3};
    double out;
    /* 2 beats 1 and ties 2: 1.5; 5 beats all: 4; 3.5 beats three: 3. */
    assert_int_equal(em_metric_auroc(&s, &out), EM_OK);
    CLOSE(out, (1.5 + 4 + 3) / 12);
    struct em_scores none = {human, machine, 4, 0};
    assert_int_equal(em_metric_auroc(&none, &out), EM_OK);
    assert_true(isnan(out));
    const double same[] = {7, 7, 7};
    struct em_scores ties = {same, same, 3, 3};
    assert_int_equal(em_metric_auroc(&ties, &out), EM_OK);
    CLOSE(out, 0.5);
}

static void test_tpr_by_hand(void **state)
{
    (void)state;
    const double human[] = {0.1, 0.9, 0.3, 0.5}, machine[] = {0.4, 0.9, 0.95, 0.6};
    struct em_scores s = {human, machine, 4, 4};
    double out;
    assert_int_equal(em_metric_tpr(&s, 0, &out), EM_OK);
    CLOSE(out, 0.25); /* only .95: a tie with the highest human does not count */
    assert_int_equal(em_metric_tpr(&s, 0.25, &out), EM_OK);
    CLOSE(out, 0.75);
    assert_int_equal(em_metric_tpr(&s, 0.24, &out), EM_OK);
    CLOSE(out, 0.25);
    assert_int_equal(em_metric_tpr(&s, 1, &out), EM_OK);
    CLOSE(out, 1);
}

static void test_ranking_intervals(void **state)
{
    (void)state;
    double human[300], machine[300];
    for (int i = 0; i < 300; i++) {
        human[i] = (double)em_random_below(1, (uint64_t)i, 1000);
        machine[i] = 300 + (double)em_random_below(2, (uint64_t)i, 1000);
    }
    struct em_scores s = {human, machine, 300, 300};
    const double rates[EM_METRIC_RATES] = {0.05, 0.01, 0.001};
    struct em_ranking a, b;
    assert_int_equal(em_metric_ranking(&s, rates, 300, 7, &a), EM_OK);
    assert_int_equal(em_metric_ranking(&s, rates, 300, 7, &b), EM_OK);
    assert_memory_equal(&a, &b, sizeof(a));
    double auroc, tpr;
    assert_int_equal(em_metric_auroc(&s, &auroc), EM_OK);
    assert_int_equal(em_metric_tpr(&s, 0.05, &tpr), EM_OK);
    CLOSE(a.auroc.value, auroc);
    CLOSE(a.tpr[0].value, tpr);
    assert_true(a.auroc.low < auroc && auroc < a.auroc.high);
    /* The formula of Hanley and McNeil (1982) gives a standard error of .0176 here. */
    assert_true(a.auroc.high - a.auroc.low > 0.05 && a.auroc.high - a.auroc.low < 0.09);
    assert_true(a.tpr[0].value >= a.tpr[1].value && a.tpr[1].value >= a.tpr[2].value);
    assert_int_equal(em_metric_ranking(&s, rates, 300, 8, &b), EM_OK);
    assert_memory_not_equal(&a, &b, sizeof(a));
}

static void test_clopper_pearson(void **state)
{
    (void)state;
    struct em_interval r = em_metric_rate(0, 10);
    CLOSE(r.low, 0);
    CLOSE(r.high, 1 - pow(0.025, 0.1)); /* the closed form for no hit */
    r = em_metric_rate(10, 10);
    CLOSE(r.low, pow(0.025, 0.1));
    CLOSE(r.high, 1);
    r = em_metric_rate(5, 20); /* R: binom.test(5, 20) */
    assert_true(fabs(r.low - 0.08657147) < 1e-6 && fabs(r.high - 0.49104587) < 1e-6);
    r = em_metric_rate(1000, 100000);
    assert_true(r.low > 0.0093 && r.low < 0.0095 && r.high > 0.0105 && r.high < 0.0107);
    r = em_metric_rate(0, 0);
    assert_true(isnan(r.value) && r.low <= 0 && r.high >= 1);
}

static void test_calibration_error(void **state)
{
    (void)state;
    const double p[] = {0.05, 0.05, 0.95, 0.95};
    const int8_t right[] = {-1, -1, 1, 1}, half[] = {-1, 1, -1, 1};
    const double first[] = {1, 0, 0, 0};
    CLOSE(em_metric_calibration_error(p, right, NULL, 4), 0.05);
    CLOSE(em_metric_calibration_error(p, half, NULL, 4), 0.45);
    CLOSE(em_metric_calibration_error(p, half, first, 4), 0.05);
    const double ends[] = {0, 1};
    const int8_t labels[] = {-1, 1};
    CLOSE(em_metric_calibration_error(ends, labels, NULL, 2), 0);
    assert_true(isnan(em_metric_calibration_error(p, right, NULL, 0)));
}

static void test_threshold_weighs_sources_equally(void **state)
{
    (void)state;
    /* Source 0: 100 texts of 0..99; source 1: 10 texts of 1000..1009. */
    struct em_sourced texts[112];
    for (uint32_t i = 0; i < 110; i++)
        texts[i] = i < 100 ? (struct em_sourced){i, 0} : (struct em_sourced){900 + i, 1};
    texts[110] = texts[111] = (struct em_sourced){5000, 2}; /* too few to count */
    double t;
    assert_int_equal(em_metric_threshold(texts, 112, 3, 5, UINT32_MAX, 0.05, &t), EM_OK);
    CLOSE(t, 1008.5); /* one of ten in one of two sources */
    assert_int_equal(em_metric_threshold(texts, 112, 3, 5, 1, 0.05, &t), EM_OK);
    CLOSE(t, 94.5);
    assert_int_equal(em_metric_threshold(texts, 112, 3, 5, UINT32_MAX, 0.01, &t), EM_OK);
    CLOSE(t, 1009); /* none may be flagged */
    assert_int_equal(em_metric_threshold(texts, 0, 3, 5, UINT32_MAX, 0.01, &t), EM_OK);
    assert_true(isnan(t));

    struct em_interval share;
    uint32_t used;
    assert_int_equal(
        em_metric_mean_share(texts, 112, 3, 5, 1008.5, 200, 1, &share, &used), EM_OK);
    assert_int_equal(used, 2);
    CLOSE(share.value, 0.05);
    assert_true(share.low <= 1e-9 && share.high > 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auroc_by_hand),
        cmocka_unit_test(test_tpr_by_hand),
        cmocka_unit_test(test_ranking_intervals),
        cmocka_unit_test(test_clopper_pearson),
        cmocka_unit_test(test_calibration_error),
        cmocka_unit_test(test_threshold_weighs_sources_equally),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
