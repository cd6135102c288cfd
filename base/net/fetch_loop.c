/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop: epoll tells which sockets are ready, libcurl's multi_socket interface
 * moves their transfers on, a tick some times a second looks at deadlines.
 *
 * libcurl's one timer becomes the timeout of epoll_wait. Deadlines are looked at in one
 * pass over the active transfers every tick_ms: 20,000 of them cost a fraction of a
 * millisecond, and nothing has to be kept sorted. A deadline is thus late by one tick.
 *
 * Thread rule: as the fetcher's.
 */
#include "base/net/fetch_int.h"

#include "base/alloc.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, MAX_TICK_MS = 200, MIN_TICK_MS = 5 };
enum { IN = 1, OUT = 2 };

int64_t em_fetch_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- sockets --------------------------------------------------------------------------- */

static bool table_has(struct em_fetcher *f, int fd)
{
    if ((size_t)fd < f->n_sockets)
        return true;
    size_t n = f->n_sockets ? f->n_sockets : 64;
    while (n <= (size_t)fd)
        n *= 2;
    struct em_fetch_socket *grown =
        em_realloc_array(f->sockets, n, sizeof(struct em_fetch_socket));
    if (!grown)
        return false;
    memset(grown + f->n_sockets, 0, (n - f->n_sockets) * sizeof(struct em_fetch_socket));
    f->sockets = grown;
    f->n_sockets = n;
    return true;
}

/* Makes epoll watch fd for `want`; 0 takes it out. */
static bool watch(struct em_fetcher *f, int fd, unsigned want)
{
    struct em_fetch_socket *s = &f->sockets[fd];
    struct epoll_event event = {.data.fd = fd};
    event.events =
        (want & IN ? (uint32_t)EPOLLIN : 0u) | (want & OUT ? (uint32_t)EPOLLOUT : 0u);
    int operation = want == 0       ? EPOLL_CTL_DEL
                    : s->registered ? EPOLL_CTL_MOD
                                    : EPOLL_CTL_ADD;
    if (s->registered == want)
        return true;
    int failed = epoll_ctl(f->epoll, operation, fd, &event);
    if (failed && errno == EEXIST)
        failed = epoll_ctl(f->epoll, EPOLL_CTL_MOD, fd, &event);
    else if (failed && errno == ENOENT && want)
        failed = epoll_ctl(f->epoll, EPOLL_CTL_ADD, fd, &event);
    s->registered = (uint8_t)(failed ? 0 : want);
    return !failed || want == 0;
}

/* CURLMOPT_SOCKETFUNCTION */
static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context,
                         void *socket_context)
{
    struct em_fetcher *f = context;
    (void)easy;
    (void)socket_context;
    if (fd < 0 || !table_has(f, fd)) {
        f->broken = EM_ERR_NOMEM;
        return -1;
    }
    if (what == CURL_POLL_REMOVE) { /* it stays in epoll: see struct em_fetch_socket */
        f->sockets[fd].wanted = 0;
        return 0;
    }
    f->sockets[fd].wanted =
        (uint8_t)((what & CURL_POLL_IN ? IN : 0) | (what & CURL_POLL_OUT ? OUT : 0));
    if (!watch(f, fd, f->sockets[fd].wanted)) {
        f->broken = EM_ERR_IO;
        return -1;
    }
    return 0;
}

void em_fetch_socket_forget(struct em_fetch_slot *slot)
{
    if (slot->socket >= 0)
        slot->fetcher->sockets[slot->socket].opener = NULL;
    slot->socket = -1;
}

bool em_fetch_socket_opened(struct em_fetch_slot *slot, int fd)
{
    if (!table_has(slot->fetcher, fd))
        return false;
    em_fetch_socket_forget(slot);
    slot->fetcher->sockets[fd].opener = slot;
    slot->socket = fd;
    return true;
}

int em_fetch_socket_close(void *context, curl_socket_t fd)
{
    struct em_fetcher *f = context;
    if (fd >= 0 && (size_t)fd < f->n_sockets) {
        if (f->sockets[fd].opener)
            f->sockets[fd].opener->socket = -1;
        f->sockets[fd] = (struct em_fetch_socket){0}; /* closing takes it out of epoll */
    }
    return close(fd);
}

