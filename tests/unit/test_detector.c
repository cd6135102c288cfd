/* SPDX-License-Identifier: Apache-2.0
 *
 * Verdicts with a model made on the spot: what holds whatever the weights are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/drop.h"
#include "base/limits.h"
#include "detector/detector_int.h"
#include "detector/edited.h"
#include "detector/explain.h"
#include "report/verdict_json.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct kit {
    struct em_model *model;
    struct em_detector *detector;
};

static int set_up(void **state)
{
    static struct kit k;
    struct em_detect_options options = {.spans = true};
    *state = &k;
    k.model = small_model();
    return em_detector_new(&k.detector, k.model, &options, NULL) < 0;
}

static int tear_down(void **state)
{
    struct kit *k = *state;
    em_detector_free(k->detector);
    em_model_free(k->model);
    return 0;
}

static struct em_verdict judge(void **state, struct em_view text, const char *lang)
{
    struct kit *k = *state;
    struct em_doc doc = {.text = text, .lang = em_view_of(lang)};
    struct em_verdict v;
    assert_int_equal(em_detect(k->detector, &doc, &v, NULL), EM_OK);
    assert_true(v.score > 0 && v.score < 1);
    assert_true((v.kind == EM_VERDICT_ABSTAIN) == (v.abstain != EM_ABSTAIN_NONE));
    return v;
}

static void test_verdicts(void **state)
{
    struct em_verdict v = judge(state, em_view_of(machine_text), "en");
    assert_int_equal(v.kind, EM_VERDICT_MACHINE);
    assert_true(v.score > 0.9 && v.style > 0.9);
    assert_true(fabs(v.score - 1 / (1 + exp(-v.log_odds))) < 1e-12);
    assert_string_equal(v.model, "small-1");
    assert_true(v.words > 100);
    v = judge(state, em_view_of(human_text), "en-GB");
    assert_int_equal(v.kind, EM_VERDICT_HUMAN);
    assert_true(v.score < 0.1);
    char half[2000];
    snprintf(half, sizeof(half), "%.400s %.280s", machine_text, human_text);
    v = judge(state, em_view_of(half), "en");
    assert_int_equal(v.kind, EM_VERDICT_UNSURE);
}

static void test_abstentions(void **state)
{
    assert_int_equal(
        judge(state, EM_VIEW("A short text of the right kind."), "en").abstain,
        EM_ABSTAIN_TOO_SHORT);
    assert_int_equal(judge(state, EM_VIEW(""), "en").abstain, EM_ABSTAIN_TOO_SHORT);
    assert_int_equal(judge(state, em_view_of(machine_text), "fr").abstain,
                     EM_ABSTAIN_LANGUAGE);
    assert_true(judge(state, em_view_of(machine_text), "fr").style < 0);
    char list[8000] = "";
    size_t n = 0;
    for (int i = 0; i < 200; i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "Rhum%d; %d,5 / %d; ", i, 7 * i,
                              1000 + i);
    assert_int_equal(judge(state, em_view_make(list, n), "en").abstain,
                     EM_ABSTAIN_NOT_PROSE);
    assert_int_equal(judge(state, em_view_make(list, n), "").abstain,
                     EM_ABSTAIN_LANGUAGE);
}

/* A second model for another language: each judges its own, the first all others. */
static void test_languages(void **state)
{
    struct kit *k = *state, two;
    struct em_detect_options options = {.spans = true};
    struct em_model *other = small_model();
    (void)k;
    two.model = small_model();
    assert_non_null(other);
    assert_non_null(two.model);
    memcpy(other->name, "small-zh", 9);
    memcpy(other->lang, "zh", 3);
    for (size_t i = 0; i < EM_DICTIONARY_BYTES; i++)
        if (other->tags[i / 8 * 8 + i % 4])
            other->weights[i / 8 * 8 + 4 + i % 4] = 0;
    em_model_add(two.model, other);
    assert_int_equal(em_detector_new(&two.detector, two.model, &options, NULL), EM_OK);
    void *kit = &two;
    struct em_verdict v = judge(&kit, em_view_of(machine_text), "zh-TW");
    assert_string_equal(v.model, "small-zh");
    assert_ptr_equal(em_detector_model(two.detector), other);
    assert_true(v.style < 0.9); /* its n-grams weigh nothing */
    v = judge(&kit, em_view_of(machine_text), "en");
    assert_string_equal(v.model, "small-1");
    assert_true(v.style > 0.9);
    assert_ptr_equal(em_detector_model(two.detector), two.model);
    v = judge(&kit, em_view_of(machine_text), "de");
    assert_int_equal(v.abstain, EM_ABSTAIN_LANGUAGE);
    assert_string_equal(v.model, "small-1");
    v = judge(&kit, em_view_of(machine_text), "");
    assert_string_equal(v.model, "small-1");
    em_detector_free(two.detector);
    em_model_free(two.model);
}

