/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/eval.h"

#include "base/alloc.h"
#include "detector/token.h"

#include <math.h>
#include <stdlib.h>

/* The log-odds of an abstention: below every threshold. */
#define NOT_FLAGGED -1e6

static const double rates[EM_METRIC_RATES] = {0.05, 0.01, 0.001};
static const char *const lengths[] = {"under 40", "40-80", "80-150", "150-300", "300+"};
static const uint32_t length_ends[] = {40, 80, 150, 300, UINT32_MAX};

const char *em_eval_by_name(enum em_eval_by by)
{
    static const char *const names[] = {"dataset", "domain", "model", "length", "lang"};
    return by < EM_EVAL_BY_COUNT ? names[by] : "";
}

void em_eval_init(struct em_eval *eval, const struct em_model *model, uint32_t resamples,
                  uint64_t seed)
{
    *eval = (struct em_eval){.resamples = resamples, .seed = seed};
    for (size_t k = 0; k < EM_METRIC_RATES; k++) {
        struct em_model_threshold t;
        eval->rates[k] = rates[k];
        eval->thresholds[k] = em_model_threshold_at(model, rates[k], &t, NULL) == EM_OK
                                  ? t.log_odds
                                  : INFINITY;
    }
}

void em_eval_release(struct em_eval *eval)
{
    for (size_t k = 0; k < EM_EVAL_BY_COUNT; k++)
        em_names_release(&eval->names[k]);
    em_free(eval->rows);
    eval->rows = NULL;
    eval->n = eval->cap = 0;
}

static const char *length_name(uint32_t words)
{
    size_t i = 0;
    while (words >= length_ends[i] && length_ends[i] != UINT32_MAX)
        i++;
    return lengths[i];
}

static struct em_view or_dash(struct em_view v)
{
    return v.len ? v : EM_VIEW("-");
}

enum em_status em_eval_add(struct em_eval *eval, const struct em_labelled *row,
                           const struct em_verdict *verdict)
{
    bool machine = em_view_eq(row->label, EM_VIEW("machine"));
    bool abstained = verdict->kind == EM_VERDICT_ABSTAIN;
    if (abstained && verdict->abstain == EM_ABSTAIN_TOO_SHORT) {
        eval->too_short[machine]++;
        return EM_OK;
    }
    if (eval->n == eval->cap) {
        size_t cap = eval->cap ? 2 * eval->cap : 1024;
        struct em_eval_row *more = em_realloc_array(eval->rows, cap, sizeof(*more));
        if (!more)
            return EM_ERR_NOMEM;
        eval->rows = more;
        eval->cap = cap;
    }
    uint32_t words = em_count_words(row->text, em_lang_unspaced(row->lang));
    struct em_eval_row *r = &eval->rows[eval->n];
    *r = (struct em_eval_row){
        .log_odds = abstained ? NOT_FLAGGED : verdict->log_odds,
        .words = words,
        .label = machine ? 1 : -1,
        .old = machine && em_model_name_is_old(row->model),
        .abstained = abstained,
    };
    const struct em_view keys[EM_EVAL_BY_COUNT] = {
        or_dash(row->dataset), or_dash(row->domain), or_dash(row->model),
        em_view_of(length_name(words)), or_dash(row->lang)};
    for (size_t k = 0; k < EM_EVAL_BY_COUNT; k++)
        EM_TRY(em_names_add(&eval->names[k], keys[k], &r->key[k]));
    eval->n++;
    return EM_OK;
}

/* Scores of one group, humans from the front, machines from the back. */
struct pick {
    double *scores;
    size_t room, human, machine; /* with a score */
    uint32_t abstained[2], flagged[EM_METRIC_RATES], caught[EM_METRIC_RATES];
};

static void pick_row(struct pick *p, const struct em_eval *eval,
                     const struct em_eval_row *row)
{
    bool machine = row->label > 0;
    if (row->abstained) {
        p->abstained[machine]++;
        return;
    }
    if (machine)
        p->scores[p->room - ++p->machine] = row->log_odds;
    else
        p->scores[p->human++] = row->log_odds;
    for (size_t k = 0; k < EM_METRIC_RATES; k++)
        if (row->log_odds >= eval->thresholds[k])
            (machine ? p->caught : p->flagged)[k]++;
}

