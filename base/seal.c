/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seal.h"

#include "base/hash.h"

enum { SEAL = 4 };

static uint32_t sum_of(struct em_view key, struct em_view sealed)
{
    return (uint32_t)em_hash64(sealed.data + SEAL, sealed.len - SEAL,
                               em_hash64(key.data, key.len, 2));
}

enum em_status em_seal_begin(struct em_buf *out)
{
    em_buf_clear(out);
    return em_buf_append(out, "\0\0\0", SEAL);
}

void em_seal(struct em_view key, struct em_buf *out)
{
    uint32_t sum = sum_of(key, em_buf_view(out));
    for (int i = 0; i < SEAL; i++)
        out->data[i] = (char)(sum >> 8 * (SEAL - 1 - i));
}

bool em_unseal(struct em_view key, struct em_view *value)
{
    uint32_t sum = 0;
    if (value->len < SEAL)
        return false;
    for (int i = 0; i < SEAL; i++)
        sum = sum << 8 | (uint8_t)value->data[i];
    if (sum != sum_of(key, *value))
        return false;
    *value = em_view_sub(*value, SEAL, value->len);
    return true;
}
