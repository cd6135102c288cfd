/* SPDX-License-Identifier: Apache-2.0
 *
 * Licences (RSL 1.0): what they say of a URL, and what hostile ones do not do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/wire/fields.h"
#include "crawler/web/robots.h"
#include "crawler/web/rsl.h"

enum {
    S = EM_OPTOUT_SEARCH_NO,
    I = EM_OPTOUT_AI_INPUT_NO,
    T = EM_OPTOUT_AI_TRAIN_NO,
    L = EM_OPTOUT_LICENCE,
    P = EM_OPTOUT_LICENCE_PAID
};

/* What a document says of a URL; UINT32_MAX: it is no licence. */
static uint32_t said(const char *xml, const char *url)
{
    struct em_buf form;
    uint32_t flags = UINT32_MAX;
    em_buf_init(&form, EM_MAX_RSL_FORM);
    enum em_status status = em_rsl_parse(&form, em_view_of(xml));
    if (status == EM_OK)
        flags = em_rsl_flags(em_buf_view(&form), em_view_of(url));
    else
        assert_int_equal(status, EM_ERR_FORMAT);
    em_buf_release(&form);
    return flags;
}

static void test_uses(void **state)
{
    (void)state;
    static const struct {
        const char *licences;
        uint32_t flags;
    } cases[] = {
        {"", L},
        {"<license/>", L},
        {"<license><prohibits type='usage'>ai-train</prohibits></license>", L | T},
        {"<license><prohibits type='usage'>ai-train ai-input</prohibits></license>",
         L | T | I},
        {"<license><prohibits type='usage'>ai-all</prohibits></license>", L | T | I},
        {"<license><prohibits type='usage'>all</prohibits></license>", L | T | I | S},
        {"<license><prohibits>all</prohibits></license>", L | T | I | S},
        {"<license><permits type='usage'>search</permits></license>", L | T | I},
        {"<license><permits type='usage'>ai-index,ai-input</permits></license>", L | T},
        {"<license><permits type='usage'>all</permits></license>", L},
        {"<license><permits type='usage'>all</permits><prohibits type='usage'>ai-train"
         "</prohibits></license>",
         L | T},
        {"<license><permits type='usage'></permits></license>", L | T | I | S},
        {"<license><permits type='usage'>teleport</permits></license>", L | T | I | S},
        {"<license><permits type='user'>education</permits></license>", L},
        {"<license><prohibits type='geo'>DE</prohibits></license>", L},
        /* for money */
        {"<license><payment type='free'/></license>", L},
        {"<license><payment type='attribution'/></license>", L},
        {"<license><payment type='crawl'><amount currency='USD'>1</amount></payment>"
         "</license>",
         L | P | T | I | S},
        {"<license><payment type='training'/></license>", L | P | T},
        {"<license><payment type='use'/></license>", L | P | I},
        {"<license><payment/></license>", L | P | T | I | S},
        {"<license><payment type='of-tomorrow'/></license>", L | P | T | I | S},
        {"<license><permits type='usage'>ai-all</permits><payment type='use'/></license>",
         L | P | I | S},
        /* offers: what one of them gives is given */
        {"<license><prohibits type='usage'>all</prohibits></license><license><permits "
         "type='usage'>search</permits></license>",
         L | T | I},
        {"<license><payment type='purchase'/></license><license/>", L},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char xml[1024];
        snprintf(xml, sizeof(xml),
                 "<rsl xmlns='https://rslstandard.org/rsl'><content "
                 "url='/'>%s</content></rsl>",
                 cases[i].licences);
        if (said(xml, "https://example.com/a") != cases[i].flags)
            fail_msg("%s: %x, not %x", xml, said(xml, "https://example.com/a"),
                     cases[i].flags);
    }
}

static void test_contents(void **state)
{
    (void)state;
    static const char xml[] =
        "<?xml version='1.0'?><!-- terms --><rsl>"
        "<content url='/'><license><prohibits "
        "type='usage'>ai-train</prohibits></license></content>"
        "<content url='/open/'><license/></content>"
        "<content url='https://example.com/*.pdf$'><license><payment "
        "type='crawl'/></license></content>"
        "<content "
        "url='https://*.example.net/x'><license><permits>search</permits></license></"
        "content>"
        "<content "
        "url='urn:isbn:1'><license><prohibits>all</prohibits></license></content>"
        "<content url='/far' server='https://l.example/'><license/></content></rsl>";
    assert_int_equal(said(xml, "https://example.com/a"), L | T);
    assert_int_equal(said(xml, "https://example.com/open/a"), L);
    assert_int_equal(said(xml, "http://EXAMPLE.com/b.pdf"), L | P | T | I | S);
    assert_int_equal(said(xml, "https://example.org/b.pdf"), L | T);
    assert_int_equal(said(xml, "https://example.com/b.pdf?x"), L | T);
    assert_int_equal(said(xml, "https://a.example.net/x/y"), L | T | I);
    assert_int_equal(said(xml, "https://example.com/far"), L | P | T | I | S);
    /* only a part of the site is covered */
    assert_int_equal(said("<rsl><content url='/a'><license/></content></rsl>",
                          "https://example.com/b"),
                     0);
    /* elements of RSL in a feed */
    assert_int_equal(said("<rss><channel><item><rsl:content url='/a'><rsl:license>"
                          "<rsl:prohibits>all</rsl:prohibits></rsl:license></rsl:content>"
                          "</item></channel></rss>",
                          "https://example.com/a"),
                     L | T | I | S);
}

