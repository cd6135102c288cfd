/* SPDX-License-Identifier: Apache-2.0
 *
 * One commit: everything that happened since the last, in one transaction (frontier.h says
 * what that promises). The order matters in two places: results come before the sieve, which
 * asks what became of a URL; hosts come after it, since it queues URLs for them, and before
 * merging, which leaves out the rows that their records say are done.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <stdlib.h>

enum {
    MAX_DUE = 20000, /* revisits queued in one commit */
    MERGE_STEPS =
        20000, /* rows merged in every commit, and a multiple of those written */
    MERGE_FACTOR = 6,
    /* So many of them in one transaction: LMDB keeps for good as many pages as its largest
     * transaction ever wrote. */
    MERGE_SLICE = 40000,
    LEAST_SIEVE = 4096,
    SIEVE_PER_BLOCKS =
        8, /* a URL for so many blocks of known hashes: worth reading them */
};

bool em_frontier_commit_due(const struct em_frontier *f)
{
    return f->batch.n - f->batch.logged >= f->options.batch / 4 ||
           f->batch.bytes.len >= EM_MAX_SIEVE_BYTES / 4 ||
           f->pages.bytes.len + f->dues.bytes.len + f->notes.len >=
               EM_MAX_FRONTIER_STAGED / 4;
}

bool em_frontier_hungry(const struct em_frontier *f)
{
    return f->batch.n > 0 || f->n_parked > 0;
}

static bool sieve_worth(const struct em_frontier *f, unsigned flags)
{
    size_t n = f->batch.n, blocks = (size_t)f->counts.seen / EM_SEEN_BLOCK;
    if (n == 0)
        return false;
    return flags & EM_COMMIT_SIEVE || n >= f->options.batch / 4 ||
           f->batch.bytes.len >= EM_MAX_SIEVE_BYTES / 4 ||
           (n >= LEAST_SIEVE && n >= blocks / SIEVE_PER_BLOCKS) ||
           f->counts.hosts_waiting <= f->n_active; /* nobody else waits */
}

/* --- revisits ---------------------------------------------------------------------------- */

/* A row whose page is still due then goes into the queue of its host. */
static enum em_status promote_row(struct em_frontier *f, MDB_txn *txn, struct em_view key,
                                  struct em_view value, int64_t now_ms,
                                  struct em_err *err)
{
    struct em_url_row row;
    struct em_page_row page;
    struct em_view hash = em_view_sub(key, 8, 8), known;
    enum em_status status = em_record_unpack_url(&row, key, value);
    if (status == EM_OK)
        status = em_runs_get(f, txn, EM_FAMILY_PAGE, hash, &known, err);
    if (status == EM_OK)
        status = em_record_unpack_page(&page, hash, known);
    if (status < 0)
        return em_fail(err, status, "frontier", "a page that is due: %s",
                       em_status_text(status));
    if (page.due_ms != (int64_t)em_get_be(key.data, 8))
        return EM_OK; /* visited since, or due at another time */
    struct em_host host;
    em_host_init(&host);
    status = em_host_read(f, txn, row.host, &host, err);
    if (status == EM_OK) {
        struct em_pending item = {
            .hash = em_get_be(hash.data, 8),
            .host = row.host,
            .origin_len = (uint32_t)host.origin.len,
            .depth = row.depth,
            .linking = 2,
            .inclusion = row.inclusion,
            .found_ms = now_ms,
            .source = row.source,
            .class = page.class,
            .known = true,
            .revisit = true,
        };
        em_buf_clear(&f->scratch);
        status = em_buf_append_view(&f->scratch, em_buf_view(&host.origin));
        if (status == EM_OK)
            status = em_buf_append_view(&f->scratch, row.path);
        if (status == EM_OK)
            status = em_sieve_add(f, &item, em_buf_view(&f->scratch), err);
        f->counts.revisits++;
    }
    em_host_clear(&host);
    return status;
}

/* What is due by now, and when the next is. */
static enum em_status promote(struct em_frontier *f, MDB_txn *txn, int64_t now_ms,
                              struct em_err *err)
{
    struct em_view key, value;
    f->next_due = INT64_MAX;
    if (!f->options.revisit.enabled)
        return EM_OK;
    struct em_scan *scan = em_calloc(1, sizeof(*scan));
    if (!scan)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    enum em_status status =
        em_scan_open(scan, f, txn, EM_FAMILY_DUE, em_view_make(f->due_mark, 16), err);
    for (size_t n = 0; status == EM_OK;) {
        status = em_scan_next(scan, f, &key, &value, err);
        if (status != EM_OK || key.len != 16)
            break;
        if (memcmp(key.data, f->due_mark, 16) <= 0)
            continue;
        int64_t due = (int64_t)em_get_be(key.data, 8);
        if (due > now_ms || n == MAX_DUE) {
            f->next_due = due;
            break;
        }
        status = promote_row(f, txn, key, value, now_ms, err);
        memcpy(f->due_mark, key.data, 16);
        f->counts.due--;
        n++;
    }
    em_scan_close(scan);
    em_free(scan);
    return status < 0 ? status : EM_OK;
}

