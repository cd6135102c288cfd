/* SPDX-License-Identifier: Apache-2.0
 *
 * Words to runs to prints, in blocks small enough for the first-level cache. After each
 * block's words and runs lie the last ones of the block before, so that no loop has to
 * think of the seam:
 *
 *     words  [ ... carried ... | block ]       run j: words j-k+1 to j
 *     runs   [ ... carried ... | block ]       window: runs j-w+1 to j
 *
 * A run's hash is the polynomial of its words' hashes modulo 2^64, mixed: rolling it on
 * costs two multiplications. Words' hashes are mixed already; the texts on which such
 * polynomials collide (Thue-Morse) need runs of more than a thousand words.
 */
#include "detector/prints_int.h"

#include "base/alloc.h"
#include "base/hash.h"

enum {
    BLOCK = 512,
    CARRY =
        EM_PRINTS_MAX_K + EM_PRINTS_MAX_T, /* a window of runs, and the first's words */
};

#define BASE 0x9FB21C651E98DF25u /* odd */

struct em_prints_work {
    struct em_print_word words[CARRY + BLOCK];
    uint64_t runs[CARRY + BLOCK]; /* of winnowing's k, at their last word */
    uint16_t cache[EM_FOLD_CACHE];
};

/* Rolls over the words; `power` is BASE to the k. */
struct roll {
    uint32_t k;
    uint64_t h, power;
};

/* Where winnowing stands. Positions are indices into the block's arrays. */
struct window {
    ptrdiff_t smallest; /* of the runs of the window before */
    uint64_t runs;      /* seen so far */
};

void em_prints_init(struct em_prints *prints)
{
    memset(prints, 0, sizeof(*prints));
}

void em_prints_release(struct em_prints *prints)
{
    em_free(prints->winnowed);
    em_free(prints->sampled);
    em_free(prints->work);
    em_prints_init(prints);
}

static struct roll roll_start(uint32_t k)
{
    struct roll r = {.k = k, .power = 1};
    for (uint32_t i = 0; i < k; i++)
        r.power *= BASE;
    return r;
}

static inline uint64_t roll_on(struct roll *r, const struct em_print_word *word)
{
    r->h = r->h * BASE + word->hash - r->power * word[-(ptrdiff_t)r->k].hash;
    return em_mix64(r->h);
}

static inline struct em_print print_at(const struct em_print_word *last, uint32_t k,
                                       uint64_t hash, uint32_t number)
{
    const struct em_print_word *first = last - (k - 1);
    return (struct em_print){hash, first->start, last->end, number + 1 - k};
}

static enum em_status prints_reserve(struct em_print **array, size_t n, size_t *cap)
{
    if (n + BLOCK <= *cap)
        return EM_OK;
    size_t more = 2 * *cap + 2 * BLOCK;
    void *grown = em_realloc_array(*array, more, sizeof(**array));
    if (!grown)
        return EM_ERR_NOMEM;
    *array = grown;
    *cap = more;
    return EM_OK;
}

/* The smallest of runs[from..to], the rightmost of equals. */
static ptrdiff_t smallest_of(const uint64_t *runs, ptrdiff_t from, ptrdiff_t to)
{
    ptrdiff_t best = to;
    for (ptrdiff_t i = to - 1; i >= from; i--)
        if (runs[i] < runs[best])
            best = i;
    return best;
}

/* The runs that end in words [from, to) of the block, before there is a whole window: the
 * smallest so far is kept in mind. */
static void winnow_begin(struct em_prints_work *work, struct roll *roll,
                         struct window *window, ptrdiff_t from, ptrdiff_t to)
{
    uint64_t *runs = work->runs + CARRY;
    for (ptrdiff_t i = from; i < to; i++) {
        runs[i] = roll_on(roll, &work->words[CARRY + i]);
        if (window->runs++ == 0 || runs[i] <= runs[window->smallest])
            window->smallest = i;
    }
}

/* Winnow the `n` words of the block; `before` words came in earlier ones. */
static void winnow(struct em_prints *prints, struct roll *roll, struct window *window,
                   uint32_t w, size_t n, uint32_t before)
{
    const struct em_print_word *words = prints->work->words + CARRY;
    uint64_t *runs = prints->work->runs + CARRY;
    struct em_print *out = prints->winnowed + prints->n_winnowed;
    const ptrdiff_t all = (ptrdiff_t)n, k = roll->k;
    ptrdiff_t i = 0;
    if (before == 0) { /* only the first block: a window is shorter than a block */
        ptrdiff_t first = k - 1 < all ? k - 1 : all;
        ptrdiff_t whole = first + (ptrdiff_t)w < all ? first + (ptrdiff_t)w : all;
        for (; i < first; i++)
            (void)roll_on(roll, &words[i]);
        winnow_begin(prints->work, roll, window, first, whole);
        i = whole;
        if (window->runs == w)
            *out++ = print_at(&words[window->smallest], roll->k, runs[window->smallest],
                              (uint32_t)window->smallest);
    }
    ptrdiff_t smallest = window->smallest;
    uint64_t least = i < all ? runs[smallest] : 0;
    for (; i < all; i++) {
        uint64_t run = roll_on(roll, &words[i]);
        runs[i] = run;
        if (run <= least) {
            smallest = i;
        } else {
            if (smallest > i - (ptrdiff_t)w)
                continue;
            smallest = smallest_of(runs, i - (ptrdiff_t)w + 1, i);
        }
        least = runs[smallest];
        *out++ = print_at(&words[smallest], roll->k, least,
                          (uint32_t)((ptrdiff_t)before + smallest));
    }
    window->smallest = smallest - all;
    prints->n_winnowed = (size_t)(out - prints->winnowed);
}

