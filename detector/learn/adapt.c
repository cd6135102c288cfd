/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/adapt.h"

#include "base/alloc.h"
#include "detector/learn/calibrate.h"

#include <math.h>
#include <string.h>

/* Fewer human texts cannot show a rate of 1 %. */
enum { LEAST = 100, LEAST_FOR_0_1 = 1000, ROUNDS = 50 };

/* Keeps the system solvable where no text of a slice switches a unit on. */
#define RIDGE 1e-6

struct text {
    bool anchor;   /* of the model, not of the slice */
    double margin; /* calibrated log-odds less the threshold */
    double slope;  /* of log-odds over the mean logit */
    int8_t label;
    double *units; /* activations, their mean over the windows by words */
};

struct slice {
    const struct em_model *model;
    struct text *texts;
    double *units; /* n x hidden */
    size_t n, hidden;
};

/* --- texts to activations ------------------------------------------------------------- */

static double bin_slope(const struct em_model *m, uint32_t words)
{
    return em_model_calibrate(m, 1, words) - em_model_calibrate(m, 0, words);
}

static enum em_status adapt_measure(struct slice *s, struct em_features *features,
                                    const struct em_example *e, bool *kept)
{
    const struct em_model *m = s->model;
    const struct em_window *windows;
    struct text *t = &s->texts[s->n];
    size_t n;
    double logit = 0, words = 0;
    *t = (struct text){.label = e->label, .units = s->units + s->n * s->hidden};
    memset(t->units, 0, s->hidden * sizeof(*t->units));
    EM_TRY(em_features_run(features, em_view_make(e->text, e->len), m->words_per_window,
                           &windows, &n));
    for (size_t i = 0; i < n; i++) {
        float inputs[EM_MODEL_MAX_INPUTS], evidence[EM_MODEL_MAX_EVIDENCE];
        double weight = windows[i].words;
        em_model_evidence(m, &windows[i], evidence);
        em_model_standardise(m, evidence, windows[i].style, windows[i].words, inputs);
        for (size_t h = 0; h < s->hidden; h++) {
            double unit = (double)em_model_unit(m, h, inputs);
            t->units[h] += weight * unit;
        }
        logit += weight * (double)em_model_stack(m, inputs);
        words += weight;
    }
    *kept = words >= m->min_words && words > 0;
    if (!*kept)
        return EM_OK;
    for (size_t h = 0; h < s->hidden; h++)
        t->units[h] /= words;
    t->slope = bin_slope(m, (uint32_t)words);
    t->margin = em_model_calibrate(m, logit / words, (uint32_t)words) -
                em_model_default_threshold(m)->log_odds;
    s->n++;
    return EM_OK;
}

/* Machine text that the model brings along. */
static void add_anchors(struct slice *s)
{
    const struct em_model *m = s->model;
    for (uint32_t i = 0; i < m->n_anchors; i++) {
        struct text *t = &s->texts[s->n];
        uint32_t words = m->anchor_words[i];
        double logit = (double)m->b2;
        *t = (struct text){
            .anchor = true, .label = 1, .units = s->units + s->n * s->hidden};
        for (size_t h = 0; h < s->hidden; h++) {
            t->units[h] = (double)m->anchors[(size_t)i * s->hidden + h] *
                          (double)m->anchor_scale[h];
            logit += t->units[h] * (double)m->w2[h];
        }
        t->slope = bin_slope(m, words);
        t->margin =
            em_model_calibrate(m, logit, words) - em_model_default_threshold(m)->log_odds;
        s->n++;
    }
}

/* --- the solver ------------------------------------------------------------------------ */

/* Of which texts: all, or those whose number has this parity. */
enum part { EVEN, ODD, ALL };

static bool in_part(size_t i, enum part part)
{
    return part == ALL || (i & 1) == (size_t)part;
}

static double moved(const struct slice *s, const struct text *t, const double *d)
{
    double sum = 0;
    for (size_t h = 0; h < s->hidden; h++)
        sum += d[h] * t->units[h];
    return t->margin + t->slope * sum;
}

/* Each class has half of the weight where there are both. */
static void class_weights(const struct slice *s, enum part part, double weights[2])
{
    size_t count[2] = {0, 0};
    for (size_t i = 0; i < s->n; i++)
        if (in_part(i, part))
            count[s->texts[i].label > 0]++;
    double classes = (count[0] > 0) + (count[1] > 0);
    for (int c = 0; c < 2; c++)
        weights[c] = count[c] ? 1 / (classes * (double)count[c]) : 0;
}

