/* SPDX-License-Identifier: Apache-2.0
 *
 * What a commit stores of a crawl's counters, and what is read back of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/pack.h"
#include "crawler/web/crawl_stats.h"

static struct em_crawl_stats numbered(void)
{
    struct em_crawl_stats s = {.pages = 1,
                               .requests = 2,
                               .robots = 3,
                               .tdmrep = 4,
                               .probes = 5,
                               .redirects = 6,
                               .unchanged = 7,
                               .failed = 8,
                               .sitemaps = 9,
                               .links = 10,
                               .bytes = UINT64_MAX,
                               .withheld = 12,
                               .truncated = 13,
                               .foreign = 14,
                               .machine = 15,
                               .judged = 16};
    for (unsigned i = 0; i < 6; i++)
        s.statuses[i] = 100 + i;
    for (unsigned i = 0; i < EM_FETCH_ERROR_COUNT; i++)
        s.errors[i] = 200 + i;
    for (unsigned i = 0; i < 32; i++)
        s.optouts[i] = 300 + i;
    s.warc.serial = 77;
    s.warc.length = 1234567890123;
    return s;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct em_crawl_stats before = numbered(), after = {.run_pages = 9};
    struct em_buf bytes, again;
    em_buf_init(&bytes, 4096);
    em_buf_init(&again, 4096);
    /* What lies in memory between the fields is nobody's. */
    assert_int_equal(em_crawl_stats_pack(&bytes, &before), EM_OK);
    assert_int_equal(em_crawl_stats_unpack(&after, em_buf_view(&bytes)), EM_OK);
    assert_int_equal(after.pages, 1);
    assert_int_equal(after.bytes, UINT64_MAX);
    assert_int_equal(after.judged, 16);
    assert_int_equal(after.statuses[5], 105);
    assert_int_equal(after.errors[EM_FETCH_ERROR_COUNT - 1],
                     200 + EM_FETCH_ERROR_COUNT - 1);
    assert_int_equal(after.optouts[31], 331);
    assert_int_equal(after.warc.serial, 77);
    assert_int_equal(after.warc.length, 1234567890123);
    assert_int_equal(after.run_pages, 9); /* not stored */
    assert_int_equal(em_crawl_stats_pack(&again, &after), EM_OK);
    assert_true(em_view_eq(em_buf_view(&bytes), em_buf_view(&again)));
    /* Cut anywhere, or with something after: another version, and nothing is changed. */
    for (size_t n = 0; n < bytes.len; n++) {
        after.pages = 5;
        assert_int_equal(em_crawl_stats_unpack(&after, em_view_make(bytes.data, n)),
                         EM_ERR_VERSION);
        assert_int_equal(after.pages, 5);
    }
    assert_int_equal(em_buf_append(&bytes, "", 1), EM_OK);
    assert_int_equal(em_crawl_stats_unpack(&after, em_buf_view(&bytes)), EM_ERR_VERSION);
    em_buf_release(&bytes);
    em_buf_release(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
