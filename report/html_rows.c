/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's rows out of the ledger and of the passages.
 */
#include "report/html_rows.h"

#include "base/limits.h"
#include "report/echo_rows.h"
#include "index/answers/overview.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the ledger ------------------------------------------------------------------------------ */

struct ledger {
    struct em_json inputs, read;
    uint32_t model;
    struct em_overview overview;
    uint64_t listed, entries;
};

static void entry_put(struct em_json *json, const struct em_ledger *entry)
{
    em_json_object(json);
    em_report_put_string(json, "name", entry->name);
    em_report_put_u64(json, "records", entry->records);
    em_report_put_u64(json, "documents", entry->documents);
    em_report_put_u64(json, "damaged", entry->damaged);
    em_json_key(json, "complete");
    em_json_bool(json, entry->complete);
    em_json_key(json, "failed");
    em_json_bool(json, entry->failed);
    em_json_end(json);
}

static enum em_status html_rows_add_entry(void *context, const struct em_ledger *entry)
{
    struct ledger *l = context;
    if (entry->model != l->model)
        return EM_OK;
    em_overview_add(&l->overview, entry);
    if (l->entries++ < EM_REPORT_INPUTS)
        entry_put(&l->read, entry);
    if (entry->complete && !entry->failed && !entry->damaged)
        return EM_OK;
    if (l->listed++ < EM_REPORT_INPUTS)
        entry_put(&l->inputs, entry);
    return EM_OK;
}

/* What the ledger does not know of documents (verdicts, months) is in the months table. */
static void put_overview(struct em_json *json, const struct em_overview *o)
{
    const struct em_cell *all = &o->all;
    char text[16];
    em_report_put_u64(json, "flagged", all->flagged);
    em_report_put_u64(json, "unsure", all->unsure);
    em_report_put_u64(json, "human", all->human);
    em_report_put_u64(json, "abstained", all->abstained);
    em_report_put_u64(json, "leaks", all->leaks);
    em_report_put_u64(json, "matches", all->matches);
    em_month_format(o->first_month, text);
    em_report_put_string(json, "first_month", em_view_of(text));
    em_month_format(o->last_month, text);
    em_report_put_string(json, "last_month", em_view_of(text));
    em_report_put_u64(json, "inputs", o->inputs);
    em_report_put_u64(json, "incomplete", o->incomplete);
    em_report_put_u64(json, "failed", o->failed);
    em_report_put_u64(json, "records", o->records);
    em_report_put_u64(json, "documents", all->documents);
    em_report_put_u64(json, "forgotten", o->forgotten);
    em_report_put_u64(json, "words", o->words);
    em_report_put_u64(json, "damaged", o->damaged);
    em_json_key(json, "drops");
    em_json_object(json);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (o->drops[i])
            em_report_put_u64(json, em_drop_name((enum em_drop)i), o->drops[i]);
    em_json_end(json);
}

