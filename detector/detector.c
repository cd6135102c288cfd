/* SPDX-License-Identifier: Apache-2.0
 *
 * From a document to its verdict:
 *
 *     text -> tokens -> leaks
 *                    -> without what stood before (repeats.h)
 *                    -> too short, another language, not prose: the style signal abstains
 *                    -> windows -> logits -> mean -> calibrated log-odds
 *     log-odds of style + log-odds of leaks -> threshold -> verdict
 *
 * The threshold is compared with log-odds under the prior the model was calibrated for:
 * its false-positive rate was measured so. Another prior moves the score alone.
 */
#include "detector/detector_int.h"
#include "detector/edited.h"
#include "detector/lines.h"
#include "detector/model_int.h"

#include "base/alloc.h"
#include "base/words.h"

#include <math.h>

/* Language unknown: English text has 60 % and more of its words among the most frequent
 * 2,000, other languages below 25 %. */
#define KEPT_MIN 0.40
/* Outside what was measured: fewer words than this share of tokens, or more words than this
 * a sentence. Prose has 0.8 to 0.9, and 12 to 30. */
#define WORD_SHARE_MIN     0.55
#define SENTENCE_WORDS_MAX 150
/* Or so many of its words in lines of code, of a table, of figures (lines.h). Of 7,167 human
 * and 10,446 machine texts of dev, 2026 pages and recipes .35 and .43 % have more: answers that are
 * code or sums, guides to functions. */
#define CODE_SHARE_MAX 0.5
/* Whoever identified the language saw other letters, in one word of so many. */
#define DISGUISED_EVERY 8u
/* Leaks alone make a machine verdict from here on, whatever the threshold. */
#define LEAKS_ALONE 3.0

static double probability(double log_odds)
{
    return 1 / (1 + exp(-log_odds));
}

static double log_odds_of(double p)
{
    return log(p / (1 - p));
}

/* A model that was added and cannot tell the rate takes the next lower one that it has: it
 * flags no more than was asked for. */
static struct em_detect_options options_for(const struct em_model *model,
                                            const struct em_detect_options *options)
{
    struct em_detect_options own = *options;
    struct em_model_threshold t;
    if (em_model_threshold_at(model, own.fpr, &t, NULL) == EM_OK)
        return own;
    for (uint32_t i = 0; i < model->n_thresholds; i++) { /* they fall */
        own.fpr = model->thresholds[i].fpr;
        if (own.fpr <= options->fpr)
            break;
    }
    return own;
}

enum em_status em_detector_new(struct em_detector **out, const struct em_model *model,
                               const struct em_detect_options *options,
                               struct em_err *err)
{
    *out = NULL;
    double prior = options->prior > 0 ? options->prior : 0.5;
    if (!(prior > 0 && prior < 1))
        return em_fail(err, EM_ERR_USAGE, "detector", "a prior is between 0 and 1");
    if (!(options->fpr >= 0 && options->fpr < 1))
        return em_fail(err, EM_ERR_USAGE, "detector",
                       "a false-positive rate is between 0 and 1");
    struct em_detector *d = em_calloc(1, sizeof(*d));
    if (!d)
        return em_fail(err, EM_ERR_NOMEM, "detector", "out of memory");
    d->model = model;
    d->last = d;
    d->options = *options;
    d->prior_shift = 0;
    em_spans_init(&d->chain);
    d->spans_model = em_spans_model_for(model->lang);
    if (options->prior > 0)
        d->prior_shift = log_odds_of(prior) - log_odds_of(model->prior_ppm / 1e6);
    struct em_view vocabulary = {model->vocabulary, model->vocabulary_len};
    enum em_status status =
        em_model_threshold_at(model, options->fpr, &d->threshold, err);
    if (status >= 0)
        status = em_features_new(&d->features, model->lang, vocabulary,
                                 em_model_dictionary(model), err);
    if (status >= 0)
        d->features->cut = options->spans;
    if (status >= 0 && (status = em_leaks_new(&d->leaks)) < 0)
        em_fail(err, status, "detector", "out of memory");
    if (status >= 0 && (status = em_model_pack(model, &d->packed)) < 0)
        em_fail(err, status, "detector", "out of memory");
    if (status >= 0 && model->next) {
        const struct em_detect_options other = options_for(model->next, options);
        status = em_detector_new(&d->next, model->next, &other, err);
    }
    if (status < 0) {
        em_detector_free(d);
        return status;
    }
    *out = d;
    return EM_OK;
}

