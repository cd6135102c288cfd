/* SPDX-License-Identifier: Apache-2.0
 *
 * Markdown left in the text: raw model answers have it, the web shows it rendered, so it
 * must not count. Each mark is undone where it stands, in linear time: no look-ahead beyond
 * the line but for code fences, whose closing mark is looked for once.
 */
#include "detector/normalise_int.h"

static bool white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool normalise_markdown_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           (unsigned char)c >= 0x80;
}

static size_t normalise_markdown_run(const struct em_normaliser *s, const char *p, char c)
{
    const char *q = p;
    while (q < s->end && *q == c)
        q++;
    return (size_t)(q - p);
}

static char normalise_markdown_before(const struct em_normaliser *s)
{
    return s->o > s->out->text ? s->o[-1] : ' ';
}

static char at(const struct em_normaliser *s, const char *p)
{
    return p < s->end ? *p : ' ';
}

/* White space of any kind at p; the end counts. */
static bool white_at(const struct em_normaliser *s, const char *p)
{
    return white(at(s, p)) || em_normal_odd_space(p, s->end) > 0;
}

static void put_dash(struct em_normaliser *s, size_t read)
{
    memcpy(s->o, "\xE2\x80\x94", 3);
    s->o += 3;
    s->p += read;
    s->out->counts.dashes++;
}

static void normalise_markdown_copy(struct em_normaliser *s, size_t n)
{
    memcpy(s->o, s->p, n);
    s->o += n;
    s->p += n;
}

/* ``` at p. The contents are code and not scored, unless the fence says that they are text
 * or wraps the whole (a habit of pasting chat answers). */
static void take_fence(struct em_normaliser *s, size_t ticks)
{
    static const char *const prose[] = {"markdown", "md", "text", "txt", "plaintext"};
    const char *p = s->p + ticks;
    s->out->counts.fences++;
    if (s->fence_close && s->p >= s->fence_close) {
        s->fence_close = NULL;
        s->p = p;
        return;
    }
    size_t rest = (size_t)(s->end - p), close = rest;
    if (!s->no_fence)
        close = em_view_find(em_view_make(p, rest), 0, EM_VIEW("```"));
    if (close == rest) {
        s->no_fence = true;
        s->p = p;
        return;
    }
    bool keep = s->o == s->out->text && rest - close < 8;
    for (size_t i = 0; i < sizeof(prose) / sizeof(prose[0]); i++) {
        size_t n = strlen(prose[i]);
        if (n < close && memcmp(p, prose[i], n) == 0 && white(p[n])) {
            keep = true;
            p += n;
            break;
        }
    }
    if (keep) {
        s->fence_close = s->p + ticks + close;
        s->p = p;
    } else {
        s->p += ticks + close;
        s->p += normalise_markdown_run(s, s->p, '`');
    }
    em_normal_space(s);
}

/* '*' or '_' at p. Two or more are bold, a rule or a blank to fill in; one is emphasis when
 * it hangs on one side of a word ('_' inside a word is a name's). */
static void take_emphasis(struct em_normaliser *s)
{
    size_t n = normalise_markdown_run(s, s->p, *s->p);
    char left = normalise_markdown_before(s), right = at(s, s->p + n);
    bool apart = *s->p == '_'
                     ? alnum(left) && alnum(right)
                     : white(left) == white(right) && alnum(left) == alnum(right);
    if (n == 1 && apart) {
        normalise_markdown_copy(s, 1);
        return;
    }
    s->p += n;
    s->out->counts.emphasis++;
}

/* '|' at p: a table's; the row of dashes below its head goes too. */
static void take_pipe(struct em_normaliser *s)
{
    size_t written = (size_t)(s->o - s->out->text);
    bool between = s->end - s->p > 1 &&
                   normalise_markdown_letter(normalise_markdown_before(s)) &&
                   normalise_markdown_letter(s->p[1]) &&
                   (written == 1 || !alnum(s->o[-2])) && !alnum(at(s, s->p + 2));
    if (between) { /* "l|e|t|t|e|r|s" */
        *s->o++ = '/';
        s->p++;
        return;
    }
    s->out->counts.pipes++;
    s->p++;
    em_normal_space(s);
    for (;;) {
        const char *p = s->p;
        while (p < s->end && white(*p))
            p++;
        const char *rule = p;
        if (at(s, rule) == ':')
            rule++;
        size_t dashes = normalise_markdown_run(s, rule, '-');
        rule += dashes;
        if (dashes >= 1 && at(s, rule) == ':')
            rule++;
        if (rule - p >= 2 && dashes >= 1 && (white(at(s, rule)) || *rule == '|'))
            s->p = rule;
        else if (at(s, p) == '|')
            s->p = p + 1;
        else
            return;
    }
}

