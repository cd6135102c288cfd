/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_write.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/archive/parquet_codec.h"
#include "crawler/archive/parquet_thrift.h"

#include <libdeflate.h>
#include <math.h>
#include <stdio.h>
#include <zstd.h>

enum {
    PAGE_BYTES = 1 << 20,
    PAGE_VALUES = 1 << 17,
    GROUP_ROWS = 1 << 20,
    ZSTD_LEVEL = 3
};

/* What a row group may take, compressed, before it is written. */
#define GROUP_BYTES (64 * EM_MIB)
/* Longer values say nothing useful as least and greatest. */
enum { STATISTICS_BYTES = 64 };

struct level_run {
    struct em_buf packed; /* bits, the least significant first */
    uint32_t all;         /* the one level that all have so far */
    bool mixed;
    int bits;
};

struct write_bound {
    char bytes[STATISTICS_BYTES];
    size_t len;
};

struct write_column {
    struct em_parquet_node node; /* name borrows from the writer's arena */
    struct level_run rep, def;
    struct em_buf values;    /* of the page at hand */
    uint64_t n;              /* levels of the page at hand */
    struct em_buf chunk;     /* pages of the row group, with their headers */
    uint64_t n_values, size; /* of the chunk; bytes inflated */
    uint64_t nulls;
    struct write_bound least, most;
    bool bounded, unbounded; /* there are bounds; there cannot be any */
    unsigned char bits;      /* booleans of the last byte */
};

/* One chunk that was written. */
struct write_chunk {
    uint64_t at, stored, size, n_values, nulls;
    struct write_bound least, most;
    bool bounded;
};

struct em_parquet_writer {
    em_parquet_write_fn *write;
    void *context;
    struct em_arena arena;
    struct em_view schema; /* list of schema elements */
    struct em_view pairs;  /* of the file it is like */
    bool like;             /* row groups end where the caller says, not by rows */
    struct em_buf schema_made;
    struct em_view *paths; /* of each column: its names, each with a NUL, in a row */
    struct write_column *columns;
    size_t n;
    ZSTD_CCtx *zstd;
    uint64_t offset, rows, all_rows;
    struct em_buf packed, thrift, groups; /* groups: RowGroup structs, written so far */
    uint64_t n_groups;
};

/* --- thrift, compact protocol --------------------------------------------------------------- */

static enum em_status thrift_put_varint(struct em_buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        EM_TRY(em_buf_putc(out, (char)(value | 0x80)));
    return em_buf_putc(out, (char)value);
}

/* A field's head; `*last` is the id before it. */
static enum em_status thrift_put_head(struct em_buf *out, int *last, int id,
                                      enum em_thrift_type type)
{
    int step = id - *last;
    *last = id;
    return em_buf_putc(out, (char)(step << 4 | (int)type));
}

