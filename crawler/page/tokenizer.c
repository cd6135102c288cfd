/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/tokenizer.h"

#include "base/utf8.h"
#include "crawler/page/entities.h"
#include "crawler/page/scan.h"

static bool is_alpha(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static char tokenizer_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* White space, '/' or '>': what ends a tag name. */
static bool ends_name(char c)
{
    return em_is_space(c) || c == '/' || c == '>';
}

void em_tokenizer_init(struct em_tokenizer *t, struct em_view input)
{
    t->p = input.data;
    t->end = input.data + input.len;
    t->content = EM_CONTENT_DATA;
    t->last_start = EM_VIEW_NONE;
    t->foreign = false;
    t->explicit = t->xml = t->lenient = false;
    memset(t->no_end, 0, sizeof(t->no_end));
    t->token = (struct em_token){.attrs = t->attrs};
}

static const struct em_token *emit(struct em_tokenizer *t, enum em_token_kind kind,
                                   const char *start, const char *text,
                                   const char *text_end, const char *end)
{
    t->token.kind = kind;
    t->token.text = em_view_make(text, (size_t)(text_end - text));
    t->token.start = start;
    t->token.end = end;
    t->p = end;
    return &t->token;
}

static const struct em_token *emit_text(struct em_tokenizer *t, const char *start,
                                        const char *end)
{
    t->token.content = t->content;
    return emit(t, EM_TOKEN_TEXT, start, start, end, end);
}

/* --- comments and their like ------------------------------------------------------------ */

/* spec: 13.2.5.43 to 52. `p` is behind "<!--". */
static const struct em_token *comment(struct em_tokenizer *t, const char *start,
                                      const char *p)
{
    const char *end = t->end, *q = p;
    if (q < end && *q == '>')
        return emit(t, EM_TOKEN_COMMENT, start, p, p, q + 1);
    if (end - q >= 2 && q[0] == '-' && q[1] == '>')
        return emit(t, EM_TOKEN_COMMENT, start, p, p, q + 2);
    while ((q = em_scan_byte(q, end, '>')) < end) {
        if (q - p >= 2 && q[-1] == '-' && q[-2] == '-')
            return emit(t, EM_TOKEN_COMMENT, start, p, q - 2, q + 1);
        if (q - p >= 3 && q[-1] == '!' && q[-2] == '-' && q[-3] == '-')
            return emit(t, EM_TOKEN_COMMENT, start, p, q - 3, q + 1);
        q++;
    }
    /* At the end of input, dashes that could have closed it are not content. */
    size_t n = (size_t)(end - p), drop = 0;
    if (n >= 3 && memcmp(end - 3, "--!", 3) == 0)
        drop = 3;
    else
        while (drop < 2 && drop < n && end[-1 - (long)drop] == '-')
            drop++;
    return emit(t, EM_TOKEN_COMMENT, start, p, end - drop, end);
}

static const struct em_token *bogus_comment(struct em_tokenizer *t, const char *start,
                                            const char *p)
{
    const char *q = em_scan_byte(p, t->end, '>');
    return emit(t, EM_TOKEN_COMMENT, start, p, q, q < t->end ? q + 1 : q);
}

static bool starts(const char *p, const char *end, struct em_view word)
{
    return (size_t)(end - p) >= word.len && em_view_ieq(em_view_make(p, word.len), word);
}

/* spec: 13.2.5.42. `start` is at "<!". */
static const struct em_token *declaration(struct em_tokenizer *t, const char *start)
{
    const char *p = start + 2, *end = t->end;
    if (end - p >= 2 && p[0] == '-' && p[1] == '-')
        return comment(t, start, p + 2);
    if (starts(p, end, EM_VIEW("doctype"))) {
        const char *q = em_scan_byte(p, end, '>');
        return emit(t, EM_TOKEN_DOCTYPE, start, p + 7, q, q < end ? q + 1 : q);
    }
    if ((t->foreign || t->xml) && end - p >= 7 && memcmp(p, "[CDATA[", 7) == 0) {
        t->content = EM_CONTENT_CDATA;
        t->p = p + 7;
        return NULL;
    }
    return bogus_comment(t, start, p);
}

/* --- tags ------------------------------------------------------------------------------- */

/* spec: 13.2.5.34 to 39. At the value, after '=' and white space; returns what follows it,
 * NULL at the end of input. */
static const char *attribute_value(const char *p, const char *end, struct em_view *value)
{
    if (*p == '"' || *p == '\'') {
        const char *q = em_scan_byte(p + 1, end, *p);
        if (q == end)
            return NULL;
        *value = em_view_make(p + 1, (size_t)(q - p - 1));
        return q + 1;
    }
    const char *q = p;
    while (q < end && !em_is_space(*q) && *q != '>')
        q++;
    *value = em_view_make(p, (size_t)(q - p));
    return q;
}

static const char *tokenizer_skip_space(const char *p, const char *end)
{
    while (p < end && em_is_space(*p))
        p++;
    return p;
}

/* spec: 13.2.5.32 and 33. `p` is at the first byte of the name. */
static const char *attribute(const char *p, const char *end, struct em_attr *attr)
{
    const char *q = p;
    if (*q == '=')
        q++;
    while (q < end && !em_is_space(*q) && *q != '/' && *q != '>' && *q != '=')
        q++;
    attr->name = em_view_make(p, (size_t)(q - p));
    attr->value = em_view_make(q, 0);
    q = tokenizer_skip_space(q, end);
    if (q >= end)
        return NULL;
    if (*q != '=')
        return q;
    q = tokenizer_skip_space(q + 1, end);
    if (q >= end)
        return NULL;
    if (*q == '>')
        return q;
    return attribute_value(q, end, &attr->value);
}

/* Attributes up to '>'; returns what follows it, NULL when the input ends first. */
static const char *attributes(struct em_tokenizer *t, const char *p)
{
    const char *end = t->end;
    uint32_t n = 0;
    struct em_attr spare;
    t->token.self_closing = false;
    for (;;) {
        p = tokenizer_skip_space(p, end);
        if (p >= end)
            return NULL;
        if (*p == '>')
            break;
        if (*p == '/') {
            p++;
            if (p < end && *p == '>') {
                t->token.self_closing = true;
                break;
            }
            continue;
        }
        bool keep = n < EM_MAX_ATTRIBUTES;
        p = attribute(p, end, keep ? &t->attrs[n] : &spare);
        if (!p)
            return NULL;
        n += keep;
    }
    t->token.n_attrs = n;
    return p + 1;
}

/* The name at p: its end, and the element. */
static const char *tag_name(struct em_tokenizer *t, const char *p)
{
    const char *q = p;
    uint64_t key = 0;
    unsigned shift = 0;
    for (; q < t->end && !ends_name(*q); q++) {
        if (shift < 64)
            key |= (uint64_t)(unsigned char)tokenizer_lower(*q) << shift;
        shift += shift < 64 ? 8 : 0;
    }
    t->token.name = em_view_make(p, (size_t)(q - p));
    t->token.tag = em_tag_find(key, p, t->token.name.len);
    return q;
}

static const char *find_end_tag(const struct em_tokenizer *t);

/* A raw text element that ends where it begins. Where no end tag follows, none is looked for
 * again. */
static bool is_closed(struct em_tokenizer *t)
{
    bool *none = &t->no_end[t->token.tag];
    if (t->lenient && !*none)
        *none = find_end_tag(t) == t->end;
    return t->xml || *none;
}

static void choose_content(struct em_tokenizer *t)
{
    t->token.closed = t->token.self_closing && (t->foreign || t->xml);
    if (t->explicit || t->foreign)
        return;
    unsigned traits = em_tag_traits[t->token.tag];
    if (EM_LIKELY(!(traits & (EM_TRAIT_RAWTEXT | EM_TRAIT_RCDATA)))) {
        if (t->token.tag == EM_TAG_PLAINTEXT)
            t->content = EM_CONTENT_PLAINTEXT;
        return;
    }
    if (t->token.self_closing && is_closed(t)) {
        t->token.closed = true;
        return;
    }
    if (t->token.tag == EM_TAG_SCRIPT)
        t->content = EM_CONTENT_SCRIPT;
    else
        t->content = traits & EM_TRAIT_RCDATA ? EM_CONTENT_RCDATA : EM_CONTENT_RAWTEXT;
}

/* `name` is behind "<" or "</". */
static const struct em_token *tag(struct em_tokenizer *t, enum em_token_kind kind,
                                  const char *start, const char *name)
{
    const char *p = tag_name(t, name);
    p = attributes(t, p);
    if (!p) { /* spec: eof-in-tag: the tag is not emitted */
        t->token.kind = EM_TOKEN_END_OF_INPUT;
        t->p = t->end;
        return &t->token;
    }
    t->token.kind = kind;
    t->token.start = start;
    t->token.end = t->p = p;
    if (kind == EM_TOKEN_START) {
        t->last_start = t->token.name;
        choose_content(t);
    } else {
        t->content = EM_CONTENT_DATA;
    }
    return &t->token;
}

/* --- data ------------------------------------------------------------------------------- */

/* Markup begins at p, where *p is '<'. */
static bool is_markup(const char *p, const char *end)
{
    if (end - p < 2)
        return false;
    char c = p[1];
    if (is_alpha(c) || c == '!' || c == '?')
        return true;
    return c == '/' && end - p >= 3;
}

/* NULL when the markup gives no token ("</>", "<![CDATA["). */
static const struct em_token *markup(struct em_tokenizer *t, const char *p)
{
    char c = p[1];
    if (is_alpha(c))
        return tag(t, EM_TOKEN_START, p, p + 1);
    if (c == '/') {
        if (is_alpha(p[2]))
            return tag(t, EM_TOKEN_END, p, p + 2);
        if (p[2] == '>') {
            t->p = p + 3;
            return NULL;
        }
        return bogus_comment(t, p, p + 2);
    }
    if (c == '!')
        return declaration(t, p);
    return bogus_comment(t, p, p + 1);
}

static const struct em_token *next_data(struct em_tokenizer *t)
{
    const char *start = t->p, *q = start;
    for (;; q++) {
        q = em_scan_byte(q, t->end, '<');
        if (q == t->end || is_markup(q, t->end))
            break;
    }
    if (q > start)
        return emit_text(t, start, q);
    return markup(t, q);
}

/* --- raw text --------------------------------------------------------------------------- */

/* "</name" and then white space, '/' or '>' at p. */
static bool is_end_tag(const char *p, const char *end, struct em_view name)
{
    size_t n = name.len + 3;
    if ((size_t)(end - p) < n || p[1] != '/' ||
        tokenizer_lower(p[2]) != tokenizer_lower(name.data[0]))
        return false;
    return ends_name(p[n - 1]) && em_view_ieq(em_view_make(p + 2, name.len), name);
}

static const char *find_end_tag(const struct em_tokenizer *t)
{
    const char *q = t->p;
    for (;; q++) {
        q = em_scan_byte(q, t->end, '<');
        if (q == t->end || (t->last_start.len && is_end_tag(q, t->end, t->last_start)))
            return q;
    }
}

/* "<script" and then white space, '/' or '>'. */
static bool opens_script(const char *p, const char *end)
{
    return end - p >= 8 && tokenizer_lower(p[1]) == 's' && ends_name(p[7]) &&
           em_view_ieq(em_view_make(p + 1, 6), EM_VIEW("script"));
}

/* spec: 13.2.5.15 to 31. Inside "<!--" a "<script" makes the next "</script" part of the
 * script; "-->" ends both. */
static const char *find_script_end(const struct em_tokenizer *t)
{
    enum { PLAIN, ESCAPED, DOUBLE } state = PLAIN;
    const char *q = t->p, *end = t->end, *dashes = NULL;
    const struct em_view script = EM_VIEW("script");
    for (;; q++) {
        q = state == PLAIN ? em_scan_byte(q, end, '<') : em_scan_either(q, end, '<', '>');
        if (q == end)
            return q;
        if (*q == '>') {
            if (q - dashes >= 2 && q[-1] == '-' && q[-2] == '-')
                state = PLAIN;
        } else if (state == DOUBLE) {
            if (is_end_tag(q, end, script))
                state = ESCAPED;
        } else if (is_end_tag(q, end, t->last_start)) {
            return q;
        } else if (state == ESCAPED) {
            if (opens_script(q, end))
                state = DOUBLE;
        } else if (end - q >= 4 && memcmp(q, "<!--", 4) == 0) {
            state = ESCAPED;
            dashes = q + 2;
            q += 3;
        }
    }
}

static const struct em_token *next_raw(struct em_tokenizer *t)
{
    const char *start = t->p, *q;
    if (t->content == EM_CONTENT_PLAINTEXT)
        return emit_text(t, start, t->end);
    if (t->content == EM_CONTENT_SCRIPT && t->last_start.len)
        q = find_script_end(t);
    else
        q = find_end_tag(t);
    if (q > start)
        return emit_text(t, start, q);
    return tag(t, EM_TOKEN_END, q, q + 2);
}

/* spec: 13.2.5.69 to 71. */
static const struct em_token *next_cdata(struct em_tokenizer *t)
{
    const char *start = t->p, *q = start;
    for (;; q++) {
        q = em_scan_byte(q, t->end, '>');
        if (q == t->end)
            return emit_text(t, start, q);
        if (q - start >= 2 && q[-1] == ']' && q[-2] == ']')
            break;
    }
    if (q - 2 == start) {
        t->content = EM_CONTENT_DATA;
        t->p = q + 1;
        return NULL;
    }
    const struct em_token *token = emit_text(t, start, q - 2);
    t->content = EM_CONTENT_DATA;
    t->p = q + 1;
    return token;
}

const struct em_token *em_tokenizer_next(struct em_tokenizer *t)
{
    for (;;) {
        if (t->p >= t->end) {
            t->token.kind = EM_TOKEN_END_OF_INPUT;
            return &t->token;
        }
        const struct em_token *token;
        if (EM_LIKELY(t->content == EM_CONTENT_DATA))
            token = next_data(t);
        else if (t->content == EM_CONTENT_CDATA)
            token = next_cdata(t);
        else
            token = next_raw(t);
        if (token)
            return token;
    }
}

bool em_token_attr(const struct em_token *token, const char *name, struct em_view *value)
{
    struct em_view want = em_view_of(name);
    for (uint32_t i = 0; i < token->n_attrs; i++) {
        if (em_view_ieq(token->attrs[i].name, want)) {
            *value = token->attrs[i].value;
            return true;
        }
    }
    return false;
}

enum em_status em_html_decode(struct em_buf *out, struct em_view raw, bool references,
                              bool in_attribute)
{
    const char *p = raw.data, *end = raw.data + raw.len;
    while (p < end) {
        const char *q = p;
        while (q < end && *q != '\r' && !(references && *q == '&'))
            q++;
        EM_TRY(em_utf8_append_clean(out, em_view_make(p, (size_t)(q - p)), NULL));
        p = q;
        if (p == end)
            break;
        if (*p == '\r') {
            EM_TRY(em_buf_putc(out, '\n'));
            p += p + 1 < end && p[1] == '\n' ? 2 : 1;
            continue;
        }
        char text[EM_REFERENCE_MAX];
        size_t len = 0, used = em_reference_decode(p, end, in_attribute, text, &len);
        EM_TRY(used ? em_buf_append(out, text, len) : em_buf_putc(out, '&'));
        p += used ? used : 1;
    }
    return EM_OK;
}
