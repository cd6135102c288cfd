/* SPDX-License-Identifier: Apache-2.0
 *
 * Which parts of a document are machine-written, and how much of it: a chain of two states
 * (human, machine) over pieces of a sentence or a few.
 *
 *     piece       S = sum of its n-grams' weights ~ N((mean of the state + b) w, v w),
 *                 w its words, b what the document's register adds to every word of it,
 *                 b ~ N(0, register_sd), on a grid
 *     document    with probability 1 - mixed by one author, human or machine;
 *                 else the author changes with probability 1 - exp(-rate w) before a piece
 *     score       that of the whole document (style and all) decides between all human and
 *                 all machine: what the sums do not say of it is spread over the words
 *
 * Forward and backward (Rabiner 1989, "A tutorial on hidden Markov models", III) for every
 * b; the mean and the variance of the machine share come with the forward pass. Linear in
 * the pieces. Pure: no allocation but em_spans_reserve().
 */
#ifndef EM_DETECTOR_SPANS_H
#define EM_DETECTOR_SPANS_H

#include "base/status.h"

#include <stdint.h>

enum { EM_SPANS_GRID = 7 };

struct em_spans_model {
    const char *lang;      /* whose sums these numbers are of */
    double human, machine; /* mean of S by word */
    double variance;       /* v */
    double register_sd;    /* of b */
    double rate;           /* changes of author a word, where it changes */
    double mixed;          /* share of documents where it may */
    double
        changes; /* of author at most expected in a document: a long one is no more mixed */
    double most;  /* log-odds that one piece can bring */
    double full;  /* words whose evidence counts in full: register changes within a text,
                    so that a longer one says no more about the difference of its parts */
    double least; /* mean posterior of a span */
    double local; /* how much of a window's own score counts for its pieces, 0 to 1 */
};

/* The numbers for a model's language; where none were measured those that use nothing but
 * the windows' own scores. bench/spans.sh is how they were found. */
const struct em_spans_model *em_spans_model_for(const char *lang);

struct em_spans_piece {
    double sum;     /* S */
    double offset;  /* log-odds that its window's own score adds */
    uint32_t words; /* > 0 */
    uint32_t bytes; /* what it counts for in the share */
};

/* Working memory, and what was found. */
struct em_spans {
    struct em_spans_piece *pieces; /* the caller fills n of them */
    float *posterior;              /* of each: probability of machine */
    size_t n, cap;
    double share, share_error; /* of the bytes; standard deviation of its posterior */
    float *forward;            /* cap x EM_SPANS_GRID, and as many ratios after them */
    double *turn;              /* of each piece: probability that the author changes */
};

void em_spans_init(struct em_spans *spans);
void em_spans_release(struct em_spans *spans);
/* Room for n pieces; contents are lost. */
EM_MUST_CHECK enum em_status em_spans_reserve(struct em_spans *spans, size_t n);

/* `log_odds`: machine to human, of the whole document. Fills posterior, share and
 * share_error. At least one piece. */
void em_spans_run(struct em_spans *spans, const struct em_spans_model *model,
                  double log_odds);

#endif
