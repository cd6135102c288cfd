/* SPDX-License-Identifier: Apache-2.0
 *
 * What the frontier reads: its own records (as their seals would let them through), header
 * fields about time, and URLs that traps are looked for in. The first byte says which. A
 * record that is accepted is packed and unpacked again without a change.
 */
#include "base/wire/http_date.h"
#include "base/limits.h"
#include "crawler/web/frontier/frontier_int.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char key_bytes[17] = "0123456789abcdef";

static void check(bool fine)
{
    if (!fine)
        abort();
}

struct record {
    struct em_view key;
    struct em_host host;
    struct em_url_row url;
    struct em_page_row page;
    struct em_pending pending;
    struct em_view text;
};

static enum em_status unpack(struct record *r, unsigned kind, struct em_view value)
{
    switch (kind) {
    case 0:
        return em_record_unpack_host(&r->host, em_get_be(key_bytes, 8), value);
    case 1:
        return em_record_unpack_url(&r->url, r->key, value);
    case 2:
        return em_record_unpack_page(&r->page, r->key, value);
    default:
        return em_record_unpack_pending(&r->pending, &r->text, r->key, value);
    }
}

static enum em_status pack(struct em_buf *out, const struct record *r, unsigned kind)
{
    switch (kind) {
    case 0:
        return em_record_pack_host(out, &r->host);
    case 1:
        return em_record_pack_url(out, r->key, &r->url);
    case 2:
        return em_record_pack_page(out, r->key, &r->page);
    default:
        return em_record_pack_pending(out, r->key, &r->pending, r->text);
    }
}

static void records(unsigned kind, struct em_view input)
{
    struct record first = {.key = em_view_make(key_bytes, kind == 0 ? 8 : 17)}, second;
    struct em_buf a, b;
    second = first;
    em_host_init(&first.host);
    em_host_init(&second.host);
    em_buf_init(&a, 1 << 20);
    em_buf_init(&b, 1 << 20);
    if (em_seal_begin(&a) == EM_OK && em_buf_append_view(&a, input) == EM_OK) {
        em_seal(first.key, &a);
        if (unpack(&first, kind, em_buf_view(&a)) == EM_OK) {
            check(pack(&b, &first, kind) == EM_OK);
            struct em_buf kept = a;
            a = b;
            check(unpack(&second, kind, em_buf_view(&a)) == EM_OK);
            b = kept;
            em_buf_release(&b);
            em_buf_init(&b, 1 << 20);
            check(pack(&b, &second, kind) == EM_OK);
            check(em_view_eq(em_buf_view(&a), em_buf_view(&b)));
        }
        /* With a wrong seal nothing is. */
        if (a.len > 4) {
            a.data[a.len - 1] = (char)(a.data[a.len - 1] ^ 1);
            check(unpack(&second, kind, em_buf_view(&a)) == EM_ERR_CHECKSUM);
        }
    }
    em_host_clear(&first.host);
    em_host_clear(&second.host);
    em_buf_release(&a);
    em_buf_release(&b);
}

static void traps(struct em_view input)
{
    struct em_trap_options options;
    struct em_trap_host host;
    struct em_url url;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    em_url_init(&url, EM_MAX_URL);
    if (em_url_parse(&url, input, NULL) == EM_OK) {
        enum em_cut cut = em_trap_url(&options, NULL, &url, 2025);
        check(cut == em_trap_url(&options, &host, &url, 2025));
        check(em_trap_shape(&url) == em_trap_shape(&url) && em_trap_shape(&url) != 0);
        em_trap_take(&host, &url);
        (void)em_trap_page(&options, &host, &url, em_trap_sketch(input));
    }
    em_url_release(&url);
}

static void states(struct em_view input)
{
    struct em_trap_host trap;
    struct em_revisit history;
    struct em_revisit_options options;
    struct em_view hashes, first = em_view_sub(input, 4, 8);
    enum em_status trap_read = em_trap_unpack(&trap, input);
    check(trap_read == EM_OK || trap_read == EM_ERR_FORMAT);
    em_revisit_options_init(&options);
    options.enabled = true;
    if (em_revisit_unpack(&history, input) == EM_OK) {
        int64_t wait = em_revisit_wait(&options, &history, 0.5);
        check(wait >= options.min_ms / 2 && wait <= 2 * options.max_ms);
    }
    check(em_seen_check(first, input, &hashes) < 0 || hashes.len % 8 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct em_view input = em_view_make((const char *)data + 1, size - 1);
    int64_t wait;
    switch (data[0] % 7) {
    case 4:
        wait = em_http_retry_after(input, INT64_C(1750000000000));
        check(wait >= -1);
        break;
    case 5:
        traps(input);
        break;
    case 6:
        states(input);
        break;
    default:
        records(data[0] % 7, input);
    }
    return 0;
}
