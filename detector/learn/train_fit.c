/* SPDX-License-Identifier: Apache-2.0
 *
 * N-gram weights, the same without each fold of the sources, and the stack over both.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "detector/learn/metrics.h"
#include "detector/learn/stack.h"
#include "detector/learn/train_int.h"

#include <math.h>
#include <stdlib.h>

/* A place is an offset into the dictionary's bytes. */
enum { DIMENSIONS = 2 << EM_FEATURE_BITS };

/* Rare ids have larger values, so that regularisation costs them less (inverse document
 * frequency); on average over all ids of all windows the squared value is 1, so that the
 * cost means the same for any rarity. */
static enum em_status weigh_ids(struct em_train_work *work)
{
    work->scales = em_calloc(DIMENSIONS, sizeof(float));
    if (!work->scales)
        return EM_ERR_NOMEM;
    for (uint64_t k = 0; k < work->offsets[work->n]; k++)
        work->scales[work->ids[k]] += 1;
    double square = 0, total = 0;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        double seen = (double)work->scales[d];
        double idf = seen > 0 ? pow(1 + log(work->n / seen), work->options->rarity) : 0;
        square += seen * idf * idf;
        total += seen;
        work->scales[d] = (float)idf;
    }
    double unit = total > 0 ? sqrt(square / total) : 1;
    for (uint32_t d = 0; d < DIMENSIONS; d++)
        work->scales[d] = (float)((double)work->scales[d] / unit);
    return EM_OK;
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Ascending ids of a family make a pass over them go one way through memory. */
static void sort_rows(struct em_train_work *work)
{
    uint32_t *ids = work->ids;
    for (size_t i = 0; i < (size_t)work->n * EM_NGRAM_FAMILIES; i++) {
        qsort(ids, work->known[i], sizeof(uint32_t), by_id);
        ids += work->known[i];
    }
}

static enum em_status fit_solve(struct em_train_work *work, float *bias, uint32_t *epochs)
{
    struct em_rows rows = {
        .ids = work->ids,
        .offsets = work->offsets,
        .labels = work->labels,
        .costs = work->costs,
        .values = work->values,
        .scales = work->scales,
        .n = work->n,
    };
    struct em_solver_options options = {
        .dimensions = DIMENSIONS,
        .max_epochs = work->options->epochs,
        .tolerance = work->options->tolerance,
        .bias = 1,
        .seed = work->options->seed,
    };
    return em_solve_logistic(&rows, &options, work->ngrams, bias, epochs);
}

/* Sources to folds: those with both classes, with humans only and with machines only are
 * dealt out one after another, so that each fold has its share of each; all of one owner
 * stay together. */
static enum em_status assign_folds(const struct em_train_work *work, uint8_t *fold)
{
    uint32_t n = work->examples->sources.n, dealt = 0;
    uint8_t *classes = em_calloc(n ? n : 1, 1);
    if (!classes)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < work->n; i++)
        classes[work->owner[work->samples[i].source]] |= work->labels[i] > 0 ? 2 : 1;
    for (uint8_t kind = 1; kind <= 3; kind++)
        for (uint32_t s = 0; s < n; s++)
            if (work->owner[s] == s && classes[s] == kind)
                fold[s] = (uint8_t)(dealt++ % work->options->folds);
    for (uint32_t s = 0; s < n; s++)
        fold[s] = fold[work->owner[s]];
    em_free(classes);
    return EM_OK;
}

/* Of scores[0], scores[stride], ... */
static enum em_status window_auroc(const struct em_train_work *work, const float *scores,
                                   size_t stride, double *out)
{
    double *values = em_malloc((work->n ? work->n : 1) * sizeof(*values));
    if (!values)
        return EM_ERR_NOMEM;
    size_t human = 0, machine = work->n;
    for (uint32_t i = 0; i < work->n; i++)
        values[work->labels[i] > 0 ? --machine : human++] = (double)scores[i * stride];
    struct em_scores s = {values, values + human, human, work->n - human};
    enum em_status status = em_metric_auroc(&s, out);
    em_free(values);
    return status;
}

