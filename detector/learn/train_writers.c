/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/train_writers.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "detector/learn/metrics.h"
#include "detector/learn/solver.h"
#include "detector/token.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Windows to learn from: of so many words, one a text. */
enum { WORDS_MIN = 40, WORDS_MAX = 400 };

struct text {
    uint32_t example, source, words;
    int8_t family;
    double scores[EM_WRITERS_MAX]; /* by weights that never saw the source */
};

struct work {
    const struct em_writers_options *options;
    const struct em_examples *examples;
    struct em_model *model;
    struct text *texts;
    uint32_t n;
    uint32_t dimensions; /* slots */
    uint32_t *slots;     /* of all texts' windows, one after another */
    uint64_t n_slots, cap_slots;
    uint64_t *offsets; /* n + 1 */
    int8_t *labels;
    float *costs, *weights_of; /* of a text: in this problem, and in all */
    float *scales;             /* of a slot */
    float *weights;            /* families x dimensions */
    float bias[EM_WRITERS_MAX];
};

void em_writers_defaults(struct em_writers_options *options)
{
    *options = (struct em_writers_options){
        .cap = 400, .folds = 4, .rows = 40000, .cost = 10, .style = 1, .seed = 1};
}

static void train_writers_release(struct work *w)
{
    em_free(w->texts);
    em_free(w->slots);
    em_free(w->offsets);
    em_free(w->labels);
    em_free(w->costs);
    em_free(w->weights_of);
    em_free(w->scales);
    em_free(w->weights);
}

/* --- which texts ------------------------------------------------------------------------ */

struct order {
    uint64_t key;
    uint32_t example;
};

