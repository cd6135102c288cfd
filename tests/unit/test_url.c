/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "base/wire/url.h"

#include <stdlib.h>

/* href NULL: must be refused */
static const struct {
    const char *input, *base, *href;
} cases[] = {
    /* scheme, authority */
    {"HTTP://User:p%40ss@EXAMPLE.com:80/a", NULL, "http://User:p%40ss@example.com/a"},
    {"  https://example.com\t/a\nb ", NULL, "https://example.com/ab"},
    {"https:example.com", NULL, "https://example.com/"},
    {"https:\\\\example.com\\a", NULL, "https://example.com/a"},
    {"http://a@b@c/", NULL, "http://a%40b@c/"},
    {"http://@/x", NULL, NULL},
    {"http://:80/", NULL, NULL},
    {"http://h:65536/", NULL, NULL},
    {"http://h:0/", NULL, "http://h:0/"},
    {"http://h:8x/", NULL, NULL},
    {"a b:c", NULL, NULL},
    {"data:text/plain,a b #c d", NULL, "data:text/plain,a b%20#c%20d"},
    {"x://H/%zz", NULL, "x://H/%zz"},
    {"x://a b/", NULL, NULL},
    /* hosts */
    {"http://0x7f.1/", NULL, "http://127.0.0.1/"},
    {"http://256.256.256.256/", NULL, NULL},
    {"http://4294967295", NULL, "http://255.255.255.255/"},
    {"http://4294967296", NULL, NULL},
    {"http://1.2.3.4.5/", NULL, NULL},
    {"http://09.1/", NULL, NULL},
    {"http://[::1]:80/", NULL, "http://[::1]/"},
    {"http://[1:0:0:2:0:0:0:3]/", NULL, "http://[1:0:0:2::3]/"},
    {"http://[::ffff:1.2.3.4]/", NULL, "http://[::ffff:102:304]/"},
    {"http://[1::2::3]/", NULL, NULL},
    {"http://[::1", NULL, NULL},
    {"http://b\xC3\xBC"
     "cher.de/",
     NULL, "http://xn--bcher-kva.de/"},
    {"http://%65xample.com/", NULL, "http://example.com/"},
    {"http://a%00b/", NULL, NULL},
    {"http://a<b/", NULL, NULL},
    /* paths */
    {"http://h/a/./b/../c/%2E%2e/d", NULL, "http://h/a/d"},
    {"http://h/../../x", NULL, "http://h/x"},
    {"http://h/a?b c'd\"#e`f", NULL, "http://h/a?b%20c%27d%22#e%60f"},
    {"x:/a/..//b", NULL, "x:/.//b"},
    {"http://h/\xFF", NULL, "http://h/%EF%BF%BD"},
    {"http://h?q", NULL, "http://h/?q"},
    /* relative */
    {"../d", "http://h/a/b/c?q#f", "http://h/a/d"},
    {"?x", "http://h/a/b?q#f", "http://h/a/b?x"},
    {"#x", "http://h/a/b?q#f", "http://h/a/b?q#x"},
    {"", "http://h/a/b?q#f", "http://h/a/b?q"},
    {"//k/x", "https://h/a", "https://k/x"},
    {"/x", "https://u:p@h:8/a", "https://u:p@h:8/x"},
    {"http:x", "http://h/a/b", "http://h/a/x"},
    {"x", "mailto:a@b", NULL},
    {"#x", "mailto:a@b", "mailto:a@b#x"},
    {"b", "x:/.//a", "x:/.//b"},
    {"/b", "x:/.//a", "x:/b"},
    {"x", NULL, NULL},
    /* file */
    {"file:///C|/a/../..", NULL, "file:///C:/"},
    {"file://localhost/a", NULL, "file:///a"},
    {"/D:/x", "file:///C:/a", "file:///D:/x"},
    {"/x", "file:///C:/a", "file:///C:/x"},
    {"..", "file:///C:/a", "file:///C:/"},
    {"file:a", "file:///x/y", "file:///x/a"},
};

static void test_parse(void **state)
{
    (void)state;
    struct em_url url, base;
    em_url_init(&url, EM_MAX_URL);
    em_url_init(&base, EM_MAX_URL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (cases[i].base)
            assert_int_equal(em_url_parse(&base, em_view_of(cases[i].base), NULL), EM_OK);
        enum em_status status =
            em_url_parse(&url, em_view_of(cases[i].input), cases[i].base ? &base : NULL);
        if (!cases[i].href) {
            assert_int_equal(status, EM_ERR_FORMAT);
            assert_non_null(url.reason);
            assert_int_equal(em_url_href(&url).len, 0);
            continue;
        }
        if (status != EM_OK || !em_view_eq(em_url_href(&url), em_view_of(cases[i].href)))
            fail_msg("%s: got %.*s, want %s", cases[i].input,
                     EM_VIEW_ARGS(em_url_href(&url)), cases[i].href);
    }
    em_url_release(&url);
    em_url_release(&base);
}

