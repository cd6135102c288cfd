/* SPDX-License-Identifier: Apache-2.0
 *
 * A gzip file: targets members, what lies between them, recovery after damage.
 */
#include "tests/fuzz/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[] = "\x1F\x8B\x08";
    return walk_both_ways(data, size, magic, sizeof(magic) - 1);
}
