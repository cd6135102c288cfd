/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting pairs of numbers in bounded memory: full buffers are sorted and written to one
 * unnamed temporary file, which is merged when read. Private to index/refs_build*.c.
 */
#ifndef EM_INDEX_REFS_SORT_H
#define EM_INDEX_REFS_SORT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct em_pair {
    uint64_t key, value;
};

struct em_sort_run {
    uint64_t at, left; /* pairs in the file: next, still there */
    struct em_pair *block;
    size_t n, next;
};

struct em_sort {
    const char *dir; /* where temporary files go; borrowed */
    struct em_pair *pairs;
    size_t n, cap, most;
    FILE *file;
    uint64_t written;
    struct em_sort_run *runs;
    size_t n_runs, cap_runs;
    uint32_t *heap; /* run numbers, the one with the smallest pair first */
    size_t n_heap;
    size_t next; /* without runs: of `pairs` */
};

/* At most `most` pairs in memory. */
void em_sort_init(struct em_sort *sort, const char *dir, size_t most);
void em_sort_release(struct em_sort *sort);
EM_MUST_CHECK enum em_status em_sort_add(struct em_sort *sort, uint64_t key,
                                         uint64_t value);
/* No more will be added. */
EM_MUST_CHECK enum em_status em_sort_finish(struct em_sort *sort);
/* In order of key, then value. EM_END at the end. */
EM_MUST_CHECK enum em_status em_sort_next(struct em_sort *sort, struct em_pair *pair);

/* A file in `dir` that has no name and goes away with its last descriptor; NULL. */
FILE *em_sort_file(const char *dir);

#endif
