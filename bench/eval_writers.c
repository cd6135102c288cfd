/* SPDX-License-Identifier: Apache-2.0
 *
 * Which family of models wrote a text: what a model says of labelled texts, whether or not
 * it would judge them machine-written.
 *
 *     eval_writers MODEL TABLE INPUT...       confusion, log-loss, reliability
 *     eval_writers --try OPTION=VALUE... MODEL TABLE TRAIN [INPUT...]
 *                                              learn first, and say how sources left out fare
 */
#include "detector/learn/families.h"
#include "pipeline/labelled.h"
#include "detector/learn/train_writers.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_WORDS = 40, BINS = 10, CAP = 200 };

struct reading {
    const struct em_families *families;
    struct em_examples examples;
};

static struct em_err err;

static void need(enum em_status status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "eval_writers: %s: %s\n", what,
                err.text[0] ? err.text : em_status_text(status));
        exit(2);
    }
}

static enum em_status take(void *context, const struct em_labelled *row, struct em_err *e)
{
    struct reading *r = context;
    (void)e;
    int family = em_families_find(r->families, row->model);
    if (family < 0 ||
        em_labelled_fate(row, "en", false, LEAST_WORDS) != EM_EXAMPLE_KEPT ||
        !em_view_eq(row->label, EM_VIEW("machine")))
        return EM_OK;
    EM_TRY(em_examples_add(&r->examples, row, "en"));
    r->examples.items[r->examples.n - 1].family = (int8_t)family;
    return EM_OK;
}

static void read_all(struct reading *r, char **names, int n)
{
    struct em_inputs inputs = {.paths = NULL};
    struct em_labelled_counts counts = {.lines = 0};
    for (int i = 0; i < n; i++)
        need(em_inputs_add(&inputs, names[i], &err), names[i]);
    need(em_labelled_read(&inputs, take, r, &counts, &err), "read");
    em_inputs_release(&inputs);
}

struct tally {
    double n, top1, top2, loss;
    uint32_t confusion[EM_WRITERS_MAX][EM_WRITERS_MAX];
    double stated[BINS], right[BINS], many[BINS];
};

static void count(struct tally *t, const double *p, uint32_t families, int truth)
{
    uint32_t said = 0, better = 0;
    for (uint32_t f = 0; f < families; f++) {
        said = p[f] > p[said] ? f : said;
        better += p[f] > p[truth];
    }
    t->n++;
    t->top1 += better == 0;
    t->top2 += better <= 1;
    t->loss -= log(p[truth]);
    t->confusion[truth][said]++;
    int bin = (int)(p[said] * BINS);
    bin = bin < BINS ? bin : BINS - 1;
    t->many[bin]++;
    t->stated[bin] += p[said];
    t->right[bin] += (int)said == truth;
}

static void print_line(const char *what, const struct tally *t)
{
    double gap = 0;
    for (int b = 0; b < BINS; b++)
        gap += fabs(t->stated[b] - t->right[b]);
    printf("%-32s %6.0f texts  top-1 %.3f  top-2 %.3f  log-loss %.3f  ECE %.3f\n", what,
           t->n, t->top1 / t->n, t->top2 / t->n, t->loss / t->n, gap / t->n);
}

static void print_confusion(const struct em_writers *w,
                            uint32_t confusion[][EM_WRITERS_MAX])
{
    printf("%-12s", "written by");
    for (uint32_t f = 0; f < w->n; f++)
        printf("%9s", w->names[f]);
    puts("   recall");
    for (uint32_t t = 0; t < w->n; t++) {
        uint32_t all = 0;
        printf("%-12s", w->names[t]);
        for (uint32_t f = 0; f < w->n; f++) {
            printf("%9u", (unsigned)confusion[t][f]);
            all += confusion[t][f];
        }
        printf("   %.2f\n", all ? (double)confusion[t][t] / all : 0);
    }
}

