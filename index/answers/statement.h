/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be said of a total: sentences that are derived from its row and from the model's
 * calibration, and a warning for whatever weakens them. The same for `prevalence` and the
 * report, so that they cannot disagree.
 */
#ifndef EM_ANSWERS_STATEMENT_H
#define EM_ANSWERS_STATEMENT_H

#include "index/answers/prevalence.h"

enum { EM_STATEMENT_KINDS = 24, EM_STATEMENT_WARNINGS = 16, EM_STATEMENT_TEXT = 512 };

/* A kind of machine text, and what the model says of it on sources it did not learn from.
 * Every source counts the same; texts abstained from count as neither. */
struct em_machine_kind {
    char name[32];
    uint32_t sources;
    uint64_t texts;
    double caught, human; /* shares called machine, and human; the rest is unsure */
};

enum em_warning {
    EM_WARNING_UNJUDGED,  /* more than a tenth was not judged */
    EM_WARNING_UNDATED,   /* more than a tenth has no reliable date */
    EM_WARNING_FEW,       /* few documents in the estimate */
    EM_WARNING_NO_SITES,  /* documents without an address */
    EM_WARNING_FEW_SITES, /* fewer than twenty sites' worth */
    EM_WARNING_NO_SLICE, /* no old documents: other people's human text stands for these */
    EM_WARNING_ZERO,     /* the zero check is above 0 */
    EM_WARNING_DISAGREE,  /* estimators differ by more than their intervals */
    EM_WARNING_RAW,       /* the share flagged is far from the estimate */
    EM_WARNING_WIDE,      /* the interval leaves open what one wants to know */
    EM_WARNING_BACKDATED, /* pages dated before 2022-11-30 are flagged */
    EM_WARNING_OWN,       /* the model is calibrated for texts of one kind */
    EM_WARNING_COUNT
};

struct em_statement {
    char headline[EM_STATEMENT_TEXT]; /* of which documents, and at least how much */
    char unseen[EM_STATEMENT_TEXT];   /* what follows from the kinds; or empty */
    char floor[EM_STATEMENT_TEXT];    /* what needs no model: leaks and known passages */
    struct em_machine_kind kinds[EM_STATEMENT_KINDS];
    size_t n_kinds;
    bool warned[EM_WARNING_COUNT];
    char warnings[EM_WARNING_COUNT][EM_STATEMENT_TEXT]; /* empty where not warned */
    bool clear; /* nothing speaks against the answer: there is one, and no warning */
};

/* `total`: a row over all documents. */
void em_statement_make(struct em_statement *out, const struct em_prevalence_row *total,
                       const struct em_index_model *model);

/* The kinds of a block, those caught least first. */
size_t em_machine_kinds(const struct em_calibration *block,
                        struct em_machine_kind out[EM_STATEMENT_KINDS]);

#endif
