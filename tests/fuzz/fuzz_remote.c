/* SPDX-License-Identifier: Apache-2.0
 *
 * What remote inputs parse: header lines of responses, lines of zipnum indexes, sections of
 * credentials files. Numbers that are accepted are consistent; a response that is taken never
 * lets bytes of another place through; lines read in pieces are those read at once.
 */
#include "base/limits.h"
#include "crawler/archive/cdx.h"
#include "crawler/archive/remote_head.h"
#include "crawler/archive/remote_s3.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void read_head(struct em_view text)
{
    struct em_remote_head head;
    struct em_remote_object seen = {.known = false};
    uint64_t skip;
    em_remote_head_init(&head);
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        em_remote_head_line(&head, em_view_sub(text, 0, end));
        text = em_view_sub(text, end + 1, text.len);
        check(!head.has_range || head.first <= head.last);
        check(strlen(head.etag) < EM_REMOTE_ETAG);
        for (uint64_t from = 0; from < 20; from += 10)
            if (em_remote_head_check(&head, &seen, from, &skip, NULL) == EM_OK) {
                check(seen.known);
                check(head.status == 206 ? head.first == from && skip == 0
                                         : skip == from);
            }
    }
}

static void read_lines(struct em_view text, struct em_json_reader *json)
{
    struct em_cdx_block block;
    struct em_cdx cdx;
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        struct em_view line = em_view_sub(text, 0, end);
        text = em_view_sub(text, end + 1, text.len);
        if (em_cdx_block_read(&block, line)) {
            check(block.length > 0 && block.offset + block.length > block.offset);
            check(!memchr(block.file.data, '/', block.file.len));
        }
        if (em_cdx_read(&cdx, json, line))
            check(cdx.length > 0 && cdx.file.len > 0);
        check(em_cdx_tld(line).len <= 63);
    }
}

static void read_profile(struct em_view text)
{
    struct em_s3 s3 = {.key = ""};
    struct em_buf out;
    em_s3_read_profile(&s3, text, "default", false);
    em_s3_read_profile(&s3, text, "work", true);
    check(strlen(s3.key) < EM_S3_KEY && strlen(s3.token) < EM_S3_TOKEN &&
          strlen(s3.endpoint) < EM_S3_ENDPOINT);
    em_buf_init(&out, 64 * EM_KIB);
    if (em_s3_url(&s3, "s3://bucket/a key", &out, NULL) == EM_OK) {
        struct em_buf headers;
        em_buf_init(&headers, 16 * EM_KIB);
        enum em_status status =
            em_s3_sign(&s3, em_buf_view(&out), "bytes=0-9", 1369353600, &headers);
        check(status <= 0);
        em_buf_release(&headers);
    }
    em_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_json_reader *json;
    struct em_view v = {(const char *)data, size};
    if (size == 0 || em_json_reader_new(&json) != EM_OK)
        return 0;
    v = em_view_sub(v, 1, v.len);
    if (data[0] == 'h')
        read_head(v);
    else if (data[0] == 'c')
        read_lines(v, json);
    else
        read_profile(v);
    em_json_reader_free(json);
    return 0;
}
