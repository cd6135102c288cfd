/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/train.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "detector/learn/metrics.h"
#include "detector/learn/train_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void em_train_defaults(struct em_train_options *options)
{
    *options = (struct em_train_options){
        .name = "en-2026.4",
        .lang = "en",
        .seed = 1,
        .threads = 2,
        .cap = 3000,
        .window_min = 40,
        .window_max = 350,
        .windows_a_text = 6,
        .few_texts = 1000,
        .vocabulary = 2000,
        .min_sources = 6,
        .folds = 4,
        .cost = 10,
        .epochs = 10,
        .tolerance = 0.02,
        .balance = 0.5,
        .registers = 0.25,
        .paired = 1,
        .old = 0,
        .misspelt = 0.15,
        .decoys = 0.2,
        .rarity = 1,
        .norm = EM_MODEL_NORM_SQRT,
        .hidden = 48,
        .nets = 3,
        .stack_epochs = 8,
        .blend = 0,
        .stack_rate = 0.003,
        .stack_decay = 0.03,
        .stack_noise = 0,
        .stack_human = 3,
        .without = "homoglyphs,invisibles",
        .words_per_window = 200,
        .min_words = 40,
    };
}

static void work_free(struct em_train_work *work)
{
    em_free(work->samples);
    em_free(work->weights);
    em_free(work->ids);
    em_free(work->offsets);
    em_free(work->labels);
    em_free(work->costs);
    em_free(work->values);
    em_free(work->style);
    em_free(work->words);
    em_free(work->known);
    em_free(work->fresh);
    em_free(work->evidence);
    em_free(work->scales);
    em_free(work->ngrams);
    em_free(work->scores);
    em_free(work->expert);
    em_free(work->owner);
    em_free(work->fold);
    em_train_texts_release(&work->texts);
    em_model_free(work->model);
}

static enum em_status keep_window(struct em_train_work *work, uint32_t i,
                                  const struct em_window *window)
{
    size_t n_style = em_style_count();
    uint64_t need = work->n_ids + window->n_ids;
    if (need > work->cap_ids) {
        uint64_t cap = need + need / 2 + 4096;
        uint32_t *more = em_realloc_array(work->ids, cap, sizeof(*more));
        if (!more)
            return EM_ERR_NOMEM;
        work->ids = more;
        work->cap_ids = cap;
    }
    if (window->n_ids)
        memcpy(work->ids + work->n_ids, window->ids,
               window->n_ids * sizeof(*window->ids));
    work->n_ids = need;
    work->offsets[i + 1] = need;
    work->labels[i] = work->samples[i].label;
    work->words[i] = window->words;
    memcpy(work->known + i * EM_NGRAM_FAMILIES, window->known, sizeof(window->known));
    memcpy(work->fresh + i * EM_NGRAM_FAMILIES, window->fresh, sizeof(window->fresh));
    memcpy(work->style + i * n_style, window->style, n_style * sizeof(float));
    return EM_OK;
}

/* The words of a window; misspelt in a share of them, with decoys in another. */
static enum em_status text_of(const struct em_train_work *work, uint32_t i,
                              struct em_buf *noisy, struct em_view *text)
{
    const struct em_sample *s = &work->samples[i];
    uint64_t seed = em_mix64(work->options->seed * 16 + 4);
    *text = em_view_make(work->examples->items[s->example].text + s->start, s->len);
    double u = (double)(em_random_at(seed, i) >> 11) * 0x1p-53;
    const struct em_train_options *o = work->options;
    bool decoys = strcmp(o->lang, "en") == 0; /* they are English */
    if (u < o->misspelt)
        EM_TRY(em_train_misspell(seed ^ em_mix64(i), *text, noisy));
    else if (decoys && u < o->misspelt + o->decoys)
        EM_TRY(em_train_decoy(seed ^ em_mix64(i), *text, s->label < 0, noisy));
    else
        return EM_OK;
    *text = em_buf_view(noisy);
    return EM_OK;
}

static enum em_status compute(struct em_train_work *work, struct em_features *features,
                              struct em_buf *noisy)
{
    static const struct em_window nothing = {.ids = NULL};
    size_t n = work->n ? work->n : 1, n_style = em_style_count();
    float zeros[EM_MODEL_MAX_STYLE] = {0};
    struct em_window empty = nothing;
    empty.style = zeros;
    work->offsets = em_calloc(n + 1, sizeof(*work->offsets));
    work->labels = em_calloc(n, 1);
    work->costs = em_calloc(n, sizeof(float));
    work->values = em_calloc(n, sizeof(float));
    work->words = em_calloc(n, sizeof(uint32_t));
    work->known = em_calloc(n, EM_NGRAM_FAMILIES * sizeof(uint32_t));
    work->fresh = em_calloc(n, EM_NGRAM_FAMILIES * sizeof(uint32_t));
    work->style = em_calloc(n * (n_style ? n_style : 1), sizeof(float));
    if (!work->offsets || !work->labels || !work->costs || !work->values ||
        !work->words || !work->style || !work->known || !work->fresh)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < work->n; i++) {
        const struct em_window *windows;
        struct em_view text;
        size_t n_windows;
        EM_TRY(text_of(work, i, noisy, &text));
        EM_TRY(em_features_run(features, text, 0, &windows, &n_windows));
        EM_TRY(keep_window(work, i, n_windows ? &windows[0] : &empty));
        if (i % 1000 == 0)
            em_train_tell(work, "features", 0.05 + 0.15 * i / work->n);
    }
    return EM_OK;
}

