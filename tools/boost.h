/* SPDX-License-Identifier: Apache-2.0
 *
 * Gradient boosting of oblivious trees on logistic loss (Friedman 2001; trees as in CatBoost,
 * Prokhorenkova 2018), for train_blocks. Each tree sees a sample in which a row's chance is
 * its weight. Two threads look at features of their own; the result does not depend on them.
 */
#ifndef EM_TOOLS_BOOST_H
#define EM_TOOLS_BOOST_H

#include "base/hash.h"
#include "crawler/page/forest.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 256, THREADS = 2, MOST_FEATURES = 256 };

struct boost {
    uint8_t *const *columns;
    const float *label, *weight;
    size_t n_rows, n_features;
    const uint32_t *use; /* rows to train on */
    size_t n_use;
    double rate, lambda, column_share;
    size_t sample; /* rows a tree sees, about */
    uint64_t seed;
};

struct boost_state {
    const struct boost *b;
    double *score; /* of all rows */
    float *g, *h;  /* of the sample, in its order */
    uint8_t *leaf;
    uint32_t *rows;
    size_t n, depth;
    bool use[MOST_FEATURES];
    double gain[MOST_FEATURES];
    uint8_t above[MOST_FEATURES];
    uint64_t random;
};

static void *must(void *p)
{
    if (!p)
        exit(2);
    return p;
}

static double uniform(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    return (double)(em_mix64(*state) >> 11) / 9007199254740992.0;
}

static void draw_sample(struct boost_state *t, double share)
{
    const struct boost *b = t->b;
    t->n = 0;
    for (size_t k = 0; k < b->n_use; k++) {
        uint32_t i = b->use[k];
        double chance = (double)b->weight[i] * share;
        if (chance <= 0 || uniform(&t->random) > chance)
            continue;
        double w = chance < 1 ? 1 / share : (double)b->weight[i];
        double p = 1 / (1 + exp(-t->score[i]));
        t->g[t->n] = (float)(w * ((double)b->label[i] - p));
        t->h[t->n] = (float)(w * p * (1 - p));
        t->leaf[t->n] = 0;
        t->rows[t->n++] = i;
    }
}

/* Best threshold of one feature at this level: gain summed over the leaves so far. */
static double best_split(struct boost_state *t, size_t feature, float (*hist)[BINS][2],
                         uint8_t *above)
{
    size_t leaves = (size_t)1 << t->depth;
    double lambda = t->b->lambda;
    memset(hist, 0, leaves * sizeof(*hist));
    const uint8_t *column = t->b->columns[feature];
    for (size_t k = 0; k < t->n; k++) {
        float *bin = hist[t->leaf[k]][column[t->rows[k]]];
        bin[0] += t->g[k];
        bin[1] += t->h[k];
    }
    double g[EM_TREE_LEAVES] = {0}, h[EM_TREE_LEAVES] = {0};
    double gains[BINS] = {0}, best = 0;
    for (size_t l = 0; l < leaves; l++)
        for (size_t b = 0; b < BINS; b++) {
            g[l] += (double)hist[l][b][0];
            h[l] += (double)hist[l][b][1];
        }
    for (size_t l = 0; l < leaves; l++) {
        double gl = 0, hl = 0, gain = 0;
        for (size_t b = 0; b + 1 < BINS; b++) {
            if (b == 0 || hist[l][b][1] != 0) {
                gl += (double)hist[l][b][0];
                hl += (double)hist[l][b][1];
                double gr = g[l] - gl, hr = h[l] - hl;
                gain = gl * gl / (hl + lambda) + gr * gr / (hr + lambda);
            }
            gains[b] += gain;
        }
    }
    for (size_t b = 0; b + 1 < BINS; b++)
        if (gains[b] > best) {
            best = gains[b];
            *above = (uint8_t)b;
        }
    return best;
}

struct boost_part {
    struct boost_state *t;
    size_t from;
};

static void *look_at_part(void *data)
{
    struct boost_part *part = data;
    float(*hist)[BINS][2] = must(malloc(EM_TREE_LEAVES * sizeof(*hist)));
    for (size_t f = part->from; f < part->t->b->n_features; f += THREADS)
        part->t->gain[f] =
            part->t->use[f] ? best_split(part->t, f, hist, &part->t->above[f]) : -1;
    free(hist);
    return NULL;
}

