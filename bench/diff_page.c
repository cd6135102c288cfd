/* SPDX-License-Identifier: Apache-2.0
 *
 * The visible text of pages against libxml2's SAX parser:
 *
 *     diff_page [-v CLASS] FILE...
 *     diff_page -l < LIST     names, a NUL after each
 *
 * FILE: pages, archives, compressed or not. Both sides read the page decoded to UTF-8 and
 * give the text of elements that are shown, white space as one space. The other side is a
 * stack over libxml2's events; it follows the same rules of what is shown and which words
 * are set apart, written down once more, and shares with ours only the tables of what an
 * element and a style mean.
 *
 * Where the texts differ, what the two parsers are known to read differently is written
 * unambiguously in the page, one kind after the other, until the texts agree: that kind is
 * the class of the difference. What does not agree after all of them is unexplained. -v
 * prints where pages of a class differ.
 */
#include "base/utf8.h"
#include "crawler/archive/archive.h"
#include "crawler/page/charset.h"
#include "crawler/page/hide.h"
#include "crawler/page/outline.h"
#include "crawler/page/scan.h"
#include "crawler/page/tokenizer.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include <stdio.h>
#include <stdlib.h>

/* Cumulative: a page is rewritten up to a level. */
enum level {
    SAME,
    SPACE,
    CONTROLS,
    REFERENCES,
    RAW_TEXT,
    COMMENTS,
    TAGS,
    FRAME,
    FOREIGN,
    EXTENT,
    UNEXPLAINED,
    LEVELS,
};

static const struct {
    const char *name, *rule;
} classes[LEVELS] = {
    [SAME] = {"identical", ""},
    [SPACE] = {"space", "the same but for white space"},
    [CONTROLS] = {"control characters", "libxml2 ends at NUL"},
    [REFERENCES] = {"references",
                    "libxml2 knows HTML 4's names and wants semicolons; it does not map "
                    "&#128; to &#159;"},
    [RAW_TEXT] = {"raw text",
                  "libxml2 ends a script at any '</' and a letter, and parses markup in "
                  "title, textarea, iframe, noframes, noembed and xmp"},
    [COMMENTS] = {"comments",
                  "libxml2 shows what begins with '<!' and is no comment, and ends "
                  "comments at '-->' only"},
    [TAGS] = {"tags", "malformed tags and attributes, '<x/>' (which libxml2 takes as "
                      "ended), '<' that begins no tag"},
    [FRAME] = {"html, head, body", "libxml2 ends the page's body at an early </body> or "
                                   "</html>, and reads text in <head> differently"},
    [FOREIGN] = {"svg and math", "libxml2 does not know that HTML's elements end them"},
    [EXTENT] = {"extent", "misnested markup and <template>, streamed content: where an "
                          "element that is not shown ends"},
    [UNEXPLAINED] = {"unexplained", ""},
};

static size_t counts[LEVELS], pages;
static const char *verbose;

static void must(enum em_status status)
{
    if (status < 0) {
        fputs("diff_page: out of memory\n", stderr);
        exit(2);
    }
}

/* --- ours ------------------------------------------------------------------------------- */

static void ours(struct em_outline *o, struct em_view page, struct em_buf *out)
{
    em_outline_clear(o);
    must(em_outline_read(o, page, false));
    em_buf_clear(out);
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        must(em_buf_append(out, o->text.data + b->start, b->end - b->start));
        must(em_buf_putc(out, ' '));
    }
}

/* --- theirs ----------------------------------------------------------------------------- */

struct element {
    bool skip;
    unsigned hide;
};

struct reader {
    struct element *stack;
    size_t depth, cap;
    struct em_buf *out;
    struct em_buf
        panels;        /* ids that something shows and hides, a line feed around each */
    bool ended, began; /* an element in the line, since the last text */
    bool whole;        /* one that may mark a part of a word */
    bool apart;        /* links and buttons only */
};

