/* SPDX-License-Identifier: Apache-2.0
 *
 * The dashboard's answers without HTTP: paths, paging, arguments, who may ask, where to
 * listen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json_read.h"
#include "base/json_text.h"
#include "report/serve/routes.h"

#include <string.h>

struct arguments {
    const char *name[8], *value[8];
};

static const char *argument(void *context, const char *name)
{
    const struct arguments *a = context;
    for (int i = 0; i < 8 && a->name[i]; i++)
        if (strcmp(a->name[i], name) == 0)
            return a->value[i];
    return NULL;
}

static struct em_snapshot snapshot;
static const struct em_crawl_stats *crawl; /* what requests carry */

static void fill(enum em_report_part part, const char *text)
{
    assert_int_equal(em_buf_append_view(&snapshot.parts.bufs[part], em_view_of(text)),
                     EM_OK);
}

static int make_snapshot(void **state)
{
    (void)state;
    em_report_parts_init(&snapshot.parts);
    em_buf_init(&snapshot.report, 1 << 20);
    em_buf_init(&snapshot.page, 1 << 20);
    snapshot.version = 7;
    fill(EM_REPORT_MADE, "2026-01-02T03:04:05Z");
    fill(EM_REPORT_MODEL, "{\"name\":\"m@1\"}\n");
    fill(EM_REPORT_OVERVIEW, "{\"documents\":12,\"flagged\":3,\"drops\":{\"mime\":4}}\n");
    fill(EM_REPORT_BY_DOMAIN, "{\"total\":9,\"rows\":[{\"domain\":\"a\"},{\"domain\":\"b,"
                              "]}\"},{\"domain\":\"c\"}]}\n");
    (void)!em_buf_append(&snapshot.page, "<html>", 6);
    (void)!em_buf_append(&snapshot.report, "{}", 2);
    return 0;
}

static int free_snapshot(void **state)
{
    (void)state;
    em_report_parts_release(&snapshot.parts);
    em_buf_release(&snapshot.report);
    em_buf_release(&snapshot.page);
    return 0;
}

static enum em_status search(void *context, const struct em_serve_search *asked,
                             struct em_buf *rows, uint64_t *total)
{
    *(struct em_serve_search *)context = *asked;
    *total = 40;
    return em_buf_printf(rows, "{\"url\":\"x\"}\n{\"url\":\"y\"}\n");
}

/* Status of the answer; its body as a string, in `body`. */
static unsigned ask(const char *path, const struct arguments *arguments, char *body,
                    size_t cap, const struct em_snapshot *of)
{
    static const struct arguments none;
    struct em_serve_search asked;
    struct em_serve_request request = {
        .path = path,
        .argument = argument,
        .argument_context = (void *)(uintptr_t)(arguments ? arguments : &none),
        .search = search,
        .search_context = &asked,
        .crawl = crawl,
        .counters = {.requests = 5, .clients = 2}};
    struct em_serve_response r;
    em_serve_response_init(&r);
    assert_int_equal(em_serve_answer(of, &request, &r), EM_OK);
    assert_true(r.body.len < cap);
    memcpy(body, r.body.data, r.body.len);
    body[r.body.len] = '\0';
    if (strcmp(r.type, "application/json") == 0) {
        struct em_json_reader *reader;
        assert_int_equal(em_json_reader_new(&reader), EM_OK);
        assert_int_equal(em_json_reader_parse(reader, em_buf_view(&r.body), NULL), EM_OK);
        em_json_reader_free(reader);
    }
    unsigned status = r.status;
    em_serve_response_release(&r);
    return status;
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const there[] = {"/",
                                        "/healthz",
                                        "/readyz",
                                        "/metrics",
                                        "/api/v1/report",
                                        "/api/v1/overview",
                                        "/api/v1/prevalence",
                                        "/api/v1/drops",
                                        "/api/v1/sites",
                                        "/api/v1/echoes",
                                        "/api/v1/flagged",
                                        "/api/v1/turned",
                                        "/api/v1/inputs",
                                        "/api/v1/spread",
                                        "/api/v1/hits",
                                        "/api/v1/documents"};
    static const char *const nowhere[] = {"",
                                          "/x",
                                          "/api/v1/",
                                          "/api/v2/overview",
                                          "/../etc/passwd",
                                          "/api/v1/overview/",
                                          "/api/v1/sites%00"};
    char body[8192];
    for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
        assert_int_equal(ask(there[i], NULL, body, sizeof(body), &snapshot), 200);
    for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
        assert_int_equal(ask(nowhere[i], NULL, body, sizeof(body), &snapshot), 404);
}

