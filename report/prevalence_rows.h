/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of `prevalence` in their three forms, from one table of columns; the total's sentences.
 */
#ifndef EM_REPORT_PREVALENCE_ROWS_H
#define EM_REPORT_PREVALENCE_ROWS_H

#include "index/answers/series.h"
#include "index/answers/statement.h"
#include "report/form.h"

#include <stdio.h>

struct em_prevalence_rows {
    FILE *out;
    enum em_form form;
    unsigned by;     /* enum em_prevalence_by, or-ed */
    bool all;        /* every estimator beside the headline one */
    bool with_total; /* "month" is a column though no month is asked for */
    const char *model;
    struct em_buf line;
};

void em_prevalence_rows_init(struct em_prevalence_rows *rows, FILE *out,
                             enum em_form form);
void em_prevalence_rows_release(struct em_prevalence_rows *rows);
/* Of a CSV or a table. */
void em_prevalence_rows_header(struct em_prevalence_rows *rows);
/* `statement`: of the total, else NULL. */
EM_MUST_CHECK enum em_status em_prevalence_rows_put(struct em_prevalence_rows *rows,
                                                    const struct em_prevalence_row *row,
                                                    const struct em_statement *statement);
/* The sentences and the kinds of machine, for a reader of the table. */
void em_prevalence_rows_say(struct em_prevalence_rows *rows,
                            const struct em_statement *statement);
/* The members of an open object that the sentences are. */
void em_statement_json(struct em_json *json, const struct em_statement *statement);
/* Columns of a row but the estimators', into an open object. */
void em_prevalence_row_json(struct em_json *json, const struct em_prevalence_row *row,
                            unsigned by, const char *model);

/* What rows come to. */
EM_MUST_CHECK enum em_status em_prevalence_rows_weighted(struct em_prevalence_rows *rows,
                                                         const char *month,
                                                         uint64_t documents,
                                                         const struct em_estimate *e);
void em_prevalence_rows_interruption(struct em_prevalence_rows *rows, const char *at,
                                     const struct em_interruption *x);
void em_prevalence_rows_changes(struct em_prevalence_rows *rows,
                                const struct em_point *points, const size_t *at,
                                size_t n);

#endif
