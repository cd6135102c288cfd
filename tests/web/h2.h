/* SPDX-License-Identifier: Apache-2.0
 *
 * As much HTTP/2 as the made-up web needs to answer one request after another: frames, HPACK
 * without a dynamic table. It trusts its peer, a crawler under test.
 *
 * spec: RFC 9113 (frames), RFC 7541 (HPACK).
 */
#ifndef EM_TESTS_H2_H
#define EM_TESTS_H2_H

#include "tests/web/web.h"

#include <stdint.h>

/* Where bytes for the peer go. */
typedef void (*h2_out_fn)(void *context, const void *bytes, size_t n);

/* Takes one piece of what came: the preface (24 bytes) where `first`, or a frame. Returns the
 * bytes it took, 0 where more must come, -1 where the connection is to be dropped. *stream
 * is the number of the stream where *request has been filled, else 0. */
long h2_take(bool first, const char *in, size_t n, struct web_request *request,
             uint32_t *stream, h2_out_fn out, void *context);

/* What a server says first. */
void h2_hello(h2_out_fn out, void *context);
/* The whole answer; anything but WEB_WHOLE resets the stream. */
void h2_answer(uint32_t stream, const struct web_answer *a, bool head, h2_out_fn out,
               void *context);

#endif
