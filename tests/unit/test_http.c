/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP heads: one row a tolerance, each with its clause.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "crawler/archive/http.h"

#include <stdio.h>
#include <stdlib.h>

#define HTML "Content-Type: text/html\r\n"

static const struct {
    const char *clause, *block;
    bool http, request;
    int status;
    const char *mime, *charset, *body;
} heads[] = {
    {"RFC9112 2.1 message", "HTTP/1.1 200 OK\r\n" HTML "\r\nbody", 1, 0, 200, "text/html",
     "", "body"},
    {"RFC9112 2.2 bare LF", "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nbody", 1, 0,
     200, "text/plain", "", "body"},
    {"RFC9112 2.2 mixed line ends", "HTTP/1.1 200 OK\nServer: x\r\n" HTML "\n\r\nbody", 1,
     0, 200, "text/html", "", "\r\nbody"},
    {"CR CR LF", "HTTP/1.1 200 OK\r\r\n" HTML "\r\r\nbody", 1, 0, 200, "text/html", "",
     "body"},
    {"RFC9112 2.2 blank lines before", "\r\n\nHTTP/1.1 200 OK\r\n" HTML "\r\nbody", 1, 0,
     200, "text/html", "", "body"},
    {"RFC9112 4 no reason", "HTTP/1.1 404\r\n\r\nx", 1, 0, 404, "", "", "x"},
    {"RFC9112 4 empty reason", "HTTP/1.1 404 \r\n\r\nx", 1, 0, 404, "", "", "x"},
    {"several blanks, tab", "HTTP/1.0 \t 301 Moved\r\n\r\n", 1, 0, 301, "", "", ""},
    {"no version", "HTTP 200 OK\r\n\r\nx", 1, 0, 200, "", "", "x"},
    {"odd version", "HTTPX/1.1 200 OK\r\n\r\nx", 1, 0, 200, "", "", "x"},
    {"RFC9113 status of HTTP/2", "HTTP/2 204\r\n\r\n", 1, 0, 204, "", "", ""},
    {"RFC9112 2.3 version in lower case", "http/1.1 200 ok\r\n\r\nx", 1, 0, 200, "", "",
     "x"},
    {"Shoutcast", "ICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nx", 1, 0, 200,
     "audio/mpeg", "", "x"},
    {"no code", "HTTP/1.1 OK\r\n\r\nx", 1, 0, 0, "", "", "x"},
    {"four digits", "HTTP/1.1 2000 OK\r\n\r\nx", 1, 0, 0, "", "", "x"},
    {"two digits", "HTTP/1.1 99 OK\r\n\r\nx", 1, 0, 0, "", "", "x"},
    {"below 100", "HTTP/1.1 099 OK\r\n\r\nx", 1, 0, 0, "", "", "x"},
    {"prose", "HTTP is a protocol\r\n\r\nx", 0, 0, 0, "", "",
     "HTTP is a protocol\r\n\r\nx"},
    {"RFC1945 4.1 HTTP/0.9", "<html>hello</html>", 0, 0, 0, "", "", "<html>hello</html>"},
    {"nothing", "", 0, 0, 0, "", "", ""},
    {"only line ends", "\r\n\r\n", 0, 0, 0, "", "", "\r\n\r\n"},
    {"RFC9112 5.2 obs-fold",
     "HTTP/1.1 200 OK\r\nContent-Type: text/html;\r\n\tcharset=big5\r\n\r\nx", 1, 0, 200,
     "text/html", "big5", "x"},
    {"RFC9112 5.1 blank before colon",
     "HTTP/1.1 200 OK\r\nContent-Type : text/html\r\n\r\nx", 1, 0, 200, "text/html", "",
     "x"},
    {"RFC9110 5.1 case of names", "HTTP/1.1 200 OK\r\ncOnTeNt-tYpE:text/html\r\n\r\nx", 1,
     0, 200, "text/html", "", "x"},
    {"line without colon", "HTTP/1.1 200 OK\r\nwhat is this\r\n" HTML "\r\nx", 1, 0, 200,
     "text/html", "", "x"},
    {"RFC9112 2.2 blank line at once", "HTTP/1.1 200 OK\r\n\r\n" HTML, 1, 0, 200, "", "",
     HTML},
    {"no blank line, markup", "HTTP/1.0 200 OK\r\n" HTML "<HTML>x", 1, 0, 200,
     "text/html", "", "<HTML>x"},
    {"no blank line, no body", "HTTP/1.0 200 OK\r\n" HTML, 1, 0, 200, "text/html", "",
     ""},
    {"cut in the start line", "HTTP/1.0 200", 1, 0, 200, "", "", ""},
    {"RFC9110 15.2 interim",
     "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n"
     "HTTP/1.1 200 OK\r\n" HTML "\r\nx",
     1, 0, 200, "text/html", "", "x"},
    {"RFC9110 15.2.2 switching is final",
     "HTTP/1.1 101 Switching\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 1, 0, 101, "", "",
     "HTTP/1.1 200 OK\r\n\r\n"},
    {"interim alone", "HTTP/1.1 100 Continue\r\n\r\n", 1, 0, 100, "", "", ""},
    {"RFC9112 3 request", "GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n", 1, 1, 0, "", "", ""},
    {"request target with blanks", "POST /a b HTTP/1.0\r\n\r\nq", 1, 1, 0, "", "", "q"},
};

