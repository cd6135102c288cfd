/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/wire/domain.h"

static const struct {
    const char *url, *host, *domain; /* host NULL: none */
} cases[] = {
    {"https://www.example.co.uk/a?b", "www.example.co.uk", "example.co.uk"},
    {"HTTP://User:pw@News.Example.COM:8080/", "news.example.com", "example.com"},
    {"http://example.org.", "example.org", "example.org"},
    {"http://co.uk/", "co.uk", "co.uk"},
    {"http://someone.github.io/x", "someone.github.io", "someone.github.io"},
    {"http://192.168.0.1:80/", "192.168.0.1", "192.168.0.1"},
    {"http://[2001:db8::1]:80/", "2001:db8::1", "2001:db8::1"},
    {"http://a@b@c.example.net#f@x", "c.example.net", "example.net"},
    {"dns:www.example.com", NULL, NULL},
    {"http:///path", NULL, NULL},
    {"", NULL, NULL},
};

static void test_host_and_domain(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_domain d;
        bool found = em_domain_of(em_view_of(cases[i].url), &d);
        assert_int_equal(found, cases[i].host != NULL);
        if (!found)
            continue;
        assert_string_equal(d.host, cases[i].host);
        assert_true(em_view_eq(d.registrable, em_view_of(cases[i].domain)));
    }
}

static void test_host_longer_than_255_bytes_is_refused(void **state)
{
    (void)state;
    char url[400] = "http://";
    memset(url + 7, 'a', 300);
    struct em_domain d;
    assert_false(em_domain_of(em_view_of(url), &d));
    url[7 + 255] = '\0';
    assert_true(em_domain_of(em_view_of(url), &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_and_domain),
        cmocka_unit_test(test_host_longer_than_255_bytes_is_refused),
    };
    return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
