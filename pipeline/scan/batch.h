/* SPDX-License-Identifier: Apache-2.0
 *
 * A batch: copies of consecutive records, so that they outlive their source, and what they
 * came to. Private to pipeline/.
 */
#ifndef EM_PIPELINE_BATCH_H
#define EM_PIPELINE_BATCH_H

#include "base/arena.h"
#include "pipeline/scan/worker.h"

/* 256 records or 2 MB: some 15 pages a batch keep the locks quiet (a batch takes about
 * 10 ms) and the wait for the oldest batch short; more would only cost memory. */
enum { EM_BATCH_RECORDS = 256, EM_BATCH_BYTES = 2 << 20 };

struct em_batch {
    uint64_t sequence; /* 0, 1, 2, ... in reading order */
    struct em_record records[EM_BATCH_RECORDS];
    struct em_record_context contexts[EM_BATCH_RECORDS];
    size_t n;
    size_t bytes;
    struct em_arena arena;
    struct em_result result;
    struct em_scan_share share; /* of the inputs, read when this batch was */
    bool ready;
};

EM_MUST_CHECK enum em_status em_batch_new(struct em_batch **out);
void em_batch_free(struct em_batch *batch);
void em_batch_clear(struct em_batch *batch);
bool em_batch_full(const struct em_batch *batch);

/* Copies what later stages read of the record. */
EM_MUST_CHECK enum em_status em_batch_add(struct em_batch *batch,
                                          const struct em_record *record,
                                          const struct em_record_context *context);

#endif
