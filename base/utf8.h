/* SPDX-License-Identifier: Apache-2.0
 *
 * UTF-8 as the Encoding Standard decodes it: an invalid sequence becomes one U+FFFD per
 * maximal subpart (spec: WHATWG Encoding 8.1.1), never an error.
 */
#ifndef EM_BASE_UTF8_H
#define EM_BASE_UTF8_H

#include "base/buf.h"

#define EM_REPLACEMENT 0xFFFDu

/* Decode one code point at p < end; returns its bytes (1-4). Invalid: *cp = U+FFFD and the
 * length of the maximal subpart. */
size_t em_utf8_decode(const char *p, const char *end, uint32_t *cp);

/* Encode into out[4]; returns bytes written. Surrogates and values above U+10FFFF are
 * written as U+FFFD. */
size_t em_utf8_encode(char out[4], uint32_t cp);

/* Length of the longest valid prefix. */
size_t em_utf8_valid_prefix(struct em_view v);

/* Append `v` with every invalid sequence replaced; *replaced (may be NULL) counts them. */
EM_MUST_CHECK enum em_status em_utf8_append_clean(struct em_buf *out, struct em_view v,
                                                  size_t *replaced);

#endif
