/* SPDX-License-Identifier: Apache-2.0
 *
 * The model's arithmetic in vectors: the stack's hidden layer with the weights of EM_MODEL_PACK units side by side: for each group of units its biases,
 * then for each input a weight of every unit.
 *
 * Sums of floats may not be reordered, so one unit is a chain of additions, each waiting for
 * the last; a group is as many chains, in vectors. The order within each is that of
 * em_model_stack(), and with it every bit of the result, on every machine.
 */
#include "detector/model.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "detector/model_int.h"

enum { LANES = 8, VECTORS = EM_MODEL_PACK / LANES };
_Static_assert(EM_MODEL_PACK % LANES == 0, "whole vectors");

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

enum em_status em_model_pack(const struct em_model *model, float **packed)
{
    size_t n = em_model_inputs(model), hidden = model->hidden;
    size_t groups = (hidden + EM_MODEL_PACK - 1) / EM_MODEL_PACK;
    size_t all = groups * (n + 1) * EM_MODEL_PACK;
    *packed = em_calloc(all ? all : 1, sizeof(**packed));
    if (!*packed)
        return EM_ERR_NOMEM;
    for (size_t h = 0; h < hidden; h++) {
        float *column = *packed + h / EM_MODEL_PACK * (n + 1) * EM_MODEL_PACK;
        column += h % EM_MODEL_PACK;
        *column = model->b1[h];
        for (size_t i = 0; i < n; i++)
            column[(i + 1) * EM_MODEL_PACK] = model->w1[h * n + i];
    }
    return EM_OK;
}

/* A group's units from its biases and weights. */
static inline __attribute__((always_inline)) void
group(const float *packed, const float *inputs, size_t n, float *units)
{
    lanes sums[VECTORS];
    memcpy(sums, packed, sizeof(sums));
    for (size_t i = 0; i < n; i++) {
        packed += EM_MODEL_PACK;
        for (size_t k = 0; k < VECTORS; k++)
            sums[k] += *(const lanes *)(const void *)(packed + k * LANES) * inputs[i];
    }
    memcpy(units, sums, sizeof(sums));
}

static void group_portable(const float *packed, const float *inputs, size_t n,
                           float *units)
{
    group(packed, inputs, n, units);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
group_avx2(const float *packed, const float *inputs, size_t n, float *units)
{
    group(packed, inputs, n, units);
}
#endif

float em_model_stack_packed(const struct em_model *model, const float *packed,
                            const float *inputs)
{
    size_t n = em_model_inputs(model);
    float sum = model->b2, units[EM_MODEL_PACK];
    void (*run)(const float *, const float *, size_t, float *) = group_portable;
    if (model->hidden == 0)
        return em_model_stack(model, inputs);
#if defined(__x86_64__)
    if (em_cpu_avx2())
        run = group_avx2;
#endif
    for (size_t h = 0; h < model->hidden; h += EM_MODEL_PACK) {
        size_t many =
            model->hidden - h < EM_MODEL_PACK ? model->hidden - h : (size_t)EM_MODEL_PACK;
        run(packed, inputs, n, units);
        for (size_t k = 0; k < many; k++)
            if (units[k] > 0)
                sum += model->w2[h + k] * units[k];
        packed += (n + 1) * EM_MODEL_PACK;
    }
    return sum;
}

float em_model_window_logit_packed(const struct em_model *model, const float *packed,
                                   const struct em_window *window)
{
    float inputs[EM_MODEL_MAX_INPUTS], evidence[EM_MODEL_MAX_EVIDENCE];
    em_model_evidence(model, window, evidence);
    em_model_standardise(model, evidence, window->style, window->words, inputs);
    return em_model_stack_packed(model, packed, inputs);
}
