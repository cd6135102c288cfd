/* SPDX-License-Identifier: Apache-2.0
 *
 * What the dashboard answers: a request and a snapshot of the index in, status, type and
 * body out. Pure but for the search of documents, which the caller does. Nothing of a
 * request reaches the file system.
 *
 *   /                     the page of `report`, which updates itself
 *   /api/v1/report        all that the page shows, one object (docs/FORMATS.md)
 *   /api/v1/overview      counts; /api/v1/drops: dropped records by reason
 *   /api/v1/prevalence    rows of `prevalence`
 *   /api/v1/sites, echoes, hits      lists: ?offset=N&limit=N
 *   /api/v1/crawl         numbers of the crawl that is shown beside the index
 *   /api/v1/documents     ?verdict, domain, lang, month, offset, limit
 *   /metrics              Prometheus text format
 *   /healthz, /readyz     200 "ok"; 503 until the first snapshot is there
 */
#ifndef EM_REPORT_SERVE_ROUTES_H
#define EM_REPORT_SERVE_ROUTES_H

#include "crawler/web/crawl_stats.h"
#include "report/collect.h"

enum {
    EM_SERVE_SCHEMA = 1,
    EM_SERVE_LIMIT = 100, /* rows, where a request does not say */
    EM_SERVE_MOST = 1000, /* rows of one answer */
    EM_SERVE_MAX_BODY = 256 << 20,
    EM_SERVE_MAX_VALUE = 256, /* bytes of one query argument */
};

/* What the index held at some moment; shared by all requests, never changed. */
struct em_snapshot {
    uint64_t version; /* 1, 2, ...: of what is shown, not of the program */
    struct em_report_parts parts;
    struct em_buf report; /* all parts as one object */
    struct em_buf page;
};

/* How the program itself is doing, for /metrics. */
struct em_serve_counters {
    uint64_t requests, refused, failed, clients, updates;
    double refresh_seconds; /* that the last snapshot took */
};

/* The value of a query argument, or NULL; valid until the request ends. */
typedef const char *em_serve_argument_fn(void *context, const char *name);

/* What a request for documents asks for. */
struct em_serve_search {
    const char *verdict, *domain, *lang, *month; /* NULL: any */
    uint64_t offset, limit;
};
/* Appends rows (JSON objects, a line each) to `rows`, at most search->limit of them, and says
 * how many there are in all. */
typedef enum em_status em_serve_search_fn(void *context,
                                          const struct em_serve_search *search,
                                          struct em_buf *rows, uint64_t *total);

struct em_serve_request {
    const char *path;
    em_serve_argument_fn *argument;
    void *argument_context;
    em_serve_search_fn *search;
    void *search_context;
    const struct em_crawl_stats *crawl; /* NULL: none is shown */
    struct em_serve_counters counters;
};

struct em_serve_response {
    unsigned status;  /* 200, 400, 404, 503 */
    const char *type; /* static */
    struct em_buf body;
};

void em_serve_response_init(struct em_serve_response *response);
void em_serve_response_release(struct em_serve_response *response);

/* `snapshot`: NULL before the first one. EM_ERR_NOMEM, EM_ERR_LIMIT: answer 500. */
EM_MUST_CHECK enum em_status em_serve_answer(const struct em_snapshot *snapshot,
                                             const struct em_serve_request *request,
                                             struct em_serve_response *response);

/* Whether a request may be answered by its Host header (against DNS rebinding): an address of
 * the loopback, "localhost", or the name that the server was told to listen on. `host` may be
 * NULL, and carry a port. */
bool em_serve_host_is_known(const char *host, const char *listen);

/* "ADDRESS:PORT", "[IPv6]:PORT", ":PORT" or "PORT" into its parts. False where it is none of
 * these; `loopback` says that nobody else can reach the address. */
struct em_serve_listen {
    char address[64];
    uint16_t port;
    bool loopback;
};
bool em_serve_listen_parse(const char *text, struct em_serve_listen *out);

/* Compares in time that depends on neither's content. */
bool em_serve_token_is(const char *given, const char *token);

#endif
