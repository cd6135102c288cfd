/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/run_together.h"

#include "base/alloc.h"
#include "detector/ngram.h"
#include "detector/normalise_int.h"

#include <string.h>

enum {
    RUN_LEAST = 20,     /* letters of a word that is taken for several */
    LETTERS_LEAST = 80, /* in such words, for a text to be looked at */
    BYTES_A_WORD = 8,   /* and of the text, which are 6 in English */
    WORD_MOST = 20,     /* letters of a word that is looked for */
    LONG_MET = 14,
    PIECE = 512,    /* letters divided at a time */
    WORD_SURE = 12, /* of one that is left as it is, being known */
    SHORT_MET = 4,  /* letters of a word of the dictionary, whose tags are not exact */
    KNOWN_TIMES = 3 /* so many letters of a text's runs in four are of known words */
};

/* Costs, in tenths of a word of the vocabulary's. */
enum {
    COST_KEPT = 20,
    COST_SHORT = 3, /* more, for each letter under three */
    COST_MET = 28,
    COST_MET_LETTER = 3,
    COST_OTHER = 30,
    COST_LETTER = 10
};

struct division {
    const struct em_lexicon *lexicon;
    const uint8_t *tags;
    size_t letters, known; /* of runs so far; of them, in known words */
    uint32_t words;
};

static bool run_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

bool em_run_together_possible(const struct em_tokens *tokens, size_t text_len)
{
    size_t in_runs = 0, all = 0;
    if (EM_LIKELY(text_len < BYTES_A_WORD * (size_t)tokens->words))
        return false;
    for (size_t i = 0; i < tokens->n; i++) {
        const struct em_token *t = &tokens->tokens[i];
        if (t->kind != EM_TOKEN_WORD)
            continue;
        all += t->len;
        in_runs += t->len > RUN_LEAST ? t->len : 0;
    }
    return in_runs >= LETTERS_LEAST && 2 * in_runs >= all;
}

static uint64_t run_word_hash(const char *word, size_t len)
{
    char lower[WORD_MOST];
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(word[i] | 0x20);
    return em_word_hash(em_view_make(lower, len));
}

/* Letters alone are all of the vocabulary: of them only these are words. */
static bool run_lone_word(char c)
{
    return c == 'a' || c == 'A' || c == 'I' || c == 'i';
}

/* What the word costs; *known: of the vocabulary or the dictionary. */
static uint32_t run_cost(const struct division *d, const char *word, size_t len,
                         bool *known)
{
    *known = true;
    if (len == 1 && run_lone_word(*word))
        return COST_KEPT + 2 * COST_SHORT;
    uint64_t hash = run_word_hash(word, len);
    if (len > 1 && (em_lexicon_find(d->lexicon, hash) & EM_LEXICON_KEPT))
        return COST_KEPT + (len == 2 ? COST_SHORT : 0);
    struct em_token token = {.word = hash};
    if (len >= SHORT_MET && len <= LONG_MET && d->tags &&
        em_ngram_place(d->tags, em_ngram_hash(EM_NGRAM_WORD_1, &token, 0)) !=
            EM_NGRAM_UNKNOWN)
        return COST_MET + COST_MET_LETTER * (uint32_t)len;
    *known = false;
    return COST_OTHER + COST_LETTER * (uint32_t)len;
}

/* Divides n letters, at most PIECE; sets begins[i] where a word begins at i. */
static void run_divide(struct division *d, const char *run, size_t n, bool *begins)
{
    uint32_t cost[PIECE + 1] = {0};
    uint8_t length[PIECE + 1] = {0};
    bool known[PIECE + 1] = {false};
    for (size_t end = 1; end <= n; end++) {
        cost[end] = UINT32_MAX;
        for (size_t len = 1; len <= WORD_MOST && len <= end; len++) {
            bool is_known;
            uint32_t all = cost[end - len] + run_cost(d, run + end - len, len, &is_known);
            if (all >= cost[end])
                continue;
            cost[end] = all;
            length[end] = (uint8_t)len;
            known[end] = is_known;
        }
    }
    d->letters += n;
    for (size_t end = n; end > 0; end -= length[end]) {
        begins[end - length[end]] = true;
        d->known += known[end] ? length[end] : 0;
        d->words++;
    }
}

/* Letters at p, at most PIECE; and whether they are to be divided: one known word is not. */
static size_t run_at(const struct division *d, const char *p, const char *end,
                     bool *divide)
{
    size_t n = 0;
    bool known = false;
    while (p + n < end && n < PIECE && run_letter(p[n]))
        n++;
    if (n > 0 && n <= WORD_SURE)
        run_cost(d, p, n, &known);
    *divide = n > 1 && !known;
    return n;
}

/* The text with spaces into `made`, which has room for twice as much; returns its length. */
static enum em_status run_write(struct division *d, struct em_normal_remap *r, char *made,
                                size_t *len)
{
    const char *text = r->normal->text;
    size_t o = 0;
    for (size_t p = 0, n; p < r->normal->len; p += n) {
        bool begins[PIECE + 1] = {false}, divide;
        n = run_at(d, text + p, text + r->normal->len, &divide);
        if (divide)
            run_divide(d, text + p, n, begins);
        n += n == 0;
        for (size_t i = 0; i < n; i++) {
            EM_TRY(em_normal_remap(r, (uint32_t)(p + i), (uint32_t)o));
            if (i > 0 && begins[i]) {
                made[o++] = ' ';
                EM_TRY(em_normal_remap(r, (uint32_t)(p + i), (uint32_t)o));
            }
            made[o++] = text[p + i];
        }
    }
    *len = o;
    return EM_OK;
}

enum em_status em_run_together_undo(struct em_normal *normal,
                                    const struct em_lexicon *lexicon, const uint8_t *tags,
                                    bool *changed)
{
    struct division d = {.lexicon = lexicon, .tags = tags};
    struct em_normal_remap r = {normal, NULL, 0, 0, 0};
    size_t len = 0, room = 2 * normal->len + EM_NORMAL_PAD;
    char *made = em_malloc(room);
    *changed = false;
    enum em_status status = made ? run_write(&d, &r, made, &len) : EM_ERR_NOMEM;
    *changed = status == EM_OK && 4 * d.known >= KNOWN_TIMES * d.letters && d.letters > 0;
    if (!*changed) {
        em_free(made);
        em_free(r.made);
        return status;
    }
    em_free(normal->text);
    normal->text = made;
    normal->cap = room - EM_NORMAL_PAD;
    em_normal_remapped(&r, len);
    normal->counts.disguised += d.words;
    return EM_OK;
}
