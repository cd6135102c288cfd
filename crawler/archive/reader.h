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
    EM_FORMAT_PARQUET,
};

struct em_source {
    struct em_stream stream;
    struct em_source_options options;
    enum em_format format;
    char *name;
    struct em_parquet *parquet; /* reads all of it, not `stream`; or NULL */
    uint64_t number;            /* of the next record */

    /* The record handed out lies at the front of the window; the next em_source_next()
     * consumes `pending` bytes and skips `beyond` more, so that its views stay valid. */
    size_t pending;
    uint64_t beyond;
    uint64_t told_until; /* damage of units that began before was reported */
    bool resync;         /* the record's end was not found: look for the next beginning */
    int contained_told;  /* of what may be wrong with the WACZ around it: reported */
    bool nothing_more;   /* the record handed out is the last: a file that is too big */
    bool nothing;        /* no record begins after options.start_offset */
    bool damage_told;    /* the stream's damage was reported with a record (lines.c) */

    const char
        *in_place; /* named like an archive, but begins as something else, which this
                             says; until a record was found */

    uint64_t begun; /* decompressed offset where the record began */
    struct em_buf
        held; /* its header and the first bytes of its block, where the block was
                           skipped to find out how it ends; else empty */
    const char *lead_error; /* the input begins with damage, not told yet: up to here */
    uint64_t lead_length;
    int arc_fields; /* of an ARC header line, from the version block */
    struct em_view block_digest, payload_digest; /* declared */
    char date[40];
    struct em_buf scratch;    /* folded header values */
    struct em_http_head head; /* of the record handed out */
};

/* A record's header is at the front of the window. */
void em_record_begin(struct em_source *s, struct em_record *r, enum em_record_type type);

/* Where the record handed out begins: the window, or what is held of it. */
static inline struct em_view em_record_bytes(const struct em_source *s)
{
    return s->held.len ? em_buf_view(&s->held) : em_stream_view(&s->stream);
}

/* Bytes until `want` are there, or the input ends, or is damaged. A unit (gzip member) that
 * begins before `want` with a record of its own ends the one at the front: *border is its
 * window offset, else 0. */
EM_MUST_CHECK enum em_status em_record_want(struct em_source *s, size_t want,
                                            size_t *border, struct em_err *err);

/* The block: `length` bytes from window offset `front` on, and the line ends after it. Sets
 * block, block_length, too_big, the stored length, pending, beyond; and error where the
 * record is not what it declares: cut, by the end, by damage or by a record that begins
 * inside it, or not followed by one. With `skip` the block need not be in memory. */
EM_MUST_CHECK enum em_status em_record_block(struct em_source *s, struct em_record *r,
                                             size_t front, uint64_t length, bool skip,
                                             struct em_err *err);
/* The same where the length cannot be used: up to the next place where a record begins. */
EM_MUST_CHECK enum em_status em_record_block_open(struct em_source *s,
                                                  struct em_record *r, size_t front,
                                                  const char *error, struct em_err *err);
/* No block: the header ends at window offset `end`, where another record begins, or else
 * (`resync`) nothing can be said of what follows. */
EM_MUST_CHECK enum em_status em_record_broken(struct em_source *s, struct em_record *r,
                                              size_t end, bool resync, const char *error,
                                              struct em_err *err);

/* HTTP fields of r from r->block. */
void em_record_parse_http(struct em_source *s, struct em_record *r);
/* "20080430204825" to "2008-04-30T20:48:25Z" in s->date; other text as it is. */
struct em_view em_record_date(struct em_source *s, struct em_view date);

/* Consume up to the next place where a record begins, in constant memory. *bytes: how many
 * were passed. `tested`: none begins at the front. */
/* The input whose bytes are the file's: not one that was inflated from it. */
const struct em_input *em_source_outermost(const struct em_source *source);
EM_MUST_CHECK enum em_status em_source_pass_garbage(struct em_source *s, bool tested,
                                                    uint64_t *bytes, struct em_err *err);
/* To the first record that starts at stored byte `offset` (not 0) or later (resync.c). */
EM_MUST_CHECK enum em_status em_source_resync(struct em_source *s, uint64_t offset,
                                              struct em_err *err);

/* --- where records begin (find.c) ------------------------------------------------------- */

enum em_begin { EM_BEGIN_NO, EM_BEGIN_MAYBE, EM_BEGIN_YES };

/* Does a record begin at the front of `v`? EM_BEGIN_MAYBE, where v is too short to say, is
 * not given when nothing follows v (`end`). */
enum em_begin em_source_begins(const struct em_source *s, struct em_view v, bool end);
enum em_begin em_warc_begins(struct em_view v, bool end);
enum em_begin em_arc_begins(struct em_view v, bool end);
/* The same within a line, after bytes that a hole or a cut left there: a version line and
 * the name of a field, since "WARC/1.0" alone may stand in any text. */
enum em_begin em_warc_begins_within(struct em_view v, bool end);

/* The line of an ARC record, parsed; em_arc_line(): the first line of `v` without its end,
 * none where it is not whole. */
struct em_arc_line {
    struct em_view url, date, mime, length; /* length: not a number where it is wrong */
};
bool em_arc_line_parse(struct em_view line, struct em_arc_line *out);
struct em_view em_arc_line(struct em_view v);

#define EM_NOWHERE SIZE_MAX

/* A search for the next beginning, at the start of a line or of a unit, in a window that
 * grows. Each byte is looked at once. */
struct em_search {
    size_t line;   /* where the newest line begins */
    size_t from;   /* its end is looked for from here on */
    bool tested;   /* no record begins with that line */
    size_t within; /* WARC: beginnings within lines are looked for from here on */
    uint64_t unit; /* nor with the units that begin up to this decompressed offset */
};

/* From window offset `at` on; `tested`: not at that place itself. */
struct em_search em_search_from(const struct em_source *s, size_t at, bool tested);
/* Window offset of a beginning within the first `len` bytes, or EM_NOWHERE; then nothing
 * begins before *sure. */
size_t em_search_run(const struct em_source *s, struct em_search *q, size_t len, bool end,
                     size_t *sure);
/* The window has moved on over n bytes, n <= *sure. */
void em_search_consumed(struct em_search *q, size_t n);

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
