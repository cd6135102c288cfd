/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer echo --by month`: on how many sites passages of machines and of people are.
 */
#include "report/echo_rows.h"

#include <math.h>

enum { CLASSES = EM_ECHO_SERIES_CLASSES };

/* Growth is of all months together: it is in the row of all of them. */
struct row {
    const char *label;
    const struct em_echo_month *month;
    const struct em_growth *growth; /* of each class; NULL */
};

static struct row row_of(const struct em_echo_series *s, size_t i, char label[16])
{
    if (i == 0)
        return (struct row){"all", &s->all, s->growth};
    em_month_format(s->months[i - 1].month, label);
    return (struct row){label, &s->months[i - 1], NULL};
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void series_key(struct em_json *json, const char *of, const char *what)
{
    char key[40];
    snprintf(key, sizeof(key), "%s_%s", of, what);
    em_json_key(json, key);
}

static void series_growth(struct em_json *json, const char *of, const struct em_growth *g)
{
    const double month = EM_GROWTH_MONTH;
    const struct {
        const char *name;
        double value;
    } fields[] = {{"growth_per_month", g ? g->rate * month : NAN},
                  {"growth_low", g ? g->low * month : NAN},
                  {"growth_high", g ? g->high * month : NAN},
                  {"doubling_days", g ? g->doubling : NAN}};
    for (size_t i = 0; i < 4; i++) {
        series_key(json, of, fields[i].name);
        em_json_fixed(json, fields[i].value, 4);
    }
}

static void series_row(struct em_json *json, const struct row *row)
{
    const struct em_echo_month *m = row->month;
    const double shares[] = {m->share, m->low, m->high};
    const char *const names[] = {"machine_share", "low", "high"};
    em_json_object(json);
    em_json_key(json, "month");
    em_json_string(json, em_view_of(row->label));
    em_json_key(json, "documents");
    em_json_u64(json, m->documents);
    for (int c = 0; c < CLASSES; c++) {
        series_key(json, em_echo_series_name((enum em_echo_series_class)c), "sites");
        em_json_u64(json, m->sites[c]);
    }
    for (int c = 0; c < CLASSES; c++) {
        series_key(json, em_echo_series_name((enum em_echo_series_class)c), "total");
        em_json_u64(json, m->total[c]);
    }
    for (size_t i = 0; i < 3; i++) {
        em_json_key(json, names[i]);
        em_json_fixed(json, shares[i], 6);
    }
    for (int c = 0; c <= EM_ECHO_SERIES_HUMAN; c++)
        series_growth(json, em_echo_series_name((enum em_echo_series_class)c),
                      row->growth ? &row->growth[c] : NULL);
    em_json_end(json);
}

enum em_status em_echo_series_json(struct em_buf *out, const struct em_echo_series *s)
{
    struct em_json json;
    char sentence[EM_ECHO_SERIES_SENTENCE];
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_key(&json, "passages");
    em_json_object(&json);
    for (int c = 0; c < CLASSES; c++) {
        em_json_key(&json, em_echo_series_name((enum em_echo_series_class)c));
        em_json_u64(&json, s->passages[c]);
    }
    em_json_end(&json);
    em_json_key(&json, "total");
    em_json_u64(&json, s->n + 1);
    em_json_key(&json, "left_out");
    em_json_u64(&json, s->left_out);
    em_echo_series_sentence(s, sentence);
    em_json_key(&json, "sentence");
    em_json_string_or_null(&json, em_view_of(sentence));
    em_json_key(&json, "rows");
    em_json_array(&json);
    for (size_t i = 0; i <= s->n; i++) {
        char label[16];
        const struct row row = row_of(s, i, label);
        series_row(&json, &row);
    }
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status series_print_json(FILE *out, const struct row *row,
                                        struct em_buf *line)
{
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    series_row(&json, row);
    EM_TRY(em_json_finish(&json));
    return fwrite(line->data, 1, line->len, out) == line->len ? EM_OK : EM_ERR_IO;
}

/* --- CSV ------------------------------------------------------------------------------------ */

static void csv_header(FILE *out)
{
    fputs("month,documents", out);
    for (int c = 0; c < CLASSES; c++)
        fprintf(out, ",%s_sites", em_echo_series_name((enum em_echo_series_class)c));
    for (int c = 0; c < CLASSES; c++)
        fprintf(out, ",%s_total", em_echo_series_name((enum em_echo_series_class)c));
    fputs(",machine_share,low,high", out);
    for (int c = 0; c <= EM_ECHO_SERIES_HUMAN; c++) {
        const char *name = em_echo_series_name((enum em_echo_series_class)c);
        fprintf(out, ",%s_growth_per_month,%s_growth_low,%s_growth_high,%s_doubling_days",
                name, name, name, name);
    }
    putc('\n', out);
}

static void series_print_csv(FILE *out, const struct row *row)
{
    const struct em_echo_month *m = row->month;
    fprintf(out, "%s,%llu", row->label, (unsigned long long)m->documents);
    for (int c = 0; c < CLASSES; c++)
        fprintf(out, ",%llu", (unsigned long long)m->sites[c]);
    for (int c = 0; c < CLASSES; c++)
        fprintf(out, ",%llu", (unsigned long long)m->total[c]);
    em_csv_number(out, m->share, 6);
    em_csv_number(out, m->low, 6);
    em_csv_number(out, m->high, 6);
    for (int c = 0; c <= EM_ECHO_SERIES_HUMAN; c++) {
        const struct em_growth *g = row->growth ? &row->growth[c] : NULL;
        em_csv_number(out, g ? g->rate * EM_GROWTH_MONTH : NAN, 6);
        em_csv_number(out, g ? g->low * EM_GROWTH_MONTH : NAN, 6);
        em_csv_number(out, g ? g->high * EM_GROWTH_MONTH : NAN, 6);
        em_csv_number(out, g ? g->doubling : NAN, 6);
    }
    putc('\n', out);
}

/* --- for people ----------------------------------------------------------------------------- */

static void series_print_table(FILE *out, const struct row *row)
{
    const struct em_echo_month *m = row->month;
    fprintf(out, "%-8s %10llu %8llu %8llu %8llu %8llu", row->label,
            (unsigned long long)m->documents,
            (unsigned long long)m->sites[EM_ECHO_SERIES_MACHINE],
            (unsigned long long)m->sites[EM_ECHO_SERIES_KNOWN],
            (unsigned long long)m->sites[EM_ECHO_SERIES_HUMAN],
            (unsigned long long)m->sites[EM_ECHO_SERIES_UNCLEAR]);
    if (isfinite(m->share))
        fprintf(out, "   %5.1f %% [%.1f, %.1f]", 100 * m->share, 100 * m->low,
                100 * m->high);
    putc('\n', out);
}

static void say_growth(FILE *out, const char *what, const struct em_growth *g)
{
    if (!g->known) {
        fprintf(out,
                "Growth of sites with %s passages: not known: fewer than three dated "
                "sites came after the first.\n",
                what);
        return;
    }
    fprintf(
        out,
        "New sites with %s passages, relative to the documents captured: %+.2f a month "
        "(exponential rate; 95 %%: %+.2f to %+.2f)",
        what, g->rate * EM_GROWTH_MONTH, g->low * EM_GROWTH_MONTH,
        g->high * EM_GROWTH_MONTH);
    if (g->low > 0)
        fprintf(out, ", doubling in %.0f days", g->doubling);
    fputs(".\n", out);
}

static void say_series(FILE *out, const struct em_echo_series *s)
{
    char sentence[EM_ECHO_SERIES_SENTENCE];
    fprintf(out,
            "\nPassages on several sites: %llu machine-written (of these %llu of known "
            "model output), %llu human, %llu unclear.\n",
            (unsigned long long)s->passages[EM_ECHO_SERIES_MACHINE],
            (unsigned long long)s->passages[EM_ECHO_SERIES_KNOWN],
            (unsigned long long)s->passages[EM_ECHO_SERIES_HUMAN],
            (unsigned long long)s->passages[EM_ECHO_SERIES_UNCLEAR]);
    say_growth(out, "machine-written", &s->growth[EM_ECHO_SERIES_MACHINE]);
    say_growth(out, "human", &s->growth[EM_ECHO_SERIES_HUMAN]);
    em_echo_series_sentence(s, sentence);
    if (sentence[0])
        fprintf(out, "%s\n", sentence);
    if (s->left_out)
        fprintf(out, "%llu passages on fewer sites are left out.\n",
                (unsigned long long)s->left_out);
}

enum em_status em_echo_series_print(FILE *out, enum em_form form,
                                    const struct em_echo_series *s)
{
    struct em_buf line;
    enum em_status status = EM_OK;
    em_buf_init(&line, 1 << 16);
    if (form == EM_FORM_CSV)
        csv_header(out);
    else if (form == EM_FORM_TABLE)
        fprintf(out, "%-8s %10s %8s %8s %8s %8s   %s\n", "month", "documents", "machine",
                "known", "human", "unclear", "machine share of sites");
    for (size_t i = 0; i <= s->n && status == EM_OK; i++) {
        char label[16];
        const struct row row = row_of(s, i, label);
        if (form == EM_FORM_JSON)
            status = series_print_json(out, &row, &line);
        else if (form == EM_FORM_CSV)
            series_print_csv(out, &row);
        else
            series_print_table(out, &row);
    }
    if (form == EM_FORM_TABLE && status == EM_OK)
        say_series(out, s);
    em_buf_release(&line);
    return ferror(out) ? EM_ERR_IO : status;
}
