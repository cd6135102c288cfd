/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_text.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

static size_t skip_space(struct em_view v, size_t at)
{
    while (at < v.len && (v.data[at] == ' ' || v.data[at] == '\t' || v.data[at] == '\r' ||
                          v.data[at] == '\n'))
        at++;
    return at;
}

/* `at` is at the quote; after the closing one. */
static size_t skip_string(struct em_view v, size_t at)
{
    size_t from = ++at;
    while (at < v.len) {
        const char *quote = memchr(v.data + at, '"', v.len - at);
        if (!quote)
            return v.len;
        size_t end = (size_t)(quote - v.data), slashes = 0;
        while (end > from + slashes && v.data[end - 1 - slashes] == '\\')
            slashes++;
        at = end + 1;
        if (slashes % 2 == 0)
            return at;
        from = at; /* what was counted is not counted again */
    }
    return v.len;
}

static size_t skip_value(struct em_view v, size_t at)
{
    size_t depth = 0;
    while (at < v.len) {
        char c = v.data[at];
        if (c == '"') {
            at = skip_string(v, at);
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at;
            depth--;
            at++;
        } else if (depth == 0 &&
                   (c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
            return at;
        } else {
            at++;
            continue;
        }
        if (depth == 0)
            return at;
    }
    return v.len;
}

bool em_json_text_next(struct em_view v, size_t *at, struct em_view *key,
                       struct em_view *raw)
{
    size_t i = skip_space(v, *at);
    if (*at == 0) {
        if (i == v.len || v.data[i] != '{')
            return false;
        i = skip_space(v, i + 1);
    }
    if (i == v.len || v.data[i] != '"')
        return false;
    size_t end = skip_string(v, i);
    *key = em_view_sub(v, i + 1, end - i - 2);
    i = skip_space(v, end);
    if (i == v.len || v.data[i] != ':')
        return false;
    i = skip_space(v, i + 1);
    end = skip_value(v, i);
    *raw = em_view_sub(v, i, end - i);
    i = skip_space(v, end);
    if (i < v.len && v.data[i] == ',')
        i++;
    *at = i;
    return raw->len > 0;
}

bool em_json_text_element(struct em_view v, size_t *at, struct em_view *raw)
{
    size_t i = skip_space(v, *at);
    if (*at == 0) {
        if (i == v.len || v.data[i] != '[')
            return false;
        i = skip_space(v, i + 1);
    }
    if (i == v.len || v.data[i] == ']')
        return false;
    size_t end = skip_value(v, i);
    *raw = em_view_sub(v, i, end - i);
    i = skip_space(v, end);
    if (i < v.len && v.data[i] == ',')
        i++;
    *at = i;
    return raw->len > 0;
}

/* --- strings ----------------------------------------------------------------------------- */

/* The four digits of a \u escape; -1 where they are not all there. */
static int32_t string_hex4(const char *p, const char *end)
{
    int32_t value = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = em_hex_digit(p[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* A \u escape whose first digit is at *p: a character, or U+FFFD for half of a pair. */
static uint32_t string_unicode(const char **p, const char *end)
{
    int32_t high = string_hex4(*p, end);
    *p += 4;
    if (high < 0xD800 || high > 0xDFFF)
        return (uint32_t)high;
    int32_t low = end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u'
                      ? string_hex4(*p + 2, end)
                      : -1;
    if (high > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
        return 0xFFFD;
    *p += 6;
    return 0x10000 + ((uint32_t)high - 0xD800) * 0x400 + ((uint32_t)low - 0xDC00);
}

size_t em_json_text_unescape(struct em_view raw, char *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *p = raw.data, *end = raw.data + raw.len;
    size_t n = 0;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash ? slash : end) - p);
        memcpy(out + n, p, plain);
        n += plain;
        p += plain;
        if (!slash || end - p < 2)
            break;
        const char *name = memchr(names, p[1], sizeof(names) - 1);
        p += 2;
        if (name)
            out[n++] = values[name - names];
        else if (p[-1] == 'u' && string_hex4(p, end) >= 0)
            n += em_utf8_encode(out + n, string_unicode(&p, end));
    }
    return n;
}

/* The unit that "\\uXXXX" at `p` names, else 0. */
static unsigned string_unit(const char *p, const char *end)
{
    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return 0;
    int32_t unit = string_hex4(p + 2, end);
    return unit < 0 ? 0 : (unsigned)unit;
}

enum em_status em_json_text_mend(struct em_buf *out, struct em_view *line)
{
    if (em_view_find(*line, 0, EM_VIEW("\\ud")) == line->len &&
        em_view_find(*line, 0, EM_VIEW("\\uD")) == line->len)
        return EM_OK;
    em_buf_clear(out);
    EM_TRY(em_buf_append_view(out, *line));
    char *text = out->data;
    const char *end = out->data + out->len;
    for (size_t i = 0; i + 6 <= out->len; i++) {
        if (text[i] != '\\')
            continue;
        unsigned unit = string_unit(text + i, end), next = string_unit(text + i + 6, end);
        if (unit < 0xD800 || unit > 0xDFFF) {
            i++; /* the escaped character */
            continue;
        }
        bool pair = unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF;
        if (!pair)
            memcpy(text + i + 2, "FFFD", 4);
        i += pair ? 11 : 5;
    }
    *line = em_buf_view(out);
    return EM_OK;
}

/* --- lookup ------------------------------------------------------------------------------ */

/* Keys as written are nearly always the keys themselves. */
static bool key_is(struct em_view written, struct em_view key)
{
    char plain[256];
    if (!written.len || !memchr(written.data, '\\', written.len))
        return em_view_eq(written, key);
    if (written.len > sizeof(plain))
        return false;
    return em_view_eq(em_view_make(plain, em_json_text_unescape(written, plain)), key);
}

void em_json_text_pick(struct em_view object, const struct em_view *keys, size_t n,
                       struct em_view *raw)
{
    size_t at = 0;
    struct em_view name, value;
    for (size_t i = 0; i < n; i++)
        raw[i] = EM_VIEW_NONE;
    while (em_json_text_next(object, &at, &name, &value))
        for (size_t i = 0; i < n; i++)
            if (key_is(name, keys[i]))
                raw[i] = value;
}

bool em_json_text_find(struct em_view line, struct em_view path, struct em_view *raw)
{
    for (;;) {
        size_t dot = em_view_find(path, 0, EM_VIEW("."));
        const struct em_view keys[] = {path, em_view_sub(path, 0, dot)};
        struct em_view found[2];
        em_json_text_pick(line, keys, dot < path.len ? 2 : 1, found);
        if (found[0].len) {
            *raw = found[0];
            return true;
        }
        if (dot == path.len || !found[1].len)
            return false;
        line = found[1];
        path = em_view_sub(path, dot + 1, path.len);
    }
}

/* --- grammar ----------------------------------------------------------------------------- */

/* Open brackets, one bit each: set for an object. */
struct nesting {
    struct em_buf bits;
    size_t depth;
};

static enum em_status nesting_push(struct nesting *open, bool object)
{
    if (open->depth / 8 == open->bits.len)
        EM_TRY(em_buf_putc(&open->bits, 0));
    char *byte = &open->bits.data[open->depth / 8];
    int bit = 1 << open->depth % 8;
    *byte = (char)(object ? *byte | bit : *byte & ~bit);
    open->depth++;
    return EM_OK;
}

static bool nesting_is_object(const struct nesting *open)
{
    size_t at = open->depth - 1;
    return open->depth && (open->bits.data[at / 8] >> at % 8 & 1);
}

/* After the string whose quote is at `at`; 0 where it is none. spec: RFC8259 7 */
static size_t string_end(struct em_view v, size_t at)
{
    for (at++; at < v.len; at++) {
        unsigned char c = (unsigned char)v.data[at];
        if (c == '"')
            return at + 1;
        if (c < 0x20)
            return 0;
        if (c != '\\')
            continue;
        at++;
        if (at == v.len || !strchr("\"\\/bfnrtu", v.data[at]) || !v.data[at])
            return 0;
        if (v.data[at] == 'u' && string_hex4(v.data + at + 1, v.data + v.len) < 0)
            return 0;
    }
    return 0;
}

static size_t digits_end(struct em_view v, size_t at)
{
    while (at < v.len && v.data[at] >= '0' && v.data[at] <= '9')
        at++;
    return at;
}

/* spec: RFC8259 6 */
static size_t number_end(struct em_view v, size_t at)
{
    at += v.data[at] == '-';
    size_t whole = digits_end(v, at);
    if (whole == at || (whole > at + 1 && v.data[at] == '0'))
        return 0;
    at = whole;
    if (at < v.len && v.data[at] == '.') {
        size_t from = at + 1;
        at = digits_end(v, from);
        if (at == from)
            return 0;
    }
    if (at < v.len && (v.data[at] == 'e' || v.data[at] == 'E')) {
        size_t from = at + 1;
        from += from < v.len && (v.data[from] == '+' || v.data[from] == '-');
        at = digits_end(v, from);
        if (at == from)
            return 0;
    }
    return at;
}

/* After a value that is no object or array; 0 where none is. */
static size_t scalar_end(struct em_view v, size_t at)
{
    static const char *const words[] = {"true", "false", "null"};
    struct em_view rest = em_view_sub(v, at, v.len);
    if (v.data[at] == '"')
        return string_end(v, at);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (em_view_starts(rest, em_view_of(words[i])))
            return at + strlen(words[i]);
    return number_end(v, at);
}

/* After `"key" :`; 0 where it is none. */
static size_t key_end(struct em_view v, size_t at)
{
    if (at == v.len || v.data[at] != '"')
        return 0;
    at = string_end(v, at);
    at = at ? skip_space(v, at) : v.len;
    return at < v.len && v.data[at] == ':' ? skip_space(v, at + 1) : 0;
}

/* After a value, all brackets that close there, and a comma with the key that follows:
 * where the next value begins. EM_END after the last. */
static enum em_status values_next(struct em_view v, size_t *at, struct nesting *open)
{
    for (;;) {
        size_t i = skip_space(v, *at);
        if (open->depth == 0)
            return i == v.len ? EM_END : EM_ERR_FORMAT;
        bool object = nesting_is_object(open);
        if (i == v.len)
            return EM_ERR_FORMAT;
        if (v.data[i] == ',') {
            i = skip_space(v, i + 1);
            *at = object ? key_end(v, i) : i;
            return *at ? EM_OK : EM_ERR_FORMAT;
        }
        if (v.data[i] != (object ? '}' : ']'))
            return EM_ERR_FORMAT;
        open->depth--;
        *at = i + 1;
    }
}

/* The value at *at: a scalar is passed; an object or array is opened, and *at is where its
 * first value begins, or after it (then *passed). */
static enum em_status value_step(struct em_view v, size_t *at, struct nesting *open,
                                 bool *passed)
{
    size_t i = *at;
    *passed = true;
    if (i >= v.len)
        return EM_ERR_FORMAT;
    if (v.data[i] != '{' && v.data[i] != '[') {
        *at = scalar_end(v, i);
        return *at ? EM_OK : EM_ERR_FORMAT;
    }
    bool object = v.data[i] == '{';
    i = skip_space(v, i + 1);
    if (i < v.len && v.data[i] == (object ? '}' : ']')) {
        *at = i + 1;
        return EM_OK;
    }
    EM_TRY(nesting_push(open, object));
    *passed = false;
    *at = object ? key_end(v, i) : i;
    return *at ? EM_OK : EM_ERR_FORMAT;
}

enum em_status em_json_text_check(struct em_view text)
{
    struct nesting open = {.depth = 0};
    enum em_status status = EM_OK;
    size_t at = skip_space(text, 0);
    em_buf_init(&open.bits, EM_MAX_LINE);
    if (em_utf8_valid_prefix(text) != text.len)
        status = EM_ERR_FORMAT;
    while (status == EM_OK) {
        bool passed;
        status = value_step(text, &at, &open, &passed);
        if (status == EM_OK && passed)
            status = values_next(text, &at, &open);
    }
    em_buf_release(&open.bits);
    return status == EM_END ? EM_OK : status;
}
