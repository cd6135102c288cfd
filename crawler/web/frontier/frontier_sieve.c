/* SPDX-License-Identifier: Apache-2.0
 *
 * The sieve (Heydon & Najork's Mercator, 1999; BUbiNG): URLs wait in a batch until it is
 * worth reading all that is known once. The batch is sorted by hash and merged against the
 * sorted runs; what is new comes out in the order in which it was first seen, goes through
 * the traps of its host, draws its class, and becomes rows of the queue, sorted by host.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

/* --- batch and log ----------------------------------------------------------------------- */

enum em_status em_sieve_add(struct em_frontier *f, const struct em_pending *item,
                            struct em_view url, struct em_err *err)
{
    struct em_batch *batch = &f->batch;
    if (batch->n == batch->cap) {
        size_t cap = batch->cap ? 2 * batch->cap : 1024;
        void *items = em_realloc_array(batch->items, cap, sizeof(batch->items[0]));
        if (!items)
            return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
        batch->items = items;
        batch->cap = cap;
    }
    size_t at = batch->bytes.len;
    enum em_status status = em_buf_append_view(&batch->bytes, url);
    if (status < 0)
        return em_fail(err, status, "frontier", "URLs waiting for the sieve");
    batch->items[batch->n] = *item;
    batch->items[batch->n].at = at;
    batch->items[batch->n++].len = (uint32_t)url.len;
    f->counts.pending += !item->known;
    return EM_OK;
}

static struct em_view url_of(const struct em_frontier *f, const struct em_pending *item)
{
    return em_view_make(f->batch.bytes.data + item->at, item->len);
}

enum em_status em_sieve_log(struct em_frontier *f, MDB_txn *txn, struct em_err *err)
{
    char key[8];
    for (; f->batch.logged < f->batch.n; f->batch.logged++) {
        const struct em_pending *item = &f->batch.items[f->batch.logged];
        em_put_be(key, f->next_log++, 8);
        struct em_view k = em_view_make(key, 8);
        enum em_status status =
            em_record_pack_pending(&f->value, k, item, url_of(f, item));
        if (status < 0)
            return em_fail(err, status, "frontier", "logging a URL");
        MDB_val mk = em_lmdb_val(k), mv = em_lmdb_val(em_buf_view(&f->value));
        EM_TRY(em_db_fail(err, mdb_put(txn, f->pending, &mk, &mv, MDB_APPEND), f));
    }
    return EM_OK;
}

enum em_status em_sieve_load(struct em_frontier *f, MDB_txn *txn, struct em_err *err)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t pending = f->counts.pending;
    EM_TRY(em_db_fail(err, mdb_cursor_open(txn, f->pending, &cursor), f));
    enum em_status status = EM_OK;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0 && status == EM_OK;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct em_pending item;
        struct em_view url;
        status = em_record_unpack_pending(&item, &url, em_lmdb_view(&key),
                                          em_lmdb_view(&value));
        if (status < 0)
            em_fail(err, status, "frontier", "'%s': a URL that waits: %s", f->dir,
                    em_status_text(status));
        else
            status = em_sieve_add(f, &item, url, err);
    }
    mdb_cursor_close(cursor);
    f->counts.pending = pending;
    f->batch.logged = f->batch.n;
    if (status == EM_OK && rc != MDB_NOTFOUND)
        return em_db_fail(err, rc, f);
    return status;
}

/* --- sorting ----------------------------------------------------------------------------- */

struct keyed {
    uint64_t key;
    uint32_t item;
};

/* Stable, byte by byte from the last: linear. `other` is as long as `rows`. */
static void sort_keyed(struct keyed *rows, struct keyed *other, size_t n)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t counts[256] = {0}, at = 0;
        for (size_t i = 0; i < n; i++)
            counts[rows[i].key >> shift & 255]++;
        for (size_t b = 0; b < 256; b++) {
            size_t count = counts[b];
            counts[b] = at;
            at += count;
        }
        for (size_t i = 0; i < n; i++)
            other[counts[rows[i].key >> shift & 255]++] = rows[i];
        struct keyed *swap = rows;
        rows = other;
        other = swap;
    }
}

