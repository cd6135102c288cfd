/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the frontier share. Databases of the environment (docs/FORMATS.md):
 *
 *     meta       format, state; file:<name>, note:<name>
 *     pending    number(8) -> a URL that waits for the sieve
 *     hosts      host(8) -> host record
 *     robots     host(8) -> compact form of its robots.txt
 *     line       0 rank(2) number(8) host(8); 1 number(8) host(8); 2 until(8) host(8)
 *     <family>.<id>   a sorted run, written once by appending, merged, dropped:
 *       seen     first hash(8) -> block of hashes
 *       queue    host(8) class(1) number(8) -> URL row
 *       page     hash(8) -> what became of it; newer runs hide older ones
 *       due      until(8) hash(8) -> URL row of a page to be visited again
 *
 * Integers in keys are big-endian. All values are sealed (base/seal.h).
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_FRONTIER_INT_H
#define EM_CRAWLER_WEB_FRONTIER_FRONTIER_INT_H

#include "base/pack.h"
#include "base/seal.h"
#include "crawler/web/frontier/frontier.h"

#include <lmdb.h>

enum {
    EM_RUN_FANIN = 6,  /* runs of a level that become one of the next */
    EM_MAX_RUNS = 400, /* of all families: LMDB's databases */
    EM_MAX_RUN_KEY = 32,
    EM_SEEN_BLOCK = 240, /* hashes: with seal and key two blocks fill a page of LMDB */
    EM_CACHE_BITS = 20,  /* hashes seen moments ago: 8 MB */
};

enum em_family {
    EM_FAMILY_SEEN,
    EM_FAMILY_QUEUE,
    EM_FAMILY_PAGE,
    EM_FAMILY_DUE,
    EM_FAMILY_COUNT
};

struct em_run {
    uint32_t id, level;
    uint64_t rows, bytes;
    MDB_dbi dbi;
    MDB_cursor *reader; /* of f->read, opened when first used */
};

/* A merge under way: the oldest runs of a level into one of the next, a bounded number of
 * rows a commit. Until it ends the new run is not read. */
struct em_run_merge {
    bool on;
    struct em_run out;
    uint32_t n, in[EM_RUN_FANIN]; /* ids */
    char resume[EM_MAX_RUN_KEY];  /* last key written; resume_len 0: none */
    size_t resume_len;
};

struct em_runs {
    struct em_run *runs; /* oldest first: levels fall, ids rise */
    size_t n, cap;
    struct em_run_merge merge;
};

/* A URL that waits for the sieve (or, `known`, only for its queue). */
struct em_pending {
    uint64_t hash, host;
    size_t at; /* of the URL in batch.bytes */
    uint32_t len, origin_len;
    uint32_t depth;
    float linking, inclusion;
    int64_t lastmod_ms, found_ms;
    uint16_t attempts;
    uint8_t source, class;
    bool known; /* retry or revisit: the sieve lets it through */
    bool revisit;
    bool dropped; /* during the sieve: seen before, or cut */
};

/* A URL row of queue and due. */
struct em_url_row {
    struct em_view path; /* path and query */
    uint64_t host;       /* of due rows; else 0 */
    uint32_t depth, attempts;
    float inclusion;
    int64_t found_ms;
    uint8_t source, class;
    bool revisit;
};

/* What became of a URL. */
struct em_page_row {
    uint8_t outcome, cut, class, error;
    uint16_t http_status;
    uint32_t depth, attempts;
    float inclusion;
    int64_t fetched_ms, due_ms; /* due 0: never */
    int64_t stored_ms;          /* of the capture that holds the payload; 0: none */
    struct em_view etag, last_modified;
    bool digest_known;
    uint8_t digest[20];
    struct em_revisit history;
};

enum { ENTRY_WAITING, ENTRY_OUT, ENTRY_DONE };

/* A URL in memory: some 150 bytes with its text. */
struct em_entry {
    uint64_t seq, hash;
    int64_t found_ms;
    char *text;               /* the URL */
    struct em_page_row *page; /* of a revisit, with its strings after it; else NULL */
    uint32_t depth, url_len;
    float inclusion;
    uint16_t attempts;
    uint8_t source, class, state;
    uint8_t link_class; /* of the link that had it taken; else its class */
};

/* A queued URL that a page with a high score links to (frontier_hint.c). */
struct em_hint {
    uint64_t hash, seq; /* seq: of its row, once that has been found */
    uint64_t page;      /* em_frontier.settled when the latest link was found */
    uint8_t class;      /* of the link */
    uint8_t row_class;  /* of its row */
};
enum { EM_HOST_HINTS = 48 };
/* As the class of a hint and of the gate: several pages of class HIGH link to it. Seeds and
 * redirects pass the gate in any case, so the number is free. */
