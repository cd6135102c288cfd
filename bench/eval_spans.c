/* SPDX-License-Identifier: Apache-2.0
 *
 * How well machine-written parts of a document are found, beside the rule of bare
 * thresholds (windows of 200 words that reach the document's threshold by themselves), on
 * documents assembled from pairs (mixed.h), on documents that were mixed already
 * (`human_prefix_chars`), and on whole ones.
 *
 *     eval_spans [--set NAME=VALUE]... [--hosts N] MODEL INPUT...
 *     eval_spans [...] --fold MODEL SOURCES ... -- INPUT...
 *
 * --fold: only the data sets that the file SOURCES lists, by MODEL that did not learn from
 * them (train_quantify keep); all folds make one table. --set: a number of
 * detector/spans.h (rate, mixed, local, human, machine, variance, register_sd) instead of
 * the shipped one.
 *
 * Bytes of spans against bytes that are machine-written: precision, recall, F1. Boundary
 * error: from each true change of author to the nearest end of a span within the document,
 * or without one to the nearer end of the document; median and mean, in characters (bytes)
 * and words. Share: mean absolute error, and how often the truth lies within two standard
 * errors (and a hundredth).
 */
#include "bench/mixed.h"
#include "detector/detector_int.h"

#include <math.h>

enum { MAX_FOLDS = 16, WHOLE_MOST = 1000, MAX_SOURCES = 400 };
/* Kinds of assembled documents, then those mixed already, by model age. */
enum { READY = KINDS, READY_OLD, ROWS };
enum rule { CHAIN, BARE, RULES };

static struct em_err err;

struct score {
    size_t docs, n_errors, cap, covered, flagged, single;
    double true_bytes, found_bytes, both, share_error, spans;
    double *errors, *word_errors;
    double loss, loss_bytes;
};

struct source {
    const char *name;
    size_t human, flagged[RULES], verdicts, machine, machine_verdicts, single[RULES];
};

struct eval {
    struct em_detector *detector;
    struct score scores[RULES][ROWS];
    struct source sources[MAX_SOURCES];
    size_t n_sources;
    int row; /* of documents mixed already; else -1 */
    bool whole;
};

static void need(enum em_status status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "eval_spans: %s: %s\n", what,
                err.text[0] ? err.text : em_status_text(status));
        exit(2);
    }
}

static size_t bare_spans(const struct em_detector *d, struct em_span *spans)
{
    const struct em_features *f = d->features;
    size_t n = 0;
    bool open = false;
    for (size_t i = 0; i < f->n_windows && n < EM_MAX_SPANS; i++) {
        const struct em_window *w = &f->windows[i];
        bool machine = em_model_calibrate(d->model, (double)d->logits[i], w->words) >=
                       d->threshold.log_odds;
        if (machine && !open)
            spans[n++].start = w->start;
        if (machine)
            spans[n - 1].end = w->end;
        open = machine;
    }
    return n;
}

static void add_error(struct score *s, double bytes, double words)
{
    if (s->n_errors == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 1024;
        s->errors = mixed_must(em_realloc_array(s->errors, s->cap, sizeof(double)));
        s->word_errors =
            mixed_must(em_realloc_array(s->word_errors, s->cap, sizeof(double)));
    }
    s->errors[s->n_errors] = bytes;
    s->word_errors[s->n_errors++] = words;
}

static void boundaries(struct score *s, const struct mixed_doc *doc,
                       const struct em_span *spans, size_t n)
{
    for (size_t i = 0; i + 1 < doc->n; i++) {
        uint32_t at = doc->ends[i], best = 0, near;
        uint32_t least = at < doc->len - at ? at : (uint32_t)doc->len - at;
        best = at < doc->len - at ? 0 : (uint32_t)doc->len;
        for (size_t k = 0; k < 2 * n; k++) {
            near = k & 1 ? spans[k / 2].end : spans[k / 2].start;
            /* The beginning and the end of the document are no change. */
            if (near < 3 || near + 3 > doc->len)
                continue;
            uint32_t off = near > at ? near - at : at - near;
            if (off < least) {
                least = off;
                best = near;
            }
        }
        uint32_t from = best < at ? best : at;
        add_error(s, least, em_count_words(em_view_make(doc->text + from, least), false));
    }
}

