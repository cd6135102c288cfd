/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/train_options.h"

#include "cli/commands.h"
#include "detector/learn/adapt.h"

#include <string.h>

static void train_defaults(struct em_train_arguments *a)
{
    *a = (struct em_train_arguments){
        .pull = EM_ADAPT_PULL,
        .measured = "held-out human texts, sources weighted equally"};
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

/* What is learned from, and what becomes of it; returns how many rows. */
static size_t train_rows_of_job(struct em_train_arguments *a, struct em_option *options)
{
    struct em_train_options *t = &a->train;
    const struct em_option rows[] = {
        {EM_OPT_STRING, 'o', "output", &a->output, "FILE",
         "Write the model to this file. It is required."},
        {EM_OPT_STRING, 0, "base", &a->base, "MODEL",
         "Adapt this model to the texts instead of training a new one; lines without a "
         "label count as human. Its n-grams stay as they are and its thresholds are set "
         "on the human texts."},
        {EM_OPT_DOUBLE, 0, "pull", &a->pull, "X",
         "With --base, hold the adapted model to the old one with this strength (default "
         "0.01; more changes less)."},
        {EM_OPT_STRING, 0, "families", &a->families, "TABLE",
         "With --base, leave the model as it is and teach it which family of models "
         "wrote a text. Each line of the table is a pattern of model names, a tab and a "
         "family."},
        {EM_OPT_STRING, 0, "calibrate", &a->calibrate, "PATH",
         "Calibrate and set thresholds on these labelled texts (a file or folder), from "
         "sources that are not among those trained on. It is required without --base."},
        {EM_OPT_STRING, 0, "calibrate-without", &a->calibrate_without, "NAMES",
         "Skip these data sets of --calibrate, separated by commas, because their labels "
         "cannot be trusted (default: none)."},
        {EM_OPT_STRING, 0, "measured", &a->measured, "TEXT",
         "Describe the calibration texts in these words, which are stored beside each "
         "threshold."},
        {EM_OPT_STRING, 0, "lang", &t->lang, "CODE",
         "Train on texts of this language and skip others (default: en)."},
        {EM_OPT_STRING, 0, "name", &t->name, "NAME",
         "Name the model (default: its language and a hash of its content)."},
        {EM_OPT_STRING, 0, "sources", &a->sources, "FILE",
         "Read what the data sets are from this file: lines of name, owner, register, "
         "kind of machine, year and expert, separated by tabs. Sources of one owner are "
         "held out together and share one weight, registers are balanced, each expert "
         "learns its kinds, and estimates distinguish the kinds. Default: each data set "
         "stands for itself."},
        {EM_OPT_U64, 0, "seed", &t->seed, "N",
         "Start random choices from this number (default 1); the same seed and input "
         "give the same bytes."},
        {EM_OPT_U64, 0, "threads", &a->threads, "N",
         "Use N threads, from 1 to 16 (default 2); any number gives the same bytes."},
    };
    memcpy(options, rows, sizeof(rows));
    return sizeof(rows) / sizeof(rows[0]);
}

/* Numbers of the recipe; returns how many rows. */
static size_t train_rows_of_recipe(struct em_train_arguments *a,
                                   struct em_option *options)
{
    struct em_train_options *t = &a->train;
    const struct em_option rows[] = {
        {EM_OPT_U64, 0, "cap", &a->cap, "N",
         "Take at most N windows from one source and class (default 3000)."},
        {EM_OPT_U64, 0, "window-min", &a->window_min, "WORDS",
         "Make training windows at least this many words long (default 40)."},
        {EM_OPT_U64, 0, "window-max", &a->window_max, "WORDS",
         "Make training windows at most this many words long (default 350)."},
        {EM_OPT_FLAG, 0, "window-log", &t->window_log, NULL,
         "Draw window lengths uniformly in their logarithm instead of uniformly in "
         "words."},
        {EM_OPT_U64, 0, "few-texts", &a->few_texts, "N",
         "Take several windows a text from sources with fewer than N texts (default "
         "1000)."},
        {EM_OPT_U64, 0, "per-text", &a->per_text, "N",
         "Take at most N windows from a text of such a source (default 6)."},
        {EM_OPT_U64, 0, "vocabulary", &a->vocabulary, "N",
         "Keep the N most frequent words as they are (default 2000)."},
        {EM_OPT_U64, 0, "min-sources", &a->min_sources, "N",
         "Ignore n-grams that occur in fewer than N sources (default 6)."},
        {EM_OPT_U64, 0, "folds", &a->folds, "N",
         "Divide the sources into N folds to train the stack (default 4)."},
        {EM_OPT_DOUBLE, 0, "cost", &t->cost, "C",
         "Set the cost of an error, which is one over the regularisation (default 10)."},
        {EM_OPT_U64, 0, "epochs", &a->epochs, "N",
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
        {EM_OPT_U64, 0, "norm", &a->norm, "0|1",
         "Divide sums of n-grams by the root of their number (0, the default) or by the "
         "number (1)."},
        {EM_OPT_U64, 0, "hidden", &a->hidden, "N",
         "Give each net of the stack N hidden units; 0 makes it linear (default 48)."},
        {EM_OPT_U64, 0, "nets", &a->nets, "N",
         "Average N nets that begin from different seeds (default 3)."},
        {EM_OPT_DOUBLE, 0, "blend", &t->blend, "X",
         "Add a linear stack to the hidden layer's with this weight (default 0: none)."},
        {EM_OPT_U64, 0, "stack-epochs", &a->stack_epochs, "N",
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
        {EM_OPT_U64, 0, "window", &a->window, "WORDS",
         "Let the detector read texts in windows of this many words (default 200)."},
        {EM_OPT_U64, 0, "min-words", &a->min_words, "N",
         "Let the detector abstain from texts with fewer than this many words (default "
         "40)."},
        {EM_OPT_FLAG, 0, "edited", &a->edited, NULL,
         "Also learn from edited, paraphrased and mixed texts."},
        {EM_OPT_FLAG, 'q', "quiet", &a->quiet, NULL,
         "Print no counts, progress or report."},
    };
    memcpy(options, rows, sizeof(rows));
    return sizeof(rows) / sizeof(rows[0]);
}

void em_train_arguments_init(struct em_train_arguments *a,
                             struct em_option options[EM_TRAIN_MAX_OPTIONS])
{
    const struct em_option end = EM_OPTIONS_END;
    train_defaults(a);
    a->train.name = NULL;
    size_t n = train_rows_of_job(a, options);
    n += train_rows_of_recipe(a, options + n);
    options[n] = end;
}

int em_train_arguments_check(struct em_train_arguments *a, int operands,
                             const struct em_command *command)
{
    struct em_train_options *o = &a->train;
    if (operands == 0)
        return em_usage_error(command, "name the labelled texts to learn from");
    if (!a->output)
        return em_usage_error(command, "missing -o MODEL, the file for the model");
    if (a->base && a->calibrate)
        return em_usage_error(
            command,
            "--base sets thresholds on the texts themselves; use it without --calibrate");
    if (a->families && !a->base)
        return em_usage_error(command,
                              "--families needs --base MODEL, the model it is for");
    if (!a->base && !a->calibrate)
        return em_usage_error(
            command, "missing --calibrate PATH, texts of sources not trained on: "
                     "thresholds from trained sources do not hold elsewhere");
    if (!(a->pull > 0))
        return em_usage_error(command, "--pull is more than 0");
    if ((o->name && (strlen(o->name) >= 32 || !*o->name)) || strlen(o->lang) >= 8 ||
        !*o->lang)
        return em_usage_error(command, "--name has at most 31 bytes, --lang 7");
    if (a->cap < 1 || a->cap > 1000000 || a->window_min < 20 ||
        a->window_max < a->window_min || a->window_max > 20000 || a->per_text < 1 ||
        a->per_text > 100 || a->few_texts > 1000000 || a->vocabulary > 5000)
        return em_usage_error(command, "sampling options out of range");
    if (a->folds < 2 || a->folds > 100 || a->epochs < 1 || a->epochs > 10000 ||
        a->nets < 1 || a->nets > EM_MODEL_MAX_HIDDEN ||
        a->hidden * a->nets >= EM_MODEL_MAX_HIDDEN || o->blend < 0 ||
        a->stack_epochs > 1000 || a->min_sources > 64 || a->norm >= EM_MODEL_NORM_COUNT ||
        !(o->cost > 0) || !(o->misspelt >= 0 && o->misspelt <= 1))
        return em_usage_error(command, "learning options out of range");
    if (a->window < 20 || a->window > 100000 || a->min_words > 100000)
        return em_usage_error(command, "--window or --min-words out of range");
    if (a->threads < 1 || a->threads > 16)
        return em_usage_error(command, "--threads is from 1 to 16");
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
