/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts: their records, the line in which they wait their turn, and those in memory.
 *
 * A host in memory stays in the line on disk, so that after a crash it is still there; who
 * looks through the line passes over those in memory. It moves only when it has been
 * released, with the next commit.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <math.h>

enum { LINE_RANK, LINE_FAIR, LINE_SLEEP };

void em_host_init(struct em_host *host)
{
    *host = (struct em_host){.number = 0};
    em_trap_host_init(&host->pub.trap);
    em_buf_init(&host->origin, 1024);
    em_buf_init(&host->robots_form, EM_MAX_ROBOTS_FORM);
}

void em_host_clear(struct em_host *host)
{
    em_buf_release(&host->origin);
    em_buf_release(&host->robots_form);
    em_free(host->ahead);
    em_free(host->entries);
    em_free(host->hints);
    host->ahead = NULL;
    host->entries = NULL;
    host->hints = NULL;
    host->n_hints = 0;
    host->n_ahead = host->cap_ahead = host->n_entries = host->cap_entries = 0;
}

size_t em_entry_bytes(const struct em_entry *entry)
{
    return entry->url_len + (entry->page ? sizeof(*entry->page) : 0);
}

void em_entry_free(struct em_frontier *f, struct em_entry *entry)
{
    f->loaded_bytes -= em_entry_bytes(entry);
    em_free(entry->text);
    em_free(entry->page);
}

bool em_host_is_ahead(const struct em_host *host, size_t n, uint64_t seq)
{
    size_t from = 0;
    while (from < n) {
        size_t middle = from + (n - from) / 2;
        if (host->ahead[middle] == seq)
            return true;
        if (host->ahead[middle] < seq)
            from = middle + 1;
        else
            n = middle;
    }
    return false;
}

bool em_host_has_row(const struct em_host *host, uint64_t seq)
{
    for (size_t i = 0; i < host->n_entries; i++)
        if (host->entries[i].seq == seq)
            return true;
    return em_host_is_ahead(host, host->n_ahead, seq);
}

void em_host_unload(struct em_frontier *f, struct em_host *host)
{
    for (size_t i = 0; i < host->n_entries; i++)
        em_entry_free(f, &host->entries[i]);
    host->n_entries = host->next_entry = 0;
}

enum em_status em_host_read(struct em_frontier *f, MDB_txn *txn, uint64_t id,
                            struct em_host *host, struct em_err *err)
{
    char bytes[8];
    em_put_be(bytes, id, 8);
    MDB_val key = em_lmdb_val(em_view_make(bytes, 8)), value;
    int rc = mdb_get(txn, f->hosts, &key, &value);
    if (rc == MDB_NOTFOUND)
        return EM_ERR_NOTFOUND;
    EM_TRY(em_db_fail(err, rc, f));
    enum em_status status = em_record_unpack_host(host, id, em_lmdb_view(&value));
    if (status < 0)
        return em_fail(err, status, "frontier", "'%s': record of host %016llx: %s",
                       f->dir, (unsigned long long)id, em_status_text(status));
    return EM_OK;
}

/* --- the line ---------------------------------------------------------------------------- */

/* Keys of a host in the line; how many. */
static size_t line_keys(const struct em_host *host, char keys[2][20], size_t lens[2])
{
    size_t n = 0;
    if (host->place == EM_PLACE_LINE && host->ranked) {
        keys[n][0] = LINE_RANK;
        em_put_be(keys[n] + 1, host->rank, 2);
        em_put_be(keys[n] + 3, host->number, 8);
        em_put_be(keys[n] + 11, host->pub.id, 8);
        lens[n++] = 19;
    }
    if (host->place == EM_PLACE_LINE || host->place == EM_PLACE_SLEEP) {
        bool sleep = host->place == EM_PLACE_SLEEP;
        keys[n][0] = sleep ? LINE_SLEEP : LINE_FAIR;
        em_put_be(keys[n] + 1, sleep ? (uint64_t)host->asleep_ms : host->number, 8);
        em_put_be(keys[n] + 9, host->pub.id, 8);
        lens[n++] = 17;
    }
    return n;
}

