/* SPDX-License-Identifier: Apache-2.0 */
#include "base/suggest.h"

#include <string.h>

enum { MAX_NAME_BYTES = 32, MAX_EDITS = 2 };

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Letters to change, add, leave out or swap (Damerau, Levenshtein); too long: many. */
static unsigned edits(const char *a, size_t n, const char *b)
{
    unsigned rows[3][MAX_NAME_BYTES + 1];
    size_t m = strlen(b);
    if (n > MAX_NAME_BYTES || m > MAX_NAME_BYTES)
        return MAX_EDITS + 1;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            now[j] =
                least(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

void em_suggest(struct em_suggestion *s, const char *name)
{
    /* What was typed as the beginning of one name is meant to be that. */
    bool begins = s->typed_len >= 3 && strncmp(name, s->typed, s->typed_len) == 0;
    unsigned n = begins ? 1 : edits(s->typed, s->typed_len, name);
    if (n > MAX_EDITS || n * 2 > s->typed_len || (s->name && n >= s->edits))
        return;
    s->name = name;
    s->edits = n;
}
