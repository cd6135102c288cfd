/* SPDX-License-Identifier: Apache-2.0
 *
 * Machine-written texts, disguised: labelled JSONL in, the same with the texts of machines
 * attacked out. The attacks are those of RAID (Dugan et al., ACL 2024, section 4.2) with its
 * shares, but for its paraphrase by a model, and some more that need no model.
 *
 *     make_attacks [--both] ATTACK [SEED] < dev.jsonl > attacked.jsonl
 *     make_attacks --list
 *
 * Deterministic: what happens to a text depends on the seed and the text, not on its place.
 * Human texts pass unchanged, because thresholds are set on them and nobody disguises them.
 * With --both they are attacked as well: a disguise must not make a person a machine.
 */
#include "base/buf.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "tools/attack_words.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LINE = 1 << 26, MAX_WORD = 32, MAX_SENTENCES = 4096 };

#define ALL(list) list, sizeof(list) / sizeof((list)[0])

struct job {
    struct em_view in;
    struct em_buf *out;
    uint64_t random;
};

static void check(enum em_status status)
{
    if (status < 0) {
        fprintf(stderr, "make_attacks: %s\n", em_status_text(status));
        exit(2);
    }
}

static void put(struct job *j, const char *data, size_t n)
{
    check(em_buf_append(j->out, data, n));
}

static void put_text(struct job *j, const char *text)
{
    put(j, text, strlen(text));
}

/* 0 .. n-1 */
static size_t draw(struct job *j, size_t n)
{
    j->random += 0x9E3779B97F4A7C15u;
    return (size_t)(em_mix64(j->random) % n);
}

static bool chance(struct job *j, unsigned percent)
{
    return draw(j, 100) < percent;
}

static bool letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Bytes of the word at p: ASCII letters. */
static size_t word_at(struct em_view text, size_t p)
{
    size_t n = 0;
    while (p + n < text.len && letter(text.data[p + n]))
        n++;
    return n;
}

static const char *find_word(const struct em_word_pair *list, size_t n,
                             struct em_view word)
{
    for (size_t i = 0; i < n; i++)
        if (em_view_ieq(word, em_view_of(list[i].from)))
            return list[i].to;
    return NULL;
}

/* `to` with a capital where `word` has one. */
static void put_like(struct job *j, const char *to, struct em_view word)
{
    char first = *to;
    if (capital(word.data[0]) && first >= 'a' && first <= 'z')
        first = (char)(first - 32);
    put(j, &first, 1);
    put_text(j, to + 1);
}

/* Calls `change` for every word; what it refuses is copied. */
static void each_word(struct job *j, bool (*change)(struct job *, struct em_view))
{
    for (size_t p = 0; p < j->in.len;) {
        size_t n = word_at(j->in, p);
        if (n == 0) {
            put(j, j->in.data + p++, 1);
            continue;
        }
        /* A letter next to one beyond ASCII is part of another word. */
        bool whole = (p == 0 || (unsigned char)j->in.data[p - 1] < 0x80) &&
                     (p + n == j->in.len || (unsigned char)j->in.data[p + n] < 0x80);
        struct em_view word = em_view_sub(j->in, p, n);
        if (!whole || !change(j, word))
            put(j, word.data, n);
        p += n;
    }
}

/* --- RAID's ------------------------------------------------------------------------------ */

static void none(struct job *j)
{
    put(j, j->in.data, j->in.len);
}

