/* SPDX-License-Identifier: Apache-2.0
 *
 * em_clean_json_find(): any bytes, any path (up to the first NUL): what is found lies within
 * the line; and where the JSON reader finds a string at the path, a quoted one is found.
 */
#include "base/json_read.h"
#include "pipeline/clean/clean.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    struct em_view raw, string;
    char path[64];
    struct em_json_reader *reader;
    if (!nul || nul == data || (size_t)(nul - data) >= sizeof(path) || size > 1 << 16)
        return 0;
    memcpy(path, data, (size_t)(nul - data) + 1);
    struct em_view line = em_view_make((const char *)nul + 1, size - strlen(path) - 1);
    bool found = em_clean_json_find(line, em_view_of(path), &raw);
    if (found)
        check(raw.len > 0 && raw.data >= line.data &&
              raw.data + raw.len <= line.data + line.len);
    if (em_json_reader_new(&reader) != EM_OK)
        return 0;
    if (em_json_reader_parse(reader, line, NULL) == EM_OK &&
        em_json_get_string(reader, path, &string))
        check(found && raw.data[0] == '"' && raw.data[raw.len - 1] == '"');
    em_json_reader_free(reader);
    return 0;
}
