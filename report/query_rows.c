/* SPDX-License-Identifier: Apache-2.0 */
#include "report/query_rows.h"

#include "base/limits.h"

#include <string.h>

void em_query_rows_init(struct em_query_rows *rows, FILE *out, enum em_form form,
                        struct em_store *store, uint64_t limit)
{
    *rows =
        (struct em_query_rows){.out = out, .form = form, .store = store, .limit = limit};
    em_buf_init(&rows->line, EM_MAX_VALUE);
}

void em_query_rows_release(struct em_query_rows *rows)
{
    em_buf_release(&rows->line);
}

/* What cannot be written is seen when the output is closed. */
static enum em_status rows_write_line(struct em_query_rows *q)
{
    (void)!fwrite(q->line.data, 1, q->line.len, q->out);
    return EM_OK;
}

/* --- overview ------------------------------------------------------------------------------ */

static void overview_print_text(FILE *out, const struct em_overview *o,
                                const struct em_index_model *model)
{
    char first[16], last[16];
    em_month_format(o->first_month, first);
    em_month_format(o->last_month, last);
    fprintf(out, "model      %s", model->name[0] ? model->name : "none");
    if (model->others)
        fprintf(out, " (%u more in this index: --model)", model->others);
    fprintf(out,
            "\ninputs     %llu (%llu not read to their end, %llu failed)\n"
            "records    %llu\ndocuments  %llu with %llu words, captured %s to %s\n",
            (unsigned long long)o->inputs, (unsigned long long)o->incomplete,
            (unsigned long long)o->failed, (unsigned long long)o->records,
            (unsigned long long)(o->documents - o->forgotten),
            (unsigned long long)o->words, first[0] ? first : "?", last[0] ? last : "?");
    fprintf(out, "flagged    %llu of %llu judged\n", (unsigned long long)o->all.flagged,
            (unsigned long long)(o->all.documents - o->all.abstained));
    fprintf(out, "leaks      %llu documents\nmatches    %llu documents\n",
            (unsigned long long)o->all.leaks, (unsigned long long)o->all.matches);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (o->drops[i])
            fprintf(out, "dropped    %8llu  %s\n", (unsigned long long)o->drops[i],
                    em_drop_name((enum em_drop)i));
    fprintf(out, "damaged    %llu places\nforgotten  %llu documents\n",
            (unsigned long long)o->damaged, (unsigned long long)o->forgotten);
}

void em_query_rows_overview_fields(struct em_json *json, const struct em_overview *o,
                                   const struct em_index_model *model)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"inputs", o->inputs},
        {"incomplete", o->incomplete},
        {"failed", o->failed},
        {"records", o->records},
        {"documents", o->documents},
        {"forgotten", o->forgotten},
        {"words", o->words},
        {"flagged", o->all.flagged},
        {"unsure", o->all.unsure},
        {"human", o->all.human},
        {"abstained", o->all.abstained},
        {"leaks", o->all.leaks},
        {"matches", o->all.matches},
        {"damaged", o->damaged},
    };
    em_json_key(json, "model");
    em_json_string_or_null(json, em_view_of(model->name));
    em_json_key(json, "other_models");
    em_json_u64(json, model->others);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(json, numbers[i].name);
        em_json_u64(json, numbers[i].value);
    }
    em_json_key(json, "drops");
    em_json_object(json);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (o->drops[i]) {
            em_json_key(json, em_drop_name((enum em_drop)i));
            em_json_u64(json, o->drops[i]);
        }
    em_json_end(json);
}

static enum em_status overview_print_json(FILE *out, struct em_buf *line,
                                          const struct em_overview *o,
                                          const struct em_index_model *model)
{
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    em_json_schema(&json, 1);
    em_query_rows_overview_fields(&json, o, model);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    (void)!fwrite(line->data, 1, line->len, out);
    return EM_OK;
}

enum em_status em_query_rows_overview(struct em_query_rows *q,
                                      const struct em_overview *o,
                                      const struct em_index_model *model)
{
    if (q->form == EM_FORM_JSON)
        return overview_print_json(q->out, &q->line, o, model);
    overview_print_text(q->out, o, model);
    return EM_OK;
}

