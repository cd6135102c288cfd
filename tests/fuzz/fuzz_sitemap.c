/* SPDX-License-Identifier: Apache-2.0
 *
 * A sitemap or feed: pushed whole and in pieces of as many bytes as the first byte says, the
 * same items come out; every address is absolute.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "crawler/web/sitemap.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sink {
    uint64_t hash, n;
};

static void check(bool fine)
{
    if (!fine)
        abort();
}

static enum em_status take(void *context, const struct em_sitemap_item *item)
{
    struct sink *sink = context;
    check(em_view_starts(item->loc, EM_VIEW("http")));
    check(item->changefreq.len <= 16);
    check((item->priority >= 0 && item->priority <= 1) || item->priority == -1);
    sink->hash =
        em_hash64(item->loc.data, item->loc.len, sink->hash + (uint64_t)item->type);
    sink->hash =
        em_mix64(sink->hash ^ (uint64_t)item->lastmod ^ (uint64_t)item->published);
    sink->n++;
    return EM_OK;
}

static struct sink read_all(struct em_view bytes, size_t step, const struct em_url *base,
                            struct em_sitemap_counts *counts)
{
    struct sink sink = {1, 0};
    struct em_sitemap *s;
    enum em_status status = em_sitemap_new(&s, base, take, &sink);
    check(status == EM_OK);
    for (size_t at = 0; at < bytes.len && status == EM_OK; at += step)
        status = em_sitemap_push(s, em_view_sub(bytes, at, step));
    check(status == EM_OK || status == EM_END);
    check(em_sitemap_finish(s, counts) == EM_OK);
    check(counts->items == sink.n);
    em_sitemap_free(s);
    return sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_sitemap_counts whole, pieces;
    struct em_url base;
    if (size == 0)
        return 0;
    struct em_view bytes = {(const char *)data + 1, size - 1};
    em_url_init(&base, EM_MAX_URL);
    if (em_url_parse(&base, EM_VIEW("https://example.com/a/feed"), NULL) == EM_OK) {
        struct sink a = read_all(bytes, size, &base, &whole);
        struct sink b = read_all(bytes, (size_t)data[0] + 1, &base, &pieces);
        /* where the XML parser recovers from damage, it may do so in other places */
        if (!whole.broken && !pieces.broken) {
            check(a.hash == b.hash && a.n == b.n);
            check(whole.kind == pieces.kind && whole.invalid == pieces.invalid);
        }
    }
    em_url_release(&base);
    return 0;
}