static void look_at_features(struct boost_state *t)
{
    pthread_t threads[THREADS];
    struct boost_part parts[THREADS];
    for (size_t k = 0; k < THREADS; k++) {
        parts[k] = (struct boost_part){t, k};
        if (pthread_create(&threads[k], NULL, look_at_part, &parts[k]) != 0)
            exit(2);
    }
    for (size_t k = 0; k < THREADS; k++)
        pthread_join(threads[k], NULL);
}

static void grow(struct boost_state *t, struct em_oblivious_tree *tree)
{
    const struct boost *b = t->b;
    for (size_t f = 0; f < b->n_features; f++)
        t->use[f] = uniform(&t->random) < b->column_share;
    for (t->depth = 0; t->depth < EM_TREE_DEPTH; t->depth++) {
        look_at_features(t);
        size_t best = 0;
        for (size_t f = 1; f < b->n_features; f++)
            if (t->gain[f] > t->gain[best])
                best = f;
        tree->feature[t->depth] = (uint8_t)best;
        tree->above[t->depth] = t->above[best];
        const uint8_t *column = b->columns[best];
        for (size_t k = 0; k < t->n; k++)
            t->leaf[k] |=
                (uint8_t)((column[t->rows[k]] > tree->above[t->depth]) << t->depth);
    }
    double g[EM_TREE_LEAVES] = {0}, h[EM_TREE_LEAVES] = {0};
    for (size_t k = 0; k < t->n; k++) {
        g[t->leaf[k]] += (double)t->g[k];
        h[t->leaf[k]] += (double)t->h[k];
    }
    for (size_t l = 0; l < EM_TREE_LEAVES; l++)
        tree->leaf[l] = (int16_t)lround(fmax(
            -EM_LEAF_MAX, fmin(EM_LEAF_MAX, 256 * b->rate * g[l] / (h[l] + b->lambda))));
}

static int32_t tree_of_row(const struct boost *b, const struct em_oblivious_tree *tree,
                           size_t i)
{
    unsigned leaf = 0;
    for (size_t d = 0; d < EM_TREE_DEPTH; d++)
        leaf |= (unsigned)(b->columns[tree->feature[d]][i] > tree->above[d]) << d;
    return tree->leaf[leaf];
}

static int32_t forest_of_row(const struct boost *b, const struct em_oblivious_tree *trees,
                             size_t n, size_t i)
{
    int32_t sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += tree_of_row(b, &trees[t], i);
    return sum;
}

static void boost_train(const struct boost *b, struct em_oblivious_tree *trees,
                        size_t n_trees)
{
    struct boost_state t = {.b = b, .random = b->seed};
    double weight = 0;
    for (size_t k = 0; k < b->n_use; k++)
        weight += (double)b->weight[b->use[k]];
    t.score = must(calloc(b->n_rows, sizeof(*t.score)));
    t.g = must(calloc(b->n_use + 1, sizeof(*t.g)));
    t.h = must(calloc(b->n_use + 1, sizeof(*t.h)));
    t.leaf = must(calloc(b->n_use + 1, 1));
    t.rows = must(calloc(b->n_use + 1, sizeof(*t.rows)));
    for (size_t k = 0; k < n_trees; k++) {
        draw_sample(&t, (double)b->sample / (weight + 1e-9));
        grow(&t, &trees[k]);
        for (size_t j = 0; j < b->n_use; j++)
            t.score[b->use[j]] += tree_of_row(b, &trees[k], b->use[j]) / 256.0;
    }
    free(t.score);
    free(t.g);
    free(t.h);
    free(t.leaf);
    free(t.rows);
}

/* Log loss of log odds in 1/256. */
static double log_loss(const struct boost *b, const int32_t *scores)
{
    double loss = 0, weight = 0;
    for (size_t k = 0; k < b->n_use; k++) {
        uint32_t i = b->use[k];
        double p = 1 / (1 + exp(-scores[i] / 256.0)), y = (double)b->label[i];
        loss -= (double)b->weight[i] * (y * log(p + 1e-9) + (1 - y) * log(1 - p + 1e-9));
        weight += (double)b->weight[i];
    }
    return loss / (weight + 1e-9);
}

#endif
