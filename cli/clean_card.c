/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clean_card.h"

#include "base/alloc.h"
#include "cli/clean_loss.h"
#include "cli/clean_run.h"
#include "detector/learn/metrics.h"
#include "index/answers/quantify.h"
#include "pipeline/clean/clean.h"

#include <math.h>

enum { REPLICATES = 200, MAX_CARD = 1 << 23, MAX_PATH_BYTES = 8192, SET_TEXT = 400 };

static void share(double out[3], uint64_t hits, uint64_t n)
{
    struct em_interval i = em_metric_rate(hits, n);
    out[0] = n ? (double)hits / (double)n : 0;
    out[1] = i.low;
    out[2] = i.high;
}

static void none(double out[3])
{
    out[0] = out[1] = out[2] = (double)NAN;
}

/* Share of machine text among the scored documents, before. */
static enum em_status estimate(const struct em_clean_card *c, double out[3])
{
    const struct em_quantify_table *table =
        c->model ? em_quantify_table_for(c->model) : NULL;
    struct em_quantify_sample sample;
    struct em_quantify_options options;
    struct em_quantify_result result;
    none(out);
    if (!table || c->card->scored < EM_QUANTIFY_LEAST)
        return EM_OK;
    EM_TRY(em_quantify_sample_init(&sample, REPLICATES));
    for (uint64_t i = 0; i < EM_CARD_CLUSTERS; i++) {
        uint64_t bins[EM_QUANTIFY_COLUMNS] = {0}, all = 0;
        for (unsigned b = 0; b < EM_QUANTIFY_BINS; b++)
            all += bins[b] = c->card->bins[i][b];
        if (all)
            em_quantify_sample_add(&sample, i + 1, true, bins, 1);
    }
    em_quantify_defaults(&options);
    enum em_status status = em_quantify(table, &sample, NULL, &options, &result);
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
static void estimate_after(const struct em_clean_card *c, struct em_card_about *about)
{
    double stays = isnan(c->log_odds) ? 1 : 1 - about->machine_above[0];
    double kept = (double)c->card->kept_scored, all = (double)c->card->scored;
    none(about->kept_prevalence);
    if (isnan(about->prevalence[0]) || isnan(stays) || kept < 1)
        return;
    for (int i = 0; i < 3; i++)
        about->kept_prevalence[i] = fmin(1, about->prevalence[i] * stays * all / kept);
}

static void print_shares(const struct em_card_about *a)
{
    if (isnan(a->prevalence[0]))
        return;
    em_error(
        "machine text among the scored documents, estimated: before %.1f %% (%.1f to "
        "%.1f), after %.1f %% (%.1f to %.1f)",
        100 * a->prevalence[0], 100 * a->prevalence[1], 100 * a->prevalence[2],
        100 * a->kept_prevalence[0], 100 * a->kept_prevalence[1],
        100 * a->kept_prevalence[2]);
}

/* "name: kind, n items", one after the other in `room`. */
static size_t describe_sets(const struct em_refs_sets *refs, char (*room)[SET_TEXT],
                            const char **list)
{
    for (size_t i = 0; i < refs->n; i++) {
        struct em_refs_info info;
        em_refs_describe(refs->sets[i], &info);
        snprintf(room[i], SET_TEXT, "%.*s: %s, %llu items, %llu prints (k %u, t %u)",
                 EM_VIEW_ARGS(em_view_sub(info.name, 0, 255)),
                 em_refs_kind_name(info.kind), (unsigned long long)info.items,
                 (unsigned long long)info.prints, info.k, info.t);
        list[i] = room[i];
    }
    return refs->n;
}

static enum em_status write_both(const struct em_clean_card *c, const char *dir,
                                 const struct em_card_about *about, struct em_err *err)
{
    struct em_buf text, path;
    em_buf_init(&text, MAX_CARD);
    em_buf_init(&path, MAX_PATH_BYTES);
    enum em_status status = EM_OK;
    for (int markdown = 0; markdown < 2 && status == EM_OK; markdown++) {
        em_buf_clear(&text);
        em_buf_clear(&path);
        status = markdown ? em_card_markdown(c->card, about, &text)
                          : em_card_json(c->card, about, &text);
        if (status == EM_OK)
            status =
                em_buf_printf(&path, "%s/%s", dir, markdown ? "CARD.md" : "card.json");
        if (status == EM_OK)
            status = em_clean_write_whole(path.data, em_buf_view(&text), err);
    }
    em_buf_release(&text);
    em_buf_release(&path);
    return status;
}

enum em_status em_clean_card_write(const struct em_clean_card *c, const char *dir,
                                   struct em_err *err)
{
    const char *reasons[EM_CARD_REASONS];
    struct em_card_about about = {.model = c->model,
                                  .version = EM_VERSION,
                                  .policy = c->policy,
                                  .threshold = c->threshold,
                                  .log_odds = c->log_odds,
                                  .reasons = reasons,
                                  .benchmarks = c->benchmarks,
                                  .n_benchmarks = c->n_benchmarks,
                                  .command = c->command,
                                  .n_command = c->n_command};
    char(*room)[SET_TEXT] = em_calloc(c->refs->n + 1, SET_TEXT);
    const char **sets = em_calloc(c->refs->n + 1, sizeof(sets[0]));
    _Static_assert((int)EM_CARD_REASONS == (int)EM_CLEAN_REASONS, "one list of reasons");
    for (int i = 0; i < EM_CARD_REASONS; i++)
        reasons[i] = em_clean_reason_name((enum em_clean_reason)i);
    share(about.flagged, c->card->flagged, c->card->scored);
    share(about.kept_flagged, c->card->kept_flagged, c->card->kept_scored);
    em_clean_rates(c->model, c->log_odds, about.human_above, about.machine_above);
    enum em_status status = room && sets ? estimate(c, about.prevalence) : EM_ERR_NOMEM;
    estimate_after(c, &about);
    if (status == EM_OK) {
        about.n_sets = describe_sets(c->refs, room, sets);
        about.sets = sets;
        if (!c->quiet)
            print_shares(&about);
        status = write_both(c, dir, &about, err);
    }
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "clean", "out of memory");
    em_free(room);
    em_free(sets);
    return status;
}
