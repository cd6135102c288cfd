/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/calibrate.h"

#include "base/alloc.h"
#include "detector/learn/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length bins of calibration, by words: those that eval reports. */
static const uint32_t bin_words[] = {EM_SHORT_WORDS, 150, 300, UINT32_MAX};
static const double rates[] = {0.05, 0.01, 0.001};

enum { BINS = sizeof(bin_words) / sizeof(bin_words[0]), RATES = 3 };

/* A source with fewer human texts says too little of its register. */
enum { LEAST = 50, RESAMPLES = 500 };

/* A bin is drawn towards the fit of all lengths as if it had that share of the weight
 * more: bins with few sources would else follow them. */
#define PULL 0.02

/* Verdict "human": below it at least this share of a half-and-half mixture is human. */
#define HUMAN_LOG_ODDS -1.0986f /* ln(1/3): probability 0.25 */
/* Where it is known which machine text is recent, the word is earned: at most this share of
 * it, on average over its sources, is below. Sources unseen fare worse; at most 3 % of theirs
 * is to be called human. */
#define HUMAN_HIDES   0.02
#define HUMAN_HIGHEST 0.0 /* more likely machine than human is never called human */

void em_calibrate_platt(const double *logits, const int8_t *labels, const double *weights,
                        size_t n, double pull, double *slope, double *intercept)
{
    double a0 = *slope, b0 = *intercept, a = a0, b = b0;
    for (int round = 0; round < 100; round++) {
        double ga = pull * (a - a0), gb = pull * (b - b0);
        double haa = pull + 1e-9, hbb = pull + 1e-9, hab = 0;
        for (size_t i = 0; i < n; i++) {
            double p = 1 / (1 + exp(-(a * logits[i] + b)));
            double e = weights[i] * (p - (labels[i] > 0 ? 1 : 0));
            double h = weights[i] * p * (1 - p);
            ga += e * logits[i];
            gb += e;
            haa += h * logits[i] * logits[i];
            hab += h * logits[i];
            hbb += h;
        }
        double det = haa * hbb - hab * hab;
        if (!(det > 0))
            break;
        double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det;
        double size = fabs(da) + fabs(db);
        double scale = size > 1 ? 1 / size : 1; /* Newton overshoots on a flat loss */
        a -= scale * da;
        b -= scale * db;
        if (size < 1e-9)
            break;
    }
    *slope = a > 0 ? a : 0;
    *intercept = b;
}

struct work {
    double *logits, *weights;
    int8_t *labels;
    uint32_t *counts; /* by source and class */
    struct em_sourced *humans;
};

static void work_free(struct work *w)
{
    em_free(w->logits);
    em_free(w->weights);
    em_free(w->labels);
    em_free(w->counts);
    em_free(w->humans);
}

static enum em_status work_new(struct work *w, size_t n, uint32_t n_sources)
{
    size_t room = n ? n : 1;
    *w = (struct work){
        .logits = em_malloc(room * sizeof(double)),
        .weights = em_malloc(room * sizeof(double)),
        .labels = em_malloc(room),
        .counts = em_calloc(2 * (size_t)(n_sources ? n_sources : 1), sizeof(uint32_t)),
        .humans = em_malloc(room * sizeof(struct em_sourced)),
    };
    if (w->logits && w->weights && w->labels && w->counts && w->humans)
        return EM_OK;
    work_free(w);
    return EM_ERR_NOMEM;
}

/* Texts with lo < words <= hi, weighted so that each source of a class counts the same and
 * each class has half of the weight of 1. Returns how many; 0 when a class is missing. */
