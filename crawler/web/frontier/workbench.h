/* SPDX-License-Identifier: Apache-2.0
 *
 * The workbench (Boldi, Marino, Santini, Vigna: "BUbiNG", 2014, section 4): which host may
 * be asked now. A heap of IP addresses, each with a heap of hosts:
 *
 *     IPs by max(ip.next, host.next of its first host)
 *       203.0.113.7   next 12:00:01.250   hosts a.example 12:00:00, b.example 12:00:09
 *       198.51.100.2  next 12:00:02.000   hosts c.example 12:00:02
 *
 * take() gives the first host of the first IP when its time has come, and takes both out of
 * reach; release() puts them back with their next times. So an IP is never asked twice at a
 * time (or more often than allowed), nothing polls, and nothing is held while it waits:
 * next_due() says how long to sleep. An IP whose hosts have all gone is remembered until its
 * time has passed, so that a host which comes back finds its delay still there.
 *
 * Time is passed in, milliseconds on any clock. Ties go to the host that was put first:
 * order is the same for the same calls. All operations O(log n) (hash look-ups expected),
 * memory bounded by `max_hosts`. One thread.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_WORKBENCH_H
#define EM_CRAWLER_WEB_FRONTIER_WORKBENCH_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct em_workbench_options {
    size_t max_hosts;  /* hosts held at once, and IPs remembered without hosts */
    uint32_t per_ip;   /* requests to an IP at a time; 1 */
    uint32_t per_host; /* requests to a host at a time; 1 */
    int64_t ip_gap_ms; /* least time between two grants of one IP; 0 is no rule */
};

/* IPv6, or IPv4 mapped into it (::ffff:a.b.c.d). */
struct em_workbench_ip {
    uint8_t bytes[16];
};

struct em_workbench_grant {
    uint64_t host;
    struct em_workbench_ip ip;
    int64_t due_ms; /* when it became due: now - due_ms is how late we are */
};

struct em_workbench_counts {
    size_t hosts, ips;  /* held; IPs without hosts not counted */
    size_t busy;        /* grants not yet released */
    size_t hosts_ready; /* hosts not busy */
    int64_t oldest_due; /* earliest due time; INT64_MAX where nothing waits */
};

struct em_workbench;

/* Memory for `max_hosts` is taken as hosts come. EM_ERR_NOMEM, EM_ERR_USAGE. */
EM_MUST_CHECK enum em_status em_workbench_new(struct em_workbench **out,
                                              const struct em_workbench_options *options,
                                              struct em_err *err);
void em_workbench_free(struct em_workbench *bench); /* NULL is allowed */

/* A host that may be asked from `next_ms` on. EM_ERR_FULL: max_hosts are held (try again
 * after a removal); EM_ERR_USAGE: it is here already. */
EM_MUST_CHECK enum em_status em_workbench_put(struct em_workbench *bench, uint64_t host,
                                              const struct em_workbench_ip *ip,
                                              int64_t next_ms, struct em_err *err);

/* The host that has waited longest of those due at `now_ms`. EM_AGAIN: none is due. */
EM_MUST_CHECK enum em_status em_workbench_take(struct em_workbench *bench,
                                               struct em_workbench_grant *grant,
                                               int64_t now_ms);

/* A grant is over: IP and host may be asked from their times on (an earlier time than one
 * already set does not shorten it). EM_ERR_USAGE: no such grant is out. */
EM_MUST_CHECK enum em_status em_workbench_release(struct em_workbench *bench,
                                                  uint64_t host, int64_t ip_next_ms,
                                                  int64_t host_next_ms);

/* A host without anything to fetch goes; while grants of it are out it goes with the last of
 * them. Its IP keeps its next time. EM_ERR_NOTFOUND. */
EM_MUST_CHECK enum em_status em_workbench_remove(struct em_workbench *bench,
                                                 uint64_t host);

bool em_workbench_has(const struct em_workbench *bench, uint64_t host);

/* When take() may next have something: INT64_MAX where nothing waits (all busy or empty). */
int64_t em_workbench_next_due(const struct em_workbench *bench);

void em_workbench_count(const struct em_workbench *bench,
                        struct em_workbench_counts *counts);

/* Checks every invariant; false and a reason where one fails. For tests. O(n). */
bool em_workbench_validate(const struct em_workbench *bench, const char **reason);

#endif
