/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the files shipped in configs/ are: models, and what else the program reads.
 */
#ifndef EM_BASE_DATA_PATH_H
#define EM_BASE_DATA_PATH_H

#include "base/buf.h"

#include <stdbool.h>

/* Path of a shipped file (for example "models/en.emm"). With $ECHOMETER_DATA set only that
 * folder is looked in. Otherwise, beside the file that this code is in (the command, or
 * libechometer.so) and beside the running program: ../configs and ../../configs of a build
 * tree, ../share/echometer and ../../share/echometer of an installed one; then in
 * /usr/local/share/echometer and /usr/share/echometer. False when it is nowhere. */
bool em_data_path(const char *name, struct em_buf *out);

#endif
