/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing WARC 1.1 (ISO 28500:2017): one gzip member a record, so that any record can be
 * read on its own.
 *
 *     DIR/PREFIX-00000.warc.gz        done; never touched again
 *     DIR/PREFIX-00000.cdxj           its index, sorted (cdxj.h)
 *     DIR/PREFIX-00001.warc.gz.open   being written: warcinfo, then exchanges
 *     DIR/PREFIX-00001.cdxj.open      its index lines, in the order of writing
 *
 * An exchange is a response (or revisit), a request and perhaps a metadata record, one after
 * another in the same file. A file that has reached max_bytes is closed before the next
 * exchange: its index is sorted, both are synced, then renamed.
 *
 * What is on disk when: records are gathered in memory and written by em_warc_writer_flush,
 * at 1 MiB, and at close. EM_WARC_SYNC_FLUSH also calls fdatasync in each flush: then what
 * em_warc_writer_tell says after it survives a power cut. EM_WARC_SYNC_CLOSE does so only
 * when a file is closed: a killed process loses nothing, a power cut may. Renames are
 * followed by an fsync of the folder.
 *
 * Crash rule. The caller flushes, asks em_warc_writer_tell for the mark {serial, length}
 * and commits it with what it says is fetched. After a crash em_warc_writer_recover cuts
 * everything after the committed mark: a half-written member, whole members nobody vouches
 * for, later files. Records before the mark are never touched.
 *
 * Digests: sha1, base32; block and, for HTTP, payload (the body as stored). The body of a
 * response has its transfer coding undone, so the field that announced it is written as
 * X-Crawl-Transfer-Encoding; a field whose name says so is the only change to a header.
 * HTTP/2 messages are written in HTTP/1.1's form with "WARC-Protocol: h2".
 *
 * Thread rule: one writer, one thread.
 */
#ifndef EM_CRAWLER_WEB_FETCH_WARC_WRITE_H
#define EM_CRAWLER_WEB_FETCH_WARC_WRITE_H

#include "base/buf.h"

enum em_warc_sync {
    EM_WARC_SYNC_FLUSH, /* every flush is on disk */
    EM_WARC_SYNC_CLOSE, /* only whole files are */
    EM_WARC_SYNC_NONE,  /* tests and benchmarks */
};

struct em_warc_writer_options {
    const char *dir;    /* exists */
    const char *prefix; /* of file names: letters, digits, '-', '_', '.'; "crawl" */
    uint64_t max_bytes; /* a file is closed at this size; 1 GiB */
    int level;          /* of gzip, 1 to 12 (libdeflate); 2 */
    enum em_warc_sync sync;
    bool no_index; /* no CDXJ */
    /* Fields of the warcinfo record; NULL: none. Line ends become spaces. */
    const char *software, *operator_name, *description, *user_agent, *from, *robots;
    int64_t date; /* of warcinfo records, seconds since 1970; negative: now */
};
void em_warc_writer_options_init(struct em_warc_writer_options *options);

/* A place in the files: all of `serial - 1` and before, and `length` bytes of `serial`. All
 * zero: nothing. */
struct em_warc_mark {
    uint32_t serial;
    uint64_t length;
};

enum { EM_WARC_DIGEST = 5 + 32 + 1, EM_WARC_ID = 9 + 36 + 1, EM_WARC_NAME = 256 };

/* An earlier capture that a revisit record refers to. */
struct em_warc_earlier {
    struct em_view digest;    /* "sha1:..." of its payload; empty: not known */
    struct em_view url;       /* empty: the same */
    int64_t date;             /* seconds since 1970; EM_DATE_UNKNOWN */
    struct em_view record_id; /* "urn:uuid:..."; empty: not known */
};

