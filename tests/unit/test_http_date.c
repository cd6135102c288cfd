/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP dates and Retry-After (spec: RFC9110 5.6.7, 10.2.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"
#include "base/wire/http_date.h"

/* 2025-06-15T15:06:40Z */
#define NOW_MS INT64_C(1750000000000)

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Sun, 06 Nov 1994 08:49:37", 784111777},
        {"Sun, 06 Nov 1994 08:49:37 UTC", 784111777},
        {"Sun, 06 Nov 1994 08:49:37 +0000", 784111777},
        {"Sun, 06 Nov 1994 09:49:37 +0100", 784111777},
        {"Sun, 06 Nov 1994 03:49:37 -05:00", 784111777},
        {"  sun, 6 nov 1994  08:49:37 gmt ", 784111777},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228799},
        {"Sunday, 06-Nov-70 00:00:00 GMT", INT64_C(3182457600)},
        {"Friday, 06-Nov-76 00:00:00 GMT", 216086400},
        {"Fri, 29 Feb 2023 00:00:00 GMT", EM_DATE_UNKNOWN},
        {"Sun, 32 Nov 1994 08:49:37 GMT", EM_DATE_UNKNOWN},
        {"Sun, 06 Nov 1994 25:49:37 GMT", EM_DATE_UNKNOWN},
        {"Sun, 06 Nov 994 08:49:37 GMT", EM_DATE_UNKNOWN},
        {"Sun, 06 Nux 1994 08:49:37 GMT", EM_DATE_UNKNOWN},
        {"Sun, 06 Nov 1994 08:49:37 Mars", EM_DATE_UNKNOWN},
        {"Sun Nov  6 08:49:37 1994 or so", EM_DATE_UNKNOWN},
        {"1994-11-06T08:49:37Z", EM_DATE_UNKNOWN},
        {"Sun, 15 Jun", EM_DATE_UNKNOWN},
        {"tomorrow", EM_DATE_UNKNOWN},
        {"Sun", EM_DATE_UNKNOWN},
        {"0", EM_DATE_UNKNOWN},
        {"", EM_DATE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t seconds = em_http_date(em_view_of(cases[i].text), NOW_MS / 1000);
        if (seconds != cases[i].seconds)
            fail_msg("'%s': %lld", cases[i].text, (long long)seconds);
    }
}

static void test_retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t wait;
    } cases[] = {
        {"120", 120000},
        {" 0 ", 0},
        {"99999999999999999999999", INT64_C(31536000000)},
        {"99999999", INT64_C(31536000000)},
        {"-5", -1},
        {"12a", -1},
        {"1.5", -1},
        {"", -1},
        {"soon", -1},
        {"Sun, 15 Jun 2025 15:07:40 GMT", 60000},
        {"Sunday, 15-Jun-25 15:07:40 GMT", 60000},
        {"Sun Jun 15 15:07:40 2025", 60000},
        {"Sun, 15 Jun 2025 15:06:40 GMT", 0},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
        {"Sun, 15 Jun 2059 15:07:40 GMT", INT64_C(31536000000)},
        {"Sun, 31 Feb 2025 15:07:40 GMT", -1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t wait = em_http_retry_after(em_view_of(cases[i].value), NOW_MS);
        if (wait != cases[i].wait)
            fail_msg("'%s': %lld", cases[i].value, (long long)wait);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dates),
                                       cmocka_unit_test(test_retry_after)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
