/* SPDX-License-Identifier: Apache-2.0
 *
 * Ranges of keys merged by threads, given out in order.
 *
 * Who takes a range makes it: a heap over the blocks of all runs is moved on until enough
 * bytes lie before its front; the front's first key ends the range. That costs a look at
 * every block's key once, in pages that are read soon after anyway, and bounds a range for
 * any distribution of keys. Ranges go into a ring; nobody takes one that is further ahead
 * than the ring is long, so memory is (threads + 2) ranges.
 *
 * Lock: `lock` guards everything but what a thread has of its own.
 */
#include "index/merge_private.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdlib.h>

/* Bytes of blocks in a range: some seconds of nobody's time, and many for every run, so that
 * the blocks that two ranges share, and both decode, are few. */
#define RANGE_MIN     ((uint64_t)4 << 20)
#define RANGE_MAX     ((uint64_t)64 << 20)
#define RANGE_PER_RUN ((uint64_t)32 << 10)
/* What a range may come to: one row may be as large as EM_MAX_VALUE. */
#define MAX_CHUNK ((size_t)1 << 30)

struct block_cursor {
    MDB_cursor *cursor;
    struct em_view key; /* of the block it stands at; in the mapped file */
    size_t size;
};

struct lane {
    struct em_merge_ranges *ranges;
    size_t number; /* of its transactions */
    pthread_t thread;
};

struct em_merge_ranges {
    const struct em_merge_parts *parts;
    enum em_table table;
    size_t n_runs;
    struct block_cursor *cursors, **heap;
    size_t n_heap;
    uint64_t limit;
    struct em_buf from; /* of the next range */
    bool all_taken;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct em_merge_chunk *ring;
    bool *ready;
    uint64_t n_ring, taken, given;
    bool failed;
    enum em_status status;
    struct em_err err;
    struct lane *lanes;
    size_t n_lanes;
};

static int merge_ranges_order(struct em_view a, struct em_view b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.data, b.data, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* --- parts -------------------------------------------------------------------------------- */

static enum em_status open_lane(struct em_merge_parts *parts, size_t lane,
                                struct em_err *err)
{
    parts->txns[lane] = em_calloc(parts->n ? parts->n : 1, sizeof(MDB_txn *));
    if (!parts->txns[lane])
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < parts->n; i++) {
        const struct em_store *store = parts->stores[i];
        EM_TRY(em_lmdb_fail(
            err, mdb_txn_begin(store->env, NULL, MDB_RDONLY, &parts->txns[lane][i]),
            store->dir));
        if (mdb_txn_id(parts->txns[lane][i]) != mdb_txn_id(parts->txns[0][i]))
            return em_fail(err, EM_ERR_USAGE, "merge",
                           "'%.150s' is being written; merge it when that is done",
                           store->dir);
    }
    return EM_OK;
}

/* Handles of runs belong to the transaction that opened them until it is committed; the
 * state read with them must be the one that the lanes see. */
static enum em_status share_handles(struct em_store *store, size_t *id,
                                    struct em_err *err)
{
    MDB_txn *txn;
    EM_TRY(em_store_read_txn(store, &txn, err));
    *id = mdb_txn_id(txn);
    store->read = NULL;
    return em_lmdb_fail(err, mdb_txn_commit(txn), store->dir);
}

enum em_status em_merge_parts_open(struct em_merge_parts *parts, const char *const *dirs,
                                   size_t n, uint32_t threads, struct em_err *err)
{
    *parts = (struct em_merge_parts){.lanes = (size_t)threads + 1};
    parts->stores = em_calloc(n ? n : 1, sizeof(parts->stores[0]));
    parts->txns = em_calloc(parts->lanes, sizeof(parts->txns[0]));
    size_t *ids = em_calloc(n ? n : 1, sizeof(ids[0]));
    enum em_status status = parts->stores && parts->txns && ids ? EM_OK : EM_ERR_NOMEM;
    while (status == EM_OK && parts->n < n) {
        status =
            em_store_open(&parts->stores[parts->n], dirs[parts->n], EM_STORE_READ, err);
        if (status != EM_OK)
            break;
        status = share_handles(parts->stores[parts->n], &ids[parts->n], err);
        parts->n++;
    }
    for (size_t lane = 0; status == EM_OK && lane < parts->lanes; lane++)
        status = open_lane(parts, lane, err);
    for (size_t i = 0; status == EM_OK && i < n; i++)
        if (mdb_txn_id(parts->txns[0][i]) != ids[i])
            status =
                em_fail(err, EM_ERR_USAGE, "merge",
                        "'%.150s' is being written; merge it when that is done", dirs[i]);
    em_free(ids);
    return status;
}

