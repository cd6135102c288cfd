/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/prevalence.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "index/cell.h"
#include "index/answers/trend.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* The last whole month before ChatGPT. */
enum { LAST_HUMAN_MONTH = 2022 * 12 + 9, FIRST_MONTH = 1990 * 12 };

enum { SLICE_ALL, SLICE_EVEN, SLICE_ODD, SLICES }; /* by the domain's hash */

struct stratum {
    struct em_prevalence_row row;
    char *key; /* owned: month(4) doubtful(1) then names, each with NUL */
    uint32_t key_len;
    uint64_t last_domain; /* hash of the last domain counted */
    struct em_quantify_sample sample;
    struct em_quantify_sample slices[SLICES]; /* of strata without month only */
    struct em_trend *trend; /* owned: one a replicate, of those with enough months */
    uint32_t trend_months;
    bool foreign; /* has documents in other languages than the calibration's */
};

struct table {
    struct stratum *items;
    uint32_t n, cap, *slots, mask;
};

struct em_prevalence {
    struct em_prevalence_options options;
    const struct em_calibration *calibration;
    struct table rows, humans; /* by whole key; by key without month */
    struct em_prevalence_row *out;
    struct em_buf key;
    uint32_t model;
    bool sampling; /* second pass */
    bool weighted; /* some document's weight is not 1 */
    /* Over all scored documents. Weights are scaled to a mean of 1, so that a thousand
     * documents say as much as a thousand. */
    double scored, weights;
};

/* One cell or document on its way to its stratum. */
struct item {
    struct em_view domain, lang, url;
    uint32_t month;
    bool doubtful, foreign;
    uint64_t documents, words, scored, flagged;
    const uint64_t *counts; /* EM_QUANTIFY_COLUMNS */
    double weight;
};

const char *em_prevalence_note_text(enum em_prevalence_note note)
{
    static const char *const texts[] = {NULL, "too few documents", "no calibration",
                                        "too many strata"};
    return texts[note];
}

/* --- strata ------------------------------------------------------------------------------ */

static void table_release(struct table *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        em_free(t->items[i].key);
        em_free(t->items[i].trend);
        em_quantify_sample_release(&t->items[i].sample);
        for (int s = 0; s < SLICES; s++)
            em_quantify_sample_release(&t->items[i].slices[s]);
    }
    em_free(t->items);
    em_free(t->slots);
}

static enum em_status table_grow(struct table *t)
{
    uint32_t cap = t->cap ? 2 * t->cap : 64, mask = 2 * cap - 1;
    if (cap > 2 * EM_PREVALENCE_MAX_STRATA)
        return EM_ERR_LIMIT;
    void *items = em_realloc_array(t->items, cap, sizeof(t->items[0]));
    if (!items)
        return EM_ERR_NOMEM;
    t->items = items;
    uint32_t *slots = em_calloc(mask + 1, sizeof(slots[0]));
    if (!slots)
        return EM_ERR_NOMEM;
    em_free(t->slots);
    t->slots = slots;
    t->cap = cap;
    t->mask = mask;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t at = (uint32_t)em_hash64(t->items[i].key, t->items[i].key_len, 0) & mask;
        while (slots[at])
            at = (at + 1) & mask;
        slots[at] = i + 1;
    }
    return EM_OK;
}

/* The stratum of `key`; in the second pass only one that is there, else *out is NULL. */
static enum em_status table_find(struct table *t, struct em_view key, bool add,
                                 struct stratum **out)
{
    *out = NULL;
    if (t->n == t->cap && add)
        EM_TRY(table_grow(t));
    uint32_t at = (uint32_t)em_hash64(key.data, key.len, 0) & t->mask;
    for (; t->slots && t->slots[at]; at = (at + 1) & t->mask) {
        struct stratum *s = &t->items[t->slots[at] - 1];
        if (em_view_eq(em_view_make(s->key, s->key_len), key)) {
            *out = s;
            return EM_OK;
        }
    }
    if (!add)
        return EM_OK;
    if (t->n == EM_PREVALENCE_MAX_STRATA)
        return EM_ERR_LIMIT;
    struct stratum s = {.key_len = (uint32_t)key.len};
    s.key = em_strndup(key.data, key.len);
    if (!s.key)
        return EM_ERR_NOMEM;
    t->items[t->n++] = s;
    t->slots[at] = t->n;
    *out = &t->items[t->n - 1];
    return EM_OK;
}

