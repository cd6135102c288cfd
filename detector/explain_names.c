/* SPDX-License-Identifier: Apache-2.0
 *
 * See explain_names.h. The names are kept apart from style.c's: those are for files, and do
 * not change.
 */
#include "detector/explain_names.h"

#include <math.h>

enum unit {
    UNIT_NONE,
    UNIT_WORDS,   /* log of words + 1 */
    UNIT_LETTERS, /* a fifth of letters */
    UNIT_PERCENT,
    UNIT_SENTENCES, /* root of the share of sentences */
    UNIT_THOUSAND,  /* root of the share of words */
};

static const char *const units[] = {"",  "words",          "letters",
                                    "%", "% of sentences", "per 1,000 words"};

/* What is looked for in the tokens, to show where. */
enum where {
    WHERE_NOWHERE,
    WHERE_SIGN,   /* em_token.letters is in `of` */
    WHERE_ENDING, /* ends in one of the endings in `of`, by number */
    WHERE_LONG,   /* words of so many letters */
    WHERE_NUMBER,
    WHERE_SHOUTED,
    WHERE_GROUP, /* of the lexicon */
    WHERE_RARE,
    WHERE_LONE_I,
    WHERE_STRETCHED,
    WHERE_POSSESSIVE,
};

struct meaning {
    const char *style, *name;
    enum unit unit;
    enum where where;
    const char *of;
};

