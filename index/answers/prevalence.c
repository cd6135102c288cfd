/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/prevalence.h"

#include "base/meter.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "index/answers/prevalence_int.h"
#include "index/cell.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

struct em_prevalence {
    struct em_prevalence_options options;
    const struct em_index_model *model;
    struct em_strata rows, humans; /* by whole key; by key without month */
    struct em_prevalence_row *out;
    uint32_t n_out;
    struct em_buf key;
    struct em_anchor
        *anchors;  /* owned: one a calibration block; NULL: rows are not narrow,
                                  or are not to be anchored */
    bool sampling; /* second pass */
    /* Over all scored documents. Weights are scaled to a mean of 1, so that a thousand
     * documents say as much as a thousand. */
    double scored, weights;
    bool weighted; /* some weight is not 1: documents stand for others */
    uint64_t documents, not_sampled; /* of the first pass; the second: of weight 0 */
};

/* One document on its way to its stratum. */
struct item {
    const struct em_document *d;
    uint32_t month;
    bool doubtful, captured_old, published_old;
    uint32_t part;          /* calibration block; UINT32_MAX: none */
    bool scored;            /* by style, with a block */
    const uint64_t *counts; /* EM_QUANTIFY_COLUMNS */
    double weight;
};

/* --- strata ------------------------------------------------------------------------------ */

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

static enum em_status key_put(struct em_buf *key, struct em_view name, bool lower)
{
    for (size_t i = 0; i < name.len && i < 255; i++) {
        int c = (unsigned char)name.data[i];
        EM_TRY(em_buf_putc(key, (char)(lower ? tolower(c) : c)));
    }
    return em_buf_putc(key, '\0');
}

static enum em_status key_make(struct em_prevalence *p, const struct item *item,
                               bool with_month)
{
    unsigned by = p->options.by;
    const struct em_document *d = item->d;
    bool months = with_month && (by & EM_PREVALENCE_MONTH);
    uint32_t m = months && !item->doubtful ? item->month : 0;
    const char head[5] = {(char)(m >> 24), (char)(m >> 16), (char)(m >> 8), (char)m,
                          (char)(months && item->doubtful)};
    em_buf_clear(&p->key);
    EM_TRY(em_buf_append(&p->key, head, sizeof(head)));
    EM_TRY(key_put(&p->key, by & EM_PREVALENCE_LANG ? d->lang : EM_VIEW_NONE, false));
    EM_TRY(key_put(&p->key, by & EM_PREVALENCE_DOMAIN ? d->domain : EM_VIEW_NONE, false));
    EM_TRY(key_put(&p->key, by & EM_PREVALENCE_TLD ? tld_of(d->domain) : EM_VIEW_NONE,
                   false));
    return key_put(&p->key, by & EM_PREVALENCE_HOST ? host_of(d->url) : EM_VIEW_NONE,
                   true);
}

static bool old_item(const struct item *item)
{
    return item->captured_old || item->published_old;
}

static void count(const struct em_prevalence *p, struct em_stratum *s,
                  const struct item *item, uint64_t domain)
{
    struct em_prevalence_row *row = &s->row;
    const struct em_document *d = item->d;
    row->month = item->month;
    row->doubtful = item->doubtful && (p->options.by & EM_PREVALENCE_MONTH);
    row->documents++;
    row->words += d->words;
    row->judged += d->kind != EM_VERDICT_ABSTAIN;
    row->scored += item->scored;
    row->no_language += d->abstain == EM_ABSTAIN_LANGUAGE;
    row->too_short += d->abstain == EM_ABSTAIN_TOO_SHORT;
    row->not_prose += d->abstain == EM_ABSTAIN_NOT_PROSE;
    row->flagged += d->kind == EM_VERDICT_MACHINE;
    row->leaks += d->n_leaks > 0;
    row->known += (d->flags & EM_DOCUMENT_KNOWN) != 0;
    row->undated += item->doubtful;
    row->old += item->scored && old_item(item);
    row->backdated +=
        item->published_old && !item->captured_old && d->kind == EM_VERDICT_MACHINE;
    row->nameless |= d->domain.len == 0;
    em_stratum_domain(s, domain, item->scored);
    if (!item->scored)
        return;
    s->weight += item->weight;
    s->parts[item->part].scored++;
    s->parts[item->part].captured_old += item->captured_old;
    s->parts[item->part].published_old += item->published_old && !item->captured_old;
}

/* Does the item belong to the slice that the first pass decided on? */
static bool in_slice(const struct em_stratum *human, const struct item *item)
{
    return human &&
           (item->captured_old ||
            (item->published_old && human->row.slice == EM_PREVALENCE_PUBLISHED_OLD));
}

