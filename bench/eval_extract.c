/* SPDX-License-Identifier: Apache-2.0
 *
 * Scores main-content extraction against gold texts (tests/conformance/extract.sh makes
 * the list from the benchmarks in the shared assets):
 *
 *     eval_extract [--pages] LIST
 *     eval_extract --texts LIST
 *
 * LIST has a line a page: set, type, half (0 or 1), page file, gold file, domain, tab-separated.
 * Sets: `traf`: gold lines "+segment" and "-segment", counted over the corpus (scoring A);
 * `aeb`: gold text, 4-gram shingles, means over pages (B); others: gold text, bag of words,
 * mean F1 over pages (C). Both halves are reported; only half 0 is to be chosen on.
 *
 * --texts prints a hash of each page's text, by our parser and by libxml2's, instead: two
 * builds that print the same give the same texts, which equal scores do not show.
 */
#include "bench/eval_score.h"
#include "crawler/page/extract.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void score_page(struct em_extractor *extractor, char **field)
{
    struct em_view body = em_eval_read(field[3]), gold = em_eval_read(field[4]);
    struct em_page page = {.kind = EM_PAGE_HTML, .body = body};
    struct em_doc doc;
    struct em_view text = EM_VIEW_NONE;
    if (em_extract(extractor, &page, &doc) == EM_DROP_NONE)
        text = doc.text;
    score_text(field, text, gold);
    free((void *)(uintptr_t)body.data);
    free((void *)(uintptr_t)gold.data);
}

static uint64_t text_hash(struct em_extractor *extractor, struct em_view body)
{
    struct em_page page = {.kind = EM_PAGE_HTML, .body = body};
    struct em_doc doc;
    if (em_extract(extractor, &page, &doc) != EM_DROP_NONE)
        return 0;
    return em_hash64(doc.text.data, doc.text.len, 1);
}

static void print_texts(FILE *list)
{
    struct em_extractor *own, *other;
    struct em_extract_options options = {.no_language = true};
    char line[8192], *field[6];
    if (em_extractor_new(&own, &options, NULL) < 0)
        exit(2);
    options.parser = EM_HTML_PARSER_LIBXML2;
    if (em_extractor_new(&other, &options, NULL) < 0)
        exit(2);
    while (fgets(line, sizeof(line), list)) {
        if (!em_eval_fields(line, field))
            continue;
        struct em_view body = em_eval_read(field[3]);
        printf("%s\t%016" PRIx64 "\t%016" PRIx64 "\n", field[3], text_hash(own, body),
               text_hash(other, body));
        free((void *)(uintptr_t)body.data);
    }
    em_extractor_free(own);
    em_extractor_free(other);
}

int main(int argc, char **argv)
{
    struct em_extractor *extractor;
    struct em_extract_options options = {.no_language = true};
    show_pages = argc > 2 && strcmp(argv[1], "--pages") == 0;
    FILE *list = argc > 1 ? fopen(argv[argc - 1], "r") : NULL;
    if (!list || em_extractor_new(&extractor, &options, NULL) < 0) {
        fputs("usage: eval_extract [--pages | --texts] LIST\n", stderr);
        return 129;
    }
    if (argc > 2 && strcmp(argv[1], "--texts") == 0) {
        print_texts(list);
        em_extractor_free(extractor);
        fclose(list);
        return 0;
    }
    char line[8192], *field[6];
    while (fgets(line, sizeof(line), list))
        if (em_eval_fields(line, field))
            score_page(extractor, field);
    report();
    em_extractor_free(extractor);
    fclose(list);
    return 0;
}