static enum em_status thrift_put_int(struct em_buf *out, int *last, int id,
                                     enum em_thrift_type type, int64_t value)
{
    EM_TRY(thrift_put_head(out, last, id, type));
    return thrift_put_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static enum em_status thrift_put_bytes(struct em_buf *out, struct em_view bytes)
{
    EM_TRY(thrift_put_varint(out, bytes.len));
    return em_buf_append_view(out, bytes);
}

static enum em_status thrift_put_binary(struct em_buf *out, int *last, int id,
                                        struct em_view bytes)
{
    EM_TRY(thrift_put_head(out, last, id, EM_THRIFT_BINARY));
    return thrift_put_bytes(out, bytes);
}

static enum em_status thrift_put_list(struct em_buf *out, size_t n,
                                      enum em_thrift_type item)
{
    if (n < 15)
        return em_buf_putc(out, (char)(n << 4 | item));
    EM_TRY(em_buf_putc(out, (char)(0xF0 | item)));
    return thrift_put_varint(out, n);
}

static enum em_status thrift_put_stop(struct em_buf *out)
{
    return em_buf_putc(out, 0);
}

/* --- life ------------------------------------------------------------------------------------ */

static int bits_of(unsigned most)
{
    int bits = 0;
    for (; most; most >>= 1)
        bits++;
    return bits;
}

static void column_init(struct write_column *c, const struct em_parquet_node *node)
{
    *c = (struct write_column){.node = *node};
    c->rep.bits = bits_of(node->rep);
    c->def.bits = bits_of(node->def);
    em_buf_init(&c->rep.packed, EM_MAX_PARQUET_PAGE);
    em_buf_init(&c->def.packed, EM_MAX_PARQUET_PAGE);
    em_buf_init(&c->values, EM_MAX_PARQUET_PAGE);
    em_buf_init(&c->chunk, 8 * EM_MAX_PARQUET_PAGE);
    c->unbounded = node->type == EM_PARQUET_INT96 || (node->type == EM_PARQUET_FIXED) ||
                   (node->type == EM_PARQUET_BYTES && node->kind == EM_PARQUET_DECIMAL);
}

static enum em_status writer_make(struct em_parquet_writer **out,
                                  em_parquet_write_fn *write, void *context, size_t n)
{
    struct em_parquet_writer *w = em_calloc(1, sizeof(*w));
    *out = w;
    if (!w)
        return EM_ERR_NOMEM;
    w->write = write;
    w->context = context;
    em_arena_init(&w->arena, EM_MAX_PARQUET_META);
    em_buf_init(&w->schema_made, EM_MAX_PARQUET_FOOTER);
    em_buf_init(&w->packed, 2 * EM_MAX_PARQUET_PAGE);
    em_buf_init(&w->thrift, EM_MAX_PARQUET_FOOTER);
    em_buf_init(&w->groups, EM_MAX_PARQUET_FOOTER);
    w->columns = em_calloc(n ? n : 1, sizeof(w->columns[0]));
    w->paths = em_calloc(n ? n : 1, sizeof(w->paths[0]));
    w->zstd = ZSTD_createCCtx();
    w->n = w->columns ? n : 0;
    return w->columns && w->paths && w->zstd ? EM_OK : EM_ERR_NOMEM;
}

void em_parquet_writer_free(struct em_parquet_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n; i++) {
        struct write_column *c = &w->columns[i];
        em_buf_release(&c->rep.packed);
        em_buf_release(&c->def.packed);
        em_buf_release(&c->values);
        em_buf_release(&c->chunk);
    }
    ZSTD_freeCCtx(w->zstd);
    em_free(w->columns);
    em_free(w->paths);
    em_buf_release(&w->schema_made);
    em_buf_release(&w->packed);
    em_buf_release(&w->thrift);
    em_buf_release(&w->groups);
    em_arena_release(&w->arena);
    em_free(w);
}

static enum em_status writer_begin(struct em_parquet_writer *w)
{
    w->offset = 4;
    return w->write(w->context, EM_VIEW("PAR1")) ? EM_OK : EM_ERR_IO;
}

/* SchemaElement of a flat column: a string where its type is bytes. */
static enum em_status schema_put_field(struct em_buf *out,
                                       const struct em_parquet_field *f)
{
    int last = 0;
    EM_TRY(thrift_put_int(out, &last, 1, EM_THRIFT_I32, f->type));
    EM_TRY(thrift_put_int(out, &last, 3, EM_THRIFT_I32,
                          f->required ? EM_PARQUET_REQUIRED : EM_PARQUET_OPTIONAL));
    EM_TRY(thrift_put_binary(out, &last, 4, em_view_of(f->name)));
    if (f->type == EM_PARQUET_BYTES) {
        int inner = 0;
        EM_TRY(thrift_put_int(out, &last, 6, EM_THRIFT_I32, 0)); /* UTF8 */
        EM_TRY(thrift_put_head(out, &last, 10, EM_THRIFT_STRUCT));
        EM_TRY(thrift_put_head(out, &inner, 1, EM_THRIFT_STRUCT)); /* STRING */
        EM_TRY(thrift_put_stop(out));
        EM_TRY(thrift_put_stop(out));
    }
    return thrift_put_stop(out);
}

