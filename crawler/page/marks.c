/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/marks.h"

/* The key of the next word of `value` from *at on, 0 when there is none. */
static uint64_t next_key(struct em_view value, size_t *at)
{
    uint64_t key = 0;
    unsigned shift = 0;
    bool after_lower = false;
    size_t i = *at;
    for (; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        unsigned char low = c | 0x20;
        bool letter = (unsigned char)(low - 'a') < 26;
        bool upper = letter && c < 'a';
        if ((!letter || (upper && after_lower)) && key)
            break;
        if (letter && shift < 64) {
            key |= (uint64_t)low << shift;
            shift += 8;
        }
        after_lower = letter && !upper;
    }
    *at = i;
    return key;
}

uint32_t em_marks_of(struct em_view value)
{
    uint32_t marks = 0;
    uint64_t key;
    for (size_t at = 0; (key = next_key(value, &at));)
        marks |= em_marks_find(key);
    return marks;
}

size_t em_marks_words(struct em_view value, uint64_t *keys, size_t room)
{
    size_t n = 0;
    for (size_t at = 0; n < room && (keys[n] = next_key(value, &at));)
        n++;
    return n;
}
