/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading JSON values out of one document at a time (a JSONL line). The only file that
 * sees the JSON library (simdjson behind a C++ shim). One reader, one thread.
 */
#ifndef EM_BASE_JSON_READ_H
#define EM_BASE_JSON_READ_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct em_json_reader;

EM_MUST_CHECK enum em_status em_json_reader_new(struct em_json_reader **out);
void em_json_reader_free(struct em_json_reader *reader);

/* Parse `text` (copied; no padding needed). EM_ERR_FORMAT with the reason; EM_ERR_NOMEM;
 * EM_ERR_LIMIT where it is longer than EM_MAX_LINE. All that is valid JSON is read, whatever
 * its numbers and its depth; a byte order mark in front is passed. */
EM_MUST_CHECK enum em_status em_json_reader_parse(struct em_json_reader *reader,
                                                  struct em_view text,
                                                  struct em_err *err);

/* Values by dotted path ("metadata.text"); a key that itself contains dots is found too,
 * when the whole path is a key; items of an array by their number ("resources.0.path"). Of a
 * key that occurs twice the last one counts. Strings are unescaped UTF-8, valid until the
 * next parse.
 * False when absent, null, or of another type. */
bool em_json_get_string(struct em_json_reader *reader, const char *path,
                        struct em_view *out);
/* A number as it is written; valid until the next parse. */
bool em_json_get_number(struct em_json_reader *reader, const char *path,
                        struct em_view *out);
/* Integers only; a number written with a point or exponent is none. */
bool em_json_get_i64(struct em_json_reader *reader, const char *path, int64_t *out);
bool em_json_get_double(struct em_json_reader *reader, const char *path, double *out);
bool em_json_get_bool(struct em_json_reader *reader, const char *path, bool *out);

#ifdef __cplusplus
}
#endif

#endif
