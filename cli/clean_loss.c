/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clean_loss.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "detector/loss.h"
#include "pipeline/clean.h"

#include <math.h>

enum { STRATA = 4 };

struct scores {
    double *human;
    uint32_t *words;
    size_t n, cap;
    double *machines;
    size_t n_machines, cap_machines;
};

struct score_frame {
    double log_odds;
    uint32_t words;
    bool machine;
};

static enum em_status format_score(void *context, struct em_buf *lines,
                                   const struct em_record *record,
                                   const struct em_page *page, const struct em_doc *doc,
                                   const struct em_verdict *v, enum em_drop drop)
{
    struct score_frame f;
    struct em_view label;
    (void)context, (void)page;
    if (drop != EM_DROP_NONE)
        return EM_OK;
    memset(&f, 0, sizeof(f));
    f.log_odds = v && v->kind != EM_VERDICT_ABSTAIN ? v->log_odds : -INFINITY;
    f.words = doc->words;
    f.machine = record->type == EM_RECORD_JSON &&
                em_clean_json_find(record->block, EM_VIEW("label"), &label) &&
                em_view_eq(label, EM_VIEW("\"machine\""));
    return em_buf_append(lines, &f, sizeof(f));
}

static bool take_scores(void *context, struct em_view frames)
{
    struct scores *s = context;
    for (; frames.len;
         frames = em_view_sub(frames, sizeof(struct score_frame), frames.len)) {
        struct score_frame f;
        memcpy(&f, frames.data, sizeof(f));
        size_t *n = f.machine ? &s->n_machines : &s->n;
        size_t *cap = f.machine ? &s->cap_machines : &s->cap;
        double **list = f.machine ? &s->machines : &s->human;
        if (*n == *cap) {
            size_t more = *cap ? 2 * *cap : 1024;
            double *grown = em_realloc_array(*list, more, sizeof(double));
            if (grown)
                *list = grown;
            uint32_t *words = f.machine || !grown
                                  ? NULL
                                  : em_realloc_array(s->words, more, sizeof(uint32_t));
            if (words)
                s->words = words;
            if (!grown || (!f.machine && !words))
                return false;
            *cap = more;
        }
        if (!f.machine)
            s->words[*n] = f.words;
        (*list)[(*n)++] = f.log_odds;
    }
    return true;
}

static void ignore_damage(void *context, const char *file, uint64_t offset,
                          const char *reason)
{
    (void)context;
    em_error("%s: at byte %llu: %s", file, (unsigned long long)offset, reason);
}

static void print_loss(char *told, bool quiet, const struct scores *s,
                       const double *in_order, const struct em_loss *loss)
{
    static const uint32_t upto[STRATA] = {200, 500, 1000, UINT32_MAX};
    static const char *const names[STRATA] = {"up to 200", "201 to 500", "501 to 1,000",
                                              "over 1,000"};
    uint64_t over = 0;
    for (size_t i = 0; i < s->n_machines; i++)
        over += s->machines[i] > loss->threshold;
    snprintf(told, EM_CLEAN_TOLD,
             "log-odds above %.4f: at most %.3f %% of human texts like the %llu of "
             "calibration (%llu were above), with 95 %% confidence",
             loss->threshold, 100 * loss->bound, (unsigned long long)loss->n,
             (unsigned long long)loss->above);
    if (quiet)
        return;
    em_error("threshold: %s", told);
    for (int k = 0; k < STRATA; k++) {
        uint64_t n = 0, above = 0;
        for (size_t i = 0; i < s->n; i++) {
            if (s->words[i] > upto[k] || (k && s->words[i] <= upto[k - 1]))
                continue;
            n++;
            above += in_order[i] > loss->threshold;
        }
        em_error("  %s words: %llu of %llu above, at most %.3f %%", names[k],
                 (unsigned long long)above, (unsigned long long)n,
                 100 * em_loss_bound(above, n));
    }
    if (s->n_machines)
        em_error("  machine texts of the same file: %.1f %% above, %.1f %% would stay",
                 100 * (double)over / (double)s->n_machines,
                 100 - 100 * (double)over / (double)s->n_machines);
}

enum em_status em_clean_choose(const struct em_scan_options *base, double allowed,
                               bool quiet, double *threshold, char told[EM_CLEAN_TOLD],
                               struct em_err *err)
{
    struct scores s = {.n = 0};
    struct em_summary summary;
    struct em_loss loss;
    struct em_scan_options options = *base;
    options.format_record = format_score;
    options.write = take_scores;
    options.damage = ignore_damage;
    options.context = &s;
    enum em_status status = em_scan_run(&options, &summary, err);
    if (status == EM_OK && (summary.files_failed || summary.interrupted))
        status = em_fail(err, EM_ERR_IO, "clean", "cannot read '%s'", base->files[0]);
    double *sorted = status == EM_OK ? em_calloc(s.n + 1, sizeof(double)) : NULL;
    if (status == EM_OK && !sorted)
        status = em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    if (status == EM_OK && s.n)
        memcpy(sorted, s.human, s.n * sizeof(double));
    if (status == EM_OK)
        status = em_loss_threshold(sorted, s.n, allowed, &loss, err);
    if (status == EM_OK) {
        *threshold = loss.threshold;
        print_loss(told, quiet, &s, s.human, &loss);
    }
    em_free(sorted);
    em_free(s.human);
    em_free(s.words);
    em_free(s.machines);
    return status;
}