static size_t gather(struct work *w, const struct em_held_out *texts, size_t n,
                     uint32_t n_sources, uint32_t lo, uint32_t hi)
{
    size_t kept = 0;
    uint32_t sources[2] = {0, 0};
    memset(w->counts, 0, 2 * (size_t)n_sources * sizeof(uint32_t));
    for (size_t i = 0; i < n; i++)
        if (!texts[i].old && texts[i].words > lo && texts[i].words <= hi)
            w->counts[2 * texts[i].source + (texts[i].label > 0)]++;
    for (uint32_t s = 0; s < 2 * n_sources; s++)
        sources[s & 1] += w->counts[s] > 0;
    if (!sources[0] || !sources[1])
        return 0;
    for (size_t i = 0; i < n; i++) {
        const struct em_held_out *t = &texts[i];
        if (t->old || t->words <= lo || t->words > hi)
            continue;
        int machine = t->label > 0;
        w->logits[kept] = t->logit;
        w->labels[kept] = t->label;
        w->weights[kept++] =
            0.5 / sources[machine] / w->counts[2 * t->source + (uint32_t)machine];
    }
    return kept;
}

static enum em_status set_bins(struct em_model *model, struct work *w,
                               const struct em_held_out *texts, size_t n,
                               uint32_t n_sources, struct em_err *err)
{
    double slope = 1, intercept = 0;
    size_t kept = gather(w, texts, n, n_sources, 0, UINT32_MAX);
    if (kept == 0)
        return em_fail(err, EM_ERR_FORMAT, "calibrate",
                       "calibration needs texts of both classes");
    em_calibrate_platt(w->logits, w->labels, w->weights, kept, 1e-6, &slope, &intercept);
    model->n_bins = BINS;
    for (size_t b = 0; b < BINS; b++) {
        double a = slope, c = intercept;
        kept = gather(w, texts, n, n_sources, b ? bin_words[b - 1] : 0, bin_words[b]);
        em_calibrate_platt(w->logits, w->labels, w->weights, kept, PULL, &a, &c);
        model->bins[b] = (struct em_model_bin){bin_words[b], (float)a, (float)c};
    }
    return EM_OK;
}

/* A rate is promised for sources that nobody has seen, and the recipe was chosen on the sources
 * measured here: so, from STRICT_RATE up, the mean over sources is kept at UNSEEN_RATE of the
 * rate, and no source may be surely (by the lower end of its exact interval) above twice the
 * rate. The worst source does not count: one with some labels wrong would decide alone (a
 * hundredth of it flagged uses up ten times a rate of 0.1 %). */
#define UNSEEN_RATE 0.3
#define STRICT_RATE 0.005
#define EACH_RATE   2

/* The source of which most is flagged at `threshold`; UINT32_MAX where there are fewer than
 * five, of which none can be spared. */
static enum em_status worst_source(const struct em_sourced *texts, size_t n,
                                   uint32_t n_sources, double threshold, uint32_t *worst)
{
    uint32_t *counts = em_calloc(2 * (size_t)n_sources + 1, sizeof(*counts)), used = 0;
    *worst = UINT32_MAX;
    if (!counts)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        counts[2 * texts[i].source]++;
        counts[2 * texts[i].source + 1] += texts[i].score >= threshold;
    }
    double most = 0;
    for (uint32_t s = 0; s < n_sources; s++) {
        double share = counts[2 * s] ? (double)counts[2 * s + 1] / counts[2 * s] : 0;
        used += counts[2 * s] >= LEAST;
        if (counts[2 * s] >= LEAST && share > most) {
            most = share;
            *worst = s;
        }
    }
    em_free(counts);
    if (used < 5)
        *worst = UINT32_MAX;
    return EM_OK;
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* How many of `n` texts may be flagged before the rate is surely above `rate`. */
static size_t most_flagged(size_t n, double rate)
{
    size_t k = (size_t)(rate * (double)n);
    while (k + 1 < n && em_metric_rate(k + 1, n).low <= rate)
        k++;
    return k;
}