static enum em_status schema_make(struct em_buf *out,
                                  const struct em_parquet_field *fields, size_t n)
{
    int last = 0;
    EM_TRY(thrift_put_list(out, n + 1, EM_THRIFT_STRUCT));
    EM_TRY(thrift_put_binary(out, &last, 4, EM_VIEW("schema")));
    EM_TRY(thrift_put_int(out, &last, 5, EM_THRIFT_I32, (int64_t)n));
    EM_TRY(thrift_put_stop(out));
    for (size_t i = 0; i < n; i++)
        EM_TRY(schema_put_field(out, &fields[i]));
    return EM_OK;
}

static enum em_status writer_make_flat(struct em_parquet_writer *w,
                                       const struct em_parquet_field *fields, size_t n)
{
    EM_TRY(schema_make(&w->schema_made, fields, n));
    w->schema = em_buf_view(&w->schema_made);
    for (size_t i = 0; i < n; i++) {
        bool bytes = fields[i].type == EM_PARQUET_BYTES;
        const struct em_parquet_node node = {.name = em_view_of(fields[i].name),
                                             .type = fields[i].type,
                                             .kind = bytes ? EM_PARQUET_STRING
                                                           : EM_PARQUET_AS_STORED,
                                             .def = !fields[i].required};
        column_init(&w->columns[i], &node);
        w->paths[i] = em_view_make(node.name.data, node.name.len + 1);
    }
    return writer_begin(w);
}

static enum em_status writer_fail(enum em_status status, struct em_err *err)
{
    if (status == EM_ERR_IO)
        return em_fail(err, status, "parquet", "cannot write the output");
    return status < 0 ? em_fail(err, status, "parquet", "%s", em_status_text(status))
                      : status;
}

enum em_status em_parquet_writer_new(struct em_parquet_writer **out,
                                     em_parquet_write_fn *write, void *context,
                                     const struct em_parquet_field *fields, size_t n,
                                     struct em_err *err)
{
    enum em_status status = writer_make(out, write, context, n);
    if (status == EM_OK)
        status = writer_make_flat(*out, fields, n);
    if (status < 0) {
        em_parquet_writer_free(*out);
        *out = NULL;
    }
    return writer_fail(status, err);
}

/* All names from the root's child down to the leaf, each with a NUL. */
static enum em_status path_make(struct em_parquet_writer *w,
                                const struct em_parquet_meta *meta, size_t leaf)
{
    size_t len = 0;
    int32_t node = meta->leaves[leaf].node;
    for (int32_t i = node; meta->nodes[i].parent >= 0; i = meta->nodes[i].parent)
        len += meta->nodes[i].name.len + 1;
    char *path = em_arena_alloc(&w->arena, len ? len : 1);
    if (!path)
        return EM_ERR_NOMEM;
    size_t at = len;
    for (int32_t i = node; meta->nodes[i].parent >= 0; i = meta->nodes[i].parent) {
        struct em_view name = meta->nodes[i].name;
        path[--at] = '\0';
        at -= name.len;
        if (name.len)
            memcpy(path + at, name.data, name.len);
    }
    w->paths[leaf] = em_view_make(path, len);
    return EM_OK;
}

static enum em_status writer_make_like(struct em_parquet_writer *w,
                                       const struct em_parquet_meta *meta)
{
    w->schema = em_arena_copy(&w->arena, meta->schema);
    w->pairs = meta->pairs.len ? em_arena_copy(&w->arena, meta->pairs) : EM_VIEW_NONE;
    w->like = true;
    if (!w->schema.data || (meta->pairs.len && !w->pairs.data))
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < meta->n_leaves; i++) {
        column_init(&w->columns[i], em_parquet_leaf_node(meta, i));
        EM_TRY(path_make(w, meta, i));
    }
    return writer_begin(w);
}

