/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/worker.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "pipeline/scan/match.h"

#include <stdio.h>
#include <stdlib.h>

void em_result_init(struct em_result *result)
{
    *result = (struct em_result){.notes = NULL};
    em_buf_init(&result->lines, EM_MAX_RESULT);
    em_scan_values_init(&result->values);
    em_parts_init(&result->parts);
}

void em_result_clear(struct em_result *result)
{
    if (result->lines.cap > EM_KEEP_RESULT)
        em_buf_release(&result->lines);
    em_buf_clear(&result->lines);
    em_scan_values_clear(&result->values);
    result->counts = (struct em_summary){.files = 0};
    result->n_notes = result->at = 0;
    em_parts_clear(&result->parts);
}

void em_result_release(struct em_result *result)
{
    em_buf_release(&result->lines);
    em_scan_values_release(&result->values);
    em_free(result->notes);
    em_parts_release(&result->parts);
    result->notes = NULL;
}

enum em_status em_result_note(struct em_result *result, const char *file, uint64_t offset,
                              const char *reason)
{
    result->counts.damaged++;
    return em_result_tell(result, file, offset, reason);
}

enum em_status em_result_damage(struct em_result *result, const char *file,
                                uint64_t offset, const char *reason)
{
    EM_TRY(em_parts_damage(&result->parts, file, offset, reason));
    return em_result_note(result, file, offset, reason);
}

enum em_status em_result_tell(struct em_result *result, const char *file, uint64_t offset,
                              const char *reason)
{
    /* Beyond this a batch is noise; the count continues. */
    if (result->n_notes == EM_MAX_DAMAGE_NOTES)
        return EM_OK;
    if (result->n_notes == result->cap_notes) {
        size_t cap = result->cap_notes ? 2 * result->cap_notes : 16;
        void *notes = em_realloc_array(result->notes, cap, sizeof(result->notes[0]));
        if (!notes)
            return EM_ERR_NOMEM;
        result->notes = notes;
        result->cap_notes = cap;
    }
    struct em_damage_note *note = &result->notes[result->n_notes];
    note->order = (uint64_t)result->at * EM_MAX_DAMAGE_NOTES + result->n_notes++;
    note->file = file;
    note->offset = offset;
    snprintf(note->reason, sizeof(note->reason), "%s", reason);
    return EM_OK;
}

static int note_order(const void *x, const void *y)
{
    const struct em_damage_note *a = x, *b = y;
    return (a->order > b->order) - (a->order < b->order);
}

void em_result_sort_notes(struct em_result *result)
{
    if (result->n_notes > 1)
        qsort(result->notes, result->n_notes, sizeof(result->notes[0]), note_order);
}

/* Options without a map: the second worker has no third. */
struct em_scan_again {
    const struct em_scan_options *options;
    struct em_scan_options own;
    struct em_worker worker;
    bool ready;
};

enum em_status em_worker_init(struct em_worker *worker,
                              const struct em_scan_options *options, struct em_err *err)
{
    *worker = (struct em_worker){.options = options};
    em_buf_init(&worker->id, EM_MAX_URL);
    if (options->map) {
        worker->again = em_calloc(1, sizeof(*worker->again));
        if (!worker->again)
            return em_fail(err, EM_ERR_NOMEM, "scan", "out of memory");
        worker->again->options = options;
    }
    struct em_page_fields fields = em_source_fields(&options->source);
    enum em_status status = em_page_decoder_new(&worker->decoder, &fields, err);
    if (status == EM_OK)
        status = em_extractor_new(&worker->extractor, &options->extract, err);
    if (status == EM_OK && options->model)
        status =
            em_detector_new(&worker->detector, options->model, &options->detect, err);
    if (status == EM_OK && (options->model || options->match_alone) && options->refs &&
        options->refs->n)
        status = em_match_maker_new(&worker->matches, options->refs, err);
    if (status != EM_OK)
        em_worker_release(worker);
    return status;
}

void em_worker_release(struct em_worker *worker)
{
    em_page_decoder_free(worker->decoder);
    em_extractor_free(worker->extractor);
    em_detector_free(worker->detector);
    em_match_maker_free(worker->matches);
    em_texts_free(worker->texts);
    if (worker->again)
        em_worker_release(&worker->again->worker);
    em_free(worker->again);
    em_buf_release(&worker->id);
    *worker = (struct em_worker){.options = worker->options};
}

