/* SPDX-License-Identifier: Apache-2.0
 *
 * What the three files of the fetcher share. fetch.c: options, life, starting. transfer.c:
 * one transfer, from its options in libcurl to its result. fetch_loop.c: sockets, timers,
 * deadlines. Only these see libcurl.
 *
 * A slot is one transfer's memory, with its easy handle; it is used again and again and its
 * constant options are set once, so that a warm fetcher allocates nothing of its own (what
 * libcurl and OpenSSL allocate does not go through base/alloc.h).
 */
#ifndef EM_BASE_NET_FETCH_INT_H
#define EM_BASE_NET_FETCH_INT_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/net/fetch.h"
#include "base/net/setup.h"
#include "base/wire/url.h"

struct em_fetch_slot {
    struct em_fetcher *fetcher;
    CURL *easy;
    struct em_fetch_slot *next; /* free or failed list */
    size_t at;                  /* in fetcher->active */

    void *tag;
    em_fetch_header_fn header_fn;
    void *header_context;
    size_t max_body;

    struct em_buf url, header, body;
    struct em_buf conditions;       /* field lines, each with its NUL */
    struct curl_slist condition[2]; /* in front of the fetcher's fields */
    struct em_address address;      /* asked for */
    char pin[EM_ADDRESS_TEXT + 8];  /* "::ADDRESS:PORT" */
    struct curl_slist pin_node;
    struct curl_slist *fields; /* what libcurl was given */

    enum em_net_phase phase; /* libcurl's timers tell name, address and TLS apart */
    int socket;              /* being connected, or -1 */
    int line;                /* the request went out over this one; -1: not yet */
    uint64_t server;         /* hash of scheme, host and port */
    int64_t begun_ms, opened_ms, connected_ms, sent_ms; /* the loop's clock; 0: not yet */
    int64_t window_ms;                                  /* the slow rule's window began */
    size_t window_bytes;
    uint64_t received; /* of the body */
    int64_t announced; /* by Content-Length where that is how the body ends; -1: not */
    size_t header_total, header_lines;
    size_t counted; /* of fetcher->buffered */
    bool header_done, request_sent, is_final, used;
    bool stale;   /* the kept connection held bytes of another response */
    bool again;   /* this is the second try, over a connection of its own */
    bool surplus; /* more came than was announced */

    enum em_fetch_error stop; /* why we ended it; EM_FETCH_OK: we did not */
    struct em_net_door door;
    struct em_fetch_result result;
    char message[CURL_ERROR_SIZE];
};

/* What epoll knows of a file descriptor. libcurl takes a socket back at the end of each
 * transfer and gives it again with the next one; it stays registered meanwhile, which saves
 * two system calls a page. */
struct em_fetch_socket {
    uint8_t registered; /* EPOLLIN 1, EPOLLOUT 2 */
    uint8_t wanted;     /* by libcurl; 0: idle or not its own */
    bool http2, tls;    /* TLS has messages of its own between responses */
    uint16_t port;      /* our own end's, once a request went out; 0: none did */
    uint64_t server;    /* which is asked over it: em_fetch_slot.server */
    struct em_fetch_slot *opener; /* that waits for its connection; NULL: none */
};

/* Servers that once sent more than they announced: no connection to them is kept. One of
 * many, found by its hash; a newer one takes an older one's place. */
enum { EM_FETCH_OVERRUN = 4096, EM_FETCH_PORTS = 65536 };

struct em_fetcher {
    struct em_fetcher_options options;
    struct em_buf texts; /* copies of the options' strings, field lines */
    const char *user_agent,
        *encodings; /* libcurl has options for these, which cost less */
    struct curl_slist fields[8];
    unsigned n_fields;
    const char *ca_file;

    CURLM *multi;
    int epoll, wake;
    struct em_fetch_socket *sockets; /* by file descriptor */
    size_t n_sockets;
    int *by_port;      /* of our own ports: the descriptor that has it; EM_FETCH_PORTS */
    uint64_t *overrun; /* EM_FETCH_OVERRUN */
    int64_t now_ms, timer_ms; /* when libcurl wants to be called; INT64_MAX: not */
    int64_t tick_ms, next_tick_ms;

    struct em_fetch_slot **active;
    size_t n_active, n_slots; /* slots: all there are, in `all` */
    struct em_fetch_slot **all;
    struct em_fetch_slot *free, *failed, *failed_last;

    em_fetch_done_fn done;
    void *done_context;
    struct em_url url;     /* of the request being started */
    struct em_buf request; /* of the result handed out */
    struct em_fetcher_stats stats;
    enum em_status broken; /* a callback of libcurl could not do its work */
    bool global;
    bool one_use; /* easy handles: see renew() in transfer.c */
};

/* transfer.c */
struct em_fetch_slot *em_fetch_slot_new(struct em_fetcher *fetcher);
void em_fetch_slot_free(struct em_fetch_slot *slot);
EM_MUST_CHECK enum em_status
em_fetch_slot_prepare(struct em_fetch_slot *slot, const struct em_fetch_request *request);
/* Hands out the result; the slot is free afterwards. `code`: libcurl's, where it ended. */
void em_fetch_slot_finish(struct em_fetch_slot *slot, CURLcode code);
/* The same request over a new connection. False: that cannot be. */
bool em_fetch_slot_restart(struct em_fetch_slot *slot);

/* fetch_line.c */
int64_t em_fetch_clock(void);
/* CURLMOPT_SOCKETFUNCTION */
int em_fetch_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context,
                           void *socket_context);
/* Sockets come and go: `slot` waits for `fd` to be connected. False: no memory. */
bool em_fetch_socket_opened(struct em_fetch_slot *slot, int fd);
void em_fetch_socket_forget(struct em_fetch_slot *slot);
int em_fetch_socket_close(void *fetcher, curl_socket_t fd);
/* The request goes out from this port of ours: slot->line is its descriptor, or -1. */
void em_fetch_line_find(struct em_fetch_slot *slot, uint16_t port);
/* True where bytes wait on a connection that should have none. */
bool em_fetch_line_dirty(const struct em_fetch_slot *slot);
/* Nothing more goes over the connection: libcurl finds it dead. */
void em_fetch_line_spoil(struct em_fetch_slot *slot);
/* Its server has sent more than it announced, or has done so before. */
void em_fetch_overrun_note(struct em_fetcher *fetcher, uint64_t server);
bool em_fetch_overrun(const struct em_fetcher *fetcher, uint64_t server);
/* An idle connection is readable: the server says goodbye, or more than it should. */
void em_fetch_line_idle(struct em_fetcher *fetcher, int fd);

/* fetch_loop.c */
EM_MUST_CHECK enum em_status em_fetch_loop_init(struct em_fetcher *fetcher,
                                                struct em_err *err);
void em_fetch_loop_release(struct em_fetcher *fetcher);

#endif
