/* SPDX-License-Identifier: Apache-2.0
 *
 * The fetcher against a server in the same program. Deadlines are short where one is to
 * pass and very long where none is: no test measures time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/net/fetch.h"
#include "loopback.h"

enum { LONG_MS = 600000, SHORT_MS = 150, MANY = 300 };

/* --- what the server says ------------------------------------------------------------------- */

static const struct {
    const char *path, *answer;
    bool close;
} answers[] = {
    {"/plain",
     "HTTP/1.1 200 Fine\r\ncontent-TYPE:  text/html \r\nX-Odd: a\r\n "
     "b\r\nContent-Length: "
     "5\r\n\r\nhello",
     false},
    {"/redirect",
     "HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 4\r\n\r\nmove", false},
    {"/chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
     "3;x=y\r\n\x1F\x8B\x08\r\n4\r\nrest\r\n0\r\nX-Trailer: no header\r\n\r\n",
     false},
    {"/not-modified", "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n", false},
    {"/interim",
     "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n"
     "Content-Length: 2\r\n\r\nok",
     false},
    {"/old", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold",
     false},
    {"/folded-first", "HTTP/1.1 200 OK\r\n folded: 1\r\nContent-Length: 2\r\n\r\nok",
     false},
    {"/open-end", "HTTP/1.1 200 OK\r\n\r\nuntil the end", true},
    {"/empty-body", "HTTP/1.1 204 No Content\r\n\r\n", false},
    {"/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", true},
    {"/short-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc",
     true},
    {"/bad-chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
     true},
    {"/nothing", "", true},
    {"/nine", "<html>no header at all</html>", true},
    {"/garbage", "HTTP/1.1 abc what\r\n\r\n", true},
    {"/bad-length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", true},
    {"/only-interim", "HTTP/1.1 103 Early Hints\r\n\r\n", true},
    {"/large", "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", true},
};

