/* SPDX-License-Identifier: Apache-2.0
 *
 * How the shards of a run stand (base/shard.h), for people, for programs, for `sbatch`.
 */
#ifndef EM_REPORT_STATUS_TEXT_H
#define EM_REPORT_STATUS_TEXT_H

#include "base/shard.h"
#include "base/status.h"

#include <stdio.h>

struct em_status_print {
    double price;  /* of a core-hour; 0: none */
    uint64_t rows; /* shards listed that need a look */
};

void em_status_print_text(FILE *out, const struct em_status_print *how,
                          const struct em_status_dir *dir,
                          const struct em_status_total *total, int64_t now);
/* One object, one line. */
EM_MUST_CHECK enum em_status em_status_print_json(FILE *out,
                                                  const struct em_status_print *how,
                                                  const struct em_status_dir *dir,
                                                  const struct em_status_total *total,
                                                  int64_t now);
/* Numbers of the shards in states whose bits are set: "1-4,7", as `sbatch --array` takes
 * them. */
void em_status_print_list(FILE *out, const struct em_status_dir *dir, unsigned bits);

#endif
