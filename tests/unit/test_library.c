/* SPDX-License-Identifier: Apache-2.0
 *
 * The installed header, used as a program outside the tree would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "include/echometer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char machine_text[] =
    "In today's fast-paced world, effective communication plays a crucial role in "
    "fostering "
    "collaboration and driving success. Additionally, it enables individuals to build "
    "meaningful connections and navigate complex challenges with confidence. Moreover, "
    "by "
    "leveraging a wide range of innovative strategies, organizations can unlock their "
    "full "
    "potential and create a more inclusive environment for everyone. In conclusion, it "
    "is "
    "essential to prioritize clear communication, as it not only enhances productivity "
    "but "
    "also contributes to overall well-being. Furthermore, embracing diverse perspectives "
    "can lead to valuable insights and ultimately pave the way for a brighter future.";

static struct echometer_options text_only = ECHOMETER_OPTIONS_INIT; /* see main() */

static struct echometer *open_with_model(void)
{
    struct echometer_options options = ECHOMETER_OPTIONS_INIT;
    options.model = "configs/models/en.emm";
    options.spans = 1;
    struct echometer *em;
    char why[256] = "";
    if (echometer_open(&em, &options, why, sizeof(why)) < 0)
        fail_msg("%s", why);
    return em;
}

static void test_judge(void **state)
{
    (void)state;
    struct echometer *em = open_with_model();
    struct echometer_verdict v;
    assert_int_equal(echometer_judge(em, machine_text, strlen(machine_text), "en", &v),
                     0);
    assert_int_equal(v.kind, ECHOMETER_MACHINE);
    assert_true(v.score > 0.5 && v.score < 1);
    assert_null(v.abstained);
    assert_int_equal(echometer_judge(em, "Too short.", 10, NULL, &v), 0);
    assert_int_equal(v.kind, ECHOMETER_ABSTAIN);
    assert_string_equal(v.abstained, "too-short");
    echometer_close(em);
}

static void test_read_and_count(void **state)
{
    (void)state;
    char path[] = "/tmp/echometer-lib-XXXXXX";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "w");
    assert_non_null(out);
    fprintf(out, "{\"id\":\"a\",\"text\":\"One two three.\"}\nnot json\n"
                 "{\"id\":\"b\",\"url\":\"http://x.example/\",\"text\":\"Four.\"}\n");
    fclose(out);
    struct echometer *em;
    struct echometer_document doc;
    struct echometer_counts counts;
    assert_int_equal(echometer_open(&em, &text_only, NULL, 0), 0);
    assert_int_equal(echometer_next(em, &doc) < 0, 1); /* nothing opened */
    assert_int_equal(echometer_read(em, path, NULL, 0), 0);
    assert_int_equal(echometer_next(em, &doc), 0);
    assert_string_equal(doc.id, "a");
    assert_string_equal(doc.text, "One two three.");
    assert_int_equal(doc.words, 3);
    assert_int_equal(echometer_next(em, &doc), 0);
    assert_string_equal(doc.url, "http://x.example/");
    assert_int_equal(echometer_next(em, &doc), 1);
    echometer_counts(em, &counts);
    assert_int_equal(counts.records, 3);
    assert_int_equal(counts.documents + counts.dropped, counts.records);
    struct echometer_verdict v;
    assert_true(echometer_judge(em, "x", 1, NULL, &v) < 0); /* no model */
    echometer_close(em);
    unlink(path);
}

static void test_extract(void **state)
{
    (void)state;
    static const char html[] =
        "<title>T</title><meta name=author content=Ann>"
        "<meta name=robots content='noindex, noai'>"
        "<link rel=canonical href=/c>"
        "<meta name=pubdate content=2001-02-03><nav><a href=/>Home</a></nav>"
        "<article><p>The text of a page, which is what counts, "
        "and not what stands around it.</article>";
    struct echometer *em;
    struct echometer_document doc;
    assert_int_equal(echometer_open(&em, &text_only, NULL, 0), 0);
    assert_int_equal(
        echometer_extract(em, html, sizeof(html) - 1, "http://x.example/", NULL, &doc),
        0);
    assert_string_equal(doc.title, "T");
    assert_string_equal(doc.author, "Ann");
    assert_string_equal(doc.canonical, "http://x.example/c");
    assert_string_equal(doc.published, "2001-02-03");
    assert_string_equal(doc.published_by, "meta");
    assert_string_equal(doc.site, "");
    assert_int_equal(doc.robots, ECHOMETER_NOINDEX | ECHOMETER_NOAI);
    assert_non_null(strstr(doc.text, "what counts"));
    assert_int_equal(echometer_extract(em, "", 0, NULL, NULL, &doc), 1);
    echometer_close(em);
}