static enum em_status run_features(struct em_train_work *work, struct em_err *err)
{
    double start = em_clock_now();
    struct em_features *features;
    struct em_view words = {work->model->vocabulary, work->model->vocabulary_len};
    EM_TRY(em_features_new(&features, work->options->lang, words, EM_VIEW_NONE, err));
    struct em_buf noisy;
    em_buf_init(&noisy, 2 * EM_TRAIN_MAX_TEXT);
    enum em_status status = compute(work, features, &noisy);
    em_buf_release(&noisy);
    em_features_free(features);
    work->report->ids = work->n_ids;
    work->report->seconds[2] = em_clock_now() - start;
    return status;
}

static enum em_status steps(struct em_train_work *work, struct em_err *err)
{
    const struct em_train_options *o = work->options;
    struct em_train_report *r = work->report;
    struct em_model *m = work->model;
    double start = em_clock_now();
    em_train_tell(work, "plan", 0);
    EM_TRY(em_train_plan(work, err));
    r->windows = work->n;
    for (uint32_t i = 0; i < work->n; i++)
        r->machine_windows += work->samples[i].label > 0;
    r->seconds[0] = em_clock_now() - start;
    start = em_clock_now();
    em_train_tell(work, "vocabulary", 0.02);
    EM_TRY(em_train_vocabulary(work));
    r->seconds[1] = em_clock_now() - start;
    EM_TRY(run_features(work, err));
    if (o->unseen)
        EM_TRY(em_train_texts_plan(work));
    EM_TRY(em_train_ngrams(work));
    EM_TRY(em_train_stack(work));
    if (o->unseen)
        EM_TRY(em_train_texts_give(work));
    snprintf(m->name, sizeof(m->name), "%s", o->name ? o->name : "unnamed");
    snprintf(m->lang, sizeof(m->lang), "%s", o->lang);
    m->words_per_window = o->words_per_window;
    m->min_words = o->min_words;
    return EM_OK;
}

enum em_status em_train(struct em_model **out, const struct em_examples *examples,
                        const struct em_train_options *options,
                        struct em_train_report *report, em_train_progress *progress,
                        void *context, struct em_err *err)
{
    struct em_train_work work = {
        .options = options,
        .examples = examples,
        .report = report,
        .progress = progress,
        .context = context,
    };
    *out = NULL;
    *report = (struct em_train_report){.unseen = NULL};
    enum em_status status = em_model_new(&work.model);
    if (status == EM_OK)
        status = steps(&work, err);
    if (status == EM_OK) {
        *out = work.model;
        work.model = NULL;
    }
    work_free(&work);
    return status;
}

enum em_status em_train_score(const struct em_model *model, struct em_features *features,
                              struct em_view text, double *logit, uint32_t *words)
{
    const struct em_window *windows;
    size_t n;
    double sum = 0, total = 0;
    EM_TRY(em_features_run(features, text, model->words_per_window, &windows, &n));
    for (size_t i = 0; i < n; i++) {
        sum += (double)em_model_window_logit(model, &windows[i]) * windows[i].words;
        total += windows[i].words;
    }
    *logit = total > 0 ? sum / total : 0;
    *words = (uint32_t)total;
    return EM_OK;
}

/* A piece of the example's text, or all of it. */
static struct em_view piece_of(const struct em_example *e, const struct em_model *model,
                               uint64_t seed, uint64_t k)
{
    struct em_view text = em_view_make(e->text, e->len);
    if (e->words <= EM_SHORT_WORDS || model->min_words >= EM_SHORT_WORDS)
        return text;
    bool unspaced = em_lang_unspaced(em_view_of(model->lang));
    uint32_t want =
        model->min_words +
        (uint32_t)em_random_below(seed, 2 * k, EM_SHORT_WORDS - model->min_words + 1);
    uint32_t first = (uint32_t)em_random_below(seed, 2 * k + 1, e->words - want + 1);
    size_t start = em_word_start(text, unspaced, first);
    size_t end = em_word_start(text, unspaced, first + want);
    return em_view_sub(text, start, end - start);
}

