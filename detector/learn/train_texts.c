/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole texts of the training sources, scored without their source: by n-gram weights and a
 * stack of the other folds. What comes out goes into the model's calibration block; the
 * windows that the model learns from are shorter than texts are, and scores of short texts
 * are less sure.
 */
#include "base/alloc.h"
#include "detector/learn/stack.h"
#include "detector/learn/train_int.h"

#include <math.h>

/* Texts of a source and class, and words of each: what a histogram needs, in a minute. */
enum { TEXTS_A_CLASS = 150, TEXT_WINDOWS = 6 };

static enum em_status texts_keep(struct em_train_texts *t, uint32_t example)
{
    if (t->n == t->cap) {
        uint32_t cap = t->cap ? 2 * t->cap : 4096;
        void *more = em_realloc_array(t->items, cap, sizeof(t->items[0]));
        if (!more)
            return EM_ERR_NOMEM;
        t->items = more;
        t->cap = cap;
    }
    t->items[t->n++] = (struct em_train_text){.example = example};
    return EM_OK;
}

/* Evenly spread over the texts of each source and class. */
enum em_status em_train_texts_plan(struct em_train_work *work)
{
    const struct em_examples *all = work->examples;
    uint32_t groups = 2 * all->sources.n;
    uint32_t *counts = em_calloc(groups ? groups : 1, 2 * sizeof(*counts));
    if (!counts)
        return EM_ERR_NOMEM;
    uint32_t *seen = counts + groups;
    enum em_status status = EM_OK;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < all->n && status == EM_OK; i++) {
            const struct em_example *e = &all->items[i];
            uint32_t g = 2 * e->source + (e->label > 0);
            if (e->words < work->options->min_words || (e->old && e->label > 0))
                continue;
            if (pass == 0) {
                counts[g]++;
                continue;
            }
            uint64_t k = seen[g]++, want = TEXTS_A_CLASS;
            if (counts[g] <= want || (k + 1) * want / counts[g] > k * want / counts[g])
                status = texts_keep(&work->texts, (uint32_t)i);
        }
    em_free(counts);
    return status;
}

enum { TEXT_COUNTS = 2 * EM_NGRAM_FAMILIES };

static enum em_status texts_read(const struct em_train_work *work,
                                 struct em_features *features, struct em_train_text *t)
{
    const struct em_example *e = &work->examples->items[t->example];
    const struct em_window *windows;
    size_t n, n_style = em_style_count(), evidence = em_model_evidence_size(work->model);
    size_t room = 1;
    EM_TRY(em_features_run(features, em_view_make(e->text, e->len),
                           work->options->words_per_window, &windows, &n));
    t->n = (uint32_t)(n < TEXT_WINDOWS ? n : TEXT_WINDOWS);
    for (uint32_t i = 0; i < t->n; i++)
        room += TEXT_COUNTS + windows[i].n_ids;
    t->rows = em_calloc((t->n ? t->n : 1) * (evidence + n_style), sizeof(float));
    uint32_t *at = t->ids = em_malloc(room * sizeof(*t->ids));
    if (!t->rows || !t->ids)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < t->n; i++) {
        const struct em_window *w = &windows[i];
        memcpy(at, w->known, sizeof(w->known));
        memcpy(at + EM_NGRAM_FAMILIES, w->fresh, sizeof(w->fresh));
        if (w->n_ids)
            memcpy(at + TEXT_COUNTS, w->ids, w->n_ids * sizeof(*w->ids));
        at += TEXT_COUNTS + w->n_ids;
        memcpy(t->rows + i * (evidence + n_style) + evidence, w->style,
               n_style * sizeof(float));
        t->words[i] = w->words;
        t->total += w->words;
    }
    return EM_OK;
}

static void texts_evidence(const struct em_train_work *work, struct em_train_text *t,
                           uint32_t head, float bias)
{
    size_t width = em_model_evidence_size(work->model) + em_style_count();
    const uint32_t *at = t->ids;
    for (uint32_t i = 0; i < t->n; i++) {
        const uint32_t *known = at, *fresh = at + EM_NGRAM_FAMILIES;
        at += TEXT_COUNTS;
        em_train_evidence(work, head, bias, at, known, fresh, t->rows + i * width);
        for (size_t f = 0; f < EM_NGRAM_FAMILIES; f++)
            at += known[f];
    }
}

/* Evidence of the texts of one fold's sources, by the weights of a head that are at hand; head
 * 0 comes first and reads them. */
enum em_status em_train_texts_fold(struct em_train_work *work, uint32_t fold,
                                   uint32_t head, float bias)
{
    struct em_features *features;
    struct em_model *m = work->model;
    EM_TRY(em_features_new(&features, work->options->lang,
                           em_view_make(m->vocabulary, m->vocabulary_len),
                           em_model_dictionary(m), NULL));
    enum em_status status = EM_OK;
    for (uint32_t i = 0; i < work->texts.n && status == EM_OK; i++) {
        struct em_train_text *t = &work->texts.items[i];
        if (work->fold[work->examples->items[t->example].source] != fold)
            continue;
        if (head == 0)
            status = texts_read(work, features, t);
        if (status == EM_OK)
            texts_evidence(work, t, head, bias);
    }
    em_features_free(features);
    return status;
}

