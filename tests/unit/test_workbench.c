/* SPDX-License-Identifier: Apache-2.0
 *
 * The workbench: order, delays of host and IP, what it remembers; and by chance, beside a
 * naive twin that knows only when each IP and host was asked.
 */
#include "base/hash.h"
#include "crawler/web/frontier/workbench.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>

static struct em_workbench *make(size_t hosts, uint32_t per_ip, uint32_t per_host,
                                 int64_t gap)
{
    struct em_workbench *bench;
    struct em_workbench_options options = {hosts, per_ip, per_host, gap};
    assert_int_equal(em_workbench_new(&bench, &options, NULL), EM_OK);
    return bench;
}

static struct em_workbench_ip ip_of(unsigned n)
{
    struct em_workbench_ip ip = {{10}};
    ip.bytes[14] = (uint8_t)(n >> 8);
    ip.bytes[15] = (uint8_t)n;
    return ip;
}

static void put(struct em_workbench *bench, uint64_t host, unsigned ip, int64_t next)
{
    struct em_workbench_ip address = ip_of(ip);
    assert_int_equal(em_workbench_put(bench, host, &address, next, NULL), EM_OK);
}

static uint64_t take(struct em_workbench *bench, int64_t now)
{
    struct em_workbench_grant grant;
    const char *reason;
    enum em_status status = em_workbench_take(bench, &grant, now);
    if (!em_workbench_validate(bench, &reason))
        fail_msg("%s", reason);
    return status == EM_OK ? grant.host : 0;
}

static void test_order(void **state)
{
    struct em_workbench *bench = make(10, 1, 1, 0);
    struct em_workbench_counts counts;
    (void)state;
    assert_int_equal(em_workbench_next_due(bench), INT64_MAX);
    put(bench, 1, 1, 100);
    put(bench, 2, 1, 50);
    put(bench, 3, 2, 70);
    assert_int_equal(em_workbench_next_due(bench), 50);
    assert_int_equal(take(bench, 49), 0);
    assert_int_equal(take(bench, 200), 2);
    assert_int_equal(take(bench, 200), 3); /* 1 is due, but its IP is being asked */
    assert_int_equal(take(bench, 200), 0);
    assert_int_equal(em_workbench_next_due(bench), INT64_MAX);
    em_workbench_count(bench, &counts);
    assert_true(counts.hosts == 3 && counts.ips == 2 && counts.busy == 2);
    assert_int_equal(em_workbench_release(bench, 2, 1200, 1500), EM_OK);
    assert_int_equal(em_workbench_next_due(bench), 1200);
    assert_int_equal(take(bench, 1199), 0);
    assert_int_equal(take(bench, 1200), 1);
    assert_int_equal(em_workbench_release(bench, 7, 0, 0), EM_ERR_USAGE);
    assert_int_equal(em_workbench_release(bench, 2, 0, 0), EM_ERR_USAGE);
    em_workbench_free(bench);
}

static void test_remembers(void **state)
{
    struct em_workbench *bench = make(2, 1, 1, 0);
    struct em_workbench_ip address = ip_of(9);
    (void)state;
    put(bench, 1, 1, 0);
    assert_int_equal(take(bench, 10), 1);
    assert_int_equal(em_workbench_remove(bench, 1), EM_OK); /* while it is being asked */
    assert_int_equal(em_workbench_remove(bench, 1), EM_ERR_NOTFOUND);
    assert_true(em_workbench_has(bench, 1));
    assert_int_equal(em_workbench_release(bench, 1, 5000, 5000), EM_OK);
    assert_false(em_workbench_has(bench, 1));
    /* The host comes back at once, another on the same IP: its time has not passed. */
    put(bench, 1, 1, 0);
    put(bench, 2, 1, 0);
    assert_int_equal(em_workbench_put(bench, 3, &address, 0, NULL), EM_ERR_FULL);
    assert_int_equal(em_workbench_put(bench, 2, &address, 0, NULL), EM_ERR_USAGE);
    assert_int_equal(take(bench, 4999), 0);
    assert_int_equal(em_workbench_next_due(bench), 5000);
    assert_int_equal(take(bench, 5000), 1);
    assert_int_equal(em_workbench_remove(bench, 2), EM_OK);
    assert_int_equal(take(bench, 9000), 0);
    assert_int_equal(em_workbench_release(bench, 1, 0, 0), EM_OK);
    assert_int_equal(take(bench, 9000), 1);
    em_workbench_free(bench);
}

