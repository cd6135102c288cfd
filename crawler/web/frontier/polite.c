/* SPDX-License-Identifier: Apache-2.0
 *
 * See polite.h.
 */
#include "crawler/web/frontier/polite.h"

#include <math.h>

/* The factor doubles with every sign of trouble and falls by STEP with every good answer: a
 * host that has recovered is at full speed again after some ten answers. */
static const double STEP = 0.25, MAX_FACTOR = 64;
/* Weight of a new answer in the mean response time. */
static const double MEAN_WEIGHT = 0.2;
/* As slow as this many times the mean is a sign of trouble; under a quarter of a second
 * nothing is. */
static const double SLOWER = 3, QUICK_MS = 250;

/* A Retry-After longer than this suspends the host also where the answer was good. */
#define LONG_WAIT_MS 60000

void em_polite_options_init(struct em_polite_options *options)
{
    *options = (struct em_polite_options){
        .delay_ms = 1000,
        .max_crawl_delay_ms = 60000,
        .response_factor = 2.0,
        .max_delay_ms = 300000,
        .max_retry_after_ms = 86400000,
        .breaker = 8,
        .breaker_ms = 300000,
        .max_breaker_ms = 86400000,
        .max_trips = 6,
        .max_attempts = 3,
        .robots_ttl_ms = 86400000,
        .robots_patience_ms = INT64_C(30) * 86400000,
    };
}

const char *em_polite_reason_name(enum em_polite_reason reason)
{
    static const char *const names[EM_WAIT_COUNT] = {
        [EM_WAIT_NONE] = "none",
        [EM_WAIT_DELAY] = "delay",
        [EM_WAIT_CRAWL_DELAY] = "crawl-delay",
        [EM_WAIT_SLOW] = "slow",
        [EM_WAIT_BACKOFF] = "backoff",
        [EM_WAIT_RETRY_AFTER] = "retry-after",
        [EM_WAIT_CIRCUIT] = "circuit",
        [EM_WAIT_ROBOTS] = "robots",
        [EM_WAIT_DEAD] = "dead",
    };
    return (unsigned)reason < EM_WAIT_COUNT ? names[reason] : "unknown";
}

enum em_polite_answer em_polite_answer_of(int http_status)
{
    if (http_status == 429 || http_status == 503)
        return EM_ANSWER_BUSY;
    if (http_status == 403)
        return EM_ANSWER_FORBIDDEN;
    if (http_status == 451)
        return EM_ANSWER_REFUSED;
    if (http_status >= 500)
        return EM_ANSWER_ERROR;
    return http_status >= 100 ? EM_ANSWER_GOOD : EM_ANSWER_UNREACHABLE;
}

static double factor_of(const struct em_polite *host)
{
    double factor = (double)host->factor;
    return factor >= 1 ? (factor < MAX_FACTOR ? factor : MAX_FACTOR) : 1;
}

static int64_t polite_smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t em_polite_delay(const struct em_polite_options *options,
                        const struct em_polite *host, enum em_polite_reason *reason)
{
    enum em_polite_reason why = EM_WAIT_DELAY;
    double delay = (double)options->delay_ms;
    double asked = (double)polite_smaller((int64_t)host->crawl_delay_ms,
                                          options->max_crawl_delay_ms);
    double slow = options->response_factor * (double)host->response_ms;
    if (asked > delay) {
        delay = asked;
        why = EM_WAIT_CRAWL_DELAY;
    }
    if (slow > delay) {
        delay = slow;
        why = EM_WAIT_SLOW;
    }
    if (factor_of(host) > 1) {
        /* Without a delay there would be nothing to multiply. */
        delay = (delay < 100 ? 100 : delay) * factor_of(host);
        why = EM_WAIT_BACKOFF;
    }
    /* What robots.txt asks for is not cut by the maximum of our own delays. */
    if (delay > (double)options->max_delay_ms && delay > asked)
        delay =
            asked > (double)options->max_delay_ms ? asked : (double)options->max_delay_ms;
    if (reason)
        *reason = delay > 0 ? why : EM_WAIT_NONE;
    return (int64_t)ceil(delay);
}

