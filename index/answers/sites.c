/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/sites.h"

#include "base/alloc.h"
#include "base/date.h"
#include "index/answers/statement.h"
#include "index/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Months from 2022-11 on that a change may lie in. */
enum { FIRST_MONTH = 2022 * 12 + 10, MONTHS = 240 };

struct site_months {
    uint32_t n[MONTHS], flagged[MONTHS];
};

struct sites_work {
    const struct em_index_model *model;
    int64_t now;
    struct em_sites *out;
    size_t cap;
    struct em_view domain; /* of `name` */
    char name[256];
    struct em_site site; /* the one being counted */
    struct site_months months;
};

double em_beta_binomial_tail(uint64_t k, uint64_t n, double a, double b)
{
    double sum = 0;
    if (k == 0)
        return 1;
    for (uint64_t x = k; x <= n; x++)
        sum += exp(lgamma((double)n + 1) - lgamma((double)x + 1) -
                   lgamma((double)(n - x) + 1) + lgamma((double)x + a) +
                   lgamma((double)(n - x) + b) - lgamma((double)n + a + b) +
                   lgamma(a + b) - lgamma(a) - lgamma(b));
    return sum < 1 ? sum : 1;
}

/* --- counting ---------------------------------------------------------------------------- */

static double site_log_likelihood(uint64_t flagged, uint64_t n)
{
    double k = (double)flagged, m = (double)n;
    return n == 0 ? 0
                  : (flagged ? k * log(k / m) : 0) +
                        (flagged < n ? (m - k) * log((m - k) / m) : 0);
}

/* The month from which on another rate explains most. */
static uint32_t site_change(const struct em_site *s, const struct site_months *months)
{
    uint64_t n = s->old, flagged = s->old_flagged;
    double best = -INFINITY;
    uint32_t at = FIRST_MONTH;
    for (uint32_t m = 0; m < MONTHS; m++) {
        double both = site_log_likelihood(flagged, n) +
                      site_log_likelihood(s->old_flagged + s->flagged - flagged,
                                          s->old + s->later - n);
        if (months->n[m] && both > best) {
            best = both;
            at = FIRST_MONTH + m;
        }
        n += months->n[m];
        flagged += months->flagged[m];
    }
    return at;
}

static enum em_status site_end(struct sites_work *w)
{
    struct em_site *s = &w->site;
    struct em_sites *out = w->out;
    if (s->old < EM_SITES_LEAST || s->later < EM_SITES_LEAST || w->domain.len == 0)
        return EM_OK;
    if (out->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 64;
        void *more = em_realloc_array(out->items, cap, sizeof(out->items[0]));
        if (!more)
            return EM_ERR_NOMEM;
        out->items = more;
        w->cap = cap;
    }
    s->month = site_change(s, &w->months);
    s->domain = em_strndup(w->domain.data, w->domain.len);
    if (!s->domain)
        return EM_ERR_NOMEM;
    out->items[out->n++] = *s;
    return EM_OK;
}

static bool site_trusts(uint8_t by)
{
    return by == EM_PUBLISHED_SOURCE || by == EM_PUBLISHED_META ||
           by == EM_PUBLISHED_JSONLD || by == EM_PUBLISHED_URL;
}

/* The month a document is of: when it was published, where the page says so in a way that can
 * be trusted, else when it was captured; EM_MONTH_UNKNOWN for neither. */
static uint32_t site_month(const struct em_document *d, int64_t now)
{
    if (!em_document_published_doubtful(d, now) && site_trusts(d->published_by))
        return em_date_month(d->published);
    return em_document_date_doubtful(d, now) ? EM_MONTH_UNKNOWN : em_date_month(d->date);
}

static void site_count(struct sites_work *w, const struct em_document *d)
{
    uint32_t month = site_month(d, w->now);
    bool flagged = d->kind == EM_VERDICT_MACHINE;
    bool old = month != EM_MONTH_UNKNOWN && month < FIRST_MONTH;
    if (old) {
        w->site.old++;
        w->site.old_flagged += flagged;
        return;
    }
    w->site.later++;
    w->site.flagged += flagged;
    if (month != EM_MONTH_UNKNOWN && month - FIRST_MONTH < MONTHS) {
        w->months.n[month - FIRST_MONTH]++;
        w->months.flagged[month - FIRST_MONTH] += flagged;
    }
}

