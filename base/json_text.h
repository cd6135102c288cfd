/* SPDX-License-Identifier: Apache-2.0
 *
 * JSON as text: where values stand in a line, so that they can be taken as they are written
 * (a number of any length) or replaced while the rest of the line is kept byte for byte; and
 * whether a text is JSON at all, whatever the size of its numbers and the depth of its
 * brackets. No recursion and no limit but the text's length.
 *
 * Of keys that occur twice in an object the last one counts, as in Python, JavaScript, Go
 * and jq.
 */
#ifndef EM_BASE_JSON_TEXT_H
#define EM_BASE_JSON_TEXT_H

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/* EM_OK where `text` is one JSON value with nothing but white space around it (spec:
 * RFC8259); EM_ERR_FORMAT; EM_ERR_NOMEM. Escapes of half a surrogate pair are allowed. */
EM_MUST_CHECK enum em_status em_json_text_check(struct em_view text);

/* The functions below take valid JSON; of other text they only find nothing, or a part. */

/* The members of the object that `object` begins with, one by one: *at is 0 before the
 * first. `key` is without its quotes, as written; `raw` is the value as written. */
bool em_json_text_next(struct em_view object, size_t *at, struct em_view *key,
                       struct em_view *raw);
/* The elements of the array that `array` begins with, as written: *at is 0 before the
 * first. */
bool em_json_text_element(struct em_view array, size_t *at, struct em_view *raw);
/* The last value of each of `n` keys, as written; empty where there is none. One pass. */
void em_json_text_pick(struct em_view object, const struct em_view *keys, size_t n,
                       struct em_view *raw);
/* By dotted path: at every object the whole rest of the path as a key first, else its first
 * part. Strings come with their quotes. */
bool em_json_text_find(struct em_view line, struct em_view path, struct em_view *raw);

/* Half a surrogate pair, which JSON may name by an escape and no UTF-8 has, becomes U+FFFD
 * in `line`, as when a browser's string becomes a URL (spec: Infra, convert to a scalar value
 * string). Where there is one *line becomes a view of `out`. EM_ERR_NOMEM, EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_json_text_mend(struct em_buf *out, struct em_view *line);

/* `raw` is a string's inside, quotes not included; `out` has room for raw.len bytes. Returns
 * the length. Half a surrogate pair becomes U+FFFD. */
size_t em_json_text_unescape(struct em_view raw, char *out);

#ifdef __cplusplus
}
#endif

#endif
