/* SPDX-License-Identifier: Apache-2.0
 *
 * How good estimates of prevalence are on pages of real sites with their dates: the whole
 * corpus, single sites with and without the anchor, and which sites turned.
 *
 *     bench_prevalence_sites MODEL SCORES [runs=200] [documents=1500] [replicates=100] [seed=1]
 *                            [unseen=0|1] [only=SHARE] [turned=RUNS] [sites=1|0] [prior_machine=N]
 *                            [prior_site=N]
 *
 * SCORES: lines "h|m TAB site TAB date TAB log-odds", human pages of before 2022-11 and machine
 * pages, of sites that MODEL did not learn from (bench/prevalence_sites makes them). Of every
 * human site the earlier half of its pages is what is old, the later half what later documents
 * are drawn from, so that later human text has drifted as it does. A run draws the sites'
 * weights, which drift by up to a factor of two, and documents with replacement; machine pages
 * come from three machine sites, half of them from the first, and lie on a third of the sites.
 * All sources of the calibration that are of the sites used are left out of it; unseen=1: so
 * is every machine source of the first machine site's kind.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "detector/model.h"
#include "index/answers/anchor.h"
#include "index/answers/sites.h"
#include "index/answers/statement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARES = 8, SITES = 200, PAGES = 400, MACHINES = 3 };
static const double shares[SHARES] = {0, .01, .02, .05, .10, .20, .35, .50};

struct page {
    char date[12];
    double score;
};

struct site {
    char name[80];
    bool machine;
    uint32_t n;
    struct page pages[PAGES];
};

struct tally {
    double error, bias, width, n, covered;
};

struct bench {
    const struct em_calibration *block;
    struct site sites[SITES];
    uint32_t n, human[SITES], n_human, machine[SITES], n_machine;
    uint32_t runs, documents, replicates, turned;
    uint64_t seed, drawn;
    bool unseen, by_site;
    double only;
    struct em_quantify_options options;
    struct tally all[EM_QUANTIFY_METHODS][SHARES], anchored[SHARES], alone[SHARES];
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
        fprintf(stderr, "bench_prevalence_sites: %s\n", em_status_text(status));
        exit(2);
    }
}

/* --- scores --------------------------------------------------------------------------------- */

static struct site *site_of(struct bench *b, const char *name, bool machine)
{
    for (uint32_t i = 0; i < b->n; i++)
        if (strcmp(b->sites[i].name, name) == 0)
            return &b->sites[i];
    if (b->n == SITES)
        exit(2);
    struct site *s = &b->sites[b->n];
    snprintf(s->name, sizeof(s->name), "%s", name);
    s->machine = machine;
    b->n++;
    return s;
}

static int by_date(const void *a, const void *b)
{
    return strcmp(((const struct page *)a)->date, ((const struct page *)b)->date);
}

static void scores_read(struct bench *b, const char *path)
{
    FILE *in = fopen(path, "r");
    char line[512], class[8], name[80], date[12];
    double score;
    if (!in)
        exit(2);
    while (fgets(line, sizeof(line), in)) {
        if (sscanf(line, "%7[^\t]\t%79[^\t]\t%11[^\t]\t%lf", class, name, date, &score) !=
            4)
            continue;
        struct site *s = site_of(b, name, class[0] == 'm');
        if (s->n == PAGES)
            continue;
        struct page *p = &s->pages[s->n++];
        snprintf(p->date, sizeof(p->date), "%s", date);
        p->score = score;
    }
    fclose(in);
    for (uint32_t i = 0; i < b->n; i++) {
        struct site *s = &b->sites[i];
        qsort(s->pages, s->n, sizeof(s->pages[0]), by_date);
        if (s->machine && s->n >= 5)
            b->machine[b->n_machine++] = i;
        if (!s->machine && s->n >= 20)
            b->human[b->n_human++] = i;
    }
}

/* --- a corpus ------------------------------------------------------------------------------- */

struct corpus {
    double before[SITES], after[SITES]; /* weights of human sites */
    uint32_t machine[MACHINES];
};

static void corpus_make(struct bench *b, struct corpus *c)
{
    double sum[2] = {0, 0};
    for (uint32_t i = 0; i < b->n_human; i++) {
        c->before[i] = exp(2 * (uniform(b) + uniform(b) - 1));
        c->after[i] = c->before[i] * exp(2 * 0.7 * (uniform(b) - 0.5));
        sum[0] += c->before[i];
        sum[1] += c->after[i];
    }
    for (uint32_t i = 0; i < b->n_human; i++) {
        c->before[i] /= sum[0];
        c->after[i] /= sum[1];
    }
    for (int k = 0; k < MACHINES; k++)
        c->machine[k] = b->machine[(uint32_t)(uniform(b) * b->n_machine)];
}

