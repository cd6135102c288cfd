/* SPDX-License-Identifier: Apache-2.0
 *
 * See crawl.h: opening, the loop, commits, the end.
 */
#include "pipeline/crawl/crawl_int.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/limits.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_MS 500
/* Nothing is slept through for longer: stop flags and answers of the resolver come without
 * an event of their own at worst. */
#define LONGEST_SLEEP_MS 500
/* URLs that only a commit can bring wait so long while others are fetched, or so many times
 * as long as the last commit took: then commits take a twentieth of the time at most. */
#define HUNGRY_MS    100
#define HUNGRY_TIMES 20
/* Transfers that are under way when it is time to stop may end for so long. */
#define GRACE_MS 3000
/* Pages fetched and not read yet, by number and by bytes. */
#define MAX_WORKS 4000
#define MAX_BYTES (128 * EM_MIB)
/* A crawl with a focus and a budget chooses each page by what those before it have shown. So
 * pages that are out, and pages whose links no commit has brought in yet, are at most this
 * part of those fetched: more would be chosen without knowing. */
#define CHOICE_PART  16
#define CHOICE_LEAST 4
/* With nothing taken or settled for so long one page more goes out: a few hosts that do not
 * answer hold up no crawl. */
#define CHOICE_MS 1000
/* Granted in one go: transfers want attention, too. */
#define GRANTS 256

void em_crawl_options_init(struct em_crawl_options *options)
{
    *options = (struct em_crawl_options){.agent = "echometer",
                                         .scope.max_depth = UINT32_MAX,
                                         .scope.kind = EM_SCOPE_HOST,
                                         .per_host = 1,
                                         .per_ip = 1,
                                         .ipv6_prefix = 64,
                                         .threads = 1,
                                         .max_active = 1000,
                                         .max_redirects = 10,
                                         .linger_ms = 60000,
                                         .commit_ms = 5000,
                                         .obey = true,
                                         .robots_sitemaps = true,
                                         .tdmrep = true,
                                         .ai_txt = true,
                                         .licences = true,
                                         .soft404 = true};
    em_frontier_options_init(&options->frontier);
    em_fetcher_options_init(&options->fetch);
    /* libcurl looks through all connections it keeps for the oldest, for each that ends:
     * with thousands of hosts nothing else would be done. */
    options->fetch.max_idle = 128;
    em_resolver_options_init(&options->resolve);
    em_warc_writer_options_init(&options->warc);
}

int64_t em_crawl_now(const struct em_crawl *c)
{
    return c->start_real_ms + (int64_t)(1000 * (em_clock_now() - c->start_mono));
}

void em_crawl_fail(struct em_crawl *c, enum em_status status)
{
    if (status >= 0 || c->status < 0)
        return;
    c->status = status;
    if (c->err && c->err->status != status)
        em_fail(c->err, status, "crawl", "%s", em_status_text(status));
}

/* Pages are chosen: see CHOICE_PART. */
static bool chooses(const struct em_crawl *c)
{
    return c->o->max_pages > 0 && c->o->frontier.focus.focus != EM_FOCUS_UNIFORM;
}

/* --- commits ------------------------------------------------------------------------------- */

/* Files of the archive that are complete, to whoever takes them. */
static enum em_status report_closed(struct em_crawl *c, uint32_t before)
{
    char name[EM_WARC_NAME];
    for (; c->reported < before; c->reported++) {
        em_warc_writer_name(c->warc, c->reported, name);
        em_buf_clear(&c->text);
        EM_TRY(em_buf_printf(&c->text, "%s/%s", c->warc_dir, name));
        if (c->o->closed && access(c->text.data, R_OK) == 0)
            EM_TRY(c->o->closed(c->o->context, c->text.data, c->err));
    }
    return EM_OK;
}

