/* SPDX-License-Identifier: Apache-2.0
 *
 * Labelled JSONL from files and folders (plain, .gz, .zst), line by line: what `train` and
 * `eval` read. A line that is not JSON is named on standard error (the first few of a
 * file), counted, and passed over.
 */
#ifndef EM_CLI_LABELLED_H
#define EM_CLI_LABELLED_H

#include "crawler/archive/inputs.h"
#include "detector/learn/train_examples.h"

/* Views are valid until it returns. A negative status ends the reading. */
typedef enum em_status em_labelled_take(void *context, const struct em_labelled *row,
                                        struct em_err *err);

struct em_labelled_counts {
    uint64_t lines, bad; /* bad: not JSON, or damaged; part of lines */
};

EM_MUST_CHECK enum em_status em_labelled_read(const struct em_inputs *inputs,
                                              em_labelled_take *take, void *context,
                                              struct em_labelled_counts *counts,
                                              struct em_err *err);

#endif
