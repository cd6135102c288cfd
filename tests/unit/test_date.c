/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates as numbers: the profile's forms, what is none, and every day there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/date.h"

static const struct {
    const char *name, *text;
    int64_t seconds;
} cases[] = {
    {"the epoch", "1970-01-01", 0},
    {"ChatGPT's first day", "2022-11-30", EM_DATE_CHATGPT},
    {"WARC", "2022-11-30T12:34:56Z", EM_DATE_CHATGPT + 45296},
    {"WARC 1.1 with a fraction", "2022-11-30T12:34:56.789012Z", EM_DATE_CHATGPT + 45296},
    {"an offset", "2022-11-30T02:00:00+02:00", EM_DATE_CHATGPT},
    {"an offset to the west", "2022-11-29T19:00:00-0500", EM_DATE_CHATGPT},
    {"no zone", "2022-11-30 00:00", EM_DATE_CHATGPT},
    {"a month", "2022-11", EM_DATE_CHATGPT - INT64_C(29) * 86400},
    {"a year", "1970", 0},
    {"blanks around", "  1970-01-01 \n", 0},
    {"a leap day", "2024-02-29", INT64_C(1709164800)},
    {"no leap day", "2023-02-29", EM_DATE_UNKNOWN},
    {"a century without", "1900-02-29", EM_DATE_UNKNOWN},
    {"month 13", "2022-13-01", EM_DATE_UNKNOWN},
    {"day 0", "2022-01-00", EM_DATE_UNKNOWN},
    {"hour 25", "2022-01-01T25:00:00Z", EM_DATE_UNKNOWN},
    {"something behind", "2022-01-01T10:00:00Zx", EM_DATE_UNKNOWN},
    {"words", "yesterday", EM_DATE_UNKNOWN},
    {"nothing", "", EM_DATE_UNKNOWN},
    {"half a month", "2022-1", EM_DATE_UNKNOWN},
    {"year 0", "0000-01-01", EM_DATE_UNKNOWN},
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (em_date_parse(em_view_of(cases[i].text)) != cases[i].seconds)
            fail_msg("%s: %lld", cases[i].name,
                     (long long)em_date_parse(em_view_of(cases[i].text)));
}

static void test_every_day_there_and_back(void **state)
{
    char text[24], day[16];
    (void)state;
    int64_t first = em_date_parse(EM_VIEW("0001-01-01"));
    int64_t last = em_date_parse(EM_VIEW("9999-12-31"));
    assert_int_equal((last - first) / 86400, 3652058);
    for (int64_t at = first; at <= last; at += INT64_C(86400)) {
        em_date_format(at + 86399, text);
        assert_true(em_date_parse(em_view_of(text)) == at + 86399);
        uint32_t month = em_date_month(at);
        assert_true(em_month_start(month) <= at && em_month_start(month + 1) > at);
    }
    em_date_format_day(EM_DATE_UNKNOWN, day);
    assert_string_equal(day, "");
    em_month_format(24274, day);
    assert_string_equal(day, "2022-11");
    assert_int_equal(em_date_month(EM_DATE_CHATGPT), 24274);
    em_date_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_every_day_there_and_back),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