/* --- one pass ---------------------------------------------------------------------------- */

struct pass {
    struct em_frontier *f;
    MDB_txn *txn;
    int64_t now_ms;
    unsigned year;
    struct keyed *rows, *other;
    uint64_t *hashes;
    uint8_t *seen;
    struct em_run queue;
    MDB_cursor *to;
    struct em_host *disk; /* a host that is not in memory */
};

/* A page that changed since it was read, by a sitemap's word: due at once. */
static enum em_status sieve_hint(struct pass *pass, struct em_pending *item,
                                 struct em_err *err)
{
    struct em_frontier *f = pass->f;
    struct em_page_row page;
    char key[8];
    if (!f->options.revisit.enabled || item->lastmod_ms <= 0)
        return EM_OK;
    enum em_status status = em_page_row_get(f, pass->txn, item->hash, &page, err);
    if (status < 0)
        return status == EM_ERR_NOTFOUND ? EM_OK : status;
    if (page.due_ms <= pass->now_ms || page.fetched_ms >= item->lastmod_ms)
        return EM_OK; /* never, or already on its way; or read since */
    page.due_ms = pass->now_ms;
    item->known = item->revisit = true;
    item->dropped = false;
    item->class = page.class; /* not first: a sitemap may always say "now" */
    item->inclusion = page.inclusion;
    f->counts.revisits++;
    em_put_be(key, item->hash, 8);
    struct em_view k = em_view_make(key, 8);
    EM_TRY(em_record_pack_page(&f->value, k, &page));
    return em_rowset_add(&f->pages, k, em_buf_view(&f->value));
}

/* Marks as dropped what is in a run or earlier in the batch; the rest becomes a run. */
static enum em_status find_new(struct pass *pass, struct em_err *err)
{
    struct em_frontier *f = pass->f;
    struct em_pending *items = f->batch.items;
    size_t n = 0, distinct = 0, kept = 0;
    for (size_t i = 0; i < f->batch.n; i++)
        if (!items[i].known)
            pass->rows[n++] = (struct keyed){.key = items[i].hash, .item = (uint32_t)i};
    sort_keyed(pass->rows, pass->other, n);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || pass->rows[i].key != pass->rows[i - 1].key)
            pass->hashes[distinct++] = pass->rows[i].key;
    memset(pass->seen, 0, distinct / 8 + 1);
    EM_TRY(em_seen_probe(f, pass->txn, pass->hashes, distinct, pass->seen, err));
    for (size_t i = 0, d = 0; i < n; i++) {
        bool first = i == 0 || pass->rows[i].key != pass->rows[i - 1].key;
        d += first && i > 0;
        struct em_pending *item = &items[pass->rows[i].item];
        item->dropped = !first || (pass->seen[d / 8] >> d % 8 & 1);
        f->counts.repeats += item->dropped;
        if (item->dropped)
            EM_TRY(sieve_hint(pass, item, err));
    }
    for (size_t d = 0; d < distinct; d++)
        if (!(pass->seen[d / 8] >> d % 8 & 1))
            pass->hashes[kept++] = pass->hashes[d];
    f->counts.seen += kept;
    return em_seen_write(f, pass->txn, pass->hashes, kept, err);
}

static enum em_cut cut_new(struct pass *pass, const struct em_host *host,
                           const struct em_pending *item)
{
    const struct em_frontier_options *options = &pass->f->options;
    if (host->place == EM_PLACE_DEAD ||
        em_polite_dead(&options->polite, &host->pub.polite))
        return EM_CUT_HOST_DEAD;
    if (em_host_over_budget(pass->f, host))
        return EM_CUT_BUDGET_HOST;
    if (item->known)
        return EM_CUT_NONE;
    if (options->max_queue_host && host->pub.queued >= options->max_queue_host)
        return EM_CUT_QUEUE_FULL;
    if (item->source == EM_LINK_SEED)
        return EM_CUT_NONE;
    return em_trap_url(&options->trap, &host->pub.trap, &pass->f->url, pass->year);
}

