/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured field values (spec: RFC9651): dictionaries of tokens, strings, numbers,
 * booleans, byte sequences, dates, display strings and inner lists, with parameters. The
 * parser is strict, as the specification asks: a field with one fault has no value at all.
 * Nothing is copied, strings are not unescaped. Pure functions; thread-safe; linear.
 */
#ifndef EM_BASE_WIRE_SF_H
#define EM_BASE_WIRE_SF_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum em_sf_kind {
    EM_SF_INTEGER,
    EM_SF_DECIMAL,
    EM_SF_STRING,
    EM_SF_TOKEN,
    EM_SF_BYTES,
    EM_SF_BOOLEAN,
    EM_SF_DATE,
    EM_SF_DISPLAY,
    EM_SF_LIST, /* an inner list; its text is what stands between the brackets */
};

/* A member of a dictionary. */
struct em_sf_member {
    struct em_view key;
    enum em_sf_kind kind;
    struct em_view value;      /* as written, without quotes, colons, '@' and '?' */
    bool truth;                /* of a BOOLEAN; true where only the key stands there */
    struct em_view parameters; /* as written, with their semicolons; may be empty */
};

/* True where `text` is a dictionary (spec: RFC9651 4.2.2). */
EM_MUST_CHECK bool em_sf_is_dictionary(struct em_view text);

/* The next member from byte *at (0: the first) of a text that em_sf_is_dictionary().
 * False at the end. Of equal keys the last counts; the caller sees all of them. */
bool em_sf_dictionary_next(struct em_view text, size_t *at, struct em_sf_member *member);

#endif
