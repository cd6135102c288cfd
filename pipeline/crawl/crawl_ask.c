/* SPDX-License-Identifier: Apache-2.0
 *
 * From a grant of the workbench to a request, and from its answer back. This is the only file
 * that starts requests; each is started under a grant for the address it goes to, begins with
 * em_polite_begin() and ends with em_polite_end() and the release of the grant. A page is only
 * asked for after em_robots_txt_allows() has said so.
 */
#include "pipeline/crawl/crawl_int.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <math.h>

/* A second grant while robots.txt is being read waits so long. */
#define ROBOTS_WAIT_MS 100
/* A host that the focus holds back asks again so often. */
#define HELD_MS 50

static void release(struct em_crawl *c, uint64_t host, int64_t next_ms)
{
    if (em_workbench_release(c->bench, host, next_ms, next_ms) < 0)
        em_crawl_fail(c, EM_ERR_INTERNAL);
}

/* After an answer: the host waits for what it asked for itself, its address for the
 * ordinary delay alone. */
static void release_answered(struct em_crawl *c, const struct em_frontier_host *known,
                             int64_t now)
{
    int64_t address = em_polite_address_next(&c->o->frontier.polite, &known->polite, now);
    if (em_workbench_release(c->bench, known->id, address, known->polite.next_ms) < 0)
        em_crawl_fail(c, EM_ERR_INTERNAL);
}

/* The focus lets better hosts go first: this one asks again after a while, its address is
 * free meanwhile. */
static void release_held(struct em_crawl *c, uint64_t host, int64_t now)
{
    int64_t delay = c->o->frontier.polite.delay_ms;
    delay = delay > HELD_MS ? delay : HELD_MS;
    if (em_workbench_release(c->bench, host, now, now + delay) < 0)
        em_crawl_fail(c, EM_ERR_INTERNAL);
}

/* A host that sleeps is not kept in memory: the crawl would wait for it. */
static void leave_asleep(struct em_crawl *c, uint64_t id, int64_t now)
{
    struct em_crawl_host *host = em_crawl_host_of(c, id);
    const struct em_frontier_host *known = em_frontier_host_get(c->frontier, id);
    if (host && known && host->stage == EM_STAGE_BENCH && !host->hop &&
        known->polite.suspended_ms > now)
        em_crawl_host_leave(c, host);
}

static struct em_crawl_fetch *fetch_new(struct em_crawl *c, struct em_crawl_host *host,
                                        enum em_crawl_kind kind)
{
    struct em_crawl_fetch *fetch = c->free_fetches;
    if (fetch)
        c->free_fetches = fetch->next_free;
    else
        fetch = em_malloc(sizeof(*fetch));
    if (!fetch) {
        em_crawl_fail(c, em_fail(c->err, EM_ERR_NOMEM, "crawl", "out of memory"));
        return NULL;
    }
    *fetch = (struct em_crawl_fetch){
        .kind = kind, .host = host->id, .begun_ms = em_crawl_now(c), .crawl = c};
    return fetch;
}

void em_crawl_fetch_free(struct em_crawl *c, struct em_crawl_fetch *fetch)
{
    fetch->next_free = c->free_fetches;
    c->free_fetches = fetch;
}

/* Sitemaps are wanted whatever types pages may have. */
static bool want_body(void *context, const struct em_fetch_result *so_far)
{
    struct em_crawl_fetch *fetch = context;
    char text[128];
    if (so_far->status < 200 || so_far->status > 299)
        return true;
    enum em_cut cut =
        em_scope_mime(fetch->crawl->scope, em_field_mime(so_far->header, text));
    if (cut == EM_CUT_NONE || fetch->task.source == EM_LINK_LISTING)
        return true;
    fetch->unwanted = true;
    return false;
}

void em_crawl_condition(const struct em_frontier_task *task,
                        struct em_fetch_request *request)
{
    /* Where the body was withheld there is nothing that 304 could refer to. */
    if (!task->stored_ms)
        return;
    request->if_none_match = task->etag;
    request->if_modified_since = task->last_modified;
}

