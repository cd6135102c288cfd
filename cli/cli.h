/* SPDX-License-Identifier: Apache-2.0
 *
 * What every command shares: the command table's shape, options from a table (parsing and
 * `--help` come from the same rows), exit codes, messages.
 *
 * To add a command: write cli/cmd_<name>.c with its `const struct em_command cmd_<name>`,
 * declare it in cli/commands.h, add it to the table in cli/main.c, and give it a test in
 * tests/cli/<name>.t. README's command table must name it.
 */
#ifndef EM_CLI_CLI_H
#define EM_CLI_CLI_H

#include "base/buf.h"
#include "base/data_path.h"
#include "base/file.h"
#include "base/status.h"
#include "crawler/archive/inputs.h"

#include <stdio.h>

/* The contract (DESIGN 5). */
enum em_exit {
    EM_EXIT_OK = 0,
    EM_EXIT_FINDINGS = 1, /* only with --exit-code */
    EM_EXIT_FAILED = 2,
    EM_EXIT_DAMAGED = 3, /* done, but some input was damaged and is listed */
    EM_EXIT_USAGE = 129,
};

enum em_option_kind {
    EM_OPT_FLAG,    /* bool *: set to true */
    EM_OPT_STRING,  /* const char **: points into argv */
    EM_OPT_U64,     /* uint64_t *: decimal, with an optional suffix k, M or G (1000s) */
    EM_OPT_DOUBLE,  /* double *; "1%" is 0.01 */
    EM_OPT_STRINGS, /* struct em_strings *: may be given several times */
    EM_OPT_END,
};

enum { EM_MAX_STRINGS = 64 };

struct em_strings {
    const char *items[EM_MAX_STRINGS]; /* point into argv */
    size_t n;
};

struct em_option {
    enum em_option_kind kind;
    char letter;      /* 0: none */
    const char *name; /* without -- */
    void *target;
    const char *value; /* name of the value in help, "N"; NULL for flags */
    const char *help;  /* one or two sentences; wrapped by the printer */
};

#define EM_OPTIONS_END                                                                   \
    {                                                                                    \
        EM_OPT_END, 0, NULL, NULL, NULL, NULL                                            \
    }

struct em_command {
    const char *name;
    const char *arguments;   /* "INPUT..." */
    const char *summary;     /* an imperative in lower case without a full stop */
    const char *description; /* paragraphs with examples, for `echometer NAME --help` */
    int (*run)(int argc,
               char **argv); /* argv[0] is the command's name; returns em_exit */
    bool plumbing;
    bool meters; /* shows how far it is on a terminal (base/meter.h), unless --quiet */
    bool
        keeps_pipes; /* has work to finish, or a network, when its reader has gone: SIGPIPE
                         does not end it */
};

/* Parse options up to the end or `--`; operands are moved to argv[1..] in order and their
 * number is stored in *operands. Handles --help. Returns EM_EXIT_OK, or the exit code to
 * return at once: -1 means help was printed and the command is done (exit 0). */
int em_options_parse(const struct em_command *command, const struct em_option *options,
                     int argc, char **argv, int *operands);

/* Numbers as options take them: decimal with k, M or G after; a finite decimal fraction. */
bool em_option_u64(const char *text, uint64_t *out);
bool em_option_double(const char *text, double *out);

/* "echometer: scan: cannot open 'x': No such file" on stderr. */
void em_error(const char *format, ...) EM_PRINTF(1, 2);
/* The same from an error record. `subject`: file or NULL. */
void em_error_report(const char *subject, const struct em_err *err);
/* What is wrong with an input (em_scan_damage_fn): at a byte, or EM_SCAN_WHOLE. */
void em_tell_damage(const char *file, uint64_t offset, const char *reason);
/* What becomes of a name that adds nothing to a list of inputs (em_inputs_note). */
void em_tell_input(const char *path, const char *what);
/* Prints the message and a hint at --help; returns EM_EXIT_USAGE. */
int em_usage_error(const struct em_command *command, const char *format, ...)
    EM_PRINTF(2, 3);

/* A bad line of labelled texts (em_labelled_bad): the first few of a file are named. */
void em_error_bad_line(const char *path, uint64_t line, const char *why, uint64_t nth);

/* Open where data goes: stdout when `path` is NULL or "-". NULL and a message on failure.
 * A file is written beside and takes its place when it is closed. */
FILE *em_output_open(const char *path);
/* False, after a message, where `path` is one of the inputs, under whatever name. */
bool em_output_apart(const char *path, const struct em_inputs *inputs);
/* Flush and close (not stdout itself); false and a message when bytes were lost. Without
 * `keep` what was written is dropped, and what was there before stays. */
bool em_output_end(FILE *out, const char *path, bool keep);
/* Whether `out` is a pipe whose reader has gone. */
bool em_output_unread(FILE *out);
/* The reader of a pipe has gone: ends the process by SIGPIPE, in silence, as is usual. Call
 * when nothing is left to be done. Returns where that is not so. */
void em_output_broken(void);
bool em_output_close(FILE *out, const char *path);

#endif