static void penalty(const struct slice *s, enum part part, double pull, double *own)
{
    double n = 0;
    memset(own, 0, s->hidden * sizeof(*own));
    for (size_t i = 0; i < s->n; i++) {
        if (!in_part(i, part))
            continue;
        n++;
        for (size_t h = 0; h < s->hidden; h++)
            own[h] += s->texts[i].units[h] * s->texts[i].units[h];
    }
    for (size_t h = 0; h < s->hidden; h++)
        own[h] = pull * own[h] / (n > 0 ? n : 1) + RIDGE;
}

/* Solves a x = b in place (b becomes x), a symmetric and positive definite. */
static void cholesky_solve(double *a, double *b, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t k = 0; k < j; k++)
            for (size_t i = j; i < n; i++)
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
        double root = sqrt(a[j * n + j] > 0 ? a[j * n + j] : RIDGE);
        for (size_t i = j; i < n; i++)
            a[i * n + j] /= root;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
}

/* Gradient and curvature at d. */
static void adapt_slopes(const struct slice *s, enum part part, const double weights[2],
                         const double *own, const double *d, double *g, double *a)
{
    size_t n = s->hidden;
    memset(a, 0, n * n * sizeof(*a));
    for (size_t h = 0; h < n; h++) {
        g[h] = own[h] * d[h];
        a[h * n + h] = own[h];
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct text *t = &s->texts[i];
        if (!in_part(i, part))
            continue;
        int machine = t->label > 0;
        double p = 1 / (1 + exp(-moved(s, t, d)));
        double e = weights[machine] * (p - machine) * t->slope;
        double c = weights[machine] * p * (1 - p) * t->slope * t->slope;
        for (size_t h = 0; h < n; h++) {
            g[h] += e * t->units[h];
            for (size_t k = 0; k <= h; k++)
                a[h * n + k] += c * t->units[h] * t->units[k];
        }
    }
}

/* d: hidden values, the solution; room: hidden * (hidden + 2). */
static void adapt_solve(const struct slice *s, enum part part, double pull, double *d,
                        double *room)
{
    size_t n = s->hidden;
    double weights[2], *own = room, *g = room + n, *a = room + 2 * n;
    memset(d, 0, n * sizeof(*d));
    class_weights(s, part, weights);
    penalty(s, part, pull, own);
    for (int round = 0; round < ROUNDS; round++) {
        double size = 0;
        adapt_slopes(s, part, weights, own, d, g, a);
        cholesky_solve(a, g, n);
        for (size_t h = 0; h < n; h++)
            size += fabs(g[h]);
        double scale = size > 1 ? 1 / size : 1; /* Newton overshoots on a flat loss */
        for (size_t h = 0; h < n; h++)
            d[h] -= scale * g[h];
        if (size < 1e-9)
            break;
    }
}

/* --- cross-fitting ----------------------------------------------------------------------- */

static enum em_adapt_kind kind_of(const struct text *t)
{
    return t->anchor      ? EM_ADAPT_ANCHORS
           : t->label > 0 ? EM_ADAPT_MACHINE
                          : EM_ADAPT_HUMAN;
}

/* Margins of the texts of one half, as the model adapted to the other half has them. */
static void cross_fit(const struct slice *s, double pull, double *margins, double *d,
                      double *room)
{
    for (int half = EVEN; half <= ODD; half++) {
        adapt_solve(s, half == EVEN ? ODD : EVEN, pull, d, room);
        for (size_t i = 0; i < s->n; i++)
            if (in_part(i, (enum part)half))
                margins[i] = moved(s, &s->texts[i], d);
    }
}

static void count_above(const struct slice *s, const double *margins, double threshold,
                        double shares[EM_ADAPT_KINDS])
{
    double n[EM_ADAPT_KINDS] = {0}, above[EM_ADAPT_KINDS] = {0};
    for (size_t i = 0; i < s->n; i++) {
        enum em_adapt_kind kind = kind_of(&s->texts[i]);
        n[kind]++;
        above[kind] += (margins ? margins[i] : s->texts[i].margin) >= threshold;
    }
    for (int k = 0; k < EM_ADAPT_KINDS; k++)
        shares[k] = n[k] > 0 ? above[k] / n[k] : (double)NAN;
}