static const struct meaning meanings[] = {
    {"sentence_words_mean", "length of sentences", UNIT_WORDS, WHERE_NOWHERE, ""},
    {"sentence_words_cv", "how much sentences differ in length", UNIT_NONE, WHERE_NOWHERE,
     ""},
    {"sentence_words_max", "how far the longest sentence stands out", UNIT_NONE,
     WHERE_NOWHERE, ""},
    {"sentence_words_step", "how much the length changes from a sentence to the next",
     UNIT_NONE, WHERE_NOWHERE, ""},
    {"sentence_short", "sentences of up to six words", UNIT_PERCENT, WHERE_NOWHERE, ""},
    {"sentence_long", "sentences of 30 words and more", UNIT_PERCENT, WHERE_NOWHERE, ""},
    {"questions", "questions", UNIT_SENTENCES, WHERE_SIGN, "?"},
    {"exclamations", "exclamations", UNIT_SENTENCES, WHERE_SIGN, "!"},
    {"start_connective", "sentences that begin with a link (\"however\", \"moreover\")",
     UNIT_SENTENCES, WHERE_NOWHERE, ""},
    {"start_article", "sentences that begin with \"the\" or \"a\"", UNIT_SENTENCES,
     WHERE_NOWHERE, ""},
    {"start_pronoun", "sentences that begin with \"I\", \"we\", \"he\", \"it\"",
     UNIT_SENTENCES, WHERE_NOWHERE, ""},
    {"start_demonstrative", "sentences that begin with \"this\" or \"these\"",
     UNIT_SENTENCES, WHERE_NOWHERE, ""},
    {"start_coordinator", "sentences that begin with \"and\" or \"but\"", UNIT_SENTENCES,
     WHERE_NOWHERE, ""},
    {"start_preposition", "sentences that begin with \"in\", \"with\", \"by\"",
     UNIT_SENTENCES, WHERE_NOWHERE, ""},
    {"start_ing", "sentences that begin with a word in -ing", UNIT_SENTENCES,
     WHERE_NOWHERE, ""},
    {"start_variety", "how many first words of sentences are different", UNIT_PERCENT,
     WHERE_NOWHERE, ""},
    {"start_same", "sentences that begin as the one before", UNIT_SENTENCES,
     WHERE_NOWHERE, ""},
    {"start_comma", "sentences with a comma after one to four words", UNIT_PERCENT,
     WHERE_NOWHERE, ""},
    {"start_lower", "sentences without a capital at the beginning", UNIT_PERCENT,
     WHERE_NOWHERE, ""},
    {"comma", "commas", UNIT_THOUSAND, WHERE_SIGN, ","},
    {"semicolon", "semicolons", UNIT_THOUSAND, WHERE_SIGN, ";"},
    {"colon", "colons", UNIT_THOUSAND, WHERE_SIGN, ":"},
    {"dash", "dashes", UNIT_THOUSAND, WHERE_SIGN, "\x81"},
    {"hyphen", "hyphens", UNIT_THOUSAND, WHERE_SIGN, "-"},
    {"parenthesis", "parentheses", UNIT_THOUSAND, WHERE_SIGN, "()"},
    {"quote", "quotation marks", UNIT_THOUSAND, WHERE_SIGN, "\"'"},
    {"slash", "slashes", UNIT_THOUSAND, WHERE_SIGN, "/"},
    {"ellipsis", "ellipses", UNIT_THOUSAND, WHERE_NOWHERE, ""},
    {"money", "signs of money, per cent and number", UNIT_THOUSAND, WHERE_SIGN, "$%#&"},
    {"bracket", "square and curly brackets", UNIT_THOUSAND, WHERE_SIGN, "[]{}"},
    {"other_sign", "emoji and other signs", UNIT_THOUSAND, WHERE_SIGN, "\x80*+=<>@\\^~`"},
    {"triple", "lists of three (\"a, b, and c\")", UNIT_THOUSAND, WHERE_NOWHERE, ""},
    {"comma_and", "commas before \"and\", \"or\", \"but\"", UNIT_THOUSAND, WHERE_NOWHERE,
     ""},
    {"number", "numbers", UNIT_THOUSAND, WHERE_NUMBER, ""},
    {"types_50", "different words among the first 50", UNIT_PERCENT, WHERE_NOWHERE, ""},
    {"types_100", "different words among the first 100", UNIT_PERCENT, WHERE_NOWHERE, ""},
    {"herdan", "variety of words for the length of the text", UNIT_NONE, WHERE_NOWHERE,
     ""},
    {"hapax", "words used once, of all different ones", UNIT_PERCENT, WHERE_NOWHERE, ""},
    {"repeat_shape", "sentence patterns used again", UNIT_THOUSAND, WHERE_NOWHERE, ""},
    {"repeat_words", "pairs of words used again", UNIT_THOUSAND, WHERE_NOWHERE, ""},
    {"rare_words", "words outside the 2,000 most frequent", UNIT_PERCENT, WHERE_RARE, ""},
    {"rare_lower", "the same without names", UNIT_PERCENT, WHERE_RARE, ""},
    {"letters_mean", "length of words", UNIT_LETTERS, WHERE_NOWHERE, ""},
    {"letters_sd", "how much words differ in length", UNIT_NONE, WHERE_NOWHERE, ""},
    {"words_long", "words of nine letters and more", UNIT_THOUSAND, WHERE_LONG, "\x09"},
    {"words_very_long", "words of 13 letters and more", UNIT_THOUSAND, WHERE_LONG,
     "\x0D"},
    {"words_short", "words of up to three letters", UNIT_PERCENT, WHERE_NOWHERE, ""},
    {"readability", "how hard the text is to read (Coleman and Liau)", UNIT_NONE,
     WHERE_NOWHERE, ""},
    {"ending_ing", "words in -ing", UNIT_THOUSAND, WHERE_ENDING, "\x07"},
    {"ending_ed", "words in -ed", UNIT_THOUSAND, WHERE_ENDING, "\x08"},
    {"ending_ly", "adverbs in -ly", UNIT_THOUSAND, WHERE_ENDING, "\x09"},
    {"ending_tion", "nouns in -tion", UNIT_THOUSAND, WHERE_ENDING, "\x01\x02\x12\x13"},
    {"ending_ness", "nouns in -ness, -ment, -ity, -ism", UNIT_THOUSAND, WHERE_ENDING,
     "\x03\x04\x05\x06\x0E"},
    {"ending_adjective", "adjectives in -ive, -ous, -ful, -able, -al", UNIT_THOUSAND,
     WHERE_ENDING, "\x0A\x0B\x0C\x0D\x14"},
    {"ending_plural", "words in -s", UNIT_THOUSAND, WHERE_ENDING, "\x15\x16"},
    {"passive", "passives (\"was taken\")", UNIT_THOUSAND, WHERE_NOWHERE, ""},
    {"capital", "names: capitals inside sentences", UNIT_THOUSAND, WHERE_NOWHERE, ""},
    {"shouted", "words all in capitals", UNIT_THOUSAND, WHERE_SHOUTED, ""},
    {"lone_i", "\"i\" for \"I\"", UNIT_THOUSAND, WHERE_LONE_I, ""},
    {"stretched", "stretched words (\"sooo\")", UNIT_THOUSAND, WHERE_STRETCHED, ""},
    {"possessive", "possessives in 's", UNIT_THOUSAND, WHERE_POSSESSIVE, ""},
    {"homoglyphs", "letters of other scripts that look like Latin ones", UNIT_NONE,
     WHERE_NOWHERE, ""},
    {"invisibles", "invisible characters", UNIT_NONE, WHERE_NOWHERE, ""},
    {"words_article", "articles (\"the\", \"a\")", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_preposition", "prepositions (\"of\", \"in\", \"with\")", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_coordinator", "\"and\", \"or\", \"but\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_subordinator", "\"because\", \"although\", \"while\" and the like",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_be", "forms of \"be\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_have", "forms of \"have\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_do", "forms of \"do\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_modal", "\"can\", \"may\", \"should\" and the like", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_negation", "negations (\"not\", \"never\")", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_first_singular", "\"I\", \"me\", \"my\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_first_plural", "\"we\", \"us\", \"our\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_second", "\"you\", \"your\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_third", "\"he\", \"she\", \"they\" and the like", UNIT_THOUSAND, WHERE_GROUP,
     ""},
    {"words_it", "\"it\", \"its\"", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_demonstrative", "\"this\", \"these\", \"that\"", UNIT_THOUSAND, WHERE_GROUP,
     ""},
    {"words_wh", "question words and relatives (\"what\", \"which\")", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_quantifier", "\"some\", \"many\", \"each\" and the like", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_contraction", "contractions (\"don't\", \"we're\")", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_hedge", "hedges (\"perhaps\", \"often\")", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_booster", "boosters (\"very\", \"truly\")", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_connective", "links (\"however\", \"moreover\", \"overall\")", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_excess", "words that models use too often (\"delve\", \"crucial\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_abstract", "nouns of essays (\"importance\", \"role\", \"impact\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_informal", "chat and slang", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_discourse", "words of speech (\"actually\", \"anyway\", \"just\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_saying", "verbs of saying (\"said\", \"asked\")", UNIT_THOUSAND, WHERE_GROUP,
     ""},
    {"words_thinking", "verbs of thinking (\"think\", \"know\", \"guess\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_evaluation", "words of praise and blame (\"great\", \"amazing\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_vague", "vague words (\"thing\", \"stuff\")", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_numeral", "numbers written as words", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_time", "words of time (\"today\", \"yesterday\", \"ago\")", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_such", "words before examples (\"such\", \"including\", \"like\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_typo", "misspellings", UNIT_THOUSAND, WHERE_GROUP, ""},
    {"words_participle", "irregular participles (\"taken\", \"written\")", UNIT_THOUSAND,
     WHERE_GROUP, ""},
    {"words_inclusive", "balanced pairs (\"both\", \"not only\", \"as well\")",
     UNIT_THOUSAND, WHERE_GROUP, ""},
};

static const struct meaning *meaning_of(const char *style)
{
    for (size_t i = 0; style && i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (strcmp(meanings[i].style, style) == 0)
            return &meanings[i];
    return NULL;
}

static double in_unit(enum unit unit, double value)
{
    switch (unit) {
    case UNIT_WORDS:
        return exp(value) - 1;
    case UNIT_LETTERS:
        return 5 * value;
    case UNIT_PERCENT:
        return 100 * value;
    case UNIT_SENTENCES:
        return 100 * value * value;
    case UNIT_THOUSAND:
        return 1000 * value * value;
    case UNIT_NONE:
        break;
    }
    return value;
}

struct em_input_meaning em_style_meaning(size_t index, double value, bool english)
{
    const char *style = em_style_name(index);
    const struct meaning *m = meaning_of(style);
    struct em_input_meaning out = {style, "", false, value, 0, 0, 0, 0};
    if (!m)
        return out;
    out.name = m->name;
    out.unit = units[m->unit];
    out.value = in_unit(m->unit, value);
    for (size_t i = 0; english && i < em_style_range_count; i++) {
        const struct em_style_range *r = &em_style_ranges[i];
        if (strcmp(r->style, style) != 0)
            continue;
        out.ranged = true;
        out.human_low = in_unit(m->unit, r->human_low);
        out.human_high = in_unit(m->unit, r->human_high);
        out.machine_low = in_unit(m->unit, r->machine_low);
        out.machine_high = in_unit(m->unit, r->machine_high);
    }
    return out;
}

const char *em_input_plain_name(const char *name)
{
    static const char *const names[][2] = {
        {"length", "length of the text"},
        {"known shape 1", "how many of its word forms are common"},
        {"known shape 2", "how many of its patterns of two words are common"},
        {"known shape 3", "how many of its patterns of three words are common"},
        {"known shape 4", "how many of its patterns of four words are common"},
        {"known word 1", "how many of its words are common"},
        {"known word 2", "how many of its pairs of words are common"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i][0], name) == 0)
            return names[i][1];
    return name;
}

/* --- places ----------------------------------------------------------------------------- */

static bool has(const char *of, unsigned value)
{
    for (; *of; of++)
        if ((unsigned char)*of == value)
            return true;
    return false;
}

/* Is the token one of those that the feature counts? `group`: of the lexicon. */
static bool token_counts(const struct em_features *f, const struct meaning *m, int group,
                         const struct em_token *t)
{
    bool word = t->kind == EM_TOKEN_WORD;
    switch (m->where) {
    case WHERE_SIGN:
        return t->kind == EM_TOKEN_SIGN && has(m->of, t->letters);
    case WHERE_ENDING:
        return word && !(t->form & EM_FORM_KEPT) && has(m->of, t->form & EM_FORM_ENDING);
    case WHERE_LONG:
        return word && t->letters >= *m->of;
    case WHERE_NUMBER:
        return t->kind == EM_TOKEN_NUMBER;
    case WHERE_SHOUTED:
        return word && (t->form & EM_FORM_SHOUTED);
    case WHERE_GROUP:
        return word && group >= 0 && (em_lexicon_mask(f->lexicon, t->combo) >> group & 1);
    case WHERE_RARE:
        return word && !(t->form & EM_FORM_KEPT) && !(t->form & EM_FORM_CAPITAL);
    case WHERE_LONE_I:
        return word && t->len == 1 && f->normal.text[t->start] == 'i';
    case WHERE_STRETCHED:
        return word && (t->marks & EM_MARK_STRETCHED);
    case WHERE_POSSESSIVE:
        return word && (t->marks & EM_MARK_POSSESSIVE);
    case WHERE_NOWHERE:
        break;
    }
    return false;
}

/* The lexicon's groups are the last of the style features, in their order. */
static int group_of(size_t index)
{
    size_t own = em_style_count() - EM_LEX_COUNT;
    return index >= own ? (int)(index - own) : -1;
}

size_t em_style_places(const struct em_features *f, size_t index, struct em_stretch *out,
                       size_t max)
{
    const struct meaning *m = meaning_of(em_style_name(index));
    size_t n = 0;
    if (!m || m->where == WHERE_NOWHERE)
        return 0;
    for (size_t i = 0; i < f->tokens.n && n < max; i++) {
        const struct em_token *t = &f->tokens.tokens[i];
        if (token_counts(f, m, group_of(index), t))
            out[n++] = (struct em_stretch){
                em_normal_original(&f->normal, t->start),
                em_normal_original_end(&f->normal, t->start + t->len)};
    }
    return n;
}
