/* SPDX-License-Identifier: Apache-2.0 */
#include "report/status_text.h"

#include "base/json.h"
#include "report/summary.h"

#include <inttypes.h>

enum { MAX_TEXT = 16 << 20 };

static void status_print_time(FILE *out, double seconds)
{
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s >= 48 * 3600)
        fprintf(out, "%lu days %lu h", s / 86400, s / 3600 % 24);
    else if (s >= 3600)
        fprintf(out, "%lu h %02lu min", s / 3600, s / 60 % 60);
    else if (s >= 60)
        fprintf(out, "%lu min %02lu s", s / 60, s % 60);
    else
        fprintf(out, "%lu s", s);
}

static void status_print_cost(FILE *out, const struct em_status_print *a,
                              const struct em_status_total *t)
{
    fprintf(out, "cost         %.2f core-hours (%.2f of processor)", t->core_hours,
            t->cpu_hours);
    if (t->core_hours_expected >= 0)
        fprintf(out, ", %.2f expected", t->core_hours_expected);
    if (a->price > 0) {
        fprintf(out, "; %.2f", a->price * t->core_hours);
        if (t->core_hours_expected >= 0)
            fprintf(out, " of %.2f", a->price * t->core_hours_expected);
        fprintf(out, " at %g a core-hour", a->price);
    }
    putc('\n', out);
}

static void status_print_totals(FILE *out, const struct em_status_print *a,
                                const struct em_status_dir *d,
                                const struct em_status_total *t)
{
    char n[16];
    fprintf(out, "shards       %" PRIu64 ", %.1f%% of the work done\n", d->n,
            100 * t->fraction);
    static const enum em_shard_state order[] = {EM_SHARD_DONE,        EM_SHARD_RUNNING,
                                                EM_SHARD_WAITING,     EM_SHARD_LOST,
                                                EM_SHARD_INTERRUPTED, EM_SHARD_FAILED};
    for (size_t i = 0; i < EM_SHARD_STATES; i++)
        fprintf(out, "  %-12s %" PRIu64 "\n", em_shard_state_name(order[i]),
                t->states[order[i]]);
    fprintf(out, "  %-12s %" PRIu64 " of those that run\n", "slow", t->slow);
    fprintf(out, "attempts     %" PRIu64 "\n", t->attempts);
    fprintf(out, "records      %s", em_report_count(n, t->records));
    fprintf(out, ", %s documents", em_report_count(n, t->documents));
    fprintf(out, ", %s damaged places", em_report_count(n, t->damaged));
    fprintf(out, ", %" PRIu64 " inputs failed\n", t->files_failed);
    if (t->states[EM_SHARD_RUNNING]) {
        fprintf(out, "rate         %.1f MB/s of payload, %s records/s\n",
                t->bytes_rate / 1e6, em_report_count(n, (uint64_t)t->records_rate));
        fputs("time left    ", out);
        if (t->eta < 0)
            fputs("not known yet", out);
        else
            status_print_time(out, t->eta);
        fputs(", with as many shards at once as now\n", out);
    }
    status_print_cost(out, a, t);
    if (d->others)
        fprintf(out, "%" PRIu64 " files are of a run with another number of shards\n",
                d->others);
    if (d->bad)
        fprintf(out, "%" PRIu64 " files cannot be read\n", d->bad);
}

static bool needs_a_look(const struct em_shard *s)
{
    return s->slow || s->state == EM_SHARD_LOST || s->state == EM_SHARD_FAILED ||
           s->state == EM_SHARD_INTERRUPTED;
}

static void status_print_rows(FILE *out, const struct em_status_print *a,
                              const struct em_status_dir *d, int64_t now)
{
    uint64_t shown = 0, more = 0;
    for (uint64_t i = 0; i < d->n; i++) {
        const struct em_shard *s = &d->shards[i];
        if (!needs_a_look(s))
            continue;
        if (shown >= a->rows) {
            more++;
            continue;
        }
        if (shown++ == 0)
            fprintf(out, "\n%7s  %-11s %6s  %8s  %7s  %s\n", "shard", "state", "done",
                    "silent", "attempt", "where, why");
        fprintf(out,
                "%7" PRIu64 "  %-11s %5.1f%%  %7" PRId64 "s  %7" PRIu64 "  %s%s%s%s%s\n",
                i, s->slow ? "slow" : em_shard_state_name(s->state), 100 * s->fraction,
                now - s->updated, s->attempt, s->host, s->job[0] ? " job " : "", s->job,
                s->error[0] ? ": " : "", s->error);
    }
    if (more)
        fprintf(out, "and %" PRIu64 " more (--rows)\n", more);
}

