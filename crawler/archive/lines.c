/* SPDX-License-Identifier: Apache-2.0
 *
 * Corpora: a record a line (JSONL), or one record for a whole text or HTML file.
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

enum em_status em_line_record(struct em_source *s, struct em_record *r,
                              struct em_err *err)
{
    size_t from = 0;
    for (;;) {
        struct em_view v = em_stream_view(&s->stream);
        const char *end = from < v.len ? memchr(v.data + from, '\n', v.len - from) : NULL;
        if (end) {
            em_record_begin(s, r, EM_RECORD_JSON);
            r->block = em_view_sub(v, 0, (size_t)(end - v.data));
            s->pending = r->block.len + 1;
            break;
        }
        from = v.len;
        enum em_status status =
            v.len > EM_MAX_LINE ? EM_ERR_LIMIT : em_stream_more(&s->stream, err);
        if (status == EM_OK)
            continue;
        if (status < 0 && status != EM_ERR_LIMIT)
            return status;
        v = em_stream_view(&s->stream);
        em_record_begin(s, r, EM_RECORD_JSON);
        r->block = v;
        s->pending = v.len;
        if (status == EM_ERR_LIMIT) {
            r->too_big = true;
            r->error = "line is longer than the limit";
            s->resync = true;
        } else if (s->stream.damage) {
            r->error = s->stream.damage;
            s->damage_told = true;
        }
        break;
    }
    if (r->block.len && r->block.data[r->block.len - 1] == '\r')
        r->block.len--;
    /* A byte order mark, at the beginning or where files were put one after the other. */
    r->block = em_view_without_mark(r->block);
    r->block_length = r->block.len;
    r->origin.length = s->pending;
    if (s->stream.container != EM_CONTAINER_PLAIN) {
        /* Lines have no place of their own in a compressed file: where they begin in what
         * it inflates to. */
        r->origin.offset = s->stream.out_offset;
    }
    return EM_OK;
}

enum em_status em_file_record(struct em_source *s, struct em_record *r,
                              struct em_err *err)
{
    EM_TRY(em_stream_want(&s->stream, EM_MAX_BLOCK + 1, err));
    em_record_begin(s, r, EM_RECORD_FILE);
    r->origin.offset = 0;
    r->block = em_stream_view(&s->stream);
    s->pending = r->block.len;
    if (r->block.len > EM_MAX_BLOCK) {
        r->too_big = true;
        r->block.len = EM_MAX_BLOCK;
        s->nothing_more = true;
    }
    r->block_length = r->block.len;
    if (s->stream.damage) {
        r->error = s->stream.damage;
        s->damage_told = true;
    }
    return EM_OK;
}
