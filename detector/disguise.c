/* SPDX-License-Identifier: Apache-2.0
 *
 * See disguise.h. Two passes over the words: what each kind of undoing would make known, then
 * those kinds undone that pay.
 */
#include "detector/disguise.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "detector/ngram.h"
#include "detector/normalise_int.h"

enum {
    WORD_MAX = 48,    /* longer ones are none */
    WORDS_LEAST = 20, /* in a text worth a look */
    GOOD_LEAST = 4,   /* words that become known, in all, and one in so many of all */
    GOOD_EVERY = 12,
    SEEN_EVERY = 3, /* of the words a kind applies to, one in so many must become known */
    BROKEN_LEAST = 4 /* words that go on after "- ", to be looked at */
};
/* Two thirds of English texts have more of their words in the vocabulary. */
#define KEPT_LOW 0.7
/* Single letters are all in it. */
#define KEPT_HIGH 0.9
/* And of its tokens 80 % are words. */
#define SIGNS_HIGH 0.72

enum kind { KIND_DOTTED, KIND_ACCENTED, KIND_LEET, KIND_DOUBLED, KINDS };

/* A word undone; where in the text each byte came from. */
struct undone {
    char text[WORD_MAX + 8];
    uint32_t from[WORD_MAX];
    size_t len;
};

struct survey {
    const struct em_normal *normal;
    const struct em_lexicon *lexicon;
    const uint8_t *tags; /* of a dictionary, or NULL */
    uint32_t words, seen[KINDS], good[KINDS];
    bool active[KINDS];
    bool broken; /* words go on after "- " */
};

/* What a byte may be in a word. */
enum {
    BYTE_PART = 1,   /* of one, whatever stands around it */
    BYTE_LEET = 2,   /* stands for a letter */
    BYTE_ACCENT = 4, /* may begin a letter with an accent */
    BYTE_BETWEEN = 8 /* stands between single letters */
};
static const uint8_t byte_kinds[256] = {
    ['a' ... 'z'] = BYTE_PART,
    ['A' ... 'Z'] = BYTE_PART,
    ['\''] = BYTE_PART | BYTE_BETWEEN,
    ['0' ... '9'] = BYTE_PART | BYTE_LEET,
    ['@'] = BYTE_PART | BYTE_LEET,
    ['$'] = BYTE_PART | BYTE_LEET,
    ['!'] = BYTE_LEET,
    [0xC3 ... 0xC9] = BYTE_ACCENT,
    [0xE1] = BYTE_ACCENT,
    ['.'] = BYTE_BETWEEN,
    ['-'] = BYTE_BETWEEN,
    ['*'] = BYTE_BETWEEN,
    ['~'] = BYTE_BETWEEN,
    ['+'] = BYTE_BETWEEN,
    ['/'] = BYTE_BETWEEN,
    [':'] = BYTE_BETWEEN,
    ['='] = BYTE_BETWEEN,
    ['^'] = BYTE_BETWEEN,
    ['_'] = BYTE_BETWEEN,
};

static unsigned byte_kind(char c)
{
    return byte_kinds[(unsigned char)c];
}

static bool disguise_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool disguise_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes of a Latin letter beyond ASCII at p, and what it is without its accent; or 0. */
static size_t accented_at(const char *p, const char *end, char *plain)
{
    unsigned char c = (unsigned char)*p;
    uint32_t cp;
    if (!(c >= 0xC3 && c <= 0xC9) && c != 0xE1)
        return 0;
    size_t n = em_utf8_decode(p, end, &cp);
    *plain = em_plain_letter(cp);
    return *plain ? n : 0;
}

/* Bytes of what may be part of a word at p: letters, digits, signs that stand for letters. */
static size_t part_at(const char *p, const char *end)
{
    char plain;
    if (p >= end)
        return 0;
    unsigned kind = byte_kind(*p);
    if (kind & BYTE_PART)
        return 1;
    if (kind & BYTE_LEET)
        return end - p > 1 &&
               (disguise_letter(p[1]) || disguise_digit(p[1]) || p[1] == '$');
    return kind & BYTE_ACCENT ? accented_at(p, end, &plain) : 0;
}

