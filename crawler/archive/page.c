/* SPDX-License-Identifier: Apache-2.0
 *
 * From a record to a page, or to the one reason why it is none.
 *
 *     response, ARC http  -> HTTP head -> status -> codings undone -> type -> page
 *     resource            -> the record's own type (or an HTTP head, which some tools keep)
 *     conversion (WET)    -> text as it is
 *     JSON line           -> the text field
 *     file                -> HTML or text by its content
 *
 * A record that is damaged but has bytes is read as far as they go: a page without its end
 * is still text, and is marked truncated. Where nothing comes of it, it is `damaged`.
 * A body that its own HTTP message shows to be cut is damage as well, unless the record
 * says WARC-Truncated: it is used as far as it goes, and page->damage says what is wrong.
 * A block over EM_MAX_BLOCK is `too-big`, not a prefix: such records are media and dumps,
 * and half of a decoded size limit would depend on how the bytes were stored.
 */
#include "crawler/archive/archive.h"

#include "base/alloc.h"
#include "base/date.h"
#include "base/json_read.h"
#include "crawler/archive/chat.h"
#include "base/limits.h"
#include "crawler/archive/coding.h"
#include "crawler/archive/http.h"
#include "crawler/archive/mime.h"

#include <stdio.h>
#include <stdlib.h>

struct em_page_decoder {
    struct em_page_fields fields; /* owned */
    struct em_coder *coder;
    struct em_json_reader *json; /* made at the first JSON line */
    struct em_http_head head;
    struct em_buf chat; /* text put together from the turns of a conversation */
    char dump[16];      /* the day a crawl's name stands for */
};

/* A copy of a name, which may be NULL. */
static bool copy_name(const char **to, const char *from)
{
    *to = from ? em_strdup(from) : NULL;
    return !from || *to;
}

static enum em_status copy_fields(struct em_page_decoder *decoder,
                                  const struct em_page_fields *fields)
{
    bool good = copy_name(&decoder->fields.text, fields->text) &&
                copy_name(&decoder->fields.url, fields->url) &&
                copy_name(&decoder->fields.date, fields->date) &&
                copy_name(&decoder->fields.id, fields->id);
    return good ? EM_OK : EM_ERR_NOMEM;
}

enum em_status em_page_decoder_new(struct em_page_decoder **out,
                                   const struct em_page_fields *fields,
                                   struct em_err *err)
{
    struct em_page_decoder *decoder = em_calloc(1, sizeof(*decoder));
    *out = NULL;
    if (!decoder)
        return em_fail(err, EM_ERR_NOMEM, "page", "out of memory");
    em_buf_init(&decoder->chat, EM_MAX_LINE);
    enum em_status status = em_coder_new(&decoder->coder);
    if (status == EM_OK && fields)
        status = copy_fields(decoder, fields);
    if (status != EM_OK) {
        em_page_decoder_free(decoder);
        return em_fail(err, status, "page", "%s", em_status_text(status));
    }
    *out = decoder;
    return EM_OK;
}

void em_page_decoder_free(struct em_page_decoder *decoder)
{
    if (!decoder)
        return;
    em_coder_free(decoder->coder);
    em_json_reader_free(decoder->json);
    em_buf_release(&decoder->chat);
    for (int f = 0; f < EM_PAGE_FIELDS; f++)
        em_free((char *)(uintptr_t)em_page_field_named(&decoder->fields,
                                                       (enum em_page_field)f));
    em_free(decoder);
}

/* --- bodies ------------------------------------------------------------------------------ */

/* The kind of a body under its declared type. spec: MIMESNIFF 7. Beyond it, for reading
 * and not for running: application/octet-stream is sniffed like a missing type, and an
 * HTML document sent as text/plain is HTML. */
