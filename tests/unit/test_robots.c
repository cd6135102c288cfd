/* SPDX-License-Identifier: Apache-2.0
 *
 * robots.txt by the clauses of RFC 9309; what is a house rule says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/wire/optout.h"
#include "crawler/web/robots.h"

#include <stdio.h>
#include <stdlib.h>

static bool allows(const char *text, const char *agent, const char *url)
{
    struct em_robots_txt robots;
    struct em_robots_query query;
    em_robots_txt_init(&robots);
    em_robots_query_init(&query);
    assert_int_equal(em_robots_txt_parse(&robots, em_view_of(text)), EM_OK);
    assert_int_equal(em_robots_txt_check(em_robots_txt_form(&robots), NULL), EM_OK);
    assert_int_equal(em_robots_query_set(&query, em_view_of(url)), EM_OK);
    bool allowed = em_robots_txt_allows(em_robots_txt_form(&robots), em_view_of(agent),
                                        &query, NULL);
    em_robots_txt_release(&robots);
    em_robots_query_release(&query);
    return allowed;
}

static const struct {
    const char *clause, *robots, *agent, *url;
    bool allowed;
} cases[] = {
    {"2.2.1 token, case", "User-agent: FooBot\nDisallow: /\n", "fOObOT", "http://h/x",
     false},
    {"2.2.1 version", "User-agent: FooBot/2.0\nDisallow: /\n", "FooBot/1.1 (+x)", "/x",
     false},
    {"2.2.1 not a part", "User-agent: FooBot\nDisallow: /\n", "Foo", "/x", true},
    {"2.2.1 groups merged",
     "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\n"
     "user-agent: a\ndisallow: /y\n",
     "a", "/y", false},
    {"2.2.1 groups merged",
     "user-agent: a\ndisallow: /x\nuser-agent: b\ndisallow: /\n"
     "user-agent: a\ndisallow: /y\n",
     "a", "/z", true},
    {"2.2.1 two agents", "user-agent: a\nuser-agent: b\ndisallow: /x\n", "a", "/x",
     false},
    {"2.2.1 own before *", "user-agent: *\ndisallow: /\nuser-agent: a\ndisallow: /x\n",
     "a", "/y", true},
    {"2.2.1 own group empty", "user-agent: *\ndisallow: /\nuser-agent: a\n", "a", "/y",
     true},
    {"2.2.1 no group", "user-agent: b\ndisallow: /\n", "a", "/", true},
    {"2.2.1 rules before groups", "disallow: /\nuser-agent: b\n", "b", "/", true},
    {"2.2.2 longest", "user-agent: *\nallow: /p\ndisallow: /\n", "a", "/page", true},
    {"2.2.2 longest", "user-agent: *\nallow: /$\ndisallow: /\n", "a", "/x", false},
    {"2.2.2 tie", "user-agent: *\ndisallow: /folder\nallow: /folder\n", "a", "/folder/x",
     true},
    {"2.2.2 case", "user-agent: *\ndisallow: /X\n", "a", "/x", true},
    {"2.2.2 empty", "user-agent: *\ndisallow:\n", "a", "/x", true},
    {"2.2.2 robots.txt", "user-agent: *\ndisallow: /\n", "a", "https://h/robots.txt",
     true},
    {"2.2.2 octets", "user-agent: *\ndisallow: /\xE3\x83\x84\n", "a", "/%e3%83%84",
     false},
    {"2.2.2 escapes", "user-agent: *\ndisallow: /%62%61z\n", "a", "/baz", false},
    {"2.2.2 escapes", "user-agent: *\ndisallow: /baz\n", "a", "/%62az", false},
    {"2.2.2 %2F is no slash", "user-agent: *\ndisallow: /a%2Fb\n", "a", "/a/b", true},
    {"house: in doubt not", "user-agent: *\nallow: /%62az\ndisallow: /\n", "a", "/baz",
     false},
    {"2.2.3 star", "user-agent: *\ndisallow: /a*b\n", "a", "/axxbyy", false},
    {"2.2.3 star", "user-agent: *\ndisallow: *.gif$\n", "a", "/x.gif", false},
    {"2.2.3 end", "user-agent: *\ndisallow: *.gif$\n", "a", "/x.gif?y", true},
    {"2.2.3 end", "user-agent: *\ndisallow: /a*b*b$\n", "a", "/ab", true},
    {"2.2.3 $ inside", "user-agent: *\ndisallow: /a$b\n", "a", "/a$b", false},
    {"2.2.3 escaped star", "user-agent: *\ndisallow: /a%2Ab\n", "a", "/axb", true},
    {"2.2.3 escaped star", "user-agent: *\ndisallow: /a%2Ab\n", "a", "/a*b", false},
    {"2.2 comment", "user-agent: * # all\ndisallow: /x # that\n", "a", "/x", false},
    {"2.2 CR", "user-agent: *\rdisallow: /x\r", "a", "/x", false},
    {"2.2 CRLF", "user-agent: *\r\n\r\ndisallow: /x\r\n", "a", "/x", false},
    {"2.2 no line end", "user-agent: *\ndisallow: /x", "a", "/x", false},
    {"2.2.4 other records", "user-agent: *\ncrawl-delay: 1\nuser-agent: b\ndisallow: /\n",
     "a", "/", false},
    {"2.2.4 sitemap between",
     "user-agent: a\nsitemap: http://h/s\nuser-agent: b\n"
     "disallow: /\n",
     "a", "/", false},
    {"google: BOM", "\xEF\xBB\xBFuser-agent: *\ndisallow: /x\n", "a", "/x", false},
    {"google: half a BOM", "\xEF\xBBuser-agent: *\ndisallow: /x\n", "a", "/x", false},
    {"google: no colon", "user-agent *\ndisallow /x\n", "a", "/x", false},
    {"google: three words", "user-agent: *\ndisallow /x y\n", "a", "/x", true},
    {"google: typos", "useragent: *\ndisalow: /x\n", "a", "/x", false},
    {"google: index.html", "user-agent: *\nallow: /a/index.html\ndisallow: /\n", "a",
     "/a/", true},
    {"google: index.html", "user-agent: *\nallow: /a/index.html\ndisallow: /\n", "a",
     "/a/b", false},
    {"house: digits", "user-agent: MJ12bot\ndisallow: /\n", "MJ12bot", "/", false},
    {"house: digits", "user-agent: MJ12bot\ndisallow: /\n", "MJ13bot", "/", true},
    {"google: digits end the token", "user-agent: MJ12bot\ndisallow: /\n", "MJ", "/",
     false},
    {"house: list", "user-agent: One, b2 ,Three\ndisallow: /\n", "B2", "/", false},
    {"house: no list", "user-agent: One [a,b]\ndisallow: /\n", "b", "/", true},
    {"path of a URL", "user-agent: *\ndisallow: /?q\n", "a", "http://h?q", false},
    {"path of a URL", "user-agent: *\ndisallow: /x\n", "a", "http://h/x#y", false},
    {"path of a URL", "user-agent: *\ndisallow: /x\n", "a", "http://h", true},
};

static void test_clauses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (allows(cases[i].robots, cases[i].agent, cases[i].url) != cases[i].allowed)
            fail_msg("%s: %s is to be %s by\n%s", cases[i].clause, cases[i].url,
                     cases[i].allowed ? "allowed" : "disallowed", cases[i].robots);
}

static void test_utf16(void **state)
{
    (void)state;
    static const char le[] = "\xFF\xFEU\0s\0e\0r\0-\0a\0g\0e\0n\0t\0:\0*\0\n\0"
                             "D\0i\0s\0a\0l\0l\0o\0w\0:\0/\0\xE4\0";
    char be[sizeof(le)];
    for (size_t i = 0; i + 1 < sizeof(le); i += 2) {
        be[i] = le[i + 1];
        be[i + 1] = le[i];
    }
    struct em_robots_query query;
    em_robots_query_init(&query);
    assert_int_equal(em_robots_query_set(&query, EM_VIEW("/%C3%A4")), EM_OK);
    for (int i = 0; i < 2; i++) {
        struct em_robots_txt robots;
        em_robots_txt_init(&robots);
        struct em_view body = em_view_make(i ? be : le, sizeof(le) - 1);
        assert_int_equal(em_robots_txt_parse(&robots, body), EM_OK);
        assert_false(em_robots_txt_allows(em_robots_txt_form(&robots), EM_VIEW("a"),
                                          &query, NULL));
        em_robots_txt_release(&robots);
    }
    em_robots_query_release(&query);
}

static void test_explanation(void **state)
{
    (void)state;
    static const char text[] =
        "# x\nUser-agent: *\nCrawl-delay: 2.5\nDisallow: /a\nAllow: /a/%7eb\n"
        "Sitemap: http://h/1\nUser-agent: FooBot\nCrawl-delay: many\nDisallow: /\n"
        "sitemap: http://h/2#3\nContent-Signal: search=yes, ai-train=no\n"
        "Content-Signal: /a ai-train=yes\nContent-Usage: train-ai=n\n";
    struct em_robots_txt robots;
    struct em_robots_query query;
    struct em_robots_match match;
    struct em_view sitemap;
    size_t cursor = 0;
    em_robots_txt_init(&robots);
    em_robots_query_init(&query);
    assert_int_equal(em_robots_txt_parse(&robots, em_view_of(text)), EM_OK);
    struct em_view form = em_robots_txt_form(&robots);
    assert_int_equal(em_robots_query_set(&query, EM_VIEW("http://h/a/%7Eb")), EM_OK);
    assert_true(em_robots_txt_allows(form, EM_VIEW("other"), &query, &match));
    assert_int_equal(match.line, 5);
    assert_true(match.allow && !match.own_group);
    assert_true(em_view_eq(match.rule, EM_VIEW("/a/%7Eb")));
    assert_false(em_robots_txt_allows(form, EM_VIEW("FooBot"), &query, &match));
    assert_true(match.own_group && !match.allow);
    assert_int_equal(match.line, 9);
    assert_int_equal(em_robots_txt_delay(form, EM_VIEW("other")), 2500);
    assert_int_equal(em_robots_txt_delay(form, EM_VIEW("FooBot")), -1);
    assert_int_equal(em_robots_txt_signals(form, EM_VIEW("other"), &query), 0);
    assert_int_equal(em_robots_txt_signals(form, EM_VIEW("foobot"), &query),
                     EM_OPTOUT_SEARCH_YES | EM_OPTOUT_AI_TRAIN_YES);
    assert_int_equal(em_robots_query_set(&query, EM_VIEW("/b")), EM_OK);
    assert_int_equal(em_robots_txt_signals(form, EM_VIEW("foobot"), &query),
                     EM_OPTOUT_SEARCH_YES | EM_OPTOUT_AI_TRAIN_NO);
    assert_true(em_robots_txt_sitemap(form, &cursor, &sitemap));
    assert_true(em_view_eq(sitemap, EM_VIEW("http://h/1")));
    assert_true(em_robots_txt_sitemap(form, &cursor, &sitemap));
    assert_true(em_view_eq(sitemap, EM_VIEW("http://h/2")));
    assert_false(em_robots_txt_sitemap(form, &cursor, &sitemap));
    em_robots_txt_release(&robots);
    em_robots_query_release(&query);
}

/* spec: RFC9309 2.5: at least 500 KiB are read; what is cut there is no rule. */
static void test_size_limit(void **state)
{
    (void)state;
    size_t n = EM_MAX_ROBOTS + 64;
    char *text = malloc(n + 1);
    assert_non_null(text);
    memset(text, '\n', n);
    text[n] = '\0';
    memcpy(text, "user-agent: *\n", 14);
    memcpy(text + EM_MAX_ROBOTS - 14, "disallow: /in\n", 14);
    memcpy(text + EM_MAX_ROBOTS, "disallow: /out\n", 15);
    assert_false(allows(text, "a", "/in"));
    assert_true(allows(text, "a", "/out"));
    memcpy(text + EM_MAX_ROBOTS - 14, "disallow: /long", 15);
    assert_true(allows(text, "a", "/lon"));
    free(text);
}

