/* SPDX-License-Identifier: Apache-2.0
 *
 * The report's estimates: rows of `prevalence` over all documents (one an estimator), by
 * month and by language (the headline's only).
 */
#include "report/html_rows.h"
#include "report/prevalence_rows.h"

#include <math.h>

/* As `prevalence`: chosen on simulations, never by the data at hand (docs/PREVALENCE.md). */
static const enum em_quantify_method headline = EM_QUANTIFY_MIXTURE;

static const char reason[] =
    "The distribution of scores is explained as a blend of those of human and of machine "
    "texts from sources that the detector never saw, any mix of them on either side. In "
    "simulations with the mixed sources left out this estimator had the smallest mean "
    "error; the choice is fixed and does not depend on these data.";
static const char interval[] =
    "95 %, from a bootstrap: whole sites are drawn again, since documents of one site "
    "are "
    "not independent of each other, and so are the sources that the detector's errors "
    "were "
    "measured on; widened by what was left over in simulations. Where all machine text "
    "is "
    "of one unknown kind, intervals hold the truth less often than 95 times in 100, and "
    "at a thousand documents shares below one or two percent cannot be distinguished "
    "from none.";

static void put_share(struct em_json *json, const char *key, double value)
{
    em_json_key(json, key);
    em_json_fixed(json, value, 6);
}

static void put_zero(struct em_json *json, const struct em_prevalence_row *row,
                     enum em_quantify_method method)
{
    const struct em_estimate *zero = &row->zero.by[method];
    em_json_key(json, "zero_check");
    if (isnan(zero->value)) {
        em_json_null(json);
        return;
    }
    em_json_object(json);
    put_share(json, "estimate", zero->value);
    put_share(json, "low", zero->low);
    put_share(json, "high", zero->high);
    em_report_put_u64(json, "documents", row->zero_documents);
    em_json_end(json);
}

static void put_row(struct em_json *json, const struct em_prevalence_row *row,
                    unsigned by, enum em_quantify_method method)
{
    const struct em_estimate *e = &row->result.by[method];
    em_json_object(json);
    if (by & EM_PREVALENCE_MONTH)
        em_report_put_string(json, "month", em_view_of(row->label));
    if (by & EM_PREVALENCE_LANG)
        em_report_put_string(json, "lang", row->lang);
    em_report_put_u64(json, "documents", row->documents);
    em_report_put_u64(json, "words", row->words);
    em_report_put_u64(json, "judged", row->judged);
    em_report_put_u64(json, "scored", row->scored);
    em_report_put_u64(json, "leaks", row->leaks);
    em_report_put_u64(json, "known", row->known);
    em_report_put_u64(json, "flagged", row->flagged);
    em_report_put_u64(json, "domains", row->domains);
    put_share(json, "estimate", row->note == EM_PREVALENCE_FINE ? e->value : NAN);
    put_share(json, "low", row->note == EM_PREVALENCE_FINE ? e->low : NAN);
    put_share(json, "high", row->note == EM_PREVALENCE_FINE ? e->high : NAN);
    em_report_put_string(json, "estimator", em_view_of(em_quantify_name(method)));
    em_json_key(json, "headline");
    em_json_bool(json, method == headline);
    em_json_key(json, "sliced");
    em_json_bool(json, row->result.sliced);
    em_json_key(json, "months");
    em_json_array(json);
    for (uint32_t i = 0; i < row->n_months; i++) {
        char month[16];
        em_month_format(row->months[i], month);
        em_json_string(json, em_view_of(month));
    }
    em_json_end(json);
    em_report_put_string(json, "note", em_view_of(em_prevalence_note_text(row->note)));
    put_zero(json, row, method);
    em_json_end(json);
}

/* The same sentences as `prevalence` prints. */
static void put_statement(struct em_json *json, const struct em_prevalence_row *total,
                          const struct em_index_model *model)
{
    struct em_statement statement;
    em_statement_make(&statement, total, model);
    em_json_key(json, "statement");
    em_json_object(json);
    em_statement_json(json, &statement);
    em_json_end(json);
}

static enum em_status put_rows(struct em_json *json, const char *key, unsigned by,
                               struct em_store *store, const struct em_index_model *model,
                               int64_t now, struct em_err *err)
{
    const struct em_prevalence_options options = {.by = by,
                                                  .axis = EM_PREVALENCE_AUTO,
                                                  .pool = true,
                                                  .model = model,
                                                  .replicates = EM_REPORT_REPLICATES,
                                                  .now = now};
    struct em_prevalence *p;
    size_t n;
    EM_TRY(em_prevalence_run(&p, store, &options, err));
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &n);
    em_json_key(json, key);
    em_json_array(json);
    for (size_t i = 0; i < n && i < EM_REPORT_MONTHS; i++) {
        put_row(json, &rows[i], by, headline);
        for (int m = 0; m < EM_QUANTIFY_METHODS && by == 0; m++)
            if (m != headline && m != EM_QUANTIFY_RAW)
                put_row(json, &rows[i], by, (enum em_quantify_method)m);
    }
    em_json_end(json);
    if (by == 0 && n > 0)
        put_statement(json, &rows[0], model);
    em_prevalence_free(p);
    return EM_OK;
}

enum em_status em_report_prevalence(struct em_buf *out, struct em_store *store,
                                    const struct em_index_model *model, int64_t now,
                                    struct em_err *err)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_string(&json, "reason", em_view_of(reason));
    em_report_put_string(&json, "interval", em_view_of(interval));
    EM_TRY(put_rows(&json, "all", 0, store, model, now, err));
    EM_TRY(put_rows(&json, "month", EM_PREVALENCE_MONTH, store, model, now, err));
    EM_TRY(put_rows(&json, "lang", EM_PREVALENCE_LANG, store, model, now, err));
    em_json_end(&json);
    return em_json_finish(&json);
}
