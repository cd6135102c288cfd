/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of one row of a corpus (JSON lines, Parquet), by the name of its field.
 */
#ifndef EM_PIPELINE_FIELD_TEXT_H
#define EM_PIPELINE_FIELD_TEXT_H

#include "base/buf.h"

/* Appends the text in `field` of row `row` (from 0; records that are no rows, and rows that
 * could not be read, count too). EM_ERR_NOTFOUND, with the reason, where there is no such row
 * or no such text in it. */
EM_MUST_CHECK enum em_status em_field_text(const char *path, const char *field,
                                           uint64_t row, struct em_buf *out,
                                           struct em_err *err);

#endif
