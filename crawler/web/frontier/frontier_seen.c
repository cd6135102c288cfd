/* SPDX-License-Identifier: Apache-2.0
 *
 * The set of all URLs ever seen, as 64-bit hashes in sorted runs: eight bytes a URL, in
 * blocks that LMDB finds by their first hash (its branch pages are the fence; nothing of it
 * is held in memory). Two URLs with one hash are taken for one: with 10^8 URLs, with
 * probability 3 x 10^-4 that happens once.
 *
 * A batch is asked in order of its hashes, so a run is read once from begin to end, or, when
 * the batch is small, where its hashes may be.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"

enum { STEPS = 8 }; /* blocks passed before the tree is asked */

static uint64_t hash_in(struct em_view hashes, size_t i)
{
    return em_get_be(hashes.data + 8 * i, 8);
}

enum em_status em_seen_check(struct em_view key, struct em_view value,
                             struct em_view *hashes)
{
    if (!em_unseal(key, &value))
        return EM_ERR_CHECKSUM;
    if (key.len != 8 || value.len == 0 || value.len % 8 ||
        value.len > 8 * EM_SEEN_BLOCK || memcmp(key.data, value.data, 8) != 0)
        return EM_ERR_FORMAT;
    *hashes = value;
    return EM_OK;
}

/* A place in a run. */
struct place {
    MDB_cursor *cursor;
    struct em_view hashes; /* the block; empty at the end */
    size_t n, at;
};

static enum em_status seen_move(struct em_frontier *f, struct place *place,
                                MDB_cursor_op op, uint64_t to, struct em_err *err)
{
    char bytes[8];
    em_put_be(bytes, to, 8);
    MDB_val key = em_lmdb_val(em_view_make(bytes, 8)), value;
    int rc = mdb_cursor_get(place->cursor, &key, &value, op);
    place->n = place->at = 0;
    if (rc == MDB_NOTFOUND)
        return EM_END;
    EM_TRY(em_db_fail(err, rc, f));
    enum em_status status =
        em_seen_check(em_lmdb_view(&key), em_lmdb_view(&value), &place->hashes);
    if (status < 0)
        return em_fail(err, status, "frontier", "a block of seen URLs is damaged");
    place->n = place->hashes.len / 8;
    return EM_OK;
}

/* To the block that would hold `hash`: the first that ends at or after it, or the last that
 * begins at or before it. */
static enum em_status seek(struct em_frontier *f, struct place *place, uint64_t hash,
                           bool near, struct em_err *err)
{
    enum em_status status = EM_OK;
    for (int i = 0; near && place->n && i < STEPS; i++) {
        if (hash_in(place->hashes, place->n - 1) >= hash)
            return EM_OK;
        status = seen_move(f, place, MDB_NEXT, 0, err);
        if (status != EM_OK)
            return status;
    }
    if (place->n && hash_in(place->hashes, place->n - 1) >= hash)
        return EM_OK;
    status = seen_move(f, place, MDB_SET_RANGE, hash, err);
    if (status == EM_OK && hash_in(place->hashes, 0) == hash)
        return EM_OK;
    if (status < 0)
        return status;
    status = seen_move(f, place, status == EM_OK ? MDB_PREV : MDB_LAST, 0, err);
    /* before the first block of the run: nothing there, the next may be */
    return status == EM_END ? EM_AGAIN : status;
}

static bool block_has(const struct place *place, uint64_t hash)
{
    size_t low = 0, high = place->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (hash_in(place->hashes, middle) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low < place->n && hash_in(place->hashes, low) == hash;
}

static enum em_status probe_run(struct em_frontier *f, struct place *place, bool near,
                                const uint64_t *hashes, size_t n, uint8_t *seen,
                                struct em_err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (seen[i / 8] >> i % 8 & 1)
            continue;
        enum em_status status = seek(f, place, hashes[i], near, err);
        if (status < 0 || status == EM_END)
            return status < 0 ? status : EM_OK;
        if (status == EM_OK && block_has(place, hashes[i]))
            seen[i / 8] |= (uint8_t)(1u << i % 8);
    }
    return EM_OK;
}

enum em_status em_seen_probe(struct em_frontier *f, MDB_txn *txn, const uint64_t *hashes,
                             size_t n, uint8_t *seen, struct em_err *err)
{
    const struct em_runs *runs = &f->families[EM_FAMILY_SEEN];
    enum em_status status = EM_OK;
    for (size_t r = 0; r < runs->n && status == EM_OK; r++) {
        struct place place = {.n = 0};
        EM_TRY(
            em_db_fail(err, mdb_cursor_open(txn, runs->runs[r].dbi, &place.cursor), f));
        bool near = n * STEPS > runs->runs[r].rows / EM_SEEN_BLOCK;
        status = probe_run(f, &place, near, hashes, n, seen, err);
        mdb_cursor_close(place.cursor);
    }
    return status;
}

/* --- writing ----------------------------------------------------------------------------- */

struct writer {
    struct em_run *run;
    MDB_cursor *to;
    size_t n;
    char block[4 + 8 * EM_SEEN_BLOCK];
};

static enum em_status seen_flush(struct em_frontier *f, struct writer *w,
                                 struct em_err *err)
{
    if (w->n == 0)
        return EM_OK;
    struct em_view key = em_view_make(w->block + 4, 8);
    /* em_seal() writes into the first four bytes of a buffer: this block is lent to one */
    struct em_buf lent = {.data = w->block, .len = 4 + 8 * w->n, .cap = sizeof(w->block)};
    em_seal(key, &lent);
    EM_TRY(em_run_append(f, w->to, w->run, key, em_view_make(w->block, lent.len), err));
    w->run->rows += w->n - 1; /* hashes, not blocks */
    w->n = 0;
    return EM_OK;
}