/* Page to text alone: no model, no archive. */
static void test_blocks(void **state)
{
    (void)state;
    static const char html[] =
        "<nav><a href=/>Home</a></nav><article><h1>A caf\xE9</h1><p>The text of a page, "
        "which is what counts, and not what stands around it.<p hidden>Not shown."
        "<noscript>Without.</noscript></article>";
    struct echometer *em;
    struct echometer_document doc;
    assert_int_equal(echometer_open(&em, &text_only, NULL, 0), 0);
    assert_int_equal(
        echometer_extract_all(em, html, sizeof(html) - 1, NULL, "latin1", &doc), 0);
    static const struct {
        const char *page, *text;
        uint8_t kind;
        int hidden;
    } want[] = {
        {"Home", "Home", ECHOMETER_OTHER, 0},
        {"A caf\xE9", "A café", ECHOMETER_HEADING, 0},
        {"The text of a page, which is what counts, and not what stands around it.",
         "The text of a page, which is what counts, and not what stands around it.",
         ECHOMETER_PARAGRAPH, 0},
        {"Not shown.", "Not shown.", ECHOMETER_PARAGRAPH, 1},
    };
    assert_int_equal(doc.n_blocks, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct echometer_block *b = &doc.blocks[i];
        assert_int_equal(b->end - b->start, strlen(want[i].text));
        assert_memory_equal(doc.text + b->start, want[i].text, b->end - b->start);
        assert_int_equal(b->page_end - b->page_start, strlen(want[i].page));
        assert_memory_equal(html + b->page_start, want[i].page,
                            b->page_end - b->page_start);
        assert_int_equal(b->kind, want[i].kind);
        assert_int_equal((b->flags & ECHOMETER_HIDDEN) != 0, want[i].hidden);
    }
    assert_int_equal(doc.blocks[0].link_bytes, 4);
    assert_string_equal(doc.charset, "windows-1252");
    assert_int_equal(doc.hidden_bytes, 10);
    assert_int_equal(doc.noscript_bytes, 8);
    assert_int_equal(doc.cut, 0);
    /* Main content only: the hidden text is counted, not handed out. */
    assert_int_equal(echometer_extract(em, html, sizeof(html) - 1, NULL, "latin1", &doc),
                     0);
    assert_null(strstr(doc.text, "Not shown"));
    assert_int_equal(doc.hidden_bytes, 10);
    for (size_t i = 0; i < doc.n_blocks; i++)
        assert_int_equal(doc.blocks[i].flags, ECHOMETER_MAIN);
    assert_int_equal(echometer_extract_all(em, "<p>", 3, NULL, NULL, &doc), 1);
    echometer_close(em);
}

