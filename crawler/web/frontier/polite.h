/* SPDX-License-Identifier: Apache-2.0
 *
 * How long to leave a host alone. Pure functions over a small state per host; time is passed
 * in, in milliseconds since 1970 on a clock that does not go back while the program runs.
 *
 *   delay = max(Crawl-delay clamped, configured, k x response time) x backoff
 *
 * The backoff factor is AIMD turned round: it doubles on 429, 503, 5xx, timeouts and resets
 * (and where a host becomes three times slower than it was), and falls by a small step with
 * every good answer. Retry-After is obeyed as far as it is no longer than a maximum. After
 * `breaker` bad answers in a row the circuit opens: nothing is asked for a time that doubles
 * each time, then one request decides (half open).
 *
 * robots.txt (spec: RFC9309 2.3.1): 2xx is parsed; 4xx allows everything; 5xx and no answer
 * suspend the host, bounded: after `robots_patience` what was cached is used, or, without
 * one, everything is allowed as the clause permits or the host is given up (our choice,
 * option). Five redirects are followed. What was read is used for 24 hours.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_POLITE_H
#define EM_CRAWLER_WEB_FRONTIER_POLITE_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

struct em_polite_options {
    int64_t delay_ms;           /* between requests to one host and one IP; 1,000 */
    int64_t max_crawl_delay_ms; /* a longer Crawl-delay is cut to this; 60,000 */
    double response_factor;     /* k; 2.0 */
    int64_t max_delay_ms;       /* of all but Retry-After; 300,000 */
    int64_t max_retry_after_ms; /* 86,400,000 */
    uint32_t breaker;           /* bad answers in a row that open the circuit; 8 */
    int64_t breaker_ms;         /* open for so long at first; 300,000 */
    int64_t max_breaker_ms;     /* 86,400,000 */
    uint32_t max_trips;         /* openings in a row after which the host is dead; 6 */
    uint32_t max_attempts;      /* of one URL; 3 */
    int64_t robots_ttl_ms;      /* 86,400,000; spec: RFC9309 2.4 */
    int64_t robots_patience_ms; /* 5xx for so long: stop waiting; 30 days */
    bool robots_allow_after; /* then: everything allowed (else the host is dead); false */
};

void em_polite_options_init(struct em_polite_options *options); /* the values above */

enum em_circuit { EM_CIRCUIT_CLOSED, EM_CIRCUIT_OPEN, EM_CIRCUIT_HALF };

/* Why a host waits; the order is stored. */
enum em_polite_reason {
    EM_WAIT_NONE,
    EM_WAIT_DELAY,       /* the configured delay */
    EM_WAIT_CRAWL_DELAY, /* robots.txt asks for it */
    EM_WAIT_SLOW,        /* its answers take long */
    EM_WAIT_BACKOFF,     /* errors: the factor is above 1 */
    EM_WAIT_RETRY_AFTER, /* it said when */
    EM_WAIT_CIRCUIT,     /* too many errors in a row */
    EM_WAIT_ROBOTS,      /* robots.txt cannot be had */
    EM_WAIT_DEAD,        /* given up */
    EM_WAIT_COUNT
};
/* "retry-after"; "unknown" for other numbers. */
const char *em_polite_reason_name(enum em_polite_reason reason);

/* One a host; all zero is a host never asked. */
struct em_polite {
    int64_t next_ms;       /* not asked before */
    int64_t last_ms;       /* the last request began */
    int64_t suspended_ms;  /* suspended until then; 0: not */
    int64_t robots_bad_ms; /* robots.txt cannot be had since then; 0: it can */
    float response_ms;     /* mean of its answers, exponentially weighted; 0: none yet */
    float factor;          /* backoff, 1 and up (0 reads as 1) */
    uint32_t crawl_delay_ms; /* of robots.txt, unclamped; 0: none */
    uint32_t errors;         /* in a row */
    uint32_t trips;          /* openings of the circuit without a good answer between */
    uint8_t circuit;         /* enum em_circuit */
    uint8_t reason;          /* enum em_polite_reason, of next_ms */
};

enum em_polite_answer {
    EM_ANSWER_GOOD,        /* any status but those below */
    EM_ANSWER_BUSY,        /* 429, 503 */
    EM_ANSWER_FORBIDDEN,   /* 403: many servers say so to crawlers that are too fast */
    EM_ANSWER_ERROR,       /* other 5xx */
    EM_ANSWER_UNREACHABLE, /* no connection, DNS, TLS, reset */
    EM_ANSWER_TIMEOUT,
    EM_ANSWER_REFUSED, /* 451, or an address that we may not ask: no sign of load */
};
/* The class of an HTTP status. */
enum em_polite_answer em_polite_answer_of(int http_status);

/* Milliseconds to leave the host alone between two requests, and why (may be NULL). */
int64_t em_polite_delay(const struct em_polite_options *options,
                        const struct em_polite *host, enum em_polite_reason *reason);

/* A request begins: nothing else is asked before next_ms. */
void em_polite_begin(const struct em_polite_options *options, struct em_polite *host,
                     int64_t now_ms);
/* It ended, `took_ms` after it began. `retry_after_ms`: em_http_retry_after(), or -1.
 * Sets next_ms, suspended_ms and reason. */
void em_polite_end(const struct em_polite_options *options, struct em_polite *host,
                   int64_t now_ms, enum em_polite_answer answer, int64_t took_ms,
                   int64_t retry_after_ms);

/* When another host at the same address may be asked: after the ordinary delay. What one host
 * asks for itself (Retry-After, Crawl-delay) or has earned (back-off, an open circuit) is not
 * its neighbours'. */
int64_t em_polite_address_next(const struct em_polite_options *options,
                               const struct em_polite *host, int64_t now_ms);

/* False where no rule can have set a wait until then: the clock was in the future. */
bool em_polite_plausible(const struct em_polite_options *options, int64_t until_ms,
                         int64_t now_ms);
/* Of a host read from storage: waits that a wrong clock has set are counted from now. */
void em_polite_mend(const struct em_polite_options *options, struct em_polite *host,
                    int64_t now_ms);

/* True once the host has been given up (its URLs are cut as EM_CUT_HOST_DEAD). */
bool em_polite_dead(const struct em_polite_options *options,
                    const struct em_polite *host);

enum em_robots_state {
    EM_ROBOTS_UNKNOWN, /* not yet fetched, or too old */
    EM_ROBOTS_RULES,   /* the stored form counts */
    EM_ROBOTS_ALLOW,   /* 4xx: everything allowed */
    EM_ROBOTS_SUSPEND, /* cannot be had: nothing may be asked until suspended_ms */
    EM_ROBOTS_DEAD,    /* given up */
};

enum { EM_POLITE_ROBOTS_REDIRECTS = 5 }; /* spec: RFC9309 2.3.1.2 */

/* What an attempt to fetch robots.txt means. `http_status`: the last one after redirects, 0
 * where there was no answer; more than five redirects and loops count as 404 (spec: RFC9309
 * 2.3.1.2, "unavailable"). 429 and 503 suspend, too (5xx, and what 429 says is the same).
 * `cached`: older rules are at hand, which stay in use while the file cannot be had.
 * Sets suspended_ms, next_ms and reason of `host` where it says SUSPEND. */
enum em_robots_state em_polite_robots(const struct em_polite_options *options,
                                      struct em_polite *host, int64_t now_ms,
                                      int http_status, int64_t retry_after_ms,
                                      bool cached);

#endif
