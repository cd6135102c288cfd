/* SPDX-License-Identifier: Apache-2.0
 *
 * See refs_match.h for the rules. Time: each word of the document is taken up once an
 * alignment; where a passage ends, a constant number of continuations is tried.
 */
#include "index/refs/refs_align.h"

#include "base/alloc.h"

#include <stdlib.h>

void em_aligner_release(struct em_aligner *a)
{
    em_free(a->text_seen);
    em_free(a->piece_seen);
    em_free(a->print_seen);
    em_free(a->runs);
    *a = (struct em_aligner){.words = NULL};
}

/* `n` zero stamps where there are fewer. */
static enum em_status refs_align_reserve(uint32_t **array, size_t n, size_t cap)
{
    if (n <= cap)
        return EM_OK;
    uint32_t *fresh = em_calloc(n, sizeof(fresh[0]));
    if (!fresh)
        return EM_ERR_NOMEM;
    em_free(*array);
    *array = fresh;
    return EM_OK;
}

enum em_status em_align_document(struct em_aligner *a, const struct em_print_word *words,
                                 size_t n)
{
    size_t want = n + n / 2;
    if (n > a->cap_text) {
        EM_TRY(refs_align_reserve(&a->text_seen, want, a->cap_text));
        a->cap_text = want;
    }
    a->words = words;
    a->n_words = (uint32_t)n;
    return EM_OK;
}

static enum em_status refs_align_start(struct em_aligner *a, const struct em_refs *refs,
                                       const struct em_refs_piece *piece)
{
    size_t want = (size_t)piece->n_words + piece->n_words / 2 + 64;
    if (piece->n_words > a->cap_piece) {
        EM_TRY(refs_align_reserve(&a->piece_seen, want, a->cap_piece));
        EM_TRY(refs_align_reserve(&a->print_seen, want, a->cap_piece));
        a->cap_piece = want;
    }
    if (++a->stamp == 0) { /* all stamps are used up: begin again */
        memset(a->text_seen, 0, a->cap_text * sizeof(a->text_seen[0]));
        memset(a->piece_seen, 0, a->cap_piece * sizeof(a->piece_seen[0]));
        memset(a->print_seen, 0, a->cap_piece * sizeof(a->print_seen[0]));
        a->stamp = 1;
    }
    a->piece = refs->words + piece->words;
    a->n_piece = piece->n_words;
    a->k = refs->header.k;
    a->n_runs = 0;
    a->found = a->prints = 0;
    return EM_OK;
}

static inline bool same(const struct em_aligner *a, uint32_t at_text, uint32_t at_piece)
{
    return (a->piece[at_piece] & EM_WORD_HASH) ==
               a->words[at_text].hash >> EM_WORD_SHIFT &&
           a->text_seen[at_text] != a->stamp;
}

/* Words that are the same from here on, at most `most`. */
static uint32_t refs_align_forward(const struct em_aligner *a, uint32_t at_text,
                                   uint32_t at_piece, uint32_t most)
{
    uint32_t n = 0;
    while (n < most && at_text + n < a->n_words && at_piece + n < a->n_piece &&
           same(a, at_text + n, at_piece + n))
        n++;
    return n;
}

/* The same before here. */
static uint32_t refs_align_backward(const struct em_aligner *a, uint32_t at_text,
                                    uint32_t at_piece, uint32_t most)
{
    uint32_t n = 0;
    while (n < most && n < at_text && n < at_piece &&
           same(a, at_text - n - 1, at_piece - n - 1))
        n++;
    return n;
}

