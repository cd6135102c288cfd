/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/hash.h"
#include "pipeline/crawl/crawl_echo.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct em_crawl_echo_first firsts[EM_CRAWL_ECHO_FIRSTS];

/* The number of a site's only host is the hash of its name. */
static uint64_t number_of(const char *site)
{
    return em_hash64(site, strlen(site), 1);
}

static double page(struct em_crawl_echo *e, const char *site, uint64_t from, size_t n)
{
    uint64_t prints[64];
    for (size_t i = 0; i < n; i++)
        prints[i] = em_mix64(from + i + 1);
    return em_crawl_echo_score(e, em_view_of(site), number_of(site), prints, n, firsts);
}

static void shares(void **state)
{
    (void)state;
    struct em_crawl_echo *e;
    assert_int_equal(em_crawl_echo_new(&e), EM_OK);
    assert_true(isnan(page(e, "a.example", 0, EM_CRAWL_ECHO_LEAST - 1)));
    assert_true(page(e, "a.example", 100, 20) == 0);
    assert_true(page(e, "a.example", 100, 20) == 0); /* its own template */
    assert_true(page(e, "b.example", 110, 20) == 0.5);
    assert_true(page(e, "b.example", 110, 20) == 0.5); /* again: as before */
    assert_true(page(e, "c.example", 500, 20) == 0);
    assert_true(page(e, "a.example", 110, 10) == 1); /* others have it now */
    em_crawl_echo_free(e);
}

/* Whose passages echo since a page is told once, to whoever had them first. */
static void first_hosts(void **state)
{
    (void)state;
    struct em_crawl_echo *e;
    assert_int_equal(em_crawl_echo_new(&e), EM_OK);
    page(e, "a.example", 0, 10);
    assert_true(firsts[0].host == 0);
    page(e, "a.example", 0, 10); /* a site does not echo itself */
    assert_true(firsts[0].host == 0);
    page(e, "b.example", 10, 10);
    assert_true(page(e, "c.example", 0, 40) == 0.5);
    assert_true(firsts[0].host == number_of("a.example") && firsts[0].share == 0.25);
    assert_true(firsts[1].host == number_of("b.example") && firsts[1].share == 0.25);
    assert_true(firsts[2].host == 0);
    assert_true(page(e, "d.example", 0, 20) == 1);
    assert_true(firsts[0].host == 0);
    page(e, "d.example", 20, 20);
    assert_true(firsts[0].host == number_of("c.example") && firsts[0].share == 1);
    /* More hosts than are named. */
    char site[32];
    for (uint64_t i = 0; i < EM_CRAWL_ECHO_FIRSTS + 2; i++) {
        snprintf(site, sizeof(site), "s%d.example", (int)i);
        page(e, site, 1000 + 5 * i, 5);
    }
    page(e, "z.example", 1000, 5 * (EM_CRAWL_ECHO_FIRSTS + 2));
    for (int i = 0; i < EM_CRAWL_ECHO_FIRSTS; i++)
        assert_true(firsts[i].host != 0 && fabs(firsts[i].share - 1.0 / 6) < 1e-9);
    em_crawl_echo_free(e);
}

static void boilerplate(void **state)
{
    (void)state;
    struct em_crawl_echo *e;
    char site[32];
    assert_int_equal(em_crawl_echo_new(&e), EM_OK);
    for (int i = 0; i < EM_CRAWL_ECHO_COMMON; i++) {
        snprintf(site, sizeof(site), "s%d.example", i);
        double score = page(e, site, 0, 20);
        assert_true(score == (i > 0));
    }
    assert_true(isnan(page(e, "z.example", 0, 20)));
    em_crawl_echo_free(e);
}

/* What is older than all that fits is forgotten; nothing else is. */
static void bounded(void **state)
{
    (void)state;
    struct em_crawl_echo *e;
    assert_int_equal(em_crawl_echo_new(&e), EM_OK);
    page(e, "a.example", 1 << 30, 50);
    for (uint64_t i = 0; i < 4 * (uint64_t)EM_CRAWL_ECHO_SLOTS; i += 50)
        page(e, "b.example", i, 50);
    assert_true(page(e, "c.example", 1 << 30, 50) < 0.1);
    page(e, "a.example", (uint64_t)1 << 40, 50);
    assert_true(page(e, "c.example", (uint64_t)1 << 40, 50) == 1);
    em_crawl_echo_free(e);
    em_alloc_fail_at(1, 0);
    assert_int_equal(em_crawl_echo_new(&e), EM_ERR_NOMEM);
    em_alloc_fail_at(0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares),
        cmocka_unit_test(first_hosts),
        cmocka_unit_test(boilerplate),
        cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests_name("crawl echo", tests, NULL, NULL);
}
