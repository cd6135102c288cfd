/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer merge`: indexes of shards into one.
 */
#include "cli/commands.h"
#include "index/merge.h"

#include <unistd.h>

static void show(void *context, const char *table, uint64_t rows)
{
    const bool *quiet = context;
    if (!*quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "merging %s: %llu rows\n", table, (unsigned long long)rows);
}

static int cmd_merge_run(int argc, char **argv)
{
    const char *output = NULL;
    bool quiet = false;
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &output, "DIR",
         "The index to make; there must be none yet."},
        {EM_OPT_FLAG, 'q', "quiet", &quiet, NULL, "No progress."},
        EM_OPTIONS_END,
    };
    int operands;
    struct em_err err = {.status = EM_OK};
    int code = em_options_parse(&cmd_merge, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (!output)
        return em_usage_error(&cmd_merge, "-o DIR is needed");
    if (operands == 0)
        return em_usage_error(&cmd_merge, "nothing to merge");
    if (em_index_merge(output, (const char *const *)(argv + 1), (size_t)operands, show,
                       &quiet, &err) < 0) {
        em_error_report("merge", &err);
        return EM_EXIT_FAILED;
    }
    return EM_EXIT_OK;
}

const struct em_command cmd_merge = {
    .name = "merge",
    .arguments = "-o DIR DIR...",
    .summary = "indexes of shards into one",
    .description =
        "The result is what one run over all the inputs would have made, for any "
        "division "
        "into\nshards and any order of them. An input that was read in two of the "
        "indexes "
        "is\nrefused: its documents would count twice.\n\n"
        "  echometer scan --manifest paths.gz --shard 0/2 --index part.0 --no-output\n"
        "  echometer scan --manifest paths.gz --shard 1/2 --index part.1 --no-output\n"
        "  echometer merge -o index part.0 part.1",
    .run = cmd_merge_run,
};
