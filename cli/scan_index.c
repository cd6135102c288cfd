/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_index.h"

#include "cli/cli.h"
#include "index/store.h"
#include "pipeline/scan/scan_output.h"
#include "report/query_rows.h"

#include <string.h>

FILE *em_scan_index_open(struct em_recorder **recorder, const char *dir,
                         const struct em_model *model, const struct em_inputs *inputs,
                         const struct em_range *ranges, const char *path, double interval)
{
    struct em_err err = {.status = EM_OK};
    FILE *out = stdout;
    enum em_status status =
        em_recorder_open_ranges(recorder, dir, model, (const char *const *)inputs->paths,
                                ranges, inputs->n, &err);
    if (status < 0) {
        em_error_report("scan", &err);
        *recorder = NULL;
        return NULL;
    }
    if (interval > 0)
        em_recorder_set_interval(*recorder, interval);
    if (!path || strcmp(path, "-") == 0)
        return stdout;
    if (em_scan_output_open(&out, *recorder, dir, path, inputs->n, &err) < 0) {
        em_error_report(path, &err);
        em_recorder_free(*recorder);
        *recorder = NULL;
    }
    return out;
}

static enum em_status store_totals(struct em_store *store, const char *name,
                                   struct em_buf *json, struct em_err *err)
{
    struct em_query_rows rows;
    struct em_overview overview;
    struct em_index_model model;
    EM_TRY(em_index_model_choose(store, name, &model, err));
    em_query_rows_init(&rows, stderr, EM_FORM_TABLE, store, 0);
    enum em_status status = em_overview_read(&overview, store, model.hash, err);
    if (status == EM_OK && json) {
        struct em_json j;
        em_json_init(&j, json);
        em_json_object(&j);
        em_query_rows_overview_fields(&j, &overview, &model);
        em_json_end(&j);
        status = j.status;
    } else if (status == EM_OK) {
        fputs("\nthe whole index:\n", stderr);
        status = em_query_rows_overview(&rows, &overview, &model);
    }
    em_query_rows_release(&rows);
    em_index_model_release(&model);
    return status;
}

enum em_status em_scan_index_totals(const char *dir, const char *model,
                                    struct em_buf *json, struct em_err *err)
{
    struct em_store *store;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    enum em_status status = store_totals(store, model, json, err);
    em_store_free(store);
    return status;
}
