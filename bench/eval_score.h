/* SPDX-License-Identifier: Apache-2.0
 *
 * How extraction is scored, by group of pages: segments found (scoring A), shingles (B) and
 * bags of words (C) as tests/conformance/extract.sh says; for eval_extract and train_blocks.
 */
#ifndef EM_BENCH_EVAL_SCORE_H
#define EM_BENCH_EVAL_SCORE_H

#include "base/hash.h"
#include "base/utf8.h"
#include "bench/eval_words.h"

enum { MAX_GROUPS = 64 };

struct group {
    char name[64];
    double tp, fp, fn; /* segments (A) or sums of P, R, F (B, C) */
    double pages, precision_pages, recall_pages;
    double precision, recall, f;
};

static struct group groups[MAX_GROUPS];
static size_t n_groups;
static bool show_pages;

static struct group *group_of(const char *set, const char *type, int half)
{
    char name[64];
    snprintf(name, sizeof(name), "%.16s %.24s half %d", set, type, half);
    for (size_t i = 0; i < n_groups; i++)
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    if (n_groups == MAX_GROUPS)
        exit(2);
    memcpy(groups[n_groups].name, name, sizeof(name));
    return &groups[n_groups++];
}

/* White space runs as one space. */
static char *squeeze_runs(struct em_view v)
{
    char *out = malloc(v.len + 1);
    size_t n = 0;
    bool blank = true;
    for (size_t i = 0; out && i < v.len; i++) {
        bool space = (unsigned char)v.data[i] <= ' ';
        if (space && v.len - i > 0 && blank)
            continue;
        out[n++] = space ? ' ' : v.data[i];
        blank = space;
    }
    if (out)
        out[n] = '\0';
    return out;
}

static void score_segments(struct group *g, const char *id, struct em_view text,
                           struct em_view gold)
{
    char *have = squeeze_runs(text);
    double tp = 0, fp = 0, fn = 0;
    while (gold.len) {
        size_t end = em_view_find(gold, 0, EM_VIEW("\n"));
        char *want = squeeze_runs(em_view_sub(gold, 1, end - 1));
        bool found = want && have && strstr(have, want);
        if (gold.data[0] == '+') {
            tp += found;
            fn += !found;
        } else {
            fp += found;
        }
        if (show_pages && found != (gold.data[0] == '+'))
            printf("%s\t%c\t%s\n", id, gold.data[0], want);
        free(want);
        gold = em_view_sub(gold, end + 1, gold.len);
    }
    g->tp += tp;
    g->fp += fp;
    g->fn += fn;
    g->pages++;
    free(have);
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Size of the common part of two multisets; sorts both. */
static size_t common(uint64_t *a, size_t na, uint64_t *b, size_t nb)
{
    qsort(a, na, sizeof(*a), compare);
    qsort(b, nb, sizeof(*b), compare);
    size_t n = 0;
    for (size_t i = 0, j = 0; i < na && j < nb;) {
        if (a[i] == b[j]) {
            n++;
            i++;
            j++;
        } else if (a[i] < b[j]) {
            i++;
        } else {
            j++;
        }
    }
    return n;
}

/* Hashes of n-grams of the words, in place; a shorter text is one. */
static size_t shingle(uint64_t *words, size_t n, size_t k)
{
    if (n == 0 || k == 1)
        return n;
    size_t grams = n >= k ? n - k + 1 : 1, width = n >= k ? k : n;
    for (size_t i = 0; i < grams; i++)
        words[i] = em_hash64(words + i, width * sizeof(*words), 7);
    return grams;
}

static void score_words(struct group *g, const char *id, struct em_view text,
                        struct em_view gold, bool shingles)
{
    struct em_words a, b;
    em_words_of(text, !shingles, &a);
    em_words_of(gold, !shingles, &b);
    a.n = shingle(a.hashes, a.n, shingles ? 4 : 1);
    b.n = shingle(b.hashes, b.n, shingles ? 4 : 1);
    double tp = (double)common(a.hashes, a.n, b.hashes, b.n);
    double p = a.n ? tp / (double)a.n : 0, r = b.n ? tp / (double)b.n : 0;
    double f = p + r > 0 ? 2 * p * r / (p + r) : 0;
    if (!a.n && !b.n)
        p = r = f = 1;
    g->pages++;
    g->precision_pages += a.n > 0;
    g->recall_pages += b.n > 0;
    g->precision += p;
    g->recall += r;
    g->f += f;
    if (show_pages)
        printf("%s\tP %.3f R %.3f F %.3f\n", id, p, r, f);
    free(a.hashes);
    free(b.hashes);
}

static void report(void)
{
    for (size_t i = 0; i < n_groups; i++) {
        const struct group *g = &groups[i];
        double p, r, f;
        if (strncmp(g->name, "traf", 4) == 0) {
            p = g->tp / (g->tp + g->fp);
            r = g->tp / (g->tp + g->fn);
            f = 2 * g->tp / (2 * g->tp + g->fp + g->fn);
        } else {
            p = g->precision / g->precision_pages;
            r = g->recall / g->recall_pages;
            f = strncmp(g->name, "aeb", 3) == 0 ? 2 * p * r / (p + r) : g->f / g->pages;
        }
        printf("%-32s pages %5.0f  P %.3f  R %.3f  F %.4f\n", g->name, g->pages, p, r, f);
    }
}

/* Scores `text` against `gold` in the groups of a list line. */
static void score_text(char **field, struct em_view text, struct em_view gold)
{
    const char *types[] = {field[1], "all"};
    bool pages = show_pages;
    for (size_t i = 0; i < 2; i++) {
        struct group *g = group_of(field[0], types[i], field[2][0] == '1');
        show_pages = pages && i == 1;
        if (strncmp(field[0], "traf", 4) == 0)
            score_segments(g, field[3], text, gold);
        else
            score_words(g, field[3], text, gold, strncmp(field[0], "aeb", 3) == 0);
    }
    show_pages = pages;
}

#endif
