/* SPDX-License-Identifier: Apache-2.0
 *
 * Beginning in the middle of an input, at a byte that need not begin anything: the first
 * record that starts there or later. That is how pieces of one huge file are read apart
 * from each other: a record belongs to the piece that holds its first stored byte.
 *
 * A beginning is believed where a version line stands at the start of a line (plain) or of
 * a gzip member or zstd frame. An archive inside an archive may still deceive a reader that
 * begins within it; who reads pieces notes where each began and where the one before ended,
 * and compares (index/piece.h).
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

/* A version line and more, so that a candidate can be judged. */
enum { HEAD_BYTES = 64 };

bool em_source_divisible(const struct em_source *s)
{
    if (s->parquet)
        return true;
    if (s->stream.in.inner)
        return false;
    if (s->format == EM_FORMAT_JSONL)
        return s->stream.container == EM_CONTAINER_PLAIN;
    return s->format == EM_FORMAT_WARC;
}

static enum em_status pass_all(struct em_source *s)
{
    s->nothing = true;
    return EM_OK;
}

/* After the end of the line that holds byte `offset - 1`. */
static enum em_status begin_line(struct em_source *s, uint64_t offset, struct em_err *err)
{
    EM_TRY(em_stream_seek(&s->stream, offset - 1, err));
    s->resync = true;
    return EM_OK;
}

static enum em_status begin_plain(struct em_source *s, uint64_t offset,
                                  struct em_err *err)
{
    uint64_t passed;
    EM_TRY(em_stream_seek(&s->stream, offset - 1, err));
    return em_source_pass_garbage(s, true, &passed, err);
}

/* Does the unit that was found begin with a record? Brings in what is needed to say. */
static enum em_status unit_begins(struct em_source *s, bool *yes, struct em_err *err)
{
    EM_TRY(em_stream_want(&s->stream, HEAD_BYTES, err));
    enum em_begin begin = em_source_begins(s, em_stream_view(&s->stream), false);
    if (begin == EM_BEGIN_MAYBE) {
        EM_TRY(em_stream_want(&s->stream, EM_MAX_HEADER, err));
        begin = em_source_begins(s, em_stream_view(&s->stream), true);
    }
    *yes = begin == EM_BEGIN_YES;
    return EM_OK;
}

static enum em_status begin_unit(struct em_source *s, uint64_t offset, struct em_err *err)
{
    struct em_stream *st = &s->stream;
    bool yes = false;
    /* Recovering looks after the first byte of a unit: so the one before. */
    uint64_t before = offset - 1;
    for (;;) {
        EM_TRY(em_stream_seek(st, before, err));
        em_stream_begin_unit(st);
        enum em_status status = em_stream_recover(st, err);
        if (status != EM_OK)
            return status == EM_END ? pass_all(s) : status;
        before = st->in.offset;
        EM_TRY(unit_begins(s, &yes, err));
        if (yes)
            return EM_OK;
    }
}

enum em_status em_source_resync(struct em_source *s, uint64_t offset, struct em_err *err)
{
    s->lead_error = NULL;
    if (!em_source_divisible(s) || offset >= em_source_size(s))
        return pass_all(s);
    if (s->format == EM_FORMAT_JSONL)
        return begin_line(s, offset, err);
    return s->stream.container == EM_CONTAINER_PLAIN ? begin_plain(s, offset, err)
                                                     : begin_unit(s, offset, err);
}
