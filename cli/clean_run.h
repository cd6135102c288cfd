/* SPDX-License-Identifier: Apache-2.0
 *
 * The run of `clean`: inputs to outputs under one policy. Files are done one after the
 * other, each by all threads; the coordinator puts what comes of them into input order. A
 * file's outputs are written beside their names (.part) and renamed together when all are
 * whole; then a line in DIR/state says so, which is what a run that goes on looks at.
 */
#ifndef EM_CLI_CLEAN_RUN_H
#define EM_CLI_CLEAN_RUN_H

#include "cli/clean_lines.h"
#include "cli/clean_loss.h"
#include "cli/cli.h"

enum { EM_CLEAN_MAX_THREADS = 1024 };

/* What is looked for; a bit each. */
enum em_clean_signal {
    EM_CLEAN_STYLE = 1,
    EM_CLEAN_LEAKS = 2,
    EM_CLEAN_MATCHES = 4,
    EM_CLEAN_LANGUAGES = 8,
    EM_CLEAN_OPTOUTS = 16,
    EM_CLEAN_ECHOES = 32,
};

/* As the command line and the settings file say it. Strings are borrowed. */
struct em_clean_arguments {
    const char *config, *output, *model, *text_field, *source_field, *languages, *only;
    const char *max_loss, *bound;
    const char *on_leak, *on_copy, *on_benchmark, *on_echo, *on_optout;
    struct em_strings refs, calibrate;
    uint64_t threads, margin, min_piece, max_pieces, min_words, echo_memory;
    double fpr, threshold, contained, known, echo_contained;
    bool dry_run, keep_style, quiet;
    /* made of these */
    unsigned signals; /* enum em_clean_signal */
    struct em_clean_loss loss;
    struct em_clean_policy policy;
};

/* The exit code. `argc`, `argv`: the command line as it was, for the card. */
int em_clean_run(struct em_clean_arguments *arguments, char *const *operands, int n,
                 int argc, const char *const *argv);

/* Writes a whole file by way of its .part. */
EM_MUST_CHECK enum em_status em_clean_write_whole(const char *path, struct em_view bytes,
                                                  struct em_err *err);

#endif
