/* SPDX-License-Identifier: Apache-2.0
 *
 * A loopback object server that misbehaves on request, for tests of remote inputs.
 *
 *     object_server FOLDER      prints the port and serves until it is killed
 *
 * GET /@fault=value/.../path: faults are path segments that begin with '@':
 *
 *     @cut=N       the connection ends after N bytes of each response
 *     @truncate=N  the object ends N bytes early, though its length is declared whole
 *     @short=N     Content-Length declares N bytes too few; Content-Range is right
 *     @long=N      both declare N bytes too many
 *     @etag=N      after N requests for a path it is another object: its ETag changes
 *     @noetag=N    the same with Last-Modified instead, there is no ETag
 *     @storm=N     the first N requests for a path are answered 503
 *     @status=S    every request, or those of a storm, get this status instead
 *     @after=S     with Retry-After: S
 *     @rate=N      bytes a second
 *     @norange=1   ranges are ignored
 *     @auth=KEY    only with a Signature Version 4 of KEY and the secret "secret/KEY"
 *     @gate=T      401 without "Authorization: Bearer T.hidden"; where it comes it is in the log
 *     @redirect=U  302 to the rest after the server's own address, U hops
 *     @to=HOST     302 to http://HOST/ and the rest ("127.0.0.1:80", "[::1]:80")
 *
 * /stats gives the number of requests so far, /sent the bytes of objects, /log the lines of
 * requests. One thread a connection.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_HEAD = 32768, MAX_PATHS = 4096, MAX_LOG = 1 << 20 };

struct faults {
    long cut, truncate, less, more, etag, storm, status, after, rate, redirect;
    bool noetag, norange;
    char auth[128], to[128], gate[128];
};

struct request {
    char head[MAX_HEAD];
    char target[4096], path[4096], range[64], match[300], none_match[300], host[256];
    struct faults f;
};

static const char *root;
static int port;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char path[1024];
    long requests;
} paths[MAX_PATHS];
static size_t n_paths;
static long requests;
static atomic_ullong sent_bytes;
static char log_text[MAX_LOG];
static size_t log_len;

static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

static bool reply(int fd, int status, const char *headers, const char *body)
{
    char text[4096];
    int n =
        snprintf(text, sizeof(text), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n%s",
                 status, strlen(body), headers, body);
    return send_all(fd, text, (size_t)n);
}

/* How many requests there were for this target before. */
static long count(const char *target)
{
    size_t i;
    pthread_mutex_lock(&mutex);
    requests++;
    for (i = 0; i < n_paths && strcmp(paths[i].path, target) != 0; i++)
        ;
    if (i == n_paths && n_paths < MAX_PATHS)
        snprintf(paths[n_paths++].path, sizeof(paths[0].path), "%.1000s", target);
    long before = i < MAX_PATHS ? paths[i].requests++ : 0;
    pthread_mutex_unlock(&mutex);
    return before;
}

static void header(const struct request *q, const char *name, char *out, size_t size);

static void note(const struct request *q, int status)
{
    char line[6000], auth[512], payer[64];
    header(q, "authorization", auth, sizeof(auth));
    header(q, "x-amz-request-payer", payer, sizeof(payer));
    bool bearer = strncmp(auth, "Bearer ", 7) == 0;
    int n = snprintf(line, sizeof(line), "%d %s %s%s%s%s%s %s\n", status, q->target,
                     q->range[0] ? q->range : "-", bearer ? " with " : "",
                     bearer ? auth : "", payer[0] ? " payer " : "", payer, q->host);
    pthread_mutex_lock(&mutex);
    if (log_len + (size_t)n < MAX_LOG) {
        memcpy(log_text + log_len, line, (size_t)n);
        log_len += (size_t)n;
    }
    pthread_mutex_unlock(&mutex);
}

/* --- requests ---------------------------------------------------------------------------- */

static void header(const struct request *q, const char *name, char *out, size_t size)
{
    size_t len = strlen(name);
    out[0] = '\0';
    for (const char *p = strstr(q->head, "\r\n"); p && p[2]; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, len) == 0 && p[2 + len] == ':') {
            const char *v = p + 3 + len;
            v += strspn(v, " ");
            size_t n = strcspn(v, "\r\n");
            snprintf(out, size, "%.*s", (int)n, v);
            return;
        }
}

