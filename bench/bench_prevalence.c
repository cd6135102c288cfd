/* SPDX-License-Identifier: Apache-2.0
 *
 * How good estimates of prevalence are on corpora of many sites, from a model's calibration
 * block: every source of it was scored by a model that did not learn from it.
 *
 *     bench_prevalence MODEL [runs=200] [documents=1500] [replicates=100] [seed=1] [sites=40]
 *                      [unseen=0|1] [slice=1|0] [only=SHARE] [prior_machine=..] [shift_..=..]
 *
 * A run draws sites from the human sources (with replacement, with weights that are spread
 * widely), documents as they were before 2022-11 (the slice) and as many later ones, with
 * weights that have drifted; and machine documents from three sources, planted on
 * a third of the sites. All sources of the owners that the run uses, human or machine, are
 * left out of the calibration that estimates it. unseen=1: so is every source of the kind
 * that half of the machine documents are of.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "detector/model.h"
#include "index/answers/quantify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 8, SITES = 400 };
static const double shares[SHARES] = {0, .01, .02, .05, .10, .20, .35, .50};

struct bench {
    const struct em_calibration *block;
    uint32_t runs, documents, replicates, sites;
    uint64_t seed, drawn;
    bool unseen, slice;
    double only;
    struct em_quantify_options options;
};

struct tally {
    double error, bias, width, n, covered;
};

static uint64_t draw(struct bench *b)
{
    return em_mix64(b->seed * 0x9E3779B97F4A7C15u + ++b->drawn * 0xD1342543DE82EF95u);
}

static double uniform(struct bench *b)
{
    return ((double)(draw(b) >> 11) + 0.5) * 0x1p-53;
}

static void must(enum em_status status)
{
    if (status < 0) {
        fprintf(stderr, "bench_prevalence: %s\n", em_status_text(status));
        exit(2);
    }
}

static uint32_t pick_source(struct bench *b, bool machine)
{
    for (;;) {
        uint32_t s = (uint32_t)(uniform(b) * b->block->n);
        if (b->block->sources[s].machine == machine &&
            b->block->sources[s].n >= EM_QUANTIFY_LEAST)
            return s;
    }
}

static void add_document(struct bench *b, struct em_quantify_sample *sample,
                         uint32_t source, uint64_t site)
{
    const struct em_calibration_source *s = &b->block->sources[source];
    uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
    uint32_t at = (uint32_t)(uniform(b) * s->n), bin = 0;
    while (bin + 1 < EM_QUANTIFY_BINS && at >= s->bins[bin])
        at -= s->bins[bin++];
    counts[bin] = 1;
    em_quantify_sample_add(sample, em_mix64(site + 1), false, counts, 1);
}

struct corpus {
    uint32_t human[SITES], machine[3];
    double before[SITES], after[SITES];
};

/* Weights spread over about two orders of magnitude; later ones have drifted by a factor of
 * two either way. */
static void make_corpus(struct bench *b, struct corpus *c)
{
    double sum[2] = {0, 0};
    for (uint32_t i = 0; i < b->sites; i++) {
        c->human[i] = pick_source(b, false);
        c->before[i] = exp(2 * (uniform(b) + uniform(b) - 1));
        c->after[i] = c->before[i] * exp(2 * 0.7 * (uniform(b) - 0.5));
        sum[0] += c->before[i];
        sum[1] += c->after[i];
    }
    for (uint32_t i = 0; i < b->sites; i++) {
        c->before[i] /= sum[0];
        c->after[i] /= sum[1];
    }
    for (int k = 0; k < 3; k++)
        c->machine[k] = pick_source(b, true);
}

static uint32_t pick_site(struct bench *b, const double *weights)
{
    double u = uniform(b);
    uint32_t i = 0;
    while (i + 1 < b->sites && (u -= weights[i]) >= 0)
        i++;
    return i;
}

static bool same_owner(const struct bench *b, uint32_t x, uint32_t y)
{
    return strcmp(b->block->sources[x].owner, b->block->sources[y].owner) == 0;
}

static void leave_out(const struct bench *b, const struct corpus *c, uint8_t *leave)
{
    const struct em_calibration *k = b->block;
    for (uint32_t s = 0; s < k->n; s++) {
        leave[s] = 0;
        for (uint32_t i = 0; i < b->sites; i++)
            leave[s] |= same_owner(b, s, c->human[i]);
        for (int i = 0; i < 3; i++)
            leave[s] |= same_owner(b, s, c->machine[i]);
        if (b->unseen && k->sources[s].machine)
            leave[s] |= strcmp(k->sources[s].kind, k->sources[c->machine[0]].kind) == 0;
    }
}

