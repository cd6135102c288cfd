/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of page it is: from what the page says of itself (JSON-LD, Open Graph, its
 * address) and from what its blocks look like, by boosted trees of one kind against the
 * others. The kinds are those of the WCXB benchmark, whose pages it was learned from.
 */
#ifndef EM_CRAWLER_PAGE_PAGE_TYPE_H
#define EM_CRAWLER_PAGE_PAGE_TYPE_H

#include "base/page_type.h"
#include "crawler/page/outline.h"

struct em_block_features;
struct em_forest;

enum { EM_TYPE_FEATURES = 120 };

/* The first-pass columns must be there, but those of the type. */
void em_page_type_features(const struct em_block_features *features,
                           const struct em_outline *outline, uint8_t *out);

/* Log odds of each kind (1/256), as the trees of each give them. */
void em_page_type_score(const struct em_forest *forests, const uint8_t *type_features,
                        int32_t *scores);

/* The likeliest and its probability, from such scores. */
enum em_page_type em_page_type_choose(const int32_t *scores, float *probability);

/* Scores as columns of block features have them. */
void em_page_type_columns(const int32_t *scores, uint8_t *out);

#endif
