/* SPDX-License-Identifier: Apache-2.0
 *
 * What WARC and ARC records have in common: bringing a block into the window, finding out
 * whether it ends where the header says, and saying what is damaged.
 *
 *     | header | block ............ | CR LF CR LF | next record
 *     ^ 0      ^ front              ^ front + length
 *     window, at the front of which the record handed out stays until the next call
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

/* Kept of a block that is skipped: enough for its HTTP header. */
#define BLOCK_PREFIX (64 * EM_KIB)
/* Line ends that belong to the record before them. spec: WARC 1.1, 4: two CRLF */
#define MAX_LINE_ENDS 4
/* Looked at after them: a version line. */
#define BEHIND 20

void em_record_begin(struct em_source *s, struct em_record *r, enum em_record_type type)
{
    struct em_stream *st = &s->stream;
    *r = (struct em_record){.type = type};
    r->origin.file = em_view_of(s->name);
    r->origin.number = s->number++;
    const struct em_unit *unit = em_stream_unit_at(st, st->out_offset);
    r->origin.offset = unit ? unit->offset : st->out_offset;
    s->begun = st->out_offset;
    s->pending = 0;
    s->beyond = 0;
    s->resync = false;
    em_buf_clear(&s->scratch);
    em_buf_clear(&s->held);
}

/* --- the end ---------------------------------------------------------------------------- */

/* Decompressed offset after the record, its line ends included. */
static uint64_t record_end(const struct em_source *s)
{
    return s->stream.out_offset + s->pending;
}

/* Damage of the unit that the record ends in, or some bytes after it, is the record's. The
 * next unit is found at once, so that the stored length says how much was lost. */
static enum em_status take_damage(struct em_source *s, struct em_record *r,
                                  struct em_err *err)
{
    struct em_stream *st = &s->stream;
    size_t sure, len = em_stream_view(st).len, rest = len - s->pending;
    if (!st->damage || em_stream_unit(st)->start >= record_end(s))
        return EM_OK;
    struct em_search q = em_search_from(s, s->pending, false);
    if (rest && (s->resync || rest >= BEHIND ||
                 em_search_run(s, &q, len, true, &sure) != EM_NOWHERE))
        return EM_OK;
    s->pending = len;
    r->error = st->damage;
    enum em_status status = em_stream_recover(st, err);
    if (status < 0)
        return status;
    em_stream_unit(st)->length = st->in.offset - em_stream_unit(st)->offset;
    return EM_OK;
}

static void set_length(struct em_source *s, struct em_record *r)
{
    const struct em_stream *st = &s->stream;
    if (st->container == EM_CONTAINER_PLAIN) {
        r->origin.length = record_end(s) - s->begun + s->beyond;
        return;
    }
    /* From the first byte of a unit to the end of one; else the length is not known. */
    const struct em_unit *first = em_stream_unit_at(st, s->begun);
    const struct em_unit *last = em_stream_unit_at(st, record_end(s) - 1);
    if (first && last && first->start == s->begun && last->length)
        r->origin.length = last->offset + last->length - first->offset;
}

static enum em_status record_finish(struct em_source *s, struct em_record *r,
                                    struct em_err *err)
{
    if (s->resync) /* what follows is the record's damage, also where its unit ends early */
        s->told_until = record_end(s);
    EM_TRY(take_damage(s, r, err));
    set_length(s, r);
    return EM_OK;
}

static size_t trim_line_ends(struct em_view v, size_t from, size_t end)
{
    for (int n = 0; n < MAX_LINE_ENDS && end > from; n++, end--)
        if (v.data[end - 1] != '\n' && v.data[end - 1] != '\r')
            break;
    return end;
}

static size_t count_line_ends(struct em_view v)
{
    size_t n = 0;
    while (n < MAX_LINE_ENDS && n < v.len && (v.data[n] == '\r' || v.data[n] == '\n'))
        n++;
    return n;
}

/* What may stand after a block: line ends, then a record, more line ends, or the end.
 * After a whole separator anything may: that is damage of its own. */
static enum em_begin ends_well(const struct em_source *s, struct em_view behind, bool end)
{
    size_t n = count_line_ends(behind);
    struct em_view next = em_view_sub(behind, n, behind.len);
    if (n >= 2)
        return EM_BEGIN_YES;
    if (next.len == 0)
        return end ? EM_BEGIN_YES : EM_BEGIN_MAYBE;
    if (next.data[0] == '\r' || next.data[0] == '\n')
        return EM_BEGIN_YES;
    return em_source_begins(s, next, end);
}

/* *hit: where in the block (from `front` to `end`) a record begins, or EM_NOWHERE. A line
 * that the block's end divides is brought in first. */
static enum em_status search_block(struct em_source *s, size_t front, size_t end,
                                   size_t *hit, struct em_err *err)
{
    struct em_search q = em_search_from(s, front, false);
    enum em_status status = EM_OK;
    for (;;) {
        size_t sure, len = em_stream_view(&s->stream).len;
        *hit = em_search_run(s, &q, len, status != EM_OK, &sure);
        if (*hit != EM_NOWHERE && *hit >= end)
            *hit = EM_NOWHERE;
        if (*hit != EM_NOWHERE || sure >= end || status != EM_OK)
            return EM_OK;
        status = em_stream_more(&s->stream, err);
        if (status < 0 && status != EM_ERR_LIMIT)
            return status;
    }
}

