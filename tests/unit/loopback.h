/* SPDX-License-Identifier: Apache-2.0
 *
 * A web server for one test program: a thread accepts on a free port of 127.0.0.0/8, one
 * thread a connection reads requests and lets a function of the test write whatever bytes
 * it likes. Nothing is timed: what must not happen is waited for by the other side.
 */
#ifndef EM_TESTS_UNIT_LOOPBACK_H
#define EM_TESTS_UNIT_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct loopback;

/* Answers the request `head` (NUL-terminated) on `fd`; false closes the connection. */
typedef bool (*loopback_fn)(struct loopback *server, int fd, const char *head);

struct loopback {
    int fd;
    uint16_t port;
    pthread_t thread;
    loopback_fn answer;
    void *context;
    atomic_int connections, requests, open;
    atomic_bool quit;
    pthread_mutex_t mutex;
    char last[32768]; /* the newest request's head; after mutex */
    int fds[1024];    /* of open connections, so that stopping can end them */
    int n_fds;
};

struct loopback_connection {
    struct loopback *server;
    int fd;
};

static inline bool loopback_send(int fd, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

static inline bool loopback_text(int fd, const char *text)
{
    return loopback_send(fd, text, strlen(text));
}

/* A millisecond, between looking again. */
static inline void loopback_pause(void)
{
    struct timespec ms = {.tv_nsec = 1000000};
    nanosleep(&ms, NULL);
}

/* Until the other side has gone: for servers that say nothing more. */
static inline void loopback_hang(int fd)
{
    char c;
    while (recv(fd, &c, 1, 0) > 0)
        ;
}

/* The connection ends with a reset. */
static inline void loopback_reset(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static inline void loopback_forget(struct loopback *s, int fd)
{
    pthread_mutex_lock(&s->mutex);
    for (int i = 0; i < s->n_fds; i++)
        if (s->fds[i] == fd)
            s->fds[i] = s->fds[--s->n_fds];
    close(fd);
    pthread_mutex_unlock(&s->mutex);
    atomic_fetch_sub(&s->open, 1);
}

static inline void *loopback_serve(void *argument)
{
    struct loopback_connection *c = argument;
    struct loopback *s = c->server;
    char head[32768];
    size_t have = 0;
    bool go_on = true;
    while (go_on) {
        char *end;
        head[have] = '\0';
        while ((end = strstr(head, "\r\n\r\n")) == NULL && have < sizeof(head) - 1) {
            ssize_t n = recv(c->fd, head + have, sizeof(head) - 1 - have, 0);
            if (n <= 0)
                break;
            have += (size_t)n;
            head[have] = '\0';
        }
        if (!end)
            break;
        size_t len = (size_t)(end + 4 - head);
        char saved = head[len];
        head[len] = '\0';
        pthread_mutex_lock(&s->mutex);
        memcpy(s->last, head, len + 1);
        pthread_mutex_unlock(&s->mutex);
        atomic_fetch_add(&s->requests, 1);
        go_on = s->answer(s, c->fd, head);
        head[len] = saved;
        memmove(head, head + len, have - len + 1);
        have -= len;
    }
    loopback_forget(s, c->fd);
    free(c);
    return NULL;
}

static inline void *loopback_accept(void *argument)
{
    struct loopback *s = argument;
    while (!atomic_load(&s->quit)) {
        int fd = accept(s->fd, NULL, NULL), one = 1;
        struct loopback_connection *c = fd < 0 ? NULL : malloc(sizeof(*c));
        pthread_t thread;
        if (!c || atomic_load(&s->quit)) {
            free(c);
            if (fd >= 0)
                close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        *c = (struct loopback_connection){s, fd};
        atomic_fetch_add(&s->connections, 1);
        atomic_fetch_add(&s->open, 1);
        pthread_mutex_lock(&s->mutex);
        if (s->n_fds < 1024)
            s->fds[s->n_fds++] = fd;
        pthread_mutex_unlock(&s->mutex);
        if (pthread_create(&thread, NULL, loopback_serve, c) == 0) {
            pthread_detach(thread);
        } else {
            loopback_forget(s, fd);
            free(c);
        }
    }
    return NULL;
}

static inline bool loopback_start(struct loopback *s, loopback_fn answer, void *context)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof(at);
    int one = 1;
    memset(s, 0, sizeof(*s));
    pthread_mutex_init(&s->mutex, NULL);
    s->answer = answer;
    s->context = context;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    at.sin_addr.s_addr = htonl(INADDR_ANY); /* 127.0.0.1, 127.0.0.2, ... */
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(s->fd, 512) != 0 || getsockname(s->fd, (struct sockaddr *)&at, &len) != 0)
        return false;
    s->port = ntohs(at.sin_port);
    return pthread_create(&s->thread, NULL, loopback_accept, s) == 0;
}

static inline void loopback_stop(struct loopback *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    atomic_store(&s->quit, true);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* wakes accept */
    if (connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
        shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(fd);
    while (atomic_load(&s->open) > 0) {
        pthread_mutex_lock(&s->mutex);
        for (int i = 0; i < s->n_fds; i++)
            shutdown(s->fds[i], SHUT_RDWR);
        pthread_mutex_unlock(&s->mutex);
        loopback_pause();
    }
    close(s->fd);
    pthread_mutex_destroy(&s->mutex);
}

#endif