static double overlap(const struct mixed_doc *doc, const struct em_span *spans, size_t n,
                      double *truth, double *found)
{
    double both = 0;
    *truth = *found = 0;
    for (size_t k = 0; k < n; k++)
        *found += spans[k].end - spans[k].start;
    uint32_t from = 0;
    for (size_t i = 0; i < doc->n; i++) {
        uint32_t to = doc->ends[i];
        *truth += doc->machine[i] ? to - from : 0;
        for (size_t k = 0; k < n && doc->machine[i]; k++) {
            uint32_t a = spans[k].start > from ? spans[k].start : from;
            uint32_t b = spans[k].end < to ? spans[k].end : to;
            both += b > a ? b - a : 0;
        }
        from = to;
    }
    return both;
}

/* Of the pieces' posteriors, in nats a byte. */
static void add_loss(struct score *s, const struct em_detector *d,
                     const struct mixed_doc *doc)
{
    const struct em_features *f = d->features;
    uint32_t token = 0;
    for (size_t i = 0; i < f->n_pieces; i++) {
        const struct em_token *last = &f->tokens.tokens[f->pieces[i].end - 1];
        uint32_t at = em_normal_original(&f->normal, f->tokens.tokens[token].start);
        uint32_t end = em_normal_original_end(&f->normal, last->start + last->len);
        size_t part = 0;
        while (part + 1 < doc->n && doc->ends[part] <= (at + end) / 2)
            part++;
        double p = (double)d->chain.posterior[i];
        p = doc->machine[part] ? p : 1 - p;
        s->loss -= log(p > 1e-4 ? p : 1e-4) * (end - at);
        s->loss_bytes += end - at;
        token = f->pieces[i].end;
    }
}

static struct source *source_of(struct eval *e, const char *name)
{
    for (size_t i = 0; i < e->n_sources; i++)
        if (strcmp(e->sources[i].name, name) == 0)
            return &e->sources[i];
    if (e->n_sources == MAX_SOURCES)
        exit(2);
    e->sources[e->n_sources].name = mixed_copy(em_view_of(name));
    return &e->sources[e->n_sources++];
}

static void add(struct eval *e, const struct mixed_doc *doc, enum rule rule,
                const struct em_verdict *v, const struct em_span *spans, size_t n)
{
    double truth, found, both = overlap(doc, spans, n, &truth, &found);
    double share = rule == CHAIN ? v->share : found / (double)doc->len;
    double off = fabs(share - truth / (double)doc->len);
    bool single = n == 1 && found >= 0.9 * (double)doc->len;
    if (e->whole) {
        struct source *s = source_of(e, doc->source);
        bool machine = doc->machine[0];
        s->flagged[rule] += !machine && n > 0;
        s->single[rule] += machine && single;
        if (rule == CHAIN) {
            s->human += !machine;
            s->machine += machine;
            s->verdicts += !machine && v->kind == EM_VERDICT_MACHINE;
            s->machine_verdicts += machine && v->kind == EM_VERDICT_MACHINE;
        }
        return;
    }
    struct score *s = &e->scores[rule][e->row >= 0 ? e->row : (int)doc->kind];
    s->docs++;
    s->true_bytes += truth;
    s->found_bytes += found;
    s->both += both;
    s->share_error += off;
    s->covered += rule == CHAIN && off <= 2 * v->share_error + 0.01;
    s->flagged += n > 0;
    s->single += single;
    s->spans += (double)n;
    boundaries(s, doc, spans, n);
    if (rule == CHAIN)
        add_loss(s, e->detector, doc);
}

static void use(void *context, struct mixed_doc *doc)
{
    static struct em_span bare[EM_MAX_SPANS];
    struct eval *e = context;
    struct em_doc in = {
        .text = {doc->text, doc->len}, .lang = EM_VIEW("en"), .lang_confidence = 1};
    struct em_verdict v;
    need(em_detect(e->detector, &in, &v, &err), "detect");
    if (v.style < 0)
        return;
    add(e, doc, CHAIN, &v, v.spans, v.n_spans);
    add(e, doc, BARE, &v, bare, bare_spans(e->detector, bare));
}

struct intake {
    struct mixed_set set;
    struct eval *eval;
};

/* Bytes of the first n characters. */
static size_t bytes_of(struct em_view text, int64_t n)
{
    size_t i = 0;
    for (; i < text.len; i++)
        if (((unsigned char)text.data[i] & 0xC0) != 0x80 && n-- == 0)
            break;
    return i;
}