static enum em_status refs_align_take(struct em_aligner *a, uint32_t at_text,
                                      uint32_t at_piece, uint32_t n)
{
    struct em_run run = {.at_text = at_text, .n = n};
    if (a->n_runs == a->cap_runs) {
        size_t cap = a->cap_runs ? 2 * a->cap_runs : 64;
        void *grown = em_realloc_array(a->runs, cap, sizeof(a->runs[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        a->runs = grown;
        a->cap_runs = cap;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint16_t word = a->piece[at_piece + i];
        a->text_seen[at_text + i] = a->stamp;
        run.counted += !(word & EM_WORD_COMMON);
        if (a->piece_seen[at_piece + i] != a->stamp) {
            a->piece_seen[at_piece + i] = a->stamp;
            a->found += !(word & EM_WORD_COMMON);
        }
        if (word & EM_WORD_PRINT && i + a->k <= n &&
            a->print_seen[at_piece + i] != a->stamp) {
            a->print_seen[at_piece + i] = a->stamp;
            a->prints++;
        }
    }
    a->runs[a->n_runs++] = run;
    return EM_OK;
}

/* Are EM_REFS_RESUME words the same after i words of the one and j of the other? */
static bool agrees(const struct em_aligner *a, uint32_t text, uint32_t piece, uint32_t i,
                   uint32_t j, bool ahead)
{
    if (i > EM_REFS_GAP || j > EM_REFS_GAP)
        return false;
    if (ahead)
        return text + i < a->n_words && piece + j < a->n_piece &&
               refs_align_forward(a, text + i, piece + j, EM_REFS_RESUME) ==
                   EM_REFS_RESUME;
    return text >= i && piece >= j &&
           refs_align_backward(a, text - i, piece - j, EM_REFS_RESUME) == EM_REFS_RESUME;
}

/* Where the two agree again, nearest first: words to skip in each. False: nowhere. */
static bool resume(const struct em_aligner *a, uint32_t text, uint32_t piece, bool ahead,
                   uint32_t *skip_text, uint32_t *skip_piece)
{
    for (uint32_t sum = 1; sum <= 2 * EM_REFS_GAP; sum++) {
        /* As many on both sides (replaced) before more on one (inserted, lost). */
        for (uint32_t off = sum & 1; off <= sum; off += 2) {
            for (int side = 0; side < 2; side++) {
                uint32_t i = (side ? sum - off : sum + off) / 2;
                if (!agrees(a, text, piece, i, sum - i, ahead))
                    continue;
                *skip_text = i;
                *skip_piece = sum - i;
                return true;
            }
        }
    }
    return false;
}

/* From a place where k words are the same, in both directions. */
static enum em_status refs_align_extend(struct em_aligner *a, uint32_t text,
                                        uint32_t piece)
{
    uint32_t back = refs_align_backward(a, text, piece, UINT32_MAX), i, j;
    uint32_t from_text = text - back, from_piece = piece - back;
    uint32_t n = refs_align_forward(a, from_text, from_piece, UINT32_MAX);
    EM_TRY(refs_align_take(a, from_text, from_piece, n));
    text = from_text + n;
    piece = from_piece + n;
    while (resume(a, text, piece, true, &i, &j)) {
        text += i;
        piece += j;
        n = refs_align_forward(a, text, piece, UINT32_MAX);
        EM_TRY(refs_align_take(a, text, piece, n));
        text += n;
        piece += n;
    }
    while (resume(a, from_text, from_piece, false, &i, &j)) {
        from_text -= i;
        from_piece -= j;
        n = refs_align_backward(a, from_text, from_piece, UINT32_MAX);
        from_text -= n;
        from_piece -= n;
        EM_TRY(refs_align_take(a, from_text, from_piece, n));
    }
    return EM_OK;
}

static int by_text(const void *x, const void *y)
{
    const struct em_run *a = x, *b = y;
    return a->at_text < b->at_text ? -1 : a->at_text > b->at_text;
}

enum em_status em_align(struct em_aligner *a, const struct em_refs *refs,
                        const struct em_refs_piece *piece, const struct em_seed *seeds,
                        size_t n)
{
    EM_TRY(refs_align_start(a, refs, piece));
    for (size_t i = 0; i < n; i++) {
        uint32_t text = seeds[i].at_text, at = seeds[i].at_piece;
        /* A set's word is not to be trusted, nor is the seed's. */
        if (at >= a->n_piece || text >= a->n_words ||
            refs_align_forward(a, text, at, a->k) < a->k)
            continue;
        EM_TRY(refs_align_extend(a, text, at));
    }
    if (a->n_runs > 1)
        qsort(a->runs, a->n_runs, sizeof(a->runs[0]), by_text);
    return EM_OK;
}

uint32_t em_align_find(const struct em_aligner *a, const struct em_refs *refs,
                       const struct em_refs_piece *piece, uint32_t from, uint32_t to)
{
    const uint16_t *words = refs->words + piece->words;
    for (uint32_t at = from; at < to && piece->n_words <= a->n_words - at; at++) {
        uint32_t n = 0;
        while (n < piece->n_words &&
               (words[n] & EM_WORD_HASH) == a->words[at + n].hash >> EM_WORD_SHIFT)
            n++;
        if (n == piece->n_words)
            return at;
    }
    return UINT32_MAX;
}
