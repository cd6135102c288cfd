/* SPDX-License-Identifier: Apache-2.0
 *
 * L2-regularised logistic regression over sparse binary rows, by dual coordinate descent
 * (Yu, Huang and Lin 2011, "Dual coordinate descent methods for logistic regression and
 * maximum entropy models"):
 *
 *     min_w  1/2 |w|^2 + sum_i C_i log(1 + exp(-y_i w.x_i)),   x_i = value_i * scale_id on its ids
 *
 * One constant feature is the bias. Deterministic: the same rows, weights and seed give the
 * same weights to the byte (one thread, fixed order of additions).
 */
#ifndef EM_DETECTOR_SOLVER_H
#define EM_DETECTOR_SOLVER_H

#include "base/status.h"

#include <stdint.h>

struct em_rows {
    const uint32_t *ids;     /* all rows' ids, one after another */
    const uint64_t *offsets; /* n + 1: row i is ids[offsets[i] .. offsets[i + 1]) */
    const int8_t *labels;    /* n: +1 machine, -1 human */
    const float *costs;      /* n: C_i; 0 leaves the row out */
    const float *values;     /* n: value_i; NULL: 1/sqrt(number of ids) */
    const float *scales;     /* dimensions: scale_id; NULL: all 1 */
    uint32_t n;
};

struct em_solver_options {
    uint32_t dimensions; /* ids are below this */
    uint32_t max_epochs;
    double tolerance; /* largest violation at which to stop; 0.01 is plenty for ranking */
    float bias;       /* value of the constant feature */
    uint64_t seed;
};

/* weights: `dimensions` floats, overwritten: what to sum over a row's ids, scale_id
 * included. *bias: what to add to a row's score. *epochs
 * (may be NULL): passes made. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_solve_logistic(const struct em_rows *rows,
                                               const struct em_solver_options *options,
                                               float *weights, float *bias,
                                               uint32_t *epochs);

/* value * sum of weights over row i's ids. */
double em_row_score(const struct em_rows *rows, uint32_t i, const float *weights);

#endif
