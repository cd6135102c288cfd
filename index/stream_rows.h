/* SPDX-License-Identifier: Apache-2.0
 *
 * An index as lines for engines that shuffle text (Hadoop streaming, Spark's pipe, sort):
 *
 *     TABLE ':' KEY-in-hexadecimal TAB VALUE-in-base64 LF
 *
 * where TABLE is a table's name, `ledger`, or `total` for a mapper's last line: how many it
 * wrote before. Lines of one key may come from any number of
 * mappers; whoever reads them combines them as `merge` combines indexes, in any order. The
 * key sorts as bytes (LC_ALL=C) as the index does, and is what to partition by.
 */
#ifndef EM_INDEX_STREAM_ROWS_H
#define EM_INDEX_STREAM_ROWS_H

#include "index/store.h"

#include <stdio.h>

/* All of the index in `dir`. */
EM_MUST_CHECK enum em_status em_stream_rows_write(const char *dir, FILE *out,
                                                  struct em_err *err);
/* Lines of `in` to a new index in `dir`: nothing is there, or no such index, on failure. An
 * input whose ledger entry comes twice is refused: its documents would count twice.
 * `whole`: all lines of all mappers are in `in`, so that lines which were lost or came twice
 * are refused (EM_ERR_CHECKSUM); false for one of several reducers. */
EM_MUST_CHECK enum em_status em_stream_rows_read(FILE *in, const char *dir, bool whole,
                                                 struct em_err *err);

#endif
