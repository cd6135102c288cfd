/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scan came to, for people and for programs.
 */
#ifndef EM_REPORT_SUMMARY_H
#define EM_REPORT_SUMMARY_H

#include "base/buf.h"
#include "base/summary.h"

struct em_model;

/* A page of text: documents, drops by reason, share flagged, most certain cases. `model`
 * judged them (NULL: none did) at the rate `fpr` (0: its own). */
EM_MUST_CHECK enum em_status em_report_text(struct em_buf *out,
                                            const struct em_summary *summary,
                                            const struct em_model *model, double fpr);
/* One JSON object, one line; fields in docs/FORMATS.md. `index`: an object that says what the
 * whole index came to; empty: none. */
EM_MUST_CHECK enum em_status em_report_json(struct em_buf *out,
                                            const struct em_summary *summary,
                                            const char *model, uint32_t threads,
                                            struct em_view index);
/* "12.3k", "4.56M": three significant digits, for people. `out` holds 16 bytes. */
const char *em_report_count(char *out, uint64_t n);

#endif
