/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the WARC writer share: warc_write.c (records and files), warc_recover.c
 * (after a crash), warc_digest.c (the only one that sees libcrypto).
 */
#ifndef EM_CRAWLER_WEB_FETCH_WARC_INT_H
#define EM_CRAWLER_WEB_FETCH_WARC_INT_H

#include "crawler/web/fetch/warc_write.h"

#define EM_WARC_OPEN ".open"

/* A running sha1; NULL when there is no memory. */
struct em_sha1;
struct em_sha1 *em_sha1_new(void);
void em_sha1_free(struct em_sha1 *sha1);
/* "sha1:..." of `a` and `b` one after another. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_sha1_label(struct em_sha1 *sha1, struct em_view a,
                                           struct em_view b, char out[EM_WARC_DIGEST]);

/* "DIR/PREFIX-00007" and `suffix`; EM_ERR_LIMIT where it is too long. */
EM_MUST_CHECK enum em_status em_warc_path(struct em_buf *out, const char *dir,
                                          const char *prefix, uint32_t serial,
                                          const char *suffix);
/* The id of the record that a file begins with, its warcinfo; false, and "", where it cannot
 * be read. */
bool em_warc_first_id(const char *path, char out[EM_WARC_ID]);
/* fsync of a folder, so that a rename in it lasts. */
EM_MUST_CHECK enum em_status em_warc_sync_dir(const char *dir, struct em_err *err);
/* write(2) until all is written. */
EM_MUST_CHECK enum em_status em_write_all(int fd, const void *data, size_t len,
                                          struct em_err *err);

#endif
