/* SPDX-License-Identifier: Apache-2.0
 *
 * A JSON line: parsed, looked up by paths, and read as a corpus record. Strings given out
 * are valid UTF-8. The second reader, for what the first refuses, knows the same grammar.
 */
#include "base/json_read.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "crawler/archive/archive.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                     \
        }                                                                                \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct em_json_reader *reader;
    static struct em_page_decoder *decoder;
    if ((!reader && em_json_reader_new(&reader) != EM_OK) ||
        (!decoder && em_page_decoder_new(&decoder, NULL, NULL) != EM_OK))
        return 0;
    static const char *const paths[] = {"text", "a", "a.b", "a.b.c", "id", ""};
    struct em_view line = {(const char *)data, size}, value;
    double d;
    int64_t n;
    bool b;
    enum em_status status = em_json_reader_parse(reader, line, NULL);
    enum em_status checked = em_json_text_check(em_view_without_mark(line));
    CHECK((status == EM_OK) == (checked == EM_OK));
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        bool text = em_json_get_string(reader, paths[i], &value);
        CHECK(!text || (status == EM_OK && em_utf8_valid_prefix(value) == value.len));
        bool number = em_json_get_double(reader, paths[i], &d);
        bool whole = em_json_get_i64(reader, paths[i], &n);
        bool truth = em_json_get_bool(reader, paths[i], &b);
        CHECK(text + number + truth <= 1 && (!whole || number));
    }
    struct em_record record = {.type = EM_RECORD_JSON, .block = line};
    struct em_page page;
    enum em_drop drop = em_page_decode(decoder, &record, &page);
    CHECK((drop == EM_DROP_BAD_JSON || drop == EM_DROP_EMPTY) || status == EM_OK);
    CHECK(drop != EM_DROP_NONE || page.body.len > 0);
    return 0;
}
