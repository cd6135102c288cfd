/* SPDX-License-Identifier: Apache-2.0
 *
 * Where records begin: at the start of a line, or of a unit (a gzip member or zstd frame),
 * which holds even where the line before it was cut; a WARC record also within a line, where
 * the bytes before it were lost with their line's end. What is not all there yet is "maybe",
 * so that nothing depends on how the input arrives.
 */
#include "crawler/archive/reader.h"

enum em_begin em_source_begins(const struct em_source *s, struct em_view v, bool end)
{
    return s->format == EM_FORMAT_ARC ? em_arc_begins(v, end) : em_warc_begins(v, end);
}

struct em_search em_search_from(const struct em_source *s, size_t at, bool tested)
{
    uint64_t place = s->stream.out_offset + at;
    return (struct em_search){
        .line = at,
        .from = at,
        .tested = tested,
        .within = at + tested,
        .unit = tested || place == 0 ? place : place - 1,
    };
}

static size_t search_lines(const struct em_source *s, struct em_search *q,
                           struct em_view v, bool end, size_t *sure)
{
    while (q->line < v.len) {
        if (!q->tested) {
            enum em_begin begin =
                em_source_begins(s, em_view_sub(v, q->line, v.len), end);
            if (begin == EM_BEGIN_YES)
                return q->line;
            *sure = q->line;
            if (begin == EM_BEGIN_MAYBE)
                return EM_NOWHERE;
            q->tested = true;
        }
        const char *line =
            q->from < v.len ? memchr(v.data + q->from, '\n', v.len - q->from) : NULL;
        if (!line) {
            q->from = v.len;
            break;
        }
        q->line = q->from = (size_t)(line - v.data) + 1;
        q->tested = false;
    }
    *sure = v.len;
    return EM_NOWHERE;
}

static size_t search_within(const struct em_source *s, struct em_search *q,
                            struct em_view v, bool end, size_t *sure)
{
    *sure = v.len;
    if (s->format != EM_FORMAT_WARC)
        return EM_NOWHERE;
    while (q->within < v.len) {
        const char *w = memchr(v.data + q->within, 'W', v.len - q->within);
        if (!w)
            break;
        size_t at = (size_t)(w - v.data);
        enum em_begin begin = em_warc_begins_within(em_view_sub(v, at, v.len), end);
        q->within = at;
        *sure = at;
        if (begin != EM_BEGIN_NO)
            return begin == EM_BEGIN_YES ? at : EM_NOWHERE;
        q->within = at + 1;
    }
    q->within = v.len;
    *sure = v.len;
    return EM_NOWHERE;
}

static size_t search_units(const struct em_source *s, uint64_t *tested, struct em_view v,
                           bool end, size_t *sure)
{
    const struct em_unit *unit;
    *sure = v.len;
    while ((unit = em_stream_unit_after(&s->stream, *tested)) != NULL) {
        uint64_t at = unit->start - s->stream.out_offset;
        if (at >= v.len)
            break;
        enum em_begin begin = em_source_begins(s, em_view_sub(v, (size_t)at, v.len), end);
        if (begin == EM_BEGIN_YES)
            return (size_t)at;
        if (begin == EM_BEGIN_MAYBE) {
            *sure = (size_t)at;
            break;
        }
        *tested = unit->start;
    }
    return EM_NOWHERE;
}

size_t em_search_run(const struct em_source *s, struct em_search *q, size_t len, bool end,
                     size_t *sure)
{
    size_t lines_sure = 0, units_sure = 0, within_sure = 0;
    struct em_view v = em_view_sub(em_stream_view(&s->stream), 0, len);
    size_t line = search_lines(s, q, v, end, &lines_sure);
    /* Only what begins earlier counts: else each search would look at all of the window. */
    struct em_view before = em_view_sub(v, 0, line == EM_NOWHERE ? v.len : line);
    size_t within = search_within(s, q, before, end || line != EM_NOWHERE, &within_sure);
    size_t unit = EM_NOWHERE;
    if (s->stream.container == EM_CONTAINER_PLAIN)
        units_sure = v.len;
    else
        unit = search_units(s, &q->unit, v, end, &units_sure);
    *sure = lines_sure < units_sure ? lines_sure : units_sure;
    *sure = *sure < within_sure ? *sure : within_sure;
    line = line < within ? line : within;
    return line < unit ? line : unit;
}

void em_search_consumed(struct em_search *q, size_t n)
{
    q->line = q->line > n ? q->line - n : 0;
    q->from = q->from > n ? q->from - n : 0;
    q->within = q->within > n ? q->within - n : 0;
}

enum em_status em_record_want(struct em_source *s, size_t want, size_t *border,
                              struct em_err *err)
{
    struct em_stream *st = &s->stream;
    uint64_t tested = st->out_offset;
    enum em_status status = EM_OK;
    *border = 0;
    for (;;) {
        struct em_view v = em_stream_view(st);
        size_t sure = v.len, hit = EM_NOWHERE;
        if (st->container != EM_CONTAINER_PLAIN)
            hit = search_units(s, &tested, v, status != EM_OK, &sure);
        if (hit < want)
            *border = hit;
        if (hit != EM_NOWHERE || sure >= want || status != EM_OK)
            return EM_OK;
        status = em_stream_more(st, err);
        if (status < 0 && status != EM_ERR_LIMIT)
            return status;
    }
}

enum em_status em_source_pass_garbage(struct em_source *s, bool tested, uint64_t *bytes,
                                      struct em_err *err)
{
    struct em_stream *st = &s->stream;
    struct em_search q = em_search_from(s, 0, tested);
    enum em_status status = EM_OK;
    *bytes = 0;
    for (;;) {
        size_t sure, len = em_stream_view(st).len;
        size_t hit = em_search_run(s, &q, len, status != EM_OK, &sure);
        size_t pass = hit != EM_NOWHERE ? hit : status != EM_OK ? len : sure;
        em_stream_consume(st, pass);
        em_search_consumed(&q, pass);
        *bytes += pass;
        if (hit != EM_NOWHERE || status != EM_OK)
            return EM_OK;
        status = em_stream_more(st, err);
        if (status < 0 && status != EM_ERR_LIMIT)
            return status;
    }
}
