/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights of strata, points of a series and their standard errors, the interruption of one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "index/answers/prevalence.h"
#include "index/answers/series.h"
#include "index/answers/weights.h"

#include <math.h>
#include <string.h>

#define assert_near(a, b, most) assert_true(fabs((a) - (b)) <= (most))

static void weights_are_read_by_name(void **state)
{
    struct em_weights w = {.n = 0};
    struct em_err err = {.status = EM_OK};
    (void)state;
    assert_int_equal(
        em_weights_parse(&w, EM_VIEW("en\t2.5\n\nde,example.org\t0\n"), "weights", &err),
        EM_OK);
    assert_int_equal(w.n, 2);
    const struct em_prevalence_row en = {.lang = EM_VIEW("en"),
                                         .domain = EM_VIEW("example.org")};
    const struct em_prevalence_row de = {.lang = EM_VIEW("de"),
                                         .domain = EM_VIEW("example.org")};
    assert_near(em_weights_of(&w, &en, EM_PREVALENCE_LANG), 2.5, 0);
    assert_near(em_weights_of(&w, &en, EM_PREVALENCE_LANG | EM_PREVALENCE_DOMAIN), 0, 0);
    w.items[1].value = 7;
    assert_near(em_weights_of(&w, &de, EM_PREVALENCE_LANG | EM_PREVALENCE_DOMAIN), 7, 0);
    /* The month is no part of a stratum's name. */
    assert_near(em_weights_of(&w, &en, EM_PREVALENCE_LANG | EM_PREVALENCE_MONTH), 2.5, 0);
    em_weights_release(&w);
}

static void a_weight_of_no_stratum_is_named(void **state)
{
    struct em_weights w = {.n = 0};
    struct em_err err = {.status = EM_OK};
    const struct em_prevalence_row rows[] = {{.lang = EM_VIEW("en")},
                                             {.lang = EM_VIEW("de")}};
    (void)state;
    assert_int_equal(em_weights_parse(&w, EM_VIEW("de\t1\n \t \nen\t0\n"), "w", &err),
                     EM_OK);
    assert_null(em_weights_unmatched(&w, rows, 2, EM_PREVALENCE_LANG));
    em_weights_release(&w);
    assert_int_equal(em_weights_parse(&w, EM_VIEW("de\t1\nfr\t1\n"), "w", &err), EM_OK);
    assert_string_equal(em_weights_unmatched(&w, rows, 2, EM_PREVALENCE_LANG), "fr");
    em_weights_release(&w);
}

static void bad_weights_are_refused(void **state)
{
    static const char *const bad[] = {"en\t1x\n",   "en\t1 2\n",  "en\t-1\n",
                                      "en\t-0.001", "en 3\n",     "en\tmany\n",
                                      "en\tnan\n",  "en\t2e18\n", "en\t\n"};
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct em_weights w = {.n = 0};
        struct em_err err = {.status = EM_OK};
        assert_int_equal(em_weights_parse(&w, em_view_of(bad[i]), "weights", &err),
                         EM_ERR_FORMAT);
        assert_non_null(strstr(err.text, "'weights'"));
        em_weights_release(&w);
    }
}

static struct em_prevalence_row row_of(uint32_t month, double value, double low,
                                       double high)
{
    struct em_prevalence_row row = {.month = month, .note = EM_PREVALENCE_FINE};
    row.result.by[EM_QUANTIFY_MIXTURE] = (struct em_estimate){value, low, high};
    return row;
}

/* A 95 % interval is 1.96 standard errors to a side; the wider side counts. */
static void points_have_standard_errors(void **state)
{
    struct em_point points[4];
    struct em_prevalence_row rows[4] = {
        row_of(100, 0.2, 0.2 - 0.098, 0.2 + 0.049), row_of(101, 0, 0, 0.0196),
        row_of(102, NAN, NAN, NAN), row_of(103, 0.5, 0.4, 0.6)};
    (void)state;
    rows[3].doubtful = true;
    assert_int_equal(em_series_points(points, rows, 4), 2);
    assert_near(points[0].time, 100, 0);
    assert_near(points[0].value, 0.2, 0);
    assert_near(points[0].error, 0.05 + 1e-4, 1e-9);
    assert_near(points[1].error, 0.01 + 1e-4, 1e-9);
}

/* Two levels with equal errors and no slope of their own: the step is 1, and its standard
 * error that of the regression, computed by hand: with m points a side at distances that
 * the matrix has, var(level) = s^2 (C)_22. Four points a side, times -4..-1 and 0..3. */
static void interruption_has_the_regressions_error(void **state)
{
    struct em_point points[8];
    struct em_interruption out;
    const double s = 0.1;
    (void)state;
    for (int i = 0; i < 8; i++)
        points[i] = (struct em_point){i - 4, i < 4 ? 2 : 3, s};
    assert_true(em_series_interrupted(points, 8, 0, &out));
    assert_int_equal(out.before, 4);
    assert_int_equal(out.after, 4);
    assert_near(out.level.value, 1, 1e-9);
    assert_near(out.slope.value, 0, 1e-9);
    /* The lines of both sides are fitted apart: at 0 the first is extrapolated from mean
     * -2.5, the second from 1.5; sums of squares of times are 5 on either side. */
    double level = s * sqrt(1 / 4.0 + 2.5 * 2.5 / 5 + 1 / 4.0 + 1.5 * 1.5 / 5);
    double slope = s * sqrt(1 / 5.0 + 1 / 5.0);
    assert_near(out.level.high - out.level.value, 1.96 * level, 1e-9);
    assert_near(out.level.value - out.level.low, 1.96 * level, 1e-9);
    assert_near(out.slope.high, 1.96 * slope, 1e-9);
    /* Points that scatter more than their errors say widen it: residuals of +-d on a side. */
    for (int i = 0; i < 8; i++)
        points[i].value += (i % 4 == 0 || i % 4 == 3) ? 0.3 : -0.3;
    assert_true(em_series_interrupted(points, 8, 0, &out));
    double scatter = sqrt(8 * 9 / 4.0);
    assert_near(out.level.value, 1, 1e-9);
    assert_near(out.level.high - out.level.value, 1.96 * level * scatter, 1e-9);
}

static void too_few_points_are_no_interruption(void **state)
{
    struct em_point points[6];
    struct em_interruption out;
    (void)state;
    for (int i = 0; i < 6; i++)
        points[i] = (struct em_point){i, i, 0.1};
    assert_true(em_series_interrupted(points, 6, 3, &out));
    assert_false(em_series_interrupted(points, 6, 4, &out));
    assert_false(em_series_interrupted(points, 6, 2, &out));
    points[5].value = NAN;
    assert_false(em_series_interrupted(points, 6, 3, &out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_read_by_name),
        cmocka_unit_test(a_weight_of_no_stratum_is_named),
        cmocka_unit_test(bad_weights_are_refused),
        cmocka_unit_test(points_have_standard_errors),
        cmocka_unit_test(interruption_has_the_regressions_error),
        cmocka_unit_test(too_few_points_are_no_interruption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
