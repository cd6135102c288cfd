/* SPDX-License-Identifier: Apache-2.0
 *
 * Laying one text of a set along a document, from places where they share a print. Private
 * to index/refs/refs_match.c and index/refs/refs_align.c.
 */
#ifndef EM_INDEX_REFS_ALIGN_H
#define EM_INDEX_REFS_ALIGN_H

#include "base/print.h"
#include "index/refs/refs_format.h"
#include "index/refs/refs_match.h"

struct em_seed {
    uint32_t set, piece;
    uint32_t at_text, at_piece; /* words */
};

/* A run of words that are the same. */
struct em_run {
    uint32_t at_text, n, counted; /* counted: words not common, not found before */
};

struct em_aligner {
    const struct em_print_word *words; /* of the document */
    uint32_t n_words;
    const uint16_t *piece; /* words of the text of the set */
    uint32_t n_piece, k;
    uint32_t stamp;
    uint32_t *text_seen;  /* stamp of the alignment a word of the document is in */
    uint32_t *piece_seen; /* the same for the piece; and for its prints */
    uint32_t *print_seen;
    size_t cap_text, cap_piece;
    struct em_run *runs; /* in the order of the document after em_align() */
    size_t n_runs, cap_runs;
    /* what em_align() found */
    uint32_t found, prints; /* words, prints of the piece */
};

void em_aligner_release(struct em_aligner *a);
/* A new document. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status
em_align_document(struct em_aligner *a, const struct em_print_word *words, size_t n);
/* `seeds` of one piece, by rising at_text. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_align(struct em_aligner *a, const struct em_refs *refs,
                                      const struct em_refs_piece *piece,
                                      const struct em_seed *seeds, size_t n);
/* The words of a short piece as they are, starting in words [from, to) of the document:
 * where, or UINT32_MAX. */
uint32_t em_align_find(const struct em_aligner *a, const struct em_refs *refs,
                       const struct em_refs_piece *piece, uint32_t from, uint32_t to);

#endif
