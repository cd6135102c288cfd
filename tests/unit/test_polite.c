/* SPDX-License-Identifier: Apache-2.0
 *
 * Politeness: delays and which rule gives them, backing off and coming back, the circuit,
 * Retry-After, and what robots.txt that cannot be had means (RFC 9309, clause by clause).
 */
#include "crawler/web/frontier/polite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const int64_t NOW = INT64_C(1750000000000); /* 2025-06-15T15:06:40Z */

static struct em_polite_options options_of(void)
{
    struct em_polite_options options;
    em_polite_options_init(&options);
    return options;
}

static void test_delay(void **state)
{
    struct em_polite_options options = options_of();
    struct em_polite host = {.next_ms = 0};
    enum em_polite_reason why;
    (void)state;
    assert_int_equal(em_polite_delay(&options, &host, &why), 1000);
    assert_int_equal(why, EM_WAIT_DELAY);
    host.response_ms = 700;
    assert_int_equal(em_polite_delay(&options, &host, &why), 1400);
    assert_int_equal(why, EM_WAIT_SLOW);
    host.crawl_delay_ms = 5000;
    assert_int_equal(em_polite_delay(&options, &host, &why), 5000);
    assert_int_equal(why, EM_WAIT_CRAWL_DELAY);
    host.crawl_delay_ms = 86400000;
    assert_int_equal(em_polite_delay(&options, &host, &why), 60000);
    host.factor = 2;
    assert_int_equal(em_polite_delay(&options, &host, &why), 120000);
    assert_int_equal(why, EM_WAIT_BACKOFF);
    host.factor = 64;
    assert_int_equal(em_polite_delay(&options, &host, &why), 300000);
    /* All off: as fast as it goes, and still something to multiply when it hurts. */
    options.delay_ms = 0;
    options.response_factor = 0;
    host = (struct em_polite){.response_ms = 50};
    assert_int_equal(em_polite_delay(&options, &host, &why), 0);
    assert_int_equal(why, EM_WAIT_NONE);
    host.factor = 2;
    assert_int_equal(em_polite_delay(&options, &host, &why), 200);
    /* A damaged factor or response time does no harm. */
    host.factor = -3;
    assert_int_equal(em_polite_delay(&options, &host, &why), 0);
    for (int i = 0; i <= EM_WAIT_COUNT; i++)
        assert_non_null(em_polite_reason_name((enum em_polite_reason)i));
}

static void test_aimd(void **state)
{
    struct em_polite_options options = options_of();
    struct em_polite host = {.next_ms = 0};
    int64_t now = NOW, quick = em_polite_delay(&options, &host, NULL);
    (void)state;
    em_polite_begin(&options, &host, now);
    assert_int_equal(host.next_ms, now + quick);
    em_polite_end(&options, &host, now + 300, EM_ANSWER_GOOD, 300, -1);
    assert_int_equal(host.next_ms, now + 1300); /* from the end of the answer */
    for (int i = 0; i < 3; i++)
        em_polite_end(&options, &host, now, EM_ANSWER_BUSY, 10, -1);
    assert_int_equal(em_polite_delay(&options, &host, NULL), 8 * quick);
    int answers = 0;
    while (em_polite_delay(&options, &host, NULL) > quick && answers < 1000) {
        em_polite_end(&options, &host, now, EM_ANSWER_GOOD, 300, -1);
        answers++;
    }
    assert_int_equal(answers, 28); /* (8 - 1) / 0.25 */
    /* Ten times slower than it was: leave it alone longer at once. */
    em_polite_end(&options, &host, now, EM_ANSWER_GOOD, 3000, -1);
    assert_true(em_polite_delay(&options, &host, NULL) >= 2 * quick);
    em_polite_end(&options, &host, now, EM_ANSWER_REFUSED, 10, -1);
    assert_int_equal(host.errors, 0);
}

