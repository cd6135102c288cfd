/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/marks.h"

/* Letters as lower case, all else 0. */
static const char lower[256] = {
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f',
    ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k', ['L'] = 'l',
    ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x',
    ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd',
    ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j',
    ['k'] = 'k', ['l'] = 'l', ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p',
    ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u', ['v'] = 'v',
    ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z'};

static char lower_of(const char *p)
{
    return lower[(unsigned char)*p];
}

/* The key of the next word of `value` from *at on, 0 when there is none. */
static uint64_t next_key(struct em_view value, size_t *at)
{
    if (*at >= value.len) /* nor is anything added to a null pointer */
        return 0;
    const char *p = value.data + *at, *end = value.data + value.len;
    uint64_t key = 0;
    while (p < end && !lower_of(p))
        p++;
    const char *word = p;
    for (; p < end && lower_of(p); p++) {
        bool capital = *p != lower_of(p);
        if (capital && p > word && p[-1] == lower_of(p - 1))
            break;
        if (p - word < 8)
            key |= (uint64_t)lower_of(p) << 8 * (p - word);
    }
    *at = (size_t)(p - value.data);
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