static void test_before_the_first_snapshot(void **state)
{
    (void)state;
    char body[8192];
    assert_int_equal(ask("/healthz", NULL, body, sizeof(body), NULL), 200);
    assert_int_equal(ask("/metrics", NULL, body, sizeof(body), NULL), 200);
    assert_int_equal(ask("/readyz", NULL, body, sizeof(body), NULL), 503);
    assert_int_equal(ask("/", NULL, body, sizeof(body), NULL), 503);
    assert_int_equal(ask("/api/v1/overview", NULL, body, sizeof(body), NULL), 503);
}

static void test_values(void **state)
{
    (void)state;
    char body[8192];
    ask("/api/v1/overview", NULL, body, sizeof(body), &snapshot);
    assert_string_equal(body,
                        "{\"schema\":1,\"version\":7,\"made\":\"2026-01-02T03:04:05Z\","
                        "\"model\":{\"name\":\"m@1\"},\"overview\":{\"documents\":12,"
                        "\"flagged\":3,\"drops\":{\"mime\":4}}}\n");
    ask("/api/v1/drops", NULL, body, sizeof(body), &snapshot);
    assert_non_null(strstr(body, "\"drops\":{\"mime\":4},\"inputs\":null"));
    ask("/metrics", NULL, body, sizeof(body), &snapshot);
    assert_non_null(strstr(body, "\nechometer_index_documents 12\n"));
    assert_non_null(strstr(body, "\nechometer_serve_requests_total 5\n"));
    assert_null(strstr(body, "index_words")); /* not in the overview: not claimed */
    ask("/", NULL, body, sizeof(body), &snapshot);
    assert_string_equal(body, "<html>");
}

static void test_paging(void **state)
{
    (void)state;
    char body[8192];
    static const struct {
        const char *offset, *limit, *want;
    } pages[] = {
        {NULL, NULL,
         "\"rows\":[{\"domain\":\"a\"},{\"domain\":\"b,]}\"},{\"domain\":\"c\"}]"},
        {"0", "1", "\"rows\":[{\"domain\":\"a\"}]"},
        {"1", "1", "\"rows\":[{\"domain\":\"b,]}\"}]"},
        {"2", "1000", "\"rows\":[{\"domain\":\"c\"}]"},
        {"3", "5", "\"rows\":[]"},
        {"9223372036854775807", "1", "\"rows\":[]"},
    };
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const struct arguments a = {{"offset", "limit"},
                                    {pages[i].offset, pages[i].limit}};
        assert_int_equal(ask("/api/v1/sites", &a, body, sizeof(body), &snapshot), 200);
        assert_non_null(strstr(body, pages[i].want));
        assert_non_null(strstr(body, "\"total\":9,"));
        assert_non_null(strstr(body, ",\"kept\":3}"));
    }
    static const char *const bad[] = {
        "-1", "x", "1x", " 1", "0x10", "1e3", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct arguments offset = {{"offset"}, {bad[i]}},
                               limit = {{"limit"}, {bad[i]}};
        assert_int_equal(ask("/api/v1/sites", &offset, body, sizeof(body), &snapshot),
                         400);
        assert_int_equal(ask("/api/v1/documents", &limit, body, sizeof(body), &snapshot),
                         400);
        assert_non_null(strstr(body, "\"error\":\""));
    }
    const struct arguments none = {{"limit"}, {"0"}}, many = {{"limit"}, {"1001"}};
    assert_int_equal(ask("/api/v1/sites", &none, body, sizeof(body), &snapshot), 400);
    assert_int_equal(ask("/api/v1/sites", &many, body, sizeof(body), &snapshot), 400);
}

static void test_documents(void **state)
{
    (void)state;
    char body[8192], longer[300];
    const struct arguments a = {{"verdict", "domain", "limit"},
                                {"machine", "a.org", "2"}};
    assert_int_equal(ask("/api/v1/documents", &a, body, sizeof(body), &snapshot), 200);
    assert_non_null(strstr(body,
                           "\"total\":40,\"offset\":0,\"limit\":2,\"rows\":[{\"url\":"
                           "\"x\"},{\"url\":\"y\"}]}"));
    const struct arguments b = {{"verdict"}, {"robot"}};
    assert_int_equal(ask("/api/v1/documents", &b, body, sizeof(body), &snapshot), 400);
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    const struct arguments c = {{"domain"}, {longer}};
    assert_int_equal(ask("/api/v1/documents", &c, body, sizeof(body), &snapshot), 400);
}

