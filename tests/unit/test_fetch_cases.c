/* SPDX-License-Identifier: Apache-2.0
 *
 * The response cases of llhttp and curl (tests/conformance/http_cases.pl) played byte for
 * byte to the fetcher: every one ends in a response or in a clear error, and what llhttp
 * reads without an error is read with the same status. Skipped where the shared assets are
 * absent.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/net/fetch.h"
#include "base/wire/fields.h"
#include "loopback.h"

/* Read by llhttp and not by libcurl, or the other way round; each must still differ. */
static struct {
    const char *name, *why;
    bool differs;
} explained[] = {
    {"llhttp test/response/connection.md:588 ", "a blank line too many after 100", false},
    {"llhttp test/response/sample.md:42 ", "RTSP is not HTTP", false},
    {"llhttp test/response/sample.md:62 ", "ICE is not HTTP", false},
    {"llhttp test/response/sample.md:647 ", "HTTP/0.9 in a status line", false},
    {"llhttp test/response/sample.md:697 ", "a blank line before the status line", false},
};
enum { EXPLAINED = sizeof(explained) / sizeof(explained[0]) };

/* Blocks stay until the server has stopped: a thread of its may still send one. */
enum { MAX_CASES = 8192 };

struct play {
    struct em_view blocks[MAX_CASES]; /* by the number in the path */
    unsigned n;
    unsigned cases, errors[EM_FETCH_ERROR_COUNT], statuses, explained, different;
    const char *name;
    int want, got;
    bool finished, strict;
};

static bool answer(struct loopback *server, int fd, const char *head)
{
    const struct play *play = server->context;
    unsigned i = MAX_CASES;
    if (sscanf(head, "GET /%u ", &i) == 1 && i < MAX_CASES)
        (void)loopback_send(fd, play->blocks[i].data, play->blocks[i].len);
    return false; /* and the end: every case ends */
}

static bool is_explained(const char *name)
{
    for (size_t i = 0; i < EXPLAINED; i++)
        if (strncmp(name, explained[i].name, strlen(explained[i].name)) == 0) {
            explained[i].differs = true;
            return true;
        }
    return false;
}

static void done(void *context, const struct em_fetch_result *r)
{
    struct play *p = context;
    p->finished = true;
    p->cases++;
    p->errors[r->error]++;
    if (r->error == EM_FETCH_INTERNAL || r->error == EM_FETCH_NOMEM)
        fail_msg("%s: %s: %s", p->name, em_fetch_error_name(r->error), r->detail);
    assert_true(r->error == EM_FETCH_OK || r->detail[0]);
    if (r->error == EM_FETCH_OK) {
        assert_true(r->status >= 101 && r->status <= 999);
        assert_int_equal(em_field_status(r->header), r->status);
    }
    if (p->want < 0)
        return;
    if (r->status == p->want) {
        p->statuses++;
    } else if (is_explained(p->name)) {
        p->explained++;
    } else if (strncmp(p->name, "llhttp", 6) == 0) {
        p->different++;
        print_message("%s: %s (%s), status %d instead of %d\n", p->name,
                      em_fetch_error_name(r->error), r->detail, r->status, p->want);
    }
}

static bool play_case(FILE *in, struct play *p, struct em_fetcher *fetcher, uint16_t port)
{
    char name[512], mode[16], url[64];
    struct em_err err;
    size_t block_len, body_len;
    struct em_fetch_request request = {0};
    if (fscanf(in, "%511[^\t]\t%d\t%15[a-z]\t%zu\t%zu", name, &p->want, mode, &block_len,
               &body_len) != 5)
        return false;
    assert_int_equal(fgetc(in), '\n');
    assert_true(block_len < (1u << 24) && body_len < (1u << 24));
    char *block = malloc(block_len + body_len + 1);
    assert_non_null(block);
    assert_int_equal(fread(block, 1, block_len + body_len, in), block_len + body_len);
    assert_true(p->n < MAX_CASES);
    p->blocks[p->n] = em_view_make(block, block_len);
    p->name = name;
    p->finished = false;
    snprintf(url, sizeof(url), "http://case.test:%u/%u", port, p->n++);
    request.url = em_view_of(url);
    assert_true(em_address_parse(EM_VIEW("127.0.0.1"), &request.address));
    assert_int_equal(em_fetch_start(fetcher, &request), EM_OK);
    while (!p->finished)
        assert_int_equal(em_fetcher_run(fetcher, -1, &err), EM_OK);
    return true;
}

static void test_cases_of_llhttp_and_curl(void **state)
{
    (void)state;
    struct loopback server;
    struct em_fetcher_options o;
    struct em_fetcher *fetcher;
    struct em_err err;
    static struct play play;
    FILE *in = popen("folder=$(tests/assets.sh http 2>/dev/null) && "
                     "tests/conformance/http_cases.pl \"$folder\"",
                     "r");
    assert_non_null(in);
    assert_true(loopback_start(&server, answer, &play));
    em_fetcher_options_init(&o);
    o.allow_private = true;
    assert_int_equal(em_fetcher_new(&fetcher, &o, done, &play, &err), EM_OK);
    while (play_case(in, &play, fetcher, server.port))
        ;
    em_fetcher_free(fetcher);
    loopback_stop(&server);
    for (unsigned i = 0; i < play.n; i++)
        free((char *)(uintptr_t)play.blocks[i].data);
    int code = pclose(in);
    if (play.cases == 0) {
        print_message("skipped: no shared assets\n");
        skip();
    }
    print_message("fetch cases: %u; %u statuses as expected, %u explained, %u different;",
                  play.cases, play.statuses, play.explained, play.different);
    for (int i = 0; i < EM_FETCH_ERROR_COUNT; i++)
        if (play.errors[i])
            print_message(" %s %u", em_fetch_error_name((enum em_fetch_error)i),
                          play.errors[i]);
    print_message("\n");
    assert_int_equal(code, 0);
    assert_int_equal(play.different, 0);
    for (size_t i = 0; i < EXPLAINED; i++)
        if (!explained[i].differs)
            fail_msg("no longer differs: %s", explained[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_of_llhttp_and_curl),
    };
    return cmocka_run_group_tests_name("fetch_cases", tests, NULL, NULL);
}
