/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents of two authors, assembled from pairs of a human and a machine text (the same
 * question, article or product), and what is known of documents that were mixed already.
 *
 * A pair's sentences are numbered by their share of their text. A document is cut at shares
 * u1 < u2 < ...; its parts come from the two texts in turn, each the sentences between its
 * cuts. Pairs of short texts are joined with the next ones of the same data set and domain
 * until both sides have HOST_WORDS words. Drawn by em_random_at() from a fixed seed: the
 * same input gives the same documents.
 */
#ifndef EM_BENCH_MIXED_H
#define EM_BENCH_MIXED_H

#include "pipeline/labelled.h"
#include "base/alloc.h"
#include "detector/learn/metrics.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_WORDS = 150, PART_WORDS = 30, MAX_PARTS = 6, MAX_SENTENCES = 2000 };

enum mixed_kind { HUMAN, MACHINE, TAIL, HEAD, INSERT, HUMAN_INSERT, SEVERAL, KINDS };
static const char *const mixed_names[KINDS] = {"human",
                                               "machine",
                                               "human, then machine",
                                               "machine, then human",
                                               "machine within human",
                                               "human within machine",
                                               "several changes"};

struct mixed_doc {
    char *text;
    size_t len;
    enum mixed_kind kind;
    const char *source;
    size_t n;                 /* parts */
    uint32_t ends[MAX_PARTS]; /* of the parts, in bytes */
    bool machine[MAX_PARTS];
};

struct mixed_text {
    char *text, *dataset, *domain, *pair;
    size_t len;
    bool machine, old;
};

struct mixed_set {
    struct mixed_text *items;
    size_t n, cap;
    const char *only; /* lines of data sets that alone are read; or NULL */
};

static inline void *mixed_must(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return p;
}

static inline bool mixed_listed(const char *list, struct em_view name)
{
    for (const char *p = list; *p; p += strcspn(p, "\n"), p += *p == '\n')
        if (em_view_eq(em_view_make(p, strcspn(p, "\n")), name))
            return true;
    return false;
}

static inline char *mixed_copy(struct em_view v)
{
    return mixed_must(em_strndup(v.data ? v.data : "", v.len));
}

static inline enum em_status mixed_take(void *context, const struct em_labelled *row,
                                        struct em_err *err)
{
    struct mixed_set *set = context;
    (void)err;
    if (em_labelled_fate(row, "en", false, 20) != EM_EXAMPLE_KEPT ||
        row->text.len > EM_TRAIN_MAX_TEXT ||
        (set->only && !mixed_listed(set->only, row->dataset)))
        return EM_OK;
    if (set->n == set->cap) {
        set->cap = set->cap ? 2 * set->cap : 1024;
        set->items =
            mixed_must(em_realloc_array(set->items, set->cap, sizeof(*set->items)));
    }
    struct mixed_text *t = &set->items[set->n++];
    *t = (struct mixed_text){.text = mixed_copy(row->text),
                             .len = row->text.len,
                             .dataset = mixed_copy(row->dataset),
                             .domain = mixed_copy(row->domain),
                             .pair = mixed_copy(row->pair),
                             .machine = em_view_eq(row->label, EM_VIEW("machine")),
                             .old = em_model_name_is_old(row->model)};
    return EM_OK;
}

static inline void mixed_release(struct mixed_set *set)
{
    for (size_t i = 0; i < set->n; i++) {
        em_free(set->items[i].text);
        em_free(set->items[i].dataset);
        em_free(set->items[i].domain);
        em_free(set->items[i].pair);
    }
    em_free(set->items);
}

struct mixed_side {
    struct em_view at[MAX_SENTENCES];
    size_t n;
    uint32_t words;
};

/* Sentences end with . ! ? (and closing quotes) before white space, or at an empty line. */
static inline void mixed_sentences(struct em_view text, struct mixed_side *side)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len && side->n < MAX_SENTENCES; i++) {
        bool end = i + 1 == text.len;
        char c = text.data[i];
        if ((c == '.' || c == '!' || c == '?') && !end) {
            size_t j = i + 1;
            while (j < text.len && strchr("\"')", text.data[j]) && text.data[j])
                j++;
            end = j == text.len || text.data[j] == ' ' || text.data[j] == '\n';
            i = end ? j - 1 : i;
        }
        end |= c == '\n' && i + 1 < text.len && text.data[i + 1] == '\n';
        if (!end)
            continue;
        struct em_view s = em_view_sub(text, from, i + 1 - from);
        while (s.len && (s.data[0] == ' ' || s.data[0] == '\n' || s.data[0] == '\t'))
            s = em_view_sub(s, 1, s.len);
        while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\n'))
            s.len--;
        from = i + 1;
        if (s.len == 0)
            continue;
        side->words += em_count_words(s, false);
        side->at[side->n++] = s;
    }
}