/* A short one-line copy for people: white space collapsed, cut between characters. */
static void copy_line(char *out, size_t cap, struct em_view text)
{
    size_t n = 0;
    const char *p = text.data, *end = text.data + text.len;
    while (p < end) {
        uint32_t cp;
        size_t len = em_utf8_decode(p, end, &cp);
        bool space = cp <= ' ';
        if (n + len + 1 > cap)
            break;
        if (!space) {
            memcpy(out + n, p, len);
            n += len;
        } else if (n && out[n - 1] != ' ') {
            out[n++] = ' ';
        }
        p += len;
    }
    out[n] = '\0';
}

static void count_verdict(struct em_summary *counts, const struct em_page *page,
                          const struct em_doc *doc, const struct em_verdict *v)
{
    counts->verdicts[v->kind]++;
    counts->abstain_reasons[v->abstain]++;
    counts->leaks += v->n_leaks > 0;
    if (v->kind == EM_VERDICT_ABSTAIN)
        return;
    size_t bin = (size_t)(v->score * EM_SCAN_HISTOGRAM);
    counts->histogram[bin < EM_SCAN_HISTOGRAM ? bin : EM_SCAN_HISTOGRAM - 1]++;
    if (v->kind != EM_VERDICT_MACHINE)
        return;
    struct em_summary one = {.n_top = 1};
    struct em_case *c = &one.top[0];
    c->log_odds = v->log_odds;
    c->score = v->score;
    c->words = v->words;
    copy_line(c->url, sizeof(c->url), page->url.len ? page->url : page->id);
    struct em_view from = doc->text;
    if (v->n_spans)
        from = em_view_sub(doc->text, v->spans[0].start, doc->text.len);
    copy_line(c->text, sizeof(c->text), from);
    if (v->n_leaks) {
        char quote[140];
        copy_line(quote, sizeof(quote), v->leaks[0].text);
        snprintf(c->evidence, sizeof(c->evidence), "%s: \"%s\"", v->leaks[0].kind, quote);
    }
    em_summary_add(counts, &one);
}

/* Corpora have ids; archives have record ids; everything has a place. */
static enum em_status make_id(struct em_worker *worker, const struct em_record *record,
                              struct em_page *page)
{
    if (page->id.len)
        return EM_OK;
    if (page->origin.record.len) {
        page->id = page->origin.record;
        return EM_OK;
    }
    em_buf_clear(&worker->id);
    EM_TRY(em_buf_printf(&worker->id, "%.*s#%llu", (int)(record->origin.file.len % 4096),
                         record->origin.file.data ? record->origin.file.data : "",
                         (unsigned long long)record->origin.number));
    page->id = em_buf_view(&worker->id);
    return EM_OK;
}

/* Time since the last call goes to a stage. */
static void lap(struct em_result *result, enum em_scan_stage stage, double *from)
{
    double now = em_clock_now();
    result->counts.stage_seconds[stage] += now - *from;
    *from = now;
}

static enum em_status drop_record(struct em_worker *worker,
                                  const struct em_record *record, struct em_page *page,
                                  enum em_drop drop, struct em_result *result)
{
    const struct em_scan_options *o = worker->options;
    result->counts.drops[drop]++;
    if (o->map) {
        page->url = page->url.len ? page->url : record->url;
        page->date = page->date.len ? page->date : record->date;
        page->origin = record->origin;
        EM_TRY(make_id(worker, record, page));
        const struct em_scan_item item = {.record = record, .page = page, .drop = drop};
        return o->map(o->context, &result->values, &item);
    }
    if (!worker->options->drops || !worker->options->format)
        return EM_OK;
    page->url = record->url;
    page->date = record->date;
    page->origin = record->origin;
    EM_TRY(make_id(worker, record, page));
    return worker->options->format(&result->lines, page, NULL, NULL, drop);
}

/* A document and its verdict to whoever asked for them. */
static enum em_status hand_over(struct em_worker *worker, const struct em_record *record,
                                const struct em_page *page, const struct em_doc *doc,
                                const struct em_verdict *verdict,
                                struct em_result *result)
{
    const struct em_scan_options *o = worker->options;
    const struct em_scan_item item = {.record = record,
                                      .page = page,
                                      .doc = doc,
                                      .verdict = verdict,
                                      .again = worker->again};
    if (o->map)
        return o->map(o->context, &result->values, &item);
    if (!o->format)
        return EM_OK;
    return o->format(&result->lines, page, doc, worker->detector ? verdict : NULL,
                     EM_DROP_NONE);
}

/* Without model and sets the verdict says nothing. */
static enum em_status judge_text(struct em_worker *worker, const struct em_page *page,
                                 const struct em_doc *doc, struct em_verdict *verdict,
                                 struct em_err *err)
{
    *verdict = (struct em_verdict){.kind = EM_VERDICT_ABSTAIN, .style = -1};
    if (worker->detector)
        EM_TRY(em_detect(worker->detector, doc, verdict, err));
    return worker->matches
               ? em_match_text(worker->matches, doc->text, page->date, verdict, err)
               : EM_OK;
}

