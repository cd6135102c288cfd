/* SPDX-License-Identifier: Apache-2.0
 *
 * An index in a few numbers: what its inputs came to (the ledger), and what was said of the
 * documents (the months table).
 */
#ifndef EM_ANSWERS_OVERVIEW_H
#define EM_ANSWERS_OVERVIEW_H

#include "index/cell.h"
#include "index/store.h"

struct em_overview {
    uint32_t model; /* hash; entries and cells of others are skipped */
    uint64_t inputs, incomplete, failed, records, documents, forgotten, damaged, words;
    uint64_t drops[EM_DROP_COUNT];
    struct em_cell all;
    uint32_t first_month, last_month; /* EM_MONTH_UNKNOWN where no document has one */
};

/* One entry of the ledger; begin with all zero but the model. */
void em_overview_add(struct em_overview *overview, const struct em_ledger *entry);
/* The cells of all months of one model. */
EM_MUST_CHECK enum em_status em_overview_months(struct em_overview *overview,
                                                struct em_store *store, uint32_t model,
                                                struct em_err *err);
/* Both, of one model: verdicts of two are never added up. */
EM_MUST_CHECK enum em_status em_overview_read(struct em_overview *overview,
                                              struct em_store *store, uint32_t model,
                                              struct em_err *err);

#endif
