/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to a frontier: what became of a URL, all hosts, and whether everything is sound.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdlib.h>

enum { MAX_AHEAD = 1000000 };

static bool row_done(const struct em_host *host, struct em_view key)
{
    unsigned class = (uint8_t)key.data[8];
    uint64_t seq = em_get_be(key.data + 9, 8);
    if (class >= EM_CLASS_COUNT || seq <= host->done_to[class])
        return true;
    for (size_t i = 0; i < host->n_ahead; i++)
        if (host->ahead[i] == seq)
            return true;
    return false;
}

/* Calls `fn` with every row of a host that is not done; stops where it says EM_END. */
typedef enum em_status row_fn(void *context, struct em_view key, struct em_view value);

static enum em_status each_row(struct em_frontier *f, const struct em_host *host,
                               row_fn *fn, void *context, struct em_err *err)
{
    char from[8];
    struct em_view key, value;
    struct em_scan *scan = em_calloc(1, sizeof(*scan));
    if (!scan)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    em_put_be(from, host->pub.id, 8);
    enum em_status status =
        em_scan_open(scan, f, f->read, EM_FAMILY_QUEUE, em_view_make(from, 8), err);
    while (status == EM_OK) {
        status = em_scan_next(scan, f, &key, &value, err);
        if (status != EM_OK || key.len != 17 || memcmp(key.data, from, 8) != 0)
            break;
        if (!row_done(host, key))
            status = fn(context, key, value);
    }
    em_scan_close(scan);
    em_free(scan);
    return status < 0 ? status : EM_OK;
}

struct find {
    struct em_view path;
    struct em_frontier_why *why;
    uint64_t ahead;
};

static enum em_status find_row(void *context, struct em_view key, struct em_view value)
{
    struct find *find = context;
    struct em_url_row row;
    EM_TRY(em_record_unpack_url(&row, key, value));
    if (!em_view_eq(row.path, find->path))
        return ++find->ahead < MAX_AHEAD ? EM_OK : EM_END;
    struct em_frontier_why *why = find->why;
    why->state = EM_URL_QUEUED;
    why->class = (enum em_class)(uint8_t)key.data[8];
    why->ahead = find->ahead;
    why->depth = row.depth;
    why->attempts = row.attempts;
    why->inclusion = row.inclusion;
    return EM_END;
}

static enum em_status why_done(struct em_frontier *f, uint64_t hash,
                               struct em_frontier_why *why, struct em_err *err)
{
    struct em_page_row page;
    enum em_status status = em_page_row_get(f, f->read, hash, &page, err);
    if (status < 0)
        return status == EM_ERR_NOTFOUND ? EM_OK : status;
    why->state = EM_URL_DONE;
    why->outcome = (enum em_outcome)page.outcome;
    if (page.cut != EM_CUT_NONE)
        why->cut = (enum em_cut)page.cut;
    why->class = (enum em_class)page.class;
    why->http_status = page.http_status;
    why->error = page.error;
    why->depth = page.depth;
    why->attempts = page.attempts;
    why->inclusion = page.inclusion;
    why->fetched_ms = page.fetched_ms;
    why->due_ms = page.due_ms;
    why->history = page.history;
    return EM_OK;
}

static enum em_status why_waiting(struct em_frontier *f, uint64_t hash,
                                  const struct em_host *host, struct em_view path,
                                  struct em_frontier_why *why, struct em_err *err)
{
    uint8_t seen[1] = {0};
    struct find find = {.path = path, .why = why};
    for (size_t i = 0; i < f->batch.n; i++)
        if (f->batch.items[i].hash == hash && !f->batch.items[i].known)
            why->state = EM_URL_PENDING;
    if (why->state == EM_URL_PENDING || !why->host_known)
        return EM_OK;
    EM_TRY(each_row(f, host, find_row, &find, err));
    if (why->state == EM_URL_QUEUED)
        return EM_OK;
    EM_TRY(em_seen_probe(f, f->read, &hash, 1, seen, err));
    if (seen[0])
        why->state = EM_URL_CUT_SEEN;
    return EM_OK;
}

/* What scope and traps say today. */
static enum em_cut cut_today(const struct em_frontier *f, const struct em_url *url,
                             const struct em_frontier_why *why, int64_t now_ms)
{
    unsigned year = 1970 + (unsigned)(now_ms > 0 ? now_ms / INT64_C(31556952000) : 0);
    enum em_cut cut =
        f->options.scope ? em_scope_url(f->options.scope, url, why->depth) : EM_CUT_NONE;
    if (cut == EM_CUT_NONE)
        cut = em_trap_url(&f->options.trap, why->host_known ? &why->host.trap : NULL, url,
                          year);
    return cut;
}

