/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of charset_table.c; for charset*.c alone.
 */
#ifndef EM_CRAWLER_PAGE_CHARSET_INT_H
#define EM_CRAWLER_PAGE_CHARSET_INT_H

#include "crawler/page/charset.h"

#include <stdint.h>

enum em_encoding_kind {
    EM_ENC_UTF8,
    EM_ENC_UTF16LE,
    EM_ENC_UTF16BE,
    EM_ENC_SINGLE,
    EM_ENC_ICONV,
    EM_ENC_REPLACEMENT,
};

struct em_encoding {
    const char *name;
    enum em_encoding_kind kind;
    const uint16_t *high; /* SINGLE: code points of 0x80 to 0xFF, 0 for none */
    const char *iconv;    /* ICONV: glibc's name */
};

struct em_encoding_label {
    const char *label;
    uint8_t encoding;
};

/* What a language's text is made of: pairs of letters of which one is not ASCII, in lower
 * case, words bounded by spaces; or single characters. */
enum { EM_LETTER_LEVELS = 12 };

struct em_letters {
    const char *language;
    uint8_t width;                        /* letters that go together: 2, CJK 1 */
    const char *levels[EM_LETTER_LEVELS]; /* UTF-8; those of levels[i] cost i bits */
};

extern const struct em_letters em_letters[];
extern const size_t em_letters_count;

/* The encoding of `sample`, pieces of text around bytes above 0x7F. */
const struct em_encoding *em_letters_guess(struct em_view sample);

extern const struct em_encoding em_encodings[];
extern const struct em_encoding_label em_encoding_labels[];
extern const size_t em_encoding_label_count;

#endif