static enum em_status sample_row(struct em_prevalence *p, struct em_stratum *s,
                                 const struct em_stratum *human, const struct item *item,
                                 uint64_t hash, double weight)
{
    if (s->into)
        s = &p->rows.items[s->into - 1];
    struct em_stratum_part *part = &s->parts[item->part];
    bool anchored = em_stratum_anchor(p->anchors, item->part) != NULL;
    if (part->sample.bins)
        em_quantify_sample_add(&part->sample, hash, false, item->counts, weight);
    if (part->old.bins && (anchored ? old_item(item) : in_slice(human, item)))
        em_quantify_sample_add(&part->old, hash, false, item->counts, weight);
    return anchored && part->sample.bins && !old_item(item)
               ? em_anchor_weigh(&part->sites, hash, weight)
               : EM_OK;
}

static void sample_human(struct em_stratum *human, const struct item *item, uint64_t hash,
                         double weight)
{
    struct em_stratum_part *part = &human->parts[item->part];
    int half = hash >> 32 & 1 ? EM_SLICE_ODD : EM_SLICE_EVEN;
    if (!part->slices[EM_SLICE_ALL].bins || !in_slice(human, item))
        return;
    em_quantify_sample_add(&part->slices[EM_SLICE_ALL], hash, false, item->counts,
                           weight);
    em_quantify_sample_add(&part->slices[half], hash, false, item->counts, weight);
}

static enum em_status take(struct em_prevalence *p, const struct item *item)
{
    struct em_stratum *s, *human = NULL;
    struct em_view domain = item->d->domain;
    /* Documents without a domain are clusters of their own only where rows tell them
     * apart; together they are one, which is cautious. */
    uint64_t hash = em_hash64(domain.data ? domain.data : "", domain.len, 0x70726576) | 1;
    double weight = p->weights > 0 ? item->weight * p->scored / p->weights : 0;
    EM_TRY(key_make(p, item, false));
    if (old_item(item) || p->sampling)
        EM_TRY(em_strata_find(&p->humans, em_buf_view(&p->key), !p->sampling, &human));
    if (!p->sampling && human)
        count(p, human, item, hash);
    else if (human && item->scored)
        sample_human(human, item, hash, weight);
    EM_TRY(key_make(p, item, true));
    EM_TRY(em_strata_find(&p->rows, em_buf_view(&p->key), !p->sampling, &s));
    if (!p->sampling)
        count(p, s, item, hash);
    else if (s && item->scored)
        return sample_row(p, s, human, item, hash, weight);
    if (!p->sampling && p->anchors && item->scored && old_item(item) && domain.len)
        return em_anchor_add(&p->anchors[item->part], hash, (double)item->d->log_odds);
    return EM_OK;
}

/* --- passes ------------------------------------------------------------------------------ */

static bool trusted_date(uint8_t by)
{
    return by == EM_PUBLISHED_SOURCE || by == EM_PUBLISHED_META ||
           by == EM_PUBLISHED_JSONLD || by == EM_PUBLISHED_URL;
}

static bool old_month(int64_t date)
{
    return em_date_month(date) <= EM_LAST_HUMAN_MONTH;
}

static uint32_t part_of(const struct em_prevalence *p, struct em_view lang)
{
    const struct em_calibration *block = em_index_model_block(p->model, lang, NULL);
    if (block)
        return (uint32_t)(block - p->model->blocks);
    /* A text in no known language was judged by the first model, where it was judged. */
    return p->model->n_blocks && (lang.len == 0 || em_view_eq(lang, EM_VIEW("un")))
               ? 0
               : UINT32_MAX;
}

static void item_fill(struct em_prevalence *p, struct item *item,
                      const struct em_document *d, uint64_t *counts)
{
    int64_t now = p->options.now;
    bool published = p->options.axis == EM_PREVALENCE_PUBLISHED;
    bool no_capture = em_document_date_doubtful(d, now);
    bool no_published = em_document_published_doubtful(d, now);
    *item = (struct item){.d = d, .counts = counts, .weight = (double)d->weight};
    item->month = em_date_month(published ? d->published : d->date);
    item->doubtful = published ? no_published : no_capture;
    item->captured_old = !no_capture && old_month(d->date);
    item->published_old =
        !no_published && trusted_date(d->published_by) && old_month(d->published);
    item->part = part_of(p, d->lang);
    item->scored = (d->flags & EM_DOCUMENT_STYLE) && item->part != UINT32_MAX;
    if (!item->scored)
        return;
    counts[em_score_bin((double)d->log_odds)] = 1;
    if (d->flags & EM_DOCUMENT_LEXICAL) {
        counts[EM_QUANTIFY_LEXICAL + em_lexical_bin((double)d->lexical)] = 1;
        counts[EM_QUANTIFY_MARKED] = (d->flags & EM_DOCUMENT_MARKED) != 0;
    }
}

