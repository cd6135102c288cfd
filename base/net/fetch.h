/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetching: thousands of HTTP transfers at a time in one thread, over libcurl's multi
 * interface and an epoll loop. Only base/net/ sees libcurl.
 *
 *     em_fetch_start ──> connecting ─> TLS ─> request sent ─> header ─> body ──> done(result)
 *                         connect_ms   tls_ms  first_byte_ms   low speed rule     exactly once
 *                        └───────────────────── total_ms ────────────────────┘
 *
 * What it does not do: follow redirects (each hop is the caller's, through scope, robots
 * and politeness), keep cookies, send credentials, use a proxy, decode content codings. It
 * never connects to an address or a port that the guard refuses.
 *
 * The body comes with its transfer coding undone and its content coding as sent, so that an
 * archive can hold it; header and request are the bytes received and sent. For HTTP/2 there
 * are no such bytes: both are the same fields in HTTP/1.1's form, the status line as
 * "HTTP/2 200 ".
 *
 * Memory: a transfer holds its header and body until it is done, at most max_header and
 * max_body, in all at most max_buffered. Thread rule: one fetcher, one thread, but for
 * em_fetcher_wake().
 */
#ifndef EM_BASE_NET_FETCH_H
#define EM_BASE_NET_FETCH_H

#include "base/net/guard.h"

/* name, text, what it means. The frontier stores the numbers: only ever appended to. */
#define EM_FETCH_ERROR_LIST(X)                                                           \
    X(EM_FETCH_OK, "ok", "answered")                                                     \
    X(EM_FETCH_BAD_URL, "bad-url", "not an http or https URL, or it has credentials")    \
    X(EM_FETCH_BLOCKED, "blocked-address", "the address is not for a crawler")           \
    X(EM_FETCH_DNS, "dns", "the name has no address")                                    \
    X(EM_FETCH_REFUSED, "refused", "nothing listens at the address")                     \
    X(EM_FETCH_UNREACHABLE, "unreachable", "no way to the address")                      \
    X(EM_FETCH_TIMEOUT_RESOLVE, "timeout-resolve", "no answer about the name in time")   \
    X(EM_FETCH_TIMEOUT_CONNECT, "timeout-connect", "no connection in time")              \
    X(EM_FETCH_TIMEOUT_TLS, "timeout-tls", "no TLS handshake in time")                   \
    X(EM_FETCH_TIMEOUT_FIRST, "timeout-first-byte", "no answer in time")                 \
    X(EM_FETCH_TIMEOUT_SLOW, "timeout-slow", "the answer comes too slowly")              \
    X(EM_FETCH_TIMEOUT_TOTAL, "timeout-total", "the whole takes too long")               \
    X(EM_FETCH_CERTIFICATE, "certificate", "nobody known vouches for the certificate")   \
    X(EM_FETCH_TLS, "tls", "TLS handshake or record failed")                             \
    X(EM_FETCH_RESET, "reset", "connection reset or broken")                             \
    X(EM_FETCH_EMPTY, "empty", "closed without an answer")                               \
    X(EM_FETCH_SHORT, "short", "closed before the announced end of the body")            \
    X(EM_FETCH_PROTOCOL, "protocol", "the answer is not valid HTTP")                     \
    X(EM_FETCH_HEADER_LIMIT, "header-limit", "header larger or longer than allowed")     \
    X(EM_FETCH_TOO_LARGE, "too-large", "announced body larger than allowed")             \
    X(EM_FETCH_CANCELLED, "cancelled", "given up by the caller")                         \
    X(EM_FETCH_NOMEM, "no-memory", "out of memory")                                      \
    X(EM_FETCH_INTERNAL, "internal", "a failure that should not happen")                 \
    X(EM_FETCH_CERT_DATE, "certificate-date",                                            \
      "the certificate has expired, or does not count yet")                              \
    X(EM_FETCH_CERT_NAME, "certificate-name", "the certificate is for another host")     \
    X(EM_FETCH_CERT_SELF, "certificate-self",                                            \
      "the certificate vouches for itself alone")                                        \
    X(EM_FETCH_EXHAUSTED, "exhausted", "this machine has no socket left for a connection")

enum em_fetch_error {
#define X(name, text, what) name,
    EM_FETCH_ERROR_LIST(X)
#undef X
        EM_FETCH_ERROR_COUNT
};
/* "timeout-tls"; "unknown" for other numbers. Static. */
const char *em_fetch_error_name(enum em_fetch_error error);
const char *em_fetch_error_text(enum em_fetch_error error);

/* Why a body is not whole though the answer counts (EM_FETCH_OK). */
enum em_fetch_cut {
    EM_FETCH_WHOLE,
    EM_FETCH_CUT_LENGTH,   /* at max_body */
    EM_FETCH_CUT_MEMORY,   /* at max_buffered */
    EM_FETCH_CUT_UNWANTED, /* the header callback did not want it: no body */
};

/* --- options ------------------------------------------------------------------------- */

struct em_fetcher_options {
    size_t max_transfers; /* at a time; 1,000 */
    size_t max_idle;      /* connections kept open for the next request; 1,000 */

    size_t max_header;       /* bytes, of all responses to one request; 256 KiB */
    size_t max_header_lines; /* 1,000 */
    size_t max_body;         /* bytes as received; cut there; 16 MiB */
    uint64_t max_announced;  /* a longer Content-Length is EM_FETCH_TOO_LARGE, nothing is
                                read; 0: any; 0 */
    size_t max_buffered;     /* header and body bytes of all transfers; 1 GiB */