/* What a head says of the windows of one fold, by weights that never saw it. */
static enum em_status score_fold(struct em_train_work *work, const uint8_t *fold,
                                 uint32_t f, uint32_t head)
{
    size_t width = em_model_evidence_size(work->model);
    float bias;
    em_train_costs(work, head, fold, f);
    EM_TRY(fit_solve(work, &bias, NULL));
    for (uint32_t i = 0; i < work->n; i++) {
        size_t at = (size_t)i * EM_NGRAM_FAMILIES;
        if (fold[work->samples[i].source] == f)
            em_train_evidence(work, head, bias, work->ids + work->offsets[i],
                              work->known + at, work->fresh + at,
                              work->evidence + i * width);
    }
    return work->options->unseen ? em_train_texts_fold(work, f, head, bias) : EM_OK;
}

/* Job 0 is what the model will have; the others each leave a fold out. */
static enum em_status learn_heads(struct em_train_work *own, uint32_t job)
{
    enum em_status status = EM_OK;
    for (uint32_t head = 0; head <= own->model->experts.n && status == EM_OK; head++) {
        float bias;
        if (job > 0) {
            status = score_fold(own, own->fold, job - 1, head);
            continue;
        }
        em_train_costs(own, head, NULL, 0);
        status = fit_solve(own, &bias, head ? NULL : &own->report->epochs);
        if (status == EM_OK)
            em_train_quantise(own, head, bias);
    }
    return status;
}

/* With costs and weights of its own; all else is read, or is this fold's. */
static enum em_status run_heads(void *context, uint32_t job)
{
    struct em_train_work own = *(struct em_train_work *)context;
    own.costs = em_calloc(own.n ? own.n : 1, sizeof(float));
    own.ngrams = em_calloc(DIMENSIONS, sizeof(float));
    enum em_status status =
        own.costs && own.ngrams ? learn_heads(&own, job) : EM_ERR_NOMEM;
    em_free(own.costs);
    em_free(own.ngrams);
    return status;
}

enum em_status em_train_ngrams(struct em_train_work *work)
{
    double start = em_clock_now();
    work->scores = em_malloc((work->n ? work->n : 1) * sizeof(float));
    work->fold = em_calloc(work->examples->sources.n + 1u, 1);
    if (!work->scores || !work->fold)
        return EM_ERR_NOMEM;
    EM_TRY(assign_folds(work, work->fold));
    EM_TRY(em_train_dictionary(work));
    EM_TRY(em_train_experts(work));
    work->evidence = em_calloc(work->n ? work->n : 1,
                               em_model_evidence_size(work->model) * sizeof(float));
    if (!work->evidence)
        return EM_ERR_NOMEM;
    EM_TRY(weigh_ids(work));
    sort_rows(work);
    work->report->seconds[3] = em_clock_now() - start;
    start = em_clock_now();
    em_train_tell(work, "n-grams, and without each fold of the sources", 0.2);
    EM_TRY(
        em_train_jobs(work->options->threads, work->options->folds + 1, run_heads, work));
    EM_TRY(window_auroc(work, work->evidence, em_model_evidence_size(work->model),
                        &work->report->fold_auroc));
    work->report->seconds[4] = em_clock_now() - start;
    return EM_OK;
}

/* --- the stack ----------------------------------------------------------------------- */

static bool left_out(const char *without, const char *name)
{
    while (without && *without) {
        size_t n = strcspn(without, ",");
        if (n > 0 && strncmp(name, without, n) == 0)
            return true;
        without += n + (without[n] == ',');
    }
    return false;
}

static double input(const struct em_train_work *work, uint32_t i, size_t k)
{
    size_t n_style = em_style_count();
    const float *by_ngrams = work->evidence + i * em_model_evidence_size(work->model);
    if (k == 0)
        return (double)by_ngrams[0];
    if (k <= n_style)
        return (double)work->style[i * n_style + k - 1];
    if (k == n_style + 1)
        return log((double)(work->words[i] ? work->words[i] : 1));
    return (double)by_ngrams[k - n_style - 1];
}

/* Weighted mean and deviation of every input; an input that is left out, or that hardly
 * moves, is switched off. */
