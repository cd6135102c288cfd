/* SPDX-License-Identifier: Apache-2.0
 *
 * A made-up web (web.c) on loopback addresses: one process, one epoll loop, every host an
 * address of 127.0.0.0/8 (or several on one), some on ::1 where the machine has it, plain
 * on one port and TLS on another; with HTTP/2 (h2.c) where web.c says so. A host with a
 * certificate of its own in the folder of --cert (HOST.pem, key included) shows that.
 *
 *     loopback [--hosts N] [--pages N] [--ips N] [--seconds N] [--changed]
 *              [--cert PEM --key PEM] --names FILE --log FILE
 *
 * Writes FILE (lines "host address:port", for `crawl --resolve`), then prints "ready". Ends
 * when standard input does, or after --seconds (300).
 *
 * The log, times in microseconds (CLOCK_MONOTONIC):
 *
 *     R time ip host path status       a request was read
 *     E time ip                        the last bytes of its answer are about to be sent
 *     X time ip                        its connection has gone before
 *     O time ip / C time ip            a connection was opened, closed
 */
#define _GNU_SOURCE
#include "tests/web/h2.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    IN = 32768,
    MAX_FDS = 65536,
    DRIP_MS = 100,
    TICK_MS = 50,
    TLS_HANDSHAKE = 0x16,
    MAX_OWN = 8,
    N_LISTENERS = 5
};

struct conn {
    int fd;
    SSL *ssl; /* NULL: plain */
    char ip[INET6_ADDRSTRLEN];
    bool h2, greeted; /* greeted: its preface came */
    bool shaken, answering, close, reset, hang, endless, drip;
    bool wants_write;
    int64_t dripped;
    char in[IN];
    size_t in_len;
    char *out;
    size_t out_len, out_at, out_cap;
    struct conn *next_drip;
};

struct server {
    struct web web;
    const char *cert, *key, *names, *log_path;
    unsigned seconds;
    int epoll, plain, tls, plain6, tls6; /* -1: none */
    unsigned plain_port, tls_port;
    SSL_CTX *ctx;
    struct {
        char *host;
        SSL_CTX *ctx;
    } own[MAX_OWN]; /* certificates of single hosts */
    unsigned n_own;
    FILE *log;
    struct conn **conns; /* by fd */
    struct conn *drips;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1000000 * (int64_t)t.tv_sec + t.tv_nsec / 1000;
}

static void fatal(const char *what)
{
    fprintf(stderr, "loopback: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void note_at(struct server *s, char kind, const struct conn *c, int64_t us)
{
    fprintf(s->log, "%c %lld %s\n", kind, (long long)us, c->ip);
}

static void note(struct server *s, char kind, const struct conn *c)
{
    note_at(s, kind, c, now_us());
}

static void watch(struct server *s, struct conn *c, bool write)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? EPOLLOUT : 0u),
                                .data.ptr = c};
    if (c->wants_write == write)
        return;
    c->wants_write = write;
    epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static void drop(struct server *s, struct conn *c)
{
    if (c->answering)
        note(s, 'X', c);
    note(s, 'C', c);
    for (struct conn **at = &s->drips; *at; at = &(*at)->next_drip)
        if (*at == c) {
            *at = c->next_drip;
            break;
        }
    if (c->reset) {
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    } else if (c->ssl && c->shaken) {
        SSL_shutdown(c->ssl);
    }
    SSL_free(c->ssl);
    s->conns[c->fd] = NULL;
    close(c->fd);
    free(c->out);
    free(c);
}

/* --- bytes ----------------------------------------------------------------------------------- */

