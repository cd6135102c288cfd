/* SPDX-License-Identifier: Apache-2.0
 *
 * The model's arithmetic in vectors: weights of n-grams summed, and the stack's hidden layer
 * with the weights of EM_MODEL_PACK units side by side: for each group of units its biases,
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

#if defined(__x86_64__)
#include <immintrin.h>
#endif

struct em_weight_sums em_weigh_plain(const int8_t *weights, const uint32_t *ids, size_t n)
{
    struct em_weight_sums s = {0, 0};
    /* Loads are independent of each other, so that the processor keeps many in flight;
     * finding the places has brought their weights along. */
    for (size_t i = 0; i < n; i++) {
        int32_t w = weights[ids[i]];
        s.sum += w;
        s.size += w < 0 ? -w : w;
    }
    return s;
}

#if defined(__x86_64__)
/* The same, eight at a time: each load ends with the weight, so that none ends behind the
 * dictionary. */
__attribute__((target("avx2"))) static struct em_weight_sums
weigh_avx2(const int8_t *weights, const uint32_t *ids, size_t n)
{
    __m256i sum = _mm256_setzero_si256(), size = sum;
    const __m256i three = _mm256_set1_epi32(3);
    int32_t sums[8], sizes[8];
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i at = _mm256_loadu_si256((const __m256i *)(const void *)(ids + i));
        at = _mm256_i32gather_epi32((const int *)(const void *)weights,
                                    _mm256_sub_epi32(at, three), 1);
        __m256i w = _mm256_srai_epi32(at, 24);
        sum = _mm256_add_epi32(sum, w);
        size = _mm256_add_epi32(size, _mm256_abs_epi32(w));
    }
    struct em_weight_sums s = em_weigh_plain(weights, ids + i, n - i);
    _mm256_storeu_si256((__m256i *)(void *)sums, sum);
    _mm256_storeu_si256((__m256i *)(void *)sizes, size);
    for (int k = 0; k < 8; k++) {
        s.sum += sums[k];
        s.size += sizes[k];
    }
    return s;
}
#endif

struct em_weight_sums em_weigh(const int8_t *weights, const uint32_t *ids, size_t n)
{
#if defined(__x86_64__)
    if (em_cpu_avx2())
        return weigh_avx2(weights, ids, n);
#endif
    return em_weigh_plain(weights, ids, n);
}

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
