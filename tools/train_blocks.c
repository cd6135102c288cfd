/* SPDX-License-Identifier: Apache-2.0
 *
 * Trains the block classifier from pages with gold text and writes it as C:
 *
 *     train_blocks LIST > crawler/page/block_model_table.c
 *
 * LIST as for eval_extract; only pages of half 0 are read. A block's label is the share of
 * its words that lie in a word triple of the gold text. Gradient boosting of oblivious
 * trees on logistic loss (Friedman 2001; trees as in CatBoost, Prokhorenkova 2018). The
 * second pass learns from what the first says of pages it was not trained on (four folds).
 * The same list gives the same file, to the byte.
 */
#include "bench/eval_words.h"
#include "crawler/page/charset.h"
#include "crawler/page/block_features.h"
#include "crawler/page/forest.h"

#include <math.h>

enum { FOLDS = 4, TREES_FIRST = 200, TREES_SECOND = 200, BINS = 256 };
static const double rate = 0.08, lambda = 3.0, row_share = 0.75, column_share = 0.5;
static const double weight_power = 0.7;

struct rows {
    uint8_t *columns[EM_FEATURES_2];
    float *label, *weight;
    int32_t *first; /* first-pass score, out of fold */
    uint32_t *page; /* page of each row */
    size_t n, cap;
};

struct page {
    struct em_outline outline;
    size_t start, n;
};

static uint64_t random_state = 1;

static double uniform(void)
{
    random_state += 0x9E3779B97F4A7C15u;
    return (double)(em_mix64(random_state) >> 11) / 9007199254740992.0;
}

static void *must(void *p)
{
    if (!p)
        exit(2);
    return p;
}

/* --- labels ----------------------------------------------------------------------------- */

struct set {
    uint64_t *slots;
    size_t mask;
};

static void set_init(struct set *s, size_t n)
{
    size_t cap = 16;
    while (cap < 2 * n + 2)
        cap *= 2;
    s->slots = must(calloc(cap, sizeof(*s->slots)));
    s->mask = cap - 1;
}

static bool set_has(struct set *s, uint64_t h, bool add)
{
    size_t i = h & s->mask;
    while (s->slots[i] && s->slots[i] != h)
        i = (i + 1) & s->mask;
    bool had = s->slots[i] == h;
    if (add)
        s->slots[i] = h;
    return had;
}

static uint64_t triple(const uint64_t *w)
{
    return em_hash64(w, 3 * sizeof(*w), 3) | 1;
}

static void add_gold(struct set *s, struct em_view gold)
{
    struct em_words w;
    em_words_of(gold, true, &w);
    set_init(s, w.n);
    for (size_t i = 0; i + 3 <= w.n; i++)
        set_has(s, triple(w.hashes + i), true);
    free(w.hashes);
}

static struct em_view block_text(const struct em_outline *o, size_t i)
{
    const struct em_raw_block *b = &o->blocks[i];
    return em_view_make(o->text.data + b->start, b->end - b->start);
}

/* Labels of all blocks of a page whose main text is known. */
static void label_from_text(const struct em_outline *o, struct em_view gold, float *label,
                            float *weight)
{
    struct set set;
    add_gold(&set, gold);
    size_t *ends = must(calloc(o->n_blocks + 1, sizeof(*ends)));
    struct em_words all = {must(malloc((o->text.len + 8) * sizeof(uint64_t))), 0, 0};
    for (size_t i = 0; i < o->n_blocks; i++) {
        struct em_words w;
        em_words_of(block_text(o, i), true, &w);
        memcpy(all.hashes + all.n, w.hashes, w.n * sizeof(uint64_t));
        all.n += w.n;
        ends[i + 1] = all.n;
        free(w.hashes);
    }
    bool *in = must(calloc(all.n + 3, sizeof(*in)));
    for (size_t i = 0; i + 3 <= all.n; i++)
        if (set_has(&set, triple(all.hashes + i), false))
            in[i] = in[i + 1] = in[i + 2] = true;
    double total = 0;
    for (size_t i = 0; i < o->n_blocks; i++) {
        size_t covered = 0, n = ends[i + 1] - ends[i];
        for (size_t k = ends[i]; k < ends[i + 1]; k++)
            covered += in[k];
        label[i] = n ? (float)covered / (float)n : 0;
        weight[i] = (float)pow((double)n, weight_power);
        total += weight[i];
    }
    for (size_t i = 0; i < o->n_blocks && total > 0; i++)
        weight[i] = (float)(weight[i] / total);
    free(in);
    free(ends);
    free(all.hashes);
    free(set.slots);
}