static void homoglyph(struct job *j)
{
    static const struct {
        char from;
        const char *to[2];
    } alike[] = {
        {'a', {"\xD0\xB0"}},
        {'c', {"\xD1\x81"}},
        {'e', {"\xD0\xB5"}},
        {'i', {"\xD1\x96"}},
        {'o', {"\xD0\xBE"}},
        {'p', {"\xD1\x80"}},
        {'x', {"\xD1\x85"}},
        {'y', {"\xD1\x83"}},
        {'A', {"\xD0\x90", "\xCE\x91"}},
        {'B', {"\xD0\x92", "\xCE\x92"}},
        {'C', {"\xD0\xA1"}},
        {'E', {"\xD0\x95", "\xCE\x95"}},
        {'H', {"\xD0\x9D", "\xCE\x97"}},
        {'I', {"\xD0\x86", "\xCE\x99"}},
        {'K', {"\xD0\x9A", "\xCE\x9A"}},
        {'M', {"\xD0\x9C", "\xCE\x9C"}},
        {'N', {"\xCE\x9D"}},
        {'O', {"\xD0\x9E", "\xCE\x9F"}},
        {'P', {"\xD0\xA0", "\xCE\xA1"}},
        {'T', {"\xD0\xA2", "\xCE\xA4"}},
        {'X', {"\xD0\xA5", "\xCE\xA7"}},
        {'Z', {"\xCE\x96"}},
    };
    for (size_t p = 0; p < j->in.len; p++) {
        const char *to = NULL;
        for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]) && !to; i++)
            if (alike[i].from == j->in.data[p])
                to = alike[i].to[alike[i].to[1] ? draw(j, 2) : 0];
        if (to)
            put_text(j, to);
        else
            put(j, j->in.data + p, 1);
    }
}

static void zero_width(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        put(j, j->in.data + p, 1);
        if (p + 1 == j->in.len || ((unsigned char)j->in.data[p + 1] & 0xC0) != 0x80)
            put_text(j, "\xE2\x80\x8B");
    }
}

static void white_space(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        put(j, j->in.data + p, 1);
        if (j->in.data[p] == ' ')
            for (int i = 0; i < 3 && chance(j, 20); i++)
                put_text(j, " ");
    }
}

static bool flip_case(struct job *j, struct em_view word)
{
    if (!chance(j, 5))
        return false;
    char first = (char)(word.data[0] ^ 0x20);
    put(j, &first, 1);
    put(j, word.data + 1, word.len - 1);
    return true;
}

static void upper_lower(struct job *j)
{
    each_word(j, flip_case);
}

static void article_deletion(struct job *j)
{
    for (size_t p = 0; p < j->in.len;) {
        size_t n = word_at(j->in, p);
        struct em_view word = em_view_sub(j->in, p, n);
        bool article = em_view_ieq(word, EM_VIEW("the")) ||
                       em_view_ieq(word, EM_VIEW("a")) ||
                       em_view_ieq(word, EM_VIEW("an"));
        bool alone = (p == 0 || j->in.data[p - 1] == ' ') && p + n < j->in.len &&
                     j->in.data[p + n] == ' ';
        if (article && alone && chance(j, 50)) {
            p += n + 1;
            continue;
        }
        n += n == 0;
        put(j, j->in.data + p, n);
        p += n;
    }
}

static void number_swap(struct job *j)
{
    for (size_t p = 0; p < j->in.len;) {
        if (!digit(j->in.data[p])) {
            put(j, j->in.data + p++, 1);
            continue;
        }
        bool swap = chance(j, 50);
        for (; p < j->in.len && digit(j->in.data[p]); p++) {
            char c = swap ? (char)('0' + draw(j, 10)) : j->in.data[p];
            put(j, &c, 1);
        }
    }
}

static bool misspell(struct job *j, struct em_view word)
{
    if (word.len < 4 || word.len > MAX_WORD || !chance(j, 20))
        return false;
    const char *wrong = find_word(ALL(misspellings), word);
    if (wrong) {
        put_like(j, wrong, word);
        return true;
    }
    size_t at = 1 + draw(j, word.len - 2), kind = draw(j, 3);
    put(j, word.data, at);
    if (kind == 0) { /* two letters change places */
        put(j, word.data + at + 1, 1);
        put(j, word.data + at, 1);
        put(j, word.data + at + 2, word.len - at - 2);
    } else if (kind == 1) { /* one is left out */
        put(j, word.data + at + 1, word.len - at - 1);
    } else { /* or typed twice */
        put(j, word.data + at - 1, word.len - at + 1);
    }
    return true;
}

static void misspelling(struct job *j)
{
    each_word(j, misspell);
}

static bool swap_synonym(struct job *j, struct em_view word)
{
    const char *to = find_word(ALL(synonyms), word);
    if (!to || !chance(j, 50))
        return false;
    put_like(j, to, word);
    return true;
}

static void synonym(struct job *j)
{
    each_word(j, swap_synonym);
}

static bool respell(struct job *j, struct em_view word)
{
    const char *to = find_word(ALL(spellings), word);
    if (!to)
        return false;
    put_like(j, to, word);
    return true;
}

