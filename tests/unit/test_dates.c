/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/date_choose.h"
#include "crawler/page/extract.h"
#include "tests/unit/linear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static void test_values(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"2024-05-17T10:00:00Z", "2024-05-17"},
        {"20240517", "2024-05-17"},
        {"20240517T100000", "2024-05-17"},
        {"20240517101500", "2024-05-17"},
        {"2024/5/7", "2024-05-07"},
        {"17.05.2024", "2024-05-17"},
        {"May 17, 2024", "2024-05-17"},
        {"Fri, 17 May 2024 10:00", "2024-05-17"},
        {"Fri May 17 10:00:00 CEST 2024 ", ""},
        {"17 May 2024", "2024-05-17"},
        {"25/12/2020", "2020-12-25"},
        {"1715940000", "2024-05-17"},
        {"1715940000123", "2024-05-17"},
        {"2000-02-29", "2000-02-29"},
        {"2023-02-29", ""},
        {"", ""},
        {"today", ""},
        {"2024-13-01", ""},
        {"05/06/2020", ""},
        {"2024", ""},
        {"1880-01-01", ""},
        {"99999999999", ""},
        {"May", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_day day;
        char out[11] = "";
        if (em_day_read(em_view_of(cases[i][0]), EM_DAY_UNSURE, &day))
            em_day_write(day, out);
        assert_string_equal(out, cases[i][1]);
    }
}

static void test_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"By A. Writer | May 17th, 2024 | 3 comments", "2024-05-17"},
        {"posted Sept. 5, 2019", "2019-09-05"},
        {"am 17. März 2024 um 10 Uhr", "2024-03-17"},
        {"Publié le 1er août 2023", "2023-08-01"},
        {"17 de mayo de 2024", "2024-05-17"},
        {"10 de Dezembro de 2021", "2021-12-10"},
        {"17 MAGGIO 2024", "2024-05-17"},
        {"вторник, 17 ЯНВАРЯ 2023 г.", "2023-01-17"},
        {"17 Ιανουαρίου 2023", "2023-01-17"},
        {"3 Şubat 2022", "2022-02-03"},
        {"15. října 2020", "2020-10-15"},
        {"2024. május 17.", "2024-05-17"},
        {"発表 2024年5月17日（金）", "2024-05-17"},
        {"2024년 5월 17일", "2024-05-17"},
        {"17.5.24, 10:00", "2024-05-17"},
        {"17. 05. 2024", "2024-05-17"},
        {"17-May-2024", "2024-05-17"},
        {"2024-May-17", "2024-05-17"},
        {"17 May '24", "2024-05-17"},
        {"version 1.2.24.7 of May 3", ""},
        {"31. Februar 2024", ""},
        {"may 100, 2024", ""},
        {"3.17.05.2024", ""},
        {"12 apples 2024", ""},
        {"Maybe 17, 2024", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_day_match m;
        char out[11] = "";
        if (em_day_find(em_view_of(cases[i][0]), 0, EM_DAY_DAY_FIRST, &m))
            em_day_write(m.day, out);
        assert_string_equal(out, cases[i][1]);
    }
    struct em_day_match m;
    assert_true(em_day_find(EM_VIEW("on 05/06/2020"), 0, EM_DAY_MONTH_FIRST, &m));
    assert_int_equal(m.day.month, 5);
    assert_int_equal(m.start, 3);
    assert_int_equal(m.end, 13);
    assert_true(m.numeric);
    assert_true(em_day_find(EM_VIEW("05/06/2020"), 0, EM_DAY_DAY_FIRST, &m));
    assert_int_equal(m.day.month, 6);
    assert_true(em_day_find(EM_VIEW("5/16/20"), 0, EM_DAY_DAY_FIRST, &m));
    assert_int_equal(m.day.month, 5);
    assert_true(m.short_year && !m.numeric);
}

