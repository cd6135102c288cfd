/* SPDX-License-Identifier: Apache-2.0
 *
 * Decompressed bytes as a window that grows on demand, whatever the container: plain, gzip
 * (a member a record, or all in one) or zstd (a frame a record, or one, with or without the
 * dictionary frame of the IIPC's WARC zstd specification).
 *
 * A unit is a gzip member or zstd frame. Where damage ends a unit, `damage` says why and no
 * byte after it is given until em_stream_recover() has found the next unit.
 */
#ifndef EM_CRAWLER_ARCHIVE_STREAM_H
#define EM_CRAWLER_ARCHIVE_STREAM_H

#include "crawler/archive/input.h"

enum em_container { EM_CONTAINER_PLAIN, EM_CONTAINER_GZIP, EM_CONTAINER_ZSTD };

struct em_codec; /* zlib/libdeflate or zstd state */

/* Where a unit stands. */
struct em_unit {
    uint64_t offset; /* stored */
    uint64_t length; /* stored; 0 while not known */
    uint64_t start;  /* in the decompressed bytes */
};

/* Units remembered: more than a look ahead of some kB brings in, unless they are tiny (then
 * only the place that is reported for a record suffers). */
enum { EM_STREAM_UNITS = 64 };

struct em_stream {
    struct em_input in;
    enum em_container container;
    struct em_codec *codec;
    struct em_buf out; /* window of compressed kinds */
    size_t pos;
    uint64_t out_offset; /* decompressed bytes consumed */
    bool ended;
    const char *damage; /* static, or NULL */

    uint64_t again; /* stored bytes looked at a second time, after damage */
    bool in_unit;   /* a unit is being decoded piecewise */
    struct em_unit ring[EM_STREAM_UNITS];
    uint64_t units; /* begun so far; the newest is ring[(units - 1) % EM_STREAM_UNITS] */
};

/* Finds the container from the first bytes. `in` is taken over and closed with the stream,
 * also on failure. */
EM_MUST_CHECK enum em_status em_stream_open(struct em_stream *s, struct em_input *in,
                                            struct em_err *err);
void em_stream_close(struct em_stream *s);

/* The container that bytes beginning with `head` are. */
enum em_container em_stream_sniff(struct em_view head);
/* Go on at stored offset `to`, where a unit begins (plain: anywhere); what is to be known
 * from the beginning of the input (a dictionary) stays known. */
EM_MUST_CHECK enum em_status em_stream_seek(struct em_stream *s, uint64_t to,
                                            struct em_err *err);

/* The newest unit; NULL before the first. */
static inline struct em_unit *em_stream_unit(struct em_stream *s)
{
    return s->units ? &s->ring[(s->units - 1) % EM_STREAM_UNITS] : NULL;
}

/* The unit that holds the decompressed byte `at`, or NULL when it is not remembered. */
const struct em_unit *em_stream_unit_at(const struct em_stream *s, uint64_t at);
/* The first remembered unit that begins after the decompressed offset `at`, or NULL. */
const struct em_unit *em_stream_unit_after(const struct em_stream *s, uint64_t at);

static inline struct em_view em_stream_view(const struct em_stream *s)
{
    if (s->container == EM_CONTAINER_PLAIN)
        return em_input_view(&s->in);
    return (struct em_view){s->out.data ? s->out.data + s->pos : NULL,
                            s->out.len - s->pos};
}

/* More bytes after what is there: EM_OK; EM_END at the end of the input or before damage
 * (then `damage` is set); EM_ERR_LIMIT when the window is full; EM_ERR_IO, EM_ERR_NOMEM.
 * Never crosses more than one unit's beginning at once. Views taken before are void. */
EM_MUST_CHECK enum em_status em_stream_more(struct em_stream *s, struct em_err *err);
/* More until `want` bytes are there, or the end, damage or a full window: EM_OK. */
EM_MUST_CHECK enum em_status em_stream_want(struct em_stream *s, size_t want,
                                            struct em_err *err);
void em_stream_consume(struct em_stream *s, size_t n);
/* Forward over n bytes in constant memory; *skipped is less than n at the end or damage. */
EM_MUST_CHECK enum em_status em_stream_skip(struct em_stream *s, uint64_t n,
                                            uint64_t *skipped, struct em_err *err);
/* After damage: go to the next unit that can be decoded; EM_END when there is none. The
 * window must be empty. */
EM_MUST_CHECK enum em_status em_stream_recover(struct em_stream *s, struct em_err *err);

/* --- codecs (gzip.c, zstd.c) ------------------------------------------------------------ */

struct em_codec_ops {
    /* Decode more of the current or the next unit after s->out.len. */
    enum em_status (*more)(struct em_stream *s, struct em_err *err);
    /* The input stands at the first byte after the damaged unit's start: find the next. */
    enum em_status (*recover)(struct em_stream *s, struct em_err *err);
    void (*free)(struct em_codec *codec);
};

struct em_codec {
    const struct em_codec_ops *ops;
};

EM_MUST_CHECK enum em_status em_gzip_new(struct em_codec **out);
EM_MUST_CHECK enum em_status em_zstd_new(struct em_codec **out);

/* Room for `extra` bytes after s->out.len, moving the window to the front first. */
EM_MUST_CHECK enum em_status em_stream_reserve(struct em_stream *s, size_t extra);
void em_stream_begin_unit(struct em_stream *s);

/* The input to the place from which the unit after a damaged one is looked for. A unit
 * that was cut was decoded on into those that follow before that showed, so this is behind
 * its first byte, as far as the window goes back. What is looked at twice stays below
 * twice the input: units inside units take linear time. */
EM_MUST_CHECK enum em_status em_stream_search_back(struct em_stream *s,
                                                   struct em_err *err);

#endif
