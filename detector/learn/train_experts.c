/* SPDX-License-Identifier: Apache-2.0
 *
 * Heads: the common weights of n-grams (head 0), learned from all texts, and those of each
 * expert (experts.h).
 */
#include "base/alloc.h"
#include "detector/learn/sources.h"
#include "detector/learn/train_int.h"

#include <math.h>

/* 8 bits hold the weights up to this multiple of their root mean square; the few beyond
 * are cut, so that the many small ones keep their precision. */
#define QUANTISE_RANGE 8.0

/* The number of an expert by its name, from 1; 0 where there are too many. */
static uint8_t expert_number(const char *names[EM_EXPERTS_MAX], const char *name)
{
    for (uint8_t e = 0; e < EM_EXPERTS_MAX; e++) {
        if (!names[e])
            names[e] = name;
        if (strcmp(names[e], name) == 0)
            return (uint8_t)(e + 1);
    }
    return 0;
}

/* An expert without enough machine text is none. */
enum { EXPERT_WINDOWS = 200 };

enum em_status em_train_experts(struct em_train_work *work)
{
    const struct em_names *sources = &work->examples->sources;
    const char *names[EM_EXPERTS_MAX] = {NULL};
    uint32_t windows[EM_EXPERTS_MAX + 1] = {0}, n = 0;
    uint8_t renumbered[EM_EXPERTS_MAX + 1] = {0};
    work->expert = em_calloc(sources->n ? sources->n : 1, 1);
    if (!work->expert)
        return EM_ERR_NOMEM;
    for (uint32_t s = 0; s < sources->n; s++) {
        const struct em_source_fact *fact =
            em_source_fact(work->options->facts, sources->names[s]);
        if (fact && fact->expert[0])
            work->expert[s] = expert_number(names, fact->expert);
    }
    for (uint32_t i = 0; i < work->n; i++)
        if (work->samples[i].label > 0)
            windows[work->expert[work->samples[i].source]]++;
    for (uint32_t e = 1; e <= EM_EXPERTS_MAX; e++)
        if (windows[e] >= EXPERT_WINDOWS)
            renumbered[e] = (uint8_t)++n;
    for (uint32_t s = 0; s < sources->n; s++)
        work->expert[s] = renumbered[work->expert[s]];
    return em_experts_reserve(&work->model->experts, n);
}

static bool head_learns(const struct em_train_work *work, uint32_t head, uint32_t i)
{
    const struct em_sample *s = &work->samples[i];
    return head == 0 || s->label < 0 || work->expert[s->source] == head;
}

void em_train_costs(struct em_train_work *work, uint32_t head, const uint8_t *folds,
                    uint32_t fold)
{
    double total[2] = {0, 0};
    for (uint32_t i = 0; i < work->n; i++)
        if (head_learns(work, head, i))
            total[work->labels[i] > 0] += (double)work->weights[i];
    double more = total[1] > 0 ? total[0] / total[1] : 1;
    for (uint32_t i = 0; i < work->n; i++) {
        bool out = folds && folds[work->samples[i].source] == fold;
        double cost = (double)work->weights[i] * work->options->cost;
        cost *= work->labels[i] > 0 ? more : 1;
        work->costs[i] = out || !head_learns(work, head, i) ? 0 : (float)cost;
    }
}

void em_train_evidence(const struct em_train_work *work, uint32_t head, float bias,
                       const uint32_t *ids, const uint32_t *known, const uint32_t *fresh,
                       float *out)
{
    bool mean = work->options->norm == EM_MODEL_NORM_MEAN;
    double total = 0, all = 0;
    if (head > 0)
        out += EM_MODEL_EVIDENCE + (head - 1) * EM_EXPERT_EVIDENCE;
    for (uint32_t f = 0; f < EM_NGRAM_FAMILIES; f++) {
        double positive = 0, negative = 0, n = known[f] ? known[f] : 1;
        for (uint32_t k = 0; k < known[f]; k++) {
            double w = (double)work->ngrams[ids[k]];
            positive += w > 0 ? w : 0;
            negative += w < 0 ? -w : 0;
        }
        ids += known[f];
        all += known[f];
        total += positive - negative;
        n = mean ? n : sqrt(n);
        out[1 + f] = (float)(positive / n);
        out[1 + EM_NGRAM_FAMILIES + f] = (float)(negative / n);
        if (head == 0)
            out[1 + 2 * EM_NGRAM_FAMILIES + f] =
                fresh[f] ? (float)known[f] / (float)fresh[f] : 0;
    }
    all = all > 0 ? all : 1;
    out[0] = bias + (float)(total / (mean ? all : sqrt(all)));
}

/* Root mean square of how much 8 bits change a logit. */
static double rounding_error(const struct em_train_work *work, const int8_t *weights,
                             double scale)
{
    double error = 0;
    for (uint32_t i = 0; i < work->n; i++) {
        double exact = 0, sum = 0;
        for (uint64_t k = work->offsets[i]; k < work->offsets[i + 1]; k++) {
            exact += (double)work->ngrams[work->ids[k]];
            sum += weights[work->ids[k]];
        }
        double e = (sum * scale - exact) * (double)work->values[i];
        error += e * e;
    }
    return work->n ? sqrt(error / work->n) : 0;
}

void em_train_quantise(struct em_train_work *work, uint32_t head, float bias)
{
    enum { DIMENSIONS = 2 << EM_FEATURE_BITS };
    struct em_model *m = work->model;
    double square = 0, largest = 0;
    uint32_t used = 0;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        double w = fabs((double)work->ngrams[d]);
        square += w * w;
        used += w > 0;
        largest = w > largest ? w : largest;
    }
    double range = used ? QUANTISE_RANGE * sqrt(square / used) : 0;
    range = range > largest ? largest : range;
    double scale = range > 0 ? range / 127 : 1;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        if (!(d & EM_FEATURE_WAYS)) /* a tag */
            continue;
        double w = rint((double)work->ngrams[d] / scale);
        int8_t byte = (int8_t)(w > 127 ? 127 : w < -127 ? -127 : w);
        if (head > 0)
            m->experts.weights[em_expert_at(d) + head - 1] = byte;
        else
            m->weights[d] = byte;
    }
    if (head > 0) {
        m->experts.scale[head - 1] = (float)scale;
        m->experts.bias[head - 1] = bias;
        return;
    }
    m->scale = (float)scale;
    m->bias = bias;
    m->norm = work->options->norm;
    work->report->quantisation = rounding_error(work, m->weights, scale);
}