static void evaluate(const struct em_model *model, const struct em_examples *all)
{
    static const char *const bins[] = {"below 150 words", "150 to 300", "300 and more"};
    uint32_t n_sources = all->sources.n;
    struct tally *by_source = em_calloc(n_sources + 1, sizeof(*by_source));
    struct tally total = {.n = 0}, by_bin[EM_WRITERS_BINS] = {{.n = 0}};
    uint32_t *cells = em_calloc((size_t)(n_sources + 1) * EM_WRITERS_MAX, sizeof(*cells));
    struct em_features *features;
    struct em_view vocabulary = {model->vocabulary, model->vocabulary_len};
    if (!by_source || !cells)
        exit(2);
    need(em_features_new(&features, model->lang, vocabulary, em_model_dictionary(model),
                         &err),
         "features");
    for (size_t i = 0; i < all->n; i++) {
        const struct em_example *e = &all->items[i];
        const struct em_window *windows;
        double p[EM_WRITERS_MAX];
        size_t n;
        uint32_t *cell = &cells[e->source * EM_WRITERS_MAX + (uint8_t)e->family];
        if ((*cell)++ >= CAP)
            continue;
        need(em_features_run(features, em_view_make(e->text, e->len),
                             model->words_per_window, &windows, &n),
             "features");
        em_writers_judge(model, windows, n, p);
        count(&total, p, model->writers.n, e->family);
        count(&by_source[e->source], p, model->writers.n, e->family);
        count(&by_bin[em_writers_bin(e->words)], p, model->writers.n, e->family);
    }
    print_line("all", &total);
    for (int b = 0; b < EM_WRITERS_BINS; b++)
        if (by_bin[b].n > 0)
            print_line(bins[b], &by_bin[b]);
    for (uint32_t s = 0; s < n_sources; s++)
        if (by_source[s].n > 0)
            print_line(all->sources.names[s], &by_source[s]);
    print_confusion(&model->writers, total.confusion);
    for (int b = 0; b < BINS; b++)
        if (total.many[b] > 0)
            printf("stated %.2f: right %.2f, %5.1f %% of texts\n",
                   total.stated[b] / total.many[b], total.right[b] / total.many[b],
                   100 * total.many[b] / total.n);
    em_features_free(features);
    em_free(by_source);
    em_free(cells);
}

static void set(struct em_writers_options *o, const char *option)
{
    const char *equals = strchr(option, '=');
    double value = equals ? atof(equals + 1) : 0;
    if (strncmp(option, "cost=", 5) == 0)
        o->cost = value;
    else if (strncmp(option, "style=", 6) == 0)
        o->style = value;
    else if (strncmp(option, "rows=", 5) == 0)
        o->rows = (uint32_t)value;
    else if (strncmp(option, "cap=", 4) == 0)
        o->cap = (uint32_t)value;
    else if (strncmp(option, "folds=", 6) == 0)
        o->folds = (uint32_t)value;
    else
        need(EM_ERR_USAGE, option);
}

int main(int argc, char **argv)
{
    struct em_writers_options options;
    struct em_families families = {.n = 0};
    struct em_model *model;
    bool learn = argc > 1 && strcmp(argv[1], "--try") == 0;
    int at = learn ? 2 : 1;
    em_writers_defaults(&options);
    while (learn && at < argc && strchr(argv[at], '='))
        set(&options, argv[at++]);
    if (argc - at < 3) {
        fputs("usage: eval_writers [--try OPTION=VALUE...] MODEL TABLE INPUT...\n",
              stderr);
        return 129;
    }
    need(em_model_load(&model, argv[at], &err), argv[at]);
    need(em_families_read(&families, argv[at + 1], &err), argv[at + 1]);
    at += 2;
    if (learn) {
        struct em_writers_report r;
        struct reading train = {.families = &families};
        options.n = families.n;
        for (uint32_t f = 0; f < families.n; f++)
            options.names[f] = families.names[f];
        read_all(&train, argv + at++, 1);
        need(em_train_writers(model, &train.examples, &options, &r, &err), "train");
        printf("learned from %u texts of %u sources, %u n-grams; sources left out: top-1 "
               "%.3f, top-2 %.3f, log-loss %.3f; sharpness %.2f %.2f %.2f\n",
               (unsigned)r.texts, (unsigned)r.sources, (unsigned)r.rows, r.top1, r.top2,
               r.log_loss, (double)model->writers.sharpness[0],
               (double)model->writers.sharpness[1], (double)model->writers.sharpness[2]);
        print_confusion(&model->writers, r.confusion);
        em_examples_release(&train.examples);
    }
    if (at < argc) {
        struct reading r = {.families = &families};
        read_all(&r, argv + at, argc - at);
        evaluate(model, &r.examples);
        em_examples_release(&r.examples);
    }
    em_families_release(&families);
    em_model_free(model);
    return 0;
}
