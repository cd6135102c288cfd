/* SPDX-License-Identifier: Apache-2.0
 *
 * The other reader of HTML: libxml2's SAX parser (`--html-parser libxml2`), for comparing.
 * It feeds the same builder, so only tokens and nesting are libxml2's. Nothing is fetched,
 * no DTD is read, no entity is expanded but HTML's own characters; a page nested deeper than
 * EM_MAX_LIBXML2_DEPTH ends there, because libxml2 looks through all open elements at every end tag.
 *
 * The parser reads a copy of the page of the same length, so that its position is an offset
 * of ours. In the copy stands DEL for an invalid byte, and SOH (which libxml2 leaves out) for
 * NUL, at which it would stop, and for DEL.
 *
 * Text comes in pieces with references decoded. It is gathered until the next tag, '&'
 * escaped again, because the builder decodes. So an offset inside a run of text is exact
 * where no reference stands before it in that run; ends of runs are exact.
 */
#include "base/arena.h"
#include "base/utf8.h"
#include "crawler/page/builder.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include <limits.h>

enum { RUN = 1 << 18 };

#define DEL '\x7F'
#define SOH '\x01'

struct reader {
    struct em_builder builder;
    struct em_outline *outline;
    struct em_arena *arena;
    htmlParserCtxtPtr parser;
    const char *copy; /* of the page */
    size_t len;
    struct em_buf run; /* text since the last tag */
    size_t run_start;  /* where it begins, as an offset into the page */
    size_t seen;       /* the page is read up to here */
    enum em_content content;
    enum em_status status;
    struct em_attr attrs[EM_MAX_ATTRIBUTES];
};

static size_t position(const struct reader *r)
{
    const xmlParserInput *in = r->parser->input;
    if (!in)
        return r->len;
    size_t at = (size_t)in->consumed + (size_t)(in->cur - in->base);
    return at < r->len ? at : r->len;
}

static void libxml2_stop(struct reader *r, enum em_status status)
{
    if (r->status == EM_OK)
        r->status = status;
    xmlStopParser(r->parser);
}

/* --- text ------------------------------------------------------------------------------- */

static enum em_status add_text(struct em_buf *out, const char *p, size_t n, bool escape)
{
    for (size_t from = 0, i = 0; i <= n; i++) {
        bool amp = i < n && p[i] == '&' && escape, bad = i < n && p[i] == DEL;
        if (i < n && !amp && !bad)
            continue;
        EM_TRY(em_buf_append(out, p + from, i - from));
        if (amp)
            EM_TRY(em_buf_append(out, "&amp;", 5));
        else if (bad)
            EM_TRY(em_buf_putc(out, '\xFF'));
        from = i + 1;
    }
    return EM_OK;
}

/* Offsets of blocks count from the run; its end is known. */
static enum em_status give_run(struct reader *r, struct em_view text)
{
    struct em_builder *b = &r->builder;
    const struct em_token token = {
        .kind = EM_TOKEN_TEXT, .content = r->content, .text = text};
    struct em_sink *const sinks[] = {&b->sink, &b->veiled};
    for (size_t i = 0; i < 2; i++) {
        sinks[i]->page = text.data;
        sinks[i]->page_at = (uint32_t)r->run_start;
    }
    enum em_status status = em_builder_text(b, &token);
    uint32_t end = (uint32_t)r->seen;
    for (size_t i = 0; i < 2; i++) {
        struct em_raw_block *block = &sinks[i]->block;
        sinks[i]->page = r->copy;
        sinks[i]->page_at = 0;
        if (!sinks[i]->open || block->page_end < r->run_start)
            continue;
        block->page_end = end;
        block->page_start = block->page_start < end ? block->page_start : end;
    }
    return status;
}

static void flush(struct reader *r)
{
    if (r->run.len == 0)
        return;
    struct em_view text = em_buf_view(&r->run);
    enum em_status status = EM_OK;
    if (r->builder.raw == EM_RAW_JSONLD) { /* views of it are kept */
        text = em_arena_copy(r->arena, text);
        status = text.data ? EM_OK : EM_ERR_LIMIT;
    }
    if (status == EM_OK)
        status = give_run(r, text);
    em_buf_clear(&r->run);
    if (status < 0 || r->builder.sink.full)
        libxml2_stop(r, status);
}

static void take_text(struct reader *r, const xmlChar *text, int len,
                      enum em_content content)
{
    if (r->status < 0 || len <= 0)
        return;
    if (r->run.len == 0)
        r->run_start = r->seen;
    r->content = content;
    r->seen = position(r);
    if (add_text(&r->run, (const char *)text, (size_t)len, content == EM_CONTENT_DATA) <
        0)
        libxml2_stop(r, EM_ERR_NOMEM);
    else if (r->run.len > RUN)
        flush(r);
}

static void on_text(void *context, const xmlChar *text, int len)
{
    take_text(context, text, len, EM_CONTENT_DATA);
}

/* <script> and <style>. */
static void on_raw(void *context, const xmlChar *text, int len)
{
    take_text(context, text, len, EM_CONTENT_SCRIPT);
}

/* --- elements --------------------------------------------------------------------------- */

static enum em_tag tag_of(struct em_view name)
{
    uint64_t key = 0;
    for (size_t i = 0; i < name.len && i < 8; i++) {
        unsigned char c = (unsigned char)name.data[i];
        c |= c >= 'A' && c <= 'Z' ? 0x20 : 0;
        key |= (uint64_t)c << 8 * i;
    }
    return em_tag_find(key, name.data, name.len);
}