/* --- hosts, notes, files ----------------------------------------------------------------- */

static enum em_status put_meta(struct em_frontier *f, MDB_txn *txn, const char *kind,
                               struct em_view name, struct em_view value,
                               struct em_err *err)
{
    em_buf_clear(&f->key);
    EM_TRY(em_buf_printf(&f->key, "%s", kind));
    EM_TRY(em_buf_append_view(&f->key, name));
    EM_TRY(em_seal_begin(&f->value));
    EM_TRY(em_buf_append_view(&f->value, value));
    em_seal(em_buf_view(&f->key), &f->value);
    MDB_val k = em_lmdb_val(em_buf_view(&f->key)),
            v = em_lmdb_val(em_buf_view(&f->value));
    return em_db_fail(err, mdb_put(txn, f->meta, &k, &v, 0), f);
}

static enum em_status store_robots(struct em_frontier *f, MDB_txn *txn,
                                   struct em_host *host, struct em_err *err)
{
    char key[8];
    em_put_be(key, host->pub.id, 8);
    EM_TRY(em_seal_begin(&f->value));
    EM_TRY(em_buf_append_view(&f->value, em_buf_view(&host->robots_form)));
    em_seal(em_view_make(key, 8), &f->value);
    MDB_val k = em_lmdb_val(em_view_make(key, 8));
    MDB_val v = em_lmdb_val(em_buf_view(&f->value));
    return em_db_fail(err, mdb_put(txn, f->robots, &k, &v, 0), f);
}

static int by_id(const void *a, const void *b)
{
    const struct em_host *x = *(struct em_host *const *)a,
                         *y = *(struct em_host *const *)b;
    return (x->pub.id > y->pub.id) - (x->pub.id < y->pub.id);
}

/* In order of their ids: the tree is walked once, and their places in the line do not
 * depend on where they lie in memory. */
static enum em_status store_hosts(struct em_frontier *f, MDB_txn *txn, int64_t now_ms,
                                  struct em_err *err)
{
    size_t n = 0;
    struct em_host **dirty = em_malloc((f->n_active + 1) * sizeof(dirty[0]));
    if (!dirty)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    for (size_t i = 0; i < f->cap_active; i++)
        if (f->active[i] && f->active[i]->dirty)
            dirty[n++] = f->active[i];
    qsort(dirty, n, sizeof(dirty[0]), by_id);
    enum em_status status = EM_OK;
    for (size_t i = 0; i < n && status == EM_OK; i++) {
        status = em_host_settle(f, dirty[i]);
        if (status == EM_OK)
            status = em_host_store(f, txn, dirty[i], now_ms, err);
        if (status == EM_OK && dirty[i]->dirty_robots)
            status = store_robots(f, txn, dirty[i], err);
    }
    em_free(dirty);
    return status;
}

static enum em_status store_files(struct em_frontier *f, MDB_txn *txn,
                                  const struct em_frontier_file *files, size_t n,
                                  struct em_err *err)
{
    for (size_t i = 0; i < n; i++) {
        char length[8];
        if (files[i].name.len == 0 || files[i].name.len > 255)
            return em_fail(err, EM_ERR_USAGE, "frontier", "a file's name is too long");
        em_put_be(length, files[i].length, 8);
        EM_TRY(put_meta(f, txn, "file:", files[i].name, em_view_make(length, 8), err));
        if (!files[i].closed)
            continue;
        MDB_val k = em_lmdb_val(em_buf_view(&f->key));
        EM_TRY(em_db_fail(err, mdb_del(txn, f->meta, &k, NULL), f));
    }
    return EM_OK;
}

static enum em_status store_notes(struct em_frontier *f, MDB_txn *txn, struct em_err *err)
{
    struct em_unpack in = em_unpack_of(em_buf_view(&f->notes));
    while (in.p != in.end) {
        struct em_view name = em_unpack_view(&in), value = em_unpack_view(&in);
        EM_TRY(put_meta(f, txn, "note:", name, value, err));
    }
    return EM_OK;
}

/* --- all --------------------------------------------------------------------------------- */

/* Some steps of each family's merge, off *left. */
static enum em_status frontier_commit_merge(struct em_frontier *f, MDB_txn *txn,
                                            uint64_t *left, struct em_err *err)
{
    uint64_t steps = *left < MERGE_SLICE ? *left : MERGE_SLICE;
    *left -= steps;
    EM_TRY(em_runs_merge(f, txn, EM_FAMILY_QUEUE, steps, err));
    EM_TRY(em_runs_merge(f, txn, EM_FAMILY_PAGE, steps, err));
    EM_TRY(em_runs_merge(f, txn, EM_FAMILY_DUE, steps, err));
    /* hashes are merged a hundred times faster than rows */
    EM_TRY(em_seen_merge(f, txn, 8 * steps, err));
    f->counts.runs = f->counts.run_bytes = 0;
    for (int t = 0; t < EM_FAMILY_COUNT; t++)
        for (size_t i = 0; i < f->families[t].n; i++) {
            f->counts.runs++;
            f->counts.run_bytes += f->families[t].runs[i].bytes;
        }
    return EM_OK;
}

