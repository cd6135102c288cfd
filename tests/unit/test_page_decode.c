/* SPDX-License-Identifier: Apache-2.0
 *
 * From a record to a page or the one reason why it is none. Records are made by hand, so
 * that nothing here depends on the archive readers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "crawler/archive/mime.h"

#include <stdio.h>
#include <stdlib.h>

static struct em_page_decoder *decoder;

static int make_decoder(void **state)
{
    (void)state;
    return em_page_decoder_new(&decoder, NULL, NULL) == EM_OK ? 0 : -1;
}

static int free_decoder(void **state)
{
    (void)state;
    em_page_decoder_free(decoder);
    return 0;
}

static enum em_drop decode(struct em_page_decoder *with, const struct em_record *from,
                           struct em_page *page)
{
    /* An exact copy of the block, freed before the next one. */
    static char *copy;
    struct em_record record = *from;
    free(copy);
    copy = malloc(record.block.len + 1);
    assert_non_null(copy);
    if (record.block.len)
        memcpy(copy, record.block.data, record.block.len);
    record.block.data = copy;
    return em_page_decode(with, &record, page);
}

#define DOC "<!DOCTYPE html><html><p>text</p></html>"
#define OK  "HTTP/1.1 200 OK\r\n"

static const struct {
    const char *clause;
    enum em_record_type type;
    const char *url, *mime, *block;
    enum em_drop drop;
    enum em_page_kind kind;
    const char *body; /* NULL: not looked at */
} rows[] = {
    {"WARC1.1 6.2", EM_RECORD_WARCINFO, "", "", "x", EM_DROP_WARCINFO, 0, NULL},
    {"ARC version block", EM_RECORD_ARC_HEADER, "", "", "x", EM_DROP_WARCINFO, 0, NULL},
    {"WARC1.1 6.5", EM_RECORD_REQUEST, "http://h/", "", "GET / HTTP/1.1\r\n\r\n",
     EM_DROP_REQUEST, 0, NULL},
    {"WARC1.1 6.6", EM_RECORD_METADATA, "", "", "x", EM_DROP_METADATA, 0, NULL},
    {"WARC1.1 6.7", EM_RECORD_REVISIT, "http://h/", "", OK "\r\n", EM_DROP_REVISIT, 0,
     NULL},
    {"WARC1.1 6.9", EM_RECORD_CONTINUATION, "", "", "x", EM_DROP_CONTINUATION, 0, NULL},
    {"WARC1.1 5.5 unknown types", EM_RECORD_UNKNOWN, "", "", "x", EM_DROP_UNKNOWN_TYPE, 0,
     NULL},
    {"garbage", EM_RECORD_DAMAGE, "", "", "x", EM_DROP_DAMAGED, 0, NULL},

    {"html", EM_RECORD_RESPONSE, "http://h/", "application/http",
     OK "Content-Type: text/html\r\n\r\n" DOC, EM_DROP_NONE, EM_PAGE_HTML, DOC},
    {"ARC", EM_RECORD_ARC, "https://h/", "text/html",
     OK "Content-Type: text/html\r\n\r\n" DOC, EM_DROP_NONE, EM_PAGE_HTML, DOC},
    {"text", EM_RECORD_RESPONSE, "http://h/", "application/http",
     OK "Content-Type: text/plain\r\n\r\nplain", EM_DROP_NONE, EM_PAGE_TEXT, "plain"},
    {"markup in a text", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: text/plain\r\n\r\n<p> is a tag", EM_DROP_NONE, EM_PAGE_TEXT, NULL},
    {"a document sent as text/plain", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: text/plain\r\n\r\n" DOC, EM_DROP_NONE, EM_PAGE_HTML, DOC},
    {"xhtml", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: application/xhtml+xml\r\n\r\n<html/>", EM_DROP_NONE, EM_PAGE_HTML,
     NULL},
    {"xml that is xhtml", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: application/xml\r\n\r\n<?xml version='1.0'?>\n<!-- c -->\n<html "
        "xmlns=''>",
     EM_DROP_NONE, EM_PAGE_HTML, NULL},
    {"xml", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: text/xml\r\n\r\n<?xml version='1.0'?><feed>", EM_DROP_MIME, 0,
     NULL},
    {"feed", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: application/rss+xml\r\n\r\n<rss>", EM_DROP_MIME, 0, NULL},
    {"json", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: application/json\r\n\r\n{}", EM_DROP_MIME, 0, NULL},
    {"css", EM_RECORD_RESPONSE, "http://h/", "", OK "Content-Type: text/css\r\n\r\na{}",
     EM_DROP_MIME, 0, NULL},
    {"MIMESNIFF 7.1 no type, html", EM_RECORD_RESPONSE, "http://h/", "",
     OK "\r\n \n<HeAd><title>", EM_DROP_NONE, EM_PAGE_HTML, NULL},
    {"MIMESNIFF 7.1 tag-terminating byte", EM_RECORD_RESPONSE, "http://h/", "",
     OK "\r\n<header>", EM_DROP_NONE, EM_PAGE_TEXT, NULL},
    {"MIMESNIFF 7.1 no type, text", EM_RECORD_RESPONSE, "http://h/", "", OK "\r\nhello",
     EM_DROP_NONE, EM_PAGE_TEXT, "hello"},
    {"MIMESNIFF 7.1 no type, pdf", EM_RECORD_RESPONSE, "http://h/", "", OK "\r\n%PDF-1.4",
     EM_DROP_BINARY, 0, NULL},
    {"MIMESNIFF 7.1 no type, xml", EM_RECORD_RESPONSE, "http://h/", "",
     OK "\r\n<?xml version='1.0'?><a/>", EM_DROP_MIME, 0, NULL},
    {"octet-stream that is html", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: application/octet-stream\r\n\r\n" DOC, EM_DROP_NONE, EM_PAGE_HTML,
     DOC},
    {"octet-stream that is not", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: application/octet-stream\r\n\r\n\x01\x02\x03", EM_DROP_MIME, 0,
     NULL},
    {"html that is a jpeg", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: text/html\r\n\r\n\xFF\xD8\xFF\xE0zzzz", EM_DROP_BINARY, 0, NULL},
    {"html with control characters", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: text/html\r\n\r\n\x01\x02\x03\x04zzzzzzzzzzzzzzzzzz",
     EM_DROP_BINARY, 0, NULL},
    {"html with one control character", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Type: text/html\r\n\r\n" DOC DOC "\x01" DOC, EM_DROP_NONE, EM_PAGE_HTML,
     NULL},
    {"HTTP status", EM_RECORD_RESPONSE, "http://h/", "",
     "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n" DOC, EM_DROP_HTTP_STATUS,
     0, NULL},
    {"redirect", EM_RECORD_ARC, "http://h/", "", "HTTP/1.0 302\r\n\r\n",
     EM_DROP_HTTP_STATUS, 0, NULL},
    {"no body", EM_RECORD_RESPONSE, "http://h/", "",
     "HTTP/1.1 204 No Content\r\nContent-Type: text/html\r\n\r\n", EM_DROP_EMPTY, 0,
     NULL},
    {"chunks of nothing", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Transfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\n0\r\n\r\n",
     EM_DROP_EMPTY, 0, NULL},
    {"chunked", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Transfer-Encoding: chunked\r\n\r\n3\r\n<p>\r\n2\r\nhi\r\n0\r\n\r\n",
     EM_DROP_NONE, EM_PAGE_HTML, "<p>hi"},
    {"empty block", EM_RECORD_RESPONSE, "http://h/", "", "", EM_DROP_EMPTY, 0, NULL},
    {"RFC1945 4.1 HTTP/0.9", EM_RECORD_ARC, "http://h/", "text/html", "<html>old",
     EM_DROP_NONE, EM_PAGE_HTML, "<html>old"},
    {"not HTTP at all", EM_RECORD_RESPONSE, "http://h/", "", "gibberish",
     EM_DROP_BAD_HTTP, 0, NULL},
    {"no status code", EM_RECORD_RESPONSE, "http://h/", "", "HTTP/1.1 fine\r\n\r\n" DOC,
     EM_DROP_BAD_HTTP, 0, NULL},
    {"a request stored as response", EM_RECORD_RESPONSE, "http://h/", "",
     "GET / HTTP/1.1\r\n\r\n", EM_DROP_REQUEST, 0, NULL},
    {"bad encoding", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Encoding: gzip\r\n\r\n\x01\x02\x03\x04", EM_DROP_BAD_ENCODING, 0, NULL},
    {"unsupported encoding", EM_RECORD_RESPONSE, "http://h/", "",
     OK "Content-Encoding: compress\r\n\r\nx", EM_DROP_BAD_ENCODING, 0, NULL},
    {"WARC1.1 6.3 dns", EM_RECORD_RESPONSE, "dns:h", "text/dns", "x", EM_DROP_NOT_HTTP, 0,
     NULL},
    {"ARC dns", EM_RECORD_ARC, "dns:h", "text/dns", "x", EM_DROP_NOT_HTTP, 0, NULL},
    {"ftp", EM_RECORD_RESPONSE, "ftp://h/", "application/octet-stream", "x",
     EM_DROP_NOT_HTTP, 0, NULL},
    {"HTTP under another URL", EM_RECORD_RESPONSE, "urn:x",
     "application/http; msgtype=response", OK "Content-Type: text/html\r\n\r\n" DOC,
     EM_DROP_NONE, EM_PAGE_HTML, DOC},

    {"WARC1.1 6.4", EM_RECORD_RESOURCE, "http://h/", "text/html; charset=big5", DOC,
     EM_DROP_NONE, EM_PAGE_HTML, DOC},
    {"resource with an HTTP head", EM_RECORD_RESOURCE, "http://h/", "application/http",
     OK "Content-Type: text/html\r\n\r\n" DOC, EM_DROP_NONE, EM_PAGE_HTML, DOC},
    {"resource of another type", EM_RECORD_RESOURCE, "http://h/", "image/png", "x",
     EM_DROP_MIME, 0, NULL},
    {"resource dns", EM_RECORD_RESOURCE, "dns:h", "text/dns", "x", EM_DROP_NOT_HTTP, 0,
     NULL},
    {"WET", EM_RECORD_CONVERSION, "http://h/", "text/plain", "the text", EM_DROP_NONE,
     EM_PAGE_TEXT, "the text"},
    {"WET without type", EM_RECORD_CONVERSION, "http://h/", "", "the text", EM_DROP_NONE,
     EM_PAGE_TEXT, "the text"},
    {"conversion to json", EM_RECORD_CONVERSION, "http://h/", "application/json", "{}",
     EM_DROP_MIME, 0, NULL},

    {"json", EM_RECORD_JSON, "", "", "{\"text\":\"t\\n\"}", EM_DROP_NONE, EM_PAGE_TEXT,
     "t\n"},
    {"json content", EM_RECORD_JSON, "", "", "{\"content\":\"c\"}", EM_DROP_NONE,
     EM_PAGE_TEXT, "c"},
    {"json order of fields", EM_RECORD_JSON, "", "",
     "{\"body\":\"b\",\"raw_content\":\"r\"}", EM_DROP_NONE, EM_PAGE_TEXT, "r"},
    {"json without the field", EM_RECORD_JSON, "", "", "{\"txt\":\"t\"}",
     EM_DROP_NO_FIELD, 0, NULL},
    {"json field of another type", EM_RECORD_JSON, "", "", "{\"text\":7}",
     EM_DROP_NO_FIELD, 0, NULL},
    {"json array", EM_RECORD_JSON, "", "", "[1]", EM_DROP_NO_FIELD, 0, NULL},
    {"json empty text", EM_RECORD_JSON, "", "", "{\"text\":\"\"}", EM_DROP_EMPTY, 0,
     NULL},
    {"json empty line", EM_RECORD_JSON, "", "", " \r\n", EM_DROP_EMPTY, 0, NULL},
    {"json bad", EM_RECORD_JSON, "", "", "{\"text\":\"t", EM_DROP_BAD_JSON, 0, NULL},

    {"file, html by content", EM_RECORD_FILE, "", "", DOC, EM_DROP_NONE, EM_PAGE_HTML,
     DOC},
    {"file, text by content", EM_RECORD_FILE, "", "", "text", EM_DROP_NONE, EM_PAGE_TEXT,
     "text"},
    {"file, binary", EM_RECORD_FILE, "", "",
     "\x7F"
     "ELF\x01\x02",
     EM_DROP_BINARY, 0, NULL},
    {"file, empty", EM_RECORD_FILE, "", "", "", EM_DROP_EMPTY, 0, NULL},
};

static struct em_record record_of(size_t i)
{
    return (struct em_record){.type = rows[i].type,
                              .url = em_view_of(rows[i].url),
                              .mime = em_view_of(rows[i].mime),
                              .block = em_view_of(rows[i].block)};
}

static void test_pages_and_drops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct em_page page;
        struct em_record record = record_of(i);
        enum em_drop drop = decode(decoder, &record, &page);
        bool right = drop == rows[i].drop;
        if (right && drop == EM_DROP_NONE) {
            right = page.body.len > 0 && !page.truncated && page.kind == rows[i].kind;
            if (rows[i].body)
                right = right && em_view_eq(page.body, em_view_of(rows[i].body));
        }
        if (!right)
            fail_msg("%s: drop '%s' kind %d body '%.*s' truncated %d", rows[i].clause,
                     em_drop_name(drop), page.kind, EM_VIEW_ARGS(page.body),
                     page.truncated);
    }
}

static void test_what_a_page_carries(void **state)
{
    (void)state;
    struct em_page page;
    struct em_record record = {
        .type = EM_RECORD_RESPONSE,
        .url = EM_VIEW("http://h/"),
        .date = EM_VIEW("2024-01-02T03:04:05Z"),
        .lang = EM_VIEW("fr"),
        .origin = {.file = EM_VIEW("f"), .offset = 7, .length = 9, .number = 3},
        .block = EM_VIEW(
            "HTTP/1.1 203 x\r\nContent-Type: Text/HTML;charset=Big5\r\n\r\n" DOC)};
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(em_view_eq(page.url, record.url) && em_view_eq(page.date, record.date) &&
                em_view_eq(page.lang, record.lang));
    assert_true(em_view_eq(page.mime, EM_VIEW("text/html")));
    assert_true(em_view_eq(page.charset, EM_VIEW("Big5")));
    assert_int_equal(page.http_status, 203);
    assert_int_equal(page.origin.offset, 7);
    assert_int_equal(page.origin.number, 3);
}

static void test_cut_pages_are_pages(void **state)
{
    (void)state;
    struct em_page page;
    struct em_record record = {.type = EM_RECORD_RESPONSE,
                               .url = EM_VIEW("http://h/"),
                               .truncated = EM_VIEW("length"),
                               .block = EM_VIEW(OK "\r\n" DOC)};
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(page.truncated);
    record.truncated = EM_VIEW_NONE;
    record.error = "record is truncated: the input ends inside it";
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(page.truncated);
    record.error = NULL;
    /* spec: RFC9110 15.3.7; RFC9112 8 */
    record.block = EM_VIEW("HTTP/1.1 206 Partial\r\n\r\n" DOC);
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(page.truncated);
    record.block = EM_VIEW(OK "Content-Length: 100\r\n\r\n" DOC);
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(page.truncated);
    record.block = EM_VIEW(OK "Transfer-Encoding: chunked\r\n\r\nff\r\n" DOC);
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(page.truncated && em_view_eq(page.body, EM_VIEW(DOC)));
}

/* What each message shows to be wrong with itself; NULL: nothing. spec: RFC9112 8 */
static const struct {
    const char *what, *fields;
    struct em_view body;
    const char *damage;
    enum em_drop drop;
} cuts[] = {
    {"whole", "Content-Length: 39\r\n", EM_VIEW(DOC), NULL, EM_DROP_NONE},
    {"longer than said", "Content-Length: 5\r\n", EM_VIEW(DOC), NULL, EM_DROP_NONE},
    {"shorter than said", "Content-Length: 100\r\n", EM_VIEW(DOC),
     "shorter than its Content-Length", EM_DROP_NONE},
    {"nothing of what was said", "Content-Length: 1\r\n", EM_VIEW(""),
     "shorter than its Content-Length", EM_DROP_EMPTY},
    {"nothing, as said", "Content-Length: 0\r\n", EM_VIEW(""), NULL, EM_DROP_EMPTY},
    {"coding undone by the archiver, its length kept",
     "Content-Length: 900\r\nContent-Encoding: gzip\r\n", EM_VIEW(DOC), NULL,
     EM_DROP_NONE},
    {"last chunk missing", "Transfer-Encoding: chunked\r\n",
     EM_VIEW("3\r\n<p>\r\n6\r\nA page\r\n"), "chunked", EM_DROP_NONE},
    {"cut in a chunk", "Transfer-Encoding: chunked\r\n", EM_VIEW("ff\r\n" DOC), "chunked",
     EM_DROP_NONE},
    {"chunks whole", "Transfer-Encoding: chunked\r\n",
     EM_VIEW("9\r\n<p>A page\r\n0\r\n\r\n"), NULL, EM_DROP_NONE},
    {"gzip, its header alone", "Content-Encoding: gzip\r\n",
     EM_VIEW("\x1f\x8b\x08\0\0\0\0\0\0\3"), "gzip", EM_DROP_BAD_ENCODING},
    {"zstd, its magic alone", "Content-Encoding: zstd\r\n", EM_VIEW("\x28\xb5\x2f\xfd"),
     "zstd", EM_DROP_BAD_ENCODING},
    {"no gzip at all", "Content-Encoding: gzip\r\n", EM_VIEW("\0\1\2\3\4\5\6\7"), NULL,
     EM_DROP_BAD_ENCODING},
};

static void test_a_message_shows_that_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct em_page page;
        struct em_buf block;
        em_buf_init(&block, EM_MAX_BLOCK);
        assert_int_equal(em_buf_append_view(&block, EM_VIEW(OK)), EM_OK);
        assert_int_equal(em_buf_append_view(&block, em_view_of(cuts[i].fields)), EM_OK);
        assert_int_equal(em_buf_append_view(&block, EM_VIEW("\r\n")), EM_OK);
        assert_int_equal(em_buf_append_view(&block, cuts[i].body), EM_OK);
        struct em_record record = {.type = EM_RECORD_RESPONSE,
                                   .url = EM_VIEW("http://h/"),
                                   .block = em_buf_view(&block)};
        enum em_drop drop = decode(decoder, &record, &page);
        bool said = page.damage && cuts[i].damage && strstr(page.damage, cuts[i].damage);
        if (drop != cuts[i].drop || said != (cuts[i].damage != NULL) ||
            page.truncated != said || (page.damage && !said))
            fail_msg("%s: drop '%s', damage '%s', truncated %d", cuts[i].what,
                     em_drop_name(drop), page.damage ? page.damage : "", page.truncated);
        record.truncated = EM_VIEW("time");
        assert_int_equal(decode(decoder, &record, &page), cuts[i].drop);
        assert_true(!page.damage && page.truncated);
        em_buf_release(&block);
    }
    struct em_page page;
    struct em_record line = {.type = EM_RECORD_JSON, .block = EM_VIEW("{\"text\":\"t")};
    assert_int_equal(decode(decoder, &line, &page), EM_DROP_BAD_JSON);
    assert_non_null(strstr(page.damage, "not valid JSON"));
    line.block = EM_VIEW("{\"n\":1}");
    assert_int_equal(decode(decoder, &line, &page), EM_DROP_NO_FIELD);
    assert_null(page.damage);
    struct em_record record = {.type = EM_RECORD_RESPONSE,
                               .url = EM_VIEW("http://h/"),
                               .block = EM_VIEW("HTTP/1.1 200 OK\r\nContent-Type: tex")};
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_EMPTY);
    assert_true(page.damage && strstr(page.damage, "header") && page.truncated);
}

static void test_damage_is_the_reason_where_nothing_came(void **state)
{
    (void)state;
    struct em_page page;
    struct em_record record = {
        .type = EM_RECORD_RESPONSE, .url = EM_VIEW("http://h/"), .error = "cut"};
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_DAMAGED);
    record.block = EM_VIEW("HTT");
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_DAMAGED);
    record.block = EM_VIEW(OK "Content-Type: text/html\r\nServ");
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_DAMAGED);
    record.block = EM_VIEW(OK "Content-Encoding: gzip\r\n\r\n\x1F\x8B");
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_DAMAGED);
    /* These are what they are, damaged or not. */
    record.block = EM_VIEW("HTTP/1.1 404 Not");
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_HTTP_STATUS);
    record.type = EM_RECORD_WARCINFO;
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_WARCINFO);
    record.type = EM_RECORD_JSON;
    record.block = EM_VIEW("{\"text\":\"a\"}");
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_DAMAGED);
}

