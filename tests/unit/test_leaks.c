/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "detector/leaks.h"
#include "detector/lexicon.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct kit {
    struct em_leaks *leaks;
    struct em_lexicon *lexicon;
    struct em_tokens tokens;
    struct em_normal normal;
    struct em_leak found[EM_MAX_LEAKS];
    size_t n;
};

static int set_up(void **state)
{
    struct kit *k = calloc(1, sizeof(*k));
    em_tokens_init(&k->tokens);
    em_normal_init(&k->normal);
    *state = k;
    return em_leaks_new(&k->leaks) < 0 || em_lexicon_new(&k->lexicon, EM_VIEW_NONE) < 0;
}

static int tear_down(void **state)
{
    struct kit *k = *state;
    em_leaks_free(k->leaks);
    em_lexicon_free(k->lexicon);
    em_tokens_release(&k->tokens);
    em_normal_release(&k->normal);
    free(k);
    return 0;
}

/* The log-odds of the leaks of `text`. */
static double leaks_in(struct kit *k, struct em_view text, const char *published)
{
    size_t read;
    assert_int_equal(em_normalise(&k->normal, text), EM_OK);
    assert_int_equal(em_tokenise(&k->tokens, k->lexicon,
                                 em_view_make(k->normal.text, k->normal.len), false,
                                 100000, &read),
                     EM_OK);
    k->n = em_leaks_find(k->leaks, &k->normal, &k->tokens, text, em_view_of(published),
                         k->found, EM_MAX_LEAKS);
    return em_leaks_log_odds(k->found, k->n);
}

static void test_each_pattern_finds_itself(void **state)
{
    struct kit *k = *state;
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        const struct em_leak_pattern *p = &em_leak_patterns[i];
        char text[300];
        size_t n = (size_t)snprintf(text, sizeof(text), "Rain fell today. ");
        for (const char *c = p->pattern; *c; c++) {
            if (*c == '#')
                n += (size_t)snprintf(text + n, sizeof(text) - n, "%zu", i);
            else if (*c == '@')
                n += (size_t)snprintf(text + n, sizeof(text) - n, "some words");
            else
                text[n++] = *c;
        }
        snprintf(text + n, sizeof(text) - n, " and more words.");
        double weight = leaks_in(k, em_view_of(text), "");
        assert_true(k->n >= 1);
        assert_true(weight >= em_leak_weight(p) - 1e-6);
        assert_true(k->found[0].end > k->found[0].start);
        assert_true(k->found[0].end <= strlen(text));
        /* Text from before the client existed cannot leak it. */
        assert_true(leaks_in(k, em_view_of(text), "2021-05-01") == 0);
    }
}

