/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of a text: places move on and stay within it, and what is measured is finite and
 * depends on nothing after the last word looked at.
 */
#include "detector/lexical.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view text = em_view_make((const char *)data, size);
    char word[EM_LEXICAL_LONGEST];
    size_t at = 0, len, n = 0, end = size;
    for (size_t last = 0; em_lexical_next(text, &at, word, &len); last = at) {
        check(at > last && at <= size && len <= EM_LEXICAL_LONGEST);
        if (++n == EM_LEXICAL_WORDS)
            end = at;
    }
    struct em_lexical whole = em_lexical_measure(text);
    struct em_lexical cut = em_lexical_measure(em_view_sub(text, 0, end));
    check(whole.measured == (n >= EM_LEXICAL_WORDS) && isfinite(whole.ratio));
    check(whole.measured == cut.measured && whole.marked == cut.marked &&
          fabsf(whole.ratio - cut.ratio) < 1e-6F);
    return 0;
}