/* --- surplus -------------------------------------------------------------------------------
 * A response ends where its header says. Bytes that come behind it on the same connection
 * would be read as the beginning of the next response (libcurl 7.88 does so), and a page would
 * be archived with the text of another. So a connection is looked at when a response has
 * ended, while it is idle, and before the next request goes out; one that holds bytes is shut
 * down, and its server gets no kept connections any more. HTTP/2 has frames and is left alone. */

void em_fetch_line_find(struct em_fetch_slot *slot, uint16_t port)
{
    struct em_fetcher *f = slot->fetcher;
    slot->line = -1;
    if (slot->socket >= 0) {
        slot->line = slot->socket;
        f->sockets[slot->line].port = port;
        f->by_port[port] = slot->line;
    } else if (f->by_port[port] >= 0 && (size_t)f->by_port[port] < f->n_sockets &&
               f->sockets[f->by_port[port]].port == port) {
        slot->line = f->by_port[port];
    }
    if (slot->line >= 0)
        f->sockets[slot->line].server = slot->server;
}

static bool socket_has_bytes(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* The descriptor may have been closed, and used again, since. */
static bool line_is_ours(const struct em_fetch_slot *slot)
{
    const struct em_fetcher *f = slot->fetcher;
    return slot->line >= 0 && (size_t)slot->line < f->n_sockets &&
           f->sockets[slot->line].port && f->sockets[slot->line].server == slot->server &&
           f->by_port[f->sockets[slot->line].port] == slot->line;
}

bool em_fetch_line_dirty(const struct em_fetch_slot *slot)
{
    return line_is_ours(slot) && socket_has_bytes(slot->line);
}

void em_fetch_line_spoil(struct em_fetch_slot *slot)
{
    if (line_is_ours(slot))
        (void)shutdown(slot->line, SHUT_RDWR);
}

void em_fetch_overrun_note(struct em_fetcher *f, uint64_t server)
{
    f->overrun[server % EM_FETCH_OVERRUN] = server;
}

bool em_fetch_overrun(const struct em_fetcher *f, uint64_t server)
{
    return f->overrun[server % EM_FETCH_OVERRUN] == server;
}

/* An idle connection is readable: the server says goodbye, or more than it should. */
static void idle_readable(struct em_fetcher *f, int fd)
{
    struct em_fetch_socket *s = &f->sockets[fd];
    (void)watch(f, fd, 0);
    if (!s->port || s->http2)
        return;
    if (s->server && !s->tls && socket_has_bytes(fd))
        em_fetch_overrun_note(f, s->server);
    (void)shutdown(fd, SHUT_RDWR);
}

/* CURLMOPT_TIMERFUNCTION */
static int timer_wanted(CURLM *multi, long timeout_ms, void *context)
{
    struct em_fetcher *f = context;
    (void)multi;
    f->timer_ms = timeout_ms < 0 ? INT64_MAX : em_fetch_clock() + timeout_ms;
    return 0;
}

/* --- life -------------------------------------------------------------------------------- */

static int64_t tick_of(const struct em_fetcher_options *o)
{
    int64_t least = o->total_ms;
    const int64_t deadlines[] = {o->resolve_ms, o->connect_ms, o->tls_ms,
                                 o->first_byte_ms, o->slow_ms};
    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++)
        least = deadlines[i] < least ? deadlines[i] : least;
    least /= 8;
    return least < MIN_TICK_MS ? MIN_TICK_MS : least > MAX_TICK_MS ? MAX_TICK_MS : least;
}

enum em_status em_fetch_loop_init(struct em_fetcher *f, struct em_err *err)
{
    struct epoll_event event = {.events = EPOLLIN};
    f->by_port = em_malloc(EM_FETCH_PORTS * sizeof(f->by_port[0]));
    f->overrun = em_calloc(EM_FETCH_OVERRUN, sizeof(f->overrun[0]));
    if (!f->by_port || !f->overrun)
        return EM_ERR_NOMEM;
    memset(f->by_port, 0xFF, EM_FETCH_PORTS * sizeof(f->by_port[0]));
    f->timer_ms = INT64_MAX;
    f->now_ms = em_fetch_clock();
    f->tick_ms = tick_of(&f->options);
    f->next_tick_ms = f->now_ms + f->tick_ms;
    f->multi = curl_multi_init();
    if (!f->multi)
        return EM_ERR_NOMEM;
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    f->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = f->wake;
    if (f->epoll < 0 || f->wake < 0 ||
        epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->wake, &event) != 0)
        return em_fail(err, EM_ERR_IO, "fetch", "no epoll: %s", strerror(errno));
    int bad = 0;