static char *squeeze(struct em_view v)
{
    char *out = must(malloc(v.len + 1));
    size_t n = 0;
    bool blank = true;
    for (size_t i = 0; i < v.len; i++) {
        bool space = (unsigned char)v.data[i] <= ' ';
        if (space && blank)
            continue;
        out[n++] = space ? ' ' : v.data[i];
        blank = space;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

/* Only blocks that a segment lies in, or that lie in one, have a label. */
static void label_from_segments(const struct em_outline *o, struct em_view gold,
                                float *label, float *weight)
{
    for (size_t i = 0; i < o->n_blocks; i++)
        label[i] = weight[i] = 0;
    while (gold.len) {
        size_t end = em_view_find(gold, 0, EM_VIEW("\n"));
        bool good = gold.data[0] == '+';
        char *want = squeeze(em_view_sub(gold, 1, end - 1));
        size_t hits = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; *want && i < o->n_blocks; i++) {
                char *have = squeeze(block_text(o, i));
                if (strstr(have, want) || (strlen(have) > 30 && strstr(want, have))) {
                    hits += pass == 0;
                    if (pass == 1 && !(weight[i] > 0 && label[i] > 0 && !good)) {
                        label[i] = good;
                        weight[i] = (float)(0.15 / (double)hits);
                    }
                }
                free(have);
            }
        }
        free(want);
        gold = em_view_sub(gold, end + 1, gold.len);
    }
}

/* --- boosting --------------------------------------------------------------------------- */

struct trainer {
    const struct rows *rows;
    const uint32_t *use; /* rows to train on */
    size_t n_use, n_features;
    double *score; /* of all rows */
    float *g, *h;
    uint8_t *leaf;
    uint32_t *sample;
    size_t n_sample;
    double (*hist)[BINS][2];
};

static void gradients(struct trainer *t)
{
    const struct rows *r = t->rows;
    t->n_sample = 0;
    for (size_t k = 0; k < t->n_use; k++) {
        uint32_t i = t->use[k];
        if (r->weight[i] <= 0 || uniform() > row_share)
            continue;
        double p = 1 / (1 + exp(-t->score[i]));
        t->g[i] = (float)(r->weight[i] * (r->label[i] - p));
        t->h[i] = (float)(r->weight[i] * p * (1 - p));
        t->leaf[i] = 0;
        t->sample[t->n_sample++] = i;
    }
}

/* Best threshold of one feature at this level: gain summed over the leaves so far. */
static double best_split(struct trainer *t, size_t feature, size_t leaves, uint8_t *above)
{
    memset(t->hist, 0, leaves * sizeof(*t->hist));
    const uint8_t *column = t->rows->columns[feature];
    for (size_t k = 0; k < t->n_sample; k++) {
        uint32_t i = t->sample[k];
        double *bin = t->hist[t->leaf[i]][column[i]];
        bin[0] += t->g[i];
        bin[1] += t->h[i];
    }
    double g[EM_TREE_LEAVES] = {0}, h[EM_TREE_LEAVES] = {0};
    double gl[EM_TREE_LEAVES] = {0}, hl[EM_TREE_LEAVES] = {0}, best = 0;
    for (size_t l = 0; l < leaves; l++)
        for (size_t b = 0; b < BINS; b++) {
            g[l] += t->hist[l][b][0];
            h[l] += t->hist[l][b][1];
        }
    for (size_t b = 0; b + 1 < BINS; b++) {
        double gain = 0;
        for (size_t l = 0; l < leaves; l++) {
            gl[l] += t->hist[l][b][0];
            hl[l] += t->hist[l][b][1];
            double gr = g[l] - gl[l], hr = h[l] - hl[l];
            gain += gl[l] * gl[l] / (hl[l] + lambda) + gr * gr / (hr + lambda);
        }
        if (gain > best) {
            best = gain;
            *above = (uint8_t)b;
        }
    }
    return best;
}

