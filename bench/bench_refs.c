/* SPDX-License-Identifier: Apache-2.0
 *
 * What reference sets find, against exact 13-gram matching and MinHash in the same run:
 *
 *     bench_refs PLANTED K T ITEMS PAGES...
 *
 * ITEMS: JSONL of known texts (id, text). PAGES: JSONL files; rows with label "human" are
 * pages. PLANTED items a case, drawn at random among those of at least 13 words,
 * are put into pages at random places between words, as they are or changed; then pages are
 * read as they are (negatives), and with a licence in items and pages (boilerplate).
 *
 * A reported item is right when it is the planted one or itself shares a run of 13 words
 * with what was planted (the known texts contain near copies of each other); all else is
 * wrong. The interval of a match is held against the exact share of the item's runs of k
 * words that the page has. Results as CSV; wrong reports on stderr with their text. Fixed
 * seeds.
 *
 * 13-gram: a page is matched with every item that shares a run of 13 words (GPT-3's rule).
 * MinHash: word 5-grams, 14 bands of 8 (FineWeb's figures), of the whole page and of each
 * paragraph, against each item; a pair that shares a band is reported. Planted text is a
 * paragraph of its own, which is the best case for it.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "detector/prints.h"
#include "index/refs/refs_build.h"
#include "index/refs/refs_match.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MAX_TEXTS = 200000,
    GRAM = 13,
    BANDS = 14,
    ROWS = 8,
    SHINGLE = 5,
    BOILERPLATE = 150
};

struct text {
    struct em_view id, text;
    uint32_t words;
};

struct texts {
    struct text *list;
    size_t n;
};

/* hash -> number of a text; several of one hash lie side by side. */
struct table {
    uint64_t *hashes;
    uint32_t *values;
    size_t n, cap;
};

/* Items found in one page by one method. */
struct found {
    uint32_t items[4096];
    size_t n;
};

enum method { OURS, OURS_HALF, EXACT, MINHASH_PAGE, MINHASH_PART, METHODS };
static const char *const method_names[METHODS] = {"echometer", "echometer contained>=0.5",
                                                  "exact 13-gram", "MinHash page",
                                                  "MinHash paragraph"};

struct bench {
    struct texts items, pages;
    struct em_prints prints;
    struct em_refs_sets sets;
    struct em_refs_matcher *matcher;
    struct em_print_word *words;
    size_t cap_words;
    struct table grams, bands;
    struct em_prints_options winnow;
    double seconds[METHODS];
    uint64_t intervals, inside;
    double half_width;
};

static uint64_t seed = 1;

static uint32_t below(size_t n)
{
    seed += 0x9E3779B97F4A7C15u;
    return (uint32_t)(em_mix64(seed) % n);
}

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench_refs: %s\n", what);
        exit(2);
    }
}

/* --- texts --------------------------------------------------------------------------------- */

static struct em_view keep(struct em_view v)
{
    char *copy = em_strndup(v.len ? v.data : "", v.len);
    need(copy != NULL, "out of memory");
    return em_view_make(copy, v.len);
}

static void read_texts(struct texts *out, const char *path, bool human_only)
{
    struct em_json_reader *json;
    struct em_source *source;
    struct em_record r;
    struct em_view id, text, label;
    const struct em_source_options options = {.text_field = NULL};
    if (!out->list)
        out->list = em_calloc(MAX_TEXTS, sizeof(out->list[0]));
    need(out->list && em_json_reader_new(&json) == EM_OK, "out of memory");
    need(em_source_open(&source, path, &options, NULL) == EM_OK, path);
    while (em_source_next(source, &r, NULL) == EM_OK && out->n < MAX_TEXTS) {
        if (em_json_reader_parse(json, r.block, NULL) != EM_OK ||
            !em_json_get_string(json, "text", &text))
            continue;
        if (human_only && (!em_json_get_string(json, "label", &label) ||
                           !em_view_eq(label, EM_VIEW("human"))))
            continue;
        if (!em_json_get_string(json, "id", &id))
            id = EM_VIEW_NONE;
        out->list[out->n++] = (struct text){keep(id), keep(text), 0};
    }
    em_source_free(source);
    em_json_reader_free(json);
}