static size_t eval_picked(const struct pick *p)
{
    return p->human + p->machine + p->abstained[0] + p->abstained[1];
}

static enum em_status rank(const struct em_eval *eval, const struct pick *p,
                           struct em_ranking *out)
{
    struct em_scores s = {p->scores, p->scores + p->room - p->machine, p->human,
                          p->machine};
    return em_metric_ranking(&s, eval->rates, eval->resamples, eval->seed, out);
}

/* Classes of equal weight, as the calibration promises. */
static enum em_status calibration(const struct pick *p, double *out)
{
    size_t n = p->human + p->machine;
    double *values = em_malloc((n ? 2 * n : 1) * sizeof(*values));
    int8_t *labels = em_malloc(n ? n : 1);
    enum em_status status = values && labels ? EM_OK : EM_ERR_NOMEM;
    *out = NAN;
    if (status == EM_OK && p->human && p->machine) {
        double *weights = values + n;
        for (size_t i = 0; i < n; i++) {
            bool machine = i >= p->human;
            double z = p->scores[machine ? p->room - 1 - (i - p->human) : i];
            values[i] = 1 / (1 + exp(-z));
            labels[i] = machine ? 1 : -1;
            weights[i] = 0.5 / (double)(machine ? p->machine : p->human);
        }
        *out = em_metric_calibration_error(values, labels, weights, n);
    }
    em_free(values);
    em_free(labels);
    return status;
}

static enum em_status eval_fill(const struct em_eval *eval, const struct pick *p,
                                struct em_eval_group *g)
{
    g->n_human = (uint32_t)p->human + p->abstained[0];
    g->n_machine = (uint32_t)p->machine + p->abstained[1];
    g->n_abstained = p->abstained[0] + p->abstained[1];
    g->other_flagged = g->other_caught = NAN;
    for (size_t k = 0; k < EM_METRIC_RATES; k++) {
        g->flagged[k] = em_metric_rate(p->flagged[k], g->n_human);
        g->caught[k] = em_metric_rate(p->caught[k], g->n_machine);
    }
    EM_TRY(rank(eval, p, &g->ranking));
    return calibration(p, &g->error);
}

/* Shares of data set `source` above the 1 % threshold of the human texts of all others. */
static enum em_status by_the_others(const struct em_eval *eval, bool newer,
                                    const struct em_sourced *humans, size_t n_humans,
                                    uint32_t source, struct em_eval_group *g)
{
    double threshold;
    EM_TRY(em_metric_threshold(humans, n_humans, eval->names[EM_EVAL_DATASET].n,
                               EM_EVAL_LEAST, source, 0.01, &threshold));
    uint32_t flagged = 0, caught = 0;
    for (size_t i = 0; i < eval->n; i++) {
        const struct em_eval_row *r = &eval->rows[i];
        if (r->key[EM_EVAL_DATASET] != source || (newer && r->old))
            continue;
        bool above = r->log_odds > threshold;
        flagged += above && r->label < 0;
        caught += above && r->label > 0;
    }
    if (!isnan(threshold) && g->n_human)
        g->other_flagged = (double)flagged / g->n_human;
    if (!isnan(threshold) && g->n_machine)
        g->other_caught = (double)caught / g->n_machine;
    return EM_OK;
}

static int eval_by_name(const void *a, const void *b)
{
    const struct em_eval_group *x = a, *y = b;
    return strcmp(x->name, y->name);
}

struct table {
    struct pick pick;
    struct em_sourced *humans;
    size_t n_humans;
    bool *sources; /* of the texts by one model */
    struct em_eval_group *groups;
    size_t n;
};

static void table_free(struct table *t)
{
    em_free(t->pick.scores);
    em_free(t->humans);
    em_free(t->sources);
    em_free(t->groups);
}

