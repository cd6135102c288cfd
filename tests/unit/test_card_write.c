/* SPDX-License-Identifier: Apache-2.0
 *
 * The card as JSON and Markdown: domains by size, all documents in some row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/card_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct em_card_about about(void)
{
    const double none = (double)NAN;
    return (struct em_card_about){.model = "m",
                                  .version = "1",
                                  .policy = "p",
                                  .threshold = "t",
                                  .log_odds = none,
                                  .flagged = {0.1, 0.05, 0.2},
                                  .kept_flagged = {none, none, none},
                                  .prevalence = {none, none, none},
                                  .kept_prevalence = {none, none, none},
                                  .human_above = {none, none, none},
                                  .machine_above = {none, none, none}};
}

/* Where `part` ends in the text, sought from `at`. */
static size_t assert_after(struct em_buf *text, size_t at, const char *part)
{
    size_t found = em_view_find(em_buf_view(text), at, em_view_of(part));
    if (found >= text->len)
        fail_msg("'%s' is not after %zu in: %.*s", part, at,
                 EM_VIEW_ARGS(em_buf_view(text)));
    return found + strlen(part);
}

static void assert_within(struct em_buf *text, const char *part)
{
    assert_after(text, 0, part);
}

/* The largest first, of equals by name; kept and removed both count. */
static void domains_are_ordered_by_size(void **state)
{
    struct em_card card;
    struct em_buf json;
    const struct em_card_about said = about();
    (void)state;
    em_card_init(&card);
    em_buf_init(&json, 1 << 20);
    em_card_domain_of(&card, EM_VIEW("small.example"))->kept = 1;
    em_card_domain_of(&card, EM_VIEW("twin-b.example"))->kept = 5;
    em_card_domain_of(&card, EM_VIEW("twin-a.example"))->removed = 5;
    em_card_domain_of(&card, EM_VIEW("large.example"))->removed = 6;
    em_card_domain_of(&card, EM_VIEW_NONE)->kept = 2;
    assert_int_equal(em_card_json(&card, &said, &json), EM_OK);
    const char *const rows[] = {
        ("\"domains\":[{\"domain\":\"large.example\",\"kept\":0,\"kept_words\":0,"
         "\"removed\":6"),
        ("{\"domain\":\"twin-a.example\",\"kept\":0,\"kept_words\":0,\"removed\":5"),
        ("{\"domain\":\"twin-b.example\",\"kept\":5,\"kept_words\":0,\"removed\":0"),
        ("{\"domain\":\"small.example\",\"kept\":1,\"kept_words\":0,\"removed\":0"),
        ("{\"domain\":\"(others)\",\"kept\":0,\"kept_words\":0,\"removed\":0"),
        ("{\"domain\":\"(none)\",\"kept\":2,\"kept_words\":0,\"removed\":0")};
    for (size_t i = 0, at = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        at = assert_after(&json, at, rows[i]);
    em_buf_release(&json);
    em_card_release(&card);
}

/* Beyond those that are listed, the smallest are added up, and nothing is lost. */
static void many_domains_are_added_up(void **state)
{
    enum { MORE = 7 };
    struct em_card card;
    struct em_buf json;
    const struct em_card_about said = about();
    (void)state;
    em_card_init(&card);
    em_buf_init(&json, 1 << 20);
    for (int i = 0; i < EM_CARD_LISTED + MORE; i++) {
        char name[32];
        snprintf(name, sizeof(name), "d%d.example", i);
        struct em_card_pair *pair = em_card_domain_of(&card, em_view_of(name));
        *pair = (struct em_card_pair){.kept = i < MORE ? 1 : 10,
                                      .kept_words = i < MORE ? 2 : 0,
                                      .removed = i < MORE ? 3 : 0,
                                      .removed_words = i < MORE ? 4 : 0};
    }
    assert_int_equal(em_card_json(&card, &said, &json), EM_OK);
    assert_within(&json, "{\"domain\":\"(others)\",\"kept\":7,\"kept_words\":14,"
                         "\"removed\":21,\"removed_words\":28");
    em_buf_release(&json);
    em_card_release(&card);
}

/* A year unknown is 0; years and reasons without documents are left out. */
static void years_and_reasons(void **state)
{
    struct em_card card;
    struct em_buf json;
    const struct em_card_about said = about();
    (void)state;
    em_card_init(&card);
    em_buf_init(&json, 1 << 20);
    em_card_year_of(&card, 2021)->kept = 3;
    em_card_year_of(&card, 1)->removed = 2;
    card.reason[EM_CLEAN_LEAK] = 5;
    card.reason_words[EM_CLEAN_LEAK] = 50;
    assert_int_equal(em_card_json(&card, &said, &json), EM_OK);
    size_t at = assert_after(
        &json, 0, "\"years\":[{\"year\":0,\"kept\":0,\"kept_words\":0,\"removed\":2,");
    assert_after(&json, at, "{\"year\":2021,\"kept\":3,");
    assert_within(&json, "{\"reason\":\"leak\",\"documents\":5,\"words\":50");
    em_buf_release(&json);
    em_card_release(&card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_are_ordered_by_size),
        cmocka_unit_test(many_domains_are_added_up),
        cmocka_unit_test(years_and_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