/* As recv and send: -1 with EAGAIN where it must wait. */
static ssize_t receive(struct conn *c, void *to, size_t n)
{
    if (!c->ssl)
        return recv(c->fd, to, n, 0);
    int got = SSL_read(c->ssl, to, (int)n);
    if (got > 0)
        return got;
    int why = SSL_get_error(c->ssl, got);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static ssize_t transmit(struct conn *c, const void *from, size_t n)
{
    if (!c->ssl)
        return send(c->fd, from, n, MSG_NOSIGNAL);
    int put = SSL_write(c->ssl, from, (int)n);
    if (put > 0)
        return put;
    int why = SSL_get_error(c->ssl, put);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static void out(struct conn *c, const void *bytes, size_t n)
{
    if (c->out_len + n > c->out_cap) {
        c->out_cap = c->out_len + n + 1024;
        c->out = realloc(c->out, c->out_cap);
        if (!c->out)
            fatal("memory");
    }
    memcpy(c->out + c->out_len, bytes, n);
    c->out_len += n;
}

/* Sends what it can; false when the connection has gone. */
static bool flush(struct server *s, struct conn *c)
{
    static const char filler[65536] = {0};
    int64_t before = now_us(); /* nobody can have the answer before it is sent */
    while (c->out_at < c->out_len) {
        before = now_us();
        size_t n = c->out_len - c->out_at;
        if (c->drip) {
            if (now_us() - c->dripped < 1000 * DRIP_MS)
                return true;
            c->dripped = now_us();
            n = 1;
        }
        ssize_t sent = transmit(c, c->out + c->out_at, n);
        if (sent < 0 && errno == EAGAIN) {
            watch(s, c, true);
            return true;
        }
        if (sent <= 0) {
            drop(s, c);
            return false;
        }
        c->out_at += (size_t)sent;
        if (c->endless && c->out_at == c->out_len) {
            c->out_at = c->out_len = 0;
            out(c, filler, sizeof(filler));
        }
    }
    watch(s, c, false);
    c->out_at = c->out_len = 0;
    if (c->hang)
        return true;
    if (c->answering)
        note_at(s, 'E', c, before);
    c->answering = false;
    if (c->close) {
        drop(s, c);
        return false;
    }
    return true;
}

/* --- requests -------------------------------------------------------------------------------- */

static const char *field(const char *header, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(header, "\r\n"); p && p[2]; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, n) == 0 && p[2 + n] == ':')
            return p + 3 + n + strspn(p + 3 + n, " ");
    return NULL;
}

static void copy_until(char *to, size_t cap, const char *from, const char *ends)
{
    size_t n = from ? strcspn(from, ends) : 0;
    if (n >= cap)
        n = cap - 1;
    memcpy(to, from ? from : "", n);
    to[n] = '\0';
}

/* What the web says; the log hears of it. */
static void decide(struct server *s, struct conn *c, const struct web_request *request,
                   struct web_answer *a)
{
    web_answer(&s->web, request, a);
    fprintf(s->log, "R %lld %s %s %s %d\n", (long long)now_us(), c->ip, request->host,
            request->path, a->status);
    c->answering = true;
}

static void answer(struct server *s, struct conn *c, const char *header)
{
    struct web_request request = {.head = strncmp(header, "HEAD ", 5) == 0};
    struct web_answer a;
    char line[10240];
    copy_until(request.path, sizeof(request.path), strchr(header, ' ') + 1, " \r\n");
    const char *host = field(header, "Host");
    copy_until(request.host, sizeof(request.host), host,
               host && host[0] == '[' ? "\r\n" : ":\r\n");
    if (request.host[0] == '[' && strchr(request.host, ']')) /* an IPv6 literal */
        strchr(request.host, ']')[1] = '\0';
    copy_until(request.etag, sizeof(request.etag), field(header, "If-None-Match"),
               "\r\n");
    copy_until(request.since, sizeof(request.since), field(header, "If-Modified-Since"),
               "\r\n");
    decide(s, c, &request, &a);
    c->close = a.manner != WEB_WHOLE;
    c->reset = a.manner == WEB_RAW_RST;
    c->hang = a.manner == WEB_HANG;
    c->endless = a.manner == WEB_ENDLESS;
    if (a.manner == WEB_DRIP && !c->drip) {
        c->drip = true;
        c->next_drip = s->drips;
        s->drips = c;
    }
    if (a.manner == WEB_WHOLE) {
        char length[64] = "";
        if (a.status != 304)
            snprintf(length, sizeof(length), "Content-Length: %zu\r\n", a.len);
        int n = snprintf(line, sizeof(line), "HTTP/1.1 %d Status\r\n%s%s%s%s%s\r\n",
                         a.status, a.type ? "Content-Type: " : "", a.type ? a.type : "",
                         a.type ? "\r\n" : "", a.extra, length);
        out(c, line, (size_t)n);
    }
    if (a.len && !request.head)
        out(c, a.body, a.len);
    free(a.body);
}

