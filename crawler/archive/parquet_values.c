/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_values.h"

#include "base/alloc.h"
#include "base/limits.h"

static const char SHORT[] = "values end too early";
static const char MEMORY[] = "a value is too long";

/* Stored bytes of a value by type; 0 where it has a length of its own. */
static size_t values_width(const struct em_parquet_node *node)
{
    static const size_t widths[EM_PARQUET_TYPES] = {0, 4, 8, 12, 4, 8, 0, 0};
    return node->type == EM_PARQUET_FIXED ? (size_t)node->length : widths[node->type];
}

static uint32_t values_u32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

/* A value of fixed width. */
static void cell_set_fixed(struct em_parquet_cell *cell, enum em_parquet_type type,
                           const unsigned char *p, size_t width)
{
    if (type == EM_PARQUET_INT32) {
        cell->bits = (uint64_t)(int64_t)(int32_t)values_u32(p);
    } else if (type == EM_PARQUET_FLOAT) {
        cell->bits = values_u32(p);
    } else if (type == EM_PARQUET_INT64 || type == EM_PARQUET_DOUBLE) {
        cell->bits = values_u32(p) | (uint64_t)values_u32(p + 4) << 32;
    } else {
        cell->bytes = em_view_make((const char *)p, width);
    }
}

/* --- the dictionary ----------------------------------------------------------------------- */

static const char *dictionary_read_strings(struct em_parquet_dictionary *d,
                                           struct em_view bytes, uint32_t n)
{
    const unsigned char *at = (const unsigned char *)bytes.data, *end = at + bytes.len;
    if (n > bytes.len / 4)
        return "the dictionary has fewer values than it says";
    if (n > d->cap) {
        struct em_view *more = em_realloc_array(d->strings, n, sizeof(more[0]));
        if (!more)
            return MEMORY;
        d->strings = more;
        d->cap = n;
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t there = (size_t)(end - at);
        uint32_t len = there >= 4 ? values_u32(at) : 0;
        if (there < 4 || len > there - 4)
            return "the dictionary ends too early";
        d->strings[i] = em_view_make((const char *)at + 4, len);
        at += 4 + (size_t)len;
    }
    d->n = n;
    return NULL;
}

const char *em_parquet_dictionary_read(struct em_parquet_dictionary *d,
                                       const struct em_parquet_node *node,
                                       struct em_view bytes, uint32_t n)
{
    size_t width = values_width(node);
    d->n = 0;
    if (node->type == EM_PARQUET_BYTES)
        return dictionary_read_strings(d, bytes, n);
    if (node->type == EM_PARQUET_BOOLEAN)
        return "booleans have no dictionary";
    if (n > bytes.len / width)
        return "the dictionary has fewer values than it says";
    d->fixed = bytes;
    d->n = n;
    return NULL;
}

void em_parquet_dictionary_release(struct em_parquet_dictionary *d)
{
    em_free(d->strings);
    *d = (struct em_parquet_dictionary){.n = 0};
}

/* --- beginning a page ------------------------------------------------------------------------
 */

void em_parquet_values_init(struct em_parquet_values *v)
{
    *v = (struct em_parquet_values){.encoding = -1};
    em_buf_init(&v->joined, EM_MAX_PARQUET_PAGE);
}

void em_parquet_values_release(struct em_parquet_values *v)
{
    em_buf_release(&v->joined);
}

static const char *values_begin_indexes(struct em_parquet_values *v, struct em_view bytes)
{
    if (!v->dictionary)
        return "a page refers to a dictionary that is not there";
    /* Of a page of nulls only, some writers leave out even the width. */
    int width = bytes.len ? (unsigned char)bytes.data[0] : 0;
    if (width > 32)
        return "dictionary indexes have more than 32 bits";
    em_parquet_runs_init(&v->runs, em_view_sub(bytes, 1, bytes.len), width);
    return NULL;
}