static void test_leaks_count_where_style_abstains(void **state)
{
    struct em_verdict v =
        judge(state,
              EM_VIEW("Kurz gesagt: Eisen rostet :contentReference[oaicite:0]{index=0}."),
              "de");
    assert_int_equal(v.kind, EM_VERDICT_MACHINE);
    assert_int_equal(v.abstain, EM_ABSTAIN_NONE);
    assert_true(v.style < 0 && v.score > 0.99);
    assert_int_equal(v.n_leaks, 1);
    char text[3000];
    snprintf(text, sizeof(text), "%s As an AI language model, I cannot say.", human_text);
    struct em_verdict plain = judge(state, em_view_of(human_text), "en");
    v = judge(state, em_view_of(text), "en");
    assert_true(v.log_odds > plain.log_odds + 1.5);
    assert_true(fabs(v.style - plain.style) < 0.2);
    assert_memory_equal(v.leaks[0].text.data, "As an AI", 8);
}

static bool letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* RAID's look-alikes, zero-width characters and white space, undone; capitals and spaced
 * letters as far as they can be. */
static void test_attacks_that_normalisation_undoes(void **state)
{
    static char text[20000];
    struct em_verdict plain = judge(state, em_view_of(machine_text), "en");
    size_t n = 0;
    for (const char *p = machine_text; *p; p++) {
        const char *with = NULL;
        if (*p == 'a' || *p == 'e' || *p == 'o')
            with = *p == 'a' ? "\xD0\xB0" : *p == 'e' ? "\xD0\xB5" : "\xD0\xBE";
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%c", with ? with : "",
                              with ? 0 : *p);
        n -= with ? 1 : 0;
    }
    struct em_verdict v = judge(state, em_view_make(text, n), "en");
    assert_true(fabs(v.log_odds - plain.log_odds) < 0.3);
    n = 0;
    for (const char *p = machine_text; *p; p++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%s", *p,
                              *p == ' '                ? " \n"
                              : (p - machine_text) % 5 ? ""
                                                       : "\xE2\x80\x8B");
    v = judge(state, em_view_make(text, n), "en");
    assert_true(fabs(v.log_odds - plain.log_odds) < 1e-9);
    n = 0;
    for (const char *p = machine_text; *p; p++)
        text[n++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    v = judge(state, em_view_make(text, n), "en");
    assert_true(fabs(v.log_odds - plain.log_odds) < 2);
    n = 0;
    int words = 0;
    for (const char *p = machine_text; *p; p++) { /* "t h i s", every sixteenth word */
        words += *p == ' ';
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%c%s", *p,
                              words % 16 == 0 && letter(p[0]) && letter(p[1]) ? " " : "");
    }
    v = judge(state, em_view_make(text, n), "en");
    assert_true(fabs(v.log_odds - plain.log_odds) < 1);
}

