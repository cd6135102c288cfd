/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexes of shards into one. What comes out does not depend on how inputs were dealt out to
 * shards, nor on the order of `dirs`, nor on threads and fan-in.
 *
 *   dirs   d0 d1 ... d63  d64 ... d127  ...        at most `fan_in` at once: so many files
 *            \   |   /       \  |   /              are open, so many rows in memory
 *              g0.0            g0.1      ...       OUT.merge/, each a whole index
 *                 \____________/
 *                      OUT
 *
 *   one step   every table in order of keys, cut into ranges of some MB by where blocks of
 *              all the runs begin; threads merge ranges, and what they make is appended in
 *              order and committed every 64 MB with the key that was reached. So a merge
 *              that was killed continues there when it is begun again in the same way.
 */
#ifndef EM_INDEX_MERGE_H
#define EM_INDEX_MERGE_H

#include "index/table.h"

#include <stdatomic.h>

enum {
    EM_MERGE_FAN_IN = 64,
    EM_MERGE_MAX_FAN_IN = 4096,
    EM_MERGE_MAX_THREADS = 64, /* LMDB has 126 readers for one index */
};

struct em_merge_progress {
    const char *table;  /* that is being merged */
    double fraction;    /* of all the work, by blocks read: 0 to 1 */
    size_t step, steps; /* merges of at most fan_in indexes, from 1 */
    uint64_t rows;      /* written in this step */
    bool resumed;       /* this step was begun before, and continues */
};
/* A few times a second, from the calling thread. */
typedef void em_merge_show_fn(void *context, const struct em_merge_progress *progress);

struct em_merge_options {
    const char *out;
    const char *const *dirs;
    size_t n_dirs;
    uint32_t threads, fan_in; /* 0: one thread; EM_MERGE_FAN_IN */
    const atomic_int *stop;   /* becomes non-zero: commit and end (may be NULL) */
    em_merge_show_fn *show;   /* may be NULL */
    void *context;
};

/* Makes the index `out` (EM_ERR_USAGE where there is one). An input that was read in two of
 * `dirs`, or pieces of one that do not fit, are refused with EM_ERR_USAGE and named: its
 * documents would count twice. EM_ERR_INTERRUPTED: stopped; the same call continues. What is
 * left behind on failure is OUT.part and OUT.merge. */
EM_MUST_CHECK enum em_status em_index_merge_run(const struct em_merge_options *options,
                                                struct em_err *err);

/* Called before each table; `rows` is how many rows were written before it. */
typedef void em_merge_progress_fn(void *context, const char *table, uint64_t rows);

/* The same with one thread and the usual fan-in. */
EM_MUST_CHECK enum em_status em_index_merge(const char *out, const char *const *dirs,
                                            size_t n_dirs, em_merge_progress_fn *progress,
                                            void *context, struct em_err *err);

/* Removes the index in `dir` and the directory, if there is one; other files stay. */
void em_index_remove(const char *dir);

#endif