static enum em_status libxml2_keep(struct reader *r, const xmlChar *text,
                                   struct em_view *out)
{
    struct em_buf value;
    const char *p = text ? (const char *)text : "";
    em_buf_init(&value, EM_MAX_BLOCK);
    enum em_status status = add_text(&value, p, strlen(p), true);
    if (status == EM_OK) {
        *out = em_arena_copy(r->arena, em_buf_view(&value));
        status = out->data ? EM_OK : EM_ERR_LIMIT;
    }
    em_buf_release(&value);
    return status;
}

static enum em_status read_attributes(struct reader *r, const xmlChar **list,
                                      struct em_token *token)
{
    token->attrs = r->attrs;
    for (; list && list[0] && token->n_attrs < EM_MAX_ATTRIBUTES; list += 2) {
        struct em_attr *a = &r->attrs[token->n_attrs];
        EM_TRY(libxml2_keep(r, list[0], &a->name));
        EM_TRY(libxml2_keep(r, list[1], &a->value));
        token->n_attrs += a->name.len > 0;
    }
    return EM_OK;
}

/* libxml2 calls from inside the tag: up to its '>' all is tag. */
static size_t tag_end(const struct reader *r)
{
    size_t at = position(r);
    while (at < r->len && (r->copy[at] == '/' || r->copy[at] == ' '))
        at++;
    return at < r->len && r->copy[at] == '>' ? at + 1 : position(r);
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attrs)
{
    struct reader *r = context;
    flush(r);
    if (r->status < 0)
        return;
    struct em_view word = em_view_of((const char *)name);
    struct em_token token = {.kind = EM_TOKEN_START,
                             .name = word,
                             .tag = tag_of(word),
                             .start = r->copy + r->seen};
    r->seen = tag_end(r);
    token.end = r->copy + r->seen;
    enum em_status status = read_attributes(r, attrs, &token);
    if (status == EM_OK)
        status = em_builder_start(&r->builder, &token);
    if (status < 0)
        libxml2_stop(r, status);
    if (r->parser->nameNr > EM_MAX_LIBXML2_DEPTH || r->builder.sink.full) {
        r->outline->cut = true;
        libxml2_stop(r, EM_OK);
    }
}

static void on_end(void *context, const xmlChar *name)
{
    struct reader *r = context;
    flush(r);
    if (r->status < 0)
        return;
    struct em_view word = em_view_of((const char *)name);
    struct em_token token = {.kind = EM_TOKEN_END, .name = word, .tag = tag_of(word)};
    r->seen = position(r);
    if (em_tag_traits[token.tag] & EM_TRAIT_VOID)
        return;
    enum em_status status = em_builder_end(&r->builder, &token);
    if (status < 0)
        libxml2_stop(r, status);
}

static void on_comment(void *context, const xmlChar *text)
{
    struct reader *r = context;
    (void)text;
    flush(r);
    r->seen = position(r);
}

/* --- a page ----------------------------------------------------------------------------- */

static enum em_status copy_page(struct em_buf *out, struct em_view page)
{
    EM_TRY(em_buf_append_view(out, page));
    char *p = out->data, *end = p + out->len;
    while (p < end) {
        size_t good = em_utf8_valid_prefix(em_view_make(p, (size_t)(end - p)));
        for (char *stop_at = p + good; p < stop_at; p++)
            *p = *p == '\0' || *p == DEL ? SOH : *p;
        if (p < end)
            *p++ = DEL;
    }
    return EM_OK;
}

static enum em_status libxml2_parse(struct reader *r)
{
    htmlSAXHandler handler = {
        .startElement = on_start,
        .endElement = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_raw,
        .comment = on_comment,
    };
    r->parser = htmlCreateMemoryParserCtxt(r->copy, (int)r->len);
    if (!r->parser)
        return EM_ERR_NOMEM;
    htmlSAXHandlerPtr own = r->parser->sax;
    r->parser->sax = &handler;
    r->parser->userData = r;
    htmlCtxtUseOptions(r->parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                      HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                      HTML_PARSE_NODEFDTD | HTML_PARSE_NOIMPLIED |
                                      HTML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(r->parser, XML_CHAR_ENCODING_UTF8);
    htmlParseDocument(r->parser);
    if (r->parser->errNo == XML_ERR_NO_MEMORY && r->status == EM_OK)
        r->status = EM_ERR_NOMEM;
    r->seen = r->len;
    flush(r);
    r->parser->sax = own;
    xmlFreeDoc(r->parser->myDoc);
    r->parser->myDoc = NULL;
    htmlFreeParserCtxt(r->parser);
    return r->status;
}

enum em_status em_outline_read_libxml2(struct em_outline *outline, struct em_view page,
                                       struct em_arena *arena, bool show_hidden)
{
    if (page.len == 0 || page.len > INT_MAX)
        return EM_ERR_LIMIT;
    struct em_buf copy;
    struct reader r = {.outline = outline, .arena = arena, .len = page.len};
    em_buf_init(&copy, EM_MAX_DECODED);
    em_buf_init(&r.run, 6 * EM_MAX_DECODED);
    enum em_status status = copy_page(&copy, page);
    r.copy = copy.data;
    if (status == EM_OK)
        status = em_builder_init(&r.builder, outline, em_buf_view(&copy), show_hidden);
    r.builder.balanced = true;
    if (status == EM_OK)
        status = libxml2_parse(&r);
    if (status == EM_OK)
        status = em_builder_finish(&r.builder);
    em_buf_release(&r.run);
    em_buf_release(&copy);
    return status;
}
