/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes to UTF-8 as the Encoding Standard and HTML's sniffing say: byte order mark, then
 * the HTTP layer's label, then <meta>, then a guess (UTF-8 when it is that, a legacy
 * encoding otherwise). Nothing is fatal: what cannot be decoded is U+FFFD. A page that is
 * UTF-8 is not copied and not checked here: whoever copies text out of it cleans it
 * (em_utf8_append_clean). One converter serves one thread.
 */
#ifndef EM_CRAWLER_PAGE_CHARSET_H
#define EM_CRAWLER_PAGE_CHARSET_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

struct em_charset;
struct em_encoding;

struct em_decoded {
    struct em_view
        text; /* into the body itself, or the converter's until its next page */
    struct em_view name; /* WHATWG name; static */
    const char *from;    /* "bom", "http", "meta", "utf-8" (guessed) or "guess" */
    uint32_t replaced;   /* errors that became U+FFFD; 0 for UTF-8, see above */
    bool cut;            /* the limit ended it early */
};

/* The WHATWG encoding for a label ("latin1" -> windows-1252), NULL when unknown. */
const struct em_encoding *em_encoding_find(struct em_view label);
const char *em_encoding_name(const struct em_encoding *encoding);

/* spec: HTML 13.2.3.3 "prescan a byte stream". NULL when nothing is declared. */
const struct em_encoding *em_charset_prescan(struct em_view head);

/* What the bytes look like where nothing is declared; never NULL. */
const struct em_encoding *em_charset_guess(struct em_view body);

EM_MUST_CHECK enum em_status em_charset_new(struct em_charset **out);
void em_charset_free(struct em_charset *charset);

/* `label` from the HTTP layer, or empty; `prescan`: look for <meta>. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_charset_decode(struct em_charset *charset,
                                               struct em_view body, struct em_view label,
                                               bool prescan, struct em_decoded *out);

/* Byte of the body that byte `offset` of the last decoded text came from. */
size_t em_charset_origin(struct em_charset *charset, size_t offset);

/* True when the whole view is valid UTF-8. */
bool em_utf8_is_valid(struct em_view v);

#endif