static enum em_status table_new(struct table *t, const struct em_eval *eval,
                                size_t groups)
{
    size_t n = eval->n ? eval->n : 1;
    *t = (struct table){
        .pick = {.scores = em_malloc(n * sizeof(double)), .room = eval->n},
        .humans = em_malloc(n * sizeof(struct em_sourced)),
        .sources = em_calloc(eval->names[EM_EVAL_DATASET].n + 1u, sizeof(bool)),
        .groups = em_calloc(groups ? groups : 1, sizeof(struct em_eval_group)),
    };
    if (!t->pick.scores || !t->humans || !t->sources || !t->groups)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < eval->n; i++)
        if (eval->rows[i].label < 0)
            t->humans[t->n_humans++] = (struct em_sourced){
                eval->rows[i].log_odds, eval->rows[i].key[EM_EVAL_DATASET]};
    return EM_OK;
}

/* Texts of group `name`. By model: the machine texts, and the human ones of the same data
 * sets. */
static void pick_group(struct table *t, const struct em_eval *eval, enum em_eval_by by,
                       uint32_t name, bool newer)
{
    uint32_t n_sources = eval->names[EM_EVAL_DATASET].n;
    t->pick = (struct pick){.scores = t->pick.scores, .room = eval->n};
    memset(t->sources, 0, n_sources * sizeof(bool));
    for (size_t i = 0; i < eval->n; i++) {
        const struct em_eval_row *r = &eval->rows[i];
        if (r->key[by] != name || (newer && r->old) ||
            (by == EM_EVAL_MODEL && r->label < 0))
            continue;
        t->sources[r->key[EM_EVAL_DATASET]] = true;
        pick_row(&t->pick, eval, r);
    }
    if (by != EM_EVAL_MODEL || eval_picked(&t->pick) == 0)
        return;
    for (size_t i = 0; i < eval->n; i++)
        if (eval->rows[i].label < 0 && t->sources[eval->rows[i].key[EM_EVAL_DATASET]])
            pick_row(&t->pick, eval, &eval->rows[i]);
}

enum em_status em_eval_table(const struct em_eval *eval, enum em_eval_by by, bool newer,
                             struct em_eval_group **groups, size_t *n)
{
    struct table t;
    const struct em_names *names = &eval->names[by];
    enum em_status status = table_new(&t, eval, names->n);
    for (uint32_t k = 0; k < names->n && status == EM_OK; k++) {
        pick_group(&t, eval, by, k, newer);
        if (eval_picked(&t.pick) == 0)
            continue;
        struct em_eval_group *g = &t.groups[t.n++];
        g->name = names->names[k];
        status = eval_fill(eval, &t.pick, g);
        if (status == EM_OK && by == EM_EVAL_DATASET)
            status = by_the_others(eval, newer, t.humans, t.n_humans, k, g);
    }
    *groups = NULL;
    *n = 0;
    if (status == EM_OK) {
        qsort(t.groups, t.n, sizeof(*t.groups), eval_by_name);
        *groups = t.groups;
        *n = t.n;
        t.groups = NULL;
    }
    table_free(&t);
    return status;
}

/* At most POOL texts of the class from each other data set, evenly spaced. */
static enum em_status pick_others(struct pick *p, const struct em_eval *eval,
                                  uint32_t source, int8_t label, bool newer)
{
    enum { POOL = 300 };
    uint32_t n_sources = eval->names[EM_EVAL_DATASET].n;
    uint32_t *counts = em_calloc(2 * (size_t)n_sources + 1, sizeof(*counts));
    if (!counts)
        return EM_ERR_NOMEM;
    uint32_t *seen = counts + n_sources;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < eval->n; i++) {
            const struct em_eval_row *r = &eval->rows[i];
            uint32_t s = r->key[EM_EVAL_DATASET];
            if (r->label != label || s == source || (newer && r->old))
                continue;
            if (round == 0) {
                counts[s]++;
                continue;
            }
            uint64_t k = seen[s]++, all = counts[s];
            if (all <= POOL || (k + 1) * POOL / all > k * POOL / all)
                pick_row(p, eval, r);
        }
    em_free(counts);
    return EM_OK;
}

