/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* getrusage */
#include "report/train_text.h"

#include "base/clock.h"
#include "base/terminal.h"

#include <sys/resource.h>

void em_train_watch_step(void *context, const char *step, double fraction)
{
    struct em_train_watch *w = context;
    double now = em_clock_now(), passed = now - w->started;
    bool begins = step != w->step;
    if (w->quiet || (!begins && (!w->terminal || now - w->last < 1)))
        return;
    w->step = step;
    w->last = now;
    if (w->terminal)
        em_terminal_own(w->out, "\r\033[K");
    fprintf(w->out, "%3.0f%% after %.0f s: %s", 100 * fraction, passed, step);
    if (fraction > 0.02)
        fprintf(w->out, ", about %.0f s left", passed * (1 - fraction) / fraction);
    fputs(w->terminal ? "" : "\n", w->out);
    fflush(w->out);
}

void em_train_text(FILE *out, const struct em_train_report *r,
                   const struct em_model *model)
{
    struct rusage usage;
    long peak = getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss / 1024 : 0;
    fprintf(out,
            "windows: %zu (%zu machine), %zu ids; solver: %u passes\n"
            "window AUROC: n-grams on unseen sources %.4f, stack (in sample) %.4f\n"
            "ids without weight (few sources): %u; 8 bits change a logit by %.4f (rms)\n",
            r->windows, r->machine_windows, r->ids, (unsigned)r->epochs, r->fold_auroc,
            r->stack_auroc, (unsigned)r->pruned, r->quantisation);
    for (uint32_t k = 0; k < model->n_thresholds; k++)
        fprintf(out,
                "threshold for %.1f%%: log-odds %.3f [%.4f, %.4f], %u texts of %u "
                "sources\n",
                100 * model->thresholds[k].fpr, model->thresholds[k].log_odds,
                model->thresholds[k].fpr_low, model->thresholds[k].fpr_high,
                (unsigned)model->thresholds[k].n_human,
                (unsigned)model->thresholds[k].n_sources);
    fprintf(out,
            "seconds: plan %.1f, vocabulary %.1f, features %.1f, n-grams %.1f, folds "
            "%.1f, stack %.1f; peak memory %ld MB\n",
            r->seconds[0], r->seconds[1], r->seconds[2], r->seconds[3], r->seconds[4],
            r->seconds[5], peak);
}