static void texts_logit(const struct em_model *stack, struct em_train_text *t)
{
    float inputs[EM_MODEL_MAX_INPUTS];
    double sum = 0;
    size_t evidence = em_model_evidence_size(stack), width = evidence + stack->n_style;
    for (uint32_t i = 0; i < t->n; i++) {
        const float *row = t->rows + i * width;
        em_model_standardise(stack, row, row + evidence, t->words[i], inputs);
        sum += (double)em_model_stack(stack, inputs) * t->words[i];
    }
    t->logit = t->total ? sum / t->total : 0;
}

/* The windows of all other folds, weighted as the stack was (work->costs). */
static size_t texts_others(const struct em_train_work *work, uint32_t fold,
                           const float *inputs, size_t width, float *kept, int8_t *labels,
                           float *weights)
{
    size_t n = 0;
    for (uint32_t i = 0; i < work->n; i++) {
        if (work->fold[work->samples[i].source] == fold)
            continue;
        memcpy(kept + n * width, inputs + i * width, width * sizeof(*kept));
        labels[n] = work->labels[i];
        weights[n++] = work->costs[i];
    }
    return n;
}

/* A stack of the other folds, of one net: the mean of several differs little. */
static enum em_status texts_stack(struct em_train_work *work, uint32_t fold,
                                  struct em_stack_rows *rows, struct em_model *stack)
{
    const struct em_train_options *o = work->options;
    const struct em_stack_options options = {
        .hidden = o->hidden,
        .epochs = o->stack_epochs,
        .rate = o->stack_rate,
        .decay = o->stack_decay,
        .noise = o->stack_noise,
        .seed = o->seed + 100 + fold,
    };
    EM_TRY(em_stack_train(rows, &options, stack->w1, stack->b1, stack->w2, &stack->b2));
    for (uint32_t i = 0; i < work->texts.n; i++) {
        struct em_train_text *t = &work->texts.items[i];
        if (work->fold[work->examples->items[t->example].source] == fold)
            texts_logit(stack, t);
    }
    return EM_OK;
}

struct texts_stacks {
    struct em_train_work *work;
    const float *inputs;
};

/* With a copy of the model whose stack is its own; all else is read only. */
static enum em_status texts_run(void *context, uint32_t fold)
{
    struct em_train_work *work = ((struct texts_stacks *)context)->work;
    const float *inputs = ((struct texts_stacks *)context)->inputs;
    size_t width = em_model_inputs(work->model), n = work->n ? work->n : 1;
    struct em_model *stack = em_malloc(sizeof(*stack));
    float *kept = em_malloc(n * width * sizeof(*kept));
    float *weights = em_malloc(n * sizeof(*weights));
    int8_t *labels = em_malloc(n);
    size_t hidden = work->options->hidden;
    float *w1 = em_calloc(hidden ? hidden * width : 1, sizeof(float));
    enum em_status status =
        stack && kept && weights && labels && w1 ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        struct em_stack_rows rows = {kept, labels, weights, 0, width};
        *stack = *work->model;
        stack->hidden = work->options->hidden;
        stack->w1 = w1;
        rows.n = texts_others(work, fold, inputs, width, kept, labels, weights);
        status = texts_stack(work, fold, &rows, stack);
    }
    em_free(w1);
    em_free(stack);
    em_free(kept);
    em_free(weights);
    em_free(labels);
    return status;
}

enum em_status em_train_texts_stack(struct em_train_work *work, const float *inputs)
{
    struct texts_stacks stacks = {work, inputs};
    em_train_tell(work, "stacks without a fold of the sources", 0.92);
    return em_train_jobs(work->options->threads, work->options->folds, texts_run,
                         &stacks);
}

void em_train_texts_release(struct em_train_texts *texts)
{
    for (uint32_t i = 0; i < texts->n; i++) {
        em_free(texts->items[i].rows);
        em_free(texts->items[i].ids);
    }
    em_free(texts->items);
    *texts = (struct em_train_texts){.items = NULL};
}

/* What is left for the caller: a score for each text that has one. */
enum em_status em_train_texts_give(struct em_train_work *work)
{
    struct em_train_texts *t = &work->texts;
    struct em_train_report *r = work->report;
    r->unseen = em_malloc((t->n ? t->n : 1) * sizeof(r->unseen[0]));
    if (!r->unseen)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->items[i].total >= work->options->min_words)
            r->unseen[r->n_unseen++] = (struct em_unseen_text){
                t->items[i].example, t->items[i].total, t->items[i].logit};
    return EM_OK;
}