static enum em_drop decide_kind(struct em_view essence, struct em_view body,
                                enum em_page_kind *kind)
{
    enum em_mime mime = em_mime_of(essence);
    if (mime == EM_MIME_OTHER)
        return EM_DROP_MIME;
    if (mime == EM_MIME_UNKNOWN) {
        mime = em_mime_sniff(body);
        if (mime == EM_MIME_OTHER)
            return essence.len == 0 ? EM_DROP_BINARY : EM_DROP_MIME;
    } else if (em_mime_is_binary(body)) {
        return EM_DROP_BINARY;
    }
    if (mime == EM_MIME_HTML || em_mime_is_html_document(body))
        *kind = EM_PAGE_HTML;
    else if (mime == EM_MIME_TEXT)
        *kind = EM_PAGE_TEXT;
    else
        return EM_DROP_MIME;
    return EM_DROP_NONE;
}

static enum em_drop drop_of(enum em_status status)
{
    switch (status) {
    case EM_OK:
        return EM_DROP_NONE;
    case EM_ERR_LIMIT:
        return EM_DROP_BOMB;
    case EM_ERR_NOMEM:
        return EM_DROP_TOO_BIG;
    default:
        return EM_DROP_BAD_ENCODING;
    }
}

/* Cut while it was fetched; a coded body's length is not the stored one's where an
 * archiver undid the coding. spec: RFC9112 8 */
static bool is_short(const struct em_http_head *head)
{
    return head->has_length && head->n_codings == 0 &&
           head->content_length > head->body.len;
}

static void page_cut(struct em_page *page, const char *why)
{
    page->truncated = true;
    page->damage = why;
}

/* Body and type of decoder->head into the page. */
static enum em_drop take_body(struct em_page_decoder *decoder, struct em_page *page)
{
    struct em_http_head *head = &decoder->head;
    struct em_http_body body;
    page->mime = head->mime;
    page->charset = head->charset;
    if (is_short(head))
        page_cut(page, "the HTTP body is shorter than its Content-Length");
    if (head->body.len == 0)
        return EM_DROP_EMPTY;
    /* Types that are never pages need not be inflated. */
    if (em_mime_of(head->mime) == EM_MIME_OTHER)
        return EM_DROP_MIME;
    enum em_drop drop = drop_of(em_http_decode(decoder->coder, head, &body));
    if (body.cut)
        page_cut(page, body.cut);
    if (drop != EM_DROP_NONE)
        return drop;
    if (body.body.len == 0)
        return EM_DROP_EMPTY;
    page->body = body.body;
    return decide_kind(page->mime, page->body, &page->kind);
}

static bool is_web_url(struct em_view url)
{
    return em_view_istarts(url, EM_VIEW("http:")) ||
           em_view_istarts(url, EM_VIEW("https:"));
}

/* A body with nothing in front of it under the record's own Content-Type. */
static enum em_drop take_plain(struct em_page_decoder *decoder, struct em_view block,
                               struct em_view type, struct em_page *page)
{
    struct em_http_head *head = &decoder->head;
    memset(head, 0, sizeof(*head));
    head->body = block;
    em_http_content_type(head, type);
    return take_body(decoder, page);
}

static enum em_drop take_http(struct em_page_decoder *decoder,
                              const struct em_record *record, struct em_page *page)
{
    struct em_http_head *head = &decoder->head;
    if (!em_http_parse(record->block, head)) {
        if (record->block.len == 0)
            return EM_DROP_EMPTY;
        /* spec: RFC1945 4.1 Simple-Response: HTTP/0.9 sends the entity at once. */
        if (em_mime_sniff(record->block) != EM_MIME_HTML)
            return EM_DROP_BAD_HTTP;
        return take_plain(decoder, record->block, EM_VIEW_NONE, page);
    }
    if (head->is_request)
        return EM_DROP_REQUEST;
    if (head->status == 0 || head->oversized)
        return EM_DROP_BAD_HTTP;
    page->http_status = head->status;
    page->http_header = head->header;
    if (head->status < 200 || head->status > 299)
        return EM_DROP_HTTP_STATUS;
    /* spec: RFC9110 15.3.7: a part of the page. */
    page->truncated |= head->status == 206;
    if (head->cut)
        page_cut(page, "the HTTP header ends before its blank line");
    return take_body(decoder, page);
}

