/* SPDX-License-Identifier: Apache-2.0
 *
 * Page to document: charset -> outline (one pass over the HTML) -> main content -> text,
 * language, date.
 */
#include "crawler/page/extract.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/limits.h"
#include "base/words.h"
#include "crawler/page/charset.h"
#include "crawler/page/classify.h"
#include "crawler/page/date_choose.h"
#include "crawler/page/describe.h"
#include "crawler/page/lang.h"

struct em_extractor {
    struct em_extract_options options;
    struct em_charset *charset;
    struct em_outline outline;
    struct em_outline hidden; /* hidden blocks, where they are wanted */
    struct em_block_features features;
    struct em_arena arena; /* what libxml2's strings are kept in */
    struct em_buf text;
    struct em_block *blocks;
    size_t cap_blocks;
    struct em_description about;
    char published[11];
};

enum em_status em_extractor_new(struct em_extractor **out,
                                const struct em_extract_options *options,
                                struct em_err *err)
{
    *out = NULL;
    struct em_extractor *x = em_calloc(1, sizeof(*x));
    if (!x)
        return em_fail(err, EM_ERR_NOMEM, "extract", "out of memory");
    if (options)
        x->options = *options;
    em_outline_init(&x->outline);
    em_outline_init(&x->hidden);
    if (x->options.hidden)
        x->outline.hidden = &x->hidden;
    x->outline.want_links = x->options.links;
    em_description_init(&x->about);
    em_block_features_init(&x->features);
    em_arena_init(&x->arena, EM_ARENA_MAX);
    /* Shown and hidden text, and what stands between blocks. */
    em_buf_init(&x->text, 2 * (EM_MAX_TEXT + 2 * (size_t)EM_MAX_BLOCKS));
    if (em_charset_new(&x->charset) < 0) {
        em_extractor_free(x);
        return em_fail(err, EM_ERR_NOMEM, "extract", "out of memory");
    }
    *out = x;
    return EM_OK;
}

void em_extractor_free(struct em_extractor *x)
{
    if (!x)
        return;
    em_charset_free(x->charset);
    em_outline_release(&x->outline);
    em_outline_release(&x->hidden);
    em_block_features_release(&x->features);
    em_description_release(&x->about);
    em_arena_release(&x->arena);
    em_buf_release(&x->text);
    em_free(x->blocks);
    em_free(x);
}

static enum em_status read_html(struct em_extractor *x, struct em_view text,
                                bool show_hidden, bool show_dialogs)
{
    em_outline_clear(&x->outline);
    x->outline.show_dialogs = show_dialogs;
    em_outline_clear(&x->hidden);
    if (x->options.parser == EM_HTML_PARSER_OWN)
        return em_outline_read(&x->outline, text, show_hidden);
    em_arena_reset(&x->arena);
    return em_outline_read_libxml2(&x->outline, text, &x->arena, show_hidden);
}

static enum em_status read_outline(struct em_extractor *x, const struct em_page *page,
                                   struct em_view text)
{
    if (page->kind == EM_PAGE_TEXT) {
        em_outline_clear(&x->outline);
        em_outline_clear(&x->hidden);
        return em_outline_read_text(&x->outline, text);
    }
    EM_TRY(read_html(x, text, false, false));
    if (em_outline_hides_much(&x->outline))
        EM_TRY(read_html(x, text, true, false));
    if (x->outline.n_blocks || !x->outline.dialog_bytes)
        return EM_OK;
    return read_html(x, text, true, true);
}

static enum em_status reserve_blocks(struct em_extractor *x, size_t n)
{
    if (n <= x->cap_blocks)
        return EM_OK;
    struct em_block *blocks = em_realloc_array(x->blocks, n, sizeof(*blocks));
    if (!blocks)
        return EM_ERR_NOMEM;
    x->blocks = blocks;
    x->cap_blocks = n;
    return EM_OK;
}

/* Copies one block into x->text, as the nth. */
static enum em_status add_block(struct em_extractor *x, const struct em_outline *o,
                                const struct em_raw_block *b, size_t n, unsigned flags)
{
    struct em_buf *text = &x->text;
    if (n)
        EM_TRY(em_buf_append(text, "\n\n", 2));
    struct em_block *to = &x->blocks[n];
    to->start = (uint32_t)text->len;
    EM_TRY(em_buf_append(text, o->text.data + b->start, b->end - b->start));
    to->end = (uint32_t)text->len;
    to->page_start = (uint32_t)em_charset_origin(x->charset, b->page_start);
    to->page_end = (uint32_t)em_charset_origin(x->charset, b->page_end);
    to->link_chars = b->link_bytes;
    to->kind = b->kind;
    to->flags = (uint8_t)flags;
    return EM_OK;
}

/* Copies the blocks wanted into x->text, in the order of the page. */
static enum em_status assemble(struct em_extractor *x, bool plain, struct em_doc *doc)
{
    const struct em_outline *o = &x->outline, *hidden = &x->hidden;
    struct em_buf *text = &x->text;
    em_buf_clear(text);
    EM_TRY(reserve_blocks(x, o->n_blocks + hidden->n_blocks));
    EM_TRY(em_buf_reserve(text, o->text.len + 2 * o->n_blocks));
    size_t n = 0, h = 0;
    for (size_t i = 0; i <= o->n_blocks; i++) {
        const struct em_raw_block *b = i < o->n_blocks ? &o->blocks[i] : NULL;
        for (; h < hidden->n_blocks; h++) {
            const struct em_raw_block *veiled = &hidden->blocks[h];
            if (b && veiled->page_start > b->page_start)
                break;
            EM_TRY(add_block(x, hidden, veiled, n++, EM_BLOCK_HIDDEN));
        }
        if (!b)
            break;
        bool main = plain || b->score >= EM_MAIN_SCORE;
        if (main || x->options.all)
            EM_TRY(add_block(x, o, b, n++, main ? EM_BLOCK_MAIN : 0));
    }
    doc->text = em_buf_view(text);
    doc->blocks = x->blocks;
    doc->n_blocks = n;
    doc->words = em_words_of(doc->text);
    return EM_OK;
}

