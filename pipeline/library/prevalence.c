/* SPDX-License-Identifier: Apache-2.0
 *
 * echometer_prevalence_*(): the rows of an index's prevalence, one after the other.
 */
#include "pipeline/library/library_int.h"

#include "base/alloc.h"
#include "index/answers/prevalence.h"

#include <time.h>

struct echometer_prevalence {
    size_t row_size; /* of the caller's rows */
    struct em_index_model model;
    struct em_prevalence *parts[2]; /* the total, where it was asked for; the rows */
    int part;
    size_t at; /* in it */
};

static enum em_status options_read(const struct echometer_prevalence_options *given,
                                   struct em_prevalence_options *out, struct em_err *err)
{
    const char *axis = given->axis ? given->axis : "auto";
    const char *by = given->by ? given->by : "month";
    *out = (struct em_prevalence_options){
        .replicates = given->replicates ? given->replicates : 100,
        .now = (int64_t)time(NULL),
    };
    if (given->size < offsetof(struct echometer_prevalence_options, by))
        return em_fail(err, EM_ERR_USAGE, "prevalence",
                       "options.size is not set: begin with ECHOMETER_PREVALENCE_INIT");
    if (!em_prevalence_parse_by(by, out))
        return em_fail(err, EM_ERR_USAGE, "prevalence",
                       "options.by is '%s', not month, lang, domain, tld, host or all",
                       by);
    if (!em_prevalence_parse_axis(axis, &out->axis))
        return em_fail(err, EM_ERR_USAGE, "prevalence",
                       "options.axis is '%s', not crawl, published, first-seen or auto",
                       axis);
    out->anchor = EM_PREVALENCE_ANCHOR_NONE;
    if (given->anchor && !em_prevalence_parse_anchor(given->anchor, &out->anchor))
        return em_fail(err, EM_ERR_USAGE, "prevalence",
                       "options.anchor is '%s', not site, none or auto", given->anchor);
    if (out->replicates < 20 || out->replicates > EM_QUANTIFY_MAX_REPLICATES)
        return em_fail(err, EM_ERR_USAGE, "prevalence",
                       "options.replicates is %u, not from 20 to %d", out->replicates,
                       EM_QUANTIFY_MAX_REPLICATES);
    return EM_OK;
}

static enum em_status parts_run(struct echometer_prevalence *rows, struct em_store *store,
                                const struct echometer_prevalence_options *given,
                                struct em_prevalence_options *options, struct em_err *err)
{
    EM_TRY(em_index_model_choose(store, given->model, &rows->model, err));
    options->model = &rows->model;
    if (!given->by) {
        struct em_prevalence_options total = *options;
        total.by = 0;
        EM_TRY(em_prevalence_run(&rows->parts[0], store, &total, err));
    }
    return em_prevalence_run(&rows->parts[1], store, options, err);
}

static enum em_status rows_open(struct echometer_prevalence *rows, const char *index,
                                const struct echometer_prevalence_options *given,
                                struct em_err *err)
{
    struct em_prevalence_options options;
    struct em_store *store;
    EM_TRY(options_read(given, &options, err));
    EM_TRY(em_store_open(&store, index, EM_STORE_READ, err));
    enum em_status status = parts_run(rows, store, given, &options, err);
    em_store_free(store);
    return status;
}

int echometer_prevalence_open(struct echometer_prevalence **out, const char *index,
                              const struct echometer_prevalence_options *options,
                              char *why, size_t why_len)
{
    struct echometer_prevalence_options known = ECHOMETER_PREVALENCE_INIT;
    struct em_err err = {.status = EM_OK};
    struct echometer_prevalence *rows = em_calloc(1, sizeof(*rows));
    *out = NULL;
    if (!rows)
        return em_library_explain(EM_ERR_NOMEM, &err, why, why_len);
    if (options)
        em_library_hand_out(&known, sizeof(known), options,
                            options->size < sizeof(known) ? options->size
                                                          : sizeof(known));
    rows->row_size = known.row_size;
    enum em_status status = rows_open(rows, index, &known, &err);
    if (status == EM_OK)
        *out = rows;
    else
        echometer_prevalence_close(rows);
    return em_library_explain(status, &err, why, why_len);
}

/* Names point into the row's key: each ends with a NUL. */
static const char *row_name(struct em_view name)
{
    return name.len ? name.data : "";
}

int echometer_prevalence_next(struct echometer_prevalence *rows,
                              struct echometer_prevalence_row *row)
{
    const struct em_prevalence_row *from = NULL;
    size_t n = 0;
    for (; rows->part < 2; rows->part++, rows->at = 0) {
        from = rows->parts[rows->part] ? em_prevalence_rows(rows->parts[rows->part], &n)
                                       : NULL;
        if (from && rows->at < n)
            break;
    }
    if (rows->part == 2)
        return EM_END;
    from += rows->at++;
    const struct em_estimate *share = &from->result.by[EM_QUANTIFY_MIXTURE];
    const struct em_estimate *zero = &from->zero.by[EM_QUANTIFY_MIXTURE];
    const struct echometer_prevalence_row ours = {
        .month = from->label,
        .lang = row_name(from->lang),
        .domain = row_name(from->domain),
        .tld = row_name(from->tld),
        .host = row_name(from->host),
        .documents = from->documents,
        .words = from->words,
        .judged = from->judged,
        .scored = from->scored,
        .flagged = from->flagged,
        .leaks = from->leaks,
        .known = from->known,
        .estimate = share->value,
        .low = share->low,
        .high = share->high,
        .estimator = em_prevalence_estimator(from),
        .zero_check = zero->value,
        .zero_low = zero->low,
        .zero_high = zero->high,
        .note = em_prevalence_note_text(from->note),
        .model = rows->model.label,
    };
    em_library_hand_out(row, rows->row_size, &ours, sizeof(ours));
    return EM_OK;
}

void echometer_prevalence_close(struct echometer_prevalence *rows)
{
    if (!rows)
        return;
    em_prevalence_free(rows->parts[0]);
    em_prevalence_free(rows->parts[1]);
    em_index_model_release(&rows->model);
    em_free(rows);
}
