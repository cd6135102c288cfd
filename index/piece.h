/* SPDX-License-Identifier: Apache-2.0
 *
 * Pieces of one file, read by different shards: whether each record is in exactly one.
 *
 * Who begins in the middle of a file may be deceived (an archive within an archive), so it
 * is not trusted but checked: a piece notes where its first record began and where it saw
 * the first one after its end, and neighbours must agree.
 */
#ifndef EM_INDEX_PIECE_H
#define EM_INDEX_PIECE_H

#include "index/ledger.h"

/* What is wrong between two entries of one file and model, `after` being the next in order
 * of `from` (a whole file is before its pieces); NULL: nothing. A static sentence that goes
 * on from the file's name. */
const char *em_piece_problem(const struct em_ledger *before,
                             const struct em_ledger *after);

#endif
