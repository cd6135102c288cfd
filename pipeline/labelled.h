/* SPDX-License-Identifier: Apache-2.0
 *
 * Labelled JSONL from files and folders (plain, .gz, .zst), line by line: what `train` and
 * `eval` read. A line that is not JSON is counted, told to whoever asked, and skipped; so is
 * an input that cannot be read or holds nothing.
 */
#ifndef EM_PIPELINE_LABELLED_H
#define EM_PIPELINE_LABELLED_H

#include "crawler/archive/inputs.h"
#include "detector/learn/train_examples.h"

/* Views are valid until it returns. A negative status ends the reading. */
typedef enum em_status em_labelled_take(void *context, const struct em_labelled *row,
                                        struct em_err *err);

/* A line that could not be used: its number from 1, why, and the how manieth of its file. */
typedef void em_labelled_bad(const char *path, uint64_t line, const char *why,
                             uint64_t nth);

struct em_labelled_counts {
    uint64_t lines, bad;       /* bad: not JSON, or damaged; part of lines */
    uint64_t failed;           /* inputs that gave nothing; inputs->note names them */
    em_labelled_bad *tell_bad; /* may be NULL; set before reading */
};

/* EM_ERR_FORMAT where no input had a line of JSON at all. */
EM_MUST_CHECK enum em_status em_labelled_read(const struct em_inputs *inputs,
                                              em_labelled_take *take, void *context,
                                              struct em_labelled_counts *counts,
                                              struct em_err *err);

#endif
