/* SPDX-License-Identifier: Apache-2.0
 *
 * Two cleanings side by side, as text and as JSON: which side each number is of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/comparison.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct em_comparison compared;
static char id[] = "\"d1\"", file[] = "in.jsonl";

/* Numbers that are all different: ten times as many on the second side, and one more. */
static void side_fill(struct em_comparison_side *s, uint64_t times, const char *dir,
                      const char *policy)
{
    s->dir = dir;
    em_card_init(&s->card);
    em_buf_init(&s->policy, 256);
    assert_int_equal(em_buf_append_view(&s->policy, em_view_of(policy)), EM_OK);
    snprintf(s->threshold, sizeof(s->threshold), "t of %s", dir);
    s->log_odds = 1.5 * (double)times;
    s->prevalence = 0.02 * (double)times;
    uint64_t *const counts[] = {&s->card.records,       &s->card.kept,
                                &s->card.cut,           &s->card.removed,
                                &s->card.bad,           &s->card.kept_words,
                                &s->card.removed_words, &s->card.kept_flagged};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] = (i + 1) * times + (times > 1);
    s->card.reason[EM_CLEAN_LEAK] = 9 * times + (times > 1);
}

static int fill(void **state)
{
    (void)state;
    side_fill(&compared.sides[0], 1, "one", "p=1");
    side_fill(&compared.sides[1], 10, "two", "p=2");
    compared.fates[EM_COMPARISON_BOTH_KEEP] = 5;
    compared.fates[EM_COMPARISON_NONE_KEEPS] = 6;
    compared.fates[EM_COMPARISON_FIRST_KEEPS] = 7;
    compared.fates[EM_COMPARISON_SECOND_KEEPS] = 8;
    compared.moved_for[EM_CLEAN_LEAK][0] = 3;
    compared.moved_for[EM_CLEAN_LEAK][1] = 4;
    compared.examples[0] =
        (struct em_comparison_example){id, file, 1u << EM_CLEAN_LEAK, true};
    compared.n_examples = 1;
    return 0;
}

static int release(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        em_card_release(&compared.sides[i].card);
        em_buf_release(&compared.sides[i].policy);
    }
    return 0;
}

static void as_text(void **state)
{
    struct em_buf out;
    (void)state;
    em_buf_init(&out, 1 << 16);
    assert_int_equal(em_comparison_text(&out, &compared), EM_OK);
    assert_int_equal(em_buf_putc(&out, '\0'), EM_OK);
    assert_string_equal(
        out.data,
        ("first: one\n  policy p=1\n  threshold t of one\n"
         "second: two\n  policy p=2\n  threshold t of two\n\n"
         "                                      first         second     difference\n"
         "records                                   1             11            +10\n"
         "kept                                      2             21            +19\n"
         "of these cut                              3             31            +28\n"
         "removed                                   4             41            +37\n"
         "bad                                       5             51            +46\n"
         "words kept                                6             61            +55\n"
         "words removed                             7             71            +64\n"
         "flagged and kept                          8             81            +73\n"
         "removed for leak                          9             91            +82\n"
         "machine text left, estimated          2.00%         20.00%\n\n"
         "The same document by document: 5 kept by both, 6 removed by both,\n"
         "7 only the first keeps, 8 only the second keeps.\n"
         "  for leak: 3 only the first keeps, 4 only the second\n"
         "  only the second keeps \"d1\" in in.jsonl\n"));
    em_buf_release(&out);
}

/* Where one side has no estimate, none is compared; files that are not in both are said. */
static void what_cannot_be_compared(void **state)
{
    struct em_buf out;
    double prevalence = compared.sides[1].prevalence;
    (void)state;
    em_buf_init(&out, 1 << 16);
    compared.sides[1].prevalence = (double)NAN;
    compared.unlike = 2;
    assert_int_equal(em_comparison_text(&out, &compared), EM_OK);
    assert_int_equal(em_buf_putc(&out, '\0'), EM_OK);
    assert_null(strstr(out.data, "machine text left"));
    assert_non_null(strstr(out.data, "2 files are not in both"));
    compared.sides[1].prevalence = prevalence;
    compared.unlike = 0;
    em_buf_release(&out);
}

static void as_json(void **state)
{
    struct em_buf out;
    (void)state;
    em_buf_init(&out, 1 << 16);
    assert_int_equal(em_comparison_json(&out, &compared), EM_OK);
    assert_int_equal(em_buf_putc(&out, '\0'), EM_OK);
    assert_non_null(strstr(
        out.data,
        ("\"second\":{\"dir\":\"two\",\"policy\":\"p=2\",\"threshold\":\"t of two\","
         "\"threshold_log_odds\":15.0000,\"prevalence_after\":0.20000,\"records\":11,"
         "\"kept\":21,\"cut\":31,\"removed\":41,\"bad\":51,\"kept_words\":61,"
         "\"removed_words\":71,")));
    assert_non_null(strstr(out.data, "\"leak\":91"));
    assert_non_null(strstr(
        out.data,
        ("\"both_keep\":5,\"both_remove\":6,\"first_keeps\":7,\"second_keeps\":8,"
         "\"files_not_compared\":0,\"moved\":[{\"id\":\"d1\",\"file\":\"in.jsonl\","
         "\"kept_by\":\"second\",\"removed_for\":[\"leak\"]}]}")));
    em_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),
        cmocka_unit_test(what_cannot_be_compared),
        cmocka_unit_test(as_json),
    };
    return cmocka_run_group_tests(tests, fill, release);
}