static void sieve_draw(struct pass *pass, const struct em_host *host,
                       struct em_pending *item)
{
    struct em_frontier *f = pass->f;
    if (item->source == EM_LINK_SEED || item->source == EM_LINK_REDIRECT ||
        item->source == EM_LINK_LISTING) {
        item->class = EM_CLASS_FIRST;
        if (item->source == EM_LINK_SEED)
            item->inclusion = 1;
    } else {
        double score =
            em_focus_host(&f->options.focus, &f->counts.score, &host->pub.score);
        double priority = em_focus_priority(
            &f->options.focus, score, item->linking <= 1 ? (double)item->linking : -1);
        struct em_focus_draw drawn =
            em_focus_draw(&f->options.focus, item->hash, priority);
        item->class = (uint8_t)drawn.class;
        item->inclusion = drawn.inclusion;
    }
    f->counts.streams[item->class].drawn++;
}

/* One URL of the host: cut, or counted as queued. */
static enum em_status take_item(struct pass *pass, struct em_host *host,
                                struct em_pending *item, struct em_err *err)
{
    struct em_frontier *f = pass->f;
    if (!item->known) {
        enum em_status status = em_url_parse(&f->url, url_of(f, item), NULL);
        if (status < 0)
            return em_fail(err, status, "frontier", "a URL that was parsed before");
    }
    struct em_view origin = em_view_sub(url_of(f, item), 0, item->origin_len);
    enum em_cut cut = em_view_eq(origin, host->pub.origin) ? cut_new(pass, host, item)
                                                           : EM_CUT_COLLISION;
    if (cut != EM_CUT_NONE) {
        item->dropped = true;
        host->pub.cut++;
        host->pub.last_cut = (uint8_t)cut;
        f->counts.cuts[cut]++;
        f->counts.trapped += !item->known;
        if (item->known && !item->revisit)
            f->counts.streams[item->class].settled++;
        return EM_OK;
    }
    if (!item->known) {
        em_trap_take(&host->pub.trap, &f->url);
        sieve_draw(pass, host, item);
    }
    host->queued[item->class]++;
    host->pub.queued++;
    f->counts.queued++;
    return EM_OK;
}

static enum em_status write_row(struct pass *pass, const struct em_pending *item,
                                uint64_t seq, struct em_err *err)
{
    struct em_frontier *f = pass->f;
    char key[17];
    struct em_view url = url_of(f, item);
    em_put_be(key, item->host, 8);
    key[8] = (char)item->class;
    em_put_be(key + 9, seq, 8);
    struct em_url_row row = {
        .path = em_view_sub(url, item->origin_len, url.len),
        .depth = item->depth,
        .attempts = item->attempts,
        .inclusion = item->inclusion,
        .found_ms = item->found_ms,
        .source = item->source,
        .class = item->class,
        .revisit = item->revisit,
    };
    struct em_view k = em_view_make(key, sizeof(key));
    EM_TRY(em_record_pack_url(&f->value, k, &row));
    return em_run_append(f, pass->to, &pass->queue, k, em_buf_view(&f->value), err);
}

static enum em_status host_for(struct pass *pass, const struct em_pending *item,
                               struct em_host **host, struct em_err *err)
{
    struct em_frontier *f = pass->f;
    *host = em_host_find(f, item->host);
    if (*host)
        return EM_OK;
    *host = pass->disk;
    enum em_status status = em_host_read(f, pass->txn, item->host, *host, err);
    if (status != EM_ERR_NOTFOUND)
        return status;
    em_host_clear(*host);
    em_host_init(*host);
    EM_TRY(em_buf_append_view(&(*host)->origin,
                              em_view_sub(url_of(f, item), 0, item->origin_len)));
    (*host)->pub.id = item->host;
    (*host)->pub.origin = em_buf_view(&(*host)->origin);
    f->counts.hosts++;
    return EM_OK;
}

