/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer calibrate`: thresholds of a model set on somebody's own human texts.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "pipeline/labelled.h"
#include "cli/models.h"
#include "detector/learn/block.h"
#include "detector/learn/calibrate.h"
#include "detector/learn/train.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *model, *human, *fpr, *output, *name, *measured;
    double rates[EM_MODEL_MAX_THRESHOLDS];
    size_t n_rates;
    bool quiet;
};

struct slice {
    struct em_examples examples;
    const char *lang;
    struct em_labelled_counts counts;
    uint64_t machine, fates[EM_EXAMPLE_FATES];
};

/* Lines without a label are human: that is what the slice is said to be. */
static enum em_status take(void *context, const struct em_labelled *row,
                           struct em_err *err)
{
    struct slice *s = context;
    struct em_labelled human = *row;
    (void)err;
    if (em_view_eq(row->label, EM_VIEW("machine"))) {
        s->machine++;
        return EM_OK;
    }
    human.label = EM_VIEW("human");
    human.dataset = EM_VIEW("own");
    enum em_example_fate fate = em_labelled_fate(&human, s->lang, true, 1);
    s->fates[fate]++;
    return fate == EM_EXAMPLE_KEPT ? em_examples_add(&s->examples, &human, s->lang)
                                   : EM_OK;
}

static enum em_status set_thresholds(const struct arguments *a, struct em_model *model,
                                     const struct slice *slice, struct em_err *err)
{
    struct em_held_out *texts;
    size_t n;
    char measured[256];
    snprintf(measured, sizeof(measured), "%s", a->measured ? a->measured : a->human);
    EM_TRY(em_train_score_all(model, &slice->examples, &texts, &n, err));
    double *scores = em_malloc((n ? n : 1) * sizeof(*scores));
    enum em_status status = scores ? EM_OK : EM_ERR_NOMEM;
    for (size_t i = 0; i < n && scores; i++)
        scores[i] = em_model_calibrate(model, texts[i].logit, texts[i].words);
    if (!a->quiet)
        fprintf(stderr,
                "%" PRIu64 " lines, %zu human texts scored, %zu too short, %" PRIu64
                " of another language, %" PRIu64 " labelled machine, %" PRIu64
                " without text, %" PRIu64 " bad\n",
                slice->counts.lines, n, slice->examples.n - n,
                slice->fates[EM_EXAMPLE_LANGUAGE], slice->machine,
                slice->fates[EM_EXAMPLE_NO_LABEL], slice->counts.bad);
    if (status == EM_OK)
        status = em_calibrate_own(model, scores, n, a->rates, a->n_rates, measured, err);
    em_free(scores);
    em_free(texts);
    if (status == EM_OK)
        status = em_block_make_own(model, &slice->examples, measured, err);
    return status;
}

static void print_thresholds(const struct em_model *model)
{
    printf("%8s %10s %8s %20s\n", "rate", "log-odds", "texts", "95 % interval");
    for (uint32_t k = 0; k < model->n_thresholds; k++) {
        const struct em_model_threshold *t = &model->thresholds[k];
        printf("%7.3g%% %10.3f %8u    [%6.3f%%, %6.3f%%]\n", 100 * t->fpr, t->log_odds,
               (unsigned)t->n_human, 100 * t->fpr_low, 100 * t->fpr_high);
    }
}

static int run(const struct arguments *a)
{
    struct slice slice = {.lang = "en"};
    struct em_inputs inputs = {.note = em_tell_input};
    struct em_model *model = NULL;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_models_load("calibrate", a->model, false, &model, &err);
    if (status == EM_OK) {
        slice.lang = em_model_lang(model);
        status = em_inputs_add(&inputs, a->human, &err);
    }
    slice.counts.tell_bad = em_error_bad_line;
    if (status == EM_OK && !em_output_apart(a->output, &inputs))
        status = em_fail(&err, EM_ERR_USAGE, "output", "nothing was written");
    if (status == EM_OK)
        status = em_labelled_read(&inputs, take, &slice, &slice.counts, &err);
    if (status == EM_OK)
        status = set_thresholds(a, model, &slice, &err);
    if (status == EM_OK) {
        em_models_rename(model, a->name);
        status = em_models_save("calibrate", model, a->output, &err);
    }
    if (status == EM_OK)
        print_thresholds(model);
    else {
        err.status = status;
        em_error_report("calibrate", &err);
    }
    em_examples_release(&slice.examples);
    em_inputs_release(&inputs);
    em_model_free(model);
    if (status != EM_OK)
        return EM_EXIT_FAILED;
    return slice.counts.bad || slice.counts.failed ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* "0.01,0.001": descending and distinct, whatever the order given. */
static bool parse_rates(struct arguments *a)
{
    const char *p = a->fpr;
    a->n_rates = 0;
    do {
        char *end;
        double rate = strtod(p, &end);
        if (end != p && *end == '%') {
            rate /= 100;
            end++;
        }
        if (end == p || (*end && *end != ',') || (*end && !end[1]) ||
            !(rate > 0 && rate < 1) || a->n_rates == EM_MODEL_MAX_THRESHOLDS)
            return false;
        a->rates[a->n_rates++] = rate;
        p = *end ? end + 1 : end;
    } while (*p);
    qsort(a->rates, a->n_rates, sizeof(*a->rates), falling);
    for (size_t k = 1; k < a->n_rates; k++)
        if (!(a->rates[k] < a->rates[k - 1]))
            return false;
    return true;
}

static int cmd_calibrate_run(int argc, char **argv)
{
    struct arguments a = {.fpr = "0.05,0.01"};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "human", &a.human, "PATH",
         "Set thresholds on the human texts in this JSONL (plain, .gz, .zst) or Parquet "
         "file, or in a folder of them. It is required."},
        {EM_OPT_STRING, 0, "fpr", &a.fpr, "SHARES",
         "Set a threshold for each of these shares of human text, separated by commas "
         "(default 0.05,0.01)."},
        {EM_OPT_STRING, 0, "model", &a.model, "FILE",
         "Start from this model (default: the installed English one)."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the new model to this file. It is required."},
        {EM_OPT_STRING, 0, "name", &a.name, "NAME",
         "Name the new model (default: the old name and \"-own\")."},
        {EM_OPT_STRING, 0, "measured", &a.measured, "TEXT",
         "Describe the texts in these words, which are stored in the model file "
         "(default: PATH)."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Print no counts on standard error."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_calibrate, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 0)
        return em_usage_error(&cmd_calibrate, "texts are named with --human");
    if (!a.human || !a.output)
        return em_usage_error(&cmd_calibrate, "missing --human PATH or -o MODEL");
    if (a.name && (!*a.name || strlen(a.name) > 31))
        return em_usage_error(&cmd_calibrate, "--name has 1 to 31 bytes");
    if (!parse_rates(&a))
        return em_usage_error(&cmd_calibrate,
                              "--fpr takes different shares above 0 and below 1, at most "
                              "%d; not '%s'",
                              EM_MODEL_MAX_THRESHOLDS, a.fpr);
    return run(&a);
}

const struct em_command cmd_calibrate = {
    .keeps_pipes = true,
    .meters = true,
    .name = "calibrate",
    .arguments = "--human PATH -o MODEL",
    .summary = "set a model's thresholds on your own human texts",
    .description =
        "Every text of PATH that is not labelled machine is taken to be human. For each "
        "share\n"
        "requested, the lowest threshold that flags at most that share of them goes into "
        "the new\n"
        "model and is printed with the exact 95 % interval of the rate. This holds for "
        "texts of the\n"
        "same kind and for no others. Scores do not change. A share of 1% needs at least "
        "100 texts;\n"
        "300 with none flagged show it with 95 % confidence.\n"
        "\n"
        "`--fpr` of other commands then accepts any other rate that these texts can "
        "show. The new\n"
        "model has its own name; `prevalence` measures human text by these texts, and "
        "machine text\n"
        "by the model's own sources.\n"
        "\n"
        "  echometer calibrate --human slice.jsonl --fpr 0.01,0.001 -o own.emm\n"
        "  echometer scan --model own.emm --fpr 0.001 crawl.warc.gz",
    .run = cmd_calibrate_run,
};
