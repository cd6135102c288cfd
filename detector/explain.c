/* SPDX-License-Identifier: Apache-2.0
 *
 * See explain.h. N-grams are found again from the tokens: ids alone do not say what they
 * were made from.
 */
#include "detector/explain.h"

#include "base/alloc.h"
#include "detector/detector_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* An n-gram of one window; later of the whole document. */
struct piece {
    uint32_t id, token; /* the last token of it */
    uint16_t window, count;
    uint8_t family;
    double log_odds;
};

static int by_id(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->window != y->window)
        return x->window < y->window ? -1 : 1;
    return (x->token > y->token) - (x->token < y->token);
}

static int by_weight(const void *a, const void *b)
{
    const struct em_evidence *x = a, *y = b;
    double p = fabs(x->log_odds), q = fabs(y->log_odds);
    if (p != q)
        return p < q ? 1 : -1;
    return strcmp(x->text, y->text);
}

static int piece_by_weight(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    double p = fabs(x->log_odds), q = fabs(y->log_odds);
    if (p != q)
        return p < q ? 1 : -1;
    return (x->token > y->token) - (x->token < y->token);
}

/* d(window logit) / d(input i) at `inputs`, for all inputs. */
static void explain_slopes(const struct em_model *m, const float *inputs, double *out)
{
    size_t n = em_model_inputs(m);
    for (size_t i = 0; i < n; i++)
        out[i] = m->hidden ? 0 : (double)m->w2[i];
    for (size_t h = 0; h < m->hidden; h++) {
        const float *row = m->w1 + h * n;
        float unit = m->b1[h];
        for (size_t i = 0; i < n; i++)
            unit += row[i] * inputs[i];
        for (size_t i = 0; unit > 0 && i < n; i++)
            out[i] += (double)m->w2[h] * (double)row[i];
    }
}

static double bin_slope(const struct em_model *m, uint32_t words)
{
    return em_model_calibrate(m, 1, words) - em_model_calibrate(m, 0, words);
}

struct explainer {
    const struct em_detector *d;
    struct piece *pieces;
    size_t n_pieces;
    double style[EM_MODEL_MAX_INPUTS]; /* log-odds of the inputs */
    double value[EM_MODEL_MAX_INPUTS]; /* of style features, as the features have them */
};

/* Log-odds of a weight of one in a window: through the n-gram logit, and through the sum of
 * its family and sign; of the common weights, then of each expert's. */
struct worth {
    double any, positive[EM_NGRAM_FAMILIES], negative[EM_NGRAM_FAMILIES];
};
struct worths {
    struct worth of[1 + EM_EXPERTS_MAX];
};

static double through(const struct em_model *m, const float *inputs, const double *slope,
                      size_t evidence, float weight, double n)
{
    size_t i = em_model_evidence_input(m, evidence);
    /* Beyond the clip a little more changes nothing. */
    if (i > 0 && fabsf(inputs[i]) >= EM_MODEL_CLIP)
        return 0;
    return slope[i] * (double)m->inv_sd[i] * (double)weight /
           (m->norm == EM_MODEL_NORM_MEAN ? n : sqrt(n));
}

static struct worths worth_of(const struct em_model *m, const struct em_window *window,
                              const float *inputs, const double *slope, double scale)
{
    struct worths worths;
    double ids = (double)(window->n_ids ? window->n_ids : 1);
    for (size_t head = 0; head <= m->experts.n; head++) {
        struct worth *own = &worths.of[head];
        float weight = head ? m->experts.scale[head - 1] : m->scale;
        size_t at = head ? EM_MODEL_EVIDENCE + (head - 1) * EM_EXPERT_EVIDENCE : 0;
        own->any = scale * through(m, inputs, slope, at, weight, ids);
        for (size_t f = 0; f < EM_NGRAM_FAMILIES; f++) {
            double n = window->known[f] ? window->known[f] : 1;
            size_t positive = at + 1 + f, negative = positive + EM_NGRAM_FAMILIES;
            own->positive[f] = scale * through(m, inputs, slope, positive, weight, n);
            own->negative[f] = scale * through(m, inputs, slope, negative, weight, n);
        }
    }
    return worths;
}

/* What the weights of a place are worth. */
static double place_log_odds(const struct em_model *m, const struct worths *worths,
                             uint32_t id, size_t family)
{
    const int8_t *own = m->experts.weights;
    double sum = 0;
    for (size_t head = 0; head <= m->experts.n; head++) {
        const struct worth *w = &worths->of[head];
        int weight = head ? own[em_expert_at(id) + head - 1] : m->weights[id];
        double sign = weight > 0 ? w->positive[family] : -w->negative[family];
        sum += (w->any + sign) * weight;
    }
    return sum;
}

