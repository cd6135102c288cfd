/* SPDX-License-Identifier: Apache-2.0
 *
 * A view borrows bytes: pointer and length, no terminator, never freed. The empty view has
 * len 0 and possibly data NULL. Whoever hands one out says how long it lives.
 */
#ifndef EM_BASE_VIEW_H
#define EM_BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

struct em_view {
    const char *data;
    size_t len;
};

#define EM_VIEW(literal) ((struct em_view){(literal), sizeof(literal) - 1})
#define EM_VIEW_NONE     ((struct em_view){NULL, 0})
/* For printf("%.*s", EM_VIEW_ARGS(v)). */
#define EM_VIEW_ARGS(v) (int)(v).len, (v).data ? (v).data : ""

static inline struct em_view em_view_of(const char *text)
{
    return (struct em_view){text, text ? strlen(text) : 0};
}

static inline struct em_view em_view_make(const char *data, size_t len)
{
    return (struct em_view){data, len};
}

static inline bool em_view_eq(struct em_view a, struct em_view b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* `start` is clamped to the view, `len` to what is left. */
static inline struct em_view em_view_sub(struct em_view v, size_t start, size_t len)
{
    if (start > v.len)
        start = v.len;
    if (len > v.len - start)
        len = v.len - start;
    return (struct em_view){v.data ? v.data + start : NULL, len};
}

/* ASCII case only; what protocols compare. */
bool em_view_ieq(struct em_view a, struct em_view b);
bool em_view_istarts(struct em_view v, struct em_view prefix);
bool em_view_starts(struct em_view v, struct em_view prefix);

/* Without ASCII white space at both ends. */
struct em_view em_view_trim(struct em_view v);

/* Without the UTF-8 byte order mark that some editors and exports put in front. */
struct em_view em_view_without_mark(struct em_view v);

/* Byte offset of the first `needle` at or after `from`, or v.len when there is none. */
size_t em_view_find(struct em_view v, size_t from, struct em_view needle);

/* What a hexadecimal digit of either case is worth, or -1. */
static inline int em_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Digits only, no sign, no blanks; false on an empty view, another byte, or overflow. */
bool em_view_u64(struct em_view v, unsigned long long *out);

#ifdef __cplusplus
}
#endif

#endif