void em_merge_parts_close(struct em_merge_parts *parts)
{
    for (size_t lane = 0; parts->txns && lane < parts->lanes; lane++) {
        for (size_t i = 0; parts->txns[lane] && i < parts->n; i++)
            if (parts->txns[lane][i])
                mdb_txn_abort(parts->txns[lane][i]);
        em_free(parts->txns[lane]);
    }
    for (size_t i = 0; i < parts->n; i++)
        em_store_free(parts->stores[i]);
    em_free(parts->txns);
    em_free(parts->stores);
    *parts = (struct em_merge_parts){.n = 0};
}

/* --- cutting ranges ----------------------------------------------------------------------- */

static void sift_down(struct em_merge_ranges *r, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child < 2 * at + 3 && child < r->n_heap; child++)
            if (merge_ranges_order(r->heap[child]->key, r->heap[least]->key) < 0)
                least = child;
        if (least == at)
            return;
        struct block_cursor *other = r->heap[at];
        r->heap[at] = r->heap[least];
        r->heap[least] = other;
        at = least;
    }
}

/* EM_OK, or EM_END after the last block. */
static enum em_status merge_ranges_move(struct block_cursor *c, MDB_cursor_op op,
                                        struct em_view from, struct em_err *err)
{
    MDB_val key = em_mdb_val(from), value;
    int rc = mdb_cursor_get(c->cursor, &key, &value, op);
    if (rc == MDB_NOTFOUND)
        return EM_END;
    EM_TRY(em_lmdb_fail(err, rc, "cannot read a block"));
    c->key = em_mdb_view(&key);
    c->size = key.mv_size + value.mv_size;
    return EM_OK;
}

/* Ends the range that begins at r->from: *to is the first key after it (empty: none). */
static enum em_status cut_range(struct em_merge_ranges *r, struct em_buf *to,
                                uint64_t *blocks, struct em_err *err)
{
    uint64_t bytes = 0;
    *blocks = 0;
    em_buf_clear(to);
    while (r->n_heap) {
        struct block_cursor *front = r->heap[0];
        if (bytes >= r->limit &&
            merge_ranges_order(front->key, em_buf_view(&r->from)) > 0)
            return em_buf_append_view(to, front->key);
        bytes += front->size;
        ++*blocks;
        enum em_status status = merge_ranges_move(front, MDB_NEXT, EM_VIEW_NONE, err);
        if (status < 0)
            return status;
        if (status == EM_END)
            r->heap[0] = r->heap[--r->n_heap];
        sift_down(r, 0);
    }
    return EM_OK;
}

static enum em_status open_cursors(struct em_merge_ranges *r, struct em_err *err)
{
    size_t n = 0;
    struct em_view from = em_buf_view(&r->from);
    for (size_t p = 0; p < r->parts->n; p++)
        for (size_t i = 0; i < r->parts->stores[p]->n_runs; i++) {
            const struct em_run *run = &r->parts->stores[p]->runs[i];
            if (run->table != r->table)
                continue;
            struct block_cursor *c = &r->cursors[n++];
            int rc = mdb_cursor_open(r->parts->txns[0][p], run->dbi, &c->cursor);
            EM_TRY(em_lmdb_fail(err, rc, "cannot read a run"));
            enum em_status status =
                merge_ranges_move(c, from.len ? MDB_SET_RANGE : MDB_FIRST, from, err);
            if (status < 0)
                return status;
            if (status == EM_OK)
                r->heap[r->n_heap++] = c;
        }
    for (size_t i = r->n_heap; i-- > 0;)
        sift_down(r, i);
    return EM_OK;
}

/* --- merging one -------------------------------------------------------------------------- */

static enum em_status put_block(struct em_merge_chunk *chunk,
                                struct em_block_writer *block, struct em_buf *value)
{
    em_buf_clear(value);
    EM_TRY(em_block_finish(block, value));
    const uint32_t head[3] = {(uint32_t)block->first.len, (uint32_t)value->len,
                              (uint32_t)block->count};
    EM_TRY(em_buf_append(&chunk->bytes, head, sizeof(head)));
    EM_TRY(em_buf_append_view(&chunk->bytes, em_buf_view(&block->first)));
    EM_TRY(em_buf_append_view(&chunk->bytes, em_buf_view(value)));
    chunk->rows += block->count;
    chunk->blocks++;
    em_block_clear(block);
    return EM_OK;
}