struct em_warc_exchange {
    struct em_view url;
    int64_t date;                   /* seconds since 1970 */
    struct em_view ip;              /* without port; empty: not known */
    int http_version;               /* 10, 11, 20 */
    struct em_view request;         /* header with blank line; empty: no request record */
    struct em_view header;          /* of the response, with its blank line */
    struct em_view body;            /* as received, transfer coding undone */
    const char *truncated;          /* "length", "time", "disconnect"; NULL: whole */
    struct em_warc_earlier earlier; /* all empty: none. A status of 304 with an earlier
                                        capture is written as revisit
                                        (server-not-modified); the same payload digest as
                                        revisit (identical-payload-digest), without body */
    struct em_view inclusion;     /* field Echometer-Inclusion of the response or revisit:
                                       probability with which it was drawn, "0.25"; empty:
                                       no field */
    struct em_view metadata;      /* block of a metadata record; empty: none */
    struct em_view metadata_type; /* its Content-Type; empty: application/warc-fields */
};

enum em_warc_kind { EM_WARC_RESPONSE, EM_WARC_REVISIT_SAME, EM_WARC_REVISIT_304 };

/* What was written: kept by the caller to refer to it later. */
struct em_warc_written {
    enum em_warc_kind kind;
    uint32_t serial;
    uint64_t offset, length;     /* of the response's or revisit's member */
    char digest[EM_WARC_DIGEST]; /* "sha1:..." of the payload */
    char record_id[EM_WARC_ID];  /* "urn:uuid:..." of it */
};

struct em_warc_writer;

/* Goes on at `mark`, which em_warc_writer_recover has made true (all zero: a new archive;
 * EM_ERR_USAGE where a file with that name is there). `mark` may be NULL for all zero. */
EM_MUST_CHECK enum em_status
em_warc_writer_open(struct em_warc_writer **out,
                    const struct em_warc_writer_options *options,
                    const struct em_warc_mark *mark, struct em_err *err);

/* Closes the file under its final name (nothing is left where it has no exchange). The
 * writer may only be freed then. */
EM_MUST_CHECK enum em_status em_warc_writer_close(struct em_warc_writer *writer,
                                                  struct em_err *err);
/* Without closing what is open: as a crash would leave it. */
void em_warc_writer_free(struct em_warc_writer *writer);

/* `written` may be NULL. EM_ERR_LIMIT: a block over EM_MAX_BLOCK. After EM_ERR_IO the writer
 * accepts nothing more. */
EM_MUST_CHECK enum em_status em_warc_write(struct em_warc_writer *writer,
                                           const struct em_warc_exchange *exchange,
                                           struct em_warc_written *written,
                                           struct em_err *err);

/* Everything accepted so far is with the system, and on disk by the sync policy. */
EM_MUST_CHECK enum em_status em_warc_writer_flush(struct em_warc_writer *writer,
                                                  struct em_err *err);
/* What has been flushed: to be committed by the caller. */
struct em_warc_mark em_warc_writer_tell(const struct em_warc_writer *writer);

/* "PREFIX-00007.warc.gz": the final name of file `serial`. */
void em_warc_writer_name(const struct em_warc_writer *writer, uint32_t serial,
                         char out[EM_WARC_NAME]);

struct em_warc_writer_stats {
    uint64_t responses, revisits, requests, metadata, files;
    uint64_t block_bytes, stored_bytes;
};
void em_warc_writer_stats(const struct em_warc_writer *writer,
                          struct em_warc_writer_stats *stats);

/* After a crash, before em_warc_writer_open: makes `dir` hold exactly what `mark` says for
 * `prefix`, under the names given above: what lies after it is cut or removed (a file that
 * had been closed after the mark is opened again). Without a mark (NULL) nothing is known
 * of what was reported, and each file that is open is cut after its last whole member; *mark_out (may be NULL) is
 * then where to go on. EM_ERR_TRUNCATED: files are shorter than the mark says, which no
 * crash of ours can do; nothing is changed. */
EM_MUST_CHECK enum em_status em_warc_writer_recover(const char *dir, const char *prefix,
                                                    const struct em_warc_mark *mark,
                                                    struct em_warc_mark *mark_out,
                                                    struct em_err *err);

/* "sha1:" and 32 base32 digits, what em_warc_written.digest is for the same body. */
EM_MUST_CHECK enum em_status em_warc_payload_digest(struct em_view body,
                                                    char out[EM_WARC_DIGEST]);

#endif
