/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_card.h"

#include "base/alloc.h"
#include "pipeline/clean/clean_loss.h"
#include "detector/learn/metrics.h"
#include "index/answers/quantify.h"

#include <math.h>
#include <stdio.h>

enum { REPLICATES = 200 };

static void clean_card_share(double out[3], uint64_t hits, uint64_t n)
{
    struct em_interval i = em_metric_rate(hits, n);
    out[0] = n ? (double)hits / (double)n : 0;
    out[1] = i.low;
    out[2] = i.high;
}

static void clean_card_none(double out[3])
{
    out[0] = out[1] = out[2] = (double)NAN;
}

/* Share of machine text among the scored documents, before. */
static enum em_status clean_card_estimate(const struct em_card *card,
                                          const struct em_calibration *block,
                                          double out[3])
{
    struct em_quantify_sample sample;
    struct em_quantify_options options;
    struct em_quantify_result result;
    clean_card_none(out);
    if (!block || card->scored < EM_QUANTIFY_LEAST)
        return EM_OK;
    EM_TRY(em_quantify_sample_init(&sample, REPLICATES));
    for (uint64_t i = 0; i < EM_CARD_CLUSTERS; i++) {
        uint64_t bins[EM_QUANTIFY_COLUMNS] = {0}, all = 0;
        for (unsigned b = 0; b < EM_QUANTIFY_BINS; b++)
            all += bins[b] = card->bins[i][b];
        if (all)
            em_quantify_sample_add(&sample, i + 1, true, bins, 1);
    }
    em_quantify_defaults(&options);
    enum em_status status = em_quantify(block, &sample, NULL, &options, &result);
    em_quantify_sample_release(&sample);
    const struct em_estimate *e = &result.by[EM_QUANTIFY_MIXTURE];
    if (status == EM_OK) {
        out[0] = e->value;
        out[1] = e->low;
        out[2] = e->high;
    }
    return status;
}

/* What of it stays below the threshold, at the mean rate of the model's own sources. */
static void estimate_after(const struct em_card *card, struct em_card_about *about)
{
    double stays = isnan(about->log_odds) ? 1 : 1 - about->machine_above[0];
    double kept = (double)card->kept_scored, all = (double)card->scored;
    clean_card_none(about->kept_prevalence);
    if (isnan(about->prevalence[0]) || isnan(stays) || kept < 1)
        return;
    for (int i = 0; i < 3; i++)
        about->kept_prevalence[i] = fmin(1, about->prevalence[i] * stays * all / kept);
}

enum em_status em_clean_sets_describe(const struct em_refs_sets *refs,
                                      struct em_clean_sets *sets)
{
    sets->room = em_calloc(refs->n + 1, sizeof(sets->room[0]));
    sets->list = em_calloc(refs->n + 1, sizeof(sets->list[0]));
    if (!sets->room || !sets->list)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < refs->n; i++) {
        struct em_refs_info info;
        em_refs_describe(refs->sets[i], &info);
        snprintf(sets->room[i], sizeof(sets->room[i]),
                 "%.*s: %s, %llu items, %llu prints (k %u, t %u)",
                 EM_VIEW_ARGS(em_view_sub(info.name, 0, 255)),
                 em_refs_kind_name(info.kind), (unsigned long long)info.items,
                 (unsigned long long)info.prints, info.k, info.t);
        sets->list[i] = sets->room[i];
    }
    sets->n = refs->n;
    return EM_OK;
}

void em_clean_sets_release(struct em_clean_sets *sets)
{
    em_free(sets->room);
    em_free(sets->list);
    *sets = (struct em_clean_sets){.n = 0};
}

enum em_status em_clean_estimates(const struct em_card *card, struct em_card_about *about)
{
    clean_card_share(about->flagged, card->flagged, card->scored);
    clean_card_share(about->kept_flagged, card->kept_flagged, card->kept_scored);
    em_clean_rates(about->block, about->log_odds, about->human_above,
                   about->machine_above);
    EM_TRY(clean_card_estimate(card, about->block, about->prevalence));
    estimate_after(card, about);
    return EM_OK;
}
