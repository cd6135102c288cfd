/* SPDX-License-Identifier: Apache-2.0
 *
 * The calibration block: its bytes, rates and thresholds made from it, and a model's name.
 */
#include "base/hash.h"
#include "detector/learn/block.h"
#include "detector/model.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/made_block.h"
#include "tests/unit/small_model.h"

static void bytes_come_back(void **unused)
{
    (void)unused;
    struct em_calibration block, other;
    struct em_buf bytes, again;
    em_buf_init(&bytes, 1 << 24);
    em_buf_init(&again, 1 << 24);
    assert_int_equal(made_block_fill(&block), EM_OK);
    assert_int_equal(em_calibration_pack(&bytes, &block), EM_OK);
    assert_int_equal(em_calibration_unpack(&other, em_buf_view(&bytes)), EM_OK);
    assert_int_equal(other.n, MADE_HUMAN + MADE_MACHINE);
    assert_string_equal(other.measured, "made-up texts");
    assert_false(other.sources[0].machine); /* humans first */
    assert_int_equal(other.sources[0].n, MADE_TEXTS);
    assert_int_equal(em_calibration_pack(&again, &other), EM_OK);
    assert_true(em_view_eq(em_buf_view(&bytes), em_buf_view(&again)));
    em_calibration_release(&other);
    /* Cut anywhere, it is refused and nothing is lost. */
    for (size_t n = 0; n < bytes.len; n += 97) {
        assert_true(em_calibration_unpack(&other, em_view_make(bytes.data, n)) < 0);
        em_calibration_release(&other);
    }
    bytes.data[0] = 9; /* another version */
    assert_int_equal(em_calibration_unpack(&other, em_buf_view(&bytes)), EM_ERR_FORMAT);
    em_calibration_release(&other);
    em_calibration_release(&block);
    em_buf_release(&bytes);
    em_buf_release(&again);
}

static void rates_are_those_counted(void **unused)
{
    (void)unused;
    struct em_calibration block;
    struct em_calibration_source *s;
    struct em_measured_rate rate;
    em_calibration_init(&block);
    em_calibration_rate_at(&block, 0, &rate);
    assert_true(isnan(rate.share) && rate.sources == 0);
    /* Two sources count the same: 10 of 100 and 0 of 1,000 at or above 2. */
    assert_int_equal(em_calibration_add(&block, EM_VIEW("a"), EM_VIEW("a"),
                                        EM_VIEW("blogs"), false, &s),
                     EM_OK);
    for (int i = 0; i < 100; i++)
        em_calibration_count(s, i < 10 ? 2.01 : -3);
    assert_int_equal(em_calibration_add(&block, EM_VIEW("b"), EM_VIEW("b"),
                                        EM_VIEW("news"), false, &s),
                     EM_OK);
    for (int i = 0; i < 1000; i++)
        em_calibration_count(s, -4 + 0.001 * i);
    em_calibration_finish(&block);
    em_calibration_rate_at(&block, 2, &rate);
    assert_true(fabs(rate.share - 0.05) < 1e-12);
    assert_true(rate.low < 0.05 && rate.high > 0.05 && rate.low >= 0);
    assert_int_equal(rate.texts, 1100);
    assert_int_equal(rate.sources, 2);
    em_calibration_rate_at(&block, -7.9, &rate);
    assert_true(rate.share == 1 && rate.high == 1);
    double at = em_calibration_log_odds_for(&block, 0.05);
    assert_true(at <= 2 && at > -3);
    assert_true(em_calibration_log_odds_for(&block, 0.049) > 2);
    assert_true(
        isnan(em_calibration_log_odds_for(&block, 0.0001))); /* less than a text */
    em_calibration_release(&block);
}

/* Of one source the interval is that of a rate counted once. */
static void one_source(void **unused)
{
    (void)unused;
    struct em_calibration block;
    struct em_calibration_source *s;
    struct em_measured_rate rate;
    em_calibration_init(&block);
    assert_int_equal(em_calibration_add(&block, EM_VIEW("own"), EM_VIEW("own"),
                                        EM_VIEW("human"), false, &s),
                     EM_OK);
    for (int i = 0; i < 300; i++)
        em_calibration_count(s, -2);
    em_calibration_finish(&block);
    em_calibration_rate_at(&block, 1, &rate);
    assert_true(rate.share == 0 && rate.low == 0);
    assert_true(rate.high > 0.009 && rate.high < 0.016); /* three of 300, and a little */
    em_calibration_release(&block);
}