/* --- tables of the two other methods ------------------------------------------------------- */

static void table_grow(struct table *t)
{
    struct table larger = {.cap = t->cap ? 2 * t->cap : 1 << 16};
    larger.hashes = em_calloc(larger.cap, sizeof(larger.hashes[0]));
    larger.values = em_calloc(larger.cap, sizeof(larger.values[0]));
    need(larger.hashes && larger.values, "out of memory");
    for (size_t i = 0; i < t->cap; i++) {
        if (!t->hashes[i])
            continue;
        size_t j = (size_t)t->hashes[i] & (larger.cap - 1);
        while (larger.hashes[j])
            j = (j + 1) & (larger.cap - 1);
        larger.hashes[j] = t->hashes[i];
        larger.values[j] = t->values[i];
    }
    larger.n = t->n;
    em_free(t->hashes);
    em_free(t->values);
    *t = larger;
}

static void table_add(struct table *t, uint64_t hash, uint32_t value)
{
    if (2 * (t->n + 1) > t->cap)
        table_grow(t);
    hash |= 1;
    size_t i = (size_t)hash & (t->cap - 1);
    for (; t->hashes[i]; i = (i + 1) & (t->cap - 1))
        if (t->hashes[i] == hash && t->values[i] == value)
            return;
    t->hashes[i] = hash;
    t->values[i] = value;
    t->n++;
}

static void add_found(struct found *f, uint32_t item)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i] == item)
            return;
    if (f->n < sizeof(f->items) / sizeof(f->items[0]))
        f->items[f->n++] = item;
}

static void table_find(const struct table *t, uint64_t hash, struct found *f)
{
    hash |= 1;
    if (!t->cap)
        return;
    for (size_t i = (size_t)hash & (t->cap - 1); t->hashes[i]; i = (i + 1) & (t->cap - 1))
        if (t->hashes[i] == hash)
            add_found(f, t->values[i]);
}

/* All runs of `n` words. */
static size_t grams(struct bench *b, struct em_view text, uint32_t n)
{
    const struct em_prints_options all = {.sample_k = n, .fraction = 1};
    need(em_prints_make(&b->prints, &all, text) == EM_OK, "out of memory");
    return b->prints.n_sampled;
}

/* The hashes of the bands; false for a text without a shingle. */
static bool minhash(struct bench *b, struct em_view text, uint64_t bands[BANDS])
{
    size_t n = grams(b, text, SHINGLE);
    if (n == 0)
        return false;
    for (uint64_t band = 0; band < BANDS; band++) {
        uint64_t h = band;
        for (uint64_t row = 0; row < ROWS; row++) {
            uint64_t least = UINT64_MAX, a = em_mix64(2 * (band * ROWS + row) + 1);
            for (size_t i = 0; i < n; i++) {
                uint64_t x = em_mix64(b->prints.sampled[i].hash ^ a);
                least = x < least ? x : least;
            }
            h = em_mix64(h ^ least) + least;
        }
        bands[band] = h;
    }
    return true;
}

static void add_item(struct bench *b, uint32_t item, struct em_view text)
{
    uint64_t bands[BANDS];
    size_t n = grams(b, text, GRAM);
    for (size_t i = 0; i < n; i++)
        table_add(&b->grams, b->prints.sampled[i].hash, item);
    if (minhash(b, text, bands))
        for (int i = 0; i < BANDS; i++)
            table_add(&b->bands, bands[i], item);
}

static void find_minhash(struct bench *b, struct em_view text, struct found *f)
{
    uint64_t bands[BANDS];
    if (minhash(b, text, bands))
        for (int i = 0; i < BANDS; i++)
            table_find(&b->bands, bands[i], f);
}

/* --- our set ------------------------------------------------------------------------------- */

