/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer train --base MODEL --families TABLE`: which family of models wrote a text, for
 * a model that so far only says whether one did.
 */
#ifndef EM_CLI_TRAIN_FAMILIES_H
#define EM_CLI_TRAIN_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

struct em_train_families {
    const char *base, *table, *output;
    uint64_t seed;
    bool quiet;
};

/* Returns the exit code; messages are on standard error. */
int em_train_families_run(const struct em_train_families *a, char **names, int n);

#endif
