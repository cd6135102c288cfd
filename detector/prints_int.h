/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of a text, a block at a time: what prints.c makes runs of. Private to prints*.c.
 */
#ifndef EM_DETECTOR_PRINTS_INT_H
#define EM_DETECTOR_PRINTS_INT_H

#include "detector/prints.h"

/* Two-byte characters are folded once and remembered: text in Greek, Cyrillic, Hebrew or
 * Arabic would otherwise spend its time in the Unicode tables. */
enum { EM_FOLD_CACHE = 0x800 };

struct em_word_scan {
    const char *begin, *p, *end;
    uint16_t *cache; /* EM_FOLD_CACHE entries, zero at first */
};

/* The next words, at most `cap`; fewer than that only at the end of the text. */
size_t em_words_next(struct em_word_scan *scan, struct em_print_word *words, size_t cap);

#endif
