/* SPDX-License-Identifier: Apache-2.0
 *
 * Style features: one pass over a window's tokens into counts, then the table below from
 * counts to numbers. Only what survives storage is used: no line or paragraph breaks, no
 * kinds of quotes or dashes.
 */
#include "detector/style.h"

#include "detector/features.h"

#include <math.h>

/* name, text, why it is here */
#define STYLE_LIST(X)                                                                    \
    X(SENTENCE_MEAN, "sentence_words_mean", "log of the mean")                           \
    X(SENTENCE_CV, "sentence_words_cv", "burstiness: people vary more")                  \
    X(SENTENCE_MAX, "sentence_words_max", "log of longest over mean")                    \
    X(SENTENCE_STEP, "sentence_words_step", "change from one to the next over the mean") \
    X(SENTENCE_SHORT, "sentence_short", "share of up to 6 words")                        \
    X(SENTENCE_LONG, "sentence_long", "share of 30 words and more")                      \
    X(QUESTIONS, "questions", "share of sentences")                                      \
    X(EXCLAMATIONS, "exclamations", "share of sentences")                                \
    X(START_CONNECTIVE, "start_connective", "Moreover, However, Overall")                \
    X(START_ARTICLE, "start_article", "The, A")                                          \
    X(START_PRONOUN, "start_pronoun", "I, we, he, it")                                   \
    X(START_DEMONSTRATIVE, "start_demonstrative", "This, These")                         \
    X(START_COORDINATOR, "start_coordinator", "And, But: people's")                      \
    X(START_PREPOSITION, "start_preposition", "In, With, By")                            \
    X(START_ING, "start_ing", "participle clauses in front")                             \
    X(START_VARIETY, "start_variety", "distinct first words over sentences")             \
    X(START_SAME, "start_same", "same first word as the sentence before")                \
    X(START_COMMA, "start_comma", "a comma after one to four words")                     \
    X(START_LOWER, "start_lower", "no capital at the beginning")                         \
    X(COMMA, "comma", "per word, as all signs")                                          \
    X(SEMICOLON, "semicolon", "")                                                        \
    X(COLON, "colon", "")                                                                \
    X(DASH, "dash", "models of 2024 and later like it")                                  \
    X(HYPHEN, "hyphen", "compounds")                                                     \
    X(PARENTHESIS, "parenthesis", "asides")                                              \
    X(QUOTE, "quote", "")                                                                \
    X(SLASH, "slash", "")                                                                \
    X(ELLIPSIS, "ellipsis", "three full stops and the like")                             \
    X(MONEY, "money", "currency, percent, number signs")                                 \
    X(BRACKET, "bracket", "square and curly")                                            \
    X(OTHER_SIGN, "other_sign", "emoji and symbols")                                     \
    X(TRIPLE, "triple", "a, b, and c")                                                   \
    X(COMMA_AND, "comma_and", "a comma before and, or, but")                             \
    X(NUMBER, "number", "")                                                              \
    X(TYPES_50, "types_50", "distinct among the first 50 words")                         \
    X(TYPES_100, "types_100", "distinct among the first 100")                            \
    X(HERDAN, "herdan", "log types over log tokens")                                     \
    X(HAPAX, "hapax", "words that occur once over distinct words")                       \
    X(REPEAT_SHAPE, "repeat_shape", "shape 4-grams seen before: compressibility")        \
    X(REPEAT_WORDS, "repeat_words", "word pairs seen before")                            \
    X(RARE, "rare_words", "outside the vocabulary")                                      \
    X(RARE_LOWER, "rare_lower", "outside it and not capitalised")                        \
    X(LETTERS_MEAN, "letters_mean", "letters a word")                                    \
    X(LETTERS_SD, "letters_sd", "")                                                      \
    X(WORDS_LONG, "words_long", "9 letters and more")                                    \
    X(WORDS_VERY_LONG, "words_very_long", "13 letters and more")                         \
    X(WORDS_SHORT, "words_short", "up to 3 letters")                                     \
    X(READABILITY, "readability", "Coleman and Liau 1975, a tenth of it")                \
    X(END_ING, "ending_ing", "")                                                         \
    X(END_ED, "ending_ed", "")                                                           \
    X(END_LY, "ending_ly", "adverbs")                                                    \
    X(END_TION, "ending_tion", "nominal style")                                          \
    X(END_NESS, "ending_ness", "-ness, -ment, -ity, -ism")                               \
    X(END_ADJECTIVE, "ending_adjective", "-ive, -ous, -ful, -able, -al")                 \
    X(END_PLURAL, "ending_plural", "-s, -es")                                            \
    X(PASSIVE, "passive", "be and a participle")                                         \
    X(CAPITAL, "capital", "capitalised within a sentence: names")                        \
    X(SHOUTED, "shouted", "all capitals")                                                \
    X(LONE_I, "lone_i", "i for I: people's")                                             \
    X(STRETCHED, "stretched", "sooo: a letter three times")                              \
    X(POSSESSIVE, "possessive", "'s that is no contraction")                             \
    X(HOMOGLYPH, "homoglyphs", "tricks undone, per letter")                              \
    X(INVISIBLE, "invisibles", "zero-width and bidi characters, per letter")