/* Bytes of single letters with the same sign between them all, but for an apostrophe. */
static size_t dotted_at(const char *p, const char *end)
{
    size_t n = 1, signs = 0;
    char sign = end - p >= 3 ? p[1] : '\0';
    if (!(byte_kind(sign) & BYTE_BETWEEN) || !disguise_letter(p[0]))
        return 0;
    while ((size_t)(end - p) > n + 1 && (p[n] == sign || p[n] == '\'') &&
           disguise_letter(p[n + 1])) {
        if (sign == '\'')
            sign = p[n] == '\'' && end - p > 3 ? p[n + 2] : sign;
        signs += p[n] != '\'';
        n += 2;
    }
    bool between = (byte_kind(sign) & BYTE_BETWEEN) && sign != '\'';
    return signs > 0 && between && part_at(p + n, end) == 0 ? n : 0;
}

/* Of the text: `kinds` has what its bytes may be. */
struct word {
    const char *p;
    size_t len;
    bool dotted;
    unsigned kinds;
};

/* The word at w->p: its parts, or a dotted one; `len` is 0 where there is none. */
static void word_read(struct word *w, const char *end)
{
    const char *p = w->p;
    size_t n = dotted_at(p, end), part;
    w->dotted = n > 0;
    w->kinds = 0;
    while (!w->dotted && (part = part_at(p + n, end)) > 0) {
        w->kinds |= byte_kind(p[n]);
        n += part;
    }
    while (n > 0 && p[n - 1] == '\'')
        n--;
    w->len = n;
}

static uint64_t hash_of(const char *word, size_t len)
{
    char lower[WORD_MAX + 8];
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(word[i] | (disguise_letter(word[i]) ? 0x20 : 0));
    return em_word_hash(em_view_make(lower, len));
}

/* Is it of the vocabulary? */
static bool known(const struct em_lexicon *lexicon, const char *word, size_t len)
{
    return len > 0 &&
           (em_lexicon_find(lexicon, hash_of(word, len)) & EM_LEXICON_KEPT) != 0;
}

/* Or of the words that the dictionary has? */
static bool met(const struct survey *s, const char *word, size_t len)
{
    if (known(s->lexicon, word, len))
        return true;
    if (!s->tags || len == 0)
        return false;
    struct em_token token = {.word = hash_of(word, len)};
    uint32_t hash = em_ngram_hash(EM_NGRAM_WORD_1, &token, 0);
    return em_ngram_place(s->tags, hash) != EM_NGRAM_UNKNOWN;
}

static void undone_put(struct undone *u, char c, size_t from)
{
    u->from[u->len] = (uint32_t)from;
    u->text[u->len++] = c;
}

static bool undo_dotted(struct undone *u, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (disguise_letter(p[i]) || p[i] == '\'')
            undone_put(u, p[i], i);
    return true;
}

static bool undo_accented(struct undone *u, const char *p, size_t len)
{
    bool any = false;
    for (size_t i = 0, n; i < len; i += n) {
        char c = p[i];
        n = accented_at(p + i, p + len, &c);
        any |= n > 0;
        n += n == 0;
        undone_put(u, c, i);
    }
    return any;
}

/* The letter a digit or sign stands for; `one` for 1. */
static char leet_letter(char c, char one)
{
    static const char from[] = "034567892@$!", to[] = "oeasgtbgzasi";
    const char *at = c ? strchr(from, c) : NULL;
    return c == '1' ? one : at ? to[at - from] : c;
}

static bool undo_leet(struct undone *u, const char *p, size_t len, char one)
{
    size_t changed = 0;
    for (size_t i = 0; i < len; i++) {
        char c = leet_letter(p[i], one);
        changed += c != p[i];
        undone_put(u, c, i);
    }
    return changed > 0 && (unsigned char)*p < 0x80;
}

