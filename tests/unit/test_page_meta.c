/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/doc.h"
#include "base/limits.h"
#include "crawler/page/extract.h"
#include "crawler/page/jsonld.h"
#include "crawler/page/link.h"
#include "base/wire/robots_meta.h"
#include "tests/unit/linear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

/* --- JSON-LD ------------------------------------------------------------------------------ */

struct seen {
    char text[2048];
    size_t len, objects;
};

static void see(void *context, const struct em_jsonld_object *o)
{
    static const char *const names[] = {"published", "modified", "created",
                                        "headline",  "name",     "description",
                                        "language",  "author",   "publisher"};
    struct seen *s = context;
    s->objects++;
    s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len,
                               "%s%u:", s->len ? ";" : "", o->types);
    for (int i = 0; i < EM_JSONLD_PROPERTIES; i++)
        if (o->values[i].len)
            s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len,
                                       " %s=%.*s", names[i], EM_VIEW_ARGS(o->values[i]));
    for (int i = 0; i < EM_JSONLD_AUTHORS - 1; i++)
        if (o->more_authors[i].len)
            s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len,
                                       "+%.*s", EM_VIEW_ARGS(o->more_authors[i]));
}

static void check_jsonld(const char *json, const char *want)
{
    struct seen s = {.len = 0};
    em_jsonld_read(em_view_of(json), see, &s);
    assert_string_equal(s.text, want);
}

static void test_jsonld(void **state)
{
    (void)state;
    check_jsonld(
        "{\"@type\":\"NewsArticle\",\"headline\":\"A\",\"datePublished\":\"2001\"}",
        "1: published=2001 headline=A");
    check_jsonld("{\"@graph\":[{\"@type\":\"WebPage\",\"name\":\"P\"},"
                 "{\"@type\":[\"Article\",\"X\"],\"author\":[{\"@type\":\"Person\","
                 "\"name\":\"A\"},{\"name\":\"B\"}],\"publisher\":{\"name\":\"S\"}}]}",
                 "2: name=P;65: author=A publisher=S+B");
    check_jsonld("[{\"@type\":\"BlogPosting\",\"author\":\"A\"}]", "1: author=A");
    check_jsonld("{\"author\":[\"A\",\"B\",\"C\",\"D\"]}", "0: author=A+B+C");
    /* Inside the page's object, and reported before it. */
    check_jsonld(
        "{\"@type\":\"Article\",\"comment\":{\"@type\":\"Comment\",\"dateCreated\":"
        "\"2002\"},\"headline\":\"A\"}",
        "32: created=2002;1: headline=A");
    check_jsonld("{\"datePublished\":1715940000}", "0: published=1715940000");
}

/* What pages do to JSON. */
static void test_jsonld_broken(void **state)
{
    (void)state;
    check_jsonld("<!-- //<![CDATA[\n{\"name\":\"A\"}\n//]]> -->", "0: name=A");
    check_jsonld("/* {\"name\":\"no\"} */ {\"name\":\"A\",}", "0: name=A");
    check_jsonld("{\"name\":\"A\nB\" \"headline\":\"C\"", "0: headline=C name=A\nB");
    check_jsonld("{\"name\":\"A\"]}", "0: name=A");
    check_jsonld("{\"x\":[{\"name\":\"A\"}", "0: name=A");
    check_jsonld("}}]]{\"name\":\"A\"", "0: name=A");
    check_jsonld("{\"name\":\"say \\\"A\\\"\"}", "0: name=say \\\"A\\\"");
    check_jsonld("{\"name\":\"unclosed", "0: name=unclosed");
    check_jsonld("{\"name\":null,\"headline\":\"\"}", "0: name=null");
    check_jsonld("{&quot;name&quot;:&quot;A &amp; B&quot;}", "0: name=A &amp; B");
    check_jsonld("", "");
    check_jsonld("{\"name\":\"\\", "0: name=\\");
}

