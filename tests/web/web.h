/* SPDX-License-Identifier: Apache-2.0
 *
 * The made-up web that loopback.c serves: what each host and path answers. Deterministic:
 * the same numbers of hosts and pages give the same bytes.
 */
#ifndef EM_TESTS_WEB_H
#define EM_TESTS_WEB_H

#include <stdbool.h>
#include <stddef.h>

enum { WEB_NAME = 256, WEB_PATH = 4096 };

struct web {
    unsigned hosts, pages; /* site0.test to site(hosts-1).test, pages each */
    unsigned ips;          /* they share so many addresses */
    bool changed;          /* pages with an odd number have another text */
};

struct web_request {
    char host[WEB_NAME], path[WEB_PATH], etag[WEB_NAME], since[WEB_NAME];
    bool head;
};

enum web_manner {
    WEB_WHOLE,   /* header and body, connection kept */
    WEB_RAW,     /* `body` are the bytes of the answer; then the connection is closed */
    WEB_RAW_RST, /* the same, closed with a reset */
    WEB_DRIP,    /* as RAW, a byte every 100 ms */
    WEB_HANG,    /* no answer */
    WEB_ENDLESS, /* `body`, then bytes without end */
};

struct web_answer {
    enum web_manner manner;
    int status;
    const char *type; /* Content-Type; NULL: none */
    char extra[8192]; /* more header lines, each with its line end */
    char *body;       /* malloc */
    size_t len;
};

/* Fills *answer (body may be NULL). */
void web_answer(const struct web *web, const struct web_request *request,
                struct web_answer *answer);

/* Does that host speak TLS, and HTTP/2 in it? */
bool web_tls(const char *host);
bool web_h2(const char *host);

/* Where a host is: on an address of IPv4, on ::1, on both (::1 first), or on one of IPv4
 * after an address of IPv6 at which nobody listens. */
enum web_family { WEB_FOUR, WEB_SIX, WEB_SIX_FOUR, WEB_DEAD_FOUR };
enum web_family web_family(const char *host);

/* The names of all hosts, one call each: `tls` where they speak it. */
void web_names(const struct web *web,
               void (*name)(void *context, const char *host, unsigned number, bool tls),
               void *context);

#endif