static void test_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        /* An exact heap copy: reads past the end are seen by the sanitizers. */
        struct em_view block = em_view_of(heads[i].block);
        char *copy = malloc(block.len ? block.len : 1);
        assert_non_null(copy);
        memcpy(copy, block.data, block.len);
        struct em_http_head head;
        bool http = em_http_parse(em_view_make(copy, block.len), &head);
        if (http != heads[i].http || head.is_request != heads[i].request ||
            head.status != heads[i].status ||
            !em_view_eq(head.mime, em_view_of(heads[i].mime)) ||
            !em_view_eq(head.charset, em_view_of(heads[i].charset)) ||
            !em_view_eq(head.body, em_view_of(heads[i].body)))
            fail_msg("%s: http %d status %d mime '%.*s' charset '%.*s' body '%.*s'",
                     heads[i].clause, http, head.status, EM_VIEW_ARGS(head.mime),
                     EM_VIEW_ARGS(head.charset), EM_VIEW_ARGS(head.body));
        assert_int_equal(head.is_http, http);
        free(copy);
    }
}

static const struct {
    const char *clause, *value, *mime, *charset;
} types[] = {
    {"RFC9110 8.3.1", "text/html; charset=utf-8", "text/html", "utf-8"},
    {"MIMESNIFF 4.4 lower case", "Text/HTML;Charset=UTF-8", "text/html", "UTF-8"},
    {"RFC9110 5.6.4 quoted", "text/html; charset=\"iso-8859-1\"", "text/html",
     "iso-8859-1"},
    {"RFC9110 5.6.4 quoted-pair", "text/html; charset=\"utf\\-8\"", "text/html", "utf-8"},
    {"MIMESNIFF 4.4 quote without end", "text/html; charset=\"utf-8", "text/html",
     "utf-8"},
    {"quoted parameter before", "text/html; x=\"a;charset=no,\"; charset=yes",
     "text/html", "yes"},
    {"MIMESNIFF 4.4 first charset counts", "text/html;charset=a;charset=b", "text/html",
     "a"},
    {"blanks around =", "text/html; charset = utf-8 ", "text/html", "utf-8"},
    {"single quotes", "text/html; charset='utf-8'", "text/html", "utf-8"},
    {"blank for semicolon (Chromium)", "text/html charset=utf-8", "text/html", "utf-8"},
    {"MIMESNIFF 4.4 empty value", "text/html; charset=", "text/html", ""},
    {"empty parameters", "text/html;;; ;charset=x;", "text/html", "x"},
    {"Fetch: last of a list", "text/html, text/plain", "text/plain", ""},
    {"Fetch: charset lent to the same type", "text/html;charset=x, text/html",
     "text/html", "x"},
    {"Fetch: not to another", "text/html;charset=x, text/plain", "text/plain", ""},
    {"Fetch: */* does not count", "text/html;charset=x, */*", "text/html", "x"},
    {"Fetch: failures do not count", "text/html, gibberish", "text/html", ""},
    {"MIMESNIFF 4.4 no slash", "html", "", ""},
    {"no subtype", "text/", "", ""},
    {"no type", "/html", "", ""},
    {"not a token", "te(xt/html", "", ""},
    {"nothing", "", "", ""},
    {"only a list", ",,,", "", ""},
};

