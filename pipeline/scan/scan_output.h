/* SPDX-License-Identifier: Apache-2.0
 *
 * The output of a scan with an index: the index notes how many of its bytes it vouches for,
 * and a run that resumes cuts it back to those and appends.
 */
#ifndef EM_PIPELINE_SCAN_OUTPUT_H
#define EM_PIPELINE_SCAN_OUTPUT_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct em_recorder;

/* Opens `path` for the recorder of the index in folder `dir`, and has its commits note the
 * length: cut back where the index knows it, else new. `n_files`: inputs of the recorder.
 * *out belongs to the caller. EM_ERR_USAGE where the name asks for compression, or where the
 * file holds what this index, which has some of the inputs already, did not write;
 * EM_ERR_FORMAT where it is shorter than the index vouches for; EM_ERR_IO; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_scan_output_open(FILE **out, struct em_recorder *recorder,
                                                 const char *dir, const char *path,
                                                 size_t n_files, struct em_err *err);

/* The name by which the index in `dir` knows `path`, appended to *out: from the index's
 * folder, so that every spelling and link gives the same one, and a folder that holds both
 * can be moved. The file need not exist, its folder must: else EM_ERR_IO and errno. */
EM_MUST_CHECK enum em_status em_scan_output_name(struct em_buf *out, const char *dir,
                                                 const char *path);

/* Everything written is on the disk; *length of a file so far, 0 for standard output. False
 * on failure, with errno. */
bool em_scan_output_flush(FILE *out, uint64_t *length);

#endif
