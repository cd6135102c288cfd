/* SPDX-License-Identifier: Apache-2.0 */
#include "report/prevalence_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

void em_prevalence_rows_init(struct em_prevalence_rows *rows, FILE *out,
                             enum em_form form)
{
    *rows = (struct em_prevalence_rows){.out = out, .form = form};
    em_buf_init(&rows->line, 1 << 20);
}

void em_prevalence_rows_release(struct em_prevalence_rows *rows)
{
    em_buf_release(&rows->line);
}

/* --- columns ----------------------------------------------------------------------------- */

enum column_kind {
    COLUMN_COUNT,
    COLUMN_RAW,
    COLUMN_ESTIMATE,
    COLUMN_LOW,
    COLUMN_HIGH,
    COLUMN_ESTIMATOR,
    COLUMN_ZERO,
    COLUMN_ZERO_LOW,
    COLUMN_ZERO_HIGH,
    COLUMN_DOUBTFUL,
    COLUMN_POOLS,
    COLUMN_NOTE,
    COLUMN_MODEL,
};

struct column {
    const char *name;
    enum column_kind kind;
    size_t at; /* of a count, in the row */
};

#define COUNT(field)                                                                     \
    {                                                                                    \
#field, COLUMN_COUNT, offsetof(struct em_prevalence_row, field)                  \
    }
static const struct column columns[] = {
    COUNT(documents),
    COUNT(words),
    COUNT(judged),
    COUNT(scored),
    COUNT(domains),
    COUNT(flagged),
    {"raw", COLUMN_RAW, 0},
    COUNT(leaks),
    COUNT(known),
    {"estimate", COLUMN_ESTIMATE, 0},
    {"low", COLUMN_LOW, 0},
    {"high", COLUMN_HIGH, 0},
    {"estimator", COLUMN_ESTIMATOR, 0},
    {"zero_check", COLUMN_ZERO, 0},
    {"zero_low", COLUMN_ZERO_LOW, 0},
    {"zero_high", COLUMN_ZERO_HIGH, 0},
    COUNT(zero_documents),
    COUNT(no_language),
    COUNT(too_short),
    COUNT(not_prose),
    COUNT(undated),
    COUNT(backdated),
    {"date_doubtful", COLUMN_DOUBTFUL, 0},
    {"pools", COLUMN_POOLS, 0},
    {"note", COLUMN_NOTE, 0},
    {"model", COLUMN_MODEL, 0},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static uint64_t column_count(const struct column *c, const struct em_prevalence_row *row)
{
    uint64_t value;
    memcpy(&value, (const char *)row + c->at, sizeof(value));
    return value;
}

static double column_share(const struct column *c, const struct em_prevalence_row *row)
{
    const struct em_estimate *e = &row->result.by[EM_QUANTIFY_MIXTURE];
    const struct em_estimate *zero = &row->zero.by[EM_QUANTIFY_MIXTURE];
    switch (c->kind) {
    case COLUMN_RAW:
        return row->judged ? (double)row->flagged / (double)row->judged : NAN;
    case COLUMN_ESTIMATE:
        return e->value;
    case COLUMN_LOW:
        return e->low;
    case COLUMN_HIGH:
        return e->high;
    case COLUMN_ZERO:
        return zero->value;
    case COLUMN_ZERO_LOW:
        return zero->low;
    case COLUMN_ZERO_HIGH:
        return zero->high;
    default:
        return NAN;
    }
}

static const char *column_text(const struct column *c,
                               const struct em_prevalence_row *row, const char *model)
{
    return c->kind == COLUMN_ESTIMATOR ? em_prevalence_estimator(row)
           : c->kind == COLUMN_NOTE    ? em_prevalence_note_text(row->note)
                                       : model;
}

static bool column_is_text(const struct column *c)
{
    return c->kind == COLUMN_ESTIMATOR || c->kind == COLUMN_NOTE ||
           c->kind == COLUMN_MODEL;
}

struct keys {
    const char *names[5];
    struct em_view values[5];
    size_t n;
};

static struct keys keys_of(const struct em_prevalence_row *row, unsigned by, bool month)
{
    const struct {
        unsigned bit;
        const char *name;
        struct em_view value;
    } all[] = {{EM_PREVALENCE_MONTH, "month", em_view_of(row->label)},
               {EM_PREVALENCE_LANG, "lang", row->lang},
               {EM_PREVALENCE_DOMAIN, "domain", row->domain},
               {EM_PREVALENCE_TLD, "tld", row->tld},
               {EM_PREVALENCE_HOST, "host", row->host}};
    struct keys k = {.n = 0};
    for (size_t i = 0; i < 5; i++)
        if ((by & all[i].bit) || (i == 0 && (month || by == 0))) {
            k.names[k.n] = all[i].name;
            k.values[k.n++] = all[i].value;
        }
    return k;
}

/* --- JSON -------------------------------------------------------------------------------- */

static void json_share(struct em_json *json, const char *name, double value)
{
    em_json_key(json, name);
    em_json_fixed(json, value, 6);
}

static void json_pools(struct em_json *json, const struct em_prevalence_row *row)
{
    if (row->n_months == 0) {
        em_json_null(json);
        return;
    }
    em_json_array(json);
    for (uint32_t i = 0; i < row->n_months; i++) {
        char month[16];
        em_month_format(row->months[i], month);
        em_json_string(json, em_view_of(month));
    }
    em_json_end(json);
}

void em_prevalence_row_json(struct em_json *json, const struct em_prevalence_row *row,
                            unsigned by, const char *model)
{
    struct keys k = keys_of(row, by, false);
    for (size_t i = 0; i < k.n; i++) {
        em_json_key(json, k.names[i]);
        em_json_string_or_null(json, k.values[i]);
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct column *c = &columns[i];
        em_json_key(json, c->name);
        if (c->kind == COLUMN_COUNT)
            em_json_u64(json, column_count(c, row));
        else if (c->kind == COLUMN_DOUBTFUL)
            em_json_bool(json, row->doubtful);
        else if (c->kind == COLUMN_POOLS)
            json_pools(json, row);
        else if (column_is_text(c))
            em_json_string_or_null(json, em_view_of(column_text(c, row, model)));
        else
            em_json_fixed(json, column_share(c, row), 6);
    }
}

static void json_estimators(struct em_json *json, const struct em_prevalence_row *row)
{
    em_json_key(json, "estimators");
    em_json_object(json);
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++) {
        const struct em_estimate *e = &row->result.by[m], *zero = &row->zero.by[m];
        em_json_key(json, em_quantify_name((enum em_quantify_method)m));
        em_json_object(json);
        json_share(json, "estimate", e->value);
        json_share(json, "low", e->low);
        json_share(json, "high", e->high);
        json_share(json, "zero_check", zero->value);
        json_share(json, "zero_low", zero->low);
        json_share(json, "zero_high", zero->high);
        em_json_end(json);
    }
    em_json_end(json);
}

