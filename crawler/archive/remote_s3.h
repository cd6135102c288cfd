/* SPDX-License-Identifier: Apache-2.0
 *
 * s3:// names to addresses, and requests signed for them (AWS Signature Version 4). Where
 * credentials, region and endpoint come from is what users of such stores are used to: the
 * environment, else the profile's section of the credentials and config files. Those of
 * machine roles are not asked for. Private to crawler/archive/.
 */
#ifndef EM_CRAWLER_ARCHIVE_REMOTE_S3_H
#define EM_CRAWLER_ARCHIVE_REMOTE_S3_H

#include "base/buf.h"

enum { EM_S3_KEY = 256, EM_S3_TOKEN = 4096, EM_S3_REGION = 64, EM_S3_ENDPOINT = 512 };

struct em_s3 {
    char key[EM_S3_KEY], secret[EM_S3_KEY], token[EM_S3_TOKEN]; /* "": anonymous */
    char region[EM_S3_REGION], endpoint[EM_S3_ENDPOINT];
    char
        style[16]; /* "path": bucket in the path; "virtual": in the name; else as usual */
    bool requester_pays;
};

/* From the environment and the files it names. What is not there is empty; the region is
 * us-east-1 then. */
EM_MUST_CHECK enum em_status em_s3_load(struct em_s3 *s3, struct em_err *err);

/* The settings of one profile from the text of such a file. `config`: sections are named
 * "profile NAME" but for the default. What `s3` has already stays. */
void em_s3_read_profile(struct em_s3 *s3, struct em_view text, const char *profile,
                        bool config);

/* "path", "virtual" or "auto"; NULL leaves what settings say. EM_ERR_USAGE. */
EM_MUST_CHECK enum em_status em_s3_set_style(struct em_s3 *s3, const char *style,
                                             struct em_err *err);

/* "s3://bucket/key" to an address. The bucket stands in the path, or before the server's
 * name; where it is not said which, in the path of an endpoint, and before the name of the
 * store's own server. EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_s3_url(const struct em_s3 *s3, const char *name,
                                       struct em_buf *url, struct em_err *err);

/* Header lines for a GET, each with a NUL after it: x-amz-date, x-amz-content-sha256,
 * x-amz-request-payer, x-amz-security-token and Authorization. `range`: "bytes=0-9" or NULL; `when`: seconds.
 * Nothing when anonymous. */
EM_MUST_CHECK enum em_status em_s3_sign(const struct em_s3 *s3, struct em_view url,
                                        const char *range, int64_t when,
                                        struct em_buf *headers);

#endif