static void is(struct em_view got, const char *want)
{
    if (!em_view_eq(got, em_view_of(want)))
        fail_msg("got '%.*s', want '%s'", EM_VIEW_ARGS(got), want);
}

static void test_parts(void **state)
{
    (void)state;
    struct em_url url, copy;
    struct em_buf origin;
    enum em_status status;
    em_url_init(&url, EM_MAX_URL);
    em_url_init(&copy, EM_MAX_URL);
    em_buf_init(&origin, EM_MAX_URL);
    assert_int_equal(
        em_url_parse(&url, EM_VIEW("https://us:pw@ex.com:1234/foo/bar?baz#quux"), NULL),
        EM_OK);
    assert_int_equal(em_url_copy(&copy, &url), EM_OK);
    assert_int_equal(em_url_parse(&url, EM_VIEW("http://x/?#"), NULL), EM_OK);
    is(em_url_search(&url), "");
    is(em_url_hash(&url), "");
    is(em_url_username(&url), "");
    is(em_url_password(&url), "");
    is(em_url_port(&url), "");
    assert_int_equal(em_url_effective_port(&url), 80);
    is(em_url_href(&url), "http://x/?#");
    is(em_url_protocol(&copy), "https:");
    is(em_url_username(&copy), "us");
    is(em_url_password(&copy), "pw");
    is(em_url_host(&copy), "ex.com:1234");
    is(em_url_hostname(&copy), "ex.com");
    is(em_url_port(&copy), "1234");
    is(em_url_pathname(&copy), "/foo/bar");
    is(em_url_search(&copy), "?baz");
    is(em_url_hash(&copy), "#quux");
    assert_int_equal(em_url_effective_port(&copy), 1234);
    assert_int_equal(copy.host_kind, EM_HOST_DOMAIN);
    assert_true(em_url_origin(&copy, &origin, &status));
    is(em_buf_view(&origin), "https://ex.com:1234");
    assert_int_equal(em_url_parse(&url, EM_VIEW("mailto:x"), NULL), EM_OK);
    assert_false(em_url_origin(&url, &origin, &status));
    assert_int_equal(status, EM_OK);
    em_url_release(&url);
    em_url_release(&copy);
    em_buf_release(&origin);
}

static void test_limits(void **state)
{
    (void)state;
    struct em_url url;
    char text[300];
    em_url_init(&url, 200);
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://h/", 9);
    assert_int_equal(em_url_parse(&url, em_view_make(text, 200), NULL), EM_OK);
    assert_int_equal(em_url_parse(&url, em_view_make(text, 201), NULL), EM_ERR_LIMIT);
    assert_string_equal(url.reason, "too long");
    assert_int_equal(em_url_parse(&url, EM_VIEW_NONE, NULL), EM_ERR_FORMAT);
    memset(text + 9, '"', sizeof(text) - 9);
    assert_int_equal(em_url_parse(&url, em_view_make(text, 100), NULL), EM_ERR_LIMIT);
    assert_int_equal(em_url_parse(&url, em_view_make(text, 70), NULL), EM_OK);
    em_url_release(&url);
}

/* Once grown, the buffers are used again: no allocation a URL. */
static void test_no_allocation_when_warm(void **state)
{
    (void)state;
    struct em_url url, base;
    em_url_init(&url, EM_MAX_URL);
    em_url_init(&base, EM_MAX_URL);
    for (int round = 0; round < 2; round++) {
        em_alloc_fail_at(0, 0);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            if (cases[i].base &&
                em_url_parse(&base, em_view_of(cases[i].base), NULL) != EM_OK)
                fail();
            if (em_url_parse(&url, em_view_of(cases[i].input),
                             cases[i].base ? &base : NULL) == EM_ERR_NOMEM)
                fail();
        }
    }
    assert_int_equal(em_alloc_count(), 0);
    em_url_release(&url);
    em_url_release(&base);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    struct em_url url;
    struct em_buf scratch;
    for (long nth = 1; nth < 10; nth++) {
        em_url_init(&url, EM_MAX_URL);
        em_buf_init(&scratch, 9 * EM_MAX_URL);
        em_alloc_fail_at(nth, 1);
        enum em_status status =
            em_url_parse(&url, EM_VIEW("http://h/a\tb\xFF?utm_x=1"), NULL);
        if (status == EM_OK)
            status = em_url_normalise(&url, EM_URL_RULES_DEFAULT, &scratch);
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        if (status == EM_ERR_NOMEM)
            assert_int_equal(em_url_href(&url).len == 0 || nth > 1, 1);
        em_url_release(&url);
        em_buf_release(&scratch);
        if (status == EM_OK)
            return;
    }
    fail();
}

