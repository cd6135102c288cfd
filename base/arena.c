/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <stdint.h>

struct em_arena_chunk {
    struct em_arena_chunk *next;
    size_t cap, used;
    _Alignas(16) char data[];
};

void em_arena_init(struct em_arena *arena, size_t max)
{
    *arena = (struct em_arena){.max = max};
}

void em_arena_release(struct em_arena *arena)
{
    for (struct em_arena_chunk *c = arena->first, *next; c; c = next) {
        next = c->next;
        em_free(c);
    }
    em_arena_init(arena, arena->max);
}

void em_arena_reset(struct em_arena *arena)
{
    if (arena->total > EM_ARENA_KEEP) {
        em_arena_release(arena);
        return;
    }
    for (struct em_arena_chunk *c = arena->first; c; c = c->next)
        c->used = 0;
    arena->current = arena->first;
}

static struct em_arena_chunk *chunk_new(struct em_arena *arena, size_t size)
{
    size_t cap = size > EM_ARENA_CHUNK ? size : EM_ARENA_CHUNK;
    if (cap > arena->max - arena->total)
        cap = size;
    if (arena->total > arena->max || cap > arena->max - arena->total)
        return NULL;
    struct em_arena_chunk *c = em_malloc(sizeof(*c) + cap);
    if (!c)
        return NULL;
    c->cap = cap;
    c->used = 0;
    arena->total += cap;
    return c;
}

void *em_arena_alloc(struct em_arena *arena, size_t size)
{
    if (size > arena->max || size > SIZE_MAX / 2)
        return NULL;
    size = (size + 15) & ~(size_t)15;
    struct em_arena_chunk *c = arena->current;
    while (c && c->cap - c->used < size)
        c = c->next;
    if (!c) {
        c = chunk_new(arena, size);
        if (!c)
            return NULL;
        /* New chunks go right after the current one, so that none is lost to a walk. */
        if (arena->current) {
            c->next = arena->current->next;
            arena->current->next = c;
        } else {
            c->next = arena->first;
            arena->first = c;
        }
    }
    arena->current = c;
    void *ptr = c->data + c->used;
    c->used += size;
    return ptr;
}

struct em_view em_arena_copy(struct em_arena *arena, struct em_view v)
{
    char *copy = em_arena_alloc(arena, v.len + 1);
    if (!copy)
        return EM_VIEW_NONE;
    if (v.len)
        memcpy(copy, v.data, v.len);
    copy[v.len] = '\0';
    return (struct em_view){copy, v.len};
}
