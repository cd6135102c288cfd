/* SPDX-License-Identifier: Apache-2.0
 *
 * A text to words and prints: offsets within the text and in order, the two selections
 * agree with each other, and what precedes a text does not change its hashes.
 */
#include "base/alloc.h"
#include "detector/prints.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_prints(const struct em_prints *p, size_t size, uint32_t k)
{
    for (size_t i = 0; i < p->n_winnowed; i++) {
        const struct em_print *print = &p->winnowed[i];
        check(print->start < print->end && print->end <= size);
        check((uint64_t)print->word + k <= p->words);
        check(i == 0 || print->word > print[-1].word);
        /* The fraction 1 has every run, by its first word. */
        check(print->word < p->n_sampled && p->sampled[print->word].hash == print->hash &&
              p->sampled[print->word].start == print->start);
    }
    check(p->n_sampled == (p->words >= k ? p->words - k + 1 : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_prints prints;
    struct em_print_word *words[2] = {NULL, NULL};
    size_t n[2], cap[2] = {0, 0};
    if (size < 2)
        return 0;
    uint32_t k = 1 + data[0] % 64, t = k + data[1] % 64;
    const char *text = (const char *)data + 2;
    size -= 2;
    em_prints_init(&prints);
    struct em_prints_options options = {k, t, .sample_k = k, .fraction = 1};
    check(em_prints_make(&prints, &options, em_view_make(text, size)) == EM_OK);
    check_prints(&prints, size, k);
    check(em_prints_words(&prints, em_view_make(text, size), &words[0], &n[0], &cap[0]) ==
          EM_OK);
    for (size_t i = 0; i < n[0]; i++) {
        const struct em_print_word *w = &words[0][i];
        check(w->start < w->end && w->end <= size);
        check(i == 0 || w->start >= w[-1].end);
    }
    char *longer = em_malloc(size + 40);
    check(longer != NULL);
    memset(longer, '.', size + 40);
    memcpy(longer + 20, text, size);
    check(em_prints_words(&prints, em_view_make(longer, size + 40), &words[1], &n[1],
                          &cap[1]) == EM_OK);
    /* A cut character at the end may be another one when dots follow. */
    for (size_t i = 0; i + 1 < n[0] && i < n[1]; i++)
        check(words[0][i].hash == words[1][i].hash &&
              words[0][i].start + 20 == words[1][i].start);
    em_free(longer);
    em_free(words[0]);
    em_free(words[1]);
    em_prints_release(&prints);
    return 0;
}
