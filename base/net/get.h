/* SPDX-License-Identifier: Apache-2.0
 *
 * One GET at a time, waited for: how large objects are read. Thousands at a time are the
 * fetcher's (fetch.h); both stand on the same set-up and the same guard.
 *
 * Redirects are followed one by one, at most EM_GET_REDIRECTS, never from https to http.
 * Each hop goes through the guard: a name that is redirected to a private address, or an
 * address that the caller has not named itself, is not asked. A proxy from the environment
 * (http_proxy, https_proxy, all_proxy, no_proxy) is used as libcurl and curl use it.
 *
 * Threads: one handle, one thread; any number of handles.
 */
#ifndef EM_BASE_NET_GET_H
#define EM_BASE_NET_GET_H

#include "base/net/fetch.h"

enum { EM_GET_REDIRECTS = 5, EM_GET_DETAIL = 320 };

struct em_get; /* with its connection, kept for the next request to the same server */

/* NULL: out of memory. */
struct em_get *em_get_new(void);
void em_get_free(struct em_get *get); /* NULL is allowed */

struct em_get_request {
    const char *url;           /* http or https */
    const char *const *fields; /* "Name: value", ends with NULL; "Name:" leaves it out */
    const char *const *first;  /* the same, sent to `url` alone: no redirect gets them */
    bool follow;               /* redirects */
    bool allow_private;        /* for every hop */
    double connect_s;          /* until a connection is made; 0: 30 */

    /* Whether the user named this URL's server, wherever it is; NULL: never. */
    bool (*named)(void *context, struct em_view url);
    /* Every header line of every hop as it comes, with its end; a status line begins
     * again. */
    void (*header)(void *context, struct em_view line);
    /* Bytes of a body that is no redirect's; false ends the transfer. */
    bool (*body)(void *context, char *bytes, size_t n);
    /* Asked several times a second; false ends the transfer. */
    bool (*proceed)(void *context);
    void *context;
};

struct em_get_result {
    enum em_fetch_error error;  /* EM_FETCH_CANCELLED: a callback ended it */
    bool lasting;               /* trying again does not help */
    char detail[EM_GET_DETAIL]; /* for a person; empty where there is no error */
};

void em_get_run(struct em_get *get, const struct em_get_request *request,
                struct em_get_result *result);

/* The proxy that the environment names for a URL; NULL: none. Static or the environment's. */
const char *em_get_proxy(struct em_view url);

#endif
