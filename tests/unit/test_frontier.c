/* SPDX-License-Identifier: Apache-2.0
 *
 * The frontier on a web that is a function: page i of host h links to pages known in
 * advance, so that what must be fetched is known, too. Crawled whole, crawled in pieces,
 * crawled by processes that are killed; each URL once, all of them, in the same order.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "crawler/web/frontier/frontier.h"
#include "crawler/web/frontier/workbench.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>

enum { HOSTS = 23, PAGES = 40, LINKS = 7 };

static const int64_t START = INT64_C(1750000000000);

struct web {
    struct em_frontier *f;
    struct em_url url;
    int64_t now;
    int log;          /* file: a line for each page fetched */
    off_t log_length; /* what has been written */
    size_t fetched, commit_every, since;
    uint64_t order; /* hash of the sequence of URLs */
    struct em_err err;
    int die_at; /* _exit in the middle of this page; 0: never */
};

static void web_open(struct web *web, const char *dir,
                     struct em_frontier_options *options)
{
    em_url_init(&web->url, 8192);
    assert_int_equal(
        em_frontier_open(&web->f, dir, EM_FRONTIER_WRITE, options, web->now, &web->err),
        EM_OK);
}

static void web_close(struct web *web)
{
    em_frontier_free(web->f);
    em_url_release(&web->url);
}

static void add(struct web *web, const char *text, uint32_t depth,
                enum em_link_source source)
{
    struct em_frontier_link link = {.source = source, .depth = depth, .linking = NAN};
    enum em_cut cut;
    assert_int_equal(em_url_parse(&web->url, em_view_of(text), NULL), EM_OK);
    enum em_status status = em_frontier_add(web->f, &web->url, &link, &cut, &web->err);
    if (status == EM_AGAIN) {
        struct em_frontier_file file = {EM_VIEW("log"), (uint64_t)web->log_length, false};
        assert_int_equal(
            em_frontier_commit(web->f, web->now, &file, web->log >= 0, 0, &web->err),
            EM_OK);
        assert_int_equal(em_url_parse(&web->url, em_view_of(text), NULL), EM_OK);
        status = em_frontier_add(web->f, &web->url, &link, &cut, &web->err);
    }
    assert_int_equal(status, EM_OK);
    assert_int_equal(cut, EM_CUT_NONE);
}

static void page_url(char out[64], unsigned host, unsigned page)
{
    snprintf(out, 64, "http://h%u.example/p%u", host % HOSTS, page % PAGES);
}

/* Page 0 of host 0 leads to all others: each page to the next of its host, and page 0 to
 * the next host's. */
static void links_of(struct web *web, unsigned host, unsigned page, uint32_t depth)
{
    char text[64];
    page_url(text, host, page + 1);
    add(web, text, depth + 1, EM_LINK_PAGE);
    page_url(text, host + 1, 0);
    add(web, text, depth + 1, EM_LINK_PAGE);
    for (unsigned i = 0; i < LINKS; i++) {
        uint64_t r = em_mix64(host * 1000003u + page * 31u + i);
        page_url(text, (unsigned)(r % HOSTS), (unsigned)(r / HOSTS % PAGES));
        add(web, text, depth + 1, EM_LINK_PAGE);
    }
}

static void commit(struct web *web)
{
    struct em_frontier_file file = {EM_VIEW("log"), (uint64_t)web->log_length, false};
    web->since = 0;
    if (em_frontier_commit(web->f, web->now, &file, web->log >= 0, 0, &web->err) != EM_OK)
        fail_msg("commit: %s", web->err.text);
}

static void fetch(struct web *web, const struct em_frontier_task *task)
{
    unsigned host, page;
    char line[128];
    assert_int_equal(sscanf(task->url.data, "http://h%u.example/p%u", &host, &page), 2);
    if (web->log >= 0) {
        int n = snprintf(line, sizeof(line), "%.*s\n", EM_VIEW_ARGS(task->url));
        /* Killed with half of the line written: the file is cut at the next start. */
        if (web->die_at && (int)web->fetched + 1 == web->die_at) {
            assert_int_equal(write(web->log, line, (size_t)n / 2), n / 2);
            raise(SIGKILL);
        }
        assert_int_equal(write(web->log, line, (size_t)n), n);
        web->log_length += n;
    }
    web->order = em_mix64(web->order ^ task->hash);
    links_of(web, host, page, task->depth);
    struct em_frontier_result result = {.outcome = EM_OUTCOME_FETCHED,
                                        .http_status = 200,
                                        .now_ms = web->now,
                                        .score = NAN};
    assert_int_equal(em_frontier_done(web->f, task, &result, &web->err), EM_OK);
    web->fetched++;
    if (++web->since == web->commit_every)
        commit(web);
}

/* Until nothing is left, or `most` pages. */
static void crawl(struct web *web, size_t most)
{
    struct em_frontier_host *host;
    struct em_frontier_task task;
    for (size_t idle = 0; idle < 3 && web->fetched < most;) {
        enum em_status status =
            em_frontier_host_next(web->f, web->now, &host, NULL, &web->err);
        assert_true(status == EM_OK || status == EM_END);
        if (status == EM_END) {
            commit(web);
            idle++;
            continue;
        }
        idle = 0;
        uint64_t id = host->id;
        while (web->fetched < most &&
               (status = em_frontier_task_next(web->f, id, web->now, &task, &web->err)) ==
                   EM_OK)
            fetch(web, &task);
        assert_true(status >= 0);
        em_frontier_host_release(web->f, id, web->now);
        web->now += 10;
    }
}

static void options_for(struct em_frontier_options *options)
{
    em_frontier_options_init(options);
    options->max_hosts = 5;
    options->host_urls = 6;
    options->batch = 64;
    options->no_sync = true;
}

static void check_sound(const char *dir)
{
    struct em_frontier *f;
    struct em_err err = {.text = ""};
    assert_int_equal(em_frontier_open(&f, dir, EM_FRONTIER_READ, NULL, START, &err),
                     EM_OK);
    if (em_frontier_validate(f, &err) != EM_OK)
        fail_msg("%s", err.text);
    em_frontier_free(f);
}

static void test_whole(void **state)
{
    char path[4096];
    struct em_frontier_options options;
    uint64_t orders[3];
    (void)state;
    for (int run = 0; run < 3; run++) {
        char name[16];
        struct web web = {.now = START, .log = -1, .commit_every = 10};
        struct em_frontier_counts counts;
        options_for(&options);
        snprintf(name, sizeof(name), "whole%d", run);
        web_open(&web, scratch(path, name), &options);
        add(&web, "http://h0.example/p0", 0, EM_LINK_SEED);
        crawl(&web, SIZE_MAX);
        assert_int_equal(web.fetched, HOSTS * PAGES);
        assert_int_equal(em_frontier_count(web.f, &counts, &web.err), EM_OK);
        assert_int_equal(counts.seen, HOSTS * PAGES);
        assert_int_equal(counts.queued, 0);
        assert_int_equal(counts.hosts, HOSTS);
        assert_int_equal(counts.hosts_waiting, 0);
        assert_int_equal(counts.found, counts.refused + counts.cached + counts.pending +
                                           counts.repeats + counts.seen);
        assert_int_equal(counts.outcomes[EM_OUTCOME_FETCHED], HOSTS * PAGES);
        orders[run] = web.order;
        web_close(&web);
        check_sound(path);
    }
    assert_true(orders[0] == orders[1] && orders[1] == orders[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
