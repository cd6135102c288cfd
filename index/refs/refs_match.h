/* SPDX-License-Identifier: Apache-2.0
 *
 * What a text shares with reference sets. Three steps, of which most texts need only the
 * first:
 *
 *   em_refs_look()     its winnowed prints are looked up: places in texts of the set
 *   words of the text  made by the caller only where something was found
 *   em_refs_match()    every place is extended, word by word, into the passages shared
 *
 * Extension: as far as the words are the same; then over at most EM_REFS_GAP words on
 * either side where at least EM_REFS_RESUME words are the same after them; and so on, in
 * both directions. Each word of the text belongs to one passage of an item at most.
 *
 * What counts: words of the item in such passages, without words of common runs; contained
 * is their share of the item's words. It is a count, not an estimate: by winnowing's
 * guarantee no passage of t words that is the same in both is overlooked, and none is taken
 * up unless it has a run of k words. Stretches less than EM_REFS_MERGE words apart are one.
 *
 * The interval: the set keeps n of the N runs of k words of the item (its prints); of these
 * x lie, unchanged, in the passages found. low and high are the 95 % interval (Wilson, with
 * the correction for drawing without replacement) of the share of all N runs: changed words
 * pull it below `contained`.
 *
 * A match is reported when t words of the item or more were found, or 8 words or more that
 * are 80 % of the item. Of a benchmark: when contained is at least 1 for questions of up to 20 words,
 * 0.8 from 50 on, in between on the line, as in decon; contained is weighted 0.7, 0.2, 0.1
 * over question, answer and passage, 0.75, 0.25 without passage, 0.85, 0.15 without answer.
 * Also when words of question and answer are there, 30 and half of both: contained is then
 * at least their share of both.
 * An answer of fewer than k words counts where it stands within 64 words of the question;
 * one of which 20 words and more are there with less than half of its question is a match
 * of its own, contained its share alone. A
 * match that lies inside a larger one of the same set is left out.
 */
#ifndef EM_INDEX_REFS_MATCH_H
#define EM_INDEX_REFS_MATCH_H

#include "base/print.h"
#include "base/verdict.h"
#include "index/refs/refs.h"

enum {
    EM_REFS_GAP = 4,
    EM_REFS_RESUME = 3,
    EM_REFS_MERGE = 20,
    EM_REFS_NEAR = 64,
};

struct em_refs_matcher; /* one thread's; the sets are shared */

/* `sets` must outlive it. */
EM_MUST_CHECK enum em_status em_refs_matcher_new(struct em_refs_matcher **out,
                                                 const struct em_refs_sets *sets);
void em_refs_matcher_free(struct em_refs_matcher *matcher);

/* A new text. */
void em_refs_begin(struct em_refs_matcher *matcher);
/* Prints of the text by the k and t of set number `set`, in the order of the text.
 * *found: whether anything was, in any set so far. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_refs_look(struct em_refs_matcher *matcher, size_t set,
                                          const struct em_print *prints, size_t n,
                                          bool *found);
/* `words` of the same text. *matches: in the order of the text, at most EM_MAX_MATCHES, the
 * largest ones; valid until the next text. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_refs_match(struct em_refs_matcher *matcher,
                                           const struct em_print_word *words, size_t n,
                                           const struct em_match **matches,
                                           size_t *n_matches);

#endif
