/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* open_memstream, pthread_cond_timedwait's clock */
#include "report/serve/serve.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/date.h"
#include "report/html.h"
#include "report/query_rows.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* At most this share of the time goes into reading the index again. */
#define REFRESH_SHARE 0.05

struct shared_snapshot {
    struct em_snapshot s;
    atomic_uint users;
};

/* A page that listens. */
struct listener {
    struct server *server;
    struct MHD_Connection *connection; /* suspended while there is nothing to say */
    struct listener *next, *before;
    uint64_t told;       /* version that it knows */
    uint64_t told_crawl; /* how often it was told that the crawl has gone on */
    double spoken;       /* when it was last written to */
    bool suspended;
};

struct server {
    const struct em_serve_options *o;
    struct MHD_Daemon *daemon;
    pthread_mutex_t index;       /* whoever reads the index */
    pthread_mutex_t shared;      /* snapshot, listeners, counters */
    struct shared_snapshot *now; /* NULL before the first */
    struct listener *listeners;
    struct em_serve_counters counters;
    struct em_crawl_stats crawl; /* where one is shown */
    uint64_t crawl_changes;      /* 1 at first; 0: no crawl is shown */
    bool ending;
};

/* --- snapshots --------------------------------------------------------------------------- */

static void snapshot_unref(struct shared_snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub(&snapshot->users, 1) != 1)
        return;
    em_report_parts_release(&snapshot->s.parts);
    em_buf_release(&snapshot->s.report);
    em_buf_release(&snapshot->s.page);
    em_free(snapshot);
}

static struct shared_snapshot *snapshot_get(struct server *server)
{
    pthread_mutex_lock(&server->shared);
    struct shared_snapshot *snapshot = server->now;
    if (snapshot)
        atomic_fetch_add(&snapshot->users, 1);
    pthread_mutex_unlock(&server->shared);
    return snapshot;
}

static enum em_status snapshot_fill(struct shared_snapshot *snapshot,
                                    const struct em_serve_options *o, struct em_err *err)
{
    struct em_snapshot *s = &snapshot->s;
    struct em_report_from from = o->from;
    char made[24];
    from.now = (int64_t)time(NULL);
    em_date_format(from.now, made);
    EM_TRY(em_buf_append_view(&s->parts.bufs[EM_REPORT_MADE], em_view_of(made)));
    EM_TRY(em_buf_append_view(&s->parts.bufs[EM_REPORT_COMMAND], em_view_of(o->command)));
    EM_TRY(em_buf_append_view(&s->parts.bufs[EM_REPORT_SOURCE], em_view_of(from.dir)));
    EM_TRY(em_report_collect(&s->parts, &from, err));
    EM_TRY(em_report_parts_write(&s->report, &s->parts));
    return em_report_html_live(&s->page, em_buf_view(&s->report), s->version);
}

static enum em_status snapshot_new(struct shared_snapshot **out, uint64_t version,
                                   const struct em_serve_options *o, struct em_err *err)
{
    struct shared_snapshot *snapshot = em_calloc(1, sizeof(*snapshot));
    *out = snapshot;
    if (!snapshot)
        return EM_ERR_NOMEM;
    atomic_init(&snapshot->users, 1);
    snapshot->s.version = version;
    em_report_parts_init(&snapshot->s.parts);
    em_buf_init(&snapshot->s.report, EM_SERVE_MAX_BODY);
    em_buf_init(&snapshot->s.page, EM_SERVE_MAX_BODY);
    enum em_status status = snapshot_fill(snapshot, o, err);
    if (status < 0) {
        snapshot_unref(snapshot);
        *out = NULL;
    }
    return status;
}

/* --- has the index changed? -------------------------------------------------------------- */

struct fingerprint {
    uint64_t entries, records, documents, words;
};

static enum em_status fingerprint_add(void *context, const struct em_ledger *entry)
{
    struct fingerprint *f = context;
    f->entries++;
    f->records += entry->records;
    f->documents += entry->documents;
    f->words += entry->words;
    return EM_OK;
}

static enum em_status fingerprint_read(struct fingerprint *f, const char *dir,
                                       struct em_err *err)
{
    struct em_store *store;
    *f = (struct fingerprint){.entries = 0};
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    enum em_status status = em_store_ledger_each(store, fingerprint_add, f, err);
    em_store_free(store);
    return status;
}

/* --- listeners --------------------------------------------------------------------------- */

/* Under `shared`: lets every listener speak. */
static void listeners_wake(struct server *server)
{
    for (struct listener *l = server->listeners; l; l = l->next)
        if (l->suspended) {
            l->suspended = false;
            MHD_resume_connection(l->connection);
        }
}

