/* SPDX-License-Identifier: Apache-2.0
 *
 * A plain WARC: targets its header, the ends of blocks, resynchronisation, digests.
 */
#include "tests/fuzz/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char begin[] = "WARC/1.0\r\n";
    return walk_both_ways(data, size, begin, sizeof(begin) - 1);
}