/* The host of an address as written, without userinfo and port. */
static struct em_view host_of(struct em_view url)
{
    size_t from = em_view_find(url, 0, EM_VIEW("://"));
    struct em_view rest =
        from < url.len ? em_view_sub(url, from + 3, url.len) : EM_VIEW_NONE;
    size_t n = 0, user = 0;
    while (n < rest.len && !strchr("/?#", rest.data[n])) {
        if (rest.data[n] == '@')
            user = n + 1;
        n++;
    }
    rest = em_view_sub(rest, user, n - user);
    n = rest.len;
    while (n > 0 && isdigit((unsigned char)rest.data[n - 1]))
        n--;
    return n > 0 && rest.data[n - 1] == ':' ? em_view_sub(rest, 0, n - 1) : rest;
}

static struct em_view tld_of(struct em_view domain)
{
    size_t n = domain.len;
    while (n > 0 && domain.data[n - 1] != '.')
        n--;
    return n > 0 ? em_view_sub(domain, n, domain.len) : EM_VIEW_NONE;
}

static enum em_status put(struct em_buf *key, struct em_view name, bool lower)
{
    for (size_t i = 0; i < name.len && i < 255; i++) {
        int c = (unsigned char)name.data[i];
        EM_TRY(em_buf_putc(key, (char)(lower ? tolower(c) : c)));
    }
    return em_buf_putc(key, '\0');
}

static enum em_status make_key(struct em_prevalence *p, const struct item *item,
                               bool with_month)
{
    unsigned by = p->options.by;
    bool month = with_month && (by & EM_PREVALENCE_MONTH) && !item->doubtful;
    uint32_t m = month ? item->month : 0;
    const char head[5] = {(char)(m >> 24), (char)(m >> 16), (char)(m >> 8), (char)m,
                          (char)(with_month && item->doubtful)};
    em_buf_clear(&p->key);
    EM_TRY(em_buf_append(&p->key, head, sizeof(head)));
    EM_TRY(put(&p->key, by & EM_PREVALENCE_LANG ? item->lang : EM_VIEW_NONE, false));
    EM_TRY(put(&p->key, by & EM_PREVALENCE_DOMAIN ? item->domain : EM_VIEW_NONE, false));
    EM_TRY(put(&p->key, by & EM_PREVALENCE_TLD ? tld_of(item->domain) : EM_VIEW_NONE,
               false));
    return put(&p->key, by & EM_PREVALENCE_HOST ? host_of(item->url) : EM_VIEW_NONE,
               true);
}

static void count(struct stratum *s, const struct item *item, uint64_t domain)
{
    struct em_prevalence_row *row = &s->row;
    row->month = item->month;
    row->doubtful = item->doubtful;
    row->documents += item->documents;
    row->words += item->words;
    row->scored += item->scored;
    row->flagged += item->flagged;
    s->foreign |= item->foreign;
    if (s->last_domain != domain)
        row->domains++;
    s->last_domain = domain;
}

static bool human_month(const struct item *item)
{
    return !item->doubtful && item->month <= LAST_HUMAN_MONTH;
}

static enum em_status take(struct em_prevalence *p, const struct item *item)
{
    struct stratum *s;
    /* Documents without a domain are clusters of their own only where rows tell them
     * apart; together they are one, which is cautious. */
    uint64_t hash = em_hash64(item->domain.data ? item->domain.data : "",
                              item->domain.len, 0x70726576) |
                    1;
    EM_TRY(make_key(p, item, true));
    EM_TRY(table_find(&p->rows, em_buf_view(&p->key), !p->sampling, &s));
    double weight = !p->weighted     ? 1
                    : p->weights > 0 ? item->weight * p->scored / p->weights
                                     : 0;
    if (!p->sampling)
        count(s, item, hash);
    else if (s && s->sample.bins)
        em_quantify_sample_add(&s->sample, hash, false, item->counts, weight);
    if (!human_month(item))
        return EM_OK;
    EM_TRY(make_key(p, item, false));
    EM_TRY(table_find(&p->humans, em_buf_view(&p->key), !p->sampling, &s));
    if (!p->sampling) {
        count(s, item, hash);
    } else if (s && s->slices[SLICE_ALL].bins) {
        int half = hash >> 32 & 1 ? SLICE_ODD : SLICE_EVEN;
        em_quantify_sample_add(&s->slices[SLICE_ALL], hash, false, item->counts, weight);
        em_quantify_sample_add(&s->slices[half], hash, false, item->counts, weight);
    }
    return EM_OK;
}

