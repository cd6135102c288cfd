/* SPDX-License-Identifier: Apache-2.0
 *
 * What cleaning decides and computes: the threshold that is strictly exceeded, the shares
 * above it by bin and by source, the names of outputs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/calibration.h"
#include "pipeline/clean/clean.h"
#include "pipeline/clean/clean_loss.h"
#include "pipeline/clean/clean_names.h"
#include "pipeline/clean/clean_rules.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define assert_near(a, b, most) assert_true(fabs((a) - (b)) <= (most))

/* --- the decision ---------------------------------------------------------------------- */

static unsigned reasons_at(double log_odds, double threshold)
{
    const struct em_clean_policy policy = {.score = true, .threshold = threshold};
    const struct em_verdict verdict = {.kind = EM_VERDICT_UNSURE, .log_odds = log_odds};
    const struct em_doc doc = {.words = 3};
    struct em_clean_plan plan;
    em_clean_plan_init(&plan);
    assert_int_equal(
        em_clean_decide(&policy, EM_VIEW("one two three"), &doc, &verdict, NULL, &plan),
        EM_OK);
    unsigned reasons = plan.reasons;
    em_clean_plan_release(&plan);
    return reasons;
}

static void only_what_is_strictly_above_goes(void **state)
{
    (void)state;
    assert_int_equal(reasons_at(1.5, 1.5), 0);
    assert_int_equal(reasons_at(nextafter(1.5, 2), 1.5), 1u << EM_CLEAN_SCORE);
    assert_int_equal(reasons_at(nextafter(1.5, 1), 1.5), 0);
}

/* --- rates by source ------------------------------------------------------------------- */

static struct em_calibration_source *add_source(struct em_calibration *block,
                                                const char *name, bool machine)
{
    struct em_calibration_source *source;
    assert_int_equal(em_calibration_add(block, em_view_of(name), em_view_of(name),
                                        EM_VIEW("made"), machine, &source),
                     EM_OK);
    return source;
}

/* Ten texts a bin in three bins: a threshold at their borders and in the middle of one. */
static void rates_count_whole_bins_and_the_part(void **state)
{
    struct em_calibration block;
    double human[3], machine[3];
    (void)state;
    em_calibration_init(&block);
    struct em_calibration_source *source = add_source(&block, "a", true);
    for (int i = 0; i < 10; i++) {
        em_calibration_count(source, 1.01);
        em_calibration_count(source, 1.26);
        em_calibration_count(source, 1.51);
    }
    em_calibration_count(add_source(&block, "b", false), -1);
    em_calibration_finish(&block);
    em_clean_rates(&block, 1.25, human, machine);
    assert_near(machine[0], 20.0 / 30, 1e-9);
    em_clean_rates(&block, 1.375, human, machine);
    assert_near(machine[0], 15.0 / 30, 1e-9);
    em_clean_rates(&block, 1.5, human, machine);
    assert_near(machine[0], 10.0 / 30, 1e-9);
    assert_near(human[0], 0, 1e-9);
    em_clean_rates(&block, NAN, human, machine);
    assert_true(isnan(machine[0]) && isnan(human[0]));
    em_calibration_release(&block);
}

/* Mean, least and most are over sources, not over texts. */
static void rates_are_over_sources(void **state)
{
    struct em_calibration block;
    double human[3], machine[3];
    (void)state;
    em_calibration_init(&block);
    struct em_calibration_source *large = add_source(&block, "large", false);
    for (int i = 0; i < 100; i++)
        em_calibration_count(large, i < 10 ? 3 : -3);
    struct em_calibration_source *small = add_source(&block, "small", false);
    for (int i = 0; i < 10; i++)
        em_calibration_count(small, i < 5 ? 3 : -3);
    em_calibration_finish(&block);
    em_clean_rates(&block, 0, human, machine);
    assert_near(human[0], 0.3, 1e-9);
    assert_near(human[1], 0.1, 1e-9);
    assert_near(human[2], 0.5, 1e-9);
    assert_true(isnan(machine[0]));
    em_calibration_release(&block);
}

/* --- tiers ----------------------------------------------------------------------------- */

static int tier_of(double log_odds, enum em_verdict_kind kind, const char *leak,
                   const char *match)
{
    const struct em_clean_policy policy = {.threshold = NAN,
                                           .tier_from = {0, 1, 2, 3, 4},
                                           .contained = {0.8F, 0.5F},
                                           .min_words = 13};
    const struct em_doc doc = {.text = EM_VIEW("one two three"), .lang = EM_VIEW("en")};
    const struct em_leak leaks[] = {{.kind = leak, .end = 3}};
    const struct em_match matches[] = {
        {.kind = match, .contained = 0.9F, .words = 20, .end = 3}};
    const struct em_verdict verdict = {.kind = kind,
                                       .log_odds = log_odds,
                                       .leaks = leaks,
                                       .n_leaks = leak != NULL,
                                       .matches = matches,
                                       .n_matches = match != NULL};
    struct em_clean_plan plan;
    em_clean_plan_init(&plan);
    assert_int_equal(em_clean_decide(&policy, doc.text, &doc, &verdict, NULL, &plan),
                     EM_OK);
    int tier = plan.tier;
    em_clean_plan_release(&plan);
    return tier;
}

