/* SPDX-License-Identifier: Apache-2.0 */
#include "index/table.h"

bool em_forgotten_has(const struct em_forgotten *what, uint64_t reference)
{
    size_t low = 0, high = what->n_references;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (what->references[middle] < reference)
            low = middle + 1;
        else
            high = middle;
    }
    return low < what->n_references && what->references[low] == reference;
}