static enum em_tag tag_of(const char *name)
{
    uint64_t key = 0;
    size_t n = strlen(name);
    for (size_t i = 0; i < n && i < 8; i++)
        key |= (uint64_t)(unsigned char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20
                                                                          : name[i])
               << 8 * i;
    return em_tag_find(key, name, n);
}

static void break_at(struct reader *r, enum em_tag tag)
{
    if ((em_tag_traits[tag] & EM_TRAIT_BLOCK) || tag == EM_TAG_BR || tag == EM_TAG_HR)
        must(em_buf_putc(r->out, ' '));
}

/* --- what is shown ---------------------------------------------------------------------- */

struct says {
    unsigned style;
    bool hidden, aria_hidden, dialog, modal, open, tab, shadow;
    struct em_view id;
};

static bool says_true(struct em_view v)
{
    return em_view_ieq(v, EM_VIEW("true"));
}

static void note_panel(struct reader *r, struct em_view id)
{
    must(em_buf_putc(&r->panels, '\n'));
    must(em_buf_append_view(&r->panels, id));
    must(em_buf_putc(&r->panels, '\n'));
}

static bool is_panel(const struct reader *r, const struct says *s)
{
    char line[256];
    int n = snprintf(line, sizeof(line), "\n%.*s\n", EM_VIEW_ARGS(s->id));
    bool fits = s->id.len && n < (int)sizeof(line);
    struct em_view all = em_buf_view(&r->panels);
    return s->tab || (fits && em_view_find(all, 0, em_view_of(line)) < all.len);
}

static void read_attribute(struct reader *r, const char *name, struct em_view v,
                           struct says *s)
{
    struct em_view key = em_view_of(name);
    bool target = em_view_ieq(key, EM_VIEW("data-target")) ||
                  em_view_ieq(key, EM_VIEW("data-bs-target"));
    if (em_view_ieq(key, EM_VIEW("style"))) {
        s->style = em_hide_of_style(v);
    } else if (em_view_ieq(key, EM_VIEW("hidden"))) {
        s->hidden = !em_view_ieq(v, EM_VIEW("until-found"));
    } else if (em_view_ieq(key, EM_VIEW("aria-hidden"))) {
        s->aria_hidden = says_true(v);
    } else if (em_view_ieq(key, EM_VIEW("aria-modal"))) {
        s->modal = says_true(v);
    } else if (em_view_ieq(key, EM_VIEW("open"))) {
        s->open = true;
    } else if (em_view_ieq(key, EM_VIEW("id"))) {
        s->id = v;
    } else if (em_view_ieq(key, EM_VIEW("role"))) {
        s->tab = em_view_ieq(v, EM_VIEW("tabpanel"));
        s->dialog =
            em_view_ieq(v, EM_VIEW("dialog")) || em_view_ieq(v, EM_VIEW("alertdialog"));
    } else if (em_view_ieq(key, EM_VIEW("aria-controls"))) {
        note_panel(r, v);
    } else if (target && v.len && v.data[0] == '#') {
        note_panel(r, em_view_sub(v, 1, v.len));
    } else if (em_view_istarts(key, EM_VIEW("shadowroot"))) {
        s->shadow = em_view_ieq(v, EM_VIEW("open")) || em_view_ieq(v, EM_VIEW("closed"));
    }
}

/* The rules of build.c, said once more: folded panels are shown, dialogs are not, and
 * aria-hidden hides what stands in a line only. */
static unsigned hide_of(const struct reader *r, enum em_tag tag, const struct says *s)
{
    bool dialog = s->dialog || tag == EM_TAG_DIALOG;
    bool asks = s->dialog || s->modal || (tag == EM_TAG_DIALOG && !s->open);
    bool block = em_tag_traits[tag] & EM_TRAIT_BLOCK;
    bool folded = s->hidden || (s->style & EM_HIDE_ALL);
    unsigned inherited = s->style & ~(unsigned)EM_HIDE_ALL;
    if (tag == EM_TAG_BODY || tag == EM_TAG_HTML)
        return 0;
    if (asks || (s->aria_hidden && (!block || dialog)))
        return inherited | EM_HIDE_ALL;
    if (!folded || (block && !dialog && is_panel(r, s)))
        return inherited;
    return inherited | EM_HIDE_ALL;
}

