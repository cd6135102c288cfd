/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer train`: labelled JSONL to a model file.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "pipeline/labelled.h"
#include "cli/models.h"
#include "cli/train_base.h"
#include "cli/train_families.h"
#include "cli/train_options.h"
#include "detector/learn/block.h"
#include "detector/learn/sources.h"
#include "detector/learn/train.h"
#include "report/train_text.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

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

/* All lengths first, then short texts by pieces of the same texts. */
static enum em_status calibrate(struct em_model *model,
                                const struct em_train_arguments *a,
                                const struct set *held_out, struct em_err *err)
{
    struct em_held_out *texts, *pieces;
    struct em_held_out_set all = {.n_sources = held_out->examples.sources.n}, some = all;
    EM_TRY(em_train_score_all(model, &held_out->examples, &texts, &all.n, err));
    mark_recent(texts, all.n, held_out, a->train.facts);
    all.items = texts;
    enum em_status status =
        em_calibrate(model, texts, all.n, all.n_sources, a->measured, a->train.seed, err);
    if (status == EM_OK)
        status = em_train_score_pieces(model, &held_out->examples, a->train.seed, &pieces,
                                       &some.n, err);
    if (status == EM_OK) {
        some.items = pieces;
        status = em_calibrate_short(model, &all, &some, a->train.seed);
        em_free(pieces);
    }
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

static enum em_status finish(struct em_model *model, const struct em_train_arguments *a,
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

static enum em_status build(const struct em_train_arguments *a, const struct set *train,
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
        em_terminal_own(stderr, "\r\033[K");
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

static int run(const struct em_train_arguments *a, char **names, int n)
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
    if (status == EM_OK && !em_output_apart(a->output, &inputs))
        status = em_fail(&err, EM_ERR_USAGE, "output", "nothing was written");
    if (status == EM_OK)
        status = em_inputs_add(&others, a->calibrate, &err);
    if (status == EM_OK)
        status = read_set(&train, &inputs, "training texts", a->quiet, &err);
    if (status == EM_OK)
        status = read_set(&held_out, &others, "calibration texts", a->quiet, &err);
    struct em_source_facts facts = {.items = NULL};
    if (status == EM_OK && a->sources)
        status = read_facts(&facts, a->sources, &err);
    struct em_train_arguments with = *a;
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

/* One of three jobs; `measured`: what is said where nothing was given. */
static int dispatch(const struct em_train_arguments *a, const char *measured,
                    char **names, int n)
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
    struct em_train_arguments a;
    struct em_option options[EM_TRAIN_MAX_OPTIONS];
    em_train_arguments_init(&a, options);
    const char *measured = a.measured;
    int operands;
    int code = em_options_parse(&cmd_train, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = em_train_arguments_check(&a, operands, &cmd_train);
    return code == EM_EXIT_OK ? dispatch(&a, measured, argv + 1, operands) : code;
}

const struct em_command cmd_train = {
    .keeps_pipes = true,
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
        "  echometer train train/ --calibrate dev/ -o en.emm --name en-2026.4\n"
        "\n"
        "With --base, a model is adapted to a hundred or more human texts of your own "
        "kind, and its\n"
        "thresholds are set on them. Fewer texts are flagged or more machine text is "
        "caught, and\n"
        "the report shows both, measured on texts that it did not learn from. The new "
        "model is then\n"
        "for that kind of text only, and prevalence gives no estimates of what it "
        "judges: "
        "it has no\n"
        "calibration by source.\n"
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
