/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scan says at its end: each sentence only where it holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/summary.h"
#include "tests/unit/small_model.h"

#include <string.h>

static void assert_says(const struct em_summary *summary, const struct em_model *model,
                        double fpr, const char *what, bool says)
{
    struct em_buf out;
    em_buf_init(&out, 1 << 16);
    assert_int_equal(em_report_text(&out, summary, model, fpr), EM_OK);
    assert_int_equal(em_buf_append(&out, "", 1), EM_OK);
    if ((strstr(out.data, what) != NULL) != says)
        fail_msg("%s \"%s\" in:\n%s", says ? "no" : "unwanted", what, out.data);
    em_buf_release(&out);
}

static struct em_summary judged(void)
{
    struct em_summary s = {.files = 1, .records = 4, .documents = 3, .leaks = 1};
    s.verdicts[EM_VERDICT_MACHINE] = 1;
    s.verdicts[EM_VERDICT_HUMAN] = 1;
    s.verdicts[EM_VERDICT_ABSTAIN] = 1;
    return s;
}

static void nothing_judged_has_no_share(void **state)
{
    (void)state;
    struct em_model *model = small_model();
    struct em_summary s = {.files = 1, .files_failed = 1};
    assert_says(&s, model, 0, "machine    0 of 0 judged documents\n", true);
    assert_says(&s, model, 0, "%", false);
    assert_says(&s, model, 0, "threshold", false);
    s = judged();
    assert_says(&s, model, 0, "machine    1 of 2 judged documents (50.0%)\n", true);
    assert_says(&s, NULL, 0, "judged", false);
    em_model_free(model);
}

static void one_is_not_many(void **state)
{
    (void)state;
    struct em_model *model = small_model();
    struct em_summary s = judged();
    s.damaged = s.files_failed = s.files_without = 1;
    assert_says(&s, model, 0, "\ndamaged    1 place, listed above\n", true);
    assert_says(&s, model, 0, "\nfailed     1 file could not be read\n", true);
    assert_says(&s, model, 0, "\nwithout    1 file gave no document, listed above\n",
                true);
    assert_says(&s, model, 0, "\nleaks      1 document with chat-client residue\n", true);
    s.damaged = s.files_failed = s.files_without = s.leaks = 2;
    assert_says(&s, model, 0, "\ndamaged    2 places, listed above\n", true);
    assert_says(&s, model, 0, "\nfailed     2 files could not be read\n", true);
    assert_says(&s, model, 0, "\nwithout    2 files gave no document, listed above\n",
                true);
    assert_says(&s, model, 0, "\nleaks      2 documents with chat-client residue\n",
                true);
    em_model_free(model);
}

/* The rate is the threshold's own; whom it holds for, and what was measured, the model's. */
static void promise_is_the_threshold_s(void **state)
{
    (void)state;
    struct em_model *model = small_model();
    struct em_summary s = judged();
    struct em_calibration *block;
    assert_says(&s, model, 0, "at most about 1% of human documents", true);
    assert_says(&s, model, 0.05, "at most about 5% of human documents", true);
    model->thresholds[1].n_human = 0;
    assert_says(&s, model, 0, "measured", false);
    model->thresholds[1].n_human = 900;
    model->thresholds[1].fpr_low = 0.001;
    model->thresholds[1].fpr_high = 0.0052;
    assert_says(&s, model, 0, "human documents; measured: 0.10 to 0.52%)", true);
    assert_int_equal(em_model_new_block(model, &block), EM_OK);
    assert_says(&s, model, 0, "like those", false);
    block->own = true;
    assert_says(&s, model, 0, "human documents like those it was calibrated on", true);
    em_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_judged_has_no_share),
        cmocka_unit_test(one_is_not_many),
        cmocka_unit_test(promise_is_the_threshold_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