/* Raises *log_odds until no source but `without` is surely above `rate`. */
static enum em_status hold_each(const struct em_sourced *texts, size_t n,
                                uint32_t n_sources, uint32_t without, double rate,
                                double *log_odds)
{
    double *scores = em_malloc((n ? n : 1) * sizeof(*scores));
    if (!scores)
        return EM_ERR_NOMEM;
    for (uint32_t s = 0; s < n_sources; s++) {
        size_t many = 0;
        for (size_t i = 0; i < n; i++)
            if (texts[i].source == s)
                scores[many++] = texts[i].score;
        if (s == without || many < LEAST)
            continue;
        qsort(scores, many, sizeof(*scores), descending);
        double first = scores[most_flagged(many, rate)]; /* that may not be flagged */
        if (*log_odds <= first)
            *log_odds = nextafter(first, INFINITY);
    }
    em_free(scores);
    return EM_OK;
}

/* The lowest threshold at which the mean over sources is at most `mean` and no source surely
 * above `each`, the worst one not counted. NaN where no source has enough texts. */
static enum em_status threshold_at(const struct em_sourced *texts, size_t n,
                                   uint32_t n_sources, double rate, double mean,
                                   double each, uint32_t *without, double *log_odds)
{
    *without = UINT32_MAX;
    EM_TRY(em_metric_threshold(texts, n, n_sources, LEAST, UINT32_MAX, rate, log_odds));
    if (isnan(*log_odds))
        return EM_OK;
    EM_TRY(worst_source(texts, n, n_sources, *log_odds, without));
    if (*without == UINT32_MAX) /* somebody's own texts, which are not of all kinds */
        return EM_OK;
    EM_TRY(em_metric_threshold(texts, n, n_sources, LEAST, *without, mean, log_odds));
    return each > 0 ? hold_each(texts, n, n_sources, *without, each, log_odds) : EM_OK;
}

/* The human texts' log-odds go into w->humans; how many there are. */
static size_t gather_humans(const struct em_model *model, struct work *w,
                            const struct em_held_out *texts, size_t n)
{
    size_t humans = 0;
    for (size_t i = 0; i < n; i++)
        if (texts[i].label < 0 && texts[i].words >= model->min_words)
            w->humans[humans++] = (struct em_sourced){
                em_model_calibrate(model, texts[i].logit, texts[i].words),
                texts[i].source};
    return humans;
}

static enum em_status set_thresholds(struct em_model *model, struct work *w,
                                     const struct em_held_out *texts, size_t n,
                                     uint32_t n_sources, const char *measured,
                                     uint64_t seed, struct em_err *err)
{
    size_t humans = gather_humans(model, w, texts, n);
    model->n_thresholds = 0;
    for (size_t k = 0; k < RATES; k++) {
        struct em_model_threshold *t = &model->thresholds[k];
        struct em_interval share;
        double log_odds;
        uint32_t without;
        bool strict = rates[k] >= STRICT_RATE;
        EM_TRY(threshold_at(w->humans, humans, n_sources, rates[k],
                            strict ? UNSEEN_RATE * rates[k] : rates[k],
                            strict ? EACH_RATE * rates[k] : 0, &without, &log_odds));
        if (isnan(log_odds))
            return em_fail(err, EM_ERR_FORMAT, "calibrate",
                           "thresholds need a source with at least %d human texts of %u "
                           "words or more",
                           LEAST, (unsigned)model->min_words);
        if (k > 0 && log_odds < t[-1].log_odds)
            log_odds = t[-1].log_odds;
        EM_TRY(em_metric_mean_share(w->humans, humans, n_sources, LEAST, log_odds,
                                    RESAMPLES, seed, &share, &t->n_sources));
        t->fpr = rates[k];
        t->log_odds = log_odds;
        t->fpr_low = share.low;
        t->fpr_high = share.high;
        t->n_human = (uint32_t)humans;
        snprintf(t->measured, sizeof(t->measured), "%s%s", measured,
                 without == UINT32_MAX ? "" : "; the worst source excluded");
        model->n_thresholds++;
    }
    double top = model->thresholds[0].log_odds;
    model->human_below = top < (double)HUMAN_LOG_ODDS ? (float)top : HUMAN_LOG_ODDS;
    return EM_OK;
}

