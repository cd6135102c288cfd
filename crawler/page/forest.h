/* SPDX-License-Identifier: Apache-2.0
 *
 * Boosted oblivious trees over byte features: all nodes of one depth ask the same
 * question, so a tree is DEPTH comparisons and a table of leaves, and many rows are
 * evaluated at once.
 */
#ifndef EM_CRAWLER_PAGE_FOREST_H
#define EM_CRAWLER_PAGE_FOREST_H

#include <stddef.h>
#include <stdint.h>

/* A leaf's value is at most EM_LEAF_MAX in size: 32 of them add up in 16 bits. */
enum { EM_TREE_DEPTH = 5, EM_TREE_LEAVES = 1 << EM_TREE_DEPTH, EM_LEAF_MAX = 1000 };

struct em_oblivious_tree {
    uint8_t feature[EM_TREE_DEPTH];
    uint8_t above[EM_TREE_DEPTH]; /* bit k of the leaf: feature > above */
    int16_t leaf[EM_TREE_LEAVES]; /* 1/256 of a logarithm of odds */
};

struct em_forest {
    const struct em_oblivious_tree *trees;
    size_t n_trees;
    int32_t bias;
};

/* Scores of n rows; column k of row i is data[k * stride + i], stride a multiple of 32.
 * `scores` has room for n rounded up to a multiple of 32. */
void em_forest_score(const struct em_forest *forest, const uint8_t *data, size_t stride,
                     size_t n, int32_t *scores);
/* The same without vector instructions, for tests. */
void em_forest_score_portable(const struct em_forest *forest, const uint8_t *data,
                              size_t stride, size_t n, int32_t *scores);

#endif
