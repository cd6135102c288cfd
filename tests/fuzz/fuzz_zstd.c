/* SPDX-License-Identifier: Apache-2.0
 *
 * A zstd file: targets frames, skippable frames, dictionaries, recovery after damage.
 */
#include "tests/fuzz/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char magic[] = "\x28\xB5\x2F\xFD";
    /* Either a frame, or any bytes with the dictionary frame first. */
    static const char dictionary[] = "\x5D\x2A\x4D\x18";
    if (size && data[0] & 0x80)
        return walk_both_ways(data, size, dictionary, sizeof(dictionary) - 1);
    return walk_both_ways(data, size, magic, sizeof(magic) - 1);
}
