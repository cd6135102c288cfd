/* SPDX-License-Identifier: Apache-2.0
 *
 * Strata by key, and small months put together.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "index/answers/prevalence_int.h"

#include <stdio.h>
#include <string.h>

static void stratum_release(struct em_stratum *s, uint32_t n_parts)
{
    for (uint32_t p = 0; s->parts && p < n_parts; p++) {
        em_quantify_sample_release(&s->parts[p].sample);
        em_quantify_sample_release(&s->parts[p].old);
        em_anchor_weights_release(&s->parts[p].sites);
        for (int k = 0; k < EM_SLICES; k++)
            em_quantify_sample_release(&s->parts[p].slices[k]);
    }
    em_free(s->key);
    em_free(s->parts);
    em_free(s->trend);
}

void em_strata_release(struct em_strata *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        stratum_release(&t->items[i], t->n_parts);
    em_free(t->items);
    em_free(t->slots);
}

static enum em_status strata_grow(struct em_strata *t)
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

static enum em_status strata_append(struct em_strata *t, struct em_view key, uint32_t at)
{
    struct em_stratum s = {.key_len = (uint32_t)key.len};
    s.key = em_strndup(key.data, key.len);
    s.parts = em_calloc(t->n_parts ? t->n_parts : 1, sizeof(s.parts[0]));
    if (!s.key || !s.parts) {
        stratum_release(&s, 0);
        return EM_ERR_NOMEM;
    }
    t->items[t->n++] = s;
    t->slots[at] = t->n;
    return EM_OK;
}

enum em_status em_strata_find(struct em_strata *t, struct em_view key, bool add,
                              struct em_stratum **out)
{
    *out = NULL;
    if (t->n == t->cap && add)
        EM_TRY(strata_grow(t));
    uint32_t at = (uint32_t)em_hash64(key.data, key.len, 0) & t->mask;
    for (; t->slots && t->slots[at]; at = (at + 1) & t->mask) {
        struct em_stratum *s = &t->items[t->slots[at] - 1];
        if (em_view_eq(em_view_make(s->key, s->key_len), key)) {
            *out = s;
            return EM_OK;
        }
    }
    if (!add)
        return EM_OK;
    if (t->n == EM_PREVALENCE_MAX_STRATA)
        return EM_ERR_LIMIT;
    EM_TRY(strata_append(t, key, at));
    *out = &t->items[t->n - 1];
    return EM_OK;
}

void em_stratum_settle(struct em_stratum *s)
{
    s->squares += (double)s->run * (double)s->run;
    s->largest = s->run > s->largest ? s->run : s->largest;
    s->run = 0;
}

void em_stratum_domain(struct em_stratum *s, uint64_t domain, uint64_t scored)
{
    if (s->last_domain != domain) {
        em_stratum_settle(s);
        s->row.domains++;
    }
    s->last_domain = domain;
    s->run += scored;
}

/* --- pooling ----------------------------------------------------------------------------- */

static uint32_t pool_year(uint32_t month)
{
    return month / 12;
}

/* The key of a pool: one of its months stands for it, with a mark that no month has. */
static enum em_status pool_key(struct em_buf *key, const struct em_stratum *s,
                               bool quarter)
{
    uint32_t month = s->row.month, year = pool_year(month);
    uint32_t first = quarter ? month / 3 * 3 : year * 12;
    const char head[5] = {(char)(first >> 24), (char)(first >> 16), (char)(first >> 8),
                          (char)first,
                          (char)((quarter ? 2 : 4) + (month > EM_LAST_HUMAN_MONTH))};
    em_buf_clear(key);
    EM_TRY(em_buf_append(key, head, sizeof(head)));
    return em_buf_append(key, s->key + 5, s->key_len - 5);
}

