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

/* A version line that can be trusted in the middle of other bytes. */
bool em_warc_begins(struct em_view v)
{
    /* Archives with "warc/1.0" exist (JHOVE's upper-lower-case case). */
    if (!em_view_istarts(v, EM_VIEW("WARC/")))
        return false;
    size_t i = 5;
    while (i < v.len && i < 12 &&
           ((v.data[i] >= '0' && v.data[i] <= '9') || v.data[i] == '.'))
        i++;
    if (i == v.len)
        return i > 5; /* cut: as far as can be seen */
    return i > 5 && (v.data[i] == '\r' || v.data[i] == '\n');
}

/* Window offset behind the header's blank line; 0: not found yet. */
static size_t header_end(struct em_view v, size_t from)
{
    while (from < v.len) {
        const char *hit = memchr(v.data + from, '\n', v.len - from);
        if (!hit)
            return 0;
        size_t at = (size_t)(hit - v.data) + 1;
        /* CR LF, LF, and the CR CR LF of files that were written as text. */
        size_t end = at;
        while (end < v.len && end < at + 2 && v.data[end] == '\r')
            end++;
        if (end < v.len && v.data[end] == '\n')
            return end + 1;
        from = at;
    }
    return 0;
}

/* EM_OK with *end, or 0 where the header has no end within the limit or the input. */
static enum em_status want_header(struct em_source *s, size_t *end, struct em_err *err)
{
    size_t from = 0;
    for (;;) {
        struct em_view v = em_stream_view(&s->stream);
        *end = header_end(v, from);
        if (*end || v.len > EM_MAX_HEADER)
            return EM_OK;
        from = v.len > 3 ? v.len - 3 : 0;
        enum em_status status = em_stream_more(&s->stream, err);
        if (status == EM_END || status == EM_ERR_LIMIT)
            return EM_OK;
        if (status < 0)
            return status;
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
static struct em_view unfold(struct em_source *s, struct em_view v)
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
                           unfold(s, value));
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

static void finish(struct em_source *s, struct em_record *r)
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
    s->block_digest = s->payload_digest = EM_VIEW_NONE;
    *f = (struct fields){.type = EM_VIEW_NONE};
    r->header = em_view_sub(em_stream_view(&s->stream), 0, front);
    parse_header(s, r, r->header, f);
    r->type = type_of(f->type);
    r->type_text = f->type;
}

/* A header without an end: damage, with what can be read of it. */
static enum em_status broken_header(struct em_source *s, struct em_record *r)
{
    struct fields f;
    struct em_view v = em_stream_view(&s->stream);
    size_t front = v.len < EM_MAX_HEADER ? v.len : EM_MAX_HEADER;
    EM_TRY(em_buf_reserve(&s->scratch, front));
    parse_again(s, r, front, &f);
    finish(s, r);
    r->error = s->stream.damage        ? s->stream.damage
               : v.len > EM_MAX_HEADER ? "record header is larger than the limit"
                                       : "record header has no end";
    s->damage_told = s->stream.damage != NULL;
    s->pending = front;
    s->resync = true;
    return EM_OK;
}

enum em_status em_warc_record(struct em_source *s, struct em_record *r,
                              struct em_err *err)
{
    size_t front;
    unsigned long long length;
    struct fields f;
    EM_TRY(want_header(s, &front, err));
    em_record_begin(s, r, EM_RECORD_UNKNOWN);
    if (front == 0)
        return broken_header(s, r);
    EM_TRY(em_buf_reserve(&s->scratch, front));
    parse_again(s, r, front, &f);
    if (!em_view_u64(f.length, &length)) {
        const char *why =
            f.length.len ? "Content-Length is not a number" : "Content-Length is missing";
        EM_TRY(em_record_block_open(s, r, front, err));
        r->error = why;
    } else {
        bool skip =
            !s->options.keep_all && !s->options.verify && !can_be_document(r->type);
        EM_TRY(em_record_block(s, r, front, length, skip, err));
        EM_TRY(em_record_tail(s, r, front, err));
    }
    /* The window may have moved while the block was brought in. */
    parse_again(s, r, front, &f);
    r->block = em_view_make(r->header.data + front, r->block.len);
    finish(s, r);
    /* A segment's payload digest is that of the whole (spec: WARC 1.1, 5.9 and 7.6). */
    if (r->type == EM_RECORD_CONTINUATION || f.segment.len)
        s->payload_digest = EM_VIEW_NONE;
    if (!r->error && f.type.len == 0)
        r->error = "record has no WARC-Type";
    return EM_OK;
}