/* Sources of fewer recent texts say too little. */
enum { HUMAN_LEAST = 20 };

static enum em_status set_human_below(struct em_model *model, struct work *w,
                                      const struct em_held_out *texts, size_t n,
                                      uint32_t n_sources)
{
    size_t kept = 0;
    double least;
    for (size_t i = 0; i < n; i++)
        if (texts[i].label > 0 && texts[i].recent && texts[i].words >= model->min_words)
            w->humans[kept++] = (struct em_sourced){
                -em_model_calibrate(model, texts[i].logit, texts[i].words),
                texts[i].source};
    EM_TRY(em_metric_threshold(w->humans, kept, n_sources, HUMAN_LEAST, UINT32_MAX,
                               HUMAN_HIDES, &least));
    if (isnan(least))
        return EM_OK;
    double below = -least, top = model->thresholds[0].log_odds;
    below = below > HUMAN_HIGHEST ? HUMAN_HIGHEST : below;
    model->human_below = (float)(below > top ? top : below);
    return EM_OK;
}

enum em_status em_calibrate(struct em_model *model, const struct em_held_out *texts,
                            size_t n, uint32_t n_sources, const char *measured,
                            uint64_t seed, struct em_err *err)
{
    struct work w;
    EM_TRY(work_new(&w, n, n_sources));
    enum em_status status = set_bins(model, &w, texts, n, n_sources, err);
    if (status == EM_OK)
        status = set_thresholds(model, &w, texts, n, n_sources, measured, seed, err);
    if (status == EM_OK)
        status = set_human_below(model, &w, texts, n, n_sources);
    work_free(&w);
    return status;
}

/* --- short texts ------------------------------------------------------------------------- */

/* Length bins after the short ones, and what is left of the correction in each. */
static const struct {
    uint32_t max_words;
    double share;
} fading[] = {{EM_SHORT_WORDS, 1}, {90, 0.75}, {100, 0.5}, {110, 0.25}};

enum { FADES = sizeof(fading) / sizeof(fading[0]) };

/* The bins that begin after the last step keep what they were fitted to; those that end
 * before it are cut into steps, each drawn towards `around`. */
static void draw_short(struct em_model *model, double around, double factor)
{
    struct em_model_bin old[EM_MODEL_MAX_BINS];
    size_t n_old = model->n_bins, n = 0, from = 0;
    memcpy(old, model->bins, sizeof(old));
    for (size_t k = 0; k < FADES; k++) {
        while (from + 1 < n_old && old[from].max_words < fading[k].max_words)
            from++;
        double pull = 1 - fading[k].share * (1 - factor);
        model->bins[n++] = (struct em_model_bin){
            fading[k].max_words, (float)(pull * (double)old[from].slope),
            (float)(around + pull * ((double)old[from].intercept - around))};
    }
    for (size_t b = 0; b < n_old; b++)
        if (old[b].max_words > fading[FADES - 1].max_words)
            model->bins[n++] = old[b];
    model->n_bins = (uint32_t)n;
}

/* By how much scores of short texts must shrink towards `around` for the threshold to stand
 * where the pieces keep the rate; 1: they do already, or are too few to tell. */
static enum em_status short_factor(const struct em_model *model, struct work *w,
                                   const struct em_held_out_set *pieces, double around,
                                   double *factor)
{
    const struct em_model_threshold *t = em_model_default_threshold(model);
    size_t humans = gather_humans(model, w, pieces->items, pieces->n);
    uint32_t without;
    double needed;
    *factor = 1;
    EM_TRY(threshold_at(w->humans, humans, pieces->n_sources, t->fpr, t->fpr,
                        EACH_RATE * t->fpr, &without, &needed));
    if (!isnan(needed) && needed > t->log_odds && t->log_odds > around)
        *factor = (t->log_odds - around) / (needed - around);
    return EM_OK;
}

