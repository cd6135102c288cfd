/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/stream.h"

#include "base/limits.h"

/* As much as a plain window may hold: a block with headers, and a member after it. */
#define MAX_WINDOW (EM_MAX_BLOCK + 8 * EM_MIB)

/* Consumed input to hold on to: a cut gzip member is inflated some kB into what follows, a
 * zstd frame a block of at most 128 KiB. */
#define KEEP_INPUT (256 * EM_KIB)

enum em_container em_stream_sniff(struct em_view head)
{
    if (em_view_starts(head, EM_VIEW("\x1F\x8B\x08")))
        return EM_CONTAINER_GZIP;
    /* spec: RFC8878 3.1.1 (frame), 3.1.2 (skippable frames 0x184D2A50 to 5F) */
    if (em_view_starts(head, EM_VIEW("\x28\xB5\x2F\xFD")))
        return EM_CONTAINER_ZSTD;
    if (head.len >= 8 && ((unsigned char)head.data[0] & 0xF0) == 0x50 &&
        memcmp(head.data + 1, "\x2A\x4D\x18", 3) == 0)
        return EM_CONTAINER_ZSTD;
    return EM_CONTAINER_PLAIN;
}

enum em_status em_stream_open(struct em_stream *s, struct em_input *in,
                              struct em_err *err)
{
    *s = (struct em_stream){.in = *in};
    em_buf_init(&s->out, MAX_WINDOW);
    enum em_status status = em_input_want(&s->in, 8, err);
    if (status == EM_OK) {
        s->container = em_stream_sniff(em_input_view(&s->in));
        if (s->container == EM_CONTAINER_GZIP)
            status = em_gzip_new(&s->codec);
        if (s->container == EM_CONTAINER_ZSTD)
            status = em_zstd_new(&s->codec);
        s->in.keep = s->codec ? KEEP_INPUT : 0;
        if (status < 0)
            em_fail(err, status, "stream", "%s", em_status_text(status));
    }
    if (status < 0)
        em_stream_close(s);
    return status;
}

void em_stream_close(struct em_stream *s)
{
    if (s->codec)
        s->codec->ops->free(s->codec);
    s->codec = NULL;
    em_buf_release(&s->out);
    em_input_close(&s->in);
}

enum em_status em_stream_seek(struct em_stream *s, uint64_t to, struct em_err *err)
{
    s->out.len = s->pos = 0;
    s->out_offset = to;
    s->ended = s->in_unit = false;
    s->damage = NULL;
    s->units = 0;
    return em_input_seek(&s->in, to, err);
}

enum em_status em_stream_reserve(struct em_stream *s, size_t extra)
{
    if (s->pos && s->out.cap - s->out.len < extra) {
        memmove(s->out.data, s->out.data + s->pos, s->out.len - s->pos);
        s->out.len -= s->pos;
        s->pos = 0;
    }
    return em_buf_reserve(&s->out, extra);
}

void em_stream_begin_unit(struct em_stream *s)
{
    s->in_unit = true;
    s->ring[s->units % EM_STREAM_UNITS] = (struct em_unit){
        .offset = s->in.offset,
        .start = s->out_offset + (s->out.len - s->pos),
    };
    s->units++;
}

enum em_status em_stream_search_back(struct em_stream *s, struct em_err *err)
{
    uint64_t unit = em_stream_unit(s)->offset;
    if (s->in.offset > unit) {
        uint64_t back = s->in.offset - unit - 1, budget = 2 * s->in.offset + KEEP_INPUT;
        uint64_t most = budget > s->again ? budget - s->again : 0;
        s->again += em_input_back(&s->in, (size_t)(back < most ? back : most));
        return EM_OK;
    }
    /* At least one byte on, or the same damage would be found for ever. */
    EM_TRY(em_input_want(&s->in, 1, err));
    if (em_input_view(&s->in).len)
        em_input_consume(&s->in, 1);
    return EM_OK;
}

const struct em_unit *em_stream_unit_at(const struct em_stream *s, uint64_t at)
{
    for (uint64_t n = 0; n < s->units && n < EM_STREAM_UNITS; n++) {
        const struct em_unit *unit = &s->ring[(s->units - 1 - n) % EM_STREAM_UNITS];
        if (unit->start <= at)
            return unit;
    }
    return NULL;
}

const struct em_unit *em_stream_unit_after(const struct em_stream *s, uint64_t at)
{
    const struct em_unit *found = NULL;
    for (uint64_t n = 0; n < s->units && n < EM_STREAM_UNITS; n++) {
        const struct em_unit *unit = &s->ring[(s->units - 1 - n) % EM_STREAM_UNITS];
        if (unit->start <= at)
            break;
        found = unit;
    }
    return found;
}

enum em_status em_stream_more(struct em_stream *s, struct em_err *err)
{
    if (s->ended || s->damage)
        return EM_END;
    enum em_status status =
        s->codec ? s->codec->ops->more(s, err) : em_input_more(&s->in, err);
    s->ended = status == EM_END && !s->damage;
    return status;
}

enum em_status em_stream_want(struct em_stream *s, size_t want, struct em_err *err)
{
    enum em_status status = EM_OK;
    while (em_stream_view(s).len < want && status == EM_OK)
        status = em_stream_more(s, err);
    return status == EM_END || status == EM_ERR_LIMIT ? EM_OK : status;
}

void em_stream_consume(struct em_stream *s, size_t n)
{
    s->out_offset += n;
    if (s->container == EM_CONTAINER_PLAIN) {
        em_input_consume(&s->in, n);
        return;
    }
    s->pos += n;
    if (s->pos < s->out.len)
        return;
    s->pos = s->out.len = 0;
    if (s->out.cap > 16 * EM_MIB)
        em_buf_release(&s->out);
}

enum em_status em_stream_skip(struct em_stream *s, uint64_t n, uint64_t *skipped,
                              struct em_err *err)
{
    *skipped = 0;
    while (*skipped < n) {
        uint64_t left = n - *skipped;
        size_t there = em_stream_view(s).len;
        if (there == 0) {
            if (s->container == EM_CONTAINER_PLAIN) {
                uint64_t before = s->in.offset;
                enum em_status status = em_input_skip(&s->in, left, err);
                *skipped += s->in.offset - before;
                s->out_offset += s->in.offset - before;
                s->ended |= status == EM_END;
                return status < 0 ? status : EM_OK;
            }
            enum em_status status = em_stream_more(s, err);
            if (status != EM_OK)
                return status == EM_END ? EM_OK : status;
            continue;
        }
        size_t now = left < there ? (size_t)left : there;
        em_stream_consume(s, now);
        *skipped += now;
    }
    return EM_OK;
}

enum em_status em_stream_recover(struct em_stream *s, struct em_err *err)
{
    s->damage = NULL;
    s->in_unit = false;
    if (!s->codec)
        return EM_END;
    enum em_status status = s->codec->ops->recover(s, err);
    s->ended = status == EM_END;
    return status;
}