enum { EM_GATE_SEVERAL = EM_CLASS_FIRST };

struct em_host {
    struct em_frontier_host pub;      /* origin points to `origin` below */
    uint64_t done_to[EM_CLASS_COUNT]; /* all rows up to this number are done */
    uint64_t queued[EM_CLASS_COUNT];
    uint64_t *ahead; /* rows done beyond done_to, sorted */
    size_t n_ahead, cap_ahead;
    enum em_host_place place;
    bool ranked; /* has a key by rank, too */
    uint16_t rank;
    uint64_t number;   /* in the line */
    int64_t asleep_ms; /* key of EM_PLACE_SLEEP */
    struct em_buf origin;
    /* In memory only. */
    struct em_entry *entries;
    size_t n_entries, cap_entries, next_entry;
    size_t out; /* tasks */
    size_t turn_left;
    struct em_hint *hints; /* EM_HOST_HINTS; NULL: none yet */
    size_t n_hints;
    double expected; /* sum of what the classes of its scored pages let expect */
    bool hints_new;  /* their rows have not been looked for */
    bool fair;       /* this turn is one of the uniform share */
    bool active, parked, dirty, stored;
    struct em_buf robots_form; /* staged; dirty_robots */
    bool dirty_robots;
};

/* Rows to be sorted into a run. */
struct em_rowset {
    struct em_buf bytes;
    struct em_row_at {
        size_t at;
        uint32_t key_len, value_len;
    } * rows;
    size_t n, cap;
};

struct em_batch {
    struct em_pending *items;
    size_t n, cap, logged;
    struct em_buf bytes;
};

struct em_frontier {
    struct em_frontier_options options;
    char *dir;
    int lock;
    bool reader, broken, reopened;
    int64_t open_ms, now_ms; /* now: the latest passed in */
    MDB_env *env;
    MDB_txn *read; /* NULL until needed; of a reader: one for its life */
    MDB_dbi meta, hosts, line, robots, pending;
    struct em_runs families[EM_FAMILY_COUNT];
    uint32_t next_run;
    uint64_t next_seq, next_log, next_number;
    char due_mark[16]; /* due rows up to this key are done with */
    int64_t next_due;  /* earliest row after it; INT64_MAX */
    struct em_frontier_counts counts;
    struct em_batch batch;
    uint64_t *cache;
    struct em_rowset pages, dues;
    struct em_buf notes;         /* staged: packed name, value */
    struct em_host **active;     /* open addressing by id; NULL free */
    size_t cap_active, n_active; /* all in memory; parked ones included */
    size_t n_parked, loaded_bytes;
    char scan[3][20]; /* where the search of each line continues */
    size_t scan_len[3];
    bool scan_end[3], line_grown; /* grown: in this commit */
    double turns;                 /* share of fair turns owed */
    double gate;        /* value of the best host in memory, as last looked up */
    unsigned gate_left; /* fetches until it is looked up again */
    struct em_focus_mean gate_classes[EM_CLASS_COUNT]; /* of this run */
    uint64_t out;                                      /* tasks */
    uint64_t settled;                                  /* tasks, of this run */
    struct em_buf scratch, key, value;
    struct em_url url;
    uint64_t work; /* rows written in this commit */
};

static inline MDB_val em_lmdb_val(struct em_view v)
{
    return (MDB_val){.mv_size = v.len, .mv_data = (void *)(uintptr_t)v.data};
}

static inline struct em_view em_lmdb_view(const MDB_val *v)
{
    return em_view_make(v->mv_data, v->mv_size);
}

static inline void em_put_be(char *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (char)(value >> 8 * (bytes - 1 - i));
}

static inline uint64_t em_get_be(const char *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | (uint8_t)in[i];
    return value;
}

/* frontier_record.c: values, sealed for their key. Packing replaces *out; unpacking checks
 * all (EM_ERR_CHECKSUM, EM_ERR_FORMAT) and borrows from `value`. */
EM_MUST_CHECK enum em_status em_record_pack_host(struct em_buf *out,
                                                 const struct em_host *host);
EM_MUST_CHECK enum em_status em_record_unpack_host(struct em_host *host, uint64_t id,
                                                   struct em_view value);
EM_MUST_CHECK enum em_status em_record_pack_url(struct em_buf *out, struct em_view key,
                                                const struct em_url_row *row);
