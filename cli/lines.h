/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands that answer a line for a line: reading lines from a file or standard input.
 */
#ifndef EM_CLI_LINES_H
#define EM_CLI_LINES_H

#include "base/buf.h"

#include <stdio.h>

/* Called for every line that is not blank, without its end; writes its answer to `out`. */
typedef enum em_status (*em_line_fn)(void *context, struct em_view line, FILE *out);

/* All lines of `path` ("-": standard input), answers to standard output. EM_EXIT_OK or,
 * after a message, EM_EXIT_FAILED. */
int em_lines_run(const char *path, em_line_fn answer, void *context);

#endif