/* --- passes ------------------------------------------------------------------------------ */

static bool month_doubtful(uint32_t month, int64_t now)
{
    return month < FIRST_MONTH || month > em_date_month(now);
}

/* Scores of another language are of another model (em_model_add()), on another scale. */
static bool foreign(const struct em_prevalence *p, struct em_view lang)
{
    const char *own = p->calibration ? p->calibration->lang : "";
    size_t n = strlen(own);
    return n > 0 && lang.len > 0 && !em_view_eq(lang, EM_VIEW("un")) &&
           !(em_view_eq(em_view_sub(lang, 0, n), em_view_of(own)) &&
             (lang.len == n || lang.data[n] == '-'));
}

static enum em_status pass_cells(struct em_prevalence *p, struct em_cursor *cursor,
                                 struct em_err *err)
{
    struct em_view key, value;
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_cell_key k;
        struct em_cell cell;
        EM_TRY(em_cell_read(&k, &cell, EM_TABLE_HOSTS, key, value));
        if (k.model != p->model)
            continue;
        uint64_t counts[EM_QUANTIFY_COLUMNS];
        memcpy(counts, cell.bins, sizeof(cell.bins));
        memcpy(counts + EM_QUANTIFY_LEXICAL, cell.lexical, sizeof(cell.lexical));
        counts[EM_QUANTIFY_MARKED] = cell.marked;
        bool other = foreign(p, k.lang);
        if (other)
            memset(counts, 0, sizeof(counts));
        struct item item = {
            .domain = k.domain,
            .lang = k.lang,
            .month = k.month,
            .doubtful = month_doubtful(k.month, p->options.now),
            .documents = cell.documents,
            .words = cell.words,
            .scored = other ? 0 : cell.scored,
            .flagged = other ? 0 : cell.flagged,
            .foreign = other,
            .counts = counts,
            .weight = cell.documents
                          ? (double)cell.weight_milli / 1000 / (double)cell.documents
                          : 1,
        };
        EM_TRY(take(p, &item));
    }
    return status == EM_END ? EM_OK : status;
}

/* By document: what cells do not hold. A URL's captures follow each other in time. */
static enum em_status pass_documents(struct em_prevalence *p, struct em_cursor *cursor,
                                     struct em_err *err)
{
    struct em_view key, value;
    enum em_status status;
    uint64_t last_url = 0, last_domain = 0;
    bool any = false;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_document d;
        uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
        EM_TRY(em_document_read(&d, key, value));
        if (d.model != p->model)
            continue;
        uint64_t domain = em_hash64(d.domain.data ? d.domain.data : "", d.domain.len, 0);
        bool again = any && domain == last_domain && d.url_hash == last_url;
        last_domain = domain;
        last_url = d.url_hash;
        any = true;
        if (again && p->options.axis == EM_PREVALENCE_FIRST_SEEN)
            continue;
        bool published = p->options.axis == EM_PREVALENCE_PUBLISHED;
        bool other = foreign(p, d.lang);
        bool scored = (d.flags & EM_DOCUMENT_STYLE) && !other;
        if (scored)
            counts[em_score_bin((double)d.log_odds)] = 1;
        if (scored && (d.flags & EM_DOCUMENT_LEXICAL)) {
            counts[EM_QUANTIFY_LEXICAL + em_lexical_bin((double)d.lexical)] = 1;
            counts[EM_QUANTIFY_MARKED] = (d.flags & EM_DOCUMENT_MARKED) != 0;
        }
        if (!p->sampling && scored) {
            p->scored++;
            p->weights += (double)d.weight;
        }
        struct item item = {
            .domain = d.domain,
            .lang = d.lang,
            .url = d.url,
            .month = em_date_month(published ? d.published : d.date),
            .doubtful = published ? em_document_published_doubtful(&d, p->options.now)
                                  : em_document_date_doubtful(&d, p->options.now),
            .documents = 1,
            .words = d.words,
            .scored = scored,
            .flagged = d.kind == EM_VERDICT_MACHINE && !other,
            .foreign = other,
            .counts = counts,
            .weight = (double)d.weight,
        };
        EM_TRY(take(p, &item));
    }
    return status == EM_END ? EM_OK : status;
}