static void test_several(void **state)
{
    struct em_workbench *bench = make(10, 3, 2, 100);
    (void)state;
    put(bench, 1, 1, 0);
    put(bench, 2, 1, 0);
    assert_int_equal(take(bench, 0), 1);
    assert_int_equal(take(bench, 99), 0); /* the gap */
    assert_int_equal(take(bench, 100), 2);
    assert_int_equal(take(bench, 200), 1);
    assert_int_equal(take(bench, 300), 0); /* three at a time */
    assert_int_equal(em_workbench_release(bench, 2, 0, 0), EM_OK);
    assert_int_equal(take(bench, 300), 2);
    em_workbench_free(bench);
}

enum { N_HOSTS = 60, N_IPS = 17, DELAY = 50 };

struct twin {
    int64_t ip_last[N_IPS], host_last[N_HOSTS + 1];
    unsigned ip_busy[N_IPS], ip_of[N_HOSTS + 1];
    unsigned host_busy[N_HOSTS + 1];
    int64_t waiting_since[N_HOSTS + 1];
    bool here[N_HOSTS + 1];
    int64_t longest;
};

static void granted(struct twin *twin, const struct em_workbench_grant *grant,
                    int64_t now)
{
    unsigned host = (unsigned)grant->host, ip = twin->ip_of[host];
    assert_true(twin->here[host]);
    assert_int_equal(twin->ip_busy[ip]++, 0);
    assert_int_equal(twin->host_busy[host]++, 0);
    assert_true(now - twin->ip_last[ip] >= DELAY);
    assert_true(now - twin->host_last[host] >= 2 * DELAY);
    assert_true(grant->due_ms <= now);
    int64_t waited = now - twin->waiting_since[host];
    twin->longest = waited > twin->longest ? waited : twin->longest;
    twin->ip_last[ip] = twin->host_last[host] = now;
}

/* Hosts come, are asked for a while, go and come back. No IP is asked twice within DELAY, no
 * host within twice that, never two at a time; and whoever is there gets its turn within the
 * time that all hosts of its IP need. */
static void test_by_chance(void **state)
{
    struct em_workbench *bench = make(N_HOSTS, 1, 1, 0);
    static struct twin twin;
    uint64_t r = 99, grants = 0;
    const char *reason;
    (void)state;
    for (unsigned i = 0; i < N_IPS; i++)
        twin.ip_last[i] = -1000;
    for (unsigned i = 0; i <= N_HOSTS; i++)
        twin.host_last[i] = -1000;
    for (int64_t now = 0; now < 40000; now += 3) {
        struct em_workbench_grant grant;
        r = em_mix64(r + 1);
        unsigned host = 1 + (unsigned)(r % N_HOSTS);
        if (!twin.here[host] && !em_workbench_has(bench, host)) {
            /* The host's own delay is the caller's to remember, the IP's is not. */
            twin.ip_of[host] = host % N_IPS;
            put(bench, host, twin.ip_of[host], twin.host_last[host] + 2 * DELAY);
            twin.here[host] = true;
            twin.waiting_since[host] = now;
        }
        while (em_workbench_take(bench, &grant, now) == EM_OK) {
            granted(&twin, &grant, now);
            grants++;
        }
        int64_t due = em_workbench_next_due(bench);
        assert_true(due > now);
        for (host = 1; host <= N_HOSTS; host++) {
            if (!twin.host_busy[host] || em_mix64(r ^ host) % 8)
                continue;
            bool leave = em_mix64(r ^ host) % 64 == 0;
            if (leave)
                assert_int_equal(em_workbench_remove(bench, host), EM_OK);
            assert_int_equal(em_workbench_release(bench, host,
                                                  twin.ip_last[twin.ip_of[host]] + DELAY,
                                                  twin.host_last[host] + 2 * DELAY),
                             EM_OK);
            twin.host_busy[host] = 0;
            twin.ip_busy[twin.ip_of[host]] = 0;
            twin.here[host] = !leave;
            twin.waiting_since[host] = now;
        }
        if (!em_workbench_validate(bench, &reason))
            fail_msg("%s", reason);
    }
    /* Four hosts on an IP, each asked for some 24 ms (and rarely for 200) and then DELAY. */
    assert_true(twin.longest < 4 * (DELAY + 400));
    assert_true(grants > 5000);
    em_workbench_free(bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_remembers),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_by_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