static enum em_status add_runs(const struct em_merge_ranges *r, size_t lane,
                               struct em_merger *merger, struct em_view from,
                               struct em_err *err)
{
    EM_TRY(em_merger_reserve(merger, r->n_runs));
    for (size_t p = 0; p < r->parts->n; p++)
        for (size_t i = 0; i < r->parts->stores[p]->n_runs; i++)
            if (r->parts->stores[p]->runs[i].table == r->table)
                EM_TRY(em_merger_add(merger, r->parts->txns[lane][p],
                                     &r->parts->stores[p]->runs[i], from, err));
    return EM_OK;
}

static enum em_status merge_ranges_merge_rows(struct em_merger *merger,
                                              struct em_merge_chunk *chunk,
                                              struct em_block_writer *block,
                                              struct em_buf *value, struct em_err *err)
{
    struct em_view to = em_buf_view(&chunk->to);
    for (;;) {
        /* Looked at before it is taken, and combined, for nothing. */
        if (to.len && merger->n_heap &&
            merge_ranges_order(em_buf_view(&merger->heap[0]->block.key), to) >= 0)
            break;
        enum em_status status = em_merger_next(merger, err);
        if (status == EM_END)
            break;
        EM_TRY(status);
        struct em_view key = em_buf_view(&merger->key), row = em_buf_view(&merger->value);
        status = em_block_add(block, key, row);
        if (status == EM_AGAIN) {
            EM_TRY(put_block(chunk, block, value));
            status = em_block_add(block, key, row);
        }
        EM_TRY(status);
    }
    return block->count ? put_block(chunk, block, value) : EM_OK;
}

static enum em_status merge_range(const struct em_merge_ranges *r, size_t lane,
                                  struct em_view from, struct em_merge_chunk *chunk,
                                  struct em_err *err)
{
    struct em_merger merger;
    struct em_block_writer block;
    struct em_buf value;
    em_merger_init(&merger, r->table);
    em_block_writer_init(&block);
    em_buf_init(&value, (size_t)EM_MAX_VALUE + 8192);
    enum em_status status = add_runs(r, lane, &merger, from, err);
    if (status == EM_OK)
        status = merge_ranges_merge_rows(&merger, chunk, &block, &value, err);
    em_merger_release(&merger);
    em_block_writer_release(&block);
    em_buf_release(&value);
    return status;
}

/* --- threads ------------------------------------------------------------------------------ */

static void chunk_init(struct em_merge_chunk *chunk)
{
    *chunk = (struct em_merge_chunk){.rows = 0};
    em_buf_init(&chunk->bytes, MAX_CHUNK);
    em_buf_init(&chunk->to, EM_MAX_KEY);
}

void em_merge_chunk_release(struct em_merge_chunk *chunk)
{
    em_buf_release(&chunk->bytes);
    em_buf_release(&chunk->to);
    chunk->rows = chunk->blocks = chunk->read = 0;
}

/* Under the lock. EM_END: there is none left, or no reason to go on. */
static enum em_status take_range(struct em_merge_ranges *r, uint64_t *number,
                                 struct em_buf *from, struct em_merge_chunk *chunk,
                                 struct em_err *err)
{
    while (!r->failed && !r->all_taken && r->taken >= r->given + r->n_ring)
        pthread_cond_wait(&r->changed, &r->lock);
    if (r->failed || r->all_taken)
        return EM_END;
    em_buf_clear(from);
    EM_TRY(em_buf_append_view(from, em_buf_view(&r->from)));
    EM_TRY(cut_range(r, &chunk->to, &chunk->read, err));
    em_buf_clear(&r->from);
    EM_TRY(em_buf_append_view(&r->from, em_buf_view(&chunk->to)));
    r->all_taken = chunk->to.len == 0;
    *number = r->taken++;
    return EM_OK;
}

static enum em_status merge_ranges_work(struct em_merge_ranges *r, size_t lane,
                                        struct em_buf *from, struct em_err *err)
{
    for (;;) {
        struct em_merge_chunk chunk;
        uint64_t number = 0;
        chunk_init(&chunk);
        pthread_mutex_lock(&r->lock);
        enum em_status status = take_range(r, &number, from, &chunk, err);
        pthread_mutex_unlock(&r->lock);
        if (status == EM_OK)
            status = merge_range(r, lane, em_buf_view(from), &chunk, err);
        if (status != EM_OK) {
            em_merge_chunk_release(&chunk);
            return status == EM_END ? EM_OK : status;
        }
        pthread_mutex_lock(&r->lock);
        r->ring[number % r->n_ring] = chunk;
        r->ready[number % r->n_ring] = true;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->lock);
    }
}

