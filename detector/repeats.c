/* SPDX-License-Identifier: Apache-2.0
 *
 * See repeats.h. A run is known by a polynomial of its words' hashes, rolled along.
 */
#include "detector/repeats.h"

#include "base/alloc.h"
#include "detector/style.h"

enum {
    RUN = 4,
    LONG = 12,   /* words dropped inside a sentence that is otherwise new */
    GAP = 12,    /* words changed in a row within a copy */
    GAP_ANY = 2, /* the same, wherever both sides stood */
    SHIFT = 3,   /* words a copy may be longer or shorter there */
    PHRASE = 2   /* a run and fewer than so many words more are a turn of phrase */
};

/* Odd, fixed for ever. */
#define BASE 0x9E3779B97F4A7C15u
#define SPIN 0xD6E8FEB86659FD93u

struct em_repeat_word {
    uint64_t hash, run; /* of the word; of the run that ends with it */
    uint32_t token;
    uint32_t back; /* words back to where it stood first; 0: new */
};

void em_repeats_init(struct em_repeats *repeats)
{
    memset(repeats, 0, sizeof(*repeats));
}

void em_repeats_release(struct em_repeats *repeats)
{
    em_free(repeats->found);
    em_free(repeats->words);
    em_free(repeats->moved);
    em_free(repeats->table);
    em_repeats_init(repeats);
}

/* Room for n items of `size` bytes; contents are lost. */
static enum em_status repeats_room(void *items, size_t *cap, size_t n, size_t size)
{
    void **own = items;
    if (n <= *cap)
        return EM_OK;
    em_free(*own);
    *cap = 0;
    *own = em_calloc(n + n / 2, size);
    if (!*own)
        return EM_ERR_NOMEM;
    *cap = n + n / 2;
    return EM_OK;
}

/* Words and numbers, each number by its digits, and the runs that end with them. */
static size_t words_take(struct em_repeat_word *words, const struct em_tokens *tokens,
                         const char *text, size_t run)
{
    uint64_t power = 1, sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < run; k++)
        power *= BASE;
    for (size_t i = 0; i < tokens->n; i++) {
        const struct em_token *t = &tokens->tokens[i];
        if (t->kind == EM_TOKEN_SIGN)
            continue;
        struct em_repeat_word *w = &words[n];
        w->token = (uint32_t)i;
        w->back = 0;
        w->hash = t->word;
        if (EM_UNLIKELY(t->kind == EM_TOKEN_NUMBER))
            w->hash = em_word_hash(em_view_make(text + t->start, t->len));
        sum = sum * BASE + w->hash;
        if (n >= run)
            sum -= power * words[n - run].hash;
        w->run = sum;
        n++;
    }
    return n;
}

/* Does words[w] begin a sentence? */
static bool word_starts(const struct em_repeat_word *words, size_t w,
                        const struct em_tokens *t, const char *text)
{
    for (size_t i = w ? words[w - 1].token + 1 : 0; w && i < words[w].token; i++)
        if (t->tokens[i].kind == EM_TOKEN_SIGN &&
            em_sentence_ends(t->tokens, t->n, i, text))
            return true;
    return w == 0;
}

/* First bits of a run's hash. */
static inline size_t run_place(uint64_t run, unsigned bits)
{
    return (size_t)((run ^ run >> 31) * SPIN >> (64 - bits));
}

static unsigned bits_for(size_t n)
{
    unsigned bits = 6;
    while (bits < 30 && (size_t)1 << bits < n)
        bits++;
    return bits;
}

