/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_meta.h"

#include "base/limits.h"
#include "crawler/archive/parquet_thrift.h"

#include <stdio.h>

/* Groups in groups: the levels must fit, and no real schema is near it. */
enum { MAX_NESTING = 64 };

static enum em_status meta_fail(struct em_err *err, const char *why)
{
    return em_fail(err, EM_ERR_FORMAT, "parquet", "the footer is damaged: %s", why);
}

/* --- the schema ------------------------------------------------------------------------- */

static void node_read_unit(struct em_thrift *t, struct em_parquet_node *node)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f)) {
        node->scale = f.id >= 1 && f.id <= 3 ? 3 * f.id : 0;
        em_thrift_skip(t, f.type);
    }
}

/* TimeType and TimestampType. */
static void node_read_time(struct em_thrift *t, struct em_parquet_node *node)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f)) {
        if (f.id == 1)
            node->utc = em_thrift_bool(t, f.type);
        else if (f.id == 2 && em_thrift_struct(t, f.type))
            node_read_unit(t, node);
        else
            em_thrift_skip(t, f.type);
    }
}

static void node_read_integer(struct em_thrift *t, struct em_parquet_node *node)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f)) {
        if (f.id == 1)
            node->bits = (int32_t)em_thrift_int(t, f.type);
        else if (f.id == 2)
            node->kind =
                em_thrift_bool(t, f.type) ? EM_PARQUET_SIGNED : EM_PARQUET_UNSIGNED;
        else
            em_thrift_skip(t, f.type);
    }
}

static void node_read_decimal(struct em_thrift *t, struct em_parquet_node *node)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f)) {
        if (f.id == 1)
            node->scale = (int32_t)em_thrift_int(t, f.type);
        else
            em_thrift_skip(t, f.type);
    }
}

/* The union of logical types: one field, whose id is the type. */
static void node_read_logical(struct em_thrift *t, struct em_parquet_node *node)
{
    static const enum em_parquet_kind kinds[] = {
        [1] = EM_PARQUET_STRING,  [2] = EM_PARQUET_MAP,       [3] = EM_PARQUET_LIST,
        [4] = EM_PARQUET_STRING,  [5] = EM_PARQUET_DECIMAL,   [6] = EM_PARQUET_DATE,
        [7] = EM_PARQUET_TIME,    [8] = EM_PARQUET_TIMESTAMP, [10] = EM_PARQUET_SIGNED,
        [12] = EM_PARQUET_STRING, [13] = EM_PARQUET_BSON,     [14] = EM_PARQUET_UUID,
        [15] = EM_PARQUET_FLOAT16};
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f)) {
        if (f.id > 0 && f.id < (int32_t)(sizeof(kinds) / sizeof(kinds[0])) &&
            kinds[f.id] != EM_PARQUET_AS_STORED)
            node->kind = kinds[f.id];
        bool read = f.type == EM_THRIFT_STRUCT;
        if (read && (f.id == 7 || f.id == 8))
            node_read_time(t, node);
        else if (read && f.id == 10)
            node_read_integer(t, node);
        else if (read && f.id == 5)
            node_read_decimal(t, node);
        else
            em_thrift_skip(t, f.type);
    }
}

/* ConvertedType, the older way of saying the same. */
static void node_set_converted(struct em_parquet_node *node, int64_t type)
{
    static const struct {
        enum em_parquet_kind kind;
        int32_t scale, bits;
    } table[] = {{EM_PARQUET_STRING, 0, 0},    {EM_PARQUET_MAP, 0, 0},
                 {EM_PARQUET_MAP, 0, 0},       {EM_PARQUET_LIST, 0, 0},
                 {EM_PARQUET_STRING, 0, 0},    {EM_PARQUET_DECIMAL, -1, 0},
                 {EM_PARQUET_DATE, 0, 0},      {EM_PARQUET_TIME, 3, 0},
                 {EM_PARQUET_TIME, 6, 0},      {EM_PARQUET_TIMESTAMP, 3, 0},
                 {EM_PARQUET_TIMESTAMP, 6, 0}, {EM_PARQUET_UNSIGNED, 0, 8},
                 {EM_PARQUET_UNSIGNED, 0, 16}, {EM_PARQUET_UNSIGNED, 0, 32},
                 {EM_PARQUET_UNSIGNED, 0, 64}, {EM_PARQUET_SIGNED, 0, 8},
                 {EM_PARQUET_SIGNED, 0, 16},   {EM_PARQUET_SIGNED, 0, 32},
                 {EM_PARQUET_SIGNED, 0, 64},   {EM_PARQUET_STRING, 0, 0},
                 {EM_PARQUET_BSON, 0, 0},      {EM_PARQUET_INTERVAL, 0, 0}};
    if (type < 0 || type >= (int64_t)(sizeof(table) / sizeof(table[0])))
        return;
    node->kind = table[type].kind;
    if (table[type].scale >= 0)
        node->scale = table[type].scale;
    node->bits = table[type].bits;
    node->utc = table[type].kind == EM_PARQUET_TIMESTAMP;
}