static void test_url(void **state)
{
    (void)state;
    static const struct {
        const char *url, *day;
        unsigned year, month;
    } cases[] = {
        {"https://example.org/2003/04/05/a-gate", "2003-04-05", 2003, 4},
        {"https://example.org/2003/04/a-gate", "", 2003, 4},
        {"https://example.org/2003/topic-20031", "", 0, 0},
        {"https://example.org/news/05-04-2003", "2003-04-05", 0, 0},
        {"https://example.org/n/05042003-gate", "2003-04-05", 0, 0},
        {"https://example.org/n_20030405.html", "2003-04-05", 0, 0},
        {"https://archive.example/web/20120611024252/http://example.org/2003/04/05/",
         "2003-04-05", 2003, 4},
        {"https://example.org/a/123456789012", "", 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_day day, partial;
        char out[11] = "";
        if (em_date_in_url(em_view_of(cases[i].url), &day, &partial))
            em_day_write(day, out);
        assert_string_equal(out, cases[i].day);
        assert_int_equal(partial.year, cases[i].year);
        assert_int_equal(partial.month, cases[i].month);
    }
}

static struct em_extractor *x;

static int set_up(void **state)
{
    (void)state;
    return em_extractor_new(&x, NULL, NULL) == EM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    em_extractor_free(x);
    return 0;
}

static void check_page(const struct em_page *page, const char *day, const char *by)
{
    struct em_doc doc;
    char got[64];
    assert_int_equal(em_extract(x, page, &doc), EM_DROP_NONE);
    snprintf(got, sizeof(got), "%.*s %.*s", EM_VIEW_ARGS(doc.published),
             EM_VIEW_ARGS(doc.published_by));
    char want[64];
    snprintf(want, sizeof(want), "%s %s", day, by);
    assert_string_equal(got, want);
}

#define TITLE "<title>The gate of the mill</title><h1>The gate of the mill</h1>"
#define PROSE "<p>It fell off again, and nobody could say why it had, or when it would."

/* Each way a page says when it was published, and which one counts where they differ. */
static void test_pages(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"<meta property=article:published_time content=2001-02-03>"
         "<time datetime=2002-02-03>x</time>" TITLE PROSE,
         "2001-02-03", "meta"},
        {TITLE "<time datetime=2001-02-03>x</time><script type=application/ld+json>"
               "{\"@type\":\"NewsArticle\",\"datePublished\" : \"2002-03-04T01:00\"}"
               "</script>" PROSE,
         "2002-03-04", "jsonld"},
        {TITLE "<p itemprop=datePublished content=2001-02-03>x" PROSE, "2001-02-03",
         "microdata"},
        {TITLE "<time datetime=2001-02-03>x</time>" PROSE, "2001-02-03", "time"},
        {TITLE "<p>on <time>3 February 2001</time> by us" PROSE, "2001-02-03", "time"},
        {TITLE "<p>By A. Miller, 3 February 2001" PROSE, "2001-02-03", "visible"},
        {"<meta property=article:modified_time content=2001-02-03>" TITLE PROSE,
         "2001-02-03", "modified"},
        {"<link rel=canonical href=/2001/02/03/gate>" TITLE PROSE, "2001-02-03", "url"},
        {"<html lang=en-GB>" TITLE "<p>Posted 03/02/2001" PROSE, "2001-02-03", "visible"},
        {"<html lang=en-US>" TITLE "<p>Posted 02/03/2001" PROSE, "2001-02-03", "visible"},
        {TITLE PROSE, "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct em_page page = {.kind = EM_PAGE_HTML,
                                     .body = em_view_of(cases[i][0])};
        check_page(&page, cases[i][1], cases[i][2]);
    }
}