static void grow(struct trainer *t, struct em_oblivious_tree *tree)
{
    uint8_t use[EM_FEATURES_2];
    for (size_t f = 0; f < t->n_features; f++)
        use[f] = uniform() < column_share;
    for (size_t d = 0; d < EM_TREE_DEPTH; d++) {
        double best = -1;
        for (size_t f = 0; f < t->n_features; f++) {
            uint8_t above = 0;
            double gain = use[f] ? best_split(t, f, (size_t)1 << d, &above) : -1;
            if (gain > best) {
                best = gain;
                tree->feature[d] = (uint8_t)f;
                tree->above[d] = above;
            }
        }
        const uint8_t *column = t->rows->columns[tree->feature[d]];
        for (size_t k = 0; k < t->n_sample; k++) {
            uint32_t i = t->sample[k];
            t->leaf[i] |= (uint8_t)((column[i] > tree->above[d]) << d);
        }
    }
    double g[EM_TREE_LEAVES] = {0}, h[EM_TREE_LEAVES] = {0};
    for (size_t k = 0; k < t->n_sample; k++) {
        uint32_t i = t->sample[k];
        g[t->leaf[i]] += t->g[i];
        h[t->leaf[i]] += t->h[i];
    }
    for (size_t l = 0; l < EM_TREE_LEAVES; l++)
        tree->leaf[l] = (int16_t)lround(
            fmax(-EM_LEAF_MAX, fmin(EM_LEAF_MAX, 256 * rate * g[l] / (h[l] + lambda))));
}

static double evaluate(const struct rows *r, const struct em_oblivious_tree *tree,
                       size_t i)
{
    unsigned leaf = 0;
    for (size_t d = 0; d < EM_TREE_DEPTH; d++)
        leaf |= (unsigned)(r->columns[tree->feature[d]][i] > tree->above[d]) << d;
    return tree->leaf[leaf] / 256.0;
}

static void train(const struct rows *rows, const uint32_t *use, size_t n_use,
                  size_t n_features, struct em_oblivious_tree *trees, size_t n_trees)
{
    struct trainer t = {.rows = rows, .use = use, .n_use = n_use};
    t.n_features = n_features;
    t.score = must(calloc(rows->n, sizeof(*t.score)));
    t.g = must(calloc(rows->n, sizeof(*t.g)));
    t.h = must(calloc(rows->n, sizeof(*t.h)));
    t.leaf = must(calloc(rows->n, 1));
    t.sample = must(calloc(rows->n, sizeof(*t.sample)));
    t.hist = must(calloc(EM_TREE_LEAVES, sizeof(*t.hist)));
    for (size_t k = 0; k < n_trees; k++) {
        gradients(&t);
        grow(&t, &trees[k]);
        for (size_t j = 0; j < n_use; j++)
            t.score[use[j]] += evaluate(rows, &trees[k], use[j]);
    }
    double loss = 0, weight = 0;
    for (size_t j = 0; j < n_use; j++) {
        uint32_t i = use[j];
        double p = 1 / (1 + exp(-t.score[i]));
        loss -= rows->weight[i] * (rows->label[i] * log(p + 1e-9) +
                                   (1 - rows->label[i]) * log(1 - p + 1e-9));
        weight += rows->weight[i];
    }
    fprintf(stderr, "trained %zu trees on %zu rows: loss %.4f\n", n_trees, n_use,
            loss / weight);
    free(t.score);
    free(t.g);
    free(t.h);
    free(t.leaf);
    free(t.sample);
    free(t.hist);
}