/* What the server said of robots, and the page's own date under the capture's. */
static void test_archived_page(void **state)
{
    (void)state;
    static const char http[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noai\r\n\r\n"
        "<title>The gate</title><meta name=robots content=noindex>"
        "<h1>The gate</h1><p>By Ann, 3 February 2001<p>It fell off again.";
    char path[] = "/tmp/echometer-lib-XXXXXX";
    FILE *out = fdopen(mkstemp(path), "w");
    assert_non_null(out);
    fprintf(out,
            "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:1>\r\n"
            "WARC-Date: 2001-03-01T00:00:00Z\r\nWARC-Target-URI: http://x.example/\r\n"
            "Content-Type: application/http\r\nContent-Length: %zu\r\n\r\n%s\r\n\r\n",
            strlen(http), http);
    fclose(out);
    struct echometer *em;
    struct echometer_document doc;
    assert_int_equal(echometer_open(&em, &text_only, NULL, 0), 0);
    assert_int_equal(echometer_read(em, path, NULL, 0), 0);
    assert_int_equal(echometer_next(em, &doc), 0);
    assert_int_equal(doc.robots, ECHOMETER_NOINDEX | ECHOMETER_NOAI);
    assert_string_equal(doc.published, "2001-02-03");
    assert_string_equal(doc.published_by, "visible");
    echometer_close(em);
    unlink(path);
}

static void test_errors_say_why(void **state)
{
    (void)state;
    struct echometer *em;
    char why[256] = "";
    struct echometer_options options = ECHOMETER_OPTIONS_INIT;
    options.model = "/nonexistent/model.emm";
    assert_true(echometer_open(&em, &options, why, sizeof(why)) < 0);
    assert_null(em);
    assert_non_null(strstr(why, "/nonexistent/model.emm"));
    options = (struct echometer_options)ECHOMETER_OPTIONS_INIT;
    options.fpr = 1.5;
    assert_true(echometer_open(&em, &options, why, sizeof(why)) < 0);
    assert_non_null(strstr(why, "fpr"));
    options = (struct echometer_options){.without_model = 1};
    assert_true(echometer_open(&em, &options, why, sizeof(why)) < 0);
    assert_non_null(strstr(why, "ECHOMETER_OPTIONS_INIT"));
    assert_int_equal(echometer_open(&em, &text_only, why, sizeof(why)), 0);
    why[0] = '\0';
    assert_true(echometer_read(em, "/nonexistent/file.warc", why, sizeof(why)) < 0);
    assert_non_null(strstr(why, "/nonexistent/file.warc"));
    echometer_close(em);
    assert_true(strlen(echometer_version()) > 0);
    assert_string_equal(echometer_strerror(0), "ok");
}

/* Spans, share and thresholds; a second handle on the same model. */
static void test_evidence(void **state)
{
    (void)state;
    struct echometer *em = open_with_model(), *other;
    struct echometer_verdict v;
    struct echometer_threshold at;
    char text[4096];
    snprintf(text, sizeof(text), "%s As an AI language model, I cannot do that.",
             machine_text);
    assert_int_equal(echometer_clone(&other, em, NULL, 0), 0);
    assert_string_equal(echometer_model(em), echometer_model(other));
    echometer_close(em);
    assert_int_equal(echometer_judge(other, text, strlen(text), NULL, &v), 0);
    assert_true(v.n_spans > 0 && v.share > 0.5 && v.share <= 1 && v.share_error >= 0);
    assert_true(v.spans[0].start < v.spans[0].end && v.spans[0].end <= strlen(text));
    assert_true(v.n_leaks > 0);
    assert_int_equal(v.leaks[0].end - v.leaks[0].start, strlen(v.leaks[0].text));
    assert_memory_equal(text + v.leaks[0].start, v.leaks[0].text,
                        strlen(v.leaks[0].text));
    assert_int_equal(echometer_threshold(other, 0.01, &at), 0);
    assert_true(at.fpr == 0.01 && at.texts > 0 && at.sources > 0);
    assert_true(v.log_odds >= at.log_odds);
    assert_true(echometer_threshold(other, 0.7, &at) < 0);
    echometer_close(other);
    assert_int_equal(echometer_open(&em, &text_only, NULL, 0), 0);
    assert_null(echometer_model(em));
    assert_true(echometer_threshold(em, 0.01, &at) < 0);
    echometer_close(em);
}

struct seen {
    uint64_t documents, words, stop_at, damaged, lines;
    char ids[4096], order[32];
    int judged;
};

static int see_document(void *context, const struct echometer_document *document,
                        const struct echometer_verdict *verdict)
{
    struct seen *seen = context;
    size_t n = strlen(seen->ids);
    seen->documents++;
    seen->words += document->words;
    seen->judged += verdict && verdict->kind == ECHOMETER_MACHINE;
    snprintf(seen->ids + n, sizeof(seen->ids) - n, "%s,", document->id);
    return seen->documents == seen->stop_at;
}

static void see_damage(void *context, const char *file, uint64_t offset,
                       const char *reason)
{
    struct seen *seen = context;
    int whole = offset == ECHOMETER_WHOLE_FILE;
    assert_true(strlen(file) > 0 && strlen(reason) > 0);
    /* The input that is not there, and the line that is no JSON. */
    assert_true(whole || strstr(reason, "not valid JSON"));
    seen->lines += !whole;
    size_t said = strlen(seen->order);
    snprintf(seen->order + said, sizeof(seen->order) - said, whole ? "file " : "line ");
    seen->damaged++;
}

static void write_lines(char *path, int n)
{
    FILE *out = fdopen(mkstemp(path), "w");
    assert_non_null(out);
    for (int i = 0; i < n; i++)
        fprintf(out, "{\"id\":\"d%d\",\"text\":\"%s\"}\n", i,
                i % 2 ? machine_text : "A short one.");
    fputs("not json\n", out);
    fclose(out);
}

static void test_scan_calls_back_in_input_order(void **state)
{
    (void)state;
    char path[] = "/tmp/echometer-lib-XXXXXX";
    const char *inputs[] = {path, "/nonexistent/file.warc"};
    struct echometer_counts counts;
    write_lines(path, 301);
    struct seen first = {.documents = 0};
    for (unsigned threads = 0; threads <= 3; threads += 3) {
        struct echometer_options options = ECHOMETER_OPTIONS_INIT;
        struct echometer *em;
        struct seen seen = {.documents = 0};
        options.model = "configs/models/en.emm";
        options.threads = threads;
        assert_int_equal(echometer_open(&em, &options, NULL, 0), 0);
        assert_int_equal(echometer_scan(em, inputs, 2, see_document, see_damage, &seen,
                                        &counts, NULL, 0),
                         0);
        assert_int_equal(counts.records, 302);
        assert_int_equal(counts.documents, 301);
        assert_int_equal(counts.dropped, 1);
        assert_int_equal(counts.files_failed, 1);
        assert_int_equal(counts.damaged, 1);
        assert_int_equal(seen.damaged, 2);
        assert_int_equal(seen.lines, 1);
        assert_string_equal(seen.order, "line file ");
        assert_int_equal(seen.documents, 301);
        assert_int_equal(seen.judged, 150);
        assert_memory_equal(seen.ids, "d0,d1,d2,d3,", 12);
        if (threads)
            assert_memory_equal(&seen, &first, sizeof(seen));
        first = seen;
        struct seen cut = {.stop_at = 7};
        assert_int_equal(
            echometer_scan(em, inputs, 2, see_document, NULL, &cut, NULL, NULL, 0), 1);
        assert_int_equal(cut.documents, 7);
        echometer_close(em);
    }
    unlink(path);
}

static void test_many_texts_are_judged_as_one_would_be(void **state)
{
    (void)state;
    enum { N = 99 };
    static char store[N][2048];
    const char *texts[N];
    size_t lengths[N];
    struct echometer_score one[N], two[N];
    struct echometer_options options = ECHOMETER_OPTIONS_INIT;
    struct echometer *em;
    struct echometer_verdict v;
    options.model = "configs/models/en.emm";
    for (int i = 0; i < N; i++) {
        snprintf(store[i], sizeof(store[i]), "%.*s", i * 10, machine_text);
        texts[i] = store[i];
        lengths[i] = strlen(store[i]);
    }
    assert_int_equal(echometer_open(&em, &options, NULL, 0), 0);
    assert_int_equal(echometer_judge_many(em, texts, lengths, N, "en", one), 0);
    for (int i = 0; i < N; i++) {
        assert_int_equal(echometer_judge(em, texts[i], lengths[i], "en", &v), 0);
        assert_true(one[i].score == v.score && one[i].log_odds == v.log_odds);
        assert_int_equal(one[i].kind, v.kind);
        assert_int_equal(one[i].words, v.words);
        assert_true((one[i].abstained == NULL) == (v.abstained == NULL));
    }
    assert_int_equal(one[1].kind, ECHOMETER_ABSTAIN);
    assert_int_equal(one[90].kind, ECHOMETER_MACHINE);
    echometer_close(em);
    options.threads = 3;
    assert_int_equal(echometer_open(&em, &options, NULL, 0), 0);
    assert_int_equal(echometer_judge_many(em, texts, lengths, N, "en", two), 0);
    for (int i = 0; i < N; i++)
        assert_true(one[i].score == two[i].score && one[i].kind == two[i].kind);
    assert_int_equal(echometer_judge_many(em, texts, lengths, 0, "en", two), 0);
    echometer_close(em);
    assert_int_equal(echometer_open(&em, &text_only, NULL, 0), 0);
    assert_true(echometer_judge_many(em, texts, lengths, N, "en", two) < 0);
    echometer_close(em);
}

/* A program compiled when the structs were shorter, and one when they will be longer. */
static void test_sizes_of_other_versions(void **state)
{
    (void)state;
    struct echometer_options old = ECHOMETER_OPTIONS_INIT;
    struct echometer *em;
    struct {
        struct echometer_verdict known;
        char later[16];
    } v;
    old.model = "configs/models/en.emm";
    old.verdict_size = offsetof(struct echometer_verdict, leaks);
    memset(&v, 0x5A, sizeof(v));
    assert_int_equal(echometer_open(&em, &old, NULL, 0), 0);
    assert_int_equal(
        echometer_judge(em, machine_text, strlen(machine_text), "en", &v.known), 0);
    assert_int_equal(v.known.kind, ECHOMETER_MACHINE);
    assert_int_equal(((unsigned char *)&v.known.leaks)[0], 0x5A); /* not written */
    echometer_close(em);
    struct echometer_options later = ECHOMETER_OPTIONS_INIT;
    later.model = "configs/models/en.emm";
    later.verdict_size = sizeof(v);
    memset(&v, 0x5A, sizeof(v));
    assert_int_equal(echometer_open(&em, &later, NULL, 0), 0);
    assert_int_equal(
        echometer_judge(em, machine_text, strlen(machine_text), "en", &v.known), 0);
    assert_int_equal(v.later[0], 0); /* what this library does not know is zero */
    assert_int_equal(v.later[15], 0);
    echometer_close(em);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_read_and_count),
        cmocka_unit_test(test_extract),
        cmocka_unit_test(test_archived_page),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_errors_say_why),
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_scan_calls_back_in_input_order),
        cmocka_unit_test(test_many_texts_are_judged_as_one_would_be),
        cmocka_unit_test(test_sizes_of_other_versions),
    };
    text_only.without_model = 1;
    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
