/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch outlives its source: every view of a record is copied or goes along with its block.
 */
#include "base/alloc.h"
#include "pipeline/scan/batch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VIEW(field)                                                                      \
    {                                                                                    \
#field, offsetof(struct em_record, field)                                        \
    }

static const struct {
    const char *name;
    size_t at;
} views[] = {VIEW(type_text),   VIEW(origin.file), VIEW(origin.record), VIEW(version),
             VIEW(url),         VIEW(date),        VIEW(mime),          VIEW(truncated),
             VIEW(inclusion),   VIEW(lang),        VIEW(http_header),   VIEW(http_mime),
             VIEW(http_charset)};
enum { N_VIEWS = sizeof(views) / sizeof(views[0]) };

static struct em_view *view_of(struct em_record *record, size_t i)
{
    return (struct em_view *)(void *)((char *)record + views[i].at);
}

static void test_views_outlive_the_source(void **state)
{
    (void)state;
    static char text[N_VIEWS][32];
    char block[] = "header\n\npayload";
    struct em_record record = {.type = EM_RECORD_RESPONSE};
    for (size_t i = 0; i < N_VIEWS; i++) {
        snprintf(text[i], sizeof(text[i]), "<%s>", views[i].name);
        *view_of(&record, i) = em_view_of(text[i]);
    }
    record.block = em_view_of(block);
    record.payload = em_view_sub(record.block, 8, 7);
    record.header = em_view_of(block);

    struct em_batch *batch;
    struct em_record_context context = {.file = 0};
    assert_int_equal(em_batch_new(&batch), EM_OK);
    assert_int_equal(em_batch_add(batch, &record, &context), EM_OK);
    memset(text, 'x', sizeof(text));
    memset(block, 'x', sizeof(block));

    struct em_record *kept = &batch->records[0];
    for (size_t i = 0; i < N_VIEWS; i++) {
        char want[32];
        snprintf(want, sizeof(want), "<%s>", views[i].name);
        assert_true(em_view_eq(*view_of(kept, i), em_view_of(want)));
    }
    assert_true(em_view_eq(kept->block, em_view_of("header\n\npayload")));
    assert_true(em_view_eq(kept->payload, em_view_of("payload")));
    assert_ptr_equal(kept->payload.data, kept->block.data + 8);
    assert_int_equal(kept->header.len, 0);
    em_batch_free(batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_outlive_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