void em_statement_json(struct em_json *json, const struct em_statement *s)
{
    const char *const names[] = {"headline", "unseen", "floor"};
    const char *const texts[] = {s->headline, s->unseen, s->floor};
    for (size_t i = 0; i < 3; i++) {
        em_json_key(json, names[i]);
        em_json_string_or_null(json, em_view_of(texts[i]));
    }
    em_json_key(json, "warnings");
    em_json_array(json);
    for (int w = 0; w < EM_WARNING_COUNT; w++)
        if (s->warned[w])
            em_json_string(json, em_view_of(s->warnings[w]));
    em_json_end(json);
    em_json_key(json, "clear");
    em_json_bool(json, s->clear);
    em_json_key(json, "kinds");
    em_json_array(json);
    for (size_t i = 0; i < s->n_kinds; i++) {
        const struct em_machine_kind *k = &s->kinds[i];
        em_json_object(json);
        em_json_key(json, "kind");
        em_json_string(json, em_view_of(k->name));
        em_json_key(json, "sources");
        em_json_u64(json, k->sources);
        em_json_key(json, "texts");
        em_json_u64(json, k->texts);
        json_share(json, "caught", k->caught);
        json_share(json, "unsure", fmax(0, 1 - k->caught - k->human));
        json_share(json, "human", k->human);
        em_json_end(json);
    }
    em_json_end(json);
}

static enum em_status rows_write(struct em_prevalence_rows *r)
{
    return fwrite(r->line.data, 1, r->line.len, r->out) == r->line.len ? EM_OK
                                                                       : EM_ERR_IO;
}

static enum em_status put_json(struct em_prevalence_rows *r,
                               const struct em_prevalence_row *row,
                               const struct em_statement *statement)
{
    struct em_json json;
    em_buf_clear(&r->line);
    em_json_init(&json, &r->line);
    em_json_object(&json);
    em_prevalence_row_json(&json, row, r->by | (r->with_total ? EM_PREVALENCE_MONTH : 0),
                           r->model);
    if (statement)
        em_statement_json(&json, statement);
    if (r->all)
        json_estimators(&json, row);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return rows_write(r);
}

/* --- CSV --------------------------------------------------------------------------------- */

/* RFC 4180: quoted where needed. A cell that a spreadsheet would take for a formula does not
 * occur: names are of hosts and languages, which begin with neither = nor @. */