/* The later of two reasons to wait wins. */
static void wait_until(struct em_polite *host, int64_t until,
                       enum em_polite_reason reason)
{
    if (until > host->next_ms) {
        host->next_ms = until;
        host->reason = (uint8_t)reason;
    }
}

static void suspend_until(struct em_polite *host, int64_t until,
                          enum em_polite_reason reason)
{
    if (until > host->suspended_ms)
        host->suspended_ms = until;
    wait_until(host, until, reason);
}

void em_polite_begin(const struct em_polite_options *options, struct em_polite *host,
                     int64_t now_ms)
{
    enum em_polite_reason reason;
    int64_t delay = em_polite_delay(options, host, &reason);
    host->last_ms = now_ms;
    wait_until(host, now_ms + delay, reason);
}

/* Open for breaker_ms, twice as long each time. */
static void open_circuit(const struct em_polite_options *options, struct em_polite *host,
                         int64_t now_ms)
{
    int64_t open = options->breaker_ms;
    for (uint32_t i = 0; i < host->trips && open < options->max_breaker_ms; i++)
        open *= 2;
    host->trips++;
    host->errors = 0;
    host->circuit = EM_CIRCUIT_OPEN;
    suspend_until(host, now_ms + polite_smaller(open, options->max_breaker_ms),
                  em_polite_dead(options, host) ? EM_WAIT_DEAD : EM_WAIT_CIRCUIT);
}

static void good(struct em_polite *host, double took)
{
    double mean = (double)host->response_ms;
    bool slower = mean > 0 && took > SLOWER * mean && took > QUICK_MS;
    mean = mean > 0 ? mean + MEAN_WEIGHT * (took - mean) : took;
    host->response_ms = (float)(mean > 1 ? mean : 1);
    host->errors = 0;
    host->trips = 0;
    host->circuit = EM_CIRCUIT_CLOSED;
    double factor = slower ? 2 * factor_of(host) : factor_of(host) - STEP;
    host->factor = (float)(factor > 1 ? (factor < MAX_FACTOR ? factor : MAX_FACTOR) : 1);
}

static void polite_bad(const struct em_polite_options *options, struct em_polite *host,
                       int64_t now_ms, enum em_polite_answer answer)
{
    bool half = host->circuit == EM_CIRCUIT_OPEN;
    host->errors++;
    /* A 403 may be about this page alone: it slows by half as much. */
    double factor = factor_of(host) * (answer == EM_ANSWER_FORBIDDEN ? 1.5 : 2);
    host->factor = (float)(factor < MAX_FACTOR ? factor : MAX_FACTOR);
    if (half || (options->breaker && host->errors >= options->breaker))
        open_circuit(options, host, now_ms);
}

void em_polite_end(const struct em_polite_options *options, struct em_polite *host,
                   int64_t now_ms, enum em_polite_answer answer, int64_t took_ms,
                   int64_t retry_after_ms)
{
    enum em_polite_reason reason;
    double took = took_ms > 0 ? (double)took_ms : 0;
    if (host->suspended_ms <= now_ms)
        host->suspended_ms = 0;
    if (answer == EM_ANSWER_GOOD)
        good(host, took);
    else if (answer != EM_ANSWER_REFUSED)
        polite_bad(options, host, now_ms, answer);
    /* From the end of the answer: a host still busy with the last one is left alone. */
    int64_t delay = em_polite_delay(options, host, &reason);
    wait_until(host, now_ms + delay, reason);
    if (retry_after_ms > 0) {
        int64_t until =
            now_ms + polite_smaller(retry_after_ms, options->max_retry_after_ms);
        wait_until(host, until, EM_WAIT_RETRY_AFTER);
        /* With whatever status: until then there is nothing to ask. */
        if (answer != EM_ANSWER_GOOD || retry_after_ms > LONG_WAIT_MS)
            host->suspended_ms = until > host->suspended_ms ? until : host->suspended_ms;
    }
}

