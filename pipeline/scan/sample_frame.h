/* SPDX-License-Identifier: Apache-2.0
 *
 * A probability sample in two phases, from indexes read as files.
 *
 *   phase 1  blocks of an index: in each crawl (and top level domain) so many, each with the
 *            same probability
 *   phase 2  lines of those blocks, by group (month, top level domain, language): in each
 *            so many, each with the same probability
 *
 * Who is chosen is decided by a hash of the seed and the place, smallest first: the same
 * seed gives the same sample, in any order of reading. A line's weight is the inverse of
 * both probabilities; given the blocks, phase 2 is a simple random sample within each
 * group, so weighted sums are unbiased whatever the groups are.
 */
#ifndef EM_PIPELINE_SCAN_SAMPLE_FRAME_H
#define EM_PIPELINE_SCAN_SAMPLE_FRAME_H

#include "base/buf.h"
#include "pipeline/scan/plan.h"

/* Bits of --by. */
enum { EM_SAMPLE_MONTH = 1, EM_SAMPLE_TLD = 2, EM_SAMPLE_LANG = 4 };

struct em_sample_block {
    uint64_t hash, offset, length;
    uint32_t file, stratum; /* names by number */
    double weight;
};

struct em_sample_line {
    uint64_t hash, offset, length;
    uint32_t file;
    double weight; /* phase 1; of both once it is chosen */
};

/* Texts to numbers. */
struct em_sample_names {
    char **names; /* owned */
    uint32_t n, cap, *slots, mask;
};
EM_MUST_CHECK enum em_status em_sample_name(struct em_sample_names *names,
                                            struct em_view text, uint32_t *number);
void em_sample_names_release(struct em_sample_names *names);

/* Choose `want` of n blocks in about equal shares by stratum; chosen ones come first, with
 * weights. Returns how many. `strata`: one more than the greatest number. Strata that are
 * due fewer than two are one. 0: memory ran out, or n is 0. */
size_t em_sample_blocks(struct em_sample_block *blocks, size_t n, uint32_t strata,
                        size_t want);

/* Lines by group, the `most` with the smallest hashes of each. */
struct em_sample_group {
    struct em_sample_line *lines; /* a heap, greatest hash first */
    size_t n, cap;
    uint64_t seen;
};
struct em_sample_pool {
    struct em_sample_names groups;
    struct em_sample_group *items;
    size_t cap, most;
};
EM_MUST_CHECK enum em_status em_sample_add(struct em_sample_pool *pool,
                                           struct em_view group,
                                           const struct em_sample_line *line);
/* Cut every group down to its share of `n` lines (a quarter of them in equal shares, so that
 * small groups are there, the rest by size) and make weights whole. */
void em_sample_cut(struct em_sample_pool *pool, size_t n);
void em_sample_release(struct em_sample_pool *pool);

#endif