static enum em_status frontier_seen_put(struct em_frontier *f, struct writer *w,
                                        uint64_t hash, struct em_err *err)
{
    em_put_be(w->block + 4 + 8 * w->n++, hash, 8);
    return w->n == EM_SEEN_BLOCK ? seen_flush(f, w, err) : EM_OK;
}

enum em_status em_seen_write(struct em_frontier *f, MDB_txn *txn, const uint64_t *hashes,
                             size_t n, struct em_err *err)
{
    struct em_run run;
    struct writer w = {.run = &run};
    enum em_status status = EM_OK;
    if (n == 0)
        return EM_OK;
    EM_TRY(em_run_new(f, txn, EM_FAMILY_SEEN, 0, &run, err));
    EM_TRY(em_db_fail(err, mdb_cursor_open(txn, run.dbi, &w.to), f));
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = frontier_seen_put(f, &w, hashes[i], err);
    if (status == EM_OK)
        status = seen_flush(f, &w, err);
    mdb_cursor_close(w.to);
    EM_TRY(status);
    return em_run_keep(f, EM_FAMILY_SEEN, &run, err);
}

/* --- merging ----------------------------------------------------------------------------- */

/* Up to the first hash after the place at which the last step stopped. */
static enum em_status frontier_seen_start(struct em_frontier *f, struct place *place,
                                          const struct em_run_merge *merge,
                                          struct em_err *err)
{
    if (!merge->resume_len)
        return seen_move(f, place, MDB_FIRST, 0, err);
    uint64_t last = em_get_be(merge->resume, 8);
    enum em_status status = seek(f, place, last, false, err);
    if (status == EM_AGAIN) /* all of the run is behind it */
        status = seen_move(f, place, MDB_FIRST, 0, err);
    while (status == EM_OK && place->at < place->n &&
           hash_in(place->hashes, place->at) <= last)
        if (++place->at == place->n)
            status = seen_move(f, place, MDB_NEXT, 0, err);
    return status;
}

static enum em_status merge_hashes(struct em_frontier *f, struct place *places, size_t n,
                                   struct writer *w, uint64_t *steps, struct em_err *err)
{
    struct em_run_merge *merge = &f->families[EM_FAMILY_SEEN].merge;
    while (*steps > 0) {
        struct place *least = NULL;
        uint64_t low = UINT64_MAX;
        for (size_t i = 0; i < n; i++)
            if (places[i].at < places[i].n &&
                (!least || hash_in(places[i].hashes, places[i].at) < low)) {
                least = &places[i];
                low = hash_in(least->hashes, least->at);
            }
        if (!least) {
            enum em_status status = seen_flush(f, w, err);
            return status < 0 ? status : EM_END;
        }
        EM_TRY(frontier_seen_put(f, w, low, err));
        if (++least->at == least->n) {
            enum em_status status = seen_move(f, least, MDB_NEXT, 0, err);
            if (status < 0)
                return status;
        }
        if (--*steps == 0) {
            em_put_be(merge->resume, low, 8);
            merge->resume_len = 8;
        }
    }
    EM_TRY(seen_flush(f, w, err));
    return EM_AGAIN;
}

static enum em_status merge_some(struct em_frontier *f, MDB_txn *txn, uint64_t *steps,
                                 struct em_err *err)
{
    struct em_runs *runs = &f->families[EM_FAMILY_SEEN];
    struct em_run_merge *merge = &runs->merge;
    struct place places[EM_RUN_FANIN] = {{.n = 0}};
    struct writer w = {.run = &merge->out};
    size_t n = 0;
    enum em_status status =
        em_db_fail(err, mdb_cursor_open(txn, merge->out.dbi, &w.to), f);
    for (; n < merge->n && status >= 0; n++) {
        size_t at = em_run_place(runs, merge->in[n]);
        if (at == runs->n) {
            status =
                em_fail(err, EM_ERR_FORMAT, "frontier", "a run to be merged is missing");
            break;
        }
        int rc = mdb_cursor_open(txn, runs->runs[at].dbi, &places[n].cursor);
        status = em_db_fail(err, rc, f);
        if (status < 0)
            break;
        status = frontier_seen_start(f, &places[n], merge, err);
    }
    if (status >= 0)
        status = merge_hashes(f, places, n, &w, steps, err);
    for (size_t i = 0; i < EM_RUN_FANIN; i++)
        if (places[i].cursor)
            mdb_cursor_close(places[i].cursor);
    if (w.to)
        mdb_cursor_close(w.to);
    return status;
}

enum em_status em_seen_merge(struct em_frontier *f, MDB_txn *txn, uint64_t steps,
                             struct em_err *err)
{
    struct em_run_merge *merge = &f->families[EM_FAMILY_SEEN].merge;
    while (steps > 0) {
        if (!merge->on)
            EM_TRY(em_merge_begin(f, txn, EM_FAMILY_SEEN, err));
        if (!merge->on)
            return EM_OK;
        enum em_status status = merge_some(f, txn, &steps, err);
        if (status < 0)
            return status;
        if (status == EM_END)
            EM_TRY(em_merge_end(f, txn, EM_FAMILY_SEEN, err));
    }
    return EM_OK;
}
