/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/labelled.h"

#include "base/json_read.h"
#include "crawler/archive/archive.h"

#include <inttypes.h>

static void get(struct em_json_reader *json, const char *field, struct em_view *out)
{
    if (!em_json_get_string(json, field, out))
        *out = EM_VIEW_NONE;
}

static void fill(struct em_json_reader *json, struct em_labelled *row)
{
    get(json, "text", &row->text);
    get(json, "label", &row->label);
    get(json, "dataset", &row->dataset);
    get(json, "domain", &row->domain);
    get(json, "model", &row->model);
    get(json, "lang", &row->lang);
    get(json, "edit", &row->edit);
    get(json, "pair", &row->pair);
    if (!em_json_get_i64(json, "human_prefix_chars", &row->human_prefix_chars))
        row->human_prefix_chars = -1;
}

struct reading {
    struct em_json_reader *json;
    em_labelled_take *take;
    void *context;
    struct em_labelled_counts *counts;
};

static void count_bad(const struct reading *r, const char *path,
                      const struct em_record *record, const char *why, uint64_t nth)
{
    if (r->counts->tell_bad)
        r->counts->tell_bad(path, record->origin.number + 1, why, nth);
}

static enum em_status read_records(struct reading *r, struct em_source *source,
                                   const char *path, struct em_err *err)
{
    struct em_record record;
    enum em_status status;
    uint64_t bad = 0;
    while ((status = em_source_next(source, &record, err)) == EM_OK) {
        struct em_labelled row;
        struct em_err why = {.status = EM_OK};
        r->counts->lines++;
        if (record.error || record.type != EM_RECORD_JSON) {
            count_bad(r, path, &record,
                      record.error ? record.error : "not a line of JSON", ++bad);
            continue;
        }
        status = em_json_reader_parse(r->json, record.block, &why);
        if (status == EM_ERR_NOMEM)
            return status;
        if (status != EM_OK) {
            count_bad(r, path, &record, why.text[0] ? why.text : "not JSON", ++bad);
            continue;
        }
        fill(r->json, &row);
        EM_TRY(r->take(r->context, &row, err));
    }
    r->counts->bad += bad;
    return status == EM_END ? EM_OK : status;
}

enum em_status em_labelled_read(const struct em_inputs *inputs, em_labelled_take *take,
                                void *context, struct em_labelled_counts *counts,
                                struct em_err *err)
{
    struct reading r = {.take = take, .context = context, .counts = counts};
    static const char *const columns[] = {"label", "dataset", "domain",
                                          "model", "lang",    "edit",
                                          "pair",  "text",    "human_prefix_chars",
                                          NULL};
    const struct em_source_options options = {.text_field = NULL, .columns = columns};
    enum em_status status = em_json_reader_new(&r.json);
    for (size_t i = 0; i < inputs->n && status == EM_OK; i++) {
        struct em_source *source;
        struct em_err why = {.status = EM_OK};
        status = em_source_open(&source, inputs->paths[i], &options, &why);
        if (status == EM_OK) {
            status = read_records(&r, source, inputs->paths[i], &why);
            em_source_free(source);
        }
        if (status != EM_OK)
            em_fail(err, status, "labelled", "'%s': %s", inputs->paths[i],
                    why.text[0] ? why.text : em_status_text(status));
    }
    em_json_reader_free(r.json);
    return status;
}
