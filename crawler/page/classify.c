/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/classify.h"

#include "base/hash.h"

#include <string.h>

/* --- where the line is ------------------------------------------------------------------ */

/* A probability by log odds in eighths of a unit, in 1/65536; from a table, so that it is the
 * same everywhere. */
enum { ODDS_STEP = 32, ODDS_SIZE = 33 };

static uint32_t probability(int32_t log_odds)
{
    /* 65536 / (1 + exp(-x)) for x = 0, 1/8, ... 4 */
    static const uint16_t table[ODDS_SIZE] = {
        32768, 34813, 36843, 38841, 40793, 42687, 44511, 46254, 47911, 49474, 50941,
        52310, 53581, 54754, 55834, 56822, 57724, 58544, 59287, 59959, 60565, 61109,
        61598, 62036, 62428, 62778, 63090, 63368, 63615, 63835, 64030, 64203, 64357};
    int32_t size = log_odds < 0 ? -log_odds : log_odds;
    uint32_t p = table[ODDS_SIZE - 1];
    if (size < ODDS_STEP * (ODDS_SIZE - 1)) {
        uint32_t at = (uint32_t)size / ODDS_STEP, rest = (uint32_t)size % ODDS_STEP;
        p = table[at] + (table[at + 1] - table[at]) * rest / ODDS_STEP;
    } else {
        uint32_t over = ((uint32_t)size - ODDS_STEP * (ODDS_SIZE - 1)) / 64;
        p = 65536 - ((65536 - p) >> (over < 16 ? over / 3 : 16));
    }
    return log_odds < 0 ? 65536 - p : p;
}

/* Log odds, in 1/256: below `LOWEST` no line is drawn, and what has `NEVER` taken off it is
 * not taken. */
enum { LOWEST = -384, NEVER = 2000 };

/* The set of blocks whose F is expected to be the best is made of all that are likelier than
 * half that F (Lipton 2014). F is found by going on from a guess; it takes few steps. */
static int32_t best_line(const struct em_block_features *f, const struct em_outline *o)
{
    /* Chosen by cross-validation: where pages of a kind are mostly one text, and of products,
     * whose pages are full of others, what is unsure is left out. */
    static const int16_t least[EM_PAGE_TYPES] = {
        [EM_PAGE_ARTICLE_TYPE] = 0,        [EM_PAGE_DOCUMENTATION_TYPE] = -64,
        [EM_PAGE_SERVICE_TYPE] = LOWEST,   [EM_PAGE_FORUM_TYPE] = LOWEST,
        [EM_PAGE_LISTING_TYPE] = LOWEST,   [EM_PAGE_PRODUCT_TYPE] = -64,
        [EM_PAGE_COLLECTION_TYPE] = LOWEST};
    enum { STEPS = 4, MOST = 0 };
    int32_t line = MOST;
    double wanted = 0;
    for (size_t i = 0; i < f->n; i++)
        wanted += (double)probability(f->scores[i]) * o->blocks[i].words;
    for (int step = 0; step < STEPS; step++) {
        double good = 0, taken = 0;
        for (size_t i = 0; i < f->n; i++)
            if (f->scores[i] >= line) {
                good += (double)probability(f->scores[i]) * o->blocks[i].words;
                taken += 65536.0 * o->blocks[i].words;
            }
        double best = taken + wanted > 0 ? 2 * good / (taken + wanted) : 0;
        /* Log odds of best / 2, near enough in between: 0.5 is 0, 0.25 about -1.1. */
        uint32_t p = (uint32_t)(best * 32768);
        int32_t next = MOST;
        while (next > least[o->type] && probability(next) > p)
            next -= 16;
        if (next == line)
            break;
        line = next;
    }
    return line;
}

/* Where <main> has text of its own, what stands outside of it is rarely the page's, and what
 * is a menu or a footer by its element never; articles beside it may be. Cross-validation
 * chose the numbers (docs/lab/PAGES.md). */