static ssize_t listener_write(struct listener *l, char *out, size_t max)
{
    struct server *server = l->server;
    uint64_t version = server->now ? server->now->s.version : 0;
    double now = em_clock_now();
    int n = 0;
    if (server->ending)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (version != l->told)
        n = snprintf(out, max, "event: update\ndata: {\"version\":%llu}\n\n",
                     (unsigned long long)version);
    else if (server->crawl_changes != l->told_crawl)
        n = snprintf(out, max, "event: crawl\ndata: {\"changes\":%llu}\n\n",
                     (unsigned long long)server->crawl_changes);
    else if (now - l->spoken >= EM_SERVE_TIMEOUT)
        n = snprintf(out, max, ": still here\n\n");
    if (n < 0 || (size_t)n >= max)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (n > 0) {
        if (version == l->told)
            l->told_crawl = server->crawl_changes;
        l->told = version;
        l->spoken = now;
    } else {
        l->suspended = true;
        MHD_suspend_connection(l->connection);
    }
    return n;
}

static ssize_t listener_read(void *context, uint64_t position, char *out, size_t max)
{
    struct listener *l = context;
    (void)position;
    pthread_mutex_lock(&l->server->shared);
    ssize_t n = listener_write(l, out, max);
    pthread_mutex_unlock(&l->server->shared);
    return n;
}

static void listener_free(void *context)
{
    struct listener *l = context;
    struct server *server = l->server;
    pthread_mutex_lock(&server->shared);
    if (l->before)
        l->before->next = l->next;
    else
        server->listeners = l->next;
    if (l->next)
        l->next->before = l->before;
    server->counters.clients--;
    pthread_mutex_unlock(&server->shared);
    em_free(l);
}

/* NULL when there are too many, or no memory. */
static struct listener *listener_new(struct server *server,
                                     struct MHD_Connection *connection)
{
    struct listener *l = NULL;
    pthread_mutex_lock(&server->shared);
    if (server->counters.clients < EM_SERVE_LISTENERS)
        l = em_calloc(1, sizeof(*l));
    if (l) {
        *l = (struct listener){.server = server,
                               .connection = connection,
                               .next = server->listeners,
                               .spoken = em_clock_now()};
        if (l->next)
            l->next->before = l;
        server->listeners = l;
        server->counters.clients++;
    }
    pthread_mutex_unlock(&server->shared);
    return l;
}

/* --- documents --------------------------------------------------------------------------- */

struct found {
    struct em_query_rows rows;
    uint64_t offset, limit, total;
};

static enum em_status found_document(void *context, const struct em_document *document,
                                     struct em_err *err)
{
    struct found *f = context;
    uint64_t n = f->total++;
    return n >= f->offset && n - f->offset < f->limit
               ? em_query_rows_document(&f->rows, document, err)
               : EM_OK;
}

static enum em_status store_search(struct found *f, struct em_store *store,
                                   const struct em_serve_search *asked, const char *model)
{
    struct em_index_model chosen;
    struct em_err err = {.status = EM_OK};
    EM_TRY(em_index_model_choose(store, model, &chosen, &err));
    const struct em_search search = {.domain = em_view_of(asked->domain),
                                     .verdict = asked->verdict,
                                     .lang = asked->lang,
                                     .month = asked->month,
                                     .judge = chosen.hash};
    enum em_status status = em_search_documents(store, &search, found_document, f, &err);
    em_index_model_release(&chosen);
    return status;
}

static enum em_status search_documents(void *context, const struct em_serve_search *asked,
                                       struct em_buf *rows, uint64_t *total)
{
    struct server *server = context;
    struct em_store *store;
    struct em_err err = {.status = EM_OK};
    struct found f = {.offset = asked->offset, .limit = asked->limit};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return EM_ERR_NOMEM;
    pthread_mutex_lock(&server->index);
    enum em_status status =
        em_store_open(&store, server->o->from.dir, EM_STORE_READ, &err);
    if (status == EM_OK) {
        em_query_rows_init(&f.rows, out, EM_FORM_JSON, store, asked->limit);
        status = store_search(&f, store, asked, server->o->from.model);
        em_query_rows_release(&f.rows);
        em_store_free(store);
    }
    pthread_mutex_unlock(&server->index);
    if (fclose(out) != 0 && status == EM_OK)
        status = EM_ERR_NOMEM;
    if (status == EM_OK)
        status = em_buf_append(rows, text, len);
    free(text);
    *total = f.total;
    return status;
}

/* --- requests ---------------------------------------------------------------------------- */

static const struct {
    const char *name, *value;
} safety[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src "
     "data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
     "'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status,
                                     const char *type, struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, "Content-Type", type);
    for (size_t i = 0; i < sizeof(safety) / sizeof(safety[0]); i++)
        MHD_add_response_header(response, safety[i].name, safety[i].value);
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
                                 const char *text)
{
    return send_response(connection, status, "text/plain; charset=utf-8",
                         MHD_create_response_from_buffer(strlen(text),
                                                         (void *)(uintptr_t)text,
                                                         MHD_RESPMEM_PERSISTENT));
}

