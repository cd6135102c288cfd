/* SPDX-License-Identifier: Apache-2.0
 *
 * What WARC and ARC records have in common: finding where one begins and ends, bringing
 * its block into the window, and saying what is damaged.
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

/* Kept of a block that is larger than EM_MAX_BLOCK: enough for its HTTP header. */
#define BLOCK_PREFIX (64 * EM_KIB)

bool em_source_begins(const struct em_source *s, struct em_view v)
{
    return s->format == EM_FORMAT_ARC ? em_arc_begins(v) : em_warc_begins(v);
}

size_t em_source_find(const struct em_source *s, struct em_view v, size_t from)
{
    while (from < v.len) {
        if ((from == 0 || v.data[from - 1] == '\n') &&
            em_source_begins(s, em_view_sub(v, from, v.len)))
            return from;
        const char *line = memchr(v.data + from, '\n', v.len - from);
        if (!line)
            break;
        from = (size_t)(line - v.data) + 1;
    }
    return v.len;
}

void em_record_begin(struct em_source *s, struct em_record *r, enum em_record_type type)
{
    struct em_stream *st = &s->stream;
    *r = (struct em_record){.type = type};
    r->origin.file = em_view_of(s->name);
    r->origin.number = s->number++;
    const struct em_unit *unit = em_stream_unit_at(st, st->out_offset);
    s->begun_at_unit = unit && unit->start == st->out_offset;
    r->origin.offset = unit ? unit->offset : st->out_offset;
    s->pending = 0;
    s->beyond = 0;
    s->resync = false;
    em_buf_clear(&s->scratch);
}

/* Window offset of the newest unit when it begins behind the front and `limit` was
 * reached by it; 0 when there is none. */
static size_t unit_border(struct em_source *s)
{
    const struct em_unit *unit = em_stream_unit(&s->stream);
    if (!unit || unit->start <= s->stream.out_offset)
        return 0;
    return (size_t)(unit->start - s->stream.out_offset);
}

/* Bytes until `want` are there. Stops where a unit begins with a record of its own;
 * *border is then its window offset, else 0. */
static enum em_status want_within_record(struct em_source *s, size_t want, size_t *border,
                                         struct em_err *err)
{
    enum em_status status = EM_OK;
    *border = 0;
    while (em_stream_view(&s->stream).len < want && status == EM_OK) {
        uint64_t units = s->stream.units;
        status = em_stream_more(&s->stream, err);
        size_t at = unit_border(s);
        if (status != EM_OK || s->stream.units == units || at == 0)
            continue;
        struct em_view v = em_stream_view(&s->stream);
        if (em_source_begins(s, em_view_sub(v, at, v.len))) {
            *border = at;
            break;
        }
    }
    return status == EM_END || status == EM_ERR_LIMIT ? EM_OK : status;
}

static void ends_early(struct em_source *s, struct em_record *r)
{
    if (s->stream.damage) {
        r->error = s->stream.damage;
        s->damage_told = true;
    } else {
        r->error = "record is truncated: the input ends inside it";
    }
}

enum em_status em_record_block(struct em_source *s, struct em_record *r, size_t front,
                               uint64_t length, bool skip, struct em_err *err)
{
    size_t border;
    bool plain = s->stream.container == EM_CONTAINER_PLAIN;
    r->block_length = length;
    r->too_big = length > EM_MAX_BLOCK;
    uint64_t want = r->too_big ? BLOCK_PREFIX : length;
    if (skip && plain)
        want = 0;
    EM_TRY(want_within_record(s, front + (size_t)want, &border, err));
    struct em_view v = em_stream_view(&s->stream);
    if (border) {
        r->block = em_view_sub(v, front, border > front ? border - front : 0);
        r->error = "record is truncated: its gzip member ends inside it";
        s->pending = border;
        return EM_OK;
    }
    r->block = em_view_sub(v, front, (size_t)want);
    s->pending = front + r->block.len;
    if (r->block.len < want) {
        ends_early(s, r);
        r->too_big = false;
    } else {
        s->beyond = length - want;
    }
    return EM_OK;
}

enum em_status em_record_block_open(struct em_source *s, struct em_record *r,
                                    size_t front, struct em_err *err)
{
    size_t at = front, border = 0;
    for (;;) {
        struct em_view v = em_stream_view(&s->stream);
        size_t hit = at < v.len ? em_source_find(s, v, at) : v.len;
        if (border && (hit == v.len || hit > border))
            hit = border;
        if (hit < v.len || v.len >= EM_MAX_BLOCK) {
            at = hit < v.len ? hit : v.len;
            s->resync = hit == v.len;
            break;
        }
        /* The last line may be the beginning of a record that is not all there. */
        at = v.len;
        while (at > front && v.data[at - 1] != '\n')
            at--;
        size_t before = v.len;
        EM_TRY(want_within_record(s, before + 1, &border, err));
        if (em_stream_view(&s->stream).len == before) {
            at = before;
            break;
        }
    }
    s->pending = at;
    size_t end = at;
    struct em_view v = em_stream_view(&s->stream);
    for (int n = 0;
         n < 4 && end > front && (v.data[end - 1] == '\n' || v.data[end - 1] == '\r');
         n++)
        end--;
    r->block = em_view_sub(v, front, end - front);
    r->block_length = r->block.len;
    if (s->stream.damage && at == v.len)
        s->damage_told = true;
    return EM_OK;
}

