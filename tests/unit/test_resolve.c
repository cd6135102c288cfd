/* SPDX-License-Identifier: Apache-2.0
 *
 * The resolver with a look-up function of the test's and a clock of the test's: nothing
 * here asks the network or waits for time to pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/net/resolve.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void pause_ms(void)
{
    struct timespec ms = {.tv_nsec = 1000000};
    nanosleep(&ms, NULL);
}

struct world {
    atomic_int lookups, wakes;
    atomic_bool hold; /* names that begin with "slow" wait for this to be false */
    atomic_int held;
};

static void look_up(void *context, const char *host, struct em_resolve_answer *answer)
{
    struct world *w = context;
    atomic_fetch_add(&w->lookups, 1);
    if (strncmp(host, "slow", 4) == 0) {
        atomic_fetch_add(&w->held, 1);
        while (atomic_load(&w->hold))
            pause_ms();
        atomic_fetch_sub(&w->held, 1);
    }
    if (strncmp(host, "none", 4) == 0) {
        answer->result = EM_RESOLVE_NONE;
        answer->detail = "no such name";
        return;
    }
    if (strncmp(host, "fail", 4) == 0) {
        answer->result = EM_RESOLVE_FAILED;
        return;
    }
    answer->result = EM_RESOLVE_FOUND;
    answer->ttl_ms = strncmp(host, "ttl", 3) == 0 ? strtol(host + 3, NULL, 10) : -1;
    answer->n = 1;
    if (!em_address_parse(EM_VIEW("192.0.2.55"), &answer->addresses[0]))
        answer->n = 0;
}

static void wake(void *context)
{
    atomic_fetch_add(&((struct world *)context)->wakes, 1);
}

static struct em_resolver *make(struct world *w, struct em_resolver_options *o)
{
    struct em_resolver *r;
    struct em_err err;
    memset(w, 0, sizeof(*w));
    o->lookup = look_up;
    o->lookup_context = w;
    o->wake = wake;
    o->wake_context = w;
    assert_int_equal(em_resolver_new(&r, o, &err), EM_OK);
    return r;
}

struct answers {
    int n;
    intptr_t tags;
    struct em_resolve_answer last;
    char host[256];
};

static void resolved(void *context, void *tag, struct em_view host,
                     const struct em_resolve_answer *answer)
{
    struct answers *a = context;
    a->n++;
    a->tags += (intptr_t)tag;
    a->last = *answer;
    snprintf(a->host, sizeof(a->host), "%.*s", EM_VIEW_ARGS(host));
}

/* Until n answers have come. */
static struct answers wait_for(struct em_resolver *r, int64_t now, int n)
{
    struct answers a = {0};
    while (a.n < n) {
        em_resolver_poll(r, now, resolved, &a);
        pause_ms();
    }
    return a;
}

static enum em_status ask(struct em_resolver *r, const char *host, int64_t now,
                          struct em_resolve_answer *answer)
{
    return em_resolver_ask(r, em_view_of(host), now, (void *)(intptr_t)7, answer);
}

