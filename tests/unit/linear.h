/* SPDX-License-Identifier: Apache-2.0
 *
 * Is it linear? Runs the same work on a quarter and on the whole of an input and compares
 * CPU times. A loaded machine, a sanitizer or a cold cache can spoil one measurement, so a
 * pair that looks bad is measured again: code that is linear passes sooner or later, code
 * that is quadratic (sixteen times the time, not four) never does.
 */
#ifndef EM_TESTS_UNIT_LINEAR_H
#define EM_TESTS_UNIT_LINEAR_H

#include "base/clock.h"
#include "base/view.h"

enum { EM_LINEAR_TRIES = 12 };

typedef void (*em_linear_fn)(void *context, struct em_view input);

static inline double em_linear_time(em_linear_fn fn, void *context, struct em_view input)
{
    double begin = em_clock_thread_cpu();
    fn(context, input);
    return em_clock_thread_cpu() - begin;
}

/* True where the best of at most EM_LINEAR_TRIES tries takes for the whole of `input` at most
 * ten times what the best takes for the first quarter (and a little for the clock). */
static inline bool em_linear_is(em_linear_fn fn, void *context, struct em_view input)
{
    double small = 1e9, large = 1e9;
    for (int i = 0; i < EM_LINEAR_TRIES; i++) {
        double a = em_linear_time(fn, context, em_view_sub(input, 0, input.len / 4));
        double b = em_linear_time(fn, context, input);
        small = a < small ? a : small;
        large = b < large ? b : large;
        if (large <= 10 * small + 0.005)
            return true;
    }
    return false;
}

#endif
