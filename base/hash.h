/* SPDX-License-Identifier: Apache-2.0
 *
 * 64-bit hashing: XXH3 from xxHash for bytes, and a mixer for integers. Both are fixed for
 * ever: model files and fingerprints depend on them.
 */
#ifndef EM_BASE_HASH_H
#define EM_BASE_HASH_H

#include "base/view.h"

#include <stdint.h>

/* XXH3_64bits_withSeed: the same on every platform and with every instruction set. */
uint64_t em_hash64(const void *data, size_t len, uint64_t seed);

/* The finalizer of MurmurHash3 (public domain, A. Appleby): a bijection, good avalanche. */
static inline uint64_t em_mix64(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xFF51AFD7ED558CCDu;
    x ^= x >> 33;
    x *= 0xC4CEB9FE1A85EC53u;
    return x ^ x >> 33;
}

#endif
