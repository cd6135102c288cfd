/* SPDX-License-Identifier: Apache-2.0
 *
 * An HTTP block: its head, its fields, and the page it becomes. Every view must lie in the
 * block or in the head.
 */
#include "base/alloc.h"
#include "crawler/archive/archive.h"
#include "crawler/archive/http.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                     \
        }                                                                                \
    } while (0)

static bool inside(struct em_view v, struct em_view block)
{
    return v.len == 0 ||
           (v.data >= block.data && v.data + v.len <= block.data + block.len);
}

static void check_head(struct em_view block)
{
    static struct em_http_head head;
    bool http = em_http_parse(block, &head);
    CHECK(http == head.is_http);
    CHECK(inside(head.body, block) && inside(head.header, block));
    CHECK(head.header.len + head.body.len <= block.len);
    CHECK(head.status == 0 || (head.status >= 100 && head.status <= 999));
    CHECK(head.n_codings <= EM_MAX_CODINGS);
    CHECK(head.mime.len <= EM_MAX_MIME && head.charset.len <= EM_MAX_CHARSET);
    for (size_t i = 0; i < head.mime.len; i++)
        CHECK(head.mime.data[i] < 'A' || head.mime.data[i] > 'Z');
    struct em_view name, value;
    struct em_buf joined;
    em_buf_init(&joined, block.len + 1);
    size_t pos = 0, fields = 0;
    while (em_http_field_next(head.header, &pos, &name, &value)) {
        CHECK(inside(name, block) && inside(value, block));
        fields++;
    }
    CHECK(fields <= EM_MAX_HEADER_LINES);
    if (em_http_header_get(&head, EM_VIEW("Content-Type"), 0, &value, &joined) == EM_OK)
        CHECK(value.len == 0 || !memchr(value.data, '\n', value.len));
    em_buf_release(&joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct em_page_decoder *decoder;
    static const enum em_record_type types[] = {EM_RECORD_RESPONSE, EM_RECORD_ARC,
                                                EM_RECORD_RESOURCE, EM_RECORD_FILE};
    if (!decoder && em_page_decoder_new(&decoder, NULL, NULL) != EM_OK)
        return 0;
    if (size == 0)
        return 0;
    struct em_view block = {(const char *)data + 1, size - 1};
    struct em_record record = {.type = types[data[0] & 3],
                               .url = EM_VIEW("http://example.com/"),
                               .mime = data[0] & 4 ? EM_VIEW("application/http")
                                                   : EM_VIEW("text/html"),
                               .block = block,
                               .error = data[0] & 8 ? "damaged" : NULL};
    struct em_page page;
    check_head(block);
    enum em_drop drop = em_page_decode(decoder, &record, &page);
    CHECK(drop < EM_DROP_COUNT);
    CHECK(drop != EM_DROP_NONE || page.body.len > 0);
    return 0;
}
