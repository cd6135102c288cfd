/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/solver.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>

/* The one-variable subproblem is solved until its derivative is this small; the paper's
 * shrinking factor for steps that would leave (0, C). */
#define INNER_TOLERANCE 1e-2
#define INNER_MIN       1e-8
#define INNER_SHRINK    0.1

enum { INNER_MAX = 100 };

/* What a row's id touches lies together: one cache line instead of two. */
struct cell {
    float weight, square; /* square: scale_id ^ 2 */
};

struct solver {
    const struct em_rows *rows;
    const struct em_solver_options *options;
    struct cell *cells;
    double bias_weight;
    double *alpha;   /* the dual variable and C minus it, for each row */
    double *squares; /* |x_i|^2 */
    uint32_t *order;
};

static double row_value(const struct em_rows *rows, uint32_t i)
{
    uint64_t n = rows->offsets[i + 1] - rows->offsets[i];
    if (rows->values)
        return (double)rows->values[i];
    return n ? 1 / sqrt((double)n) : 0;
}

double em_row_score(const struct em_rows *rows, uint32_t i, const float *weights)
{
    double sum = 0;
    for (uint64_t k = rows->offsets[i]; k < rows->offsets[i + 1]; k++)
        sum += (double)weights[rows->ids[k]];
    return sum * row_value(rows, i);
}

static double dot(const struct solver *s, uint32_t i)
{
    const struct em_rows *r = s->rows;
    double sum = 0;
    for (uint64_t k = r->offsets[i]; k < r->offsets[i + 1]; k++)
        sum += (double)s->cells[r->ids[k]].weight;
    return sum * row_value(r, i) + s->bias_weight * (double)s->options->bias;
}

/* w += step * x_i. The weights kept are w_d * scale_d, so that a score is a plain sum: the
 * scale of an id enters squared here. */
static void solver_add_row(struct solver *s, uint32_t i, double step)
{
    const struct em_rows *r = s->rows;
    float each = (float)(step * row_value(r, i));
    for (uint64_t k = r->offsets[i]; k < r->offsets[i + 1]; k++) {
        struct cell *cell = &s->cells[r->ids[k]];
        cell->weight += each * cell->square;
    }
    s->bias_weight += step * (double)s->options->bias;
}

static double square(const struct solver *s, uint32_t i)
{
    const struct em_rows *r = s->rows;
    double sum = 0, value = row_value(r, i);
    for (uint64_t k = r->offsets[i]; k < r->offsets[i + 1]; k++)
        sum += (double)s->cells[r->ids[k]].square;
    return sum * value * value;
}

/* Minimise over one dual variable; returns the violation found before. */
static double update(struct solver *s, uint32_t i, double inner)
{
    double c = (double)s->rows->costs[i], y = s->rows->labels[i];
    double a = s->squares[i] + (double)s->options->bias * (double)s->options->bias;
    double b = y * dot(s, i), sign = 1;
    double *first = &s->alpha[2 * (size_t)i], *second = first + 1;
    if (0.5 * a * (*second - *first) + b < 0) {
        double *swap = first;
        first = second;
        second = swap;
        sign = -1;
    }
    double old = *first, z = old;
    if (c - z < 0.5 * c)
        z *= INNER_SHRINK;
    double slope = a * (z - old) + sign * b + log(z / (c - z));
    double violation = fabs(slope);
    int steps = 0;
    for (; steps < INNER_MAX && fabs(slope) >= inner; steps++) {
        double curvature = a + c / (c - z) / z;
        double next = z - slope / curvature;
        z = next <= 0 ? z * INNER_SHRINK : next;
        slope = a * (z - old) + sign * b + log(z / (c - z));
    }
    if (steps > 0) {
        *first = z;
        *second = c - z;
        solver_add_row(s, i, sign * (z - old) * y);
    }
    return violation;
}

/* Fisher-Yates with a counter-based generator: the order depends on the seed alone. */
static void shuffle(struct solver *s, uint32_t n, uint64_t epoch)
{
    for (uint32_t i = n; i > 1; i--) {
        uint64_t r = em_mix64(s->options->seed ^ em_mix64(epoch << 32 | i));
        uint32_t k = (uint32_t)(r % i), swap = s->order[i - 1];
        s->order[i - 1] = s->order[k];
        s->order[k] = swap;
    }
}

static uint32_t solver_begin(struct solver *s)
{
    uint32_t active = 0;
    for (uint32_t i = 0; i < s->rows->n; i++) {
        double c = (double)s->rows->costs[i];
        if (c <= 0)
            continue;
        double start = 0.001 * c < 1e-8 ? 0.001 * c : 1e-8;
        s->squares[i] = square(s, i);
        s->alpha[2 * (size_t)i] = start;
        s->alpha[2 * (size_t)i + 1] = c - start;
        solver_add_row(s, i, start * s->rows->labels[i]);
        s->order[active++] = i;
    }
    return active;
}

enum em_status em_solve_logistic(const struct em_rows *rows,
                                 const struct em_solver_options *options, float *weights,
                                 float *bias, uint32_t *epochs)
{
    struct solver s = {.rows = rows, .options = options};
    s.alpha = em_malloc((size_t)(rows->n ? rows->n : 1) * 2 * sizeof(s.alpha[0]));
    s.squares = em_malloc((size_t)(rows->n ? rows->n : 1) * sizeof(s.squares[0]));
    s.order = em_malloc((size_t)(rows->n ? rows->n : 1) * sizeof(s.order[0]));
    s.cells = em_malloc((size_t)options->dimensions * sizeof(s.cells[0]));
    enum em_status status =
        s.alpha && s.squares && s.order && s.cells ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        for (uint32_t d = 0; d < options->dimensions; d++)
            s.cells[d] =
                (struct cell){0, rows->scales ? rows->scales[d] * rows->scales[d] : 1};
        uint32_t active = solver_begin(&s), epoch = 0;
        double worst = INFINITY, inner = INNER_TOLERANCE;
        while (epoch < options->max_epochs && worst > options->tolerance) {
            worst = 0;
            shuffle(&s, active, epoch++);
            for (uint32_t k = 0; k < active; k++) {
                double v = update(&s, s.order[k], inner);
                worst = v > worst ? v : worst;
            }
            if (inner > INNER_MIN)
                inner = inner * 0.1 > INNER_MIN ? inner * 0.1 : INNER_MIN;
        }
        for (uint32_t d = 0; d < options->dimensions; d++)
            weights[d] = s.cells[d].weight;
        *bias = (float)(s.bias_weight * (double)options->bias);
        if (epochs)
            *epochs = epoch;
    }
    em_free(s.alpha);
    em_free(s.cells);
    em_free(s.squares);
    em_free(s.order);
    return status;
}