enum em_status em_frontier_why(struct em_frontier *f, struct em_url *url, int64_t now_ms,
                               struct em_frontier_why *why, struct em_err *err)
{
    struct em_host host;
    *why = (struct em_frontier_why){.state = EM_URL_UNKNOWN};
    enum em_status status = em_url_normalise(url, f->options.rules, &f->scratch);
    if (status < 0)
        return em_fail(err, status, "frontier", "not a URL that can be crawled");
    if (em_url_hostname(url).len == 0)
        return em_fail(err, EM_ERR_FORMAT, "frontier", "a URL without a host");
    EM_TRY(em_db_read(f, err));
    struct em_view href = em_url_href(url);
    uint64_t hash = em_hash64(href.data, href.len, 0);
    em_host_init(&host);
    status = em_host_read(f, f->read, em_hash64(href.data, url->path, 0), &host, err);
    why->host_known = status == EM_OK;
    if (status == EM_ERR_NOTFOUND)
        status = EM_OK;
    why->host = host.pub;
    why->host.origin = EM_VIEW_NONE;
    if (status == EM_OK)
        status = why_done(f, hash, why, err);
    if (status == EM_OK && why->state == EM_URL_UNKNOWN)
        status =
            why_waiting(f, hash, &host, em_view_sub(href, url->path, href.len), why, err);
    if (status == EM_OK && why->cut == EM_CUT_NONE)
        why->cut = cut_today(f, url, why, now_ms);
    em_host_clear(&host);
    return status;
}

/* --- every host -------------------------------------------------------------------------- */

typedef enum em_status record_fn(struct em_frontier *f, void *context,
                                 struct em_host *host, struct em_err *err);

static enum em_status each_record(struct em_frontier *f, record_fn *fn, void *context,
                                  struct em_err *err)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    struct em_host host;
    EM_TRY(em_db_read(f, err));
    EM_TRY(em_db_fail(err, mdb_cursor_open(f->read, f->hosts, &cursor), f));
    em_host_init(&host);
    enum em_status status = EM_OK;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0 && status == EM_OK;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        status = key.mv_size == 8
                     ? em_record_unpack_host(&host, em_get_be(key.mv_data, 8),
                                             em_lmdb_view(&value))
                     : EM_ERR_FORMAT;
        if (status < 0)
            em_fail(err, status, "frontier", "'%s': a host's record: %s", f->dir,
                    em_status_text(status));
        else
            status = fn(f, context, &host, err);
    }
    mdb_cursor_close(cursor);
    em_host_clear(&host);
    if (status == EM_OK && rc != MDB_NOTFOUND)
        return em_db_fail(err, rc, f);
    return status;
}

struct caller {
    em_frontier_host_fn *fn;
    void *context;
};

static enum em_status why_tell(struct em_frontier *f, void *context, struct em_host *host,
                               struct em_err *err)
{
    struct caller *caller = context;
    (void)f;
    (void)err;
    return caller->fn(caller->context, &host->pub, host->place);
}

enum em_status em_frontier_host_each(struct em_frontier *f, em_frontier_host_fn *fn,
                                     void *context, struct em_err *err)
{
    struct caller caller = {fn, context};
    return each_record(f, why_tell, &caller, err);
}

/* --- validation -------------------------------------------------------------------------- */

struct sums {
    uint64_t hosts, places[4], queued, keys;
    uint64_t rows[EM_CLASS_COUNT];
};

static enum em_status count_row(void *context, struct em_view key, struct em_view value)
{
    struct sums *sums = context;
    struct em_url_row row;
    EM_TRY(em_record_unpack_url(&row, key, value));
    sums->rows[(uint8_t)key.data[8]]++;
    return EM_OK;
}

static enum em_status why_wrong(struct em_frontier *f, struct em_err *err,
                                const char *what)
{
    return em_fail(err, EM_ERR_FORMAT, "frontier", "'%s': %s", f->dir, what);
}

static bool in_line(struct em_frontier *f, const struct em_host *host)
{
    char key[17];
    bool sleep = host->place == EM_PLACE_SLEEP;
    key[0] = sleep ? 2 : 1;
    em_put_be(key + 1, sleep ? (uint64_t)host->asleep_ms : host->number, 8);
    em_put_be(key + 9, host->pub.id, 8);
    MDB_val k = em_lmdb_val(em_view_make(key, 17)), v;
    return mdb_get(f->read, f->line, &k, &v) == 0;
}

