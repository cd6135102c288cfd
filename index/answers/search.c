/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/search.h"

#include <math.h>

double em_document_score(const struct em_document *d)
{
    return d->flags & EM_DOCUMENT_SCORED ? 1 / (1 + exp(-(double)d->log_odds)) : NAN;
}

static bool search_takes_document(const struct em_search *a, const struct em_document *d)
{
    char month[16];
    if (a->domain.len && !em_view_eq(d->domain, a->domain))
        return false;
    if (a->url && !em_view_eq(d->url, em_view_of(a->url)))
        return false;
    if (a->verdict && strcmp(em_verdict_name((enum em_verdict_kind)d->kind), a->verdict))
        return false;
    if (a->lang && !em_view_eq(d->lang, em_view_of(a->lang)))
        return false;
    if (d->model != a->judge)
        return false;
    if (a->month) {
        em_month_format(em_date_month(d->date), month);
        if (strcmp(month, a->month) != 0)
            return false;
    }
    if (a->min_score > 0 && !(em_document_score(d) >= a->min_score))
        return false;
    return !(a->leaks && !d->n_leaks) && !(a->matches && !d->n_matches);
}

static bool search_takes_hit(const struct em_search *a, const struct em_hit *hit)
{
    char month[16];
    if (a->domain.len && !em_view_eq(hit->domain, a->domain))
        return false;
    if (a->url && !em_view_eq(hit->url, em_view_of(a->url)))
        return false;
    if (a->model && !em_view_eq(hit->model, em_view_of(a->model)))
        return false;
    em_month_format(em_date_month(hit->date), month);
    return !a->month || strcmp(month, a->month) == 0;
}

static enum em_status search_prefix(struct em_buf *prefix, const struct em_search *a)
{
    if (a->url)
        return em_document_url_prefix(prefix, a->domain,
                                      em_name_hash(em_view_of(a->url)));
    return a->domain.len ? em_document_domain_prefix(prefix, a->domain) : EM_OK;
}

enum em_status em_search_documents(struct em_store *store, const struct em_search *search,
                                   em_search_document_fn *take, void *context,
                                   struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf prefix;
    em_buf_init(&prefix, EM_MAX_KEY);
    enum em_status status = search_prefix(&prefix, search);
    if (status == EM_OK)
        status =
            em_cursor_open(&cursor, store, EM_TABLE_DOCUMENTS, em_buf_view(&prefix), err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_document d;
            status = em_document_read(&d, key, value);
            if (status == EM_OK && search_takes_document(search, &d))
                status = take(context, &d, err);
            if (status < 0)
                break;
        }
        em_cursor_free(cursor);
    }
    em_buf_release(&prefix);
    return status < 0 ? status : EM_OK;
}

enum em_status em_search_hits(struct em_store *store, const struct em_search *search,
                              em_search_hit_fn *take, void *context, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf prefix;
    em_buf_init(&prefix, EM_MAX_KEY);
    enum em_status status = EM_OK;
    if (search->set)
        status =
            em_hit_prefix(&prefix, em_view_of(search->set), em_view_of(search->item));
    if (status == EM_OK)
        status = em_cursor_open(&cursor, store, EM_TABLE_HITS, em_buf_view(&prefix), err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            struct em_hit hit;
            status = em_hit_read(&hit, key, value);
            if (status == EM_OK && search_takes_hit(search, &hit))
                status = take(context, &hit, err);
            if (status < 0)
                break;
        }
        em_cursor_free(cursor);
    }
    em_buf_release(&prefix);
    return status < 0 ? status : EM_OK;
}