static enum em_status line_change(struct em_frontier *f, MDB_txn *txn,
                                  const struct em_host *host, bool add,
                                  struct em_err *err)
{
    char keys[2][20];
    size_t lens[2], n = line_keys(host, keys, lens);
    uint64_t *count = host->place == EM_PLACE_LINE    ? &f->counts.hosts_waiting
                      : host->place == EM_PLACE_SLEEP ? &f->counts.hosts_asleep
                      : host->place == EM_PLACE_DEAD  ? &f->counts.hosts_dead
                                                      : NULL;
    if (count)
        *count += add ? 1 : UINT64_MAX;
    f->line_grown |= add && n > 0;
    for (size_t i = 0; i < n; i++) {
        MDB_val key = em_lmdb_val(em_view_make(keys[i], lens[i]));
        MDB_val none = em_lmdb_val(EM_VIEW(""));
        int rc = add ? mdb_put(txn, f->line, &key, &none, 0)
                     : mdb_del(txn, f->line, &key, NULL);
        EM_TRY(em_db_fail(err, rc, f));
    }
    return EM_OK;
}

static bool dead(const struct em_frontier *f, const struct em_host *host)
{
    return host->pub.robots == EM_ROBOTS_DEAD ||
           em_polite_dead(&f->options.polite, &host->pub.polite);
}

bool em_host_over_budget(const struct em_frontier *f, const struct em_host *host)
{
    return f->options.budget_host && host->pub.fetched >= f->options.budget_host;
}

void em_host_drop_queue(struct em_frontier *f, struct em_host *host, enum em_cut cut)
{
    uint64_t n = host->pub.queued;
    for (size_t c = 0; c < EM_CLASS_COUNT; c++) {
        host->done_to[c] = f->next_seq - 1;
        f->counts.streams[c].settled += host->queued[c];
        host->queued[c] = 0;
    }
    host->n_ahead = 0;
    host->pub.queued = 0;
    f->counts.queued -= n;
    f->counts.cuts[cut] += n;
    host->pub.cut += n;
    if (n)
        host->pub.last_cut = (uint8_t)cut;
}

static enum em_host_place place_for(struct em_frontier *f, struct em_host *host,
                                    int64_t now_ms)
{
    if (dead(f, host)) {
        em_host_drop_queue(f, host, EM_CUT_HOST_DEAD);
        return EM_PLACE_DEAD;
    }
    if (em_host_over_budget(f, host))
        em_host_drop_queue(f, host, EM_CUT_BUDGET_HOST);
    if (host->pub.queued == 0)
        return EM_PLACE_NONE;
    return host->pub.polite.suspended_ms > now_ms ? EM_PLACE_SLEEP : EM_PLACE_LINE;
}

static enum em_status put_record(struct em_frontier *f, MDB_txn *txn,
                                 struct em_host *host, struct em_err *err)
{
    char bytes[8];
    EM_TRY(em_record_pack_host(&f->value, host));
    em_put_be(bytes, host->pub.id, 8);
    MDB_val key = em_lmdb_val(em_view_make(bytes, 8));
    MDB_val value = em_lmdb_val(em_buf_view(&f->value));
    f->work++;
    return em_db_fail(err, mdb_put(txn, f->hosts, &key, &value, 0), f);
}

