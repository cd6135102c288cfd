/* SPDX-License-Identifier: Apache-2.0
 *
 * Every pattern of leaks in every place of a text: what is cut, and that what stays reads
 * whole and holds no leak.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "detector/leak_extent.h"
#include "detector/leak_sentence.h"
#include "detector/leaks.h"
#include "detector/lexicon.h"
#include "pipeline/clean/clean.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct kit {
    struct em_leaks *leaks;
    struct em_lexicon *lexicon;
    struct em_tokens tokens;
    struct em_normal normal;
    struct em_leak found[EM_MAX_LEAKS];
    char text[4096];
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

static size_t find(struct kit *k, const char *text)
{
    size_t read;
    assert_int_equal(em_normalise(&k->normal, em_view_of(text)), EM_OK);
    assert_int_equal(em_tokenise(&k->tokens, k->lexicon,
                                 em_view_make(k->normal.text, k->normal.len), false,
                                 100000, &read),
                     EM_OK);
    return em_leaks_find(k->leaks, &k->normal, &k->tokens, em_view_of(text), EM_VIEW_NONE,
                         k->found, EM_MAX_LEAKS);
}

/* The text without its leaks into k->text; their number. */
static size_t cut(struct kit *k, const char *text)
{
    const struct em_clean_policy policy = {
        .on_leak = EM_CLEAN_CUT, .margin = 200, .min_piece = 200, .max_pieces = 10};
    size_t n = find(k, text);
    const struct em_doc doc = {.text = em_view_of(text), .words = 100};
    const struct em_verdict verdict = {
        .kind = EM_VERDICT_ABSTAIN, .leaks = k->found, .n_leaks = n};
    struct em_clean_plan plan;
    em_clean_plan_init(&plan);
    assert_int_equal(em_clean_decide(&policy, doc.text, &doc, &verdict, NULL, &plan),
                     EM_OK);
    struct em_view left = plan.cut ? em_buf_view(&plan.text) : doc.text;
    snprintf(k->text, sizeof(k->text), "%.*s", EM_VIEW_ARGS(left));
    em_clean_plan_release(&plan);
    return n;
}

/* --- patterns as they appear ------------------------------------------------------------- */

/* What stands before and after a pattern where a client writes it. */
static const struct {
    const char *pattern, *before, *behind;
} settings[] = {
    {":contentreference", "", "]{index=3}"},
    {"oaicite", "[", "]"},
    {"[oai_citation", "",
     "\xE2\x80\xA1"
     "example.org](https://example.org/a)"},
    {"turn", "cite", ""},
    {"\xE3\x80\x90#\xE2\x80\xA0source", "", ""},
    {"\xE3\x80\x90#:", "", "source\xE3\x80\x91"},
    {"\xE3\x80\x90#\xE2\x80\xA0", "", "notes.txt\xE3\x80\x91"},
    {"\xE2\x80\xA0l",
     "\xE3\x80\x90"
     "F:core/gate.c",
     ""},
    {"[cite_start", "", ""},
    {"[cite:", "", ", 4]"},
    {"(start_span", "[span_1]", ""},
    {"<grok", "", "\"a\" card_type=\"b\"></grok:render>"},
    {"file-service", "![gate](", "Ab12Cd)"},
    {"sandbox", "Take it from [here](", "gate.csv) now."},
    {":::writing", "", "\"document\" id=\"1\"}"},
    {"ppl-ai", "[1](https://", ".amazonaws.com/web/x.pdf)"},
    {"[attached_file", "", ""},
    {"< im_start", "", ""},
    {"< im_end", "", ""},
    {"< endoftext", "", ""},
    {"< eot_id", "", ""},
    {"< start_header_id", "", "assistant<|end_header_id|>"},
    {"<</sys", "<<SYS>> Be brief. ", ""},
    {"[/inst", "[INST] Write of mills. ", ""},
    {"</think", "<think>Mills turn. So do wheels.", ""},
};

