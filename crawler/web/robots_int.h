/* SPDX-License-Identifier: Apache-2.0
 *
 * What reading and asking robots.txt share: records of the compact form, tokens, escapes.
 */
#ifndef EM_CRAWLER_WEB_ROBOTS_INT_H
#define EM_CRAWLER_WEB_ROBOTS_INT_H

#include "crawler/web/robots.h"

enum { EM_ROBOTS_HEAD = 8 }; /* bytes of a record before its own */

struct em_robots_record {
    char tag;
    uint32_t line;
    struct em_view bytes;
};

static inline uint32_t em_robots_u32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
           (uint32_t)u[3] << 24;
}

static inline uint16_t em_robots_u16(const char *p)
{
    return (uint16_t)((unsigned char)p[0] | (unsigned char)p[1] << 8);
}

static inline void em_robots_put_u32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (8 * i) & 255);
}

static inline void em_robots_put_u16(char *p, uint16_t v)
{
    p[0] = (char)(v & 255);
    p[1] = (char)(v >> 8);
}

/* White space as C has it in ASCII: vertical tab and form feed too. */
static inline bool em_robots_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline struct em_view em_robots_trim(struct em_view v)
{
    while (v.len && em_robots_space(v.data[0])) {
        v.data++;
        v.len--;
    }
    while (v.len && em_robots_space(v.data[v.len - 1]))
        v.len--;
    return v;
}

/* The product token that `text` begins with (spec: RFC9309 2.2.1), or with digits what many
 * use as one. */
static inline struct em_view em_robots_token(struct em_view text, bool digits)
{
    size_t n = 0;
    for (; n < text.len; n++) {
        char c = text.data[n], lower = (char)(c | 32);
        if (!(lower >= 'a' && lower <= 'z') && c != '-' && c != '_' &&
            !(digits && c >= '0' && c <= '9'))
            break;
    }
    return em_view_sub(text, 0, n);
}

/* Escapes in upper case, bytes above ASCII escaped: what google/robotstxt compares. */
EM_MUST_CHECK enum em_status em_robots_upper_escapes(struct em_buf *out,
                                                     struct em_view text);

/* spec: RFC9309 2.2.2: unreserved characters unescaped, all else that is no URI character
 * escaped. In a pattern '*' and a final '$' keep their meaning, elsewhere they are escaped,
 * so that "%2A" in a rule is '*' in a URL. */
EM_MUST_CHECK enum em_status em_robots_normal(struct em_buf *out, struct em_view text,
                                              bool pattern);

#endif
