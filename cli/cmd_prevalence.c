/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer prevalence`: how much of an index is machine-written, by month or other strata.
 */
#include "base/alloc.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "index/answers/series.h"
#include "index/answers/weights.h"
#include "report/prevalence_rows.h"

#include <math.h>
#include <string.h>
#include <time.h>

struct arguments {
    const char *dir, *by, *axis, *anchor, *model, *at, *weights, *output;
    uint64_t replicates;
    bool json, csv, all, changes;
};

struct run {
    const struct arguments *a;
    struct em_prevalence_options options;
    struct em_index_model model;
    struct em_prevalence_rows rows;
    struct em_weights weights;
    bool total; /* the total over all documents comes first */
};

/* --- what the rows come to ---------------------------------------------------------------- */

static enum em_status read_weights(struct run *r, struct em_err *err)
{
    struct em_buf text;
    em_buf_init(&text, 16 * EM_MIB);
    enum em_status status = em_read_file(r->a->weights, &text, err);
    if (status == EM_OK)
        status = em_weights_parse(&r->weights, em_buf_view(&text), r->a->weights, err);
    em_buf_release(&text);
    return status;
}

static enum em_status check_weights(struct run *r, const struct em_prevalence_row *rows,
                                    size_t n, struct em_err *err)
{
    const char *name = em_weights_unmatched(&r->weights, rows, n, r->options.by);
    return name ? em_fail(err, EM_ERR_USAGE, "prevalence",
                          "'%s': there is no stratum '%.100s' in the index",
                          r->a->weights, name)
                : EM_OK;
}

/* One row a month (or one in all) over the strata, by the survey's weights. */
static enum em_status print_weighted(struct run *r, const struct em_prevalence_row *rows,
                                     size_t n)
{
    double *weights = em_calloc(n ? n : 1, sizeof(*weights));
    enum em_status status = weights ? EM_OK : EM_ERR_NOMEM;
    for (size_t i = 0, j; i < n && status == EM_OK && !rows[i].doubtful; i = j) {
        uint64_t documents = 0;
        for (j = i; j < n && strcmp(rows[j].label, rows[i].label) == 0; j++) {
            weights[j] = em_weights_of(&r->weights, &rows[j], r->options.by);
            documents += weights[j] > 0 ? rows[j].documents : 0;
        }
        struct em_estimate e = em_prevalence_weighted(rows + i, weights + i, j - i);
        status = em_prevalence_rows_weighted(&r->rows, rows[i].label, documents, &e);
    }
    em_free(weights);
    return status;
}

/* Where a date lies inside a month, that month is neither before nor after. */
static void print_interruption(struct run *r, struct em_point *points, size_t n)
{
    struct em_interruption x;
    int64_t date = em_date_parse(em_view_of(r->a->at));
    uint32_t month = em_date_month(date);
    bool inside = date != em_month_start(month);
    for (size_t i = 0; i < n && inside; i++)
        if ((uint32_t)points[i].time == month)
            points[i].value = NAN;
    if (em_series_interrupted(points, n, month, &x))
        em_prevalence_rows_interruption(&r->rows, r->a->at, &x);
    else
        em_error(
            "prevalence: --at %s: fewer than three months with an estimate before or "
            "after it",
            r->a->at);
}

static enum em_status print_series(struct run *r, const struct em_prevalence_row *rows,
                                   size_t n)
{
    if (!r->a->at && !r->a->changes)
        return EM_OK;
    struct em_point *points = em_calloc(n ? n : 1, sizeof(*points));
    size_t at[64];
    if (!points)
        return EM_ERR_NOMEM;
    size_t used = em_series_points(points, rows, n);
    if (r->a->changes)
        em_prevalence_rows_changes(&r->rows, points, at,
                                   em_series_changes(points, used, at, 64));
    if (r->a->at)
        print_interruption(r, points, used);
    em_free(points);
    return ferror(r->rows.out) ? EM_ERR_IO : EM_OK;
}

/* --- running ------------------------------------------------------------------------------ */

static enum em_status print_total(struct run *r, const struct em_prevalence *total,
                                  struct em_statement *statement)
{
    size_t n;
    const struct em_prevalence_row *row = em_prevalence_rows(total, &n);
    if (n == 0)
        return EM_OK;
    em_statement_make(statement, row, &r->model);
    return em_prevalence_rows_put(&r->rows, row, statement);
}

/* Pages of a focused crawl are no sample, whatever weights they might be given. */
static void tell_not_sampled(const struct em_prevalence *p)
{
    uint64_t of, n = em_prevalence_not_sampled(p, &of);
    if (n == 0)
        return;
    if (n == of)
        em_error("prevalence: all %llu documents come from a focused crawl (crawl "
                 "--focus), which looks for such text and is no sample: no estimate is "
                 "given; crawl without --focus to measure",
                 (unsigned long long)n);
    else
        em_error("prevalence: %llu of %llu documents come from a focused crawl (crawl "
                 "--focus), which is no sample: they do not count for the estimates",
                 (unsigned long long)n, (unsigned long long)of);
}

/* What was asked for and cannot be done. */
static void tell_not_anchored(const struct run *r, const struct em_prevalence *p)
{
    if (r->options.anchor != EM_PREVALENCE_ANCHOR_SITE)
        return;
    if (!(r->options.by &
          (EM_PREVALENCE_DOMAIN | EM_PREVALENCE_HOST | EM_PREVALENCE_TLD)))
        em_error("prevalence: --anchor site changes rows by domain, host or tld only");
    else if (em_prevalence_anchor_sites(p) < EM_ANCHOR_SITES)
        em_error("prevalence: --anchor site needs %d sites with %d documents of before "
                 "2022-11 each, and %zu have them: rows are estimated as with --anchor "
                 "none",
                 EM_ANCHOR_SITES, EM_ANCHOR_LEAST, em_prevalence_anchor_sites(p));
}

static enum em_status print_all(struct run *r, const struct em_prevalence *total,
                                const struct em_prevalence *p, struct em_err *err)
{
    size_t n = 0;
    struct em_statement statement = {.clear = false};
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &n);
    if (r->a->weights)
        EM_TRY(check_weights(r, rows, n, err));
    em_prevalence_rows_header(&r->rows);
    enum em_status status = total ? print_total(r, total, &statement) : EM_OK;
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = em_prevalence_rows_put(&r->rows, &rows[i], NULL);
    if (status == EM_OK && r->a->weights)
        status = print_weighted(r, rows, n);
    if (status == EM_OK)
        status = print_series(r, rows, n);
    if (status == EM_OK && statement.headline[0] && r->rows.form == EM_FORM_TABLE)
        em_prevalence_rows_say(&r->rows, &statement);
    tell_not_sampled(p);
    tell_not_anchored(r, p);
    if (em_prevalence_axis_of(p) == EM_PREVALENCE_PUBLISHED &&
        strcmp(r->a->axis, "auto") == 0)
        em_error(
            "prevalence: nearly all captures are from one month, so documents count "
            "under "
            "the month they were published in; --axis crawl uses the month of capture");
    return status;
}

static enum em_status prevalence_estimate(struct run *r, struct em_store *store,
                                          struct em_prevalence **total,
                                          struct em_prevalence **p, struct em_err *err)
{
    struct em_prevalence_options all = r->options;
    EM_TRY(em_index_model_choose(store, r->a->model, &r->model, err));
    r->options.model = all.model = &r->model;
    r->rows.model = r->model.label;
    if (r->a->weights)
        EM_TRY(read_weights(r, err));
    all.by = 0;
    if (r->total)
        EM_TRY(em_prevalence_run(total, store, &all, err));
    return em_prevalence_run(p, store, &r->options, err);
}

static enum em_status prevalence_answer(struct run *r, struct em_err *err)
{
    struct em_store *store;
    struct em_prevalence *total = NULL, *p = NULL;
    EM_TRY(em_store_open(&store, r->a->dir, EM_STORE_READ, err));
    enum em_form form = r->a->json  ? EM_FORM_JSON
                        : r->a->csv ? EM_FORM_CSV
                                    : EM_FORM_TABLE;
    em_prevalence_rows_init(&r->rows, NULL, form);
    enum em_status status = prevalence_estimate(r, store, &total, &p, err);
    em_store_free(store);
    r->rows.out = status == EM_OK ? em_output_open(r->a->output) : NULL;
    r->rows.by = r->options.by;
    r->rows.all = r->a->all;
    r->rows.with_total = r->total;
    if (r->rows.out) {
        status = print_all(r, total, p, err);
        if (!em_output_end(r->rows.out, r->a->output, status >= 0) && status == EM_OK)
            status = EM_ERR_IO;
    } else if (status == EM_OK) {
        status = EM_ERR_IO;
    }
    em_prevalence_rows_release(&r->rows);
    em_prevalence_free(total);
    em_prevalence_free(p);
    em_index_model_release(&r->model);
    em_weights_release(&r->weights);
    return status;
}

static int prevalence_check(const struct arguments *a, struct run *r)
{
    if (!a->dir)
        return em_usage_error(&cmd_prevalence, "missing --index DIR");
    if (!em_prevalence_parse_by(a->by ? a->by : "month", &r->options))
        return em_usage_error(
            &cmd_prevalence,
            "--by takes month, lang, domain, tld, host, raw, with commas; or all");
    if (!em_prevalence_parse_axis(a->axis, &r->options.axis))
        return em_usage_error(&cmd_prevalence,
                              "--axis is crawl, published, first-seen or auto");
    if (!em_prevalence_parse_anchor(a->anchor, &r->options.anchor))
        return em_usage_error(&cmd_prevalence, "--anchor is site, none or auto");
    if (a->json && a->csv)
        return em_usage_error(&cmd_prevalence, "use either --json or --csv");
    if (a->replicates < 20 || a->replicates > EM_QUANTIFY_MAX_REPLICATES)
        return em_usage_error(&cmd_prevalence, "--replicates must be from 20 to 1000");
    if ((a->at || a->changes) && r->options.by != EM_PREVALENCE_MONTH)
        return em_usage_error(&cmd_prevalence,
                              "--at and --changes need --by month alone");
    if (a->at && em_date_parse(em_view_of(a->at)) == EM_DATE_UNKNOWN)
        return em_usage_error(&cmd_prevalence, "--at takes a date such as 2022-11-30");
    if (a->weights && !(r->options.by & ~(unsigned)EM_PREVALENCE_MONTH))
        return em_usage_error(&cmd_prevalence,
                              "--weights needs --by lang, domain, tld or host");
    return EM_EXIT_OK;
}

static int run_prevalence(const struct arguments *a)
{
    struct run r = {.a = a, .options = {.replicates = (uint32_t)a->replicates}};
    struct em_err err = {.status = EM_OK};
    r.options.now = (int64_t)time(NULL);
    int code = prevalence_check(a, &r);
    if (code != EM_EXIT_OK)
        return code;
    r.total = !a->by;
    /* A series is of months as they are: a pool has no place of its own in time. */
    r.options.pool &= !a->at && !a->changes;
    enum em_status status = prevalence_answer(&r, &err);
    if (status == EM_OK)
        return EM_EXIT_OK;
    if (err.status == EM_OK)
        em_fail(&err, status, "prevalence", "%s", em_status_text(status));
    em_error_report("prevalence", &err);
    return EM_EXIT_FAILED;
}

static int cmd_prevalence_run(int argc, char **argv)
{
    struct arguments a = {.axis = "auto", .anchor = "none", .replicates = 100};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR",
         "Measure the index in this folder. It is required."},
        {EM_OPT_STRING, 0, "by", &a.by, "KEYS",
         "Break the result down by month, lang, domain, tld or host, or by several of "
         "them separated by commas; or all. Months with too few documents are joined "
         "into quarters or years unless raw is among the keys. Default: the total, then "
         "months."},
        {EM_OPT_STRING, 0, "anchor", &a.anchor, "HOW",
         "By domain, host or tld, correct with the sites' own old documents, drawn to "
         "all sites' (site, or auto, which is silent where it cannot be), or with those "
         "of the stratum or of the model (none, the default). Use site where false "
         "alarms differ between sites: where query --sites shows old documents flagged "
         "on some and not on others. Needs 20 sites with 10 documents of before 2022-11 "
         "each."},
        {EM_OPT_STRING, 0, "axis", &a.axis, "DATE",
         "Choose the date that a document counts under: crawl (its capture), published "
         "(what the page says), first-seen (a URL counts once, at its first capture), or "
         "auto (the default: crawl, or published when nearly all captures are from one "
         "month)."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME",
         "Use the scores of this model when the index has several: a name, with its hash "
         "when two models share the name. Default: the model with most documents."},
        {EM_OPT_STRING, 0, "weights", &a.weights, "FILE",
         "Add the weighted share over strata; the lines of this file are a stratum, a "
         "tab and its weight."},
        {EM_OPT_STRING, 0, "at", &a.at, "DATE",
         "Estimate how level and slope change at this date, such as 2022-11-30 (an "
         "interrupted time series). The month that contains it counts as neither before "
         "nor after."},
        {EM_OPT_FLAG, 0, "changes", &a.changes, NULL,
         "Find the months in which the level changes."},
        {EM_OPT_FLAG, 0, "all-estimators", &a.all, NULL,
         "Print every estimator beside the headline one."},
        {EM_OPT_U64, 0, "replicates", &a.replicates, "N",
         "Draw N bootstrap replicates, from 20 to 1000 (default 100)."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL, "Print one JSON object for each row."},
        {EM_OPT_FLAG, 0, "csv", &a.csv, NULL, "Print CSV with a header."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the rows to this file instead of standard output."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_prevalence, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands)
        return em_usage_error(
            &cmd_prevalence,
            "no arguments are accepted; name the index with --index DIR");
    return run_prevalence(&a);
}

const struct em_command cmd_prevalence = {
    .meters = true,
    .name = "prevalence",
    .arguments = "--index DIR",
    .summary = "estimate how much text is machine-written, by month or other strata",
    .description =
        "Estimates the share of text like the machine text that the model knows, among "
        "the\n"
        "documents judged, corrected for the detector's errors, with a 95 % interval\n"
        "(docs/PREVALENCE.md says how, and how often the interval was right). The zero "
        "check is the\n"
        "same estimate on documents from before 2022-11-30, which no chat model wrote: "
        "it should be\n"
        "near 0, so read it first. Documents with leaks and with passages of known model "
        "output\n"
        "need no model.\n"
        "\n"
        "  echometer prevalence --index idx --by month --at 2022-11-30\n"
        "  echometer prevalence --index idx --by month,tld --json --all-estimators",
    .run = cmd_prevalence_run,
};