static void test_leaks_are_told_from_quotations(void **state)
{
    struct kit *k = *state;
    static const struct {
        const char *text, *kind; /* NULL: none */
    } cases[] = {
        {"The bridge opened in 1999. As an AI language model, I cannot give opinions.",
         "self-reference"},
        {"Reports begin with \"As an AI language model, I cannot\" far too often.", NULL},
        {"It said: `As an AI language model, I cannot`.", NULL},
        {"Phrases to remove: As an AI language model, I cannot.", NULL},
        {"Steel is strong :contentReference[oaicite:3]{index=3}.", "citation-marker"},
        {"See cite\xEE\x88\x80turn0search12\xEE\x88\x82turn1search3\xEE\x88\x81 for it.",
         "citation-marker"},
        {"citeturn0search0turn0search1", "citation-marker"},
        {"Tokens such as `oaicite:1`, `turn0search0` and others", NULL},
        {"Iron rusts \xE3\x80\x90"
         "12\xE2\x80\xA0source\xE3\x80\x91 in rain.",
         "citation-marker"},
        {"[docs](https://example.org/a?utm_source=chatgpt.com)", "client-url"},
        {"Please turn 0 search parties around", NULL},
        {"AS OF MY LAST   KNOWLEDGE\nUPDATE in 2021, nobody had.", "knowledge-cutoff"},
        {"Certainly! Here is the essay you asked for.", "chat-offer"},
        {"He certainly! here and there did well", NULL},
        {"I\xE2\x80\x99m sorry, but as an AI, I\xE2\x80\x99"
         "d rather not.",
         "refusal"},
        {"I cannot fulfill your request. It is not appropriate.", "refusal"},
        {"assistants say \"I cannot fulfill your request\" all day", NULL},
        {"Modules are small [cite: 3, 4].", "citation-marker"},
        {"[span_1](start_span)Step one[span_1](end_span) is rest.", "citation-marker"},
        {"The gate opens first.\xE3\x80\x90"
         "F:core/gate.c\xE2\x80\xA0L12-L40\xE3\x80\x91",
         "citation-marker"},
        {"Costs fell. [a](https://ppl-ai-file-upload.s3.amazonaws.com/x)",
         "citation-marker"},
        {"See fileciteturn0file3 for it.", "citation-marker"},
        {"It is citeturn2news1 said.", "citation-marker"},
        {"Take it: [file](sandbox:/mnt/data/a.csv).", "citation-marker"},
        {":::writing{variant=\"document\" id=\"1\"} Dear all", "citation-marker"},
        {"All is well.</think> The answer is four.", "prompt-template"},
        {"<think> and </think> enclose thoughts", NULL},
        {"Four.<|im_end|> And so on", "prompt-template"},
        {"\xD0\x9D\xD0\x90 \xD0\x9C\xD0\x9E\xD0\x9C\xD0\x95\xD0\x9D\xD0\xA2 "
         "\xD0\xBC\xD0\xBE\xD0\xB5\xD0\xB3\xD0\xBE "
         "\xD0\xBF\xD0\xBE\xD1\x81\xD0\xBB\xD0\xB5\xD0\xB4\xD0\xBD\xD0\xB5\xD0\xB3\xD0"
         "\xBE "
         "\xD0\xBE\xD0\xB1\xD0\xBD\xD0\xBE\xD0\xB2\xD0\xBB\xD0\xB5\xD0\xBD\xD0\xB8\xD1"
         "\x8F",
         "knowledge-cutoff"},
        {"\xC2\xAB\xD0\x9A\xD0\xBE\xD0\xBD\xD0\xB5\xD1\x87\xD0\xBD\xD0\xBE! "
         "\xD0\x92\xD0\xBE\xD1\x82\xC2\xBB \xE2\x80\x94 said he",
         NULL},
        {"\xE5\xBD\x93\xE7\x84\xB6\xEF\xBC\x81\xE4\xBB\xA5\xE4\xB8\x8B\xE6\x98\xAF"
         "\xE6\x96\x87\xE7\xAB\xA0",
         "chat-offer"},
        {"\xC3\x80 ma derni\xC3\xA8"
         "re mise \xC3\xA0 jour, rien.",
         "knowledge-cutoff"},
        {"ChatGPT: As an AI language model, I cannot agree.", NULL},
        {"Dear [Recipient\xE2\x80\x99s Name], welcome.", "placeholder"},
        {"An ordinary sentence about language and models.", NULL},
        {"They replied promptly. As an AI language model, I cannot give opinions.",
         "self-reference"},
        {"It was only an assertion. As an AI language model, I cannot agree.",
         "self-reference"},
        {"The prompts were plain. As an AI language model, I cannot agree.", NULL},
        {"assertEqual(out, As an AI language model, I cannot)", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        leaks_in(k, em_view_of(cases[i].text), "");
        if ((k->n > 0) != (cases[i].kind != NULL))
            print_message("%s\n", cases[i].text);
        if (!cases[i].kind) {
            assert_int_equal(k->n, 0);
            continue;
        }
        assert_true(k->n >= 1);
        assert_string_equal(k->found[0].kind, cases[i].kind);
        assert_ptr_equal(k->found[0].text.data, cases[i].text + k->found[0].start);
    }
}

/* Fewer places, human ones among them, human text that has it: less weight. */
static void test_weights_follow_from_counts(void **state)
{
    (void)state;
    struct em_leak_pattern p = {.evidence = 0, .machine = 500};
    double unseen = em_leak_weight(&p);
    assert_true(unseen == EM_LEAK_UNSEEN);
    p.machine = 5, p.human = 3;
    double rare = em_leak_weight(&p);
    assert_true(rare > 0 && rare < 0.3);
    p.human = 500;
    assert_true(em_leak_weight(&p) == 0);
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        const struct em_leak_evidence *e =
            &em_leak_evidence[em_leak_patterns[i].evidence];
        double weight = em_leak_weight(&em_leak_patterns[i]);
        assert_true(e->real <= e->of);
        /* None that moves nothing, none beyond what its places allow. */
        assert_true(weight > 0.3);
        assert_true(e->of > 0 ? exp(weight) <= 3 * (e->real + 1.0) * 4 / 3
                              : weight <= EM_LEAK_UNSEEN);
        for (size_t k = 0; k < i; k++)
            assert_false(
                strcmp(em_leak_patterns[i].pattern, em_leak_patterns[k].pattern) == 0);
    }
}