static uint32_t weighted(struct bench *b, const double *weights)
{
    double u = uniform(b);
    uint32_t i = 0;
    while (i + 1 < b->n_human && (u -= weights[i]) >= 0)
        i++;
    return i;
}

static double page_draw(struct bench *b, const struct site *s, bool later)
{
    uint32_t half = s->machine ? 0 : s->n / 2;
    uint32_t from = later ? half : 0, n = s->machine ? s->n : later ? s->n - half : half;
    return s->pages[from + (uint32_t)(uniform(b) * n)].score;
}

static double machine_draw(struct bench *b, const struct corpus *c)
{
    int k = uniform(b) < 0.5 ? 0 : 1 + (int)(uniform(b) * 2);
    return page_draw(b, &b->sites[c->machine[k]], true);
}

/* "ms:x" and "hs:x" of the calibration are site x. */
static bool is_source(const struct em_calibration_source *s, const char *site)
{
    const char *colon = strchr(s->name, ':');
    const char *own = strchr(site, ':');
    size_t n = sizeof(s->name) - 4; /* names are cut */
    return strncmp(colon ? colon + 1 : s->name, own ? own + 1 : site, n) == 0;
}

static void sources_leave(const struct bench *b, const struct corpus *c, uint8_t *leave)
{
    const struct em_calibration *k = b->block;
    const char *kind = NULL;
    memset(leave, 0, k->n);
    for (uint32_t s = 0; s < k->n; s++) {
        for (uint32_t i = 0; i < b->n_human; i++)
            leave[s] |= is_source(&k->sources[s], b->sites[b->human[i]].name);
        for (int i = 0; i < MACHINES; i++)
            if (is_source(&k->sources[s], b->sites[c->machine[i]].name)) {
                leave[s] = 1;
                kind = i == 0 ? k->sources[s].kind : kind;
            }
    }
    for (uint32_t s = 0; s < k->n; s++)
        for (uint32_t t = 0; t < k->n; t++) /* and what else is of their owners */
            if (leave[t] == 1 && !leave[s] &&
                strcmp(k->sources[s].owner, k->sources[t].owner) == 0)
                leave[s] = 2;
    for (uint32_t s = 0; s < k->n && b->unseen && kind; s++)
        leave[s] |= k->sources[s].machine && strcmp(k->sources[s].kind, kind) == 0;
}

static void document_add(struct em_quantify_sample *sample, double score, uint32_t site)
{
    uint64_t counts[EM_QUANTIFY_COLUMNS] = {0};
    counts[em_score_bin(score)] = 1;
    em_quantify_sample_add(sample, em_mix64(site + 1), false, counts, 1);
}

static void tally_add(struct tally *t, const struct em_estimate *e, double truth)
{
    if (!isfinite(e->value))
        return;
    t->error += fabs(e->value - truth);
    t->bias += e->value - truth;
    t->width += e->high - e->low;
    t->covered += e->low - 1e-9 <= truth && truth <= e->high + 1e-9;
    t->n++;
}

/* --- one run -------------------------------------------------------------------------------- */

struct run {
    struct em_quantify_sample target, slice, of_site[SITES];
    struct em_anchor anchor;
    uint32_t n[SITES], machine[SITES];
    struct em_quantify_options options;
};

static void run_fill(struct bench *b, struct run *r, const struct corpus *c, double share)
{
    uint32_t old[SITES] = {0}, planted = 0;
    for (uint32_t i = 0; i < b->documents; i++)
        old[weighted(b, c->before)]++;
    for (uint32_t s = 0; s < b->n_human; s++)
        for (uint32_t i = 0; i < old[s]; i++) {
            double score = page_draw(b, &b->sites[b->human[s]], false);
            document_add(&r->slice, score, s);
            must(em_anchor_add(&r->anchor, em_mix64(s + 1), score));
        }
    uint32_t wanted = (uint32_t)(share * b->documents + 0.5);
    for (uint32_t i = 0; i < b->documents; i++) {
        uint32_t site = weighted(b, c->after);
        bool machine = planted < wanted &&
                       (uniform(b) < share || b->documents - i <= wanted - planted);
        if (machine)
            site -= site % 3;
        double score =
            machine ? machine_draw(b, c) : page_draw(b, &b->sites[b->human[site]], true);
        planted += machine;
        document_add(&r->target, score, site);
        document_add(&r->of_site[site], score, site);
        r->n[site]++;
        r->machine[site] += machine;
    }
}

