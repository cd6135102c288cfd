/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing a sample (sample_frame.h) from indexes of crawls, or of whole files, and writing it
 * as a plan (plan.h).
 *
 *   em_draw_new ┬ em_draw_read_cluster, each ─ em_draw_blocks ─ em_draw_lines ┬ em_draw_write
 *               └ em_draw_files ──────────────────────────────────────────────┘
 */
#ifndef EM_PIPELINE_SCAN_DRAW_H
#define EM_PIPELINE_SCAN_DRAW_H

#include "pipeline/scan/plan.h"
#include "pipeline/scan/sample_frame.h"

#include <stdio.h>

struct em_draw_request {
    uint64_t n;      /* records, or files */
    uint64_t blocks; /* of the indexes that are read; 0: as many as n needs */
    uint64_t seed, gap;
    unsigned keys; /* EM_SAMPLE_MONTH, ... */
    bool all;      /* also what is no page */
};

struct em_draw;
struct em_remote_pool;

/* The request is borrowed. `remote` may be NULL. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_draw_new(struct em_draw **out,
                                         const struct em_draw_request *request,
                                         struct em_remote_pool *remote);
void em_draw_free(struct em_draw *draw); /* NULL is allowed */

/* The blocks that a cluster.idx names. */
EM_MUST_CHECK enum em_status em_draw_read_cluster(struct em_draw *draw, const char *path,
                                                  struct em_err *err);
/* Chooses blocks of all of them. */
struct em_draw_frame {
    uint64_t index_bytes; /* of cluster.idx, read */
    size_t blocks, chosen;
    uint64_t bytes; /* to read of the chosen ones */
};
EM_MUST_CHECK enum em_status
em_draw_blocks(struct em_draw *draw, struct em_draw_frame *frame, struct em_err *err);
/* Reads the chosen blocks and chooses of their lines. `bad`: lines that name no record. */
EM_MUST_CHECK enum em_status em_draw_lines(struct em_draw *draw, uint64_t *bad,
                                           uint64_t *lines, struct em_err *err);

/* Whole files instead: the inputs must outlive it. */
EM_MUST_CHECK enum em_status em_draw_files(struct em_draw *draw,
                                           const struct em_inputs *inputs);

size_t em_draw_size(const struct em_draw *draw);
/* What reading the sample takes, where records that lie near are read in one stretch. */
void em_draw_cost(const struct em_draw *draw, uint64_t *requests, uint64_t *bytes);
EM_MUST_CHECK enum em_status em_draw_write(const struct em_draw *draw, FILE *out);

#endif