/* Style and n-grams of window `w`, by its share of the words. */
static void add_window(struct explainer *e, size_t w)
{
    const struct em_features *f = e->d->features;
    const struct em_model *m = e->d->model;
    const struct em_window *window = &f->windows[w];
    float inputs[EM_MODEL_MAX_INPUTS], evidence[EM_MODEL_MAX_EVIDENCE];
    double slope[EM_MODEL_MAX_INPUTS];
    double share = (double)window->words / (e->d->words ? e->d->words : 1);
    double scale = share * bin_slope(m, e->d->words);
    em_model_evidence(m, window, evidence);
    em_model_standardise(m, evidence, window->style, window->words, inputs);
    explain_slopes(m, inputs, slope);
    for (size_t i = 1; i < em_model_inputs(m); i++) {
        e->style[i] += scale * slope[i] * (double)inputs[i];
        if (i <= m->n_style)
            e->value[i] += share * (double)window->style[i - 1];
    }
    struct worths each = worth_of(m, window, inputs, slope, scale);
    for (size_t i = f->first[w]; i < f->first[w + 1]; i++)
        for (int k = 0; k < EM_NGRAM_FAMILIES; k++) {
            enum em_ngram_family family = (enum em_ngram_family)k;
            if (i + 1 < f->first[w] + em_ngram_span(family))
                continue;
            uint32_t hash = em_ngram_hash(family, f->tokens.tokens, i);
            uint32_t id = em_ngram_place(m->tags, hash);
            double worth =
                id == EM_NGRAM_UNKNOWN ? 0 : place_log_odds(m, &each, id, (size_t)k);
            if (worth == 0)
                continue;
            e->pieces[e->n_pieces++] =
                (struct piece){id, (uint32_t)i, (uint16_t)w, 1, (uint8_t)k, worth};
        }
}

/* One piece for each id, in place: an id counts once a window. */
static void merge(struct explainer *e)
{
    size_t n = 0;
    qsort(e->pieces, e->n_pieces, sizeof(*e->pieces), by_id);
    for (size_t i = 0; i < e->n_pieces; i++) {
        struct piece p = e->pieces[i];
        if (n > 0 && e->pieces[n - 1].id == p.id) {
            if (e->pieces[n - 1].window != p.window) {
                e->pieces[n - 1].log_odds += p.log_odds;
                e->pieces[n - 1].window = p.window;
                e->pieces[n - 1].count++;
            }
            continue;
        }
        e->pieces[n++] = p;
    }
    e->n_pieces = n;
    qsort(e->pieces, n, sizeof(*e->pieces), piece_by_weight);
}

static void append(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;
    va_start(args, format);
    vsnprintf(out + used, size - used, format, args);
    va_end(args);
}

/* `pattern "of the ___ing"`, `words "delve into"`. */
static void explain_describe(const struct em_features *f, const struct piece *p,
                             char *out, size_t size)
{
    enum em_ngram_family family = (enum em_ngram_family)p->family;
    unsigned span = em_ngram_span(family);
    bool shape = family <= EM_NGRAM_SHAPE_4;
    snprintf(out, size, "%s \"",
             shape      ? span > 1 ? "pattern" : "form of word"
             : span > 1 ? "words"
                        : "word");
    for (size_t i = p->token + 1 - span; i <= p->token; i++) {
        const struct em_token *t = &f->tokens.tokens[i];
        const char *text = f->normal.text + t->start;
        const char *ending = em_token_ending(t->form & EM_FORM_ENDING);
        const char *gap = i > p->token + 1 - span ? " " : "";
        if (t->kind == EM_TOKEN_NUMBER)
            append(out, size, "%s#", gap);
        else if (shape && t->kind == EM_TOKEN_WORD && !(t->form & EM_FORM_KEPT))
            append(out, size, "%s%s%s", gap, t->form & EM_FORM_CAPITAL ? "A___" : "___",
                   ending);
        else
            append(out, size, "%s%.*s", gap, t->len < 30 ? t->len : 30, text);
    }
    append(out, size, "\"");
}

static void put_piece(const struct em_features *f, const struct piece *p,
                      struct em_evidence *out)
{
    const struct em_token *last = &f->tokens.tokens[p->token];
    unsigned span = em_ngram_span((enum em_ngram_family)p->family);
    const struct em_token *first = last + 1 - span;
    *out = (struct em_evidence){
        .kind = EM_EVIDENCE_NGRAM, .log_odds = p->log_odds, .count = p->count};
    out->start = em_normal_original(&f->normal, first->start);
    out->end = em_normal_original_end(&f->normal, last->start + last->len);
    explain_describe(f, p, out->text, sizeof(out->text));
}