/* All of a host: rows[0..n) in the order in which they were seen. */
static enum em_status take_host(struct pass *pass, const struct keyed *rows, size_t n,
                                struct em_err *err)
{
    struct em_frontier *f = pass->f;
    struct em_pending *items = f->batch.items;
    struct em_host *host;
    EM_TRY(host_for(pass, &items[rows[0].item], &host, err));
    for (size_t i = 0; i < n; i++)
        EM_TRY(take_item(pass, host, &items[rows[i].item], err));
    for (unsigned class = 0; class < EM_CLASS_COUNT; class ++) {
        for (size_t i = 0; i < n && host->queued[class]; i++) {
            const struct em_pending *item = &items[rows[i].item];
            if (!item->dropped && item->class == class)
                EM_TRY(write_row(pass, item, f->next_seq + rows[i].item, err));
        }
    }
    if (host != pass->disk) {
        host->dirty = true;
        return EM_OK;
    }
    return em_host_store(f, pass->txn, host, pass->now_ms, err);
}

static enum em_status fill_queues(struct pass *pass, struct em_err *err)
{
    struct em_frontier *f = pass->f;
    size_t n = 0;
    for (size_t i = 0; i < f->batch.n; i++)
        if (!f->batch.items[i].dropped)
            pass->rows[n++] =
                (struct keyed){.key = f->batch.items[i].host, .item = (uint32_t)i};
    if (n == 0)
        return EM_OK;
    sort_keyed(pass->rows, pass->other, n);
    EM_TRY(em_run_new(f, pass->txn, EM_FAMILY_QUEUE, 0, &pass->queue, err));
    EM_TRY(em_db_fail(err, mdb_cursor_open(pass->txn, pass->queue.dbi, &pass->to), f));
    enum em_status status = EM_OK;
    for (size_t i = 0; i < n && status == EM_OK;) {
        size_t end = i;
        while (end < n && pass->rows[end].key == pass->rows[i].key)
            end++;
        status = take_host(pass, pass->rows + i, end - i, err);
        i = end;
    }
    mdb_cursor_close(pass->to);
    f->next_seq += f->batch.n;
    EM_TRY(status);
    return em_run_keep(f, EM_FAMILY_QUEUE, &pass->queue, err);
}

enum em_status em_sieve(struct em_frontier *f, MDB_txn *txn, int64_t now_ms,
                        struct em_err *err)
{
    size_t n = f->batch.n;
    struct em_host disk;
    struct pass pass = {.f = f, .txn = txn, .now_ms = now_ms, .disk = &disk};
    if (n == 0)
        return EM_OK;
    pass.year = 1970 + (unsigned)(now_ms > 0 ? now_ms / INT64_C(31556952000) : 0);
    em_host_init(&disk);
    pass.rows = em_malloc(n * sizeof(pass.rows[0]));
    pass.other = em_malloc(n * sizeof(pass.other[0]));
    pass.hashes = em_malloc(n * sizeof(pass.hashes[0]));
    pass.seen = em_malloc(n / 8 + 1);
    enum em_status status = pass.rows && pass.other && pass.hashes && pass.seen
                                ? find_new(&pass, err)
                                : em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    if (status == EM_OK)
        status = fill_queues(&pass, err);
    em_free(pass.rows);
    em_free(pass.other);
    em_free(pass.hashes);
    em_free(pass.seen);
    em_host_clear(&disk);
    EM_TRY(status);
    /* What was logged has been dealt with; the caller empties the batch after the commit. */
    f->counts.pending = 0;
    return em_db_fail(err, mdb_drop(txn, f->pending, 0), f);
}
