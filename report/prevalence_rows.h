/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of a prevalence, what they come to with weights, and what happened to their series.
 */
#ifndef EM_REPORT_PREVALENCE_ROWS_H
#define EM_REPORT_PREVALENCE_ROWS_H

#include "index/answers/prevalence.h"
#include "index/answers/weights.h"
#include "report/form.h"

#include <stdio.h>

struct em_prevalence_print {
    enum em_form form;
    unsigned by; /* as it was asked for */
    bool all;    /* every estimator */
    bool changes;
    const char *at;                   /* date of an interruption, or NULL */
    const char *model;                /* whose estimates they are */
    const struct em_weights *weights; /* NULL: none */
};

/* `few`: there were too few months for an interruption, which is left out. */
EM_MUST_CHECK enum em_status em_prevalence_print(FILE *out,
                                                 const struct em_prevalence_print *how,
                                                 const struct em_prevalence *prevalence,
                                                 bool *few);

#endif
