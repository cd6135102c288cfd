/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of one data page, decoded one at a time. PLAIN, both dictionary encodings, RLE
 * booleans, the three DELTA encodings and BYTE_STREAM_SPLIT. Strings are views of the page,
 * of the dictionary, or (DELTA_BYTE_ARRAY) of memory that holds until the next value.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_VALUES_H
#define EM_CRAWLER_ARCHIVE_PARQUET_VALUES_H

#include "base/buf.h"
#include "crawler/archive/parquet_meta.h"
#include "crawler/archive/parquet_runs.h"

enum em_parquet_encoding {
    EM_PARQUET_PLAIN = 0,
    EM_PARQUET_PLAIN_DICTIONARY = 2,
    EM_PARQUET_RLE = 3,
    EM_PARQUET_BIT_PACKED = 4,
    EM_PARQUET_DELTA_BINARY_PACKED = 5,
    EM_PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
    EM_PARQUET_DELTA_BYTE_ARRAY = 7,
    EM_PARQUET_RLE_DICTIONARY = 8,
    EM_PARQUET_BYTE_STREAM_SPLIT = 9
};

/* One value: `bits` of booleans, INT32 (sign extended), INT64, FLOAT and DOUBLE (as they
 * are stored); `bytes` of all others. */
struct em_parquet_cell {
    bool null;
    uint64_t bits;
    struct em_view bytes;
};

struct em_parquet_dictionary {
    struct em_view *strings; /* of EM_PARQUET_BYTES */
    struct em_view fixed;    /* of all other types: the values one after the other */
    uint32_t n;
    size_t cap; /* of strings */
};

struct em_parquet_values {
    enum em_parquet_type type;
    int encoding;
    size_t width; /* stored bytes of a value; 0: of its own length; of booleans 0 */
    const unsigned char *at, *end;
    uint64_t n, i; /* of BYTE_STREAM_SPLIT: how many; next. Of booleans: next bit */
    struct em_parquet_runs runs;
    struct em_parquet_delta delta, suffixes;
    const struct em_parquet_dictionary *dictionary;
    struct em_buf joined; /* DELTA_BYTE_ARRAY: the value before */
};

void em_parquet_values_init(struct em_parquet_values *v);
void em_parquet_values_release(struct em_parquet_values *v);

/* NULL, or what is wrong with the data (static). `unsupported`: it may be sound, but it is
 * not read here. */
const char *em_parquet_values_begin(struct em_parquet_values *v,
                                    const struct em_parquet_node *node, int encoding,
                                    struct em_view bytes,
                                    const struct em_parquet_dictionary *dictionary,
                                    bool *unsupported);
/* The next value that is not null. */
const char *em_parquet_values_next(struct em_parquet_values *v,
                                   struct em_parquet_cell *cell);

/* A dictionary page's values; `bytes` must outlive it. */
const char *em_parquet_dictionary_read(struct em_parquet_dictionary *d,
                                       const struct em_parquet_node *node,
                                       struct em_view bytes, uint32_t n);
void em_parquet_dictionary_release(struct em_parquet_dictionary *d);

#endif