/* Mark the words of every run that stood before. */
static enum em_status words_cover(struct em_repeats *r, size_t n, size_t run,
                                  size_t *runs)
{
    struct em_repeat_word *words = r->words;
    unsigned bits = bits_for(2 * n);
    size_t mask = ((size_t)1 << bits) - 1;
    EM_TRY(repeats_room(&r->table, &r->cap_table, mask + 1, sizeof(*r->table)));
    memset(r->table, 0, (mask + 1) * sizeof(*r->table));
    *runs = 0;
    for (size_t i = run - 1; i < n; i++) {
        size_t at = run_place(words[i].run, bits);
        while (r->table[at] && words[r->table[at] - 1].run != words[i].run)
            at = (at + 1) & mask;
        if (!r->table[at]) {
            r->table[at] = (uint32_t)i + 1;
            continue;
        }
        uint32_t back = (uint32_t)(i + 1) - r->table[at];
        ++*runs;
        for (size_t k = i + 1 - run; k <= i; k++)
            words[k].back = words[k].back ? words[k].back : back;
    }
    return EM_OK;
}

/* Words changed within a copy belong to it. Not those that are copied themselves later. */
static void words_bridge(struct em_repeat_word *words, size_t n)
{
    for (size_t i = 1, from = 0; i < n; i++) {
        if (!words[i].back)
            continue;
        size_t gap = i - from - 1;
        uint32_t left = words[from].back, right = words[i].back;
        uint32_t shift = left > right ? left - right : right - left;
        bool copied = i - right > from;
        if (left && !copied && (gap <= GAP_ANY || (gap <= GAP && shift <= SHIFT)))
            for (size_t k = from + 1; k < i; k++)
                words[k].back = left;
        from = i;
    }
}

/* Did what words[i] repeats begin a sentence? */
static bool word_begins(const struct em_repeat_word *words, size_t i,
                        const struct em_tokens *t, const char *text)
{
    return words[i].back <= i && word_starts(words, i - words[i].back, t, text);
}

/* Is words[i..end) a sentence of its own, and what it repeats as well? */
static bool run_is_sentence(const struct em_repeat_word *words, size_t n, size_t i,
                            size_t end, const struct em_tokens *t, const char *text)
{
    return word_begins(words, i, t, text) &&
           (end == n || word_starts(words, end, t, text));
}

/* A turn of phrase is no passage, unless it was a sentence of its own. Returns whether any
 * passage is left. */
static bool words_clear_short(struct em_repeat_word *words, size_t n, size_t least,
                              const struct em_tokens *t, const char *text)
{
    bool any = false;
    for (size_t i = 0, end; i < n; i = end + 1) {
        end = i;
        if (EM_LIKELY(!words[i].back))
            continue;
        while (end < n && words[end].back)
            end++;
        if (end - i >= least || run_is_sentence(words, n, i, end, t, text)) {
            any = true;
            continue;
        }
        for (size_t k = i; k < end; k++)
            words[k].back = 0;
    }
    return any;
}

/* What of the sentence words[from..to) stays: all that is new when it is enough, and short
 * runs of what is not, unless that was a sentence of its own. */
static void sentence_settle(struct em_repeat_word *words, size_t from, size_t to,
                            size_t run, const struct em_tokens *t, const char *text)
{
    size_t n = to - from, before = 0;
    uint32_t back = 0;
    /* What first stood in this very sentence is not found elsewhere. */
    for (size_t i = from; i < to; i++)
        if (words[i].back > i - from) {
            before++;
            back = words[i].back;
        }
    if (before >= run && n - before <= n / 3) {
        /* New words in front of a whole sentence are the end of another one. */
        size_t first = from;
        while (!words[first].back)
            first++;
        if (!word_begins(words, first, t, text))
            first = from;
        for (size_t i = first; i < to; i++)
            words[i].back = words[i].back ? words[i].back : back;
        return;
    }
    for (size_t i = from, end; i < to; i = end) {
        for (end = i; end < to && words[end].back;)
            end++;
        bool whole = end == to && end > i && word_begins(words, i, t, text);
        if (!whole && end - i < LONG * run / RUN)
            for (size_t k = i; k < end; k++)
                words[k].back = 0;
        end += end == i;
    }
}

