/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/check/check.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "crawler/page/extract.h"
#include "crawler/page/lang.h"
#include "detector/detector.h"
#include "pipeline/check/prose.h"

#include <stdio.h>
#include <string.h>

struct em_checker {
    struct em_detector *detector;
    struct em_extractor *extractor;
    struct em_buf raw, clean, prose;
};

enum em_status em_checker_new(struct em_checker **out, const struct em_model *model,
                              double fpr, struct em_err *err)
{
    const struct em_extract_options extract = {.all = false};
    const struct em_detect_options detect = {.fpr = fpr, .spans = true};
    struct em_checker *c = em_calloc(1, sizeof(*c));
    *out = NULL;
    if (!c)
        return em_fail(err, EM_ERR_NOMEM, "check", "out of memory");
    em_buf_init(&c->raw, EM_MAX_TEXT);
    em_buf_init(&c->clean, 3 * (size_t)EM_MAX_TEXT);
    em_buf_init(&c->prose, 3 * (size_t)EM_MAX_TEXT);
    enum em_status status = em_detector_new(&c->detector, model, &detect, err);
    if (status == EM_OK)
        status = em_extractor_new(&c->extractor, &extract, err);
    if (status < 0)
        em_checker_free(c);
    else
        *out = c;
    return status;
}

void em_checker_free(struct em_checker *c)
{
    if (!c)
        return;
    em_detector_free(c->detector);
    em_extractor_free(c->extractor);
    em_buf_release(&c->raw);
    em_buf_release(&c->clean);
    em_buf_release(&c->prose);
    em_free(c);
}

/* --- one file ---------------------------------------------------------------------------- */

static bool view_is_blank(struct em_view text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n\f\v", text.data[i]))
            return false;
    return true;
}

/* The text to judge, of a file that was read; the fate where there is none. */
static enum em_status file_prose(struct em_checker *c, enum em_prose_kind kind,
                                 struct em_doc *doc, enum em_check_fate *fate)
{
    struct em_view raw = em_buf_view(&c->raw);
    if (memchr(raw.data, '\0', raw.len)) {
        *fate = EM_CHECK_OTHER;
        return EM_OK;
    }
    if (em_prose_is_generated(raw)) {
        *fate = EM_CHECK_GENERATED;
        return EM_OK;
    }
    if (kind == EM_PROSE_HTML) {
        struct em_page page = {.kind = EM_PAGE_HTML, .body = raw};
        if (em_extract(c->extractor, &page, doc) != EM_DROP_NONE)
            *fate = EM_CHECK_EMPTY;
        return EM_OK;
    }
    em_buf_clear(&c->clean);
    EM_TRY(em_utf8_append_clean(&c->clean, raw, NULL));
    EM_TRY(em_prose_only(kind, em_buf_view(&c->clean), &c->prose));
    doc->text = em_buf_view(&c->prose);
    if (view_is_blank(doc->text))
        *fate = EM_CHECK_EMPTY;
    else
        em_lang_detect(doc->text, EM_VIEW_NONE, &doc->lang, &doc->lang_confidence);
    return EM_OK;
}

/* Byte of the file that a byte of the judged text came from: of HTML, by its block. */
static size_t doc_origin(const struct em_doc *doc, size_t offset)
{
    for (size_t i = 0; i < doc->n_blocks; i++)
        if (offset <= doc->blocks[i].end)
            return offset >= doc->blocks[i].end ? doc->blocks[i].page_end
                                                : doc->blocks[i].page_start;
    return offset;
}

static uint32_t line_of(struct em_view text, size_t offset)
{
    uint32_t line = 1;
    for (size_t i = 0; i < offset && i < text.len; i++)
        line += text.data[i] == '\n';
    return line;
}

/* A short one-line copy, cut between characters. */
static void quote_line(char *out, size_t cap, struct em_view text)
{
    size_t n = 0;
    for (const char *p = text.data, *end = p + text.len; p < end;) {
        uint32_t cp;
        size_t len = em_utf8_decode(p, end, &cp);
        bool space = cp <= ' ' || (cp >= 0x7F && cp < 0xA0);
        if (n + len + 1 > cap)
            break;
        if (space && n && out[n - 1] != ' ')
            out[n++] = ' ';
        if (!space) {
            memcpy(out + n, p, len);
            n += len;
        }
        p += len;
    }
    out[n] = '\0';
}

/* The stretch to point at: the spans of a machine verdict from the first to the last, else the
 * first leak, else the whole text without the blanks around it. */
static struct em_stretch verdict_stretch(const struct em_verdict *v, struct em_view text)
{
    struct em_stretch all = {0, (uint32_t)text.len};
    if (v->n_spans)
        all = (struct em_stretch){v->spans[0].start, v->spans[v->n_spans - 1].end};
    else if (v->n_leaks)
        all = (struct em_stretch){v->leaks[0].start, v->leaks[0].end};
    while (all.start < all.end && strchr(" \t\r\n", text.data[all.start]))
        all.start++;
    while (all.end > all.start && strchr(" \t\r\n", text.data[all.end - 1]))
        all.end--;
    return all;
}

static void result_fill(struct em_checker *c, const struct em_doc *doc,
                        const struct em_verdict *v, struct em_check_result *r)
{
    struct em_view raw = em_buf_view(doc->n_blocks ? &c->raw : &c->clean);
    struct em_stretch at = verdict_stretch(v, doc->text);
    r->kind = v->kind;
    r->abstain = v->abstain;
    r->score = v->score;
    r->log_odds = v->log_odds;
    r->words = v->words;
    r->model = v->model;
    r->first_line = line_of(raw, doc_origin(doc, at.start));
    r->last_line = line_of(raw, doc_origin(doc, at.end));
    snprintf(r->leak, sizeof(r->leak), "%s", v->n_leaks ? v->leaks[0].kind : "");
    quote_line(r->quote, sizeof(r->quote),
               em_view_sub(doc->text, at.start, at.end - at.start));
}

enum em_status em_checker_file(struct em_checker *c, const char *path,
                               struct em_check_result *result, struct em_err *err)
{
    enum em_prose_kind kind = em_prose_kind_of(path);
    struct em_doc doc = {.n_blocks = 0};
    struct em_verdict v;
    *result = (struct em_check_result){.path = path, .fate = EM_CHECK_JUDGED};
    if (em_prose_is_vendored(path))
        result->fate = EM_CHECK_VENDORED;
    else if (kind == EM_PROSE_NONE)
        result->fate = EM_CHECK_OTHER;
    if (result->fate != EM_CHECK_JUDGED)
        return EM_OK;
    em_buf_clear(&c->raw);
    enum em_status status = em_read_file(path, &c->raw, err);
    if (status == EM_ERR_LIMIT)
        result->fate = EM_CHECK_TOO_LARGE;
    else if (status < 0 && status != EM_ERR_NOMEM)
        result->fate = EM_CHECK_UNREADABLE;
    else if (status == EM_OK && c->raw.len == 0)
        result->fate = EM_CHECK_EMPTY;
    if (result->fate != EM_CHECK_JUDGED)
        return EM_OK;
    EM_TRY(status);
    EM_TRY(file_prose(c, kind, &doc, &result->fate));
    if (result->fate != EM_CHECK_JUDGED)
        return EM_OK;
    EM_TRY(em_detect(c->detector, &doc, &v, err));
    result_fill(c, &doc, &v, result);
    return EM_OK;
}
