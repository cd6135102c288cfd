/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints of a text: hashes of runs of words, chosen so that texts which share passages
 * share prints. One pass; each word is hashed once, and every run of k words from those.
 *
 * Words: runs of letters and digits of any script; case folded, compatibility forms and
 * ligatures as their letters, accents and other marks dropped, apostrophes inside a word
 * dropped ("don't" = "dont"), invisible characters dropped, look-alike letters of another
 * script inside a Latin word folded. All else separates words and counts for nothing. In
 * scripts written without spaces (ideographs, kana, Thai, Lao, Khmer, Burmese) each letter
 * is a word. So white space, punctuation, markup signs and case do not change a print.
 *
 * Two selections of the same stream of runs:
 *
 * - winnowing (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003): of every w = t - k + 1
 *   consecutive runs of k words the one with the smallest hash, the rightmost of equals.
 *   Guarantee: two texts that share a run of at least t words share a print that lies
 *   inside it, whatever surrounds it; and no shared run shorter than k gives one (but for
 *   64-bit collisions). A text of k to t words gives all its runs.
 * - fraction (FracMinHash): runs with a hash below 2^64 / s. Which are chosen depends on
 *   nothing but themselves, so that sets of them add, nest and compare.
 *
 * Hashes are the same on every machine and for ever: files and indexes depend on them. A
 * change of any rule above is a new EM_PRINTS_VERSION.
 */
#ifndef EM_DETECTOR_PRINTS_H
#define EM_DETECTOR_PRINTS_H

#include "base/print.h"
#include "base/status.h"
#include "base/view.h"

enum {
    EM_PRINTS_VERSION = 1,
    EM_PRINTS_MAX_K = 64,
    EM_PRINTS_MAX_T = 256, /* bounds the window, thereby the time on hostile text */
    EM_PRINTS_K = 6,       /* what reference sets use unless told otherwise */
    EM_PRINTS_T = 11,
};

struct em_prints_options {
    uint32_t k, t;     /* winnowing, 1 <= k <= t; k = 0: none */
    uint32_t sample_k; /* fraction: words of a run; 0: none */
    uint64_t fraction; /* s: one run in s is kept; 0 is taken as 1, every run */
};

struct em_prints_work;

/* One thread's prints of one text, and the memory to make them. */
struct em_prints {
    struct em_print *winnowed; /* in the order of the text */
    size_t n_winnowed;
    struct em_print *sampled; /* in the order of the text; the same hash may recur */
    size_t n_sampled;
    uint32_t words; /* of the text */
    size_t cap_winnowed, cap_sampled;
    struct em_prints_work *work;
};

/* Nothing is allocated until the first text. */
void em_prints_init(struct em_prints *prints);
void em_prints_release(struct em_prints *prints);

/* Replace the contents by the prints of `text` (UTF-8; invalid bytes separate words).
 * Offsets are bytes into `text`. Linear time. EM_ERR_USAGE when k or t are out of range,
 * EM_ERR_LIMIT for text of 4 GB and more, EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_prints_make(struct em_prints *prints,
                                            const struct em_prints_options *options,
                                            struct em_view text);

/* The words of `text` themselves, as prints see them. *words grows as needed (em_free it);
 * *cap is its size in words, 0 with NULL at first. EM_ERR_LIMIT, EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_prints_words(struct em_prints *prints,
                                             struct em_view text,
                                             struct em_print_word **words, size_t *n,
                                             size_t *cap);

#endif
