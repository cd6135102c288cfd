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
#include "base/wire/http_date.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Connections that end at the same byte again: more tries do not help. */
#define MAX_EMPTY_TRIES 8

enum outcome { WHOLE, AGAIN, SLOW, LONG_SLOW, FAILED };

/* --- while it runs ---------------------------------------------------------------------------
 */

/* Bytes for the reader; waits for room. False: it is closing. */
static bool remote_give(struct em_remote *r, const char *bytes, size_t n)
{
    while (n) {
        pthread_mutex_lock(&r->mutex);
        while (r->len == r->cap && !atomic_load(&r->closing))
            pthread_cond_wait(&r->changed, &r->mutex);
        bool closing = atomic_load(&r->closing) != 0;
        size_t at = (r->begin + r->len) % r->cap;
        size_t room = r->cap - r->len, behind = r->cap - at;
        pthread_mutex_unlock(&r->mutex);
        if (closing)
            return false;
        /* Only this thread writes there, and the reader only makes more room. */
        size_t now = n < room ? n : room;
        now = now < behind ? now : behind;
        memcpy(r->ring + at, bytes, now);
        bytes += now;
        n -= now;
        pthread_mutex_lock(&r->mutex);
        bool was_empty = r->len == 0;
        r->len += now;
        if (was_empty)
            pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->mutex);
    }
    return true;
}

static void on_header(void *context, struct em_view line)
{
    struct em_remote *r = context;
    em_remote_head_line(&r->head, line);
    r->heard = em_clock_now();
    r->judged = r->taken = false;
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

static bool on_body(void *context, char *bytes, size_t n)
{
    struct em_remote *r = context;
    if (!r->judged)
        judge(r);
    r->came += n;
    if (!r->taken) {
        size_t room = sizeof(r->message) - 1 - r->message_len;
        memcpy(r->message + r->message_len, bytes, n < room ? n : room);
        r->message_len += n < room ? n : room;
        /* The body of a refused response may be the whole object. */
        return r->refusal.status == EM_OK;
    }
    size_t skip = r->skip < n ? (size_t)r->skip : n;
    r->skip -= skip;
    bytes += skip;
    n -= skip;
    if (n > r->to - r->at)
        n = (size_t)(r->to - r->at);
    if (r->copy)
        em_cache_add(r->copy, bytes, n);
    double before = em_clock_now();
    bool given = remote_give(r, bytes, n);
    r->at += n;
    atomic_fetch_add(&r->pool->bytes, n);
    r->heard = em_clock_now(); /* waiting for room is no stall */
    r->pace_since += r->heard - before;
    return given && r->at < r->to;
}

/* A server that sends a byte now and then has not answered: whoever sends less than that many
 * bytes a second for `patience` seconds is given up. */
#define LEAST_PACE 64.0

static bool is_dripping(struct em_remote *r)
{
    double now = em_clock_now(), patience = em_rate_patience(r->pool->rate);
    if (now - r->pace_since < patience)
        return false;
    bool drips = (double)(r->came - r->pace_from) < LEAST_PACE * patience;
    r->pace_since = now;
    r->pace_from = r->came;
    return drips;
}

static bool on_progress(void *context)
{
    struct em_remote *r = context;
    const struct em_remote_options *o = &r->pool->options;
    double stall = o->stall > 0 ? o->stall : 60;
    if (atomic_load(&r->closing) || (o->stop && atomic_load(o->stop)))
        return false;
    r->stalled = em_clock_now() - r->heard > stall;
    r->dripping = r->came > 0 && is_dripping(r);
    return !r->stalled && !r->dripping;
}

static bool on_named(void *context, struct em_view url)
{
    struct em_remote *r = context;
    return em_remote_is_named(r->pool, url);
}

/* --- one request ------------------------------------------------------------------------------
 */

/* Field lines of a request, each with its NUL, and where they begin. */
struct fields {
    struct em_buf text;
    const char *lines[16];
    size_t n;
};

static enum em_status fields_add(struct fields *f, const char *line)
{
    return em_buf_append(&f->text, line, strlen(line) + 1);
}

/* Once all are there: the buffer may have moved while it grew. */
static void fields_end(struct fields *f)
{
    size_t most = sizeof(f->lines) / sizeof(f->lines[0]) - 1;
    for (size_t at = 0; at < f->text.len && f->n < most;
         at += strlen(f->text.data + at) + 1)
        f->lines[f->n++] = f->text.data + at;
    f->lines[f->n] = NULL;
}

/* The rest is wanted of the same object only. A weak ETag cannot say so before; what comes
 * is compared anyway. */
static enum em_status fields_add_conditions(struct fields *f, const struct em_remote *r,
                                            const char *cached)
{
    char line[EM_REMOTE_ETAG + 32];
    if (cached[0]) {
        snprintf(line, sizeof(line), "If-None-Match: %s", cached);
        return fields_add(f, line);
    }
    if (!r->object.known || r->object.etag[0] != '"')
        return EM_OK;
    snprintf(line, sizeof(line), "If-Match: %s", r->object.etag);
    return fields_add(f, line);
}

static enum em_status fields_fill(struct fields *f, struct em_remote *r,
                                  const char *cached)
{
    char range[64], line[80];
    if (r->to == UINT64_MAX)
        snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)r->at);
    else
        snprintf(range, sizeof(range), "bytes=%llu-%llu", (unsigned long long)r->at,
                 (unsigned long long)(r->to - 1));
    snprintf(line, sizeof(line), "Range: %s", range);
    /* First, as it begins with an empty buffer. */
    if (r->signs)
        EM_TRY(em_s3_sign(&r->pool->s3, em_buf_view(&r->url), range, (int64_t)time(NULL),
                          &f->text));
    EM_TRY(fields_add(f, line));
    EM_TRY(fields_add(f, "Accept:"));
    EM_TRY(fields_add_conditions(f, r, cached));
    fields_end(f);
    return EM_OK;
}

