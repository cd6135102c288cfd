/* SPDX-License-Identifier: Apache-2.0 */
#include "report/eval_text.h"

#include "base/json.h"
#include "base/limits.h"

#include <math.h>

/* A share as per cent with `digits` places, or a dash. */
static void eval_text_share(FILE *out, int width, int digits, double value)
{
    if (isnan(value))
        fprintf(out, " %*s", width, "-");
    else
        fprintf(out, " %*.*f", width, digits, 100 * value);
}

static void eval_text_number(FILE *out, int width, double value)
{
    if (isnan(value))
        fprintf(out, " %*s", width, "-");
    else
        fprintf(out, " %*.4f", width, value);
}

static void range(FILE *out, struct em_interval i)
{
    if (isnan(i.value))
        fprintf(out, " %22s", "-");
    else
        fprintf(out, "  %.4f [%.4f-%.4f]", i.value, i.low, i.high);
}

static void print_head(FILE *out, const char *table)
{
    fprintf(out,
            "\nby %s (shares in %%; flagged and caught at the model's thresholds)\n"
            "%-28s %6s %6s %5s | %5s %5s %5s | %5s %5s %5s | %11s | %22s | %5s %5s %5s | "
            "%5s\n"
            "%-28s %6s %6s %5s | %17s | %17s | %11s | %22s | %17s |\n",
            table, "", "human", "machin", "abst", "5", "1", "0.1", "5", "1", "0.1",
            "flag caught", "AUROC", "5", "1", "0.1", "ECE", "", "", "", "",
            "humans flagged at", "machine caught at", "1% of rest", "",
            "TPR at own FPR of");
}

static void print_text(FILE *out, const char *table, const struct em_eval_group *groups,
                       size_t n)
{
    print_head(out, table);
    for (size_t i = 0; i < n; i++) {
        const struct em_eval_group *g = &groups[i];
        fprintf(out, "%-28.28s %6u %6u %5u |", g->name, (unsigned)g->n_human,
                (unsigned)g->n_machine, (unsigned)g->n_abstained);
        for (size_t k = 0; k < EM_METRIC_RATES; k++)
            eval_text_share(out, 5, k ? 2 : 1, g->n_human ? g->flagged[k].value : NAN);
        fputs(" |", out);
        for (size_t k = 0; k < EM_METRIC_RATES; k++)
            eval_text_share(out, 5, 1, g->n_machine ? g->caught[k].value : NAN);
        fputs(" |", out);
        eval_text_share(out, 5, 2, g->other_flagged);
        eval_text_share(out, 5, 1, g->other_caught);
        fputs(" |", out);
        range(out, g->ranking.auroc);
        fputs(" |", out);
        for (size_t k = 0; k < EM_METRIC_RATES; k++)
            eval_text_share(out, 5, 1, g->ranking.tpr[k].value);
        fputs(" |", out);
        eval_text_number(out, 5, g->error);
        fputc('\n', out);
    }
}

static void csv_interval(FILE *out, struct em_interval i)
{
    if (isnan(i.value))
        fputs(",,,", out);
    else
        fprintf(out, ",%.5f,%.5f,%.5f", i.value, i.low, i.high);
}

static void csv_name(FILE *out, const char *name)
{
    fputc('"', out);
    for (; *name; name++) {
        if (*name == '"')
            fputc('"', out);
        fputc(*name, out);
    }
    fputc('"', out);
}

static void csv_value(FILE *out, double value)
{
    if (isnan(value))
        fputc(',', out);
    else
        fprintf(out, ",%.5f", value);
}