static void build_set(struct bench *b, const struct texts *items, struct em_view tail)
{
    char path[] = "/tmp/bench-refs-XXXXXX";
    int fd = mkstemp(path);
    need(fd >= 0, "no temporary file");
    close(fd);
    struct em_refs_build *build;
    struct em_buf text;
    struct em_refs_build_options options = {.name = EM_VIEW("bench"),
                                            .kind = EM_REFS_MODEL_OUTPUT,
                                            .k = b->winnow.k,
                                            .t = b->winnow.t};
    em_buf_init(&text, EM_MAX_TEXT);
    need(em_refs_build_new(&build, path, &options, NULL) == EM_OK, "cannot build");
    for (size_t i = 0; i < items->n; i++) {
        char id[24];
        size_t n;
        em_buf_clear(&text);
        need(em_buf_append_view(&text, items->list[i].text) == EM_OK &&
                 em_buf_append_view(&text, tail) == EM_OK,
             "out of memory");
        struct em_view v = em_buf_view(&text);
        snprintf(id, sizeof(id), "%zu;", i); /* ids follow one another in the file */
        need(em_prints_words(&b->prints, v, &b->words, &n, &b->cap_words) == EM_OK &&
                 em_prints_make(&b->prints, &b->winnow, v) == EM_OK,
             "out of memory");
        items->list[i].words = (uint32_t)n;
        struct em_refs_text part = {EM_REFS_TEXT, b->words, n, b->prints.winnowed,
                                    b->prints.n_winnowed};
        need(em_refs_build_item(build, em_view_of(id), &part, 1) == EM_OK, "cannot add");
        add_item(b, (uint32_t)i, v);
    }
    need(em_refs_build_finish(build, NULL) == EM_OK, "cannot finish");
    em_refs_build_free(build);
    em_buf_release(&text);
    em_refs_sets_init(&b->sets);
    need(em_refs_sets_add(&b->sets, path, NULL) == EM_OK, "cannot open the set");
    unlink(path);
    need(em_refs_matcher_new(&b->matcher, &b->sets) == EM_OK, "out of memory");
}

static void drop_set(struct bench *b)
{
    em_refs_matcher_free(b->matcher);
    em_refs_sets_release(&b->sets);
    em_free(b->grams.hashes);
    em_free(b->grams.values);
    em_free(b->bands.hashes);
    em_free(b->bands.values);
    b->grams = b->bands = (struct table){.n = 0};
}

static const struct em_match *match(struct bench *b, struct em_view page, size_t *n)
{
    const struct em_match *matches = NULL;
    bool any = false;
    size_t words;
    *n = 0;
    em_refs_begin(b->matcher);
    need(em_prints_make(&b->prints, &b->winnow, page) == EM_OK &&
             em_refs_look(b->matcher, 0, b->prints.winnowed, b->prints.n_winnowed,
                          &any) == EM_OK,
         "out of memory");
    if (any)
        need(em_prints_words(&b->prints, page, &b->words, &words, &b->cap_words) ==
                     EM_OK &&
                 em_refs_match(b->matcher, b->words, words, &matches, n) == EM_OK,
             "out of memory");
    return matches;
}

/* --- one page, all methods ----------------------------------------------------------------- */