static bool special(int fd, const char *path)
{
    if (strcmp(path, "/reset") == 0) {
        loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        /* Read by the other side before the reset comes: it asks for no more after the
         * header, so only the order of packets on loopback counts. */
        loopback_reset(fd);
    } else if (strcmp(path, "/silent") == 0) {
        loopback_hang(fd);
    } else if (strcmp(path, "/half-header") == 0) {
        loopback_text(fd, "HTTP/1.1 200 OK\r\nX-Slow: ");
        loopback_hang(fd);
    } else if (strcmp(path, "/half-body") == 0) {
        loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
        loopback_hang(fd);
    } else if (strcmp(path, "/drip") == 0) {
        loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
        char piece[1000];
        memset(piece, 'x', sizeof(piece));
        while (loopback_send(fd, piece, sizeof(piece)))
            loopback_pause();
    } else if (strcmp(path, "/endless") == 0 || strcmp(path, "/endless-header") == 0) {
        loopback_text(fd, "HTTP/1.1 200 OK\r\n");
        if (strcmp(path, "/endless") == 0)
            loopback_text(fd, "\r\n");
        while (loopback_text(fd, "X-Line: again and again and again\r\n"))
            ;
    } else if (strcmp(path, "/long-line") == 0) {
        loopback_text(fd, "HTTP/1.1 200 OK\r\nX: ");
        while (loopback_text(fd, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"))
            ;
    } else {
        return loopback_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    return false;
}

static bool answer(struct loopback *server, int fd, const char *head)
{
    char path[256] = "";
    (void)server;
    sscanf(head, "GET %255[^ ?]", path);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (strcmp(path, answers[i].path) == 0)
            return loopback_text(fd, answers[i].answer) && !answers[i].close;
    return special(fd, path);
}

/* --- one fetch -------------------------------------------------------------------------------- */

struct got {
    int n;
    void *tag;
    enum em_fetch_error error;
    enum em_fetch_cut cut;
    int status, version;
    bool reused;
    int64_t announced;
    struct em_address address;
    struct em_fetch_times times;
    struct em_buf header, body, request, detail, url;
};

struct fixture {
    struct loopback server;
    struct em_fetcher_options options;
    struct em_fetcher *fetcher;
    struct got got;
};

static void keep(struct em_buf *to, struct em_view v)
{
    em_buf_clear(to);
    assert_int_equal(em_buf_append_view(to, v), EM_OK);
    assert_int_equal(em_buf_append(to, "", 1), EM_OK);
    to->len--;
}

static void done(void *context, const struct em_fetch_result *r)
{
    struct got *got = &((struct fixture *)context)->got;
    got->n++;
    got->tag = r->tag;
    got->error = r->error;
    got->cut = r->cut;
    got->status = r->status;
    got->version = r->http_version;
    got->reused = r->reused;
    got->announced = r->announced;
    got->address = r->address;
    got->times = r->times;
    assert_non_null(r->detail);
    assert_true(r->error == EM_FETCH_OK || r->detail[0]);
    keep(&got->header, r->header);
    keep(&got->body, r->body);
    keep(&got->request, r->request);
    keep(&got->detail, em_view_of(r->detail));
    keep(&got->url, r->url);
}

static void open_fetcher(struct fixture *f)
{
    struct em_err err;
    em_fetcher_free(f->fetcher);
    assert_int_equal(em_fetcher_new(&f->fetcher, &f->options, done, f, &err), EM_OK);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    *state = f;
    if (!f || !loopback_start(&f->server, answer, f))
        return -1;
    struct em_buf *bufs[] = {&f->got.header, &f->got.body, &f->got.request,
                             &f->got.detail, &f->got.url};
    for (size_t i = 0; i < 5; i++)
        em_buf_init(bufs[i], EM_MAX_BLOCK);
    em_fetcher_options_init(&f->options);
    f->options.allow_private = true;
    f->options.user_agent = "echometer-test/1 (+https://example.org/bot)";
    f->options.from = "bot@example.org";
    f->options.resolve_ms = f->options.connect_ms = f->options.tls_ms = LONG_MS;
    f->options.first_byte_ms = f->options.slow_ms = f->options.total_ms = LONG_MS;
    open_fetcher(f);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    em_fetcher_free(f->fetcher);
    loopback_stop(&f->server);
    em_buf_release(&f->got.header);
    em_buf_release(&f->got.body);
    em_buf_release(&f->got.request);
    em_buf_release(&f->got.detail);
    em_buf_release(&f->got.url);
    free(f);
    return 0;
}

static struct em_fetch_request request_to(struct fixture *f, const char *ip,
                                          char url[512], const char *host,
                                          const char *path)
{
    struct em_fetch_request request = {.tag = f};
    snprintf(url, 512, "http://%s:%u%s", host, f->server.port, path);
    request.url = em_view_of(url);
    if (ip)
        assert_true(em_address_parse(em_view_of(ip), &request.address));
    return request;
}

static struct got *run(struct fixture *f, const struct em_fetch_request *request)
{
    struct em_err err;
    f->got.n = 0;
    assert_int_equal(em_fetch_start(f->fetcher, request), EM_OK);
    while (f->got.n == 0)
        assert_int_equal(em_fetcher_run(f->fetcher, LONG_MS, &err), EM_OK);
    assert_int_equal(f->got.n, 1);
    assert_ptr_equal(f->got.tag, request->tag);
    return &f->got;
}

static struct got *get(struct fixture *f, const char *path)
{
    char url[512];
    struct em_fetch_request request =
        request_to(f, "127.0.0.1", url, "www.example.test", path);
    return run(f, &request);
}

static void assert_error(struct got *got, enum em_fetch_error error)
{
    assert_string_equal(em_fetch_error_name(got->error), em_fetch_error_name(error));
}

/* --- answers ---------------------------------------------------------------------------------- */

static void test_plain(void **state)
{
    struct fixture *f = *state;
    char want[512];
    struct got *got = get(f, "/plain?a=1#frag");
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->status, 200);
    assert_int_equal(got->version, 11);
    assert_string_equal(got->body.data, "hello");
    assert_int_equal(got->announced, 5);
    assert_string_equal(
        got->header.data,
        "HTTP/1.1 200 Fine\r\ncontent-TYPE:  text/html \r\nX-Odd: a\r\n b\r\n"
        "Content-Length: 5\r\n\r\n");
    assert_false(got->reused);
    snprintf(want, sizeof(want), "http://www.example.test:%u/plain?a=1", f->server.port);
    assert_string_equal(got->url.data, want);
    assert_int_equal(got->address.port, f->server.port);
    assert_int_equal(got->address.bytes[0], 127);
    assert_true(got->times.done >= got->times.first_byte &&
                got->times.first_byte >= got->times.connected &&
                got->times.connected > 0);
    /* The request as rebuilt is the request as sent. */
    assert_string_equal(got->request.data, f->server.last);
    assert_non_null(strstr(f->server.last, "\r\nFrom: bot@example.org\r\n"));
    assert_non_null(
        strstr(f->server.last, "\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"));
    assert_null(strstr(f->server.last, "Cookie"));
    got = get(f, "/plain");
    assert_true(got->reused);
    assert_int_equal(f->server.connections, 1);
    assert_string_equal(got->request.data, f->server.last);
}

static void test_redirect_is_not_followed(void **state)
{
    struct got *got = get(*state, "/redirect");
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->status, 302);
    assert_string_equal(got->body.data, "move");
    assert_int_equal(((struct fixture *)*state)->server.requests, 1);
}

static void test_codings(void **state)
{
    struct got *got = get(*state, "/chunked");
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->body.len, 7);
    assert_memory_equal(got->body.data, "\x1F\x8B\x08rest", 7);
    assert_non_null(strstr(got->header.data, "Transfer-Encoding: chunked\r\n"));
    assert_null(strstr(got->header.data, "Trailer"));
    assert_int_equal(got->announced, -1);
    got = get(*state, "/interim");
    assert_string_equal(got->header.data, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    assert_int_equal(got->status, 200);
    got = get(*state, "/open-end");
    assert_error(got, EM_FETCH_OK);
    assert_string_equal(got->body.data, "until the end");
    /* A folded line that comes first: see renew() in transfer.c. */
    for (int i = 0; i < 3; i++)
        assert_true(get(*state, "/folded-first")->error == EM_FETCH_OK ||
                    ((struct fixture *)*state)->got.error == EM_FETCH_PROTOCOL);
    got = get(*state, "/empty-body");
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->status, 204);
    assert_int_equal(got->body.len, 0);
}

