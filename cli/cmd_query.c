/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer query`: what an index knows of a page, a site or a kind of document.
 */
#include "cli/commands.h"
#include "base/wire/domain.h"
#include "index/cell.h"
#include "index/document.h"
#include "index/hit.h"
#include "index/store.h"

#include <math.h>

struct arguments {
    const char *dir, *url, *domain, *verdict, *lang, *month, *model, *output;
    const char *set, *item;
    uint64_t limit;
    double min_score;
    bool leaks, matches, hits, json, csv, all;
};

struct query {
    const struct arguments *a;
    struct em_store *store;
    struct em_view domain; /* registrable, of --url or --domain; empty: any */
    struct em_buf line;
    uint64_t found;
    FILE *out;
};

/* --- overview: no filter -------------------------------------------------------------------- */

struct overview {
    uint64_t inputs, incomplete, failed, records, documents, forgotten, damaged, words;
    uint64_t drops[EM_DROP_COUNT];
    struct em_cell all;
    uint32_t first_month, last_month;
};

static enum em_status add_entry(void *context, const struct em_ledger *entry)
{
    struct overview *o = context;
    o->inputs++;
    o->incomplete += !entry->complete;
    o->failed += entry->failed;
    o->records += entry->records;
    o->documents += entry->documents;
    o->forgotten += entry->forgotten;
    o->damaged += entry->damaged;
    o->words += entry->words;
    for (int i = 0; i < EM_DROP_COUNT; i++)
        o->drops[i] += entry->drops[i];
    return EM_OK;
}

static enum em_status add_months(struct em_store *store, struct overview *o,
                                 struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_MONTHS, EM_VIEW_NONE, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_cell cell;
        struct em_cell_key at;
        status = em_cell_read(&at, &cell, EM_TABLE_MONTHS, key, value);
        if (status < 0)
            break;
        em_cell_add(&o->all, &cell);
        if (at.month == EM_MONTH_UNKNOWN)
            continue;
        if (!o->first_month)
            o->first_month = at.month;
        o->last_month = at.month;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

static void print_overview(const struct query *q, const struct overview *o)
{
    char first[16], last[16];
    em_month_format(o->first_month, first);
    em_month_format(o->last_month, last);
    fprintf(q->out,
            "inputs     %llu (%llu not read to their end, %llu failed)\n"
            "records    %llu\ndocuments  %llu with %llu words, captured %s to %s\n",
            (unsigned long long)o->inputs, (unsigned long long)o->incomplete,
            (unsigned long long)o->failed, (unsigned long long)o->records,
            (unsigned long long)(o->documents - o->forgotten),
            (unsigned long long)o->words, first[0] ? first : "?", last[0] ? last : "?");
    fprintf(q->out, "flagged    %llu of %llu judged\n",
            (unsigned long long)o->all.flagged,
            (unsigned long long)(o->all.documents - o->all.abstained));
    fprintf(q->out, "leaks      %llu documents\nmatches    %llu documents\n",
            (unsigned long long)o->all.leaks, (unsigned long long)o->all.matches);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (o->drops[i])
            fprintf(q->out, "dropped    %8llu  %s\n", (unsigned long long)o->drops[i],
                    em_drop_name((enum em_drop)i));
    fprintf(q->out, "damaged    %llu places\nforgotten  %llu documents\n",
            (unsigned long long)o->damaged, (unsigned long long)o->forgotten);
}

static enum em_status overview_json(struct query *q, const struct overview *o)
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
    struct em_json json;
    em_json_init(&json, &q->line);
    em_json_object(&json);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(&json, numbers[i].name);
        em_json_u64(&json, numbers[i].value);
    }
    em_json_key(&json, "drops");
    em_json_object(&json);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (o->drops[i]) {
            em_json_key(&json, em_drop_name((enum em_drop)i));
            em_json_u64(&json, o->drops[i]);
        }
    em_json_end(&json);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    fwrite(q->line.data, 1, q->line.len, q->out);
    return EM_OK;
}

static enum em_status show_overview(struct query *q, struct em_err *err)
{
    struct overview o = {.inputs = 0};
    EM_TRY(em_store_ledger_each(q->store, add_entry, &o, err));
    EM_TRY(add_months(q->store, &o, err));
    if (q->a->json)
        return overview_json(q, &o);
    print_overview(q, &o);
    return EM_OK;
}

/* --- documents ------------------------------------------------------------------------------ */

static double score_of(const struct em_document *d)
{
    return d->flags & EM_DOCUMENT_SCORED ? 1 / (1 + exp(-(double)d->log_odds)) : NAN;
}

static bool matches(const struct query *q, const struct em_document *d)
{
    const struct arguments *a = q->a;
    char month[16];
    if (q->domain.len && !em_view_eq(d->domain, q->domain))
        return false;
    if (a->url && !em_view_eq(d->url, em_view_of(a->url)))
        return false;
    if (a->verdict && strcmp(em_verdict_name((enum em_verdict_kind)d->kind), a->verdict))
        return false;
    if (a->lang && !em_view_eq(d->lang, em_view_of(a->lang)))
        return false;
    if (a->model && em_model_hash(em_view_of(a->model)) != d->model)
        return false;
    if (a->month) {
        em_month_format(em_date_month(d->date), month);
        if (strcmp(month, a->month) != 0)
            return false;
    }
    if (a->min_score > 0 && !(score_of(d) >= a->min_score))
        return false;
    return !(a->leaks && !d->n_leaks) && !(a->matches && !d->n_matches);
}

/* RFC 4180: quotes doubled; a field that a spreadsheet would take for a formula gets an
 * apostrophe. */
static void put_field(FILE *out, struct em_view v, char after)
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
static void put_plain(FILE *out, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++)
        fputc((unsigned char)v.data[i] < ' ' || v.data[i] == 127 ? '?' : v.data[i], out);
}

static void print_row(struct query *q, const struct em_document *d)
{
    char date[16], score[16] = "";
    struct em_view name = d->url.len ? d->url : d->id;
    const char *verdict = em_verdict_name((enum em_verdict_kind)d->kind);
    em_date_format_day(d->date, date);
    if (d->flags & EM_DOCUMENT_SCORED)
        snprintf(score, sizeof(score), "%.4f", score_of(d));
    if (q->a->csv) {
        put_field(q->out, em_view_of(date), ',');
        fprintf(q->out, "%s,%s,%u,", verdict, score, d->words);
        put_field(q->out, d->lang, ',');
        fprintf(q->out, "%u,%u,", d->n_leaks, d->n_matches);
        put_field(q->out, name, '\n');
        return;
    }
    fprintf(q->out, "%-10s  %-7s  %6s  %6u  %-3.*s  ", date[0] ? date : "-", verdict,
            score[0] ? score : "-", d->words, EM_VIEW_ARGS(d->lang));
    put_plain(q->out, name);
    fputc('\n', q->out);
}

static enum em_status print_json(struct query *q, const struct em_document *d,
                                 struct em_err *err)
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
    fwrite(q->line.data, 1, q->line.len, q->out);
    return EM_OK;
}

static enum em_status show_document(struct query *q, const struct em_document *d,
                                    struct em_err *err)
{
    q->found++;
    if (!q->a->all && q->found > q->a->limit)
        return EM_OK;
    if (q->a->json)
        return print_json(q, d, err);
    if (q->found == 1)
        fputs(q->a->csv ? "date,verdict,score,words,lang,leaks,matches,url\n"
                        : "date        verdict   score   words  lang url\n",
              q->out);
    print_row(q, d);
    return EM_OK;
}

static enum em_status show_documents(struct query *q, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf prefix;
    em_buf_init(&prefix, EM_MAX_KEY);
    enum em_status status = EM_OK;
    if (q->a->url)
        status = em_document_url_prefix(&prefix, q->domain,
                                        em_name_hash(em_view_of(q->a->url)));
    else if (q->domain.len)
        status = em_document_domain_prefix(&prefix, q->domain);
    if (status == EM_OK)
        status = em_cursor_open(&cursor, q->store, EM_TABLE_DOCUMENTS,
                                em_buf_view(&prefix), err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_document d;
            status = em_document_read(&d, key, value);
            if (status == EM_OK && matches(q, &d))
                status = show_document(q, &d, err);
            if (status < 0)
                break;
        }
        em_cursor_free(cursor);
    }
    em_buf_release(&prefix);
    if (status >= 0 && !q->a->all && q->found > q->a->limit)
        em_error("query: %llu documents in all, %llu shown (--limit, --all)",
                 (unsigned long long)q->found, (unsigned long long)q->a->limit);
    return status < 0 ? status : EM_OK;
}

/* --- hits ----------------------------------------------------------------------------------- */

static bool hit_matches(const struct query *q, const struct em_hit *hit)
{
    const struct arguments *a = q->a;
    char month[16];
    if (q->domain.len && !em_view_eq(hit->domain, q->domain))
        return false;
    if (a->url && !em_view_eq(hit->url, em_view_of(a->url)))
        return false;
    if (a->model && !em_view_eq(hit->model, em_view_of(a->model)))
        return false;
    em_month_format(em_date_month(hit->date), month);
    return !a->month || strcmp(month, a->month) == 0;
}

static enum em_status show_hit(struct query *q, const struct em_hit *hit)
{
    q->found++;
    if (!q->a->all && q->found > q->a->limit)
        return EM_OK;
    em_buf_clear(&q->line);
    if (q->a->json) {
        struct em_json json;
        em_json_init(&json, &q->line);
        em_json_object(&json);
        em_hit_write(&json, hit);
        em_json_end(&json);
        EM_TRY(em_json_finish(&json));
        fwrite(q->line.data, 1, q->line.len, q->out);
        return EM_OK;
    }
    if (q->a->csv) {
        char date[16];
        if (q->found == 1)
            fputs("date,set,item,model,contained,words,url,passage\n", q->out);
        em_date_format_day(hit->date, date);
        put_field(q->out, em_view_of(date), ',');
        put_field(q->out, hit->set, ',');
        put_field(q->out, hit->item, ',');
        put_field(q->out, hit->model, ',');
        fprintf(q->out, "%.4f,%u,", (double)hit->contained, hit->words);
        put_field(q->out, hit->url, ',');
        put_field(q->out, hit->text, '\n');
        return EM_OK;
    }
    EM_TRY(em_hit_format(&q->line, hit));
    fwrite(q->line.data, 1, q->line.len, q->out);
    return EM_OK;
}

static enum em_status show_hits(struct query *q, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf prefix;
    em_buf_init(&prefix, EM_MAX_KEY);
    enum em_status status = EM_OK;
    if (q->a->set)
        status = em_hit_prefix(&prefix, em_view_of(q->a->set), em_view_of(q->a->item));
    if (status == EM_OK)
        status =
            em_cursor_open(&cursor, q->store, EM_TABLE_HITS, em_buf_view(&prefix), err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_hit hit;
            status = em_hit_read(&hit, key, value);
            if (status == EM_OK && hit_matches(q, &hit))
                status = show_hit(q, &hit);
            if (status < 0)
                break;
        }
        em_cursor_free(cursor);
    }
    em_buf_release(&prefix);
    if (status >= 0 && !q->a->all && q->found > q->a->limit)
        em_error("query: %llu hits in all, %llu shown (--limit, --all)",
                 (unsigned long long)q->found, (unsigned long long)q->a->limit);
    return status < 0 ? status : EM_OK;
}

static bool filtered(const struct arguments *a)
{
    return a->url || a->domain || a->verdict || a->lang || a->month || a->model ||
           a->min_score > 0 || a->leaks || a->matches || a->all;
}

static int run_query(const struct arguments *a, struct em_view domain)
{
    struct query q = {.a = a, .domain = domain};
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_store_open(&q.store, a->dir, EM_STORE_READ, &err);
    if (status < 0) {
        em_error_report("query", &err);
        return EM_EXIT_FAILED;
    }
    em_buf_init(&q.line, EM_MAX_VALUE);
    q.out = em_output_open(a->output);
    if (q.out) {
        status = a->hits       ? show_hits(&q, &err)
                 : filtered(a) ? show_documents(&q, &err)
                               : show_overview(&q, &err);
        if (status < 0)
            em_error_report("query", &err);
        if (!em_output_close(q.out, a->output))
            status = EM_ERR_IO;
    }
    em_buf_release(&q.line);
    em_store_free(q.store);
    return q.out && status == EM_OK ? EM_EXIT_OK : EM_EXIT_FAILED;
}

static bool is_verdict(const char *name)
{
    for (int i = 0; i <= EM_VERDICT_ABSTAIN; i++)
        if (strcmp(name, em_verdict_name((enum em_verdict_kind)i)) == 0)
            return true;
    return false;
}

static int check_arguments(const struct arguments *a, int operands)
{
    if (!a->dir || operands)
        return em_usage_error(&cmd_query, "--index DIR is needed, and no operand");
    if (a->url && a->domain)
        return em_usage_error(&cmd_query, "either --url or --domain");
    if ((a->set || a->item) && !a->hits)
        return em_usage_error(&cmd_query, "--set and --item are for --hits");
    if (a->item && !a->set)
        return em_usage_error(&cmd_query, "--item needs --set");
    if (a->json && a->csv)
        return em_usage_error(&cmd_query, "either --json or --csv");
    if (a->verdict && !is_verdict(a->verdict))
        return em_usage_error(&cmd_query,
                              "--verdict is machine, human, unsure or abstain, not '%s'",
                              a->verdict);
    if (a->month && em_date_parse(em_view_of(a->month)) == EM_DATE_UNKNOWN)
        return em_usage_error(&cmd_query, "--month is YYYY-MM, not '%s'", a->month);
    return EM_EXIT_OK;
}

static int cmd_query_run(int argc, char **argv)
{
    struct arguments a = {.limit = 100};
    struct em_domain domain = {.registrable = EM_VIEW_NONE};
    char url[EM_MAX_HOST + 16];
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR", "The index to ask."},
        {EM_OPT_STRING, 0, "url", &a.url, "URL", "Captures of this page."},
        {EM_OPT_STRING, 0, "domain", &a.domain, "NAME",
         "Documents of this registrable domain."},
        {EM_OPT_STRING, 0, "verdict", &a.verdict, "KIND",
         "Only machine, human, unsure or abstain."},
        {EM_OPT_DOUBLE, 0, "min-score", &a.min_score, "SCORE",
         "Only documents with at least this score."},
        {EM_OPT_STRING, 0, "lang", &a.lang, "CODE", "Only this language."},
        {EM_OPT_STRING, 0, "month", &a.month, "YYYY-MM", "Only captures of this month."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME", "Only verdicts of this model."},
        {EM_OPT_FLAG, 0, "leaks", &a.leaks, NULL, "Only documents with a leak."},
        {EM_OPT_FLAG, 0, "matches", &a.matches, NULL,
         "Only documents that match a reference set."},
        {EM_OPT_FLAG, 0, "hits", &a.hits, NULL,
         "Matches with reference sets instead of documents, each passage in its context; "
         "--model is then the model whose output the set holds."},
        {EM_OPT_STRING, 0, "set", &a.set, "NAME", "Only hits of this set."},
        {EM_OPT_STRING, 0, "item", &a.item, "ID", "Only hits of this item of --set."},
        {EM_OPT_U64, 0, "limit", &a.limit, "N", "Show at most N; default 100."},
        {EM_OPT_FLAG, 0, "all", &a.all, NULL, "Show all."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL, "One JSON object a document."},
        {EM_OPT_FLAG, 0, "csv", &a.csv, NULL, "Comma-separated, with a header."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write there instead of standard output."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_query, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = check_arguments(&a, operands);
    if (code != EM_EXIT_OK)
        return code;
    if (a.domain && !strstr(a.domain, "://")) {
        int n = snprintf(url, sizeof(url), "http://%s/", a.domain);
        if (n < 0 || (size_t)n >= sizeof(url) || !em_domain_of(em_view_of(url), &domain))
            return em_usage_error(&cmd_query, "'%s' names no site", a.domain);
    } else if (a.domain || a.url) {
        em_domain_of(em_view_of(a.domain ? a.domain : a.url), &domain);
    }
    return run_query(&a, domain.registrable);
}

const struct em_command cmd_query = {
    .name = "query",
    .arguments = "--index DIR",
    .summary = "what an index knows of a page, a site or a kind of document",
    .description =
        "Without a filter: an overview of the index. With one: its documents, in order "
        "of "
        "domain,\npage and date.\n\n"
        "  echometer query --index idx\n"
        "  echometer query --index idx --domain example.com --verdict machine\n"
        "  echometer query --index idx --url https://example.com/a --json\n"
        "  echometer query --index idx --hits --set alpaca   # whose output, where, "
        "since "
        "when",
    .run = cmd_query_run,
};
