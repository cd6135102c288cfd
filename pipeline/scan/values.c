/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/values.h"

#include "base/limits.h"

#include <string.h>

enum { VALUE_HEAD = (sizeof(struct em_scan_value) + 15) & ~(size_t)15 };

void em_scan_values_init(struct em_scan_values *values)
{
    *values = (struct em_scan_values){.first = NULL};
    em_arena_init(&values->arena, EM_MAX_RESULT);
}

void em_scan_values_clear(struct em_scan_values *values)
{
    em_arena_reset(&values->arena);
    values->first = values->last = NULL;
    values->bytes = 0;
}

void em_scan_values_release(struct em_scan_values *values)
{
    em_arena_release(&values->arena);
    values->first = values->last = NULL;
    values->bytes = 0;
}

void *em_scan_values_alloc(struct em_scan_values *values, size_t size)
{
    void *memory = em_arena_alloc(&values->arena, size);
    values->bytes += memory ? size : 0;
    return memory;
}

struct em_view em_scan_values_copy(struct em_scan_values *values, struct em_view v)
{
    values->bytes += v.len + 1;
    return em_arena_copy(&values->arena, v);
}

void *em_scan_values_add(struct em_scan_values *values, size_t size)
{
    if (size > EM_MAX_RESULT)
        return NULL;
    struct em_scan_value *value = em_scan_values_alloc(values, VALUE_HEAD + size);
    if (!value)
        return NULL;
    memset(value, 0, VALUE_HEAD + size);
    value->size = size;
    if (values->last)
        values->last->next = value;
    else
        values->first = value;
    values->last = value;
    return (char *)value + VALUE_HEAD;
}

const void *em_scan_values_next(const struct em_scan_values *values, const void *value)
{
    const struct em_scan_value *next = values->first;
    if (value) {
        const void *head = (const char *)value - VALUE_HEAD;
        next = ((const struct em_scan_value *)head)->next;
    }
    return next ? (const char *)next + VALUE_HEAD : NULL;
}
