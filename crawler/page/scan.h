/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding one of a few bytes, quickly for the short runs that HTML is made of: 16 bytes at
 * a time with SSE2 (part of every x86-64), inline; byte by byte elsewhere. Long single-byte
 * searches go on in memchr, which the C library dispatches to AVX2. Never reads at or past
 * `end`.
 */
#ifndef EM_CRAWLER_PAGE_SCAN_H
#define EM_CRAWLER_PAGE_SCAN_H

#include <stddef.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The first `c` in [p, end), or end. */
static inline const char *em_scan_byte(const char *p, const char *end, char c)
{
#if defined(__SSE2__)
    const __m128i want = _mm_set1_epi8(c);
    for (int i = 0; i < 4; i++, p += 16) {
        if (end - p < 16)
            break;
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(v, want));
        if (mask)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    if (p == end)
        return end;
    const char *q = memchr(p, c, (size_t)(end - p));
    return q ? q : end;
}

/* The first `a` or `b` in [p, end), or end. */
static inline const char *em_scan_either(const char *p, const char *end, char a, char b)
{
#if defined(__SSE2__)
    const __m128i want_a = _mm_set1_epi8(a), want_b = _mm_set1_epi8(b);
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        int mask = _mm_movemask_epi8(
            _mm_or_si128(_mm_cmpeq_epi8(v, want_a), _mm_cmpeq_epi8(v, want_b)));
        if (mask)
            return p + __builtin_ctz((unsigned)mask);
    }
#endif
    while (p < end && *p != a && *p != b)
        p++;
    return p;
}

/* HTML white space: tab, line feed, form feed, carriage return, space. */
static inline int em_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

/* The first byte in [p, end) above ' ', or end; control characters count as space here. */
static inline const char *em_skip_blank(const char *p, const char *end)
{
    if (p < end && (unsigned char)*p > ' ')
        return p;
#if defined(__SSE2__)
    const __m128i bound = _mm_set1_epi8(' ');
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Unsigned v <= ' ' */
        int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, bound), v));
        if (mask != 0xFFFF)
            return p + __builtin_ctz(~(unsigned)mask);
    }
#endif
    while (p < end && (unsigned char)*p <= ' ')
        p++;
    return p;
}

#endif
