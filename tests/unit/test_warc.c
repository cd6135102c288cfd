/* SPDX-License-Identifier: Apache-2.0
 *
 * WARC records whole and damaged, each read in portions of many sizes (make_archive.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/make_archive.h"

#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void test_every_type(void **state)
{
    (void)state;
    static const char *const types[] = {"warcinfo",   "response",     "resource",
                                        "request",    "metadata",     "revisit",
                                        "conversion", "continuation", "monkeys"};
    struct bytes b = {NULL, 0, 0};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        add_warc(&b, types[i], "GET / HTTP/1.0\r\n\r\n");
    struct seen seen;
    expect_records(view_of(&b),
                   "warcinfo response resource request metadata revisit conversion "
                   "continuation unknown",
                   &seen);
    /* Without damage the records lie side by side. */
    uint64_t end = 0;
    for (size_t i = 0; i < seen.n; i++) {
        assert_int_equal(seen.offset[i], end);
        end = seen.offset[i] + seen.length[i];
    }
    assert_int_equal(end, b.len);
    drop(&b);
}

/* --- header ----------------------------------------------------------------------------- */

struct expected_fields {
    const char *url, *date, *id, *mime, *truncated, *lang, *version, *http_mime, *charset;
    int status;
};

static void expect_view(struct em_view got, const char *expected)
{
    char text[1024];
    assert_true(got.len < sizeof(text));
    snprintf(text, sizeof(text), "%.*s", EM_VIEW_ARGS(got));
    assert_string_equal(text, expected ? expected : "");
}

static void expect_fields(const char *warc, size_t chunk, const struct expected_fields *e)
{
    struct em_source_options options = {.chunk = chunk};
    struct em_source *source;
    struct em_record r;
    assert_int_equal(
        em_source_open_memory(&source, em_view_of(warc), "t", &options, NULL), EM_OK);
    assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
    assert_null(r.error);
    expect_view(r.url, e->url);
    expect_view(r.date, e->date);
    expect_view(r.origin.record, e->id);
    expect_view(r.mime, e->mime);
    expect_view(r.truncated, e->truncated);
    expect_view(r.lang, e->lang);
    expect_view(r.version, e->version);
    expect_view(r.http_mime, e->http_mime);
    expect_view(r.http_charset, e->charset);
    assert_int_equal(r.http_status, e->status);
    em_source_free(source);
}

static const struct {
    const char *warc;
    struct expected_fields fields;
} headers[] = {
    {"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: <http://a.example/>\r\n"
     "WARC-Date: 2024-05-18T01:58:10.123456Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
     "Content-Type: application/http; msgtype=response\r\nWARC-Truncated: length\r\n"
     "Content-Length: 72\r\n\r\nHTTP/1.1 404 Not Found\r\n"
     "Content-Type: Text/HTML; Charset=\"UTF-8\"\r\n\r\nabcd\r\n\r\n",
     {.url = "http://a.example/",
      .date = "2024-05-18T01:58:10.123456Z",
      .id = "urn:uuid:1",
      .mime = "application/http; msgtype=response",
      .truncated = "length",
      .version = "WARC/1.1",
      .http_mime = "text/html",
      .charset = "UTF-8",
      .status = 404}},
    /* Names in any case, values folded, blanks around, fields repeated: the first counts. */
    {"WARC/0.18\nwarc-type:\n resource\nWARC-DATE:20240518015810\nwarc-date: 1999\n"
     "Warc-Target-Uri:   http://b.example/a\n\tb  \nCONTENT-LENGTH:2\nContent-Length: 3\n"
     "warc-identified-content-language: eng,deu\n\nxy\n\n",
     {.url = "http://b.example/a b",
      .date = "2024-05-18T01:58:10Z",
      .version = "WARC/0.18",
      .lang = "eng"}},
    {"WARC/0.17\r\nWARC-Type: conversion\r\nno colon here\r\n: no name\r\n"
     "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n\r\n\r\n",
     {.mime = "text/plain", .version = "WARC/0.17"}},
};

static void test_header_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        for (size_t chunk = 0; chunk < 20; chunk++)
            expect_fields(headers[i].warc, chunk, &headers[i].fields);
}