/* A document of two hands: the span is where the machine wrote. */
static void test_spans(void **state)
{
    static char text[30000];
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", human_text);
    size_t from = n;
    for (int i = 0; i < 3; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", machine_text);
    struct em_verdict v = judge(state, em_view_make(text, n), "en");
    assert_int_equal(v.n_spans, 1);
    assert_true(v.spans[0].score > 0.8f);
    assert_true(labs((long)v.spans[0].start - (long)from) < 700);
    assert_true(v.spans[0].end > n - 300 && v.spans[0].end <= n);
}

static void test_prior_moves_the_score_not_the_verdict(void **state)
{
    struct kit *k = *state;
    struct em_doc doc = {.text = em_view_of(machine_text), .lang = EM_VIEW("en")};
    struct em_detect_options options = {.prior = 0.01};
    struct em_detector *d;
    struct em_verdict rare, usual = judge(state, doc.text, "en");
    assert_int_equal(em_detector_new(&d, k->model, &options, NULL), EM_OK);
    assert_int_equal(em_detect(d, &doc, &rare, NULL), EM_OK);
    assert_true(fabs(usual.log_odds - rare.log_odds - log(99)) < 1e-9);
    assert_int_equal(rare.kind, usual.kind);
    em_detector_free(d);
    options = (struct em_detect_options){.prior = 1.5};
    assert_int_equal(em_detector_new(&d, k->model, &options, NULL), EM_ERR_USAGE);
    options = (struct em_detect_options){.fpr = -1};
    assert_int_equal(em_detector_new(&d, k->model, &options, NULL), EM_ERR_USAGE);
}

static void test_later_words_are_not_scored(void **state)
{
    size_t len;
    char *text = drawn_text(human_text, 25000, &len);
    struct em_verdict v = judge(state, em_view_make(text, len), "en");
    assert_int_equal(v.scored, EM_MAX_SCORED_WORDS);
    assert_int_equal(v.kind, EM_VERDICT_HUMAN);
    free(text);
}

/* The pieces, the starting point and what there was no room for add up to the log-odds, with
 * a leak that stands twice as well. */
static void test_evidence(void **state)
{
    struct kit *k = *state;
    static struct em_evidence e[4000];
    struct em_evidence_rest rest;
    char text[3000];
    snprintf(text, sizeof(text),
             "%s As an AI language model, I cannot say. As an AI "
             "language model, I must not know.",
             machine_text);
    size_t n;
    for (size_t max = 4000; max > 0; max /= 10) {
        struct em_verdict v = judge(state, em_view_of(text), "en");
        assert_int_equal(em_explain(k->detector, e, max, &n, &rest), EM_OK);
        assert_true(max > 400 ? n > 100 : n == max);
        double sum = rest.start + rest.lighter;
        for (size_t i = 0; i < n; i++) {
            assert_true(i == 0 || fabs(e[i].log_odds) <= fabs(e[i - 1].log_odds));
            assert_true(e[i].end <= strlen(text));
            sum += e[i].log_odds;
        }
        assert_true(fabs(sum - v.log_odds) < 1e-6);
        assert_true(rest.log_odds == v.log_odds);
        assert_true(max < 4000 || fabs(rest.start) < 0.02 * fabs(v.log_odds));
    }
    judge(state, EM_VIEW("Too short."), "en");
    assert_int_equal(em_explain(k->detector, e, 4000, &n, &rest), EM_OK);
    assert_int_equal(n, 0);
    assert_true(rest.start == 0 && rest.log_odds == 0);
}

/* Between 0 and 1 and rising with the score; nothing where style abstains. */
static void test_edited(void **state)
{
    double last = 0;
    for (double x = -20; x <= 20; x++) {
        double edited = em_edited("en", x);
        assert_true(edited > last && edited < 1);
        last = edited;
    }
    assert_true(em_edited("en", -6) < 0.1 && em_edited("en", 8) > 0.8);
    assert_true(em_edited("zh", 3) < 0);
    assert_true(judge(state, em_view_of(human_text), "en").edited <
                judge(state, em_view_of(machine_text), "en").edited);
    assert_true(judge(state, EM_VIEW("Too short."), "en").edited < 0);
}

/* Every input has a name for readers, and what can be counted is shown where it stands. */
static void test_meanings(void **state)
{
    struct kit *k = *state;
    struct em_stretch places[4];
    for (size_t i = 0; i < em_style_count(); i++) {
        struct em_input_meaning m = em_style_meaning(i, 0.5, true);
        if (strcmp(em_style_name(i), "questions") &&
            strcmp(em_style_name(i), "exclamations"))
            assert_string_not_equal(m.name, em_style_name(i));
        assert_null(strchr(m.name, '_'));
        assert_true(m.ranged && m.human_low <= m.human_high);
        assert_false(em_style_meaning(i, 0.5, false).ranged);
        if (strcmp(em_style_name(i), "comma") == 0) {
            judge(state, EM_VIEW("One, two (three), four."), "en");
            assert_int_equal(em_style_places(k->detector->features, i, places, 4), 2);
            assert_int_equal(places[1].start, 16);
            assert_int_equal(places[1].end, 17);
            assert_true(m.value == 250);
        }
    }
    for (size_t i = em_style_count() + 1; i < em_model_inputs(k->model); i++) {
        const char *name = em_model_input_name(k->model, i);
        if (strncmp(name, "known", 5) == 0)
            assert_true(strncmp(em_input_plain_name(name), "how many", 8) == 0);
    }
}

static void test_verdict_line(void **state)
{
    struct em_json json;
    struct em_buf out;
    struct em_page page = {.url = EM_VIEW("https://example.org/"),
                           .origin = {.file = EM_VIEW("a.warc"), .offset = 17}};
    em_buf_init(&out, EM_MIB);
    em_json_init(&json, &out);
    em_verdict_write(&json, NULL, &page, EM_VIEW("example.org"), EM_VIEW_NONE, NULL,
                     EM_DROP_MIME);
    assert_int_equal(em_json_finish(&json), EM_OK);
    assert_string_equal(
        out.data,
        "{\"id\":null,\"url\":\"https://example.org/\",\"host\":\"example.org\","
        "\"domain\":null,\"date\":null,\"published\":null,\"page_type\":null,\"page_type_"
        "score\":null,\"lang\":null,\"words\":null,"
        "\"score\":null,\"log_odds\":null,\"verdict\":null,\"abstain\":null,"
        "\"signals\":{\"style\":null,\"leaks\":[],\"matches\":[]},\"spans\":[],"
        "\"share\":null,\"share_error\":null,\"edited\":null,\"family\":null,"
        "\"source\":{\"file\":\"a.warc\",\"offset\":17,\"record\":null},\"model\":null,"
        "\"drop\":\"mime\"}\n");
    em_buf_clear(&out);
    struct em_leak leak = {"refusal", EM_VIEW("I cannot"), 3, 11, 4};
    struct em_match match = {.set = EM_VIEW("alpaca"),
                             .item = EM_VIEW("7"),
                             .contained = 0.5f,
                             .start = 1,
                             .end = 2,
                             .kind = "model-output",
                             .model = EM_VIEW("text-davinci-003"),
                             .words = 6,
                             .of = 12,
                             .low = 0.25f,
                             .high = 0.75f};
    struct em_span span = {5, 9, 0.25f};
    struct em_verdict v = {.kind = EM_VERDICT_MACHINE,
                           .score = 0.973,
                           .log_odds = 3.6,
                           .style = 0.97,
                           .leaks = &leak,
                           .n_leaks = 1,
                           .matches = &match,
                           .n_matches = 1,
                           .spans = &span,
                           .n_spans = 1,
                           .share = 0.25,
                           .share_error = 0.125,
                           .edited = 0.625,
                           .model = "en-1"};
    struct em_doc doc = {.lang = EM_VIEW("en"), .words = 7};
    em_json_init(&json, &out);
    em_verdict_write(&json, &doc, NULL, EM_VIEW_NONE, EM_VIEW_NONE, &v, EM_DROP_NONE);
    assert_int_equal(em_json_finish(&json), EM_OK);
    assert_non_null(strstr(
        out.data, "\"lang\":\"en\",\"words\":7,\"score\":0.973000,\"log_odds\":3.6000,"
                  "\"verdict\":\"machine\",\"abstain\":null,\"signals\":{\"style\":0."
                  "970000,\"leaks\":"
                  "[{\"kind\":\"refusal\",\"text\":\"I "
                  "cannot\",\"start\":3,\"end\":11}],\"matches\":"
                  "[{\"set\":\"alpaca\",\"item\":\"7\",\"contained\":0.500,\"start\":1,"
                  "\"end\":2,\"kind\":\"model-output\",\"model\":\"text-davinci-003\","
                  "\"words\":6,\"of\":12,\"low\":0.250,\"high\":0.750,"
                  "\"stretches\":[]}]},"
                  "\"spans\":[{\"start\":5,\"end\":9,\"score\":0.2500}],"
                  "\"share\":0.2500,\"share_error\":0.1250,\"edited\":0.6250,"
                  "\"family\":null,\"source\":null,"
                  "\"model\":\"en-1\",\"drop\":null}\n"));
    em_buf_release(&out);
    (void)state;
}

static void test_failing_memory(void **state)
{
    struct kit *k = *state;
    static char text[30000];
    static struct em_evidence e[100];
    size_t n = 0;
    for (int i = 0; i < 10; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s ", machine_text);
    struct em_doc doc = {.text = em_view_make(text, n), .lang = EM_VIEW("en")};
    for (long nth = 1;; nth++) {
        struct em_detect_options options = {.spans = true};
        struct em_detector *d;
        struct em_verdict v;
        struct em_err err = {0};
        size_t pieces;
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_detector_new(&d, k->model, &options, &err);
        if (status == EM_OK)
            status = em_detect(d, &doc, &v, &err);
        bool explained = status == EM_OK;
        if (explained)
            status = em_explain(d, e, 100, &pieces, NULL);
        em_alloc_fail_at(0, 0);
        em_detector_free(d);
        if (status == EM_OK) {
            assert_true(nth > 10);
            return;
        }
        assert_int_equal(status, EM_ERR_NOMEM);
        assert_true(explained || err.status == EM_ERR_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_abstentions),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_leaks_count_where_style_abstains),
        cmocka_unit_test(test_attacks_that_normalisation_undoes),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_prior_moves_the_score_not_the_verdict),
        cmocka_unit_test(test_later_words_are_not_scored),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_meanings),
        cmocka_unit_test(test_edited),
        cmocka_unit_test(test_verdict_line),
        cmocka_unit_test(test_failing_memory),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