/* Every letter twice. */
static bool undo_pairs(struct undone *u, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        undone_put(u, p[i], i);
        if (p[i] == '\'')
            continue;
        if (++i >= len || (p[i] | 0x20) != (p[i - 1] | 0x20))
            return false;
    }
    return len > 1;
}

/* Without the letter at `skip`. */
static void undo_one(struct undone *u, const char *p, size_t len, size_t skip)
{
    u->len = 0;
    for (size_t i = 0; i < len; i++)
        if (i != skip)
            undone_put(u, p[i], i);
}

/* Three of a letter and more become `keep`. */
static bool undo_runs(struct undone *u, const char *p, size_t len, size_t keep)
{
    bool any = false;
    u->len = 0;
    for (size_t i = 0, n; i < len; i += n) {
        for (n = 1; i + n < len && (p[i + n] | 0x20) == (p[i] | 0x20);)
            n++;
        any |= n > 2;
        for (size_t k = 0; k < (n > 2 ? keep : n); k++)
            undone_put(u, p[i + k], i + k);
    }
    return any;
}

static bool undo_doubled(const struct survey *s, struct undone *u, const char *p,
                         size_t len)
{
    bool any = false;
    for (size_t i = 1; i < len; i++) {
        if (!disguise_letter(p[i]) || (p[i] | 0x20) != (p[i - 1] | 0x20))
            continue;
        any = true;
        undo_one(u, p, len, i);
        if (met(s, u->text, u->len))
            return true;
    }
    u->len = 0;
    if (!any || undo_pairs(u, p, len))
        return any;
    if (undo_runs(u, p, len, 2)) {
        if (!met(s, u->text, u->len))
            undo_runs(u, p, len, 1);
        return true;
    }
    u->len = 0;
    for (size_t i = 0; i < len; i++)
        if (i == 0 || (p[i] | 0x20) != (p[i - 1] | 0x20))
            undone_put(u, p[i], i);
    return any;
}

/* Undo one kind in the word; false when there is nothing of the kind. */
static bool disguise_undo(const struct survey *s, enum kind kind, const struct word *w,
                          struct undone *u)
{
    const char *p = w->p;
    size_t len = w->len;
    u->len = 0;
    if (w->dotted != (kind == KIND_DOTTED))
        return false;
    switch (kind) {
    case KIND_DOTTED:
        return undo_dotted(u, p, len);
    case KIND_ACCENTED:
        return (w->kinds & BYTE_ACCENT) && undo_accented(u, p, len);
    case KIND_LEET:
        if (!(w->kinds & BYTE_LEET))
            return false;
        for (const char *one = "ili"; *one; one++) {
            u->len = 0;
            if (!undo_leet(u, p, len, *one))
                return false;
            if (met(s, u->text, u->len))
                break;
        }
        return true;
    case KIND_DOUBLED:
        return undo_doubled(s, u, p, len);
    case KINDS:
        break;
    }
    return false;
}

/* Digits alone are a number, unless the text writes words so and this is one. */
static bool disguise_number(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!disguise_digit(p[i]))
            return false;
    return true;
}

static bool word_number(const struct word *w)
{
    return (w->kinds & BYTE_LEET) && disguise_number(w->p, w->len);
}

static void disguise_look_at(struct survey *s, const struct word *w)
{
    struct undone u;
    if (w->len > WORD_MAX || word_number(w))
        return;
    s->words++;
    if (!w->dotted && known(s->lexicon, w->p, w->len))
        return;
    for (enum kind kind = 0; kind < KINDS; kind++) {
        if (!disguise_undo(s, kind, w, &u))
            continue;
        s->seen[kind]++;
        if (known(s->lexicon, u.text, u.len)) {
            s->good[kind]++;
            return;
        }
    }
}

/* The same letter three times, which no word has. */
static bool disguise_stretched(const char *p, size_t len)
{
    for (size_t i = 2; i < len; i++)
        if (disguise_letter(p[i]) && (p[i] | 0x20) == (p[i - 1] | 0x20) &&
            (p[i] | 0x20) == (p[i - 2] | 0x20))
            return true;
    return false;
}

