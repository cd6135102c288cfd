/* SPDX-License-Identifier: Apache-2.0
 *
 * Archives and corpora as a stream of records.
 *
 * A source opens one input of any kind (WARC, ARC, WET/WAT, JSONL, plain text, HTML; plain,
 * gzip or zstd; Parquet; a path or "-"), finds the kind from the content and yields records one by
 * one. Damage is local: a record that cannot be read whole is still yielded, with `error`
 * set, and reading continues at the next record that can be found. Only the input itself
 * failing (cannot open, read error, out of memory) ends the source with an error.
 *
 *     struct em_source *source;
 *     EM_TRY(em_source_open(&source, "crawl.warc.gz", &options, err));
 *     while ((status = em_source_next(source, &record, err)) == EM_OK)
 *         ...;                        // status: EM_END at the end, negative on failure
 *     em_source_free(source);
 *
 * Memory: a window on the input, one block and one decoded body, each with its maximum in
 * base/limits.h; it does not grow with the input. Thread rule: one source, one thread.
 */
#ifndef EM_CRAWLER_ARCHIVE_ARCHIVE_H
#define EM_CRAWLER_ARCHIVE_ARCHIVE_H

#include "base/drop.h"
#include "base/page.h"
#include "base/status.h"

#include <stdatomic.h>
#include "crawler/archive/page_fields.h"

enum em_record_type {
    EM_RECORD_WARCINFO,
    EM_RECORD_RESPONSE,
    EM_RECORD_RESOURCE,
    EM_RECORD_REQUEST,
    EM_RECORD_METADATA,
    EM_RECORD_REVISIT,
    EM_RECORD_CONVERSION,
    EM_RECORD_CONTINUATION,
    EM_RECORD_UNKNOWN,
    EM_RECORD_ARC_HEADER, /* the filedesc:// version block */
    EM_RECORD_ARC,        /* an ARC URL record: HTTP response when http(s)://, else not */
    EM_RECORD_JSON,       /* one JSONL line, or one row of a table as such */
    EM_RECORD_FILE,       /* a whole .txt or .html file */
    EM_RECORD_DAMAGE,     /* bytes that belong to no record: garbage, a broken member */
    EM_RECORD_TYPE_COUNT
};

enum em_digest_state { EM_DIGEST_ABSENT, EM_DIGEST_OK, EM_DIGEST_BAD };

/* One record. Views are valid until the next em_source_next() on the same source. */
struct em_record {
    enum em_record_type type;
    struct em_view type_text; /* WARC-Type as written; empty for other formats */
    struct em_origin origin;
    struct em_view version;   /* "WARC/1.1", "ARC/1", "" */
    struct em_view url;       /* target URI, <> stripped */
    struct em_view date;      /* as ISO 8601; ARC's 14 digits converted */
    struct em_view mime;      /* the record's own Content-Type (application/http; ...) */
    struct em_view header;    /* the raw record header lines */
    struct em_view block;     /* content block; shorter than block_length when cut */
    uint64_t block_length;    /* declared, or found */
    struct em_view truncated; /* WARC-Truncated value, or empty */
    struct em_view inclusion; /* Echometer-Inclusion: a number from 0 to 1; or empty */
    struct em_view row;       /* with options.carry: parquet_row.h */
    struct em_view lang;      /* WARC-Identified-Content-Language, first; or empty */

    /* HTTP part of response/resource/ARC records; parsed when options.parse_http. */
    int http_status;            /* 0: no HTTP header */
    struct em_view http_header; /* raw, without the final blank line */
    struct em_view payload;     /* block after the HTTP header, still coded */
    struct em_view http_mime;   /* type/subtype lower case, or empty */
    struct em_view http_charset;

    enum em_digest_state block_digest, payload_digest; /* set when options.verify */

    bool too_big;      /* block over EM_MAX_BLOCK: skipped, `block` holds a prefix */
    const char *error; /* what is damaged, or NULL; names the reason for a person */
};

struct em_remote_pool; /* remote.h */