enum em_status em_parquet_writer_like(struct em_parquet_writer **out,
                                      em_parquet_write_fn *write, void *context,
                                      const struct em_parquet_meta *meta,
                                      struct em_err *err)
{
    enum em_status status = writer_make(out, write, context, meta->n_leaves);
    if (status == EM_OK)
        status = writer_make_like(*out, meta);
    if (status < 0) {
        em_parquet_writer_free(*out);
        *out = NULL;
    }
    return writer_fail(status, err);
}

/* --- values ---------------------------------------------------------------------------------- */

/* Writes are counted in bits: a level that is like all before is not written yet. */
static enum em_status level_pack(struct level_run *l, uint64_t at, uint32_t level)
{
    for (int i = 0; i < l->bits; i++) {
        uint64_t bit = at * (unsigned)l->bits + (unsigned)i;
        if (bit / 8 == l->packed.len)
            EM_TRY(em_buf_putc(&l->packed, 0));
        if (level >> i & 1)
            l->packed.data[bit / 8] =
                (char)((unsigned char)l->packed.data[bit / 8] | 1u << bit % 8);
    }
    return EM_OK;
}

/* The `n`th level of the page. */
static enum em_status level_put(struct level_run *l, uint64_t n, uint32_t level)
{
    if (l->bits == 0)
        return EM_OK;
    if (n == 0)
        l->all = level;
    if (!l->mixed && l->all == level)
        return EM_OK;
    if (!l->mixed)
        for (uint64_t i = 0; i < n; i++)
            EM_TRY(level_pack(l, i, l->all));
    l->mixed = true;
    return level_pack(l, n, level);
}

/* After its length: one run of equal levels, or one of packed ones. */
static enum em_status level_end(struct level_run *l, uint64_t n, struct em_buf *out)
{
    size_t head = out->len;
    if (l->bits == 0)
        return EM_OK;
    EM_TRY(em_buf_append(out, "\0\0\0\0", 4));
    if (!l->mixed) {
        EM_TRY(thrift_put_varint(out, n << 1));
        for (int i = 0; i < (l->bits + 7) / 8; i++)
            EM_TRY(em_buf_putc(out, (char)(l->all >> 8 * i)));
    } else {
        uint64_t groups = (n + 7) / 8;
        EM_TRY(thrift_put_varint(out, groups << 1 | 1));
        while (l->packed.len < groups * (unsigned)l->bits)
            EM_TRY(em_buf_putc(&l->packed, 0));
        EM_TRY(em_buf_append_view(out, em_buf_view(&l->packed)));
    }
    size_t len = out->len - head - 4;
    for (int i = 0; i < 4; i++)
        out->data[head + (size_t)i] = (char)(len >> 8 * i);
    em_buf_clear(&l->packed);
    l->mixed = false;
    return EM_OK;
}

static int bound_compare(const struct write_column *c, struct em_view a,
                         const struct write_bound *b)
{
    int64_t x, y;
    double d, e;
    float f, g;
    switch (c->node.type) {
    case EM_PARQUET_FLOAT:
        memcpy(&f, a.data, 4);
        memcpy(&g, b->bytes, 4);
        return f < g ? -1 : f > g;
    case EM_PARQUET_DOUBLE:
        memcpy(&d, a.data, 8);
        memcpy(&e, b->bytes, 8);
        return d < e ? -1 : d > e;
    case EM_PARQUET_INT32:
    case EM_PARQUET_INT64:
        x = y = 0;
        memcpy(&x, a.data, a.len);
        memcpy(&y, b->bytes, b->len);
        if (c->node.kind == EM_PARQUET_UNSIGNED)
            return (uint64_t)x < (uint64_t)y ? -1 : (uint64_t)x > (uint64_t)y;
        if (a.len == 4) {
            x = (int32_t)(uint32_t)x;
            y = (int32_t)(uint32_t)y;
        }
        return x < y ? -1 : x > y;
    default: {
        size_t n = a.len < b->len ? a.len : b->len;
        int order = n ? memcmp(a.data, b->bytes, n) : 0;
        return order ? order : a.len < b->len ? -1 : a.len > b->len;
    }
    }
}