static void out_to(void *context, const void *bytes, size_t n)
{
    out(context, bytes, n);
}

/* Frames that have come; false when the connection has gone. */
static bool frames(struct server *s, struct conn *c)
{
    size_t at = 0;
    for (;;) {
        struct web_request request;
        struct web_answer a;
        uint32_t stream;
        long took = h2_take(!c->greeted, c->in + at, c->in_len - at, &request, &stream,
                            out_to, c);
        if (took < 0) {
            drop(s, c);
            return false;
        }
        if (took == 0)
            break;
        c->greeted = true;
        at += (size_t)took;
        if (stream) {
            decide(s, c, &request, &a);
            h2_answer(stream, &a, request.head, out_to, c);
            free(a.body);
        }
    }
    memmove(c->in, c->in + at, c->in_len - at);
    c->in_len -= at;
    return flush(s, c);
}

static void readable(struct server *s, struct conn *c)
{
    for (;;) {
        ssize_t got = receive(c, c->in + c->in_len, IN - 1 - c->in_len);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            drop(s, c);
            return;
        }
        c->in_len += (size_t)got;
        if (c->h2) {
            if (!frames(s, c))
                return;
            continue;
        }
        c->in[c->in_len] = '\0';
        if (!c->ssl && c->in[0] == TLS_HANDSHAKE) { /* as servers do without TLS */
            static const char sorry[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
            (void)transmit(c, sorry, sizeof(sorry) - 1);
            drop(s, c);
            return;
        }
        char *end = strstr(c->in, "\r\n\r\n");
        if (!end && c->in_len == IN - 1) {
            drop(s, c);
            return;
        }
        if (!end || c->answering)
            continue;
        end[2] = '\0';
        if (strncmp(c->in, "GET ", 4) != 0 && strncmp(c->in, "HEAD ", 5) != 0) {
            drop(s, c);
            return;
        }
        answer(s, c, c->in);
        c->in_len = 0;
        if (!flush(s, c))
            return;
    }
}

/* --- connections ----------------------------------------------------------------------------- */

static void accept_all(struct server *s, int listener)
{
    for (;;) {
        struct sockaddr_storage local;
        socklen_t len = sizeof(local);
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
        if (fd < 0)
            return;
        struct conn *c = fd < MAX_FDS ? calloc(1, sizeof(*c)) : NULL;
        if (!c) {
            close(fd);
            continue;
        }
        getsockname(fd, (struct sockaddr *)&local, &len);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        c->fd = fd;
        if (local.ss_family == AF_INET6)
            inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&local)->sin6_addr, c->ip,
                      sizeof(c->ip));
        else
            inet_ntop(AF_INET, &((struct sockaddr_in *)&local)->sin_addr, c->ip,
                      sizeof(c->ip));
        s->conns[fd] = c;
        if (listener == s->tls || listener == s->tls6) {
            c->ssl = SSL_new(s->ctx);
            SSL_set_fd(c->ssl, fd);
            SSL_set_accept_state(c->ssl);
        }
        note(s, 'O', c);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void serve(struct server *s, struct conn *c, uint32_t events)
{
    if (c->ssl && !c->shaken) {
        int code = SSL_do_handshake(c->ssl);
        if (code == 1) {
            const unsigned char *protocol;
            unsigned len;
            c->shaken = true;
            SSL_get0_alpn_selected(c->ssl, &protocol, &len);
            c->h2 = len == 2 && memcmp(protocol, "h2", 2) == 0;
            if (c->h2)
                h2_hello(out_to, c);
            if (c->h2 && !flush(s, c))
                return;
        } else {
            int why = SSL_get_error(c->ssl, code);
            if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
                drop(s, c);
            return;
        }
    }
    if ((events & EPOLLOUT) && !flush(s, c))
        return;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        readable(s, c);
}

