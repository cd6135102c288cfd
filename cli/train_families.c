/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/train_families.h"

#include "base/json.h"
#include "cli/cli.h"
#include "detector/learn/families.h"
#include "pipeline/labelled.h"
#include "cli/models.h"
#include "detector/learn/train_writers.h"

#include <inttypes.h>
#include <stdio.h>

struct reading {
    struct em_families families;
    const char *lang;
    struct em_examples examples;
    struct em_labelled_counts counts;
    uint64_t unnamed; /* machine texts that no family is taught by */
};

static enum em_status train_families_take(void *context, const struct em_labelled *row,
                                          struct em_err *err)
{
    struct reading *r = context;
    (void)err;
    if (!em_view_eq(row->label, EM_VIEW("machine")) ||
        em_labelled_fate(row, r->lang, false, 1) != EM_EXAMPLE_KEPT)
        return EM_OK;
    int family = em_families_find(&r->families, row->model);
    r->unnamed += family < 0;
    if (family < 0)
        return EM_OK;
    EM_TRY(em_examples_add(&r->examples, row, r->lang));
    r->examples.items[r->examples.n - 1].family = (int8_t)family;
    return EM_OK;
}

struct account {
    const struct em_writers_options *options;
    const struct em_writers_report *report;
};

static void write_account(struct em_json *json, const void *context)
{
    const struct account *a = context;
    em_json_key(json, "texts");
    em_json_u64(json, a->report->texts);
    em_json_key(json, "sources");
    em_json_u64(json, a->report->sources);
    em_json_key(json, "cost");
    em_json_fixed(json, a->options->cost, 3);
    em_json_key(json, "cap");
    em_json_u64(json, a->options->cap);
    em_json_key(json, "seed");
    em_json_u64(json, a->options->seed);
    em_json_key(json, "right_on_sources_left_out");
    em_json_fixed(json, a->report->top1, 4);
}

static void print_report(const struct reading *in, const struct em_writers *w,
                         const struct em_writers_report *r)
{
    fprintf(
        stderr,
        "%" PRIu64 " lines: learned from %u texts of %u sources; %" PRIu64
        " by models of no family, %" PRIu64 " bad\n"
        "texts of sources left out: %.1f%% right, %.1f%% among the first two, log-loss "
        "%.3f\n%-16s",
        in->counts.lines, (unsigned)r->texts, (unsigned)r->sources, in->unnamed,
        in->counts.bad, 100 * r->top1, 100 * r->top2, r->log_loss, "written by");
    for (uint32_t f = 0; f < w->n; f++)
        fprintf(stderr, " %9s", w->names[f]);
    fputc('\n', stderr);
    for (uint32_t truth = 0; truth < w->n; truth++) {
        fprintf(stderr, "%-16s", w->names[truth]);
        for (uint32_t f = 0; f < w->n; f++)
            fprintf(stderr, " %9u", (unsigned)r->confusion[truth][f]);
        fputc('\n', stderr);
    }
}

static enum em_status train_families_learn(const struct em_train_families *a,
                                           struct reading *in,
                                           const struct em_inputs *inputs,
                                           struct em_model *model, struct em_err *err)
{
    struct em_writers_options options;
    struct em_writers_report report;
    em_writers_defaults(&options);
    in->lang = em_model_lang(model);
    EM_TRY(em_families_read(&in->families, a->table, err));
    in->counts.tell_bad = em_error_bad_line;
    EM_TRY(em_labelled_read(inputs, train_families_take, in, &in->counts, err));
    options.seed = a->seed;
    options.n = in->families.n;
    for (uint32_t f = 0; f < options.n; f++)
        options.names[f] = in->families.names[f];
    EM_TRY(em_train_writers(model, &in->examples, &options, &report, err));
    const struct account account = {&options, &report};
    EM_TRY(em_models_account(model, "families", write_account, &account));
    EM_TRY(em_models_save("train", model, a->output, err));
    if (!a->quiet)
        print_report(in, &model->writers, &report);
    return EM_OK;
}

int em_train_families_run(const struct em_train_families *a, char **names, int n)
{
    struct reading in = {.lang = "en"};
    struct em_inputs inputs = {.note = em_tell_input};
    struct em_model *model = NULL;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_models_load("train", a->base, false, &model, &err);
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_inputs_add(&inputs, names[i], &err);
    if (status == EM_OK && !em_output_apart(a->output, &inputs))
        status = em_fail(&err, EM_ERR_USAGE, "output", "nothing was written");
    if (status == EM_OK)
        status = train_families_learn(a, &in, &inputs, model, &err);
    if (status != EM_OK) {
        err.status = status;
        em_error_report("train", &err);
    }
    em_examples_release(&in.examples);
    em_families_release(&in.families);
    em_inputs_release(&inputs);
    em_model_free(model);
    if (status != EM_OK)
        return EM_EXIT_FAILED;
    return in.counts.bad || in.counts.failed ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}