static bool node_is_sound(const struct em_parquet_node *n, int64_t type,
                          int64_t repetition)
{
    if (repetition < EM_PARQUET_REQUIRED || repetition > EM_PARQUET_REPEATED ||
        n->n_children < 0)
        return false;
    if (n->n_children)
        return true;
    return type >= 0 && type < EM_PARQUET_TYPES &&
           (type != EM_PARQUET_FIXED || n->length > 0);
}

/* A kind that its stored type cannot carry is none. */
static void node_settle_kind(struct em_parquet_node *n)
{
    static const unsigned fits[] = {
        [EM_PARQUET_STRING] = 1u << EM_PARQUET_BYTES | 1u << EM_PARQUET_FIXED,
        [EM_PARQUET_BSON] = 1u << EM_PARQUET_BYTES,
        [EM_PARQUET_DECIMAL] = 1u << EM_PARQUET_INT32 | 1u << EM_PARQUET_INT64 |
                               1u << EM_PARQUET_BYTES | 1u << EM_PARQUET_FIXED,
        [EM_PARQUET_DATE] = 1u << EM_PARQUET_INT32,
        [EM_PARQUET_TIME] = 1u << EM_PARQUET_INT32 | 1u << EM_PARQUET_INT64,
        [EM_PARQUET_TIMESTAMP] = 1u << EM_PARQUET_INT64,
        [EM_PARQUET_SIGNED] = 1u << EM_PARQUET_INT32 | 1u << EM_PARQUET_INT64,
        [EM_PARQUET_UNSIGNED] = 1u << EM_PARQUET_INT32 | 1u << EM_PARQUET_INT64,
        [EM_PARQUET_UUID] = 1u << EM_PARQUET_FIXED,
        [EM_PARQUET_FLOAT16] = 1u << EM_PARQUET_FIXED,
        [EM_PARQUET_INTERVAL] = 1u << EM_PARQUET_FIXED,
        [EM_PARQUET_MAP] = 0};
    if (n->n_children)
        return;
    bool fit = n->kind == EM_PARQUET_AS_STORED || fits[n->kind] & 1u << n->type;
    fit &= n->kind != EM_PARQUET_UUID || n->length == 16;
    fit &= n->kind != EM_PARQUET_FLOAT16 || n->length == 2;
    fit &= n->kind != EM_PARQUET_INTERVAL || n->length == 12;
    if (!fit)
        n->kind = EM_PARQUET_AS_STORED;
}

static bool node_read(struct em_thrift *t, struct em_parquet_node *n)
{
    struct em_thrift_field f = {.id = 0};
    int64_t type = -1, repetition = EM_PARQUET_REQUIRED, converted = -1;
    struct em_parquet_node logical = {.kind = EM_PARQUET_AS_STORED};
    *n = (struct em_parquet_node){.leaf = -1};
    while (em_thrift_field(t, &f))
        switch (f.id) {
        case 1:
            type = em_thrift_int(t, f.type);
            break;
        case 2:
            n->length = (int32_t)em_thrift_int(t, f.type);
            break;
        case 3:
            repetition = em_thrift_int(t, f.type);
            break;
        case 4:
            n->name = em_thrift_binary(t, f.type);
            break;
        case 5:
            n->n_children = (int32_t)em_thrift_int(t, f.type);
            break;
        case 6:
            converted = em_thrift_int(t, f.type);
            break;
        case 7:
            n->scale = (int32_t)em_thrift_int(t, f.type);
            break;
        case 10:
            if (em_thrift_struct(t, f.type))
                node_read_logical(t, &logical);
            break;
        default:
            em_thrift_skip(t, f.type);
        }
    if (t->bad || !node_is_sound(n, type, repetition))
        return false;
    n->type = (enum em_parquet_type)(type < 0 ? 0 : type);
    n->repetition = (enum em_parquet_repetition)repetition;
    node_set_converted(n, converted);
    if (logical.kind != EM_PARQUET_AS_STORED) {
        n->kind = logical.kind;
        n->bits = logical.bits;
        n->scale = logical.scale;
        n->utc = logical.utc;
    }
    node_settle_kind(n);
    return true;
}

