/* SPDX-License-Identifier: Apache-2.0
 *
 * A cell: what documents of one stratum add up to. Rows of the hosts table (by registrable
 * domain) and of the months table (all domains). Everything is a sum of integers, so cells
 * add exactly in any order.
 *
 *   hosts key   domain NUL  month(4)  lang NUL  model(4)
 *   months key  month(4)  lang NUL  model(4)
 *
 * The month is that of the capture date; documents whose capture date is unknown are in
 * month 0.
 */
#ifndef EM_INDEX_CELL_H
#define EM_INDEX_CELL_H

#include "base/calibration.h"
#include "index/document.h"

enum { EM_CELL_BINS = EM_SCORE_BINS }; /* em_score_bin, em_lexical_bin */

struct em_cell {
    uint64_t documents, words;
    uint64_t scored, scored_words; /* judged by style: those in the histogram */
    uint64_t flagged, unsure, human, abstained; /* by verdict */
    uint64_t flagged_words;
    uint64_t leaks, matches; /* documents with at least one */
    uint64_t marked;         /* of those in `lexical`: with a marker word */
    uint64_t weight_milli;   /* sum of weights, in thousandths */
    uint64_t known;          /* with a passage of known model output */
    uint64_t no_language, too_short, not_prose; /* why abstained */
    uint64_t bins[EM_CELL_BINS];    /* scored documents by log odds: em_score_bin */
    uint64_t lexical[EM_CELL_BINS]; /* scored ones long enough, by lexical ratio */
};

struct em_cell_key {
    struct em_view domain; /* empty in the months table */
    uint32_t month;
    struct em_view lang;
    uint32_t model;
};

void em_cell_add_document(struct em_cell *cell, const struct em_document *document);
void em_cell_add(struct em_cell *into, const struct em_cell *from);
/* False where `what` is not contained in `from`: nothing is changed. */
bool em_cell_subtract(struct em_cell *from, const struct em_cell *what);

EM_MUST_CHECK enum em_status em_cell_key(struct em_buf *out, enum em_table table,
                                         const struct em_cell_key *key);
EM_MUST_CHECK enum em_status em_cell_value(struct em_buf *out,
                                           const struct em_cell *cell);
EM_MUST_CHECK enum em_status em_cell_read(struct em_cell_key *key, struct em_cell *cell,
                                          enum em_table table, struct em_view key_bytes,
                                          struct em_view value);
em_combine_fn em_cell_combine;
em_row_json_fn em_host_json, em_month_json;

/* Rows for the hosts and months tables from one document. */
EM_MUST_CHECK enum em_status em_cell_rows(struct em_rows *rows,
                                          const struct em_document *document);

#endif
