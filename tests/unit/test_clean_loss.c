/* SPDX-License-Identifier: Apache-2.0
 *
 * The loss bound: known values, and that it holds in at least 95 % of draws.
 */
#include "detector/loss.h"
#include "detector/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka needs those above */
#include <cmocka.h>

static void bound_has_known_values(void **state)
{
    (void)state;
    /* None of n: 1 - 0.05^(1/n). */
    assert_true(fabs(em_loss_bound(0, 100) - (1 - pow(0.05, 0.01))) < 1e-9);
    assert_true(fabs(em_loss_bound(0, 598) - (1 - pow(0.05, 1.0 / 598))) < 1e-9);
    /* One of 10: Clopper-Pearson's one-sided 95 % bound in printed tables. */
    assert_true(fabs(em_loss_bound(1, 10) - 0.39416) < 1e-4);
    assert_true(em_loss_bound(10, 10) == 1 && em_loss_bound(0, 0) == 1);
    assert_int_equal(em_loss_needs(0.005), 598);
    assert_int_equal(em_loss_needs(0.01), 299);
}

static void too_few_are_refused(void **state)
{
    (void)state;
    double scores[10] = {0};
    struct em_loss loss;
    struct em_err err;
    assert_int_equal(em_loss_threshold(scores, 10, 0.005, &loss, &err), EM_ERR_FORMAT);
    assert_int_equal(em_loss_threshold(scores, 10, 0, &loss, &err), EM_ERR_USAGE);
}

static void bound_holds_in_draws(void **state)
{
    (void)state;
    enum { N = 1000, DRAWS = 2000 };
    static double scores[N];
    int broken = 0, useful = 0;
    for (uint64_t d = 0; d < DRAWS; d++) {
        struct em_loss loss;
        for (uint64_t i = 0; i < N; i++)
            scores[i] = (double)(em_random_at(d, i) >> 11) / 9007199254740992.0;
        assert_int_equal(em_loss_threshold(scores, N, 0.01, &loss, NULL), EM_OK);
        assert_true(loss.bound <= 0.01);
        /* Scores are uniform: the true loss is what lies above. */
        broken += 1 - loss.threshold > 0.01;
        useful += loss.threshold < 1;
    }
    assert_true(broken <= DRAWS * 6 / 100 && broken > 0);
    assert_int_equal(useful, DRAWS);
}

static void ties_do_not_break_it(void **state)
{
    (void)state;
    double scores[400];
    struct em_loss loss;
    for (int i = 0; i < 400; i++)
        scores[i] = i < 200 ? 5 : -INFINITY;
    assert_int_equal(em_loss_threshold(scores, 400, 0.01, &loss, NULL), EM_OK);
    assert_true(loss.threshold >= 5 && loss.above == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_has_known_values),
        cmocka_unit_test(too_few_are_refused),
        cmocka_unit_test(bound_holds_in_draws),
        cmocka_unit_test(ties_do_not_break_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