/* Do cells do, or are documents needed? */
static enum em_status look_at_weights(struct em_prevalence *p, struct em_store *store,
                                      struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    enum em_status status = EM_OK;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_MONTHS, EM_VIEW_NONE, err));
    while (!p->weighted &&
           (status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_cell_key k;
        struct em_cell cell;
        status = em_cell_read(&k, &cell, EM_TABLE_MONTHS, key, value);
        if (status < 0)
            break;
        p->weighted = k.model == p->model && cell.weight_milli != 1000 * cell.documents;
    }
    em_cursor_free(cursor);
    return p->weighted || status == EM_END ? EM_OK : status;
}

static enum em_status pass(struct em_prevalence *p, struct em_store *store,
                           struct em_err *err)
{
    struct em_cursor *cursor;
    bool cells = p->options.axis == EM_PREVALENCE_CRAWL &&
                 !(p->options.by & EM_PREVALENCE_HOST) && !p->weighted;
    EM_TRY(em_cursor_open(&cursor, store, cells ? EM_TABLE_HOSTS : EM_TABLE_DOCUMENTS,
                          EM_VIEW_NONE, err));
    enum em_status status =
        cells ? pass_cells(p, cursor, err) : pass_documents(p, cursor, err);
    em_cursor_free(cursor);
    if (status == EM_ERR_LIMIT)
        return em_fail(err, status, "prevalence",
                       "more than %d strata; choose fewer keys",
                       EM_PREVALENCE_MAX_STRATA);
    return status;
}

/* --- between the passes: which strata get samples ----------------------------------------- */

static int larger(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* Scored documents from which on a stratum is among the largest. */
static enum em_status cutoff(const struct table *t, uint64_t *least)
{
    *least = EM_QUANTIFY_LEAST;
    if (t->n <= EM_PREVALENCE_MAX_ESTIMATES)
        return EM_OK;
    uint64_t *sizes = em_malloc(t->n * sizeof(sizes[0]));
    if (!sizes)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < t->n; i++)
        sizes[i] = t->items[i].row.scored;
    qsort(sizes, t->n, sizeof(sizes[0]), larger);
    /* Ties would go either way: all of them are out. */
    uint64_t at = sizes[EM_PREVALENCE_MAX_ESTIMATES] + 1;
    *least = at > *least ? at : *least;
    em_free(sizes);
    return EM_OK;
}

static enum em_status choose(struct em_prevalence *p)
{
    uint64_t least;
    EM_TRY(cutoff(&p->rows, &least));
    for (uint32_t i = 0; i < p->rows.n; i++) {
        struct stratum *s = &p->rows.items[i];
        s->row.note = !p->calibration || (s->foreign && s->row.scored == 0)
                          ? EM_PREVALENCE_UNCALIBRATED
                      : s->row.scored < EM_QUANTIFY_LEAST ? EM_PREVALENCE_FEW
                      : s->row.scored < least             ? EM_PREVALENCE_MANY
                                                          : EM_PREVALENCE_FINE;
        if (s->row.note == EM_PREVALENCE_FINE)
            EM_TRY(em_quantify_sample_init(&s->sample, p->options.replicates));
    }
    EM_TRY(cutoff(&p->humans, &least));
    for (uint32_t i = 0; i < p->humans.n && p->calibration; i++)
        for (int k = 0; k < SLICES && p->humans.items[i].row.scored >= least; k++)
            EM_TRY(em_quantify_sample_init(&p->humans.items[i].slices[k],
                                           p->options.replicates));
    return EM_OK;
}

/* --- estimates ---------------------------------------------------------------------------- */

/* What is left of the slice without the row's own documents: samples are sums, and a
 * cluster counts the same number of times in both. */
static enum em_status rest_of(struct em_quantify_sample *out,
                              const struct em_quantify_sample *slice,
                              const struct em_quantify_sample *own)
{
    EM_TRY(em_quantify_sample_init(out, slice->rows - 1));
    for (size_t i = 0; i < (size_t)slice->rows * EM_QUANTIFY_COLUMNS; i++) {
        float left = slice->bins[i] - own->bins[i];
        out->bins[i] = left > 0 ? left : 0;
    }
    out->squares = slice->squares;
    return EM_OK;
}

static void no_estimates(struct em_quantify_result *result)
{
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++)
        result->by[m] = (struct em_estimate){NAN, NAN, NAN};
    result->sliced = false;
}

