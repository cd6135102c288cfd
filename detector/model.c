/* SPDX-License-Identifier: Apache-2.0
 *
 * Models: arithmetic and checks (see model.h). The file format is in model_file.c.
 */
#include "detector/model.h"

#include "base/alloc.h"
#include "detector/model_int.h"
#include "detector/ngram.h"

#include <math.h>
#include <stdio.h>

enum em_status em_model_new(struct em_model **out)
{
    struct em_model *model = em_calloc(1, sizeof(*model));
    *out = NULL;
    if (!model)
        return EM_ERR_NOMEM;
    model->tags = em_calloc_large(EM_DICTIONARY_BYTES);
    model->weights = (int8_t *)model->tags;
    if (!model->tags) {
        em_model_free(model);
        return EM_ERR_NOMEM;
    }
    model->features_version = EM_FEATURES_VERSION;
    model->prior_ppm = 500000;
    *out = model;
    return EM_OK;
}

void em_model_free(struct em_model *model)
{
    if (!model)
        return;
    em_model_free(model->next);
    em_free(model->vocabulary);
    em_free(model->tags);
    em_free(model->w1);
    em_free(model->anchor_words);
    em_free(model->anchors);
    em_writers_release(&model->writers);
    em_experts_release(&model->experts);
    em_model_drop_block(model);
    em_free(model->provenance);
    em_free(model);
}

void em_model_add(struct em_model *model, struct em_model *other)
{
    while (model->next)
        model = model->next;
    model->next = other;
}

const char *em_model_name(const struct em_model *model)
{
    return model->name;
}

const char *em_model_id(const struct em_model *model)
{
    return model->id[0] ? model->id : model->name;
}

void em_model_ids(const struct em_model *model, char out[EM_MODEL_IDS])
{
    size_t n = 0;
    out[0] = '\0';
    for (; model && n < EM_MODEL_IDS; model = model->next)
        n += (size_t)snprintf(out + n, EM_MODEL_IDS - n, "%s%s", n ? "+" : "",
                              em_model_id(model));
}

void em_model_drop_block(struct em_model *model)
{
    if (model->block)
        em_calibration_release(model->block);
    em_free(model->block);
    model->block = NULL;
}

enum em_status em_model_new_block(struct em_model *model, struct em_calibration **out)
{
    *out = model->block ? model->block : em_calloc(1, sizeof(**out));
    if (!*out)
        return EM_ERR_NOMEM;
    if (model->block)
        em_calibration_release(model->block);
    model->block = *out;
    em_calibration_init(model->block);
    return EM_OK;
}

const char *em_model_lang(const struct em_model *model)
{
    return model->lang;
}

static enum em_status set_text(char **text, size_t *len, struct em_view value, size_t max)
{
    if (value.len > max)
        return EM_ERR_LIMIT;
    char *copy = em_strndup(value.data ? value.data : "", value.len);
    if (!copy)
        return EM_ERR_NOMEM;
    em_free(*text);
    *text = copy;
    *len = value.len;
    return EM_OK;
}

enum em_status em_model_set_vocabulary(struct em_model *model, struct em_view text)
{
    return set_text(&model->vocabulary, &model->vocabulary_len, text,
                    EM_MODEL_MAX_VOCABULARY);
}

enum em_status em_model_set_provenance(struct em_model *model, struct em_view text)
{
    return set_text(&model->provenance, &model->provenance_len, text,
                    EM_MODEL_MAX_PROVENANCE);
}

enum em_status em_model_set_anchors(struct em_model *model, uint32_t n)
{
    size_t units = n ? (size_t)n * model->hidden : 1;
    uint32_t *words = em_calloc(n ? n : 1, sizeof(*words));
    uint8_t *anchors = em_calloc(units, sizeof(*anchors));
    if (!words || !anchors) {
        em_free(words);
        em_free(anchors);
        return EM_ERR_NOMEM;
    }
    em_free(model->anchor_words);
    em_free(model->anchors);
    model->anchor_words = words;
    model->anchors = anchors;
    model->n_anchors = n;
    return EM_OK;
}

enum em_status em_model_set_hidden(struct em_model *model, uint32_t hidden)
{
    if (hidden > EM_MODEL_MAX_HIDDEN || model->n_style > EM_MODEL_MAX_STYLE)
        return EM_ERR_LIMIT;
    float *w1 = NULL;
    if (hidden > 0) {
        w1 = em_calloc(hidden * em_model_inputs(model), sizeof(*w1));
        if (!w1)
            return EM_ERR_NOMEM;
    }
    em_free(model->w1);
    model->w1 = w1;
    model->hidden = hidden;
    return EM_OK;
}