static void decode(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++, to++) {
        unsigned value;
        if (*p == '%' && sscanf(p + 1, "%2x", &value) == 1) {
            *to = (char)value;
            p += 2;
        } else {
            *to = *p;
        }
    }
    *to = '\0';
}

static void read_fault(struct faults *f, const char *text)
{
    const struct {
        const char *name;
        long *to;
    } numbers[] = {
        {"cut=", &f->cut},     {"truncate=", &f->truncate}, {"short=", &f->less},
        {"long=", &f->more},   {"etag=", &f->etag},         {"noetag=", &f->etag},
        {"storm=", &f->storm}, {"status=", &f->status},     {"after=", &f->after},
        {"rate=", &f->rate},   {"redirect=", &f->redirect}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strncmp(text, numbers[i].name, strlen(numbers[i].name)) == 0)
            *numbers[i].to = strtol(text + strlen(numbers[i].name), NULL, 10);
    f->noetag |= strncmp(text, "noetag=", 7) == 0;
    f->norange |= strncmp(text, "norange=", 8) == 0;
    if (strncmp(text, "auth=", 5) == 0)
        snprintf(f->auth, sizeof(f->auth), "%.*s", (int)strcspn(text + 5, "/"), text + 5);
    if (strncmp(text, "gate=", 5) == 0)
        snprintf(f->gate, sizeof(f->gate), "%.*s", (int)strcspn(text + 5, "/"), text + 5);
    if (strncmp(text, "to=", 3) == 0)
        snprintf(f->to, sizeof(f->to), "%.*s", (int)strcspn(text + 3, "/"), text + 3);
}

static bool parse(struct request *q)
{
    char target[4096];
    memset(&q->f, 0, sizeof(q->f));
    q->f.after = q->f.etag = -1;
    if (sscanf(q->head, "GET %4000s HTTP/1.1", q->target) != 1)
        return false;
    snprintf(target, sizeof(target), "%s", q->target);
    decode(target);
    q->path[0] = '\0';
    for (char *save, *part = strtok_r(target, "/", &save); part;
         part = strtok_r(NULL, "/", &save)) {
        size_t at = strlen(q->path);
        if (strcmp(part, "..") == 0)
            return false;
        if (part[0] == '@')
            read_fault(&q->f, part + 1);
        else
            snprintf(q->path + at, sizeof(q->path) - at, "/%s", part);
    }
    header(q, "range", q->range, sizeof(q->range));
    header(q, "if-match", q->match, sizeof(q->match));
    header(q, "if-none-match", q->none_match, sizeof(q->none_match));
    header(q, "host", q->host, sizeof(q->host));
    return true;
}

/* --- signatures -------------------------------------------------------------------------- */

static void sign(const void *key, size_t n, const char *text, unsigned char out[32])
{
    unsigned len = 32;
    HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)text, strlen(text), out, &len);
}