static int by_hash(const void *x, const void *y)
{
    const struct em_print *a = x, *b = y;
    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* The exact share of an item's runs of k words that stand in the page. */
static double exact_share(struct bench *b, struct em_view item, struct em_view page)
{
    size_t n = grams(b, page, b->winnow.k), hits = 0;
    struct em_print *list = em_realloc_array(NULL, n ? n : 1, sizeof(*list));
    need(list != NULL, "out of memory");
    memcpy(list, b->prints.sampled, n * sizeof(*list));
    qsort(list, n, sizeof(*list), by_hash);
    size_t runs = grams(b, item, b->winnow.k);
    for (size_t i = 0; i < runs; i++)
        hits += bsearch(&b->prints.sampled[i], list, n, sizeof(*list), by_hash) != NULL;
    em_free(list);
    return runs ? (double)hits / (double)runs : 0;
}

static void check_interval(struct bench *b, const struct em_match *m, uint32_t planted,
                           struct em_view page)
{
    if (strtoul(m->item.data, NULL, 10) != planted)
        return;
    double share = exact_share(b, b->items.list[planted].text, page);
    b->intervals++;
    b->inside += share >= (double)m->low - 1e-6 && share <= (double)m->high + 1e-6;
    b->half_width += (double)(m->high - m->low) / 2;
}

static void find_all(struct bench *b, struct em_view page, struct found found[METHODS],
                     const uint32_t *planted)
{
    double at = em_clock_thread_cpu(), now;
    size_t n;
    const struct em_match *matches = match(b, page, &n);
    now = em_clock_thread_cpu();
    b->seconds[OURS] += now - at;
    for (int m = 0; m < METHODS; m++)
        found[m].n = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t item = (uint32_t)strtoul(matches[i].item.data, NULL, 10);
        add_found(&found[OURS], item);
        if (matches[i].contained >= 0.5f)
            add_found(&found[OURS_HALF], item);
        if (planted)
            check_interval(b, &matches[i], *planted, page);
    }
    at = em_clock_thread_cpu();
    size_t runs = grams(b, page, GRAM);
    for (size_t i = 0; i < runs; i++)
        table_find(&b->grams, b->prints.sampled[i].hash, &found[EXACT]);
    now = em_clock_thread_cpu();
    b->seconds[EXACT] += now - at;
    find_minhash(b, page, &found[MINHASH_PAGE]);
    b->seconds[MINHASH_PAGE] += em_clock_thread_cpu() - now;
    now = em_clock_thread_cpu();
    for (size_t from = 0; from < page.len;) {
        size_t end = em_view_find(page, from, EM_VIEW("\n\n"));
        find_minhash(b, em_view_sub(page, from, end - from), &found[MINHASH_PART]);
        from = end + 2;
    }
    b->seconds[MINHASH_PART] += em_clock_thread_cpu() - now;
}

/* --- changing texts ------------------------------------------------------------------------ */

enum change { VERBATIM, HALF, WRAPPED, SHOUTED, TENTH, FIFTH, CHANGES };
static const char *const change_names[CHANGES] = {
    "verbatim",
    "half of the item",
    "re-wrapped",
    "case and punctuation",
    "10 % of words changed",
    "20 % of words changed",
};

static void put(struct em_buf *out, struct em_view v)
{
    need(em_buf_append_view(out, v) == EM_OK, "out of memory");
}

/* The word after *at, as blanks divide them; empty at the end. */
static struct em_view next_word(struct em_view text, size_t *at)
{
    while (*at < text.len && (unsigned char)text.data[*at] <= ' ')
        (*at)++;
    size_t from = *at;
    while (*at < text.len && (unsigned char)text.data[*at] > ' ')
        (*at)++;
    return em_view_sub(text, from, *at - from);
}

static struct em_view random_word(const struct bench *b)
{
    for (;;) {
        struct em_view text = b->items.list[below(b->items.n)].text;
        size_t at = text.len ? below(text.len) : 0;
        next_word(text, &at);
        struct em_view word = next_word(text, &at);
        if (word.len)
            return word;
    }
}

static void put_word(struct em_buf *out, struct em_view word, enum change change)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.data[i];
        if (change == SHOUTED) {
            if (strchr(".,;:!?\"'()*", c))
                continue;
            c = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        }
        need(em_buf_putc(out, c) == EM_OK, "out of memory");
    }
}

static void put_changed(struct bench *b, struct em_buf *out, struct em_view text,
                        enum change change)
{
    size_t at = 0, column = 0, n = 0, total = 0, from = 0;
    if (change == VERBATIM) {
        put(out, text);
        return;
    }
    while (next_word(text, &at).len)
        total++;
    if (change == HALF)
        from = below(total - total / 2 + 1);
    at = 0;
    for (struct em_view word; (word = next_word(text, &at)).len; n++) {
        if (change == HALF && (n < from || n >= from + total / 2))
            continue;
        if ((change == TENTH && below(10) == 0) || (change == FIFTH && below(5) == 0))
            word = random_word(b);
        column += word.len + 1;
        bool wrap = change == WRAPPED && column > 30;
        put(out, wrap                ? EM_VIEW("\n    ")
                 : change == WRAPPED ? EM_VIEW("  ")
                                     : EM_VIEW(" "));
        column = wrap ? 0 : column;
        put_word(out, word, change);
    }
}

