/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_loss.h"

#include "base/alloc.h"
#include "base/wire/domain.h"
#include "detector/learn/loss.h"
#include "detector/model.h"
#include "index/cell.h"
#include "index/answers/quantify.h"
#include "pipeline/clean/clean.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRATA = 4, MAX_SOURCES = 512 };

struct text {
    double log_odds;
    uint32_t words, source;
};

struct texts {
    struct text *list;
    size_t n, cap;
};

struct em_clean_scores {
    const struct em_scan_options *base; /* while scanning */
    const struct em_clean_loss *options;
    struct texts human, machine;
    char names[MAX_SOURCES][EM_CLEAN_SOURCE];
    size_t n_sources;
};

/* --- scoring --------------------------------------------------------------------------- */

static struct em_view source_of(const struct em_clean_loss *options,
                                const struct em_record *record,
                                const struct em_page *page, struct em_domain *domain)
{
    static const char *const usual[] = {"source", "dataset", "domain"};
    struct em_view value;
    for (int i = 0; i < 3 && record->type == EM_RECORD_JSON; i++) {
        const char *field = options->source_field ? options->source_field : usual[i];
        if (em_clean_json_find(record->block, em_view_of(field), &value) &&
            value.data[0] == '"')
            return em_view_sub(value, 1, value.len - 2);
    }
    if (em_domain_of(page->url, domain))
        return domain->registrable;
    return record->origin.file;
}

static enum em_status map_score(void *context, struct em_scan_values *values,
                                const struct em_scan_item *item)
{
    const struct em_clean_scores *s = context;
    const struct em_record *record = item->record;
    const struct em_verdict *v = item->verdict;
    struct em_view label;
    struct em_domain domain;
    if (!item->doc)
        return EM_OK;
    struct em_clean_score *score = em_scan_values_add(values, sizeof(*score));
    if (!score)
        return EM_ERR_NOMEM;
    score->log_odds = v && v->kind != EM_VERDICT_ABSTAIN ? v->log_odds : -INFINITY;
    score->words = item->doc->words;
    score->machine = record->type == EM_RECORD_JSON &&
                     em_clean_json_find(record->block, EM_VIEW("label"), &label) &&
                     em_view_eq(label, EM_VIEW("\"machine\""));
    snprintf(score->source, sizeof(score->source), "%.*s",
             EM_VIEW_ARGS(em_view_sub(source_of(s->options, record, item->page, &domain),
                                      0, EM_CLEAN_SOURCE - 1)));
    return EM_OK;
}

static bool add_text(struct texts *t, const struct text *text)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 1024;
        void *grown = em_realloc_array(t->list, cap, sizeof(t->list[0]));
        if (!grown)
            return false;
        t->list = grown;
        t->cap = cap;
    }
    t->list[t->n++] = *text;
    return true;
}

/* Beyond the maximum sources are one: "others" is as good a name as another. */
static uint32_t number_of(struct em_clean_scores *s, const char *name)
{
    for (size_t i = 0; i < s->n_sources; i++)
        if (strcmp(s->names[i], name) == 0)
            return (uint32_t)i;
    if (s->n_sources == MAX_SOURCES)
        return MAX_SOURCES - 1;
    memcpy(s->names[s->n_sources], name, EM_CLEAN_SOURCE);
    return (uint32_t)s->n_sources++;
}

enum em_status em_clean_scores_add(struct em_clean_scores *s,
                                   const struct em_clean_score *score)
{
    struct text text = {score->log_odds, score->words,
                        score->machine ? 0 : number_of(s, score->source)};
    return add_text(score->machine ? &s->machine : &s->human, &text) ? EM_OK
                                                                     : EM_ERR_NOMEM;
}

static enum em_status reduce_score(void *context, const void *value, struct em_err *err)
{
    return em_clean_scores_add(context, value) == EM_OK
               ? EM_OK
               : em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
}

static void pass_on_damage(void *context, const char *file, uint64_t offset,
                           const char *reason)
{
    const struct em_clean_scores *s = context;
    if (s->base->damage)
        s->base->damage(s->base->context, file, offset, reason);
}

/* --- the basis --------------------------------------------------------------------------- */

static double share_above(const struct texts *t, double threshold)
{
    uint64_t above = 0;
    for (size_t i = 0; i < t->n; i++)
        above += t->list[i].log_odds > threshold;
    return t->n ? (double)above / (double)t->n : 0;
}

static void count_stratum(struct em_clean_basis *basis, const char *what,
                          const char *name, uint64_t above, uint64_t n)
{
    if (n)
        basis->strata[basis->n_strata++] =
            (struct em_clean_stratum){what, name, above, n, em_loss_bound(above, n)};
}