static enum em_status zero_check(struct em_prevalence *p, struct stratum *human)
{
    struct em_quantify_options options;
    const struct em_quantify_sample *all = &human->slices[SLICE_ALL];
    const struct em_quantify_sample *even = &human->slices[SLICE_EVEN];
    const struct em_quantify_sample *odd = &human->slices[SLICE_ODD];
    em_quantify_defaults(&options);
    no_estimates(&human->row.zero);
    human->row.zero_documents = human->row.scored;
    if (!all->bins)
        return EM_OK;
    bool halves = em_quantify_sample_size(even) >= EM_QUANTIFY_LEAST &&
                  em_quantify_sample_size(odd) >= EM_QUANTIFY_SLICE_LEAST;
    return em_quantify(p->calibration, halves ? even : all, halves ? odd : NULL, &options,
                       &human->row.zero);
}

/* --- the trend of marker words before 2022-11 ----------------------------------------------- */

/* The human slice that goes with a row, or NULL. */
static enum em_status human_of(struct em_prevalence *p, const struct stratum *s,
                               struct stratum **human)
{
    em_buf_clear(&p->key);
    EM_TRY(em_buf_append(&p->key, "\0\0\0\0\0", 5));
    EM_TRY(em_buf_append(&p->key, s->key + 5, s->key_len - 5));
    return table_find(&p->humans, em_buf_view(&p->key), false, human);
}

static bool in_trend(const struct em_prevalence *p, const struct stratum *s)
{
    return (p->options.by & EM_PREVALENCE_MONTH) && !s->row.doubtful && s->sample.bins &&
           s->row.month <= LAST_HUMAN_MONTH;
}

static enum em_status trends(struct em_prevalence *p)
{
    for (uint32_t i = 0; i < p->rows.n; i++) {
        struct stratum *s = &p->rows.items[i], *human;
        if (!in_trend(p, s))
            continue;
        EM_TRY(human_of(p, s, &human));
        if (!human)
            continue;
        if (!human->trend)
            human->trend = em_calloc(s->sample.rows, sizeof(human->trend[0]));
        if (!human->trend)
            return EM_ERR_NOMEM;
        human->trend_months++;
        for (uint32_t r = 0; r < s->sample.rows; r++)
            em_trend_add(&human->trend[r],
                         s->sample.bins + (size_t)r * EM_QUANTIFY_COLUMNS, s->row.month,
                         1);
    }
    return EM_OK;
}

/* What share of human documents would have a marker in the row's month, by replicate;
 * *out is NULL where the slice's own share has to do. Owned by the caller. */
static enum em_status baseline(const struct em_prevalence *p, const struct stratum *s,
                               const struct stratum *human, double **out)
{
    *out = NULL;
    if (!human || !human->trend || human->trend_months < EM_PREVALENCE_TREND_LEAST ||
        s->row.doubtful || !(p->options.by & EM_PREVALENCE_MONTH))
        return EM_OK;
    *out = em_malloc(s->sample.rows * sizeof(**out));
    if (!*out)
        return EM_ERR_NOMEM;
    for (uint32_t r = 0; r < s->sample.rows; r++) {
        struct em_trend t = human->trend[r];
        if (in_trend(p, s))
            em_trend_add(&t, s->sample.bins + (size_t)r * EM_QUANTIFY_COLUMNS,
                         s->row.month, -1);
        (*out)[r] = em_trend_at(&t, s->row.month);
    }
    return EM_OK;
}

static enum em_status estimate_with(struct em_prevalence *p, struct stratum *s,
                                    const struct stratum *human)
{
    struct em_quantify_options options;
    struct em_quantify_sample rest = {.bins = NULL};
    const struct em_quantify_sample *slice = NULL;
    enum em_status status = EM_OK;
    double *expected = NULL;
    em_quantify_defaults(&options);
    bool own = (p->options.by & EM_PREVALENCE_MONTH) && s->row.month <= LAST_HUMAN_MONTH;
    if (human && human->slices[SLICE_ALL].bins && !s->row.doubtful) {
        slice = &human->slices[SLICE_ALL];
        if (own) {
            status = rest_of(&rest, slice, &s->sample);
            slice = &rest;
        }
    }
    if (status == EM_OK)
        status = baseline(p, s, human, &expected);
    options.baseline = expected;
    if (status == EM_OK)
        status = em_quantify(p->calibration, &s->sample, slice, &options, &s->row.result);
    em_quantify_sample_release(&rest);
    em_free(expected);
    return status;
}

