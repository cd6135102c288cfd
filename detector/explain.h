/* SPDX-License-Identifier: Apache-2.0
 *
 * What weighed in a verdict, in log-odds: n-grams and style features by the slope of the
 * stack at the document (exact for a linear stack), leaks by their weight.
 */
#ifndef EM_DETECTOR_EXPLAIN_H
#define EM_DETECTOR_EXPLAIN_H

#include "detector/detector.h"

enum em_evidence_kind { EM_EVIDENCE_NGRAM, EM_EVIDENCE_STYLE, EM_EVIDENCE_LEAK };

struct em_evidence {
    enum em_evidence_kind kind;
    double log_odds;     /* above 0: machine */
    uint32_t start, end; /* where it first occurs; 0, 0 for style */
    uint32_t count;      /* windows it occurs in */
    float value;         /* of a style feature, standardised */
    char text[88];       /* "shape: it is c to", "dash", "refusal" */
};

/* The evidence of the document last given to em_detect(), heaviest first, at most `max`
 * pieces; *n is their number. None when the style signal abstained and nothing leaked.
 * EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_explain(const struct em_detector *detector,
                                        struct em_evidence *out, size_t max, size_t *n);

#endif