enum em_status em_eval_pooled(const struct em_eval *eval, bool newer,
                              struct em_eval_group **groups, size_t *n)
{
    struct table t;
    const struct em_names *names = &eval->names[EM_EVAL_DATASET];
    enum em_status status = table_new(&t, eval, 2 * (size_t)names->n);
    for (uint32_t k = 0; k < 2 * names->n && status == EM_OK; k++) {
        uint32_t source = k / 2;
        int8_t label = k % 2 ? 1 : -1;
        t.pick = (struct pick){.scores = t.pick.scores, .room = eval->n};
        for (size_t i = 0; i < eval->n; i++)
            if (eval->rows[i].key[EM_EVAL_DATASET] == source &&
                eval->rows[i].label == label && !(newer && eval->rows[i].old))
                pick_row(&t.pick, eval, &eval->rows[i]);
        if (t.pick.human + t.pick.machine == 0)
            continue;
        struct em_eval_group *g = &t.groups[t.n++];
        g->name = names->names[source];
        g->n_human = (uint32_t)t.pick.human;
        g->n_machine = (uint32_t)t.pick.machine;
        status = pick_others(&t.pick, eval, source, (int8_t)-label, newer);
        if (status == EM_OK)
            status = rank(eval, &t.pick, &g->ranking);
    }
    *groups = NULL;
    *n = 0;
    if (status == EM_OK) {
        qsort(t.groups, t.n, sizeof(*t.groups), eval_by_name);
        *groups = t.groups;
        *n = t.n;
        t.groups = NULL;
    }
    table_free(&t);
    return status;
}

enum em_status em_eval_error_together(const struct em_eval *eval, bool newer, double *out)
{
    size_t room = eval->n ? eval->n : 1, n = 0;
    uint32_t cells = 2 * eval->names[EM_EVAL_DATASET].n, sources[2] = {0, 0};
    double *values = em_malloc(2 * room * sizeof(*values)), *weights = values + room;
    int8_t *labels = em_malloc(room);
    uint32_t *counts = em_calloc(cells + 1u, sizeof(*counts));
    enum em_status status = values && labels && counts ? EM_OK : EM_ERR_NOMEM;
    for (int round = 0; round < 2 && status == EM_OK; round++)
        for (size_t i = 0; i < eval->n; i++) {
            const struct em_eval_row *r = &eval->rows[i];
            bool machine = r->label > 0;
            uint32_t *count = &counts[2 * r->key[EM_EVAL_DATASET] + machine];
            if (r->abstained || (newer && machine && r->old))
                continue;
            if (round == 0) {
                sources[machine] += (*count)++ == 0;
                continue;
            }
            values[n] = 1 / (1 + exp(-r->log_odds));
            labels[n] = r->label;
            weights[n++] = 0.5 / sources[machine] / *count;
        }
    *out = NAN;
    if (status == EM_OK && sources[0] && sources[1])
        *out = em_metric_calibration_error(values, labels, weights, n);
    em_free(values);
    em_free(labels);
    em_free(counts);
    return status;
}

static void add_mean(struct em_eval_mean *m, double value, bool low_is_worst,
                     const char *name)
{
    if (isnan(value))
        return;
    if (m->n == 0 || (low_is_worst ? value < m->worst : value > m->worst)) {
        m->worst = value;
        m->worst_name = name;
    }
    m->mean += value;
    m->above += value > 0.03;
    m->n++;
}

void em_eval_summarise(const struct em_eval_group *groups, size_t n,
                       struct em_eval_means *out)
{
    *out = (struct em_eval_means){.flagged = {.n = 0}, .error_together = NAN};
    for (size_t i = 0; i < n; i++) {
        const struct em_eval_group *g = &groups[i];
        bool human = g->n_human >= EM_EVAL_LEAST, machine = g->n_machine >= EM_EVAL_LEAST;
        if (human) {
            add_mean(&out->flagged, g->flagged[1].value, false, g->name);
            add_mean(&out->other_flagged, g->other_flagged, false, g->name);
        }
        if (machine) {
            add_mean(&out->caught, g->caught[1].value, true, g->name);
            add_mean(&out->other_caught, g->other_caught, true, g->name);
        }
        if (human && machine) {
            add_mean(&out->auroc, g->ranking.auroc.value, true, g->name);
            add_mean(&out->tpr, g->ranking.tpr[1].value, true, g->name);
            add_mean(&out->error, g->error, false, g->name);
        }
    }
    struct em_eval_mean *all[] = {
        &out->flagged, &out->caught, &out->other_flagged, &out->other_caught,
        &out->auroc,   &out->tpr,    &out->error,
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        all[i]->mean = all[i]->n ? all[i]->mean / all[i]->n : NAN;
}
