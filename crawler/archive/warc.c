/* SPDX-License-Identifier: Apache-2.0
 *
 * WARC records (ISO 28500: 0.17, 0.18, 1.0, 1.1).
 *
 *     WARC/1.1 CRLF  *( field CRLF )  CRLF  block  CRLF CRLF
 *
 * Bare LF and folded fields are read; field names are not case-sensitive (spec: WARC 1.1,
 * 4). A record whose Content-Length cannot be read ends where the next one begins.
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

/* The longest version line: "WARC/10.10" and blanks. */
enum { MAX_VERSION = 12 };

/* CR LF, LF, and the CR CR LF of files that were written as text. */
static bool is_blank(struct em_view line)
{
    size_t n = 0;
    while (n < line.len && n < 2 && line.data[n] == '\r')
        n++;
    return line.len == n + 1;
}

struct header {
    size_t end;  /* after the blank line; 0: there is none */
    size_t next; /* else: where another record begins in its place, or 0 */
};

/* Where a record begins within a line of a header, of which a part was lost: not after a
 * blank or colon, where it may be a value. 0: nowhere. */
static enum em_status record_within(struct em_source *s, size_t line, size_t end,
                                    size_t *next, struct em_err *err)
{
    enum { FIELD_BYTES = 16 };
    size_t border;
    *next = 0;
    for (size_t at = line + 1; at < end; at++) {
        struct em_view v = em_stream_view(&s->stream);
        const char *w = memchr(v.data + at, 'W', end - at);
        if (!w)
            return EM_OK;
        at = (size_t)(w - v.data);
        char before = w[-1];
        if (before == ' ' || before == '\t' || before == ':' ||
            em_warc_begins_within(em_view_sub(v, at, v.len), false) == EM_BEGIN_NO)
            continue;
        EM_TRY(em_record_want(s, end + FIELD_BYTES, &border, err));
        v = em_stream_view(&s->stream);
        if (em_warc_begins_within(em_view_sub(v, at, v.len), true) == EM_BEGIN_YES) {
            *next = at;
            return EM_OK;
        }
    }
    return EM_OK;
}

/* Looks at each line once, when it is all there. */
static enum em_status want_header(struct em_source *s, struct header *h,
                                  struct em_err *err)
{
    size_t line = 0, from = 0;
    *h = (struct header){0, 0};
    for (;;) {
        struct em_view v = em_view_sub(em_stream_view(&s->stream), 0, EM_MAX_HEADER);
        const char *hit;
        while (from < v.len && (hit = memchr(v.data + from, '\n', v.len - from))) {
            size_t end = (size_t)(hit - v.data) + 1;
            struct em_view text = em_view_sub(v, line, end - line);
            if (line > 0 && em_warc_begins(text, true) == EM_BEGIN_YES) {
                h->next = line;
                return EM_OK;
            }
            EM_TRY(record_within(s, line, end, &h->next, err));
            if (h->next)
                return EM_OK;
            v = em_view_sub(em_stream_view(&s->stream), 0, EM_MAX_HEADER);
            text = em_view_sub(v, line, end - line);
            if (line > 0 && is_blank(text)) {
                h->end = end;
                return em_record_want(s, end, &h->next, err);
            }
            line = from = end;
        }
        from = v.len;
        if (v.len == EM_MAX_HEADER)
            return EM_OK;
        EM_TRY(em_record_want(s, v.len + 1, &h->next, err));
        if (h->next || em_stream_view(&s->stream).len == v.len)
            return EM_OK;
    }
}

static const struct {
    const char *name;
    enum em_record_type type;
} types[] = {
    {"warcinfo", EM_RECORD_WARCINFO},     {"response", EM_RECORD_RESPONSE},
    {"resource", EM_RECORD_RESOURCE},     {"request", EM_RECORD_REQUEST},
    {"metadata", EM_RECORD_METADATA},     {"revisit", EM_RECORD_REVISIT},
    {"conversion", EM_RECORD_CONVERSION}, {"continuation", EM_RECORD_CONTINUATION},
};

static enum em_record_type type_of(struct em_view name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (em_view_ieq(name, em_view_of(types[i].name)))
            return types[i].type;
    return EM_RECORD_UNKNOWN;
}

static struct em_view strip_brackets(struct em_view v)
{
    v = em_view_trim(v);
    if (v.len >= 2 && v.data[0] == '<' && v.data[v.len - 1] == '>')
        v = em_view_sub(v, 1, v.len - 2);
    return v;
}

struct fields {
    struct em_view type, length, segment;
};

static void take_field(struct em_source *s, struct em_record *r, struct fields *f,
                       struct em_view name, struct em_view value)
{
    /* The first of a repeated field counts (spec: WARC 1.1, 4: shall not be repeated). */
    const struct {
        const char *name;
        struct em_view *into;
    } known[] = {
        {"WARC-Type", &f->type},
        {"Content-Length", &f->length},
        {"Content-Type", &r->mime},
        {"WARC-Target-URI", &r->url},
        {"WARC-Date", &r->date},
        {"WARC-Record-ID", &r->origin.record},
        {"WARC-Truncated", &r->truncated},
        {"Echometer-Inclusion", &r->inclusion},
        {"WARC-Identified-Content-Language", &r->lang},
        {"WARC-Segment-Number", &f->segment},
        {"WARC-Block-Digest", &s->block_digest},
        {"WARC-Payload-Digest", &s->payload_digest},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (em_view_ieq(name, em_view_of(known[i].name))) {
            if (known[i].into->len == 0)
                *known[i].into = value;
            return;
        }
}

/* Lines of one field joined by a space. spec: RFC822 3.1.1, as WARC 1.0 refers to it */
static struct em_view warc_unfold(struct em_source *s, struct em_view v)
{
    if (!memchr(v.data, '\n', v.len))
        return v;
    size_t from = s->scratch.len;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        bool space = c == '\r' || c == '\n' || c == '\t' || c == ' ';
        if (space && s->scratch.len > from && s->scratch.data[s->scratch.len - 1] == ' ')
            continue;
        /* Room was made for a whole header: this cannot fail. */
        if (em_buf_putc(&s->scratch, space ? ' ' : c) != EM_OK)
            return v;
    }
    return em_view_trim(em_view_sub(em_buf_view(&s->scratch), from, v.len));
}