static void test_header_larger_than_the_limit(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    add_info(&b);
    add_text(&b, "WARC/1.0\r\nWARC-Type: response\r\nX-Long: ");
    add_fill(&b, 'x', EM_MAX_HEADER + 5000);
    add_text(&b, "\r\nContent-Length: 0\r\n\r\n\r\n\r\n");
    add_info(&b);
    read_with(&seen, view_of(&b), &options);
    assert_string_equal(seen.text, "warcinfo response! warcinfo");
    drop(&b);
}

/* --- damage ------------------------------------------------------------------------------ */

static void test_content_length(void **state)
{
    (void)state;
    static const struct {
        const char *length;
    } wrong[] = {
        {NULL}, {""}, {"-5"}, {"0x1f"}, {"abc"}, {"12 3"}, {"99999999999999999999999"},
        {"1e3"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        struct seen seen;
        add_info(&b);
        add_warc_as(&b, "response", wrong[i].length, HTTP_TEXT, "\r\n\r\n");
        add_info(&b);
        expect_records(view_of(&b), "warcinfo response! warcinfo", &seen);
        assert_true(strstr(seen.reason, "Content-Length") != NULL);
        assert_int_equal(seen.block_length[1], strlen(HTTP_TEXT));
        drop(&b);
    }
}

/* Too long, too short, far too long: the next record is found all the same. */
static void test_content_length_that_is_another(void **state)
{
    (void)state;
    static const char *const lengths[] = {"1",   "10",   "60",   "90",      "150",
                                          "200", "1000", "9999", "70000000"};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        struct seen seen;
        add_info(&b);
        add_warc_as(&b, "response", lengths[i], HTTP_TEXT, "\r\n\r\n");
        add_info(&b);
        add_response(&b);
        struct em_source_options options = {.keep_all = true};
        read_with(&seen, view_of(&b), &options);
        if (strcmp(seen.text, "warcinfo response! warcinfo response") != 0)
            print_message("Content-Length: %s\n", lengths[i]);
        expect_records(view_of(&b), "warcinfo response! warcinfo response", &seen);
        drop(&b);
    }
}

static void test_line_ends_behind_the_block(void **state)
{
    (void)state;
    static const char *const ends[] = {
        "", "\r\n", "\n", "\n\n", "\r\n\r", "\r\r\n", "\r\n\r\n\r\n\r\n\n"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        char length[16];
        snprintf(length, sizeof(length), "%zu", strlen(HTTP_TEXT));
        add_info(&b);
        add_warc_as(&b, "response", length, HTTP_TEXT, ends[i]);
        add_warc_as(&b, "response", length, HTTP_TEXT, ends[i]);
        expect_records(view_of(&b), "warcinfo response response", NULL);
        drop(&b);
    }
}

static void test_garbage_between_records(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_info(&b);
    size_t at = b.len;
    add_text(&b, "garbage\r\nWARC, but not one\r\n\r\nWARC/\r\nmore\r\n");
    size_t end = b.len;
    add_response(&b);
    expect_records(view_of(&b), "warcinfo damage! response", &seen);
    assert_int_equal(seen.offset[1], at);
    assert_int_equal(seen.length[1], end - at);
    assert_int_equal(seen.offset[2], end);
    drop(&b);

    add_info(&b);
    add_text(&b, "The monkeys are coming!");
    expect_records(view_of(&b), "warcinfo damage!", NULL);
    drop(&b);
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    add_info(&b);
    size_t first = b.len;
    add_response(&b);
    for (size_t cut = first + 9; cut < b.len - 4; cut++) {
        struct seen seen;
        struct em_source_options options = {.keep_all = true, .chunk = 1 + cut % 50};
        read_with(&seen, em_view_make(b.data, cut), &options);
        assert_int_equal(seen.n, 2);
        assert_true(seen.reason[0] != '\0');
        assert_int_equal(seen.offset[1], first);
        assert_int_equal(seen.length[1], cut - first);
    }
    drop(&b);
}

/* A header that is cut ends where the next record begins. */
static void test_header_cut_by_a_record(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_info(&b);
    size_t at = b.len;
    add_text(&b, "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 5\r\n");
    size_t end = b.len;
    add_response(&b);
    expect_records(view_of(&b), "warcinfo response! response", &seen);
    assert_int_equal(seen.offset[1], at);
    assert_int_equal(seen.length[1], end - at);
    drop(&b);
}

