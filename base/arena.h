/* SPDX-License-Identifier: Apache-2.0
 *
 * An arena: many small allocations with one lifetime, a document's. Reset drops all of
 * them at once and keeps the memory, so a worker allocates from the system only while it
 * meets its largest document. Has a maximum, like every buffer here.
 *
 *     chunk -> chunk -> chunk       em_arena_alloc bumps `used` in the last one;
 *     [####  ] [######] [##    ]    a request larger than a chunk gets a chunk of its own
 */
#ifndef EM_BASE_ARENA_H
#define EM_BASE_ARENA_H

#include "base/status.h"
#include "base/view.h"

#ifdef __cplusplus
extern "C" {
#endif

struct em_arena_chunk;

struct em_arena {
    struct em_arena_chunk *first, *current;
    size_t total; /* bytes held in chunks */
    size_t max;
};

void em_arena_init(struct em_arena *arena, size_t max);
void em_arena_release(struct em_arena *arena);

/* Everything allocated before is gone; chunks beyond EM_ARENA_KEEP bytes are returned. */
void em_arena_reset(struct em_arena *arena);

/* 16-byte aligned, not cleared; NULL when the maximum or the system's memory is reached.
 * Valid until reset or release. */
void *em_arena_alloc(struct em_arena *arena, size_t size);

/* A copy with a final NUL; data is NULL on failure. */
struct em_view em_arena_copy(struct em_arena *arena, struct em_view v);

#ifdef __cplusplus
}
#endif

#endif