static void alternative_spelling(struct job *j)
{
    each_word(j, respell);
}

/* Does a sentence begin at p? */
static bool sentence_at(struct em_view text, size_t p)
{
    return p >= 2 && text.data[p - 1] == ' ' && capital(text.data[p]) &&
           strchr(".!?", text.data[p - 2]) != NULL;
}

static void insert_paragraphs(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        if (sentence_at(j->in, p) && chance(j, 50))
            put_text(j, "\n\n");
        put(j, j->in.data + p, 1);
    }
}

/* --- more -------------------------------------------------------------------------------- */

static void sentence_shuffle(struct job *j)
{
    static struct em_view sentences[MAX_SENTENCES];
    size_t n = 0, from = 0;
    for (size_t p = 1; p <= j->in.len && n < MAX_SENTENCES - 1; p++) {
        if (p == j->in.len || sentence_at(j->in, p)) {
            sentences[n++] = em_view_sub(j->in, from, p - from);
            from = p;
        }
    }
    size_t whole = n; /* what is behind the last one counted stays where it is */
    for (size_t i = whole; i > 1; i--) {
        size_t k = draw(j, i);
        struct em_view other = sentences[k];
        sentences[k] = sentences[i - 1];
        sentences[i - 1] = other;
    }
    for (size_t i = 0; i < n; i++) {
        put(j, sentences[i].data, sentences[i].len);
        if (i + 1 < n && sentences[i].data[sentences[i].len - 1] != ' ')
            put_text(j, " ");
    }
    put(j, j->in.data + from, j->in.len - from);
}

/* "Evade ChatGPT detectors via a single space" (Cai and Cui, 2023). */
static void space_comma(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        if (j->in.data[p] == ',' && p > 0 && letter(j->in.data[p - 1]))
            put_text(j, " ");
        put(j, j->in.data + p, 1);
    }
}

/* Letters of a tenth of the words s p a c e d  o u t. */
static bool spread(struct job *j, struct em_view word)
{
    if (word.len < 3 || !chance(j, 10))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (i > 0)
            put_text(j, " ");
        put(j, word.data + i, 1);
    }
    return true;
}

static void spaced_letters(struct job *j)
{
    each_word(j, spread);
}

static bool shout(struct job *j, struct em_view word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = (char)(word.data[i] & ~0x20);
        put(j, &c, 1);
    }
    return true;
}

static void all_capitals(struct job *j)
{
    each_word(j, shout);
}

/* A tenth of the words with capitals in odd places. */
static bool mix_case(struct job *j, struct em_view word)
{
    if (word.len < 3 || !chance(j, 10))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        char c = i % 2 ? (char)(word.data[i] & ~0x20) : (char)(word.data[i] | 0x20);
        put(j, &c, 1);
    }
    return true;
}

static void mixed_case(struct job *j)
{
    each_word(j, mix_case);
}

/* Letters as full-width and mathematical ones: NFKC's own. */
static bool restyle(struct job *j, struct em_view word)
{
    bool wide = draw(j, 2) != 0;
    for (size_t i = 0; i < word.len; i++) {
        char c = word.data[i], bytes[4];
        uint32_t place = (uint32_t)((c | 0x20) - 'a'), big = capital(c);
        uint32_t cp =
            wide ? (big ? 0xFF21 : 0xFF41) + place : (big ? 0x1D400 : 0x1D41A) + place;
        put(j, bytes, em_utf8_encode(bytes, cp));
    }
    return true;
}

static void fancy_letters(struct job *j)
{
    each_word(j, restyle);
}

/* Soft hyphens, bidi marks and joiners inside words, odd spaces between them. */
static void invisible(struct job *j)
{
    static const char *const inside[] = {"\xC2\xAD", "\xE2\x80\x8D", "\xE2\x80\x8E",
                                         "\xE2\x81\xA0", "\xEF\xBB\xBF"};
    static const char *const between[] = {"\xC2\xA0", "\xE2\x80\x89", "\xE2\x80\xAF",
                                          "\xE3\x80\x80"};
    for (size_t p = 0; p < j->in.len; p++) {
        if (j->in.data[p] == ' ' && chance(j, 50)) {
            put_text(j, between[draw(j, 4)]);
            continue;
        }
        put(j, j->in.data + p, 1);
        if (letter(j->in.data[p]) && p + 1 < j->in.len && letter(j->in.data[p + 1]) &&
            chance(j, 20))
            put_text(j, inside[draw(j, 5)]);
    }
}