/* Takes `fetch`; the grant is released when it ends. */
static void start(struct em_crawl *c, struct em_crawl_host *host,
                  struct em_crawl_fetch *fetch, struct em_view url)
{
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, host->id);
    struct em_fetch_request request = {.url = url, .address = host->bench, .tag = fetch};
    /* With more hosts than connections can be kept, none would be there when its host's turn
     * comes again, and libcurl would look through all of them for the oldest each time. */
    request.no_reuse = c->n_hosts > c->o->fetch.max_idle + c->o->max_active;
    if (fetch->kind == EM_CRAWL_PAGE) {
        em_crawl_condition(&fetch->task, &request);
        request.header = want_body;
        request.header_context = fetch;
    } else if (fetch->kind == EM_CRAWL_ROBOTS) {
        request.max_body = EM_MAX_ROBOTS;
    } else if (fetch->kind == EM_CRAWL_TDMREP) {
        request.max_body = EM_MAX_TDMREP;
    } else if (fetch->kind == EM_CRAWL_AI_TXT) {
        request.max_body = EM_MAX_AI_TXT;
    } else if (fetch->kind == EM_CRAWL_LICENCE) {
        request.max_body = EM_MAX_RSL;
    }
    host->reading |= fetch->kind >= EM_CRAWL_TDMREP && fetch->kind <= EM_CRAWL_LICENCE;
    em_polite_begin(&c->o->frontier.polite, &known->polite, fetch->begun_ms);
    enum em_status status = em_fetch_start(c->fetcher, &request);
    if (status != EM_OK) {
        em_crawl_fetch_free(c, fetch);
        em_crawl_fail(c, status < 0 ? status : EM_ERR_INTERNAL);
        return;
    }
    host->out++;
    c->stats->requests++;
    if (fetch->kind == EM_CRAWL_PAGE) {
        c->taken_pages++;
        c->paced_ms = fetch->begun_ms;
    }
}

static void start_named(struct em_crawl *c, struct em_crawl_host *host,
                        enum em_crawl_kind kind, struct em_view origin, const char *path)
{
    em_buf_clear(&c->text);
    if (em_buf_printf(&c->text, "%.*s%s", EM_VIEW_ARGS(origin), path) < 0) {
        em_crawl_fail(c, EM_ERR_NOMEM);
        return;
    }
    struct em_crawl_fetch *fetch = fetch_new(c, host, kind);
    if (fetch)
        start(c, host, fetch, em_buf_view(&c->text));
}

/* --- pages ---------------------------------------------------------------------------------- */

static void cut_task(struct em_crawl *c, const struct em_frontier_task *task,
                     enum em_cut cut, int64_t now)
{
    struct em_frontier_result result = {
        .outcome = EM_OUTCOME_CUT, .cut = cut, .now_ms = now, .score = NAN};
    enum em_status status = em_frontier_done(c->frontier, task, &result, c->err);
    if (status < 0)
        em_crawl_fail(c, status);
    c->dirty++;
}

static struct em_view path_of(struct em_view url)
{
    size_t at = em_view_find(url, 0, EM_VIEW("://"));
    at = em_view_find(url, at + 3, EM_VIEW("/"));
    return at < url.len ? em_view_sub(url, at, url.len) : EM_VIEW("/");
}

/* Whether robots.txt allows it, and what is said of the site and the path. */
static bool allowed(struct em_crawl *c, const struct em_crawl_host *host,
                    enum em_robots_state state, struct em_view form, struct em_view url,
                    uint32_t *flags)
{
    struct em_view agent = em_view_of(c->o->agent);
    const struct em_crawl_site_file *tdm = &host->files[EM_FILE_TDMREP],
                                    *ai = &host->files[EM_FILE_AI_TXT];
    uint32_t said = 0;
    *flags = tdm->text
                 ? em_tdmrep_flags(em_view_make(tdm->text, tdm->len), path_of(url), NULL)
                 : 0;
    if (em_robots_query_set(&c->query, url) < 0) {
        em_crawl_fail(c, EM_ERR_NOMEM);
        return false;
    }
    if (ai->text) {
        *flags |= EM_OPTOUT_AI_TXT;
        if (!em_robots_txt_allows(em_view_make(ai->text, ai->len), agent, &c->query,
                                  NULL))
            *flags |= EM_OPTOUT_AI_TXT_NO;
    }
    if (state != EM_ROBOTS_RULES || form.len == 0)
        return true;
    said = em_robots_txt_signals(form, agent, &c->query);
    *flags = em_optout_override(said, *flags);
    return em_robots_txt_allows(form, agent, &c->query, NULL);
}