static enum em_status sites_document(struct sites_work *w, const struct em_document *d)
{
    const struct em_calibration *first = w->model->n_blocks ? &w->model->blocks[0] : NULL;
    if (d->model != w->model->hash || !(d->flags & EM_DOCUMENT_STYLE) ||
        (first && em_index_model_block(w->model, d->lang, NULL) != first))
        return EM_OK;
    if (!em_view_eq(d->domain, w->domain)) {
        EM_TRY(site_end(w));
        size_t n = d->domain.len < sizeof(w->name) ? d->domain.len : sizeof(w->name) - 1;
        if (n)
            memcpy(w->name, d->domain.data, n);
        w->domain = em_view_make(w->name, n);
        w->site = (struct em_site){.domain = NULL};
        memset(&w->months, 0, sizeof(w->months));
    }
    site_count(w, d);
    return EM_OK;
}

/* --- judging ----------------------------------------------------------------------------- */

struct beta {
    double a, b;
};

/* Mean and spread of the sites' shares of old documents flagged, by moments; half a document
 * keeps a corpus without any from being sure that there are none. */
static struct beta sites_prior(const struct em_sites *sites)
{
    double flagged = 0.5, n = 1, between = 0, within = 0;
    for (size_t i = 0; i < sites->n; i++) {
        flagged += (double)sites->items[i].old_flagged;
        n += (double)sites->items[i].old;
    }
    double m = flagged / n;
    for (size_t i = 0; i < sites->n; i++) {
        double size = (double)sites->items[i].old;
        double rate = (double)sites->items[i].old_flagged / size;
        between += (rate - m) * (rate - m) / (double)sites->n;
        within += m * (1 - m) / size / (double)sites->n;
    }
    double spread = between - within;
    double s = spread > 0 ? m * (1 - m) / spread - 1 : 1000;
    s = s < 2 ? 2 : s > 1000 ? 1000 : s;
    return (struct beta){s * m, s * (1 - m)};
}

static int site_by_p(const void *a, const void *b)
{
    const struct em_site *x = a, *y = b;
    return (x->p > y->p) - (x->p < y->p);
}

static int site_by_share(const void *a, const void *b)
{
    const struct em_site *x = a, *y = b;
    if (x->share > y->share || x->share < y->share)
        return x->share > y->share ? -1 : 1;
    return strcmp(x->domain, y->domain);
}

/* What the model catches: the mean over kinds of machine; 1 where nothing is known. */
static double sites_recall(const struct em_index_model *model)
{
    struct em_machine_kind kinds[EM_STATEMENT_KINDS];
    double sum = 0;
    size_t n = model->n_blocks ? em_machine_kinds(&model->blocks[0], kinds) : 0;
    for (size_t i = 0; i < n; i++)
        sum += kinds[i].caught / (double)n;
    return n ? sum : 1;
}

void em_sites_judge(struct em_sites *sites, double recall)
{
    struct beta prior = sites_prior(sites);
    for (size_t i = 0; i < sites->n; i++) {
        struct em_site *s = &sites->items[i];
        double a = prior.a + (double)s->old_flagged;
        double b = prior.b + (double)(s->old - s->old_flagged), expected = a / (a + b);
        double share = ((double)s->flagged / (double)s->later - expected) /
                       fmax(recall - expected, 0.05);
        s->share = share < 0 ? 0 : share > 1 ? 1 : share;
        s->p = em_beta_binomial_tail(s->flagged, s->later, a, b);
    }
    if (sites->n)
        qsort(sites->items, sites->n, sizeof(sites->items[0]), site_by_p);
    double least = 1;
    for (size_t i = sites->n; i-- > 0;) {
        struct em_site *s = &sites->items[i];
        double q = s->p * (double)sites->n / (double)(i + 1);
        least = q < least ? q : least;
        s->q = least;
        s->turned = s->q <= EM_SITES_FALSE;
    }
    if (sites->n)
        qsort(sites->items, sites->n, sizeof(sites->items[0]), site_by_share);
}

enum em_status em_sites_find(struct em_sites *out, struct em_store *store,
                             const struct em_index_model *model, int64_t now,
                             struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    enum em_status status;
    *out = (struct em_sites){.items = NULL};
    struct sites_work *w = em_calloc(1, sizeof(*w));
    if (!w)
        return EM_ERR_NOMEM;
    w->model = model;
    w->now = now;
    w->out = out;
    status = em_cursor_open(&cursor, store, EM_TABLE_DOCUMENTS, EM_VIEW_NONE, err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_document d;
            status = em_document_read(&d, key, value);
            if (status == EM_OK)
                status = sites_document(w, &d);
            if (status < 0)
                break;
        }
        em_cursor_free(cursor);
    }
    if (status == EM_END)
        status = site_end(w);
    em_free(w);
    if (status < 0) {
        em_sites_release(out);
        return status;
    }
    em_sites_judge(out, sites_recall(model));
    return EM_OK;
}

void em_sites_release(struct em_sites *sites)
{
    for (size_t i = 0; i < sites->n; i++)
        em_free(sites->items[i].domain);
    em_free(sites->items);
    *sites = (struct em_sites){.items = NULL};
}
