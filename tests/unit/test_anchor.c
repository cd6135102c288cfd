/* SPDX-License-Identifier: Apache-2.0
 *
 * The human side of narrow strata, on made sites whose distributions are known: the
 * concentration comes back, a site is itself where it has many old documents and like all
 * where it has none, and shares of machine text on single sites are nearer the truth than
 * with other people's human text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
#include "index/answers/anchor.h"

#include "tests/unit/made_block.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 31, FITTED = EM_QUANTIFY_FITTED };

static uint64_t state;

/* A site's human text: normal scores around a place of its own. */
static double home_of(unsigned site, double spread)
{
    uint64_t at = 900 + 31 * site;
    return -3 + spread * made_normal(&at);
}

static uint64_t site_hash(unsigned site)
{
    return em_mix64(site + 1) | 1;
}

static void sites_make(struct em_anchor *a, unsigned sites, unsigned each, double spread)
{
    *a = (struct em_anchor){.n = 0};
    for (unsigned s = 0; s < sites; s++)
        for (unsigned i = 0; i < each; i++)
            assert_int_equal(
                em_anchor_add(a, site_hash(s), home_of(s, spread) + made_normal(&state)),
                EM_OK);
    assert_int_equal(em_anchor_fit(a, ROWS), EM_OK);
}

/* Alike sites are held together, others are let go. */
static void how_alike_sites_are(void **unused)
{
    (void)unused;
    struct em_anchor a;
    state = 3;
    sites_make(&a, 60, 40, 0);
    assert_int_equal(a.usable, 60);
    assert_true(a.concentration > 300);
    em_anchor_release(&a);
    sites_make(&a, 60, 40, 1.5);
    assert_true(a.concentration > 2 && a.concentration < 30);
    em_anchor_release(&a);
    sites_make(&a, 19, 40, 0);
    assert_int_equal(a.usable, 19);
    assert_null(a.mean);
    em_anchor_release(&a);
    sites_make(&a, 60, 9, 0);
    assert_int_equal(a.usable, 0);
    em_anchor_release(&a);
}

/* Counts drawn from Dirichlet-multinomials with a concentration of 40: the likelihood has its
 * maximum near. Polya's urn. */
static void concentration_comes_back(void **unused)
{
    (void)unused;
    struct em_anchor a = {.n = 0};
    state = 8;
    for (unsigned s = 0; s < 200; s++) {
        unsigned seen[8] = {0};
        for (unsigned i = 0; i < 60; i++) {
            double u = made_uniform(&state) * (40 + i);
            unsigned k = 0;
            for (; k < 7 && u >= 5.0 + seen[k]; k++)
                u -= 5.0 + seen[k];
            seen[k]++;
            assert_int_equal(em_anchor_add(&a, site_hash(s), -7.75 + 2 * k), EM_OK);
        }
    }
    assert_int_equal(em_anchor_fit(&a, ROWS), EM_OK);
    if (!(a.concentration > 33 && a.concentration < 48))
        fail_msg("concentration %f, not 40", a.concentration);
    em_anchor_release(&a);
}

static double slice_mean(const struct em_quantify_sample *s, uint32_t row)
{
    double sum = 0, n = 0;
    for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++) {
        double x = (double)s->bins[(size_t)row * EM_QUANTIFY_COLUMNS + k];
        sum += x * (-8 + 0.5 * (k / 2 + 0.5));
        n += x;
    }
    return sum / n;
}

static void sites_are_themselves(void **unused)
{
    (void)unused;
    struct em_anchor a;
    struct em_anchor_weights one = {.n = 0}, none = {.n = 0};
    struct em_quantify_sample own, other;
    state = 4;
    sites_make(&a, 60, 200, 1.5);
    double low = INFINITY, high = -INFINITY;
    assert_int_equal(em_anchor_weigh(&one, site_hash(7), 30), EM_OK);
    assert_int_equal(em_anchor_weigh(&one, site_hash(7), 30), EM_OK);
    assert_int_equal(one.n, 1);
    assert_int_equal(em_anchor_weigh(&none, site_hash(777), 30), EM_OK);
    assert_int_equal(em_anchor_slice(&a, &one, &own), EM_OK);
    assert_int_equal(em_anchor_slice(&a, &none, &other), EM_OK);
    assert_true(fabs(slice_mean(&own, 0) - home_of(7, 1.5)) < 0.35);
    assert_true(fabs(slice_mean(&other, 0) + 3) < 0.5);
    assert_true(fabs(em_quantify_sample_size(&own) - 200 - a.concentration) < 1);
    assert_true(fabs(em_quantify_sample_size(&other) - a.concentration) < 1);
    for (uint32_t r = 1; r < ROWS; r++) {
        low = fmin(low, slice_mean(&own, r));
        high = fmax(high, slice_mean(&own, r));
    }
    assert_true(low < slice_mean(&own, 0) && high > slice_mean(&own, 0));
    assert_true(high - low < 1.2); /* 200 documents: a standard error of 0.07 */
    em_quantify_sample_release(&own);
    em_quantify_sample_release(&other);
    em_anchor_weights_release(&one);
    em_anchor_weights_release(&none);
    em_anchor_release(&a);
}

