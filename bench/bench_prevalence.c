/* SPDX-License-Identifier: Apache-2.0
 *
 * How good estimates of prevalence are: mixes scored texts at known shares and estimates.
 *
 *     bench_prevalence SCORES MODEL [runs=200] [replicates=100] [documents=1000] [machine=mixed]
 *                      [seed=1] [leave=0] [prior_human=..] [prior_machine=..] [shift_..=..]
 *
 * SCORES is what train_quantify writes, MODEL has the calibration block. A run takes one register's human texts, halves them
 * at random (one half for the mixture, one as the dated slice), adds machine texts (mixed:
 * of all sources with random weights; single: of one source) and estimates with and without
 * the slice. leave=1: SCORES are of training sources; those a run uses are left out of the
 * calibration: that is what options are chosen on.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "detector/model.h"
#include "index/answers/quantify.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES = 256, REGISTERS = 64, SHARES = 9 };
static const double shares[SHARES] = {0, .01, .02, .05, .10, .20, .35, .50, .75};

/* Registers of the sources not trained on; of others every source is one. */
static const struct {
    const char *source, *name;
} registers[] = {
    {"NLTK abc (Australian Broadcasting Commission)", "news"},
    {"several27/FakeNewsCorpus", "news"},
    {"XuandongZhao/pf-decoding", "web"},
    {"web_pages_pre2022", "web"},
    {"gptid_reddit_davinci003", "forum"},
    {"taivop/joke-dataset", "humour"},
    {"abhinavkbij/imdb_sample_data", "reviews"},
    {"freeCodeCamp/guides", "guides"},
    {"department-of-veterans-affairs/vagov-content", "guides"},
    {"NSHipster/articles", "blogs"},
    {"yihui/yihui.org", "blogs"},
    {"DRAGNLabs/LLMHumanModeling", "encyclopedia"},
    {"hppt", "academic"},
    {"l2r", "mixed"},
    {"PlayingNumbers/ds_salary_proj", "adverts"},
    {"outfox", "essays"},
    {"kaggle_daigt_train_essays", "essays, labels doubtful"},
};

/* What a text counts in. */
struct text {
    uint8_t bin, lexical; /* EM_QUANTIFY_BINS: too short for it */
    bool marked;
};

struct pool {
    char name[120];
    uint32_t reg; /* register, human only */
    struct text *texts;
    uint32_t n, cap;
    bool machine;
};

struct bench {
    struct pool pools[SOURCES];
    uint32_t n_pools, n_registers;
    const char *register_names[REGISTERS];
    uint32_t runs, replicates, documents;
    bool single, leave;
    uint64_t seed, drawn;
    const char *only;
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

static uint32_t register_of(struct bench *b, const char *source)
{
    const char *name = source;
    for (size_t i = 0; !b->leave && i < sizeof(registers) / sizeof(registers[0]); i++)
        if (strcmp(registers[i].source, source) == 0)
            name = registers[i].name;
    for (uint32_t r = 0; r < b->n_registers; r++)
        if (strcmp(b->register_names[r], name) == 0)
            return r;
    if (b->n_registers == REGISTERS)
        exit(2);
    b->register_names[b->n_registers] = name;
    return b->n_registers++;
}

static struct pool *pool_of(struct bench *b, const char *name, bool machine)
{
    for (uint32_t p = 0; p < b->n_pools; p++)
        if (b->pools[p].machine == machine && strcmp(b->pools[p].name, name) == 0)
            return &b->pools[p];
    if (b->n_pools == SOURCES)
        exit(2);
    struct pool *p = &b->pools[b->n_pools++];
    snprintf(p->name, sizeof(p->name), "%.119s", name);
    p->machine = machine;
    p->reg = machine ? UINT32_MAX : register_of(b, p->name);
    return p;
}

static void read_scores(struct bench *b, const char *path)
{
    char line[1024];
    FILE *in = fopen(path, "r");
    while (in && fgets(line, sizeof(line), in)) {
        char *tab = strchr(line, '\t');
        int label, old, marked;
        unsigned words;
        double log_odds, ratio;
        int n = tab ? sscanf(tab, "%d %d %u %lf %lf %d", &label, &old, &words, &log_odds,
                             &ratio, &marked)
                    : 0;
        if (n != 4 && n != 6)
            exit(2);
        *tab = '\0';
        if (label && old)
            continue;
        struct pool *p = pool_of(b, line, label != 0);
        if (p->n == p->cap) {
            p->cap = p->cap ? 2 * p->cap : 256;
            p->texts = em_realloc_array(p->texts, p->cap, sizeof(p->texts[0]));
            if (!p->texts)
                exit(2);
        }
        p->texts[p->n++] = (struct text){
            .bin = (uint8_t)em_score_bin(log_odds),
            .lexical = n == 6 ? (uint8_t)em_lexical_bin(ratio) : EM_QUANTIFY_BINS,
            .marked = n == 6 && marked};
    }
    if (!in || fclose(in) != 0)
        exit(2);
}

static void add(struct bench *b, struct em_quantify_sample *s, struct text text)
{
    uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
    counts[text.bin] = 1;
    if (text.lexical < EM_QUANTIFY_BINS)
        counts[EM_QUANTIFY_LEXICAL + text.lexical] = 1;
    counts[EM_QUANTIFY_MARKED] = text.marked;
    em_quantify_sample_add(s, draw(b), true, counts, 1);
}

/* All human texts of a register, shuffled. */
static uint32_t gather(struct bench *b, uint32_t reg, struct text *out, uint32_t cap)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < b->n_pools; p++)
        for (uint32_t i = 0; b->pools[p].reg == reg && i < b->pools[p].n && n < cap; i++)
            out[n++] = b->pools[p].texts[i];
    for (uint32_t i = n; i > 1; i--) {
        uint32_t j = (uint32_t)(draw(b) % i);
        struct text t = out[i - 1];
        out[i - 1] = out[j];
        out[j] = t;
    }
    return n;
}

