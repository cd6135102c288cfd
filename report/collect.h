/* SPDX-License-Identifier: Apache-2.0
 *
 * The data of the report's page, collected from an index: each part is one JSON value, or
 * empty where it was not measured.
 */
#ifndef EM_REPORT_COLLECT_H
#define EM_REPORT_COLLECT_H

#include "report/html_rows.h"

enum em_report_part {
    EM_REPORT_MADE,    /* text, not JSON */
    EM_REPORT_COMMAND, /* text, not JSON */
    EM_REPORT_SOURCE,  /* text, not JSON */
    EM_REPORT_MODEL,
    EM_REPORT_OVERVIEW,
    EM_REPORT_PREVALENCE,
    EM_REPORT_BY_MONTH,
    EM_REPORT_BY_LANG,
    EM_REPORT_BY_DOMAIN,
    EM_REPORT_SCORES,
    EM_REPORT_WIDEST,
    EM_REPORT_SPREAD,
    EM_REPORT_KNOWN,
    EM_REPORT_LISTED,
    EM_REPORT_SUMMARY,
    EM_REPORT_PARTS
};

struct em_report_parts {
    struct em_buf bufs[EM_REPORT_PARTS];
};

void em_report_parts_init(struct em_report_parts *parts);
void em_report_parts_release(struct em_report_parts *parts);

struct em_report_from {
    const char *dir;           /* of the index */
    const char *model;         /* NULL: by the one rule (index/model.h) */
    int64_t now;               /* dates after it are doubtful */
    em_report_words_fn *words; /* NULL: echoes without their words */
    void *context;
};

/* Fills the parts from `model` to `inputs`. */
EM_MUST_CHECK enum em_status em_report_collect(struct em_report_parts *parts,
                                               const struct em_report_from *from,
                                               struct em_err *err);

/* All parts as one object (em_report_data_write()), appended to `out`. */
EM_MUST_CHECK enum em_status em_report_parts_write(struct em_buf *out,
                                                   const struct em_report_parts *parts);

#endif