static void test_unescape(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a\\\"b\\\\c\\/d", "a\"b\\c/d"},
        {"\\u00e9\\u4E2D", "é中"},
        {"\\ud83d\\ude00", "😀"},
        {"\\ud83dx", "\uFFFDx"},
        {"\\n\\t.", "  ."},
        {"\\uZZZZ", "uZZZZ"},
        {"end\\", "end\\"},
        {"\\é", "\\é"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_buf out;
        em_buf_init(&out, 100);
        assert_int_equal(em_jsonld_unescape(&out, em_view_of(cases[i][0])), EM_OK);
        assert_string_equal(out.data, cases[i][1]);
        em_buf_release(&out);
    }
}

static void ignore(void *context, const struct em_jsonld_object *o)
{
    (void)o;
    ++*(size_t *)context;
}

static void read_jsonld(void *context, struct em_view v)
{
    em_jsonld_read(v, ignore, context);
}

static void test_jsonld_linear(void **state)
{
    (void)state;
    static const char *const units[] = {
        "{", "[", "{\"name\":", "}", "\"", "/*", "//", "{\"a\":[", "\"@type\":\"x\","};
    char *data = malloc(EM_MAX_JSONLD + 16);
    assert_non_null(data);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i]);
        for (size_t at = 0; at < EM_MAX_JSONLD; at += n)
            memcpy(data + at, units[i], n);
        size_t objects = 0;
        if (!em_linear_is(read_jsonld, &objects, em_view_make(data, EM_MAX_JSONLD)))
            fail_msg("not linear: %s", units[i]);
    }
    free(data);
}

/* --- robots ------------------------------------------------------------------------------- */

static void check_robots(const char *value, uint32_t rules, const char *agent,
                         uint32_t agent_rules)
{
    struct em_robots r = {.rules = 0};
    em_robots_header(&r, em_view_of(value));
    assert_int_equal(r.rules, rules);
    assert_int_equal(r.n_agents, agent ? 1 : 0);
    if (agent) {
        assert_string_equal(r.agents[0].name, agent);
        assert_int_equal(r.agents[0].rules, agent_rules);
    }
}

