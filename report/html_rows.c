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
    struct em_json inputs;
    uint32_t model;
    struct em_overview overview;
    uint64_t listed;
};

static enum em_status html_rows_add_entry(void *context, const struct em_ledger *entry)
{
    struct ledger *l = context;
    if (entry->model != l->model)
        return EM_OK;
    em_overview_add(&l->overview, entry);
    if (entry->complete && !entry->failed && !entry->damaged)
        return EM_OK;
    if (l->listed++ >= EM_REPORT_INPUTS)
        return EM_OK;
    em_json_object(&l->inputs);
    em_report_put_string(&l->inputs, "name", entry->name);
    em_report_put_u64(&l->inputs, "records", entry->records);
    em_report_put_u64(&l->inputs, "documents", entry->documents);
    em_report_put_u64(&l->inputs, "damaged", entry->damaged);
    em_json_key(&l->inputs, "complete");
    em_json_bool(&l->inputs, entry->complete);
    em_json_key(&l->inputs, "failed");
    em_json_bool(&l->inputs, entry->failed);
    em_json_end(&l->inputs);
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

enum em_status em_report_ledger(struct em_buf *overview, struct em_buf *inputs,
                                struct em_store *store, uint32_t model,
                                struct em_err *err)
{
    struct em_buf list;
    struct em_json json, input;
    struct ledger l = {.model = model, .overview = {.model = model}};
    em_buf_init(&list, EM_MAX_RESULT);
    em_json_init(&l.inputs, &list);
    em_json_array(&l.inputs);
    em_json_init(&json, overview);
    em_json_object(&json);
    enum em_status status = em_store_ledger_each(store, html_rows_add_entry, &l, err);
    if (status == EM_OK)
        status = em_overview_months(&l.overview, store, model, err);
    if (status == EM_OK) {
        put_overview(&json, &l.overview);
        em_json_end(&json);
        em_json_end(&l.inputs);
        em_json_init(&input, inputs);
        em_json_object(&input);
        em_report_put_u64(&input, "total", l.listed);
        em_json_key(&input, "rows");
        status = em_json_finish(&l.inputs);
        em_json_raw(&input, em_view_trim(em_buf_view(&list)));
        em_json_end(&input);
        if (status == EM_OK)
            status = em_json_finish(&json);
        if (status == EM_OK)
            status = em_json_finish(&input);
    }
    em_buf_release(&list);
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
    for (size_t i = 0; i < echoes->n && status == EM_OK; i++) {
        em_buf_clear(&text);
        if (words && !words(context, &echoes->list[i], &text))
            em_buf_clear(&text);
        if (i)
            putc(',', out);
        status =
            em_echo_print(out, EM_FORM_JSON, &echoes->list[i], em_buf_view(&text), &line);
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

enum em_status em_report_echoes(struct em_buf *out, const char *dir, uint32_t model,
                                em_report_words_fn *words, void *context,
                                struct em_err *err)
{
    struct em_store *store;
    struct em_echoes echoes;
    struct em_echo_options options = em_echo_defaults();
    char *rows = NULL;
    size_t len = 0;
    options.limit = EM_REPORT_ECHOES;
    options.sort = EM_ECHO_DOMAINS;
    options.model = model;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    enum em_status status = em_echo_find(&echoes, store, &options, err);
    em_store_free(store);
    if (status < 0)
        return status;
    FILE *lines = open_memstream(&rows, &len);
    if (lines) {
        status = echo_rows(lines, &echoes, words, context);
        if (fclose(lines) != 0 && status == EM_OK)
            status = EM_ERR_NOMEM;
    } else {
        status = EM_ERR_NOMEM;
    }
    if (status == EM_OK)
        status = write_echoes(out, &echoes, em_view_make(rows, len));
    free(rows);
    em_echoes_release(&echoes);
    return status;
}

enum em_status em_report_spread(struct em_buf *out, struct em_store *store,
                                uint32_t model, struct em_err *err)
{
    struct em_echo_series series;
    enum em_status status = em_echo_series_make(&series, store, model, err);
    if (status == EM_OK)
        status = em_echo_series_json(out, &series);
    em_echo_series_release(&series);
    return status;
}
