/* SPDX-License-Identifier: Apache-2.0
 *
 * Trains the block classifier from pages with gold text and writes it as C:
 *
 *     train_blocks LIST > crawler/page/block_model_table.c
 *     train_blocks --cross LIST       # scores on pages of domains not trained on
 *     train_blocks --cross=3-4 --models DIR --pages LIST
 *
 * --cross leaves out one fold of five after the other, or those from 3 to 4 only. With
 * --models each fold's model is kept in DIR, and read where it is there already: what comes
 * after the trees is measured in seconds. Keep no model over a change of the features.
 *
 * LIST as for eval_extract. A block's label is the share of its words that lie in a word
 * triple of the gold text. In this order: weights of words (logistic regression), trees for
 * the kind of page, trees for the blocks, and trees that see what those said of the
 * neighbours. Each learns from what the ones before say of pages that they were not trained
 * on (FOLDS folds by domain). The same list gives the same file, to the byte.
 */
#include "tools/block_labels.h"
#include "bench/eval_score.h"
#include "crawler/page/charset.h"
#include "crawler/page/classify.h"
#include "crawler/page/marks.h"

enum {
    FOLDS = 4,
    CROSS = 5,
    TREES = 180,
    TYPE_TREES = 60,
    MOST_PAGES = 10000,
    EPOCHS = 6
};
enum { CLASS_DEPTH = 8, CLASS_WORDS = 12, MOST_TOKENS = 256 };

struct rows {
    uint8_t *columns[EM_FEATURES_2];
    float *label, *weight;
    int32_t *score; /* of a pass, out of fold */
    uint32_t *page; /* page of each row */
    size_t n, cap;
};

struct page {
    struct em_outline outline;
    char *line, *field[6];
    size_t start, n; /* its rows */
    uint64_t domain;
    uint8_t type_features[EM_TYPE_FEATURES];
    int type; /* -1: not known */
    char *html;
};

struct trained {
    struct em_lexicon lexicon;
    struct em_oblivious_tree types[EM_PAGE_TYPES][TYPE_TREES];
    struct em_oblivious_tree first[TREES], second[TREES];
    struct em_forest type_forests[EM_PAGE_TYPES], forests[2];
    struct em_block_model model;
};

static struct rows rows;
static struct page *pages;
static size_t n_pages;
static struct em_block_features features;

static int fold_of(size_t page, int folds, uint64_t salt)
{
    return (int)(em_mix64(pages[page].domain + salt) % (uint64_t)folds);
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
    r->score = must(realloc(r->score, r->cap * sizeof(*r->score)));
    r->page = must(realloc(r->page, r->cap * sizeof(*r->page)));
}

static bool read_page(struct em_charset *charset, struct page *page)
{
    struct em_view body = em_eval_read(page->field[3]);
    struct em_decoded decoded;
    em_outline_init(&page->outline);
    if (em_charset_decode(charset, body, EM_VIEW_NONE, true, &decoded) < 0)
        exit(2);
    /* Views of attributes are kept: so is the page. */
    page->html = must(malloc(decoded.text.len + 1));
    memcpy(page->html, decoded.text.data ? decoded.text.data : "", decoded.text.len);
    bool ok = em_outline_read_shown(
                  &page->outline, em_view_make(page->html, decoded.text.len)) == EM_OK &&
              page->outline.n_blocks > 0;
    if (ok)
        em_outline_sum(&page->outline);
    else
        em_outline_release(&page->outline);
    free((void *)(uintptr_t)body.data);
    return ok;
}

static void label_page(struct page *page, uint32_t number)
{
    const struct em_outline *o = &page->outline;
    struct rows *r = &rows;
    grow_rows(r, o->n_blocks);
    page->start = r->n;
    page->n = o->n_blocks;
    struct em_view gold = em_eval_read(page->field[4]);
    if (strcmp(page->field[0], "traf") == 0)
        label_from_segments(o, gold, r->label + r->n, r->weight + r->n);
    else
        label_from_text(o, gold, r->label + r->n, r->weight + r->n);
    if (gold.len == 0)
        memset(r->weight + r->n, 0, o->n_blocks * sizeof(*r->weight));
    free((void *)(uintptr_t)gold.data);
    /* A page weighs 40, so that lambda means something: a block weighs about one. Those of
     * the article benchmark weigh double: they are few and their gold is exact. */
    float weight = strcmp(page->field[0], "aeb") == 0 ? 80 : 40;
    for (size_t i = 0; i < o->n_blocks; i++) {
        r->weight[r->n + i] *= weight;
        r->page[r->n + i] = number;
    }
    r->n += o->n_blocks;
}

