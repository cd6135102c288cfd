/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer train --base`: a model adapted to texts of one's own.
 */
#ifndef EM_CLI_TRAIN_BASE_H
#define EM_CLI_TRAIN_BASE_H

#include <stdbool.h>

struct em_train_base {
    const char *base, *output, *measured,
        *name; /* measured may be NULL; name NULL: the base's with "-own" */
    double pull;
    bool quiet;
};

/* Returns the exit code; messages are on standard error. */
int em_train_base_run(const struct em_train_base *a, char **names, int n);

#endif
