/* SPDX-License-Identifier: Apache-2.0
 *
 * Does the bound of `clean --max-human-loss` hold? Reads lines "label source log-odds" (as
 * bench/clean_proof.sh makes them; "none" where the detector abstained) and resamples 200
 * times: half of the human texts, drawn at random, choose the threshold, the other half is
 * the corpus ("texts"); or the texts of half of the sources do, drawn at random, and those of
 * the others are the corpus ("sources": what happens when the calibration slice is not like
 * the corpus). Prints how often at most the promised share of all human texts drawn from
 * went, and the share of machine texts caught. Sources are resampled with both bounds, that
 * over texts and that over sources; the latter also with 8, 12, 18 and 24 sources, and by
 * source: in how many of the sources not seen it held. Levels that the sources drawn cannot
 * show are counted as refused. A source named after the option's "-x" is left out.
 */
#include "detector/learn/loss.h"
#include "detector/learn/metrics.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXTS = 200000, MAX_SOURCES = 256, RESAMPLINGS = 200 };

struct texts {
    double human[MAX_TEXTS], machine[MAX_TEXTS];
    int source[MAX_TEXTS];
    size_t n_human, n_machine;
    char names[MAX_SOURCES][64];
    int n_sources;
};

static int source_of(struct texts *t, const char *name)
{
    for (int i = 0; i < t->n_sources; i++)
        if (strcmp(t->names[i], name) == 0)
            return i;
    if (t->n_sources == MAX_SOURCES)
        return 0;
    snprintf(t->names[t->n_sources], sizeof(t->names[0]), "%s", name);
    return t->n_sources++;
}

static void read_texts(struct texts *t, const char *without)
{
    char label[16], source[64], score[32];
    while (scanf("%15s %63s %31s", label, source, score) == 3) {
        double x = strcmp(score, "none") == 0 ? -INFINITY : atof(score);
        if (without && strcmp(source, without) == 0)
            continue;
        if (strcmp(label, "human") == 0 && t->n_human < MAX_TEXTS) {
            t->source[t->n_human] = source_of(t, source);
            t->human[t->n_human++] = x;
        } else if (strcmp(label, "machine") == 0 && t->n_machine < MAX_TEXTS) {
            t->machine[t->n_machine++] = x;
        }
    }
}

static double share_above(const double *x, size_t n, double threshold)
{
    size_t above = 0;
    for (size_t i = 0; i < n; i++)
        above += x[i] > threshold;
    return n ? (double)above / (double)n : 0;
}

static void resample(const struct texts *t, double loss, bool by_source)
{
    static double chosen[MAX_TEXTS], rest[MAX_TEXTS];
    size_t held = 0, held_population = 0, runs = 0;
    double caught = 0, lost = 0;
    for (uint64_t r = 0; r < RESAMPLINGS; r++) {
        size_t n = 0, m = 0;
        struct em_loss out;
        for (size_t i = 0; i < t->n_human; i++) {
            uint64_t k = by_source ? (uint64_t)t->source[i] : (uint64_t)i;
            if (em_random_at(1000 + r, k) & 1)
                chosen[n++] = t->human[i];
            else
                rest[m++] = t->human[i];
        }
        if (em_loss_threshold(chosen, n, loss, &out, NULL) < 0 || m == 0)
            continue;
        runs++;
        double gone = share_above(rest, m, out.threshold);
        held += gone <= loss;
        held_population += share_above(t->human, t->n_human, out.threshold) <= loss;
        lost += gone;
        caught += share_above(t->machine, t->n_machine, out.threshold);
    }
    if (runs == 0)
        return;
    printf(
        "%-8s loss %.2f %%: of %zu resamplings the unseen half lost at most that in %.1f "
        "%%, all texts together in %.1f %%; mean loss %.3f %%, machine texts caught %.1f "
        "%%\n",
        by_source ? "sources" : "texts", 100 * loss, runs,
        100 * (double)held / (double)runs, 100 * (double)held_population / (double)runs,
        100 * lost / (double)runs, 100 * caught / (double)runs);
}

/* Shares of the human texts of each source that is not in `chosen`. */
static void count_sources(const struct texts *t, const bool *chosen, double threshold,
                          double loss, size_t *held, size_t *unseen)
{
    for (int s = 0; s < t->n_sources; s++) {
        size_t n = 0, above = 0;
        for (size_t i = 0; i < t->n_human && !chosen[s]; i++) {
            n += t->source[i] == s;
            above += t->source[i] == s && t->human[i] > threshold;
        }
        *unseen += n > 0;
        *held += n > 0 && (double)above <= loss * (double)n;
    }
}