enum {
#define X(name, text, why) NAME_##name,
    STYLE_LIST(X)
#undef X
        OWN_FEATURES,
    N_STYLE = OWN_FEATURES + EM_LEX_COUNT
};

enum { DIVERSITY_WORDS = 400, STARTS_MAX = 48, SENTENCE_MAX = 200 };

struct tally {
    uint32_t words, numbers, kept, rare_lower, shouted, capital, lone_i, stretched,
        possessive, passive, triple, comma_and, ellipsis;
    uint32_t types, hapax, diverse_words, types_50, types_100;
    uint32_t sentences, short_ones, long_ones, questions, exclamations, steps_sum,
        longest, start_lower, start_ing, start_comma, start_same, start_capital;
    uint64_t sum_squares; /* of words a sentence */
    uint32_t sentence_words;
    uint32_t previous; /* words of the sentence before */
    bool started;
    uint32_t n_starts, distinct_starts;
    uint64_t starts[STARTS_MAX], last_start;
    uint32_t start_count[EM_LEX_COUNT];
    uint32_t forms[256];  /* words by em_token.form */
    uint32_t lengths[64]; /* by letters, with a capital EM_FORM_CAPITAL further on */
    uint16_t combos[256], signs[256], endings[32], letters[32];
};

void em_style_init(struct em_style *style)
{
    memset(style, 0, sizeof(*style));
}

size_t em_style_count(void)
{
    return N_STYLE;
}

const char *em_style_name(size_t index)
{
    static const char *const names[N_STYLE] = {
#define X(name, text, why) text,
        STYLE_LIST(X)
#undef X
#define X(name, text, why) "words_" text,
            EM_LEXICON_LIST(X)
#undef X
    };
    return index < N_STYLE ? names[index] : NULL;
}

static bool sign_is(const struct em_token *t, char c)
{
    return t->kind == EM_TOKEN_SIGN && t->letters == (unsigned char)c;
}

/* "Mr", "e.g", initials: a full stop after it ends nothing. */
static bool abbreviation(const struct em_token *t, const char *text)
{
    static const char known[][4] = {"mr",  "ms",  "dr",  "st",  "vs",   "no",  "mrs",
                                    "etc", "inc", "ltd", "jr",  "sr",   "fig", "eq",
                                    "al",  "cf",  "ie",  "eg",  "prof", "gen", "sen",
                                    "rep", "gov", "col", "dept"};
    if (t->kind != EM_TOKEN_WORD || t->len > 4)
        return false;
    if (t->len == 1)
        return (text[t->start] | 0x20) != 'i';
    char lower[4] = {0};
    for (size_t i = 0; i < t->len; i++)
        lower[i] = (char)(text[t->start + i] | 0x20);
    uint32_t word, other;
    bool any = false;
    memcpy(&word, lower, 4);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        memcpy(&other, known[i], 4);
        any |= word == other;
    }
    return any;
}

static inline bool style_stop(const struct em_token *t)
{
    return t->kind == EM_TOKEN_SIGN &&
           (t->letters == '.' || t->letters == '!' || t->letters == '?');
}

bool em_sentence_ends(const struct em_token *tokens, size_t n, size_t i, const char *text)
{
    const struct em_token *t = &tokens[i];
    if (!style_stop(t))
        return false;
    size_t next = i + 1;
    while (next < n && (sign_is(&tokens[next], '"') || sign_is(&tokens[next], ')') ||
                        sign_is(&tokens[next], '\'')))
        next++;
    if (next >= n)
        return true;
    if (sign_is(&tokens[next], '.') || sign_is(&tokens[next], '!') ||
        sign_is(&tokens[next], '?') || sign_is(&tokens[next], ','))
        return false;
    if (t->len > 1) /* ideographic */
        return true;
    bool gap = tokens[next].start > tokens[next - 1].start + tokens[next - 1].len ||
               (tokens[next].form & EM_FORM_CAPITAL);
    if (!gap)
        return false;
    return t->letters != '.' || i == 0 || !abbreviation(&tokens[i - 1], text);
}

