/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer clean`: a corpus without model output and leaked benchmarks. The command line
 * and the settings file; the run itself is pipeline/clean/clean_run.c.
 */
#include "cli/clean_check.h"
#include "cli/clean_show.h"
#include "cli/clean_tell.h"
#include "cli/commands.h"
#include "cli/config_options.h"

#include "base/alloc.h"

#include <stdlib.h>

struct command {
    struct em_clean_arguments run;
    struct em_clean_show review;
    bool compare, json;
};

/* What is to be done: look at a result, compare two, or clean. */
static int clean_dispatch(struct command *c, int operands, char **argv, int argc,
                          const char *const *line)
{
    if (c->review.dir) {
        if (operands || c->compare)
            return em_usage_error(&cmd_clean, "--review takes one folder");
        return em_clean_show_review(&c->review);
    }
    if (c->compare) {
        if (operands != 2)
            return em_usage_error(&cmd_clean, "--compare takes two folders");
        return em_clean_show_comparison(argv[1], argv[2], c->json);
    }
    c->run.command = &cmd_clean;
    int code = em_clean_check(&c->run, operands);
    return code == EM_EXIT_OK ? em_clean_tell(&c->run, argv + 1, operands, argc, line)
                              : code;
}

/* Settings, then the command line over them, then what they ask for. */
static int parse_and_run(struct command *c, const struct em_option *options, int argc,
                         char **argv)
{
    struct em_config *config = NULL;
    int operands, code = EM_EXIT_FAILED;
    /* Parsing moves the operands; the card names the line as it was. */
    const char **line = em_calloc((size_t)argc + 1, sizeof(line[0]));
    if (!line)
        return code;
    for (int i = 0; i < argc; i++)
        line[i] = argv[i];
    code = em_config_parse(&cmd_clean, options, argc, argv, &operands, &config);
    if (code == EM_EXIT_OK)
        code = clean_dispatch(c, operands, argv, argc, line);
    em_config_free(config);
    em_free(line);
    return code;
}

static const struct command defaults = {.run = {.contained = -1, /* not said */
                                                .echo_contained = 0.8,
                                                .echo_memory = 512000000,
                                                .margin = 200,
                                                .min_piece = 200,
                                                .max_pieces = 10,
                                                .min_words = 13},
                                        .review = {.limit = 1000}};

/* Options in the order of the help: what is looked for and the threshold. Into `out`, which has
 * room for them; their number. */
static size_t put_threshold_options(struct em_option *out, struct em_clean_arguments *a)
{
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &a->output, "DIR",
         "Write results and the data card into this folder. It is required to clean."},
        {EM_OPT_STRING, 0, "config", &a->config, "FILE",
         "Read settings from this YAML file (configs/clean.yaml explains them; default: "
         "none). Options on the command line override it."},
        {EM_OPT_FLAG, 0, "dry-run", &a->dry_run, NULL,
         "Write attributes/echometer/ and passages/ only, and report what would be "
         "removed."},
        {EM_OPT_STRING, 0, "only", &a->only, "LIST",
         "Look only for these, separated by commas: style, leak, match, lang, optout, "
         "echo (default: all but echo). Without style, leak and lang it is faster."},
        {EM_OPT_FLAG, 0, "keep-style", &a->keep_style, NULL,
         "Do not remove documents for their score, only tag it."},
        {EM_OPT_DOUBLE, 0, "fpr", &a->fpr, "SHARE",
         "Remove what is flagged at this rate of human text, 0.05% to 10% (default 1%)."},
        {EM_OPT_DOUBLE, 0, "threshold", &a->threshold, "SCORE",
         "Remove documents whose score is above this, instead of using --fpr."},
        {EM_OPT_STRINGS, 0, "threshold-for", &a->threshold_for, "WHAT=SCORE",
         "For one language (de=0.99) or kind of page (forum=0.999), remove documents "
         "whose score is above this instead; forum=keep removes none of them. Of two "
         "that are about a document the higher counts. The option may be repeated."},
        {EM_OPT_STRING, 0, "max-human-loss", &a->max_loss, "SHARE",
         "Choose the threshold so that, with 95 % confidence, at most this share of "
         "human documents is removed (for example 0.5%). It needs --calibrate."},
        {EM_OPT_STRINGS, 0, "calibrate", &a->calibrate, "FILE",
         "Measure --max-human-loss on these human texts; lines with "
         "\"label\":\"machine\" show what would be caught. The option may be repeated."},
        {EM_OPT_STRING, 0, "bound", &a->bound, "source|text",
         "Say whom the promise of --max-human-loss covers: human texts of sources that "
         "the calibration does not contain (source, the default; it needs 5 sources), or "
         "texts like the calibration's own (text)."},
        {EM_OPT_STRING, 0, "source-field", &a->source_field, "NAME",
         "Take the source of a calibration line from this field. Default: source, "
         "dataset or domain, else the URL's domain, else the file."},
    };
    memcpy(out, options, sizeof(options));
    return sizeof(options) / sizeof(options[0]);
}

/* What is done with what is found. */
static size_t put_action_options(struct em_option *out, struct em_clean_arguments *a)
{
    const struct em_option options[] = {
        {EM_OPT_STRINGS, 0, "refs", &a->refs, "FILE",
         "Look for passages of this reference set (see `echometer refs`). The option may "
         "be repeated."},
        {EM_OPT_STRING, 0, "on-leak", &a->on_leak, "drop|cut|tag",
         "Drop, cut or tag documents with assistant phrases and other residue of chat "
         "clients (default: tag)."},
        {EM_OPT_STRING, 0, "on-copy", &a->on_copy, "drop|cut|tag",
         "Drop, cut or tag documents with passages from sets of model output (default: "
         "drop)."},
        {EM_OPT_STRING, 0, "on-benchmark", &a->on_benchmark, "drop|cut|tag",
         "Drop, cut or tag documents with benchmark items (default: cut)."},
        {EM_OPT_DOUBLE, 0, "contained", &a->contained, "SHARE",
         "Count a match from this share of an item on (default 0.8 for model output, 0.5 "
         "for a benchmark's item; 0 counts any passage)."},
        {EM_OPT_U64, 0, "min-words", &a->min_words, "N",
         "Count a match only when it has at least N words (default 13)."},
        {EM_OPT_DOUBLE, 0, "known", &a->known, "SHARE",
         "Remove documents of which this share lies in items found, even where those "
         "would only be cut or tagged (default 0: never)."},
        {EM_OPT_U64, 0, "margin", &a->margin, "N",
         "Also cut N characters around a match (default 200)."},
        {EM_OPT_U64, 0, "min-piece", &a->min_piece, "N",
         "Remove pieces that a cut leaves shorter than N characters (default 200)."},
        {EM_OPT_U64, 0, "max-pieces", &a->max_pieces, "N",
         "Remove documents that cuts leave in more than N pieces (default 10)."},
        {EM_OPT_STRING, 0, "on-echo", &a->on_echo, "drop|tag",
         "Drop or tag documents that repeat an earlier one of the inputs, which are then "
         "read twice (default: do not look for them)."},
        {EM_OPT_DOUBLE, 0, "echo-contained", &a->echo_contained, "SHARE",
         "Count a document as an echo when at least this share of its runs of words "
         "appeared in earlier ones (default 0.8)."},
        {EM_OPT_U64, 0, "echo-memory", &a->echo_memory, "BYTES",
         "Use at most this many bytes of memory to find echoes (default 512M). With too "
         "little, short documents are not checked."},
        {EM_OPT_STRING, 0, "on-optout", &a->on_optout, "drop|tag",
         "Drop or tag documents whose owners reserve them from training (noai, TDM "
         "reservation, ai-train=no; default drop)."},
        {EM_OPT_STRING, 0, "on-edited", &a->on_edited, "LIST",
         "Tag or drop documents by the share of words that a model changed: "
         "tag=0.2,drop=0.6 tags from 20% and drops from 60% on (default: neither). It is "
         "measured for English only."},
        {EM_OPT_STRING, 0, "lang", &a->languages, "LIST",
         "Keep only these languages, separated by commas, such as en,fr (default: all)."},
    };
    memcpy(out, options, sizeof(options));
    return sizeof(options) / sizeof(options[0]);
}

/* Input and output, and looking at results. */
static size_t put_other_options(struct em_option *out, struct command *c)
{
    struct em_clean_arguments *a = &c->run;
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "text-field", &a->text_field, "NAME",
         "Take the text from this field of JSON lines; a dotted path is allowed "
         "(default: as for scan)."},
        {EM_OPT_STRING, 0, "model", &a->model, "FILE",
         "Score with this model (default: the installed English one)."},
        {EM_OPT_U64, 't', "threads", &a->threads, "N",
         "Use N worker threads (default: one for each processor). The output is the same "
         "for any number."},
        {EM_OPT_STRING, 0, "review", &c->review.dir, "DIR",
         "Show what a run cut, tagged and removed, in context: page by page on a "
         "terminal, otherwise as a list."},
        {EM_OPT_STRING, 0, "reason", &c->review.reason, "REASON",
         "With --review, show only this reason: score, leak, copy, benchmark, pieces, "
         "language, known, echo, optout or edited."},
        {EM_OPT_U64, 0, "limit", &c->review.limit, "N",
         "With --review, show at most N (default 1,000)."},
        {EM_OPT_STRING, 0, "html", &c->review.html, "FILE",
         "With --review, write an HTML page to this file instead."},
        {EM_OPT_FLAG, 0, "compare", &c->compare, NULL,
         "Compare the results in two folders: clean --compare DIR DIR."},
        {EM_OPT_FLAG, 0, "json", &c->json, NULL, "With --compare, print JSON."},
        {EM_OPT_FLAG, 'q', "quiet", &a->quiet, NULL, "Print nothing but errors."},
        EM_OPTIONS_END,
    };
    memcpy(out, options, sizeof(options));
    return sizeof(options) / sizeof(options[0]);
}

static int cmd_clean_run(int argc, char **argv)
{
    enum { ROOM = 64 };
    struct command c = defaults;
    struct em_option options[ROOM];
    size_t n = put_threshold_options(options, &c.run);
    n += put_action_options(options + n, &c.run);
    put_other_options(options + n, &c);
    return parse_and_run(&c, options, argc, argv);
}

const struct em_command cmd_clean = {
    .keeps_pipes = true,
    .meters = true,
    .name = "clean",
    .arguments = "INPUT... -o DIR | --review DIR | --compare DIR DIR",
    .summary = "remove model output and leaked benchmarks from a corpus",
    .description =
        "INPUT is JSONL (plain, .gz, .zst), Parquet, a WET, WARC or WACZ, a text, or a "
        "folder of\n"
        "them. Each input keeps its name and compression below DIR: kept/ (lines as they "
        "were,\n"
        "unless a passage was cut), removed/ (with the reasons), bad/ (what could not be "
        "read),\n"
        "attributes/echometer/ (Dolma's format) and passages/ (what was found, in "
        "context).\n"
        "There are also contamination.jsonl (by benchmark and item), CARD.md and "
        "card.json. The\n"
        "same command resumes after an interruption; finished files are not processed "
        "again.\n"
        "\n"
        "Look first; clean; review what was removed; try another threshold and compare:\n"
        "\n"
        "  echometer clean --dry-run corpus/ -o look\n"
        "  echometer clean corpus/ -o clean\n"
        "  echometer clean --review clean\n"
        "  echometer clean --max-human-loss 1% --calibrate human.jsonl corpus/ -o "
        "bounded\n"
        "  echometer clean --compare clean bounded\n"
        "\n"
        "Benchmarks alone, fast; copies and echoes too; settings from a file:\n"
        "\n"
        "  echometer clean --only match --refs gsm8k.emr shard.jsonl.zst -o clean\n"
        "  echometer clean --refs alpaca.emr --on-echo drop corpus/ -o clean\n"
        "  echometer clean --config configs/clean.yaml corpus/ -o clean",
    .run = cmd_clean_run,
};