/* The page with the passage between two of its words, a paragraph of its own. */
static void plant(struct em_buf *out, struct em_view page, struct em_view passage)
{
    size_t at = page.len ? below(page.len) : 0;
    next_word(page, &at);
    em_buf_clear(out);
    put(out, em_view_sub(page, 0, at));
    put(out, EM_VIEW("\n\n"));
    put(out, passage);
    put(out, EM_VIEW("\n\n"));
    put(out, em_view_sub(page, at, page.len));
}

/* --- counting ------------------------------------------------------------------------------ */

/* Does the item share a run of 13 words with the passage? */
static bool related(struct bench *b, uint32_t item, struct em_view passage)
{
    struct found f = {.n = 0};
    size_t n = grams(b, passage, GRAM);
    for (size_t i = 0; i < n; i++)
        table_find(&b->grams, b->prints.sampled[i].hash, &f);
    for (size_t i = 0; i < f.n; i++)
        if (f.items[i] == item)
            return true;
    return false;
}

/* The planted one, or one with the same words, which the set keeps once. */
static bool is_planted(struct bench *b, uint32_t item, uint32_t planted)
{
    if (item == planted || planted >= b->items.n)
        return item == planted;
    const struct text *x = &b->items.list[item], *y = &b->items.list[planted];
    return x->words == y->words && exact_share(b, x->text, y->text) >= 1;
}

struct tally {
    uint64_t pages, hits, right, wrong, pages_wrong;
};

static void count(struct bench *b, struct tally tally[METHODS],
                  const struct found found[METHODS], uint32_t planted,
                  struct em_view original, const char *what)
{
    for (int m = 0; m < METHODS; m++) {
        uint64_t wrong = 0;
        bool seen = false;
        tally[m].pages++;
        for (size_t i = 0; i < found[m].n; i++) {
            uint32_t item = found[m].items[i];
            bool hit = is_planted(b, item, planted);
            seen |= hit;
            if (hit || (original.len && related(b, item, original)))
                tally[m].right++;
            else
                wrong++;
            if (!hit && m == OURS && !(original.len && related(b, item, original)))
                fprintf(stderr, "%s: item %.*s: %.100s\n", what,
                        EM_VIEW_ARGS(b->items.list[item].id),
                        b->items.list[item].text.data);
        }
        tally[m].hits += seen;
        tally[m].wrong += wrong;
        tally[m].pages_wrong += wrong > 0;
    }
}

static void print_tally(const char *what, const struct tally tally[METHODS], bool planted)
{
    for (int m = 0; m < METHODS; m++) {
        const struct tally *t = &tally[m];
        printf("%s,%s,%llu,", what, method_names[m], (unsigned long long)t->pages);
        if (planted)
            printf("%.4f,", (double)t->hits / (double)t->pages);
        else
            printf(",");
        if (t->right + t->wrong)
            printf("%.4f,", (double)t->right / (double)(t->right + t->wrong));
        else
            printf(",");
        printf("%llu,%llu\n", (unsigned long long)t->wrong,
               (unsigned long long)t->pages_wrong);
    }
}