/* The entry of a word is made, or marked as seen twice; false: another word is there. */
static inline bool meet(uint32_t *slot, uint32_t entry, uint32_t *types, uint32_t *hapax)
{
    /* All without a branch: whether a word is new cannot be predicted. */
    const uint32_t twice = 1u << 21;
    uint32_t was = *slot;
    bool same = (was & ~twice) == entry, fresh = (was ^ entry) >> 22 != 0;
    if (EM_UNLIKELY(!(same | fresh)))
        return false;
    *slot = entry | (same ? twice : 0);
    *types += fresh;
    *hapax += (uint32_t)fresh - (uint32_t)(same & !(was & twice));
    return true;
}

/* Distinct words and words seen once, over the window's first words. */
static void diversity(struct em_style *style, struct tally *c,
                      const struct em_token *tokens, size_t n)
{
    static const uint32_t marks[] = {50, 100, DIVERSITY_WORDS};
    uint32_t types = 0, hapax = 0, words = 0, at[3];
    const uint32_t generation = style->generation << 22;
    size_t i = 0;
    for (int m = 0; m < 3; m++) {
        for (; i < n && words < marks[m]; i++) {
            if (tokens[i].kind != EM_TOKEN_WORD)
                continue;
            uint64_t word = tokens[i].word;
            uint32_t entry = generation | (uint32_t)(word >> 43);
            size_t k = (size_t)(word & 1023);
            words++;
            while (!meet(&style->seen[k], entry, &types, &hapax))
                k = (k + 1) & 1023;
        }
        at[m] = types;
    }
    c->diverse_words = words;
    c->types_50 = at[0];
    c->types_100 = at[1];
    c->types = types;
    c->hapax = hapax;
}

static void begin_sentence(struct tally *c, const struct em_lexicon *lexicon,
                           const struct em_token *tokens, size_t n, size_t i)
{
    const struct em_token *t = &tokens[i];
    uint64_t groups = em_lexicon_mask(lexicon, t->combo);
    c->started = true;
    c->start_capital += (t->form & EM_FORM_CAPITAL) && t->letters > 1;
    c->start_lower += t->kind == EM_TOKEN_WORD && !(t->form & EM_FORM_CAPITAL);
    c->start_ing += (t->form & EM_FORM_ENDING) == 7;
    for (; groups; groups &= groups - 1)
        c->start_count[__builtin_ctzll(groups)]++;
    for (size_t k = i + 1; k < n && k <= i + 4; k++)
        if (tokens[k].kind == EM_TOKEN_SIGN) {
            c->start_comma += tokens[k].letters == ',';
            break;
        }
    bool fresh = true;
    for (uint32_t k = 0; k < c->n_starts; k++)
        fresh &= c->starts[k] != t->word;
    c->start_same += c->n_starts > 0 && c->last_start == t->word;
    c->last_start = t->word;
    if (c->n_starts < STARTS_MAX) {
        c->starts[c->n_starts++] = t->word;
        c->distinct_starts += fresh;
    }
}

static void end_sentence(struct tally *c, unsigned char sign)
{
    uint32_t words = c->sentence_words;
    if (words == 0)
        return;
    if (words > SENTENCE_MAX)
        words = SENTENCE_MAX;
    if (c->sentences > 0)
        c->steps_sum += words > c->previous ? words - c->previous : c->previous - words;
    c->sentences++;
    c->sum_squares += (uint64_t)words * words;
    c->longest = words > c->longest ? words : c->longest;
    c->short_ones += words <= 6;
    c->long_ones += words >= 30;
    c->questions += sign == '?';
    c->exclamations += sign == '!';
    c->previous = words;
    c->sentence_words = 0;
    c->started = false;
}

static inline bool noted(const struct em_lexicon *lexicon, const struct em_token *t,
                         unsigned note)
{
    return (lexicon->notes[t->combo] & note) != 0;
}

