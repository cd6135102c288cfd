/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan of a sample: JSON lines, each a record (file, offset, length, weight) or with no
 * offset a whole file. Lines without "file" say something of the plan and are skipped.
 *
 * Records of a file that lie near each other are read in one stretch: what lies between them
 * costs less than another request.
 */
#ifndef EM_PIPELINE_SCAN_PLAN_H
#define EM_PIPELINE_SCAN_PLAN_H

#include "crawler/archive/inputs.h"
#include "pipeline/scan/scan.h"

#define EM_PLAN_GAP 65536

struct em_plan_picks {
    struct em_picks *picks; /* owned: one for each input */
    struct em_pick *items;  /* owned: what they point to */
};

/* A record of a plan. */
struct em_plan_record {
    const char *file;
    uint64_t offset, length; /* length 0: the whole file */
    double weight;
};

/* By file, then offset: for qsort. */
int em_plan_by_place(const void *a, const void *b);
/* Does `b`, the next by place, go into one request with what ends at `end` of `a`'s file? */
bool em_plan_joins(const struct em_plan_record *a, uint64_t end,
                   const struct em_plan_record *b, uint64_t gap);

/* Inputs of the plan in `path` ("-": standard input) in order of file and place, a range and
 * picks for each. `ranges` is em_free'd by the caller. */
EM_MUST_CHECK enum em_status em_plan_read(const char *path, uint64_t gap,
                                          struct em_inputs *inputs,
                                          struct em_range **ranges,
                                          struct em_plan_picks *plan, struct em_err *err);
/* As em_split_shard(). */
void em_plan_shard(struct em_plan_picks *plan, struct em_inputs *inputs,
                   struct em_range *ranges, uint64_t index, uint64_t count);
void em_plan_release(struct em_plan_picks *plan);

#endif
