/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages to tokens to outlines: one pass over a page, in which what was streamed late is read
 * where it belongs.
 */
#include "crawler/page/builder.h"
#include "crawler/page/scan.h"
#include "crawler/page/streamed.h"
#include "crawler/page/tokenizer.h"

static enum em_status take(struct em_builder *b, const struct em_token *token)
{
    switch (token->kind) {
    case EM_TOKEN_TEXT:
        return em_builder_text(b, token);
    case EM_TOKEN_START:
        return em_builder_start(b, token);
    case EM_TOKEN_END:
        return em_builder_end(b, token);
    default:
        return EM_OK;
    }
}

/* All tokens, or those of a streamed content up to its end tag. */
static enum em_status read_tokens(struct em_builder *b, struct em_streamed *streamed,
                                  struct em_tokenizer *t, struct em_move *content,
                                  int depth);

/* At the start tag of a template: what was moved there. */
static enum em_status read_moved(struct em_builder *b, struct em_streamed *streamed,
                                 struct em_tokenizer *t, struct em_move *move, int depth)
{
    struct em_tokenizer inner;
    em_tokenizer_init(&inner,
                      em_view_make(move->inside, (size_t)(t->end - move->inside)));
    inner.xml = t->xml;
    move->used = true;
    EM_TRY(read_tokens(b, streamed, &inner, move, depth + 1));
    move->end = inner.p;
    const char *behind = move->boundary ? em_streamed_behind(t->p, t->end) : NULL;
    if (behind)
        t->p = behind;
    return EM_OK;
}

static enum em_status read_tokens(struct em_builder *b, struct em_streamed *streamed,
                                  struct em_tokenizer *t, struct em_move *content,
                                  int depth)
{
    enum { DEEPEST = 8 };
    struct em_view page = {b->sink.page, (size_t)(t->end - b->sink.page)};
    const struct em_token *token;
    int open = 1;
    while (!b->sink.full &&
           (token = em_tokenizer_next(t))->kind != EM_TOKEN_END_OF_INPUT) {
        bool start = token->kind == EM_TOKEN_START;
        if (start && (streamed->n || token->tag == EM_TAG_TEMPLATE)) {
            const struct em_move *read = em_streamed_read(streamed, token);
            struct em_move *move =
                depth < DEEPEST ? em_streamed_to(streamed, page, token) : NULL;
            if (read) {
                t->p = read->end;
                continue;
            }
            if (move) {
                EM_TRY(read_moved(b, streamed, t, move, depth));
                continue;
            }
        }
        if (content && token->tag == content->tag &&
            (start || token->kind == EM_TOKEN_END)) {
            open += start ? 1 : -1;
            if (open == 0)
                break;
        }
        EM_TRY(take(b, token));
        t->foreign = b->foreign;
    }
    return EM_OK;
}

/* XHTML by its first lines, however it was served. */
static bool looks_like_xml(struct em_view page)
{
    enum { HEAD = 512 };
    struct em_view head = em_view_trim(em_view_sub(page, 0, HEAD));
    if (em_view_starts(head, EM_VIEW("\xEF\xBB\xBF")))
        head = em_view_sub(head, 3, head.len);
    return em_view_starts(head, EM_VIEW("<?xml")) ||
           em_view_find(head, 0, EM_VIEW("DTD XHTML")) < head.len;
}

enum em_status em_outline_read(struct em_outline *outline, struct em_view page,
                               bool show_hidden)
{
    struct em_builder b;
    struct em_tokenizer tokenizer;
    EM_TRY(em_builder_init(&b, outline, page, show_hidden));
    em_tokenizer_init(&tokenizer, page);
    tokenizer.xml = outline->xml;
    tokenizer.lenient = looks_like_xml(page);
    struct em_streamed streamed = {.looked = false};
    EM_TRY(read_tokens(&b, &streamed, &tokenizer, NULL, 0));
    return em_builder_finish(&b);
}

/* A line without text, at p; *next is behind it. */
static bool blank_line(const char *p, const char *end, const char **next)
{
    const char *q = em_scan_byte(p, end, '\n');
    *next = q < end ? q + 1 : end;
    return em_skip_blank(p, q) == q;
}

enum em_status em_outline_read_text(struct em_outline *outline, struct em_view page)
{
    struct em_sink sink = {.outline = outline, .page = page.data};
    struct em_sink_style style = {
        .pre = true, .tag = EM_TAG_P, .kind = EM_BLOCK_PARAGRAPH};
    EM_TRY(em_builder_add_root(outline, EM_TAG_BODY));
    const char *p = page.data, *end = p + page.len, *next;
    while (p < end && !sink.full) {
        const char *q = p;
        while (q < end && !blank_line(q, end, &next))
            q = next;
        if (q > p)
            em_sink_text(&sink, p, q, false, &style);
        em_sink_flush(&sink);
        p = q;
        if (p < end && blank_line(p, end, &next))
            p = next;
    }
    return sink.status;
}
