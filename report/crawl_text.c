/* SPDX-License-Identifier: Apache-2.0 */
#include "report/crawl_text.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/wire/optout.h"

#include <inttypes.h>

static double rate(uint64_t n, double seconds)
{
    return seconds > 0.001 ? (double)n / seconds : 0;
}

static enum em_status wait_text(struct em_buf *out, int64_t ms)
{
    if (ms < 1000)
        return em_buf_printf(out, "%" PRId64 " ms", ms);
    if (ms < 120000)
        return em_buf_printf(out, "%.1f s", (double)ms / 1000);
    return em_buf_printf(out, "%.1f min", (double)ms / 60000);
}

static uint64_t error_count(const struct em_crawl_stats *s)
{
    uint64_t n = 0;
    for (int i = 1; i < EM_FETCH_ERROR_COUNT; i++)
        n += s->errors[i];
    return n;
}

/* "3 dns, 2 reset" */
static enum em_status errors_text(struct em_buf *out, const struct em_crawl_stats *s)
{
    const char *between = "";
    for (int i = 1; i < EM_FETCH_ERROR_COUNT; i++)
        if (s->errors[i]) {
            EM_TRY(em_buf_printf(out, "%s%" PRIu64 " %s", between, s->errors[i],
                                 em_fetch_error_name((enum em_fetch_error)i)));
            between = ", ";
        }
    return EM_OK;
}

enum em_status em_crawl_line(struct em_buf *out, const struct em_crawl_stats *s)
{
    EM_TRY(em_buf_printf(
        out,
        "%" PRIu64 " pages (%.1f/s, %.2f MB/s), %" PRIu64 " queued, hosts: %" PRIu64
        " asked, %" PRIu64 " wait, %" PRIu64 " in line, %" PRIu64 " asleep",
        s->pages, rate(s->run_pages, s->seconds), rate(s->run_bytes, s->seconds) / 1e6,
        s->frontier.queued, s->hosts_active, s->hosts_waiting, s->frontier.hosts_waiting,
        s->frontier.hosts_asleep));
    if (error_count(s)) {
        EM_TRY(em_buf_printf(out, ", errors: "));
        EM_TRY(errors_text(out, s));
    }
    if (s->paused)
        return em_buf_printf(out, ", paused until the scan has caught up");
    if (s->oldest_wait_ms > 0) {
        EM_TRY(em_buf_printf(out, ", late by "));
        return wait_text(out, s->oldest_wait_ms);
    }
    if (s->active == 0 && s->next_due_ms >= 0) {
        EM_TRY(em_buf_printf(out, ", next in "));
        return wait_text(out, s->next_due_ms);
    }
    return EM_OK;
}

/* --- the summary ------------------------------------------------------------------------- */

static enum em_status end_text(struct em_buf *out, const struct em_crawl_stats *s)
{
    switch (s->end) {
    case EM_CRAWL_DONE:
        return em_buf_printf(out, "crawl: done; nothing is left to fetch\n");
    case EM_CRAWL_ASLEEP:
        return em_buf_printf(out,
                             "crawl: only suspended hosts are left (%" PRIu64
                             "). Run the same command later to resume.\n",
                             s->frontier.hosts_asleep);
    default:
        return em_buf_printf(
            out, "crawl: ended by %s. Run the same command again to resume.\n",
            s->end == EM_CRAWL_STOPPED ? "a signal"
            : s->end == EM_CRAWL_PAGES ? "--max-pages"
                                       : "--max-time");
    }
}

static enum em_status cuts_text(struct em_buf *out, const struct em_crawl_stats *s)
{
    for (int i = 1; i < EM_CUT_COUNT; i++)
        if (s->frontier.cuts[i])
            EM_TRY(em_buf_printf(out, "    %-16s %10" PRIu64 "  %s\n",
                                 em_cut_name((enum em_cut)i), s->frontier.cuts[i],
                                 em_cut_text((enum em_cut)i)));
    return EM_OK;
}

static uint64_t *largest(uint64_t *counts, unsigned from, unsigned n)
{
    uint64_t *most = &counts[from];
    for (unsigned i = from; i < n; i++)
        most = counts[i] > *most ? &counts[i] : most;
    return most;
}

