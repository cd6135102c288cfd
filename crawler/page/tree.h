/* SPDX-License-Identifier: Apache-2.0
 *
 * The stack of open elements, as far as text needs it: implied end tags, scopes and the
 * formatting elements that may end out of order (spec: HTML 13.2.6, simplified: nothing is
 * moved or reopened). For each element name it knows the topmost open one, so that every
 * tag costs constant time, however broken the page.
 */
#ifndef EM_CRAWLER_PAGE_TREE_H
#define EM_CRAWLER_PAGE_TREE_H

#include "base/limits.h"
#include "crawler/page/sink.h"
#include "crawler/page/tags.h"

enum em_open_flag {
    EM_OPEN_HIDDEN = 1,
    EM_OPEN_SKIP = 2,
    EM_OPEN_PRE = 4,
    EM_OPEN_LINK = 8,
    EM_OPEN_BOLD = 16,
    EM_OPEN_FOREIGN = 32,
    EM_OPEN_DEAD = 64, /* ended out of order; waits for its parent to end */
    EM_OPEN_BLOCK = 128,
    EM_OPEN_KINDS = 6, /* the first so many are counted */
};

struct em_open {
    uint32_t node;
    uint32_t name;          /* hash, where the tag is EM_TAG_OTHER */
    int16_t same;           /* the open element of the same tag below, -1 for none */
    int16_t special, scope; /* topmost of these below */
    uint8_t tag, flags;
    uint8_t hide; /* em_hide that holds inside it and can be undone there */
};

struct em_tree {
    struct em_open stack[EM_MAX_DEPTH];
    int depth;
    uint32_t beyond; /* elements open above the stack's end: counted only */
    int16_t top[EM_TAG_COUNT];
    int16_t special, scope;
    uint32_t count[EM_OPEN_KINDS];
    struct em_sink *sink;
};

void em_tree_init(struct em_tree *tree, struct em_sink *sink);
/* What the start of this element ends. */
void em_tree_imply(struct em_tree *tree, enum em_tag tag);
/* The element `open`, of which tag, name, flags, hide and node are set. False when the
 * stack is full: it is counted and not kept. */
bool em_tree_push(struct em_tree *tree, const struct em_open *open);
/* Markup of HTML's own ends what is open of <svg> and <math> (spec: 13.2.6.5), unless an
 * element of those `names` lies between, in which HTML is at home. */
void em_tree_break_out(struct em_tree *tree, const uint32_t *names, size_t n);
void em_tree_end(struct em_tree *tree, enum em_tag tag, uint32_t name);

static inline uint32_t em_tree_node(const struct em_tree *tree)
{
    return tree->depth ? tree->stack[tree->depth - 1].node : 0;
}

/* What is inherited of em_hide by text here. */
static inline unsigned em_tree_hide(const struct em_tree *tree)
{
    return tree->depth ? tree->stack[tree->depth - 1].hide : 0;
}

static inline bool em_tree_in(const struct em_tree *tree, enum em_open_flag flag)
{
    return tree->count[__builtin_ctz((unsigned)flag)] > 0;
}

#endif
