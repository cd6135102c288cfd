/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/lexical.h"

#include <string.h>

/* Bytes above ASCII are parts of letters, but for the apostrophe U+2019 and other marks of
 * its block (U+2000 to U+203F: E2 80 xx). */
static size_t lexical_letter(struct em_view text, size_t at, char *out)
{
    unsigned char c = (unsigned char)text.data[at];
    *out = (char)c;
    if (c >= 'A' && c <= 'Z') {
        *out = (char)(c + 32);
        return 1;
    }
    if (c >= 'a' && c <= 'z')
        return 1;
    bool mark =
        c == 0xE2 && at + 2 < text.len && (unsigned char)text.data[at + 1] == 0x80;
    return c >= 0x80 && !mark;
}

static bool lexical_continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* An apostrophe at `at` between two letters: its length in bytes, else 0. */
static size_t lexical_apostrophe(struct em_view text, size_t at)
{
    static const char curly[] = "\xE2\x80\x99";
    char ignored;
    size_t n = 0;
    if (text.data[at] == '\'')
        n = 1;
    else if (text.len - at >= 3 && memcmp(text.data + at, curly, 3) == 0)
        n = 3;
    return n && at + n < text.len && lexical_letter(text, at + n, &ignored) ? n : 0;
}

bool em_lexical_next(struct em_view text, size_t *at, char word[EM_LEXICAL_LONGEST],
                     size_t *len)
{
    size_t i = *at, n = 0;
    char c;
    while (i < text.len &&
           (lexical_continues(text.data[i]) || !lexical_letter(text, i, &c)))
        i++;
    bool any = i < text.len;
    while (i < text.len) {
        size_t step = lexical_letter(text, i, &c);
        if (!step) {
            step = n ? lexical_apostrophe(text, i) : 0;
            c = '\'';
        }
        if (!step)
            break;
        if (n < EM_LEXICAL_LONGEST)
            word[n] = c;
        n++;
        i += step;
    }
    *at = i;
    *len = n <= EM_LEXICAL_LONGEST ? n : 0;
    return any;
}

static int lexical_compare(const char *word, size_t len, const char *entry)
{
    int c = strncmp(word, entry, len);
    return c ? c : entry[len] ? -1 : 0;
}

/* Place in the table, or EM_LEXICAL_MAX. */
static uint32_t lexical_find(const char *word, size_t len)
{
    uint32_t low = 0, high = em_lexical_table_size;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int c = lexical_compare(word, len, em_lexical_table[middle].word);
        if (c == 0)
            return middle;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return EM_LEXICAL_MAX;
}

struct em_lexical em_lexical_measure(struct em_view text)
{
    struct em_lexical out = {.ratio = em_lexical_absent};
    uint64_t seen[EM_LEXICAL_MAX / 64] = {0};
    char word[EM_LEXICAL_LONGEST];
    size_t at = 0, len, n = 0;
    while (n < EM_LEXICAL_WORDS && em_lexical_next(text, &at, word, &len)) {
        n++;
        uint32_t k = len ? lexical_find(word, len) : EM_LEXICAL_MAX;
        if (k == EM_LEXICAL_MAX || seen[k / 64] >> (k % 64) & 1)
            continue;
        seen[k / 64] |= (uint64_t)1 << (k % 64);
        out.ratio += em_lexical_table[k].present;
        out.marked |= em_lexical_table[k].marker;
    }
    out.measured = n == EM_LEXICAL_WORDS;
    if (!out.measured)
        return (struct em_lexical){.measured = false};
    return out;
}