static void read_list(const char *path)
{
    struct em_charset *charset;
    FILE *list = fopen(path, "r");
    char line[8192];
    if (!list || em_charset_new(&charset) < 0) {
        perror(path);
        exit(2);
    }
    pages = must(calloc(MOST_PAGES, sizeof(*pages)));
    while (n_pages < MOST_PAGES && fgets(line, sizeof(line), list)) {
        struct page *page = &pages[n_pages];
        page->line = must(strdup(line));
        if (!em_eval_fields(page->line, page->field) || !read_page(charset, page))
            continue;
        page->domain = em_hash64(page->field[5], strlen(page->field[5]), 1);
        page->type = -1;
        for (int k = 0; k < EM_PAGE_TYPES; k++)
            if (strcmp(page->field[1], em_page_type_name((enum em_page_type)k)) == 0)
                page->type = k;
        label_page(page, (uint32_t)n_pages);
        n_pages++;
    }
    fclose(list);
    em_charset_free(charset);
    fprintf(stderr, "%zu pages, %zu blocks\n", n_pages, rows.n);
}

/* --- words ------------------------------------------------------------------------------ */

/* Slots of a block's words: text below EM_LEXICON_WORDS, classes above. */
static size_t tokens_of(const struct em_outline *o, size_t i, uint32_t *tokens)
{
    const struct em_raw_block *b = &o->blocks[i];
    size_t n = em_block_words(o->text.data + b->start, b->end - b->start, tokens);
    uint32_t node = b->node;
    for (int level = 0; level < CLASS_DEPTH && node; level++) {
        const uint32_t of[2] = {o->nodes[node].class, o->nodes[node].id};
        for (int k = 0; k < 2; k++) {
            uint64_t keys[CLASS_WORDS];
            size_t m = of[k] ? em_marks_words(o->classes[of[k]], keys, CLASS_WORDS) : 0;
            for (size_t w = 0; w < m && n < MOST_TOKENS; w++)
                tokens[n++] = EM_LEXICON_WORDS + em_lexicon_class(keys[w]);
        }
        node = o->nodes[node].parent;
    }
    return n;
}

/* Logistic regression by AdaGrad on the rows of pages with in[page]. */
static void train_lexicon(const bool *in, struct em_lexicon *lexicon)
{
    enum { ALL = EM_LEXICON_WORDS + EM_LEXICON_CLASSES };
    const double rate = 0.05, decay = 2e-4;
    double *w = must(calloc(ALL, sizeof(*w))), *sum = must(calloc(ALL, sizeof(*sum)));
    double bias = 0;
    uint64_t random = 7;
    for (int epoch = 0; epoch < EPOCHS; epoch++)
        for (size_t p = 0; p < n_pages; p++)
            for (size_t i = 0; in[p] && i < pages[p].n; i++) {
                size_t row = pages[p].start + i;
                /* As in the trees: a row's chance is its weight. */
                if (uniform(&random) > (double)rows.weight[row] * 2)
                    continue;
                uint32_t tokens[MOST_TOKENS];
                size_t n = tokens_of(&pages[p].outline, i, tokens);
                double z = bias;
                for (size_t k = 0; k < n; k++)
                    z += w[tokens[k]];
                double step = (double)rows.label[row] - 1 / (1 + exp(-z));
                bias += 0.01 * step;
                for (size_t k = 0; k < n; k++) {
                    double g = step - decay * w[tokens[k]];
                    sum[tokens[k]] += g * g;
                    w[tokens[k]] += rate * g / sqrt(1 + sum[tokens[k]]);
                }
            }
    for (size_t k = 0; k < ALL; k++) {
        long v = lround(fmax(-127, fmin(127, w[k] * 128)));
        if (k < EM_LEXICON_WORDS)
            lexicon->words[k] = (int8_t)v;
        else
            lexicon->classes[k - EM_LEXICON_WORDS] = (int8_t)v;
    }
    free(w);
    free(sum);
}

/* --- one set of pages to a model -------------------------------------------------------- */

