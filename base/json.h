/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing JSON (RFC 8259) into an em_buf: commas and quoting are taken care of, output is
 * always valid UTF-8 (invalid bytes become U+FFFD). Errors stick: the first one is kept in
 * `status` and later calls do nothing, so that a caller checks once, at the end.
 *
 *     struct em_json j;
 *     em_json_init(&j, &buf);
 *     em_json_object(&j);
 *     em_json_key(&j, "file");  em_json_string(&j, view);
 *     em_json_key(&j, "words"); em_json_u64(&j, 17);
 *     em_json_end(&j);
 *     EM_TRY(em_json_finish(&j));          -> {"file":"a.warc","words":17}\n
 */
#ifndef EM_BASE_JSON_H
#define EM_BASE_JSON_H

#include "base/buf.h"

#define EM_JSON_DEPTH 16

struct em_json {
    struct em_buf *out;
    enum em_status status;
    int depth;
    char close[EM_JSON_DEPTH];
    bool comma[EM_JSON_DEPTH];
    bool after_key;
};

void em_json_init(struct em_json *json, struct em_buf *out);
void em_json_object(struct em_json *json);
void em_json_array(struct em_json *json);
void em_json_end(struct em_json *json); /* closes the innermost object or array */
void em_json_key(struct em_json *json, const char *key); /* ASCII, needs no escaping */
void em_json_string(struct em_json *json, struct em_view value);
/* The string, or null when it is empty. */
void em_json_string_or_null(struct em_json *json, struct em_view value);
void em_json_u64(struct em_json *json, uint64_t value);
void em_json_i64(struct em_json *json, int64_t value);
/* With `digits` digits after the point, trailing zeros kept; NaN and infinities are null. */
void em_json_fixed(struct em_json *json, double value, int digits);
/* As a string of 16 hexadecimal digits: hashes, which numbers in JSON cannot hold. */
void em_json_hex(struct em_json *json, uint64_t value);
void em_json_bool(struct em_json *json, bool value);
void em_json_null(struct em_json *json);
/* `text` is JSON already (a value carried through). */
void em_json_raw(struct em_json *json, struct em_view text);
/* The version of an object that is no row of many, as its first field: programs look at it
 * before they trust the others. Raised when a field changes its meaning or goes. */
void em_json_schema(struct em_json *json, uint64_t version);
/* Ends the line. */
EM_MUST_CHECK enum em_status em_json_finish(struct em_json *json);

#endif