enum em_status em_crawl_nothing(struct em_buf *out, const struct em_crawl_stats *s)
{
    struct em_crawl_stats left = *s;
    uint64_t *most, *errors = left.errors, *cuts = left.frontier.cuts;
    const char *between = ": ";
    EM_TRY(em_buf_printf(out, "no page was fetched"));
    while (*(most = largest(errors, 1, EM_FETCH_ERROR_COUNT))) {
        enum em_fetch_error error = (enum em_fetch_error)(most - errors);
        EM_TRY(em_buf_printf(out, "%s%" PRIu64 " %s failed (%s, %s)", between, *most,
                             *most == 1 ? "request" : "requests",
                             em_fetch_error_name(error), em_fetch_error_text(error)));
        *most = 0;
        between = "; ";
    }
    while (*(most = largest(cuts, 1, EM_CUT_COUNT))) {
        enum em_cut cut = (enum em_cut)(most - cuts);
        EM_TRY(em_buf_printf(out, "%s%" PRIu64 " %s left out (%s, %s)", between, *most,
                             *most == 1 ? "URL" : "URLs", em_cut_name(cut),
                             em_cut_text(cut)));
        *most = 0;
        between = "; ";
    }
    if (s->frontier.hosts_asleep)
        EM_TRY(em_buf_printf(out, "%s%" PRIu64 " %s suspended", between,
                             s->frontier.hosts_asleep,
                             s->frontier.hosts_asleep == 1 ? "host is" : "hosts are"));
    if (s->frontier.cuts[EM_CUT_ADDRESS] && !s->allow_private)
        EM_TRY(em_buf_printf(
            out, ". --allow-private permits private networks and this machine"));
    if (s->frontier.cuts[EM_CUT_ROBOTS])
        EM_TRY(em_buf_printf(out, ". echometer why URL --dir DIR names the rule"));
    return EM_OK;
}

static enum em_status optouts_text(struct em_buf *out, const struct em_crawl_stats *s)
{
    for (unsigned bit = 0; bit < 32; bit++)
        if (s->optouts[bit] && em_optout_name(1u << bit))
            EM_TRY(em_buf_printf(out, "    %-16s %10" PRIu64 "\n",
                                 em_optout_name(1u << bit), s->optouts[bit]));
    return EM_OK;
}

enum em_status em_crawl_text(struct em_buf *out, const struct em_crawl_stats *s,
                             bool live)
{
    const struct em_frontier_counts *f = &s->frontier;
    if (live) {
        EM_TRY(end_text(out, s));
        EM_TRY(em_buf_printf(out,
                             "  this run         %10" PRIu64
                             " pages in %.1f s (%.1f pages/s, %.2f MB/s)\n",
                             s->run_pages, s->seconds, rate(s->run_pages, s->seconds),
                             rate(s->run_bytes, s->seconds) / 1e6));
    }
    EM_TRY(em_buf_printf(
        out,
        "  pages            %10" PRIu64 "  (%" PRIu64 " unchanged)\n"
        "  redirects        %10" PRIu64 "\n"
        "  failed           %10" PRIu64 "\n"
        "  requests         %10" PRIu64 "  (%" PRIu64 " robots.txt, %" PRIu64
        " tdmrep.json, %" PRIu64 " ai.txt, %" PRIu64 " licences)\n"
        "  bytes            %10" PRIu64 "\n"
        "  URLs             %10" PRIu64 "  seen, %" PRIu64 " queued, %" PRIu64
        " not sieved yet\n"
        "  hosts            %10" PRIu64 "  seen: %" PRIu64 " wait their turn, %" PRIu64
        " asleep, %" PRIu64 " dead\n",
        s->pages, s->unchanged, s->redirects, s->failed, s->requests, s->robots,
        s->tdmrep, s->ai_txt, s->licences, s->bytes, f->seen, f->queued, f->pending,
        f->hosts, f->hosts_waiting, f->hosts_asleep, f->hosts_dead));
    EM_TRY(em_buf_printf(
        out, "  withheld         %10" PRIu64 "  bodies not kept, for an opt-out\n",
        s->withheld));
    EM_TRY(optouts_text(out, s));
    if (error_count(s)) {
        EM_TRY(em_buf_printf(out, "  errors           "));
        EM_TRY(errors_text(out, s));
        EM_TRY(em_buf_printf(out, "\n"));
    }
    EM_TRY(em_buf_printf(out, "  URLs cut\n"));
    return cuts_text(out, s);
}

static void json_u64(struct em_json *j, const char *key, uint64_t value)
{
    em_json_key(j, key);
    em_json_u64(j, value);
}