static int train_writers_by_key(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

/* Up to `cap` texts a source and family, in a seeded order. */
static enum em_status writers_plan(struct work *w, struct em_err *err)
{
    const struct em_examples *all = w->examples;
    uint32_t cells = all->sources.n * EM_WRITERS_MAX, n = 0;
    struct order *order = em_malloc((all->n + 1) * sizeof(*order));
    uint32_t *count = em_calloc(cells + 1, sizeof(*count));
    w->texts = em_calloc(all->n + 1, sizeof(*w->texts));
    if (!order || !count || !w->texts) {
        em_free(order);
        em_free(count);
        return EM_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < all->n; i++)
        if (all->items[i].family >= 0 && all->items[i].words >= WORDS_MIN)
            order[n++] = (struct order){em_random_at(w->options->seed, i), i};
    qsort(order, n, sizeof(*order), train_writers_by_key);
    for (uint32_t i = 0; i < n; i++) {
        const struct em_example *e = &all->items[order[i].example];
        if (count[e->source * EM_WRITERS_MAX + (uint8_t)e->family]++ < w->options->cap)
            w->texts[w->n++] = (struct text){
                .example = order[i].example, .source = e->source, .family = e->family};
    }
    em_free(order);
    em_free(count);
    if (w->n == 0)
        return em_fail(err, EM_ERR_FORMAT, "train",
                       "no text of %d words names a family of models", WORDS_MIN);
    return EM_OK;
}

/* (families of the source - 3/4) / sqrt(texts of the source and family); families alike,
 * the mean is 1. */
static enum em_status writers_weigh(struct work *w, struct em_err *err)
{
    uint32_t cells = w->examples->sources.n * EM_WRITERS_MAX;
    uint32_t *count = em_calloc(cells + 1, sizeof(*count));
    double total[EM_WRITERS_MAX] = {0};
    w->weights_of = em_calloc(w->n, sizeof(*w->weights_of));
    if (!count || !w->weights_of) {
        em_free(count);
        return EM_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < w->n; i++)
        count[w->texts[i].source * EM_WRITERS_MAX + (uint8_t)w->texts[i].family]++;
    for (uint32_t i = 0; i < w->n; i++) {
        const uint32_t *own = count + w->texts[i].source * EM_WRITERS_MAX;
        double families = 0;
        for (uint32_t f = 0; f < EM_WRITERS_MAX; f++)
            families += own[f] > 0;
        w->weights_of[i] = (float)((families - 0.75) / sqrt(own[w->texts[i].family]));
        total[w->texts[i].family] += (double)w->weights_of[i];
    }
    em_free(count);
    for (uint32_t f = 0; f < w->options->n; f++)
        if (!(total[f] > 0))
            return em_fail(err, EM_ERR_FORMAT, "train", "no text by '%s'",
                           w->options->names[f]);
    for (uint32_t i = 0; i < w->n; i++)
        w->weights_of[i] *=
            (float)((double)w->n / w->options->n / total[w->texts[i].family]);
    return EM_OK;
}

/* --- rows -------------------------------------------------------------------------------- */

static struct em_view window_of(const struct work *w, uint32_t i)
{
    const struct em_example *e = &w->examples->items[w->texts[i].example];
    struct em_view text = em_view_make(e->text, e->len);
    bool unspaced = em_lang_unspaced(em_view_of(w->model->lang));
    uint64_t draw = em_random_at(w->options->seed + 1, i);
    uint32_t want = WORDS_MIN + (uint32_t)(draw % (WORDS_MAX - WORDS_MIN + 1));
    if (e->words <= want)
        return text;
    uint32_t first = (uint32_t)((draw >> 32) % (e->words - want + 1));
    size_t from = em_word_start(text, unspaced, first);
    size_t to = em_word_start(text, unspaced, first + want);
    return em_view_sub(text, from, to - from);
}

static enum em_status train_writers_add_row(struct work *w,
                                            const struct em_window *window)
{
    uint64_t most = w->n_slots + window->n_ids + w->model->n_style;
    if (most > w->cap_slots) {
        uint64_t cap = 2 * most;
        uint32_t *more = em_realloc_array(w->slots, cap, sizeof(*more));
        if (!more)
            return EM_ERR_NOMEM;
        w->slots = more;
        w->cap_slots = cap;
    }
    w->n_slots += em_writers_row(w->model, window, w->slots + w->n_slots);
    return EM_OK;
}

static enum em_status make_rows(struct work *w, struct em_err *err)
{
    struct em_features *features;
    struct em_view vocabulary = {w->model->vocabulary, w->model->vocabulary_len};
    enum em_status status = em_features_new(&features, w->model->lang, vocabulary,
                                            em_model_dictionary(w->model), err);
    w->offsets = em_calloc((size_t)w->n + 1, sizeof(*w->offsets));
    if (status == EM_OK && !w->offsets)
        status = EM_ERR_NOMEM;
    for (uint32_t i = 0; i < w->n && status == EM_OK; i++) {
        const struct em_window *windows;
        size_t n;
        status = em_features_run(features, window_of(w, i), 0, &windows, &n);
        for (size_t k = 0; k < n && status == EM_OK; k++) {
            status = train_writers_add_row(w, &windows[k]);
            w->texts[i].words += windows[k].words;
        }
        w->offsets[i + 1] = w->n_slots;
    }
    em_features_free(features);
    return status;
}

/* --- learning ----------------------------------------------------------------------------- */

static bool in_fold(const struct work *w, uint32_t i, uint32_t fold)
{
    return w->texts[i].source % w->options->folds == fold;
}

/* Weights of all families from the texts outside `fold` (options->folds: from all). */
static enum em_status train_writers_learn(struct work *w, uint32_t fold)
{
    struct em_rows rows = {.ids = w->slots,
                           .offsets = w->offsets,
                           .labels = w->labels,
                           .costs = w->costs,
                           .scales = w->scales,
                           .n = w->n};
    struct em_solver_options options = {.dimensions = w->dimensions,
                                        .max_epochs = 100,
                                        .tolerance = 0.05,
                                        .bias = 1,
                                        .seed = w->options->seed};
    for (uint32_t f = 0; f < w->options->n; f++) {
        for (uint32_t i = 0; i < w->n; i++) {
            w->labels[i] = (uint32_t)w->texts[i].family == f ? 1 : -1;
            w->costs[i] =
                in_fold(w, i, fold) ? 0 : w->weights_of[i] * (float)w->options->cost;
        }
        EM_TRY(em_solve_logistic(&rows, &options, w->weights + (size_t)f * w->dimensions,
                                 &w->bias[f], NULL));
    }
    return EM_OK;
}

static void score(struct work *w, uint32_t i)
{
    const struct em_rows rows = {.ids = w->slots, .offsets = w->offsets, .n = w->n};
    for (uint32_t f = 0; f < w->options->n; f++)
        w->texts[i].scores[f] =
            (double)w->bias[f] +
            em_row_score(&rows, i, w->weights + (size_t)f * w->dimensions);
}

static double log_loss(const struct work *w, size_t bin, double sharpness)
{
    double sum = 0, p[EM_WRITERS_MAX];
    for (uint32_t i = 0; i < w->n; i++) {
        const struct text *t = &w->texts[i];
        if (em_writers_bin(t->words) != bin)
            continue;
        em_writers_softmax(t->scores, w->options->n, sharpness, p);
        sum -=
            (double)w->weights_of[i] * log(p[t->family] > 1e-12 ? p[t->family] : 1e-12);
    }
    return sum;
}

/* The least log-loss of texts of the bin: convex in the sharpness; ternary search. */
static double sharpen(const struct work *w, size_t bin)
{
    double low = 0, high = 8;
    for (int round = 0; round < 60; round++) {
        double a = low + (high - low) / 3, b = high - (high - low) / 3;
        if (log_loss(w, bin, a) < log_loss(w, bin, b))
            high = b;
        else
            low = a;
    }
    return (low + high) / 2;
}

static void account(const struct work *w, struct em_writers_report *r)
{
    const struct em_writers *own = &w->model->writers;
    for (uint32_t i = 0; i < w->n; i++) {
        const struct text *t = &w->texts[i];
        double p[EM_WRITERS_MAX];
        uint32_t better = 0, said = 0;
        em_writers_softmax(t->scores, w->options->n,
                           (double)own->sharpness[em_writers_bin(t->words)], p);
        for (uint32_t f = 0; f < w->options->n; f++) {
            better += p[f] > p[t->family];
            said = p[f] > p[said] ? f : said;
        }
        r->confusion[t->family][said]++;
        r->top1 += better == 0;
        r->top2 += better <= 1;
        r->log_loss -= log(p[t->family]);
    }
    r->top1 /= w->n;
    r->top2 /= w->n;
    r->log_loss /= w->n;
}

/* --- keeping ------------------------------------------------------------------------------ */

struct heavy {
    float size;
    uint32_t slot;
};

static int train_writers_by_size(const void *a, const void *b)
{
    const struct heavy *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return (x->slot > y->slot) - (x->slot < y->slot);
}

/* What all families give a slot alike says nothing: taken off before sizes are compared. */
static float centre(struct work *w, uint32_t slot)
{
    double mean = 0, square = 0;
    for (uint32_t f = 0; f < w->options->n; f++)
        mean += (double)w->weights[(size_t)f * w->dimensions + slot] / w->options->n;
    for (uint32_t f = 0; f < w->options->n; f++) {
        float *x = &w->weights[(size_t)f * w->dimensions + slot];
        *x -= (float)mean;
        square += (double)(*x * *x);
    }
    return (float)square;
}

static void put_row(struct work *w, uint32_t slot, int8_t *row)
{
    for (uint32_t f = 0; f < w->options->n; f++) {
        float x = w->weights[(size_t)f * w->dimensions + slot] / w->model->writers.scale;
        row[f] = (int8_t)(x > 127 ? 127 : x < -127 ? -127 : lrintf(x));
    }
}

static enum em_status train_writers_keep(struct work *w)
{
    struct em_writers *own = &w->model->writers;
    struct heavy *heavy = em_calloc(EM_WRITERS_NGRAMS, sizeof(*heavy));
    uint32_t n = 0;
    if (!heavy)
        return EM_ERR_NOMEM;
    for (uint32_t slot = 0; slot < w->dimensions; slot++) {
        float size = centre(w, slot);
        if (slot < EM_WRITERS_NGRAMS && size > 0)
            heavy[n++] = (struct heavy){size, slot};
    }
    qsort(heavy, n, sizeof(*heavy), train_writers_by_size);
    n = n < w->options->rows ? n : w->options->rows;
    enum em_status status = em_writers_reserve(own, w->options->n, n, w->model->n_style);
    double kept = 0;
    for (uint32_t i = 0; i < n && status == EM_OK; i++) {
        own->has[heavy[i].slot / 64] |= (uint64_t)1 << heavy[i].slot % 64;
        kept += (double)heavy[i].size;
    }
    em_free(heavy);
    if (status < 0)
        return status;
    /* 8 bits hold five times the root mean square. */
    own->scale = (float)(5 * sqrt(kept / ((double)(n ? n : 1) * w->options->n)) / 127);
    own->scale = own->scale > 0 ? own->scale : 1;
    int8_t *row = own->weights;
    for (uint32_t slot = 0; slot < w->dimensions; slot++)
        if (slot >= EM_WRITERS_NGRAMS || own->has[slot / 64] >> slot % 64 & 1) {
            put_row(w, slot, row);
            row += EM_WRITERS_MAX;
        }
    for (uint32_t f = 0; f < w->options->n; f++) {
        own->bias[f] = w->bias[f];
        snprintf(own->names[f], sizeof(own->names[f]), "%s", w->options->names[f]);
    }
    em_writers_index(own);
    return EM_OK;
}

/* --- the whole ---------------------------------------------------------------------------- */

static enum em_status writers_room(struct work *w)
{
    w->dimensions = EM_WRITERS_NGRAMS + w->model->n_style * EM_WRITERS_STEPS;
    w->labels = em_calloc(w->n, sizeof(*w->labels));
    w->costs = em_calloc(w->n, sizeof(*w->costs));
    w->scales = em_malloc(w->dimensions * sizeof(*w->scales));
    w->weights = em_malloc((size_t)w->options->n * w->dimensions * sizeof(*w->weights));
    if (!w->labels || !w->costs || !w->scales || !w->weights)
        return EM_ERR_NOMEM;
    for (uint32_t d = 0; d < w->dimensions; d++)
        w->scales[d] = d < EM_WRITERS_NGRAMS ? 1 : (float)w->options->style;
    return EM_OK;
}

static uint32_t sources_of(const struct work *w)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < w->examples->sources.n; s++)
        for (uint32_t i = 0; i < w->n; i++)
            if (w->texts[i].source == s) {
                n++;
                break;
            }
    return n;
}