/* --- letters that a reader reads on ------------------------------------------------------- */

static void put_code(struct job *j, uint32_t cp)
{
    char bytes[4];
    put(j, bytes, em_utf8_encode(bytes, cp));
}

/* One to three marks above and below every second letter. */
static void combining_marks(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        put(j, j->in.data + p, 1);
        if (letter(j->in.data[p]) && chance(j, 50))
            for (size_t n = 1 + draw(j, 3); n > 0; n--)
                put_code(j, (uint32_t)(0x300 + draw(j, 0x46)));
    }
}

/* Letters with an accent that Unicode has as one character. */
static void accents(struct job *j)
{
    static const struct {
        char from;
        uint16_t to[4];
    } list[] = {
        {'a', {0xE0, 0xE1, 0xE2, 0xE4}},     {'c', {0xE7, 0x107, 0x10D, 0x109}},
        {'e', {0xE8, 0xE9, 0xEA, 0xEB}},     {'i', {0xEC, 0xED, 0xEE, 0xEF}},
        {'n', {0xF1, 0x144, 0x148, 0x146}},  {'o', {0xF2, 0xF3, 0xF4, 0xF6}},
        {'s', {0x15B, 0x161, 0x15F, 0x15D}}, {'u', {0xF9, 0xFA, 0xFB, 0xFC}},
        {'y', {0xFD, 0xFF, 0xFD, 0x177}},
    };
    for (size_t p = 0; p < j->in.len; p++) {
        uint16_t to = 0;
        for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
            if (list[i].from == j->in.data[p] && chance(j, 50))
                to = list[i].to[draw(j, 4)];
        if (to)
            put_code(j, to);
        else
            put(j, j->in.data + p, 1);
    }
}

/* Every letter apart, a wider gap between words: "s p a c e d   o u t". */
static void apart_by(struct job *j, const char *between, const char *gap)
{
    for (size_t p = 0; p < j->in.len; p++) {
        bool inside =
            letter(j->in.data[p]) && p + 1 < j->in.len && letter(j->in.data[p + 1]);
        if (j->in.data[p] == ' ')
            put_text(j, gap);
        else
            put(j, j->in.data + p, 1);
        if (inside)
            put_text(j, between);
    }
}

static void letters_apart(struct job *j)
{
    apart_by(j, " ", "   ");
}

static void letters_dotted(struct job *j)
{
    apart_by(j, chance(j, 50) ? "." : "-", " ");
}

/* The same with one space everywhere: words are guessed. */
static void letters_run(struct job *j)
{
    apart_by(j, " ", " ");
}

static void words_run(struct job *j)
{
    apart_by(j, "", "");
}

static void entity(struct job *j, const char *amp, const char *name)
{
    put_text(j, amp);
    put_text(j, name);
    put_text(j, ";");
}

/* What an editor escaped: quotes, dashes, ampersands, some spaces. */
static void escaped(struct job *j, const char *amp)
{
    for (size_t p = 0; p < j->in.len; p++) {
        char c = j->in.data[p];
        if (c == '\'')
            entity(j, amp, chance(j, 50) ? "#39" : "rsquo");
        else if (c == '"')
            entity(j, amp, "quot");
        else if (c == '&')
            entity(j, amp, "amp");
        else if (c == '-' && chance(j, 50))
            entity(j, amp, "#x2d");
        else if (c == ' ' && chance(j, 10))
            entity(j, amp, "nbsp");
        else
            put(j, &c, 1);
    }
}

static void entities(struct job *j)
{
    escaped(j, "&");
}

static void entities_twice(struct job *j)
{
    escaped(j, "&amp;");
}

static void lower_case(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        char c = j->in.data[p];
        c = capital(c) ? (char)(c | 0x20) : c;
        put(j, &c, 1);
    }
}

/* A letter of every second word twice. */
static bool stutter(struct job *j, struct em_view word)
{
    if (!chance(j, 50))
        return false;
    size_t at = draw(j, word.len);
    put(j, word.data, at + 1);
    put(j, word.data + at, word.len - at);
    return true;
}

