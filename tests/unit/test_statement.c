/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be said of a total: why documents were not judged, where each warning begins, and
 * which kinds of machine text a model catches least.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "index/answers/statement.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define assert_near(a, b, most) assert_true(fabs((a) - (b)) <= (most))

static struct em_statement said;
static struct em_index_model model;

/* A total that nothing speaks against: 1,000 documents, 20 to 30 % of them. */
static struct em_prevalence_row total(void)
{
    struct em_prevalence_row t = {.documents = 1000,
                                  .judged = 1000,
                                  .scored = 1000,
                                  .flagged = 250,
                                  .leaks = 7,
                                  .known = 3,
                                  .sites = 50,
                                  .largest = 0.25,
                                  .note = EM_PREVALENCE_FINE,
                                  .slice = EM_PREVALENCE_CAPTURED_OLD};
    const struct em_estimate none = {(double)NAN, (double)NAN, (double)NAN};
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++)
        t.result.by[m] = t.zero.by[m] = none;
    t.result.by[EM_QUANTIFY_MIXTURE] = (struct em_estimate){0.25, 0.2, 0.3};
    return t;
}

/* The warnings given, a bit each. */
static unsigned warnings_of(const struct em_prevalence_row *t)
{
    unsigned bits = 0;
    em_statement_make(&said, t, &model);
    for (unsigned w = 0; w < EM_WARNING_COUNT; w++) {
        assert_int_equal(said.warned[w], said.warnings[w][0] != '\0');
        bits |= said.warned[w] ? 1u << w : 0;
    }
    assert_int_equal(said.clear, bits == 0);
    return bits;
}

static void nothing_speaks_against_it(void **state)
{
    struct em_prevalence_row t = total();
    (void)state;
    assert_int_equal(warnings_of(&t), 0);
    assert_string_equal(said.headline,
                        "Of 1000 documents judged, at least 20.0 % read like the machine "
                        "text that m knows (estimate 25.0 %, 95 % interval 20.0 to 30.0 "
                        "%).");
    assert_string_equal(said.unseen, "");
    assert_string_equal(said.floor,
                        "Without any model: 7 documents hold what a chat assistant left "
                        "behind, 3 hold passages of known model output.");
    t.leaks = t.known = 1;
    em_statement_make(&said, &t, &model);
    assert_string_equal(said.floor,
                        "Without any model: 1 document holds what a chat assistant left "
                        "behind, 1 holds passages of known model output.");
}

static void assert_headline(const struct em_prevalence_row *t, const char *begin)
{
    em_statement_make(&said, t, &model);
    assert_memory_equal(said.headline, begin, strlen(begin));
}

static void what_was_not_judged_is_named(void **state)
{
    struct em_prevalence_row t = total();
    (void)state;
    t.documents = 1006;
    t.no_language = 1;
    t.too_short = 2;
    assert_headline(&t, "Of 1000 documents judged (of 1006; not judged: 1 in a language "
                        "without a model, 2 too short, 3 for other reasons), at least");
    t.not_prose = 3;
    assert_headline(&t, "Of 1000 documents judged (of 1006; not judged: 1 in a language "
                        "without a model, 2 too short, 3 not prose), at least");
    t.no_language = t.too_short = t.not_prose = 0;
    assert_headline(&t, "Of 1000 documents judged (of 1006; not judged: 6 for other "
                        "reasons), at least");
    t.judged = t.scored = 0;
    assert_headline(&t,
                    "None of 1006 documents was judged (of 1006; not judged: 1006 for "
                    "other reasons): nothing can be said.");
    assert_false(said.clear);
}

static void each_warning_begins_where_it_is_said_to(void **state)
{
    struct em_prevalence_row t;
    (void)state;
    t = total(), t.documents = 1111;
    assert_int_equal(warnings_of(&t), 0);
    t.documents = 1112;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_UNJUDGED);
    t = total(), t.undated = 100;
    assert_int_equal(warnings_of(&t), 0);
    t.undated = 101;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_UNDATED);
    t = total(), t.scored = 300;
    assert_int_equal(warnings_of(&t), 0);
    t.scored = 299;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_FEW);
    t = total(), t.sites = 20;
    assert_int_equal(warnings_of(&t), 0);
    t.sites = 19.9;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_FEW_SITES);
    assert_string_equal(said.warnings[EM_WARNING_FEW_SITES],
                        "The documents say as much as 20 sites of equal size would (the "
                        "largest has 25 % of them).");
    t.nameless = true;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_NO_SITES);
}

static void one_is_not_called_many(void **state)
{
    struct em_prevalence_row t = total();
    (void)state;
    t.documents = 2, t.judged = t.scored = t.undated = 1;
    t.sites = 1.4;
    warnings_of(&t);
    assert_string_equal(said.warnings[EM_WARNING_UNJUDGED],
                        "1 of 2 documents was not judged: the answer is not about it.");
    assert_string_equal(said.warnings[EM_WARNING_UNDATED],
                        "1 of 2 documents has no reliable date: it is in the total and "
                        "in no month.");
    assert_string_equal(said.warnings[EM_WARNING_FEW],
                        "Only 1 document is in the estimate.");
    assert_memory_equal(said.warnings[EM_WARNING_FEW_SITES],
                        "The documents say as much as 1 site of equal", 44);
    t.documents = 4, t.undated = 3, t.judged = t.scored = 2, t.sites = 1.6;
    warnings_of(&t);
    assert_string_equal(said.warnings[EM_WARNING_UNJUDGED],
                        "2 of 4 documents were not judged: the answer is not about "
                        "them.");
    assert_string_equal(said.warnings[EM_WARNING_UNDATED],
                        "3 of 4 documents have no reliable date: they are in the total "
                        "and in no month.");
    assert_string_equal(said.warnings[EM_WARNING_FEW],
                        "Only 2 documents are in the estimate.");
    assert_memory_equal(said.warnings[EM_WARNING_FEW_SITES],
                        "The documents say as much as 2 sites of equal", 45);
}

