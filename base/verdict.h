/* SPDX-License-Identifier: Apache-2.0
 *
 * A verdict: what the detector says of one document, with its evidence. Offsets are bytes
 * into the document's text. Arrays and views belong to the detector that made it and are
 * valid until its next document.
 */
#ifndef EM_BASE_VERDICT_H
#define EM_BASE_VERDICT_H

#include "base/view.h"

#include <stdint.h>

#define EM_VERDICT_MAX_FAMILIES 8

enum em_verdict_kind {
    EM_VERDICT_HUMAN,
    EM_VERDICT_MACHINE,
    EM_VERDICT_UNSURE,
    EM_VERDICT_ABSTAIN,
};

enum em_abstain {
    EM_ABSTAIN_NONE,
    EM_ABSTAIN_TOO_SHORT, /* fewer words than the model was measured on */
    EM_ABSTAIN_LANGUAGE,  /* no model for the language */
    EM_ABSTAIN_NOT_PROSE, /* tables, code, lists of names: outside what was measured */
};

/* Assistant phrases, citation markers, chat-client URLs, prompt residue. */
struct em_leak {
    const char *kind; /* static: "refusal", "citation-marker", "client-url", ... */
    struct em_view text;
    uint32_t start, end;
    float log_odds; /* what this pattern weighs */
};

struct em_stretch {
    uint32_t start, end;
};

/* Passages shared with an item of a reference set. */
struct em_match {
    struct em_view set, item;
    float contained;      /* 0 to 1: share of the item's words found here, in order; of a
                        benchmark, weighted over question, answer and passage */
    uint32_t start, end;  /* the longest stretch */
    const char *kind;     /* static: "model-output", "benchmark", "human" */
    struct em_view model; /* whose output; or empty */
    struct em_view since; /* the set's texts were not known before; or empty */
    uint32_t words, of;   /* words of the item found here, and how many it has; words of
                             common runs do not count */
    float low, high; /* 95 % interval of the share of the item's runs of k words that are
                        here unchanged, by the prints found */
    const struct em_stretch *stretches; /* all of them, in the order of the text */
    size_t n_stretches;
};

struct em_span {
    uint32_t start, end;
    float
        score; /* probability that this stretch is machine-written, given the whole text */
};

/* A family of models, and the probability that one of it wrote the text, given that some
 * model of these families did. */
struct em_family {
    const char *name; /* "gpt-4"; lives as long as the model */
    double probability;
};

struct em_verdict {
    enum em_verdict_kind kind;
    enum em_abstain abstain;
    double score;    /* calibrated probability of machine-written, continuous in (0,1) */
    double log_odds; /* ln(score / (1 - score)) before rounding */
    /* What an index keeps, whatever was asked of this scan: log-odds for a prior of one half,
     * and the verdict at the model's own threshold. */
    double raw_log_odds, raw_style; /* raw_style: as `style` */
    enum em_verdict_kind recorded;
    double style; /* probability by the style signal alone; negative when it abstained */
    uint32_t words; /* of the document: em_words_of() */
    uint32_t
        scored; /* words and numbers that were scored: not said before, not too far on */
    const struct em_leak *leaks;
    size_t n_leaks;
    const struct em_match *matches;
    size_t n_matches;
    const struct em_span *spans;
    size_t n_spans;
    double share; /* of the bytes scored that are machine-written, 0 to 1; negative where
                     spans were not asked for, or style abstained */
    double
        edited; /* share of the words that a model changed, had a person written them first;
                      negative where style abstained or nobody measured it */
    double share_error;                                 /* standard error of it */
    struct em_family families[EM_VERDICT_MAX_FAMILIES]; /* in the model's order */
    size_t n_families; /* 0 where the verdict is not machine, or not by style */
    const char *model; /* "en-2026.3@1f0c9a7e"; lives as long as the model */
};

/* "human", "machine", "unsure", "abstain". */
const char *em_verdict_name(enum em_verdict_kind kind);
/* "too-short", "language", "not-prose"; NULL for none. */
const char *em_abstain_name(enum em_abstain abstain);

#endif