static enum em_status check_host(struct em_frontier *f, void *context,
                                 struct em_host *host, struct em_err *err)
{
    struct sums *sums = context;
    sums->hosts++;
    sums->places[host->place]++;
    sums->queued += host->pub.queued;
    if (em_hash64(host->origin.data, host->origin.len, 0) != host->pub.id)
        return why_wrong(f, err, "a host's record under another host's key");
    bool waits = host->place == EM_PLACE_LINE || host->place == EM_PLACE_SLEEP;
    sums->keys += waits;
    sums->keys += host->place == EM_PLACE_LINE && host->ranked;
    if (waits && !in_line(f, host))
        return why_wrong(f, err, "a host that waits is not in the line");
    if (!waits && host->pub.queued)
        return why_wrong(f, err, "a host with URLs does not wait");
    memset(sums->rows, 0, sizeof(sums->rows));
    enum em_status status = each_row(f, host, count_row, sums, err);
    if (status < 0)
        return status == EM_ERR_NOMEM ? status
                                      : why_wrong(f, err, "a row of a queue is damaged");
    for (size_t c = 0; c < EM_CLASS_COUNT; c++)
        if (sums->rows[c] != host->queued[c])
            return why_wrong(f, err, "a host's queue is not as long as its record says");
    return EM_OK;
}

/* Order and seals of every run; `rows`: what they hold together. */
static enum em_status check_run(struct em_frontier *f, enum em_family family,
                                const struct em_run *run, struct em_err *err)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    struct em_view hashes;
    uint64_t rows = 0, last = 0;
    enum em_status status = EM_OK;
    EM_TRY(em_db_fail(err, mdb_cursor_open(f->read, run->dbi, &cursor), f));
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; rc == 0 && status == EM_OK;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct em_view k = em_lmdb_view(&key), v = em_lmdb_view(&value);
        if (family != EM_FAMILY_SEEN) {
            rows++;
            if (!em_unseal(k, &v))
                status = why_wrong(f, err, "a row of a run is damaged");
            continue;
        }
        status = em_seen_check(k, v, &hashes);
        for (size_t i = 0; status == EM_OK && i < hashes.len / 8; i++) {
            uint64_t hash = em_get_be(hashes.data + 8 * i, 8);
            if (rows++ && hash <= last)
                status = why_wrong(f, err, "hashes of seen URLs are out of order");
            last = hash;
        }
    }
    mdb_cursor_close(cursor);
    if (status < 0)
        return why_wrong(f, err, "a run is damaged");
    return rows == run->rows ? EM_OK : why_wrong(f, err, "a run has lost rows");
}

enum em_status em_frontier_validate(struct em_frontier *f, struct em_err *err)
{
    struct sums sums = {.hosts = 0};
    const struct em_frontier_counts *c = &f->counts;
    MDB_stat st;
    uint64_t seen = 0;
    EM_TRY(em_db_read(f, err));
    for (int t = 0; t < EM_FAMILY_COUNT; t++)
        for (size_t i = 0; i < f->families[t].n; i++) {
            const struct em_run *run = &f->families[t].runs[i];
            EM_TRY(check_run(f, (enum em_family)t, run, err));
            seen += t == EM_FAMILY_SEEN ? run->rows : 0;
        }
    EM_TRY(each_record(f, check_host, &sums, err));
    EM_TRY(em_db_fail(err, mdb_stat(f->read, f->line, &st), f));
    if (st.ms_entries != sums.keys)
        return why_wrong(f, err, "the line has keys of hosts that do not wait");
    if (seen != c->seen)
        return why_wrong(f, err, "the number of seen URLs is wrong");
    if (f->reader && (sums.queued != c->queued || sums.hosts != c->hosts ||
                      sums.places[EM_PLACE_LINE] != c->hosts_waiting ||
                      sums.places[EM_PLACE_SLEEP] != c->hosts_asleep ||
                      sums.places[EM_PLACE_DEAD] != c->hosts_dead))
        return why_wrong(f, err, "sums over hosts are not what was counted");
    if (c->found != c->refused + c->cached + c->pending + c->repeats + c->seen)
        return why_wrong(f, err, "URLs found are not all accounted for");
    return EM_OK;
}
