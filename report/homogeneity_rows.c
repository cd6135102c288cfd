/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer echo --homogenisation`: how alike texts are, month by month.
 */
#include "report/echo_rows.h"

#include <math.h>

struct printing {
    FILE *out;
    enum em_form form;
    struct em_buf line;
    bool began; /* re-use, which has its own columns for people */
};

static enum em_status finish_line(struct printing *p, struct em_json *json)
{
    em_json_end(json);
    EM_TRY(em_json_finish(json));
    bool written = fwrite(p->line.data, 1, p->line.len, p->out) == p->line.len;
    em_buf_clear(&p->line);
    return written ? EM_OK : EM_ERR_IO;
}

static void write_estimate(struct em_json *json, const char *name,
                           const struct em_estimate *x)
{
    char key[40];
    const char *const ends[] = {"", "_low", "_high"};
    const double values[] = {x->value, x->low, x->high};
    for (int i = 0; i < 3; i++) {
        snprintf(key, sizeof(key), "%s%s", name, ends[i]);
        em_json_key(json, key);
        em_json_fixed(json, values[i], 6);
    }
}

static enum em_status
print_row_json(struct printing *p, const struct em_diversity_row *row, const char *month)
{
    struct em_json json;
    em_json_init(&json, &p->line);
    em_json_object(&json);
    em_json_key(&json, "month");
    em_json_string_or_null(&json, em_view_of(month));
    em_json_key(&json, "lang");
    em_json_string_or_null(&json, row->lang);
    em_json_key(&json, "documents");
    em_json_u64(&json, row->documents);
    em_json_key(&json, "groups");
    em_json_u64(&json, row->groups);
    em_json_key(&json, "reference_documents");
    em_json_u64(&json, row->reference);
    for (int k = 0; k < EM_MEASURES; k++)
        write_estimate(&json, em_measure_name((enum em_measure)k), &row->measures[k]);
    return finish_line(p, &json);
}

static void csv_value(FILE *out, double value)
{
    if (isnan(value))
        putc(',', out);
    else
        fprintf(out, ",%.6f", value);
}

static void cell(FILE *out, const struct em_estimate *x)
{
    if (isnan(x->value))
        fprintf(out, "  %17s", "-");
    else if (isnan(x->low))
        fprintf(out, "  %7.4f %9s", x->value, "");
    else
        fprintf(out, "  %7.4f +-%7.4f", x->value, x->high - x->value);
}

static enum em_status print_row(void *context, const struct em_diversity_row *row)
{
    static const enum em_measure shown[] = {EM_MEASURE_COMPRESSION, EM_MEASURE_DISTINCT_1,
                                            EM_MEASURE_DISTINCT_2,  EM_MEASURE_ENTROPY_1,
                                            EM_MEASURE_SIMILARITY,  EM_MEASURE_DRIFT};
    struct printing *p = context;
    char month[16];
    em_month_format(row->month, month);
    if (p->form == EM_FORM_JSON)
        return print_row_json(p, row, month);
    if (p->form == EM_FORM_CSV) {
        fprintf(p->out, "%s,%.*s,%llu,%u,%llu", month, EM_VIEW_ARGS(row->lang),
                (unsigned long long)row->documents, row->groups,
                (unsigned long long)row->reference);
        for (int k = 0; k < EM_MEASURES; k++) {
            csv_value(p->out, row->measures[k].value);
            csv_value(p->out, row->measures[k].low);
            csv_value(p->out, row->measures[k].high);
        }
        fputs(",,\n", p->out);
        return EM_OK;
    }
    fprintf(p->out, "%-7s  %-4.*s %9llu", month[0] ? month : "?", EM_VIEW_ARGS(row->lang),
            (unsigned long long)row->documents);
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        cell(p->out, &row->measures[shown[i]]);
    putc('\n', p->out);
    return EM_OK;
}

static enum em_status print_reuse(void *context, const struct em_reuse *reuse)
{
    struct printing *p = context;
    char month[16];
    double share = (double)reuse->again / (double)reuse->prints;
    em_month_format(reuse->month, month);
    if (p->form == EM_FORM_JSON) {
        struct em_json json;
        em_json_init(&json, &p->line);
        em_json_object(&json);
        em_json_key(&json, "month");
        em_json_string_or_null(&json, em_view_of(month));
        em_json_key(&json, "prints");
        em_json_u64(&json, reuse->prints);
        em_json_key(&json, "reused");
        em_json_fixed(&json, share, 6);
        return finish_line(p, &json);
    }
    if (p->form == EM_FORM_CSV) {
        fprintf(p->out, "%s,,,,", month);
        for (int k = 0; k < 3 * EM_MEASURES; k++)
            putc(',', p->out);
        fprintf(p->out, ",%llu,%.6f\n", (unsigned long long)reuse->prints, share);
        return EM_OK;
    }
    if (!p->began)
        fputs("\nmonth       prints  seen on another site before\n", p->out);
    p->began = true;
    fprintf(p->out, "%-7s  %9llu  %.4f\n", month[0] ? month : "?",
            (unsigned long long)reuse->prints, share);
    return EM_OK;
}

static void print_header(FILE *out, enum em_form form)
{
    if (form == EM_FORM_TABLE)
        fputs("month    lang documents  compression         distinct words      distinct "
              "pairs      entropy of words    similarity          drift\n",
              out);
    if (form != EM_FORM_CSV)
        return;
    fputs("month,lang,documents,groups,reference_documents", out);
    for (int k = 0; k < EM_MEASURES; k++) {
        const char *name = em_measure_name((enum em_measure)k);
        fprintf(out, ",%s,%s_low,%s_high", name, name, name);
    }
    fputs(",prints,reused\n", out);
}

enum em_status em_homogeneity_print(FILE *out, enum em_form form, struct em_store *store,
                                    struct em_view lang, struct em_err *err)
{
    struct printing p = {.out = out, .form = form};
    em_buf_init(&p.line, 64 * 1024);
    print_header(out, form);
    enum em_status status = em_diversity_each(store, lang, print_row, &p, err);
    if (status >= 0 && lang.len == 0)
        status = em_reuse_each(store, print_reuse, &p, err);
    em_buf_release(&p.line);
    return status;
}