static void tiers_are_by_score_leaks_and_known_output(void **state)
{
    (void)state;
    for (int tier = 0; tier < EM_CLEAN_TIERS; tier++) {
        assert_int_equal(tier_of(tier, EM_VERDICT_UNSURE, NULL, NULL), tier);
        assert_int_equal(tier_of(tier, EM_VERDICT_HUMAN, "refusal", NULL),
                         tier < 2 ? 2 : tier);
        assert_int_equal(tier_of(tier, EM_VERDICT_HUMAN, "refusal", "model-output"), 4);
    }
    assert_int_equal(tier_of(0.99, EM_VERDICT_HUMAN, NULL, "benchmark"), 0);
    assert_int_equal(tier_of(9, EM_VERDICT_MACHINE, NULL, NULL), 4);
    /* Not scored: what was found counts alone. */
    assert_int_equal(tier_of(9, EM_VERDICT_ABSTAIN, NULL, NULL), EM_CLEAN_NO_TIER);
    assert_int_equal(tier_of(9, EM_VERDICT_ABSTAIN, "refusal", NULL), 2);
    assert_int_equal(tier_of(9, EM_VERDICT_ABSTAIN, NULL, "model-output"), 4);
}

/* --- rules ----------------------------------------------------------------------------- */

static double threshold_for(const struct em_clean_policy *policy, const char *lang,
                            const char *type)
{
    double threshold = NAN;
    bool found =
        em_clean_rules_threshold(policy, em_view_of(lang), em_view_of(type), &threshold);
    assert_int_equal(found, !isnan(threshold));
    return threshold;
}

static void rules_are_by_language_and_kind_of_page(void **state)
{
    struct em_clean_rule rules[3];
    struct em_clean_policy policy = {.rules = rules, .n_rules = 3, .threshold = 9};
    (void)state;
    assert_true(em_clean_rule_parse("de=0.5", &rules[0]));
    assert_true(em_clean_rule_parse("forum=keep", &rules[1]));
    assert_true(em_clean_rule_parse("zh-hant=0.9", &rules[2]));
    assert_false(rules[0].by_type);
    assert_true(rules[1].by_type);
    assert_near(threshold_for(&policy, "de", "article"), 0, 1e-12);
    assert_near(threshold_for(&policy, "zh-hant", ""), log(9), 1e-9);
    assert_true(isnan(threshold_for(&policy, "en", "article")));
    assert_true(isnan(threshold_for(&policy, "forum", "de"))); /* each is its own */
    assert_true(threshold_for(&policy, "de", "forum") == (double)INFINITY);
    /* A threshold that keeps a promise is only raised. */
    policy.promised = true;
    assert_near(threshold_for(&policy, "de", ""), 9, 1e-12);
    assert_true(threshold_for(&policy, "de", "forum") == (double)INFINITY);
}

static void degrees_of_editing_are_read(void **state)
{
    struct em_clean_policy policy = {.edited_tag = 0};
    (void)state;
    assert_true(em_clean_edited_parse("drop=0.6, tag=1", &policy));
    assert_near(policy.edited_drop, 0.6, 1e-12);
    assert_near(policy.edited_tag, 1, 1e-12);
    static const char *const bad[] = {"", "drop", "tag=", "tag=0.1;drop=1", "drop=1.01"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        policy = (struct em_clean_policy){.edited_tag = 0};
        assert_false(em_clean_edited_parse(bad[i], &policy));
    }
}

/* --- the bound ------------------------------------------------------------------------- */

static void add_score(struct em_clean_scores *scores, const char *source, double log_odds,
                      bool machine)
{
    struct em_clean_score score = {
        .log_odds = log_odds, .words = 300, .machine = machine};
    snprintf(score.source, sizeof(score.source), "%s", source);
    assert_int_equal(em_clean_scores_add(scores, &score), EM_OK);
}

/* Five sources of 1,000 texts below 1, a sixth of 100 that scores 3 higher. A promise for
 * texts like these lets the small one go; one for a further source stands above most of it.
 * What is above is told by source. */
