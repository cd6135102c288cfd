/* SPDX-License-Identifier: Apache-2.0 */
#include "report/why_text.h"

#include "base/date.h"
#include "base/json.h"
#include "base/net/fetch.h"
#include "crawler/web/robots.h"

#include <inttypes.h>
#include <math.h>

struct sentence {
    FILE *out;
    int64_t now_ms;
};

static const char *when(int64_t at_ms, char text[24])
{
    em_date_format(at_ms / 1000, text);
    return text;
}

/* "in 12.3 s", "8 min ago" */
static const char *why_text_distance(int64_t at_ms, int64_t now_ms, char text[48])
{
    double seconds = (double)(at_ms - now_ms) / 1000, size = fabs(seconds);
    const char *unit = size < 120      ? "s"
                       : size < 7200   ? "min"
                       : size < 172800 ? "h"
                                       : "days";
    double n = size < 120      ? size
               : size < 7200   ? size / 60
               : size < 172800 ? size / 3600
                               : size / 86400;
    snprintf(text, 48, seconds >= 0 ? "in %.1f %s" : "%.1f %s ago", n, unit);
    return text;
}

static const char *reason_text(uint8_t reason)
{
    static const char *const texts[EM_WAIT_COUNT] = {
        [EM_WAIT_NONE] = "nothing",
        [EM_WAIT_DELAY] = "the configured delay between two requests",
        [EM_WAIT_CRAWL_DELAY] = "the Crawl-delay of its robots.txt",
        [EM_WAIT_SLOW] = "its answers take long, so it is left alone for longer",
        [EM_WAIT_BACKOFF] = "errors: the delay has been raised",
        [EM_WAIT_RETRY_AFTER] = "it said Retry-After",
        [EM_WAIT_CIRCUIT] = "too many errors in a row: nothing is asked for a while",
        [EM_WAIT_ROBOTS] =
            "its robots.txt cannot be had: nothing may be asked (RFC 9309)",
        [EM_WAIT_DEAD] = "given up"};
    return reason < EM_WAIT_COUNT && texts[reason] ? texts[reason] : "unknown";
}

static const char *robots_text(uint8_t state)
{
    static const char *const texts[] = {
        "has not been read", "has been read, its rules count",
        "is not there (4xx): everything is allowed",
        "cannot be had (5xx or no answer): nothing may be asked",
        "could not be had for too long: the host is given up"};
    return state < sizeof(texts) / sizeof(texts[0]) ? texts[state] : "unknown";
}

/* ": certificate-date, the certificate has expired, ..." */
static void tell_error(FILE *out, uint8_t error)
{
    if (error != EM_FETCH_OK)
        fprintf(out, ": %s, %s", em_fetch_error_name((enum em_fetch_error)error),
                em_fetch_error_text((enum em_fetch_error)error));
}

/* What is waited for, and until when. */
static void tell_wait(const struct sentence *s, const struct em_frontier_host *h)
{
    struct em_polite_options options;
    struct em_polite polite = h->polite;
    char date[24], far[48];
    em_polite_options_init(&options);
    em_polite_mend(&options, &polite,
                   s->now_ms); /* as the crawl does when it continues */
    if (h->robots == EM_ROBOTS_DEAD || em_polite_dead(&options, &polite))
        fprintf(s->out, "  given up: it did not answer for too long\n");
    else if (h->queued == 0)
        fprintf(s->out, "  nothing of it is queued, so it is not waited for\n");
    else if (polite.suspended_ms > s->now_ms)
        fprintf(s->out, "  suspended until %s (%s): %s\n",
                when(polite.suspended_ms, date),
                why_text_distance(polite.suspended_ms, s->now_ms, far),
                reason_text(polite.reason));
    else if (polite.next_ms > s->now_ms)
        fprintf(s->out, "  may be asked again at %s (%s): %s\n",
                when(polite.next_ms, date),
                why_text_distance(polite.next_ms, s->now_ms, far),
                reason_text(polite.reason));
    else
        fprintf(s->out,
                "  may be asked as soon as its turn comes; the last wait was for: %s\n",
                reason_text(polite.reason));
}

static void tell_host(const struct sentence *s, const struct em_frontier_host *h)
{
    char date[24];
    fprintf(s->out,
            "  host: %" PRIu64 " URLs queued, %" PRIu64 " pages fetched, %" PRIu64
            " failed, %" PRIu64 " cut",
            h->queued, h->fetched, h->failed, h->cut);
    if (h->cut)
        fprintf(s->out, " (last: %s, %s)", em_cut_name((enum em_cut)h->last_cut),
                em_cut_text((enum em_cut)h->last_cut));
    fprintf(s->out, "\n  robots.txt %s%s%s\n", robots_text(h->robots),
            h->robots_ms ? ", at " : "", h->robots_ms ? when(h->robots_ms, date) : "");
    if (h->error != EM_FETCH_OK) {
        fprintf(s->out, "  the last request failed");
        tell_error(s->out, h->error);
        fputc('\n', s->out);
    }
    tell_wait(s, h);
    if (h->polite.errors || h->polite.trips)
        fprintf(s->out,
                "  %u errors in a row, delay times %.1f, circuit opened %u times\n",
                h->polite.errors, (double)(h->polite.factor > 1 ? h->polite.factor : 1),
                h->polite.trips);
}