    int64_t resolve_ms;    /* only where a request has no address; 20,000 */
    int64_t connect_ms;    /* 20,000 */
    int64_t tls_ms;        /* 20,000 */
    int64_t first_byte_ms; /* from the request sent; 30,000 */
    int64_t slow_ms;       /* from the first byte on: fewer than slow_bytes in so long; */
    size_t slow_bytes;     /* 20,000 and 2,000 */
    int64_t total_ms;      /* 300,000 */

    const char *user_agent;      /* product token and contact; never empty */
    const char *from;            /* mail address for the From field; NULL or "": none */
    const char *accept;          /* NULL: HTML first, then anything */
    const char *accept_language; /* NULL: no such field */
    const char *accept_encoding; /* NULL: "gzip, deflate, br, zstd"; "": no such field */
    const char *ca_file;         /* PEM; NULL: the system's */
    bool http1_only;             /* do not offer HTTP/2 */
    bool allow_private;          /* guard.h; tests and networks of one's own */
};

/* The values above; user_agent is "echometer/VERSION". */
void em_fetcher_options_init(struct em_fetcher_options *options);

/* --- request and result --------------------------------------------------------------- */

struct em_fetch_result;

/* Called when the final header is there and before the body is read: false ends the
 * transfer with EM_FETCH_CUT_UNWANTED (its connection is closed). `so_far` has status,
 * header and address. Must not call the fetcher. */
typedef bool (*em_fetch_header_fn)(void *context, const struct em_fetch_result *so_far);

/* All is copied, but for tag and context. */
struct em_fetch_request {
    struct em_view url;        /* absolute http or https, no credentials; the fragment is
                                  not sent */
    struct em_address address; /* connect to this one, at its port if not 0; family 0: the
                                  name is resolved here (the guard applies) */
    struct em_view if_none_match;     /* an entity tag with its quotes; empty: none */
    struct em_view if_modified_since; /* an HTTP date as received; empty: none */
    size_t max_body;                  /* 0: the fetcher's; robots.txt wants less */
    em_fetch_header_fn header;        /* may be NULL */
    void *header_context;
    bool no_reuse; /* the connection is closed afterwards, not kept for another request */
    void *tag;     /* given back with the result */
};

/* Seconds since the request was started; 0 where that was not reached. */
struct em_fetch_times {
    double resolved, connected, secured, first_byte, done;
};

/* Everything is valid during the callback only. After an error, what had come until then
 * is there (status 0: no header). */
struct em_fetch_result {
    void *tag;
    enum em_fetch_error error;
    const char *detail;     /* for a person; never NULL */
    struct em_view url;     /* as parsed and sent, without fragment */
    struct em_view request; /* header as sent, with its blank line; empty: none was */
    int status;             /* of the final response, 100 to 999 */
    int http_version;       /* 10, 11, 20; 0: none */
    struct em_view header;  /* of the final response, with its blank line */
    struct em_view body;
    enum em_fetch_cut cut;
    int64_t announced;         /* Content-Length; -1: none */
    struct em_address address; /* connected to, with port; family 0: nothing was */
    bool reused;               /* on a connection that was open */
    int64_t started_ms;        /* since 1970 */
    struct em_fetch_times times;
};

/* May start transfers. */
typedef void (*em_fetch_done_fn)(void *context, const struct em_fetch_result *result);

/* --- the fetcher ------------------------------------------------------------------------ */

struct em_fetcher;

/* Options are copied. EM_ERR_USAGE: no user agent, or a value with a line end in it;
 * EM_ERR_IO: no epoll, or the CA file cannot be read; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_fetcher_new(struct em_fetcher **out,
                                            const struct em_fetcher_options *options,
                                            em_fetch_done_fn done, void *done_context,
                                            struct em_err *err);
/* Transfers that are under way end without a callback. */
void em_fetcher_free(struct em_fetcher *fetcher);

/* EM_OK: exactly one result will come, from em_fetcher_run (also for a URL that cannot be
 * fetched). EM_AGAIN: max_transfers are under way. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_fetch_start(struct em_fetcher *fetcher,
                                            const struct em_fetch_request *request);

/* Moves transfers on and calls `done` for those that end. Returns when something was done,
 * after `timeout_ms` (negative: no limit; 0: does not wait), on em_fetcher_wake(), or when
 * a signal came. EM_ERR_IO, EM_ERR_NOMEM: the loop itself failed. */
EM_MUST_CHECK enum em_status em_fetcher_run(struct em_fetcher *fetcher, int timeout_ms,
                                            struct em_err *err);

/* Transfers started whose results have not been handed out. */
size_t em_fetcher_active(const struct em_fetcher *fetcher);

/* Ends em_fetcher_run early, now or the next one. From any thread, and from a signal
 * handler. `fetcher` is void * so that it fits as a wake function. */
void em_fetcher_wake(void *fetcher);

/* Every transfer under way ends as EM_FETCH_CANCELLED, with the next run. */
void em_fetcher_cancel(struct em_fetcher *fetcher);

struct em_fetcher_stats {
    uint64_t started, results[EM_FETCH_ERROR_COUNT];
    uint64_t header_bytes, body_bytes; /* received, what was thrown away included */
    uint64_t connections, reused;
    size_t active, buffered, buffered_peak;
};
void em_fetcher_stats(const struct em_fetcher *fetcher, struct em_fetcher_stats *stats);

#endif
