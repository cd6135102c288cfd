/* SPDX-License-Identifier: Apache-2.0
 *
 * What a shard tells of itself while it runs: one small JSON file in a folder that all
 * shards share, replaced as a whole (written beside it, then renamed) every few seconds, so
 * that `echometer status DIR` can read it at any moment. A shard that ends by itself says
 * how; one that is killed stays "running" and grows silent, which status tells as lost.
 * docs/FORMATS.md has the fields.
 */
#ifndef EM_PIPELINE_SCAN_HEARTBEAT_H
#define EM_PIPELINE_SCAN_HEARTBEAT_H

#include "base/summary.h"
#include "base/status.h"

#include <stdint.h>

struct em_heartbeat {
    char path[4096]; /* empty: none is wanted, and nothing below does anything */
    uint64_t shard, of, threads, inputs;
    /* What earlier attempts of the same shard came to. */
    uint64_t attempt;
    double seconds_before, cpu_before;
    double began, beaten; /* clock */
    double fraction;      /* read, when last seen */
    int64_t started;      /* seconds since 1970 */
};

/* `dir` NULL: none. Makes the folder, and writes the first beat. */
EM_MUST_CHECK enum em_status em_heartbeat_open(struct em_heartbeat *beat, const char *dir,
                                               uint64_t shard, uint64_t of,
                                               uint64_t threads, uint64_t inputs,
                                               struct em_err *err);
/* At most one write every few seconds; a write that fails is tried again with the next. */
void em_heartbeat_beat(struct em_heartbeat *beat, const struct em_summary *summary,
                       double fraction);
/* `state`: "done", "failed" or "interrupted"; `error` may be NULL. EM_ERR_IO. */
EM_MUST_CHECK enum em_status em_heartbeat_end(struct em_heartbeat *beat,
                                              const struct em_summary *summary,
                                              const char *state, const char *error,
                                              struct em_err *err);

#endif