static enum em_status list_write(struct em_buf *out, struct em_json *rows,
                                 const struct em_buf *text, uint64_t total)
{
    struct em_json json;
    em_json_end(rows);
    EM_TRY(em_json_finish(rows));
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_u64(&json, "total", total);
    em_json_key(&json, "rows");
    em_json_raw(&json, em_view_trim(em_buf_view(text)));
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status overview_write(struct em_buf *out, struct em_overview *overview,
                                     struct em_store *store, struct em_err *err)
{
    struct em_json json;
    EM_TRY(em_overview_months(overview, store, overview->model, err));
    em_json_init(&json, out);
    em_json_object(&json);
    put_overview(&json, overview);
    em_json_end(&json);
    return em_json_finish(&json);
}

enum em_status em_report_ledger(struct em_buf *overview, struct em_buf *inputs,
                                struct em_buf *read, struct em_store *store,
                                uint32_t model, struct em_err *err)
{
    struct em_buf listed, all;
    struct ledger l = {.model = model, .overview = {.model = model}};
    em_buf_init(&listed, EM_MAX_RESULT);
    em_buf_init(&all, EM_MAX_RESULT);
    em_json_init(&l.inputs, &listed);
    em_json_init(&l.read, &all);
    em_json_array(&l.inputs);
    em_json_array(&l.read);
    enum em_status status = em_store_ledger_each(store, html_rows_add_entry, &l, err);
    if (status == EM_OK)
        status = overview_write(overview, &l.overview, store, err);
    if (status == EM_OK)
        status = list_write(inputs, &l.inputs, &listed, l.listed);
    if (status == EM_OK)
        status = list_write(read, &l.read, &all, l.entries);
    em_buf_release(&listed);
    em_buf_release(&all);
    return status;
}

/* --- echoes ---------------------------------------------------------------------------------- */

/* The lines that `echo --json` prints, with commas between. */
static enum em_status echo_rows(FILE *out, const struct em_echoes *echoes,
                                em_report_words_fn *words, void *context)
{
    struct em_buf text, line;
    em_buf_init(&text, EM_REPORT_ECHO_WORDS);
    em_buf_init(&line, EM_MAX_RESULT);
    enum em_status status = EM_OK;
    size_t written = 0;
    for (size_t i = 0; i < echoes->n && written < EM_REPORT_ECHOES && status == EM_OK;
         i++) {
        const struct em_echo *echo = &echoes->list[i];
        if (echo->kind != EM_ECHO_ECHO)
            continue;
        em_buf_clear(&text);
        if (words && !words(context, echo, &text))
            em_buf_clear(&text);
        if (written++)
            putc(',', out);
        status = em_echo_print(out, EM_FORM_JSON, echo, em_buf_view(&text), &line);
    }
    em_buf_release(&text);
    em_buf_release(&line);
    return status;
}

static enum em_status write_echoes(struct em_buf *out, const struct em_echoes *echoes,
                                   struct em_view rows)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_key(&json, "counts");
    em_json_object(&json);
    for (int i = 0; i < EM_ECHO_KINDS; i++)
        em_report_put_u64(&json, em_echo_kind_name((enum em_echo_kind)i),
                          echoes->found[i]);
    em_report_put_u64(&json, "templates", echoes->templates);
    em_report_put_u64(&json, "mirrors", echoes->mirrors);
    em_json_end(&json);
    em_report_put_u64(&json, "total", echoes->found[EM_ECHO_ECHO]);
    em_json_key(&json, "rows");
    em_json_array(&json);
    if (rows.len)
        em_json_raw(&json, em_view_trim(rows));
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

enum em_status em_report_echoes(struct em_buf *out, const struct em_echoes *echoes,
                                em_report_words_fn *words, void *context)
{
    char *rows = NULL;
    size_t len = 0;
    FILE *lines = open_memstream(&rows, &len);
    if (!lines)
        return EM_ERR_NOMEM;
    enum em_status status = echo_rows(lines, echoes, words, context);
    if (fclose(lines) != 0 && status == EM_OK)
        status = EM_ERR_NOMEM;
    if (status == EM_OK)
        status = write_echoes(out, echoes, em_view_make(rows, len));
    free(rows);
    return status;
}

enum em_status em_report_echoes_find(struct em_echoes *echoes, struct em_store *store,
                                     uint32_t model, struct em_err *err)
{
    const struct em_echo_options options = em_echo_series_options(model);
    return em_echo_find(echoes, store, &options, err);
}

enum em_status em_report_spread(struct em_buf *out, struct em_echoes *echoes,
                                struct em_store *store, uint32_t model,
                                struct em_err *err)
{
    struct em_echo_series series;
    enum em_status status =
        em_echo_series_of(&series, echoes, store, model, NULL, NULL, err);
    if (status == EM_OK)
        status = em_echo_series_json(out, &series);
    em_echo_series_release(&series);
    return status;
}