/* Those that have covered words. Returns whether any word is still covered. */
static bool sentences_settle(struct em_repeat_word *words, size_t n, size_t run,
                             const struct em_tokens *t, const char *text)
{
    bool any = false;
    for (size_t i = 0, from, to = 0; i < n; i++) {
        if (EM_LIKELY(!words[i].back))
            continue;
        if (i >= to) {
            for (from = i; from > to && !word_starts(words, from, t, text);)
                from--;
            for (to = i + 1; to < n && !word_starts(words, to, t, text);)
                to++;
            sentence_settle(words, from, to, run, t, text);
            i = from - 1;
            continue;
        }
        any = true;
    }
    return any;
}

static enum em_status repeats_add(struct em_repeats *r, struct em_repeat repeat)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        void *grown = em_realloc_array(r->found, cap, sizeof(*r->found));
        if (!grown)
            return EM_ERR_NOMEM;
        r->found = grown;
        r->cap = cap;
    }
    r->found[r->n++] = repeat;
    return EM_OK;
}

static void tokens_uncount(struct em_tokens *t, const struct em_token *own)
{
    bool sign = own->kind == EM_TOKEN_SIGN;
    t->words -= !sign;
    t->numbers -= own->kind == EM_TOKEN_NUMBER;
    t->kept -= own->kind == EM_TOKEN_WORD && (own->form & EM_FORM_KEPT);
    t->stops -=
        sign && (own->letters == '.' || own->letters == '!' || own->letters == '?');
}

/* Does words[w] stand where the copy with the word before it continues? */
static bool word_follows(const struct em_repeat_word *words, size_t w)
{
    uint32_t a = words[w - 1].back, b = words[w].back;
    return (a > b ? a - b : b - a) <= SHIFT;
}

/* Close the ranks. A sign goes with the word before it. */
static enum em_status tokens_close(struct em_repeats *r, size_t n, struct em_tokens *t)
{
    const struct em_repeat_word *words = r->words;
    size_t kept = 0, w = 0;
    bool dropping = false;
    EM_TRY(repeats_room(&r->moved, &r->cap_moved, t->n, sizeof(*r->moved)));
    for (size_t i = 0; i < t->n; i++) {
        const struct em_token *own = &t->tokens[i];
        bool word = w < n && words[w].token == i;
        r->moved[i] = (uint32_t)kept;
        bool other = word && dropping && !word_follows(words, w);
        if (word && words[w].back && (!dropping || other)) {
            size_t from = w > words[w].back ? w - words[w].back : 0;
            uint32_t first = r->moved[words[from].token];
            first = first < kept ? first : (uint32_t)kept - 1;
            EM_TRY(repeats_add(r, (struct em_repeat){.start = own->start,
                                                     .at = (uint32_t)kept,
                                                     .first = first}));
        }
        if (word)
            dropping = words[w++].back > 0;
        if (dropping) {
            r->found[r->n - 1].end = own->start + own->len;
            r->found[r->n - 1].words += word;
            tokens_uncount(t, own);
        } else {
            if (kept != i)
                t->tokens[kept] = *own;
            kept++;
        }
    }
    t->n = kept;
    return EM_OK;
}

enum em_status em_repeats_drop(struct em_repeats *r, struct em_tokens *tokens,
                               const char *text, bool unspaced)
{
    size_t run = unspaced ? 2 * RUN : RUN, n;
    size_t covered;
    r->n = 0;
    if (tokens->words < 2 * run)
        return EM_OK;
    EM_TRY(repeats_room(&r->words, &r->cap_words, tokens->words + 1, sizeof(*r->words)));
    n = words_take(r->words, tokens, text, run);
    EM_TRY(words_cover(r, n, run, &covered));
    if (EM_LIKELY(covered == 0))
        return EM_OK;
    words_bridge(r->words, n);
    if (EM_LIKELY(!words_clear_short(r->words, n, run + PHRASE, tokens, text)))
        return EM_OK;
    if (!sentences_settle(r->words, n, run, tokens, text))
        return EM_OK;
    return tokens_close(r, n, tokens);
}