static void standards(struct em_train_work *work)
{
    struct em_model *m = work->model;
    for (size_t k = 0; k < em_model_inputs(m); k++) {
        double total = 0, sum = 0, square = 0;
        for (uint32_t i = 0; i < work->n; i++) {
            double w = (double)work->weights[i], x = input(work, i, k);
            total += w;
            sum += w * x;
            square += w * x * x;
        }
        double mean = sum / total, variance = square / total - mean * mean;
        bool off = !(variance > 1e-10) ||
                   left_out(work->options->without, em_model_input_name(m, k));
        m->mean[k] = (float)mean;
        m->inv_sd[k] = off ? 0 : (float)(1 / sqrt(variance));
    }
}

/* Weighted standard deviation of the model's output over the windows. */
static double spread(const struct em_train_work *work, const float *inputs)
{
    double total = 0, sum = 0, square = 0;
    size_t width = em_model_inputs(work->model);
    for (uint32_t i = 0; i < work->n; i++) {
        double w = (double)work->weights[i];
        double z = (double)em_model_stack(work->model, inputs + i * width);
        total += w;
        sum += w * z;
        square += w * z * z;
    }
    double variance = square / total - sum * sum / total / total;
    return variance > 1e-12 ? sqrt(variance) : 1;
}

/* The linear stack joins the hidden layer as its last unit: its row, and a bias so large
 * that the unit is always on, taken off again after it. Both parts are scaled to the same
 * spread. What they get wrong on unseen sources differs. */
static enum em_status blend(struct em_train_work *work, const struct em_stack_rows *rows,
                            struct em_stack_options options)
{
    const float lift = 64;
    struct em_model *m = work->model;
    uint32_t hidden = m->hidden;
    float row[EM_MODEL_MAX_INPUTS], bias;
    size_t width = em_model_inputs(m);
    options.hidden = 0;
    EM_TRY(em_stack_train(rows, &options, NULL, NULL, row, &bias));
    double both = spread(work, rows->inputs), linear = 0, total = 0, sum = 0;
    for (uint32_t i = 0; i < work->n; i++) {
        double w = (double)work->weights[i], z = (double)bias;
        for (size_t k = 0; k < width; k++)
            z += (double)row[k] * (double)rows->inputs[i * width + k];
        total += w;
        sum += w * z;
        linear += w * z * z;
    }
    linear = sqrt(linear / total - sum * sum / total / total);
    for (uint32_t h = 0; h + 1 < hidden; h++)
        m->w2[h] /= (float)both;
    m->b2 /= (float)both;
    memcpy(m->w1 + (hidden - 1) * width, row, width * sizeof(float));
    m->b1[hidden - 1] = bias + lift;
    m->w2[hidden - 1] = (float)(work->options->blend / linear);
    m->b2 -= lift * m->w2[hidden - 1];
    return EM_OK;
}

struct nets {
    struct em_model *model;
    const struct em_stack_rows *rows;
    const struct em_stack_options *options;
    float bias[EM_MODEL_MAX_HIDDEN];
};

static enum em_status run_net(void *context, uint32_t k)
{
    struct nets *nets = context;
    struct em_model *m = nets->model;
    struct em_stack_options options = *nets->options;
    size_t hidden = options.hidden;
    options.seed += k;
    return em_stack_train(nets->rows, &options, m->w1 + k * hidden * em_model_inputs(m),
                          m->b1 + k * hidden, m->w2 + k * hidden, &nets->bias[k]);
}

/* The mean of nets that began elsewhere: one net's luck weighs less. */
static enum em_status fit_nets(struct em_train_work *work,
                               const struct em_stack_rows *rows,
                               const struct em_stack_options *options)
{
    struct em_model *m = work->model;
    struct nets nets = {.model = m, .rows = rows, .options = options};
    uint32_t n = work->options->nets;
    double bias = 0;
    EM_TRY(em_train_jobs(work->options->threads, n, run_net, &nets));
    for (size_t h = 0; h < n * options->hidden; h++)
        m->w2[h] /= (float)n;
    for (uint32_t k = 0; k < n; k++)
        bias += (double)nets.bias[k] / n;
    m->b2 = (float)bias;
    return EM_OK;
}