static void see_comma(struct tally *c, const struct em_lexicon *lexicon,
                      const struct em_token *tokens, size_t n, size_t i)
{
    if (i + 1 >= n || !noted(lexicon, &tokens[i + 1], EM_NOTE_COORDINATOR))
        return;
    c->comma_and++;
    for (size_t back = 2; back <= 4 && back <= i; back++)
        if (sign_is(&tokens[i - back], ',')) {
            c->triple++;
            return;
        }
}

static bool participle(const struct em_lexicon *lexicon, const struct em_token *t)
{
    return (t->form & EM_FORM_ENDING) == 8 || noted(lexicon, t, EM_NOTE_PARTICIPLE);
}

static bool adverb(const struct em_token *t)
{
    return (t->form & EM_FORM_ENDING) == 9;
}

/* Participles that a form of be at tokens[i] makes passive: the next word, and the one
 * after an adverb. */
static uint32_t passives(const struct em_lexicon *lexicon, const struct em_token *tokens,
                         size_t n, size_t i)
{
    uint32_t style_count = 0;
    if (i + 1 < n && (!adverb(&tokens[i]) || i == 0))
        style_count += participle(lexicon, &tokens[i + 1]);
    if (i + 2 < n && adverb(&tokens[i + 1]))
        style_count += participle(lexicon, &tokens[i + 2]);
    return style_count;
}

/* Words are counted by what is known of them; add_up() says what that means. */
static inline void see_word(struct tally *c, const struct em_lexicon *lexicon,
                            const char *text, const struct em_token *tokens, size_t n,
                            size_t i)
{
    const struct em_token *t = &tokens[i];
    c->combos[t->combo]++;
    c->forms[t->form]++;
    c->lengths[(t->form & EM_FORM_CAPITAL) | t->letters]++;
    if (t->len == 1)
        c->lone_i += text[t->start] == 'i';
    if (EM_UNLIKELY(t->marks)) {
        c->stretched += (t->marks & EM_MARK_STRETCHED) != 0;
        c->possessive += (t->marks & EM_MARK_POSSESSIVE) != 0;
    }
    if (EM_UNLIKELY(noted(lexicon, t, EM_NOTE_BE)))
        c->passive += passives(lexicon, tokens, n, i);
}

static void add_up(struct tally *c)
{
    uint32_t rows[8] = {0}, endings[32] = {0};
    for (unsigned row = 0; row < 8; row++)
        for (unsigned ending = 0; ending < 32; ending++) {
            rows[row] += c->forms[32 * row + ending];
            endings[ending] += c->forms[32 * row + ending];
        }
    for (unsigned row = 0; row < 8; row++) {
        c->words += rows[row];
        if (32 * row & EM_FORM_KEPT)
            c->kept += rows[row];
        else if (!(32 * row & EM_FORM_CAPITAL))
            c->rare_lower += rows[row];
        if (32 * row & EM_FORM_SHOUTED)
            c->shouted += rows[row];
    }
    for (unsigned k = 0; k < 32; k++) {
        c->endings[k] = (uint16_t)endings[k];
        c->letters[k] = (uint16_t)(c->lengths[k] + c->lengths[EM_FORM_CAPITAL + k]);
        c->capital += k > 1 ? c->lengths[EM_FORM_CAPITAL + k] : 0;
    }
    c->capital -= c->start_capital;
}

static void style_count(struct tally *c, const struct em_lexicon *lexicon,
                        const char *text, const struct em_token *tokens, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct em_token *t = &tokens[i];
        if (EM_LIKELY(t->kind != EM_TOKEN_SIGN)) {
            if (EM_UNLIKELY(!c->started))
                begin_sentence(c, lexicon, tokens, n, i);
            c->sentence_words++;
            if (EM_LIKELY(t->kind == EM_TOKEN_WORD))
                see_word(c, lexicon, text, tokens, n, i);
            else
                c->numbers++;
            continue;
        }
        c->signs[t->letters]++;
        if (t->letters == ',')
            see_comma(c, lexicon, tokens, n, i);
        else if (style_stop(t) && em_sentence_ends(tokens, n, i, text))
            end_sentence(c, t->letters);
        if (i > 0 && t->letters == '.' && sign_is(&tokens[i - 1], '.'))
            c->ellipsis++;
    }
    end_sentence(c, 0);
    add_up(c);
}

static float style_share(uint32_t part, uint32_t whole)
{
    return whole ? (float)part / (float)whole : 0;
}

/* Square root: evens out the spread of rates. */
static float style_rate(uint32_t part, uint32_t whole)
{
    return whole ? sqrtf((float)part / (float)whole) : 0;
}

