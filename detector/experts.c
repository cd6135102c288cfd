/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/experts.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "detector/ngram.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum em_status em_experts_reserve(struct em_experts *experts, uint32_t n)
{
    if (n > EM_EXPERTS_MAX)
        return EM_ERR_LIMIT;
    int8_t *weights = n ? em_calloc_large(EM_EXPERT_BYTES) : NULL;
    if (n && !weights)
        return EM_ERR_NOMEM;
    em_experts_release(experts);
    experts->weights = weights;
    experts->n = n;
    return EM_OK;
}

void em_experts_release(struct em_experts *experts)
{
    em_free(experts->weights);
    *experts = (struct em_experts){.n = 0};
}

void em_experts_weigh_plain(const int8_t *weights, const uint32_t *ids, size_t n,
                            struct em_expert_sums *out)
{
    *out = (struct em_expert_sums){.sum = {0}};
    for (size_t i = 0; i < n; i++) {
        const int8_t *own = weights + em_expert_at(ids[i]);
        for (size_t k = 0; k < EM_EXPERT_LANES; k++) {
            out->sum[k] += own[k];
            out->size[k] += own[k] < 0 ? -own[k] : own[k];
        }
    }
}

#if defined(__x86_64__)
/* Eight places at a time: a load has the four weights of a place, each of which is shifted to
 * the top and back with its sign. */
__attribute__((target("avx2"))) static void expert_weigh_avx2(const int8_t *weights,
                                                              const uint32_t *ids,
                                                              size_t n,
                                                              struct em_expert_sums *out)
{
    __m256i sum[EM_EXPERT_LANES], size[EM_EXPERT_LANES];
    const __m256i three = _mm256_set1_epi32(3);
    for (int k = 0; k < EM_EXPERT_LANES; k++)
        sum[k] = size[k] = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m256i place = _mm256_loadu_si256((const __m256i *)(const void *)(ids + i));
        __m256i bucket = _mm256_slli_epi32(_mm256_srli_epi32(place, 3), 4);
        __m256i way = _mm256_slli_epi32(_mm256_and_si256(place, three), 2);
        __m256i all = _mm256_i32gather_epi32((const int *)(const void *)weights,
                                             _mm256_or_si256(bucket, way), 1);
        for (int k = 0; k < EM_EXPERT_LANES; k++) {
            __m256i w = _mm256_srai_epi32(_mm256_slli_epi32(all, 24 - 8 * k), 24);
            sum[k] = _mm256_add_epi32(sum[k], w);
            size[k] = _mm256_add_epi32(size[k], _mm256_abs_epi32(w));
        }
    }
    em_experts_weigh_plain(weights, ids + i, n - i, out);
    for (int k = 0; k < EM_EXPERT_LANES; k++) {
        int32_t sums[8], sizes[8];
        _mm256_storeu_si256((__m256i *)(void *)sums, sum[k]);
        _mm256_storeu_si256((__m256i *)(void *)sizes, size[k]);
        for (int j = 0; j < 8; j++) {
            out->sum[k] += sums[j];
            out->size[k] += sizes[j];
        }
    }
}
#endif

void em_experts_weigh(const int8_t *weights, const uint32_t *ids, size_t n,
                      struct em_expert_sums *out)
{
#if defined(__x86_64__)
    if (em_cpu_avx2()) {
        expert_weigh_avx2(weights, ids, n, out);
        return;
    }
#endif
    em_experts_weigh_plain(weights, ids, n, out);
}

const char *em_expert_input_name(size_t expert, size_t evidence)
{
#define P1(name, text, span, value) "expert 1 positive " text " " #span,
#define N1(name, text, span, value) "expert 1 negative " text " " #span,
#define P2(name, text, span, value) "expert 2 positive " text " " #span,
#define N2(name, text, span, value) "expert 2 negative " text " " #span,
#define P3(name, text, span, value) "expert 3 positive " text " " #span,
#define N3(name, text, span, value) "expert 3 negative " text " " #span,
    static const char *const names[EM_EXPERTS_MAX][EM_EXPERT_EVIDENCE] = {
        {"expert 1", EM_NGRAM_LIST(P1) EM_NGRAM_LIST(N1)},
        {"expert 2", EM_NGRAM_LIST(P2) EM_NGRAM_LIST(N2)},
        {"expert 3", EM_NGRAM_LIST(P3) EM_NGRAM_LIST(N3)},
    };
    return expert < EM_EXPERTS_MAX && evidence < EM_EXPERT_EVIDENCE
               ? names[expert][evidence]
               : NULL;
}
