/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/stack.h"

#include "base/alloc.h"
#include "detector/learn/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BATCH = 128 };

/* Adam's usual constants (Kingma and Ba 2014). */
#define BETA1   0.9f
#define BETA2   0.999f
#define EPSILON 1e-8f

/* Parameters in one array: w1 by input (so that the loop over units is the inner one), b1,
 * w2, b2. */
struct net {
    const struct em_stack_rows *rows;
    const struct em_stack_options *options;
    size_t inputs, hidden, count, b1, w2, b2;
    float *value, *slope, *first, *second;
    float *unit, *back; /* hidden */
    float *noisy;       /* inputs */
    uint32_t *order;
};

/* About normal: the sum of four uniforms has variance 1/3. */
static float stack_normal(uint64_t seed, uint64_t k)
{
    double sum = 0;
    for (uint64_t i = 0; i < 4; i++)
        sum += (double)(em_random_at(seed, 4 * k + i) >> 11) * 0x1p-53 - 0.5;
    return (float)(sum * 1.7320508);
}

static float stack_forward(struct net *n, const float *x)
{
    float sum = n->value[n->b2];
    if (n->hidden == 0) {
        for (size_t i = 0; i < n->inputs; i++)
            sum += n->value[n->w2 + i] * x[i];
        return sum;
    }
    memcpy(n->unit, n->value + n->b1, n->hidden * sizeof(float));
    for (size_t i = 0; i < n->inputs; i++) {
        const float *row = n->value + i * n->hidden;
        for (size_t h = 0; h < n->hidden; h++)
            n->unit[h] += row[h] * x[i];
    }
    for (size_t h = 0; h < n->hidden; h++)
        sum += n->unit[h] > 0 ? n->value[n->w2 + h] * n->unit[h] : 0;
    return sum;
}

static void stack_backward(struct net *n, const float *x, float error)
{
    n->slope[n->b2] += error;
    if (n->hidden == 0) {
        for (size_t i = 0; i < n->inputs; i++)
            n->slope[n->w2 + i] += error * x[i];
        return;
    }
    for (size_t h = 0; h < n->hidden; h++) {
        bool on = n->unit[h] > 0;
        n->slope[n->w2 + h] += on ? error * n->unit[h] : 0;
        n->back[h] = on ? error * n->value[n->w2 + h] : 0;
        n->slope[n->b1 + h] += n->back[h];
    }
    for (size_t i = 0; i < n->inputs; i++) {
        float *row = n->slope + i * n->hidden;
        for (size_t h = 0; h < n->hidden; h++)
            row[h] += n->back[h] * x[i];
    }
}

static void stack_step(struct net *n, float rate, uint32_t t)
{
    float decay = (float)n->options->decay;
    float fix1 = 1 - powf(BETA1, (float)t), fix2 = 1 - powf(BETA2, (float)t);
    size_t b1_end = n->b1 + n->hidden;
    for (size_t k = 0; k < n->count; k++) {
        bool bias = k == n->b2 || (k >= n->b1 && k < b1_end);
        float g = n->slope[k];
        n->first[k] = BETA1 * n->first[k] + (1 - BETA1) * g;
        n->second[k] = BETA2 * n->second[k] + (1 - BETA2) * g * g;
        float move = n->first[k] / fix1 / (sqrtf(n->second[k] / fix2) + EPSILON);
        n->value[k] -= rate * (move + (bias ? 0 : decay * n->value[k]));
        n->slope[k] = 0;
    }
}

static void stack_learn(struct net *n, uint32_t row, uint64_t draw)
{
    const struct em_stack_rows *rows = n->rows;
    memcpy(n->noisy, rows->inputs + row * n->inputs, n->inputs * sizeof(float));
    if (n->options->noise > 0)
        n->noisy[0] +=
            (float)n->options->noise * stack_normal(n->options->seed ^ 0x4E, draw);
    float z = stack_forward(n, n->noisy);
    float target = rows->labels[row] > 0 ? 1 : 0;
    float p = 1 / (1 + expf(-z));
    stack_backward(n, n->noisy, rows->weights[row] * (p - target) / BATCH);
}

static void run_epochs(struct net *n)
{
    const struct em_stack_options *o = n->options;
    size_t rows = n->rows->n;
    uint64_t steps = (rows + BATCH - 1) / BATCH * o->epochs, draw = 0;
    uint32_t t = 0;
    for (uint32_t epoch = 0; epoch < o->epochs; epoch++) {
        for (size_t i = rows; i > 1; i--) {
            size_t k = em_random_below(o->seed ^ 0x5A, (uint64_t)epoch << 40 | i, i);
            uint32_t swap = n->order[i - 1];
            n->order[i - 1] = n->order[k];
            n->order[k] = swap;
        }
        for (size_t i = 0; i < rows; i++) {
            stack_learn(n, n->order[i], draw++);
            if ((i + 1) % BATCH == 0 || i + 1 == rows) {
                double left = 1 - 0.95 * (double)t / (double)steps;
                t++;
                stack_step(n, (float)(o->rate * left), t);
            }
        }
    }
}

static void stack_begin(struct net *n)
{
    float spread = sqrtf(2 / (float)n->inputs);
    for (size_t k = 0; k < n->inputs * n->hidden; k++)
        n->value[k] = spread * stack_normal(n->options->seed, k);
    float out = sqrtf(1 / (float)(n->hidden ? n->hidden : 1));
    for (size_t h = 0; h < n->hidden; h++)
        n->value[n->w2 + h] = out * stack_normal(n->options->seed, n->b1 + h);
    for (size_t i = 0; i < n->rows->n; i++)
        n->order[i] = (uint32_t)i;
}

static void stack_give(const struct net *n, float *w1, float *b1, float *w2, float *b2)
{
    for (size_t h = 0; h < n->hidden; h++) {
        for (size_t i = 0; i < n->inputs; i++)
            w1[h * n->inputs + i] = n->value[i * n->hidden + h];
        b1[h] = n->value[n->b1 + h];
    }
    memcpy(w2, n->value + n->w2, (n->b2 - n->w2) * sizeof(float));
    *b2 = n->value[n->b2];
}

enum em_status em_stack_train(const struct em_stack_rows *rows,
                              const struct em_stack_options *options, float *w1,
                              float *b1, float *w2, float *b2)
{
    struct net n = {.rows = rows, .options = options};
    n.inputs = rows->n_inputs;
    n.hidden = options->hidden;
    n.b1 = n.inputs * n.hidden;
    n.w2 = n.b1 + n.hidden;
    n.b2 = n.w2 + (n.hidden ? n.hidden : n.inputs);
    n.count = n.b2 + 1;
    float *all = em_calloc(4 * n.count + 2 * n.hidden + n.inputs, sizeof(*all));
    n.order = em_malloc((rows->n ? rows->n : 1) * sizeof(*n.order));
    enum em_status status = all && n.order ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        n.value = all;
        n.slope = all + n.count;
        n.first = all + 2 * n.count;
        n.second = all + 3 * n.count;
        n.unit = all + 4 * n.count;
        n.back = n.unit + n.hidden;
        n.noisy = n.back + n.hidden;
        stack_begin(&n);
        run_epochs(&n);
        stack_give(&n, w1, b1, w2, b2);
    }
    em_free(all);
    em_free(n.order);
    return status;
}
