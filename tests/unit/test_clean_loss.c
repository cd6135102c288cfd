/* SPDX-License-Identifier: Apache-2.0
 *
 * The loss bound: known values, and that it holds in at least 95 % of draws.
 */
#include "detector/learn/loss.h"
#include "detector/learn/metrics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
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

static void student_has_known_values(void **state)
{
    (void)state;
    static const struct {
        uint64_t degrees;
        double t;
    } table[] = {{1, 6.314}, {2, 2.920},  {4, 2.132},
                 {5, 2.015}, {10, 1.812}, {30, 1.697}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_true(fabs(em_loss_student(table[i].degrees) - table[i].t) < 6e-4);
    assert_true(fabs(em_loss_student(5000) - 1.646) < 1e-3);
}

/* Standard normal by twelve uniforms. */
static double normal(uint64_t seed, uint64_t i)
{
    double sum = -6;
    for (uint64_t k = 0; k < 12; k++)
        sum += (double)(em_random_at(seed, 12 * i + k) >> 11) / 9007199254740992.0;
    return sum;
}

/* Sources with a shift of their own and exponential tails: a bound over texts fails on one
 * more source, that over sources holds. */
static void bound_over_sources_holds(void **state)
{
    (void)state;
    enum { SOURCES = 8, N = 200, DRAWS = 120 };
    static double scores[SOURCES * N], all[SOURCES * N];
    int broken = 0, broken_texts = 0;
    for (uint64_t d = 0; d < DRAWS; d++) {
        struct em_loss_source sources[SOURCES];
        struct em_loss_spread spread;
        struct em_loss loss;
        for (uint64_t s = 0; s < SOURCES; s++) {
            double shift = normal(2 * d, s);
            for (uint64_t i = 0; i < N; i++) {
                double u = (double)((em_random_at(2 * d + 1, s * N + i) >> 11) + 1) /
                           9007199254740993.0;
                all[s * N + i] = scores[s * N + i] = shift - log(u);
            }
            sources[s] = (struct em_loss_source){scores + s * N, N};
        }
        assert_int_equal(em_loss_by_source(sources, SOURCES, 0.01, &spread, NULL), EM_OK);
        assert_int_equal(spread.sources, SOURCES);
        assert_int_equal(em_loss_threshold(all, SOURCES * N, 0.01, &loss, NULL), EM_OK);
        /* Of a further source exp(shift - threshold) is lost. */
        double shift = normal(2 * d, SOURCES);
        broken += exp(shift - spread.threshold) > 0.01;
        broken_texts += exp(shift - loss.threshold) > 0.01;
    }
    assert_true(broken <= DRAWS * 8 / 100);
    assert_true(broken_texts > DRAWS * 10 / 100 && broken_texts > 2 * broken);
}

static void few_sources_are_refused(void **state)
{
    (void)state;
    double scores[6][30];
    struct em_loss_source sources[6];
    struct em_loss_spread spread;
    struct em_err err;
    for (int s = 0; s < 6; s++) {
        for (int i = 0; i < 30; i++)
            scores[s][i] = s == 5 ? -(double)INFINITY : (double)(i + s);
        sources[s] = (struct em_loss_source){scores[s], s == 0 ? 19 : 30};
    }
    /* One has too few texts, one none that was scored: four are left. */
    assert_int_equal(em_loss_by_source(sources, 6, 0.01, &spread, &err), EM_ERR_FORMAT);
    assert_int_equal(em_loss_by_source(sources, 6, 2, &spread, &err), EM_ERR_USAGE);
    sources[0].n = 20;
    assert_int_equal(em_loss_by_source(sources, 6, 0.01, &spread, &err), EM_OK);
    assert_int_equal(spread.sources, 5);
}

/* From 19 sources on the rank alone decides: 1 of 20 above the largest, 2 of 40 above the
 * second; the shape of what is above does not matter. */
static void ranks_decide_among_many_sources(void **state)
{
    enum { MOST = 39, N = 20 };
    static double scores[MOST][N];
    struct em_loss_source sources[MOST];
    struct em_loss_spread spread;
    (void)state;
    for (size_t m = 18; m <= MOST; m += m == 18 ? 1 : 20) {
        for (size_t s = 0; s < m; s++) {
            for (size_t i = 0; i < N; i++)
                scores[s][i] = i < 5 ? (double)(s * s * s) : -5;
            sources[s] = (struct em_loss_source){scores[s], N};
        }
        assert_int_equal(em_loss_by_source(sources, m, 0.2, &spread, NULL), EM_OK);
        size_t rank = m == MOST ? 2 : 1;
        double largest = (double)((m - rank) * (m - rank) * (m - rank));
        assert_int_equal(spread.ranked, m >= EM_LOSS_RANKED);
        if (spread.ranked)
            assert_true(spread.threshold == largest);
        else
            assert_true(spread.threshold >= largest);
        assert_int_equal(spread.over, m == MOST ? 1 : 0);
    }
}

/* What is refused says what could be promised, and that is not refused. */
static void the_finest_level_is_said(void **state)
{
    double scores[100] = {0};
    struct em_loss loss;
    struct em_err err = {.status = EM_OK};
    (void)state;
    assert_int_equal(em_loss_threshold(scores, 100, 0.005, &loss, &err), EM_ERR_FORMAT);
    assert_non_null(strstr(err.text, "can promise is 2.95"));
    assert_int_equal(
        em_loss_threshold(scores, 100, em_loss_finest(100) + 1e-6, &loss, &err), EM_OK);
    assert_true(em_loss_finest(0) == 1);
}

/* A source whose few machine-like texts lie far above the rest: its number is what was seen,
 * though an exponential tail through the same texts would say less. */
static void what_was_seen_is_not_smoothed_away(void **state)
{
    enum { SOURCES = 5, N = 1000 };
    static double scores[SOURCES][N];
    struct em_loss_source sources[SOURCES];
    struct em_loss_spread spread;
    (void)state;
    for (int s = 0; s < SOURCES; s++) {
        for (int i = 0; i < N; i++)
            scores[s][i] = i < 20 ? 100 + s : 0.001 * i;
        sources[s] = (struct em_loss_source){scores[s], N};
    }
    assert_int_equal(em_loss_by_source(sources, SOURCES, 0.01, &spread, NULL), EM_OK);
    assert_int_equal(spread.over, 0);
    assert_true(spread.worst == 0 && spread.threshold >= 104);
}

static void the_level_that_sources_show_is_by_the_fifth_largest(void **state)
{
    const struct em_loss_source sources[] = {{NULL, 50},  {NULL, 400}, {NULL, 200},
                                             {NULL, 19},  {NULL, 900}, {NULL, 300},
                                             {NULL, 1000}};
    (void)state;
    assert_true(em_loss_shown(sources, 7) == 1 / 200.0);
    assert_true(em_loss_shown(sources, 6) == 1 / 50.0);
    assert_true(em_loss_shown(sources, 5) == 1); /* of 19 texts */
    assert_true(em_loss_shown(sources, 4) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_has_known_values),
        cmocka_unit_test(too_few_are_refused),
        cmocka_unit_test(bound_holds_in_draws),
        cmocka_unit_test(ties_do_not_break_it),
        cmocka_unit_test(student_has_known_values),
        cmocka_unit_test(bound_over_sources_holds),
        cmocka_unit_test(few_sources_are_refused),
        cmocka_unit_test(ranks_decide_among_many_sources),
        cmocka_unit_test(the_finest_level_is_said),
        cmocka_unit_test(what_was_seen_is_not_smoothed_away),
        cmocka_unit_test(the_level_that_sources_show_is_by_the_fifth_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