/* "#" and "@" filled in, "< x >" as "<|x|>", a capital where a sentence begins. */
static void write_leak(const struct em_leak_pattern *p, char *out, size_t cap)
{
    const char *before = "", *behind = "";
    bool sentence = em_leak_reach(em_view_of(p->kind)) != EM_LEAK_MARKER;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (strncmp(p->pattern, settings[i].pattern, strlen(settings[i].pattern)) == 0) {
            before = settings[i].before;
            behind = settings[i].behind;
            break;
        }
    if (sentence)
        behind = " the matter of stones, whatever they are.";
    size_t n = (size_t)snprintf(out, cap, "%s", before), first = n;
    for (const char *c = p->pattern; *c && n + 8 < cap; c++) {
        bool token = p->pattern[0] == '<' && p->pattern[1] == ' ';
        if (*c == '#')
            out[n++] = '7';
        else if (token && *c == ' ')
            out[n++] = '|';
        else
            out[n++] = *c;
    }
    if (sentence && out[first] >= 'a' && out[first] <= 'z')
        out[first] = (char)(out[first] - 32);
    snprintf(out + n, cap - n, "%s", behind);
}

/* --- places ------------------------------------------------------------------------------ */

#define A "The mill stood by the river until the flood."
#define B "Its wheel was made of oak!"
#define C "The last miller left in 1911."

/* `@` is the leak. What is left when its sentence goes, and when its paragraph does. */
static const struct place {
    const char *text, *sentence, *paragraph;
} places[] = {
    {A "\n\n" A " @ " B "\n\n" C, A "\n\n" A " " B "\n\n" C, A "\n\n" C},
    {A "\n\n@ " B "\n\n" C, A "\n\n" B "\n\n" C, A "\n\n" C},
    {A "\n\n" B " @\n\n" C, A "\n\n" B "\n\n" C, A "\n\n" C},
    {A "\n\n@\n\n" C, A "\n\n" C, A "\n\n" C},
    {"@\n\n" C, C, C},
    {A "\n\n@", A, A},
    {A " @", A, ""},
    {"@ " B, B, ""},
    {A "\n"
       "@\n" C,
     A "\n" C, A "\n" C},
    {A "\n\n- " B "\n- @\n- " C "\n\n" A, A "\n\n- " B "\n- " C "\n\n" A,
     A "\n\n- " B "\n- " C "\n\n" A},
    {"- " B "\n- @ " C, "- " B "\n- " C, "- " B},
    {"- " B "\n- " C " @\n- " A, "- " B "\n- " C "\n- " A, "- " B "\n- " A},
    {"1. " B "\n2. @\n3. " C, "1. " B "\n3. " C, "1. " B "\n3. " C},
    {"# Mills\n\n@\n\n## Wheels\n\n" C, "# Mills\n\n## Wheels\n\n" C,
     "# Mills\n\n## Wheels\n\n" C},
    {"## @\n\n" C, C, C},
    {"> @\n\n" C, C, C},
    {"> " A " @\n\n" C, "> " A "\n\n" C, C},
    {"**@**\n\n" C, C, C},
    {A "\n\n(@)\n\n" C, A "\n\n" C, A "\n\n" C},
    {A " (@) " B, A " " B, ""},
    {"@ @\n\n" C, C, C},
    {"@\n\n@\n\n" C, C, C},
    {A "\n\n@\n@", A, A},
    {"| mill | wheel |\n|---|---|\n| " A " | @ |\n| " B " | " C " |",
     "| mill | wheel |\n|---|---|\n| " A " | |\n| " B " | " C " |", NULL},
    {"One wheel, \xE2\x80\x9Cold\xE2\x80\x9D, of Dr. Mill. @ " C,
     "One wheel, \xE2\x80\x9Cold\xE2\x80\x9D, of Dr. Mill. " C, ""},
};

static void put_leak(const char *text, const char *leak, char *out, size_t cap)
{
    size_t n = 0;
    for (; *text && n + 1 < cap; text++)
        if (*text == '@')
            n += (size_t)snprintf(out + n, cap - n, "%s", leak);
        else
            out[n++] = *text;
    out[n] = '\0';
}

static void every_pattern_in_every_place(void **state)
{
    struct kit *k = *state;
    size_t wrong = 0, cuts = 0, absent = 0;
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        const struct em_leak_pattern *p = &em_leak_patterns[i];
        char leak[400], text[2048];
        enum em_leak_reach reach = em_leak_reach(em_view_of(p->kind));
        if (strcmp(p->kind, "client-url") == 0)
            continue;
        write_leak(p, leak, sizeof(leak));
        for (size_t j = 0; j < sizeof(places) / sizeof(places[0]); j++) {
            const char *want =
                reach == EM_LEAK_PARAGRAPH ? places[j].paragraph : places[j].sentence;
            put_leak(places[j].text, leak, text, sizeof(text));
            if (!want)
                continue;
            /* Where the matcher sees a quotation or no sentence begin, there is no leak. */
            if (cut(k, text) == 0) {
                absent++;
                continue;
            }
            cuts++;
            /* A text that is nothing but its leak is removed, not cut. */
            bool right = want[0] ? strcmp(k->text, want) == 0 : true;
            if (!right && wrong++ < 12)
                print_message("--- %s, place %zu\n%s\n... gives\n%s\n", leak, j, text,
                              k->text);
            if (want[0] && find(k, k->text) > 0 && wrong++ < 12)
                print_message("--- found again: %s, place %zu\n%s\n", leak, j, k->text);
        }
    }
    print_message("%zu cuts, %zu wrong; %zu places are no leak\n", cuts, wrong, absent);
    assert_int_equal(wrong, 0);
    assert_true(cuts > 5 * absent);
}