void em_status_print_text(FILE *out, const struct em_status_print *a,
                          const struct em_status_dir *d, const struct em_status_total *t,
                          int64_t now)
{
    status_print_totals(out, a, d, t);
    status_print_rows(out, a, d, now);
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void put_u64(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void put_real(struct em_json *json, const char *key, double value)
{
    em_json_key(json, key);
    if (value < 0)
        em_json_null(json);
    else
        em_json_fixed(json, value, 4);
}

static void put_rows(struct em_json *json, const struct em_status_dir *d, int64_t now)
{
    em_json_key(json, "rows");
    em_json_array(json);
    for (uint64_t i = 0; i < d->n; i++) {
        const struct em_shard *s = &d->shards[i];
        if (s->state == EM_SHARD_WAITING)
            continue;
        em_json_object(json);
        put_u64(json, "shard", i);
        em_json_key(json, "state");
        em_json_string(json, em_view_of(em_shard_state_name(s->state)));
        em_json_key(json, "slow");
        em_json_bool(json, s->slow);
        put_real(json, "fraction", s->fraction);
        put_u64(json, "attempt", s->attempt);
        put_real(json, "seconds", s->seconds);
        put_real(json, "cpu_seconds", s->cpu);
        em_json_key(json, "silent");
        em_json_i64(json, now - s->updated);
        em_json_key(json, "host");
        em_json_string(json, em_view_of(s->host));
        em_json_key(json, "job");
        em_json_string_or_null(json, em_view_of(s->job));
        em_json_key(json, "error");
        em_json_string_or_null(json, em_view_of(s->error));
        em_json_end(json);
    }
    em_json_end(json);
}

enum em_status em_status_print_json(FILE *out, const struct em_status_print *a,
                                    const struct em_status_dir *d,
                                    const struct em_status_total *t, int64_t now)
{
    struct em_buf text;
    struct em_json json;
    em_buf_init(&text, MAX_TEXT);
    em_json_init(&json, &text);
    em_json_object(&json);
    em_json_schema(&json, 1);
    put_u64(&json, "shards", d->n);
    for (int i = EM_SHARD_STATES; i-- > 0;)
        put_u64(&json, em_shard_state_name((enum em_shard_state)i), t->states[i]);
    put_u64(&json, "slow", t->slow);
    put_u64(&json, "attempts", t->attempts);
    put_real(&json, "fraction", t->fraction);
    put_u64(&json, "records", t->records);
    put_u64(&json, "documents", t->documents);
    put_u64(&json, "damaged", t->damaged);
    put_u64(&json, "files_failed", t->files_failed);
    put_u64(&json, "block_bytes", t->block_bytes);
    put_real(&json, "mb_per_second", t->bytes_rate / 1e6);
    put_real(&json, "records_per_second", t->records_rate);
    put_real(&json, "eta_seconds", t->eta);
    put_real(&json, "core_hours", t->core_hours);
    put_real(&json, "cpu_hours", t->cpu_hours);
    put_real(&json, "core_hours_expected", t->core_hours_expected);
    put_real(&json, "cost", a->price > 0 ? a->price * t->core_hours : -1);
    put_real(&json, "cost_expected",
             a->price > 0 && t->core_hours_expected >= 0
                 ? a->price * t->core_hours_expected
                 : -1);
    put_rows(&json, d, now);
    em_json_end(&json);
    enum em_status status = em_json_finish(&json);
    if (status == EM_OK)
        fwrite(text.data, 1, text.len, out);
    em_buf_release(&text);
    return status;
}

/* "1-4,7", as sbatch --array takes it. */
void em_status_print_list(FILE *out, const struct em_status_dir *d, unsigned bits)
{
    const char *before = "";
    for (uint64_t i = 0; i < d->n; i++) {
        if (!(bits >> d->shards[i].state & 1))
            continue;
        uint64_t last = i;
        while (last + 1 < d->n && (bits >> d->shards[last + 1].state & 1))
            last++;
        fprintf(out, "%s%" PRIu64, before, i);
        if (last > i)
            fprintf(out, "-%" PRIu64, last);
        before = ",";
        i = last;
    }
    putc('\n', out);
}