static bool printable(const char *text, size_t size)
{
    size_t n = strnlen(text, size);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20)
            return false;
    return n > 0 && n < size;
}

static bool finite_all(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

static enum em_status model_bad(struct em_err *err, const char *what)
{
    return em_fail(err, EM_ERR_FORMAT, "model", "model: %s out of range", what);
}

static enum em_status validate_stack(const struct em_model *model, struct em_err *err)
{
    if (model->n_style > EM_MODEL_MAX_STYLE || model->hidden > EM_MODEL_MAX_HIDDEN)
        return model_bad(err, "size of the stack");
    size_t inputs = em_model_inputs(model);
    if (model->n_style != em_style_count())
        return em_fail(err, EM_ERR_VERSION, "model",
                       "model: has %u style features, this program computes %zu",
                       (unsigned)model->n_style, em_style_count());
    if (!finite_all(model->mean, inputs) || !finite_all(model->inv_sd, inputs) ||
        !finite_all(model->b1, model->hidden) ||
        !finite_all(model->w2, model->hidden ? model->hidden : inputs) ||
        !isfinite(model->b2) || !isfinite(model->scale) || !isfinite(model->bias))
        return model_bad(err, "a weight");
    if (model->hidden && (!model->w1 || !finite_all(model->w1, model->hidden * inputs)))
        return model_bad(err, "a weight");
    return EM_OK;
}

static enum em_status validate_anchors(const struct em_model *model, struct em_err *err)
{
    if (model->n_anchors > EM_MODEL_MAX_ANCHORS ||
        (model->n_anchors > 0 && model->hidden == 0))
        return model_bad(err, "number of anchors");
    for (size_t h = 0; model->n_anchors > 0 && h < model->hidden; h++)
        if (!(model->anchor_scale[h] >= 0) || !isfinite(model->anchor_scale[h]))
            return model_bad(err, "an anchor's scale");
    return EM_OK;
}

static enum em_status validate_experts(const struct em_model *model, struct em_err *err)
{
    const struct em_experts *x = &model->experts;
    if (x->n > EM_EXPERTS_MAX || !finite_all(x->scale, x->n) ||
        !finite_all(x->bias, x->n) || (x->n && !x->weights))
        return model_bad(err, "an expert's weight");
    return EM_OK;
}

static enum em_status validate_writers(const struct em_model *model, struct em_err *err)
{
    const struct em_writers *w = &model->writers;
    if (w->n == 1 || w->n > EM_WRITERS_MAX || w->n_rows > EM_WRITERS_NGRAMS)
        return model_bad(err, "number of families of models");
    if (w->n == 0)
        return EM_OK;
    for (uint32_t f = 0; f < w->n; f++)
        if (!em_writers_proper_name(w->names[f]))
            return model_bad(err, "a family's name");
    if (!finite_all(w->bias, w->n) || !isfinite(w->scale) ||
        !finite_all(w->sharpness, EM_WRITERS_BINS))
        return model_bad(err, "a family's weight");
    return EM_OK;
}

static enum em_status validate_calibration(const struct em_model *model,
                                           struct em_err *err)
{
    if (model->n_bins < 1 || model->n_bins > EM_MODEL_MAX_BINS)
        return model_bad(err, "number of length bins");
    for (size_t i = 0; i < model->n_bins; i++) {
        const struct em_model_bin *bin = &model->bins[i];
        if (!isfinite(bin->slope) || !isfinite(bin->intercept) || bin->slope < 0 ||
            (i > 0 && bin->max_words <= bin[-1].max_words))
            return model_bad(err, "a length bin");
    }
    if (model->n_thresholds < 1 || model->n_thresholds > EM_MODEL_MAX_THRESHOLDS)
        return model_bad(err, "number of thresholds");
    for (size_t i = 0; i < model->n_thresholds; i++) {
        const struct em_model_threshold *t = &model->thresholds[i];
        if (!(t->fpr > 0 && t->fpr < 1) || !isfinite(t->log_odds) ||
            !(t->fpr_low >= 0 && t->fpr_high <= 1) || !(t->fpr_low <= t->fpr_high) ||
            (i > 0 && !(t->fpr < t[-1].fpr)) || !memchr(t->measured, 0, 256))
            return model_bad(err, "a threshold");
    }
    return EM_OK;
}

enum em_status em_model_validate(const struct em_model *model, struct em_err *err)
{
    if (model->features_version < EM_FEATURES_OLDEST ||
        model->features_version > EM_FEATURES_VERSION)
        return em_fail(err, EM_ERR_VERSION, "model",
                       "model: made for version %u of the features, this program has %d",
                       (unsigned)model->features_version, EM_FEATURES_VERSION);
    if (!printable(model->name, sizeof(model->name)) ||
        !printable(model->lang, sizeof(model->lang)))
        return model_bad(err, "name or language");
    if (model->words_per_window < 20 || model->words_per_window > 100000)
        return model_bad(err, "words per window");
    if (model->min_words > 100000)
        return model_bad(err, "minimum of words");
    if (!isfinite(model->human_below) || model->prior_ppm < 1 ||
        model->prior_ppm > 999999 || model->norm >= EM_MODEL_NORM_COUNT)
        return model_bad(err, "a setting");
    if (model->vocabulary_len > EM_MODEL_MAX_VOCABULARY ||
        model->provenance_len > EM_MODEL_MAX_PROVENANCE)
        return model_bad(err, "length of a text");
    EM_TRY(validate_experts(model, err));
    EM_TRY(validate_stack(model, err));
    EM_TRY(validate_anchors(model, err));
    EM_TRY(validate_writers(model, err));
    return validate_calibration(model, err);
}

uint32_t em_model_learn(struct em_model *model, uint32_t hash)
{
    uint32_t place = em_ngram_place(model->tags, hash), bucket = em_feature_bucket(hash);
    for (uint32_t i = 0; i < EM_FEATURE_WAYS && place == EM_NGRAM_UNKNOWN; i++)
        if (model->tags[bucket + i] == 0) {
            place = bucket + EM_FEATURE_WAYS + i;
            model->tags[bucket + i] = em_feature_tag(hash);
        }
    return place;
}

static float per(const struct em_model *model, float scale, uint32_t n)
{
    if (n == 0)
        return 0;
    return scale / (model->norm == EM_MODEL_NORM_MEAN ? (float)n : sqrtf((float)n));
}

static void expert_evidence(const struct em_model *model, const struct em_window *window,
                            float *out)
{
    const struct em_experts *experts = &model->experts;
    const uint32_t *ids = window->ids;
    int32_t total[EM_EXPERT_LANES] = {0};
    for (size_t f = 0; f < EM_FEATURE_FAMILIES; f++) {
        uint32_t n = window->known[f];
        struct em_expert_sums s;
        em_experts_weigh(experts->weights, ids, n, &s);
        ids += n;
        for (size_t e = 0; e < experts->n; e++) {
            float *own = out + e * EM_EXPERT_EVIDENCE + 1,
                  each = per(model, experts->scale[e], n);
            total[e] += s.sum[e];
            own[f] = (float)((s.size[e] + s.sum[e]) / 2) * each;
            own[EM_FEATURE_FAMILIES + f] = (float)((s.size[e] - s.sum[e]) / 2) * each;
        }
    }
    for (size_t e = 0; e < experts->n; e++)
        out[e * EM_EXPERT_EVIDENCE] =
            experts->bias[e] +
            (float)total[e] * per(model, experts->scale[e], (uint32_t)window->n_ids);
}

void em_model_evidence(const struct em_model *model, const struct em_window *window,
                       float *out)
{
    const uint32_t *ids = window->ids;
    float *positive = out + 1, *negative = positive + EM_FEATURE_FAMILIES,
          *known = negative + EM_FEATURE_FAMILIES;
    int32_t total = 0;
    for (size_t f = 0; f < EM_FEATURE_FAMILIES; f++) {
        uint32_t n = window->known[f];
        struct em_weight_sums s = em_weigh(model->weights, ids, n);
        ids += n;
        total += s.sum;
        positive[f] = (float)((s.size + s.sum) / 2) * per(model, model->scale, n);
        negative[f] = (float)((s.size - s.sum) / 2) * per(model, model->scale, n);
        known[f] = window->fresh[f] ? (float)n / (float)window->fresh[f] : 0;
    }
    out[0] =
        model->bias + (float)total * per(model, model->scale, (uint32_t)window->n_ids);
    if (model->experts.n)
        expert_evidence(model, window, out + EM_MODEL_EVIDENCE);
}

const char *em_model_input_name(const struct em_model *model, size_t input)
{
#define X(name, text, span, value) "positive " text " " #span,
    static const char *const positive[] = {EM_NGRAM_LIST(X)};
#undef X
#define X(name, text, span, value) "negative " text " " #span,
    static const char *const negative[] = {EM_NGRAM_LIST(X)};
#undef X
#define X(name, text, span, value) "known " text " " #span,
    static const char *const known[] = {EM_NGRAM_LIST(X)};
#undef X
    static const char *const *const groups[] = {positive, negative, known};
    if (input == 0)
        return "n-grams";
    if (input <= model->n_style)
        return em_style_name(input - 1);
    if (input == model->n_style + 1u)
        return "length";
    size_t i = input - model->n_style - 2;
    if (i / EM_FEATURE_FAMILIES < 3)
        return groups[i / EM_FEATURE_FAMILIES][i % EM_FEATURE_FAMILIES];
    i -= 3 * EM_FEATURE_FAMILIES;
    return i / EM_EXPERT_EVIDENCE < model->experts.n
               ? em_expert_input_name(i / EM_EXPERT_EVIDENCE, i % EM_EXPERT_EVIDENCE)
               : NULL;
}

void em_model_standardise(const struct em_model *model, const float *evidence,
                          const float *style, uint32_t words, float *out)
{
    size_t n = model->n_style, inputs = em_model_inputs(model);
    out[0] = (evidence[0] - model->mean[0]) * model->inv_sd[0];
    memcpy(out + 1, style, n * sizeof(*style));
    out[n + 1] = logf((float)(words ? words : 1));
    memcpy(out + n + 2, evidence + 1,
           (em_model_evidence_size(model) - 1) * sizeof(*evidence));
    for (size_t i = 1; i < inputs; i++) {
        float x = (out[i] - model->mean[i]) * model->inv_sd[i];
        x = x > EM_MODEL_CLIP ? EM_MODEL_CLIP : x;
        out[i] = x < -EM_MODEL_CLIP ? -EM_MODEL_CLIP : x;
    }
}

/* Sums of floats may not be reordered, so one unit alone is a chain of additions, each
 * waiting for the last; eight side by side are eight chains. The order within each is the
 * same for any number, and with it every bit. */
enum { UNITS_AT_ONCE = 8 };

static inline void hidden_units(const struct em_model *model, size_t first, size_t many,
                                const float *inputs, float *units)
{
    size_t n = em_model_inputs(model);
    const float *rows = model->w1 + first * n;
    for (size_t k = 0; k < many; k++)
        units[k] = model->b1[first + k];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < many; k++)
            units[k] += rows[k * n + i] * inputs[i];
}

