/* SPDX-License-Identifier: Apache-2.0
 *
 * The chain of spans against every path written out, and what holds of whole documents.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detector/detector_int.h"
#include "detector/learn/metrics.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdio.h>

static const struct em_spans_model model = {.lang = "xx",
                                            .human = -0.6,
                                            .machine = 0.3,
                                            .variance = 9,
                                            .register_sd = 0.2,
                                            .rate = 0.01,
                                            .changes = 1000,
                                            .mixed = 0.3,
                                            .most = 20,
                                            .full = 1e9,
                                            .least = 0.8,
                                            .local = 0.5};

static double uniform(uint64_t seed, uint64_t k)
{
    return (double)(em_random_at(seed, k) >> 11) * 0x1p-53;
}

static void make(struct em_spans *s, size_t n, uint64_t seed)
{
    assert_int_equal(em_spans_reserve(s, n), EM_OK);
    s->n = n;
    for (size_t i = 0; i < n; i++)
        s->pieces[i] = (struct em_spans_piece){
            .words = 20 + (uint32_t)(uniform(seed, 4 * i) * 30),
            .bytes = 100 + (uint32_t)(uniform(seed, 4 * i + 1) * 200),
            .sum = uniform(seed, 4 * i + 2) * 60 - 40,
            .offset = uniform(seed, 4 * i + 3) - 0.5};
}

/* Everything again, in the plainest manner: each value of the register, each of the 2^n
 * paths. */
struct plain {
    double posterior[16], share, error;
};

static double whole(const struct em_spans *s, double mean, double b)
{
    double log_p = 0;
    for (size_t i = 0; i < s->n; i++) {
        double w = s->pieces[i].words, off = s->pieces[i].sum - (mean + b) * w;
        log_p -= off * off / (2 * model.variance * w);
    }
    return log_p;
}

/* What the sums by themselves say of the whole. */
static double own_log_odds(const struct em_spans *s)
{
    double human = 0, machine = 0;
    double most = whole(s, (model.human + model.machine) / 2, 0);
    for (int g = 0; g < EM_SPANS_GRID; g++) {
        double z = 4.0 * g / (EM_SPANS_GRID - 1) - 2, b = z * model.register_sd;
        human += exp(whole(s, model.human, b) - most - z * z / 2);
        machine += exp(whole(s, model.machine, b) - most - z * z / 2);
    }
    return log(machine / human);
}

static struct plain enumerate(const struct em_spans *s, double log_odds)
{
    struct plain r = {{0}, 0, 0};
    double words = 0, bytes = 0, offsets = 0, human = 0, machine = 0, total = 0,
           square = 0;
    for (size_t i = 0; i < s->n; i++) {
        words += s->pieces[i].words;
        bytes += s->pieces[i].bytes;
        offsets += s->pieces[i].offset;
    }
    for (int g = 0; g < EM_SPANS_GRID; g++) {
        double z = 4.0 * g / (EM_SPANS_GRID - 1) - 2, b = z * model.register_sd;
        human += exp(whole(s, model.human, b) - z * z / 2);
        machine += exp(whole(s, model.machine, b) - z * z / 2);
    }
    double each = (log_odds - offsets - log(machine / human)) / words;
    for (int g = 0; g < EM_SPANS_GRID; g++)
        for (unsigned path = 0; path < 1u << s->n; path++) {
            double z = 4.0 * g / (EM_SPANS_GRID - 1) - 2, b = z * model.register_sd;
            double p = exp(-z * z / 2) * model.mixed / 2, part = 0;
            bool last = path & 1;
            for (size_t i = 0; i < s->n; i++) {
                const struct em_spans_piece *q = &s->pieces[i];
                bool state = path >> i & 1;
                double w = q->words, stay = exp(-model.rate * w);
                double mean = state ? model.machine : model.human;
                double off = q->sum - (mean + b) * w;
                p *= exp(-off * off / (2 * model.variance * w));
                p *= state ? exp(q->offset + each * w) : 1;
                p *= i == 0 ? 1 : state == last ? stay : 1 - stay;
                part += state ? q->bytes / bytes : 0;
                last = state;
            }
            if (path == 0)
                p += exp(-z * z / 2 + whole(s, model.human, b)) * (1 - model.mixed) / 2;
            if (path == (1u << s->n) - 1)
                p += exp(-z * z / 2 + whole(s, model.machine, b) + offsets +
                         each * words) *
                     (1 - model.mixed) / 2;
            total += p;
            r.share += p * part;
            square += p * part * part;
            for (size_t i = 0; i < s->n; i++)
                r.posterior[i] += path >> i & 1 ? p : 0;
        }
    r.share /= total;
    r.error = sqrt(square / total - r.share * r.share);
    for (size_t i = 0; i < s->n; i++)
        r.posterior[i] /= total;
    return r;
}