static void bound_set(struct write_bound *b, struct em_view v)
{
    if (v.len)
        memcpy(b->bytes, v.data, v.len);
    b->len = v.len;
}

/* spec: no bounds with NaN; zeros have a sign, which readers leave out of account. */
static void column_bound(struct write_column *c, struct em_view v)
{
    double d = 0;
    float f = 0;
    if (c->unbounded)
        return;
    if (c->node.type == EM_PARQUET_DOUBLE)
        memcpy(&d, v.data, 8);
    if (c->node.type == EM_PARQUET_FLOAT)
        memcpy(&f, v.data, 4);
    if (v.len > STATISTICS_BYTES || isnan(d) || isnan(f)) {
        c->unbounded = true;
        c->bounded = false;
        return;
    }
    if (!c->bounded || bound_compare(c, v, &c->least) < 0)
        bound_set(&c->least, v);
    if (!c->bounded || bound_compare(c, v, &c->most) > 0)
        bound_set(&c->most, v);
    c->bounded = true;
}

static enum em_status column_put_boolean(struct write_column *c, bool value, uint64_t n)
{
    char byte = value;
    if (n % 8 == 0)
        EM_TRY(em_buf_putc(&c->values, 0));
    if (value)
        c->values.data[n / 8] =
            (char)((unsigned char)c->values.data[n / 8] | 1u << n % 8);
    column_bound(c, em_view_make(&byte, 1));
    return EM_OK;
}

static enum em_status column_put_value(struct write_column *c,
                                       const struct em_parquet_cell *cell)
{
    char bytes[8];
    size_t width =
        c->node.type == EM_PARQUET_INT32 || c->node.type == EM_PARQUET_FLOAT ? 4 : 8;
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(cell->bits >> 8 * i);
    struct em_view v = em_view_make(bytes, width);
    if (c->node.type == EM_PARQUET_BYTES || c->node.type == EM_PARQUET_FIXED ||
        c->node.type == EM_PARQUET_INT96)
        v = cell->bytes;
    if (c->node.type == EM_PARQUET_BYTES) {
        char len[4];
        for (int i = 0; i < 4; i++)
            len[i] = (char)(v.len >> 8 * i);
        EM_TRY(em_buf_append(&c->values, len, 4));
    }
    column_bound(c, v);
    return em_buf_append_view(&c->values, v);
}

/* --- pages ------------------------------------------------------------------------------------ */

static enum em_status page_put_header(struct em_parquet_writer *w, struct write_column *c,
                                      size_t size, struct em_view stored)
{
    struct em_buf *out = &c->chunk;
    int last = 0, inner = 0;
    uint32_t crc = libdeflate_crc32(0, stored.data, stored.len);
    size_t before = out->len;
    (void)w;
    EM_TRY(thrift_put_int(out, &last, 1, EM_THRIFT_I32, 0)); /* DATA_PAGE */
    EM_TRY(thrift_put_int(out, &last, 2, EM_THRIFT_I32, (int64_t)size));
    EM_TRY(thrift_put_int(out, &last, 3, EM_THRIFT_I32, (int64_t)stored.len));
    EM_TRY(thrift_put_int(out, &last, 4, EM_THRIFT_I32, (int32_t)crc));
    EM_TRY(thrift_put_head(out, &last, 5, EM_THRIFT_STRUCT));
    EM_TRY(thrift_put_int(out, &inner, 1, EM_THRIFT_I32, (int64_t)c->n));
    EM_TRY(thrift_put_int(out, &inner, 2, EM_THRIFT_I32, EM_PARQUET_PLAIN));
    EM_TRY(thrift_put_int(out, &inner, 3, EM_THRIFT_I32, EM_PARQUET_RLE));
    EM_TRY(thrift_put_int(out, &inner, 4, EM_THRIFT_I32, EM_PARQUET_RLE));
    EM_TRY(thrift_put_stop(out));
    EM_TRY(thrift_put_stop(out));
    c->size += size + (out->len - before);
    return EM_OK;
}

