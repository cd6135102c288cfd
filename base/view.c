/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "base/view.h"

static unsigned char view_lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

bool em_view_ieq(struct em_view a, struct em_view b)
{
    return a.len == b.len && em_view_istarts(a, b);
}

bool em_view_istarts(struct em_view v, struct em_view prefix)
{
    if (v.len < prefix.len)
        return false;
    for (size_t i = 0; i < prefix.len; i++)
        if (view_lower((unsigned char)v.data[i]) !=
            view_lower((unsigned char)prefix.data[i]))
            return false;
    return true;
}

bool em_view_starts(struct em_view v, struct em_view prefix)
{
    return v.len >= prefix.len &&
           (prefix.len == 0 || memcmp(v.data, prefix.data, prefix.len) == 0);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct em_view em_view_trim(struct em_view v)
{
    while (v.len && is_space(v.data[0])) {
        v.data++;
        v.len--;
    }
    while (v.len && is_space(v.data[v.len - 1]))
        v.len--;
    return v;
}

/* memmem has a cost of its own, and under a sanitizer looks at all the rest of the haystack
 * first: who finds a short needle again and again would be quadratic there. */
enum { SHORT_NEEDLE = 16 };

struct em_view em_view_without_mark(struct em_view v)
{
    return em_view_starts(v, EM_VIEW("\xEF\xBB\xBF")) ? em_view_sub(v, 3, v.len) : v;
}

size_t em_view_find(struct em_view v, size_t from, struct em_view needle)
{
    if (from > v.len || needle.len > v.len - from)
        return v.len;
    if (needle.len == 0)
        return from;
    if (needle.len > SHORT_NEEDLE) {
        const char *hit = memmem(v.data + from, v.len - from, needle.data, needle.len);
        return hit ? (size_t)(hit - v.data) : v.len;
    }
    for (size_t last = v.len - needle.len; from <= last; from++) {
        const char *hit = memchr(v.data + from, needle.data[0], last - from + 1);
        if (!hit)
            break;
        from = (size_t)(hit - v.data);
        if (memcmp(hit, needle.data, needle.len) == 0)
            return from;
    }
    return v.len;
}

bool em_view_u64(struct em_view v, unsigned long long *out)
{
    unsigned long long n = 0;
    if (v.len == 0)
        return false;
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] < '0' || v.data[i] > '9')
            return false;
        if (__builtin_mul_overflow(n, 10ULL, &n) ||
            __builtin_add_overflow(n, (unsigned long long)(v.data[i] - '0'), &n))
            return false;
    }
    *out = n;
    return true;
}
