/* SPDX-License-Identifier: Apache-2.0
 *
 * A print: the hash of one run of normalised words (a word k-gram) and where it stands.
 * Made by detector/prints from a text, stored and looked up by index/. Two texts that
 * share a print share the run of words, but for a 64-bit collision.
 */
#ifndef EM_BASE_PRINT_H
#define EM_BASE_PRINT_H

#include <stdint.h>

struct em_print {
    uint64_t hash;
    uint32_t start, end; /* bytes into the text, of the run's first and last word */
    uint32_t word;       /* 0-based number of the run's first word in the text */
};

/* One normalised word of a text. */
struct em_print_word {
    uint64_t hash;
    uint32_t start, end; /* bytes into the text */
};

#endif
