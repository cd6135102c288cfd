/* SPDX-License-Identifier: Apache-2.0
 *
 * A plain ARC after a version block: targets record lines and the ends of blocks.
 */
#include "tests/fuzz/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char begin[] = "filedesc://x 0.0.0.0 20080430204825 text/plain 5\n"
                                "1 0 X\n";
    return walk_both_ways(data, size, begin, sizeof(begin) - 1);
}