/* --- records ----------------------------------------------------------------------------- */

static bool is_message(struct em_view mime)
{
    return em_view_istarts(mime, EM_VIEW("application/http")) ||
           em_view_istarts(mime, EM_VIEW("message/http"));
}

/* spec: WARC1.1 6.3: a response is an HTTP message for http and https; dns: and ftp: have
 * formats of their own. */
static enum em_drop decode_response(struct em_page_decoder *decoder,
                                    const struct em_record *record, struct em_page *page)
{
    if (!is_web_url(record->url) &&
        !(is_message(record->mime) && em_view_istarts(record->block, EM_VIEW("HTTP/"))))
        return EM_DROP_NOT_HTTP;
    return take_http(decoder, record, page);
}

/* spec: WARC1.1 6.4: the block is the resource itself. */
static enum em_drop decode_resource(struct em_page_decoder *decoder,
                                    const struct em_record *record, struct em_page *page)
{
    if (em_view_istarts(record->url, EM_VIEW("dns:")) ||
        em_view_istarts(record->mime, EM_VIEW("text/dns")))
        return EM_DROP_NOT_HTTP;
    if (is_message(record->mime))
        return take_http(decoder, record, page);
    return take_plain(decoder, record->block, record->mime, page);
}

/* spec: WARC1.1 6.7; WET: the text of a page, UTF-8. */
static enum em_drop decode_conversion(struct em_page_decoder *decoder,
                                      const struct em_record *record,
                                      struct em_page *page)
{
    if (record->mime.len > 0)
        return take_plain(decoder, record->block, record->mime, page);
    return take_plain(decoder, record->block, EM_VIEW("text/plain"), page);
}

static enum em_drop decode_arc(struct em_page_decoder *decoder,
                               const struct em_record *record, struct em_page *page)
{
    if (!is_web_url(record->url))
        return EM_DROP_NOT_HTTP;
    return take_http(decoder, record, page);
}

/* --- corpora ----------------------------------------------------------------------------- */

/* The named field, or the first of the usual ones. */
static bool first_string(struct em_page_decoder *decoder, enum em_page_field field,
                         struct em_view *out)
{
    const char *named = em_page_field_named(&decoder->fields, field);
    const char *const *paths = em_page_field_usual(field);
    if (named)
        return em_json_get_string(decoder->json, named, out);
    for (; *paths; paths++)
        if (em_json_get_string(decoder->json, *paths, out))
            return true;
    return false;
}

/* "CC-MAIN-2024-10", year and week of a crawl: the first day of that week. spec: ISO 8601;
 * the week with January 4th in it is the first. */
static struct em_view date_of_dump(struct em_page_decoder *decoder, struct em_view dump)
{
    unsigned long long year, week;
    if (!em_view_starts(dump, EM_VIEW("CC-MAIN-")) || dump.len != 15 ||
        !em_view_u64(em_view_sub(dump, 8, 4), &year) || dump.data[12] != '-' ||
        !em_view_u64(em_view_sub(dump, 13, 2), &week) || week < 1 || week > 53)
        return EM_VIEW_NONE;
    char day[16];
    snprintf(day, sizeof(day), "%04llu-01-04", year);
    int64_t fourth = em_date_parse(em_view_of(day));
    if (fourth == EM_DATE_UNKNOWN)
        return EM_VIEW_NONE;
    /* 1969-12-29 was a Monday. */
    int64_t days = fourth / 86400 + 3;
    int64_t monday = days - (days % 7 + 7) % 7 - 3;
    em_date_format_day((monday + 7 * (int64_t)(week - 1)) * 86400, decoder->dump);
    return em_view_of(decoder->dump);
}

