/* SPDX-License-Identifier: Apache-2.0
 *
 * A verdict on one text for a person, and what contributed to it.
 */
#ifndef EM_REPORT_DETECT_TEXT_H
#define EM_REPORT_DETECT_TEXT_H

#include "base/json.h"
#include "base/verdict.h"
#include "detector/explain.h"
#include "detector/model.h"

#include <stdio.h>

struct em_detect_evidence {
    const struct em_evidence *items; /* heaviest first */
    size_t n;
    struct em_evidence_rest rest;
};

/* `text`: what the verdict's offsets are into. */
void em_detect_text(FILE *out, const struct em_verdict *verdict,
                    const struct em_model *model, double fpr, struct em_view text,
                    bool spans);
/* The text with the stretches that are machine-written by themselves in colour: for a
 * terminal. */
void em_detect_text_spans(FILE *out, const struct em_verdict *verdict,
                          struct em_view text);
/* The heaviest on either side, and how everything adds up. */
void em_detect_text_evidence(FILE *out, const struct em_detect_evidence *evidence);
/* An object: the heaviest pieces, and what they and the rest add up to. */
void em_detect_write_evidence(struct em_json *json,
                              const struct em_detect_evidence *evidence);

#endif