static void put_style(const struct explainer *e, size_t input, struct em_evidence *out)
{
    const struct em_detector *d = e->d;
    const struct em_model *m = d->model;
    const char *name = em_model_input_name(m, input);
    *out = (struct em_evidence){.kind = EM_EVIDENCE_STYLE,
                                .log_odds = e->style[input],
                                .count = (uint32_t)d->features->n_windows,
                                .name = name ? name : "?"};
    if (input > m->n_style) {
        snprintf(out->text, sizeof(out->text), "%s", em_input_plain_name(out->name));
        return;
    }
    bool english = strcmp(m->lang, "en") == 0;
    out->meaning = em_style_meaning(input - 1, e->value[input], english);
    out->n_places =
        em_style_places(d->features, input - 1, out->places, EM_EVIDENCE_PLACES);
    if (out->n_places > 0) {
        out->start = out->places[0].start;
        out->end = out->places[0].end;
    }
    snprintf(out->text, sizeof(out->text), "%s", out->meaning.name);
}

/* Of one kind of leak the heaviest counts, the first of equals. */
static bool leak_counts(const struct em_detector *d, size_t i)
{
    for (size_t k = 0; k < d->n_found; k++) {
        bool heavier = d->found[k].log_odds > d->found[i].log_odds ||
                       (k < i && d->found[k].log_odds >= d->found[i].log_odds);
        if (k != i && heavier && strcmp(d->found[k].kind, d->found[i].kind) == 0)
            return false;
    }
    return true;
}

static size_t put_others(const struct explainer *e, struct em_evidence *out)
{
    const struct em_detector *d = e->d;
    size_t n = 0, inputs = em_model_inputs(d->model);
    for (size_t i = 1; d->scored && i < inputs; i++)
        /* The sums by family, and what the experts say, are told n-gram by n-gram. */
        if (i < em_model_evidence_input(d->model, 1) ||
            (i >= em_model_evidence_input(d->model, 1 + 2 * EM_NGRAM_FAMILIES) &&
             i < em_model_evidence_input(d->model, EM_MODEL_EVIDENCE)))
            put_style(e, i, &out[n++]);
    for (size_t i = 0; i < d->n_found; i++) {
        const struct em_leak *leak = &d->found[i];
        out[n] = (struct em_evidence){.kind = EM_EVIDENCE_LEAK,
                                      .log_odds =
                                          leak_counts(d, i) ? (double)leak->log_odds : 0,
                                      .start = leak->start,
                                      .end = leak->end,
                                      .count = 1};
        snprintf(out[n++].text, sizeof(out->text), "leak: %s", leak->kind);
    }
    return n;
}

/* Everything that weighs, listed or not. */
static double sum_all(const struct explainer *e, const struct em_evidence *others,
                      size_t n_others)
{
    double sum = 0;
    for (size_t i = 0; i < n_others; i++)
        sum += others[i].log_odds;
    for (size_t i = 0; i < e->n_pieces; i++)
        sum += e->pieces[i].log_odds;
    return sum;
}

enum em_status em_explain(const struct em_detector *detector, struct em_evidence *out,
                          size_t max, size_t *n, struct em_evidence_rest *rest)
{
    detector = detector->last;
    const struct em_features *f = detector->features;
    struct explainer e = {.d = detector};
    size_t tokens = detector->scored ? f->tokens.n : 0;
    size_t most = max + EM_MODEL_MAX_INPUTS + EM_MAX_LEAKS;
    struct em_evidence *all = em_calloc(most, sizeof(*all));
    *n = 0;
    e.pieces = em_calloc(tokens * EM_NGRAM_FAMILIES + 1, sizeof(*e.pieces));
    if (!all || !e.pieces) {
        em_free(all);
        em_free(e.pieces);
        return EM_ERR_NOMEM;
    }
    for (size_t w = 0; detector->scored && w < f->n_windows; w++)
        add_window(&e, w);
    merge(&e);
    size_t used = put_others(&e, all);
    double sum = sum_all(&e, all, used), listed = 0;
    size_t pieces = used + e.n_pieces;
    for (size_t i = 0; i < e.n_pieces && i < max; i++)
        put_piece(f, &e.pieces[i], &all[used++]);
    qsort(all, used, sizeof(*all), by_weight);
    *n = used < max ? used : max;
    memcpy(out, all, *n * sizeof(*all));
    for (size_t i = 0; i < *n; i++)
        listed += out[i].log_odds;
    if (rest)
        *rest = (struct em_evidence_rest){.start = detector->log_odds - sum,
                                          .lighter = sum - listed,
                                          .n_lighter = pieces - *n,
                                          .log_odds = detector->log_odds};
    em_free(all);
    em_free(e.pieces);
    return EM_OK;
}