/* The first bytes are lost: what can be read of the file is read. */
static void test_begins_with_damage(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    add_text(&b, "\x80\xFFrest of some record\r\n\r\n");
    add_info(&b);
    add_response(&b);
    expect_records(view_of(&b), "damage! warcinfo response", NULL);
    drop(&b);
}

/* A WARC inside a record is its block. */
static void test_warc_in_a_record(void **state)
{
    (void)state;
    struct bytes inner = {NULL, 0, 0}, b = {NULL, 0, 0};
    add_info(&inner);
    add_response(&inner);
    add(&inner, "", 1);
    add_warc(&b, "resource", inner.data);
    add_info(&b);
    expect_records(view_of(&b), "resource warcinfo", NULL);
    drop(&inner);
    drop(&b);
}

static void test_version_lines(void **state)
{
    (void)state;
    static const char *const texts[] = {"WARC/",
                                        "WARC/1",
                                        "WARC/1\r\n",
                                        "WARC/9.9\r\n",
                                        "WARC/WARC\r\n",
                                        "WARC/1.0\r\n",
                                        "WARC/1.0\r\nWARC-Type: resource"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct seen seen;
        struct em_source_options options = {.keep_all = true};
        read_with(&seen, em_view_of(texts[i]), &options);
        assert_int_equal(seen.n, 1);
        assert_true(seen.reason[0] != '\0');
    }
}

/* --- limits ------------------------------------------------------------------------------ */

static void add_large(struct bytes *b, size_t length)
{
    char head[200];
    snprintf(head, sizeof(head),
             "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\n"
             "Content-Length: %zu\r\n\r\n",
             length);
    add_text(b, head);
    add_text(b, HTTP_TEXT);
    add_fill(b, 'a', length - strlen(HTTP_TEXT));
    add_text(b, "\r\n\r\n");
}

static void test_largest_block(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct bytes b = {NULL, 0, 0};
        struct em_source *source;
        struct em_record r;
        struct em_source_options options = {.keep_all = true};
        add_large(&b, EM_MAX_BLOCK + (size_t)over);
        add_info(&b);
        assert_int_equal(em_source_open_memory(&source, view_of(&b), "t", &options, NULL),
                         EM_OK);
        assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
        assert_null(r.error);
        assert_int_equal(r.block_length, EM_MAX_BLOCK + (size_t)over);
        assert_int_equal(r.too_big, over);
        assert_int_equal(r.http_status, 200);
        if (over)
            assert_in_range(r.block.len, 1000, EM_MAX_BLOCK / 4);
        else
            assert_int_equal(r.block.len, EM_MAX_BLOCK);
        assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
        assert_int_equal(r.type, EM_RECORD_WARCINFO);
        assert_null(r.error);
        assert_int_equal(em_source_next(source, &r, NULL), EM_END);
        em_source_free(source);
        drop(&b);
    }
}

/* A length over the limit that is wrong must not swallow what follows. */
static void test_huge_length_that_is_wrong(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    for (int types = 0; types < 2; types++) {
        add_info(&b);
        add_warc_as(&b, types ? "request" : "response", "90000000", HTTP_TEXT,
                    "\r\n\r\n");
        add_info(&b);
        add_large(&b, 40 * EM_MIB);
        add_large(&b, 60 * EM_MIB);
        add_info(&b);
        for (int keep = 0; keep < 2; keep++) {
            options.keep_all = keep;
            read_with(&seen, view_of(&b), &options);
            assert_string_equal(
                seen.text,
                types ? "warcinfo request! warcinfo response response warcinfo"
                      : "warcinfo response! warcinfo response response warcinfo");
        }
        drop(&b);
    }
}

/* What cannot become a document is skipped. */
static void test_blocks_that_are_not_wanted(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    add_info(&b);
    add_warc(&b, "request", "GET / HTTP/1.0\r\n\r\n");
    add_response(&b);
    add_warc(&b, "metadata", "a: b\r\n");
    struct em_source_options options = {.keep_all = false};
    for (options.chunk = 0; options.chunk < 40; options.chunk++) {
        struct seen seen;
        read_with(&seen, view_of(&b), &options);
        assert_string_equal(seen.text, "warcinfo request response metadata");
        assert_int_equal(seen.block_length[1], 18);
    }
    drop(&b);
}

