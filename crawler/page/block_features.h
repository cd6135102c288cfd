/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers that say whether a block is main content: of the block, of the elements around
 * it, of the blocks beside it and of the page. All are bytes (logarithms in eighths,
 * shares of 255), so that trees over them are compact and give the same answer anywhere.
 * Kept by column: a tree looks at one feature of many blocks at a time.
 */
#ifndef EM_CRAWLER_PAGE_BLOCK_FEATURES_H
#define EM_CRAWLER_PAGE_BLOCK_FEATURES_H

#include "crawler/page/lexicon.h"
#include "crawler/page/outline.h"
#include "crawler/page/page_type.h"

enum {
    EM_FEATURE_MARKS = 32, /* one a mark */
    EM_FEATURE_LEVELS = 4, /* elements around a block, innermost first */
    EM_FEATURE_BESIDE = 4, /* blocks: two before, two after */
    EM_FEATURE_GROUP = 9,
    EM_SEVERAL = 3, /* elements alike under one parent are a group */
};

enum em_feature_id {
    /* the block */
    EM_F_WORDS,
    EM_F_LINK_SHARE,
    EM_F_STOPS,
    EM_F_COMMAS,
    EM_F_DIGITS,
    EM_F_CAPITALS,
    EM_F_BOLD,
    EM_F_LINKS,
    EM_F_KIND,
    EM_F_TAG,
    EM_F_FIRST,
    EM_F_LAST,
    EM_F_PATTERN,
    EM_F_REPEATED,
    EM_F_TITLE,
    /* elements it lies in */
    EM_F_DEPTH,
    EM_F_ROLE_NAV,
    EM_F_ROLE_HEADER,
    EM_F_ROLE_FOOTER,
    EM_F_ROLE_ASIDE,
    EM_F_ROLE_FORM,
    EM_F_ROLE_ARTICLE,
    EM_F_ROLE_MAIN,
    EM_F_ROLE_CONTROL,
    EM_F_SHAPE,
    EM_F_SHAPE_PARENT,
    EM_F_TOP35,
    EM_F_TOP55,
    EM_F_TOP80,
    EM_F_TOP_DISTANCE,
    EM_F_LEVEL, /* EM_FEATURE_LEVELS times: text, link share, blocks, paragraph share */
    EM_F_MARK = EM_F_LEVEL + 4 * EM_FEATURE_LEVELS,
    /* where it is, and beside what */
    EM_F_INDEX = EM_F_MARK + EM_FEATURE_MARKS,
    EM_F_POSITION,
    EM_F_PARAGRAPH_POSITION,
    EM_F_HEADING_DISTANCE,
    EM_F_GOOD_BEFORE,
    EM_F_GOOD_AFTER,
    EM_F_WINDOW2,
    EM_F_WINDOW5,
    EM_F_WINDOW10,
    EM_F_BESIDE, /* EM_FEATURE_BESIDE times: words, link share, kind, same parent */
    /* the page */
    EM_F_PAGE_BLOCKS = EM_F_BESIDE + 4 * EM_FEATURE_BESIDE,
    EM_F_PAGE_TEXT,
    EM_F_PAGE_PARAGRAPHS,
    EM_F_PAGE_LINKS,
    EM_F_PAGE_MAIN,
    EM_F_PAGE_ARTICLE,
    EM_F_PAGE_LISTS,
    EM_F_PAGE_TYPE_END,
    EM_F_LEXICAL = EM_F_PAGE_TYPE_END, /* what the block's words say */
    EM_F_LEXICAL_BEFORE,
    EM_F_LEXICAL_AFTER,
    EM_F_HEADING_LEAN,
    EM_F_HEADING_AWAY,
    EM_F_CLASS, /* what its class says; the parent's; the next; those above */
    EM_F_GROUP =
        EM_F_CLASS + 4, /* of the nearest group of elements alike, and the farthest */
    EM_F_TYPE = EM_F_GROUP + 2 * EM_FEATURE_GROUP, /* one a page type */
    EM_FEATURES = EM_F_TYPE + EM_PAGE_TYPES,
    /* second pass: what the first said, around */
    EM_F2_OWN = EM_FEATURES,
    EM_F2_BESIDE, /* six: three before, three after */
    EM_F2_WINDOW3 = EM_F2_BESIDE + 6,
    EM_F2_WINDOW8,
    EM_F2_LEVEL, /* EM_FEATURE_LEVELS: mean over the element */
    EM_F2_PAGE = EM_F2_LEVEL + EM_FEATURE_LEVELS,
    EM_F2_BEST,
    EM_F2_GROUP, /* mean over the near group, the far one, and the same place in its items */
    EM_F2_HEADING = EM_F2_GROUP + 3,
    EM_F2_SHARE_BEFORE, /* of what the first pass takes as main */
    EM_FEATURES_2,
};

struct em_block_features {
    uint8_t *data; /* column k of block i: data[k * stride + i] */
    size_t n, stride, cap;
    struct node_sums *nodes; /* scratch, one a node */
    size_t cap_nodes;
    int32_t *scores; /* one a block, of the last pass */
    int64_t *sums;   /* scratch */
    size_t cap_scores;
    struct em_group *groups; /* the first is none */
    uint32_t *slots;         /* of groups, by parent and shape; 0: empty */
    size_t n_groups, cap_slots, slot_mask;
    int16_t *leans; /* of the outline's classes */
    size_t cap_leans;
    const struct em_lexicon *lexicon; /* the built-in one; training sets others */
};

void em_block_features_init(struct em_block_features *features);
void em_block_features_release(struct em_block_features *features);

/* All first-pass columns. Node sums of the outline must be there. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_block_features_compute(struct em_block_features *features,
                                                       const struct em_outline *outline);

/* The columns of what kind of page it is (page_type.h). */
void em_block_features_set_type(struct em_block_features *features, const uint8_t *type);

/* Slots in the lexicon of the first words of a text and of their pairs; how many: `slots` has
 * room for 2 * EM_LEXICON_LOOK. */
size_t em_block_words(const char *text, size_t n, uint32_t *slots);

/* Second-pass columns from `scores` (1/256 of a natural logarithm of odds). */
void em_block_features_second(struct em_block_features *features,
                              const struct em_outline *outline);

static inline uint8_t *em_feature_column(const struct em_block_features *f, size_t id)
{
    return f->data + id * f->stride;
}

#endif