static enum em_status request(struct em_remote *r, struct em_get *get, const char *cached,
                              struct em_get_result *result)
{
    struct fields fields = {.n = 0};
    em_buf_init(&fields.text, 32 * EM_KIB);
    enum em_status status = fields_fill(&fields, r, cached);
    if (status == EM_OK) {
        const struct em_get_request ask = {
            .url = r->url.data,
            .fields = fields.lines,
            .first = r->headed ? r->pool->header_lines : NULL,
            /* A signed request holds for its host only. */
            .follow = !em_view_istarts(em_view_of(r->name), EM_VIEW("s3://")),
            .allow_private = r->pool->options.allow_private,
            .named = on_named,
            .header = on_header,
            .body = on_body,
            .proceed = on_progress,
            .context = r,
        };
        em_remote_head_init(&r->head);
        r->judged = r->taken = r->stalled = false;
        r->message_len = 0;
        r->refusal.status = EM_OK;
        r->heard = r->pace_since = em_clock_now();
        r->came = r->pace_from = 0;
        r->dripping = false;
        atomic_fetch_add(&r->pool->requests, 1);
        em_get_run(get, &ask, result);
        r->message[r->message_len] = '\0';
        if (!r->judged)
            judge(r);
    }
    em_buf_release(&fields.text);
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
    else if (status == 401)
        em_fail(err, EM_ERR_IO, "remote", "HTTP 401: %s",
                r->headed ? "the header of --header-file is not accepted"
                          : "it needs an authorisation header; see --header-file");
    else
        em_fail(err, status == 404 || status == 410 ? EM_ERR_NOTFOUND : EM_ERR_IO,
                "remote", "HTTP %d%s%.*s", status, code.len ? " " : "",
                EM_VIEW_ARGS(code));
    return FAILED;
}

/* 416: nothing lies after the last byte that came. */
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
                "byte %llu is past the end of %llu bytes", (unsigned long long)r->at,
                (unsigned long long)total);
        return FAILED;
    }
    atomic_store(&r->size, r->at);
    return WHOLE;
}

static enum outcome outcome_of(struct em_remote *r, const struct em_get_result *result,
                               struct em_err *err)
{
    uint64_t end = r->object.known && r->object.size < r->to ? r->object.size : r->to;
    bool ok = result->error == EM_FETCH_OK;
    if (r->refusal.status < 0) {
        *err = r->refusal;
        return FAILED;
    }
    if (r->taken && r->at >= end)
        return WHOLE;
    if (ok && r->taken && end == UINT64_MAX) {
        r->object.size = r->at;
        atomic_store(&r->size, r->at);
        return WHOLE;
    }
    if (ok && r->head.status == 416)
        return behind_end(r, err);
    if (ok && !r->taken)
        return refused(r, err);
    bool memory = result->error == EM_FETCH_NOMEM;
    const char *why = r->stalled    ? "no byte for too long"
                      : r->dripping ? "the server sends less than 64 bytes a second"
                      : ok          ? "the connection ended early"
                                    : result->detail;
    if (result->error == EM_FETCH_BLOCKED)
        em_fail(err, EM_ERR_IO, "remote", "%s%s", why,
                r->pool->options.allow_private ? "" : "; --allow-private permits it");
    else
        em_fail(err, memory ? EM_ERR_NOMEM : EM_ERR_IO, "remote", "at byte %llu: %s",
                (unsigned long long)r->at, why);
    return result->lasting || r->dripping ? FAILED : AGAIN;
}