/* --- documents ----------------------------------------------------------------------------- */

/* RFC 4180: quotes doubled; a field that a spreadsheet would take for a formula gets an
 * apostrophe. */
static void csv_put_field(FILE *out, struct em_view v, char after)
{
    bool formula = v.len && strchr("=+-@", v.data[0]);
    fputs(formula ? "\"'" : "\"", out);
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] == '"')
            fputc('"', out);
        fputc(v.data[i], out);
    }
    fputc('"', out);
    fputc(after, out);
}

/* URLs may hold what moves a terminal's cursor. */
static void text_put_plain(FILE *out, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++)
        fputc((unsigned char)v.data[i] < ' ' || v.data[i] == 127 ? '?' : v.data[i], out);
}

static void document_print(FILE *out, enum em_form form, const struct em_document *d)
{
    char date[16], score[16] = "";
    struct em_view name = d->url.len ? d->url : d->id;
    const char *verdict = em_verdict_name((enum em_verdict_kind)d->kind);
    em_date_format_day(d->date, date);
    if (d->flags & EM_DOCUMENT_SCORED)
        snprintf(score, sizeof(score), "%.4f", em_document_score(d));
    if (form == EM_FORM_CSV) {
        csv_put_field(out, em_view_of(date), ',');
        fprintf(out, "%s,%s,%u,", verdict, score, d->words);
        csv_put_field(out, d->lang, ',');
        fprintf(out, "%u,%u,", d->n_leaks, d->n_matches);
        csv_put_field(out, name, '\n');
        return;
    }
    fprintf(out, "%-10s  %-7s  %6s  %6u  %-3.*s  ", date[0] ? date : "-", verdict,
            score[0] ? score : "-", d->words, EM_VIEW_ARGS(d->lang));
    text_put_plain(out, name);
    fputc('\n', out);
}

static enum em_status document_print_json(struct em_query_rows *q,
                                          const struct em_document *d, struct em_err *err)
{
    struct em_json json;
    struct em_ledger entry;
    enum em_status status = em_store_ledger_get(q->store, d->file, d->model, &entry, err);
    if (status < 0 && status != EM_ERR_NOTFOUND)
        return status;
    em_buf_clear(&q->line);
    em_json_init(&json, &q->line);
    em_json_object(&json);
    em_document_write(&json, d);
    em_json_key(&json, "model");
    em_json_string_or_null(&json, status == EM_OK ? entry.model_name : EM_VIEW_NONE);
    em_json_key(&json, "source");
    em_json_string_or_null(&json, status == EM_OK ? entry.name : EM_VIEW_NONE);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return rows_write_line(q);
}

enum em_status em_query_rows_document(void *context, const struct em_document *d,
                                      struct em_err *err)
{
    struct em_query_rows *q = context;
    if (++q->found > q->limit)
        return EM_OK;
    if (q->form == EM_FORM_JSON)
        return document_print_json(q, d, err);
    if (q->found == 1)
        fputs(q->form == EM_FORM_CSV ? "date,verdict,score,words,lang,leaks,matches,url\n"
                                     : "date        verdict   score   words  lang url\n",
              q->out);
    document_print(q->out, q->form, d);
    return EM_OK;
}

/* --- hits ---------------------------------------------------------------------------------- */

static enum em_status hit_print_json(struct em_query_rows *q, const struct em_hit *hit)
{
    struct em_json json;
    em_json_init(&json, &q->line);
    em_json_object(&json);
    em_hit_write(&json, hit);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return rows_write_line(q);
}

static void hit_print_csv(struct em_query_rows *q, const struct em_hit *hit)
{
    char date[16];
    if (q->found == 1)
        fputs("date,set,item,model,contained,words,url,passage\n", q->out);
    em_date_format_day(hit->date, date);
    csv_put_field(q->out, em_view_of(date), ',');
    csv_put_field(q->out, hit->set, ',');
    csv_put_field(q->out, hit->item, ',');
    csv_put_field(q->out, hit->model, ',');
    fprintf(q->out, "%.4f,%u,", (double)hit->contained, hit->words);
    csv_put_field(q->out, hit->url, ',');
    csv_put_field(q->out, hit->text, '\n');
}