/* The host has no address: one of its pages has failed for it. */
static void fail_page(struct em_crawl *c, struct em_crawl_host *host, int64_t now)
{
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, host->id);
    struct em_frontier_task task;
    struct em_frontier_result result = {
        .outcome = EM_OUTCOME_FAILED, .error = EM_FETCH_DNS, .now_ms = now, .score = NAN};
    known->error = EM_FETCH_DNS;
    enum em_status status =
        em_frontier_task_next(c->frontier, host->id, now, &task, c->err);
    em_polite_begin(&c->o->frontier.polite, &known->polite, now);
    em_polite_end(&c->o->frontier.polite, &known->polite, now, EM_ANSWER_UNREACHABLE, 0,
                  -1);
    if (status == EM_OK) {
        c->stats->errors[EM_FETCH_DNS]++;
        c->stats->failed++;
        c->dirty++;
        status = em_frontier_done(c->frontier, &task, &result, c->err);
    }
    release_answered(c, known, now);
    if (status < 0)
        em_crawl_fail(c, status);
    else if (status == EM_END || known->polite.suspended_ms > now)
        em_crawl_host_leave(c, host);
    else
        em_crawl_host_move(c, host);
}

/* Of a shape that was found to be a flood while the URL stood in its queue. What has been
 * fetched before is no flood. */
static bool flooded(struct em_crawl *c, uint64_t id, const struct em_frontier_task *task)
{
    const struct em_frontier_host *known = em_frontier_host_get(c->frontier, id);
    return known && task->source != EM_LINK_SEED && !task->digest_known &&
           em_url_parse(&c->url, task->url, NULL) == EM_OK &&
           em_trap_flooded(&known->trap, &c->url);
}

/* The next page that may be asked for; those that may not are cut, of a blocked host all. */
static void next_page(struct em_crawl *c, struct em_crawl_host *host,
                      enum em_robots_state state, struct em_view form, int64_t now)
{
    struct em_frontier_task task;
    for (unsigned cuts = 0; cuts < EM_CRAWL_CUTS_A_GRANT; cuts++) {
        uint32_t flags = 0;
        enum em_status status =
            em_frontier_task_next(c->frontier, host->id, now, &task, c->err);
        if (status == EM_AGAIN) {
            release_held(c, host->id, now);
            return;
        }
        if (status != EM_OK) {
            release(c, host->id, now);
            if (status < 0)
                em_crawl_fail(c, status);
            else
                em_crawl_host_leave(c, host);
            return;
        }
        if (host->blocked) {
            cut_task(c, &task, EM_CUT_ADDRESS, now);
        } else if (!allowed(c, host, state, form, task.url, &flags)) {
            cut_task(c, &task, EM_CUT_ROBOTS, now);
        } else if (flooded(c, host->id, &task)) {
            cut_task(c, &task, EM_CUT_TRAP_SHAPE, now);
        } else {
            struct em_crawl_fetch *fetch = fetch_new(c, host, EM_CRAWL_PAGE);
            if (!fetch)
                return;
            fetch->task = task;
            fetch->general = flags;
            fetch->licence = em_crawl_licence_flags(host, form, task.url);
            start(c, host, fetch, task.url);
            return;
        }
    }
    release(c, host->id, now);
}

static void ask_probe(struct em_crawl *c, struct em_crawl_host *host,
                      const struct em_frontier_host *known)
{
    char path[40];
    em_trap_missing_path(c->o->frontier.focus.seed, known->origin, path);
    start_named(c, host, EM_CRAWL_PROBE, known->origin, path);
}

/* True where a file of the site was asked for. */
static bool ask_file(struct em_crawl *c, struct em_crawl_host *host,
                     const struct em_frontier_host *known, enum em_robots_state state,
                     struct em_view form)
{
    const bool wanted[EM_CRAWL_FILES] = {c->o->tdmrep, c->o->ai_txt};
    uint32_t flags;
    for (unsigned i = 0; i < EM_CRAWL_FILES && host->out == 0; i++) {
        const char *path = em_crawl_file_path((enum em_crawl_file)i);
        if (!wanted[i] || host->files[i].known)
            continue;
        host->files[i].known = true;
        if (!allowed(c, host, state, form, em_view_of(path), &flags))
            continue;
        start_named(c, host, (enum em_crawl_kind)(EM_CRAWL_TDMREP + i), known->origin,
                    path);
        return true;
    }
    return false;
}

