/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's counts: by month, language and site, and the distribution of scores.
 */
#include "base/alloc.h"
#include "report/html_rows.h"
#include "index/cell.h"

#include <stdlib.h>

void em_report_put_u64(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

void em_report_put_string(struct em_json *json, const char *key, struct em_view value)
{
    em_json_key(json, key);
    em_json_string_or_null(json, value);
}

static void put_counts(struct em_json *json, const struct em_cell *cell)
{
    em_report_put_u64(json, "documents", cell->documents);
    em_report_put_u64(json, "words", cell->words);
    em_report_put_u64(json, "flagged", cell->flagged);
    em_report_put_u64(json, "unsure", cell->unsure);
    em_report_put_u64(json, "human", cell->human);
    em_report_put_u64(json, "abstained", cell->abstained);
    em_report_put_u64(json, "leaks", cell->leaks);
    em_report_put_u64(json, "matches", cell->matches);
    em_report_put_u64(json, "known", cell->known);
}

/* --- months, languages, scores ---------------------------------------------------------- */

struct lang {
    char name[EM_MAX_LANG + 1];
    struct em_cell cell;
};

struct cells {
    struct em_json months, langs;
    uint32_t month;
    struct em_cell of_month;
    bool any;
    struct lang *lang; /* EM_REPORT_LANGS; owned */
    size_t n_langs;
    uint64_t before[EM_CELL_BINS], after[EM_CELL_BINS], undated[EM_CELL_BINS];
};

static void end_month(struct cells *c)
{
    char month[16];
    if (!c->any)
        return;
    em_month_format(c->month, month);
    em_json_object(&c->months);
    em_report_put_string(&c->months, "month", em_view_of(month));
    put_counts(&c->months, &c->of_month);
    em_json_end(&c->months);
}

/* Beyond the most languages there are the last one takes the rest: CLD2 knows fewer. */
static struct em_cell *lang_cell(struct cells *c, struct em_view name)
{
    for (size_t i = 0; i < c->n_langs; i++)
        if (em_view_eq(em_view_of(c->lang[i].name), name))
            return &c->lang[i].cell;
    if (c->n_langs == EM_REPORT_LANGS)
        return &c->lang[c->n_langs - 1].cell;
    struct lang *lang = &c->lang[c->n_langs++];
    memset(lang, 0, sizeof(*lang));
    memcpy(lang->name, name.data, name.len < EM_MAX_LANG ? name.len : EM_MAX_LANG);
    return &lang->cell;
}

/* The month of the release itself is neither before nor after: its first 29 days are
 * before. Counting it as before could only blur what human text looks like. */
static uint64_t *bins_of(struct cells *c, uint32_t month)
{
    if (month == EM_MONTH_UNKNOWN)
        return c->undated;
    return month < em_date_month(EM_DATE_CHATGPT) ? c->before : c->after;
}

static void add_cell(struct cells *c, const struct em_cell_key *at,
                     const struct em_cell *cell)
{
    if (!c->any || at->month != c->month) {
        end_month(c);
        memset(&c->of_month, 0, sizeof(c->of_month));
        c->month = at->month;
        c->any = true;
    }
    em_cell_add(&c->of_month, cell);
    em_cell_add(lang_cell(c, at->lang), cell);
    uint64_t *bins = bins_of(c, at->month);
    for (int i = 0; i < EM_CELL_BINS; i++)
        bins[i] += cell->bins[i];
}

static int by_documents(const void *a, const void *b)
{
    const struct lang *x = a, *y = b;
    if (x->cell.documents != y->cell.documents)
        return x->cell.documents < y->cell.documents ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void put_bins(struct em_json *json, const char *key, const uint64_t *bins)
{
    em_json_key(json, key);
    em_json_array(json);
    for (int i = 0; i < EM_CELL_BINS; i++)
        em_json_u64(json, bins[i]);
    em_json_end(json);
}

static enum em_status finish_cells(struct cells *c, struct em_buf *scores)
{
    struct em_json json;
    end_month(c);
    em_json_end(&c->months);
    qsort(c->lang, c->n_langs, sizeof(c->lang[0]), by_documents);
    for (size_t i = 0; i < c->n_langs; i++) {
        em_json_object(&c->langs);
        em_report_put_string(&c->langs, "lang", em_view_of(c->lang[i].name));
        put_counts(&c->langs, &c->lang[i].cell);
        em_json_end(&c->langs);
    }
    em_json_end(&c->langs);
    em_json_init(&json, scores);
    em_json_object(&json);
    em_json_key(&json, "from");
    em_json_fixed(&json, em_score_bin_middle(0) - 0.125, 3);
    em_json_key(&json, "width");
    em_json_fixed(&json, em_score_bin_middle(1) - em_score_bin_middle(0), 3);
    put_bins(&json, "before", c->before);
    put_bins(&json, "after", c->after);
    put_bins(&json, "undated", c->undated);
    em_json_end(&json);
    EM_TRY(em_json_finish(&c->months));
    EM_TRY(em_json_finish(&c->langs));
    return em_json_finish(&json);
}

enum em_status em_report_cells(struct em_buf *months, struct em_buf *langs,
                               struct em_buf *scores, struct em_store *store,
                               uint32_t model, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct cells c = {.any = false};
    c.lang = em_calloc(EM_REPORT_LANGS, sizeof(*c.lang));
    if (!c.lang)
        return em_fail(err, EM_ERR_NOMEM, "report", "out of memory");
    em_json_init(&c.months, months);
    em_json_init(&c.langs, langs);
    em_json_array(&c.months);
    em_json_array(&c.langs);
    enum em_status status =
        em_cursor_open(&cursor, store, EM_TABLE_MONTHS, EM_VIEW_NONE, err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_cell cell;
            struct em_cell_key at;
            status = em_cell_read(&at, &cell, EM_TABLE_MONTHS, key, value);
            if (status < 0)
                break;
            if (at.model == model)
                add_cell(&c, &at, &cell);
        }
        em_cursor_free(cursor);
    }
    if (status >= 0)
        status = finish_cells(&c, scores);
    em_free(c.lang);
    return status < 0 ? status : EM_OK;
}

/* --- sites -------------------------------------------------------------------------------- */

struct domain {
    char name[256];
    struct em_cell cell;
};

struct domains {
    struct domain *top; /* EM_REPORT_DOMAINS, best first; owned */
    size_t n;
    uint64_t total;
    struct domain now;
    bool any;
};

/* Most flagged first; then those with most documents; then by name, which is their order. */
static bool before(const struct em_cell *a, const struct em_cell *b)
{
    if (a->flagged != b->flagged)
        return a->flagged > b->flagged;
    return a->documents > b->documents;
}

static void end_domain(struct domains *d)
{
    if (!d->any)
        return;
    d->total += d->now.name[0] != '\0';
    size_t at = d->n;
    while (at > 0 && before(&d->now.cell, &d->top[at - 1].cell))
        at--;
    if (at == EM_REPORT_DOMAINS)
        return;
    if (d->n < EM_REPORT_DOMAINS)
        d->n++;
    memmove(d->top + at + 1, d->top + at, (d->n - 1 - at) * sizeof(*d->top));
    d->top[at] = d->now;
}

static void add_domain(struct domains *d, const struct em_cell_key *at,
                       const struct em_cell *cell)
{
    if (!d->any || !em_view_eq(at->domain, em_view_of(d->now.name))) {
        end_domain(d);
        memset(&d->now, 0, sizeof(d->now));
        size_t len = at->domain.len < sizeof(d->now.name) ? at->domain.len
                                                          : sizeof(d->now.name) - 1;
        if (len)
            memcpy(d->now.name, at->domain.data, len);
        d->any = true;
    }
    em_cell_add(&d->now.cell, cell);
}

static enum em_status write_domains(struct em_buf *out, const struct domains *d)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_u64(&json, "total", d->total);
    em_json_key(&json, "rows");
    em_json_array(&json);
    for (size_t i = 0; i < d->n; i++) {
        em_json_object(&json);
        em_report_put_string(&json, "domain", em_view_of(d->top[i].name));
        put_counts(&json, &d->top[i].cell);
        em_json_end(&json);
    }
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

enum em_status em_report_domains(struct em_buf *out, struct em_store *store,
                                 uint32_t model, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct domains d = {.any = false};
    d.top = em_calloc(EM_REPORT_DOMAINS, sizeof(*d.top));
    if (!d.top)
        return em_fail(err, EM_ERR_NOMEM, "report", "out of memory");
    enum em_status status =
        em_cursor_open(&cursor, store, EM_TABLE_HOSTS, EM_VIEW_NONE, err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_cell cell;
            struct em_cell_key at;
            status = em_cell_read(&at, &cell, EM_TABLE_HOSTS, key, value);
            if (status < 0)
                break;
            if (at.model == model)
                add_domain(&d, &at, &cell);
        }
        em_cursor_free(cursor);
    }
    end_domain(&d);
    if (status >= 0)
        status = write_domains(out, &d);
    em_free(d.top);
    return status < 0 ? status : EM_OK;
}
