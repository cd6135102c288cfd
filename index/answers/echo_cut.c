/* SPDX-License-Identifier: Apache-2.0
 *
 * Cutting a document's shared prints into passages, and asking who has them.
 */
#include "index/answers/echo_private.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>

enum {
    GAP = 8 * EM_PASSAGE_FRACTION, /* words; 0.03 % of gaps within a passage are longer */
    LOOK_BACK = 3,
};

#define AGREE 0.2

/* Sites of one print apart from the first, as sorted hashes. */
struct sites_of {
    uint64_t hashes[EM_PASSAGE_DOMAINS];
    size_t n;
};

/* One post of one print of a passage. */
struct mention {
    struct em_passage_post post;
    uint64_t site; /* hash of its domain, of the one it mirrors */
    uint64_t own;  /* hash of its domain */
};

/* A document of a site, and how many of the passage's prints it has. */
struct candidate {
    struct em_echo_site site;
    uint64_t hash, own;
    uint32_t quoted;
};

struct cutter {
    struct em_echo_work *work;
    struct em_passage passage; /* being read */
    struct sites_of back[LOOK_BACK];
    struct mention *mentions;
    size_t n_mentions, cap_mentions;
    struct candidate *candidates;
    size_t n_candidates, cap_candidates;
    uint64_t domains[EM_MAX_ECHO_PRINTS], documents[EM_MAX_ECHO_PRINTS];
    uint64_t mirrored;
};

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int echo_cut_by_place(const void *a, const void *b)
{
    const struct em_echo_print *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->word != y->word)
        return x->word < y->word ? -1 : 1;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static enum em_status read_print(struct cutter *c, const struct em_echo_print *p)
{
    char key[8];
    for (int i = 0; i < 8; i++)
        key[i] = (char)(p->hash >> (56 - 8 * i));
    return em_passage_read(
        &c->passage, em_view_make(key, sizeof(key)),
        em_view_sub(em_buf_view(&c->work->values), p->value, p->value_len));
}

static enum em_status read_sites(struct cutter *c, const struct em_echo_print *p,
                                 struct sites_of *sites)
{
    EM_TRY(read_print(c, p));
    sites->n = 0;
    for (uint32_t i = 1; i < c->passage.n; i++)
        sites->hashes[sites->n++] = em_name_hash(c->passage.posts[i].domain);
    if (sites->n > 1)
        qsort(sites->hashes, sites->n, sizeof(sites->hashes[0]), by_number);
    return EM_OK;
}

static bool agree(const struct sites_of *a, const struct sites_of *b)
{
    size_t i = 0, k = 0, both = 0;
    while (i < a->n && k < b->n) {
        if (a->hashes[i] == b->hashes[k])
            both++, i++, k++;
        else if (a->hashes[i] < b->hashes[k])
            i++;
        else
            k++;
    }
    return (double)both >= AGREE * (double)(a->n + b->n - both);
}

/* --- who has it ----------------------------------------------------------------------------- */

static int by_site_and_document(const void *a, const void *b)
{
    const struct mention *x = a, *y = b;
    if (x->own != y->own)
        return x->own < y->own ? -1 : 1;
    if (x->post.reference != y->post.reference)
        return x->post.reference < y->post.reference ? -1 : 1;
    return (x->post.word > y->post.word) - (x->post.word < y->post.word);
}

static enum em_status more_mentions(struct cutter *c)
{
    if (c->n_mentions < c->cap_mentions)
        return EM_OK;
    size_t cap = c->cap_mentions ? 2 * c->cap_mentions : 1024;
    void *more = em_realloc_array(c->mentions, cap, sizeof(c->mentions[0]));
    if (!more)
        return EM_ERR_NOMEM;
    c->mentions = more;
    c->cap_mentions = cap;
    return EM_OK;
}

static enum em_status gather_mentions(struct cutter *c, const struct em_echo_print *from,
                                      size_t n, bool *more, int64_t *end)
{
    c->n_mentions = 0;
    for (size_t i = 0; i < n; i++) {
        EM_TRY(read_print(c, &from[i]));
        c->domains[i] = em_passage_domains(&c->passage);
        c->documents[i] = c->passage.documents;
        int64_t last = c->passage.posts[c->passage.n - 1].date;
        if (c->passage.more && last < *end)
            *end = last;
        *more |= c->passage.more;
        for (uint32_t k = 0; k < c->passage.n; k++) {
            EM_TRY(more_mentions(c));
            const struct em_passage_post *p = &c->passage.posts[k];
            uint64_t own = em_name_hash(p->domain);
            c->mentions[c->n_mentions++] =
                (struct mention){*p, em_mirror_of(&c->work->mirrors, own), own};
        }
    }
    if (c->n_mentions > 1)
        qsort(c->mentions, c->n_mentions, sizeof(c->mentions[0]), by_site_and_document);
    return EM_OK;
}

static int by_site(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->own != y->own)
        return x->own < y->own ? -1 : 1;
    if (x->site.prints != y->site.prints)
        return x->site.prints > y->site.prints ? -1 : 1;
    return (x->site.reference > y->site.reference) -
           (x->site.reference < y->site.reference);
}

