/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detector/learn/calibrate.h"
#include "detector/learn/metrics.h"
#include "detector/learn/solver.h"
#include "detector/learn/stack.h"

#include <math.h>
#include <string.h>

enum { ROWS = 600, WIDTH = 8, DIMENSIONS = 64 };

static uint32_t ids[ROWS * WIDTH];
static uint64_t offsets[ROWS + 1];
static int8_t labels[ROWS];
static float costs[ROWS];

/* Machine rows draw from ids 0..39, human rows from 24..63: the sixteen shared ones say
 * nothing. */
static struct em_rows make_rows(void)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        labels[i] = i % 2 ? 1 : -1;
        costs[i] = 1;
        offsets[i] = n;
        uint64_t seen = 0;
        for (uint32_t k = 0; k < WIDTH; k++) {
            uint32_t id = (uint32_t)em_random_below(3, i * WIDTH + k, 40) +
                          (labels[i] > 0 ? 0 : 24);
            if (!(seen >> id & 1))
                ids[n++] = id;
            seen |= (uint64_t)1 << id;
        }
    }
    offsets[ROWS] = n;
    return (struct em_rows){
        .ids = ids, .offsets = offsets, .labels = labels, .costs = costs, .n = ROWS};
}

static const struct em_solver_options exact = {DIMENSIONS, 2000, 1e-7, 1, 1};

/* Derivative of the primal objective by each weight: 0 at the minimum. `scales` may be
 * NULL; the weights are those returned, scale included. */
static double largest_slope(const struct em_rows *rows, const float *weights, float bias)
{
    double slope[DIMENSIONS], bias_slope = (double)bias, worst;
    for (int d = 0; d < DIMENSIONS; d++) {
        double scale = rows->scales ? (double)rows->scales[d] : 1;
        slope[d] = (double)weights[d] / scale;
    }
    for (uint32_t i = 0; i < rows->n; i++) {
        double z = em_row_score(rows, i, weights) + (double)bias;
        double e =
            -(double)rows->costs[i] * rows->labels[i] / (1 + exp(rows->labels[i] * z));
        double value = 1 / sqrt((double)(rows->offsets[i + 1] - rows->offsets[i]));
        for (uint64_t k = rows->offsets[i]; k < rows->offsets[i + 1]; k++) {
            uint32_t d = rows->ids[k];
            slope[d] += e * value * (rows->scales ? (double)rows->scales[d] : 1);
        }
        bias_slope += e;
    }
    worst = fabs(bias_slope);
    for (int d = 0; d < DIMENSIONS; d++)
        worst = fabs(slope[d]) > worst ? fabs(slope[d]) : worst;
    return worst;
}

static void test_solution_is_the_minimum(void **state)
{
    (void)state;
    struct em_rows rows = make_rows();
    float weights[DIMENSIONS], scales[DIMENSIONS], bias;
    uint32_t epochs;
    assert_int_equal(em_solve_logistic(&rows, &exact, weights, &bias, &epochs), EM_OK);
    assert_true(epochs > 1 && epochs < 2000);
    assert_true(largest_slope(&rows, weights, bias) < 1e-3);
    assert_true(weights[5] > 0.5f && weights[60] < -0.5f);

    for (int d = 0; d < DIMENSIONS; d++)
        scales[d] = 0.5f + (float)(d % 5);
    rows.scales = scales;
    for (uint32_t i = 0; i < ROWS; i += 3)
        costs[i] = 2.5f;
    assert_int_equal(em_solve_logistic(&rows, &exact, weights, &bias, NULL), EM_OK);
    assert_true(largest_slope(&rows, weights, bias) < 1e-3);
}

static void test_rows_without_cost_do_not_count(void **state)
{
    (void)state;
    struct em_rows rows = make_rows();
    float a[DIMENSIONS], b[DIMENSIONS], bias_a, bias_b;
    for (uint32_t i = ROWS / 2; i < ROWS; i++) {
        costs[i] = 0;
        labels[i] = -1;
    }
    assert_int_equal(em_solve_logistic(&rows, &exact, a, &bias_a, NULL), EM_OK);
    for (uint32_t i = ROWS / 2; i < ROWS; i++)
        labels[i] = 1;
    assert_int_equal(em_solve_logistic(&rows, &exact, b, &bias_b, NULL), EM_OK);
    assert_memory_equal(a, b, sizeof(a));
    rows.n = 0;
    assert_int_equal(em_solve_logistic(&rows, &exact, a, &bias_a, NULL), EM_OK);
    for (int d = 0; d < DIMENSIONS; d++)
        assert_true(fabsf(a[d]) <= 0);
}

