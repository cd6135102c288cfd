/* SPDX-License-Identifier: Apache-2.0
 *
 * What `query` finds, in its three forms: the overview, documents, passages of known text.
 */
#ifndef EM_REPORT_QUERY_ROWS_H
#define EM_REPORT_QUERY_ROWS_H

#include "index/answers/overview.h"
#include "index/answers/search.h"
#include "index/answers/sites.h"
#include "index/model.h"
#include "report/form.h"

#include <stdio.h>

struct em_query_rows {
    FILE *out;
    enum em_form form;
    struct em_store *store; /* names of models and inputs */
    uint64_t limit;         /* rows printed; more are only counted */
    uint64_t found;
    struct em_buf line;
};

void em_query_rows_init(struct em_query_rows *rows, FILE *out, enum em_form form,
                        struct em_store *store, uint64_t limit);
void em_query_rows_release(struct em_query_rows *rows);

/* As text unless the form is JSON. */
/* The overview's fields into an open object. */
void em_query_rows_overview_fields(struct em_json *json,
                                   const struct em_overview *overview,
                                   const struct em_index_model *model);
EM_MUST_CHECK enum em_status em_query_rows_overview(struct em_query_rows *rows,
                                                    const struct em_overview *overview,
                                                    const struct em_index_model *model);
/* Sites in the order of the list. */
EM_MUST_CHECK enum em_status em_query_rows_sites(struct em_query_rows *rows,
                                                 const struct em_sites *sites,
                                                 const char *model);
em_search_document_fn em_query_rows_document; /* context: the rows */
em_search_hit_fn em_query_rows_hit;

#endif
