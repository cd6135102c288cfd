/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of `eval`: for people, as CSV, as JSON lines.
 */
#ifndef EM_REPORT_EVAL_TEXT_H
#define EM_REPORT_EVAL_TEXT_H

#include "detector/learn/eval.h"

#include <stdio.h>

enum em_eval_form { EM_EVAL_TEXT, EM_EVAL_CSV, EM_EVAL_JSON };

/* `table`: what it is ("dataset", "dataset, GPT-3.5 and later", ...). */
EM_MUST_CHECK enum em_status em_eval_print(FILE *out, enum em_eval_form form,
                                           const char *table,
                                           const struct em_eval_group *groups, size_t n);
EM_MUST_CHECK enum em_status em_eval_print_means(FILE *out, enum em_eval_form form,
                                                 const char *table,
                                                 const struct em_eval_means *means);
EM_MUST_CHECK enum em_status em_eval_print_pooled(FILE *out, enum em_eval_form form,
                                                  const char *table,
                                                  const struct em_eval_group *groups,
                                                  size_t n);

#endif
