/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of the documents table: what the index keeps of one document under one model.
 *
 *   key    domain NUL  url-hash(8)  date(8)  file(8)  number(6)  model(4)
 *   value  see docs/FORMATS.md
 *
 * `domain` is the registrable domain in lower case (empty where there is no URL); `date` the
 * capture date in seconds, with the sign bit flipped so that bytes sort as numbers; `file`
 * and `model` are hashes of names kept in the ledger. So a domain's documents lie together,
 * a URL's captures in order of time, and the first of them is its first sight.
 */
#ifndef EM_INDEX_DOCUMENT_H
#define EM_INDEX_DOCUMENT_H

#include "base/date.h"
#include "base/verdict.h"
#include "index/ledger.h"
#include "index/table.h"

enum em_document_flag {
    EM_DOCUMENT_SCORED = 1,    /* judged: log_odds means something */
    EM_DOCUMENT_TRUNCATED = 2, /* the archive cut the page */
    EM_DOCUMENT_LEXICAL = 4,   /* `lexical` was measured (detector/lexical.h) */
    EM_DOCUMENT_MARKED = 8,    /* and a marker word occurs */
    EM_DOCUMENT_KNOWN = 16,    /* has a passage of known model output */
    EM_DOCUMENT_STYLE = 32,    /* judged by style: it is in estimates */
    EM_DOCUMENT_FLAGS = 63,
};

/* How a publication date was found; numbers are those of the file format. */
enum em_published_by {
    EM_PUBLISHED_UNKNOWN,
    EM_PUBLISHED_SOURCE,
    EM_PUBLISHED_META,
    EM_PUBLISHED_JSONLD,
    EM_PUBLISHED_MICRODATA,
    EM_PUBLISHED_TIME,
    EM_PUBLISHED_URL,
    EM_PUBLISHED_VISIBLE,
    EM_PUBLISHED_MODIFIED,
    EM_PUBLISHED_COUNT
};
/* "meta", "jsonld", ... as a page's object has them; unknown for others. */
enum em_published_by em_document_published_by(struct em_view name);

enum { EM_DOCUMENT_LEAKS = 8, EM_MAX_LANG = 15 };

struct em_document {
    /* key */
    struct em_view domain; /* registrable, lower case; at most 255 bytes */
    uint64_t url_hash;     /* em_hash64 of the URL, or of the id where there is none */
    int64_t date;          /* capture, seconds; EM_DATE_UNKNOWN */
    uint64_t file;         /* em_hash64 of the input's name: key of the ledger */
    uint64_t number;       /* of the record in its file, below 2^48 */
    uint32_t model;        /* low half of em_hash64 of the model's name; 0: none */
    /* value */
    uint32_t flags;    /* enum em_document_flag */
    uint8_t kind;      /* enum em_verdict_kind */
    uint8_t abstain;   /* enum em_abstain */
    float log_odds;    /* of the whole verdict */
    float style;       /* probability by style alone; negative: none */
    float lexical;     /* log-likelihood ratio of word occurrences; 0: not measured */
    float weight;      /* inverse probability of having been sampled; 1 */
    int64_t published; /* seconds; EM_DATE_UNKNOWN */
    uint64_t offset, length; /* where the record is stored in its file */
    uint64_t text_hash;      /* em_hash64 of the text: exact duplicates */
    uint32_t words, hidden_bytes;
    struct em_view lang;    /* "en"; at most EM_MAX_LANG bytes */
    struct em_view url, id; /* as written; id where there is no URL */
    uint32_t n_leaks, n_matches;
    struct em_view leaks[EM_DOCUMENT_LEAKS]; /* kinds, without repeats */
    uint32_t leak_kinds;                     /* how many of `leaks` */
    /* Extras; absent where nobody measured them. */
    uint8_t page_type;     /* enum em_page_type, plus 1; 0: absent */
    float page_type_score; /* its probability */
    float edited;          /* share of the words that a model changed; negative: absent */
    float share;           /* machine share of the text; negative: absent */
    uint64_t optouts;      /* bits of crawler/web/optout.h: page, header fields, site */
    struct em_view licence; /* address of the terms it names; or empty */
    uint8_t published_by;   /* enum em_published_by */
    bool old;               /* as read from format 2: what is new there was not counted */
};

/* First bytes of a document's key: all of a domain; all captures of a URL on it. */
EM_MUST_CHECK enum em_status em_document_domain_prefix(struct em_buf *out,
                                                       struct em_view domain);
EM_MUST_CHECK enum em_status
em_document_url_prefix(struct em_buf *out, struct em_view domain, uint64_t url_hash);

EM_MUST_CHECK enum em_status em_document_key(struct em_buf *out,
                                             const struct em_document *document);
EM_MUST_CHECK enum em_status em_document_value(struct em_buf *out,
                                               const struct em_document *document);
/* Views borrow from key and value. EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_document_read(struct em_document *document,
                                              struct em_view key, struct em_view value);
/* Its fields into an open object, as `export` and `query` show them; without the model. */
void em_document_write(struct em_json *json, const struct em_document *document);
em_row_json_fn em_document_json;

/* The document's identity without its model: file and number mixed to 64 bits. What
 * passages and hits refer to. */
uint64_t em_document_reference(const struct em_document *document);

/* "Doubtful": unknown, before 1990-01-01, or in the future of `now`; a publication date
 * also when later than the capture by more than two days. */
bool em_document_date_doubtful(const struct em_document *document, int64_t now);
bool em_document_published_doubtful(const struct em_document *document, int64_t now);

#endif