enum em_status em_host_store(struct em_frontier *f, MDB_txn *txn, struct em_host *host,
                             int64_t now_ms, struct em_err *err)
{
    if (host->active) /* stays where it is in the line */
        return put_record(f, txn, host, err);
    enum em_host_place place = place_for(f, host, now_ms);
    /* One that waits keeps its place, unless it has had its turn. */
    if (place == host->place && !host->parked &&
        (place != EM_PLACE_SLEEP || host->asleep_ms == host->pub.polite.suspended_ms))
        return put_record(f, txn, host, err);
    EM_TRY(line_change(f, txn, host, false, err));
    host->place = place;
    host->ranked = false;
    if (place == EM_PLACE_LINE) {
        const struct em_focus_options *focus = &f->options.focus;
        host->number = f->next_number++;
        host->ranked = focus->focus != EM_FOCUS_UNIFORM;
        double score = em_focus_host(focus, &f->counts.score, &host->pub.score);
        host->rank = (uint16_t)(UINT16_MAX - score * UINT16_MAX);
    }
    if (place == EM_PLACE_SLEEP)
        host->asleep_ms = host->pub.polite.suspended_ms;
    EM_TRY(line_change(f, txn, host, true, err));
    return put_record(f, txn, host, err);
}

/* --- in memory --------------------------------------------------------------------------- */

struct em_host *em_host_find(const struct em_frontier *f, uint64_t id)
{
    if (!f->cap_active)
        return NULL;
    for (size_t at = em_mix64(id) & (f->cap_active - 1); f->active[at];
         at = (at + 1) & (f->cap_active - 1))
        if (f->active[at]->pub.id == id)
            return f->active[at];
    return NULL;
}

static void table_put(struct em_host **table, size_t cap, struct em_host *host)
{
    size_t at = em_mix64(host->pub.id) & (cap - 1);
    while (table[at])
        at = (at + 1) & (cap - 1);
    table[at] = host;
}

static enum em_status table_reserve(struct em_frontier *f)
{
    if (2 * (f->n_active + 1) <= f->cap_active)
        return EM_OK;
    size_t cap = f->cap_active ? 2 * f->cap_active : 64;
    struct em_host **table = em_calloc(cap, sizeof(table[0]));
    if (!table)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < f->cap_active; i++)
        if (f->active[i])
            table_put(table, cap, f->active[i]);
    em_free(f->active);
    f->active = table;
    f->cap_active = cap;
    return EM_OK;
}

void em_host_free(struct em_frontier *f, struct em_host *host)
{
    size_t mask = f->cap_active - 1, at = em_mix64(host->pub.id) & mask;
    while (f->active[at] != host)
        at = (at + 1) & mask;
    for (size_t next = at;;) {
        next = (next + 1) & mask;
        if (!f->active[next])
            break;
        size_t home = em_mix64(f->active[next]->pub.id) & mask;
        if (((next - home) & mask) >= ((next - at) & mask)) {
            f->active[at] = f->active[next];
            at = next;
        }
    }
    f->active[at] = NULL;
    f->n_active--;
    f->n_parked -= host->parked;
    em_host_unload(f, host);
    em_host_clear(host);
    em_free(host);
}

struct em_frontier_host *em_frontier_host_get(struct em_frontier *f, uint64_t id)
{
    struct em_host *host = em_host_find(f, id);
    if (!host || !host->active)
        return NULL;
    host->dirty = true;
    return &host->pub;
}

void em_frontier_host_correct(struct em_frontier *f, uint64_t id, double more)
{
    struct em_frontier_host *host = em_frontier_host_get(f, id);
    if (!host)
        return;
    em_focus_correct(&host->score, more);
    em_focus_correct(&f->counts.score, more);
}

