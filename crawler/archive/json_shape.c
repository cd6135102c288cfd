/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk over the tokens of the first value. It remembers of each open bracket its kind, and
 * what may follow:
 *
 *     {  -> key or }      key -> :      :, [, "," -> value      value -> "," or its bracket
 *
 * spec: RFC8259 2; scalars are not looked into, since only their ends matter.
 */
#include "crawler/archive/json_shape.h"

#include <stdint.h>

/* Deeper values than these are not followed; corpora have five levels. */
enum { MAX_DEPTH = 64 };

enum expect { KEY_OR_END, KEY, COLON, VALUE_OR_END, VALUE, COMMA_OR_END };

struct shape {
    struct em_view v;
    size_t at;
    enum expect expect;
    unsigned depth;
    uint64_t objects; /* bit i: the bracket at depth i is '{' */
    bool lines;       /* a line end came within the value */
};

static bool shape_blank(struct shape *s)
{
    char c = s->v.data[s->at];
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        return false;
    s->lines |= c == '\n' && s->depth > 0;
    s->at++;
    return true;
}

static bool shape_open(struct shape *s, bool object)
{
    if ((s->expect != VALUE && s->expect != VALUE_OR_END) || s->depth == MAX_DEPTH)
        return false;
    uint64_t bit = UINT64_C(1) << s->depth++;
    s->objects = object ? s->objects | bit : s->objects & ~bit;
    s->expect = object ? KEY_OR_END : VALUE_OR_END;
    s->at++;
    return true;
}

static bool shape_in_object(const struct shape *s)
{
    return s->objects >> (s->depth - 1) & 1;
}

static bool shape_close(struct shape *s, bool object)
{
    enum expect empty = object ? KEY_OR_END : VALUE_OR_END;
    if (s->depth == 0 || shape_in_object(s) != object ||
        (s->expect != COMMA_OR_END && s->expect != empty))
        return false;
    s->depth--;
    s->expect = COMMA_OR_END;
    s->at++;
    return true;
}

/* False where a control character is in it: a line that is cut within a text. */
static bool shape_string(struct shape *s)
{
    bool key = s->expect == KEY || s->expect == KEY_OR_END;
    if (!key && s->expect != VALUE && s->expect != VALUE_OR_END)
        return false;
    for (s->at++; s->at < s->v.len; s->at++) {
        char c = s->v.data[s->at];
        if ((unsigned char)c < ' ')
            return false;
        if (c == '"')
            break;
        s->at += c == '\\';
    }
    s->at++;
    s->expect = key ? COLON : COMMA_OR_END;
    return true;
}

static bool shape_word(struct shape *s)
{
    size_t from = s->at;
    if (s->expect != VALUE && s->expect != VALUE_OR_END)
        return false;
    for (; s->at < s->v.len; s->at++) {
        char c = s->v.data[s->at];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
            !(c >= 'A' && c <= 'Z') && c != '-' && c != '+' && c != '.')
            break;
    }
    s->expect = COMMA_OR_END;
    return s->at > from;
}

static bool shape_mark(struct shape *s, enum expect before, enum expect after)
{
    if (s->expect != before || s->depth == 0)
        return false;
    s->expect = after;
    s->at++;
    return true;
}

static bool shape_token(struct shape *s)
{
    switch (s->v.data[s->at]) {
    case '{':
        return shape_open(s, true);
    case '[':
        return shape_open(s, false);
    case '}':
        return shape_close(s, true);
    case ']':
        return shape_close(s, false);
    case ':':
        return shape_mark(s, COLON, VALUE);
    case ',':
        return shape_mark(s, COMMA_OR_END, s->depth && shape_in_object(s) ? KEY : VALUE);
    case '"':
        return shape_string(s);
    default:
        return shape_word(s);
    }
}

bool em_json_over_lines(struct em_view head)
{
    struct shape s = {.v = em_view_without_mark(head), .expect = VALUE};
    bool begun = false;
    while (s.at < s.v.len && !(begun && s.depth == 0)) {
        if (shape_blank(&s))
            continue;
        if (!shape_token(&s))
            return false;
        if (!begun && s.depth == 0) /* no bracket */
            return false;
        begun = true;
    }
    return s.lines;
}