static void test_robots(void **state)
{
    (void)state;
    const uint32_t both = EM_ROBOTS_NOINDEX | EM_ROBOTS_NOFOLLOW;
    check_robots("noindex, NoFollow", both, NULL, 0);
    check_robots("none", both, NULL, 0);
    check_robots("all, index, follow, unheard-of", 0, NULL, 0);
    check_robots(" noai ,noimageai,, noarchive,nosnippet",
                 EM_ROBOTS_NOAI | EM_ROBOTS_NOIMAGEAI | EM_ROBOTS_NOARCHIVE |
                     EM_ROBOTS_NOSNIPPET,
                 NULL, 0);
    check_robots("max-snippet:0, max-image-preview: large, noindex",
                 EM_ROBOTS_NOSNIPPET | EM_ROBOTS_NOINDEX, NULL, 0);
    check_robots("GoogleBot: noindex, nofollow", 0, "googlebot", both);
    check_robots("noai, otherbot: noindex", EM_ROBOTS_NOAI, "otherbot",
                 EM_ROBOTS_NOINDEX);
    check_robots("bad agent: noindex", 0, "agent", EM_ROBOTS_NOINDEX);
    const uint32_t ai = EM_ROBOTS_NOAI | EM_ROBOTS_NOIMAGEAI;
    static const char *const separated[] = {
        "noai noimageai",
        "noai;noimageai",
        "noai | noimageai",
        "noai,noimageai",
        "NOAI  NoImageAI",
        "noai\tnoimageai",
        "noai\nnoimageai",
        "noai; noimageai;",
        "noai/noimageai",
        "noai, noimageai.",
        "[noai, noimageai]",
        "'noai' 'noimageai'",
        "noai\xC2\xA0noimageai",
        "noai\xE3\x80\x81noimageai",
        "no-ai, no-image-ai",
        "noai&nbsp;noimageai",
        "index noai follow noimageai",
        "max-snippet:-1 noai noimageai",
        "max-snippet: 5000; noai, max-image-preview:large noimageai",
        "noimageai|noai"};
    for (size_t i = 0; i < sizeof(separated) / sizeof(separated[0]); i++)
        check_robots(separated[i], ai, NULL, 0);
    static const char *const other[] = {"noaix noimageaix", "mynoai", "no ai",
                                        "noimage ai"};
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
        check_robots(other[i], 0, NULL, 0);
    check_robots("noindex nofollow", both, NULL, 0);
    check_robots("noai otherbot: noindex nofollow", EM_ROBOTS_NOAI, "otherbot", both);
    check_robots("otherbot : noindex", 0, "otherbot", EM_ROBOTS_NOINDEX);
    check_robots("see https://a.example/ noai", EM_ROBOTS_NOAI, NULL, 0);
    check_robots("max-snippet:-1", 0, NULL, 0);
    check_robots("max-snippet:50", EM_ROBOTS_MAX_SNIPPET, NULL, 0);
    check_robots("max-snippet = 50 noai", EM_ROBOTS_MAX_SNIPPET | EM_ROBOTS_NOAI, NULL,
                 0);
    check_robots("max-snippet: 10000", 0, NULL, 0);
    check_robots("max-snippet: few", EM_ROBOTS_MAX_SNIPPET, NULL, 0);
    check_robots("max-snippet", 0, NULL, 0);
    check_robots("", 0, NULL, 0);
    struct em_robots r = {.rules = 0};
    em_robots_header(&r, EM_VIEW("unavailable_after: 25 Jun 2010 15:00:00 PST, noai"));
    assert_int_equal(r.rules, EM_ROBOTS_UNAVAILABLE | EM_ROBOTS_NOAI);
    assert_string_equal(r.unavailable_after, "2010-06-25");
    r = (struct em_robots){.rules = 0};
    em_robots_header(&r,
                     EM_VIEW("unavailable_after: Friday, 25-Jun-10 15:00:00 UTC noai"));
    assert_int_equal(r.rules, EM_ROBOTS_UNAVAILABLE | EM_ROBOTS_NOAI);
    assert_string_equal(r.unavailable_after, "2010-06-25");
    r = (struct em_robots){.rules = 0};
    em_robots_header(&r, EM_VIEW("noai; unavailable_after: 2010-06-25; noindex"));
    assert_int_equal(r.rules, EM_ROBOTS_UNAVAILABLE | EM_ROBOTS_NOAI | EM_ROBOTS_NOINDEX);
    assert_string_equal(r.unavailable_after, "2010-06-25");
    r = (struct em_robots){.rules = 0};
    em_robots_http(&r, EM_VIEW("HTTP/1.1 200 OK\r\nX-Robots-Tag: noindex\r\nServer: x\r\n"
                               "x-robots-tag:noai\r\nNot-X-Robots-Tag: nofollow\r\n"));
    assert_int_equal(r.rules, EM_ROBOTS_NOINDEX | EM_ROBOTS_NOAI);
    em_robots_meta(&r, EM_VIEW("ROBOTS"), EM_VIEW("nofollow"));
    em_robots_meta(&r, EM_VIEW("GPTBot"), EM_VIEW("noindex"));
    em_robots_meta(&r, EM_VIEW("description"), EM_VIEW("noarchive"));
    assert_int_equal(r.rules, both | EM_ROBOTS_NOAI);
    assert_int_equal(r.n_agents, 1);
    assert_string_equal(r.agents[0].name, "gptbot");
    for (unsigned i = 0; i < EM_ROBOTS_RULE_COUNT; i++)
        assert_true(strlen(em_robots_name((enum em_robots_rule)(1u << i))) > 3);
    /* More agents than are kept: the first ones stay. */
    r = (struct em_robots){.rules = 0};
    for (int i = 0; i < 2 * EM_ROBOTS_AGENTS; i++) {
        char field[32];
        snprintf(field, sizeof(field), "bot%d: noindex", i);
        em_robots_header(&r, em_view_of(field));
    }
    assert_int_equal(r.n_agents, EM_ROBOTS_AGENTS);
    assert_int_equal(r.rules, 0);
}

/* --- links -------------------------------------------------------------------------------- */

/* spec: RFC3986 5.4, against its base, and what browsers forgive (WHATWG URL 4.4); fragments
 * left out. */
