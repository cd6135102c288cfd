/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/echo_mirror.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <stdlib.h>

enum {
    SITES_AT_MOST = 16, /* prints on more sites say little of two of them */
    MIN_SHARED = 20,
    MIN_DOCUMENTS = 5,
};

struct site {
    uint64_t hash; /* 0: free */
    uint64_t prints;
};

struct pair {
    uint64_t a, b; /* a < b; both 0: free */
    uint64_t shared;
    uint64_t documents[2][MIN_DOCUMENTS];
    uint8_t n[2];
};

struct counts {
    struct site *sites;
    struct pair *pairs;
    size_t n_sites, cap_sites, n_pairs, cap_pairs;
};

static size_t place_site(const struct counts *c, uint64_t hash)
{
    size_t at = em_mix64(hash) & (c->cap_sites - 1);
    while (c->sites[at].hash && c->sites[at].hash != hash)
        at = (at + 1) & (c->cap_sites - 1);
    return at;
}

static size_t place_pair(const struct counts *c, uint64_t a, uint64_t b)
{
    size_t at = em_mix64(a ^ em_mix64(b)) & (c->cap_pairs - 1);
    while ((c->pairs[at].a | c->pairs[at].b) &&
           (c->pairs[at].a != a || c->pairs[at].b != b))
        at = (at + 1) & (c->cap_pairs - 1);
    return at;
}

static enum em_status grow_sites(struct counts *c)
{
    struct site *old = c->sites;
    size_t cap = c->cap_sites;
    if (c->n_sites < cap / 2)
        return EM_OK;
    struct site *more = em_calloc(cap ? 2 * cap : 1024, sizeof(more[0]));
    if (!more)
        return EM_ERR_NOMEM;
    c->sites = more;
    c->cap_sites = cap ? 2 * cap : 1024;
    for (size_t i = 0; i < cap; i++)
        if (old[i].hash)
            c->sites[place_site(c, old[i].hash)] = old[i];
    em_free(old);
    return EM_OK;
}

static enum em_status grow_pairs(struct counts *c)
{
    struct pair *old = c->pairs;
    size_t cap = c->cap_pairs;
    if (c->n_pairs < cap / 2)
        return EM_OK;
    struct pair *more = em_calloc(cap ? 2 * cap : 1024, sizeof(more[0]));
    if (!more)
        return EM_ERR_NOMEM;
    c->pairs = more;
    c->cap_pairs = cap ? 2 * cap : 1024;
    for (size_t i = 0; i < cap; i++)
        if (old[i].a | old[i].b)
            c->pairs[place_pair(c, old[i].a, old[i].b)] = old[i];
    em_free(old);
    return EM_OK;
}

static void note_document(struct pair *p, int side, uint64_t reference)
{
    for (int i = 0; i < p->n[side]; i++)
        if (p->documents[side][i] == reference)
            return;
    if (p->n[side] < MIN_DOCUMENTS)
        p->documents[side][p->n[side]++] = reference;
}

static enum em_status count_pair(struct counts *c, const struct em_passage_post *x,
                                 uint64_t hx, const struct em_passage_post *y,
                                 uint64_t hy)
{
    EM_TRY(grow_pairs(c));
    bool turned = hx > hy;
    uint64_t a = turned ? hy : hx, b = turned ? hx : hy;
    struct pair *p = &c->pairs[place_pair(c, a, b)];
    if (!(p->a | p->b)) {
        p->a = a;
        p->b = b;
        c->n_pairs++;
    }
    p->shared++;
    note_document(p, turned, x->reference);
    note_document(p, !turned, y->reference);
    return EM_OK;
}

static enum em_status count_passage(struct counts *c, const struct em_passage *passage)
{
    uint64_t hashes[EM_PASSAGE_DOMAINS];
    for (uint32_t i = 0; i < passage->n; i++) {
        hashes[i] = em_name_hash(passage->posts[i].domain);
        EM_TRY(grow_sites(c));
        struct site *s = &c->sites[place_site(c, hashes[i])];
        c->n_sites += s->hash == 0;
        s->hash = hashes[i];
        s->prints++;
    }
    if (passage->n > SITES_AT_MOST)
        return EM_OK;
    for (uint32_t i = 1; i < passage->n; i++)
        for (uint32_t k = 0; k < i; k++)
            EM_TRY(count_pair(c, &passage->posts[i], hashes[i], &passage->posts[k],
                              hashes[k]));
    return EM_OK;
}

