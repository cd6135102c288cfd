/* SPDX-License-Identifier: Apache-2.0 */
#include "report/prevalence_rows.h"

#include "base/alloc.h"
#include "index/answers/series.h"

#include <math.h>
#include <string.h>

static const char *prevalence_estimator(const struct em_prevalence_row *row)
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

static enum em_status prevalence_print_json(const struct em_prevalence_print *r,
                                            FILE *out, struct em_buf *line,
                                            const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    const struct em_estimate *zero = &row->zero.by[EM_QUANTIFY_MIXTURE];
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    put_keys(&json, row, r->by);
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
    em_json_string_or_null(&json, em_view_of(prevalence_estimator(row)));
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
    em_json_string_or_null(&json, em_view_of(r->model));
    if (r->all)
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

static void prevalence_print_csv(const struct em_prevalence_print *r, FILE *out,
                                 const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    const struct em_estimate *zero = &row->zero.by[EM_QUANTIFY_MIXTURE];
    csv_keys(out, row, r->by);
    fprintf(out, "%llu,%llu,%llu,%llu,%llu,", (unsigned long long)row->documents,
            (unsigned long long)row->words, (unsigned long long)row->scored,
            (unsigned long long)row->domains, (unsigned long long)row->flagged);
    const double values[] = {raw_of(row), e->value, e->low, e->high};
    for (size_t k = 0; k < 4; k++)
        csv_number(out, values[k]);
    csv_text(out, em_view_of(prevalence_estimator(row)));
    csv_number(out, zero->value);
    csv_number(out, zero->low);
    csv_number(out, zero->high);
    for (int m = 0; r->all && m < EM_QUANTIFY_METHODS; m++)
        csv_number(out, row->result.by[m].value);
    fprintf(out, "%llu,%d,", (unsigned long long)row->zero_documents, row->doubtful);
    const char *note = em_prevalence_note_text(row->note);
    csv_text(out, em_view_of(note));
    fprintf(out, "%s\n", r->model);
}

static void csv_header(const struct em_prevalence_print *r, FILE *out)
{
    static const char *const names[] = {"month,", "lang,", "domain,", "tld,", "host,"};
    for (unsigned k = 0; k < 5; k++)
        if (r->by & 1u << k)
            fputs(names[k], out);
    fputs("documents,words,scored,domains,flagged,raw,estimate,low,high,estimator,"
          "zero_check,zero_low,zero_high,",
          out);
    for (int m = 0; r->all && m < EM_QUANTIFY_METHODS; m++)
        fprintf(out, "est_%s,", em_quantify_name((enum em_quantify_method)m));
    fputs("zero_documents,date_doubtful,note,model\n", out);
}

static void prevalence_print_share(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %7.2f", 100 * value);
    else
        fputs("       -", out);
}

static void prevalence_print_text(const struct em_prevalence_print *r, FILE *out,
                                  const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    char label[80] = "all", month[16];
    size_t n = 0;
    em_month_format(row->month, month);
    const struct em_view parts[] = {em_view_of(row->doubtful                 ? "doubtful"
                                               : r->by & EM_PREVALENCE_MONTH ? month
                                                                             : ""),
                                    row->lang, row->domain, row->tld, row->host};
    for (size_t k = 0; k < 5; k++)
        if (parts[k].len && n < sizeof(label) - 1)
            n += (size_t)snprintf(label + n, sizeof(label) - n, "%s%.*s", n ? " " : "",
                                  (int)(parts[k].len % 64), parts[k].data);
    fprintf(out, "%-24.79s %9llu %7llu", label, (unsigned long long)row->documents,
            (unsigned long long)row->flagged);
    prevalence_print_share(out, raw_of(row));
    prevalence_print_share(out, e->value);
    prevalence_print_share(out, e->low);
    prevalence_print_share(out, e->high);
    prevalence_print_share(out, row->zero.by[EM_QUANTIFY_MIXTURE].value);
    const char *note = em_prevalence_note_text(row->note);
    fprintf(out, "  %s\n", note ? note : row->result.sliced ? "own human slice" : "");
    for (int m = 0; r->all && m < EM_QUANTIFY_METHODS && !note; m++) {
        e = &row->result.by[m];
        fprintf(out, "  %-40s %7s", em_quantify_name((enum em_quantify_method)m), "");
        prevalence_print_share(out, e->value);
        prevalence_print_share(out, e->low);
        prevalence_print_share(out, e->high);
        prevalence_print_share(out, row->zero.by[m].value);
        fputc('\n', out);
    }
}

static enum em_status prevalence_print_row(const struct em_prevalence_print *r, FILE *out,
                                           struct em_buf *line,
                                           const struct em_prevalence_row *row)
{
    if (r->form == EM_FORM_JSON)
        return prevalence_print_json(r, out, line, row);
    if (r->form == EM_FORM_CSV)
        prevalence_print_csv(r, out, row);
    else
        prevalence_print_text(r, out, row);
    return ferror(out) ? EM_ERR_IO : EM_OK;
}

/* --- what the rows come to ---------------------------------------------------------------- */

/* One row a month (or one in all) over the strata, by the survey's weights. */
static enum em_status prevalence_print_weighted(const struct em_prevalence_print *r,
                                                FILE *out, struct em_buf *line,
                                                const struct em_prevalence_row *rows,
                                                size_t n)
{
    double *weights = em_calloc(n ? n : 1, sizeof(*weights));
    enum em_status status = weights ? EM_OK : EM_ERR_NOMEM;
    for (size_t i = 0, j; i < n && status == EM_OK && !rows[i].doubtful; i = j) {
        struct em_estimate e;
        struct em_prevalence_row sum = {.month = rows[i].month};
        for (j = i; j < n && rows[j].month == rows[i].month && !rows[j].doubtful; j++) {
            weights[j] = em_weights_of(r->weights, &rows[j], r->by);
            sum.documents += weights[j] > 0 ? rows[j].documents : 0;
        }
        e = em_prevalence_weighted(rows + i, weights + i, j - i);
        char month[16];
        em_month_format(sum.month, month);
        if (r->form != EM_FORM_JSON) {
            fprintf(out, "%sweighted %s: estimate %.6f, 95 %% interval %.6f to %.6f\n",
                    r->form == EM_FORM_CSV ? "# " : "", month, e.value, e.low, e.high);
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

static void prevalence_print_interruption(const struct em_prevalence_print *r, FILE *out,
                                          const struct em_point *points, size_t n,
                                          bool *few)
{
    struct em_interruption x;
    double at = em_date_month(em_date_parse(em_view_of(r->at)));
    if (!em_series_interrupted(points, n, at, &x)) {
        *few = true;
        return;
    }
    if (r->form == EM_FORM_JSON)
        fprintf(out,
                "{\"at\":\"%.10s\",\"level\":%.6f,\"level_low\":%.6f,\"level_high\":%.6f,"
                "\"slope\":%.6f,\"slope_low\":%.6f,\"slope_high\":%.6f,\"before\":%zu,"
                "\"after\":%zu}\n",
                r->at, x.level.value, x.level.low, x.level.high, x.slope.value,
                x.slope.low, x.slope.high, x.before, x.after);
    else
        fprintf(
            out,
            "%sat %.10s: level %+.2f points [%+.2f, %+.2f], slope %+.3f points a month "
            "[%+.3f, %+.3f]; %zu months before, %zu after\n",
            r->form == EM_FORM_CSV ? "# " : "", r->at, 100 * x.level.value,
            100 * x.level.low, 100 * x.level.high, 100 * x.slope.value, 100 * x.slope.low,
            100 * x.slope.high, x.before, x.after);
}

static void prevalence_print_changes(const struct em_prevalence_print *r, FILE *out,
                                     const struct em_point *points, size_t n)
{
    size_t at[64], found = em_series_changes(points, n, at, 64);
    for (size_t i = 0; i < found; i++) {
        char month[16];
        em_month_format((uint32_t)points[at[i]].time, month);
        fprintf(out,
                r->form == EM_FORM_JSON  ? "{\"change\":\"%s\"}\n"
                : r->form == EM_FORM_CSV ? "# change: %s\n"
                                         : "level changes in %s\n",
                month);
    }
    if (!found && r->form != EM_FORM_JSON && r->form != EM_FORM_CSV)
        fputs("no change of level found\n", out);
}

static enum em_status prevalence_print_series(const struct em_prevalence_print *r,
                                              FILE *out,
                                              const struct em_prevalence_row *rows,
                                              size_t n, bool *few)
{
    if (!r->at && !r->changes)
        return EM_OK;
    struct em_point *points = em_calloc(n ? n : 1, sizeof(*points));
    if (!points)
        return EM_ERR_NOMEM;
    size_t used = em_series_points(points, rows, n);
    if (r->at)
        prevalence_print_interruption(r, out, points, used, few);
    if (r->changes)
        prevalence_print_changes(r, out, points, used);
    em_free(points);
    return ferror(out) ? EM_ERR_IO : EM_OK;
}

enum em_status em_prevalence_print(FILE *out, const struct em_prevalence_print *r,
                                   const struct em_prevalence *p, bool *few)
{
    size_t n;
    struct em_buf line;
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &n);
    em_buf_init(&line, 64 * 1024);
    if (r->form == EM_FORM_CSV)
        csv_header(r, out);
    else if (r->form != EM_FORM_JSON)
        fprintf(out, "model %s\n%-24s %9s %7s %7s %7s %7s %7s %7s\n", r->model,
                "% of documents", "documents", "flagged", "raw", "share", "low", "high",
                "zero");
    enum em_status status = EM_OK;
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = prevalence_print_row(r, out, &line, &rows[i]);
    if (status == EM_OK && r->weights)
        status = prevalence_print_weighted(r, out, &line, rows, n);
    if (status == EM_OK)
        status = prevalence_print_series(r, out, rows, n, few);
    em_buf_release(&line);
    return status;
}
