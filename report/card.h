/* SPDX-License-Identifier: Apache-2.0
 *
 * What cleaning a corpus came to: counted by file, added up, kept beside each finished file
 * (so that a run that goes on knows what the files before it were), and told at the end as
 * CARD.md and card.json.
 */
#ifndef EM_REPORT_CARD_H
#define EM_REPORT_CARD_H

#include "base/buf.h"

#include <stdint.h>

enum { EM_CARD_REASONS = 6, EM_CARD_LANGUAGES = 160, EM_CARD_YEARS = 60 };
enum { EM_CARD_FIRST_YEAR = 1990 }; /* earlier and unknown ones are counted as 0 */

struct em_card_pair {
    uint64_t kept, kept_words, removed, removed_words;
};

struct em_card_language {
    char code[12];
    struct em_card_pair count;
};

struct em_card {
    uint64_t records, kept, cut, removed, bad, other; /* other: no documents */
    uint64_t kept_words, removed_words;
    uint64_t scored, flagged, kept_scored, kept_flagged;
    uint64_t reason[EM_CARD_REASONS], reason_words[EM_CARD_REASONS];
    struct em_card_language languages[EM_CARD_LANGUAGES];
    size_t n_languages;
    struct em_card_pair years[EM_CARD_YEARS + 1]; /* [0]: unknown or earlier */
};

/* What is said beside the counts. */
struct em_card_about {
    const char *model, *version, *policy, *threshold;
    const char *const *reasons; /* EM_CARD_REASONS names */
    const char *const *command;
    int n_command;
    double flagged[3], kept_flagged[3]; /* share, low, high */
};

/* The pair of a language; "other" where there are too many. */
struct em_card_pair *em_card_language_of(struct em_card *card, struct em_view code);
struct em_card_pair *em_card_year_of(struct em_card *card, uint32_t year);
void em_card_add(struct em_card *sum, const struct em_card *one);

/* Numbers as lines of text, and back; false where they are none of ours. */
EM_MUST_CHECK enum em_status em_card_save(const struct em_card *card, struct em_buf *out);
bool em_card_load(struct em_card *card, struct em_view text);

EM_MUST_CHECK enum em_status em_card_json(const struct em_card *card,
                                          const struct em_card_about *about,
                                          struct em_buf *out);
EM_MUST_CHECK enum em_status em_card_markdown(const struct em_card *card,
                                              const struct em_card_about *about,
                                              struct em_buf *out);

#endif
