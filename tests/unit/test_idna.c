/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/wire/idna.h"

/* Each names the clause it stands for; NULL: refused. */
static const struct {
    const char *domain, *ascii;
} cases[] = {
    {"EXAMPLE.com", "example.com"},
    {"xn--a", "xn--a"}, /* WHATWG URL 3.3: all ASCII is not checked */
    {"stra\xC3\x9F"
     "e.de",
     "xn--strae-oqa.de"}, /* UTS46 2.2: non-transitional */
    {"\xE1\xBA\x9E.com", "xn--zca.com"},
    {"B\xC3\xBC"
     "cher.de",
     "xn--bcher-kva.de"},
    {"bu\xCC\x88"
     "cher.de",
     "xn--bcher-kva.de"}, /* UTS46 4 step 2: NFC */
    {"a\xC2\xAD"
     "b\xC3\xA4",
     "xn--ab-wia"},                                    /* ignored: soft hyphen */
    {"\xEF\xBC\xA1\xE3\x80\x82\xC3\xA4", "a.xn--4ca"}, /* mapped: full width, dot */
    {"-\xE2\x80\xA0", "xn----xhn"},                    /* CheckHyphens off */
    {"xn--zca.\xC3\x9F", "xn--zca.xn--zca"},
    {"xn--a.\xC3\x9F", NULL},        /* UTS46 4 step 4: Punycode not valid */
    {"xn--te\xC5\xA1la", NULL},      /* not ASCII after xn-- */
    {"\xCC\x80\xC3\xA4", NULL},      /* 4.1 V6: begins with a combining mark */
    {"\xE2\x80\x8D.\xC3\xA4", NULL}, /* RFC5892 A.2: ZWJ without virama */
    {"\xE0\xB7\x81\xE0\xB7\x8A\xE2\x80\x8D\xE0\xB6\xBB\xE0\xB7\x93", "xn--10cl1a0b660p"},
    /* RFC5892 A.1: ZWNJ between joining letters */
    {"\xD9\x86\xD8\xA7\xD9\x85\xD9\x87\xE2\x80\x8C\xD8\xA7\xDB\x8C",
     "xn--mgba3gch31f060k"},
    {"\xD9\x8A"
     "a",
     NULL},                            /* RFC5893 2: left and right mixed */
    {"1.\xD7\x90", NULL},              /* digit first beside right to left */
    {"\xE2\x80\xAE\xC3\xA4", NULL},    /* bidi control */
    {"\xEF\xBF\xBD", NULL},            /* replacement character */
    {"\xE2\x9D\xA4.ws", "xn--qei.ws"}, /* symbols are valid in UTS46 */
    {"\xC3\xA4..b", "xn--4ca..b"},     /* VerifyDnsLength off */
};

static void test_to_ascii(void **state)
{
    (void)state;
    char out[EM_IDNA_MAX_OUT];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = 0;
        enum em_status status = em_idna_to_ascii(em_view_of(cases[i].domain), out, &len);
        if (!cases[i].ascii) {
            assert_int_equal(status, EM_ERR_FORMAT);
            continue;
        }
        if (status != EM_OK ||
            !em_view_eq(em_view_make(out, len), em_view_of(cases[i].ascii)))
            fail_msg("%s: got %.*s (%d), want %s", cases[i].domain, (int)len, out, status,
                     cases[i].ascii);
    }
}

/* spec: RFC3492 7.1, some of its samples */
static void test_punycode_round_trip(void **state)
{
    (void)state;
    static const char *const samples[] = {"egbpdaj6bu4bxfgehfvwxn",
                                          "ihqwcrb4cv8a8dqg056pqjye",
                                          "Proprostnemluvesky-uyb24dma41a",
                                          "3B-ww4c5e180e575a65lsy2b",
                                          "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n",
                                          "d9juau41awczczp",
                                          "-> $1.00 <--"};
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        int32_t cp[64];
        char out[128];
        long n = em_punycode_decode(em_view_of(samples[i]), cp, 64);
        assert_true(n > 0);
        long len = em_punycode_encode(cp, (size_t)n, out, sizeof(out));
        assert_true(em_view_eq(em_view_make(out, (size_t)len), em_view_of(samples[i])));
        assert_int_equal(em_punycode_encode(cp, (size_t)n, out, (size_t)len - 1), -1);
        assert_int_equal(em_punycode_decode(em_view_of(samples[i]), cp, (size_t)n - 1),
                         -1);
    }
    int32_t cp[64];
    assert_int_equal(em_punycode_decode(EM_VIEW("99999999"), cp, 64), -1); /* overflow */
    assert_int_equal(em_punycode_decode(EM_VIEW("a!"), cp, 64), -1);
}

static void test_length_is_bounded(void **state)
{
    (void)state;
    static char domain[4 * EM_IDNA_MAX];
    static char out[EM_IDNA_MAX_OUT];
    size_t len = 0;
    for (size_t i = 0; i + 1 < sizeof(domain); i += 2)
        memcpy(domain + i, "\xC3\xA4", 2);
    assert_int_equal(em_idna_to_ascii(em_view_make(domain, EM_IDNA_MAX), out, &len),
                     EM_OK);
    assert_true(len > 0 && len < EM_IDNA_MAX_OUT);
    assert_int_equal(em_idna_to_ascii(em_view_make(domain, EM_IDNA_MAX + 2), out, &len),
                     EM_ERR_LIMIT);
    /* combining marks in the worst order: quadratic, but bounded */
    for (size_t i = 2; i + 1 < sizeof(domain); i += 2) /* the first may begin a label */
        memcpy(domain + i, i < sizeof(domain) / 8 ? "\xCC\x80" : "\xCC\xA3", 2);
    assert_int_equal(
        em_idna_to_ascii(em_view_make(domain, 2 * EM_IDNA_MAX - 2), out, &len), EM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_ascii),
        cmocka_unit_test(test_punycode_round_trip),
        cmocka_unit_test(test_length_is_bounded),
    };
    return cmocka_run_group_tests_name("idna", tests, NULL, NULL);
}