static void sentence_features(const struct tally *c, float *out)
{
    uint32_t total = c->words + c->numbers, s = c->sentences;
    float mean = style_share(total, s), n = (float)(s ? s : 1);
    float variance = (float)c->sum_squares / n - mean * mean;
    out[NAME_SENTENCE_MEAN] = logf(mean + 1);
    out[NAME_SENTENCE_CV] = s > 1 && variance > 0 ? sqrtf(variance) / mean : 0.5f;
    out[NAME_SENTENCE_MAX] = logf((float)(c->longest + 1) / (mean + 1));
    out[NAME_SENTENCE_STEP] = s > 1 ? (float)c->steps_sum / (float)(s - 1) / mean : 0.55f;
    out[NAME_SENTENCE_SHORT] = style_share(c->short_ones, s);
    out[NAME_SENTENCE_LONG] = style_share(c->long_ones, s);
    out[NAME_QUESTIONS] = style_rate(c->questions, s);
    out[NAME_EXCLAMATIONS] = style_rate(c->exclamations, s);
    out[NAME_START_CONNECTIVE] = style_rate(c->start_count[EM_LEX_CONNECTIVE], s);
    out[NAME_START_ARTICLE] = style_rate(c->start_count[EM_LEX_ARTICLE], s);
    out[NAME_START_PRONOUN] = style_rate(
        c->start_count[EM_LEX_FIRST_SINGULAR] + c->start_count[EM_LEX_FIRST_PLURAL] +
            c->start_count[EM_LEX_SECOND] + c->start_count[EM_LEX_THIRD] +
            c->start_count[EM_LEX_IT],
        s);
    out[NAME_START_DEMONSTRATIVE] = style_rate(c->start_count[EM_LEX_DEMONSTRATIVE], s);
    out[NAME_START_COORDINATOR] = style_rate(c->start_count[EM_LEX_COORDINATOR], s);
    out[NAME_START_PREPOSITION] = style_rate(c->start_count[EM_LEX_PREPOSITION], s);
    out[NAME_START_ING] = style_rate(c->start_ing, s);
    out[NAME_START_VARIETY] = style_share(c->distinct_starts, c->n_starts);
    out[NAME_START_SAME] = style_rate(c->start_same, s);
    out[NAME_START_COMMA] = style_share(c->start_comma, s);
    out[NAME_START_LOWER] = style_share(c->start_lower, s);
}

static void sign_features(const struct tally *c, float *out)
{
    const uint16_t *g = c->signs;
    uint32_t total = c->words + c->numbers, other = g[EM_SIGN_OTHER];
    for (const char *p = "*+=<>@\\^~`"; *p; p++)
        other += g[(unsigned char)*p];
    out[NAME_COMMA] = style_rate(g[','], total);
    out[NAME_SEMICOLON] = style_rate(g[';'], total);
    out[NAME_COLON] = style_rate(g[':'], total);
    out[NAME_DASH] = style_rate(g[EM_SIGN_DASH], total);
    out[NAME_HYPHEN] = style_rate(g['-'], total);
    out[NAME_PARENTHESIS] = style_rate((uint32_t)g['('] + g[')'], total);
    out[NAME_QUOTE] = style_rate((uint32_t)g['"'] + g['\''], total);
    out[NAME_SLASH] = style_rate(g['/'], total);
    out[NAME_ELLIPSIS] = style_rate(c->ellipsis, total);
    out[NAME_MONEY] = style_rate((uint32_t)g['$'] + g['%'] + g['#'] + g['&'], total);
    out[NAME_BRACKET] = style_rate((uint32_t)g['['] + g[']'] + g['{'] + g['}'], total);
    out[NAME_OTHER_SIGN] = style_rate(other, total);
    out[NAME_TRIPLE] = style_rate(c->triple, total);
    out[NAME_COMMA_AND] = style_rate(c->comma_and, total);
    out[NAME_NUMBER] = style_rate(c->numbers, total);
}