/* Days that are not when the page was published. */
static void test_others(void **state)
{
    (void)state;
#define LONG_PROSE                                                                       \
    PROSE " It took us the whole of a wet spring to find out whose the ledgers under "   \
          "the stairs had been and why the ink had run down the wall in blue streaks."
#define STORY(day) "<a href=x><time datetime=" day ">x</time> another story</a>"
#define STORIES    STORY("2023-01-01") STORY("2023-02-01") STORY("2023-03-01")
    static const char *const cases[][3] = {
        /* of other stories, after the text */
        {TITLE LONG_PROSE "<aside>" STORIES "</aside>", "", ""},
        {TITLE LONG_PROSE "<div class=related>" STORIES "</div>", "", ""},
        {TITLE LONG_PROSE "<footer>" STORIES "</footer>", "", ""},
        {TITLE "<time datetime=2014-03-05>x</time>" LONG_PROSE "<aside>" STORIES
               "</aside>",
         "2014-03-05", "time"},
        /* clocks */
        {"<div class=today-date>Monday, 4 August 2025</div>" TITLE
         "<span class=date>5 March 2014</span>" PROSE,
         "2014-03-05", "time"},
        {"<div class='date-clock'>4 August 2025</div>" TITLE PROSE, "", ""},
        {"<span class=current-date>4 August 2025</span>" TITLE PROSE, "", ""},
        /* numbers */
        {TITLE "<p>Tel. 2014-03-05-99" PROSE, "", ""},
        {TITLE "<p>Phone: 2014-03-05" PROSE, "", ""},
        {TITLE "<p>Fax 05.03.2014" PROSE, "", ""},
        {TITLE "<p>+1-2014-03-05" PROSE, "", ""},
        {TITLE "<p>ISBN 2014-03-05" PROSE, "", ""},
        {TITLE "<p>0800-05-03-2014" PROSE, "", ""},
        {TITLE "<p>At the hotel 5 March 2014" PROSE, "2014-03-05", "visible"},
        /* days that have not come */
        {"<meta property=article:published_time content=2094-03-05>" TITLE
         "<p>5 March 2014" PROSE,
         "2014-03-05", "visible"},
        {"<meta property=article:published_time content=2094-03-05>" TITLE PROSE, "", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_page(
            &(struct em_page){.kind = EM_PAGE_HTML, .body = em_view_of(cases[i][0])},
            cases[i][1], cases[i][2]);
    /* The day of the capture over the title is the site's clock. */
    struct em_page page = {.kind = EM_PAGE_HTML,
                           .date = EM_VIEW("2025-08-04T10:00:00Z"),
                           .body = EM_VIEW("<p>Monday, 4 August 2025" TITLE LONG_PROSE)};
    check_page(&page, "", "");
    page.body = EM_VIEW("<article>" TITLE "<p>4 August 2025" LONG_PROSE);
    check_page(&page, "2025-08-04", "visible");
}

static void test_clues(void **state)
{
    (void)state;
    struct em_page page = {.kind = EM_PAGE_HTML,
                           .url = EM_VIEW("https://example.org/2003/04/05/a-gate"),
                           .body = EM_VIEW(TITLE PROSE)};
    check_page(&page, "2003-04-05", "url");
    /* Nothing is published after it was fetched (but for a day of time zones). */
    page.date = EM_VIEW("2003-04-01T00:00:00Z");
    check_page(&page, "", "");
    page.published = EM_VIEW("1999-01-02");
    check_page(&page, "1999-01-02", "source");
    /* The month of the address tells which of two dates is meant. */
    page =
        (struct em_page){.kind = EM_PAGE_HTML,
                         .url = EM_VIEW("https://example.org/2001/02/gate"),
                         .body = EM_VIEW(TITLE "<p>10 May 2009<p>3 February 2001" PROSE)};
    check_page(&page, "2001-02-03", "visible");
}

static void find_days(void *context, struct em_view text)
{
    (void)context;
    struct em_day_match m;
    for (size_t at = 0; em_day_find(text, at, EM_DAY_DAY_FIRST, &m); at = m.end)
        ;
}

static void test_linear(void **state)
{
    (void)state;
    static const char *const units[] = {"1 ",      "1.1.", "17 de ", "a1",
                                        "17 may ", ", ,1", "1111",   "1. 1. "};
    const size_t large = 1 << 20;
    char *data = malloc(large + 16);
    assert_non_null(data);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i]);
        for (size_t at = 0; at < large; at += n)
            memcpy(data + at, units[i], n);
        if (!em_linear_is(find_days, NULL, em_view_make(data, large)))
            fail_msg("not linear: %s", units[i]);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_url),
        cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clues, set_up, tear_down),
        cmocka_unit_test(test_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
