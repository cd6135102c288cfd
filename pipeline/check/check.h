/* SPDX-License-Identifier: Apache-2.0
 *
 * A gate for repositories and documentation: which files look machine-written above the
 * threshold for a rate of false alarms. Files are judged one by one; what is no prose is
 * skipped and counted by reason.
 */
#ifndef EM_PIPELINE_CHECK_CHECK_H
#define EM_PIPELINE_CHECK_CHECK_H

#include "base/check.h"
#include "base/status.h"

struct em_model;
struct em_checker;

/* `fpr`: as in em_detect_options. The model must outlive it. */
EM_MUST_CHECK enum em_status em_checker_new(struct em_checker **out,
                                            const struct em_model *model, double fpr,
                                            struct em_err *err);
void em_checker_free(struct em_checker *checker);

/* Judges the file at `path`. *result is valid until the next call. A file that cannot be
 * read is EM_CHECK_UNREADABLE and says why in `err`; negative only when the run failed. */
EM_MUST_CHECK enum em_status em_checker_file(struct em_checker *checker, const char *path,
                                             struct em_check_result *result,
                                             struct em_err *err);

#endif
