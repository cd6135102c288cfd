/* SPDX-License-Identifier: Apache-2.0
 *
 * Undoes the transfer and content codings of an HTTP body: chunked, gzip, deflate (both
 * kinds), br, zstd, several in a row. What a header declares is a claim: archives dechunk
 * and inflate bodies and keep the header, servers forget the header or name the wrong
 * coding. The bytes decide.
 *
 * Memory: two buffers of at most EM_MAX_BODY, grown as needed and reused; a bomb ends as
 * EM_ERR_LIMIT. One coder, one thread.
 */
#ifndef EM_CRAWLER_ARCHIVE_CODING_H
#define EM_CRAWLER_ARCHIVE_CODING_H

#include "crawler/archive/http.h"

struct em_coder;

EM_MUST_CHECK enum em_status em_coder_new(struct em_coder **out);
void em_coder_free(struct em_coder *coder);

struct em_http_body {
    struct em_view body; /* into head->body when nothing had to be undone, else into the
                            coder: valid until its next call */
    uint8_t undone;      /* codings undone */
    uint8_t as_is;       /* codings declared that the bytes do not have */
    bool undeclared;     /* a gzip coding was undone that nobody declared */
    const char *cut; /* a coding ends early or is damaged: what is wrong, and `body` is
                        what came before; also where that is not one byte. NULL: whole.
                        Static */
};

/* EM_OK; EM_ERR_LIMIT: decodes to more than EM_MAX_BODY; EM_ERR_FORMAT: not one byte could
 * be decoded and the bytes are not plain either; EM_ERR_UNSUPPORTED: a coding unknown here,
 * or more than EM_MAX_CODINGS; EM_ERR_NOMEM. On failure `out->body` is empty. */
EM_MUST_CHECK enum em_status em_http_decode(struct em_coder *coder,
                                            const struct em_http_head *head,
                                            struct em_http_body *out);

#endif
