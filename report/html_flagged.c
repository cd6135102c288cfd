/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's list of flagged pages, most certain first, each with what speaks for it and
 * the beginning of its text; and the sites that turned.
 */
#include "base/alloc.h"
#include "index/answers/search.h"
#include "index/answers/sites.h"
#include "report/html_rows.h"
#include "report/query_rows.h"

#include <stdio.h>
#include <stdlib.h>

struct flagged_page {
    float log_odds;
    char *json; /* fields without braces; owned */
    size_t len;
    char *url; /* owned */
    uint64_t file, offset, number;
};

struct flagged {
    struct flagged_page top[EM_REPORT_FLAGGED]; /* most certain first */
    size_t n;
    uint64_t total;
    struct em_buf line;
};

static void flagged_page_release(struct flagged_page *page)
{
    em_free(page->json);
    em_free(page->url);
}

/* An open object's fields, so that the text can follow when it has been read. */
static enum em_status flagged_page_make(struct flagged_page *page,
                                        const struct em_document *d, struct em_buf *line)
{
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    em_document_write(&json, d);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    struct em_view fields = em_view_trim(em_buf_view(line));
    *page = (struct flagged_page){.log_odds = d->log_odds,
                                  .len = fields.len - 2,
                                  .file = d->file,
                                  .offset = d->offset,
                                  .number = d->number};
    page->json = em_strndup(fields.data + 1, fields.len - 2);
    page->url = em_strndup(d->url.data, d->url.len);
    if (page->json && page->url)
        return EM_OK;
    flagged_page_release(page);
    return EM_ERR_NOMEM;
}

/* Of two as certain the one that the index has first stays first. */
static enum em_status flagged_add(void *context, const struct em_document *d,
                                  struct em_err *err)
{
    struct flagged *f = context;
    (void)err;
    f->total++;
    size_t at = f->n;
    while (at > 0 && d->log_odds > f->top[at - 1].log_odds)
        at--;
    if (at == EM_REPORT_FLAGGED)
        return EM_OK;
    struct flagged_page page;
    EM_TRY(flagged_page_make(&page, d, &f->line));
    if (f->n == EM_REPORT_FLAGGED)
        flagged_page_release(&f->top[--f->n]);
    memmove(f->top + at + 1, f->top + at, (f->n - at) * sizeof(*f->top));
    f->top[at] = page;
    f->n++;
    return EM_OK;
}

/* A passage without prints is the beginning of its document. */
static void flagged_read(const struct flagged_page *page, struct em_view path,
                         em_report_words_fn *words, void *context, struct em_buf *text)
{
    const struct em_echo echo = {.source = {.known = true,
                                            .url = em_view_of(page->url),
                                            .path = path,
                                            .offset = page->offset,
                                            .number = page->number}};
    em_buf_clear(text);
    if (words && !words(context, &echo, text))
        em_buf_clear(text);
}

static enum em_status flagged_put(struct em_json *json, const struct flagged_page *page,
                                  struct em_view input, struct em_view text,
                                  struct em_buf *line)
{
    struct em_json row;
    em_buf_clear(line);
    em_json_init(&row, line);
    em_json_object(&row);
    em_report_put_string(&row, "input", input);
    em_report_put_string(&row, "text", text);
    em_json_end(&row);
    EM_TRY(em_json_finish(&row));
    struct em_view rest = em_view_trim(em_buf_view(line));
    struct em_buf whole;
    em_buf_init(&whole, EM_MAX_VALUE);
    enum em_status status = em_buf_printf(&whole, "{");
    if (status == EM_OK)
        status = em_buf_append(&whole, page->json, page->len);
    if (status == EM_OK)
        status = em_buf_printf(&whole, ",");
    if (status == EM_OK)
        status = em_buf_append(&whole, rest.data + 1, rest.len - 1);
    if (status == EM_OK)
        em_json_raw(json, em_buf_view(&whole));
    em_buf_release(&whole);
    return status;
}

static enum em_status flagged_write(struct em_buf *out, struct flagged *f,
                                    struct em_store *store, uint32_t model,
                                    em_report_words_fn *words, void *context,
                                    struct em_err *err)
{
    struct em_json json;
    struct em_buf text;
    enum em_status status = EM_OK;
    em_buf_init(&text, EM_REPORT_ECHO_WORDS);
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_u64(&json, "total", f->total);
    em_json_key(&json, "rows");
    em_json_array(&json);
    for (size_t i = 0; i < f->n && status >= 0; i++) {
        struct em_ledger entry = {.name = EM_VIEW_NONE};
        status = em_store_ledger_get(store, f->top[i].file, model, &entry, err);
        if (status < 0 && status != EM_ERR_NOTFOUND)
            break;
        flagged_read(&f->top[i], entry.name, words, context, &text);
        status = flagged_put(&json, &f->top[i], entry.name, em_buf_view(&text), &f->line);
    }
    em_buf_release(&text);
    EM_TRY(status);
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

enum em_status em_report_flagged(struct em_buf *out, struct em_store *store,
                                 uint32_t model, em_report_words_fn *words, void *context,
                                 struct em_err *err)
{
    const struct em_search search = {.verdict = "machine", .judge = model};
    struct flagged *f = em_calloc(1, sizeof(*f));
    if (!f)
        return em_fail(err, EM_ERR_NOMEM, "report", "out of memory");
    em_buf_init(&f->line, EM_MAX_VALUE);
    enum em_status status = em_search_documents(store, &search, flagged_add, f, err);
    if (status >= 0)
        status = flagged_write(out, f, store, model, words, context, err);
    for (size_t i = 0; i < f->n; i++)
        flagged_page_release(&f->top[i]);
    em_buf_release(&f->line);
    em_free(f);
    return status < 0 ? status : EM_OK;
}

/* --- sites that turned ----------------------------------------------------------------------- */

/* The lines that `query --sites --json` prints, with commas between. */
static enum em_status turned_rows(struct em_json *json, const struct em_sites *sites,
                                  const char *label)
{
    uint64_t turned = 0;
    for (size_t i = 0; i < sites->n; i++)
        turned += sites->items[i].turned;
    em_report_put_u64(json, "total", sites->n);
    em_report_put_u64(json, "turned", turned);
    char *rows = NULL;
    size_t len = 0;
    FILE *lines = open_memstream(&rows, &len);
    if (!lines)
        return EM_ERR_NOMEM;
    struct em_query_rows q;
    em_query_rows_init(&q, lines, EM_FORM_JSON, NULL, EM_REPORT_DOMAINS);
    enum em_status status = em_query_rows_sites(&q, sites, label);
    em_query_rows_release(&q);
    if (fclose(lines) != 0 && status == EM_OK)
        status = EM_ERR_NOMEM;
    em_json_key(json, "rows");
    em_json_array(json);
    for (size_t at = 0; status == EM_OK && at < len;) {
        const char *end = memchr(rows + at, '\n', len - at);
        size_t n = end ? (size_t)(end - rows) - at : len - at;
        em_json_raw(json, em_view_make(rows + at, n));
        at += n + 1;
    }
    em_json_end(json);
    free(rows);
    return status;
}

enum em_status em_report_turned(struct em_buf *out, struct em_store *store,
                                const struct em_index_model *model, int64_t now,
                                struct em_err *err)
{
    struct em_sites sites;
    struct em_json json;
    EM_TRY(em_sites_find(&sites, store, model, now, err));
    em_json_init(&json, out);
    em_json_object(&json);
    enum em_status status = turned_rows(&json, &sites, model->label);
    em_json_end(&json);
    em_sites_release(&sites);
    return status < 0 ? status : em_json_finish(&json);
}
