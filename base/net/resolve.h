/* SPDX-License-Identifier: Apache-2.0
 *
 * Names to addresses, before anything is connected: politeness is per IP, so the address
 * must be known when a URL is queued, and the fetcher connects to exactly the one given.
 *
 * Look-ups run in threads over getaddrinfo(3), which does not say how long an answer may be
 * kept. So a positive answer is kept for `ttl_ms`, a name that does not exist for
 * `negative_ttl_ms`, a failure of the resolver for `failure_ttl_ms`; a look-up function
 * that knows the TTL gives it, and it is clamped to [min_ttl_ms, max_ttl_ms].
 *
 *     status = em_resolver_ask(resolver, host, now_ms, tag, &answer);
 *     EM_OK     the answer is known (cache, override, or the host is an address itself)
 *     EM_AGAIN  a later em_resolver_poll() gives it to the callback, with `tag`
 *
 * Thread rule: one resolver, one thread calls it; its own threads do nothing but look up.
 * A look-up cannot be cancelled: one that takes longer than `timeout_ms` is answered as a
 * timeout, and what it finds later goes to the cache. Freeing does not wait for them.
 */
#ifndef EM_BASE_NET_RESOLVE_H
#define EM_BASE_NET_RESOLVE_H

#include "base/net/guard.h"

enum { EM_MAX_ADDRESSES = 8 }; /* kept of one name: more serve the same site */

enum em_resolve_result {
    EM_RESOLVE_FOUND,
    EM_RESOLVE_NONE,    /* the name does not exist, or has no address */
    EM_RESOLVE_FAILED,  /* servers do not answer, or answer with a failure */
    EM_RESOLVE_TIMEOUT, /* took longer than timeout_ms */
};

struct em_resolve_answer {
    enum em_resolve_result result;
    struct em_address addresses[EM_MAX_ADDRESSES]; /* as the system orders them; port 0
                                                      but for overrides that name one */
    unsigned n;
    int64_t ttl_ms; /* from a look-up function: how long; negative: not known */
    const char
        *detail; /* static or empty text for a person; never NULL from the resolver */
};

/* Called in one of the resolver's threads, several at a time. Must fill *answer. */
typedef void (*em_resolve_fn)(void *context, const char *host,
                              struct em_resolve_answer *answer);

/* Asks the system (getaddrinfo) and waits: for whoever has a thread to wait in. */
void em_resolve_system(const char *host, struct em_resolve_answer *answer);

struct em_resolver_options {
    unsigned threads;        /* at most; started when needed; 32 */
    int64_t ttl_ms;          /* 600,000 */
    int64_t min_ttl_ms;      /* floor of a TTL that is known; 60,000 */
    int64_t max_ttl_ms;      /* ceiling; 86,400,000 */
    int64_t negative_ttl_ms; /* 300,000 */
    int64_t failure_ttl_ms;  /* 30,000; a timeout's as well */
    int64_t timeout_ms;      /* 20,000 */
    size_t max_entries; /* of the cache; the least recently asked go first; 100,000 */
    size_t
        max_waiting; /* look-ups queued; more: EM_RESOLVE_FAILED, not cached; 100,000 */
    bool ipv4_only, ipv6_only;
    em_resolve_fn lookup; /* NULL: getaddrinfo */
    void *lookup_context;
    void (*wake)(void *context); /* called in another thread when an answer waits for
                                    em_resolver_poll; em_fetcher_wake fits; may be NULL */
    void *wake_context;
};

void em_resolver_options_init(struct em_resolver_options *options); /* values above */

struct em_resolver;

EM_MUST_CHECK enum em_status em_resolver_new(struct em_resolver **out,
                                             const struct em_resolver_options *options,
                                             struct em_err *err);
/* Questions that wait get no answer. */
void em_resolver_free(struct em_resolver *resolver);

/* From now on `host` ("www.example.com"; "*.example.com": all below it; "*": every name)
 * is at `address`, whose port, if not 0, is connected to instead of the URL's. The most
 * exact one counts; a later one for the same host is one more address of it. EM_ERR_NOMEM,
 * EM_ERR_LIMIT (EM_MAX_ADDRESSES of one host, EM_MAX_OVERRIDES in all). */
EM_MUST_CHECK enum em_status em_resolver_override(struct em_resolver *resolver,
                                                  struct em_view host,
                                                  const struct em_address *address);
/* A table as text: lines "host address[:port]", "#" begins a comment. EM_ERR_FORMAT names
 * the line in *err. */
EM_MUST_CHECK enum em_status em_resolver_override_text(struct em_resolver *resolver,
                                                       struct em_view text,
                                                       struct em_err *err);

/* `host` as em_url_hostname gives it (an address, in brackets if IPv6, is its own answer).
 * EM_OK: *answer is filled. EM_AGAIN: see above; the same host may be asked about again
 * meanwhile, each question gets its answer. EM_ERR_NOMEM, EM_ERR_LIMIT (longer than 255
 * bytes). `now_ms`: any clock that does not go back, the same for ask and poll. */
EM_MUST_CHECK enum em_status em_resolver_ask(struct em_resolver *resolver,
                                             struct em_view host, int64_t now_ms,
                                             void *tag, struct em_resolve_answer *answer);

/* `answer` and `host` are valid during the call only; it may ask again. */
typedef void (*em_resolved_fn)(void *context, void *tag, struct em_view host,
                               const struct em_resolve_answer *answer);

/* Hands out answers that have come and timeouts that are over; returns how many. Does not
 * wait. */
size_t em_resolver_poll(struct em_resolver *resolver, int64_t now_ms,
                        em_resolved_fn resolved, void *context);

/* When the next timeout of a question is over; INT64_MAX: none waits. */
int64_t em_resolver_next_ms(const struct em_resolver *resolver);

struct em_resolver_stats {
    uint64_t asked, hits, negative_hits, overrides, lookups, found, none, failed,
        timeouts;
    size_t waiting, entries;
};
void em_resolver_stats(const struct em_resolver *resolver,
                       struct em_resolver_stats *stats);

#endif
