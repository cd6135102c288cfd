/* SPDX-License-Identifier: Apache-2.0
 *
 * What `check` prints: findings for people, as JSON lines, and as SARIF 2.1.0.
 */
#ifndef EM_REPORT_CHECK_ROWS_H
#define EM_REPORT_CHECK_ROWS_H

#include "base/buf.h"
#include "base/check.h"

enum { EM_CHECK_SCHEMA = 1 };

/* The threshold that findings are above. */
struct em_check_rate {
    double fpr;              /* the rate asked for */
    double low, high;        /* 95 % interval of it where it was measured */
    uint32_t texts, sources; /* human ones that it was measured on */
    const char *model;
};

/* Each appends to `out`. Only EM_ERR_NOMEM and EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_check_text(struct em_buf *out,
                                           const struct em_check_result *finding);
EM_MUST_CHECK enum em_status em_check_summary_text(struct em_buf *out,
                                                   const struct em_check_counts *counts,
                                                   const struct em_check_rate *rate);
EM_MUST_CHECK enum em_status em_check_json(struct em_buf *out,
                                           const struct em_check_result *finding);
EM_MUST_CHECK enum em_status em_check_summary_json(struct em_buf *out,
                                                   const struct em_check_counts *counts,
                                                   const struct em_check_rate *rate);

/* One SARIF log of all findings (spec: SARIF 2.1.0, OASIS). Paths become relative URIs. */
EM_MUST_CHECK enum em_status em_check_sarif(struct em_buf *out,
                                            const struct em_check_result *findings,
                                            size_t n, const struct em_check_rate *rate,
                                            const char *version);

#endif