/* --- pages ------------------------------------------------------------------------------ */

static void grow_rows(struct rows *r, size_t more)
{
    if (r->n + more <= r->cap)
        return;
    r->cap = 2 * (r->n + more);
    for (size_t k = 0; k < EM_FEATURES_2; k++)
        r->columns[k] = must(realloc(r->columns[k], r->cap));
    r->label = must(realloc(r->label, r->cap * sizeof(*r->label)));
    r->weight = must(realloc(r->weight, r->cap * sizeof(*r->weight)));
    r->first = must(realloc(r->first, r->cap * sizeof(*r->first)));
    r->page = must(realloc(r->page, r->cap * sizeof(*r->page)));
}

static bool read_page(char **field, struct em_charset *charset, struct page *page)
{
    struct em_view body = em_eval_read(field[3]);
    struct em_decoded decoded;
    em_outline_init(&page->outline);
    bool ok = em_charset_decode(charset, body, EM_VIEW_NONE, true, &decoded) == EM_OK &&
              em_outline_read(&page->outline, decoded.text, false) == EM_OK &&
              page->outline.n_blocks > 0;
    if (ok)
        em_outline_sum(&page->outline);
    else
        em_outline_release(&page->outline);
    free((void *)(uintptr_t)body.data);
    return ok;
}

static void add_page(struct rows *r, struct page *page, uint32_t number, char **field,
                     struct em_block_features *f)
{
    const struct em_outline *o = &page->outline;
    if (em_block_features_compute(f, o) < 0)
        exit(2);
    grow_rows(r, o->n_blocks);
    page->start = r->n;
    page->n = o->n_blocks;
    for (size_t k = 0; k < EM_FEATURES; k++)
        memcpy(r->columns[k] + r->n, em_feature_column(f, k), o->n_blocks);
    struct em_view gold = em_eval_read(field[4]);
    if (strcmp(field[0], "traf") == 0)
        label_from_segments(o, gold, r->label + r->n, r->weight + r->n);
    else
        label_from_text(o, gold, r->label + r->n, r->weight + r->n);
    if (gold.len == 0)
        memset(r->weight + r->n, 0, o->n_blocks * sizeof(*r->weight));
    free((void *)(uintptr_t)gold.data);
    /* A page weighs 40, so that lambda means something: a block weighs about one. Those of
     * the article benchmark weigh double: they are few and their gold is exact. */
    float weight = strcmp(field[0], "aeb") == 0 ? 80 : 40;
    for (size_t i = 0; i < o->n_blocks; i++) {
        r->weight[r->n + i] *= weight;
        r->page[r->n + i] = number;
    }
    r->n += o->n_blocks;
}

static size_t select_rows(const struct rows *r, uint32_t *use, int fold, bool inside)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (fold < 0 || ((int)(r->page[i] % FOLDS) == fold) == inside)
            use[n++] = (uint32_t)i;
    return n;
}

static void second_columns(struct rows *r, struct page *pages, size_t n_pages,
                           struct em_block_features *f)
{
    for (size_t p = 0; p < n_pages; p++) {
        if (em_block_features_compute(f, &pages[p].outline) < 0)
            exit(2);
        memcpy(f->scores, r->first + pages[p].start, pages[p].n * sizeof(*f->scores));
        em_block_features_second(f, &pages[p].outline);
        for (size_t k = EM_FEATURES; k < EM_FEATURES_2; k++)
            memcpy(r->columns[k] + pages[p].start, em_feature_column(f, k), pages[p].n);
    }
}

