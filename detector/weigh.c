/* SPDX-License-Identifier: Apache-2.0
 *
 * Weights of n-grams summed, in vectors where the processor has them.
 */
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
/* The same, eight at a time: each load ends with the weight, so that none ends after the
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