/* Every example, or (with a seed) a piece of every example. */
static enum em_status score_examples(const struct em_model *model,
                                     const struct em_examples *examples,
                                     const uint64_t *seed, struct em_held_out *texts,
                                     size_t *n, struct em_err *err)
{
    struct em_features *features;
    struct em_view words = {model->vocabulary, model->vocabulary_len};
    EM_TRY(
        em_features_new(&features, model->lang, words, em_model_dictionary(model), err));
    enum em_status status = EM_OK;
    for (size_t i = 0; i < examples->n && status == EM_OK; i++) {
        const struct em_example *e = &examples->items[i];
        struct em_held_out t = {.source = e->source, .label = e->label, .old = e->old};
        struct em_view text =
            seed ? piece_of(e, model, *seed, i) : em_view_make(e->text, e->len);
        status = em_train_score(model, features, text, &t.logit, &t.words);
        if (status == EM_OK && t.words >= model->min_words &&
            (!seed || t.words <= EM_SHORT_WORDS))
            texts[(*n)++] = t;
    }
    em_features_free(features);
    return status;
}

static enum em_status score_into(const struct em_model *model,
                                 const struct em_examples *examples, const uint64_t *seed,
                                 struct em_held_out **out, size_t *n, struct em_err *err)
{
    struct em_held_out *texts =
        em_malloc((examples->n ? examples->n : 1) * sizeof(*texts));
    *out = NULL;
    *n = 0;
    if (!texts)
        return EM_ERR_NOMEM;
    enum em_status status = score_examples(model, examples, seed, texts, n, err);
    if (status == EM_OK)
        *out = texts;
    else
        em_free(texts);
    return status;
}

enum em_status em_train_score_all(const struct em_model *model,
                                  const struct em_examples *examples,
                                  struct em_held_out **out, size_t *n, struct em_err *err)
{
    return score_into(model, examples, NULL, out, n, err);
}

enum em_status em_train_score_pieces(const struct em_model *model,
                                     const struct em_examples *examples, uint64_t seed,
                                     struct em_held_out **out, size_t *n,
                                     struct em_err *err)
{
    return score_into(model, examples, &seed, out, n, err);
}

static void write_counts(struct em_json *json, const struct em_examples *examples)
{
    em_json_array(json);
    for (uint32_t s = 0; s < examples->sources.n; s++) {
        uint64_t count[2] = {0, 0};
        for (size_t i = 0; i < examples->n; i++)
            if (examples->items[i].source == s)
                count[examples->items[i].label > 0]++;
        em_json_object(json);
        em_json_key(json, "source");
        em_json_string(json, em_view_of(examples->sources.names[s]));
        em_json_key(json, "human");
        em_json_u64(json, count[0]);
        em_json_key(json, "machine");
        em_json_u64(json, count[1]);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_options(struct em_json *json, const struct em_train_options *o)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"seed", o->seed},
        {"cap", o->cap},
        {"window_min", o->window_min},
        {"window_max", o->window_max},
        {"windows_a_text", o->windows_a_text},
        {"few_texts", o->few_texts},
        {"window_log", o->window_log},
        {"vocabulary", o->vocabulary},
        {"min_sources", o->min_sources},
        {"folds", o->folds},
        {"epochs", o->epochs},
        {"hidden", o->hidden},
        {"nets", o->nets},
        {"stack_epochs", o->stack_epochs},
        {"norm", o->norm},
    };
    const struct {
        const char *name;
        double value;
    } reals[] = {
        {"cost", o->cost},
        {"tolerance", o->tolerance},
        {"balance", o->balance},
        {"registers", o->registers},
        {"rarity", o->rarity},
        {"paired", o->paired},
        {"old", o->old},
        {"misspelt", o->misspelt},
        {"decoys", o->decoys},
        {"blend", o->blend},
        {"stack_rate", o->stack_rate},
        {"stack_decay", o->stack_decay},
        {"stack_noise", o->stack_noise},
        {"stack_human", o->stack_human},
    };
    em_json_object(json);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        em_json_key(json, counts[i].name);
        em_json_u64(json, counts[i].value);
    }
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        em_json_key(json, reals[i].name);
        em_json_fixed(json, reals[i].value, 6);
    }
    em_json_key(json, "without");
    em_json_string(json, em_view_of(o->without));
    em_json_end(json);
}

enum em_status em_train_provenance(const struct em_train_options *options,
                                   const struct em_examples *train,
                                   const struct em_examples *held_out,
                                   const struct em_train_report *report,
                                   struct em_buf *out)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_key(&json, "program");
    em_json_string(&json, em_view_of("echometer " EM_VERSION));
    em_json_key(&json, "options");
    write_options(&json, options);
    em_json_key(&json, "windows");
    em_json_u64(&json, report->windows);
    em_json_key(&json, "fold_auroc");
    em_json_fixed(&json, report->fold_auroc, 4);
    em_json_key(&json, "train");
    write_counts(&json, train);
    em_json_key(&json, "calibrate");
    write_counts(&json, held_out);
    em_json_end(&json);
    return em_json_finish(&json);
}