typedef enum em_status document_fn(struct em_prevalence *p, const struct em_document *d);

/* Documents of the model, in order of domain, URL and time. */
static enum em_status each_document(struct em_prevalence *p, struct em_store *store,
                                    document_fn *fn, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    enum em_status status;
    uint64_t last_url = 0, last_domain = 0;
    bool any = false;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_DOCUMENTS, EM_VIEW_NONE, err));
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_document d;
        status = em_document_read(&d, key, value);
        if (status < 0)
            break;
        if (d.model != p->model->hash)
            continue;
        uint64_t domain = em_name_hash(d.domain);
        bool again = any && domain == last_domain && d.url_hash == last_url;
        last_domain = domain;
        last_url = d.url_hash;
        any = true;
        if (again && p->options.axis == EM_PREVALENCE_FIRST_SEEN)
            continue;
        if ((status = fn(p, &d)) < 0)
            break;
    }
    em_cursor_free(cursor);
    return status == EM_END ? EM_OK : status;
}

static enum em_status pass_document(struct em_prevalence *p, const struct em_document *d)
{
    uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
    struct item item;
    item_fill(p, &item, d, counts);
    if (!p->sampling && item.scored) {
        p->scored++;
        p->weights += (double)d->weight;
        p->weighted |= d->weight < 1 || d->weight > 1;
    }
    if (!p->sampling) {
        p->documents++;
        p->not_sampled += d->weight <= 0;
    }
    return take(p, &item);
}

static enum em_status pass(struct em_prevalence *p, struct em_store *store,
                           struct em_err *err)
{
    enum em_status status = each_document(p, store, pass_document, err);
    if (status == EM_ERR_LIMIT)
        return em_fail(err, status, "prevalence",
                       "more than %d strata; choose fewer keys",
                       EM_PREVALENCE_MAX_STRATA);
    return status;
}

/* --- which date -------------------------------------------------------------------------- */

/* Are nearly all captures of one month (of the larger of two neighbours, since a crawl may
 * cross the end of one)? */
static enum em_status captures_read(struct em_prevalence *p, struct em_store *store,
                                    bool *one, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    enum em_status status;
    uint64_t last = 0, before = 0, most = 0, all = 0;
    uint32_t month = 0;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_MONTHS, EM_VIEW_NONE, err));
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_cell_key k;
        struct em_cell cell;
        status = em_cell_read(&k, &cell, EM_TABLE_MONTHS, key, value);
        if (status < 0)
            break;
        if (k.model != p->model->hash || k.month == EM_MONTH_UNKNOWN)
            continue;
        if (k.month != month) {
            before = k.month == month + 1 ? last : 0;
            last = 0;
        }
        month = k.month;
        last += cell.documents;
        all += cell.documents;
        most = before + last > most ? before + last : most;
    }
    em_cursor_free(cursor);
    *one = all > 0 && (double)most >= 0.95 * (double)all;
    return status == EM_END ? EM_OK : status;
}

static enum em_status axis_document(struct em_prevalence *p, const struct em_document *d)
{
    p->scored++;
    p->weights += !em_document_published_doubtful(d, p->options.now);
    return EM_OK;
}

static enum em_status choose_axis(struct em_prevalence *p, struct em_store *store,
                                  struct em_err *err)
{
    bool one;
    if (p->options.axis != EM_PREVALENCE_AUTO)
        return EM_OK;
    p->options.axis = EM_PREVALENCE_CRAWL;
    EM_TRY(captures_read(p, store, &one, err));
    if (one)
        EM_TRY(each_document(p, store, axis_document, err));
    if (one && p->weights * 2 >= p->scored)
        p->options.axis = EM_PREVALENCE_PUBLISHED;
    p->scored = p->weights = 0;
    return EM_OK;
}

/* --- between the passes: which strata get samples ----------------------------------------- */