static void test_content_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct em_http_head head = {.status = 0};
        em_http_content_type(&head, em_view_of(types[i].value));
        if (!em_view_eq(head.mime, em_view_of(types[i].mime)) ||
            !em_view_eq(head.charset, em_view_of(types[i].charset)))
            fail_msg("%s: '%.*s' '%.*s'", types[i].clause, EM_VIEW_ARGS(head.mime),
                     EM_VIEW_ARGS(head.charset));
    }
}

static void test_long_types_and_charsets_are_none(void **state)
{
    (void)state;
    char value[600];
    struct em_http_head head = {.status = 0};
    int n = snprintf(value, sizeof(value), "Text/%0*d", EM_MAX_MIME - 5, 0);
    em_http_content_type(&head, em_view_make(value, (size_t)n));
    assert_int_equal(head.mime.len, EM_MAX_MIME);
    head = (struct em_http_head){.status = 0};
    n = snprintf(value, sizeof(value), "Text/%0*d", EM_MAX_MIME - 4, 0);
    em_http_content_type(&head, em_view_make(value, (size_t)n));
    assert_int_equal(head.mime.len, 0);
    for (int quoted = 0; quoted < 2; quoted++) {
        const char *q = quoted ? "\"" : "";
        n = snprintf(value, sizeof(value), "a/b;charset=%s%0*d%s", q, EM_MAX_CHARSET, 0,
                     q);
        em_http_content_type(&head, em_view_make(value, (size_t)n));
        assert_int_equal(head.charset.len, EM_MAX_CHARSET);
        head = (struct em_http_head){.status = 0};
        n = snprintf(value, sizeof(value), "a/b;charset=%s%0*d%s", q, EM_MAX_CHARSET + 1,
                     0, q);
        em_http_content_type(&head, em_view_make(value, (size_t)n));
        assert_int_equal(head.charset.len, 0);
    }
}

static const struct {
    const char *clause, *fields;
    unsigned n;
    uint8_t codings[EM_MAX_CODINGS];
    bool too_many;
} coded[] = {
    {"RFC9110 8.4", "Content-Encoding: gzip\r\n", 1, {EM_CODING_GZIP}, 0},
    {"RFC9110 8.4.1 case", "content-encoding: X-GZip\r\n", 1, {EM_CODING_GZIP}, 0},
    {"RFC9110 8.4 in order of application, then RFC9112 6.1",
     "Transfer-Encoding: zstd, chunked\r\nContent-Encoding: deflate\r\nContent-Encoding: "
     "br\r\n",
     4,
     {EM_CODING_DEFLATE, EM_CODING_BROTLI, EM_CODING_ZSTD, EM_CODING_CHUNKED},
     0},
    {"RFC9112 7 parameters",
     "Transfer-Encoding: gzip;q=\"1,2\";x , chunked;y\r\n",
     2,
     {EM_CODING_GZIP, EM_CODING_CHUNKED},
     0},
    {"names that are no codings",
     "Content-Encoding: identity, none,, utf-8\r\n",
     0,
     {0},
     0},
    {"not undone here", "Content-Encoding: compress\r\n", 1, {EM_CODING_UNSUPPORTED}, 0},
    {"EM_MAX_CODINGS",
     "Content-Encoding: br,br,br\r\nTransfer-Encoding: gzip, chunked\r\n",
     0,
     {0},
     1},
    {"EM_MAX_CODINGS in one list", "Content-Encoding: br,br,br,br,br\r\n", 0, {0}, 1},
};

static void test_codings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++) {
        char block[512];
        struct em_http_head head;
        snprintf(block, sizeof(block), "HTTP/1.1 200 OK\r\n%s\r\n", coded[i].fields);
        assert_true(em_http_parse(em_view_of(block), &head));
        if (head.n_codings != coded[i].n || head.too_many_codings != coded[i].too_many ||
            memcmp(head.codings, coded[i].codings, head.n_codings) != 0)
            fail_msg("%s: %u codings", coded[i].clause, head.n_codings);
    }
}