/* The block swallowed other records: cut it where the first of them begins. */
static enum em_status cut_block(struct em_source *s, struct em_record *r, size_t front,
                                bool *cut, struct em_err *err)
{
    size_t hit;
    EM_TRY(search_block(s, front, front + r->block.len, &hit, err));
    *cut = hit != EM_NOWHERE;
    if (!*cut)
        return EM_OK;
    struct em_view v = em_stream_view(&s->stream);
    r->block = em_view_sub(v, front, trim_line_ends(v, front, hit) - front);
    r->error = s->format == EM_FORMAT_ARC ? "Archive-length is larger than the record"
                                          : "Content-Length is larger than the record";
    s->pending = hit;
    return EM_OK;
}

/* An ARC record begins with a URL, which may still look like one when its first letters are
 * gone ("ttp://"): after a block that ends within a line, its line is looked at whole. */
static bool begins_glued(const struct em_source *s, size_t at, struct em_view behind)
{
    static const char *const schemes[] = {"http:", "https:", "dns:", "ftp:", "filedesc:"};
    const char *data = em_stream_view(&s->stream).data;
    if (s->format != EM_FORMAT_ARC || at == 0 || !behind.len || data[at - 1] == '\n' ||
        count_line_ends(behind) > 0)
        return false;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (em_view_istarts(behind, em_view_of(schemes[i])))
            return false;
    return true;
}

/* The block is behind us, up to s->pending: what follows? */
static enum em_status look_behind(struct em_source *s, struct em_record *r, size_t front,
                                  struct em_err *err)
{
    size_t at = s->pending, border = 0, before = 0;
    enum em_begin well = EM_BEGIN_MAYBE;
    struct em_view behind;
    /* Of a unit whose end has not been seen, one byte more than there is: only then its
     * checksum is checked. At the end of one nothing more is needed. */
    bool more = s->stream.container == EM_CONTAINER_PLAIN || s->stream.in_unit;
    for (size_t want = MAX_LINE_ENDS + BEHIND;; want = before + 1) {
        if (more)
            EM_TRY(em_record_want(s, at + want, &border, err));
        struct em_view v = em_stream_view(&s->stream);
        behind = em_view_sub(v, at, border ? border - at : v.len);
        bool end = border || !more || behind.len < want;
        well = ends_well(s, behind, end);
        before = behind.len;
        if (well != EM_BEGIN_MAYBE || end)
            break;
    }
    s->pending = at + count_line_ends(behind);
    bool glued = begins_glued(s, at, behind);
    if (well != EM_BEGIN_NO && !glued)
        return EM_OK;
    bool cut = false;
    if (!s->held.len)
        EM_TRY(cut_block(s, r, front, &cut, err));
    if (!cut && well == EM_BEGIN_NO) {
        r->error = s->format == EM_FORMAT_ARC
                       ? "Archive-length is smaller than the record"
                       : "Content-Length is smaller than the record";
        s->resync = true;
    }
    return EM_OK;
}

/* --- blocks in the window ---------------------------------------------------------------- */

static enum em_status block_in_window(struct em_source *s, struct em_record *r,
                                      size_t front, size_t length, struct em_err *err)
{
    size_t border;
    EM_TRY(em_record_want(s, front + length, &border, err));
    struct em_view v = em_stream_view(&s->stream);
    if (border) {
        r->block = em_view_sub(v, front, border > front ? border - front : 0);
        r->error = "record is truncated: its member ends inside it";
        s->pending = border;
        return record_finish(s, r, err);
    }
    r->block = em_view_sub(v, front, length);
    s->pending = front + r->block.len;
    if (r->block.len == length) {
        EM_TRY(look_behind(s, r, front, err));
    } else {
        bool cut;
        r->error = "record is truncated: the input ends inside it";
        EM_TRY(cut_block(s, r, front, &cut, err));
    }
    return record_finish(s, r, err);
}

enum em_status em_record_block_open(struct em_source *s, struct em_record *r,
                                    size_t front, const char *error, struct em_err *err)
{
    struct em_search q = em_search_from(s, front, false);
    enum em_status status = EM_OK;
    size_t at, sure;
    for (;;) {
        size_t len = em_stream_view(&s->stream).len;
        at = em_search_run(s, &q, len, status != EM_OK, &sure);
        if (at != EM_NOWHERE || status != EM_OK)
            break;
        status = len > EM_MAX_BLOCK ? EM_ERR_LIMIT : em_stream_more(&s->stream, err);
        if (status < 0 && status != EM_ERR_LIMIT)
            return status;
    }
    struct em_view v = em_stream_view(&s->stream);
    s->resync = at == EM_NOWHERE && status == EM_ERR_LIMIT;
    s->pending = at == EM_NOWHERE ? v.len : at;
    r->block = em_view_sub(v, front, trim_line_ends(v, front, s->pending) - front);
    r->block_length = r->block.len;
    EM_TRY(record_finish(s, r, err));
    if (!r->error)
        r->error = error;
    return EM_OK;
}