float em_model_unit(const struct em_model *model, size_t unit, const float *inputs)
{
    float sum;
    hidden_units(model, unit, 1, inputs, &sum);
    return sum > 0 ? sum : 0;
}

float em_model_stack(const struct em_model *model, const float *inputs)
{
    size_t n = em_model_inputs(model);
    float sum = model->b2;
    if (model->hidden == 0) {
        for (size_t i = 0; i < n; i++)
            sum += model->w2[i] * inputs[i];
        return sum;
    }
    for (size_t h = 0; h < model->hidden; h += UNITS_AT_ONCE) {
        size_t many = model->hidden - h;
        float units[UNITS_AT_ONCE];
        many = many < UNITS_AT_ONCE ? many : UNITS_AT_ONCE;
        if (many == UNITS_AT_ONCE)
            hidden_units(model, h, UNITS_AT_ONCE, inputs, units);
        else
            hidden_units(model, h, many, inputs, units);
        for (size_t k = 0; k < many; k++)
            if (units[k] > 0)
                sum += model->w2[h + k] * units[k];
    }
    return sum;
}

float em_model_window_logit(const struct em_model *model, const struct em_window *window)
{
    float inputs[EM_MODEL_MAX_INPUTS], evidence[EM_MODEL_MAX_EVIDENCE];
    em_model_evidence(model, window, evidence);
    em_model_standardise(model, evidence, window->style, window->words, inputs);
    return em_model_stack(model, inputs);
}

double em_model_calibrate(const struct em_model *model, double logit, uint32_t words)
{
    size_t i = 0;
    while (i + 1 < model->n_bins && words > model->bins[i].max_words)
        i++;
    return (double)model->bins[i].slope * logit + (double)model->bins[i].intercept;
}
