/* SPDX-License-Identifier: Apache-2.0
 *
 * Main content or boilerplate: a score for every raw block, from the block itself, the
 * elements it lies in and the blocks around it (block_features.h). Trees guess what kind of
 * page it is; two passes of trees that know the guess score the blocks, the second seeing
 * what the first made of the neighbours, of the elements around and of elements alike; then
 * the blocks are taken that promise the best F of the page.
 */
#ifndef EM_CRAWLER_PAGE_CLASSIFY_H
#define EM_CRAWLER_PAGE_CLASSIFY_H

#include "crawler/page/block_features.h"
#include "crawler/page/forest.h"
#include "crawler/page/outline.h"

struct em_block_model {
    const struct em_lexicon *lexicon;
    const struct em_forest *types; /* EM_PAGE_TYPES */
    const struct em_forest *first, *second;
};

/* The built-in one, made by tools/train_blocks (block_model_table.c). */
extern const struct em_block_model em_block_model;

/* Sets the kind of page and `score` of every block: at or above EM_MAIN_SCORE it is main
 * content. A page with text always has main content. Sums of nodes must be there
 * (em_outline_sum). `features` is scratch memory. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_classify(struct em_block_features *features,
                                         struct em_outline *outline);
/* The same with another model. */
EM_MUST_CHECK enum em_status em_classify_with(const struct em_block_model *model,
                                              struct em_block_features *features,
                                              struct em_outline *outline);

#define EM_MAIN_SCORE 0.5f

#endif