static void target_make(struct em_quantify_sample *t, unsigned site, double share,
                        unsigned n)
{
    assert_int_equal(em_quantify_sample_init(t, ROWS - 1), EM_OK);
    for (unsigned i = 0; i < n; i++) {
        uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
        double score = i < share * n ? 3 + 1.7 * made_normal(&state)
                                     : home_of(site, 1.2) + made_normal(&state);
        counts[em_score_bin(score)] = 1;
        em_quantify_sample_add(t, site_hash(site), i == 0, counts, 1);
    }
    t->squares = n;
}

/* 40 sites with 25 old documents and 60 later ones each: the error of their shares with the
 * anchor is less than 0.6 of that with the calibration's human sources, and at least 34 of
 * the intervals hold the truth. */
static void shares_of_single_sites(void **unused)
{
    (void)unused;
    struct em_anchor a;
    struct em_calibration block;
    struct em_quantify_options options;
    double with = 0, without = 0;
    int held = 0;
    state = 6;
    assert_int_equal(made_block_fill(&block), EM_OK);
    sites_make(&a, 40, 25, 1.2);
    for (unsigned s = 0; s < 40; s++) {
        struct em_quantify_sample target, slice;
        struct em_anchor_weights w = {.n = 0};
        struct em_quantify_result r;
        double truth = s % 4 == 0 ? 0.5 : s % 4 == 1 ? 0.1 : 0;
        target_make(&target, s, truth, 60);
        assert_int_equal(em_anchor_weigh(&w, site_hash(s), 60), EM_OK);
        assert_int_equal(em_anchor_slice(&a, &w, &slice), EM_OK);
        em_quantify_defaults(&options);
        options.anchored = true;
        assert_int_equal(em_quantify(&block, &target, &slice, &options, &r), EM_OK);
        assert_true(r.sliced);
        const struct em_estimate *e = &r.by[EM_QUANTIFY_MIXTURE];
        with += fabs(e->value - truth) / 40;
        held += e->low - 1e-9 <= truth && truth <= e->high + 1e-9;
        options.anchored = false;
        assert_int_equal(em_quantify(&block, &target, NULL, &options, &r), EM_OK);
        without += fabs(r.by[EM_QUANTIFY_MIXTURE].value - truth) / 40;
        em_quantify_sample_release(&target);
        em_quantify_sample_release(&slice);
        em_anchor_weights_release(&w);
    }
    if (!(with < 0.04 && with < 0.6 * without && held >= 34))
        fail_msg("error %f anchored, %f not; %d of 40 intervals hold", with, without,
                 held);
    em_calibration_release(&block);
    em_anchor_release(&a);
}

/* On nothing but human text the zero check is near 0. */
static void zero_check(void **unused)
{
    (void)unused;
    struct em_anchor a;
    struct em_anchor_weights w = {.n = 0};
    struct em_quantify_sample target, slice;
    struct em_calibration block;
    struct em_quantify_options options;
    struct em_quantify_result r;
    state = 16;
    assert_int_equal(made_block_fill(&block), EM_OK);
    sites_make(&a, 40, 31, 1.2);
    for (unsigned s = 0; s < 10; s++)
        assert_int_equal(em_anchor_weigh(&w, site_hash(s), 5), EM_OK);
    assert_int_equal(em_anchor_weigh(&w, site_hash(999), 5), EM_OK); /* nothing old */
    assert_int_equal(em_anchor_zero(&a, &w, &target, &slice), EM_OK);
    assert_true(fabs(em_quantify_sample_size(&target) - 160) < 0.5);
    assert_int_equal(target.clusters, 10);
    em_quantify_defaults(&options);
    options.anchored = true;
    assert_int_equal(em_quantify(&block, &target, &slice, &options, &r), EM_OK);
    assert_true(r.by[EM_QUANTIFY_MIXTURE].value < 0.02);
    assert_true(r.by[EM_QUANTIFY_MIXTURE].low < 1e-9);
    em_quantify_sample_release(&target);
    em_quantify_sample_release(&slice);
    em_anchor_weights_release(&w);
    em_anchor_release(&a);
    em_calibration_release(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_alike_sites_are),
        cmocka_unit_test(concentration_comes_back),
        cmocka_unit_test(sites_are_themselves),
        cmocka_unit_test(shares_of_single_sites),
        cmocka_unit_test(zero_check),
    };
    return cmocka_run_group_tests_name("anchor", tests, NULL, NULL);
}