/* With the next commit. */
static enum em_status put_stats(struct em_crawl *c, const struct em_warc_mark *mark)
{
    c->stats->warc = *mark;
    em_buf_clear(&c->text);
    EM_TRY(em_crawl_stats_pack(&c->text, c->stats));
    return em_frontier_note_put(c->frontier, EM_VIEW("crawl"), em_buf_view(&c->text),
                                c->err);
}

enum em_status em_crawl_commit(struct em_crawl *c, unsigned flags)
{
    int64_t now = em_crawl_now(c);
    EM_TRY(em_warc_writer_flush(c->warc, c->err));
    struct em_warc_mark mark = em_warc_writer_tell(c->warc);
    EM_TRY(put_stats(c, &mark));
    EM_TRY(em_frontier_commit(c->frontier, now, NULL, 0, flags, c->err));
    c->committed_ms = em_crawl_now(c);
    c->commit_took_ms = c->committed_ms - now;
    c->hosts_wake_ms = 0;
    c->pages_due = false;
    c->dirty = 0;
    return report_closed(c, mark.serial);
}

enum em_status em_crawl_add(struct em_crawl *c, struct em_url *url,
                            const struct em_frontier_link *link, enum em_cut *cut)
{
    enum em_status status = em_frontier_add(c->frontier, url, link, cut, c->err);
    if (status != EM_AGAIN)
        return status;
    EM_TRY(em_crawl_commit(c, EM_COMMIT_SIEVE));
    return em_frontier_add(c->frontier, url, link, cut, c->err);
}

/* A commit brings new URLs to fetch. */
static bool hungry_for_commit(const struct em_crawl *c)
{
    return c->pages_due || em_frontier_hungry(c->frontier);
}

static bool commit_wanted(struct em_crawl *c, int64_t now)
{
    int64_t since = now - c->committed_ms;
    if (em_frontier_commit_due(c->frontier))
        return true;
    bool hungry = hungry_for_commit(c);
    if (since >= c->o->commit_ms && (hungry || c->dirty))
        return true;
    if (chooses(c) && hungry && c->dirty > c->stats->pages / CHOICE_PART)
        return true;
    if (!hungry || c->hosts_wake_ms <= now)
        return false;
    bool idle = c->n_hosts == 0 && em_work_pool_count(c->pool) == 0;
    return idle || (since >= HUNGRY_MS && since >= HUNGRY_TIMES * c->commit_took_ms);
}

/* --- opening -------------------------------------------------------------------------------- */

static enum em_status make_dir(const char *path, struct em_err *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return EM_OK;
    return em_fail(err, EM_ERR_IO, "crawl", "cannot make '%s': %s", path,
                   strerror(errno));
}

static char *join(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = em_malloc(n);
    if (path)
        snprintf(path, n, "%s/%s", dir, name);
    return path;
}

/* "example.org" is what people type. */
static enum em_status parse_seed(struct em_crawl *c, const char *seed)
{
    const char *scheme = strstr(seed, "://") ? "" : "https://";
    em_buf_clear(&c->text);
    EM_TRY(em_buf_printf(&c->text, "%s%s", scheme, seed));
    enum em_status status = em_url_parse(&c->url, em_buf_view(&c->text), NULL);
    if (status == EM_ERR_NOMEM)
        return status;
    if (status < 0 ||
        (c->url.scheme != EM_SCHEME_HTTP && c->url.scheme != EM_SCHEME_HTTPS) ||
        c->url.pass_end > c->url.user)
        return em_fail(c->err, EM_ERR_USAGE, "crawl",
                       "'%s' is no http or https URL without credentials", seed);
    return EM_OK;
}

static enum em_status open_scope(struct em_crawl *c)
{
    const struct em_crawl_options *o = c->o;
    EM_TRY(em_scope_new(&c->scope, &o->scope, c->err));
    for (size_t i = 0; i < o->n_seeds + o->n_sitemaps; i++) {
        EM_TRY(parse_seed(c, i < o->n_seeds ? o->seeds[i] : o->sitemaps[i - o->n_seeds]));
        EM_TRY(em_scope_seed(c->scope, &c->url, c->err));
    }
    return EM_OK;
}

