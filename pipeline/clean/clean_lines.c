/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_lines.h"

#include "crawler/archive/parquet_row.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/words.h"
#include "base/date.h"
#include "base/page_type.h"
#include "pipeline/clean/clean_optout.h"
#include "pipeline/clean/clean_passages.h"
#include "pipeline/clean/clean_rules.h"
#include "pipeline/clean/clean_settle.h"
#include "base/wire/domain.h"
#include "index/cell.h"
#include "pipeline/clean/clean_attributes.h"
#include "base/card.h"

#include <stdio.h>

/* What the parts of a frame are made from. */
struct job {
    const struct em_clean_format *format;
    struct em_scan_values *values;
    struct em_buf *lines; /* one output after the other */
    const struct em_record *record;
    const struct em_page *page;
    const struct em_doc *doc; /* NULL: no text in it */
    const struct em_verdict *verdict;
    struct em_view text, raw_text, raw_id; /* raw: as in the line, JSON only */
    struct em_view page_type, source;      /* as the line names them; or empty */
    bool json;
};

/* What stands between the quotation marks; empty for what is no string. */
static struct em_view string_inside(struct em_view raw)
{
    bool string = raw.len >= 2 && raw.data[0] == '"';
    return string ? em_view_sub(raw, 1, raw.len - 2) : EM_VIEW_NONE;
}

/* Where the text and the id stand; of keys that occur twice the last one, as the text that
 * was judged. One pass, unless the text's name is a path. */
static void find_fields(struct job *job)
{
    enum { MOST = 13, PAGE_TYPE = 1, SOURCES = 2, TEXTS = 5 };
    const char *named = job->format->text_field;
    const char *const *usual = em_page_field_usual(EM_PAGE_FIELD_TEXT);
    struct em_view raw[MOST],
        keys[MOST] = {EM_VIEW("id"), EM_VIEW("page_type"), EM_VIEW("source"),
                      EM_VIEW("dataset"), EM_VIEW("domain")};
    size_t n = TEXTS;
    if (named)
        keys[n++] = em_view_of(named);
    for (size_t i = 0; !named && n < MOST && usual[i]; i++)
        keys[n++] = em_view_of(usual[i]);
    em_json_text_pick(job->record->block, keys, n, raw);
    if (named && !raw[TEXTS].len &&
        !em_json_text_find(job->record->block, keys[TEXTS], &raw[TEXTS]))
        raw[TEXTS] = EM_VIEW_NONE;
    job->raw_id = raw[0];
    job->page_type = string_inside(raw[PAGE_TYPE]);
    for (size_t i = SOURCES; i < TEXTS && !job->source.len; i++)
        job->source = string_inside(raw[i]);
    job->raw_text = EM_VIEW_NONE;
    for (size_t i = n; --i >= TEXTS;)
        if (raw[i].len && raw[i].data[0] == '"')
            job->raw_text = raw[i];
}

static enum em_status append_string(struct em_buf *out, struct em_view text)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_string(&json, text);
    return json.status;
}

/* The document as JSON, without a line's end: its own bytes, or with another text. */
static enum em_status append_document(const struct job *job, struct em_buf *out,
                                      struct em_view text, bool changed)
{
    struct em_view line = job->record->block;
    if (job->json) {
        if (!changed)
            return em_buf_append_view(out, line);
        size_t at = (size_t)(job->raw_text.data - line.data);
        EM_TRY(em_buf_append(out, line.data, at));
        EM_TRY(append_string(out, text));
        at += job->raw_text.len;
        return em_buf_append(out, line.data + at, line.len - at);
    }
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_key(&json, "id");
    em_json_string_or_null(&json, job->page->id);
    em_json_key(&json, "url");
    em_json_string_or_null(&json, job->page->url);
    em_json_key(&json, "date");
    em_json_string_or_null(&json, job->page->date);
    em_json_key(&json, "lang");
    em_json_string_or_null(&json, job->doc ? job->doc->lang : EM_VIEW_NONE);
    if (job->doc && job->doc->published.len) {
        em_json_key(&json, "published");
        em_json_string(&json, job->doc->published);
    }
    if (job->page_type.len && em_clean_rules_by_type(job->format->policy)) {
        em_json_key(&json, "page_type");
        em_json_string(&json, job->page_type);
    }
    em_json_key(&json, "text");
    em_json_string(&json, text);
    em_json_end(&json);
    return json.status;
}

