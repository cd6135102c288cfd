/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files: read in one call, written so that a reader sees the old one or the new one
 * and never a part.
 */
#ifndef EM_FILE_H
#define EM_FILE_H

#include "base/buf.h"
#include "base/status.h"

#include <stdio.h>

/* Reads a whole file or standard input ("-") into `out`, at most what that may hold. */
EM_MUST_CHECK enum em_status em_read_file(const char *path, struct em_buf *out,
                                          struct em_err *err);

/* Writes `path`.part, makes it safe (fsync) and renames it; folders of the path are made. */
EM_MUST_CHECK enum em_status em_file_write(const char *path, struct em_view bytes,
                                           struct em_err *err);

/* The folders of a file's path, made where there are none. */
EM_MUST_CHECK enum em_status em_file_make_folders(const char *path, struct em_err *err);

/* A line without its end into `line`, which it clears first; EM_END when there is none. */
EM_MUST_CHECK enum em_status em_line_read(FILE *in, struct em_buf *line);

#endif