static int order_of(const struct candidate *x, const struct candidate *y)
{
    const struct em_passage_post a = {.domain = x->site.domain, .date = x->site.date},
                                 b = {.domain = y->site.domain, .date = y->site.date};
    return em_passage_order(&a, &b);
}

static int by_stand_in(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return order_of(x, y);
}

static int by_first(const void *a, const void *b)
{
    return order_of(a, b);
}

static enum em_status add_candidate(struct cutter *c, const struct mention *m)
{
    if (c->n_candidates == c->cap_candidates) {
        size_t cap = c->cap_candidates ? 2 * c->cap_candidates : 256;
        void *more = em_realloc_array(c->candidates, cap, sizeof(c->candidates[0]));
        if (!more)
            return EM_ERR_NOMEM;
        c->candidates = more;
        c->cap_candidates = cap;
    }
    const struct em_passage_post *p = &m->post;
    c->candidates[c->n_candidates++] = (struct candidate){
        .site = {.domain = p->domain,
                 .date = p->date,
                 .reference = p->reference,
                 .url = p->url,
                 .word = p->word},
        .hash = m->site,
        .own = m->own,
    };
    return EM_OK;
}

/* One candidate a site: its document with the most prints, when these are enough; then one
 * a group of mirrors, the first. The source itself stands whatever it has. */
static void choose_sites(struct cutter *c, uint64_t source, uint32_t needed)
{
    size_t kept = 0;
    if (c->n_candidates > 1)
        qsort(c->candidates, c->n_candidates, sizeof(c->candidates[0]), by_site);
    for (size_t i = 0; i < c->n_candidates; i++) {
        struct candidate *x = &c->candidates[i];
        bool best = i == 0 || x->own != c->candidates[i - 1].own;
        bool enough = x->site.prints >= needed || x->site.reference == source;
        x->site.quoted = 2 * x->quoted >= x->site.prints;
        if (!best)
            x->site.prints = 0; /* marked; the next one still compares `own` */
        else if (!enough)
            x->site.prints = 0;
    }
    for (size_t i = 0; i < c->n_candidates; i++)
        if (c->candidates[i].site.prints)
            c->candidates[kept++] = c->candidates[i];
    c->n_candidates = kept;
    c->mirrored = 0;
    if (!c->work->options->keep_mirrors && kept) {
        if (kept > 1)
            qsort(c->candidates, kept, sizeof(c->candidates[0]), by_stand_in);
        size_t to = 0;
        for (size_t i = 1; i < kept; i++)
            if (c->candidates[i].hash != c->candidates[to].hash)
                c->candidates[++to] = c->candidates[i];
        c->mirrored = kept - (to + 1);
        c->n_candidates = to + 1;
    }
    if (c->n_candidates > 1)
        qsort(c->candidates, c->n_candidates, sizeof(c->candidates[0]), by_first);
}

static enum em_status count_candidates(struct cutter *c)
{
    c->n_candidates = 0;
    for (size_t i = 0; i < c->n_mentions; i++) {
        const struct mention *m = &c->mentions[i];
        if (i == 0 || m->own != m[-1].own || m->post.reference != m[-1].post.reference)
            EM_TRY(add_candidate(c, m));
        struct candidate *x = &c->candidates[c->n_candidates - 1];
        x->site.prints++;
        x->quoted += m->post.quoted;
        if (m->post.date < x->site.date)
            x->site.date = m->post.date;
    }
    return EM_OK;
}

/* --- the passage ----------------------------------------------------------------------------- */

static uint64_t median(uint64_t *values, size_t n)
{
    if (n > 1)
        qsort(values, n, sizeof(values[0]), by_number);
    return values[(n - 1) / 2];
}

/* Words from the first print to the last, and what lies beyond them on average: as much as
 * between two of its prints, but no more than between two of any text. */
static uint32_t length_of(const struct em_echo_print *from, size_t n)
{
    double span = (double)(from[n - 1].word - from[0].word);
    double beyond = n > 1 ? span / (double)(n - 1) : 0;
    if (beyond > EM_PASSAGE_FRACTION)
        beyond = EM_PASSAGE_FRACTION;
    return (uint32_t)lround(span + 2 * beyond) + EM_PASSAGE_WORDS;
}

static enum em_status copy_sites(struct em_echo *echo, const struct cutter *c)
{
    size_t n = c->n_candidates < EM_ECHO_SITES ? c->n_candidates : EM_ECHO_SITES, at = 0;
    echo->sites = em_calloc(n, sizeof(echo->sites[0]));
    if (!echo->sites)
        return EM_ERR_NOMEM;
    echo->n_sites = n;
    for (size_t i = 0; i < n; i++)
        EM_TRY(em_buf_append_view(&echo->names, c->candidates[i].site.domain));
    for (size_t i = 0; i < n; i++) {
        echo->sites[i] = c->candidates[i].site;
        echo->sites[i].domain =
            em_view_sub(em_buf_view(&echo->names), at, c->candidates[i].site.domain.len);
        at += echo->sites[i].domain.len;
    }
    return EM_OK;
}