static int larger(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* Scored documents from which on a stratum is among the largest. */
static enum em_status cutoff(const struct em_strata *t, uint64_t *least)
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

static void note_row(const struct em_prevalence *p, struct em_stratum *s, uint64_t least)
{
    struct em_prevalence_row *row = &s->row;
    em_stratum_settle(s);
    row->sites =
        s->squares > 0 ? (double)row->scored * (double)row->scored / s->squares : 0;
    row->largest = row->scored ? (double)s->largest / (double)row->scored : 0;
    row->note = p->model->n_blocks == 0 || (row->scored == 0 && row->judged > 0)
                    ? EM_PREVALENCE_UNCALIBRATED
                : row->scored < EM_QUANTIFY_LEAST ? EM_PREVALENCE_FEW
                : s->weight <= 0                  ? EM_PREVALENCE_NOT_SAMPLED
                : row->scored < least             ? EM_PREVALENCE_MANY
                                                  : EM_PREVALENCE_FINE;
}

static enum em_status choose_humans(struct em_prevalence *p)
{
    uint64_t least;
    EM_TRY(cutoff(&p->humans, &least));
    for (uint32_t i = 0; i < p->humans.n; i++) {
        struct em_stratum *s = &p->humans.items[i];
        uint64_t captured = 0;
        for (uint32_t k = 0; k < p->model->n_blocks; k++)
            captured += s->parts[k].captured_old;
        s->row.slice = captured >= EM_QUANTIFY_SLICE_LEAST ? EM_PREVALENCE_CAPTURED_OLD
                                                           : EM_PREVALENCE_PUBLISHED_OLD;
        if (s->row.slice == EM_PREVALENCE_CAPTURED_OLD)
            s->row.scored = captured;
        for (uint32_t k = 0; k < p->model->n_blocks; k++)
            for (int h = 0; h < EM_SLICES && s->row.scored >= least; h++)
                EM_TRY(em_quantify_sample_init(&s->parts[k].slices[h],
                                               p->options.replicates));
    }
    return EM_OK;
}

static enum em_status choose(struct em_prevalence *p)
{
    uint64_t least;
    if (p->options.pool && (p->options.by & EM_PREVALENCE_MONTH))
        EM_TRY(em_prevalence_pool(&p->rows));
    EM_TRY(cutoff(&p->rows, &least));
    for (uint32_t i = 0; i < p->rows.n; i++) {
        struct em_stratum *s = &p->rows.items[i];
        note_row(p, s, least);
        for (uint32_t k = 0; k < p->model->n_blocks; k++) {
            struct em_stratum_part *part = &s->parts[k];
            if (s->into || s->row.note != EM_PREVALENCE_FINE || part->scored == 0)
                continue;
            EM_TRY(em_quantify_sample_init(&part->sample, p->options.replicates));
            if (part->captured_old + part->published_old)
                EM_TRY(em_quantify_sample_init(&part->old, p->options.replicates));
        }
    }
    return choose_humans(p);
}

/* --- estimates ---------------------------------------------------------------------------- */

/* The human slice that goes with a row, or NULL. */
static enum em_status human_of(struct em_prevalence *p, const struct em_stratum *s,
                               struct em_stratum **human)
{
    em_buf_clear(&p->key);
    EM_TRY(em_buf_append(&p->key, "\0\0\0\0\0", 5));
    EM_TRY(em_buf_append(&p->key, s->key + 5, s->key_len - 5));
    return em_strata_find(&p->humans, em_buf_view(&p->key), false, human);
}

/* The trend of marker words in the old months; words are known of the first block only. */
static enum em_status trends(struct em_prevalence *p)
{
    for (uint32_t i = 0; i < p->rows.n && p->model->n_blocks; i++) {
        struct em_stratum *s = &p->rows.items[i], *human;
        const struct em_quantify_sample *sample = &s->parts[0].sample;
        if (!(p->options.by & EM_PREVALENCE_MONTH) || s->row.doubtful || !sample->bins ||
            s->row.month > EM_LAST_HUMAN_MONTH || s->row.n_months)
            continue;
        EM_TRY(human_of(p, s, &human));
        if (!human)
            continue;
        if (!human->trend)
            human->trend = em_calloc(sample->rows, sizeof(human->trend[0]));
        if (!human->trend)
            return EM_ERR_NOMEM;
        human->trend_months++;
        for (uint32_t r = 0; r < sample->rows; r++)
            em_trend_add(&human->trend[r], sample->bins + (size_t)r * EM_QUANTIFY_COLUMNS,
                         s->row.month, 1);
    }
    return EM_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct em_stratum *x = a, *y = b;
    if (x->row.doubtful != y->row.doubtful)
        return x->row.doubtful ? 1 : -1;
    if (x->row.month != y->row.month)
        return x->row.month < y->row.month ? -1 : 1;
    size_t n = x->key_len < y->key_len ? x->key_len : y->key_len;
    int c = memcmp(x->key + 5, y->key + 5, n - 5);
    if (c == 0)
        c = (x->key_len > y->key_len) - (x->key_len < y->key_len);
    return c ? c : memcmp(x->key, y->key, 5);
}

static void put_out(struct em_prevalence *p, struct em_stratum *s)
{
    struct em_view *names[] = {&s->row.lang, &s->row.domain, &s->row.tld, &s->row.host};
    const char *at = s->key + 5;
    bool months = p->options.by & EM_PREVALENCE_MONTH;
    for (size_t k = 0; k < 4; k++) {
        *names[k] = em_view_of(at);
        at += names[k]->len + 1;
    }
    em_prevalence_label(&s->row, months);
    if (!months || s->row.doubtful)
        s->row.month = EM_MONTH_UNKNOWN;
    p->out[p->n_out++] = s->row;
}

static enum em_status finish(struct em_prevalence *p)
{
    bool months = p->options.by & EM_PREVALENCE_MONTH;
    const struct em_stratum_how how = {p->model, p->anchors, months, p->weighted};
    for (uint32_t i = 0; i < p->humans.n; i++)
        EM_TRY(em_stratum_zero_check(&p->humans.items[i], p->model));
    EM_TRY(trends(p));
    em_meter_begin(EM_METER_STEPS, "estimates", p->rows.n);
    for (uint32_t i = 0; i < p->rows.n; i++) {
        struct em_stratum *human;
        em_meter_add(EM_METER_STEPS, 1);
        EM_TRY(human_of(p, &p->rows.items[i], &human));
        EM_TRY(em_stratum_estimate(&p->rows.items[i], human, &how));
    }
    p->out = em_calloc(p->rows.n ? p->rows.n : 1, sizeof(p->out[0]));
    if (!p->out)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < p->rows.n && !months; i++)
        p->rows.items[i].row.month = 0; /* it says nothing */
    if (p->rows.n)
        qsort(p->rows.items, p->rows.n, sizeof(p->rows.items[0]), by_key);
    for (uint32_t i = 0; i < p->rows.n; i++)
        if (!p->rows.items[i].into && p->rows.items[i].row.documents)
            put_out(p, &p->rows.items[i]);
    return EM_OK;
}