static void test_every_path(void **state)
{
    struct em_spans s;
    em_spans_init(&s);
    for (uint64_t seed = 1; seed < 60; seed++) {
        double log_odds = uniform(seed, 1000) * 8 - 4;
        make(&s, 1 + seed % 10, seed);
        em_spans_run(&s, &model, log_odds);
        struct plain plain = enumerate(&s, log_odds);
        for (size_t i = 0; i < s.n; i++)
            assert_true(fabs((double)s.posterior[i] - plain.posterior[i]) < 1e-5);
        assert_true(fabs(s.share - plain.share) < 1e-9);
        assert_true(fabs(s.share_error - plain.error) < 1e-6);
    }
    em_spans_release(&s);
    (void)state;
}

/* Without mixed documents the share is the probability of the whole. */
static void test_one_author(void **state)
{
    struct em_spans_model one = model;
    struct em_spans s;
    one.mixed = 0;
    em_spans_init(&s);
    for (int k = -6; k <= 6; k++) {
        double p = 1 / (1 + exp(-k));
        make(&s, 30, 7);
        em_spans_run(&s, &one, k);
        assert_true(fabs(s.share - p) < 1e-9);
        assert_true(fabs(s.share_error - sqrt(p * (1 - p))) < 1e-9);
    }
    em_spans_release(&s);
    (void)state;
}

/* Pieces drawn from the model itself: the truth is within two errors as often as that
 * should be, and the mean error is small. */
static void test_share_error(void **state)
{
    struct em_spans s;
    size_t within = 0, runs = 400;
    double bias = 0;
    em_spans_init(&s);
    for (uint64_t seed = 0; seed < runs; seed++) {
        double truth = 0, bytes = 0, b = 0, stay = exp(-model.rate * 30);
        bool machine = uniform(seed, 1) < 0.5, mixed = uniform(seed, 2) < model.mixed;
        for (uint64_t k = 0; k < 12; k++)
            b += (uniform(seed, 3 + k) - 0.5) * model.register_sd;
        make(&s, 40, seed);
        for (size_t i = 0; i < s.n; i++) {
            double noise = -6;
            s.pieces[i].words = 30;
            s.pieces[i].offset = 0;
            machine ^= mixed && i && uniform(seed, 100 + i) > stay;
            for (uint64_t k = 0; k < 12; k++)
                noise += uniform(seed, 1000 + 12 * i + k);
            s.pieces[i].sum = 30 * ((machine ? model.machine : model.human) + b) +
                              noise * sqrt(30 * model.variance);
            truth += machine ? s.pieces[i].bytes : 0;
            bytes += s.pieces[i].bytes;
        }
        truth /= bytes;
        em_spans_run(&s, &model, own_log_odds(&s));
        within += fabs(s.share - truth) <= 2 * s.share_error + 0.01;
        bias += (s.share - truth) / (double)runs;
    }
    assert_true(within >= runs * 90 / 100);
    assert_true(fabs(bias) < 0.02);
    em_spans_release(&s);
    (void)state;
}

/* Absurd input gives finite numbers. */
static void test_extremes(void **state)
{
    static const double sums[] = {0, 1e6, -1e6, 1e12, -1e12};
    struct em_spans s;
    em_spans_init(&s);
    for (size_t k = 0; k < 25; k++) {
        make(&s, 5000, k);
        for (size_t i = 0; i < s.n; i++) {
            s.pieces[i].sum = sums[(i + k) % 5];
            s.pieces[i].offset = k % 2 ? 0 : 100;
        }
        em_spans_run(&s, em_spans_model_for(k % 3 ? "en" : "xx"), k % 2 ? 700 : -700);
        assert_true(s.share >= 0 && s.share <= 1 && s.share_error >= 0 &&
                    s.share_error <= 0.51);
        for (size_t i = 0; i < s.n; i++)
            assert_true(s.posterior[i] >= 0 && s.posterior[i] <= 1.001f);
    }
    em_spans_release(&s);
    (void)state;
}

