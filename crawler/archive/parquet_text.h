/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of Parquet columns as text, and as JSON. What is a string is given as it is; times
 * as ISO 8601, decimals with all of their digits, floating point numbers with as few digits
 * as read back to the same number, bytes that are no UTF-8 as hexadecimal digits.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_TEXT_H
#define EM_CRAWLER_ARCHIVE_PARQUET_TEXT_H

#include "crawler/archive/parquet_values.h"

/* Appends; nothing for null. EM_ERR_LIMIT, EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_parquet_text(struct em_buf *out,
                                             const struct em_parquet_node *node,
                                             const struct em_parquet_cell *cell);
/* The same as a JSON value: null, true, a number, or a string. */
EM_MUST_CHECK enum em_status em_parquet_json(struct em_buf *out,
                                             const struct em_parquet_node *node,
                                             const struct em_parquet_cell *cell);
/* The text form as a JSON string, or null. */
EM_MUST_CHECK enum em_status em_parquet_json_string(struct em_buf *out,
                                                    const struct em_parquet_node *node,
                                                    const struct em_parquet_cell *cell);
EM_MUST_CHECK enum em_status em_parquet_json_quote(struct em_buf *out,
                                                   struct em_view text);

#endif
