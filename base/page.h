/* SPDX-License-Identifier: Apache-2.0
 *
 * A page: bytes as fetched or archived, and what is known about them. Travels from the
 * archive readers to crawler/page. All views borrow; whoever fills a page says how long
 * they live.
 */
#ifndef EM_BASE_PAGE_H
#define EM_BASE_PAGE_H

#include "base/view.h"

#include <stdint.h>

enum em_page_kind {
    EM_PAGE_HTML, /* needs charset decoding and extraction */
    EM_PAGE_TEXT, /* plain text: charset decoding only (WET, text/plain, JSONL field) */
};

/* Where it came from: enough to read it again. */
struct em_origin {
    struct em_view file;   /* path as given; "-" for standard input */
    uint64_t offset;       /* bytes into the file as stored (compressed), of the record or
                            of its gzip member or zstd frame; line start for JSONL */
    uint64_t length;       /* bytes stored there; 0 when not known */
    struct em_view record; /* WARC-Record-ID without <>; or empty */
    uint64_t number;       /* 0-based index of the record in its file */
    bool in_group;         /* a row of a table: row `row` of row group `row_group`, which
                              begins at `offset` */
    uint64_t row_group, row;
};

struct em_page {
    enum em_page_kind kind;
    struct em_view id;   /* corpus id, else empty */
    struct em_view url;  /* absolute, or empty */
    struct em_view date; /* capture date as ISO 8601 (YYYY-MM-DD[THH:MM:SSZ]) or empty */
    struct em_view published; /* publication date where the source states one, or empty */
    struct em_view mime;      /* type/subtype, lower case, no parameters; or empty */
    struct em_view charset;   /* label from the HTTP layer, or empty */
    struct em_view lang; /* language the source states (WET header, JSONL), or empty */
    struct em_view body; /* decoded of transfer and content codings */
    struct em_view http_header; /* fields as received, perhaps with the start line; or
                                   empty: X-Robots-Tag is read from it */
    int http_status;            /* 0: none */
    bool truncated;             /* the archive says or shows that the body was cut */
    const char
        *damage;     /* what is wrong with the record's content though the record itself
                           is whole and says nothing of it; or NULL. Static */
    float inclusion; /* probability with which a crawl drew it; 0: not said; negative: it
                        was not drawn, and stands for nothing but itself */
    struct em_origin origin;
};

#endif