static enum em_status train_writers_run(struct work *w, struct em_writers_report *r,
                                        struct em_err *err)
{
    float sharpness[EM_WRITERS_BINS];
    uint32_t folds = w->options->folds;
    EM_TRY(writers_plan(w, err));
    EM_TRY(writers_weigh(w, err));
    EM_TRY(make_rows(w, err));
    EM_TRY(writers_room(w));
    r->texts = w->n;
    r->sources = sources_of(w);
    for (uint32_t fold = 0; fold < folds; fold++) {
        EM_TRY(train_writers_learn(w, fold));
        for (uint32_t i = 0; i < w->n; i++)
            if (in_fold(w, i, fold))
                score(w, i);
    }
    for (size_t bin = 0; bin < EM_WRITERS_BINS; bin++)
        sharpness[bin] = (float)sharpen(w, bin);
    EM_TRY(train_writers_learn(w, folds));
    EM_TRY(train_writers_keep(w));
    memcpy(w->model->writers.sharpness, sharpness, sizeof(sharpness));
    r->rows = w->model->writers.n_rows;
    account(w, r);
    return EM_OK;
}

enum em_status em_train_writers(struct em_model *model,
                                const struct em_examples *examples,
                                const struct em_writers_options *options,
                                struct em_writers_report *report, struct em_err *err)
{
    struct work w = {.options = options, .examples = examples, .model = model};
    memset(report, 0, sizeof(*report));
    enum em_status status = train_writers_run(&w, report, err);
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "train", "out of memory");
    train_writers_release(&w);
    return status;
}
