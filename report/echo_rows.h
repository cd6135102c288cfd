/* SPDX-License-Identifier: Apache-2.0
 *
 * Echoes and measures of homogenisation as a table, JSON lines or CSV.
 */
#ifndef EM_REPORT_ECHO_ROWS_H
#define EM_REPORT_ECHO_ROWS_H

#include "base/json.h"
#include "index/diversity.h"
#include "report/form.h"
#include "index/answers/echo_series.h"

#include <stdio.h>

void em_echo_print_header(FILE *out, enum em_form form);
/* `text`: of the passage; empty where its source could not be read. */
EM_MUST_CHECK enum em_status em_echo_print(FILE *out, enum em_form form,
                                           const struct em_echo *echo,
                                           struct em_view text, struct em_buf *line);
/* What was counted on the way, for a person, and whose verdicts the shares are of: `model`,
 * beside `others` of the index; "": of none. */
void em_echo_print_counts(FILE *out, const struct em_echoes *echoes, const char *model,
                          uint32_t others);

/* The series by month (index/answers/echo_series.h): first the row of all months, then each
 * month; for people the growth in words. */
EM_MUST_CHECK enum em_status em_echo_series_print(FILE *out, enum em_form form,
                                                  const struct em_echo_series *series);
/* The same as one object, for the page: `passages` by class, `total` (of
 * the rows), `left_out`, `sentence` (of model
 * output in pages judged human; or null), `rows` as printed. */
EM_MUST_CHECK enum em_status em_echo_series_json(struct em_buf *out,
                                                 const struct em_echo_series *series);

/* Measures of homogenisation by month and language, then re-use by month. */
EM_MUST_CHECK enum em_status em_homogeneity_print(FILE *out, enum em_form form,
                                                  struct em_store *store,
                                                  struct em_view lang,
                                                  struct em_err *err);

#endif
