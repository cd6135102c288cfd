/* SPDX-License-Identifier: Apache-2.0
 *
 * The extractor's insides, for the detector: it looks at the normalised text and the
 * tokens again for leaks, language and evidence.
 */
#ifndef EM_DETECTOR_FEATURES_INT_H
#define EM_DETECTOR_FEATURES_INT_H

#include "detector/features.h"
#include "detector/repeats.h"
#include "detector/style.h"

/* A sentence or a few: what spans are made of (spans.h). */
struct em_piece {
    uint32_t end;    /* after its last token */
    uint32_t window; /* which it is part of */
    uint32_t words;
};

struct em_features {
    struct em_lexicon *lexicon;
    struct em_normal normal;
    struct em_tokens tokens;
    struct em_repeats repeats; /* taken out of the tokens by em_features_distinct() */
    struct em_ngrams ngrams;
    struct em_style style;
    bool unspaced; /* em_lang_unspaced() */
    size_t read;   /* bytes of the normalised text that became tokens */

    struct em_window *windows;
    size_t n_windows, cap_windows;
    uint32_t *first; /* first token of each window, and the end; cap_windows + 1 */
    uint32_t *ids;
    size_t cap_ids;
    float *styles;
    size_t cap_styles;

    bool cut; /* windows into pieces */
    struct em_piece *pieces;
    struct em_ngram_piece *parts; /* the same, by n-grams */
    size_t n_pieces, cap_pieces;
};

/* The three parts of em_features_run(): all tokens, those that say something new, windows
 * of these. */
EM_MUST_CHECK enum em_status em_features_tokens(struct em_features *features,
                                                struct em_view text);
EM_MUST_CHECK enum em_status em_features_distinct(struct em_features *features);
EM_MUST_CHECK enum em_status em_features_windows(struct em_features *features,
                                                 uint32_t words_per_window);

#endif
