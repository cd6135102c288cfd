/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_thrift.h"

/* Structs in structs that are skipped: Parquet's own nest six deep. */
enum { MAX_DEPTH = 32 };

static void thrift_fail(struct em_thrift *t)
{
    t->bad = true;
    t->at = t->end;
}

static unsigned char thrift_byte(struct em_thrift *t)
{
    if (t->at == t->end) {
        t->bad = true;
        return 0;
    }
    return *t->at++;
}

static uint64_t thrift_varint(struct em_thrift *t)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        unsigned char c = thrift_byte(t);
        if (shift < 64)
            value |= (uint64_t)(c & 0x7F) << shift;
        if (c < 0x80)
            return value;
    }
    thrift_fail(t);
    return 0;
}

static int64_t thrift_zigzag(struct em_thrift *t)
{
    uint64_t value = thrift_varint(t);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

bool em_thrift_field(struct em_thrift *t, struct em_thrift_field *field)
{
    unsigned char c = thrift_byte(t);
    if (t->bad || c == EM_THRIFT_STOP)
        return false;
    field->type = (enum em_thrift_type)(c & 0x0F);
    if (c >> 4)
        field->id += c >> 4;
    else
        field->id = (int32_t)(int16_t)thrift_zigzag(t);
    return !t->bad;
}

int64_t em_thrift_int(struct em_thrift *t, enum em_thrift_type type)
{
    if (type == EM_THRIFT_BYTE)
        return (int8_t)thrift_byte(t);
    if (type >= EM_THRIFT_I16 && type <= EM_THRIFT_I64)
        return thrift_zigzag(t);
    thrift_fail(t);
    return 0;
}

bool em_thrift_bool(struct em_thrift *t, enum em_thrift_type type)
{
    if (type != EM_THRIFT_TRUE && type != EM_THRIFT_FALSE)
        thrift_fail(t);
    return type == EM_THRIFT_TRUE;
}

struct em_view em_thrift_binary(struct em_thrift *t, enum em_thrift_type type)
{
    uint64_t len = type == EM_THRIFT_BINARY ? thrift_varint(t) : UINT64_MAX;
    if (t->bad || len > (uint64_t)(t->end - t->at)) {
        thrift_fail(t);
        return EM_VIEW_NONE;
    }
    struct em_view v = em_view_make((const char *)t->at, (size_t)len);
    t->at += len;
    return v;
}

uint32_t em_thrift_list(struct em_thrift *t, enum em_thrift_type type,
                        enum em_thrift_type *item)
{
    *item = EM_THRIFT_STOP;
    if (type != EM_THRIFT_LIST && type != EM_THRIFT_SET) {
        thrift_fail(t);
        return 0;
    }
    unsigned char c = thrift_byte(t);
    uint64_t n = c >> 4;
    *item = (enum em_thrift_type)(c & 0x0F);
    if (n == 15)
        n = thrift_varint(t);
    /* Every item takes a byte at least. */
    if (t->bad || n > (uint64_t)(t->end - t->at)) {
        thrift_fail(t);
        return 0;
    }
    return (uint32_t)n;
}

bool em_thrift_struct(struct em_thrift *t, enum em_thrift_type type)
{
    if (type != EM_THRIFT_STRUCT)
        thrift_fail(t);
    return !t->bad;
}

static void thrift_skip_at(struct em_thrift *t, enum em_thrift_type type, int depth);

static void thrift_skip_bytes(struct em_thrift *t, size_t n)
{
    if (n > (size_t)(t->end - t->at))
        thrift_fail(t);
    else
        t->at += n;
}

/* A boolean is a byte of its own in lists and maps; in fields it is the type. */
static void thrift_skip_item(struct em_thrift *t, enum em_thrift_type type, int depth)
{
    if (type == EM_THRIFT_TRUE || type == EM_THRIFT_FALSE)
        thrift_byte(t);
    else
        thrift_skip_at(t, type, depth);
}

static void thrift_skip_list(struct em_thrift *t, enum em_thrift_type type, int depth)
{
    enum em_thrift_type item;
    uint32_t n = em_thrift_list(t, type, &item);
    for (uint32_t i = 0; i < n && !t->bad; i++)
        thrift_skip_item(t, item, depth);
}

static void thrift_skip_map(struct em_thrift *t, int depth)
{
    uint64_t n = thrift_varint(t);
    unsigned char types = n ? thrift_byte(t) : 0;
    for (uint64_t i = 0; i < n && !t->bad; i++) {
        thrift_skip_item(t, (enum em_thrift_type)(types >> 4), depth);
        thrift_skip_item(t, (enum em_thrift_type)(types & 0x0F), depth);
    }
}

static void thrift_skip_at(struct em_thrift *t, enum em_thrift_type type, int depth)
{
    struct em_thrift_field field = {.id = 0};
    if (depth == MAX_DEPTH) {
        thrift_fail(t);
        return;
    }
    switch (type) {
    case EM_THRIFT_TRUE:
    case EM_THRIFT_FALSE:
        return;
    case EM_THRIFT_BYTE:
        thrift_byte(t);
        return;
    case EM_THRIFT_I16:
    case EM_THRIFT_I32:
    case EM_THRIFT_I64:
        thrift_varint(t);
        return;
    case EM_THRIFT_DOUBLE:
        thrift_skip_bytes(t, 8);
        return;
    case EM_THRIFT_UUID:
        thrift_skip_bytes(t, 16);
        return;
    case EM_THRIFT_BINARY:
        em_thrift_binary(t, type);
        return;
    case EM_THRIFT_LIST:
    case EM_THRIFT_SET:
        thrift_skip_list(t, type, depth + 1);
        return;
    case EM_THRIFT_MAP:
        thrift_skip_map(t, depth + 1);
        return;
    case EM_THRIFT_STRUCT:
        while (em_thrift_field(t, &field))
            thrift_skip_at(t, field.type, depth + 1);
        return;
    default:
        thrift_fail(t);
    }
}

void em_thrift_skip(struct em_thrift *t, enum em_thrift_type type)
{
    thrift_skip_at(t, type, 0);
}
