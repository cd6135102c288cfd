/* SPDX-License-Identifier: Apache-2.0
 *
 * What contributed to a verdict, as one HTML page: the text with its spans and its heaviest
 * n-grams marked, and a table of the evidence for either side. No script, nothing fetched.
 */
#ifndef EM_REPORT_EXPLAIN_HTML_H
#define EM_REPORT_EXPLAIN_HTML_H

#include "base/buf.h"
#include "base/doc.h"
#include "base/verdict.h"
#include "detector/explain.h"

struct em_explained {
    struct em_view title; /* of the page: the file's name; text, as everything here */
    struct em_view text;  /* UTF-8; offsets of spans and evidence are into it */
    const struct em_verdict *verdict;
    const struct em_evidence *evidence; /* heaviest first, as em_explain() gives it */
    size_t n_evidence;
    struct em_evidence_rest rest;
    double fpr, log_odds; /* the threshold: its rate and where it is */
};

/* Append the page to `out`. EM_ERR_NOMEM or the buffer's limit. */
EM_MUST_CHECK enum em_status em_explain_html(const struct em_explained *explained,
                                             struct em_buf *out);

#endif
