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
    struct em_arc_line line;
    unsigned long long length;
    struct em_view v = em_stream_view(&s->stream);
    size_t front = em_arc_line(v).len + 1;
    /* The caller has seen em_arc_begins(): the line parses. */
    if (!em_arc_line_parse(em_view_sub(v, 0, front), &line))
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
    em_arc_line_parse(r->header, &line);
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
