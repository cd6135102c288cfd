/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer prevalence`: how much of an index is machine-written, by month or other strata.
 */
#include "base/alloc.h"
#include "cli/commands.h"
#include "index/answers/prevalence.h"
#include "index/answers/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct arguments {
    const char *dir, *by, *axis, *model, *at, *weights, *output;
    uint64_t replicates;
    bool json, csv, all, changes;
};

struct weight {
    char *name; /* owned */
    double value;
};

struct run {
    const struct arguments *a;
    struct em_prevalence_options options;
    struct em_index_model model;
    struct weight *weights;
    size_t n_weights;
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

/* Lines "name TAB weight"; the name is the stratum's keys other than the month, joined by
 * commas. */
static enum em_status read_weights(struct run *r, struct em_err *err)
{
    struct em_buf text;
    em_buf_init(&text, 16 << 20);
    enum em_status status = em_read_file(r->a->weights, &text, err);
    if (status == EM_OK)
        status = em_buf_putc(&text, '\0');
    char *line = text.data;
    while (status == EM_OK && *line) {
        char *end = line + strcspn(line, "\n"),
             *tab = memchr(line, '\t', (size_t)(end - line));
        bool last = *end == '\0';
        *end = '\0';
        double value = tab ? strtod(tab + 1, NULL) : NAN;
        if (end > line && (!tab || !(value >= 0) || value > 1e18))
            status = em_fail(err, EM_ERR_FORMAT, "prevalence",
                             "'%s': a line is not \"name TAB weight\"", r->a->weights);
        else if (end > line) {
            void *more =
                em_realloc_array(r->weights, r->n_weights + 1, sizeof(r->weights[0]));
            status = more ? EM_OK : EM_ERR_NOMEM;
            if (more) {
                r->weights = more;
                r->weights[r->n_weights] =
                    (struct weight){em_strndup(line, (size_t)(tab - line)), value};
                status = r->weights[r->n_weights++].name ? EM_OK : EM_ERR_NOMEM;
            }
        }
        line = last ? end : end + 1;
    }
    em_buf_release(&text);
    return status;
}

/* --- rows -------------------------------------------------------------------------------- */

static const char *estimator(const struct em_prevalence_row *row)
{
    return row->note != EM_PREVALENCE_FINE ? NULL
           : row->result.sliced            ? "mixture, own human slice"
                                           : "mixture";
}

static void put_number(struct em_json *json, const char *name, double value)
{
    em_json_key(json, name);
    em_json_fixed(json, value, 6);
}

static void put_keys(struct em_json *json, const struct em_prevalence_row *row,
                     unsigned by)
{
    char month[16];
    const struct {
        unsigned bit;
        const char *name;
        struct em_view value;
    } keys[] = {{EM_PREVALENCE_LANG, "lang", row->lang},
                {EM_PREVALENCE_DOMAIN, "domain", row->domain},
                {EM_PREVALENCE_TLD, "tld", row->tld},
                {EM_PREVALENCE_HOST, "host", row->host}};
    if (by & EM_PREVALENCE_MONTH) {
        em_month_format(row->month, month);
        em_json_key(json, "month");
        em_json_string_or_null(json, em_view_of(month));
    }
    for (size_t k = 0; k < 4; k++)
        if (by & keys[k].bit) {
            em_json_key(json, keys[k].name);
            em_json_string_or_null(json, keys[k].value);
        }
}

static void put_estimates(struct em_json *json, const struct em_prevalence_row *row)
{
    const struct em_quantify_result *result = &row->result;
    em_json_key(json, "estimators");
    em_json_object(json);
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++) {
        em_json_key(json, em_quantify_name((enum em_quantify_method)m));
        em_json_object(json);
        put_number(json, "estimate", result->by[m].value);
        put_number(json, "low", result->by[m].low);
        put_number(json, "high", result->by[m].high);
        put_number(json, "zero_check", row->zero.by[m].value);
        put_number(json, "zero_low", row->zero.by[m].low);
        put_number(json, "zero_high", row->zero.by[m].high);
        em_json_end(json);
    }
    em_json_end(json);
}

static double raw_of(const struct em_prevalence_row *row)
{
    return row->scored ? (double)row->flagged / (double)row->scored : NAN;
}

/* The member that the estimates are of, else the whole. */
static const char *model_of(const struct run *r)
{
    return r->model.n_blocks ? r->model.members[0] : r->model.name;
}

static enum em_status print_json(const struct run *r, FILE *out, struct em_buf *line,
                                 const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    const struct em_estimate *zero = &row->zero.by[EM_QUANTIFY_MIXTURE];
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    put_keys(&json, row, r->options.by);
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"documents", row->documents},
                  {"words", row->words},
                  {"scored", row->scored},
                  {"domains", row->domains},
                  {"flagged", row->flagged}};
    for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
        em_json_key(&json, counts[k].name);
        em_json_u64(&json, counts[k].value);
    }
    put_number(&json, "raw", raw_of(row));
    put_number(&json, "estimate", e->value);
    put_number(&json, "low", e->low);
    put_number(&json, "high", e->high);
    em_json_key(&json, "estimator");
    em_json_string_or_null(&json, em_view_of(estimator(row)));
    put_number(&json, "zero_check", zero->value);
    put_number(&json, "zero_low", zero->low);
    put_number(&json, "zero_high", zero->high);
    em_json_key(&json, "zero_documents");
    em_json_u64(&json, row->zero_documents);
    em_json_key(&json, "date_doubtful");
    em_json_bool(&json, row->doubtful);
    em_json_key(&json, "note");
    em_json_string_or_null(&json, em_view_of(em_prevalence_note_text(row->note)));
    em_json_key(&json, "model");
    em_json_string_or_null(&json, em_view_of(model_of(r)));
    if (r->a->all)
        put_estimates(&json, row);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return fwrite(line->data, 1, line->len, out) == line->len ? EM_OK : EM_ERR_IO;
}

/* RFC 4180: quoted where needed. A cell that a spreadsheet would take for a formula does not
 * occur: names are of hosts and languages, which begin with neither = nor @. */
static void csv_text(FILE *out, struct em_view v)
{
    bool quote = false;
    for (size_t i = 0; i < v.len; i++)
        quote |= strchr(",\"\r\n", v.data[i]) != NULL;
    if (!quote) {
        fprintf(out, "%.*s,", EM_VIEW_ARGS(v));
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == '"')
            fputc('"', out);
        fputc(v.data[i], out);
    }
    fputs("\",", out);
}

static void csv_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, "%.6f", value);
    fputc(',', out);
}

static void csv_keys(FILE *out, const struct em_prevalence_row *row, unsigned by)
{
    char month[16];
    em_month_format(row->month, month);
    if (by & EM_PREVALENCE_MONTH)
        csv_text(out, em_view_of(month));
    if (by & EM_PREVALENCE_LANG)
        csv_text(out, row->lang);
    if (by & EM_PREVALENCE_DOMAIN)
        csv_text(out, row->domain);
    if (by & EM_PREVALENCE_TLD)
        csv_text(out, row->tld);
    if (by & EM_PREVALENCE_HOST)
        csv_text(out, row->host);
}

static void print_csv(const struct run *r, FILE *out, const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    const struct em_estimate *zero = &row->zero.by[EM_QUANTIFY_MIXTURE];
    csv_keys(out, row, r->options.by);
    fprintf(out, "%llu,%llu,%llu,%llu,%llu,", (unsigned long long)row->documents,
            (unsigned long long)row->words, (unsigned long long)row->scored,
            (unsigned long long)row->domains, (unsigned long long)row->flagged);
    const double values[] = {raw_of(row), e->value, e->low, e->high};
    for (size_t k = 0; k < 4; k++)
        csv_number(out, values[k]);
    csv_text(out, em_view_of(estimator(row)));
    csv_number(out, zero->value);
    csv_number(out, zero->low);
    csv_number(out, zero->high);
    for (int m = 0; r->a->all && m < EM_QUANTIFY_METHODS; m++)
        csv_number(out, row->result.by[m].value);
    fprintf(out, "%llu,%d,", (unsigned long long)row->zero_documents, row->doubtful);
    const char *note = em_prevalence_note_text(row->note);
    csv_text(out, em_view_of(note));
    fprintf(out, "%s\n", model_of(r));
}

static void csv_header(const struct run *r, FILE *out)
{
    static const char *const names[] = {"month,", "lang,", "domain,", "tld,", "host,"};
    for (unsigned k = 0; k < 5; k++)
        if (r->options.by & 1u << k)
            fputs(names[k], out);
    fputs("documents,words,scored,domains,flagged,raw,estimate,low,high,estimator,"
          "zero_check,zero_low,zero_high,",
          out);
    for (int m = 0; r->a->all && m < EM_QUANTIFY_METHODS; m++)
        fprintf(out, "est_%s,", em_quantify_name((enum em_quantify_method)m));
    fputs("zero_documents,date_doubtful,note,model\n", out);
}

static void print_share(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %7.2f", 100 * value);
    else
        fputs("       -", out);
}

static void print_text(const struct run *r, FILE *out,
                       const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    char label[80] = "all", month[16];
    size_t n = 0;
    em_month_format(row->month, month);
    const struct em_view parts[] = {em_view_of(row->doubtful ? "doubtful"
                                               : r->options.by & EM_PREVALENCE_MONTH
                                                   ? month
                                                   : ""),
                                    row->lang, row->domain, row->tld, row->host};
    for (size_t k = 0; k < 5; k++)
        if (parts[k].len && n < sizeof(label) - 1)
            n += (size_t)snprintf(label + n, sizeof(label) - n, "%s%.*s", n ? " " : "",
                                  (int)(parts[k].len % 64), parts[k].data);
    fprintf(out, "%-24.79s %9llu %7llu", label, (unsigned long long)row->documents,
            (unsigned long long)row->flagged);
    print_share(out, raw_of(row));
    print_share(out, e->value);
    print_share(out, e->low);
    print_share(out, e->high);
    print_share(out, row->zero.by[EM_QUANTIFY_MIXTURE].value);
    const char *note = em_prevalence_note_text(row->note);
    fprintf(out, "  %s\n", note ? note : row->result.sliced ? "own human slice" : "");
    for (int m = 0; r->a->all && m < EM_QUANTIFY_METHODS && !note; m++) {
        e = &row->result.by[m];
        fprintf(out, "  %-40s %7s", em_quantify_name((enum em_quantify_method)m), "");
        print_share(out, e->value);
        print_share(out, e->low);
        print_share(out, e->high);
        print_share(out, row->zero.by[m].value);
        fputc('\n', out);
    }
}

static enum em_status print_row(const struct run *r, FILE *out, struct em_buf *line,
                                const struct em_prevalence_row *row)
{
    if (r->a->json)
        return print_json(r, out, line, row);
    if (r->a->csv)
        print_csv(r, out, row);
    else
        print_text(r, out, row);
    return ferror(out) ? EM_ERR_IO : EM_OK;
}

/* --- what the rows come to ---------------------------------------------------------------- */

static double weight_of(const struct run *r, const struct em_prevalence_row *row)
{
    const struct em_view parts[] = {row->lang, row->domain, row->tld, row->host};
    char name[600];
    size_t n = 0;
    name[0] = '\0';
    for (size_t k = 0; k < 4; k++)
        if (r->options.by & (unsigned)EM_PREVALENCE_LANG << k && n < sizeof(name))
            n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%.*s", n ? "," : "",
                                  EM_VIEW_ARGS(parts[k]));
    for (size_t i = 0; i < r->n_weights; i++)
        if (strcmp(r->weights[i].name, name) == 0)
            return r->weights[i].value;
    return 0;
}

/* One row a month (or one in all) over the strata, by the survey's weights. */
static enum em_status print_weighted(const struct run *r, FILE *out, struct em_buf *line,
                                     const struct em_prevalence_row *rows, size_t n)
{
    double *weights = em_calloc(n ? n : 1, sizeof(*weights));
    enum em_status status = weights ? EM_OK : EM_ERR_NOMEM;
    for (size_t i = 0, j; i < n && status == EM_OK && !rows[i].doubtful; i = j) {
        struct em_estimate e;
        struct em_prevalence_row sum = {.month = rows[i].month};
        for (j = i; j < n && rows[j].month == rows[i].month && !rows[j].doubtful; j++) {
            weights[j] = weight_of(r, &rows[j]);
            sum.documents += weights[j] > 0 ? rows[j].documents : 0;
        }
        e = em_prevalence_weighted(rows + i, weights + i, j - i);
        char month[16];
        em_month_format(sum.month, month);
        if (!r->a->json) {
            fprintf(out, "%sweighted %s: estimate %.6f, 95 %% interval %.6f to %.6f\n",
                    r->a->csv ? "# " : "", month, e.value, e.low, e.high);
            continue;
        }
        struct em_json json;
        em_buf_clear(line);
        em_json_init(&json, line);
        em_json_object(&json);
        em_json_key(&json, "weighted");
        em_json_bool(&json, true);
        em_json_key(&json, "month");
        em_json_string_or_null(&json, em_view_of(month));
        em_json_key(&json, "documents");
        em_json_u64(&json, sum.documents);
        put_number(&json, "estimate", e.value);
        put_number(&json, "low", e.low);
        put_number(&json, "high", e.high);
        em_json_end(&json);
        status = em_json_finish(&json);
        if (status == EM_OK && fwrite(line->data, 1, line->len, out) != line->len)
            status = EM_ERR_IO;
    }
    em_free(weights);
    return status;
}

static void print_interruption(const struct run *r, FILE *out,
                               const struct em_point *points, size_t n)
{
    struct em_interruption x;
    double at = em_date_month(em_date_parse(em_view_of(r->a->at)));
    if (!em_series_interrupted(points, n, at, &x)) {
        em_error(
            "prevalence: --at %s: fewer than three months with an estimate before or "
            "after it",
            r->a->at);
        return;
    }
    if (r->a->json)
        fprintf(out,
                "{\"at\":\"%.10s\",\"level\":%.6f,\"level_low\":%.6f,\"level_high\":%.6f,"
                "\"slope\":%.6f,\"slope_low\":%.6f,\"slope_high\":%.6f,\"before\":%zu,"
                "\"after\":%zu}\n",
                r->a->at, x.level.value, x.level.low, x.level.high, x.slope.value,
                x.slope.low, x.slope.high, x.before, x.after);
    else
        fprintf(
            out,
            "%sat %.10s: level %+.2f points [%+.2f, %+.2f], slope %+.3f points a month "
            "[%+.3f, %+.3f]; %zu months before, %zu after\n",
            r->a->csv ? "# " : "", r->a->at, 100 * x.level.value, 100 * x.level.low,
            100 * x.level.high, 100 * x.slope.value, 100 * x.slope.low,
            100 * x.slope.high, x.before, x.after);
}

static void print_changes(const struct run *r, FILE *out, const struct em_point *points,
                          size_t n)
{
    size_t at[64], found = em_series_changes(points, n, at, 64);
    for (size_t i = 0; i < found; i++) {
        char month[16];
        em_month_format((uint32_t)points[at[i]].time, month);
        fprintf(out,
                r->a->json  ? "{\"change\":\"%s\"}\n"
                : r->a->csv ? "# change: %s\n"
                            : "level changes in %s\n",
                month);
    }
    if (!found && !r->a->json && !r->a->csv)
        fputs("no change of level found\n", out);
}

static enum em_status print_series(const struct run *r, FILE *out,
                                   const struct em_prevalence_row *rows, size_t n)
{
    if (!r->a->at && !r->a->changes)
        return EM_OK;
    struct em_point *points = em_calloc(n ? n : 1, sizeof(*points));
    size_t used = 0;
    if (!points)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct em_estimate *e = &rows[i].result.by[EM_QUANTIFY_MIXTURE];
        if (rows[i].doubtful || rows[i].note != EM_PREVALENCE_FINE || !isfinite(e->value))
            continue;
        /* Where an estimate sits at 0 its interval is one-sided. */
        double half = e->high - e->value > e->value - e->low ? e->high - e->value
                                                             : e->value - e->low;
        points[used++] = (struct em_point){rows[i].month, e->value, half / 1.96 + 1e-4};
    }
    if (r->a->at)
        print_interruption(r, out, points, used);
    if (r->a->changes)
        print_changes(r, out, points, used);
    em_free(points);
    return ferror(out) ? EM_ERR_IO : EM_OK;
}

static enum em_status print_all(const struct run *r, FILE *out,
                                const struct em_prevalence *p)
{
    size_t n;
    struct em_buf line;
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &n);
    em_buf_init(&line, 64 * 1024);
    if (r->a->csv)
        csv_header(r, out);
    else if (!r->a->json)
        fprintf(out, "model %s\n%-24s %9s %7s %7s %7s %7s %7s %7s\n", model_of(r),
                "% of documents", "documents", "flagged", "raw", "share", "low", "high",
                "zero");
    enum em_status status = EM_OK;
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = print_row(r, out, &line, &rows[i]);
    if (status == EM_OK && r->a->weights)
        status = print_weighted(r, out, &line, rows, n);
    if (status == EM_OK)
        status = print_series(r, out, rows, n);
    em_buf_release(&line);
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
        status = print_all(r, out, p);
        if (!em_output_close(out, r->a->output) && status == EM_OK)
            status = EM_ERR_IO;
    } else if (status == EM_OK) {
        status = EM_ERR_IO;
    }
    em_prevalence_free(p);
    em_index_model_release(&r->model);
    for (size_t i = 0; i < r->n_weights; i++)
        em_free(r->weights[i].name);
    em_free(r->weights);
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
