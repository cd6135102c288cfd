/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a value stands in a JSON line, so that it can be replaced and the rest of the line
 * kept byte for byte. The line is valid JSON (a parser said so before); a line that is not
 * only gives "not found". Linear, no recursion: depth is a count.
 */
#include "pipeline/clean/clean.h"

static size_t skip_space(struct em_view v, size_t at)
{
    while (at < v.len && (v.data[at] == ' ' || v.data[at] == '\t' || v.data[at] == '\r' ||
                          v.data[at] == '\n'))
        at++;
    return at;
}

/* `at` is at the quote; behind the closing one. */
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
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\r')) {
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

bool em_clean_json_next(struct em_view v, size_t *at, struct em_view *key,
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

/* The value of `key` in the object that `v` begins with. */
static bool find_key(struct em_view v, struct em_view key, struct em_view *raw)
{
    size_t at = 0;
    struct em_view name, value;
    while (em_clean_json_next(v, &at, &name, &value))
        if (em_view_eq(name, key)) {
            *raw = value;
            return true;
        }
    return false;
}

bool em_clean_json_find(struct em_view line, struct em_view path, struct em_view *raw)
{
    if (find_key(line, path, raw))
        return true;
    *raw = line;
    while (path.len) {
        size_t dot = em_view_find(path, 0, EM_VIEW("."));
        if (!find_key(*raw, em_view_sub(path, 0, dot), raw))
            return false;
        path = em_view_sub(path, dot + 1, path.len);
    }
    return true;
}
