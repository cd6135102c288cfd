/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/batch.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <stdint.h>

enum em_status em_batch_new(struct em_batch **out)
{
    struct em_batch *batch = em_calloc(1, sizeof(*batch));
    *out = batch;
    if (!batch)
        return EM_ERR_NOMEM;
    em_arena_init(&batch->arena, EM_ARENA_MAX);
    em_result_init(&batch->result);
    return EM_OK;
}

void em_batch_free(struct em_batch *batch)
{
    if (!batch)
        return;
    em_arena_release(&batch->arena);
    em_result_release(&batch->result);
    em_free(batch);
}

void em_batch_clear(struct em_batch *batch)
{
    em_arena_reset(&batch->arena);
    em_result_clear(&batch->result);
    batch->n = 0;
    batch->bytes = 0;
    batch->ready = false;
}

bool em_batch_full(const struct em_batch *batch)
{
    return batch->n == EM_BATCH_RECORDS || batch->bytes >= EM_BATCH_BYTES;
}

/* A view of the old block becomes the same view of the new one; others are copied. */
static bool move_view(struct em_arena *arena, struct em_view *v, struct em_view from,
                      struct em_view to)
{
    if (v->len == 0) {
        *v = EM_VIEW_NONE;
        return true;
    }
    uintptr_t at = (uintptr_t)v->data, block = (uintptr_t)from.data;
    if (from.len && at >= block && at + v->len <= block + from.len)
        v->data = to.data + (at - block);
    else
        *v = em_arena_copy(arena, *v);
    return v->data != NULL;
}

enum em_status em_batch_add(struct em_batch *batch, const struct em_record *record,
                            const struct em_record_context *context)
{
    struct em_record *r = &batch->records[batch->n];
    struct em_arena *arena = &batch->arena;
    *r = *record;
    struct em_view from = record->block;
    if (from.len) {
        r->block = em_arena_copy(arena, from);
        if (!r->block.data)
            return EM_ERR_NOMEM;
    }
    struct em_view *views[] = {
        &r->origin.file, &r->origin.record, &r->type_text,    &r->version,
        &r->url,         &r->date,          &r->mime,         &r->truncated,
        &r->inclusion,   &r->lang,          &r->row,          &r->http_header,
        &r->payload,     &r->http_mime,     &r->http_charset,
    };
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        if (!move_view(arena, views[i], from, r->block))
            return EM_ERR_NOMEM;
    r->header = EM_VIEW_NONE;
    if (record->error) {
        r->error = em_arena_copy(arena, em_view_of(record->error)).data;
        if (!r->error)
            return EM_ERR_NOMEM;
    }
    batch->contexts[batch->n++] = *context;
    batch->bytes += from.len;
    return EM_OK;
}
