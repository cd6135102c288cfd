/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer clean`: a corpus without model output and leaked benchmarks. The command line
 * and the settings file; the run itself is pipeline/clean/clean_run.c.
 */
#include "cli/clean_show.h"
#include "cli/clean_tell.h"
#include "cli/commands.h"
#include "cli/config_options.h"

#include "base/alloc.h"
#include "pipeline/clean/clean_rules.h"

#include <math.h>
#include <stdlib.h>

struct command {
    struct em_clean_arguments run;
    struct em_clean_show review;
    bool compare, json;
};

static bool parse_action(const char *name, bool may_cut, enum em_clean_action *action)
{
    if (!name)
        return true;
    *action = strcmp(name, "drop") == 0  ? EM_CLEAN_DROP
              : strcmp(name, "cut") == 0 ? EM_CLEAN_CUT
                                         : EM_CLEAN_TAG;
    return *action == EM_CLEAN_TAG ? strcmp(name, "tag") == 0
                                   : *action == EM_CLEAN_DROP || may_cut;
}

/* "0.5%" or "0.005". */
static bool parse_share(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0)
        *out /= 100;
    else if (end == text || *end)
        return false;
    return *out > 0 && *out < 1;
}

/* "style,leak": bits of enum em_clean_signal. */
static bool parse_signals(const char *list, unsigned *signals)
{
    static const char *const names[] = {"style", "leak",   "match",
                                        "lang",  "optout", "echo"};
    struct em_view rest = em_view_of(list);
    *signals = 0;
    while (rest.len) {
        size_t comma = em_view_find(rest, 0, EM_VIEW(",")), i = 0;
        struct em_view name = em_view_trim(em_view_sub(rest, 0, comma));
        while (i < 6 && !em_view_eq(name, em_view_of(names[i])))
            i++;
        if (i == 6)
            return false;
        *signals |= 1u << i;
        rest = em_view_sub(rest, comma + 1, rest.len);
    }
    return *signals != 0;
}

static int check_signals(struct em_clean_arguments *a)
{
    struct em_clean_policy *p = &a->policy;
    a->signals = EM_CLEAN_STYLE | EM_CLEAN_LEAKS | EM_CLEAN_MATCHES | EM_CLEAN_LANGUAGES |
                 EM_CLEAN_OPTOUTS;
    if (a->on_echo)
        a->signals |= EM_CLEAN_ECHOES;
    if (a->only && !parse_signals(a->only, &a->signals))
        return em_usage_error(
            &cmd_clean, "--only is a list of style, leak, match, lang, optout, echo");
    if (a->languages && !(a->signals & EM_CLEAN_LANGUAGES))
        return em_usage_error(&cmd_clean, "--lang needs lang in --only");
    if (a->refs.n && !(a->signals & EM_CLEAN_MATCHES))
        return em_usage_error(&cmd_clean, "--refs needs match in --only");
    if (a->max_loss && !(a->signals & EM_CLEAN_STYLE))
        return em_usage_error(&cmd_clean, "--max-human-loss needs style in --only");
    p->score = !a->keep_style && a->signals & EM_CLEAN_STYLE;
    return EM_EXIT_OK;
}

static int check_loss(struct em_clean_arguments *a)
{
    if (a->max_loss && !parse_share(a->max_loss, &a->loss.allowed))
        return em_usage_error(&cmd_clean,
                              "--max-human-loss is a share, as 0.5%% or 0.005");
    if (!a->max_loss != !a->calibrate.n)
        return em_usage_error(&cmd_clean,
                              "--max-human-loss needs --calibrate FILE, and the reverse");
    if (a->max_loss && (a->threshold > 0 || a->keep_style))
        return em_usage_error(&cmd_clean,
                              "--max-human-loss chooses the threshold itself");
    if (a->bound && strcmp(a->bound, "source") != 0 && strcmp(a->bound, "text") != 0)
        return em_usage_error(&cmd_clean, "--bound is source or text");
    a->loss.bound =
        a->bound && strcmp(a->bound, "text") == 0 ? EM_CLEAN_BY_TEXT : EM_CLEAN_BY_SOURCE;
    a->loss.source_field = a->source_field;
    return EM_EXIT_OK;
}

/* Thresholds by language and kind of page, and the degree of editing. */
static int check_rules(struct em_clean_arguments *a)
{
    struct em_clean_policy *p = &a->policy;
    if ((a->threshold_for.n || a->on_edited) && !(a->signals & EM_CLEAN_STYLE))
        return em_usage_error(&cmd_clean,
                              "--threshold-for and --on-edited need style in --only");
    if (a->threshold_for.n && a->keep_style)
        return em_usage_error(&cmd_clean, "--keep-style removes nothing for its score: "
                                          "--threshold-for would change nothing");
    if (a->threshold_for.n > EM_CLEAN_RULES)
        return em_usage_error(&cmd_clean, "--threshold-for is possible %d times",
                              EM_CLEAN_RULES);
    for (size_t i = 0; i < a->threshold_for.n; i++)
        if (!em_clean_rule_parse(a->threshold_for.items[i], &a->rules[i]))
            return em_usage_error(
                &cmd_clean,
                "--threshold-for '%s': a language's code or a kind of page (article, "
                "documentation, service, forum, listing, product, collection), then = "
                "and "
                "a score between 0 and 1 or keep",
                a->threshold_for.items[i]);
    p->rules = a->rules;
    p->n_rules = a->threshold_for.n;
    if (a->on_edited && !em_clean_edited_parse(a->on_edited, p))
        return em_usage_error(&cmd_clean, "--on-edited is tag=SHARE, drop=SHARE or both, "
                                          "as tag=0.2,drop=0.6");
    return EM_EXIT_OK;
}

static int check_numbers(struct em_clean_arguments *a)
{
    struct em_clean_policy *p = &a->policy;
    const double contained = a->contained < 0 ? 0 : a->contained;
    const double shares[] = {a->fpr, a->threshold, contained, a->known,
                             a->echo_contained};
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
        if (!(shares[i] >= 0 && shares[i] <= 1))
            return em_usage_error(&cmd_clean, "--fpr, --threshold, --contained, --known, "
                                              "--echo-contained are shares");
    if (a->fpr == 1 || a->threshold == 1 || a->echo_contained == 0)
        return em_usage_error(&cmd_clean, "--fpr and --threshold are below 1, "
                                          "--echo-contained is above 0");
    if (a->margin > 1000000 || a->min_piece > 1000000 || a->max_pieces > 1000000 ||
        a->min_words > 1000000)
        return em_usage_error(&cmd_clean, "margins and counts are at most 1,000,000");
    p->threshold =
        a->threshold > 0 ? log(a->threshold / (1 - a->threshold)) : (double)NAN;
    p->contained[0] = a->contained < 0 ? 0.8F : (float)a->contained;
    p->contained[1] = a->contained < 0 ? 0.5F : (float)a->contained;
    p->known = (float)a->known;
    p->margin = (uint32_t)a->margin;
    p->min_piece = (uint32_t)a->min_piece;
    p->max_pieces = (uint32_t)a->max_pieces;
    p->min_words = (uint32_t)a->min_words;
    p->languages = a->languages;
    return EM_EXIT_OK;
}

static int check_arguments(struct em_clean_arguments *a, int operands)
{
    struct em_clean_policy *p = &a->policy;
    if (operands == 0)
        return em_usage_error(&cmd_clean, "name a file or folder to clean");
    if (!a->output)
        return em_usage_error(&cmd_clean, "missing -o DIR, the folder for the results");
    if (a->threads > EM_CLEAN_MAX_THREADS)
        return em_usage_error(&cmd_clean, "--threads is at most %d",
                              EM_CLEAN_MAX_THREADS);
    p->on_leak = EM_CLEAN_TAG;
    p->on_copy = p->on_optout = EM_CLEAN_DROP;
    p->on_echo = EM_CLEAN_DROP;
    p->on_benchmark = EM_CLEAN_CUT;
    if (!parse_action(a->on_leak, true, &p->on_leak) ||
        !parse_action(a->on_copy, true, &p->on_copy) ||
        !parse_action(a->on_benchmark, true, &p->on_benchmark))
        return em_usage_error(&cmd_clean,
                              "--on-leak, --on-copy, --on-benchmark: drop, cut or tag");
    if (!parse_action(a->on_echo, false, &p->on_echo) ||
        !parse_action(a->on_optout, false, &p->on_optout))
        return em_usage_error(&cmd_clean, "--on-echo, --on-optout: drop or tag");
    int code = check_signals(a);
    if (code == EM_EXIT_OK)
        code = check_loss(a);
    if (code == EM_EXIT_OK)
        code = check_rules(a);
    return code == EM_EXIT_OK ? check_numbers(a) : code;
}

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
    int code = check_arguments(&c->run, operands);
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
