/* SPDX-License-Identifier: Apache-2.0
 *
 * The frontier: everything a crawl knows and has still to do, in one LMDB environment in its
 * directory, in memory that does not grow with the crawl.
 *
 * Life of a URL:
 *
 *     em_frontier_add ─ cut by scope ──────────────────────────────> counted
 *          │
 *       PENDING   a batch in memory, logged at every commit
 *          │ sieve: the batch, sorted by hash, is merged against the sorted runs of all
 *          │ hashes ever seen; what is new comes out in the order in which it was seen first
 *          ├─ seen before ─────────────────────────────────────────> counted
 *          ├─ cut by traps, budget, queue length ──────────────────> counted
 *       QUEUED    on disk, in its host's queue: by class (focus.h), then first seen first
 *          │ em_frontier_host_next, em_frontier_task_next
 *        TAKEN    in memory only: after a crash it is QUEUED again
 *          │ em_frontier_done
 *         DONE    fetched, redirected, cut or failed, with what a revisit needs to know
 *          └─ when due: QUEUED again
 *
 * One commit is one transaction: what was done, what was found, what hosts were learnt
 * about, and how long the WARC files were that hold the results. So after kill -9 the caller
 * cuts each file to em_frontier_file_each()'s length, and continues: what was not committed is
 * fetched again, what was committed is neither lost nor fetched twice. The caller must have
 * written a result to the file (and synced it, if the machine itself may fail) before the
 * commit that reports it.
 *
 * Order is the same for the same calls in the same order; nothing depends on the clock but
 * what is passed in as now_ms (milliseconds since 1970; should not go back).
 *
 * Hosts: a host is an origin, scheme://name:port. One that has URLs waits its turn on disk;
 * em_frontier_host_next() takes it into memory (at most max_hosts), where it stays while the
 * workbench holds it, until em_frontier_host_release(). A turn is `host_urls` URLs when
 * other hosts wait; then em_frontier_task_next() says EM_END and the host goes to the end of
 * the line. With a focus, hosts with a higher score come first, but `share` of the turns go
 * to the host that has waited longest: nothing starves.
 *
 * The loop, in short:
 *
 *     while (em_workbench has room && em_frontier_host_next(f, now, &host, &err) == EM_OK)
 *         resolve(host->origin), then em_workbench_put(wb, host->id, ip, host->polite.next_ms)
 *     while (em_workbench_take(wb, &grant, now) == EM_OK)
 *         host = em_frontier_host_get(f, grant.host)
 *         switch (em_frontier_robots_get(...))   fetch robots.txt first where UNKNOWN
 *         switch (em_frontier_task_next(f, grant.host, now, &task, &err))
 *             EM_OK:  em_polite_begin(), start the fetch
 *             EM_END: em_workbench_release(), em_workbench_remove(),
 *                     em_frontier_host_release()
 *     when a fetch ends:
 *         em_polite_end(); write the WARC; em_frontier_add() each link; em_frontier_done();
 *         em_workbench_release(wb, id, host->polite.next_ms, host->polite.next_ms)
 *     every few seconds, when em_frontier_commit_due(), or when nothing else is to do and
 *     em_frontier_hungry():
 *         em_frontier_commit(f, now, files, n_files, flags, &err)
 *
 * A failed commit leaves the directory as the last commit left it, or as it would have left
 * it itself where only the merging of runs after it failed, and the object useless but for
 * em_frontier_free(): open it again. One writer at a time; any number of processes may
 * open it for reading meanwhile and see the last commit. One object, one thread.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_FRONTIER_H
#define EM_CRAWLER_WEB_FRONTIER_FRONTIER_H

#include "crawler/web/frontier/focus.h"
#include "crawler/web/frontier/polite.h"
#include "crawler/web/frontier/revisit.h"
#include "crawler/web/frontier/trap.h"

enum { EM_FRONTIER_FORMAT = 3 }; /* docs/FORMATS.md */

