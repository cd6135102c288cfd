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
    bool failed; /* the reading itself, not an input */
};

static void count_bad(const struct reading *r, const char *path,
                      const struct em_record *record, const char *why, uint64_t nth)
{
    if (r->counts->tell_bad)
        r->counts->tell_bad(path, record->origin.number + 1, why, nth);
}

static enum em_status take_record(struct reading *r, const struct em_record *record,
                                  const char *path, uint64_t *bad, struct em_err *err)
{
    struct em_labelled row;
    struct em_err why = {.status = EM_OK};
    if (record->error || record->type != EM_RECORD_JSON) {
        count_bad(r, path, record, record->error ? record->error : "not a line of JSON",
                  ++*bad);
        return EM_OK;
    }
    enum em_status status = em_json_reader_parse(r->json, record->block, &why);
    if (status == EM_ERR_NOMEM)
        return status;
    if (status != EM_OK) {
        count_bad(r, path, record, why.text[0] ? why.text : "not JSON", ++*bad);
        return EM_OK;
    }
    fill(r->json, &row);
    return r->take(r->context, &row, err);
}

static enum em_status read_records(struct reading *r, struct em_source *source,
                                   const char *path, struct em_err *err)
{
    struct em_record record;
    enum em_status status;
    uint64_t bad = 0, lines = 0;
    while ((status = em_source_next(source, &record, err)) == EM_OK) {
        lines++;
        status = take_record(r, &record, path, &bad, err);
        r->failed = status < 0;
        if (r->failed)
            return status;
    }
    r->counts->lines += lines;
    r->counts->bad += bad;
    if (status == EM_END && lines == 0)
        return em_fail(err, EM_ERR_FORMAT, "labelled", "is empty");
    return status == EM_END ? EM_OK : status;
}

static enum em_status read_input(struct reading *r, const char *path, struct em_err *err)
{
    struct em_source *source;
    static const char *const columns[] = {"label", "dataset", "domain",
                                          "model", "lang",    "edit",
                                          "pair",  "text",    "human_prefix_chars",
                                          NULL};
    const struct em_source_options options = {.columns = columns};
    EM_TRY(em_source_open(&source, path, &options, err));
    const char *format = em_source_format(source);
    enum em_status status =
        strcmp(format, "jsonl") == 0 || strcmp(format, "empty") == 0 ||
                strcmp(format, "parquet") == 0
            ? read_records(r, source, path, err)
            : em_fail(err, EM_ERR_FORMAT, "labelled", "is not JSON lines but %s", format);
    em_source_free(source);
    return status;
}

enum em_status em_labelled_read(const struct em_inputs *inputs, em_labelled_take *take,
                                void *context, struct em_labelled_counts *counts,
                                struct em_err *err)
{
    struct reading r = {.take = take, .context = context, .counts = counts};
    enum em_status status = em_json_reader_new(&r.json);
    counts->failed += inputs->no_files;
    em_inputs_meter(inputs, "reading texts");
    for (size_t i = 0; i < inputs->n && status == EM_OK; i++) {
        struct em_err why = {.status = EM_OK};
        const char *path = inputs->paths[i];
        if (read_input(&r, path, &why) == EM_OK)
            continue;
        const char *what = why.text[0] ? why.text : em_status_text(why.status);
        if (r.failed || why.status == EM_ERR_NOMEM)
            status = em_fail(err, why.status, "labelled", "'%s': %s", path, what);
        else if (inputs->note)
            inputs->note(path, what);
        counts->failed++;
    }
    em_json_reader_free(r.json);
    if (status == EM_OK && counts->lines == counts->bad)
        return em_fail(err, EM_ERR_FORMAT, "labelled",
                       "no text was read from %zu input%s", inputs->n,
                       inputs->n == 1 ? "" : "s");
    return status;
}