static void test_too_big(void **state)
{
    (void)state;
    struct em_page page;
    struct em_record record = {.type = EM_RECORD_RESPONSE,
                               .url = EM_VIEW("http://h/"),
                               .too_big = true,
                               .block = EM_VIEW(OK "\r\n" DOC)};
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_TOO_BIG);
    record.type = EM_RECORD_REQUEST;
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_REQUEST);
}

static void test_json_fields(void **state)
{
    (void)state;
    struct em_page page;
    struct em_record record = {
        .type = EM_RECORD_JSON,
        .block =
            EM_VIEW("{\"id\":\"d1\",\"text\":\"t\",\"url\":\"http://h/\",\"lang\":\"de\","
                    "\"date\":\"2020-05-06\",\"published\":\"2019\"}")};
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
    assert_true(em_view_eq(page.id, EM_VIEW("d1")));
    assert_true(em_view_eq(page.url, EM_VIEW("http://h/")));
    assert_true(em_view_eq(page.lang, EM_VIEW("de")));
    assert_true(em_view_eq(page.date, EM_VIEW("2020-05-06")));
    assert_true(em_view_eq(page.published, EM_VIEW("2019")));
    static const char *const ids[][2] = {
        {"{\"id\":9007199254740993,\"text\":\"t\"}", "9007199254740993"},
        {"{\"id\":-1,\"text\":\"t\"}", "-1"},
        {"{\"id\":1.5,\"text\":\"t\"}", "1.5"},
        {"{\"id\":1.10,\"text\":\"t\"}", "1.10"}, /* as it is written */
        {"{\"id\":18446744073709551616,\"text\":\"t\"}", "18446744073709551616"},
        {"{\"id\":1e400 ,\"text\":\"t\"}", "1e400"},
        {"\xEF\xBB\xBF{\"id\":7,\"text\":\"a\",\"id\":8,\"text\":\"t\"}", "8"},
        {"{\"id\":null,\"text\":\"t\"}", ""},
    };
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        record.block = em_view_of(ids[i][0]);
        assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
        assert_true(em_view_eq(page.id, em_view_of(ids[i][1])));
    }
    /* A dropped line still has its id. */
    record.block = EM_VIEW("{\"id\":5}");
    assert_int_equal(decode(decoder, &record, &page), EM_DROP_NO_FIELD);
    assert_true(em_view_eq(page.id, EM_VIEW("5")));
}

