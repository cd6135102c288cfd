/* SPDX-License-Identifier: Apache-2.0
 *
 * Focus and revisits. The main case plants a population in which one host in ten is full of
 * machine text, crawls it with a focus, and asks what share of it is machine text: the plain
 * mean of what was fetched must be far off, the weighted estimates must not.
 */
#include "base/hash.h"
#include "crawler/web/frontier/focus.h"
#include "crawler/web/frontier/revisit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double chance(uint64_t n)
{
    return (double)(em_mix64(n) >> 11) * 0x1p-53;
}

static void test_draws(void **state)
{
    struct em_focus_options options;
    unsigned uniform = 0, focus = 0, both = 0;
    enum { N = 100000 };
    (void)state;
    em_focus_options_init(&options);
    struct em_focus_draw all = em_focus_draw(&options, 1, 0);
    assert_true(all.class == EM_CLASS_UNIFORM && all.inclusion == 1);
    options.focus = EM_FOCUS_SYNTHETIC;
    double q = options.floor + (1 - options.floor) * 0.5;
    for (uint64_t i = 0; i < N; i++) {
        struct em_focus_draw draw = em_focus_draw(&options, em_mix64(i + 1), 0.5);
        uniform += draw.uniform;
        focus += draw.focus;
        both += draw.uniform && draw.focus;
        assert_true(draw.class == (draw.uniform ? EM_CLASS_UNIFORM
                                   : draw.focus ? EM_CLASS_MIDDLE
                                                : EM_CLASS_RESERVE));
        /* The uniform stream does not look at priorities. */
        assert_true(draw.uniform ==
                    em_focus_draw(&options, em_mix64(i + 1), 0.9).uniform);
        if (draw.uniform || draw.focus)
            assert_true(fabs((double)draw.inclusion -
                             (1 - (1 - options.share) * (1 - q))) < 1e-6);
        else
            assert_true(draw.inclusion == 0);
    }
    /* five standard deviations */
    assert_true(fabs(uniform - N * options.share) < 5 * sqrt(N * 0.2 * 0.8));
    assert_true(fabs(focus - N * q) < 5 * sqrt(N * q * (1 - q)));
    assert_true(fabs(both - N * q * options.share) < 5 * sqrt(N * q * options.share));
    /* Another seed, another draw. */
    unsigned same = 0;
    struct em_focus_options other = options;
    other.seed = 2;
    for (uint64_t i = 0; i < 1000; i++)
        same += em_focus_draw(&options, em_mix64(i), 0).uniform ==
                em_focus_draw(&other, em_mix64(i), 0).uniform;
    assert_true(same > 500 && same < 800);
}

static void test_scores(void **state)
{
    struct em_focus_options options;
    struct em_focus_mean crawl = {0, 0}, host = {0, 0};
    enum em_focus focus;
    (void)state;
    em_focus_options_init(&options);
    assert_true(fabs(em_focus_host(&options, &crawl, &host) - 0.1) < 1e-9);
    em_focus_learn(&host, NAN);
    em_focus_learn(&host, -1);
    em_focus_learn(&host, 1.5);
    assert_int_equal(host.n, 0);
    em_focus_learn(&host, 1);
    double one = em_focus_host(&options, &crawl, &host);
    assert_true(one > 0.1 && one < 0.3); /* one page says little */
    for (int i = 0; i < 100; i++)
        em_focus_learn(&host, 1);
    assert_true(em_focus_host(&options, &crawl, &host) > 0.9);
    /* What was learnt as 0 deserved more; never more than 1 a page. */
    struct em_focus_mean late = {0, 4};
    em_focus_correct(&late, NAN);
    em_focus_correct(&late, -1);
    assert_true(late.sum == 0);
    em_focus_correct(&late, 0.75);
    assert_true(late.sum == 0.75 && late.n == 4);
    for (int i = 0; i < 10; i++)
        em_focus_correct(&late, 1);
    assert_true(late.sum == 4);
    assert_true(em_focus_priority(&options, 0.1, NAN) == 0.1);
    assert_true(fabs(em_focus_priority(&options, 0.1, 1) - options.hop) < 1e-9);
    assert_true(em_focus_priority(&options, 0.9, 0.5) == 0.9);
    assert_int_equal(em_focus_of(&focus, EM_VIEW("echo")), EM_OK);
    assert_int_equal(focus, EM_FOCUS_ECHO);
    assert_int_equal(em_focus_of(&focus, EM_VIEW("echoes")), EM_ERR_USAGE);
    assert_null(em_focus_name((enum em_focus)3));
}