/* --- words that only style sets apart --------------------------------------------------- */

static void note_edge(struct reader *r, enum em_tag tag, bool start)
{
    static const uint8_t within[] = {EM_TAG_SUP, EM_TAG_SUB, EM_TAG_WBR,  EM_TAG_B,
                                     EM_TAG_I,   EM_TAG_U,   EM_TAG_MARK, EM_TAG_FONT,
                                     EM_TAG_BIG, EM_TAG_CODE};
    bool apart = tag == EM_TAG_A || tag == EM_TAG_BUTTON || tag == EM_TAG_LABEL;
    if (em_tag_traits[tag] & EM_TRAIT_VOID)
        return;
    if (memchr(within, (int)tag, sizeof(within))) {
        r->ended = r->began = r->apart = false;
        r->whole = true;
    } else if (!start && !r->whole) {
        r->ended = true;
        r->apart |= apart;
    } else if (r->ended) {
        r->began = true;
        r->apart &= apart;
    }
}

static bool is_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || c >= 0x80;
}

static bool is_number(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static void part_words(struct reader *r, struct em_view text)
{
    if (!r->ended || !r->began || r->whole || !r->out->len || !text.len)
        return;
    const char *end = r->out->data + r->out->len;
    unsigned char last = (unsigned char)end[-1], next = (unsigned char)text.data[0];
    bool nbsp = r->out->len > 1 && memcmp(end - 2, "\302\240", 2) == 0;
    bool capital = next >= 'A' && next <= 'Z';
    bool before = is_letter(last) || is_number(last);
    bool behind = is_letter(next) || is_number(next);
    if (!nbsp && ((is_letter(last) && (capital || is_number(next))) ||
                  (is_number(last) && is_letter(next)) || (r->apart && before && behind)))
        must(em_buf_putc(r->out, ' '));
}

/* --- events ----------------------------------------------------------------------------- */

static void on_start(void *context, const xmlChar *name, const xmlChar **attrs)
{
    struct reader *r = context;
    enum em_tag tag = tag_of((const char *)name);
    const struct element around = r->depth ? r->stack[r->depth - 1] : (struct element){0};
    struct says s = {0};
    break_at(r, tag);
    note_edge(r, tag, true);
    if (r->depth == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 256;
        r->stack = realloc(r->stack, r->cap * sizeof(*r->stack));
        if (!r->stack)
            must(EM_ERR_NOMEM);
    }
    for (; attrs && attrs[0]; attrs += 2)
        read_attribute(r, (const char *)attrs[0],
                       em_view_of(attrs[1] ? (const char *)attrs[1] : ""), &s);
    unsigned own = hide_of(r, tag, &s);
    bool shadow = tag == EM_TAG_TEMPLATE && s.shadow;
    r->stack[r->depth++] = (struct element){
        .skip = around.skip || ((em_tag_traits[tag] & EM_TRAIT_SKIP) && !shadow) ||
                tag == EM_TAG_RP || tag == EM_TAG_RT,
        .hide = em_hide_inherit(around.hide, own) | ((around.hide | own) & EM_HIDE_ALL),
    };
}

static void on_end(void *context, const xmlChar *name)
{
    struct reader *r = context;
    enum em_tag tag = tag_of((const char *)name);
    break_at(r, tag);
    note_edge(r, tag, false);
    r->depth -= r->depth > 0;
}

static bool is_blank(const xmlChar *text, int len)
{
    for (int i = 0; i < len; i++)
        if (!em_is_space((char)text[i]))
            return false;
    return true;
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct reader *r = context;
    const struct element in = r->depth ? r->stack[r->depth - 1] : (struct element){0};
    if (in.skip || in.hide)
        return;
    part_words(r, em_view_make((const char *)text, (size_t)len));
    if (!is_blank(text, len))
        r->ended = r->began = r->apart = r->whole = false;
    must(em_buf_append(r->out, text, (size_t)len));
}

static void theirs(struct em_view page, struct em_buf *out)
{
    htmlSAXHandler handler = {.startElement = on_start,
                              .endElement = on_end,
                              .characters = on_text,
                              .ignorableWhitespace = on_text,
                              .cdataBlock = on_text};
    struct reader r = {.out = out};
    em_buf_init(&r.panels, EM_MAX_DECODED);
    em_buf_clear(out);
    htmlParserCtxtPtr parser = htmlCreateMemoryParserCtxt(page.data, (int)page.len);
    if (!parser)
        return;
    htmlSAXHandlerPtr own = parser->sax;
    parser->sax = &handler;
    parser->userData = &r;
    htmlCtxtUseOptions(parser, HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                   HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    htmlParseDocument(parser);
    parser->sax = own;
    htmlFreeParserCtxt(parser);
    em_buf_release(&r.panels);
    free(r.stack);
}

/* --- comparing -------------------------------------------------------------------------- */

/* Controls dropped, white space as one space or none, in place. */
static void squeeze(struct em_buf *text, bool none)
{
    const char *p = text->data, *end = p + text->len;
    char *to = text->data;
    bool blank = true;
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        bool nbsp = c == 0xC2 && end - p > 1 && (unsigned char)p[1] == 0xA0;
        if (em_is_space(*p) || nbsp) {
            if (!blank && !none)
                *to++ = ' ';
            blank = true;
        } else if (c >= 0x20 && c != 0x7F) {
            *to++ = *p;
            blank = false;
        }
        p += 1 + nbsp;
    }
    text->len = (size_t)(to - text->data);
    if (text->len && text->data[text->len - 1] == ' ')
        text->len--;
}

static bool equal(struct em_buf *a, struct em_buf *b, bool none)
{
    if (a->len)
        squeeze(a, none);
    if (b->len)
        squeeze(b, none);
    return em_view_eq(em_buf_view(a), em_buf_view(b));
}

/* --- writing a page so that both must read the same ------------------------------------- */

struct writer {
    struct em_buf *out;
    enum level level;
    int foreign; /* depth */
    bool in_skip_raw;
};

static void put(struct writer *w, const char *text)
{
    must(em_buf_append(w->out, text, strlen(text)));
}

static void put_escaped(struct writer *w, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        if (c == '&')
            put(w, "&amp;");
        else if (c == '<')
            put(w, "&lt;");
        else if (c == '"')
            put(w, "&quot;");
        else
            must(em_buf_putc(w->out, c));
    }
}