static const char *values_begin_booleans(struct em_parquet_values *v,
                                         struct em_view bytes)
{
    uint32_t len = bytes.len >= 4 ? values_u32((const unsigned char *)bytes.data) : 0;
    if (bytes.len < 4 ? bytes.len > 0 : len > bytes.len - 4)
        return SHORT;
    em_parquet_runs_init(&v->runs, em_view_sub(bytes, 4, len), 1);
    return NULL;
}

/* A page of nulls may have no bytes at all. */
static const char *values_begin_delta(struct em_parquet_delta *d, struct em_view bytes)
{
    if (bytes.len)
        return em_parquet_delta_init(d, bytes);
    *d = (struct em_parquet_delta){.left = 0};
    return NULL;
}

/* Lengths first, then the bytes. */
static const char *values_begin_lengths(struct em_parquet_values *v, struct em_view bytes)
{
    const unsigned char *end = (const unsigned char *)bytes.data;
    const char *why = values_begin_delta(&v->delta, bytes);
    if (!why && bytes.len)
        why = em_parquet_delta_end(&v->delta, &end);
    v->at = end;
    return why;
}

/* Lengths of the beginning shared with the value before, then the rest of each value. */
static const char *values_begin_prefixes(struct em_parquet_values *v,
                                         struct em_view bytes)
{
    const char *why = values_begin_lengths(v, bytes);
    em_buf_clear(&v->joined);
    v->suffixes = v->delta;
    if (why || bytes.len == 0)
        return why;
    struct em_parquet_delta prefixes = v->delta;
    size_t at = (size_t)(v->at - (const unsigned char *)bytes.data);
    why = values_begin_lengths(v, em_view_sub(bytes, at, bytes.len));
    v->suffixes = v->delta;
    v->delta = prefixes;
    return why;
}

const char *em_parquet_values_begin(struct em_parquet_values *v,
                                    const struct em_parquet_node *node, int encoding,
                                    struct em_view bytes,
                                    const struct em_parquet_dictionary *dictionary,
                                    bool *unsupported)
{
    enum em_parquet_type type = node->type;
    bool strings = type == EM_PARQUET_BYTES;
    *unsupported = false;
    v->type = type;
    v->encoding = encoding;
    v->width = values_width(node);
    v->at = (const unsigned char *)bytes.data;
    v->end = v->at + bytes.len;
    v->n = v->i = 0;
    v->dictionary = dictionary;
    if (encoding == EM_PARQUET_PLAIN)
        return NULL;
    if (encoding == EM_PARQUET_PLAIN_DICTIONARY || encoding == EM_PARQUET_RLE_DICTIONARY)
        return values_begin_indexes(v, bytes);
    if (encoding == EM_PARQUET_RLE && type == EM_PARQUET_BOOLEAN)
        return values_begin_booleans(v, bytes);
    if (encoding == EM_PARQUET_DELTA_BINARY_PACKED &&
        (type == EM_PARQUET_INT32 || type == EM_PARQUET_INT64))
        return values_begin_delta(&v->delta, bytes);
    if (encoding == EM_PARQUET_DELTA_LENGTH_BYTE_ARRAY && strings)
        return values_begin_lengths(v, bytes);
    if (encoding == EM_PARQUET_DELTA_BYTE_ARRAY && (strings || type == EM_PARQUET_FIXED))
        return values_begin_prefixes(v, bytes);
    if (encoding == EM_PARQUET_BYTE_STREAM_SPLIT && v->width) {
        v->n = bytes.len / v->width;
        return bytes.len % v->width ? SHORT : NULL;
    }
    *unsupported = true;
    return "its encoding is not supported for its type";
}

/* --- the next value ------------------------------------------------------------------------
 */

static const char *values_next_index(struct em_parquet_values *v,
                                     struct em_parquet_cell *cell)
{
    uint32_t index;
    const char *why = em_parquet_runs_next(&v->runs, &index);
    if (why)
        return why;
    if (index >= v->dictionary->n)
        return "a dictionary index is out of range";
    if (v->type == EM_PARQUET_BYTES)
        cell->bytes = v->dictionary->strings[index];
    else
        cell_set_fixed(cell, v->type,
                       (const unsigned char *)v->dictionary->fixed.data +
                           (size_t)index * v->width,
                       v->width);
    return NULL;
}

