/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/wire/loose_date.h"
#include "crawler/web/sitemap.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

/* Items as text, a line each: "page http://h/ lastmod published changefreq priority". */
struct sink {
    struct em_buf text;
    long fail_at, n;
};

static enum em_status take(void *context, const struct em_sitemap_item *item)
{
    struct sink *sink = context;
    char lastmod[24], published[24];
    if (++sink->n == sink->fail_at)
        return EM_ERR_IO;
    em_date_format(item->lastmod, lastmod);
    em_date_format(item->published, published);
    return em_buf_printf(&sink->text, "%s %.*s %s %s %.*s %.1f\n",
                         em_sitemap_item_name(item->type), EM_VIEW_ARGS(item->loc),
                         lastmod[0] ? lastmod : "-", published[0] ? published : "-",
                         EM_VIEW_ARGS(item->changefreq), (double)item->priority);
}

/* Pushes `text` in pieces of `step` bytes; what came out is in sink->text. */
static enum em_status read_text(struct em_view text, size_t step, const char *base,
                                struct sink *sink, struct em_sitemap_counts *counts)
{
    struct em_sitemap *s;
    struct em_url url;
    em_url_init(&url, EM_MAX_URL);
    em_buf_init(&sink->text, 100 * EM_MIB);
    sink->n = 0;
    memset(counts, 0, sizeof(*counts));
    enum em_status status = base ? em_url_parse(&url, em_view_of(base), NULL) : EM_OK;
    if (status == EM_OK)
        status = em_sitemap_new(&s, base ? &url : NULL, take, sink);
    em_url_release(&url);
    if (status != EM_OK)
        return status;
    for (size_t at = 0; at < text.len && status == EM_OK; at += step)
        status = em_sitemap_push(s, em_view_sub(text, at, step));
    enum em_status finished = em_sitemap_finish(s, counts);
    em_sitemap_free(s);
    return status < 0 ? status : finished;
}

