/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/marks.h"

uint32_t em_marks_of(struct em_view value)
{
    uint32_t marks = 0;
    uint64_t key = 0;
    unsigned shift = 0;
    bool after_lower = false;
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        unsigned char low = c | 0x20;
        bool letter = (unsigned char)(low - 'a') < 26;
        bool upper = letter && c < 'a';
        if ((!letter || (upper && after_lower)) && key) {
            marks |= em_marks_find(key);
            key = 0;
            shift = 0;
        }
        if (letter && shift < 64) {
            key |= (uint64_t)low << shift;
            shift += 8;
        }
        after_lower = letter && !upper;
    }
    return key ? marks | em_marks_find(key) : marks;
}
