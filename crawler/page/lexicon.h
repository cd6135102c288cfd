/* SPDX-License-Identifier: Apache-2.0
 *
 * What single words say of a block: those of its text and those of the class and id
 * attributes around it, learned by tools/train_blocks as weights in hashed tables
 * (Weinberger 2009: what collides shares a weight).
 */
#ifndef EM_CRAWLER_PAGE_LEXICON_H
#define EM_CRAWLER_PAGE_LEXICON_H

#include "base/view.h"

#include <stdint.h>

enum {
    EM_LEXICON_WORDS = 8192,   /* slots, for words and pairs of words of text */
    EM_LEXICON_CLASSES = 4096, /* for words of attributes */
    EM_LEXICON_LOOK = 24,      /* words of a block that are looked at */
};

struct em_lexicon {
    int8_t words[EM_LEXICON_WORDS];
    int8_t classes[EM_LEXICON_CLASSES];
};

static inline uint32_t em_lexicon_word(uint32_t hash)
{
    return hash * 0x9E3779B1u >> 19;
}

static inline uint32_t em_lexicon_pair(uint32_t before, uint32_t hash)
{
    return (before * 31 + hash) * 0x85EBCA6Bu >> 19;
}

static inline uint32_t em_lexicon_class(uint64_t key)
{
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> 52);
}

#endif