/* Whether rows are narrow, and so may be anchored. */
static enum em_status anchors_begin(struct em_prevalence *p)
{
    const unsigned narrow = EM_PREVALENCE_DOMAIN | EM_PREVALENCE_HOST | EM_PREVALENCE_TLD;
    if (p->options.anchor == EM_PREVALENCE_ANCHOR_NONE || !(p->options.by & narrow) ||
        p->model->n_blocks == 0)
        return EM_OK;
    p->anchors = em_calloc(p->model->n_blocks, sizeof(p->anchors[0]));
    return p->anchors ? EM_OK : EM_ERR_NOMEM;
}

static enum em_status anchors_fit(struct em_prevalence *p)
{
    for (uint32_t k = 0; p->anchors && k < p->model->n_blocks; k++)
        EM_TRY(em_anchor_fit(&p->anchors[k], p->options.replicates + 1));
    return EM_OK;
}

size_t em_prevalence_anchor_sites(const struct em_prevalence *p)
{
    size_t n = 0;
    for (uint32_t k = 0; p->anchors && k < p->model->n_blocks; k++)
        n = p->anchors[k].usable > n ? p->anchors[k].usable : n;
    return n;
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
    p->model = options->model;
    p->rows.n_parts = p->humans.n_parts = p->model->n_blocks;
    em_buf_init(&p->key, 2048);
    enum em_status status = choose_axis(p, store, err);
    if (status == EM_OK)
        status = anchors_begin(p);
    if (status == EM_OK)
        status = pass(p, store, err);
    if (status == EM_OK)
        status = anchors_fit(p);
    if (status == EM_OK)
        status = choose(p);
    p->sampling = true;
    if (status == EM_OK && p->model->n_blocks)
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
    *n = p->n_out;
    return p->out;
}

uint64_t em_prevalence_not_sampled(const struct em_prevalence *p, uint64_t *of)
{
    *of = p->documents;
    return p->not_sampled;
}

enum em_prevalence_axis em_prevalence_axis_of(const struct em_prevalence *p)
{
    return p->options.axis;
}

void em_prevalence_free(struct em_prevalence *p)
{
    if (!p)
        return;
    em_strata_release(&p->rows);
    em_strata_release(&p->humans);
    for (uint32_t k = 0; p->anchors && k < p->model->n_blocks; k++)
        em_anchor_release(&p->anchors[k]);
    em_free(p->anchors);
    em_free(p->out);
    em_buf_release(&p->key);
    em_free(p);
}