static const char *values_next_plain(struct em_parquet_values *v,
                                     struct em_parquet_cell *cell)
{
    size_t there = (size_t)(v->end - v->at), len = v->width, head = 0;
    if (v->type == EM_PARQUET_BOOLEAN) {
        if (v->i / 8 >= there)
            return SHORT;
        cell->bits = (uint32_t)v->at[v->i / 8] >> v->i % 8 & 1u;
        v->i++;
        return NULL;
    }
    if (v->type == EM_PARQUET_BYTES) {
        head = 4;
        if (there < head)
            return SHORT;
        len = values_u32(v->at);
    }
    if (len > there - head)
        return v->type == EM_PARQUET_BYTES ? "a string is longer than its page" : SHORT;
    if (head)
        cell->bytes = em_view_make((const char *)v->at + head, len);
    else
        cell_set_fixed(cell, v->type, v->at, len);
    v->at += head + len;
    return NULL;
}

static const char *values_take(struct em_parquet_values *v, int64_t len,
                               struct em_view *bytes)
{
    if (len < 0 || (uint64_t)len > (uint64_t)(v->end - v->at))
        return "a string is longer than its page";
    *bytes = em_view_make((const char *)v->at, (size_t)len);
    v->at += len;
    return NULL;
}

static const char *values_next_joined(struct em_parquet_values *v,
                                      struct em_parquet_cell *cell)
{
    int64_t prefix, suffix;
    struct em_view rest;
    const char *why = em_parquet_delta_next(&v->delta, &prefix);
    if (!why)
        why = em_parquet_delta_next(&v->suffixes, &suffix);
    if (!why)
        why = values_take(v, suffix, &rest);
    if (why)
        return why;
    if (prefix < 0 || (uint64_t)prefix > v->joined.len)
        return "a string shares more with the one before than that has";
    v->joined.len = (size_t)prefix;
    if (em_buf_append_view(&v->joined, rest) < 0)
        return MEMORY;
    cell->bytes = em_buf_view(&v->joined);
    if (v->type == EM_PARQUET_FIXED && cell->bytes.len != v->width)
        return "a value has not the length of its column";
    return NULL;
}

static const char *values_next_split(struct em_parquet_values *v,
                                     struct em_parquet_cell *cell)
{
    if (v->i == v->n)
        return SHORT;
    em_buf_clear(&v->joined);
    if (em_buf_reserve(&v->joined, v->width) < 0)
        return MEMORY;
    for (size_t j = 0; j < v->width; j++)
        v->joined.data[j] = (char)v->at[j * v->n + v->i];
    v->joined.len = v->width;
    v->i++;
    cell_set_fixed(cell, v->type, (const unsigned char *)v->joined.data, v->width);
    return NULL;
}

const char *em_parquet_values_next(struct em_parquet_values *v,
                                   struct em_parquet_cell *cell)
{
    int64_t number;
    uint32_t bit = 0;
    const char *why;
    switch (v->encoding) {
    case EM_PARQUET_PLAIN:
        return values_next_plain(v, cell);
    case EM_PARQUET_PLAIN_DICTIONARY:
    case EM_PARQUET_RLE_DICTIONARY:
        return values_next_index(v, cell);
    case EM_PARQUET_RLE:
        why = em_parquet_runs_next(&v->runs, &bit);
        cell->bits = bit;
        return why;
    case EM_PARQUET_DELTA_BINARY_PACKED:
        why = em_parquet_delta_next(&v->delta, &number);
        if (!why)
            cell->bits = v->type == EM_PARQUET_INT32
                             ? (uint64_t)(int64_t)(int32_t)(uint32_t)number
                             : (uint64_t)number;
        return why;
    case EM_PARQUET_DELTA_LENGTH_BYTE_ARRAY:
        why = em_parquet_delta_next(&v->delta, &number);
        return why ? why : values_take(v, number, &cell->bytes);
    case EM_PARQUET_DELTA_BYTE_ARRAY:
        return values_next_joined(v, cell);
    default:
        return values_next_split(v, cell);
    }
}
