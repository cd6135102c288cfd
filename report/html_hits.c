/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's passages of known text: what each reference set has, and the longest passage
 * of each item with its context. The hits table is in order of set, item and time, so that
 * one reading is enough.
 */
#include "base/alloc.h"
#include "report/html_rows.h"
#include "index/hit.h"
#include "index/refs/refs.h"

#include <stdlib.h>

/* Distinct numbers of a set; beyond the most, which is 32 MB, later ones are not counted. */
enum { MAX_DISTINCT = 4 << 20 };

struct distinct {
    uint64_t *items; /* owned */
    size_t n, cap;
};

static enum em_status distinct_add(struct distinct *d, uint64_t item)
{
    if (d->n == MAX_DISTINCT)
        return EM_OK;
    if (d->n == d->cap) {
        size_t cap = d->cap ? 2 * d->cap : 256;
        uint64_t *items = em_realloc_array(d->items, cap, sizeof(*items));
        if (!items)
            return EM_ERR_NOMEM;
        d->items = items;
        d->cap = cap;
    }
    d->items[d->n++] = item;
    return EM_OK;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t distinct_count(struct distinct *d)
{
    uint64_t count = d->n > 0;
    if (d->n)
        qsort(d->items, d->n, sizeof(*d->items), by_number);
    for (size_t i = 1; i < d->n; i++)
        count += d->items[i] != d->items[i - 1];
    d->n = 0;
    return count;
}

struct passage {
    uint32_t words;
    uint64_t copies;
    char *json; /* fields of the longest; owned */
    size_t len;
};

struct hits {
    struct em_json sets;
    size_t n_sets;
    char set[EM_HIT_SET + 1], item[EM_HIT_ITEM + 1], model[64];
    uint8_t kind;
    bool any, models_differ;
    uint64_t items, total;
    int64_t first, last;
    struct distinct documents, domains;
    struct em_buf best; /* of the item at hand */
    uint32_t best_words;
    uint64_t copies, n_items;
    struct passage top[EM_REPORT_HITS];
    size_t n;
};

static void html_hits_copy(char *out, size_t size, struct em_view v)
{
    size_t len = v.len < size ? v.len : size - 1;
    if (len)
        memcpy(out, v.data, len);
    out[len] = '\0';
}

static enum em_status end_item(struct hits *h)
{
    if (!h->any)
        return EM_OK;
    h->n_items++;
    size_t at = h->n;
    while (at > 0 && h->best_words > h->top[at - 1].words)
        at--;
    if (at == EM_REPORT_HITS)
        return EM_OK;
    struct passage p = {.words = h->best_words, .copies = h->copies};
    p.json = em_strndup(h->best.data, h->best.len);
    p.len = h->best.len;
    if (!p.json)
        return EM_ERR_NOMEM;
    if (h->n == EM_REPORT_HITS)
        em_free(h->top[--h->n].json);
    memmove(h->top + at + 1, h->top + at, (h->n - at) * sizeof(*h->top));
    h->top[at] = p;
    h->n++;
    return EM_OK;
}

static void put_day(struct em_json *json, const char *key, int64_t date)
{
    char text[16];
    em_date_format_day(date, text);
    em_report_put_string(json, key, em_view_of(text));
}

static void end_set(struct hits *h)
{
    if (!h->any || h->n_sets++ >= EM_REPORT_SETS)
        return;
    const char *kind = em_refs_kind_name((enum em_refs_kind)h->kind);
    em_json_object(&h->sets);
    em_report_put_string(&h->sets, "set", em_view_of(h->set));
    em_report_put_string(&h->sets, "model",
                         em_view_of(h->models_differ ? "several" : h->model));
    em_report_put_string(&h->sets, "kind", em_view_of(kind));
    em_report_put_u64(&h->sets, "items", h->items);
    em_report_put_u64(&h->sets, "documents", distinct_count(&h->documents));
    em_report_put_u64(&h->sets, "domains", distinct_count(&h->domains));
    put_day(&h->sets, "first", h->first);
    put_day(&h->sets, "last", h->last);
    em_json_end(&h->sets);
}

static enum em_status keep_best(struct hits *h, const struct em_hit *hit)
{
    struct em_json json;
    em_buf_clear(&h->best);
    em_json_init(&json, &h->best);
    em_json_object(&json);
    em_hit_write(&json, hit);
    em_json_end(&json);
    h->best_words = hit->words;
    return json.status;
}

static enum em_status add_hit(struct hits *h, const struct em_hit *hit)
{
    bool new_set = !h->any || !em_view_eq(hit->set, em_view_of(h->set));
    bool new_item = new_set || !em_view_eq(hit->item, em_view_of(h->item));
    if (new_item)
        EM_TRY(end_item(h));
    if (new_set) {
        end_set(h);
        html_hits_copy(h->set, sizeof(h->set), hit->set);
        html_hits_copy(h->model, sizeof(h->model), hit->model);
        h->kind = hit->kind;
        h->models_differ = false;
        h->items = 0;
        h->first = h->last = EM_DATE_UNKNOWN;
    }
    if (new_item) {
        html_hits_copy(h->item, sizeof(h->item), hit->item);
        h->items++;
        h->copies = 0;
        h->best_words = 0;
        em_buf_clear(&h->best);
    }
    h->any = true;
    h->total++;
    h->copies++;
    h->models_differ |= !em_view_eq(hit->model, em_view_of(h->model));
    if (hit->date != EM_DATE_UNKNOWN) {
        if (h->first == EM_DATE_UNKNOWN || hit->date < h->first)
            h->first = hit->date;
        if (hit->date > h->last)
            h->last = hit->date;
    }
    EM_TRY(distinct_add(&h->documents, hit->reference));
    if (hit->domain.len)
        EM_TRY(distinct_add(&h->domains, em_name_hash(hit->domain)));
    return h->best.len == 0 || hit->words > h->best_words ? keep_best(h, hit) : EM_OK;
}

static enum em_status write_hits(struct em_buf *out, struct hits *h, struct em_buf *sets)
{
    struct em_json json;
    EM_TRY(end_item(h));
    end_set(h);
    em_json_end(&h->sets);
    EM_TRY(em_json_finish(&h->sets));
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_u64(&json, "total", h->total);
    em_report_put_u64(&json, "items", h->n_items);
    em_json_key(&json, "sets");
    em_json_raw(&json, em_view_trim(em_buf_view(sets)));
    em_json_key(&json, "rows");
    em_json_array(&json);
    for (size_t i = 0; i < h->n; i++) {
        em_json_object(&json);
        em_report_put_u64(&json, "copies", h->top[i].copies);
        em_json_key(&json, "hit");
        em_json_raw(&json, em_view_make(h->top[i].json, h->top[i].len));
        em_json_end(&json);
    }
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status read_hits(struct hits *h, struct em_store *store,
                                struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    enum em_status status;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_HITS, EM_VIEW_NONE, err));
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_hit hit;
        status = em_hit_read(&hit, key, value);
        if (status == EM_OK)
            status = add_hit(h, &hit);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

enum em_status em_report_hits(struct em_buf *out, struct em_store *store,
                              struct em_err *err)
{
    struct em_buf sets;
    struct hits *h = em_calloc(1, sizeof(*h));
    if (!h)
        return em_fail(err, EM_ERR_NOMEM, "report", "out of memory");
    em_buf_init(&sets, EM_MAX_VALUE);
    em_buf_init(&h->best, EM_MAX_VALUE);
    em_json_init(&h->sets, &sets);
    em_json_array(&h->sets);
    enum em_status status = read_hits(h, store, err);
    if (status == EM_OK)
        status = write_hits(out, h, &sets);
    for (size_t i = 0; i < h->n; i++)
        em_free(h->top[i].json);
    em_free(h->documents.items);
    em_free(h->domains.items);
    em_buf_release(&h->best);
    em_buf_release(&sets);
    em_free(h);
    return status;
}