enum em_status em_record_broken(struct em_source *s, struct em_record *r, size_t end,
                                bool resync, const char *error, struct em_err *err)
{
    s->pending = end;
    s->resync = resync;
    EM_TRY(record_finish(s, r, err));
    if (!r->error)
        r->error = error;
    return EM_OK;
}

/* --- blocks that are skipped ---------------------------------------------------------- */

/* What stands at the declared end of a block in a plain input, without reading up to it:
 * EM_BEGIN_MAYBE where that cannot be known (a pipe). */
static enum em_begin look_ahead(const struct em_source *s, size_t front, uint64_t length)
{
    char bytes[MAX_LINE_ENDS + BEHIND];
    size_t got;
    uint64_t end = front + length;
    const struct em_input *in = &s->stream.in;
    if (s->stream.container != EM_CONTAINER_PLAIN ||
        em_input_peek(in, end, bytes, sizeof(bytes), &got) != EM_OK)
        return EM_BEGIN_MAYBE;
    if (end < length || (got == 0 && in->offset + end != in->size))
        return EM_BEGIN_NO;
    enum em_begin well = ends_well(s, em_view_make(bytes, got), got < sizeof(bytes));
    return well == EM_BEGIN_NO ? EM_BEGIN_NO : EM_BEGIN_YES;
}

/* Consume up to `length` bytes of the block, up to a unit that begins with a record. */
static enum em_status pass_block(struct em_source *s, uint64_t length, uint64_t *passed,
                                 bool *border, struct em_err *err)
{
    struct em_stream *st = &s->stream;
    *passed = 0;
    *border = false;
    while (*passed < length) {
        uint64_t left = length - *passed;
        size_t want = left < BLOCK_PREFIX ? (size_t)left : BLOCK_PREFIX, at;
        EM_TRY(em_record_want(s, want, &at, err));
        size_t there = em_stream_view(st).len;
        size_t now = at ? at : there < want ? there : want;
        em_stream_consume(st, now);
        *passed += now;
        *border = at != 0;
        if (now < want)
            break;
    }
    return EM_OK;
}

/* A pipe, or compressed: the header and the block's first bytes are kept aside while the rest is
 * read and forgotten, in constant memory. */
static enum em_status block_passed_over(struct em_source *s, struct em_record *r,
                                        size_t front, uint64_t length, struct em_err *err)
{
    size_t prefix = BLOCK_PREFIX, border;
    uint64_t passed;
    bool cut;
    EM_TRY(em_record_want(s, front + prefix, &border, err));
    struct em_view v = em_stream_view(&s->stream);
    if (border || v.len < front + prefix)
        return block_in_window(s, r, front, prefix, err);
    EM_TRY(em_buf_append(&s->held, v.data, front + prefix));
    em_stream_consume(&s->stream, front + prefix);
    EM_TRY(pass_block(s, length - prefix, &passed, &cut, err));
    r->block = em_view_make(s->held.data + front, prefix);
    if (passed == length - prefix)
        EM_TRY(look_behind(s, r, 0, err));
    else
        r->error = cut ? "record is truncated: its member ends inside it"
                       : "record is truncated: the input ends inside it";
    return record_finish(s, r, err);
}

/* A file: what is behind the prefix is skipped when the next record is asked for. */
static enum em_status block_ahead(struct em_source *s, struct em_record *r, size_t front,
                                  uint64_t length, struct em_err *err)
{
    size_t border;
    EM_TRY(em_record_want(s, front + BLOCK_PREFIX, &border, err));
    r->block = em_view_sub(em_stream_view(&s->stream), front, BLOCK_PREFIX);
    s->pending = front + r->block.len;
    s->beyond = length - r->block.len;
    return record_finish(s, r, err);
}

enum em_status em_record_block(struct em_source *s, struct em_record *r, size_t front,
                               uint64_t length, bool skip, struct em_err *err)
{
    bool plain = s->stream.container == EM_CONTAINER_PLAIN;
    r->block_length = length;
    if (length <= BLOCK_PREFIX || (length <= EM_MAX_BLOCK && !(skip && plain)))
        return block_in_window(s, r, front, (size_t)length, err);
    switch (look_ahead(s, front, length)) {
    case EM_BEGIN_NO:
        return em_record_block_open(s, r, front,
                                    s->format == EM_FORMAT_ARC
                                        ? "Archive-length is not that of the record"
                                        : "Content-Length is not that of the record",
                                    err);
    case EM_BEGIN_YES:
        EM_TRY(block_ahead(s, r, front, length, err));
        break;
    default:
        EM_TRY(block_passed_over(s, r, front, length, err));
    }
    r->too_big = length > EM_MAX_BLOCK && !r->error;
    return EM_OK;
}

/* --- fields ------------------------------------------------------------------------------ */

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
