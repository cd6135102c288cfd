/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/block.h"

#include "base/alloc.h"
#include "detector/lexical.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the block --------------------------------------------------------------------------- */

/* A source's two places in the block, by class; UINT32_MAX: none yet. */
struct block_places {
    uint32_t (*at)[2];
};

static enum em_status block_source(struct em_calibration *block,
                                   const struct em_source_facts *facts, const char *name,
                                   bool machine, uint32_t *at,
                                   struct em_calibration_source **out)
{
    if (*at != UINT32_MAX) {
        *out = &block->sources[*at];
        return EM_OK;
    }
    const struct em_source_fact *f = em_source_fact(facts, name);
    const char *kind = machine ? "machine" : "human";
    if (f && machine && f->kind[0])
        kind = f->kind;
    if (f && !machine && f->reg[0])
        kind = f->reg;
    EM_TRY(em_calibration_add(block, em_view_of(name), em_view_of(f ? f->owner : name),
                              em_view_of(kind), machine, out));
    (*out)->year = f ? f->year : 0;
    *at = block->n - 1;
    return EM_OK;
}

static void block_words(struct em_calibration_source *s, const char *lang,
                        struct em_view text)
{
    if (strcmp(lang, "en") != 0)
        return;
    struct em_lexical lexical = em_lexical_measure(text);
    if (!lexical.measured)
        return;
    s->lexical[em_lexical_bin((double)lexical.ratio)]++;
    s->marked += lexical.marked;
}

static bool block_skips(const struct em_example *e)
{
    return e->old && e->label > 0;
}

static enum em_status block_unseen(struct em_model *model,
                                   const struct em_examples *train,
                                   const struct em_train_report *unseen,
                                   const struct em_source_facts *facts,
                                   struct block_places *places)
{
    for (uint32_t i = 0; i < unseen->n_unseen; i++) {
        const struct em_unseen_text *t = &unseen->unseen[i];
        const struct em_example *e = &train->items[t->example];
        struct em_calibration_source *s;
        if (block_skips(e))
            continue;
        EM_TRY(block_source(model->block, facts, train->sources.names[e->source],
                            e->label > 0, &places->at[e->source][e->label > 0], &s));
        em_calibration_count(s, em_model_calibrate(model, t->logit, t->words));
        block_words(s, model->lang, em_view_make(e->text, e->len));
    }
    return EM_OK;
}

static enum em_status block_judged(struct em_model *model, struct em_detector *detector,
                                   const struct em_examples *texts,
                                   const struct em_source_facts *facts,
                                   struct block_places *places, struct em_err *err)
{
    for (size_t i = 0; i < texts->n; i++) {
        const struct em_example *e = &texts->items[i];
        struct em_calibration_source *s;
        struct em_verdict v;
        struct em_doc doc = {.text = {e->text, e->len},
                             .lang = em_view_of(model->lang),
                             .lang_confidence = 1};
        if (block_skips(e))
            continue;
        EM_TRY(block_source(model->block, facts, texts->sources.names[e->source],
                            e->label > 0, &places->at[e->source][e->label > 0], &s));
        EM_TRY(em_detect(detector, &doc, &v, err));
        if (v.raw_style < 0) {
            s->abstained++;
            continue;
        }
        em_calibration_count(s, v.raw_log_odds);
        block_words(s, model->lang, doc.text);
    }
    return EM_OK;
}

static enum em_status block_places_new(struct block_places *places, uint32_t sources)
{
    places->at = em_malloc((sources ? sources : 1) * sizeof(places->at[0]));
    if (!places->at)
        return EM_ERR_NOMEM;
    memset(places->at, 0xFF, sources * sizeof(places->at[0]));
    return EM_OK;
}

static enum em_status block_add_judged(struct em_model *model,
                                       const struct em_examples *texts,
                                       const struct em_source_facts *facts,
                                       struct em_err *err)
{
    const struct em_detect_options options = {.fpr = 0};
    struct block_places places;
    struct em_detector *detector;
    EM_TRY(block_places_new(&places, texts->sources.n));
    enum em_status status = em_detector_new(&detector, model, &options, err);
    if (status == EM_OK) {
        status = block_judged(model, detector, texts, facts, &places, err);
        em_detector_free(detector);
    }
    em_free(places.at);
    return status;
}

static void block_head(struct em_model *model, const char *measured, bool own)
{
    const struct em_model_threshold *t = em_model_default_threshold(model);
    struct em_calibration *block = model->block;
    block->own = own;
    snprintf(block->lang, sizeof(block->lang), "%s", model->lang);
    snprintf(block->measured, sizeof(block->measured), "%s", measured);
    block->threshold = t ? (float)t->log_odds : 0;
    block->rate = t ? (float)t->fpr : 0.01f;
    block->human_below = model->human_below;
}

enum em_status em_block_make(struct em_model *model, const struct em_examples *train,
                             const struct em_train_report *unseen,
                             const struct em_examples *others,
                             const struct em_source_facts *facts, const char *measured,
                             struct em_err *err)
{
    struct em_calibration *block;
    struct block_places places;
    enum em_status status = EM_OK;
    EM_TRY(em_model_new_block(model, &block));
    block_head(model, measured, false);
    if (train) {
        EM_TRY(block_places_new(&places, train->sources.n));
        status = block_unseen(model, train, unseen, facts, &places);
        em_free(places.at);
    }
    if (status == EM_OK && others)
        status = block_add_judged(model, others, facts, err);
    if (status == EM_ERR_LIMIT)
        status = em_fail(err, status, "train", "more than %d sources of one class",
                         EM_CALIBRATION_SOURCES);
    em_calibration_finish(block);
    return status;
}

enum em_status em_block_make_own(struct em_model *model, const struct em_examples *own,
                                 const char *measured, struct em_err *err)
{
    struct em_calibration before = {.sources = NULL};
    struct em_calibration *block;
    if (model->block) { /* the new one takes its place */
        before = *model->block;
        em_calibration_init(model->block);
    }
    enum em_status status = em_model_new_block(model, &block);
    if (status == EM_OK) {
        block_head(model, measured, true);
        status = block_add_judged(model, own, NULL, err);
    }
    for (uint32_t i = 0; i < before.n && status == EM_OK; i++) {
        const struct em_calibration_source *s = &before.sources[i];
        struct em_calibration_source *copy;
        if (!s->machine)
            continue;
        status = em_calibration_add(block, em_view_of(s->name), em_view_of(s->owner),
                                    em_view_of(s->kind), true, &copy);
        if (status == EM_OK)
            *copy = *s;
    }
    em_calibration_release(&before);
    em_calibration_finish(model->block);
    return status;
}
