/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/0.9 to 1.1 messages as archives hold them: one block with the header in front.
 *
 *     block:  HTTP/1.1 200 OK CRLF | name: value CRLF ... | CRLF | body, still coded
 *             ^-------------- header ---------------------^        ^---- body -----
 *
 * An archive keeps what servers sent, so parsing never fails hard: everything that
 * RFC 9112 calls an error and a browser lives with is tolerated here, each case named in
 * http.c. Where the message ends is known from the record: Content-Length frames nothing.
 *
 *     struct em_http_head head;
 *     if (em_http_parse(block, &head))
 *         ... head.status, head.mime ...
 *     status = em_http_decode(coder, &head, &body);    // see coding.h
 */
#ifndef EM_CRAWLER_ARCHIVE_HTTP_H
#define EM_CRAWLER_ARCHIVE_HTTP_H

#include "base/buf.h"
#include "base/limits.h"

enum em_coding {
    EM_CODING_CHUNKED,
    EM_CODING_GZIP,
    EM_CODING_DEFLATE,
    EM_CODING_BROTLI,
    EM_CODING_ZSTD,
    EM_CODING_UNSUPPORTED, /* a registered coding that cannot be undone here */
};

/* spec: RFC6838 4.2: type and subtype have at most 127 characters each. */
#define EM_MAX_MIME 255
/* The longest label of the Encoding Standard has 19 characters. */
#define EM_MAX_CHARSET 63

/* Views point into the block, or into the head itself (mime, charset): they live as long
 * as both, and a head must not be copied. */
struct em_http_head {
    int status;            /* 100 to 999; 0: a request, or a status line without a code */
    struct em_view header; /* start line and fields, without the final blank line */
    struct em_view body; /* after the blank line, still coded; the block when not HTTP */
    struct em_view mime; /* type/subtype in lower case, or empty */
    struct em_view charset;           /* as written, unquoted, or empty */
    struct em_view transfer_encoding; /* first field with that name, as written */
    struct em_view content_encoding;
    uint64_t content_length;         /* first valid one, when has_length */
    uint8_t codings[EM_MAX_CODINGS]; /* enum em_coding, in the order of application */
    uint8_t n_codings;
    bool too_many_codings; /* more than EM_MAX_CODINGS: nothing may be undone */
    bool has_length;
    bool is_http;
    bool is_request;
    bool cut;       /* the block ends before the blank line, the body is empty */
    bool oversized; /* over EM_MAX_HEADER or EM_MAX_HEADER_LINES, the body is empty */
    char mime_text[EM_MAX_MIME + 1];
    char charset_text[EM_MAX_CHARSET + 1];
};

/* False when the block does not begin like HTTP: then head->body is the whole block (what
 * HTTP/0.9 looks like) and all else is empty. Linear in the length of the header. Interim
 * (1xx) responses in front of the final one are skipped. */
bool em_http_parse(struct em_view block, struct em_http_head *head);

/* The next field of `header` from byte *pos on (0: begins after the start line). The
 * value is trimmed and may contain folded lines (see em_http_unfold). False at the end. */
bool em_http_field_next(struct em_view header, size_t *pos, struct em_view *name,
                        struct em_view *value);

/* Value of the nth (from 0) field called `name`, in any case. EM_OK; EM_ERR_NOTFOUND. A
 * folded value is joined in `joined` (cleared first), which must then outlive *value:
 * EM_ERR_NOMEM, EM_ERR_LIMIT. With `joined` NULL folds stay in. */
EM_MUST_CHECK enum em_status em_http_header_get(const struct em_http_head *head,
                                                struct em_view name, size_t nth,
                                                struct em_view *value,
                                                struct em_buf *joined);

/* Essence ("type/subtype", lower case) and charset of one Content-Type value that may be a
 * list; as em_http_parse does for the fields. Empty where there is none. `head` carries
 * the memory: only its mime and charset members are touched. */
void em_http_content_type(struct em_http_head *head, struct em_view value);

#endif
