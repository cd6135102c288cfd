/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder for a test program's files, under $TMPDIR (default /tmp), removed at the end.
 */
#ifndef EM_TESTS_SCRATCH_H
#define EM_TESTS_SCRATCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_root[512];

static int scratch_setup(void **state)
{
    const char *base = getenv("TMPDIR");
    (void)state;
    snprintf(scratch_root, sizeof(scratch_root), "%.400s/echometer-test-XXXXXX",
             base && base[0] ? base : "/tmp");
    return mkdtemp(scratch_root) ? 0 : -1;
}

static int scratch_teardown(void **state)
{
    char command[600];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", scratch_root);
    return system(command) == 0 ? 0 : -1;
}

/* The path of `name` in the folder; nothing is made. */
static inline const char *scratch(char path[4096], const char *name)
{
    snprintf(path, 4096, "%s/%s", scratch_root, name);
    return path;
}

#endif
