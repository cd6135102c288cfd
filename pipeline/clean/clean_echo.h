/* SPDX-License-Identifier: Apache-2.0
 *
 * Echoes within a corpus, in two passes: the first notes for each sampled run of words the
 * earliest document that has it; the second asks of each document how much of it an earlier
 * one has. The earliest is kept, so an echo is never removed without its original standing
 * (or having been removed for a reason of its own).
 *
 * Samples are by fraction (detector/prints.h): one run of EM_CLEAN_ECHO_K words in
 * EM_CLEAN_ECHO_FRACTION, chosen by its hash alone. The table has a fixed size; where it is
 * full, the upper half of all hashes is dropped, from it and from all later documents: the
 * corpus may be of any size, and short documents are the first that can no longer be judged.
 * What is found depends on the documents alone, not on threads.
 *
 * An echo: `contained` of the document's sampled runs are first in earlier documents, half
 * of that in a single one, which is its original; and there are EM_CLEAN_ECHO_LEAST runs.
 */
#ifndef EM_PIPELINE_CLEAN_ECHO_H
#define EM_PIPELINE_CLEAN_ECHO_H

#include "base/print.h"
#include "base/status.h"
#include "base/view.h"

enum {
    EM_CLEAN_ECHO_K = 8,
    EM_CLEAN_ECHO_FRACTION = 16,
    EM_CLEAN_ECHO_LEAST = 4,
    EM_CLEAN_ECHO_NUMBER_BITS = 40, /* documents of a corpus */
};

struct em_clean_echo;

/* Where a document stands in time: days since 1970, or negative for unknown (last), then its
 * number in the corpus, below 2^40. */
uint64_t em_clean_echo_order(int64_t day, uint64_t number);
/* The number in it. */
uint64_t em_clean_echo_number(uint64_t order);

/* `memory`: bytes, at most, of the table and of its rebuilding. */
EM_MUST_CHECK enum em_status em_clean_echo_new(struct em_clean_echo **out, size_t memory);
void em_clean_echo_free(struct em_clean_echo *echo); /* NULL is allowed */

/* First pass: one thread. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_clean_echo_add(struct em_clean_echo *echo,
                                               const uint64_t *hashes, size_t n,
                                               uint64_t order);

/* Second pass: any threads. `hashes` are sorted and thinned in place; `room` holds n numbers.
 * True where it is an echo: of which document, and how much of it is there. */
bool em_clean_echo_find(const struct em_clean_echo *echo, uint64_t *hashes, size_t n,
                        uint64_t order, double contained, uint64_t *room,
                        uint64_t *original, float *share);

/* Runs in the table, and how many times it was halved. */
uint64_t em_clean_echo_size(const struct em_clean_echo *echo, unsigned *halvings);

#endif