static void hex(const unsigned char *bytes, char *out)
{
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* What the store computes: from the request as it came and the fields it says it signed. */
static bool signed_well(const struct request *q)
{
    char auth[2048], names[512], list[512], scope[256], got[128], canonical[8192],
        digest_hex[65], want[65], text[1024], secret[256], date[64], body[128];
    unsigned char digest[32], key[32];
    header(q, "authorization", auth, sizeof(auth));
    header(q, "x-amz-date", date, sizeof(date));
    header(q, "x-amz-content-sha256", body, sizeof(body));
    const char *c = strstr(auth, "Credential="), *s = strstr(auth, "SignedHeaders="),
               *g = strstr(auth, "Signature=");
    size_t key_len = strlen(q->f.auth);
    if (!c || !s || !g || strncmp(c + 11, q->f.auth, key_len) != 0 ||
        c[11 + key_len] != '/' || !strstr(s, "host") || !strstr(s, "x-amz-date"))
        return false;
    snprintf(scope, sizeof(scope), "%.*s", (int)strcspn(c + 12 + key_len, ", "),
             c + 12 + key_len);
    snprintf(names, sizeof(names), "%.*s", (int)strcspn(s + 14, ", "), s + 14);
    snprintf(got, sizeof(got), "%.*s", 64, g + 10);
    size_t n = (size_t)snprintf(canonical, sizeof(canonical), "GET\n%s\n\n", q->target);
    snprintf(list, sizeof(list), "%s", names);
    for (char *save, *name = strtok_r(list, ";", &save); name;
         name = strtok_r(NULL, ";", &save)) {
        char value[1024];
        header(q, name, value, sizeof(value));
        n += (size_t)snprintf(canonical + n, sizeof(canonical) - n, "%s:%s\n", name,
                              value);
    }
    snprintf(canonical + n, sizeof(canonical) - n, "\n%s\n%s", names, body);
    EVP_Digest(canonical, strlen(canonical), digest, NULL, EVP_sha256(), NULL);
    hex(digest, digest_hex);
    snprintf(text, sizeof(text), "AWS4-HMAC-SHA256\n%s\n%s\n%s", date, scope, digest_hex);
    snprintf(secret, sizeof(secret), "AWS4secret/%s", q->f.auth);
    snprintf(list, sizeof(list), "%s", scope);
    char *save = NULL, *part = strtok_r(list, "/", &save);
    sign(secret, strlen(secret), part ? part : "", key);
    while (part && (part = strtok_r(NULL, "/", &save)) != NULL)
        sign(key, 32, part, key);
    sign(key, 32, text, digest);
    hex(digest, want);
    return strcmp(want, got) == 0;
}

/* --- responses --------------------------------------------------------------------------- */

static bool send_body(int fd, int file, const struct faults *f, uint64_t from, uint64_t n)
{
    static const size_t step = 65536;
    char bytes[65536];
    for (uint64_t sent = 0; sent < n;) {
        uint64_t want = n - sent < step ? n - sent : step;
        if (f->rate && want > (uint64_t)f->rate / 20 + 1)
            want = (uint64_t)f->rate / 20 + 1;
        ssize_t got = pread(file, bytes, (size_t)want, (off_t)(from + sent));
        if (got <= 0 || !send_all(fd, bytes, (size_t)got))
            return false;
        sent += (uint64_t)got;
        atomic_fetch_add(&sent_bytes, (unsigned long long)got);
        if (f->rate)
            nanosleep(&(struct timespec){0, 50000000}, NULL);
    }
    return true;
}

/* Whether the connection stays. */
static bool serve_file(int fd, struct request *q, int file, uint64_t size, long before)
{
    const struct faults *f = &q->f;
    unsigned long long first = 0, last = 0;
    char etag[300], head[1024];
    bool other = f->etag >= 0 && before >= f->etag;
    snprintf(etag, sizeof(etag), "\"%llx-%d\"", (unsigned long long)size, other);
    if (q->match[0] && strcmp(q->match, etag) != 0 && !f->norange) {
        note(q, 412);
        return reply(fd, 412, "", "");
    }
    if (q->none_match[0] && strcmp(q->none_match, etag) == 0) {
        note(q, 304);
        return reply(fd, 304, "", "");
    }
    uint64_t declared = size + (uint64_t)f->more;
    int fields = sscanf(q->range, "bytes=%llu-%llu", &first, &last);
    bool partial = fields >= 1 && !f->norange;
    uint64_t there = size - (uint64_t)f->truncate;
    if (partial && first >= (f->truncate || f->more ? there : size)) {
        snprintf(head, sizeof(head), "Content-Range: bytes */%llu\r\n",
                 (unsigned long long)there);
        note(q, 416);
        return reply(fd, 416, head, "");
    }
    if (!partial)
        first = 0;
    uint64_t end = partial && fields == 2 && last + 1 < declared ? last + 1 : declared;
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 %d OK\r\nContent-Length: %llu\r\nAccept-Ranges: bytes\r\n",
                     partial ? 206 : 200,
                     (unsigned long long)(end - first - (uint64_t)f->less));
    if (partial)
        n += snprintf(head + n, sizeof(head) - (size_t)n,
                      "Content-Range: bytes %llu-%llu/%llu\r\n", first,
                      (unsigned long long)end - 1, (unsigned long long)declared);
    n +=
        f->noetag
            ? snprintf(head + n, sizeof(head) - (size_t)n,
                       "Last-Modified: Mon, 0%d Jan 2024 00:00:00 GMT\r\n\r\n", 1 + other)
            : snprintf(head + n, sizeof(head) - (size_t)n, "ETag: %s\r\n\r\n", etag);
    note(q, partial ? 206 : 200);
    if (!send_all(fd, head, (size_t)n))
        return false;
    uint64_t body_end = end < there ? end : there, body = body_end - first;
    bool cut = f->cut && body > (uint64_t)f->cut;
    if (f->less)
        body -= (uint64_t)f->less;
    return send_body(fd, file, f, first, cut ? (uint64_t)f->cut : body) && !cut &&
           body_end == end;
}

