/* SPDX-License-Identifier: Apache-2.0
 *
 * `scan --stdin-paths`: a scan as a mapper of a streaming engine. Inputs are lines of
 * standard input; what was found leaves as the rows of an index (stream_rows.h). They are
 * gathered in an index of their own first, under $TMPDIR: so memory is bounded, and rows of
 * one key are combined before they travel.
 */
#ifndef EM_CLI_SCAN_STREAM_H
#define EM_CLI_SCAN_STREAM_H

#include "crawler/archive/inputs.h"

#include <stdio.h>

struct em_scan_stream {
    char dir[4096]; /* empty: none was made */
};

/* A path a line, after the last tab if there is one (Hadoop's NLineInputFormat puts the
 * line's offset before it); blank ones are skipped. */
EM_MUST_CHECK enum em_status em_scan_stream_inputs(struct em_inputs *inputs, FILE *in,
                                                   struct em_err *err);
EM_MUST_CHECK enum em_status em_scan_stream_begin(struct em_scan_stream *stream,
                                                  struct em_err *err);
EM_MUST_CHECK enum em_status em_scan_stream_rows(const struct em_scan_stream *stream,
                                                 const char *output, struct em_err *err);
/* The index goes; not called when the process is killed, and $TMPDIR is the engine's. */
void em_scan_stream_end(struct em_scan_stream *stream);

#endif