static enum em_status take(void *context, const struct em_labelled *row, struct em_err *e)
{
    struct intake *in = context;
    if (row->human_prefix_chars > 0 &&
        (!in->set.only || mixed_listed(in->set.only, row->dataset))) {
        struct mixed_doc doc = {.text = (char *)(uintptr_t)row->text.data,
                                .len = row->text.len,
                                .source = "mixed",
                                .n = 2,
                                .machine = {false, true}};
        doc.ends[0] = (uint32_t)bytes_of(row->text, row->human_prefix_chars);
        doc.ends[1] = (uint32_t)doc.len;
        in->eval->row = em_model_name_is_old(row->model) ? READY_OLD : READY;
        if (doc.ends[0] < doc.len)
            use(in->eval, &doc);
        in->eval->row = -1;
    }
    return mixed_take(&in->set, row, e);
}

static void whole_documents(struct eval *e, const struct mixed_set *set)
{
    e->whole = true;
    for (size_t i = 0; i < set->n; i++) {
        const struct mixed_text *t = &set->items[i];
        struct source *s = source_of(e, t->dataset);
        if (t->old || (t->machine ? s->machine : s->human) >= WHOLE_MOST)
            continue;
        struct mixed_doc doc = {.text = t->text,
                                .len = t->len,
                                .kind = t->machine ? MACHINE : HUMAN,
                                .source = t->dataset,
                                .n = 1,
                                .ends = {(uint32_t)t->len},
                                .machine = {t->machine}};
        use(e, &doc);
    }
    e->whole = false;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof(*values), by_size);
    return values[n / 2];
}

static double mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return n ? sum / (double)n : 0;
}

