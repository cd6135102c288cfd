/* SPDX-License-Identifier: Apache-2.0
 *
 * What the records of a batch were mapped to: values of the caller's own types, in input
 * order, with the memory they point into. Filled by one thread, then read by another;
 * everything is dropped together when the batch has been reduced.
 */
#ifndef EM_PIPELINE_SCAN_VALUES_H
#define EM_PIPELINE_SCAN_VALUES_H

#include "base/arena.h"

struct em_scan_value {
    struct em_scan_value *next;
    size_t size; /* as asked for */
    /* The value follows, 16-byte aligned. */
};

struct em_scan_values {
    struct em_arena arena; /* also for what the values point to */
    struct em_scan_value *first, *last;
    size_t bytes; /* asked for so far */
};

void em_scan_values_init(struct em_scan_values *values);
void em_scan_values_clear(struct em_scan_values *values);
void em_scan_values_release(struct em_scan_values *values);

/* Appends a zeroed value. NULL when memory or the batch's maximum is reached. */
void *em_scan_values_add(struct em_scan_values *values, size_t size);

/* Memory for what a value points to: lives as long as the value, not cleared, or NULL. */
void *em_scan_values_alloc(struct em_scan_values *values, size_t size);
/* A copy with a final NUL; data is NULL on failure. */
struct em_view em_scan_values_copy(struct em_scan_values *values, struct em_view v);

/* Walks in order: NULL asks for the first, and is the end. */
const void *em_scan_values_next(const struct em_scan_values *values, const void *value);

#endif
