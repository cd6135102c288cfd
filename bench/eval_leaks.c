/* SPDX-License-Identifier: Apache-2.0
 *
 * What the patterns of leaks are worth: the figures of docs/LEAKS.md and docs/lab/BENCHMARKS.md.
 *
 *     eval_leaks counts < labelled.jsonl     texts that have each pattern, by class
 *     eval_leaks set < leaks.jsonl           precision and recall of `is_leak`, by kind
 *     eval_leaks table                       the table of docs/LEAKS.md
 *
 * A text counts once for a pattern, and only when the pattern stands outside quotations.
 * Bounds are the upper end of the exact one-sided 95 % interval. The set is divided by a
 * hash of the text: what is chosen is chosen on the first half, the second is for reporting.
 */
#include "base/hash.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "detector/leaks.h"
#include "detector/lexicon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_PATTERNS = 1024, MAX_HITS = 4096, MAX_KINDS = 64, WORDS = 100000 };

struct kit {
    struct em_leaks *leaks;
    struct em_lexicon *lexicon;
    struct em_tokens tokens;
    struct em_normal normal;
    struct em_json_reader *json;
};

static void check(enum em_status status)
{
    if (status < 0) {
        fprintf(stderr, "eval_leaks: %s\n", em_status_text(status));
        exit(2);
    }
}

static void open_kit(struct kit *k)
{
    em_tokens_init(&k->tokens);
    em_normal_init(&k->normal);
    check(em_leaks_new(&k->leaks));
    check(em_lexicon_new(&k->lexicon, EM_VIEW_NONE));
    check(em_json_reader_new(&k->json));
}

static void close_kit(struct kit *k)
{
    em_leaks_free(k->leaks);
    em_lexicon_free(k->lexicon);
    em_tokens_release(&k->tokens);
    em_normal_release(&k->normal);
    em_json_reader_free(k->json);
}

/* The next line's text, read and cut into words; false at the end. */
static bool next_text(struct kit *k, struct em_view *text)
{
    static char *line;
    static size_t cap;
    size_t read;
    ssize_t n = getline(&line, &cap, stdin);
    if (n <= 0) {
        free(line);
        return false;
    }
    check(em_json_reader_parse(k->json, em_view_make(line, (size_t)n), NULL));
    if (!em_json_get_string(k->json, "text", text))
        check(EM_ERR_FORMAT);
    check(em_normalise(&k->normal, *text));
    check(em_tokenise(&k->tokens, k->lexicon, em_view_make(k->normal.text, k->normal.len),
                      false, WORDS, &read));
    return true;
}

/* Above this share the chance of so few is below 5 %: bisection on the binomial's tail. */
static double upper(unsigned k, unsigned n)
{
    double low = 0, high = 1;
    for (int i = 0; i < 60; i++) {
        double p = (low + high) / 2, tail = 0;
        for (unsigned j = 0; j <= k; j++)
            tail += exp(lgamma(n + 1.0) - lgamma(j + 1.0) - lgamma(n - j + 1.0) +
                        j * log(p) + (n - j) * log1p(-p));
        if (tail > 0.05)
            low = p;
        else
            high = p;
    }
    return high;
}

static void count(struct kit *k)
{
    static unsigned found[MAX_PATTERNS][2], quoted[MAX_PATTERNS][2];
    static struct em_leak_hit hits[MAX_HITS];
    unsigned texts[2] = {0, 0}, any[2] = {0, 0};
    struct em_view text, label;
    while (next_text(k, &text)) {
        if (!em_json_get_string(k->json, "label", &label))
            continue;
        int machine = em_view_eq(label, EM_VIEW("machine"));
        bool seen[MAX_PATTERNS][2] = {{false, false}}, one = false;
        size_t n = em_leaks_hits(k->leaks, &k->normal, &k->tokens, text, hits, MAX_HITS);
        for (size_t i = 0; i < n; i++) {
            one |= !hits[i].quoted;
            seen[hits[i].pattern][hits[i].quoted] = true;
        }
        for (size_t i = 0; i < em_leak_pattern_count; i++) {
            found[i][machine] += seen[i][0];
            quoted[i][machine] += seen[i][1] && !seen[i][0];
        }
        texts[machine]++;
        any[machine] += one;
    }
    printf("%-46s %8s %8s %8s %8s %12s\n", "pattern", "human", "quoted", "machine",
           "quoted", "human at most");
    for (size_t i = 0; i < em_leak_pattern_count; i++)
        printf("%-46s %8u %8u %8u %8u %12.1e\n", em_leak_patterns[i].pattern, found[i][0],
               quoted[i][0], found[i][1], quoted[i][1],
               texts[0] ? upper(found[i][0], texts[0]) : 1);
    printf(
        "texts: %u human, %u of them with a pattern (at most %.1e); %u machine, %u with "
        "one\n",
        texts[0], any[0], texts[0] ? upper(any[0], texts[0]) : 1, texts[1], any[1]);
}

