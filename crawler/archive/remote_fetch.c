/* SPDX-License-Identifier: Apache-2.0
 *
 * The transfer thread of one object: a request, and where that ends early another one for
 * the rest, until the end.
 *
 *   turn ─> request ─> 200, 206 ──> bytes ──> end
 *    ^                  |  |          | cut: the rest, at once when bytes came
 *    |                  |  └ another object, lengths that contradict: error
 *    ├── slow down ─────┤ 403, 429, 503: everybody waits (remote_rate.h)
 *    └── back-off ──────┘ 5xx, no connection, no byte for `stall` seconds
 */
#include "crawler/archive/remote_int.h"

#include "base/clock.h"
#include "base/limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Connections that end at the same byte again: more tries do not help. */
#define MAX_EMPTY_TRIES 8
#define CONNECT_SECONDS 30L
#define MAX_REDIRECTS   5L
#define RECEIVE_BYTES   (512L * 1024)

enum outcome { WHOLE, AGAIN, SLOW, LONG_SLOW, FAILED };

/* --- what curl calls -------------------------------------------------------------------------
 */

static size_t on_header(char *line, size_t size, size_t n, void *context)
{
    struct em_remote *r = context;
    em_remote_head_line(&r->head, em_view_make(line, size * n));
    r->heard = em_clock_now();
    r->judged = r->taken = false;
    r->redirected |= r->head.status >= 300 && r->head.status < 400;
    return size * n;
}

static void judge(struct em_remote *r)
{
    r->judged = true;
    r->taken = false;
    if (r->head.status != 200 && r->head.status != 206)
        return;
    r->taken =
        em_remote_head_check(&r->head, &r->object, r->at, &r->skip, &r->refusal) == EM_OK;
    if (r->taken)
        atomic_store(&r->size, r->object.size);
    if (r->taken && r->at == 0 && r->start == 0 && r->to == UINT64_MAX && !r->copy)
        r->copy =
            em_cache_begin(&r->pool->options, r->name, r->object.etag, r->object.size);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *context)
{
    struct em_remote *r = context;
    size_t all = size * n;
    n = all;
    if (!r->judged)
        judge(r);
    if (!r->taken) {
        size_t room = sizeof(r->message) - 1 - r->message_len;
        memcpy(r->message + r->message_len, bytes, n < room ? n : room);
        r->message_len += n < room ? n : room;
        /* The body of a refused response may be the whole object. */
        return r->refusal.status < 0 ? 0 : all;
    }
    size_t skip = r->skip < n ? (size_t)r->skip : n;
    r->skip -= skip;
    bytes += skip;
    n -= skip;
    if (n > r->to - r->at)
        n = (size_t)(r->to - r->at);
    if (r->copy)
        em_cache_add(r->copy, bytes, n);
    bool given = em_remote_give(r, bytes, n);
    r->at += n;
    atomic_fetch_add(&r->pool->bytes, n);
    r->heard = em_clock_now(); /* waiting for room is no stall */
    return given && r->at < r->to ? all : 0;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
                       curl_off_t d)
{
    struct em_remote *r = context;
    const struct em_remote_options *o = &r->pool->options;
    double stall = o->stall > 0 ? o->stall : 60;
    (void)a, (void)b, (void)c, (void)d;
    if (atomic_load(&r->closing) || (o->stop && atomic_load(o->stop)))
        return 1;
    r->stalled = em_clock_now() - r->heard > stall;
    return r->stalled;
}

/* Loopback, link-local and private networks, where what answers to anybody who is near (a
 * machine's own metadata) is not meant for who was sent there from outside. */
static bool is_near(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof(in));
        uint32_t ip = ntohl(in.sin_addr.s_addr);
        return ip >> 24 == 127 || ip >> 24 == 10 || ip >> 24 == 0 || ip >> 20 == 0xAC1 ||
               ip >> 16 == 0xC0A8 || ip >> 16 == 0xA9FE || ip >> 22 == 0x191;
    }
    if (address->sa_family != AF_INET6)
        return true;
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof(in6));
    const unsigned char *b = in6.sin6_addr.s6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) || b[0] == 0;
    return mapped || (b[0] & 0xFE) == 0xFC || (b[0] == 0xFE && (b[1] & 0xC0) == 0x80);
}