static enum em_status bring(struct em_frontier *f, uint64_t id, bool fair, int64_t now_ms,
                            struct em_host **out, struct em_err *err)
{
    struct em_host *host = em_calloc(1, sizeof(*host));
    if (!host || table_reserve(f) < 0) {
        em_free(host);
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    }
    em_host_init(host);
    enum em_status status = em_host_read(f, f->read, id, host, err);
    if (status < 0) {
        em_host_clear(host);
        em_free(host);
        return status == EM_ERR_NOTFOUND ? em_fail(err, EM_ERR_FORMAT, "frontier",
                                                   "a host in the line has no record")
                                         : status;
    }
    host->active = true;
    host->fair = fair;
    host->expected =
        (double)host->pub.score.n * em_focus_host(&f->options.focus, &f->counts.score,
                                                  &(struct em_focus_mean){.n = 0});
    host->turn_left = f->options.host_urls;
    /* What was asked last before a crash was not committed: one delay from the opening. */
    struct em_polite *polite = &host->pub.polite;
    em_polite_mend(&f->options.polite, polite, now_ms);
    int64_t first = f->open_ms + em_polite_delay(&f->options.polite, polite, NULL);
    if (f->reopened && polite->next_ms < first)
        polite->next_ms = first;
    table_put(f->active, f->cap_active, host);
    f->n_active++;
    *out = host;
    return EM_OK;
}

/* The first host of a line, from where the last search stopped, that is not in memory.
 * *until: the time in the key, of those who sleep. EM_END. */
static enum em_status search(struct em_frontier *f, int line, int64_t now_ms,
                             uint64_t *id, int64_t *until, struct em_err *err)
{
    MDB_cursor *cursor;
    char first[1] = {(char)line};
    struct em_view from = f->scan_len[line]
                              ? em_view_make(f->scan[line], f->scan_len[line])
                              : em_view_make(first, 1);
    if (f->scan_end[line])
        return EM_END;
    EM_TRY(em_db_fail(err, mdb_cursor_open(f->read, f->line, &cursor), f));
    enum em_status status = EM_END;
    MDB_val key = em_lmdb_val(from), value;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == 0 && status == EM_END;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        const char *bytes = key.mv_data;
        if (key.mv_size < 17 || key.mv_size > 19 || bytes[0] != (char)line)
            break;
        *until = line == LINE_SLEEP ? (int64_t)em_get_be(bytes + 1, 8) : 0;
        *id = em_get_be(bytes + key.mv_size - 8, 8);
        if (em_host_find(f, *id))
            continue;
        if (*until > now_ms && em_polite_plausible(&f->options.polite, *until, now_ms)) {
            status = EM_AGAIN;
        } else {
            memcpy(f->scan[line], bytes, key.mv_size);
            f->scan_len[line] = key.mv_size;
            status = EM_OK;
        }
    }
    mdb_cursor_close(cursor);
    if (rc != 0 && rc != MDB_NOTFOUND)
        return em_db_fail(err, rc, f);
    f->scan_end[line] = status == EM_END;
    return status;
}

static enum em_status host_choose(struct em_frontier *f, int64_t now_ms, uint64_t *id,
                                  bool *fair, int64_t *wake_ms, struct em_err *err)
{
    int64_t until;
    *fair = true;
    enum em_status status = search(f, LINE_SLEEP, now_ms, id, &until, err);
    if (status == EM_AGAIN && until < *wake_ms)
        *wake_ms = until;
    if (status == EM_OK || status < 0)
        return status;
    if (f->options.focus.focus != EM_FOCUS_UNIFORM &&
        f->turns + f->options.focus.share < 1) {
        *fair = false;
        status = search(f, LINE_RANK, now_ms, id, &until, err);
        if (status != EM_END) {
            f->turns += f->options.focus.share;
            return status;
        }
        *fair = true; /* those without a rank were queued without a focus */
    }
    status = search(f, LINE_FAIR, now_ms, id, &until, err);
    if (status == EM_OK && f->options.focus.focus != EM_FOCUS_UNIFORM)
        f->turns = fmax(0, f->turns + f->options.focus.share - 1);
    return status;
}