/* What the parents say about a node: levels, and whether it is a plain list's. */
static void node_inherit(struct em_parquet_node *n, const struct em_parquet_node *parent,
                         bool root)
{
    n->def = parent->def;
    n->rep = parent->rep;
    if (!root)
        n->def = (uint16_t)(n->def + (n->repetition != EM_PARQUET_REQUIRED));
    if (!root && n->repetition == EM_PARQUET_REPEATED)
        n->rep++;
    n->nested = parent->nested || n->rep > 1 || parent->kind == EM_PARQUET_MAP;
}

/* Nodes follow each other depth first: where a node hangs is counted out. */
static enum em_status meta_link_nodes(struct em_parquet_meta *meta, struct em_err *err)
{
    int32_t open[MAX_NESTING], left[MAX_NESTING];
    int depth = 0;
    static const struct em_parquet_node none;
    for (size_t i = 0; i < meta->n_nodes; i++) {
        struct em_parquet_node *n = &meta->nodes[i];
        while (depth > 1 && left[depth - 1] == 0)
            depth--;
        if (i && left[depth - 1] == 0)
            return meta_fail(err, "the schema has nodes outside its tree");
        n->parent = i ? open[depth - 1] : -1;
        node_inherit(n, i ? &meta->nodes[n->parent] : &none, i == 0);
        if (i)
            left[depth - 1]--;
        if (n->n_children == 0 && i) {
            n->leaf = (int32_t)meta->n_leaves;
            meta->leaves[meta->n_leaves++].node = (int32_t)i;
            continue;
        }
        if (depth == MAX_NESTING)
            return em_fail(err, EM_ERR_LIMIT, "parquet",
                           "the schema nests deeper than %d groups", MAX_NESTING);
        open[depth] = (int32_t)i;
        left[depth++] = n->n_children;
    }
    while (depth && left[depth - 1] == 0)
        depth--;
    return depth ? meta_fail(err, "the schema is cut") : EM_OK;
}

/* The names that a list puts between its own and its elements' are not the user's. spec:
 * LogicalTypes.md, Lists */
static bool node_is_wrapper(const struct em_parquet_meta *meta, int32_t i)
{
    const struct em_parquet_node *n = &meta->nodes[i], *parent, *above;
    if (n->parent < 0)
        return true;
    parent = &meta->nodes[n->parent];
    if (parent->kind == EM_PARQUET_LIST && n->repetition == EM_PARQUET_REPEATED)
        return true;
    if (parent->parent < 0 || parent->repetition != EM_PARQUET_REPEATED)
        return false;
    above = &meta->nodes[parent->parent];
    return above->kind == EM_PARQUET_LIST && parent->n_children == 1 &&
           !em_view_eq(parent->name, EM_VIEW("array"));
}

static bool meta_make_path(struct em_parquet_meta *meta, struct em_parquet_leaf *leaf)
{
    size_t len = 0;
    for (int32_t i = leaf->node; i >= 0; i = meta->nodes[i].parent)
        if (!node_is_wrapper(meta, i))
            len += meta->nodes[i].name.len + (len ? 1 : 0);
    char *path = em_arena_alloc(&meta->arena, len + 1);
    if (!path)
        return false;
    size_t at = len;
    path[len] = '\0';
    for (int32_t i = leaf->node; i >= 0; i = meta->nodes[i].parent) {
        struct em_view name = meta->nodes[i].name;
        if (node_is_wrapper(meta, i))
            continue;
        if (at < len)
            path[--at] = '.';
        at -= name.len;
        if (name.len)
            memcpy(path + at, name.data, name.len);
    }
    leaf->path = em_view_make(path, len);
    return true;
}