struct em_source_options {
    bool verify;            /* compute digests */
    bool keep_all;          /* give blocks of every type (records); else only those that
                               can become documents */
    const char *text_field; /* JSONL: dotted path to the text; NULL: text, content,
                               raw_content, markdown or body, whichever is there */
    const char *url_field, *date_field, *id_field; /* the same; NULL: the usual ones */
    const char *const
        *columns;          /* Parquet: read these as well where they are there; a NULL
                                   after the last. NULL: none */
    bool text_optional;    /* Parquet: a table without a text column is no error */
    bool carry;            /* Parquet: records have `row`, for writing it again; the
                                   text may not be a list */
    bool all_columns;      /* Parquet: all but those in maps and lists of lists */
    uint64_t start_offset; /* stored bytes to skip first; must be a record's offset */
    bool start_anywhere; /* start_offset may be any byte but 0: begins at the first record
                            that starts there or later; at the end where records have no
                            places of their own (ARC, compressed lines, whole files) */
    const atomic_int *stop; /* becomes non-zero: an input that gives nothing is not waited
                               for, EM_ERR_INTERRUPTED; may be NULL */
    size_t chunk; /* most bytes read at once from memory; 0: the usual. Tests. */
    struct em_remote_pool
        *remote;                 /* remote inputs go through it; NULL: each has its own */
    uint64_t part_from, part_to; /* the input is taken to be these stored bytes only, with
                                    the offsets of the whole; both 0: all of it. The first
                                    record begins at part_from, and has start_number */
    uint64_t start_number;       /* of the first record, with start_offset */
};

static inline struct em_page_fields
em_source_fields(const struct em_source_options *options)
{
    return (struct em_page_fields){.text = options->text_field,
                                   .url = options->url_field,
                                   .date = options->date_field,
                                   .id = options->id_field};
}

struct em_source;

/* `path` is copied. On failure *out is NULL. */
EM_MUST_CHECK enum em_status em_source_open(struct em_source **out, const char *path,
                                            const struct em_source_options *options,
                                            struct em_err *err);
/* It will be opened soon: where it is remote its bytes are asked for now. */
void em_source_expect(const char *path, const struct em_source_options *options);
/* The same over bytes in memory, which must outlive the source: what fuzzers drive. */
EM_MUST_CHECK enum em_status
em_source_open_memory(struct em_source **out, struct em_view bytes, const char *name,
                      const struct em_source_options *options, struct em_err *err);
EM_MUST_CHECK enum em_status em_source_next(struct em_source *source,
                                            struct em_record *record, struct em_err *err);
void em_source_free(struct em_source *source);

/* How many bytes of an input's name are the name of a file: all but the "!archive/a.warc.gz"
 * of an archive in a WACZ. */
size_t em_source_file_name(const char *path);
/* Size and time of change of that file; false where it is no regular file here. */
bool em_source_facts(const char *path, uint64_t *size, int64_t *changed);

/* Stored bytes consumed so far, and the total when known (0: a pipe). For progress. */
uint64_t em_source_position(const struct em_source *source);
uint64_t em_source_size(const struct em_source *source);

/* Calls for the block of each JSON record of a file, until one is refused. */
typedef enum em_status em_source_json_fn(void *context, struct em_view line);
EM_MUST_CHECK enum em_status em_source_each_json(const char *path,
                                                 em_source_json_fn *take, void *context,
                                                 struct em_err *err);

/* Whether its records have places of their own in the stored bytes, so that it can be read
 * in pieces (start_anywhere). */
bool em_source_divisible(const struct em_source *source);

/* "warc", "arc", "jsonl", "text", "html", "parquet", and "plain", "gzip", "gzip-stream", "zstd". */
const char *em_source_format(const struct em_source *source);
const char *em_source_container(const struct em_source *source);

/* Parquet with all_columns: "a, b" of those that cannot be read; else "". */
const char *em_source_skipped(const struct em_source *source);
/* Parquet: path of the column that the text is taken from; NULL: there is none. */
const char *em_source_text_column(const struct em_source *source);
/* Its number; SIZE_MAX: there is none. */
size_t em_source_text_leaf(const struct em_source *source);
/* Parquet: a writer of the same schema, and the input's own pairs of key and value, which
 * em_parquet_writer_end() writes again. */
struct em_parquet_writer;
EM_MUST_CHECK enum em_status
em_source_writer(const struct em_source *source, struct em_parquet_writer **out,
                 bool (*write)(void *context, struct em_view bytes), void *context,
                 struct em_err *err);

const char *em_record_type_name(enum em_record_type type);

/* Turns records into pages: undoes transfer and content codings, reads JSON lines. Owns
 * the decoded bytes. One decoder, one thread. */
struct em_page_decoder;

/* `fields`: names in JSON lines (page_fields.h); NULL: the usual ones. Copied. */
EM_MUST_CHECK enum em_status em_page_decoder_new(struct em_page_decoder **out,
                                                 const struct em_page_fields *fields,
                                                 struct em_err *err);
void em_page_decoder_free(struct em_page_decoder *decoder);

/* EM_DROP_NONE and *page filled, or the reason why the record is no document. The page
 * borrows from the record and the decoder: valid until the next call with the same
 * decoder, or until the record's memory goes. Never fails: memory that cannot be had is
 * EM_DROP_TOO_BIG. */
enum em_drop em_page_decode(struct em_page_decoder *decoder,
                            const struct em_record *record, struct em_page *page);

#endif
