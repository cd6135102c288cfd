/* SPDX-License-Identifier: Apache-2.0
 *
 * What the format readers (warc.c, arc.c, lines.c) share: the source they are parts of, and
 * helpers. Private to crawler/archive/.
 */
#ifndef EM_CRAWLER_ARCHIVE_READER_H
#define EM_CRAWLER_ARCHIVE_READER_H

#include "crawler/archive/archive.h"
#include "crawler/archive/http.h"
#include "crawler/archive/stream.h"

enum em_format {
    EM_FORMAT_EMPTY,
    EM_FORMAT_WARC,
    EM_FORMAT_ARC,
    EM_FORMAT_JSONL,
    EM_FORMAT_TEXT,
    EM_FORMAT_HTML,
};

struct em_source {
    struct em_stream stream;
    struct em_source_options options;
    enum em_format format;
    char *name;
    char *text_field;
    uint64_t number; /* of the next record */

    /* The record handed out lies at the front of the window; the next em_source_next()
     * consumes `pending` bytes and skips `beyond` more, so that its views stay valid. */
    size_t pending;
    uint64_t beyond;
    bool resync;      /* the record's end was not found: look for the next beginning */
    bool damage_told; /* the stream's damage was reported with a record */

    bool begun_at_unit;
    int arc_fields; /* of an ARC header line, from the version block */
    struct em_view block_digest, payload_digest; /* declared */
    char date[40];
    struct em_buf scratch;    /* folded header values */
    struct em_http_head head; /* of the record handed out */
};

/* A record's header is at the front of the window. */
void em_record_begin(struct em_source *s, struct em_record *r, enum em_record_type type);

/* The block: `length` bytes from window offset `front` on, of which at most EM_MAX_BLOCK
 * are brought into memory (none when `skip`). Sets block, block_length, too_big, pending,
 * beyond, and error when the bytes end before the block does. A unit (gzip member) that
 * begins inside the block with a record of its own ends the block there. */
EM_MUST_CHECK enum em_status em_record_block(struct em_source *s, struct em_record *r,
                                             size_t front, uint64_t length, bool skip,
                                             struct em_err *err);
/* The same where the length is not known: up to the next place where a record begins. */
EM_MUST_CHECK enum em_status em_record_block_open(struct em_source *s,
                                                  struct em_record *r, size_t front,
                                                  struct em_err *err);
/* Behind the block stand at most `newlines` line ends, then a record or the end. Sets
 * error and mends the block or asks for a resync where it is otherwise. Sets the stored
 * length. */
EM_MUST_CHECK enum em_status em_record_tail(struct em_source *s, struct em_record *r,
                                            size_t front, struct em_err *err);

/* HTTP fields of r from r->block. */
void em_record_parse_http(struct em_source *s, struct em_record *r);
/* "20080430204825" to "2008-04-30T20:48:25Z" in s->date; other text as it is. */
struct em_view em_record_date(struct em_source *s, struct em_view date);

/* Does a record begin at the front of `v`, as far as v shows? */
bool em_source_begins(const struct em_source *s, struct em_view v);
bool em_warc_begins(struct em_view v);
bool em_arc_begins(struct em_view v);
/* Window offset >= from of the first record that begins at the start of a line; v.len when
 * there is none. */
size_t em_source_find(const struct em_source *s, struct em_view v, size_t from);

/* Header at the front of the window to r; the block with it. */
EM_MUST_CHECK enum em_status em_warc_record(struct em_source *s, struct em_record *r,
                                            struct em_err *err);
EM_MUST_CHECK enum em_status em_arc_record(struct em_source *s, struct em_record *r,
                                           struct em_err *err);
EM_MUST_CHECK enum em_status em_line_record(struct em_source *s, struct em_record *r,
                                            struct em_err *err);
EM_MUST_CHECK enum em_status em_file_record(struct em_source *s, struct em_record *r,
                                            struct em_err *err);

#endif