static void test_cache(void **state)
{
    (void)state;
    struct world w;
    struct em_resolver_options o;
    struct em_resolve_answer answer;
    struct em_resolver_stats stats;
    em_resolver_options_init(&o);
    o.ttl_ms = 1000;
    o.min_ttl_ms = 500;
    o.max_ttl_ms = 2000;
    o.negative_ttl_ms = 300;
    o.failure_ttl_ms = 100;
    struct em_resolver *r = make(&w, &o);
    static const struct {
        const char *host;
        enum em_resolve_result result;
        int64_t keeps;
    } cases[] = {
        {"www.example.test", EM_RESOLVE_FOUND, 1000},
        {"none.test", EM_RESOLVE_NONE, 300},
        {"fail.test", EM_RESOLVE_FAILED, 100},
        {"ttl1.test", EM_RESOLVE_FOUND, 500},
        {"ttl700.test", EM_RESOLVE_FOUND, 700},
        {"ttl9999.test", EM_RESOLVE_FOUND, 2000},
    };
    int64_t now = 5000;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int before = w.lookups;
        assert_int_equal(ask(r, cases[i].host, now, &answer), EM_AGAIN);
        assert_int_equal(ask(r, cases[i].host, now, &answer),
                         EM_AGAIN); /* the same job */
        struct answers a = wait_for(r, now, 2);
        assert_int_equal(a.tags, 14);
        assert_string_equal(a.host, cases[i].host);
        assert_int_equal(a.last.result, cases[i].result);
        assert_int_equal(w.lookups, before + 1);
        assert_int_equal(ask(r, cases[i].host, now + cases[i].keeps - 1, &answer), EM_OK);
        assert_int_equal(answer.result, cases[i].result);
        assert_int_equal(answer.n, cases[i].result == EM_RESOLVE_FOUND);
        assert_int_equal(w.lookups, before + 1);
        assert_int_equal(ask(r, cases[i].host, now + cases[i].keeps, &answer), EM_AGAIN);
        wait_for(r, now, 1);
        assert_int_equal(w.lookups, before + 2);
    }
    em_resolver_stats(r, &stats);
    assert_int_equal(stats.lookups, 12);
    assert_int_equal(stats.hits, 6);
    assert_int_equal(stats.negative_hits, 2);
    assert_int_equal(stats.waiting, 0);
    assert_true(w.wakes > 0);
    assert_int_equal(em_resolver_next_ms(r), INT64_MAX);
    em_resolver_free(r);
}

static void test_timeout(void **state)
{
    (void)state;
    struct world w;
    struct em_resolver_options o;
    struct em_resolve_answer answer;
    struct answers a = {0};
    em_resolver_options_init(&o);
    o.timeout_ms = 1000;
    o.failure_ttl_ms = 50;
    o.threads = 2;
    struct em_resolver *r = make(&w, &o);
    w.hold = true;
    assert_int_equal(ask(r, "slow1.test", 0, &answer), EM_AGAIN);
    assert_int_equal(ask(r, "slow2.test", 0, &answer), EM_AGAIN);
    assert_int_equal(ask(r, "slow3.test", 0, &answer), EM_AGAIN);
    while (w.held < 2)
        pause_ms();
    assert_int_equal(em_resolver_poll(r, 100, resolved, &a), 0); /* seen from now on */
    assert_int_equal(em_resolver_next_ms(r), 1100);
    assert_int_equal(em_resolver_poll(r, 1099, resolved, &a), 0);
    assert_int_equal(em_resolver_poll(r, 1100, resolved, &a),
                     2); /* the third waits yet */
    assert_int_equal(a.last.result, EM_RESOLVE_TIMEOUT);
    assert_int_equal(ask(r, "slow1.test", 1149, &answer), EM_OK);
    assert_int_equal(answer.result, EM_RESOLVE_TIMEOUT);
    /* Asked again while the thread still has it: no second look-up, and its late answer
     * counts. */
    assert_int_equal(ask(r, "slow1.test", 1150, &answer), EM_AGAIN);
    w.hold = false;
    a = wait_for(r, 1200, 2);
    assert_int_equal(a.last.result, EM_RESOLVE_FOUND);
    /* The late answer of the second, which nobody waits for, may come last. */
    while (ask(r, "slow2.test", 1201, &answer) == EM_AGAIN) {
        em_resolver_poll(r, 1201, resolved, &a);
        pause_ms();
    }
    assert_int_equal(answer.result, EM_RESOLVE_FOUND);
    assert_int_equal(w.lookups, 3);
    em_resolver_free(r);
}

/* Threads that are still at work when the resolver goes. */
static void test_free_early(void **state)
{
    (void)state;
    static struct world w;
    struct em_resolver_options o;
    struct em_resolve_answer answer;
    em_resolver_options_init(&o);
    struct em_resolver *r = make(&w, &o);
    w.hold = true;
    assert_int_equal(ask(r, "slow.test", 0, &answer), EM_AGAIN);
    assert_int_equal(ask(r, "www.test", 0, &answer), EM_AGAIN);
    while (w.held < 1)
        pause_ms();
    int wakes = w.wakes;
    em_resolver_free(r);
    wakes = w.wakes;
    w.hold = false;
    while (w.held > 0)
        pause_ms();
    assert_int_equal(w.wakes, wakes);
}

