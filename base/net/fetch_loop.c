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
#include <unistd.h>

enum { EVENTS = 256, MAX_TICK_MS = 200, MIN_TICK_MS = 5 };

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
    SET(CURLMOPT_SOCKETFUNCTION, em_fetch_socket_wanted);
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

static enum em_fetch_error fetch_loop_overdue(struct em_fetch_slot *slot, int64_t now)
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
    /* From the end: finishing moves the last one into the gap, and new ones go after. */
    for (size_t i = f->n_active; i-- > 0;) {
        if (i >= f->n_active)
            continue;
        struct em_fetch_slot *slot = f->active[i];
        enum em_fetch_error late =
            slot->stop == EM_FETCH_OK ? fetch_loop_overdue(slot, f->now_ms) : EM_FETCH_OK;
        if (late == EM_FETCH_OK)
            continue;
        slot->stop = late;
        curl_multi_remove_handle(f->multi, slot->easy);
        em_fetch_slot_finish(slot, CURLE_OPERATION_TIMEDOUT);
    }
}

/* --- the loop --------------------------------------------------------------------------- */

/* What came over a kept connection, with more after it, may be an answer to another
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

static size_t fetch_loop_deliver(struct em_fetcher *f)
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

static bool fetch_loop_handle(struct em_fetcher *f, const struct epoll_event *event)
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
                em_fetch_line_idle(f, events[i].data.fd);
        for (int i = 0; i < n; i++)
            woken |= fetch_loop_handle(f, &events[i]);
        if (f->timer_ms <= f->now_ms) {
            f->timer_ms = INT64_MAX;
            (void)curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        delivered = fetch_loop_deliver(f);
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