static void test_circuit(void **state)
{
    struct em_polite_options options = options_of();
    struct em_polite host = {.next_ms = 0};
    int64_t now = NOW, open = options.breaker_ms;
    (void)state;
    for (uint32_t i = 0; i < options.breaker; i++) {
        assert_int_equal(host.circuit, EM_CIRCUIT_CLOSED);
        em_polite_end(&options, &host, now, EM_ANSWER_TIMEOUT, 10, -1);
    }
    assert_int_equal(host.circuit, EM_CIRCUIT_OPEN);
    assert_int_equal(host.suspended_ms, now + open);
    assert_int_equal(host.reason, EM_WAIT_CIRCUIT);
    /* One request decides: still bad, twice as long. */
    now = host.next_ms;
    em_polite_end(&options, &host, now, EM_ANSWER_UNREACHABLE, 10, -1);
    assert_int_equal(host.suspended_ms, now + 2 * open);
    /* Good: closed, and forgotten. */
    struct em_polite other = host;
    now = host.next_ms;
    em_polite_end(&options, &other, now, EM_ANSWER_GOOD, 10, -1);
    assert_int_equal(other.circuit, EM_CIRCUIT_CLOSED);
    assert_int_equal(other.suspended_ms, 0);
    assert_int_equal(other.trips, 0);
    for (int i = 0; i < 4; i++) {
        assert_false(em_polite_dead(&options, &host));
        now = host.next_ms;
        em_polite_end(&options, &host, now, EM_ANSWER_ERROR, 10, -1);
        assert_true(host.next_ms - now <= options.max_breaker_ms);
    }
    assert_true(em_polite_dead(&options, &host));
    assert_int_equal(host.reason, EM_WAIT_DEAD);
}

static void test_retry_after(void **state)
{
    (void)state;
    struct em_polite_options options = options_of();
    struct em_polite host = {.next_ms = 0};
    em_polite_end(&options, &host, NOW, EM_ANSWER_BUSY, 10, 600000);
    assert_int_equal(host.suspended_ms, NOW + 600000);
    assert_int_equal(host.reason, EM_WAIT_RETRY_AFTER);
    em_polite_end(&options, &host, NOW, EM_ANSWER_BUSY, 10, INT64_C(31536000000));
    assert_int_equal(host.suspended_ms, NOW + options.max_retry_after_ms);
}

/* What one host asks for itself does not hold back its neighbours at the same address. */
static void test_neighbours(void **state)
{
    (void)state;
    struct em_polite_options options = options_of();
    struct em_polite host = {.next_ms = 0};
    em_polite_end(&options, &host, NOW, EM_ANSWER_BUSY, 10, 3600000);
    assert_int_equal(host.next_ms, NOW + 3600000);
    assert_int_equal(em_polite_address_next(&options, &host, NOW),
                     NOW + options.delay_ms);
    host = (struct em_polite){.crawl_delay_ms = 30000};
    em_polite_end(&options, &host, NOW, EM_ANSWER_GOOD, 10, -1);
    assert_int_equal(host.next_ms, NOW + 30000);
    assert_int_equal(em_polite_address_next(&options, &host, NOW),
                     NOW + options.delay_ms);
    /* Any status with a long Retry-After suspends; a short one with a good answer waits. */
    host = (struct em_polite){.next_ms = 0};
    em_polite_end(&options, &host, NOW, EM_ANSWER_ERROR, 10, 600000);
    assert_int_equal(host.suspended_ms, NOW + 600000);
    host = (struct em_polite){.next_ms = 0};
    em_polite_end(&options, &host, NOW, EM_ANSWER_GOOD, 10, 600000);
    assert_int_equal(host.suspended_ms, NOW + 600000);
    host = (struct em_polite){.next_ms = 0};
    em_polite_end(&options, &host, NOW, EM_ANSWER_GOOD, 10, 5000);
    assert_int_equal(host.suspended_ms, 0);
    assert_int_equal(host.next_ms, NOW + 5000);
}

/* A clock that was in the future: waits count from now, and no stored time is believed that no
 * rule can have set. */
static void test_clock_mended(void **state)
{
    (void)state;
    struct em_polite_options options = options_of();
    const int64_t years = INT64_C(3318) * 86400000;
    struct em_polite host = {.next_ms = NOW + years + 1000,
                             .last_ms = NOW + years,
                             .suspended_ms = NOW + years + 300000,
                             .robots_bad_ms = NOW + years};
    em_polite_mend(&options, &host, NOW);
    assert_int_equal(host.last_ms, NOW);
    assert_int_equal(host.next_ms, NOW + 1000);
    assert_int_equal(host.suspended_ms, NOW + 300000);
    assert_int_equal(host.robots_bad_ms, NOW);
    host = (struct em_polite){.next_ms = NOW + years, .suspended_ms = NOW + years};
    em_polite_mend(&options, &host, NOW);
    assert_true(host.next_ms <= NOW + options.max_delay_ms);
    assert_int_equal(host.suspended_ms, 0);
    /* A sound state stays what it is. */
    const struct em_polite sound = {.next_ms = NOW + 3600000,
                                    .last_ms = NOW - 5,
                                    .suspended_ms = NOW + 3600000,
                                    .robots_bad_ms = NOW - 9};
    host = sound;
    em_polite_mend(&options, &host, NOW);
    assert_int_equal(host.next_ms, sound.next_ms);
    assert_int_equal(host.suspended_ms, sound.suspended_ms);
    assert_int_equal(host.last_ms, sound.last_ms);
    assert_int_equal(host.robots_bad_ms, sound.robots_bad_ms);
    assert_true(em_polite_plausible(&options, NOW + 86400000, NOW));
    assert_false(em_polite_plausible(&options, NOW + years, NOW));
}

