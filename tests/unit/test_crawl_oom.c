/* SPDX-License-Identifier: Apache-2.0
 *
 * A small crawl in which an allocation fails, again and again at another place: it ends with
 * an error or does without, nothing leaks (under ASan), and the same crawl afterwards continues
 * and has every page in the end.
 */
#include "tests/unit/scratch.h"
#include "tests/unit/loopback.h"

#include "base/alloc.h"
#include "pipeline/crawl/crawl.h"

enum { PAGES = 6, MOST = 20000 };

/* "/" links to "/1", that to "/2", ...; no robots.txt. */
static bool answer(struct loopback *server, int fd, const char *head)
{
    char body[512], text[1024];
    unsigned page = 0;
    (void)server;
    bool found = sscanf(head, "GET /%u ", &page) == 1 || strncmp(head, "GET / ", 6) == 0;
    int n = snprintf(body, sizeof(body),
                     "<!DOCTYPE html><html lang=en><title>Page %u</title><p>The river "
                     "froze early that winter, and nobody crossed it before March.</p>"
                     "<p><a href=\"/%u\">next</a></p></html>",
                     page, page + 1 < PAGES ? page + 1 : page);
    snprintf(text, sizeof(text),
             "HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s",
             found && page < PAGES ? "200 OK" : "404 Not Found", n, body);
    return loopback_text(fd, text);
}

static enum em_status crawl(const char *dir, uint16_t port, struct em_crawl_stats *stats)
{
    static const char *const seeds[] = {"http://s.test/"};
    struct em_crawl_options o;
    struct em_err err = {.status = EM_OK};
    char names[64];
    em_crawl_options_init(&o);
    snprintf(names, sizeof(names), "s.test 127.0.0.1:%u\n", port);
    o.dir = dir;
    o.seeds = seeds;
    o.n_seeds = 1;
    o.overrides = em_view_of(names);
    o.fetch.allow_private = true;
    o.frontier.polite.delay_ms = 0;
    o.frontier.polite.response_factor = 0;
    o.frontier.no_sync = true;
    o.warc.sync = EM_WARC_SYNC_NONE;
    o.tdmrep = o.soft404 = false;
    o.linger_ms = 0;
    return em_crawl_run(&o, stats, &err);
}

static void test_out_of_memory(void **state)
{
    struct loopback server;
    struct em_crawl_stats stats;
    char path[4096], name[32];
    long made = 0, failed = 0, unread = 0;
    (void)state;
    assert_true(loopback_start(&server, answer, NULL));
    assert_int_equal(crawl(scratch(path, "whole"), server.port, &stats), EM_OK);
    assert_int_equal(stats.pages, PAGES);
    /* All places at the beginning, then ever fewer: threads make their order vary anyway. */
    for (long nth = 1; nth < MOST; nth += 1 + (nth > 40 ? nth / 12 : 0)) {
        snprintf(name, sizeof(name), "oom%ld", nth);
        scratch(path, name);
        em_alloc_fail_at(nth, 0);
        enum em_status status = crawl(path, server.port, &stats);
        made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        if (status != EM_OK && status != EM_ERR_NOMEM)
            print_message("allocation %ld: %s\n", nth, em_status_text(status));
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        failed += status != EM_OK;
        assert_int_equal(crawl(path, server.port, &stats), EM_OK);
        /* A page that there is no memory to read counts as too big to be read, as in a
         * scan: it is archived, and the chain of links ends there. */
        unread += status == EM_OK && stats.pages < PAGES;
        if (stats.pages < (status == EM_OK ? 1 : PAGES))
            print_message("allocation %ld: %s, then %d pages\n", nth,
                          em_status_text(status), (int)stats.pages);
        assert_true(stats.pages >= (status == EM_OK ? 1 : PAGES));
        if (made < nth)
            break;
    }
    print_message("%ld allocations; of those tried %ld ended the crawl, %ld left a page "
                  "unread\n",
                  made, failed, unread);
    assert_true(failed > 20);
    loopback_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_out_of_memory)};
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
