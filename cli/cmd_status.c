/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer status`: how far the shards of a run are, from the files they keep.
 */
#include "base/json.h"
#include "cli/commands.h"
#include "pipeline/scan/status_dir.h"
#include "report/summary.h"

#include <inttypes.h>
#include <time.h>

/* A shard writes every five seconds, but a file system may be slow, and a remote input may
 * ask for minutes of patience. */
#define SILENT_SECONDS 180.0
#define SLOW_FACTOR    2.0
enum { MAX_TEXT = 16 << 20, DEFAULT_ROWS = 20 };

struct arguments {
    const char *list;
    double silent, slow, price;
    uint64_t rows;
    bool json, exit_code;
};

/* --- text ---------------------------------------------------------------------------------- */

static void print_time(FILE *out, double seconds)
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

static void print_cost(const struct arguments *a, const struct em_status_total *t)
{
    printf("cost         %.2f core-hours (%.2f of processor)", t->core_hours,
           t->cpu_hours);
    if (t->core_hours_expected >= 0)
        printf(", %.2f expected", t->core_hours_expected);
    if (a->price > 0) {
        printf("; %.2f", a->price * t->core_hours);
        if (t->core_hours_expected >= 0)
            printf(" of %.2f", a->price * t->core_hours_expected);
        printf(" at %g a core-hour", a->price);
    }
    putchar('\n');
}

static void print_totals(const struct arguments *a, const struct em_status_dir *d,
                         const struct em_status_total *t)
{
    char n[16];
    printf("shards       %" PRIu64 ", %.1f %% of the work done\n", d->n,
           100 * t->fraction);
    static const enum em_shard_state order[] = {EM_SHARD_DONE,        EM_SHARD_RUNNING,
                                                EM_SHARD_WAITING,     EM_SHARD_LOST,
                                                EM_SHARD_INTERRUPTED, EM_SHARD_FAILED};
    for (size_t i = 0; i < EM_SHARD_STATES; i++)
        printf("  %-11s%" PRIu64 "\n", em_shard_state_name(order[i]),
               t->states[order[i]]);
    printf("  %-11s%" PRIu64 " of those that run\n", "slow", t->slow);
    printf("attempts     %" PRIu64 "\n", t->attempts);
    printf("records      %s", em_report_count(n, t->records));
    printf(", %s documents", em_report_count(n, t->documents));
    printf(", %s damaged places", em_report_count(n, t->damaged));
    printf(", %" PRIu64 " inputs failed\n", t->files_failed);
    if (t->states[EM_SHARD_RUNNING]) {
        printf("rate         %.1f MB/s of payload, %s records/s\n", t->bytes_rate / 1e6,
               em_report_count(n, (uint64_t)t->records_rate));
        fputs("time left    ", stdout);
        if (t->eta < 0)
            fputs("not known yet", stdout);
        else
            print_time(stdout, t->eta);
        puts(", with as many shards at once as now");
    }
    print_cost(a, t);
    if (d->others)
        printf("%" PRIu64 " files are of a run with another number of shards\n",
               d->others);
    if (d->bad)
        printf("%" PRIu64 " files cannot be read\n", d->bad);
}

static bool needs_a_look(const struct em_shard *s)
{
    return s->slow || s->state == EM_SHARD_LOST || s->state == EM_SHARD_FAILED ||
           s->state == EM_SHARD_INTERRUPTED;
}

static void print_rows(const struct arguments *a, const struct em_status_dir *d,
                       int64_t now)
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
            printf("\n%7s  %-11s %6s  %8s  %7s  %s\n", "shard", "state", "done", "silent",
                   "attempt", "where, why");
        printf("%7" PRIu64 "  %-11s %5.1f%%  %7" PRId64 "s  %7" PRIu64 "  %s%s%s%s%s\n",
               i, s->slow ? "slow" : em_shard_state_name(s->state), 100 * s->fraction,
               now - s->updated, s->attempt, s->host, s->job[0] ? " job " : "", s->job,
               s->error[0] ? ": " : "", s->error);
    }
    if (more)
        printf("and %" PRIu64 " more (--rows)\n", more);
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

static enum em_status print_json(const struct arguments *a, const struct em_status_dir *d,
                                 const struct em_status_total *t, int64_t now)
{
    struct em_buf text;
    struct em_json json;
    em_buf_init(&text, MAX_TEXT);
    em_json_init(&json, &text);
    em_json_object(&json);
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
        fwrite(text.data, 1, text.len, stdout);
    em_buf_release(&text);
    return status;
}

/* --- lists --------------------------------------------------------------------------------- */

/* "1-4,7", as sbatch --array takes it. */
static void print_list(const struct em_status_dir *d, unsigned bits)
{
    const char *before = "";
    for (uint64_t i = 0; i < d->n; i++) {
        if (!(bits >> d->shards[i].state & 1))
            continue;
        uint64_t last = i;
        while (last + 1 < d->n && (bits >> d->shards[last + 1].state & 1))
            last++;
        printf("%s%" PRIu64, before, i);
        if (last > i)
            printf("-%" PRIu64, last);
        before = ",";
        i = last;
    }
    putchar('\n');
}

static int print(const struct arguments *a, const struct em_status_dir *d, int64_t now)
{
    struct em_status_total total;
    unsigned bits;
    em_status_dir_total(d, &total);
    if (a->list && em_shard_states_parse(a->list, &bits)) {
        print_list(d, bits);
    } else if (a->json) {
        enum em_status status = print_json(a, d, &total, now);
        if (status < 0) {
            em_error("status: %s", em_status_text(status));
            return EM_EXIT_FAILED;
        }
    } else {
        print_totals(a, d, &total);
        print_rows(a, d, now);
    }
    bool trouble = total.states[EM_SHARD_LOST] || total.states[EM_SHARD_FAILED];
    return a->exit_code && trouble ? EM_EXIT_FINDINGS : EM_EXIT_OK;
}

static int cmd_status_run(int argc, char **argv)
{
    struct arguments a = {
        .silent = SILENT_SECONDS, .slow = SLOW_FACTOR, .rows = DEFAULT_ROWS};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "json", &a.json, NULL, "One JSON object, with every shard."},
        {EM_OPT_STRING, 0, "list", &a.list, "STATES",
         "Only the numbers of shards in these states (waiting, running, lost, failed, "
         "interrupted, done; several with commas), as `sbatch --array` takes them."},
        {EM_OPT_DOUBLE, 0, "silent", &a.silent, "SECONDS",
         "A shard that says it runs and was silent for so long is lost. Default 180."},
        {EM_OPT_DOUBLE, 0, "slow", &a.slow, "FACTOR",
         "A shard that will take more than so many times the median is slow. Default 2."},
        {EM_OPT_DOUBLE, 0, "price", &a.price, "PRICE",
         "Of a core-hour, in any currency: the cost is shown as money as well."},
        {EM_OPT_U64, 0, "rows", &a.rows, "N",
         "Shards listed that need a look. Default 20."},
        {EM_OPT_FLAG, 0, "exit-code", &a.exit_code, NULL,
         "Exit with 1 when a shard is lost or failed."},
        EM_OPTIONS_END,
    };
    int operands;
    unsigned bits;
    int code = em_options_parse(&cmd_status, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands != 1)
        return em_usage_error(&cmd_status, "one folder is needed");
    if (a.list && !em_shard_states_parse(a.list, &bits))
        return em_usage_error(&cmd_status, "--list: no such state in '%s'", a.list);
    struct em_status_dir dir;
    struct em_err err = {.status = EM_OK};
    int64_t now = (int64_t)time(NULL);
    if (em_status_dir_read(&dir, argv[1], now, a.silent, a.slow, &err) < 0) {
        em_error_report("status", &err);
        return EM_EXIT_FAILED;
    }
    code = print(&a, &dir, now);
    em_status_dir_release(&dir);
    return code;
}

const struct em_command cmd_status = {
    .name = "status",
    .arguments = "DIR",
    .summary = "how far the shards of a run are, what they cost, which need a hand",
    .description =
        "DIR is the folder that `scan --shard I/N --status-dir DIR` of every shard "
        "shares.\n"
        "A shard is waiting (no file), running, done, failed, interrupted (ended cleanly "
        "on\nSIGTERM) or lost (says it runs, but is silent: killed, or its machine "
        "is).\n\n"
        "  echometer status state\n"
        "  echometer status state --json | jq .eta_seconds\n"
        "  sbatch --array=$(echometer status state --list failed,lost,waiting) ...",
    .run = cmd_status_run,
};
