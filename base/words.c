/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline uint32_t is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The first byte of an ideograph or kana (U+3040 to U+9FFF); U+3000 to U+303F is white space
 * and punctuation. */
static inline uint32_t is_lone(char c, char next)
{
    unsigned char lead = (unsigned char)c;
    return lead >= 0xE3 && lead <= 0xE9 && !(lead == 0xE3 && (unsigned char)next == 0x80);
}

/* A lone character, or what is not blank after what is. */
static inline uint32_t word_begins(char before, char c, char next)
{
    return is_lone(c, next) || (is_blank(before) && !is_blank(c));
}

#ifdef __SSE2__
static __m128i words_load(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static __m128i bytes_are(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static __m128i bytes_are_blank(__m128i v)
{
    return _mm_or_si128(_mm_or_si128(bytes_are(v, ' '), bytes_are(v, '\n')),
                        _mm_or_si128(bytes_are(v, '\t'), bytes_are(v, '\r')));
}

static __m128i bytes_are_lone(__m128i v, __m128i next)
{
    __m128i inside = _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)0xE2)),
                                   _mm_cmplt_epi8(v, _mm_set1_epi8((char)0xEA)));
    __m128i sign = _mm_and_si128(bytes_are(v, (char)0xE3), bytes_are(next, (char)0x80));
    return _mm_andnot_si128(sign, inside);
}

/* In the 16 n bytes at p, n up to 255: as word_begins(), a byte's mask (-1) taken off for
 * each. One byte before and one after are read. */
static uint32_t count_vectors(const char *p, size_t n)
{
    __m128i sum = _mm_setzero_si128();
    for (; n > 0; n--, p += 16) {
        __m128i v = words_load(p), lone = bytes_are_lone(v, words_load(p + 1));
        __m128i before = bytes_are_blank(words_load(p - 1));
        sum = _mm_sub_epi8(
            sum, _mm_or_si128(lone, _mm_andnot_si128(bytes_are_blank(v), before)));
    }
    sum = _mm_sad_epu8(sum, _mm_setzero_si128());
    return (uint32_t)(_mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4));
}
#endif

uint32_t em_words_of(struct em_view text)
{
    if (text.len == 0)
        return 0;
    const char *p = text.data;
    size_t last = text.len - 1, i = 1;
    if (last == 0)
        return !is_blank(p[0]);
    uint32_t words = word_begins(' ', p[0], p[1]);
    words += is_blank(p[last - 1]) & !is_blank(p[last]);
#ifdef __SSE2__
    for (size_t n; (n = (last - i) / 16) > 0; i += 16 * n) {
        n = n < 255 ? n : 255;
        words += count_vectors(p + i, n);
    }
#endif
    for (; i < last; i++)
        words += word_begins(p[i - 1], p[i], p[i + 1]);
    return words;
}