/* --- revisits ----------------------------------------------------------------------------------- */

static const int64_t HOUR = 3600000;

static void test_rates(void **state)
{
    struct em_revisit_options options;
    (void)state;
    em_revisit_options_init(&options);
    struct em_revisit none = {.n = 0};
    assert_int_equal(em_revisit_wait(&options, &none, 0.5), INT64_MAX);
    options.enabled = true;
    assert_true(llabs(em_revisit_wait(&options, &none, 0.5) - options.first_ms) < 2);
    double prior = 1 / (options.prior_ms / 1000);
    assert_true(fabs(em_revisit_rate(&options, &none) / prior - 1) < 1e-3);
    /* Regular visits: Cho & Garcia-Molina's closed form is log((n + .5) / (n - X + .5)) / I;
     * maximum likelihood is log(n / (n - X)) / I, which ours is without a prior. */
    options.prior_weight = 1e-9;
    struct em_revisit history = {.n = 0};
    for (int i = 0; i < 10; i++)
        em_revisit_learn(&history, 10 * HOUR, i < 4);
    double rate = em_revisit_rate(&options, &history) * 36000;
    assert_true(fabs(rate - log(10.0 / 6)) < 1e-3);
    /* Always changed: bounded by the prior and the least time between visits. */
    em_revisit_options_init(&options);
    options.enabled = true;
    struct em_revisit often = {.n = 0}, never = {.n = 0};
    for (int i = 0; i < 40; i++) {
        em_revisit_learn(&often, HOUR, true);
        em_revisit_learn(&never, INT64_C(30) * 24 * HOUR, false);
    }
    assert_int_equal(often.n, EM_REVISIT_VISITS);
    assert_true(em_revisit_wait(&options, &often, 0) < 2 * HOUR);
    assert_true(em_revisit_wait(&options, &often, 0) >= options.min_ms);
    assert_true(em_revisit_wait(&options, &never, 0.999) <= options.max_ms * 105 / 100);
    assert_true(em_revisit_wait(&options, &never, 0) > 60 * 24 * HOUR);
    /* A habit that changes is followed. */
    for (int i = 0; i < EM_REVISIT_VISITS; i++)
        em_revisit_learn(&often, 24 * HOUR, false);
    assert_true(em_revisit_wait(&options, &often, 0) > 5 * 24 * HOUR);
}

/* Pages that change by a Poisson process, visited when due: the waits must come to lie where
 * a change is about as likely as the target. */
static void test_adapts(void **state)
{
    static const double mean_days[] = {0.5, 2, 10, 40};
    struct em_revisit_options options;
    uint64_t r = 5;
    (void)state;
    em_revisit_options_init(&options);
    options.enabled = true;
    for (size_t k = 0; k < 4; k++) {
        double changed = 0, visits = 0, last_wait = 0;
        for (int page = 0; page < 200; page++) {
            struct em_revisit history = {.n = 0};
            for (int visit = 0; visit < 24; visit++) {
                int64_t wait = em_revisit_wait(&options, &history, 0.5);
                double days = (double)wait / (24 * (double)HOUR);
                r = em_mix64(r + 1);
                bool change = chance(r) < 1 - exp(-days / mean_days[k]);
                em_revisit_learn(&history, wait, change);
                if (visit >= 12) {
                    changed += change;
                    visits++;
                    last_wait += days;
                }
            }
        }
        assert_true(changed / visits > 0.35 && changed / visits < 0.7);
        assert_true(last_wait / visits > 0.3 * mean_days[k]);
        assert_true(last_wait / visits < 2 * mean_days[k]);
    }
}

static void test_stored(void **state)
{
    struct em_revisit history = {.n = 0}, back;
    struct em_buf out;
    (void)state;
    em_buf_init(&out, 1024);
    for (int n = 0; n < 30; n++) {
        em_buf_clear(&out);
        assert_int_equal(em_revisit_pack(&out, &history), EM_OK);
        assert_int_equal(em_revisit_unpack(&back, em_buf_view(&out)), EM_OK);
        assert_memory_equal(&back, &history, sizeof(back));
        for (size_t cut = 0; cut < out.len; cut++)
            assert_int_equal(
                em_revisit_unpack(&back, em_view_sub(em_buf_view(&out), 0, cut)),
                EM_ERR_FORMAT);
        em_revisit_learn(&history, (n + 1) * HOUR, n % 3 == 0);
    }
    em_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws),  cmocka_unit_test(test_scores),
        cmocka_unit_test(test_rates),  cmocka_unit_test(test_adapts),
        cmocka_unit_test(test_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