/* Weights of machine sources in this run. */
static void weigh(struct bench *b, double weights[SOURCES])
{
    uint32_t of[SOURCES] = {0}, n = 0;
    double total = 0;
    for (uint32_t p = 0; p < b->n_pools; p++) {
        weights[p] = 0;
        if (b->pools[p].machine && b->pools[p].n >= EM_QUANTIFY_LEAST)
            of[n++] = p;
    }
    if (n == 0)
        exit(2);
    uint32_t one = of[draw(b) % n];
    for (uint32_t i = 0; i < n; i++) {
        bool in = b->single ? of[i] == one : !b->leave || draw(b) % 3 == 0;
        weights[of[i]] = in ? -log(uniform(b)) : 0;
        total += weights[of[i]];
    }
    if (!(total > 0))
        weights[one] = total = 1;
    for (uint32_t p = 0; p < b->n_pools; p++)
        weights[p] /= total;
}

static void add_machine(struct bench *b, struct em_quantify_sample *s,
                        const double *weights, uint32_t n)
{
    while (n--) {
        double u = uniform(b);
        uint32_t p = 0;
        while (p + 1 < b->n_pools && (u -= weights[p]) >= 0)
            p++;
        while (weights[p] <= 0)
            p--;
        add(b, s, b->pools[p].texts[draw(b) % b->pools[p].n]);
    }
}

static void leave_out(const struct bench *b, const struct em_calibration *table,
                      uint32_t reg, const double *weights, uint8_t *leave)
{
    for (uint32_t c = 0; c < table->n; c++) {
        leave[c] = 0;
        for (uint32_t p = 0; p < b->n_pools; p++)
            if (strcmp(b->pools[p].name, table->sources[c].name) == 0 &&
                (b->pools[p].reg == reg || weights[p] > 0))
                leave[c] = 1;
    }
}

static void count(struct tally *t, const struct em_estimate *e, double truth)
{
    t->error += fabs(e->value - truth);
    t->bias += e->value - truth;
    t->width += e->high - e->low;
    t->covered += e->low <= truth && truth <= e->high;
    t->n++;
}

