/* SPDX-License-Identifier: Apache-2.0
 *
 * Detectors side by side on the same texts; bench/quality runs it.
 *
 *     eval_detectors lines [--train] INPUT...        a text a line in lower case, for fastText;
 *                                                    --train: at most 3,000 texts a source and
 *                                                    class, 350 words each, with __label__
 *     eval_detectors fasttext PREDICTIONS INPUT...   rows from what `fasttext predict-prob`
 *                                                    said of the lines of INPUT
 *     eval_detectors zip TRAIN -- INPUT...           rows of a compressor: how much better a
 *                                                    text compresses after machine text than
 *                                                    after human text (in ZipPy's manner)
 *     eval_detectors compare NAME=ROWS...            the table
 *
 * A row: source, label (1: machine), old (model before GPT-3.5), words, score, tab-separated;
 * `train_quantify score` and `fold` print the same. Thresholds are those that flag 1 % of
 * human text, each source of at least 50 texts alike, of the rows themselves.
 */
#include "pipeline/labelled.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "detector/learn/metrics.h"
#include "detector/learn/train.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { CAP = 3000, CUT = 350, LEAST = 50, RANKED = 300, PRELUDE = 32000, MOST = 16 };

static struct em_err err;

static void need(enum em_status status, const char *what)
{
    if (status < 0) {
        fprintf(stderr, "eval_detectors: %s: %s\n", what,
                err.text[0] ? err.text : em_status_text(status));
        exit(2);
    }
}

static void *room(size_t n, size_t size)
{
    void *p = em_calloc(n ? n : 1, size);
    need(p ? EM_OK : EM_ERR_NOMEM, "memory");
    return p;
}

static enum em_status take(void *context, const struct em_labelled *row, struct em_err *e)
{
    (void)e;
    if (em_labelled_fate(row, "en", false, 20) != EM_EXAMPLE_KEPT)
        return EM_OK;
    return em_examples_add(context, row, "en");
}

static struct em_examples read_all(char **paths, int n)
{
    struct em_examples all = {.items = NULL};
    struct em_inputs inputs = {.paths = NULL};
    struct em_labelled_counts counts = {.lines = 0};
    for (int i = 0; i < n; i++)
        need(em_inputs_add(&inputs, paths[i], &err), paths[i]);
    need(em_labelled_read(&inputs, take, &all, &counts, &err), "read");
    em_inputs_release(&inputs);
    return all;
}

/* --- fastText ------------------------------------------------------------------------- */

/* Words and signs apart, in lower case, on one line: fastText splits at white space. */
static void put_line(const struct em_example *e, uint32_t most)
{
    uint32_t words = 0;
    int last = ' ';
    for (uint32_t i = 0; i < e->len && words < most; i++) {
        int c = (unsigned char)e->text[i];
        bool sign = ispunct(c) && c != '\'';
        if (isspace(c) || sign) {
            if (last != ' ')
                putchar(' ');
            words += last != ' ';
            last = ' ';
            if (sign)
                printf("%c ", c);
        } else {
            putchar(tolower(c));
            last = c;
        }
    }
    putchar('\n');
}

static void lines(const struct em_examples *all, bool train)
{
    uint32_t *taken = room(2 * (size_t)all->sources.n, sizeof(*taken));
    size_t stride =
        7919; /* prime: a walk that meets every text once, in no order of the file */
    while (all->n && all->n % stride == 0)
        stride += 2;
    for (size_t k = 0; k < all->n; k++) {
        const struct em_example *e = &all->items[train ? k * stride % all->n : k];
        if (train) {
            if (e->old || taken[2 * e->source + (e->label > 0)]++ >= CAP)
                continue;
            printf("__label__%s ", e->label > 0 ? "machine" : "human");
        }
        put_line(e, train ? CUT : UINT32_MAX);
    }
    em_free(taken);
}

static void put_row(const struct em_examples *all, const struct em_example *e,
                    double score)
{
    printf("%s\t%d\t%d\t%u\t%.6f\n", all->sources.names[e->source], e->label > 0, e->old,
           (unsigned)e->words, score);
}

static void fasttext(const char *path, const struct em_examples *all)
{
    FILE *file = fopen(path, "r");
    char label[64], line[256];
    double p;
    need(file ? EM_OK : EM_ERR_IO, path);
    for (size_t i = 0; i < all->n; i++) {
        bool read =
            fgets(line, sizeof(line), file) && sscanf(line, "%63s %lf", label, &p) == 2;
        need(read ? EM_OK : EM_ERR_FORMAT, path);
        p = strcmp(label, "__label__machine") == 0 ? p : 1 - p;
        p = p < 1e-6 ? 1e-6 : p > 1 - 1e-6 ? 1 - 1e-6 : p;
        put_row(all, &all->items[i], log(p / (1 - p)));
    }
    fclose(file);
}