static void test_named_text_field(void **state)
{
    (void)state;
    struct em_page_decoder *named;
    struct em_page page;
    struct em_record record = {
        .type = EM_RECORD_JSON,
        .block = EM_VIEW("{\"text\":\"no\",\"data\":{\"body\":\"yes\"}}")};
    const struct em_page_fields fields = {.text = "data.body"};
    assert_int_equal(em_page_decoder_new(&named, &fields, NULL), EM_OK);
    assert_int_equal(decode(named, &record, &page), EM_DROP_NONE);
    assert_true(em_view_eq(page.body, EM_VIEW("yes")));
    record.block = EM_VIEW("{\"text\":\"no\"}");
    assert_int_equal(decode(named, &record, &page), EM_DROP_NO_FIELD);
    em_page_decoder_free(named);
}

static void test_file_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *block;
        enum em_page_kind kind;
    } files[] = {
        {"a.txt", "<p>a text about tags", EM_PAGE_TEXT},
        {"a.TXT", DOC, EM_PAGE_HTML},
        {"a.html", "no tag yet", EM_PAGE_HTML},
        {"a.HTM", "x", EM_PAGE_HTML},
        {"a", "<p>a fragment", EM_PAGE_HTML},
        {"a.md", "# Title", EM_PAGE_TEXT},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct em_page page;
        struct em_record record = {.type = EM_RECORD_FILE,
                                   .origin = {.file = em_view_of(files[i].name)},
                                   .block = em_view_of(files[i].block)};
        assert_int_equal(decode(decoder, &record, &page), EM_DROP_NONE);
        if (page.kind != files[i].kind)
            fail_msg("%s: kind %d", files[i].name, page.kind);
    }
}

