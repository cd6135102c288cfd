/* SPDX-License-Identifier: Apache-2.0
 *
 * Labelled digests of WARC records ("sha1:2V4LQERR..."): sha1, sha256, sha512, md5, in
 * hexadecimal, base32 or base64 (RFC 4648). warc_digest.c computes those of records that a crawl writes.
 */
#ifndef EM_CRAWLER_ARCHIVE_DIGEST_H
#define EM_CRAWLER_ARCHIVE_DIGEST_H

#include "crawler/archive/archive.h"

/* *state: ok or bad; absent when the algorithm or the spelling is not known (then nothing
 * can be said). EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_digest_check(struct em_view declared,
                                             struct em_view bytes,
                                             enum em_digest_state *state);

/* The same of bytes that come one after the other. */
struct em_digest_run {
    void *context; /* NULL: nothing can be said */
    unsigned char want[64];
    size_t size;
    bool impossible; /* a known algorithm, but no value it could have */
};
EM_MUST_CHECK enum em_status em_digest_begin(struct em_digest_run *run,
                                             struct em_view declared);
void em_digest_update(struct em_digest_run *run, struct em_view bytes);
/* Ends the run in any case. */
enum em_digest_state em_digest_end(struct em_digest_run *run);

#endif
