/* SPDX-License-Identifier: Apache-2.0
 *
 * Main content or boilerplate: a score for every raw block, from the block itself, the
 * elements it lies in and the blocks around it (block_features.h), by two passes of boosted
 * trees: the second sees what the first made of the neighbours and of the elements around.
 */
#ifndef EM_CRAWLER_PAGE_CLASSIFY_H
#define EM_CRAWLER_PAGE_CLASSIFY_H

#include "crawler/page/block_features.h"
#include "crawler/page/outline.h"

/* Sets `score` of every block: at or above EM_MAIN_SCORE it is main content. A page with
 * text always has main content. Sums of nodes must be there (em_outline_sum). `features`
 * is scratch memory. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_classify(struct em_block_features *features,
                                         struct em_outline *outline);

#define EM_MAIN_SCORE 0.5f

#endif
