/* SPDX-License-Identifier: Apache-2.0
 *
 * Words that the two kinds of text use with different frequency, for two ways of measuring
 * prevalence that need no classifier: the token-occurrence mixture (Liang and others 2024,
 * "Monitoring AI-modified content at scale") and excess vocabulary (Kobak and others 2025,
 * "Delving into LLM-assisted writing"). Both look at the first EM_LEXICAL_WORDS words of an
 * English text, so that every text has the same chance to contain a word; shorter texts are
 * not measured.
 *
 * Frequencies are means over training sources, each alike (tools/lexical_table.py).
 */
#ifndef EM_DETECTOR_LEXICAL_H
#define EM_DETECTOR_LEXICAL_H

#include "base/view.h"

#include <stdint.h>

enum { EM_LEXICAL_WORDS = 100, EM_LEXICAL_LONGEST = 24, EM_LEXICAL_MAX = 1024 };

struct em_lexical_word {
    const char *word; /* lower case; sorted by strcmp */
    float present;    /* log-likelihood ratio, machine over human, that it adds where it
                             occurs, the part for its absence taken off */
    bool marker;      /* of the group whose excess is counted */
};

extern const struct em_lexical_word em_lexical_table[];
extern const uint32_t em_lexical_table_size; /* at most EM_LEXICAL_MAX */
extern const float em_lexical_absent;        /* ratio of a text with none of the words */

struct em_lexical {
    bool measured; /* the text has EM_LEXICAL_WORDS words */
    bool marked;   /* at least one marker among them */
    float ratio;   /* natural logarithm */
};

/* Text is UTF-8 and is read to its EM_LEXICAL_WORDSth word only. Allocates nothing. */
struct em_lexical em_lexical_measure(struct em_view text);

/* The next word from *at on, in lower case (ASCII; other letters as they are), with inner
 * apostrophes straight; *len is 0 for one longer than EM_LEXICAL_LONGEST bytes. False at
 * the end of the text. */
bool em_lexical_next(struct em_view text, size_t *at, char word[EM_LEXICAL_LONGEST],
                     size_t *len);

#endif