static void test_resolve(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"g:h", ""},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"%2e%2E/g", "http://a/b/g"},
        {"HTTPS://Example.ORG/X", "https://example.org/X"},
        {"http://x", "http://x/"},
        {"http://x?q", "http://x/?q"},
        {" \n/a\tb ", "http://a/ab"},
        {"\\\\h\\p?a\\b", "http://h/p?a\\b"},
        {"/r\t3", "http://a/r3"},
        {"/r1\r\n2", "http://a/r12"},
        {"//rel.test\n/r10", "http://rel.test/r10"},
        {"ht\ntp:r14", "http://a/b/c/r14"},
        {"https:/r6", "https://r6/"},
        {"http://[bad", ""},
        {"//b\xC3\xBC"
         "cher.test/",
         "http://xn--bcher-kva.test/"},
        {"/a b/é\"", "http://a/a%20b/%C3%A9%22"},
        {"mailto:x@y", ""},
        {"javascript:void(0)", ""},
        {"http:///p", "http://p/"},
    };
    struct em_url base, url;
    em_url_init(&base, EM_MAX_URL);
    em_url_init(&url, EM_MAX_URL);
    assert_int_equal(em_url_parse(&base, EM_VIEW("http://a/b/c/d;p?q#f"), NULL), EM_OK);
    struct em_buf out;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        em_buf_init(&out, EM_MAX_URL);
        assert_int_equal(em_link_resolve(&out, &url, em_view_of(cases[i][0]), &base),
                         EM_OK);
        assert_string_equal(out.data ? out.data : "", cases[i][1]);
        em_buf_release(&out);
    }
    em_buf_init(&out, EM_MAX_URL);
    assert_int_equal(em_link_resolve(&out, &url, EM_VIEW("g"), NULL), EM_OK);
    assert_int_equal(out.len, 0);
    em_buf_release(&out);
    em_url_release(&base);
    em_url_release(&url);
    assert_int_equal(em_link_rel_of(EM_VIEW(" NoFollow ugc\tsponsored x")),
                     EM_LINK_NOFOLLOW | EM_LINK_UGC | EM_LINK_SPONSORED);
}

/* --- whole pages -------------------------------------------------------------------------- */

static struct em_extractor *x;
static struct em_doc doc;

static void read_page(const char *html, const char *url)
{
    const struct em_extract_options options = {.links = true};
    const struct em_page page = {.kind = EM_PAGE_HTML,
                                 .url = em_view_of(url),
                                 .http_header = EM_VIEW("X-Robots-Tag: noai\r\n"),
                                 .body = em_view_of(html)};
    em_extractor_free(x);
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
}

static void is(struct em_view got, const char *want)
{
    char text[1024];
    snprintf(text, sizeof(text), "%.*s", EM_VIEW_ARGS(got));
    assert_string_equal(text, want);
}

#define PROSE "<p>It fell off again, and nobody could say why it had, or when it would."

static void test_description(void **state)
{
    (void)state;
    read_page("<html lang=en-GB><title>The gate of the mill | The Post</title>"
              "<meta property='og:site_name' content='The Post'>"
              "<meta name=author content='By Ann &amp; Bob'>"
              "<meta name=description content='What fell.'>"
              "<link rel=canonical href='/a/../gate'><meta name=robots content=noindex>"
              "<h1>The gate of the mill</h1>" PROSE,
              "https://example.org/x/y");
    is(doc.title, "The gate of the mill");
    is(doc.site, "The Post");
    is(doc.author, "Ann & Bob");
    is(doc.excerpt, "What fell.");
    is(doc.canonical, "https://example.org/gate");
    is(doc.lang_attribute, "en-GB");
    assert_int_equal(doc.robots->rules, EM_ROBOTS_NOINDEX | EM_ROBOTS_NOAI);

    read_page(
        "<title>Gate</title><script type='application/ld+json'>{\"@type\":"
        "\"NewsArticle\",\"headline\":\"The \\u00e9nd &amp; more\",\"author\":"
        "[{\"name\":\"Ann\"},{\"name\":\"Ann\"},{\"name\":\"Bob\"}]}</script>" PROSE,
        "");
    is(doc.title, "The énd & more");
    is(doc.author, "Ann, Bob");
    is(doc.excerpt,
       "It fell off again, and nobody could say why it had, or when it would.");
    is(doc.canonical, "");

    read_page("<h1>A gate</h1><p class=byline>By <a rel=author href=/ann>Ann Miller</a>, "
              "3 May 2001" PROSE,
              "");
    is(doc.author, "Ann Miller");
    read_page("<h1>A gate</h1><p class=byline>By Ann Miller, Friday, 4 May 2001" PROSE,
              "");
    is(doc.author, "Ann Miller");
    read_page("<form><label class=author>Name *</label><input></form>" PROSE, "");
    is(doc.author, "");
}