static void test_conditional(void **state)
{
    struct fixture *f = *state;
    char url[512];
    struct em_fetch_request request =
        request_to(f, "127.0.0.1", url, "example.test", "/not-modified");
    request.if_none_match = EM_VIEW("W/\"v1\"");
    request.if_modified_since = EM_VIEW("Sun, 06 Nov 1994 08:49:37 GMT");
    struct got *got = run(f, &request);
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->status, 304);
    assert_non_null(strstr(f->server.last, "\r\nIf-None-Match: W/\"v1\"\r\n"));
    assert_non_null(strstr(f->server.last,
                           "\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    assert_string_equal(got->request.data, f->server.last);
    /* Not into the next request, and no line of a server's making. */
    request.if_none_match = EM_VIEW("\"a\"\r\nX-Evil: 1");
    request.if_modified_since = EM_VIEW_NONE;
    got = run(f, &request);
    assert_null(strstr(f->server.last, "If-"));
    assert_null(strstr(f->server.last, "Evil"));
    assert_string_equal(got->request.data, f->server.last);
}

/* A server that spoke HTTP/1.0 is asked in HTTP/1.1 again, as the rebuilt request says. */
static void test_old_server(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct got *got = get(f, "/old");
        assert_error(got, EM_FETCH_OK);
        assert_int_equal(got->version, 10);
        assert_false(got->reused);
        assert_string_equal(got->request.data, f->server.last);
    }
    get(f, "/plain");
    assert_string_equal(f->got.request.data, f->server.last);
}

static void test_size_cap(void **state)
{
    struct fixture *f = *state;
    char url[512];
    struct em_fetch_request request =
        request_to(f, "127.0.0.1", url, "h.test", "/endless");
    request.max_body = 100000;
    struct got *got = run(f, &request);
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->cut, EM_FETCH_CUT_LENGTH);
    assert_int_equal(got->body.len, 100000);
    request = request_to(f, "127.0.0.1", url, "h.test", "/plain");
    request.max_body = 5;
    assert_int_equal(run(f, &request)->cut, EM_FETCH_WHOLE);
    request.max_body = 4;
    got = run(f, &request);
    assert_int_equal(got->cut, EM_FETCH_CUT_LENGTH);
    assert_string_equal(got->body.data, "hell");
    f->options.max_announced = 999998;
    f->options.max_buffered = 50000;
    open_fetcher(f);
    got = get(f, "/large");
    assert_error(got, EM_FETCH_TOO_LARGE);
    assert_int_equal(got->announced, 999999);
    assert_int_equal(got->status, 200);
    got = get(f, "/endless");
    assert_int_equal(got->cut, EM_FETCH_CUT_MEMORY);
    assert_true(got->body.len <= 50000);
    struct em_fetcher_stats stats;
    em_fetcher_stats(f->fetcher, &stats);
    assert_int_equal(stats.buffered, 0);
    assert_true(stats.buffered_peak > 0 && stats.buffered_peak <= 50000);
}