static enum em_status estimate(struct em_prevalence *p, struct stratum *s)
{
    struct stratum *human;
    EM_TRY(human_of(p, s, &human));
    no_estimates(&s->row.result);
    no_estimates(&s->row.zero);
    if (human)
        s->row.zero = human->row.zero;
    s->row.zero_documents = human ? human->row.zero_documents : 0;
    return s->sample.bins ? estimate_with(p, s, human) : EM_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct stratum *x = a, *y = b;
    if (x->row.doubtful != y->row.doubtful)
        return x->row.doubtful ? 1 : -1;
    size_t n = x->key_len < y->key_len ? x->key_len : y->key_len;
    int c = memcmp(x->key, y->key, n);
    return c ? c : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static enum em_status finish(struct em_prevalence *p)
{
    for (uint32_t i = 0; i < p->humans.n; i++)
        EM_TRY(zero_check(p, &p->humans.items[i]));
    EM_TRY(trends(p));
    for (uint32_t i = 0; i < p->rows.n; i++)
        EM_TRY(estimate(p, &p->rows.items[i]));
    p->out = em_calloc(p->rows.n ? p->rows.n : 1, sizeof(p->out[0]));
    if (!p->out)
        return EM_ERR_NOMEM;
    if (p->rows.n)
        qsort(p->rows.items, p->rows.n, sizeof(p->rows.items[0]), by_key);
    for (uint32_t i = 0; i < p->rows.n; i++) {
        struct stratum *s = &p->rows.items[i];
        struct em_view *names[] = {&s->row.lang, &s->row.domain, &s->row.tld,
                                   &s->row.host};
        const char *at = s->key + 5;
        for (size_t k = 0; k < 4; k++) {
            *names[k] = em_view_of(at);
            at += names[k]->len + 1;
        }
        if (!(p->options.by & EM_PREVALENCE_MONTH) || s->row.doubtful)
            s->row.month = EM_MONTH_UNKNOWN;
        p->out[i] = s->row;
    }
    return EM_OK;
}

enum em_status em_prevalence_run(struct em_prevalence **out, struct em_store *store,
                                 const struct em_prevalence_options *options,
                                 struct em_err *err)
{
    struct em_prevalence *p = em_calloc(1, sizeof(*p));
    *out = NULL;
    if (!p)
        return EM_ERR_NOMEM;
    p->options = *options;
    p->model = options->model->hash;
    p->calibration = options->model->n_blocks ? &options->model->blocks[0] : NULL;
    em_buf_init(&p->key, 2048);
    enum em_status status = look_at_weights(p, store, err);
    if (status == EM_OK)
        status = pass(p, store, err);
    if (status == EM_OK)
        status = choose(p);
    p->sampling = true;
    if (status == EM_OK && p->calibration)
        status = pass(p, store, err);
    if (status == EM_OK)
        status = finish(p);
    if (status < 0) {
        em_prevalence_free(p);
        return status;
    }
    *out = p;
    return EM_OK;
}

const struct em_prevalence_row *em_prevalence_rows(const struct em_prevalence *p,
                                                   size_t *n)
{
    *n = p->rows.n;
    return p->out;
}

void em_prevalence_free(struct em_prevalence *p)
{
    if (!p)
        return;
    table_release(&p->rows);
    table_release(&p->humans);
    em_free(p->out);
    em_buf_release(&p->key);
    em_free(p);
}

struct em_estimate em_prevalence_weighted(const struct em_prevalence_row *rows,
                                          const double *weights, size_t n)
{
    double total = 0, value = 0, below = 0, above = 0;
    for (size_t i = 0; i < n; i++) {
        const struct em_estimate *e = &rows[i].result.by[EM_QUANTIFY_MIXTURE];
        if (rows[i].note != EM_PREVALENCE_FINE || !isfinite(e->value) ||
            !(weights[i] > 0))
            continue;
        total += weights[i];
        value += weights[i] * e->value;
        below += pow(weights[i] * (e->value - e->low), 2);
        above += pow(weights[i] * (e->high - e->value), 2);
    }
    if (!(total > 0))
        return (struct em_estimate){NAN, NAN, NAN};
    value /= total;
    double low = value - sqrt(below) / total, high = value + sqrt(above) / total;
    return (struct em_estimate){value, low > 0 ? low : 0, high < 1 ? high : 1};
}