/* Nothing is expanded, nothing is fetched; what cannot be read gives nothing away. */
static void test_hostile(void **state)
{
    (void)state;
    struct em_buf deep;
    assert_int_equal(said("", "https://a/"), UINT32_MAX);
    assert_int_equal(said("<html><content url='/'/></html>", "https://a/"), UINT32_MAX);
    assert_int_equal(said("{\"rsl\":1}", "https://a/"), UINT32_MAX);
    assert_int_equal(
        said("<!DOCTYPE rsl [<!ENTITY w 'all'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
             "<rsl><content url='/'><license><permits>&w; &f; search</permits></license>"
             "</content></rsl>",
             "https://a/"),
        L | T | I | S);
    assert_int_equal(
        said("<rsl><content url='/'><license><permits>all</permits>", "https://a/"),
        L | T | I | S);
    em_buf_init(&deep, EM_MIB);
    assert_int_equal(em_buf_printf(&deep, "<rsl>"), EM_OK);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(em_buf_printf(&deep, "<a>"), EM_OK);
    assert_int_equal(em_buf_printf(&deep, "<content url='/'/>%c", 0), EM_OK);
    assert_int_equal(said(deep.data, "https://a/"), 0);
    em_buf_release(&deep);
}

static void test_links(void **state)
{
    (void)state;
    struct em_field_link link;
    size_t at = 0;
    struct em_view value = EM_VIEW("</a>; rel=next, <https://x/l,i>;rel=\"license me\" ; "
                                   "type=\"application/rsl+xml\", "
                                   "<b; rel=x");
    assert_true(em_field_link_next(value, &at, &link));
    assert_true(em_view_eq(link.target, EM_VIEW("/a")) &&
                em_view_eq(link.rel, EM_VIEW("next")));
    assert_true(em_field_link_next(value, &at, &link));
    assert_true(em_view_eq(link.target, EM_VIEW("https://x/l,i")));
    assert_true(em_view_eq(link.rel, EM_VIEW("license me")));
    assert_true(em_view_eq(link.type, EM_VIEW("application/rsl+xml")));
    assert_false(em_field_link_next(value, &at, &link));
    assert_true(
        em_field_link_rsl(EM_VIEW("Application/RSL+XML; charset=utf-8"), EM_VIEW("/l")));
    assert_true(em_field_link_rsl(EM_VIEW_NONE, EM_VIEW("/license.xml?v=1")));
    assert_false(
        em_field_link_rsl(EM_VIEW_NONE, EM_VIEW("https://creativecommons.org/by/4.0/")));
    assert_false(em_field_link_rsl(EM_VIEW("text/html"), EM_VIEW("/license.xml")));
}

/* robots.txt: licences of no group; a Content-Usage with words of tomorrow as it was written. */
static void test_robots(void **state)
{
    (void)state;
    struct em_robots_txt robots;
    struct em_robots_query query;
    struct em_view url, value;
    size_t cursor = 0;
    em_robots_txt_init(&robots);
    em_robots_query_init(&query);
    assert_int_equal(
        em_robots_txt_parse(
            &robots, EM_VIEW("User-agent: a\nLicense: https://x/l.xml\nContent-Usage: "
                             "train-ai=n\nDisallow:\n"
                             "User-agent: *\nContent-Usage: /p bots=maybe, train-ai=n\n"
                             "Content-Usage: foo=\"bar\";q\nlicence: /b\n")),
        EM_OK);
    struct em_view form = em_robots_txt_form(&robots);
    assert_int_equal(em_robots_txt_check(form, NULL), EM_OK);
    assert_true(em_robots_txt_licence(form, &cursor, &url));
    assert_true(em_view_eq(url, EM_VIEW("https://x/l.xml")));
    assert_true(em_robots_txt_licence(form, &cursor, &url));
    assert_true(em_view_eq(url, EM_VIEW("/b")));
    assert_false(em_robots_txt_licence(form, &cursor, &url));
    assert_int_equal(em_robots_query_set(&query, EM_VIEW("https://x/p/1")), EM_OK);
    cursor = 0;
    assert_false(em_robots_txt_usage(form, EM_VIEW("a"), &query, &cursor, &value));
    cursor = 0;
    assert_true(em_robots_txt_usage(form, EM_VIEW("b"), &query, &cursor, &value));
    assert_true(em_view_eq(value, EM_VIEW("/p bots=maybe, train-ai=n")));
    assert_true(em_robots_txt_usage(form, EM_VIEW("b"), &query, &cursor, &value));
    assert_true(em_view_eq(value, EM_VIEW("foo=\"bar\";q")));
    assert_false(em_robots_txt_usage(form, EM_VIEW("b"), &query, &cursor, &value));
    assert_int_equal(em_robots_txt_signals(form, EM_VIEW("b"), &query),
                     EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_USAGE_OTHER);
    em_robots_query_release(&query);
    em_robots_txt_release(&robots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uses),    cmocka_unit_test(test_contents),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_links),
        cmocka_unit_test(test_robots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
