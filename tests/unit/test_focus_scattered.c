/* SPDX-License-Identifier: Apache-2.0
 *
 * A made-up web whose machine-written pages are scattered over all hosts and link to each
 * other. No host is better than another, and every page is known from its site's list of
 * pages long before a page that says something about it links to it. A crawl with a focus and
 * a budget must all the same find three times the machine-written pages of a uniform one where
 * 5 to 15 % are machine-written, and two and a half times where 20 % are.
 */
#include "base/hash.h"
#include "crawler/web/frontier/frontier.h"
#include "tests/unit/scratch.h"

#include <math.h>

enum { HOSTS = 20, PAGES = 150, LINKS = 6, BUDGET = 600, OUT = 4 };

struct web {
    bool machine[HOSTS * PAGES];
    uint32_t machines[HOSTS * PAGES], n_machines;
    uint64_t random;
};

static uint64_t draw(struct web *web)
{
    return web->random = em_mix64(web->random + 1);
}

static bool chance(struct web *web, double p)
{
    return (double)(draw(web) >> 11) * 0x1p-53 < p;
}

static void web_make(struct web *web, uint64_t seed, double share)
{
    *web = (struct web){.random = seed};
    for (uint32_t i = 0; i < HOSTS * PAGES; i++) {
        web->machine[i] = chance(web, share);
        if (web->machine[i])
            web->machines[web->n_machines++] = i;
    }
}

/* Seven of ten links of a machine-written page lead to another. */
static uint32_t link_of(struct web *web, uint32_t from)
{
    if (web->machine[from] && chance(web, 0.7))
        return web->machines[draw(web) % web->n_machines];
    return chance(web, 0.6) ? from / PAGES * PAGES + (uint32_t)(draw(web) % PAGES)
                            : (uint32_t)(draw(web) % (HOSTS * PAGES));
}

/* What a detector says: mostly right. */
static double score_of(struct web *web, uint32_t page)
{
    bool says = chance(web, 0.05) ? !web->machine[page] : web->machine[page];
    return says ? 0.95 : 0.04;
}

struct crawl {
    struct em_frontier *f;
    struct web *web;
    struct em_url url;
    struct em_frontier_task out[OUT];
    uint64_t hosts[HOSTS];
    unsigned n_out, n_hosts, fetched, machine;
    bool seen[HOSTS * PAGES];
    int64_t now;
    struct em_err err;
};

static void add(struct crawl *c, uint32_t page, double linking,
                enum em_link_source source)
{
    char text[64];
    struct em_frontier_link link = {.source = source, .depth = 1, .linking = linking};
    enum em_cut cut;
    snprintf(text, sizeof(text), "http://h%02u.example/%u", page / PAGES, page % PAGES);
    assert_int_equal(em_url_parse(&c->url, em_view_of(text), NULL), EM_OK);
    assert_int_equal(em_frontier_add(c->f, &c->url, &link, &cut, &c->err), EM_OK);
}

static uint32_t page_of(const struct em_frontier_task *task)
{
    unsigned host, page;
    char text[64];
    snprintf(text, sizeof(text), "%.*s", EM_VIEW_ARGS(task->url));
    assert_int_equal(sscanf(text, "http://h%u.example/%u", &host, &page), 2);
    return host * PAGES + page;
}

/* The page's own links; of a host's first page those to all of the host and all hosts. */
static void settle(struct crawl *c)
{
    struct em_frontier_task task = c->out[0];
    memmove(c->out, c->out + 1, --c->n_out * sizeof(c->out[0]));
    uint32_t page = page_of(&task);
    double score = score_of(c->web, page);
    assert_false(c->seen[page]); /* nothing is fetched twice */
    c->seen[page] = true;
    for (uint32_t i = 0; page % PAGES == 0 && i < PAGES; i++)
        add(c, page / PAGES * PAGES + i, score, EM_LINK_PAGE);
    for (uint32_t i = 0; page % PAGES == 0 && i < HOSTS; i++)
        add(c, i * PAGES, score, EM_LINK_PAGE);
    for (unsigned i = 0; i < LINKS; i++)
        add(c, link_of(c->web, page), score, EM_LINK_PAGE);
    struct em_frontier_result result = {.outcome = EM_OUTCOME_FETCHED,
                                        .http_status = 200,
                                        .now_ms = c->now,
                                        .score = score};
    assert_int_equal(em_frontier_done(c->f, &task, &result, &c->err), EM_OK);
    assert_int_equal(em_frontier_commit(c->f, c->now, NULL, 0, EM_COMMIT_SIEVE, &c->err),
                     EM_OK);
    c->fetched++;
    c->machine += c->web->machine[page];
}

