/* SPDX-License-Identifier: Apache-2.0
 *
 * What chat clients and models leave behind in published text: citation marks, refusals,
 * knowledge cut-offs, offers, links with the client's name. All patterns in one pass over
 * the tokens: each has an anchor, its longest word; a token that is an anchor (a bit set and
 * a small table) is looked at closely.
 *
 * People write about these phrases too. A match inside quotes, in a list of phrases or after
 * words that introduce a quotation weighs little or nothing (see leaks.c).
 */
#ifndef EM_DETECTOR_LEAKS_H
#define EM_DETECTOR_LEAKS_H

#include "base/verdict.h"
#include "detector/normalise.h"
#include "detector/token.h"

enum em_leak_place {
    EM_LEAK_ANYWHERE,
    EM_LEAK_SENTENCE, /* where a sentence begins */
};

/* The pattern is normalised text in lower case; '#' stands for digits, '@' for up to 40
 * bytes without brackets. */
struct em_leak_pattern {
    const char *pattern, *kind;
    float log_odds;
    uint8_t place;     /* enum em_leak_place */
    const char *since; /* first month it can occur; older texts cannot leak it */
    const char *note;  /* the evidence */
};

extern const struct em_leak_pattern em_leak_patterns[];
extern const size_t em_leak_pattern_count;

struct em_leaks;

/* Built once, then only read. */
EM_MUST_CHECK enum em_status em_leaks_new(struct em_leaks **out);
void em_leaks_free(struct em_leaks *leaks);

/* Find leaks in a text and its tokens. `original` is what was normalised, `published` an
 * ISO date or empty. At most `max` are stored, in the order of the text, with offsets and
 * text of the original; returns their number. Matches that are quotations are left out. */
size_t em_leaks_find(const struct em_leaks *leaks, const struct em_normal *normal,
                     const struct em_tokens *tokens, struct em_view original,
                     struct em_view published, struct em_leak *out, size_t max);

/* What they weigh together: the heaviest of each kind, at most EM_LEAKS_MOST. */
double em_leaks_log_odds(const struct em_leak *leaks, size_t n);

#define EM_LEAKS_MOST 12.0

#endif