void em_detector_free(struct em_detector *detector)
{
    if (!detector)
        return;
    em_detector_free(detector->next);
    em_features_free(detector->features);
    em_leaks_free(detector->leaks);
    em_free(detector->packed);
    em_free(detector->logits);
    em_spans_release(&detector->chain);
    em_free(detector);
}

/* "en", "en-GB" and "EN" are the model's "en". */
static bool same_language(struct em_view lang, const char *model)
{
    size_t n = strlen(model);
    return lang.len >= n && em_view_ieq(em_view_sub(lang, 0, n), em_view_of(model)) &&
           (lang.len == n || lang.data[n] == '-' || lang.data[n] == '_');
}

static enum em_abstain abstains(const struct em_detector *d, const struct em_doc *doc)
{
    const struct em_model *m = d->model;
    const struct em_tokens *t = &d->features->tokens;
    uint32_t words = t->words - t->numbers;
    bool own = same_language(doc->lang, m->lang);
    bool unknown =
        doc->lang.len == 0 || em_view_eq(doc->lang, EM_VIEW("un")) ||
        (!own && em_normal_disguised(&d->features->normal) * DISGUISED_EVERY >= words);
    double kept = words ? (double)t->kept / words : 0;
    if (!unknown && !own)
        return EM_ABSTAIN_LANGUAGE;
    if (t->words < m->min_words || words == 0)
        return EM_ABSTAIN_TOO_SHORT;
    if (unknown && m->vocabulary_len > 0 && kept < KEPT_MIN)
        return EM_ABSTAIN_LANGUAGE;
    if (words < WORD_SHARE_MIN * (double)t->n ||
        words > SENTENCE_WORDS_MAX * (t->stops + 1))
        return EM_ABSTAIN_NOT_PROSE;
    /* Signs that stand for letters are no code. */
    bool plain = em_normal_disguised(&d->features->normal) * DISGUISED_EVERY < words;
    if (plain && em_lines_code_share(doc->text) > CODE_SHARE_MAX)
        return EM_ABSTAIN_NOT_PROSE;
    return EM_ABSTAIN_NONE;
}

/* Calibrated log-odds by style alone, under the model's own prior. */
static enum em_status score_style(struct em_detector *d, double *log_odds)
{
    struct em_features *f = d->features;
    double sum = 0;
    uint32_t words = 0;
    EM_TRY(em_features_windows(f, d->model->words_per_window));
    if (f->n_windows > d->cap_logits) {
        void *grown = em_realloc_array(d->logits, f->n_windows, sizeof(*d->logits));
        if (!grown)
            return EM_ERR_NOMEM;
        d->logits = grown;
        d->cap_logits = f->n_windows;
    }
    for (size_t i = 0; i < f->n_windows; i++) {
        d->logits[i] = em_model_window_logit_packed(d->model, d->packed, &f->windows[i]);
        sum += (double)d->logits[i] * f->windows[i].words;
        words += f->windows[i].words;
    }
    d->words = words;
    *log_odds = em_model_calibrate(d->model, sum / (words ? words : 1), words);
    return EM_OK;
}

/* Sums of the weights of the pieces of window w, from d->chain.pieces[at] on. */
static void sum_pieces(struct em_detector *d, size_t w, size_t at, size_t n)
{
    const struct em_features *f = d->features;
    const int8_t *weights = d->model->weights;
    const uint32_t *ids = f->windows[w].ids;
    for (size_t family = 0; family < EM_FEATURE_FAMILIES; family++)
        for (size_t i = at; i < at + n; i++) {
            uint32_t known = f->parts[i].known[family];
            struct em_weight_sums sums = em_weigh(weights, ids, known);
            ids += known;
            d->chain.pieces[i].sum += sums.sum * (double)d->model->scale;
        }
}

/* What the windows say by themselves, each spread over its pieces: how much more than the
 * whole, with a model whose sums are known; else all there is. */
static void spread_windows(struct em_detector *d, double style)
{
    const struct em_features *f = d->features;
    for (size_t i = 0; i < f->n_pieces; i++) {
        const struct em_piece *piece = &f->pieces[i];
        const struct em_window *w = &f->windows[piece->window];
        double own =
            em_model_calibrate(d->model, (double)d->logits[piece->window], w->words);
        double share = (double)piece->words / (w->words ? w->words : 1);
        d->chain.pieces[i].offset = d->spans_model->local * share * (own - style);
    }
}