/* Does the word at `at` of n bytes go on after a hyphen and a space? Its parts are then no
 * words, or together one. */
static bool word_goes_on(const struct survey *s, size_t at, size_t n)
{
    const char *text = s->normal->text;
    char joined[WORD_MAX + 8];
    size_t next = at + n + 2, m = 0;
    if (!s->broken || next >= s->normal->len || text[at + n] != '-' ||
        text[at + n + 1] != ' ' || !disguise_letter(text[next]))
        return false;
    while (disguise_letter(text[next + m]))
        m++;
    if (n + m > WORD_MAX)
        return false;
    memcpy(joined, text + at, n);
    memcpy(joined + n, text + next, m);
    bool left = known(s->lexicon, text + at, n),
         right = known(s->lexicon, text + next, m);
    return known(s->lexicon, joined, n + m) ||
           (!(left && right) && met(s, joined, n + m)) || (!left && !right);
}

/* What is to be written for the word: *u, or false for the word as it is. */
static bool disguise_settle(const struct survey *s, const struct word *w,
                            struct undone *u)
{
    const char *p = w->p;
    size_t len = w->len;
    if (len > WORD_MAX || (!w->dotted && known(s->lexicon, p, len)))
        return false;
    bool digits = word_number(w);
    for (enum kind kind = 0; kind < KINDS; kind++)
        if (s->active[kind] && disguise_undo(s, kind, w, u)) {
            if (digits && (len > 3 || !known(s->lexicon, u->text, u->len)))
                continue;
            /* A letter too many is not sure: the word must be met without, not with it. */
            bool sure = len == 2 * u->len || disguise_stretched(p, len);
            if (kind != KIND_DOUBLED || sure ||
                (met(s, u->text, u->len) && !met(s, p, len)))
                return true;
        }
    return false;
}

/* The first word from w->p on; false when there is none. */
static bool word_find(struct word *w, const char *end)
{
    for (; w->p < end; w->p++) {
        word_read(w, end);
        if (w->len > 0)
            return true;
    }
    return false;
}

static void survey_text(struct survey *s)
{
    const char *end = s->normal->text + s->normal->len;
    for (struct word w = {.p = s->normal->text}; word_find(&w, end); w.p += w.len)
        disguise_look_at(s, &w);
    for (int k = 0; k < KINDS; k++)
        s->active[k] = s->good[k] >= GOOD_LEAST && s->good[k] * GOOD_EVERY >= s->words &&
                       s->good[k] * SEEN_EVERY >= s->seen[k];
}

/* A sentence that began with a digit for a letter begins with a capital. */
static void put_capital(struct undone *u, const char *text, size_t at)
{
    size_t before = at;
    while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == '"'))
        before--;
    if ((before == 0 || strchr(".!?", text[before - 1])) && !disguise_letter(text[at]) &&
        u->text[0] >= 'a')
        u->text[0] = (char)(u->text[0] & ~0x20);
}

static enum em_status rewrite(const struct survey *s, struct em_normal_remap *r)
{
    struct em_normal *normal = r->normal;
    char *text = normal->text;
    struct word w = {.p = text};
    struct undone u;
    size_t o = 0, done = 0;
    uint32_t disguised = 0;
    for (size_t n; word_find(&w, text + normal->len); w.p += n) {
        size_t at = (size_t)(w.p - text);
        n = w.len;
        if (word_goes_on(s, at, n)) {
            EM_TRY(em_normal_move(r, done, at + n, &o));
            done = at + n + 2;
            n += 2;
            continue;
        }
        if (!disguise_settle(s, &w, &u))
            continue;
        put_capital(&u, text, at);
        EM_TRY(em_normal_move(r, done, at, &o));
        for (size_t i = 0; i < u.len; i++) {
            EM_TRY(em_normal_remap(r, (uint32_t)at + u.from[i], (uint32_t)o));
            text[o++] = u.text[i];
        }
        done = at + n;
        disguised++;
    }
    EM_TRY(em_normal_move(r, done, normal->len, &o));
    em_normal_remapped(r, o);
    normal->counts.disguised += disguised;
    return EM_OK;
}