/* Stars cannot make matching slow: a hundred thousand of them take no time. */
static void test_matching_is_linear(void **state)
{
    (void)state;
    size_t n = 16000, len = 500000;
    char *rule = malloc(n + 64), *url = malloc(len + 1);
    assert_true(rule && url);
    int head = snprintf(rule, n, "user-agent: *\ndisallow: /");
    for (size_t i = 0; i < n; i++)
        rule[(size_t)head + i] = i % 2 ? 'a' : '*';
    memcpy(rule + head + n, "b$", 3);
    memset(url, 'a', len);
    url[0] = '/';
    url[len] = '\0';
    assert_true(allows(rule, "x", url));
    url[len - 1] = 'b';
    assert_false(allows(rule, "x", url));
    free(rule);
    free(url);
}

static void test_damaged_forms_are_refused(void **state)
{
    (void)state;
    struct em_robots_txt robots;
    struct em_robots_query query;
    em_robots_txt_init(&robots);
    em_robots_query_init(&query);
    assert_int_equal(
        em_robots_txt_parse(&robots,
                            EM_VIEW("user-agent: *\ndisallow: /%61\ncrawl-delay: 1\n"
                                    "user-agent: b\nallow: /\nsitemap: s\n")),
        EM_OK);
    assert_int_equal(em_robots_query_set(&query, EM_VIEW("/b")), EM_OK);
    struct em_view form = em_robots_txt_form(&robots);
    for (size_t len = 0; len < form.len; len++)
        assert_true(em_robots_txt_check(em_view_sub(form, 0, len), NULL) < 0);
    /* whatever is asked of a damaged one reads nothing outside of it */
    for (size_t i = 8; i < form.len; i++) {
        char old = robots.form.data[i];
        robots.form.data[i] = (char)0xFF;
        enum em_status status = em_robots_txt_check(form, NULL);
        assert_true(status == EM_OK || status == EM_ERR_FORMAT);
        (void)em_robots_txt_allows(form, EM_VIEW("b"), &query, NULL);
        (void)em_robots_txt_delay(form, EM_VIEW("b"));
        robots.form.data[i] = old;
    }
    em_robots_txt_release(&robots);
    em_robots_query_release(&query);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (long nth = 1; nth < 20; nth++) {
        struct em_robots_txt robots;
        struct em_robots_query query;
        em_robots_txt_init(&robots);
        em_robots_query_init(&query);
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_robots_txt_parse(
            &robots,
            EM_VIEW("user-agent: *\ndisallow: /%61\ncontent-signal: search=no\n"));
        enum em_status asked = em_robots_query_set(&query, EM_VIEW("?%61"));
        bool failed = em_alloc_count() >= nth;
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        assert_true(asked == EM_OK || asked == EM_ERR_NOMEM);
        assert_int_equal(failed, status < 0 || asked < 0);
        em_robots_txt_release(&robots);
        em_robots_query_release(&query);
        if (!failed)
            return;
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clauses),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_explanation),
        cmocka_unit_test(test_size_limit),
        cmocka_unit_test(test_matching_is_linear),
        cmocka_unit_test(test_damaged_forms_are_refused),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests_name("robots", tests, NULL, NULL);
}