static enum em_status open_frontier(struct em_crawl *c)
{
    struct em_frontier_options options = c->o->frontier;
    options.scope = c->scope;
    options.gate = chooses(c);
    /* A focused crawl is no sample (crawl_settle.c), so nothing is left to chance. */
    options.focus.floor = 1;
    EM_TRY(make_dir(c->o->dir, c->err));
    EM_TRY(make_dir(c->warc_dir, c->err));
    EM_TRY(em_frontier_open(&c->frontier, c->frontier_dir, EM_FRONTIER_WRITE, &options,
                            em_crawl_now(c), c->err));
    /* Seeds that had moved: the scope has followed them. */
    enum em_status status =
        em_frontier_note_get(c->frontier, EM_VIEW("scope"), &c->widened, NULL);
    if (status == EM_ERR_NOTFOUND)
        return EM_OK;
    EM_TRY(status);
    for (size_t at = 0; at < c->widened.len;) {
        struct em_view all = em_buf_view(&c->widened);
        size_t end = em_view_find(all, at, EM_VIEW("\n"));
        if (em_url_parse(&c->url, em_view_sub(all, at, end - at), NULL) == EM_OK)
            EM_TRY(em_scope_seed(c->scope, &c->url, c->err));
        at = end + 1;
    }
    return EM_OK;
}

/* Nothing is changed where there is none yet. */
static enum em_status read_stats(struct em_frontier *frontier, struct em_buf *scratch,
                                 struct em_crawl_stats *stats, struct em_err *err)
{
    em_buf_clear(scratch);
    enum em_status status =
        em_frontier_note_get(frontier, EM_VIEW("crawl"), scratch, NULL);
    if (status == EM_OK)
        status = em_crawl_stats_unpack(stats, em_buf_view(scratch));
    else if (status == EM_ERR_NOTFOUND) /* what versions before this one wrote */
        status = em_frontier_note_get(frontier, EM_VIEW("warc"), scratch, NULL) == EM_OK
                     ? EM_ERR_VERSION
                     : EM_OK;
    return status == EM_ERR_VERSION
               ? em_fail(err, status, "crawl",
                         "the crawl was begun by another version of echometer")
               : status;
}

static enum em_status open_archive(struct em_crawl *c)
{
    struct em_warc_writer_options options = c->o->warc;
    options.dir = c->warc_dir;
    EM_TRY(read_stats(c->frontier, &c->text, c->stats, c->err));
    struct em_warc_mark mark = c->stats->warc;
    EM_TRY(em_warc_writer_recover(c->warc_dir, options.prefix, &mark, NULL, c->err));
    EM_TRY(em_warc_writer_open(&c->warc, &options, &mark, c->err));
    c->stats->warc = mark;
    return report_closed(c, mark.serial);
}

static enum em_status open_network(struct em_crawl *c)
{
    const struct em_crawl_options *o = c->o;
    struct em_fetcher_options fetch = o->fetch;
    struct em_resolver_options resolve = o->resolve;
    struct em_workbench_options bench = {
        .max_hosts = o->frontier.max_hosts + 1,
        .per_ip = o->per_ip,
        .per_host = o->per_host,
        .ip_gap_ms = o->per_ip == 1 ? o->frontier.polite.delay_ms : 0};
    fetch.max_transfers = o->max_active;
    EM_TRY(em_fetcher_new(&c->fetcher, &fetch, em_crawl_fetched, c, c->err));
    resolve.wake = em_fetcher_wake;
    resolve.wake_context = c->fetcher;
    EM_TRY(em_resolver_new(&c->resolver, &resolve, c->err));
    EM_TRY(em_resolver_override_text(c->resolver, o->overrides, c->err));
    EM_TRY(em_workbench_new(&c->bench, &bench, c->err));
    if (o->frontier.focus.focus == EM_FOCUS_ECHO && em_crawl_echo_new(&c->echo) < 0)
        return em_fail(c->err, EM_ERR_NOMEM, "crawl", "out of memory");
    struct em_work_options work = {.threads = o->threads,
                                   .max_works = MAX_WORKS,
                                   .max_bytes = MAX_BYTES,
                                   .links = true,
                                   .sketch = true,
                                   .agent = o->agent,
                                   .model = o->model,
                                   .prints = c->echo != NULL,
                                   .wake = em_fetcher_wake,
                                   .wake_context = c->fetcher};
    return em_work_pool_new(&c->pool, &work, c->err);
}