static enum em_status count_all(struct counts *c, struct em_store *store,
                                struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_passage passage;
    struct em_view key, value;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_PASSAGES, EM_VIEW_NONE, err));
    enum em_status status = EM_OK;
    for (uint64_t rows = 0; rows < EM_MIRROR_ROWS && c->n_sites < EM_MAX_MIRROR_SITES &&
                            c->n_pairs < EM_MAX_MIRROR_PAIRS;
         rows++) {
        status = em_cursor_next(cursor, &key, &value, err);
        if (status != EM_OK)
            break;
        status = em_passage_read(&passage, key, value);
        if (status == EM_OK)
            status = count_passage(c, &passage);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

/* One direction of a mirror: both ends, with what they are ranked by. */
struct edge {
    uint64_t prints, from, to;
};

static int by_rank(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->prints != y->prints)
        return x->prints > y->prints ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static bool is_mirror(const struct counts *c, const struct pair *p, uint64_t prints[2])
{
    if (p->shared < MIN_SHARED || p->n[0] < MIN_DOCUMENTS || p->n[1] < MIN_DOCUMENTS)
        return false;
    prints[0] = c->sites[place_site(c, p->a)].prints;
    prints[1] = c->sites[place_site(c, p->b)].prints;
    return 2 * p->shared >= prints[0] && 2 * p->shared >= prints[1];
}

static int by_site(const void *a, const void *b)
{
    const struct em_mirror *x = a, *y = b;
    return (x->site > y->site) - (x->site < y->site);
}

/* Sites in order of rank: whoever does not yet mirror another stands for all that mirror
 * him. `sites[...].prints` becomes 0 for those, as a mark. */
static void echo_mirror_choose(struct em_mirrors *out, struct counts *c,
                               struct edge *edges, size_t n)
{
    if (n > 1)
        qsort(edges, n, sizeof(edges[0]), by_rank);
    for (size_t i = 0; i < n; i++) {
        struct site *to = &c->sites[place_site(c, edges[i].to)];
        struct site *from = &c->sites[place_site(c, edges[i].from)];
        bool earlier = to->prints > from->prints ||
                       (to->prints == from->prints && edges[i].to < edges[i].from);
        if (from->prints == 0 || to->prints == 0 || earlier)
            continue;
        out->list[out->n++] = (struct em_mirror){edges[i].to, edges[i].from};
        to->prints = 0;
    }
    if (out->n > 1)
        qsort(out->list, out->n, sizeof(out->list[0]), by_site);
}

static enum em_status find_edges(struct em_mirrors *out, struct counts *c)
{
    uint64_t prints[2];
    size_t n = 0, at = 0;
    for (size_t i = 0; i < c->cap_pairs; i++)
        n += 2 * is_mirror(c, &c->pairs[i], prints);
    if (n == 0)
        return EM_OK;
    struct edge *edges = em_calloc(n, sizeof(edges[0]));
    out->list = em_calloc(n, sizeof(out->list[0]));
    if (!edges || !out->list) {
        em_free(edges);
        return EM_ERR_NOMEM;
    }
    for (size_t i = 0; i < c->cap_pairs; i++) {
        const struct pair *p = &c->pairs[i];
        if (!is_mirror(c, p, prints))
            continue;
        edges[at++] = (struct edge){prints[0], p->a, p->b};
        edges[at++] = (struct edge){prints[1], p->b, p->a};
    }
    echo_mirror_choose(out, c, edges, n);
    em_free(edges);
    return EM_OK;
}

enum em_status em_mirrors_find(struct em_mirrors *out, struct em_store *store,
                               struct em_err *err)
{
    struct counts c = {.n_sites = 0};
    *out = (struct em_mirrors){.n = 0};
    enum em_status status = count_all(&c, store, err);
    if (status == EM_OK)
        status = find_edges(out, &c);
    em_free(c.sites);
    em_free(c.pairs);
    if (status < 0)
        em_mirrors_release(out);
    return status;
}

void em_mirrors_release(struct em_mirrors *mirrors)
{
    em_free(mirrors->list);
    *mirrors = (struct em_mirrors){.n = 0};
}

uint64_t em_mirror_of(const struct em_mirrors *mirrors, uint64_t site)
{
    size_t low = 0, high = mirrors->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mirrors->list[middle].site < site)
            low = middle + 1;
        else
            high = middle;
    }
    return low < mirrors->n && mirrors->list[low].site == site ? mirrors->list[low].of
                                                               : site;
}