static void test_eviction(void **state)
{
    (void)state;
    struct world w;
    struct em_resolver_options o;
    struct em_resolve_answer answer;
    struct em_resolver_stats stats;
    char host[64];
    em_resolver_options_init(&o);
    o.max_entries = 100;
    struct em_resolver *r = make(&w, &o);
    for (int i = 0; i < 1000; i++) {
        snprintf(host, sizeof(host), "host%d.test", i);
        enum em_status status = ask(r, host, 0, &answer);
        assert_int_equal(status, EM_AGAIN);
        wait_for(r, 0, 1);
        assert_int_equal(ask(r, "host0.test", 0, &answer),
                         EM_OK); /* stays: asked often */
    }
    em_resolver_stats(r, &stats);
    assert_true(stats.entries <= 100);
    assert_int_equal(ask(r, "host1.test", 0, &answer), EM_AGAIN);
    em_resolver_free(r);
}

static void test_overrides(void **state)
{
    (void)state;
    struct world w;
    struct em_resolver_options o;
    struct em_resolve_answer answer;
    struct em_err err;
    char text[EM_ADDRESS_TEXT];
    em_resolver_options_init(&o);
    struct em_resolver *r = make(&w, &o);
    assert_int_equal(
        em_resolver_override_text(r,
                                  EM_VIEW("# a table\n"
                                          "WWW.a.test 127.0.0.2:8080 # exact\n"
                                          "*.a.test\t127.0.0.3\n"
                                          "www.a.test [::1]:81\r\n"
                                          "\n*.b.a.test 127.0.0.4\n"),
                                  &err),
        EM_OK);
    static const struct {
        const char *host, *want;
        unsigned n;
    } cases[] = {{"www.a.test", "127.0.0.2:8080", 2}, {"x.a.test", "127.0.0.3", 1},
                 {"x.y.a.test", "127.0.0.3", 1},      {"x.b.a.test", "127.0.0.4", 1},
                 {"b.a.test", "127.0.0.3", 1},        {"10.1.2.3", "10.1.2.3", 1},
                 {"[2001:db8::1]", "2001:db8::1", 1}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ask(r, cases[i].host, 0, &answer), EM_OK);
        assert_int_equal(answer.n, cases[i].n);
        em_address_format(&answer.addresses[0], text);
        assert_string_equal(text, cases[i].want);
    }
    assert_int_equal(ask(r, "a.test", 0, &answer), EM_AGAIN);
    wait_for(r, 0, 1);
    struct em_address all;
    assert_true(em_address_parse(EM_VIEW("127.0.0.9"), &all));
    assert_int_equal(em_resolver_override(r, EM_VIEW("*"), &all), EM_OK);
    assert_int_equal(ask(r, "whatever", 0, &answer), EM_OK);
    assert_int_equal(ask(r, "10.1.2.3", 0, &answer), EM_OK);
    assert_int_equal(answer.addresses[0].bytes[0], 10);
    assert_int_equal(
        em_resolver_override_text(r, EM_VIEW("a.test 1.2.3.4\nb.test nine\n"), &err),
        EM_ERR_FORMAT);
    assert_non_null(strstr(err.text, "line 2"));
    assert_int_equal(ask(r, "", 0, &answer), EM_ERR_LIMIT);
    em_resolver_free(r);
}

/* getaddrinfo itself, with what needs no network. */
static void test_system(void **state)
{
    (void)state;
    struct em_resolver_options o;
    struct em_resolver *r;
    struct em_resolve_answer answer;
    struct em_err err;
    em_resolver_options_init(&o);
    assert_int_equal(em_resolver_new(&r, &o, &err), EM_OK);
    assert_int_equal(ask(r, "localhost", 0, &answer), EM_AGAIN);
    struct answers a = wait_for(r, 0, 1);
    assert_int_equal(a.last.result, EM_RESOLVE_FOUND);
    assert_true(a.last.n >= 1);
    assert_non_null(em_guard_refuses(&a.last.addresses[0], false));
    em_resolver_free(r);
    o.threads = 0;
    assert_int_equal(em_resolver_new(&r, &o, &err), EM_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache),      cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_free_early), cmocka_unit_test(test_eviction),
        cmocka_unit_test(test_overrides),  cmocka_unit_test(test_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
