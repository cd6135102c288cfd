/* SPDX-License-Identifier: Apache-2.0
 *
 * Style features of a window: rates and shapes as small floats that hardly depend on the
 * length of the window. Rates are square roots of shares, which evens out their spread.
 */
#ifndef EM_DETECTOR_STYLE_H
#define EM_DETECTOR_STYLE_H

#include "detector/lexicon.h"
#include "detector/ngram.h"
#include "detector/normalise.h"

/* Working memory: the distinct words of the window's beginning. */
struct em_style {
    uint32_t seen[1024]; /* generation 10 bits, seen twice 1 bit, tag 21 bits */
    uint32_t generation;
};

void em_style_init(struct em_style *style);

/* All em_style_count() features of tokens[0..n) of `text` into `out`. Returns the words and
 * numbers. */
uint32_t em_style_window(struct em_style *style, const struct em_lexicon *lexicon,
                         const struct em_normal *text, const struct em_token *tokens,
                         size_t n, const struct em_ngram_counts *counts, float *out);

/* Does a sentence end with the sign at tokens[i]? */
bool em_sentence_ends(const struct em_token *tokens, size_t n, size_t i,
                      const char *text);

#endif
