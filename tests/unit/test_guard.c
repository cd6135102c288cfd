/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses: text, and what may be connected to. Each range at its two ends and outside
 * of both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct em_address address(const char *text)
{
    struct em_address a;
    assert_true(em_address_parse(em_view_of(text), &a));
    return a;
}

enum { PUBLIC, PRIVATE, NEVER };

static const struct {
    const char *text;
    int kind;
} cases[] = {
    /* clang-format off */
    {"1.0.0.0", PUBLIC}, {"8.8.8.8", PUBLIC}, {"0.0.0.0", NEVER}, {"0.255.255.255", NEVER},
    {"9.255.255.255", PUBLIC}, {"10.0.0.0", PRIVATE}, {"10.255.255.255", PRIVATE}, {"11.0.0.0", PUBLIC},
    {"100.63.255.255", PUBLIC}, {"100.64.0.0", PRIVATE}, {"100.127.255.255", PRIVATE}, {"100.128.0.0", PUBLIC},
    {"100.100.100.200", NEVER}, {"126.255.255.255", PUBLIC}, {"127.0.0.0", PRIVATE}, {"127.255.255.255", PRIVATE},
    {"128.0.0.0", PUBLIC}, {"169.253.255.255", PUBLIC}, {"169.254.0.0", PRIVATE}, {"169.254.169.254", NEVER},
    {"169.254.169.253", PRIVATE}, {"169.254.255.255", PRIVATE}, {"169.255.0.0", PUBLIC},
    {"172.15.255.255", PUBLIC}, {"172.16.0.0", PRIVATE}, {"172.31.255.255", PRIVATE}, {"172.32.0.0", PUBLIC},
    {"191.255.255.255", PUBLIC}, {"192.0.0.0", NEVER}, {"192.0.0.255", NEVER}, {"192.0.1.0", PUBLIC},
    {"192.0.2.0", PRIVATE}, {"192.0.2.255", PRIVATE}, {"192.0.3.0", PUBLIC}, {"192.88.99.1", NEVER},
    {"192.167.255.255", PUBLIC}, {"192.168.0.0", PRIVATE}, {"192.168.255.255", PRIVATE}, {"192.169.0.0", PUBLIC},
    {"198.17.255.255", PUBLIC}, {"198.18.0.0", PRIVATE}, {"198.19.255.255", PRIVATE}, {"198.20.0.0", PUBLIC},
    {"198.51.100.7", PRIVATE}, {"203.0.113.7", PRIVATE}, {"223.255.255.255", PUBLIC}, {"224.0.0.0", NEVER},
    {"239.255.255.255", NEVER}, {"240.0.0.0", NEVER}, {"255.255.255.255", NEVER},
    {"::", NEVER}, {"::1", PRIVATE}, {"::2", NEVER}, {"2606:4700::1111", PUBLIC}, {"2001:4860:4860::8888", PUBLIC},
    {"::ffff:127.0.0.1", PRIVATE}, {"::ffff:8.8.8.8", PUBLIC}, {"::ffff:169.254.169.254", NEVER}, {"::ffff:10.1.2.3", PRIVATE},
    {"::ffff:0:10.1.2.3", PRIVATE}, {"::10.1.2.3", PRIVATE},
    {"64:ff9b::7f00:1", PRIVATE}, {"64:ff9b::808:808", PUBLIC}, {"64:ff9b::a9fe:a9fe", NEVER}, {"64:ff9b:1::808:808", NEVER},
    {"2002:7f00:1::", PRIVATE}, {"2002:808:808::1", PUBLIC}, {"2002:c0a8:1::1", PRIVATE}, {"2002:e000:1::1", NEVER},
    {"2001:0:4136:e378:8000:63bf:80ff:fffe", PRIVATE /* Teredo, 127.0.0.1 inverted */},
    {"2001:0:4136:e378:8000:63bf:f7f7:f7f7", PUBLIC}, {"2001:2::1", PRIVATE}, {"2001:10::1", NEVER}, {"2001:20::1", NEVER},
    {"2001:100::1", NEVER}, {"2001:200::1", PUBLIC}, {"2001:db8::1", PRIVATE}, {"2001:db9::1", PUBLIC}, {"3fff::1", PRIVATE},
    {"3ffe::1", NEVER}, {"1fff::1", NEVER}, {"4000::1", NEVER}, {"100::1", NEVER}, {"fbff::1", NEVER},
    {"fc00::1", PRIVATE}, {"fdff:ffff::1", PRIVATE}, {"fd00:ec2::254", NEVER}, {"fd00:ec2::253", PRIVATE},
    {"fe80::1", PRIVATE}, {"febf::1", PRIVATE}, {"fec0::1", NEVER}, {"ff02::1", NEVER}, {"ffff::", NEVER},
    /* clang-format on */
};

static void test_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_address a = address(cases[i].text);
        const char *strict = em_guard_refuses(&a, false);
        const char *loose = em_guard_refuses(&a, true);
        if ((strict == NULL) != (cases[i].kind == PUBLIC) ||
            (loose == NULL) != (cases[i].kind != NEVER))
            fail_msg("%s: %s, %s", cases[i].text, strict ? strict : "allowed",
                     loose ? loose : "allowed");
    }
    struct em_address none = {0};
    assert_non_null(em_guard_refuses(&none, true));
}