static void csv_text(FILE *out, struct em_view v, char after)
{
    bool quote = false;
    for (size_t i = 0; i < v.len; i++)
        quote |= strchr(",\"\r\n", v.data[i]) != NULL;
    if (quote)
        fputc('"', out);
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == '"')
            fputc('"', out);
        fputc(v.data[i], out);
    }
    if (quote)
        fputc('"', out);
    fputc(after, out);
}

static void csv_share(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, "%.6f", value);
    fputc(',', out);
}

static void csv_pools(FILE *out, const struct em_prevalence_row *row)
{
    for (uint32_t i = 0; i < row->n_months; i++) {
        char month[16];
        em_month_format(row->months[i], month);
        fprintf(out, "%s%s", i ? " " : "", month);
    }
    fputc(',', out);
}

static void put_csv(struct em_prevalence_rows *r, const struct em_prevalence_row *row)
{
    struct keys k = keys_of(row, r->by, r->with_total);
    for (size_t i = 0; i < k.n; i++)
        csv_text(r->out, k.values[i], ',');
    for (int m = 0; r->all && m < EM_QUANTIFY_METHODS; m++)
        csv_share(r->out, row->result.by[m].value);
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct column *c = &columns[i];
        if (c->kind == COLUMN_COUNT)
            fprintf(r->out, "%" PRIu64 ",", column_count(c, row));
        else if (c->kind == COLUMN_DOUBTFUL)
            fprintf(r->out, "%d,", row->doubtful);
        else if (c->kind == COLUMN_POOLS)
            csv_pools(r->out, row);
        else if (column_is_text(c))
            csv_text(r->out, em_view_of(column_text(c, row, r->model)),
                     i + 1 < COLUMNS ? ',' : '\n');
        else
            csv_share(r->out, column_share(c, row));
    }
}

/* What human text scores, and where that was taken from: for people. */
static const char *corrected_with(const struct em_prevalence_row *row)
{
    static const char *const texts[] = {
        "corrected with the model's human sources",
        "corrected with this corpus's pre-2022 text",
        "corrected with this corpus's pre-2022 text, by date of publication",
        "corrected with its sites' pre-2022 text, drawn to all sites'"};
    return texts[row->slice];
}

/* --- table ------------------------------------------------------------------------------- */

static void text_share(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %7.2f", 100 * value);
    else
        fputs("       -", out);
}

static void text_estimate(FILE *out, const struct em_estimate *e,
                          const struct em_estimate *zero)
{
    text_share(out, e->value);
    text_share(out, e->low);
    text_share(out, e->high);
    text_share(out, zero->value);
}

static void put_text(struct em_prevalence_rows *r, const struct em_prevalence_row *row)
{
    struct keys k = keys_of(row, r->by, r->with_total);
    char label[80] = "";
    size_t n = 0;
    if (row->doubtful)
        n = (size_t)snprintf(label, sizeof(label), "no reliable date");
    for (size_t i = 0; i < k.n; i++)
        if (k.values[i].len && n < sizeof(label) - 1)
            n += (size_t)snprintf(label + n, sizeof(label) - n, "%s%.*s", n ? " " : "",
                                  (int)(k.values[i].len % 64), k.values[i].data);
    fprintf(r->out,
            "%-20.79s %9" PRIu64 " %8" PRIu64 " %7" PRIu64 " %5" PRIu64 " %5" PRIu64,
            label[0] ? label : "all", row->documents, row->judged, row->flagged,
            row->leaks, row->known);
    text_estimate(r->out, &row->result.by[EM_QUANTIFY_MIXTURE],
                  &row->zero.by[EM_QUANTIFY_MIXTURE]);
    const char *note = em_prevalence_note_text(row->note);
    fprintf(r->out, "  %s\n", note ? note : corrected_with(row));
    for (int m = 0; r->all && m < EM_QUANTIFY_METHODS && !note; m++) {
        fprintf(r->out, "  %-57s", em_quantify_name((enum em_quantify_method)m));
        text_estimate(r->out, &row->result.by[m], &row->zero.by[m]);
        fputc('\n', r->out);
    }
}

static void text_header(struct em_prevalence_rows *r, const struct keys *k)
{
    char label[80] = "";
    size_t n = 0;
    for (size_t i = 0; i < k->n && n < sizeof(label) - 1; i++)
        n += (size_t)snprintf(label + n, sizeof(label) - n, "%s%s", n ? " " : "",
                              k->names[i]);
    fprintf(r->out, "model %s\n%-20.79s %9s %8s %7s %5s %5s %7s %7s %7s %7s\n", r->model,
            label, "documents", "judged", "flagged", "leaks", "known", "share %", "low %",
            "high %", "zero %");
}