enum em_status em_frontier_host_next(struct em_frontier *f, int64_t now_ms,
                                     struct em_frontier_host **out, int64_t *wake_ms,
                                     struct em_err *err)
{
    uint64_t id = 0;
    bool fair;
    struct em_host *host = NULL;
    int64_t wake = f->next_due;
    *out = NULL;
    if (wake_ms)
        *wake_ms = wake;
    if (f->broken || f->reader)
        return em_fail(err, EM_ERR_USAGE, "frontier", "not open for writing");
    if (f->n_active >= f->options.max_hosts)
        return EM_END;
    EM_TRY(em_db_read(f, err));
    enum em_status status = host_choose(f, now_ms, &id, &fair, &wake, err);
    if (wake_ms)
        *wake_ms = wake;
    if (status != EM_OK)
        return status < 0 ? status : EM_END;
    EM_TRY(bring(f, id, fair, now_ms, &host, err));
    *out = &host->pub;
    return EM_OK;
}

void em_frontier_host_release(struct em_frontier *f, uint64_t id, int64_t now_ms)
{
    struct em_host *host = em_host_find(f, id);
    (void)now_ms;
    if (!host || !host->active)
        return;
    f->out -= host->out; /* by the contract none */
    host->out = 0;
    host->active = false;
    host->parked = host->dirty = true;
    f->n_parked++;
}

/* --- robots.txt -------------------------------------------------------------------------- */

enum em_status em_frontier_robots_set(struct em_frontier *f, uint64_t id,
                                      enum em_robots_state state, struct em_view form,
                                      int64_t now_ms, struct em_err *err)
{
    struct em_host *host = em_host_find(f, id);
    if (!host || !host->active || (unsigned)state > EM_ROBOTS_DEAD)
        return em_fail(err, EM_ERR_USAGE, "frontier", "no such host in memory");
    host->dirty = true;
    host->pub.robots = (uint8_t)state;
    if (state != EM_ROBOTS_RULES && state != EM_ROBOTS_ALLOW)
        return EM_OK;
    host->pub.robots_ms = now_ms;
    em_buf_clear(&host->robots_form);
    host->dirty_robots = true;
    if (state == EM_ROBOTS_RULES && em_buf_append_view(&host->robots_form, form) < 0)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "rules of robots.txt");
    return EM_OK;
}

enum em_status em_frontier_robots_get(struct em_frontier *f, uint64_t id, int64_t now_ms,
                                      enum em_robots_state *state, struct em_view *form,
                                      struct em_err *err)
{
    struct em_host *host = em_host_find(f, id);
    char bytes[8];
    *form = EM_VIEW_NONE;
    *state = EM_ROBOTS_UNKNOWN;
    if (!host || !host->active)
        return em_fail(err, EM_ERR_USAGE, "frontier", "no such host in memory");
    const struct em_frontier_host *pub = &host->pub;
    bool fresh = pub->robots_ms > 0 && pub->robots_ms <= now_ms &&
                 now_ms - pub->robots_ms < f->options.polite.robots_ttl_ms;
    if (pub->robots == EM_ROBOTS_DEAD ||
        (pub->robots == EM_ROBOTS_SUSPEND && pub->polite.suspended_ms > now_ms) ||
        ((pub->robots == EM_ROBOTS_RULES || pub->robots == EM_ROBOTS_ALLOW) && fresh))
        *state = (enum em_robots_state)pub->robots;
    if (host->dirty_robots) {
        *form = em_buf_view(&host->robots_form);
        return EM_OK;
    }
    if (pub->robots_ms == 0)
        return EM_OK;
    EM_TRY(em_db_read(f, err));
    em_put_be(bytes, id, 8);
    MDB_val key = em_lmdb_val(em_view_make(bytes, 8)), value;
    int rc = mdb_get(f->read, f->robots, &key, &value);
    if (rc == MDB_NOTFOUND)
        return EM_OK;
    EM_TRY(em_db_fail(err, rc, f));
    *form = em_lmdb_view(&value);
    if (!em_unseal(em_view_make(bytes, 8), form))
        return em_fail(err, EM_ERR_CHECKSUM, "frontier", "stored robots.txt of %.*s",
                       EM_VIEW_ARGS(pub->origin));
    return EM_OK;
}
