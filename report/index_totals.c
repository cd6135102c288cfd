/* SPDX-License-Identifier: Apache-2.0 */
#include "report/index_totals.h"

#include "report/query_rows.h"

static enum em_status store_totals(struct em_store *store, const char *name, FILE *out,
                                   struct em_buf *json, struct em_err *err)
{
    struct em_query_rows rows;
    struct em_overview overview;
    struct em_index_model model;
    EM_TRY(em_index_model_choose(store, name, &model, err));
    em_query_rows_init(&rows, out, EM_FORM_TABLE, store, 0);
    enum em_status status = em_overview_read(&overview, store, model.hash, err);
    if (status == EM_OK && json) {
        struct em_json j;
        em_json_init(&j, json);
        em_json_object(&j);
        em_query_rows_overview_fields(&j, &overview, &model);
        em_json_end(&j);
        status = j.status;
    } else if (status == EM_OK) {
        fputs("\nthe whole index:\n", out);
        status = em_query_rows_overview(&rows, &overview, &model);
    }
    em_query_rows_release(&rows);
    em_index_model_release(&model);
    return status;
}

enum em_status em_index_totals(const char *dir, const char *model, FILE *out,
                               struct em_buf *json, struct em_err *err)
{
    struct em_store *store;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    enum em_status status = store_totals(store, model, out, json, err);
    em_store_free(store);
    return status;
}
