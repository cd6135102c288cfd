/* SPDX-License-Identifier: Apache-2.0
 *
 * Normalised text to tokens: words ([letters]+('[a-z]+)?, letters of any script; one
 * ideograph or kana is one word), numbers (digits) and signs (any other single character
 * but white space and '_'). Each gets two hashes while it is scanned:
 *
 *     word       of its letters in lower case; all numbers are alike
 *     distorted  the same for words of the kept vocabulary, numbers and signs; any other
 *                word is only its class: capital or not, and its ending ("C", "c-ing")
 *
 * Hashes are the same on every machine: models depend on them.
 */
#ifndef EM_DETECTOR_TOKEN_H
#define EM_DETECTOR_TOKEN_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum em_token_kind { EM_TOKEN_WORD, EM_TOKEN_NUMBER, EM_TOKEN_SIGN };

/* em_token.letters of signs that are not ASCII. */
enum { EM_SIGN_OTHER = 0x80, EM_SIGN_DASH = 0x81 };

/* em_token.form */
enum {
    EM_FORM_ENDING = 0x1F,  /* index into the endings, 0 for none */
    EM_FORM_CAPITAL = 0x20, /* first letter is a capital */
    EM_FORM_SHOUTED = 0x40, /* two letters or more, all capitals */
    EM_FORM_KEPT = 0x80     /* of the vocabulary */
};

/* em_token.marks, of words outside the vocabulary */
enum {
    EM_MARK_STRETCHED = 1, /* "sooo": a letter three times among the first eight bytes */
    EM_MARK_POSSESSIVE = 2 /* ends in 's */
};

struct em_token {
    uint32_t start;
    uint16_t len; /* bytes; longer ones are cut to 65535 here, not in the text */
    uint8_t form;
    uint8_t kind;    /* enum em_token_kind */
    uint8_t letters; /* of a word, at most 31; for a sign, its ASCII code or
                        EM_SIGN_* */
    uint8_t combo;   /* of the lexicon (em_lexicon_mask()), 0 for none */
    uint8_t marks;
    uint64_t word, distorted;
};

struct em_lexicon;

/* Is one of these a word by itself: ideographs, kana, Thai letters. */
bool em_lone_letter(uint32_t cp);

/* Languages whose words are not set apart by spaces ("zh", "ja", "th", with or without a
 * region): their ideographic full stop ends a sentence and their comma is one. */
bool em_lang_unspaced(struct em_view lang);

struct em_tokens {
    struct em_token *tokens;
    size_t n, cap;
    uint32_t words;   /* words and numbers */
    uint32_t numbers; /* of them */
    uint32_t kept;    /* words of the vocabulary */
    uint32_t stops;   /* '.', '!' and '?' */
};

void em_tokens_init(struct em_tokens *tokens);
void em_tokens_release(struct em_tokens *tokens);

/* Replace the contents by the tokens of `text`, up to `max_words` words; *read is where it
 * stopped. `unspaced`: em_lang_unspaced() of the language the text is read for. At least EM_NORMAL_PAD zero bytes follow the text. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_tokenise(struct em_tokens *tokens,
                                         const struct em_lexicon *lexicon,
                                         struct em_view text, bool unspaced,
                                         uint32_t max_words, size_t *read);

/* The hash of a word in lower case, as the tokens have it. */
uint64_t em_word_hash(struct em_view word);

/* The hash of a sign, given as UTF-8. */
uint64_t em_sign_hash(struct em_view sign);

/* The distorted hash of a word outside the vocabulary. */
uint64_t em_token_class(unsigned ending, bool capital);

/* "-ing"; "" for 0. NULL beyond the last. */
const char *em_token_ending(unsigned index);

#endif