/* Thresholds of the adapted model from its cross-fitted margins. */
static enum em_status set_thresholds(struct em_model *model, const struct slice *s,
                                     const double *margins, const char *measured,
                                     struct em_adapt_report *report, struct em_err *err)
{
    static const double rates[] = {0.05, 0.01, 0.001};
    double old = em_model_default_threshold(model)->log_odds;
    double *scores = em_malloc(s->n * sizeof(*scores));
    size_t n = 0;
    if (!scores)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < s->n; i++)
        if (kind_of(&s->texts[i]) == EM_ADAPT_HUMAN)
            scores[n++] = margins[i] + old;
    count_above(s, NULL, 0, report->before);
    struct em_model_threshold kept[EM_MODEL_MAX_THRESHOLDS];
    uint32_t n_kept = model->n_thresholds;
    memcpy(kept, model->thresholds, sizeof(kept));
    enum em_status status = em_calibrate_own(model, scores, n, rates,
                                             n >= LEAST_FOR_0_1 ? 3 : 2, measured, err);
    if (status == EM_OK)
        count_above(s, margins, em_model_default_threshold(model)->log_odds - old,
                    report->after);
    if (status != EM_OK) {
        memcpy(model->thresholds, kept, sizeof(kept));
        model->n_thresholds = n_kept;
    }
    em_free(scores);
    return status;
}

static enum em_status adapt_gather(struct slice *s, const struct em_examples *examples,
                                   struct em_adapt_report *report, struct em_err *err)
{
    const struct em_model *m = s->model;
    struct em_features *features;
    struct em_view words = {m->vocabulary, m->vocabulary_len};
    EM_TRY(em_features_new(&features, m->lang, words, em_model_dictionary(m), err));
    enum em_status status = EM_OK;
    for (size_t i = 0; i < examples->n && status == EM_OK; i++) {
        bool kept;
        status = adapt_measure(s, features, &examples->items[i], &kept);
        if (status == EM_OK && kept)
            report->texts[examples->items[i].label > 0]++;
        else
            report->too_short++;
    }
    em_features_free(features);
    if (status == EM_OK && report->texts[EM_ADAPT_HUMAN] < LEAST)
        return em_fail(err, EM_ERR_USAGE, "adapt",
                       "%u human texts of at least %u words: %d are needed",
                       (unsigned)report->texts[EM_ADAPT_HUMAN], (unsigned)m->min_words,
                       LEAST);
    if (status == EM_OK && report->texts[EM_ADAPT_MACHINE] == 0 && m->n_anchors == 0)
        return em_fail(err, EM_ERR_USAGE, "adapt",
                       "machine texts are needed as well: the model brings none along");
    return status;
}

enum em_status em_adapt(struct em_model *model, const struct em_examples *examples,
                        double pull, const char *measured, struct em_adapt_report *report,
                        struct em_err *err)
{
    struct slice s = {.model = model, .hidden = model->hidden};
    size_t n = examples->n + model->n_anchors + 1;
    *report = (struct em_adapt_report){.too_short = 0};
    if (model->hidden == 0)
        return em_fail(err, EM_ERR_USAGE, "adapt", "the model has no hidden units");
    s.texts = em_malloc(n * sizeof(*s.texts));
    s.units = em_malloc(n * s.hidden * sizeof(*s.units));
    double *d = em_malloc(s.hidden * (s.hidden + 3) * sizeof(*d));
    double *margins = em_malloc(n * sizeof(*margins));
    enum em_status status = s.texts && s.units && d && margins ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK)
        status = adapt_gather(&s, examples, report, err);
    if (status == EM_OK) {
        add_anchors(&s);
        report->texts[EM_ADAPT_ANCHORS] = model->n_anchors;
        cross_fit(&s, pull, margins, d, d + s.hidden);
        adapt_solve(&s, ALL, pull, d, d + s.hidden);
        status = set_thresholds(model, &s, margins, measured, report, err);
    }
    for (size_t h = 0; status == EM_OK && h < s.hidden; h++)
        model->w2[h] += (float)d[h];
    em_free(margins);
    em_free(d);
    em_free(s.units);
    em_free(s.texts);
    return status;
}
