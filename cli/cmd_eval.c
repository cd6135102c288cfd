/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer eval`: how good a model's verdicts on labelled texts are.
 */
#include "base/alloc.h"
#include "cli/commands.h"
#include "report/eval_text.h"
#include "pipeline/labelled.h"
#include "cli/models.h"
#include "detector/learn/eval.h"

#include <inttypes.h>
#include <string.h>

struct arguments {
    const char *model, *by, *output;
    uint64_t resamples, seed;
    bool json, csv, newer, edited, quiet, pooled;
};

struct run {
    struct em_eval eval;
    struct em_detector *detector;
    const char *lang;
    bool edited;
    struct em_labelled_counts counts;
    uint64_t fates[EM_EXAMPLE_FATES];
};

static enum em_status eval_take(void *context, const struct em_labelled *row,
                                struct em_err *err)
{
    struct run *r = context;
    enum em_example_fate fate = em_labelled_fate(row, r->lang, r->edited, 1);
    r->fates[fate]++;
    if (fate != EM_EXAMPLE_KEPT)
        return EM_OK;
    struct em_doc doc = {.text = row->text, .lang = row->lang, .lang_confidence = 1};
    struct em_verdict verdict;
    EM_TRY(em_detect(r->detector, &doc, &verdict, err));
    return em_eval_add(&r->eval, row, &verdict);
}

static void print_counts(const struct run *r)
{
    fprintf(stderr, "%" PRIu64 " lines", r->counts.lines);
    for (int f = 0; f < EM_EXAMPLE_FATES; f++)
        if (r->fates[f])
            fprintf(stderr, ", %" PRIu64 " %s", r->fates[f],
                    em_example_fate_name((enum em_example_fate)f));
    if (r->counts.bad)
        fprintf(stderr, ", %" PRIu64 " bad", r->counts.bad);
    fprintf(stderr, "; too short for the model: %" PRIu64 " human, %" PRIu64 " machine\n",
            r->eval.too_short[0], r->eval.too_short[1]);
}

static enum em_status print_table(const struct run *r, FILE *out, enum em_eval_form form,
                                  enum em_eval_by by, bool newer, bool means_only)
{
    struct em_eval_group *groups;
    struct em_eval_means means;
    size_t n;
    char table[64];
    snprintf(table, sizeof(table), "%s%s", em_eval_by_name(by),
             newer ? ", GPT-3.5 and later" : "");
    EM_TRY(em_eval_table(&r->eval, by, newer, &groups, &n));
    enum em_status status =
        means_only ? EM_OK : em_eval_print(out, form, table, groups, n);
    if (status == EM_OK && by == EM_EVAL_DATASET && form != EM_EVAL_CSV) {
        em_eval_summarise(groups, n, &means);
        status = em_eval_error_together(&r->eval, newer, &means.error_together);
        if (status == EM_OK)
            status = em_eval_print_means(out, form, table, &means);
    }
    em_free(groups);
    return status;
}

/* "dataset,length" -> set of attributes; false for an unknown name. */
static bool parse_by(const char *text, bool chosen[EM_EVAL_BY_COUNT])
{
    while (*text) {
        size_t n = strcspn(text, ",");
        int k = 0;
        while (k < EM_EVAL_BY_COUNT &&
               !em_view_eq(em_view_make(text, n),
                           em_view_of(em_eval_by_name((enum em_eval_by)k))))
            k++;
        if (k == EM_EVAL_BY_COUNT)
            return false;
        chosen[k] = true;
        text += n + (text[n] == ',');
    }
    return true;
}

static enum em_status print_all(const struct run *r, const struct arguments *a, FILE *out)
{
    bool chosen[EM_EVAL_BY_COUNT] = {false};
    enum em_eval_form form = a->json ? EM_EVAL_JSON : a->csv ? EM_EVAL_CSV : EM_EVAL_TEXT;
    parse_by(a->by, chosen);
    for (int k = 0; k < EM_EVAL_BY_COUNT; k++)
        if (chosen[k])
            EM_TRY(print_table(r, out, form, (enum em_eval_by)k, a->newer, false));
    if (chosen[EM_EVAL_DATASET] && !a->newer)
        EM_TRY(print_table(r, out, form, EM_EVAL_DATASET, true, true));
    if (!a->pooled)
        return EM_OK;
    struct em_eval_group *groups;
    size_t n;
    EM_TRY(em_eval_pooled(&r->eval, true, &groups, &n));
    enum em_status status =
        em_eval_print_pooled(out, form, "pooled, GPT-3.5 and later", groups, n);
    em_free(groups);
    return status;
}

static enum em_status evaluate(struct run *r, const struct arguments *a,
                               const struct em_inputs *inputs, struct em_err *err)
{
    FILE *out = em_output_apart(a->output, inputs) ? em_output_open(a->output) : NULL;
    if (!out)
        return em_fail(err, EM_ERR_IO, "eval", "no output");
    r->counts.tell_bad = em_error_bad_line;
    enum em_status status = em_labelled_read(inputs, eval_take, r, &r->counts, err);
    if (status == EM_OK && !a->quiet)
        print_counts(r);
    if (status == EM_OK && r->fates[EM_EXAMPLE_KEPT] == 0)
        status = em_fail(err, EM_ERR_FORMAT, "eval",
                         "none of %" PRIu64 " lines is a labelled text that can be used",
                         r->counts.lines);
    if (status == EM_OK)
        status = print_all(r, a, out);
    if (out != stdout && !em_output_end(out, a->output, status >= 0) && status == EM_OK)
        status = em_fail(err, EM_ERR_IO, "eval", "output incomplete");
    return status;
}

static int eval_run(const struct arguments *a, char **names, int n)
{
    struct run r = {.edited = a->edited};
    struct em_inputs inputs = {.note = em_tell_input};
    struct em_model *model = NULL;
    struct em_err err = {.status = EM_OK};
    const struct em_detect_options options = {.fpr = 0.01};
    enum em_status status = em_models_load("eval", a->model, false, &model, &err);
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_inputs_add(&inputs, names[i], &err);
    if (status == EM_OK)
        status = em_detector_new(&r.detector, model, &options, &err);
    if (status == EM_OK) {
        r.lang = em_model_lang(model);
        em_eval_init(&r.eval, model, (uint32_t)a->resamples, a->seed);
        status = evaluate(&r, a, &inputs, &err);
        em_eval_release(&r.eval);
    }
    if (status != EM_OK) {
        err.status = status;
        em_error_report("eval", &err);
    }
    em_detector_free(r.detector);
    em_model_free(model);
    em_inputs_release(&inputs);
    if (status != EM_OK)
        return EM_EXIT_FAILED;
    return r.counts.bad || r.counts.failed ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int cmd_eval_run(int argc, char **argv)
{
    struct arguments a = {.by = "dataset,length", .resamples = 200, .seed = 1};
    bool chosen[EM_EVAL_BY_COUNT];
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "model", &a.model, "FILE",
         "Measure this model (default: the installed English one)."},
        {EM_OPT_STRING, 0, "by", &a.by, "NAMES",
         "Print tables by dataset, domain, model, length or lang, separated by commas "
         "(default: dataset,length)."},
        {EM_OPT_FLAG, 0, "newer-only", &a.newer, NULL,
         "Leave out texts of models before GPT-3.5. Means without them are printed in "
         "any case."},
        {EM_OPT_FLAG, 0, "edited", &a.edited, NULL,
         "Include edited, paraphrased and mixed texts."},
        {EM_OPT_FLAG, 0, "pooled", &a.pooled, NULL,
         "Also rank each class of a source against the other class of all other sources. "
         "This is the only ranking for sources with one class."},
        {EM_OPT_U64, 0, "resamples", &a.resamples, "N",
         "Draw N bootstrap samples for intervals (default 200)."},
        {EM_OPT_U64, 0, "seed", &a.seed, "N",
         "Start the bootstrap from this number (default 1)."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the tables to this file instead of standard output."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Print one JSON line for each group, with its schema (1)."},
        {EM_OPT_FLAG, 0, "csv", &a.csv, NULL,
         "Print CSV, without means and pooled tables."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Print no counts on standard error."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_eval, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands == 0)
        return em_usage_error(&cmd_eval, "name labelled texts to measure on");
    if (!parse_by(a.by, chosen))
        return em_usage_error(
            &cmd_eval, "--by takes dataset, domain, model, length, lang; not '%s'", a.by);
    if (a.resamples > 100000)
        return em_usage_error(&cmd_eval, "--resamples is at most 100000");
    if (a.json && a.csv)
        return em_usage_error(&cmd_eval, "--json or --csv, not both");
    return eval_run(&a, argv + 1, operands);
}

const struct em_command cmd_eval = {
    .meters = true,
    .name = "eval",
    .arguments = "FILE...",
    .summary = "measure a model on labelled texts, by source, length or model",
    .description = "FILE is labelled JSONL or Parquet as for `train`, or a folder of "
                   "such files. For each\n"
                   "group it prints the humans flagged and the machine text caught at "
                   "the model's thresholds\n"
                   "for 5%, 1% and 0.1% false positives; the same at the 1% threshold of "
                   "the other sources;\n"
                   "AUROC and TPR at the group's own 5%, 1% and 0.1% with bootstrap "
                   "intervals; and the\n"
                   "expected calibration error. Texts too short for the model are left "
                   "out; other abstentions\n"
                   "count as not flagged and are not ranked.\n"
                   "\n"
                   "  echometer eval dev/\n"
                   "  echometer eval --by model,domain --csv -o table.csv dev/",
    .run = cmd_eval_run,
};