static struct em_verdict judge(struct em_detector *d, const char *text, size_t n)
{
    struct em_doc doc = {.text = {text, n}, .lang = EM_VIEW("en")};
    struct em_verdict v;
    assert_int_equal(em_detect(d, &doc, &v, NULL), EM_OK);
    return v;
}

static bool sentence_begins(const char *text, size_t at)
{
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\n'))
        at--;
    return at == 0 || text[at - 1] == '.' || text[at - 1] == '!';
}

static bool sentence_ended(const char *text, size_t at)
{
    return at > 0 && (text[at - 1] == '.' || text[at - 1] == '!');
}

/* One author: none or one span; several: as many as there are, ending with sentences. */
static void test_documents(void **state)
{
    static char text[30000];
    const struct em_detect_options options = {.spans = true};
    struct em_detector *d;
    struct em_model *m = small_model();
    assert_non_null(m);
    assert_int_equal(em_detector_new(&d, m, &options, NULL), EM_OK);
    for (unsigned pattern = 0; pattern < 8; pattern++)
        for (size_t repeat = 1; repeat < 4; repeat++) {
            size_t n = 0, machine = 0, expected = 0;
            for (int part = 0; part < 3; part++) {
                bool mine = pattern >> part & 1;
                expected += mine && !(part && (pattern >> (part - 1) & 1));
                for (size_t i = 0; i < repeat; i++) {
                    size_t before = n;
                    n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
                                          mine ? machine_text : human_text,
                                          i % 2 ? "\n\n" : " ");
                    machine += mine ? n - before : 0;
                }
            }
            struct em_verdict v = judge(d, text, n);
            assert_int_equal(v.n_spans, expected);
            double share = (double)machine / (double)n;
            assert_true(fabs(v.share - share) <= 2 * v.share_error + 0.05);
            for (size_t i = 0; i < v.n_spans; i++) {
                assert_true(sentence_begins(text, v.spans[i].start));
                assert_true(sentence_ended(text, v.spans[i].end));
                assert_true(v.spans[i].end > v.spans[i].start);
                assert_true(v.spans[i].score >= 0.5f && v.spans[i].score <= 1);
            }
        }
    /* Not asked for: nothing is said. */
    em_detector_free(d);
    const struct em_detect_options none = {.spans = false};
    assert_int_equal(em_detector_new(&d, m, &none, NULL), EM_OK);
    struct em_verdict v = judge(d, text, 3000);
    assert_true(v.n_spans == 0 && v.share < 0);
    em_detector_free(d);
    em_model_free(m);
    (void)state;
}

/* Pieces are the window's tokens cut up, and their n-grams together the window's: spans
 * change no score. */
static void test_pieces(void **state)
{
    static char text[30000];
    const struct em_detect_options with = {.spans = true}, without = {.spans = false};
    struct em_detector *a, *b;
    struct em_model *m = small_model();
    size_t n = 0;
    assert_non_null(m);
    assert_int_equal(em_detector_new(&a, m, &with, NULL), EM_OK);
    assert_int_equal(em_detector_new(&b, m, &without, NULL), EM_OK);
    while (n < 20000) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s no full stop here %s ",
                              n % 3 ? human_text : machine_text, n % 7 ? "Yes." : "and");
        struct em_verdict v = judge(a, text, n), w = judge(b, text, n);
        assert_true(v.log_odds == w.log_odds);
        const struct em_features *f = a->features;
        uint32_t from = 0, words = 0;
        for (size_t i = 0, window = 0; i < f->n_pieces; i++) {
            const struct em_piece *p = &f->pieces[i];
            assert_true(p->end > from && p->words > 0);
            from = p->end;
            words += p->words;
            if (p->window == window)
                continue;
            assert_int_equal(p->window, window + 1);
            window = p->window;
        }
        assert_int_equal(from, f->tokens.n);
        assert_int_equal(words, f->tokens.words);
        assert_int_equal(b->features->n_pieces, 0);
    }
    em_detector_free(a);
    em_detector_free(b);
    em_model_free(m);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_path),  cmocka_unit_test(test_one_author),
        cmocka_unit_test(test_share_error), cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_documents),   cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