static enum em_status meta_read_schema(struct em_parquet_meta *meta, struct em_thrift *t,
                                       enum em_thrift_type type, struct em_err *err)
{
    enum em_thrift_type item;
    const unsigned char *begin = t->at;
    uint32_t n = em_thrift_list(t, type, &item);
    if (n == 0 || item != EM_THRIFT_STRUCT || meta->nodes)
        return meta_fail(err, "no schema");
    if (n > EM_MAX_PARQUET_COLUMNS)
        return em_fail(err, EM_ERR_LIMIT, "parquet", "the schema has %u nodes", n);
    meta->nodes = em_arena_alloc(&meta->arena, n * sizeof(meta->nodes[0]));
    meta->leaves = em_arena_alloc(&meta->arena, n * sizeof(meta->leaves[0]));
    if (!meta->nodes || !meta->leaves)
        return EM_ERR_NOMEM;
    for (; meta->n_nodes < n; meta->n_nodes++)
        if (!node_read(t, &meta->nodes[meta->n_nodes]))
            return meta_fail(err, "a column of the schema cannot be read");
    meta->schema = em_view_make((const char *)begin, (size_t)(t->at - begin));
    EM_TRY(meta_link_nodes(meta, err));
    for (size_t i = 0; i < meta->n_leaves; i++)
        if (!meta_make_path(meta, &meta->leaves[i]))
            return EM_ERR_NOMEM;
    return EM_OK;
}

/* --- row groups --------------------------------------------------------------------------- */

struct chunk_offsets {
    int64_t data, dictionary, size, type;
    bool there, encrypted;
};

static void chunk_read_meta(struct em_thrift *t, struct em_parquet_chunk *chunk,
                            struct chunk_offsets *o)
{
    struct em_thrift_field f = {.id = 0};
    o->there = true;
    while (em_thrift_field(t, &f))
        switch (f.id) {
        case 1:
            o->type = em_thrift_int(t, f.type);
            break;
        case 4:
            chunk->codec = (int32_t)em_thrift_int(t, f.type);
            break;
        case 5:
            chunk->n_values = em_thrift_int(t, f.type);
            break;
        case 7:
            o->size = em_thrift_int(t, f.type);
            break;
        case 9:
            o->data = em_thrift_int(t, f.type);
            break;
        case 11:
            o->dictionary = em_thrift_int(t, f.type);
            break;
        default:
            em_thrift_skip(t, f.type);
        }
}

/* Whether the chunk lies in the file. A dictionary offset of 0 is one that some writers
 * leave there without a dictionary. */
static bool chunk_place(struct em_parquet_chunk *chunk, const struct chunk_offsets *o,
                        uint64_t size)
{
    int64_t begin =
        o->dictionary > 0 && o->dictionary < o->data ? o->dictionary : o->data;
    chunk->begin = (uint64_t)begin;
    chunk->size = (uint64_t)o->size;
    return begin >= 4 && o->size >= 0 && (uint64_t)begin <= size &&
           (uint64_t)o->size <= size - (uint64_t)begin && chunk->n_values >= 0;
}

static const char *chunk_read(struct em_thrift *t, struct em_parquet_chunk *chunk,
                              const struct em_parquet_node *node, uint64_t size)
{
    struct em_thrift_field f = {.id = 0};
    struct chunk_offsets o = {.type = -1, .size = -1};
    *chunk = (struct em_parquet_chunk){.codec = -1};
    while (em_thrift_field(t, &f)) {
        if (f.id == 1 && em_thrift_binary(t, f.type).len)
            chunk->refused = "its data lies in another file";
        else if (f.id == 3 && em_thrift_struct(t, f.type))
            chunk_read_meta(t, chunk, &o);
        else if (f.id == 8 || f.id == 9) {
            o.encrypted = true;
            em_thrift_skip(t, f.type);
        } else if (f.id != 1)
            em_thrift_skip(t, f.type);
    }
    if (t->bad)
        return "a column chunk cannot be read";
    if (o.encrypted)
        chunk->refused = "it is encrypted";
    if (chunk->refused)
        return NULL;
    if (!o.there || o.type != (int64_t)node->type)
        return "a column chunk does not fit the schema";
    return chunk_place(chunk, &o, size) ? NULL : "a column chunk lies outside the file";
}

static bool group_read_chunks(struct em_parquet_meta *meta, struct em_thrift *t,
                              enum em_thrift_type type, uint64_t size,
                              struct em_parquet_group *g)
{
    enum em_thrift_type item;
    uint32_t n = em_thrift_list(t, type, &item);
    if (n != meta->n_leaves || (n && item != EM_THRIFT_STRUCT) || g->chunks)
        return false;
    g->chunks = em_arena_alloc(&meta->arena, (n ? n : 1) * sizeof(g->chunks[0]));
    if (!g->chunks)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const char *error =
            chunk_read(t, &g->chunks[i], em_parquet_leaf_node(meta, i), size);
        if (t->bad)
            return false;
        if (error)
            g->error = error;
    }
    return true;
}