static void write_text(struct writer *w, const struct em_token *t)
{
    bool raw = t->content != EM_CONTENT_DATA;
    if (w->level >= FOREIGN && w->foreign)
        return;
    if (raw && w->level >= RAW_TEXT && w->in_skip_raw)
        return;
    if ((raw && w->level < RAW_TEXT) || w->level < REFERENCES) {
        must(em_buf_append_view(w->out, t->text));
        return;
    }
    struct em_buf plain;
    em_buf_init(&plain, 4 * EM_MAX_DECODED);
    bool references = t->content == EM_CONTENT_DATA || t->content == EM_CONTENT_RCDATA;
    must(em_html_decode(&plain, t->text, references, false));
    put_escaped(w, em_buf_view(&plain));
    em_buf_release(&plain);
}

static bool is_frame(enum em_tag tag)
{
    return tag == EM_TAG_HTML || tag == EM_TAG_HEAD || tag == EM_TAG_BODY;
}

static bool is_foreign(enum em_tag tag)
{
    return tag == EM_TAG_SVG;
}

static void write_attributes(struct writer *w, const struct em_token *t)
{
    static const char *const names[] = {
        "style",          "hidden",         "aria-hidden", "aria-modal",
        "aria-controls",  "role",           "id",          "data-target",
        "data-bs-target", "shadowrootmode", "open"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct em_view value;
        if (!em_token_attr(t, names[i], &value))
            continue;
        struct em_buf plain;
        em_buf_init(&plain, 4 * EM_MAX_DECODED);
        must(em_html_decode(&plain, value, false, true));
        put(w, " ");
        put(w, names[i]);
        put(w, "=\"");
        put_escaped(w, em_buf_view(&plain));
        put(w, "\"");
        em_buf_release(&plain);
    }
}