enum em_frontier_mode {
    EM_FRONTIER_READ,  /* EM_ERR_NOTFOUND where there is none */
    EM_FRONTIER_WRITE, /* makes the folder where there is none; EM_ERR_IO with the other
                          process's number where another writes */
};

struct em_frontier_options {
    const struct em_scope *scope; /* borrowed until free; NULL: everything */
    struct em_trap_options trap;
    struct em_polite_options polite;
    struct em_focus_options focus;
    struct em_revisit_options revisit;
    unsigned rules;       /* enum em_url_rule */
    size_t max_hosts;     /* in memory at once; 20,000 */
    size_t host_urls;     /* a turn; 50, at most EM_MAX_HOST_TASKS */
    size_t batch;         /* URLs that wait for the sieve; at most EM_MAX_SIEVE_BATCH */
    uint64_t budget;      /* pages of the crawl; 0: any number */
    uint64_t budget_host; /* of one host; 0: any number */
    uint64_t max_queue_host; /* URLs queued for one host; EM_MAX_HOST_QUEUE */
    bool gate; /* with a focus: hosts far below the best one in memory wait, but for the
                  uniform share. For crawls with a budget of pages: what is not spent on
                  them is spent on better ones; without a budget it would only take longer. */
    bool no_sync; /* commits survive a killed process, not a lost machine */
};
void em_frontier_options_init(struct em_frontier_options *options);

struct em_frontier;

/* `dir` is the frontier's own folder. `options` is copied; may be NULL with READ. */
EM_MUST_CHECK enum em_status em_frontier_open(struct em_frontier **out, const char *dir,
                                              enum em_frontier_mode mode,
                                              const struct em_frontier_options *options,
                                              int64_t now_ms, struct em_err *err);
/* NULL is allowed. Nothing is committed. */
void em_frontier_free(struct em_frontier *frontier);

/* --- URLs in ----------------------------------------------------------------------------- */

enum em_link_source {
    EM_LINK_SEED,     /* passes depth and scope; goes first */
    EM_LINK_PAGE,     /* of a page: depth is the page's + 1 */
    EM_LINK_REDIRECT, /* depth is the page's; goes first */
    EM_LINK_SITEMAP,  /* a page that a sitemap lists */
    EM_LINK_FEED,     /* a page that a feed lists */
    EM_LINK_LISTING,  /* a sitemap or feed itself: named by robots.txt, by an index, by
                        <link rel=alternate> or by the user; goes first */
    EM_LINK_SOURCE_COUNT
};

struct em_frontier_link {
    enum em_link_source source;
    uint32_t depth;
    double linking;     /* score of the page it appears on, in [0, 1]; NAN: none */
    float inclusion;    /* REDIRECT: that of the task which was redirected */
    int64_t lastmod_ms; /* when the page changed, as a sitemap or feed says; 0: unknown.
                           A page fetched before that is due again. */
};

/* Takes a URL that was found: normalises it in place, asks the scope, and puts it into the
 * batch. *cut: EM_CUT_NONE, or why it is not taken (counted; the caller counts nothing).
 * EM_AGAIN: the batch is full, commit and call again. `url` is parsed and absolute (one seen
 * moments ago is left as it is). */
EM_MUST_CHECK enum em_status em_frontier_add(struct em_frontier *frontier,
                                             struct em_url *url,
                                             const struct em_frontier_link *link,
                                             enum em_cut *cut, struct em_err *err);
/* Counts what the caller itself cut before asking (NOFOLLOW, ...). */
void em_frontier_cut(struct em_frontier *frontier, enum em_cut cut);

/* --- hosts ------------------------------------------------------------------------------- */

/* A host in memory. The caller changes `polite` (through polite.h), `trap` (through
 * em_trap_missing and em_trap_page), `score` (em_focus_learn) and `error`, no more; changes
 * are stored by the next commit. Valid until em_frontier_host_release(). */
