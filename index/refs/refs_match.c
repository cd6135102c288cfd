/* SPDX-License-Identifier: Apache-2.0
 *
 * From a document's prints to matches: see refs_match.h for the steps and the rules.
 */
#include "index/refs/refs_match.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "index/refs/refs_align.h"

#include <math.h>
#include <stdlib.h>

enum {
    AHEAD = 8,        /* prints whose lines are fetched in advance */
    SHORT_SHARE = 80, /* per cent of an item shorter than t words */
    SHORT_WORDS = 8,  /* nor fewer words: "I will be happy to help you" is nobody's */
    SURE_WORDS = 20,  /* decon: a question of up to so many words must be there whole */
    LOOSE_WORDS = 50, /* from so many on, LOOSE of it */
    HALF_WORDS = 30,
    ALONE_WORDS = 20, /* an answer of so many without its question is a leak of its own */
};
#define LOOSE 0.8
#define Z95   1.959964

/* What was found of one text of an item. */
struct part {
    bool there; /* the item has one */
    uint32_t found, of, prints, of_prints, of_runs;
};

/* A match under consideration. */
struct candidate {
    struct em_match match;
    uint32_t set, item;
    size_t first_stretch;
};

struct em_refs_matcher {
    const struct em_refs_sets *sets;
    struct em_seed *seeds;
    size_t n_seeds, cap_seeds;
    struct em_aligner aligner;
    struct candidate *candidates;
    size_t n_candidates, cap_candidates;
    struct em_stretch *stretches; /* of all candidates */
    size_t n_stretches, cap_stretches;
    struct em_match matches[EM_MAX_MATCHES];
};

enum em_status em_refs_matcher_new(struct em_refs_matcher **out,
                                   const struct em_refs_sets *sets)
{
    *out = em_calloc(1, sizeof(**out));
    if (!*out)
        return EM_ERR_NOMEM;
    (*out)->sets = sets;
    return EM_OK;
}

void em_refs_matcher_free(struct em_refs_matcher *matcher)
{
    if (!matcher)
        return;
    em_aligner_release(&matcher->aligner);
    em_free(matcher->seeds);
    em_free(matcher->candidates);
    em_free(matcher->stretches);
    em_free(matcher);
}

void em_refs_begin(struct em_refs_matcher *matcher)
{
    matcher->n_seeds = 0;
}

/* --- looking up ------------------------------------------------------------------------- */

static inline const uint64_t *line_at(const struct em_refs *r, uint64_t hash)
{
    return r->hashes + em_refs_line(hash, r->header.n_lines) * EM_REFS_LINE;
}

/* Index of a hash in the tables, or UINT64_MAX. The last slot of all is empty, so that the
 * search ends within them. */
static inline uint64_t refs_match_find(const struct em_refs *r, uint64_t hash)
{
    const uint64_t *p = line_at(r, hash);
    for (;; p++) {
        if (*p == hash)
            return (uint64_t)(p - r->hashes);
        if (*p == 0 || *p > hash)
            return UINT64_MAX;
    }
}

