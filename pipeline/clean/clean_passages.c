/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_passages.h"

#include "base/json.h"

static void text_member(struct em_json *json, const char *key, struct em_view value)
{
    em_json_key(json, key);
    em_json_string_or_null(json, value);
}

/* Both ends of a long passage say what it is. */
static enum em_status clean_passages_quote(struct em_json *json, struct em_view passage)
{
    struct em_buf out;
    em_json_key(json, "passage");
    if (passage.len <= EM_CLEAN_QUOTED) {
        em_json_string(json, passage);
        return json->status;
    }
    em_buf_init(&out, 4 * (size_t)EM_CLEAN_QUOTED);
    size_t head = em_clean_back(passage, EM_CLEAN_QUOTED / 3 * 2, 1);
    size_t tail = em_clean_forward(passage, passage.len - EM_CLEAN_QUOTED / 3, 1);
    enum em_status status = em_buf_append(&out, passage.data, head);
    if (status == EM_OK)
        status = em_buf_printf(&out, " [... %zu bytes ...] ", tail - head);
    if (status == EM_OK)
        status = em_buf_append_view(&out, em_view_sub(passage, tail, passage.len));
    if (status == EM_OK)
        em_json_string(json, em_buf_view(&out));
    em_buf_release(&out);
    return status == EM_OK ? json->status : status;
}

static enum em_status write_span(struct em_buf *lines, const struct em_record *record,
                                 const struct em_page *page, struct em_view text,
                                 const struct em_clean_span *span, const char *done)
{
    struct em_json json;
    size_t start = span->start, end = span->end;
    size_t before = em_clean_back(text, start, EM_CLEAN_CONTEXT);
    size_t after = em_clean_forward(text, end, EM_CLEAN_CONTEXT);
    em_json_init(&json, lines);
    em_json_object(&json);
    text_member(&json, "reason", em_view_of(em_clean_reason_name(span->reason)));
    text_member(&json, "what", span->what);
    text_member(&json, "item", span->item);
    em_json_key(&json, "value");
    em_json_fixed(&json, (double)span->value, 3);
    text_member(&json, "done", em_view_of(done));
    text_member(&json, "id", page->id);
    text_member(&json, "url", page->url);
    text_member(&json, "file", record->origin.file);
    em_json_key(&json, "offset");
    em_json_u64(&json, record->origin.offset);
    em_json_key(&json, "start");
    em_json_u64(&json, start);
    em_json_key(&json, "end");
    em_json_u64(&json, end);
    text_member(&json, "before", em_view_sub(text, before, start - before));
    EM_TRY(clean_passages_quote(&json, em_view_sub(text, start, end - start)));
    text_member(&json, "after", em_view_sub(text, end, after - end));
    em_json_end(&json);
    return em_json_finish(&json);
}

/* Reasons that have no passage: how the document begins has to do. */
static bool about_whole(enum em_clean_reason reason)
{
    return reason == EM_CLEAN_SCORE || reason == EM_CLEAN_LANGUAGE ||
           reason == EM_CLEAN_KNOWN || reason == EM_CLEAN_PIECES ||
           reason == EM_CLEAN_EDITED;
}

enum em_status em_clean_passages_write(struct em_buf *lines,
                                       const struct em_record *record,
                                       const struct em_page *page, struct em_view text,
                                       const struct em_verdict *verdict,
                                       const struct em_clean_plan *plan)
{
    if (!plan->reasons && !plan->n_spans)
        return EM_OK;
    const size_t beginning = em_clean_forward(text, 0, 3 * EM_CLEAN_CONTEXT);
    for (int r = 0; r < EM_CLEAN_REASONS; r++) {
        struct em_clean_span whole = {
            .end = (uint32_t)beginning, .reason = (enum em_clean_reason)r, .value = 1};
        if (!(plan->reasons & 1u << r) || !about_whole(whole.reason))
            continue;
        if (whole.reason == EM_CLEAN_SCORE && verdict)
            whole.value = (float)verdict->score;
        if (whole.reason == EM_CLEAN_EDITED && verdict)
            whole.value = (float)verdict->edited;
        EM_TRY(write_span(lines, record, page, text, &whole, "removed"));
    }
    for (size_t i = 0; i < plan->n_spans; i++) {
        struct em_clean_span span = plan->spans[i];
        bool fact = span.reason == EM_CLEAN_ECHO || span.reason == EM_CLEAN_OPTOUT;
        if (fact)
            span.end = (uint32_t)beginning;
        EM_TRY(write_span(lines, record, page, text, &span,
                          plan->reasons                     ? "removed"
                          : plan->cut && plan->spans[i].cut ? "cut"
                                                            : "tagged"));
    }
    return EM_OK;
}