static void test_content_length_and_raw_fields(void **state)
{
    (void)state;
    struct em_http_head head;
    em_http_parse(
        EM_VIEW("HTTP/1.1 200 OK\r\nContent-Length: 4x\r\nContent-Length: 42\r\n"
                "Content-Length: 43\r\nContent-Encoding: a\r\n"
                "Transfer-Encoding:  b \r\n\r\nbody"),
        &head);
    assert_true(head.has_length);
    assert_int_equal(head.content_length, 42);
    assert_true(em_view_eq(head.content_encoding, EM_VIEW("a")));
    assert_true(em_view_eq(head.transfer_encoding, EM_VIEW("b")));
    assert_false(head.cut || head.oversized);
    em_http_parse(EM_VIEW("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n"),
                  &head);
    assert_false(head.has_length);
    assert_true(head.cut);
}

static void test_fields_by_name(void **state)
{
    (void)state;
    struct em_http_head head;
    struct em_view value;
    struct em_buf joined;
    em_buf_init(&joined, 100);
    em_http_parse(
        EM_VIEW("HTTP/1.1 200 OK\r\nLink: <a>\r\nX: y\r\nlink: <b>;\r\n  rel=c \r\n"
                "\t d\r\nEmpty:\r\n\r\nLink: <body>"),
        &head);
    assert_int_equal(em_http_header_get(&head, EM_VIEW("LINK"), 0, &value, &joined),
                     EM_OK);
    assert_true(em_view_eq(value, EM_VIEW("<a>")));
    assert_int_equal(em_http_header_get(&head, EM_VIEW("LINK"), 1, &value, &joined),
                     EM_OK);
    assert_true(em_view_eq(value, EM_VIEW("<b>; rel=c d")));
    assert_int_equal(em_http_header_get(&head, EM_VIEW("Link"), 1, &value, NULL), EM_OK);
    assert_true(em_view_eq(value, EM_VIEW("<b>;\r\n  rel=c \r\n\t d")));
    assert_int_equal(em_http_header_get(&head, EM_VIEW("Link"), 2, &value, &joined),
                     EM_ERR_NOTFOUND);
    assert_int_equal(value.len, 0);
    assert_int_equal(em_http_header_get(&head, EM_VIEW("empty"), 0, &value, &joined),
                     EM_OK);
    assert_int_equal(value.len, 0);
    em_buf_release(&joined);
    em_buf_init(&joined, 5);
    assert_int_equal(em_http_header_get(&head, EM_VIEW("Link"), 1, &value, &joined),
                     EM_ERR_LIMIT);
    em_buf_release(&joined);
    em_buf_init(&joined, 100);
    em_alloc_fail_at(1, 0);
    assert_int_equal(em_http_header_get(&head, EM_VIEW("Link"), 1, &value, &joined),
                     EM_ERR_NOMEM);
    em_alloc_fail_at(0, 0);
    em_buf_release(&joined);
}

/* A block of `n` times `unit` after a status line. */
static struct em_view repeat(char *room, size_t size, const char *unit)
{
    size_t len = 0, unit_len = strlen(unit);
    memcpy(room, "HTTP/1.1 200 OK\r\n", 17);
    for (len = 17; len + unit_len <= size; len += unit_len)
        memcpy(room + len, unit, unit_len);
    return em_view_make(room, len);
}

static void test_limits_end_a_header(void **state)
{
    (void)state;
    size_t size = 2 * EM_MAX_HEADER;
    char *room = malloc(size);
    assert_non_null(room);
    /* Many lines, one long line, one field folded for ever. */
    static const char *const units[] = {"X: y\r\n", "a", " a\r\n", "no colon\r\n"};
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        struct em_http_head head;
        assert_true(em_http_parse(repeat(room, size, units[i]), &head));
        assert_true(head.oversized);
        assert_false(head.cut);
        assert_int_equal(head.body.len, 0);
    }
    /* Interim responses for ever: one pass, not one for each. */
    struct em_http_head head;
    struct em_view v = repeat(room, size, "\r\nHTTP/1.1 100 x\r\n");
    em_http_parse(em_view_sub(v, 19, v.len), &head); /* without the 200 */
    assert_int_equal(head.status, 100);
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_content_types),
        cmocka_unit_test(test_long_types_and_charsets_are_none),
        cmocka_unit_test(test_codings),
        cmocka_unit_test(test_content_length_and_raw_fields),
        cmocka_unit_test(test_fields_by_name),
        cmocka_unit_test(test_limits_end_a_header),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