static enum em_status fit_stack(struct em_train_work *work, const float *inputs)
{
    struct em_model *m = work->model;
    const struct em_train_options *o = work->options;
    struct em_stack_rows rows = {inputs, work->labels, work->costs, work->n,
                                 em_model_inputs(m)};
    for (uint32_t i = 0; i < work->n; i++)
        work->costs[i] =
            work->weights[i] * (work->labels[i] < 0 ? (float)o->stack_human : 1);
    struct em_stack_options options = {
        .hidden = o->hidden,
        .epochs = o->stack_epochs,
        .rate = o->stack_rate,
        .decay = o->stack_decay,
        .noise = o->stack_noise,
        .seed = o->seed,
    };
    if (o->hidden == 0)
        return em_stack_train(&rows, &options, NULL, NULL, m->w2, &m->b2);
    EM_TRY(fit_nets(work, &rows, &options));
    if (m->hidden > o->hidden * o->nets)
        EM_TRY(blend(work, &rows, options));
    return EM_OK;
}

/* --- anchors ------------------------------------------------------------------------- */

enum { ANCHORS_A_SOURCE = 60 };

static bool anchors_window(const struct em_train_work *work, uint32_t i, uint32_t *seen)
{
    const struct em_sample *s = &work->samples[i];
    return s->label > 0 && !s->old && work->words[i] >= work->options->min_words &&
           seen[s->source]++ < ANCHORS_A_SOURCE;
}

static void put_anchor(struct em_model *m, uint32_t at, uint32_t words,
                       const float *inputs)
{
    m->anchor_words[at] = words;
    for (size_t h = 0; h < m->hidden; h++) {
        float unit = em_model_unit(m, h, inputs), scale = m->anchor_scale[h];
        m->anchors[(size_t)at * m->hidden + h] =
            (uint8_t)(scale > 0 ? unit / scale + 0.5f : 0);
    }
}

/* Machine windows, as many of each source, and what they do to the hidden units. */
static enum em_status keep_anchors(struct em_train_work *work, const float *inputs)
{
    struct em_model *m = work->model;
    size_t width = em_model_inputs(m), sources = work->examples->sources.n;
    uint32_t *seen = em_calloc(sources ? sources : 1, sizeof(*seen));
    uint32_t *chosen = em_malloc(EM_MODEL_MAX_ANCHORS * sizeof(*chosen));
    uint32_t n = 0;
    enum em_status status = seen && chosen ? EM_OK : EM_ERR_NOMEM;
    for (uint32_t i = 0; status == EM_OK && i < work->n && n < EM_MODEL_MAX_ANCHORS; i++)
        if (anchors_window(work, i, seen))
            chosen[n++] = i;
    if (status == EM_OK)
        status = em_model_set_anchors(m, n);
    if (status == EM_OK) {
        for (size_t h = 0; h < m->hidden; h++) {
            float most = 0;
            for (uint32_t k = 0; k < n; k++) {
                float unit = em_model_unit(m, h, inputs + chosen[k] * width);
                most = unit > most ? unit : most;
            }
            m->anchor_scale[h] = most / 255;
        }
        for (uint32_t k = 0; k < n; k++)
            put_anchor(m, k, work->words[chosen[k]], inputs + chosen[k] * width);
    }
    em_free(seen);
    em_free(chosen);
    return status;
}

enum em_status em_train_stack(struct em_train_work *work)
{
    double start = em_clock_now();
    struct em_model *m = work->model;
    const struct em_train_options *o = work->options;
    em_train_tell(work, "stack", 0.85);
    m->n_style = (uint32_t)em_style_count();
    EM_TRY(em_model_set_hidden(m, o->hidden * o->nets + (o->hidden > 0 && o->blend > 0)));
    standards(work);
    size_t width = em_model_inputs(m);
    float *inputs = em_malloc((work->n ? work->n : 1) * width * sizeof(*inputs));
    if (!inputs)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < work->n; i++)
        em_model_standardise(m, work->evidence + i * em_model_evidence_size(m),
                             work->style + (size_t)i * m->n_style, work->words[i],
                             inputs + i * width);
    enum em_status status = fit_stack(work, inputs);
    if (status == EM_OK && m->hidden > 0)
        status = keep_anchors(work, inputs);
    if (status == EM_OK) {
        for (uint32_t i = 0; i < work->n; i++)
            work->scores[i] = em_model_stack(m, inputs + i * width);
        status = window_auroc(work, work->scores, 1, &work->report->stack_auroc);
    }
    if (status == EM_OK && o->unseen)
        status = em_train_texts_stack(work, inputs);
    em_free(inputs);
    work->report->seconds[5] = em_clock_now() - start;
    return status;
}
