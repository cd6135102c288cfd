/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/classify.h"
static const struct em_lexicon lexicon;
static const struct em_forest types[EM_PAGE_TYPES];
static const struct em_forest passes[2];
const struct em_block_model em_block_model = {&lexicon, types, &passes[0], &passes[1]};