/* Half of the machine text is of the first of its sources. */
static void run(struct bench *b, int at,
                struct tally tallies[EM_QUANTIFY_METHODS][SHARES])
{
    static struct corpus c;
    uint8_t leave[EM_CALIBRATION_SOURCES];
    struct em_quantify_sample target, slice;
    struct em_quantify_result result;
    struct em_quantify_options options = b->options;
    uint32_t later = b->documents, machine = 0;
    make_corpus(b, &c);
    leave_out(b, &c, leave);
    options.leave = leave;
    must(em_quantify_sample_init(&target, b->replicates));
    must(em_quantify_sample_init(&slice, b->replicates));
    for (uint32_t i = 0; i < b->documents; i++) {
        uint32_t site = pick_site(b, c.before);
        add_document(b, &slice, c.human[site], site);
    }
    uint32_t wanted = (uint32_t)(shares[at] * later + 0.5);
    for (uint32_t i = 0; i < later; i++) {
        uint32_t site = pick_site(b, c.after);
        bool planted = machine < wanted && later - i <= (wanted - machine) * 3 + 0u;
        /* Machine pages lie on a third of the sites. */
        planted |= machine < wanted && uniform(b) < shares[at];
        if (planted)
            site = site / 3 * 3 % b->sites;
        add_document(b, &target,
                     planted ? c.machine[uniform(b) < 0.5 ? 0 : 1 + (int)(uniform(b) * 2)]
                             : c.human[site],
                     site);
        machine += planted;
    }
    must(em_quantify(b->block, &target, b->slice ? &slice : NULL, &options, &result));
    double truth = (double)machine / later;
    for (int m = 0; m < EM_QUANTIFY_SCORES; m++) {
        const struct em_estimate *e = &result.by[m];
        struct tally *t = &tallies[m][at];
        t->error += fabs(e->value - truth);
        t->bias += e->value - truth;
        t->width += e->high - e->low;
        t->covered += e->low <= truth && truth <= e->high;
        t->n++;
    }
    em_quantify_sample_release(&target);
    em_quantify_sample_release(&slice);
}

static void print_one(const char *name, const struct tally *t)
{
    struct tally all = {0, 0, 0, 0, 0};
    for (int at = 0; at < SHARES; at++) {
        all.error += t[at].error;
        all.n += t[at].n;
        all.covered += t[at].covered;
        all.width += t[at].width;
    }
    printf("%-10s MAE %.4f cover %5.1f width %.3f |", name, all.error / all.n,
           100 * all.covered / all.n, all.width / all.n);
    for (int at = 0; at < SHARES; at++)
        if (t[at].n > 0)
            printf(" %.4f(%+.3f,%3.0f,%.3f)", t[at].error / t[at].n, t[at].bias / t[at].n,
                   100 * t[at].covered / t[at].n, t[at].width / t[at].n);
    putchar('\n');
}

static void options(struct bench *b, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            exit(129);
        double value = atof(equals + 1);
        struct {
            const char *name;
            double *real;
            uint32_t *count;
            bool *flag;
        } all[] = {{"runs", NULL, &b->runs, NULL},
                   {"documents", NULL, &b->documents, NULL},
                   {"replicates", NULL, &b->replicates, NULL},
                   {"sites", NULL, &b->sites, NULL},
                   {"unseen", NULL, NULL, &b->unseen},
                   {"slice", NULL, NULL, &b->slice},
                   {"only", &b->only, NULL, NULL},
                   {"sampled", NULL, NULL, &b->options.sampled},
                   {"prior_human", &b->options.prior_human, NULL, NULL},
                   {"prior_machine", &b->options.prior_machine, NULL, NULL},
                   {"prior_site", &b->options.prior_site, NULL, NULL},
                   {"shift_human", &b->options.shift_human, NULL, NULL},
                   {"shift_slice", &b->options.shift_slice, NULL, NULL},
                   {"shift_machine", &b->options.shift_machine, NULL, NULL}};
        size_t n = (size_t)(equals - argv[i]);
        bool known = strncmp(argv[i], "seed=", 5) == 0;
        if (known)
            b->seed = (uint64_t)value;
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
            if (strlen(all[k].name) != n || strncmp(argv[i], all[k].name, n) != 0)
                continue;
            known = true;
            if (all[k].real)
                *all[k].real = value;
            if (all[k].count)
                *all[k].count = (uint32_t)value;
            if (all[k].flag)
                *all[k].flag = value > 0;
        }
        if (!known)
            exit(129);
    }
}

int main(int argc, char **argv)
{
    static struct bench b = {.runs = 200,
                             .documents = 1500,
                             .replicates = 100,
                             .sites = 40,
                             .slice = true,
                             .only = -1,
                             .seed = 1};
    static struct tally tallies[EM_QUANTIFY_METHODS][SHARES];
    struct em_model *model;
    if (argc < 2)
        return 129;
    em_quantify_defaults(&b.options);
    options(&b, argc, argv);
    must(em_model_load(&model, argv[1], NULL));
    b.block = model->block;
    if (!b.block || b.sites > SITES)
        return 2;
    for (int at = 0; at < SHARES; at++)
        for (uint32_t i = 0;
             i < b.runs && (b.only < 0 || fabs(b.only - shares[at]) < 1e-9); i++)
            run(&b, at, tallies);
    printf("%u runs a share, %u documents, %s, %s; per share: MAE (bias, %% covered, "
           "width)\n",
           b.runs, b.documents, b.slice ? "with a slice" : "without",
           b.unseen ? "half of the machine text of a kind left out" : "kinds known");
    for (int m = 0; m < EM_QUANTIFY_SCORES; m++)
        print_one(em_quantify_name((enum em_quantify_method)m), tallies[m]);
    em_model_free(model);
    return 0;
}