/* Seconds; negative where the server does not say. */
static double retry_after(const struct em_remote *r)
{
    int64_t now_ms = 1000 * (int64_t)time(NULL);
    int64_t wait = em_http_retry_after(em_view_of(r->head.retry_after), now_ms);
    return wait < 0 ? -1 : wait < 86400000 ? (double)wait / 1000 : 86400;
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
        if (!remote_give(r, bytes, (size_t)n))
            break;
    }
    atomic_fetch_add(&r->pool->cached, 1);
    return EM_OK;
}

/* --- the loop ---------------------------------------------------------------------------------
 */

struct tries {
    unsigned failed;  /* after the newest byte */
    double progress;  /* clock of that */
    uint64_t reached; /* its place */
};

/* The first try that failed is no secret: what follows may take as long as patience. */
static void tell_trouble(struct em_remote *r, const char *why)
{
    struct em_remote_pool *pool = r->pool;
    pthread_mutex_lock(&pool->mutex);
    bool tells = pool->options.trouble && pool->told != r->server;
    pool->told = r->server;
    pthread_mutex_unlock(&pool->mutex);
    if (tells)
        pool->options.trouble(r->name, why, em_rate_patience(pool->rate));
}

/* After a cut or a failure that may pass. */
static enum em_status wait_again(struct em_remote *r, struct tries *t,
                                 enum em_fetch_error error)
{
    struct em_rate *rate = r->pool->rate;
    double now = em_clock_now();
    atomic_fetch_add(&r->pool->cuts, 1);
    if (r->at > t->reached) {
        *t = (struct tries){.progress = now, .reached = r->at};
        return EM_OK;
    }
    t->failed++;
    bool empty = error == EM_FETCH_SHORT || error == EM_FETCH_OK;
    if ((empty && t->failed >= MAX_EMPTY_TRIES) ||
        now - t->progress > em_rate_patience(rate)) {
        struct em_err why = r->err;
        return em_fail(&r->err, EM_ERR_IO, "remote", "%.180s (tried %u times)", why.text,
                       t->failed);
    }
    tell_trouble(r, r->err.text);
    return em_rate_sleep(rate, em_rate_backoff(rate, t->failed), &r->closing);
}

static enum em_status once(struct em_remote *r, struct em_get *get, const char *cached,
                           struct tries *tries, bool *more)
{
    double began;
    struct em_get_result result = {.error = EM_FETCH_OK};
    struct em_rate *rate = r->pool->rate;
    *more = false;
    EM_TRY(em_rate_turn(rate, r->server, &r->closing, &began, &r->err));
    EM_TRY(request(r, get, cached, &result));
    if (atomic_load(&r->closing))
        return EM_ERR_INTERRUPTED;
    if (result.error == EM_FETCH_OK && r->head.status == 304 && cached[0]) {
        em_rate_fine(rate, r->server);
        return give_cached(r);
    }
    enum outcome outcome = outcome_of(r, &result, &r->err);
    if (outcome == WHOLE || r->taken)
        em_rate_fine(rate, r->server);
    if (outcome == FAILED)
        return r->err.status;
    *more = outcome != WHOLE;
    if (outcome == AGAIN)
        return wait_again(r, tries, result.error);
    if (outcome == SLOW || outcome == LONG_SLOW) {
        char why[64];
        snprintf(why, sizeof(why), "HTTP %d: the server asks to slow down",
                 r->head.status);
        tell_trouble(r, why);
        atomic_fetch_add(&r->pool->slowed, 1);
        em_rate_slow(rate, r->server, began, r->head.status, retry_after(r),
                     outcome == LONG_SLOW);
        tries->progress = em_clock_now();
    }
    return EM_OK;
}

static enum em_status fetch(struct em_remote *r, struct em_get *get)
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
            status = once(r, get, cached, &tries, &more);
        } else {
            status = once(r, get, "", &tries, &more);
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

static struct em_get *take_handle(struct em_remote_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    struct em_get *get = pool->n_idle ? pool->idle[--pool->n_idle] : NULL;
    pthread_mutex_unlock(&pool->mutex);
    return get ? get : em_get_new();
}

/* With its connection. */
static void give_handle(struct em_remote_pool *pool, struct em_get *get)
{
    pthread_mutex_lock(&pool->mutex);
    bool kept = pool->n_idle < EM_REMOTE_IDLE;
    if (kept)
        pool->idle[pool->n_idle++] = get;
    pthread_mutex_unlock(&pool->mutex);
    if (!kept)
        em_get_free(get);
}

void *em_remote_fetch(void *context)
{
    struct em_remote *r = context;
    struct em_get *get = take_handle(r->pool);
    r->err.status = EM_OK;
    enum em_status status = get ? fetch(r, get) : EM_ERR_NOMEM;
    if (get)
        give_handle(r->pool, get);
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
