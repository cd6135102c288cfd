/* SPDX-License-Identifier: Apache-2.0 */
#include "index/table.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <stdlib.h>

void em_rows_init(struct em_rows *rows)
{
    *rows = (struct em_rows){.rows = NULL};
    em_buf_init(&rows->bytes, EM_MAX_ROWS);
}

void em_rows_release(struct em_rows *rows)
{
    em_buf_release(&rows->bytes);
    em_free(rows->rows);
    em_rows_init(rows);
}

void em_rows_clear(struct em_rows *rows)
{
    em_buf_clear(&rows->bytes);
    rows->n = 0;
}

static enum em_status rows_grow(struct em_rows *rows, size_t extra)
{
    if (extra <= rows->cap - rows->n)
        return EM_OK;
    size_t cap = rows->cap + rows->cap / 2 + extra + 64;
    struct em_row *more = em_realloc_array(rows->rows, cap, sizeof(more[0]));
    if (!more)
        return EM_ERR_NOMEM;
    rows->rows = more;
    rows->cap = cap;
    return EM_OK;
}

static uint64_t order_of(struct em_view key)
{
    uint64_t order = 0;
    for (size_t i = 0; i < 8; i++)
        order = order << 8 | (i < key.len ? (uint8_t)key.data[i] : 0);
    return order;
}

enum em_status em_rows_add(struct em_rows *rows, enum em_table table, struct em_view key,
                           struct em_view value)
{
    if (key.len == 0 || key.len > EM_MAX_KEY || value.len > EM_MAX_VALUE)
        return EM_ERR_LIMIT;
    EM_TRY(rows_grow(rows, 1));
    EM_TRY(em_buf_reserve(&rows->bytes, key.len + value.len));
    rows->rows[rows->n++] = (struct em_row){.order = order_of(key),
                                            .offset = rows->bytes.len,
                                            .value_len = (uint32_t)value.len,
                                            .key_len = (uint16_t)key.len,
                                            .table = (uint8_t)table};
    EM_TRY(em_buf_append_view(&rows->bytes, key));
    return em_buf_append_view(&rows->bytes, value);
}

enum em_status em_rows_append(struct em_rows *into, const struct em_rows *from)
{
    EM_TRY(rows_grow(into, from->n));
    EM_TRY(em_buf_reserve(&into->bytes, from->bytes.len));
    for (size_t i = 0; i < from->n; i++) {
        into->rows[into->n + i] = from->rows[i];
        into->rows[into->n + i].offset += into->bytes.len;
    }
    into->n += from->n;
    return em_buf_append_view(&into->bytes, em_buf_view(&from->bytes));
}

struct em_view em_row_key(const struct em_rows *rows, size_t i)
{
    const struct em_row *row = &rows->rows[i];
    return em_view_make(rows->bytes.data + row->offset, row->key_len);
}

struct em_view em_row_value(const struct em_rows *rows, size_t i)
{
    const struct em_row *row = &rows->rows[i];
    return em_view_make(rows->bytes.data + row->offset + row->key_len, row->value_len);
}

/* True where a comes after b. */
static bool after(const char *bytes, const struct em_row *a, const struct em_row *b)
{
    if (a->table != b->table)
        return a->table > b->table;
    if (a->order != b->order)
        return a->order > b->order;
    size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
    int order = memcmp(bytes + a->offset, bytes + b->offset, len);
    if (order)
        return order > 0;
    if (a->key_len != b->key_len)
        return a->key_len > b->key_len;
    return a->offset > b->offset; /* the order of arrival */
}

/* Merge sort, bottom up: stable by construction, and worst case as good as the mean. */
enum em_status em_rows_sort(struct em_rows *rows)
{
    size_t n = rows->n;
    const char *bytes = rows->bytes.data;
    if (n < 2)
        return EM_OK;
    struct em_row *spare = em_realloc_array(NULL, n, sizeof(spare[0]));
    if (!spare)
        return EM_ERR_NOMEM;
    struct em_row *from = rows->rows, *to = spare;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = start + width < n ? start + width : n;
            size_t end = middle + width < n ? middle + width : n;
            size_t a = start, b = middle, k = start;
            if (middle == end || !after(bytes, &from[middle - 1], &from[middle])) {
                memcpy(to + start, from + start, (end - start) * sizeof(to[0]));
                continue;
            }
            while (a < middle && b < end)
                to[k++] = after(bytes, &from[a], &from[b]) ? from[b++] : from[a++];
            memcpy(to + k, from + a, (middle - a) * sizeof(to[0]));
            memcpy(to + k + (middle - a), from + b, (end - b) * sizeof(to[0]));
        }
        struct em_row *other = from;
        from = to;
        to = other;
    }
    if (from == spare)
        memcpy(rows->rows, spare, n * sizeof(spare[0]));
    em_free(spare);
    return EM_OK;
}