static enum em_status add_seed(struct em_refs_matcher *m, size_t set, uint64_t place,
                               uint32_t at_text)
{
    const struct em_refs *r = m->sets->sets[set];
    uint64_t piece = place >> 32;
    uint32_t at = (uint32_t)place;
    if (piece >= r->header.n_pieces || at >= r->pieces[piece].n_words)
        return EM_OK; /* not a file that the builder wrote */
    if (m->n_seeds == EM_MAX_REFS_SEEDS)
        return EM_OK;
    if (m->n_seeds == m->cap_seeds) {
        size_t cap = m->cap_seeds ? 2 * m->cap_seeds : 1024;
        void *grown = em_realloc_array(m->seeds, cap, sizeof(m->seeds[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        m->seeds = grown;
        m->cap_seeds = cap;
    }
    m->seeds[m->n_seeds++] =
        (struct em_seed){(uint32_t)set, (uint32_t)piece, at_text, at};
    return EM_OK;
}

static enum em_status add_found(struct em_refs_matcher *m, size_t set, uint64_t slot,
                                uint32_t at_text)
{
    const struct em_refs *r = m->sets->sets[set];
    uint64_t value = r->values[slot];
    if (!(value & EM_VALUE_LIST))
        return add_seed(m, set, value, at_text);
    uint64_t at = value & ~EM_VALUE_LIST;
    if (at >= r->n_postings || r->postings[at] > r->n_postings - at - 1 ||
        r->postings[at] > r->header.common_after)
        return EM_OK;
    for (uint64_t i = 0; i < r->postings[at]; i++)
        EM_TRY(add_seed(m, set, r->postings[at + 1 + i], at_text));
    return EM_OK;
}

enum em_status em_refs_look(struct em_refs_matcher *matcher, size_t set,
                            const struct em_print *prints, size_t n, bool *found)
{
    const struct em_refs *r = matcher->sets->sets[set];
    for (size_t i = 0; i < n && i < AHEAD; i++)
        __builtin_prefetch(line_at(r, em_refs_key(prints[i].hash)));
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(line_at(r, em_refs_key(prints[i + AHEAD].hash)));
        uint64_t slot = refs_match_find(r, em_refs_key(prints[i].hash));
        if (EM_UNLIKELY(slot != UINT64_MAX))
            EM_TRY(add_found(matcher, set, slot, prints[i].word));
    }
    *found = matcher->n_seeds > 0;
    return EM_OK;
}

/* --- matching --------------------------------------------------------------------------- */

static int refs_match_by_place(const void *x, const void *y)
{
    const struct em_seed *a = x, *b = y;
    if (a->set != b->set)
        return a->set < b->set ? -1 : 1;
    if (a->piece != b->piece)
        return a->piece < b->piece ? -1 : 1;
    if (a->at_text != b->at_text)
        return a->at_text < b->at_text ? -1 : 1;
    return a->at_piece < b->at_piece ? -1 : a->at_piece > b->at_piece;
}

/* 95 % interval of a share of which n of N were drawn, x of them hits. */
static void interval(double x, double n, double all, float *low, float *high)
{
    *low = 0;
    *high = 1;
    if (n < 1)
        return;
    double p = x / n;
    if (n >= all) {
        *low = *high = (float)p;
        return;
    }
    n *= (all - 1) / (all - n); /* drawing without replacement tells more */
    double z2 = Z95 * Z95, middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *low = (float)fmax(0, middle - half);
    *high = (float)fmin(1, middle + half);
}

static enum em_status add_stretch(struct em_refs_matcher *m, struct candidate *c,
                                  struct em_stretch stretch)
{
    if (c->match.n_stretches == EM_MAX_MATCH_STRETCHES)
        return EM_OK;
    if (m->n_stretches == m->cap_stretches) {
        size_t cap = m->cap_stretches ? 2 * m->cap_stretches : 256;
        void *grown = em_realloc_array(m->stretches, cap, sizeof(m->stretches[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        m->stretches = grown;
        m->cap_stretches = cap;
    }
    m->stretches[m->n_stretches++] = stretch;
    c->match.n_stretches++;
    return EM_OK;
}

/* Runs of the last alignment to stretches of the document. The longest one becomes the
 * match's place, when this is the part that says where. */
static enum em_status add_stretches(struct em_refs_matcher *m, struct candidate *c,
                                    bool place)
{
    const struct em_aligner *a = &m->aligner;
    uint32_t longest = 0;
    for (size_t i = 0; i < a->n_runs;) {
        uint32_t from = a->runs[i].at_text, end, counted = 0;
        do {
            end = a->runs[i].at_text + a->runs[i].n;
            counted += a->runs[i].counted;
            i++;
        } while (i < a->n_runs && a->runs[i].at_text < end + EM_REFS_MERGE);
        struct em_stretch stretch = {a->words[from].start, a->words[end - 1].end};
        if (place && counted > longest) {
            longest = counted;
            c->match.start = stretch.start;
            c->match.end = stretch.end;
        }
        if (counted)
            EM_TRY(add_stretch(m, c, stretch));
    }
    return EM_OK;
}

static void fill_part(struct part *part, const struct em_refs *r,
                      const struct em_refs_piece *piece)
{
    part->there = true;
    part->of = piece->n_counted;
    part->of_prints = piece->n_prints;
    part->of_runs = piece->n_words >= r->header.k ? piece->n_words - r->header.k + 1 : 0;
}

/* Lay each text of the item along the document. `seeds` are the item's, by piece. */
static enum em_status align_parts(struct em_refs_matcher *m, const struct em_refs *r,
                                  uint32_t first, uint32_t last,
                                  const struct em_seed *seeds, size_t n,
                                  struct candidate *c, struct part parts[EM_REFS_PARTS])
{
    bool placed = false;
    size_t i = 0;
    for (uint32_t p = first; p < last; p++) {
        const struct em_refs_piece *piece = &r->pieces[p];
        struct part *part = &parts[piece->part];
        size_t from = i;
        fill_part(part, r, piece);
        while (i < n && seeds[i].piece == p)
            i++;
        if (i == from)
            continue;
        EM_TRY(em_align(&m->aligner, r, piece, seeds + from, i - from));
        part->found = m->aligner.found;
        part->prints = m->aligner.prints;
        if (part->found) {
            EM_TRY(add_stretches(m, c, !placed));
            placed = true;
        }
    }
    return EM_OK;
}

/* The number of the first word that begins at or after a byte. */
static uint32_t word_at(const struct em_aligner *a, uint32_t byte)
{
    uint32_t low = 0, high = a->n_words;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (a->words[middle].start < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* An answer too short to have prints, near the question. */
static void find_answer(const struct em_refs_matcher *m, const struct em_refs *r,
                        uint32_t first, uint32_t last, const struct candidate *c,
                        struct part parts[EM_REFS_PARTS])
{
    const struct em_aligner *a = &m->aligner;
    for (uint32_t p = first; p < last; p++) {
        const struct em_refs_piece *piece = &r->pieces[p];
        if (piece->part != EM_REFS_ANSWER || piece->n_words >= r->header.k ||
            !parts[EM_REFS_QUESTION].found)
            continue;
        uint32_t begin = word_at(a, c->match.start), end = word_at(a, c->match.end);
        uint32_t until =
            a->n_words - end > EM_REFS_NEAR ? end + EM_REFS_NEAR : a->n_words;
        uint32_t from = begin > EM_REFS_NEAR ? begin - EM_REFS_NEAR : 0;
        if (em_align_find(a, r, piece, end, until) != UINT32_MAX ||
            em_align_find(a, r, piece, from, begin) != UINT32_MAX)
            parts[EM_REFS_ANSWER].found = piece->n_counted;
    }
}

static double refs_match_share(const struct part *part)
{
    return part->of ? (double)part->found / part->of : 0;
}

/* A long answer whose question is not there, but for words that the answer repeats:
 * solutions get posted by themselves. */
static bool answer_alone(const struct part parts[EM_REFS_PARTS])
{
    return parts[EM_REFS_QUESTION].there &&
           refs_match_share(&parts[EM_REFS_QUESTION]) < 0.5 &&
           parts[EM_REFS_ANSWER].found >= ALONE_WORDS;
}

/* Words of both, and half of all of them: no coincidence, whatever the question's share. */
static bool half_of_both(const struct part parts[EM_REFS_PARTS])
{
    const struct part *q = &parts[EM_REFS_QUESTION], *a = &parts[EM_REFS_ANSWER];
    return q->found && a->found && q->found + a->found >= HALF_WORDS &&
           2 * ((uint64_t)q->found + a->found) >= (uint64_t)q->of + a->of;
}

/* How much of the item is here: question, answer and passage weighted as decon does. */
static double contained(const struct part parts[EM_REFS_PARTS])
{
    if (parts[EM_REFS_TEXT].there)
        return refs_match_share(&parts[EM_REFS_TEXT]);
    if (answer_alone(parts))
        return refs_match_share(&parts[EM_REFS_ANSWER]);
    bool q = parts[EM_REFS_QUESTION].there, a = parts[EM_REFS_ANSWER].there,
         p = parts[EM_REFS_PASSAGE].there;
    double wa = a ? p || !q ? 0.2 : 0.25 : 0, wp = p ? a || !q ? 0.1 : 0.15 : 0;
    double wq = q ? 1 - wa - wp : 0;
    double weighted = (wq * refs_match_share(&parts[EM_REFS_QUESTION]) +
                       wa * refs_match_share(&parts[EM_REFS_ANSWER]) +
                       wp * refs_match_share(&parts[EM_REFS_PASSAGE])) /
                      (wq + wa + wp);
    if (!half_of_both(parts))
        return weighted;
    double both = (double)(parts[EM_REFS_QUESTION].found + parts[EM_REFS_ANSWER].found) /
                  (double)(parts[EM_REFS_QUESTION].of + parts[EM_REFS_ANSWER].of);
    return both > weighted ? both : weighted;
}

/* Short questions occur by chance: they must be there whole. */
static double required(uint32_t words)
{
    if (words <= SURE_WORDS)
        return 1;
    if (words >= LOOSE_WORDS)
        return LOOSE;
    return 1 - (1 - LOOSE) * (words - SURE_WORDS) / (LOOSE_WORDS - SURE_WORDS);
}

static bool worth_reporting(const struct em_refs *r, const struct em_match *match,
                            const struct part parts[EM_REFS_PARTS])
{
    const uint32_t k = r->header.k, t = r->header.t;
    const double hair = 1e-6; /* sums of weights */
    if (match->words < k)
        return false;
    if (parts[EM_REFS_TEXT].there)
        return match->words >= t ||
               (match->words >= SHORT_WORDS &&
                (uint64_t)match->words * 100 >= (uint64_t)SHORT_SHARE * match->of);
    const struct part *q = &parts[EM_REFS_QUESTION];
    const struct part *main =
        q->there && !answer_alone(parts) ? q : &parts[EM_REFS_ANSWER];
    double need = required(main->of) - hair;
    return (double)match->contained >= need ||
           (q->found >= t && refs_match_share(q) >= need) || half_of_both(parts);
}

static enum em_status add_candidate(struct em_refs_matcher *m, const struct candidate *c)
{
    if (m->n_candidates == m->cap_candidates) {
        size_t cap = m->cap_candidates ? 2 * m->cap_candidates : 64;
        void *grown = em_realloc_array(m->candidates, cap, sizeof(m->candidates[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        m->candidates = grown;
        m->cap_candidates = cap;
    }
    m->candidates[m->n_candidates++] = *c;
    return EM_OK;
}

/* `seeds` are those of one item. */
static enum em_status try_item(struct em_refs_matcher *m, const struct em_seed *seeds,
                               size_t n)
{
    const struct em_refs *r = m->sets->sets[seeds[0].set];
    const struct em_refs_piece *piece = &r->pieces[seeds[0].piece];
    struct part parts[EM_REFS_PARTS] = {{.there = false}};
    struct candidate c = {.set = seeds[0].set, .item = piece->item};
    uint32_t first = seeds[0].piece, last = first + 1;
    while (first > 0 && r->pieces[first - 1].item == piece->item)
        first--;
    while (last < r->header.n_pieces && r->pieces[last].item == piece->item)
        last++;
    c.first_stretch = m->n_stretches;
    EM_TRY(align_parts(m, r, first, last, seeds, n, &c, parts));
    find_answer(m, r, first, last, &c, parts);
    struct em_match *match = &c.match;
    uint32_t prints = 0, of_prints = 0, runs = 0;
    for (int i = 0; i < EM_REFS_PARTS; i++) {
        match->words += parts[i].found;
        match->of += parts[i].of;
        prints += parts[i].prints;
        of_prints += parts[i].of_prints;
        runs += parts[i].of_runs;
    }
    match->contained = (float)contained(parts);
    if (!worth_reporting(r, match, parts)) {
        m->n_stretches = c.first_stretch;
        return EM_OK;
    }
    interval(prints, of_prints, runs, &match->low, &match->high);
    match->set = r->strings[0];
    match->model = r->strings[1];
    match->since = r->strings[3];
    match->kind = em_refs_kind_name((enum em_refs_kind)r->header.kind);
    match->item = em_view_make(r->ids + piece->id, piece->id_len);
    return add_candidate(m, &c);
}

static int refs_match_by_size(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    if (a->match.words != b->match.words)
        return a->match.words > b->match.words ? -1 : 1;
    if (a->match.contained != b->match.contained)
        return a->match.contained > b->match.contained ? -1 : 1;
    if (a->set != b->set)
        return a->set < b->set ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static int by_start(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    if (a->match.start != b->match.start)
        return a->match.start < b->match.start ? -1 : 1;
    if (a->set != b->set)
        return a->set < b->set ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static bool inside(const struct candidate *c, const struct candidate *larger, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (larger[i].set == c->set && larger[i].match.start <= c->match.start &&
            larger[i].match.end >= c->match.end)
            return true;
    return false;
}

/* The largest ones that do not lie in others, in the order of the text. */
static size_t refs_match_choose(struct em_refs_matcher *m)
{
    size_t n = 0;
    if (m->n_candidates > 1)
        qsort(m->candidates, m->n_candidates, sizeof(m->candidates[0]),
              refs_match_by_size);
    for (size_t i = 0; i < m->n_candidates && n < EM_MAX_MATCHES; i++)
        if (!inside(&m->candidates[i], m->candidates, n))
            m->candidates[n++] = m->candidates[i];
    if (n > 1)
        qsort(m->candidates, n, sizeof(m->candidates[0]), by_start);
    for (size_t i = 0; i < n; i++) {
        m->matches[i] = m->candidates[i].match;
        m->matches[i].stretches = m->stretches + m->candidates[i].first_stretch;
    }
    return n;
}

enum em_status em_refs_match(struct em_refs_matcher *matcher,
                             const struct em_print_word *words, size_t n,
                             const struct em_match **matches, size_t *n_matches)
{
    struct em_refs_matcher *m = matcher;
    *n_matches = 0;
    *matches = m->matches;
    m->n_candidates = m->n_stretches = 0;
    if (m->n_seeds == 0)
        return EM_OK;
    EM_TRY(em_align_document(&m->aligner, words, n));
    qsort(m->seeds, m->n_seeds, sizeof(m->seeds[0]), refs_match_by_place);
    for (size_t i = 0, j; i < m->n_seeds; i = j) {
        const struct em_refs_piece *pieces = m->sets->sets[m->seeds[i].set]->pieces;
        uint32_t item = pieces[m->seeds[i].piece].item;
        for (j = i + 1; j < m->n_seeds && m->seeds[j].set == m->seeds[i].set; j++)
            if (pieces[m->seeds[j].piece].item != item)
                break;
        EM_TRY(try_item(m, m->seeds + i, j - i));
    }
    *n_matches = refs_match_choose(m);
    return EM_OK;
}