static curl_socket_t on_socket(void *context, curlsocktype purpose,
                               struct curl_sockaddr *address)
{
    struct em_remote *r = context;
    bool near = is_near(&address->addr);
    (void)purpose;
    if (!r->redirected)
        r->private_first = near;
    else if (near && !r->private_first) {
        em_fail(&r->refusal, EM_ERR_IO, "remote",
                "redirected from outside to a private address: not followed");
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- one request ------------------------------------------------------------------------------
 */

static enum em_status add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *more = curl_slist_append(*list, line);
    if (!more)
        return EM_ERR_NOMEM;
    *list = more;
    return EM_OK;
}

/* The rest is wanted of the same object only. A weak ETag cannot say so before; what comes
 * is compared anyway. */
static enum em_status add_conditions(struct em_remote *r, struct curl_slist **list,
                                     const char *cached)
{
    char line[EM_REMOTE_ETAG + 32];
    if (cached[0]) {
        snprintf(line, sizeof(line), "If-None-Match: %s", cached);
        return add_header(list, line);
    }
    if (!r->object.known || r->object.etag[0] != '"')
        return EM_OK;
    snprintf(line, sizeof(line), "If-Match: %s", r->object.etag);
    return add_header(list, line);
}

static enum em_status add_headers(struct em_remote *r, struct curl_slist **list,
                                  const char *cached)
{
    char range[64], line[80];
    struct em_buf sign;
    if (r->to == UINT64_MAX)
        snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)r->at);
    else
        snprintf(range, sizeof(range), "bytes=%llu-%llu", (unsigned long long)r->at,
                 (unsigned long long)(r->to - 1));
    snprintf(line, sizeof(line), "Range: %s", range);
    EM_TRY(add_header(list, line));
    EM_TRY(add_header(list, "Accept:"));
    EM_TRY(add_conditions(r, list, cached));
    if (!r->signs)
        return EM_OK;
    em_buf_init(&sign, 16 * EM_KIB);
    enum em_status status =
        em_s3_sign(&r->pool->s3, em_buf_view(&r->url), range, (int64_t)time(NULL), &sign);
    for (size_t at = 0; status == EM_OK && at < sign.len;
         at += strlen(sign.data + at) + 1)
        status = add_header(list, sign.data + at);
    em_buf_release(&sign);
    return status;
}

static void set_options(struct em_remote *r, CURL *curl, const struct curl_slist *list)
{
    bool s3 = em_view_istarts(em_view_of(r->name), EM_VIEW("s3://"));
    bool https = em_view_istarts(em_buf_view(&r->url), EM_VIEW("https://"));
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, r->url.data);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "echometer/" EM_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, https ? "https" : "http");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
    /* A signed request holds for its host only. */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, s3 ? 0L : 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, MAX_REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, r);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, r);
}

static enum em_status request(struct em_remote *r, CURL *curl, const char *cached,
                              CURLcode *code)
{
    struct curl_slist *list = NULL;
    enum em_status status = add_headers(r, &list, cached);
    if (status == EM_OK) {
        em_remote_head_init(&r->head);
        r->judged = r->taken = r->redirected = r->stalled = false;
        r->message_len = 0;
        r->refusal.status = EM_OK;
        r->heard = em_clock_now();
        set_options(r, curl, list);
        atomic_fetch_add(&r->pool->requests, 1);
        *code = curl_easy_perform(curl);
        r->message[r->message_len] = '\0';
        if (!r->judged)
            judge(r);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    }
    curl_slist_free_all(list);
    return status;
}

/* --- what came of it --------------------------------------------------------------------------
 */

/* <Code>AccessDenied</Code> of a store's error; empty where it is not one. */
static struct em_view error_code(const struct em_remote *r)
{
    struct em_view v = em_view_make(r->message, r->message_len);
    size_t at = em_view_find(v, 0, EM_VIEW("<Code>")),
           end = em_view_find(v, at, EM_VIEW("</Code>"));
    return end < v.len && end - at < 64 ? em_view_sub(v, at + 6, end - at - 6)
                                        : EM_VIEW_NONE;
}

static bool says_slow(struct em_view code)
{
    return code.len == 0 || em_view_istarts(code, EM_VIEW("SlowDown")) ||
           em_view_istarts(code, EM_VIEW("Throttl")) ||
           em_view_istarts(code, EM_VIEW("TooMany")) ||
           em_view_istarts(code, EM_VIEW("RequestLimit")) ||
           em_view_ieq(code, EM_VIEW("ServiceUnavailable"));
}

