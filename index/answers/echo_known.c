/* SPDX-License-Identifier: Apache-2.0
 *
 * Which item of a reference set a passage is. An item found in several of the passage's sites
 * is what they share; one found in the first document only may stand elsewhere in it.
 */
#include "index/answers/echo_private.h"

#include "base/alloc.h"
#include "index/refs/refs.h"

#include <stdlib.h>

enum { LOOKED_AT = 16 }; /* sites of a passage, the first ones */

struct source {
    uint64_t reference;
    size_t echo;
    bool first;
};

/* How well an item fits a passage. */
struct fit {
    uint32_t sites, words; /* that have it; the most found in one of them */
    double contained;      /* share of the item in the first document, else in that one */
    bool first;            /* the first document has it */
};

struct known_work {
    struct em_echoes *out;
    struct source *sources;
    size_t n;
    struct fit *now, *best; /* one a passage: of the item being read, and so far */
    size_t *touched, n_touched;
    struct em_buf item;  /* its set, item and model, one after the other */
    struct em_hit named; /* with its views into it */
};

static int by_reference(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    if (x->reference != y->reference)
        return x->reference < y->reference ? -1 : 1;
    return (x->echo > y->echo) - (x->echo < y->echo);
}

static bool fit_shared(const struct em_echo *e, const struct fit *f)
{
    size_t sites = e->n_sites < LOOKED_AT ? e->n_sites : LOOKED_AT;
    return f->sites >= 2 && 2 * (size_t)f->sites >= sites;
}

static bool fit_better(const struct em_echo *e, const struct fit *a, const struct fit *b)
{
    bool shared = fit_shared(e, a);
    if (shared != fit_shared(e, b))
        return shared;
    if (!shared)
        return a->first && (!b->first || a->words > b->words);
    return a->sites != b->sites ? a->sites > b->sites : a->words > b->words;
}

static enum em_status known_note(struct em_echo *e, const struct em_hit *hit,
                                 const struct fit *f)
{
    em_buf_clear(&e->known);
    EM_TRY(em_buf_append_view(&e->known, hit->set));
    EM_TRY(em_buf_append_view(&e->known, hit->item));
    EM_TRY(em_buf_append_view(&e->known, hit->model));
    struct em_view all = em_buf_view(&e->known);
    e->set = em_view_sub(all, 0, hit->set.len);
    e->item = em_view_sub(all, hit->set.len, hit->item.len);
    e->model = em_view_sub(all, hit->set.len + hit->item.len, hit->model.len);
    e->shared_item = fit_shared(e, f);
    e->set_kind = hit->kind;
    e->contained = f->contained;
    return EM_OK;
}

/* The item has been read: where it fits better than what was there, it takes its place. */
static enum em_status item_settle(struct known_work *w)
{
    for (size_t i = 0; i < w->n_touched; i++) {
        size_t k = w->touched[i];
        struct em_echo *e = &w->out->list[k];
        if (fit_better(e, &w->now[k], &w->best[k])) {
            w->best[k] = w->now[k];
            EM_TRY(known_note(e, &w->named, &w->now[k]));
        }
        w->now[k] = (struct fit){.sites = 0};
    }
    w->n_touched = 0;
    return EM_OK;
}

static enum em_status item_begin(struct known_work *w, const struct em_hit *hit)
{
    em_buf_clear(&w->item);
    EM_TRY(em_buf_append_view(&w->item, hit->set));
    EM_TRY(em_buf_append_view(&w->item, hit->item));
    EM_TRY(em_buf_append_view(&w->item, hit->model));
    struct em_view all = em_buf_view(&w->item);
    w->named = *hit;
    w->named.set = em_view_sub(all, 0, hit->set.len);
    w->named.item = em_view_sub(all, hit->set.len, hit->item.len);
    w->named.model = em_view_sub(all, hit->set.len + hit->item.len, hit->model.len);
    return EM_OK;
}

