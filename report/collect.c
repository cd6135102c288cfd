/* SPDX-License-Identifier: Apache-2.0 */
#include "report/collect.h"

#include "base/json.h"
#include "base/limits.h"
#include "report/html.h"

void em_report_parts_init(struct em_report_parts *parts)
{
    for (int i = 0; i < EM_REPORT_PARTS; i++)
        em_buf_init(&parts->bufs[i], EM_MAX_RESULT);
}

void em_report_parts_release(struct em_report_parts *parts)
{
    for (int i = 0; i < EM_REPORT_PARTS; i++)
        em_buf_release(&parts->bufs[i]);
}

static struct em_view part(const struct em_report_parts *p, enum em_report_part which)
{
    return em_buf_view(&p->bufs[which]);
}

enum em_status em_report_parts_write(struct em_buf *out, const struct em_report_parts *p)
{
    const struct em_report_data data = {
        .made = part(p, EM_REPORT_MADE),
        .command = part(p, EM_REPORT_COMMAND),
        .source = part(p, EM_REPORT_SOURCE),
        .model = part(p, EM_REPORT_MODEL),
        .overview = part(p, EM_REPORT_OVERVIEW),
        .prevalence = part(p, EM_REPORT_PREVALENCE),
        .months = part(p, EM_REPORT_BY_MONTH),
        .langs = part(p, EM_REPORT_BY_LANG),
        .domains = part(p, EM_REPORT_BY_DOMAIN),
        .scores = part(p, EM_REPORT_SCORES),
        .echoes = part(p, EM_REPORT_WIDEST),
        .spread = part(p, EM_REPORT_SPREAD),
        .hits = part(p, EM_REPORT_KNOWN),
        .inputs = part(p, EM_REPORT_LISTED),
        .read = part(p, EM_REPORT_READ),
        .flagged = part(p, EM_REPORT_FLAGGED_PAGES),
        .turned = part(p, EM_REPORT_TURNED),
        .summary = part(p, EM_REPORT_SUMMARY),
    };
    return em_report_data_write(out, &data);
}

/* --- the model --------------------------------------------------------------------------- */

/* What was measured of human text at the threshold that documents are counted by. */
static void model_put_thresholds(struct em_json *json, const struct em_calibration *block)
{
    struct em_measured_rate rate;
    em_calibration_rate_at(block, (double)block->threshold, &rate);
    em_json_key(json, "thresholds");
    em_json_array(json);
    em_json_object(json);
    em_json_key(json, "fpr");
    em_json_fixed(json, (double)block->rate, 5);
    em_json_key(json, "log_odds");
    em_json_fixed(json, (double)block->threshold, 4);
    em_json_key(json, "fpr_low");
    em_json_fixed(json, rate.low, 5);
    em_json_key(json, "fpr_high");
    em_json_fixed(json, rate.high, 5);
    em_report_put_u64(json, "texts", rate.texts);
    em_report_put_u64(json, "sources", rate.sources);
    em_report_put_string(json, "measured", em_view_of(block->measured));
    em_json_end(json);
    em_json_end(json);
}

static enum em_status model_put(struct em_buf *out, const struct em_index_model *chosen)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_report_put_string(&json, "name", em_view_of(chosen->name));
    em_report_put_u64(&json, "others", chosen->others);
    if (chosen->n_blocks) {
        em_report_put_string(&json, "lang", em_view_of(chosen->blocks[0].lang));
        model_put_thresholds(&json, &chosen->blocks[0]);
    }
    em_json_end(&json);
    return em_json_finish(&json);
}

/* --- the index --------------------------------------------------------------------------- */

/* Found in the index, and written with words out of its inputs. */
struct inputs_read {
    struct em_report_flagged *flagged; /* NULL: nothing was judged */
    struct em_echoes echoes;
};

static enum em_status store_collect(struct em_buf *b, struct em_store *store,
                                    const struct em_index_model *model,
                                    const struct em_report_from *from,
                                    struct inputs_read *read, struct em_err *err)
{
    EM_TRY(em_report_ledger(&b[EM_REPORT_OVERVIEW], &b[EM_REPORT_LISTED],
                            &b[EM_REPORT_READ], store, model->hash, err));
    EM_TRY(em_report_cells(&b[EM_REPORT_BY_MONTH], &b[EM_REPORT_BY_LANG],
                           &b[EM_REPORT_SCORES], store, model->hash, err));
    EM_TRY(em_report_domains(&b[EM_REPORT_BY_DOMAIN], store, model->hash, err));
    if (model->name[0]) {
        EM_TRY(
            em_report_prevalence(&b[EM_REPORT_PREVALENCE], store, model, from->now, err));
        EM_TRY(em_report_turned(&b[EM_REPORT_TURNED], store, model, from->now, err));
        EM_TRY(em_report_flagged_find(&read->flagged, store, model->hash, err));
    }
    EM_TRY(em_report_echoes_find(&read->echoes, store, model->hash, err));
    EM_TRY(
        em_report_spread(&b[EM_REPORT_SPREAD], &read->echoes, store, model->hash, err));
    return em_report_hits(&b[EM_REPORT_KNOWN], store, err);
}

/* The index is closed: what is read now may take its time. */
static enum em_status inputs_collect(struct em_buf *b, const struct inputs_read *read,
                                     const struct em_report_from *from)
{
    if (read->flagged)
        EM_TRY(em_report_flagged_write(&b[EM_REPORT_FLAGGED_PAGES], read->flagged,
                                       from->words, from->context));
    return em_report_echoes(&b[EM_REPORT_WIDEST], &read->echoes, from->words,
                            from->context);
}

enum em_status em_report_collect(struct em_report_parts *parts,
                                 const struct em_report_from *from, struct em_err *err)
{
    struct em_store *store;
    struct em_index_model model;
    struct inputs_read read = {.flagged = NULL};
    struct em_buf *b = parts->bufs;
    EM_TRY(em_store_open(&store, from->dir, EM_STORE_READ, err));
    enum em_status status = em_index_model_choose(store, from->model, &model, err);
    if (status == EM_OK)
        status = store_collect(b, store, &model, from, &read, err);
    em_store_free(store);
    if (status == EM_OK)
        status = inputs_collect(b, &read, from);
    if (status == EM_OK)
        status = model_put(&b[EM_REPORT_MODEL], &model);
    em_report_flagged_free(read.flagged);
    em_echoes_release(&read.echoes);
    em_index_model_release(&model);
    return status;
}