static enum em_status page_end(struct em_parquet_writer *w, struct write_column *c)
{
    struct em_buf *page = &w->packed;
    if (c->n == 0)
        return EM_OK;
    em_buf_clear(page);
    EM_TRY(level_end(&c->rep, c->n, page));
    EM_TRY(level_end(&c->def, c->n, page));
    EM_TRY(em_buf_append_view(page, em_buf_view(&c->values)));
    size_t most = ZSTD_compressBound(page->len), size = page->len;
    EM_TRY(em_buf_reserve(page, most + 1));
    char *stored = page->data + size;
    size_t len = ZSTD_compressCCtx(w->zstd, stored, most, page->data, size, ZSTD_LEVEL);
    if (ZSTD_isError(len))
        return EM_ERR_NOMEM;
    EM_TRY(page_put_header(w, c, size, em_view_make(stored, len)));
    EM_TRY(em_buf_append(&c->chunk, stored, len));
    c->n_values += c->n;
    c->n = 0;
    em_buf_clear(&c->values);
    c->bits = 0;
    return EM_OK;
}

enum em_status em_parquet_writer_put(struct em_parquet_writer *w, size_t column,
                                     uint32_t rep, uint32_t def,
                                     const struct em_parquet_cell *cell)
{
    struct write_column *c = &w->columns[column];
    /* A page ends where a row does. */
    if (rep == 0 && (c->values.len >= PAGE_BYTES || c->n >= PAGE_VALUES))
        EM_TRY(page_end(w, c));
    EM_TRY(level_put(&c->rep, c->n, rep));
    EM_TRY(level_put(&c->def, c->n, def));
    c->n++;
    if (def < c->node.def) {
        c->nulls++;
        return EM_OK;
    }
    if (c->node.type != EM_PARQUET_BOOLEAN)
        return column_put_value(c, cell);
    uint64_t n = c->values.len ? (c->values.len - 1) * 8 + c->bits : 0;
    EM_TRY(column_put_boolean(c, cell->bits != 0, n));
    c->bits = (unsigned char)(n % 8 + 1);
    return EM_OK;
}

enum em_status em_parquet_writer_set(struct em_parquet_writer *w, size_t column,
                                     const struct em_parquet_cell *cell)
{
    uint32_t def = w->columns[column].node.def;
    return em_parquet_writer_put(w, column, 0, cell->null && def ? def - 1 : def, cell);
}

/* --- row groups --------------------------------------------------------------------------------
 */

static enum em_status chunk_put_statistics(struct em_buf *out, int *last,
                                           const struct write_column *c)
{
    int inner = 0;
    EM_TRY(thrift_put_head(out, last, 12, EM_THRIFT_STRUCT));
    EM_TRY(thrift_put_int(out, &inner, 3, EM_THRIFT_I64, (int64_t)c->nulls));
    if (c->bounded) {
        EM_TRY(
            thrift_put_binary(out, &inner, 5, em_view_make(c->most.bytes, c->most.len)));
        EM_TRY(thrift_put_binary(out, &inner, 6,
                                 em_view_make(c->least.bytes, c->least.len)));
    }
    return thrift_put_stop(out);
}

static enum em_status chunk_put_path(struct em_buf *out, struct em_view names)
{
    size_t n = 0;
    for (size_t i = 0; i < names.len; i++)
        n += names.data[i] == '\0';
    EM_TRY(thrift_put_list(out, n, EM_THRIFT_BINARY));
    while (names.len) {
        size_t len = em_view_find(names, 0, em_view_make("", 1));
        EM_TRY(thrift_put_bytes(out, em_view_sub(names, 0, len)));
        names = em_view_sub(names, len + 1, names.len);
    }
    return EM_OK;
}

