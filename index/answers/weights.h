/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights of a survey's strata, read from lines "name TAB weight"; a name is the stratum's
 * keys other than the month, joined by commas.
 */
#ifndef EM_ANSWERS_WEIGHTS_H
#define EM_ANSWERS_WEIGHTS_H

#include "index/answers/prevalence.h"

struct em_weight {
    char *name; /* owned */
    double value;
    bool used; /* em_weights_unmatched(): a row is of its stratum */
};

struct em_weights {
    struct em_weight *items; /* owned */
    size_t n;
};

/* Begin with all zero. `text` may be cut into pieces; `file` is for errors. Weights are at
 * least 0: EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_weights_parse(struct em_weights *weights,
                                              struct em_view text, const char *file,
                                              struct em_err *err);
void em_weights_release(struct em_weights *weights);

/* The weight of a row's stratum; 0 for one that has none. */
double em_weights_of(const struct em_weights *weights,
                     const struct em_prevalence_row *row, unsigned by);

/* The name of the first weight that is of none of the rows' strata, the weights'; NULL: each is
 * of one. A stratum that is weighted and does not exist would silently change what a sum is of. */
const char *em_weights_unmatched(struct em_weights *weights,
                                 const struct em_prevalence_row *rows, size_t n,
                                 unsigned by);

#endif
