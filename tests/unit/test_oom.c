/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allocation of a scan fails once, in turn, and then for good: the scan ends with
 * EM_ERR_NOMEM or drops a document for it, never crashes and (under ASan) leaks nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "pipeline/scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Enough to pass every stage; a failing loop would otherwise hide as a slow test. */
enum { MAX_ALLOCATIONS = 20000 };

static const char page[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
    "80\r\n<html><head><title>A page</title></head><body><nav><a href=/>x</a></nav>"
    "<p>Some text, with an accent \xE9, that is long enough\r\n"
    "3d\r\n to be a paragraph of its own.</p><ul><li>one<li>two</ul></body>\r\n0\r\n\r\n";

static char archive[] = "/tmp/echometer-oom-XXXXXX";

static int write_archive(void **state)
{
    (void)state;
    int fd = mkstemp(archive);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out)
        return -1;
    for (int i = 0; i < 3; i++)
        fprintf(out,
                "WARC/1.0\r\nWARC-Type: response\r\n"
                "WARC-Target-URI: https://www.example.org/%d\r\n"
                "WARC-Date: 2022-01-01T00:00:00Z\r\n"
                "Content-Type: application/http; msgtype=response\r\n"
                "Content-Length: %zu\r\n\r\n%s\r\n\r\n",
                i, sizeof(page) - 1, page);
    fprintf(out, "garbage\n");
    return fclose(out);
}

static int remove_archive(void **state)
{
    (void)state;
    return unlink(archive);
}

static enum em_status format(struct em_buf *lines, const struct em_page *p,
                             const struct em_doc *doc, const struct em_verdict *verdict,
                             enum em_drop drop)
{
    (void)verdict;
    return em_buf_printf(lines, "%.*s %u %s\n", EM_VIEW_ARGS(p->url),
                         doc ? doc->words : 0, em_drop_name(drop));
}

static bool write_lines(void *context, struct em_view lines)
{
    (void)context;
    return lines.len > 0;
}

static void damage(void *context, const char *file, uint64_t offset, const char *reason)
{
    (void)context;
    (void)file;
    (void)offset;
    assert_non_null(reason);
}

static bool flush_lines(void *context, uint64_t *length)
{
    (void)context;
    *length = 0;
    return true;
}

static enum em_status scan(const struct em_model *model, uint32_t threads,
                           struct em_recorder *recorder, struct em_summary *summary)
{
    const char *files[] = {archive};
    struct em_err err;
    struct em_scan_options options = {.files = files,
                                      .n_files = 1,
                                      .threads = threads,
                                      .source = {.verify = true},
                                      .detect = {.spans = true},
                                      .model = model,
                                      .drops = true,
                                      .format = format,
                                      .write = write_lines,
                                      .flush = flush_lines,
                                      .recorder = recorder,
                                      .damage = damage};
    return em_scan_run(&options, summary, &err);
}

static void fail_each(const struct em_model *model, uint32_t threads, int sticky)
{
    long nth = 1;
    for (; nth < MAX_ALLOCATIONS; nth++) {
        struct em_summary summary;
        em_alloc_fail_at(nth, sticky);
        enum em_status status = scan(model, threads, NULL, &summary);
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        if (made < nth)
            break; /* this run made fewer allocations than that: all have failed once */
    }
    assert_true(nth > 10 && nth < MAX_ALLOCATIONS);
}

/* A new index each time: its making can fail as well. */
static enum em_status scan_into_index(const char *dir)
{
    const char *files[] = {archive};
    struct em_recorder *recorder;
    struct em_summary summary;
    struct em_err err;
    enum em_status status = em_recorder_open(&recorder, dir, NULL, files, 1, &err);
    if (status == EM_OK) {
        status = scan(NULL, 1, recorder, &summary);
        em_recorder_free(recorder);
    }
    return status;
}

static void remove_index(const char *dir)
{
    static const char *const names[] = {"data.mdb", "lock.mdb", "writer"};
    char path[128];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void test_index(void **state)
{
    char dir[64];
    long nth = 1;
    (void)state;
    snprintf(dir, sizeof(dir), "%s.index", archive);
    for (; nth < MAX_ALLOCATIONS; nth++) {
        em_alloc_fail_at(nth, 0);
        enum em_status status = scan_into_index(dir);
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        remove_index(dir);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        if (made < nth)
            break;
    }
    assert_true(nth > 40 && nth < MAX_ALLOCATIONS);
}

static struct em_model *model_of(void)
{
    struct em_model *model = NULL;
    const char *path = getenv("ECHOMETER_MODEL");
    struct em_err err;
    if (em_model_load(&model, path ? path : "configs/models/en.emm", &err) != EM_OK)
        fail_msg("%s", err.text);
    return model;
}

static void test_each_allocation_fails_once(void **state)
{
    (void)state;
    struct em_model *model = model_of();
    fail_each(model, 1, 0);
    em_model_free(model);
}

static void test_memory_ends_for_good(void **state)
{
    (void)state;
    struct em_model *model = model_of();
    fail_each(model, 1, 1);
    em_model_free(model);
}

static void test_threads(void **state)
{
    (void)state;
    fail_each(NULL, 2, 0);
}

static void test_a_model_that_cannot_be_loaded(void **state)
{
    (void)state;
    for (long nth = 1; nth < 100; nth++) {
        struct em_model *model = NULL;
        struct em_err err;
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_model_load(&model, "configs/models/en.emm", &err);
        em_alloc_fail_at(0, 0);
        if (status == EM_OK) {
            em_model_free(model);
            assert_true(nth > 1);
            return;
        }
        assert_int_equal(status, EM_ERR_NOMEM);
        assert_null(model);
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_allocation_fails_once),
        cmocka_unit_test(test_memory_ends_for_good),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_a_model_that_cannot_be_loaded),
    };
    return cmocka_run_group_tests_name("oom", tests, write_archive, remove_archive);
}
