/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a value stands in a JSON line, so that it can be replaced and the rest of the line
 * kept byte for byte. The line is valid JSON (a parser said so before); a line that is not
 * only gives "not found". Linear, no recursion: depth is a count.
 */
#include "pipeline/clean.h"

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
    for (at++; at < v.len && v.data[at] != '"'; at++)
        if (v.data[at] == '\\')
            at++;
    return at < v.len ? at + 1 : v.len;
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

/* The value of `key` in the object that `v` begins with. */
static bool find_key(struct em_view v, struct em_view key, struct em_view *raw)
{
    size_t at = skip_space(v, 0);
    if (at == v.len || v.data[at] != '{')
        return false;
    at = skip_space(v, at + 1);
    while (at < v.len && v.data[at] == '"') {
        size_t end = skip_string(v, at);
        struct em_view name = em_view_sub(v, at + 1, end - at - 2);
        at = skip_space(v, end);
        if (at == v.len || v.data[at] != ':')
            return false;
        at = skip_space(v, at + 1);
        end = skip_value(v, at);
        if (em_view_eq(name, key)) {
            *raw = em_view_sub(v, at, end - at);
            return raw->len > 0;
        }
        at = skip_space(v, end);
        if (at < v.len && v.data[at] == ',')
            at = skip_space(v, at + 1);
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
