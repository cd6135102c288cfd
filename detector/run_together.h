/* SPDX-License-Identifier: Apache-2.0
 *
 * Words run together ("wordsruntogether"), or with every letter by one space and no wider gap
 * between words, which normalise_letters.c joins into the same: divided into words again by a
 * vocabulary, in texts most of whose letters stand so, and left alone everywhere else.
 *
 * Of all ways to divide a run the one that costs least: a word of the vocabulary costs least, one of
 * the dictionary a little more the shorter it is, other letters by their number (Viterbi).
 */
#ifndef EM_DETECTOR_RUN_TOGETHER_H
#define EM_DETECTOR_RUN_TOGETHER_H

#include "detector/lexicon.h"
#include "detector/normalise.h"
#include "detector/token.h"

/* Do most letters of the text stand in words longer than any has? `tokens` are of it, `text_len`
 * bytes of it were read. */
bool em_run_together_possible(const struct em_tokens *tokens, size_t text_len);

/* Put spaces between the words of the normalised text, the map with it, and count them as
 * disguised. Only where most of its runs divide into known words; *changed says whether it was.
 * `tags`: of a dictionary (features.h), or NULL. Linear. EM_ERR_NOMEM leaves the text as it was. */
EM_MUST_CHECK enum em_status em_run_together_undo(struct em_normal *normal,
                                                  const struct em_lexicon *lexicon,
                                                  const uint8_t *tags, bool *changed);

#endif