static void known_touch(struct known_work *w, const struct source *source,
                        const struct em_hit *hit)
{
    struct fit *f = &w->now[source->echo];
    if (f->sites++ == 0)
        w->touched[w->n_touched++] = source->echo;
    if (source->first || (!f->first && hit->words > f->words))
        f->contained = (double)hit->contained;
    f->first |= source->first;
    if (hit->words > f->words)
        f->words = hit->words;
}

static enum em_status hit_try(struct known_work *w, const struct em_hit *hit)
{
    size_t low = 0, high = w->n;
    if (!em_view_eq(hit->set, w->named.set) || !em_view_eq(hit->item, w->named.item)) {
        EM_TRY(item_settle(w));
        EM_TRY(item_begin(w, hit));
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (w->sources[middle].reference < hit->reference)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < w->n && w->sources[low].reference == hit->reference; low++)
        known_touch(w, &w->sources[low], hit);
    return EM_OK;
}

static enum em_status hits_read(struct em_echo_work *work, struct known_work *w)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_hit hit;
    enum em_status status;
    EM_TRY(em_cursor_open(&cursor, work->store, EM_TABLE_HITS, EM_VIEW_NONE, work->err));
    while ((status = em_cursor_next(cursor, &key, &value, work->err)) == EM_OK) {
        status = em_hit_read(&hit, key, value);
        if (status == EM_OK)
            status = hit_try(w, &hit);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : item_settle(w);
}

static void known_sources(struct known_work *w)
{
    for (size_t i = 0; i < w->out->n; i++) {
        const struct em_echo *e = &w->out->list[i];
        for (size_t k = 0; k < e->n_sites && k < LOOKED_AT; k++)
            if (e->sites[k].reference)
                w->sources[w->n++] = (struct source){e->sites[k].reference, i, k == 0};
    }
    if (w->n > 1)
        qsort(w->sources, w->n, sizeof(w->sources[0]), by_reference);
}

enum em_status em_echo_find_known(struct em_echo_work *work)
{
    struct known_work w = {.out = work->out};
    size_t n = work->out->n, sites = 0;
    if (n == 0)
        return EM_OK;
    for (size_t i = 0; i < n; i++)
        sites += work->out->list[i].n_sites < LOOKED_AT ? work->out->list[i].n_sites
                                                        : LOOKED_AT;
    w.sources = em_calloc(sites + 1, sizeof(w.sources[0]));
    w.now = em_calloc(n, sizeof(w.now[0]));
    w.best = em_calloc(n, sizeof(w.best[0]));
    w.touched = em_calloc(n, sizeof(w.touched[0]));
    em_buf_init(&w.item, EM_MAX_VALUE);
    enum em_status status = EM_ERR_NOMEM;
    if (w.sources && w.now && w.best && w.touched) {
        known_sources(&w);
        status = hits_read(work, &w);
    }
    em_free(w.sources);
    em_free(w.now);
    em_free(w.best);
    em_free(w.touched);
    em_buf_release(&w.item);
    return status;
}

/* --- who wrote it --------------------------------------------------------------------------- */

enum em_echo_written em_echo_written(const struct em_echo *e)
{
    if (e->shared_item && e->set_kind == EM_REFS_MODEL_OUTPUT)
        return EM_ECHO_WRITTEN_KNOWN;
    if (e->shared_item && e->set_kind == EM_REFS_HUMAN)
        return EM_ECHO_WRITTEN_HUMAN;
    if (e->scored)
        return e->score_kind == EM_VERDICT_MACHINE ? EM_ECHO_WRITTEN_MACHINE
               : e->score_kind == EM_VERDICT_HUMAN ? EM_ECHO_WRITTEN_HUMAN
                                                   : EM_ECHO_WRITTEN_UNCLEAR;
    if (2 * e->own_machine > e->own)
        return EM_ECHO_WRITTEN_MACHINE;
    return 2 * e->own_human > e->own ? EM_ECHO_WRITTEN_HUMAN : EM_ECHO_WRITTEN_UNCLEAR;
}

const char *em_echo_written_name(enum em_echo_written written)
{
    static const char *const names[] = {"unclear", "human", "machine", "known"};
    return names[written];
}
