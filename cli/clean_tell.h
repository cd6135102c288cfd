/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of `clean` from its arguments to its exit code: what it loads, what is said on the
 * way and at the end, the card's files.
 */
#ifndef EM_CLI_CLEAN_TELL_H
#define EM_CLI_CLEAN_TELL_H

#include "cli/cli.h"
#include "pipeline/clean/clean_run.h"

/* As the command line and the settings file say it. Strings are borrowed. */
struct em_clean_arguments {
    const struct em_command *command; /* for errors of usage */
    const char *config, *output, *model, *text_field, *source_field, *languages, *only;
    const char *max_loss, *bound;
    const char *on_leak, *on_copy, *on_benchmark, *on_echo, *on_optout, *on_edited;
    struct em_strings refs, calibrate, threshold_for;
    uint64_t threads, margin, min_piece, max_pieces, min_words, echo_memory;
    double fpr, threshold, contained, known, echo_contained;
    bool dry_run, keep_style, quiet;
    /* made of these */
    unsigned signals; /* enum em_clean_signal */
    struct em_clean_loss loss;
    struct em_clean_policy policy;
    struct em_clean_rule rules[EM_CLEAN_RULES]; /* the policy's */
};

/* The exit code. `argc`, `argv`: the command line as it was, for the card. */
int em_clean_tell(const struct em_clean_arguments *arguments, char *const *operands,
                  int n, int argc, const char *const *argv);

#endif