static void run_sites(struct bench *b, struct run *r, int at)
{
    must(em_anchor_fit(&r->anchor, b->replicates + 1));
    for (uint32_t s = 0; s < b->n_human && r->anchor.usable >= EM_ANCHOR_SITES; s++) {
        struct em_anchor_weights w = {.n = 0};
        struct em_quantify_sample slice;
        struct em_quantify_result x;
        if (r->n[s] < EM_QUANTIFY_LEAST)
            continue;
        double truth = (double)r->machine[s] / r->n[s];
        must(em_anchor_weigh(&w, em_mix64(s + 1), 1));
        must(em_anchor_slice(&r->anchor, &w, &slice));
        r->options.anchored = true;
        must(em_quantify(b->block, &r->of_site[s], &slice, &r->options, &x));
        tally_add(&b->anchored[at], &x.by[EM_QUANTIFY_MIXTURE], truth);
        r->options.anchored = false;
        must(em_quantify(b->block, &r->of_site[s], NULL, &r->options, &x));
        tally_add(&b->alone[at], &x.by[EM_QUANTIFY_MIXTURE], truth);
        em_quantify_sample_release(&slice);
        em_anchor_weights_release(&w);
    }
}

static void run(struct bench *b, int at)
{
    static struct run r;
    static struct corpus c;
    struct em_quantify_result x;
    uint8_t leave[EM_CALIBRATION_SOURCES];
    r = (struct run){.options = b->options};
    corpus_make(b, &c);
    sources_leave(b, &c, leave);
    r.options.leave = leave;
    must(em_quantify_sample_init(&r.target, b->replicates));
    must(em_quantify_sample_init(&r.slice, b->replicates));
    for (uint32_t s = 0; s < b->n_human; s++)
        must(em_quantify_sample_init(&r.of_site[s], b->replicates));
    run_fill(b, &r, &c, shares[at]);
    must(em_quantify(b->block, &r.target, &r.slice, &r.options, &x));
    uint32_t machine = 0;
    for (uint32_t s = 0; s < b->n_human; s++)
        machine += r.machine[s];
    for (int m = 0; m < EM_QUANTIFY_SCORES; m++)
        tally_add(&b->all[m][at], &x.by[m], (double)machine / b->documents);
    if (b->by_site)
        run_sites(b, &r, at);
    em_quantify_sample_release(&r.target);
    em_quantify_sample_release(&r.slice);
    for (uint32_t s = 0; s < b->n_human; s++)
        em_quantify_sample_release(&r.of_site[s]);
    em_anchor_release(&r.anchor);
}

/* --- sites that turned ---------------------------------------------------------------------- */

/* Every site has 20 old pages and 20 later ones; half of the later pages of every fifth are a
 * machine's. */
static void turned(struct bench *b, uint64_t found[4])
{
    struct em_sites sites = {.items = em_calloc(b->n_human, sizeof(struct em_site)),
                             .n = b->n_human};
    struct corpus c;
    struct em_machine_kind kinds[EM_STATEMENT_KINDS];
    double threshold = (double)b->block->threshold, recall = 0;
    size_t n = em_machine_kinds(b->block, kinds);
    for (size_t i = 0; i < n; i++)
        recall += kinds[i].caught / (double)n;
    corpus_make(b, &c);
    if (!sites.items)
        exit(2);
    for (uint32_t s = 0; s < b->n_human; s++) {
        struct em_site *x = &sites.items[s];
        char name[16];
        snprintf(name, sizeof(name), "%u", s);
        x->domain = em_strdup(name);
        for (int i = 0; i < 20; i++) {
            const struct site *site = &b->sites[b->human[s]];
            bool machine = s % 5 == 0 && i % 2 == 0;
            double later = machine ? machine_draw(b, &c) : page_draw(b, site, true);
            x->old_flagged += page_draw(b, site, false) >= threshold;
            x->flagged += later >= threshold;
        }
        x->old = x->later = 20;
    }
    em_sites_judge(&sites, recall);
    for (size_t i = 0; i < sites.n; i++) {
        bool is = strtol(sites.items[i].domain, NULL, 10) % 5 == 0;
        found[0] += is;
        found[1] += is && sites.items[i].turned;
        found[2] += sites.items[i].turned;
        found[3] += sites.items[i].turned && !is;
    }
    em_sites_release(&sites);
}

