/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs dealt out to shards: whole files by a hash of the name, and huge ones in pieces of
 * a fixed size, each by a hash of name and place. Where a piece goes does not depend on the
 * other inputs, and what pieces there are does not depend on the number of shards: so
 * results do not either.
 */
#ifndef EM_PIPELINE_SCAN_SPLIT_H
#define EM_PIPELINE_SCAN_SPLIT_H

#include "crawler/archive/inputs.h"
#include "pipeline/scan/recorder.h"

/* Files (not pipes, not remote ones) larger than `size` bytes become pieces of that size, in
 * order; *ranges is one for each input, em_free'd by the caller. */
EM_MUST_CHECK enum em_status em_split_inputs(struct em_inputs *inputs, uint64_t size,
                                             struct em_range **ranges,
                                             struct em_err *err);
/* Keeps those of shard `index` of `count`. `ranges` may be NULL. */
void em_split_shard(struct em_inputs *inputs, struct em_range *ranges, uint64_t index,
                    uint64_t count);

#endif
