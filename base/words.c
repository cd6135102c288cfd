/* SPDX-License-Identifier: Apache-2.0 */
#include "base/words.h"

static uint32_t is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The first byte of an ideograph or kana (U+3040 to U+9FFF); U+3000 to U+303F is white space
 * and punctuation. */
static uint32_t is_lone(char c, char next)
{
    unsigned char lead = (unsigned char)c;
    return lead >= 0xE3 && lead <= 0xE9 && !(lead == 0xE3 && (unsigned char)next == 0x80);
}

/* A loop without memory, so that the compiler vectorises it. */
uint32_t em_words_of(struct em_view text)
{
    if (text.len == 0)
        return 0;
    size_t last = text.len - 1;
    uint32_t words = !is_blank(text.data[0]);
    if (last > 0 && is_lone(text.data[0], text.data[1]))
        words = 0;
    for (size_t i = 1; i < text.len; i++)
        words += is_blank(text.data[i - 1]) & (1 - is_blank(text.data[i]));
    for (size_t i = 0; i < last; i++)
        words += is_lone(text.data[i], text.data[i + 1]);
    for (size_t i = 1; i < last; i++)
        words -= is_blank(text.data[i - 1]) & is_lone(text.data[i], text.data[i + 1]);
    return words;
}
