/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tools that measure extraction share: words as hashes, lists, files.
 */
#ifndef EM_BENCH_EVAL_WORDS_H
#define EM_BENCH_EVAL_WORDS_H

#include "base/hash.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

struct em_words {
    uint64_t *hashes;
    size_t n, cap;
};

/* Letters, digits and '_' by Unicode, near enough: what is punctuation in the blocks that
 * texts use is not. */
static inline bool em_is_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
               c == '_';
    if (c < 0xC0)
        return c == 0xAA || c == 0xB5 || c == 0xBA;
    return c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c < 0x2C00) &&
           !(c >= 0x3000 && c < 0x3005) && !(c >= 0x3008 && c < 0x3021) &&
           !(c >= 0xFF01 && c < 0xFF10) && !(c >= 0xE000 && c < 0xF900) && c < 0x1F000 &&
           c != 0xFEFF && c != 0xFFFD && c != 0x060C && c != 0x061F && c != 0x0964;
}

static inline uint32_t em_lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return c + 32;
    if (c >= 0x400 && c <= 0x40F)
        return c + 80;
    return c >= 0x100 && c < 0x180 && c != 0x130 && c != 0x131 && c < 0x138 ? c | 1 : c;
}

static inline void em_words_of(struct em_view v, bool lower, struct em_words *w)
{
    const char *p = v.data, *end = v.data + v.len;
    uint64_t h = 0;
    *w = (struct em_words){malloc((v.len / 2 + 2) * sizeof(uint64_t)), 0, v.len / 2 + 2};
    if (!w->hashes)
        exit(2);
    while (p <= end && v.data) {
        uint32_t c = ' ';
        p += p < end ? em_utf8_decode(p, end, &c) : 1;
        if (em_is_word(c)) {
            h = em_mix64((h + 0x9E3779B97F4A7C15u) ^ (lower ? em_lower(c) : c));
        } else if (h) {
            w->hashes[w->n++] = h;
            h = 0;
        }
    }
}

/* A whole file; data is malloc'ed. */
static inline struct em_view em_eval_read(const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t cap = 1 << 16, n = 0, got;
    char *data = malloc(cap);
    if (!f || !data) {
        perror(path);
        exit(2);
    }
    while ((got = fread(data + n, 1, cap - n, f)) > 0) {
        n += got;
        if (n == cap && !(data = realloc(data, cap *= 2)))
            exit(2);
    }
    fclose(f);
    return em_view_make(data, n);
}

/* Cuts a list line into its six fields. */
static inline bool em_eval_fields(char *line, char *field[6])
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < 6; i++) {
        field[i] = line;
        line += strcspn(line, "\t");
        if (*line)
            *line++ = '\0';
        else if (i < 5)
            return false;
    }
    return true;
}

#endif