static enum outcome refused(struct em_remote *r, struct em_err *err)
{
    int status = r->head.status;
    struct em_view code = error_code(r);
    /* A store that says why it forbids means it; else 403 is how servers turn away who asks
     * far too much (data.commoncrawl.org does). */
    if (status == 429 || status == 503)
        return SLOW;
    if (status == 403 && says_slow(code))
        return LONG_SLOW;
    if (status == 500 || status == 502 || status == 504 || status == 408) {
        em_fail(err, EM_ERR_IO, "remote", "HTTP %d", status);
        return AGAIN;
    }
    if (status == 412)
        em_fail(err, EM_ERR_CHECKSUM, "remote",
                "the object was changed while it was read (it no longer has ETag %.60s)",
                r->object.etag);
    else if (r->head.region[0] && status >= 300)
        em_fail(err, EM_ERR_IO, "remote",
                "HTTP %d: the bucket is in region %s; set AWS_REGION", status,
                r->head.region);
    else
        em_fail(err, status == 404 || status == 410 ? EM_ERR_NOTFOUND : EM_ERR_IO,
                "remote", "HTTP %d%s%.*s", status, code.len ? " " : "",
                EM_VIEW_ARGS(code));
    return FAILED;
}

/* 416: nothing lies behind the last byte that came. */
static enum outcome behind_end(struct em_remote *r, struct em_err *err)
{
    uint64_t total = r->head.total;
    if (r->object.known && r->object.size != UINT64_MAX && r->at < r->object.size) {
        em_fail(err, EM_ERR_TRUNCATED, "remote",
                "the server declared %llu bytes, but there are only %llu",
                (unsigned long long)r->object.size,
                (unsigned long long)(total == UINT64_MAX ? r->at : total));
        return FAILED;
    }
    if (total != UINT64_MAX && r->at > total) {
        em_fail(err, EM_ERR_TRUNCATED, "remote",
                "byte %llu is behind the end of %llu bytes", (unsigned long long)r->at,
                (unsigned long long)total);
        return FAILED;
    }
    atomic_store(&r->size, r->at);
    return WHOLE;
}

static enum outcome outcome_of(struct em_remote *r, CURLcode code, struct em_err *err)
{
    uint64_t end = r->object.known && r->object.size < r->to ? r->object.size : r->to;
    if (r->refusal.status < 0) {
        *err = r->refusal;
        return FAILED;
    }
    if (r->taken && r->at >= end)
        return WHOLE;
    if (code == CURLE_OK && r->taken && end == UINT64_MAX) {
        r->object.size = r->at;
        atomic_store(&r->size, r->at);
        return WHOLE;
    }
    if (code == CURLE_OK && r->head.status == 416)
        return behind_end(r, err);
    if (code == CURLE_OK && !r->taken)
        return refused(r, err);
    bool hopeless = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
                    code == CURLE_TOO_MANY_REDIRECTS ||
                    code == CURLE_PEER_FAILED_VERIFICATION ||
                    code == CURLE_SSL_CACERT_BADFILE;
    em_fail(err, code == CURLE_OUT_OF_MEMORY ? EM_ERR_NOMEM : EM_ERR_IO, "remote",
            "at byte %llu: %s", (unsigned long long)r->at,
            r->stalled         ? "no byte for too long"
            : code == CURLE_OK ? "the connection ended early"
                               : curl_easy_strerror(code));
    return hopeless || code == CURLE_OUT_OF_MEMORY ? FAILED : AGAIN;
}

static double retry_after(const struct em_remote *r)
{
    unsigned long long seconds;
    struct em_view v = em_view_of(r->head.retry_after);
    if (v.len == 0)
        return -1;
    if (em_view_u64(v, &seconds))
        return seconds < 86400 ? (double)seconds : 86400;
    time_t when = curl_getdate(r->head.retry_after, NULL), now = time(NULL);
    return when == (time_t)-1 ? -1 : when > now ? (double)(when - now) : 0;
}

/* The cache's copy is still the object. */
static enum em_status give_cached(struct em_remote *r)
{
    char bytes[64 * 1024];
    uint64_t end = r->object.size < r->to ? r->object.size : r->to;
    atomic_store(&r->size, r->object.size);
    if (lseek(r->cached, (off_t)r->at, SEEK_CUR) == (off_t)-1)
        return em_fail(&r->err, EM_ERR_IO, "remote", "cannot read the cache");
    while (r->at < end) {
        size_t want = end - r->at < sizeof(bytes) ? (size_t)(end - r->at) : sizeof(bytes);
        ssize_t n = read(r->cached, bytes, want);
        if (n <= 0)
            return em_fail(&r->err, EM_ERR_IO, "remote", "cannot read the cache");
        r->at += (uint64_t)n;
        if (!em_remote_give(r, bytes, (size_t)n))
            break;
    }
    atomic_fetch_add(&r->pool->cached, 1);
    return EM_OK;
}

/* --- the loop ---------------------------------------------------------------------------------
 */