static const struct {
    const char *text, *base, *items;
    enum em_sitemap_kind kind;
    uint64_t invalid;
    bool broken;
} cases[] = {
    {"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
     "<url><loc> http://h/a&amp;b </loc><lastmod>2024-05</lastmod>"
     "<changefreq>daily</changefreq><priority>0.5</priority></url>"
     "<url><loc>ftp://h/</loc></url><url/></urlset>",
     NULL, "page http://h/a&b 2024-05-01T00:00:00Z - daily 0.5\n", EM_SITEMAP_URLSET, 2,
     false},
    {"<sitemapindex><sitemap><loc>https://h/1.xml.gz</loc></sitemap>"
     "<sitemap>https://h/2.xml</sitemap></sitemapindex>",
     NULL, "sitemap https://h/1.xml.gz - -  -1.0\nsitemap https://h/2.xml - -  -1.0\n",
     EM_SITEMAP_INDEX, 0, false},
    {"<s:urlset xmlns:s='x' xmlns:image='i' xmlns:news='n' xmlns:xhtml='h'><s:url>"
     "<s:loc>http://h/</s:loc><image:image><image:loc>http://h/i.png</image:loc>"
     "</image:image><news:news><news:publication_date>2008-12-23</news:publication_date>"
     "</news:news><xhtml:link rel='alternate' href='http://h/de?a=1&amp;b'/></s:url>"
     "</s:urlset>",
     NULL,
     "image http://h/i.png - -  -1.0\nalternate http://h/de?a=1&b - -  -1.0\n"
     "page http://h/ - 2008-12-23T00:00:00Z  -1.0\n",
     EM_SITEMAP_URLSET, 0, false},
    {"\xEF\xBB\xBF\n http://h/a\r\nnot one\n\nhttps://h/b", "http://h/s.txt",
     "page http://h/a - -  -1.0\npage https://h/b - -  -1.0\n", EM_SITEMAP_TEXT, 1,
     false},
    {"<rss><channel><link>http://h/</link><item><link><![CDATA[/a?x&y]]></link>"
     "<pubDate>Thu, 05 Jan 2017 13:34:51 +0100</pubDate></item>"
     "<item><guid>http://h/g</guid></item><item><title>x</title></item></channel></rss>",
     "https://h/feed",
     "page https://h/a?x&y - 2017-01-05T12:34:51Z  -1.0\n"
     "page http://h/g - -  -1.0\n",
     EM_SITEMAP_RSS, 1, false},
    {"<feed xml:base='http://b/x/'><entry><link rel='self' href='/no'/>"
     "<link href='y'/><updated>2003-12-13T18:30:02Z</updated></entry></feed>",
     "https://h/feed", "page http://b/x/y 2003-12-13T18:30:02Z -  -1.0\n",
     EM_SITEMAP_ATOM, 0, false},
    /* damage: what came before it, and what the parser finds after */
    {"<urlset><url><loc>http://h/1</loc></url><url><loc>http://h/2", NULL,
     "page http://h/1 - -  -1.0\npage http://h/2 - -  -1.0\n", EM_SITEMAP_URLSET, 0,
     true},
    {"<urlset><url><loc>http://h/1</loc></urx><url><loc>http://h/2</loc></url></urlset>",
     NULL, "page http://h/1 - -  -1.0\npage http://h/2 - -  -1.0\n", EM_SITEMAP_URLSET, 0,
     true},
    /* declared entities do not exist: they are the text that stands there */
    {"<!DOCTYPE u [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM "
     "'file:///etc/passwd'>]><urlset><url><loc>http://h/&b;&x;</loc></url></urlset>",
     NULL, "page http://h/&b;&x; - -  -1.0\n", EM_SITEMAP_URLSET, 0, true},
    /* one flaw costs nothing after it, and a bare '&' is one */
    {"<urlset><url><title>a&rsquo;b</title><loc>http://h/?a=1&amp;b=2</loc></url><url>"
     "<loc>http://h/?c=1&d=2&amp;e=&#51;&#x34;</loc></url></urlset>",
     NULL, "page http://h/?a=1&b=2 - -  -1.0\npage http://h/?c=1&d=2&e=34 - -  -1.0\n",
     EM_SITEMAP_URLSET, 0, true},
    {"<rss><item><title>\001 & \x1F &# &#x; &#xg; "
     "&;</title><link>http://h/?a&amp;b</link>"
     "</item><item><title>z</title><link>http://h/?c&amp;d</link></item></rss>",
     "http://h/feed", "page http://h/?a&b - -  -1.0\npage http://h/?c&d - -  -1.0\n",
     EM_SITEMAP_RSS, 0, true},
    {"<rss><item><title>&</title><link>http://h/?a&amp;b</link>"
     "</item><item><title><![CDATA[a & "
     "b]]></title><link>http://h/?c&amp;d</link></item></rss>",
     "http://h/feed", "page http://h/?a&b - -  -1.0\npage http://h/?c&d - -  -1.0\n",
     EM_SITEMAP_RSS, 0, true},
    {"<rss><item><title>caf\xE9</title><link>http://h/?a&amp;b</link></item>"
     "<item><title>x</title><link>http://h/?c&amp;d</link></item></rss>",
     "http://h/feed", "page http://h/?a&b - -  -1.0\npage http://h/?c&d - -  -1.0\n",
     EM_SITEMAP_RSS, 0, true},
    {"<feed><entry><title>&hellip;</title><link href='http://h/?a=1&amp;b=2'/></entry>"
     "<entry><link href='http://h/?c=1&d=2'/></entry></feed>",
     "http://h/feed",
     "page http://h/?a=1&b=2 - -  -1.0\npage http://h/?c=1&d=2 - -  -1.0\n",
     EM_SITEMAP_ATOM, 0, true},
    {"<rss><item><link><![CDATA[http://h/?a&b&amp;c]]></link></item></rss>",
     "http://h/feed", "page http://h/?a&b&amp;c - -  -1.0\n", EM_SITEMAP_RSS, 0, false},
    {"<!DOCTYPE html><html><body><a href='/x'>y</a></body></html>", NULL, "",
     EM_SITEMAP_UNKNOWN, 0, false},
    {"", NULL, "", EM_SITEMAP_UNKNOWN, 0, false},
    {"<", NULL, "", EM_SITEMAP_UNKNOWN, 0, true},
};

static void test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t step = 1; step < 2000; step = step * 3 + 1) {
            struct sink sink = {0};
            struct em_sitemap_counts counts;
            assert_int_equal(
                read_text(em_view_of(cases[i].text), step, cases[i].base, &sink, &counts),
                EM_OK);
            if (!em_view_eq(em_buf_view(&sink.text), em_view_of(cases[i].items)))
                fail_msg("case %zu in steps of %zu: got\n%.*swant\n%s", i, step,
                         EM_VIEW_ARGS(em_buf_view(&sink.text)), cases[i].items);
            assert_int_equal(counts.kind, cases[i].kind);
            assert_int_equal(counts.invalid, cases[i].invalid);
            if (counts.broken != cases[i].broken)
                fail_msg("case %zu in steps of %zu: broken %d", i, step, counts.broken);
            em_buf_release(&sink.text);
        }
}