static bool fault_reply(int fd, struct request *q, long before, bool *done)
{
    char head[5000] = "";
    const struct faults *f = &q->f;
    *done = true;
    if (f->after >= 0)
        snprintf(head, sizeof(head), "Retry-After: %ld\r\n", f->after);
    if ((f->storm && before < f->storm) || (!f->storm && f->status)) {
        int status = f->status ? (int)f->status : 503;
        note(q, status);
        return reply(fd, status, head, "Please reduce your request rate.");
    }
    if (f->auth[0] && !signed_well(q)) {
        note(q, 403);
        return reply(fd, 403, "", "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    }
    char gate[256], bearer[512];
    snprintf(gate, sizeof(gate), "Bearer %s.hidden", f->gate);
    header(q, "authorization", bearer, sizeof(bearer));
    if (f->gate[0] && strcmp(gate, bearer) != 0) {
        note(q, 401);
        return reply(fd, 401, "", "");
    }
    if (f->to[0]) {
        snprintf(head, sizeof(head), "Location: http://%s%.4000s\r\n", f->to, q->path);
        note(q, 302);
        return reply(fd, 302, head, "");
    }
    if (f->redirect > 0) {
        snprintf(head, sizeof(head),
                 "Location: http://127.0.0.1:%d/@redirect=%ld%.4000s\r\n", port,
                 f->redirect - 1, q->path);
        note(q, 302);
        return reply(fd, 302, head, "");
    }
    *done = false;
    return true;
}

static bool answer(int fd, struct request *q)
{
    char text[9000];
    struct stat st;
    bool done;
    if (!parse(q))
        return reply(fd, 400, "", "bad request");
    if (strcmp(q->path, "/stats") == 0) {
        snprintf(text, sizeof(text), "%ld\n", requests);
        return reply(fd, 200, "", text);
    }
    if (strcmp(q->path, "/sent") == 0) {
        snprintf(text, sizeof(text), "%llu\n", atomic_load(&sent_bytes));
        return reply(fd, 200, "", text);
    }
    if (strcmp(q->path, "/log") == 0) {
        pthread_mutex_lock(&mutex);
        snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
                 log_len);
        bool fine = send_all(fd, text, strlen(text)) && send_all(fd, log_text, log_len);
        pthread_mutex_unlock(&mutex);
        return fine;
    }
    long before = count(q->target);
    bool fine = fault_reply(fd, q, before, &done);
    if (done)
        return fine;
    snprintf(text, sizeof(text), "%s%s", root, q->path);
    int file = open(text, O_RDONLY);
    if (file < 0 || fstat(file, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (file >= 0)
            close(file);
        note(q, 404);
        return reply(fd, 404, "", "<Error><Code>NoSuchKey</Code></Error>");
    }
    fine = serve_file(fd, q, file, (uint64_t)st.st_size, before);
    close(file);
    return fine;
}

static void *serve(void *context)
{
    int fd = (int)(intptr_t)context;
    struct request *q = calloc(1, sizeof(*q));
    bool open = q != NULL;
    while (open) {
        size_t len = 0;
        const char *end = NULL;
        while (!end && len < MAX_HEAD - 1) {
            ssize_t n = recv(fd, q->head + len, 1, 0);
            if (n <= 0)
                break;
            q->head[++len] = '\0';
            if (len >= 4 && memcmp(q->head + len - 4, "\r\n\r\n", 4) == 0)
                end = q->head + len;
        }
        open = end && answer(fd, q);
    }
    free(q);
    shutdown(fd, SHUT_RDWR);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
        listen(fd, 128) != 0 || getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        perror("object_server");
        return 2;
    }
    root = argv[1];
    port = ntohs(at.sin_port);
    printf("%d\n", port);
    fflush(stdout);
    for (;;) {
        pthread_t thread;
        int c = accept(fd, NULL, NULL);
        if (c < 0)
            continue;
        setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)c) == 0)
            pthread_detach(thread);
        else
            close(c);
    }
}