static void test_utf16_is_not_binary(void **state)
{
    (void)state;
    static const char bom[] = "\xFF\xFEt\0e\0x\0t\0";
    static const char none[] = "\0t\0h\0e\0 \0t\0e\0x\0t";
    assert_false(em_mime_is_binary(em_view_make(bom, sizeof(bom) - 1)));
    assert_false(em_mime_is_binary(em_view_make(none, sizeof(none) - 1)));
    static const char zeros[64];
    assert_true(em_mime_is_binary(em_view_make(zeros, sizeof(zeros))));
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    long failed = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (long nth = 1; nth < 100; nth++) {
            struct em_page_decoder *fresh;
            struct em_page page;
            struct em_record record = record_of(i);
            em_alloc_fail_at(nth, 0);
            const struct em_page_fields fields = {.text = "text"};
            enum em_status status = em_page_decoder_new(&fresh, &fields, NULL);
            enum em_drop drop = EM_DROP_TOO_BIG;
            if (status == EM_OK)
                drop = em_page_decode(fresh, &record, &page);
            long made = em_alloc_count();
            em_alloc_fail_at(0, 0);
            em_page_decoder_free(fresh);
            if (made < nth)
                break;
            assert_true(status == EM_ERR_NOMEM ? fresh == NULL : drop == EM_DROP_TOO_BIG);
            failed++;
        }
    }
    assert_true(failed > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_and_drops),
        cmocka_unit_test(test_what_a_page_carries),
        cmocka_unit_test(test_cut_pages_are_pages),
        cmocka_unit_test(test_a_message_shows_that_it_is_cut),
        cmocka_unit_test(test_damage_is_the_reason_where_nothing_came),
        cmocka_unit_test(test_too_big),
        cmocka_unit_test(test_json_fields),
        cmocka_unit_test(test_named_text_field),
        cmocka_unit_test(test_file_names),
        cmocka_unit_test(test_utf16_is_not_binary),
        cmocka_unit_test(test_each_allocation_fails),
    };
    return cmocka_run_group_tests_name("page_decode", tests, make_decoder, free_decoder);
}