/* Marks in the middle of a sentence leave the sentence. */
static void marks_go_alone(void **state)
{
    struct kit *k = *state;
    char leak[400], text[1024];
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        const struct em_leak_pattern *p = &em_leak_patterns[i];
        if (strcmp(p->kind, "client-url") == 0) {
            snprintf(text, sizeof(text), "See [it](https://example.org/a?b=1&%s) now.",
                     p->pattern);
            assert_true(cut(k, text) > 0);
            assert_string_equal(k->text, "See [it](https://example.org/a?b=1) now.");
        }
        if (strcmp(p->kind, "citation-marker") != 0 ||
            strncmp(p->pattern, "sandbox", 7) == 0)
            continue;
        write_leak(p, leak, sizeof(leak));
        static const struct {
            const char *text, *left;
        } inside[] = {
            {"Steel is strong @.", "Steel is strong."},
            {"Steel is strong@.", "Steel is strong."},
            {"Steel @ is strong.", "Steel is strong."},
            {"Steel, @, is strong.", NULL},
            {"Steel is strong. @ Iron rusts.", "Steel is strong. Iron rusts."},
            {"Steel is strong (@).", "Steel is strong."},
            {"Steel is strong. @\n\nIron rusts @.", "Steel is strong.\n\nIron rusts."}};
        for (size_t j = 0; j < sizeof(inside) / sizeof(inside[0]); j++) {
            put_leak(inside[j].text, leak, text, sizeof(text));
            if (cut(k, text) == 0 || !inside[j].left)
                continue;
            if (strcmp(k->text, inside[j].left) != 0)
                print_message("%s\n%s\n", text, k->text);
            assert_string_equal(k->text, inside[j].left);
        }
    }
}

static void cuts_by_example(void **state)
{
    struct kit *k = *state;
    static const struct {
        const char *text, *left;
    } cases[] = {
        {"Steel is strong :contentReference[oaicite:3]{index=3}. Iron rusts.",
         "Steel is strong. Iron rusts."},
        {"Iron rusts \xE3\x80\x90"
         "12\xE2\x80\xA0source\xE3\x80\x91\xE3\x80\x90"
         "13\xE2\x80\xA0source\xE3\x80\x91 in rain.",
         "Iron rusts in rain."},
        {"Wheels turn \xEE\x88\x80"
         "cite\xEE\x88\x82turn0search12\xEE\x88\x82turn1reddit3\xEE\x88\x81.",
         "Wheels turn."},
        {"Wheels turn citeturn0search0turn0search1.", "Wheels turn."},
        {"See [docs](https://example.org/a?utm_source=chatgpt.com) and go.",
         "See [docs](https://example.org/a) and go."},
        {"See https://example.org/a?b=1&utm_source=chatgpt.com&c=2 and go.",
         "See https://example.org/a?b=1&c=2 and go."},
        {"See https://example.org/a?utm_source=chatgpt.com&c=2.",
         "See https://example.org/a?c=2."},
        {"[span_1](start_span)Step one[span_1](end_span) is rest.", "Step one is rest."},
        {"Four.<|im_end|>\n<|im_start|>assistant\nFive is more.", "Four.\nFive is more."},
        {"<|im_start|>system\nYou are kind.<|im_end|>\nFive is more.", "Five is more."},
        {"```markdown\n# Mills\n\nThey turn.\n```", "# Mills\n\nThey turn."},
        {"Dear [Recipient's Name],\n\nThe mill is old.\n\nSincerely,\n[Your Name]",
         "The mill is old."},
        {"Certainly! Here's a text about mills:\n\nThe mill is old.", "The mill is old."},
        {"The mill is old. I hope this helps! Let me know if you have questions.",
         "The mill is old."},
        {"The mill, as of my last knowledge update in 2021, is old. It turns.",
         "It turns."},
        {"The mill is old and has been standing by the river since the\ngreat flood. As "
         "an AI "
         "language model, I cannot see it, but\nI can say that it is there. It turns.",
         "The mill is old and has been standing by the river since the\ngreat flood. It "
         "turns."},
        {"\xE6\xB2\xB3\xE8\xBE\xB9\xE3\x80\x82\xE6\x88\xAA\xE8\x87\xB3\xE6\x88\x91\xE7"
         "\x9A"
         "\x84\xE7\x9F\xA5\xE8\xAF\x86\xE3\x80\x82\xE6\xB2\xB3\xE8\xBE\xB9\xE3\x80\x82",
         "\xE6\xB2\xB3\xE8\xBE\xB9\xE3\x80\x82\xE6\xB2\xB3\xE8\xBE\xB9\xE3\x80\x82"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cut(k, cases[i].text) == 0)
            print_message("no leak: %s\n", cases[i].text);
        assert_string_equal(k->text, cases[i].left);
        assert_int_equal(find(k, k->text), 0);
    }
}

