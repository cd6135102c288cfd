/* SPDX-License-Identifier: Apache-2.0
 *
 * A training, for the person who waits for it: its steps, and what it came to.
 */
#ifndef EM_REPORT_TRAIN_TEXT_H
#define EM_REPORT_TRAIN_TEXT_H

#include "detector/learn/train.h"
#include "detector/model.h"

#include <stdio.h>

struct em_train_watch {
    FILE *out;
    double started, last; /* clock */
    const char *step;
    bool quiet, terminal;
};

/* A line when a step begins; on a terminal, the share done and the time left in place. */
void em_train_watch_step(void *context, const char *step, double fraction);

void em_train_text(FILE *out, const struct em_train_report *report,
                   const struct em_model *model);

#endif
