/* SPDX-License-Identifier: Apache-2.0
 *
 * A Parquet file: footer, page headers, encodings, levels, codecs. All columns are read, as
 * text where that is asked for. The magic is put where it belongs, so that what is tried is
 * what stands between.
 */
#include "crawler/archive/archive.h"
#include "crawler/archive/parquet_row.h"

#include <stdio.h>
#include <stdlib.h>

/* Equal values take no space: rows are bounded here, not by the input. */
enum { MAX_ROWS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool no_output(void *context, struct em_view bytes)
{
    *(size_t *)context += bytes.len;
    return true;
}

/* Rows into a file of the same schema, as `clean` writes them. */
static void carry_all(struct em_view bytes)
{
    const struct em_source_options options = {
        .text_optional = true, .all_columns = true, .carry = true};
    struct em_source *source;
    struct em_parquet_writer *writer;
    struct em_record record;
    uint64_t group = 0;
    size_t written = 0;
    if (em_source_open_memory(&source, bytes, "fuzz", &options, NULL) < 0)
        return;
    if (em_source_writer(source, &writer, no_output, &written, NULL) == EM_OK) {
        enum em_status status = EM_OK;
        for (int i = 0; i < MAX_ROWS && status == EM_OK &&
                        em_source_next(source, &record, NULL) == EM_OK;
             i++)
            if (record.row.len)
                status = em_parquet_row_write(writer, record.row, &group, NULL);
        if (status == EM_OK)
            status = em_parquet_writer_end(writer, NULL, 0, NULL);
        if (status == EM_OK && written < 12)
            abort();
        em_parquet_writer_free(writer);
    }
    em_source_free(source);
}

static void read_all(struct em_view bytes, const struct em_source_options *options)
{
    struct em_source *source;
    struct em_record record;
    uint64_t number = 0, group = 0;
    if (em_source_open_memory(&source, bytes, "fuzz", options, NULL) < 0)
        return;
    while (number < MAX_ROWS && em_source_next(source, &record, NULL) == EM_OK) {
        if (record.origin.number != number++ || record.origin.row_group < group ||
            !record.origin.in_group ||
            (record.type == EM_RECORD_DAMAGE) != !!record.error)
            abort();
        group = record.origin.row_group;
        /* A row is an object. */
        if (!record.error && (record.block.len < 2 || record.block.data[0] != '{' ||
                              record.block.data[record.block.len - 1] != '}'))
            abort();
    }
    em_source_free(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 12 || size > 1 << 20)
        return 0;
    char *bytes = malloc(size);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    memcpy(bytes, "PAR1", 4);
    memcpy(bytes + size - 4, "PAR1", 4);
    const struct em_source_options all = {.text_optional = true, .all_columns = true};
    const struct em_source_options text = {.text_field = "tags"};
    const struct em_source_options usual = {.text_field = NULL};
    struct em_view v = em_view_make(bytes, size);
    /* The first byte is not the file's: it says what is done, all for files as they are. */
    bool every = data[0] == 'P';
    int what = data[0] & 3;
    if (every || what == 0)
        read_all(v, &all);
    if (every || what == 1)
        read_all(v, &text);
    if (every || what == 2)
        read_all(v, &usual);
    if (every || what == 3)
        carry_all(v);
    free(bytes);
    return 0;
}