struct em_frontier_host {
    uint64_t id;           /* XXH3 of the origin */
    struct em_view origin; /* "https://a.example:8443": no final slash */
    struct em_polite polite;
    struct em_trap_host trap;
    struct em_focus_mean score;
    uint64_t queued;   /* URLs on disk that are not done */
    uint64_t fetched;  /* pages: FETCHED and UNCHANGED */
    uint64_t settled;  /* URLs done in any way */
    uint64_t failed;   /* answers that failed */
    uint64_t cut;      /* URLs cut by traps, budget, robots */
    uint8_t last_cut;  /* enum em_cut of the last of them */
    uint8_t error;     /* of the last answer, a number of the caller's; 0: none */
    uint8_t robots;    /* enum em_robots_state as stored; see em_frontier_robots_get */
    int64_t robots_ms; /* when robots.txt was read; 0: never */
};

/* The next host whose turn it is. EM_END: none now; *wake_ms (may be NULL) then says when a
 * suspended host or a revisit is due (INT64_MAX: none; no later than now_ms: a commit will
 * bring it), or max_hosts are in memory.
 * After a restart polite.next_ms is at least one delay after the opening, since what was
 * asked last before a crash is not known. */
EM_MUST_CHECK enum em_status em_frontier_host_next(struct em_frontier *frontier,
                                                   int64_t now_ms,
                                                   struct em_frontier_host **host,
                                                   int64_t *wake_ms, struct em_err *err);
/* A host in memory, or NULL. */
struct em_frontier_host *em_frontier_host_get(struct em_frontier *frontier, uint64_t id);
/* A page of the host that is done deserved `more`, in [0, 1], than its score was: what speaks
 * for it came later. Without effect on a host that is not in memory. */
void em_frontier_host_correct(struct em_frontier *frontier, uint64_t id, double more);

/* The host leaves memory (at the next commit): to the end of the line where it has URLs, to
 * sleep where polite.suspended_ms is later than now, out where it is dead or done. No task
 * of it may be out. The pointer is invalid from here on. */
void em_frontier_host_release(struct em_frontier *frontier, uint64_t id, int64_t now_ms);

/* Stores what em_polite_robots() made of an attempt; `form` (robots.h, copied) counts with
 * EM_ROBOTS_RULES, and is kept from before with EM_ROBOTS_SUSPEND. */
EM_MUST_CHECK enum em_status em_frontier_robots_set(struct em_frontier *frontier,
                                                    uint64_t id,
                                                    enum em_robots_state state,
                                                    struct em_view form, int64_t now_ms,
                                                    struct em_err *err);
/* *state is EM_ROBOTS_UNKNOWN where robots.txt was never read, is older than robots_ttl_ms,
 * or was suspended and the time is over. `form` (empty for ALLOW) borrows: valid until the
 * next commit or set. It may be given with UNKNOWN, too: the older rules. */
EM_MUST_CHECK enum em_status em_frontier_robots_get(struct em_frontier *frontier,
                                                    uint64_t id, int64_t now_ms,
                                                    enum em_robots_state *state,
                                                    struct em_view *form,
                                                    struct em_err *err);

/* --- URLs out ---------------------------------------------------------------------------- */

struct em_frontier_task {
    uint64_t host, seq;
    uint64_t hash; /* XXH3 of the URL */
    struct em_view url;
    enum em_class class;
    enum em_link_source source;
    uint32_t depth;
    uint32_t attempts; /* that failed so far */
    float inclusion;   /* of the sample, for weights; 0: not part of it */
    int64_t found_ms;
    /* Of the last visit, for conditional requests and for "changed or not"; empty and 0
     * where there was none. */
    bool revisit;
    int64_t fetched_ms;
    int64_t stored_ms; /* when the payload of `digest` was archived; 0: it was not */
    struct em_view etag, last_modified;
    bool digest_known;
    uint8_t digest[20];
};

/* The host's next URL. Views are valid until em_frontier_done() of this task. EM_AGAIN: the
 * gate holds it back, ask again later. EM_END: no more in this turn, or the budget is used
 * up: release the host once none of its tasks is out. Several tasks of a host may be out, at most EM_MAX_HOST_TASKS. */
