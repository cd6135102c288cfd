/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "index/answers/quantify.h"
#include "index/answers/series.h"
#include "index/answers/trend.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/made_block.h"

#include <math.h>

/* Its own numbers, the same everywhere. */
static uint64_t state;

static double uniform(void)
{
    return ((double)(em_mix64(++state * 0x9E3779B97F4A7C15u) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
    double a = uniform(), b = uniform();
    return sqrt(-2 * log(a)) * cos(6.283185307179586 * b);
}

static struct em_calibration made;

static const struct em_calibration *table(void)
{
    if (made.n == 0)
        assert_int_equal(made_block_fill(&made), EM_OK);
    return &made;
}

static void add_one(struct em_quantify_sample *s, unsigned bin)
{
    uint64_t bins[EM_QUANTIFY_COLUMNS] = {0};
    bins[bin] = 1;
    em_quantify_sample_add(s, em_mix64(++state), true, bins, 1);
}

/* n documents of calibration sources of a class, every source alike but `without`. */
static void add_class(struct em_quantify_sample *s, bool machine, unsigned n)
{
    const struct em_calibration *t = table();
    while (n > 0) {
        const struct em_calibration_source *from =
            &t->sources[(uint32_t)(uniform() * t->n)];
        if (from->machine != machine)
            continue;
        uint32_t at = (uint32_t)(uniform() * from->n), bin = 0;
        while (bin + 1 < EM_QUANTIFY_BINS && at >= from->bins[bin])
            at -= from->bins[bin++];
        add_one(s, bin);
        n--;
    }
}

static struct em_quantify_result mixed(unsigned human, unsigned machine, unsigned slice)
{
    struct em_quantify_options options;
    struct em_quantify_sample target, known;
    struct em_quantify_result result;
    em_quantify_defaults(&options);
    assert_int_equal(em_quantify_sample_init(&target, 40), EM_OK);
    assert_int_equal(em_quantify_sample_init(&known, 40), EM_OK);
    add_class(&target, false, human);
    add_class(&target, true, machine);
    add_class(&known, false, slice);
    assert_int_equal(
        em_quantify(table(), &target, slice ? &known : NULL, &options, &result), EM_OK);
    em_quantify_sample_release(&target);
    em_quantify_sample_release(&known);
    return result;
}

/* Machine text of the web is taken to be like what was found there: 30 such documents in 100
 * are not taken for more because other kinds are easier to miss. */
static void found_on_the_web(void **unused)
{
    (void)unused;
    struct em_calibration block;
    struct em_quantify_options options;
    double value[2][2];
    assert_int_equal(made_block_fill(&block), EM_OK);
    for (uint32_t i = 0; i < block.n; i++)
        if (strcmp(block.sources[i].kind, "bulk") == 0)
            snprintf(block.sources[i].kind, sizeof(block.sources[i].kind),
                     "automatic site");
    for (int site = 0; site < 2; site++)
        for (int prior = 0; prior < 2; prior++) {
            struct em_quantify_sample target;
            struct em_quantify_result result;
            uint64_t random = 5;
            assert_int_equal(em_quantify_sample_init(&target, 20), EM_OK);
            for (int i = 0; i < 100; i++) {
                double at = i >= 30 ? -3.5 : site ? 4 : 2;
                add_one(&target, em_score_bin(at + 1.4 * made_normal(&random)));
            }
            em_quantify_defaults(&options);
            options.prior_site = prior ? 10 : 1;
            assert_int_equal(em_quantify(&block, &target, NULL, &options, &result),
                             EM_OK);
            value[site][prior] = result.by[EM_QUANTIFY_MIXTURE].value;
            em_quantify_sample_release(&target);
        }
    assert_true(value[1][1] < value[1][0]); /* easier to see: fewer are missed */
    assert_true(value[0][1] < value[0][0]);
    assert_true(fabs(value[1][1] - 0.3) < 0.03);
    em_calibration_release(&block);
}

static void adjusted_as_by_hand(void **unused)
{
    (void)unused;
    /* Rogan-Gladen: (0.3 - 0.1) / (0.8 - 0.1) = 2/7. */
    struct em_estimate e = em_quantify_adjusted(0.3, 1000, 0.8, 1e9, 0.9, 1e9);
    assert_true(fabs(e.value - 2.0 / 7) < 1e-12);
    /* With error rates known, Lang and Reiczigel is Agresti-Coull carried over. */
    double n = 1000 + 1.959964 * 1.959964, p = (300 + 1.9207295) / n;
    double half = 1.959964 * sqrt(p * (1 - p) / n) / 0.7;
    assert_true(fabs(e.low - ((p - 0.1) / 0.7 - half)) < 1e-6);
    assert_true(fabs(e.high - ((p - 0.1) / 0.7 + half)) < 1e-6);
    /* Rates measured on few documents: wider. */
    struct em_estimate few = em_quantify_adjusted(0.3, 1000, 0.8, 50, 0.9, 50);
    assert_true(few.low < e.low && few.high > e.high);
    /* Below the false alarms: clipped. */
    assert_true(em_quantify_adjusted(0.05, 1000, 0.8, 100, 0.9, 100).value == 0);
    /* A test that tells nothing apart says nothing. */
    struct em_estimate none = em_quantify_adjusted(0.5, 100, 0.5, 100, 0.5, 100);
    assert_true(none.low == 0 && none.high == 1);
}

static void share_is_the_maximum(void **unused)
{
    (void)unused;
    /* Two bins, human (0.8, 0.2), machine (0.1, 0.9): the maximum fits the share of the
     * second bin, 0.2 + 0.7 a. */
    const double counts[] = {59, 41}, ratio[] = {0.125, 4.5};
    assert_true(fabs(em_quantify_share(counts, ratio, 2) - 0.3) < 1e-9);
    const double human[] = {90, 10}, machine[] = {5, 95}, nothing[] = {0, 0};
    assert_true(em_quantify_share(human, ratio, 2) == 0);
    assert_true(em_quantify_share(machine, ratio, 2) == 1);
    assert_true(em_quantify_share(nothing, ratio, 2) == 0);
}

static void ends(void **unused)
{
    (void)unused;
    struct em_quantify_result r = mixed(0, 0, 0);
    for (int m = 0; m < EM_QUANTIFY_SCORES; m++)
        assert_true(isnan(r.by[m].value));
    state = 11;
    r = mixed(1500, 0, 0);
    assert_true(r.by[EM_QUANTIFY_MIXTURE].value < 0.03);
    assert_true(r.by[EM_QUANTIFY_MIXTURE].low == 0);
    r = mixed(1500, 0, 1500);
    assert_true(r.sliced && r.by[EM_QUANTIFY_MIXTURE].low == 0);
    r = mixed(0, 1500, 0);
    assert_true(!r.sliced && r.by[EM_QUANTIFY_MIXTURE].high > 0.97);
    r = mixed(1, 0, 0);
    for (int m = 0; m < EM_QUANTIFY_SCORES; m++)
        assert_true(r.by[m].low <= r.by[m].value && r.by[m].value <= r.by[m].high &&
                    r.by[m].low >= 0 && r.by[m].high <= 1);
    r = mixed(500, 0, EM_QUANTIFY_SLICE_LEAST - 1);
    assert_false(r.sliced); /* too small to be used */
}

static void more_machine_is_more(void **unused)
{
    (void)unused;
    double last[EM_QUANTIFY_SCORES] = {0};
    for (unsigned tenth = 1; tenth < 10; tenth += 2) {
        state = 5;
        struct em_quantify_result r = mixed(3000 - 300 * tenth, 300 * tenth, 1000);
        for (int m = 0; m < EM_QUANTIFY_SCORES; m++) {
            assert_true(r.by[m].value > last[m]);
            last[m] = r.by[m].value;
        }
        double off = fabs(r.by[EM_QUANTIFY_MIXTURE].value - tenth / 10.0);
        assert_true(off < 0.05);
    }
}

/* Texts of the sources that calibrate: what is left is sampling error, and the interval,
 * made for unlike sources too, covers more than its name. */
static void covers(void **unused)
{
    (void)unused;
    unsigned covered = 0, runs = 0;
    state = 99;
    for (unsigned run = 0; run < 24; run++) {
        unsigned machine = 400 * (run % 4) / 4;
        struct em_quantify_result r = mixed(400 - machine, machine, run % 2 ? 400 : 0);
        struct em_estimate e = r.by[EM_QUANTIFY_MIXTURE];
        covered += e.low <= machine / 400.0 && machine / 400.0 <= e.high;
        runs++;
    }
    assert_true(covered >= runs - 2);
}

/* Texts with ratios of the table's sources; every fifth human and every second machine text
 * has a marker. */
static void add_words(struct em_quantify_sample *s, bool machine, unsigned n)
{
    while (n > 0) {
        const struct em_calibration_source *from =
            &table()->sources[(uint32_t)(uniform() * table()->n)];
        uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
        uint32_t total = 0, bin = 0;
        if (from->machine != machine)
            continue;
        for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
            total += from->lexical[k];
        for (uint32_t at = (uint32_t)(uniform() * total); at >= from->lexical[bin]; bin++)
            at -= from->lexical[bin];
        counts[32] = 1;
        counts[EM_QUANTIFY_LEXICAL + bin] = 1;
        counts[EM_QUANTIFY_MARKED] = uniform() < (machine ? 0.5 : 0.2);
        em_quantify_sample_add(s, em_mix64(++state), true, counts, 1);
        n--;
    }
}

static struct em_quantify_result from_words(unsigned human, unsigned machine,
                                            unsigned slice, const double *baseline)
{
    struct em_quantify_options options;
    struct em_quantify_sample target, known;
    struct em_quantify_result result;
    em_quantify_defaults(&options);
    options.baseline = baseline;
    assert_int_equal(em_quantify_sample_init(&target, 40), EM_OK);
    assert_int_equal(em_quantify_sample_init(&known, 40), EM_OK);
    add_words(&target, false, human);
    add_words(&target, true, machine);
    add_words(&known, false, slice);
    assert_int_equal(
        em_quantify(table(), &target, slice ? &known : NULL, &options, &result), EM_OK);
    em_quantify_sample_release(&target);
    em_quantify_sample_release(&known);
    return result;
}

static void words_alone(void **unused)
{
    (void)unused;
    for (unsigned tenth = 0; tenth <= 9; tenth += 3) {
        double truth = tenth / 10.0;
        state = 17 + tenth;
        struct em_quantify_result r =
            from_words(4000 - 400 * tenth, 400 * tenth, 4000, NULL);
        struct em_estimate words = r.by[EM_QUANTIFY_WORDS], e = r.by[EM_QUANTIFY_EXCESS];
        assert_true(fabs(words.value - truth) < 0.06);
        assert_true(words.low <= words.value && words.value <= words.high);
        /* (0.3 truth) / 0.8, and never above the truth but by chance. */
        assert_true(fabs(e.value - 0.375 * truth) < 0.03);
        assert_true(e.low <= truth && e.high == 1);
    }
    struct em_quantify_result r = from_words(300, 300, 0, NULL);
    assert_true(isfinite(r.by[EM_QUANTIFY_WORDS].value));
    assert_true(isnan(r.by[EM_QUANTIFY_EXCESS].value)); /* nothing to compare with */
    r = from_words(EM_QUANTIFY_LEAST / 2, 0, 0, NULL);
    assert_true(isnan(r.by[EM_QUANTIFY_WORDS].value));
    /* A baseline that expects more leaves no excess. */
    double baseline[41];
    for (unsigned i = 0; i < 41; i++)
        baseline[i] = 0.9;
    r = from_words(300, 300, 300, baseline);
    assert_true(r.by[EM_QUANTIFY_EXCESS].value == 0);
}

static void trend(void **unused)
{
    (void)unused;
    struct em_trend rising = {0, 0, 0, 0, 0}, falling = rising;
    assert_true(em_trend_at(&rising, 30) == 0);
    for (uint32_t month = 0; month < 24; month++) {
        float row[EM_QUANTIFY_COLUMNS] = {0};
        row[EM_QUANTIFY_LEXICAL + 7] = 1000;
        row[EM_QUANTIFY_MARKED] = (float)(100 + 5 * month);
        em_trend_add(&rising, row, 24000 + month, 1);
        row[EM_QUANTIFY_MARKED] = (float)(300 - 5 * month);
        em_trend_add(&falling, row, 24000 + month, 1);
    }
    assert_true(fabs(em_trend_at(&rising, 24030) - 0.25) < 1e-6);
    assert_true(em_trend_at(&rising, 99999) == 1);
    double mean = (300 - 5 * 11.5) / 1000;
    assert_true(fabs(em_trend_at(&falling, 24030) - mean) < 1e-6);
    float row[EM_QUANTIFY_COLUMNS] = {0};
    row[EM_QUANTIFY_LEXICAL] = 100;
    row[EM_QUANTIFY_MARKED] = 100;
    em_trend_add(&rising, row, 24005, 1);
    em_trend_add(&rising, row, 24005, -1);
    assert_true(fabs(em_trend_at(&rising, 24030) - 0.25) < 1e-6);
}

static void order_does_not_matter(void **unused)
{
    (void)unused;
    struct em_quantify_sample a, b;
    uint64_t bins[EM_QUANTIFY_COLUMNS] = {0};
    double mean = 0;
    assert_int_equal(em_quantify_sample_init(&a, 200), EM_OK);
    assert_int_equal(em_quantify_sample_init(&b, 200), EM_OK);
    for (unsigned i = 0; i < 300; i++) {
        bins[i % 64] = i % 7 + 1;
        em_quantify_sample_add(&a, em_mix64(i), true, bins, 1);
        bins[i % 64] = 0;
        unsigned j = 299 - i;
        bins[j % 64] = j % 7 + 1;
        em_quantify_sample_add(&b, em_mix64(j), true, bins, 1);
        bins[j % 64] = 0;
    }
    assert_memory_equal(a.bins, b.bins, sizeof(float) * a.rows * EM_QUANTIFY_COLUMNS);
    assert_int_equal(a.clusters, 300);
    for (uint32_t r = 1; r < a.rows; r++)
        for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++)
            mean += (double)a.bins[r * EM_QUANTIFY_COLUMNS + k] / 200;
    double n = em_quantify_sample_size(&a);
    assert_true(fabs(mean / n - 1) < 0.02); /* Poisson(1) has mean 1 */
    em_quantify_sample_release(&a);
    em_quantify_sample_release(&b);
    assert_int_equal(em_quantify_sample_init(&a, EM_QUANTIFY_MAX_REPLICATES + 1),
                     EM_ERR_LIMIT);
}

static void interruption(void **unused)
{
    (void)unused;
    struct em_point p[60];
    struct em_interruption x;
    for (int i = 0; i < 60;
         i++) /* exact line with a step of 0.1 and a bend of 0.01 at 30 */
        p[i] = (struct em_point){
            i, 0.01 + 0.001 * i + (i >= 30 ? 0.1 + 0.01 * (i - 30) : 0), 0.01};
    assert_true(em_series_interrupted(p, 60, 30, &x));
    assert_true(fabs(x.level.value - 0.1) < 1e-9 && fabs(x.slope.value - 0.01) < 1e-9);
    assert_true(x.level.low < 0.1 && x.level.high > 0.1);
    assert_int_equal(x.before, 30);
    assert_false(em_series_interrupted(p, 60, 2, &x));
    unsigned covered = 0;
    state = 3;
    for (int run = 0; run < 400; run++) {
        for (int i = 0; i < 40; i++)
            p[i] = (struct em_point){i, 0.1 + 0.02 * normal(), 0.02};
        assert_true(em_series_interrupted(p, 40, 20, &x));
        covered += x.level.low <= 0 && x.level.high >= 0;
    }
    assert_in_range(covered, 372, 400); /* 95 % of 400, and what is scaled up */
}

static void changes(void **unused)
{
    (void)unused;
    struct em_point p[120];
    size_t at[8];
    for (unsigned n = 12; n <= 120; n += 36) {
        unsigned false_alarms = 0;
        state = n;
        for (int run = 0; run < 400; run++) {
            for (unsigned i = 0; i < n; i++)
                p[i] = (struct em_point){i, 0.1 + 0.02 * normal(), 0.02};
            false_alarms += em_series_changes(p, n, at, 8) > 0;
        }
        assert_true(false_alarms < 20); /* 5 % of 400 */
    }
    unsigned found = 0;
    for (int run = 0; run < 200; run++) {
        for (unsigned i = 0; i < 60; i++)
            p[i] = (struct em_point){i, (i >= 35 ? 0.14 : 0.1) + 0.02 * normal(), 0.02};
        found += em_series_changes(p, 60, at, 8) == 1 && at[0] >= 32 && at[0] <= 38;
    }
    assert_true(found >= 170);
    assert_int_equal(em_series_changes(p, 0, at, 8), 0);
}

/* Half of the documents are of the human source that scores highest, half of the machine
 * source that scores lowest. The human side of the mixture is free to follow (its prior is
 * small), the machine side is held to the mean of its sources: with the two priors the other
 * way round the estimate is visibly another. */
static void priors_let_human_sources_vary(void **unused)
{
    struct em_quantify_options options;
    struct em_quantify_sample target;
    struct em_quantify_result result, swapped;
    const struct em_calibration *t = table();
    const struct em_calibration_source *odd[2] = {NULL, NULL};
    double best[2] = {0, 0};
    (void)unused;
    for (uint32_t i = 0; i < t->n; i++) {
        double sum = 0;
        bool machine = t->sources[i].machine;
        for (unsigned b = 0; b < EM_QUANTIFY_BINS; b++)
            sum += em_score_bin_middle(b) * t->sources[i].bins[b] / t->sources[i].n;
        if (!odd[machine] || (machine ? sum < best[1] : sum > best[0])) {
            best[machine] = sum;
            odd[machine] = &t->sources[i];
        }
    }
    assert_int_equal(em_quantify_sample_init(&target, 20), EM_OK);
    for (int machine = 0; machine < 2; machine++)
        for (unsigned b = 0; b < EM_QUANTIFY_BINS; b++)
            for (uint32_t i = 0; i < odd[machine]->bins[b]; i++)
                add_one(&target, b);
    em_quantify_defaults(&options);
    assert_true(options.prior_human * 5 < options.prior_machine);
    options.prior_human = 3;
    options.prior_machine = 100;
    assert_int_equal(em_quantify(t, &target, NULL, &options, &result), EM_OK);
    options.prior_human = 100;
    options.prior_machine = 3;
    assert_int_equal(em_quantify(t, &target, NULL, &options, &swapped), EM_OK);
    double fine = result.by[EM_QUANTIFY_MIXTURE].value;
    double other = swapped.by[EM_QUANTIFY_MIXTURE].value;
    assert_true(fine > 0.4 && fine < 0.5);
    assert_true(other > 0.52);
    em_quantify_sample_release(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(priors_let_human_sources_vary),
        cmocka_unit_test(found_on_the_web),
        cmocka_unit_test(adjusted_as_by_hand),
        cmocka_unit_test(share_is_the_maximum),
        cmocka_unit_test(ends),
        cmocka_unit_test(more_machine_is_more),
        cmocka_unit_test(covers),
        cmocka_unit_test(words_alone),
        cmocka_unit_test(trend),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(interruption),
        cmocka_unit_test(changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
