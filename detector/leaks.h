/* SPDX-License-Identifier: Apache-2.0
 *
 * What chat clients and models leave behind in published text: citation marks, refusals,
 * knowledge cut-offs, offers, links with the client's name. All patterns in one pass over
 * the tokens: each has an anchor, its longest word; a token that is an anchor (a bit set and
 * a small table) is looked at closely.
 *
 * People write about these phrases too. A match inside quotes, in a list of phrases or after
 * words that introduce a quotation is none (see leaks.c).
 */
#ifndef EM_DETECTOR_LEAKS_H
#define EM_DETECTOR_LEAKS_H

#include "base/doc.h"
#include "base/verdict.h"
#include "detector/normalise.h"
#include "detector/token.h"

enum em_leak_place {
    EM_LEAK_ANYWHERE,
    EM_LEAK_SENTENCE, /* where a sentence begins */
};

/* Of `of` public places looked at, `real` were written by a model. */
struct em_leak_evidence {
    const char *what;
    uint16_t real, of;
};

/* Of a whole post in a Markdown fence, which is found apart from the patterns. */
enum { EM_LEAK_EVIDENCE_FENCE = 1, EM_LEAK_EVIDENCE_FENCE_LATER };

/* The pattern is normalised text in lower case; '#' stands for digits, '@' for up to 40
 * bytes without brackets. */
struct em_leak_pattern {
    const char *pattern, *kind;
    uint8_t place;           /* enum em_leak_place */
    uint8_t evidence;        /* index of em_leak_evidence */
    uint16_t human, machine; /* texts of shared data that have it, quotations apart */
    const char *since;       /* first month it can occur; older texts cannot leak it */
};

/* How many texts `human` and `machine` were counted in. */
enum { EM_LEAK_HUMAN_TEXTS = 93911, EM_LEAK_MACHINE_TEXTS = 136782 };

extern const struct em_leak_evidence em_leak_evidence[];
extern const struct em_leak_pattern em_leak_patterns[];
extern const size_t em_leak_pattern_count;

/* What a pattern weighs, in log-odds >= 0: the odds that a public place which has it was
 * written by a model, divided by the odds of EM_LEAK_PRIOR. Where nothing public was looked
 * at: the ratio of rates on labelled text, at most EM_LEAK_UNSEEN, and half of that where
 * labelled text hardly has it. Where human text has it, that ratio is the most in any case. docs/LEAKS.md argues. */
double em_leak_weight(const struct em_leak_pattern *pattern);

#define EM_LEAK_PRIOR  0.25
#define EM_LEAK_UNSEEN 1.5

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

/* Add a link of an HTML page whose address names a chat client, when one lies in the page's
 * main content and none of that kind is among the `n` leaks: readers of the text do not see
 * addresses. It stands where its block begins and covers no text. Returns the new number. */
size_t em_leaks_add_link(const struct em_leaks *leaks, const struct em_doc *doc,
                         struct em_leak *out, size_t n, size_t max);

/* Add Markdown left in an HTML page: two blocks of its main content and more, code apart,
 * that begin with the mark of a heading ("## "). Returns the new number. */
size_t em_leaks_add_markdown(const struct em_doc *doc, struct em_leak *out, size_t n,
                             size_t max);

/* A place where a pattern stands, in the normalised text. */
struct em_leak_hit {
    uint32_t start, end;
    uint16_t pattern;
    bool quoted;
};

/* All of them whatever the date, quotations and overlapping ones included, in the order of
 * their anchors: for counting. */
size_t em_leaks_hits(const struct em_leaks *leaks, const struct em_normal *normal,
                     const struct em_tokens *tokens, struct em_view original,
                     struct em_leak_hit *out, size_t max);

/* What they weigh together: the heaviest of each kind, at most EM_LEAKS_MOST. */
double em_leaks_log_odds(const struct em_leak *leaks, size_t n);

#define EM_LEAKS_MOST 12.0

#endif