/* --- a compressor --------------------------------------------------------------------- */

/* The window's worth of text of one class: a piece of each source in turn. */
static size_t prelude(const struct em_examples *all, int8_t label, char *out)
{
    size_t n = 0;
    for (uint32_t round = 0; n < PRELUDE && round < 64; round++)
        for (uint32_t s = 0; s < all->sources.n && n < PRELUDE; s++) {
            uint32_t seen = 0;
            for (size_t i = 0; i < all->n; i++) {
                const struct em_example *e = &all->items[i];
                if (e->source != s || e->label != label || e->old || seen++ != round)
                    continue;
                size_t piece = e->len < 600 ? e->len : 600;
                piece = piece < PRELUDE - n ? piece : PRELUDE - n;
                memcpy(out + n, e->text, piece);
                n += piece;
                break;
            }
        }
    return n;
}

static size_t compressed(const char *before, size_t n, const struct em_example *e)
{
    static unsigned char out[1 << 18];
    z_stream z = {.zalloc = Z_NULL};
    if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflateSetDictionary(&z, (const Bytef *)before, (uInt)n) != Z_OK)
        exit(2);
    z.next_in = (Bytef *)(uintptr_t)e->text;
    z.avail_in = e->len;
    z.next_out = out;
    z.avail_out = sizeof(out);
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        exit(2);
    size_t size = z.total_out;
    deflateEnd(&z);
    return size;
}

static void zip(const struct em_examples *train, const struct em_examples *all)
{
    static char before[2][PRELUDE];
    size_t n[2] = {prelude(train, -1, before[0]), prelude(train, 1, before[1])};
    for (size_t i = 0; i < all->n; i++) {
        const struct em_example *e = &all->items[i];
        double human = (double)compressed(before[0], n[0], e);
        double machine = (double)compressed(before[1], n[1], e);
        put_row(all, e, (human - machine) / (double)(e->len ? e->len : 1));
    }
}

/* --- the table ------------------------------------------------------------------------ */

struct row {
    struct em_sourced at;
    uint32_t words;
    bool machine, old;
};

struct rows {
    const char *name;
    struct row *items;
    size_t n;
    double threshold;
};

static struct em_names sources;

static struct rows read_rows(char *argument)
{
    char *path = strchr(argument, '='), line[1024], source[512];
    struct rows rows = {.name = argument};
    size_t cap = 0;
    need(path ? EM_OK : EM_ERR_USAGE, "NAME=ROWS");
    *path++ = '\0';
    FILE *file = fopen(path, "r");
    need(file ? EM_OK : EM_ERR_IO, path);
    while (fgets(line, sizeof(line), file)) {
        struct row r;
        int machine, old;
        if (sscanf(line, "%511[^\t]\t%d\t%d\t%u\t%lf", source, &machine, &old, &r.words,
                   &r.at.score) != 5 ||
            r.words < 40)
            continue;
        r.machine = machine;
        r.old = old;
        need(em_names_add(&sources, em_view_of(source), &r.at.source), "source");
        if (rows.n == cap) {
            cap = cap ? 2 * cap : 4096;
            rows.items = em_realloc_array(rows.items, cap, sizeof(*rows.items));
            need(rows.items ? EM_OK : EM_ERR_NOMEM, "memory");
        }
        rows.items[rows.n++] = r;
    }
    fclose(file);
    return rows;
}

struct pick {
    uint32_t source; /* UINT32_MAX: all */
    uint32_t from, to;
};

static bool picked(const struct row *r, struct pick p)
{
    return (p.source == UINT32_MAX || r->at.source == p.source) && r->words >= p.from &&
           r->words < p.to && !(r->machine && r->old);
}

static double share(const struct rows *rows, struct pick p, bool machine, size_t *n)
{
    size_t above = 0;
    *n = 0;
    for (size_t i = 0; i < rows->n; i++)
        if (rows->items[i].machine == machine && picked(&rows->items[i], p)) {
            ++*n;
            above += rows->items[i].at.score > rows->threshold;
        }
    return *n ? (double)above / (double)*n : NAN;
}

/* Machine texts picked against human texts of these lengths, at most RANKED a source. */
static double auroc(const struct rows *rows, struct pick p)
{
    double *values = room(rows->n, sizeof(*values)), out = NAN;
    uint32_t *taken = room(sources.n, sizeof(*taken));
    size_t human = 0, machine = rows->n;
    struct pick humans = {UINT32_MAX, p.from, p.to};
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->items[i];
        if (r->machine && picked(r, p))
            values[--machine] = r->at.score;
        else if (!r->machine && picked(r, humans) && taken[r->at.source]++ < RANKED)
            values[human++] = r->at.score;
    }
    struct em_scores s = {values, values + machine, human, rows->n - machine};
    need(em_metric_auroc(&s, &out), "AUROC");
    em_free(values);
    em_free(taken);
    return out;
}

