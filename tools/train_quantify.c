/* SPDX-License-Identifier: Apache-2.0
 *
 * Scores of labelled texts with their sources, for calibrating and testing estimates of
 * prevalence. One line a text: data set, label, old (model before GPT-3.5), words,
 * log-odds, lexical ratio and marker as `scan` stores them.
 *
 *     train_quantify score MODEL INPUT...           by the model itself
 *     train_quantify fold MODEL K N CAP INPUT...    of the sources of fold K of N, by a model
 *                                     learned from the other folds in the manner of MODEL,
 *                                     with MODEL's calibration (CAP: windows a source)
 *
 *     train_quantify keep MODEL K N OUT INPUT...    that model into the file OUT, and the
 *                                     sources of fold K, one a line (what detector/spans.c
 *                                     was fitted with: bench/spans.sh)
 *     train_quantify register MODEL TABLE NAME INPUT...   of the texts of one register
 *                                     (tools/registers.tsv), by a model learned from all others
 *
 *     train_quantify words INPUT...     source, label and the words that detector/lexical.h
 *                                       looks at, of texts that have enough of them
 *
 *     train_quantify block MODEL SOURCES OUT INPUT...     MODEL with a calibration block of these
 *                                     texts (not learned from) into the file OUT
 *
 * With `--sources FILE` before the mode (configs/sources.tsv) models are learned as `train
 * --sources` does, and the sources of one owner are of one fold.
 *
 * After the log-odds stand the lexical ratio and whether a marker occurs ("-": too short).
 * Texts on which the detector abstains are left out, as they are from the histograms.
 */
#include "pipeline/labelled.h"
#include "base/alloc.h"
#include "detector/lexical.h"
#include "base/file.h"
#include "detector/learn/block.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct em_err err;
static struct em_source_facts facts;

static void need(enum em_status status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "train_quantify: %s: %s\n", what,
                err.text[0] ? err.text : em_status_text(status));
        exit(2);
    }
}

static enum em_status take(void *context, const struct em_labelled *row, struct em_err *e)
{
    (void)e;
    if (em_labelled_fate(row, "en", false, 20) != EM_EXAMPLE_KEPT)
        return EM_OK;
    return em_examples_add(context, row, "en");
}

static void print_scores(const struct em_model *model, const struct em_examples *all,
                         const bool *mine)
{
    struct em_detector *detector;
    const struct em_detect_options options = {.spans = false};
    need(em_detector_new(&detector, model, &options, &err), "detector");
    for (size_t i = 0; i < all->n; i++) {
        const struct em_example *e = &all->items[i];
        struct em_doc doc = {
            .text = {e->text, e->len}, .lang = EM_VIEW("en"), .lang_confidence = 1};
        struct em_verdict verdict;
        if (mine && !mine[e->source])
            continue;
        need(em_detect(detector, &doc, &verdict, &err), "detect");
        if (verdict.kind == EM_VERDICT_ABSTAIN)
            continue;
        printf("%s\t%d\t%d\t%u\t%.4f", all->sources.names[e->source], e->label > 0,
               e->old, (unsigned)verdict.scored, verdict.log_odds);
        struct em_lexical lexical = em_lexical_measure(doc.text);
        if (lexical.measured)
            printf("\t%.4f\t%d\n", (double)lexical.ratio, lexical.marked);
        else
            puts("\t-\t-");
    }
    em_detector_free(detector);
}

/* Machine text of models before GPT-3.5 is left out, as it is from the histograms. */
static void print_words(const struct em_examples *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct em_example *e = &all->items[i];
        struct em_view text = em_view_make(e->text, e->len);
        char word[EM_LEXICAL_LONGEST];
        size_t at = 0, len, n = 0;
        if ((e->old && e->label > 0) || !em_lexical_measure(text).measured)
            continue;
        printf("%s\t%d\t", all->sources.names[e->source], e->label > 0);
        while (n < EM_LEXICAL_WORDS && em_lexical_next(text, &at, word, &len)) {
            printf("%s%.*s", n && len ? " " : "", (int)len, word);
            n++;
        }
        putchar('\n');
    }
}