static struct em_view gzip(struct em_view plain, struct em_buf *out)
{
    z_stream z;
    memset(&z, 0, sizeof(z));
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    em_buf_init(out, 200 * EM_MIB);
    assert_int_equal(em_buf_reserve(out, deflateBound(&z, plain.len)), EM_OK);
    z.next_in = (unsigned char *)(uintptr_t)plain.data;
    z.avail_in = (unsigned)plain.len;
    z.next_out = (unsigned char *)out->data;
    z.avail_out = (unsigned)out->cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->len = out->cap - z.avail_out;
    deflateEnd(&z);
    return em_buf_view(out);
}

/* Members one after the other are one file (spec: RFC1952 2.2), wherever pieces end. */
static void test_gzip_members(void **state)
{
    (void)state;
    struct em_buf a, b;
    struct em_view first = gzip(EM_VIEW("http://h/1\nhttp"), &a);
    struct em_view second = gzip(EM_VIEW("://h/2\n"), &b);
    assert_int_equal(em_buf_append_view(&a, second), EM_OK);
    assert_int_equal(em_buf_append(&a, "padding", 7), EM_OK);
    size_t border = first.len;
    for (size_t step = 1; step <= border; step = step == border ? border + 1 : border) {
        struct sink sink = {0};
        struct em_sitemap_counts counts;
        assert_int_equal(read_text(em_buf_view(&a), step, NULL, &sink, &counts), EM_OK);
        assert_string_equal(sink.text.data,
                            "page http://h/1 - -  -1.0\npage http://h/2 - -  -1.0\n");
        assert_false(counts.broken);
        em_buf_release(&sink.text);
    }
    em_buf_release(&a);
    em_buf_release(&b);
}

static void test_gzip(void **state)
{
    (void)state;
    struct em_view plain = em_view_of(cases[0].text);
    struct em_buf zipped;
    struct em_view bytes = gzip(plain, &zipped);
    for (size_t step = 1; step < 1000; step *= 7) {
        struct sink sink = {0};
        struct em_sitemap_counts counts;
        assert_int_equal(read_text(bytes, step, NULL, &sink, &counts), EM_OK);
        assert_string_equal(sink.text.data, cases[0].items);
        assert_false(counts.broken);
        em_buf_release(&sink.text);
    }
    struct sink sink = {0};
    struct em_sitemap_counts counts;
    assert_int_equal(
        read_text(em_view_sub(bytes, 0, bytes.len - 9), 64, NULL, &sink, &counts), EM_OK);
    assert_true(counts.broken);
    em_buf_release(&sink.text);
    em_buf_release(&zipped);
}

/* A bomb of 70 MB of items ends at the limits, with what came before. */
static void test_limits(void **state)
{
    (void)state;
    static const char line[] = "http://h/0123456789/0123456789/0123456789\n";
    size_t n = 1700000, len = n * (sizeof(line) - 1);
    char *text = malloc(len);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
    struct em_buf zipped;
    struct em_view bytes = gzip(em_view_make(text, len), &zipped);
    struct sink sink = {0};
    struct em_sitemap_counts counts;
    assert_int_equal(read_text(bytes, 4096, NULL, &sink, &counts), EM_OK);
    assert_true(counts.cut);
    assert_int_equal(counts.items, EM_MAX_SITEMAP_ITEMS);
    em_buf_release(&sink.text);
    em_buf_release(&zipped);
    /* blanks: no items, but no more than the limit is inflated */
    memset(text, ' ', len);
    bytes = gzip(em_view_make(text, len), &zipped);
    assert_int_equal(read_text(bytes, 4096, NULL, &sink, &counts), EM_OK);
    assert_true(counts.cut);
    assert_int_equal(counts.kind, EM_SITEMAP_UNKNOWN);
    em_buf_release(&sink.text);
    em_buf_release(&zipped);
    free(text);
}

static void test_depth(void **state)
{
    (void)state;
    struct em_buf text;
    em_buf_init(&text, EM_MIB);
    assert_int_equal(em_buf_append(&text, "<urlset>", 8), EM_OK);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(em_buf_append(&text, "<a>", 3), EM_OK);
    struct sink sink = {0};
    struct em_sitemap_counts counts;
    assert_int_equal(read_text(em_buf_view(&text), 1000, NULL, &sink, &counts), EM_OK);
    assert_true(counts.broken);
    em_buf_release(&sink.text);
    em_buf_release(&text);
}