static void run_planted(struct bench *b, enum change change, size_t n)
{
    static struct found found[METHODS];
    struct tally tally[METHODS] = {{.pages = 0}};
    struct em_buf passage, page;
    em_buf_init(&passage, EM_MAX_TEXT);
    em_buf_init(&page, 3 * EM_MAX_TEXT);
    for (size_t i = 0; i < n; i++) {
        uint32_t item;
        do
            item = below(b->items.n);
        while (b->items.list[item].words < GRAM);
        em_buf_clear(&passage);
        put_changed(b, &passage, b->items.list[item].text, change);
        plant(&page, b->pages.list[below(b->pages.n)].text, em_buf_view(&passage));
        find_all(b, em_buf_view(&page), found, &item);
        count(b, tally, found, item, b->items.list[item].text, change_names[change]);
    }
    print_tally(change_names[change], tally, true);
    em_buf_release(&passage);
    em_buf_release(&page);
}

static void run_negatives(struct bench *b, const char *what, size_t from,
                          struct em_view tail)
{
    static struct found found[METHODS];
    struct tally tally[METHODS] = {{.pages = 0}};
    struct em_buf page;
    em_buf_init(&page, 3 * EM_MAX_TEXT);
    for (size_t i = from; i < b->pages.n; i++) {
        em_buf_clear(&page);
        put(&page, b->pages.list[i].text);
        put(&page, tail);
        find_all(b, em_buf_view(&page), found, NULL);
        count(b, tally, found, UINT32_MAX, EM_VIEW_NONE, what);
    }
    print_tally(what, tally, false);
    em_buf_release(&page);
}

/* Pages as items, a licence below each; then other pages with the same licence. */
static void run_boilerplate(struct bench *b)
{
    struct em_buf licence;
    struct texts all = b->items, pages = b->pages;
    size_t n_half = pages.n / 2 < BOILERPLATE ? pages.n / 2 : BOILERPLATE;
    struct texts half = {pages.list, n_half};
    FILE *in = fopen("LICENSE", "rb");
    char block[4096];
    size_t n;
    if (!in)
        return;
    em_buf_init(&licence, EM_MIB);
    need(em_buf_append(&licence, "\n\n", 2) == EM_OK, "out of memory");
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        need(em_buf_append(&licence, block, n) == EM_OK, "out of memory");
    fclose(in);
    drop_set(b);
    b->items = half;
    b->pages.n = 2 * n_half;
    build_set(b, &half, em_buf_view(&licence));
    run_negatives(b, "shared licence", half.n, em_buf_view(&licence));
    b->items = all;
    b->pages = pages;
    em_buf_release(&licence);
}

int main(int argc, char **argv)
{
    static struct bench b;
    if (argc < 6) {
        fprintf(stderr, "usage: bench_refs PLANTED K T ITEMS PAGES...\n");
        return 129;
    }
    size_t n = strtoul(argv[1], NULL, 10);
    b.winnow.k = (uint32_t)strtoul(argv[2], NULL, 10);
    b.winnow.t = (uint32_t)strtoul(argv[3], NULL, 10);
    em_prints_init(&b.prints);
    read_texts(&b.items, argv[4], false);
    for (int i = 5; i < argc; i++)
        read_texts(&b.pages, argv[i], true);
    need(b.items.n && b.pages.n, "no items or no pages");
    fprintf(stderr, "%zu items, %zu human pages, k %u, t %u\n", b.items.n, b.pages.n,
            b.winnow.k, b.winnow.t);
    build_set(&b, &b.items, EM_VIEW_NONE);
    printf("case,method,pages,recall,precision,wrong,pages with a wrong one\n");
    for (int change = 0; change < CHANGES; change++)
        run_planted(&b, (enum change)change, n);
    run_negatives(&b, "unrelated pages", 0, EM_VIEW_NONE);
    printf("interval,matches,share inside,mean half width\n,%llu,%.4f,%.4f\n",
           (unsigned long long)b.intervals,
           (double)b.inside / (double)(b.intervals ? b.intervals : 1),
           b.half_width / (double)(b.intervals ? b.intervals : 1));
    printf("time,CPU seconds: %s %.2f, %s %.2f, %s %.2f\n", method_names[OURS],
           b.seconds[OURS], method_names[EXACT], b.seconds[EXACT],
           method_names[MINHASH_PAGE], b.seconds[MINHASH_PAGE]);
    run_boilerplate(&b);
    return 0;
}
