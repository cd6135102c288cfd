/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer train`: labelled JSONL to a model file.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "pipeline/labelled.h"
#include "cli/models.h"
#include "cli/train_base.h"
#include "cli/train_families.h"
#include "detector/learn/adapt.h"
#include "detector/learn/block.h"
#include "detector/learn/sources.h"
#include "detector/learn/train.h"
#include "report/train_text.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    const char *output, *calibrate, *calibrate_without, *measured, *base, *families;
    const char *sources;
    double pull;
    struct em_train_options train;
    uint64_t cap, window_min, window_max, few_texts, per_text, vocabulary, min_sources,
        folds, epochs, hidden, nets, stack_epochs, window, min_words, norm, threads;
    bool edited, quiet;
};

/* One set of files: the texts kept, and what became of the others. */
struct set {
    const char *lang;
    const char *without; /* data sets left out, with commas; or NULL */
    bool edited;
    uint32_t min_words;
    uint64_t left_out;
    struct em_examples examples;
    struct em_labelled_counts counts;
    uint64_t fates[EM_EXAMPLE_FATES];
};

static bool listed(const char *names, struct em_view name)
{
    while (names && *names) {
        size_t n = strcspn(names, ",");
        if (em_view_eq(em_view_make(names, n), name))
            return true;
        names += n + (names[n] == ',');
    }
    return false;
}

static enum em_status take(void *context, const struct em_labelled *row,
                           struct em_err *err)
{
    struct set *set = context;
    (void)err;
    if (listed(set->without, row->dataset)) {
        set->left_out++;
        return EM_OK;
    }
    enum em_example_fate fate =
        em_labelled_fate(row, set->lang, set->edited, set->min_words);
    set->fates[fate]++;
    return fate == EM_EXAMPLE_KEPT ? em_examples_add(&set->examples, row, set->lang)
                                   : EM_OK;
}

static void print_set(const struct set *set, const char *what)
{
    fprintf(stderr, "%s: %" PRIu64 " lines", what, set->counts.lines);
    for (int f = 0; f < EM_EXAMPLE_FATES; f++)
        if (set->fates[f])
            fprintf(stderr, ", %" PRIu64 " %s", set->fates[f],
                    em_example_fate_name((enum em_example_fate)f));
    if (set->left_out)
        fprintf(stderr, ", %" PRIu64 " left out by name", set->left_out);
    if (set->counts.bad)
        fprintf(stderr, ", %" PRIu64 " bad", set->counts.bad);
    fputc('\n', stderr);
    for (uint32_t s = 0; s < set->examples.sources.n; s++) {
        uint64_t n[2] = {0, 0};
        for (size_t i = 0; i < set->examples.n; i++)
            if (set->examples.items[i].source == s)
                n[set->examples.items[i].label > 0]++;
        fprintf(stderr, "  %-32s human %6" PRIu64 "  machine %6" PRIu64 "\n",
                set->examples.sources.names[s], n[0], n[1]);
    }
}

enum { RECENT = 2024 };

/* Which texts are machine text of today, as far as the sources' years tell. */
static void mark_recent(struct em_held_out *texts, size_t n, const struct set *set,
                        const struct em_source_facts *facts)
{
    for (size_t i = 0; i < n; i++) {
        const struct em_source_fact *f =
            em_source_fact(facts, set->examples.sources.names[texts[i].source]);
        texts[i].recent = f && f->year >= RECENT;
    }
}

static enum em_status calibrate(struct em_model *model, const struct arguments *a,
                                const struct set *held_out, struct em_err *err)
{
    struct em_held_out *texts;
    size_t n;
    EM_TRY(em_train_score_all(model, &held_out->examples, &texts, &n, err));
    mark_recent(texts, n, held_out, a->train.facts);
    enum em_status status = em_calibrate(model, texts, n, held_out->examples.sources.n,
                                         a->measured, a->train.seed, err);
    em_free(texts);
    return status;
}

/* Without a name of its own a model is called by its content, so that no two share one. */
static enum em_status name_by_content(struct em_model *model, struct em_err *err)
{
    EM_TRY(em_model_identify(model, err));
    const char *hash = strrchr(model->id, '@') + 1;
    char name[sizeof(model->name)];
    snprintf(name, sizeof(name), "%s-%.8s", model->lang, hash);
    memset(model->name, 0, sizeof(model->name));
    memcpy(model->name, name, strlen(name));
    return EM_OK;
}

static enum em_status finish(struct em_model *model, const struct arguments *a,
                             const struct em_train_report *report,
                             const struct set *train, const struct set *held_out,
                             struct em_err *err)
{
    struct em_buf provenance;
    EM_TRY(em_block_make(model, &train->examples, report, &held_out->examples,
                         a->train.facts, a->measured, err));
    em_buf_init(&provenance, EM_MODEL_MAX_PROVENANCE);
    enum em_status status = em_train_provenance(&a->train, &train->examples,
                                                &held_out->examples, report, &provenance);
    if (status == EM_OK)
        status = em_model_set_provenance(model, em_buf_view(&provenance));
    em_buf_release(&provenance);
    if (status == EM_OK && !a->train.name)
        status = name_by_content(model, err);
    return status;
}

static enum em_status build(const struct arguments *a, const struct set *train,
                            const struct set *held_out, struct em_err *err)
{
    struct em_train_report report;
    struct em_model *model;
    struct em_train_watch watch = {
        .out = stderr,
        .started = em_clock_now(),
        .quiet = a->quiet,
        .terminal = isatty(STDERR_FILENO) == 1,
    };
    EM_TRY(em_train(&model, &train->examples, &a->train, &report, em_train_watch_step,
                    &watch, err));
    em_train_watch_step(&watch, "calibration", 0.95);
    enum em_status status = calibrate(model, a, held_out, err);
    if (watch.terminal && !a->quiet)
        fputs("\r\033[K", stderr);
    if (status == EM_OK)
        status = finish(model, a, &report, train, held_out, err);
    if (status == EM_OK)
        status = em_models_save("train", model, a->output, err);
    if (status == EM_OK && !a->quiet)
        em_train_text(stderr, &report, model);
    em_free(report.unseen);
    em_model_free(model);
    return status;
}

static enum em_status read_set(struct set *set, const struct em_inputs *inputs,
                               const char *what, bool quiet, struct em_err *err)
{
    set->counts.tell_bad = em_error_bad_line;
    EM_TRY(em_labelled_read(inputs, take, set, &set->counts, err));
    if (!quiet)
        print_set(set, what);
    return EM_OK;
}

static enum em_status read_facts(struct em_source_facts *facts, const char *path,
                                 struct em_err *err)
{
    struct em_buf text;
    em_buf_init(&text, 4 << 20);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK)
        status = em_source_facts_read(facts, em_buf_view(&text), err);
    em_buf_release(&text);
    return status;
}

static int run(const struct arguments *a, char **names, int n)
{
    struct set train = {.lang = a->train.lang, .edited = a->edited, .min_words = 20};
    struct set held_out = {.lang = a->train.lang,
                           .without = a->calibrate_without,
                           .min_words = a->train.min_words};
    struct em_inputs inputs = {.note = em_tell_input}, others = {.note = em_tell_input};
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_inputs_add(&inputs, names[i], &err);
    if (status == EM_OK)
        status = em_inputs_add(&others, a->calibrate, &err);
    if (status == EM_OK)
        status = read_set(&train, &inputs, "training texts", a->quiet, &err);
    if (status == EM_OK)
        status = read_set(&held_out, &others, "calibration texts", a->quiet, &err);
    struct em_source_facts facts = {.items = NULL};
    if (status == EM_OK && a->sources)
        status = read_facts(&facts, a->sources, &err);
    struct arguments with = *a;
    with.train.facts = &facts;
    with.train.unseen = true;
    if (status == EM_OK)
        status = build(&with, &train, &held_out, &err);
    em_source_facts_release(&facts);
    if (status != EM_OK) {
        err.status = status;
        em_error_report("train", &err);
    }
    bool damaged = train.counts.bad + train.counts.failed + held_out.counts.bad +
                       held_out.counts.failed >
                   0;
    em_examples_release(&train.examples);
    em_examples_release(&held_out.examples);
    em_inputs_release(&inputs);
    em_inputs_release(&others);
    if (status != EM_OK)
        return EM_EXIT_FAILED;
    return damaged ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int check(struct arguments *a, int operands)
{
    struct em_train_options *o = &a->train;
    if (operands == 0)
        return em_usage_error(&cmd_train, "nothing to learn from");
    if (!a->output)
        return em_usage_error(&cmd_train, "-o MODEL says where the model goes");
    if (a->base && a->calibrate)
        return em_usage_error(&cmd_train,
                              "--base sets thresholds on the texts themselves");
    if (a->families && !a->base)
        return em_usage_error(&cmd_train, "--families needs the model it is for: --base");
    if (!a->base && !a->calibrate)
        return em_usage_error(&cmd_train,
                              "--calibrate names texts of sources not trained on: "
                              "thresholds from trained sources do not hold elsewhere");
    if (!(a->pull > 0))
        return em_usage_error(&cmd_train, "--pull is more than 0");
    if ((o->name && (strlen(o->name) >= 32 || !*o->name)) || strlen(o->lang) >= 8 ||
        !*o->lang)
        return em_usage_error(&cmd_train, "--name has at most 31 bytes, --lang 7");
    if (a->cap < 1 || a->cap > 1000000 || a->window_min < 20 ||
        a->window_max < a->window_min || a->window_max > 20000 || a->per_text < 1 ||
        a->per_text > 100 || a->few_texts > 1000000 || a->vocabulary > 5000)
        return em_usage_error(&cmd_train, "sampling options out of range");
    if (a->folds < 2 || a->folds > 100 || a->epochs < 1 || a->epochs > 10000 ||
        a->nets < 1 || a->nets > EM_MODEL_MAX_HIDDEN ||
        a->hidden * a->nets >= EM_MODEL_MAX_HIDDEN || o->blend < 0 ||
        a->stack_epochs > 1000 || a->min_sources > 64 || a->norm >= EM_MODEL_NORM_COUNT ||
        !(o->cost > 0) || !(o->misspelt >= 0 && o->misspelt <= 1))
        return em_usage_error(&cmd_train, "learning options out of range");
    if (a->window < 20 || a->window > 100000 || a->min_words > 100000)
        return em_usage_error(&cmd_train, "--window or --min-words out of range");
    if (a->threads < 1 || a->threads > 16)
        return em_usage_error(&cmd_train, "--threads is from 1 to 16");
    o->threads = (uint32_t)a->threads;
    o->cap = (uint32_t)a->cap;
    o->window_min = (uint32_t)a->window_min;
    o->window_max = (uint32_t)a->window_max;
    o->few_texts = (uint32_t)a->few_texts;
    o->windows_a_text = (uint32_t)a->per_text;
    o->vocabulary = (uint32_t)a->vocabulary;
    o->min_sources = (uint32_t)a->min_sources;
    o->folds = (uint32_t)a->folds;
    o->epochs = (uint32_t)a->epochs;
    o->hidden = (uint32_t)a->hidden;
    o->nets = (uint32_t)a->nets;
    o->stack_epochs = (uint32_t)a->stack_epochs;
    o->norm = (uint32_t)a->norm;
    o->words_per_window = (uint32_t)a->window;
    o->min_words = (uint32_t)a->min_words;
    return EM_EXIT_OK;
}

static void defaults(struct arguments *a)
{
    *a = (struct arguments){.pull = EM_ADAPT_PULL,
                            .measured = "held-out human texts, each source alike"};
    struct em_train_options *o = &a->train;
    em_train_defaults(o);
    a->threads = o->threads;
    a->cap = o->cap;
    a->window_min = o->window_min;
    a->window_max = o->window_max;
    a->few_texts = o->few_texts;
    a->per_text = o->windows_a_text;
    a->vocabulary = o->vocabulary;
    a->min_sources = o->min_sources;
    a->folds = o->folds;
    a->epochs = o->epochs;
    a->hidden = o->hidden;
    a->nets = o->nets;
    a->stack_epochs = o->stack_epochs;
    a->norm = o->norm;
    a->window = o->words_per_window;
    a->min_words = o->min_words;
}

/* One of three jobs; `measured`: what is said where nothing was given. */
static int dispatch(const struct arguments *a, const char *measured, char **names, int n)
{
    const struct em_train_families families = {.base = a->base,
                                               .table = a->families,
                                               .output = a->output,
                                               .seed = a->train.seed,
                                               .quiet = a->quiet};
    const struct em_train_base base = {.base = a->base,
                                       .output = a->output,
                                       .measured =
                                           a->measured == measured ? NULL : a->measured,
                                       .name = a->train.name,
                                       .pull = a->pull,
                                       .quiet = a->quiet};
    if (a->families)
        return em_train_families_run(&families, names, n);
    return a->base ? em_train_base_run(&base, names, n) : run(a, names, n);
}

static int cmd_train_run(int argc, char **argv)
{
    struct arguments a;
    defaults(&a);
    const char *measured = a.measured;
    struct em_train_options *t = &a.train;
    t->name = NULL;
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the model to this file. It is required."},
        {EM_OPT_STRING, 0, "base", &a.base, "MODEL",
         "Adapt this model to the texts instead of training a new one; lines without a "
         "label count as human. Its n-grams stay as they are and its thresholds are set "
         "on the human texts."},
        {EM_OPT_DOUBLE, 0, "pull", &a.pull, "X",
         "With --base, hold the adapted model to the old one with this strength (default "
         "0.01; more changes less)."},
        {EM_OPT_STRING, 0, "families", &a.families, "TABLE",
         "With --base, leave the model as it is and teach it which family of models "
         "wrote a text. Each line of the table is a pattern of model names, a tab and a "
         "family."},
        {EM_OPT_STRING, 0, "calibrate", &a.calibrate, "PATH",
         "Calibrate and set thresholds on these labelled texts (a file or folder), from "
         "sources that are not among those trained on. It is required without --base."},
        {EM_OPT_STRING, 0, "calibrate-without", &a.calibrate_without, "NAMES",
         "Skip these data sets of --calibrate, separated by commas, because their labels "
         "cannot be trusted (default: none)."},
        {EM_OPT_STRING, 0, "measured", &a.measured, "TEXT",
         "Describe the calibration texts in these words, which are stored beside each "
         "threshold."},
        {EM_OPT_STRING, 0, "lang", &t->lang, "CODE",
         "Train on texts of this language and skip others (default: en)."},
        {EM_OPT_STRING, 0, "name", &t->name, "NAME",
         "Name the model (default: its language and a hash of its content)."},
        {EM_OPT_STRING, 0, "sources", &a.sources, "FILE",
         "Read what the data sets are from this file: lines of name, owner, register, "
         "kind of machine, year and expert, separated by tabs. Sources of one owner are "
         "held out together and share one weight, registers are balanced, each expert "
         "learns its kinds, and estimates distinguish the kinds. Default: each data set "
         "stands for itself."},
        {EM_OPT_U64, 0, "seed", &t->seed, "N",
         "Start random choices from this number (default 1); the same seed and input "
         "give the same bytes."},
        {EM_OPT_U64, 0, "threads", &a.threads, "N",
         "Use N threads, from 1 to 16 (default 2); any number gives the same bytes."},
        {EM_OPT_U64, 0, "cap", &a.cap, "N",
         "Take at most N windows from one source and class (default 3000)."},
        {EM_OPT_U64, 0, "window-min", &a.window_min, "WORDS",
         "Make training windows at least this many words long (default 40)."},
        {EM_OPT_U64, 0, "window-max", &a.window_max, "WORDS",
         "Make training windows at most this many words long (default 350)."},
        {EM_OPT_FLAG, 0, "window-log", &t->window_log, NULL,
         "Draw window lengths uniformly in their logarithm instead of uniformly in "
         "words."},
        {EM_OPT_U64, 0, "few-texts", &a.few_texts, "N",
         "Take several windows a text from sources with fewer than N texts (default "
         "1000)."},
        {EM_OPT_U64, 0, "per-text", &a.per_text, "N",
         "Take at most N windows from a text of such a source (default 6)."},
        {EM_OPT_U64, 0, "vocabulary", &a.vocabulary, "N",
         "Keep the N most frequent words as they are (default 2000)."},
        {EM_OPT_U64, 0, "min-sources", &a.min_sources, "N",
         "Ignore n-grams that occur in fewer than N sources (default 6)."},
        {EM_OPT_U64, 0, "folds", &a.folds, "N",
         "Divide the sources into N folds to train the stack (default 4)."},
        {EM_OPT_DOUBLE, 0, "cost", &t->cost, "C",
         "Set the cost of an error, which is one over the regularisation (default 10)."},
        {EM_OPT_U64, 0, "epochs", &a.epochs, "N",
         "Let the solver make at most N passes (default 10)."},
        {EM_OPT_DOUBLE, 0, "tolerance", &t->tolerance, "X",
         "Stop the solver when the largest violation is below this (default 0.02)."},
        {EM_OPT_DOUBLE, 0, "balance", &t->balance, "X",
         "Weight a source's windows by their number to the power of -X: 0 counts texts, "
         "1 counts sources (default 0.5)."},
        {EM_OPT_DOUBLE, 0, "registers", &t->registers, "X",
         "Weight a register's texts by the register's weight to the power of -X: 0 "
         "counts sources, 1 counts registers (default 0.25)."},
        {EM_OPT_DOUBLE, 0, "paired", &t->paired, "X",
         "Multiply the weight of sources that have both classes by this (default 1)."},
        {EM_OPT_DOUBLE, 0, "rarity", &t->rarity, "X",
         "Raise an n-gram's inverse document frequency to this power in its value "
         "(default 1)."},
        {EM_OPT_DOUBLE, 0, "misspelt", &t->misspelt, "SHARE",
         "Put typing errors into this share of the training windows, of both classes "
         "(default 0.15)."},
        {EM_OPT_DOUBLE, 0, "decoys", &t->decoys, "SHARE",
         "Add headings, names and dashes that would give their class away to this share "
         "of the training windows, in English only (default 0.2)."},
        {EM_OPT_DOUBLE, 0, "old", &t->old, "X",
         "Multiply the weight of texts by models before GPT-3.5 by this (default 0)."},
        {EM_OPT_U64, 0, "norm", &a.norm, "0|1",
         "Divide sums of n-grams by the root of their number (0, the default) or by the "
         "number (1)."},
        {EM_OPT_U64, 0, "hidden", &a.hidden, "N",
         "Give each net of the stack N hidden units; 0 makes it linear (default 48)."},
        {EM_OPT_U64, 0, "nets", &a.nets, "N",
         "Average N nets that begin from different seeds (default 3)."},
        {EM_OPT_DOUBLE, 0, "blend", &t->blend, "X",
         "Add a linear stack to the hidden layer's with this weight (default 0: none)."},
        {EM_OPT_U64, 0, "stack-epochs", &a.stack_epochs, "N",
         "Train the stack for N passes (default 8)."},
        {EM_OPT_DOUBLE, 0, "stack-rate", &t->stack_rate, "X",
         "Train the stack with this step size (default 0.003)."},
        {EM_OPT_DOUBLE, 0, "stack-decay", &t->stack_decay, "X",
         "Train the stack with this weight decay (default 0.03)."},
        {EM_OPT_DOUBLE, 0, "stack-noise", &t->stack_noise, "X",
         "Add noise of this many standard deviations to the n-gram score while the stack "
         "learns (default 0)."},
        {EM_OPT_DOUBLE, 0, "stack-human", &t->stack_human, "X",
         "Weight human text this many times as much as machine text while the stack "
         "learns (default 3)."},
        {EM_OPT_STRING, 0, "without", &t->without, "NAMES",
         "Leave out the style features whose names begin with these, separated by commas "
         "(default: homoglyphs,invisibles)."},
        {EM_OPT_U64, 0, "window", &a.window, "WORDS",
         "Let the detector read texts in windows of this many words (default 200)."},
        {EM_OPT_U64, 0, "min-words", &a.min_words, "N",
         "Let the detector abstain from texts with fewer than this many words (default "
         "40)."},
        {EM_OPT_FLAG, 0, "edited", &a.edited, NULL,
         "Also learn from edited, paraphrased and mixed texts."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL,
         "Print no counts, progress or report."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_train, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = check(&a, operands);
    return code == EM_EXIT_OK ? dispatch(&a, measured, argv + 1, operands) : code;
}

const struct em_command cmd_train = {
    .name = "train",
    .arguments = "FILE... -o MODEL --calibrate PATH | --base MODEL",
    .summary = "train a model on labelled texts, or adapt one to your own",
    .description =
        "FILE is labelled JSONL (plain, .gz, .zst) or Parquet, or a folder of such "
        "files: objects\n"
        "with \"text\", \"label\" (human or machine) and, where known, \"dataset\", "
        "\"model\", \"lang\" and\n"
        "\"edit\". Lines with \"edit\" are skipped unless --edited is given. The same "
        "command gives the\n"
        "same bytes.\n"
        "\n"
        "  echometer train train/ --calibrate dev/ -o en.emm --name en-2026.3\n"
        "\n"
        "With --base, a model is adapted to a hundred or more human texts of your own "
        "kind, and its\n"
        "thresholds are set on them. Fewer texts are flagged or more machine text is "
        "caught, and\n"
        "the report shows both, measured on texts that it did not learn from. The new "
        "model is then\n"
        "for that kind of text only.\n"
        "\n"
        "  echometer train --base en.emm mine.jsonl -o mine.emm\n"
        "\n"
        "With --families, a model learns to say which family of models wrote a text. Its "
        "verdicts\n"
        "do not change.\n"
        "\n"
        "  echometer train --base en.emm --families configs/families.tsv train/ -o "
        "en.emm",
    .run = cmd_train_run,
};
