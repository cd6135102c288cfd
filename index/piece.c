/* SPDX-License-Identifier: Apache-2.0 */
#include "index/piece.h"

const char *em_piece_problem(const struct em_ledger *before,
                             const struct em_ledger *after)
{
    if (before->to == 0 || after->to == 0)
        return "was read as a whole and also in pieces, or twice";
    if (after->from < before->to)
        return "was read in pieces that overlap";
    if (after->from == before->to && before->complete && after->complete &&
        before->next != after->first)
        return "was read in pieces that do not fit: records at the border would be "
               "missing "
               "or double; scan it as a whole (without --split)";
    return NULL;
}