static void doubled_letters(struct job *j)
{
    each_word(j, stutter);
}

static void all_doubled(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++)
        for (int i = letter(j->in.data[p]) ? 2 : 1; i > 0; i--)
            put(j, j->in.data + p, 1);
}

/* Lines of 60 bytes, words broken where the line ends. */
static void hyphenation(struct job *j)
{
    size_t column = 0;
    for (size_t p = 0; p < j->in.len; p++, column++) {
        put(j, j->in.data + p, 1);
        bool inside = p > 1 && p + 2 < j->in.len && letter(j->in.data[p - 1]) &&
                      letter(j->in.data[p]) && letter(j->in.data[p + 1]) &&
                      letter(j->in.data[p + 2]);
        if (column >= 30 && inside) {
            put_text(j, "-\n");
            column = 0;
        }
    }
}

static void leetspeak(struct job *j)
{
    static const char from[] = "aeiostAEIOST", to[] = "431057431057";
    for (size_t p = 0; p < j->in.len; p++) {
        const char *at = strchr(from, j->in.data[p]);
        if (j->in.data[p] && at && chance(j, 50))
            put(j, to + (at - from), 1);
        else
            put(j, j->in.data + p, 1);
    }
}

/* Words written from after under U+202E, which a page shows as they were. */
static bool override(struct job *j, struct em_view word)
{
    put_text(j, "\xE2\x80\xAE");
    for (size_t i = word.len; i-- > 0;)
        put(j, word.data + i, 1);
    put_text(j, "\xE2\x80\xAC");
    return true;
}

static void right_to_left(struct job *j)
{
    each_word(j, override);
}

static void variation(struct job *j)
{
    for (size_t p = 0; p < j->in.len; p++) {
        put(j, j->in.data + p, 1);
        if (letter(j->in.data[p]))
            put_code(j, (uint32_t)(chance(j, 50) ? 0xFE00 : 0xE0100) +
                            (uint32_t)draw(j, 16));
    }
}

/* Small capitals of phonetic alphabets, and letters in squares. */
static bool phonetic(struct job *j, struct em_view word)
{
    static const uint16_t small[26] = {
        0x1D00, 0x299,  0x1D04, 0x1D05, 0x1D07, 0xA730, 0x262,  0x29C, 0x26A,
        0x1D0A, 0x1D0B, 0x29F,  0x1D0D, 0x274,  0x1D0F, 0x1D18, 'q',   0x280,
        0xA731, 0x1D1B, 0x1D1C, 0x1D20, 0x1D21, 'x',    0x28F,  0x1D22};
    bool boxed = j->in.len % 2;
    for (size_t i = 0; i < word.len; i++) {
        uint32_t place = (uint32_t)((word.data[i] | 0x20) - 'a');
        put_code(j, boxed ? 0x1F170 + place : small[place]);
    }
    return true;
}

static void phonetic_letters(struct job *j)
{
    each_word(j, phonetic);
}

static bool wave(struct job *j, struct em_view word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = i % 2 ? (char)(word.data[i] & ~0x20) : (char)(word.data[i] | 0x20);
        put(j, &c, 1);
    }
    return true;
}

static void waving_case(struct job *j)
{
    each_word(j, wave);
}