/* True where a licence is wanted: the host waits for the time of the machine that has it, as
 * for a robots.txt that has moved. One that robots.txt forbids to ask for states nothing. */
static bool ask_licence(struct em_crawl *c, struct em_crawl_host *host,
                        const struct em_frontier_host *known, enum em_robots_state state,
                        struct em_view form)
{
    uint32_t flags;
    char *url;
    if (!c->o->licences || host->out > 0)
        return false;
    while ((url = em_crawl_licence_next(c, host, form)) != NULL) {
        struct em_view v = em_view_of(url),
                       rest = em_view_sub(v, known->origin.len, v.len);
        bool own = em_view_starts(v, known->origin) && em_view_starts(rest, EM_VIEW("/"));
        if (!own || allowed(c, host, state, form, v, &flags)) {
            host->licence = url;
            host->hop = em_strndup(url, v.len);
            host->hops = 0;
            if (!host->hop)
                em_crawl_fail(c, EM_ERR_NOMEM);
            release(c, host->id, em_crawl_now(c));
            em_crawl_host_move(c, host);
            return true;
        }
        em_crawl_licence_skip(c, host, v);
        em_free(url);
    }
    return false;
}

/* Of a host with an address, not robots.txt: what is wanted next. */
static void ask_next(struct em_crawl *c, struct em_crawl_host *host,
                     struct em_frontier_host *known, enum em_robots_state state,
                     struct em_view form, int64_t now)
{
    uint32_t flags;
    char path[40];
    if (ask_file(c, host, known, state, form) || ask_licence(c, host, known, state, form))
        return;
    if (c->o->soft404 && known->fetched >= EM_CRAWL_PROBE_AFTER && host->out == 0 &&
        em_trap_missing_wanted(&known->trap)) {
        em_trap_missing_path(c->o->frontier.focus.seed, known->origin, path);
        if (allowed(c, host, state, form, em_view_of(path), &flags)) {
            ask_probe(c, host, known);
            return;
        }
        em_trap_missing(&known->trap, 404, 0); /* not to be asked again */
    }
    next_page(c, host, state, form, now);
}

void em_crawl_grant(struct em_crawl *c, const struct em_workbench_grant *grant)
{
    struct em_crawl_host *host = em_crawl_host_of(c, grant->host);
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, grant->host);
    enum em_robots_state state;
    struct em_view form;
    int64_t now = em_crawl_now(c);
    if (!host || !known) {
        em_crawl_fail(c, em_fail(c->err, EM_ERR_INTERNAL, "crawl",
                                 "a host on the workbench that nobody knows"));
        return;
    }
    enum em_status status =
        em_frontier_robots_get(c->frontier, host->id, now, &state, &form, c->err);
    if (status < 0) {
        em_crawl_fail(c, status);
    } else if (known->polite.suspended_ms > now) {
        release(c, host->id, now);
        em_crawl_host_leave(c, host);
    } else if (host->blocked && !host->hop) {
        next_page(c, host, state, form, now);
    } else if (host->bench.family == 0 && !host->hop) {
        fail_page(c, host, now);
    } else if (host->reading ||
               ((state == EM_ROBOTS_UNKNOWN || host->hop) && host->out > 0)) {
        release(c, host->id, now + ROBOTS_WAIT_MS);
    } else if (host->hop && host->bench.family == 0) {
        const struct em_fetch_result none = {
            .error = EM_FETCH_DNS, .detail = "", .url = em_view_of(host->hop)};
        host->out++;
        release(c, host->id, now);
        if (host->licence)
            em_crawl_licence_done(c, host, &none);
        else
            em_crawl_robots_done(c, host, &none);
    } else if (host->hop) {
        struct em_crawl_fetch *fetch =
            fetch_new(c, host, host->licence ? EM_CRAWL_LICENCE : EM_CRAWL_ROBOTS);
        if (fetch)
            start(c, host, fetch, em_view_of(host->hop));
    } else if (state == EM_ROBOTS_UNKNOWN) {
        start_named(c, host, EM_CRAWL_ROBOTS, known->origin, "/robots.txt");
    } else if (state == EM_ROBOTS_SUSPEND || state == EM_ROBOTS_DEAD) {
        release(c, host->id, now);
        em_crawl_host_leave(c, host);
    } else {
        ask_next(c, host, known, state, form, now);
    }
}