/* libxml2 compares each attribute with those before: no tag may have very many. */
static void test_huge_tags_are_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct em_buf text;
        struct sink sink = {0};
        struct em_sitemap_counts counts;
        em_buf_init(&text, 10 * EM_MIB);
        assert_int_equal(
            em_buf_printf(&text, "<urlset><url><loc>http://h/</loc></url><url "), EM_OK);
        for (int n = 0; n < 100000; n++)
            assert_int_equal(em_buf_printf(&text,
                                           i == 0   ? " a%d='x'"
                                           : i == 1 ? " xmlns:a%d='x'"
                                                    : "x%d",
                                           n),
                             EM_OK);
        assert_int_equal(em_buf_printf(&text, "><loc>http://h/2</loc></url></urlset>"),
                         EM_OK);
        assert_int_equal(read_text(em_buf_view(&text), 1000, NULL, &sink, &counts),
                         EM_OK);
        assert_true(counts.broken);
        assert_string_equal(sink.text.data, "page http://h/ - -  -1.0\n");
        em_buf_release(&sink.text);
        em_buf_release(&text);
    }
}

static void test_failures_are_handed_back(void **state)
{
    (void)state;
    struct sink sink = {.fail_at = 2};
    struct em_sitemap_counts counts;
    assert_int_equal(read_text(em_view_of(cases[1].text), 16, NULL, &sink, &counts),
                     EM_ERR_IO);
    em_buf_release(&sink.text);
    struct em_buf zipped;
    struct em_view bytes = gzip(em_view_of(cases[0].text), &zipped);
    for (long nth = 1; nth < 60; nth++) {
        struct sink fine = {0};
        em_alloc_fail_at(nth, 0);
        enum em_status status = read_text(bytes, 50, "http://h/", &fine, &counts);
        bool failed = em_alloc_count() >= nth;
        em_alloc_fail_at(0, 0);
        em_buf_release(&fine.text);
        assert_int_equal(status, failed ? EM_ERR_NOMEM : EM_OK);
        if (!failed) {
            em_buf_release(&zipped);
            return;
        }
    }
    fail();
}

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *date;
    } dates[] = {
        {"2004-10-01T18:23:17+00:00", "2004-10-01T18:23:17Z"},
        {" 2009-08-16 ", "2009-08-16T00:00:00Z"},
        {"2004-10-01 18:23:17", "2004-10-01T18:23:17Z"},
        {"Sun, 06 Sep 2009 16:20:00 +0000", "2009-09-06T16:20:00Z"},
        {"Sun, 06 Sep 2009 16:20 EST", "2009-09-06T21:20:00Z"},
        {"6 September 09 16:20:01 GMT", "2009-09-06T16:20:01Z"},
        {"Thu, 01 Jan 2004 19:48:21 -05:30", "2004-01-02T01:18:21Z"},
        {"Thu, 01 Jan 2004", "2004-01-01T00:00:00Z"},
        {"yesterday", ""},
        {"32 Jan 2004", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        char text[24];
        em_date_format(em_loose_date(em_view_of(dates[i].text)), text);
        assert_string_equal(text, dates[i].date);
    }
}

static void test_covers(void **state)
{
    (void)state;
    struct em_url sitemap, page;
    em_url_init(&sitemap, EM_MAX_URL);
    em_url_init(&page, EM_MAX_URL);
    assert_int_equal(em_url_parse(&sitemap, EM_VIEW("http://h/a/s.xml"), NULL), EM_OK);
    static const struct {
        const char *page;
        bool covered;
    } pages[] = {{"http://h/a/b/c", true},   {"http://h/a/", true},
                 {"http://h/b", false},      {"https://h/a/b", false},
                 {"http://h:81/a/b", false}, {"http://k/a/b", false}};
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        assert_int_equal(em_url_parse(&page, em_view_of(pages[i].page), NULL), EM_OK);
        assert_int_equal(em_sitemap_covers(&sitemap, &page, false), pages[i].covered);
        assert_true(em_sitemap_covers(&sitemap, &page, true));
    }
    em_url_release(&sitemap);
    em_url_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_members),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_huge_tags_are_damage),
        cmocka_unit_test(test_failures_are_handed_back),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_covers),
    };
    return cmocka_run_group_tests_name("sitemap", tests, NULL, NULL);
}