/* All places of a pattern for those who count, quotations marked. */
static void test_hits(void **state)
{
    struct kit *k = *state;
    struct em_view text = EM_VIEW("As an AI language model, I do. \"As an AI language "
                                  "model, I do,\" he said. oaicite:1");
    struct em_leak_hit hits[8];
    leaks_in(k, text, "2020-01-01");
    assert_int_equal(k->n, 0);
    size_t n = em_leaks_hits(k->leaks, &k->normal, &k->tokens, text, hits, 8);
    assert_int_equal(n, 2);
    assert_false(hits[0].quoted);
    assert_int_equal(hits[0].start, 0);
    assert_string_equal(em_leak_patterns[hits[1].pattern].pattern, "oaicite:#");
    assert_int_equal(em_leaks_hits(k->leaks, &k->normal, &k->tokens, text, hits, 1), 1);
}

/* Addresses after links of a page's main content. */
static void test_links_of_a_page(void **state)
{
    struct kit *k = *state;
    static const char page[] =
        "<nav><a href=\"/?utm_source=chatgpt.com\">Home</a></nav>"
        "<p><a href=\"https://example.org/a?utm_source=newsletter\">Iron</a> rusts.</p>"
        "<p><a href=\"https://example.org/b?utm_source=openai\">Steel</a> rusts.</p>";
    uint32_t iron = (uint32_t)(strstr(page, "Iron") - page);
    uint32_t steel = (uint32_t)(strstr(page, "Steel") - page);
    struct em_block blocks[] = {
        {.start = 0, .end = 11, .page_start = iron, .page_end = iron + 15, .flags = 1},
        {.start = 13, .end = 25, .page_start = steel, .page_end = steel + 16, .flags = 1},
    };
    struct em_doc doc = {.blocks = blocks, .n_blocks = 2, .source = em_view_of(page)};
    struct em_leak out[3] = {{"refusal", EM_VIEW_NONE, 2, 5, 1},
                             {"refusal", EM_VIEW_NONE, 20, 22, 1}};
    blocks[0].flags = 0; /* what is near the first one counts as boilerplate too */
    assert_int_equal(em_leaks_add_link(k->leaks, &doc, out, 2, 3), 3);
    assert_string_equal(out[1].kind, "client-url");
    assert_int_equal(out[1].start, 13);
    assert_int_equal(out[1].end, 13);
    assert_true(em_view_eq(out[1].text, EM_VIEW("utm_source=openai")));
    assert_int_equal(out[2].start, 20);
    assert_int_equal(em_leaks_add_link(k->leaks, &doc, out, 2, 3), 2); /* has one */
    assert_int_equal(em_leaks_add_link(k->leaks, &doc, out, 0, 0), 0);
    doc.published = EM_VIEW("2024-12-01");
    assert_int_equal(em_leaks_add_link(k->leaks, &doc, out, 0, 3), 0);
    doc = (struct em_doc){.source = em_view_of(page)};
    assert_int_equal(em_leaks_add_link(k->leaks, &doc, out, 0, 3), 0);
}

static void test_markdown_left_in_a_page(void **state)
{
    (void)state;
    struct em_view text = EM_VIEW("## Iron\n\nIt rusts.\n\n### Steel\n\nSo does it.");
    struct em_block blocks[] = {{.start = 0, .end = 7, .flags = EM_BLOCK_MAIN},
                                {.start = 9, .end = 18, .flags = EM_BLOCK_MAIN},
                                {.start = 20, .end = 29, .flags = EM_BLOCK_MAIN},
                                {.start = 31, .end = 42, .flags = EM_BLOCK_MAIN}};
    struct em_doc doc = {
        .text = text, .blocks = blocks, .n_blocks = 4, .source = EM_VIEW("<p>")};
    struct em_leak out[2] = {{"refusal", EM_VIEW_NONE, 9, 12, 1}};
    assert_int_equal(em_leaks_add_markdown(&doc, out, 1, 2), 2);
    assert_string_equal(out[0].kind, "markdown");
    assert_true(em_view_eq(out[0].text, EM_VIEW("## ")));
    assert_true(out[0].log_odds > 0 && out[0].log_odds < 1);
    assert_int_equal(out[1].start, 9);
    assert_int_equal(em_leaks_add_markdown(&doc, out, 1, 1), 1);
    blocks[2].kind = EM_BLOCK_PREFORMATTED; /* code has such comments */
    assert_int_equal(em_leaks_add_markdown(&doc, out, 0, 2), 0);
    blocks[2].kind = EM_BLOCK_PARAGRAPH;
    doc.source = EM_VIEW_NONE; /* a text that may be Markdown itself */
    assert_int_equal(em_leaks_add_markdown(&doc, out, 0, 2), 0);
}

