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

/* Its row is an open object until the words are known. */
struct flagged_page {
    float log_odds;
    struct em_buf row;
    struct em_json json;
    char *name, *path; /* owned; path: NULL until it is looked up */
    uint64_t file, offset;
};

struct em_report_flagged {
    struct flagged_page *top[EM_REPORT_FLAGGED]; /* owned; most certain first */
    size_t n;
    uint64_t total;
};

static void flagged_page_free(struct flagged_page *page)
{
    if (!page)
        return;
    em_buf_release(&page->row);
    em_free(page->name);
    em_free(page->path);
    em_free(page);
}

static enum em_status flagged_page_new(struct flagged_page **out,
                                       const struct em_document *d)
{
    struct em_view name = d->url.len ? d->url : d->id;
    struct flagged_page *page = em_calloc(1, sizeof(*page));
    *out = page;
    if (!page)
        return EM_ERR_NOMEM;
    page->log_odds = d->log_odds;
    page->file = d->file;
    page->offset = d->offset;
    page->name = em_strndup(name.len ? name.data : "", name.len);
    em_buf_init(&page->row, EM_MAX_VALUE);
    em_json_init(&page->json, &page->row);
    em_json_object(&page->json);
    em_document_write(&page->json, d);
    return page->name ? page->json.status : EM_ERR_NOMEM;
}

/* Of two as certain the one that the index has first stays first. */
static enum em_status flagged_add(void *context, const struct em_document *d,
                                  struct em_err *err)
{
    struct em_report_flagged *f = context;
    (void)err;
    f->total++;
    size_t at = f->n;
    while (at > 0 && d->log_odds > f->top[at - 1]->log_odds)
        at--;
    if (at == EM_REPORT_FLAGGED)
        return EM_OK;
    struct flagged_page *page;
    enum em_status status = flagged_page_new(&page, d);
    if (status < 0) {
        flagged_page_free(page);
        return status;
    }
    if (f->n == EM_REPORT_FLAGGED)
        flagged_page_free(f->top[--f->n]);
    memmove(f->top + at + 1, f->top + at, (f->n - at) * sizeof(f->top[0]));
    f->top[at] = page;
    f->n++;
    return EM_OK;
}

static enum em_status flagged_look_up(struct flagged_page *page, struct em_store *store,
                                      uint32_t model, struct em_err *err)
{
    struct em_ledger entry = {.name = EM_VIEW("")};
    enum em_status status = em_store_ledger_get(store, page->file, model, &entry, err);
    if (status < 0 && status != EM_ERR_NOTFOUND)
        return status;
    page->path = em_strndup(entry.name.data, entry.name.len);
    return page->path ? EM_OK : EM_ERR_NOMEM;
}

enum em_status em_report_flagged_find(struct em_report_flagged **out,
                                      struct em_store *store, uint32_t model,
                                      struct em_err *err)
{
    const struct em_search search = {.verdict = "machine", .judge = model};
    struct em_report_flagged *f = *out = em_calloc(1, sizeof(*f));
    if (!f)
        return em_fail(err, EM_ERR_NOMEM, "report", "out of memory");
    enum em_status status = em_search_documents(store, &search, flagged_add, f, err);
    for (size_t i = 0; i < f->n && status >= 0; i++)
        status = flagged_look_up(f->top[i], store, model, err);
    return status < 0 ? status : EM_OK;
}

void em_report_flagged_free(struct em_report_flagged *f)
{
    for (size_t i = 0; f && i < f->n; i++)
        flagged_page_free(f->top[i]);
    em_free(f);
}

/* A passage without prints is the beginning of its document. */
static enum em_status flagged_finish(struct flagged_page *page, em_report_words_fn *words,
                                     void *context, struct em_buf *text)
{
    const struct em_echo echo = {.source = {.known = true,
                                            .name = em_view_of(page->name),
                                            .path = em_view_of(page->path),
                                            .offset = page->offset}};
    em_buf_clear(text);
    if (words && !words(context, &echo, text))
        em_buf_clear(text);
    em_report_put_string(&page->json, "input", echo.source.path);
    em_report_put_string(&page->json, "text", em_buf_view(text));
    em_json_end(&page->json);
    return em_json_finish(&page->json);
}

static int by_place(const void *a, const void *b)
{
    const struct flagged_page *x = *(struct flagged_page *const *)a;
    const struct flagged_page *y = *(struct flagged_page *const *)b;
    int order = strcmp(x->path, y->path);
    return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Inputs are read from their beginnings to their ends, one after the other. */
static enum em_status flagged_read(const struct em_report_flagged *f,
                                   em_report_words_fn *words, void *context)
{
    struct flagged_page *places[EM_REPORT_FLAGGED];
    struct em_buf text;
    enum em_status status = EM_OK;
    memcpy(places, f->top, sizeof(places));
    qsort(places, f->n, sizeof(places[0]), by_place);
    em_buf_init(&text, EM_REPORT_ECHO_WORDS);
    for (size_t i = 0; i < f->n && status == EM_OK; i++)
        status = flagged_finish(places[i], words, context, &text);
    em_buf_release(&text);
    return status;
}

enum em_status em_report_flagged_write(struct em_buf *out, struct em_report_flagged *f,
                                       em_report_words_fn *words, void *context)
{
    struct em_json json;
    EM_TRY(flagged_read(f, words, context));
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_u64(&json, "total", f->total);
    em_json_key(&json, "rows");
    em_json_array(&json);
    for (size_t i = 0; i < f->n; i++)
        em_json_raw(&json, em_view_trim(em_buf_view(&f->top[i]->row)));
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
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
