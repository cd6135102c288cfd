/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer prevalence`: how much of an index is machine-written, by month or other strata.
 */
#include "base/alloc.h"
#include "cli/commands.h"
#include "index/answers/prevalence.h"
#include "index/answers/weights.h"
#include "report/prevalence_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct arguments {
    const char *dir, *by, *axis, *model, *at, *weights, *output;
    uint64_t replicates;
    bool json, csv, all, changes;
};

struct run {
    const struct arguments *a;
    struct em_prevalence_options options;
    struct em_index_model model;
    struct em_weights weights;
};

/* --- options ----------------------------------------------------------------------------- */

static bool parse_by(const char *text, unsigned *by)
{
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = {{"month", EM_PREVALENCE_MONTH},   {"lang", EM_PREVALENCE_LANG},
                 {"domain", EM_PREVALENCE_DOMAIN}, {"tld", EM_PREVALENCE_TLD},
                 {"host", EM_PREVALENCE_HOST},     {"all", 0}};
    *by = 0;
    while (*text) {
        size_t n = strcspn(text, ","), k = 0;
        while (k < 6 && !em_view_eq(em_view_make(text, n), em_view_of(names[k].name)))
            k++;
        if (k == 6)
            return false;
        *by |= names[k].bit;
        text += n + (text[n] == ',');
    }
    return true;
}

static bool parse_axis(const char *text, enum em_prevalence_axis *axis)
{
    static const char *const names[] = {"crawl", "published", "first-seen"};
    for (int k = 0; k < 3; k++)
        if (strcmp(text, names[k]) == 0) {
            *axis = (enum em_prevalence_axis)k;
            return true;
        }
    return false;
}

/* The member that the estimates are of, else the whole. */
static const char *model_of(const struct run *r)
{
    return r->model.n_blocks ? r->model.members[0] : r->model.name;
}

static enum em_status read_weights(struct run *r, struct em_err *err)
{
    struct em_buf text;
    em_buf_init(&text, 16 << 20);
    enum em_status status = em_read_file(r->a->weights, &text, err);
    if (status == EM_OK)
        status = em_weights_parse(&r->weights, em_buf_view(&text), r->a->weights, err);
    em_buf_release(&text);
    return status;
}

static enum em_status print(const struct run *r, FILE *out, const struct em_prevalence *p)
{
    const struct arguments *a = r->a;
    const struct em_prevalence_print how = {.form = a->json  ? EM_FORM_JSON
                                                    : a->csv ? EM_FORM_CSV
                                                             : EM_FORM_TABLE,
                                            .by = r->options.by,
                                            .all = a->all,
                                            .changes = a->changes,
                                            .at = a->at,
                                            .model = model_of(r),
                                            .weights = a->weights ? &r->weights : NULL};
    bool few = false;
    enum em_status status = em_prevalence_print(out, &how, p, &few);
    if (few)
        em_error(
            "prevalence: --at %s: fewer than three months with an estimate before or "
            "after it",
            a->at);
    return status;
}

static enum em_status answer(struct run *r, struct em_err *err)
{
    struct em_store *store;
    struct em_prevalence *p = NULL;
    EM_TRY(em_store_open(&store, r->a->dir, EM_STORE_READ, err));
    enum em_status status = em_index_model_choose(store, r->a->model, &r->model, err);
    r->options.model = &r->model;
    if (status == EM_OK && r->a->weights)
        status = read_weights(r, err);
    if (status == EM_OK)
        status = em_prevalence_run(&p, store, &r->options, err);
    em_store_free(store);
    FILE *out = status == EM_OK ? em_output_open(r->a->output) : NULL;
    if (out) {
        status = print(r, out, p);
        if (!em_output_close(out, r->a->output) && status == EM_OK)
            status = EM_ERR_IO;
    } else if (status == EM_OK) {
        status = EM_ERR_IO;
    }
    em_prevalence_free(p);
    em_index_model_release(&r->model);
    em_weights_release(&r->weights);
    return status;
}

static int run_prevalence(const struct arguments *a)
{
    struct run r = {.a = a, .options = {.replicates = (uint32_t)a->replicates}};
    struct em_err err = {.status = EM_OK};
    r.options.now = (int64_t)time(NULL);
    if (!a->dir)
        return em_usage_error(&cmd_prevalence, "--index DIR is needed");
    if (!parse_by(a->by, &r.options.by))
        return em_usage_error(
            &cmd_prevalence,
            "--by takes month, lang, domain, tld, host, with commas; or all");
    if (!parse_axis(a->axis, &r.options.axis))
        return em_usage_error(&cmd_prevalence,
                              "--axis is crawl, published or first-seen");
    if (a->json && a->csv)
        return em_usage_error(&cmd_prevalence, "either --json or --csv");
    if (a->replicates < 20 || a->replicates > EM_QUANTIFY_MAX_REPLICATES)
        return em_usage_error(&cmd_prevalence, "--replicates: 20 to 1000");
    if ((a->at || a->changes) && r.options.by != EM_PREVALENCE_MONTH)
        return em_usage_error(&cmd_prevalence,
                              "--at and --changes need --by month alone");
    if (a->at && em_date_parse(em_view_of(a->at)) == EM_DATE_UNKNOWN)
        return em_usage_error(&cmd_prevalence, "--at takes a date such as 2022-11-30");
    if (a->weights && !(r.options.by & ~(unsigned)EM_PREVALENCE_MONTH))
        return em_usage_error(&cmd_prevalence,
                              "--weights needs --by lang, domain, tld or host");
    enum em_status status = answer(&r, &err);
    if (status == EM_OK)
        return EM_EXIT_OK;
    if (err.status == EM_OK)
        em_fail(&err, status, "prevalence", "%s", em_status_text(status));
    em_error_report("prevalence", &err);
    return EM_EXIT_FAILED;
}

static int cmd_prevalence_run(int argc, char **argv)
{
    struct arguments a = {.by = "month", .axis = "crawl", .replicates = 100};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR", "The index."},
        {EM_OPT_STRING, 0, "by", &a.by, "KEYS",
         "month, lang, domain, tld, host, with commas; or all. Default month."},
        {EM_OPT_STRING, 0, "axis", &a.axis, "DATE",
         "Which date a document counts under: crawl (default), published (what the page "
         "says), first-seen (a URL counts once, at its first capture)."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME",
         "Whose scores, where the index has several models'."},
        {EM_OPT_STRING, 0, "weights", &a.weights, "FILE",
         "Lines of stratum, tab, weight: adds the weighted share over strata."},
        {EM_OPT_STRING, 0, "at", &a.at, "DATE",
         "Interrupted time series: how level and slope change at this date."},
        {EM_OPT_FLAG, 0, "changes", &a.changes, NULL,
         "Months in which the level changes."},
        {EM_OPT_FLAG, 0, "all-estimators", &a.all, NULL,
         "Every estimator beside the headline one."},
        {EM_OPT_U64, 0, "replicates", &a.replicates, "N",
         "Of the bootstrap. Default 100."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL, "One JSON object a row."},
        {EM_OPT_FLAG, 0, "csv", &a.csv, NULL, "CSV with a header."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE", "Where rows go."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_prevalence, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands)
        return em_usage_error(&cmd_prevalence, "takes no operand");
    return run_prevalence(&a);
}

const struct em_command cmd_prevalence = {
    .name = "prevalence",
    .arguments = "--index DIR",
    .summary = "how much is machine-written, by month or other strata",
    .description =
        "The share is corrected for the detector's errors and has a 95 % interval "
        "(docs/PREVALENCE.md\nsays how, and how often the interval was right). \"zero\" "
        "is the "
        "same estimate on documents\ndated before 2022-11-30, which no chat model wrote: "
        "read "
        "it first. Only languages with a\ncalibrated model get an estimate.\n\n"
        "  echometer prevalence --index idx --by month --at 2022-11-30\n"
        "  echometer prevalence --index idx --by month,tld --json --all-estimators",
    .run = cmd_prevalence_run,
};