/* --- output --------------------------------------------------------------------------------- */

static void print_one(const char *name, const struct tally *t)
{
    struct tally all = {0, 0, 0, 0, 0};
    for (int at = 0; at < SHARES; at++) {
        all.error += t[at].error;
        all.n += t[at].n;
        all.covered += t[at].covered;
        all.width += t[at].width;
    }
    printf("%-14s MAE %.4f cover %5.1f width %.3f |", name, all.error / all.n,
           100 * all.covered / all.n, all.width / all.n);
    for (int at = 0; at < SHARES; at++)
        if (t[at].n > 0)
            printf(" %.4f(%+.3f,%3.0f,%.3f)", t[at].error / t[at].n, t[at].bias / t[at].n,
                   100 * t[at].covered / t[at].n, t[at].width / t[at].n);
    putchar('\n');
}

static void options(struct bench *b, int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        const struct {
            const char *name;
            uint32_t *count;
        } all[] = {{"runs=", &b->runs},
                   {"documents=", &b->documents},
                   {"replicates=", &b->replicates},
                   {"turned=", &b->turned}};
        bool known = false;
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
            if (strncmp(argv[i], all[k].name, strlen(all[k].name)) == 0) {
                *all[k].count =
                    (uint32_t)strtoul(argv[i] + strlen(all[k].name), NULL, 10);
                known = true;
            }
        if (strncmp(argv[i], "seed=", 5) == 0)
            b->seed = strtoull(argv[i] + 5, NULL, 10);
        else if (strncmp(argv[i], "unseen=", 7) == 0)
            b->unseen = argv[i][7] == '1';
        else if (strncmp(argv[i], "sites=", 6) == 0)
            b->by_site = argv[i][6] == '1';
        else if (strncmp(argv[i], "prior_machine=", 14) == 0)
            b->options.prior_machine = atof(argv[i] + 14);
        else if (strncmp(argv[i], "prior_site=", 11) == 0)
            b->options.prior_site = atof(argv[i] + 11);
        else if (strncmp(argv[i], "only=", 5) == 0)
            b->only = atof(argv[i] + 5);
        else if (!known)
            exit(129);
    }
}

int main(int argc, char **argv)
{
    static struct bench b = {.runs = 200,
                             .documents = 1500,
                             .replicates = 100,
                             .turned = 200,
                             .by_site = true,
                             .only = -1,
                             .seed = 1};
    uint64_t found[4] = {0, 0, 0, 0};
    struct em_model *model;
    if (argc < 3)
        return 129;
    em_quantify_defaults(&b.options);
    options(&b, argc, argv);
    must(em_model_load(&model, argv[1], NULL));
    b.block = model->block;
    scores_read(&b, argv[2]);
    if (!b.block || b.n_human < EM_ANCHOR_SITES || b.n_machine == 0)
        return 2;
    for (int at = 0; at < SHARES; at++)
        for (uint32_t i = 0;
             i < b.runs && (b.only < 0 || fabs(b.only - shares[at]) < 1e-9); i++)
            run(&b, at);
    for (uint32_t i = 0; i < b.turned; i++)
        turned(&b, found);
    printf(
        "%u human sites, %u machine sites; %u runs a share, %u documents, %s; per share: "
        "MAE (bias, %% covered, width)\n",
        b.n_human, b.n_machine, b.runs, b.documents,
        b.unseen ? "machine text of a kind left out" : "kinds known");
    for (int m = 0; m < EM_QUANTIFY_SCORES && b.runs; m++)
        print_one(em_quantify_name((enum em_quantify_method)m), b.all[m]);
    if (b.runs && b.by_site) {
        print_one("site, anchored", b.anchored);
        print_one("site, alone", b.alone);
    }
    printf("turned: %.1f %% of %llu found; %.1f %% of %llu found are false\n",
           100 * (double)found[1] / (double)(found[0] ? found[0] : 1),
           (unsigned long long)found[0],
           100 * (double)found[3] / (double)(found[2] ? found[2] : 1),
           (unsigned long long)found[2]);
    em_model_free(model);
    return 0;
}