/* A text shorter than a window: all its runs. They lie in the last block. */
static void take_all_runs(struct em_prints *prints, const struct window *window,
                          uint32_t k, size_t n)
{
    const struct em_print_word *words = prints->work->words + CARRY;
    const uint64_t *runs = prints->work->runs + CARRY;
    for (size_t i = n - (size_t)window->runs; i < n; i++)
        prints->winnowed[prints->n_winnowed++] =
            print_at(&words[i], k, runs[i], (uint32_t)i);
}

static void prints_sample(struct em_prints *prints, struct roll *roll, uint64_t most,
                          size_t n, uint32_t before)
{
    const struct em_print_word *words = prints->work->words + CARRY;
    struct em_print *out = prints->sampled + prints->n_sampled;
    for (size_t i = 0; i < n; i++) {
        uint64_t h = roll_on(roll, &words[i]);
        if (h > most || before + (uint32_t)i + 1 < roll->k)
            continue;
        *out++ = print_at(&words[i], roll->k, h, before + (uint32_t)i);
    }
    prints->n_sampled = (size_t)(out - prints->sampled);
}

static bool options_hold(const struct em_prints_options *o)
{
    return o->k <= EM_PRINTS_MAX_K && o->sample_k <= EM_PRINTS_MAX_K &&
           (o->k == 0 || (o->k <= o->t && o->t <= EM_PRINTS_MAX_T));
}

/* The cache of folded characters stays; words before the first are nothing. */
static enum em_status prints_start(struct em_prints *prints, struct em_view text,
                                   struct em_word_scan *scan)
{
    prints->n_winnowed = prints->n_sampled = 0;
    prints->words = 0;
    if (text.len >= UINT32_MAX)
        return EM_ERR_LIMIT;
    if (!prints->work) {
        prints->work = em_calloc(1, sizeof(*prints->work));
        if (!prints->work)
            return EM_ERR_NOMEM;
    }
    memset(prints->work->words, 0, CARRY * sizeof(prints->work->words[0]));
    const char *begin = text.data ? text.data : "";
    *scan = (struct em_word_scan){begin, begin, begin + text.len, prints->work->cache};
    return EM_OK;
}

enum em_status em_prints_make(struct em_prints *prints,
                              const struct em_prints_options *options,
                              struct em_view text)
{
    struct em_word_scan scan;
    if (!options_hold(options))
        return EM_ERR_USAGE;
    EM_TRY(prints_start(prints, text, &scan));
    struct em_prints_work *work = prints->work;
    struct roll roll = roll_start(options->k),
                roll_sample = roll_start(options->sample_k);
    struct window window = {.smallest = 0};
    const uint32_t w = options->t - options->k + 1;
    const uint64_t most = UINT64_MAX / (options->fraction ? options->fraction : 1);
    size_t n;
    do {
        n = em_words_next(&scan, work->words + CARRY, BLOCK);
        if (options->k && n) {
            EM_TRY(prints_reserve(&prints->winnowed, prints->n_winnowed,
                                  &prints->cap_winnowed));
            winnow(prints, &roll, &window, w, n, prints->words);
            if (n < BLOCK && window.runs < w)
                take_all_runs(prints, &window, options->k, n);
        }
        if (options->sample_k && n) {
            EM_TRY(prints_reserve(&prints->sampled, prints->n_sampled,
                                  &prints->cap_sampled));
            prints_sample(prints, &roll_sample, most, n, prints->words);
        }
        prints->words += (uint32_t)n;
        if (n == BLOCK) {
            memmove(work->words, work->words + BLOCK, CARRY * sizeof(work->words[0]));
            memmove(work->runs, work->runs + BLOCK, CARRY * sizeof(work->runs[0]));
        }
    } while (n == BLOCK);
    return EM_OK;
}

enum em_status em_prints_words(struct em_prints *prints, struct em_view text,
                               struct em_print_word **words, size_t *n, size_t *cap)
{
    struct em_word_scan scan;
    size_t got;
    *n = 0;
    EM_TRY(prints_start(prints, text, &scan));
    do {
        if (*n + BLOCK > *cap) {
            size_t more = 2 * *cap + 4 * BLOCK;
            void *grown = em_realloc_array(*words, more, sizeof(**words));
            if (!grown)
                return EM_ERR_NOMEM;
            *words = grown;
            *cap = more;
        }
        got = em_words_next(&scan, *words + *n, BLOCK);
        *n += got;
    } while (got == BLOCK);
    prints->words = (uint32_t)*n;
    return EM_OK;
}