static bool merging(const struct em_frontier *f)
{
    bool on = false;
    for (int t = 0; t < EM_FAMILY_COUNT; t++)
        on |= f->families[t].merge.on;
    return on;
}

static enum em_status store_state(struct em_frontier *f, MDB_txn *txn, struct em_err *err)
{
    EM_TRY(em_record_pack_state(&f->value, f));
    MDB_val key = em_lmdb_val(EM_VIEW("state")),
            value = em_lmdb_val(em_buf_view(&f->value));
    return em_db_fail(err, mdb_put(txn, f->meta, &key, &value, 0), f);
}

static enum em_status write_all(struct em_frontier *f, MDB_txn *txn, int64_t now_ms,
                                const struct em_frontier_file *files, size_t n_files,
                                bool *sieve, uint64_t *merge_left, struct em_err *err)
{
    EM_TRY(em_runs_write(f, txn, EM_FAMILY_PAGE, &f->pages, err));
    EM_TRY(em_runs_write(f, txn, EM_FAMILY_DUE, &f->dues, err));
    EM_TRY(promote(f, txn, now_ms, err));
    *sieve |= f->counts.hosts_waiting <= f->n_active; /* revisits just queued */
    if (*sieve)
        EM_TRY(em_sieve(f, txn, now_ms, err));
    else
        EM_TRY(em_sieve_log(f, txn, err));
    EM_TRY(em_runs_write(f, txn, EM_FAMILY_PAGE, &f->pages, err));
    EM_TRY(store_hosts(f, txn, now_ms, err));
    EM_TRY(store_notes(f, txn, err));
    EM_TRY(store_files(f, txn, files, n_files, err));
    *merge_left = MERGE_STEPS + MERGE_FACTOR * f->work;
    EM_TRY(frontier_commit_merge(f, txn, merge_left, err));
    f->counts.commits++;
    return store_state(f, txn, err);
}

/* The rest of what a commit merges, in transactions of its own: nothing but the form changes
 * in which the same rows lie. */
static enum em_status merge_rest(struct em_frontier *f, uint64_t left, struct em_err *err)
{
    while (left > 0 && merging(f)) {
        MDB_txn *txn;
        EM_TRY(em_db_write(f, &txn, err));
        enum em_status status = frontier_commit_merge(f, txn, &left, err);
        if (status == EM_OK)
            status = store_state(f, txn, err);
        if (status < 0) {
            mdb_txn_abort(txn);
            return status;
        }
        EM_TRY(em_db_fail(err, mdb_txn_commit(txn), f));
    }
    return EM_OK;
}

/* The error as it was told, or a text for it. */
static enum em_status commit_failed(enum em_status status, struct em_err *err)
{
    return err && err->status
               ? err->status
               : em_fail(err, status, "frontier", "commit: %s", em_status_text(status));
}

/* What was committed leaves memory. */
static void commit_forget(struct em_frontier *f, bool sieved)
{
    em_buf_clear(&f->notes);
    if (sieved) {
        f->batch.n = f->batch.logged = 0;
        em_buf_clear(&f->batch.bytes);
    }
    for (size_t i = 0; i < f->cap_active;) {
        struct em_host *host = f->active[i];
        if (host && host->parked) {
            em_host_free(f, host); /* another may move to this place */
            continue;
        }
        if (host) {
            host->dirty = host->dirty_robots = false;
            em_buf_release(&host->robots_form);
        }
        i++;
    }
    if (f->line_grown) {
        memset(f->scan_len, 0, sizeof(f->scan_len));
        memset(f->scan_end, 0, sizeof(f->scan_end));
    }
}

enum em_status em_frontier_commit(struct em_frontier *f, int64_t now_ms,
                                  const struct em_frontier_file *files, size_t n_files,
                                  unsigned flags, struct em_err *err)
{
    MDB_txn *txn;
    if (f->broken || f->reader)
        return em_fail(err, EM_ERR_USAGE, "frontier", "not open for writing");
    bool sieve = sieve_worth(f, flags);
    f->work = f->batch.n;
    f->now_ms = now_ms > f->now_ms ? now_ms : f->now_ms;
    f->line_grown = false;
    EM_TRY(em_db_write(f, &txn, err));
    f->broken = true; /* until it has succeeded */
    if (err)
        err->status = EM_OK;
    uint64_t merge_left = 0;
    enum em_status status =
        write_all(f, txn, now_ms, files, n_files, &sieve, &merge_left, err);
    if (status < 0) {
        mdb_txn_abort(txn);
        return commit_failed(status, err);
    }
    EM_TRY(em_db_fail(err, mdb_txn_commit(txn), f));
    commit_forget(f, sieve);
    status = merge_rest(f, merge_left, err);
    if (status < 0)
        return commit_failed(status, err);
    f->broken = false;
    return EM_OK;
}