static void take_json_fields(struct em_page_decoder *decoder, struct em_page *page)
{
    struct em_json_reader *json = decoder->json;
    const char *id = decoder->fields.id ? decoder->fields.id : "id";
    struct em_view dump;
    first_string(decoder, EM_PAGE_FIELD_URL, &page->url);
    if (!first_string(decoder, EM_PAGE_FIELD_DATE, &page->date) &&
        first_string(decoder, EM_PAGE_FIELD_DUMP, &dump))
        page->date = date_of_dump(decoder, dump);
    first_string(decoder, EM_PAGE_FIELD_LANG, &page->lang);
    first_string(decoder, EM_PAGE_FIELD_PUBLISHED, &page->published);
    if (first_string(decoder, EM_PAGE_FIELD_ID, &page->id))
        return;
    em_json_get_number(json, id, &page->id); /* as it is written */
}

/* The text of a conversation; EM_DROP_NO_FIELD where the line is none. */
static enum em_drop take_chat(struct em_page_decoder *decoder, struct em_view line,
                              struct em_page *page)
{
    const char *named = em_page_field_named(&decoder->fields, EM_PAGE_FIELD_TEXT);
    enum em_status status = named ? em_chat_text(line, em_view_of(named), &decoder->chat)
                                  : em_chat_text_usual(line, &decoder->chat);
    if (status < 0)
        return EM_DROP_TOO_BIG;
    if (status == EM_END)
        return EM_DROP_NO_FIELD;
    page->body = em_buf_view(&decoder->chat);
    return page->body.len ? EM_DROP_NONE : EM_DROP_EMPTY;
}

static enum em_drop decode_json(struct em_page_decoder *decoder,
                                const struct em_record *record, struct em_page *page)
{
    if (record->error)
        return EM_DROP_DAMAGED;
    if (em_view_trim(record->block).len == 0)
        return EM_DROP_EMPTY;
    if (!decoder->json && em_json_reader_new(&decoder->json) != EM_OK)
        return EM_DROP_TOO_BIG;
    enum em_status status = em_json_reader_parse(decoder->json, record->block, NULL);
    if (status == EM_ERR_NOMEM)
        return EM_DROP_TOO_BIG;
    if (status != EM_OK) {
        page->damage = "the line is not valid JSON";
        return EM_DROP_BAD_JSON;
    }
    take_json_fields(decoder, page);
    page->kind = EM_PAGE_TEXT;
    page->charset = EM_VIEW("utf-8");
    /* A row has the column; it may be null there. */
    if (!first_string(decoder, EM_PAGE_FIELD_TEXT, &page->body))
        return record->origin.in_group ? EM_DROP_EMPTY
                                       : take_chat(decoder, record->block, page);
    return page->body.len > 0 ? EM_DROP_NONE : EM_DROP_EMPTY;
}

static bool has_suffix(struct em_view name, const char *suffix)
{
    struct em_view end = em_view_of(suffix);
    return name.len >= end.len &&
           em_view_ieq(em_view_sub(name, name.len - end.len, end.len), end);
}

/* A whole file: content first, then its name; a text may begin with a word in <angles>. */
static enum em_drop decode_file(struct em_page_decoder *decoder,
                                const struct em_record *record, struct em_page *page)
{
    (void)decoder;
    struct em_view name = record->origin.file;
    bool text_name = has_suffix(name, ".txt") || has_suffix(name, ".md");
    bool html_name = has_suffix(name, ".html") || has_suffix(name, ".htm") ||
                     has_suffix(name, ".xhtml") || has_suffix(name, ".xht");
    if (record->block.len == 0)
        return EM_DROP_EMPTY;
    if (em_mime_is_binary(record->block))
        return EM_DROP_BINARY;
    bool html = html_name || em_mime_is_html_document(record->block) ||
                (!text_name && em_mime_sniff(record->block) == EM_MIME_HTML);
    page->kind = html ? EM_PAGE_HTML : EM_PAGE_TEXT;
    bool xhtml = has_suffix(name, ".xhtml") || has_suffix(name, ".xht");
    page->mime = !html   ? EM_VIEW("text/plain")
                 : xhtml ? EM_VIEW("application/xhtml+xml")
                         : EM_VIEW("text/html");
    page->body = record->block;
    return EM_DROP_NONE;
}