static const char *connection_argument(void *context, const char *name)
{
    return MHD_lookup_connection_value(context, MHD_GET_ARGUMENT_KIND, name);
}

/* The status to refuse a request with, or 0. */
static unsigned request_refused(const struct server *server,
                                struct MHD_Connection *connection, const char *method)
{
    static const char bearer[] = "Bearer ";
    const struct em_serve_options *o = server->o;
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    const char *given = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_AUTHORIZATION);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    if (o->token) {
        given = given && strncmp(given, bearer, sizeof(bearer) - 1) == 0
                    ? given + sizeof(bearer) - 1
                    : connection_argument(connection, "token");
        return em_serve_token_is(given, o->token) ? 0 : MHD_HTTP_UNAUTHORIZED;
    }
    return em_serve_host_is_known(host, o->listen.address) ? 0 : MHD_HTTP_FORBIDDEN;
}

static enum MHD_Result serve_events(struct server *server,
                                    struct MHD_Connection *connection)
{
    struct listener *l = listener_new(server, connection);
    if (!l)
        return send_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                         "too many pages listen for updates\n");
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, 1024, listener_read, l, listener_free);
    if (!response)
        listener_free(l);
    return send_response(connection, MHD_HTTP_OK, "text/event-stream", response);
}

/* The body goes to the response, which frees it. */
static enum MHD_Result send_body(struct MHD_Connection *connection,
                                 const struct em_serve_response *r)
{
    return send_response(connection, r->status, r->type,
                         MHD_create_response_from_buffer(
                             r->body.len, r->body.data ? r->body.data : (char[]){'\0'},
                             MHD_RESPMEM_MUST_COPY));
}

static enum MHD_Result serve_request(struct server *server,
                                     struct MHD_Connection *connection, const char *path)
{
    struct shared_snapshot *snapshot = snapshot_get(server);
    struct em_serve_request request = {.path = path,
                                       .argument = connection_argument,
                                       .argument_context = connection,
                                       .search = search_documents,
                                       .search_context = server};
    struct em_serve_response response;
    struct em_crawl_stats crawl;
    pthread_mutex_lock(&server->shared);
    request.counters = server->counters;
    if (server->crawl_changes) {
        crawl = server->crawl;
        request.crawl = &crawl;
    }
    pthread_mutex_unlock(&server->shared);
    em_serve_response_init(&response);
    enum em_status status =
        em_serve_answer(snapshot ? &snapshot->s : NULL, &request, &response);
    enum MHD_Result result =
        status == EM_OK
            ? send_body(connection, &response)
            : send_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "the answer cannot be made; see the server's messages\n");
    em_serve_response_release(&response);
    snapshot_unref(snapshot);
    return result;
}

static enum MHD_Result serve_handle(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method,
                                    const char *version, const char *upload,
                                    size_t *upload_size, void **state)
{
    static int seen; /* an address */
    struct server *server = context;
    (void)version;
    (void)upload;
    if (!*state) { /* the header is there; a body may follow, and is not wanted */
        *state = &seen;
        return MHD_YES;
    }
    if (*upload_size) {
        *upload_size = 0;
        return MHD_YES;
    }
    unsigned refused = request_refused(server, connection, method);
    pthread_mutex_lock(&server->shared);
    server->counters.requests++;
    server->counters.refused += refused != 0;
    pthread_mutex_unlock(&server->shared);
    if (refused)
        return send_text(connection, refused,
                         refused == MHD_HTTP_METHOD_NOT_ALLOWED ? "GET and HEAD only\n"
                         : refused == MHD_HTTP_UNAUTHORIZED
                             ? "a token is needed\n"
                             : "this name is not served here\n");
    if (strcmp(url, "/events") == 0)
        return serve_events(server, connection);
    return serve_request(server, connection, url);
}

/* --- the refresher ----------------------------------------------------------------------- */

static void server_publish(struct server *server, struct shared_snapshot *snapshot,
                           double seconds)
{
    pthread_mutex_lock(&server->shared);
    struct shared_snapshot *old = server->now;
    server->now = snapshot;
    server->counters.updates++;
    server->counters.refresh_seconds = seconds;
    listeners_wake(server);
    pthread_mutex_unlock(&server->shared);
    snapshot_unref(old);
}

static enum em_status server_refresh(struct server *server, struct fingerprint *known,
                                     double *seconds, struct em_err *err)
{
    struct fingerprint f;
    struct shared_snapshot *snapshot;
    double from = em_clock_now();
    uint64_t version = server->now ? server->now->s.version + 1 : 1;
    *seconds = 0;
    EM_TRY(fingerprint_read(&f, server->o->from.dir, err));
    if (server->now && memcmp(&f, known, sizeof(f)) == 0)
        return EM_OK;
    EM_TRY(snapshot_new(&snapshot, version, server->o, err));
    *known = f;
    *seconds = em_clock_now() - from;
    server_publish(server, snapshot, *seconds);
    return EM_OK;
}

