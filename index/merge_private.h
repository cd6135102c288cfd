/* SPDX-License-Identifier: Apache-2.0
 *
 * One step of a merge: a bounded number of indexes into one (merge_step.c), its ranges and
 * threads (merge_ranges.c), and what may be merged (merge_check.c). Private to index/.
 */
#ifndef EM_INDEX_MERGE_PRIVATE_H
#define EM_INDEX_MERGE_PRIVATE_H

#include "index/merge.h"
#include "index/store_private.h"

/* --- what may be merged -------------------------------------------------------------------- */

/* Reads the ledger of every index, a few files open at a time. *fingerprint changes with the
 * list and with what is in any of them; *blocks is how many there are in all. */
EM_MUST_CHECK enum em_status em_merge_check(const char *const *dirs, size_t n,
                                            uint64_t *fingerprint, uint64_t *blocks,
                                            struct em_err *err);

/* --- ranges -------------------------------------------------------------------------------- */

/* The indexes of a step, open for reading, and one read transaction of each for every thread
 * and for who makes the ranges: all of the same state. */
struct em_merge_parts {
    struct em_store **stores;
    MDB_txn ***txns; /* [lane][part]; lane 0 makes the ranges */
    size_t n, lanes;
};

EM_MUST_CHECK enum em_status em_merge_parts_open(struct em_merge_parts *parts,
                                                 const char *const *dirs, size_t n,
                                                 uint32_t threads, struct em_err *err);
void em_merge_parts_close(struct em_merge_parts *parts);

/* Blocks of a range of keys, ready to be appended, in order:
 * key length(4) value length(4) rows(4) key value, integers as the machine has them. */
struct em_merge_chunk {
    struct em_buf bytes;
    struct em_buf to; /* the first key that is not in it; empty: the table ends here */
    uint64_t rows, blocks;
    uint64_t read; /* blocks of the parts that it stands for */
};

struct em_merge_ranges;

/* Begins to merge the rows of `table` whose keys are at least `from`. */
EM_MUST_CHECK enum em_status em_merge_ranges_begin(struct em_merge_ranges **out,
                                                   const struct em_merge_parts *parts,
                                                   enum em_table table,
                                                   struct em_view from, uint32_t threads,
                                                   struct em_err *err);
/* The next one in order of keys, the caller's; waits for it. EM_END after the last. */
EM_MUST_CHECK enum em_status em_merge_ranges_next(struct em_merge_ranges *ranges,
                                                  struct em_merge_chunk *chunk,
                                                  struct em_err *err);
void em_merge_ranges_end(struct em_merge_ranges *ranges); /* NULL is allowed */
void em_merge_chunk_release(struct em_merge_chunk *chunk);

/* --- a step -------------------------------------------------------------------------------- */

struct em_merge_step {
    const char *out; /* made in OUT.part, then renamed */
    const char *const *dirs;
    size_t n_dirs;
    uint32_t threads;
    uint64_t fingerprint; /* of what is merged: OUT.part of another is thrown away */
    const atomic_int *stop;
    /* Told how many of the step's blocks were read so far. */
    void (*show)(void *context, const char *table, uint64_t read, uint64_t all,
                 uint64_t rows, bool resumed);
    void *context;
};

EM_MUST_CHECK enum em_status em_merge_step_run(const struct em_merge_step *step,
                                               struct em_err *err);

#endif