static void set_threshold(struct rows *rows)
{
    struct em_sourced *humans = room(rows->n, sizeof(*humans));
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++)
        if (!rows->items[i].machine)
            humans[n++] = rows->items[i].at;
    need(em_metric_threshold(humans, n, sources.n, LEAST, UINT32_MAX, 0.01,
                             &rows->threshold),
         "threshold");
    em_free(humans);
}

static void head(const struct rows *all, int n, const char *what)
{
    printf("\n%-44s %6s", what, "texts");
    for (int k = 0; k < n; k++)
        printf("  %16.16s", all[k].name);
    putchar('\n');
}

static void means(const struct rows *all, int n, uint32_t from, uint32_t to)
{
    char name[64];
    snprintf(name, sizeof(name),
             to == UINT32_MAX ? "mean, %u words and more" : "mean, %u to %u words", from,
             to);
    printf("%-44s %6s", name, "");
    for (int k = 0; k < n; k++) {
        double caught = 0, ranked = 0, worst = 1;
        size_t used = 0, texts;
        for (uint32_t s = 0; s < sources.n; s++) {
            struct pick p = {s, from, to};
            double c = share(&all[k], p, true, &texts);
            if (texts < 30)
                continue;
            used++;
            caught += c;
            worst = c < worst ? c : worst;
            ranked += auroc(&all[k], p);
        }
        if (used)
            printf("  %5.1f %.3f/%4.1f", 100 * caught / (double)used,
                   ranked / (double)used, 100 * worst);
        else
            printf("  %16s", "-");
    }
    putchar('\n');
}

static void compare(struct rows *all, int n)
{
    size_t texts;
    for (int k = 0; k < n; k++)
        set_threshold(&all[k]);
    head(all, n, "machine source (GPT-3.5 and later): % caught, AUROC");
    for (uint32_t s = 0; s < sources.n; s++) {
        struct pick p = {s, 40, UINT32_MAX};
        share(&all[0], p, true, &texts);
        if (texts < 30)
            continue;
        printf("%-44.44s %6zu", sources.names[s], texts);
        for (int k = 0; k < n; k++)
            printf("  %10.1f %5.3f", 100 * share(&all[k], p, true, &texts),
                   auroc(&all[k], p));
        putchar('\n');
    }
    head(all, n, "means over these: % caught AUROC/worst caught");
    means(all, n, 40, UINT32_MAX);
    means(all, n, 40, 80);
    means(all, n, 80, 150);
    means(all, n, 150, 300);
    means(all, n, 300, UINT32_MAX);
    means(all, n, 150, UINT32_MAX);
    head(all, n, "human source: % flagged");
    for (uint32_t s = 0; s < sources.n; s++) {
        struct pick p = {s, 40, UINT32_MAX};
        share(&all[0], p, false, &texts);
        if (texts < LEAST)
            continue;
        printf("%-44.44s %6zu", sources.names[s], texts);
        for (int k = 0; k < n; k++)
            printf("  %16.2f", 100 * share(&all[k], p, false, &texts));
        putchar('\n');
    }
}

static int usage(void)
{
    fputs("usage: eval_detectors lines [--train] INPUT... | fasttext PREDICTIONS "
          "INPUT... |\n"
          "       zip TRAIN -- INPUT... | compare NAME=ROWS...\n",
          stderr);
    return 129;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return usage();
    const char *mode = argv[1];
    if (strcmp(mode, "compare") == 0) {
        struct rows all[MOST];
        int n = argc - 2 < MOST ? argc - 2 : MOST;
        for (int k = 0; k < n; k++)
            all[k] = read_rows(argv[2 + k]);
        compare(all, n);
        for (int k = 0; k < n; k++)
            em_free(all[k].items);
        em_names_release(&sources);
        return fflush(stdout) == 0 ? 0 : 2;
    }
    bool train = strcmp(mode, "lines") == 0 && strcmp(argv[2], "--train") == 0;
    bool zips = strcmp(mode, "zip") == 0, fast = strcmp(mode, "fasttext") == 0;
    int split = 3;
    while (zips && split < argc && strcmp(argv[split], "--") != 0)
        split++;
    if ((zips && split + 1 >= argc) || ((fast || train) && argc < 4) ||
        (!zips && !fast && strcmp(mode, "lines") != 0))
        return usage();
    int first = zips ? split + 1 : fast || train ? 3 : 2;
    struct em_examples all = read_all(argv + first, argc - first);
    if (fast) {
        fasttext(argv[2], &all);
    } else if (zips) {
        struct em_examples learned = read_all(argv + 2, split - 2);
        zip(&learned, &all);
        em_examples_release(&learned);
    } else {
        lines(&all, train);
    }
    em_examples_release(&all);
    return fflush(stdout) == 0 ? 0 : 2;
}
