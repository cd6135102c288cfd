/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_index.h"

#include "cli/cli.h"
#include "detector/detector.h"
#include "index/store.h"
#include "pipeline/scan/scan_output.h"
#include "report/index_totals.h"
#include "report/summary.h"

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

enum em_status em_scan_index_summary(const struct em_scan_arguments *a,
                                     const struct em_summary *summary,
                                     const struct em_model *model, uint32_t threads)
{
    struct em_buf text, index;
    struct em_err err = {.status = EM_OK};
    bool json = a->summary && strcmp(a->summary, "json") == 0;
    const char *id = model ? em_model_id(model) : NULL;
    bool goes_on = a->index && model && (summary->known_records || summary->known_files);
    em_buf_init(&text, 1 << 20);
    em_buf_init(&index, 1 << 20);
    enum em_status status = EM_OK;
    if (goes_on && json)
        status = em_index_totals(a->index, id, stderr, &index, &err);
    if (status == EM_OK && json)
        status = em_report_json(&text, summary, id, threads, em_buf_view(&index));
    else if (status == EM_OK)
        status = em_report_text(&text, summary,
                                goes_on && !summary->documents ? NULL : model, a->fpr);
    if (status == EM_OK)
        fwrite(text.data, 1, text.len, stderr);
    if (status == EM_OK && goes_on && !json)
        status = em_index_totals(a->index, id, stderr, NULL, &err);
    if (err.status < 0)
        em_error_report("scan", &err);
    em_buf_release(&text);
    em_buf_release(&index);
    return status;
}