int64_t em_polite_address_next(const struct em_polite_options *options,
                               const struct em_polite *host, int64_t now_ms)
{
    int64_t until = now_ms + options->delay_ms;
    return host->next_ms < until ? host->next_ms : until;
}

/* No rule makes anybody wait for longer than this. */
static int64_t longest_wait(const struct em_polite_options *options)
{
    const int64_t waits[] = {options->max_delay_ms, options->max_retry_after_ms,
                             options->max_breaker_ms, options->robots_ttl_ms,
                             options->max_crawl_delay_ms};
    int64_t longest = 0;
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
        longest = waits[i] > longest ? waits[i] : longest;
    return longest;
}

bool em_polite_plausible(const struct em_polite_options *options, int64_t until_ms,
                         int64_t now_ms)
{
    return until_ms - now_ms <= longest_wait(options);
}

void em_polite_mend(const struct em_polite_options *options, struct em_polite *host,
                    int64_t now_ms)
{
    int64_t ahead = host->last_ms - now_ms;
    if (ahead > 0) { /* asked in the future: the waits counted from there */
        host->last_ms = now_ms;
        host->next_ms -= ahead < host->next_ms ? ahead : host->next_ms;
        host->suspended_ms -= ahead < host->suspended_ms ? ahead : host->suspended_ms;
    }
    if (!em_polite_plausible(options, host->next_ms, now_ms))
        host->next_ms = now_ms + em_polite_delay(options, host, NULL);
    if (!em_polite_plausible(options, host->suspended_ms, now_ms))
        host->suspended_ms = 0;
    if (host->robots_bad_ms > now_ms)
        host->robots_bad_ms = now_ms;
}

bool em_polite_dead(const struct em_polite_options *options, const struct em_polite *host)
{
    return options->max_trips && host->trips >= options->max_trips;
}

/* --- robots.txt -------------------------------------------------------------------------- */

enum em_robots_state em_polite_robots(const struct em_polite_options *options,
                                      struct em_polite *host, int64_t now_ms,
                                      int http_status, int64_t retry_after_ms,
                                      bool cached)
{
    bool unreachable = http_status == 0 || http_status == 429 || http_status >= 500;
    if (!unreachable) {
        host->robots_bad_ms = 0;
        if (host->suspended_ms > now_ms) { /* it answers: what was waited for is over */
            int64_t next = now_ms + em_polite_delay(options, host, NULL);
            host->suspended_ms = 0;
            host->next_ms = polite_smaller(host->next_ms, next);
        }
        return http_status >= 200 && http_status < 300 ? EM_ROBOTS_RULES
                                                       : EM_ROBOTS_ALLOW;
    }
    /* spec: RFC9309 2.3.1.4: unreachable is "complete disallow"... */
    if (host->robots_bad_ms == 0)
        host->robots_bad_ms = now_ms > 0 ? now_ms : 1;
    int64_t bad_for = now_ms - host->robots_bad_ms;
    if (bad_for >= options->robots_patience_ms) {
        /* ...and after a reasonably long time (30 days) may be taken for unavailable. */
        if (cached)
            return EM_ROBOTS_RULES;
        if (options->robots_allow_after)
            return EM_ROBOTS_ALLOW;
        suspend_until(host, now_ms + options->robots_ttl_ms, EM_WAIT_DEAD);
        return EM_ROBOTS_DEAD;
    }
    /* Asked again after as long as it has been bad: 5 minutes, doubling, a day at most. */
    int64_t wait = bad_for > options->breaker_ms ? bad_for : options->breaker_ms;
    wait = polite_smaller(wait, options->robots_ttl_ms);
    if (retry_after_ms > wait)
        wait = polite_smaller(retry_after_ms, options->max_retry_after_ms);
    suspend_until(host, now_ms + wait, EM_WAIT_ROBOTS);
    return EM_ROBOTS_SUSPEND;
}
