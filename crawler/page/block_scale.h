/* SPDX-License-Identifier: Apache-2.0
 *
 * The scales of features, and what is summed up by element; for block_*.c and page_type.c.
 */
#ifndef EM_CRAWLER_PAGE_BLOCK_SCALE_H
#define EM_CRAWLER_PAGE_BLOCK_SCALE_H

#include "crawler/page/outline.h"

enum { EM_GOOD_WORDS = 10 /* a paragraph for these purposes */ };

/* Elements of one shape under one parent: items of a list, posts, cards, rows. */
struct em_group {
    uint32_t parent, shape;
    uint32_t items, text, links, blocks, paragraphs;
    int64_t score; /* second pass: score times words */
    uint32_t words;
};

struct node_sums {
    uint32_t paragraphs; /* bytes of good blocks below */
    uint32_t last;       /* index of its last descendant */
    int64_t score;       /* second pass: score times words */
    uint32_t words;
    uint32_t group;        /* slot of its group */
    uint32_t inner, outer; /* nearest and farthest element around that is one of several
                              alike, itself too; 0: none */
    uint32_t first;        /* block */
    int16_t lean;          /* of its class and id */
};

/* Eighths of a binary logarithm, 0 for 0. */
static inline uint8_t em_scale_log(uint32_t x)
{
    if (x == 0)
        return 0;
    unsigned e = 31u - (unsigned)__builtin_clz(x);
    unsigned fraction = e >= 3 ? x >> (e - 3) & 7 : x << (3 - e) & 7;
    return (uint8_t)(1 + 8 * e + fraction <= 255 ? 1 + 8 * e + fraction : 255);
}

static inline uint8_t em_share(uint64_t part, uint64_t whole)
{
    if (whole == 0)
        return 0;
    return (uint8_t)(part >= whole ? 255 : part * 255 / whole);
}

static inline uint8_t em_clamp8(int64_t x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

static inline uint32_t em_block_length(const struct em_raw_block *b)
{
    return b->end - b->start;
}

static inline bool em_block_is_good(const struct em_raw_block *b)
{
    return b->words >= EM_GOOD_WORDS && b->link_bytes * 3 < em_block_length(b);
}

/* Half a unit of log odds is 8; the middle is 128. */
static inline uint8_t em_squash(int64_t score)
{
    return em_clamp8(128 + score / 16);
}

#endif