static enum em_status measure_again(struct em_model *model, struct work *w,
                                    const struct em_held_out_set *texts, uint64_t seed)
{
    size_t humans = gather_humans(model, w, texts->items, texts->n);
    for (size_t k = 0; k < model->n_thresholds; k++) {
        struct em_model_threshold *t = &model->thresholds[k];
        struct em_interval share;
        EM_TRY(em_metric_mean_share(w->humans, humans, texts->n_sources, LEAST,
                                    t->log_odds, RESAMPLES, seed, &share, &t->n_sources));
        t->fpr_low = share.low;
        t->fpr_high = share.high;
    }
    return EM_OK;
}

enum em_status em_calibrate_short(struct em_model *model,
                                  const struct em_held_out_set *texts,
                                  const struct em_held_out_set *pieces, uint64_t seed)
{
    struct work w;
    double around = (double)model->human_below, factor;
    size_t most = texts->n > pieces->n ? texts->n : pieces->n;
    EM_TRY(work_new(&w, most, texts->n_sources));
    enum em_status status = short_factor(model, &w, pieces, around, &factor);
    if (status == EM_OK && factor < 1) {
        draw_short(model, around, factor);
        status = measure_again(model, &w, texts, seed);
    }
    work_free(&w);
    return status;
}

enum em_status em_calibrate_thresholds(struct em_model *model,
                                       const struct em_held_out *texts, size_t n,
                                       uint32_t n_sources, const char *measured,
                                       uint64_t seed, struct em_err *err)
{
    struct work w;
    EM_TRY(work_new(&w, n, n_sources));
    enum em_status status =
        set_thresholds(model, &w, texts, n, n_sources, measured, seed, err);
    work_free(&w);
    return status;
}

enum em_status em_calibrate_own(struct em_model *model, const double *scores, size_t n,
                                const double *wanted, size_t n_rates,
                                const char *measured, struct em_err *err)
{
    struct em_sourced *texts = em_malloc((n ? n : 1) * sizeof(*texts));
    if (!texts)
        return EM_ERR_NOMEM;
    enum em_status status = EM_OK;
    for (size_t i = 0; i < n; i++)
        texts[i] = (struct em_sourced){scores[i], 0};
    model->n_thresholds = 0;
    for (size_t k = 0; k < n_rates && status == EM_OK; k++) {
        struct em_model_threshold *t = &model->thresholds[k];
        uint64_t above = 0;
        if (wanted[k] * (double)n < 1) {
            status = em_fail(err, EM_ERR_LIMIT, "calibrate",
                             "%zu texts cannot show a rate of %g%%: at least %.0f are "
                             "needed, and three times as many to claim it",
                             n, 100 * wanted[k], ceil(1 / wanted[k]));
            break;
        }
        status = em_metric_threshold(texts, n, 1, 1, UINT32_MAX, wanted[k], &t->log_odds);
        if (status == EM_OK && k > 0 && t->log_odds < t[-1].log_odds)
            t->log_odds = t[-1].log_odds;
        for (size_t i = 0; i < n; i++)
            above += scores[i] >= t->log_odds;
        struct em_interval share = em_metric_rate(above, n);
        t->fpr = wanted[k];
        t->fpr_low = share.low;
        t->fpr_high = share.high;
        t->n_human = (uint32_t)n;
        t->n_sources = 1;
        snprintf(t->measured, sizeof(t->measured), "%s", measured);
        model->n_thresholds++;
    }
    em_free(texts);
    if (status == EM_OK && n_rates > 0 &&
        model->thresholds[0].log_odds < (double)model->human_below)
        model->human_below = (float)model->thresholds[0].log_odds;
    return status;
}