/* Any bytes: ends are in order and in the text, and an end is behind its start. */
static void extents_stay_in_the_text(void **state)
{
    static const char letters[] = "ab. \n-*|#([)]!`:<>{}\xE3\x80\x90\xE2\x80\xA0&?";
    static const char *const kinds[] = {"citation-marker", "client-url", "refusal",
                                        "prompt-template", "code-fence", "chat-offer",
                                        "markdown"};
    unsigned seed = 1;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char text[48];
        size_t n = 1 + (size_t)round % (sizeof(text) - 1);
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = letters[(seed >> 16) % (sizeof(letters) - 1)];
        }
        struct em_view view = em_view_make(text, n);
        seed = seed * 1103515245u + 12345u;
        size_t start = (seed >> 16) % n, end = start + 1 + (seed >> 24) % (n - start);
        struct em_view kind = em_view_of(kinds[round % 7]);
        struct em_leak_extent e = em_leak_extent(view, kind, start, end);
        assert_true(e.start <= e.end && e.end <= n);
        e = em_leak_close(view, e);
        assert_true(e.start <= e.end && e.end <= n);
        for (size_t from = 0; em_leak_companion(view, kind, from, &e); from = e.end)
            assert_true(e.start < e.end && e.end <= n && e.end > from);
    }
}

/* CPU seconds to find the sentences at the ends of `n` bytes that repeat `unit`. */
static double seconds_for(const char *unit, size_t n)
{
    size_t length = strlen(unit);
    char *text = malloc(n);
    for (size_t i = 0; i < n; i++)
        text[i] = unit[i % length];
    text[n - 1] = 'x';
    struct em_view view = em_view_make(text, n);
    clock_t begun = clock();
    size_t end = em_sentence_end(view, 0, 0), start = em_sentence_start(view, n - 1);
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    assert_true(start <= n && end <= n);
    free(text);
    return seconds;
}

/* Eight times the text takes eight times as long, not sixty-four times. */
static void time_grows_as_the_text(void **state)
{
    (void)state;
    enum { SMALL = 1 << 16 };
    static const char *const units[] = {".",  ")",    "e.g.) ", "(.)",
                                        "a.", "**. ", "|",      "x "};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        assert_true(seconds_for(units[i], 8 * SMALL) <
                    24 * seconds_for(units[i], SMALL) + 0.1);
}

/* What a chat begins its answer with goes with the answer; a person who was sure stays. */
static void the_opener_goes_with_the_answer(void **state)
{
    static const struct {
        const char *text, *left;
    } cases[] = {
        {"Mills turn. Sure! Here's a rewritten version of the paragraph: Wheels turn. So "
         "do "
         "we.",
         "Mills turn. So do we."},
        {"Of course. Here's a rewritten version of the text.\n\nMills turn.",
         "Mills turn."},
        {"Now I was sure. Here's a rewritten version of the text. Mills turn.",
         "Now I was sure. Mills turn."},
        {"It is unsure! Here's a rewritten version of the text. Mills turn.",
         "It is unsure! Mills turn."},
    };
    struct kit *k = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(cut(k, cases[i].text), 1);
        assert_string_equal(k->text, cases[i].left);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cuts_by_example, set_up, tear_down),
        cmocka_unit_test_setup_teardown(marks_go_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_pattern_in_every_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_opener_goes_with_the_answer, set_up,
                                        tear_down),
        cmocka_unit_test(extents_stay_in_the_text),
        cmocka_unit_test(time_grows_as_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