static void count_lengths(const struct em_clean_scores *s, struct em_clean_basis *basis)
{
    static const uint32_t upto[STRATA] = {200, 500, 1000, UINT32_MAX};
    static const char *const names[STRATA] = {"up to 200", "201 to 500", "501 to 1,000",
                                              "over 1,000"};
    for (int k = 0; k < STRATA; k++) {
        uint64_t n = 0, above = 0;
        for (size_t i = 0; i < s->human.n; i++) {
            const struct text *t = &s->human.list[i];
            if (t->words > upto[k] || (k && t->words <= upto[k - 1]))
                continue;
            n++;
            above += t->log_odds > basis->threshold;
        }
        count_stratum(basis, "words", names[k], above, n);
    }
}

static void count_sources(const struct em_clean_scores *s, struct em_clean_basis *basis)
{
    memcpy(basis->names, s->names, s->n_sources * EM_CLEAN_SOURCE);
    for (size_t k = 0; k < s->n_sources && s->n_sources > 1; k++) {
        uint64_t n = 0, above = 0;
        for (size_t i = 0; i < s->human.n; i++) {
            if (s->human.list[i].source != k)
                continue;
            n++;
            above += s->human.list[i].log_odds > basis->threshold;
        }
        count_stratum(basis, "source", basis->names + k * EM_CLEAN_SOURCE, above, n);
    }
}

static enum em_status describe_basis(const struct em_clean_scores *s,
                                     const struct em_calibration *block,
                                     struct em_clean_basis *basis)
{
    double human[3];
    basis->strata = em_calloc(STRATA + s->n_sources, sizeof(basis->strata[0]));
    basis->names = em_calloc(s->n_sources + 1, EM_CLEAN_SOURCE);
    if (!basis->strata || !basis->names)
        return EM_ERR_NOMEM;
    count_lengths(s, basis);
    count_sources(s, basis);
    basis->machines = s->machine.n;
    basis->machines_above = share_above(&s->machine, basis->threshold);
    em_clean_rates(block, basis->threshold, human, basis->machine);
    return EM_OK;
}

void em_clean_basis_release(struct em_clean_basis *basis)
{
    em_free(basis->strata);
    em_free(basis->names);
    *basis = (struct em_clean_basis){.threshold = 0};
}

void em_clean_rates(const struct em_calibration *block, double log_odds, double human[3],
                    double machine[3])
{
    double sum[2] = {0, 0}, least[2] = {1, 1}, most[2] = {0, 0};
    size_t n[2] = {0, 0};
    for (int i = 0; i < 3; i++)
        human[i] = machine[i] = (double)NAN;
    if (!block || isnan(log_odds))
        return;
    unsigned first = em_score_bin(log_odds);
    /* The bin that the threshold lies in counts by the part of it that is above. */
    double part = (em_score_bin_middle(first) + 0.125 - log_odds) / 0.25;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    for (uint32_t i = 0; i < block->n; i++) {
        const struct em_calibration_source *s = &block->sources[i];
        double above = part * s->bins[first];
        for (unsigned b = first + 1; b < EM_QUANTIFY_BINS; b++)
            above += s->bins[b];
        double share = s->n ? above / (double)s->n : 0;
        sum[s->machine] += share;
        least[s->machine] = fmin(least[s->machine], share);
        most[s->machine] = fmax(most[s->machine], share);
        n[s->machine]++;
    }
    for (int k = 0; k < 2; k++) {
        double *out = k ? machine : human;
        if (n[k] == 0)
            continue;
        out[0] = sum[k] / (double)n[k];
        out[1] = least[k];
        out[2] = most[k];
    }
}

/* --- choosing -------------------------------------------------------------------------- */

static enum em_status by_text(const struct em_clean_scores *s, double allowed,
                              double *scores, struct em_loss *loss, struct em_err *err)
{
    for (size_t i = 0; i < s->human.n; i++)
        scores[i] = s->human.list[i].log_odds;
    return em_loss_threshold(scores, s->human.n, allowed, loss, err);
}

/* A level that no source could have shown a single text of is not promised. Of too few
 * sources the bound itself says how many it needs. */
static enum em_status check_level(const struct em_clean_scores *s, double allowed,
                                  struct em_err *err)
{
    struct em_loss_source sources[MAX_SOURCES] = {{NULL, 0}};
    for (size_t i = 0; i < s->human.n; i++)
        sources[s->human.list[i].source].n++;
    double shown = em_loss_shown(sources, s->n_sources);
    if (shown == 1 || allowed * (1 + 1e-9) >= shown)
        return EM_OK;
    return em_fail(
        err, EM_ERR_FORMAT, "clean",
        "%g%% is finer than these sources can show: %d of them with %.0f texts "
        "or more are needed. What they can show is %.3g%%",
        100 * allowed, EM_LOSS_SOURCES, ceil(1 / allowed - 1e-9),
        ceil(1e4 * 100 * fmax(shown, em_loss_finest(s->human.n))) / 1e4);
}