static void test_same_seed_same_bytes(void **state)
{
    (void)state;
    struct em_rows rows = make_rows();
    struct em_solver_options few = {DIMENSIONS, 3, 1e-9, 1, 5};
    float a[DIMENSIONS], b[DIMENSIONS], bias_a, bias_b;
    assert_int_equal(em_solve_logistic(&rows, &few, a, &bias_a, NULL), EM_OK);
    assert_int_equal(em_solve_logistic(&rows, &few, b, &bias_b, NULL), EM_OK);
    assert_memory_equal(a, b, sizeof(a));
    few.seed = 6;
    assert_int_equal(em_solve_logistic(&rows, &few, b, &bias_b, NULL), EM_OK);
    assert_memory_not_equal(a, b, sizeof(a));
}

/* Exclusive or: nothing for a linear stack, easy for a hidden layer. */
static void test_stack_learns(void **state)
{
    (void)state;
    enum { N = 4000, INPUTS = 3, HIDDEN = 16 };
    static float inputs[N * INPUTS], weights[N];
    static int8_t y[N];
    float w1[HIDDEN * INPUTS], b1[HIDDEN], w2[HIDDEN], b2, again[HIDDEN * INPUTS];
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t k = 0; k < INPUTS; k++)
            inputs[i * INPUTS + k] =
                (float)em_random_below(9, i * INPUTS + k, 2001) / 1000 - 1;
        y[i] = inputs[i * INPUTS] * inputs[i * INPUTS + 1] > 0 ? 1 : -1;
        weights[i] = 1;
    }
    struct em_stack_rows rows = {inputs, y, weights, N, INPUTS};
    struct em_stack_options options = {HIDDEN, 30, 0.01, 0, 0, 1};
    assert_int_equal(em_stack_train(&rows, &options, w1, b1, w2, &b2), EM_OK);
    int right = 0;
    for (uint32_t i = 0; i < N; i++) {
        float z = b2;
        for (uint32_t h = 0; h < HIDDEN; h++) {
            float unit = b1[h];
            for (uint32_t k = 0; k < INPUTS; k++)
                unit += w1[h * INPUTS + k] * inputs[i * INPUTS + k];
            z += unit > 0 ? w2[h] * unit : 0;
        }
        right += (z > 0) == (y[i] > 0);
    }
    assert_true(right > N * 95 / 100);
    assert_int_equal(em_stack_train(&rows, &options, again, b1, w2, &b2), EM_OK);
    assert_memory_equal(w1, again, sizeof(w1));

    for (uint32_t i = 0; i < N; i++)
        y[i] = inputs[i * INPUTS] > 0.25f ? 1 : -1;
    options.hidden = 0;
    assert_int_equal(em_stack_train(&rows, &options, NULL, b1, w2, &b2), EM_OK);
    assert_true(w2[0] > 5 * fabsf(w2[1]) && w2[0] > 5 * fabsf(w2[2]));
    assert_true(fabsf(-b2 / w2[0] - 0.25f) < 0.1f);
}

static void test_platt(void **state)
{
    (void)state;
    enum { N = 20000 };
    static double logits[N], weights[N];
    static int8_t y[N];
    /* Labels drawn with probability sigmoid(2 x - 1): the fit must find 2 and -1. */
    for (uint32_t i = 0; i < N; i++) {
        logits[i] = (double)em_random_below(1, i, 6001) / 1000 - 3;
        double p = 1 / (1 + exp(-(2 * logits[i] - 1)));
        y[i] = (double)em_random_below(2, i, 1000000) / 1e6 < p ? 1 : -1;
        weights[i] = 1.0 / N;
    }
    double slope = 1, intercept = 0;
    em_calibrate_platt(logits, y, weights, N, 0, &slope, &intercept);
    assert_true(fabs(slope - 2) < 0.1 && fabs(intercept + 1) < 0.1);
    slope = 0.7;
    intercept = 0.3;
    em_calibrate_platt(logits, y, weights, N, 1e6, &slope, &intercept);
    assert_true(fabs(slope - 0.7) < 0.01 && fabs(intercept - 0.3) < 0.01);
    for (uint32_t i = 0; i < N; i++)
        y[i] = (int8_t)-y[i];
    slope = 1;
    em_calibrate_platt(logits, y, weights, N, 0, &slope, &intercept);
    assert_true(slope >= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solution_is_the_minimum),
        cmocka_unit_test(test_rows_without_cost_do_not_count),
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_stack_learns),
        cmocka_unit_test(test_platt),
    };
    return cmocka_run_group_tests_name("solver", tests, NULL, NULL);
}