EM_MUST_CHECK enum em_status
em_record_unpack_url(struct em_url_row *row, struct em_view key, struct em_view value);
EM_MUST_CHECK enum em_status em_record_pack_page(struct em_buf *out, struct em_view key,
                                                 const struct em_page_row *row);
EM_MUST_CHECK enum em_status
em_record_unpack_page(struct em_page_row *row, struct em_view key, struct em_view value);
EM_MUST_CHECK enum em_status em_record_pack_pending(struct em_buf *out,
                                                    struct em_view key,
                                                    const struct em_pending *item,
                                                    struct em_view url);
EM_MUST_CHECK enum em_status em_record_unpack_pending(struct em_pending *item,
                                                      struct em_view *url,
                                                      struct em_view key,
                                                      struct em_view value);
EM_MUST_CHECK enum em_status em_record_pack_state(struct em_buf *out,
                                                  const struct em_frontier *f);
EM_MUST_CHECK enum em_status em_record_unpack_state(struct em_frontier *f,
                                                    struct em_view value);

/* frontier_open.c */
EM_MUST_CHECK enum em_status em_db_open(struct em_frontier *f, struct em_err *err);
void em_db_close(struct em_frontier *f);

/* frontier_db.c */
/* Beyond twice what is used: host records rewritten, steps of merges. */
#define EM_SPARE_MAP ((size_t)1 << 30)
enum em_status em_db_fail(struct em_err *err, int rc, const struct em_frontier *f);
/* The reading transaction, begun where there is none. */
EM_MUST_CHECK enum em_status em_db_read(struct em_frontier *f, struct em_err *err);
/* Ends it, with every cursor on it. */
void em_db_read_end(struct em_frontier *f);
/* Begins to write, with room in the map for what is staged. */
EM_MUST_CHECK enum em_status em_db_write(struct em_frontier *f, MDB_txn **txn,
                                         struct em_err *err);

/* frontier_runs.c: any family whose rows are plain. */
const char *em_family_name(enum em_family family);
/* An empty run of level 0 at the end of the family, not yet counted as one. */
EM_MUST_CHECK enum em_status em_run_new(struct em_frontier *f, MDB_txn *txn,
                                        enum em_family family, uint32_t level,
                                        struct em_run *run, struct em_err *err);
EM_MUST_CHECK enum em_status em_run_append(struct em_frontier *f, MDB_cursor *to,
                                           struct em_run *run, struct em_view key,
                                           struct em_view value, struct em_err *err);
/* The run counts from now on. */
EM_MUST_CHECK enum em_status em_run_keep(struct em_frontier *f, enum em_family family,
                                         const struct em_run *run, struct em_err *err);
/* Sorts rows (the last of equal keys wins) and appends them as a run; empties the set. */
EM_MUST_CHECK enum em_status em_runs_write(struct em_frontier *f, MDB_txn *txn,
                                           enum em_family family, struct em_rowset *rows,
                                           struct em_err *err);
/* Newest value of a key, valid as long as the transaction; EM_ERR_NOTFOUND. */
EM_MUST_CHECK enum em_status em_runs_get(struct em_frontier *f, MDB_txn *txn,
                                         enum em_family family, struct em_view key,
                                         struct em_view *value, struct em_err *err);
/* What became of a URL; its views as long as the transaction. EM_ERR_NOTFOUND where nothing
 * has yet. */
EM_MUST_CHECK enum em_status em_page_row_get(struct em_frontier *f, MDB_txn *txn,
                                             uint64_t hash, struct em_page_row *page,
                                             struct em_err *err);
/* Some steps of the family's merge; begins one where a level is full. */
EM_MUST_CHECK enum em_status em_runs_merge(struct em_frontier *f, MDB_txn *txn,
                                           enum em_family family, uint64_t steps,
                                           struct em_err *err);
/* What merging plain rows and hashes share: begins a merge where a level is full; puts the
 * output into the place of the inputs; the place of a run by id, or runs->n. */
EM_MUST_CHECK enum em_status em_merge_begin(struct em_frontier *f, MDB_txn *txn,
                                            enum em_family family, struct em_err *err);
EM_MUST_CHECK enum em_status em_merge_end(struct em_frontier *f, MDB_txn *txn,
                                          enum em_family family, struct em_err *err);
size_t em_run_place(const struct em_runs *runs, uint32_t id);
/* Rows of all runs from `from` on, merged; equal keys once, the newest. */
struct em_scan {
    struct em_scan_part {
        MDB_cursor *cursor;
        struct em_view key, value;
        bool live, own;
    } parts[EM_MAX_RUNS];
    size_t n, at;
};
EM_MUST_CHECK enum em_status em_scan_open(struct em_scan *scan, struct em_frontier *f,
                                          MDB_txn *txn, enum em_family family,
                                          struct em_view from, struct em_err *err);
