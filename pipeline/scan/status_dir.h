/* SPDX-License-Identifier: Apache-2.0
 *
 * The files that shards keep in a folder (heartbeat.h), read and added up.
 */
#ifndef EM_PIPELINE_SCAN_STATUS_DIR_H
#define EM_PIPELINE_SCAN_STATUS_DIR_H

#include "base/shard.h"
#include "base/status.h"

/* `now`: seconds since 1970. `silent`: seconds after which a running shard is lost. `slow`:
 * how many times the median is slow. EM_ERR_NOTFOUND where no shard has a file. */
EM_MUST_CHECK enum em_status em_status_dir_read(struct em_status_dir *out,
                                                const char *dir, int64_t now,
                                                double silent, double slow,
                                                struct em_err *err);
void em_status_dir_release(struct em_status_dir *dir);

void em_status_dir_total(const struct em_status_dir *dir, struct em_status_total *total);

#endif