static void test_header_limits(void **state)
{
    struct fixture *f = *state;
    assert_error(get(f, "/endless-header"), EM_FETCH_HEADER_LIMIT);
    f->options.max_header_lines = 3;
    open_fetcher(f);
    assert_error(get(f, "/plain"), EM_FETCH_HEADER_LIMIT);
    assert_error(get(f, "/redirect"), EM_FETCH_HEADER_LIMIT);
    assert_error(get(f, "/empty-body"), EM_FETCH_OK);
/* libcurl has a limit of its own for a line, which comes first */
got_long_line:
    get(f, "/long-line");
    if (f->got.error == EM_FETCH_RESET)
        goto got_long_line;
    assert_true(f->got.error == EM_FETCH_HEADER_LIMIT ||
                f->got.error == EM_FETCH_PROTOCOL || f->got.error == EM_FETCH_NOMEM);
}

static bool wanted(void *context, const struct em_fetch_result *so_far)
{
    *(int *)context = so_far->status;
    return em_view_find(so_far->header, 0, EM_VIEW("text/html")) < so_far->header.len;
}

static void test_header_callback(void **state)
{
    struct fixture *f = *state;
    char url[512];
    int status = 0;
    struct em_fetch_request request =
        request_to(f, "127.0.0.1", url, "h.test", "/endless");
    request.header = wanted;
    request.header_context = &status;
    struct got *got = run(f, &request);
    assert_error(got, EM_FETCH_OK);
    assert_int_equal(got->cut, EM_FETCH_CUT_UNWANTED);
    assert_int_equal(got->body.len, 0);
    assert_int_equal(got->status, 200);
    assert_int_equal(status, 200);
    request.url = em_view_of(url);
    request = request_to(f, "127.0.0.1", url, "h.test", "/plain");
    request.header = wanted;
    request.header_context = &status;
    got = run(f, &request);
    assert_int_equal(got->cut, EM_FETCH_WHOLE);
    assert_string_equal(got->body.data, "hello");
}

/* --- failures --------------------------------------------------------------------------------- */

static void test_broken_answers(void **state)
{
    struct fixture *f = *state;
    struct got *got = get(f, "/short");
    assert_error(got, EM_FETCH_SHORT);
    assert_int_equal(got->status, 200);
    assert_string_equal(got->body.data, "short");
    assert_error(get(f, "/short-chunk"), EM_FETCH_SHORT);
    assert_error(get(f, "/bad-chunk"), EM_FETCH_PROTOCOL);
    assert_error(get(f, "/nothing"), EM_FETCH_EMPTY);
    assert_error(get(f, "/nine"), EM_FETCH_PROTOCOL);
    assert_error(get(f, "/garbage"), EM_FETCH_PROTOCOL);
    assert_error(get(f, "/bad-length"), EM_FETCH_PROTOCOL);
    got = get(f, "/only-interim");
    assert_true(got->error == EM_FETCH_EMPTY || got->error == EM_FETCH_PROTOCOL);
    assert_int_equal(got->status, 0);
    assert_int_equal(got->header.len, 0);
    assert_error(get(f, "/reset"), EM_FETCH_RESET);
    assert_error(get(f, "/plain"), EM_FETCH_OK);
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    char url[512];
    int fd =
        socket(AF_INET, SOCK_STREAM, 0); /* bound, not listening: nobody else has it */
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    struct em_fetch_request request = request_to(f, "127.0.0.1", url, "h.test", "/");
    request.address.port = ntohs(at.sin_port);
    assert_error(run(f, &request), EM_FETCH_REFUSED);
    assert_int_equal(f->got.address.port, ntohs(at.sin_port));
    assert_int_equal(f->got.request.len, 0);
    close(fd);
}

