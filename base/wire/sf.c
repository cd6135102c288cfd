/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/sf.h"

#include <string.h>

struct sf_cursor {
    const char *p, *end;
};

static bool sf_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool sf_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool sf_is_alpha(char c)
{
    return sf_is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool sf_at(const struct sf_cursor *s, char c)
{
    return s->p < s->end && *s->p == c;
}

static void sf_skip_blanks(struct sf_cursor *s, bool tabs)
{
    while (sf_at(s, ' ') || (tabs && sf_at(s, '\t')))
        s->p++;
}

/* spec: RFC9651 4.2.3.3 */
static bool sf_take_key(struct sf_cursor *s, struct em_view *key)
{
    const char *begin = s->p;
    if (s->p == s->end || (!sf_is_lower(*s->p) && *s->p != '*'))
        return false;
    while (s->p < s->end &&
           (sf_is_lower(*s->p) || sf_is_digit(*s->p) || (*s->p && strchr("_-.*", *s->p))))
        s->p++;
    *key = em_view_make(begin, (size_t)(s->p - begin));
    return true;
}

/* spec: RFC9651 4.2.4: 15 digits, or 12 with up to three after the point */
static bool sf_take_number(struct sf_cursor *s, struct em_sf_member *m)
{
    const char *begin = s->p;
    size_t digits = 0, fraction = 0;
    if (sf_at(s, '-'))
        s->p++;
    for (; s->p < s->end && sf_is_digit(*s->p); s->p++)
        digits++;
    m->kind = EM_SF_INTEGER;
    if (digits && sf_at(s, '.')) {
        m->kind = EM_SF_DECIMAL;
        for (s->p++; s->p < s->end && sf_is_digit(*s->p); s->p++)
            fraction++;
        if (fraction < 1 || fraction > 3 || digits > 12)
            return false;
    }
    m->value = em_view_make(begin, (size_t)(s->p - begin));
    return digits >= 1 && digits <= 15;
}

/* spec: RFC9651 4.2.5 */
static bool sf_take_string(struct sf_cursor *s, struct em_sf_member *m)
{
    const char *begin = ++s->p;
    m->kind = EM_SF_STRING;
    for (; s->p < s->end; s->p++) {
        if (*s->p == '"') {
            m->value = em_view_make(begin, (size_t)(s->p - begin));
            s->p++;
            return true;
        }
        if (*s->p == '\\' && (++s->p == s->end || (*s->p != '"' && *s->p != '\\')))
            return false;
        if (*s->p < 0x20 || *s->p == 0x7F)
            return false;
    }
    return false;
}

/* spec: RFC9651 4.2.6 */
static bool sf_take_token(struct sf_cursor *s, struct em_sf_member *m)
{
    const char *begin = s->p;
    while (s->p < s->end && (sf_is_alpha(*s->p) || sf_is_digit(*s->p) ||
                             (*s->p && strchr("!#$%&'*+-.^_`|~:/", *s->p))))
        s->p++;
    m->kind = EM_SF_TOKEN;
    m->value = em_view_make(begin, (size_t)(s->p - begin));
    return true;
}

/* spec: RFC9651 4.2.7 */
static bool sf_take_bytes(struct sf_cursor *s, struct em_sf_member *m)
{
    const char *begin = ++s->p;
    m->kind = EM_SF_BYTES;
    while (s->p < s->end &&
           (sf_is_alpha(*s->p) || sf_is_digit(*s->p) || (*s->p && strchr("+/=", *s->p))))
        s->p++;
    m->value = em_view_make(begin, (size_t)(s->p - begin));
    return s->p < s->end && *s->p++ == ':';
}

/* spec: RFC9651 4.2.10: percent-encoded, two lower-case digits */
static bool sf_take_display(struct sf_cursor *s, struct em_sf_member *m)
{
    if (++s->p == s->end || *s->p != '"')
        return false;
    const char *begin = ++s->p;
    m->kind = EM_SF_DISPLAY;
    for (; s->p < s->end && *s->p != '"'; s->p++) {
        if (*s->p < 0x20 || *s->p == 0x7F)
            return false;
        if (*s->p != '%')
            continue;
        for (int i = 0; i < 2; i++)
            if (++s->p == s->end ||
                (!sf_is_digit(*s->p) && !(*s->p >= 'a' && *s->p <= 'f')))
                return false;
    }
    m->value = em_view_make(begin, (size_t)(s->p - begin));
    return s->p < s->end && *s->p++ == '"';
}

static bool sf_take_boolean(struct sf_cursor *s, struct em_sf_member *m)
{
    m->kind = EM_SF_BOOLEAN;
    if (++s->p == s->end || (*s->p != '0' && *s->p != '1'))
        return false;
    m->truth = *s->p == '1';
    m->value = em_view_make(s->p++, 1);
    return true;
}

/* spec: RFC9651 4.2.3.1 */
static bool sf_take_bare(struct sf_cursor *s, struct em_sf_member *m)
{
    if (s->p == s->end)
        return false;
    char c = *s->p;
    if (c == '-' || sf_is_digit(c))
        return sf_take_number(s, m);
    if (c == '"')
        return sf_take_string(s, m);
    if (c == '*' || sf_is_alpha(c))
        return sf_take_token(s, m);
    if (c == ':')
        return sf_take_bytes(s, m);
    if (c == '?')
        return sf_take_boolean(s, m);
    if (c == '%')
        return sf_take_display(s, m);
    if (c != '@')
        return false;
    s->p++;
    bool whole = sf_take_number(s, m) && m->kind == EM_SF_INTEGER;
    m->kind = EM_SF_DATE;
    return whole;
}

/* spec: RFC9651 4.2.3.2 */
static bool sf_take_parameters(struct sf_cursor *s, struct em_view *text)
{
    const char *begin = s->p;
    struct em_sf_member ignored;
    struct em_view key;
    while (sf_at(s, ';')) {
        s->p++;
        sf_skip_blanks(s, false);
        if (!sf_take_key(s, &key))
            return false;
        if (sf_at(s, '=')) {
            s->p++;
            if (!sf_take_bare(s, &ignored))
                return false;
        }
    }
    *text = em_view_make(begin, (size_t)(s->p - begin));
    return true;
}

/* spec: RFC9651 4.2.1.2; inner lists do not nest. */
static bool sf_take_list(struct sf_cursor *s, struct em_sf_member *m)
{
    const char *begin = ++s->p;
    struct em_sf_member item;
    while (s->p < s->end) {
        sf_skip_blanks(s, false);
        if (sf_at(s, ')')) {
            m->kind = EM_SF_LIST;
            m->value = em_view_make(begin, (size_t)(s->p - begin));
            s->p++;
            return true;
        }
        if (!sf_take_bare(s, &item) || !sf_take_parameters(s, &item.parameters) ||
            s->p == s->end || (*s->p != ' ' && *s->p != ')'))
            return false;
    }
    return false;
}

static bool sf_take_member(struct sf_cursor *s, struct em_sf_member *m)
{
    *m = (struct em_sf_member){.kind = EM_SF_BOOLEAN, .truth = true};
    if (!sf_take_key(s, &m->key))
        return false;
    if (sf_at(s, '=')) {
        s->p++;
        m->truth = false;
        if (!(sf_at(s, '(') ? sf_take_list(s, m) : sf_take_bare(s, m)))
            return false;
    }
    return sf_take_parameters(s, &m->parameters);
}

/* After a member: the end, or a comma and another member. */
static bool sf_take_comma(struct sf_cursor *s)
{
    sf_skip_blanks(s, true);
    if (s->p == s->end)
        return true;
    if (*s->p++ != ',')
        return false;
    sf_skip_blanks(s, true);
    return s->p < s->end;
}

static struct sf_cursor sf_begin(struct em_view text, size_t at)
{
    struct sf_cursor s = {text.data + at, text.data + text.len};
    if (text.len == 0)
        s.p = s.end = "";
    if (at == 0)
        sf_skip_blanks(&s, false);
    return s;
}

bool em_sf_is_dictionary(struct em_view text)
{
    struct sf_cursor s = sf_begin(text, 0);
    struct em_sf_member member;
    while (s.p < s.end && *s.p != '\0')
        if (!sf_take_member(&s, &member) || !sf_take_comma(&s))
            return false;
    return s.p == s.end;
}

bool em_sf_dictionary_next(struct em_view text, size_t *at, struct em_sf_member *member)
{
    if (*at >= text.len)
        return false;
    struct sf_cursor s = sf_begin(text, *at);
    bool taken = sf_take_member(&s, member) && sf_take_comma(&s);
    *at = taken ? (size_t)(s.p - text.data) : text.len;
    return taken;
}