static void write_name(struct writer *w, const struct em_token *t)
{
    if (t->tag != EM_TAG_OTHER) {
        put(w, em_tag_name(t->tag));
        return;
    }
    must(em_buf_append(w->out, "x-", 2));
    for (size_t i = 0; i < t->name.len; i++) {
        unsigned char c = (unsigned char)t->name.data[i];
        bool plain = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        must(em_buf_putc(w->out, plain ? (char)(c | 0x20) : '0'));
    }
}

static void write_tag(struct writer *w, const struct em_token *t)
{
    bool start = t->kind == EM_TOKEN_START;
    unsigned traits = em_tag_traits[t->tag];
    if (start)
        w->in_skip_raw = traits & EM_TRAIT_SKIP;
    bool foreign_before = w->foreign > 0;
    if (is_foreign(t->tag) && !(start && t->self_closing))
        w->foreign += start ? 1 : w->foreign > 0 ? -1 : 0;
    if (w->level >= FOREIGN && (foreign_before || w->foreign || is_foreign(t->tag)))
        return;
    if (w->level >= FRAME && is_frame(t->tag))
        return;
    if (w->level >= EXTENT && (traits & EM_TRAIT_SKIP) &&
        !(traits & (EM_TRAIT_RAWTEXT | EM_TRAIT_RCDATA)))
        return;
    if (w->level < TAGS) {
        must(em_buf_append(w->out, t->start, (size_t)(t->end - t->start)));
        return;
    }
    put(w, start ? "<" : "</");
    write_name(w, t);
    if (start && w->level < EXTENT)
        write_attributes(w, t);
    put(w, ">");
    if (start && t->self_closing && foreign_before) {
        put(w, "</");
        write_name(w, t);
        put(w, ">");
    }
}

static void rewrite(struct em_view page, enum level level, struct em_buf *out)
{
    struct writer w = {.out = out, .level = level};
    struct em_tokenizer tokenizer;
    struct em_buf clean;
    em_buf_init(&clean, EM_MAX_DECODED);
    em_buf_clear(out);
    for (size_t i = 0; i < page.len; i++)
        if ((unsigned char)page.data[i] >= 0x20 || em_is_space(page.data[i]))
            must(em_buf_putc(&clean, page.data[i]));
    em_tokenizer_init(&tokenizer, em_buf_view(&clean));
    for (const struct em_token *t;
         (t = em_tokenizer_next(&tokenizer))->kind != EM_TOKEN_END_OF_INPUT;) {
        if (t->kind == EM_TOKEN_TEXT)
            write_text(&w, t);
        else if (t->kind == EM_TOKEN_START || t->kind == EM_TOKEN_END)
            write_tag(&w, t);
        else if (level < COMMENTS)
            must(em_buf_append(out, t->start, (size_t)(t->end - t->start)));
        tokenizer.foreign = w.foreign > 0;
    }
    em_buf_release(&clean);
}

/* --- pages ------------------------------------------------------------------------------ */

struct work {
    struct em_charset *charset;
    struct em_outline outline;
    struct em_buf page, written, a, b;
};

static void show(const struct work *w, enum level level, const char *path,
                 uint64_t offset)
{
    size_t i = 0, n = w->a.len < w->b.len ? w->a.len : w->b.len;
    while (i < n && w->a.data[i] == w->b.data[i])
        i++;
    size_t from = i > 60 ? i - 60 : 0;
    struct em_view a = em_view_sub(em_buf_view(&w->a), from, 160);
    struct em_view b = em_view_sub(em_buf_view(&w->b), from, 160);
    printf("%s: %s at %llu, text differs at %zu of %zu and %zu\n  ours   %.*s\n  theirs "
           "%.*s\n",
           classes[level].name, path, (unsigned long long)offset, i, w->a.len, w->b.len,
           EM_VIEW_ARGS(a), EM_VIEW_ARGS(b));
}

