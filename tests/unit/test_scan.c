/* SPDX-License-Identifier: Apache-2.0
 *
 * The coordinator: the same lines for any number of threads, counts that add up, a writer
 * that fails, a stop. Also what `make check-tsan` runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pipeline/scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sink {
    struct em_buf lines;
    size_t damaged;
    bool refuse;
    atomic_int stop;
    bool stop_after_first;
};

static char corpus[] = "/tmp/echometer-test-XXXXXX";

static enum em_status format(struct em_buf *lines, const struct em_page *page,
                             const struct em_doc *doc, const struct em_verdict *verdict,
                             enum em_drop drop)
{
    (void)verdict;
    return em_buf_printf(lines, "%.*s %u %s\n", EM_VIEW_ARGS(page->id),
                         doc ? doc->words : 0, em_drop_name(drop));
}

static bool write_lines(void *context, struct em_view lines)
{
    struct sink *sink = context;
    if (sink->stop_after_first)
        atomic_store(&sink->stop, 1);
    return !sink->refuse && em_buf_append_view(&sink->lines, lines) == EM_OK;
}

static void damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    (void)file;
    (void)offset;
    (void)reason;
    ((struct sink *)context)->damaged++;
}

static void ignore_damage(void *context, const char *file, uint64_t offset,
                          const char *reason)
{
    (void)context;
    (void)file;
    (void)offset;
    (void)reason;
}

/* 5,000 lines, every 100th not JSON. */
static int write_corpus(void **state)
{
    (void)state;
    int fd = mkstemp(corpus);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out)
        return -1;
    for (int i = 0; i < 5000; i++) {
        if (i % 100 == 99) {
            fprintf(out, "no json here\n");
            continue;
        }
        fprintf(out, "{\"id\":\"d%d\",\"text\":\"", i);
        for (int k = 0; k < i % 997; k++)
            fprintf(out, "word%d ", k);
        fprintf(out, "\"}\n");
    }
    return fclose(out);
}

static int remove_corpus(void **state)
{
    (void)state;
    return unlink(corpus);
}

static enum em_status scan(uint32_t threads, struct sink *sink, struct em_summary *sum)
{
    const char *files[] = {corpus, corpus};
    struct em_err err;
    struct em_scan_options options = {.files = files,
                                      .n_files = 2,
                                      .threads = threads,
                                      .drops = true,
                                      .format = format,
                                      .stop = &sink->stop,
                                      .write = write_lines,
                                      .damage = damage,
                                      .context = sink};
    em_buf_init(&sink->lines, 64 << 20);
    return em_scan_run(&options, sum, &err);
}

static void test_same_lines_for_any_number_of_threads(void **state)
{
    (void)state;
    struct sink one = {.damaged = 0};
    struct em_summary first;
    assert_int_equal(scan(1, &one, &first), EM_OK);
    assert_int_equal(first.records, 10000);
    assert_int_equal(first.drops[EM_DROP_BAD_JSON], 100);
    for (uint32_t threads = 2; threads <= 8; threads += 2) {
        struct sink many = {.damaged = 0};
        struct em_summary sum;
        assert_int_equal(scan(threads, &many, &sum), EM_OK);
        assert_int_equal(many.lines.len, one.lines.len);
        assert_memory_equal(many.lines.data, one.lines.data, one.lines.len);
        assert_int_equal(sum.words, first.words);
        assert_int_equal(sum.documents, first.documents);
        assert_int_equal(sum.stored_bytes, first.stored_bytes);
        assert_int_equal(sum.files, 2);
        em_buf_release(&many.lines);
    }
    em_buf_release(&one.lines);
}

static void test_documents_and_drops_are_all_records(void **state)
{
    (void)state;
    struct sink sink = {.damaged = 0};
    struct em_summary sum;
    assert_int_equal(scan(2, &sink, &sum), EM_OK);
    uint64_t drops = 0;
    for (int i = 1; i < EM_DROP_COUNT; i++)
        drops += sum.drops[i];
    assert_int_equal(sum.documents + drops, sum.records);
    em_buf_release(&sink.lines);
}

static void test_a_writer_that_fails_ends_the_scan(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 4; threads += 3) {
        struct sink sink = {.refuse = true};
        struct em_summary sum;
        assert_int_equal(scan(threads, &sink, &sum), EM_ERR_IO);
        em_buf_release(&sink.lines);
    }
}