static void test_bad_urls(void **state)
{
    struct fixture *f = *state;
    static const char *const urls[] = {
        "",
        "no url",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://user@example.org/",
        "http://:secret@example.org/",
        "http://user:secret@127.0.0.1/",
        "http://[::1/",
        "gopher://127.0.0.1:70/_x",
        "javascript:alert(1)",
        "//example.org/",
    };
    struct em_fetch_request request = {.tag = f};
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        request.url = em_view_of(urls[i]);
        assert_error(run(f, &request), EM_FETCH_BAD_URL);
    }
    char *longer = malloc(EM_MAX_URL + 100);
    memset(longer, 'a', EM_MAX_URL + 100);
    memcpy(longer, "http://h.test/", 14);
    request.url = em_view_make(longer, EM_MAX_URL + 100);
    assert_error(run(f, &request), EM_FETCH_BAD_URL);
    free(longer);
    assert_int_equal(f->server.connections, 0);
}

/* By its address, by a name with that address, and as IPv6 that carries it. */
static void test_guard(void **state)
{
    struct fixture *f = *state;
    char url[512];
    f->options.allow_private = false;
    open_fetcher(f);
    assert_error(get(f, "/plain"), EM_FETCH_BLOCKED);
    assert_string_equal(f->got.detail.data, "loopback (RFC 1122)");
    struct em_fetch_request request = request_to(f, NULL, url, "127.0.0.1", "/plain");
    assert_error(run(f, &request), EM_FETCH_BLOCKED);
    request = request_to(f, NULL, url, "localhost", "/plain");
    assert_error(run(f, &request), EM_FETCH_BLOCKED);
    request = request_to(f, NULL, url, "[::ffff:127.0.0.1]", "/plain");
    assert_error(run(f, &request), EM_FETCH_BLOCKED);
    request = request_to(f, NULL, url, "0x7f.1", "/plain");
    assert_error(run(f, &request), EM_FETCH_BLOCKED);
    request = request_to(f, "169.254.169.254", url, "h.test", "/latest/meta-data/");
    assert_error(run(f, &request), EM_FETCH_BLOCKED);
    assert_int_equal(f->server.connections, 0);
    f->options.allow_private = true;
    open_fetcher(f);
    assert_error(run(f, &request), EM_FETCH_BLOCKED);
    request = request_to(f, NULL, url, "127.0.0.1", "/plain");
    assert_error(run(f, &request), EM_FETCH_OK);
}

/* A connection to one address of a name is not used for another one. */
static void test_pinned(void **state)
{
    struct fixture *f = *state;
    char url[512];
    static const char *const ips[] = {"127.0.0.2", "127.0.0.3", "127.0.0.2", "127.0.0.3"};
    for (int i = 0; i < 4; i++) {
        struct em_fetch_request request =
            request_to(f, ips[i], url, "pinned.test", "/plain");
        struct got *got = run(f, &request);
        assert_error(got, EM_FETCH_OK);
        assert_true(em_address_same_ip(&got->address, &request.address));
        assert_int_equal(got->reused, i >= 2);
    }
    assert_int_equal(f->server.connections, 2);
}

/* --- deadlines ---------------------------------------------------------------------------------- */

static void with_deadline(struct fixture *f, int64_t *deadline, const char *path,
                          enum em_fetch_error error)
{
    *deadline = SHORT_MS;
    open_fetcher(f);
    assert_error(get(f, path), error);
    *deadline = LONG_MS;
}

static void test_deadlines(void **state)
{
    struct fixture *f = *state;
    with_deadline(f, &f->options.first_byte_ms, "/silent", EM_FETCH_TIMEOUT_FIRST);
    assert_true(f->got.request.len > 0);
    with_deadline(f, &f->options.slow_ms, "/half-header", EM_FETCH_TIMEOUT_SLOW);
    assert_int_equal(f->got.status, 0);
    with_deadline(f, &f->options.slow_ms, "/half-body", EM_FETCH_TIMEOUT_SLOW);
    assert_string_equal(f->got.body.data, "abc");
    assert_int_equal(f->got.status, 200);
    with_deadline(f, &f->options.total_ms, "/drip", EM_FETCH_TIMEOUT_TOTAL);
    with_deadline(f, &f->options.total_ms, "/silent", EM_FETCH_TIMEOUT_TOTAL);
}