/* "--" at p. */
static void take_dashes(struct em_normaliser *s)
{
    size_t n = normalise_markdown_run(s, s->p, '-');
    char after = at(s, s->p + n);
    bool alone = n == 3 && s->line_start && (after == '\n' || after == '\r');
    if (n >= 4 || alone) {
        s->p += n;
        em_normal_space(s);
    } else {
        put_dash(s, n);
    }
}

bool em_normal_markdown(struct em_normaliser *s)
{
    switch (*s->p) {
    case '`': {
        size_t n = normalise_markdown_run(s, s->p, '`');
        if (n >= 3) {
            take_fence(s, n);
        } else {
            s->p += n;
            s->out->counts.emphasis++;
        }
        return true;
    }
    case '*':
    case '_':
        take_emphasis(s);
        return true;
    case '|':
        take_pipe(s);
        return true;
    case '#':
        normalise_markdown_copy(s, 1);
        return true;
    case '-':
        take_dashes(s);
        return true;
    default:
        return false;
    }
}

/* Bytes of a list mark at p ("-", "*", "+", "12.", "3)") that white space follows, or 0. */
static size_t list_mark(const struct em_normaliser *s, const char *p)
{
    size_t n = 0;
    if (at(s, p) == '-' || at(s, p) == '*' || at(s, p) == '+') {
        n = 1;
    } else {
        while (n < 3 && at(s, p + n) >= '0' && at(s, p + n) <= '9')
            n++;
        if (n == 0 || (at(s, p + n) != '.' && at(s, p + n) != ')'))
            return 0;
        n++;
    }
    return p + n < s->end && white_at(s, p + n) ? n : 0;
}

/* Does the next line that is not blank begin with such a mark as well? */
static bool next_line_has_mark(const struct em_normaliser *s, const char *p)
{
    size_t most = (size_t)(s->end - p);
    const char *line = memchr(p, '\n', most < 1000 ? most : 1000);
    if (!line)
        return false;
    for (most = 0; line < s->end && white(*line) && most < 100; most++)
        line++;
    bool digit = *p >= '0' && *p <= '9';
    return list_mark(s, line) > 0 && (digit ? *line >= '0' && *line <= '9' : *line == *p);
}

/* Is what stands before p the end of something, so that a list item may begin? */
static bool after_end(const struct em_normaliser *s)
{
    const char *o = s->o;
    while (o > s->out->text && (o[-1] == ' ' || o[-1] == '"' || o[-1] == ')'))
        o--;
    return o == s->out->text || memchr(".:;!?", o[-1], 5) != NULL;
}

static bool take_list_mark(struct em_normaliser *s)
{
    size_t n = list_mark(s, s->p);
    if (n == 0)
        return false;
    bool line =
        s->line_start && (s->in_list || s->blank_line || next_line_has_mark(s, s->p));
    if (!line && !after_end(s))
        return false;
    if (!line && n > 3) /* "in 1999: 120. " is not an item's number */
        return false;
    if (s->line_start)
        s->in_list = true;
    s->p += n;
    s->out->counts.list_marks++;
    return true;
}

void em_normal_line_marks(struct em_normaliser *s)
{
    for (int marks = 0; marks < 8; marks++) {
        size_t n = normalise_markdown_run(s, s->p, '#');
        if (n >= 1 && n <= 6 && s->p + n < s->end && white_at(s, s->p + n)) {
            s->p += n;
            s->out->counts.headings++;
        } else if (s->line_start && at(s, s->p) == '>' &&
                   (s->in_list || s->blank_line || after_end(s))) {
            s->p++;
            s->out->counts.quote_marks++;
        } else if (!take_list_mark(s)) {
            break;
        }
        while (s->p < s->end && white(*s->p))
            s->p++;
    }
    if (at(s, s->p) == '-' && normalise_markdown_run(s, s->p, '-') == 1) {
        if (white_at(s, s->p + 1))
            put_dash(s, 1);
        else if (s->p < s->end)
            normalise_markdown_copy(s, 1);
    }
}
