/* SPDX-License-Identifier: Apache-2.0
 *
 * The small dense learner behind the n-grams: logistic regression, or one hidden layer of
 * ReLU units, over standardised inputs; Adam over small batches in a seeded order. One
 * thread, plain loops, no reassociation: the same rows and seed give the same weights.
 */
#ifndef EM_DETECTOR_STACK_H
#define EM_DETECTOR_STACK_H

#include "base/status.h"

#include <stdint.h>

struct em_stack_rows {
    const float *inputs; /* n x inputs, standardised */
    const int8_t *labels;
    const float *weights; /* mean about 1 */
    size_t n, n_inputs;
};

struct em_stack_options {
    uint32_t hidden; /* 0: linear */
    uint32_t epochs;
    double rate;  /* step of Adam; falls linearly to a twentieth */
    double decay; /* weight decay, on all but the biases */
    double noise; /* standard deviation added to the first input, so that the stack does
                     not lean on the n-gram score more than unseen sources bear */
    uint64_t seed;
};

/* w1: hidden x inputs, b1: hidden, w2: hidden values (or, linear, one an input), *b2.
 * EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_stack_train(const struct em_stack_rows *rows,
                                            const struct em_stack_options *options,
                                            float *w1, float *b1, float *w2, float *b2);

#endif