/* A server that accepts and says nothing: for https that is a handshake that hangs. */
static void test_tls_deadline(void **state)
{
    struct fixture *f = *state;
    char url[512];
    f->options.tls_ms = SHORT_MS;
    open_fetcher(f);
    snprintf(url, sizeof(url), "https://h.test:%u/", f->server.port);
    struct em_fetch_request request = {.url = em_view_of(url), .tag = f};
    assert_true(em_address_parse(EM_VIEW("127.0.0.1"), &request.address));
    assert_error(run(f, &request), EM_FETCH_TIMEOUT_TLS);
    assert_int_equal(f->got.request.len, 0);
}

/* A full queue of connections that nobody accepts: the next SYN gets no answer. */
static void test_connect_deadline(void **state)
{
    struct fixture *f = *state;
    char url[512];
    int fillers[8], fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    for (int i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&at, sizeof(at));
    }
    f->options.connect_ms = SHORT_MS;
    open_fetcher(f);
    struct em_fetch_request request = request_to(f, "127.0.0.1", url, "h.test", "/");
    request.address.port = ntohs(at.sin_port);
    assert_error(run(f, &request), EM_FETCH_TIMEOUT_CONNECT);
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
    close(fd);
}

/* --- many at a time ------------------------------------------------------------------------------ */

struct many {
    struct em_fetcher *fetcher;
    uint16_t port;
    int started, finished, total;
    size_t most;
};

static void start_one(struct many *m)
{
    static const char *const paths[] = {"/plain", "/redirect", "/chunked",
                                        "/short", "/nothing",  "/open-end"};
    char url[128];
    struct em_fetch_request request = {.tag = m};
    snprintf(url, sizeof(url), "http://host%d.test:%u%s", m->started % 17, m->port,
             paths[m->started % 6]);
    request.url = em_view_of(url);
    request.address = (struct em_address){
        .family = 4, .bytes = {127, 0, 1, (uint8_t)(1 + m->started % 17)}};
    if (em_fetch_start(m->fetcher, &request) == EM_OK)
        m->started++;
}

static void many_done(void *context, const struct em_fetch_result *r)
{
    struct many *m = context;
    assert_true(r->error == EM_FETCH_OK || r->error == EM_FETCH_SHORT ||
                r->error == EM_FETCH_EMPTY);
    m->finished++;
    if (m->started < m->total)
        start_one(m);
}

static void test_many(void **state)
{
    struct fixture *f = *state;
    struct many m = {.port = f->server.port, .total = MANY};
    struct em_err err;
    struct em_fetcher_stats stats;
    f->options.max_transfers = 40;
    assert_int_equal(em_fetcher_new(&m.fetcher, &f->options, many_done, &m, &err), EM_OK);
    for (int i = 0; i < 60; i++)
        start_one(&m);
    assert_int_equal(m.started, 40);
    while (m.finished < m.total) {
        assert_int_equal(em_fetcher_run(m.fetcher, LONG_MS, &err), EM_OK);
        size_t active = em_fetcher_active(m.fetcher);
        m.most = active > m.most ? active : m.most;
    }
    em_fetcher_stats(m.fetcher, &stats);
    assert_int_equal(stats.started, MANY);
    assert_int_equal(stats.active, 0);
    assert_int_equal(stats.buffered, 0);
    assert_true(m.most <= 40);
    assert_int_equal(stats.results[EM_FETCH_OK] + stats.results[EM_FETCH_SHORT] +
                         stats.results[EM_FETCH_EMPTY],
                     MANY);
    assert_int_equal(stats.results[EM_FETCH_SHORT], MANY / 6);
    assert_true(stats.reused > 0);
    em_fetcher_free(m.fetcher);
}

static void *wake_later(void *fetcher)
{
    em_fetcher_wake(fetcher);
    return NULL;
}

