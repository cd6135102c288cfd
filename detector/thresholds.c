/* SPDX-License-Identifier: Apache-2.0
 *
 * A threshold for any rate. The model's own ones were set by a rule (how much stricter than
 * measured, so that unseen kinds of text keep to the rate); between two of them the share
 * measured goes from the one's to the other's, evenly in logarithms, and the threshold is
 * where the block's human texts have that share. So a lower rate never has a lower threshold,
 * and the rule is kept whatever it was.
 */
#include "detector/model.h"

#include <math.h>
#include <stdio.h>

const struct em_model_threshold *em_model_default_threshold(const struct em_model *model)
{
    const struct em_model_threshold *best = NULL;
    double distance = INFINITY;
    for (size_t i = 0; i < model->n_thresholds; i++) {
        double d = fabs(log(model->thresholds[i].fpr / 0.01));
        if (d < distance) {
            distance = d;
            best = &model->thresholds[i];
        }
    }
    return best;
}

static const struct em_model_threshold *threshold_own(const struct em_model *m,
                                                      double fpr)
{
    for (size_t i = 0; i < m->n_thresholds; i++)
        if (fabs(m->thresholds[i].fpr / fpr - 1) < 1e-6)
            return &m->thresholds[i];
    return NULL;
}

/* Share of the block's human texts that one of the model's own thresholds flags; half a text
 * where it flags none. */
static double threshold_share(const struct em_model *m,
                              const struct em_model_threshold *t)
{
    struct em_measured_rate rate;
    em_calibration_rate_at(m->block, t->log_odds, &rate);
    double least = rate.texts ? 0.5 / (double)rate.texts : 0;
    return rate.share > least ? rate.share : least;
}

/* The share that the threshold for `fpr` is to have, by the own ones beside it. */
static double threshold_target(const struct em_model *m, double fpr,
                               const struct em_model_threshold **above,
                               const struct em_model_threshold **below)
{
    *above = *below = NULL;
    for (size_t i = 0; i < m->n_thresholds; i++) {
        if (m->thresholds[i].fpr > fpr)
            *above = &m->thresholds[i];
        else if (!*below)
            *below = &m->thresholds[i];
    }
    if (!*above || !*below) {
        const struct em_model_threshold *t = *above ? *above : *below;
        return threshold_share(m, t) * fpr / t->fpr;
    }
    double from = log(threshold_share(m, *above)), to = log(threshold_share(m, *below));
    double way = log(fpr / (*above)->fpr) / log((*below)->fpr / (*above)->fpr);
    return exp(from + way * (to - from));
}

static enum em_status threshold_refuse(const struct em_model *m, double fpr,
                                       struct em_err *err)
{
    char own[160] = "";
    size_t n = 0;
    for (size_t i = 0; i < m->n_thresholds && n < sizeof(own); i++)
        n += (size_t)snprintf(own + n, sizeof(own) - n, "%s%g%%", i ? ", " : "",
                              100 * m->thresholds[i].fpr);
    if (!m->block)
        return em_fail(err, EM_ERR_USAGE, "model",
                       "a rate of %g%%: model %s has thresholds for %s, and no scores of "
                       "human text to set others by",
                       100 * fpr, em_model_id(m), own);
    if (fpr < EM_CALIBRATION_LEAST_RATE || fpr > EM_CALIBRATION_MOST_RATE)
        return em_fail(err, EM_ERR_USAGE, "model",
                       "a rate of %g%%: rates from %g%% to %g%% are possible", 100 * fpr,
                       100 * EM_CALIBRATION_LEAST_RATE, 100 * EM_CALIBRATION_MOST_RATE);
    return em_fail(
        err, EM_ERR_USAGE, "model",
        "a rate of %g%%: too few human texts were measured for model %s to set "
        "it; it has %s",
        100 * fpr, em_model_id(m), own);
}

enum em_status em_model_threshold_at(const struct em_model *m, double fpr,
                                     struct em_model_threshold *out, struct em_err *err)
{
    const struct em_model_threshold *own =
        fpr > 0 ? threshold_own(m, fpr) : em_model_default_threshold(m);
    const struct em_model_threshold *above, *below;
    struct em_measured_rate rate;
    if (own) {
        *out = *own;
        return EM_OK;
    }
    if (!(fpr >= EM_CALIBRATION_LEAST_RATE && fpr <= EM_CALIBRATION_MOST_RATE) ||
        !m->block || m->n_thresholds == 0)
        return threshold_refuse(m, fpr, err);
    double share = threshold_target(m, fpr, &above, &below);
    double at = em_calibration_log_odds_for(m->block, share);
    if (isnan(at))
        return threshold_refuse(m, fpr, err);
    if (above && at < above->log_odds)
        at = above->log_odds;
    if (below && at > below->log_odds)
        at = below->log_odds;
    em_calibration_rate_at(m->block, at, &rate);
    if (isnan(rate.share))
        return threshold_refuse(m, fpr, err);
    *out = (struct em_model_threshold){.fpr = fpr,
                                       .log_odds = at,
                                       .fpr_low = rate.low,
                                       .fpr_high = rate.high,
                                       .n_human = (uint32_t)rate.texts,
                                       .n_sources = rate.sources};
    snprintf(out->measured, sizeof(out->measured), "%s", m->block->measured);
    return EM_OK;
}
