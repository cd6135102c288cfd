/* SPDX-License-Identifier: Apache-2.0 */
#include "index/block.h"

#include "base/hash.h"
#include "index/table.h"

enum { LMDB_NODE = 8, BLOCK_HEADER = 4 + 3 };

void em_block_writer_init(struct em_block_writer *writer)
{
    *writer = (struct em_block_writer){.count = 0};
    em_buf_init(&writer->first, EM_MAX_KEY);
    em_buf_init(&writer->last, EM_MAX_KEY);
    em_buf_init(&writer->rows, (size_t)EM_MAX_VALUE + 4096);
}

void em_block_writer_release(struct em_block_writer *writer)
{
    em_buf_release(&writer->first);
    em_buf_release(&writer->last);
    em_buf_release(&writer->rows);
    writer->count = 0;
}

void em_block_clear(struct em_block_writer *writer)
{
    em_buf_clear(&writer->first);
    em_buf_clear(&writer->last);
    em_buf_clear(&writer->rows);
    writer->count = 0;
}

static size_t shared_prefix(struct em_view a, struct em_view b)
{
    size_t n = a.len < b.len ? a.len : b.len, i = 0;
    while (i < n && a.data[i] == b.data[i])
        i++;
    return i;
}

static bool rises(struct em_view last, struct em_view key, size_t shared)
{
    if (shared == last.len)
        return key.len > last.len;
    return shared < key.len && (uint8_t)key.data[shared] > (uint8_t)last.data[shared];
}

static size_t varint_size(uint64_t value)
{
    size_t n = 1;
    while (value >>= 7)
        n++;
    return n;
}

enum em_status em_block_add(struct em_block_writer *writer, struct em_view key,
                            struct em_view value)
{
    if (writer->count == 0) {
        EM_TRY(em_buf_append_view(&writer->first, key));
        EM_TRY(em_buf_append_view(&writer->last, key));
    }
    size_t shared = shared_prefix(em_buf_view(&writer->last), key);
    if (writer->count && !rises(em_buf_view(&writer->last), key, shared))
        return EM_ERR_INTERNAL;
    size_t suffix = key.len - shared;
    size_t row = varint_size(shared) + varint_size(suffix) + varint_size(value.len) +
                 suffix + value.len;
    size_t block = LMDB_NODE + writer->first.len + BLOCK_HEADER + writer->rows.len + row;
    if (writer->count && block > EM_BLOCK_BYTES)
        return EM_AGAIN;
    EM_TRY(em_pack_u64(&writer->rows, shared));
    EM_TRY(em_pack_u64(&writer->rows, suffix));
    EM_TRY(em_pack_u64(&writer->rows, value.len));
    EM_TRY(em_buf_append(&writer->rows, key.data + shared, suffix));
    EM_TRY(em_buf_append_view(&writer->rows, value));
    em_buf_clear(&writer->last);
    writer->count++;
    return em_buf_append_view(&writer->last, key);
}

static uint32_t checksum(struct em_view key, const char *data, size_t len)
{
    return (uint32_t)em_hash64(data, len, em_hash64(key.data, key.len, 1));
}

enum em_status em_block_finish(struct em_block_writer *writer, struct em_buf *value)
{
    EM_TRY(em_pack_be(value, 0, 4));
    EM_TRY(em_pack_u64(value, writer->count));
    EM_TRY(em_buf_append_view(value, em_buf_view(&writer->rows)));
    uint32_t sum = checksum(em_buf_view(&writer->first), value->data + 4, value->len - 4);
    for (int i = 0; i < 4; i++)
        value->data[i] = (char)(sum >> 8 * (3 - i));
    return EM_OK;
}

void em_block_reader_init(struct em_block_reader *reader)
{
    *reader = (struct em_block_reader){.left = 0};
    em_buf_init(&reader->key, EM_MAX_KEY);
}

void em_block_reader_release(struct em_block_reader *reader)
{
    em_buf_release(&reader->key);
    reader->left = 0;
}

enum em_status em_block_open(struct em_block_reader *reader, struct em_view key,
                             struct em_view value)
{
    reader->in = em_unpack_of(value);
    reader->left = 0;
    uint32_t sum = (uint32_t)em_unpack_be(&reader->in, 4);
    if (value.len < 5 || key.len == 0 || key.len > EM_MAX_KEY ||
        sum != checksum(key, value.data + 4, value.len - 4))
        return EM_ERR_CHECKSUM;
    reader->left = em_unpack_u64(&reader->in);
    em_buf_clear(&reader->key);
    return em_buf_append_view(&reader->key, key);
}

enum em_status em_block_next(struct em_block_reader *reader)
{
    if (reader->left == 0)
        return em_unpack_done(&reader->in) ? EM_END : EM_ERR_FORMAT;
    reader->left--;
    uint64_t shared = em_unpack_u64(&reader->in);
    uint64_t suffix = em_unpack_u64(&reader->in);
    uint64_t len = em_unpack_u64(&reader->in);
    uint64_t room = (uint64_t)(reader->in.end - reader->in.p);
    if (reader->in.bad || shared > reader->key.len || suffix > room ||
        len > room - suffix || shared + suffix > EM_MAX_KEY || shared + suffix == 0)
        return EM_ERR_FORMAT;
    reader->key.len = (size_t)shared;
    EM_TRY(em_buf_append(&reader->key, reader->in.p, (size_t)suffix));
    reader->value = em_view_make((const char *)reader->in.p + suffix, (size_t)len);
    reader->in.p += suffix + len;
    return EM_OK;
}