static void print_scores(struct eval *e)
{
    static const char *const rules[RULES] = {"chain", "thresholds"};
    puts("| documents | rule | n | with a span | one span over all | spans | precision | "
         "recall | F1 | boundary, characters: median, mean | words | share: error | "
         "within "
         "2 s.e. | loss |");
    puts("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for (int row = 0; row < ROWS; row++)
        for (int rule = 0; rule < RULES; rule++) {
            struct score *s = &e->scores[rule][row];
            double n = (double)s->docs;
            if (s->docs == 0)
                continue;
            double p = s->found_bytes > 0 ? s->both / s->found_bytes : 1;
            double q = s->true_bytes > 0 ? s->both / s->true_bytes : 1;
            printf("| %s | %s | %zu | %.1f | %.1f | %.2f | %.3f | %.3f | %.3f | ",
                   row < KINDS    ? mixed_names[row]
                   : row == READY ? "mixed already, GPT-3.5"
                                  : "mixed already, older",
                   rules[rule], s->docs, 100 * (double)s->flagged / n,
                   100 * (double)s->single / n, s->spans / n, p, q,
                   p + q > 0 ? 2 * p * q / (p + q) : 0);
            printf("%.0f, %.0f | %.0f, %.0f | %.3f | ", median(s->errors, s->n_errors),
                   mean(s->errors, s->n_errors), median(s->word_errors, s->n_errors),
                   mean(s->word_errors, s->n_errors), s->share_error / n);
            if (rule == CHAIN)
                printf("%.3f | %.4f |\n", (double)s->covered / n,
                       s->loss / s->loss_bytes);
            else
                puts("- | - |");
        }
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100 * (double)part / (double)whole : 0;
}

static void print_sources(const struct eval *e)
{
    double sum[3] = {0};
    size_t n = 0;
    puts("\nWhole human documents, per cent: said to be machine-written, with a span, "
         "with "
         "one by thresholds.\n\n| | n | verdict | chain | thresholds "
         "|\n|---|---|---|---|---|");
    for (size_t i = 0; i < e->n_sources; i++) {
        const struct source *s = &e->sources[i];
        if (s->human < 20)
            continue;
        double rates[3] = {percent(s->verdicts, s->human),
                           percent(s->flagged[CHAIN], s->human),
                           percent(s->flagged[BARE], s->human)};
        printf("| %s | %zu | %.1f | %.1f | %.1f |\n", s->name, s->human, rates[0],
               rates[1], rates[2]);
        for (int k = 0; k < 3; k++)
            sum[k] += rates[k];
        n++;
    }
    double d = (double)(n ? n : 1);
    printf("| mean | | %.2f | %.2f | %.2f |\n", sum[0] / d, sum[1] / d, sum[2] / d);
    puts("\nWhole machine documents (GPT-3.5 and later), per cent: said to be "
         "machine-written, one span over nine tenths or more.\n\n| | n | verdict | chain "
         "| "
         "thresholds |\n|---|---|---|---|---|");
    for (size_t i = 0; i < e->n_sources; i++) {
        const struct source *s = &e->sources[i];
        if (s->machine >= 20)
            printf("| %s | %zu | %.1f | %.1f | %.1f |\n", s->name, s->machine,
                   percent(s->machine_verdicts, s->machine),
                   percent(s->single[CHAIN], s->machine),
                   percent(s->single[BARE], s->machine));
    }
}

static void run(struct eval *e, const char *path, const char *only,
                const struct em_inputs *inputs, const struct em_spans_model *model,
                size_t hosts)
{
    const struct em_detect_options options = {.spans = true};
    struct intake in = {.set = {.only = only}, .eval = e};
    struct em_labelled_counts counts = {.lines = 0};
    struct em_model *m;
    need(em_model_load(&m, path, &err), path);
    need(em_detector_new(&e->detector, m, &options, &err), "detector");
    if (model)
        e->detector->spans_model = model;
    need(em_labelled_read(inputs, take, &in, &counts, &err), "read");
    mixed_from_pairs(&in.set, 7, hosts, use, e);
    whole_documents(e, &in.set);
    mixed_release(&in.set);
    em_detector_free(e->detector);
    em_model_free(m);
}

static char *read_list(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = mixed_must(em_calloc(1, 1 << 16));
    if (!f || fread(text, 1, (1 << 16) - 1, f) == 0) {
        fprintf(stderr, "eval_spans: cannot read '%s'\n", path);
        exit(2);
    }
    fclose(f);
    return text;
}

static void set(struct em_spans_model *m, const char *text)
{
    struct {
        const char *name;
        double *value;
    } all[] = {{"rate=", &m->rate},
               {"mixed=", &m->mixed},
               {"local=", &m->local},
               {"human=", &m->human},
               {"machine=", &m->machine},
               {"variance=", &m->variance},
               {"register_sd=", &m->register_sd},
               {"changes=", &m->changes},
               {"most=", &m->most},
               {"full=", &m->full},
               {"least=", &m->least}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strncmp(text, all[i].name, strlen(all[i].name)) == 0) {
            *all[i].value = strtod(text + strlen(all[i].name), NULL);
            return;
        }
    fprintf(stderr, "eval_spans: no number is called '%s'\n", text);
    exit(129);
}

int main(int argc, char **argv)
{
    static struct eval e = {.row = -1};
    struct em_spans_model model = *em_spans_model_for("en");
    struct em_inputs inputs = {.paths = NULL};
    const char *models[MAX_FOLDS];
    char *only[MAX_FOLDS];
    size_t folds = 0, hosts = 400;
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] == '-' && argv[i][2]; i++)
        if (strcmp(argv[i], "--set") == 0 && i + 1 < argc)
            set(&model, argv[++i]);
        else if (strcmp(argv[i], "--hosts") == 0 && i + 1 < argc)
            hosts = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--fold") == 0 && i + 2 < argc && folds < MAX_FOLDS) {
            models[folds] = argv[++i];
            only[folds++] = read_list(argv[++i]);
        } else
            break;
    i += i < argc && strcmp(argv[i], "--") == 0;
    if (folds == 0 && i + 1 < argc) {
        models[0] = argv[i++];
        only[folds++] = NULL;
    }
    if (i >= argc) {
        fputs("usage: eval_spans [--set NAME=VALUE] [--hosts N] MODEL INPUT... | --fold "
              "MODEL "
              "SOURCES -- INPUT...\n",
              stderr);
        return 129;
    }
    for (; i < argc; i++)
        need(em_inputs_add(&inputs, argv[i], &err), argv[i]);
    for (size_t k = 0; k < folds; k++) {
        run(&e, models[k], only[k], &inputs, &model, hosts);
        em_free(only[k]);
    }
    print_scores(&e);
    print_sources(&e);
    em_inputs_release(&inputs);
    for (int rule = 0; rule < RULES; rule++)
        for (int row = 0; row < ROWS; row++) {
            em_free(e.scores[rule][row].errors);
            em_free(e.scores[rule][row].word_errors);
        }
    for (size_t k = 0; k < e.n_sources; k++)
        em_free((char *)(uintptr_t)e.sources[k].name);
    return fflush(stdout) == 0 ? 0 : 2;
}