/* Where its bytes are: of the chunks that are in this file. */
static void group_place(struct em_parquet_group *g, size_t n)
{
    uint64_t end = 0;
    g->begin = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        const struct em_parquet_chunk *c = &g->chunks[i];
        if (c->refused && c->begin == 0)
            continue;
        if (c->begin < g->begin)
            g->begin = c->begin;
        if (c->begin + c->size > end)
            end = c->begin + c->size;
    }
    if (g->begin == UINT64_MAX)
        g->begin = end = 4;
    g->size = end - g->begin;
}

static enum em_status group_read(struct em_parquet_meta *meta, struct em_thrift *t,
                                 uint64_t size, struct em_err *err)
{
    struct em_parquet_group *g = &meta->groups[meta->n_groups];
    struct em_thrift_field f = {.id = 0};
    int64_t rows = -1;
    *g = (struct em_parquet_group){.first_row = meta->n_rows};
    while (em_thrift_field(t, &f)) {
        if (f.id == 1) {
            if (!group_read_chunks(meta, t, f.type, size, g))
                return meta_fail(err, "the columns of a row group do not fit the schema");
        } else if (f.id == 3) {
            rows = em_thrift_int(t, f.type);
        } else {
            em_thrift_skip(t, f.type);
        }
    }
    if (t->bad || !g->chunks || rows < 0 || rows > INT64_MAX / 2)
        return meta_fail(err, "a row group cannot be read");
    g->n_rows = (uint64_t)rows;
    group_place(g, meta->n_leaves);
    meta->n_rows += g->n_rows;
    meta->n_groups++;
    return EM_OK;
}

static enum em_status meta_read_groups(struct em_parquet_meta *meta, struct em_thrift *t,
                                       enum em_thrift_type type, uint64_t size,
                                       struct em_err *err)
{
    enum em_thrift_type item;
    uint32_t n = em_thrift_list(t, type, &item);
    if ((n && item != EM_THRIFT_STRUCT) || !meta->nodes || meta->groups)
        return meta_fail(err, "no row groups after the schema");
    /* A row group of no columns takes four bytes, others more. */
    if (n > EM_MAX_PARQUET_GROUPS)
        return em_fail(err, EM_ERR_LIMIT, "parquet", "the file has %u row groups", n);
    meta->groups = em_arena_alloc(&meta->arena, (n ? n : 1) * sizeof(meta->groups[0]));
    if (!meta->groups)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++)
        EM_TRY(group_read(meta, t, size, err));
    return EM_OK;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* A value as it is stored. */
static struct em_view meta_take_raw(struct em_thrift *t, enum em_thrift_type type)
{
    const unsigned char *begin = t->at;
    em_thrift_skip(t, type);
    return t->bad ? EM_VIEW_NONE
                  : em_view_make((const char *)begin, (size_t)(t->at - begin));
}

static enum em_status meta_read_fields(struct em_parquet_meta *meta, struct em_thrift *t,
                                       uint64_t size, struct em_err *err)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f)) {
        enum em_status status = EM_OK;
        if (f.id == 2)
            status = meta_read_schema(meta, t, f.type, err);
        else if (f.id == 4)
            status = meta_read_groups(meta, t, f.type, size, err);
        else if (f.id == 5)
            meta->pairs = meta_take_raw(t, f.type);
        else if (f.id == 6)
            meta->created_by = em_thrift_binary(t, f.type);
        else
            em_thrift_skip(t, f.type);
        if (status < 0)
            return status;
    }
    if (t->bad)
        return meta_fail(err, "it is not what its format says");
    return meta->nodes ? EM_OK : meta_fail(err, "no schema");
}

enum em_status em_parquet_meta_read(struct em_parquet_meta *meta, struct em_view footer,
                                    uint64_t size, struct em_err *err)
{
    struct em_thrift t = em_thrift_from(footer);
    *meta = (struct em_parquet_meta){.nodes = NULL};
    em_arena_init(&meta->arena, EM_MAX_PARQUET_META);
    enum em_status status = meta_read_fields(meta, &t, size, err);
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "parquet", "the footer takes too much memory");
    if (status < 0)
        em_parquet_meta_release(meta);
    return status;
}

void em_parquet_meta_release(struct em_parquet_meta *meta)
{
    em_arena_release(&meta->arena);
    *meta = (struct em_parquet_meta){.nodes = NULL};
    em_arena_init(&meta->arena, EM_MAX_PARQUET_META);
}

int32_t em_parquet_meta_find(const struct em_parquet_meta *meta, struct em_view path)
{
    for (size_t i = 0; i < meta->n_leaves; i++)
        if (em_view_eq(meta->leaves[i].path, path))
            return (int32_t)i;
    return -1;
}