enum em_status em_scan_again(struct em_scan_again *again, const struct em_page *page,
                             struct em_doc *doc, struct em_verdict *verdict,
                             enum em_drop *drop, struct em_err *err)
{
    if (!again->ready) {
        again->own = *again->options;
        again->own.map = NULL;
        EM_TRY(em_worker_init(&again->worker, &again->own, err));
        again->ready = true;
    }
    *drop = em_extract(again->worker.extractor, page, doc);
    return *drop == EM_DROP_NONE ? judge_text(&again->worker, page, doc, verdict, err)
                                 : EM_OK;
}

static enum em_status judge(struct em_worker *worker, const struct em_record *record,
                            const struct em_record_context *context, struct em_page *page,
                            const struct em_doc *doc, struct em_result *result,
                            double *clock, struct em_err *err)
{
    struct em_verdict verdict;
    result->counts.documents++;
    result->counts.text_bytes += doc->text.len;
    result->counts.words += doc->words;
    EM_TRY(make_id(worker, record, page));
    EM_TRY(judge_text(worker, page, doc, &verdict, err));
    if (worker->detector)
        count_verdict(&result->counts, page, doc, &verdict);
    lap(result, EM_STAGE_DETECT, clock);
    if (context->index && !worker->texts)
        EM_TRY(em_texts_new(&worker->texts));
    if (context->index)
        EM_TRY(em_parts_add_document(&result->parts, context, page, doc,
                                     worker->detector ? &verdict : NULL, worker->texts));
    lap(result, EM_STAGE_INDEX, clock);
    EM_TRY(hand_over(worker, record, page, doc,
                     worker->detector || worker->matches ? &verdict : NULL, result));
    lap(result, EM_STAGE_WRITE, clock);
    return EM_OK;
}

/* The record's share of what its file comes to. `doc`: NULL for a drop. */
static enum em_status count_record(struct em_result *result,
                                   const struct em_record_context *context,
                                   const struct em_record *record, enum em_drop drop,
                                   const struct em_doc *doc)
{
    struct em_part *part = em_parts_of(&result->parts, context->file);
    if (!part)
        return EM_ERR_NOMEM;
    part->sum.records++;
    if (context->resumes) {
        part->sum.at = record->origin.offset;
        part->sum.at_number = context->number;
    }
    part->sum.block_bytes += record->block_length;
    if (drop != EM_DROP_NONE) {
        part->sum.drops[drop]++;
        return EM_OK;
    }
    part->sum.documents++;
    part->sum.words += doc->words;
    part->sum.text_bytes += doc->text.len;
    return EM_OK;
}

/* Notes what is wrong with the record itself. */
static enum em_status note_damage(struct em_worker *worker,
                                  const struct em_record *record, const char *file,
                                  struct em_result *result)
{
    if (record->error)
        EM_TRY(em_result_damage(result, file, record->origin.offset, record->error));
    if (worker->options->source.verify && (record->block_digest == EM_DIGEST_BAD ||
                                           record->payload_digest == EM_DIGEST_BAD))
        EM_TRY(em_result_damage(result, file, record->origin.offset,
                                record->block_digest == EM_DIGEST_BAD
                                    ? "block digest does not match"
                                    : "payload digest does not match"));
    return EM_OK;
}

enum em_status em_worker_record(struct em_worker *worker, const struct em_record *record,
                                const struct em_record_context *context,
                                struct em_result *result, struct em_err *err)
{
    struct em_page page = {.kind = EM_PAGE_HTML};
    struct em_doc doc;
    double clock = em_clock_now();
    result->counts.records++;
    result->counts.block_bytes += record->block_length;
    EM_TRY(note_damage(worker, record, context->file, result));
    enum em_drop drop = em_page_decode(worker->decoder, record, &page);
    if (page.damage)
        EM_TRY(
            em_result_damage(result, context->file, record->origin.offset, page.damage));
    lap(result, EM_STAGE_DECODE, &clock);
    if (drop == EM_DROP_NONE) {
        drop = em_extract(worker->extractor, &page, &doc);
        lap(result, EM_STAGE_EXTRACT, &clock);
    }
    EM_TRY(count_record(result, context, record, drop, &doc));
    if (drop == EM_DROP_NONE)
        return judge(worker, record, context, &page, &doc, result, &clock, err);
    return drop_record(worker, record, &page, drop, result);
}