/* --- all kinds --------------------------------------------------------------------------- */

static enum em_drop decode_any(struct em_page_decoder *decoder,
                               const struct em_record *record, struct em_page *page)
{
    switch (record->type) {
    case EM_RECORD_RESPONSE:
        return decode_response(decoder, record, page);
    case EM_RECORD_RESOURCE:
        return decode_resource(decoder, record, page);
    case EM_RECORD_CONVERSION:
        return decode_conversion(decoder, record, page);
    case EM_RECORD_ARC:
        return decode_arc(decoder, record, page);
    case EM_RECORD_JSON:
        return decode_json(decoder, record, page);
    case EM_RECORD_FILE:
        return decode_file(decoder, record, page);
    default:
        return EM_DROP_UNKNOWN_TYPE;
    }
}

/* What a record is by its type alone; NONE for those that may become pages. */
static enum em_drop drop_by_type(enum em_record_type type)
{
    switch (type) {
    case EM_RECORD_WARCINFO:
    case EM_RECORD_ARC_HEADER:
        return EM_DROP_WARCINFO;
    case EM_RECORD_REQUEST:
        return EM_DROP_REQUEST;
    case EM_RECORD_METADATA:
        return EM_DROP_METADATA;
    case EM_RECORD_REVISIT:
        return EM_DROP_REVISIT;
    case EM_RECORD_CONTINUATION:
        return EM_DROP_CONTINUATION;
    case EM_RECORD_DAMAGE:
        return EM_DROP_DAMAGED;
    case EM_RECORD_RESPONSE:
    case EM_RECORD_RESOURCE:
    case EM_RECORD_CONVERSION:
    case EM_RECORD_ARC:
    case EM_RECORD_JSON:
    case EM_RECORD_FILE:
        return EM_DROP_NONE;
    default:
        return EM_DROP_UNKNOWN_TYPE;
    }
}

/* What a crawl's writer says of how the page was drawn; nonsense is nothing said. */
static float inclusion_of(struct em_view text)
{
    char number[32];
    if (text.len == 0 || text.len >= sizeof(number))
        return 0;
    memcpy(number, text.data, text.len);
    number[text.len] = '\0';
    char *end;
    double value = strtod(number, &end);
    if (*end || !(value >= 0 && value <= 1))
        return 0;
    return value > 0 ? (float)value : -1;
}

/* What damage may have caused: without the damage these would be the reason themselves. */
static bool may_be_damage(enum em_drop drop)
{
    return drop == EM_DROP_EMPTY || drop == EM_DROP_BAD_HTTP ||
           drop == EM_DROP_BAD_ENCODING || drop == EM_DROP_BINARY;
}

enum em_drop em_page_decode(struct em_page_decoder *decoder,
                            const struct em_record *record, struct em_page *page)
{
    memset(page, 0, sizeof(*page));
    page->origin = record->origin;
    page->url = record->url;
    page->date = record->date;
    page->lang = record->lang;
    page->truncated = record->truncated.len > 0 || record->error != NULL;
    page->inclusion = inclusion_of(record->inclusion);
    enum em_drop drop = drop_by_type(record->type);
    if (drop != EM_DROP_NONE)
        return drop;
    if (record->too_big)
        return EM_DROP_TOO_BIG;
    drop = decode_any(decoder, record, page);
    /* Cut on purpose or in passing, and said so; or told of already. spec: WARC1.1 5.13 */
    if (record->truncated.len > 0 || record->error)
        page->damage = NULL;
    if (record->error && may_be_damage(drop))
        return EM_DROP_DAMAGED;
    return drop;
}
