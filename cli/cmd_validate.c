/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer validate`: every invariant of an index. The reading is done by a child process:
 * LMDB trusts its own pages, so that a flipped bit in one of them may end the process that
 * follows it; then that is the finding.
 */
#include "base/fault.h"
#include "cli/commands.h"
#include "index/validate.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_TOLD = 20 };

struct told {
    uint64_t n;
};

static void tell(void *context, const char *what)
{
    struct told *told = context;
    if (told->n++ < MAX_TOLD)
        em_error("validate: %s", what);
}

static int report(const char *dir, const struct em_validation *v, bool quiet)
{
    if (v->problems > MAX_TOLD)
        em_error("validate: %llu more problems, not listed",
                 (unsigned long long)(v->problems - MAX_TOLD));
    if (!quiet) {
        printf("%s: %s: %llu inputs, %llu blocks; rows:", dir,
               v->problems ? "damaged" : "sound", (unsigned long long)v->inputs,
               (unsigned long long)v->blocks);
        for (int t = 0; t < EM_TABLE_COUNT; t++)
            if (v->rows[t])
                printf(" %s %llu", em_table_spec((enum em_table)t)->name,
                       (unsigned long long)v->rows[t]);
        printf("\n");
    }
    fflush(stdout);
    return v->problems ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int validate(const char *dir, bool quiet)
{
    struct em_store *store;
    struct em_validation result;
    struct told told = {0};
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_store_open(&store, dir, EM_STORE_READ, &err);
    if (status == EM_OK)
        status = em_index_validate(store, tell, &told, &result, &err);
    if (status < 0) {
        em_error_report("validate", &err);
        return status == EM_ERR_CHECKSUM || status == EM_ERR_FORMAT ? EM_EXIT_DAMAGED
                                                                    : EM_EXIT_FAILED;
    }
    int code = report(dir, &result, quiet);
    em_store_free(store);
    return code;
}

static int in_a_child(const char *dir, bool quiet)
{
    int state = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        em_fault_catch(EM_EXIT_DAMAGED);
    if (child == 0)
        _exit(validate(dir, quiet));
    if (child < 0 || waitpid(child, &state, 0) != child) {
        em_error("validate: cannot start a process: %s", strerror(errno));
        return EM_EXIT_FAILED;
    }
    if (WIFEXITED(state))
        return WEXITSTATUS(state);
    em_error(
        "validate: '%s': reading it ended with signal %d (%s): pages of its tree are "
        "damaged",
        dir, WTERMSIG(state), strsignal(WTERMSIG(state)));
    return EM_EXIT_DAMAGED;
}

static int cmd_validate_run(int argc, char **argv)
{
    const char *dir = NULL;
    bool quiet = false;
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &dir, "DIR",
         "Check the index in this folder. It is required."},
        {EM_OPT_FLAG, 'q', "quiet", &quiet, NULL, "Print only what is wrong."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_validate, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (!dir && operands == 1)
        dir = argv[1];
    else if (operands || !dir)
        return em_usage_error(&cmd_validate, "name one index with --index DIR");
    return in_a_child(dir, quiet);
}

const struct em_command cmd_validate = {
    .meters = true,
    .name = "validate",
    .arguments = "--index DIR",
    .summary = "check every invariant of an index",
    .description = "Reads the whole index: checksums of all blocks, order of keys, form "
                   "of every row, and\n"
                   "whether hosts, months and ledger add up to the documents. Reports "
                   "what is wrong and exits\n"
                   "with 3 when something is.\n"
                   "\n"
                   "  echometer validate --index idx",
    .run = cmd_validate_run,
    .plumbing = true,
};
