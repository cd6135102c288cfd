/* SPDX-License-Identifier: Apache-2.0
 *
 * The frontier on a web that is a function: page i of host h links to pages known in
 * advance, so that what must be fetched is known, too. Crawled whole, crawled in pieces,
 * crawled by processes that are killed; each URL once, all of them, in the same order.
 */
#define _DEFAULT_SOURCE /* usleep */
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
        char name[32];
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

/* --- killed --------------------------------------------------------------------------------- */

static enum em_status cut_log(void *context, const struct em_frontier_file *file)
{
    struct web *web = context;
    assert_true(em_view_eq(file->name, EM_VIEW("log")));
    web->log_length = (off_t)file->length;
    return EM_OK;
}

/* One life of the crawler: continues where the last commit left it. Exit 0: nothing left. */
static void live(const char *dir, const char *log, int die_at)
{
    struct em_frontier_options options;
    struct web web = {.now = START, .commit_every = 7, .die_at = die_at};
    options_for(&options);
    web.log = open(log, O_RDWR | O_CREAT, 0666);
    web_open(&web, dir, &options);
    assert_int_equal(em_frontier_file_each(web.f, cut_log, &web, &web.err), EM_OK);
    assert_int_equal(ftruncate(web.log, web.log_length), 0);
    assert_int_equal(lseek(web.log, 0, SEEK_END), web.log_length);
    add(&web, "http://h0.example/p0", 0, EM_LINK_SEED);
    crawl(&web, SIZE_MAX);
    web_close(&web);
    close(web.log);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_log(const char *log)
{
    static char lines[HOSTS * PAGES * 2][64];
    static char *sorted[HOSTS * PAGES * 2];
    size_t n = 0;
    FILE *in = fopen(log, "r");
    assert_non_null(in);
    while (n < HOSTS * PAGES * 2 && fgets(lines[n], sizeof(lines[n]), in)) {
        sorted[n] = lines[n];
        n++;
    }
    fclose(in);
    assert_int_equal(n, HOSTS * PAGES);
    qsort(sorted, n, sizeof(sorted[0]), by_text);
    for (size_t i = 1; i < n; i++)
        assert_string_not_equal(sorted[i], sorted[i - 1]);
}

/* Killed at random pages, half of a line written, and at random moments, within commits,
 * too: all pages are there once. */
static void test_killed(void **state)
{
    char dir[4096], log[4096];
    uint64_t random = 12345;
    int lives = 0, killed = 0;
    (void)state;
    scratch(dir, "killed");
    scratch(log, "killed.log");
    for (bool done = false; !done; lives++) {
        assert_true(lives < 2000);
        random = em_mix64(random + 1);
        bool timed = random & 1;
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            /* a parent that oversleeps must not let it finish */
            live(dir, log, 1 + (int)((random >> 8) % (timed ? 200 : 30)));
            _exit(0);
        }
        if (timed) {
            usleep((useconds_t)(300 + (random >> 8) % 5000));
            kill(child, SIGKILL);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (!WIFSIGNALED(status))
            assert_int_equal(status, 0);
        done = status == 0;
        if (lives % 8 == 0 && (WIFSIGNALED(status) ? killed > 1 : 1)) {
            struct em_frontier *f;
            struct em_err err = {.text = ""};
            if (em_frontier_open(&f, dir, EM_FRONTIER_READ, NULL, START, &err) == EM_OK) {
                if (em_frontier_validate(f, &err) != EM_OK)
                    fail_msg("after %d lives: %s", lives, err.text);
                em_frontier_free(f);
            }
        }
    }
    assert_true(killed >= 3);
    check_log(log);
    check_sound(dir);
}

/* --- one thing at a time -------------------------------------------------------------------- */

static struct em_frontier_host *next_host(struct web *web)
{
    struct em_frontier_host *host;
    enum em_status status =
        em_frontier_host_next(web->f, web->now, &host, NULL, &web->err);
    assert_true(status == EM_OK || status == EM_END);
    return status == EM_OK ? host : NULL;
}

static bool next_task(struct web *web, uint64_t host, struct em_frontier_task *task)
{
    enum em_status status =
        em_frontier_task_next(web->f, host, web->now, task, &web->err);
    assert_true(status == EM_OK || status == EM_END);
    return status == EM_OK;
}

static void done(struct web *web, const struct em_frontier_task *task,
                 enum em_outcome outcome, enum em_cut cut)
{
    struct em_frontier_result result = {
        .outcome = outcome, .cut = cut, .now_ms = web->now, .score = NAN};
    assert_int_equal(em_frontier_done(web->f, task, &result, &web->err), EM_OK);
}

static void why(struct web *web, const char *text, struct em_frontier_why *why_)
{
    assert_int_equal(em_url_parse(&web->url, em_view_of(text), NULL), EM_OK);
    assert_int_equal(em_frontier_why(web->f, &web->url, web->now, why_, &web->err),
                     EM_OK);
}

/* Failed URLs are tried again, as often as politeness says; what comes back untried stays;
 * tasks that end out of order are not lost over a restart. */
static void test_outcomes(void **state)
{
    char path[4096];
    struct em_frontier_options options;
    struct web web = {.now = START, .log = -1};
    struct em_frontier_task task[6];
    struct em_frontier_why w;
    struct em_frontier_counts counts;
    (void)state;
    options_for(&options);
    options.host_urls = 20;
    scratch(path, "outcomes");
    web_open(&web, path, &options);
    for (int i = 0; i < 6; i++) {
        char text[64];
        snprintf(text, sizeof(text), "http://a.example/%c", 'a' + i);
        add(&web, text, 1, EM_LINK_PAGE);
    }
    why(&web, "http://a.example/c", &w);
    assert_int_equal(w.state, EM_URL_PENDING);
    assert_null(next_host(&web));
    commit(&web);
    why(&web, "http://a.example/c", &w);
    assert_int_equal(w.state, EM_URL_QUEUED);
    assert_int_equal(w.ahead, 2);
    why(&web, "http://a.example/zzz", &w);
    assert_int_equal(w.state, EM_URL_UNKNOWN);
    assert_true(w.host_known);
    struct em_frontier_host *host = next_host(&web);
    assert_non_null(host);
    assert_true(em_view_eq(host->origin, EM_VIEW("http://a.example")));
    uint64_t id = host->id;
    for (int i = 0; i < 6; i++) {
        assert_true(next_task(&web, id, &task[i]));
        assert_int_equal(task[i].url.data[task[i].url.len - 1], 'a' + i);
    }
    assert_false(next_task(&web, id, &task[0]));
    done(&web, &task[3], EM_OUTCOME_FETCHED, EM_CUT_NONE); /* d before a */
    done(&web, &task[5], EM_OUTCOME_CUT, EM_CUT_ROBOTS);
    done(&web, &task[1], EM_OUTCOME_FAILED, EM_CUT_NONE);
    done(&web, &task[2], EM_OUTCOME_RETURNED, EM_CUT_NONE);
    commit(&web);
    /* a and e are out: this process dies */
    web_close(&web);
    check_sound(path);
    web_open(&web, path, &options);
    why(&web, "http://a.example/d", &w);
    assert_int_equal(w.state, EM_URL_DONE);
    why(&web, "http://a.example/f", &w);
    assert_int_equal(w.cut, EM_CUT_ROBOTS);
    char order[8] = "";
    host = next_host(&web);
    assert_non_null(host);
    assert_true(host->polite.next_ms >= START + 1000); /* a delay after the opening */
    while (next_task(&web, host->id, &task[0])) {
        order[strlen(order)] = task[0].url.data[task[0].url.len - 1];
        done(&web, &task[0],
             task[0].url.data[task[0].url.len - 1] == 'b' ? EM_OUTCOME_FAILED
                                                          : EM_OUTCOME_FETCHED,
             EM_CUT_NONE);
    }
    assert_string_equal(order, "aceb");
    for (int attempt = 1; attempt < 4; attempt++) {
        id = em_frontier_host_get(web.f, host->id) ? host->id : 0;
        em_frontier_host_release(web.f, id, web.now);
        assert_true(em_frontier_hungry(web.f));
        commit(&web);
        host = next_host(&web);
        if (!host)
            break;
        assert_true(next_task(&web, host->id, &task[0]));
        assert_int_equal(task[0].attempts, attempt + 1);
        done(&web, &task[0], EM_OUTCOME_FAILED, EM_CUT_NONE);
    }
    assert_null(host); /* three attempts, no fourth */
    assert_int_equal(em_frontier_count(web.f, &counts, &web.err), EM_OK);
    assert_int_equal(counts.queued, 0);
    assert_int_equal(counts.cuts[EM_CUT_ATTEMPTS], 1);
    assert_int_equal(counts.retries, 2);
    web_close(&web);
    check_sound(path);
}

/* A host that is suspended sleeps and wakes; one that is dead gives up its queue. */
static void test_sleep(void **state)
{
    char path[4096];
    struct em_frontier_options options;
    struct web web = {.now = START, .log = -1};
    struct em_frontier_task task;
    struct em_frontier_counts counts;
    struct em_frontier_host *host;
    int64_t wake;
    (void)state;
    options_for(&options);
    scratch(path, "sleep");
    web_open(&web, path, &options);
    add(&web, "http://a.example/1", 1, EM_LINK_PAGE);
    add(&web, "http://a.example/2", 1, EM_LINK_PAGE);
    commit(&web);
    host = next_host(&web);
    assert_int_equal(
        em_polite_robots(&options.polite, &host->polite, web.now, 500, -1, false),
        EM_ROBOTS_SUSPEND);
    int64_t until = host->polite.suspended_ms;
    assert_true(until > web.now);
    assert_int_equal(em_frontier_robots_set(web.f, host->id, EM_ROBOTS_SUSPEND,
                                            EM_VIEW_NONE, web.now, &web.err),
                     EM_OK);
    em_frontier_host_release(web.f, host->id, web.now);
    commit(&web);
    assert_int_equal(em_frontier_host_next(web.f, web.now, &host, &wake, &web.err),
                     EM_END);
    assert_int_equal(wake, until);
    web.now = until;
    host = next_host(&web);
    assert_non_null(host);
    enum em_robots_state robots;
    struct em_view form;
    assert_int_equal(
        em_frontier_robots_get(web.f, host->id, web.now, &robots, &form, &web.err),
        EM_OK);
    assert_int_equal(robots, EM_ROBOTS_UNKNOWN);
    assert_int_equal(em_frontier_robots_set(web.f, host->id, EM_ROBOTS_RULES,
                                            EM_VIEW("EMR1----"), web.now, &web.err),
                     EM_OK);
    for (int committed = 0; committed < 2; committed++) {
        assert_int_equal(
            em_frontier_robots_get(web.f, host->id, web.now, &robots, &form, &web.err),
            EM_OK);
        assert_int_equal(robots, EM_ROBOTS_RULES);
        assert_true(em_view_eq(form, EM_VIEW("EMR1----")));
        commit(&web);
    }
    web.now += 86400000; /* spec: RFC9309 2.4 */
    assert_int_equal(
        em_frontier_robots_get(web.f, host->id, web.now, &robots, &form, &web.err),
        EM_OK);
    assert_int_equal(robots, EM_ROBOTS_UNKNOWN);
    assert_int_equal(form.len, 8);
    assert_true(next_task(&web, host->id, &task));
    done(&web, &task, EM_OUTCOME_FETCHED, EM_CUT_NONE);
    while (!em_polite_dead(&options.polite, &host->polite)) {
        web.now = host->polite.next_ms;
        em_polite_begin(&options.polite, &host->polite, web.now);
        em_polite_end(&options.polite, &host->polite, web.now, EM_ANSWER_TIMEOUT, 9, -1);
    }
    em_frontier_host_release(web.f, host->id, web.now);
    commit(&web);
    assert_null(next_host(&web));
    assert_int_equal(em_frontier_count(web.f, &counts, &web.err), EM_OK);
    assert_int_equal(counts.hosts_dead, 1);
    assert_int_equal(counts.cuts[EM_CUT_HOST_DEAD], 1);
    add(&web, "http://a.example/3", 1, EM_LINK_PAGE);
    commit(&web);
    assert_int_equal(em_frontier_count(web.f, &counts, &web.err), EM_OK);
    assert_int_equal(counts.cuts[EM_CUT_HOST_DEAD], 2);
    web_close(&web);
    check_sound(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_sleep),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
