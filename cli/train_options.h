/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `echometer train`.
 */
#ifndef EM_CLI_TRAIN_OPTIONS_H
#define EM_CLI_TRAIN_OPTIONS_H

#include "cli/cli.h"
#include "detector/learn/train.h"

enum { EM_TRAIN_MAX_OPTIONS = 64 };

struct em_train_arguments {
    const char *output, *calibrate, *calibrate_without, *measured, *base, *families;
    const char *sources;
    double pull;
    struct em_train_options train;
    uint64_t cap, window_min, window_max, few_texts, per_text, vocabulary, min_sources,
        folds, epochs, hidden, nets, stack_epochs, window, min_words, norm, threads;
    bool edited, quiet;
};

/* Defaults, and the option table that changes them. */
void em_train_arguments_init(struct em_train_arguments *a,
                             struct em_option options[EM_TRAIN_MAX_OPTIONS]);

/* Refuses what does not go together or is out of range, in the name of `command`; fills
 * a->train from the numbers. */
int em_train_arguments_check(struct em_train_arguments *a, int operands,
                             const struct em_command *command);

#endif