static size_t count_newlines(struct em_view v, size_t from, size_t most)
{
    size_t n = 0;
    while (n < most && from + n < v.len &&
           (v.data[from + n] == '\r' || v.data[from + n] == '\n'))
        n++;
    return n;
}

/* The block swallowed other records: cut it where the first of them begins. */
static bool cut_block(struct em_source *s, struct em_record *r, size_t front)
{
    struct em_view v = em_stream_view(&s->stream);
    struct em_view within = em_view_sub(v, 0, front + r->block.len);
    size_t hit = em_source_find(s, within, front);
    if (hit == within.len)
        return false;
    size_t end = hit;
    for (int n = 0;
         n < 4 && end > front && (v.data[end - 1] == '\n' || v.data[end - 1] == '\r');
         n++)
        end--;
    r->block = em_view_sub(v, front, end - front);
    s->pending = hit;
    return true;
}

static void set_length(struct em_source *s, struct em_record *r)
{
    const struct em_stream *st = &s->stream;
    if (st->container == EM_CONTAINER_PLAIN) {
        r->origin.length = s->pending + s->beyond;
        return;
    }
    /* A unit of its own: the one where it began is the one where it ended. */
    const struct em_unit *first = em_stream_unit_at(st, st->out_offset);
    const struct em_unit *last = em_stream_unit_at(st, st->out_offset + s->pending - 1);
    if (s->begun_at_unit && first == last && !s->beyond)
        r->origin.length = first->length;
}

enum em_status em_record_tail(struct em_source *s, struct em_record *r, size_t front,
                              struct em_err *err)
{
    size_t at = s->pending, border;
    if (r->error || s->beyond) {
        if (r->error && !s->beyond && s->stream.container == EM_CONTAINER_PLAIN &&
            !s->resync && cut_block(s, r, front))
            r->error = "Content-Length is larger than the record";
        set_length(s, r);
        return EM_OK;
    }
    /* Four line-end bytes, and what begins behind them. Of a member whose end has not been
     * seen, one byte more than it has: only then its CRC is checked. */
    bool more = s->stream.container == EM_CONTAINER_PLAIN || s->stream.in_unit;
    border = 0;
    if (more)
        EM_TRY(want_within_record(s, at + 4 + 16, &border, err));
    struct em_view v = em_stream_view(&s->stream);
    size_t newlines = count_newlines(v, at, 4);
    s->pending = at + newlines;
    if (s->stream.damage && s->pending == v.len) {
        r->error = s->stream.damage;
        s->damage_told = true;
    }
    bool ends = s->pending == v.len || s->pending == border ||
                v.data[s->pending] == '\n' || v.data[s->pending] == '\r' ||
                em_source_begins(s, em_view_sub(v, s->pending, v.len));
    if (!ends && newlines < 2) {
        if (cut_block(s, r, front)) {
            r->error = "Content-Length is larger than the record";
        } else {
            r->error = "Content-Length is smaller than the record";
            s->resync = true;
        }
    }
    set_length(s, r);
    return EM_OK;
}

void em_record_parse_http(struct em_source *s, struct em_record *r)
{
    struct em_http_head *head = &s->head;
    if (!em_http_parse(r->block, head))
        return;
    r->http_status = head->status;
    r->http_header = head->header;
    r->payload = head->body;
    r->http_mime = head->mime;
    r->http_charset = head->charset;
}

struct em_view em_record_date(struct em_source *s, struct em_view date)
{
    char *o = s->date;
    size_t n = 0;
    while (n < date.len && date.data[n] >= '0' && date.data[n] <= '9')
        n++;
    if (n != date.len || n < 8 || n > 17)
        return date;
    const char *d = date.data;
    memcpy(o, d, 4);
    o[4] = '-';
    memcpy(o + 5, d + 4, 2);
    o[7] = '-';
    memcpy(o + 8, d + 6, 2);
    if (n < 14)
        return (struct em_view){o, 10};
    o[10] = 'T';
    memcpy(o + 11, d + 8, 2);
    o[13] = ':';
    memcpy(o + 14, d + 10, 2);
    o[16] = ':';
    memcpy(o + 17, d + 12, 2);
    o[19] = 'Z';
    return (struct em_view){o, 20};
}
