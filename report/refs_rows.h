/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference sets, a row each.
 */
#ifndef EM_REPORT_REFS_ROWS_H
#define EM_REPORT_REFS_ROWS_H

#include "index/refs/refs.h"

#include <stdio.h>

void em_refs_rows_header(FILE *out); /* of the text form */
/* `path` may be empty. */
EM_MUST_CHECK enum em_status em_refs_row(FILE *out, bool json, const char *path,
                                         const struct em_refs *refs);
/* What became of a set that was just made: a line for a person. */
void em_refs_made(FILE *out, const char *path, const struct em_refs *refs,
                  uint64_t without_text);

#endif
