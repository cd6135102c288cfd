/* SPDX-License-Identifier: Apache-2.0
 *
 * How the shards of a run stand: read by pipeline/scan/status_dir.h, printed by
 * report/status_text.h.
 */
#ifndef EM_SHARD_H
#define EM_SHARD_H

#include "base/view.h"

#include <stdint.h>

enum em_shard_state {
    EM_SHARD_WAITING, /* no file: it has not begun */
    EM_SHARD_RUNNING,
    EM_SHARD_LOST, /* says that it runs, but has been silent: killed, or its machine is */
    EM_SHARD_FAILED,
    EM_SHARD_INTERRUPTED, /* ended cleanly when asked to: to be begun again */
    EM_SHARD_DONE,
    EM_SHARD_STATES
};

const char *em_shard_state_name(enum em_shard_state state);
/* False for a word that is none. */
bool em_shard_state_find(struct em_view name, enum em_shard_state *state);
/* "failed,lost" as bits; false for a word that is none. */
bool em_shard_states_parse(const char *text, unsigned *bits);

struct em_shard {
    enum em_shard_state state;
    bool slow; /* runs, and will take more than `slow` times the median */
    uint64_t attempt, threads, records, documents, damaged, files_failed, block_bytes;
    int64_t started, updated; /* seconds since 1970; of this attempt */
    double fraction;          /* 0 to 1 */
    double seconds, cpu;      /* of all attempts */
    char host[64], job[32], error[160];
};

struct em_status_dir {
    struct em_shard *shards; /* by number */
    uint64_t n;
    uint64_t others; /* files of another number of shards: of another run */
    uint64_t bad;    /* that cannot be read */
};

struct em_status_total {
    uint64_t states[EM_SHARD_STATES], slow, attempts;
    uint64_t records, documents, damaged, files_failed, block_bytes;
    double fraction;                 /* of all the work */
    double bytes_rate, records_rate; /* a second, of those that run */
    double eta;                      /* seconds; negative: not known */
    double core_hours, cpu_hours;    /* threads held; of processors used */
    double core_hours_expected;      /* at the end; negative: not known */
};

#endif