/* --- answers --------------------------------------------------------------------------------- */

static enum em_polite_answer answer_of(const struct em_fetch_result *r)
{
    switch (r->error) {
    case EM_FETCH_OK:
        return em_polite_answer_of(r->status);
    case EM_FETCH_BLOCKED:
    case EM_FETCH_BAD_URL:
    case EM_FETCH_CANCELLED:
    case EM_FETCH_NOMEM:
    case EM_FETCH_INTERNAL:
    case EM_FETCH_TOO_LARGE:
    case EM_FETCH_EXHAUSTED: /* this machine, not the host */
        return EM_ANSWER_REFUSED;
    case EM_FETCH_TIMEOUT_RESOLVE:
    case EM_FETCH_TIMEOUT_CONNECT:
    case EM_FETCH_TIMEOUT_TLS:
    case EM_FETCH_TIMEOUT_FIRST:
    case EM_FETCH_TIMEOUT_SLOW:
    case EM_FETCH_TIMEOUT_TOTAL:
        return EM_ANSWER_TIMEOUT;
    default:
        return EM_ANSWER_UNREACHABLE;
    }
}

static bool connection_failed(enum em_fetch_error error)
{
    return error == EM_FETCH_REFUSED || error == EM_FETCH_UNREACHABLE ||
           error == EM_FETCH_TIMEOUT_CONNECT;
}

static void count(struct em_crawl *c, const struct em_fetch_result *r)
{
    c->stats->errors[r->error]++;
    c->stats->statuses[r->status >= 100 && r->status < 600 ? r->status / 100 : 0]++;
    c->stats->bytes += r->header.len + r->body.len;
    c->stats->run_bytes += r->header.len + r->body.len;
}

/* Time to first byte is the host's; a long body is our wish. */
static int64_t response_ms(const struct em_fetch_result *r)
{
    double seconds = r->times.first_byte > 0 ? r->times.first_byte : r->times.done;
    return (int64_t)(1000 * seconds);
}

/* Hands the page to the workers. */
static void give_page(struct em_crawl *c, struct em_crawl_fetch *fetch,
                      const struct em_fetch_result *r, const char *truncated)
{
    struct em_work *work = em_work_new(c->pool);
    if (!work || em_buf_append_view(&work->url, r->url) < 0 ||
        em_buf_append_view(&work->request, r->request) < 0 ||
        em_buf_append_view(&work->message, r->header) < 0 ||
        em_buf_append_view(&work->message, r->body) < 0) {
        em_crawl_fail(c, em_fail(c->err, EM_ERR_NOMEM, "crawl", "out of memory"));
        if (work)
            em_work_drop(c->pool, work);
        em_crawl_fetch_free(c, fetch);
        return;
    }
    work->tag = fetch;
    work->header_len = r->header.len;
    em_address_format_ip(&r->address, work->ip);
    work->status = r->status;
    work->http_version = r->http_version;
    work->date = r->started_ms / 1000;
    work->took_ms = (int64_t)(1000 * r->times.done);
    work->truncated = truncated;
    work->general = fetch->general;
    work->licence = fetch->licence;
    em_crawl_licences_give(em_crawl_host_of(c, fetch->host), work);
    work->obey = c->o->obey;
    work->named_listing =
        fetch->kind == EM_CRAWL_PAGE && fetch->task.source == EM_LINK_LISTING;
    em_work_give(c->pool, work);
}

static void page_fetched(struct em_crawl *c, struct em_crawl_fetch *fetch,
                         const struct em_fetch_result *r)
{
    bool last = fetch->task.attempts + 1 >= c->o->frontier.polite.max_attempts;
    bool part = r->status >= 200 && r->status < 300 && r->body.len > 0 && last;
    bool busy = r->status == 429 || r->status >= 500;
    if (r->error == EM_FETCH_OK && !fetch->unwanted && (!busy || last))
        give_page(c, fetch, r, r->cut != EM_FETCH_WHOLE ? "length" : NULL);
    else if (r->error == EM_FETCH_SHORT && part)
        give_page(c, fetch, r, "disconnect");
    else if ((r->error == EM_FETCH_TIMEOUT_SLOW || r->error == EM_FETCH_TIMEOUT_TOTAL) &&
             part)
        give_page(c, fetch, r, "time");
    else
        em_crawl_settle_failed(c, fetch, r);
}

