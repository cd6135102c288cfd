/* SPDX-License-Identifier: Apache-2.0
 *
 * The two packings of integers that Parquet's encodings are made of, read one value at a
 * time in constant memory:
 *
 *   em_parquet_runs   RLE / bit-packed hybrid: levels, dictionary indexes, booleans
 *   em_parquet_delta  DELTA_BINARY_PACKED: integers, lengths of strings
 *
 * Functions that can fail return NULL or what is wrong with the data (static). Never reads
 * after the bytes given. spec: https://github.com/apache/parquet-format (Encodings.md)
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_RUNS_H
#define EM_CRAWLER_ARCHIVE_PARQUET_RUNS_H

#include "base/view.h"

#include <stdint.h>

struct em_parquet_runs {
    const unsigned char *at, *end; /* after the run in hand */
    const unsigned char *base;     /* of packed values */
    uint64_t left;                 /* values of the run in hand */
    uint64_t bit;                  /* of the next packed value */
    uint32_t value;                /* of a run of equal ones */
    uint32_t mask;
    int width;
    bool packed, legacy; /* legacy: BIT_PACKED levels, most significant bit first */
};

/* `width`: 0 to 32 bits a value. */
void em_parquet_runs_init(struct em_parquet_runs *r, struct em_view bytes, int width);
/* BIT_PACKED levels, which have no runs: `n` values. */
void em_parquet_runs_legacy(struct em_parquet_runs *r, struct em_view bytes, int width,
                            uint64_t n);
const char *em_parquet_runs_refill(struct em_parquet_runs *r);
uint32_t em_parquet_runs_unpack(struct em_parquet_runs *r);

static inline const char *em_parquet_runs_next(struct em_parquet_runs *r, uint32_t *value)
{
    while (r->left == 0) {
        const char *why = em_parquet_runs_refill(r);
        if (why)
            return why;
    }
    r->left--;
    *value = r->packed ? em_parquet_runs_unpack(r) : r->value;
    return NULL;
}

struct em_parquet_delta {
    const unsigned char *at, *end;
    const unsigned char *base; /* of the miniblock in hand */
    const unsigned char *widths;
    uint64_t block, minis, each; /* values a block, miniblocks a block, values of each */
    uint64_t left;               /* values not given yet */
    uint64_t mini, in_mini, bit; /* miniblocks of the block used; values left; next bit */
    uint64_t last, min;
    bool first;
};

/* Reads the header. */
const char *em_parquet_delta_init(struct em_parquet_delta *d, struct em_view bytes);
const char *em_parquet_delta_next(struct em_parquet_delta *d, int64_t *value);
/* The first byte after all of its values; the position does not change. */
const char *em_parquet_delta_end(const struct em_parquet_delta *d,
                                 const unsigned char **end);

#endif
