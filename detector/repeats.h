/* SPDX-License-Identifier: Apache-2.0
 *
 * Said twice is said once: passages that stood before in the same text are taken out of its
 * tokens, in front of everything that counts them. What is left keeps its places, so spans
 * and offsets still refer to the original.
 *
 *     words       runs of RUN words (twice as many where a letter is a word) that stood
 *                 before are covered; a few other words between covered ones too, when both
 *                 sides stood as far apart before: a copy with some words changed
 *     sentence    dropped when at most a third of it is not covered
 *     else        what is covered in it is dropped when it is LONG words and more: names and
 *                 turns of phrase may recur
 *
 *     phrase      two to five such words that were no sentence are left alone
 *
 * White space is not looked at. Linear in the tokens.
 */
#ifndef EM_DETECTOR_REPEATS_H
#define EM_DETECTOR_REPEATS_H

#include "base/status.h"
#include "detector/token.h"

/* A passage taken out. */
struct em_repeat {
    uint32_t start, end; /* bytes of the normalised text */
    uint32_t words;
    uint32_t at;    /* tokens kept before it */
    uint32_t first; /* the kept token where it stood first, less than `at` */
};

struct em_repeat_word;

struct em_repeats {
    struct em_repeat *found; /* in the order of the text */
    size_t n, cap;

    /* Working memory. */
    struct em_repeat_word *words;
    uint32_t *moved; /* number of the next kept token, by token */
    uint32_t *table; /* places of first runs, by hash */
    size_t cap_words, cap_moved, cap_table;
};

void em_repeats_init(struct em_repeats *repeats);
void em_repeats_release(struct em_repeats *repeats);

/* Take what repeats out of `tokens` of the normalised `text` and count its words again.
 * `unspaced`: em_lang_unspaced(). EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_repeats_drop(struct em_repeats *repeats,
                                             struct em_tokens *tokens, const char *text,
                                             bool unspaced);

#endif
