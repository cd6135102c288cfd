/* SPDX-License-Identifier: Apache-2.0
 *
 * `scan --index`: the recorder, and an output file that continues where the index stopped.
 */
#ifndef EM_CLI_SCAN_INDEX_H
#define EM_CLI_SCAN_INDEX_H

#include "base/summary.h"
#include "cli/scan_options.h"
#include "crawler/archive/inputs.h"
#include "pipeline/scan/recorder.h"

#include <stdio.h>

/* Opens the index, and the output (`path` NULL or "-": standard output) cut back to what the
 * index knows of it. `ranges`: of the inputs, or NULL. `interval`: seconds between commits;
 * 0: the usual. NULL and a message on failure, and no recorder. */
FILE *em_scan_index_open(struct em_recorder **recorder, const char *dir,
                         const struct em_model *model, const struct em_inputs *inputs,
                         const struct em_range *ranges, const char *path,
                         double interval);

/* The summary of a scan, to standard error. Where the index had some of the inputs already,
 * what the whole came to as well. */
EM_MUST_CHECK enum em_status em_scan_index_summary(const struct em_scan_arguments *a,
                                                   const struct em_summary *summary,
                                                   const struct em_model *model,
                                                   uint32_t threads);

#endif
