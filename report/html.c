/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include "base/json.h"
#include "report/html_assets.h"

#include <stdio.h>

static void put(struct em_json *json, const char *key, struct em_view value)
{
    em_json_key(json, key);
    if (value.len)
        em_json_raw(json, em_view_trim(value));
    else
        em_json_null(json);
}

static void put_string(struct em_json *json, const char *key, struct em_view value)
{
    em_json_key(json, key);
    em_json_string_or_null(json, value);
}

enum em_status em_report_data_write(struct em_buf *out, const struct em_report_data *data)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_schema(&json, 1);
    put_string(&json, "made", data->made);
    put_string(&json, "version", EM_VIEW(EM_VERSION));
    put_string(&json, "command", data->command);
    put_string(&json, "source", data->source);
    put(&json, "model", data->model);
    put(&json, "overview", data->overview);
    put(&json, "prevalence", data->prevalence);
    put(&json, "months", data->months);
    put(&json, "langs", data->langs);
    put(&json, "domains", data->domains);
    put(&json, "scores", data->scores);
    put(&json, "echoes", data->echoes);
    put(&json, "spread", data->spread);
    put(&json, "hits", data->hits);
    put(&json, "inputs", data->inputs);
    put(&json, "read", data->read);
    put(&json, "flagged", data->flagged);
    put(&json, "turned", data->turned);
    put(&json, "summary", data->summary);
    em_json_end(&json);
    return em_json_finish(&json);
}

/* In JSON these stand in strings only, so that an escape means the same. `<` could end the
 * script element (spec: HTML 4.12.1.3); U+2028 and U+2029 end lines in older scripts. */
static enum em_status append_escaped(struct em_buf *out, struct em_view json)
{
    size_t from = 0;
    for (size_t i = 0; i < json.len; i++) {
        const unsigned char *p = (const unsigned char *)json.data + i;
        const char *escape = *p == '<' ? "\\u003c" : *p == '>' ? "\\u003e" : NULL;
        size_t n = 1;
        if (*p == 0xe2 && json.len - i >= 3 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8) {
            escape = p[2] == 0xa8 ? "\\u2028" : "\\u2029";
            n = 3;
        }
        if (!escape)
            continue;
        EM_TRY(em_buf_append(out, json.data + from, i - from));
        EM_TRY(em_buf_append(out, escape, 6));
        i += n - 1;
        from = i + 1;
    }
    return em_buf_append(out, json.data + from, json.len - from);
}

static struct em_view asset(const unsigned char *bytes, size_t size)
{
    return em_view_make((const char *)bytes, size);
}

/* The page's own policy forbids every load; a page that is served may ask its server. */
static const char alone[] = "default-src 'none'; script-src";
static const char served[] = "default-src 'none'; connect-src 'self'; script-src";

static enum em_status page_write(struct em_buf *out, struct em_view json,
                                 struct em_view live)
{
    const struct {
        struct em_view mark, text;
        bool data;
    } parts[] = {
        {em_view_of(alone), em_view_of(live.len ? served : alone), false},
        {EM_VIEW("<!--@live@-->"), live, false},
        {EM_VIEW("/*@style@*/"), asset(em_asset_style, em_asset_style_size), false},
        {EM_VIEW("/*@data@*/"), em_view_trim(json), true},
        {EM_VIEW("/*@chart@*/"), asset(em_asset_chart, em_asset_chart_size), false},
        {EM_VIEW("/*@script@*/"), asset(em_asset_script, em_asset_script_size), false},
    };
    struct em_view page = asset(em_asset_page, em_asset_page_size);
    size_t at = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t mark = em_view_find(page, at, parts[i].mark);
        if (mark == page.len)
            return EM_ERR_INTERNAL;
        EM_TRY(em_buf_append(out, page.data + at, mark - at));
        EM_TRY(parts[i].data ? append_escaped(out, parts[i].text)
                             : em_buf_append_view(out, parts[i].text));
        at = mark + parts[i].mark.len;
    }
    return em_buf_append(out, page.data + at, page.len - at);
}

enum em_status em_report_html(struct em_buf *out, struct em_view json)
{
    return page_write(out, json, EM_VIEW_NONE);
}

enum em_status em_report_html_live(struct em_buf *out, struct em_view json,
                                   uint64_t version)
{
    char live[80];
    int n =
        snprintf(live, sizeof(live), "<meta name=\"echometer-live\" content=\"%llu\">",
                 (unsigned long long)version);
    return page_write(out, json, em_view_make(live, n > 0 ? (size_t)n : 0));
}

bool em_report_has_charts(void)
{
    return em_asset_chart_size > 0;
}