static const struct {
    unsigned rules;
    const char *input, *href;
} normal[] = {
    {EM_URL_RULES_DEFAULT, "http://u:p@Ex.com.:80/a/../b//c?#f", "http://ex.com/b/c"},
    {EM_URL_RULES_DEFAULT, "http://h/%7ea%2fb%", "http://h/~a%2Fb%25"},
    {EM_URL_RULES_DEFAULT, "http://h/?x[y]=1|2", "http://h/?x%5By%5D=1%7C2"},
    {EM_URL_RULES_DEFAULT, "http://h/?utm_source=a&b=1&GCLID=x", "http://h/?b=1"},
    {EM_URL_RULES_DEFAULT, "http://h/?&&a=1&&=3&b", "http://h/?a=1&b"},
    {EM_URL_RULES_DEFAULT, "http://h/x;jsessionid=1A2B?a=1", "http://h/x?a=1"},
    {EM_URL_RULES_DEFAULT, "http://h/?a=1;jsessionid=1A2B&b=2", "http://h/?a=1&b=2"},
    {EM_URL_RULES_DEFAULT, "http://h/?PHPSESSID=1&a=2", "http://h/?a=2"},
    {EM_URL_RULES_DEFAULT, "http://h/?sid=12", "http://h/?sid=12"},
    {EM_URL_RULES_DEFAULT, "http://h/?sid=587fba8f825b05844526519fdb7d75c8", "http://h/"},
    {EM_URL_RULES_DEFAULT, "http://h/(S(lit3py55t21z5v55vlm25s55))/orders.aspx",
     "http://h/orders.aspx"},
    {EM_URL_RULES_DEFAULT, "http://h/?b=2&a=1", "http://h/?b=2&a=1"},
    {EM_URL_RULE_SORT, "http://h/?b=2&a=1&b=1#f", "http://h/?a=1&b=2&b=1"},
    {EM_URL_RULE_INDEX, "http://h/a/Index.HTML", "http://h/a/"},
    {EM_URL_RULE_INDEX, "http://h/a/index.jspfx", "http://h/a/index.jspfx"},
    {EM_URL_RULE_INDEX | EM_URL_RULE_TRAILING_SLASH, "http://h/a/index.php",
     "http://h/a"},
    {EM_URL_RULE_TRAILING_SLASH, "http://h/", "http://h/"},
    {EM_URL_RULE_WWW, "http://www.www.h.org/", "http://h.org/"},
    {EM_URL_RULE_WWW, "http://www.org/", "http://www.org/"},
    {EM_URL_RULE_HTTPS, "http://h/", "https://h/"},
    {EM_URL_RULE_HTTPS, "http://h:8080/", "http://h:8080/"},
    {EM_URL_RULE_LOWER_PATH, "http://h/A%2Fb", "http://h/a%2Fb"},
    {EM_URL_RULE_QUERY, "http://h/A?b", "http://h/A"},
    {EM_URL_RULES_DEFAULT, "ftp://u@h//a?utm_x", "ftp://u@h//a?utm_x"},
};

static void test_normalise(void **state)
{
    (void)state;
    struct em_url url;
    struct em_buf scratch;
    em_url_init(&url, EM_MAX_URL);
    em_buf_init(&scratch, 9 * EM_MAX_URL);
    for (size_t i = 0; i < sizeof(normal) / sizeof(normal[0]); i++) {
        unsigned rules = normal[i].rules | EM_URL_RULE_FRAGMENT;
        assert_int_equal(em_url_parse(&url, em_view_of(normal[i].input), NULL), EM_OK);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(em_url_normalise(&url, rules, &scratch), EM_OK);
            is(em_url_href(&url), normal[i].href);
        }
    }
    em_url_release(&url);
    em_buf_release(&scratch);
}

static void test_rule_names(void **state)
{
    (void)state;
    assert_int_equal(em_url_rule_of(EM_VIEW("tracking")), EM_URL_RULE_TRACKING);
    assert_int_equal(em_url_rule_of(EM_VIEW("nothing")), 0);
    assert_string_equal(em_url_rule_name(EM_URL_RULE_SORT), "sort");
    assert_null(em_url_rule_name(1u << 31));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_no_allocation_when_warm),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_normalise),
        cmocka_unit_test(test_rule_names),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
