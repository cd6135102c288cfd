/* SPDX-License-Identifier: Apache-2.0
 *
 * Character references (spec: HTML 13.2.5.72 to 13.2.5.80): "&amp;", "&lt" and the other
 * names that need no semicolon, "&#8217;", "&#x2019;".
 */
#ifndef EM_CRAWLER_PAGE_ENTITIES_H
#define EM_CRAWLER_PAGE_ENTITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text a reference becomes: two code points of three and four bytes. */
#define EM_REFERENCE_MAX 8

struct em_entity {
    char name[32];
    char utf8[EM_REFERENCE_MAX];
    uint8_t name_len, utf8_len, legacy;
};

extern const struct em_entity em_entities[];
extern const size_t em_entities_count;

/* The reference at p, where *p is '&' and p < end. Writes its UTF-8 to `out`, the length to
 * *out_len, and returns the bytes of the reference; 0 when there is none and the '&' stands
 * for itself. In attributes a name without semicolon before '=' or a letter or digit is no
 * reference. */
size_t em_reference_decode(const char *p, const char *end, bool in_attribute,
                           char out[EM_REFERENCE_MAX], size_t *out_len);

#endif