static void parse_header(struct em_source *s, struct em_record *r, struct em_view header,
                         struct fields *f)
{
    size_t at = em_view_find(header, 0, EM_VIEW("\n"));
    r->version = em_view_trim(em_view_sub(header, 0, at));
    at++;
    for (int n = 0; at < header.len && n < EM_MAX_HEADER_LINES; n++) {
        size_t end = at;
        do {
            end = em_view_find(header, end, EM_VIEW("\n")) + 1;
        } while (end < header.len &&
                 (header.data[end] == ' ' || header.data[end] == '\t'));
        struct em_view line = em_view_sub(header, at, end - at);
        size_t colon = em_view_find(line, 0, EM_VIEW(":"));
        if (colon < line.len) {
            struct em_view value = em_view_trim(em_view_sub(line, colon + 1, line.len));
            if (value.len)
                take_field(s, r, f, em_view_trim(em_view_sub(line, 0, colon)),
                           warc_unfold(s, value));
        }
        at = end;
    }
}

static bool can_be_document(enum em_record_type type)
{
    return type == EM_RECORD_RESPONSE || type == EM_RECORD_RESOURCE ||
           type == EM_RECORD_CONVERSION;
}

static bool is_http(const struct em_record *r)
{
    if (em_view_istarts(r->mime, EM_VIEW("application/http")))
        return true;
    /* Without a Content-Type, and never for dns: or ftp: records. */
    return r->mime.len == 0 && (em_view_istarts(r->url, EM_VIEW("http:")) ||
                                em_view_istarts(r->url, EM_VIEW("https:")));
}

static void warc_finish(struct em_source *s, struct em_record *r)
{
    r->url = strip_brackets(r->url);
    r->origin.record = strip_brackets(r->origin.record);
    r->date = em_record_date(s, r->date);
    size_t comma = em_view_find(r->lang, 0, EM_VIEW(","));
    r->lang = em_view_trim(em_view_sub(r->lang, 0, comma));
    bool message = r->type == EM_RECORD_RESPONSE || r->type == EM_RECORD_REVISIT ||
                   r->type == EM_RECORD_REQUEST;
    if (message && is_http(r))
        em_record_parse_http(s, r);
}

/* Forget what an earlier look at the header found: its views are void. */
static void parse_again(struct em_source *s, struct em_record *r, size_t front,
                        struct fields *f)
{
    em_buf_clear(&s->scratch);
    r->url = r->date = r->mime = r->origin.record = r->truncated = r->lang = EM_VIEW_NONE;
    r->inclusion = EM_VIEW_NONE;
    s->block_digest = s->payload_digest = EM_VIEW_NONE;
    *f = (struct fields){.type = EM_VIEW_NONE};
    r->header = em_view_sub(em_record_bytes(s), 0, front);
    parse_header(s, r, r->header, f);
    r->type = type_of(f->type);
    r->type_text = f->type;
}

/* A header without an end: damage, with what can be read of it. */
static enum em_status broken_header(struct em_source *s, struct em_record *r, size_t next,
                                    struct em_err *err)
{
    struct fields f;
    size_t there = em_stream_view(&s->stream).len;
    bool large = !next && there > EM_MAX_HEADER;
    size_t front = next ? next : large ? EM_MAX_HEADER : there;
    EM_TRY(em_buf_reserve(&s->scratch, front));
    EM_TRY(em_record_broken(s, r, front, !next,
                            large ? "record header is larger than the limit"
                                  : "record header has no end",
                            err));
    parse_again(s, r, front, &f);
    warc_finish(s, r);
    return EM_OK;
}

static enum em_status read_block(struct em_source *s, struct em_record *r, size_t front,
                                 const struct fields *f, struct em_err *err)
{
    unsigned long long length;
    bool skip = !s->options.keep_all && !s->options.verify && !can_be_document(r->type);
    if (em_view_u64(f->length, &length))
        return em_record_block(s, r, front, length, skip, err);
    return em_record_block_open(s, r, front,
                                f->length.len ? "Content-Length is not a number"
                                              : "Content-Length is missing",
                                err);
}

enum em_status em_warc_record(struct em_source *s, struct em_record *r,
                              struct em_err *err)
{
    struct header h;
    struct fields f;
    EM_TRY(want_header(s, &h, err));
    em_record_begin(s, r, EM_RECORD_UNKNOWN);
    if (h.end == 0 || h.next)
        return broken_header(s, r, h.next, err);
    EM_TRY(em_buf_reserve(&s->scratch, h.end));
    parse_again(s, r, h.end, &f);
    EM_TRY(read_block(s, r, h.end, &f, err));
    /* The window may have moved while the block was brought in. */
    parse_again(s, r, h.end, &f);
    r->block = em_view_make(r->header.data + h.end, r->block.len);
    warc_finish(s, r);
    /* A segment's payload digest is that of the whole (spec: WARC 1.1, 5.9 and 7.6). */
    if (r->type == EM_RECORD_CONTINUATION || f.segment.len)
        s->payload_digest = EM_VIEW_NONE;
    if (!r->error && f.type.len == 0)
        r->error = "record has no WARC-Type";
    return EM_OK;
}
