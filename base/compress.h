/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream that compresses what is written to it, by the ending of a file's name: .gz or
 * .zst. Each mebibyte is a gzip member or zstd frame of its own.
 */
#ifndef EM_BASE_COMPRESS_H
#define EM_BASE_COMPRESS_H

#include <stdbool.h>
#include <stdio.h>

bool em_compress_wanted(const char *path);

/* A stream over `file`, closed with it; `file` itself where `path` ends otherwise. NULL
 * without memory: `file` is closed. The last bytes are written when it is closed. */
FILE *em_compress_over(FILE *file, const char *path);

#endif