/* First-pass columns of pages of `fold` (all pages that are in, where it is negative). */
static void compute_columns(const bool *in, const int *fold, int which,
                            const struct em_lexicon *lexicon)
{
    for (size_t p = 0; p < n_pages; p++) {
        if (!in[p] || (which >= 0 && fold[p] != which))
            continue;
        features.lexicon = lexicon;
        if (em_block_features_compute(&features, &pages[p].outline) < 0)
            exit(2);
        for (size_t k = 0; k < EM_F_TYPE; k++)
            memcpy(rows.columns[k] + pages[p].start, em_feature_column(&features, k),
                   pages[p].n);
        em_page_type_features(&features, &pages[p].outline, pages[p].type_features);
    }
}

static void train_type(const bool *in, const int *fold, int without, int type,
                       struct em_oblivious_tree *trees)
{
    static uint8_t *columns[EM_TYPE_FEATURES];
    float *label = must(calloc(n_pages, sizeof(*label)));
    float *weight = must(calloc(n_pages, sizeof(*weight)));
    uint32_t *use = must(calloc(n_pages, sizeof(*use)));
    size_t n = 0;
    for (size_t k = 0; k < EM_TYPE_FEATURES; k++)
        columns[k] = must(realloc(columns[k], n_pages));
    for (size_t p = 0; p < n_pages; p++) {
        for (size_t k = 0; k < EM_TYPE_FEATURES; k++)
            columns[k][p] = pages[p].type_features[k];
        label[p] = pages[p].type == type;
        /* News pages of the other benchmarks are many and alike. */
        weight[p] = strncmp(pages[p].field[0], "wcxb", 4) == 0 ? 1.0f : 0.3f;
        if (in[p] && pages[p].type >= 0 && (without < 0 || fold[p] != without))
            use[n++] = (uint32_t)p;
    }
    const struct boost b = {.columns = columns,
                            .label = label,
                            .weight = weight,
                            .n_rows = n_pages,
                            .n_features = EM_TYPE_FEATURES,
                            .use = use,
                            .n_use = n,
                            .rate = 0.1,
                            .lambda = 3,
                            .column_share = 0.4,
                            .sample = n * 3 / 5,
                            .seed = 11 + (uint64_t)type};
    boost_train(&b, trees, TYPE_TREES);
    free(label);
    free(weight);
    free(use);
}

static void set_types(const struct em_forest *forests, size_t p)
{
    int32_t scores[EM_PAGE_TYPES];
    uint8_t columns[EM_PAGE_TYPES];
    em_page_type_score(forests, pages[p].type_features, scores);
    em_page_type_columns(scores, columns);
    for (size_t k = 0; k < EM_PAGE_TYPES; k++)
        memset(rows.columns[EM_F_TYPE + k] + pages[p].start, columns[k], pages[p].n);
}

static struct boost boost_of(size_t n_features, uint32_t *use, uint64_t seed)
{
    return (struct boost){.columns = rows.columns,
                          .label = rows.label,
                          .weight = rows.weight,
                          .n_rows = rows.n,
                          .n_features = n_features,
                          .use = use,
                          .rate = 0.09,
                          .lambda = 3,
                          .column_share = 0.4,
                          .sample = 36000,
                          .seed = seed};
}

static size_t select_rows(const bool *in, const int *fold, int which, bool inside,
                          uint32_t *use)
{
    size_t n = 0;
    for (size_t i = 0; i < rows.n; i++) {
        uint32_t p = rows.page[i];
        if (in[p] && (which < 0 || (fold[p] == which) == inside))
            use[n++] = (uint32_t)i;
    }
    return n;
}

/* What each model says of the pages that it has not seen, as input of the next. */
static void train_folds(const bool *in, const int *fold, struct trained *t, uint32_t *use)
{
    bool *others = must(calloc(n_pages, sizeof(*others)));
    for (int k = 0; k < FOLDS; k++) {
        for (size_t p = 0; p < n_pages; p++)
            others[p] = in[p] && fold[p] != k;
        train_lexicon(others, &t->lexicon);
        compute_columns(in, fold, k, &t->lexicon);
    }
    for (int k = 0; k < FOLDS; k++) {
        for (int type = 0; type < EM_PAGE_TYPES; type++)
            train_type(in, fold, k, type, t->types[type]);
        for (size_t p = 0; p < n_pages; p++)
            if (in[p] && fold[p] == k)
                set_types(t->type_forests, p);
    }
    struct boost b = boost_of(EM_FEATURES, use, 21);
    for (int k = 0; k < FOLDS; k++) {
        b.n_use = select_rows(in, fold, k, false, use);
        boost_train(&b, t->first, TREES);
        b.n_use = select_rows(in, fold, k, true, use);
        for (size_t i = 0; i < b.n_use; i++)
            rows.score[use[i]] = forest_of_row(&b, t->first, TREES, use[i]);
    }
    b.n_use = select_rows(in, fold, -1, true, use);
    fprintf(stderr, "first pass on held-out folds: loss %.4f\n",
            log_loss(&b, rows.score));
    free(others);
}