EM_MUST_CHECK enum em_status em_frontier_task_next(struct em_frontier *frontier,
                                                   uint64_t host, int64_t now_ms,
                                                   struct em_frontier_task *task,
                                                   struct em_err *err);

enum em_outcome {
    EM_OUTCOME_FETCHED,    /* an answer of any status that is kept */
    EM_OUTCOME_UNCHANGED,  /* 304, or the payload of the last visit */
    EM_OUTCOME_REDIRECTED, /* the target has been added */
    EM_OUTCOME_CUT,        /* not fetched or not kept; `cut` says why */
    EM_OUTCOME_FAILED,     /* no whole answer: tried again, polite.max_attempts times */
    EM_OUTCOME_RETURNED,   /* not tried after all (shutting down): stays queued */
    EM_OUTCOME_COUNT
};
/* "fetched"; "unknown" for other numbers. */
const char *em_outcome_name(enum em_outcome outcome);

struct em_frontier_result {
    enum em_outcome outcome;
    enum em_cut cut;
    int http_status; /* 0: no answer */
    uint8_t error;   /* why there is none, a number of the caller's; 0: none */
    int64_t now_ms;
    struct em_view etag, last_modified; /* copied; over 512 bytes left out */
    const uint8_t *digest;              /* 20 bytes (SHA-1 of the payload), or NULL */
    int64_t stored_ms; /* of the capture that holds that payload; 0: none does */
    double score;      /* NAN: no verdict; else the host and the crawl learn */
    bool no_revisit;   /* never again (410, noarchive, not a page, ...) */
};

/* The task is over. `task` as it was given. */
EM_MUST_CHECK enum em_status em_frontier_done(struct em_frontier *frontier,
                                              const struct em_frontier_task *task,
                                              const struct em_frontier_result *result,
                                              struct em_err *err);

/* --- commits ----------------------------------------------------------------------------- */

struct em_frontier_file {
    struct em_view name;
    uint64_t length; /* bytes that hold what is committed */
    bool closed;     /* complete: not listed any more */
};

enum {
    EM_COMMIT_SIEVE = 1, /* sieve the batch even if it is small */
};

/* All or nothing. The sieve runs when the batch is worth it, when no other host waits, or
 * when asked to. Runs are merged step by step, a bounded number of rows a commit. */
EM_MUST_CHECK enum em_status em_frontier_commit(struct em_frontier *frontier,
                                                int64_t now_ms,
                                                const struct em_frontier_file *files,
                                                size_t n_files, unsigned flags,
                                                struct em_err *err);
/* What waits for a commit has reached a quarter of its maximum. */
bool em_frontier_commit_due(const struct em_frontier *frontier);
/* A commit may give more to do: URLs wait for the sieve or results for storing, or hosts
 * were released since the last. */
bool em_frontier_hungry(const struct em_frontier *frontier);

/* Files not closed, as of the last commit, in order of their names. */
typedef enum em_status em_frontier_file_fn(void *context,
                                           const struct em_frontier_file *file);
EM_MUST_CHECK enum em_status em_frontier_file_each(struct em_frontier *frontier,
                                                   em_frontier_file_fn *fn, void *context,
                                                   struct em_err *err);

/* A note of the caller's under a name of at most 64 bytes, at most 64 KiB: stored by the
 * next commit (counters that go on after a restart, the options of the crawl). */
EM_MUST_CHECK enum em_status em_frontier_note_put(struct em_frontier *frontier,
                                                  struct em_view name,
                                                  struct em_view value,
                                                  struct em_err *err);
/* Appends the note to *value. EM_ERR_NOTFOUND. */
EM_MUST_CHECK enum em_status em_frontier_note_get(struct em_frontier *frontier,
                                                  struct em_view name,
                                                  struct em_buf *value,
                                                  struct em_err *err);

/* --- what it knows ----------------------------------------------------------------------- */