/* ColumnChunk with its ColumnMetaData. */
static enum em_status chunk_put_meta(struct em_parquet_writer *w, size_t i)
{
    struct em_buf *out = &w->groups;
    const struct write_column *c = &w->columns[i];
    int outer = 0, last = 0;
    EM_TRY(thrift_put_int(out, &outer, 2, EM_THRIFT_I64, (int64_t)w->offset));
    EM_TRY(thrift_put_head(out, &outer, 3, EM_THRIFT_STRUCT));
    EM_TRY(thrift_put_int(out, &last, 1, EM_THRIFT_I32, c->node.type));
    EM_TRY(thrift_put_head(out, &last, 2, EM_THRIFT_LIST));
    EM_TRY(thrift_put_list(out, 2, EM_THRIFT_I32));
    EM_TRY(thrift_put_varint(out, EM_PARQUET_PLAIN << 1));
    EM_TRY(thrift_put_varint(out, EM_PARQUET_RLE << 1));
    EM_TRY(thrift_put_head(out, &last, 3, EM_THRIFT_LIST));
    EM_TRY(chunk_put_path(out, w->paths[i]));
    EM_TRY(thrift_put_int(out, &last, 4, EM_THRIFT_I32, EM_PARQUET_ZSTD));
    EM_TRY(thrift_put_int(out, &last, 5, EM_THRIFT_I64, (int64_t)c->n_values));
    EM_TRY(thrift_put_int(out, &last, 6, EM_THRIFT_I64, (int64_t)c->size));
    EM_TRY(thrift_put_int(out, &last, 7, EM_THRIFT_I64, (int64_t)c->chunk.len));
    EM_TRY(thrift_put_int(out, &last, 9, EM_THRIFT_I64, (int64_t)w->offset));
    EM_TRY(chunk_put_statistics(out, &last, c));
    EM_TRY(thrift_put_stop(out));
    return thrift_put_stop(out);
}

static void column_clear(struct write_column *c)
{
    em_buf_clear(&c->chunk);
    c->n_values = c->size = c->nulls = 0;
    c->bounded = false;
    c->unbounded =
        c->node.type == EM_PARQUET_INT96 || c->node.type == EM_PARQUET_FIXED ||
        (c->node.type == EM_PARQUET_BYTES && c->node.kind == EM_PARQUET_DECIMAL);
}

static enum em_status group_put(struct em_parquet_writer *w)
{
    uint64_t begin = w->offset, size = 0;
    int last = 0;
    struct em_buf *out = &w->groups;
    EM_TRY(thrift_put_head(out, &last, 1, EM_THRIFT_LIST));
    EM_TRY(thrift_put_list(out, w->n, EM_THRIFT_STRUCT));
    for (size_t i = 0; i < w->n; i++) {
        struct write_column *c = &w->columns[i];
        EM_TRY(page_end(w, c));
        EM_TRY(chunk_put_meta(w, i));
        if (!w->write(w->context, em_buf_view(&c->chunk)))
            return EM_ERR_IO;
        w->offset += c->chunk.len;
        size += c->size;
        column_clear(c);
    }
    EM_TRY(thrift_put_int(out, &last, 2, EM_THRIFT_I64, (int64_t)size));
    EM_TRY(thrift_put_int(out, &last, 3, EM_THRIFT_I64, (int64_t)w->rows));
    EM_TRY(thrift_put_int(out, &last, 5, EM_THRIFT_I64, (int64_t)begin));
    EM_TRY(thrift_put_int(out, &last, 6, EM_THRIFT_I64, (int64_t)(w->offset - begin)));
    w->n_groups++;
    w->all_rows += w->rows;
    w->rows = 0;
    return thrift_put_stop(out);
}

enum em_status em_parquet_writer_group(struct em_parquet_writer *w, struct em_err *err)
{
    return w->rows ? writer_fail(group_put(w), err) : EM_OK;
}

