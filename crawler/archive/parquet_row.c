/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_row.h"

enum { COLUMN_HEAD = 8 };

static enum em_status row_put_u32(struct em_buf *row, size_t value)
{
    uint32_t v = (uint32_t)value;
    return value > UINT32_MAX ? EM_ERR_LIMIT : em_buf_append(row, &v, sizeof(v));
}

static bool row_take(struct em_view *row, void *to, size_t n)
{
    if (row->len < n)
        return false;
    memcpy(to, row->data, n);
    *row = em_view_sub(*row, n, row->len);
    return true;
}

enum em_status em_parquet_row_begin(struct em_buf *row, uint64_t group)
{
    em_buf_clear(row);
    return em_buf_append(row, &group, sizeof(group));
}

enum em_status em_parquet_row_column(struct em_buf *row, size_t leaf, size_t *place)
{
    *place = row->len;
    EM_TRY(row_put_u32(row, leaf));
    return row_put_u32(row, 0);
}

static bool node_is_bytes(const struct em_parquet_node *node)
{
    return node->type == EM_PARQUET_BYTES || node->type == EM_PARQUET_FIXED ||
           node->type == EM_PARQUET_INT96;
}

enum em_status em_parquet_row_value(struct em_buf *row, size_t place,
                                    const struct em_parquet_node *node, uint32_t rep,
                                    uint32_t def, const struct em_parquet_cell *cell)
{
    uint32_t n;
    const unsigned char levels[3] = {(unsigned char)rep, (unsigned char)def,
                                     def == node->def};
    memcpy(&n, row->data + place + 4, sizeof(n));
    n++;
    memcpy(row->data + place + 4, &n, sizeof(n));
    EM_TRY(em_buf_append(row, levels, sizeof(levels)));
    if (def < node->def)
        return EM_OK;
    struct em_view v = em_view_make((const char *)&cell->bits, sizeof(cell->bits));
    if (node_is_bytes(node))
        v = cell->bytes;
    EM_TRY(row_put_u32(row, v.len));
    return em_buf_append_view(row, v);
}

/* One value; *bytes empty where it is null. */
static bool row_take_value(struct em_view *row, unsigned char levels[3],
                           struct em_view *bytes)
{
    uint32_t len;
    *bytes = EM_VIEW_NONE;
    if (!row_take(row, levels, 3))
        return false;
    if (!levels[2])
        return true;
    if (!row_take(row, &len, sizeof(len)) || len > row->len)
        return false;
    *bytes = em_view_sub(*row, 0, len);
    *row = em_view_sub(*row, len, row->len);
    return true;
}

enum em_status em_parquet_row_replace(struct em_buf *out, struct em_view row, size_t leaf,
                                      struct em_view text)
{
    uint32_t head[2];
    unsigned char levels[3];
    struct em_view bytes, rest = em_view_sub(row, 8, row.len);
    if (row.len < 8)
        return EM_ERR_FORMAT;
    while (rest.len) {
        size_t at = row.len - rest.len;
        if (!row_take(&rest, head, sizeof(head)))
            return EM_ERR_FORMAT;
        for (uint32_t i = 0; i < head[1]; i++)
            if (!row_take_value(&rest, levels, &bytes))
                return EM_ERR_FORMAT;
        if (head[0] != leaf)
            continue;
        if (head[1] != 1 || !levels[2])
            return EM_ERR_FORMAT;
        EM_TRY(em_buf_append(out, row.data, at + COLUMN_HEAD + 3));
        EM_TRY(row_put_u32(out, text.len));
        EM_TRY(em_buf_append_view(out, text));
        return em_buf_append_view(out, rest);
    }
    return EM_ERR_FORMAT;
}

static enum em_status row_write_values(struct em_parquet_writer *w, struct em_view rest)
{
    uint32_t head[2];
    unsigned char levels[3];
    struct em_view bytes;
    while (rest.len) {
        if (!row_take(&rest, head, sizeof(head)))
            return EM_ERR_FORMAT;
        for (uint32_t i = 0; i < head[1]; i++) {
            struct em_parquet_cell cell = {.null = false};
            if (!row_take_value(&rest, levels, &bytes))
                return EM_ERR_FORMAT;
            cell.bytes = bytes;
            if (bytes.len == sizeof(cell.bits))
                memcpy(&cell.bits, bytes.data, sizeof(cell.bits));
            EM_TRY(em_parquet_writer_put(w, head[0], levels[0], levels[1], &cell));
        }
    }
    return EM_OK;
}

enum em_status em_parquet_row_write(struct em_parquet_writer *w, struct em_view row,
                                    uint64_t *group, struct em_err *err)
{
    uint64_t own;
    if (!row_take(&row, &own, sizeof(own)))
        return em_fail(err, EM_ERR_INTERNAL, "parquet", "a row has no bytes");
    if (own != *group)
        EM_TRY(em_parquet_writer_group(w, err));
    *group = own;
    enum em_status status = row_write_values(w, row);
    return status < 0 ? em_fail(err, status, "parquet", "%s", em_status_text(status))
                      : em_parquet_writer_row(w, err);
}