/* Bytes were lost together with the line's end before a record, in its body or its header:
 * the record is found all the same. */
static void test_beginnings_within_lines(void **state)
{
    (void)state;
    static const char *const holes[] = {"\0\0\0\0\0\0\0", "xyz", "\xFF\xFE", "<p>cut he"};
    static const size_t lengths[] = {7, 3, 2, 9};
    for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++)
        for (int where = 0; where < 3; where++) {
            struct bytes whole = {NULL, 0, 0}, b = {NULL, 0, 0};
            struct seen seen;
            add_response(&whole);
            add_info(&b);
            /* Within the header, within the block, after the record. */
            size_t keep = where == 0 ? 40 : where == 1 ? whole.len - 12 : whole.len;
            add(&b, whole.data, keep);
            add(&b, holes[i], lengths[i]);
            add_response(&b);
            add_warc(&b, "metadata", "a: b\r\n");
            struct seen first;
            const struct em_source_options options = {.keep_all = true};
            read_with(&first, view_of(&b), &options);
            expect_records(view_of(&b), first.text, &seen);
            size_t responses = 0;
            for (const char *p = seen.text; (p = strstr(p, "response")); p++)
                responses += p[8] != '!';
            if (responses != (where == 2 ? 2 : 1) || !strstr(seen.text, "!") ||
                !strstr(seen.text, "response metadata"))
                fail_msg("hole %zu at %d: %s", i, where, seen.text);
            drop(&whole);
            drop(&b);
        }
}

/* What only speaks of WARC is no record. */
static void test_words_that_begin_nothing(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_info(&b);
    add_text(&b, "Garbage that says WARC/1.0 and xWARC/1.1\r\nand more.\r\n");
    add_warc(&b, "metadata", "format: WARC/1.0\r\nWARC-Type: x\r\n");
    add_warc(&b, "metadata", "a: b\r\n");
    expect_records(view_of(&b), "warcinfo damage! metadata metadata", &seen);
    drop(&b);
}

/* --- time ---------------------------------------------------------------------------------- */

/* Inputs made to be looked at again and again take linear time: 8 MB each, seconds at most
 * (they would take minutes). */
static void test_pathological_inputs(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "WARC/1.0\r\n",
        "WARC/1.0\r\nA: b\r\n",
        "WARC/1.0\r\nContent-Length: 5000000\r\n\r\n",
        "WARC/1.0\r\nContent-Length: 70000000\r\n\r\n",
        "WARC/1.0\r\nContent-Length: 3\r\n\r\n",
        "WARC/1.0\r\n\r\n",
        "WARC/1.0 ",
        "\r\n\r\nWARC/1.0",
        "\nWARC/1.0\nWARC-Type: response\n x\n y",
        "\r",
        ":",
    };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        struct em_source *source;
        struct em_record r;
        struct em_source_options options = {.keep_all = false};
        add_info(&b);
        while (b.len < 8 * EM_MIB)
            add_text(&b, pieces[i]);
        double begin = seconds();
        assert_int_equal(em_source_open_memory(&source, view_of(&b), "t", &options, NULL),
                         EM_OK);
        while (em_source_next(source, &r, NULL) == EM_OK && seconds() - begin < 120)
            ;
        double took = seconds() - begin;
        em_source_free(source);
        if (took > 60)
            fail_msg("%.1f s for 8 MiB of '%s'", took, pieces[i]);
        drop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_header_larger_than_the_limit),
        cmocka_unit_test(test_content_length),
        cmocka_unit_test(test_content_length_that_is_another),
        cmocka_unit_test(test_line_ends_behind_the_block),
        cmocka_unit_test(test_garbage_between_records),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_header_cut_by_a_record),
        cmocka_unit_test(test_begins_with_damage),
        cmocka_unit_test(test_warc_in_a_record),
        cmocka_unit_test(test_version_lines),
        cmocka_unit_test(test_largest_block),
        cmocka_unit_test(test_huge_length_that_is_wrong),
        cmocka_unit_test(test_beginnings_within_lines),
        cmocka_unit_test(test_words_that_begin_nothing),
        cmocka_unit_test(test_blocks_that_are_not_wanted),
        cmocka_unit_test(test_pathological_inputs),
    };
    return cmocka_run_group_tests_name("warc", tests, NULL, NULL);
}