static void test_hosts(void **state)
{
    (void)state;
    assert_true(em_serve_host_is_known("127.0.0.1:8080", "127.0.0.1"));
    assert_true(em_serve_host_is_known("LocalHost", "127.0.0.1"));
    assert_true(em_serve_host_is_known("[::1]:80", "127.0.0.1"));
    assert_true(em_serve_host_is_known("10.0.0.5:8080", "10.0.0.5"));
    assert_false(em_serve_host_is_known("evil.example:8080", "127.0.0.1"));
    assert_false(em_serve_host_is_known("localhost.evil.example", "127.0.0.1"));
    assert_false(em_serve_host_is_known("127.0.0.1.evil.example", "127.0.0.1"));
    assert_false(em_serve_host_is_known("[::1", "127.0.0.1"));
    assert_false(em_serve_host_is_known("[::1]x", "127.0.0.1"));
    assert_false(em_serve_host_is_known("", "127.0.0.1"));
    assert_false(em_serve_host_is_known(NULL, "127.0.0.1"));
}

static void test_listen(void **state)
{
    (void)state;
    static const struct {
        const char *text, *address;
        uint16_t port;
        bool ok, loopback;
    } want[] = {
        {"8080", "127.0.0.1", 8080, true, true},
        {":0", "127.0.0.1", 0, true, true},
        {"localhost:1", "127.0.0.1", 1, true, true},
        {"0.0.0.0:65535", "0.0.0.0", 65535, true, false},
        {"127.8.0.1:9", "127.8.0.1", 9, true, true},
        {"[::1]:9", "::1", 9, true, true},
        {"[::]:9", "::", 9, true, false},
        {"65536", "", 0, false, false},
        {"", "", 0, false, false},
        {"host.example:80", "", 0, false, false},
        {"127.0.0.1:", "", 0, false, false},
        {"127.0.0.1:8o", "", 0, false, false},
        {"[::1:9", "", 0, false, false},
    };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct em_serve_listen at;
        assert_int_equal(em_serve_listen_parse(want[i].text, &at), want[i].ok);
        if (!want[i].ok)
            continue;
        assert_string_equal(at.address, want[i].address);
        assert_int_equal(at.port, want[i].port);
        assert_int_equal(at.loopback, want[i].loopback);
    }
}

static void test_token(void **state)
{
    (void)state;
    assert_true(em_serve_token_is("0123456789abcdef", "0123456789abcdef"));
    assert_false(em_serve_token_is("0123456789abcdeF", "0123456789abcdef"));
    assert_false(em_serve_token_is("0123456789abcde", "0123456789abcdef"));
    assert_false(
        em_serve_token_is("0123456789abcdef0123456789abcdef", "0123456789abcdef"));
    assert_false(em_serve_token_is("", "0123456789abcdef"));
    assert_false(em_serve_token_is(NULL, "0123456789abcdef"));
}

/* A crawl's numbers, where one is shown: in an answer of their own and among the metrics. */
static void test_crawl(void **state)
{
    struct em_crawl_stats stats = {.pages = 41, .failed = 2};
    char body[1 << 15];
    (void)state;
    assert_int_equal(ask("/api/v1/crawl", NULL, body, sizeof(body), &snapshot), 404);
    assert_non_null(strstr(body, "--crawl"));
    assert_int_equal(ask("/metrics", NULL, body, sizeof(body), &snapshot), 200);
    assert_null(strstr(body, "_crawl_"));
    stats.errors[1] = 2;
    crawl = &stats;
    assert_int_equal(ask("/api/v1/crawl", NULL, body, sizeof(body), &snapshot), 200);
    assert_non_null(strstr(body, "\"version\":7"));
    assert_non_null(strstr(body, "\"crawl\":{\"schema\":1,\"pages\":41,"));
    assert_non_null(strstr(body, em_fetch_error_name((enum em_fetch_error)1)));
    assert_int_equal(ask("/api/v1/crawl", NULL, body, sizeof(body), NULL), 503);
    assert_int_equal(ask("/metrics", NULL, body, sizeof(body), &snapshot), 200);
    assert_non_null(strstr(body, "\nechometer_crawl_pages_total 41\n"));
    assert_non_null(strstr(body, "\nechometer_serve_requests_total 5\n"));
    crawl = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_before_the_first_snapshot),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_paging),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_listen),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_crawl),
    };
    return cmocka_run_group_tests_name("serve", tests, make_snapshot, free_snapshot);
}