static void find_date(struct em_extractor *x, const struct em_page *page,
                      struct em_doc *doc)
{
    struct em_day day;
    enum em_date_by by = EM_DATE_BY_SOURCE;
    if (!em_day_read(page->published, EM_DAY_UNSURE, &day)) {
        const struct em_date_clues clues = {.url = page->url,
                                            .captured = page->date,
                                            .lang = em_buf_view(&x->outline.lang),
                                            .lang_seen = doc->lang};
        by = em_date_choose(&x->outline, &clues, &day);
    }
    if (by == EM_DATE_BY_NOTHING)
        return;
    em_day_write(day, x->published);
    doc->published = em_view_of(x->published);
    doc->published_by = em_date_by_name(by);
}

static enum em_status describe(struct em_extractor *x, const struct em_page *page,
                               struct em_doc *doc)
{
    struct em_outline *o = &x->outline;
    struct em_description *about = &x->about;
    EM_TRY(em_describe(about, o, page->url));
    doc->title = em_buf_view(&about->title);
    doc->author = em_buf_view(&about->author);
    doc->site = em_buf_view(&about->site);
    doc->excerpt = em_buf_view(&about->excerpt);
    doc->canonical = em_buf_view(&about->canonical);
    doc->lang_attribute = em_buf_view(&o->lang);
    if (x->options.links) {
        EM_TRY(em_describe_links(about, o));
        for (size_t i = 0; i < about->n_links; i++)
            about->links[i].page_start =
                (uint32_t)em_charset_origin(x->charset, about->links[i].page_start);
        doc->links = about->links;
        doc->n_links = about->n_links;
    }
    doc->hidden_bytes = o->hidden_bytes;
    doc->noscript_bytes = o->noscript_bytes;
    doc->replaced += o->replaced;
    doc->cut |= o->cut;
    doc->lang = EM_VIEW("un");
    struct em_view hint = page->lang.len ? page->lang : em_buf_view(&o->lang);
    if (!x->options.no_language)
        em_lang_detect(doc->text, hint, &doc->lang, &doc->lang_confidence);
    find_date(x, page, doc);
    return EM_OK;
}

/* NUL bytes that no encoding explains: not text. */
static bool is_binary(struct em_view text)
{
    struct em_view head = em_view_sub(text, 0, 1024);
    size_t controls = 0;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char c = (unsigned char)head.data[i];
        controls +=
            c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B;
    }
    return controls > 4 && controls * 16 > head.len;
}

static bool is_xml(struct em_view mime)
{
    return em_view_ieq(mime, EM_VIEW("application/xhtml+xml")) ||
           em_view_ieq(mime, EM_VIEW("application/vnd.wap.xhtml+xml"));
}

enum em_drop em_extract(struct em_extractor *x, const struct em_page *page,
                        struct em_doc *doc)
{
    *doc = (struct em_doc){0};
    if (page->body.len == 0)
        return EM_DROP_EMPTY;
    if (page->body.len > EM_MAX_BLOCK)
        return EM_DROP_TOO_BIG;
    struct em_decoded decoded;
    bool html = page->kind == EM_PAGE_HTML;
    if (em_charset_decode(x->charset, page->body, page->charset, html, &decoded) < 0)
        return EM_DROP_TOO_BIG;
    doc->charset = decoded.name;
    doc->replaced = decoded.replaced;
    doc->cut = decoded.cut;
    if (decoded.text.len == 0)
        return EM_DROP_NO_TEXT;
    if (is_binary(decoded.text))
        return EM_DROP_BINARY;
    x->outline.xml = is_xml(page->mime);
    if (read_outline(x, page, decoded.text) < 0)
        return EM_DROP_TOO_BIG;
    /* What a page asks for counts whether it has text or not. */
    em_robots_http(&x->outline.meta.robots, page->http_header);
    doc->robots = &x->outline.meta.robots;
    if (em_describe_heads(&x->about, &x->outline, page->url) < 0)
        return EM_DROP_TOO_BIG;
    doc->heads = x->about.heads;
    doc->n_heads = x->about.n_heads;
    if (x->outline.n_blocks == 0)
        return EM_DROP_NO_TEXT;
    if (html) {
        doc->source = page->body;
        em_outline_sum(&x->outline);
        if (em_classify(&x->features, &x->outline) < 0)
            return EM_DROP_TOO_BIG;
        doc->page_type =
            em_view_of(em_page_type_name((enum em_page_type)x->outline.type));
        doc->page_type_score = x->outline.type_score;
    }
    if (assemble(x, !html, doc) < 0)
        return EM_DROP_TOO_BIG;
    if (describe(x, page, doc) < 0)
        return EM_DROP_TOO_BIG;
    return EM_DROP_NONE;
}