static struct em_model *with_block(void)
{
    struct em_model *m = small_model();
    struct em_calibration *block;
    assert_int_equal(em_model_new_block(m, &block), EM_OK);
    assert_int_equal(made_block_fill(block), EM_OK);
    const double rates[] = {0.05, 0.01, 0.001};
    m->n_thresholds = 3;
    for (int i = 0; i < 3; i++) {
        m->thresholds[i] = (struct em_model_threshold){.fpr = rates[i], .measured = "x"};
        m->thresholds[i].log_odds = em_calibration_log_odds_for(block, rates[i] / 2);
    }
    return m;
}

static void any_rate(void **unused)
{
    (void)unused;
    struct em_model *m = with_block();
    struct em_model_threshold t;
    struct em_err err;
    double last = INFINITY;
    for (double fpr = 0.0005; fpr <= 0.1000001; fpr *= 1.02) {
        assert_int_equal(em_model_threshold_at(m, fpr, &t, &err), EM_OK);
        assert_true(t.log_odds <= last); /* a higher rate never has a higher threshold */
        assert_true(t.fpr_low <= t.fpr_high);
        last = t.log_odds;
    }
    assert_int_equal(em_model_threshold_at(m, 0.02, &t, &err), EM_OK);
    /* As strict as the model's own: half of the rate, as they were made above. */
    assert_true(t.fpr_low <= 0.01 && t.fpr_high >= 0.008 && t.fpr_high < 0.02);
    assert_int_equal(t.n_sources, MADE_HUMAN);
    assert_string_equal(t.measured, "made-up texts");
    assert_int_equal(em_model_threshold_at(m, 0.01, &t, &err), EM_OK);
    assert_true(t.log_odds == m->thresholds[1].log_odds);
    assert_int_equal(em_model_threshold_at(m, 0.0004, &t, &err), EM_ERR_USAGE);
    assert_int_equal(em_model_threshold_at(m, 0.2, &t, &err), EM_ERR_USAGE);
    assert_int_equal(em_model_threshold_at(m, 0.9, &t, &err), EM_ERR_USAGE);
    assert_non_null(strstr(err.text, "90%"));
    em_model_free(m);
}

static void known_by_content(void **unused)
{
    (void)unused;
    struct em_model *m = with_block(), *back;
    struct em_buf bytes;
    struct em_err err;
    char first[48], ids[EM_MODEL_IDS];
    em_buf_init(&bytes, 1 << 26);
    assert_int_equal(em_model_identify(m, &err), EM_OK);
    memcpy(first, m->id, sizeof(first));
    assert_int_equal(em_model_save(m, &bytes, &err), EM_OK);
    assert_int_equal(em_model_load_memory(&back, em_buf_view(&bytes), &err), EM_OK);
    assert_string_equal(em_model_id(back), first);
    assert_non_null(back->block);
    assert_int_equal(back->block->n, m->block->n);
    /* Another name, the same content: the hash stays. */
    snprintf(m->name, sizeof(m->name), "other");
    assert_int_equal(em_model_identify(m, &err), EM_OK);
    assert_string_not_equal(m->id, first);
    assert_string_equal(strrchr(m->id, '@'), strrchr(first, '@'));
    /* The same name, another content. */
    back->b2 += 0.25f;
    assert_int_equal(em_model_identify(back, &err), EM_OK);
    assert_string_not_equal(back->id, first);
    assert_int_equal(strncmp(back->id, first, strcspn(first, "@") + 1), 0);
    em_model_add(m, back);
    em_model_ids(m, ids);
    assert_non_null(strchr(ids, '+'));
    em_model_ids(NULL, ids);
    assert_string_equal(ids, "");
    em_model_free(m);
    em_buf_release(&bytes);
}

static void facts(void **unused)
{
    (void)unused;
    struct em_source_facts f;
    struct em_err err;
    assert_int_equal(em_source_facts_read(&f,
                                          EM_VIEW("# comment\nb\town\tblogs\t-\t2013\n"
                                                  "a\tother\tnews\tbulk\t-\n"),
                                          &err),
                     EM_OK);
    assert_int_equal(f.n, 2);
    const struct em_source_fact *b = em_source_fact(&f, "b");
    assert_non_null(b);
    assert_string_equal(b->owner, "own");
    assert_string_equal(b->kind, "");
    assert_int_equal(b->year, 2013);
    assert_string_equal(em_source_fact(&f, "a")->kind, "bulk");
    assert_null(em_source_fact(&f, "c"));
    assert_null(em_source_fact(NULL, "a"));
    em_source_facts_release(&f);
    assert_int_equal(em_source_facts_read(&f, EM_VIEW("a\n"), &err), EM_ERR_FORMAT);
    assert_non_null(strstr(err.text, "line 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_back),  cmocka_unit_test(rates_are_those_counted),
        cmocka_unit_test(one_source),       cmocka_unit_test(any_rate),
        cmocka_unit_test(known_by_content), cmocka_unit_test(facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