static bool agree(struct work *w, struct em_view page, bool none)
{
    ours(&w->outline, page, &w->a);
    theirs(page, &w->b);
    return equal(&w->a, &w->b, none);
}

static enum level classify(struct work *w, struct em_view page)
{
    if (agree(w, page, false))
        return SAME;
    for (enum level level = SPACE; level < UNEXPLAINED; level++) {
        if (level == SPACE) {
            if (equal(&w->a, &w->b, true))
                return level;
            continue;
        }
        rewrite(page, level, &w->written);
        if (agree(w, em_buf_view(&w->written), true))
            return level;
    }
    return UNEXPLAINED;
}

static void compare(struct work *w, const struct em_page *page, const char *path)
{
    struct em_decoded decoded;
    must(em_charset_decode(w->charset, page->body, page->charset, true, &decoded));
    em_buf_clear(&w->page);
    must(em_utf8_append_clean(&w->page, decoded.text, NULL));
    if (w->page.len == 0 || w->page.len > INT32_MAX)
        return;
    pages++;
    enum level level = classify(w, em_buf_view(&w->page));
    counts[level]++;
    if (verbose && strcmp(verbose, classes[level].name) == 0) {
        /* What differs one step before it agrees. */
        if (level == UNEXPLAINED || level > CONTROLS) {
            rewrite(em_buf_view(&w->page), level - 1, &w->written);
            agree(w, em_buf_view(level == CONTROLS + 1 ? &w->page : &w->written), false);
        } else {
            agree(w, em_buf_view(&w->page), false);
        }
        show(w, level, path, page->origin.offset);
    }
}

static void compare_file(struct work *w, struct em_page_decoder *decoder,
                         const char *path)
{
    struct em_err err;
    struct em_source_options options = {.verify = false};
    struct em_source *source;
    struct em_record record;
    if (em_source_open(&source, path, &options, &err) < 0) {
        fprintf(stderr, "diff_page: %s\n", err.text);
        return;
    }
    while (em_source_next(source, &record, &err) == EM_OK) {
        struct em_page page = {.kind = EM_PAGE_HTML};
        if (em_page_decode(decoder, &record, &page) == EM_DROP_NONE &&
            page.kind == EM_PAGE_HTML)
            compare(w, &page, path);
    }
    em_source_free(source);
}

int main(int argc, char **argv)
{
    struct work w = {0};
    struct em_page_decoder *decoder;
    struct em_err err;
    int i = 1;
    bool list = argc == 2 && strcmp(argv[1], "-l") == 0;
    if (argc > 2 && strcmp(argv[1], "-v") == 0) {
        verbose = argv[2];
        i = 3;
    }
    em_outline_init(&w.outline);
    em_buf_init(&w.page, EM_MAX_DECODED);
    em_buf_init(&w.written, 8 * EM_MAX_DECODED);
    em_buf_init(&w.a, 2 * EM_MAX_DECODED);
    em_buf_init(&w.b, 8 * EM_MAX_DECODED);
    must(em_charset_new(&w.charset));
    must(em_page_decoder_new(&decoder, NULL, &err));
    for (; i < argc && !list; i++)
        compare_file(&w, decoder, argv[i]);
    char *path = NULL;
    size_t cap = 0;
    while (list && getdelim(&path, &cap, '\0', stdin) > 0)
        compare_file(&w, decoder, path);
    free(path);
    for (size_t k = 0; k < LEVELS; k++)
        printf("%-20s %6zu  %s\n", classes[k].name, counts[k], classes[k].rule);
    printf("%-20s %6zu\n", "pages", pages);
    em_page_decoder_free(decoder);
    em_charset_free(w.charset);
    em_outline_release(&w.outline);
    em_buf_release(&w.page);
    em_buf_release(&w.written);
    em_buf_release(&w.a);
    em_buf_release(&w.b);
    return 0;
}
