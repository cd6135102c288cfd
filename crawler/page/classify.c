/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/classify.h"

#include "crawler/page/forest.h"

/* Where the line is, in 1/256 of a logarithm of odds: chosen on half 0 of the benchmark
 * pages (docs/BENCHMARKS.md). */
enum { THRESHOLD = 0 };

/* Log odds to (0, 1), 0.5 at the threshold; rational, so the same everywhere. */
static float to_score(int32_t log_odds)
{
    float x = (float)(log_odds - THRESHOLD) / 256.0f;
    return 0.5f + 0.5f * x / (1.0f + (x < 0 ? -x : x));
}

/* Nothing is sure of itself: what comes nearest is taken, and what is nearly as near. */
static void keep_something(struct em_outline *o)
{
    enum { LITTLE = 200 };
    const float near = 0.2f;
    size_t bytes = 0, all = 0;
    float best = 0.0f;
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        all += b->end - b->start;
        bytes += b->score >= EM_MAIN_SCORE ? b->end - b->start : 0;
        if (b->score > best)
            best = b->score;
    }
    if (bytes >= LITTLE || bytes * 4 > all)
        return;
    for (size_t i = 0; i < o->n_blocks; i++)
        if (o->blocks[i].score >= best - near && o->blocks[i].score < EM_MAIN_SCORE)
            o->blocks[i].score = EM_MAIN_SCORE;
}

enum em_status em_classify(struct em_block_features *f, struct em_outline *o)
{
    EM_TRY(em_block_features_compute(f, o));
    em_forest_score(&em_block_first, f->data, f->stride, f->n, f->scores);
    em_block_features_second(f, o);
    em_forest_score(&em_block_second, f->data, f->stride, f->n, f->scores);
    for (size_t i = 0; i < f->n; i++)
        o->blocks[i].score = to_score(f->scores[i]);
    keep_something(o);
    return EM_OK;
}
