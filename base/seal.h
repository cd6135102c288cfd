/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed values: a checksum of four bytes before what is kept, over the key as well, so that
 * a flipped bit in either is seen. For what does not lie in blocks: meta and ledger.
 */
#ifndef EM_BASE_SEAL_H
#define EM_BASE_SEAL_H

#include "base/buf.h"

/* Clears `out` and leaves room for the checksum. */
EM_MUST_CHECK enum em_status em_seal_begin(struct em_buf *out);
void em_seal(struct em_view key, struct em_buf *out);
/* Takes the checksum off; false where it does not match. */
bool em_unseal(struct em_view key, struct em_view *value);

#endif