static void second_columns(const bool *in)
{
    for (size_t p = 0; p < n_pages; p++) {
        if (!in[p])
            continue;
        if (em_block_features_compute(&features, &pages[p].outline) < 0)
            exit(2);
        memcpy(features.scores, rows.score + pages[p].start,
               pages[p].n * sizeof(*features.scores));
        em_block_features_second(&features, &pages[p].outline);
        for (size_t k = EM_FEATURES; k < EM_FEATURES_2; k++)
            memcpy(rows.columns[k] + pages[p].start, em_feature_column(&features, k),
                   pages[p].n);
    }
}

static void point_model(struct trained *t)
{
    for (int k = 0; k < EM_PAGE_TYPES; k++)
        t->type_forests[k] = (struct em_forest){t->types[k], TYPE_TREES, 0};
    t->forests[0] = (struct em_forest){t->first, TREES, 0};
    t->forests[1] = (struct em_forest){t->second, TREES, 0};
    t->model = (struct em_block_model){&t->lexicon, t->type_forests, &t->forests[0],
                                       &t->forests[1]};
}

static void train(const bool *in, struct trained *t)
{
    int *fold = must(calloc(n_pages, sizeof(*fold)));
    uint32_t *use = must(calloc(rows.n, sizeof(*use)));
    for (size_t p = 0; p < n_pages; p++)
        fold[p] = fold_of(p, FOLDS, 99);
    point_model(t);
    train_folds(in, fold, t, use);
    second_columns(in);
    struct boost b = boost_of(EM_FEATURES, use, 31);
    b.n_use = select_rows(in, fold, -1, true, use);
    boost_train(&b, t->first, TREES);
    b.n_features = EM_FEATURES_2;
    boost_train(&b, t->second, TREES);
    train_lexicon(in, &t->lexicon);
    for (int type = 0; type < EM_PAGE_TYPES; type++)
        train_type(in, fold, -1, type, t->types[type]);
    free(fold);
    free(use);
}

/* --- cross-validation ------------------------------------------------------------------- */

static void score_page(struct page *page)
{
    const struct em_outline *o = &page->outline;
    struct em_buf text;
    em_buf_init(&text, 1u << 30);
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        if (b->score >= EM_MAIN_SCORE &&
            (em_buf_append(&text, "\n\n", 2) < 0 ||
             em_buf_append(&text, o->text.data + b->start, b->end - b->start) < 0))
            exit(2);
    }
    struct em_view gold = em_eval_read(page->field[4]);
    score_text(page->field, em_buf_view(&text), gold);
    free((void *)(uintptr_t)gold.data);
    em_buf_release(&text);
}

/* wcxb and wcxb2, both halves, as one. */
static void score_all(struct page *page)
{
    char *set = page->field[0], *half = page->field[2];
    char one[] = "wcxb", zero[] = "0";
    page->field[2] = zero;
    if (strcmp(set, "wcxb2") == 0)
        page->field[0] = one;
    score_page(page);
    page->field[0] = set;
    page->field[2] = half;
}

struct folds {
    int from, to;       /* counted from 1 */
    const char *models; /* folder, or NULL */
    bool pages;
};

static FILE *model_file(const char *folder, int fold, const char *mode)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/fold%d", folder, fold + 1);
    return fopen(path, mode);
}

static bool read_model(struct trained *t, const char *folder, int fold)
{
    FILE *file = folder ? model_file(folder, fold, "rb") : NULL;
    if (!file)
        return false;
    if (fread(t, sizeof(*t), 1, file) != 1)
        exit(2);
    fclose(file);
    point_model(t);
    return true;
}

static void write_model(const struct trained *t, const char *folder, int fold)
{
    FILE *file = folder ? model_file(folder, fold, "wb") : NULL;
    if (!file)
        return;
    if (fwrite(t, sizeof(*t), 1, file) != 1 || fclose(file) != 0)
        exit(2);
}