static void test_wake_and_cancel(void **state)
{
    struct fixture *f = *state;
    struct em_err err;
    char url[512];
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wake_later, f->fetcher), 0);
    assert_int_equal(em_fetcher_run(f->fetcher, -1, &err),
                     EM_OK); /* nothing else ends it */
    pthread_join(thread, NULL);
    struct em_fetch_request request =
        request_to(f, "127.0.0.1", url, "h.test", "/silent");
    f->got.n = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(em_fetch_start(f->fetcher, &request), EM_OK);
    for (int i = 0; i < 1000 && f->server.requests < 3; i++)
        assert_int_equal(em_fetcher_run(f->fetcher, 10, &err), EM_OK);
    em_fetcher_cancel(f->fetcher);
    assert_int_equal(f->got.n, 0);
    while (f->got.n < 3)
        assert_int_equal(em_fetcher_run(f->fetcher, LONG_MS, &err), EM_OK);
    assert_error(&f->got, EM_FETCH_CANCELLED);
    assert_int_equal(em_fetcher_active(f->fetcher), 0);
    /* Under way when the fetcher goes: nothing is called, nothing leaks. */
    assert_int_equal(em_fetch_start(f->fetcher, &request), EM_OK);
    assert_int_equal(em_fetcher_run(f->fetcher, 0, &err), EM_OK);
    assert_error(&f->got, EM_FETCH_CANCELLED);
}

static void test_options(void **state)
{
    struct fixture *f = *state;
    struct em_fetcher *fetcher;
    struct em_fetcher_options o = f->options;
    struct em_err err;
    o.user_agent = "";
    assert_int_equal(em_fetcher_new(&fetcher, &o, done, f, &err), EM_ERR_USAGE);
    o.user_agent = "a\r\nX: y";
    assert_int_equal(em_fetcher_new(&fetcher, &o, done, f, &err), EM_ERR_USAGE);
    o = f->options;
    o.max_transfers = 0;
    assert_int_equal(em_fetcher_new(&fetcher, &o, done, f, &err), EM_ERR_USAGE);
    o = f->options;
    o.tls_ms = 0;
    assert_int_equal(em_fetcher_new(&fetcher, &o, done, f, &err), EM_ERR_USAGE);
    o = f->options;
    o.ca_file = "/nonexistent/ca.pem";
    assert_int_equal(em_fetcher_new(&fetcher, &o, done, f, &err), EM_ERR_IO);
    assert_null(fetcher);
    assert_string_equal(em_fetch_error_name(EM_FETCH_TIMEOUT_TLS), "timeout-tls");
    assert_string_equal(em_fetch_error_name((enum em_fetch_error)999), "unknown");
    assert_non_null(em_fetch_error_text(EM_FETCH_RESET));
}

/* Every allocation of ours fails once: the fetch ends with an error, nothing leaks. */
static void test_out_of_memory(void **state)
{
    struct fixture *f = *state;
    struct em_err err;
    char url[512];
    long nth = 1, made = 0;
    struct em_fetch_request request = request_to(f, "127.0.0.1", url, "h.test", "/plain");
    request.if_none_match = EM_VIEW("\"x\"");
    for (; nth < 1000; nth++) {
        struct em_fetcher *fetcher = NULL;
        f->got.n = 0;
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_fetcher_new(&fetcher, &f->options, done, f, &err);
        if (status == EM_OK)
            status = em_fetch_start(fetcher, &request);
        while (status == EM_OK && f->got.n == 0)
            status = em_fetcher_run(fetcher, LONG_MS, &err);
        made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_ERR_NOMEM || status == EM_OK);
        if (status == EM_OK && made >= nth)
            assert_true(f->got.error == EM_FETCH_NOMEM || f->got.error == EM_FETCH_OK);
        em_fetcher_free(fetcher);
        if (made < nth)
            break;
    }
    assert_true(nth > 5 && nth < 1000);
    assert_error(&f->got, EM_FETCH_OK);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_plain),          WITH_SERVER(test_redirect_is_not_followed),
        WITH_SERVER(test_codings),        WITH_SERVER(test_conditional),
        WITH_SERVER(test_old_server),     WITH_SERVER(test_size_cap),
        WITH_SERVER(test_header_limits),  WITH_SERVER(test_header_callback),
        WITH_SERVER(test_broken_answers), WITH_SERVER(test_refused),
        WITH_SERVER(test_bad_urls),       WITH_SERVER(test_guard),
        WITH_SERVER(test_pinned),         WITH_SERVER(test_deadlines),
        WITH_SERVER(test_tls_deadline),   WITH_SERVER(test_connect_deadline),
        WITH_SERVER(test_many),           WITH_SERVER(test_wake_and_cancel),
        WITH_SERVER(test_options),        WITH_SERVER(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
