/* SPDX-License-Identifier: Apache-2.0
 *
 * What cleaning a corpus came to: why documents went, counted by file, added up, kept beside
 * each finished file (so that a resumed run knows the files before it). The job
 * (pipeline/clean) makes these values, report/ prints them as CARD.md and card.json.
 *
 * Memory is bounded: domains beyond EM_CARD_DOMAINS are counted together. Scores are counted
 * in bins of the index's kind by EM_CARD_CLUSTERS groups of domains, from which prevalence is
 * estimated.
 */
#ifndef EM_CARD_H
#define EM_CARD_H

#include "base/buf.h"
#include "base/page_type.h"

#include <stdint.h>

/* Why; a bit each in em_clean_plan.reasons (pipeline/clean). */
enum em_clean_reason {
    EM_CLEAN_SCORE,     /* score (style, leaks and matches together) over the threshold */
    EM_CLEAN_LEAK,      /* assistant phrases and the like */
    EM_CLEAN_COPY,      /* an item of a set of model output */
    EM_CLEAN_BENCHMARK, /* an item of a benchmark */
    EM_CLEAN_PIECES,    /* cut into too many pieces, or nothing left */
    EM_CLEAN_LANGUAGE,
    EM_CLEAN_KNOWN,  /* too much of it lies in items found, whatever is done with those */
    EM_CLEAN_ECHO,   /* the corpus has an earlier document that says the same */
    EM_CLEAN_OPTOUT, /* its owner has reserved it */
    EM_CLEAN_EDITED, /* a model changed too much of it */
    EM_CLEAN_REASONS
};

/* "score", "leak", "copy", "benchmark", "pieces", "language", "known", "echo", "optout",
 * "edited". Static. */
const char *em_clean_reason_name(enum em_clean_reason reason);

enum {
    EM_CARD_LANGUAGES = 160,
    EM_CARD_YEARS = 60,
    EM_CARD_FIRST_YEAR = 1990, /* earlier and unknown ones are counted as 0 */
    EM_CARD_DOMAINS = 20000,   /* 100 bytes each */
    EM_CARD_NAME = 64,         /* of a domain; longer ones are cut */
    EM_CARD_CLUSTERS = 64,
    EM_CARD_BINS = 64,
    EM_CARD_LISTED = 50, /* domains in the card, the largest */
    EM_CARD_SOURCES = 256,
    EM_CARD_TIERS = 6, /* 0 to 4, and [5]: none */
};

/* What became of the documents of one kind. Surely human: dated before ChatGPT's first day
 * (base/date.h), by their own date or by that of their capture. */
struct em_card_pair {
    uint64_t kept, kept_words, removed, removed_words;
    uint64_t removed_for[EM_CLEAN_REASONS]; /* documents; one may have several */
    uint64_t human, human_removed;          /* documents that are surely human, of all */
};

struct em_card_language {
    char code[12];
    struct em_card_pair count;
};

struct em_card_domain {
    char name[EM_CARD_NAME];
    struct em_card_pair count;
};

struct em_card_source {
    char name[EM_CARD_NAME];
    struct em_card_pair count;
};

struct em_card {
    uint64_t records, kept, cut, removed, bad, other; /* other: no documents */
    uint64_t kept_words, removed_words;
    uint64_t scored, flagged, kept_scored, kept_flagged;
    uint64_t reason[EM_CLEAN_REASONS], reason_words[EM_CLEAN_REASONS];
    uint64_t reason_human[EM_CLEAN_REASONS]; /* documents that are surely human */
    uint64_t human, human_removed;
    struct em_card_pair types[EM_PAGE_TYPES + 1]; /* the last: not known */
    struct em_card_pair tiers[EM_CARD_TIERS];
    struct em_card_source sources[EM_CARD_SOURCES]; /* in order of their coming */
    size_t n_sources;
    struct em_card_language languages[EM_CARD_LANGUAGES];
    size_t n_languages;
    struct em_card_pair years[EM_CARD_YEARS + 1]; /* [0]: unknown or earlier */
    struct em_card_domain *domains;               /* owned, in order of their coming */
    size_t n_domains, cap_domains;
    uint32_t *slots; /* owned: numbers of domains from 1, by hash of the name */
    size_t n_slots;
    struct em_card_pair other_domains, no_domain;
    uint32_t bins[EM_CARD_CLUSTERS][EM_CARD_BINS]; /* scored documents, before */
};

struct em_card_benchmark {
    char name[EM_CARD_NAME];
    uint64_t items, documents, passages, removed; /* documents: with any of its items */
};

/* What is said beside the counts. Shares are value, low, high; NaN where there is none. */
struct em_calibration;

struct em_card_about {
    const struct em_calibration *block; /* the model's; NULL: none, and no estimates */
    const char *model, *version, *policy, *threshold;
    const char *const *command;
    int n_command;
    double flagged[3], kept_flagged[3];
    double prevalence[3], kept_prevalence[3]; /* estimated shares of machine text */
    double log_odds;                          /* of the threshold; NaN: none */
    double human_above[3],
        machine_above[3]; /* mean over the model's sources, least, most */
    const struct em_card_benchmark *benchmarks;
    size_t n_benchmarks;
    const char *const *sets; /* reference sets, as "name: n items" */
    size_t n_sets;
};

void em_card_init(struct em_card *card);
void em_card_release(struct em_card *card); /* and may be used again */

/* The pair of a language; "other" where there are too many. */
struct em_card_pair *em_card_language_of(struct em_card *card, struct em_view code);
/* The pair of a source; "(others)" where there are too many. White space and what Markdown
 * and JSON give a meaning to become '_'. */
struct em_card_pair *em_card_source_of(struct em_card *card, struct em_view name);
struct em_card_pair *em_card_year_of(struct em_card *card, uint32_t year);
/* The pair of a domain (empty: none); of all others where there are too many or memory
 * cannot be had. Valid until the next domain. */
struct em_card_pair *em_card_domain_of(struct em_card *card, struct em_view name);
void em_card_pair_add(struct em_card_pair *sum, const struct em_card_pair *one);
void em_card_add(struct em_card *sum, const struct em_card *one);

/* Numbers as lines of text, and back; false where they are none of ours, and the card is empty
 * then. */
EM_MUST_CHECK enum em_status em_card_save(const struct em_card *card, struct em_buf *out);
bool em_card_load(struct em_card *card, struct em_view text);

#endif
