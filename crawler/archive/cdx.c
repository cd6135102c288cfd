/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/cdx.h"

#include "base/limits.h"

static struct em_view cdx_field(struct em_view line, size_t *at, const char *separator)
{
    size_t end = em_view_find(line, *at, em_view_of(separator));
    struct em_view v = em_view_sub(line, *at, end - *at);
    *at = end < line.len ? end + 1 : line.len;
    return v;
}

static bool cdx_number(struct em_view text, uint64_t *out)
{
    unsigned long long n;
    if (!em_view_u64(text, &n) || n > INT64_MAX)
        return false;
    *out = n;
    return true;
}

bool em_cdx_block_read(struct em_cdx_block *block, struct em_view line)
{
    size_t at = 0, inner = 0;
    struct em_view head = cdx_field(line, &at, "\t");
    *block = (struct em_cdx_block){.key = cdx_field(head, &inner, " ")};
    block->timestamp = cdx_field(head, &inner, " ");
    block->file = cdx_field(line, &at, "\t");
    /* A name beside the cluster.idx, not a way out of its folder. */
    bool plain = em_view_find(block->file, 0, EM_VIEW("/")) == block->file.len &&
                 em_view_find(block->file, 0, EM_VIEW("..")) == block->file.len;
    return block->key.len && block->file.len && plain &&
           cdx_number(cdx_field(line, &at, "\t"), &block->offset) &&
           cdx_number(cdx_field(line, &at, "\t"), &block->length) && block->length > 0 &&
           block->offset <= INT64_MAX - block->length;
}

/* Common Crawl writes numbers as strings, others as numbers. */
static bool cdx_json_number(struct em_json_reader *json, const char *name, uint64_t *out)
{
    struct em_view text;
    int64_t n;
    if (em_json_get_string(json, name, &text))
        return cdx_number(text, out);
    if (!em_json_get_i64(json, name, &n) || n < 0)
        return false;
    *out = (uint64_t)n;
    return true;
}

bool em_cdx_read(struct em_cdx *cdx, struct em_json_reader *json, struct em_view line)
{
    size_t at = 0;
    *cdx = (struct em_cdx){.key = cdx_field(line, &at, " ")};
    cdx->timestamp = cdx_field(line, &at, " ");
    struct em_view rest = em_view_sub(line, at, line.len);
    if (cdx->key.len == 0 || rest.len == 0 || rest.data[0] != '{' ||
        em_json_reader_parse(json, rest, NULL) != EM_OK ||
        !em_json_get_string(json, "filename", &cdx->file) || cdx->file.len == 0 ||
        cdx->file.len > EM_MAX_URL || memchr(cdx->file.data, '\0', cdx->file.len) ||
        !cdx_json_number(json, "offset", &cdx->offset) ||
        !cdx_json_number(json, "length", &cdx->length) || cdx->length == 0 ||
        cdx->offset > INT64_MAX - cdx->length)
        return false;
    (void)em_json_get_string(json, "status", &cdx->status);
    if (!em_json_get_string(json, "mime-detected", &cdx->mime))
        (void)em_json_get_string(json, "mime", &cdx->mime);
    (void)em_json_get_string(json, "languages", &cdx->languages);
    return true;
}

struct em_view em_cdx_tld(struct em_view key)
{
    size_t n = 0;
    while (n < key.len && key.data[n] != ',' && key.data[n] != ')' && key.data[n] != ':')
        n++;
    struct em_view tld = em_view_sub(key, 0, n);
    bool digits = n > 0 && tld.data[0] >= '0' && tld.data[0] <= '9';
    return digits || n > 63 ? EM_VIEW_NONE : tld;
}

enum em_status em_cdx_lines_open(struct em_cdx_lines *lines, const char *path,
                                 struct em_remote_pool *pool, uint64_t from, uint64_t to,
                                 struct em_err *err)
{
    struct em_input in;
    *lines = (struct em_cdx_lines){.taken = 0};
    EM_TRY(em_input_open_part(&in, path, pool, from, to, err));
    EM_TRY(em_stream_open(&lines->stream, &in, err));
    lines->open = true;
    return EM_OK;
}

enum em_status em_cdx_lines_next(struct em_cdx_lines *lines, struct em_view *line,
                                 struct em_err *err)
{
    struct em_stream *s = &lines->stream;
    if (lines->taken)
        em_stream_consume(s, lines->taken);
    lines->taken = 0;
    for (size_t seen = 0;;) {
        struct em_view v = em_stream_view(s);
        const char *end = v.len > seen ? memchr(v.data + seen, '\n', v.len - seen) : NULL;
        if (end) {
            *line = em_view_make(v.data, (size_t)(end - v.data));
            lines->taken = line->len + 1;
            return EM_OK;
        }
        seen = v.len;
        if (seen > EM_MAX_HEADER)
            return em_fail(err, EM_ERR_FORMAT, "cdx", "a line has no end");
        enum em_status status = em_stream_more(s, err);
        if (status < 0)
            return status;
        if (status == EM_END && s->damage)
            return em_fail(err, EM_ERR_FORMAT, "cdx", "%s", s->damage);
        if (status == EM_END) {
            *line = em_stream_view(s);
            lines->taken = line->len;
            return line->len ? EM_OK : EM_END;
        }
    }
}

void em_cdx_lines_close(struct em_cdx_lines *lines)
{
    if (lines->open)
        em_stream_close(&lines->stream);
    lines->open = false;
}
