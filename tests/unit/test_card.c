/* SPDX-License-Identifier: Apache-2.0
 *
 * The card of a cleaning: counted by file, added up, saved and loaded without loss.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/card.h"

#include <stdio.h>
#include <string.h>

static void fill(struct em_card *card, uint64_t times)
{
    em_card_init(card);
    card->records = 10 * times;
    card->kept = 6 * times;
    card->removed = 3 * times;
    card->bad = times;
    card->kept_words = 600 * times;
    card->reason[EM_CLEAN_LEAK] = times;
    card->reason_words[EM_CLEAN_OPTOUT] = 7 * times;
    card->bins[3][5] = (uint32_t)times;
    card->human = 8 * times;
    card->reason_human[EM_CLEAN_EDITED] = 2 * times;
    card->types[EM_PAGE_FORUM_TYPE].removed = times;
    card->types[EM_PAGE_TYPES].kept = times;
    card->tiers[4].removed = 3 * times;
    card->tiers[4].removed_for[EM_CLEAN_OPTOUT] = 2 * times;
    em_card_source_of(card, EM_VIEW("A | b"))->removed = times;
    em_card_source_of(card, EM_VIEW("A | b"))->human_removed = 5 * times;
    em_card_source_of(card, EM_VIEW_NONE)->kept = times;
    em_card_language_of(card, EM_VIEW("en"))->kept = 4 * times;
    em_card_language_of(card, EM_VIEW("de"))->kept_words = 5 * times;
    em_card_year_of(card, 2020)->removed = times;
    em_card_year_of(card, 1900)->kept = 2 * times;
    em_card_domain_of(card, EM_VIEW("a.example"))->removed_words = times;
    em_card_domain_of(card, EM_VIEW("b.example"))->kept = times;
    em_card_domain_of(card, EM_VIEW_NONE)->kept = 9 * times;
}

static void assert_times(struct em_card *card, uint64_t times)
{
    assert_int_equal(card->records, 10 * times);
    assert_int_equal(card->kept, 6 * times);
    assert_int_equal(card->removed, 3 * times);
    assert_int_equal(card->bad, times);
    assert_int_equal(card->kept_words, 600 * times);
    assert_int_equal(card->reason[EM_CLEAN_LEAK], times);
    assert_int_equal(card->reason_words[EM_CLEAN_OPTOUT], 7 * times);
    assert_int_equal(card->bins[3][5], times);
    assert_int_equal(card->human, 8 * times);
    assert_int_equal(card->reason_human[EM_CLEAN_EDITED], 2 * times);
    assert_int_equal(card->types[EM_PAGE_FORUM_TYPE].removed, times);
    assert_int_equal(card->types[EM_PAGE_TYPES].kept, times);
    assert_int_equal(card->tiers[4].removed_for[EM_CLEAN_OPTOUT], 2 * times);
    assert_int_equal(card->n_sources, 2);
    assert_string_equal(card->sources[0].name, "A___b");
    assert_string_equal(card->sources[1].name, "(none)");
    assert_int_equal(card->sources[0].count.human_removed, 5 * times);
    assert_int_equal(card->n_languages, 2);
    assert_int_equal(em_card_language_of(card, EM_VIEW("en"))->kept, 4 * times);
    assert_int_equal(em_card_language_of(card, EM_VIEW("de"))->kept_words, 5 * times);
    assert_int_equal(em_card_year_of(card, 2020)->removed, times);
    assert_int_equal(em_card_year_of(card, 0)->kept, 2 * times);
    assert_int_equal(card->n_domains, 2);
    assert_int_equal(em_card_domain_of(card, EM_VIEW("a.example"))->removed_words, times);
    assert_int_equal(em_card_domain_of(card, EM_VIEW("b.example"))->kept, times);
    assert_int_equal(card->no_domain.kept, 9 * times);
}

static void cards_add_up(void **state)
{
    struct em_card one, sum;
    (void)state;
    fill(&one, 1);
    fill(&sum, 2);
    em_card_add(&sum, &one);
    assert_times(&sum, 3);
    em_card_release(&sum);
    em_card_add(&sum, &one);
    assert_times(&sum, 1);
    em_card_release(&sum);
    em_card_release(&one);
}

static void cards_are_saved_and_loaded(void **state)
{
    struct em_card one, back;
    struct em_buf text;
    (void)state;
    fill(&one, 3);
    em_card_init(&back);
    em_buf_init(&text, 1 << 20);
    assert_int_equal(em_card_save(&one, &text), EM_OK);
    assert_true(em_card_load(&back, em_buf_view(&text)));
    assert_times(&back, 3);
    /* Anything else is none of ours. */
    assert_false(em_card_load(&back, EM_VIEW("no card\n")));
    /* Half a card leaves nothing to be counted again. */
    assert_false(em_card_load(&back, EM_VIEW("n 0 5\nt 4 1 2 3 4 5 6\n")));
    assert_int_equal(back.records, 0);
    /* What an earlier version wrote is read, without what it did not count. */
    assert_true(em_card_load(&back, EM_VIEW("n 0 5\nr 1 2 3\ny 31 1 2 3 4\nend\n")));
    assert_int_equal(back.records, 5);
    assert_int_equal(back.reason_words[1], 3);
    assert_int_equal(em_card_year_of(&back, 2020)->removed_words, 4);
    assert_int_equal(em_card_year_of(&back, 2020)->human, 0);
    em_buf_release(&text);
    em_card_release(&one);
    em_card_release(&back);
}

/* Languages beyond the room are counted together, and nothing is lost. */
static void too_many_languages_are_others(void **state)
{
    struct em_card card;
    uint64_t all = 0;
    (void)state;
    em_card_init(&card);
    for (int i = 0; i < EM_CARD_LANGUAGES + 50; i++) {
        char code[16];
        snprintf(code, sizeof(code), "x%d", i);
        em_card_language_of(&card, em_view_of(code))->kept++;
    }
    for (size_t i = 0; i < card.n_languages; i++)
        all += card.languages[i].count.kept;
    assert_int_equal(card.n_languages, EM_CARD_LANGUAGES);
    assert_int_equal(all, EM_CARD_LANGUAGES + 50);
    em_card_release(&card);
}

/* Sources have names that strangers choose: cut between characters, and beyond the room
 * counted together. */
static void sources_are_bounded(void **state)
{
    struct em_card card;
    char name[EM_CARD_NAME + 8];
    (void)state;
    em_card_init(&card);
    memset(name, 'a', EM_CARD_NAME - 2);
    snprintf(name + EM_CARD_NAME - 2, 8, "\xC3\xA9z");
    em_card_source_of(&card, em_view_of(name))->kept++;
    assert_int_equal(strlen(card.sources[0].name), EM_CARD_NAME - 2);
    for (int i = 0; i < EM_CARD_SOURCES + 50; i++) {
        snprintf(name, sizeof(name), "s%d", i);
        em_card_source_of(&card, em_view_of(name))->kept++;
    }
    assert_int_equal(card.n_sources, EM_CARD_SOURCES);
    assert_string_equal(card.sources[EM_CARD_SOURCES - 1].name, "(others)");
    assert_int_equal(card.sources[EM_CARD_SOURCES - 1].count.kept, 52);
    em_card_release(&card);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_add_up),
        cmocka_unit_test(cards_are_saved_and_loaded),
        cmocka_unit_test(too_many_languages_are_others),
        cmocka_unit_test(sources_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