/* EM_OK, EM_END or negative; views as long as the transaction. */
EM_MUST_CHECK enum em_status em_scan_next(struct em_scan *scan, struct em_frontier *f,
                                          struct em_view *key, struct em_view *value,
                                          struct em_err *err);
void em_scan_close(struct em_scan *scan);

EM_MUST_CHECK enum em_status em_rowset_add(struct em_rowset *set, struct em_view key,
                                           struct em_view value);
void em_rowset_release(struct em_rowset *set);

/* frontier_hint.c */
/* A page with the score `linking` links to the URL. */
void em_hint_add(struct em_frontier *f, uint64_t host, uint64_t hash, double linking);
/* Finds the rows of the host's hints and forgets those without one. */
EM_MUST_CHECK enum em_status em_hint_check(struct em_frontier *f, struct em_host *host,
                                           struct em_scan *scan, struct em_err *err);
/* The best hint, once their rows are known; it is forgotten. False: there is none. */
bool em_hint_take(struct em_host *host, struct em_hint *out);

/* frontier_seen.c */
/* Sets bit i of `seen` where hashes[i] (sorted, distinct) is in a run. */
EM_MUST_CHECK enum em_status em_seen_probe(struct em_frontier *f, MDB_txn *txn,
                                           const uint64_t *hashes, size_t n,
                                           uint8_t *seen, struct em_err *err);
/* Appends hashes (sorted, distinct) as a run. */
EM_MUST_CHECK enum em_status em_seen_write(struct em_frontier *f, MDB_txn *txn,
                                           const uint64_t *hashes, size_t n,
                                           struct em_err *err);
EM_MUST_CHECK enum em_status em_seen_merge(struct em_frontier *f, MDB_txn *txn,
                                           uint64_t steps, struct em_err *err);
/* EM_ERR_CHECKSUM where the block is damaged or out of order. */
EM_MUST_CHECK enum em_status em_seen_check(struct em_view key, struct em_view value,
                                           struct em_view *hashes);

/* frontier_sieve.c */
EM_MUST_CHECK enum em_status em_sieve_add(struct em_frontier *f,
                                          const struct em_pending *item,
                                          struct em_view url, struct em_err *err);
/* Puts what is not logged yet into the log. */
EM_MUST_CHECK enum em_status em_sieve_log(struct em_frontier *f, MDB_txn *txn,
                                          struct em_err *err);
EM_MUST_CHECK enum em_status em_sieve_load(struct em_frontier *f, MDB_txn *txn,
                                           struct em_err *err);
EM_MUST_CHECK enum em_status em_sieve(struct em_frontier *f, MDB_txn *txn, int64_t now_ms,
                                      struct em_err *err);

/* frontier_host.c */
struct em_host *em_host_find(const struct em_frontier *f, uint64_t id);
void em_host_free(struct em_frontier *f, struct em_host *host);
void em_host_init(struct em_host *host);
void em_host_clear(struct em_host *host); /* contents, not the struct itself */
size_t em_entry_bytes(const struct em_entry *entry);
/* True where the row is among the first `n` ahead, which are sorted. */
bool em_host_is_ahead(const struct em_host *host, size_t n, uint64_t seq);
/* True where the row is in memory, or done beyond done_to. */
bool em_host_has_row(const struct em_host *host, uint64_t seq);
void em_entry_free(struct em_frontier *f, struct em_entry *entry);
void em_host_unload(struct em_frontier *f, struct em_host *host); /* its URLs in memory */
/* Reads a record; EM_ERR_NOTFOUND. */
EM_MUST_CHECK enum em_status em_host_read(struct em_frontier *f, MDB_txn *txn,
                                          uint64_t id, struct em_host *host,
                                          struct em_err *err);
/* Moves the host in the line to where it belongs by what it holds, and stores it. */
EM_MUST_CHECK enum em_status em_host_store(struct em_frontier *f, MDB_txn *txn,
                                           struct em_host *host, int64_t now_ms,
                                           struct em_err *err);
/* Drops all that is queued, counted as `cut`. */
void em_host_drop_queue(struct em_frontier *f, struct em_host *host, enum em_cut cut);
bool em_host_over_budget(const struct em_frontier *f, const struct em_host *host);

/* frontier_task.c */
/* DONE entries become done_to and ahead. */
EM_MUST_CHECK enum em_status em_host_settle(const struct em_frontier *f,
                                            struct em_host *host);

#endif