#define SET(option, value) bad |= curl_multi_setopt(f->multi, option, value) != CURLM_OK
    SET(CURLMOPT_SOCKETFUNCTION, socket_wanted);
    SET(CURLMOPT_SOCKETDATA, f);
    SET(CURLMOPT_TIMERFUNCTION, timer_wanted);
    SET(CURLMOPT_TIMERDATA, f);
    SET(CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    /* libcurl counts connections in use as well. */
    SET(CURLMOPT_MAXCONNECTS, (long)(f->options.max_transfers + f->options.max_idle));
#undef SET
    return bad ? EM_ERR_NOMEM : EM_OK;
}

void em_fetch_loop_release(struct em_fetcher *f)
{
    if (f->multi)
        curl_multi_cleanup(f->multi);
    f->multi = NULL;
    if (f->epoll >= 0)
        close(f->epoll);
    if (f->wake >= 0)
        close(f->wake);
    em_free(f->sockets);
    em_free(f->by_port);
    em_free(f->overrun);
}

void em_fetcher_wake(void *fetcher)
{
    struct em_fetcher *f = fetcher;
    uint64_t one = 1;
    ssize_t n = write(f->wake, &one, sizeof(one)); /* full: it is awake already */
    (void)n;
}

/* --- deadlines ----------------------------------------------------------------------------- */

static enum em_fetch_error connect_overdue(struct em_fetch_slot *slot, int64_t now)
{
    const struct em_fetcher_options *o = &slot->fetcher->options;
    struct sockaddr_storage peer;
    socklen_t len = sizeof(peer);
    if (!slot->opened_ms)
        return now - slot->begun_ms > o->resolve_ms ? EM_FETCH_TIMEOUT_RESOLVE
                                                    : EM_FETCH_OK;
    /* libcurl says when a connection was made only after TLS. */
    if (!slot->connected_ms && slot->socket >= 0 &&
        getpeername(slot->socket, (struct sockaddr *)&peer, &len) == 0)
        slot->connected_ms = now;
    if (!slot->connected_ms)
        return now - slot->opened_ms > o->connect_ms ? EM_FETCH_TIMEOUT_CONNECT
                                                     : EM_FETCH_OK;
    return now - slot->connected_ms > o->tls_ms ? EM_FETCH_TIMEOUT_TLS : EM_FETCH_OK;
}

static enum em_fetch_error overdue(struct em_fetch_slot *slot, int64_t now)
{
    const struct em_fetcher_options *o = &slot->fetcher->options;
    if (now - slot->begun_ms > o->total_ms)
        return EM_FETCH_TIMEOUT_TOTAL;
    switch (slot->phase) {
    case EM_NET_CONNECTING:
        return connect_overdue(slot, now);
    case EM_NET_WAITING:
        return now - slot->sent_ms > o->first_byte_ms ? EM_FETCH_TIMEOUT_FIRST
                                                      : EM_FETCH_OK;
    default:
        if (now - slot->window_ms < o->slow_ms)
            return EM_FETCH_OK;
        if (slot->window_bytes < o->slow_bytes)
            return EM_FETCH_TIMEOUT_SLOW;
        slot->window_ms = now;
        slot->window_bytes = 0;
        return EM_FETCH_OK;
    }
}

static void tick(struct em_fetcher *f)
{
    f->next_tick_ms = f->now_ms + f->tick_ms;
    /* From the end: finishing moves the last one into the gap, and new ones go behind. */
    for (size_t i = f->n_active; i-- > 0;) {
        if (i >= f->n_active)
            continue;
        struct em_fetch_slot *slot = f->active[i];
        enum em_fetch_error late =
            slot->stop == EM_FETCH_OK ? overdue(slot, f->now_ms) : EM_FETCH_OK;
        if (late == EM_FETCH_OK)
            continue;
        slot->stop = late;
        curl_multi_remove_handle(f->multi, slot->easy);
        em_fetch_slot_finish(slot, CURLE_OPERATION_TIMEDOUT);
    }
}