static void a_source_that_scores_higher_raises_the_threshold(void **state)
{
    double thresholds[2];
    (void)state;
    for (int by_source = 0; by_source < 2; by_source++) {
        const struct em_clean_loss options = {
            .allowed = 0.05, .bound = by_source ? EM_CLEAN_BY_SOURCE : EM_CLEAN_BY_TEXT};
        struct em_clean_scores *scores = em_clean_scores_new(&options);
        struct em_clean_basis basis = {.threshold = 0};
        struct em_err err = {.status = EM_OK};
        assert_non_null(scores);
        for (int source = 0; source < 5; source++)
            for (int i = 0; i < 1000; i++) {
                char name[16];
                snprintf(name, sizeof(name), "s%d", source);
                add_score(scores, name, i / 1000.0, false);
            }
        for (int i = 0; i < 100; i++)
            add_score(scores, "high", 3 + i / 100.0, false);
        for (int i = 0; i < 10; i++)
            add_score(scores, "m", i < 7 ? 100 : -100, true);
        assert_int_equal(em_clean_scores_choose(scores, NULL, &basis, &err), EM_OK);
        thresholds[by_source] = basis.threshold;
        assert_int_equal(basis.machines, 10);
        assert_near(basis.machines_above, 0.7, 1e-9);
        const struct em_clean_stratum *last = &basis.strata[basis.n_strata - 1];
        uint64_t above = 0;
        for (int i = 0; i < 100; i++)
            above += 3 + i / 100.0 > basis.threshold;
        assert_string_equal(last->name, "high");
        assert_int_equal(last->n, 100);
        assert_int_equal(last->above, above);
        assert_string_equal(last[-1].name, "s4");
        assert_int_equal(last[-1].n, 1000);
        em_clean_basis_release(&basis);
        em_clean_scores_free(scores);
    }
    assert_true(thresholds[0] > 0.95 && thresholds[0] < 1);
    assert_true(thresholds[1] > 3);
}

static void few_sources_promise_nothing_of_others(void **state)
{
    const struct em_clean_loss options = {.allowed = 0.05, .bound = EM_CLEAN_BY_SOURCE};
    struct em_clean_scores *scores = em_clean_scores_new(&options);
    struct em_clean_basis basis = {.threshold = 0};
    struct em_err err = {.status = EM_OK};
    (void)state;
    for (int i = 0; i < 1000; i++)
        add_score(scores, i % 2 ? "a" : "b", i / 1000.0, false);
    assert_int_equal(em_clean_scores_choose(scores, NULL, &basis, &err), EM_ERR_FORMAT);
    assert_true(basis.few_sources);
    em_clean_basis_release(&basis);
    em_clean_scores_free(scores);
}

/* 800 texts are enough for 0.5 % of texts like them, but forty sources of twenty cannot show
 * what one in 200 of a source does. The message names the level they can, which is not refused. */
static void a_level_finer_than_sources_show_is_refused(void **state)
{
    (void)state;
    for (int level = 0; level < 2; level++) {
        const struct em_clean_loss options = {.allowed = level ? 0.05 : 0.005,
                                              .bound = EM_CLEAN_BY_SOURCE};
        struct em_clean_scores *scores = em_clean_scores_new(&options);
        struct em_clean_basis basis = {.threshold = 0};
        struct em_err err = {.status = EM_OK};
        for (int i = 0; i < 800; i++) {
            char name[16];
            snprintf(name, sizeof(name), "s%d", i % 40);
            add_score(scores, name, i / 1000.0, false);
        }
        assert_int_equal(em_clean_scores_choose(scores, NULL, &basis, &err),
                         level ? EM_OK : EM_ERR_FORMAT);
        assert_int_equal(strstr(err.text, "200 texts") && strstr(err.text, "show is 5%"),
                         !level);
        assert_int_equal(basis.few_sources, !level);
        em_clean_basis_release(&basis);
        em_clean_scores_free(scores);
    }
}

/* --- names ----------------------------------------------------------------------------- */

static void outputs_are_named_after_inputs(void **state)
{
    struct em_buf out;
    const struct {
        const char *name;
        bool same;
        const char *path;
    } cases[] = {{"a/b.jsonl.gz", true, "out/kept/a/b.jsonl.gz"},
                 {"b.warc.gz", false, "out/kept/b.warc.jsonl.gz"},
                 {"b.warc.zst", false, "out/kept/b.warc.jsonl.zst"},
                 {"b.txt", false, "out/kept/b.txt.jsonl"},
                 {".gz", false, "out/kept/.gz.jsonl"}};
    (void)state;
    em_buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(em_clean_names_output(&out, "out", "kept",
                                               em_view_of(cases[i].name), cases[i].same),
                         EM_OK);
        assert_string_equal(out.data, cases[i].path);
    }
    em_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_strictly_above_goes),
        cmocka_unit_test(rates_count_whole_bins_and_the_part),
        cmocka_unit_test(rates_are_over_sources),
        cmocka_unit_test(tiers_are_by_score_leaks_and_known_output),
        cmocka_unit_test(rules_are_by_language_and_kind_of_page),
        cmocka_unit_test(degrees_of_editing_are_read),
        cmocka_unit_test(a_source_that_scores_higher_raises_the_threshold),
        cmocka_unit_test(few_sources_promise_nothing_of_others),
        cmocka_unit_test(a_level_finer_than_sources_show_is_refused),
        cmocka_unit_test(outputs_are_named_after_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
