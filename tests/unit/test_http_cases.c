/* SPDX-License-Identifier: Apache-2.0
 *
 * Response cases of llhttp and curl, as tests/conformance/http_cases.pl gives them: the
 * status, and the body after codings. Both are stricter than an archive reader may be;
 * every difference is in the table below with its reason, and must still differ. Skipped
 * where the shared assets are absent.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/archive/coding.h"

#include <stdio.h>
#include <stdlib.h>

static struct {
    const char *name, *why;
    bool differs;
} explained[] = {
    {"llhttp test/response/sample.md:42 ", "RTSP: no archive holds it as HTTP", false},
    {"llhttp test/response/sample.md:62 ", "ICE: the same", false},
    {"curl test1433/", "a version of 101 digits; curl fails it too (exit 1)", false},
    {"curl test1484/", "a HEAD request: curl must not read the body that is there",
     false},
    {"curl test1540/", "curl's own message about pausing is in its output", false},
};
enum { EXPLAINED = sizeof(explained) / sizeof(explained[0]) };

struct tally {
    unsigned cases, heads, bodies, explained, different;
};

static bool is_explained(const char *name)
{
    for (size_t i = 0; i < EXPLAINED; i++)
        if (strncmp(name, explained[i].name, strlen(explained[i].name)) == 0) {
            explained[i].differs = true;
            return true;
        }
    return false;
}

static void run_case(struct tally *tally, struct em_coder *coder, const char *name,
                     int want_status, const char *mode, struct em_view block,
                     struct em_view want)
{
    struct em_http_head head;
    struct em_http_body body = {.undone = 0};
    bool http = em_http_parse(block, &head);
    enum em_status status = em_http_decode(coder, &head, &body);
    bool right = want_status < 0 || (http && head.status == want_status);
    if (strcmp(mode, "exact") == 0)
        right = right && status == EM_OK && em_view_eq(body.body, want);
    else if (strcmp(mode, "prefix") == 0)
        right = right && status == EM_OK && em_view_starts(body.body, want);
    tally->cases++;
    if (right) {
        tally->heads += want_status >= 0;
        tally->bodies += strcmp(mode, "any") != 0;
    } else if (is_explained(name)) {
        tally->explained++;
    } else {
        tally->different++;
        print_message(
            "%s: %s, status %d instead of %d, %zu bytes '%.*s' instead of %zu\n", name,
            em_status_text(status), head.status, want_status, body.body.len,
            (int)(body.body.len < 40 ? body.body.len : 40), body.body.data, want.len);
    }
}

static bool read_case(FILE *in, struct tally *tally, struct em_coder *coder)
{
    char name[512], mode[16];
    int status;
    size_t block_len, body_len;
    if (fscanf(in, "%511[^\t]\t%d\t%15[a-z]\t%zu\t%zu", name, &status, mode, &block_len,
               &body_len) != 5)
        return false;
    assert_int_equal(fgetc(in), '\n');
    assert_true(block_len < (1u << 24) && body_len < (1u << 24));
    char *block = malloc(block_len + 1), *body = malloc(body_len + 1);
    assert_true(block && body);
    assert_int_equal(fread(block, 1, block_len, in), block_len);
    assert_int_equal(fread(body, 1, body_len, in), body_len);
    run_case(tally, coder, name, status, mode, em_view_make(block, block_len),
             em_view_make(body, body_len));
    free(block);
    free(body);
    return true;
}

static void test_cases_of_llhttp_and_curl(void **state)
{
    (void)state;
    FILE *in = popen("folder=$(tests/assets.sh http 2>/dev/null) && "
                     "tests/conformance/http_cases.pl \"$folder\"",
                     "r");
    struct tally tally = {0};
    struct em_coder *coder;
    assert_non_null(in);
    assert_int_equal(em_coder_new(&coder), EM_OK);
    while (read_case(in, &tally, coder))
        ;
    em_coder_free(coder);
    int code = pclose(in);
    if (tally.cases == 0) {
        print_message("skipped: no shared assets\n");
        skip();
    }
    print_message(
        "http cases: %u; %u statuses and %u bodies as llhttp and curl have them, "
        "%u explained, %u different\n",
        tally.cases, tally.heads, tally.bodies, tally.explained, tally.different);
    assert_int_equal(code, 0);
    assert_int_equal(tally.different, 0);
    for (size_t i = 0; i < EXPLAINED; i++)
        if (!explained[i].differs)
            fail_msg("no longer differs: %s", explained[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_of_llhttp_and_curl),
    };
    return cmocka_run_group_tests_name("http_cases", tests, NULL, NULL);
}