/* --- the loop --------------------------------------------------------------------------- */

/* What came over a kept connection, with more behind it, may be an answer to another
 * request: it is asked for again. */
static void look_for_surplus(struct em_fetch_slot *slot, CURLcode code)
{
    long version = 0;
    (void)curl_easy_getinfo(slot->easy, CURLINFO_HTTP_VERSION, &version);
    if (slot->stale || version == CURL_HTTP_VERSION_2_0)
        return;
    if (code == CURLE_OK && em_fetch_line_dirty(slot)) {
        /* Over TLS it may be a message of TLS itself: the connection goes, no more. */
        slot->surplus |= !slot->fetcher->sockets[slot->line].tls;
        em_fetch_line_spoil(slot);
    }
    if (!slot->surplus)
        return;
    em_fetch_overrun_note(slot->fetcher, slot->server);
    slot->stale = slot->result.reused;
}

static size_t deliver(struct em_fetcher *f)
{
    size_t delivered = 0;
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(f->multi, &left)) != NULL) {
        struct em_fetch_slot *slot = NULL;
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        curl_multi_remove_handle(f->multi, slot->easy);
        look_for_surplus(slot, code);
        if (slot->stale && em_fetch_slot_restart(slot))
            continue;
        em_fetch_slot_finish(slot, code);
        delivered++;
    }
    /* Those that failed while these are handed out wait for the next run. */
    struct em_fetch_slot *failed = f->failed;
    f->failed = f->failed_last = NULL;
    while (failed) {
        struct em_fetch_slot *slot = failed;
        failed = slot->next;
        em_fetch_slot_finish(slot, CURLE_OK);
        delivered++;
    }
    return delivered;
}

static bool handle(struct em_fetcher *f, const struct epoll_event *event)
{
    int fd = event->data.fd, running;
    int mask = (event->events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
               (event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    if (fd == f->wake) {
        uint64_t count;
        ssize_t n = read(f->wake, &count, sizeof(count));
        (void)n;
        return true;
    }
    if (!f->sockets[fd].wanted)
        return false; /* em_fetcher_run() has seen to it */
    (void)curl_multi_socket_action(f->multi, fd, mask, &running);
    return false;
}

static int wait_ms(const struct em_fetcher *f, int64_t until)
{
    int64_t next = f->timer_ms < until ? f->timer_ms : until;
    if (f->n_active && f->next_tick_ms < next)
        next = f->next_tick_ms;
    if (next == INT64_MAX)
        return -1;
    return next <= f->now_ms          ? 0
           : next - f->now_ms > 60000 ? 60000
                                      : (int)(next - f->now_ms);
}

enum em_status em_fetcher_run(struct em_fetcher *f, int timeout_ms, struct em_err *err)
{
    struct epoll_event events[EVENTS];
    size_t delivered;
    bool woken = false;
    f->now_ms = em_fetch_clock();
    int64_t until = timeout_ms < 0 ? INT64_MAX : f->now_ms + timeout_ms;
    do {
        int running,
            n = f->failed ? 0 : epoll_wait(f->epoll, events, EVENTS, wait_ms(f, until));
        if (n < 0 && errno != EINTR)
            return em_fail(err, EM_ERR_IO, "fetch", "epoll: %s", strerror(errno));
        woken = n < 0;
        f->now_ms = em_fetch_clock();
        /* Idle ones first: what is handled next may take one for its request. */
        for (int i = 0; i < n; i++)
            if (events[i].data.fd != f->wake && !f->sockets[events[i].data.fd].wanted)
                idle_readable(f, events[i].data.fd);
        for (int i = 0; i < n; i++)
            woken |= handle(f, &events[i]);
        if (f->timer_ms <= f->now_ms) {
            f->timer_ms = INT64_MAX;
            (void)curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        delivered = deliver(f);
        if (f->n_active && f->next_tick_ms <= f->now_ms) {
            size_t before = f->n_active;
            tick(f);
            delivered += f->n_active < before;
        }
        if (f->broken < 0)
            return em_fail(err, f->broken, "fetch", "the event loop failed");
    } while (!delivered && !woken && f->now_ms < until);
    return EM_OK;
}
