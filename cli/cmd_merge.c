/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer merge`: indexes of shards into one.
 */
#include "base/clock.h"
#include "base/meter.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/stop.h"
#include "index/stream_rows.h"
#include "index/merge.h"
#include "report/summary.h"

#include <unistd.h>

#define LINE_SECONDS 10.0

struct show {
    bool terminal, lines;
    double started, last, from; /* clock; the share that was there when it began */
};

static void merge_show(void *context, const struct em_merge_progress *p)
{
    struct show *s = context;
    double now = em_clock_now();
    char rows[16], left[80], line[200];
    if (s->started == 0) {
        s->started = now;
        s->from = p->fraction;
    }
    if (!s->terminal && (!s->lines || now - s->last < LINE_SECONDS))
        return;
    s->last = now;
    double fresh = s->from < 1 ? (p->fraction - s->from) / (1 - s->from) : 0;
    em_meter_left(left, sizeof(left), p->fraction, fresh, now - s->started);
    snprintf(line, sizeof(line), "merge %zu of %zu%s: %s, %s rows%s", p->step, p->steps,
             p->resumed ? " (resumed)" : "", p->table, em_report_count(rows, p->rows),
             left);
    if (s->terminal)
        em_terminal_status(line);
    else
        fprintf(stderr, "%s\n", line);
}

struct arguments {
    const char *output;
    uint64_t threads, fan_in;
    bool quiet, progress, rows, whole;
};

static int merge_merge_rows(const struct arguments *a)
{
    struct em_err err = {.status = EM_OK};
    if (em_stream_rows_read(stdin, a->output, a->whole, &err) == EM_OK)
        return EM_EXIT_OK;
    em_error_report("merge", &err);
    return EM_EXIT_FAILED;
}

static int merge_dirs(const struct arguments *a, const char *const *dirs, size_t n)
{
    struct em_err err = {.status = EM_OK};
    struct show s = {.terminal = !a->quiet && isatty(STDERR_FILENO) == 1,
                     .lines = a->progress};
    const struct em_merge_options options = {
        .out = a->output,
        .dirs = dirs,
        .n_dirs = n,
        .threads = (uint32_t)a->threads,
        .fan_in = (uint32_t)a->fan_in,
        .stop = em_stop_catch(),
        .show = merge_show,
        .context = &s,
    };
    enum em_status status = em_index_merge_run(&options, &err);
    if (s.terminal)
        em_terminal_status(NULL);
    if (status == EM_OK)
        return EM_EXIT_OK;
    em_error_report("merge", &err);
    return EM_EXIT_FAILED;
}

static int cmd_merge_run(int argc, char **argv)
{
    struct arguments a = {.output = NULL};
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &a.output, "DIR",
         "Create the merged index in this folder, which must not hold one yet. It is "
         "required."},
        {EM_OPT_U64, 't', "threads", &a.threads, "N",
         "Use N threads, each of which merges ranges of keys (default 1)."},
        {EM_OPT_U64, 0, "fan-in", &a.fan_in, "N",
         "Open at most N indexes at once, two files each (default 64). More are merged "
         "in groups and then the groups together, which needs room for a second copy "
         "beside DIR."},
        {EM_OPT_FLAG, 0, "stdin", &a.rows, NULL,
         "Read rows of `scan --stdin-paths` from standard input, in any order, instead "
         "of indexes."},
        {EM_OPT_FLAG, 0, "whole", &a.whole, NULL,
         "With --stdin: all rows of all mappers are there, as with a single reducer. "
         "Refuse "
         "them when rows were lost or came twice."},
        {EM_OPT_FLAG, 0, "progress", &a.progress, NULL,
         "Print progress every ten seconds even when standard error is not a terminal."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Print no progress."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_merge, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (!a.output)
        return em_usage_error(&cmd_merge,
                              "missing -o DIR, the folder of the merged index");
    if (a.rows && operands)
        return em_usage_error(
            &cmd_merge,
            "--stdin reads rows from standard input; name no indexes with it");
    if (a.whole && !a.rows)
        return em_usage_error(&cmd_merge, "--whole needs --stdin");
    if (a.threads > EM_MERGE_MAX_THREADS)
        return em_usage_error(&cmd_merge, "--threads is at most %d",
                              EM_MERGE_MAX_THREADS);
    if (a.fan_in == 1 || a.fan_in > EM_MERGE_MAX_FAN_IN)
        return em_usage_error(&cmd_merge, "--fan-in is between 2 and %d",
                              EM_MERGE_MAX_FAN_IN);
    if (a.rows)
        return merge_merge_rows(&a);
    if (operands == 0)
        return em_usage_error(&cmd_merge, "name the indexes to merge, or use --stdin");
    return merge_dirs(&a, (const char *const *)(argv + 1), (size_t)operands);
}

const struct em_command cmd_merge = {
    .keeps_pipes = true,
    .name = "merge",
    .arguments = "-o DIR DIR...",
    .summary = "merge the indexes of shards into one",
    .description =
        "The result is what one run over all the inputs would have made, for any "
        "division into\n"
        "shards and any order of them. An input that was read in two of the indexes is "
        "refused,\n"
        "because its documents would count twice; so are pieces of a file (scan --split) "
        "that do\n"
        "not fit together. If a merge was killed, the same command resumes it.\n"
        "\n"
        "  echometer scan --manifest paths.gz --shard 0/2 --index part.0 --no-output\n"
        "  echometer scan --manifest paths.gz --shard 1/2 --index part.1 --no-output\n"
        "  echometer merge -o index part.0 part.1\n"
        "  echometer scan --stdin-paths < paths | sort | echometer merge --stdin "
        "--whole -o index",
    .run = cmd_merge_run,
};