static const struct {
    const char *name;
    void (*run)(struct job *);
    const char *what;
} attacks[] = {
    {"none", none, "nothing"},
    {"homoglyph", homoglyph, "RAID: every letter that has a Cyrillic or Greek double"},
    {"zero_width", zero_width, "RAID: U+200B after every character"},
    {"white_space", white_space, "RAID: more spaces in 20 % of the gaps"},
    {"upper_lower", upper_lower, "RAID: the first letter's case in 5 % of the words"},
    {"article_deletion", article_deletion, "RAID: half of a, an, the"},
    {"number_swap", number_swap, "RAID: other digits in half of the numbers"},
    {"misspelling", misspelling, "RAID: 20 % of the words of four letters and more"},
    {"synonym", synonym, "RAID: half of the words that have one here"},
    {"insert_paragraphs", insert_paragraphs, "RAID: after half of the sentences"},
    {"alternative_spelling", alternative_spelling, "RAID: British for American"},
    {"sentence_shuffle", sentence_shuffle, "all sentences in another order"},
    {"space_comma", space_comma, "a space before every comma"},
    {"spaced_letters", spaced_letters, "10 % of the words s p a c e d"},
    {"all_capitals", all_capitals, "every word in capitals"},
    {"mixed_case", mixed_case, "cApItAlS inside 10 % of the words"},
    {"fancy_letters", fancy_letters, "full-width and mathematical letters"},
    {"invisible", invisible, "soft hyphens, bidi marks, joiners, odd spaces"},
    {"combining_marks", combining_marks, "one to three on half of the letters"},
    {"accents", accents, "half of the letters that can have one"},
    {"letters_apart", letters_apart, "e v e r y   l e t t e r, words by wider gaps"},
    {"letters_run", letters_run, "every letter by one space, between words too"},
    {"words_run", words_run, "no spaces between words"},
    {"letters_dotted", letters_dotted, "t.h.e l.e.t.t.e.r.s or with hyphens"},
    {"entities", entities, "quotes, ampersands, hyphens, spaces as HTML entities"},
    {"entities_twice", entities_twice, "the same escaped twice"},
    {"lower_case", lower_case, "no capitals"},
    {"doubled_letters", doubled_letters, "one letter of half of the words twice"},
    {"all_doubled", all_doubled, "every letter twice"},
    {"hyphenation", hyphenation, "words broken at short lines' ends"},
    {"leetspeak", leetspeak, "half of a, e, i, o, s, t as digits"},
    {"right_to_left", right_to_left, "words from behind under an override"},
    {"variation", variation, "a variation selector behind every letter"},
    {"phonetic_letters", phonetic_letters, "small capitals, letters in squares"},
    {"waving_case", waving_case, "cApItAlS in every word"},
};

static void write_row(struct em_json_reader *reader, struct em_buf *line,
                      struct em_view text)
{
    static const char *const kept[] = {"id",    "label", "dataset", "domain",
                                       "model", "lang",  "edit"};
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        struct em_view value;
        if (!em_json_get_string(reader, kept[i], &value))
            continue;
        em_json_key(&json, kept[i]);
        em_json_string(&json, value);
    }
    em_json_key(&json, "text");
    em_json_string(&json, text);
    em_json_end(&json);
    check(em_json_finish(&json));
    fwrite(line->data, 1, line->len, stdout);
}

static void run(size_t attack, uint64_t seed, bool both)
{
    struct em_json_reader *reader;
    struct em_buf out, line;
    char *in = NULL;
    size_t cap = 0;
    check(em_json_reader_new(&reader));
    em_buf_init(&out, MAX_LINE);
    em_buf_init(&line, MAX_LINE);
    for (ssize_t n; (n = getline(&in, &cap, stdin)) > 0;) {
        struct em_view text, label;
        check(em_json_reader_parse(reader, em_view_make(in, (size_t)n), NULL));
        if (!em_json_get_string(reader, "text", &text))
            check(EM_ERR_FORMAT);
        if (em_json_get_string(reader, "label", &label) &&
            (both || em_view_eq(label, EM_VIEW("machine")))) {
            struct job job = {text, &out, em_hash64(text.data, text.len, seed)};
            em_buf_clear(&out);
            attacks[attack].run(&job);
            text = em_buf_view(&out);
        }
        write_row(reader, &line, text);
    }
    free(in);
    em_buf_release(&out);
    em_buf_release(&line);
    em_json_reader_free(reader);
}

int main(int argc, char **argv)
{
    size_t n = sizeof(attacks) / sizeof(attacks[0]), chosen = n;
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < n; i++)
            printf("%-22s %s\n", attacks[i].name, attacks[i].what);
        return 0;
    }
    bool both = argc > 1 && strcmp(argv[1], "--both") == 0;
    argc -= both;
    argv += both;
    for (size_t i = 0; argc > 1 && i < n; i++)
        if (strcmp(argv[1], attacks[i].name) == 0)
            chosen = i;
    if (chosen == n || argc > 3) {
        fprintf(stderr, "usage: make_attacks [--both] ATTACK [SEED] < labelled.jsonl, "
                        "or --list\n");
        return 129;
    }
    run(chosen, argc > 2 ? strtoull(argv[2], NULL, 10) : 1, both);
    return fflush(stdout) == 0 ? 0 : 2;
}