/* What choices are made by: the first pass on pages it was not trained on. */
static void report_held_out(const struct rows *r)
{
    double loss = 0, weight = 0;
    for (size_t i = 0; i < r->n; i++) {
        double p = 1 / (1 + exp(-r->first[i] / 256.0)), w = (double)r->weight[i];
        double y = (double)r->label[i];
        loss -= w * (y * log(p + 1e-9) + (1 - y) * log(1 - p + 1e-9));
        weight += w;
    }
    fprintf(stderr, "first pass on held-out folds: loss %.4f\n", loss / weight);
}

static void print_forest(const char *name, const struct em_oblivious_tree *trees,
                         size_t n)
{
    printf("\nstatic const struct em_oblivious_tree %s_trees[] = {\n", name);
    for (size_t t = 0; t < n; t++) {
        printf("    {{");
        for (size_t d = 0; d < EM_TREE_DEPTH; d++)
            printf("%s%d", d ? ", " : "", trees[t].feature[d]);
        printf("}, {");
        for (size_t d = 0; d < EM_TREE_DEPTH; d++)
            printf("%s%d", d ? ", " : "", trees[t].above[d]);
        printf("}, {");
        for (size_t l = 0; l < EM_TREE_LEAVES; l++)
            printf("%s%d", l ? ", " : "", trees[t].leaf[l]);
        printf("}},\n");
    }
    printf("};\n\nconst struct em_forest em_block_%s = {%s_trees, %zu, 0};\n", name, name,
           n);
}

int main(int argc, char **argv)
{
    FILE *list = argc == 2 ? fopen(argv[1], "r") : NULL;
    struct em_charset *charset;
    if (!list || em_charset_new(&charset) < 0) {
        fputs("usage: train_blocks LIST > block_model_table.c\n", stderr);
        return 129;
    }
    static struct rows rows;
    struct page *pages = must(calloc(10000, sizeof(*pages)));
    size_t n_pages = 0;
    struct em_block_features f;
    em_block_features_init(&f);
    char line[8192], *field[5];
    while (n_pages < 10000 && fgets(line, sizeof(line), list))
        if (em_eval_fields(line, field) && field[2][0] == '0' &&
            read_page(field, charset, &pages[n_pages])) {
            add_page(&rows, &pages[n_pages], (uint32_t)n_pages, field, &f);
            n_pages++;
        }
    fprintf(stderr, "%zu pages, %zu blocks\n", n_pages, rows.n);
    static struct em_oblivious_tree first[TREES_FIRST], second[TREES_SECOND];
    uint32_t *use = must(calloc(rows.n, sizeof(*use)));
    for (int fold = 0; fold < FOLDS; fold++) {
        size_t n = select_rows(&rows, use, fold, false);
        train(&rows, use, n, EM_FEATURES, first, TREES_FIRST);
        n = select_rows(&rows, use, fold, true);
        for (size_t k = 0; k < n; k++) {
            double s = 0;
            for (size_t t = 0; t < TREES_FIRST; t++)
                s += evaluate(&rows, &first[t], use[k]);
            rows.first[use[k]] = (int32_t)lround(256 * s);
        }
    }
    report_held_out(&rows);
    second_columns(&rows, pages, n_pages, &f);
    size_t n = select_rows(&rows, use, -1, true);
    train(&rows, use, n, EM_FEATURES, first, TREES_FIRST);
    train(&rows, use, n, EM_FEATURES_2, second, TREES_SECOND);
    printf(
        "/* SPDX-License-Identifier: Apache-2.0\n *\n * Generated by tools/train_blocks "
        "from %zu pages, %zu blocks.\n */\n#include \"crawler/page/forest.h\"\n",
        n_pages, rows.n);
    print_forest("first", first, TREES_FIRST);
    print_forest("second", second, TREES_SECOND);
    fclose(list);
    return 0;
}