static enum em_status append_kept(const struct job *job, const struct em_clean_plan *plan)
{
    struct em_view text = plan->cut ? em_buf_view(&plan->text) : job->text;
    if (job->record->row.len)
        return plan->cut ? em_parquet_row_replace(job->lines, job->record->row,
                                                  job->format->text_leaf, text)
                         : em_buf_append_view(job->lines, job->record->row);
    if (job->format->raw_text)
        return em_buf_append_view(job->lines, plan->cut ? text : job->record->block);
    EM_TRY(append_document(job, job->lines, text, plan->cut));
    /* What ended the line in the input is not in the block: two bytes are CR LF. */
    bool crlf = job->json && job->record->origin.length == job->record->block.len + 2;
    return em_buf_append_view(job->lines, crlf ? EM_VIEW("\r\n") : EM_VIEW("\n"));
}

static void write_spans(struct em_json *json, const struct em_clean_plan *plan)
{
    em_json_key(json, "spans");
    em_json_array(json);
    for (size_t i = 0; i < plan->n_spans; i++) {
        const struct em_clean_span *span = &plan->spans[i];
        em_json_object(json);
        em_json_key(json, "start");
        em_json_u64(json, span->start);
        em_json_key(json, "end");
        em_json_u64(json, span->end);
        em_json_key(json, "reason");
        em_json_string(json, em_view_of(em_clean_reason_name(span->reason)));
        em_json_key(json, "value");
        em_json_fixed(json, (double)span->value, 3);
        em_json_key(json, "what");
        em_json_string_or_null(json, span->what);
        em_json_key(json, "item");
        em_json_string_or_null(json, span->item);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_source(struct em_json *json, const struct em_record *record)
{
    em_json_key(json, "file");
    em_json_string(json, record->origin.file);
    em_json_key(json, "offset");
    em_json_u64(json, record->origin.offset);
}

static enum em_status append_removed(const struct job *job,
                                     const struct em_clean_plan *plan)
{
    struct em_json json;
    bool scored = job->verdict && job->verdict->kind != EM_VERDICT_ABSTAIN;
    em_json_init(&json, job->lines);
    em_json_object(&json);
    em_json_key(&json, "reasons");
    em_json_array(&json);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (plan->reasons & 1u << r)
            em_json_string(&json,
                           em_view_of(em_clean_reason_name((enum em_clean_reason)r)));
    em_json_end(&json);
    em_json_key(&json, "score");
    if (scored)
        em_json_fixed(&json, job->verdict->score, 6);
    else
        em_json_null(&json);
    write_spans(&json, plan);
    write_source(&json, job->record);
    em_json_key(&json, "document");
    em_json_raw(&json, EM_VIEW_NONE);
    if (json.status < 0)
        return json.status;
    EM_TRY(append_document(job, job->lines, job->text, false));
    return em_buf_append(job->lines, "}\n", 2);
}

static enum em_status append_bad(const struct job *job, enum em_drop drop)
{
    struct em_json json;
    em_json_init(&json, job->lines);
    em_json_object(&json);
    write_source(&json, job->record);
    em_json_key(&json, "reason");
    em_json_string(
        &json, em_view_of(job->record->error ? job->record->error : em_drop_name(drop)));
    em_json_key(&json, "line");
    em_json_string(&json, job->record->type == EM_RECORD_JSON ? job->record->block
                                                              : EM_VIEW_NONE);
    em_json_end(&json);
    return em_json_finish(&json);
}

static bool edited_is_told(const struct em_clean_policy *policy,
                           const struct em_verdict *v)
{
    return v && ((policy->edited_tag > 0 && v->edited >= policy->edited_tag) ||
                 (policy->edited_drop > 0 && v->edited >= policy->edited_drop));
}

static enum em_status append_attributes(const struct job *job,
                                        const struct em_clean_plan *plan)
{
    static const struct {
        enum em_clean_reason reason;
        const char *name;
    } tags[] = {{EM_CLEAN_LEAK, "echometer__leak"},
                {EM_CLEAN_COPY, "echometer__copy"},
                {EM_CLEAN_BENCHMARK, "echometer__benchmark"},
                {EM_CLEAN_ECHO, "echometer__echo"},
                {EM_CLEAN_OPTOUT, "echometer__optout"}};
    static const char *const why[EM_CLEAN_REASONS] = {
        "echometer__why_score",     "echometer__why_leak",   "echometer__why_copy",
        "echometer__why_benchmark", "echometer__why_pieces", "echometer__why_language",
        "echometer__why_known",     "echometer__why_echo",   "echometer__why_optout",
        "echometer__why_edited"};
    size_t n = 0;
    uint32_t all = (uint32_t)job->text.len;
    struct em_attribute *list =
        em_calloc(plan->n_spans + 5 + EM_CLEAN_REASONS, sizeof(list[0]));
    if (!list)
        return EM_ERR_NOMEM;
    if (job->verdict && job->verdict->kind != EM_VERDICT_ABSTAIN) {
        list[n++] =
            (struct em_attribute){"echometer__score", 0, all, job->verdict->score};
        list[n++] =
            (struct em_attribute){"echometer__log_odds", 0, all, job->verdict->log_odds};
    }
    if (plan->tier != EM_CLEAN_NO_TIER)
        list[n++] = (struct em_attribute){"echometer__tier", 0, all, plan->tier};
    if (edited_is_told(job->format->policy, job->verdict))
        list[n++] =
            (struct em_attribute){"echometer__edited", 0, all, job->verdict->edited};
    for (size_t t = 0; t < sizeof(tags) / sizeof(tags[0]); t++)
        for (size_t i = 0; i < plan->n_spans; i++)
            if (plan->spans[i].reason == tags[t].reason)
                list[n++] = (struct em_attribute){tags[t].name, plan->spans[i].start,
                                                  plan->spans[i].end,
                                                  (double)plan->spans[i].value};
    if (plan->reasons)
        list[n++] = (struct em_attribute){"echometer__removed", 0, all, 1};
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (plan->reasons & 1u << r)
            list[n++] = (struct em_attribute){why[r], 0, all, 1};
    struct em_buf id;
    em_buf_init(&id, 2 * EM_MAX_URL);
    enum em_status status = EM_OK;
    if (!job->json && job->page->id.len)
        status = append_string(&id, job->page->id);
    if (status == EM_OK)
        status = em_attributes_write(
            job->lines, job->json ? job->raw_id : em_buf_view(&id), job->text, list, n);
    em_buf_release(&id);
    em_free(list);
    return status;
}

static struct em_view date_of(const struct job *job)
{
    if (job->doc && job->doc->published.len)
        return job->doc->published;
    return job->page->published.len ? job->page->published : job->page->date;
}

/* Whether all of a day, month or year is before ChatGPT's first day. */
static bool is_before_chatgpt(struct em_view date)
{
    enum { YEAR = sizeof("2022") - 1, MONTH = sizeof("2022-11") - 1 };
    const int64_t first_of_year = em_month_start(2022 * 12),
                  first_of_month = em_month_start(2022 * 12 + 10);
    int64_t at = em_date_parse(date);
    int64_t end = date.len <= YEAR    ? first_of_year
                  : date.len <= MONTH ? first_of_month
                                      : EM_DATE_CHATGPT;
    return at != EM_DATE_UNKNOWN && at < end;
}

static uint32_t year_of(struct em_view date)
{
    unsigned long long year = 0;
    return em_view_u64(em_view_sub(date, 0, 4), &year) ? (uint32_t)year : 0;
}

/* All that stands in the lines goes to `output`. The limit is the record's own, whatever
 * else is in the batch: the number of threads changes nothing. */
static enum em_status take_part(const struct job *job, struct em_clean_frame *frame,
                                enum em_clean_output output)
{
    size_t all = job->lines->len;
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++)
        all += frame->parts[i].len;
    if (all > EM_MAX_CARRIED)
        return EM_ERR_LIMIT;
    struct em_view part = em_scan_values_copy(job->values, em_buf_view(job->lines));
    frame->parts[output] = part;
    em_buf_clear(job->lines);
    return part.data ? EM_OK : EM_ERR_NOMEM;
}

static enum em_status append_parts(const struct job *job,
                                   const struct em_clean_plan *plan, enum em_drop drop,
                                   struct em_clean_frame *frame)
{
    bool document = frame->fate == EM_CLEAN_IS_KEPT || frame->fate == EM_CLEAN_IS_REMOVED;
    if (frame->fate == EM_CLEAN_IS_BAD) {
        EM_TRY(append_bad(job, drop));
        EM_TRY(take_part(job, frame, EM_CLEAN_BAD));
    } else if (frame->fate == EM_CLEAN_IS_REMOVED) {
        EM_TRY(append_removed(job, plan));
        EM_TRY(take_part(job, frame, EM_CLEAN_REMOVED));
    } else if (frame->fate == EM_CLEAN_IS_KEPT) {
        EM_TRY(append_kept(job, plan));
        EM_TRY(take_part(job, frame, EM_CLEAN_KEPT));
    }
    /* A line without text is read by the mixer all the same. */
    if (document || drop == EM_DROP_NO_FIELD) {
        EM_TRY(append_attributes(job, plan));
        EM_TRY(take_part(job, frame, EM_CLEAN_ATTRIBUTES));
    }
    if (!document)
        return EM_OK;
    EM_TRY(em_clean_passages_write(job->lines, job->record, job->page, job->text,
                                   job->verdict, plan));
    return take_part(job, frame, EM_CLEAN_PASSAGES);
}

/* What is known of the document beside its text. `words`, `name`: room for it. */
static enum em_status find_facts(const struct job *job, char words[128],
                                 char name[EM_CLEAN_ECHO_NAME],
                                 struct em_clean_facts *facts)
{
    *facts = (struct em_clean_facts){.page_type = job->page_type};
    if (job->format->optout) {
        uint32_t flags = em_clean_optout_page(job->page, job->doc);
        if (job->json)
            flags |= em_clean_optout_json(job->record->block);
        facts->optout = em_clean_optout_words(flags, words, 128);
    }
    if (!job->format->echoes)
        return EM_OK;
    return em_clean_echoes_find(job->format->echoes, job->format->file, job->page,
                                job->doc, job->record->origin.number, name, facts);
}

/* A line that can be read but holds no text to judge is kept; what cannot be read is bad;
 * of archives, what is no document (requests, images) is neither. */
static enum em_clean_fate fate_of(const struct em_record *record, enum em_drop drop)
{
    switch (drop) {
    case EM_DROP_NONE:
        return EM_CLEAN_IS_KEPT;
    case EM_DROP_DAMAGED:
    case EM_DROP_BAD_JSON:
    case EM_DROP_NO_FIELD:
    case EM_DROP_TOO_BIG:
    case EM_DROP_BOMB:
        return EM_CLEAN_IS_BAD;
    default:
        return record->type == EM_RECORD_JSON || record->type == EM_RECORD_FILE
                   ? EM_CLEAN_IS_KEPT
                   : EM_CLEAN_NONE;
    }
}

/* Documents of one domain are alike: estimates draw them together. */
static void count_domain(const struct job *job, struct em_clean_frame *frame)
{
    struct em_domain domain;
    struct em_view of = job->page->id;
    if (em_domain_of(job->page->url, &domain)) {
        of = em_view_sub(domain.registrable, 0, sizeof(frame->domain) - 1);
        memcpy(frame->domain, of.data, of.len);
    }
    frame->cluster =
        (unsigned char)(em_hash64(of.data ? of.data : "", of.len, 0) % EM_CARD_CLUSTERS);
}

static struct em_view file_name(struct em_view path)
{
    size_t at = path.len;
    while (at > 0 && path.data[at - 1] != '/')
        at--;
    return em_view_sub(path, at, path.len);
}

static void count(const struct job *job, const struct em_clean_plan *plan,
                  struct em_clean_frame *frame)
{
    const struct em_verdict *v = job->verdict;
    struct em_view lang = job->doc ? job->doc->lang : EM_VIEW_NONE;
    frame->words = job->doc ? job->doc->words : 0;
    frame->kept_words = plan->cut ? em_words_of(em_buf_view(&plan->text)) : frame->words;
    frame->reasons = plan->reasons;
    frame->cut = plan->cut && !plan->reasons;
    frame->scored = v && v->kind != EM_VERDICT_ABSTAIN;
    frame->flagged = v && v->kind == EM_VERDICT_MACHINE;
    if (frame->scored)
        frame->bin = (unsigned char)em_score_bin(v->log_odds);
    count_domain(job, frame);
    frame->year = year_of(date_of(job));
    frame->human = is_before_chatgpt(date_of(job)) || is_before_chatgpt(job->page->date);
    frame->page_type = (unsigned char)em_page_type_of(job->page_type);
    frame->tier = (signed char)plan->tier;
    struct em_view source =
        job->source.len ? job->source : file_name(job->record->origin.file);
    snprintf(frame->source, sizeof(frame->source), "%.*s",
             EM_VIEW_ARGS(em_view_sub(source, 0, sizeof(frame->source) - 1)));
    snprintf(frame->lang, sizeof(frame->lang), "%.*s",
             (int)(lang.len < 11 ? lang.len : 11), lang.len ? lang.data : "");
}

static enum em_status make_frame(struct job *job, const struct em_scan_item *item,
                                 struct em_clean_frame *frame)
{
    const enum em_drop drop = item->drop;
    const struct em_clean_policy *policy = job->format->policy;
    struct em_clean_plan plan;
    struct em_clean_facts facts;
    char words[128], name[EM_CLEAN_ECHO_NAME];
    enum em_status status = EM_OK;
    em_clean_plan_init(&plan);
    if (job->doc)
        status = find_facts(job, words, name, &facts);
    if (job->doc && status == EM_OK)
        status =
            em_clean_decide(policy, job->text, job->doc, job->verdict, &facts, &plan);
    if (plan.cut && job->json && !job->raw_text.len) {
        /* The text was put together from several strings (the turns of a conversation):
         * there is no one place to write a shorter one to, so the line goes. */
        plan.reasons |= plan.cut_for;
        plan.cut = false;
    }
    if (status == EM_OK && plan.cut)
        status = em_clean_settle(job->format, item, job->page_type, &plan);
    if (plan.reasons)
        frame->fate = EM_CLEAN_IS_REMOVED;
    count(job, &plan, frame);
    if (status == EM_OK)
        status = append_parts(job, &plan, drop, frame);
    em_clean_plan_release(&plan);
    return status;
}

/* A record whose lines would be longer than can be carried: where it is and what its bytes
 * hash to, in place of the bytes. */
static enum em_status refer_frame(struct job *job, struct em_clean_frame *frame)
{
    struct em_view block = job->record->block;
    struct em_json json;
    memset(frame, 0, sizeof(*frame));
    frame->fate = EM_CLEAN_IS_BAD;
    em_buf_clear(job->lines);
    em_json_init(&json, job->lines);
    em_json_object(&json);
    write_source(&json, job->record);
    em_json_key(&json, "reason");
    em_json_string(&json, EM_VIEW("written as JSON the line is longer than the limit"));
    em_json_key(&json, "line");
    em_json_null(&json);
    em_json_key(&json, "length");
    em_json_u64(&json, block.len);
    em_json_key(&json, "xxh64");
    em_json_hex(&json, em_hash64(block.data ? block.data : "", block.len, 0));
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return take_part(job, frame, EM_CLEAN_BAD);
}

enum em_status em_clean_frame_map(const struct em_clean_format *format,
                                  struct em_scan_values *values,
                                  const struct em_scan_item *item)
{
    const struct em_record *record = item->record;
    const struct em_page *page = item->page;
    struct em_buf lines;
    struct em_clean_frame *frame = em_scan_values_add(values, sizeof(*frame));
    if (!frame)
        return EM_ERR_NOMEM;
    em_buf_init(&lines, EM_MAX_CARRIED);
    struct job job = {.format = format,
                      .values = values,
                      .lines = &lines,
                      .record = record,
                      .page = page,
                      .doc = item->doc,
                      .verdict = item->verdict,
                      .json = record->type == EM_RECORD_JSON};
    frame->fate = fate_of(record, item->drop);
    if (job.json && frame->fate != EM_CLEAN_IS_BAD)
        find_fields(&job);
    else if (job.json && item->drop == EM_DROP_NO_FIELD &&
             !em_clean_json_find(record->block, EM_VIEW("id"), &job.raw_id))
        job.raw_id = EM_VIEW_NONE;
    if (item->doc && item->doc->page_type.len)
        job.page_type = item->doc->page_type;
    if (item->doc)
        job.text = page->kind == EM_PAGE_TEXT ? page->body : item->doc->text;
    enum em_status status = make_frame(&job, item, frame);
    if (status == EM_ERR_LIMIT)
        status = refer_frame(&job, frame);
    em_buf_release(&lines);
    return status;
}
