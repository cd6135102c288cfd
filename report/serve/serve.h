/* SPDX-License-Identifier: Apache-2.0
 *
 * The dashboard over HTTP: a snapshot of the index, made again while the index grows, and
 * answered from memory (routes.h). Read-only; GET and HEAD only.
 *
 *     index ─ refresher (one thread) ─ snapshot ─┬─ requests (libmicrohttpd's threads)
 *                                                └─ "update" to every page that listens
 *
 * LMDB must not be opened twice in one process, so whoever reads the index (the refresher,
 * a search of documents) holds one lock.
 */
#ifndef EM_REPORT_SERVE_SERVE_H
#define EM_REPORT_SERVE_SERVE_H

#include "report/serve/routes.h"

#include <stdatomic.h>

enum {
    EM_SERVE_CONNECTIONS = 600,
    EM_SERVE_LISTENERS = 400, /* of them, pages that wait for updates */
    EM_SERVE_TIMEOUT = 15,    /* seconds that a request may take to arrive */
    EM_SERVE_MEMORY = 16384,  /* bytes of a request's line and header fields */
};

/* Numbers of a crawl as of its last commit, also while another process runs it. Called by one
 * thread at a time. */
typedef enum em_status em_serve_crawl_fn(void *context, struct em_crawl_stats *stats,
                                         struct em_err *err);

struct em_serve_options {
    struct em_serve_listen listen;
    const char *token; /* NULL: none; needed where `listen` is not the loopback */
    struct em_report_from from;
    const char *command;      /* shown on the page */
    double refresh;           /* seconds between two looks at the index, at least */
    em_serve_crawl_fn *crawl; /* asked as often as the index; NULL: no crawl is shown */
    void *crawl_context;
    const atomic_int *stop; /* becomes non-zero: end */
    /* Called once, when requests are answered; `port`: the one in use. */
    void (*ready)(void *context, uint16_t port);
    void *context;
};

/* Serves until `stop`. EM_ERR_USAGE without a token where one is needed; EM_ERR_IO where the
 * address cannot be listened on; what is wrong with the index or the crawl at the start. */
EM_MUST_CHECK enum em_status em_serve_run(const struct em_serve_options *options,
                                          struct em_err *err);

#endif