static void lower_outside_main(struct em_block_features *f, const struct em_outline *o)
{
    enum { ENOUGH = 20 /* words */, OUTSIDE = 300 };
    const unsigned ours = EM_ROLE_MAIN | EM_ROLE_ARTICLE;
    uint64_t words = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->scores[i] > 0 && o->nodes[o->blocks[i].node].roles & EM_ROLE_MAIN)
            words += o->blocks[i].words;
    for (size_t i = 0; words >= ENOUGH && i < f->n; i++) {
        unsigned roles = o->nodes[o->blocks[i].node].roles;
        if (!(roles & ours))
            f->scores[i] -= roles & (EM_ROLE_NAV | EM_ROLE_FOOTER) ? NEVER : OUTSIDE;
    }
}

static struct em_view block_text(const struct em_outline *o, size_t i)
{
    const struct em_raw_block *b = &o->blocks[i];
    return em_view_make(o->text.data + b->start, b->end - b->start);
}

/* Whether a block before this one, of those that were asked about, has the same text. Past
 * MOST steps in a full table it is not looked for any further. */
static bool seen_before(struct em_block_features *f, const struct em_outline *o, size_t i)
{
    enum { MOST = 16 };
    struct em_view text = block_text(o, i);
    size_t slot = em_hash64(text.data, text.len, 0) & f->slot_mask;
    for (int step = 0; step < MOST; step++, slot = (slot + 1) & f->slot_mask) {
        if (f->slots[slot] == 0) {
            f->slots[slot] = (uint32_t)i + 1;
            return false;
        }
        if (em_view_eq(text, block_text(o, f->slots[slot] - 1)))
            return true;
    }
    return false;
}

/* Cards, carousels and folded parts say a label or a text once more for every size of screen
 * and every item; a reader sees it once. In articles and manuals what is said twice is meant
 * to be, as in cells and code; a word or two may be a price or a name. */
static void lower_copies(struct em_block_features *f, const struct em_outline *o)
{
    enum { LEAST_WORDS = 3 };
    if (o->type == EM_PAGE_ARTICLE_TYPE || o->type == EM_PAGE_DOCUMENTATION_TYPE)
        return;
    memset(f->slots, 0, (f->slot_mask + 1) * sizeof(*f->slots));
    for (size_t i = 0; i < f->n; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        bool asked = f->scores[i] >= LOWEST && b->words >= LEAST_WORDS &&
                     b->kind != EM_BLOCK_TABLE_CELL && b->kind != EM_BLOCK_PREFORMATTED;
        if (asked && seen_before(f, o, i))
            f->scores[i] -= NEVER;
    }
}

/* Log odds to (0, 1), 0.5 at the line; rational, so the same everywhere. */
static float to_score(int32_t log_odds)
{
    float x = (float)log_odds / 256.0f;
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

enum em_status em_classify_with(const struct em_block_model *model,
                                struct em_block_features *f, struct em_outline *o)
{
    uint8_t type_features[EM_TYPE_FEATURES], type_columns[EM_PAGE_TYPES];
    int32_t types[EM_PAGE_TYPES];
    f->lexicon = model->lexicon;
    EM_TRY(em_block_features_compute(f, o));
    em_page_type_features(f, o, type_features);
    em_page_type_score(model->types, type_features, types);
    em_page_type_columns(types, type_columns);
    o->type = (uint8_t)em_page_type_choose(types, &o->type_score);
    em_block_features_set_type(f, type_columns);
    em_forest_score(model->first, f->data, f->stride, f->n, f->scores);
    em_block_features_second(f, o);
    em_forest_score(model->second, f->data, f->stride, f->n, f->scores);
    lower_outside_main(f, o);
    lower_copies(f, o);
    int32_t line = best_line(f, o);
    for (size_t i = 0; i < f->n; i++)
        o->blocks[i].score = to_score(f->scores[i] - line);
    keep_something(o);
    return EM_OK;
}

enum em_status em_classify(struct em_block_features *f, struct em_outline *o)
{
    return em_classify_with(&em_block_model, f, o);
}