static void keep_hashes(struct em_echo *echo, const struct em_echo_print *from, size_t n)
{
    size_t kept = n < EM_ECHO_PRINTS ? n : EM_ECHO_PRINTS;
    for (size_t i = 0; i < kept; i++)
        echo->hashes[i] = from[kept > 1 ? i * (n - 1) / (kept - 1) : 0].hash;
    echo->n_hashes = kept;
}

/* Over the time it spread: up to the last first sight, which is then the clock and not an
 * event. Where domains are not all known by name, that is the last that is for every print. */
static void fit_growth(struct em_echo *echo, const struct cutter *c, int64_t end)
{
    int64_t times[EM_MAX_ECHO_SITES];
    size_t n = 0;
    int64_t first = c->candidates[0].site.date, last = first;
    echo->tenth = NAN;
    em_growth_fit(&echo->growth, 0, 0, NULL, 0, NULL);
    if (first == EM_DATE_UNKNOWN)
        return;
    if (c->n_candidates > 9 && c->candidates[9].site.date != EM_DATE_UNKNOWN)
        echo->tenth = (double)(c->candidates[9].site.date - first) / 86400;
    for (size_t i = 1; i < c->n_candidates; i++)
        if (c->candidates[i].site.date != EM_DATE_UNKNOWN &&
            c->candidates[i].site.date <= end)
            last = c->candidates[i].site.date;
    for (size_t i = 1; i < c->n_candidates && n < EM_MAX_ECHO_SITES; i++)
        if (c->candidates[i].site.date != EM_DATE_UNKNOWN &&
            c->candidates[i].site.date < last)
            times[n++] = c->candidates[i].site.date;
    em_growth_fit(&echo->growth, first, last, times, n, &c->work->exposure);
}

static enum em_status echo_cut_offer(struct cutter *c, const struct em_echo_print *from,
                                     size_t n, bool more, int64_t end)
{
    struct em_echo echo = {.prints = (uint32_t)n, .word = from[0].word, .more = more};
    em_buf_init(&echo.names, EM_ECHO_SITES * 256);
    em_buf_init(&echo.texts, 64 * EM_MIB);
    em_buf_init(&echo.known, EM_MAX_VALUE);
    echo.words = length_of(from, n);
    echo.documents = median(c->documents, n);
    echo.domains = c->n_candidates;
    echo.mirrors = c->mirrored;
    uint64_t estimate = more ? median(c->domains, n) : 0;
    if (estimate > echo.domains)
        echo.domains = estimate;
    keep_hashes(&echo, from, n);
    fit_growth(&echo, c, end);
    enum em_status status = copy_sites(&echo, c);
    if (status < 0) {
        em_echo_release(&echo);
        return status;
    }
    return em_echo_offer(c->work, &echo);
}

static enum em_status close_passage(struct cutter *c, const struct em_echo_print *from,
                                    size_t n)
{
    struct em_echo_work *w = c->work;
    bool more = false;
    int64_t end = w->out->end;
    if (n < w->options->min_prints) {
        w->out->single++;
        return EM_OK;
    }
    EM_TRY(gather_mentions(c, from, n, &more, &end));
    EM_TRY(count_candidates(c));
    double share = ceil(w->options->contained * (double)n - 1e-9);
    uint32_t needed = share > 2 ? (uint32_t)share : n > 1 ? 2 : 1;
    choose_sites(c, from[0].first, needed);
    if (c->n_candidates < w->options->min_domains) {
        w->out->unverified++;
        return EM_OK;
    }
    return echo_cut_offer(c, from, n, more, end);
}

/* A passage ends where the document does, after a gap, where the sites change, or when it is
 * as long as one may be. */
static enum em_status cut_all(struct cutter *c)
{
    const struct em_echo_print *p = c->work->prints;
    size_t from = 0;
    for (size_t i = 0; i < c->work->n_prints; i++) {
        struct sites_of sites;
        EM_TRY(read_sites(c, &p[i], &sites));
        bool joins = i > from && p[i].first == p[from].first &&
                     p[i].word - p[i - 1].word <= GAP && i - from < EM_MAX_ECHO_PRINTS;
        bool same = false;
        for (size_t k = 1; joins && k <= LOOK_BACK && k <= i - from; k++)
            same |= agree(&sites, &c->back[(i - k) % LOOK_BACK]);
        if (i > from && !same) {
            EM_TRY(close_passage(c, p + from, i - from));
            from = i;
        }
        c->back[i % LOOK_BACK] = sites;
    }
    return from < c->work->n_prints ? close_passage(c, p + from, c->work->n_prints - from)
                                    : EM_OK;
}

enum em_status em_echo_cut(struct em_echo_work *work)
{
    struct cutter *c = em_calloc(1, sizeof(*c));
    if (!c)
        return EM_ERR_NOMEM;
    c->work = work;
    if (work->n_prints > 1)
        qsort(work->prints, work->n_prints, sizeof(work->prints[0]), echo_cut_by_place);
    enum em_status status = cut_all(c);
    em_free(c->mentions);
    em_free(c->candidates);
    em_free(c);
    return status;
}