struct em_frontier_counts {
    uint64_t found;   /* calls of em_frontier_add that were answered */
    uint64_t refused; /* of them cut before the batch: scope, length, ... */
    uint64_t cached;  /* of them seen moments ago, not even put into the batch */
    uint64_t pending; /* in the batch */
    uint64_t repeats; /* seen before, by the sieve */
    uint64_t seen;    /* distinct URLs */
    uint64_t trapped; /* of them cut by the sieve: traps, budget, queue length */
    uint64_t queued;  /* on disk, not done (taken ones included) */
    uint64_t revisits, retries; /* put into queues again */
    uint64_t due;               /* waiting to be visited again */
    uint64_t hosts;             /* ever seen */
    uint64_t hosts_waiting, hosts_asleep, hosts_dead;
    uint64_t hosts_memory; /* this process's; 0 when read by another */
    uint64_t outcomes[EM_OUTCOME_COUNT];
    uint64_t cuts[EM_CUT_COUNT];
    struct em_focus_stream streams[EM_CLASS_COUNT];
    struct em_focus_mean score; /* of the crawl */
    uint64_t commits;
    uint64_t runs, run_bytes; /* sorted runs on disk */
};
/* found = refused + cached + pending + repeats + seen, always (retries and revisits are not
 * found again); `cuts` has every reason, those of refused, of seen, and of tasks. A reader
 * gets the last commit's. */
EM_MUST_CHECK enum em_status em_frontier_count(struct em_frontier *frontier,
                                               struct em_frontier_counts *counts,
                                               struct em_err *err);

enum em_url_state {
    EM_URL_UNKNOWN,  /* never added, or cut before */
    EM_URL_PENDING,  /* waits for the sieve */
    EM_URL_QUEUED,   /* in its host's queue; may be taken */
    EM_URL_DONE,     /* has an outcome */
    EM_URL_CUT_SEEN, /* seen, then cut by trap, budget or queue length */
};
struct em_frontier_why {
    enum em_url_state state;
    enum em_cut cut;     /* what scope and traps say of it now; of DONE: what was said */
    enum em_class class; /* of QUEUED */
    uint64_t ahead;      /* of QUEUED: URLs of the host that come before it; counted up to
                            a million */
    uint32_t depth, attempts;
    float inclusion;
    enum em_outcome outcome; /* of DONE */
    int http_status;
    uint8_t error;              /* as em_frontier_done() was told */
    int64_t fetched_ms, due_ms; /* due_ms 0: never again */
    struct em_revisit history;
    bool host_known;
    struct em_frontier_host host; /* origin is empty: it is the URL's */
};
/* All that is known of a URL; `url` is normalised in place. For reader and writer (of which
 * what is not committed is not seen). Time grows with the host's queue. */
EM_MUST_CHECK enum em_status em_frontier_why(struct em_frontier *frontier,
                                             struct em_url *url, int64_t now_ms,
                                             struct em_frontier_why *why,
                                             struct em_err *err);

/* Every host of the last commit, in order of its id. `host` is valid during the call. */
enum em_host_place {
    EM_PLACE_NONE,  /* nothing to do */
    EM_PLACE_LINE,  /* has URLs: waits its turn, or is in the writer's memory */
    EM_PLACE_SLEEP, /* suspended until polite.suspended_ms */
    EM_PLACE_DEAD,  /* given up: did not answer, or robots.txt could not be had */
};
typedef enum em_status em_frontier_host_fn(void *context,
                                           const struct em_frontier_host *host,
                                           enum em_host_place place);
EM_MUST_CHECK enum em_status em_frontier_host_each(struct em_frontier *frontier,
                                                   em_frontier_host_fn *fn, void *context,
                                                   struct em_err *err);

/* Checks what is stored: every record's checksum and form, order of all runs, sums against
 * counters, every host with URLs in the line. EM_ERR_FORMAT and a text where something is
 * wrong. Reads everything. */
EM_MUST_CHECK enum em_status em_frontier_validate(struct em_frontier *frontier,
                                                  struct em_err *err);

#endif