/* The piece that has the token. */
static size_t piece_of(const struct em_features *f, uint32_t token)
{
    size_t low = 0, high = f->n_pieces ? f->n_pieces - 1 : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->pieces[middle].end <= token)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Words and bytes of each piece; what was said again counts for the share where it stood
 * first. */
static void measure_pieces(struct em_detector *d)
{
    const struct em_features *f = d->features;
    struct em_spans_piece *pieces = d->chain.pieces;
    uint32_t token = 0;
    for (size_t i = 0; i < f->n_pieces; i++) {
        const struct em_token *first = &f->tokens.tokens[token];
        const struct em_token *last = &f->tokens.tokens[f->pieces[i].end - 1];
        token = f->pieces[i].end;
        pieces[i] =
            (struct em_spans_piece){.words = f->pieces[i].words ? f->pieces[i].words : 1,
                                    .bytes = last->start + last->len - first->start};
    }
    for (size_t i = 0; i < f->repeats.n; i++) {
        const struct em_repeat *repeat = &f->repeats.found[i];
        size_t around = piece_of(f, repeat->at), begin = 0;
        if (around > 0)
            begin = f->pieces[around - 1].end;
        if (repeat->at > begin && repeat->at < f->pieces[around].end)
            pieces[around].bytes -= repeat->end - repeat->start;
        pieces[piece_of(f, repeat->first)].bytes += repeat->end - repeat->start;
    }
}

/* `style`: log-odds by style alone. */
static enum em_status run_chain(struct em_detector *d, double style)
{
    const struct em_features *f = d->features;
    EM_TRY(em_spans_reserve(&d->chain, f->n_pieces));
    d->chain.n = f->n_pieces;
    measure_pieces(d);
    for (size_t w = 0, at = 0; w < f->n_windows; w++) {
        size_t n = 0;
        while (at + n < f->n_pieces && f->pieces[at + n].window == w)
            n++;
        sum_pieces(d, w, at, n);
        at += n;
    }
    spread_windows(d, style);
    em_spans_run(&d->chain, d->spans_model, style);
    return EM_OK;
}

/* A piece, or a passage that repeats one: bytes of the normalised text. */
struct stretch {
    uint32_t start, end;
    double posterior, words;
};

/* How far the walk through both has come. */
struct walk {
    size_t piece, repeat;
};

static struct stretch next_stretch(const struct em_detector *d, struct walk *walk)
{
    const struct em_features *f = d->features;
    uint32_t begin = walk->piece ? f->pieces[walk->piece - 1].end : 0;
    if (walk->repeat < f->repeats.n &&
        (walk->piece == d->chain.n || f->repeats.found[walk->repeat].at <= begin)) {
        const struct em_repeat *repeat = &f->repeats.found[walk->repeat++];
        size_t source = piece_of(f, repeat->first);
        return (struct stretch){repeat->start, repeat->end,
                                (double)d->chain.posterior[source], repeat->words};
    }
    const struct em_token *first = &f->tokens.tokens[begin];
    const struct em_token *last = &f->tokens.tokens[f->pieces[walk->piece].end - 1];
    struct stretch stretch = {first->start, last->start + last->len,
                              (double)d->chain.posterior[walk->piece],
                              d->chain.pieces[walk->piece].words};
    walk->piece++;
    return stretch;
}

/* Runs of pieces that are more likely than not machine-written; where the document is not
 * judged so, only sure ones. */
static size_t find_spans(struct em_detector *d, bool machine)
{
    const struct em_features *f = d->features;
    double least = machine ? 0 : d->spans_model->least, sum = 0, words = 0;
    struct walk walk = {0, 0};
    uint32_t start = 0, end = 0;
    size_t n = 0, left = d->chain.n + (d->chain.n ? f->repeats.n : 0);
    for (bool more = left > 0; more && n < EM_MAX_SPANS;) {
        more = left-- > 0;
        struct stretch s = {0, 0, 0, 0};
        if (more)
            s = next_stretch(d, &walk);
        if (s.posterior >= 0.5) {
            start = words > 0 ? start : s.start;
            end = words > 0 && end > s.end ? end : s.end;
            sum += s.posterior * s.words;
            words += s.words;
            continue;
        }
        if (words > 0 && sum >= least * words)
            d->spans[n++] =
                (struct em_span){.start = em_normal_original(&f->normal, start),
                                 .end = em_normal_original_end(&f->normal, end),
                                 .score = (float)(sum / words)};
        sum = words = 0;
    }
    return n;
}