static void test_a_stop_finishes_what_was_begun(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 4; threads += 3) {
        struct sink sink = {.stop_after_first = true};
        struct em_summary sum;
        assert_int_equal(scan(threads, &sink, &sum), EM_OK);
        assert_true(sum.interrupted);
        assert_true(sum.records > 0 && sum.records < 10000);
        size_t lines = 0;
        for (size_t i = 0; i < sink.lines.len; i++)
            lines += sink.lines.data[i] == '\n';
        assert_int_equal(lines, sum.records);
        em_buf_release(&sink.lines);
    }
}

/* --- map and reduce --------------------------------------------------------------------- */

struct word_count {
    uint64_t number;
    uint32_t words;
    bool document;
    const char *id;
};

struct reduced {
    struct em_buf text;
    uint64_t values, fail_at;
    atomic_int stop;
};

static enum em_status map_words(void *context, struct em_scan_values *values,
                                const struct em_scan_item *item)
{
    (void)context;
    if (item->record->origin.number % 7 == 3)
        return EM_OK; /* no value for some */
    struct word_count *w = em_scan_values_add(values, sizeof(*w));
    struct em_view id = em_scan_values_copy(values, item->page->id);
    if (!w || !id.data)
        return EM_ERR_NOMEM;
    assert_int_equal(w->words, 0);
    assert_true((item->drop == EM_DROP_NONE) == (item->doc != NULL));
    *w = (struct word_count){.number = item->record->origin.number,
                             .words = item->doc ? item->doc->words : 0,
                             .document = item->doc != NULL,
                             .id = id.data};
    return EM_OK;
}

static enum em_status reduce_words(void *context, const void *value, struct em_err *err)
{
    struct reduced *r = context;
    const struct word_count *w = value;
    if (r->fail_at && r->values == r->fail_at)
        return em_fail(err, EM_ERR_LIMIT, "test", "enough");
    r->values++;
    return em_buf_printf(&r->text, "%llu %u %d %s\n", (unsigned long long)w->number,
                         w->words, w->document, w->id);
}

static enum em_status map_reduce(uint32_t threads, struct reduced *r, struct em_err *err)
{
    const char *files[] = {corpus, corpus};
    struct em_summary sum;
    struct em_scan_options options = {.files = files,
                                      .n_files = 2,
                                      .threads = threads,
                                      .map = map_words,
                                      .reduce = reduce_words,
                                      .stop = &r->stop,
                                      .damage = ignore_damage,
                                      .context = r};
    em_buf_init(&r->text, 64 << 20);
    return em_scan_run(&options, &sum, err);
}

static void test_values_are_reduced_in_input_order(void **state)
{
    (void)state;
    struct reduced one = {.values = 0};
    struct em_err err;
    assert_int_equal(map_reduce(1, &one, &err), EM_OK);
    uint64_t want = 0;
    for (int i = 0; i < 5000; i++)
        want += i % 7 != 3;
    assert_int_equal(one.values, 2 * want);
    assert_memory_equal(one.text.data, "0 0 0 ", 6);
    assert_non_null(strstr(one.text.data, "\n1 1 1 d1\n2 2 1 d2\n4 4 1 d4\n"));
    assert_non_null(strstr(one.text.data, "\n99 0 0 "));
    for (uint32_t threads = 2; threads <= 4; threads++) {
        struct reduced many = {.values = 0};
        assert_int_equal(map_reduce(threads, &many, &err), EM_OK);
        assert_int_equal(many.text.len, one.text.len);
        assert_memory_equal(many.text.data, one.text.data, one.text.len);
        em_buf_release(&many.text);
    }
    em_buf_release(&one.text);
}

static void test_a_reducer_that_fails_ends_the_scan(void **state)
{
    (void)state;
    for (uint32_t threads = 1; threads <= 4; threads += 3) {
        struct reduced r = {.fail_at = 100};
        struct em_err err = {.status = EM_OK};
        assert_int_equal(map_reduce(threads, &r, &err), EM_ERR_LIMIT);
        assert_int_equal(r.values, 100);
        assert_string_equal(err.text, "enough");
        em_buf_release(&r.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_lines_for_any_number_of_threads),
        cmocka_unit_test(test_documents_and_drops_are_all_records),
        cmocka_unit_test(test_a_writer_that_fails_ends_the_scan),
        cmocka_unit_test(test_a_stop_finishes_what_was_begun),
        cmocka_unit_test(test_values_are_reduced_in_input_order),
        cmocka_unit_test(test_a_reducer_that_fails_ends_the_scan),
    };
    return cmocka_run_group_tests_name("scan", tests, write_corpus, remove_corpus);
}