static void test_ports(void **state)
{
    (void)state;
    static const uint16_t refused[] = {0,   1,   22,   25,   53,   110,
                                       143, 587, 6000, 6667, 10080};
    static const uint16_t fine[] = {2, 80, 81, 443, 3000, 6001, 8000, 8080, 10081, 65535};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_non_null(em_guard_refuses_port(refused[i]));
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        assert_null(em_guard_refuses_port(fine[i]));
    unsigned n = 0;
    for (unsigned port = 0; port < 65536; port++)
        n += em_guard_refuses_port((uint16_t)port) != NULL;
    assert_int_equal(n, 83); /* the standard's table and port 0 */
    assert_string_equal(em_guard_refuses_port(25), "port 25 is for smtp");
}

static void test_text(void **state)
{
    (void)state;
    static const char *const fine[] = {"192.0.2.1",        "192.0.2.1:80",
                                       "2001:db8::1",      "[2001:db8::1]:8080",
                                       "::ffff:192.0.2.1", "[::1]:65535"};
    static const char *const bad[] = {"",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "01.2.3.4",
                                      "1.2.3.4:",
                                      "1.2.3.4:0",
                                      "[::1",
                                      "[::1]x",
                                      "[::1]:",
                                      "::1]",
                                      "1.2.3.4:65536",
                                      "0x7f000001",
                                      "[1.2.3.4]",
                                      "2001:db8::1%eth0",
                                      " 1.2.3.4",
                                      "256.1.1.1",
                                      "[]"};
    char out[EM_ADDRESS_TEXT];
    struct em_address a;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        a = address(fine[i]);
        em_address_format(&a, out);
        assert_string_equal(out, fine[i]);
    }
    a = address("[2001:DB8:0::1]");
    assert_int_equal(a.port, 0);
    em_address_format(&a, out);
    assert_string_equal(out, "2001:db8::1");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(em_address_parse(em_view_of(bad[i]), &a));
        assert_int_equal(a.family, 0);
    }
    assert_false(em_address_parse(EM_VIEW("1.2.3.4\0x"), &a));
    em_address_format(&a, out);
    assert_string_equal(out, "");
}

static void test_sockaddr(void **state)
{
    (void)state;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(8080)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    struct em_address a, b = address("192.0.2.7:8080"), c = address("[2001:db8::7]:443");
    inet_pton(AF_INET, "192.0.2.7", &in.sin_addr);
    inet_pton(AF_INET6, "2001:db8::7", &in6.sin6_addr);
    em_address_from_sockaddr(&in, sizeof(in), &a);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_false(em_address_same_ip(&a, &c));
    em_address_from_sockaddr(&in6, sizeof(in6), &a);
    assert_memory_equal(&a, &c, sizeof(a));
    a.port = 1;
    assert_true(em_address_same_ip(&a, &c));
    em_address_from_sockaddr(&in6, sizeof(in), &a); /* too short for what it says */
    assert_int_equal(a.family, 0);
    em_address_from_sockaddr(NULL, 0, &a);
    assert_int_equal(a.family, 0);
}

/* What counts as one machine for politeness. */
static void test_net(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned bits;
        bool same;
    } nets[] = {
        {"192.0.2.7", "192.0.2.7:8080", 64, true},
        {"192.0.2.7", "192.0.2.8", 64, false}, /* of IPv4 each by itself */
        {"192.0.2.7", "::ffff:192.0.2.7", 64, true},
        {"192.0.2.7", "64:ff9b::192.0.2.7", 64, true},
        {"192.0.2.7", "64:ff9b::192.0.2.8", 64, false},
        {"2001:db8::1", "2001:db8::ffff:1", 64, true},
        {"2001:db8::1", "2001:db8:0:1::1", 64, false},
        {"2001:db8::1", "2001:db8::2", 128, false},
        {"2001:db8::1", "2001:db8::1", 128, true},
        {"2001:db8::1", "2001:db8:0:1::1", 56, true},
        {"2001:db8::1", "2001:db8:0:100::1", 56, false},
        {"2001:db8:0:10::1", "2001:db8:0:1f::1", 60, true},
        {"2001:db8:0:10::1", "2001:db8:0:20::1", 60, false},
        {"8000::1", "ffff::1", 1, true},
        {"7fff::1", "8000::1", 1, false},
    };
    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++) {
        struct em_address a = address(nets[i].a), b = address(nets[i].b);
        uint8_t net[2][16];
        em_address_net(&a, nets[i].bits, net[0]);
        em_address_net(&b, nets[i].bits, net[1]);
        if ((memcmp(net[0], net[1], 16) == 0) != nets[i].same)
            fail_msg("%s and %s, %u bits", nets[i].a, nets[i].b, nets[i].bits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges), cmocka_unit_test(test_ports),
        cmocka_unit_test(test_text),   cmocka_unit_test(test_sockaddr),
        cmocka_unit_test(test_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