static void cross(struct trained *t, const struct folds *folds)
{
    bool *in = must(calloc(n_pages, sizeof(*in)));
    size_t right = 0, typed = 0;
    for (int k = folds->from - 1; k < folds->to; k++) {
        for (size_t p = 0; p < n_pages; p++)
            in[p] = fold_of(p, CROSS, 5) != k;
        if (!read_model(t, folds->models, k)) {
            train(in, t);
            write_model(t, folds->models, k);
        }
        for (size_t p = 0; p < n_pages; p++) {
            if (in[p])
                continue;
            if (em_classify_with(&t->model, &features, &pages[p].outline) < 0)
                exit(2);
            score_all(&pages[p]);
            if (strncmp(pages[p].field[0], "wcxb", 4) == 0 && pages[p].type >= 0) {
                typed++;
                right += pages[p].outline.type == pages[p].type;
                if (show_pages)
                    printf("type\t%s\t%s\t%s\n", pages[p].field[3], pages[p].field[1],
                           em_page_type_name((enum em_page_type)pages[p].outline.type));
            }
        }
        fprintf(stderr, "fold %d of %d\n", k + 1, CROSS);
    }
    report();
    printf("kind of page right: %zu of %zu\n", right, typed);
    free(in);
}

/* --- writing ---------------------------------------------------------------------------- */

static void print_trees(const char *name, const struct em_oblivious_tree *trees, size_t n)
{
    printf("\nstatic const struct em_oblivious_tree %s[] = {\n", name);
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
    printf("};\n");
}

static void print_weights(const char *name, const int8_t *weights, size_t n)
{
    printf("    .%s = {", name);
    for (size_t i = 0; i < n; i++)
        printf("%s%d,", i % 24 ? " " : "\n        ", weights[i]);
    printf("\n    },\n");
}

static void print_model(const struct trained *t)
{
    printf(
        "/* SPDX-License-Identifier: Apache-2.0\n *\n * Generated by tools/train_blocks "
        "from %zu pages, %zu blocks.\n */\n#include \"crawler/page/classify.h\"\n\n"
        "/* clang-format off */\n",
        n_pages, rows.n);
    printf("static const struct em_lexicon lexicon = {\n");
    print_weights("words", t->lexicon.words, EM_LEXICON_WORDS);
    print_weights("classes", t->lexicon.classes, EM_LEXICON_CLASSES);
    printf("};\n");
    for (int k = 0; k < EM_PAGE_TYPES; k++)
        print_trees(em_page_type_name((enum em_page_type)k), t->types[k], TYPE_TREES);
    print_trees("first", t->first, TREES);
    print_trees("second", t->second, TREES);
    printf("\nstatic const struct em_forest types[] = {\n");
    for (int k = 0; k < EM_PAGE_TYPES; k++)
        printf("    {%s, %d, 0},\n", em_page_type_name((enum em_page_type)k), TYPE_TREES);
    printf("};\n\nstatic const struct em_forest passes[] = {{first, %d, 0}, {second, %d, "
           "0}};\n\nconst struct em_block_model em_block_model = {&lexicon, types, "
           "&passes[0], &passes[1]};\n/* clang-format on */\n",
           TREES, TREES);
}

static struct folds folds_of(int argc, char **argv)
{
    struct folds f = {.from = 1, .to = CROSS};
    char *end = argv[1][7] == '=' ? argv[1] + 8 : NULL;
    if (end) {
        f.to = (int)strtol(end, &end, 10);
        if (*end == '-') {
            f.from = f.to;
            f.to = (int)strtol(end + 1, NULL, 10);
        }
    }
    for (int i = 2; i + 1 < argc; i++) {
        f.pages |= strcmp(argv[i], "--pages") == 0;
        if (strcmp(argv[i], "--models") == 0 && i + 2 < argc)
            f.models = argv[++i];
    }
    return f;
}

int main(int argc, char **argv)
{
    bool crossing = argc > 2 && strncmp(argv[1], "--cross", 7) == 0;
    struct folds folds = {0};
    if (crossing)
        folds = folds_of(argc, argv);
    if ((argc != 2 && !crossing) || (crossing && folds.from < 1) || folds.to > CROSS) {
        fputs("usage: train_blocks [--cross[=[FROM-]TO] [--models DIR] [--pages]] LIST\n",
              stderr);
        return 129;
    }
    static struct trained trained;
    em_block_features_init(&features);
    read_list(argv[argc - 1]);
    if (crossing) {
        show_pages = folds.pages;
        cross(&trained, &folds);
        return 0;
    }
    bool *in = must(calloc(n_pages, sizeof(*in)));
    memset(in, true, n_pages * sizeof(*in));
    train(in, &trained);
    print_model(&trained);
    return 0;
}
