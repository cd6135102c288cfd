/* SPDX-License-Identifier: Apache-2.0
 *
 * How well echoes are found: bench_echo DIR [TEXTS.jsonl] [PASSAGES] [CONTAINED].
 *
 * Makes an index in DIR (which must not exist): PASSAGES (40) passages of each length and share of
 * changed words, each on eight sites between other words, and as many pages again without any.
 * Words are those of TEXTS in their order, each used once, or random ones. Prints recall
 * (passages of which at least two sites were found together), how many of the eight sites
 * the echo has, echoes that join sites which share nothing that was planted, and the cost.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "index/answers/echo.h"

#include "tests/unit/made_echo.h"

#include <string.h>
#include <sys/resource.h>

enum { SITES = 8, LENGTHS = 5, CHANGES = 4 };

static const size_t lengths[LENGTHS] = {30, 60, 100, 200, 400};
static const double changes[CHANGES] = {0, 0.02, 0.05, 0.10};

struct words {
    struct em_buf text; /* NUL after each */
    size_t *at, n, cap, next;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench_echo: %s\n", what);
    exit(2);
}

static void add_words(struct words *w, struct em_view text)
{
    size_t i = 0;
    while (i < text.len) {
        size_t from = i;
        while (i < text.len && (unsigned char)text.data[i] > ' ')
            i++;
        if (i > from) {
            if (w->n == w->cap) {
                w->cap = w->cap ? 2 * w->cap : 1 << 16;
                w->at = em_realloc_array(w->at, w->cap, sizeof(w->at[0]));
                if (!w->at)
                    fail("out of memory");
            }
            w->at[w->n++] = w->text.len;
            made_check(em_buf_append(&w->text, text.data + from, i - from));
            made_check(em_buf_putc(&w->text, '\0'));
        }
        while (i < text.len && (unsigned char)text.data[i] <= ' ')
            i++;
    }
}

static void read_words(struct words *w, const char *path, size_t enough)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    struct em_json_reader *json;
    struct em_view text;
    FILE *in = fopen(path, "rb");
    if (!in)
        fail("cannot open the texts");
    made_check(em_json_reader_new(&json));
    while (w->n < enough && (len = getline(&line, &cap, in)) > 0)
        if (em_json_reader_parse(json, em_view_make(line, (size_t)len), NULL) == EM_OK &&
            em_json_get_string(json, "text", &text))
            add_words(w, text);
    em_json_reader_free(json);
    free(line);
    fclose(in);
}

/* The next n words, or random ones. */
static void put_fresh(struct made *m, struct words *w, size_t n)
{
    if (w->n == 0) {
        made_words(m, 1000000 + w->next++, n, 0, 0);
        return;
    }
    if (w->next + n > w->n)
        fail("too few texts for so many passages");
    for (size_t i = 0; i < n; i++)
        made_check(em_buf_printf(&m->text, "%s ", w->text.data + w->at[w->next + i]));
    w->next += n;
}

/* A passage with some words replaced by others of the texts. */
static void put_passage(struct made *m, const struct words *w, size_t from, size_t n,
                        double changed, uint64_t variant)
{
    if (w->n == 0) {
        made_words(m, from, n, changed, variant);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t h = em_mix64(from + i + em_mix64(variant));
        bool other = (double)(h >> 11) / 9007199254740992.0 < changed;
        size_t word = other ? em_mix64(h) % w->n : from + i;
        made_check(em_buf_printf(&m->text, "%s ", w->text.data + w->at[word]));
    }
}

static void plant(struct made *m, struct em_store *store, struct words *w, int cell,
                  int passage)
{
    size_t length = lengths[cell / CHANGES], from = 900000000 + m->number;
    char domain[64];
    if (w->n) {
        from = w->next;
        w->next += length;
        if (w->next > w->n)
            fail("too few texts for so many passages");
    }
    for (int site = 0; site < SITES; site++) {
        snprintf(domain, sizeof(domain), "p%d-%d-s%d.example", cell, passage, site);
        put_fresh(m, w, 150);
        /* The first has it as it was written. */
        put_passage(m, w, from, length, site ? changes[cell % CHANGES] : 0,
                    m->number + 1);
        put_fresh(m, w, 100);
        made_document(m, domain, 1672531200 + site * 86400 * 9, m->number,
                      EM_VERDICT_MACHINE);
        snprintf(domain, sizeof(domain), "n%llu.example", (unsigned long long)m->number);
        put_fresh(m, w, 300);
        made_document(m, domain, 1672531200 + site * 86400, m->number, EM_VERDICT_HUMAN);
    }
    if (m->rows.bytes.len > 64 << 20)
        made_commit(m, store);
}