static void save(const struct em_model *model, const char *path)
{
    struct em_buf bytes;
    em_buf_init(&bytes, SIZE_MAX);
    need(em_model_save(model, &bytes, &err), "model");
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes.data, 1, bytes.len, f) != bytes.len || fclose(f) != 0) {
        fprintf(stderr, "train_quantify: cannot write '%s'\n", path);
        exit(2);
    }
    em_buf_release(&bytes);
}

static void keep(struct em_model *model, const struct em_examples *all, const bool *mine,
                 const char *path)
{
    need(em_model_set_provenance(model, EM_VIEW("{}")), "provenance");
    save(model, path);
    for (uint32_t s = 0; s < all->sources.n; s++)
        if (mine[s])
            puts(all->sources.names[s]);
}

/* What the model says is brought to the shipped model's scale: its raw logits go through
 * the shipped calibration. */
static struct em_model *learn(const struct em_model *shipped,
                              const struct em_examples *rest, unsigned cap)
{
    struct em_train_options options;
    struct em_train_report report;
    struct em_model *model;
    em_train_defaults(&options);
    options.facts = &facts;
    if (cap)
        options.cap = cap;
    need(em_train(&model, rest, &options, &report, NULL, NULL, &err), "train");
    model->n_bins = shipped->n_bins;
    memcpy(model->bins, shipped->bins, sizeof(model->bins));
    model->n_thresholds = shipped->n_thresholds;
    memcpy(model->thresholds, shipped->thresholds, sizeof(model->thresholds));
    model->human_below = shipped->human_below;
    model->prior_ppm = shipped->prior_ppm;
    return model;
}

static void fold(const struct em_model *shipped, const struct em_examples *all,
                 unsigned k, unsigned n, unsigned cap, const char *path)
{
    struct em_examples rest = {.items = em_malloc(all->n * sizeof(rest.items[0])),
                               .sources = all->sources};
    bool *mine = em_calloc(all->sources.n, sizeof(*mine));
    if (!rest.items || !mine)
        exit(2);
    uint32_t *owner = em_calloc(2 * (size_t)all->sources.n + 1, sizeof(*owner));
    if (!owner)
        exit(2);
    em_source_groups(&facts, all->sources.names, all->sources.n, owner,
                     owner + all->sources.n);
    for (uint32_t s = 0, dealt = 0; s < all->sources.n; s++)
        mine[s] = owner[s] == s ? dealt++ % n == k : mine[owner[s]];
    em_free(owner);
    for (size_t i = 0; i < all->n; i++)
        if (!mine[all->items[i].source])
            rest.items[rest.n++] = all->items[i];
    struct em_model *model = learn(shipped, &rest, cap);
    if (path)
        keep(model, all, mine, path);
    else
        print_scores(model, all, mine);
    em_model_free(model);
    em_free(mine);
    em_free(rest.items);
}

/* --- registers ------------------------------------------------------------------------- */

enum { MAX_REGISTERS = 32 };

struct registers {
    char names[MAX_REGISTERS][32];
    regex_t patterns[MAX_REGISTERS];
    size_t n;
    const char *chosen;
    struct em_examples inside, outside;
};

static void read_registers(struct registers *r, const char *path)
{
    char line[1024], pattern[900];
    FILE *in = fopen(path, "r");
    if (!in)
        need(EM_ERR_IO, path);
    while (r->n < MAX_REGISTERS && fgets(line, sizeof(line), in)) {
        if (line[0] == '#' ||
            sscanf(line, "%31[^\t]\t%899[^\n]", r->names[r->n], pattern) != 2)
            continue;
        if (regcomp(&r->patterns[r->n], pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) !=
            0)
            need(EM_ERR_FORMAT, pattern);
        r->n++;
    }
    fclose(in);
}

static enum em_status take_register(void *context, const struct em_labelled *row,
                                    struct em_err *e)
{
    struct registers *r = context;
    char domain[256];
    (void)e;
    if (em_labelled_fate(row, "en", false, 20) != EM_EXAMPLE_KEPT)
        return EM_OK;
    snprintf(domain, sizeof(domain), "%.*s", EM_VIEW_ARGS(row->domain));
    for (size_t k = 0; k < r->n; k++)
        if (regexec(&r->patterns[k], domain, 0, NULL, 0) == 0)
            return em_examples_add(strcmp(r->names[k], r->chosen) == 0 ? &r->inside
                                                                       : &r->outside,
                                   row, "en");
    return em_examples_add(&r->outside, row, "en");
}

