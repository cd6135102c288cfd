/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer status`: how far the shards of a run are, from the files they keep.
 */
#include "cli/commands.h"
#include "pipeline/scan/status_dir.h"
#include "report/status_text.h"

#include <time.h>

/* A shard writes every five seconds, but a file system may be slow, and a remote input may
 * ask for minutes of patience. */
#define SILENT_SECONDS 180.0
#define SLOW_FACTOR    2.0
enum { DEFAULT_ROWS = 20 };

struct arguments {
    const char *list;
    double silent, slow;
    struct em_status_print how;
    bool json, exit_code;
};

static int status_print(const struct arguments *a, const struct em_status_dir *d,
                        int64_t now)
{
    struct em_status_total total;
    unsigned bits;
    em_status_dir_total(d, &total);
    if (a->list && em_shard_states_parse(a->list, &bits)) {
        em_status_print_list(stdout, d, bits);
    } else if (a->json) {
        enum em_status status = em_status_print_json(stdout, &a->how, d, &total, now);
        if (status < 0) {
            em_error("status: %s", em_status_text(status));
            return EM_EXIT_FAILED;
        }
    } else {
        em_status_print_text(stdout, &a->how, d, &total, now);
    }
    bool trouble = total.states[EM_SHARD_LOST] || total.states[EM_SHARD_FAILED];
    return a->exit_code && trouble ? EM_EXIT_FINDINGS : EM_EXIT_OK;
}

static int cmd_status_run(int argc, char **argv)
{
    struct arguments a = {
        .silent = SILENT_SECONDS, .slow = SLOW_FACTOR, .how.rows = DEFAULT_ROWS};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Print one JSON object with every shard."},
        {EM_OPT_STRING, 0, "list", &a.list, "STATES",
         "Print only the numbers of shards in these states, in the form that `sbatch "
         "--array` accepts. The states are waiting, running, lost, failed, interrupted "
         "and done; separate several with commas."},
        {EM_OPT_DOUBLE, 0, "silent", &a.silent, "SECONDS",
         "Count a running shard as lost when it has been silent for this many seconds "
         "(default 180)."},
        {EM_OPT_DOUBLE, 0, "slow", &a.slow, "FACTOR",
         "Count a shard as slow when it will take more than this many times the median "
         "(default 2)."},
        {EM_OPT_DOUBLE, 0, "price", &a.how.price, "PRICE",
         "Also show the cost in money, at this price of a core-hour in any currency "
         "(default: no money)."},
        {EM_OPT_U64, 0, "rows", &a.how.rows, "N",
         "List at most N shards that need attention (default 20)."},
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
        return em_usage_error(&cmd_status,
                              "name the folder that the shards share, and only that");
    if (a.list && !em_shard_states_parse(a.list, &bits))
        return em_usage_error(&cmd_status, "--list: no such state in '%s'", a.list);
    struct em_status_dir dir;
    struct em_err err = {.status = EM_OK};
    int64_t now = (int64_t)time(NULL);
    if (em_status_dir_read(&dir, argv[1], now, a.silent, a.slow, &err) < 0) {
        em_error_report("status", &err);
        return EM_EXIT_FAILED;
    }
    code = status_print(&a, &dir, now);
    em_status_dir_release(&dir);
    return code;
}

const struct em_command cmd_status = {
    .name = "status",
    .arguments = "DIR",
    .summary =
        "show how far the shards of a run are, what they cost and which need attention",
    .description =
        "DIR is the folder that `scan --shard I/N --status-dir DIR` of every shard "
        "shares. A shard\n"
        "is waiting (no file), running, done, failed, interrupted (ended cleanly on "
        "SIGTERM) or\n"
        "lost (its file says that it runs, but it is silent: the process or the machine "
        "is gone).\n"
        "\n"
        "  echometer status state\n"
        "  echometer status state --json | jq .eta_seconds\n"
        "  sbatch --array=$(echometer status state --list failed,lost,waiting) ...",
    .run = cmd_status_run,
};