/* The length of "p12-34-" in a site's name: what was planted together; 0 for others. */
static size_t group_of(struct em_view domain)
{
    const char *last =
        domain.len && domain.data[0] == 'p' ? memchr(domain.data, '-', domain.len) : NULL;
    if (last)
        last = memchr(last + 1, '-', domain.len - (size_t)(last + 1 - domain.data));
    return last ? (size_t)(last - domain.data) : 0;
}

static bool is_right(const struct em_echo *echo)
{
    size_t len = group_of(echo->sites[0].domain);
    for (size_t i = 1; len && i < echo->n_sites; i++)
        if (group_of(echo->sites[i].domain) != len ||
            memcmp(echo->sites[i].domain.data, echo->sites[0].domain.data, len) != 0)
            return false;
    return len > 0;
}

static void evaluate(const struct em_echoes *e, int passages)
{
    size_t cells = LENGTHS * CHANGES, spurious = 0, in_parts = 0;
    uint8_t *best = em_calloc(cells * (size_t)passages, 1);
    if (!best)
        fail("out of memory");
    for (size_t i = 0; i < e->n; i++) {
        const struct em_echo *echo = &e->list[i];
        if (!is_right(echo)) {
            spurious++;
            continue;
        }
        int cell = 0, passage = 0;
        sscanf(echo->sites[0].domain.data, "p%d-%d", &cell, &passage);
        uint8_t *b = &best[cell * passages + passage];
        in_parts += *b > 0;
        *b = echo->n_sites > *b ? (uint8_t)echo->n_sites : *b;
    }
    printf("%6s %8s %8s %8s %8s\n", "words", "changed", "recall", "sites", "expected");
    for (size_t c = 0; c < cells; c++) {
        double found = 0, sites = 0, q = 1 - 1.0 / EM_PASSAGE_FRACTION;
        for (int k = 0; k < passages; k++) {
            found += best[c * (size_t)passages + (size_t)k] > 0;
            sites += best[c * (size_t)passages + (size_t)k];
        }
        double runs = (double)lengths[c / CHANGES] - EM_PASSAGE_WORDS + 1, none = 1;
        for (int i = 0; i < (int)runs; i++)
            none *= q;
        double one = runs * none / q / EM_PASSAGE_FRACTION;
        printf("%6zu %7.0f%% %8.3f %8.2f", lengths[c / CHANGES],
               100 * changes[c % CHANGES], found / passages,
               found > 0 ? sites / found : 0);
        if (c % CHANGES == 0)
            printf(" %8.3f\n", 1 - none - one);
        else
            printf(" %8s\n", "");
    }
    printf("echoes %zu, of which %zu further parts of one, %zu join what was not planted "
           "together (precision %.4f)\n",
           e->n, in_parts, spurious, e->n ? 1 - (double)spurious / (double)e->n : 1);
    em_free(best);
}

int main(int argc, char **argv)
{
    struct words w = {.n = 0};
    struct made m;
    struct em_store *store;
    struct em_echoes e;
    struct em_err err = {.text = ""};
    struct rusage usage;
    if (argc < 2)
        fail("usage: bench_echo DIR [TEXTS.jsonl] [PASSAGES] [CONTAINED]");
    int passages = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 40;
    if (passages < 1 || passages > 10000)
        fail("PASSAGES is from 1 to 10000");
    em_buf_init(&w.text, (size_t)1 << 30);
    if (argc > 2 && strcmp(argv[2], "-") != 0)
        read_words(&w, argv[2], SIZE_MAX);
    made_init(&m);
    made_check(em_store_open(&store, argv[1], EM_STORE_CREATE, &err));
    double cpu = em_clock_thread_cpu();
    for (int p = 0; p < passages; p++)
        for (int c = 0; c < LENGTHS * CHANGES; c++)
            plant(&m, store, &w, c, p);
    made_commit(&m, store);
    uint64_t documents = m.number;
    made_release(&m);
    em_store_free(store);
    double built = em_clock_thread_cpu();
    made_check(em_store_open(&store, argv[1], EM_STORE_READ, &err));
    struct em_echo_options o = em_echo_defaults();
    o.limit = 10000;
    if (argc > 4)
        o.contained = strtod(argv[4], NULL);
    for (int k = 0; k < EM_ECHO_KINDS; k++)
        o.kinds[k] = true;
    made_check(em_echo_find(&e, store, &o, &err));
    double found = em_clock_thread_cpu();
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "%llu documents, %llu prints, %llu on several sites; built in %.1f s, echoes in "
        "%.2f s, %ld MB at most\n",
        (unsigned long long)documents, (unsigned long long)e.rows,
        (unsigned long long)e.shared, built - cpu, found - built, usage.ru_maxrss / 1024);
    evaluate(&e, passages);
    em_echoes_release(&e);
    em_store_free(store);
    em_buf_release(&w.text);
    em_free(w.at);
    return 0;
}