/* A document of the parts that the shares in `cuts` give; false when a part is short. */
static inline bool mixed_build(const struct mixed_side sides[2], const double *cuts,
                               size_t n, bool machine_first, struct mixed_doc *doc)
{
    size_t room = 2;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s].n; i++)
            room += sides[s].at[i].len + 1;
    doc->text = mixed_must(em_malloc(room));
    doc->len = 0;
    doc->n = n;
    for (size_t p = 0; p < n; p++) {
        bool machine = machine_first ^ (p & 1);
        const struct mixed_side *side = &sides[machine];
        size_t from = (size_t)(cuts[p] * (double)side->n + 0.5),
               to = (size_t)(cuts[p + 1] * (double)side->n + 0.5);
        uint32_t words = 0;
        for (size_t i = from; i < to; i++) {
            if (doc->len)
                doc->text[doc->len++] = ' ';
            memcpy(doc->text + doc->len, side->at[i].data, side->at[i].len);
            doc->len += side->at[i].len;
            words += em_count_words(side->at[i], false);
        }
        doc->ends[p] = (uint32_t)doc->len;
        doc->machine[p] = machine;
        if (words < PART_WORDS) {
            em_free(doc->text);
            return false;
        }
    }
    doc->text[doc->len] = '\0';
    return true;
}

static inline double mixed_uniform(uint64_t seed, uint64_t *k)
{
    return (double)(em_random_at(seed, (*k)++) >> 11) * 0x1p-53;
}

static inline bool mixed_draw(const struct mixed_side sides[2], enum mixed_kind kind,
                              uint64_t seed, struct mixed_doc *doc)
{
    uint64_t k = 0;
    doc->kind = kind;
    for (int attempt = 0; attempt < 30; attempt++) {
        double cuts[MAX_PARTS + 1] = {0};
        bool machine = kind == MACHINE || kind == HEAD || kind == HUMAN_INSERT;
        size_t n = kind <= MACHINE ? 1 : kind <= HEAD ? 2 : kind <= HUMAN_INSERT ? 3 : 0;
        if (n == 0) {
            n = 4 + (size_t)(mixed_uniform(seed, &k) * 3);
            machine = mixed_uniform(seed, &k) < 0.5;
        }
        for (size_t i = 1; i < n; i++)
            cuts[i] = mixed_uniform(seed, &k);
        for (size_t i = 1; i < n; i++)
            for (size_t j = i + 1; j < n; j++)
                if (cuts[j] < cuts[i]) {
                    double swap = cuts[i];
                    cuts[i] = cuts[j];
                    cuts[j] = swap;
                }
        cuts[n] = 1;
        if (mixed_build(sides, cuts, n, machine, doc))
            return true;
    }
    return false;
}

typedef void mixed_use(void *context, struct mixed_doc *doc);

/* Documents of every kind from the pairs of `set`, at most `most` hosts a data set. */
static inline void mixed_from_pairs(const struct mixed_set *set, uint64_t seed,
                                    size_t most, mixed_use *use, void *context)
{
    static struct mixed_side sides[2];
    size_t hosts = 0;
    sides[0].n = sides[1].n = sides[0].words = sides[1].words = 0;
    const char *dataset = "", *domain = "";
    for (size_t h = 0; h < set->n; h++) {
        const struct mixed_text *human = &set->items[h], *machine = NULL;
        if (human->machine || !human->pair[0])
            continue;
        if (strcmp(human->dataset, dataset) != 0)
            hosts = 0;
        if (hosts >= most && strcmp(human->dataset, dataset) == 0)
            continue;
        /* Pairs stand near each other in no file: look through the whole data set. */
        size_t seen = 0;
        for (size_t m = 0; m < set->n; m++) {
            const struct mixed_text *t = &set->items[m];
            if (!t->machine || t->old || strcmp(t->pair, human->pair) != 0 ||
                strcmp(t->dataset, human->dataset) != 0)
                continue;
            seen++;
            if (em_random_at(seed ^ h, seen) % seen == 0)
                machine = t; /* one of all, each with the same probability */
        }
        if (!machine)
            continue;
        if (strcmp(human->dataset, dataset) != 0 || strcmp(human->domain, domain) != 0)
            sides[0].n = sides[1].n = sides[0].words = sides[1].words = 0;
        dataset = human->dataset;
        domain = human->domain;
        mixed_sentences(em_view_make(human->text, human->len), &sides[0]);
        mixed_sentences(em_view_make(machine->text, machine->len), &sides[1]);
        if (sides[0].words < HOST_WORDS || sides[1].words < HOST_WORDS)
            continue;
        for (int kind = 0; kind < KINDS; kind++) {
            struct mixed_doc doc = {.source = dataset};
            if (mixed_draw(sides, (enum mixed_kind)kind,
                           em_random_at(seed, 64 * h + (size_t)kind), &doc)) {
                use(context, &doc);
                em_free(doc.text);
            }
        }
        hosts++;
        sides[0].n = sides[1].n = sides[0].words = sides[1].words = 0;
    }
}

#endif
