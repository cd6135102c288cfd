/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/sample_frame.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>
#include <stdlib.h>

/* --- names ------------------------------------------------------------------------------- */

static enum em_status sample_frame_grow(struct em_sample_names *t)
{
    uint32_t cap = t->cap ? 2 * t->cap : 64, mask = 2 * cap - 1;
    if (cap > 1u << 28)
        return EM_ERR_LIMIT;
    void *names = em_realloc_array(t->names, cap, sizeof(t->names[0]));
    if (!names)
        return EM_ERR_NOMEM;
    t->names = names;
    uint32_t *slots = em_calloc(mask + 1, sizeof(slots[0]));
    if (!slots)
        return EM_ERR_NOMEM;
    em_free(t->slots);
    t->slots = slots;
    t->cap = cap;
    t->mask = mask;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = (uint32_t)em_hash64(t->names[i], strlen(t->names[i]), 0) & mask;
        while (slots[at])
            at = (at + 1) & mask;
        slots[at] = i + 1;
    }
    return EM_OK;
}

enum em_status em_sample_name(struct em_sample_names *t, struct em_view text,
                              uint32_t *number)
{
    if (t->n == t->cap)
        EM_TRY(sample_frame_grow(t));
    uint32_t at = (uint32_t)em_hash64(text.data ? text.data : "", text.len, 0) & t->mask;
    for (; t->slots[at]; at = (at + 1) & t->mask)
        if (em_view_eq(em_view_of(t->names[t->slots[at] - 1]), text)) {
            *number = t->slots[at] - 1;
            return EM_OK;
        }
    t->names[t->n] = em_strndup(text.data ? text.data : "", text.len);
    if (!t->names[t->n])
        return EM_ERR_NOMEM;
    *number = t->n;
    t->slots[at] = ++t->n;
    return EM_OK;
}

void em_sample_names_release(struct em_sample_names *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        em_free(t->names[i]);
    em_free(t->names);
    em_free(t->slots);
    *t = (struct em_sample_names){.names = NULL};
}

/* --- blocks ------------------------------------------------------------------------------ */

static int by_stratum(const void *a, const void *b)
{
    const struct em_sample_block *x = a, *y = b;
    if (x->stratum != y->stratum)
        return x->stratum < y->stratum ? -1 : 1;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

size_t em_sample_blocks(struct em_sample_block *blocks, size_t n, uint32_t strata,
                        size_t want)
{
    size_t chosen = 0;
    double share = n ? (double)want / (double)n : 0;
    size_t *count = em_calloc((size_t)strata + 1, sizeof(count[0]));
    if (!count || n == 0) {
        em_free(count);
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        count[blocks[i].stratum]++;
    for (size_t i = 0; i < n; i++)
        if ((double)count[blocks[i].stratum] * share < 2)
            blocks[i].stratum = strata;
    em_free(count);
    qsort(blocks, n, sizeof(blocks[0]), by_stratum);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && blocks[end].stratum == blocks[i].stratum; end++)
            ;
        size_t all = end - i, take = (size_t)llround((double)all * share);
        take = take < 2 ? 2 : take;
        take = take < all ? take : all;
        for (size_t k = i; k < i + take; k++) {
            blocks[k].weight = (double)all / (double)take;
            blocks[chosen++] = blocks[k];
        }
    }
    return chosen;
}

/* --- lines ------------------------------------------------------------------------------- */

static void sample_frame_swap(struct em_sample_line *a, struct em_sample_line *b)
{
    struct em_sample_line t = *a;
    *a = *b;
    *b = t;
}

static void sift_down(struct em_sample_line *heap, size_t n)
{
    for (size_t i = 0, child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && heap[child + 1].hash > heap[child].hash)
            child++;
        if (heap[i].hash >= heap[child].hash)
            return;
        sample_frame_swap(&heap[i], &heap[child]);
    }
}

static void sift_up(struct em_sample_line *heap, size_t i)
{
    for (; i > 0 && heap[i].hash > heap[(i - 1) / 2].hash; i = (i - 1) / 2)
        sample_frame_swap(&heap[i], &heap[(i - 1) / 2]);
}

enum em_status em_sample_add(struct em_sample_pool *pool, struct em_view group,
                             const struct em_sample_line *line)
{
    uint32_t number;
    EM_TRY(em_sample_name(&pool->groups, group, &number));
    if (pool->groups.cap > pool->cap) {
        void *more =
            em_realloc_array(pool->items, pool->groups.cap, sizeof(pool->items[0]));
        if (!more)
            return EM_ERR_NOMEM;
        pool->items = more;
        memset(pool->items + pool->cap, 0,
               (pool->groups.cap - pool->cap) * sizeof(pool->items[0]));
        pool->cap = pool->groups.cap;
    }
    struct em_sample_group *g = &pool->items[number];
    g->seen++;
    if (g->n == pool->most) {
        if (line->hash < g->lines[0].hash) {
            g->lines[0] = *line;
            sift_down(g->lines, g->n);
        }
        return EM_OK;
    }
    if (g->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 64;
        void *more = em_realloc_array(g->lines, cap, sizeof(g->lines[0]));
        if (!more)
            return EM_ERR_NOMEM;
        g->lines = more;
        g->cap = cap;
    }
    g->lines[g->n] = *line;
    sift_up(g->lines, g->n++);
    return EM_OK;
}

void em_sample_cut(struct em_sample_pool *pool, size_t n)
{
    uint64_t all = 0;
    uint32_t groups = pool->groups.n;
    for (uint32_t i = 0; i < groups; i++)
        all += pool->items[i].seen;
    for (uint32_t i = 0; i < groups; i++) {
        struct em_sample_group *g = &pool->items[i];
        double share = 0.25 / groups + 0.75 * (double)g->seen / (double)all;
        size_t take = (size_t)llround((double)n * share);
        take = take < 1 ? 1 : take;
        while (g->n > take) {
            g->lines[0] = g->lines[--g->n];
            sift_down(g->lines, g->n);
        }
        for (size_t k = 0; k < g->n; k++)
            g->lines[k].weight *= (double)g->seen / (double)g->n;
    }
}

void em_sample_release(struct em_sample_pool *pool)
{
    for (uint32_t i = 0; i < pool->groups.n && i < pool->cap; i++)
        em_free(pool->items[i].lines);
    em_free(pool->items);
    em_sample_names_release(&pool->groups);
}
