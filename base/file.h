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

/* The same, but not made safe: a crash of the machine (not of the process) may lose it. */
EM_MUST_CHECK enum em_status em_file_put(const char *path, struct em_view bytes,
                                         struct em_err *err);
/* Makes all files safe that were written so far on the file system of `path`; errno. */
EM_MUST_CHECK enum em_status em_file_sync(const char *path);

/* Locks `path` for as long as *fd is open, or this process lives; the file and its folders
 * are made. EM_ERR_FULL where another process holds it. */
EM_MUST_CHECK enum em_status em_file_lock(const char *path, int *fd, struct em_err *err);

/* Whether the file lies in the folder or a folder in it, whatever links lead to either. */
bool em_file_lies_in(const char *path, const char *folder);

/* The folders of a file's path, made where there are none. */
EM_MUST_CHECK enum em_status em_file_make_folders(const char *path, struct em_err *err);

/* A line without its end into `line`, which it clears first; EM_END when there is none. */
EM_MUST_CHECK enum em_status em_line_read(FILE *in, struct em_buf *line);

#endif
