/* SPDX-License-Identifier: Apache-2.0
 *
 * What an index holds of one model, after a scan that found some of its inputs there.
 */
#ifndef EM_REPORT_INDEX_TOTALS_H
#define EM_REPORT_INDEX_TOTALS_H

#include "base/buf.h"

#include <stdio.h>

/* Of the index in `dir` and the model with this name: as text to `out`, or as an object into
 * `json` where that is not NULL. */
EM_MUST_CHECK enum em_status em_index_totals(const char *dir, const char *model,
                                             FILE *out, struct em_buf *json,
                                             struct em_err *err);

#endif