static void print_csv(FILE *out, const char *table, const struct em_eval_group *groups,
                      size_t n)
{
    static const char *const names[] = {
        "flagged_5",  "flagged_1", "flagged_0.1", "caught_5", "caught_1",
        "caught_0.1", "auroc",     "tpr_5",       "tpr_1",    "tpr_0.1"};
    fputs("table,name,human,machine,abstained", out);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fprintf(out, ",%s,%s_low,%s_high", names[i], names[i], names[i]);
    fputs(",other_flagged,other_caught,calibration_error\n", out);
    for (size_t i = 0; i < n; i++) {
        const struct em_eval_group *g = &groups[i];
        csv_name(out, table);
        fputc(',', out);
        csv_name(out, g->name);
        fprintf(out, ",%u,%u,%u", (unsigned)g->n_human, (unsigned)g->n_machine,
                (unsigned)g->n_abstained);
        for (size_t k = 0; k < EM_METRIC_RATES; k++)
            csv_interval(out, g->flagged[k]);
        for (size_t k = 0; k < EM_METRIC_RATES; k++)
            csv_interval(out, g->caught[k]);
        csv_interval(out, g->ranking.auroc);
        for (size_t k = 0; k < EM_METRIC_RATES; k++)
            csv_interval(out, g->ranking.tpr[k]);
        csv_value(out, g->other_flagged);
        csv_value(out, g->other_caught);
        csv_value(out, g->error);
        fputc('\n', out);
    }
}

static void json_interval(struct em_json *json, const char *key, struct em_interval i)
{
    em_json_key(json, key);
    if (isnan(i.value)) {
        em_json_null(json);
        return;
    }
    em_json_array(json);
    em_json_fixed(json, i.value, 5);
    em_json_fixed(json, i.low, 5);
    em_json_fixed(json, i.high, 5);
    em_json_end(json);
}

static void json_rates(struct em_json *json, const char *key,
                       const struct em_interval *values)
{
    static const char *const rates[EM_METRIC_RATES] = {"0.05", "0.01", "0.001"};
    em_json_key(json, key);
    em_json_object(json);
    for (size_t k = 0; k < EM_METRIC_RATES; k++)
        json_interval(json, rates[k], values[k]);
    em_json_end(json);
}

static void eval_text_json_number(struct em_json *json, const char *key, double value)
{
    em_json_key(json, key);
    em_json_fixed(json, value, 5);
}

static void json_group(struct em_json *json, const char *table,
                       const struct em_eval_group *g, bool ranking_only)
{
    em_json_object(json);
    em_json_schema(json, 1);
    em_json_key(json, "table");
    em_json_string(json, em_view_of(table));
    em_json_key(json, "name");
    em_json_string(json, em_view_of(g->name));
    em_json_key(json, "human");
    em_json_u64(json, g->n_human);
    em_json_key(json, "machine");
    em_json_u64(json, g->n_machine);
    if (!ranking_only) {
        em_json_key(json, "abstained");
        em_json_u64(json, g->n_abstained);
        json_rates(json, "flagged", g->flagged);
        json_rates(json, "caught", g->caught);
        eval_text_json_number(json, "other_flagged", g->other_flagged);
        eval_text_json_number(json, "other_caught", g->other_caught);
        eval_text_json_number(json, "calibration_error", g->error);
    }
    json_interval(json, "auroc", g->ranking.auroc);
    json_rates(json, "tpr", g->ranking.tpr);
    em_json_end(json);
}

static enum em_status write_json(FILE *out, struct em_json *json, struct em_buf *line)
{
    enum em_status status = em_json_finish(json);
    if (status == EM_OK)
        fwrite(line->data, 1, line->len, out);
    em_buf_release(line);
    return status;
}

static enum em_status print_json(FILE *out, const char *table,
                                 const struct em_eval_group *groups, size_t n,
                                 bool ranking_only)
{
    for (size_t i = 0; i < n; i++) {
        struct em_buf line;
        struct em_json json;
        em_buf_init(&line, EM_MAX_LINE);
        em_json_init(&json, &line);
        json_group(&json, table, &groups[i], ranking_only);
        EM_TRY(write_json(out, &json, &line));
    }
    return EM_OK;
}

enum em_status em_eval_print(FILE *out, enum em_eval_form form, const char *table,
                             const struct em_eval_group *groups, size_t n)
{
    if (form == EM_EVAL_JSON)
        return print_json(out, table, groups, n, false);
    if (form == EM_EVAL_CSV)
        print_csv(out, table, groups, n);
    else
        print_text(out, table, groups, n);
    return EM_OK;
}