static void *lane_main(void *argument)
{
    struct lane *lane = argument;
    struct em_merge_ranges *r = lane->ranges;
    struct em_err err = {.status = EM_OK};
    struct em_buf from;
    em_buf_init(&from, EM_MAX_KEY);
    enum em_status status = merge_ranges_work(r, lane->number, &from, &err);
    em_buf_release(&from);
    pthread_mutex_lock(&r->lock);
    if (status < 0 && !r->failed) {
        r->failed = true;
        r->status = status;
        r->err = err;
    }
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

static enum em_status merge_ranges_start(struct em_merge_ranges *r, uint32_t threads,
                                         struct em_err *err)
{
    r->lanes = em_calloc(threads, sizeof(r->lanes[0]));
    if (!r->lanes)
        return EM_ERR_NOMEM;
    for (; r->n_lanes < threads; r->n_lanes++) {
        struct lane *lane = &r->lanes[r->n_lanes];
        *lane = (struct lane){.ranges = r, .number = r->n_lanes + 1};
        if (pthread_create(&lane->thread, NULL, lane_main, lane) != 0)
            return em_fail(err, EM_ERR_NOMEM, "merge", "cannot start thread %zu of %u",
                           r->n_lanes + 1, threads);
    }
    return EM_OK;
}

static uint64_t range_bytes(size_t runs)
{
    uint64_t bytes = runs * RANGE_PER_RUN;
    return bytes < RANGE_MIN ? RANGE_MIN : bytes > RANGE_MAX ? RANGE_MAX : bytes;
}

static enum em_status merge_ranges_begin(struct em_merge_ranges *r, struct em_view from,
                                         uint32_t threads, struct em_err *err)
{
    for (size_t p = 0; p < r->parts->n; p++)
        for (size_t i = 0; i < r->parts->stores[p]->n_runs; i++)
            r->n_runs += r->parts->stores[p]->runs[i].table == r->table;
    r->limit = range_bytes(r->n_runs);
    r->n_ring = (uint64_t)threads + 2;
    size_t n = r->n_runs ? r->n_runs : 1;
    r->cursors = em_calloc(n, sizeof(r->cursors[0]));
    r->heap = em_calloc(n, sizeof(r->heap[0]));
    r->ring = em_calloc(r->n_ring, sizeof(r->ring[0]));
    r->ready = em_calloc(r->n_ring, sizeof(r->ready[0]));
    if (!r->cursors || !r->heap || !r->ring || !r->ready)
        return EM_ERR_NOMEM;
    EM_TRY(em_buf_append_view(&r->from, from));
    EM_TRY(open_cursors(r, err));
    return merge_ranges_start(r, threads, err);
}

enum em_status em_merge_ranges_begin(struct em_merge_ranges **out,
                                     const struct em_merge_parts *parts,
                                     enum em_table table, struct em_view from,
                                     uint32_t threads, struct em_err *err)
{
    struct em_merge_ranges *r = em_calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return EM_ERR_NOMEM;
    r->parts = parts;
    r->table = table;
    em_buf_init(&r->from, EM_MAX_KEY);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    enum em_status status = merge_ranges_begin(r, from, threads, err);
    if (status < 0)
        em_merge_ranges_end(r);
    else
        *out = r;
    return status;
}

enum em_status em_merge_ranges_next(struct em_merge_ranges *r,
                                    struct em_merge_chunk *chunk, struct em_err *err)
{
    enum em_status status = EM_END;
    pthread_mutex_lock(&r->lock);
    for (;;) {
        uint64_t at = r->given % r->n_ring;
        if (r->failed) {
            status = r->status;
            if (err && r->err.status == status)
                *err = r->err;
            break;
        }
        if (r->ready[at]) {
            *chunk = r->ring[at];
            r->ready[at] = false;
            r->given++;
            pthread_cond_broadcast(&r->changed);
            status = EM_OK;
            break;
        }
        if (r->all_taken && r->given == r->taken)
            break;
        pthread_cond_wait(&r->changed, &r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return status;
}

void em_merge_ranges_end(struct em_merge_ranges *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->failed = true; /* who still works ends with the range at hand */
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < r->n_lanes; i++)
        pthread_join(r->lanes[i].thread, NULL);
    for (uint64_t i = 0; r->ring && r->ready && i < r->n_ring; i++)
        if (r->ready[i])
            em_merge_chunk_release(&r->ring[i]);
    for (size_t i = 0; r->cursors && i < r->n_runs; i++)
        if (r->cursors[i].cursor)
            mdb_cursor_close(r->cursors[i].cursor);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    em_buf_release(&r->from);
    em_free(r->cursors);
    em_free(r->heap);
    em_free(r->ring);
    em_free(r->ready);
    em_free(r->lanes);
    em_free(r);
}