/* Sources that choose: each with a chance of one half, or `most` of them. */
static void draw_sources(const struct texts *t, uint64_t r, int most, bool *chosen)
{
    for (int s = 0; s < t->n_sources; s++) {
        uint64_t own = em_random_at(1000 + r, (uint64_t)s);
        int before = 0;
        for (int other = 0; other < t->n_sources; other++)
            before += em_random_at(1000 + r, (uint64_t)other) < own;
        chosen[s] = most ? before < most : own & 1;
    }
}

/* The bound over sources: half of them (or `most`) choose, the others are the corpus. */
static void resample_by_source_bound(const struct texts *t, double loss, int most)
{
    static double room[MAX_TEXTS], rest[MAX_TEXTS];
    size_t held = 0, runs = 0, each = 0, unseen = 0, refused = 0;
    double caught = 0, lost = 0;
    for (uint64_t r = 0; r < RESAMPLINGS; r++) {
        struct em_loss_source sources[MAX_SOURCES];
        struct em_loss_spread out;
        bool chosen[MAX_SOURCES] = {false};
        size_t n = 0, m = 0, at = 0;
        draw_sources(t, r, most, chosen);
        for (int s = 0; s < t->n_sources; s++) {
            if (!chosen[s])
                continue;
            sources[n].scores = room + at;
            for (size_t i = 0; i < t->n_human; i++)
                if (t->source[i] == s)
                    room[at++] = t->human[i];
            sources[n].n = (uint64_t)(room + at - sources[n].scores);
            n++;
        }
        for (size_t i = 0; i < t->n_human; i++)
            if (!chosen[t->source[i]])
                rest[m++] = t->human[i];
        if (em_loss_by_source(sources, n, loss, &out, NULL) < 0 || m == 0)
            continue;
        if (em_loss_shown(sources, n) > loss) {
            refused++;
            continue;
        }
        runs++;
        double gone = share_above(rest, m, out.threshold);
        held += gone <= loss;
        lost += gone;
        count_sources(t, chosen, out.threshold, loss, &each, &unseen);
        caught += share_above(t->machine, t->n_machine, out.threshold);
    }
    char which[32] = "half of the sources choose";
    if (most)
        snprintf(which, sizeof(which), "%d sources choose", most);
    if (refused)
        printf("bound over sources, %s, loss %.2f %%: %zu resamplings refused, their "
               "sources cannot show it\n",
               which, 100 * loss, refused);
    if (runs == 0)
        return;
    printf("bound over sources, %s, loss %.2f %%: of %zu resamplings the unseen sources "
           "lost at "
           "most that in %.1f %%, a single unseen source in %.1f %%; mean loss %.3f %%, "
           "machine texts caught %.1f %%\n",
           which, 100 * loss, runs, 100 * (double)held / (double)runs,
           100 * (double)each / (double)unseen, 100 * lost / (double)runs,
           100 * caught / (double)runs);
}

/* Sampling with replacement: the population is known exactly. */
static void redraw(const struct texts *t, double loss)
{
    static double chosen[MAX_TEXTS];
    size_t held = 0;
    double caught = 0;
    for (uint64_t r = 0; r < RESAMPLINGS; r++) {
        struct em_loss out;
        for (size_t i = 0; i < t->n_human; i++)
            chosen[i] = t->human[em_random_below(5000 + r, i, t->n_human)];
        if (em_loss_threshold(chosen, t->n_human, loss, &out, NULL) < 0)
            return;
        held += share_above(t->human, t->n_human, out.threshold) <= loss;
        caught += share_above(t->machine, t->n_machine, out.threshold);
    }
    printf("redrawn  loss %.2f %%: the share of the population above stayed within it in "
           "%.1f "
           "%% of %d; machine texts caught %.1f %%\n",
           100 * loss, 100 * (double)held / RESAMPLINGS, RESAMPLINGS,
           100 * caught / RESAMPLINGS);
}

int main(int argc, char **argv)
{
    static struct texts t;
    const double losses[] = {0.005, 0.01, 0.05};
    read_texts(&t, argc == 3 && strcmp(argv[1], "-x") == 0 ? argv[2] : NULL);
    printf("%zu human texts of %d sources, %zu machine texts\n", t.n_human, t.n_sources,
           t.n_machine);
    for (int i = 0; i < 3; i++) {
        redraw(&t, losses[i]);
        resample(&t, losses[i], false);
        resample(&t, losses[i], true);
        const int sources[] = {0, 8, 12, 18, 24};
        for (int k = 0; k < 5; k++)
            resample_by_source_bound(&t, losses[i], sources[k]);
    }
    return t.n_human ? 0 : 1;
}
