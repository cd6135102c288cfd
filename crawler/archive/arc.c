/* SPDX-License-Identifier: Apache-2.0
 *
 * ARC records (Internet Archive, ARC file format 1.0 and 1.1; "version 2" adds fields).
 *
 *     filedesc://x.arc 0.0.0.0 20080430204825 text/plain 77 LF
 *     1 0 Origin LF  URL IP-address Archive-date Content-type Archive-length LF  LF
 *     URL SP IP SP 14 digits SP mime SP length LF  block LF
 *
 * Each record is one line and so many bytes. The fields of a line are taken from its end,
 * since URLs with spaces occur.
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

enum { V1_FIELDS = 5, V2_FIELDS = 10, MAX_FIELDS = 16 };

#define MAX_LINE (64 * EM_KIB)

struct line {
    struct em_view url, date, mime, length; /* length: not a number where it is wrong */
};

static bool digits(struct em_view v, size_t least, size_t most)
{
    if (v.len < least || v.len > most)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] < '0' || v.data[i] > '9')
            return false;
    return true;
}

/* The last `want` fields of the line, last first; fewer when there are not so many. */
static int split_from_end(struct em_view line, struct em_view *fields, int want,
                          size_t *rest)
{
    int n = 0;
    size_t end = line.len;
    while (n < want && end > 0) {
        size_t from = end;
        while (from > 0 && line.data[from - 1] != ' ')
            from--;
        fields[n++] = em_view_sub(line, from, end - from);
        end = from > 0 ? from - 1 : 0;
    }
    *rest = end;
    return n;
}

static bool is_address(struct em_view v)
{
    size_t marks = 0;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        bool hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!hex && c != '.' && c != ':')
            return false;
        marks += !hex;
    }
    return marks > 1;
}

/* A line that is a record's in all but its length, which is no number or not there: what
 * else it says must leave no doubt. */
static bool parse_without_length(struct em_view line, struct line *out)
{
    for (int missing = 0; missing < 2; missing++) {
        struct em_view f[V1_FIELDS];
        size_t rest;
        int n = V1_FIELDS - 1 - missing; /* behind the URL */
        if (split_from_end(line, f, n, &rest) != n || rest == 0)
            continue;
        struct em_view url = em_view_trim(em_view_sub(line, 0, rest));
        struct em_view mime = f[1 - missing], date = f[2 - missing];
        if (!digits(date, 14, 14) || !is_address(f[3 - missing]) || mime.len == 0 ||
            em_view_find(url, 0, EM_VIEW(":/")) == url.len)
            continue;
        *out = (struct line){url, date, mime, missing ? EM_VIEW_NONE : f[0]};
        return true;
    }
    return false;
}

static bool parse_line(struct em_view line, struct line *out)
{
    struct em_view f[MAX_FIELDS];
    size_t rest;
    line = em_view_trim(line);
    /* v2: result checksum location offset filename stand between mime and length */
    int forms[] = {V1_FIELDS, V2_FIELDS};
    for (int i = 0; i < 2; i++) {
        int n = forms[i];
        if (split_from_end(line, f, n - 1, &rest) != n - 1 || rest == 0)
            continue;
        struct em_view date = f[n - 3];
        bool dated = digits(date, 8, 17) || em_view_eq(date, EM_VIEW("-"));
        if (!digits(f[0], 1, 19) || !dated)
            continue;
        *out =
            (struct line){em_view_trim(em_view_sub(line, 0, rest)), date, f[n - 4], f[0]};
        return memchr(out->url.data, ':', out->url.len) != NULL;
    }
    return parse_without_length(line, out);
}

static struct em_view first_line(struct em_view v)
{
    size_t most = v.len < MAX_LINE ? v.len : MAX_LINE;
    const char *end = memchr(v.data, '\n', most);
    return end ? em_view_sub(v, 0, (size_t)(end - v.data)) : EM_VIEW_NONE;
}

enum em_begin em_arc_begins(struct em_view v, bool end)
{
    struct line line;
    if (v.len && v.data[0] <= ' ')
        return EM_BEGIN_NO;
    struct em_view text = first_line(v);
    if (text.len)
        return parse_line(text, &line) ? EM_BEGIN_YES : EM_BEGIN_NO;
    return end || v.len >= MAX_LINE ? EM_BEGIN_NO : EM_BEGIN_MAYBE;
}

static bool is_web(struct em_view url)
{
    return em_view_istarts(url, EM_VIEW("http:")) ||
           em_view_istarts(url, EM_VIEW("https:"));
}

/* Version line and field names are the version block's header; what a crawler says of
 * itself may follow (ARC 1.1: an XML document). */
static void split_version_block(struct em_record *r)
{
    size_t at = 0;
    for (int lines = 0; lines < 2 && at < r->block.len; lines++)
        at = em_view_find(r->block, at, EM_VIEW("\n")) + 1;
    while (at < r->block.len && (r->block.data[at] == '\r' || r->block.data[at] == '\n'))
        at++;
    r->http_header = em_view_sub(r->block, 0, at);
    r->payload = em_view_sub(r->block, at, r->block.len);
}

enum em_status em_arc_record(struct em_source *s, struct em_record *r, struct em_err *err)
{
    struct line line;
    unsigned long long length;
    struct em_view v = em_stream_view(&s->stream);
    size_t front = first_line(v).len + 1;
    /* The caller has seen em_arc_begins(): the line parses. */
    if (!parse_line(em_view_sub(v, 0, front), &line))
        return em_fail(err, EM_ERR_INTERNAL, "arc", "not at a record");
    bool header = em_view_istarts(line.url, EM_VIEW("filedesc:"));
    em_record_begin(s, r, header ? EM_RECORD_ARC_HEADER : EM_RECORD_ARC);
    if (em_view_u64(line.length, &length))
        EM_TRY(em_record_block(s, r, front, length, false, err));
    else
        EM_TRY(em_record_block_open(s, r, front,
                                    line.length.len ? "Archive-length is not a number"
                                                    : "Archive-length is missing",
                                    err));
    v = em_record_bytes(s); /* the window may have moved */
    r->header = em_view_sub(v, 0, front);
    r->block = em_view_make(v.data + front, r->block.len);
    parse_line(r->header, &line);
    r->version = EM_VIEW("ARC/1");
    r->url = line.url;
    r->mime = line.mime;
    r->date = em_record_date(s, line.date);
    if (header)
        split_version_block(r);
    else if (is_web(r->url))
        em_record_parse_http(s, r);
    return EM_OK;
}