enum em_status em_parquet_writer_row(struct em_parquet_writer *w, struct em_err *err)
{
    uint64_t bytes = 0;
    w->rows++;
    /* Looked at now and then: pages are only counted once they are compressed. */
    if (w->rows % 256 == 0)
        for (size_t i = 0; i < w->n; i++)
            bytes += w->columns[i].chunk.len;
    bool full = w->like ? bytes >= 8 * GROUP_BYTES
                        : w->rows >= GROUP_ROWS || bytes >= GROUP_BYTES;
    return full ? em_parquet_writer_group(w, err) : EM_OK;
}

/* --- the footer -------------------------------------------------------------------------------- */

static enum em_status footer_put_pairs(struct em_buf *out, int *last,
                                       const char *const (*pairs)[2], size_t n)
{
    EM_TRY(thrift_put_head(out, last, 5, EM_THRIFT_LIST));
    EM_TRY(thrift_put_list(out, n, EM_THRIFT_STRUCT));
    for (size_t i = 0; i < n; i++) {
        int inner = 0;
        EM_TRY(thrift_put_binary(out, &inner, 1, em_view_of(pairs[i][0])));
        EM_TRY(thrift_put_binary(out, &inner, 2, em_view_of(pairs[i][1])));
        EM_TRY(thrift_put_stop(out));
    }
    return EM_OK;
}

/* Every column is ordered as its type says. */
static enum em_status footer_put_orders(struct em_buf *out, int *last, size_t n)
{
    EM_TRY(thrift_put_head(out, last, 7, EM_THRIFT_LIST));
    EM_TRY(thrift_put_list(out, n, EM_THRIFT_STRUCT));
    for (size_t i = 0; i < n; i++) {
        int inner = 0;
        EM_TRY(thrift_put_head(out, &inner, 1, EM_THRIFT_STRUCT));
        EM_TRY(thrift_put_stop(out));
        EM_TRY(thrift_put_stop(out));
    }
    return EM_OK;
}

static enum em_status footer_make(struct em_parquet_writer *w,
                                  const char *const (*pairs)[2], size_t n)
{
    struct em_buf *out = &w->thrift;
    int last = 0;
    em_buf_clear(out);
    EM_TRY(thrift_put_int(out, &last, 1, EM_THRIFT_I32, 1));
    EM_TRY(thrift_put_head(out, &last, 2, EM_THRIFT_LIST));
    EM_TRY(em_buf_append_view(out, w->schema));
    EM_TRY(thrift_put_int(out, &last, 3, EM_THRIFT_I64, (int64_t)w->all_rows));
    EM_TRY(thrift_put_head(out, &last, 4, EM_THRIFT_LIST));
    EM_TRY(thrift_put_list(out, (size_t)w->n_groups, EM_THRIFT_STRUCT));
    EM_TRY(em_buf_append_view(out, em_buf_view(&w->groups)));
    if (w->pairs.len) {
        EM_TRY(thrift_put_head(out, &last, 5, EM_THRIFT_LIST));
        EM_TRY(em_buf_append_view(out, w->pairs));
    } else if (n) {
        EM_TRY(footer_put_pairs(out, &last, pairs, n));
    }
    EM_TRY(thrift_put_binary(out, &last, 6, EM_VIEW("echometer " EM_VERSION)));
    EM_TRY(footer_put_orders(out, &last, w->n));
    EM_TRY(thrift_put_stop(out));
    size_t len = out->len;
    for (int i = 0; i < 4; i++)
        EM_TRY(em_buf_putc(out, (char)(len >> 8 * i)));
    return em_buf_append(out, "PAR1", 4);
}

enum em_status em_parquet_writer_end(struct em_parquet_writer *w,
                                     const char *const (*pairs)[2], size_t n,
                                     struct em_err *err)
{
    EM_TRY(em_parquet_writer_group(w, err));
    enum em_status status = footer_make(w, pairs, n);
    if (status == EM_OK && !w->write(w->context, em_buf_view(&w->thrift)))
        status = EM_ERR_IO;
    return writer_fail(status, err);
}