static enum em_status add_seeds(struct em_crawl *c)
{
    const struct em_crawl_options *o = c->o;
    struct em_frontier_link link = {.linking = NAN};
    enum em_cut cut;
    for (size_t i = 0; i < o->n_seeds + o->n_sitemaps; i++) {
        bool seed = i < o->n_seeds;
        link.source = seed ? EM_LINK_SEED : EM_LINK_LISTING;
        EM_TRY(parse_seed(c, seed ? o->seeds[i] : o->sitemaps[i - o->n_seeds]));
        EM_TRY(em_crawl_add(c, &c->url, &link, &cut));
    }
    return em_crawl_commit(c, EM_COMMIT_SIEVE);
}

static enum em_status open_all(struct em_crawl *c)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    c->start_real_ms = 1000 * (int64_t)now.tv_sec + now.tv_nsec / 1000000;
    c->start_mono = em_clock_now();
    em_url_init(&c->url, EM_MAX_URL);
    em_url_init(&c->base, EM_MAX_URL);
    em_robots_txt_init(&c->robots);
    em_robots_query_init(&c->query);
    em_buf_init(&c->text, EM_MIB);
    em_buf_init(&c->meta, 64 * EM_KIB);
    em_buf_init(&c->message, EM_MAX_BLOCK);
    em_buf_init(&c->widened, 60 * EM_KIB);
    c->warc_dir = join(c->o->dir, "warc");
    c->frontier_dir = join(c->o->dir, "frontier");
    c->hops = em_calloc(EM_CRAWL_HOPS, sizeof(c->hops[0]));
    c->dead = em_calloc(EM_CRAWL_DEAD, sizeof(c->dead[0]));
    if (!c->warc_dir || !c->frontier_dir || !c->hops || !c->dead ||
        em_coder_new(&c->coder) != EM_OK)
        return em_fail(c->err, EM_ERR_NOMEM, "crawl", "out of memory");
    EM_TRY(open_scope(c));
    EM_TRY(open_frontier(c));
    EM_TRY(open_archive(c));
    EM_TRY(open_network(c));
    return add_seeds(c);
}