void em_prevalence_rows_header(struct em_prevalence_rows *r)
{
    struct em_prevalence_row none = {.month = 0};
    struct keys k = keys_of(&none, r->by, r->with_total);
    if (r->form == EM_FORM_TABLE)
        text_header(r, &k);
    if (r->form != EM_FORM_CSV)
        return;
    for (size_t i = 0; i < k.n; i++)
        fprintf(r->out, "%s,", k.names[i]);
    for (int m = 0; r->all && m < EM_QUANTIFY_METHODS; m++)
        fprintf(r->out, "est_%s,", em_quantify_name((enum em_quantify_method)m));
    for (size_t i = 0; i < COLUMNS; i++)
        fprintf(r->out, "%s%c", columns[i].name, i + 1 < COLUMNS ? ',' : '\n');
}

enum em_status em_prevalence_rows_put(struct em_prevalence_rows *r,
                                      const struct em_prevalence_row *row,
                                      const struct em_statement *statement)
{
    if (r->form == EM_FORM_JSON)
        return put_json(r, row, statement);
    if (r->form == EM_FORM_CSV)
        put_csv(r, row);
    else
        put_text(r, row);
    return ferror(r->out) ? EM_ERR_IO : EM_OK;
}

void em_prevalence_rows_say(struct em_prevalence_rows *r, const struct em_statement *s)
{
    fprintf(r->out, "\n%s\n", s->headline);
    if (s->unseen[0])
        fprintf(r->out, "%s\n", s->unseen);
    fprintf(r->out, "%s\n", s->floor);
    for (int w = 0; w < EM_WARNING_COUNT; w++)
        if (s->warned[w])
            fprintf(r->out, "! %s\n", s->warnings[w]);
    if (s->clear)
        fputs("Nothing that was looked at speaks against this answer.\n", r->out);
    if (s->n_kinds)
        fprintf(r->out, "\n%-32s %7s %7s %8s %8s\n", "what is seen of a kind, %",
                "sources", "texts", "caught", "human");
    for (size_t i = 0; i < s->n_kinds; i++)
        fprintf(r->out, "%-32s %7u %7" PRIu64 " %8.1f %8.1f\n", s->kinds[i].name,
                s->kinds[i].sources, s->kinds[i].texts, 100 * s->kinds[i].caught,
                100 * s->kinds[i].human);
}

/* --- what the rows come to --------------------------------------------------------------- */

enum em_status em_prevalence_rows_weighted(struct em_prevalence_rows *r,
                                           const char *month, uint64_t documents,
                                           const struct em_estimate *e)
{
    if (r->form != EM_FORM_JSON) {
        fprintf(r->out, "%sweighted %s: estimate %.6f, 95 %% interval %.6f to %.6f\n",
                r->form == EM_FORM_CSV ? "# " : "", month, e->value, e->low, e->high);
        return EM_OK;
    }
    struct em_json json;
    em_buf_clear(&r->line);
    em_json_init(&json, &r->line);
    em_json_object(&json);
    em_json_key(&json, "weighted");
    em_json_bool(&json, true);
    em_json_key(&json, "month");
    em_json_string_or_null(&json, em_view_of(month));
    em_json_key(&json, "documents");
    em_json_u64(&json, documents);
    json_share(&json, "estimate", e->value);
    json_share(&json, "low", e->low);
    json_share(&json, "high", e->high);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return rows_write(r);
}

void em_prevalence_rows_interruption(struct em_prevalence_rows *r, const char *at,
                                     const struct em_interruption *x)
{
    if (r->form == EM_FORM_JSON)
        fprintf(r->out,
                "{\"at\":\"%.10s\",\"level\":%.6f,\"level_low\":%.6f,\"level_high\":%.6f,"
                "\"slope\":%.6f,\"slope_low\":%.6f,\"slope_high\":%.6f,\"before\":%zu,"
                "\"after\":%zu}\n",
                at, x->level.value, x->level.low, x->level.high, x->slope.value,
                x->slope.low, x->slope.high, x->before, x->after);
    else
        fprintf(
            r->out,
            "%sat %.10s: level %+.2f points [%+.2f, %+.2f], slope %+.3f points a month "
            "[%+.3f, %+.3f]; %zu months before, %zu after\n",
            r->form == EM_FORM_CSV ? "# " : "", at, 100 * x->level.value,
            100 * x->level.low, 100 * x->level.high, 100 * x->slope.value,
            100 * x->slope.low, 100 * x->slope.high, x->before, x->after);
}

void em_prevalence_rows_changes(struct em_prevalence_rows *r,
                                const struct em_point *points, const size_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char month[16];
        em_month_format((uint32_t)points[at[i]].time, month);
        fprintf(r->out,
                r->form == EM_FORM_JSON  ? "{\"change\":\"%s\"}\n"
                : r->form == EM_FORM_CSV ? "# change: %s\n"
                                         : "level changes in %s\n",
                month);
    }
    if (n == 0 && r->form == EM_FORM_TABLE)
        fputs("no change of level found\n", r->out);
}
