/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read from an index: any bytes are rows or an error. The first byte chooses a
 * table (or the ledger, or a block), the second the length of the key. Documents that are
 * read are written as this version writes them, and that again is the same bytes; combining
 * a row with itself reads again.
 */
#include "base/hash.h"
#include "index/block.h"
#include "index/cell.h"
#include "index/document.h"
#include "index/ledger.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void try_block(struct em_view key, struct em_view rows)
{
    struct em_block_reader reader;
    struct em_buf value;
    em_buf_init(&value, 1 << 20);
    em_block_reader_init(&reader);
    uint32_t sum = (uint32_t)em_hash64(rows.data ? rows.data : "", rows.len,
                                       em_hash64(key.data, key.len, 1));
    check(em_pack_be(&value, sum, 4) == EM_OK);
    check(em_buf_append_view(&value, rows) == EM_OK);
    enum em_status status = em_block_open(&reader, key, em_buf_view(&value));
    uint64_t n = 0;
    while (status == EM_OK && (status = em_block_next(&reader)) == EM_OK)
        check(reader.key.len > 0 && reader.key.len <= EM_MAX_KEY && ++n <= rows.len);
    em_block_reader_release(&reader);
    em_buf_release(&value);
}

static void try_ledger(struct em_view key, struct em_view value)
{
    struct em_ledger entry;
    struct em_buf again;
    em_buf_init(&again, 1 << 20);
    if (em_ledger_read(&entry, key, value) == EM_OK)
        check(em_ledger_value(&again, &entry) == EM_OK);
    em_buf_release(&again);
}

static void same(struct em_buf *again, struct em_view bytes)
{
    check(em_view_eq(em_buf_view(again), bytes));
    em_buf_clear(again);
}

static void try_document(struct em_view key, struct em_view value)
{
    struct em_document d;
    struct em_buf again;
    em_buf_init(&again, 1 << 20);
    if (em_document_read(&d, key, value) == EM_OK) {
        check(em_document_key(&again, &d) == EM_OK);
        same(&again, key);
        struct em_document more;
        struct em_buf twice;
        em_buf_init(&twice, 1 << 20);
        check(em_document_value(&again, &d) == EM_OK);
        check(em_document_read(&more, key, em_buf_view(&again)) == EM_OK);
        check(em_document_value(&twice, &more) == EM_OK);
        same(&again, em_buf_view(&twice));
        if (!d.old && value.len == twice.len) /* nothing unknown was in it */
            check(twice.data[0] == value.data[0]);
        em_buf_release(&twice);
    }
    em_buf_release(&again);
}

static void try_row(enum em_table table, struct em_view key, struct em_view value)
{
    const struct em_table_spec *spec = em_table_spec(table);
    struct em_buf out;
    struct em_json json;
    em_buf_init(&out, 64 << 20);
    em_json_init(&json, &out);
    em_json_object(&json);
    bool sound = spec->json && spec->json(&json, key, value) == EM_OK;
    em_buf_clear(&out);
    if (sound && spec->combine && spec->combine(&out, key, value, value) == EM_OK) {
        struct em_buf text;
        em_buf_init(&text, 64 << 20);
        em_json_init(&json, &text);
        em_json_object(&json);
        check(spec->json(&json, key, em_buf_view(&out)) == EM_OK);
        em_buf_release(&text);
    }
    em_buf_release(&out);
    if (table == EM_TABLE_DOCUMENTS)
        try_document(key, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3 || size > 1 << 16)
        return 0;
    size_t key_len = data[1] < size - 2 ? data[1] : size - 2;
    struct em_view key = em_view_make((const char *)data + 2, key_len);
    struct em_view value =
        em_view_make((const char *)data + 2 + key_len, size - 2 - key_len);
    unsigned choice = data[0] % (EM_TABLE_COUNT + 2);
    if (choice == EM_TABLE_COUNT)
        try_ledger(key, value);
    else if (choice == EM_TABLE_COUNT + 1 && key_len)
        try_block(key, value);
    else if (choice < EM_TABLE_COUNT && key_len)
        try_row((enum em_table)choice, key, value);
    return 0;
}