static void tell_done(const struct sentence *s, const struct em_frontier_why *why)
{
    char date[24], far[48];
    if (why->fetched_ms)
        fprintf(s->out, "  %s at %s (%s)", em_outcome_name(why->outcome),
                when(why->fetched_ms, date),
                why_text_distance(why->fetched_ms, s->now_ms, far));
    else
        fprintf(s->out, "  %s", em_outcome_name(why->outcome));
    if (why->http_status)
        fprintf(s->out, ", status %d", why->http_status);
    tell_error(s->out, why->error);
    if (why->outcome == EM_OUTCOME_CUT)
        fprintf(s->out, ": %s, %s", em_cut_name(why->cut), em_cut_text(why->cut));
    if (why->due_ms)
        fprintf(s->out, "; to be visited again %s",
                why_text_distance(why->due_ms, s->now_ms, far));
    fputc('\n', s->out);
}

void em_why_text(FILE *out, struct em_view url, const struct em_frontier_why *why,
                 int64_t now_ms)
{
    const struct sentence sentence = {out, now_ms}, *s = &sentence;
    fprintf(s->out, "%.*s\n", EM_VIEW_ARGS(url));
    switch (why->state) {
    case EM_URL_UNKNOWN:
        fprintf(s->out,
                "  not in the crawl: no page that was read links to it, or it was "
                "cut before it was queued\n");
        break;
    case EM_URL_PENDING:
        fprintf(s->out, "  found, and waits to be compared with what is known (the next "
                        "commit)\n");
        break;
    case EM_URL_QUEUED:
        fprintf(s->out,
                "  in its host's queue '%s', %" PRIu64 " before it, %u links from a "
                "seed",
                em_class_name(why->class), why->ahead, why->depth);
        fprintf(s->out, why->attempts ? ", tried %u times in vain\n" : "\n",
                why->attempts);
        break;
    case EM_URL_DONE:
        tell_done(s, why);
        break;
    case EM_URL_CUT_SEEN:
        fprintf(s->out, "  found and cut\n");
        break;
    }
    if (why->state != EM_URL_DONE && why->cut != EM_CUT_NONE)
        fprintf(s->out, "  would be cut now: %s, %s\n", em_cut_name(why->cut),
                em_cut_text(why->cut));
    if (why->host_known)
        tell_host(s, &why->host);
    else
        fprintf(s->out, "  its host is not in the crawl\n");
}

static void json_host(struct em_json *j, const struct em_frontier_host *h)
{
    static const char *const robots[] = {"unknown", "rules", "allow", "suspend", "dead"};
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"queued", h->queued},        {"fetched", h->fetched},
                   {"failed", h->failed},        {"cut", h->cut},
                   {"errors", h->polite.errors}, {"trips", h->polite.trips}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(j, numbers[i].name);
        em_json_u64(j, numbers[i].value);
    }
    em_json_key(j, "error");
    em_json_string_or_null(
        j, h->error ? em_view_of(em_fetch_error_name((enum em_fetch_error)h->error))
                    : EM_VIEW_NONE);
    em_json_key(j, "robots");
    em_json_string(j, em_view_of(h->robots < 5 ? robots[h->robots] : "unknown"));
    em_json_key(j, "reason");
    em_json_string(
        j, em_view_of(em_polite_reason_name((enum em_polite_reason)h->polite.reason)));
    em_json_key(j, "next_ms");
    em_json_i64(j, h->polite.next_ms);
    em_json_key(j, "suspended_ms");
    em_json_i64(j, h->polite.suspended_ms);
}

enum em_status em_why_json(struct em_buf *out, struct em_view url,
                           const struct em_frontier_why *why)
{
    static const char *const states[] = {"unknown", "pending", "queued", "done", "cut"};
    struct em_json j;
    em_json_init(&j, out);
    em_json_object(&j);
    em_json_schema(&j, 1);
    em_json_key(&j, "url");
    em_json_string(&j, url);
    em_json_key(&j, "state");
    em_json_string(&j, em_view_of(states[why->state]));
    em_json_key(&j, "cut");
    em_json_string_or_null(&j,
                           why->cut ? em_view_of(em_cut_name(why->cut)) : EM_VIEW_NONE);
    em_json_key(&j, "queue");
    em_json_string_or_null(&j, why->state == EM_URL_QUEUED
                                   ? em_view_of(em_class_name(why->class))
                                   : EM_VIEW_NONE);
    em_json_key(&j, "ahead");
    em_json_u64(&j, why->ahead);
    em_json_key(&j, "depth");
    em_json_u64(&j, why->depth);
    em_json_key(&j, "attempts");
    em_json_u64(&j, why->attempts);
    em_json_key(&j, "inclusion");
    em_json_fixed(&j, (double)why->inclusion, 6);
    em_json_key(&j, "outcome");
    em_json_string_or_null(&j, why->state == EM_URL_DONE
                                   ? em_view_of(em_outcome_name(why->outcome))
                                   : EM_VIEW_NONE);
    em_json_key(&j, "http_status");
    em_json_i64(&j, why->http_status);
    em_json_key(&j, "error");
    em_json_string_or_null(
        &j, why->error ? em_view_of(em_fetch_error_name((enum em_fetch_error)why->error))
                       : EM_VIEW_NONE);
    em_json_key(&j, "fetched_ms");
    em_json_i64(&j, why->fetched_ms);
    em_json_key(&j, "due_ms");
    em_json_i64(&j, why->due_ms);
    if (why->host_known) {
        em_json_key(&j, "host");
        em_json_object(&j);
        json_host(&j, &why->host);
        em_json_end(&j);
    }
    em_json_end(&j);
    return em_json_finish(&j);
}