static void pool_add(struct em_stratum *pool, const struct em_stratum *s,
                     uint32_t n_parts)
{
    struct em_prevalence_row *into = &pool->row;
    const struct em_prevalence_row *row = &s->row;
    uint64_t *const sums[] = {&into->documents, &into->words,       &into->judged,
                              &into->scored,    &into->flagged,     &into->leaks,
                              &into->known,     &into->no_language, &into->too_short,
                              &into->not_prose, &into->undated,     &into->old,
                              &into->backdated, &into->domains};
    const uint64_t more[] = {
        row->documents, row->words, row->judged,      row->scored,    row->flagged,
        row->leaks,     row->known, row->no_language, row->too_short, row->not_prose,
        row->undated,   row->old,   row->backdated,   row->domains};
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        *sums[i] += more[i];
    into->nameless |= row->nameless;
    if (into->n_months == 0 || row->month < into->month)
        into->month = row->month;
    uint32_t at = into->n_months++;
    for (; at > 0 && into->months[at - 1] > row->month; at--)
        into->months[at] = into->months[at - 1];
    into->months[at] = row->month;
    /* A site in two months counts once at most in the larger of its shares: squares of
     * sums are not sums of squares, so the pool is taken to have the sites of its months. */
    pool->squares += s->squares;
    pool->weight += s->weight;
    pool->largest = s->largest > pool->largest ? s->largest : pool->largest;
    for (uint32_t p = 0; p < n_parts; p++) {
        pool->parts[p].scored += s->parts[p].scored;
        pool->parts[p].captured_old += s->parts[p].captured_old;
        pool->parts[p].published_old += s->parts[p].published_old;
    }
}

/* What a month is in now: itself, or its pool. */
static const struct em_stratum *pool_unit(const struct em_strata *rows, uint32_t i)
{
    const struct em_stratum *s = &rows->items[i];
    return s->into ? &rows->items[s->into - 1] : s;
}

/* One round: all months of a quarter (or year) in which one unit is too small become one. */
static enum em_status pool_round(struct em_strata *rows, uint32_t n, bool quarter,
                                 struct em_buf *key)
{
    struct em_stratum *pool;
    for (uint32_t i = 0; i < n; i++) {
        const struct em_stratum *s = &rows->items[i];
        if (s->row.doubtful || pool_unit(rows, i)->row.scored >= EM_QUANTIFY_LEAST)
            continue;
        EM_TRY(pool_key(key, s, quarter));
        EM_TRY(em_strata_find(rows, em_buf_view(key), true, &pool));
    }
    for (uint32_t i = 0; i < n; i++) {
        struct em_stratum *s = &rows->items[i];
        if (s->row.doubtful)
            continue;
        EM_TRY(pool_key(key, s, quarter));
        EM_TRY(em_strata_find(rows, em_buf_view(key), false, &pool));
        if (!pool)
            continue;
        if (s->into)
            rows->items[s->into - 1].row.documents = 0; /* nothing is left in it */
        pool_add(pool, s, rows->n_parts);
        s->into = (uint32_t)(pool - rows->items) + 1;
    }
    return EM_OK;
}

/* A pool of one month is that month. */
static void pool_single(struct em_strata *rows, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct em_stratum *s = &rows->items[i];
        if (s->into && rows->items[s->into - 1].row.n_months == 1) {
            rows->items[s->into - 1].row.documents = 0;
            s->into = 0;
        }
    }
}

enum em_status em_prevalence_pool(struct em_strata *rows)
{
    struct em_buf key;
    uint32_t n = rows->n;
    em_buf_init(&key, 2048);
    enum em_status status = pool_round(rows, n, true, &key);
    if (status == EM_OK)
        status = pool_round(rows, n, false, &key);
    pool_single(rows, n);
    em_buf_release(&key);
    return status;
}

void em_prevalence_label(struct em_prevalence_row *row, bool months)
{
    uint32_t first = row->months[0],
             last = row->n_months ? row->months[row->n_months - 1] : 0;
    if (row->doubtful)
        row->label[0] = '\0';
    else if (!months)
        snprintf(row->label, sizeof(row->label), "all");
    else if (row->n_months == 0)
        em_month_format(row->month, row->label);
    else if (first / 3 == last / 3)
        snprintf(row->label, sizeof(row->label), "%04u-Q%u", (first / 12) % 10000,
                 first % 12 / 3 + 1);
    else
        snprintf(row->label, sizeof(row->label), "%04u", (first / 12) % 10000);
}