static enum em_status by_source(const struct em_clean_scores *s, double allowed,
                                double *scores, struct em_loss_spread *spread,
                                struct em_err *err)
{
    struct em_loss_source *sources = em_calloc(s->n_sources + 1, sizeof(sources[0]));
    size_t at = 0;
    if (!sources)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    for (size_t k = 0; k < s->n_sources; k++) {
        sources[k].scores = scores + at;
        for (size_t i = 0; i < s->human.n; i++)
            if (s->human.list[i].source == k)
                scores[at++] = s->human.list[i].log_odds;
        sources[k].n = (uint64_t)(scores + at - sources[k].scores);
    }
    enum em_status status =
        em_loss_by_source(sources, s->n_sources, allowed, spread, err);
    em_free(sources);
    return status;
}

static enum em_status clean_loss_choose(const struct em_clean_scores *s,
                                        const struct em_clean_loss *options,
                                        double *scores, struct em_clean_basis *basis,
                                        struct em_err *err)
{
    struct em_loss loss;
    struct em_loss_spread spread;
    if (options->bound == EM_CLEAN_BY_SOURCE) {
        enum em_status level = check_level(s, options->allowed, err);
        basis->few_sources = level == EM_ERR_FORMAT;
        EM_TRY(level);
    }
    EM_TRY(by_text(s, options->allowed, scores, &loss, err));
    basis->threshold = loss.threshold;
    if (options->bound == EM_CLEAN_BY_TEXT) {
        snprintf(basis->told, EM_CLEAN_TOLD,
                 "log-odds above %.4f. With 95 %% confidence, at most %.3g%% of human "
                 "texts like the %llu of the calibration are removed (%llu of those "
                 "would be). Other sources are not covered.",
                 loss.threshold, 100 * loss.bound, (unsigned long long)loss.n,
                 (unsigned long long)loss.above);
        return EM_OK;
    }
    enum em_status status = by_source(s, options->allowed, scores, &spread, err);
    basis->few_sources = status == EM_ERR_FORMAT;
    if (status < 0)
        return status;
    if (spread.threshold > basis->threshold)
        basis->threshold = spread.threshold;
    snprintf(
        basis->told, EM_CLEAN_TOLD,
        "log-odds above %.4f. With 95 %% confidence, at most %.3g%% of human texts "
        "from an unseen source are removed (%s %llu "
        "sources; %llu of them would lose more, the worst %.3g%%). For texts like the "
        "calibration's own, %.4f is enough.",
        basis->threshold, 100 * options->allowed,
        spread.ranked ? "from the ranks of" : "estimated from the spread between",
        (unsigned long long)spread.sources, (unsigned long long)spread.over,
        100 * spread.worst, loss.threshold);
    return EM_OK;
}

struct em_clean_scores *em_clean_scores_new(const struct em_clean_loss *options)
{
    struct em_clean_scores *s = em_calloc(1, sizeof(*s));
    if (s)
        s->options = options;
    return s;
}

void em_clean_scores_free(struct em_clean_scores *s)
{
    if (!s)
        return;
    em_free(s->human.list);
    em_free(s->machine.list);
    em_free(s);
}

enum em_status em_clean_scores_choose(const struct em_clean_scores *s,
                                      const struct em_calibration *block,
                                      struct em_clean_basis *basis, struct em_err *err)
{
    double *room = em_calloc(s->human.n + 1, sizeof(double));
    if (!room)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    enum em_status status = clean_loss_choose(s, s->options, room, basis, err);
    if (status == EM_OK && describe_basis(s, block, basis) < 0)
        status = em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    em_free(room);
    return status;
}

enum em_status em_clean_choose(const struct em_scan_options *base,
                               const struct em_clean_loss *options,
                               struct em_clean_basis *basis, struct em_err *err)
{
    struct em_clean_scores *s = em_clean_scores_new(options);
    struct em_summary summary;
    struct em_scan_options scan = *base;
    if (!s)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    s->base = base;
    scan.map = map_score;
    scan.reduce = reduce_score;
    scan.damage = pass_on_damage;
    scan.context = s;
    enum em_status status = em_scan_run(&scan, &summary, err);
    if (status == EM_OK && (summary.files_failed || summary.interrupted))
        status = em_fail(err, EM_ERR_IO, "clean", "cannot read the calibration, '%s'",
                         base->files[0]);
    if (status == EM_OK)
        status = em_clean_scores_choose(s, base->model ? base->model->block : NULL, basis,
                                        err);
    em_clean_scores_free(s);
    return status;
}
