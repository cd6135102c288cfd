/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashed n-grams of a window. Which families there are is the list below: a line is a
 * family, and adding one is adding a line (and raising EM_FEATURES_VERSION). D(k) and W(k)
 * are the distorted and the plain hash of the token k places before the current one.
 */
#ifndef EM_DETECTOR_NGRAM_H
#define EM_DETECTOR_NGRAM_H

#include "base/status.h"
#include "detector/token.h"

/* name, tokens spanned, value to be hashed */
#define EM_NGRAM_LIST(X)                                                                 \
    X(SHAPE_1, "shape", 1, D(0))                                                         \
    X(SHAPE_2, "shape", 2, D(0) + EM_NGRAM_A * D(1))                                     \
    X(SHAPE_3, "shape", 3, D(0) + EM_NGRAM_A * D(1) + EM_NGRAM_B * D(2))                 \
    X(SHAPE_4, "shape", 4,                                                               \
      D(0) + EM_NGRAM_A * D(1) + EM_NGRAM_B * D(2) + EM_NGRAM_C * D(3))                  \
    X(WORD_1, "word", 1, W(0))                                                           \
    X(WORD_2, "word", 2, W(0) + EM_NGRAM_A * W(1))

/* Odd, fixed for ever. */
#define EM_NGRAM_A 0x9E3779B97F4A7C15u
#define EM_NGRAM_B 0xC2B2AE3D27D4EB4Fu
#define EM_NGRAM_C 0x165667B19E3779F9u

enum em_ngram_family {
#define X(name, text, span, value) EM_NGRAM_##name,
    EM_NGRAM_LIST(X)
#undef X
        EM_NGRAM_FAMILIES
};

enum { EM_NGRAM_MAX_SPAN = 4 };

/* The n-grams of a window by family: all, the distinct ones, and those of them that the
 * dictionary has (all distinct ones without a dictionary). */
struct em_ngram_counts {
    uint32_t total[EM_NGRAM_FAMILIES], fresh[EM_NGRAM_FAMILIES], known[EM_NGRAM_FAMILIES];
};

/* A part of a window: the tokens up to `end`, counted from the window's first. */
struct em_ngram_piece {
    uint32_t end;
    uint32_t known[EM_NGRAM_FAMILIES]; /* ids of n-grams that end in it and not before */
};

/* One bit for each place by the hash's first bits; all zero between windows. */
struct em_ngrams {
    struct em_ngram_piece
        *pieces;     /* of the next window: borrowed, `end` ascending to its */
    size_t n_pieces; /* last token, `known` filled; 0: not asked for */
    uint64_t *seen;
    const uint8_t *tags; /* of the dictionary; NULL without one */
    size_t (*look_up)(const uint8_t *tags, const uint32_t *hashes, size_t n,
                      uint32_t *out); /* as this processor can */
};

/* `dictionary` is borrowed; see features.h. */
EM_MUST_CHECK enum em_status em_ngrams_init(struct em_ngrams *ngrams,
                                            struct em_view dictionary);
void em_ngrams_release(struct em_ngrams *ngrams);

/* The distinct n-grams of tokens[0..n), family by family and in order of first sight, as
 * places or hashes (see features.h): counts->known[f] of each family f. `ids` has room for
 * EM_NGRAM_FAMILIES * n + 1. Returns how many. */
size_t em_ngrams_window(struct em_ngrams *ngrams, const struct em_token *tokens, size_t n,
                        uint32_t *ids, struct em_ngram_counts *counts);

/* The place of a hash in a dictionary's tags; EM_NGRAM_UNKNOWN when it has none. */
#define EM_NGRAM_UNKNOWN UINT32_MAX
uint32_t em_ngram_place(const uint8_t *tags, uint32_t hash);

/* Places of hashes[0..n) into `out`, which may be the same array; those that the dictionary
 * does not have fall out. Returns how many it has. em_ngrams.look_up does the same with
 * whatever the processor offers. */
size_t em_ngram_places(const uint8_t *tags, const uint32_t *hashes, size_t n,
                       uint32_t *out);

/* The hash that `family` gives at tokens[i] (i + 1 >= the family's span). */
uint32_t em_ngram_hash(enum em_ngram_family family, const struct em_token *tokens,
                       size_t i);
unsigned em_ngram_span(enum em_ngram_family family);
const char *em_ngram_name(enum em_ngram_family family); /* "shape", "word" */

#endif
