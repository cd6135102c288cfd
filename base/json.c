/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>

void em_json_init(struct em_json *json, struct em_buf *out)
{
    *json = (struct em_json){.out = out};
}

static void json_put(struct em_json *json, const char *data, size_t len)
{
    if (json->status == EM_OK)
        json->status = em_buf_append(json->out, data, len);
}

/* Before any value: the comma that separates it from its predecessor. */
static void begin_value(struct em_json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth == 0)
        return;
    if (json->comma[json->depth - 1])
        json_put(json, ",", 1);
    json->comma[json->depth - 1] = true;
}

static void open(struct em_json *json, char bracket, char close)
{
    begin_value(json);
    if (json->depth == EM_JSON_DEPTH) {
        json->status = EM_ERR_INTERNAL;
        return;
    }
    json_put(json, &bracket, 1);
    json->close[json->depth] = close;
    json->comma[json->depth] = false;
    json->depth++;
}

void em_json_object(struct em_json *json)
{
    open(json, '{', '}');
}

void em_json_array(struct em_json *json)
{
    open(json, '[', ']');
}

void em_json_end(struct em_json *json)
{
    if (json->depth == 0) {
        json->status = EM_ERR_INTERNAL;
        return;
    }
    json->depth--;
    json_put(json, &json->close[json->depth], 1);
}

void em_json_key(struct em_json *json, const char *key)
{
    begin_value(json);
    json_put(json, "\"", 1);
    json_put(json, key, strlen(key));
    json_put(json, "\":", 2);
    json->after_key = true;
}

static void put_escape(struct em_json *json, unsigned char c)
{
    char text[8];
    switch (c) {
    case '"':
        json_put(json, "\\\"", 2);
        return;
    case '\\':
        json_put(json, "\\\\", 2);
        return;
    case '\n':
        json_put(json, "\\n", 2);
        return;
    case '\r':
        json_put(json, "\\r", 2);
        return;
    case '\t':
        json_put(json, "\\t", 2);
        return;
    default:
        snprintf(text, sizeof(text), "\\u%04x", c);
        json_put(json, text, 6);
    }
}

void em_json_string(struct em_json *json, struct em_view value)
{
    begin_value(json);
    json_put(json, "\"", 1);
    const char *p = value.data, *end = value.data + value.len, *run = p;
    while (p < end) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
            p++;
            continue;
        }
        if (c >= 0x80) {
            uint32_t cp;
            size_t n = em_utf8_decode(p, end, &cp);
            if (cp != EM_REPLACEMENT || (n == 3 && c == 0xEF)) {
                p += n;
                continue;
            }
            json_put(json, run, (size_t)(p - run));
            json_put(json, "\xEF\xBF\xBD", 3);
            p += n;
            run = p;
            continue;
        }
        json_put(json, run, (size_t)(p - run));
        put_escape(json, c);
        run = ++p;
    }
    json_put(json, run, (size_t)(p - run));
    json_put(json, "\"", 1);
}

void em_json_string_or_null(struct em_json *json, struct em_view value)
{
    if (value.len)
        em_json_string(json, value);
    else
        em_json_null(json);
}

void em_json_raw(struct em_json *json, struct em_view text)
{
    begin_value(json);
    json_put(json, text.data, text.len);
}

void em_json_u64(struct em_json *json, uint64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    em_json_raw(json, (struct em_view){text, (size_t)n});
}

void em_json_i64(struct em_json *json, int64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof(text), "%lld", (long long)value);
    em_json_raw(json, (struct em_view){text, (size_t)n});
}

void em_json_fixed(struct em_json *json, double value, int digits)
{
    char text[64];
    if (!isfinite(value) || fabs(value) > 1e30) {
        em_json_null(json);
        return;
    }
    int n = snprintf(text, sizeof(text), "%.*f", digits, value);
    em_json_raw(json, (struct em_view){text, (size_t)n});
}

void em_json_bool(struct em_json *json, bool value)
{
    em_json_raw(json, value ? EM_VIEW("true") : EM_VIEW("false"));
}

void em_json_null(struct em_json *json)
{
    em_json_raw(json, EM_VIEW("null"));
}

void em_json_schema(struct em_json *json, uint64_t version)
{
    em_json_key(json, "schema");
    em_json_u64(json, version);
}

enum em_status em_json_finish(struct em_json *json)
{
    if (json->status == EM_OK && (json->depth != 0 || json->after_key))
        json->status = EM_ERR_INTERNAL;
    json_put(json, "\n", 1);
    return json->status;
}

void em_json_hex(struct em_json *json, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    char text[16];
    for (int i = 15; i >= 0; i--, value >>= 4)
        text[i] = digits[value & 15];
    em_json_string(json, em_view_make(text, sizeof(text)));
}