/* Pages are told where the crawl has committed something since. */
static enum em_status server_read_crawl(struct server *server, struct em_err *err)
{
    struct em_crawl_stats stats;
    if (!server->o->crawl)
        return EM_OK;
    EM_TRY(server->o->crawl(server->o->crawl_context, &stats, err));
    pthread_mutex_lock(&server->shared);
    if (!server->crawl_changes ||
        stats.frontier.commits != server->crawl.frontier.commits) {
        server->crawl_changes++;
        listeners_wake(server);
    }
    server->crawl = stats;
    pthread_mutex_unlock(&server->shared);
    return EM_OK;
}

/* Sleeps in small steps, so that a stop is heard; listeners are kept alive meanwhile. */
static void server_wait(struct server *server, double seconds)
{
    const struct timespec step = {.tv_nsec = 100 * 1000 * 1000};
    double until = em_clock_now() + seconds, woken = em_clock_now();
    while (!atomic_load(server->o->stop) && em_clock_now() < until) {
        nanosleep(&step, NULL);
        if (em_clock_now() - woken < EM_SERVE_TIMEOUT / 2.0)
            continue;
        woken = em_clock_now();
        pthread_mutex_lock(&server->shared);
        listeners_wake(server);
        pthread_mutex_unlock(&server->shared);
    }
}

static void server_run(struct server *server, struct fingerprint *known, double seconds)
{
    while (!atomic_load(server->o->stop)) {
        double wait = seconds / REFRESH_SHARE;
        struct em_err err = {.status = EM_OK};
        server_wait(server, wait > server->o->refresh ? wait : server->o->refresh);
        if (atomic_load(server->o->stop))
            break;
        pthread_mutex_lock(&server->index);
        enum em_status status = server_refresh(server, known, &seconds, &err);
        pthread_mutex_unlock(&server->index);
        enum em_status crawl = server_read_crawl(server, &err);
        pthread_mutex_lock(&server->shared);
        server->counters.failed += status < 0 || crawl < 0;
        pthread_mutex_unlock(&server->shared);
    }
}

/* --- start and end ----------------------------------------------------------------------- */

static struct MHD_Daemon *daemon_start(struct server *server)
{
    const struct em_serve_listen *at = &server->o->listen;
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(at->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(at->port)};
    bool six = inet_pton(AF_INET, at->address, &v4.sin_addr) != 1;
    if (six && inet_pton(AF_INET6, at->address, &v6.sin6_addr) != 1)
        return NULL;
    struct sockaddr *address = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     (six ? MHD_USE_IPv6 : 0u);
    return MHD_start_daemon(flags, at->port, NULL, NULL, serve_handle, server,
                            MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)EM_SERVE_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                            (unsigned)EM_SERVE_TIMEOUT,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)EM_SERVE_MEMORY,
                            MHD_OPTION_THREAD_POOL_SIZE, 2u, MHD_OPTION_END);
}

static void server_end(struct server *server)
{
    pthread_mutex_lock(&server->shared);
    server->ending = true;
    listeners_wake(server);
    pthread_mutex_unlock(&server->shared);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    snapshot_unref(server->now);
    pthread_mutex_destroy(&server->index);
    pthread_mutex_destroy(&server->shared);
}

enum em_status em_serve_run(const struct em_serve_options *options, struct em_err *err)
{
    struct server server = {.o = options,
                            .index = PTHREAD_MUTEX_INITIALIZER,
                            .shared = PTHREAD_MUTEX_INITIALIZER};
    struct fingerprint known = {.entries = 0};
    double seconds = 0;
    if (!options->listen.loopback && !options->token)
        return em_fail(err, EM_ERR_USAGE, "serve",
                       "others can reach %s: set a token with --token-file",
                       options->listen.address);
    enum em_status status = server_refresh(&server, &known, &seconds, err);
    if (status == EM_OK)
        status = server_read_crawl(&server, err);
    if (status == EM_OK) {
        server.daemon = daemon_start(&server);
        if (!server.daemon)
            status = em_fail(err, EM_ERR_IO, "serve", "cannot listen on %s, port %u",
                             options->listen.address, options->listen.port);
    }
    if (status == EM_OK) {
        const union MHD_DaemonInfo *info =
            MHD_get_daemon_info(server.daemon, MHD_DAEMON_INFO_BIND_PORT);
        options->ready(options->context, info ? info->port : options->listen.port);
        server_run(&server, &known, seconds);
    }
    server_end(&server);
    return status;
}
