/* SPDX-License-Identifier: Apache-2.0
 *
 * A file or object that is not read from its beginning to its end but in places: what Parquet
 * and zip archives need, whose directories stand at the end. Private to crawler/archive/.
 */
#ifndef EM_CRAWLER_ARCHIVE_RANGED_H
#define EM_CRAWLER_ARCHIVE_RANGED_H

#include "crawler/archive/input.h"
#include "crawler/archive/remote_head.h"

struct em_remote_pool;

/* A file or object of which any range can be read, as often as wanted. */
struct em_ranged {
    const char *name;
    struct em_remote_pool *pool;
    struct em_view memory; /* where data is not NULL, this and not `name` */
    uint64_t size;
    struct em_remote_object object; /* of a remote one: what it was at first */
};

/* Finds out how long it is. EM_ERR_UNSUPPORTED: a pipe. */
EM_MUST_CHECK enum em_status em_ranged_open(struct em_ranged *file, const char *name,
                                            struct em_remote_pool *pool,
                                            struct em_err *err);
/* Bytes [from, to) as an input, with the offsets of the whole. */
EM_MUST_CHECK enum em_status em_ranged_part(struct em_ranged *file, struct em_input *in,
                                            uint64_t from, uint64_t to,
                                            struct em_err *err);

#endif