struct tries {
    unsigned failed;  /* behind the newest byte */
    double progress;  /* clock of that */
    uint64_t reached; /* its place */
};

/* After a cut or a failure that may pass. */
static enum em_status wait_again(struct em_remote *r, struct tries *t, CURLcode code)
{
    struct em_rate *rate = r->pool->rate;
    double now = em_clock_now();
    atomic_fetch_add(&r->pool->cuts, 1);
    if (r->at > t->reached) {
        *t = (struct tries){.progress = now, .reached = r->at};
        return EM_OK;
    }
    t->failed++;
    bool empty = code == CURLE_PARTIAL_FILE || code == CURLE_OK;
    if ((empty && t->failed >= MAX_EMPTY_TRIES) ||
        now - t->progress > em_rate_patience(rate)) {
        struct em_err why = r->err;
        return em_fail(&r->err, EM_ERR_IO, "remote", "%.180s (tried %u times)", why.text,
                       t->failed);
    }
    return em_rate_sleep(rate, em_rate_backoff(rate, t->failed), &r->closing);
}

static enum em_status once(struct em_remote *r, CURL *curl, const char *cached,
                           struct tries *tries, bool *more)
{
    double began;
    CURLcode code = CURLE_OK;
    struct em_rate *rate = r->pool->rate;
    *more = false;
    EM_TRY(em_rate_turn(rate, r->server, &r->closing, &began, &r->err));
    EM_TRY(request(r, curl, cached, &code));
    if (atomic_load(&r->closing))
        return EM_ERR_INTERRUPTED;
    if (code == CURLE_OK && r->head.status == 304 && cached[0]) {
        em_rate_fine(rate, r->server);
        return give_cached(r);
    }
    enum outcome outcome = outcome_of(r, code, &r->err);
    if (outcome == WHOLE || r->taken)
        em_rate_fine(rate, r->server);
    if (outcome == FAILED)
        return r->err.status;
    *more = outcome != WHOLE;
    if (outcome == AGAIN)
        return wait_again(r, tries, code);
    if (outcome == SLOW || outcome == LONG_SLOW) {
        atomic_fetch_add(&r->pool->slowed, 1);
        em_rate_slow(rate, r->server, began, r->head.status, retry_after(r),
                     outcome == LONG_SLOW);
        tries->progress = em_clock_now();
    }
    return EM_OK;
}

static enum em_status fetch(struct em_remote *r, CURL *curl)
{
    char cached[EM_REMOTE_ETAG] = "";
    uint64_t size = 0;
    struct tries tries = {.progress = em_clock_now(), .reached = r->at};
    bool more = true;
    r->cached = em_cache_find(&r->pool->options, r->name, cached, &size);
    if (r->cached >= 0 && (r->object.known || r->at > size)) {
        close(r->cached);
        r->cached = -1;
        cached[0] = '\0';
    }
    enum em_status status = EM_OK;
    while (status == EM_OK && more) {
        if (r->cached >= 0) {
            r->object.size = size; /* what is compared once it is known to be the same */
            status = once(r, curl, cached, &tries, &more);
        } else {
            status = once(r, curl, "", &tries, &more);
        }
        /* Bytes came instead: the copy is old. */
        if (r->cached >= 0 && r->taken) {
            close(r->cached);
            r->cached = -1;
        }
    }
    if (r->cached >= 0)
        close(r->cached);
    em_cache_end(r->copy, status == EM_OK);
    r->copy = NULL;
    return status;
}

static CURL *take_handle(struct em_remote_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    CURL *curl = pool->n_idle ? pool->idle[--pool->n_idle] : NULL;
    pthread_mutex_unlock(&pool->mutex);
    return curl ? curl : curl_easy_init();
}

/* With its connection. */
static void give_handle(struct em_remote_pool *pool, CURL *curl)
{
    pthread_mutex_lock(&pool->mutex);
    bool kept = pool->n_idle < EM_REMOTE_IDLE;
    if (kept)
        pool->idle[pool->n_idle++] = curl;
    pthread_mutex_unlock(&pool->mutex);
    if (!kept)
        curl_easy_cleanup(curl);
}

void *em_remote_fetch(void *context)
{
    struct em_remote *r = context;
    CURL *curl = take_handle(r->pool);
    r->err.status = EM_OK;
    enum em_status status = curl ? fetch(r, curl) : EM_ERR_NOMEM;
    if (curl)
        give_handle(r->pool, curl);
    if (status < 0 && r->err.status != status)
        em_fail(&r->err, status, "remote", "%s", em_status_text(status));
    if (status == EM_OK)
        r->err.status = EM_OK;
    pthread_mutex_lock(&r->mutex);
    r->done = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}
