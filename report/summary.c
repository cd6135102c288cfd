/* SPDX-License-Identifier: Apache-2.0 */
#include "report/summary.h"

#include "base/json.h"
#include "detector/detector.h"
#include "detector/model.h"

#include <stdio.h>

const char *em_report_count(char *out, uint64_t n)
{
    static const char units[] = " kMGTPE";
    double value = (double)n;
    size_t unit = 0;
    while (value >= 999.5 && unit + 2 < sizeof(units)) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        snprintf(out, 16, "%llu", (unsigned long long)n);
    else
        snprintf(out, 16, "%.*f%c",
                 value < 9.995   ? 2
                 : value < 99.95 ? 1
                                 : 0,
                 value, units[unit]);
    return out;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static double per_second(uint64_t n, double seconds)
{
    return seconds > 0 ? (double)n / seconds : 0;
}

/* A line of a count: "1 file", "2 files"; `noun` in the singular, `rest` with what parts it. */
static enum em_status text_count(struct em_buf *out, const char *label, uint64_t n,
                                 const char *noun, const char *rest)
{
    return em_buf_printf(out, "%-10s %llu %s%s%s\n", label, (unsigned long long)n, noun,
                         n == 1 ? "" : "s", rest);
}

static enum em_status text_records(struct em_buf *out, const struct em_summary *s)
{
    char a[16], b[16], c[16];
    EM_TRY(em_buf_printf(out,
                         "\nread       %llu records of %llu file%s, %sB (%sB stored) "
                         "in %.1f s: %.0f MB/s\n",
                         (unsigned long long)s->records, (unsigned long long)s->files,
                         s->files == 1 ? "" : "s", em_report_count(a, s->block_bytes),
                         em_report_count(b, s->stored_bytes), s->seconds,
                         per_second(s->block_bytes, s->seconds) / 1e6));
    if (s->known_files || s->known_records)
        EM_TRY(em_buf_printf(
            out, "known      %llu records are in the index already, %llu files wholly\n",
            (unsigned long long)s->known_records, (unsigned long long)s->known_files));
    EM_TRY(em_buf_printf(out, "documents  %llu with %s words\n",
                         (unsigned long long)s->documents, em_report_count(c, s->words)));
    EM_TRY(em_buf_printf(out, "dropped    %llu\n",
                         (unsigned long long)(s->records - s->documents)));
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (s->drops[i])
            EM_TRY(em_buf_printf(
                out, "  %8llu  %-13s %s\n", (unsigned long long)s->drops[i],
                em_drop_name((enum em_drop)i), em_drop_meaning((enum em_drop)i)));
    if (s->damaged)
        EM_TRY(text_count(out, "damaged", s->damaged, "place", ", listed above"));
    if (s->files_failed)
        EM_TRY(text_count(out, "failed", s->files_failed, "file", " could not be read"));
    if (s->files_without)
        EM_TRY(text_count(out, "without", s->files_without, "file",
                          " gave no document, listed above"));
    return EM_OK;
}

/* What the threshold of the (first) model promises. */
static enum em_status text_threshold(struct em_buf *out, const struct em_model *model,
                                     double fpr)
{
    struct em_model_threshold at;
    bool own = model->block && model->block->own;
    if (em_model_threshold_at(model, fpr, &at, NULL) < 0)
        at = *em_model_default_threshold(model);
    EM_TRY(em_buf_printf(out,
                         "(model %s; its threshold is set to flag at most about %g%% of "
                         "human documents%s",
                         em_model_id(model), 100 * at.fpr,
                         own ? " like those it was calibrated on" : ""));
    if (at.n_human)
        EM_TRY(em_buf_printf(out, "; measured: %.2f to %.2f%%", 100 * at.fpr_low,
                             100 * at.fpr_high));
    return em_buf_printf(out, ")\n");
}

static enum em_status text_verdicts(struct em_buf *out, const struct em_summary *s,
                                    const struct em_model *model, double fpr)
{
    uint64_t machine = s->verdicts[EM_VERDICT_MACHINE],
             judged = s->documents - s->verdicts[EM_VERDICT_ABSTAIN];
    EM_TRY(em_buf_printf(out, "\nmachine    %llu of %llu judged document%s",
                         (unsigned long long)machine, (unsigned long long)judged,
                         judged == 1 ? "" : "s"));
    if (judged)
        EM_TRY(em_buf_printf(out, " (%.1f%%)", percent(machine, judged)));
    EM_TRY(em_buf_printf(out,
                         "\nunsure     %llu\nhuman      %llu\nabstained  %llu (%llu too "
                         "short, %llu other language, %llu not prose)\n",
                         (unsigned long long)s->verdicts[EM_VERDICT_UNSURE],
                         (unsigned long long)s->verdicts[EM_VERDICT_HUMAN],
                         (unsigned long long)s->verdicts[EM_VERDICT_ABSTAIN],
                         (unsigned long long)s->abstain_reasons[EM_ABSTAIN_TOO_SHORT],
                         (unsigned long long)s->abstain_reasons[EM_ABSTAIN_LANGUAGE],
                         (unsigned long long)s->abstain_reasons[EM_ABSTAIN_NOT_PROSE]));
    EM_TRY(text_count(out, "leaks", s->leaks, "document", " with chat-client residue"));
    return judged ? text_threshold(out, model, fpr) : EM_OK;
}

static enum em_status text_top(struct em_buf *out, const struct em_summary *s)
{
    if (s->n_top == 0)
        return EM_OK;
    EM_TRY(em_buf_printf(out, "\nmost certain:\n"));
    for (size_t i = 0; i < s->n_top; i++) {
        const struct em_case *c = &s->top[i];
        EM_TRY(
            em_buf_printf(out, "  %.4f  %s  (%u words)\n", c->score, c->url, c->words));
        if (c->evidence[0])
            EM_TRY(em_buf_printf(out, "          leak, %s\n", c->evidence));
        EM_TRY(em_buf_printf(out, "          %s...\n", c->text));
    }
    return EM_OK;
}

enum em_status em_report_text(struct em_buf *out, const struct em_summary *summary,
                              const struct em_model *model, double fpr)
{
    if (summary->interrupted)
        EM_TRY(em_buf_printf(out, "\ninterrupted; these results are partial.%s\n",
                             summary->recorded ? " Run the same command again to resume."
                                               : ""));
    EM_TRY(text_records(out, summary));
    if (!model)
        return EM_OK;
    EM_TRY(text_verdicts(out, summary, model, fpr));
    return text_top(out, summary);
}

static void put_u64(struct em_json *j, const char *key, uint64_t value)
{
    em_json_key(j, key);
    em_json_u64(j, value);
}

static void put_fixed(struct em_json *j, const char *key, double value, int digits)
{
    em_json_key(j, key);
    em_json_fixed(j, value, digits);
}

static void json_verdicts(struct em_json *j, const struct em_summary *s)
{
    em_json_key(j, "verdicts");
    em_json_object(j);
    for (int i = 0; i <= EM_VERDICT_ABSTAIN; i++)
        put_u64(j, em_verdict_name((enum em_verdict_kind)i), s->verdicts[i]);
    em_json_end(j);
    em_json_key(j, "abstained");
    em_json_object(j);
    for (int i = 1; i <= EM_ABSTAIN_NOT_PROSE; i++)
        put_u64(j, em_abstain_name((enum em_abstain)i), s->abstain_reasons[i]);
    em_json_end(j);
    put_u64(j, "with_leaks", s->leaks);
    em_json_key(j, "score_histogram");
    em_json_array(j);
    for (int i = 0; i < EM_SCAN_HISTOGRAM; i++)
        em_json_u64(j, s->histogram[i]);
    em_json_end(j);
}

static void json_rates(struct em_json *j, const struct em_summary *s)
{
    double work = 0;
    put_fixed(j, "seconds", s->seconds, 3);
    put_fixed(j, "mb_per_second", per_second(s->block_bytes, s->seconds) / 1e6, 2);
    put_fixed(j, "records_per_second", per_second(s->records, s->seconds), 1);
    for (int i = 0; i < EM_STAGE_COUNT; i++)
        work += s->stage_seconds[i];
    em_json_key(j, "stage_share");
    em_json_object(j);
    for (int i = 0; i < EM_STAGE_COUNT; i++)
        put_fixed(j, em_scan_stage_name((enum em_scan_stage)i),
                  work > 0 ? s->stage_seconds[i] / work : 0, 4);
    em_json_end(j);
}

enum em_status em_report_json(struct em_buf *out, const struct em_summary *summary,
                              const char *model, uint32_t threads, struct em_view index)
{
    struct em_json j;
    const struct em_summary *s = summary;
    em_json_init(&j, out);
    em_json_object(&j);
    em_json_schema(&j, 1);
    put_u64(&j, "files", s->files);
    put_u64(&j, "files_failed", s->files_failed);
    put_u64(&j, "files_without_documents", s->files_without);
    put_u64(&j, "known_files", s->known_files);
    put_u64(&j, "known_records", s->known_records);
    put_u64(&j, "known_documents", s->known_documents);
    put_u64(&j, "known_damaged", s->known_damaged);
    put_u64(&j, "records", s->records);
    put_u64(&j, "documents", s->documents);
    put_u64(&j, "dropped", s->records - s->documents);
    em_json_key(&j, "drops");
    em_json_object(&j);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (s->drops[i])
            put_u64(&j, em_drop_name((enum em_drop)i), s->drops[i]);
    em_json_end(&j);
    put_u64(&j, "damaged", s->damaged);
    put_u64(&j, "stored_bytes", s->stored_bytes);
    put_u64(&j, "block_bytes", s->block_bytes);
    put_u64(&j, "text_bytes", s->text_bytes);
    put_u64(&j, "words", s->words);
    em_json_key(&j, "model");
    em_json_string_or_null(&j, em_view_of(model));
    if (model)
        json_verdicts(&j, s);
    put_u64(&j, "threads", threads);
    json_rates(&j, s);
    em_json_key(&j, "interrupted");
    em_json_bool(&j, s->interrupted);
    if (index.len) {
        em_json_key(&j, "index");
        em_json_raw(&j, index);
    }
    em_json_end(&j);
    return em_json_finish(&j);
}
