/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading Thrift's compact protocol, in which Parquet writes its footer and page headers.
 * A cursor over bytes: the first thing that cannot be read sets `bad`, and everything after
 * that reads as zero or as the end, so that a caller checks once. No list is believed to
 * have more items than bytes are left.
 *
 *     while (em_thrift_field(&t, &field))
 *         switch (field.id) {
 *         case 1: count = em_thrift_int(&t, &field); break;
 *         default: em_thrift_skip(&t, field.type);
 *         }
 *
 * spec: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_THRIFT_H
#define EM_CRAWLER_ARCHIVE_PARQUET_THRIFT_H

#include "base/view.h"

#include <stdint.h>

enum em_thrift_type {
    EM_THRIFT_STOP,
    EM_THRIFT_TRUE,
    EM_THRIFT_FALSE,
    EM_THRIFT_BYTE,
    EM_THRIFT_I16,
    EM_THRIFT_I32,
    EM_THRIFT_I64,
    EM_THRIFT_DOUBLE,
    EM_THRIFT_BINARY,
    EM_THRIFT_LIST,
    EM_THRIFT_SET,
    EM_THRIFT_MAP,
    EM_THRIFT_STRUCT,
    EM_THRIFT_UUID
};

struct em_thrift {
    const unsigned char *at, *end;
    bool bad;
};

/* Of one struct; zeroed before its first field. */
struct em_thrift_field {
    int32_t id;
    enum em_thrift_type type;
};

static inline struct em_thrift em_thrift_from(struct em_view v)
{
    const unsigned char *at = (const unsigned char *)v.data;
    return (struct em_thrift){at, at + v.len, false};
}

/* The next field of the struct; false after the last one. */
bool em_thrift_field(struct em_thrift *t, struct em_thrift_field *field);
/* The value of a field or item of an integer type; another type is bad. */
int64_t em_thrift_int(struct em_thrift *t, enum em_thrift_type type);
bool em_thrift_bool(struct em_thrift *t, enum em_thrift_type type);
/* A string; borrowed from the input. */
struct em_view em_thrift_binary(struct em_thrift *t, enum em_thrift_type type);
/* How many items the list has, and of what type. */
uint32_t em_thrift_list(struct em_thrift *t, enum em_thrift_type type,
                        enum em_thrift_type *item);
/* Whether a field is a struct, whose fields are then read; otherwise bad. */
bool em_thrift_struct(struct em_thrift *t, enum em_thrift_type type);
void em_thrift_skip(struct em_thrift *t, enum em_thrift_type type);

#endif