/* The answer to whom it concerns; `fetch` and perhaps the host are gone afterwards. */
static void hand_on(struct em_crawl *c, struct em_crawl_fetch *fetch,
                    struct em_crawl_host *host, struct em_frontier_host *known,
                    const struct em_fetch_result *r)
{
    enum em_crawl_kind kind = fetch->kind;
    bool page = kind == EM_CRAWL_PAGE;
    if (page) {
        page_fetched(c, fetch, r);
        return;
    }
    if (kind == EM_CRAWL_PROBE && r->error == EM_FETCH_OK && r->status == 200) {
        give_page(c, fetch, r, NULL); /* its text is what counts */
        return;
    }
    em_crawl_fetch_free(c, fetch);
    if (kind == EM_CRAWL_ROBOTS) {
        em_crawl_robots_done(c, host, r);
    } else if (kind == EM_CRAWL_LICENCE) {
        em_crawl_licence_done(c, host, r);
    } else if (kind != EM_CRAWL_PROBE) {
        em_crawl_file_done(c, host, (enum em_crawl_file)(kind - EM_CRAWL_TDMREP), r);
    } else {
        if (r->error != EM_FETCH_CANCELLED && r->error != EM_FETCH_EXHAUSTED)
            em_trap_missing(&known->trap, r->status ? r->status : 404, 0);
        em_crawl_host_settled(c, host->id);
    }
}

/* The same again at the host's next address; a page stays where it was in its queue. */
static void try_elsewhere(struct em_crawl *c, struct em_crawl_fetch *fetch,
                          struct em_crawl_host *host)
{
    if (fetch->kind == EM_CRAWL_PAGE) {
        em_crawl_settle_returned(c, fetch);
        return;
    }
    if (fetch->kind == EM_CRAWL_TDMREP || fetch->kind == EM_CRAWL_AI_TXT)
        host->files[fetch->kind - EM_CRAWL_TDMREP].known = false;
    host->reading = false;
    em_crawl_fetch_free(c, fetch);
    em_crawl_host_settled(c, host->id);
}

void em_crawl_fetched(void *context, const struct em_fetch_result *r)
{
    struct em_crawl *c = context;
    struct em_crawl_fetch *fetch = r->tag;
    struct em_crawl_host *host = em_crawl_host_of(c, fetch->host);
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, fetch->host);
    int64_t now = em_crawl_now(c);
    uint64_t id = fetch->host;
    if (!host || !known) {
        em_crawl_fail(c,
                      em_fail(c->err, EM_ERR_INTERNAL, "crawl", "an answer of no host"));
        return;
    }
    if (r->error == EM_FETCH_NOMEM) { /* ours, which no server can bring about */
        em_crawl_fail(c, em_fail(c->err, EM_ERR_NOMEM, "crawl", "out of memory"));
        em_crawl_fetch_free(c, fetch);
        return;
    }
    count(c, r);
    /* A licence that lies with others: what they answer is none of the host's faults. */
    bool foreign = fetch->kind == EM_CRAWL_LICENCE &&
                   memcmp(&host->bench, &host->own, sizeof(host->own)) != 0;
    int64_t retry =
        em_http_retry_after(em_field_get(r->header, EM_VIEW("Retry-After")), now);
    /* Without a connection, and with another address to try: nothing was asked yet. */
    bool dead = connection_failed(r->error) && !host->hop,
         elsewhere = dead && host->others;
    if (dead)
        em_crawl_host_dead(c, host);
    if (r->error != EM_FETCH_CANCELLED) {
        em_polite_end(&c->o->frontier.polite, &known->polite, now,
                      elsewhere || foreign ? EM_ANSWER_REFUSED : answer_of(r),
                      response_ms(r), foreign ? -1 : retry);
        if (!foreign)
            known->error = (uint8_t)r->error;
    }
    release_answered(c, known, now);
    host->pick += dead;
    if (elsewhere)
        try_elsewhere(c, fetch, host);
    else
        hand_on(c, fetch, host, known, r);
    host = em_crawl_host_of(c, id); /* it may have gone */
    if (dead && host && host->out == 0)
        em_crawl_host_move(c, host);
    leave_asleep(c, id, now);
}
