/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an input of any kind: targets format detection and every reader.
 */
#include "tests/fuzz/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return walk_both_ways(data, size, "", 0);
}
