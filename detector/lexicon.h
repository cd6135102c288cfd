/* SPDX-License-Identifier: Apache-2.0
 *
 * One table of words for one look-up a token: is it of the model's vocabulary, and to which
 * groups of the style lexicon does it belong. Built once, then only read.
 */
#ifndef EM_DETECTOR_LEXICON_H
#define EM_DETECTOR_LEXICON_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Groups of words, each with its reason; the words are in lexicon_data.c. */
#define EM_LEXICON_LIST(X)                                                               \
    X(ARTICLE, "article", "articles")                                                    \
    X(PREPOSITION, "preposition", "prepositions: nominal style has more")                \
    X(COORDINATOR, "coordinator", "and, or, but")                                        \
    X(SUBORDINATOR, "subordinator", "because, although, while")                          \
    X(BE, "be", "forms of be")                                                           \
    X(HAVE, "have", "forms of have")                                                     \
    X(DO, "do", "forms of do: questions, negation, emphasis; spoken style")              \
    X(MODAL, "modal", "can, may, should")                                                \
    X(NEGATION, "negation", "no, not, never")                                            \
    X(FIRST_SINGULAR, "first_singular", "I, me, my: models avoid it")                    \
    X(FIRST_PLURAL, "first_plural", "we, us, our")                                       \
    X(SECOND, "second", "you, your: advice")                                             \
    X(THIRD, "third", "he, she, they: narration")                                        \
    X(IT, "it", "it, its")                                                               \
    X(DEMONSTRATIVE, "demonstrative", "this, these: models refer back with them")        \
    X(WH, "wh", "question words and relatives")                                          \
    X(QUANTIFIER, "quantifier", "some, many, each")                                      \
    X(CONTRACTION, "contraction", "n't, 're, 'll and whole forms")                       \
    X(HEDGE, "hedge", "may, perhaps, often")                                             \
    X(BOOSTER, "booster", "very, absolutely, truly")                                     \
    X(CONNECTIVE, "connective",                                                          \
      "moreover, however, overall: models open sentences with them")                     \
    X(EXCESS, "excess",                                                                  \
      "words whose use rose with chat models (delve, crucial, tapestry)")                \
    X(ABSTRACT, "abstract", "nouns of essay prose: importance, role, impact")            \
    X(INFORMAL, "informal", "chat and slang")                                            \
    X(DISCOURSE, "discourse", "actually, anyway, just, like: speech in writing")         \
    X(SAYING, "saying", "said, asked: news and stories by people quote")                 \
    X(THINKING, "thinking", "think, know, guess: stance of a person")                    \
    X(EVALUATION, "evaluation", "great, amazing, beautiful: reviews by models gush")     \
    X(VAGUE, "vague", "thing, stuff, lot")                                               \
    X(NUMERAL, "numeral", "numbers as words, ordinals")                                  \
    X(TIME, "time", "today, yesterday, ago: anchored in somebody's time")                \
    X(SUCH, "such", "such, including, like: lists of examples")                          \
    X(TYPO, "typo", "misspellings and dropped apostrophes: people's")                    \
    X(PARTICIPLE, "participle", "irregular participles, for the passive")                \
    X(INCLUSIVE, "inclusive", "both, not only, as well, also, alongside: balanced pairs")

enum em_lexicon_group {
#define X(name, text, reason) EM_LEX_##name,
    EM_LEXICON_LIST(X)
#undef X
        EM_LEX_COUNT
};

/* Words of a group, separated by spaces. Static. */
const char *em_lexicon_words(enum em_lexicon_group group);

struct em_lexicon;

/* `vocabulary`: words one a line. */
EM_MUST_CHECK enum em_status em_lexicon_new(struct em_lexicon **out,
                                            struct em_view vocabulary);
void em_lexicon_free(struct em_lexicon *lexicon);

/* Groups (bits 1 << enum em_lexicon_group) of a combination; combination 0 has none. */
uint64_t em_lexicon_mask(const struct em_lexicon *lexicon, unsigned combo);
unsigned em_lexicon_combos(const struct em_lexicon *lexicon);

/* The slots, open to token.c: `tag` is the low half of the hash (never 0), `value` has
 * EM_FORM_KEPT in bit 8 upward and the combination in the low byte. */
struct em_lexicon_slot {
    uint32_t tag, value;
};
enum { EM_LEXICON_KEPT = 0x100 };

struct em_lexicon {
    struct em_lexicon_slot *slots;
    unsigned shift; /* 64 - log2(number of slots) */
    size_t mask;
    unsigned n_combos;
    uint64_t combos[256];
    uint8_t notes[256];      /* EM_NOTE_* of each combination */
    uint64_t classes[32][2]; /* em_token_class() by ending and capital */
};

/* What is asked of every word, in a byte. */
enum { EM_NOTE_BE = 1, EM_NOTE_PARTICIPLE = 2, EM_NOTE_COORDINATOR = 4 };

static inline uint32_t em_lexicon_find(const struct em_lexicon *lexicon, uint64_t hash)
{
    uint32_t tag = (uint32_t)hash | 1;
    for (size_t i = (size_t)(hash >> lexicon->shift);; i = (i + 1) & lexicon->mask) {
        const struct em_lexicon_slot *slot = &lexicon->slots[i];
        if (slot->tag == tag)
            return slot->value;
        if (slot->tag == 0)
            return 0;
    }
}

#endif
