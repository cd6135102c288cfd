/* SPDX-License-Identifier: Apache-2.0
 *
 * Two ways to the same integers: a plain loop, and 32 rows at a time with AVX2, where a
 * leaf's value is looked up in registers (its 32 low and 32 high bytes fit in four).
 */
#include "crawler/page/forest.h"

#include "base/cpu.h"

enum { ROWS = 32, TREES_16 = 32 };

static int32_t score_row(const struct em_forest *forest, const uint8_t *row,
                         size_t stride)
{
    int32_t sum = forest->bias;
    for (size_t t = 0; t < forest->n_trees; t++) {
        const struct em_oblivious_tree *tree = &forest->trees[t];
        unsigned leaf = 0;
        for (size_t d = 0; d < EM_TREE_DEPTH; d++)
            leaf |= (unsigned)(row[tree->feature[d] * stride] > tree->above[d]) << d;
        sum += tree->leaf[leaf];
    }
    return sum;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Leaf numbers of 32 rows. */
__attribute__((target("avx2"), always_inline)) static inline __m256i
leaves_of(const struct em_oblivious_tree *tree, const uint8_t *data, size_t stride)
{
    __m256i leaf = _mm256_setzero_si256();
    for (size_t d = 0; d < EM_TREE_DEPTH; d++) {
        __m256i column = _mm256_loadu_si256(
            (const __m256i *)(const void *)(data + tree->feature[d] * stride));
        /* Unsigned column > above: what the saturating difference leaves. */
        __m256i not_above = _mm256_cmpeq_epi8(
            _mm256_subs_epu8(column, _mm256_set1_epi8((char)tree->above[d])),
            _mm256_setzero_si256());
        leaf = _mm256_or_si256(
            leaf, _mm256_andnot_si256(not_above, _mm256_set1_epi8((char)(1 << d))));
    }
    return leaf;
}

/* Byte `leaf` of a 32-byte table, for each of 32. */
__attribute__((target("avx2"), always_inline)) static inline __m256i
look_up(__m256i low, __m256i high, __m256i leaf)
{
    __m256i a = _mm256_shuffle_epi8(low, leaf), b = _mm256_shuffle_epi8(high, leaf);
    /* Bit 4 chooses the half; moved to bit 7, where the blend looks. */
    return _mm256_blendv_epi8(a, b, _mm256_slli_epi16(leaf, 3));
}

__attribute__((target("avx2"))) static void
score_32(const struct em_forest *forest, const uint8_t *data, size_t stride, int32_t *out)
{
    __m256i sums[4];
    for (int k = 0; k < 4; k++)
        sums[k] = _mm256_set1_epi32(forest->bias);
    const __m256i bytes = _mm256_set1_epi16(0xFF);
    for (size_t t = 0; t < forest->n_trees;) {
        __m256i a = _mm256_setzero_si256(), b = a;
        /* Leaves are at most EM_LEAF_MAX: so many sums fit in 16 bits. */
        for (size_t end = t + TREES_16; t < end && t < forest->n_trees; t++) {
            const struct em_oblivious_tree *tree = &forest->trees[t];
            __m256i leaf = leaves_of(tree, data, stride);
            __m256i half0 = _mm256_loadu_si256((const void *)tree->leaf);
            __m256i half1 = _mm256_loadu_si256((const void *)(tree->leaf + 16));
            /* Low and high bytes of leaves 0-15 and 16-31, each in both lanes. */
            __m256i lo = _mm256_permute4x64_epi64(
                _mm256_packus_epi16(_mm256_and_si256(half0, bytes),
                                    _mm256_and_si256(half1, bytes)),
                0xD8);
            __m256i hi =
                _mm256_permute4x64_epi64(_mm256_packus_epi16(_mm256_srli_epi16(half0, 8),
                                                             _mm256_srli_epi16(half1, 8)),
                                         0xD8);
            __m256i low = look_up(_mm256_permute2x128_si256(lo, lo, 0x00),
                                  _mm256_permute2x128_si256(lo, lo, 0x11), leaf);
            __m256i high = look_up(_mm256_permute2x128_si256(hi, hi, 0x00),
                                   _mm256_permute2x128_si256(hi, hi, 0x11), leaf);
            a = _mm256_add_epi16(a, _mm256_unpacklo_epi8(low, high));
            b = _mm256_add_epi16(b, _mm256_unpackhi_epi8(low, high));
        }
        /* a: rows 0-7 and 16-23; b: rows 8-15 and 24-31. */
        sums[0] =
            _mm256_add_epi32(sums[0], _mm256_cvtepi16_epi32(_mm256_castsi256_si128(a)));
        sums[1] =
            _mm256_add_epi32(sums[1], _mm256_cvtepi16_epi32(_mm256_castsi256_si128(b)));
        sums[2] = _mm256_add_epi32(sums[2],
                                   _mm256_cvtepi16_epi32(_mm256_extracti128_si256(a, 1)));
        sums[3] = _mm256_add_epi32(sums[3],
                                   _mm256_cvtepi16_epi32(_mm256_extracti128_si256(b, 1)));
    }
    for (int k = 0; k < 4; k++)
        _mm256_storeu_si256((__m256i *)(void *)(out + 8 * k), sums[k]);
}
#endif

void em_forest_score_portable(const struct em_forest *forest, const uint8_t *data,
                              size_t stride, size_t n, int32_t *scores)
{
    for (size_t i = 0; i < n; i++)
        scores[i] = score_row(forest, data + i, stride);
}

void em_forest_score(const struct em_forest *forest, const uint8_t *data, size_t stride,
                     size_t n, int32_t *scores)
{
#if defined(__x86_64__)
    if (em_cpu_avx2()) {
        for (size_t i = 0; i < n; i += ROWS)
            score_32(forest, data + i, stride, scores + i);
        return;
    }
#endif
    em_forest_score_portable(forest, data, stride, n, scores);
}