static void admit(struct crawl *c)
{
    struct em_frontier_host *host;
    while (em_frontier_host_next(c->f, c->now, &host, NULL, &c->err) == EM_OK) {
        assert_true(c->n_hosts < HOSTS);
        c->hosts[c->n_hosts++] = host->id;
    }
}

/* All hosts in turn are asked for one page, as a workbench asks them. */
static unsigned machine_pages(struct web *web, enum em_focus focus, unsigned budget,
                              const char *name)
{
    struct em_frontier_options options;
    struct crawl c = {.web = web, .now = INT64_C(1750000000000)};
    char dir[4096];
    scratch(dir, name);
    em_frontier_options_init(&options);
    options.no_sync = true;
    options.focus.focus = focus;
    options.focus.floor = 1;
    options.gate = focus != EM_FOCUS_UNIFORM;
    em_url_init(&c.url, 8192);
    assert_int_equal(
        em_frontier_open(&c.f, dir, EM_FRONTIER_WRITE, &options, c.now, &c.err), EM_OK);
    add(&c, 0, NAN, EM_LINK_SEED);
    assert_int_equal(em_frontier_commit(c.f, c.now, NULL, 0, EM_COMMIT_SIEVE, &c.err),
                     EM_OK);
    for (unsigned turn = 0; c.fetched + c.n_out < budget; turn++) {
        admit(&c);
        assert_true(c.n_hosts > 0);
        uint64_t id = c.hosts[turn % c.n_hosts];
        enum em_status status =
            em_frontier_task_next(c.f, id, c.now, &c.out[c.n_out], &c.err);
        assert_true(status >= 0);
        c.n_out += status == EM_OK;
        if (c.n_out == OUT || (c.n_out && turn % HOSTS == 0))
            settle(&c);
        c.now += 10;
    }
    while (c.n_out)
        settle(&c);
    if (em_frontier_validate(c.f, &c.err) != EM_OK)
        fail_msg("%s", c.err.text);
    em_frontier_free(c.f);
    em_url_release(&c.url);
    return c.machine;
}

static void test_scattered(void **state)
{
    static const double shares[] = {0.05, 0.08, 0.15, 0.2};
    /* Times what a uniform crawl has on average. */
    static const double times[] = {3, 3, 3, 2.5};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct web web;
        char name[16];
        web_make(&web, 11 + i, shares[i]);
        snprintf(name, sizeof(name), "uniform%zu", i);
        unsigned uniform = machine_pages(&web, EM_FOCUS_UNIFORM, BUDGET, name);
        snprintf(name, sizeof(name), "focused%zu", i);
        unsigned focused = machine_pages(&web, EM_FOCUS_SYNTHETIC, BUDGET, name);
        print_message("%.0f %%: %u machine pages of %d uniform, %u with the focus\n",
                      100 * shares[i], uniform, BUDGET, focused);
        assert_true(uniform > 0 &&
                    focused >= times[i] * BUDGET * web.n_machines / (HOSTS * PAGES));
    }
}

/* Rows that are taken out of their turn are not taken in it again, and none is lost. */
static void test_whole(void **state)
{
    struct web web;
    (void)state;
    web_make(&web, 5, 0.2);
    assert_int_equal(machine_pages(&web, EM_FOCUS_SYNTHETIC, HOSTS * PAGES, "whole"),
                     web.n_machines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scattered),
                                       cmocka_unit_test(test_whole)};
    return cmocka_run_group_tests_name("focus scattered", tests, scratch_setup,
                                       scratch_teardown);
}