static int listen_on(unsigned *port)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    socklen_t len = sizeof(any);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Loopback alone would be one address: all of 127.0.0.0/8 is asked for. */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&any, sizeof(any)) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&any, &len) != 0)
        fatal("listening");
    *port = ntohs(any.sin_port);
    return fd;
}

/* ::1 at the same port, or -1 where the machine has no IPv6. */
static int listen_on_six(unsigned port)
{
    struct sockaddr_in6 one = {.sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)port),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int on = 1, fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0 &&
        bind(fd, (struct sockaddr *)&one, sizeof(one)) == 0 && listen(fd, 4096) == 0)
        return fd;
    close(fd);
    return -1;
}

struct name_context {
    struct server *server;
    FILE *file;
};

static void write_name(void *context, const char *host, unsigned number, bool tls)
{
    struct name_context *n = context;
    enum web_family family = web_family(host);
    unsigned port = tls ? n->server->tls_port : n->server->plain_port;
    number++;
    if ((tls && !n->server->ctx) || host[0] == '[' ||
        (family != WEB_FOUR && n->server->plain6 < 0))
        return;
    if (family == WEB_SIX || family == WEB_SIX_FOUR)
        fprintf(n->file, "%s [::1]:%u\n", host, port);
    if (family == WEB_DEAD_FOUR)
        fprintf(n->file, "%s [::1]:1\n", host); /* nobody listens there */
    if (family != WEB_SIX)
        fprintf(n->file, "%s 127.%u.%u.%u:%u\n", host, 1 + (number >> 16),
                number >> 8 & 255, number & 255, port);
}

static void write_names(struct server *s)
{
    struct name_context n = {s, fopen(s->names, "w")};
    if (!n.file)
        fatal(s->names);
    web_names(&s->web, write_name, &n);
    /* Names that must never be asked for, since they lead where no crawler goes. */
    fprintf(n.file, "metadata.test 169.254.169.254\nmetadata6.test fd00:ec2::254\n");
    if (fclose(n.file) != 0)
        fatal(s->names);
}

/* HTTP/2 where the web has it and the other side offers it. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *len,
                           const unsigned char *offered, unsigned n, void *context)
{
    (void)context;
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const char *wanted = host && web_h2(host) ? "h2" : "http/1.1";
    for (unsigned i = 0; i < n; i += 1u + offered[i])
        if (offered[i] == strlen(wanted) && i + 1u + offered[i] <= n &&
            memcmp(offered + i + 1, wanted, offered[i]) == 0) {
            *chosen = offered + i + 1;
            *len = offered[i];
            return SSL_TLSEXT_ERR_OK;
        }
    return SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *read_certificate(const char *cert, const char *key)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        fatal(cert);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    return ctx;
}

/* The certificate of the name that is asked for. */
static int choose_certificate(SSL *ssl, int *alert, void *context)
{
    struct server *s = context;
    const char *host = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    for (unsigned i = 0; i < s->n_own; i++)
        if (host && strcmp(host, s->own[i].host) == 0)
            SSL_set_SSL_CTX(ssl, s->own[i].ctx);
    return SSL_TLSEXT_ERR_OK;
}

static void own_certificate(void *context, const char *host, unsigned number, bool tls)
{
    struct server *s = context;
    const char *slash = strrchr(s->cert, '/');
    char path[WEB_PATH];
    (void)number;
    snprintf(path, sizeof(path), "%.*s%s.pem", slash ? (int)(slash + 1 - s->cert) : 0,
             s->cert, host);
    if (!tls || s->n_own >= MAX_OWN || access(path, R_OK) != 0)
        return;
    s->own[s->n_own].host = strdup(host);
    s->own[s->n_own++].ctx = read_certificate(path, path);
}