static void word_features(const struct tally *c, const struct em_ngram_counts *r,
                          float *out)
{
    uint32_t w = c->words, sum = 0, squares = 0, n9 = 0, n13 = 0, n3 = 0;
    for (uint32_t k = 0; k < 32; k++) {
        sum += k * c->letters[k];
        squares += k * k * c->letters[k];
        n3 += k <= 3 ? c->letters[k] : 0;
        n9 += k >= 9 ? c->letters[k] : 0;
        n13 += k >= 13 ? c->letters[k] : 0;
    }
    float mean = style_share(sum, w), variance = style_share(squares, w) - mean * mean;
    uint32_t d = c->diverse_words;
    out[NAME_TYPES_50] = style_share(c->types_50, d < 50 ? d : 50);
    out[NAME_TYPES_100] = style_share(c->types_100, d < 100 ? d : 100);
    out[NAME_HERDAN] = d > 1 ? logf((float)c->types) / logf((float)d) : 1;
    out[NAME_HAPAX] = style_share(c->hapax, c->types);
    out[NAME_REPEAT_SHAPE] =
        style_rate(r->total[EM_NGRAM_SHAPE_4] - r->fresh[EM_NGRAM_SHAPE_4],
                   r->total[EM_NGRAM_SHAPE_4]);
    out[NAME_REPEAT_WORDS] = style_rate(
        r->total[EM_NGRAM_WORD_2] - r->fresh[EM_NGRAM_WORD_2], r->total[EM_NGRAM_WORD_2]);
    out[NAME_RARE] = style_share(w - c->kept, w);
    out[NAME_RARE_LOWER] = style_share(c->rare_lower, w);
    out[NAME_LETTERS_MEAN] = mean / 5;
    out[NAME_LETTERS_SD] = variance > 0 ? sqrtf(variance) / 3 : 0;
    out[NAME_WORDS_LONG] = style_rate(n9, w);
    out[NAME_WORDS_VERY_LONG] = style_rate(n13, w);
    out[NAME_WORDS_SHORT] = style_share(n3, w);
    out[NAME_READABILITY] = 0.588f * mean - 2.96f * style_share(c->sentences, w) - 1.58f;
    out[NAME_CAPITAL] = style_rate(c->capital, w);
    out[NAME_SHOUTED] = style_rate(c->shouted, w);
    out[NAME_LONE_I] = style_rate(c->lone_i, w);
    out[NAME_STRETCHED] = style_rate(c->stretched, w);
    out[NAME_POSSESSIVE] = style_rate(c->possessive, w);
    out[NAME_PASSIVE] = style_rate(c->passive, w);
}

static void ending_features(const struct tally *c, float *out)
{
    const uint16_t *e = c->endings;
    uint32_t w = c->words;
    out[NAME_END_ING] = style_rate(e[7], w);
    out[NAME_END_ED] = style_rate(e[8], w);
    out[NAME_END_LY] = style_rate(e[9], w);
    out[NAME_END_TION] = style_rate((uint32_t)e[1] + e[2] + e[18] + e[19], w);
    out[NAME_END_NESS] = style_rate((uint32_t)e[3] + e[4] + e[5] + e[6] + e[14], w);
    out[NAME_END_ADJECTIVE] =
        style_rate((uint32_t)e[10] + e[11] + e[12] + e[13] + e[20], w);
    out[NAME_END_PLURAL] = style_rate((uint32_t)e[21] + e[22], w);
}

uint32_t em_style_window(struct em_style *style, const struct em_lexicon *lexicon,
                         const struct em_normal *text, const struct em_token *tokens,
                         size_t n, const struct em_ngram_counts *counts, float *out)
{
    struct tally c;
    memset(&c, 0, sizeof(c));
    style->generation = (style->generation + 1) & 1023;
    if (style->generation == 0) {
        em_style_init(style);
        style->generation = 1;
    }
    style_count(&c, lexicon, text->text, tokens, n);
    diversity(style, &c, tokens, n);
    sentence_features(&c, out);
    sign_features(&c, out);
    word_features(&c, counts, out);
    ending_features(&c, out);
    uint32_t letters = (uint32_t)(text->len ? text->len : 1);
    out[NAME_HOMOGLYPH] = style_rate(text->counts.homoglyphs, letters);
    out[NAME_INVISIBLE] =
        style_rate(text->counts.zero_width + text->counts.bidi, letters);
    uint32_t groups[EM_LEX_COUNT] = {0};
    unsigned combos = em_lexicon_combos(lexicon);
    for (unsigned k = 1; k < combos; k++)
        for (uint64_t m = c.combos[k] ? lexicon->combos[k] : 0; m; m &= m - 1)
            groups[__builtin_ctzll(m)] += c.combos[k];
    for (unsigned g = 0; g < EM_LEX_COUNT; g++)
        out[OWN_FEATURES + g] = style_rate(groups[g], c.words);
    return c.words + c.numbers;
}