static enum em_verdict_kind decide(const struct em_detector *d, double log_odds,
                                   double threshold)
{
    if (log_odds >= threshold)
        return EM_VERDICT_MACHINE;
    if (log_odds < (double)d->model->human_below)
        return EM_VERDICT_HUMAN;
    return EM_VERDICT_UNSURE;
}

static void say_families(const struct em_detector *d, struct em_verdict *verdict)
{
    const struct em_writers *w = &d->model->writers;
    double probabilities[EM_WRITERS_MAX];
    if (w->n == 0)
        return;
    em_writers_judge(d->model, d->features->windows, d->features->n_windows,
                     probabilities);
    verdict->n_families = w->n;
    for (uint32_t f = 0; f < w->n; f++)
        verdict->families[f] = (struct em_family){w->names[f], probabilities[f]};
}

static enum em_status detect(struct em_detector *d, const struct em_doc *doc,
                             struct em_verdict *verdict, struct em_err *err)
{
    *verdict = (struct em_verdict){
        .kind = EM_VERDICT_ABSTAIN,
        .recorded = EM_VERDICT_ABSTAIN,
        .style = -1,
        .raw_style = -1,
        .model = em_model_id(d->model),
        .leaks = d->found,
        .spans = d->spans,
        .share = -1,
        .edited = -1,
    };
    d->scored = false;
    d->log_odds = 0;
    d->words = 0;
    enum em_status status = em_features_tokens(d->features, doc->text);
    if (status < 0)
        return em_fail(err, status, "detector", "out of memory");
    d->n_found = em_leaks_find(d->leaks, &d->features->normal, &d->features->tokens,
                               doc->text, doc->published, d->found, EM_MAX_LEAKS);
    d->n_found = em_leaks_add_link(d->leaks, doc, d->found, d->n_found, EM_MAX_LEAKS);
    d->n_found = em_leaks_add_markdown(doc, d->found, d->n_found, EM_MAX_LEAKS);
    double own = em_model_default_threshold(d->model)->log_odds;
    double style = 0, leaks = em_leaks_log_odds(d->found, d->n_found);
    verdict->n_leaks = d->n_found;
    status = em_features_distinct(d->features);
    if (status < 0)
        return em_fail(err, status, "detector", "out of memory");
    verdict->words = doc->words ? doc->words : em_words_of(doc->text);
    verdict->scored = d->features->tokens.words;
    if (d->options.leaks_only)
        return EM_OK;
    verdict->abstain = abstains(d, doc);
    if (verdict->abstain == EM_ABSTAIN_NONE) {
        status = score_style(d, &style);
        if (status < 0)
            return em_fail(err, status, "detector", "out of memory");
        d->scored = true;
        verdict->scored = d->words;
        verdict->style = probability(style + d->prior_shift);
        verdict->edited = em_edited(d->model->lang, style);
        verdict->raw_style = probability(style);
        verdict->kind = decide(d, style + leaks, d->threshold.log_odds);
        verdict->recorded = decide(d, style + leaks, own);
        if (verdict->kind == EM_VERDICT_MACHINE)
            say_families(d, verdict);
        if (d->options.spans && (status = run_chain(d, style)) < 0)
            return em_fail(err, status, "detector", "out of memory");
        if (d->options.spans) {
            verdict->n_spans = find_spans(d, verdict->kind == EM_VERDICT_MACHINE);
            verdict->share = d->chain.share;
            verdict->share_error = d->chain.share_error;
        }
    } else if (leaks >= LEAKS_ALONE) {
        if (leaks >= own)
            verdict->recorded = EM_VERDICT_MACHINE;
        if (leaks >= d->threshold.log_odds) {
            verdict->kind = EM_VERDICT_MACHINE;
            verdict->abstain = EM_ABSTAIN_NONE;
        }
    }
    verdict->raw_log_odds = style + leaks;
    verdict->log_odds = style + leaks + d->prior_shift;
    verdict->score = probability(verdict->log_odds);
    d->log_odds = verdict->log_odds;
    return EM_OK;
}

enum em_status em_detect(struct em_detector *detector, const struct em_doc *doc,
                         struct em_verdict *verdict, struct em_err *err)
{
    struct em_detector *own = detector;
    while (own && !same_language(doc->lang, own->model->lang))
        own = own->next;
    detector->last = own ? own : detector;
    return detect(own ? own : detector, doc, verdict, err);
}

const struct em_model_threshold *em_detector_threshold(const struct em_detector *detector)
{
    return &detector->last->threshold;
}

const struct em_model *em_detector_model(const struct em_detector *detector)
{
    return detector->last->model;
}