static void open_server(struct server *s)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max < MAX_FDS ? files.rlim_max : MAX_FDS;
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    s->conns = calloc(MAX_FDS, sizeof(s->conns[0]));
    s->log = fopen(s->log_path, "a");
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!s->conns || !s->log || s->epoll < 0)
        fatal(s->log_path);
    s->plain = listen_on(&s->plain_port);
    s->tls = s->cert ? listen_on(&s->tls_port) : -1;
    s->plain6 = listen_on_six(s->plain_port);
    s->tls6 = s->cert ? listen_on_six(s->tls_port) : -1;
    if (s->cert) {
        s->ctx = read_certificate(s->cert, s->key);
        SSL_CTX_set_tlsext_servername_callback(s->ctx, choose_certificate);
        SSL_CTX_set_tlsext_servername_arg(s->ctx, s);
        web_names(&s->web, own_certificate, s);
    }
    int listeners[] = {STDIN_FILENO, s->plain, s->tls, s->plain6, s->tls6};
    for (size_t i = 0; i < N_LISTENERS; i++) {
        /* Told from connections by their place in this array of descriptors. */
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)i + 1};
        if (listeners[i] >= 0)
            epoll_ctl(s->epoll, EPOLL_CTL_ADD, listeners[i], &event);
    }
}

static void run(struct server *s)
{
    int64_t end = now_us() + 1000000 * (int64_t)s->seconds, logged = now_us();
    struct epoll_event events[256];
    while (now_us() < end) {
        int n = epoll_wait(s->epoll, events, 256, TICK_MS);
        for (int i = 0; i < n; i++) {
            uint64_t id = events[i].data.u64;
            const int listeners[] = {-1, -1, s->plain, s->tls, s->plain6, s->tls6};
            char byte;
            if (id == 1 && read(STDIN_FILENO, &byte, 1) <= 0)
                return;
            else if (id > 1 && id <= N_LISTENERS)
                accept_all(s, listeners[id]);
            else if (id > N_LISTENERS)
                serve(s, events[i].data.ptr, events[i].events);
        }
        for (struct conn *c = s->drips, *after; c; c = after) {
            after = c->next_drip;
            flush(s, c);
        }
        if (now_us() - logged > 100000) {
            logged = now_us();
            fflush(s->log);
        }
    }
}

int main(int argc, char **argv)
{
    static struct server s = {.web = {.hosts = 20, .pages = 15, .ips = 0},
                              .seconds = 300};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--changed") == 0) {
            s.web.changed = true;
            continue;
        }
        const char *value = i + 1 < argc ? argv[++i] : "";
        unsigned number = (unsigned)strtoul(value, NULL, 10);
        if (strcmp(name, "--hosts") == 0)
            s.web.hosts = number;
        else if (strcmp(name, "--pages") == 0)
            s.web.pages = number;
        else if (strcmp(name, "--ips") == 0)
            s.web.ips = number;
        else if (strcmp(name, "--seconds") == 0)
            s.seconds = number;
        else if (strcmp(name, "--cert") == 0)
            s.cert = value;
        else if (strcmp(name, "--key") == 0)
            s.key = value;
        else if (strcmp(name, "--names") == 0)
            s.names = value;
        else if (strcmp(name, "--log") == 0)
            s.log_path = value;
        else
            s.names = NULL;
    }
    if (!s.names || !s.log_path || !s.web.hosts) {
        fprintf(stderr, "usage: loopback --names FILE --log FILE [--hosts N] [--pages N] "
                        "[--ips N] [--seconds N] [--changed] [--cert PEM --key PEM]\n");
        return 129;
    }
    if (!s.web.ips || s.web.ips > s.web.hosts)
        s.web.ips = s.web.hosts;
    open_server(&s);
    write_names(&s);
    puts("ready");
    fflush(stdout);
    run(&s);
    for (int fd = 0; fd < MAX_FDS; fd++)
        if (s.conns[fd])
            drop(&s, s.conns[fd]);
    fclose(s.log);
    SSL_CTX_free(s.ctx);
    for (unsigned i = 0; i < s.n_own; i++) {
        SSL_CTX_free(s.own[i].ctx);
        free(s.own[i].host);
    }
    free(s.conns);
    return 0;
}