/* Words that a hyphen and white space follow, and then a small letter. */
static size_t count_broken(const struct em_tokens *tokens)
{
    size_t n = 0;
    for (size_t i = 1; i + 1 < tokens->n; i++) {
        const struct em_token *t = &tokens->tokens[i];
        n += t->kind == EM_TOKEN_SIGN && t->letters == '-' &&
             t[-1].kind == EM_TOKEN_WORD && t[-1].start + t[-1].len == t->start &&
             t[1].kind == EM_TOKEN_WORD && t[1].start > t->start + 1 &&
             !(t[1].form & EM_FORM_CAPITAL);
    }
    return n;
}

/* Does token i + 1 follow without a gap? */
static bool touches(const struct em_tokens *tokens, size_t i)
{
    const struct em_token *t = &tokens->tokens[i];
    return i + 1 < tokens->n && t->start + t->len == t[1].start;
}

/* Could a word that is not of the vocabulary be one with an accent or a letter too many? */
static bool word_suspicious(const struct em_token *t, const char *text)
{
    for (size_t i = 0; i < t->len; i++) {
        unsigned char c = (unsigned char)text[t->start + i];
        if (c >= 0x80 || (i > 0 && (c | 0x20) == (text[t->start + i - 1] | 0x20)))
            return true;
    }
    return false;
}

static bool token_suspicious(const struct em_tokens *tokens, size_t i, const char *text)
{
    const struct em_token *t = &tokens->tokens[i];
    if (t->kind == EM_TOKEN_SIGN)
        return (t->letters == '@' || t->letters == '$' || t->letters == '!') &&
               touches(tokens, i) && t[1].kind == EM_TOKEN_WORD;
    if (t->kind == EM_TOKEN_NUMBER)
        return (touches(tokens, i) && t[1].kind == EM_TOKEN_WORD) ||
               (i > 0 && touches(tokens, i - 1) && t[-1].kind == EM_TOKEN_WORD);
    if (t->letters == 1)
        return text[t->start + 1] == '_' ||
               (touches(tokens, i) && t[1].kind == EM_TOKEN_SIGN &&
                touches(tokens, i + 1) && t[2].letters == 1);
    return !(t->form & EM_FORM_KEPT) && word_suspicious(t, text);
}

/* Are enough tokens of a kind that undoing could make known? */
static bool much_suspicious(const struct em_tokens *tokens, const char *text)
{
    size_t n = 0;
    for (size_t i = 0; i < tokens->n; i++)
        n += token_suspicious(tokens, i, text);
    return n * GOOD_EVERY >= tokens->words;
}

bool em_disguise_possible(const struct em_tokens *tokens, const char *text)
{
    double words = tokens->words, kept = tokens->kept;
    if (words < WORDS_LEAST)
        return false;
    bool odd = kept < KEPT_LOW * words || kept > KEPT_HIGH * words ||
               words < SIGNS_HIGH * (double)tokens->n;
    return (EM_UNLIKELY(odd) && much_suspicious(tokens, text)) ||
           count_broken(tokens) >= BROKEN_LEAST;
}

enum em_status em_disguise_undo(struct em_normal *normal,
                                const struct em_lexicon *lexicon,
                                const struct em_tokens *tokens, const uint8_t *tags,
                                bool *changed)
{
    struct survey s = {.normal = normal,
                       .lexicon = lexicon,
                       .tags = tags,
                       .broken = count_broken(tokens) >= BROKEN_LEAST};
    struct em_normal_remap r = {normal, NULL, 0, 0, 0};
    survey_text(&s);
    *changed = s.broken;
    for (int k = 0; k < KINDS; k++)
        *changed |= s.active[k];
    if (!*changed)
        return EM_OK;
    enum em_status status = rewrite(&s, &r);
    em_free(r.made);
    return status;
}