static void test_weights_add_up_by_kind_with_a_maximum(void **state)
{
    struct kit *k = *state;
    double one = leaks_in(k, EM_VIEW("Iron rusts oaicite:1 now."), "");
    double two = leaks_in(k, EM_VIEW("Iron rusts oaicite:1 and oaicite:2 now."), "");
    assert_true(one == two);
    assert_int_equal(k->n, 2);
    double other = leaks_in(
        k, EM_VIEW("Certainly! Here is it: oaicite:1. I cannot fulfill your request."),
        "");
    assert_true(other > one + 4 && other < EM_LEAKS_MOST);
    assert_int_equal(k->n, 3);
    double most = leaks_in(
        k,
        EM_VIEW(
            "Certainly! Here is it: oaicite:1. I cannot fulfill your request. As of my "
            "last update in 2021, it stood. As an AI language model, I cannot say."),
        "");
    assert_true(most == EM_LEAKS_MOST);
    char text[EM_MAX_LEAKS * 40] = "";
    size_t n = 0;
    for (int i = 0; i < EM_MAX_LEAKS + 50; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "x oaicite:%d. ", i);
    leaks_in(k, em_view_make(text, n), "");
    assert_int_equal(k->n, EM_MAX_LEAKS);
}

static void test_markdown_fence_around_a_whole_post(void **state)
{
    struct kit *k = *state;
    assert_true(leaks_in(k, EM_VIEW("```markdown\n---\ntitle: Cats\n---\n\nText\n```\n"),
                         "") >= 3.5);
    assert_true(leaks_in(k,
                         EM_VIEW("Here it is:\n\n```markdown\n---\ntitle: Cats\n---\n"),
                         "") >= 3);
    assert_true(leaks_in(k, EM_VIEW("Some words.\n\n```c\nint x;\n```\n"), "") == 0);
}

/* The shared set: passages from public files, distinguished by hand. */
static void test_shared_passages(void **state)
{
    struct kit *k = *state;
    const char *shared = getenv("ECHOMETER_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/data/leaks/leaks.jsonl",
             shared ? shared : "../shared");
    FILE *f = fopen(path, "r");
    if (!f)
        skip();
    static char line[1 << 20];
    struct em_json_reader *reader;
    int counts[2][2] = {{0}};
    assert_int_equal(em_json_reader_new(&reader), EM_OK);
    while (fgets(line, sizeof(line), f)) {
        struct em_view text;
        bool leak;
        assert_int_equal(em_json_reader_parse(reader, em_view_of(line), NULL), EM_OK);
        assert_true(em_json_get_string(reader, "text", &text));
        assert_true(em_json_get_bool(reader, "is_leak", &leak));
        leaks_in(k, text, "");
        bool found = k->n > 0;
        counts[leak][found]++;
        struct em_view kind;
        if (getenv("LEAKS_SHOW") && leak != found &&
            em_json_get_string(reader, "kind", &kind))
            print_message("%s %.*s: %.120s\n", leak ? "missed" : "wrong",
                          EM_VIEW_ARGS(kind), text.data);
    }
    fclose(f);
    em_json_reader_free(reader);
    int tp = counts[1][1], fp = counts[0][1], fn = counts[1][0];
    print_message("leaks: precision %.3f (%d of %d), recall %.3f (%d of %d)\n",
                  (double)tp / (tp + fp), tp, tp + fp, (double)tp / (tp + fn), tp,
                  tp + fn);
    assert_true(tp >= 0.95 * (tp + fp));
    assert_true(tp >= 0.9 * (tp + fn));
}

static void test_failing_memory(void **state)
{
    (void)state;
    struct em_leaks *leaks;
    em_alloc_fail_at(1, 0);
    assert_int_equal(em_leaks_new(&leaks), EM_ERR_NOMEM);
    em_alloc_fail_at(0, 0);
    em_leaks_free(leaks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_pattern_finds_itself, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_leaks_are_told_from_quotations, set_up,
                                        tear_down),
        cmocka_unit_test(test_weights_follow_from_counts),
        cmocka_unit_test_setup_teardown(test_hits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_of_a_page, set_up, tear_down),
        cmocka_unit_test(test_markdown_left_in_a_page),
        cmocka_unit_test_setup_teardown(test_weights_add_up_by_kind_with_a_maximum,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_markdown_fence_around_a_whole_post, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_shared_passages, set_up, tear_down),
        cmocka_unit_test(test_failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
