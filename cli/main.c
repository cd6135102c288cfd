/* SPDX-License-Identifier: Apache-2.0
 *
 * The command table. Everything a command does is in its own cmd_<name>.c; standard output
 * is flushed and checked here, once, for all.
 */
#define _XOPEN_SOURCE 700 /* SIGXFSZ */
#include "base/fault.h"
#include "base/meter.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "base/suggest.h"
#include "detector/model.h"
#include "detector/shipped.h"
#include "index/store.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* One a line, so that two who add one do not meet. */
/* clang-format off */
static const struct em_command *const commands[] = {
    &cmd_scan,
    &cmd_detect,
    &cmd_crawl,
    &cmd_why,
    &cmd_clean,
    &cmd_check,
    &cmd_refs,
    &cmd_prevalence,
    &cmd_echo,
    &cmd_query,
    &cmd_report,
    &cmd_serve,
    &cmd_export,
    &cmd_merge,
    &cmd_status,
    &cmd_forget,
    &cmd_train,
    &cmd_eval,
    &cmd_calibrate,
    &cmd_doctor,
    &cmd_records,
    &cmd_text,
    &cmd_lang,
    &cmd_url,
    &cmd_sample,
    &cmd_robots,
    &cmd_sitemap,
    &cmd_prints,
    &cmd_validate,
    NULL,
};
/* clang-format on */

static void print_commands(FILE *out, bool plumbing)
{
    for (size_t i = 0; commands[i]; i++)
        if (commands[i]->plumbing == plumbing)
            fprintf(out, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
}

static void print_help(FILE *out)
{
    fputs("echometer " EM_VERSION " - how much of the web is model output\n\n"
          "usage: echometer COMMAND [OPTION...] [INPUT...]\n\n"
          "commands:\n",
          out);
    print_commands(out, false);
    fputs("\nplumbing (one stage each):\n", out);
    print_commands(out, true);
    fputs(
        "\n`echometer COMMAND --help` explains one command, `echometer help environment` "
        "the\nenvironment variables.\n"
        "Exit codes: 0 done; 1 findings (check, or --exit-code); 2 failed; 3 done, but "
        "some "
        "input\nwas damaged; 129 wrong usage.\n",
        out);
}

static const struct em_command *find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

/* The version alone on the first line, for scripts. */
static int print_version(void)
{
    struct em_model *model = NULL;
    struct em_err err;
    puts("echometer " EM_VERSION);
    printf("features %d, index format %d, model format %d\n", EM_FEATURES_VERSION,
           EM_STORE_FORMAT, EM_MODEL_FORMAT);
    if (em_models_load("version", NULL, true, &model, &err) == EM_OK)
        for (const struct em_model *m = model; m; m = m->next)
            printf("model %s (%s)\n", em_model_name(m), em_model_lang(m));
    em_model_free(model);
    return EM_EXIT_OK;
}

static void print_environment(void)
{
    puts(
        "environment variables:\n"
        "  ECHOMETER_DATA      The folder that holds models/. No other place is "
        "searched.\n"
        "  ECHOMETER_CPU       \"portable\" turns wide vector instructions off. The "
        "results\n"
        "                      are the same; only the speed differs.\n"
        "  ECHOMETER_LIBRARY   The Python package loads the shared library from this "
        "path.\n"
        "  NO_COLOR, TERM      NO_COLOR set and not empty, or TERM=dumb: no colour.\n"
        "  TMPDIR              Where scan --stdin-paths keeps its temporary index\n"
        "                      (default /tmp).\n"
        "  http_proxy, https_proxy, all_proxy, no_proxy\n"
        "                      Proxies for remote inputs and for crawling.\n"
        "  AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE,\n"
        "  AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL,\n"
        "  AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE\n"
        "                      Credentials and places of s3:// inputs. Without a key "
        "requests\n"
        "                      are anonymous (docs/REMOTE.md).\n"
        "  SLURM_JOB_ID        Is reported by a shard (scan --status-dir).\n"
        "  SOURCE_DATE_EPOCH   The time that reports say they were made at, in seconds.");
}

static int unknown_command(const char *name)
{
    struct em_suggestion s = {.typed = name, .typed_len = strlen(name)};
    for (size_t i = 0; commands[i]; i++)
        em_suggest(&s, commands[i]->name);
    if (s.name)
        em_error("no command '%s'; did you mean '%s'? `echometer help` lists them all",
                 name, s.name);
    else
        em_error("no command '%s'; `echometer help` lists them", name);
    return EM_EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        print_help(stderr);
        return EM_EXIT_USAGE;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        return print_version();
    }
    if (strcmp(name, "help") == 0 && argc > 2 && strcmp(argv[2], "environment") == 0) {
        print_environment();
        return EM_EXIT_OK;
    }
    if (strcmp(name, "help") == 0 && argc > 2 && find(argv[2])) {
        char *help_argv[] = {argv[2], (char[]){"--help"}, NULL};
        return find(argv[2])->run(2, help_argv);
    }
    if (strcmp(name, "help") == 0 && argc > 2)
        return unknown_command(argv[2]);
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
        strcmp(name, "-h") == 0) {
        print_help(stdout);
        return EM_EXIT_OK;
    }
    const struct em_command *command = find(name);
    if (!command)
        return unknown_command(name);
    if (!command->keeps_pipes)
        signal(SIGPIPE, SIG_DFL); /* nothing to be done but to end, as any filter does */
    return command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    em_terminal_guard();
    /* A closed pipe is an ordinary write error: reported once, below. */
    signal(SIGPIPE, SIG_IGN);
    /* So is a file that may not grow (ulimit -f), as a full disk is. */
    signal(SIGXFSZ, SIG_IGN);
    em_fault_catch(EM_EXIT_FAILED);
    int code = dispatch(argc, argv);
    em_meter_stop();
    if (code == -1)
        code = EM_EXIT_OK;
    if (!em_output_close(stdout, NULL) && code != EM_EXIT_USAGE)
        code = EM_EXIT_FAILED;
    return code;
}