enum em_status em_query_rows_hit(void *context, const struct em_hit *hit,
                                 struct em_err *err)
{
    struct em_query_rows *q = context;
    (void)err;
    if (++q->found > q->limit)
        return EM_OK;
    em_buf_clear(&q->line);
    if (q->form == EM_FORM_JSON)
        return hit_print_json(q, hit);
    if (q->form == EM_FORM_CSV) {
        hit_print_csv(q, hit);
        return EM_OK;
    }
    EM_TRY(em_hit_format(&q->line, hit));
    return rows_write_line(q);
}

/* --- sites --------------------------------------------------------------------------------- */

static enum em_status site_print_json(struct em_query_rows *q, const struct em_site *s,
                                      const char *month, const char *model)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"old", s->old},
                  {"old_flagged", s->old_flagged},
                  {"later", s->later},
                  {"flagged", s->flagged}};
    struct em_json json;
    em_json_init(&json, &q->line);
    em_json_object(&json);
    em_json_key(&json, "domain");
    em_json_string(&json, em_view_of(s->domain));
    for (size_t i = 0; i < 4; i++) {
        em_json_key(&json, counts[i].name);
        em_json_u64(&json, counts[i].value);
    }
    em_json_key(&json, "share");
    em_json_fixed(&json, s->share, 6);
    em_json_key(&json, "p");
    em_json_fixed(&json, s->p, 9);
    em_json_key(&json, "q");
    em_json_fixed(&json, s->q, 9);
    em_json_key(&json, "turned");
    em_json_bool(&json, s->turned);
    em_json_key(&json, "month");
    em_json_string_or_null(&json, em_view_of(month));
    em_json_key(&json, "model");
    em_json_string_or_null(&json, em_view_of(model));
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return rows_write_line(q);
}

static void site_print(struct em_query_rows *q, const struct em_site *s,
                       const char *month)
{
    if (q->form == EM_FORM_CSV) {
        csv_put_field(q->out, em_view_of(s->domain), ',');
        fprintf(q->out, "%llu,%llu,%llu,%llu,%.6f,%.9f,%.9f,%d,%s\n",
                (unsigned long long)s->old, (unsigned long long)s->old_flagged,
                (unsigned long long)s->later, (unsigned long long)s->flagged, s->share,
                s->p, s->q, s->turned, month);
        return;
    }
    fprintf(q->out, "%-32s %7llu %7llu %7llu %7llu %7.1f %9.2g  ", s->domain,
            (unsigned long long)s->old, (unsigned long long)s->old_flagged,
            (unsigned long long)s->later, (unsigned long long)s->flagged, 100 * s->share,
            s->q);
    fprintf(q->out, s->turned ? "turned in %s\n" : "%s\n", month);
}

enum em_status em_query_rows_sites(struct em_query_rows *q, const struct em_sites *sites,
                                   const char *model)
{
    if (q->form == EM_FORM_TABLE)
        fprintf(q->out, "model %s\n%-32s %7s %7s %7s %7s %7s %9s\n", model,
                "sites with old documents", "old", "flagged", "later", "flagged",
                "share %", "q");
    if (q->form == EM_FORM_CSV)
        fputs("domain,old,old_flagged,later,flagged,share,p,q,turned,month\n", q->out);
    for (size_t i = 0; i < sites->n; i++) {
        const struct em_site *s = &sites->items[i];
        char month[16] = "";
        if (++q->found > q->limit)
            continue;
        if (s->turned)
            em_month_format(s->month, month);
        em_buf_clear(&q->line);
        if (q->form == EM_FORM_JSON)
            EM_TRY(site_print_json(q, s, month, model));
        else
            site_print(q, s, month);
    }
    return ferror(q->out) ? EM_ERR_IO : EM_OK;
}
