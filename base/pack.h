/* SPDX-License-Identifier: Apache-2.0
 *
 * Packing integers and strings into keys and values. Keys: big-endian, so that bytes sort
 * as numbers do. Values: LEB128 varints (7 bits a byte, low first; at most 10 bytes).
 * Reading never passes the end: an unpack that runs out of bytes sets `bad` and gives
 * zeros, so that a decoder checks once, at its end.
 */
#ifndef EM_BASE_PACK_H
#define EM_BASE_PACK_H

#include "base/buf.h"

#include <stdint.h>

EM_MUST_CHECK enum em_status em_pack_u64(struct em_buf *out, uint64_t value); /* varint */
/* Zigzag varint: small magnitudes are short. */
EM_MUST_CHECK enum em_status em_pack_i64(struct em_buf *out, int64_t value);
EM_MUST_CHECK enum em_status em_pack_be(struct em_buf *out, uint64_t value, size_t bytes);
EM_MUST_CHECK enum em_status em_pack_f32(struct em_buf *out, float value); /* 4 bytes */
/* Length and bytes. */
EM_MUST_CHECK enum em_status em_pack_view(struct em_buf *out, struct em_view value);

struct em_unpack {
    const uint8_t *p, *end;
    bool bad;
};

struct em_unpack em_unpack_of(struct em_view v);
uint64_t em_unpack_u64(struct em_unpack *in);
int64_t em_unpack_i64(struct em_unpack *in);
uint64_t em_unpack_be(struct em_unpack *in, size_t bytes);
float em_unpack_f32(struct em_unpack *in);
struct em_view em_unpack_view(struct em_unpack *in); /* borrows */
/* Up to and without the next NUL, which is skipped: strings inside keys. */
struct em_view em_unpack_name(struct em_unpack *in);
bool em_unpack_done(const struct em_unpack *in); /* all read, nothing bad */

#endif