static void leave_register_out(const struct em_model *shipped, const char *table,
                               const char *name, const struct em_inputs *inputs)
{
    struct registers *r = em_calloc(1, sizeof(*r));
    struct em_labelled_counts counts = {.lines = 0};
    if (!r)
        exit(2);
    r->chosen = name;
    read_registers(r, table);
    need(em_labelled_read(inputs, take_register, r, &counts, &err), "read");
    struct em_model *model = learn(shipped, &r->outside, 0);
    print_scores(model, &r->inside, NULL);
    em_model_free(model);
    em_examples_release(&r->inside);
    em_examples_release(&r->outside);
    for (size_t k = 0; k < r->n; k++)
        regfree(&r->patterns[k]);
    em_free(r);
}

static unsigned number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end || value > 1000000) {
        fprintf(stderr, "train_quantify: '%s' is no number below a million\n", text);
        exit(129);
    }
    return (unsigned)value;
}

/* A model file with a calibration block of texts that the model did not learn from. */
static void read_facts(const char *path)
{
    struct em_buf bytes;
    em_buf_init(&bytes, SIZE_MAX);
    need(em_read_file(path, &bytes, &err), path);
    need(em_source_facts_read(&facts, em_buf_view(&bytes), &err), path);
    em_buf_release(&bytes);
}

static void make_block(struct em_model *model, const char *sources, const char *to,
                       const struct em_examples *texts)
{
    read_facts(sources);
    need(em_block_make(model, NULL, NULL, texts, &facts, model->thresholds[0].measured,
                       &err),
         "block");
    save(model, to);
}

int main(int argc, char **argv)
{
    struct em_examples all = {.items = NULL};
    struct em_inputs inputs = {.paths = NULL};
    struct em_labelled_counts counts = {.lines = 0};
    struct em_model *model = NULL;
    if (argc > 3 && strcmp(argv[1], "--sources") == 0) {
        read_facts(argv[2]);
        argv += 2;
        argc -= 2;
    }
    bool folds = argc > 6 && strcmp(argv[1], "fold") == 0;
    bool kept = argc > 6 && strcmp(argv[1], "keep") == 0;
    bool registers = argc > 5 && strcmp(argv[1], "register") == 0;
    bool block = argc > 5 && strcmp(argv[1], "block") == 0;
    bool words = argc > 2 && strcmp(argv[1], "words") == 0;
    bool scores = argc > 3 && strcmp(argv[1], "score") == 0;
    if (!folds && !kept && !registers && !words && !scores && !block) {
        fputs("usage: train_quantify [--sources FILE] score MODEL INPUT... | fold MODEL "
              "K N CAP INPUT... | "
              "keep MODEL K N OUT INPUT... | block MODEL SOURCES OUT INPUT... | register "
              "MODEL TABLE NAME INPUT... | "
              "words INPUT...\n",
              stderr);
        return 129;
    }
    if (!words)
        need(em_model_load(&model, argv[2], &err), argv[2]);
    for (int i = folds || kept        ? 6
                 : registers || block ? 5
                 : words              ? 2
                                      : 3;
         i < argc; i++)
        need(em_inputs_add(&inputs, argv[i], &err), argv[i]);
    if (!registers)
        need(em_labelled_read(&inputs, take, &all, &counts, &err), "read");
    if (registers)
        leave_register_out(model, argv[3], argv[4], &inputs);
    else if (folds)
        fold(model, &all, number(argv[3]), number(argv[4]), number(argv[5]), NULL);
    else if (kept)
        fold(model, &all, number(argv[3]), number(argv[4]), 0, argv[5]);
    else if (block)
        make_block(model, argv[3], argv[4], &all);
    else if (words)
        print_words(&all);
    else
        print_scores(model, &all, NULL);
    em_examples_release(&all);
    em_source_facts_release(&facts);
    em_inputs_release(&inputs);
    em_model_free(model);
    return fflush(stdout) == 0 ? 0 : 2;
}