struct kind {
    char name[64];
    unsigned texts[2], found[2]; /* not a leak, a leak */
};

static struct kind *kind_of(struct kind *kinds, size_t *n, struct em_view name)
{
    for (size_t i = 0; i < *n; i++)
        if (em_view_eq(name, em_view_of(kinds[i].name)))
            return &kinds[i];
    if (*n == MAX_KINDS)
        check(EM_ERR_LIMIT);
    snprintf(kinds[*n].name, sizeof(kinds[*n].name), "%.*s", EM_VIEW_ARGS(name));
    return &kinds[(*n)++];
}

static void print_kind(const char *name, const struct kind *k)
{
    unsigned found = k->found[0] + k->found[1];
    char precision[16] = "-", recall[16] = "-";
    if (found)
        snprintf(precision, sizeof(precision), "%.2f", (double)k->found[1] / found);
    if (k->texts[1])
        snprintf(recall, sizeof(recall), "%.2f", (double)k->found[1] / k->texts[1]);
    printf("| %s | %u of %u | %u of %u | %s | %s |\n", name, k->found[1], k->texts[1],
           k->found[0], k->texts[0], precision, recall);
}

static void measure_set(struct kit *k, bool show)
{
    struct kind kinds[MAX_KINDS] = {{.name = ""}};
    struct kind halves[2] = {{.name = "first half"}, {.name = "second half"}};
    struct kind alone = {.name = "second half, log-odds of 3 and more"};
    struct em_leak leaks[EM_MAX_LEAKS];
    size_t n_kinds = 0;
    struct em_view text, kind;
    bool leak;
    while (next_text(k, &text)) {
        if (!em_json_get_string(k->json, "kind", &kind) ||
            !em_json_get_bool(k->json, "is_leak", &leak))
            check(EM_ERR_FORMAT);
        size_t n = em_leaks_find(k->leaks, &k->normal, &k->tokens, text, EM_VIEW_NONE,
                                 leaks, EM_MAX_LEAKS);
        unsigned half = em_hash64(text.data, text.len, 0) & 1;
        struct kind *all[2] = {&halves[half], kind_of(kinds, &n_kinds, kind)};
        for (int i = 0; i < 2; i++) {
            all[i]->texts[leak]++;
            all[i]->found[leak] += n > 0;
        }
        if (half) {
            alone.texts[leak]++;
            alone.found[leak] += em_leaks_log_odds(leaks, n) >= 3;
        }
        if (show && leak != (n > 0) && !half)
            printf("%s %.*s: %.200s\n", leak ? "missed" : "wrong", EM_VIEW_ARGS(kind),
                   text.data);
    }
    printf("| kind | leaks found | quoted or discussed, found | precision | recall |\n"
           "|---|---|---|---|---|\n");
    for (size_t i = 0; i < n_kinds; i++)
        print_kind(kinds[i].name, &kinds[i]);
    for (int i = 0; i < 2; i++)
        print_kind(halves[i].name, &halves[i]);
    print_kind(alone.name, &alone);
}

static void print_table(void)
{
    printf("| pattern | kind | since | weight | human | machine | evidence |\n"
           "|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        const struct em_leak_pattern *p = &em_leak_patterns[i];
        const struct em_leak_evidence *e = &em_leak_evidence[p->evidence];
        char evidence[200] = "";
        if (e->of)
            snprintf(evidence, sizeof(evidence), "%u of %u: %s", e->real, e->of, e->what);
        printf("| `%s`%s | %s | %s | %.1f | %u | %u | %s |\n", p->pattern,
               p->place == EM_LEAK_SENTENCE ? " begins a sentence" : "", p->kind,
               p->since, em_leak_weight(p), p->human, p->machine,
               e->of ? evidence : "labelled text alone");
    }
}

int main(int argc, char **argv)
{
    struct kit kit;
    const char *what = argc > 1 ? argv[1] : "";
    if (em_leak_pattern_count > MAX_PATTERNS)
        check(EM_ERR_LIMIT);
    open_kit(&kit);
    int code = 0;
    if (strcmp(what, "counts") == 0) {
        count(&kit);
    } else if (strcmp(what, "set") == 0) {
        measure_set(&kit, argc > 2);
    } else if (strcmp(what, "table") == 0) {
        print_table();
    } else {
        fprintf(stderr, "usage: eval_leaks counts|set|table < JSONL\n");
        code = 129;
    }
    close_kit(&kit);
    return code;
}