enum em_status em_eval_print_means(FILE *out, enum em_eval_form form, const char *table,
                                   const struct em_eval_means *means)
{
    const struct {
        const char *key, *words;
        const struct em_eval_mean *m;
    } rows[] = {
        {"flagged", "human flagged, shipped 1%", &means->flagged},
        {"caught", "machine caught, shipped 1%", &means->caught},
        {"other_flagged", "human flagged, 1% of the rest", &means->other_flagged},
        {"other_caught", "machine caught, 1% of the rest", &means->other_caught},
        {"auroc", "AUROC within sources", &means->auroc},
        {"tpr", "TPR at own 1%", &means->tpr},
        {"calibration_error", "calibration error", &means->error},
    };
    struct em_buf line;
    struct em_json json;
    em_buf_init(&line, EM_MAX_LINE);
    em_json_init(&json, &line);
    em_json_object(&json);
    em_json_key(&json, "means");
    em_json_string(&json, em_view_of(table));
    em_json_schema(&json, 1);
    if (form == EM_EVAL_TEXT)
        fprintf(out, "\nmeans over %s (sources with %d texts or more)\n", table,
                EM_EVAL_LEAST);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct em_eval_mean *m = rows[i].m;
        if (form == EM_EVAL_TEXT && m->n)
            fprintf(out, "  %-32s mean %.4f  worst %.4f (%s)  %u sources%s",
                    rows[i].words, m->mean, m->worst, m->worst_name, (unsigned)m->n,
                    i == 0 || i == 2 ? "" : "\n");
        if (form == EM_EVAL_TEXT && m->n && (i == 0 || i == 2))
            fprintf(out, ", %u above 3%%\n", (unsigned)m->above);
        em_json_key(&json, rows[i].key);
        em_json_object(&json);
        eval_text_json_number(&json, "mean", m->mean);
        eval_text_json_number(&json, "worst", m->n ? m->worst : NAN);
        em_json_key(&json, "worst_name");
        em_json_string_or_null(&json, em_view_of(m->worst_name));
        em_json_key(&json, "sources");
        em_json_u64(&json, m->n);
        em_json_end(&json);
    }
    eval_text_json_number(&json, "calibration_error_together", means->error_together);
    if (form == EM_EVAL_TEXT && !isnan(means->error_together))
        fprintf(out, "  %-32s %.4f  (classes alike, and sources in each)\n",
                "calibration error, all together", means->error_together);
    em_json_end(&json);
    if (form == EM_EVAL_JSON)
        return write_json(out, &json, &line);
    em_buf_release(&line);
    return EM_OK;
}

enum em_status em_eval_print_pooled(FILE *out, enum em_eval_form form, const char *table,
                                    const struct em_eval_group *groups, size_t n)
{
    if (form == EM_EVAL_JSON)
        return print_json(out, table, groups, n, true);
    if (form == EM_EVAL_CSV)
        return EM_OK;
    fprintf(out,
            "\n%s: one class of a source against the other class of all other sources\n",
            table);
    double sum[2] = {0, 0};
    unsigned count[2] = {0, 0};
    for (size_t i = 0; i < n; i++) {
        const struct em_eval_group *g = &groups[i];
        bool machine = g->n_machine > 0;
        fprintf(out, "  %-28.28s %-7s %6u ", g->name, machine ? "machine" : "human",
                (unsigned)(machine ? g->n_machine : g->n_human));
        range(out, g->ranking.auroc);
        fputs("  TPR at 1%", out);
        eval_text_share(out, 5, 1, g->ranking.tpr[1].value);
        fputc('\n', out);
        if (!isnan(g->ranking.auroc.value) &&
            g->n_machine + g->n_human >= EM_EVAL_LEAST) {
            sum[machine] += g->ranking.auroc.value;
            count[machine]++;
        }
    }
    for (int c = 0; c < 2; c++)
        if (count[c])
            fprintf(out, "  mean AUROC of %u %s sources: %.4f\n", count[c],
                    c ? "machine" : "human", sum[c] / count[c]);
    return EM_OK;
}
