/* SPDX-License-Identifier: Apache-2.0
 *
 * What a response to a GET says of the object, from its header lines, and whether bytes of
 * it may follow those that were read before. Pure. Private to crawler/archive/.
 */
#ifndef EM_CRAWLER_ARCHIVE_REMOTE_HEAD_H
#define EM_CRAWLER_ARCHIVE_REMOTE_HEAD_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Longer ones are as if they were not there. */
enum { EM_REMOTE_ETAG = 256, EM_REMOTE_DATE = 64 };

struct em_remote_head {
    int status;
    bool has_length, has_range; /* the second: a Content-Range with first and last byte */
    uint64_t length;            /* Content-Length */
    uint64_t first, last;       /* Content-Range */
    uint64_t total;             /* after its slash; UINT64_MAX: not said */
    char etag[EM_REMOTE_ETAG], modified[EM_REMOTE_DATE], retry_after[EM_REMOTE_DATE];
    char region[EM_REMOTE_DATE]; /* x-amz-bucket-region */
};

void em_remote_head_init(struct em_remote_head *head);
/* One line with or without its end. A status line begins again. */
void em_remote_head_line(struct em_remote_head *head, struct em_view line);

/* The object as it was first seen. */
struct em_remote_object {
    bool known;
    uint64_t size; /* UINT64_MAX: not known */
    char etag[EM_REMOTE_ETAG], modified[EM_REMOTE_DATE];
};

/* Is a 200 or 206 an answer to a request for bytes from `from` on, of the object `seen` (which
 * it fills when it is not known yet)? *skip: bytes to throw away first, where the server
 * ignored the range. EM_ERR_CHECKSUM: another object; EM_ERR_TRUNCATED: its lengths
 * contradict each other; EM_ERR_FORMAT: not the range that was asked for. */
EM_MUST_CHECK enum em_status em_remote_head_check(const struct em_remote_head *head,
                                                  struct em_remote_object *seen,
                                                  uint64_t from, uint64_t *skip,
                                                  struct em_err *err);

#endif
