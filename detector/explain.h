/* SPDX-License-Identifier: Apache-2.0
 *
 * What contributed to a verdict, in log-odds: n-grams and style features by the slope of the
 * stack at the document (of a net of ReLU units: those that are on), leaks by their weight.
 * All of it, and the starting point that everything is counted from, add up to the verdict's
 * log-odds.
 */
#ifndef EM_DETECTOR_EXPLAIN_H
#define EM_DETECTOR_EXPLAIN_H

#include "detector/detector.h"
#include "detector/explain_names.h"

enum { EM_EVIDENCE_PLACES = 4 };

enum em_evidence_kind { EM_EVIDENCE_NGRAM, EM_EVIDENCE_STYLE, EM_EVIDENCE_LEAK };

struct em_evidence {
    enum em_evidence_kind kind;
    double log_odds;     /* above 0: machine */
    uint32_t start, end; /* where it first occurs; 0, 0 for the text as a whole */
    uint32_t count;      /* windows it occurs in */
    char text[88];       /* "pattern \"it is ___ing to\"", "dashes", "leak: refusal" */

    /* Of a style feature. */
    const char *name;                /* in files: "dash"; NULL otherwise */
    struct em_input_meaning meaning; /* its value, and what is usual */
    struct em_stretch places[EM_EVIDENCE_PLACES];
    size_t n_places;
};

/* What is not among the pieces of evidence. */
struct em_evidence_rest {
    double start;   /* the starting point: what the model says of an average text */
    double lighter; /* sum of the pieces that there was no room for */
    size_t n_lighter;
    double log_odds; /* the verdict's: of these and all pieces the sum */
};

/* The evidence of the document last given to em_detect(), heaviest first, at most `max`
 * pieces; *n is their number. `rest` may be NULL. None when the style signal abstained and nothing leaked.
 * EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_explain(const struct em_detector *detector,
                                        struct em_evidence *out, size_t max, size_t *n,
                                        struct em_evidence_rest *rest);

#endif