static void close_all(struct em_crawl *c)
{
    em_work_pool_free(c->pool);
    em_crawl_echo_free(c->echo);
    em_resolver_free(c->resolver); /* its threads wake the fetcher */
    em_fetcher_free(c->fetcher);
    em_workbench_free(c->bench);
    em_crawl_hosts_release(c);
    em_warc_writer_free(c->warc);
    em_frontier_free(c->frontier);
    em_scope_free(c->scope);
    for (struct em_crawl_fetch *fetch = c->free_fetches, *next; fetch; fetch = next) {
        next = fetch->next_free;
        em_free(fetch);
    }
    em_free(c->hops);
    em_free(c->dead);
    em_coder_free(c->coder);
    em_url_release(&c->url);
    em_url_release(&c->base);
    em_robots_txt_release(&c->robots);
    em_robots_query_release(&c->query);
    em_buf_release(&c->text);
    em_buf_release(&c->meta);
    em_buf_release(&c->message);
    em_buf_release(&c->widened);
    em_free(c->warc_dir);
    em_free(c->frontier_dir);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void fill_stats(struct em_crawl *c, int64_t now)
{
    struct em_crawl_stats *s = c->stats;
    struct em_workbench_counts counts;
    em_workbench_count(c->bench, &counts);
    s->seconds = em_clock_now() - c->start_mono;
    s->active = em_fetcher_active(c->fetcher);
    s->pages_waiting = em_work_pool_count(c->pool);
    s->hosts_active = counts.busy;
    s->hosts_waiting = counts.hosts_ready;
    s->oldest_wait_ms = counts.oldest_due < now ? now - counts.oldest_due : 0;
    int64_t due = em_workbench_next_due(c->bench);
    s->next_due_ms = due == INT64_MAX ? -1 : due > now ? due - now : 0;
    em_crawl_fail(c, em_frontier_count(c->frontier, &s->frontier, c->err));
}

static void show(struct em_crawl *c, int64_t now)
{
    if (!c->o->progress || now - c->shown_ms < PROGRESS_MS)
        return;
    c->shown_ms = now;
    fill_stats(c, now);
    c->o->progress(c->o->context, c->stats);
}

static bool pages_left(const struct em_crawl *c)
{
    return !c->o->max_pages || c->stats->pages + c->taken_pages < c->o->max_pages;
}

/* What is out must be known before another page is chosen. */
static bool choice_waits(const struct em_crawl *c, int64_t now)
{
    uint64_t most = c->stats->pages / CHOICE_PART;
    return chooses(c) && c->taken_pages >= (most > CHOICE_LEAST ? most : CHOICE_LEAST) &&
           now - c->paced_ms < CHOICE_MS;
}

static void grant(struct em_crawl *c)
{
    struct em_workbench_grant next;
    c->stats->paused = c->o->busy && c->o->busy(c->o->context);
    for (unsigned n = 0; n < GRANTS && !c->stopping && !c->stats->paused; n++) {
        if (c->status < 0 || !pages_left(c) || choice_waits(c, em_crawl_now(c)) ||
            em_work_pool_full(c->pool) ||
            em_fetcher_active(c->fetcher) >= c->o->max_active ||
            em_workbench_take(c->bench, &next, em_crawl_now(c)) != EM_OK)
            return;
        em_crawl_grant(c, &next);
    }
}

static void settle(struct em_crawl *c)
{
    struct em_work *work;
    while (c->status == EM_OK && (work = em_work_take(c->pool)) != NULL)
        em_crawl_settle(c, work);
}

static void stop(struct em_crawl *c, enum em_crawl_end end, int64_t now)
{
    if (c->stopping)
        return;
    c->stopping = true;
    c->stats->end = end;
    c->ended_ms = now;
}

/* Why it is time to end, if it is. */
static void look_for_end(struct em_crawl *c, int64_t now)
{
    const struct em_crawl_options *o = c->o;
    if (o->stop && atomic_load_explicit(o->stop, memory_order_relaxed))
        stop(c, EM_CRAWL_STOPPED, now);
    if (o->max_pages && c->stats->pages >= o->max_pages)
        stop(c, EM_CRAWL_PAGES, now);
    if (o->max_ms && now - c->start_real_ms >= o->max_ms)
        stop(c, EM_CRAWL_TIME, now);
    if (c->stopping || c->n_hosts || em_work_pool_count(c->pool) ||
        em_fetcher_active(c->fetcher) || c->hosts_wake_ms <= now || hungry_for_commit(c))
        return;
    if (c->hosts_wake_ms == INT64_MAX)
        stop(c, EM_CRAWL_DONE, now);
    else if (c->hosts_wake_ms - now > o->linger_ms && !o->frontier.revisit.enabled)
        stop(c, EM_CRAWL_ASLEEP, now);
}

static int sleep_ms(struct em_crawl *c, int64_t now)
{
    int64_t until = now + LONGEST_SLEEP_MS;
    int64_t resolver = em_resolver_next_ms(c->resolver);
    bool closed = c->stopping || !pages_left(c) || choice_waits(c, now) ||
                  em_work_pool_full(c->pool) || c->stats->paused ||
                  em_fetcher_active(c->fetcher) >= c->o->max_active;
    int64_t due = closed ? INT64_MAX : em_workbench_next_due(c->bench);
    if (due < until)
        until = due;
    if (resolver < until)
        until = resolver;
    if (!c->stopping && c->hosts_wake_ms < until)
        until = c->hosts_wake_ms;
    return until > now ? (int)(until - now) : 0;
}

/* Under way when it was time to stop: a while is left to them. */
static bool drained(struct em_crawl *c, int64_t now)
{
    if (!c->stopping)
        return false;
    if (em_fetcher_active(c->fetcher) && now - c->ended_ms >= GRACE_MS)
        em_fetcher_cancel(c->fetcher);
    return em_fetcher_active(c->fetcher) == 0 && em_work_pool_count(c->pool) == 0;
}

static void loop(struct em_crawl *c)
{
    for (;;) {
        int64_t now = em_crawl_now(c);
        em_crawl_hosts_poll(c);
        settle(c);
        if (c->status == EM_OK && commit_wanted(c, now))
            em_crawl_fail(c, em_crawl_commit(c, EM_COMMIT_SIEVE));
        if (c->status == EM_OK)
            em_crawl_fail(c, em_crawl_hosts_admit(c));
        look_for_end(c, now);
        grant(c);
        show(c, now);
        if (c->status < 0 || drained(c, now))
            return;
        bool more = c->status == EM_OK && !c->stopping && commit_wanted(c, now) &&
                    c->n_hosts == 0;
        em_crawl_fail(c, em_fetcher_run(c->fetcher,
                                        more ? 0 : sleep_ms(c, em_crawl_now(c)), c->err));
    }
}

/* Everything that was fetched is committed, then the archive's file is closed, and that is
 * committed: a crash between the two leaves a file that recovery opens again. */
static enum em_status finish(struct em_crawl *c)
{
    EM_TRY(em_crawl_commit(c, EM_COMMIT_SIEVE));
    EM_TRY(em_warc_writer_close(c->warc, c->err));
    struct em_warc_mark mark = em_warc_writer_tell(c->warc);
    EM_TRY(put_stats(c, &mark));
    EM_TRY(em_frontier_commit(c->frontier, em_crawl_now(c), NULL, 0, 0, c->err));
    EM_TRY(report_closed(c, mark.length ? mark.serial + 1 : mark.serial));
    fill_stats(c, em_crawl_now(c));
    return c->status;
}

enum em_status em_crawl_run(const struct em_crawl_options *options,
                            struct em_crawl_stats *stats, struct em_err *err)
{
    struct em_err own = {.status = EM_OK};
    struct em_crawl c = {.o = options, .stats = stats, .err = err ? err : &own};
    *stats = (struct em_crawl_stats){.allow_private = options->fetch.allow_private};
    enum em_status status = open_all(&c);
    if (status == EM_OK) {
        loop(&c);
        status = c.status == EM_OK ? finish(&c) : c.status;
    }
    if (status < 0 && c.err->status != status)
        em_fail(c.err, status, "crawl", "%s", em_status_text(status));
    close_all(&c);
    return status;
}

enum em_status em_crawl_status(const char *dir, struct em_crawl_stats *stats,
                               struct em_err *err)
{
    struct em_frontier *frontier = NULL;
    struct em_buf text;
    struct timespec now;
    char *path = join(dir, "frontier");
    *stats = (struct em_crawl_stats){.pages = 0};
    clock_gettime(CLOCK_REALTIME, &now);
    em_buf_init(&text, EM_MIB);
    enum em_status status = path ? em_frontier_open(&frontier, path, EM_FRONTIER_READ,
                                                    NULL, 1000 * (int64_t)now.tv_sec, err)
                                 : em_fail(err, EM_ERR_NOMEM, "crawl", "out of memory");
    if (status == EM_OK)
        status = read_stats(frontier, &text, stats, err);
    if (status == EM_OK)
        status = em_frontier_count(frontier, &stats->frontier, err);
    em_frontier_free(frontier);
    em_buf_release(&text);
    em_free(path);
    return status;
}