static void what_estimates_are_warned_of(void **state)
{
    struct em_prevalence_row t = total();
    (void)state;
    t.result.by[EM_QUANTIFY_MIXTURE].high = 0.449;
    assert_int_equal(warnings_of(&t), 0);
    t.result.by[EM_QUANTIFY_MIXTURE].high = 0.451;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_WIDE);
    assert_string_equal(said.warnings[EM_WARNING_WIDE],
                        "The interval is 25 points wide.");
    t = total(), t.flagged = 400;
    assert_int_equal(warnings_of(&t), 0);
    t.flagged = 401;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_RAW);
    t.flagged = 99;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_RAW);
    t = total(), t.zero.by[EM_QUANTIFY_MIXTURE] = (struct em_estimate){0.02, 0, 0.04};
    assert_int_equal(warnings_of(&t), 0);
    t.zero.by[EM_QUANTIFY_MIXTURE].value = 0.021;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_ZERO);
    t.zero.by[EM_QUANTIFY_MIXTURE] = (struct em_estimate){0.01, 0.001, 0.04};
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_ZERO);
    t = total(), t.slice = EM_PREVALENCE_SOURCES;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_NO_SLICE);
}

/* Intervals that only touch agree; of several that do not, the first is named. */
static void other_estimators_may_disagree(void **state)
{
    struct em_prevalence_row t = total();
    (void)state;
    t.result.by[EM_QUANTIFY_HISTOGRAM] = (struct em_estimate){0.35, 0.3, 0.4};
    t.result.by[EM_QUANTIFY_ADJUSTED] = (struct em_estimate){0.15, 0.1, 0.2};
    assert_int_equal(warnings_of(&t), 0);
    t.result.by[EM_QUANTIFY_HISTOGRAM].low = 0.31;
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_DISAGREE);
    t.result.by[EM_QUANTIFY_ADJUSTED] = (struct em_estimate){0.155, 0.1, 0.19};
    assert_int_equal(warnings_of(&t), 1u << EM_WARNING_DISAGREE);
    assert_string_equal(said.warnings[EM_WARNING_DISAGREE],
                        "Another estimator (adjusted) says 15.5 % [10.0, 19.0].");
}

static void add_source(struct em_calibration *block, const char *name, const char *kind,
                       int above, int below)
{
    struct em_calibration_source *source;
    assert_int_equal(em_calibration_add(block, em_view_of(name), em_view_of(name),
                                        em_view_of(kind), true, &source),
                     EM_OK);
    for (int i = 0; i < above + below; i++)
        em_calibration_count(source, i < above ? 3 : -3);
}

/* Half of the machine text like the kind caught least: 20 % of it where all are 60 % makes
 * two thirds of what is seen. */
static void the_kind_caught_least_bounds_what_is_unseen(void **state)
{
    struct em_prevalence_row t = total();
    struct em_calibration *block = &model.blocks[0];
    (void)state;
    em_calibration_init(block);
    add_source(block, "a", "plain", 100, 0);
    add_source(block, "b", "edited", 10, 90);
    add_source(block, "c", "edited", 30, 70);
    em_calibration_finish(block);
    model.n_blocks = 1;
    block->threshold = 1;
    block->human_below = -1;
    em_statement_make(&said, &t, &model);
    assert_int_equal(said.n_kinds, 2);
    assert_string_equal(said.kinds[0].name, "edited");
    assert_int_equal(said.kinds[0].sources, 2);
    assert_int_equal(said.kinds[0].texts, 200);
    assert_near(said.kinds[0].caught, 0.2, 1e-6);
    assert_near(said.kinds[0].human, 0.8, 1e-6);
    assert_string_equal(said.kinds[1].name, "plain");
    assert_near(said.kinds[1].caught, 1, 1e-6);
    assert_near(said.kinds[1].human, 0, 1e-6);
    assert_string_equal(said.unseen,
                        "Machine text unlike what the model knows is not in this: of "
                        "edited, 20 % is caught; if half of the machine text were like "
                        "it, there could be up to 45.0 %.");
    em_calibration_release(block);
    model.n_blocks = 0;
}

int main(void)
{
    snprintf(model.label, sizeof(model.label), "m");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_speaks_against_it),
        cmocka_unit_test(what_was_not_judged_is_named),
        cmocka_unit_test(each_warning_begins_where_it_is_said_to),
        cmocka_unit_test(one_is_not_called_many),
        cmocka_unit_test(what_estimates_are_warned_of),
        cmocka_unit_test(other_estimators_may_disagree),
        cmocka_unit_test(the_kind_caught_least_bounds_what_is_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
