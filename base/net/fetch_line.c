/* SPDX-License-Identifier: Apache-2.0
 *
 * The fetcher's sockets: what libcurl wants to know of each, whose transfer opened it, and
 * whether more came over a kept connection than was announced.
 *
 * Thread rule: as the fetcher's.
 */
#include "base/net/fetch_int.h"

#include "base/alloc.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN = 1, OUT = 2 };

int64_t em_fetch_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- sockets --------------------------------------------------------------------------- */

static bool sockets_reach(struct em_fetcher *f, int fd)
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
static bool socket_watch(struct em_fetcher *f, int fd, unsigned want)
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

int em_fetch_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *context,
                           void *socket_context)
{
    struct em_fetcher *f = context;
    (void)easy;
    (void)socket_context;
    if (fd < 0 || !sockets_reach(f, fd)) {
        f->broken = EM_ERR_NOMEM;
        return -1;
    }
    if (what == CURL_POLL_REMOVE) { /* it stays in epoll: see struct em_fetch_socket */
        f->sockets[fd].wanted = 0;
        return 0;
    }
    f->sockets[fd].wanted =
        (uint8_t)((what & CURL_POLL_IN ? IN : 0) | (what & CURL_POLL_OUT ? OUT : 0));
    if (!socket_watch(f, fd, f->sockets[fd].wanted)) {
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
    if (!sockets_reach(slot->fetcher, fd))
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
 * A response ends where its header says. Bytes that come after it on the same connection
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

void em_fetch_line_idle(struct em_fetcher *f, int fd)
{
    struct em_fetch_socket *s = &f->sockets[fd];
    (void)socket_watch(f, fd, 0);
    if (!s->port || s->http2)
        return;
    if (s->server && !s->tls && socket_has_bytes(fd))
        em_fetch_overrun_note(f, s->server);
    (void)shutdown(fd, SHUT_RDWR);
}
