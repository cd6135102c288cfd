/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer echo`: passages that stand on several sites, in order of time.
 */
#include "base/limits.h"
#include "index/model.h"
#include "cli/commands.h"
#include "report/echo_rows.h"
#include "pipeline/scan/echo_text.h"

#include <string.h>

#define LIMIT_NOT_GIVEN UINT64_MAX

struct arguments {
    const char *dir, *sort, *kinds, *model, *text_field, *lang, *by, *output;
    uint64_t min_domains, min_prints, limit;
    double contained;
    bool homogenisation, mirrors, no_text, json, csv, quiet;
    enum em_form form;
};

static bool parse_kinds(const char *text, bool kinds[EM_ECHO_KINDS])
{
    struct em_view left = em_view_of(text);
    if (strcmp(text, "all") == 0) {
        for (int i = 0; i < EM_ECHO_KINDS; i++)
            kinds[i] = true;
        return true;
    }
    memset(kinds, 0, EM_ECHO_KINDS * sizeof(kinds[0]));
    while (left.len) {
        enum em_echo_kind kind;
        size_t comma = em_view_find(left, 0, EM_VIEW(","));
        if (!em_echo_kind_parse(em_view_sub(left, 0, comma), &kind))
            return false;
        kinds[kind] = true;
        left = em_view_sub(left, comma + 1, left.len);
    }
    return true;
}

/* What a passage is holds for its months too; which passages are shown, and how, does not. */
static const char *not_by_month(const struct arguments *a)
{
    return a->kinds                      ? "--kinds"
           : a->sort                     ? "--sort"
           : a->lang                     ? "--lang"
           : a->limit != LIMIT_NOT_GIVEN ? "--limit"
                                         : NULL;
}

static bool parse_sort(const char *text, enum em_echo_sort *sort)
{
    static const char *const names[] = {"first", "domains", "growth"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *sort = (enum em_echo_sort)i;
            return true;
        }
    return false;
}

static int echo_check(struct arguments *a, int operands, struct em_echo_options *o)
{
    if (operands || !a->dir)
        return em_usage_error(
            &cmd_echo, operands
                           ? "no arguments are accepted; name the index with --index DIR"
                           : "missing --index DIR");
    if (a->json && a->csv)
        return em_usage_error(&cmd_echo, "use either --json or --csv");
    a->form = a->json ? EM_FORM_JSON : a->csv ? EM_FORM_CSV : EM_FORM_TABLE;
    if (a->by && (strcmp(a->by, "month") != 0 || a->homogenisation))
        return em_usage_error(&cmd_echo, a->homogenisation
                                             ? "--homogenisation is by month already"
                                             : "--by takes month");
    if (a->min_domains < 2)
        return em_usage_error(&cmd_echo, "--min-domains is 2 at least: a passage on one "
                                         "site is that site's template");
    if (a->min_prints < 1 || !(a->contained >= 0 && a->contained <= 1))
        return em_usage_error(&cmd_echo, "--min-prints is 1 at least, --contained from 0 "
                                         "to 1");
    if (a->by && not_by_month(a))
        return em_usage_error(&cmd_echo, "%s is not for --by month, which counts all",
                              not_by_month(a));
    if (a->limit == LIMIT_NOT_GIVEN)
        a->limit = o->limit;
    if (a->limit < 1 || a->limit > EM_MAX_ECHO_LIMIT)
        return em_usage_error(&cmd_echo, "--limit is from 1 to %d", EM_MAX_ECHO_LIMIT);
    if (a->sort && !parse_sort(a->sort, &o->sort))
        return em_usage_error(&cmd_echo, "--sort is first, domains or growth");
    if (a->kinds && !parse_kinds(a->kinds, o->kinds))
        return em_usage_error(&cmd_echo, "--kinds is a list of echo, boilerplate, "
                                         "quotation, syndication; or all");
    o->min_domains = a->min_domains;
    o->min_prints = a->min_prints;
    o->contained = a->contained;
    o->limit = a->limit;
    o->keep_mirrors = a->mirrors;
    return EM_EXIT_OK;
}

static enum em_status print_all(const struct arguments *a, FILE *out,
                                struct em_echoes *echoes, const char *model,
                                struct em_err *err)
{
    struct em_echo_reader *reader;
    struct em_buf text, line;
    EM_TRY(em_echo_reader_new(&reader, a->text_field, err));
    em_buf_init(&text, EM_ECHO_TEXT);
    em_buf_init(&line, EM_MAX_RESULT);
    em_echo_print_header(out, a->form);
    if (!a->no_text && echoes->n)
        em_echo_reader_judge_by(reader, model);
    enum em_status status = EM_OK;
    for (size_t i = 0; i < echoes->n && status == EM_OK; i++) {
        em_buf_clear(&text);
        if (!a->no_text && em_echo_read(reader, &echoes->list[i], &text))
            em_echo_judge(reader, em_buf_view(&text), &echoes->list[i]);
        status = em_echo_print(out, a->form, &echoes->list[i], em_buf_view(&text), &line);
    }
    em_buf_release(&text);
    em_buf_release(&line);
    em_echo_reader_free(reader);
    return status;
}

/* What failed without saying why is said by its status. */
static void echo_failed(enum em_status status, struct em_err *err)
{
    if (err->status == EM_OK)
        em_fail(err, status, "echo", "%s", em_status_text(status));
    em_error_report("echo", err);
}

static int run_echo(const struct arguments *a, struct em_echo_options *options)
{
    struct em_store *store;
    struct em_index_model model;
    struct em_echoes echoes;
    struct em_err err = {.status = EM_OK};
    char whole[EM_INDEX_MODEL_NAME] = "";
    uint32_t others = 0;
    enum em_status status = em_store_open(&store, a->dir, EM_STORE_READ, &err);
    if (status == EM_OK) {
        status = em_index_model_choose(store, a->model, &model, &err);
        if (status == EM_OK) {
            options->model = model.hash;
            memcpy(whole, model.name, sizeof(whole));
            others = model.others;
            em_index_model_release(&model);
            status = em_echo_find(&echoes, store, options, &err);
        }
        em_store_free(store);
    }
    if (status < 0) {
        echo_failed(status, &err);
        return EM_EXIT_FAILED;
    }
    FILE *out = em_output_open(a->output);
    if (out) {
        status = print_all(a, out, &echoes, whole, &err);
        if (status < 0 && status != EM_ERR_IO)
            echo_failed(status, &err);
        if (!em_output_end(out, a->output, status >= 0) || status < 0)
            status = EM_ERR_IO;
    }
    if (out && status == EM_OK && !a->quiet)
        em_echo_print_counts(stderr, &echoes, whole, others);
    em_echoes_release(&echoes);
    return out && status == EM_OK ? EM_EXIT_OK : EM_EXIT_FAILED;
}

static int run_homogenisation(const struct arguments *a)
{
    struct em_store *store;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_store_open(&store, a->dir, EM_STORE_READ, &err);
    if (status < 0) {
        em_error_report("echo", &err);
        return EM_EXIT_FAILED;
    }
    FILE *out = em_output_open(a->output);
    if (out) {
        status = em_homogeneity_print(out, a->form, store, em_view_of(a->lang), &err);
        if (status < 0 && err.status != EM_OK)
            em_error_report("echo", &err);
        if (!em_output_end(out, a->output, status >= 0) && status >= 0)
            status = EM_ERR_IO;
    }
    em_store_free(store);
    return out && status >= 0 ? EM_EXIT_OK : EM_EXIT_FAILED;
}

struct series_judge {
    struct em_echo_reader *reader;
    struct em_buf text;
};

static void judge_passage(void *context, struct em_echo *echo)
{
    struct series_judge *judge = context;
    em_buf_clear(&judge->text);
    if (em_echo_read(judge->reader, echo, &judge->text))
        em_echo_judge(judge->reader, em_buf_view(&judge->text), echo);
}

/* Passages as the command line has them, of the kinds that count. */
static struct em_echo_options series_options(const struct em_echo_options *asked,
                                             uint32_t model)
{
    struct em_echo_options options = em_echo_series_options(model);
    options.min_domains = asked->min_domains;
    options.min_prints = asked->min_prints;
    options.contained = asked->contained;
    options.keep_mirrors = asked->keep_mirrors;
    return options;
}

static enum em_status series_judged(const struct arguments *a,
                                    const struct em_echo_options *asked,
                                    struct em_store *store,
                                    const struct em_index_model *model,
                                    struct em_echo_series *series, struct em_err *err)
{
    const struct em_echo_options options = series_options(asked, model->hash);
    struct series_judge judge = {.reader = NULL};
    if (a->no_text)
        return em_echo_series_make(series, store, &options, NULL, NULL, err);
    EM_TRY(em_echo_reader_new(&judge.reader, a->text_field, err));
    em_buf_init(&judge.text, EM_ECHO_TEXT);
    em_echo_reader_judge_by(judge.reader, model->name);
    enum em_status status =
        em_echo_series_make(series, store, &options, judge_passage, &judge, err);
    em_buf_release(&judge.text);
    em_echo_reader_free(judge.reader);
    return status;
}

static enum em_status series_make(const struct arguments *a,
                                  const struct em_echo_options *asked,
                                  struct em_echo_series *series, struct em_err *err)
{
    struct em_store *store;
    struct em_index_model model;
    EM_TRY(em_store_open(&store, a->dir, EM_STORE_READ, err));
    enum em_status status = em_index_model_choose(store, a->model, &model, err);
    if (status == EM_OK) {
        status = series_judged(a, asked, store, &model, series, err);
        em_index_model_release(&model);
    }
    em_store_free(store);
    return status;
}

static int run_series(const struct arguments *a, const struct em_echo_options *asked)
{
    struct em_echo_series series = {.n = 0};
    struct em_err err = {.status = EM_OK};
    enum em_status status = series_make(a, asked, &series, &err);
    FILE *out = status < 0 ? NULL : em_output_open(a->output);
    if (out)
        status = em_echo_series_print(out, a->form, &series);
    if (status < 0 && status != EM_ERR_IO) /* that one is said when the output ends */
        echo_failed(status, &err);
    if (out && !em_output_end(out, a->output, status >= 0) && status >= 0)
        status = EM_ERR_IO;
    em_echo_series_release(&series);
    return out && status >= 0 ? EM_EXIT_OK : EM_EXIT_FAILED;
}

static int cmd_echo_run(int argc, char **argv)
{
    struct em_echo_options o = em_echo_defaults();
    struct arguments a = {.min_domains = o.min_domains,
                          .min_prints = o.min_prints,
                          .contained = o.contained,
                          .limit = LIMIT_NOT_GIVEN};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR",
         "Search the index in this folder. It is required."},
        {EM_OPT_STRING, 0, "sort", &a.sort, "ORDER",
         "Sort the widest passages by first sight (first, the default), by number of "
         "domains (domains), or by growth, at the lower end of its interval (growth)."},
        {EM_OPT_U64, 0, "limit", &a.limit, "N", "Show at most N passages (default 100)."},
        {EM_OPT_STRING, 0, "kinds", &a.kinds, "LIST",
         "Show these kinds, separated by commas: echo (the default), boilerplate, "
         "quotation, syndication; or all. The others are only counted."},
        {EM_OPT_U64, 0, "min-domains", &a.min_domains, "N",
         "Show passages on at least N registrable domains (default 2)."},
        {EM_OPT_U64, 0, "min-prints", &a.min_prints, "N",
         "Show passages with at least N prints, of which there is one in 16 words "
         "(default 2)."},
        {EM_OPT_DOUBLE, 0, "contained", &a.contained, "SHARE",
         "Count a site when one of its documents has at least this share of the "
         "passage's prints (default 0.3)."},
        {EM_OPT_FLAG, 0, "mirrors", &a.mirrors, NULL,
         "Count mirrors, which are sites that share most of their passages, as sites of "
         "their own."},
        {EM_OPT_STRING, 0, "by", &a.by, "month",
         "Show, instead of passages, how many sites carry machine-written passages and "
         "how many carry human ones, month by month, and how fast these grow. Takes "
         "--min-domains, --min-prints, --contained and --mirrors; refuses --sort, "
         "--limit, --kinds and --lang."},
        {EM_OPT_FLAG, 0, "homogenisation", &a.homogenisation, NULL,
         "Show how alike texts are, by month and language at equal length, instead of "
         "passages (docs/ECHO.md)."},
        {EM_OPT_STRING, 0, "lang", &a.lang, "LANG",
         "With --homogenisation, show only this language (default: all)."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME",
         "Use the verdicts of this model when the index has several (default: the model "
         "with most documents)."},
        {EM_OPT_STRING, 0, "text-field", &a.text_field, "PATH",
         "Take the text from this field of JSON lines; give the same name as to scan."},
        {EM_OPT_FLAG, 0, "no-text", &a.no_text, NULL,
         "Do not read the words of the passages from the inputs again, nor judge "
         "passages by "
         "them."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Print one JSON object for each passage."},
        {EM_OPT_FLAG, 0, "csv", &a.csv, NULL,
         "Print comma-separated values with a header."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Print no counts on standard error."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write to this file instead of standard output."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_echo, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = echo_check(&a, operands, &o);
    if (code != EM_EXIT_OK)
        return code;
    if (a.by)
        return run_series(&a, &o);
    return a.homogenisation ? run_homogenisation(&a) : run_echo(&a, &o);
}

const struct em_command cmd_echo = {
    .meters = true,
    .name = "echo",
    .arguments = "--index DIR",
    .summary =
        "find passages that appear on several sites, with their first site and spread",
    .description = "A passage is a stretch of the document that had it first; a site is "
                   "a registrable domain.\n"
                   "A site's own template, boilerplate, quotations, syndicated articles "
                   "and mirrors are\n"
                   "recognised by the rules in docs/ECHO.md, and counted.\n"
                   "\n"
                   "  echometer echo --index idx\n"
                   "  echometer echo --index idx --sort growth --limit 20\n"
                   "  echometer echo --index idx --kinds all --json -o echoes.jsonl\n"
                   "  echometer echo --index idx --by month\n"
                   "  echometer echo --index idx --homogenisation --lang en --csv",
    .run = cmd_echo_run,
};
