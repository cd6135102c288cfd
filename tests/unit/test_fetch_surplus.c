/* SPDX-License-Identifier: Apache-2.0
 *
 * A response is tied to its request, whatever came after the one before on the same
 * connection (base/net/fetch_loop.c, "surplus").
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/net/fetch.h"
#include "loopback.h"

#include <stdatomic.h>

enum { LONG_MS = 600000 };

#define FAKE "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nNOBODYS"

static atomic_int overrun_sent;

/* Answers with bytes after their end; what follows on the connection must not be read as an
 * answer. */
static bool send_overrun(int fd, const char *path)
{
    char head[128], body[40000];
    memset(body, 'b', sizeof(body));
    if (strcmp(path, "/over/long") == 0) { /* longer than one read */
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                 sizeof(body));
        return loopback_text(fd, head) && loopback_send(fd, body, sizeof(body)) &&
               loopback_text(fd, FAKE);
    }
    if (strcmp(path, "/over/short") == 0)
        return loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 39960\r\n\r\n") &&
               loopback_send(fd, body, sizeof(body));
    if (strcmp(path, "/over/small") == 0)
        return loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" FAKE);
    if (strcmp(path, "/over/204") == 0)
        return loopback_text(fd, "HTTP/1.1 204 No Content\r\n\r\n") &&
               loopback_text(fd, FAKE) && loopback_send(fd, body, sizeof(body)) &&
               loopback_text(fd, FAKE);
    if (strcmp(path, "/over/304") == 0)
        return loopback_text(fd, "HTTP/1.1 304 Not Modified\r\n\r\n") &&
               loopback_text(fd, FAKE);
    if (strcmp(path, "/over/chunked") == 0)
        return loopback_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "2\r\nok\r\n0\r\n\r\n") &&
               loopback_text(fd, FAKE) && loopback_send(fd, body, sizeof(body));
    bool sent = loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    for (int i = 0; i < 20; i++)
        loopback_pause();
    return sent && loopback_text(fd, FAKE);
}

static bool overrun(int fd, const char *path)
{
    bool sent = send_overrun(fd, path);
    atomic_fetch_add(&overrun_sent, 1);
    return sent;
}

static bool answer(struct loopback *server, int fd, const char *head)
{
    char path[256] = "";
    (void)server;
    sscanf(head, "GET %255[^ ?]", path);
    if (strncmp(path, "/over/", 6) == 0)
        return overrun(fd, path);
    return loopback_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

struct fixture {
    struct loopback server;
    struct em_fetcher *fetcher;
    int n;
    enum em_fetch_error error;
    bool reused;
    char body[16];
};

static void done(void *context, const struct em_fetch_result *r)
{
    struct fixture *f = context;
    f->n++;
    f->error = r->error;
    f->reused = r->reused;
    snprintf(f->body, sizeof(f->body), "%.*s", EM_VIEW_ARGS(em_view_sub(r->body, 0, 15)));
}

static void open_fetcher(struct fixture *f)
{
    struct em_fetcher_options options;
    em_fetcher_free(f->fetcher);
    em_fetcher_options_init(&options);
    options.allow_private = true;
    options.connect_ms = options.first_byte_ms = options.slow_ms = options.total_ms =
        LONG_MS;
    assert_int_equal(em_fetcher_new(&f->fetcher, &options, done, f, NULL), EM_OK);
}

static void get(struct fixture *f, const char *host, const char *path)
{
    char url[512];
    struct em_fetch_request request = {.tag = f};
    snprintf(url, sizeof(url), "http://%s:%u%s", host, f->server.port, path);
    request.url = em_view_of(url);
    assert_true(em_address_parse(EM_VIEW("127.0.0.1"), &request.address));
    f->n = 0;
    assert_int_equal(em_fetch_start(f->fetcher, &request), EM_OK);
    while (f->n == 0)
        assert_int_equal(em_fetcher_run(f->fetcher, LONG_MS, NULL), EM_OK);
    assert_int_equal(f->n, 1);
    assert_int_equal(f->error, EM_FETCH_OK);
}

static void test_surplus(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[] = {"/over/long", "/over/short", "/over/small",
                                        "/over/204",  "/over/304",   "/over/chunked",
                                        "/over/late"};
    for (size_t i = 0; i < 2 * sizeof(paths) / sizeof(paths[0]); i++) {
        const char *path = paths[i / 2];
        int before = atomic_load(&overrun_sent);
        open_fetcher(f);
        get(f, "a.test", "/plain");
        assert_false(f->reused);
        get(f, "a.test", path);
        /* Once all is on its way; with the loop running meanwhile, and without. */
        while (atomic_load(&overrun_sent) == before)
            loopback_pause();
        if (i % 2)
            assert_int_equal(em_fetcher_run(f->fetcher, 1, NULL), EM_OK);
        for (int k = 0; k < 3; k++) {
            get(f, "a.test", "/plain");
            if (strcmp(f->body, "hello") != 0)
                fail_msg("behind %s: %s", path, f->body);
        }
    }
}

/* Who has sent too much gets no kept connections; who keeps to what it announced does. */
static void test_kept(void **state)
{
    struct fixture *f = *state;
    int before = atomic_load(&overrun_sent);
    open_fetcher(f);
    get(f, "a.test", "/over/short");
    while (atomic_load(&overrun_sent) == before)
        loopback_pause();
    get(f, "b.test", "/plain");
    assert_false(f->reused);
    get(f, "b.test", "/plain");
    assert_true(f->reused);
    for (int i = 0; i < 3; i++) {
        get(f, "a.test", "/plain");
        assert_false(f->reused);
    }
    get(f, "b.test", "/plain");
    assert_true(f->reused);
}

static int setup(void **state)
{
    static struct fixture f;
    *state = &f;
    return loopback_start(&f.server, answer, &f) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    em_fetcher_free(f->fetcher);
    loopback_stop(&f->server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_surplus),
                                       cmocka_unit_test(test_kept)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
