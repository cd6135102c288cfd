/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/streamed.h"

#include "crawler/page/scan.h"

/* --- calls ------------------------------------------------------------------------------- */

/* A quoted name of a call's arguments; p moves after it. */
static bool name_at(const char **p, const char *end, struct em_view *name)
{
    enum { MOST = 64 };
    const char *q = em_skip_blank(*p, end);
    if (q == end || (*q != '"' && *q != '\''))
        return false;
    const char *stop = end - q > MOST ? q + MOST : end;
    const char *close = em_scan_byte(q + 1, stop, *q);
    *name = em_view_make(q + 1, (size_t)(close - q - 1));
    *p = close < stop ? close + 1 : stop;
    return close < stop && name->len;
}

static void note_call(struct em_streamed *s, const char *p, const char *end)
{
    struct em_view first, second;
    char kind = p[2];
    p += 4;
    if (s->n == EM_STREAMED_MOVES || !name_at(&p, end, &first))
        return;
    p = em_skip_blank(p, end);
    if (p == end || *p++ != ',' || !name_at(&p, end, &second))
        return;
    bool boundary = kind != 'S';
    s->moves[s->n++] = (struct em_move){.place = boundary ? first : second,
                                        .content = boundary ? second : first,
                                        .boundary = boundary};
}

static void find_calls(struct em_streamed *s, const char *p, const char *end)
{
    for (; (p = em_scan_byte(p, end, '$')) < end; p++)
        if (end - p > 4 && p[1] == 'R' && p[3] == '(' &&
            (p[2] == 'C' || p[2] == 'S' || p[2] == 'R'))
            note_call(s, p, end);
}

static void find_contents(struct em_streamed *s, struct em_view page)
{
    struct em_tokenizer t;
    const struct em_token *token;
    struct em_view id;
    em_tokenizer_init(&t, page);
    while ((token = em_tokenizer_next(&t))->kind != EM_TOKEN_END_OF_INPUT) {
        if (token->kind != EM_TOKEN_START || !em_token_attr(token, "id", &id))
            continue;
        for (size_t i = 0; i < s->n; i++)
            if (!s->moves[i].start && em_view_eq(s->moves[i].content, id)) {
                s->moves[i].tag = token->tag;
                s->moves[i].start = token->start;
                s->moves[i].inside = token->end;
                break;
            }
    }
}

/* --- places ------------------------------------------------------------------------------ */

struct em_move *em_streamed_to(struct em_streamed *s, struct em_view page,
                               const struct em_token *token)
{
    struct em_view id;
    if (token->tag != EM_TAG_TEMPLATE || (s->looked && !s->n) ||
        !em_token_attr(token, "id", &id))
        return NULL;
    if (!s->looked) {
        s->looked = true;
        find_calls(s, token->end, page.data + page.len);
        if (s->n)
            find_contents(s, page);
    }
    for (size_t i = 0; i < s->n; i++)
        if (s->moves[i].start && !s->moves[i].used && em_view_eq(s->moves[i].place, id))
            return &s->moves[i];
    return NULL;
}

const struct em_move *em_streamed_read(const struct em_streamed *s,
                                       const struct em_token *token)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->moves[i].end && s->moves[i].start == token->start)
            return &s->moves[i];
    return NULL;
}

const char *em_streamed_behind(const char *p, const char *end)
{
    int depth = 0;
    while ((p = em_scan_byte(p, end, '<')) < end) {
        struct em_view v = {p, (size_t)(end - p)};
        if (em_view_starts(v, EM_VIEW("<!--/$-->"))) {
            if (depth-- == 0)
                return p + 9;
        } else if (em_view_starts(v, EM_VIEW("<!--$"))) {
            depth++;
        }
        p++;
    }
    return NULL;
}