static void json_maps(struct em_json *j, const struct em_crawl_stats *s)
{
    em_json_key(j, "errors");
    em_json_object(j);
    for (int i = 1; i < EM_FETCH_ERROR_COUNT; i++)
        if (s->errors[i])
            json_u64(j, em_fetch_error_name((enum em_fetch_error)i), s->errors[i]);
    em_json_end(j);
    em_json_key(j, "statuses");
    em_json_array(j);
    for (int i = 0; i < 6; i++)
        em_json_u64(j, s->statuses[i]);
    em_json_end(j);
    em_json_key(j, "optouts");
    em_json_object(j);
    for (unsigned bit = 0; bit < 32; bit++)
        if (s->optouts[bit] && em_optout_name(1u << bit))
            json_u64(j, em_optout_name(1u << bit), s->optouts[bit]);
    em_json_end(j);
    em_json_key(j, "cuts");
    em_json_object(j);
    for (int i = 1; i < EM_CUT_COUNT; i++)
        if (s->frontier.cuts[i])
            json_u64(j, em_cut_name((enum em_cut)i), s->frontier.cuts[i]);
    em_json_end(j);
    em_json_key(j, "outcomes");
    em_json_object(j);
    for (int i = 0; i < EM_OUTCOME_COUNT; i++)
        if (s->frontier.outcomes[i])
            json_u64(j, em_outcome_name((enum em_outcome)i), s->frontier.outcomes[i]);
    em_json_end(j);
}

static void json_streams(struct em_json *j, const struct em_crawl_stats *s)
{
    em_json_key(j, "queues");
    em_json_object(j);
    for (int i = 0; i < EM_CLASS_COUNT; i++) {
        const struct em_focus_stream *stream = &s->frontier.streams[i];
        if (!stream->drawn)
            continue;
        em_json_key(j, em_class_name((enum em_class)i));
        em_json_object(j);
        json_u64(j, "drawn", stream->drawn);
        json_u64(j, "settled", stream->settled);
        em_json_end(j);
    }
    em_json_end(j);
}

/* Why no page was fetched; null where some were. */
static enum em_status json_nothing(struct em_json *j, const struct em_crawl_stats *s)
{
    struct em_buf text;
    em_buf_init(&text, EM_MIB);
    enum em_status status = s->pages == 0 ? em_crawl_nothing(&text, s) : EM_OK;
    em_json_key(j, "reason");
    em_json_string_or_null(j, em_buf_view(&text));
    em_buf_release(&text);
    return status;
}

enum em_status em_crawl_json(struct em_buf *out, const struct em_crawl_stats *s,
                             bool live)
{
    const struct em_frontier_counts *f = &s->frontier;
    struct em_json j;
    em_json_init(&j, out);
    em_json_object(&j);
    em_json_schema(&j, 1);
    if (live) {
        em_json_key(&j, "end");
        em_json_string(&j, em_view_of(em_crawl_end_name(s->end)));
        em_json_key(&j, "seconds");
        em_json_fixed(&j, s->seconds, 3);
        json_u64(&j, "run_pages", s->run_pages);
        json_u64(&j, "run_bytes", s->run_bytes);
        EM_TRY(json_nothing(&j, s));
    }
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"pages", s->pages},
                   {"unchanged", s->unchanged},
                   {"redirects", s->redirects},
                   {"failed", s->failed},
                   {"requests", s->requests},
                   {"robots", s->robots},
                   {"tdmrep", s->tdmrep},
                   {"ai_txt", s->ai_txt},
                   {"licences", s->licences},
                   {"probes", s->probes},
                   {"bytes", s->bytes},
                   {"links", s->links},
                   {"sitemaps", s->sitemaps},
                   {"foreign", s->foreign},
                   {"withheld", s->withheld},
                   {"truncated", s->truncated},
                   {"judged", s->judged},
                   {"machine", s->machine},
                   {"seen", f->seen},
                   {"queued", f->queued},
                   {"pending", f->pending},
                   {"found", f->found},
                   {"hosts", f->hosts},
                   {"hosts_waiting", f->hosts_waiting},
                   {"hosts_asleep", f->hosts_asleep},
                   {"hosts_dead", f->hosts_dead},
                   {"commits", f->commits},
                   {"warc_serial", s->warc.serial},
                   {"warc_length", s->warc.length}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        json_u64(&j, numbers[i].name, numbers[i].value);
    json_maps(&j, s);
    json_streams(&j, s);
    em_json_end(&j);
    return em_json_finish(&j);
}
