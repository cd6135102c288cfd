/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/train_base.h"

#include "base/json.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "pipeline/labelled.h"
#include "cli/models.h"
#include "detector/learn/adapt.h"
#include "detector/learn/train_examples.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

struct own {
    const char *lang;
    struct em_examples examples;
    struct em_labelled_counts counts;
    uint64_t fates[EM_EXAMPLE_FATES];
};

/* Lines without a label are human, as `calibrate` takes them. */
static enum em_status train_base_take(void *context, const struct em_labelled *row,
                                      struct em_err *err)
{
    struct own *own = context;
    struct em_labelled line = *row;
    (void)err;
    if (line.label.len == 0)
        line.label = EM_VIEW("human");
    line.dataset = EM_VIEW("own");
    enum em_example_fate fate = em_labelled_fate(&line, own->lang, true, 1);
    own->fates[fate]++;
    return fate == EM_EXAMPLE_KEPT ? em_examples_add(&own->examples, &line, own->lang)
                                   : EM_OK;
}

struct account {
    const char *base;
    double pull;
    const struct em_adapt_report *report;
};

static void write_account(struct em_json *json, const void *context)
{
    const struct account *a = context;
    em_json_key(json, "from");
    em_json_string(json, em_view_of(a->base));
    em_json_key(json, "human");
    em_json_u64(json, a->report->texts[EM_ADAPT_HUMAN]);
    em_json_key(json, "machine");
    em_json_u64(json, a->report->texts[EM_ADAPT_MACHINE]);
    em_json_key(json, "pull");
    em_json_fixed(json, a->pull, 6);
}

static void print_report(const struct own *own, const struct em_model *model,
                         const struct em_adapt_report *r)
{
    static const char *const what[EM_ADAPT_KINDS] = {
        "your human texts flagged", "your machine texts caught",
        "machine texts the model brings along caught"};
    fprintf(stderr,
            "%" PRIu64 " lines: %u human texts, %u machine texts, %u too short, %" PRIu64
            " of another language, %" PRIu64 " without text, %" PRIu64 " bad\n"
            "at the 1%% threshold, before and after (each half of the texts by a model "
            "adapted to the other):\n",
            own->counts.lines, (unsigned)r->texts[EM_ADAPT_HUMAN],
            (unsigned)r->texts[EM_ADAPT_MACHINE], (unsigned)r->too_short,
            own->fates[EM_EXAMPLE_LANGUAGE], own->fates[EM_EXAMPLE_NO_LABEL],
            own->counts.bad);
    for (int k = 0; k < EM_ADAPT_KINDS; k++)
        if (r->texts[k])
            fprintf(stderr, "  %-44s %6.2f%% %6.2f%%\n", what[k], 100 * r->before[k],
                    100 * r->after[k]);
    for (uint32_t k = 0; k < model->n_thresholds; k++) {
        const struct em_model_threshold *t = &model->thresholds[k];
        fprintf(stderr,
                "threshold for %g%%: log-odds %.3f, 95 %% interval %.2f to %.2f%%\n",
                100 * t->fpr, t->log_odds, 100 * t->fpr_low, 100 * t->fpr_high);
    }
}

static enum em_status train_base_adapt(const struct em_train_base *a, struct own *own,
                                       const struct em_inputs *inputs,
                                       struct em_model *model, struct em_err *err)
{
    struct em_adapt_report report;
    char base[sizeof(model->name)], measured[256];
    snprintf(measured, sizeof(measured), "%s",
             a->measured ? a->measured : "own human texts, each half by the other's");
    memcpy(base, model->name, sizeof(base));
    own->lang = em_model_lang(model);
    own->counts.tell_bad = em_error_bad_line;
    EM_TRY(em_labelled_read(inputs, train_base_take, own, &own->counts, err));
    EM_TRY(em_adapt(model, &own->examples, a->pull, measured, &report, err));
    const struct account account = {base, a->pull, &report};
    EM_TRY(em_models_account(model, "adapted", write_account, &account));
    em_models_rename(model, a->name);
    em_model_drop_block(model); /* its scores were those of the model before */
    EM_TRY(em_models_save("train", model, a->output, err));
    if (!a->quiet)
        print_report(own, model, &report);
    return EM_OK;
}

int em_train_base_run(const struct em_train_base *a, char **names, int n)
{
    struct own own = {.lang = "en"};
    struct em_inputs inputs = {.note = em_tell_input};
    struct em_model *model = NULL;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_models_load("train", a->base, false, &model, &err);
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_inputs_add(&inputs, names[i], &err);
    if (status == EM_OK && !em_output_apart(a->output, &inputs))
        status = em_fail(&err, EM_ERR_USAGE, "output", "nothing was written");
    if (status == EM_OK)
        status = train_base_adapt(a, &own, &inputs, model, &err);
    if (status != EM_OK) {
        err.status = status;
        em_error_report("train", &err);
    }
    em_examples_release(&own.examples);
    em_inputs_release(&inputs);
    em_model_free(model);
    if (status != EM_OK)
        return EM_EXIT_FAILED;
    return own.counts.bad || own.counts.failed ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}
