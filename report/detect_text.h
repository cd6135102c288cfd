/* SPDX-License-Identifier: Apache-2.0
 *
 * A verdict on one text for a person, and what weighed in it.
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
};

/* `text`: what the verdict's offsets are into. */
void em_detect_text(FILE *out, const struct em_verdict *verdict,
                    const struct em_model *model, double fpr, struct em_view text,
                    bool spans);
/* The heaviest on either side. */
void em_detect_text_evidence(FILE *out, const struct em_detect_evidence *evidence);
/* An array of the heaviest. */
void em_detect_write_evidence(struct em_json *json,
                              const struct em_detect_evidence *evidence);

#endif
