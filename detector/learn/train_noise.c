/* SPDX-License-Identifier: Apache-2.0
 *
 * Typing errors in a share of the training windows of both classes: a word spelt wrong is
 * then no sign of a person, and a disguise by misspelling (RAID, Dugan et al. 2024) buys
 * less.
 */
#include "base/buf.h"
#include "detector/learn/metrics.h"
#include "detector/learn/train_int.h"

#include <ctype.h>

/* One word of so many is misspelt in a window that is, if it is long enough. */
enum { ONE_OF = 8, SHORTEST = 4 };

/* Two neighbours swapped, a letter left out, or one typed twice; never the first. */
static enum em_status misspell(struct em_buf *out, const char *word, size_t n, uint64_t r)
{
    size_t at = 1 + (size_t)((r >> 8) % (n - 2));
    EM_TRY(em_buf_append(out, word, at));
    switch (r % 3) {
    case 0:
        EM_TRY(em_buf_putc(out, word[at + 1]));
        EM_TRY(em_buf_putc(out, word[at]));
        return em_buf_append(out, word + at + 2, n - at - 2);
    case 1:
        return em_buf_append(out, word + at + 1, n - at - 1);
    default:
        EM_TRY(em_buf_putc(out, word[at]));
        return em_buf_append(out, word + at, n - at);
    }
}

enum em_status em_train_misspell(uint64_t seed, struct em_view text, struct em_buf *out)
{
    uint64_t word = 0;
    size_t i = 0;
    em_buf_clear(out);
    while (i < text.len) {
        size_t start = i;
        while (i < text.len && isalpha((unsigned char)text.data[i]))
            i++;
        if (i - start >= SHORTEST) {
            uint64_t r = em_random_at(seed, word++);
            if ((r >> 40) % ONE_OF == 0)
                EM_TRY(misspell(out, text.data + start, i - start, r));
            else
                EM_TRY(em_buf_append(out, text.data + start, i - start));
        } else if (i > start) {
            EM_TRY(em_buf_append(out, text.data + start, i - start));
        }
        if (i < text.len && !isalpha((unsigned char)text.data[i]))
            EM_TRY(em_buf_putc(out, text.data[i++]));
    }
    return EM_OK;
}