static void run(struct bench *b, const struct em_calibration *table, int at, uint32_t reg,
                struct tally tallies[2][EM_QUANTIFY_METHODS][SHARES])
{
    enum { MOST = 20000 };
    static struct text human[MOST];
    uint8_t leave[SOURCES];
    double weights[SOURCES];
    struct em_quantify_sample target, slice;
    struct em_quantify_result result;
    struct em_quantify_options options = b->options;
    uint32_t n = gather(b, reg, human, MOST), half = n / 2;
    uint32_t docs = half < b->documents ? half : b->documents;
    weigh(b, weights);
    if (b->leave) {
        leave_out(b, table, reg, weights, leave);
        options.leave = leave;
    }
    must(em_quantify_sample_init(&target, b->replicates));
    must(em_quantify_sample_init(&slice, b->replicates));
    uint32_t machine = (uint32_t)(shares[at] * docs + 0.5);
    for (uint32_t i = 0; i < docs - machine; i++)
        add(b, &target, human[i]);
    for (uint32_t i = 0; i < docs; i++)
        add(b, &slice, human[half + i]);
    double human_long = em_quantify_sample_lexical(target.bins);
    add_machine(b, &target, weights, machine);
    /* Estimates from words are of the texts long enough for them. */
    double all_long = em_quantify_sample_lexical(target.bins);
    double long_share = all_long > 0 ? 1 - human_long / all_long : 0;
    for (int with = 0; with < 2; with++) {
        must(em_quantify(table, &target, with ? &slice : NULL, &options, &result));
        for (int m = 0; m < EM_QUANTIFY_METHODS; m++)
            if (isfinite(result.by[m].value))
                count(&tallies[with][m][at], &result.by[m],
                      m < EM_QUANTIFY_SCORES ? (double)machine / docs : long_share);
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
    if (!(all.n > 0)) {
        printf("%-10s none\n", name);
        return;
    }
    printf("%-10s MAE %.4f cover %5.1f width %.3f |", name, all.error / all.n,
           100 * all.covered / all.n, all.width / all.n);
    for (int at = 0; at < SHARES; at++)
        printf(" %.4f(%+.3f,%3.0f)", t[at].error / t[at].n, t[at].bias / t[at].n,
               100 * t[at].covered / t[at].n);
    putchar('\n');
}

static void options(struct bench *b, int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (!equals)
            exit(129);
        double value = atof(equals + 1);
        const struct {
            const char *name;
            double *to;
        } reals[] = {{"prior_human=", &b->options.prior_human},
                     {"prior_machine=", &b->options.prior_machine},
                     {"shift_human=", &b->options.shift_human},
                     {"shift_slice=", &b->options.shift_slice},
                     {"shift_machine=", &b->options.shift_machine}};
        for (size_t k = 0; k < sizeof(reals) / sizeof(reals[0]); k++)
            if (strncmp(argv[i], reals[k].name, strlen(reals[k].name)) == 0)
                *reals[k].to = value;
        if (strncmp(argv[i], "runs=", 5) == 0)
            b->runs = (uint32_t)value;
        if (strncmp(argv[i], "replicates=", 11) == 0)
            b->replicates = (uint32_t)value;
        if (strncmp(argv[i], "documents=", 10) == 0)
            b->documents = (uint32_t)value;
        if (strncmp(argv[i], "seed=", 5) == 0)
            b->seed = (uint64_t)value;
        if (strncmp(argv[i], "leave=", 6) == 0)
            b->leave = value > 0;
        if (strncmp(argv[i], "only=", 5) == 0)
            b->only = equals + 1;
        b->single |= strcmp(argv[i], "machine=single") == 0;
    }
}

int main(int argc, char **argv)
{
    static struct bench b = {
        .runs = 200, .replicates = 100, .documents = 1000, .seed = 1};
    static struct tally tallies[2][EM_QUANTIFY_METHODS][SHARES];
    if (argc < 3)
        return 129;
    em_quantify_defaults(&b.options);
    options(&b, argc, argv);
    read_scores(&b, argv[1]);
    struct em_model *model;
    must(em_model_load(&model, argv[2], NULL));
    const struct em_calibration *table = model->block;
    uint32_t usable[REGISTERS], n = 0;
    for (uint32_t r = 0; r < b.n_registers; r++) {
        uint32_t texts = 0;
        for (uint32_t p = 0; p < b.n_pools; p++)
            texts += b.pools[p].reg == r ? b.pools[p].n : 0;
        if (texts >= 400 && (!b.only || strcmp(b.only, b.register_names[r]) == 0))
            usable[n++] = r;
    }
    if (n == 0 || !table)
        return 2;
    for (int at = 0; at < SHARES; at++)
        for (uint32_t i = 0; i < b.runs; i++)
            run(&b, table, at, usable[i % n], tallies);
    printf("%u registers, %u runs a share, machine texts %s\n", n, b.runs,
           b.single ? "of one source a run" : "of all sources, weights at random");
    for (int with = 0; with < 2; with++) {
        printf("%s slice; per share: MAE (bias, %% covered)\n",
               with ? "with" : "without");
        for (int m = 0; m < EM_QUANTIFY_METHODS; m++)
            print_one(em_quantify_name((enum em_quantify_method)m), tallies[with][m]);
    }
    return 0;
}