static void test_links(void **state)
{
    (void)state;
    read_page("<base href='//example.org/b/'><a href=c rel=nofollow>one <b>two</b></a>"
              "<a href='#x'>no</a><a href='mailto:a@b'>no</a><a href>no</a><a>no</a>"
              "<a href='?q=1&amp;r=2'><img></a><area href='/d'>" PROSE
              " <a href=http://x.example>unclosed",
              "https://elsewhere.example/");
    assert_int_equal(doc.n_links, 4);
    is(doc.links[0].href, "https://example.org/b/c");
    is(doc.links[0].text, "one two");
    assert_int_equal(doc.links[0].rel, EM_LINK_NOFOLLOW);
    assert_int_equal(doc.links[0].page_start, 30);
    is(doc.links[1].href, "https://example.org/b/?q=1&r=2");
    is(doc.links[1].text, "");
    is(doc.links[2].href, "https://example.org/d");
    is(doc.links[3].href, "http://x.example/");
    is(doc.links[3].text, "unclosed");
    assert_true(doc.links[3].main);
    /* Where the page is, nobody says: as written. */
    read_page("<a href=c>x</a>" PROSE, "");
    is(doc.links[0].href, "c");
}

static void test_link_limit(void **state)
{
    (void)state;
    enum { MANY = EM_MAX_LINKS + 100 };
    static const char unit[] = "<a href=x>y</a> ";
    char *html = malloc(MANY * sizeof(unit));
    assert_non_null(html);
    for (size_t i = 0; i < MANY; i++)
        memcpy(html + i * (sizeof(unit) - 1), unit, sizeof(unit));
    read_page(html, "https://example.org/");
    assert_int_equal(doc.n_links, EM_MAX_LINKS);
    is(doc.links[EM_MAX_LINKS - 1].href, "https://example.org/x");
    free(html);
}

static void test_memory(void **state)
{
    (void)state;
    static const char html[] =
        "<title>A</title><base href=/b/><link rel=canonical href=c><meta name=author "
        "content=Ann><script "
        "type='application/ld+json'>{\"@type\":\"Article\",\"headline\":"
        "\"\\u00e9\"}</script><a href=x>y</a>" PROSE;
    const struct em_extract_options options = {.links = true};
    const struct em_page page = {.kind = EM_PAGE_HTML,
                                 .url = EM_VIEW("https://example.org/"),
                                 .body = EM_VIEW(html)};
    bool failed = true;
    for (long n = 1; failed; n++) {
        struct em_extractor *e;
        em_alloc_fail_at(n, 0);
        enum em_status status = em_extractor_new(&e, &options, NULL);
        enum em_drop drop = EM_DROP_TOO_BIG;
        if (status == EM_OK)
            drop = em_extract(e, &page, &doc);
        failed = em_alloc_count() >= n;
        em_alloc_fail_at(0, 0);
        assert_int_equal(drop, failed ? EM_DROP_TOO_BIG : EM_DROP_NONE);
        em_extractor_free(e);
    }
}

static int tear_down(void **state)
{
    (void)state;
    em_extractor_free(x);
    x = NULL;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonld),
        cmocka_unit_test(test_jsonld_broken),
        cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_jsonld_linear),
        cmocka_unit_test(test_robots),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test_teardown(test_description, tear_down),
        cmocka_unit_test_teardown(test_links, tear_down),
        cmocka_unit_test_teardown(test_link_limit, tear_down),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