static void test_answers(void **state)
{
    (void)state;
    assert_int_equal(em_polite_answer_of(200), EM_ANSWER_GOOD);
    assert_int_equal(em_polite_answer_of(404), EM_ANSWER_GOOD);
    assert_int_equal(em_polite_answer_of(429), EM_ANSWER_BUSY);
    assert_int_equal(em_polite_answer_of(503), EM_ANSWER_BUSY);
    assert_int_equal(em_polite_answer_of(403), EM_ANSWER_FORBIDDEN);
    assert_int_equal(em_polite_answer_of(500), EM_ANSWER_ERROR);
    assert_int_equal(em_polite_answer_of(451), EM_ANSWER_REFUSED);
    assert_int_equal(em_polite_answer_of(0), EM_ANSWER_UNREACHABLE);
}

/* spec: RFC9309 2.3.1.1, 2.3.1.3, 2.3.1.4 */
static void test_robots(void **state)
{
    struct em_polite_options options = options_of();
    struct em_polite host = {.next_ms = 0};
    int64_t now = NOW;
    (void)state;
    assert_int_equal(em_polite_robots(&options, &host, now, 200, -1, false),
                     EM_ROBOTS_RULES);
    /* 2.3.1.3: 4xx is "unavailable": everything allowed; so is a redirect too many */
    assert_int_equal(em_polite_robots(&options, &host, now, 404, -1, false),
                     EM_ROBOTS_ALLOW);
    assert_int_equal(em_polite_robots(&options, &host, now, 403, -1, false),
                     EM_ROBOTS_ALLOW);
    /* 2.3.1.4: 5xx and no answer are "unreachable": nothing allowed, for a while */
    assert_int_equal(em_polite_robots(&options, &host, now, 500, -1, false),
                     EM_ROBOTS_SUSPEND);
    assert_int_equal(host.suspended_ms, now + options.breaker_ms);
    assert_int_equal(host.reason, EM_WAIT_ROBOTS);
    /* Bounded: asked again later and later, but each day at least... */
    int tries = 0;
    enum em_robots_state robots = EM_ROBOTS_SUSPEND;
    while (robots == EM_ROBOTS_SUSPEND && tries < 1000) {
        assert_true(host.suspended_ms > now);
        assert_true(host.suspended_ms - now <= options.robots_ttl_ms);
        now = host.suspended_ms;
        robots = em_polite_robots(&options, &host, now, tries % 2 ? 0 : 503, -1, false);
        tries++;
    }
    /* ...and given up after 30 days, or allowed, or what was cached. */
    assert_int_equal(robots, EM_ROBOTS_DEAD);
    assert_true(now - NOW >= options.robots_patience_ms);
    assert_true(tries >= 30 && tries < 60);
    assert_int_equal(em_polite_robots(&options, &host, now, 500, -1, true),
                     EM_ROBOTS_RULES);
    options.robots_allow_after = true;
    assert_int_equal(em_polite_robots(&options, &host, now, 500, -1, false),
                     EM_ROBOTS_ALLOW);
    /* It is there again: the count begins again. */
    assert_int_equal(em_polite_robots(&options, &host, now, 200, -1, false),
                     EM_ROBOTS_RULES);
    assert_int_equal(em_polite_robots(&options, &host, now, 429, 7200000, false),
                     EM_ROBOTS_SUSPEND);
    assert_int_equal(host.suspended_ms, now + 7200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay),        cmocka_unit_test(test_aimd),
        cmocka_unit_test(test_circuit),      cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_clock_mended), cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_robots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
